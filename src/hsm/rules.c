/* SPDX-License-Identifier: Apache-2.0 */
#include "hsm/rules.h"

#include "hsm/mechanism.h"
#include "hsm/policy.h"
#include "hsm/rules_table.h"

#define UNSET CK_UNAVAILABLE_INFORMATION

/* Of a key's attributes by default, and its unique id. */
#define USUAL_LEN 448

/* ---- one attribute ---- */

/* An attribute that only objects of other classes have contradicts this one; any other is no
 * attribute at all. */
static enum pqhw_status not_of_class(CK_ATTRIBUTE_TYPE type)
{
    return rule_known(type) ? PQHW_TEMPLATE_INCONSISTENT : PQHW_ATTRIBUTE_TYPE_INVALID;
}

/*
 * A template inside an attribute: no templates in it again, and nothing guarded, which comparing
 * with it would reveal bit by bit.
 */
static enum pqhw_status check_nested(struct span template)
{
    struct reader r = reader(template);
    struct attr attr;
    while (attrs_next(&r, &attr)) {
        enum attr_kind kind = attr_kind(attr.type);
        if (kind == ATTR_UNKNOWN || kind == ATTR_TEMPLATE)
            return PQHW_TEMPLATE_INCONSISTENT;
        if (rule_guarded(attr.type))
            return PQHW_TEMPLATE_INCONSISTENT;
        if (!attr_value_valid(kind, attr.value))
            return PQHW_ATTRIBUTE_VALUE_INVALID;
    }
    return PQHW_OK;
}

static enum pqhw_status check_value(const struct rule *rule, struct span value, enum role role)
{
    if ((rule->flags & RULE_IGNORED) != 0)
        return PQHW_OK;
    if (!attr_value_valid(rule->kind, value))
        return PQHW_ATTRIBUTE_VALUE_INVALID;
    if (rule->kind == ATTR_TEMPLATE)
        return check_nested(value);
    if ((rule->flags & RULE_SO_TRUE) != 0 && attr_bool(value) && role != ROLE_SO)
        return PQHW_ATTRIBUTE_READ_ONLY;
    return PQHW_OK;
}

/* May the template for a new object have this attribute? What the mechanism contributes contradicts
 * a template that gives it too. */
static enum pqhw_status check_origin(const struct rule *rule, enum origin origin)
{
    unsigned forbidden = origin == ORIGIN_CREATE ? RULE_NOT_CREATE : RULE_NOT_GENERATE;
    if ((rule->flags & forbidden) == 0)
        return PQHW_OK;
    bool never = (rule->flags & RULE_READ_ONLY) == RULE_READ_ONLY;
    return never ? PQHW_ATTRIBUTE_READ_ONLY : PQHW_TEMPLATE_INCONSISTENT;
}

/* ---- new objects: class and key type ---- */

/*
 * Settle the class or key type: *value is what the mechanism makes, or UNSET. A template may repeat
 * it; if it is only proposed, replace it.
 */
static enum pqhw_status settle(struct span template, CK_ATTRIBUTE_TYPE type, bool proposed,
                               CK_ULONG *value)
{
    struct span given;
    if (!attrs_get(template, type, &given))
        return *value == UNSET ? PQHW_TEMPLATE_INCOMPLETE : PQHW_OK;
    if (!attr_value_valid(ATTR_NUMBER, given))
        return PQHW_ATTRIBUTE_VALUE_INVALID;
    if (*value != UNSET && *value != attr_number(given) && !proposed)
        return PQHW_TEMPLATE_INCONSISTENT;
    *value = attr_number(given);
    return PQHW_OK;
}

/* Is it the template alone that says what the object is? */
static bool from_template(const struct rules_request *request)
{
    return request->origin == ORIGIN_CREATE || request->origin == ORIGIN_UNWRAP;
}

static enum pqhw_status settle_class(struct making *making)
{
    enum pqhw_status status = PQHW_OK;
    const struct rules_request *request = making->request;
    CK_ULONG object_class = from_template(request) ? UNSET : request->object_class;

    TRY(settle(request->template, CKA_CLASS, false, &object_class));
    REQUIRE(object_class <= CKO_TRUST && (ON(object_class) & ON_CREATABLE) != 0,
            PQHW_ATTRIBUTE_VALUE_INVALID);
    making->object_class = object_class;
out:
    return status;
}

