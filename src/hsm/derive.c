/* SPDX-License-Identifier: Apache-2.0
 *
 * Deriving keys from keys.
 */
#include <string.h>

#include "hsm/objects.h"
#include "hsm/rules_table.h"

struct derive {
    const struct mechanism *mechanism;
    CK_OBJECT_HANDLE key;
    struct span template;
    CK_OBJECT_HANDLE *out;
};

/* A key that takes part. */
struct part {
    struct object *object; /* NULL if there is none */
    struct resident *resident;
};

static void part_free(struct part *part)
{
    resident_release(part->resident);
    object_unref(part->object);
}

static enum pqhw_status part_open(struct op *op, CK_OBJECT_HANDLE handle, struct part *part)
{
    enum pqhw_status status = PQHW_OK;

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

static struct lineage lineage_of(const struct part parts[2])
{
    struct lineage lineage = {.always_sensitive = true, .never_extractable = true};

    inherit(&lineage, parts[0].object);
    if (parts[1].object != NULL)
        inherit(&lineage, parts[1].object);
    return lineage;
}

/* The length that the template asks for, or its key type has; 0 if they leave it open. */
static enum pqhw_status wanted_len(struct span template, size_t *out)
{
    enum pqhw_status status = PQHW_OK;
    const struct key_rule *rule =
        key_rule_find(attrs_number(template, CKA_KEY_TYPE, CKK_GENERIC_SECRET));

    *out = rule != NULL ? key_rule_only_len(rule) : 0;
    *out = attrs_number(template, CKA_VALUE_LEN, *out);
    REQUIRE(*out <= SECRET_MAX_LEN, PQHW_TEMPLATE_INCONSISTENT);
out:
    return status;
}

/*
 * A mechanism that is not one-way must not make a key shorter than the guarded one it comes from: a
 * key of one byte is found by trying, and the next byte then likewise.
 */
static bool tells_too_much(const struct op *op, const struct part parts[2],
                           const struct lineage *lineage, size_t len)
{
    if (mechanism_one_way(op->info) || (!lineage->sensitive && !lineage->unextractable))
        return false;
    for (size_t i = 0; i < 2 && parts[i].object != NULL; i++) {
        if (len < attrs_number(object_attrs(parts[i].object), CKA_VALUE_LEN, 0))
            return true;
    }
    return false;
}

static enum pqhw_status derive_value(const struct op *op, const struct derive *derive,
                                     const struct part parts[2], size_t len, struct secret *out)
{
    const struct backend_key *second =
        parts[1].resident != NULL ? resident_key(parts[1].resident) : NULL;

    return op->app->device->backend_ops->derive(resident_key(parts[0].resident), second,
                                                derive->mechanism, len, out);
}

/* Derive; what is cut off of a guarded value is nothing. */
static enum pqhw_status checked_value(const struct op *op, const struct derive *derive,
                                      const struct part parts[2], struct span template,
                                      struct secret *out)
{
    enum pqhw_status status = PQHW_OK;
    struct lineage lineage = lineage_of(parts);
    size_t len;
    struct secret whole = {0};

    TRY(wanted_len(template, &len));
    if (mechanism_one_way(op->info)) {
        TRY(derive_value(op, derive, parts, len, out));
        return PQHW_OK;
    }
    TRY(derive_value(op, derive, parts, 0, &whole));
    REQUIRE(!tells_too_much(op, parts, &lineage, whole.len), PQHW_KEY_SIZE_RANGE);
    bool guarded = lineage.sensitive || lineage.unextractable;
    REQUIRE(len <= whole.len && (len == 0 || len == whole.len || !guarded), PQHW_KEY_SIZE_RANGE);
    TRY(secret_from(out, span(whole.ptr, len != 0 ? len : whole.len)));
out:
    secret_free(&whole);
    return status;
}

static enum pqhw_status derived_attrs(const struct op *op, const struct part parts[2],
                                      struct span template, size_t len, struct buf *attrs)
{
    enum pqhw_status status = PQHW_OK;
    struct secret none = {0};
    struct rules_request request = {
        .origin = ORIGIN_DERIVE,
        .role = op->role,
        .template = template,
        .object_class = CKO_SECRET_KEY,
        .key_type = CKK_GENERIC_SECRET,
        .mechanism = op->info->type,
        .value_len = len,
        .lineage = lineage_of(parts),
        .policy = op->policy,
    };

    TRY(rules_new_object(&request, attrs, &none));
out:
    secret_free(&none);
    return status;
}

static enum pqhw_status run_derive(struct op *op, void *args)
{
    enum pqhw_status status = PQHW_OK;
    const struct derive *derive = args;
    struct part parts[2] = {0};
    struct buf room = BUF_INIT(ATTRS_MAX_LEN);
    struct span template;
    struct buf attrs = BUF_INIT(ATTRS_MAX_LEN);
    struct secret value = {0};

    TRY(mechanism_check(derive->mechanism, CKF_DERIVE, &op->info));
    TRY(part_open(op, derive->key, &parts[0]));
    if (derive->mechanism->second_key != CK_INVALID_HANDLE)
        TRY(part_open(op, derive->mechanism->second_key, &parts[1]));
    TRY(op_merged_template(parts[0].object, CKA_DERIVE_TEMPLATE, derive->template, &room,
                           &template));
    TRY(checked_value(op, derive, parts, template, &value));
    TRY(derived_attrs(op, parts, template, value.len, &attrs));
    TRY(op_new_secret_key(op, &attrs, &value, derive->out));
out:
    part_free(&parts[0]);
    part_free(&parts[1]);
    buf_free(&room);
    buf_free(&attrs);
    secret_free(&value);
    return status;
}

enum pqhw_status hsm_derive(struct hsm_app *app, CK_SESSION_HANDLE session,
                            const struct mechanism *mechanism, CK_OBJECT_HANDLE key,
                            struct span template, CK_OBJECT_HANDLE *out)
{
    struct derive args = {.mechanism = mechanism, .key = key, .template = template, .out = out};

    return door(app, session, ACTION_DERIVE, run_derive, &args);
}
