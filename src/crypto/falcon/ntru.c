/* SPDX-License-Identifier: Apache-2.0
 *
 * From depth to depth f and g are replaced by their norms to half the degree, until they are
 * integers; there the equation is solved, and on the way back F and G are lifted, and shortened by
 * Babai's reduction. What is computed with real numbers is computed in the order that the keys of
 * the known-answer tests come from.
 *
 * A failure shows, and f and g are discarded then. All else takes the same time for every f and g.
 */
#include "crypto/falcon/ntru.h"

#include <assert.h>
#include <string.h>

#include "base/ct.h"
#include "crypto/falcon/fft.h"

/*
 * The lengths in words: of f, g and the reduced F, G at each depth; of F, G before they are
 * reduced. They hold what is 4.4.3's average by some deviations; what is longer fails.
 */
static const unsigned short_len[NTRU_MAX_DEPTH + 1] = {1, 1, 2, 2, 4, 7, 14, 27, 53, 106, 209};
static const unsigned long_len[NTRU_MAX_DEPTH] = {2, 2, 5, 7, 12, 21, 40, 78, 157, 308};

/* Bits of the largest coefficient of f and g: average and standard deviation (4.4.3, rounded). */
static const struct {
    int average, deviation;
} fg_bits[NTRU_MAX_DEPTH + 1] = {
    {4, 0},   {11, 1},  {24, 1},   {50, 1},    {102, 1},   {202, 2},
    {401, 4}, {794, 5}, {1577, 8}, {3138, 13}, {6308, 25},
};

/* Real numbers are made of so many words at most: 310 bits. */
#define REAL_WORDS 10

/* Babai's reduction takes away so many bits at once, at least. */
#define STEP_BITS 25

/* Products of polynomials of this degree and above are computed with the NTT. */
#define MIN_NTT_DEGREE 32

struct solver {
    struct falcon_basis *basis;
    const struct falcon_impl *impl;
    struct ntru_room *room;
    unsigned log_n;                       /* of the key */
    struct bigint fg[NTRU_MAX_DEPTH + 1]; /* f, then g */
    struct bigint big;                    /* F, then G */
};

static bool show(bool good)
{
    /* f and g are discarded if it is not. */
    CT_PUBLIC(&good, sizeof(good));
    return good;
}

/* ------------------------------------------------------------------ down */

static void place_fg(struct solver *s)
{
    uint32_t *at = s->room->sk_fg;

    for (unsigned depth = 0; depth <= s->log_n; depth++) {
        s->fg[depth] = (struct bigint){at, short_len[depth], 2u << (s->log_n - depth)};
        at += s->fg[depth].len * s->fg[depth].num;
    }
}

/* The norms of f and g at a depth, for the next one. */
static void descend(struct solver *s, unsigned depth)
{
    const struct bigint *from = &s->fg[depth];
    struct bigint *to = &s->fg[depth + 1];
    const unsigned log_n = s->log_n - depth, n = 1u << log_n;
    uint32_t *residues = s->room->sk_residues[0];
    struct modp m;

    for (unsigned u = 0; u < to->len; u++) {
        uint32_t *norm = to->words + (size_t)u * to->num;

        modp_init(&m, &falcon_primes[u]);
        modp_roots(&m, s->room->roots, log_n, falcon_primes[u].g);
        bigint_mod(residues, from, &m);
        modp_ntt(&m, residues, s->room->roots, log_n);
        modp_ntt(&m, residues + n, s->room->roots, log_n);
        /* The values at a root and at its negative stand side by side. */
        for (unsigned j = 0; j < n; j++)
            norm[j] = modp_mul(&m, modp_mul(&m, residues[2 * j], residues[2 * j + 1]), m.r2);
        modp_intt(&m, norm, s->room->roots, log_n - 1);
        modp_intt(&m, norm + n / 2, s->room->roots, log_n - 1);
    }
    /* Resultants with x^n + 1 are not negative. */
    bigint_from_residues(to, depth + 1 < s->log_n);
}

