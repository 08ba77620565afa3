/* SPDX-License-Identifier: Apache-2.0
 *
 * From the options to an open device, a token, and a session that is logged in.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/pin.h"

#define MAX_LISTED 8 /* tokens named in a message */

static enum pqhw_status find_home(struct cli *cli)
{
    const char *given = cli->args.text[OPT_HOME];
    char here[HSM_PATH_MAX] = "";

    if (given == NULL) {
        enum pqhw_status status = hsm_default_home(cli->home);
        if (status != PQHW_OK)
            hint(cli, "give the device directory with --home DIR");
        return status == PQHW_OK ? PQHW_OK
                                 : fail_about(cli, status, "cannot tell the device directory");
    }
    if (given[0] == 0)
        return fail_usage(cli, "--home needs a directory");
    if (given[0] != '/' && getcwd(here, sizeof(here)) == NULL)
        return fail_file(cli, "find", ".");
    int len =
        snprintf(cli->home, sizeof(cli->home), "%s%s%s", here, here[0] != 0 ? "/" : "", given);
    if (len < 0 || (size_t)len >= sizeof(cli->home))
        return fail_usage(cli, "--home is too long");
    return PQHW_OK;
}

enum pqhw_status device_open(struct cli *cli)
{
    enum pqhw_status status = PQHW_OK;
    struct hsm_config config = {.home = cli->home};

    if (cli->device != NULL)
        return PQHW_OK;
    drivers_fill(&config);
    TRY(find_home(cli));
    status = hsm_device_open(&cli->device, &config);
    if (status != PQHW_OK)
        return fail_about(cli, status, "cannot open the device in %.256s", cli->home);
    TRY(hsm_app_new(&cli->app, cli->device, "pqhw"));

out:
    return status;
}

struct span token_label(const struct hsm_slot_info *info)
{
    size_t len = HSM_LABEL_LEN;

    while (len > 0 && info->label[len - 1] == ' ')
        len--;
    return span(info->label, len);
}

static enum pqhw_status list_slots(struct cli *cli, CK_SLOT_ID **out, size_t *num)
{
    enum pqhw_status status = PQHW_OK;
    CK_SLOT_ID *slots = NULL;

    TRY(device_open(cli));
    do {
        size_t room = 0;
        TRY(hsm_slot_list(cli->app, NULL, &room));
        free(slots);
        slots = calloc(room + 1, sizeof(*slots));
        REQUIRE(slots != NULL, PQHW_NO_MEMORY);
        *num = room + 1;
        status = hsm_slot_list(cli->app, slots, num); /* another may be made meanwhile */
    } while (status == PQHW_BUFFER_TOO_SMALL);
    if (status == PQHW_OK) {
        *out = slots;
        slots = NULL;
    }

out:
    free(slots);
    return status;
}

enum pqhw_status token_each(struct cli *cli,
                            enum pqhw_status (*each)(struct cli *cli,
                                                     const struct hsm_slot_info *info, void *arg),
                            void *arg)
{
    enum pqhw_status status = PQHW_OK;
    CK_SLOT_ID *slots = NULL;
    size_t num = 0;

    TRY(list_slots(cli, &slots, &num));
    for (size_t i = 0; i < num; i++) {
        struct hsm_slot_info info = {0};

        status = hsm_slot_info(cli->app, slots[i], &info);
        if (status == PQHW_SLOT_ID_INVALID) { /* deleted meanwhile */
            status = PQHW_OK;
            continue;
        }
        if (status != PQHW_OK)
            TRY(fail_about(cli, status, "slot %lu", slots[i]));
        if (info.initialized)
            TRY(each(cli, &info, arg));
    }

out:
    free(slots);
    return status;
}

struct choice {
    struct span wanted; /* label; ptr NULL if none was given */
    size_t num;
    struct hsm_slot_info first;
    char listed[MAX_LISTED * (HSM_LABEL_LEN + 24)];
};

static enum pqhw_status consider(struct cli *cli, const struct hsm_slot_info *info, void *arg)
{
    struct choice *choice = arg;
    char label[HSM_LABEL_LEN + 1];
    size_t used = strlen(choice->listed);

    (void)cli;
    if (choice->wanted.ptr != NULL && !span_equal(choice->wanted, token_label(info)))
        return PQHW_OK;
    if (choice->num++ == 0)
        choice->first = *info;
    clean_text(label, sizeof(label), token_label(info));
    if (choice->num <= MAX_LISTED)
        snprintf(choice->listed + used, sizeof(choice->listed) - used, "%s\"%s\" (slot %lu)",
                 used > 0 ? ", " : "", label, info->slot);
    return PQHW_OK;
}

static enum pqhw_status find_by_slot(struct cli *cli, struct hsm_slot_info *out)
{
    CK_SLOT_ID slot = (CK_SLOT_ID)cli->args.number[OPT_SLOT];
    enum pqhw_status status = hsm_slot_info(cli->app, slot, out);

