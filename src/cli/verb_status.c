/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "cli/cli.h"
#include "cli/json.h"

static void print_json(const struct hsm_device_info *info)
{
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
    json_text(&json, "ml_dsa", info->mldsa);
    json_end(&json);
    json_object(&json, "pin");
    json_number(&json, "memory_kib", info->settings.pin_memory_kib);
    json_number(&json, "passes", info->settings.pin_passes);
    json_number(&json, "tries", info->settings.pin_tries);
    json_end(&json);
    json_end(&json);
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

static void print_text(const struct hsm_device_info *info)
{
    printf("%-12s %s\n", "version", PQHW_VERSION);
    printf("%-12s %s%s\n", "home", info->home, info->present ? "" : " (no device yet)");
    printf("%-12s %zu\n", "tokens", info->num_tokens);
    printf("%-12s %s\n", "store", info->store);
    printf("%-12s %s\n", "backend", info->backend);
    printf("%-12s %s (%s)\n", "memory", secret_kind_name(info->memory.kind),
           memory_meaning(info->memory.kind));
    printf("%-12s Argon2id, %" PRIu32 " MiB, %" PRIu32 " passes; locked after %" PRIu32
           " wrong tries\n",
           "PINs", info->settings.pin_memory_kib / 1024, info->settings.pin_passes,
           info->settings.pin_tries);
    printf("%-12s %s\n", "Keccak", info->keccak);
    printf("%-12s %s\n", "ML-KEM", info->mlkem);
    printf("%-12s %s\n", "ML-DSA", info->mldsa);
    printf("%-12s %s\n", "libcrypto", info->libcrypto);
}

static enum pqhw_status run(struct cli *cli)
{
    enum pqhw_status status = PQHW_OK;
    struct hsm_device_info info;

    TRY(device_open(cli));
    TRY(hsm_device_info(cli->device, &info));
    if (cli_json(cli))
        print_json(&info);
    else
        print_text(&info);

out:
    return status;
}

static const struct opt_group *const groups[] = {NULL};

const struct verb verb_status = {
    .name = "status",
    .section = "Inspect",
    .summary = "show the device and what it runs on",
    .details = "Shows the device directory, the kind of memory that secrets are kept in on this "
               "machine, and the implementations in use.",
    .example = "pqhw status",
    .groups = groups,
    .run = run,
};
