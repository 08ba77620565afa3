/* SPDX-License-Identifier: Apache-2.0
 *
 * The pqhw command: what its verbs share.
 *
 * A verb is a function that returns a status. Whoever finds out what went wrong says so with
 * fail…(), once; main prints it and makes it the exit code.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/bytes.h"
#include "base/status.h"
#include "cli/options.h"
#include "hsm/hsm.h"

/* Exit codes; docs/cli.md and the manual promise them. */
enum exit_code {
    EXIT_DONE = 0,
    EXIT_FAILED = 1, /* the operation failed: signature not valid, no such key … */
    EXIT_USAGE = 2,  /* the command line was not understood */
    EXIT_LOGIN = 3,  /* wrong, missing or locked PIN */
    EXIT_DEVICE = 4, /* the device or the system */
};

#define FAILURE_TEXT_LEN 768

struct failure {
    bool set;
    enum pqhw_status status;
    enum exit_code exit;
    char text[FAILURE_TEXT_LEN];
    char hint[FAILURE_TEXT_LEN];
};

struct verb;

struct cli {
    const struct verb *verb;
    struct args args;
    struct failure failure;
    char home[HSM_PATH_MAX];
    struct hsm_device *device;
    struct hsm_app *app;
    CK_SLOT_ID slot;           /* once a token was found */
    CK_SESSION_HANDLE session; /* once a session was opened */
    int raw_argc;              /* the words after a verb that takes them as they are */
    char **raw_argv;
};

struct verb {
    const char *name;    /* "key generate" */
    const char *section; /* heading in the overview */
    const char *summary;
    const char *operand; /* "FILE", "[BYTES]"; NULL if none */
    size_t max_operands;
    const char *details;                   /* paragraphs, parted by empty lines */
    const char *example;                   /* lines */
    const struct opt_group *const *groups; /* ended by NULL; opts_general is not among them */
    bool raw;                              /* the rest of the line is not parsed */
    enum pqhw_status (*run)(struct cli *cli);
};

/* ---- failures (failure.c) ---- */

/* Say what was wrong. The first failure counts. Returns status. */
NODISCARD enum pqhw_status fail(struct cli *cli, enum pqhw_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The same, followed by the status's own text. */
NODISCARD enum pqhw_status fail_about(struct cli *cli, enum pqhw_status status, const char *format,
                                      ...) __attribute__((format(printf, 3, 4)));
/* What was asked for makes no sense: exit code 2. */
NODISCARD enum pqhw_status fail_usage(struct cli *cli, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* From errno, about a file. */
NODISCARD enum pqhw_status fail_file(struct cli *cli, const char *doing, const char *path);
/* What to do about it. The first hint counts; without one the status's usual hint is printed. */
/* "none", "slh-dsa", "all" (verb_init.c). */
const char *check_signatures_name(enum hsm_check_signatures check);

void hint(struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Print the failure, if there is one, and return the exit code. */
enum exit_code failure_report(struct cli *cli, enum pqhw_status status);

/* ---- talking (talk.c) ---- */

static inline bool cli_json(const struct cli *cli)
{
    return cli->args.given[OPT_JSON];
}

/* A line on standard output, unless --json or --quiet. */
void say(const struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A remark on standard error, unless --quiet. */
void remark(const struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Ask on the terminal; true if the answer is yes. PQHW_ARGUMENTS_BAD if there is no terminal or the
 * answer is no. --yes answers. */
NODISCARD enum pqhw_status confirm(struct cli *cli, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Copy text for a person's screen: control characters, which could steer the terminal, become '?'.
 * Cut to len. */
void clean_text(char *out, size_t len, struct span text);
/* Bold, if standard output is a terminal and NO_COLOR is not set; else "". */
const char *style_bold(void);
const char *style_plain(void);

/* ---- device, token, session (open.c) ---- */

NODISCARD enum pqhw_status device_open(struct cli *cli);
/* Find the token by --token, --slot or because it is the only one. Opens the device. */
NODISCARD enum pqhw_status token_find(struct cli *cli, struct hsm_slot_info *out);
/* Call back for every slot with a token, in order. */
NODISCARD enum pqhw_status token_each(struct cli *cli,
                                      enum pqhw_status (*each)(struct cli *cli,
                                                               const struct hsm_slot_info *info,
                                                               void *arg),
                                      void *arg);
/* Length of a label without its padding. */
struct span token_label(const struct hsm_slot_info *info);

enum login {
    LOGIN_NONE,
    LOGIN_IF_GIVEN, /* as user, if a PIN option is there */
    LOGIN_USER,
    LOGIN_SO,
};
/* Find the token, open a session, log in. */
NODISCARD enum pqhw_status session_open(struct cli *cli, bool rw, enum login login);
/* Log in to the open session with a PIN that was read already. */
NODISCARD enum pqhw_status session_login(struct cli *cli, CK_USER_TYPE user, struct span pin);
/* Get the user PIN once more, for an operation that was begun with a key that wants it each time.
 */
NODISCARD enum pqhw_status session_confirm(struct cli *cli);
/* Say what a failed login or change of PIN means to this user; any other status passes. */
NODISCARD enum pqhw_status explain_pin(struct cli *cli, enum pqhw_status status, CK_USER_TYPE user);
/* Everything that was opened. */
void cli_close(struct cli *cli);

/* The concrete store and backend (drivers.c). */
void drivers_fill(struct hsm_config *config);

/* ---- verbs (verbs.c, help.c) ---- */

/* All verbs in the order of the overview. */
extern const struct verb *const verbs[];
extern const size_t num_verbs;

/* The verb whose words argv begins with; *used is how many they are. NULL if there is none. */
const struct verb *verb_find(int argc, char **argv, int *used);
/* True if some verb's first word is this. */
bool verb_is_group(const char *word);

void help_overview(FILE *out);
void help_group(FILE *out, const char *word);
void help_verb(FILE *out, const struct verb *verb);
/* A manual page as roff: of a verb or a group of verbs, by its first word. */
void help_manual(FILE *out, const char *word);

#endif