    if (status == PQHW_SLOT_ID_INVALID || (status == PQHW_OK && !out->initialized)) {
        hint(cli, "see the tokens there are: pqhw token list");
        return fail(cli, PQHW_TOKEN_NOT_PRESENT, "there is no token in slot %lu", slot);
    }
    if (status != PQHW_OK)
        return fail_about(cli, status, "slot %lu", slot);
    return PQHW_OK;
}

static enum pqhw_status find_by_label(struct cli *cli, struct hsm_slot_info *out)
{
    const char *label = cli->args.text[OPT_TOKEN];
    struct choice choice = {.wanted = span(label, label == NULL ? 0 : strlen(label))};
    enum pqhw_status status = token_each(cli, consider, &choice);

    if (status != PQHW_OK)
        return status;
    if (choice.num == 0 && label == NULL) {
        hint(cli, "make one with: pqhw token init --label NAME");
        return fail(cli, PQHW_TOKEN_NOT_PRESENT, "there is no token in %.256s yet", cli->home);
    }
    if (choice.num == 0) {
        hint(cli, "see the tokens there are: pqhw token list");
        return fail(cli, PQHW_TOKEN_NOT_PRESENT, "there is no token with the label \"%.64s\"",
                    label);
    }
    if (choice.num > 1) {
        hint(cli, "choose one with %s", label == NULL ? "--token LABEL or --slot N" : "--slot N");
        return fail_usage(cli, "there are %zu such tokens: %s%s", choice.num, choice.listed,
                          choice.num > MAX_LISTED ? ", …" : "");
    }
    *out = choice.first;
    return PQHW_OK;
}

enum pqhw_status token_find(struct cli *cli, struct hsm_slot_info *out)
{
    enum pqhw_status status = PQHW_OK;

    if (cli->args.given[OPT_SLOT] && cli->args.given[OPT_TOKEN])
        return fail_usage(cli, "--token and --slot exclude each other");
    TRY(device_open(cli));
    TRY(cli->args.given[OPT_SLOT] ? find_by_slot(cli, out) : find_by_label(cli, out));
    cli->slot = out->slot;

out:
    return status;
}

/* Say how many tries are left: it is the next thing one wants to know. */
static enum pqhw_status wrong_pin(struct cli *cli, CK_USER_TYPE user)
{
    struct hsm_slot_info info = {0};
    const char *whose = user == CKU_SO ? "the security officer's PIN" : "the user PIN";

    if (hsm_slot_info(cli->app, cli->slot, &info) != PQHW_OK)
        return fail(cli, PQHW_PIN_INCORRECT, "%s is not correct", whose);
    uint32_t left = user == CKU_SO ? info.so_tries_left : info.user_tries_left;
    if (left == 0)
        hint(cli, user == CKU_SO ? "without it, this token can only be deleted"
                                 : "the security officer can set a new one: pqhw user pin --reset");
    else
        hint(cli, "%u %s left before it is locked", left, left == 1 ? "try is" : "tries are");
    return fail(cli, PQHW_PIN_INCORRECT, "%s is not correct%s", whose,
                left == 0 ? " and is locked now" : "");
}

enum pqhw_status explain_pin(struct cli *cli, enum pqhw_status status, CK_USER_TYPE user)
{
    if (status == PQHW_PIN_INCORRECT)
        return wrong_pin(cli, user);
    if (status == PQHW_PIN_LOCKED && user == CKU_SO) {
        hint(cli, "without it, this token can only be deleted: pqhw token delete");
        return fail(cli, status, "the security officer's PIN is locked after too many wrong tries");
    }
    return status;
}

enum pqhw_status session_login(struct cli *cli, CK_USER_TYPE user, struct span pin)
{
    return explain_pin(cli, hsm_login(cli->app, cli->session, user, pin), user);
}

static enum pqhw_status ask_and_log_in(struct cli *cli, CK_USER_TYPE user)
{
    struct secret pin = {0};
    enum pqhw_status status = pin_get(cli, user == CKU_SO ? PIN_SO : PIN_USER, &pin);

    if (status == PQHW_OK)
        status = session_login(cli, user, secret_span(&pin));
    secret_free(&pin);
    return status;
}

enum pqhw_status session_confirm(struct cli *cli)
{
    return ask_and_log_in(cli, CKU_CONTEXT_SPECIFIC);
}

enum pqhw_status session_open(struct cli *cli, bool rw, enum login login)
{
    enum pqhw_status status = PQHW_OK;
    struct hsm_slot_info info = {0};

    TRY(token_find(cli, &info));
    if (login == LOGIN_USER && !info.user_pin_set)
        TRY(fail_about(cli, PQHW_USER_PIN_NOT_INITIALIZED, "cannot log in"));
    TRY(hsm_session_open(cli->app, cli->slot, rw, &cli->session));
    if (login == LOGIN_SO)
        TRY(ask_and_log_in(cli, CKU_SO));
    if (login == LOGIN_USER || (login == LOGIN_IF_GIVEN && pin_given(cli, PIN_USER)))
        TRY(ask_and_log_in(cli, CKU_USER));

out:
    return status;
}

void cli_close(struct cli *cli)
{
    hsm_app_free(cli->app);
    hsm_device_close(cli->device);
    cli->app = NULL;
    cli->device = NULL;
}
