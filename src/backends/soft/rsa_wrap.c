/* SPDX-License-Identifier: Apache-2.0
 *
 * CKM_RSA_AES_KEY_WRAP (PKCS#11 v3.2, 6.1.20): what is wrapped stands under AES key wrap with a
 * temporary key, and that, with OAEP, in front of it.
 */
#include <stdlib.h>
#include <string.h>

#include "backends/soft/rsa.h"
#include "backends/soft/temporary_key.h"
#include "base/wipe.h"
#include "crypto/random/random.h"

struct wrap_op {
    struct backend_op base;
    bool wrap;
    size_t aes_len;
    struct rsa_scheme scheme;
    struct buf label; /* of the scheme */
};

static struct wrap_op *op_of(struct backend_op *op)
{
    return (struct wrap_op *)(void *)op;
}

static void op_free(struct backend_op *base)
{
    struct wrap_op *op = op_of(base);

    buf_free(&op->label);
    free(op);
}

/* The second part: under the temporary key. */
static enum pqhw_status key_wrap(const struct wrap_op *op, const uint8_t *sk_aes, struct span in,
                                 uint8_t *out, size_t *len)
{
    return temporary_key_wrap(op->base.key->classic, span(sk_aes, op->aes_len), op->wrap, in, out,
                              len);
}

static enum pqhw_status wrap(const struct wrap_op *op, struct span in, uint8_t *out, size_t *len)
{
    enum pqhw_status status = PQHW_OK;
    const struct rsa_key *key = rsa_of(op->base.key);
    uint8_t sk_aes[TEMPORARY_KEY_MAX_LEN] = {0};
    size_t room = *len;
    size_t second = 0;

    TRY(key_wrap(op, sk_aes, in, NULL, &second)); /* how long it becomes */
    *len = rsa_len(key) + second;
    if (out == NULL)
        return PQHW_OK;
    REQUIRE(room >= *len, PQHW_BUFFER_TOO_SMALL);
    TRY(random_bytes(op->base.key->classic, sk_aes, op->aes_len));
    TRY(key_wrap(op, sk_aes, in, out + rsa_len(key), &second));
    TRY(rsa_encrypt(key, out, &op->scheme, span(sk_aes, op->aes_len)));
out:
    WIPE(sk_aes);
    return status;
}

/* Whatever is wrong, the answer is one. So lengths are looked at before anything is decrypted. */
static enum pqhw_status unwrap(const struct wrap_op *op, struct span in, uint8_t *out, size_t *len)
{
    enum pqhw_status status = PQHW_OK;
    const struct rsa_key *key = rsa_of(op->base.key);
    uint8_t sk_aes[RSA_MAX_LEN] = {0};
    size_t aes_len = 0;
    size_t most = 0;

    REQUIRE(in.len > rsa_len(key), PQHW_ENCRYPTED_DATA_LEN_RANGE);
    struct span second = span(in.ptr + rsa_len(key), in.len - rsa_len(key));
    TRY(key_wrap(op, sk_aes, second, NULL, &most));
    TRY(rsa_decrypt(key, sk_aes, &aes_len, &op->scheme, span(in.ptr, rsa_len(key))));
    REQUIRE(aes_len == op->aes_len, PQHW_ENCRYPTED_DATA_INVALID);
    TRY(key_wrap(op, sk_aes, second, out, len));
out:
    WIPE(sk_aes);
    return status;
}

static enum pqhw_status op_crypt(struct backend_op *base, struct span in, bool last, uint8_t *out,
                                 size_t *len)
{
    const struct wrap_op *op = op_of(base);

    if (!last)
        return PQHW_INTERNAL; /* it has no parts */
    return op->wrap ? wrap(op, in, out, len) : unwrap(op, in, out, len);
}

static const struct soft_op_kind op_kind = {
    .crypt = op_crypt,
    .free = op_free,
};

enum pqhw_status rsa_wrap_new(const struct backend_key *base, const struct mechanism *mechanism,
                              CK_FLAGS flag, struct backend_op **out)
{
    enum pqhw_status status = PQHW_OK;
    const struct rsa_key *key = rsa_of(base);
    struct wrap_op *op = NULL;

    REQUIRE(flag == CKF_ENCRYPT || rsa_is_private(key), PQHW_KEY_TYPE_INCONSISTENT);
    op = calloc(1, sizeof(*op));
    REQUIRE(op != NULL, PQHW_NO_MEMORY);
    op->base = (struct backend_op){&op_kind, base};
    op->wrap = flag == CKF_ENCRYPT;
    op->aes_len = mechanism->wrap_key_len;
    TRY(rsa_scheme_of(key, mechanism, &op->scheme));
    REQUIRE(op->aes_len <= rsa_max_data(key, &op->scheme), PQHW_MECHANISM_PARAM_INVALID);
    TRY(rsa_keep_label(&op->scheme, &op->label));
    *out = &op->base;
    op = NULL;
out:
    if (op != NULL)
        op_free(&op->base);
    return status;
}
