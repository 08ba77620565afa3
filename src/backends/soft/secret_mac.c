/* SPDX-License-Identifier: Apache-2.0
 *
 * MACs: signing and verifying with secret keys.
 */
#include <stdlib.h>
#include <string.h>

#include "backends/soft/secret.h"
#include "base/ct.h"
#include "base/wipe.h"
#include "crypto/classic/mac.h"

struct mac_op {
    struct backend_op base;
    struct mac *mac;
    size_t len; /* that is given or wanted of it */
};

static struct mac_op *op_of(struct backend_op *op)
{
    return (struct mac_op *)(void *)op;
}

static void op_free(struct backend_op *base)
{
    mac_free(op_of(base)->mac);
    free(base);
}

static size_t op_output_len(const struct backend_op *op)
{
    return ((const struct mac_op *)(const void *)op)->len;
}

static enum pqhw_status op_update(struct backend_op *op, struct span data)
{
    return mac_update(op_of(op)->mac, data);
}

static enum pqhw_status op_sign(struct backend_op *base, uint8_t *sig, bool check)
{
    enum pqhw_status status = PQHW_OK;
    struct mac_op *op = op_of(base);
    uint8_t whole[MAC_MAX_LEN];

    (void)check; /* a wrong MAC tells nothing about the key */
    TRY(mac_final(op->mac, whole));
    memcpy(sig, whole, op->len);
out:
    WIPE(whole);
    return status;
}

static enum pqhw_status op_verify(struct backend_op *base, struct span sig)
{
    enum pqhw_status status = PQHW_OK;
    struct mac_op *op = op_of(base);
    uint8_t whole[MAC_MAX_LEN];

    REQUIRE(sig.len == op->len, PQHW_SIGNATURE_LEN_RANGE);
    TRY(mac_final(op->mac, whole));
    REQUIRE(ct_equal(whole, sig.ptr, op->len), PQHW_SIGNATURE_INVALID);
out:
    WIPE(whole);
    return status;
}

static const struct soft_op_kind op_kind = {
    .output_len = op_output_len,
    .update = op_update,
    .sign = op_sign,
    .verify = op_verify,
    .free = op_free,
};

enum pqhw_status secret_mac_new(const struct secret_key *key, const struct mechanism *mechanism,
                                const struct mechanism_info *info, struct backend_op **out)
{
    enum pqhw_status status = PQHW_OK;
    struct mac_op *op = calloc(1, sizeof(*op));
    enum digest_alg alg;

    if (op == NULL)
        return PQHW_NO_MEMORY;
    op->base = (struct backend_op){&op_kind, &key->base};
    op->len = info->param == PARAM_MAC_LEN ? mechanism->mac_len : mechanism_mac_max(info);
    REQUIRE(op->len <= mechanism_mac_max(info), PQHW_MECHANISM_PARAM_INVALID);
    if (mechanism_digest(info->digest, &alg))
        TRY(mac_new_hmac(&op->mac, key->symkey, alg));
    else
        TRY(mac_new_cmac(&op->mac, key->symkey));
    *out = &op->base;
    op = NULL;
out:
    if (op != NULL)
        op_free(&op->base);
    return status;
}
