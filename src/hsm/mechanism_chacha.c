/* SPDX-License-Identifier: Apache-2.0
 *
 * Mechanisms of ChaCha20 and Poly1305.
 */
#include "hsm/mechanism_table.h"

#define CHACHA(type, flags, param, parts, size)                                                    \
    {                                                                                              \
        type, #type, CKK_CHACHA20, NO_KEY, flags, size, size, param, parts, NO_DIGEST              \
    }

/* Sizes of a 256-bit key: PKCS#11 counts bytes for making one, bits for using it. */
static const struct mechanism_info rows[] = {
    CHACHA(CKM_CHACHA20_KEY_GEN, CKF_GENERATE, PARAM_NONE, PARTS_NONE, 32),
    CHACHA(CKM_CHACHA20, CIPHERING, PARAM_CHACHA20, PARTS_ALL, 256),
    CHACHA(CKM_CHACHA20_POLY1305, CIPHERING | MESSAGES, PARAM_CHACHA20_POLY1305, PARTS_ALL, 256),
};

const struct mechanism_chapter mechanisms_chacha = MECHANISM_CHAPTER(rows);
