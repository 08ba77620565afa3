/* SPDX-License-Identifier: Apache-2.0
 *
 * What sign and verify share: how the message is signed, how it is given to the token, and the two
 * forms of an ECDSA signature.
 */
#ifndef CLI_MESSAGE_H
#define CLI_MESSAGE_H

#include "cli/keys.h"

/* --in, --mechanism, --hash, --context, --context-hex, --salt-length, --format. */
extern const struct opt_group opts_message;

struct signing {
    const struct key *key;
    struct mechanism mechanism;
    const struct mechanism_info *info;
    struct buf context; /* which the mechanism borrows */
    size_t rs_len;      /* of r and s of an ECDSA signature that is DER in files; else 0 */
};

/* By the options, for a key and CKF_SIGN or CKF_VERIFY. signing_free it. */
NODISCARD enum pqhw_status signing_init(struct signing *out, struct cli *cli, const struct key *key,
                                        CK_FLAGS flag);
void signing_free(struct signing *signing);

/* What the token says to the mechanism: a context that it cannot do is explained. */
NODISCARD enum pqhw_status signing_begun(struct cli *cli, const struct signing *signing,
                                         enum pqhw_status status);

/* Where the message goes: in parts, or as a whole. */
struct message_sink {
    enum pqhw_status (*part)(struct cli *cli, struct span data);
    enum pqhw_status (*whole)(struct cli *cli, struct span data, void *arg);
    enum pqhw_status (*final)(struct cli *cli, void *arg);
    void *arg;
};

/* Read --in and give it to the token, in parts if the mechanism takes them. */
NODISCARD enum pqhw_status message_give(struct cli *cli, const struct signing *signing,
                                        const struct message_sink *sink);

/* A signature from the token's form to that of files, in place, and back: PQHW_SIGNATURE_INVALID if
 * it is not in the form it should be in. */
NODISCARD enum pqhw_status signature_to_file(const struct signing *signing, struct buf *signature);
NODISCARD enum pqhw_status signature_from_file(const struct signing *signing,
                                               struct buf *signature);

#endif
