/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys as they travel: SubjectPublicKeyInfo (RFC 5280, 4.1.2.7) and PKCS#8 (OneAsymmetricKey, RFC
 * 5958) for ML-DSA (RFC 9881) and ML-KEM (RFC 9935), where a private key is its seed, its expanded
 * form, or both, and for SLH-DSA (RFC 9909), where it has one form, which counts as expanded, and
 * for Falcon, which has no RFC, as OQS-provider and Bouncy Castle write it (falcon_key.h); for HQC,
 * which has none either, in the form of ML-KEM under object identifiers of our own.
 *
 * Readers give spans into the bytes that were read; writers fill memory of the caller.
 */
#ifndef CRYPTO_KEYFORMAT_KEYFORMAT_H
#define CRYPTO_KEYFORMAT_KEYFORMAT_H

#include "base/bytes.h"

enum keyformat_family {
    KEYFORMAT_MLDSA,
    KEYFORMAT_MLKEM,
    KEYFORMAT_SLHDSA,
    KEYFORMAT_FALCON,
    KEYFORMAT_HQC,
};

#define KEYFORMAT_MAX_OID 20

struct keyformat_alg {
    const char *name; /* "ML-DSA-65" */
    enum keyformat_family family;
    int set;         /* an enum mldsa_set, mlkem_set, slhdsa_set, falcon_set or hqc_set */
    size_t seed_len; /* 0 where a private key has one form alone */
    size_t expanded_len;
    size_t public_len;
    size_t oid_len;
    uint8_t oid[KEYFORMAT_MAX_OID]; /* without tag and length */
};

/* The algorithms in order; NULL past the last. Some stand there again under another identifier. */
const struct keyformat_alg *keyformat_alg(size_t index);

/* The first of them; NULL if there is no such set. */
const struct keyformat_alg *keyformat_find(enum keyformat_family family, int set);

struct keyformat_public {
    const struct keyformat_alg *alg;
    struct span key;
};

/* Of a Falcon key that is in parts. */
enum {
    KEYFORMAT_FALCON_F,
    KEYFORMAT_FALCON_G,
    KEYFORMAT_FALCON_CAPITAL_F,
    KEYFORMAT_FALCON_H,
    KEYFORMAT_FALCON_NUM_PARTS,
};

/* What a file does not hold is empty; it holds the seed, the expanded key, or both, or a Falcon key
 * in its parts: keyformat_join it first. */
struct keyformat_private {
    const struct keyformat_alg *alg;
    struct span seed;
    struct span expanded;
    struct span key_public; /* from version 2 of the format, or from behind a Falcon key */
    struct span parts[KEYFORMAT_FALCON_NUM_PARTS]; /* the last may be missing */
};

/*
 * PQHW_PARAMETER_SET_NOT_SUPPORTED if the algorithm is none of the table's; PQHW_DATA_INVALID if
 * the bytes are anything else than one whole key in DER with parts of the right lengths. *out is
 * zero then. That the parts of a private key belong together is not checked here.
 */
NODISCARD enum pqhw_status keyformat_public_read(struct keyformat_public *out, struct span der);
NODISCARD enum pqhw_status keyformat_private_read(struct keyformat_private *out, struct span der);

/* A Falcon key in parts, as Bouncy Castle has it, and as OQS-provider does. */
bool keyformat_is_split(const struct keyformat_private *key);

/* A whole Falcon key becomes one in parts of it. */
void keyformat_split(struct keyformat_private *key);

/* A key in parts becomes one whole in room, which is secret, of keyformat_join_room bytes.
 * PQHW_DATA_INVALID if the file has another public key beside them. */
size_t keyformat_join_room(const struct keyformat_private *key);
NODISCARD enum pqhw_status keyformat_join(struct keyformat_private *key, uint8_t *room);

/* How many bytes the writer needs. */
size_t keyformat_public_len(const struct keyformat_alg *alg);
size_t keyformat_private_len(const struct keyformat_private *key);

/* PQHW_ARGUMENTS_BAD if a part has not the algorithm's length, or a private key has no part. The
 * private key is written without key_public, but for Falcon, where it may be left out. */
NODISCARD enum pqhw_status keyformat_public_write(uint8_t *out, const struct keyformat_public *key);
NODISCARD enum pqhw_status keyformat_private_write(uint8_t *out,
                                                   const struct keyformat_private *key);

/* Memory for secrets, aligned to 64, that keyformat_check works in. */
size_t keyformat_check_room(const struct keyformat_alg *alg);

/*
 * Check that the parts of a private key belong together (RFC 9881, 6; RFC 9935, 6): the seed
 * expands to the expanded key, an expanded key alone passes the checks of its standard (for ML-KEM
 * with the pair-wise one; for SLH-DSA the root is computed anew, for Falcon G, for HQC all of it),
 * and a public key that came along is its own. PQHW_DATA_INVALID if not. room is wiped.
 */
NODISCARD enum pqhw_status keyformat_check(const struct keyformat_private *key, void *room);

#endif