static const struct key_rule no_key = {.type = UNSET};

static enum pqhw_status settle_key_type(struct making *making)
{
    enum pqhw_status status = PQHW_OK;
    const struct rules_request *request = making->request;
    CK_ULONG key_type = from_template(request) ? UNSET : request->key_type;
    bool proposed = request->origin == ORIGIN_KEM || request->origin == ORIGIN_DERIVE;

    if ((ON(making->object_class) & ON_KEYS) == 0)
        return PQHW_OK;
    TRY(settle(request->template, CKA_KEY_TYPE, proposed, &key_type));
    const struct key_rule *key = key_rule_find(key_type);
    REQUIRE(key != NULL, PQHW_ATTRIBUTE_VALUE_INVALID);
    REQUIRE((key->classes & ON(making->object_class)) != 0, PQHW_TEMPLATE_INCONSISTENT);
    making->key = key;
out:
    return status;
}

/* ---- new objects: the template as a whole ---- */

/* A private key comes as its seed, its expanded form, or both; an SLH-DSA or Falcon key has one
 * form, and a curve's its value. The numbers of an RSA key are rows of their own. */
static enum pqhw_status check_private_key(const struct making *making)
{
    struct span template = making->request->template;
    struct span attrs = buf_span(making->attrs);

    if (!making->key->seed && attrs_has(template, CKA_SEED))
        return PQHW_TEMPLATE_INCONSISTENT;
    /* Who needs no login to see it could not be asked for one. */
    if (attrs_bool(attrs, CKA_ALWAYS_AUTHENTICATE, false) && !attrs_bool(attrs, CKA_PRIVATE, true))
        return PQHW_TEMPLATE_INCONSISTENT;
    if (making->request->origin == ORIGIN_CREATE && key_rule_kin(making->key) != KIN_RSA &&
        !attrs_has(template, CKA_VALUE) && !attrs_has(template, CKA_SEED))
        return PQHW_TEMPLATE_INCOMPLETE;
    return PQHW_OK;
}

/* A secret key's length comes with its value, from the template, or from what makes it. */
static enum pqhw_status check_secret_key(const struct making *making)
{
    enum pqhw_status status = PQHW_OK;
    struct span template = making->request->template;

    switch (making->request->origin) {
    case ORIGIN_CREATE:
        REQUIRE(key_rule_len_valid(making->key, making->value_len), PQHW_ATTRIBUTE_VALUE_INVALID);
        break;
    case ORIGIN_GENERATE:
        REQUIRE(making->value_len != 0 || attrs_has(template, CKA_VALUE_LEN),
                PQHW_TEMPLATE_INCOMPLETE);
        REQUIRE(making->value_len <= SECRET_MAX_LEN &&
                    key_rule_len_valid(making->key, making->value_len),
                PQHW_ATTRIBUTE_VALUE_INVALID);
        break;
    case ORIGIN_UNWRAP:
        REQUIRE(attrs_number(template, CKA_VALUE_LEN, making->value_len) == making->value_len &&
                    key_rule_len_valid(making->key, making->value_len),
                PQHW_ENCRYPTED_DATA_LEN_RANGE);
        break;
    case ORIGIN_KEM:
    case ORIGIN_DERIVE:
        REQUIRE(attrs_number(template, CKA_VALUE_LEN, making->value_len) == making->value_len &&
                    key_rule_len_valid(making->key, making->value_len),
                PQHW_TEMPLATE_INCONSISTENT);
        break;
    }
out:
    return status;
}

/* ---- uses that exclude each other ---- */

/* The use that a boolean of a key allows. */
static CK_FLAGS usage_flag(CK_ATTRIBUTE_TYPE type)
{
    switch (type) {
    case CKA_ENCRYPT:
        return CKF_ENCRYPT;
    case CKA_DECRYPT:
        return CKF_DECRYPT;
    case CKA_WRAP:
        return CKF_WRAP;
    case CKA_UNWRAP:
        return CKF_UNWRAP;
    case CKA_SIGN:
        return CKF_SIGN;
    case CKA_SIGN_RECOVER:
        return CKF_SIGN_RECOVER;
    case CKA_VERIFY:
        return CKF_VERIFY;
    case CKA_DERIVE:
        return CKF_DERIVE;
    case CKA_DECAPSULATE:
        return CKF_DECAPSULATE;
    default:
        return 0;
    }
}

