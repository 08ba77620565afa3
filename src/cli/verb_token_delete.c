/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/pin.h"
#include "cli/token.h"

static enum pqhw_status run(struct cli *cli)
{
    enum pqhw_status status = PQHW_OK;
    struct hsm_slot_info info;
    struct secret pin_so = {0};
    char label[HSM_LABEL_LEN + 1];

    TRY(token_find(cli, &info));
    clean_text(label, sizeof(label), token_label(&info));
    TRY(confirm(cli, "Delete the token \"%s\" with %zu objects? They cannot be brought back.",
                label, info.num_objects));
    if (info.so_tries_left > 0)
        TRY(pin_get(cli, PIN_SO, &pin_so));
    status = hsm_token_delete(cli->app, info.slot, secret_span(&pin_so));
    TRY(explain_pin(cli, status, CKU_SO));
    if (cli_json(cli)) {
        struct json json = json_start(stdout);
        json_object(&json, NULL);
        json_number(&json, "deleted_slot", info.slot);
        json_utf8(&json, "label", token_label(&info));
        json_end(&json);
    }
    say(cli, "deleted the token \"%s\"", label);

out:
    secret_free(&pin_so);
    return status;
}

static const struct opt opts[] = {
    {.id = OPT_YES, .name = "yes", .letter = 'y', .help = "delete without being asked"},
};
static const struct opt_group own = OPT_GROUP("Options", opts);
static const struct opt_group *const groups[] = {&own, &opts_token, &opts_so_pin, NULL};

const struct verb verb_token_delete = {
    .name = "token delete",
    .section = "Tokens and PINs",
    .summary = "delete a token and everything in it",
    .details = "Deletes a token with all its keys, for ever; its slot's number is not used again. "
               "Needs the security officer's PIN, unless that PIN is locked.",
    .example = "pqhw token delete --token payments",
    .groups = groups,
    .run = run,
};
