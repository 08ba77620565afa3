/* SPDX-License-Identifier: Apache-2.0
 *
 * ML-KEM's AVX2 implementation of struct mlkem_impl, member by member.
 */
#ifndef CRYPTO_MLKEM_AVX2_H
#define CRYPTO_MLKEM_AVX2_H

#include "crypto/mlkem/impl.h"

void mlkem_avx2_ntt(struct mlkem_poly *p);
void mlkem_avx2_intt(struct mlkem_poly *p);
void mlkem_avx2_factor(struct mlkem_factor *f, const struct mlkem_poly *p);
void mlkem_avx2_basemul_acc(struct mlkem_poly *out, const struct mlkem_poly *a, unsigned stride,
                            const struct mlkem_factor *b, unsigned num);
void mlkem_avx2_scale_add(struct mlkem_poly *p, const struct mlkem_poly *e);
void mlkem_avx2_canonical(struct mlkem_poly *p);

unsigned mlkem_avx2_accept(int16_t out[MLKEM_N], unsigned count,
                           const uint64_t block[MLKEM_BLOCK_LANES]);
void mlkem_avx2_cbd(struct mlkem_poly *p, const uint64_t *lanes, unsigned eta);

void mlkem_avx2_encode(uint8_t out[MLKEM_POLY_LEN], const struct mlkem_poly *p);
uint32_t mlkem_avx2_decode(struct mlkem_poly *p, const uint8_t in[MLKEM_POLY_LEN]);
void mlkem_avx2_compress(uint8_t *out, const struct mlkem_poly *p, const struct mlkem_poly *e,
                         unsigned d);
void mlkem_avx2_decompress(struct mlkem_poly *p, const uint8_t *in, unsigned d);
void mlkem_avx2_add_message(struct mlkem_poly *p, const uint8_t m[MLKEM_M_LEN]);
void mlkem_avx2_to_message(uint8_t m[MLKEM_M_LEN], const struct mlkem_poly *v,
                           const struct mlkem_poly *w);

#endif