/* What shows what was wrapped for a private key: a secret that is decapsulated or agreed on, which
 * may be the key that is over it, may be open. */
#define SHOWING (CKF_DECRYPT | CKF_DECAPSULATE | CKF_DERIVE)

static bool conflicting(CK_OBJECT_CLASS object_class, CK_FLAGS usage)
{
    if (object_class == CKO_PRIVATE_KEY)
        return (usage & CKF_UNWRAP) != 0 && (usage & SHOWING) != 0;
    return object_class == CKO_SECRET_KEY && (usage & (CKF_WRAP | CKF_UNWRAP)) != 0 &&
           (usage & ~(CKF_WRAP | CKF_UNWRAP)) != 0;
}

static CK_FLAGS usage_of(struct span attrs)
{
    struct reader r = reader(attrs);
    struct attr attr;
    CK_FLAGS usage = 0;

    while (attrs_next(&r, &attr) && attr.type <= CKA_DERIVE) {
        if (attr.type >= CKA_ENCRYPT && attr_bool(attr.value))
            usage |= usage_flag(attr.type);
    }
    return attrs_bool(attrs, CKA_DECAPSULATE, false) ? usage | CKF_DECAPSULATE : usage;
}

bool rules_conflicting(struct span attrs)
{
    return conflicting(attrs_number(attrs, CKA_CLASS, UNSET), usage_of(attrs));
}

/* May it have the value of a guarded key that it was made of? Then it may not do what that may not:
 * it derives, and nothing else. */
static bool is_clone(const struct making *making)
{
    const struct lineage *lineage = &making->request->lineage;

    return lineage->joined && (lineage->sensitive || lineage->unextractable);
}

/* What a key may do if the template does not say: as rules_conflicting has it. */
static CK_FLAGS usual_usage(const struct making *making)
{
    struct span template = making->request->template;
    CK_FLAGS usage = making->request->own_usage ? making->request->usage : making->key->usage;
    bool unwraps = attrs_bool(template, CKA_UNWRAP, false);
    bool alone = unwraps || attrs_bool(template, CKA_WRAP, false) || is_clone(making) ||
                 (attrs_bool(template, CKA_DERIVE, false) && !making->request->own_usage);

    if (making->object_class == CKO_SECRET_KEY)
        return alone ? 0 : usage;
    if (unwraps)
        usage &= ~SHOWING;
    if (attrs_bool(template, CKA_DECAPSULATE, false))
        usage &= ~CKF_DECRYPT; /* which would not ask CKA_DECAPSULATE_TEMPLATE */
    return usage;
}

/* What was hidden stays hidden: a key comes out of its wrapping, or from another key, no more open
 * than it went in. */
static enum pqhw_status check_guarded(const struct making *making)
{
    enum pqhw_status status = PQHW_OK;
    struct span attrs = buf_span(making->attrs);
    const struct lineage *lineage = &making->request->lineage;

    REQUIRE(making->request->policy.open_wrapping || !rules_conflicting(attrs),
            PQHW_TEMPLATE_INCONSISTENT);
    REQUIRE(!is_clone(making) || (usage_of(attrs) & ~CKF_DERIVE) == 0, PQHW_TEMPLATE_INCONSISTENT);
    REQUIRE(!lineage->sensitive || attrs_bool(attrs, CKA_SENSITIVE, false),
            PQHW_TEMPLATE_INCONSISTENT);
    REQUIRE(!lineage->unextractable || !attrs_bool(attrs, CKA_EXTRACTABLE, true),
            PQHW_TEMPLATE_INCONSISTENT);
    REQUIRE(!lineage->trusted_only || attrs_bool(attrs, CKA_WRAP_WITH_TRUSTED, false),
            PQHW_TEMPLATE_INCONSISTENT);
out:
    return status;
}

static size_t given_len(struct span template, CK_ATTRIBUTE_TYPE type)
{
    struct span value;
    return attrs_get(template, type, &value) ? value.len : 0;
}

/* X.509 public key certificates: the certificate, or where to find it and the hashes to know it by.
 */
static enum pqhw_status check_certificate(const struct making *making)
{
    enum pqhw_status status = PQHW_OK;
    struct span template = making->request->template;

