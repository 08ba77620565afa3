/* SPDX-License-Identifier: Apache-2.0
 *
 * ML-DSA (FIPS 204).
 *
 * As in ML-KEM a key is expanded once into memory of the caller: A, s1, s2, t0, t1 in the NTT
 * domain and tr = H(pk). How much memory depends on the parameter set and is told by
 * mldsa_public_size and mldsa_private_size; it is aligned to MLDSA_ALIGN. An expanded key is
 * read-only afterwards and may be used by any number of threads.
 *
 * The message enters through struct mldsa_mu, in pieces of any length, so it is never held as a
 * whole.
 *
 * Constant time in all secret inputs but for the number of signing attempts, which is independent
 * of the key.
 */
#ifndef CRYPTO_MLDSA_MLDSA_H
#define CRYPTO_MLDSA_MLDSA_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"
#include "crypto/keccak/keccak.h"

enum mldsa_set {
    MLDSA_44,
    MLDSA_65,
    MLDSA_87,
};

#define MLDSA_SEED_LEN    32
#define MLDSA_RND_LEN     32
#define MLDSA_TR_LEN      64
#define MLDSA_MU_LEN      64
#define MLDSA_MAX_CONTEXT 255
#define MLDSA_MAX_PK_LEN  2592
#define MLDSA_MAX_SK_LEN  4896
#define MLDSA_MAX_SIG_LEN 4627
#define MLDSA_ALIGN       64

struct mldsa_sizes {
    const char *name; /* "ML-DSA-65" */
    size_t pk_len;
    size_t sk_len;
    size_t sig_len;
};

const struct mldsa_sizes *mldsa_sizes(enum mldsa_set set);

struct mldsa_public;  /* an expanded public key */
struct mldsa_private; /* an expanded private key. Secret: the owner wipes its memory */

size_t mldsa_public_size(enum mldsa_set set);
size_t mldsa_private_size(enum mldsa_set set);

/* pub is memory of mldsa_public_size bytes. PQHW_DATA_LEN_RANGE if pk has not pk_len bytes; any
 * other pk is valid. */
NODISCARD enum pqhw_status mldsa_public_init(struct mldsa_public *pub, enum mldsa_set set,
                                             struct span pk);

/*
 * priv is memory of mldsa_private_size bytes. PQHW_DATA_LEN_RANGE for the length; PQHW_DATA_INVALID
 * if s1 or s2 are out of range or t0 or tr do not belong to them. priv is wiped then.
 */
NODISCARD enum pqhw_status mldsa_private_init(struct mldsa_private *priv, enum mldsa_set set,
                                              struct span sk);

/* Algorithm 6, ML-DSA.KeyGen_internal. */
void mldsa_keygen(struct mldsa_private *priv, enum mldsa_set set,
                  const uint8_t seed[MLDSA_SEED_LEN]);

/* The encoded keys, sk_len and pk_len bytes. */
void mldsa_private_encode(const struct mldsa_private *priv, uint8_t *sk);
void mldsa_private_public_encode(const struct mldsa_private *priv, uint8_t *pk);

/* tr = H(pk), which mu starts with. */
const uint8_t *mldsa_public_tr(const struct mldsa_public *pub);
const uint8_t *mldsa_private_tr(const struct mldsa_private *priv);

/* The message representative mu being computed (Algorithm 7, step 6). */
struct mldsa_mu {
    struct keccak hash;
};

/*
 * Start mu for ML-DSA (prehash_oid empty; Algorithm 2) or HashML-DSA (the DER of the hash's OID;
 * Algorithm 4), then absorb the message or its hash. PQHW_DATA_LEN_RANGE if context is longer than
 * MLDSA_MAX_CONTEXT.
 */
NODISCARD enum pqhw_status mldsa_mu_init(struct mldsa_mu *mu, const uint8_t tr[MLDSA_TR_LEN],
                                         struct span context, struct span prehash_oid);
/* Start mu for the internal interface, where M' is absorbed as it is (test vectors). */
void mldsa_mu_init_internal(struct mldsa_mu *mu, const uint8_t tr[MLDSA_TR_LEN]);
void mldsa_mu_absorb(struct mldsa_mu *mu, const void *data, size_t len);
void mldsa_mu_final(struct mldsa_mu *mu, uint8_t out[MLDSA_MU_LEN]);

/*
 * Algorithm 7, ML-DSA.Sign_internal, from mu: sig_len bytes. rnd is random (hedged) or all zero
 * (deterministic). PQHW_INTERNAL only if 814 attempts were rejected (probability below 2^-256; FIPS
 * 204, Appendix C); sig is zero then.
 */
NODISCARD enum pqhw_status mldsa_sign_mu(const struct mldsa_private *priv, uint8_t *sig,
                                         const uint8_t mu[MLDSA_MU_LEN],
                                         const uint8_t rnd[MLDSA_RND_LEN]);

/* Algorithm 8, ML-DSA.Verify_internal. PQHW_SIGNATURE_LEN_RANGE, PQHW_SIGNATURE_INVALID or PQHW_OK.
 */
NODISCARD enum pqhw_status mldsa_verify_mu(const struct mldsa_public *pub, struct span sig,
                                           const uint8_t mu[MLDSA_MU_LEN]);

#endif
