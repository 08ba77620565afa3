/* SPDX-License-Identifier: Apache-2.0
 *
 * Generic secrets, and HMAC with each hash. A generic secret serves any of them, a key of its own
 * type one.
 */
#include "hsm/mechanism_table.h"

#define SIZE 1, SECRET_MAX_LEN /* bytes */

#define HMAC(hash)                                                                                 \
    {                                                                                              \
        CKM_##hash##_HMAC, "CKM_" #hash "_HMAC", CKK_##hash##_HMAC, CKK_GENERIC_SECRET, SIGNING,   \
            SIZE, PARAM_NONE, PARTS_ALL, CKM_##hash                                                \
    }
#define HMAC_GENERAL(hash)                                                                         \
    {                                                                                              \
        CKM_##hash##_HMAC_GENERAL, "CKM_" #hash "_HMAC_GENERAL", CKK_##hash##_HMAC,                \
            CKK_GENERIC_SECRET, SIGNING, SIZE, PARAM_MAC_LEN, PARTS_ALL, CKM_##hash                \
    }
#define KEYGEN(hash)                                                                               \
    {                                                                                              \
        CKM_##hash##_KEY_GEN, "CKM_" #hash "_KEY_GEN", CKK_##hash##_HMAC, NO_KEY, CKF_GENERATE,    \
            SIZE, PARAM_NONE, PARTS_NONE, NO_DIGEST                                                \
    }

static const struct mechanism_info rows[] = {
    HMAC(SHA512_224),
    HMAC_GENERAL(SHA512_224),
    HMAC(SHA512_256),
    HMAC_GENERAL(SHA512_256),
    HMAC(SHA_1),
    HMAC_GENERAL(SHA_1),
    HMAC(SHA256),
    HMAC_GENERAL(SHA256),
    HMAC(SHA224),
    HMAC_GENERAL(SHA224),
    HMAC(SHA384),
    HMAC_GENERAL(SHA384),
    HMAC(SHA512),
    HMAC_GENERAL(SHA512),
    HMAC(SHA3_256),
    HMAC_GENERAL(SHA3_256),
    KEYGEN(SHA3_256),
    HMAC(SHA3_224),
    HMAC_GENERAL(SHA3_224),
    KEYGEN(SHA3_224),
    HMAC(SHA3_384),
    HMAC_GENERAL(SHA3_384),
    KEYGEN(SHA3_384),
    HMAC(SHA3_512),
    HMAC_GENERAL(SHA3_512),
    KEYGEN(SHA3_512),
    {CKM_GENERIC_SECRET_KEY_GEN, "CKM_GENERIC_SECRET_KEY_GEN", CKK_GENERIC_SECRET, NO_KEY,
     CKF_GENERATE, 8, 8 * SECRET_MAX_LEN, PARAM_NONE, PARTS_NONE, NO_DIGEST},
    KEYGEN(SHA_1),
    KEYGEN(SHA224),
    KEYGEN(SHA256),
    KEYGEN(SHA384),
    KEYGEN(SHA512),
    KEYGEN(SHA512_224),
    KEYGEN(SHA512_256),
};

const struct mechanism_chapter mechanisms_hmac = MECHANISM_CHAPTER(rows);
