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

/* Functions of soft_curve (curve_sign.c, curve_derive.c). */
enum pqhw_status curve_op_new(const struct backend_key *base, const struct mechanism *mechanism,
                              CK_FLAGS flag, struct backend_op **out);
enum pqhw_status curve_derive(const struct backend_key *base, const struct backend_derive *how,
                              struct secret *out);

#endif
