/* SPDX-License-Identifier: Apache-2.0
 *
 * The outer code, a shortened Reed-Solomon code over GF(256) (specification, 2.5.2 to 2.5.4), on
 * vectors of 32 elements. A file per CPU includes this once, after it has said:
 *
 *   W                   the type of 32 elements
 *   W_LOAD(p), W_STORE(p, x) from and to bytes, not aligned
 *   W_XOR, W_AND(a, b)
 *   W_SET(byte)         the same element 32 times
 *   W_ZEROS(x)          all bits of the elements that are zero
 *   w_mul(a, b)         a function: the products, element by element
 *   w_sum(x)            a function: the sum of the elements
 *
 * and gets the functions encode_symbols and correct_symbols for its table.
 *
 * Decoding always takes every step: where the usual algorithms stop early or look a value up, masks
 * decide. Elements are never looked up by a secret.
 */
#ifndef CRYPTO_HQC_OUTER_LANES_H
#define CRYPTO_HQC_OUTER_LANES_H

#include <string.h>

#include "base/ct.h"
#include "base/wipe.h"
#include "crypto/hqc/impl.h"
#include "crypto/hqc/outer.h"

#define W_LEN    32
#define NUM_WIDE 2 /* vectors for up to 58 elements for checking, or syndromes */

/* ------------------------------------------------------------------ encoding */

/*
 * The remainder of x^(2 delta) m(x) by the generator polynomial, a symbol of m at a time, the
 * highest first. The remainder moves up by one place with each step: it stays where it is, and
 * where it is taken to begin goes one byte down.
 */
static void encode_symbols(uint8_t *symbols, const uint8_t *message,
                           const struct hqc_params *params)
{
    const unsigned num_checks = 2 * params->delta;
    const uint8_t *const generator = hqc_generator[params->set];
    uint8_t sk_buffer[HQC_MAX_M_LEN + NUM_WIDE * W_LEN] = {0};
    uint8_t *remainder = sk_buffer + params->k;

    for (unsigned i = params->k; i-- > 0;) {
        const W sk_factor = W_SET(message[i] ^ remainder[num_checks - 1]);

        remainder--;
        for (unsigned j = 0; j < NUM_WIDE * W_LEN; j += W_LEN)
            W_STORE(remainder + j,
                    W_XOR(W_LOAD(remainder + j), w_mul(sk_factor, W_LOAD(generator + j))));
    }
    memcpy(symbols, remainder, num_checks);
    memcpy(symbols + num_checks, message, params->k);
    WIPE(sk_buffer);
}

/* ------------------------------------------------------------------ decoding */

struct decoding {
    const struct hqc_params *params;
    uint8_t rising[W_LEN + NUM_WIDE * W_LEN];  /* zeros, then S_1, S_2, … */
    uint8_t falling[NUM_WIDE * W_LEN + W_LEN]; /* …, S_2, S_1, then zeros */
    uint8_t locator[W_LEN];                    /* sigma */
    uint8_t shifted[1 + W_LEN]; /* a zero, then the other polynomial of Berlekamp's algorithm */
    uint8_t evaluator[W_LEN];   /* Omega */
};

/* S_i = r(alpha^i), by Horner's rule, for all i at once. */
static void compute_syndromes(struct decoding *d, const uint8_t *symbols)
{
    const unsigned num_checks = 2 * d->params->delta;
    uint8_t *const rising = d->rising + W_LEN;
    W sum[NUM_WIDE] = {W_SET(0), W_SET(0)};

    for (unsigned i = d->params->n1; i-- > 0;)
        for (unsigned j = 0; j < NUM_WIDE; j++)
            sum[j] = W_XOR(w_mul(sum[j], W_LOAD(hqc_powers + 1 + j * W_LEN)), W_SET(symbols[i]));
    for (unsigned j = 0; j < NUM_WIDE; j++)
        W_STORE(rising + j * W_LEN, sum[j]);
    memset(rising + num_checks, 0, NUM_WIDE * W_LEN - num_checks);
    for (unsigned i = 0; i < num_checks; i++)
        d->falling[i] = rising[num_checks - 1 - i];
}

/* What a step of Berlekamp's algorithm remembers of those before it. */
struct step {
    uint8_t gamma; /* the last discrepancy that made the locator longer */
    uint32_t k;    /* r - 2 L, L being the length of the locator */
};

