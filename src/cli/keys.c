/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/keys.h"

#include <stdlib.h>
#include <string.h>

#include "cli/codec.h"

#define RANDOM_ID_LEN 8
#define FIND_AT_ONCE  64
#define MAX_LISTED    5 /* keys named in a message */

const CK_OBJECT_CLASS key_all_classes[] = {CKO_PUBLIC_KEY, CKO_PRIVATE_KEY, CKO_SECRET_KEY, 0};

void key_title(char *out, size_t len, const struct key *key)
{
    const struct key_kind *kind = key_kind_find(key->type, key->parameter_set);
    const char *secret = key_secret_title(key->type);

    if (kind != NULL)
        snprintf(out, len, "%s", kind->title);
    else if (key->curve != NULL)
        snprintf(out, len, "%s", key->curve);
    else if (key->type == CKK_RSA)
        snprintf(out, len, "RSA-%lu", key->modulus_bits);
    else if (key->type == CKK_AES)
        snprintf(out, len, "AES-%lu", 8 * key->value_len);
    else if (secret != NULL)
        snprintf(out, len, "%s, %lu bit", secret, 8 * key->value_len);
    else
        snprintf(out, len, "type 0x%lx", key->type);
}

const char *key_class_name(CK_OBJECT_CLASS object_class)
{
    switch (object_class) {
    case CKO_PUBLIC_KEY:
        return "public";
    case CKO_PRIVATE_KEY:
        return "private";
    default:
        return "secret";
    }
}

/* In the order in which they are told. */
static const struct {
    CK_FLAGS flag;
    CK_ATTRIBUTE_TYPE type;
    const char *name;
} all_uses[] = {
    {CKF_SIGN, CKA_SIGN, "sign"},
    {CKF_VERIFY, CKA_VERIFY, "verify"},
    {CKF_ENCAPSULATE, CKA_ENCAPSULATE, "encapsulate"},
    {CKF_DECAPSULATE, CKA_DECAPSULATE, "decapsulate"},
    {CKF_ENCRYPT, CKA_ENCRYPT, "encrypt"},
    {CKF_DECRYPT, CKA_DECRYPT, "decrypt"},
    {CKF_WRAP, CKA_WRAP, "wrap"},
    {CKF_UNWRAP, CKA_UNWRAP, "unwrap"},
    {CKF_DERIVE, CKA_DERIVE, "derive"},
};
#define MAX_USES (sizeof(all_uses) / sizeof(all_uses[0]))

/* The names of what the key may do; how many. */
static size_t list_uses(const char *out[MAX_USES], const struct key *key)
{
    size_t num = 0;

    for (size_t i = 0; i < MAX_USES; i++)
        if ((key->uses & all_uses[i].flag) != 0)
            out[num++] = all_uses[i].name;
    return num;
}

void key_usage(char *out, size_t len, const struct key *key)
{
    const char *uses[MAX_USES];
    size_t num = list_uses(uses, key);
    size_t used = 0;

    snprintf(out, len, "-");
    for (size_t i = 0; i < num && used < len; i++)
        used += (size_t)snprintf(out + used, len - used, "%s%s", i > 0 ? "," : "", uses[i]);
}

void key_json(struct json *json, const struct key *key)
{
    const char *uses[MAX_USES];
    size_t num_uses = list_uses(uses, key);
    char title[64];

    key_title(title, sizeof(title), key);
    json_utf8(json, "label", span(key->label, key->label_len));
    json_hex(json, "id", span(key->id, key->id_len));
    json_text(json, "type", title);
    json_text(json, "class", key_class_name(key->object_class));
    json_list(json, "use");
    for (size_t i = 0; i < num_uses; i++)
        json_text(json, NULL, uses[i]);
    json_end(json);
    json_bool(json, "login_needed", key->private);
    json_bool(json, "modifiable", key->modifiable);
    json_bool(json, "made_in_token", key->local);
    if (key->object_class == CKO_PUBLIC_KEY)
        return;
    json_bool(json, "sensitive", key->sensitive);
    json_bool(json, "extractable", key->extractable);
    json_bool(json, "always_sensitive", key->always_sensitive);
    json_bool(json, "never_extractable", key->never_extractable);
}

