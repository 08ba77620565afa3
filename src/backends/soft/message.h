/* SPDX-License-Identifier: Apache-2.0
 *
 * What a signature of RSA or of a curve is over, as it comes in: hashed on the way, or kept.
 */
#ifndef BACKENDS_SOFT_MESSAGE_H
#define BACKENDS_SOFT_MESSAGE_H

#include "base/bytes.h"
#include "crypto/classic/digest.h"
#include "hsm/mechanism.h"

#define MESSAGE_SHORT_MAX DIGEST_MAX_LEN

struct message {
    struct digest *digest; /* NULL: it is kept */
    enum digest_alg alg;
    struct buf data; /* or, as long as it is short, such as a hash: */
    uint8_t short_data[MESSAGE_SHORT_MAX];
    size_t short_len;
};

/* Hash with the mechanism's digest; if it has none, keep at most max bytes. PQHW_NO_MEMORY. */
NODISCARD enum pqhw_status message_start(struct message *message, const struct classic *classic,
                                         const struct mechanism_info *info, size_t max);
void message_free(struct message *message);

/* PQHW_DATA_LEN_RANGE if that is more than is kept. */
NODISCARD enum pqhw_status message_update(struct message *message, struct span data);

/* The hash, which is written to `hash`, or what was kept. */
NODISCARD enum pqhw_status message_finish(struct message *message, uint8_t hash[DIGEST_MAX_LEN],
                                          struct span *out);

#endif
