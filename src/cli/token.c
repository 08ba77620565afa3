/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/token.h"

#include <string.h>

struct span token_serial(const struct hsm_slot_info *info)
{
    size_t len = strnlen(info->serial, sizeof(info->serial));

    while (len > 0 && info->serial[len - 1] == ' ')
        len--;
    return span(info->serial, len);
}

const char *token_user_pin(const struct hsm_slot_info *info)
{
    if (!info->user_pin_set)
        return "not set";
    return info->user_tries_left == 0 ? "locked" : "set";
}

void token_json(struct json *json, const struct hsm_slot_info *info)
{
    json_number(json, "slot", info->slot);
    json_utf8(json, "label", token_label(info));
    json_utf8(json, "serial", token_serial(info));
    json_bool(json, "user_pin_set", info->user_pin_set);
    json_number(json, "user_tries_left", info->user_tries_left);
    json_number(json, "so_tries_left", info->so_tries_left);
    json_number(json, "max_tries", info->max_tries);
    json_number(json, "objects", info->num_objects);
    policy_json(json, &info->policy);
}

enum pqhw_status token_read_label(struct cli *cli, const char *text, char out[HSM_LABEL_LEN])
{
    size_t len = strlen(text);

    if (len == 0 || len > HSM_LABEL_LEN || text[len - 1] == ' ')
        return fail_usage(cli, "a token's label has 1 to %d bytes and does not end with a blank",
                          HSM_LABEL_LEN);
    for (size_t i = 0; i < HSM_LABEL_LEN; i++)
        out[i] = i < len ? text[i] : ' ';
    return PQHW_OK;
}
