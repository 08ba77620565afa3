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

static void hash_go_on(SHA256_CTX *hash, const struct span *in, size_t num)
{
    for (size_t i = 0; i < num; i++) {
        if (in[i].len > 0)
            SHA256_Update(hash, in[i].ptr, in[i].len);
    }
}

/* As it is after a block of the key, and what came after it. */
static void hash_resume(SHA256_CTX *hash, const struct classic_hmac_begun *begun)
{
    SHA256_Init(hash);
    memcpy(hash->h, begun->state, sizeof(hash->h));
    hash->Nl = (SHA_LONG)(begun->len << 3); /* in bits */
    hash->Nh = (SHA_LONG)(begun->len >> 29);
    hash->num = begun->len % SHA256_CBLOCK;
    memcpy(hash->data, begun->held, hash->num);
}

static struct classic_hmac_begun after_key(const uint32_t state[8])
{
    struct classic_hmac_begun begun = {.len = SHA256_CBLOCK};

    memcpy(begun.state, state, sizeof(begun.state));
    return begun;
}

void classic_hmac_init(struct classic_hmac *hmac, const uint8_t key[CLASSIC_KEY_LEN])
{
    hash_key_block(hmac->inner, key, INNER_PAD);
    hash_key_block(hmac->outer, key, OUTER_PAD);
}

void classic_hmac_begin(const struct classic_hmac *hmac, struct classic_hmac_begun *begun,
                        struct span in)
{
    SHA256_CTX hash;

    *begun = after_key(hmac->inner);
    hash_resume(&hash, begun);
    hash_go_on(&hash, &in, 1);
    memcpy(begun->state, hash.h, sizeof(begun->state));
    memcpy(begun->held, hash.data, hash.num);
    begun->len += in.len;
    wipe(&hash, sizeof(hash));
}

void classic_hmac_finish(const struct classic_hmac *hmac, const struct classic_hmac_begun *begun,
                         uint8_t out[CLASSIC_HASH_LEN], const struct span *in, size_t num)
{
    uint8_t inner[CLASSIC_HASH_LEN];
    struct classic_hmac_begun outer = after_key(hmac->outer);
    SHA256_CTX hash;

    hash_resume(&hash, begun);
    hash_go_on(&hash, in, num);
    SHA256_Final(inner, &hash);
    hash_resume(&hash, &outer);
    SHA256_Update(&hash, inner, sizeof(inner));
    SHA256_Final(out, &hash);
    WIPE(inner);
    wipe(&outer, sizeof(outer));
    wipe(&hash, sizeof(hash));
}

void classic_hmac_of(const struct classic_hmac *hmac, uint8_t out[CLASSIC_HASH_LEN],
                     const struct span *in, size_t num)
{
    struct classic_hmac_begun begun = after_key(hmac->inner);

    classic_hmac_finish(hmac, &begun, out, in, num);
    wipe(&begun, sizeof(begun));
}

void classic_hmac(uint8_t out[CLASSIC_HASH_LEN], const uint8_t key[CLASSIC_KEY_LEN],
                  const struct span *in, size_t num)
{
    struct classic_hmac hmac;

    classic_hmac_init(&hmac, key);
    classic_hmac_of(&hmac, out, in, num);
    wipe(&hmac, sizeof(hmac));
}
