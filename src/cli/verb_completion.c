/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cli/completion.h"

static const struct shell {
    const char *name;
    void (*print)(FILE *out);
} shells[] = {
    {"bash", completion_bash},
    {"zsh", completion_zsh},
    {"fish", completion_fish},
};

static enum pqhw_status run(struct cli *cli)
{
    const char *wanted = cli->args.operands[0];

    for (size_t i = 0; wanted != NULL && i < sizeof(shells) / sizeof(shells[0]); i++)
        if (strcmp(shells[i].name, wanted) == 0) {
            shells[i].print(stdout);
            return PQHW_OK;
        }
    hint(cli, "choose bash, zsh or fish");
    return wanted == NULL ? fail_usage(cli, "which shell?")
                          : fail_usage(cli, "there is no completion for \"%.64s\"", wanted);
}

static const struct opt_group *const groups[] = {NULL};

const struct verb verb_completion = {
    .name = "completion",
    .section = "Other",
    .summary = "print the completion script of a shell",
    .operand = "SHELL",
    .max_operands = 1,
    .details = "Prints a script that teaches bash, zsh or fish to complete pqhw's commands and "
               "options. An installed pqhw brings them along.",
    .example = "source <(pqhw completion bash)",
    .groups = groups,
    .run = run,
};
