/* SPDX-License-Identifier: Apache-2.0
 *
 * The mechanisms pqhw has, as a table: what each may be used for, with which keys, and how its
 * parameter is read.
 */
#ifndef HSM_MECHANISM_H
#define HSM_MECHANISM_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/status.h"
#include "crypto/classic/digest.h"
#include "pqhw/cryptoki.h"

#define MECHANISM_NO_KEY CK_UNAVAILABLE_INFORMATION

/* How a mechanism's parameter is given. */
enum mechanism_param {
    PARAM_NONE,
    PARAM_SIGN_CONTEXT,      /* optional CK_SIGN_ADDITIONAL_CONTEXT */
    PARAM_HASH_SIGN_CONTEXT, /* mandatory CK_HASH_SIGN_ADDITIONAL_CONTEXT */
};

/* Which operations take their data in several parts (update and final), not only in one call. */
enum mechanism_parts {
    PARTS_NONE,
    PARTS_NOT_VERIFY, /* all but C_Verify's, which learn of the signature too late */
    PARTS_ALL,
};

struct mechanism_info {
    CK_MECHANISM_TYPE type;
    const char *name;     /* "CKM_ML_DSA" */
    CK_KEY_TYPE key_type; /* MECHANISM_NO_KEY for digests */
    CK_FLAGS flags;       /* CKF_SIGN, CKF_VERIFY, CKF_ENCAPSULATE, …: what it may be used for */
    CK_ULONG min_key_size;
    CK_ULONG max_key_size;
    enum mechanism_param param;
    enum mechanism_parts parts;
    CK_MECHANISM_TYPE
    digest; /* hash it is combined with, or that it is; CK_UNAVAILABLE_INFORMATION if none */
};

/* The table, sorted by type. */
const struct mechanism_info *mechanism_table(size_t *num);

/* NULL if pqhw has no such mechanism. */
const struct mechanism_info *mechanism_find(CK_MECHANISM_TYPE type);

/* The hash algorithm that a digest mechanism, mechanism_info.digest or mechanism.hash stands for.
 * False if it is none. */
bool mechanism_digest(CK_MECHANISM_TYPE type, enum digest_alg *out);

/* A mechanism with its parameter, already read from the caller's structures by a surface. Spans are
 * borrowed. */
struct mechanism {
    CK_MECHANISM_TYPE type;
    bool has_param;
    CK_HEDGE_TYPE hedge;
    struct span context;
    CK_MECHANISM_TYPE hash; /* PARAM_HASH_SIGN_CONTEXT */
};

/*
 * PQHW_MECHANISM_INVALID if the mechanism is unknown or not usable for `flag` (one CKF_ bit);
 * PQHW_MECHANISM_PARAM_INVALID for its parameter (missing, unwanted, unknown hedge variant or hash,
 * context over 255 bytes).
 */
NODISCARD enum pqhw_status mechanism_check(const struct mechanism *mechanism, CK_FLAGS flag,
                                           const struct mechanism_info **info);

#endif
