/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "cli/pin.h"
#include "cli/token.h"

/* What is needed before anything is changed. */
struct plan {
    char label[HSM_LABEL_LEN];
    CK_SLOT_ID slot;
    bool again; /* an existing token is wiped */
    struct secret pin_so;
    bool with_user;
    struct secret pin_user;
};

static enum pqhw_status free_slot(struct cli *cli, CK_SLOT_ID *out)
{
    enum pqhw_status status = PQHW_OK;
    CK_SLOT_ID *slots = NULL;
    size_t num = 0;

    TRY(hsm_slot_list(cli->app, NULL, &num));
    REQUIRE(num > 0, PQHW_LIMIT_EXCEEDED);
    slots = calloc(num, sizeof(*slots));
    REQUIRE(slots != NULL, PQHW_NO_MEMORY);
    TRY(hsm_slot_list(cli->app, slots, &num));
    *out = slots[num - 1]; /* the free one is the last */

out:
    free(slots);
    return status;
}

static enum pqhw_status check_label(struct cli *cli, const struct hsm_slot_info *info, void *arg)
{
    const struct plan *plan = arg;

    if (memcmp(info->label, plan->label, HSM_LABEL_LEN) != 0 /* public */ ||
        (plan->again && info->slot == plan->slot))
        return PQHW_OK;
    hint(cli, "choose another label, or wipe that token by adding --slot %lu", info->slot);
    return fail(cli, PQHW_ARGUMENTS_BAD, "there is a token with this label already");
}

static enum pqhw_status choose_slot(struct cli *cli, struct plan *plan)
{
    enum pqhw_status status = PQHW_OK;
    struct hsm_slot_info info;
    char label[HSM_LABEL_LEN + 1];

    plan->again = cli->args.given[OPT_TOKEN] || cli->args.given[OPT_SLOT];
    if (plan->again) {
        TRY(token_find(cli, &info));
        plan->slot = info.slot;
        clean_text(label, sizeof(label), token_label(&info));
        TRY(token_each(cli, check_label, plan));
        TRY(confirm(cli, "Wipe the token \"%s\" with %zu objects? They cannot be brought back.",
                    label, info.num_objects));
    } else {
        TRY(device_open(cli));
        TRY(token_each(cli, check_label, plan));
        TRY(free_slot(cli, &plan->slot));
    }

out:
    return status;
}

/* The user PIN comes along when it is given, or when the other PIN was typed in. */
static enum pqhw_status get_pins(struct cli *cli, struct plan *plan)
{
    enum pqhw_status status = PQHW_OK;
    enum pin_kind so = plan->again ? PIN_SO : PIN_CHOOSE_SO;

    plan->with_user = !cli->args.given[OPT_NO_USER_PIN] &&
                      (pin_given(cli, PIN_CHOOSE_USER) || !pin_given(cli, so));
    TRY(pin_get(cli, so, &plan->pin_so));
    if (plan->with_user)
        TRY(pin_get(cli, PIN_CHOOSE_USER, &plan->pin_user));

out:
    return status;
}

static enum pqhw_status set_user_pin(struct cli *cli, const struct plan *plan)
{
    enum pqhw_status status = PQHW_OK;

    TRY(hsm_session_open(cli->app, plan->slot, true, &cli->session));
    TRY(session_login(cli, CKU_SO, secret_span(&plan->pin_so)));
    TRY(hsm_pin_init(cli->app, cli->session, secret_span(&plan->pin_user)));

out:
    return status;
}

static enum pqhw_status report(struct cli *cli, const struct plan *plan)
{
    struct hsm_slot_info info;
    char label[HSM_LABEL_LEN + 1];
    enum pqhw_status status = hsm_slot_info(cli->app, plan->slot, &info);

    if (status != PQHW_OK)
        return status;
    if (cli_json(cli)) {
        struct json json = json_start(stdout);
        json_object(&json, NULL);
        token_json(&json, &info);
        json_end(&json);
    }
    clean_text(label, sizeof(label), token_label(&info));
    say(cli, "made the token \"%s\" in slot %lu", label, info.slot);
    if (info.user_pin_set)
        say(cli, "next: pqhw key generate --type ml-dsa-65 --label NAME");
    else
        say(cli, "next: set the user PIN with pqhw user pin --slot %lu", info.slot);
    return PQHW_OK;
}

static enum pqhw_status run(struct cli *cli)
{
    enum pqhw_status status = PQHW_OK;
    struct plan plan = {0};
    const char *label = cli->args.text[OPT_LABEL];

    if (label == NULL) {
        hint(cli, "for example: pqhw token init --label payments");
        return fail_usage(cli, "a token needs a label: --label TEXT");
    }
    TRY(token_read_label(cli, label, plan.label));
    TRY(choose_slot(cli, &plan));
    TRY(get_pins(cli, &plan));
    cli->slot = plan.slot;
    status = hsm_token_init(cli->app, plan.slot, secret_span(&plan.pin_so), plan.label);
    TRY(explain_pin(cli, status, CKU_SO));
    if (plan.with_user) {
        status = set_user_pin(cli, &plan);
        if (status != PQHW_OK)
            TRY(fail_about(cli, status, "the token was made, but its user PIN could not be set"));
    }
    TRY(report(cli, &plan));

out:
    secret_free(&plan.pin_so);
    secret_free(&plan.pin_user);
    return status;
}

static const struct opt opts[] = {
    {.id = OPT_LABEL,
     .kind = OPT_KIND_TEXT,
     .name = "label",
     .value = "TEXT",
     .help = "the token's label, at most 32 bytes (required)"},
    {.id = OPT_YES, .name = "yes", .letter = 'y', .help = "wipe without being asked"},
};
static const struct opt user_opts[] = {
    {.id = OPT_USER_PIN_FILE,
     .kind = OPT_KIND_FILE,
     .name = "user-pin-file",
     .value = "FILE",
     .help = "set the user PIN, too, from the first line of FILE"},
    {.id = OPT_USER_PIN_ENV,
     .kind = OPT_KIND_TEXT,
     .name = "user-pin-env",
     .value = "VAR",
     .help = "set the user PIN, too, from the environment variable VAR"},
    {.id = OPT_NO_USER_PIN, .name = "no-user-pin", .help = "leave the user PIN for later"},
};
static const struct opt again_opts[] = {
    {.id = OPT_TOKEN,
     .kind = OPT_KIND_TEXT,
     .name = "token",
     .value = "LABEL",
     .help = "wipe this token, by its label"},
    {.id = OPT_SLOT,
     .kind = OPT_KIND_NUMBER,
     .name = "slot",
     .value = "N",
     .help = "wipe this token, by the number of its slot",
     .max = UINT32_MAX},
};
static const struct opt_group own = OPT_GROUP("Options", opts);
static const struct opt_group user_pin = OPT_GROUP("User PIN of the new token", user_opts);
static const struct opt_group again =
    OPT_GROUP("To wipe an existing token and begin again", again_opts);
static const struct opt_group *const groups[] = {&own, &opts_so_pin, &user_pin, &again, NULL};

const struct verb verb_token_init = {
    .name = "token init",
    .section = "Tokens and PINs",
    .summary = "make a token, or wipe one and begin again",
    .details =
        "Makes a token with the PIN of its security officer and, if you like, the user PIN. The "
        "security officer sets and unlocks the user PIN and sees no keys; the user makes and uses "
        "keys.\n\n"
        "With --token or --slot an existing token is wiped: its keys are gone, its slot stays. "
        "That needs its security officer's PIN.",
    .example = "pqhw token init --label payments",
    .groups = groups,
    .run = run,
};
