/* SPDX-License-Identifier: Apache-2.0
 *
 * Message authentication codes with secret keys, in pieces: HMAC (FIPS 198-1) with any hash, and
 * CMAC with AES (SP 800-38B).
 */
#ifndef CRYPTO_CLASSIC_MAC_H
#define CRYPTO_CLASSIC_MAC_H

#include "crypto/classic/symkey.h"

#define MAC_MAX_LEN DIGEST_MAX_LEN
#define CMAC_LEN    16

struct mac;

/* The key must outlive the mac. alg is none of the two SHAKEs. PQHW_NO_MEMORY, PQHW_INTERNAL. */
NODISCARD enum pqhw_status mac_new_hmac(struct mac **out, const struct symkey *key,
                                        enum digest_alg alg);
/* PQHW_KEY_SIZE_RANGE unless it is an AES key. */
NODISCARD enum pqhw_status mac_new_cmac(struct mac **out, const struct symkey *key);

NODISCARD enum pqhw_status mac_update(struct mac *mac, struct span data);
/* Writes digest_len(alg) or CMAC_LEN bytes. The mac can only be freed afterwards. */
NODISCARD enum pqhw_status mac_final(struct mac *mac, uint8_t *out);
void mac_free(struct mac *mac); /* NULL is allowed */

#endif
