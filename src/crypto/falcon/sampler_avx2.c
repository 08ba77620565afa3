/* SPDX-License-Identifier: Apache-2.0
 *
 * SamplerZ with AVX2. Four attempts are made at once, and the first that succeeds counts: it reads
 * the same bytes, and comes to the same result, as if they were made one after the other.
 *
 * What an attempt needs beside the center is computed ahead, when the noise is filled. And whether
 * it succeeds mostly shows in the first byte that BerExp reads, for which exp is needed to a few
 * digits only. Where it does not show (the byte is equal, with probability 1/256, or exp too near
 * to where the next byte begins), the attempts are made anew by portable C, which knows all digits.
 */
#include "base/ct.h"
#include "crypto/falcon/avx2.h"
#include "crypto/falcon/fft_small.h"
#include "crypto/falcon/tree.h"

/* Bytes that an attempt reads: nine for BaseSampler, one for the sign, one for BerExp. */
#define ATTEMPT_LEN 11
#define LANES       4

/* BaseSampler of four numbers of 72 bits in halves of 36. */
static __m128i base_sample(__m256i high, __m256i low)
{
    __m256i num = _mm256_setzero_si256();

    for (unsigned i = 0; i < FALCON_RCDT_LEN; i++) {
        const __m256i t_high = _mm256_set1_epi64x((int64_t)falcon_rcdt[i][0]);
        const __m256i t_low = _mm256_set1_epi64x((int64_t)falcon_rcdt[i][1]);
        __m256i borrow = _mm256_srli_epi64(_mm256_sub_epi64(low, t_low), 63);
        __m256i difference = _mm256_sub_epi64(_mm256_sub_epi64(high, t_high), borrow);

        num = _mm256_add_epi64(num, _mm256_srli_epi64(difference, 63));
    }
    return _mm256_castsi256_si128(
        _mm256_permutevar8x32_epi32(num, _mm256_setr_epi32(0, 2, 4, 6, 0, 2, 4, 6)));
}

static int64_t load_word(const uint8_t *in)
{
    int64_t word;

    __builtin_memcpy(&word, in, sizeof(word));
    return word;
}

/* Attempts number i to i + 3 from the byte `at` on. */
static void prepare_four(struct falcon_attempts *out, unsigned i, const uint8_t *at)
{
    const uint8_t *a = at, *b = a + ATTEMPT_LEN, *c = b + ATTEMPT_LEN, *d = c + ATTEMPT_LEN;
    const __m256i word = _mm256_setr_epi64x(load_word(a), load_word(b), load_word(c), load_word(d));
    const __m256i next = _mm256_setr_epi64x(a[8], b[8], c[8], d[8]);
    const __m256i high = _mm256_or_si256(_mm256_srli_epi64(word, FALCON_RCDT_BITS),
                                         _mm256_slli_epi64(next, 64 - FALCON_RCDT_BITS));
    const __m256i mask = _mm256_set1_epi64x(((int64_t)1 << FALCON_RCDT_BITS) - 1);
    const __m128i z0 = base_sample(high, _mm256_and_si256(word, mask));
    const __m128i sign = _mm_and_si128(_mm_setr_epi32(a[9], b[9], c[9], d[9]), _mm_set1_epi32(1));
    /* sign ? z0 + 1 : -z0 */
    const __m128i flip = _mm_sub_epi32(sign, _mm_set1_epi32(1));
    const __m128i z = _mm_add_epi32(_mm_sub_epi32(_mm_xor_si128(z0, flip), flip), sign);
    const __m256d square = _mm256_cvtepi32_pd(_mm_mullo_epi32(z0, z0));
    const fpr scale = fpr_from_bits(FALCON_INVERSE_2_SIGMA_MAX_2);

    _mm256_storeu_pd(out->sk_z + i, _mm256_cvtepi32_pd(z));
    _mm256_storeu_pd(out->sk_offset + i, _mm256_mul_pd(square, _mm256_set1_pd(scale.v)));
    _mm_storeu_si128((__m128i *)(out->sk_byte + i), _mm_setr_epi32(a[10], b[10], c[10], d[10]));
}

