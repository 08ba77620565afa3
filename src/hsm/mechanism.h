/* SPDX-License-Identifier: Apache-2.0
 *
 * The mechanisms pqhw has, as a table: what each may be used for, with which keys, and how its
 * parameter is read.
 */
#ifndef HSM_MECHANISM_H
#define HSM_MECHANISM_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/status.h"
#include "crypto/classic/digest.h"
#include "pqhw/cryptoki.h"

#define MECHANISM_NO_KEY CK_UNAVAILABLE_INFORMATION

/* Secret keys of every type. */
#define MECHANISM_ANY_KEY (CK_UNAVAILABLE_INFORMATION - 1)

/* Private keys of every type, and their public halves. */
#define MECHANISM_ANY_PAIR (CK_UNAVAILABLE_INFORMATION - 2)

/* No secret key is made longer than this. */
#define SECRET_MAX_LEN 4096

/* How a mechanism's parameter is given. */
enum mechanism_param {
    PARAM_NONE,
    PARAM_SIGN_CONTEXT,      /* optional CK_SIGN_ADDITIONAL_CONTEXT */
    PARAM_HASH_SIGN_CONTEXT, /* mandatory CK_HASH_SIGN_ADDITIONAL_CONTEXT */
    PARAM_MAC_LEN,           /* CK_MAC_GENERAL_PARAMS */
    PARAM_BLOCK,             /* 16 bytes: an initialization vector, or XTS's data unit number */
    PARAM_KW_IV,             /* optional: 8 bytes */
    PARAM_KWP_IV,            /* optional: 4 bytes */
    PARAM_CTR,               /* CK_AES_CTR_PARAMS */
    PARAM_GCM,               /* CK_GCM_PARAMS */
    PARAM_CCM,               /* CK_CCM_PARAMS */
    PARAM_CHACHA20,          /* CK_CHACHA20_PARAMS */
    PARAM_CHACHA20_POLY1305, /* CK_SALSA20_CHACHA20_POLY1305_PARAMS */
    PARAM_HKDF,              /* CK_HKDF_PARAMS */
    PARAM_STRING,            /* CK_KEY_DERIVATION_STRING_DATA */
    PARAM_KEY,               /* CK_OBJECT_HANDLE of a second key */
    PARAM_BIT,               /* CK_EXTRACT_PARAMS */
    PARAM_BLOCKS,            /* CK_KEY_DERIVATION_STRING_DATA: whole blocks of AES */
    PARAM_IV_BLOCKS,         /* CK_AES_CBC_ENCRYPT_DATA_PARAMS */
    PARAM_EDDSA,             /* optional CK_EDDSA_PARAMS */
    PARAM_ECDH,              /* CK_ECDH1_DERIVE_PARAMS */
    PARAM_PSS,               /* CK_RSA_PKCS_PSS_PARAMS */
    PARAM_OAEP,              /* CK_RSA_PKCS_OAEP_PARAMS */
    PARAM_108,               /* CK_SP800_108_KDF_PARAMS */
    PARAM_108_FEEDBACK,      /* CK_SP800_108_FEEDBACK_KDF_PARAMS */
    PARAM_RSA_AES,           /* CK_RSA_AES_KEY_WRAP_PARAMS */
    PARAM_ECDH_AES,          /* CK_ECDH_AES_KEY_WRAP_PARAMS */
    PARAM_PBKD2,             /* CK_PKCS5_PBKD2_PARAMS2 */
    PARAM_TLS_MASTER,        /* CK_TLS12_MASTER_KEY_DERIVE_PARAMS */
    PARAM_TLS_EXTENDED,      /* CK_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS */
    PARAM_TLS_KEYS,          /* CK_TLS12_KEY_MAT_PARAMS */
    PARAM_TLS_KDF,           /* CK_TLS_KDF_PARAMS */
    PARAM_TLS_MAC,           /* CK_TLS_MAC_PARAMS */
};

/* Which operations take their data in several parts (update and final), not only in one call. */
enum mechanism_parts {
    PARTS_NONE,
    PARTS_NOT_VERIFY, /* all but C_Verify's, which learn of the signature too late */
    PARTS_ALL,
};

struct mechanism_info {
    CK_MECHANISM_TYPE type;
    const char *name;           /* "CKM_ML_DSA" */
    CK_KEY_TYPE key_type;       /* that it makes or works with; MECHANISM_NO_KEY for digests */
    CK_KEY_TYPE other_key_type; /* that it works with too; MECHANISM_NO_KEY if none */
    CK_FLAGS flags; /* CKF_SIGN, CKF_VERIFY, CKF_ENCAPSULATE, …: what it may be used for */
    CK_ULONG min_key_size;
    CK_ULONG max_key_size;
    enum mechanism_param param;
    enum mechanism_parts parts;
    CK_MECHANISM_TYPE
    digest; /* hash it is combined with, or that it is; CK_UNAVAILABLE_INFORMATION if none */
};

/* The mechanisms by number from 0, chapter by chapter; NULL past the last. */
const struct mechanism_info *mechanism_at(size_t i);

/* NULL if pqhw has no such mechanism. */
const struct mechanism_info *mechanism_find(CK_MECHANISM_TYPE type);

/* Can it be used with keys of this type? */
bool mechanism_takes(const struct mechanism_info *info, CK_KEY_TYPE key_type);

/* The hash algorithm that a digest mechanism, mechanism_info.digest or mechanism.hash stands for.
 * False if it is none. */
bool mechanism_digest(CK_MECHANISM_TYPE type, enum digest_alg *out);

/* ---- parameters of derivations that are lists ---- */

/* How much a list of the caller's may hold. */
#define DERIVE_MAX_PIECES 32
#define DERIVE_MAX_KEYS   8 /* with the one that C_DeriveKey has a template for */

