/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "cli/json.h"

#include <string.h>

static const char *const checks[HSM_CHECK_NUM] = {
    [HSM_CHECK_NONE] = "none", [HSM_CHECK_SLH_DSA] = "slh-dsa", [HSM_CHECK_ALL] = "all"};

const char *check_signatures_name(enum hsm_check_signatures check)
{
    return checks[check] != NULL ? checks[check] : checks[HSM_CHECK_SLH_DSA];
}

static const char *check_choice(size_t i)
{
    return i + 1 < HSM_CHECK_NUM ? checks[i + 1] : NULL;
}

static enum hsm_check_signatures wanted_check(const struct cli *cli)
{
    const char *given = args_text(&cli->args, OPT_CHECK_SIGNATURES, NULL);

    for (int check = HSM_CHECK_NONE; given != NULL && check < HSM_CHECK_NUM; check++) {
        if (strcmp(given, checks[check]) == 0)
            return (enum hsm_check_signatures)check;
    }
    return HSM_CHECK_DEFAULT;
}

static const char *engine_choice(size_t i)
{
    return hsm_engine_name((enum hsm_engine)(i + HSM_ENGINE_OWN));
}

static enum hsm_engine wanted_engine(const struct cli *cli)
{
    const char *given = args_text(&cli->args, OPT_ENGINE, NULL);

    for (int engine = HSM_ENGINE_OWN; given != NULL && engine < HSM_ENGINE_NUM; engine++) {
        if (strcmp(given, hsm_engine_name((enum hsm_engine)engine)) == 0)
            return (enum hsm_engine)engine;
    }
    return HSM_ENGINE_DEFAULT;
}

static enum pqhw_status run(struct cli *cli)
{
    struct hsm_settings settings = {
        .pin_memory_kib = (uint32_t)args_number(&cli->args, OPT_PIN_MEMORY, 0) * 1024,
        .pin_passes = (uint32_t)args_number(&cli->args, OPT_PIN_PASSES, 0),
        .pin_tries = (uint32_t)args_number(&cli->args, OPT_PIN_TRIES, 0),
        .resident_memory = args_number(&cli->args, OPT_RESIDENT_MEMORY, 0),
        .check_signatures = wanted_check(cli),
        .engine = wanted_engine(cli),
    };
    struct hsm_device_info info;
    enum pqhw_status status = PQHW_OK;

    TRY(device_open(cli));
    status = hsm_device_create(cli->device, &settings);
    if (status == PQHW_ALREADY_INITIALIZED) {
        hint(cli, "use it as it is (pqhw status), or choose another directory with --home");
        TRY(fail(cli, status, "there is a device in %.256s already", cli->home));
    }
    if (status != PQHW_OK)
        TRY(fail_about(cli, status, "cannot make a device in %.256s", cli->home));
    TRY(hsm_device_info(cli->device, &info));
    if (cli_json(cli)) {
        struct json json = json_start(stdout);
        json_object(&json, NULL);
        json_text(&json, "home", cli->home);
        json_number(&json, "pin_memory_kib", info.settings.pin_memory_kib);
        json_number(&json, "pin_passes", info.settings.pin_passes);
        json_number(&json, "pin_tries", info.settings.pin_tries);
        json_number(&json, "resident_memory", info.settings.resident_memory);
        json_text(&json, "check_signatures", check_signatures_name(info.settings.check_signatures));
        json_text(&json, "engine", hsm_engine_name(info.engine));
        json_bool(&json, "engine_fixed", info.settings.engine != HSM_ENGINE_DEFAULT);
        json_end(&json);
    }
    say(cli, "made a device in %s", cli->home);
    say(cli, "next: pqhw token init --label NAME");

out:
    return status;
}

static const struct opt opts[] = {
    {.id = OPT_PIN_MEMORY,
     .kind = OPT_KIND_NUMBER,
     .name = "pin-memory",
     .value = "MIB",
     .help = "memory that one try of a PIN costs, in MiB (8 to 4096, default 64)",
     .min = 8,
     .max = 4096},
    {.id = OPT_PIN_PASSES,
     .kind = OPT_KIND_NUMBER,
     .name = "pin-passes",
     .value = "N",
     .help = "passes over that memory (1 to 16, default 3)",
     .min = 1,
     .max = 16},
    {.id = OPT_PIN_TRIES,
     .kind = OPT_KIND_NUMBER,
     .name = "pin-tries",
     .value = "N",
     .help = "wrong PINs in a row before a PIN is locked (3 to 100, default 10)",
     .min = 3,
     .max = 100},
    {.id = OPT_RESIDENT_MEMORY,
     .kind = OPT_KIND_SIZE,
     .name = "resident-memory",
     .value = "SIZE",
     .help = "memory that each process may keep keys ready for use in, as in 512K, 64M or 2G "
             "(default: three quarters of what it may lock, and at most 64M)",
     .min = HSM_RESIDENT_MIN,
     .max = HSM_RESIDENT_MAX},
    {.id = OPT_CHECK_SIGNATURES,
     .kind = OPT_KIND_CHOICE,
     .name = "check-signatures",
     .value = "WHICH",
     .help = "which signatures are verified before they are given out",
     .choice = check_choice},
    {.id = OPT_ENGINE,
     .kind = OPT_KIND_CHOICE,
     .name = "engine",
     .value = "ENGINE",
     .help = "what does ML-KEM, ML-DSA and SLH-DSA, in every process",
     .choice = engine_choice},
};
static const struct opt_group own = OPT_GROUP("Options", opts);
static const struct opt_group *const groups[] = {&own, NULL};

const struct verb verb_init = {
    .name = "init",
    .section = "Set up",
    .summary = "make a device directory",
    .details =
        "Makes the directory that holds tokens and their keys, readable by its owner alone, and "
        "sets what a PIN costs to try in tokens made from now on.\n\n"
        "A key is expanded when it is first used and stays so. When such keys take more memory "
        "than --resident-memory, the least recently used go and are expanded again when they are "
        "needed; PQHW_RESIDENT_MEMORY in a process's environment goes before this setting.\n\n"
        "A signature that was made with a fault can give the key away. --check-signatures says "
        "whose are verified before anyone gets them: slh-dsa (the default; SLH-DSA's and Falcon's, "
        "a "
        "tenth of the time at most), all (ML-DSA's too; half as much time again) or none. RSA's "
        "always are.\n\n"
        "--engine says what does ML-KEM, ML-DSA and SLH-DSA: own (pqhw), libcrypto, or "
        "libcrypto-fips, its FIPS provider; both of OpenSSL 3.5 or later. Every process uses it, "
        "or "
        "fails. Without --engine each may choose by PQHW_ENGINE in its environment, and uses own "
        "if "
        "that is not set. All other algorithms are the same with each.\n\n"
        "This step is needed only to choose those settings: the first token init makes the "
        "directory with the defaults.",
    .example = "pqhw init --home /srv/hsm --pin-tries 5",
    .groups = groups,
    .run = run,
};
