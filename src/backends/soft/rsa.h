/* SPDX-License-Identifier: Apache-2.0
 *
 * RSA keys. A private key rests as all its numbers, a public one as modulus and exponent.
 */
#ifndef BACKENDS_SOFT_RSA_H
#define BACKENDS_SOFT_RSA_H

#include "backends/soft/family.h"
#include "crypto/classic/rsa.h"

struct soft_rsa_key {
    struct backend_key base;
    struct rsa_key *rsa;
};

static inline const struct rsa_key *rsa_of(const struct backend_key *key)
{
    return ((const struct soft_rsa_key *)key)->rsa;
}

/* Functions of soft_rsa (rsa_sign.c, rsa_crypt.c, rsa_wrap.c, rsa_kem.c). */
enum pqhw_status rsa_sign_new(const struct backend_key *base, const struct mechanism *mechanism,
                              CK_FLAGS flag, struct backend_op **out);
enum pqhw_status rsa_crypt_new(const struct backend_key *base, const struct mechanism *mechanism,
                               CK_FLAGS flag, struct backend_op **out);

enum pqhw_status rsa_wrap_new(const struct backend_key *base, const struct mechanism *mechanism,
                              CK_FLAGS flag, struct backend_op **out);

enum pqhw_status rsa_kem_lens(const struct backend_key *base, const struct backend_kem *how,
                              struct backend_kem_lens *out);
enum pqhw_status rsa_kem_encapsulate(const struct backend_key *base, const struct backend_kem *how,
                                     uint8_t *ct, struct secret *ss);
enum pqhw_status rsa_kem_decapsulate(const struct backend_key *base, const struct backend_kem *how,
                                     struct span ct, struct secret *ss);

/* What a mechanism asks of libcrypto; the label is borrowed. PQHW_MECHANISM_INVALID,
 * PQHW_MECHANISM_PARAM_INVALID if it does not fit this key. */
enum pqhw_status rsa_scheme_of(const struct rsa_key *key, const struct mechanism *mechanism,
                               struct rsa_scheme *out);

/* Make the label the scheme's own, in `label`, which is set up here. PQHW_MECHANISM_PARAM_INVALID,
 * PQHW_NO_MEMORY. */
enum pqhw_status rsa_keep_label(struct rsa_scheme *scheme, struct buf *label);

#endif
