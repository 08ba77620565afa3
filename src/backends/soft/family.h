/* SPDX-License-Identifier: Apache-2.0
 *
 * Families of keys in the soft backend: what differs from one algorithm to the next.
 *
 * Expanded private keys are in secret memory, expanded public keys on the heap.
 */
#ifndef BACKENDS_SOFT_FAMILY_H
#define BACKENDS_SOFT_FAMILY_H

#include "crypto/keyformat/keyformat.h"
#include "hsm/attrs.h"
#include "hsm/backend.h"

#define SOFT_MAX_PK_LEN 2592 /* ML-DSA-87 */

/* A parameter set. */
struct soft_set {
    int number; /* the engine's own: enum mlkem_set, mldsa_set or slhdsa_set */
    size_t seed_len;
    size_t pk_len;
    size_t sk_len;
    size_t output_len;  /* signature or ciphertext */
    size_t public_size; /* of the expanded keys */
    size_t private_size;
};

struct soft_family {
    CK_KEY_TYPE key_type;
    CK_MECHANISM_TYPE keygen;
    CK_ATTRIBUTE_TYPE kept; /* what a generated private key is kept as: CKA_SEED or CKA_VALUE */
    enum keyformat_family format;

    /* False if there is no such parameter set. */
    bool (*find_set)(CK_ULONG parameter_set, struct soft_set *out);

    /* Fill key->pub or key->priv, which has the room. PQHW_DATA_LEN_RANGE, PQHW_DATA_INVALID. */
    enum pqhw_status (*expand_public)(struct backend_key *key, struct span pk);
    enum pqhw_status (*expand_private)(struct backend_key *key, struct span sk);
    void (*expand_seed)(struct backend_key *key, const uint8_t *seed);

    /* The reverse, from a private key. */
    void (*encode_public)(const struct backend_key *key, uint8_t *pk);
    void (*encode_private)(const struct backend_key *key, uint8_t *sk);

    /* Use both halves together once: PQHW_SELF_TEST_FAILED if they are no pair. */
    enum pqhw_status (*check_pair)(const struct backend_key *priv, const struct backend_key *pub);

    /* As in struct backend_ops; NULL in families that have none. op_new gives all op_ functions. */
    enum pqhw_status (*encapsulate)(const struct backend_key *key, uint8_t *ct, struct secret *ss);
    enum pqhw_status (*decapsulate)(const struct backend_key *key, struct span ct,
                                    struct secret *ss);
    enum pqhw_status (*op_new)(const struct backend_key *key, const struct mechanism *mechanism,
                               CK_FLAGS flag, struct backend_op **out);
    enum pqhw_status (*op_expect)(struct backend_op *op, struct span sig); /* or NULL */
    enum pqhw_status (*op_update)(struct backend_op *op, struct span data);
    enum pqhw_status (*op_sign)(struct backend_op *op, uint8_t *sig);
    enum pqhw_status (*op_verify)(struct backend_op *op, struct span sig);
    void (*op_free)(struct backend_op *op);
};

extern const struct soft_family soft_mlkem;
extern const struct soft_family soft_mldsa;
extern const struct soft_family soft_slhdsa;

/* NULL if there is no such family. */
const struct soft_family *soft_family_of_key(CK_KEY_TYPE key_type);
const struct soft_family *soft_family_of_keygen(CK_MECHANISM_TYPE mechanism);

/* Either a public or a private key. */
struct backend_key {
    const struct soft_family *family;
    const struct classic *classic;
    CK_ULONG parameter_set;
    struct soft_set set;
    void *pub;
    struct secret priv;
};

/* What every family's operation begins with. */
struct backend_op {
    const struct backend_key *key;
};

/*
 * Set up a key in memory of the caller. PQHW_PARAMETER_SET_NOT_SUPPORTED; then expand it once.
 * After any failure the key holds nothing but is still to be wiped, as is a zeroed one.
 */
NODISCARD enum pqhw_status soft_key_init(struct backend_key *key, const struct soft_family *family,
                                         const struct classic *classic, CK_ULONG parameter_set);
NODISCARD enum pqhw_status soft_key_set_public(struct backend_key *key, struct span pk);
NODISCARD enum pqhw_status soft_key_set_private(struct backend_key *key, struct span sk);
NODISCARD enum pqhw_status soft_key_set_seed(struct backend_key *key, struct span seed);
void soft_key_wipe(struct backend_key *key);

/* generate_pair, import and derive_attr of struct backend_ops. */
struct soft_backend {
    struct backend base;
    const struct classic *classic;
};
enum pqhw_status soft_generate_pair(struct backend *backend, CK_MECHANISM_TYPE mechanism,
                                    CK_ULONG parameter_set, struct backend_material *pub,
                                    struct backend_material *priv);
enum pqhw_status soft_import(struct backend *backend, CK_OBJECT_CLASS object_class,
                             CK_KEY_TYPE key_type, struct span attrs, struct span secrets,
                             struct backend_material *out);
enum pqhw_status soft_derive_attr(struct backend *backend, struct span attrs, struct span secrets,
                                  CK_ATTRIBUTE_TYPE type, struct secret *out);

#endif
