/* SPDX-License-Identifier: Apache-2.0
 *
 * Encryption with RSA: PKCS#1 v1.5 and OAEP, all in one call.
 */
#include <stdlib.h>
#include <string.h>

#include "backends/soft/rsa.h"
#include "base/wipe.h"

struct crypt_op {
    struct backend_op base;
    bool encrypt;
    struct rsa_scheme scheme;
    struct buf label; /* of the scheme */
};

static struct crypt_op *op_of(struct backend_op *op)
{
    return (struct crypt_op *)(void *)op;
}

static void op_free(struct backend_op *base)
{
    struct crypt_op *op = op_of(base);

    buf_free(&op->label);
    free(op);
}

static enum pqhw_status encrypt(const struct crypt_op *op, struct span in, uint8_t *out,
                                size_t *len)
{
    enum pqhw_status status = PQHW_OK;
    const struct rsa_key *key = rsa_of(op->base.key);
    size_t room = *len;

    *len = rsa_len(key);
    if (out == NULL)
        return PQHW_OK;
    REQUIRE(room >= *len, PQHW_BUFFER_TOO_SMALL);
    TRY(rsa_encrypt(key, out, &op->scheme, in));
out:
    return status;
}

/* How long the plaintext is shows only once it is decrypted, which a caller with little room asks
 * for twice. */
static enum pqhw_status decrypt(const struct crypt_op *op, struct span in, uint8_t *out,
                                size_t *len)
{
    enum pqhw_status status = PQHW_OK;
    const struct rsa_key *key = rsa_of(op->base.key);
    uint8_t ss_plain[RSA_MAX_LEN];
    size_t room = *len;

    *len = rsa_max_data(key, &op->scheme);
    if (out == NULL)
        return PQHW_OK;
    TRY(rsa_decrypt(key, ss_plain, len, &op->scheme, in));
    REQUIRE(room >= *len, PQHW_BUFFER_TOO_SMALL);
    memcpy(out, ss_plain, *len);
out:
    WIPE(ss_plain);
    return status;
}

static enum pqhw_status op_crypt(struct backend_op *base, struct span in, bool last, uint8_t *out,
                                 size_t *len)
{
    const struct crypt_op *op = op_of(base);

    if (!last)
        return PQHW_INTERNAL; /* these mechanisms have no parts */
    return op->encrypt ? encrypt(op, in, out, len) : decrypt(op, in, out, len);
}

static const struct soft_op_kind op_kind = {
    .crypt = op_crypt,
    .free = op_free,
};

enum pqhw_status rsa_crypt_new(const struct backend_key *base, const struct mechanism *mechanism,
                               CK_FLAGS flag, struct backend_op **out)
{
    enum pqhw_status status = PQHW_OK;
    const struct rsa_key *key = rsa_of(base);
    struct crypt_op *op = NULL;

    REQUIRE(flag == CKF_ENCRYPT || rsa_is_private(key), PQHW_KEY_TYPE_INCONSISTENT);
    op = calloc(1, sizeof(*op));
    REQUIRE(op != NULL, PQHW_NO_MEMORY);
    op->base = (struct backend_op){&op_kind, base};
    op->encrypt = flag == CKF_ENCRYPT;
    TRY(rsa_scheme_of(key, mechanism, &op->scheme));
    TRY(rsa_keep_label(&op->scheme, &op->label));
    *out = &op->base;
    op = NULL;
out:
    if (op != NULL)
        op_free(&op->base);
    return status;
}
