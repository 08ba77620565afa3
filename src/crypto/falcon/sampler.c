/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/falcon/sampler.h"

#include "base/ct.h"

#define HALF_BITS FALCON_RCDT_BITS
#define HALF_MASK (((uint64_t)1 << HALF_BITS) - 1)

const uint64_t falcon_rcdt[FALCON_RCDT_LEN][2] = {
    {0xa3f7f42ed, 0x3ac391802}, {0x54d32b181, 0xf3f7ddb82}, {0x227dcdd09, 0x34829c1ff},
    {0x0ad175437, 0x7c7994ae4}, {0x0295846ca, 0xef33f1f6f}, {0x00774ac75, 0x4ed74bd5f},
    {0x001024dd5, 0x42b776ae4}, {0x0001a1ffd, 0xc65ad63da}, {0x00001f80d, 0x88a7b6428},
    {0x000001c3f, 0xdb2040c69}, {0x00000012c, 0xf24d031fb}, {0x000000009, 0x49f8b091f},
    {0x000000000, 0x3665da998}, {0x000000000, 0x00ebf6ebb}, {0x000000000, 0x0002f5d7e},
    {0x000000000, 0x000007098}, {0x000000000, 0x0000000c6}, {0x000000000, 0x000000001},
};

unsigned falcon_base_sample(uint64_t high, uint64_t low)
{
    uint64_t num = 0;

    for (unsigned i = 0; i < FALCON_RCDT_LEN; i++) {
        uint64_t borrow = (low - falcon_rcdt[i][1]) >> 63;

        num += (high - falcon_rcdt[i][0] - borrow) >> 63;
    }
    return (unsigned)num;
}

/* The upper half of a product. */
static uint64_t multiply_high(uint64_t a, uint64_t b)
{
    return (uint64_t)((unsigned __int128)a * b >> 64);
}

uint64_t falcon_approx_exp(fpr x, fpr ccs)
{
    static const uint64_t c[] = {
        0x00000004741183a3, 0x00000036548cfc06, 0x0000024fdcbf140a, 0x0000171d939de045,
        0x0000d00cf58f6f84, 0x000680681cf796e3, 0x002d82d8305b0fea, 0x011111110e066fd0,
        0x0555555555070f00, 0x155555555581ff00, 0x400000000002b400, 0x7fffffffffff4800,
        0x8000000000000000,
    };
    /* Doubled, because 63 bits are to go and 64 do. */
    uint64_t z = (uint64_t)fpr_trunc(fpr_mul(x, FPR_2_POW_63)) << 1;
    uint64_t y = c[0];

    for (unsigned i = 1; i < sizeof(c) / sizeof(c[0]); i++)
        y = c[i] - multiply_high(z, y);
    z = (uint64_t)fpr_trunc(fpr_mul(ccs, FPR_2_POW_63)) << 1;
    return multiply_high(z, y);
}

/* Algorithm 14, BerExp. */
static bool accept(struct falcon_noise *noise, fpr x, fpr ccs)
{
    uint64_t s = (uint64_t)fpr_trunc(fpr_mul(x, FPR_INVERSE_LN2));
    fpr rest = fpr_sub(x, fpr_mul(fpr_of((int64_t)s), FPR_LN2));
    /* All ones if s is above 63, which stands for more. */
    uint64_t above = (uint64_t)0 - ((63 - s) >> 63);
    uint64_t z = ((falcon_approx_exp(rest, ccs) << 1) - 1) >> ((s | above) & 63);
    uint32_t difference;
    unsigned shift = 64;

    do {
        shift -= 8;
        difference = falcon_noise_u8(noise) - ((uint32_t)(z >> shift) & 0xff);
        /* Where the first byte that differs is: with probability 255 / 256 the first, whatever z
         * is. */
        bool equal = difference == 0;
        CT_PUBLIC(&equal, sizeof(equal));
        if (!equal)
            break;
    } while (shift > 0);
    return difference >> 31 != 0;
}

int falcon_portable_sample(struct falcon_noise *noise, fpr mu, fpr inverse_sigma, fpr sigma_min)
{
    const fpr inverse_2_sigma_max_2 = fpr_from_bits(FALCON_INVERSE_2_SIGMA_MAX_2);
    const int64_t floor = fpr_floor(mu);
    const fpr r = fpr_sub(mu, fpr_of(floor));
    const fpr inverse_2_sigma_2 = fpr_half(fpr_sqr(inverse_sigma));
    const fpr ccs = fpr_mul(inverse_sigma, sigma_min);

    for (unsigned i = 0; i < FALCON_MAX_TRIES; i++) {
        uint64_t low = falcon_noise_u64(noise);
        uint64_t high = low >> HALF_BITS | (uint64_t)falcon_noise_u8(noise) << (64 - HALF_BITS);
        int64_t z0 = falcon_base_sample(high, low & HALF_MASK);
        int64_t b = falcon_noise_u8(noise) & 1;
        int64_t z = b + (2 * b - 1) * z0;
        fpr x = fpr_mul(fpr_sqr(fpr_sub(fpr_of(z), r)), inverse_2_sigma_2);

        x = fpr_sub(x, fpr_mul(fpr_of(z0 * z0), inverse_2_sigma_max_2));
        bool accepted = accept(noise, x, ccs);
        /* What is rejected is forgotten, and how often that happens does not depend on the key. */
        CT_PUBLIC(&accepted, sizeof(accepted));
        if (accepted)
            return (int)(floor + z);
    }
    return INT16_MAX;
}
