/* SPDX-License-Identifier: Apache-2.0
 *
 * The NTT (FIPS 204, 7.5) in AVX2, by the same steps as in portable C (ntt.c), where the bounds
 * are.
 *
 * While the two coefficients of a step are eight or more apart, vectors are combined with vectors.
 * For the three layers of shorter distances, eight vectors are transposed: then vector i holds
 * coefficient i of eight blocks.
 */
#include "crypto/mldsa/avx2.h"
#include "crypto/mldsa/zetas.h"

#define INLINE __attribute__((always_inline)) static inline

/*
 * The zetas of the last three layers as transposed vectors meet them: for each of four times 64
 * coefficients one vector, two and four. Lane i of vector v of the layer with num_blocks blocks is
 * number num_blocks + (8n + i) num_blocks / 32 + v.
 */
/* clang-format off */
#define LANE_ZETAS(X)                                                                              \
    X(3602218) X(3182878) X(2740543) X(-3586446) X(-3110818) X(2101410) X(3704823) X(1159875)      \
    X(3073009) X(-2635473) X(4183372) X(-3121440) X(2508980) X(1937570) X(2811291) X(-1109516)     \
    X(1277625) X(3852015) X(-3222807) X(-274060) X(2028118) X(-3815725) X(-2983781) X(4158088)     \
    X(1753) X(2660408) X(1182243) X(-3956745) X(-27812) X(-1979497) X(-1685153) X(-3551006)        \
    X(-1935420) X(-1780227) X(87208) X(-2296397) X(822541) X(1596822) X(-3410568) X(635956)        \
    X(-2659525) X(-59148) X(636927) X(-3284915) X(1009365) X(-3956944) X(2678278) X(-250446)       \
    X(-1455890) X(2772600) X(-3965306) X(-3716946) X(-2454145) X(-3759465) X(-3768948)             \
    X(-2455377) X(394148) X(928749) X(1095468) X(-3506380) X(2071829) X(-4018989) X(3241972)       \
    X(2156050) X(1528066) X(1148858) X(-565603) X(2462444) X(-4166425) X(1987814) X(1736313)       \
    X(-3250154) X(482649) X(-2962264) X(169688) X(-3334383) X(-3488383) X(-3197248) X(235407)      \
    X(3258457) X(-4146264) X(2387513) X(3747250) X(3195676) X(2998219) X(-1354892) X(-458740)      \
    X(2039144) X(-1772588) X(-3611750) X(2296099) X(2642980) X(141835) X(613238) X(-1921994)       \
    X(-1879878) X(2192938) X(-268456) X(1239911) X(1254190) X(-89301) X(-1310261) X(4040196)       \
    X(-818761) X(-1727088) X(-3180456) X(-3838479) X(-12417) X(2513018) X(-2218467) X(-3472069)    \
    X(-2178965) X(3415069) X(1759347) X(-817536) X(-3574466) X(3756790) X(-1935799) X(-1716988)    \
    X(-3950053) X(-2579253) X(-2391089) X(3482206) X(-1300016) X(-1317678) X(3035980) X(3901472)   \
    X(2925816) X(1787943) X(-2254727) X(-4182915) X(-2362063) X(2461387) X(621164) X(-1226661)     \
    X(3374250) X(-1623354) X(586241) X(-1476985) X(507927) X(-3033742) X(-2612853) X(3980599)      \
    X(1665318) X(2105286) X(-1179613) X(1994046) X(-1187885) X(-338420) X(4148469) X(2569011)      \
    X(2028038) X(-2374402) X(527981) X(2491325) X(-724804) X(2647994) X(749577) X(-1615530)        \
    X(1163598) X(-2033807) X(-2743411) X(-1393159) X(-1834526) X(3009748) X(-4022750) X(1723229)   \
    X(-3369273) X(-2897314) X(3192354) X(556856) X(3870317) X(2917338) X(1853806) X(3345963)       \
    X(1858416) X(1356448) X(2683270) X(-3467665) X(-653275) X(348812) X(1011223) X(-3818627)       \
    X(-2236726) X(-2775755) X(-2778788) X(2312838) X(-459163) X(-327848) X(-2354215) X(-1922253)   \
    X(1744507) X(3994671) X(3363542) X(3105558) X(860144) X(-2185084) X(-3014420) X(-303005)       \
    X(1900052) X(-11879) X(214880) X(-1103344) X(3430436) X(3123762) X(-1716814) X(3531229)        \
    X(-781875) X(-1370517) X(545376) X(508145) X(140244) X(2358373) X(2926054) X(-3974485)         \
    X(1054478) X(3020393) X(-770441) X(-553718) X(-1514152) X(-2193087) X(-392707) X(-3773731)     \
    X(-731434)
