/* SPDX-License-Identifier: Apache-2.0
 *
 * Talking to the person at the terminal.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/json.h"
#include "cli/terminal.h"

void say(const struct cli *cli, const char *format, ...)
{
    va_list args;

    if (cli_json(cli) || cli->args.given[OPT_QUIET])
        return;
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    putchar('\n');
}

void remark(const struct cli *cli, const char *format, ...)
{
    char text[HSM_PATH_MAX + 128]; /* it may name a file */
    va_list args;

    if (cli->args.given[OPT_QUIET])
        return;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (cli_json(cli)) {
        struct json json = json_start(stderr);
        json_object(&json, NULL);
        json_text(&json, "note", text);
        json_end(&json);
    } else {
        fprintf(stderr, "note: %s\n", text);
    }
}

enum pqhw_status confirm(struct cli *cli, const char *format, ...)
{
    char question[512];
    char answer[16] = "";
    va_list args;

    if (cli->args.given[OPT_YES])
        return PQHW_OK;
    va_start(args, format);
    vsnprintf(question, sizeof(question), format, args);
    va_end(args);
    if (!terminal_ask(question, " [y/N] ", answer, sizeof(answer))) {
        hint(cli, "add --yes to go ahead without being asked");
        return fail_usage(cli, "this needs a confirmation, and there is no terminal to ask on");
    }
    if (strcmp(answer, "y") == 0 || strcmp(answer, "yes") == 0 || strcmp(answer, "Y") == 0)
        return PQHW_OK;
    hint(cli, "answer y to go ahead");
    return fail(cli, PQHW_ARGUMENTS_BAD, "nothing was changed");
}

void clean_text(char *out, size_t len, struct span text)
{
    size_t n = text.len < len - 1 ? text.len : len - 1;

    for (size_t i = 0; i < n; i++) {
        uint8_t c = text.ptr[i];
        /* 0xc2 0x80 … 0x9f are the control characters of ISO 6429 in UTF-8. */
        bool c1 = c >= 0x80 && c < 0xa0 && i > 0 && text.ptr[i - 1] == 0xc2;
        out[i] = c < 0x20 || c == 0x7f || c1 ? '?' : (char)c;
    }
    out[n] = 0;
}

static bool styled(void)
{
    const char *no = getenv("NO_COLOR");
    return isatty(STDOUT_FILENO) && (no == NULL || no[0] == 0);
}

const char *style_bold(void)
{
    return styled() ? "\033[1m" : "";
}

const char *style_plain(void)
{
    return styled() ? "\033[0m" : "";
}
