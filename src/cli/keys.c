/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/keys.h"

#include <stdlib.h>
#include <string.h>

#include "cli/codec.h"
#include "crypto/keyformat/curve_spki.h"

#define FIND_AT_ONCE 64
#define MAX_LISTED   5 /* keys named in a message */

const CK_OBJECT_CLASS key_all_classes[] = {CKO_PUBLIC_KEY, CKO_PRIVATE_KEY, CKO_SECRET_KEY, 0};

void key_title(char out[KEY_TITLE_LEN], const struct key *key)
{
    if (key->kind != NULL)
        key_kind_title(out, key->kind, key->number);
    else
        snprintf(out, KEY_TITLE_LEN, "type 0x%lx", key->type);
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

#define PAIR_SIGN   (CKF_SIGN | CKF_VERIFY)
#define PAIR_KEM    (CKF_ENCAPSULATE | CKF_DECAPSULATE)
#define PAIR_CIPHER (CKF_ENCRYPT | CKF_DECRYPT)
#define PAIR_WRAP   (CKF_WRAP | CKF_UNWRAP)

/* In the order in which they are told. */
const struct key_use key_uses[] = {
    {"sign", CKF_SIGN, PAIR_SIGN, CKA_SIGN, true, false},
    {"verify", CKF_VERIFY, PAIR_SIGN, CKA_VERIFY, false, true},
    {"encapsulate", CKF_ENCAPSULATE, PAIR_KEM, CKA_ENCAPSULATE, false, true},
    {"decapsulate", CKF_DECAPSULATE, PAIR_KEM, CKA_DECAPSULATE, true, false},
    {"encrypt", CKF_ENCRYPT, PAIR_CIPHER, CKA_ENCRYPT, false, true},
    {"decrypt", CKF_DECRYPT, PAIR_CIPHER, CKA_DECRYPT, true, false},
    {"wrap", CKF_WRAP, PAIR_WRAP, CKA_WRAP, false, true},
    {"unwrap", CKF_UNWRAP, PAIR_WRAP, CKA_UNWRAP, true, false},
    {"derive", CKF_DERIVE, CKF_DERIVE, CKA_DERIVE, true, false},
};

/* The names of what the key may do; how many. */
static size_t list_uses(const char *out[NUM_KEY_USES], const struct key *key)
{
    size_t num = 0;

    for (size_t i = 0; i < NUM_KEY_USES; i++)
        if ((key->uses & key_uses[i].flag) != 0)
            out[num++] = key_uses[i].name;
    return num;
}

void key_usage(char *out, size_t len, const struct key *key)
{
    const char *uses[NUM_KEY_USES];
    size_t num = list_uses(uses, key);
    size_t used = 0;

    snprintf(out, len, "-");
    for (size_t i = 0; i < num && used < len; i++)
        used += (size_t)snprintf(out + used, len - used, "%s%s", i > 0 ? "," : "", uses[i]);
}

void key_json(struct json *json, const struct key *key)
{
    const char *uses[NUM_KEY_USES];
    size_t num_uses = list_uses(uses, key);
    char title[KEY_TITLE_LEN];

    key_title(title, key);
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

/* The value of what tells the kinds of its type apart. */
static CK_ULONG kind_number(struct hsm_view *view, const struct key_kind *kind)
{
    const struct curve *curve = NULL;
    struct span params;

    switch (kind->varies) {
    case CKA_MODULUS_BITS: /* which a private key does not have */
        return modulus_bits(view);
    case CKA_EC_PARAMS:
        if (hsm_view_attr(view, CKA_EC_PARAMS, &params) != PQHW_OK ||
            curve_from_params(&curve, params) != PQHW_OK)
            return CK_UNAVAILABLE_INFORMATION;
        return curve->id;
    default:
        return view_number(view, kind->varies, CK_UNAVAILABLE_INFORMATION);
    }
}

enum pqhw_status key_load(struct cli *cli, CK_OBJECT_HANDLE handle, struct key *out)
{
    struct hsm_view *view = NULL;
    enum pqhw_status status = hsm_view_open(cli->app, cli->session, handle, &view);

    if (status != PQHW_OK)
        return status;
    *out = (struct key){
        .handle = handle,
        .object_class = view_number(view, CKA_CLASS, CK_UNAVAILABLE_INFORMATION),
        .type = view_number(view, CKA_KEY_TYPE, CK_UNAVAILABLE_INFORMATION),
        .private = view_bool(view, CKA_PRIVATE),
        .sensitive = view_bool(view, CKA_SENSITIVE),
        .extractable = view_bool(view, CKA_EXTRACTABLE),
        .always_sensitive = view_bool(view, CKA_ALWAYS_SENSITIVE),
        .never_extractable = view_bool(view, CKA_NEVER_EXTRACTABLE),
        .local = view_bool(view, CKA_LOCAL),
        .modifiable = view_bool(view, CKA_MODIFIABLE),
        .always_authenticate = view_bool(view, CKA_ALWAYS_AUTHENTICATE),
    };
    const struct key_kind *kind = key_kind_find(out->type, 0); /* any of the type */
    if (kind != NULL) {
        out->number = kind_number(view, kind);
        out->kind = key_kind_find(out->type, out->number);
    }
    for (size_t i = 0; i < NUM_KEY_USES; i++)
        out->uses |= view_bool(view, key_uses[i].type) ? key_uses[i].flag : 0;
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
        enum pqhw_status status = key_load(cli, handles[i], &keys[list->num]);

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

enum pqhw_status key_search_for(struct cli *cli, const CK_OBJECT_CLASS *classes, struct span label,
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

struct span key_label_given(const struct cli *cli)
{
    const char *label = cli->args.text[OPT_LABEL];
    return label == NULL ? SPAN_EMPTY : span(label, strlen(label));
}

/* CKA_ID from an option's hexadecimal text. */
enum pqhw_status key_read_id(struct cli *cli, enum opt_id opt, struct buf *out)
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
        TRY(key_read_id(cli, OPT_ID, &id));
    TRY(key_search_for(cli, classes, key_label_given(cli), buf_span(&id), out));

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

static enum pqhw_status find_one(struct cli *cli, const CK_OBJECT_CLASS *classes, const char *kind,
                                 struct key *out)
{
    struct key_list list = {0};
    enum pqhw_status status = PQHW_OK;

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

enum pqhw_status key_find_one(struct cli *cli, CK_OBJECT_CLASS object_class, struct key *out)
{
    const CK_OBJECT_CLASS classes[] = {object_class, 0};
    char kind[32];

    snprintf(kind, sizeof(kind), "%s key", key_class_name(object_class));
    return find_one(cli, classes, kind, out);
}

enum pqhw_status key_find_or_secret(struct cli *cli, CK_OBJECT_CLASS object_class, struct key *out)
{
    const CK_OBJECT_CLASS classes[] = {object_class, CKO_SECRET_KEY, 0};
    char kind[48];

    snprintf(kind, sizeof(kind), "%s key, nor secret key,", key_class_name(object_class));
    return find_one(cli, classes, kind, out);
}