/* f G - g F = q in integers. */
static bool solve_deepest(struct solver *s)
{
    const struct bigint *fg = &s->fg[s->log_n];
    const unsigned len = fg->len;
    uint32_t *f = s->room->sk_residues[0], *g = f + len, *big_f = g + len, *big_g = big_f + len;

    for (unsigned w = 0; w < len; w++) {
        f[w] = fg->words[2 * w];
        g[w] = fg->words[2 * w + 1];
    }
    if (!show(bigint_bezout(big_g, big_f, f, g, len, s->room->sk_residues[1])))
        return false;
    if (!show((bigint_scale(big_f, len, FALCON_Q) | bigint_scale(big_g, len, FALCON_Q)) == 0))
        return false;
    s->big = (struct bigint){s->room->sk_big, len, 2};
    for (unsigned w = 0; w < len; w++) {
        s->big.words[2 * w] = big_f[w];
        s->big.words[2 * w + 1] = big_g[w];
    }
    return true;
}

/* ------------------------------------------------------------------ up */

/* F = F'(x^2) g(-x) and G = G'(x^2) f(-x), modulo a prime. fg and deeper are in the NTT domain. */
static void lift_values(const struct modp *m, uint32_t *big, const uint32_t *fg,
                        const uint32_t *deeper, unsigned n)
{
    const uint32_t *f = fg, *g = fg + n;

    for (unsigned j = 0; j < n / 2; j++) {
        uint32_t big_f = modp_mul(m, deeper[j], m->r2);
        uint32_t big_g = modp_mul(m, deeper[j + n / 2], m->r2);

        big[2 * j] = modp_mul(m, big_f, g[2 * j + 1]);
        big[2 * j + 1] = modp_mul(m, big_f, g[2 * j]);
        big[n + 2 * j] = modp_mul(m, big_g, f[2 * j + 1]);
        big[n + 2 * j + 1] = modp_mul(m, big_g, f[2 * j]);
    }
}

/* The lifted F and G modulo a prime, out of the NTT domain. */
static void lift_residues(struct solver *s, unsigned depth, const struct bigint *deeper,
                          const struct falcon_prime *prime, uint32_t *big)
{
    const unsigned log_n = s->log_n - depth, n = 1u << log_n;
    struct ntru_room *room = s->room;
    struct modp m;

    modp_init(&m, prime);
    modp_roots(&m, room->roots, log_n, prime->g);
    bigint_mod(room->sk_residues[0], &s->fg[depth], &m);
    modp_ntt(&m, room->sk_residues[0], room->roots, log_n);
    modp_ntt(&m, room->sk_residues[0] + n, room->roots, log_n);
    bigint_mod(room->sk_residues[1], deeper, &m);
    modp_ntt(&m, room->sk_residues[1], room->roots, log_n - 1);
    modp_ntt(&m, room->sk_residues[1] + n / 2, room->roots, log_n - 1);
    lift_values(&m, big, room->sk_residues[0], room->sk_residues[1], n);
    modp_intt(&m, big, room->roots, log_n);
    modp_intt(&m, big + n, room->roots, log_n);
}

static void lift(struct solver *s, unsigned depth)
{
    struct bigint deeper = {s->room->sk_deeper, short_len[depth + 1], s->big.num};

    memcpy(deeper.words, s->big.words, sizeof(uint32_t) * deeper.len * deeper.num);
    s->big = (struct bigint){s->room->sk_big, long_len[depth], 2u << (s->log_n - depth)};
    for (unsigned u = 0; u < s->big.len; u++)
        lift_residues(s, depth, &deeper, &falcon_primes[u], s->big.words + (size_t)u * s->big.num);
    bigint_from_residues(&s->big, true);
}

/* ------------------------------------------------------------------ Babai's reduction */

