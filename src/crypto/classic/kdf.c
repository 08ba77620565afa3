/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/classic/kdf.h"

#include <string.h>

#include "base/wipe.h"
#include "crypto/classic/mac.h"

/* HMAC of up to three spans. */
static enum pqhw_status hmac_of(const struct symkey *key, enum digest_alg alg,
                                const struct span in[3], uint8_t out[DIGEST_MAX_LEN])
{
    enum pqhw_status status = PQHW_OK;
    struct mac *mac = NULL;

    TRY(mac_new_hmac(&mac, key, alg));
    for (size_t i = 0; i < 3; i++)
        TRY(mac_update(mac, in[i]));
    TRY(mac_final(mac, out));
out:
    mac_free(mac);
    return status;
}

/* RFC 5869, 2.2: without a salt, as many zeros as the hash is long. */
static enum pqhw_status extract(const struct classic *classic, const struct kdf_hkdf *how,
                                struct span key, uint8_t prk[DIGEST_MAX_LEN])
{
    static const uint8_t zeros[DIGEST_MAX_LEN];
    enum pqhw_status status = PQHW_OK;
    struct symkey *salt = NULL;
    const struct span in[3] = {key, SPAN_EMPTY, SPAN_EMPTY};

    TRY(symkey_new(&salt, classic,
                   how->salt.len > 0 ? how->salt : span(zeros, digest_len(how->alg))));
    TRY(hmac_of(salt, how->alg, in, prk));
out:
    symkey_free(salt);
    return status;
}

/* RFC 5869, 2.3. */
static enum pqhw_status expand(const struct classic *classic, const struct kdf_hkdf *how,
                               struct span prk, struct secret *out)
{
    enum pqhw_status status = PQHW_OK;
    struct symkey *key = NULL;
    uint8_t block[DIGEST_MAX_LEN];
    size_t block_len = digest_len(how->alg);
    size_t before = 0;

    REQUIRE(out->len <= KDF_HKDF_MAX_BLOCKS * block_len, PQHW_KEY_SIZE_RANGE);
    TRY(symkey_new(&key, classic, prk));
    for (size_t at = 0, i = 1; at < out->len; at += block_len, i++) {
        const uint8_t number = (uint8_t)i;
        const struct span in[3] = {span(block, before), how->info, span(&number, 1)};
        TRY(hmac_of(key, how->alg, in, block));
        before = block_len;
        size_t left = out->len - at;
        memcpy(out->ptr + at, block, left < block_len ? left : block_len);
    }
out:
    WIPE(block);
    symkey_free(key);
    return status;
}

enum pqhw_status kdf_hkdf(const struct classic *classic, struct secret *out, struct span key,
                          const struct kdf_hkdf *how)
{
    enum pqhw_status status = PQHW_OK;
    uint8_t prk[DIGEST_MAX_LEN] = {0};

    if (how->extract) {
        TRY(extract(classic, how, key, prk));
        key = span(prk, digest_len(how->alg));
    }
    if (how->expand) {
        TRY(expand(classic, how, key, out));
    } else {
        REQUIRE(out->len <= key.len, PQHW_KEY_SIZE_RANGE);
        memcpy(out->ptr, key.ptr, out->len);
    }
out:
    WIPE(prk);
    return status;
}
