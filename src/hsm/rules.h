/* SPDX-License-Identifier: Apache-2.0
 *
 * The rules of attributes, as one table (PKCS#11 v3.2, "Common attributes" and the tables of each
 * object class), and what follows from it: checking a template, giving defaults, saying what may be
 * read, set and copied.
 */
#ifndef HSM_RULES_H
#define HSM_RULES_H

#include "base/bytes.h"
#include "base/secret.h"
#include "base/status.h"
#include "hsm/attrs.h"
#include "hsm/hsm.h"

/* How an object comes to be. */
enum origin {
    ORIGIN_CREATE,   /* C_CreateObject */
    ORIGIN_GENERATE, /* C_GenerateKeyPair */
    ORIGIN_KEM,      /* the secret key of C_EncapsulateKey or C_DecapsulateKey */
    ORIGIN_UNWRAP,   /* C_UnwrapKey */
    ORIGIN_DERIVE,   /* C_DeriveKey */
};

/* What the keys that another one is derived from, or unwrapped with, leave to it. */
struct lineage {
    bool sensitive;     /* it has to be */
    bool unextractable; /* it has to be */
    bool trusted_only;  /* CKA_WRAP_WITH_TRUSTED has to be TRUE */
    bool always_sensitive, never_extractable;
    bool joined;     /* it may have the value of one of them */
    bool by_default; /* where the template does not say, it is as open as they are */
};

/* Who asks. */
enum role {
    ROLE_PUBLIC, /* nobody is logged in */
    ROLE_USER,
    ROLE_SO,
};

/*
 * Check a template (canonical list) for an object that comes to be by `origin`, and split it: attrs
 * gets the public attributes with defaults filled in (CKA_LOCAL, CKA_ALWAYS_SENSITIVE,
 * CKA_NEVER_EXTRACTABLE, CKA_KEY_GEN_MECHANISM … set by origin; not CKA_UNIQUE_ID), secrets those
 * that are sealed. For ORIGIN_GENERATE and ORIGIN_KEM, object_class and key_type are what the
 * mechanism makes (a template that says otherwise is inconsistent); for ORIGIN_CREATE and
 * ORIGIN_UNWRAP they are read from the template; for ORIGIN_DERIVE a template may choose the type.
 *
 * PQHW_TEMPLATE_INCOMPLETE, PQHW_TEMPLATE_INCONSISTENT, PQHW_ATTRIBUTE_TYPE_INVALID,
 * PQHW_ATTRIBUTE_VALUE_INVALID, PQHW_ATTRIBUTE_READ_ONLY.
 */
struct rules_request {
    enum origin origin;
    enum role role;
    struct span template;
    CK_OBJECT_CLASS object_class; /* in for GENERATE and KEM */
    CK_KEY_TYPE key_type;         /* likewise; for KEM the default when the template names none */
    CK_MECHANISM_TYPE mechanism;  /* for CKA_KEY_GEN_MECHANISM */
    size_t value_len;             /* KEM, UNWRAP and DERIVE: of a secret key's value */
    struct lineage lineage;       /* UNWRAP and DERIVE */
    struct hsm_policy policy;
    bool known;     /* GENERATE: whoever asked for it can know its value */
    bool own_usage; /* DERIVE: what it may do by default is `usage`, not what its type may */
    CK_FLAGS usage;
};
NODISCARD enum pqhw_status rules_new_object(const struct rules_request *request, struct buf *attrs,
                                            struct secret *secrets);

/*
 * Apply C_SetAttributeValue's (or C_CopyObject's) template to an object's public attributes, in
 * place. Sticky attributes, read-only ones, CKA_TRUSTED for the security officer
 * only. PQHW_ATTRIBUTE_READ_ONLY, PQHW_ATTRIBUTE_TYPE_INVALID, PQHW_ATTRIBUTE_VALUE_INVALID,
 * PQHW_TEMPLATE_INCONSISTENT, PQHW_ACTION_PROHIBITED (not CKA_MODIFIABLE, not CKA_COPYABLE).
 */
struct rules_change {
    struct span template;
    enum role role;
    bool copying;
    struct hsm_policy policy;
};
NODISCARD enum pqhw_status rules_change(struct buf *attrs, const struct rules_change *change);

/*
 * After a copy: attributes that are sealed now because CKA_PRIVATE became TRUE move from attrs to
 * secrets. Both are unchanged on failure.
 */
NODISCARD enum pqhw_status rules_seal(struct buf *attrs, struct secret *secrets);

/*
 * A secret key that wraps or unwraps does nothing else: with one that also decrypts (or encrypts,
 * with the same key stream), whoever may use it can read the keys that it wraps. (To verify is to
 * sign: a MAC of one byte is found by trying, then one of two.) True if these attributes give it
 * both. Likewise a private key that unwraps does not decrypt. With
 * policy.open_wrapping nobody asks.
 */
bool rules_conflicting(struct span attrs);

/* May this attribute be revealed? PQHW_OK, PQHW_ATTRIBUTE_SENSITIVE or PQHW_ATTRIBUTE_TYPE_INVALID
 * (no such attribute for this class and key type). */
NODISCARD enum pqhw_status rules_readable(struct span attrs, CK_ATTRIBUTE_TYPE type);

/* True if the attribute is sealed at rest for an object with these attributes. */
bool rules_sealed(struct span attrs, CK_ATTRIBUTE_TYPE type);

#endif
