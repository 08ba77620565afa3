/* SPDX-License-Identifier: Apache-2.0
 *
 * What sign and verify share: how the message is to be taken, and reading it.
 */
#ifndef CLI_MESSAGE_H
#define CLI_MESSAGE_H

#include "cli/keys.h"

/* --in, --context, --context-hex, --hash. */
extern const struct opt_group opts_message;

/* The mechanism for this key by the options: one that takes the message in pieces. *context holds
 * what it borrows; buf_free it. */
NODISCARD enum pqhw_status message_mechanism(struct cli *cli, const struct key *key,
                                             struct mechanism *out, struct buf *context);

/* What the token said to a piece of the message: one that is too long is explained. */
NODISCARD enum pqhw_status message_taken(struct cli *cli, enum pqhw_status status);

#endif
