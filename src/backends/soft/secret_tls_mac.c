/* SPDX-License-Identifier: Apache-2.0
 *
 * The verify_data of TLS 1.2's "finished" messages (RFC 5246, 7.4.9), as a MAC of the handshake's
 * hash.
 */
#include <stdlib.h>
#include <string.h>

#include "backends/soft/secret.h"
#include "base/ct.h"
#include "crypto/classic/kdf.h"

/* A handshake's hash is much shorter. */
#define MAX_HELD 65536

struct tls_mac_op {
    struct backend_op base;
    enum digest_alg alg;
    bool server;
    size_t len;
    struct buf held;
};

static struct tls_mac_op *op_of(struct backend_op *op)
{
    return (struct tls_mac_op *)(void *)op;
}

static void op_free(struct backend_op *base)
{
    buf_free(&op_of(base)->held);
    free(base);
}

static size_t op_output_len(const struct backend_op *op)
{
    return ((const struct tls_mac_op *)(const void *)op)->len;
}

static enum pqhw_status op_update(struct backend_op *base, struct span data)
{
    struct tls_mac_op *op = op_of(base);

    buf_put(&op->held, data.ptr, data.len);
    enum pqhw_status status = buf_status(&op->held);
    return status == PQHW_LIMIT_EXCEEDED ? PQHW_DATA_LEN_RANGE : status;
}

static enum pqhw_status finished(const struct tls_mac_op *op, struct secret *out)
{
    enum pqhw_status status = PQHW_OK;
    const struct secret_key *key = secret_key_of(op->base.key);
    const struct span seeds[] = {
        op->server ? SPAN_STR("server finished") : SPAN_STR("client finished"),
        buf_span(&op->held),
    };
    const struct kdf_tls kdf = {.alg = op->alg, .seeds = seeds, .num_seeds = 2};

    TRY(secret_new(out, op->len));
    TRY(kdf_tls(key->symkey, out, &kdf));
out:
    return status;
}

static enum pqhw_status op_sign(struct backend_op *base, uint8_t *sig, bool check)
{
    enum pqhw_status status = PQHW_OK;
    struct secret mac = {0};

    (void)check; /* a wrong MAC tells nothing about the key */
    TRY(finished(op_of(base), &mac));
    memcpy(sig, mac.ptr, mac.len);
out:
    secret_free(&mac);
    return status;
}

static enum pqhw_status op_verify(struct backend_op *base, struct span sig)
{
    enum pqhw_status status = PQHW_OK;
    struct tls_mac_op *op = op_of(base);
    struct secret mac = {0};

    REQUIRE(sig.len == op->len, PQHW_SIGNATURE_LEN_RANGE);
    TRY(finished(op, &mac));
    REQUIRE(ct_equal(mac.ptr, sig.ptr, op->len), PQHW_SIGNATURE_INVALID);
out:
    secret_free(&mac);
    return status;
}

static const struct soft_op_kind op_kind = {
    .output_len = op_output_len,
    .update = op_update,
    .sign = op_sign,
    .verify = op_verify,
    .free = op_free,
};

enum pqhw_status secret_tls_mac_new(const struct secret_key *key, const struct mechanism *mechanism,
                                    struct backend_op **out)
{
    struct tls_mac_op *op = calloc(1, sizeof(*op));

    if (op == NULL)
        return PQHW_NO_MEMORY;
    op->base = (struct backend_op){&op_kind, &key->base};
    op->server = mechanism->server;
    op->len = mechanism->mac_len;
    op->held = BUF_INIT(MAX_HELD);
    if (!mechanism_digest(mechanism->hash, &op->alg)) {
        op_free(&op->base);
        return PQHW_MECHANISM_PARAM_INVALID;
    }
    *out = &op->base;
    return PQHW_OK;
}
