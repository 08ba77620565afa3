/* SPDX-License-Identifier: Apache-2.0
 *
 * fft.h's steps along the tree, to be inlined where the degree is small and known.
 */
#ifndef CRYPTO_FALCON_FFT_SMALL_H
#define CRYPTO_FALCON_FFT_SMALL_H

#include "crypto/falcon/fft.h"

static inline void fft_split(fpr *f0, fpr *f1, const fpr *f, unsigned log_n)
{
    const unsigned half_n = 1u << (log_n - 1);
    const unsigned quarter_n = half_n / 2;

    /* With one complex number, its parts are all there is. */
    f0[0] = f[0];
    f1[0] = f[half_n];
    for (unsigned j = 0; j < quarter_n; j++) {
        struct fpc a = fpc_load(f, 2 * j, half_n);
        struct fpc b = fpc_load(f, 2 * j + 1, half_n);
        struct fpc root = fpc_conjugate(falcon_root(quarter_n + j));

        fpc_store(f0, j, quarter_n, fpc_half(fpc_add(a, b)));
        fpc_store(f1, j, quarter_n, fpc_half(fpc_mul(fpc_sub(a, b), root)));
    }
}

static inline void fft_merge(fpr *f, const fpr *f0, const fpr *f1, unsigned log_n)
{
    const unsigned half_n = 1u << (log_n - 1);
    const unsigned quarter_n = half_n / 2;

    f[0] = f0[0];
    f[half_n] = f1[0];
    for (unsigned j = 0; j < quarter_n; j++) {
        struct fpc a = fpc_load(f0, j, quarter_n);
        struct fpc b = fpc_mul(fpc_load(f1, j, quarter_n), falcon_root(quarter_n + j));

        fpc_store(f, 2 * j, half_n, fpc_add(a, b));
        fpc_store(f, 2 * j + 1, half_n, fpc_sub(a, b));
    }
}

static inline void fft_shift(fpr *out, const fpr *t, const fpr *u, const fpr *z, const fpr *l,
                             unsigned log_n)
{
    const unsigned half_n = 1u << (log_n - 1);

    for (unsigned j = 0; j < half_n; j++) {
        struct fpc rest = fpc_sub(fpc_load(u, j, half_n), fpc_load(z, j, half_n));
        struct fpc moved = fpc_mul(rest, fpc_load(l, j, half_n));

        fpc_store(out, j, half_n, fpc_add(moved, fpc_load(t, j, half_n)));
    }
}

#endif
