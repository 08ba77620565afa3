/* SPDX-License-Identifier: Apache-2.0
 *
 * Failures: what was wrong, what to do, and the exit code.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/json.h"

/* What to do about a status, and the exit code where the category does not give it. */
static const struct advice {
    enum pqhw_status status;
    enum exit_code exit;
    const char *hint;
} advices[] = {
    {PQHW_PIN_INCORRECT, EXIT_LOGIN, NULL},
    {PQHW_PIN_LOCKED, EXIT_LOGIN,
     "the security officer can set a new user PIN: pqhw user pin --reset"},
    {PQHW_PIN_LEN_RANGE, EXIT_FAILED, "a PIN has 4 to 255 bytes"},
    {PQHW_PIN_INVALID, EXIT_FAILED, "use letters, digits and signs in UTF-8"},
    {PQHW_USER_NOT_LOGGED_IN, EXIT_LOGIN, "give the user PIN with --pin-file or --pin-env"},
    {PQHW_USER_PIN_NOT_INITIALIZED, EXIT_LOGIN, "set it with: pqhw user pin"},
    {PQHW_SESSION_READ_ONLY, EXIT_FAILED, NULL},
    {PQHW_KEY_FUNCTION_NOT_PERMITTED, EXIT_FAILED, "see what the key may do: pqhw key show"},
    {PQHW_KEY_UNEXTRACTABLE, EXIT_FAILED,
     "only keys made or imported with --extractable can leave the token"},
    {PQHW_ATTRIBUTE_SENSITIVE, EXIT_FAILED,
     "only keys made or imported with --extractable can leave the token"},
    {PQHW_ACTION_PROHIBITED, EXIT_FAILED, NULL},
    {PQHW_RECORD_DAMAGED, EXIT_DEVICE,
     "restore the device directory from a backup; see pqhw audit verify"},
    {PQHW_VERSION_UNKNOWN, EXIT_DEVICE, "use the newer pqhw that wrote it"},
    {PQHW_NO_LOCKED_MEMORY, EXIT_DEVICE,
     "raise the limit: ulimit -l, or LimitMEMLOCK= of a service"},
    {PQHW_DISK_FULL, EXIT_DEVICE, "make room on the disk; nothing was changed"},
    {PQHW_ACCESS_DENIED, EXIT_DEVICE,
     "run as the user who owns the directory, or choose another with --home"},
    {PQHW_DEVICE_ABSENT, EXIT_DEVICE, "make one with: pqhw init"},
    {PQHW_BUSY, EXIT_DEVICE, "try again when the other process is done"},
    {PQHW_AUDIT_FAILED, EXIT_DEVICE,
     "make room on the disk and check the files' owner; no operation runs without its record"},
    {PQHW_SELF_TEST_FAILED, EXIT_DEVICE, "do not use this installation; report it"},
    {PQHW_INTERNAL, EXIT_DEVICE, "this is a defect in pqhw: please report it"},
};

static const struct advice *advice_find(enum pqhw_status status)
{
    for (size_t i = 0; i < sizeof(advices) / sizeof(advices[0]); i++)
        if (advices[i].status == status)
            return &advices[i];
    return NULL;
}

static enum exit_code exit_of(enum pqhw_status status)
{
    const struct advice *advice = advice_find(status);

    if (status == PQHW_OK)
        return EXIT_DONE;
    if (advice != NULL)
        return advice->exit;
    switch (pqhw_status_category(status)) {
    case PQHW_CATEGORY_SYSTEM:
    case PQHW_CATEGORY_INTERNAL:
        return EXIT_DEVICE;
    default:
        return EXIT_FAILED;
    }
}

static void fill(struct cli *cli, enum pqhw_status status, enum exit_code code, const char *format,
                 va_list args)
{
    struct failure *failure = &cli->failure;

    if (failure->set)
        return;
    failure->set = true;
    failure->status = status;
    failure->exit = code;
    vsnprintf(failure->text, sizeof(failure->text), format, args);
}

static void append(struct failure *failure, const char *before, const char *text, const char *after)
{
    size_t used = strlen(failure->text);
    snprintf(failure->text + used, sizeof(failure->text) - used, "%s%s%s", before, text, after);
}