/* All attempts that are whole in what is left of the noise. */
static void prepare(struct falcon_noise *noise)
{
    struct falcon_attempts *attempts = &noise->attempts;

    attempts->pos = noise->pos;
    attempts->next = 0;
    attempts->num = (FALCON_NOISE_BLOCK_LEN - noise->pos) / ATTEMPT_LEN;
    /* The last four may reach into the room behind the noise. */
    for (unsigned i = 0; i < attempts->num; i += LANES)
        prepare_four(attempts, i, noise->sk_bytes + noise->pos + (size_t)i * ATTEMPT_LEN);
}

/* exp(-x) for 0 <= x <= ln 2, off by less than 2^-40: the polynomial of degree 8 that is right at
 * the nine Chebyshev nodes. */
static inline __m256d roughly_exp(__m256d x)
{
    static const double c[9] = {
        0x1.fffffffffebf1p-1,  -0x1.fffffffedadb4p-1,  0x1.ffffffa7b20cfp-2,
        -0x1.55554b1246b7fp-3, 0x1.555422a996789p-5,   -0x1.10fce0d8293c1p-7,
        0x1.6a846b70da323p-10, -0x1.8d9ce233ffc7ep-13, 0x1.271cec2dd2a6ap-16,
    };
    const __m256d x2 = _mm256_mul_pd(x, x), x4 = _mm256_mul_pd(x2, x2);
#define PAIR(i) _mm256_add_pd(_mm256_set1_pd(c[i]), _mm256_mul_pd(x, _mm256_set1_pd(c[(i) + 1])))
    const __m256d low = _mm256_add_pd(PAIR(0), _mm256_mul_pd(x2, PAIR(2)));
    const __m256d high = _mm256_add_pd(PAIR(4), _mm256_mul_pd(x2, PAIR(6)));
#undef PAIR
    const __m256d top = _mm256_mul_pd(x4, _mm256_set1_pd(c[8]));

    return _mm256_add_pd(low, _mm256_mul_pd(x4, _mm256_add_pd(high, top)));
}

/* A center and a deviation, as attempts need them. */
struct target {
    __m256d r;                 /* the center's fraction */
    __m256d inverse_2_sigma_2; /* 1 / (2 sigma^2) */
    __m256d ccs_256;           /* 256 ccs */
    fpr inverse_sigma, sigma_min;
};

/* Which of four attempts succeed, and of which the first byte does not say: a bit for each. */
struct verdict {
    unsigned accepted, unclear;
};

static inline struct verdict try_four(const struct target *target,
                                      const struct falcon_attempts *attempts, unsigned i)
{
    const __m256d z = _mm256_loadu_pd(attempts->sk_z + i);
    const __m256d offset = _mm256_loadu_pd(attempts->sk_offset + i);
    const __m128i byte = _mm_loadu_si128((const __m128i *)(attempts->sk_byte + i));
    const __m256d distance = _mm256_sub_pd(z, target->r);
    const __m256d x = _mm256_sub_pd(
        _mm256_mul_pd(_mm256_mul_pd(distance, distance), target->inverse_2_sigma_2), offset);
    /* x = s ln 2 + rest; 2^-s into the exponent */
    const __m128i s = _mm256_cvttpd_epi32(_mm256_mul_pd(x, _mm256_set1_pd(FPR_INVERSE_LN2.v)));
    const __m256d rest =
        _mm256_sub_pd(x, _mm256_mul_pd(_mm256_cvtepi32_pd(s), _mm256_set1_pd(FPR_LN2.v)));
    const __m256i exponent = _mm256_cvtepi32_epi64(_mm_sub_epi32(_mm_set1_epi32(1023), s));
    const __m256d power = _mm256_castsi256_pd(_mm256_slli_epi64(exponent, 52));
    /* 256 ccs exp(-x), and the byte where it lies */
    const __m256d y = _mm256_mul_pd(_mm256_mul_pd(roughly_exp(rest), target->ccs_256), power);
    const __m128i whole = _mm256_cvttpd_epi32(y);
    const __m256d fraction = _mm256_sub_pd(y, _mm256_cvtepi32_pd(whole));
    const __m256d margin = _mm256_set1_pd(0x1p-26);
    const __m256d near =
        _mm256_or_pd(_mm256_cmp_pd(fraction, margin, _CMP_LT_OQ),
                     _mm256_cmp_pd(fraction, _mm256_sub_pd(_mm256_set1_pd(1), margin), _CMP_GT_OQ));
    const __m128i equal = _mm_cmpeq_epi32(byte, whole);
    struct verdict verdict = {
        .accepted = (unsigned)_mm_movemask_ps(_mm_castsi128_ps(_mm_cmplt_epi32(byte, whole))),
        .unclear =
            (unsigned)_mm256_movemask_pd(near) | (unsigned)_mm_movemask_ps(_mm_castsi128_ps(equal)),
    };

    /* As in sampler.c: what is rejected is forgotten, and how often that happens, and how often the
     * first byte does not suffice, does not depend on the key. */
    CT_PUBLIC(&verdict, sizeof(verdict));
    return verdict;
}

