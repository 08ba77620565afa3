/* SPDX-License-Identifier: Apache-2.0
 *
 * Command line in, exit code out.
 */
#include <string.h>
#include <sys/resource.h>

#include "cli/cli.h"

extern const struct verb verb_version;

#define MAX_GROUPS   10
#define MAX_WORD_LEN 64

static const struct opt version[] = {
    {.id = OPT_VERSION, .name = "version", .letter = 'V', .help = "print the version"},
};
static const struct opt_group opts_version = OPT_GROUP("Version", version);
static const struct opt_group *const before_verb[] = {&opts_general, &opts_version, NULL};

/* Walks over the names of the verbs, or over their first words. */
struct names {
    size_t i;
    bool first_words;
    char words[32][MAX_WORD_LEN]; /* as many as are handed out */
};

static const char *next_name(void *arg)
{
    struct names *names = arg;

    if (names->i == num_verbs || names->i == sizeof(names->words) / sizeof(names->words[0]))
        return NULL;
    const char *name = verbs[names->i]->name;
    size_t len = names->first_words ? strcspn(name, " ") : strlen(name);
    char *word = names->words[names->i++];
    snprintf(word, MAX_WORD_LEN, "%.*s", (int)len, name);
    return word;
}

/* Hints at the verbs whose second word this is: pqhw key generate for generate. */
static void hint_second_word(struct cli *cli, const char *word)
{
    char meant[256] = "";
    size_t used = 0;

    for (size_t i = 0; i < num_verbs; i++) {
        const char *space = strchr(verbs[i]->name, ' ');

        if (space != NULL && strcmp(space + 1, word) == 0 &&
            used + strlen(verbs[i]->name) + sizeof(" or pqhw ") < sizeof(meant))
            used += (size_t)snprintf(meant + used, sizeof(meant) - used, "%spqhw %s",
                                     used > 0 ? " or " : "", verbs[i]->name);
    }
    if (used > 0)
        hint(cli, "did you mean %s?", meant);
}

/* For what was not understood: a program that says --json reads JSON, wherever the word stands. */
static void look_for_json(struct cli *cli, int argc, char **argv)
{
    for (int i = 0; i < argc; i++)
        if (strcmp(argv[i], "--json") == 0)
            cli->args.given[OPT_JSON] = true;
}

static enum pqhw_status unknown_verb(struct cli *cli, int argc, char **argv)
{
    bool group = verb_is_group(argv[0]);
    bool second = group && argc > 1 && argv[1][0] != '-';
    struct names names = {.first_words = !second};
    char typed[2 * MAX_WORD_LEN];

    look_for_json(cli, argc, argv);
    if (group && !second) {
        if (cli_json(cli))
            hint(cli, "see pqhw help %s", argv[0]);
        else
            help_group(stderr, argv[0]);
        return fail_usage(cli, "pqhw %s needs one of its commands", argv[0]);
    }
    snprintf(typed, sizeof(typed), "%.60s%s%.60s", argv[0], second ? " " : "",
             second ? argv[1] : "");
    hint_second_word(cli, typed);
    const char *nearest = opts_nearest(typed, next_name, &names);
    if (nearest != NULL)
        hint(cli, "did you mean pqhw %s?", nearest);
    hint(cli, "see all commands: pqhw help");
    return fail_usage(cli, "there is no command \"%s\"", typed);
}

static enum pqhw_status misunderstood(struct cli *cli, const struct opts_problem *problem, int argc,
                                      char **argv)
{
    look_for_json(cli, argc, argv);
    if (problem->hint[0] != 0)
        hint(cli, "%s", problem->hint);
    else if (cli->verb != NULL)
        hint(cli, "see pqhw help %s", cli->verb->name);
    else
        hint(cli, "see pqhw help");
    return fail_usage(cli, "%s", problem->text);
}

/* The words after the verb. */
static enum pqhw_status parse_rest(struct cli *cli, int argc, char **argv)
{
    const struct opt_group *groups[MAX_GROUPS + 2] = {0};
    struct opts_problem problem;
    size_t num = 0;
    int used = 0;

    if (cli->verb->raw) {
        cli->raw_argc = argc;
        cli->raw_argv = argv;
        return PQHW_OK;
    }
    while (num < MAX_GROUPS && cli->verb->groups[num] != NULL) {
        groups[num] = cli->verb->groups[num];
        num++;
    }
    groups[num] = &opts_general;
    if (!opts_parse(&cli->args, &problem, &used, groups, argc, argv, false))
        return misunderstood(cli, &problem, argc, argv);
    if (cli->args.num_operands > cli->verb->max_operands) {
        hint(cli, "see pqhw help %s", cli->verb->name);
        return fail_usage(cli, "too many arguments: \"%.64s\"",
                          cli->args.operands[cli->args.num_operands - 1]);
    }
    return PQHW_OK;
}

static bool is_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

static enum pqhw_status run_verb(struct cli *cli, int argc, char **argv)
{
    enum pqhw_status status = PQHW_OK;
    int used = 0;

    cli->verb = verb_find(argc, argv, &used);
    if (cli->verb == NULL && argc == 2 && verb_is_group(argv[0]) && is_help(argv[1])) {
        help_group(stdout, argv[0]);
        return PQHW_OK;
    }
    if (cli->verb == NULL)
        return unknown_verb(cli, argc, argv);
    TRY(parse_rest(cli, argc - used, argv + used));
    if (cli->args.given[OPT_HELP])
        help_verb(stdout, cli->verb);
    else
        TRY(cli->verb->run(cli));

out:
    return status;
}

static enum pqhw_status run(struct cli *cli, int argc, char **argv)
{
    struct opts_problem problem;
    int used = 0;

    if (!opts_parse(&cli->args, &problem, &used, before_verb, argc, argv, true))
        return misunderstood(cli, &problem, argc, argv);
    if (cli->args.given[OPT_VERSION])
        return verb_version.run(cli);
    if (cli->args.given[OPT_HELP]) {
        help_overview(stdout);
        return PQHW_OK;
    }
    if (used == argc) {
        if (cli_json(cli))
            hint(cli, "see pqhw help");
        else
            help_overview(stderr);
        return fail_usage(cli, "a command is missing");
    }
    return run_verb(cli, argc - used, argv + used);
}

int main(int argc, char **argv)
{
    static struct cli cli;
    const struct rlimit none = {0, 0};

    setrlimit(RLIMIT_CORE, &none); /* a core dump could hold PINs */
    enum pqhw_status status = run(&cli, argc - 1, argv + 1);
    if (status == PQHW_OK && (fflush(stdout) != 0 || ferror(stdout) != 0))
        status = fail_file(&cli, "write to", "standard output");
    enum exit_code code = failure_report(&cli, status);
    cli_close(&cli);
    return (int)code;
}
