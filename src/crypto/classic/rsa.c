/* SPDX-License-Identifier: Apache-2.0
 *
 * RSA: schemes, signatures and encryption.
 */
#include "crypto/classic/rsa.h"

#include <openssl/rsa.h>
#include <string.h>

#include "base/wipe.h"
#include "crypto/classic/rsa_key.h"

#define PKCS1_OVERHEAD 11 /* 00 02, eight bytes or more, 00 */

/* ---- schemes ---- */

static bool hash_fits(enum digest_alg alg)
{
    return alg != DIGEST_SHAKE128 && alg != DIGEST_SHAKE256;
}

enum pqhw_status rsa_scheme_check(const struct rsa_key *key, const struct rsa_scheme *scheme)
{
    if (scheme->padding == RSA_PAD_NONE || scheme->padding == RSA_PAD_PKCS1)
        return PQHW_OK;
    size_t hash_len = digest_len(scheme->hash);
    bool fits = hash_fits(scheme->hash) && hash_fits(scheme->mgf_hash);
    /* RFC 8017, 9.1.1 step 3. A modulus of 8k+1 bits has a byte less for the encoded message. */
    size_t em_len = key->len - (key->n[0] == 1);
    if (scheme->padding == RSA_PAD_PSS)
        fits = fits && scheme->salt_len <= em_len && hash_len + 2 <= em_len - scheme->salt_len;
    return fits ? PQHW_OK : PQHW_MECHANISM_PARAM_INVALID;
}

size_t rsa_max_data(const struct rsa_key *key, const struct rsa_scheme *scheme)
{
    switch (scheme->padding) {
    case RSA_PAD_NONE:
        return key->len;
    case RSA_PAD_PKCS1:
        return key->len - PKCS1_OVERHEAD;
    case RSA_PAD_PSS:
        return digest_len(scheme->hash);
    case RSA_PAD_OAEP:
        return key->len - 2 * digest_len(scheme->hash) - 2; /* RFC 8017, 7.1.1 step 1 */
    }
    return 0;
}

/* libcrypto takes the label, as memory of its own. */
static enum pqhw_status set_label(EVP_PKEY_CTX *ctx, struct span label)
{
    if (label.len == 0)
        return PQHW_OK;
    void *copy = OPENSSL_memdup(label.ptr, label.len);
    if (copy == NULL)
        return PQHW_NO_MEMORY;
    if (EVP_PKEY_CTX_set0_rsa_oaep_label(ctx, copy, (int)label.len) == 1)
        return PQHW_OK;
    OPENSSL_free(copy);
    return PQHW_INTERNAL;
}

enum pqhw_status rsa_set_scheme(const struct rsa_key *key, EVP_PKEY_CTX *ctx,
                                const struct rsa_scheme *scheme)
{
    static const int paddings[] = {
        [RSA_PAD_NONE] = RSA_NO_PADDING,
        [RSA_PAD_PKCS1] = RSA_PKCS1_PADDING,
        [RSA_PAD_PSS] = RSA_PKCS1_PSS_PADDING,
        [RSA_PAD_OAEP] = RSA_PKCS1_OAEP_PADDING,
    };
    enum pqhw_status status = PQHW_OK;
    const EVP_MD *md = key->classic->digests[scheme->hash];
    const EVP_MD *mgf_md = key->classic->digests[scheme->mgf_hash];
    bool ok = EVP_PKEY_CTX_set_rsa_padding(ctx, paddings[scheme->padding]) == 1;

    if (scheme->padding == RSA_PAD_PSS)
        ok = ok && EVP_PKEY_CTX_set_signature_md(ctx, md) == 1 &&
             EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, mgf_md) == 1 &&
             EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, (int)scheme->salt_len) == 1;
    if (scheme->padding == RSA_PAD_OAEP) {
        ok = ok && EVP_PKEY_CTX_set_rsa_oaep_md(ctx, md) == 1 &&
             EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, mgf_md) == 1;
        TRY(set_label(ctx, scheme->label));
    }
    REQUIRE(ok, PQHW_INTERNAL);
out:
    return status;
}

size_t rsa_digest_info(uint8_t out[RSA_MAX_DIGEST_INFO], enum digest_alg alg, const uint8_t *hash)
{
    struct span oid = digest_oid(alg);
    size_t len = digest_len(alg);
    /* SEQUENCE { SEQUENCE { oid, NULL }, OCTET STRING }; no length reaches 128. */
    const uint8_t head[] = {0x30, (uint8_t)(oid.len + len + 6), 0x30, (uint8_t)(oid.len + 2)};
    const uint8_t middle[] = {0x05, 0x00, 0x04, (uint8_t)len};

    memcpy(out, head, sizeof(head));
    out += sizeof(head);
    memcpy(out, oid.ptr, oid.len);
    out += oid.len;
    memcpy(out, middle, sizeof(middle));
    memcpy(out + sizeof(middle), hash, len);
    return sizeof(head) + oid.len + sizeof(middle) + len;
}

/* ---- data ---- */

/* Data as libcrypto takes them for a padding. For NONE they are made as long as the modulus, in
 * room, which may be secret. */
static enum pqhw_status take_data(const struct rsa_key *key, const struct rsa_scheme *scheme,
                                  uint8_t room[RSA_MAX_LEN], struct span *data)
{
    enum pqhw_status status = PQHW_OK;

    TRY(rsa_scheme_check(key, scheme));
    REQUIRE(data->len <= rsa_max_data(key, scheme), PQHW_DATA_LEN_RANGE);
    REQUIRE(scheme->padding != RSA_PAD_PSS || data->len == digest_len(scheme->hash),
            PQHW_DATA_LEN_RANGE);
    if (scheme->padding == RSA_PAD_NONE) {
        size_t zeros = key->len - data->len;
        memset(room, 0, zeros);
        if (data->len > 0)
            memcpy(room + zeros, data->ptr, data->len);
        REQUIRE(rsa_below_modulus(key, room), PQHW_DATA_INVALID);
        *data = span(room, key->len);
    }
out:
    return status;
}

