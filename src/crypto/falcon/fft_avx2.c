/* SPDX-License-Identifier: Apache-2.0
 *
 * fft.h with AVX2, four numbers at a time, in the same order of roundings as portable C.
 */
#include "crypto/falcon/avx2.h"

/* Four complex numbers. */
struct fpc4 {
    __m256d re, im;
};

static inline struct fpc4 load4(const fpr *f, unsigned j, unsigned half_n)
{
    return (struct fpc4){_mm256_loadu_pd(&f[j].v), _mm256_loadu_pd(&f[j + half_n].v)};
}

static inline void store4(fpr *f, unsigned j, unsigned half_n, struct fpc4 x)
{
    _mm256_storeu_pd(&f[j].v, x.re);
    _mm256_storeu_pd(&f[j + half_n].v, x.im);
}

static inline struct fpc4 add4(struct fpc4 a, struct fpc4 b)
{
    return (struct fpc4){_mm256_add_pd(a.re, b.re), _mm256_add_pd(a.im, b.im)};
}

static inline struct fpc4 sub4(struct fpc4 a, struct fpc4 b)
{
    return (struct fpc4){_mm256_sub_pd(a.re, b.re), _mm256_sub_pd(a.im, b.im)};
}

static inline struct fpc4 mul4(struct fpc4 a, struct fpc4 b)
{
    return (struct fpc4){
        _mm256_sub_pd(_mm256_mul_pd(a.re, b.re), _mm256_mul_pd(a.im, b.im)),
        _mm256_add_pd(_mm256_mul_pd(a.re, b.im), _mm256_mul_pd(a.im, b.re)),
    };
}

static inline struct fpc4 conjugate4(struct fpc4 a)
{
    return (struct fpc4){a.re, _mm256_xor_pd(a.im, _mm256_set1_pd(-0.0))};
}

static inline struct fpc4 half4(struct fpc4 a)
{
    const __m256d half = _mm256_set1_pd(0.5);

    return (struct fpc4){_mm256_mul_pd(a.re, half), _mm256_mul_pd(a.im, half)};
}

static inline __m256d bits4(const uint64_t *bits)
{
    return _mm256_castsi256_pd(_mm256_loadu_si256((const __m256i *)bits));
}

static inline struct fpc4 roots4(unsigned i)
{
    return (struct fpc4){bits4(falcon_roots_re + i), bits4(falcon_roots_im + i)};
}

static inline struct fpc4 root_of_all(unsigned i)
{
    const struct fpc root = falcon_root(i);

    return (struct fpc4){_mm256_set1_pd(root.re.v), _mm256_set1_pd(root.im.v)};
}

/* r_i r_i r_(i+1) r_(i+1) */
static inline struct fpc4 two_roots(unsigned i)
{
    const struct fpc a = falcon_root(i), b = falcon_root(i + 1);

    return (struct fpc4){_mm256_setr_pd(a.re.v, a.re.v, b.re.v, b.re.v),
                         _mm256_setr_pd(a.im.v, a.im.v, b.im.v, b.im.v)};
}

/* Shuffles of two vectors, of both parts: the lower halves and the upper ones; the even numbers and
 * the odd ones, within halves. */

static inline struct fpc4 lower(struct fpc4 a, struct fpc4 b)
{
    return (struct fpc4){_mm256_permute2f128_pd(a.re, b.re, 0x20),
                         _mm256_permute2f128_pd(a.im, b.im, 0x20)};
}

static inline struct fpc4 upper(struct fpc4 a, struct fpc4 b)
{
    return (struct fpc4){_mm256_permute2f128_pd(a.re, b.re, 0x31),
                         _mm256_permute2f128_pd(a.im, b.im, 0x31)};
}

static inline struct fpc4 even(struct fpc4 a, struct fpc4 b)
{
    return (struct fpc4){_mm256_unpacklo_pd(a.re, b.re), _mm256_unpacklo_pd(a.im, b.im)};
}

static inline struct fpc4 odd(struct fpc4 a, struct fpc4 b)
{
    return (struct fpc4){_mm256_unpackhi_pd(a.re, b.re), _mm256_unpackhi_pd(a.im, b.im)};
}

/* ------------------------------------------------------------------ transforms */

/* The last two layers, on two blocks of four. */
static inline void last_layers(fpr *f, unsigned j, unsigned half_n)
{
    const unsigned blocks = half_n / 4;
    struct fpc4 v = load4(f, j, half_n), w = load4(f, j + 4, half_n);
    struct fpc4 x = lower(v, w), y = mul4(upper(v, w), two_roots(blocks + j / 4));
    struct fpc4 sum = add4(x, y), difference = sub4(x, y);

    x = even(sum, difference);
    y = mul4(odd(sum, difference), roots4(2 * blocks + j / 2));
    sum = add4(x, y);
    difference = sub4(x, y);
    v = even(sum, difference);
    w = odd(sum, difference);
    store4(f, j, half_n, lower(v, w));
    store4(f, j + 4, half_n, upper(v, w));
}

void falcon_avx2_fft(fpr *f, unsigned log_n)
{
    const unsigned half_n = 1u << (log_n - 1);

    if (log_n < 4) {
        falcon_portable_fft(f, log_n);
        return;
    }
    for (unsigned l = 0; l + 3 < log_n; l++) {
        const unsigned half = half_n >> (l + 1);

        for (unsigned i = 0; i < 1u << l; i++) {
            const struct fpc4 root = root_of_all((1u << l) + i);
            fpr *p = f + 2 * half * i;

            for (unsigned j = 0; j < half; j += 4) {
                struct fpc4 x = load4(p, j, half_n);
                struct fpc4 y = mul4(load4(p, j + half, half_n), root);

                store4(p, j, half_n, add4(x, y));
                store4(p, j + half, half_n, sub4(x, y));
            }
        }
    }
    for (unsigned j = 0; j < half_n; j += 8)
        last_layers(f, j, half_n);
}

