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
