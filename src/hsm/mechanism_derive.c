/* SPDX-License-Identifier: Apache-2.0
 *
 * Mechanisms that derive keys from secret keys or a password, and the public key of a
 * private one.
 */
#include "hsm/mechanism_table.h"

#define SIZE 1, SECRET_MAX_LEN /* bytes */

#define ANY(type, param, digest)                                                                   \
    {                                                                                              \
        type, #type, MECHANISM_ANY_KEY, NO_KEY, CKF_DERIVE, SIZE, param, PARTS_NONE, digest        \
    }
#define SP800_108(type, param)                                                                     \
    {                                                                                              \
        type, #type, MECHANISM_ANY_KEY, NO_KEY, CKF_DERIVE, 8, 8 * SECRET_MAX_LEN, param,          \
            PARTS_NONE, NO_DIGEST                                                                  \
    }
#define HASHED(hash) ANY(CKM_##hash##_KEY_DERIVATION, PARAM_NONE, CKM_##hash)

static const struct mechanism_info rows[] = {
    ANY(CKM_CONCATENATE_BASE_AND_KEY, PARAM_KEY, NO_DIGEST),
    ANY(CKM_CONCATENATE_BASE_AND_DATA, PARAM_STRING, NO_DIGEST),
    ANY(CKM_CONCATENATE_DATA_AND_BASE, PARAM_STRING, NO_DIGEST),
    ANY(CKM_XOR_BASE_AND_DATA, PARAM_STRING, NO_DIGEST),
    ANY(CKM_EXTRACT_KEY_FROM_KEY, PARAM_BIT, NO_DIGEST),
    HASHED(SHA256),
    HASHED(SHA384),
    HASHED(SHA512),
    HASHED(SHA224),
    HASHED(SHA3_256),
    HASHED(SHA3_224),
    HASHED(SHA3_384),
    HASHED(SHA3_512),
    SP800_108(CKM_SP800_108_COUNTER_KDF, PARAM_108),
    SP800_108(CKM_SP800_108_FEEDBACK_KDF, PARAM_108_FEEDBACK),
    SP800_108(CKM_SP800_108_DOUBLE_PIPELINE_KDF, PARAM_108),
    {CKM_PKCS5_PBKD2, "CKM_PKCS5_PBKD2", MECHANISM_ANY_KEY, NO_KEY, CKF_GENERATE, SIZE, PARAM_PBKD2,
     PARTS_NONE, NO_DIGEST},
    {CKM_AES_ECB_ENCRYPT_DATA, "CKM_AES_ECB_ENCRYPT_DATA", CKK_AES, NO_KEY, CKF_DERIVE, 16, 32,
     PARAM_BLOCKS, PARTS_NONE, NO_DIGEST},
    {CKM_AES_CBC_ENCRYPT_DATA, "CKM_AES_CBC_ENCRYPT_DATA", CKK_AES, NO_KEY, CKF_DERIVE, 16, 32,
     PARAM_IV_BLOCKS, PARTS_NONE, NO_DIGEST},
    {CKM_HKDF_DERIVE, "CKM_HKDF_DERIVE", CKK_HKDF, CKK_GENERIC_SECRET, CKF_DERIVE, SIZE, PARAM_HKDF,
     PARTS_NONE, NO_DIGEST},
    {CKM_HKDF_KEY_GEN, "CKM_HKDF_KEY_GEN", CKK_HKDF, NO_KEY, CKF_GENERATE, SIZE, PARAM_NONE,
     PARTS_NONE, NO_DIGEST},
    {CKM_PUB_KEY_FROM_PRIV_KEY, "CKM_PUB_KEY_FROM_PRIV_KEY", MECHANISM_ANY_PAIR, NO_KEY, CKF_DERIVE,
     0, 0, PARAM_NONE, PARTS_NONE, NO_DIGEST},
};

const struct mechanism_chapter mechanisms_derive = MECHANISM_CHAPTER(rows);
