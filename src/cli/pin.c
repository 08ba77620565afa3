/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/pin.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ct.h"
#include "base/wipe.h"
#include "cli/terminal.h"

#define PIN_ROOM (HSM_PIN_MAX + 2) /* one byte too many shows, and a NUL */

static const struct source {
    enum opt_id file, env;
    const char *file_name, *env_name;
    const char *what; /* in messages */
    const char *prompt;
    const char *again; /* NULL: typed once */
} sources[NUM_PIN_KINDS] = {
    [PIN_USER] = {OPT_PIN_FILE, OPT_PIN_ENV, "--pin-file", "--pin-env", "user PIN",
                  "User PIN: ", NULL},
    [PIN_SO] = {OPT_SO_PIN_FILE, OPT_SO_PIN_ENV, "--so-pin-file", "--so-pin-env",
                "security officer's PIN", "Security officer's PIN: ", NULL},
    [PIN_CHOOSE_SO] = {OPT_SO_PIN_FILE, OPT_SO_PIN_ENV, "--so-pin-file", "--so-pin-env",
                       "security officer's PIN",
                       "New PIN for the security officer: ", "The same PIN again: "},
    [PIN_CHOOSE_USER] = {OPT_USER_PIN_FILE, OPT_USER_PIN_ENV, "--user-pin-file", "--user-pin-env",
                         "user PIN", "New PIN for the user: ", "The same PIN again: "},
    [PIN_CHANGED_USER] = {OPT_NEW_PIN_FILE, OPT_NEW_PIN_ENV, "--new-pin-file", "--new-pin-env",
                          "new user PIN", "New PIN for the user: ", "The same PIN again: "},
    [PIN_CHANGED_SO] = {OPT_NEW_PIN_FILE, OPT_NEW_PIN_ENV, "--new-pin-file", "--new-pin-env",
                        "new PIN of the security officer",
                        "New PIN for the security officer: ", "The same PIN again: "},
};

bool pin_given(const struct cli *cli, enum pin_kind kind)
{
    return cli->args.given[sources[kind].file] || cli->args.given[sources[kind].env];
}

/* Read up to the first newline, and no byte further, so that standard input can hold several. */
static enum pqhw_status read_first_line(struct cli *cli, const char *path, char pin_out[PIN_ROOM])
{
    enum pqhw_status status = PQHW_OK;
    bool standard = strcmp(path, "-") == 0;
    int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    size_t used = 0;
    struct stat st;

    if (fd < 0)
        return fail_file(cli, "read", path);
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        remark(cli, "other users may be able to read %s: chmod 600 it", path);
    for (;;) {
        char c = 0;
        ssize_t n = read(fd, &c, 1);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            TRY(fail_file(cli, "read", path));
        if (n == 0 || c == '\n')
            break;
        if (c == 0)
            TRY(fail_about(cli, PQHW_PIN_INVALID, "the PIN"));
        pin_out[used++] = c;
        if (used == PIN_ROOM - 1)
            break; /* too long already, whatever follows */
    }
    if (used > 0 && pin_out[used - 1] == '\r')
        used--;
    pin_out[used] = 0;

out:
    if (!standard)
        close(fd);
    return status;
}

static enum pqhw_status from_env(struct cli *cli, const char *name, char pin_out[PIN_ROOM])
{
    const char *value = getenv(name);

    if (value == NULL) {
        hint(cli, "a shell hands on only what it exports: export %.64s", name);
        return fail_usage(cli, "the environment variable %.64s is not set", name);
    }
    size_t len = strnlen(value, PIN_ROOM - 1);
    memcpy(pin_out, value, len);
    pin_out[len] = 0;
    return PQHW_OK;
}

static enum pqhw_status no_terminal(struct cli *cli, const struct source *source)
{
    hint(cli, "give it with %s FILE or %s VAR", source->file_name, source->env_name);
    return fail_usage(cli, "the %s is needed, and there is no terminal to ask for it",
                      source->what);
}

static enum pqhw_status from_terminal(struct cli *cli, const struct source *source,
                                      char pin_out[PIN_ROOM])
{
    enum pqhw_status status = PQHW_OK;
    char pin_again[PIN_ROOM] = {0};

    if (!terminal_ask_secret(source->prompt, pin_out, PIN_ROOM))
        return no_terminal(cli, source);
    if (source->again == NULL)
        return PQHW_OK;
    if (!terminal_ask_secret(source->again, pin_again, sizeof(pin_again)))
        TRY(no_terminal(cli, source));
    if (strlen(pin_again) != strlen(pin_out) || !ct_equal(pin_again, pin_out, strlen(pin_out))) {
        hint(cli, "try again; nothing was changed");
        status = fail(cli, PQHW_PIN_INCORRECT, "the two PINs are not the same");
    }

out:
    WIPE(pin_again);
    return status;
}

enum pqhw_status pin_get(struct cli *cli, enum pin_kind kind, struct secret *out)
{
    enum pqhw_status status = PQHW_OK;
    const struct source *source = &sources[kind];
    char pin_text[PIN_ROOM] = {0};

    *out = (struct secret){0};
    if (cli->args.given[source->file] && cli->args.given[source->env])
        return fail_usage(cli, "%s and %s exclude each other", source->file_name, source->env_name);
    if (cli->args.given[source->file])
        TRY(read_first_line(cli, cli->args.text[source->file], pin_text));
    else if (cli->args.given[source->env])
        TRY(from_env(cli, cli->args.text[source->env], pin_text));
    else
        TRY(from_terminal(cli, source, pin_text));
    size_t len = strlen(pin_text);
    if (len < HSM_PIN_MIN || len > HSM_PIN_MAX)
        TRY(fail_about(cli, PQHW_PIN_LEN_RANGE, "the %s", source->what));
    TRY(secret_from(out, span(pin_text, len)));

out:
    WIPE(pin_text);
    return status;
}
