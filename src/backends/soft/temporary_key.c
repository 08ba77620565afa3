/* SPDX-License-Identifier: Apache-2.0 */
#include "backends/soft/temporary_key.h"

#include "crypto/classic/cipher.h"

enum pqhw_status temporary_key_wrap(const struct classic *classic, struct span sk, bool wrap,
                                    struct span in, uint8_t *out, size_t *len)
{
    enum pqhw_status status = PQHW_OK;
    struct cipher_setup setup = {.mode = CIPHER_AES_KWP, .encrypt = wrap};
    struct symkey *key = NULL;
    struct cipher *cipher = NULL;

    TRY(symkey_new(&key, classic, sk));
    TRY(cipher_new(&cipher, key, &setup));
    TRY(cipher_crypt(cipher, in, true, out, len));
out:
    cipher_free(cipher);
    symkey_free(key);
    return status;
}
