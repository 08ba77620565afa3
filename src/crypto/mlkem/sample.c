/* SPDX-License-Identifier: Apache-2.0
 *
 * From uniform bytes to coefficients (FIPS 203, 4.2.2) in portable C.
 */
#include <assert.h>

#include "crypto/mlkem/impl.h"

unsigned mlkem_portable_accept(int16_t out[MLKEM_N], unsigned count,
                               const uint64_t block[MLKEM_BLOCK_LANES])
{
    /* Three lanes are sixteen numbers: five from each, and one across each border. */
    for (unsigned i = 0; i < MLKEM_BLOCK_LANES; i += 3) {
        const uint64_t *x = &block[i];

        for (unsigned n = 0; n < 16; n++) {
            const unsigned lane = 12 * n / 64;
            const unsigned shift = 12 * n % 64;
            const uint64_t above = shift > 52 ? x[lane + 1] << (64 - shift) : 0;
            const uint16_t d = (uint16_t)((x[lane] >> shift | above) & 0xfff);

            if (d < MLKEM_Q && count < MLKEM_N)
                out[count++] = (int16_t)d;
        }
    }
    return count;
}

/* Algorithm 8 for eta = 2: the bits of each coefficient are a nibble. */
static void cbd2(struct mlkem_poly *p, const uint64_t lanes[2 * MLKEM_ETA_LANES])
{
    const uint64_t odd = 0x5555555555555555;

    for (unsigned i = 0; i < MLKEM_N / 16; i++) {
        const uint64_t sums = (lanes[i] & odd) + (lanes[i] >> 1 & odd);

        for (unsigned n = 0; n < 16; n++) {
            const int32_t x = (int32_t)(sums >> (4 * n) & 3);
            const int32_t y = (int32_t)(sums >> (4 * n + 2) & 3);

            p->coeff[16 * i + n] = (int16_t)(x - y);
        }
    }
}

/* 24 bits from bit 24n of three lanes. */
static uint32_t part(const uint64_t lanes[3], unsigned n)
{
    const unsigned lane = 24 * n / 64;
    const unsigned shift = 24 * n % 64;
    const uint64_t above = shift > 40 ? lanes[lane + 1] << (64 - shift) : 0;

    return (uint32_t)((lanes[lane] >> shift | above) & 0xffffff);
}

/* Algorithm 8 for eta = 3: six bits for each coefficient. */
static void cbd3(struct mlkem_poly *p, const uint64_t lanes[3 * MLKEM_ETA_LANES])
{
    const uint32_t third = 0x249249;

    for (unsigned i = 0; i < MLKEM_N / 4; i++) {
        const uint32_t bits = part(&lanes[i / 8 * 3], i % 8);
        const uint32_t sums = (bits & third) + (bits >> 1 & third) + (bits >> 2 & third);

        for (unsigned n = 0; n < 4; n++) {
            const int32_t x = (int32_t)(sums >> (6 * n) & 7);
            const int32_t y = (int32_t)(sums >> (6 * n + 3) & 7);

            p->coeff[4 * i + n] = (int16_t)(x - y);
        }
    }
}

void mlkem_portable_cbd(struct mlkem_poly *p, const uint64_t *lanes, unsigned eta)
{
    assert(eta == 2 || eta == 3);
    if (eta == 2)
        cbd2(p, lanes);
    else
        cbd3(p, lanes);
}
