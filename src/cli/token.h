/* SPDX-License-Identifier: Apache-2.0
 *
 * Tokens as they are shown.
 */
#ifndef CLI_TOKEN_H
#define CLI_TOKEN_H

#include "cli/cli.h"
#include "cli/json.h"

/* The serial number without padding. */
struct span token_serial(const struct hsm_slot_info *info);
/* "set", "not set" or "locked". */
const char *token_user_pin(const struct hsm_slot_info *info);
/* A policy, as lines and as members inside an object (verb_token_policy.c). */
void policy_print(const struct hsm_policy *policy);
void policy_json(struct json *json, const struct hsm_policy *policy);

/* A token's members, inside an object. */
void token_json(struct json *json, const struct hsm_slot_info *info);

/* A label blank-padded, from an option's text. */
NODISCARD enum pqhw_status token_read_label(struct cli *cli, const char *text,
                                            char out[HSM_LABEL_LEN]);

#endif