/* ---- reading ---- */

static CK_ULONG view_number(struct hsm_view *view, CK_ATTRIBUTE_TYPE type, CK_ULONG otherwise)
{
    struct span value;
    return hsm_view_attr(view, type, &value) == PQHW_OK && value.len == 8 ? attr_number(value)
                                                                          : otherwise;
}

static bool view_bool(struct hsm_view *view, CK_ATTRIBUTE_TYPE type)
{
    struct span value;
    return hsm_view_attr(view, type, &value) == PQHW_OK && value.len == 1 && attr_bool(value);
}

static size_t view_copy(struct hsm_view *view, CK_ATTRIBUTE_TYPE type, uint8_t *out, size_t max)
{
    struct span value;

    if (hsm_view_attr(view, type, &value) != PQHW_OK || value.len == 0)
        return 0;
    size_t len = value.len < max ? value.len : max;
    memcpy(out, value.ptr, len);
    return len;
}

/* Of an RSA key: both halves have the modulus, which has no zeros in front. */
static CK_ULONG modulus_bits(struct hsm_view *view)
{
    struct span modulus;

    if (hsm_view_attr(view, CKA_MODULUS, &modulus) != PQHW_OK || modulus.len == 0)
        return 0;
    return 8 * modulus.len - (CK_ULONG)(__builtin_clz(modulus.ptr[0]) - 24);
}

/* Read one object's attributes. */
static enum pqhw_status load(struct cli *cli, CK_OBJECT_HANDLE handle, struct key *out)
{
    struct hsm_view *view = NULL;
    struct span params;
    enum pqhw_status status = hsm_view_open(cli->app, cli->session, handle, &view);

    if (status != PQHW_OK)
        return status;
    *out = (struct key){
        .handle = handle,
        .object_class = view_number(view, CKA_CLASS, CK_UNAVAILABLE_INFORMATION),
        .type = view_number(view, CKA_KEY_TYPE, CK_UNAVAILABLE_INFORMATION),
        .parameter_set = view_number(view, CKA_PARAMETER_SET, CK_UNAVAILABLE_INFORMATION),
        .value_len = view_number(view, CKA_VALUE_LEN, 0),
        .private = view_bool(view, CKA_PRIVATE),
        .sensitive = view_bool(view, CKA_SENSITIVE),
        .extractable = view_bool(view, CKA_EXTRACTABLE),
        .always_sensitive = view_bool(view, CKA_ALWAYS_SENSITIVE),
        .never_extractable = view_bool(view, CKA_NEVER_EXTRACTABLE),
        .local = view_bool(view, CKA_LOCAL),
        .modifiable = view_bool(view, CKA_MODIFIABLE),
        .modulus_bits = modulus_bits(view),
    };
    if (hsm_view_attr(view, CKA_EC_PARAMS, &params) == PQHW_OK)
        out->curve = key_curve_title(params);
    for (size_t i = 0; i < MAX_USES; i++)
        out->uses |= view_bool(view, all_uses[i].type) ? all_uses[i].flag : 0;
    out->label_len = view_copy(view, CKA_LABEL, out->label, sizeof(out->label));
    out->id_len = view_copy(view, CKA_ID, out->id, sizeof(out->id));
    hsm_view_close(view);
    return PQHW_OK;
}

/* ---- searching ---- */

static int compare_bytes(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
    int order = memcmp(a, b, a_len < b_len ? a_len : b_len); /* public: labels and ids */

    if (order == 0 && a_len != b_len)
        order = a_len < b_len ? -1 : 1;
    return order;
}

