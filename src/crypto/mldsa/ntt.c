/* SPDX-License-Identifier: Apache-2.0
 *
 * Arithmetic in portable C: Montgomery multiplication with R = 2^32 (FIPS 204, Appendix A) and the
 * NTT (7.5), reduced only where the bounds ask for it.
 */
#include "crypto/mldsa/poly.h"

/* q^-1 mod 2^32 */
#define Q_INVERSE 58728449u

/* 2^64 / 256 mod q: undoes the transform's factor 256 and leaves the factor 2^32. */
#define INTT_FACTOR 41978

/* 2^32 * zeta^BitRev8(m) mod+- q, zeta = 1753, for m = 1 … 255 (FIPS 204, Appendix B). */
/* clang-format off */
static const int32_t zetas[MLDSA_N] = {
    0, 25847, -2608894, -518909, 237124, -777960, -876248, 466468, 1826347, 2353451, -359251,
    -2091905, 3119733, -2884855, 3111497, 2680103, 2725464, 1024112, -1079900, 3585928, -549488,
    -1119584, 2619752, -2108549, -2118186, -3859737, -1399561, -3277672, 1757237, -19422, 4010497,
    280005, 2706023, 95776, 3077325, 3530437, -1661693, -3592148, -2537516, 3915439, -3861115,
    -3043716, 3574422, -2867647, 3539968, -300467, 2348700, -539299, -1699267, -1643818, 3505694,
    -3821735, 3507263, -2140649, -1600420, 3699596, 811944, 531354, 954230, 3881043, 3900724,
    -2556880, 2071892, -2797779, -3930395, -1528703, -3677745, -3041255, -1452451, 3475950, 2176455,
    -1585221, -1257611, 1939314, -4083598, -1000202, -3190144, -3157330, -3632928, 126922, 3412210,
    -983419, 2147896, 2715295, -2967645, -3693493, -411027, -2477047, -671102, -1228525, -22981,
    -1308169, -381987, 1349076, 1852771, -1430430, -3343383, 264944, 508951, 3097992, 44288,
    -1100098, 904516, 3958618, -3724342, -8578, 1653064, -3249728, 2389356, -210977, 759969,
    -1316856, 189548, -3553272, 3159746, -1851402, -2409325, -177440, 1315589, 1341330, 1285669,
    -1584928, -812732, -1439742, -3019102, -3881060, -3628969, 3839961, 2091667, 3407706, 2316500,
    3817976, -3342478, 2244091, -2446433, -3562462, 266997, 2434439, -1235728, 3513181, -3520352,
    -3759364, -1197226, -3193378, 900702, 1859098, 909542, 819034, 495491, -1613174, -43260,
    -522500, -655327, -3122442, 2031748, 3207046, -3556995, -525098, -768622, -3595838, 342297,
    286988, -2437823, 4108315, 3437287, -3342277, 1735879, 203044, 2842341, 2691481, -2590150,
    1265009, 4055324, 1247620, 2486353, 1595974, -3767016, 1250494, 2635921, -3548272, -2994039,
    1869119, 1903435, -1050970, -1333058, 1237275, -3318210, -1430225, -451100, 1312455, 3306115,
    -1962642, -1279661, 1917081, -2546312, -1374803, 1500165, 777191, 2235880, 3406031, -542412,
    -2831860, -1671176, -1846953, -2584293, -3724270, 594136, -3776993, -2013608, 2432395, 2454455,
    -164721, 1957272, 3369112, 185531, -1207385, -3183426, 162844, 1616392, 3014001, 810149,
    1652634, -3694233, -1799107, -3038916, 3523897, 3866901, 269760, 2213111, -975884, 1717735,
    472078, -426683, 1723600, -1803090, 1910376, -1667432, -1104333, -260646, -3833893, -2939036,
    -2235985, -420899, -2286327, 183443, -976891, 1612842, -3545687, -554416, 3919660, -48306,
    -1362209, 3937738, 1400424, -846154, 1976782,
};
/* clang-format on */

/* x * 2^-32 mod q, bounded by |x| / 2^32 + q / 2 + 1, for |x| < 2^31 q. */
static inline int32_t montgomery_reduce(int64_t x)
{
    int32_t t = (int32_t)((uint32_t)x * Q_INVERSE);
    return (int32_t)((x - (int64_t)t * MLDSA_Q) >> 32);
}

static inline int32_t montgomery_mul(int32_t a, int32_t b)
{
    return montgomery_reduce((int64_t)a * b);
}

/* One step of the NTT: (a, b) becomes (a + zeta b, a - zeta b). */
static inline void split(int32_t *a, int32_t *b, int32_t zeta)
{
    int32_t t = montgomery_mul(zeta, *b);
    *b = *a - t;
    *a += t;
}

