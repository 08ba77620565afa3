/* SPDX-License-Identifier: Apache-2.0
 *
 * Many operations at once.
 *
 * Each function does what the operation of the same name does (mlkem.h, hqc.h, mldsa.h, slhdsa.h),
 * with the same bytes, on num independent items: any number, of any keys and parameter sets. Items
 * share the lanes of Keccak, by groups of as many as the CPU has (keccak/lanes.h), so an item costs
 * less than the operation alone. What a function reads may be shared among items; what it writes
 * may not.
 *
 * Every item has a status of its own. One that fails leaves its outputs as the operation alone
 * does, and the others as they would be without it. Its lane stays empty.
 *
 * Nothing is allocated: the caller brings a workspace of the size that its family tells, aligned to
 * BATCH_ALIGN, for however many items. It is free of secrets afterwards, and so is the stack.
 *
 * Lanes need Keccak: what SLH-DSA hashes fills them within one signature, and half of its sets hash
 * with SHA-2. There the items are done one after the other.
 */
#ifndef CRYPTO_BATCH_H
#define CRYPTO_BATCH_H

#include "crypto/hqc/hqc.h"
#include "crypto/mldsa/mldsa.h"
#include "crypto/mlkem/mlkem.h"
#include "crypto/slhdsa/slhdsa.h"

#define BATCH_ALIGN 64

/* ------------------------------------------------------------------ ML-KEM */

size_t mlkem_batch_size(void);

struct mlkem_keygen_item {
    enum pqhw_status status; /* out */
    enum mlkem_set set;
    struct mlkem_private *priv; /* out */
    const uint8_t *seed;        /* MLKEM_SEED_LEN bytes */
};

struct mlkem_public_item {
    enum pqhw_status status;
    enum mlkem_set set;
    struct mlkem_public *pub; /* out */
    struct span ek;
};

struct mlkem_private_item {
    enum pqhw_status status;
    enum mlkem_set set;
    struct mlkem_private *priv; /* out */
    struct span dk;
};

struct mlkem_encaps_item {
    enum pqhw_status status;
    const struct mlkem_public *pub;
    uint8_t *ct;      /* out */
    uint8_t *ss;      /* out, MLKEM_SECRET_LEN bytes */
    const uint8_t *m; /* MLKEM_M_LEN bytes */
};

struct mlkem_decaps_item {
    enum pqhw_status status; /* also PQHW_ENCRYPTED_DATA_LEN_RANGE */
    const struct mlkem_private *priv;
    uint8_t *ss; /* out */
    struct span ct;
};

void mlkem_keygen_batch(struct mlkem_keygen_item item[], size_t num, void *workspace);
void mlkem_public_init_batch(struct mlkem_public_item item[], size_t num, void *workspace);
void mlkem_private_init_batch(struct mlkem_private_item item[], size_t num, void *workspace);
void mlkem_encaps_batch(struct mlkem_encaps_item item[], size_t num, void *workspace);
void mlkem_decaps_batch(struct mlkem_decaps_item item[], size_t num, void *workspace);

/* ------------------------------------------------------------------ HQC */

size_t hqc_batch_size(void);

struct hqc_keygen_item {
    enum pqhw_status status;
    enum hqc_set set;
    struct hqc_private *priv; /* out */
    const uint8_t *seed;      /* HQC_SEED_LEN bytes */
};

struct hqc_public_item {
    enum pqhw_status status;
    enum hqc_set set;
    struct hqc_public *pub; /* out */
    struct span ek;
};

struct hqc_private_item {
    enum pqhw_status status;
    enum hqc_set set;
    struct hqc_private *priv; /* out */
    struct span dk;
};

struct hqc_encaps_item {
    enum pqhw_status status;
    const struct hqc_public *pub;
    uint8_t *ct;          /* out */
    uint8_t *ss;          /* out, HQC_SECRET_LEN bytes */
    const uint8_t *coins; /* coins_len bytes */
};

struct hqc_decaps_item {
    enum pqhw_status status; /* also PQHW_ENCRYPTED_DATA_LEN_RANGE */
    const struct hqc_private *priv;
    uint8_t *ss; /* out */
    struct span ct;
};

void hqc_keygen_batch(struct hqc_keygen_item item[], size_t num, void *workspace);
void hqc_public_init_batch(struct hqc_public_item item[], size_t num, void *workspace);
void hqc_private_init_batch(struct hqc_private_item item[], size_t num, void *workspace);
void hqc_encaps_batch(struct hqc_encaps_item item[], size_t num, void *workspace);
void hqc_decaps_batch(struct hqc_decaps_item item[], size_t num, void *workspace);

/* ------------------------------------------------------------------ ML-DSA */

size_t mldsa_batch_size(void);

struct mldsa_keygen_item {
    enum pqhw_status status;
    enum mldsa_set set;
    struct mldsa_private *priv; /* out */
    const uint8_t *seed;        /* MLDSA_SEED_LEN bytes */
};

struct mldsa_public_item {
    enum pqhw_status status;
    enum mldsa_set set;
    struct mldsa_public *pub; /* out */
    struct span pk;
};

struct mldsa_private_item {
    enum pqhw_status status;
    enum mldsa_set set;
    struct mldsa_private *priv; /* out */
    struct span sk;
};

/* mu of a message that is at hand; see mldsa_mu_init. */
struct mldsa_mu_item {
    enum pqhw_status status;
    uint8_t *mu; /* out, MLDSA_MU_LEN bytes */
    const uint8_t *tr;
    struct span context;
    struct span prehash_oid;
    struct span message; /* or its hash */
};

struct mldsa_sign_item {
    enum pqhw_status status;
    const struct mldsa_private *priv;
    uint8_t *sig;       /* out */
    const uint8_t *mu;  /* MLDSA_MU_LEN bytes */
    const uint8_t *rnd; /* MLDSA_RND_LEN bytes */
};

struct mldsa_verify_item {
    enum pqhw_status status;
    const struct mldsa_public *pub;
    struct span sig;
    const uint8_t *mu;
};

void mldsa_keygen_batch(struct mldsa_keygen_item item[], size_t num, void *workspace);
void mldsa_public_init_batch(struct mldsa_public_item item[], size_t num, void *workspace);
void mldsa_private_init_batch(struct mldsa_private_item item[], size_t num, void *workspace);
void mldsa_mu_batch(struct mldsa_mu_item item[], size_t num, void *workspace);
void mldsa_sign_mu_batch(struct mldsa_sign_item item[], size_t num, void *workspace);
void mldsa_verify_mu_batch(struct mldsa_verify_item item[], size_t num, void *workspace);

/* ------------------------------------------------------------------ SLH-DSA */

/* One after the other, and without a workspace: see above. */

struct slhdsa_keygen_item {
    enum pqhw_status status;
    enum slhdsa_set set;
    struct slhdsa_private *priv; /* out */
    const uint8_t *seed;         /* seed_len bytes */
};

struct slhdsa_sign_item {
    enum pqhw_status status;
    const struct slhdsa_private *priv;
    uint8_t *sig; /* out */
    const struct slhdsa_domain *domain;
    struct span message;
    const uint8_t *opt_rand; /* NULL: deterministic */
    bool check;
};

struct slhdsa_verify_item {
    enum pqhw_status status;
    const struct slhdsa_public *pub;
    struct span sig;
    const struct slhdsa_domain *domain;
    struct span message;
};

void slhdsa_keygen_batch(struct slhdsa_keygen_item item[], size_t num);
void slhdsa_sign_batch(struct slhdsa_sign_item item[], size_t num);
void slhdsa_verify_batch(struct slhdsa_verify_item item[], size_t num);

#endif
