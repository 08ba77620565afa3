/* SPDX-License-Identifier: Apache-2.0 */
#include "hsm/rules_table.h"

/* ---- defaults that depend on how the object comes to be ---- */

static CK_ULONG make_class(const struct making *making)
{
    return making->object_class;
}

static CK_ULONG make_key_type(const struct making *making)
{
    return making->key->type;
}

static CK_ULONG make_value_len(const struct making *making)
{
    return making->value_len;
}

static CK_ULONG make_local(const struct making *making)
{
    return making->request->origin == ORIGIN_GENERATE;
}

static CK_ULONG make_key_gen_mechanism(const struct making *making)
{
    return making->request->origin == ORIGIN_GENERATE ? making->request->mechanism
                                                      : CK_UNAVAILABLE_INFORMATION;
}

/* Keys are guarded unless asked otherwise; shared secrets are open, as C_EncapsulateKey and
 * C_DecapsulateKey require of CKA_EXTRACTABLE. C_UnwrapKey requires only the latter. Some
 * derivations require that a key is as its base is. */
static CK_ULONG make_sensitive(const struct making *making)
{
    const struct lineage *lineage = &making->request->lineage;

    return lineage->by_default ? lineage->sensitive : making->request->origin != ORIGIN_KEM;
}

static CK_ULONG make_extractable(const struct making *making)
{
    const struct lineage *lineage = &making->request->lineage;

    return lineage->by_default
               ? !lineage->unextractable
               : making->request->origin == ORIGIN_KEM || making->request->origin == ORIGIN_UNWRAP;
}

/* What may only be wrapped with trusted keys derives keys of the same kind, and they unwrap such.
 */
static CK_ULONG make_wrap_with_trusted(const struct making *making)
{
    return making->request->lineage.trusted_only;
}

/* Nobody can have known the value of a key that was born here. */
static bool is_secret_since_birth(const struct making *making)
{
    return making->request->origin == ORIGIN_GENERATE && !making->request->known;
}

/* Only a key that was born here, of keys that were, can have been sensitive always. */
static CK_ULONG make_always_sensitive(const struct making *making)
{
    return (is_secret_since_birth(making) || making->request->lineage.always_sensitive) &&
           attrs_bool(buf_span(making->attrs), CKA_SENSITIVE, false);
}

static CK_ULONG make_never_extractable(const struct making *making)
{
    return (is_secret_since_birth(making) || making->request->lineage.never_extractable) &&
           !attrs_bool(buf_span(making->attrs), CKA_EXTRACTABLE, true);
}

/* ---- attributes ---- */

#define NONE        DEFAULT_NONE, 0, NULL, 0
#define EMPTY       DEFAULT_EMPTY, 0, NULL, 0
#define FIXED(x)    DEFAULT_FIXED, (x), NULL, 0
#define USAGE(flag) DEFAULT_USAGE, (flag), NULL, 0
#define MAKE(how)   DEFAULT_MAKE, 0, make_##how, 0
#define OF(kin)     DEFAULT_NONE, 0, NULL, kin /* keys of these alone have it */

#define SECRET_NUMBER (RULE_NOT_GENERATE | RULE_GUARDED | RULE_SEALED)

