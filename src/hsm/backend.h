/* SPDX-License-Identifier: Apache-2.0
 *
 * The port to what holds and uses key material. Above it, keys are objects with attributes,
 * sessions and rights; below it, they are material and mathematics. A backend checks no rights.
 *
 * A backend and its opened keys may be used by any number of threads; a backend_op by one thread.
 */
#ifndef HSM_BACKEND_H
#define HSM_BACKEND_H

#include "base/bytes.h"
#include "base/secret.h"
#include "base/status.h"
#include "crypto/classic/classic.h"
#include "hsm/mechanism.h"

struct backend; /* an instance */

/* A key opened for use: expanded once ("resident"), read-only, freed by key_close. */
struct backend_key;

/* A signature, verification, encryption or decryption in progress. */
struct backend_op;

/*
 * Key material on its way in or out. `attrs` holds the attributes that the backend contributes and
 * everyone may see (parameter set, a public key's CKA_VALUE, CKA_PUBLIC_KEY_INFO, a secret key's
 * CKA_CHECK_VALUE), `secrets` an attribute list (hsm/attrs.h) of those that are sealed: CKA_SEED,
 * CKA_VALUE of private and secret keys. The owner calls backend_material_free.
 */
struct backend_material {
    struct buf attrs;
    struct secret secrets;
};

static inline void backend_material_free(struct backend_material *material)
{
    buf_free(&material->attrs);
    secret_free(&material->secrets);
}

/* What is derived from a key. */
struct backend_derive {
    const struct mechanism *mechanism;
    const struct backend_key *const *others; /* those that mechanism_other_key names */
    size_t num_others;
    const size_t *lens; /* of the values that are wanted; a single 0: what the mechanism gives */
    size_t num_lens;
};

/* A KEM: its mechanism, and how long the secret is to be. */
struct backend_kem {
    const struct mechanism *mechanism;
    size_t len; /* 0: what the mechanism gives */
};

struct backend_kem_lens {
    size_t ct;
    size_t ss;
};

/* What does ML-KEM, ML-DSA and SLH-DSA. */
enum backend_engine {
    BACKEND_ENGINE_OWN,
    BACKEND_ENGINE_LIBCRYPTO,
    BACKEND_ENGINE_FIPS, /* libcrypto's FIPS provider */
};

struct backend_ops {
    const char *name; /* "soft" */

    enum pqhw_status (*open)(struct backend **out, const struct classic *classic);
    void (*close)(struct backend *backend);

    /* Choose the engine, while no other call is made and no key is open; it is OWN before. The rest
     * as in classic_new_pq, after whose failures the engine is as before. */
    enum pqhw_status (*use_engine)(struct backend *backend, enum backend_engine engine,
                                   const char *fips_config);

    /* What the engine calls itself, for people. */
    const char *(*engine_text)(const struct backend *backend);

    /* Not every engine has every mechanism. */
    bool (*offers)(const struct backend *backend, const struct mechanism_info *info);

    /*
     * Generate a pair for a key-pair mechanism. `attrs` are those of the public key to be, which
     * say what kind (CKA_PARAMETER_SET, CKA_MODULUS_BITS, CKA_EC_PARAMS). pub gets what makes it a
     * public key, CKA_PUBLIC_KEY_INFO among it; priv gets CKA_PUBLIC_KEY_INFO, its public
     * attributes and the sealed ones (CKA_SEED, or CKA_VALUE where keys have no seed). With a
     * pairwise check before it returns. Both are set up here and are empty after a failure.
     * PQHW_PARAMETER_SET_NOT_SUPPORTED, PQHW_ATTRIBUTE_VALUE_INVALID, PQHW_RANDOM_FAILED,
     * PQHW_SELF_TEST_FAILED.
     */
    enum pqhw_status (*generate_pair)(struct backend *backend, CK_MECHANISM_TYPE mechanism,
                                      struct span attrs, struct backend_material *pub,
                                      struct backend_material *priv);

