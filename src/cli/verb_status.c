/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "base/size.h"
#include "cli/cli.h"
#include "cli/json.h"
#include "cli/processes.h"

static enum pqhw_status print_json(struct cli *cli, const struct hsm_device_info *info)
{
    enum pqhw_status status = PQHW_OK;
    struct json json = json_start(stdout);

    json_object(&json, NULL);
    json_text(&json, "version", PQHW_VERSION);
    json_text(&json, "home", info->home);
    json_bool(&json, "present", info->present);
    json_number(&json, "tokens", info->num_tokens);
    json_text(&json, "store", info->store);
    json_text(&json, "backend", info->backend);
    json_object(&json, "memory");
    json_text(&json, "kind", secret_kind_name(info->memory.kind));
    json_number(&json, "mapped_bytes", info->memory.mapped_bytes);
    json_number(&json, "used_bytes", info->memory.used_bytes);
    json_number(&json, "secrets", info->memory.num_secrets);
    json_end(&json);
    json_object(&json, "implementations");
    json_text(&json, "libcrypto", info->libcrypto);
    json_text(&json, "keccak", info->keccak);
    json_text(&json, "ml_kem", info->mlkem);
    json_text(&json, "hqc", info->hqc);
    json_text(&json, "ml_dsa", info->mldsa);
    json_text(&json, "falcon", info->falcon);
    json_end(&json);
    json_object(&json, "pin");
    json_number(&json, "memory_kib", info->settings.pin_memory_kib);
    json_number(&json, "passes", info->settings.pin_passes);
    json_number(&json, "tries", info->settings.pin_tries);
    json_end(&json);
    json_text(&json, "engine", hsm_engine_name(info->engine));
    json_text(&json, "engine_module", info->engine_text);
    json_bool(&json, "engine_fixed", info->settings.engine != HSM_ENGINE_DEFAULT);
    json_text(&json, "check_signatures", check_signatures_name(info->settings.check_signatures));
    json_object(&json, "resident_keys");
    json_number(&json, "setting_bytes", info->settings.resident_memory);
    json_number(&json, "budget_bytes", info->resident.budget);
    json_end(&json);
    TRY(processes_json(cli, &json));
    json_end(&json);

out:
    return status;
}

static const char *memory_meaning(enum secret_kind kind)
{
    switch (kind) {
    case SECRET_MEMFD:
        return "out of the kernel's own reach, never swapped";
    case SECRET_LOCKED:
        return "locked, never swapped";
    case SECRET_PLAIN:
        return "not locked: it could be swapped out";
    default:
        return "not in use yet";
    }
}

static const char *signatures_meaning(enum hsm_check_signatures check)
{
    switch (check) {
    case HSM_CHECK_NONE:
        return "none but RSA's";
    case HSM_CHECK_ALL:
        return "all";
    default:
        return "SLH-DSA's, Falcon's and RSA's";
    }
}

/* Who chose the engine. */
static const char *engine_meaning(const struct hsm_device_info *info)
{
    if (info->settings.engine != HSM_ENGINE_DEFAULT)
        return "the device's setting";
    return info->engine != HSM_ENGINE_OWN ? "PQHW_ENGINE" : "default";
}

static void print_text(const struct hsm_device_info *info)
{
    char budget[SIZE_TEXT_LEN];

    size_format(budget, info->resident.budget);
    printf("%-12s %s\n", "version", PQHW_VERSION);
    printf("%-12s %s%s\n", "home", info->home, info->present ? "" : " (no device yet)");
    printf("%-12s %zu\n", "tokens", info->num_tokens);
    printf("%-12s %s\n", "store", info->store);
    printf("%-12s %s\n", "backend", info->backend);
    printf("%-12s %s (%s)\n", "memory", secret_kind_name(info->memory.kind),
           memory_meaning(info->memory.kind));
    printf("%-12s up to %s of keys stay expanded in a process\n", "resident", budget);
    printf("%-12s Argon2id, %" PRIu32 " MiB, %" PRIu32 " passes; locked after %" PRIu32
           " wrong tries\n",
           "PINs", info->settings.pin_memory_kib / 1024, info->settings.pin_passes,
           info->settings.pin_tries);
    printf("%-12s %s are verified before they are given out\n", "signatures",
           signatures_meaning(info->settings.check_signatures));
    printf("%-12s %s (%s) for ML-KEM, ML-DSA and SLH-DSA; %s\n", "engine",
           hsm_engine_name(info->engine), info->engine_text, engine_meaning(info));
    printf("%-12s %s\n", "Keccak", info->keccak);
    printf("%-12s %s\n", "ML-KEM", info->mlkem);
    printf("%-12s %s\n", "HQC", info->hqc);
    printf("%-12s %s\n", "ML-DSA", info->mldsa);
    printf("%-12s %s\n", "Falcon", info->falcon);
    printf("%-12s %s\n", "libcrypto", info->libcrypto);
}

static enum pqhw_status run(struct cli *cli)
{
    enum pqhw_status status = PQHW_OK;
    struct hsm_device_info info;

    TRY(device_open(cli));
    TRY(hsm_device_info(cli->device, &info));
    if (cli_json(cli))
        return print_json(cli, &info);
    print_text(&info);
    say(cli, "%s", "");
    TRY(processes_print(cli));

out:
    return status;
}

static const struct opt_group *const groups[] = {NULL};

const struct verb verb_status = {
    .name = "status",
    .section = "Inspect",
    .summary = "show the device and what it runs on",
    .details = "Shows the device directory, the kind of memory that secrets are kept in on this "
               "machine, the implementations in use, and the other processes that have the device "
               "open.\n\n"
               "Of each process it shows how many keys it keeps expanded and the memory they take, "
               "how often a key that was used was expanded already (hits) or not (misses), and how "
               "many were let go to stay within the budget (evictions). A process tells at once "
               "when it expands a key, lets one go or closes a session, and otherwise at most "
               "five times a second while it uses keys.",
    .example = "pqhw status",
    .groups = groups,
    .run = run,
};
