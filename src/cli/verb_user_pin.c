/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/pin.h"
#include "cli/token.h"

/* The security officer sets the user's PIN. */
static enum pqhw_status set_by_officer(struct cli *cli, struct secret *pin_new)
{
    enum pqhw_status status = PQHW_OK;

    TRY(session_open(cli, true, LOGIN_SO));
    TRY(pin_get(cli, PIN_CHANGED_USER, pin_new));
    TRY(hsm_pin_init(cli->app, cli->session, secret_span(pin_new)));

out:
    return status;
}

/* Whoever knows the old PIN changes it. */
static enum pqhw_status change(struct cli *cli, CK_USER_TYPE user, struct secret *pin_new)
{
    enum pqhw_status status = PQHW_OK;
    struct secret pin_old = {0};
    bool officer = user == CKU_SO;

    TRY(session_open(cli, true, LOGIN_NONE));
    TRY(pin_get(cli, officer ? PIN_SO : PIN_USER, &pin_old));
    TRY(session_login(cli, user, secret_span(&pin_old)));
    TRY(pin_get(cli, officer ? PIN_CHANGED_SO : PIN_CHANGED_USER, pin_new));
    status = hsm_pin_set(cli->app, cli->session, secret_span(&pin_old), secret_span(pin_new));
    TRY(explain_pin(cli, status, user));

out:
    secret_free(&pin_old);
    return status;
}

static enum pqhw_status run(struct cli *cli)
{
    enum pqhw_status status = PQHW_OK;
    struct hsm_slot_info info;
    struct secret pin_new = {0};
    bool officer = cli->args.given[OPT_SO];
    bool reset = cli->args.given[OPT_RESET];

    if (officer && reset)
        return fail_usage(cli, "--so and --reset exclude each other");
    TRY(token_find(cli, &info));
    if (officer)
        TRY(change(cli, CKU_SO, &pin_new));
    else if (reset || !info.user_pin_set)
        TRY(set_by_officer(cli, &pin_new));
    else
        TRY(change(cli, CKU_USER, &pin_new));
    if (cli_json(cli)) {
        struct json json = json_start(stdout);
        json_object(&json, NULL);
        json_number(&json, "slot", info.slot);
        json_text(&json, "changed", officer ? "so_pin" : "user_pin");
        json_end(&json);
    }
    say(cli, officer ? "the security officer's PIN is changed" : "the user PIN is set");

out:
    secret_free(&pin_new);
    return status;
}

static const struct opt opts[] = {
    {.id = OPT_RESET,
     .name = "reset",
     .help = "the security officer sets a new user PIN and unlocks it"},
    {.id = OPT_SO, .name = "so", .help = "change the security officer's own PIN"},
};
static const struct opt_group own = OPT_GROUP("Options", opts);
static const struct opt_group *const groups[] = {&own,         &opts_token,   &opts_pin,
                                                 &opts_so_pin, &opts_new_pin, NULL};

const struct verb verb_user_pin = {
    .name = "user pin",
    .section = "Tokens and PINs",
    .summary = "set, change or reset a PIN",
    .details =
        "Changes the user PIN, for which the old one is needed. If it was never set, or with "
        "--reset, the security officer sets it instead; this also unlocks it. With --so the "
        "security officer's own PIN is changed.\n\n"
        "Keys stay as they are.",
    .example = "pqhw user pin --reset",
    .groups = groups,
    .run = run,
};
