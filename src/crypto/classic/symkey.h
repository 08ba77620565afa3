/* SPDX-License-Identifier: Apache-2.0
 *
 * Secret keys ready for use.
 *
 * The key's bytes are in secret memory. What libcrypto makes of them (key schedules, HMAC's padded
 * blocks) is made when it is first needed and kept, so that an operation copies it and computes
 * nothing again. libcrypto keeps it on its own heap, which is not locked, and wipes it when it is
 * freed.
 *
 * A struct symkey may be used by any number of threads.
 */
#ifndef CRYPTO_CLASSIC_SYMKEY_H
#define CRYPTO_CLASSIC_SYMKEY_H

#include "base/secret.h"
#include "crypto/classic/digest.h"

struct symkey;

/* With a copy of the key. PQHW_NO_MEMORY, PQHW_NO_LOCKED_MEMORY. */
NODISCARD enum pqhw_status symkey_new(struct symkey **out, const struct classic *classic,
                                      struct span key);
void symkey_free(struct symkey *key); /* NULL is allowed */

size_t symkey_len(const struct symkey *key);

/* The key's bytes, in secret memory. */
struct span symkey_value(const struct symkey *key);

/* The memory that it takes up, in bytes, when it is used in an ordinary way: in one mode. */
size_t symkey_size(const struct symkey *key);

/*
 * The first three bytes of the key's check value: of a block of zeros encrypted by AES, or of the
 * key's SHA-1 (PKCS#11 v3.2, 4.10 and the key types'). PQHW_NO_MEMORY, PQHW_INTERNAL.
 */
#define SYMKEY_CHECK_LEN 3
NODISCARD enum pqhw_status symkey_check_aes(const struct symkey *key,
                                            uint8_t out[SYMKEY_CHECK_LEN]);
void symkey_check_sha1(struct span value, uint8_t out[SYMKEY_CHECK_LEN]);

#endif
