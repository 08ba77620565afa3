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
/* "strict" or "open", "enforce" or "ignore" (verb_token_policy.c). */
const char *policy_wrapping(const struct hsm_policy *policy);
const char *policy_dates(const struct hsm_policy *policy);
/* A policy's members, inside an object. */
void policy_json(struct json *json, const struct hsm_policy *policy);

/* A token's members, inside an object. */
void token_json(struct json *json, const struct hsm_slot_info *info);

/* A label blank-padded, from an option's text. */
NODISCARD enum pqhw_status token_read_label(struct cli *cli, const char *text,
                                            char out[HSM_LABEL_LEN]);

#endif
