/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of mldsa_avx512 (poly.h). The others are those of mldsa_avx2.
 */
#ifndef CRYPTO_MLDSA_AVX512_H
#define CRYPTO_MLDSA_AVX512_H

#include "crypto/mldsa/poly.h"

void mldsa_avx512_ntt(struct mldsa_poly *p);
void mldsa_avx512_intt(struct mldsa_poly *p);
void mldsa_avx512_pointwise_acc(struct mldsa_poly *out, const struct mldsa_poly *a,
                                const struct mldsa_poly *b, size_t num);

#endif
