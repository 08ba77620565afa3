/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of ML-KEM that are worth an implementation per CPU. Inside ML-KEM only.
 *
 * All implementations give the same results as portable C, byte for byte where bytes come out; the
 * order of coefficients in the NTT domain is the standard's, and they agree mod q.
 */
#ifndef CRYPTO_MLKEM_IMPL_H
#define CRYPTO_MLKEM_IMPL_H

#include "crypto/mlkem/mlkem.h"

struct mlkem_impl {
    const char *name; /* "portable", … */

    /* FIPS 203, Algorithm 9. In: |coefficient| <= q. Out: reduced. */
    void (*ntt)(struct mlkem_poly *p);

    /* FIPS 203, Algorithm 10, times 2^16, which takes back the 2^-16 of basemul_acc. In and out:
     * reduced. */
    void (*intt)(struct mlkem_poly *p);

    /*
     * The sum of num products a[i * stride] * b[i] in the NTT domain (FIPS 203, Algorithms 11 and
     * 12), times 2^-16. num is at most MLKEM_MAX_K; in and out: reduced.
     */
    void (*basemul_acc)(struct mlkem_poly *out, const struct mlkem_poly *a, unsigned stride,
                        const struct mlkem_poly *b, unsigned num);

    /*
     * The matrix A from rho: a[i * k + j] = SampleNTT(rho || j || i) (FIPS 203, Algorithm 13, steps
     * 3 to 7). Canonical. Public, so its time may tell.
     */
    void (*sample_matrix)(struct mlkem_poly *a, unsigned k, const uint8_t rho[32]);

    /* num noise polynomials SamplePolyCBD_eta(PRF_eta(seed, nonce + i)). Constant time. */
    void (*sample_noise)(struct mlkem_poly *out, unsigned num, unsigned eta, const uint8_t seed[32],
                         uint8_t nonce);
};

extern const struct mlkem_impl mlkem_portable;

/* The one for this CPU. */
const struct mlkem_impl *mlkem_impl(void);

void mlkem_portable_ntt(struct mlkem_poly *p);
void mlkem_portable_intt(struct mlkem_poly *p);
void mlkem_portable_basemul_acc(struct mlkem_poly *out, const struct mlkem_poly *a, unsigned stride,
                                const struct mlkem_poly *b, unsigned num);
void mlkem_portable_sample_matrix(struct mlkem_poly *a, unsigned k, const uint8_t rho[32]);
void mlkem_portable_sample_noise(struct mlkem_poly *out, unsigned num, unsigned eta,
                                 const uint8_t seed[32], uint8_t nonce);

#endif
