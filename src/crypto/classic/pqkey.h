/* SPDX-License-Identifier: Apache-2.0
 *
 * ML-KEM, ML-DSA and SLH-DSA as libcrypto has them, from OpenSSL 3.5 on. Which provider does them
 * is said when the struct classic is made (classic_new_pq), and with one that was made otherwise
 * there are no such keys.
 *
 * An opened key is libcrypto's, which is on libcrypto's heap: not locked, wiped when freed. It may
 * be used by any number of threads.
 *
 * alg is one of keyformat's of these three families, and says how long everything is. Besides what
 * a function says, it may give PQHW_NO_MEMORY and PQHW_INTERNAL.
 */
#ifndef CRYPTO_CLASSIC_PQKEY_H
#define CRYPTO_CLASSIC_PQKEY_H

#include "crypto/classic/classic.h"
#include "crypto/keyformat/keyformat.h"

#define PQKEY_MAX_PUBLIC  2592 /* ML-DSA-87 */
#define PQKEY_MAX_CONTEXT 255
#define PQKEY_SECRET_LEN  32 /* what ML-KEM agrees on */

struct pqkey;

/* A new private key, of the provider's own randomness. */
NODISCARD enum pqhw_status pqkey_generate(struct pqkey **out, const struct classic *classic,
                                          const struct keyformat_alg *alg);

/* The private key of a seed (ML-KEM, ML-DSA), an expanded private key (SLH-DSA: the private key), a
 * public key. PQHW_DATA_LEN_RANGE for a wrong length, PQHW_DATA_INVALID if it is no key. Whether
 * the halves in an expanded key are a pair shows when it is used. */
NODISCARD enum pqhw_status pqkey_seed_new(struct pqkey **out, const struct classic *classic,
                                          const struct keyformat_alg *alg, struct span seed);
NODISCARD enum pqhw_status pqkey_private_new(struct pqkey **out, const struct classic *classic,
                                             const struct keyformat_alg *alg, struct span sk);
NODISCARD enum pqhw_status pqkey_public_new(struct pqkey **out, const struct classic *classic,
                                            const struct keyformat_alg *alg, struct span pk);
void pqkey_free(struct pqkey *key); /* NULL is allowed */

/* About the memory that an opened key takes up, in bytes. */
size_t pqkey_size(const struct pqkey *key);

/* The public key; valid as long as the key. */
struct span pqkey_public(const struct pqkey *key);

/* Of a private key: its seed, if it was generated or made of one, and its expanded form. They have
 * the lengths that alg says and are zero after a failure. */
NODISCARD enum pqhw_status pqkey_seed(const struct pqkey *key, uint8_t *seed);
NODISCARD enum pqhw_status pqkey_expanded(const struct pqkey *key, uint8_t *sk);

/* What is signed. */
struct pqkey_message {
    bool
        encoded; /* data is M' of FIPS 204, 5.4 and FIPS 205, 10.2 already, which has the context */
    struct span context; /* at most PQKEY_MAX_CONTEXT bytes */
    struct span data;
};

/* Sign with a private key; sig has sig_len bytes, which is what the parameter set has, and is zero
 * after a failure. */
NODISCARD enum pqhw_status pqkey_sign(const struct pqkey *key, uint8_t *sig, size_t sig_len,
                                      const struct pqkey_message *message, bool deterministic);

/* With either half. PQHW_SIGNATURE_INVALID, for a wrong length as well. */
NODISCARD enum pqhw_status pqkey_verify(const struct pqkey *key,
                                        const struct pqkey_message *message, struct span sig);

/* ct has ct_len bytes, which is what the parameter set has, ss PQKEY_SECRET_LEN; ss is zero after a
 * failure. */
NODISCARD enum pqhw_status pqkey_encapsulate(const struct pqkey *key, uint8_t *ct, size_t ct_len,
                                             uint8_t *ss);
NODISCARD enum pqhw_status pqkey_decapsulate(const struct pqkey *key, uint8_t *ss, struct span ct);

#endif
