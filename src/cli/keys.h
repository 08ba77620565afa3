/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys as the command line names and finds them.
 */
#ifndef CLI_KEYS_H
#define CLI_KEYS_H

#include "cli/cli.h"
#include "cli/json.h"

/* A kind of key that can be made: a parameter set of an algorithm. */
struct key_kind {
    const char *name;  /* "ml-dsa-65", for --type */
    const char *title; /* "ML-DSA-65", for people */
    CK_KEY_TYPE type;
    CK_ULONG parameter_set;
};

/* What the kinds of one CK_KEY_TYPE have in common. */
struct key_family {
    CK_KEY_TYPE type;
    CK_MECHANISM_TYPE generate;
    CK_MECHANISM_TYPE use;         /* signs, or encapsulates */
    CK_ATTRIBUTE_TYPE public_use;  /* CKA_VERIFY or CKA_ENCAPSULATE */
    CK_ATTRIBUTE_TYPE private_use; /* CKA_SIGN or CKA_DECAPSULATE */
    bool kem;
};

/* Names for --type and --hash. */
const char *key_kind_name(size_t i);
const char *key_hash_name(size_t i);

/* NULL if there is none. */
const struct key_kind *key_kind_by_name(const char *name);
const struct key_kind *key_kind_find(CK_KEY_TYPE type, CK_ULONG parameter_set);
const struct key_family *key_family_find(CK_KEY_TYPE type);

/* The title of the curve that CKA_EC_PARAMS names, and of a type of secret keys; NULL if unknown.
 */
const char *key_curve_title(struct span params);
const char *key_secret_title(CK_KEY_TYPE type);

/* The mechanism that hashes with `hash` (a name for --hash, NULL for none) and signs with a key of
 * this type; CK_UNAVAILABLE_INFORMATION if there is none. */
CK_MECHANISM_TYPE key_sign_mechanism(CK_KEY_TYPE type, const char *hash);

/* ---- a key's public attributes, copied ---- */

#define KEY_LABEL_LEN 256
#define KEY_ID_LEN    128 /* bytes of CKA_ID that are shown */

struct key {
    CK_OBJECT_HANDLE handle;
    CK_OBJECT_CLASS object_class;
    CK_KEY_TYPE type;
    CK_ULONG parameter_set;
    CK_ULONG value_len;    /* of a secret key */
    CK_ULONG modulus_bits; /* of an RSA key */
    const char *curve;     /* title of an elliptic curve; NULL if it has none */
    uint8_t label[KEY_LABEL_LEN];
    size_t label_len;
    uint8_t id[KEY_ID_LEN];
    size_t id_len;
    bool private, sensitive, extractable, always_sensitive, never_extractable, local, modifiable;
    CK_FLAGS uses; /* CKF_SIGN, CKF_ENCAPSULATE …: what its attributes allow */
};

/* "ML-DSA-65", "RSA-3072", "P-256", "AES-256", "secret, 256 bit", or the number. */
void key_title(char *out, size_t len, const struct key *key);
/* "public", "private", "secret". */
const char *key_class_name(CK_OBJECT_CLASS object_class);
/* "sign", "encapsulate" …, joined by commas; "-" if none. */
void key_usage(char *out, size_t len, const struct key *key);

/* A key's members, inside an object. */
void key_json(struct json *json, const struct key *key);

/* A list of keys on the heap; free(keys). */
struct key_list {
    struct key *keys;
    size_t num;
    size_t num_damaged; /* records that were refused */
};

/* Public, private and secret keys, for key_search. */
extern const CK_OBJECT_CLASS key_all_classes[];

/*
 * Keys by --label (--key) and --id where given, of these classes (0 ends the list), sorted by
 * label, id and class. In an open session.
 */
NODISCARD enum pqhw_status key_search(struct cli *cli, const CK_OBJECT_CLASS *classes,
                                      struct key_list *out);

/* Exactly one key, by --label or --id, one of which must be given. */
NODISCARD enum pqhw_status key_find_one(struct cli *cli, CK_OBJECT_CLASS object_class,
                                        struct key *out);

/* Failures: no key, or several, were found by --label and --id. `kind` is such as "private key". */
NODISCARD enum pqhw_status key_none(struct cli *cli, const char *kind);
NODISCARD enum pqhw_status key_several(struct cli *cli, const struct key_list *list);

/* Fails as usage unless --label (--key) or --id is given. */
NODISCARD enum pqhw_status key_check_named(struct cli *cli);

/*
 * For a new key whose label and id are given by these options: CKA_ID from the option, else 8
 * random bytes. Fails if the label is taken and no id tells the keys apart, or if the id is taken.
 */
NODISCARD enum pqhw_status key_new_id(struct cli *cli, enum opt_id label, enum opt_id id,
                                      struct buf *out);

/* Say that a key (pair) came to be. */
NODISCARD enum pqhw_status key_report_new(struct cli *cli, const char *how,
                                          const struct key_kind *kind, bool pair, struct span id);

/* Templates. The usual attributes of a new token key, by --label, --extractable and id. */
void key_private_template(struct buf *out, const struct cli *cli, const struct key_family *family,
                          struct span id);
void key_public_template(struct buf *out, const struct cli *cli, const struct key_family *family,
                         struct span id);

#endif
