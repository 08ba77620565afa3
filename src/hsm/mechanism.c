/* SPDX-License-Identifier: Apache-2.0 */
#include "hsm/mechanism.h"

#include "crypto/mldsa/mldsa.h"
#include "crypto/slhdsa/slhdsa.h"

#define NO_DIGEST CK_UNAVAILABLE_INFORMATION

_Static_assert(MLDSA_MAX_CONTEXT == SLHDSA_MAX_CONTEXT, "one limit serves both");

/* Key sizes are bytes of the public key, of the smallest and the largest parameter set (FIPS 203,
 * Table 3; FIPS 204, Table 2; FIPS 205, Table 2). */
#define MLKEM_KEYS  CKK_ML_KEM
#define MLKEM_SIZE  800, 1568
#define MLDSA_KEYS  CKK_ML_DSA
#define MLDSA_SIZE  1312, 2592
#define SLHDSA_KEYS CKK_SLH_DSA
#define SLHDSA_SIZE 32, 64

#define SIGNING (CKF_SIGN | CKF_VERIFY)
#define KEM     (CKF_ENCAPSULATE | CKF_DECAPSULATE)

/* v3.2 has no number for SHAKE as a digest: it is called by its key derivation's. */
#define SHAKE128 CKM_SHAKE_128_KEY_DERIVATION
#define SHAKE256 CKM_SHAKE_256_KEY_DERIVATION

#define KEYGEN(type, family)                                                                       \
    {                                                                                              \
        type, #type, family##_KEYS, CKF_GENERATE_KEY_PAIR, family##_SIZE, PARAM_NONE, PARTS_NONE,  \
            NO_DIGEST                                                                              \
    }
#define SIGN(type, family, param, parts, digest)                                                   \
    {                                                                                              \
        type, #type, family##_KEYS, SIGNING, family##_SIZE, param, parts, digest                   \
    }
