/* SPDX-License-Identifier: Apache-2.0
 *
 * Mechanisms of RSA. Key sizes are bits of the modulus. SHA-1 verifies what is old; it signs
 * nothing new. The bare permutation (CKM_RSA_X_509) is offered where the policy says so, and
 * nothing is wrapped or encapsulated with the padding of PKCS#1 v1.5: whether the key that comes
 * out is taken would tell how its padding was.
 */
#include "hsm/mechanism_table.h"

#include "crypto/classic/rsa.h"

#define RSA(type, flags, param, parts, digest)                                                     \
    {                                                                                              \
        type, #type, CKK_RSA, NO_KEY, flags, RSA_MIN_BITS, RSA_MAX_BITS, param, parts, digest      \
    }
#define PKCS(hash) RSA(CKM_##hash##_RSA_PKCS, SIGNING, PARAM_NONE, PARTS_ALL, CKM_##hash)
#define PSS(hash)  RSA(CKM_##hash##_RSA_PKCS_PSS, SIGNING, PARAM_PSS, PARTS_ALL, CKM_##hash)

static const struct mechanism_info rows[] = {
    RSA(CKM_RSA_PKCS_KEY_PAIR_GEN, CKF_GENERATE_KEY_PAIR, PARAM_NONE, PARTS_NONE, NO_DIGEST),
    RSA(CKM_RSA_PKCS, SIGNING | RECOVERING | CIPHERING, PARAM_NONE, PARTS_NONE, NO_DIGEST),
    RSA(CKM_RSA_X_509, SIGNING | RECOVERING | CIPHERING | KEM, PARAM_NONE, PARTS_NONE, NO_DIGEST),
    RSA(CKM_SHA1_RSA_PKCS, CKF_VERIFY, PARAM_NONE, PARTS_ALL, CKM_SHA_1),
    RSA(CKM_RSA_PKCS_OAEP, CIPHERING | WRAPPING | KEM, PARAM_OAEP, PARTS_NONE, NO_DIGEST),
    RSA(CKM_RSA_PKCS_PSS, SIGNING, PARAM_PSS, PARTS_NONE, NO_DIGEST),
    RSA(CKM_SHA1_RSA_PKCS_PSS, CKF_VERIFY, PARAM_PSS, PARTS_ALL, CKM_SHA_1),
    PKCS(SHA256),
    PKCS(SHA384),
    PKCS(SHA512),
    PSS(SHA256),
    PSS(SHA384),
    PSS(SHA512),
    PKCS(SHA224),
    PSS(SHA224),
    PKCS(SHA3_256),
    PKCS(SHA3_384),
    PKCS(SHA3_512),
    PSS(SHA3_256),
    PSS(SHA3_384),
    PSS(SHA3_512),
    PKCS(SHA3_224),
    PSS(SHA3_224),
    RSA(CKM_RSA_AES_KEY_WRAP, WRAPPING, PARAM_RSA_AES, PARTS_NONE, NO_DIGEST),
};

const struct mechanism_chapter mechanisms_rsa = MECHANISM_CHAPTER(rows);
