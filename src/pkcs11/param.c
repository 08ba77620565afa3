/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/param.h"

#include <stddef.h>
#include <string.h>

#include "pkcs11/alias.h"
#include "pkcs11/args.h"

/* FIPS 204, Algorithm 2: a context is at most 255 bytes. */
#define CONTEXT_MAX 255

static NODISCARD enum pqhw_status read_context(struct mechanism *out, CK_HEDGE_TYPE hedge,
                                               const CK_BYTE *context, CK_ULONG context_len)
{
    if (context_len > CONTEXT_MAX || (context == NULL && context_len != 0))
        return PQHW_MECHANISM_PARAM_INVALID;
    out->hedge = hedge;
    out->context = span(context, context_len);
    return PQHW_OK;
}

static NODISCARD enum pqhw_status read_sign_context(struct mechanism *out,
                                                    const CK_MECHANISM *mechanism)
{
    CK_SIGN_ADDITIONAL_CONTEXT param; /* copied: the caller's need not be aligned */

    if (mechanism->ulParameterLen != sizeof(param))
        return PQHW_MECHANISM_PARAM_INVALID;
    memcpy(&param, mechanism->pParameter, sizeof(param));
    return read_context(out, param.hedgeVariant, param.pContext, param.ulContextLen);
}

static NODISCARD enum pqhw_status read_hash_sign_context(struct mechanism *out,
                                                         const CK_MECHANISM *mechanism)
{
    CK_HASH_SIGN_ADDITIONAL_CONTEXT param;

    if (mechanism->ulParameterLen != sizeof(param))
        return PQHW_MECHANISM_PARAM_INVALID;
    memcpy(&param, mechanism->pParameter, sizeof(param));
    out->hash = param.hash;
    return read_context(out, param.hedgeVariant, param.pContext, param.ulContextLen);
}

/* ---- MACs and ciphers ---- */

/* The caller's structure, copied because it need not be aligned. */
static bool copy_param(void *out, size_t len, const CK_MECHANISM *mechanism)
{
    if (mechanism->ulParameterLen != len)
        return false;
    memcpy(out, mechanism->pParameter, len);
    return true;
}

/* Bytes that a structure points to. */
static bool read_bytes_at(struct span *out, const void *ptr, CK_ULONG len)
{
    return arg_bytes(out, ptr, len) == PQHW_OK;
}

static NODISCARD enum pqhw_status read_mac_len(struct mechanism *out, const CK_MECHANISM *mechanism)
{
    CK_MAC_GENERAL_PARAMS len;

    if (!copy_param(&len, sizeof(len), mechanism))
        return PQHW_MECHANISM_PARAM_INVALID;
    out->mac_len = len;
    return PQHW_OK;
}

/* The parameter is the bytes themselves. */
static NODISCARD enum pqhw_status read_iv(struct mechanism *out, const CK_MECHANISM *mechanism)
{
    out->iv = span(mechanism->pParameter, mechanism->ulParameterLen);
    return PQHW_OK;
}

static NODISCARD enum pqhw_status read_ctr(struct mechanism *out, const CK_MECHANISM *mechanism)
{
    CK_AES_CTR_PARAMS param;

    if (!copy_param(&param, sizeof(param), mechanism))
        return PQHW_MECHANISM_PARAM_INVALID;
    out->counter_bits = param.ulCounterBits;
    out->iv = span((const uint8_t *)mechanism->pParameter + offsetof(CK_AES_CTR_PARAMS, cb),
                   sizeof(param.cb));
    return PQHW_OK;
}

/* ulIvBits is not looked at: programs leave it 0, and the standard's words on it changed. */
static NODISCARD enum pqhw_status read_gcm(struct mechanism *out, const CK_MECHANISM *mechanism)
{
    CK_GCM_PARAMS param;

    if (!copy_param(&param, sizeof(param), mechanism) || param.ulTagBits % 8 != 0 ||
        !read_bytes_at(&out->iv, param.pIv, param.ulIvLen) ||
        !read_bytes_at(&out->aad, param.pAAD, param.ulAADLen))
        return PQHW_MECHANISM_PARAM_INVALID;
    out->mac_len = param.ulTagBits / 8;
    return PQHW_OK;
}

