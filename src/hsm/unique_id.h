/* SPDX-License-Identifier: Apache-2.0
 *
 * Values for CKA_UNIQUE_ID: UUIDs of RFC 9562, version 4. They are random but public, so that many
 * are drawn at once: a draw costs more than all else that makes a session object.
 */
#ifndef HSM_UNIQUE_ID_H
#define HSM_UNIQUE_ID_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "crypto/classic/classic.h"

#define UNIQUE_ID_LEN      36 /* as text */
#define UNIQUE_ID_RAW      16
#define UNIQUE_ID_PER_DRAW 31 /* with its head, one block of the generator */

struct unique_ids {
    pthread_mutex_t lock; /* guards what follows */
    uint8_t raw[UNIQUE_ID_PER_DRAW][UNIQUE_ID_RAW];
    size_t num_left;
};

void unique_ids_init(struct unique_ids *ids);
void unique_ids_destroy(struct unique_ids *ids);

/* The next one, without a NUL. PQHW_RANDOM_FAILED. */
NODISCARD enum pqhw_status unique_ids_next(struct unique_ids *ids, const struct classic *classic,
                                           char out[UNIQUE_ID_LEN]);

#endif
