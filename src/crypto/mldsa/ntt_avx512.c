/* SPDX-License-Identifier: Apache-2.0
 *
 * The NTT (FIPS 204, 7.5) in AVX-512, by the same steps as in portable C (ntt.c), where the bounds
 * are.
 *
 * A polynomial is sixteen vectors, which stay in registers. For the first four layers vectors are
 * combined with vectors; for the last four they are transposed: then vector i holds coefficient i
 * of sixteen blocks.
 */
#include <immintrin.h>

#include "crypto/mldsa/avx512.h"
#include "crypto/mldsa/zetas.h"

#define INLINE __attribute__((always_inline)) static inline

#define NUM_VECTORS (MLDSA_N / 16)

/*
 * The zetas of the last four layers as transposed vectors meet them: one vector, two, four and
 * eight. Lane i of vector n of the layer with num_blocks blocks is number
 * num_blocks + i num_blocks / 16 + n.
 */
/* clang-format off */
#define LANE_ZETAS(X)                                                                              \
    X(-3370349) X(-4063053) X(2663378) X(-1674615) X(-3524442) X(-434125) X(676590) X(-1335936)    \
    X(-3227876) X(1714295) X(2453983) X(1460718) X(-642628) X(-3585098) X(2815639) X(2283733)      \
    X(3602218) X(2740543) X(-3110818) X(3704823) X(394148) X(1095468) X(2071829) X(3241972)        \
    X(3415069) X(-817536) X(3756790) X(-1716988) X(-2897314) X(556856) X(2917338) X(3345963)       \
    X(3182878) X(-3586446) X(2101410) X(1159875) X(928749) X(-3506380) X(-4018989) X(2156050)      \
    X(1759347) X(-3574466) X(-1935799) X(-3950053) X(3192354) X(3870317) X(1853806) X(1858416)     \
    X(3073009) X(4183372) X(2508980) X(2811291) X(1528066) X(-565603) X(-4166425) X(1736313)       \
    X(-2579253) X(3482206) X(-1317678) X(3901472) X(1356448) X(-3467665) X(348812) X(-3818627)     \
    X(1277625) X(-3222807) X(2028118) X(-2983781) X(482649) X(169688) X(-3488383) X(235407)        \
    X(1787943) X(-4182915) X(2461387) X(-1226661) X(-2775755) X(2312838) X(-327848) X(-1922253)    \
    X(-2635473) X(-3121440) X(1937570) X(-1109516) X(1148858) X(2462444) X(1987814) X(-3250154)    \
    X(-2391089) X(-1300016) X(3035980) X(2925816) X(2683270) X(-653275) X(1011223) X(-2236726)     \
    X(3852015) X(-274060) X(-3815725) X(4158088) X(-2962264) X(-3334383) X(-3197248) X(3258457)    \
    X(-2254727) X(-2362063) X(621164) X(3374250) X(-2778788) X(-459163) X(-2354215) X(1744507)     \
    X(1753) X(1182243) X(-27812) X(-1685153) X(-4146264) X(3747250) X(2998219) X(-458740)          \
    X(-1623354) X(-1476985) X(-3033742) X(3980599) X(3994671) X(3105558) X(-2185084) X(-303005)    \
    X(-1935420) X(87208) X(822541) X(-3410568) X(-1772588) X(2296099) X(141835) X(-1921994)        \
    X(2105286) X(1994046) X(-338420) X(2569011) X(-11879) X(-1103344) X(3123762) X(3531229)        \
    X(-2659525) X(636927) X(1009365) X(2678278) X(2192938) X(1239911) X(-89301) X(4040196)         \
    X(-2374402) X(2491325) X(2647994) X(-1615530) X(-1370517) X(508145) X(2358373) X(-3974485)     \
    X(-1455890) X(-3965306) X(-2454145) X(-3768948) X(-1727088) X(-3838479) X(2513018)             \
    X(-3472069) X(-2033807) X(-1393159) X(3009748) X(1723229) X(3020393) X(-553718) X(-2193087)    \
    X(-3773731) X(2660408) X(-3956745) X(-1979497) X(-3551006) X(2387513) X(3195676) X(-1354892)   \
    X(2039144) X(586241) X(507927) X(-2612853) X(1665318) X(3363542) X(860144) X(-3014420)         \
    X(1900052) X(-1780227) X(-2296397) X(1596822) X(635956) X(-3611750) X(2642980) X(613238)       \
    X(-1879878) X(-1179613) X(-1187885) X(4148469) X(2028038) X(214880) X(3430436) X(-1716814)     \
    X(-781875) X(-59148) X(-3284915) X(-3956944) X(-250446) X(-268456) X(1254190) X(-1310261)      \
    X(-818761) X(527981) X(-724804) X(749577) X(1163598) X(545376) X(140244) X(2926054)            \
    X(1054478) X(2772600) X(-3716946) X(-3759465) X(-2455377) X(-3180456) X(-12417) X(-2218467)    \
    X(-2178965) X(-2743411) X(-1834526) X(-4022750) X(-3369273) X(-770441) X(-1514152)             \
    X(-392707) X(-731434)