/* F - k f 2^shift and G - k g 2^shift, with the NTT modulo some primes. */
static void sub_product_ntt(struct solver *s, unsigned depth, unsigned big_len, unsigned shift)
{
    const struct bigint *fg = &s->fg[depth];
    const unsigned log_n = s->log_n - depth, n = 1u << log_n;
    struct ntru_room *room = s->room;
    struct bigint product = {room->sk_product, fg->len + 1, fg->num};
    struct modp m;

    for (unsigned u = 0; u < product.len; u++) {
        uint32_t *out = product.words + (size_t)u * product.num;
        uint32_t *k = room->sk_residues[0];

        modp_init(&m, &falcon_primes[u]);
        modp_roots(&m, room->roots, log_n, falcon_primes[u].g);
        for (unsigned j = 0; j < n; j++)
            k[j] = modp_mul(&m, modp_of(room->sk_k[j], m.p), m.r2);
        modp_ntt(&m, k, room->roots, log_n);
        bigint_mod(out, fg, &m);
        for (unsigned half = 0; half < 2; half++) {
            modp_ntt(&m, out + half * n, room->roots, log_n);
            for (unsigned j = 0; j < n; j++)
                out[half * n + j] = modp_mul(&m, out[half * n + j], k[j]);
            modp_intt(&m, out + half * n, room->roots, log_n);
        }
    }
    bigint_from_residues(&product, true);
    bigint_sub_shifted(&s->big, big_len, &product, shift);
}

static void sub_product(struct solver *s, unsigned depth, unsigned big_len, unsigned shift)
{
    const struct bigint *fg = &s->fg[depth];
    const unsigned n = fg->num / 2;

    if (n >= MIN_NTT_DEGREE) {
        sub_product_ntt(s, depth, big_len, shift);
        return;
    }
    bigint_sub_product(&s->big, big_len, fg, 0, s->room->sk_k, shift);
    bigint_sub_product(&s->big, big_len, fg, n, s->room->sk_k, shift);
}

static fpr *real(struct solver *s, unsigned i)
{
    return s->room->sk_real[i];
}

static void conjugate(fpr *f, unsigned n)
{
    for (unsigned j = n / 2; j < n; j++)
        f[j] = fpr_neg(f[j]);
}

/* out = 1 / (f f* + g g*), n / 2 real numbers */
static void invert_norm(fpr *out, const fpr *f, const fpr *g, unsigned n)
{
    for (unsigned j = 0; j < n / 2; j++)
        out[j] = fpr_add(fpc_norm(fpc_load(f, j, n / 2)), fpc_norm(fpc_load(g, j, n / 2)));
    fpr_invert_each(out, n / 2);
}

/* f = f scale, where scale is n / 2 real numbers */
static void scale_by(fpr *f, const fpr *scale, unsigned n)
{
    for (unsigned j = 0; j < n / 2; j++) {
        f[j] = fpr_mul(f[j], scale[j]);
        f[j + n / 2] = fpr_mul(f[j + n / 2], scale[j]);
    }
}

/* f* and g*, and 1 / (f f* + g g*), of the highest words. Returns how many bits were left out. */
static int prepare_reduction(struct solver *s, unsigned depth)
{
    const struct bigint *fg = &s->fg[depth];
    const unsigned log_n = s->log_n - depth, n = 1u << log_n;
    const unsigned len = fg->len < REAL_WORDS ? fg->len : REAL_WORDS;
    fpr *f = real(s, 0), *g = real(s, 1);

    bigint_to_real(f, fg, 0, n, fg->len, len);
    bigint_to_real(g, fg, n, n, fg->len, len);
    s->impl->fft(f, log_n);
    s->impl->fft(g, log_n);
    invert_norm(real(s, 2), f, g, n);
    conjugate(f, n);
    conjugate(g, n);
    return BIGINT_BITS * (int)(fg->len - len);
}

/* 2^exponent, which is public */
static fpr power_of_2(int exponent)
{
    fpr power = FPR_ONE;
    fpr square = exponent < 0 ? FPR_HALF : FPR_TWO;

    for (unsigned e = (unsigned)(exponent < 0 ? -exponent : exponent); e != 0; e /= 2) {
        if (e % 2 != 0)
            power = fpr_mul(power, square);
        square = fpr_sqr(square);
    }
    return power;
}

