/* SPDX-License-Identifier: Apache-2.0 */
#include "hsm_rules_objects.h"

#include "hsm/mechanism.h"

/* ---- changes ---- */

static void sensitive_and_extractable_go_one_way(void **state)
{
    (void)state;
    struct made made = created(CKO_PRIVATE_KEY);
    assert_int_equal(set_bool(&made, CKA_SENSITIVE, true), PQHW_OK); /* no change */
    assert_int_equal(set_bool(&made, CKA_SENSITIVE, false), PQHW_ATTRIBUTE_READ_ONLY);
    assert_int_equal(set_bool(&made, CKA_EXTRACTABLE, true), PQHW_ATTRIBUTE_READ_ONLY);
    assert_int_equal(copy_bool(&made, CKA_SENSITIVE, false), PQHW_ATTRIBUTE_READ_ONLY);
    assert_int_equal(copy_bool(&made, CKA_EXTRACTABLE, true), PQHW_ATTRIBUTE_READ_ONLY);
    assert_int_equal(copy_bool(&made, CKA_PRIVATE, false), PQHW_ATTRIBUTE_READ_ONLY);
    unmake(&made);
}

static void nothing_changes_when_one_of_several_is_refused(void **state)
{
    (void)state;
    struct made made = created(CKO_PRIVATE_KEY);
    struct buf before = BUF_INIT(ATTRS_MAX_LEN);
    struct buf template = BUF_INIT(ATTRS_MAX_LEN);
    buf_put(&before, made.attrs.ptr, made.attrs.len);
    attrs_put(&template, CKA_LABEL, SPAN_STR("new"));
    attrs_put_bool(&template, CKA_SENSITIVE, false);
    assert_int_equal(
        rules_change(&made.attrs,
                     &(struct rules_change){.template = buf_span(&template), .role = ROLE_USER}),
        PQHW_ATTRIBUTE_READ_ONLY);
    assert_true(span_equal(buf_span(&before), buf_span(&made.attrs)));
    buf_free(&before);
    buf_free(&template);
    unmake(&made);
}

static void objects_may_forbid_change_and_copy(void **state)
{
    (void)state;
    struct made made = created(CKO_DATA);
    assert_int_equal(set_bool(&made, CKA_COPYABLE, false), PQHW_OK);
    assert_int_equal(set_bool(&made, CKA_COPYABLE, true), PQHW_ATTRIBUTE_READ_ONLY);
    assert_int_equal(copy_bool(&made, CKA_TOKEN, true), PQHW_ACTION_PROHIBITED);
    attrs_put_bool(&made.attrs, CKA_COPYABLE, true);
    assert_int_equal(copy_bool(&made, CKA_MODIFIABLE, false), PQHW_OK);
    assert_int_equal(change(&made, CKA_LABEL, SPAN_STR("x"), ROLE_USER, false),
                     PQHW_ACTION_PROHIBITED);
    assert_int_equal(change(&made, CKA_LABEL, SPAN_STR("x"), ROLE_USER, true), PQHW_OK);
    unmake(&made);
}

static void only_the_security_officer_trusts(void **state)
{
    (void)state;
    struct buf template = least(CKO_CERTIFICATE);
    attrs_put_bool(&template, CKA_TRUSTED, true);
    assert_int_equal(create_as(ROLE_USER, &template), PQHW_ATTRIBUTE_READ_ONLY);
    assert_int_equal(create_as(ROLE_PUBLIC, &template), PQHW_ATTRIBUTE_READ_ONLY);
    assert_int_equal(create_as(ROLE_SO, &template), PQHW_OK);
    buf_free(&template);

    struct made made = created(CKO_CERTIFICATE);
    assert_int_equal(set_bool(&made, CKA_TRUSTED, true), PQHW_ATTRIBUTE_READ_ONLY);
    assert_int_equal(change(&made, CKA_TRUSTED, SPAN_STR("\1"), ROLE_SO, false), PQHW_OK);
    assert_int_equal(change(&made, CKA_LABEL, SPAN_STR("x"), ROLE_USER, false),
                     PQHW_ACTION_PROHIBITED);
    assert_int_equal(change(&made, CKA_LABEL, SPAN_STR("x"), ROLE_SO, false), PQHW_OK);
    /* A user's copy is not trusted. */
    assert_int_equal(change(&made, CKA_LABEL, SPAN_STR("y"), ROLE_USER, true), PQHW_OK);
    assert_false(attrs_bool(buf_span(&made.attrs), CKA_TRUSTED, true));
    unmake(&made);
}