/* clang-format on */

#define LANES_LEN (15 * 16)

static const int32_t lane_zetas[LANES_LEN] __attribute__((aligned(64))) = {LANE_ZETAS(MLDSA_ZETA)};
static const int32_t lane_quotients[LANES_LEN]
    __attribute__((aligned(64))) = {LANE_ZETAS(MLDSA_ZETA_QUOTIENT)};

/* A constant factor: as it is, its quotient, and the quotients of the odd lanes in even lanes. */
struct factor {
    __m512i z;
    __m512i quotient;
    __m512i quotient_odd;
};

INLINE __m512i load(const struct mldsa_poly *p, unsigned n)
{
    return _mm512_load_si512(p->coeff + 16 * n);
}

INLINE void store(struct mldsa_poly *p, unsigned n, __m512i x)
{
    _mm512_store_si512(p->coeff + 16 * n, x);
}

INLINE __m512i set1(int32_t x)
{
    return _mm512_set1_epi32(x);
}

/* The compiler must not know that this is q: it would make multiplications shifts and sums. */
INLINE __m512i set_q(void)
{
    __m512i q = set1(MLDSA_Q);
    __asm__("" : "+v"(q));
    return q;
}

/* Odd lanes in even lanes. */
INLINE __m512i odd(__m512i x)
{
    return _mm512_shuffle_epi32(x, _MM_PERM_DDBB);
}

/* The upper halves of even's and odd's 64-bit lanes, as even and odd lanes. */
INLINE __m512i upper_halves(__m512i even, __m512i odds)
{
    return _mm512_mask_shuffle_epi32(odds, 0x5555, even, _MM_PERM_DDBB);
}

INLINE struct factor broadcast(unsigned m)
{
    __m512i quotient = set1(mldsa_zeta_quotients[m]);
    return (struct factor){set1(mldsa_zetas[m]), quotient, quotient};
}

INLINE struct factor lanes(unsigned n)
{
    __m512i quotient = _mm512_load_si512(lane_quotients + 16 * n);
    return (struct factor){_mm512_load_si512(lane_zetas + 16 * n), quotient, odd(quotient)};
}

INLINE __m512i subtract_multiple(__m512i b, __m512i z, __m512i h, __m512i q)
{
    return _mm512_sub_epi32(_mm512_mullo_epi32(b, z), _mm512_mullo_epi32(h, q));
}

INLINE __m512i multiply(__m512i b, const struct factor *f, __m512i q)
{
    __m512i even = _mm512_mul_epi32(b, f->quotient);
    __m512i odds = _mm512_mul_epi32(odd(b), f->quotient_odd);
    return subtract_multiple(b, f->z, upper_halves(even, odds), q);
}

/* The same with the quotient rounded to the nearest. */
INLINE __m512i multiply_near(__m512i b, int32_t z, __m512i q)
{
    const __m512i quotient = set1(MLDSA_QUOTIENT(z));
    const __m512i half = _mm512_set1_epi64(1LL << 31);
    __m512i even = _mm512_add_epi64(_mm512_mul_epi32(b, quotient), half);
    __m512i odds = _mm512_add_epi64(_mm512_mul_epi32(odd(b), quotient), half);
    return subtract_multiple(b, set1(z), upper_halves(even, odds), q);
}