    REQUIRE(attrs_number(template, CKA_CERTIFICATE_TYPE, CKC_X_509) == CKC_X_509,
            PQHW_ATTRIBUTE_VALUE_INVALID);
    REQUIRE(attrs_number(template, CKA_CERTIFICATE_CATEGORY, 0) <=
                CK_CERTIFICATE_CATEGORY_OTHER_ENTITY,
            PQHW_ATTRIBUTE_VALUE_INVALID);
    REQUIRE(attrs_number(template, CKA_JAVA_MIDP_SECURITY_DOMAIN, 0) <=
                CK_SECURITY_DOMAIN_THIRD_PARTY,
            PQHW_ATTRIBUTE_VALUE_INVALID);

    if (given_len(template, CKA_URL) == 0) {
        REQUIRE(given_len(template, CKA_VALUE) > 0, PQHW_TEMPLATE_INCONSISTENT);
    } else {
        REQUIRE(given_len(template, CKA_HASH_OF_SUBJECT_PUBLIC_KEY) > 0 &&
                    given_len(template, CKA_HASH_OF_ISSUER_PUBLIC_KEY) > 0,
                PQHW_TEMPLATE_INCONSISTENT);
    }
out:
    return status;
}

/* Who relies on a trust object has to be able to tell that it is about this certificate, unless it
 * trusts in nothing. */
static enum pqhw_status check_trust(struct span attrs)
{
    enum pqhw_status status = PQHW_OK;
    struct attr attr;
    bool trusts = false;

    for (struct reader r = reader(attrs); attrs_next(&r, &attr);) {
        if (attr.type < CKA_TRUST_SERVER_AUTH || attr.type > CKA_TRUST_OCSP_SIGNING)
            continue;
        CK_ULONG value = attr_number(attr.value);
        REQUIRE(value <= CKT_TRUST_MUST_VERIFY_TRUST, PQHW_ATTRIBUTE_VALUE_INVALID);
        trusts |= value != CKT_TRUST_UNKNOWN && value != CKT_NOT_TRUSTED;
    }
    REQUIRE(!trusts || given_len(attrs, CKA_HASH_OF_CERTIFICATE) > 0, PQHW_TEMPLATE_INCOMPLETE);
out:
    return status;
}

static enum pqhw_status check_whole(const struct making *making)
{
    switch (making->object_class) {
    case CKO_TRUST:
        return check_trust(buf_span(making->attrs));
    case CKO_CERTIFICATE:
        return check_certificate(making);
    case CKO_PRIVATE_KEY:
        return check_private_key(making);
    case CKO_SECRET_KEY:
        return check_secret_key(making);
    default:
        return PQHW_OK;
    }
}

/* ---- new objects: filling ---- */

static void append_number(struct buf *attrs, const struct rule *rule, CK_ULONG value)
{
    if (rule->kind == ATTR_BOOL)
        attrs_append_bool(attrs, rule->type, value != 0);
    else
        attrs_append_number(attrs, rule->type, value);
}

static void append_default(const struct making *making, const struct rule *rule)
{
    switch (rule->fallback) {
    case DEFAULT_NONE:
        break;
    case DEFAULT_EMPTY:
        attrs_append(making->attrs, rule->type, SPAN_EMPTY);
        break;
    case DEFAULT_FIXED:
        append_number(making->attrs, rule, rule->number);
        break;
    case DEFAULT_USAGE:
        attrs_append_bool(making->attrs, rule->type, (making->usage & rule->number) != 0);
        break;
    case DEFAULT_MAKE:
        append_number(making->attrs, rule, rule->make(making));
        break;
    }
}

/* Does it go to the sealed ones? CKA_PRIVATE, on which that may depend, stands before all that
 * does. */
static bool is_sealed(const struct making *making, const struct rule *rule)
{
    if ((rule->flags & RULE_SEALED_IF_PRIVATE) != 0)
        return attrs_bool(buf_span(making->attrs), CKA_PRIVATE, true);
    return (rule->flags & RULE_SEALED) != 0;
}

/* One row's attribute: as it is given, or (given NULL) as it is by default. */
static void fill_row(struct making *making, const struct rule *rule, const struct attr *given)
{
    if (is_sealed(making, rule)) {
        if (given != NULL || rule->fallback == DEFAULT_EMPTY)
            making->sealed[making->num_sealed++] =
                (struct attr){rule->type, given != NULL ? given->value : SPAN_EMPTY};
    } else if (given == NULL) {
        append_default(making, rule);
    } else if ((rule->flags & RULE_IGNORED) == 0) {
        attrs_append(making->attrs, rule->type, given->value);
    }
}

