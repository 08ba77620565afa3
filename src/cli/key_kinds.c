/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/key_kinds.h"

#include <stdio.h>
#include <string.h>

#include "crypto/keyformat/curve_spki.h"

#define NO_HASH CK_UNAVAILABLE_INFORMATION

#define SIGNING   (CKF_SIGN | CKF_VERIFY)
#define CIPHERING (CKF_ENCRYPT | CKF_DECRYPT)
#define KEM       (CKF_ENCAPSULATE | CKF_DECAPSULATE)

#define PQ(name, title, type, set, uses)                                                           \
    {                                                                                              \
        name, title, type, CKA_PARAMETER_SET, set, uses, NO_HASH, false                            \
    }
#define ML_KEM(n) PQ("ml-kem-" #n, "ML-KEM-" #n, CKK_ML_KEM, CKP_ML_KEM_##n, KEM)
#define HQC(n)    PQ("hqc-" #n, "HQC-" #n, CKK_PQHW_HQC_2025, CKP_PQHW_HQC_2025_##n, KEM)
#define ML_DSA(n) PQ("ml-dsa-" #n, "ML-DSA-" #n, CKK_ML_DSA, CKP_ML_DSA_##n, SIGNING)
#define SLH_DSA(name, title, set)                                                                  \
    PQ("slh-dsa-" name, "SLH-DSA-" title, CKK_SLH_DSA, CKP_SLH_DSA_##set, SIGNING)
#define FALCON(n)                                                                                  \
    PQ("falcon-" #n, "Falcon-" #n, CKK_PQHW_FALCON_ROUND3, CKP_PQHW_FALCON_ROUND3_##n, SIGNING)
#define RSA(bits)                                                                                  \
    {                                                                                              \
        "rsa-" #bits, "RSA-" #bits, CKK_RSA, CKA_MODULUS_BITS, bits, SIGNING | CIPHERING,          \
            CKM_SHA256, false                                                                      \
    }
#define EC(name, title, curve, hash)                                                               \
    {                                                                                              \
        name, title, CKK_EC, CKA_EC_PARAMS, curve, SIGNING, hash, false                            \
    }
#define BRAINPOOL(name, curve, hash) EC(name, name, CURVE_BRAINPOOL_##curve, hash)
#define CURVE(name, title, type, curve, uses)                                                      \
    {                                                                                              \
        name, title, type, CKA_EC_PARAMS, curve, uses, NO_HASH, false                              \
    }
#define SECRET(name, title, type, len, uses)                                                       \
    {                                                                                              \
        name, title, type, CKA_VALUE_LEN, len, uses, NO_HASH, false                                \
    }
#define HMAC(name, title, hash, len)                                                               \
    {                                                                                              \
        "hmac-" name, "HMAC-" title, CKK_##hash##_HMAC, CKA_VALUE_LEN, len, SIGNING, CKM_##hash,   \
            true                                                                                   \
    }

#define VERIFIED(name, title, type, varies)                                                        \
    {                                                                                              \
        name, title, type, varies, 1, CKF_VERIFY, NO_HASH, false                                   \
    }

static const struct key_kind kinds[] = {
    ML_KEM(512),
    ML_KEM(768),
    ML_KEM(1024),
    HQC(1),
    HQC(3),
    HQC(5),
    ML_DSA(44),
    ML_DSA(65),
    ML_DSA(87),
    SLH_DSA("sha2-128s", "SHA2-128s", SHA2_128S),
    SLH_DSA("shake-128s", "SHAKE-128s", SHAKE_128S),
    SLH_DSA("sha2-128f", "SHA2-128f", SHA2_128F),
    SLH_DSA("shake-128f", "SHAKE-128f", SHAKE_128F),
    SLH_DSA("sha2-192s", "SHA2-192s", SHA2_192S),
    SLH_DSA("shake-192s", "SHAKE-192s", SHAKE_192S),
    SLH_DSA("sha2-192f", "SHA2-192f", SHA2_192F),
    SLH_DSA("shake-192f", "SHAKE-192f", SHAKE_192F),
    SLH_DSA("sha2-256s", "SHA2-256s", SHA2_256S),
    SLH_DSA("shake-256s", "SHAKE-256s", SHAKE_256S),
    SLH_DSA("sha2-256f", "SHA2-256f", SHA2_256F),
    SLH_DSA("shake-256f", "SHAKE-256f", SHAKE_256F),
    FALCON(512),
    FALCON(1024),
    RSA(2048),
    RSA(3072),
    RSA(4096),
    RSA(8192),
    EC("ec-p256", "P-256", CURVE_P256, CKM_SHA256),
    EC("ec-p384", "P-384", CURVE_P384, CKM_SHA384),
    EC("ec-p521", "P-521", CURVE_P521, CKM_SHA512),
    EC("secp256k1", "secp256k1", CURVE_SECP256K1, CKM_SHA256),
    BRAINPOOL("brainpoolP256r1", P256R1, CKM_SHA256),
    BRAINPOOL("brainpoolP256t1", P256T1, CKM_SHA256),
    BRAINPOOL("brainpoolP384r1", P384R1, CKM_SHA384),
    BRAINPOOL("brainpoolP384t1", P384T1, CKM_SHA384),
    BRAINPOOL("brainpoolP512r1", P512R1, CKM_SHA512),
    BRAINPOOL("brainpoolP512t1", P512T1, CKM_SHA512),
    CURVE("ed25519", "Ed25519", CKK_EC_EDWARDS, CURVE_ED25519, SIGNING),
    CURVE("ed448", "Ed448", CKK_EC_EDWARDS, CURVE_ED448, SIGNING),
    CURVE("x25519", "X25519", CKK_EC_MONTGOMERY, CURVE_X25519, CKF_DERIVE),
    CURVE("x448", "X448", CKK_EC_MONTGOMERY, CURVE_X448, CKF_DERIVE),
    SECRET("aes-128", "AES-128", CKK_AES, 16, CIPHERING),
    SECRET("aes-192", "AES-192", CKK_AES, 24, CIPHERING),
    SECRET("aes-256", "AES-256", CKK_AES, 32, CIPHERING),
    SECRET("aes-xts-256", "AES-XTS, 256 bit", CKK_AES_XTS, 32, CIPHERING),
    SECRET("aes-xts-512", "AES-XTS, 512 bit", CKK_AES_XTS, 64, CIPHERING),
    SECRET("chacha20", "ChaCha20, 256 bit", CKK_CHACHA20, 32, CIPHERING),
    SECRET("salsa20", "Salsa20, 256 bit", CKK_SALSA20, 32, CIPHERING),
    SECRET("poly1305", "Poly1305, 256 bit", CKK_POLY1305, 32, SIGNING),
    HMAC("sha1", "SHA-1", SHA_1, 20),
    HMAC("sha2-224", "SHA-224", SHA224, 28),
    HMAC("sha2-256", "SHA-256", SHA256, 32),
    HMAC("sha2-384", "SHA-384", SHA384, 48),
    HMAC("sha2-512", "SHA-512", SHA512, 64),
    HMAC("sha2-512-224", "SHA-512/224", SHA512_224, 28),
    HMAC("sha2-512-256", "SHA-512/256", SHA512_256, 32),
    HMAC("sha3-224", "SHA3-224", SHA3_224, 28),
    HMAC("sha3-256", "SHA3-256", SHA3_256, 32),
    HMAC("sha3-384", "SHA3-384", SHA3_384, 48),
    HMAC("sha3-512", "SHA3-512", SHA3_512, 64),
    VERIFIED("hss", "HSS", CKK_HSS, CKA_HSS_LEVELS),
    VERIFIED("xmss", "XMSS", CKK_XMSS, CKA_PARAMETER_SET),
    VERIFIED("xmssmt", "XMSSMT", CKK_XMSSMT, CKA_PARAMETER_SET),
    {"hkdf", "HKDF", CKK_HKDF, CKA_VALUE_LEN, 32, CKF_DERIVE, NO_HASH, true},
    {"generic", "secret", CKK_GENERIC_SECRET, CKA_VALUE_LEN, 32, SIGNING, CKM_SHA256, true},
};
#define NUM_KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* v3.2 has no number for SHAKE as a digest: the token calls it by its key derivation's. */
static const struct hash {
    const char *name;
    CK_MECHANISM_TYPE digest;
} hashes[] = {
    {"sha2-224", CKM_SHA224},
    {"sha2-256", CKM_SHA256},
    {"sha2-384", CKM_SHA384},
    {"sha2-512", CKM_SHA512},
    {"sha2-512-224", CKM_SHA512_224},
    {"sha2-512-256", CKM_SHA512_256},
    {"sha3-224", CKM_SHA3_224},
    {"sha3-256", CKM_SHA3_256},
    {"sha3-384", CKM_SHA3_384},
    {"sha3-512", CKM_SHA3_512},
    {"shake128", CKM_SHAKE_128_KEY_DERIVATION},
    {"shake256", CKM_SHAKE_256_KEY_DERIVATION},
    {"sha1", CKM_SHA_1},
};
#define NUM_HASHES (sizeof(hashes) / sizeof(hashes[0]))

/* Ways to sign, told apart by their parameters. The first that fits a key is the usual one. */
static const struct scheme {
    const char *name;
    CK_KEY_TYPE type; /* MECHANISM_ANY_KEY: whatever the token has mechanisms for */
    enum mechanism_param param;
    CK_MECHANISM_TYPE mechanism; /* 0: what takes the parameter, and the hash */
} schemes[] = {
    {"rsa-pss", CKK_RSA, PARAM_PSS, 0},
    {"rsa-pkcs1", CKK_RSA, PARAM_NONE, 0},
    {"ecdsa", CKK_EC, PARAM_NONE, 0},
    {"eddsa", CKK_EC_EDWARDS, PARAM_EDDSA, 0},
    {"ml-dsa", CKK_ML_DSA, PARAM_SIGN_CONTEXT, 0},
    {"slh-dsa", CKK_SLH_DSA, PARAM_SIGN_CONTEXT, 0},
    {"falcon", CKK_PQHW_FALCON_ROUND3, PARAM_NONE, CKM_PQHW_FALCON_ROUND3},
    {"falcon-compressed", CKK_PQHW_FALCON_ROUND3, PARAM_NONE, CKM_PQHW_FALCON_ROUND3_COMPRESSED},
    {"falcon-ct", CKK_PQHW_FALCON_ROUND3, PARAM_NONE, CKM_PQHW_FALCON_ROUND3_CT},
    {"hss", CKK_HSS, PARAM_NONE, 0},
    {"xmss", CKK_XMSS, PARAM_NONE, 0},
    {"xmssmt", CKK_XMSSMT, PARAM_NONE, 0},
    {"cmac", CKK_AES, PARAM_NONE, 0},
    {"hmac", MECHANISM_ANY_KEY, PARAM_NONE, 0},
};
#define NUM_SCHEMES (sizeof(schemes) / sizeof(schemes[0]))

/* ---- kinds ---- */

const struct key_kind *key_kind_at(size_t i)
{
    return i < NUM_KINDS ? &kinds[i] : NULL;
}

const struct key_kind *key_kind_by_name(const char *name)
{
    for (size_t i = 0; i < NUM_KINDS; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    return NULL;
}

const struct key_kind *key_kind_find(CK_KEY_TYPE type, CK_ULONG number)
{
    const struct key_kind *found = NULL;

    for (size_t i = 0; i < NUM_KINDS; i++) {
        if (kinds[i].type != type)
            continue;
        if (kinds[i].number == number)
            return &kinds[i];
        if (found == NULL)
            found = &kinds[i];
    }
    return found;
}

/* Of XMSS and XMSS^MT: hash by hash, for each shape by shape (RFC 8391, 8; SP 800-208, 5). */
static void xmss_title(char out[KEY_TITLE_LEN], const struct key_kind *kind, CK_ULONG set)
{
    static const char *const set_hashes[][2] = {
        {"SHA2", "256"}, {"SHA2", "512"},     {"SHAKE", "256"},   {"SHAKE", "512"},
        {"SHA2", "192"}, {"SHAKE256", "256"}, {"SHAKE256", "192"}};
    static const char *const single[] = {"10", "16", "20"};
    static const char *const multi[] = {"20/2", "20/4", "40/2", "40/4",
                                        "40/8", "60/3", "60/6", "60/12"};
    const size_t num_hashes = sizeof(set_hashes) / sizeof(set_hashes[0]);
    bool is_multi = kind->type == CKK_XMSSMT;
    CK_ULONG num_shapes = is_multi ? 8 : 3;

    if (set < 1 || set > num_hashes * num_shapes) {
        snprintf(out, KEY_TITLE_LEN, "%s", kind->title);
        return;
    }
    const char *const *hash = set_hashes[(set - 1) / num_shapes];
    const char *shape = is_multi ? multi[(set - 1) % num_shapes] : single[(set - 1) % num_shapes];
    snprintf(out, KEY_TITLE_LEN, "%s-%s_%s_%s", kind->title, hash[0], shape, hash[1]);
}

void key_kind_title(char out[KEY_TITLE_LEN], const struct key_kind *kind, CK_ULONG number)
{
    if (kind->any_len)
        snprintf(out, KEY_TITLE_LEN, "%s, %lu bit", kind->title, 8 * number);
    else if (kind->type == CKK_RSA) /* a modulus may have other lengths than the table's */
        snprintf(out, KEY_TITLE_LEN, "RSA-%lu", number);
    else if (kind->type == CKK_HSS)
        snprintf(out, KEY_TITLE_LEN, "HSS, %lu level%s", number, number == 1 ? "" : "s");
    else if (kind->type == CKK_XMSS || kind->type == CKK_XMSSMT)
        xmss_title(out, kind, number);
    else
        snprintf(out, KEY_TITLE_LEN, "%s", kind->title);
}

static bool is_generated(const struct key_kind *kind)
{
    return key_mechanism(kind->type, CKF_GENERATE_KEY_PAIR | CKF_GENERATE) != NULL;
}

/* The i-th of those that `wanted` accepts. */
static const char *nth_name(size_t i, bool (*wanted)(const struct key_kind *kind))
{
    for (size_t k = 0; k < NUM_KINDS; k++)
        if (wanted(&kinds[k]) && i-- == 0)
            return kinds[k].name;
    return NULL;
}

const char *key_generated_name(size_t i)
{
    return nth_name(i, is_generated);
}

const char *key_secret_name(size_t i)
{
    return nth_name(i, key_kind_is_secret);
}

/* ---- other names ---- */

struct alias {
    const char *other;
    const char *name;
};

/* OpenSSL's and SEC 2's. */
static const struct alias kind_aliases[] = {
    {"prime256v1", "ec-p256"}, {"secp256r1", "ec-p256"},      {"P-256", "ec-p256"},
    {"secp384r1", "ec-p384"},  {"P-384", "ec-p384"},          {"secp521r1", "ec-p521"},
    {"P-521", "ec-p521"},      {"ec-secp256k1", "secp256k1"},
};

static const struct alias hash_aliases[] = {
    {"sha224", "sha2-224"}, {"sha256", "sha2-256"},         {"sha384", "sha2-384"},
    {"sha512", "sha2-512"}, {"sha512-224", "sha2-512-224"}, {"sha512-256", "sha2-512-256"},
    {"sha-1", "sha1"},
};

static const char *find_alias(const struct alias *aliases, size_t num, const char *other)
{
    for (size_t i = 0; i < num; i++)
        if (strcasecmp(aliases[i].other, other) == 0)
            return aliases[i].name;
    return NULL;
}

const char *key_kind_alias(const char *name)
{
    return find_alias(kind_aliases, sizeof(kind_aliases) / sizeof(kind_aliases[0]), name);
}

const char *key_hash_alias(const char *name)
{
    return find_alias(hash_aliases, sizeof(hash_aliases) / sizeof(hash_aliases[0]), name);
}

/* ---- mechanisms ---- */

const struct mechanism_info *key_mechanism(CK_KEY_TYPE type, CK_FLAGS flags)
{
    const struct mechanism_info *info;

    for (size_t i = 0; (info = mechanism_at(i)) != NULL; i++)
        if (info->key_type == type && (info->flags & flags) != 0)
            return info;
    return NULL;
}

CK_FLAGS key_kind_may(const struct key_kind *kind)
{
    const struct mechanism_info *info;
    CK_FLAGS may = 0;

    for (size_t i = 0; (info = mechanism_at(i)) != NULL; i++)
        if (mechanism_takes(info, kind->type) &&
            (info->key_type != MECHANISM_ANY_KEY || key_kind_is_secret(kind)))
            may |= info->flags;
    return may;
}

/* ---- signatures ---- */

const char *key_hash_name(size_t i)
{
    return i < NUM_HASHES ? hashes[i].name : NULL;
}

const char *key_scheme_name(size_t i)
{
    return i < NUM_SCHEMES ? schemes[i].name : NULL;
}

static CK_MECHANISM_TYPE digest_by_name(const char *name)
{
    for (size_t i = 0; i < NUM_HASHES; i++)
        if (strcmp(hashes[i].name, name) == 0)
            return hashes[i].digest;
    return NO_HASH;
}

/* By name, HMAC is for secrets that hash: what else has no parameter has a name of its own. */
static bool scheme_fits(const struct scheme *scheme, const struct key_kind *kind, bool by_name)
{
    if (scheme->type != MECHANISM_ANY_KEY)
        return scheme->type == kind->type;
    return !by_name || (key_kind_is_secret(kind) && kind->hash != NO_HASH);
}

static const struct scheme *find_scheme(const struct key_kind *kind, const char *name)
{
    for (size_t i = 0; i < NUM_SCHEMES; i++) {
        if (name != NULL && strcmp(schemes[i].name, name) != 0)
            continue;
        if (scheme_fits(&schemes[i], kind, name != NULL))
            return &schemes[i];
    }
    return NULL;
}

const struct mechanism_info *key_sign_mechanism(const struct key_kind *kind, const char *scheme,
                                                const char *hash, CK_FLAGS flag)
{
    const struct scheme *way = find_scheme(kind, scheme);
    CK_MECHANISM_TYPE digest = hash != NULL ? digest_by_name(hash) : kind->hash;
    const struct mechanism_info *info;

    for (size_t i = 0; way != NULL && (info = mechanism_at(i)) != NULL; i++)
        if (mechanism_takes(info, kind->type) && info->param == way->param &&
            (way->mechanism == 0 || info->type == way->mechanism) && info->digest == digest &&
            (info->flags & flag) != 0)
            return info;
    return NULL;
}
