/* SPDX-License-Identifier: Apache-2.0
 *
 * Polynomials over Z_q of degree below n = 512 or 1024, and the operations that are worth a SIMD
 * implementation. "Bounded by" as in zq.h.
 */
#ifndef CRYPTO_FALCON_POLY_H
#define CRYPTO_FALCON_POLY_H

#include "crypto/cpu.h"
#include "crypto/falcon/fpr.h"
#include "crypto/falcon/noise.h"
#include "crypto/falcon/params.h"

struct falcon_poly {
    int16_t coeff[FALCON_MAX_N];
} __attribute__((aligned(FALCON_ALIGN)));

struct falcon_sampling;

/* Chosen once per process. The NTT domain's order of coefficients is each implementation's own; all
 * else they give is the very same. */
struct falcon_impl {
    const char *name; /* "portable", … */

    /* In place. In: bounded by 0.85 q. Out: bounded by 2.4 q. */
    void (*ntt)(int16_t *p, unsigned log_n);

    /* Its inverse, times R, which takes back the 1 / R of one mul. In and out: bounded by 0.85 q.
     */
    void (*intt)(int16_t *p, unsigned log_n);

    /* a = a o b / R in the NTT domain. b is bounded by q / 2, and so is a by 2.4 q. Out: bounded by
     * 0.85 q. */
    void (*mul)(int16_t *a, const int16_t *b, unsigned n);

    /* The square of the norm of (c - t, s), where t is bounded by 0.85 q, c is 0 … q - 1, and the
     * difference is taken in -(q - 1) / 2 … (q - 1) / 2. */
    uint64_t (*norm)(const uint16_t *c, const int16_t *t, const int16_t *s, unsigned n);

    /* As in fft.h, noise.h and sampler.h. */
    void (*fft)(fpr *f, unsigned log_n);
    void (*ifft)(fpr *f, unsigned log_n);
    void (*split)(fpr *f0, fpr *f1, const fpr *f, unsigned log_n);
    void (*merge)(fpr *f, const fpr *f0, const fpr *f1, unsigned log_n);
    void (*multiply)(fpr *a, const fpr *b, unsigned log_n);
    void (*shift)(fpr *out, const fpr *t, const fpr *u, const fpr *z, const fpr *l, unsigned log_n);
    void (*fill)(struct falcon_noise *noise);
    void (*ff_sample)(const struct falcon_sampling *s, fpr *const z[2], const fpr *tree,
                      const fpr *const t[2], unsigned log_n, fpr *temp);
    int (*sample)(struct falcon_noise *noise, fpr mu, fpr inverse_sigma, fpr sigma_min);
};

const struct falcon_impl *falcon_impl(void);

/* The one for CPUs of a level, which must be supported; and all of them, for tests. */
const struct falcon_impl *falcon_impl_for(enum cpu_level level);
extern const struct falcon_impl falcon_portable;
extern const struct falcon_impl falcon_avx2;

/* 7^rev(i) R mod q, centered; rev(i) are the ten bits of i in reverse. 7 is of order 2048. The
 * first n of them serve degree n. */
extern const int16_t falcon_zetas[FALCON_MAX_N];

void falcon_portable_ntt(int16_t *p, unsigned log_n);
void falcon_portable_intt(int16_t *p, unsigned log_n);
void falcon_portable_mul(int16_t *a, const int16_t *b, unsigned n);
uint64_t falcon_portable_norm(const uint16_t *c, const int16_t *t, const int16_t *s, unsigned n);

#endif