/* k = round(x scale). False if one of them takes more than 31 bits. */
static bool round_to_k(int32_t *k, const fpr *x, fpr scale, unsigned n)
{
    const fpr limit = fpr_of(BIGINT_MASK);
    uint32_t good = 1;

    for (unsigned j = 0; j < n; j++) {
        fpr scaled = fpr_mul(x[j], scale);

        good &= (uint32_t)fpr_less(fpr_neg(limit), scaled) & (uint32_t)fpr_less(scaled, limit);
    }
    if (!show(good != 0))
        return false;
    for (unsigned j = 0; j < n; j++)
        k[j] = (int32_t)fpr_round(fpr_mul(x[j], scale));
    return true;
}

/* k = round((F f* + G g*) / (f f* + g g*) / 2^shift), of the highest of the big_len words. */
static bool find_k(struct solver *s, unsigned depth, unsigned big_len, int shift)
{
    const unsigned log_n = s->log_n - depth, n = 1u << log_n;
    const unsigned len = big_len < REAL_WORDS ? big_len : REAL_WORDS;
    fpr *big_f = real(s, 3), *big_g = real(s, 4);

    bigint_to_real(big_f, &s->big, 0, n, big_len, len);
    bigint_to_real(big_g, &s->big, n, n, big_len, len);
    s->impl->fft(big_f, log_n);
    s->impl->fft(big_g, log_n);
    s->impl->multiply(big_f, real(s, 0), log_n);
    s->impl->multiply(big_g, real(s, 1), log_n);
    for (unsigned j = 0; j < n; j++)
        big_g[j] = fpr_add(big_g[j], big_f[j]);
    scale_by(big_g, real(s, 2), n);
    s->impl->ifft(big_g, log_n);
    return round_to_k(s->room->sk_k, big_g, power_of_2(BIGINT_BITS * (int)(big_len - len) - shift),
                      n);
}

/*
 * F and G become short, word by word. How long they are is not looked at: they are taken to be as
 * long as they may be, and to lose STEP_BITS bits each time, as k falls to no shift at all.
 */
static bool reduce(struct solver *s, unsigned depth)
{
    const int spread = 6 * fg_bits[depth].deviation;
    const int min_bits = fg_bits[depth].average - spread;
    const int max_bits = fg_bits[depth].average + spread;
    const int left_out = prepare_reduction(s, depth);
    unsigned big_len = s->big.len;
    int big_bits = BIGINT_BITS * (int)big_len;

    for (int shift = big_bits - min_bits;; shift = shift < STEP_BITS ? 0 : shift - STEP_BITS) {
        if (!find_k(s, depth, big_len, shift + left_out))
            return false;
        sub_product(s, depth, big_len, (unsigned)shift);
        if (shift + max_bits + 10 < big_bits) {
            big_bits = shift + max_bits + 10;
            if ((int)big_len * BIGINT_BITS >= big_bits + BIGINT_BITS)
                big_len--;
        }
        if (shift <= 0)
            break;
    }
    if (big_len < short_len[depth])
        bigint_extend(&s->big, big_len);
    s->big.len = short_len[depth];
    return true;
}

/* ------------------------------------------------------------------ the last two depths */

