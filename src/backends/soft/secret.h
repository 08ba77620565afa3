/* SPDX-License-Identifier: Apache-2.0
 *
 * Secret keys: AES, ChaCha20, HMAC and generic secrets.
 */
#ifndef BACKENDS_SOFT_SECRET_H
#define BACKENDS_SOFT_SECRET_H

#include "backends/soft/family.h"
#include "crypto/classic/symkey.h"

struct secret_key {
    struct backend_key base;
    CK_KEY_TYPE key_type;
    struct symkey *symkey;
};

static inline const struct secret_key *secret_key_of(const struct backend_key *key)
{
    return (const struct secret_key *)key;
}

/* op_new for MACs (secret_mac.c; of TLS secret_tls_mac.c) and for encryption (secret_cipher.c). */
enum pqhw_status secret_mac_new(const struct secret_key *key, const struct mechanism *mechanism,
                                const struct mechanism_info *info, struct backend_op **out);
enum pqhw_status secret_tls_mac_new(const struct secret_key *key, const struct mechanism *mechanism,
                                    struct backend_op **out);
enum pqhw_status secret_cipher_new(const struct secret_key *key, const struct mechanism *mechanism,
                                   CK_FLAGS flag, struct backend_op **out);

/* derive (secret_derive.c). */
enum pqhw_status secret_derive(const struct backend_key *key, const struct backend_derive *how,
                               struct secret *out);

#endif