/* ---- what each origin gives ---- */

static void generated_keys_know_their_origin(void **state)
{
    (void)state;
    struct buf template = BUF_INIT(ATTRS_MAX_LEN);
    struct made made = generated(CKO_PRIVATE_KEY, &template);
    assert_int_equal(made.status, PQHW_OK);
    struct span attrs = buf_span(&made.attrs);
    assert_int_equal(attrs_number(attrs, CKA_CLASS, 99), CKO_PRIVATE_KEY);
    assert_int_equal(attrs_number(attrs, CKA_KEY_TYPE, 99), CKK_ML_DSA);
    assert_int_equal(attrs_number(attrs, CKA_KEY_GEN_MECHANISM, 99), CKM_ML_DSA_KEY_PAIR_GEN);
    assert_true(attrs_bool(attrs, CKA_LOCAL, false));
    assert_true(attrs_bool(attrs, CKA_PRIVATE, false));
    assert_true(attrs_bool(attrs, CKA_SENSITIVE, false));
    assert_true(attrs_bool(attrs, CKA_ALWAYS_SENSITIVE, false));
    assert_false(attrs_bool(attrs, CKA_EXTRACTABLE, true));
    assert_true(attrs_bool(attrs, CKA_NEVER_EXTRACTABLE, false));
    assert_true(attrs_bool(attrs, CKA_SIGN, false));
    assert_false(attrs_bool(attrs, CKA_DECAPSULATE, true));
    assert_false(attrs_bool(attrs, CKA_DERIVE, true));
    assert_false(attrs_bool(attrs, CKA_TOKEN, true));
    assert_true(attrs_bool(attrs, CKA_MODIFIABLE, false));
    assert_int_equal(made.secrets.len, 0);
    unmake(&made);

    attrs_put_bool(&template, CKA_EXTRACTABLE, true);
    attrs_put_bool(&template, CKA_SENSITIVE, false);
    made = generated(CKO_PRIVATE_KEY, &template);
    assert_int_equal(made.status, PQHW_OK);
    assert_false(attrs_bool(buf_span(&made.attrs), CKA_ALWAYS_SENSITIVE, true));
    assert_false(attrs_bool(buf_span(&made.attrs), CKA_NEVER_EXTRACTABLE, true));
    unmake(&made);
    buf_free(&template);
}

static void imported_keys_were_never_safe(void **state)
{
    (void)state;
    struct made made = created(CKO_PRIVATE_KEY);
    struct span attrs = buf_span(&made.attrs);
    assert_true(attrs_bool(attrs, CKA_SENSITIVE, false));
    assert_false(attrs_bool(attrs, CKA_EXTRACTABLE, true));
    assert_false(attrs_bool(attrs, CKA_ALWAYS_SENSITIVE, true));
    assert_false(attrs_bool(attrs, CKA_NEVER_EXTRACTABLE, true));
    assert_false(attrs_bool(attrs, CKA_LOCAL, true));
    assert_int_equal(attrs_number(attrs, CKA_KEY_GEN_MECHANISM, 0), CK_UNAVAILABLE_INFORMATION);
    assert_true(attrs_bool(attrs, CKA_DECAPSULATE, false));
    assert_false(attrs_bool(attrs, CKA_SIGN, true));
    unmake(&made);
}

