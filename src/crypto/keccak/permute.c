/* SPDX-License-Identifier: Apache-2.0
 *
 * Keccak-f[1600] (FIPS 202, 3.2 to 3.4) in portable C.
 *
 * Lane (x, y) of the standard stands at index x + 5y. Two rounds are done per turn of the loop,
 * from one set of 25 local lanes to another and back, so that no lane has to be moved.
 */
#include "crypto/keccak/keccak.h"

#define NUM_ROUNDS 24
#define INLINE     static inline __attribute__((always_inline))

/* The round constants of iota (FIPS 202, Algorithms 5 and 6). */
static const uint64_t round_constant[NUM_ROUNDS] = {
    0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000,
    0x000000000000808b, 0x0000000080000001, 0x8000000080008081, 0x8000000000008009,
    0x000000000000008a, 0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
    0x000000008000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003,
    0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
};

INLINE uint64_t rotl(uint64_t x, unsigned n)
{
    return n == 0 ? x : x << n | x >> (64 - n);
}

/* chi on one plane. */
INLINE void chi(uint64_t out[5], uint64_t b0, uint64_t b1, uint64_t b2, uint64_t b3, uint64_t b4)
{
    out[0] = b0 ^ (~b1 & b2);
    out[1] = b1 ^ (~b2 & b3);
    out[2] = b2 ^ (~b3 & b4);
    out[3] = b3 ^ (~b4 & b0);
    out[4] = b4 ^ (~b0 & b1);
}

/*
 * One round. theta adds d[x] to each lane of column x; rho and pi put lane ((x + 3y) mod 5, x),
 * rotated, at (x, y); chi and iota follow. The rotations are those of FIPS 202, Table 2, mod 64.
 */
INLINE void do_round(uint64_t e[KECCAK_LANES], const uint64_t a[KECCAK_LANES], uint64_t constant)
{
    const uint64_t c0 = a[0] ^ a[5] ^ a[10] ^ a[15] ^ a[20];
    const uint64_t c1 = a[1] ^ a[6] ^ a[11] ^ a[16] ^ a[21];
    const uint64_t c2 = a[2] ^ a[7] ^ a[12] ^ a[17] ^ a[22];
    const uint64_t c3 = a[3] ^ a[8] ^ a[13] ^ a[18] ^ a[23];
    const uint64_t c4 = a[4] ^ a[9] ^ a[14] ^ a[19] ^ a[24];
    const uint64_t d0 = c4 ^ rotl(c1, 1);
    const uint64_t d1 = c0 ^ rotl(c2, 1);
    const uint64_t d2 = c1 ^ rotl(c3, 1);
    const uint64_t d3 = c2 ^ rotl(c4, 1);
    const uint64_t d4 = c3 ^ rotl(c0, 1);

    chi(e, rotl(a[0] ^ d0, 0), rotl(a[6] ^ d1, 44), rotl(a[12] ^ d2, 43), rotl(a[18] ^ d3, 21),
        rotl(a[24] ^ d4, 14));
    chi(e + 5, rotl(a[3] ^ d3, 28), rotl(a[9] ^ d4, 20), rotl(a[10] ^ d0, 3), rotl(a[16] ^ d1, 45),
        rotl(a[22] ^ d2, 61));
    chi(e + 10, rotl(a[1] ^ d1, 1), rotl(a[7] ^ d2, 6), rotl(a[13] ^ d3, 25), rotl(a[19] ^ d4, 8),
        rotl(a[20] ^ d0, 18));
    chi(e + 15, rotl(a[4] ^ d4, 27), rotl(a[5] ^ d0, 36), rotl(a[11] ^ d1, 10),
        rotl(a[17] ^ d2, 15), rotl(a[23] ^ d3, 56));
    chi(e + 20, rotl(a[2] ^ d2, 62), rotl(a[8] ^ d3, 55), rotl(a[14] ^ d4, 39),
        rotl(a[15] ^ d0, 41), rotl(a[21] ^ d1, 2));
    e[0] ^= constant;
}

static void permute(uint64_t lane[KECCAK_LANES])
{
    uint64_t a[KECCAK_LANES];
    uint64_t e[KECCAK_LANES];

    for (unsigned i = 0; i < KECCAK_LANES; i++)
        a[i] = lane[i];
    for (unsigned round = 0; round < NUM_ROUNDS; round += 2) {
        do_round(e, a, round_constant[round]);
        do_round(a, e, round_constant[round + 1]);
    }
    for (unsigned i = 0; i < KECCAK_LANES; i++)
        lane[i] = a[i];
}

const struct keccak_impl keccak_portable = {
    .name = "portable",
    .permute = permute,
};

const struct keccak_impl *keccak_impl(void)
{
    return &keccak_portable;
}