static int compare_keys(const void *left, const void *right)
{
    const struct key *a = left, *b = right;
    int order = compare_bytes(a->label, a->label_len, b->label, b->label_len);

    if (order == 0)
        order = compare_bytes(a->id, a->id_len, b->id, b->id_len);
    if (order == 0 && a->object_class != b->object_class)
        order = a->object_class < b->object_class ? -1 : 1;
    return order;
}

static enum pqhw_status add_found(struct cli *cli, struct key_list *list,
                                  const CK_OBJECT_HANDLE *handles, size_t num)
{
    struct key *keys = reallocarray(list->keys, list->num + num, sizeof(*keys));

    if (keys == NULL)
        return PQHW_NO_MEMORY;
    list->keys = keys;
    for (size_t i = 0; i < num; i++) {
        enum pqhw_status status = load(cli, handles[i], &keys[list->num]);

        if (status == PQHW_OBJECT_HANDLE_INVALID || status == PQHW_NOT_FOUND)
            continue; /* deleted meanwhile */
        if (status != PQHW_OK)
            return status;
        list->num++;
    }
    return PQHW_OK;
}

static enum pqhw_status search_class(struct cli *cli, struct span template, struct key_list *list)
{
    enum pqhw_status status = PQHW_OK;
    CK_OBJECT_HANDLE handles[FIND_AT_ONCE];
    size_t num = 0, damaged = 0;

    TRY(hsm_find_init(cli->app, cli->session, template));
    do {
        status = hsm_find(cli->app, cli->session, handles, FIND_AT_ONCE, &num);
        if (status == PQHW_OK && num > 0)
            status = add_found(cli, list, handles, num);
    } while (status == PQHW_OK && num > 0);
    if (status == PQHW_OK)
        status = hsm_find_damaged(cli->app, cli->session, &damaged);
    list->num_damaged += damaged;
    enum pqhw_status end = hsm_find_final(cli->app, cli->session);
    if (status == PQHW_OK)
        status = end;

out:
    return status;
}

static enum pqhw_status search(struct cli *cli, const CK_OBJECT_CLASS *classes, struct span label,
                               struct span id, struct key_list *out)
{
    enum pqhw_status status = PQHW_OK;
    struct buf template = {0};

    *out = (struct key_list){0};
    for (; *classes != 0; classes++) {
        buf_free(&template);
        template = BUF_INIT(ATTRS_MAX_LEN);
        attrs_put_number(&template, CKA_CLASS, *classes);
        if (label.ptr != NULL)
            attrs_put(&template, CKA_LABEL, label);
        if (id.ptr != NULL)
            attrs_put(&template, CKA_ID, id);
        TRY(buf_status(&template));
        TRY(search_class(cli, buf_span(&template), out));
    }
    if (out->num > 1)
        qsort(out->keys, out->num, sizeof(out->keys[0]), compare_keys);

out:
    buf_free(&template);
    if (status != PQHW_OK) {
        free(out->keys);
        *out = (struct key_list){0};
    }
    return status;
}

static struct span label_given(const struct cli *cli)
{
    const char *label = cli->args.text[OPT_LABEL];
    return label == NULL ? SPAN_EMPTY : span(label, strlen(label));
}

/* CKA_ID from an option's hexadecimal text. */
static enum pqhw_status read_id(struct cli *cli, enum opt_id opt, struct buf *out)
{
    const char *text = cli->args.text[opt];

    buf_free(out);
    *out = BUF_INIT(KEY_ID_LEN);
    if (encode_read(out, ENCODING_HEX, span(text, strlen(text))) == PQHW_OK && out->len > 0)
        return PQHW_OK;
    hint(cli, "for example 01 or a3f0, at most %d bytes", KEY_ID_LEN);
    return fail_usage(
        cli, "an id is written in hexadecimal, two digits for each byte, not \"%.64s\"", text);
}