static void generation_templates_are_checked(void **state)
{
    (void)state;
    struct buf template = BUF_INIT(ATTRS_MAX_LEN);
    struct made made = generated(CKO_PUBLIC_KEY, &template);
    assert_int_equal(made.status, PQHW_TEMPLATE_INCOMPLETE); /* CKA_PARAMETER_SET */
    attrs_put_number(&template, CKA_PARAMETER_SET, CKP_ML_DSA_65);
    made = generated(CKO_PUBLIC_KEY, &template);
    assert_int_equal(made.status, PQHW_OK);
    assert_false(attrs_bool(buf_span(&made.attrs), CKA_PRIVATE, true));
    unmake(&made);
    made = generated(CKO_PRIVATE_KEY, &template); /* tolerated there too */
    assert_int_equal(made.status, PQHW_OK);
    assert_int_equal(attrs_number(buf_span(&made.attrs), CKA_PARAMETER_SET, 0), CKP_ML_DSA_65);
    unmake(&made);

    attrs_put(&template, CKA_VALUE, SPAN_STR("x"));
    made = generated(CKO_PUBLIC_KEY, &template);
    assert_int_equal(made.status, PQHW_TEMPLATE_INCONSISTENT);
    attrs_remove(&template, CKA_VALUE);
    attrs_put(&template, CKA_SEED, SPAN_STR("x"));
    made = generated(CKO_PRIVATE_KEY, &template);
    assert_int_equal(made.status, PQHW_TEMPLATE_INCONSISTENT);
    attrs_remove(&template, CKA_SEED);
    attrs_put_bool(&template, CKA_LOCAL, true);
    made = generated(CKO_PRIVATE_KEY, &template);
    assert_int_equal(made.status, PQHW_ATTRIBUTE_READ_ONLY);
    attrs_remove(&template, CKA_LOCAL);
    attrs_put_number(&template, CKA_CLASS, CKO_SECRET_KEY);
    made = generated(CKO_PRIVATE_KEY, &template);
    assert_int_equal(made.status, PQHW_TEMPLATE_INCONSISTENT);
    attrs_put_number(&template, CKA_CLASS, CKO_PRIVATE_KEY);
    attrs_put_number(&template, CKA_KEY_TYPE, CKK_ML_KEM);
    made = generated(CKO_PRIVATE_KEY, &template);
    assert_int_equal(made.status, PQHW_TEMPLATE_INCONSISTENT);
    attrs_put_number(&template, CKA_KEY_TYPE, CKK_ML_DSA);
    made = generated(CKO_PRIVATE_KEY, &template);
    assert_int_equal(made.status, PQHW_OK);
    unmake(&made);
    buf_free(&template);
}

static void shared_secrets_are_open_unless_asked(void **state)
{
    (void)state;
    struct buf template = BUF_INIT(ATTRS_MAX_LEN);
    struct made made = encapsulated(&template);
    assert_int_equal(made.status, PQHW_OK);
    struct span attrs = buf_span(&made.attrs);
    assert_int_equal(attrs_number(attrs, CKA_KEY_TYPE, 0), CKK_GENERIC_SECRET);
    assert_int_equal(attrs_number(attrs, CKA_VALUE_LEN, 0), 32);
    assert_true(attrs_bool(attrs, CKA_EXTRACTABLE, false));
    assert_false(attrs_bool(attrs, CKA_SENSITIVE, true));
    assert_false(attrs_bool(attrs, CKA_ALWAYS_SENSITIVE, true));
    assert_false(attrs_bool(attrs, CKA_NEVER_EXTRACTABLE, true));
    assert_false(attrs_bool(attrs, CKA_LOCAL, true));
    assert_true(attrs_bool(attrs, CKA_PRIVATE, false));
    assert_int_equal(rules_readable(attrs, CKA_VALUE), PQHW_OK);
    assert_true(rules_sealed(attrs, CKA_VALUE));
    unmake(&made);

    attrs_put_number(&template, CKA_KEY_TYPE, CKK_AES);
    attrs_put_number(&template, CKA_VALUE_LEN, 32);
    attrs_put_bool(&template, CKA_EXTRACTABLE, false);
    made = encapsulated(&template);
    assert_int_equal(made.status, PQHW_OK);
    attrs = buf_span(&made.attrs);
    assert_int_equal(attrs_number(attrs, CKA_KEY_TYPE, 0), CKK_AES);
    assert_int_equal(rules_readable(attrs, CKA_VALUE), PQHW_ATTRIBUTE_SENSITIVE);
    assert_true(attrs_bool(attrs, CKA_ENCRYPT, false));
    assert_false(attrs_bool(attrs, CKA_WRAP, true));
    unmake(&made);

    attrs_put_number(&template, CKA_VALUE_LEN, 16);
    assert_int_equal((made = encapsulated(&template)).status, PQHW_TEMPLATE_INCONSISTENT);
    attrs_remove(&template, CKA_VALUE_LEN);
    attrs_put(&template, CKA_VALUE, SPAN_STR("mine"));
    assert_int_equal((made = encapsulated(&template)).status, PQHW_TEMPLATE_INCONSISTENT);
    attrs_remove(&template, CKA_VALUE);
    attrs_put_number(&template, CKA_KEY_TYPE, CKK_ML_KEM);
    assert_int_equal((made = encapsulated(&template)).status, PQHW_TEMPLATE_INCONSISTENT);
    attrs_put_number(&template, CKA_KEY_TYPE, CKK_DES3);
    assert_int_equal((made = encapsulated(&template)).status, PQHW_ATTRIBUTE_VALUE_INVALID);
    buf_free(&template);
}

