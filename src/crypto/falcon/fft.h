/* SPDX-License-Identifier: Apache-2.0
 *
 * Polynomials over the reals modulo x^n + 1 in the FFT domain: n / 2 complex numbers, the values at
 * half of the roots (those at the conjugate roots are the conjugates), in bit-reversed order; first
 * the n / 2 real parts, then the imaginary ones (specification, 4.2.1).
 *
 * Every operation here is the sequence of roundings that the signatures of the known-answer tests
 * come from; only what does not change a result may be reordered.
 */
#ifndef CRYPTO_FALCON_FFT_H
#define CRYPTO_FALCON_FFT_H

#include "crypto/falcon/fpr.h"
#include "crypto/falcon/params.h"

/* A complex number in passing. */
struct fpc {
    fpr re, im;
};

static inline struct fpc fpc_load(const fpr *f, unsigned j, unsigned half_n)
{
    return (struct fpc){f[j], f[j + half_n]};
}

static inline void fpc_store(fpr *f, unsigned j, unsigned half_n, struct fpc x)
{
    f[j] = x.re;
    f[j + half_n] = x.im;
}

static inline struct fpc fpc_add(struct fpc a, struct fpc b)
{
    return (struct fpc){fpr_add(a.re, b.re), fpr_add(a.im, b.im)};
}

static inline struct fpc fpc_sub(struct fpc a, struct fpc b)
{
    return (struct fpc){fpr_sub(a.re, b.re), fpr_sub(a.im, b.im)};
}

static inline struct fpc fpc_mul(struct fpc a, struct fpc b)
{
    return (struct fpc){fpr_sub(fpr_mul(a.re, b.re), fpr_mul(a.im, b.im)),
                        fpr_add(fpr_mul(a.re, b.im), fpr_mul(a.im, b.re))};
}

static inline struct fpc fpc_conjugate(struct fpc a)
{
    return (struct fpc){a.re, fpr_neg(a.im)};
}

static inline struct fpc fpc_half(struct fpc a)
{
    return (struct fpc){fpr_half(a.re), fpr_half(a.im)};
}

/* The square of the absolute value. */
static inline fpr fpc_norm(struct fpc a)
{
    return fpr_add(fpr_sqr(a.re), fpr_sqr(a.im));
}

/* Bits of fpr; see roots.c for what is where. */
extern const uint64_t falcon_roots_re[FALCON_MAX_N / 2];
extern const uint64_t falcon_roots_im[FALCON_MAX_N / 2];

static inline struct fpc falcon_root(unsigned i)
{
    return (struct fpc){fpr_from_bits(falcon_roots_re[i]), fpr_from_bits(falcon_roots_im[i])};
}

/* From coefficients and back, in place. 1 <= log_n <= 10 in all that follows. */
void falcon_portable_fft(fpr *f, unsigned log_n);
void falcon_portable_ifft(fpr *f, unsigned log_n);

/* f = f0(x^2) + x f1(x^2) and back; f0 and f1 have n / 2 numbers. */
void falcon_portable_split(fpr *f0, fpr *f1, const fpr *f, unsigned log_n);
void falcon_portable_merge(fpr *f, const fpr *f0, const fpr *f1, unsigned log_n);

/* a = a b */
void falcon_portable_multiply(fpr *a, const fpr *b, unsigned log_n);

/* out = t + (u - z) l, the target moved by what was rounded off beside it. */
void falcon_portable_shift(fpr *out, const fpr *t, const fpr *u, const fpr *z, const fpr *l,
                           unsigned log_n);

#endif
