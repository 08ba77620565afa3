/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "cli/json.h"
#include "cli/keys.h"

/* One pair, or one lone key: never two different keys by one command. */
static bool is_one_key(const struct key_list *list)
{
    for (size_t i = 1; i < list->num; i++) {
        const struct key *a = &list->keys[i - 1], *b = &list->keys[i];

        if (a->object_class == b->object_class ||
            !span_equal(span(a->id, a->id_len), span(b->id, b->id_len)))
            return false;
    }
    return true;
}

static enum pqhw_status destroy(struct cli *cli, const struct key_list *list)
{
    /* The private half first: if this is interrupted, the secret is gone and not its reminder. */
    for (size_t i = list->num; i > 0; i--) {
        enum pqhw_status status =
            hsm_object_destroy(cli->app, cli->session, list->keys[i - 1].handle);
        if (status != PQHW_OK)
            return fail_about(cli, status, "the %s key could not be deleted",
                              key_class_name(list->keys[i - 1].object_class));
    }
    return PQHW_OK;
}

static enum pqhw_status run(struct cli *cli)
{
    enum pqhw_status status = PQHW_OK;
    struct key_list list = {0};
    char label[KEY_LABEL_LEN], title[KEY_TITLE_LEN];

    TRY(key_check_named(cli));
    TRY(session_open(cli, true, LOGIN_USER));
    TRY(key_search(cli, key_all_classes, &list));
    if (list.num == 0)
        TRY(key_none(cli, "key"));
    if (!is_one_key(&list))
        TRY(key_several(cli, &list));
    clean_text(label, sizeof(label), span(list.keys[0].label, list.keys[0].label_len));
    key_title(title, &list.keys[0]);
    TRY(confirm(cli, "Delete the %s key \"%s\"? It cannot be brought back.", title, label));
    TRY(destroy(cli, &list));
    if (cli_json(cli)) {
        struct json json = json_start(stdout);
        json_object(&json, NULL);
        json_utf8(&json, "label", span(list.keys[0].label, list.keys[0].label_len));
        json_hex(&json, "id", span(list.keys[0].id, list.keys[0].id_len));
        json_number(&json, "deleted_objects", list.num);
        json_end(&json);
    }
    say(cli, "deleted the %s key \"%s\"", title, label);

out:
    free(list.keys);
    return status;
}

static const struct opt opts[] = {
    {.id = OPT_YES, .name = "yes", .letter = 'y', .help = "delete without being asked"},
};
static const struct opt_group own = OPT_GROUP("Options", opts);
static const struct opt_group *const groups[] = {&opts_key, &own, &opts_token, &opts_pin, NULL};

const struct verb verb_key_delete = {
    .name = "key delete",
    .section = "Keys",
    .summary = "delete a key, both halves",
    .details = "Deletes the private and the public key with the label or id given, for ever. If "
               "several keys have the label, their ids are listed and nothing is deleted.",
    .example = "pqhw key delete --label signer",
    .groups = groups,
    .run = run,
};