/* ---- classes one by one ---- */

static void classes_and_key_types_must_be_known(void **state)
{
    (void)state;
    static const struct {
        CK_OBJECT_CLASS object_class;
        CK_KEY_TYPE key_type;
        enum pqhw_status expected;
    } cases[] = {
        {CKO_PROFILE, CKK_AES, PQHW_ATTRIBUTE_VALUE_INVALID},
        {CKO_HW_FEATURE, CKK_AES, PQHW_ATTRIBUTE_VALUE_INVALID},
        {CKO_VENDOR_DEFINED, CKK_AES, PQHW_ATTRIBUTE_VALUE_INVALID},
        {CK_UNAVAILABLE_INFORMATION, CKK_AES, PQHW_ATTRIBUTE_VALUE_INVALID},
        {CKO_PUBLIC_KEY, CKK_DSA, PQHW_ATTRIBUTE_VALUE_INVALID},
        {CKO_PRIVATE_KEY, CKK_AES, PQHW_TEMPLATE_INCONSISTENT},
        {CKO_SECRET_KEY, CKK_ML_KEM, PQHW_TEMPLATE_INCONSISTENT},
        {CKO_SECRET_KEY, CKK_DES, PQHW_ATTRIBUTE_VALUE_INVALID},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buf template = BUF_INIT(ATTRS_MAX_LEN);
        attrs_put_number(&template, CKA_CLASS, cases[i].object_class);
        attrs_put_number(&template, CKA_KEY_TYPE, cases[i].key_type);
        assert_int_equal(create(&template), cases[i].expected);
        buf_free(&template);
    }
    struct buf short_class = BUF_INIT(ATTRS_MAX_LEN);
    attrs_put(&short_class, CKA_CLASS, SPAN_STR("\0\0\0\4"));
    assert_int_equal(create(&short_class), PQHW_ATTRIBUTE_VALUE_INVALID);
    buf_free(&short_class);
    assert_int_equal(create(&(struct buf){0}), PQHW_TEMPLATE_INCOMPLETE);
}

