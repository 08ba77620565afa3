/* SPDX-License-Identifier: Apache-2.0
 *
 * Temporary AES keys: what CKM_RSA_AES_KEY_WRAP and the two of elliptic curves put a key under.
 */
#ifndef BACKENDS_SOFT_TEMPORARY_KEY_H
#define BACKENDS_SOFT_TEMPORARY_KEY_H

#include "hsm/backend.h"

#define TEMPORARY_KEY_MAX_LEN 32

/* AES key wrap with padding (RFC 5649), there and back; out and *len as in op_crypt. */
enum pqhw_status temporary_key_wrap(const struct classic *classic, struct span sk, bool wrap,
                                    struct span in, uint8_t *out, size_t *len);

#endif
