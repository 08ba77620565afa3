/* SPDX-License-Identifier: Apache-2.0
 *
 * The number-theoretic transform (FIPS 203, 4.3) in portable C, reduced as late as int16_t allows.
 */
#include "crypto/mlkem/impl.h"
#include "crypto/mlkem/poly.h"

/* 17^BitRev7(i) * 2^16 mod q (FIPS 203, Appendix A, in Montgomery form), nearest to zero. */
static const int16_t zetas[128] = {
    -1044, -758,  -359,  -1517, 1493,  1422,  287,   202,   -171,  622,   1577,  182,   962,
    -1202, -1474, 1468,  573,   -1325, 264,   383,   -829,  1458,  -1602, -130,  -681,  1017,
    732,   608,   -1542, 411,   -205,  -1571, 1223,  652,   -552,  1015,  -1293, 1491,  -282,
    -1544, 516,   -8,    -320,  -666,  -1618, -1162, 126,   1469,  -853,  -90,   -271,  830,
    107,   -1421, -247,  -951,  -398,  961,   -1508, -725,  448,   -1065, 677,   -1275, -1103,
    430,   555,   843,   -1251, 871,   1550,  105,   422,   587,   177,   -235,  -291,  -460,
    1574,  1653,  -246,  778,   1159,  -147,  -777,  1483,  -602,  1119,  -1590, 644,   -872,
    349,   418,   329,   -156,  -75,   817,   1097,  603,   610,   1322,  -1285, -1465, 384,
    -1215, -136,  1218,  -1335, -874,  220,   -1187, -1659, -1185, -1530, -1278, 794,   -1510,
    -854,  -870,  478,   -108,  -308,  996,   991,   958,   -1460, 1522,  1628,
};

/* x * zeta, reduced. */
static inline int16_t mul(int16_t x, int16_t zeta)
{
    return mlkem_montgomery(x * zeta);
}

static void reduce(struct mlkem_poly *p)
{
    for (unsigned i = 0; i < MLKEM_N; i++)
        p->coeff[i] = mlkem_barrett(p->coeff[i]);
}

/* Every layer adds less than q to the bound on a coefficient: after the last it is below 8q. */
void mlkem_portable_ntt(struct mlkem_poly *p)
{
    int16_t *f = p->coeff;
    unsigned i = 1;
    unsigned len = 128;

    /* Counted by their number: from their length a compiler divides to find it. */
    for (unsigned num = 1; num <= MLKEM_N / 4; num *= 2, len /= 2) {
        for (unsigned n = 0; n < num; n++) {
            const unsigned start = 2 * len * n;
            const int16_t zeta = zetas[i++];

            for (unsigned j = start; j < start + len; j++) {
                const int16_t t = mul(f[j + len], zeta);

                f[j + len] = (int16_t)(f[j] - t);
                f[j] = (int16_t)(f[j] + t);
            }
        }
    }
    reduce(p);
}

/*
 * Sums double with every layer: from q to 8q in three layers, where they are reduced to q/2, and to
 * 8q again in the last four.
 */
void mlkem_portable_intt(struct mlkem_poly *p)
{
    const int16_t scale = 1441; /* 2^32 / 128 mod q */
    int16_t *f = p->coeff;
    unsigned i = 127;

    for (unsigned len = 2; len <= 128; len *= 2) {
        for (unsigned start = 0; start < MLKEM_N; start += 2 * len) {
            const int16_t zeta = zetas[i--];

            for (unsigned j = start; j < start + len; j++) {
                const int16_t t = f[j];

                f[j] = (int16_t)(t + f[j + len]);
                f[j + len] = mul((int16_t)(f[j + len] - t), zeta);
            }
        }
        if (len == 8)
            reduce(p);
    }
    for (unsigned j = 0; j < MLKEM_N; j++)
        f[j] = mul(f[j], scale);
}

void mlkem_portable_factor(struct mlkem_factor *f, const struct mlkem_poly *p)
{
    for (unsigned i = 0; i < MLKEM_N; i += 2) {
        /* gamma of pair i/2 is zeta 64 + i/4, with alternating sign (Appendix A). */
        const int16_t zeta = zetas[64 + i / 4];
        const int16_t gamma = (int16_t)(i % 4 == 0 ? zeta : -zeta);

        f->straight.coeff[i] = p->coeff[i];
        f->straight.coeff[i + 1] = mul(p->coeff[i + 1], gamma);
        f->crossed.coeff[i] = p->coeff[i + 1];
        f->crossed.coeff[i + 1] = p->coeff[i];
    }
}

/*
 * Each sum has at most 2 * MLKEM_MAX_K products below q^2, together below q * 2^15, so that one
 * reduction at the end is enough.
 */
void mlkem_portable_basemul_acc(struct mlkem_poly *out, const struct mlkem_poly *a, unsigned stride,
                                const struct mlkem_factor *b, unsigned num)
{
    for (unsigned i = 0; i < MLKEM_N; i += 2) {
        int32_t c0 = 0;
        int32_t c1 = 0;

        for (unsigned n = 0; n < num; n++) {
            const int16_t *x = &a[n * stride].coeff[i];
            const int16_t *straight = &b[n].straight.coeff[i];
            const int16_t *crossed = &b[n].crossed.coeff[i];

            c0 += x[0] * straight[0] + x[1] * straight[1];
            c1 += x[0] * crossed[0] + x[1] * crossed[1];
        }
        out->coeff[i] = mlkem_montgomery(c0);
        out->coeff[i + 1] = mlkem_montgomery(c1);
    }
}

void mlkem_portable_scale_add(struct mlkem_poly *p, const struct mlkem_poly *e)
{
    const int16_t square = 1353; /* 2^32 mod q */

    for (unsigned i = 0; i < MLKEM_N; i++) {
        const int16_t sum = (int16_t)(mul(p->coeff[i], square) + e->coeff[i]);

        p->coeff[i] = (int16_t)mlkem_canonical(mlkem_barrett(sum));
    }
}

void mlkem_portable_canonical(struct mlkem_poly *p)
{
    for (unsigned i = 0; i < MLKEM_N; i++)
        p->coeff[i] = (int16_t)mlkem_canonical(p->coeff[i]);
}
