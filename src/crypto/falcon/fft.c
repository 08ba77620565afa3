/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/falcon/fft_small.h"

/* The first layer takes f_j and f_(j + n/2) to f_j + i f_(j + n/2), which is where they stand. */
void falcon_portable_fft(fpr *f, unsigned log_n)
{
    const unsigned half_n = 1u << (log_n - 1);

    for (unsigned l = 0; l + 1 < log_n; l++) {
        const unsigned blocks = 1u << l, half = half_n >> (l + 1);

        for (unsigned i = 0; i < blocks; i++) {
            const struct fpc root = falcon_root(blocks + i);
            fpr *p = f + 2 * half * i;

            for (unsigned j = 0; j < half; j++) {
                struct fpc x = fpc_load(p, j, half_n);
                struct fpc y = fpc_mul(fpc_load(p, j + half, half_n), root);

                fpc_store(p, j, half_n, fpc_add(x, y));
                fpc_store(p, j + half, half_n, fpc_sub(x, y));
            }
        }
    }
}

void falcon_portable_ifft(fpr *f, unsigned log_n)
{
    const unsigned half_n = 1u << (log_n - 1);
    fpr scale = FPR_ONE;

    for (unsigned l = log_n - 1; l-- > 0;) {
        const unsigned blocks = 1u << l, half = half_n >> (l + 1);

        for (unsigned i = 0; i < blocks; i++) {
            const struct fpc root = fpc_conjugate(falcon_root(blocks + i));
            fpr *p = f + 2 * half * i;

            for (unsigned j = 0; j < half; j++) {
                struct fpc x = fpc_load(p, j, half_n);
                struct fpc y = fpc_load(p, j + half, half_n);

                fpc_store(p, j, half_n, fpc_add(x, y));
                fpc_store(p, j + half, half_n, fpc_mul(fpc_sub(x, y), root));
            }
        }
    }
    for (unsigned l = 1; l < log_n; l++)
        scale = fpr_half(scale);
    for (unsigned j = 0; j < 2 * half_n; j++)
        f[j] = fpr_mul(f[j], scale);
}

void falcon_portable_split(fpr *f0, fpr *f1, const fpr *f, unsigned log_n)
{
    fft_split(f0, f1, f, log_n);
}

void falcon_portable_merge(fpr *f, const fpr *f0, const fpr *f1, unsigned log_n)
{
    fft_merge(f, f0, f1, log_n);
}

void falcon_portable_multiply(fpr *a, const fpr *b, unsigned log_n)
{
    const unsigned half_n = 1u << (log_n - 1);

    for (unsigned j = 0; j < half_n; j++)
        fpc_store(a, j, half_n, fpc_mul(fpc_load(a, j, half_n), fpc_load(b, j, half_n)));
}

void falcon_portable_shift(fpr *out, const fpr *t, const fpr *u, const fpr *z, const fpr *l,
                           unsigned log_n)
{
    fft_shift(out, t, u, z, l, log_n);
}