static NODISCARD enum pqhw_status read_ccm(struct mechanism *out, const CK_MECHANISM *mechanism)
{
    CK_CCM_PARAMS param;

    if (!copy_param(&param, sizeof(param), mechanism) ||
        !read_bytes_at(&out->iv, param.pNonce, param.ulNonceLen) ||
        !read_bytes_at(&out->aad, param.pAAD, param.ulAADLen))
        return PQHW_MECHANISM_PARAM_INVALID;
    out->data_len = param.ulDataLen;
    out->mac_len = param.ulMACLen;
    return PQHW_OK;
}

static NODISCARD enum pqhw_status read_chacha20(struct mechanism *out,
                                                const CK_MECHANISM *mechanism)
{
    CK_CHACHA20_PARAMS param;

    if (!copy_param(&param, sizeof(param), mechanism) || param.blockCounterBits % 8 != 0 ||
        param.ulNonceBits % 8 != 0 ||
        !read_bytes_at(&out->counter, param.pBlockCounter, param.blockCounterBits / 8) ||
        !read_bytes_at(&out->iv, param.pNonce, param.ulNonceBits / 8))
        return PQHW_MECHANISM_PARAM_INVALID;
    return PQHW_OK;
}

/* ulNonceLen counts bits, but many programs count bytes; 12 bits would be no nonce. */
static NODISCARD enum pqhw_status read_chacha20_poly1305(struct mechanism *out,
                                                         const CK_MECHANISM *mechanism)
{
    CK_SALSA20_CHACHA20_POLY1305_PARAMS param;

    if (!copy_param(&param, sizeof(param), mechanism))
        return PQHW_MECHANISM_PARAM_INVALID;
    CK_ULONG nonce_len = param.ulNonceLen == 12 ? 12 : param.ulNonceLen / 8;
    if ((param.ulNonceLen != 12 && param.ulNonceLen % 8 != 0) ||
        !read_bytes_at(&out->iv, param.pNonce, nonce_len) ||
        !read_bytes_at(&out->aad, param.pAAD, param.ulAADLen))
        return PQHW_MECHANISM_PARAM_INVALID;
    return PQHW_OK;
}

/* ---- derivation ---- */

static NODISCARD enum pqhw_status read_hkdf(struct mechanism *out, const CK_MECHANISM *mechanism)
{
    CK_HKDF_PARAMS param;

    if (!copy_param(&param, sizeof(param), mechanism) ||
        !read_bytes_at(&out->data, param.pInfo, param.ulInfoLen))
        return PQHW_MECHANISM_PARAM_INVALID;
    out->extract = param.bExtract != CK_FALSE;
    out->expand = param.bExpand != CK_FALSE;
    out->hash = param.prfHashMechanism;
    if (!out->extract)
        return PQHW_OK; /* salt is for the first step, and its fields mean nothing without it */
    switch (param.ulSaltType) {
    case CKF_HKDF_SALT_NULL:
        return PQHW_OK;
    case CKF_HKDF_SALT_DATA:
        return read_bytes_at(&out->salt, param.pSalt, param.ulSaltLen)
                   ? PQHW_OK
                   : PQHW_MECHANISM_PARAM_INVALID;
    case CKF_HKDF_SALT_KEY:
        out->second_key = param.hSaltKey;
        return param.hSaltKey != CK_INVALID_HANDLE ? PQHW_OK : PQHW_MECHANISM_PARAM_INVALID;
    default:
        return PQHW_MECHANISM_PARAM_INVALID;
    }
}

static NODISCARD enum pqhw_status read_string(struct mechanism *out, const CK_MECHANISM *mechanism)
{
    CK_KEY_DERIVATION_STRING_DATA param;

    return copy_param(&param, sizeof(param), mechanism) &&
                   read_bytes_at(&out->data, param.pData, param.ulLen)
               ? PQHW_OK
               : PQHW_MECHANISM_PARAM_INVALID;
}

static NODISCARD enum pqhw_status read_key(struct mechanism *out, const CK_MECHANISM *mechanism)
{
    return copy_param(&out->second_key, sizeof(out->second_key), mechanism)
               ? PQHW_OK
               : PQHW_MECHANISM_PARAM_INVALID;
}

