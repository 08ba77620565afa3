/* SPDX-License-Identifier: Apache-2.0
 *
 * The permutation Keccak-f[1600], an implementation per CPU. Inside Keccak, and for tests that
 * compare one with another.
 */
#ifndef CRYPTO_KECCAK_IMPL_H
#define CRYPTO_KECCAK_IMPL_H

#include "crypto/cpu.h"
#include "crypto/keccak/keccak.h"

/* All implementations give the same results. */
struct keccak_impl {
    const char *name; /* "portable", … */
    /* From how many different states on permute_x4 or permute_x8 is the faster way. The other
     * places are then filled by giving a state more than once, which permutes it once. */
    unsigned min_x4;
    unsigned min_x8;
    void (*permute)(uint64_t state[KECCAK_LANES]);
    void (*permute_x4)(uint64_t *const state[4]);
    void (*permute_x8)(uint64_t *const state[8]);
};

extern const struct keccak_impl keccak_portable;
extern const struct keccak_impl keccak_avx2;
extern const struct keccak_impl keccak_avx512;

/* The one for CPUs of a level, which must be supported; and the one of cpu_level. */
const struct keccak_impl *keccak_impl_for(enum cpu_level level);
const struct keccak_impl *keccak_impl(void);

void keccak_bmi2_permute(uint64_t state[KECCAK_LANES]);

#endif
