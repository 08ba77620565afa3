/* SPDX-License-Identifier: Apache-2.0
 *
 * The curves, and how CKA_EC_PARAMS names them.
 */
#ifndef CRYPTO_CLASSIC_CURVE_H
#define CRYPTO_CLASSIC_CURVE_H

#include "base/bytes.h"

enum curve_id {
    CURVE_P256,
    CURVE_P384,
    CURVE_P521,
    CURVE_SECP256K1,
    CURVE_BRAINPOOL_P256R1,
    CURVE_BRAINPOOL_P384R1,
    CURVE_BRAINPOOL_P512R1,
    CURVE_BRAINPOOL_P256T1,
    CURVE_BRAINPOOL_P384T1,
    CURVE_BRAINPOOL_P512T1,
    CURVE_ED25519,
    CURVE_ED448,
    CURVE_X25519,
    CURVE_X448,
    CURVE_NUM,
};

enum curve_family {
    CURVE_WEIERSTRASS, /* CKK_EC: ECDSA and ECDH */
    CURVE_EDWARDS,     /* CKK_EC_EDWARDS: EdDSA */
    CURVE_MONTGOMERY,  /* CKK_EC_MONTGOMERY: X25519, X448 */
};

#define CURVE_MAX_PRIVATE_LEN   66 /* P-521 */
#define CURVE_MAX_PUBLIC_LEN    (1 + 2 * CURVE_MAX_PRIVATE_LEN)
#define CURVE_MAX_SIGNATURE_LEN (2 * CURVE_MAX_PRIVATE_LEN)

struct curve {
    enum curve_id id;
    enum curve_family family;
    const char *name;      /* "P-256", "Ed25519" */
    const char *printable; /* curveName of CKA_EC_PARAMS as a PrintableString: "secp256r1" */
    const char *libcrypto; /* its name of the group, or the algorithm (PKEY_ED25519 …) */
    size_t bits;           /* of the field */
    size_t private_len;    /* bytes of a private key: of the order, or fixed by the algorithm */
    size_t public_len;     /* uncompressed point with its 04, or the algorithm's fixed length */
    size_t shared_len;     /* of an agreement's result; 0 where there is none */
    size_t signature_len;  /* 0 where there is none */
    struct span params;    /* CKA_EC_PARAMS as it is kept: the object identifier in DER */
};

const struct curve *curve_get(enum curve_id id);

/*
 * The curve that CKA_EC_PARAMS names: by its object identifier, or as a PrintableString by either
 * of its names. PQHW_CURVE_NOT_SUPPORTED for well-formed parameters that name none of these, for
 * implicit and for explicit ones (a curve of the caller's making can be a weak one, or a known one
 * with another base point: CVE-2020-0601); PQHW_DATA_INVALID if they are not one whole element.
 */
NODISCARD enum pqhw_status curve_from_params(const struct curve **out, struct span params);

/*
 * The bytes of a public key, taken out of the OCTET STRING that CKA_EC_POINT has around it; those
 * who give it bare are understood, too: the lengths tell the two apart. PQHW_DATA_INVALID for
 * another length. Points may come compressed on the curves of CURVE_WEIERSTRASS.
 */
NODISCARD enum pqhw_status curve_point(const struct curve *curve, struct span *out,
                                       struct span given);

#endif
