/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys as the command line names and finds them.
 */
#ifndef CLI_KEYS_H
#define CLI_KEYS_H

#include "cli/cli.h"
#include "cli/json.h"
#include "cli/key_kinds.h"

/* ---- a key's public attributes, copied ---- */

#define KEY_LABEL_LEN 256
#define KEY_ID_LEN    128 /* bytes of CKA_ID that are shown */

struct key {
    CK_OBJECT_HANDLE handle;
    CK_OBJECT_CLASS object_class;
    CK_KEY_TYPE type;
    const struct key_kind *kind; /* NULL if it is of a type that pqhw has no name for */
    CK_ULONG number;             /* as of key_kind_find */
    uint8_t label[KEY_LABEL_LEN];
    size_t label_len;
    uint8_t id[KEY_ID_LEN];
    size_t id_len;
    bool private, sensitive, extractable, always_sensitive, never_extractable, local, modifiable;
    bool always_authenticate; /* it wants the PIN for every use */
    CK_FLAGS uses;            /* CKF_SIGN, CKF_ENCAPSULATE …: what its attributes allow */
};

/* What a key may be used for. */
struct key_use {
    const char *name; /* "sign" */
    CK_FLAGS flag;
    CK_FLAGS pair; /* and what undoes or checks it */
    CK_ATTRIBUTE_TYPE type;
    bool of_private, of_public; /* secret keys have all but what is for KEMs */
};
#define NUM_KEY_USES 9
extern const struct key_use key_uses[NUM_KEY_USES];

/* As key_kind_title, or the number of its type. */
void key_title(char out[KEY_TITLE_LEN], const struct key *key);
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

/* The same for a label and an id of the caller's; those without a ptr do not matter. */
NODISCARD enum pqhw_status key_search_for(struct cli *cli, const CK_OBJECT_CLASS *classes,
                                          struct span label, struct span id, struct key_list *out);

/* Exactly one key, by --label or --id, one of which must be given. */
NODISCARD enum pqhw_status key_find_one(struct cli *cli, CK_OBJECT_CLASS object_class,
                                        struct key *out);
/* The same, but it may be a secret key as well. */
NODISCARD enum pqhw_status key_find_or_secret(struct cli *cli, CK_OBJECT_CLASS object_class,
                                              struct key *out);

/* Read one object's attributes. */
NODISCARD enum pqhw_status key_load(struct cli *cli, CK_OBJECT_HANDLE handle, struct key *out);

/* --label (--key), or SPAN_EMPTY. */
struct span key_label_given(const struct cli *cli);
/* CKA_ID from an option's hexadecimal text; buf_free it. */
NODISCARD enum pqhw_status key_read_id(struct cli *cli, enum opt_id opt, struct buf *out);

/* Failures: no key, or several, were found by --label and --id. `kind` is such as "private key". */
NODISCARD enum pqhw_status key_none(struct cli *cli, const char *kind);
NODISCARD enum pqhw_status key_several(struct cli *cli, const struct key_list *list);

/* Fails as usage unless --label (--key) or --id is given. */
NODISCARD enum pqhw_status key_check_named(struct cli *cli);

#endif