/* clang-format on */

#define LANES_LEN (7 * 8)

static const int32_t lane_zetas[4 * LANES_LEN]
    __attribute__((aligned(32))) = {LANE_ZETAS(MLDSA_ZETA)};
static const int32_t lane_quotients[4 * LANES_LEN]
    __attribute__((aligned(32))) = {LANE_ZETAS(MLDSA_ZETA_QUOTIENT)};

/* Where the vectors of the layer with 32, 64 and 128 blocks begin. */
#define LANES_32  0
#define LANES_64  8
#define LANES_128 24

/* A constant factor: as it is, its quotient, and the quotients of the odd lanes in even lanes. */
struct factor {
    __m256i z;
    __m256i quotient;
    __m256i quotient_odd;
};

INLINE __m256i set1(int32_t x)
{
    return _mm256_set1_epi32(x);
}

/* The compiler must not know that this is q: it would make multiplications shifts and sums. */
INLINE __m256i set_q(void)
{
    __m256i q = set1(MLDSA_Q);
    __asm__("" : "+x"(q));
    return q;
}

/* Odd lanes in even lanes. */
INLINE __m256i odd(__m256i x)
{
    return _mm256_shuffle_epi32(x, 0xf5);
}

/* The upper halves of even's and odd's 64-bit lanes, as even and odd lanes. */
INLINE __m256i upper_halves(__m256i even, __m256i odds)
{
    return _mm256_blend_epi32(odd(even), odds, 0xaa);
}

INLINE struct factor broadcast(unsigned m)
{
    __m256i quotient = set1(mldsa_zeta_quotients[m]);
    return (struct factor){set1(mldsa_zetas[m]), quotient, quotient};
}

INLINE struct factor lanes(unsigned first)
{
    __m256i quotient = _mm256_load_si256((const __m256i *)(const void *)(lane_quotients + first));
    return (struct factor){
        _mm256_load_si256((const __m256i *)(const void *)(lane_zetas + first)),
        quotient,
        odd(quotient),
    };
}

INLINE __m256i subtract_multiple(__m256i b, __m256i z, __m256i h, __m256i q)
{
    return _mm256_sub_epi32(_mm256_mullo_epi32(b, z), _mm256_mullo_epi32(h, q));
}

INLINE __m256i multiply(__m256i b, const struct factor *f, __m256i q)
{
    __m256i even = _mm256_mul_epi32(b, f->quotient);
    __m256i odds = _mm256_mul_epi32(odd(b), f->quotient_odd);
    return subtract_multiple(b, f->z, upper_halves(even, odds), q);
}

/* The same with the quotient rounded to the nearest. */
INLINE __m256i multiply_near(__m256i b, int32_t z, __m256i q)
{
    const __m256i quotient = set1(MLDSA_QUOTIENT(z));
    const __m256i half = _mm256_set1_epi64x(1LL << 31);
    __m256i even = _mm256_add_epi64(_mm256_mul_epi32(b, quotient), half);
    __m256i odds = _mm256_add_epi64(_mm256_mul_epi32(odd(b), quotient), half);
    return subtract_multiple(b, set1(z), upper_halves(even, odds), q);
}

INLINE void split(__m256i *a, __m256i *b, struct factor f, __m256i q)
{
    __m256i t = multiply(*b, &f, q);
    *b = _mm256_sub_epi32(*a, t);
    *a = _mm256_add_epi32(*a, t);
}

