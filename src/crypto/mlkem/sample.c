/* SPDX-License-Identifier: Apache-2.0
 *
 * Sampling (FIPS 203, 4.2.2) in portable C.
 */
#include "base/bytes.h"
#include "base/wipe.h"
#include "crypto/keccak/keccak.h"
#include "crypto/mlkem/impl.h"
#include "crypto/mlkem/poly.h"

#define MAX_ETA 3

/* Append the 12-bit numbers in buf that are below q. Returns the new count, at most MLKEM_N. */
static unsigned accept(int16_t out[MLKEM_N], unsigned count, const uint8_t buf[SHAKE128_RATE])
{
    for (unsigned i = 0; i < SHAKE128_RATE; i += 3) {
        const uint16_t d[2] = {
            (uint16_t)(buf[i] | (buf[i + 1] & 15) << 8),
            (uint16_t)(buf[i + 1] >> 4 | buf[i + 2] << 4),
        };

        for (unsigned n = 0; n < 2; n++)
            if (d[n] < MLKEM_Q && count < MLKEM_N)
                out[count++] = (int16_t)d[n];
    }
    return count;
}

/* FIPS 203, Algorithm 7: SampleNTT(rho || x || y). */
static void sample_ntt(struct mlkem_poly *p, const uint8_t rho[32], uint8_t x, uint8_t y)
{
    const uint8_t index[2] = {x, y};
    uint8_t buf[SHAKE128_RATE];
    unsigned count = 0;
    struct keccak xof;

    shake128_init(&xof);
    keccak_absorb(&xof, rho, 32);
    keccak_absorb(&xof, index, sizeof(index));
    while (count < MLKEM_N) {
        keccak_squeeze(&xof, buf, sizeof(buf));
        count = accept(p->coeff, count, buf);
    }
}

void mlkem_portable_sample_matrix(struct mlkem_poly *a, unsigned k, const uint8_t rho[32])
{
    for (unsigned i = 0; i < k; i++)
        for (unsigned j = 0; j < k; j++)
            sample_ntt(&a[i * k + j], rho, (uint8_t)j, (uint8_t)i);
}

/* Algorithm 8 for eta = 2: the bits of each coefficient are a nibble. */
static void sample_cbd2(struct mlkem_poly *p, const uint8_t buf[128])
{
    for (unsigned i = 0; i < MLKEM_N / 8; i++) {
        const uint8_t *in = &buf[4 * i];
        const uint32_t bits =
            in[0] | (uint32_t)in[1] << 8 | (uint32_t)in[2] << 16 | (uint32_t)in[3] << 24;
        const uint32_t sums = (bits & 0x55555555) + ((bits >> 1) & 0x55555555);

        for (unsigned n = 0; n < 8; n++) {
            const int32_t x = (int32_t)(sums >> (4 * n) & 3);
            const int32_t y = (int32_t)(sums >> (4 * n + 2) & 3);

            p->coeff[8 * i + n] = (int16_t)(x - y);
        }
    }
}

/* Algorithm 8 for eta = 3: six bits for each coefficient. */
static void sample_cbd3(struct mlkem_poly *p, const uint8_t buf[192])
{
    for (unsigned i = 0; i < MLKEM_N / 4; i++) {
        const uint8_t *in = &buf[3 * i];
        const uint32_t bits = in[0] | (uint32_t)in[1] << 8 | (uint32_t)in[2] << 16;
        const uint32_t sums =
            (bits & 0x249249) + ((bits >> 1) & 0x249249) + ((bits >> 2) & 0x249249);

        for (unsigned n = 0; n < 4; n++) {
            const int32_t x = (int32_t)(sums >> (6 * n) & 7);
            const int32_t y = (int32_t)(sums >> (6 * n + 3) & 7);

            p->coeff[4 * i + n] = (int16_t)(x - y);
        }
    }
}

void mlkem_portable_sample_noise(struct mlkem_poly *out, unsigned num, unsigned eta,
                                 const uint8_t seed[32], uint8_t nonce)
{
    uint8_t buf[64 * MAX_ETA];

    for (unsigned i = 0; i < num; i++) {
        const uint8_t n = (uint8_t)(nonce + i);
        const struct span in[] = {span(seed, 32), span(&n, 1)};

        shake256(buf, 64 * eta, in, 2);
        if (eta == 2)
            sample_cbd2(&out[i], buf);
        else
            sample_cbd3(&out[i], buf);
    }
    WIPE(buf);
}