INLINE void split(__m512i *a, __m512i *b, struct factor f, __m512i q)
{
    __m512i t = multiply(*b, &f, q);
    *b = _mm512_sub_epi32(*a, t);
    *a = _mm512_add_epi32(*a, t);
}

INLINE void join(__m512i *a, __m512i *b, struct factor f, __m512i q)
{
    __m512i t = _mm512_sub_epi32(*b, *a);
    *a = _mm512_add_epi32(*a, *b);
    *b = multiply(t, &f, q);
}

INLINE void join_last(__m512i *a, __m512i *b, __m512i q)
{
    __m512i t = _mm512_sub_epi32(*b, *a);
    *a = multiply_near(_mm512_add_epi32(*a, *b), MLDSA_INTT_SUM, q);
    *b = multiply_near(t, MLDSA_INTT_DIFFERENCE, q);
}

/* v as a matrix of 16 x 16: of 32-bit lanes in pairs, of pairs in fours, then of fours. */
INLINE void transpose(__m512i v[16])
{
    __m512i pair[16], four[16];

    for (unsigned i = 0; i < 16; i += 2) {
        pair[i] = _mm512_unpacklo_epi32(v[i], v[i + 1]);
        pair[i + 1] = _mm512_unpackhi_epi32(v[i], v[i + 1]);
    }
    for (unsigned i = 0; i < 16; i += 4) {
        four[i] = _mm512_unpacklo_epi64(pair[i], pair[i + 2]);
        four[i + 1] = _mm512_unpackhi_epi64(pair[i], pair[i + 2]);
        four[i + 2] = _mm512_unpacklo_epi64(pair[i + 1], pair[i + 3]);
        four[i + 3] = _mm512_unpackhi_epi64(pair[i + 1], pair[i + 3]);
    }
    for (unsigned i = 0; i < 4; i++) {
        __m512i even_low = _mm512_shuffle_i32x4(four[i], four[i + 4], 0x88);
        __m512i odd_low = _mm512_shuffle_i32x4(four[i], four[i + 4], 0xdd);
        __m512i even_high = _mm512_shuffle_i32x4(four[i + 8], four[i + 12], 0x88);
        __m512i odd_high = _mm512_shuffle_i32x4(four[i + 8], four[i + 12], 0xdd);
        v[i] = _mm512_shuffle_i32x4(even_low, even_high, 0x88);
        v[i + 4] = _mm512_shuffle_i32x4(odd_low, odd_high, 0x88);
        v[i + 8] = _mm512_shuffle_i32x4(even_low, even_high, 0xdd);
        v[i + 12] = _mm512_shuffle_i32x4(odd_low, odd_high, 0xdd);
    }
}

/* Step i of eight in a layer where the vectors form num_blocks blocks: which block it is in, and
 * the first of its two vectors, which are 8 / num_blocks apart. */
INLINE unsigned block_of(unsigned i, unsigned num_blocks)
{
    return i * num_blocks / 8;
}

INLINE unsigned first_of(unsigned i, unsigned num_blocks)
{
    return i + block_of(i, num_blocks) * (8 / num_blocks);
}

INLINE void split_vectors(__m512i v[16], const unsigned num_blocks, __m512i q)
{
    for (unsigned i = 0; i < 8; i++) {
        __m512i *a = v + first_of(i, num_blocks);
        split(a, a + 8 / num_blocks, broadcast(num_blocks + block_of(i, num_blocks)), q);
    }
}

INLINE void split_lanes(__m512i v[16], const unsigned num_blocks, __m512i q)
{
    for (unsigned i = 0; i < 8; i++) {
        __m512i *a = v + first_of(i, num_blocks);
        split(a, a + 8 / num_blocks, lanes(num_blocks - 1 + block_of(i, num_blocks)), q);
    }
}

