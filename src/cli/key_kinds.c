/* SPDX-License-Identifier: Apache-2.0
 *
 * The algorithms, as tables.
 */
#include <string.h>

#include "cli/keys.h"

static const struct key_kind kinds[] = {
    {"ml-kem-512", "ML-KEM-512", CKK_ML_KEM, CKP_ML_KEM_512},
    {"ml-kem-768", "ML-KEM-768", CKK_ML_KEM, CKP_ML_KEM_768},
    {"ml-kem-1024", "ML-KEM-1024", CKK_ML_KEM, CKP_ML_KEM_1024},
    {"ml-dsa-44", "ML-DSA-44", CKK_ML_DSA, CKP_ML_DSA_44},
    {"ml-dsa-65", "ML-DSA-65", CKK_ML_DSA, CKP_ML_DSA_65},
    {"ml-dsa-87", "ML-DSA-87", CKK_ML_DSA, CKP_ML_DSA_87},
    {"slh-dsa-sha2-128s", "SLH-DSA-SHA2-128s", CKK_SLH_DSA, CKP_SLH_DSA_SHA2_128S},
    {"slh-dsa-shake-128s", "SLH-DSA-SHAKE-128s", CKK_SLH_DSA, CKP_SLH_DSA_SHAKE_128S},
    {"slh-dsa-sha2-128f", "SLH-DSA-SHA2-128f", CKK_SLH_DSA, CKP_SLH_DSA_SHA2_128F},
    {"slh-dsa-shake-128f", "SLH-DSA-SHAKE-128f", CKK_SLH_DSA, CKP_SLH_DSA_SHAKE_128F},
    {"slh-dsa-sha2-192s", "SLH-DSA-SHA2-192s", CKK_SLH_DSA, CKP_SLH_DSA_SHA2_192S},
    {"slh-dsa-shake-192s", "SLH-DSA-SHAKE-192s", CKK_SLH_DSA, CKP_SLH_DSA_SHAKE_192S},
    {"slh-dsa-sha2-192f", "SLH-DSA-SHA2-192f", CKK_SLH_DSA, CKP_SLH_DSA_SHA2_192F},
    {"slh-dsa-shake-192f", "SLH-DSA-SHAKE-192f", CKK_SLH_DSA, CKP_SLH_DSA_SHAKE_192F},
    {"slh-dsa-sha2-256s", "SLH-DSA-SHA2-256s", CKK_SLH_DSA, CKP_SLH_DSA_SHA2_256S},
    {"slh-dsa-shake-256s", "SLH-DSA-SHAKE-256s", CKK_SLH_DSA, CKP_SLH_DSA_SHAKE_256S},
    {"slh-dsa-sha2-256f", "SLH-DSA-SHA2-256f", CKK_SLH_DSA, CKP_SLH_DSA_SHA2_256F},
    {"slh-dsa-shake-256f", "SLH-DSA-SHAKE-256f", CKK_SLH_DSA, CKP_SLH_DSA_SHAKE_256F},
};
#define NUM_KINDS (sizeof(kinds) / sizeof(kinds[0]))

static const struct key_family families[] = {
    {CKK_ML_KEM, CKM_ML_KEM_KEY_PAIR_GEN, CKM_ML_KEM, CKA_ENCAPSULATE, CKA_DECAPSULATE, true},
    {CKK_ML_DSA, CKM_ML_DSA_KEY_PAIR_GEN, CKM_ML_DSA, CKA_VERIFY, CKA_SIGN, false},
    {CKK_SLH_DSA, CKM_SLH_DSA_KEY_PAIR_GEN, CKM_SLH_DSA, CKA_VERIFY, CKA_SIGN, false},
};

/* Hashes, and the mechanism of each signature algorithm that hashes with it first. */
static const struct hash {
    const char *name;
    CK_MECHANISM_TYPE ml_dsa;
    CK_MECHANISM_TYPE slh_dsa;
} hashes[] = {
    {"sha2-224", CKM_HASH_ML_DSA_SHA224, CKM_HASH_SLH_DSA_SHA224},
    {"sha2-256", CKM_HASH_ML_DSA_SHA256, CKM_HASH_SLH_DSA_SHA256},
    {"sha2-384", CKM_HASH_ML_DSA_SHA384, CKM_HASH_SLH_DSA_SHA384},
    {"sha2-512", CKM_HASH_ML_DSA_SHA512, CKM_HASH_SLH_DSA_SHA512},
    {"sha3-224", CKM_HASH_ML_DSA_SHA3_224, CKM_HASH_SLH_DSA_SHA3_224},
    {"sha3-256", CKM_HASH_ML_DSA_SHA3_256, CKM_HASH_SLH_DSA_SHA3_256},
    {"sha3-384", CKM_HASH_ML_DSA_SHA3_384, CKM_HASH_SLH_DSA_SHA3_384},
    {"sha3-512", CKM_HASH_ML_DSA_SHA3_512, CKM_HASH_SLH_DSA_SHA3_512},
    {"shake128", CKM_HASH_ML_DSA_SHAKE128, CKM_HASH_SLH_DSA_SHAKE128},
    {"shake256", CKM_HASH_ML_DSA_SHAKE256, CKM_HASH_SLH_DSA_SHAKE256},
};
#define NUM_HASHES (sizeof(hashes) / sizeof(hashes[0]))

