/* SPDX-License-Identifier: Apache-2.0
 *
 * Deriving from secret keys.
 */
#include <string.h>

#include "backends/soft/secret_derive.h"
#include "base/wipe.h"
#include "crypto/classic/cipher.h"
#include "crypto/classic/kdf.h"

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* a || b, or as much of it as is wanted. */
static enum pqhw_status join(const struct deriving *how, struct span a, struct span b,
                             struct secret *out)
{
    enum pqhw_status status = PQHW_OK;

    REQUIRE(a.len <= SECRET_MAX_LEN && b.len <= SECRET_MAX_LEN - a.len, PQHW_KEY_SIZE_RANGE);
    size_t len = how->len != 0 ? how->len : a.len + b.len;
    REQUIRE(len <= a.len + b.len, PQHW_KEY_SIZE_RANGE);
    TRY(secret_new(out, len));
    size_t first = smaller(len, a.len);
    if (first > 0)
        memcpy(out->ptr, a.ptr, first);
    if (len > first)
        memcpy(out->ptr + first, b.ptr, len - first);
out:
    return status;
}

static enum pqhw_status base_and_key(const struct deriving *how, struct secret *out)
{
    return join(how, how->key, how->second, out);
}

static enum pqhw_status base_and_data(const struct deriving *how, struct secret *out)
{
    return join(how, how->key, how->mechanism->data, out);
}

static enum pqhw_status data_and_base(const struct deriving *how, struct secret *out)
{
    return join(how, how->mechanism->data, how->key, out);
}

/* As long as the shorter of the two. */
static enum pqhw_status xor_data(const struct deriving *how, struct secret *out)
{
    enum pqhw_status status = PQHW_OK;
    struct span data = how->mechanism->data;
    size_t whole = smaller(how->key.len, data.len);
    size_t len = how->len != 0 ? how->len : whole;

    REQUIRE(len > 0 && len <= whole, PQHW_KEY_SIZE_RANGE);
    TRY(secret_new(out, len));
    for (size_t i = 0; i < len; i++)
        out->ptr[i] = how->key.ptr[i] ^ data.ptr[i];
out:
    return status;
}

/* The whole key, from the bit on and round its end. */
static enum pqhw_status rotate(const struct deriving *how, struct secret *out)
{
    enum pqhw_status status = PQHW_OK;
    CK_ULONG bit = how->mechanism->first_bit;
    size_t len = how->key.len;

    REQUIRE(bit / 8 < len, PQHW_MECHANISM_PARAM_INVALID);
    TRY(secret_new(out, len));
    for (size_t i = 0; i < len; i++) {
        size_t at = (i + bit / 8) % len;                                               /* public */
        unsigned two = (unsigned)how->key.ptr[at] << 8 | how->key.ptr[(at + 1) % len]; /* public */
        out->ptr[i] = (uint8_t)(two >> (8 - bit % 8));
    }
out:
    return status;
}

/* The ciphertext, or as much of it as is wanted. */
static enum pqhw_status encrypt_data(const struct deriving *how, struct secret *out)
{
    enum pqhw_status status = PQHW_OK;
    struct span data = how->mechanism->data;
    bool chained = how->mechanism->type == CKM_AES_CBC_ENCRYPT_DATA;
    const struct cipher_setup setup = {.mode = chained ? CIPHER_AES_CBC : CIPHER_AES_ECB,
                                       .encrypt = true,
                                       .iv = chained ? how->mechanism->iv : SPAN_EMPTY};
    struct cipher *cipher = NULL;
    struct secret whole = {0};
    size_t len = how->len != 0 ? how->len : data.len;

    REQUIRE(len <= data.len, PQHW_DATA_LEN_RANGE);
    REQUIRE(len <= SECRET_MAX_LEN, PQHW_KEY_SIZE_RANGE);
    data.len = (len + CIPHER_BLOCK_LEN - 1) / CIPHER_BLOCK_LEN * CIPHER_BLOCK_LEN;
    size_t room = data.len;
    TRY(secret_new(&whole, data.len));
    TRY(cipher_new(&cipher, how->base->symkey, &setup));
    TRY(cipher_crypt(cipher, data, true, whole.ptr, &room));
    TRY(secret_from(out, span(whole.ptr, len)));
out:
    cipher_free(cipher);
    secret_free(&whole);
    return status;
}

static enum pqhw_status hash(const struct deriving *how, struct secret *out)
{
    enum pqhw_status status = PQHW_OK;
    struct digest *digest = NULL;
    uint8_t whole[DIGEST_MAX_LEN];
    size_t len = how->len != 0 ? how->len : digest_len(how->alg);