static void skip(struct falcon_noise *noise, unsigned num)
{
    noise->pos += num * ATTEMPT_LEN;
    noise->attempts.pos = noise->pos;
    noise->attempts.next += num;
}

/* One sample: attempts, four by four. */
static int sample(struct falcon_noise *noise, struct target *target, fpr mu)
{
    struct falcon_attempts *attempts = &noise->attempts;
    const __m128d center = _mm_set_sd(mu.v);
    const __m128d floor = _mm_floor_sd(center, center);

    target->r = _mm256_broadcastsd_pd(_mm_sub_sd(center, floor));
    for (unsigned tries = 0; tries < FALCON_MAX_TRIES; tries++) {
        if (noise->pos >= FALCON_NOISE_BLOCK_LEN - 9)
            noise->fill(noise);
        /* New noise, or a byte more than usual was read. */
        if (attempts->num == 0 || attempts->pos != noise->pos)
            prepare(noise);

        const unsigned num = attempts->num - attempts->next;
        const unsigned there = num < LANES ? (1u << num) - 1 : 15;
        const struct verdict verdict = try_four(target, attempts, attempts->next);
        const unsigned first = verdict.accepted & (0u - verdict.accepted) & there;
        /* Those up to the first that succeeds. */
        const unsigned looked_at = first != 0 ? 2 * first - 1 : there;

        if ((verdict.unclear & looked_at) != 0 || num == 0)
            return falcon_portable_sample(noise, mu, target->inverse_sigma, target->sigma_min);
        if (first != 0) {
            unsigned k = (unsigned)__builtin_ctz(first);
            int z = (int)attempts->sk_z[attempts->next + k];
            skip(noise, k + 1);
            return _mm_cvttsd_si32(floor) + z;
        }
        skip(noise, num < LANES ? num : LANES);
    }
    return INT16_MAX;
}

static void set_sigma(struct target *target, fpr inverse_sigma, fpr sigma_min)
{
    const fpr inverse_2_sigma_2 = fpr_half(fpr_sqr(inverse_sigma));
    const fpr ccs = fpr_mul(inverse_sigma, sigma_min);

    target->inverse_2_sigma_2 = _mm256_set1_pd(inverse_2_sigma_2.v);
    target->ccs_256 = _mm256_set1_pd(256 * ccs.v);
    target->inverse_sigma = inverse_sigma;
    target->sigma_min = sigma_min;
}

int falcon_avx2_sample(struct falcon_noise *noise, fpr mu, fpr inverse_sigma, fpr sigma_min)
{
    struct target target;

    set_sigma(&target, inverse_sigma, sigma_min);
    return sample(noise, &target, mu);
}

/* ------------------------------------------------------------------ the tree */

