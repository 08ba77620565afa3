/* SPDX-License-Identifier: Apache-2.0
 *
 * Encrypting and decrypting with secret keys.
 */
#include <stdlib.h>

#include "backends/soft/secret.h"
#include "crypto/classic/cipher.h"

struct cipher_op {
    struct backend_op base;
    struct cipher *cipher;
};

static const struct {
    CK_MECHANISM_TYPE mechanism;
    enum cipher_mode mode;
} modes[] = {
    {CKM_AES_ECB, CIPHER_AES_ECB},
    {CKM_AES_CBC, CIPHER_AES_CBC},
    {CKM_AES_CBC_PAD, CIPHER_AES_CBC_PAD},
    {CKM_AES_CTR, CIPHER_AES_CTR},
    {CKM_AES_XTS, CIPHER_AES_XTS},
    {CKM_AES_GCM, CIPHER_AES_GCM},
    {CKM_AES_CCM, CIPHER_AES_CCM},
    {CKM_AES_KEY_WRAP, CIPHER_AES_KW},
    {CKM_AES_KEY_WRAP_KWP, CIPHER_AES_KWP},
    {CKM_CHACHA20, CIPHER_CHACHA20},
    {CKM_CHACHA20_POLY1305, CIPHER_CHACHA20_POLY1305},
};

static bool mode_of(CK_MECHANISM_TYPE mechanism, enum cipher_mode *out)
{
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        if (modes[i].mechanism == mechanism) {
            *out = modes[i].mode;
            return true;
        }
    }
    return false;
}

static struct cipher_op *op_of(struct backend_op *op)
{
    return (struct cipher_op *)(void *)op;
}

static void op_free(struct backend_op *base)
{
    cipher_free(op_of(base)->cipher);
    free(base);
}

static enum pqhw_status op_crypt(struct backend_op *op, struct span in, bool last, uint8_t *out,
                                 size_t *len)
{
    return cipher_crypt(op_of(op)->cipher, in, last, out, len);
}

static const struct soft_op_kind op_kind = {
    .crypt = op_crypt,
    .free = op_free,
};

enum pqhw_status secret_cipher_new(const struct secret_key *key, const struct mechanism *mechanism,
                                   CK_FLAGS flag, struct backend_op **out)
{
    enum pqhw_status status = PQHW_OK;
    struct cipher_setup setup = {
        .encrypt = flag == CKF_ENCRYPT,
        .iv = mechanism->iv,
        .counter = mechanism->counter,
        .counter_bits = (unsigned)mechanism->counter_bits,
        .aad = mechanism->aad,
        .tag_len = mechanism->mac_len,
        .data_len = mechanism->data_len,
    };
    struct cipher_op *op = malloc(sizeof(*op)); /* glibc's calloc takes three times as long */

    if (op == NULL)
        return PQHW_NO_MEMORY;
    *op = (struct cipher_op){.base = {&op_kind, &key->base}};
    REQUIRE(mode_of(mechanism->type, &setup.mode), PQHW_MECHANISM_INVALID);
    TRY(cipher_new(&op->cipher, key->symkey, &setup));
    *out = &op->base;
    op = NULL;
out:
    if (op != NULL)
        op_free(&op->base);
    return status;
}