static void secret_keys_have_the_lengths_of_their_type(void **state)
{
    (void)state;
    static const uint8_t bytes[65];
    static const struct {
        CK_KEY_TYPE type;
        size_t len;
        bool valid;
    } cases[] = {
        {CKK_AES, 16, true},
        {CKK_AES, 24, true},
        {CKK_AES, 32, true},
        {CKK_AES, 0, false},
        {CKK_AES, 17, false},
        {CKK_AES, 64, false},
        {CKK_AES_XTS, 64, true},
        {CKK_AES_XTS, 16, false},
        {CKK_CHACHA20, 32, true},
        {CKK_CHACHA20, 16, false},
        {CKK_GENERIC_SECRET, 1, true},
        {CKK_GENERIC_SECRET, 65, true},
        {CKK_GENERIC_SECRET, 0, false},
        {CKK_SHA256_HMAC, 20, true},
        {CKK_SHA3_512_HMAC, 0, false},
        {CKK_AES_XTS, 0, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buf template = least(CKO_SECRET_KEY);
        attrs_put_number(&template, CKA_KEY_TYPE, cases[i].type);
        attrs_put(&template, CKA_VALUE, span(bytes, cases[i].len));
        assert_int_equal(create(&template),
                         cases[i].valid ? PQHW_OK : PQHW_ATTRIBUTE_VALUE_INVALID);
        buf_free(&template);
    }

    struct made made = created(CKO_SECRET_KEY);
    assert_int_equal(attrs_number(buf_span(&made.attrs), CKA_VALUE_LEN, 0), 16);
    unmake(&made);
    struct buf template = least(CKO_SECRET_KEY);
    attrs_put_number(&template, CKA_VALUE_LEN, 16); /* footnote 2 */
    assert_int_equal(create(&template), PQHW_TEMPLATE_INCONSISTENT);
    buf_free(&template);
}

/* Of a secret key it is kept, for the backend to check; nobody can change it. */
static void check_values_are_fixed(void **state)
{
    (void)state;
    struct buf template = least(CKO_SECRET_KEY);
    struct span value;
    attrs_put(&template, CKA_CHECK_VALUE, SPAN_STR("any"));
    struct rules_request request = {
        .origin = ORIGIN_CREATE, .role = ROLE_USER, .template = buf_span(&template)};
    struct made made = make(&request);
    assert_int_equal(made.status, PQHW_OK);
    assert_true(attrs_get(buf_span(&made.attrs), CKA_CHECK_VALUE, &value));
    assert_true(span_equal(value, SPAN_STR("any")));
    assert_int_equal(change(&made, CKA_CHECK_VALUE, SPAN_EMPTY, ROLE_USER, false),
                     PQHW_ATTRIBUTE_READ_ONLY);
    assert_int_equal(change(&made, CKA_CHECK_VALUE, SPAN_EMPTY, ROLE_SO, true),
                     PQHW_ATTRIBUTE_READ_ONLY);
    assert_int_equal(rules_readable(buf_span(&made.attrs), CKA_CHECK_VALUE), PQHW_OK);
    unmake(&made);
    buf_free(&template);
}

static enum pqhw_status generate_secret(CK_KEY_TYPE key_type, bool has_len, CK_ULONG len,
                                        CK_ULONG *made_len)
{
    struct buf template = BUF_INIT(ATTRS_MAX_LEN);
    attrs_put_bool(&template, CKA_TOKEN, false);
    if (has_len)
        attrs_put_number(&template, CKA_VALUE_LEN, len);
    struct rules_request request = {.origin = ORIGIN_GENERATE,
                                    .role = ROLE_USER,
                                    .template = buf_span(&template),
                                    .object_class = CKO_SECRET_KEY,
                                    .key_type = key_type,
                                    .mechanism = CKM_GENERIC_SECRET_KEY_GEN};
    struct made made = make(&request);
    enum pqhw_status status = made.status;
    *made_len = attrs_number(buf_span(&made.attrs), CKA_VALUE_LEN, 0);
    unmake(&made);
    buf_free(&template);
    return status;
}

static void secret_keys_are_generated_with_a_length(void **state)
{
    (void)state;
    static const struct {
        CK_KEY_TYPE key_type;
        bool has_len;
        CK_ULONG len;
        enum pqhw_status expected;
    } cases[] = {
        {CKK_AES, true, 16, PQHW_OK},
        {CKK_AES, true, 24, PQHW_OK},
        {CKK_AES, true, 32, PQHW_OK},
        {CKK_AES, true, 0, PQHW_ATTRIBUTE_VALUE_INVALID},
        {CKK_AES, true, 33, PQHW_ATTRIBUTE_VALUE_INVALID},
        {CKK_AES, false, 0, PQHW_TEMPLATE_INCOMPLETE},
        {CKK_AES_XTS, true, 48, PQHW_ATTRIBUTE_VALUE_INVALID},
        {CKK_GENERIC_SECRET, true, 1, PQHW_OK},
        {CKK_GENERIC_SECRET, true, SECRET_MAX_LEN, PQHW_OK},
        {CKK_GENERIC_SECRET, true, SECRET_MAX_LEN + 1, PQHW_ATTRIBUTE_VALUE_INVALID},
        {CKK_GENERIC_SECRET, true, CK_UNAVAILABLE_INFORMATION, PQHW_ATTRIBUTE_VALUE_INVALID},
        {CKK_SHA256_HMAC, false, 0, PQHW_TEMPLATE_INCOMPLETE},
        {CKK_CHACHA20, false, 32, PQHW_OK}, /* it has one length */
        {CKK_CHACHA20, true, 16, PQHW_ATTRIBUTE_VALUE_INVALID},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CK_ULONG made_len;
        assert_int_equal(
            generate_secret(cases[i].key_type, cases[i].has_len, cases[i].len, &made_len),
            cases[i].expected);
        if (cases[i].expected == PQHW_OK)
            assert_int_equal(made_len, cases[i].len);
    }
}

static void private_keys_come_as_seed_or_value_or_both(void **state)
{
    (void)state;
    struct buf template = least(CKO_PRIVATE_KEY);
    attrs_put(&template, CKA_VALUE, SPAN_STR("expanded"));
    struct rules_request request = {
        .origin = ORIGIN_CREATE, .role = ROLE_USER, .template = buf_span(&template)};
    struct made made = make(&request);
    assert_int_equal(made.status, PQHW_OK);
    assert_true(attrs_has(secret_span(&made.secrets), CKA_SEED));
    assert_true(attrs_has(secret_span(&made.secrets), CKA_VALUE));
    unmake(&made);
    attrs_remove(&template, CKA_SEED);
    assert_int_equal(create(&template), PQHW_OK);
    attrs_remove(&template, CKA_VALUE);
    assert_int_equal(create(&template), PQHW_TEMPLATE_INCOMPLETE);
    buf_free(&template);

    template = least(CKO_PRIVATE_KEY);
    attrs_put_bool(&template, CKA_ALWAYS_AUTHENTICATE, true);
    assert_int_equal(create(&template), PQHW_OK);
    attrs_put_bool(&template, CKA_PRIVATE, false); /* whoever sees it without a login */
    assert_int_equal(create(&template), PQHW_TEMPLATE_INCONSISTENT);
    attrs_put_bool(&template, CKA_ALWAYS_AUTHENTICATE, false);
    assert_int_equal(create(&template), PQHW_OK);
    buf_free(&template);
}

static void data_are_sealed_if_private(void **state)
{
    (void)state;
    for (int private = 0; private <= 1; private ++) {
        for (int given = 0; given <= 1; given++) {
            struct buf template = least(CKO_DATA);
            attrs_put_bool(&template, CKA_PRIVATE, private);
            if (given)
                attrs_put(&template, CKA_VALUE, SPAN_STR("data"));
            struct rules_request request = {
                .origin = ORIGIN_CREATE, .role = ROLE_USER, .template = buf_span(&template)};
            struct made made = make(&request);
            struct span value;
            struct span attrs = buf_span(&made.attrs);
            assert_int_equal(made.status, PQHW_OK);
            assert_int_equal(rules_sealed(attrs, CKA_VALUE), private);
            assert_int_equal(attrs_has(attrs, CKA_VALUE), !private);
            assert_true(attrs_get(private ? secret_span(&made.secrets) : attrs, CKA_VALUE, &value));
            assert_int_equal(value.len, given ? 4 : 0);
            assert_int_equal(rules_readable(attrs, CKA_VALUE), PQHW_OK);
            unmake(&made);
            buf_free(&template);
        }
    }
}

static void copies_made_private_are_sealed(void **state)
{
    (void)state;
    struct buf template = least(CKO_DATA);
    attrs_put(&template, CKA_VALUE, SPAN_STR("data"));
    struct rules_request request = {
        .origin = ORIGIN_CREATE, .role = ROLE_USER, .template = buf_span(&template)};
    struct made made = make(&request);
    struct span value;
    assert_int_equal(rules_seal(&made.attrs, &made.secrets), PQHW_OK); /* nothing to do yet */
    assert_true(attrs_has(buf_span(&made.attrs), CKA_VALUE));
    assert_int_equal(made.secrets.len, 0);

    for (int i = 0; i < 2; i++) {
        assert_int_equal(copy_bool(&made, CKA_PRIVATE, true), PQHW_OK);
        assert_int_equal(rules_seal(&made.attrs, &made.secrets), PQHW_OK);
        assert_false(attrs_has(buf_span(&made.attrs), CKA_VALUE));
        assert_true(attrs_get(secret_span(&made.secrets), CKA_VALUE, &value));
        assert_true(span_equal(value, SPAN_STR("data")));
    }
    unmake(&made);
    buf_free(&template);

    made = created(CKO_PRIVATE_KEY);
    assert_int_equal(rules_seal(&made.attrs, &made.secrets), PQHW_OK);
    assert_true(attrs_has(secret_span(&made.secrets), CKA_SEED));
    unmake(&made);
}

static void certificates_are_whole(void **state)
{
    (void)state;
    struct buf t = least(CKO_CERTIFICATE);
    attrs_put(&t, CKA_VALUE, SPAN_EMPTY);
    assert_int_equal(create(&t), PQHW_TEMPLATE_INCONSISTENT);
    attrs_put(&t, CKA_URL, SPAN_STR("https://example.com/c"));
    assert_int_equal(create(&t), PQHW_TEMPLATE_INCONSISTENT); /* hashes */
    attrs_put(&t, CKA_HASH_OF_SUBJECT_PUBLIC_KEY, SPAN_STR("h"));
    attrs_put(&t, CKA_HASH_OF_ISSUER_PUBLIC_KEY, SPAN_STR("h"));
    assert_int_equal(create(&t), PQHW_OK);
    attrs_put_number(&t, CKA_CERTIFICATE_CATEGORY, 4);
    assert_int_equal(create(&t), PQHW_ATTRIBUTE_VALUE_INVALID);
    attrs_put_number(&t, CKA_CERTIFICATE_CATEGORY, 3);
    attrs_put_number(&t, CKA_JAVA_MIDP_SECURITY_DOMAIN, 4);
    assert_int_equal(create(&t), PQHW_ATTRIBUTE_VALUE_INVALID);
    attrs_remove(&t, CKA_JAVA_MIDP_SECURITY_DOMAIN);
    attrs_put_number(&t, CKA_CERTIFICATE_TYPE, CKC_X_509_ATTR_CERT);
    assert_int_equal(create(&t), PQHW_ATTRIBUTE_VALUE_INVALID);
    buf_free(&t);
}

static void templates_inside_are_checked(void **state)
{
    (void)state;
    struct buf inner = BUF_INIT(ATTRS_MAX_LEN);
    struct buf t = least(CKO_PUBLIC_KEY);
    attrs_put_bool(&inner, CKA_EXTRACTABLE, false);
    attrs_put(&t, CKA_ENCAPSULATE_TEMPLATE | CKF_ARRAY_ATTRIBUTE, buf_span(&inner));
    assert_int_equal(create(&t), PQHW_OK);
    attrs_put(&inner, CKA_EXTRACTABLE, SPAN_STR("\1\0"));
    attrs_put(&t, CKA_ENCAPSULATE_TEMPLATE, buf_span(&inner));
    assert_int_equal(create(&t), PQHW_ATTRIBUTE_VALUE_INVALID);
    static const CK_ATTRIBUTE_TYPE refused[] = {CKA_VALUE, CKA_SEED, CKA_WRAP_TEMPLATE,
                                                CKA_DECAPSULATE_TEMPLATE, CKA_VENDOR_DEFINED};
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        inner.len = 0;
        attrs_put(&inner, refused[i], SPAN_EMPTY);
        attrs_put(&t, CKA_ENCAPSULATE_TEMPLATE, buf_span(&inner));
        assert_int_equal(create(&t), PQHW_TEMPLATE_INCONSISTENT);
    }
    buf_free(&inner);
    buf_free(&t);
}