/* A context of one's own for a public operation: the prepared one's copy, or a new one. */
static enum pqhw_status context_for(const struct rsa_key *key, const struct rsa_scheme *scheme,
                                    const EVP_PKEY_CTX *prepared, int (*init)(EVP_PKEY_CTX *ctx),
                                    EVP_PKEY_CTX **out)
{
    enum pqhw_status status = PQHW_OK;

    if (prepared != NULL && scheme->padding == RSA_PAD_PKCS1) {
        *out = EVP_PKEY_CTX_dup(prepared);
        return *out != NULL ? PQHW_OK : PQHW_NO_MEMORY;
    }
    TRY(pkey_prepare(key->classic, out, key->pkey, init));
    TRY(rsa_set_scheme(key, *out, scheme));
out:
    return status;
}

/* The same for a signature. */
static enum pqhw_status sign_context(const struct rsa_key *key, const struct rsa_scheme *scheme,
                                     EVP_PKEY_CTX **out)
{
    enum pqhw_status status = PQHW_OK;

    if (scheme->padding == RSA_PAD_PKCS1)
        return rsa_private_context(key, out, NULL);
    TRY(rsa_private_context(key, out, EVP_PKEY_sign_init));
    TRY(rsa_set_scheme(key, *out, scheme));
out:
    return status;
}

/* ---- signatures ---- */

/* libcrypto signs nothing at all with PKCS#1 v1.5, but does not verify it. */
static enum pqhw_status take_signed(const struct rsa_key *key, const struct rsa_scheme *scheme,
                                    uint8_t room[RSA_MAX_LEN], struct span *data)
{
    if (data->len == 0 && scheme->padding == RSA_PAD_PKCS1)
        return PQHW_DATA_LEN_RANGE;
    return take_data(key, scheme, room, data);
}

enum pqhw_status rsa_sign(const struct rsa_key *key, uint8_t *sig, const struct rsa_scheme *scheme,
                          struct span data)
{
    enum pqhw_status status = PQHW_OK;
    uint8_t room[RSA_MAX_LEN];
    size_t len = key->len;
    EVP_PKEY_CTX *ctx = NULL;

    ERR_set_mark();
    TRY(take_signed(key, scheme, room, &data));
    TRY(sign_context(key, scheme, &ctx));
    REQUIRE(EVP_PKEY_sign(ctx, sig, &len, data.ptr, data.len) == 1 && len == key->len,
            PQHW_INTERNAL);
out:
    if (status != PQHW_OK)
        wipe(sig, key->len);
    WIPE(room);
    EVP_PKEY_CTX_free(ctx);
    ERR_pop_to_mark();
    return status;
}

enum pqhw_status rsa_verify(const struct rsa_key *key, const struct rsa_scheme *scheme,
                            struct span data, struct span sig)
{
    enum pqhw_status status = PQHW_OK;
    uint8_t room[RSA_MAX_LEN];
    EVP_PKEY_CTX *ctx = NULL;

    ERR_set_mark();
    TRY(take_signed(key, scheme, room, &data));
    REQUIRE(sig.len == key->len, PQHW_SIGNATURE_LEN_RANGE);
    TRY(context_for(key, scheme, key->verify, EVP_PKEY_verify_init, &ctx));
    REQUIRE(EVP_PKEY_verify(ctx, sig.ptr, sig.len, data.ptr, data.len) == 1,
            PQHW_SIGNATURE_INVALID);
out:
    EVP_PKEY_CTX_free(ctx);
    ERR_pop_to_mark();
    return status;
}

enum pqhw_status rsa_recover(const struct rsa_key *key, uint8_t *out, size_t *len,
                             const struct rsa_scheme *scheme, struct span sig)
{
    enum pqhw_status status = PQHW_OK;
    EVP_PKEY_CTX *ctx = NULL;

    *len = key->len;
    ERR_set_mark();
    REQUIRE(sig.len == key->len, PQHW_SIGNATURE_LEN_RANGE);
    TRY(context_for(key, scheme, NULL, EVP_PKEY_verify_recover_init, &ctx));
    REQUIRE(EVP_PKEY_verify_recover(ctx, out, len, sig.ptr, sig.len) == 1, PQHW_SIGNATURE_INVALID);
out:
    EVP_PKEY_CTX_free(ctx);
    ERR_pop_to_mark();
    return status;
}

/* ---- encryption ---- */

enum pqhw_status rsa_encrypt(const struct rsa_key *key, uint8_t *ct,
                             const struct rsa_scheme *scheme, struct span plaintext)
{
    enum pqhw_status status = PQHW_OK;
    uint8_t room[RSA_MAX_LEN];
    size_t len = key->len;
    EVP_PKEY_CTX *ctx = NULL;

    ERR_set_mark();
    TRY(take_data(key, scheme, room, &plaintext));
    TRY(context_for(key, scheme, NULL, EVP_PKEY_encrypt_init, &ctx));
    REQUIRE(EVP_PKEY_encrypt(ctx, ct, &len, plaintext.ptr, plaintext.len) == 1 && len == key->len,
            PQHW_INTERNAL);
out:
    if (status != PQHW_OK)
        wipe(ct, key->len);
    WIPE(room);
    EVP_PKEY_CTX_free(ctx);
    ERR_pop_to_mark();
    return status;
}