enum pqhw_status key_search(struct cli *cli, const CK_OBJECT_CLASS *classes, struct key_list *out)
{
    enum pqhw_status status = PQHW_OK;
    struct buf id = BUF_INIT(KEY_ID_LEN);

    *out = (struct key_list){0};
    if (cli->args.given[OPT_ID])
        TRY(read_id(cli, OPT_ID, &id));
    TRY(search(cli, classes, label_given(cli), buf_span(&id), out));

out:
    buf_free(&id);
    return status;
}

/* How the key was asked for, for messages. */
static void describe_wanted(char *out, size_t len, const struct cli *cli)
{
    const char *label = cli->args.text[OPT_LABEL];
    const char *id = cli->args.text[OPT_ID];
    char clean[64] = "";

    if (label != NULL)
        clean_text(clean, sizeof(clean), span(label, strlen(label)));
    snprintf(out, len, "%s%s%s%s%s%.64s", label != NULL ? "label \"" : "", clean,
             label != NULL ? "\"" : "", label != NULL && id != NULL ? " and " : "",
             id != NULL ? "id " : "", id != NULL ? id : "");
}

enum pqhw_status key_none(struct cli *cli, const char *kind)
{
    char wanted[192];
    struct hsm_session_info info;
    bool logged_in = hsm_session_info(cli->app, cli->session, &info) == PQHW_OK &&
                     info.state != CKS_RO_PUBLIC_SESSION && info.state != CKS_RW_PUBLIC_SESSION;

    describe_wanted(wanted, sizeof(wanted), cli);
    hint(cli, "see the keys there are: pqhw key list%s",
         logged_in ? "" : " (private ones show after a login: add --pin-file or --pin-env)");
    return fail(cli, PQHW_NOT_FOUND, "there is no %s with %s", kind, wanted);
}

enum pqhw_status key_several(struct cli *cli, const struct key_list *list)
{
    char wanted[192];
    char listed[MAX_LISTED * (2 * KEY_ID_LEN + 4)] = "";
    size_t used = 0, num = 0;

    for (size_t i = 0; i < list->num; i++) {
        const struct key *key = &list->keys[i];
        struct span id = span(key->id, key->id_len);

        if (i > 0 && span_equal(id, span(key[-1].id, key[-1].id_len)))
            continue; /* the other half of the pair */
        if (num++ >= MAX_LISTED)
            continue;
        used += (size_t)snprintf(listed + used, sizeof(listed) - used, "%s", used > 0 ? ", " : "");
        for (size_t k = 0; k < id.len; k++)
            used += (size_t)snprintf(listed + used, sizeof(listed) - used, "%02x", id.ptr[k]);
    }
    describe_wanted(wanted, sizeof(wanted), cli);
    hint(cli, "choose one with --id");
    return fail(cli, PQHW_ARGUMENTS_BAD, "%zu keys have %s; their ids are %s%s", num, wanted,
                listed, num > MAX_LISTED ? ", …" : "");
}

enum pqhw_status key_check_named(struct cli *cli)
{
    if (cli->args.given[OPT_LABEL] || cli->args.given[OPT_ID])
        return PQHW_OK;
    hint(cli, "name it by label or --id; see the keys there are: pqhw key list");
    return fail_usage(cli, "which key?");
}

enum pqhw_status key_find_one(struct cli *cli, CK_OBJECT_CLASS object_class, struct key *out)
{
    const CK_OBJECT_CLASS classes[] = {object_class, 0};
    struct key_list list = {0};
    enum pqhw_status status = PQHW_OK;
    char kind[32];

    snprintf(kind, sizeof(kind), "%s key", key_class_name(object_class));
    TRY(key_check_named(cli));
    TRY(key_search(cli, classes, &list));
    if (list.num == 1)
        *out = list.keys[0];
    else if (list.num > 1)
        status = key_several(cli, &list);
    else if (list.num_damaged > 0)
        status = fail(cli, PQHW_RECORD_DAMAGED,
                      "the key was changed or replaced outside pqhw and is refused");
    else
        status = key_none(cli, kind);

out:
    free(list.keys);
    return status;
}

