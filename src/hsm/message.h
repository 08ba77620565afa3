/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages: many under one key, each with an end of its own. The stream is active from
 * hsm_message_init to hsm_message_final; its op is there while a message is being given in parts.
 */
#ifndef HSM_MESSAGE_H
#define HSM_MESSAGE_H

#include "hsm/stream.h"

/* What such a stream keeps beside its key. */
struct messages {
    CK_FLAGS single;            /* what one message alone would be: CKF_SIGN, …, CKF_DECRYPT */
    struct mechanism mechanism; /* signatures: every message's; its spans lie in `room` */
    struct buf room;
    uint64_t num;   /* messages begun */
    size_t tag_len; /* of the message that is being encrypted or decrypted */
};

void messages_free(struct messages *messages); /* NULL is allowed */

/* The stream for a CKF_MESSAGE_ flag, and that it is active, may go on, and has (`begun`) or has
 * not a message in parts. PQHW_OPERATION_NOT_INITIALIZED, PQHW_OPERATION_ACTIVE,
 * PQHW_USER_NOT_LOGGED_IN; PQHW_KEY_HANDLE_INVALID if its key is gone, and so is the stream. */
NODISCARD enum pqhw_status message_stream(struct op *op, CK_FLAGS flag, bool begun,
                                          struct stream **out);

/* End the message that is being given in parts. */
void message_end(struct stream *stream);

#endif