static NODISCARD enum pqhw_status read_bit(struct mechanism *out, const CK_MECHANISM *mechanism)
{
    CK_EXTRACT_PARAMS bit;

    if (!copy_param(&bit, sizeof(bit), mechanism))
        return PQHW_MECHANISM_PARAM_INVALID;
    out->first_bit = bit;
    return PQHW_OK;
}

static NODISCARD enum pqhw_status read_iv_blocks(struct mechanism *out,
                                                 const CK_MECHANISM *mechanism)
{
    CK_AES_CBC_ENCRYPT_DATA_PARAMS param;

    if (!copy_param(&param, sizeof(param), mechanism) ||
        !read_bytes_at(&out->data, param.pData, param.length))
        return PQHW_MECHANISM_PARAM_INVALID;
    out->iv =
        span((const uint8_t *)mechanism->pParameter + offsetof(CK_AES_CBC_ENCRYPT_DATA_PARAMS, iv),
             sizeof(param.iv));
    return PQHW_OK;
}

/* The hash of a pseudorandom function; false if pqhw does not have it. */
static bool prf_hash(CK_PKCS5_PBKD2_PSEUDO_RANDOM_FUNCTION_TYPE prf, CK_MECHANISM_TYPE *out)
{
    static const CK_MECHANISM_TYPE hashes[] = {
        [CKP_PKCS5_PBKD2_HMAC_SHA1] = CKM_SHA_1,
        [CKP_PKCS5_PBKD2_HMAC_SHA224] = CKM_SHA224,
        [CKP_PKCS5_PBKD2_HMAC_SHA256] = CKM_SHA256,
        [CKP_PKCS5_PBKD2_HMAC_SHA384] = CKM_SHA384,
        [CKP_PKCS5_PBKD2_HMAC_SHA512] = CKM_SHA512,
        [CKP_PKCS5_PBKD2_HMAC_SHA512_224] = CKM_SHA512_224,
        [CKP_PKCS5_PBKD2_HMAC_SHA512_256] = CKM_SHA512_256,
    };

    if (prf >= sizeof(hashes) / sizeof(hashes[0]))
        return false;
    *out = hashes[prf];
    return *out != 0; /* which is a gap */
}

/* Version 2.40's first structure is as long and has a pointer to the password's length: no memory
 * is as long as that pointer, taken for the length, says. */
static NODISCARD enum pqhw_status read_pbkd2(struct mechanism *out, const CK_MECHANISM *mechanism)
{
    CK_PKCS5_PBKD2_PARAMS2 param;

    if (!copy_param(&param, sizeof(param), mechanism) || param.saltSource != CKZ_SALT_SPECIFIED ||
        param.pPrfData != NULL || param.ulPrfDataLen != 0 || !prf_hash(param.prf, &out->hash) ||
        !read_bytes_at(&out->salt, param.pSaltSourceData, param.ulSaltSourceDataLen) ||
        !read_bytes_at(&out->data, param.pPassword, param.ulPasswordLen))
        return PQHW_MECHANISM_PARAM_INVALID;
    out->iterations = param.iterations;
    return PQHW_OK;
}

/* ---- curves ---- */

static NODISCARD enum pqhw_status read_eddsa(struct mechanism *out, const CK_MECHANISM *mechanism)
{
    CK_EDDSA_PARAMS param;

    if (!copy_param(&param, sizeof(param), mechanism))
        return PQHW_MECHANISM_PARAM_INVALID;
    out->prehash = param.phFlag != CK_FALSE;
    return read_context(out, out->hedge, param.pContextData, param.ulContextDataLen);
}

/* The hash of a key derivation function; false if pqhw does not have it. */
static bool kdf_hash(CK_EC_KDF_TYPE kdf, CK_MECHANISM_TYPE *out)
{
    static const CK_MECHANISM_TYPE hashes[] = {
        [CKD_NULL] = CK_UNAVAILABLE_INFORMATION, [CKD_SHA1_KDF] = CKM_SHA_1,
        [CKD_SHA224_KDF] = CKM_SHA224,           [CKD_SHA256_KDF] = CKM_SHA256,
        [CKD_SHA384_KDF] = CKM_SHA384,           [CKD_SHA512_KDF] = CKM_SHA512,
        [CKD_SHA3_224_KDF] = CKM_SHA3_224,       [CKD_SHA3_256_KDF] = CKM_SHA3_256,
        [CKD_SHA3_384_KDF] = CKM_SHA3_384,       [CKD_SHA3_512_KDF] = CKM_SHA3_512,
    };

    if (kdf >= sizeof(hashes) / sizeof(hashes[0]))
        return false;
    *out = hashes[kdf];
    return *out != 0; /* which is a gap */
}

