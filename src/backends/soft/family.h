/* SPDX-License-Identifier: Apache-2.0
 *
 * Families of keys in the soft backend. A family makes, takes in and opens the keys of some types;
 * what an opened key can do is in the operations that it begins.
 *
 * A new family is a file with a struct soft_family, and rows in soft.c that say for which key
 * types.
 */
#ifndef BACKENDS_SOFT_FAMILY_H
#define BACKENDS_SOFT_FAMILY_H

#include "hsm/attrs.h"
#include "hsm/backend.h"

/* As in struct backend_ops; NULL where a family has no such thing. */
struct soft_family {
    enum pqhw_status (*generate_pair)(const struct classic *classic, CK_KEY_TYPE key_type,
                                      struct span attrs, struct backend_material *pub,
                                      struct backend_material *priv);
    enum pqhw_status (*generate_key)(const struct classic *classic,
                                     const struct mechanism *mechanism, struct span attrs,
                                     struct backend_material *out);
    enum pqhw_status (*import)(const struct classic *classic, CK_OBJECT_CLASS object_class,
                               CK_KEY_TYPE key_type, struct span attrs, struct span secrets,
                               struct backend_material *out);
    enum pqhw_status (*derive_attr)(const struct classic *classic, struct span attrs,
                                    struct span secrets, CK_ATTRIBUTE_TYPE type,
                                    struct secret *out);

    /* info is the private key's CKA_PUBLIC_KEY_INFO. */
    enum pqhw_status (*public_of)(struct span attrs, struct span info, struct buf *out);

    /* What is stored was checked when it came in: if it is no key now, PQHW_DATA_INVALID or
     * PQHW_DATA_LEN_RANGE, which become PQHW_RECORD_DAMAGED. */
    enum pqhw_status (*open)(const struct classic *classic, CK_OBJECT_CLASS object_class,
                             CK_KEY_TYPE key_type, struct span attrs, struct span secrets,
                             struct backend_key **out);
    void (*close)(struct backend_key *key);
    size_t (*size)(const struct backend_key *key);

    enum pqhw_status (*kem_lens)(const struct backend_key *key, const struct backend_kem *how,
                                 struct backend_kem_lens *out);
    enum pqhw_status (*encapsulate)(const struct backend_key *key, const struct backend_kem *how,
                                    uint8_t *ct, struct secret *ss);
    enum pqhw_status (*decapsulate)(const struct backend_key *key, const struct backend_kem *how,
                                    struct span ct, struct secret *ss);
    /* The others are of the same family. */
    enum pqhw_status (*derive)(const struct backend_key *key, const struct backend_derive *how,
                               struct secret *out);
    enum pqhw_status (*encode_private)(struct span attrs, struct span secrets, struct secret *out);
    enum pqhw_status (*decode_private)(CK_KEY_TYPE key_type, struct span der,
                                       struct backend_material *out);
    enum pqhw_status (*op_new)(const struct backend_key *key, const struct mechanism *mechanism,
                               CK_FLAGS flag, struct backend_op **out);
};

extern const struct soft_family soft_pq;    /* ML-KEM, HQC, ML-DSA, SLH-DSA, Falcon */
extern const struct soft_family soft_curve; /* EC, Edwards, Montgomery */
extern const struct soft_family soft_rsa;
extern const struct soft_family soft_hbs;    /* HSS, XMSS, XMSS^MT: verification */
extern const struct soft_family soft_secret; /* AES, ChaCha20, HMAC, generic secrets */

/* What every opened key begins with. */
struct backend_key {
    const struct soft_family *family;
    const struct classic *classic;
};

/* One kind of operation, as in struct backend_ops. Signatures and MACs have output_len, update,
 * sign and verify, and may have expect; ciphers have crypt; all have free. What is only verified
 * has no sign, and output_len 0 if its signatures have no one length: expect checks it then. */
struct soft_op_kind {
    size_t (*output_len)(const struct backend_op *op);
    enum pqhw_status (*expect)(struct backend_op *op, struct span sig);
    enum pqhw_status (*update)(struct backend_op *op, struct span data);
    enum pqhw_status (*sign)(struct backend_op *op, uint8_t *sig, bool check);
    enum pqhw_status (*verify)(struct backend_op *op, struct span sig);
    enum pqhw_status (*recover)(struct backend_op *op, struct span sig, uint8_t *out, size_t *len);
    enum pqhw_status (*crypt)(struct backend_op *op, struct span in, bool last, uint8_t *out,
                              size_t *len);
    void (*free)(struct backend_op *op);
    /* Signatures may be shorter than output_len says before one is made; after that it says how
     * long it is. */
    bool len_varies;
};

/* What every operation begins with. */
struct backend_op {
    const struct soft_op_kind *kind;
    const struct backend_key *key;
};

#endif