#define MLDSA_HASHED(hash, digest)                                                                 \
    SIGN(CKM_HASH_ML_DSA_##hash, MLDSA, PARAM_SIGN_CONTEXT, PARTS_ALL, digest)
#define SLHDSA_HASHED(hash, digest)                                                                \
    SIGN(CKM_HASH_SLH_DSA_##hash, SLHDSA, PARAM_SIGN_CONTEXT, PARTS_ALL, digest)
#define DIGEST(type)                                                                               \
    {                                                                                              \
        type, #type, MECHANISM_NO_KEY, CKF_DIGEST, 0, 0, PARAM_NONE, PARTS_ALL, type               \
    }

static const struct mechanism_info mechanisms[] = {
    KEYGEN(CKM_ML_KEM_KEY_PAIR_GEN, MLKEM),
    {CKM_ML_KEM, "CKM_ML_KEM", CKK_ML_KEM, KEM, MLKEM_SIZE, PARAM_NONE, PARTS_NONE, NO_DIGEST},
    KEYGEN(CKM_ML_DSA_KEY_PAIR_GEN, MLDSA),
    SIGN(CKM_ML_DSA, MLDSA, PARAM_SIGN_CONTEXT, PARTS_ALL, NO_DIGEST),
    SIGN(CKM_HASH_ML_DSA, MLDSA, PARAM_HASH_SIGN_CONTEXT, PARTS_NONE, NO_DIGEST),
    MLDSA_HASHED(SHA224, CKM_SHA224),
    MLDSA_HASHED(SHA256, CKM_SHA256),
    MLDSA_HASHED(SHA384, CKM_SHA384),
    MLDSA_HASHED(SHA512, CKM_SHA512),
    MLDSA_HASHED(SHA3_224, CKM_SHA3_224),
    MLDSA_HASHED(SHA3_256, CKM_SHA3_256),
    MLDSA_HASHED(SHA3_384, CKM_SHA3_384),
    MLDSA_HASHED(SHA3_512, CKM_SHA3_512),
    MLDSA_HASHED(SHAKE128, SHAKE128),
    MLDSA_HASHED(SHAKE256, SHAKE256),
    KEYGEN(CKM_SLH_DSA_KEY_PAIR_GEN, SLHDSA),
    SIGN(CKM_SLH_DSA, SLHDSA, PARAM_SIGN_CONTEXT, PARTS_NOT_VERIFY, NO_DIGEST),
    SIGN(CKM_HASH_SLH_DSA, SLHDSA, PARAM_HASH_SIGN_CONTEXT, PARTS_NONE, NO_DIGEST),
    SLHDSA_HASHED(SHA224, CKM_SHA224),
    SLHDSA_HASHED(SHA256, CKM_SHA256),
    SLHDSA_HASHED(SHA384, CKM_SHA384),
    SLHDSA_HASHED(SHA512, CKM_SHA512),
    SLHDSA_HASHED(SHA3_224, CKM_SHA3_224),
    SLHDSA_HASHED(SHA3_256, CKM_SHA3_256),
    SLHDSA_HASHED(SHA3_384, CKM_SHA3_384),
    SLHDSA_HASHED(SHA3_512, CKM_SHA3_512),
    SLHDSA_HASHED(SHAKE128, SHAKE128),
    SLHDSA_HASHED(SHAKE256, SHAKE256),
    DIGEST(CKM_SHA512_224),
    DIGEST(CKM_SHA512_256),
    DIGEST(CKM_SHA_1),
    DIGEST(CKM_SHA256),
    DIGEST(CKM_SHA224),
    DIGEST(CKM_SHA384),
    DIGEST(CKM_SHA512),
    DIGEST(CKM_SHA3_256),
    DIGEST(CKM_SHA3_224),
    DIGEST(CKM_SHA3_384),
    DIGEST(CKM_SHA3_512),
};

#define NUM_MECHANISMS (sizeof(mechanisms) / sizeof(mechanisms[0]))

const struct mechanism_info *mechanism_table(size_t *num)
{
    *num = NUM_MECHANISMS;
    return mechanisms;
}

const struct mechanism_info *mechanism_find(CK_MECHANISM_TYPE type)
{
    for (size_t i = 0; i < NUM_MECHANISMS; i++) {
        if (mechanisms[i].type == type)
            return &mechanisms[i];
    }
    return NULL;
}

bool mechanism_digest(CK_MECHANISM_TYPE type, enum digest_alg *out)
{
    static const struct {
        CK_MECHANISM_TYPE type;
        enum digest_alg alg;
    } digests[] = {
        {CKM_SHA_1, DIGEST_SHA1},
        {CKM_SHA224, DIGEST_SHA224},
        {CKM_SHA256, DIGEST_SHA256},
        {CKM_SHA384, DIGEST_SHA384},
        {CKM_SHA512, DIGEST_SHA512},
        {CKM_SHA512_224, DIGEST_SHA512_224},
        {CKM_SHA512_256, DIGEST_SHA512_256},
        {CKM_SHA3_224, DIGEST_SHA3_224},
        {CKM_SHA3_256, DIGEST_SHA3_256},
        {CKM_SHA3_384, DIGEST_SHA3_384},
        {CKM_SHA3_512, DIGEST_SHA3_512},
        {SHAKE128, DIGEST_SHAKE128},
        {SHAKE256, DIGEST_SHAKE256},
    };

    for (size_t i = 0; i < sizeof(digests) / sizeof(digests[0]); i++) {
        if (digests[i].type == type) {
            *out = digests[i].alg;
            return true;
        }
    }
    return false;
}

/* HashML-DSA and HashSLH-DSA take any approved hash but SHA-1, whose collisions are known. */
static bool prehash_allowed(CK_MECHANISM_TYPE hash)
{
    enum digest_alg alg;
    return hash != CKM_SHA_1 && mechanism_digest(hash, &alg);
}

static bool param_valid(const struct mechanism *mechanism, enum mechanism_param param,
                        CK_FLAGS flag)
{
    if (param == PARAM_NONE)
        return !mechanism->has_param;
    if (param == PARAM_HASH_SIGN_CONTEXT &&
        !(mechanism->has_param && prehash_allowed(mechanism->hash)))
        return false;
    if (!mechanism->has_param)
        return true;
    /* A verifier ignores how the signer was to draw its randomness. */
    bool hedge_known = flag == CKF_VERIFY || mechanism->hedge <= CKH_DETERMINISTIC_REQUIRED;
    return hedge_known && mechanism->context.len <= MLDSA_MAX_CONTEXT;
}

enum pqhw_status mechanism_check(const struct mechanism *mechanism, CK_FLAGS flag,
                                 const struct mechanism_info **info)
{
    const struct mechanism_info *found = mechanism_find(mechanism->type);
    if (found == NULL || (found->flags & flag) == 0)
        return PQHW_MECHANISM_INVALID;
    if (!param_valid(mechanism, found->param, flag))
        return PQHW_MECHANISM_PARAM_INVALID;
    *info = found;
    return PQHW_OK;
}