    REQUIRE(len <= digest_len(how->alg), PQHW_KEY_SIZE_RANGE);
    TRY(digest_new(how->classic, &digest, how->alg));
    TRY(digest_update(digest, how->key));
    TRY(digest_final(digest, whole));
    TRY(secret_from(out, span(whole, len)));
out:
    WIPE(whole);
    digest_free(digest);
    return status;
}

static enum pqhw_status hkdf(const struct deriving *how, struct secret *out)
{
    enum pqhw_status status = PQHW_OK;
    const struct mechanism *mechanism = how->mechanism;
    const struct kdf_hkdf kdf = {
        .alg = how->alg,
        .extract = mechanism->extract,
        .expand = mechanism->expand,
        .salt = how->second.len > 0 ? how->second : mechanism->salt,
        .info = mechanism->data,
    };

    REQUIRE(how->len != 0 || !kdf.expand, PQHW_TEMPLATE_INCOMPLETE);
    TRY(secret_new(out, how->len != 0 ? how->len : digest_len(kdf.alg)));
    TRY(kdf_hkdf(how->classic, out, how->key, &kdf));
out:
    return status;
}

static const struct {
    CK_MECHANISM_TYPE type;
    bool hashed; /* with the mechanism's hash, or the one that its parameter names */
    derivation derive;
} kinds[] = {
    {CKM_CONCATENATE_BASE_AND_KEY, false, base_and_key},
    {CKM_CONCATENATE_BASE_AND_DATA, false, base_and_data},
    {CKM_CONCATENATE_DATA_AND_BASE, false, data_and_base},
    {CKM_XOR_BASE_AND_DATA, false, xor_data},
    {CKM_EXTRACT_KEY_FROM_KEY, false, rotate},
    {CKM_AES_ECB_ENCRYPT_DATA, false, encrypt_data},
    {CKM_AES_CBC_ENCRYPT_DATA, false, encrypt_data},
    {CKM_SHA224_KEY_DERIVATION, true, hash},
    {CKM_SHA256_KEY_DERIVATION, true, hash},
    {CKM_SHA384_KEY_DERIVATION, true, hash},
    {CKM_SHA512_KEY_DERIVATION, true, hash},
    {CKM_SHA3_224_KEY_DERIVATION, true, hash},
    {CKM_SHA3_256_KEY_DERIVATION, true, hash},
    {CKM_SHA3_384_KEY_DERIVATION, true, hash},
    {CKM_SHA3_512_KEY_DERIVATION, true, hash},
    {CKM_HKDF_DERIVE, true, hkdf},
    {CKM_SP800_108_COUNTER_KDF, false, derive_108},
    {CKM_SP800_108_FEEDBACK_KDF, false, derive_108},
    {CKM_SP800_108_DOUBLE_PIPELINE_KDF, false, derive_108},
    {CKM_TLS12_MASTER_KEY_DERIVE, true, derive_tls},
    {CKM_TLS12_MASTER_KEY_DERIVE_DH, true, derive_tls},
    {CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE, true, derive_tls},
    {CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE_DH, true, derive_tls},
    {CKM_TLS12_KEY_AND_MAC_DERIVE, true, derive_tls},
    {CKM_TLS12_KEY_SAFE_DERIVE, true, derive_tls},
    {CKM_TLS_KDF, true, derive_tls},
    {CKM_TLS12_KDF, true, derive_tls},
};

static bool find_hash(const struct mechanism *mechanism, enum digest_alg *out)
{
    const struct mechanism_info *info = mechanism_find(mechanism->type);
    bool own = info != NULL && info->digest != CK_UNAVAILABLE_INFORMATION;

    return mechanism_digest(own ? info->digest : mechanism->hash, out);
}

enum pqhw_status secret_derive(const struct backend_key *key, const struct backend_derive *how,
                               struct secret *out)
{
    const struct mechanism *mechanism = how->mechanism;
    struct deriving deriving = {
        .classic = key->classic,
        .mechanism = mechanism,
        .base = secret_key_of(key),
        .how = how,
        .key = symkey_value(secret_key_of(key)->symkey),
        .len = how->lens[0],
    };
    bool hashed = find_hash(mechanism, &deriving.alg);

    if (how->num_others > 0)
        deriving.second = symkey_value(secret_key_of(how->others[0])->symkey);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (kinds[i].type != mechanism->type)
            continue;
        if (kinds[i].hashed && !hashed)
            return PQHW_MECHANISM_PARAM_INVALID;
        enum pqhw_status status = kinds[i].derive(&deriving, out);
        if (status != PQHW_OK)
            secret_free(out);
        return status;
    }
    return PQHW_KEY_TYPE_INCONSISTENT;
}