/* ---- questions ---- */

static void guarded_values_are_read_only_when_open(void **state)
{
    (void)state;
    for (int way = 0; way < 4; way++) {
        struct made made = created(CKO_PRIVATE_KEY);
        attrs_put_bool(&made.attrs, CKA_SENSITIVE, (way & 1) != 0);
        attrs_put_bool(&made.attrs, CKA_EXTRACTABLE, (way & 2) != 0);
        enum pqhw_status expected = way == 2 ? PQHW_OK : PQHW_ATTRIBUTE_SENSITIVE;
        struct span attrs = buf_span(&made.attrs);
        assert_int_equal(rules_readable(attrs, CKA_VALUE), expected);
        assert_int_equal(rules_readable(attrs, CKA_SEED), expected);
        assert_int_equal(rules_readable(attrs, CKA_LABEL), PQHW_OK);
        assert_int_equal(rules_readable(attrs, CKA_ENCRYPT), PQHW_ATTRIBUTE_TYPE_INVALID);
        assert_int_equal(rules_readable(attrs, CKA_VENDOR_DEFINED), PQHW_ATTRIBUTE_TYPE_INVALID);
        unmake(&made);
    }
    struct made public = created(CKO_PUBLIC_KEY);
    assert_int_equal(rules_readable(buf_span(&public.attrs), CKA_VALUE), PQHW_OK);
    assert_int_equal(rules_readable(buf_span(&public.attrs), CKA_SEED),
                     PQHW_ATTRIBUTE_TYPE_INVALID);
    assert_false(rules_sealed(buf_span(&public.attrs), CKA_VALUE));
    unmake(&public);
    /* Attributes that say nothing about it leave a key guarded. */
    struct buf bare = BUF_INIT(ATTRS_MAX_LEN);
    attrs_put_number(&bare, CKA_CLASS, CKO_SECRET_KEY);
    assert_int_equal(rules_readable(buf_span(&bare), CKA_VALUE), PQHW_ATTRIBUTE_SENSITIVE);
    buf_free(&bare);
}