void mldsa_avx512_ntt(struct mldsa_poly *p)
{
    const __m512i q = set_q();
    __m512i v[NUM_VECTORS];

    for (unsigned i = 0; i < NUM_VECTORS; i++)
        v[i] = load(p, i);
    split_vectors(v, 1, q);
    split_vectors(v, 2, q);
    split_vectors(v, 4, q);
    split_vectors(v, 8, q);
    transpose(v);
    split_lanes(v, 1, q);
    split_lanes(v, 2, q);
    split_lanes(v, 4, q);
    split_lanes(v, 8, q);
    transpose(v);
    for (unsigned i = 0; i < NUM_VECTORS; i++)
        store(p, i, v[i]);
}

/*
 * Zetas run from the end (ntt.c). For those of the lanes this is had by taking the vectors from the
 * end: then the lanes stand in reverse order. So do the vectors afterwards, when their zetas run
 * from the start again and the first of two is the second.
 */
INLINE void join_lanes(__m512i v[16], const unsigned num_blocks, __m512i q)
{
    for (unsigned i = 0; i < 8; i++) {
        __m512i *a = v + first_of(i, num_blocks);
        join(a, a + 8 / num_blocks, lanes(2 * num_blocks - 2 - block_of(i, num_blocks)), q);
    }
}

INLINE void join_vectors(__m512i v[16], const unsigned num_blocks, __m512i q)
{
    for (unsigned i = 0; i < 8; i++) {
        __m512i *b = v + first_of(i, num_blocks);
        join(b + 8 / num_blocks, b, broadcast(num_blocks + block_of(i, num_blocks)), q);
    }
}

void mldsa_avx512_intt(struct mldsa_poly *p)
{
    const __m512i q = set_q();
    __m512i v[NUM_VECTORS];

    for (unsigned i = 0; i < NUM_VECTORS; i++)
        v[NUM_VECTORS - 1 - i] = load(p, i);
    transpose(v);
    join_lanes(v, 8, q);
    join_lanes(v, 4, q);
    join_lanes(v, 2, q);
    join_lanes(v, 1, q);
    transpose(v);
    join_vectors(v, 8, q);
    join_vectors(v, 4, q);
    join_vectors(v, 2, q);
    for (unsigned i = 0; i < 8; i++)
        join_last(&v[i + 8], &v[i], q);
    for (unsigned i = 0; i < NUM_VECTORS; i++)
        store(p, i, v[NUM_VECTORS - 1 - i]);
}

/* The low half of each 64-bit lane times q^-1 tells the multiple of q that has the same low half.
 */
INLINE __m512i montgomery_reduce(__m512i a, __m512i q)
{
    __m512i m = _mm512_mul_epi32(a, set1(MLDSA_Q_INVERSE));
    return _mm512_sub_epi64(a, _mm512_mul_epi32(m, q));
}

/* How many vectors are summed up at once. */
#define NUM_SUMS 4

void mldsa_avx512_pointwise_acc(struct mldsa_poly *out, const struct mldsa_poly *a,
                                const struct mldsa_poly *b, size_t num)
{
    const __m512i q = set_q();

    for (unsigned first = 0; first < NUM_VECTORS; first += NUM_SUMS) {
        __m512i even[NUM_SUMS], odds[NUM_SUMS];
        for (unsigned n = 0; n < NUM_SUMS; n++)
            even[n] = odds[n] = _mm512_setzero_si512();
        for (size_t i = 0; i < num; i++) {
            for (unsigned n = 0; n < NUM_SUMS; n++) {
                __m512i x = load(&a[i], first + n), y = load(&b[i], first + n);
                even[n] = _mm512_add_epi64(even[n], _mm512_mul_epi32(x, y));
                odds[n] = _mm512_add_epi64(odds[n], _mm512_mul_epi32(odd(x), odd(y)));
            }
        }
        for (unsigned n = 0; n < NUM_SUMS; n++) {
            even[n] = montgomery_reduce(even[n], q);
            odds[n] = montgomery_reduce(odds[n], q);
            store(out, first + n, upper_halves(even[n], odds[n]));
        }
    }
}