/* One step of the inverse: (a, b) becomes (a + b, zeta (b - a)). */
static inline void join(int32_t *a, int32_t *b, int32_t zeta)
{
    int32_t t = *b - *a;
    *a += *b;
    *b = montgomery_mul(zeta, t);
}

/*
 * Two layers at a time: blocks of four quarters, so that a coefficient is loaded and stored four
 * times instead of eight. Block n of the layer with num_blocks of them has the zeta number
 * num_blocks + n, its two halves those of the next layer.
 *
 * A zeta is at most q / 2 and a coefficient below 2^31, so each product is below 3q / 4: eight
 * layers add 6q at most.
 */
static void ntt(struct mldsa_poly *p)
{
    for (unsigned num_blocks = 1; num_blocks < MLDSA_N; num_blocks *= 4) {
        unsigned quarter = MLDSA_N / num_blocks / 4;
        for (unsigned n = 0; n < num_blocks; n++) {
            int32_t *w = p->coeff + n * 4 * quarter;
            unsigned m = num_blocks + n;
            for (unsigned j = 0; j < quarter; j++, w++) {
                int32_t w0 = w[0], w1 = w[quarter], w2 = w[2 * quarter], w3 = w[3 * quarter];
                split(&w0, &w2, zetas[m]);
                split(&w1, &w3, zetas[m]);
                split(&w0, &w1, zetas[2 * m]);
                split(&w2, &w3, zetas[2 * m + 1]);
                w[0] = w0, w[quarter] = w1, w[2 * quarter] = w2, w[3 * quarter] = w3;
            }
        }
    }
}

/*
 * The same backwards; the zetas run from the end because zeta^-BitRev8(m) is the negative of the
 * zeta whose number is mirrored within the layer. The sums double in each of eight layers: from
 * below q to below 256 q < 2^31.
 */
static void intt(struct mldsa_poly *p)
{
    for (unsigned num_blocks = MLDSA_N / 4; num_blocks >= 1; num_blocks /= 4) {
        unsigned quarter = MLDSA_N / num_blocks / 4;
        for (unsigned n = 0; n < num_blocks; n++) {
            int32_t *w = p->coeff + n * 4 * quarter;
            unsigned m = 2 * num_blocks - 1 - n;
            for (unsigned j = 0; j < quarter; j++, w++) {
                int32_t w0 = w[0], w1 = w[quarter], w2 = w[2 * quarter], w3 = w[3 * quarter];
                join(&w0, &w1, zetas[2 * m + 1]);
                join(&w2, &w3, zetas[2 * m]);
                join(&w0, &w2, zetas[m]);
                join(&w1, &w3, zetas[m]);
                w[0] = w0, w[quarter] = w1, w[2 * quarter] = w2, w[3 * quarter] = w3;
            }
        }
    }
    for (unsigned j = 0; j < MLDSA_N; j++)
        p->coeff[j] = montgomery_mul(INTT_FACTOR, p->coeff[j]);
}

/* Eight products of q * 7q sum to 56 q^2 < 2^31 q. */
static void pointwise_acc(struct mldsa_poly *out, const struct mldsa_poly *a,
                          const struct mldsa_poly *b, size_t num)
{
    for (unsigned j = 0; j < MLDSA_N; j++) {
        int64_t sum = 0;
        for (size_t i = 0; i < num; i++)
            sum += (int64_t)a[i].coeff[j] * b[i].coeff[j];
        out->coeff[j] = montgomery_reduce(sum);
    }
}

const struct mldsa_impl mldsa_portable = {
    .name = "portable",
    .ntt = ntt,
    .intt = intt,
    .pointwise_acc = pointwise_acc,
};

const struct mldsa_impl *mldsa_impl(void)
{
    return &mldsa_portable;
}

/* 2^23 = q + 2^13 - 1, so the multiple of q nearest to x is close to the multiple of 2^23. */
void mldsa_poly_reduce(struct mldsa_poly *p)
{
    for (unsigned j = 0; j < MLDSA_N; j++) {
        int32_t quotient = (p->coeff[j] + (1 << 22)) >> 23;
        p->coeff[j] -= quotient * MLDSA_Q;
    }
}

void mldsa_poly_canonical(struct mldsa_poly *p)
{
    for (unsigned j = 0; j < MLDSA_N; j++)
        p->coeff[j] += (p->coeff[j] >> 31) & MLDSA_Q;
}

void mldsa_poly_add(struct mldsa_poly *p, const struct mldsa_poly *a)
{
    for (unsigned j = 0; j < MLDSA_N; j++)
        p->coeff[j] += a->coeff[j];
}

void mldsa_poly_sub(struct mldsa_poly *p, const struct mldsa_poly *a)
{
    for (unsigned j = 0; j < MLDSA_N; j++)
        p->coeff[j] -= a->coeff[j];
}
