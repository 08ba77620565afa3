/* SPDX-License-Identifier: Apache-2.0
 *
 * Deriving keys from keys.
 */
#include <string.h>

#include "hsm/derive.h"

_Static_assert(DERIVE_MAX_KEYS <= OP_MAX_CHANGES, "each key is a change");

/* Shorter keys are found by trying. */
#define SAFE_LEN 16

/* ---- the keys that take part ---- */

static enum pqhw_status open_part(struct op *op, CK_OBJECT_HANDLE handle,
                                  struct derivation *derivation)
{
    enum pqhw_status status = PQHW_OK;

    REQUIRE(derivation->num_parts < DERIVE_MAX_PARTS, PQHW_MECHANISM_PARAM_INVALID);
    struct part *part = &derivation->parts[derivation->num_parts++];
    TRY(op_key(op, handle, CKF_DERIVE, &part->object));
    REQUIRE(op_use_separate(op, part->object), PQHW_KEY_FUNCTION_NOT_PERMITTED);
    TRY(object_key(part->object, &part->resident));
out:
    return status;
}

/*
 * The histories of the parts count together (PKCS#11 v3.2, 6.43). What a private key agrees on with
 * another tells nothing of it: from there only the histories come.
 */
static void inherit(struct lineage *lineage, const struct object *object)
{
    struct span attrs = object_attrs(object);
    bool value = attrs_number(attrs, CKA_CLASS, 0) == CKO_SECRET_KEY;

    lineage->sensitive |= value && attrs_bool(attrs, CKA_SENSITIVE, true);
    lineage->unextractable |= value && !attrs_bool(attrs, CKA_EXTRACTABLE, false);
    lineage->trusted_only |= value && attrs_bool(attrs, CKA_WRAP_WITH_TRUSTED, false);
    lineage->always_sensitive &= attrs_bool(attrs, CKA_ALWAYS_SENSITIVE, false);
    lineage->never_extractable &= attrs_bool(attrs, CKA_NEVER_EXTRACTABLE, false);
}

/* PKCS#11 v3.2, 6.42.8, 6.40: what the template leaves open is as the base key has it. */
static bool by_default(const struct mechanism_info *info)
{
    return info->param == PARAM_108 || info->param == PARAM_108_FEEDBACK ||
           info->param == PARAM_TLS_KEYS || info->param == PARAM_TLS_KDF;
}

static enum pqhw_status open_parts(struct op *op, const struct derive *derive,
                                   struct derivation *derivation)
{
    enum pqhw_status status = PQHW_OK;
    CK_OBJECT_HANDLE other;

    TRY(open_part(op, derive->key, derivation));
    for (size_t i = 0; (other = mechanism_other_key(derive->mechanism, i)) != CK_INVALID_HANDLE;
         i++)
        TRY(open_part(op, other, derivation));
    derivation->lineage = (struct lineage){.joined = !mechanism_one_way(op->info),
                                           .always_sensitive = true,
                                           .never_extractable = true,
                                           .by_default = by_default(op->info)};
    for (size_t i = 0; i < derivation->num_parts; i++)
        inherit(&derivation->lineage, derivation->parts[i].object);
out:
    return status;
}

/* ---- the keys that are to be ---- */

/*
 * Mechanisms that are one-way make no small keys of guarded ones: a short key is the beginning of
 * the longer one that the same parameter gives, so that is found piece by piece.
 */
static bool is_small(const struct derivation *derivation, size_t len)
{
    return len < SAFE_LEN && derivation_guarded(derivation) &&
           len < attrs_number(derivation_base(derivation), CKA_VALUE_LEN, SAFE_LEN);
}

/*
 * What a private key agrees on, which its CKA_DERIVE_TEMPLATE may want hidden, would be found in
 * the same way. Who may have it open needs no tricks.
 */
static bool is_piece(const struct derivation *derivation, const struct wanted *wanted, size_t len)
{
    bool open = !attrs_bool(wanted->template, CKA_SENSITIVE, true) &&
                attrs_bool(wanted->template, CKA_EXTRACTABLE, false);

    return len < SAFE_LEN && !open &&
           attrs_number(derivation_base(derivation), CKA_CLASS, 0) == CKO_PRIVATE_KEY;
}

