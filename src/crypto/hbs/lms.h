/* SPDX-License-Identifier: Apache-2.0
 *
 * Verification of LMS signatures in a hierarchy, HSS (RFC 8554), with the parameter sets of RFC
 * 8554 and SP 800-208 (RFC 9858): SHA-256 and SHAKE256 with 32 and 24 bytes. LMS alone is HSS with
 * one level.
 *
 * A signature says which trees below the top one it comes through, so that its length is known only
 * when it is read. Nothing here is secret.
 */
#ifndef CRYPTO_HBS_LMS_H
#define CRYPTO_HBS_LMS_H

#include "base/bytes.h"
#include "base/status.h"
#include "crypto/hbs/hash.h"

#define HSS_MAX_LEVELS  8
#define HSS_MAX_PK_LEN  60
#define HSS_MAX_SIG_LEN 74988 /* eight levels of LMS_…_M32_H25 with LMOTS_…_N32_W1 */
#define LMS_ID_LEN      16
#define LMS_MAX_N       32

/* A tree and the one-time signatures in it. */
struct lms_params {
    uint32_t type;     /* typecode of the tree, LMS_… */
    uint32_t ots_type; /* of the one-time signatures, LMOTS_… */
    enum hbs_alg alg;
    unsigned n;              /* bytes of a hash; RFC 8554 calls it m in the tree */
    unsigned height;         /* h */
    unsigned digit_bits;     /* w */
    unsigned num_chains;     /* p */
    unsigned checksum_shift; /* ls */
};

struct lms_public {
    struct lms_params params;
    uint8_t id[LMS_ID_LEN]; /* I */
    uint8_t root[LMS_MAX_N];
};

struct hss_public {
    unsigned levels;
    struct lms_public top;
};

/*
 * Read a public key (RFC 8554, 6.1). PQHW_DATA_LEN_RANGE; PQHW_DATA_INVALID for a number of levels
 * that there is not; PQHW_PARAMETER_SET_NOT_SUPPORTED for unknown typecodes and for a tree and
 * one-time signatures with different hashes (SP 800-208, 4).
 */
NODISCARD enum pqhw_status hss_public_init(struct hss_public *pub, struct span pk);

/*
 * The digest of a message, Q of the lowest level, n bytes of the top tree's hash: begin it here,
 * add the message (hbs_hash_add) and end it (hbs_hash_final). The signature is read as a whole:
 * PQHW_SIGNATURE_LEN_RANGE if it is shorter or longer than it says; PQHW_SIGNATURE_INVALID if it
 * is none of this key's kind.
 */
NODISCARD enum pqhw_status hss_digest_init(struct hbs_hash *hash, const struct hss_public *pub,
                                           struct span sig);

/* The rest of RFC 8554, 6.3. PQHW_OK, or as above. */
NODISCARD enum pqhw_status hss_verify_digest(const struct hss_public *pub, struct span sig,
                                             const uint8_t *digest);

/* Both, of a message that is at hand. */
NODISCARD enum pqhw_status hss_verify(const struct hss_public *pub, struct span sig,
                                      struct span message);

#endif
