/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/newkey.h"

#include <stdlib.h>
#include <string.h>

#include "cli/codec.h"

#define RANDOM_ID_LEN 8
#define USES_TEXT_LEN 128

static const struct opt opts[] = {
    {.id = OPT_LABEL,
     .kind = OPT_KIND_TEXT,
     .name = "label",
     .value = "TEXT",
     .help = "the key's label (required)"},
    {.id = OPT_ID,
     .kind = OPT_KIND_TEXT,
     .name = "id",
     .value = "HEX",
     .help = "the key's id (default: a random one)"},
    {.id = OPT_USE,
     .kind = OPT_KIND_TEXT,
     .name = "use",
     .value = "LIST",
     .help =
         "what the key is for, with commas between: sign, decrypt, derive, unwrap, decapsulate; "
         "each goes with what others do for it (verify, encrypt …)"},
};
const struct opt_group opts_new_key = OPT_GROUP("New key", opts);

/* ---- ids ---- */

static enum pqhw_status check_free(struct cli *cli, struct span label, struct span id,
                                   const char *what, const char *advice)
{
    struct key_list list = {0};
    enum pqhw_status status = PQHW_OK;

    TRY(key_search_for(cli, key_all_classes, label, id, &list));
    if (list.num > 0) {
        hint(cli, "%s", advice);
        status = fail(cli, PQHW_ARGUMENTS_BAD, "there is a key with this %s already", what);
    }

out:
    free(list.keys);
    return status;
}

enum pqhw_status newkey_id(struct cli *cli, enum opt_id label, enum opt_id id, struct buf *out)
{
    const char *label_text = cli->args.text[label];
    enum pqhw_status status = PQHW_OK;

    if (cli->args.given[id]) {
        TRY(key_read_id(cli, id, out));
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

/* ---- uses ---- */

static const struct key_use *use_by_name(const char *name, size_t len)
{
    for (size_t i = 0; i < NUM_KEY_USES; i++)
        if (strlen(key_uses[i].name) == len && strncmp(key_uses[i].name, name, len) == 0)
            return &key_uses[i];
    return NULL;
}

/* What keys can be used for, for hints: one word for each pair, what the owner of the key does. */
static void list_uses(char out[USES_TEXT_LEN], CK_FLAGS may)
{
    size_t used = 0;

    out[0] = 0;
    for (size_t i = 0; i < NUM_KEY_USES && used < USES_TEXT_LEN; i++)
        if ((may & key_uses[i].flag) != 0 && key_uses[i].of_private)
            used += (size_t)snprintf(out + used, USES_TEXT_LEN - used, "%s%s", used > 0 ? ", " : "",
                                     key_uses[i].name);
}

enum pqhw_status newkey_uses(struct cli *cli, const struct key_kind *kind, CK_FLAGS *uses)
{
    const char *text = cli->args.text[OPT_USE];
    CK_FLAGS may = key_kind_may(kind);
    char words[USES_TEXT_LEN], title[KEY_TITLE_LEN];

    *uses = kind->uses;
    if (text == NULL)
        return PQHW_OK;
    *uses = 0;
    for (;; text++) {
        size_t len = strcspn(text, ",");
        const struct key_use *use = use_by_name(text, len);

        if (use == NULL || (use->flag & may) == 0) {
            key_kind_title(title, kind, kind->number);
            list_uses(words, may);
            hint(cli, "%s may have --use with any of %s", title, words);
            return fail_usage(cli,
                              use == NULL ? "--use does not know \"%.*s\""
                                          : "a key of this kind cannot be used to %.*s",
                              (int)(len < 64 ? len : 64), text);
        }
        *uses |= use->pair & may;
        text += len;
        if (*text == 0)
            return PQHW_OK;
    }
}

/* ---- templates ---- */

static bool has_use(const struct key_use *use, CK_OBJECT_CLASS object_class)
{
    switch (object_class) {
    case CKO_PUBLIC_KEY:
        return use->of_public;
    case CKO_PRIVATE_KEY:
        return use->of_private;
    default:
        return use->type != CKA_ENCAPSULATE && use->type != CKA_DECAPSULATE;
    }
}

void newkey_template(struct buf *out, const struct cli *cli, const struct newkey *key,
                     CK_OBJECT_CLASS object_class)
{
    bool hidden = object_class != CKO_PUBLIC_KEY;
    bool extractable = cli->args.given[OPT_EXTRACTABLE];

    *out = BUF_INIT(ATTRS_MAX_LEN);
    attrs_put_number(out, CKA_CLASS, object_class);
    attrs_put_number(out, CKA_KEY_TYPE, key->kind->type);
    attrs_put_bool(out, CKA_TOKEN, true);
    attrs_put_bool(out, CKA_PRIVATE, hidden);
    attrs_put(out, CKA_LABEL, key_label_given(cli));
    attrs_put(out, CKA_ID, key->id);
    if (hidden) {
        attrs_put_bool(out, CKA_SENSITIVE, !extractable);
        attrs_put_bool(out, CKA_EXTRACTABLE, extractable);
    }
    for (size_t i = 0; i < NUM_KEY_USES; i++)
        if (has_use(&key_uses[i], object_class))
            attrs_put_bool(out, key_uses[i].type, (key->uses & key_uses[i].flag) != 0);
}

/* ---- telling ---- */

enum pqhw_status newkey_made(struct cli *cli, enum pqhw_status status)
{
    if (status != PQHW_TEMPLATE_INCONSISTENT || !cli->args.given[OPT_USE])
        return status;
    hint(cli, "make two keys: one that wraps keys could show what it may not");
    return fail(cli, status,
                "a secret key that wraps does nothing else, and a private key that "
                "unwraps neither decrypts nor decapsulates");
}

static const char *what_it_is(const struct key *key)
{
    switch (key->object_class) {
    case CKO_PUBLIC_KEY:
        return "public key";
    case CKO_PRIVATE_KEY:
        return "key pair";
    default:
        return "key";
    }
}

enum pqhw_status newkey_report(struct cli *cli, const char *how, CK_OBJECT_HANDLE handle)
{
    enum pqhw_status status = PQHW_OK;
    struct buf id_text = BUF_INIT(2 * KEY_ID_LEN + 1);
    char label[KEY_LABEL_LEN], title[KEY_TITLE_LEN];
    struct key key;

    TRY(key_load(cli, handle, &key));
    key_title(title, &key);
    encode_put(&id_text, ENCODING_HEX, span(key.id, key.id_len));
    buf_put_u8(&id_text, 0);
    TRY(buf_status(&id_text));
    if (cli_json(cli)) {
        struct json json = json_start(stdout);
        json_object(&json, NULL);
        json_utf8(&json, "label", key_label_given(cli));
        json_hex(&json, "id", span(key.id, key.id_len));
        json_text(&json, "type", title);
        json_text(&json, "class", key_class_name(key.object_class));
        json_bool(&json, "private_key", key.object_class == CKO_PRIVATE_KEY);
        json_end(&json);
    }
    clean_text(label, sizeof(label), key_label_given(cli));
    say(cli, "%s the %s %s \"%s\", id %s", how, title, what_it_is(&key), label,
        (const char *)id_text.ptr);

out:
    buf_free(&id_text);
    return status;
}