enum pqhw_status derive_set_len(const struct derivation *derivation, struct wanted *wanted,
                                size_t len)
{
    wanted->len = len;
    bool small = is_small(derivation, len) || is_piece(derivation, wanted, len);
    return len > 0 && small ? PQHW_KEY_SIZE_RANGE : PQHW_OK;
}

enum pqhw_status derive_want(struct derivation *derivation, struct span template,
                             CK_OBJECT_HANDLE *out)
{
    enum pqhw_status status = PQHW_OK;
    struct wanted *wanted = &derivation->wanted[derivation->num_wanted++];
    size_t len;

    wanted->out = out;
    wanted->room = BUF_INIT(ATTRS_MAX_LEN);
    TRY(op_merged_template(derivation->parts[0].object, CKA_DERIVE_TEMPLATE, template,
                           &wanted->room, &wanted->template));
    TRY(op_wanted_len(wanted->template, &len));
    TRY(derive_set_len(derivation, wanted, len));
out:
    return status;
}

/* Of several keys, the one whose template is not right is named by its handle. */
static enum pqhw_status blame(const struct derivation *derivation, const struct wanted *wanted,
                              enum pqhw_status status)
{
    if (status != PQHW_OK && wanted != &derivation->wanted[0])
        *wanted->out = CK_INVALID_HANDLE;
    return status;
}

static enum pqhw_status want_all(const struct derive *derive, struct derivation *derivation)
{
    enum pqhw_status status = PQHW_OK;
    const struct derive_lists *lists = derive->mechanism->lists;

    TRY(derive_want(derivation, derive->template, derive->out));
    for (size_t i = 0; lists != NULL && i < lists->num_more; i++) {
        status = derive_want(derivation, lists->more[i].template, lists->more[i].out);
        TRY(blame(derivation, &derivation->wanted[derivation->num_wanted - 1], status));
    }
out:
    return status;
}

/* ---- their values ---- */

/*
 * A mechanism that is not one-way must not make a key shorter than the guarded one it comes from: a
 * key of one byte is found by trying, and the next byte then likewise.
 */
static bool tells_too_much(const struct op *op, const struct derivation *derivation, size_t len)
{
    if (mechanism_one_way(op->info) || !derivation_guarded(derivation))
        return false;
    for (size_t i = 0; i < derivation->num_parts; i++) {
        if (len < attrs_number(object_attrs(derivation->parts[i].object), CKA_VALUE_LEN, 0))
            return true;
    }
    return false;
}

static enum pqhw_status derive_values(const struct op *op, const struct derivation *derivation,
                                      const size_t *lens, struct secret *out)
{
    const struct backend_key *others[DERIVE_MAX_PARTS];
    const struct backend_derive how = {.mechanism = derivation->mechanism,
                                       .others = others,
                                       .num_others = derivation->num_parts - 1,
                                       .lens = lens,
                                       .num_lens = derivation->num_wanted + (derivation->tail > 0)};

    for (size_t i = 0; i < how.num_others; i++)
        others[i] = resident_key(derivation->parts[i + 1].resident);
    return op->app->device->backend_ops->derive(resident_key(derivation->parts[0].resident), &how,
                                                out);
}

/* All values, one after another; of a guarded value nothing is cut off. */
static enum pqhw_status checked_values(const struct op *op, const struct derivation *derivation,
                                       struct secret *out)
{
    enum pqhw_status status = PQHW_OK;
    size_t lens[DERIVE_MAX_KEYS + 1] = {0};
    size_t len = derivation->wanted[0].len;
    struct secret whole = {0};

    if (mechanism_one_way(op->info)) {
        for (size_t i = 0; i < derivation->num_wanted; i++)
            lens[i] = derivation->wanted[i].len;
        lens[derivation->num_wanted] = derivation->tail;
        TRY(derive_values(op, derivation, lens, out));
        return PQHW_OK;
    }
    REQUIRE(len != 0 || op->info->type != CKM_EXTRACT_KEY_FROM_KEY, PQHW_TEMPLATE_INCOMPLETE);
    TRY(derive_values(op, derivation, lens, &whole));
    REQUIRE(!tells_too_much(op, derivation, whole.len), PQHW_KEY_SIZE_RANGE);
    bool guarded = derivation_guarded(derivation);
    REQUIRE(len <= whole.len && (len == 0 || len == whole.len || !guarded), PQHW_KEY_SIZE_RANGE);
    TRY(secret_from(out, span(whole.ptr, len != 0 ? len : whole.len)));
out:
    secret_free(&whole);
    return status;
}

