/* SPDX-License-Identifier: Apache-2.0
 *
 * Mechanisms of ML-KEM, HQC, ML-DSA, SLH-DSA and Falcon.
 */
#include "hsm/mechanism_table.h"

/* Key sizes are bytes of the public key, of the smallest and the largest parameter set (FIPS 203,
 * Table 3; FIPS 204, Table 2; FIPS 205, Table 2; Falcon's specification, Table 3.3; for
 * HQC docs/algorithms.md). */
#define MLKEM_KEYS  CKK_ML_KEM
#define MLKEM_SIZE  800, 1568
#define HQC_KEYS    CKK_PQHW_HQC_2025
#define HQC_SIZE    2241, 7237
#define MLDSA_KEYS  CKK_ML_DSA
#define MLDSA_SIZE  1312, 2592
#define SLHDSA_KEYS CKK_SLH_DSA
#define SLHDSA_SIZE 32, 64
#define FALCON_KEYS CKK_PQHW_FALCON_ROUND3
#define FALCON_SIZE 897, 1793

#define KEYGEN(type, family)                                                                       \
    {                                                                                              \
        type, #type, family##_KEYS, NO_KEY, CKF_GENERATE_KEY_PAIR, family##_SIZE, PARAM_NONE,      \
            PARTS_NONE, NO_DIGEST                                                                  \
    }
#define SIGN(type, family, param, parts, digest)                                                   \
    {                                                                                              \
        type, #type, family##_KEYS, NO_KEY, SIGNING, family##_SIZE, param, parts, digest           \
    }
#define MLDSA_HASHED(hash, digest)                                                                 \
    SIGN(CKM_HASH_ML_DSA_##hash, MLDSA, PARAM_SIGN_CONTEXT, PARTS_ALL, digest)
#define SLHDSA_HASHED(hash, digest)                                                                \
    SIGN(CKM_HASH_SLH_DSA_##hash, SLHDSA, PARAM_SIGN_CONTEXT, PARTS_ALL, digest)

static const struct mechanism_info rows[] = {
    KEYGEN(CKM_ML_KEM_KEY_PAIR_GEN, MLKEM),
    {CKM_ML_KEM, "CKM_ML_KEM", CKK_ML_KEM, NO_KEY, KEM, MLKEM_SIZE, PARAM_NONE, PARTS_NONE,
     NO_DIGEST},
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
    KEYGEN(CKM_PQHW_HQC_2025_KEY_PAIR_GEN, HQC),
    {CKM_PQHW_HQC_2025, "CKM_PQHW_HQC_2025", HQC_KEYS, NO_KEY, KEM, HQC_SIZE, PARAM_NONE,
     PARTS_NONE, NO_DIGEST},
    KEYGEN(CKM_PQHW_FALCON_ROUND3_KEY_PAIR_GEN, FALCON),
    SIGN(CKM_PQHW_FALCON_ROUND3, FALCON, PARAM_NONE, PARTS_NOT_VERIFY, NO_DIGEST),
    SIGN(CKM_PQHW_FALCON_ROUND3_COMPRESSED, FALCON, PARAM_NONE, PARTS_NOT_VERIFY, NO_DIGEST),
    SIGN(CKM_PQHW_FALCON_ROUND3_CT, FALCON, PARAM_NONE, PARTS_NOT_VERIFY, NO_DIGEST),
};

const struct mechanism_chapter mechanisms_pq = MECHANISM_CHAPTER(rows);
