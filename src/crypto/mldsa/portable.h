/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of mldsa_portable (poly.h).
 */
#ifndef CRYPTO_MLDSA_PORTABLE_H
#define CRYPTO_MLDSA_PORTABLE_H

#include "crypto/mldsa/poly.h"

void mldsa_portable_ntt(struct mldsa_poly *p);
void mldsa_portable_intt(struct mldsa_poly *p);
void mldsa_portable_pointwise_acc(struct mldsa_poly *out, const struct mldsa_poly *a,
                                  const struct mldsa_poly *b, size_t num);
uint32_t mldsa_portable_add_product(struct mldsa_poly *p, const struct mldsa_challenge *c,
                                    const struct mldsa_short *s, int32_t bound);

uint32_t mldsa_portable_norm_exceeds(const struct mldsa_poly *p, int32_t bound);
void mldsa_portable_power2round(struct mldsa_poly *t1, struct mldsa_poly *t0,
                                const struct mldsa_poly *t);
void mldsa_portable_decompose(const struct mldsa_params *params, struct mldsa_poly *w1,
                              struct mldsa_poly *w0, const struct mldsa_poly *w);
uint32_t mldsa_portable_make_hint(const struct mldsa_params *params, uint8_t hint[MLDSA_HINT_LEN],
                                  const struct mldsa_poly *w1, const struct mldsa_poly *low);
void mldsa_portable_use_hint(const struct mldsa_params *params, struct mldsa_poly *w,
                             const uint8_t hint[MLDSA_HINT_LEN]);

void mldsa_portable_pack(uint8_t *out, const struct mldsa_poly *p, unsigned bits);
void mldsa_portable_unpack(struct mldsa_poly *p, const uint8_t *in, unsigned bits);
void mldsa_portable_pack_from(uint8_t *out, const struct mldsa_poly *p, unsigned bits, int32_t top);
void mldsa_portable_unpack_from(struct mldsa_poly *p, const uint8_t *in, unsigned bits,
                                int32_t top);

unsigned mldsa_portable_accept_uniform(struct mldsa_poly *p, unsigned num,
                                       const uint64_t lane[KECCAK_LANES]);
unsigned mldsa_portable_accept_eta(struct mldsa_poly *p, unsigned num, int32_t eta,
                                   const uint64_t lane[KECCAK_LANES]);

#endif