/* At depth 1 all is exact in real numbers, and one step is enough. */
static bool reduce_at_1(struct solver *s)
{
    const unsigned log_n = s->log_n - 1, n = 1u << log_n;
    const fpr limit = FPR_2_POW_63;
    fpr *f = real(s, 0), *g = real(s, 1), *big_f = real(s, 3), *big_g = real(s, 4);
    fpr *k = real(s, 2), *inverse = k + n;
    uint32_t good = 1;

    bigint_to_real(big_f, &s->big, 0, n, s->big.len, s->big.len);
    bigint_to_real(big_g, &s->big, n, n, s->big.len, s->big.len);
    bigint_to_real(f, &s->fg[1], 0, n, s->fg[1].len, s->fg[1].len);
    bigint_to_real(g, &s->fg[1], n, n, s->fg[1].len, s->fg[1].len);
    s->impl->fft(big_f, log_n);
    s->impl->fft(big_g, log_n);
    s->impl->fft(f, log_n);
    s->impl->fft(g, log_n);
    invert_norm(inverse, f, g, n);
    for (unsigned j = 0; j < n / 2; j++) {
        struct fpc x = fpc_mul(fpc_load(big_f, j, n / 2), fpc_conjugate(fpc_load(f, j, n / 2)));
        struct fpc y = fpc_mul(fpc_load(big_g, j, n / 2), fpc_conjugate(fpc_load(g, j, n / 2)));

        fpc_store(k, j, n / 2, fpc_add(x, y));
    }
    scale_by(k, inverse, n);
    s->impl->ifft(k, log_n);
    for (unsigned j = 0; j < n; j++)
        good &= (uint32_t)fpr_less(fpr_neg(limit), k[j]) & (uint32_t)fpr_less(k[j], limit);
    if (!show(good != 0))
        return false;
    for (unsigned j = 0; j < n; j++)
        k[j] = fpr_of(fpr_round(k[j]));
    s->impl->fft(k, log_n);
    s->impl->multiply(f, k, log_n);
    s->impl->multiply(g, k, log_n);
    for (unsigned j = 0; j < n; j++) {
        big_f[j] = fpr_sub(big_f[j], f[j]);
        big_g[j] = fpr_sub(big_g[j], g[j]);
    }
    s->impl->ifft(big_f, log_n);
    s->impl->ifft(big_g, log_n);
    s->big.len = 1;
    for (unsigned j = 0; j < n; j++) {
        s->big.words[j] = (uint32_t)fpr_round(big_f[j]) & BIGINT_MASK;
        s->big.words[n + j] = (uint32_t)fpr_round(big_g[j]) & BIGINT_MASK;
    }
    return true;
}

/* out = f modulo the prime, or f*, in the NTT domain. */
static void small_values(const struct solver *s, const struct modp *m, uint32_t *out,
                         const int8_t *f, bool adjoint)
{
    const unsigned n = 1u << s->log_n;

    out[0] = modp_of(f[0], m->p);
    for (unsigned j = 1; j < n; j++)
        out[j] = modp_of(adjoint ? -f[n - j] : f[j], m->p);
    modp_ntt(m, out, s->room->roots, s->log_n);
}

/* out = a b* + c d*, modulo the prime, as real numbers in the FFT domain. */
static void real_inner_product(struct solver *s, const struct modp *m, fpr *out,
                               const uint32_t *const in[4])
{
    const unsigned n = 1u << s->log_n;
    uint32_t *sum = s->room->sk_residues[2];

    for (unsigned j = 0; j < n; j++) {
        uint32_t x = modp_mul(m, in[0][j], in[1][j]);
        uint32_t y = modp_mul(m, in[2][j], in[3][j]);

        sum[j] = modp_mul(m, modp_add(x, y, m->p), m->r2);
    }
    modp_intt(m, sum, s->room->roots, s->log_n);
    for (unsigned j = 0; j < n; j++)
        out[j] = fpr_of(modp_center(sum[j], m->p));
    s->impl->fft(out, s->log_n);
}

/* At depth 0 all fits one prime: F and G are in its NTT domain, and k comes from exact products. */
static void reduce_at_0(struct solver *s, const struct modp *m, uint32_t *big_f, uint32_t *big_g)
{
    const unsigned n = 1u << s->log_n;
    struct ntru_room *room = s->room;
    uint32_t *f = room->sk_residues[0], *g = f + n;
    uint32_t *f_adjoint = room->sk_residues[1], *g_adjoint = f_adjoint + n;
    uint32_t *k = room->sk_residues[2];
    fpr *numerator = real(s, 0), *denominator = real(s, 1);

    small_values(s, m, f, s->basis->sk_f, false);
    small_values(s, m, g, s->basis->sk_g, false);
    small_values(s, m, f_adjoint, s->basis->sk_f, true);
    small_values(s, m, g_adjoint, s->basis->sk_g, true);
    real_inner_product(s, m, denominator, (const uint32_t *const[4]){f, f_adjoint, g, g_adjoint});
    real_inner_product(s, m, numerator,
                       (const uint32_t *const[4]){big_f, f_adjoint, big_g, g_adjoint});
    fpr_invert_each(denominator, n / 2);
    scale_by(numerator, denominator, n);
    s->impl->ifft(numerator, s->log_n);
    for (unsigned j = 0; j < n; j++)
        k[j] = modp_mul(m, modp_of((int32_t)fpr_round(numerator[j]), m->p), m->r2);
    modp_ntt(m, k, room->roots, s->log_n);
    for (unsigned j = 0; j < n; j++) {
        big_f[j] = modp_sub(big_f[j], modp_mul(m, k[j], f[j]), m->p);
        big_g[j] = modp_sub(big_g[j], modp_mul(m, k[j], g[j]), m->p);
    }
}