INLINE void join(__m256i *a, __m256i *b, struct factor f, __m256i q)
{
    __m256i t = _mm256_sub_epi32(*b, *a);
    *a = _mm256_add_epi32(*a, *b);
    *b = multiply(t, &f, q);
}

INLINE void join_last(__m256i *a, __m256i *b, __m256i q)
{
    __m256i t = _mm256_sub_epi32(*b, *a);
    *a = multiply_near(_mm256_add_epi32(*a, *b), MLDSA_INTT_SUM, q);
    *b = multiply_near(t, MLDSA_INTT_DIFFERENCE, q);
}

/* v as a matrix of 8 x 8. */
INLINE void transpose(__m256i v[8])
{
    __m256i pair[8], quad[8];

    for (unsigned i = 0; i < 8; i += 2) {
        pair[i] = _mm256_unpacklo_epi32(v[i], v[i + 1]);
        pair[i + 1] = _mm256_unpackhi_epi32(v[i], v[i + 1]);
    }
    for (unsigned i = 0; i < 8; i += 4) {
        quad[i] = _mm256_unpacklo_epi64(pair[i], pair[i + 2]);
        quad[i + 1] = _mm256_unpackhi_epi64(pair[i], pair[i + 2]);
        quad[i + 2] = _mm256_unpacklo_epi64(pair[i + 1], pair[i + 3]);
        quad[i + 3] = _mm256_unpackhi_epi64(pair[i + 1], pair[i + 3]);
    }
    for (unsigned i = 0; i < 4; i++) {
        v[i] = _mm256_permute2x128_si256(quad[i], quad[i + 4], 0x20);
        v[i + 4] = _mm256_permute2x128_si256(quad[i], quad[i + 4], 0x31);
    }
}

/* The layers with 1 and 2 blocks, on the n-th vector of each quarter. */
INLINE void split_quarters(struct mldsa_poly *p, unsigned n, __m256i q)
{
    __m256i v[4];

    for (unsigned i = 0; i < 4; i++)
        v[i] = mldsa_load(p, 8 * i + n);
    split(&v[0], &v[2], broadcast(1), q);
    split(&v[1], &v[3], broadcast(1), q);
    split(&v[0], &v[1], broadcast(2), q);
    split(&v[2], &v[3], broadcast(3), q);
    for (unsigned i = 0; i < 4; i++)
        mldsa_store(p, 8 * i + n, v[i]);
}

/* The layers with 4 to 128 blocks, on quarter n. */
INLINE void split_quarter(struct mldsa_poly *p, unsigned n, __m256i q)
{
    const unsigned first = n * LANES_LEN;
    __m256i v[8];

    for (unsigned i = 0; i < 8; i++)
        v[i] = mldsa_load(p, 8 * n + i);
    for (unsigned i = 0; i < 4; i++)
        split(&v[i], &v[i + 4], broadcast(4 + n), q);
    for (unsigned i = 0; i < 4; i++)
        split(&v[i + (i & 2)], &v[i + (i & 2) + 2], broadcast(8 + 2 * n + i / 2), q);
    for (unsigned i = 0; i < 4; i++)
        split(&v[2 * i], &v[2 * i + 1], broadcast(16 + 4 * n + i), q);
    transpose(v);
    for (unsigned i = 0; i < 4; i++)
        split(&v[i], &v[i + 4], lanes(first + LANES_32), q);
    for (unsigned i = 0; i < 4; i++)
        split(&v[i + (i & 2)], &v[i + (i & 2) + 2], lanes(first + LANES_64 + i / 2 * 8), q);
    for (unsigned i = 0; i < 4; i++)
        split(&v[2 * i], &v[2 * i + 1], lanes(first + LANES_128 + i * 8), q);
    transpose(v);
    for (unsigned i = 0; i < 8; i++)
        mldsa_store(p, 8 * n + i, v[i]);
}

void mldsa_avx2_ntt(struct mldsa_poly *p)
{
    const __m256i q = set_q();

    for (unsigned n = 0; n < 8; n++)
        split_quarters(p, n, q);
    for (unsigned n = 0; n < 4; n++)
        split_quarter(p, n, q);
}

