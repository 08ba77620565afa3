/* SPDX-License-Identifier: Apache-2.0
 *
 * Polynomials and hints as bytes (FIPS 204, 7.1 and 7.2).
 */
#ifndef CRYPTO_MLDSA_ENCODE_H
#define CRYPTO_MLDSA_ENCODE_H

#include <stdbool.h>

#include "crypto/mldsa/poly.h"

/*
 * Algorithms 16 and 18: coefficients 0 … 2^bits - 1 in mldsa_packed_len(bits) bytes. bits is one of
 * those that ML-DSA uses: 3, 4, 6, 10, 13, 18, 20.
 */
void mldsa_pack(uint8_t *out, const struct mldsa_poly *p, unsigned bits);
void mldsa_unpack(struct mldsa_poly *p, const uint8_t *in, unsigned bits);

/* Algorithms 17 and 19: the same of top - coefficient. */
void mldsa_pack_from(uint8_t *out, const struct mldsa_poly *p, unsigned bits, int32_t top);
void mldsa_unpack_from(struct mldsa_poly *p, const uint8_t *in, unsigned bits, int32_t top);

/* Algorithm 20: omega + k bytes. The hints are 0 or 1, at most omega of them 1, and public. */
void mldsa_hint_pack(const struct mldsa_params *params, uint8_t *out,
                     const struct mldsa_poly *hint);

/* Algorithm 21: false if in is not what Algorithm 20 would have written. */
bool mldsa_hint_unpack(const struct mldsa_params *params, uint8_t hint[MLDSA_MAX_K][MLDSA_N],
                       const uint8_t *in);

#endif
