/* SPDX-License-Identifier: Apache-2.0
 *
 * What encapsulate and decapsulate share: where the shared secret goes.
 */
#ifndef CLI_KEM_H
#define CLI_KEM_H

#include "cli/file.h"
#include "cli/json.h"
#include "cli/keys.h"

/* --secret-out, --secret-label, --secret-id, --encoding, --force. */
extern const struct opt_group opts_secret;

/* True if the secret stays in the token. */
bool kem_keeps_secret(const struct cli *cli);

/* One destination must be given, and nothing may stand in its way. */
NODISCARD enum pqhw_status kem_check_secret(struct cli *cli);

/* The mechanism for this key, or a failure if it is no KEM key. */
NODISCARD enum pqhw_status kem_mechanism(struct cli *cli, const struct key *key,
                                         struct mechanism *out);

/* The new secret key's template. */
NODISCARD enum pqhw_status kem_template(struct cli *cli, struct buf *out);

/* Write the secret to --secret-out, if it goes there. */
NODISCARD enum pqhw_status kem_write_secret(struct cli *cli, CK_OBJECT_HANDLE secret);

/* Where it is, inside an object. */
void kem_json(struct cli *cli, struct json *json);
void kem_say(struct cli *cli);

#endif