/* clang-format off */
static const struct rule rows[] = {
    {CKA_CLASS, ATTR_NUMBER, ON_ALL, RULE_REQUIRED_CREATE, MAKE(class)},
    {CKA_TOKEN, ATTR_BOOL, ON_ALL, RULE_COPY_MODIFIABLE, FIXED(0)},
    /* A private object stays private in its copies. */
    {CKA_PRIVATE, ATTR_BOOL, ON_HIDDEN_KEYS, RULE_COPY_MODIFIABLE | RULE_STICKY_TRUE, FIXED(1)},
    {CKA_PRIVATE, ATTR_BOOL, ON_ALL & ~ON_HIDDEN_KEYS, RULE_COPY_MODIFIABLE | RULE_STICKY_TRUE, FIXED(0)},
    {CKA_LABEL, ATTR_STRING, ON_ALL, RULE_MODIFIABLE, EMPTY},
    {CKA_UNIQUE_ID, ATTR_STRING, ON_ALL, RULE_READ_ONLY, NONE},
    {CKA_APPLICATION, ATTR_STRING, ON_DATA, 0, EMPTY},
    {CKA_VALUE, ATTR_BYTES, ON_DATA, RULE_SEALED_IF_PRIVATE, EMPTY},
    {CKA_VALUE, ATTR_BYTES, ON_CERTIFICATE, RULE_REQUIRED_CREATE, NONE},
    {CKA_VALUE, ATTR_BYTES, ON_PUBLIC, RULE_REQUIRED_CREATE | RULE_NOT_GENERATE, OF(KIN_PQ | KIN_HSS | KIN_XMSS)},
    {CKA_VALUE, ATTR_BYTES, ON_PRIVATE, SECRET_NUMBER, OF(KIN_PQ | KIN_CURVE)},
    {CKA_VALUE, ATTR_BYTES, ON_SECRET,
     RULE_REQUIRED_CREATE | RULE_NOT_GENERATE | RULE_GUARDED | RULE_SEALED, NONE},
    {CKA_OBJECT_ID, ATTR_BYTES, ON_DATA, 0, EMPTY},
    {CKA_CERTIFICATE_TYPE, ATTR_NUMBER, ON_CERTIFICATE, RULE_REQUIRED_CREATE, NONE},
    {CKA_ISSUER, ATTR_BYTES, ON_CERTIFICATE, RULE_MODIFIABLE, EMPTY},
    {CKA_ISSUER, ATTR_BYTES, ON_TRUST, RULE_REQUIRED_CREATE, NONE},
    {CKA_SERIAL_NUMBER, ATTR_BYTES, ON_CERTIFICATE, RULE_MODIFIABLE, EMPTY},
    {CKA_SERIAL_NUMBER, ATTR_BYTES, ON_TRUST, RULE_REQUIRED_CREATE, NONE},
    {CKA_TRUSTED, ATTR_BOOL, ON_CERTIFICATE | ON_PUBLIC | ON_SECRET, RULE_SO_TRUE, FIXED(0)},
    {CKA_CERTIFICATE_CATEGORY, ATTR_NUMBER, ON_CERTIFICATE, 0, FIXED(CK_CERTIFICATE_CATEGORY_UNSPECIFIED)},
    {CKA_JAVA_MIDP_SECURITY_DOMAIN, ATTR_NUMBER, ON_CERTIFICATE, 0, FIXED(CK_SECURITY_DOMAIN_UNSPECIFIED)},
    {CKA_URL, ATTR_STRING, ON_CERTIFICATE, 0, EMPTY},
    {CKA_HASH_OF_SUBJECT_PUBLIC_KEY, ATTR_BYTES, ON_CERTIFICATE, 0, EMPTY},
    {CKA_HASH_OF_ISSUER_PUBLIC_KEY, ATTR_BYTES, ON_CERTIFICATE, 0, EMPTY},
    {CKA_NAME_HASH_ALGORITHM, ATTR_NUMBER, ON_CERTIFICATE, 0, NONE},
    {CKA_NAME_HASH_ALGORITHM, ATTR_NUMBER, ON_TRUST, 0, FIXED(CKM_SHA_1)},
    /* Optional in the standard: who does not have it ignores it. */
    {CKA_CHECK_VALUE, ATTR_BYTES, ON_CERTIFICATE, RULE_IGNORED, NONE},
    /* The backend's: one that is given is checked against it, an empty one keeps it away. */
    {CKA_CHECK_VALUE, ATTR_BYTES, ON_SECRET, 0, NONE},
    {CKA_KEY_TYPE, ATTR_NUMBER, ON_KEYS, RULE_REQUIRED_CREATE, MAKE(key_type)},
    {CKA_SUBJECT, ATTR_BYTES, ON_CERTIFICATE, RULE_REQUIRED_CREATE, NONE},
    {CKA_SUBJECT, ATTR_BYTES, ON_PAIRS, RULE_MODIFIABLE, EMPTY},
    {CKA_ID, ATTR_BYTES, ON_CERTIFICATE | ON_KEYS, RULE_MODIFIABLE, EMPTY},
    {CKA_SENSITIVE, ATTR_BOOL, ON_HIDDEN_KEYS, RULE_MODIFIABLE | RULE_STICKY_TRUE, MAKE(sensitive)},
    {CKA_ENCRYPT, ATTR_BOOL, ON_PUBLIC | ON_SECRET, RULE_MODIFIABLE, USAGE(CKF_ENCRYPT)},
    {CKA_DECRYPT, ATTR_BOOL, ON_HIDDEN_KEYS, RULE_MODIFIABLE, USAGE(CKF_DECRYPT)},
    {CKA_WRAP, ATTR_BOOL, ON_PUBLIC, RULE_MODIFIABLE, USAGE(CKF_WRAP)},
    /* From the start or never: what the key was before, or a copy of it from then, may decrypt what it wraps. */
    {CKA_WRAP, ATTR_BOOL, ON_SECRET, 0, USAGE(CKF_WRAP)},
    {CKA_UNWRAP, ATTR_BOOL, ON_HIDDEN_KEYS, 0, USAGE(CKF_UNWRAP)},
    {CKA_SIGN, ATTR_BOOL, ON_HIDDEN_KEYS, RULE_MODIFIABLE, USAGE(CKF_SIGN)},
    {CKA_SIGN_RECOVER, ATTR_BOOL, ON_PRIVATE, RULE_MODIFIABLE, USAGE(CKF_SIGN_RECOVER)},
    {CKA_VERIFY, ATTR_BOOL, ON_PUBLIC | ON_SECRET, RULE_MODIFIABLE, USAGE(CKF_VERIFY)},
    {CKA_VERIFY_RECOVER, ATTR_BOOL, ON_PUBLIC, RULE_MODIFIABLE, USAGE(CKF_VERIFY_RECOVER)},
    {CKA_DERIVE, ATTR_BOOL, ON_KEYS, RULE_MODIFIABLE, USAGE(CKF_DERIVE)},
    {CKA_START_DATE, ATTR_DATE, ON_CERTIFICATE, 0, EMPTY},
    {CKA_START_DATE, ATTR_DATE, ON_KEYS, RULE_MODIFIABLE, EMPTY},
    {CKA_END_DATE, ATTR_DATE, ON_CERTIFICATE, 0, EMPTY},
    {CKA_END_DATE, ATTR_DATE, ON_KEYS, RULE_MODIFIABLE, EMPTY},
    {CKA_MODULUS, ATTR_BYTES, ON_PAIRS, RULE_REQUIRED_CREATE | RULE_NOT_GENERATE, OF(KIN_RSA)},
    {CKA_MODULUS_BITS, ATTR_NUMBER, ON_PUBLIC, RULE_NOT_CREATE | RULE_REQUIRED_GENERATE, OF(KIN_RSA)},
    {CKA_PUBLIC_EXPONENT, ATTR_BYTES, ON_PUBLIC, RULE_REQUIRED_CREATE, OF(KIN_RSA)},
    {CKA_PUBLIC_EXPONENT, ATTR_BYTES, ON_PRIVATE, RULE_REQUIRED_CREATE | RULE_NOT_GENERATE, OF(KIN_RSA)},
    {CKA_PRIVATE_EXPONENT, ATTR_BYTES, ON_PRIVATE, RULE_REQUIRED_CREATE | SECRET_NUMBER, OF(KIN_RSA)},
    {CKA_PRIME_1, ATTR_BYTES, ON_PRIVATE, SECRET_NUMBER, OF(KIN_RSA)},
    {CKA_PRIME_2, ATTR_BYTES, ON_PRIVATE, SECRET_NUMBER, OF(KIN_RSA)},
    {CKA_EXPONENT_1, ATTR_BYTES, ON_PRIVATE, SECRET_NUMBER, OF(KIN_RSA)},
    {CKA_EXPONENT_2, ATTR_BYTES, ON_PRIVATE, SECRET_NUMBER, OF(KIN_RSA)},
    {CKA_COEFFICIENT, ATTR_BYTES, ON_PRIVATE, SECRET_NUMBER, OF(KIN_RSA)},
    {CKA_PUBLIC_KEY_INFO, ATTR_BYTES, ON_CERTIFICATE, 0, EMPTY},
    {CKA_PUBLIC_KEY_INFO, ATTR_BYTES, ON_PAIRS, RULE_NOT_GENERATE, NONE},
    {CKA_VALUE_LEN, ATTR_NUMBER, ON_SECRET, RULE_NOT_CREATE, MAKE(value_len)},
    {CKA_EXTRACTABLE, ATTR_BOOL, ON_HIDDEN_KEYS, RULE_MODIFIABLE | RULE_STICKY_FALSE, MAKE(extractable)},
    {CKA_LOCAL, ATTR_BOOL, ON_KEYS, RULE_READ_ONLY, MAKE(local)},
    {CKA_NEVER_EXTRACTABLE, ATTR_BOOL, ON_HIDDEN_KEYS, RULE_READ_ONLY, MAKE(never_extractable)},
    {CKA_ALWAYS_SENSITIVE, ATTR_BOOL, ON_HIDDEN_KEYS, RULE_READ_ONLY, MAKE(always_sensitive)},
    {CKA_KEY_GEN_MECHANISM, ATTR_NUMBER, ON_KEYS, RULE_READ_ONLY, MAKE(key_gen_mechanism)},
    {CKA_MODIFIABLE, ATTR_BOOL, ON_ALL, RULE_COPY_MODIFIABLE, FIXED(1)},
    {CKA_COPYABLE, ATTR_BOOL, ON_ALL, RULE_MODIFIABLE | RULE_STICKY_FALSE, FIXED(1)},
    {CKA_DESTROYABLE, ATTR_BOOL, ON_ALL, RULE_COPY_MODIFIABLE, FIXED(1)},
    {CKA_EC_PARAMS, ATTR_BYTES, ON_PUBLIC, RULE_REQUIRED_CREATE | RULE_REQUIRED_GENERATE, OF(KIN_CURVE)},
    /* As CKA_PARAMETER_SET below. */
    {CKA_EC_PARAMS, ATTR_BYTES, ON_PRIVATE, RULE_REQUIRED_CREATE, OF(KIN_CURVE)},
    {CKA_EC_POINT, ATTR_BYTES, ON_PUBLIC, RULE_REQUIRED_CREATE | RULE_NOT_GENERATE, OF(KIN_CURVE)},
    {CKA_ALWAYS_AUTHENTICATE, ATTR_BOOL, ON_PRIVATE, 0, FIXED(0)},
    {CKA_WRAP_WITH_TRUSTED, ATTR_BOOL, ON_HIDDEN_KEYS, RULE_MODIFIABLE | RULE_STICKY_TRUE, MAKE(wrap_with_trusted)},
    {CKA_PROFILE_ID, ATTR_NUMBER, ON_PROFILE, RULE_READ_ONLY, NONE},
    {CKA_HSS_LEVELS, ATTR_NUMBER, ON_PUBLIC, RULE_READ_ONLY, OF(KIN_HSS)},
    {CKA_HSS_LMS_TYPE, ATTR_NUMBER, ON_PUBLIC, RULE_READ_ONLY, OF(KIN_HSS)},
    {CKA_HSS_LMOTS_TYPE, ATTR_NUMBER, ON_PUBLIC, RULE_READ_ONLY, OF(KIN_HSS)},
    {CKA_PARAMETER_SET, ATTR_NUMBER, ON_PUBLIC, RULE_REQUIRED_CREATE | RULE_REQUIRED_GENERATE, OF(KIN_PQ | KIN_XMSS)},
    /* Footnote 4 forbids it at generation, but programs repeat the public key's there: it is checked against that. */
    {CKA_PARAMETER_SET, ATTR_NUMBER, ON_PRIVATE, RULE_REQUIRED_CREATE, OF(KIN_PQ)},
    /* Nothing here has been validated, so no key can say so. */
    {CKA_OBJECT_VALIDATION_FLAGS, ATTR_NUMBER, ON_KEYS, RULE_READ_ONLY, FIXED(0)},
    {CKA_ENCAPSULATE_TEMPLATE, ATTR_TEMPLATE, ON_PUBLIC, 0, NONE},
    {CKA_DECAPSULATE_TEMPLATE, ATTR_TEMPLATE, ON_PRIVATE, 0, NONE},
    {CKA_TRUST_SERVER_AUTH, ATTR_NUMBER, ON_TRUST, RULE_MODIFIABLE, FIXED(CKT_TRUST_UNKNOWN)},
    {CKA_TRUST_CLIENT_AUTH, ATTR_NUMBER, ON_TRUST, RULE_MODIFIABLE, FIXED(CKT_TRUST_UNKNOWN)},
    {CKA_TRUST_CODE_SIGNING, ATTR_NUMBER, ON_TRUST, RULE_MODIFIABLE, FIXED(CKT_TRUST_UNKNOWN)},
    {CKA_TRUST_EMAIL_PROTECTION, ATTR_NUMBER, ON_TRUST, RULE_MODIFIABLE, FIXED(CKT_TRUST_UNKNOWN)},
    {CKA_TRUST_IPSEC_IKE, ATTR_NUMBER, ON_TRUST, RULE_MODIFIABLE, FIXED(CKT_TRUST_UNKNOWN)},
    {CKA_TRUST_TIME_STAMPING, ATTR_NUMBER, ON_TRUST, RULE_MODIFIABLE, FIXED(CKT_TRUST_UNKNOWN)},
    {CKA_TRUST_OCSP_SIGNING, ATTR_NUMBER, ON_TRUST, RULE_MODIFIABLE, FIXED(CKT_TRUST_UNKNOWN)},
    {CKA_ENCAPSULATE, ATTR_BOOL, ON_PUBLIC, RULE_MODIFIABLE, USAGE(CKF_ENCAPSULATE)},
    {CKA_DECAPSULATE, ATTR_BOOL, ON_PRIVATE, RULE_MODIFIABLE, USAGE(CKF_DECAPSULATE)},
    {CKA_HASH_OF_CERTIFICATE, ATTR_BYTES, ON_TRUST, 0, EMPTY},
    {CKA_SEED, ATTR_BYTES, ON_PRIVATE, SECRET_NUMBER, OF(KIN_PQ)},
    {CKA_WRAP_TEMPLATE, ATTR_TEMPLATE, ON_PUBLIC | ON_SECRET, 0, NONE},
    {CKA_UNWRAP_TEMPLATE, ATTR_TEMPLATE, ON_HIDDEN_KEYS, 0, NONE},
    {CKA_DERIVE_TEMPLATE, ATTR_TEMPLATE, ON_HIDDEN_KEYS, 0, NONE},
    {CKA_ALLOWED_MECHANISMS, ATTR_MECHANISMS, ON_KEYS, 0, NONE},
};
/* clang-format on */