    /*
     * Generate a secret key, or make it of the password that the mechanism has. `attrs` are those
     * of the key to be: CKA_KEY_TYPE, and CKA_VALUE_LEN, which that type has. out gets the sealed
     * CKA_VALUE, and CKA_CHECK_VALUE unless attrs has it empty. It is set up here and is empty
     * after a failure. PQHW_RANDOM_FAILED.
     */
    enum pqhw_status (*generate_key)(struct backend *backend, const struct mechanism *mechanism,
                                     struct span attrs, struct backend_material *out);

    /*
     * Check key material given by a user, and complete it. In: attrs and secrets of a public,
     * private or secret key of key_type. Out: in *out, which is set up here and empty after a
     * failure, what is to be kept. A private key given as seed, or seed and expanded key that
     * agree, is kept as its seed; given as expanded key alone, as that.
     * PQHW_ATTRIBUTE_VALUE_INVALID if it is no valid key, PQHW_TEMPLATE_INCONSISTENT if the parts
     * disagree, PQHW_TEMPLATE_INCOMPLETE, PQHW_PARAMETER_SET_NOT_SUPPORTED.
     */
    enum pqhw_status (*import)(struct backend *backend, CK_OBJECT_CLASS object_class,
                               CK_KEY_TYPE key_type, struct span attrs, struct span secrets,
                               struct backend_material *out);

    /*
     * A secret attribute that is not kept but follows from what is (the expanded key of a seed).
     * PQHW_ATTRIBUTE_TYPE_INVALID if there is none.
     */
    enum pqhw_status (*derive_attr)(struct backend *backend, struct span attrs, struct span secrets,
                                    CK_ATTRIBUTE_TYPE type, struct secret *out);

    /*
     * What makes the public key of a private one that has these attributes: its parameter set,
     * curve and value, as import takes them; they are appended to out. PQHW_KEY_TYPE_INCONSISTENT.
     */
    enum pqhw_status (*public_of)(struct backend *backend, struct span attrs, struct buf *out);

    /* Open a key (attrs hold CKA_CLASS, CKA_KEY_TYPE, CKA_PARAMETER_SET, …) for use. */
    enum pqhw_status (*key_open)(struct backend *backend, struct span attrs, struct span secrets,
                                 struct backend_key **out);
    void (*key_close)(struct backend_key *key);

    /* The memory that an opened key occupies, in bytes, or will with use. */
    size_t (*key_size)(const struct backend_key *key);

    /*
     * KEM. kem_lens says how long ciphertext and secret will be; encapsulate makes them so: ct has
     * the room, ss is a new secret. decapsulate makes the secret of the length that is wanted, or
     * of its own. PQHW_KEY_TYPE_INCONSISTENT; PQHW_TEMPLATE_INCONSISTENT for a length that the
     * mechanism does not give with this key, PQHW_TEMPLATE_INCOMPLETE if one is needed;
     * PQHW_MECHANISM_PARAM_INVALID. decapsulate: PQHW_ENCRYPTED_DATA_LEN_RANGE for a ciphertext of
     * a wrong length, PQHW_ENCRYPTED_DATA_INVALID for whatever else is wrong with it, where the
     * mechanism does not give a secret all the same.
     */
    enum pqhw_status (*kem_lens)(const struct backend_key *key, const struct backend_kem *how,
                                 struct backend_kem_lens *out);
    enum pqhw_status (*encapsulate)(const struct backend_key *key, const struct backend_kem *how,
                                    uint8_t *ct, struct secret *ss);
    enum pqhw_status (*decapsulate)(const struct backend_key *key, const struct backend_kem *how,
                                    struct span ct, struct secret *ss);

    /*
     * Derive secret bytes from a key: out is new and has the values that are wanted, one after
     * another. PQHW_KEY_TYPE_INCONSISTENT, PQHW_KEY_SIZE_RANGE for a length that the mechanism
     * cannot give, PQHW_TEMPLATE_INCOMPLETE if it has none of its own,
     * PQHW_MECHANISM_PARAM_INVALID.
     */
    enum pqhw_status (*derive)(const struct backend_key *key, const struct backend_derive *how,
                               struct secret *out);

