/* SPDX-License-Identifier: Apache-2.0
 *
 * Hints as bytes (FIPS 204, 7.2).
 */
#ifndef CRYPTO_MLDSA_HINT_H
#define CRYPTO_MLDSA_HINT_H

#include <stdbool.h>

#include "crypto/mldsa/poly.h"

/* Algorithm 20: omega + k bytes. At most omega hints are set, and they are public. */
void mldsa_hint_pack(const struct mldsa_params *params, uint8_t *out,
                     const uint8_t hint[MLDSA_MAX_K][MLDSA_HINT_LEN]);

/* Algorithm 21: false if in is not what Algorithm 20 would have written. */
bool mldsa_hint_unpack(const struct mldsa_params *params, uint8_t hint[MLDSA_MAX_K][MLDSA_HINT_LEN],
                       const uint8_t *in);

#endif