static NODISCARD enum pqhw_status read_ecdh(struct mechanism *out, const CK_MECHANISM *mechanism)
{
    CK_ECDH1_DERIVE_PARAMS param;

    if (!copy_param(&param, sizeof(param), mechanism) || !kdf_hash(param.kdf, &out->hash) ||
        !read_bytes_at(&out->salt, param.pSharedData, param.ulSharedDataLen) ||
        !read_bytes_at(&out->data, param.pPublicData, param.ulPublicDataLen))
        return PQHW_MECHANISM_PARAM_INVALID;
    return PQHW_OK;
}

/* ---- RSA ---- */

static bool mgf_hash(CK_RSA_PKCS_MGF_TYPE mgf, CK_MECHANISM_TYPE *out)
{
    static const CK_MECHANISM_TYPE hashes[] = {
        [CKG_MGF1_SHA1] = CKM_SHA_1,        [CKG_MGF1_SHA224] = CKM_SHA224,
        [CKG_MGF1_SHA256] = CKM_SHA256,     [CKG_MGF1_SHA384] = CKM_SHA384,
        [CKG_MGF1_SHA512] = CKM_SHA512,     [CKG_MGF1_SHA3_224] = CKM_SHA3_224,
        [CKG_MGF1_SHA3_256] = CKM_SHA3_256, [CKG_MGF1_SHA3_384] = CKM_SHA3_384,
        [CKG_MGF1_SHA3_512] = CKM_SHA3_512,
    };

    if (mgf >= sizeof(hashes) / sizeof(hashes[0]))
        return false;
    *out = hashes[mgf];
    return *out != 0; /* there is no MGF of number 0 */
}

static NODISCARD enum pqhw_status read_pss(struct mechanism *out, const CK_MECHANISM *mechanism)
{
    CK_RSA_PKCS_PSS_PARAMS param;

    if (!copy_param(&param, sizeof(param), mechanism) || !mgf_hash(param.mgf, &out->mgf_hash))
        return PQHW_MECHANISM_PARAM_INVALID;
    out->hash = param.hashAlg;
    out->salt_len = param.sLen;
    return PQHW_OK;
}

/* Some programs leave the source 0 if there is no label. */
static NODISCARD enum pqhw_status read_oaep(struct mechanism *out, const CK_MECHANISM *mechanism)
{
    CK_RSA_PKCS_OAEP_PARAMS param;

    if (!copy_param(&param, sizeof(param), mechanism) || !mgf_hash(param.mgf, &out->mgf_hash) ||
        !read_bytes_at(&out->data, param.pSourceData, param.ulSourceDataLen) ||
        (param.source != CKZ_DATA_SPECIFIED && (param.source != 0 || out->data.len != 0)))
        return PQHW_MECHANISM_PARAM_INVALID;
    out->hash = param.hashAlg;
    return PQHW_OK;
}

/* PKCS#11 v3.2, 6.40.2: the server's label is number 1, the client's 2. */
static NODISCARD enum pqhw_status read_tls_mac(struct mechanism *out, const CK_MECHANISM *mechanism)
{
    CK_TLS_MAC_PARAMS param;

    if (!copy_param(&param, sizeof(param), mechanism) || param.ulServerOrClient < 1 ||
        param.ulServerOrClient > 2)
        return PQHW_MECHANISM_PARAM_INVALID;
    out->hash = param.prfHashMechanism;
    out->mac_len = param.ulMacLength;
    out->server = param.ulServerOrClient == 1;
    return PQHW_OK;
}

/* C_DeriveKey reads it (param_derive.h); no other function takes the mechanism. */
static NODISCARD enum pqhw_status read_later(struct mechanism *out, const CK_MECHANISM *mechanism)
{
    (void)out;
    (void)mechanism;
    return PQHW_OK;
}