/* Whether f G - g F = q, for F and G in the NTT domain. */
static bool is_solution(struct solver *s, const struct modp *m, const uint32_t *big_f,
                        const uint32_t *big_g)
{
    const unsigned n = 1u << s->log_n;
    const uint32_t *f = s->room->sk_residues[0], *g = f + n;
    const uint32_t q = modp_mul(m, FALCON_Q, 1);
    uint32_t wrong = 0;

    for (unsigned j = 0; j < n; j++)
        wrong |= modp_sub(modp_mul(m, f[j], big_g[j]), modp_mul(m, g[j], big_f[j]), m->p) ^ q;
    return show(wrong == 0);
}

/* From the NTT domain to coefficients, which must take at most 7 bits and a sign. */
static bool to_small(const struct solver *s, const struct modp *m, int8_t *out, uint32_t *big)
{
    uint32_t excess = 0;

    modp_intt(m, big, s->room->roots, s->log_n);
    for (unsigned j = 0; j < 1u << s->log_n; j++) {
        int32_t x = modp_center(big[j], m->p);

        excess |= (uint32_t)(127 - x) | (uint32_t)(127 + x);
        out[j] = (int8_t)x;
    }
    return show(excess >> 31 == 0);
}

static bool finish(struct solver *s)
{
    const unsigned log_n = s->log_n, n = 1u << log_n;
    struct bigint deeper = {s->room->sk_deeper, 1, n};
    uint32_t *big_f = s->room->sk_big, *big_g = big_f + n;
    struct modp m;

    memcpy(deeper.words, s->big.words, sizeof(uint32_t) * n);
    lift_residues(s, 0, &deeper, &falcon_primes[0], big_f);
    modp_init(&m, &falcon_primes[0]);
    modp_ntt(&m, big_f, s->room->roots, log_n);
    modp_ntt(&m, big_g, s->room->roots, log_n);
    reduce_at_0(s, &m, big_f, big_g);
    return is_solution(s, &m, big_f, big_g) && to_small(s, &m, s->basis->sk_big_f, big_f) &&
           to_small(s, &m, s->basis->sk_big_g, big_g);
}

bool ntru_solve(struct falcon_basis *basis, const struct falcon_params *params,
                const struct falcon_impl *impl, struct ntru_room *room)
{
    const unsigned log_n = params->log_n;
    struct solver s = {.basis = basis, .impl = impl, .room = room, .log_n = log_n};

    assert(log_n > 2 && log_n <= NTRU_MAX_DEPTH);
    place_fg(&s);
    for (unsigned j = 0; j < params->n; j++) {
        s.fg[0].words[j] = (uint32_t)basis->sk_f[j] & BIGINT_MASK;
        s.fg[0].words[params->n + j] = (uint32_t)basis->sk_g[j] & BIGINT_MASK;
    }
    for (unsigned depth = 0; depth < log_n; depth++)
        descend(&s, depth);
    if (!solve_deepest(&s))
        return false;
    for (unsigned depth = log_n - 1; depth >= 2; depth--) {
        lift(&s, depth);
        if (!reduce(&s, depth))
            return false;
    }
    lift(&s, 1);
    return reduce_at_1(&s) && finish(&s);
}