#define NUM_ROWS (sizeof(rows) / sizeof(rows[0]))

const struct rule *rules_table(size_t *num)
{
    *num = NUM_ROWS;
    return rows;
}

/* The first row of a type, or the end of the table. */
static size_t first_row(CK_ATTRIBUTE_TYPE type)
{
    size_t low = 0;
    size_t high = NUM_ROWS;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (rows[mid].type < type)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

const struct rule *rule_find(CK_OBJECT_CLASS object_class, CK_ATTRIBUTE_TYPE type)
{
    type = attr_canonical(type);
    if (object_class > CKO_TRUST)
        return NULL;
    for (size_t i = first_row(type); i < NUM_ROWS && rows[i].type == type; i++) {
        if ((rows[i].classes & ON(object_class)) != 0)
            return &rows[i];
    }
    return NULL;
}

bool rule_known(CK_ATTRIBUTE_TYPE type)
{
    return attr_kind(type) != ATTR_UNKNOWN;
}

bool rule_guarded(CK_ATTRIBUTE_TYPE type)
{
    bool guarded = false;

    type = attr_canonical(type);
    for (size_t i = first_row(type); i < NUM_ROWS && rows[i].type == type; i++)
        guarded |= (rows[i].flags & RULE_GUARDED) != 0;
    return guarded;
}

enum attr_kind attr_kind(CK_ATTRIBUTE_TYPE type)
{
    type = attr_canonical(type);
    size_t i = first_row(type);
    return i < NUM_ROWS && rows[i].type == type ? rows[i].kind : ATTR_UNKNOWN;
}

/* ---- key types ---- */

#define CIPHER (CKF_ENCRYPT | CKF_DECRYPT)
#define MAC    (CKF_SIGN | CKF_VERIFY)

/* No key wraps unless it is asked to: one that both wraps and decrypts gives other keys away. */
static const struct key_rule keys[] = {
    {CKK_ML_KEM, ON_PAIRS, CKF_ENCAPSULATE | CKF_DECAPSULATE, {0}, true},
    {CKK_PQHW_HQC_2025, ON_PAIRS, CKF_ENCAPSULATE | CKF_DECAPSULATE, {0}, true},
    {CKK_ML_DSA, ON_PAIRS, CKF_SIGN | CKF_VERIFY, {0}, true},
    {CKK_SLH_DSA, ON_PAIRS, CKF_SIGN | CKF_VERIFY, {0}, false},
    {CKK_PQHW_FALCON_ROUND3, ON_PAIRS, CKF_SIGN | CKF_VERIFY, {0}, false},
    {CKK_HSS, ON_PUBLIC, CKF_VERIFY, {0}, false},
    {CKK_XMSS, ON_PUBLIC, CKF_VERIFY, {0}, false},
    {CKK_XMSSMT, ON_PUBLIC, CKF_VERIFY, {0}, false},
    {CKK_RSA, ON_PAIRS, CIPHER | CKF_SIGN | CKF_VERIFY, {0}, false},
    {CKK_EC, ON_PAIRS, CKF_SIGN | CKF_VERIFY, {0}, false},
    {CKK_EC_EDWARDS, ON_PAIRS, CKF_SIGN | CKF_VERIFY, {0}, false},
    {CKK_EC_MONTGOMERY, ON_PAIRS, 0, {0}, false},
    {CKK_GENERIC_SECRET, ON_SECRET, MAC, {0}, false},
    {CKK_AES, ON_SECRET, CIPHER | MAC, {16, 24, 32}, false},
    {CKK_AES_XTS, ON_SECRET, CIPHER, {32, 64}, false},
    {CKK_CHACHA20, ON_SECRET, CIPHER, {32}, false},
    {CKK_SALSA20, ON_SECRET, CIPHER, {32}, false},
    {CKK_POLY1305, ON_SECRET, MAC, {32}, false},
    {CKK_HKDF, ON_SECRET, 0, {0}, false},
    {CKK_SHA_1_HMAC, ON_SECRET, MAC, {0}, false},
    {CKK_SHA224_HMAC, ON_SECRET, MAC, {0}, false},
    {CKK_SHA256_HMAC, ON_SECRET, MAC, {0}, false},
    {CKK_SHA384_HMAC, ON_SECRET, MAC, {0}, false},
    {CKK_SHA512_HMAC, ON_SECRET, MAC, {0}, false},
    {CKK_SHA512_224_HMAC, ON_SECRET, MAC, {0}, false},
    {CKK_SHA512_256_HMAC, ON_SECRET, MAC, {0}, false},
    {CKK_SHA3_224_HMAC, ON_SECRET, MAC, {0}, false},
    {CKK_SHA3_256_HMAC, ON_SECRET, MAC, {0}, false},
    {CKK_SHA3_384_HMAC, ON_SECRET, MAC, {0}, false},
    {CKK_SHA3_512_HMAC, ON_SECRET, MAC, {0}, false},
};

const struct key_rule *key_rule_find(CK_KEY_TYPE type)
{
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (keys[i].type == type)
            return &keys[i];
    }
    return NULL;
}

enum kin key_rule_kin(const struct key_rule *key)
{
    switch (key->type) {
    case CKK_ML_KEM:
    case CKK_PQHW_HQC_2025:
    case CKK_ML_DSA:
    case CKK_SLH_DSA:
    case CKK_PQHW_FALCON_ROUND3:
        return KIN_PQ;
    case CKK_EC:
    case CKK_EC_EDWARDS:
    case CKK_EC_MONTGOMERY:
        return KIN_CURVE;
    case CKK_RSA:
        return KIN_RSA;
    case CKK_HSS:
        return KIN_HSS;
    case CKK_XMSS:
    case CKK_XMSSMT:
        return KIN_XMSS;
    default:
        return KIN_SECRET;
    }
}

bool key_rule_len_valid(const struct key_rule *key, size_t len)
{
    if (key->lens[0] == 0)
        return len > 0;
    for (size_t i = 0; i < KEY_MAX_LENS; i++) {
        if (key->lens[i] == len)
            return len > 0;
    }
    return false;
}

size_t key_rule_only_len(const struct key_rule *key)
{
    return key->lens[1] == 0 ? key->lens[0] : 0;
}
