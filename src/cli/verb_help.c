/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

static enum pqhw_status run(struct cli *cli)
{
    char *words[ARGS_MAX_OPERANDS];
    int num = (int)cli->args.num_operands;
    int used = 0;

    for (int i = 0; i < num; i++)
        words[i] = (char *)(uintptr_t)cli->args.operands[i];
    if (num == 0) {
        help_overview(stdout);
        return PQHW_OK;
    }
    const struct verb *verb = verb_find(num, words, &used);
    bool group = verb_is_group(words[0]) && num == 1;
    if ((verb == NULL || used != num) && !group) {
        hint(cli, "see all commands: pqhw help");
        return fail_usage(cli, "there is no command \"%.64s%s%.64s\"", words[0], num > 1 ? " " : "",
                          num > 1 ? words[1] : "");
    }
    if (cli->args.given[OPT_MAN])
        help_manual(stdout, words[0]);
    else if (verb != NULL)
        help_verb(stdout, verb);
    else
        help_group(stdout, words[0]);
    return PQHW_OK;
}

static const struct opt opts[] = {
    {.id = OPT_MAN, .name = "man", .help = "write the manual page instead, as roff"},
};
static const struct opt_group own = OPT_GROUP("Options", opts);
static const struct opt_group *const groups[] = {&own, NULL};

const struct verb verb_help = {
    .name = "help",
    .section = "Other",
    .summary = "explain a command",
    .operand = "[COMMAND]",
    .max_operands = ARGS_MAX_OPERANDS,
    .details = "Lists all commands, or explains one.",
    .example = "pqhw help key generate",
    .groups = groups,
    .run = run,
};
