/* SPDX-License-Identifier: Apache-2.0
 *
 * Mechanisms that digest.
 */
#include "hsm/mechanism_table.h"

#define DIGEST(type)                                                                               \
    {                                                                                              \
        type, #type, NO_KEY, NO_KEY, CKF_DIGEST, 0, 0, PARAM_NONE, PARTS_ALL, type                 \
    }

static const struct mechanism_info rows[] = {
    DIGEST(CKM_SHA512_224), DIGEST(CKM_SHA512_256), DIGEST(CKM_SHA_1),    DIGEST(CKM_SHA256),
    DIGEST(CKM_SHA224),     DIGEST(CKM_SHA384),     DIGEST(CKM_SHA512),   DIGEST(CKM_SHA3_256),
    DIGEST(CKM_SHA3_224),   DIGEST(CKM_SHA3_384),   DIGEST(CKM_SHA3_512),
};

const struct mechanism_chapter mechanisms_digest = MECHANISM_CHAPTER(rows);
