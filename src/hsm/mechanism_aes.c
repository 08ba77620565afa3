/* SPDX-License-Identifier: Apache-2.0
 *
 * Mechanisms of AES. Key sizes are bytes, as PKCS#11 counts them here.
 */
#include "hsm/mechanism_table.h"

#define AES_SIZE 16, 32
#define XTS_SIZE 32, 64

#define AES(type, flags, param, parts)                                                             \
    {                                                                                              \
        type, #type, CKK_AES, NO_KEY, flags, AES_SIZE, param, parts, NO_DIGEST                     \
    }
#define XTS(type, flags, param, parts)                                                             \
    {                                                                                              \
        type, #type, CKK_AES_XTS, NO_KEY, flags, XTS_SIZE, param, parts, NO_DIGEST                 \
    }

static const struct mechanism_info rows[] = {
    XTS(CKM_AES_XTS, CIPHERING, PARAM_BLOCK, PARTS_ALL),
    XTS(CKM_AES_XTS_KEY_GEN, CKF_GENERATE, PARAM_NONE, PARTS_NONE),
    AES(CKM_AES_KEY_GEN, CKF_GENERATE, PARAM_NONE, PARTS_NONE),
    AES(CKM_AES_ECB, CIPHERING, PARAM_NONE, PARTS_ALL),
    AES(CKM_AES_CBC, CIPHERING, PARAM_BLOCK, PARTS_ALL),
    AES(CKM_AES_CBC_PAD, CIPHERING, PARAM_BLOCK, PARTS_ALL),
    AES(CKM_AES_CTR, CIPHERING, PARAM_CTR, PARTS_ALL),
    AES(CKM_AES_GCM, CIPHERING | MESSAGES | WRAPPING, PARAM_GCM, PARTS_ALL),
    AES(CKM_AES_CCM, CIPHERING | MESSAGES, PARAM_CCM, PARTS_ALL),
    AES(CKM_AES_CMAC, SIGNING, PARAM_NONE, PARTS_ALL),
    AES(CKM_AES_CMAC_GENERAL, SIGNING, PARAM_MAC_LEN, PARTS_ALL),
    AES(CKM_AES_KEY_WRAP, CIPHERING | WRAPPING, PARAM_KW_IV, PARTS_NONE),
    AES(CKM_AES_KEY_WRAP_KWP, CIPHERING | WRAPPING, PARAM_KWP_IV, PARTS_NONE),
};

const struct mechanism_chapter mechanisms_aes = MECHANISM_CHAPTER(rows);
