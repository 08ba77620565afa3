/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys of TLS 1.2: what PKCS#11 v3.2, 6.40 says of them beside what holds of all derived keys.
 */
#include <string.h>

#include "hsm/derive.h"

/* What a master secret is for. With other mechanisms, such as HMAC, whoever has it could compute
 * what is derived of it. */
static const CK_MECHANISM_TYPE master_mechanisms[] = {
    CKM_TLS12_KEY_AND_MAC_DERIVE,
    CKM_TLS12_KEY_SAFE_DERIVE,
    CKM_TLS_KDF,
    CKM_TLS_MAC,
    CKM_TLS12_KDF,
    CKM_TLS12_MAC,
};

#define NUM_MASTER_MECHANISMS (sizeof(master_mechanisms) / sizeof(master_mechanisms[0]))

static bool is_in(struct span list, CK_MECHANISM_TYPE mechanism)
{
    for (size_t i = 0; i + 8 <= list.len; i += 8) {
        if (load_be64(list.ptr + i) == mechanism)
            return true;
    }
    return false;
}

/* ---- master secrets ---- */

/* A template may narrow what the master secret is for. */
static enum pqhw_status check_narrower(struct span list)
{
    for (size_t i = 0; i + 8 <= list.len; i += 8) {
        size_t k = 0;
        while (k < NUM_MASTER_MECHANISMS && master_mechanisms[k] != load_be64(list.ptr + i))
            k++;
        if (k == NUM_MASTER_MECHANISMS)
            return PQHW_TEMPLATE_INCONSISTENT;
    }
    return PQHW_OK;
}

static enum pqhw_status allow_master_mechanisms(struct wanted *wanted)
{
    enum pqhw_status status = PQHW_OK;
    uint8_t list[8 * NUM_MASTER_MECHANISMS];
    struct span given;

    if (attrs_get(wanted->template, CKA_ALLOWED_MECHANISMS, &given))
        return check_narrower(given);
    for (size_t i = 0; i < NUM_MASTER_MECHANISMS; i++)
        store_be64(list + 8 * i, master_mechanisms[i]);
    if (wanted->room.len == 0)
        TRY(attrs_merge(&wanted->room, wanted->template));
    attrs_put(&wanted->room, CKA_ALLOWED_MECHANISMS, SPAN(list));
    TRY(buf_status(&wanted->room));
    wanted->template = buf_span(&wanted->room);
out:
    return status;
}

static bool is_generic(const struct wanted *wanted)
{
    return attrs_number(wanted->template, CKA_KEY_TYPE, CKK_GENERIC_SECRET) == CKK_GENERIC_SECRET;
}

/* The two bytes of the version are a key's own, so only an open one's are told. */
static enum pqhw_status check_premaster(const struct derivation *derivation)
{
    enum pqhw_status status = PQHW_OK;
    const struct mechanism *mechanism = derivation->mechanism;
    size_t len = attrs_number(derivation_base(derivation), CKA_VALUE_LEN, 0);
    bool agreed = mechanism->type == CKM_TLS12_MASTER_KEY_DERIVE_DH ||
                  mechanism->type == CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE_DH;

    REQUIRE(agreed || len == TLS_MASTER_LEN, PQHW_KEY_SIZE_RANGE);
    REQUIRE(!mechanism->tls->wants_version || !derivation_guarded(derivation),
            PQHW_KEY_FUNCTION_NOT_PERMITTED);
out:
    return status;
}

static enum pqhw_status want_master(const struct derive *derive, struct derivation *derivation)
{
    enum pqhw_status status = PQHW_OK;
    struct wanted *wanted = &derivation->wanted[0];

    TRY(check_premaster(derivation));
    TRY(derive_want(derivation, derive->template, derive->out));
    REQUIRE(is_generic(wanted), PQHW_TEMPLATE_INCONSISTENT);
    wanted->own_usage = true;
    wanted->usage = CKF_SIGN | CKF_VERIFY | CKF_DERIVE;
    TRY(derive_set_len(derivation, wanted, TLS_MASTER_LEN));
    TRY(allow_master_mechanisms(wanted));
out:
    return status;
}

/* ---- the keys of a connection ---- */

/* The suites that authenticate what they encrypt: AES with GCM or CCM, ChaCha20-Poly1305. */
static bool is_aead(const struct derive_tls *tls, bool gives_iv)
{
    bool salt = tls->iv_len == 0 || tls->iv_len == 4 || (tls->key_len == 32 && tls->iv_len == 12);

    return tls->mac_len == 0 && (tls->key_len == 16 || tls->key_len == 32) && (salt || !gives_iv);
}

/*
 * Initialization vectors come in the clear, and lie behind the keys in the same string of bytes: of
 * a suite with shorter keys, where another suite has keys. So a hidden master secret gives either
 * the keys of the suites that are too much alike for that, or no initialization vectors at all.
 */
