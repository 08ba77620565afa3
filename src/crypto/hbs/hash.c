/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/hbs/hash.h"

void hbs_hash_init(struct hbs_hash *hash, enum hbs_alg alg)
{
    hash->alg = alg;
    switch (alg) {
    case HBS_SHA256:
        sha2_256_init(&hash->of.sha2);
        break;
    case HBS_SHA512:
        sha2_512_init(&hash->of.sha2);
        break;
    case HBS_SHAKE128:
        shake128_init(&hash->of.shake);
        break;
    case HBS_SHAKE256:
        shake256_init(&hash->of.shake);
        break;
    }
}

static bool is_shake(const struct hbs_hash *hash)
{
    return hash->alg == HBS_SHAKE128 || hash->alg == HBS_SHAKE256;
}

void hbs_hash_add(struct hbs_hash *hash, const void *data, size_t len)
{
    if (is_shake(hash))
        keccak_absorb(&hash->of.shake, data, len);
    else
        sha2_add(&hash->of.sha2, data, len);
}

void hbs_hash_final(struct hbs_hash *hash, uint8_t *out, size_t n)
{
    if (is_shake(hash))
        keccak_squeeze(&hash->of.shake, out, n);
    else
        sha2_final(&hash->of.sha2, out, n);
}

void hbs_hash_whole(enum hbs_alg alg, uint8_t *out, size_t n, struct span data)
{
    struct hbs_hash hash;

    hbs_hash_init(&hash, alg);
    hbs_hash_add(&hash, data.ptr, data.len);
    hbs_hash_final(&hash, out, n);
}
