/* SPDX-License-Identifier: Apache-2.0
 *
 * The data that rules.c applies: one row per attribute and group of object classes, and one per key
 * type. The sources are the tables of PKCS#11 v3.2, chapters 4 (objects) and 6 (key types); the
 * numbers of their footnotes stand beside the flags.
 */
#ifndef HSM_RULES_TABLE_H
#define HSM_RULES_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "hsm/rules.h"

/* Object classes as a set. */
#define ON(object_class) (1u << (object_class))
#define ON_DATA          ON(CKO_DATA)
#define ON_CERTIFICATE   ON(CKO_CERTIFICATE)
#define ON_PUBLIC        ON(CKO_PUBLIC_KEY)
#define ON_PRIVATE       ON(CKO_PRIVATE_KEY)
#define ON_SECRET        ON(CKO_SECRET_KEY)
#define ON_PROFILE       ON(CKO_PROFILE)
#define ON_TRUST         ON(CKO_TRUST)
#define ON_KEYS          (ON_PUBLIC | ON_PRIVATE | ON_SECRET)
#define ON_HIDDEN_KEYS   (ON_PRIVATE | ON_SECRET)
#define ON_PAIRS         (ON_PUBLIC | ON_PRIVATE)
#define ON_CREATABLE     (ON_DATA | ON_CERTIFICATE | ON_KEYS | ON_TRUST)
#define ON_ALL           (ON_CREATABLE | ON_PROFILE)

enum rule_flag {
    RULE_REQUIRED_CREATE = 1 << 0,    /* footnote 1 */
    RULE_NOT_CREATE = 1 << 1,         /* 2 */
    RULE_REQUIRED_GENERATE = 1 << 2,  /* 3 */
    RULE_NOT_GENERATE = 1 << 3,       /* 4; nor in the template for a KEM's secret */
    RULE_GUARDED = 1 << 4,            /* 7: not revealed if sensitive or not extractable */
    RULE_MODIFIABLE = 1 << 5,         /* 8 */
    RULE_COPY_MODIFIABLE = 1 << 6,    /* changes by C_CopyObject only */
    RULE_SO_TRUE = 1 << 7,            /* 10; changes by the security officer only */
    RULE_STICKY_TRUE = 1 << 8,        /* 11 */
    RULE_STICKY_FALSE = 1 << 9,       /* 12 */
    RULE_IGNORED = 1 << 10,           /* accepted in templates and not kept */
    RULE_SEALED = 1 << 11,            /* secret at rest */
    RULE_SEALED_IF_PRIVATE = 1 << 12, /* secret at rest if CKA_PRIVATE */

    /* Attributes that the token alone gives. */
    RULE_READ_ONLY = RULE_NOT_CREATE | RULE_NOT_GENERATE,
};

#define RULES_MAX_SEALED 8 /* of private keys: CKA_VALUE, CKA_SEED, the numbers of RSA */

/* Key types that have attributes of their own. */
enum kin {
    KIN_PQ = 1 << 0,
    KIN_CURVE = 1 << 1,
    KIN_SECRET = 1 << 2,
    KIN_RSA = 1 << 3,
    KIN_HSS = 1 << 4,
    KIN_XMSS = 1 << 5, /* and XMSS^MT */
};

/* An object being made. */
struct making {
    const struct rules_request *request;
    CK_OBJECT_CLASS object_class;
    const struct key_rule *key; /* never NULL: a rule without uses if it is no key */
    size_t value_len;           /* of a secret key's value */
    CK_FLAGS usage;             /* what it may do unless the template says otherwise */
    struct buf *attrs;          /* what it has so far, of the rows above */
    struct attr sealed[RULES_MAX_SEALED];
    size_t num_sealed;
};

/* What an attribute is when the template does not say. */
enum rule_default {
    DEFAULT_NONE,  /* the object does not have it, or gets it elsewhere */
    DEFAULT_EMPTY, /* no bytes */
    DEFAULT_FIXED, /* `number` (0 and 1 are the booleans) */
    DEFAULT_USAGE, /* TRUE if the key type can do what CKF_ `number` says */
    DEFAULT_MAKE,  /* `make` says */
};

struct rule {
    CK_ATTRIBUTE_TYPE type;
    enum attr_kind kind;
    unsigned classes;
    unsigned flags;
    enum rule_default fallback;
    CK_ULONG number;
    CK_ULONG (*make)(const struct making *making);
    unsigned kin; /* of key types that have it; 0: all of the classes' */
};

/* The rows, sorted by type; rows of one type have no class in common. */
const struct rule *rules_table(size_t *num);

/* Is an attribute of this type a secret in some class? */
bool rule_guarded(CK_ATTRIBUTE_TYPE type);

/* The row for an attribute of an object class; NULL if the class does not have it. */
const struct rule *rule_find(CK_OBJECT_CLASS object_class, CK_ATTRIBUTE_TYPE type);

/* True if some class has it. */
bool rule_known(CK_ATTRIBUTE_TYPE type);

#define KEY_MAX_LENS 3

struct key_rule {
    CK_KEY_TYPE type;
    unsigned classes;
    CK_FLAGS usage; /* what keys of this type may do unless the template says otherwise */
    size_t lens[KEY_MAX_LENS]; /* of a secret key's value; none means any but 0 */
    bool seed;                 /* private keys may have a CKA_SEED */
};

/* NULL if pqhw has no such keys. */
const struct key_rule *key_rule_find(CK_KEY_TYPE type);
enum kin key_rule_kin(const struct key_rule *key);

/* Do objects of this class, and keys of this kin, have the row's attribute? */
static inline bool rule_applies(const struct rule *rule, CK_OBJECT_CLASS object_class, unsigned kin)
{
    return (rule->classes & ON(object_class)) != 0 && (rule->kin == 0 || (rule->kin & kin) != 0);
}
bool key_rule_len_valid(const struct key_rule *key, size_t len);

/* The one length that values have, or 0 if they have several. */
size_t key_rule_only_len(const struct key_rule *key);

#endif