/* A complex number: degree 2. */
static inline struct fpc sample_two(const struct falcon_sampling *s, struct fpc mu,
                                    fpr inverse_sigma)
{
    struct target target;
    struct fpc z;

    set_sigma(&target, inverse_sigma, s->sigma_min);
    z.re = fpr_of(sample(s->noise, &target, mu.re));
    z.im = fpr_of(sample(s->noise, &target, mu.im));
    return z;
}

static void node_1(const struct falcon_sampling *s, fpr *const z[2], const fpr *tree,
                   const fpr *const t[2])
{
    const struct fpc t0 = {t[0][0], t[0][1]}, t1 = {t[1][0], t[1][1]}, l = {tree[0], tree[1]};
    const struct fpc z1 = sample_two(s, t1, tree[3]);
    const struct fpc z0 = sample_two(s, fpc_add(fpc_mul(fpc_sub(t1, z1), l), t0), tree[2]);

    z[0][0] = z0.re;
    z[0][1] = z0.im;
    z[1][0] = z1.re;
    z[1][1] = z1.im;
}

static void node_2(const struct falcon_sampling *s, fpr *const z[2], const fpr *tree,
                   const fpr *const t[2])
{
    fpr sk_t[4], sk_z[4];

    fft_split(sk_t, sk_t + 2, t[1], 2);
    node_1(s, (fpr *const[2]){sk_z, sk_z + 2}, falcon_tree_right(tree, 2),
           (const fpr *const[2]){sk_t, sk_t + 2});
    fft_merge(z[1], sk_z, sk_z + 2, 2);
    fft_shift(sk_z, t[0], t[1], z[1], tree, 2);
    fft_split(sk_t, sk_t + 2, sk_z, 2);
    node_1(s, (fpr *const[2]){sk_z, sk_z + 2}, falcon_tree_left(tree, 2),
           (const fpr *const[2]){sk_t, sk_t + 2});
    fft_merge(z[0], sk_z, sk_z + 2, 2);
}

static void node_3(const struct falcon_sampling *s, fpr *const z[2], const fpr *tree,
                   const fpr *const t[2])
{
    fpr sk_t[8], sk_z[8];

    fft_split(sk_t, sk_t + 4, t[1], 3);
    node_2(s, (fpr *const[2]){sk_z, sk_z + 4}, falcon_tree_right(tree, 3),
           (const fpr *const[2]){sk_t, sk_t + 4});
    fft_merge(z[1], sk_z, sk_z + 4, 3);
    fft_shift(sk_z, t[0], t[1], z[1], tree, 3);
    fft_split(sk_t, sk_t + 4, sk_z, 3);
    node_2(s, (fpr *const[2]){sk_z, sk_z + 4}, falcon_tree_left(tree, 3),
           (const fpr *const[2]){sk_t, sk_t + 4});
    fft_merge(z[0], sk_z, sk_z + 4, 3);
}

/* As in sampling.c. */
void falcon_avx2_ff_sample(const struct falcon_sampling *s, fpr *const z[2], const fpr *tree,
                           const fpr *const t[2], unsigned log_n, fpr *temp)
{
    const unsigned half_n = (1u << log_n) / 2;
    fpr *const halves[2] = {temp, temp + half_n};
    fpr *const rest = temp + (size_t)2 * half_n;

    if (log_n == 3) {
        node_3(s, z, tree, t);
        return;
    }
    falcon_avx2_split(z[1], z[1] + half_n, t[1], log_n);
    falcon_avx2_ff_sample(s, halves, falcon_tree_right(tree, log_n),
                          (const fpr *const[2]){z[1], z[1] + half_n}, log_n - 1, rest);
    falcon_avx2_merge(z[1], halves[0], halves[1], log_n);
    falcon_avx2_shift(temp, t[0], t[1], z[1], tree, log_n);
    falcon_avx2_split(z[0], z[0] + half_n, temp, log_n);
    falcon_avx2_ff_sample(s, halves, falcon_tree_left(tree, log_n),
                          (const fpr *const[2]){z[0], z[0] + half_n}, log_n - 1, rest);
    falcon_avx2_merge(z[0], halves[0], halves[1], log_n);
}