__attribute__((format(printf, 4, 5))) static void record(struct cli *cli, enum pqhw_status status,
                                                         enum exit_code code, const char *format,
                                                         ...)
{
    va_list args;

    va_start(args, format);
    fill(cli, status, code, format, args);
    va_end(args);
}

enum pqhw_status fail(struct cli *cli, enum pqhw_status status, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fill(cli, status, exit_of(status), format, args);
    va_end(args);
    return status;
}

enum pqhw_status fail_about(struct cli *cli, enum pqhw_status status, const char *format, ...)
{
    bool first = !cli->failure.set;
    const char *detail = hsm_error_detail();
    va_list args;

    va_start(args, format);
    fill(cli, status, exit_of(status), format, args);
    va_end(args);
    if (first) {
        append(&cli->failure, ": ", pqhw_status_text(status), "");
        if (detail[0] != 0)
            append(&cli->failure, " (", detail, ")");
    }
    return status;
}

enum pqhw_status fail_usage(struct cli *cli, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fill(cli, PQHW_ARGUMENTS_BAD, EXIT_USAGE, format, args);
    va_end(args);
    return PQHW_ARGUMENTS_BAD;
}

/* What an errno means; PQHW_ACCESS_DENIED if it is none of these. */
static const struct file_error {
    int error;
    enum pqhw_status status;
    const char *hint;
} file_errors[] = {
    {ENOENT, PQHW_NOT_FOUND, "check the file's name"},
    {EISDIR, PQHW_ARGUMENTS_BAD, "give a file, not a directory"},
    {ENOSPC, PQHW_DISK_FULL, "make room on the disk"},
    {EDQUOT, PQHW_DISK_FULL, "make room on the disk"},
    {0, PQHW_ACCESS_DENIED, "check the file's name and permissions"},
};

enum pqhw_status fail_file(struct cli *cli, const char *doing, const char *path)
{
    int error = errno;
    const struct file_error *meaning = file_errors;
    char name[256];

    while (meaning->error != 0 && meaning->error != error)
        meaning++;
    clean_text(name, sizeof(name), span(path, strlen(path)));
    record(cli, meaning->status, EXIT_DEVICE, "cannot %s %s: %s", doing, name, strerror(error));
    hint(cli, "%s", meaning->hint);
    return meaning->status;
}

void hint(struct cli *cli, const char *format, ...)
{
    va_list args;

    if (cli->failure.hint[0] != 0)
        return;
    va_start(args, format);
    vsnprintf(cli->failure.hint, sizeof(cli->failure.hint), format, args);
    va_end(args);
}

static const char *hint_of(const struct failure *failure)
{
    const struct advice *advice = advice_find(failure->status);

    if (failure->hint[0] != 0)
        return failure->hint;
    return advice != NULL && failure->exit != EXIT_USAGE ? advice->hint : NULL;
}

static void print_json(const struct failure *failure)
{
    struct json json = json_start(stderr);

    json_object(&json, NULL);
    json_object(&json, "error");
    json_text(&json, "status",
              failure->exit == EXIT_USAGE ? "USAGE" : pqhw_status_name(failure->status));
    json_text(&json, "message", failure->text);
    if (hint_of(failure) != NULL)
        json_text(&json, "hint", hint_of(failure));
    json_number(&json, "exit", failure->exit);
    json_end(&json);
    json_end(&json);
}

static void print_text(const struct failure *failure)
{
    fprintf(stderr, "pqhw: %s\n", failure->text);
    if (hint_of(failure) != NULL)
        fprintf(stderr, "hint: %s\n", hint_of(failure));
}

enum exit_code failure_report(struct cli *cli, enum pqhw_status status)
{
    if (status == PQHW_OK)
        return EXIT_DONE;
    if (!cli->failure.set) {
        const char *detail = hsm_error_detail();
        if (detail[0] != 0)
            record(cli, status, exit_of(status), "%s (%s)", pqhw_status_text(status), detail);
        else
            record(cli, status, exit_of(status), "%s", pqhw_status_text(status));
    }
    fflush(stdout);
    if (cli_json(cli))
        print_json(&cli->failure);
    else
        print_text(&cli->failure);
    return cli->failure.exit;
}
