/* SPDX-License-Identifier: Apache-2.0
 *
 * HMAC-SHA-256 as its two hashes, each begun with a block of the padded key (FIPS 198-1): what the
 * hash is after that block can be kept in place of the key.
 *
 * Every audit record passes here. libcrypto's low-level SHA-256 works in the memory of its caller,
 * where what follows from the key can be wiped, and takes a fifth of the time of EVP_MAC.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
#include <string.h>

#include "base/wipe.h"
#include "crypto/classic/classic.h"

#define INNER_PAD 0x36
#define OUTER_PAD 0x5c

_Static_assert(CLASSIC_HASH_LEN == SHA256_DIGEST_LENGTH, "the hash is SHA-256");

/* What libcrypto's functions return is always 1: they touch nothing but their arguments. */

static void hash_key_block(uint32_t state[8], const uint8_t key[CLASSIC_KEY_LEN], uint8_t pad)
{
    SHA256_CTX hash;
    uint8_t sk_block[SHA256_CBLOCK];

    memset(sk_block, pad, sizeof(sk_block));
    for (size_t i = 0; i < CLASSIC_KEY_LEN; i++)
        sk_block[i] ^= key[i];
    SHA256_Init(&hash);
    SHA256_Update(&hash, sk_block, sizeof(sk_block));
    memcpy(state, hash.h, sizeof(hash.h));
    WIPE(sk_block);
    wipe(&hash, sizeof(hash));
}

/* As it is after a block of the key. */
static void hash_resume(SHA256_CTX *hash, const uint32_t state[8])
{
    SHA256_Init(hash);
    memcpy(hash->h, state, sizeof(hash->h));
    hash->Nl = SHA256_CBLOCK * 8;
}

void classic_hmac_init(struct classic_hmac *hmac, const uint8_t key[CLASSIC_KEY_LEN])
{
    hash_key_block(hmac->inner, key, INNER_PAD);
    hash_key_block(hmac->outer, key, OUTER_PAD);
}

void classic_hmac_of(const struct classic_hmac *hmac, uint8_t out[CLASSIC_HASH_LEN],
                     const struct span *in, size_t num)
{
    uint8_t inner[CLASSIC_HASH_LEN];
    SHA256_CTX hash;

    hash_resume(&hash, hmac->inner);
    for (size_t i = 0; i < num; i++) {
        if (in[i].len > 0)
            SHA256_Update(&hash, in[i].ptr, in[i].len);
    }
    SHA256_Final(inner, &hash);
    hash_resume(&hash, hmac->outer);
    SHA256_Update(&hash, inner, sizeof(inner));
    SHA256_Final(out, &hash);
    WIPE(inner);
    wipe(&hash, sizeof(hash));
}

void classic_hmac(uint8_t out[CLASSIC_HASH_LEN], const uint8_t key[CLASSIC_KEY_LEN],
                  const struct span *in, size_t num)
{
    struct classic_hmac hmac;

    classic_hmac_init(&hmac, key);
    classic_hmac_of(&hmac, out, in, num);
    wipe(&hmac, sizeof(hmac));
}