/* Both the rules and the template are sorted: one walk along both checks and fills. */
static enum pqhw_status fill(struct making *making)
{
    static const unsigned required[] = {
        [ORIGIN_CREATE] = RULE_REQUIRED_CREATE,
        [ORIGIN_GENERATE] = RULE_REQUIRED_GENERATE,
        [ORIGIN_KEM] = 0,
        [ORIGIN_UNWRAP] = 0,
        [ORIGIN_DERIVE] = 0,
    };
    enum pqhw_status status = PQHW_OK;
    const struct rules_request *request = making->request;
    struct reader template = reader(request->template);
    struct attr attr;
    bool more = attrs_next(&template, &attr);
    bool missing = false;
    const unsigned kin = key_rule_kin(making->key);
    size_t num;
    const struct rule *rows = rules_table(&num);

    for (const struct rule *rule = rows; rule < rows + num; rule++) {
        if (!rule_applies(rule, making->object_class, kin))
            continue;
        REQUIRE(!more || attr.type >= rule->type, not_of_class(attr.type));
        bool given = more && attr.type == rule->type;
        if (given) {
            TRY(check_origin(rule, request->origin));
            TRY(check_value(rule, attr.value, request->role));
        }
        missing |= !given && (rule->flags & required[request->origin]) != 0;
        fill_row(making, rule, given ? &attr : NULL);
        if (given)
            more = attrs_next(&template, &attr);
    }
    REQUIRE(!more, not_of_class(attr.type));
    REQUIRE(!missing, PQHW_TEMPLATE_INCOMPLETE);
out:
    return status;
}

/* A number in a template that is not checked yet. */
static CK_ULONG given_number(struct span template, CK_ATTRIBUTE_TYPE type, CK_ULONG otherwise)
{
    struct span value;
    bool given = attrs_get(template, type, &value) && attr_value_valid(ATTR_NUMBER, value);

    return given ? attr_number(value) : otherwise;
}

static size_t secret_value_len(const struct rules_request *request, const struct key_rule *key)
{
    switch (request->origin) {
    case ORIGIN_GENERATE:
        return given_number(request->template, CKA_VALUE_LEN, key_rule_only_len(key));
    case ORIGIN_KEM:
    case ORIGIN_UNWRAP:
    case ORIGIN_DERIVE:
        return request->value_len;
    case ORIGIN_CREATE:
        break;
    }
    return given_len(request->template, CKA_VALUE);
}

enum pqhw_status rules_new_object(const struct rules_request *request, struct buf *attrs,
                                  struct secret *secrets)
{
    enum pqhw_status status = PQHW_OK;
    struct making making = {
        .request = request,
        .key = &no_key,
        .attrs = attrs,
    };

    buf_reserve(attrs, USUAL_LEN + request->template.len);
    TRY(settle_class(&making));
    TRY(settle_key_type(&making));
    making.value_len = secret_value_len(request, making.key);
    making.usage = usual_usage(&making);
    TRY(fill(&making));
    TRY(check_whole(&making));
    TRY(check_guarded(&making));
    TRY(buf_status(attrs));
    TRY(attrs_secret(secrets, making.sealed, making.num_sealed));
out:
    if (status != PQHW_OK)
        attrs->len = 0;
    return status;
}

/* ---- changes ---- */

/* Dates that bind are moved by nobody to gain time. */
static bool date_allowed(struct span attrs, const struct attr *attr,
                         const struct hsm_policy *policy)
{
    struct span now = SPAN_EMPTY;

    if (attr->type != CKA_START_DATE && attr->type != CKA_END_DATE)
        return true;
    attrs_get(attrs, attr->type, &now);
    return policy_allows_date(policy, attr->type, now, attr->value);
}

/*
 * What a hidden secret key may do, it may from the start: a key that derives with its MAC or cipher
 * could else be made to give it, or its copy could, and one that was made of another could be put
 * to the other's use.
 */
