/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "cli/json.h"
#include "cli/keys.h"

#define FINGERPRINT_LEN 32

/* SHA-256 of the SubjectPublicKeyInfo, as others show it, too. False if the key has none. */
static bool fingerprint(struct cli *cli, const struct key *key, uint8_t out[FINGERPRINT_LEN])
{
    struct mechanism mechanism = {.type = CKM_SHA256};
    struct hsm_view *view = NULL;
    struct span spki = SPAN_EMPTY;
    size_t len = FINGERPRINT_LEN;
    bool good = hsm_view_open(cli->app, cli->session, key->handle, &view) == PQHW_OK &&
                hsm_view_attr(view, CKA_PUBLIC_KEY_INFO, &spki) == PQHW_OK && spki.len > 0 &&
                hsm_digest_init(cli->app, cli->session, &mechanism) == PQHW_OK &&
                hsm_digest(cli->app, cli->session, spki, out, &len) == PQHW_OK &&
                len == FINGERPRINT_LEN;

    hsm_view_close(view);
    return good;
}

static void print_hex(const char *name, struct span data)
{
    printf("%-14s ", name);
    for (size_t i = 0; i < data.len; i++)
        printf("%02x", data.ptr[i]);
    putchar('\n');
}

static const char *yes_no(bool yes)
{
    return yes ? "yes" : "no";
}

static void print_secrecy(const struct key *key)
{
    printf("%-14s %s\n", "sensitive",
           key->sensitive ? (key->always_sensitive ? "yes, always was" : "yes") : "no");
    printf("%-14s %s\n", "extractable",
           key->extractable ? "yes" : (key->never_extractable ? "no, never was" : "no"));
}

static void print_key(struct cli *cli, const struct key *key)
{
    char label[KEY_LABEL_LEN], title[KEY_TITLE_LEN], usage[96];
    uint8_t print[FINGERPRINT_LEN];

    clean_text(label, sizeof(label), span(key->label, key->label_len));
    key_title(title, key);
    key_usage(usage, sizeof(usage), key);
    printf("%s%s key%s\n", style_bold(), key_class_name(key->object_class), style_plain());
    printf("%-14s %s\n", "label", label);
    print_hex("id", span(key->id, key->id_len));
    printf("%-14s %s\n", "type", title);
    printf("%-14s %s\n", "use", usage);
    printf("%-14s %s\n", "made in token", yes_no(key->local));
    printf("%-14s %s\n", "modifiable", yes_no(key->modifiable));
    if (key->object_class != CKO_PUBLIC_KEY)
        print_secrecy(key);
    else if (fingerprint(cli, key, print))
        print_hex("SHA-256", SPAN(print));
}

static void print_json(struct cli *cli, const struct key_list *list)
{
    struct json json = json_start(stdout);
    uint8_t print[FINGERPRINT_LEN];

    json_object(&json, NULL);
    json_list(&json, "keys");
    for (size_t i = 0; i < list->num; i++) {
        json_object(&json, NULL);
        key_json(&json, &list->keys[i]);
        if (list->keys[i].object_class == CKO_PUBLIC_KEY && fingerprint(cli, &list->keys[i], print))
            json_hex(&json, "public_key_info_sha256", SPAN(print));
        json_end(&json);
    }
    json_end(&json);
    json_end(&json);
}

static enum pqhw_status run(struct cli *cli)
{
    enum pqhw_status status = PQHW_OK;
    struct key_list list = {0};

    TRY(key_check_named(cli));
    TRY(session_open(cli, false, cli->args.given[OPT_PUBLIC] ? LOGIN_NONE : LOGIN_USER));
    TRY(key_search(cli, key_all_classes, &list));
    if (list.num == 0)
        TRY(key_none(cli, "key"));
    if (cli_json(cli)) {
        print_json(cli, &list);
    } else {
        for (size_t i = 0; i < list.num; i++) {
            if (i > 0)
                putchar('\n');
            print_key(cli, &list.keys[i]);
        }
    }

out:
    free(list.keys);
    return status;
}

static const struct opt opts[] = {
    {.id = OPT_PUBLIC,
     .name = "public",
     .letter = 'p',
     .help = "only the public key, without logging in"},
};
static const struct opt_group own = OPT_GROUP("Options", opts);
static const struct opt_group *const groups[] = {&opts_key, &own, &opts_token, &opts_pin, NULL};

const struct verb verb_key_show = {
    .name = "key show",
    .section = "Keys",
    .summary = "show a key's properties",
    .details = "Shows both halves of a key pair, or a secret key. SHA-256 is the digest of the "
               "public key's SubjectPublicKeyInfo, by which others can recognise it.",
    .example = "pqhw key show --label signer",
    .groups = groups,
    .run = run,
};