static void profiles_can_be_read_and_not_changed(void **state)
{
    (void)state;
    struct made profile = {.attrs = BUF_INIT(ATTRS_MAX_LEN)};
    attrs_put_number(&profile.attrs, CKA_CLASS, CKO_PROFILE);
    attrs_put_number(&profile.attrs, CKA_PROFILE_ID, CKP_BASELINE_PROVIDER);
    attrs_put_bool(&profile.attrs, CKA_MODIFIABLE, false);
    attrs_put_bool(&profile.attrs, CKA_COPYABLE, false);
    assert_int_equal(rules_readable(buf_span(&profile.attrs), CKA_PROFILE_ID), PQHW_OK);
    assert_int_equal(change(&profile, CKA_LABEL, SPAN_EMPTY, ROLE_USER, false),
                     PQHW_ACTION_PROHIBITED);
    assert_int_equal(change(&profile, CKA_LABEL, SPAN_EMPTY, ROLE_USER, true),
                     PQHW_ACTION_PROHIBITED);
    unmake(&profile);
}

/* SLH-DSA private keys have one form: CKA_VALUE. */
static void an_slh_dsa_key_has_no_seed(void **state)
{
    (void)state;
    static const struct {
        bool value, seed;
        enum pqhw_status expected;
    } cases[] = {
        {true, false, PQHW_OK},
        {true, true, PQHW_TEMPLATE_INCONSISTENT},
        {false, true, PQHW_TEMPLATE_INCONSISTENT},
        {false, false, PQHW_TEMPLATE_INCOMPLETE},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buf template = BUF_INIT(ATTRS_MAX_LEN);
        attrs_put_number(&template, CKA_CLASS, CKO_PRIVATE_KEY);
        attrs_put_number(&template, CKA_KEY_TYPE, CKK_SLH_DSA);
        attrs_put_number(&template, CKA_PARAMETER_SET, CKP_SLH_DSA_SHAKE_128F);
        if (cases[i].value)
            attrs_put(&template, CKA_VALUE, SPAN_STR("value"));
        if (cases[i].seed)
            attrs_put(&template, CKA_SEED, SPAN_STR("seed"));
        struct rules_request request = {
            .origin = ORIGIN_CREATE, .role = ROLE_USER, .template = buf_span(&template)};
        struct made made = make(&request);
        assert_int_equal(made.status, cases[i].expected);
        if (made.status == PQHW_OK) {
            assert_true(attrs_bool(buf_span(&made.attrs), CKA_SIGN, false));
            assert_false(attrs_has(buf_span(&made.attrs), CKA_VALUE));
            assert_true(attrs_has(secret_span(&made.secrets), CKA_VALUE));
        }
        unmake(&made);
        buf_free(&template);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sensitive_and_extractable_go_one_way),
        cmocka_unit_test(nothing_changes_when_one_of_several_is_refused),
        cmocka_unit_test(objects_may_forbid_change_and_copy),
        cmocka_unit_test(only_the_security_officer_trusts),
        cmocka_unit_test(generated_keys_know_their_origin),
        cmocka_unit_test(imported_keys_were_never_safe),
        cmocka_unit_test(generation_templates_are_checked),
        cmocka_unit_test(shared_secrets_are_open_unless_asked),
        cmocka_unit_test(classes_and_key_types_must_be_known),
        cmocka_unit_test(secret_keys_have_the_lengths_of_their_type),
        cmocka_unit_test(check_values_are_fixed),
        cmocka_unit_test(secret_keys_are_generated_with_a_length),
        cmocka_unit_test(private_keys_come_as_seed_or_value_or_both),
        cmocka_unit_test(data_are_sealed_if_private),
        cmocka_unit_test(copies_made_private_are_sealed),
        cmocka_unit_test(certificates_are_whole),
        cmocka_unit_test(templates_inside_are_checked),
        cmocka_unit_test(guarded_values_are_read_only_when_open),
        cmocka_unit_test(profiles_can_be_read_and_not_changed),
        cmocka_unit_test(an_slh_dsa_key_has_no_seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
