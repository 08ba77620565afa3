/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/mldsa/sample.h"

#include <stdbool.h>
#include <string.h>

#include "base/ct.h"
#include "base/wipe.h"
#include "crypto/keccak/keccak.h"
#include "crypto/mldsa/encode.h"

/* The XOF of a seed followed by two bytes. */
static void absorb_indexed(struct keccak *xof, const uint8_t *seed, size_t seed_len, unsigned first,
                           unsigned second)
{
    uint8_t index[2] = {(uint8_t)first, (uint8_t)second};

    keccak_absorb(xof, seed, seed_len);
    keccak_absorb(xof, index, sizeof(index));
}

void mldsa_sample_uniform(struct mldsa_poly *p, const uint8_t rho[MLDSA_RHO_LEN], unsigned row,
                          unsigned column)
{
    struct keccak xof;
    uint8_t block[SHAKE128_RATE]; /* a multiple of 3 */
    unsigned num = 0;

    shake128_init(&xof);
    absorb_indexed(&xof, rho, MLDSA_RHO_LEN, column, row);
    while (num < MLDSA_N) {
        keccak_squeeze(&xof, block, sizeof(block));
        for (unsigned i = 0; i < sizeof(block) && num < MLDSA_N; i += 3) {
            int32_t x = block[i] | block[i + 1] << 8 | (block[i + 2] & 0x7f) << 16;
            if (x < MLDSA_Q)
                p->coeff[num++] = x;
        }
    }
}

/*
 * Algorithm 15 without its branches. For eta = 2, b mod 5 is b - 5 * floor(b / 5), and 13 / 64 is
 * close enough to 1 / 5 for b < 16. Returns whether the half-byte is accepted.
 */
static bool coeff_from_half_byte(int32_t eta, int32_t *coeff, uint32_t b)
{
    uint32_t limit = eta == 2 ? 15 : 9;
    uint32_t fives = eta == 2 ? b * 13 >> 6 : 0;
    uint32_t accepted = (b - limit) >> 31;

    *coeff = eta - (int32_t)(b - 5 * fives);
    /* Accepted values are uniform whatever the pattern of rejections, so the pattern may show. */
    CT_PUBLIC(&accepted, sizeof(accepted));
    return accepted != 0;
}

void mldsa_sample_eta(const struct mldsa_params *params, struct mldsa_poly *p,
                      const uint8_t seed[MLDSA_SECRET_SEED_LEN], unsigned index)
{
    struct keccak xof;
    uint8_t block[SHAKE256_RATE];
    unsigned num = 0;

    shake256_init(&xof);
    absorb_indexed(&xof, seed, MLDSA_SECRET_SEED_LEN, index & 0xff, index >> 8);
    while (num < MLDSA_N) {
        keccak_squeeze(&xof, block, sizeof(block));
        for (unsigned i = 0; i < 2 * sizeof(block) && num < MLDSA_N; i++) {
            int32_t coeff;
            uint32_t half = (uint32_t)block[i / 2] >> (i % 2 * 4) & 15;
            if (coeff_from_half_byte(params->eta, &coeff, half))
                p->coeff[num++] = coeff;
        }
    }
    WIPE(block);
    WIPE(xof);
}

void mldsa_sample_mask(const struct mldsa_params *params, struct mldsa_poly *p,
                       const uint8_t seed[MLDSA_SECRET_SEED_LEN], unsigned index)
{
    struct keccak xof;
    uint8_t packed[MLDSA_MAX_Z_LEN];

    shake256_init(&xof);
    absorb_indexed(&xof, seed, MLDSA_SECRET_SEED_LEN, index & 0xff, index >> 8);
    keccak_squeeze(&xof, packed, mldsa_packed_len(params->z_bits));
    mldsa_unpack_from(p, packed, params->z_bits, params->gamma1);
    WIPE(packed);
    WIPE(xof);
}

void mldsa_sample_ball(const struct mldsa_params *params, struct mldsa_poly *c,
                       const uint8_t *challenge)
{
    struct keccak xof;
    uint8_t signs[8];

    memset(c, 0, sizeof(*c));
    shake256_init(&xof);
    keccak_absorb(&xof, challenge, params->challenge_len);
    keccak_squeeze(&xof, signs, sizeof(signs));
    for (unsigned n = 0; n < params->tau; n++) {
        unsigned i = MLDSA_N - params->tau + n;
        uint8_t j;
        do {
            keccak_squeeze(&xof, &j, 1);
        } while (j > i);
        c->coeff[i] = c->coeff[j];
        c->coeff[j] = 1 - 2 * (signs[n / 8] >> n % 8 & 1);
    }
}
