/* SPDX-License-Identifier: Apache-2.0
 *
 * Options of the command line, as tables. One parser reads them; help texts, completion and manual
 * pages are made of the same tables.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What an option means to the code. Two commands may give the same meaning different words. */
enum opt_id {
    OPT_HELP,
    OPT_HOME,
    OPT_JSON,
    OPT_QUIET,
    OPT_VERSION,
    OPT_TOKEN,
    OPT_SLOT,
    OPT_PIN_FILE,
    OPT_PIN_ENV,
    OPT_SO_PIN_FILE,
    OPT_SO_PIN_ENV,
    OPT_NEW_PIN_FILE,
    OPT_NEW_PIN_ENV,
    OPT_USER_PIN_FILE,
    OPT_USER_PIN_ENV,
    OPT_NO_USER_PIN,
    OPT_PIN_MEMORY,
    OPT_PIN_PASSES,
    OPT_PIN_TRIES,
    OPT_RESIDENT_MEMORY,
    OPT_CHECK_SIGNATURES,
    OPT_ENGINE,
    OPT_WRAPPING,
    OPT_DATES,
    OPT_RAW_RSA,
    OPT_AUDIT,
    OPT_LABEL,
    OPT_ID,
    OPT_TYPE,
    OPT_BITS,
    OPT_USE,
    OPT_EXTRACTABLE,
    OPT_PUBLIC,
    OPT_PRIVATE,
    OPT_SECRET,
    OPT_FORM,
    OPT_FORMAT,
    OPT_OUT,
    OPT_IN,
    OPT_FORCE,
    OPT_ENCODING,
    OPT_YES,
    OPT_RESET,
    OPT_SO,
    OPT_CONTEXT,
    OPT_CONTEXT_HEX,
    OPT_MECHANISM,
    OPT_HASH,
    OPT_SALT_LENGTH,
    OPT_DETERMINISTIC,
    OPT_SIGNATURE,
    OPT_SECRET_OUT,
    OPT_SECRET_LABEL,
    OPT_SECRET_ID,
    OPT_DEVICE,
    OPT_SINCE,
    OPT_TAIL,
    OPT_MAN,
    NUM_OPTS
};

enum opt_kind {
    OPT_KIND_FLAG,
    OPT_KIND_TEXT,
    OPT_KIND_FILE,
    OPT_KIND_NUMBER,
    OPT_KIND_SIZE, /* base/size.h */
    OPT_KIND_CHOICE,
};

struct opt {
    enum opt_id id;
    enum opt_kind kind;
    const char *name;  /* without the dashes */
    char letter;       /* -o for short, or 0 */
    const char *value; /* what stands for the value in help texts; NULL for a flag */
    const char *help;
    const char *(*choice)(size_t i);         /* OPT_KIND_CHOICE: the i-th, NULL after the last */
    const char *(*alias)(const char *value); /* which choice another word for it means, or NULL */
    uint64_t min, max;                       /* OPT_KIND_NUMBER, OPT_KIND_SIZE */
};

/* Options that belong together. */
struct opt_group {
    const char *title;
    const struct opt *opts;
    size_t num_opts;
};

#define OPT_GROUP(title, opts)                                                                     \
    {                                                                                              \
        title, opts, sizeof(opts) / sizeof((opts)[0])                                              \
    }

/* Groups that several commands share. */
extern const struct opt_group opts_general;
extern const struct opt_group opts_token;
extern const struct opt_group opts_pin;
extern const struct opt_group opts_so_pin;
extern const struct opt_group opts_new_pin;
extern const struct opt_group opts_key;
extern const struct opt_group opts_use_key;

/* Names for OPT_ENCODING in the order of enum encoding; NULL after the last. */
const char *opt_encoding(size_t i);

#define ARGS_MAX_OPERANDS 2

/* What was given. Pointers are into argv. */
struct args {
    bool given[NUM_OPTS];
    const char *text[NUM_OPTS];
    uint64_t number[NUM_OPTS];
    const char *operands[ARGS_MAX_OPERANDS];
    size_t num_operands;
};

static inline uint64_t args_number(const struct args *args, enum opt_id id, uint64_t otherwise)
{
    return args->given[id] ? args->number[id] : otherwise;
}

static inline const char *args_text(const struct args *args, enum opt_id id, const char *otherwise)
{
    return args->given[id] ? args->text[id] : otherwise;
}

#define OPTS_PROBLEM_LEN 256

/* What opts_parse did not understand, for a person. */
struct opts_problem {
    char text[OPTS_PROBLEM_LEN];
    char hint[OPTS_PROBLEM_LEN];
};

/*
 * Read argv[0 … argc-1] by the groups (ended by NULL): `--name value`, `--name=value`, `-l value`,
 * flags, `--` before operands. With stop_at_operand it ends at the first operand, which is not
 * taken. False and *problem if something is not understood; *used is how many words were taken.
 */
bool opts_parse(struct args *args, struct opts_problem *problem, int *used,
                const struct opt_group *const *groups, int argc, char **argv, bool stop_at_operand);

/* The one of the words (ended by NULL from `next`) that `word` was probably meant to be, or NULL.
 */
const char *opts_nearest(const char *word, const char *(*next)(void *arg), void *arg);

#endif
