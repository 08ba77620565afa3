/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/token.h"

static void print_tries(const char *name, uint32_t left, uint32_t max, bool set)
{
    if (!set)
        printf("%-12s not set\n", name);
    else if (left == 0)
        printf("%-12s locked\n", name);
    else
        printf("%-12s set, %u of %u tries left\n", name, left, max);
}

static enum pqhw_status run(struct cli *cli)
{
    struct hsm_slot_info info;
    char label[HSM_LABEL_LEN + 1], serial[sizeof(info.serial) + 1];
    enum pqhw_status status = token_find(cli, &info);

    if (status != PQHW_OK)
        return status;
    if (cli_json(cli)) {
        struct json json = json_start(stdout);
        json_object(&json, NULL);
        token_json(&json, &info);
        json_end(&json);
        return PQHW_OK;
    }
    clean_text(label, sizeof(label), token_label(&info));
    clean_text(serial, sizeof(serial), token_serial(&info));
    printf("%-12s %s\n", "label", label);
    printf("%-12s %lu\n", "slot", info.slot);
    printf("%-12s %s\n", "serial", serial);
    print_tries("user PIN", info.user_tries_left, info.max_tries, info.user_pin_set);
    print_tries("SO PIN", info.so_tries_left, info.max_tries, true);
    printf("%-12s %zu\n", "objects", info.num_objects);
    policy_print(&info.policy);
    return PQHW_OK;
}

static const struct opt_group *const groups[] = {&opts_token, NULL};

const struct verb verb_token_show = {
    .name = "token show",
    .section = "Tokens and PINs",
    .summary = "show one token",
    .details = "Shows the state of a token and of its PINs. Needs no login.",
    .example = "pqhw token show --token payments",
    .groups = groups,
    .run = run,
};