/* ---- new keys ---- */

static enum pqhw_status check_free(struct cli *cli, struct span label, struct span id,
                                   const char *what, const char *advice)
{
    struct key_list list = {0};
    enum pqhw_status status = PQHW_OK;

    TRY(search(cli, key_all_classes, label, id, &list));
    if (list.num > 0) {
        hint(cli, "%s", advice);
        status = fail(cli, PQHW_ARGUMENTS_BAD, "there is a key with this %s already", what);
    }

out:
    free(list.keys);
    return status;
}

enum pqhw_status key_new_id(struct cli *cli, enum opt_id label, enum opt_id id, struct buf *out)
{
    const char *label_text = cli->args.text[label];
    enum pqhw_status status = PQHW_OK;

    if (cli->args.given[id]) {
        TRY(read_id(cli, id, out));
        TRY(check_free(cli, SPAN_EMPTY, buf_span(out), "id", "choose another id, or leave it out"));
    } else {
        TRY(check_free(cli, span(label_text, strlen(label_text)), SPAN_EMPTY, "label",
                       "choose another label, or give an id to tell the keys apart"));
        *out = BUF_INIT(KEY_ID_LEN);
        uint8_t *bytes = buf_extend(out, RANDOM_ID_LEN);
        REQUIRE(bytes != NULL, PQHW_NO_MEMORY);
        TRY(hsm_random(cli->app, cli->session, bytes, RANDOM_ID_LEN));
    }

out:
    return status;
}

enum pqhw_status key_report_new(struct cli *cli, const char *how, const struct key_kind *kind,
                                bool pair, struct span id)
{
    enum pqhw_status status = PQHW_OK;
    struct buf id_text = BUF_INIT(2 * KEY_ID_LEN + 1);
    char label[KEY_LABEL_LEN];

    encode_put(&id_text, ENCODING_HEX, id);
    buf_put_u8(&id_text, 0);
    TRY(buf_status(&id_text));
    if (cli_json(cli)) {
        struct json json = json_start(stdout);
        json_object(&json, NULL);
        json_utf8(&json, "label", label_given(cli));
        json_hex(&json, "id", id);
        json_text(&json, "type", kind->title);
        json_bool(&json, "private_key", pair);
        json_end(&json);
    }
    clean_text(label, sizeof(label), label_given(cli));
    say(cli, "%s the %s %s \"%s\", id %s", how, kind->title, pair ? "key pair" : "public key",
        label, (const char *)id_text.ptr);

out:
    buf_free(&id_text);
    return status;
}

void key_private_template(struct buf *out, const struct cli *cli, const struct key_family *family,
                          struct span id)
{
    bool extractable = cli->args.given[OPT_EXTRACTABLE];

    *out = BUF_INIT(ATTRS_MAX_LEN);
    attrs_put_bool(out, CKA_TOKEN, true);
    attrs_put_bool(out, CKA_PRIVATE, true);
    attrs_put(out, CKA_LABEL, label_given(cli));
    attrs_put(out, CKA_ID, id);
    attrs_put_bool(out, CKA_SENSITIVE, !extractable);
    attrs_put_bool(out, CKA_EXTRACTABLE, extractable);
    attrs_put_bool(out, family->private_use, true);
}

void key_public_template(struct buf *out, const struct cli *cli, const struct key_family *family,
                         struct span id)
{
    *out = BUF_INIT(ATTRS_MAX_LEN);
    attrs_put_bool(out, CKA_TOKEN, true);
    attrs_put_bool(out, CKA_PRIVATE, false);
    attrs_put(out, CKA_LABEL, label_given(cli));
    attrs_put(out, CKA_ID, id);
    attrs_put_bool(out, family->public_use, true);
}
