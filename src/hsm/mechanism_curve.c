/* SPDX-License-Identifier: Apache-2.0
 *
 * Mechanisms of elliptic curves. Key sizes are bits of the field. SHA-1 verifies what is old; it
 * signs nothing new.
 */
#include "hsm/mechanism_table.h"

#define CURVES (CKF_EC_F_P | CKF_EC_NAMEDCURVE | CKF_EC_UNCOMPRESS | CKF_EC_COMPRESS)
#define EC(type, flags, param, parts, digest)                                                      \
    {                                                                                              \
        type, #type, CKK_EC, NO_KEY, (flags) | CURVES, 256, 521, param, parts, digest              \
    }
#define ECDSA(hash, flags) EC(CKM_ECDSA_##hash, flags, PARAM_NONE, PARTS_ALL, CKM_##hash)
#define ECDH(type)                                                                                 \
    {                                                                                              \
        type, #type, CKK_EC, CKK_EC_MONTGOMERY, CKF_DERIVE | KEM | CURVES, 255, 521, PARAM_ECDH,   \
            PARTS_NONE, NO_DIGEST                                                                  \
    }

static const struct mechanism_info rows[] = {
    EC(CKM_EC_KEY_PAIR_GEN, CKF_GENERATE_KEY_PAIR, PARAM_NONE, PARTS_NONE, NO_DIGEST),
    EC(CKM_ECDSA, SIGNING, PARAM_NONE, PARTS_NONE, NO_DIGEST),
    EC(CKM_ECDSA_SHA1, CKF_VERIFY, PARAM_NONE, PARTS_ALL, CKM_SHA_1),
    ECDSA(SHA224, SIGNING),
    ECDSA(SHA256, SIGNING),
    ECDSA(SHA384, SIGNING),
    ECDSA(SHA512, SIGNING),
    ECDSA(SHA3_224, SIGNING),
    ECDSA(SHA3_256, SIGNING),
    ECDSA(SHA3_384, SIGNING),
    ECDSA(SHA3_512, SIGNING),
    ECDH(CKM_ECDH1_DERIVE),
    ECDH(CKM_ECDH1_COFACTOR_DERIVE),
    {CKM_EC_EDWARDS_KEY_PAIR_GEN, "CKM_EC_EDWARDS_KEY_PAIR_GEN", CKK_EC_EDWARDS, NO_KEY,
     CKF_GENERATE_KEY_PAIR | CKF_EC_NAMEDCURVE, 255, 448, PARAM_NONE, PARTS_NONE, NO_DIGEST},
    {CKM_EC_MONTGOMERY_KEY_PAIR_GEN, "CKM_EC_MONTGOMERY_KEY_PAIR_GEN", CKK_EC_MONTGOMERY, NO_KEY,
     CKF_GENERATE_KEY_PAIR | CKF_EC_NAMEDCURVE, 255, 448, PARAM_NONE, PARTS_NONE, NO_DIGEST},
    {CKM_EDDSA, "CKM_EDDSA", CKK_EC_EDWARDS, NO_KEY, SIGNING | CKF_EC_NAMEDCURVE, 255, 448,
     PARAM_EDDSA, PARTS_NONE, NO_DIGEST},
    {CKM_ECDH_X_AES_KEY_WRAP, "CKM_ECDH_X_AES_KEY_WRAP", CKK_EC_MONTGOMERY, NO_KEY,
     WRAPPING | CKF_EC_NAMEDCURVE, 255, 448, PARAM_ECDH_AES, PARTS_NONE, NO_DIGEST},
    EC(CKM_ECDH_COF_AES_KEY_WRAP, WRAPPING, PARAM_ECDH_AES, PARTS_NONE, NO_DIGEST),
};

const struct mechanism_chapter mechanisms_curve = MECHANISM_CHAPTER(rows);
