/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cli/token.h"

/* ---- the settings, and what they are called ---- */

static const char *const wrapping[] = {"strict", "open", NULL};
static const char *const dates[] = {"ignore", "enforce", NULL};
static const char *const raw_rsa[] = {"refuse", "allow", NULL};
static const char *const audit[] = {"count", "each", NULL};

static const char *wrapping_choice(size_t i)
{
    return wrapping[i];
}

static const char *dates_choice(size_t i)
{
    return dates[i];
}

static const char *raw_rsa_choice(size_t i)
{
    return raw_rsa[i];
}

static const char *audit_choice(size_t i)
{
    return audit[i];
}

void policy_print(const struct hsm_policy *policy)
{
    printf("%-12s %s\n", "wrapping", wrapping[policy->open_wrapping]);
    printf("%-12s %s\n", "dates", dates[policy->enforce_dates]);
    printf("%-12s %s\n", "raw RSA", raw_rsa[policy->raw_rsa]);
    printf("%-12s %s\n", "audit", audit[policy->audit_each]);
}

void policy_json(struct json *json, const struct hsm_policy *policy)
{
    json_text(json, "wrapping", wrapping[policy->open_wrapping]);
    json_text(json, "dates", dates[policy->enforce_dates]);
    json_text(json, "raw_rsa", raw_rsa[policy->raw_rsa]);
    json_text(json, "audit", audit[policy->audit_each]);
}

/* True if the option is given; *setting is what it says then. */
static bool choose(const struct cli *cli, enum opt_id id, const char *const words[], bool *setting)
{
    if (cli->args.given[id])
        *setting = strcmp(cli->args.text[id], words[1]) == 0;
    return cli->args.given[id];
}

static bool choose_all(const struct cli *cli, struct hsm_policy *policy)
{
    bool any = choose(cli, OPT_WRAPPING, wrapping, &policy->open_wrapping);

    any |= choose(cli, OPT_DATES, dates, &policy->enforce_dates);
    any |= choose(cli, OPT_RAW_RSA, raw_rsa, &policy->raw_rsa);
    any |= choose(cli, OPT_AUDIT, audit, &policy->audit_each);
    return any;
}

/* ---- the verb ---- */

static void print(const struct cli *cli, const struct hsm_slot_info *info)
{
    if (cli_json(cli)) {
        struct json json = json_start(stdout);
        json_object(&json, NULL);
        json_number(&json, "slot", info->slot);
        policy_json(&json, &info->policy);
        json_end(&json);
        return;
    }
    policy_print(&info->policy);
}

static enum pqhw_status run(struct cli *cli)
{
    enum pqhw_status status = PQHW_OK;
    struct hsm_slot_info info;

    TRY(token_find(cli, &info));
    if (choose_all(cli, &info.policy)) {
        TRY(session_open(cli, true, LOGIN_SO));
        TRY(hsm_policy_set(cli->app, cli->session, &info.policy));
    }
    print(cli, &info);
out:
    return status;
}

static const struct opt opts[] = {
    {.id = OPT_WRAPPING,
     .kind = OPT_KIND_CHOICE,
     .name = "wrapping",
     .value = "HOW",
     .help = "strict: keys that wrap do nothing else, and public keys wrap only if trusted; open: "
             "every key does what its attributes say",
     .choice = wrapping_choice},
    {.id = OPT_DATES,
     .kind = OPT_KIND_CHOICE,
     .name = "dates",
     .value = "HOW",
     .help = "whether the start and end dates of keys bind",
     .choice = dates_choice},
    {.id = OPT_RAW_RSA,
     .kind = OPT_KIND_CHOICE,
     .name = "raw-rsa",
     .value = "HOW",
     .help = "whether RSA without padding (CKM_RSA_X_509) is offered",
     .choice = raw_rsa_choice},
    {.id = OPT_AUDIT,
     .kind = OPT_KIND_CHOICE,
     .name = "audit",
     .value = "HOW",
     .help = "count: uses of a key that follow each other share an audit record that counts them; "
             "each: every use has its own, with its time",
     .choice = audit_choice},
};
static const struct opt_group own = OPT_GROUP("Options", opts);
static const struct opt_group *const groups[] = {&own, &opts_token, &opts_so_pin, NULL};

const struct verb verb_token_policy = {
    .name = "token policy",
    .section = "Tokens and PINs",
    .summary = "show or settle what keys of a token may do",
    .details =
        "Shows a token's policy, or has its security officer change it. It holds at once, in "
        "every program, for keys that are there as well.\n\n"
        "With --wrapping open a key may wrap and decrypt, as some programs ask for: then whoever "
        "has the user PIN can read every key that is extractable and not bound to trusted keys "
        "(CKA_WRAP_WITH_TRUSTED).\n\n"
        "With --dates enforce a key does nothing before its start date (CKA_START_DATE) and "
        "protects nothing after its end date (CKA_END_DATE): it verifies, decrypts, decapsulates "
        "and unwraps, no more. Days are those of UTC. The user can then bring the dates closer "
        "together, but not apart.\n\n"
        "With --raw-rsa allow programs can do the padding of RSA themselves, and get it wrong: a "
        "signature without padding is also a decryption.\n\n"
        "With --audit each the audit log has the time of every signature, and grows by some 300 "
        "bytes with each.",
    .example = "pqhw token policy --dates enforce",
    .groups = groups,
    .run = run,
};