const char *key_kind_name(size_t i)
{
    return i < NUM_KINDS ? kinds[i].name : NULL;
}

const char *key_hash_name(size_t i)
{
    return i < NUM_HASHES ? hashes[i].name : NULL;
}

const struct key_kind *key_kind_by_name(const char *name)
{
    for (size_t i = 0; i < NUM_KINDS; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    return NULL;
}

const struct key_kind *key_kind_find(CK_KEY_TYPE type, CK_ULONG parameter_set)
{
    for (size_t i = 0; i < NUM_KINDS; i++)
        if (kinds[i].type == type && kinds[i].parameter_set == parameter_set)
            return &kinds[i];
    return NULL;
}

const struct key_family *key_family_find(CK_KEY_TYPE type)
{
    for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
        if (families[i].type == type)
            return &families[i];
    return NULL;
}

CK_MECHANISM_TYPE key_sign_mechanism(CK_KEY_TYPE type, const char *hash)
{
    const struct key_family *family = key_family_find(type);

    if (family == NULL || family->kem)
        return CK_UNAVAILABLE_INFORMATION;
    if (hash == NULL)
        return family->use;
    for (size_t i = 0; i < NUM_HASHES; i++)
        if (strcmp(hashes[i].name, hash) == 0)
            return type == CKK_ML_DSA ? hashes[i].ml_dsa : hashes[i].slh_dsa;
    return CK_UNAVAILABLE_INFORMATION;
}

/* Object identifiers in DER (SEC 2, appendix A; RFC 5639, 4.1; RFC 8410, 3), as the token keeps
 * them. */
#define DER_OID(text)                                                                              \
    {                                                                                              \
        (const uint8_t *)(text), sizeof(text) - 1                                                  \
    }
#define CERTICOM(last)  DER_OID("\x06\x05\x2b\x81\x04\x00" last)
#define BRAINPOOL(last) DER_OID("\x06\x09\x2b\x24\x03\x03\x02\x08\x01\x01" last)
#define RFC8410(last)   DER_OID("\x06\x03\x2b\x65" last)

const char *key_curve_title(struct span params)
{
    static const struct {
        struct span params;
        const char *title;
    } curves[] = {
        {DER_OID("\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"), "P-256"},
        {CERTICOM("\x22"), "P-384"},
        {CERTICOM("\x23"), "P-521"},
        {CERTICOM("\x0a"), "secp256k1"},
        {BRAINPOOL("\x07"), "brainpoolP256r1"},
        {BRAINPOOL("\x08"), "brainpoolP256t1"},
        {BRAINPOOL("\x0b"), "brainpoolP384r1"},
        {BRAINPOOL("\x0c"), "brainpoolP384t1"},
        {BRAINPOOL("\x0d"), "brainpoolP512r1"},
        {BRAINPOOL("\x0e"), "brainpoolP512t1"},
        {RFC8410("\x70"), "Ed25519"},
        {RFC8410("\x71"), "Ed448"},
        {RFC8410("\x6e"), "X25519"},
        {RFC8410("\x6f"), "X448"},
    };

    for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
        if (span_equal(curves[i].params, params))
            return curves[i].title;
    return NULL;
}

const char *key_secret_title(CK_KEY_TYPE type)
{
    static const struct {
        CK_KEY_TYPE type;
        const char *title;
    } types[] = {
        {CKK_GENERIC_SECRET, "secret"},
        {CKK_AES, "AES"},
        {CKK_AES_XTS, "AES-XTS"},
        {CKK_CHACHA20, "ChaCha20"},
        {CKK_SALSA20, "Salsa20"},
        {CKK_POLY1305, "Poly1305"},
        {CKK_HKDF, "HKDF"},
        {CKK_SHA_1_HMAC, "HMAC-SHA-1"},
        {CKK_SHA224_HMAC, "HMAC-SHA-224"},
        {CKK_SHA256_HMAC, "HMAC-SHA-256"},
        {CKK_SHA384_HMAC, "HMAC-SHA-384"},
        {CKK_SHA512_HMAC, "HMAC-SHA-512"},
        {CKK_SHA512_224_HMAC, "HMAC-SHA-512/224"},
        {CKK_SHA512_256_HMAC, "HMAC-SHA-512/256"},
        {CKK_SHA3_224_HMAC, "HMAC-SHA3-224"},
        {CKK_SHA3_256_HMAC, "HMAC-SHA3-256"},
        {CKK_SHA3_384_HMAC, "HMAC-SHA3-384"},
        {CKK_SHA3_512_HMAC, "HMAC-SHA3-512"},
    };

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (types[i].type == type)
            return types[i].title;
    return NULL;
}
