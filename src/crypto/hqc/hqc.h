/* SPDX-License-Identifier: Apache-2.0
 *
 * HQC (specification of 2025-08-22, with the byte streams of liboqs 0.16.0; docs/algorithms.md).
 *
 * FIPS 207 is not out: what carries this name may differ from it in keys and ciphertexts.
 *
 * A key is expanded once into memory of the caller: h, s and H(ek), and of a private key the secret
 * vector y, so that no later operation samples them. How much memory depends on the parameter set
 * and is told by hqc_public_size and hqc_private_size; it is aligned to HQC_ALIGN. An expanded key
 * is read-only afterwards and may be used by any number of threads.
 *
 * Constant time in all secret inputs, but for which candidates the sampler of y and x rejects
 * (docs/constant-time.md).
 */
#ifndef CRYPTO_HQC_HQC_H
#define CRYPTO_HQC_HQC_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"

enum hqc_set {
    HQC_1,
    HQC_3,
    HQC_5,
};

#define HQC_NUM_SETS 3

#define HQC_SEED_LEN      32 /* seed_KEM */
#define HQC_SECRET_LEN    32
#define HQC_SALT_LEN      16
#define HQC_MAX_M_LEN     32
#define HQC_MAX_COINS_LEN (HQC_MAX_M_LEN + HQC_SALT_LEN)
#define HQC_MAX_EK_LEN    7237
#define HQC_MAX_DK_LEN    7333
#define HQC_MAX_CT_LEN    14421
#define HQC_ALIGN         64

struct hqc_sizes {
    const char *name; /* "HQC-1" */
    size_t ek_len;
    size_t dk_len;
    size_t ct_len;
    size_t coins_len; /* what an encapsulation takes at random: m, then the salt */
};

const struct hqc_sizes *hqc_sizes(enum hqc_set set);

struct hqc_public;  /* an expanded encapsulation key */
struct hqc_private; /* an expanded decapsulation key. Secret: the owner wipes its memory */

size_t hqc_public_size(enum hqc_set set);
size_t hqc_private_size(enum hqc_set set);

/* pub is memory of hqc_public_size bytes. PQHW_DATA_LEN_RANGE if ek has not ek_len bytes,
 * PQHW_DATA_INVALID if s has a bit set above its n bits. pub is wiped then. */
NODISCARD enum pqhw_status hqc_public_init(struct hqc_public *pub, enum hqc_set set,
                                           struct span ek);

/*
 * priv is memory of hqc_private_size bytes. PQHW_DATA_LEN_RANGE for the length, PQHW_DATA_INVALID
 * if the rest of dk is not what its seed_KEM makes. priv is wiped then.
 */
NODISCARD enum pqhw_status hqc_private_init(struct hqc_private *priv, enum hqc_set set,
                                            struct span dk);

/* The key pair of a seed_KEM. */
void hqc_keygen(struct hqc_private *priv, enum hqc_set set, const uint8_t seed[HQC_SEED_LEN]);

/* The public half, which lives as long as priv. */
const struct hqc_public *hqc_private_public(const struct hqc_private *priv);

/* The encoded keys: ek = seed_ek || s, and dk = ek || seed_dk || sigma || seed_KEM. */
void hqc_public_encode(const struct hqc_public *pub, uint8_t *ek);
void hqc_private_encode(const struct hqc_private *priv, uint8_t *dk);

/* The set of an expanded key. */
enum hqc_set hqc_public_set(const struct hqc_public *pub);
enum hqc_set hqc_private_set(const struct hqc_private *priv);

/* ct_len bytes and the shared secret, from coins_len random bytes. */
void hqc_encaps(const struct hqc_public *pub, uint8_t *ct, uint8_t ss[HQC_SECRET_LEN],
                const uint8_t *coins);

/*
 * ct has ct_len bytes. A ciphertext that was not made for this key, or cannot be decoded, gives
 * J(H(ek) || sigma || ct) (implicit rejection), in the same time.
 */
void hqc_decaps(const struct hqc_private *priv, uint8_t ss[HQC_SECRET_LEN], const uint8_t *ct);

#endif
