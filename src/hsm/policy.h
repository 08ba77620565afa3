/* SPDX-License-Identifier: Apache-2.0
 *
 * What the policy of a token (struct hsm_policy) means for keys.
 */
#ifndef HSM_POLICY_H
#define HSM_POLICY_H

#include "hsm/attrs.h"
#include "hsm/hsm.h"

/* A policy as the token's record holds it. */
#define POLICY_OPEN_WRAPPING (1u << 0)
#define POLICY_ENFORCE_DATES (1u << 1)
#define POLICY_RAW_RSA       (1u << 2)
#define POLICY_AUDIT_EACH    (1u << 3)

/* In these bits, and back; those that are not known are lost. */
uint32_t policy_bits(const struct hsm_policy *policy);

static inline struct hsm_policy policy_of_bits(uint32_t bits)
{
    return (struct hsm_policy){
        .open_wrapping = (bits & POLICY_OPEN_WRAPPING) != 0,
        .enforce_dates = (bits & POLICY_ENFORCE_DATES) != 0,
        .raw_rsa = (bits & POLICY_RAW_RSA) != 0,
        .audit_each = (bits & POLICY_AUDIT_EACH) != 0,
    };
}

/*
 * Is this a day on which the key may do what the CKF_ bit `flag` says? Before CKA_START_DATE it
 * does nothing. After CKA_END_DATE it protects nothing more; what was protected in time can still
 * be read and checked. Days are those of UTC, both included. True if the policy does not ask.
 */
bool policy_allows_today(const struct hsm_policy *policy, struct span attrs, CK_FLAGS flag);

/*
 * May CKA_START_DATE or CKA_END_DATE become `wanted`? Where dates bind, one that is set moves
 * towards the other only: whoever uses the key does not give it more time.
 */
bool policy_allows_date(const struct hsm_policy *policy, CK_ATTRIBUTE_TYPE type, struct span now,
                        struct span wanted);

#endif
