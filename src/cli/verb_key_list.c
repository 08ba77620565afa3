/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "cli/grid.h"
#include "cli/json.h"
#include "cli/keys.h"

static void print_json(const struct key_list *list)
{
    struct json json = json_start(stdout);

    json_object(&json, NULL);
    json_list(&json, "keys");
    for (size_t i = 0; i < list->num; i++) {
        json_object(&json, NULL);
        key_json(&json, &list->keys[i]);
        json_end(&json);
    }
    json_end(&json);
    json_number(&json, "damaged", list->num_damaged);
    json_end(&json);
}

static const char *protection(const struct key *key)
{
    if (key->object_class == CKO_PUBLIC_KEY)
        return "-";
    return key->extractable && !key->sensitive ? "extractable" : "stays in token";
}

static enum pqhw_status print_table(const struct key_list *list)
{
    static const char *const headings[] = {"LABEL", "ID", "TYPE", "KEY", "USE", "PROTECTION"};
    enum pqhw_status status = PQHW_OK;
    struct grid *grid = NULL;

    TRY(grid_new(&grid, headings, 6));
    for (size_t i = 0; i < list->num; i++) {
        const struct key *key = &list->keys[i];
        char title[KEY_TITLE_LEN], usage[96];

        key_title(title, key);
        key_usage(usage, sizeof(usage), key);
        grid_add(grid, span(key->label, key->label_len));
        grid_add_hex(grid, span(key->id, key->id_len));
        grid_add_text(grid, "%s", title);
        grid_add_text(grid, "%s", key_class_name(key->object_class));
        grid_add_text(grid, "%s", usage);
        grid_add_text(grid, "%s", protection(key));
    }
    TRY(grid_print(grid));

out:
    grid_free(grid);
    return status;
}

static enum pqhw_status run(struct cli *cli)
{
    enum pqhw_status status = PQHW_OK;
    struct key_list list = {0};
    bool public_only = cli->args.given[OPT_PUBLIC];

    TRY(session_open(cli, false, public_only ? LOGIN_NONE : LOGIN_USER));
    TRY(key_search(cli, key_all_classes, &list));
    if (cli_json(cli))
        print_json(&list);
    else if (list.num > 0)
        TRY(print_table(&list));
    else
        say(cli, "there are no %skeys in this token", public_only ? "public " : "");
    if (list.num_damaged > 0)
        remark(cli, "%zu records were changed or replaced outside pqhw and are left out",
               list.num_damaged);

out:
    free(list.keys);
    return status;
}

static const struct opt opts[] = {
    {.id = OPT_PUBLIC,
     .name = "public",
     .letter = 'p',
     .help = "only the public keys, without logging in"},
};
static const struct opt_group own = OPT_GROUP("Options", opts);
static const struct opt_group *const groups[] = {&own, &opts_key, &opts_token, &opts_pin, NULL};

const struct verb verb_key_list = {
    .name = "key list",
    .section = "Keys",
    .summary = "list the keys in a token",
    .details = "Lists public, private and secret keys by label, all of them or those with the "
               "label or id given. Private keys show only after a login.",
    .example = "pqhw key list",
    .groups = groups,
    .run = run,
};
