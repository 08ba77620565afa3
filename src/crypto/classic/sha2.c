/* SPDX-License-Identifier: Apache-2.0
 *
 * libcrypto's low-level functions: EVP would take longer to begin than to hash one block. What they
 * return is always 1: they touch nothing but their arguments.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/classic/sha2.h"

#include <openssl/sha.h>
#include <string.h>

_Static_assert(sizeof(SHA256_CTX) <= sizeof(uint64_t[SHA2_STATE_WORDS]) &&
                   sizeof(SHA512_CTX) <= sizeof(uint64_t[SHA2_STATE_WORDS]),
               "both states have room");

static SHA256_CTX *state_256(struct sha2 *sha2)
{
    return (SHA256_CTX *)(void *)sha2->state;
}

static SHA512_CTX *state_512(struct sha2 *sha2)
{
    return (SHA512_CTX *)(void *)sha2->state;
}

void sha2_256_init(struct sha2 *sha2)
{
    sha2->is_512 = false;
    SHA256_Init(state_256(sha2));
}

void sha2_512_init(struct sha2 *sha2)
{
    sha2->is_512 = true;
    SHA512_Init(state_512(sha2));
}

void sha2_add(struct sha2 *sha2, const void *data, size_t len)
{
    if (len == 0)
        return;
    if (sha2->is_512)
        SHA512_Update(state_512(sha2), data, len);
    else
        SHA256_Update(state_256(sha2), data, len);
}

void sha2_final(struct sha2 *sha2, uint8_t *out, size_t len)
{
    uint8_t hash[SHA512_DIGEST_LENGTH];

    if (sha2->is_512)
        SHA512_Final(hash, state_512(sha2));
    else
        SHA256_Final(hash, state_256(sha2));
    memcpy(out, hash, len);
}