    /*
     * A private key as PKCS#8, to be wrapped, and back: attrs has CKA_KEY_TYPE. decode gives what
     * import takes (CKA_PARAMETER_SET, the secrets); nothing is checked there but the form. out is
     * set up here and is empty after a failure. PQHW_KEY_NOT_WRAPPABLE; PQHW_DATA_INVALID,
     * PQHW_PARAMETER_SET_NOT_SUPPORTED.
     */
    enum pqhw_status (*encode_private)(struct backend *backend, struct span attrs,
                                       struct span secrets, struct secret *out);
    enum pqhw_status (*decode_private)(struct backend *backend, CK_KEY_TYPE key_type,
                                       struct span der, struct backend_material *out);

    /*
     * An operation in pieces: flag is CKF_SIGN, CKF_VERIFY (signatures and MACs), CKF_SIGN_RECOVER,
     * CKF_VERIFY_RECOVER, CKF_ENCRYPT or CKF_DECRYPT. The key must stay open until op_free. The
     * mechanism was checked (mechanism_check) and its spans need not outlive the call.
     * PQHW_KEY_TYPE_INCONSISTENT, PQHW_KEY_SIZE_RANGE, PQHW_MECHANISM_INVALID,
     * PQHW_MECHANISM_PARAM_INVALID.
     */
    enum pqhw_status (*op_new)(const struct backend_key *key, const struct mechanism *mechanism,
                               CK_FLAGS flag, struct backend_op **out);
    void (*op_free)(struct backend_op *op);

    /*
     * Sign or verify. op_output_len is the length of the signature or MAC, which op_sign writes; if
     * it varies, the highest before there is one; 0 for a verification of signatures that have no
     * one length. After sign or verify the op can only be freed. verify: PQHW_SIGNATURE_LEN_RANGE,
     * PQHW_SIGNATURE_INVALID. sign and update: PQHW_DATA_LEN_RANGE if data given as a hash have not
     * its length, or are more than are held until the end. With check a signature is verified
     * before it is given, where that is possible: PQHW_SELF_TEST_FAILED if it is wrong.
     */
    size_t (*op_output_len)(const struct backend_op *op);
    /* Tell a verification the signature that op_verify will be given, before any data: one that
     * says how the data are hashed spares holding them. PQHW_SIGNATURE_LEN_RANGE. */
    enum pqhw_status (*op_expect)(struct backend_op *op, struct span sig);
    enum pqhw_status (*op_update)(struct backend_op *op, struct span data);
    enum pqhw_status (*op_sign)(struct backend_op *op, uint8_t *sig, bool check);
    enum pqhw_status (*op_verify)(struct backend_op *op, struct span sig);
    /* What a signature signs, for CKF_VERIFY_RECOVER: out has room for op_output_len bytes, *len is
     * how many there are. PQHW_SIGNATURE_LEN_RANGE, PQHW_SIGNATURE_INVALID. */
    enum pqhw_status (*op_recover)(struct backend_op *op, struct span sig, uint8_t *out,
                                   size_t *len);

    /*
     * Encrypt or decrypt the next piece of data; `last` says that no more will come. out may be
     * where in is. *len is the room at out, and then how much was written there. out NULL asks how
     * much that will be; the answer may be too high where padding comes off. After
     * PQHW_BUFFER_TOO_SMALL, and after a question, *len says what is needed and the operation is as
     * before. After anything else but PQHW_OK, and after the last piece, it can only be freed.
     *
     * What is decrypted with a check of its authenticity is given with the last piece.
     * PQHW_DATA_LEN_RANGE, PQHW_ENCRYPTED_DATA_LEN_RANGE; PQHW_ENCRYPTED_DATA_INVALID for whatever
     * padding or tag does not fit.
     */
    enum pqhw_status (*op_crypt)(struct backend_op *op, struct span in, bool last, uint8_t *out,
                                 size_t *len);
};

/* What every implementation's struct begins with. */
struct backend {
    const struct backend_ops *ops;
};

#endif
