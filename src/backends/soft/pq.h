/* SPDX-License-Identifier: Apache-2.0
 *
 * What the post-quantum families have in common: a parameter set, a public key of bytes, a private
 * key that is a seed or its expansion. What differs from one algorithm to the next is in struct
 * pq_family.
 *
 * Expanded private keys are in secret memory, expanded public keys on the heap. Where libcrypto
 * does the algorithm (pq_libcrypto.c), both are libcrypto's.
 */
#ifndef BACKENDS_SOFT_PQ_H
#define BACKENDS_SOFT_PQ_H

#include "backends/soft/family.h"
#include "crypto/keyformat/keyformat.h"

#define PQ_MAX_PK_LEN 7237 /* HQC-5 */
#define PQ_SECRET_LEN 32   /* what every KEM here gives (FIPS 203: 256 bits) */

/* A parameter set. */
struct pq_set {
    int number; /* the engine's own: enum mlkem_set, hqc_set, mldsa_set, slhdsa_set, falcon_set */
    size_t seed_len;
    size_t pk_len;
    size_t sk_len;
    size_t output_len;  /* signature or ciphertext */
    size_t public_size; /* of the expanded keys; 0 where libcrypto has them */
    size_t private_size;
};

struct pq_key;

struct pq_family {
    CK_KEY_TYPE key_type;
    CK_ATTRIBUTE_TYPE kept; /* what a generated private key is kept as: CKA_SEED or CKA_VALUE */
    enum keyformat_family format;

    /* False if there is no such parameter set. */
    bool (*find_set)(CK_ULONG parameter_set, struct pq_set *out);

    /* Fill key->pub or key->priv, which has the room. PQHW_DATA_LEN_RANGE, PQHW_DATA_INVALID. */
    enum pqhw_status (*expand_public)(struct pq_key *key, struct span pk);
    enum pqhw_status (*expand_private)(struct pq_key *key, struct span sk);
    enum pqhw_status (*expand_seed)(struct pq_key *key, const uint8_t *seed);

    /* A new private key, in place of expanding a new seed, and its seed, if it has one. NULL where
     * that is not wanted. */
    enum pqhw_status (*generate)(struct pq_key *key, struct secret *sk_seed);

    /* The reverse, from a private key. */
    void (*encode_public)(const struct pq_key *key, uint8_t *pk);
    enum pqhw_status (*encode_private)(const struct pq_key *key, uint8_t *sk);

    /* Use both halves together once: PQHW_SELF_TEST_FAILED if they are no pair. */
    enum pqhw_status (*check_pair)(const struct pq_key *priv, const struct pq_key *pub);

    /* KEMs: ct has set.output_len bytes, ss PQ_SECRET_LEN. NULL in others. */
    enum pqhw_status (*encaps)(const struct pq_key *key, uint8_t *ct, uint8_t *ss);
    enum pqhw_status (*decaps)(const struct pq_key *key, uint8_t *ss, struct span ct);

    /* As in struct backend_ops; NULL in KEMs. */
    enum pqhw_status (*op_new)(const struct pq_key *key, const struct mechanism *mechanism,
                               CK_FLAGS flag, struct backend_op **out);
};

extern const struct pq_family pq_mlkem;
extern const struct pq_family pq_hqc;
extern const struct pq_family pq_mldsa;
extern const struct pq_family pq_slhdsa;
extern const struct pq_family pq_falcon;

/* Forms and sizes of keys. NULL if there is no such family. */
const struct pq_family *pq_family_of(CK_KEY_TYPE key_type);

/* ML-KEM, ML-DSA and SLH-DSA by libcrypto, in place of those of the same name. */
extern const struct pq_family pq_libcrypto_mlkem;
extern const struct pq_family pq_libcrypto_mldsa;
extern const struct pq_family pq_libcrypto_slhdsa;

/* Has what does these families with this struct classic the mechanism? */
bool pq_offers(const struct classic *classic, const struct mechanism_info *info);

/* Either a public or a private key. */
struct pq_key {
    struct backend_key base;
    const struct pq_family *family;
    CK_ULONG parameter_set;
    struct pq_set set;
    bool is_private;
    void *pub;
    struct secret priv;
    struct pqkey *libcrypto; /* in place of the two */
};

static inline const struct pq_key *pq_key_of(const struct backend_key *key)
{
    return (const struct pq_key *)key;
}

/* check_pair of every KEM. */
enum pqhw_status pq_kem_check_pair(const struct pq_key *priv, const struct pq_key *pub);

/* op_output_len of every signature. */
size_t pq_output_len(const struct backend_op *op);

/*
 * Set up a key in memory of the caller. PQHW_PARAMETER_SET_NOT_SUPPORTED; then expand it once.
 * After any failure the key holds nothing but is still to be wiped, as is a zeroed one.
 */
NODISCARD enum pqhw_status pq_key_init(struct pq_key *key, CK_KEY_TYPE key_type,
                                       const struct classic *classic, CK_ULONG parameter_set);
NODISCARD enum pqhw_status pq_key_set_public(struct pq_key *key, struct span pk);
NODISCARD enum pqhw_status pq_key_set_private(struct pq_key *key, struct span sk);
NODISCARD enum pqhw_status pq_key_set_seed(struct pq_key *key, struct span seed);
/* A new private key; *sk_seed is empty if it is not kept as a seed. PQHW_RANDOM_FAILED. */
NODISCARD enum pqhw_status pq_key_generate(struct pq_key *key, struct secret *sk_seed);
void pq_key_wipe(struct pq_key *key);

/* Functions of soft_pq (pq_material.c, pq_kem.c). */
enum pqhw_status pq_kem_lens(const struct backend_key *base, const struct backend_kem *how,
                             struct backend_kem_lens *out);
enum pqhw_status pq_encapsulate(const struct backend_key *base, const struct backend_kem *how,
                                uint8_t *ct, struct secret *ss);
enum pqhw_status pq_decapsulate(const struct backend_key *base, const struct backend_kem *how,
                                struct span ct, struct secret *ss);
enum pqhw_status pq_public_of(struct span attrs, struct span info, struct buf *out);
enum pqhw_status pq_encode_private(struct span attrs, struct span secrets, struct secret *out);
enum pqhw_status pq_decode_private(CK_KEY_TYPE key_type, struct span der,
                                   struct backend_material *out);
enum pqhw_status pq_generate_pair(const struct classic *classic, CK_KEY_TYPE key_type,
                                  struct span attrs, struct backend_material *pub,
                                  struct backend_material *priv);
enum pqhw_status pq_import(const struct classic *classic, CK_OBJECT_CLASS object_class,
                           CK_KEY_TYPE key_type, struct span attrs, struct span secrets,
                           struct backend_material *out);
enum pqhw_status pq_derive_attr(const struct classic *classic, struct span attrs,
                                struct span secrets, CK_ATTRIBUTE_TYPE type, struct secret *out);

#endif
