/* SPDX-License-Identifier: Apache-2.0
 *
 * Mechanisms of the stateful hash-based signatures, which are verified here and not made. Key sizes
 * are 0, as the standard has it.
 */
#include "hsm/mechanism_table.h"

#define VERIFY(type, key_type)                                                                     \
    {                                                                                              \
        type, #type, key_type, NO_KEY, CKF_VERIFY, 0, 0, PARAM_NONE, PARTS_NOT_VERIFY, NO_DIGEST   \
    }

static const struct mechanism_info rows[] = {
    VERIFY(CKM_HSS, CKK_HSS),
    VERIFY(CKM_XMSS, CKK_XMSS),
    VERIFY(CKM_XMSSMT, CKK_XMSSMT),
};

const struct mechanism_chapter mechanisms_hbs = MECHANISM_CHAPTER(rows);
