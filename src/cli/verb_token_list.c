/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "cli/grid.h"
#include "cli/json.h"
#include "cli/token.h"

static enum pqhw_status add_row(struct cli *cli, const struct hsm_slot_info *info, void *arg)
{
    struct grid *grid = arg;

    (void)cli;
    grid_add_text(grid, "%lu", info->slot);
    grid_add(grid, token_label(info));
    grid_add(grid, token_serial(info));
    grid_add_text(grid, "%s", token_user_pin(info));
    grid_add_text(grid, "%zu", info->num_objects);
    return PQHW_OK;
}

static enum pqhw_status add_json(struct cli *cli, const struct hsm_slot_info *info, void *arg)
{
    struct json *json = arg;

    (void)cli;
    json_object(json, NULL);
    token_json(json, info);
    json_end(json);
    return PQHW_OK;
}

static enum pqhw_status run_json(struct cli *cli)
{
    struct json json = json_start(stdout);

    json_object(&json, NULL);
    json_list(&json, "tokens");
    enum pqhw_status status = token_each(cli, add_json, &json);
    json_end(&json);
    json_end(&json);
    return status;
}

static enum pqhw_status run(struct cli *cli)
{
    static const char *const headings[] = {"SLOT", "LABEL", "SERIAL", "USER PIN", "OBJECTS"};
    struct grid *grid = NULL;
    struct hsm_device_info info;
    enum pqhw_status status = PQHW_OK;

    TRY(device_open(cli));
    if (cli_json(cli))
        return run_json(cli);
    TRY(hsm_device_info(cli->device, &info));
    if (info.num_tokens == 0) {
        say(cli, "there is no token in %s yet", cli->home);
        say(cli, "make one with: pqhw token init --label NAME");
        return PQHW_OK;
    }
    TRY(grid_new(&grid, headings, 5));
    TRY(token_each(cli, add_row, grid));
    TRY(grid_print(grid));

out:
    grid_free(grid);
    return status;
}

static const struct opt_group *const groups[] = {NULL};

const struct verb verb_token_list = {
    .name = "token list",
    .section = "Tokens and PINs",
    .summary = "list the tokens of the device",
    .details = "Shows every token with the number of its slot, which never changes.",
    .example = "pqhw token list",
    .groups = groups,
    .run = run,
};
