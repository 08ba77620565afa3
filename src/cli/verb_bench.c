/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

#define PROGRAM "pqhw-bench"

/* Beside this program, or where the build puts it. Comes back only if there is none. */
static void exec_near(char **argv)
{
    static const char *const places[] = {"/" PROGRAM, "/../../bench/" PROGRAM};
    char self[PATH_MAX], path[PATH_MAX + sizeof("/../../bench/" PROGRAM)];
    ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

    if (len <= 0)
        return;
    self[len] = 0;
    char *slash = strrchr(self, '/');
    if (slash == NULL)
        return;
    *slash = 0;
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        snprintf(path, sizeof(path), "%s%s", self, places[i]);
        execv(path, argv);
    }
}

static enum pqhw_status run(struct cli *cli)
{
    char **argv = calloc((size_t)cli->raw_argc + 3, sizeof(*argv));
    static char program[] = PROGRAM, json[] = "--json";
    size_t num = 0;

    if (argv == NULL)
        return PQHW_NO_MEMORY;
    argv[num++] = program;
    if (cli_json(cli))
        argv[num++] = json;
    for (int i = 0; i < cli->raw_argc; i++)
        argv[num++] = cli->raw_argv[i];
    exec_near(argv);
    execvp(PROGRAM, argv);
    free(argv);
    hint(cli, "it is installed with pqhw; a build has it as bench/" PROGRAM);
    return fail(cli, PQHW_ACCESS_DENIED, "cannot run " PROGRAM ": %s", strerror(errno));
}

static const struct opt_group *const groups[] = {NULL};

const struct verb verb_bench = {
    .name = "bench",
    .section = "Inspect",
    .summary = "measure the algorithms on this machine",
    .operand = "[ARGUMENTS]",
    .details =
        "Runs pqhw-bench with the arguments given. See pqhw bench --help for those.\n"
        "Each row tells the time also as a multiple of libcrypto's Keccak-f[1600], measured "
        "between the samples of that row, which is what to compare machines and versions by.",
    .example = "pqhw bench --filter ML-DSA",
    .groups = groups,
    .raw = true,
    .run = run,
};
