/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>

#include "cli/file.h"
#include "cli/json.h"

#define DEFAULT_LEN 32
#define MAX_LEN     65536

static enum pqhw_status read_len(struct cli *cli, size_t *out)
{
    const char *text = cli->args.operands[0];
    char *end = NULL;

    *out = DEFAULT_LEN;
    if (text == NULL)
        return PQHW_OK;
    errno = 0;
    unsigned long len = strtoul(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != 0 || errno != 0 || len == 0 || len > MAX_LEN)
        return fail_usage(cli, "a number of bytes from 1 to %d is needed, not \"%.64s\"", MAX_LEN,
                          text);
    *out = len;
    return PQHW_OK;
}

static enum pqhw_status print_json(const struct secret *random, enum encoding encoding)
{
    struct json json = json_start(stdout);

    json_object(&json, NULL);
    enum pqhw_status status = json_encoded(&json, "random", encoding, secret_span(random));
    json_end(&json);
    return status;
}

static enum pqhw_status run(struct cli *cli)
{
    enum pqhw_status status = PQHW_OK;
    const char *path = cli->args.text[OPT_OUT];
    enum encoding encoding = encoding_of(args_text(&cli->args, OPT_ENCODING, "hex"));
    struct secret random = {0};
    size_t len = 0;

    TRY(read_len(cli, &len));
    TRY(file_check_out(cli, path));
    TRY(file_check_terminal(cli, "the output", path, encoding));
    TRY(session_open(cli, false, LOGIN_NONE));
    TRY(secret_new(&random, len));
    TRY(hsm_random(cli->app, cli->session, random.ptr, len));
    if (cli_json(cli) && path == NULL)
        TRY(print_json(&random, encoding));
    else
        TRY(file_write_encoded(cli, path, encoding, secret_span(&random), true));

out:
    secret_free(&random);
    return status;
}

static const struct opt opts[] = {
    {.id = OPT_OUT,
     .kind = OPT_KIND_FILE,
     .name = "out",
     .letter = 'o',
     .value = "FILE",
     .help = "write to FILE, readable by you alone (default: standard output)"},
    {.id = OPT_ENCODING,
     .kind = OPT_KIND_CHOICE,
     .name = "encoding",
     .value = "HOW",
     .help = "raw, hex or base64 (default: hex)",
     .choice = opt_encoding},
    {.id = OPT_FORCE, .name = "force", .letter = 'f', .help = "overwrite FILE"},
};
static const struct opt_group own = OPT_GROUP("Options", opts);
static const struct opt_group *const groups[] = {&own, &opts_token, NULL};

const struct verb verb_random = {
    .name = "random",
    .section = "Use keys",
    .summary = "print random bytes",
    .operand = "[BYTES]",
    .max_operands = 1,
    .details = "Prints random bytes from the token's generator, 32 unless told otherwise.",
    .example = "pqhw random 16",
    .groups = groups,
    .run = run,
};
