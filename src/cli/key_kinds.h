/* SPDX-License-Identifier: Apache-2.0
 *
 * The kinds of keys, as a table: what --type names, and all that differs from one kind to another.
 * Which mechanism makes or uses a key is looked up in the token's own table (hsm/mechanism.h). A
 * new algorithm is its rows here, and its key format in crypto/keyformat.
 */
#ifndef CLI_KEY_KINDS_H
#define CLI_KEY_KINDS_H

#include "hsm/mechanism.h"

struct key_kind {
    const char *name;  /* "ml-dsa-65", for --type */
    const char *title; /* "ML-DSA-65", for people */
    CK_KEY_TYPE type;
    CK_ATTRIBUTE_TYPE varies; /* the attribute that tells the kinds of one type apart */
    CK_ULONG number;          /* its value; of CKA_EC_PARAMS an enum curve_id */
    CK_FLAGS uses;            /* of a new key, of both halves together, unless --use says others */
    CK_MECHANISM_TYPE hash;   /* that signatures begin with, unless --hash names another */
    bool any_len;             /* a secret of any length; number is the usual one, in bytes */
};

/* By number from 0; NULL past the last. */
const struct key_kind *key_kind_at(size_t i);

/* NULL if there is none. */
const struct key_kind *key_kind_by_name(const char *name);
/* The kind of a key with this value of what varies; another of the type if the value is none of the
 * table's, whose number differs then. */
const struct key_kind *key_kind_find(CK_KEY_TYPE type, CK_ULONG number);

/* "ML-DSA-65", "RSA-3072", "P-256", "HSS, 2 levels", "AES-256", "secret, 256 bit". */
#define KEY_TITLE_LEN 64
void key_kind_title(char out[KEY_TITLE_LEN], const struct key_kind *kind, CK_ULONG number);

static inline bool key_kind_is_secret(const struct key_kind *kind)
{
    return kind->varies == CKA_VALUE_LEN;
}

/* Names for --type of kinds that can be generated, and of secret keys. */
const char *key_generated_name(size_t i);
const char *key_secret_name(size_t i);
/* What other programs call them: the name here, or NULL. */
const char *key_kind_alias(const char *name);

/* The token's mechanism that is meant for keys of this type and does this (one CKF_ bit); NULL if
 * there is none. */
const struct mechanism_info *key_mechanism(CK_KEY_TYPE type, CK_FLAGS flag);

/* What keys of this kind can be used for at all: CKF_ bits of both halves. */
CK_FLAGS key_kind_may(const struct key_kind *kind);

/* ---- signatures ---- */

/* Names for --hash and --mechanism. */
const char *key_hash_name(size_t i);
const char *key_hash_alias(const char *name);
const char *key_scheme_name(size_t i);

/*
 * The mechanism that signs or verifies (CKF_SIGN or CKF_VERIFY) with a key of this kind, by names
 * for --mechanism and --hash; NULL is the usual one. NULL if there is none.
 */
const struct mechanism_info *key_sign_mechanism(const struct key_kind *kind, const char *scheme,
                                                const char *hash, CK_FLAGS flag);

#endif
