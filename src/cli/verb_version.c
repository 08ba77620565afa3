/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "cli/json.h"

static enum pqhw_status run(struct cli *cli)
{
    if (cli_json(cli)) {
        struct json json = json_start(stdout);
        json_object(&json, NULL);
        json_text(&json, "version", PQHW_VERSION);
        json_end(&json);
    } else {
        printf("pqhw %s\n", PQHW_VERSION);
    }
    return PQHW_OK;
}

static const struct opt_group *const groups[] = {NULL};

const struct verb verb_version = {
    .name = "version",
    .section = "Other",
    .summary = "print the version",
    .details = "Prints the version of pqhw.",
    .example = "pqhw version",
    .groups = groups,
    .run = run,
};