/*
 * The layers with 128 to 4 blocks, on quarter n. Zetas run from the end (ntt.c). For those of the
 * lanes this is had by taking the vectors from the end: then the lanes stand in reverse order.
 */
INLINE void join_quarter(struct mldsa_poly *p, unsigned n, __m256i q)
{
    const unsigned first = (3 - n) * LANES_LEN;
    __m256i v[8];

    for (unsigned i = 0; i < 8; i++)
        v[7 - i] = mldsa_load(p, 8 * n + i);
    transpose(v);
    for (unsigned i = 0; i < 4; i++)
        join(&v[2 * i], &v[2 * i + 1], lanes(first + LANES_128 + (3 - i) * 8), q);
    for (unsigned i = 0; i < 4; i++)
        join(&v[i + (i & 2)], &v[i + (i & 2) + 2], lanes(first + LANES_64 + (1 - i / 2) * 8), q);
    for (unsigned i = 0; i < 4; i++)
        join(&v[i], &v[i + 4], lanes(first + LANES_32), q);
    transpose(v);
    for (unsigned i = 0; i < 4; i++)
        join(&v[2 * i + 1], &v[2 * i], broadcast(28 - 4 * n + i), q);
    for (unsigned i = 0; i < 4; i++)
        join(&v[i + (i & 2) + 2], &v[i + (i & 2)], broadcast(14 - 2 * n + i / 2), q);
    for (unsigned i = 0; i < 4; i++)
        join(&v[i + 4], &v[i], broadcast(7 - n), q);
    for (unsigned i = 0; i < 8; i++)
        mldsa_store(p, 8 * n + i, v[7 - i]);
}

INLINE void join_quarters(struct mldsa_poly *p, unsigned n, __m256i q)
{
    __m256i v[4];

    for (unsigned i = 0; i < 4; i++)
        v[i] = mldsa_load(p, 8 * i + n);
    join(&v[0], &v[1], broadcast(3), q);
    join(&v[2], &v[3], broadcast(2), q);
    join_last(&v[0], &v[2], q);
    join_last(&v[1], &v[3], q);
    for (unsigned i = 0; i < 4; i++)
        mldsa_store(p, 8 * i + n, v[i]);
}

void mldsa_avx2_intt(struct mldsa_poly *p)
{
    const __m256i q = set_q();

    for (unsigned n = 0; n < 4; n++)
        join_quarter(p, n, q);
    for (unsigned n = 0; n < 8; n++)
        join_quarters(p, n, q);
}

/* The low half of each 64-bit lane times q^-1 tells the multiple of q that has the same low half.
 */
INLINE __m256i montgomery_reduce(__m256i a, __m256i q)
{
    __m256i m = _mm256_mul_epi32(a, set1(MLDSA_Q_INVERSE));
    return _mm256_sub_epi64(a, _mm256_mul_epi32(m, q));
}

/* How many vectors are summed up at once: as many as there are registers for. */
#define NUM_SUMS 4

void mldsa_avx2_pointwise_acc(struct mldsa_poly *out, const struct mldsa_poly *a,
                              const struct mldsa_poly *b, size_t num)
{
    const __m256i q = set_q();

    for (unsigned first = 0; first < MLDSA_NUM_VECTORS; first += NUM_SUMS) {
        __m256i even[NUM_SUMS], odds[NUM_SUMS];
        for (unsigned n = 0; n < NUM_SUMS; n++)
            even[n] = odds[n] = _mm256_setzero_si256();
        for (size_t i = 0; i < num; i++) {
            for (unsigned n = 0; n < NUM_SUMS; n++) {
                __m256i x = mldsa_load(&a[i], first + n), y = mldsa_load(&b[i], first + n);
                even[n] = _mm256_add_epi64(even[n], _mm256_mul_epi32(x, y));
                odds[n] = _mm256_add_epi64(odds[n], _mm256_mul_epi32(odd(x), odd(y)));
            }
        }
        for (unsigned n = 0; n < NUM_SUMS; n++) {
            even[n] = montgomery_reduce(even[n], q);
            odds[n] = montgomery_reduce(odds[n], q);
            mldsa_store(out, first + n, upper_halves(even[n], odds[n]));
        }
    }
}
