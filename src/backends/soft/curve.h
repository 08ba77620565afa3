/* SPDX-License-Identifier: Apache-2.0
 *
 * Elliptic-curve keys of the three kinds: CKK_EC, CKK_EC_EDWARDS and CKK_EC_MONTGOMERY. They rest
 * as their private value, padded to the curve's length; opened ones are libcrypto's.
 */
#ifndef BACKENDS_SOFT_CURVE_H
#define BACKENDS_SOFT_CURVE_H

#include "backends/soft/family.h"
#include "crypto/classic/ec.h"
#include "crypto/classic/edwards.h"
#include "crypto/classic/montgomery.h"

struct curve_key {
    struct backend_key base;
    const struct curve *curve;
    bool is_private;
    union { /* by curve->family */
        struct ec_key *ec;
        struct edwards_key *edwards;
        struct montgomery_key *montgomery;
    } of;
};

static inline const struct curve_key *curve_key_of(const struct backend_key *key)
{
    return (const struct curve_key *)key;
}

/*
 * A new private key on a curve: its value, of curve->private_len bytes, goes to sk, and is wiped by
 * who asked for it. After any failure, too, the key is to be closed.
 */
NODISCARD enum pqhw_status curve_key_generate(struct curve_key *key, const struct classic *classic,
                                              const struct curve *curve, uint8_t *sk);
void curve_key_close(struct curve_key *key); /* one in memory of the caller's, or a zeroed one */
struct span curve_key_point(const struct curve_key *key);

/*
 * What a private key agrees on with a point (as in curve_point), through the key derivation that
 * the mechanism names, if any: out has the length that is wanted, which curve_shared_len allows.
 * PQHW_DATA_INVALID if it is no point of the curve's, or one of a small order.
 */
NODISCARD enum pqhw_status curve_agree(const struct curve_key *key,
                                       const struct mechanism *mechanism, struct span point,
                                       struct secret *out);

/* *len is the length that is wanted, or 0 for what there is. False if there is less. */
bool curve_shared_len(const struct curve *curve, const struct mechanism *mechanism, size_t *len);

/* Functions of soft_curve (curve_sign.c, curve_wrap.c, curve_derive.c, curve_kem.c). */
enum pqhw_status curve_sign_new(const struct backend_key *base, const struct mechanism *mechanism,
                                CK_FLAGS flag, struct backend_op **out);
enum pqhw_status curve_wrap_new(const struct backend_key *base, const struct mechanism *mechanism,
                                CK_FLAGS flag, struct backend_op **out);
enum pqhw_status curve_derive(const struct backend_key *base, const struct backend_derive *how,
                              struct secret *out);
enum pqhw_status curve_kem_lens(const struct backend_key *base, const struct backend_kem *how,
                                struct backend_kem_lens *out);
enum pqhw_status curve_encapsulate(const struct backend_key *base, const struct backend_kem *how,
                                   uint8_t *ct, struct secret *ss);
enum pqhw_status curve_decapsulate(const struct backend_key *base, const struct backend_kem *how,
                                   struct span ct, struct secret *ss);

#endif
