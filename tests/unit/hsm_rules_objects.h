/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of hsm/rules.c share: templates, and objects made from them.
 */
#ifndef UNIT_HSM_RULES_OBJECTS_H
#define UNIT_HSM_RULES_OBJECTS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "hsm/rules_table.h"

/* An object made by rules_new_object. */
struct made {
    enum pqhw_status status;
    struct buf attrs;
    struct secret secrets;
};

static inline struct made make(const struct rules_request *request)
{
    struct made made = {.attrs = BUF_INIT(ATTRS_MAX_LEN)};
    made.status = rules_new_object(request, &made.attrs, &made.secrets);
    if (made.status != PQHW_OK) {
        assert_int_equal(made.attrs.len, 0);
        assert_int_equal(made.secrets.len, 0);
        buf_free(&made.attrs); /* who asks for what is refused does not unmake it */
    } else {
        assert_true(attrs_valid(buf_span(&made.attrs)));
        assert_true(attrs_valid(secret_span(&made.secrets)));
    }
    return made;
}

static inline void unmake(struct made *made)
{
    buf_free(&made->attrs);
    secret_free(&made->secrets);
}

static inline enum pqhw_status create_as(enum role role, const struct buf *template)
{
    struct rules_request request = {
        .origin = ORIGIN_CREATE, .role = role, .template = buf_span(template)};
    struct made made = make(&request);
    unmake(&made);
    return made.status;
}

static inline enum pqhw_status create(const struct buf *template)
{
    return create_as(ROLE_USER, template);
}

static const CK_OBJECT_CLASS classes[] = {
    CKO_DATA, CKO_CERTIFICATE, CKO_PUBLIC_KEY, CKO_PRIVATE_KEY, CKO_SECRET_KEY,
};
#define NUM_CLASSES (sizeof(classes) / sizeof(classes[0]))

/* The least template that creates an object of a class. */
static inline struct buf least(CK_OBJECT_CLASS object_class)
{
    struct buf t = BUF_INIT(ATTRS_MAX_LEN);
    attrs_put_number(&t, CKA_CLASS, object_class);
    switch (object_class) {
    case CKO_CERTIFICATE:
        attrs_put_number(&t, CKA_CERTIFICATE_TYPE, CKC_X_509);
        attrs_put(&t, CKA_SUBJECT, SPAN_STR("0"));
        attrs_put(&t, CKA_VALUE, SPAN_STR("certificate"));
        break;
    case CKO_PUBLIC_KEY:
        attrs_put_number(&t, CKA_KEY_TYPE, CKK_ML_DSA);
        attrs_put_number(&t, CKA_PARAMETER_SET, CKP_ML_DSA_44);
        attrs_put(&t, CKA_VALUE, SPAN_STR("public key"));
        break;
    case CKO_PRIVATE_KEY:
        attrs_put_number(&t, CKA_KEY_TYPE, CKK_ML_KEM);
        attrs_put_number(&t, CKA_PARAMETER_SET, CKP_ML_KEM_768);
        attrs_put(&t, CKA_SEED, SPAN_STR("seed"));
        break;
    case CKO_SECRET_KEY:
        attrs_put_number(&t, CKA_KEY_TYPE, CKK_AES);
        attrs_put(&t, CKA_VALUE, SPAN_STR("sixteen bytes..."));
        break;
    default:
        break;
    }
    return t;
}

/* Does the object that the least template makes have the row's attribute? */
static inline bool is_of_least(const struct rule *rule, CK_OBJECT_CLASS object_class)
{
    struct buf template = least(object_class);
    const struct key_rule *key =
        key_rule_find(attrs_number(buf_span(&template), CKA_KEY_TYPE, CKK_GENERIC_SECRET));

    buf_free(&template);
    assert_non_null(key);
    return rule_applies(rule, object_class, key_rule_kin(key));
}

/* An object of a class from its least template. */
static inline struct made created(CK_OBJECT_CLASS object_class)
{
    struct buf template = least(object_class);
    struct rules_request request = {
        .origin = ORIGIN_CREATE, .role = ROLE_USER, .template = buf_span(&template)};
    struct made made = make(&request);
    assert_int_equal(made.status, PQHW_OK);
    buf_free(&template);
    return made;
}

static inline struct made generated(CK_OBJECT_CLASS object_class, struct buf *template)
{
    struct rules_request request = {
        .origin = ORIGIN_GENERATE,
        .role = ROLE_USER,
        .template = buf_span(template),
        .object_class = object_class,
        .key_type = CKK_ML_DSA,
        .mechanism = CKM_ML_DSA_KEY_PAIR_GEN,
    };
    return make(&request);
}

static inline struct made encapsulated(struct buf *template)
{
    struct rules_request request = {
        .origin = ORIGIN_KEM,
        .role = ROLE_USER,
        .template = buf_span(template),
        .object_class = CKO_SECRET_KEY,
        .key_type = CKK_GENERIC_SECRET,
        .mechanism = CKM_ML_KEM,
        .value_len = 32,
    };
    return make(&request);
}

static inline enum pqhw_status change(struct made *made, CK_ATTRIBUTE_TYPE type, struct span value,
                                      enum role role, bool copying)
{
    struct buf template = BUF_INIT(ATTRS_MAX_LEN);
    attrs_put(&template, type, value);
    enum pqhw_status status = rules_change(
        &made->attrs,
        &(struct rules_change){.template = buf_span(&template), .role = role, .copying = copying});
    buf_free(&template);
    return status;
}

static inline enum pqhw_status set_bool(struct made *made, CK_ATTRIBUTE_TYPE type, bool value)
{
    return change(made, type, value ? SPAN_STR("\1") : SPAN_STR("\0"), ROLE_USER, false);
}

static inline enum pqhw_status copy_bool(struct made *made, CK_ATTRIBUTE_TYPE type, bool value)
{
    return change(made, type, value ? SPAN_STR("\1") : SPAN_STR("\0"), ROLE_USER, true);
}

#endif
