/* SPDX-License-Identifier: Apache-2.0
 *
 * libpqc with its operations of ML-KEM, HQC and ML-DSA replaced by batches (lanes.c). Included in
 * front of pqc.c.
 */
#ifndef TESTS_VECTORS_LANES_H
#define TESTS_VECTORS_LANES_H

#include "crypto/hqc/hqc.h"
#include "crypto/mldsa/mldsa.h"
#include "crypto/mlkem/mlkem.h"

enum pqhw_status lanes_mlkem_public_init(struct mlkem_public *pub, enum mlkem_set set,
                                         struct span ek);
enum pqhw_status lanes_mlkem_private_init(struct mlkem_private *priv, enum mlkem_set set,
                                          struct span dk);
void lanes_mlkem_keygen(struct mlkem_private *priv, enum mlkem_set set, const uint8_t *seed);
void lanes_mlkem_encaps(const struct mlkem_public *pub, uint8_t *ct, uint8_t *ss, const uint8_t *m);
void lanes_mlkem_decaps(const struct mlkem_private *priv, uint8_t *ss, const uint8_t *ct);
enum pqhw_status lanes_hqc_public_init(struct hqc_public *pub, enum hqc_set set, struct span ek);
enum pqhw_status lanes_hqc_private_init(struct hqc_private *priv, enum hqc_set set, struct span dk);
void lanes_hqc_keygen(struct hqc_private *priv, enum hqc_set set, const uint8_t *seed);
void lanes_hqc_encaps(const struct hqc_public *pub, uint8_t *ct, uint8_t *ss, const uint8_t *coins);
void lanes_hqc_decaps(const struct hqc_private *priv, uint8_t *ss, const uint8_t *ct);
enum pqhw_status lanes_mldsa_public_init(struct mldsa_public *pub, enum mldsa_set set,
                                         struct span pk);
enum pqhw_status lanes_mldsa_private_init(struct mldsa_private *priv, enum mldsa_set set,
                                          struct span sk);
void lanes_mldsa_keygen(struct mldsa_private *priv, enum mldsa_set set, const uint8_t *seed);
enum pqhw_status lanes_mldsa_sign_mu(const struct mldsa_private *priv, uint8_t *sig,
                                     const uint8_t *mu, const uint8_t *rnd);
enum pqhw_status lanes_mldsa_verify_mu(const struct mldsa_public *pub, struct span sig,
                                       const uint8_t *mu);

#define mlkem_public_init  lanes_mlkem_public_init
#define mlkem_private_init lanes_mlkem_private_init
#define mlkem_keygen       lanes_mlkem_keygen
#define mlkem_encaps       lanes_mlkem_encaps
#define mlkem_decaps       lanes_mlkem_decaps
#define hqc_public_init    lanes_hqc_public_init
#define hqc_private_init   lanes_hqc_private_init
#define hqc_keygen         lanes_hqc_keygen
#define hqc_encaps         lanes_hqc_encaps
#define hqc_decaps         lanes_hqc_decaps
#define mldsa_public_init  lanes_mldsa_public_init
#define mldsa_private_init lanes_mldsa_private_init
#define mldsa_keygen       lanes_mldsa_keygen
#define mldsa_sign_mu      lanes_mldsa_sign_mu
#define mldsa_verify_mu    lanes_mldsa_verify_mu

#endif
