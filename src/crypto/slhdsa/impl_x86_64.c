/* SPDX-License-Identifier: Apache-2.0
 *
 * The choice on x86-64. From how many lanes on a wide implementation is worth it was measured on
 * Zen 4.
 */
#include <stdatomic.h>
#include <stddef.h>

#include "crypto/slhdsa/engine.h"

static const struct slhdsa_hash hash_avx2 = {
    .name = "avx2",
    .sha256_wide = &slhdsa_sha256_avx2,
    .sha256_narrow = &slhdsa_sha256_x1,
    .sha512_wide = &slhdsa_sha512_avx2,
    .sha512_narrow = &slhdsa_sha512_x1,
    .shake_wide = &slhdsa_shake_avx2,
    .shake_narrow = &slhdsa_shake_x1,
    .sha256_min_wide = 3,
    .sha512_min_wide = 2,
    .shake_min_wide = 2,
};

/* Two messages in the SHA extensions take less time than eight in AVX2 for each of them. */
static const struct slhdsa_hash hash_avx2_sha = {
    .name = "avx2+sha",
    .sha256_wide = &slhdsa_sha256_sha_ni,
    .sha256_narrow = &slhdsa_sha256_sha_ni,
    .sha512_wide = &slhdsa_sha512_avx2,
    .sha512_narrow = &slhdsa_sha512_x1,
    .shake_wide = &slhdsa_shake_avx2,
    .shake_narrow = &slhdsa_shake_x1,
    .sha256_min_wide = 1,
    .sha512_min_wide = 2,
    .shake_min_wide = 2,
};

static const struct slhdsa_hash hash_avx512 = {
    .name = "avx512",
    .sha256_wide = &slhdsa_sha256_avx512,
    .sha256_narrow = &slhdsa_sha256_x1,
    .sha512_wide = &slhdsa_sha512_avx512,
    .sha512_narrow = &slhdsa_sha512_x1,
    .shake_wide = &slhdsa_shake_avx512_x8,
    .shake_narrow = &slhdsa_shake_avx512_x4,
    .sha256_min_wide = 3,
    .sha512_min_wide = 2,
    .shake_min_wide = 5,
};

static const struct slhdsa_hash hash_avx512_sha = {
    .name = "avx512+sha",
    .sha256_wide = &slhdsa_sha256_avx512,
    .sha256_narrow = &slhdsa_sha256_sha_ni,
    .sha512_wide = &slhdsa_sha512_avx512,
    .sha512_narrow = &slhdsa_sha512_x1,
    .shake_wide = &slhdsa_shake_avx512_x8,
    .shake_narrow = &slhdsa_shake_avx512_x4,
    .sha256_min_wide = 11,
    .sha512_min_wide = 2,
    .shake_min_wide = 5,
};

static const struct {
    enum cpu_level level;
    bool sha;
    const struct slhdsa_hash *hash;
} choices[] = {
    {CPU_PORTABLE, false, &slhdsa_hash_portable},
    {CPU_AVX2, false, &hash_avx2},
    {CPU_AVX2, true, &hash_avx2_sha},
    {CPU_AVX512, false, &hash_avx512},
    {CPU_AVX512, true, &hash_avx512_sha},
};

#define NUM_CHOICES (sizeof(choices) / sizeof(choices[0]))

const struct slhdsa_hash *slhdsa_hash_at(unsigned index)
{
    for (size_t i = 0; i < NUM_CHOICES; i++) {
        if (choices[i].level > cpu_supported() || (choices[i].sha && !cpu_has_sha()))
            continue;
        if (index-- == 0)
            return choices[i].hash;
    }
    return NULL;
}

const struct slhdsa_hash *slhdsa_hash(void)
{
    /* The same for all threads, whichever writes it. */
    static _Atomic(const struct slhdsa_hash *) chosen;
    const struct slhdsa_hash *hash = atomic_load_explicit(&chosen, memory_order_relaxed);

    if (hash != NULL)
        return hash;
    for (size_t i = 0; i < NUM_CHOICES; i++) {
        if (choices[i].level <= cpu_level() && (!choices[i].sha || cpu_has_sha()))
            hash = choices[i].hash;
    }
    atomic_store_explicit(&chosen, hash, memory_order_relaxed);
    return hash;
}