/*
 * Step r: without inversions, so that the locator comes out times a constant. Its coefficients
 * above delta, which it can only have with more errors than that, are dropped.
 */
static void find_step(struct decoding *d, struct step *step, unsigned r)
{
    const uint8_t *const window = d->falling + 2 * d->params->delta - 1 - r; /* S_(r+1), S_r, … */
    const W sigma = W_LOAD(d->locator);
    const W other = W_LOAD(d->shifted); /* times x */
    const uint8_t discrepancy = w_sum(w_mul(sigma, W_LOAD(window)));
    const uint32_t grows = ct_mask_nonzero_u32(discrepancy) & ~(0u - (step->k >> 31));
    const W mask = W_SET((uint8_t)ct_barrier_u32(grows));

    W_STORE(d->locator, W_XOR(w_mul(W_SET(step->gamma), sigma), w_mul(W_SET(discrepancy), other)));
    W_STORE(d->shifted + 1, W_XOR(other, W_AND(mask, W_XOR(sigma, other))));
    step->gamma = (uint8_t)ct_select_u32(grows, discrepancy, step->gamma);
    step->k = ct_select_u32(grows, ~step->k, step->k + 1);
}

/* sigma, whose roots are the inverses of the places of the errors. */
static void find_locator(struct decoding *d)
{
    struct step sk_step = {1, 0};

    d->locator[0] = 1;
    d->shifted[1] = 1;
    for (unsigned r = 0; r < 2 * d->params->delta; r++)
        find_step(d, &sk_step, r);
    /* The places above delta, which only more than delta errors fill. */
    memset(d->locator + d->params->delta + 1, 0, W_LEN - d->params->delta - 1);
    WIPE(sk_step);
}

/* Omega = sigma S mod x^delta. */
static void find_evaluator(struct decoding *d)
{
    W sum = W_SET(0);

    for (unsigned i = 0; i <= d->params->delta; i++)
        sum = W_XOR(sum, w_mul(W_SET(d->locator[i]), W_LOAD(d->rising + W_LEN - i)));
    W_STORE(d->evaluator, sum);
}

/* For 32 x, the polynomial of `num` coefficients that stand `stride` apart. */
static W evaluate(const uint8_t *p, unsigned num, unsigned stride, W x)
{
    W sum = W_SET(0);

    for (unsigned i = num; i-- > 0;)
        sum = W_XOR(w_mul(sum, x), W_SET(p[(size_t)i * stride]));
    return sum;
}

/* 1 / x, and 0 for 0: x^254. */
static W invert(W x)
{
    W power = w_mul(x, x);
    W result = power;

    for (unsigned i = 2; i < 8; i++) {
        power = w_mul(power, power);
        result = w_mul(result, power);
    }
    return result;
}

/* The errors in the symbols of the message, by Forney's formula: at a place X, whose inverse is a
 * root of sigma, it is Omega(1 / X) / sigma'(1 / X). */
static W find_errors(const struct decoding *d)
{
    const unsigned delta = d->params->delta;
    uint8_t inverses[W_LEN] = {0}; /* of the places */
    W x;
    W squares;
    W even;
    W odd;

    for (unsigned i = 0; i < d->params->k; i++)
        inverses[i] = hqc_powers[255 - 2 * delta - i];
    x = W_LOAD(inverses);
    squares = w_mul(x, x);
    even = evaluate(d->locator, delta / 2 + 1, 2, squares);
    odd = evaluate(d->locator + 1, (delta + 1) / 2, 2, squares); /* sigma' */
    return W_AND(W_ZEROS(W_XOR(even, w_mul(odd, x))),
                 w_mul(evaluate(d->evaluator, delta, 1, x), invert(odd)));
}

static void correct_symbols(uint8_t *message, const uint8_t *symbols,
                            const struct hqc_params *params)
{
    struct decoding sk_decoding = {.params = params};
    uint8_t sk_corrected[W_LEN] = {0};

    compute_syndromes(&sk_decoding, symbols);
    find_locator(&sk_decoding);
    find_evaluator(&sk_decoding);
    memcpy(sk_corrected, symbols + 2 * params->delta, params->k);
    W_STORE(sk_corrected, W_XOR(W_LOAD(sk_corrected), find_errors(&sk_decoding)));
    memcpy(message, sk_corrected, params->k);
    WIPE(sk_decoding);
    WIPE(sk_corrected);
}

#endif