/* The first two layers of the inverse, on two blocks of four. */
static inline void first_inverse_layers(fpr *f, unsigned j, unsigned half_n)
{
    const unsigned blocks = half_n / 4;
    struct fpc4 v = load4(f, j, half_n), w = load4(f, j + 4, half_n);
    struct fpc4 low = lower(v, w), high = upper(v, w);
    struct fpc4 x = even(low, high), y = odd(low, high);
    struct fpc4 sum = add4(x, y);
    struct fpc4 difference = mul4(sub4(x, y), conjugate4(roots4(2 * blocks + j / 2)));

    x = even(sum, difference);
    y = odd(sum, difference);
    sum = add4(x, y);
    difference = mul4(sub4(x, y), conjugate4(two_roots(blocks + j / 4)));
    store4(f, j, half_n, lower(sum, difference));
    store4(f, j + 4, half_n, upper(sum, difference));
}

void falcon_avx2_ifft(fpr *f, unsigned log_n)
{
    const unsigned half_n = 1u << (log_n - 1);
    fpr scale = FPR_ONE;

    if (log_n < 4) {
        falcon_portable_ifft(f, log_n);
        return;
    }
    for (unsigned j = 0; j < half_n; j += 8)
        first_inverse_layers(f, j, half_n);
    for (unsigned l = log_n - 3; l-- > 0;) {
        const unsigned half = half_n >> (l + 1);

        for (unsigned i = 0; i < 1u << l; i++) {
            const struct fpc4 root = conjugate4(root_of_all((1u << l) + i));
            fpr *p = f + 2 * half * i;

            for (unsigned j = 0; j < half; j += 4) {
                struct fpc4 x = load4(p, j, half_n);
                struct fpc4 y = load4(p, j + half, half_n);

                store4(p, j, half_n, add4(x, y));
                store4(p, j + half, half_n, mul4(sub4(x, y), root));
            }
        }
    }
    for (unsigned l = 1; l < log_n; l++)
        scale = fpr_half(scale);
    for (unsigned j = 0; j < 2 * half_n; j += 4)
        _mm256_storeu_pd(&f[j].v, _mm256_mul_pd(_mm256_loadu_pd(&f[j].v), _mm256_set1_pd(scale.v)));
}

/* ------------------------------------------------------------------ the tree's steps */

void falcon_avx2_split(fpr *f0, fpr *f1, const fpr *f, unsigned log_n)
{
    const unsigned half_n = 1u << (log_n - 1), quarter_n = half_n / 2;

    if (log_n < 4) {
        falcon_portable_split(f0, f1, f, log_n);
        return;
    }
    for (unsigned j = 0; j < quarter_n; j += 4) {
        struct fpc4 v = load4(f, 2 * j, half_n), w = load4(f, 2 * j + 4, half_n);
        struct fpc4 low = lower(v, w), high = upper(v, w);
        struct fpc4 a = even(low, high), b = odd(low, high);

        store4(f0, j, quarter_n, half4(add4(a, b)));
        store4(f1, j, quarter_n, half4(mul4(sub4(a, b), conjugate4(roots4(quarter_n + j)))));
    }
}

void falcon_avx2_merge(fpr *f, const fpr *f0, const fpr *f1, unsigned log_n)
{
    const unsigned half_n = 1u << (log_n - 1), quarter_n = half_n / 2;

    if (log_n < 4) {
        falcon_portable_merge(f, f0, f1, log_n);
        return;
    }
    for (unsigned j = 0; j < quarter_n; j += 4) {
        struct fpc4 a = load4(f0, j, quarter_n);
        struct fpc4 b = mul4(load4(f1, j, quarter_n), roots4(quarter_n + j));
        struct fpc4 sum = add4(a, b), difference = sub4(a, b);
        struct fpc4 low = even(sum, difference), high = odd(sum, difference);

        store4(f, 2 * j, half_n, lower(low, high));
        store4(f, 2 * j + 4, half_n, upper(low, high));
    }
}

void falcon_avx2_multiply(fpr *a, const fpr *b, unsigned log_n)
{
    const unsigned half_n = 1u << (log_n - 1);

    if (log_n < 3) {
        falcon_portable_multiply(a, b, log_n);
        return;
    }
    for (unsigned j = 0; j < half_n; j += 4)
        store4(a, j, half_n, mul4(load4(a, j, half_n), load4(b, j, half_n)));
}

void falcon_avx2_shift(fpr *out, const fpr *t, const fpr *u, const fpr *z, const fpr *l,
                       unsigned log_n)
{
    const unsigned half_n = 1u << (log_n - 1);

    if (log_n < 3) {
        falcon_portable_shift(out, t, u, z, l, log_n);
        return;
    }
    for (unsigned j = 0; j < half_n; j += 4) {
        struct fpc4 rest = sub4(load4(u, j, half_n), load4(z, j, half_n));
        struct fpc4 moved = mul4(rest, load4(l, j, half_n));

        store4(out, j, half_n, add4(moved, load4(t, j, half_n)));
    }
}