static bool is_safe(const struct derivation *derivation, bool gives_iv)
{
    struct span list;
    bool never_gives_iv = !gives_iv &&
                          attrs_get(derivation_base(derivation), CKA_ALLOWED_MECHANISMS, &list) &&
                          !is_in(list, CKM_TLS12_KEY_AND_MAC_DERIVE);

    return !derivation_guarded(derivation) || never_gives_iv ||
           is_aead(derivation->mechanism->tls, gives_iv);
}

/* The keys are as hidden as the master secret is: a template may say so, and nothing else. */
static enum pqhw_status check_as_base(const struct derivation *derivation, struct span template)
{
    static const CK_ATTRIBUTE_TYPE types[] = {CKA_SENSITIVE, CKA_EXTRACTABLE};
    struct span base = derivation_base(derivation);

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        bool as_base = attrs_bool(base, types[i], types[i] == CKA_SENSITIVE);
        if (attrs_has(template, types[i]) && attrs_bool(template, types[i], !as_base) != as_base)
            return PQHW_TEMPLATE_INCONSISTENT;
    }
    return PQHW_OK;
}

/* MAC keys are of a type of their own; of the template only where they are kept is for them. */
static enum pqhw_status read_mac_template(struct span template, struct buf *out)
{
    static const CK_ATTRIBUTE_TYPE types[] = {CKA_TOKEN, CKA_PRIVATE};
    struct span value;

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (attrs_get(template, types[i], &value))
            attrs_put(out, types[i], value);
    }
    return buf_status(out);
}

static enum pqhw_status want_pair(struct derivation *derivation, struct span template, size_t len,
                                  CK_FLAGS usage, CK_OBJECT_HANDLE out[2])
{
    enum pqhw_status status = PQHW_OK;

    for (size_t i = 0; i < 2 && len > 0; i++) {
        TRY(derive_want(derivation, template, &out[i]));
        struct wanted *wanted = &derivation->wanted[derivation->num_wanted - 1];
        wanted->own_usage = true;
        wanted->usage = usage;
        TRY(derive_set_len(derivation, wanted, len));
        TRY(check_as_base(derivation, wanted->template));
        REQUIRE((usage & CKF_SIGN) == 0 || is_generic(wanted), PQHW_TEMPLATE_INCONSISTENT);
    }
out:
    return status;
}

static enum pqhw_status want_keys(const struct derive *derive, struct derivation *derivation,
                                  struct buf *mac_template)
{
    enum pqhw_status status = PQHW_OK;
    struct derive_tls *tls = derive->mechanism->tls;
    bool gives_iv = derive->mechanism->type == CKM_TLS12_KEY_AND_MAC_DERIVE;

    REQUIRE(attrs_number(derivation_base(derivation), CKA_VALUE_LEN, 0) == TLS_MASTER_LEN,
            PQHW_KEY_SIZE_RANGE);
    REQUIRE(is_safe(derivation, gives_iv), PQHW_KEY_FUNCTION_NOT_PERMITTED);
    memset(tls->keys, 0, sizeof(tls->keys));
    TRY(read_mac_template(derive->template, mac_template));
    TRY(want_pair(derivation, buf_span(mac_template), tls->mac_len, CKF_SIGN | CKF_VERIFY,
                  tls->keys));
    TRY(want_pair(derivation, derive->template, tls->key_len,
                  CKF_ENCRYPT | CKF_DECRYPT | CKF_DERIVE, tls->keys + 2));
    derivation->tail = gives_iv ? 2 * tls->iv_len : 0;
    REQUIRE(derivation->num_wanted > 0 || derivation->tail > 0, PQHW_MECHANISM_PARAM_INVALID);
out:
    return status;
}

/* ---- both ---- */

enum pqhw_status derive_tls_want(const struct derive *derive, struct derivation *derivation,
                                 struct buf *mac_template)
{
    return mechanism_find(derive->mechanism->type)->param == PARAM_TLS_KEYS
               ? want_keys(derive, derivation, mac_template)
               : want_master(derive, derivation);
}

static enum pqhw_status give_version(const struct derivation *derivation, uint8_t version[2])
{
    enum pqhw_status status = PQHW_OK;
    struct span secrets;
    struct span value;

    TRY(object_secrets(derivation->parts[0].object, &secrets));
    REQUIRE(attrs_get(secrets, CKA_VALUE, &value) && value.len >= 2, PQHW_RECORD_DAMAGED);
    memcpy(version, value.ptr, 2);
out:
    return status;
}

enum pqhw_status derive_tls_give(const struct derivation *derivation, struct span tail)
{
    struct derive_tls *tls = derivation->mechanism->tls;

    if (tls->wants_version)
        return give_version(derivation, tls->version);
    for (size_t i = 0; i < 2 && tail.len > 0; i++)
        memcpy(tls->iv[i], tail.ptr + i * tls->iv_len, tls->iv_len);
    return PQHW_OK;
}
