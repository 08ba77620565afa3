/* SPDX-License-Identifier: Apache-2.0
 *
 * Verification of XMSS and XMSS^MT signatures (RFC 8391), with all parameter sets of RFC 8391 and
 * of SP 800-208. XMSS is treated as XMSS^MT with one layer, which it is but for the length of the
 * index in a signature.
 *
 * Nothing here is secret.
 */
#ifndef CRYPTO_HBS_XMSS_H
#define CRYPTO_HBS_XMSS_H

#include "base/bytes.h"
#include "base/status.h"
#include "crypto/hbs/hash.h"

#define XMSS_MAX_PK_LEN    132
#define XMSS_MAX_SIG_LEN   9732   /* XMSS-…_20_512 */
#define XMSSMT_MAX_SIG_LEN 104520 /* XMSSMT-…_60/12_512 */

/* Each counts its parameter sets from 1. */
enum xmss_kind {
    XMSS_SINGLE,
    XMSS_MULTI, /* XMSS^MT */
};

struct xmss_params {
    uint32_t oid; /* of the kind */
    enum hbs_alg alg;
    unsigned n;      /* bytes of a hash */
    unsigned height; /* h, of all layers together */
    unsigned layers; /* d */
    unsigned tree_height;
    unsigned pad_len;    /* bytes of the number that tells the uses of the hash apart */
    unsigned index_len;  /* bytes of the index in a signature */
    unsigned num_chains; /* len, with Winternitz parameter 16 */
    size_t pk_len;
    size_t sig_len;
};

/* False if the kind has no such parameter set. */
bool xmss_params_find(struct xmss_params *out, enum xmss_kind kind, uint32_t oid);

struct xmss_public {
    struct xmss_params params;
    uint8_t root[HBS_MAX_N];
    struct hbs_hash prf; /* the pseudorandom function, up to its input */
};

/*
 * Read a public key: its parameter set's number, root, seed (RFC 8391, B.3 and C.3).
 * PQHW_DATA_LEN_RANGE, PQHW_PARAMETER_SET_NOT_SUPPORTED.
 */
NODISCARD enum pqhw_status xmss_public_init(struct xmss_public *pub, enum xmss_kind kind,
                                            struct span pk);

/*
 * The digest of a message, n bytes: begin it here, add the message (hbs_hash_add) and end it
 * (hbs_hash_final). PQHW_SIGNATURE_LEN_RANGE; PQHW_SIGNATURE_INVALID if the index is none of the
 * key's.
 */
NODISCARD enum pqhw_status xmss_digest_init(struct hbs_hash *hash, const struct xmss_public *pub,
                                            struct span sig);

/* The rest of RFC 8391, Algorithms 14 and 17. PQHW_OK, or as above. */
NODISCARD enum pqhw_status xmss_verify_digest(const struct xmss_public *pub, struct span sig,
                                              const uint8_t *digest);

/* Both, of a message that is at hand. */
NODISCARD enum pqhw_status xmss_verify(const struct xmss_public *pub, struct span sig,
                                       struct span message);

#endif