/* ---- the new objects ---- */

static enum pqhw_status derived_attrs(const struct op *op, const struct derivation *derivation,
                                      const struct wanted *wanted, size_t len, struct buf *attrs)
{
    enum pqhw_status status = PQHW_OK;
    struct secret none = {0};
    struct rules_request request = {
        .origin = ORIGIN_DERIVE,
        .role = op->role,
        .template = wanted->template,
        .object_class = CKO_SECRET_KEY,
        .key_type = CKK_GENERIC_SECRET,
        .mechanism = op->info->type,
        .value_len = len,
        .lineage = derivation->lineage,
        .policy = op->policy,
        .own_usage = wanted->own_usage,
        .usage = wanted->usage,
    };

    TRY(rules_new_object(&request, attrs, &none));
out:
    secret_free(&none);
    return status;
}

static enum pqhw_status add_key(struct op *op, const struct derivation *derivation,
                                const struct wanted *wanted, struct span value)
{
    enum pqhw_status status = PQHW_OK;
    struct buf attrs = BUF_INIT(ATTRS_MAX_LEN);

    TRY(derived_attrs(op, derivation, wanted, value.len, &attrs));
    TRY(op_new_secret_key(op, &attrs, value, wanted->out));
out:
    buf_free(&attrs);
    return status;
}

static enum pqhw_status add_keys(struct op *op, const struct derivation *derivation,
                                 const struct secret *values)
{
    enum pqhw_status status = PQHW_OK;
    size_t at = 0;

    for (size_t i = 0; i < derivation->num_wanted; i++) {
        const struct wanted *wanted = &derivation->wanted[i];
        size_t len = wanted->len != 0 ? wanted->len : values->len;
        TRY(blame(derivation, wanted,
                  add_key(op, derivation, wanted, span(values->ptr + at, len))));
        at += len;
    }
out:
    return status;
}

static void derivation_free(struct derivation *derivation)
{
    for (size_t i = 0; i < derivation->num_parts; i++) {
        resident_release(derivation->parts[i].resident);
        object_unref(derivation->parts[i].object);
    }
    for (size_t i = 0; i < derivation->num_wanted; i++)
        buf_free(&derivation->wanted[i].room);
}

/* Those that say more of the keys than the template does. */
static bool is_tls(const struct mechanism_info *info)
{
    return info->param == PARAM_TLS_MASTER || info->param == PARAM_TLS_EXTENDED ||
           info->param == PARAM_TLS_KEYS;
}

static enum pqhw_status run_derive(struct op *op, void *args)
{
    enum pqhw_status status = PQHW_OK;
    const struct derive *derive = args;
    struct derivation derivation = {.mechanism = derive->mechanism};
    struct buf mac_template = BUF_INIT(ATTRS_MAX_LEN);
    struct secret values = {0};

    TRY(mechanism_check(derive->mechanism, CKF_DERIVE, &op->info));
    if (op->info->type == CKM_PUB_KEY_FROM_PRIV_KEY) {
        TRY(derive_public(op, derive));
        goto out;
    }
    bool tls = is_tls(op->info);
    TRY(open_parts(op, derive, &derivation));
    TRY(derive_check_guard(&derivation, op->info));
    TRY(tls ? derive_tls_want(derive, &derivation, &mac_template) : want_all(derive, &derivation));
    TRY(checked_values(op, &derivation, &values));
    TRY(add_keys(op, &derivation, &values));
    size_t at = values.len - derivation.tail;
    if (tls)
        TRY(derive_tls_give(&derivation, span(values.ptr + at, derivation.tail)));
out:
    buf_free(&mac_template);
    derivation_free(&derivation);
    secret_free(&values);
    return status;
}

enum pqhw_status hsm_derive(struct hsm_app *app, CK_SESSION_HANDLE session,
                            const struct mechanism *mechanism, CK_OBJECT_HANDLE key,
                            struct span template, CK_OBJECT_HANDLE *out)
{
    struct derive args = {.mechanism = mechanism, .key = key, .template = template, .out = out};

    return door(app, session, ACTION_DERIVE, run_derive, &args);
}