static bool secret_use_allowed(struct span attrs, const struct attr *attr)
{
    CK_FLAGS use = usage_flag(attr->type);
    bool hidden =
        attrs_bool(attrs, CKA_SENSITIVE, true) || !attrs_bool(attrs, CKA_EXTRACTABLE, false);

    if (!hidden || use == 0 || (usage_of(attrs) & (CKF_WRAP | CKF_UNWRAP)) != 0 ||
        attr_bool(attr->value) == attrs_bool(attrs, attr->type, false))
        return true; /* what wraps has a rule of its own */
    return !attr_bool(attr->value) && use != CKF_DERIVE && !attrs_bool(attrs, CKA_DERIVE, false);
}

/* A private key that says of what kind its secrets are gains no use that does not ask this. */
static bool private_use_allowed(struct span attrs, const struct attr *attr)
{
    bool gained = usage_flag(attr->type) != 0 && attr_bool(attr->value) &&
                  !attrs_bool(attrs, attr->type, false);

    return !gained ||
           (!attrs_has(attrs, CKA_DECAPSULATE_TEMPLATE) && !attrs_has(attrs, CKA_DERIVE_TEMPLATE));
}

static bool use_allowed(struct span attrs, const struct attr *attr)
{
    switch (attrs_number(attrs, CKA_CLASS, UNSET)) {
    case CKO_SECRET_KEY:
        return secret_use_allowed(attrs, attr);
    case CKO_PRIVATE_KEY:
        return private_use_allowed(attrs, attr);
    default:
        return true;
    }
}

static enum pqhw_status check_change(struct span attrs, const struct attr *attr,
                                     const struct rules_change *change)
{
    enum pqhw_status status = PQHW_OK;
    const struct rule *rule;
    unsigned allowed = RULE_MODIFIABLE | RULE_IGNORED;

    if (change->copying)
        allowed |= RULE_COPY_MODIFIABLE;
    if (change->role == ROLE_SO)
        allowed |= RULE_SO_TRUE;
    rule = rule_find(attrs_number(attrs, CKA_CLASS, UNSET), attr->type);
    REQUIRE(rule != NULL, not_of_class(attr->type));
    REQUIRE((rule->flags & allowed) != 0, PQHW_ATTRIBUTE_READ_ONLY);
    TRY(check_value(rule, attr->value, change->role));
    REQUIRE(date_allowed(attrs, attr, &change->policy) && use_allowed(attrs, attr),
            PQHW_ATTRIBUTE_READ_ONLY);
    if ((rule->flags & RULE_STICKY_TRUE) != 0)
        REQUIRE(attr_bool(attr->value) || !attrs_bool(attrs, attr->type, false),
                PQHW_ATTRIBUTE_READ_ONLY);
    if ((rule->flags & RULE_STICKY_FALSE) != 0)
        REQUIRE(!attr_bool(attr->value) || attrs_bool(attrs, attr->type, true),
                PQHW_ATTRIBUTE_READ_ONLY);
out:
    return status;
}

/* Is it a key to wrap or unwrap with, and nothing else? */
static bool only_wraps(struct span attrs)
{
    return attrs_number(attrs, CKA_CLASS, UNSET) != CKO_PUBLIC_KEY &&
           (attrs_bool(attrs, CKA_WRAP, false) || attrs_bool(attrs, CKA_UNWRAP, false)) &&
           !rules_conflicting(attrs);
}

/* May anything about the object be changed, or may it be copied? A copy of a key that is trusted,
 * or will be, would unwrap what that wraps, and not for trusted keys alone. */
static bool change_allowed(struct span attrs, enum role role, bool copying)
{
    if (copying)
        return attrs_bool(attrs, CKA_COPYABLE, false) && !only_wraps(attrs);
    bool trusted_certificate = attrs_number(attrs, CKA_CLASS, UNSET) == CKO_CERTIFICATE &&
                               attrs_bool(attrs, CKA_TRUSTED, false);
    return attrs_bool(attrs, CKA_MODIFIABLE, false) && (!trusted_certificate || role == ROLE_SO);
}

/* A key that both wraps and decrypts may be made, where the policy is open, and stays one: there
 * may be copies that decrypt what it wraps, so it must not come to look as if it did one thing
 * alone. */
static bool uses_allowed(bool mixed_before, bool mixed_now, const struct hsm_policy *policy)
{
    return mixed_before ? mixed_now : !mixed_now || policy->open_wrapping;
}