static NODISCARD enum pqhw_status read_rsa_aes(struct mechanism *out, const CK_MECHANISM *mechanism)
{
    CK_RSA_AES_KEY_WRAP_PARAMS param;

    if (!copy_param(&param, sizeof(param), mechanism) || param.ulAESKeyBits % 8 != 0 ||
        param.pOAEPParams == NULL)
        return PQHW_MECHANISM_PARAM_INVALID;
    out->wrap_key_len = param.ulAESKeyBits / 8;
    const CK_MECHANISM oaep = {CKM_RSA_PKCS_OAEP, param.pOAEPParams,
                               sizeof(CK_RSA_PKCS_OAEP_PARAMS)};
    return read_oaep(out, &oaep);
}

static NODISCARD enum pqhw_status read_ecdh_aes(struct mechanism *out,
                                                const CK_MECHANISM *mechanism)
{
    CK_ECDH_AES_KEY_WRAP_PARAMS param;

    if (!copy_param(&param, sizeof(param), mechanism) || param.ulAESKeyBits % 8 != 0 ||
        !kdf_hash(param.kdf, &out->hash) ||
        !read_bytes_at(&out->salt, param.pSharedData, param.ulSharedDataLen))
        return PQHW_MECHANISM_PARAM_INVALID;
    out->wrap_key_len = param.ulAESKeyBits / 8;
    return PQHW_OK;
}

static enum pqhw_status (*const readers[])(struct mechanism *out, const CK_MECHANISM *mechanism) = {
    [PARAM_NONE] = NULL,
    [PARAM_SIGN_CONTEXT] = read_sign_context,
    [PARAM_HASH_SIGN_CONTEXT] = read_hash_sign_context,
    [PARAM_MAC_LEN] = read_mac_len,
    [PARAM_BLOCK] = read_iv,
    [PARAM_KW_IV] = read_iv,
    [PARAM_KWP_IV] = read_iv,
    [PARAM_CTR] = read_ctr,
    [PARAM_GCM] = read_gcm,
    [PARAM_CCM] = read_ccm,
    [PARAM_CHACHA20] = read_chacha20,
    [PARAM_CHACHA20_POLY1305] = read_chacha20_poly1305,
    [PARAM_HKDF] = read_hkdf,
    [PARAM_STRING] = read_string,
    [PARAM_KEY] = read_key,
    [PARAM_BIT] = read_bit,
    [PARAM_BLOCKS] = read_string,
    [PARAM_IV_BLOCKS] = read_iv_blocks,
    [PARAM_EDDSA] = read_eddsa,
    [PARAM_ECDH] = read_ecdh,
    [PARAM_PSS] = read_pss,
    [PARAM_OAEP] = read_oaep,
    [PARAM_108] = read_later,
    [PARAM_108_FEEDBACK] = read_later,
    [PARAM_RSA_AES] = read_rsa_aes,
    [PARAM_ECDH_AES] = read_ecdh_aes,
    [PARAM_PBKD2] = read_pbkd2,
    [PARAM_TLS_MASTER] = read_later,
    [PARAM_TLS_EXTENDED] = read_later,
    [PARAM_TLS_KEYS] = read_later,
    [PARAM_TLS_KDF] = read_later,
    [PARAM_TLS_MAC] = read_tls_mac,
};

enum pqhw_status param_read(struct mechanism *out, const CK_MECHANISM *mechanism)
{
    const struct mechanism_info *info;

    if (mechanism == NULL)
        return PQHW_ARGUMENTS_BAD;
    *out = (struct mechanism){.type = alias_mechanism(mechanism->mechanism, CKF_SIGN),
                              .hedge = CKH_HEDGE_PREFERRED};
    info = mechanism_find(out->type);
    if (info == NULL)
        return PQHW_MECHANISM_INVALID;
    if (mechanism->pParameter == NULL && mechanism->ulParameterLen != 0)
        return PQHW_MECHANISM_PARAM_INVALID;
    if (mechanism->ulParameterLen == 0)
        return PQHW_OK; /* whatever the pointer says: nothing is nothing */
    out->has_param = true;
    if (readers[info->param] == NULL)
        return PQHW_MECHANISM_PARAM_INVALID;
    return readers[info->param](out, mechanism);
}