/* A piece of what SP 800-108 hashes in each round (CK_PRF_DATA_PARAM). */
struct derive_piece {
    CK_PRF_DATA_TYPE type;
    bool formatted; /* a number's format is given: the three below */
    bool little_endian;
    CK_ULONG width_bits;
    CK_SP800_108_DKM_LENGTH_METHOD method; /* of a length */
    struct span data;                      /* CK_SP800_108_BYTE_ARRAY */
    CK_OBJECT_HANDLE key;                  /* CK_SP800_108_KEY_HANDLE */
};

/* A key that is derived beside the first (CK_DERIVED_KEY). */
struct derive_more {
    struct span template;
    CK_OBJECT_HANDLE *out; /* becomes CK_INVALID_HANDLE if the template is not right */
};

struct derive_lists {
    struct derive_piece pieces[DERIVE_MAX_PIECES];
    size_t num_pieces;
    struct derive_more more[DERIVE_MAX_KEYS - 1];
    size_t num_more;
};

/* ---- TLS 1.2 ---- */

#define TLS_MASTER_LEN 48
#define TLS_MAX_IV_LEN 16
#define TLS_NUM_KEYS   4 /* MAC keys of client and server, then their keys */

/* What the derivations of TLS 1.2 take and give beside keys. */
struct derive_tls {
    struct span client, server;      /* random data */
    struct span label;               /* PARAM_TLS_KDF */
    struct span context;             /* PARAM_TLS_KDF; PARAM_TLS_EXTENDED: the session hash */
    bool has_context;                /* an empty one is not none */
    size_t mac_len, key_len, iv_len; /* PARAM_TLS_KEYS */
    /* given when the derivation succeeds */
    bool wants_version; /* the one that a premaster secret of RSA begins with */
    uint8_t version[2];
    CK_OBJECT_HANDLE keys[TLS_NUM_KEYS];
    uint8_t iv[2][TLS_MAX_IV_LEN]; /* the client's, the server's */
};

/* A mechanism with its parameter, already read from the caller's structures by a surface. Spans are
 * borrowed. */
struct mechanism {
    CK_MECHANISM_TYPE type;
    bool has_param;
    /* signatures */
    CK_HEDGE_TYPE hedge;
    struct span context;
    CK_MECHANISM_TYPE
    hash; /* of PARAM_HASH_SIGN_CONTEXT, _PSS, _OAEP, _RSA_AES, _TLS_…; PARAM_108: the MAC */
    CK_MECHANISM_TYPE mgf_hash; /* PARAM_PSS, PARAM_OAEP, PARAM_RSA_AES */
    size_t salt_len;            /* PARAM_PSS */
    bool prehash;               /* PARAM_EDDSA */
    /* encryption and MACs */
    struct span iv;        /* initialization vector, nonce or first counter block;
                            * PARAM_108_FEEDBACK: what the first round is chained to */
    struct span counter;   /* PARAM_CHACHA20: the first block's number, little-endian */
    CK_ULONG counter_bits; /* PARAM_CTR */
    struct span aad;       /* associated data */
    size_t mac_len;        /* of an AEAD's tag, PARAM_MAC_LEN, or PARAM_TLS_MAC */
    bool server;           /* PARAM_TLS_MAC: the server's "finished", not the client's */
    size_t data_len;       /* PARAM_CCM: of the plaintext */
    size_t wrap_key_len;   /* PARAM_RSA_AES, PARAM_ECDH_AES: of the temporary key */
    /* derivation */
    CK_ULONG iterations;  /* PARAM_PBKD2 */
    CK_ULONG first_bit;   /* PARAM_BIT */
    bool extract, expand; /* HKDF's steps, with `hash` */
    struct span salt;     /* HKDF: empty if there is none, or it is second_key's value;
                           * PARAM_ECDH, _AES: what is hashed with the secret, with `hash` if any */
    struct span data; /* HKDF's info, what is joined to the key, a public key, a password, or OAEP's
                         label */
    CK_OBJECT_HANDLE second_key;      /* CK_INVALID_HANDLE if there is none */
    const struct derive_lists *lists; /* NULL if it has none */
    struct derive_tls *tls;           /* NULL if it is none of TLS */
};

/* Its spans, for who copies what they point to; all but `data`, which may be secret (a password).
 */
#define MECHANISM_PUBLIC_SPANS(X) X(context) X(iv) X(counter) X(aad) X(salt)

/* The keys that a derivation names beside its base, in its order: that number `i`, or
 * CK_INVALID_HANDLE past the last. */
CK_OBJECT_HANDLE mechanism_other_key(const struct mechanism *mechanism, size_t i);

/* The hash of the HMAC that SP 800-108 runs on; false if that is CMAC, or nothing that it takes. */
bool mechanism_108_hash(const struct mechanism *mechanism, enum digest_alg *out);

/*
 * The keys that take part in a derivation by a MAC or a cipher of their own: 0 is the base key, 1
 * the first of mechanism_other_key. Whoever may use one of them so can compute what is derived.
 */
bool mechanism_keyed_by(const struct mechanism *mechanism, size_t part);

/* Does what it derives tell nothing of the key that it is derived from? */
bool mechanism_one_way(const struct mechanism_info *info);

/* The length of a MAC mechanism's whole output. */
size_t mechanism_mac_max(const struct mechanism_info *info);

/*
 * PQHW_MECHANISM_INVALID if the mechanism is unknown or not usable for `flag` (one CKF_ bit);
 * PQHW_MECHANISM_PARAM_INVALID for its parameter (missing, unwanted, of lengths or values that the
 * algorithm does not have).
 */
NODISCARD enum pqhw_status mechanism_check(const struct mechanism *mechanism, CK_FLAGS flag,
                                           const struct mechanism_info **info);

#endif
