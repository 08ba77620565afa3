/* SPDX-License-Identifier: Apache-2.0
 *
 * The NTT (FIPS 204, 7.5) and what is done in its domain, in portable C; reduced only where the
 * bounds ask for it.
 */
#include "base/wipe.h"
#include "crypto/mldsa/portable.h"
#include "crypto/mldsa/zetas.h"

#define INLINE __attribute__((always_inline)) static inline

/* z * b, between -q / 4 and 5q / 4; for |b| < 10q, between -q / 64 and 65q / 64. */
INLINE int32_t multiply(int32_t b, int32_t z, int32_t quotient)
{
    int32_t h = (int32_t)(((int64_t)b * quotient) >> 32);
    return (int32_t)((uint32_t)b * (uint32_t)z - (uint32_t)h * MLDSA_Q);
}

/* The same with h rounded to the nearest: bounded by 3q / 4. */
INLINE int32_t multiply_near(int32_t b, int32_t z)
{
    int32_t h = (int32_t)(((int64_t)b * MLDSA_QUOTIENT(z) + (1LL << 31)) >> 32);
    return (int32_t)((uint32_t)b * (uint32_t)z - (uint32_t)h * MLDSA_Q);
}

/* One step of the NTT with zeta number m: (a, b) becomes (a + zeta b, a - zeta b). */
INLINE void split(int32_t *a, int32_t *b, unsigned m)
{
    int32_t t = multiply(*b, mldsa_zetas[m], mldsa_zeta_quotients[m]);
    *b = *a - t;
    *a += t;
}

/* One step of the inverse: (a, b) becomes (a + b, zeta (b - a)). */
INLINE void join(int32_t *a, int32_t *b, unsigned m)
{
    int32_t t = *b - *a;
    *a += *b;
    *b = multiply(t, mldsa_zetas[m], mldsa_zeta_quotients[m]);
}

/*
 * Two layers at a time: blocks of four quarters, so that a coefficient is loaded and stored four
 * times instead of eight. Block n of the layer with num_blocks of them has the zeta number
 * num_blocks + n, its two halves those of the next layer.
 */
INLINE void split_layers(struct mldsa_poly *p, const unsigned num_blocks)
{
    const unsigned quarter = MLDSA_N / num_blocks / 4;

    for (unsigned n = 0; n < num_blocks; n++) {
        int32_t *w = p->coeff + n * 4 * quarter;
        unsigned m = num_blocks + n;
        for (unsigned j = 0; j < quarter; j++, w++) {
            int32_t w0 = w[0], w1 = w[quarter], w2 = w[2 * quarter], w3 = w[3 * quarter];
            split(&w0, &w2, m);
            split(&w1, &w3, m);
            split(&w0, &w1, 2 * m);
            split(&w2, &w3, 2 * m + 1);
            w[0] = w0, w[quarter] = w1, w[2 * quarter] = w2, w[3 * quarter] = w3;
        }
    }
}

/* Each of eight layers adds 65q / 64 at most to what was bounded by q. */
void mldsa_portable_ntt(struct mldsa_poly *p)
{
    split_layers(p, 1);
    split_layers(p, 4);
    split_layers(p, 16);
    split_layers(p, 64);
}

/* The same backwards; the zetas run from the end because zeta^-BitRev8(m) is the negative of the
 * zeta whose number is mirrored within the layer. */
INLINE void join_layers(struct mldsa_poly *p, const unsigned num_blocks)
{
    const unsigned quarter = MLDSA_N / num_blocks / 4;

    for (unsigned n = 0; n < num_blocks; n++) {
        int32_t *w = p->coeff + n * 4 * quarter;
        unsigned m = 2 * num_blocks - 1 - n;
        for (unsigned j = 0; j < quarter; j++, w++) {
            int32_t w0 = w[0], w1 = w[quarter], w2 = w[2 * quarter], w3 = w[3 * quarter];
            join(&w0, &w1, 2 * m + 1);
            join(&w2, &w3, 2 * m);
            join(&w0, &w2, m);
            join(&w1, &w3, m);
            w[0] = w0, w[quarter] = w1, w[2 * quarter] = w2, w[3 * quarter] = w3;
        }
    }
}

/* The last layer, which also takes the factor away. */
INLINE void join_last(int32_t *a, int32_t *b)
{
    int32_t t = *b - *a;
    *a = multiply_near(*a + *b, MLDSA_INTT_SUM);
    *b = multiply_near(t, MLDSA_INTT_DIFFERENCE);
}

INLINE void join_last_layers(struct mldsa_poly *p)
{
    const unsigned quarter = MLDSA_N / 4;

    for (unsigned j = 0; j < quarter; j++) {
        int32_t *w = p->coeff + j;
        int32_t w0 = w[0], w1 = w[quarter], w2 = w[2 * quarter], w3 = w[3 * quarter];
        join(&w0, &w1, 3);
        join(&w2, &w3, 2);
        join_last(&w0, &w2);
        join_last(&w1, &w3);
        w[0] = w0, w[quarter] = w1, w[2 * quarter] = w2, w[3 * quarter] = w3;
    }
}

/* The sums double in each of eight layers: from below q to below 256 q < 2^31. */
void mldsa_portable_intt(struct mldsa_poly *p)
{
    join_layers(p, 64);
    join_layers(p, 16);
    join_layers(p, 4);
    join_last_layers(p);
}

/* 2^-32 * a, bounded by |a| / 2^32 + q / 2 (FIPS 204, Algorithm 49). */
INLINE int32_t montgomery_reduce(int64_t a)
{
    int32_t m = (int32_t)((uint32_t)a * MLDSA_Q_INVERSE);
    return (int32_t)((a - (int64_t)m * MLDSA_Q) >> 32);
}

/* Eight products of q * 10q sum to 80 q^2 < 2^31 q. */
void mldsa_portable_pointwise_acc(struct mldsa_poly *out, const struct mldsa_poly *a,
                                  const struct mldsa_poly *b, size_t num)
{
    int64_t sum[MLDSA_N] = {0};

    for (size_t i = 0; i < num; i++) {
        for (unsigned j = 0; j < MLDSA_N; j++)
            sum[j] += (int64_t)a[i].coeff[j] * b[i].coeff[j];
    }
    for (unsigned j = 0; j < MLDSA_N; j++)
        out->coeff[j] = montgomery_reduce(sum[j]);
    WIPE(sum);
}