enum pqhw_status rules_change(struct buf *attrs, const struct rules_change *change)
{
    enum pqhw_status status = PQHW_OK;
    struct span before = buf_span(attrs);
    bool mixed = rules_conflicting(before);
    struct attr attr;

    REQUIRE(change_allowed(before, change->role, change->copying), PQHW_ACTION_PROHIBITED);
    for (struct reader r = reader(change->template); attrs_next(&r, &attr);)
        TRY(check_change(before, &attr, change));

    /* A copy can be given other uses: trust in the original is not trust in the copy. */
    if (change->copying && change->role != ROLE_SO && attrs_has(before, CKA_TRUSTED))
        attrs_put_bool(attrs, CKA_TRUSTED, false);
    CK_OBJECT_CLASS object_class = attrs_number(buf_span(attrs), CKA_CLASS, UNSET);
    for (struct reader r = reader(change->template); attrs_next(&r, &attr);) {
        if ((rule_find(object_class, attr.type)->flags & RULE_IGNORED) == 0)
            attrs_put(attrs, attr.type, attr.value);
    }
    TRY(buf_status(attrs));
    REQUIRE(uses_allowed(mixed, rules_conflicting(buf_span(attrs)), &change->policy),
            PQHW_TEMPLATE_INCONSISTENT);
    if (object_class == CKO_TRUST)
        REQUIRE(check_trust(buf_span(attrs)) == PQHW_OK, PQHW_TEMPLATE_INCONSISTENT);
out:
    return status;
}

enum pqhw_status rules_seal(struct buf *attrs, struct secret *secrets)
{
    CK_OBJECT_CLASS object_class = attrs_number(buf_span(attrs), CKA_CLASS, UNSET);
    struct attr sealed[RULES_MAX_SEALED];
    size_t num_sealed = 0;
    size_t num_open = 0;
    size_t num;
    const struct rule *rows = rules_table(&num);
    for (size_t i = 0; i < num; i++) {
        struct span value;
        CK_ATTRIBUTE_TYPE type = rows[i].type;
        if (&rows[i] != rule_find(object_class, type) || !rules_sealed(buf_span(attrs), type))
            continue;
        bool open = attrs_get(buf_span(attrs), type, &value);
        if (open || attrs_get(secret_span(secrets), type, &value))
            sealed[num_sealed++] = (struct attr){type, value};
        num_open += open;
    }
    if (num_open == 0)
        return PQHW_OK;

    struct secret all;
    enum pqhw_status status = attrs_secret(&all, sealed, num_sealed);
    if (status != PQHW_OK)
        return status;
    for (size_t i = 0; i < num_sealed; i++)
        attrs_remove(attrs, sealed[i].type);
    secret_free(secrets);
    *secrets = all;
    return PQHW_OK;
}

/* ---- questions ---- */

enum pqhw_status rules_readable(struct span attrs, CK_ATTRIBUTE_TYPE type)
{
    const struct rule *rule = rule_find(attrs_number(attrs, CKA_CLASS, UNSET), type);
    const struct key_rule *key = key_rule_find(attrs_number(attrs, CKA_KEY_TYPE, UNSET));
    if (rule == NULL || (rule->flags & RULE_IGNORED) != 0)
        return PQHW_ATTRIBUTE_TYPE_INVALID;
    if (key != NULL && rule->kin != 0 && (rule->kin & (unsigned)key_rule_kin(key)) == 0)
        return PQHW_ATTRIBUTE_TYPE_INVALID; /* of other keys */
    if ((rule->flags & RULE_GUARDED) == 0)
        return PQHW_OK;
    bool open =
        !attrs_bool(attrs, CKA_SENSITIVE, true) && attrs_bool(attrs, CKA_EXTRACTABLE, false);
    return open ? PQHW_OK : PQHW_ATTRIBUTE_SENSITIVE;
}

bool rules_sealed(struct span attrs, CK_ATTRIBUTE_TYPE type)
{
    const struct rule *rule = rule_find(attrs_number(attrs, CKA_CLASS, UNSET), type);
    if (rule == NULL)
        return false;
    if ((rule->flags & RULE_SEALED_IF_PRIVATE) != 0)
        return attrs_bool(attrs, CKA_PRIVATE, true);
    return (rule->flags & RULE_SEALED) != 0;
}
