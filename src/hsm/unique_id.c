/* SPDX-License-Identifier: Apache-2.0 */
#include "hsm/unique_id.h"

#include <string.h>

#include "crypto/random/random.h"

void unique_ids_init(struct unique_ids *ids)
{
    pthread_mutex_init(&ids->lock, NULL);
    ids->num_left = 0;
}

void unique_ids_destroy(struct unique_ids *ids)
{
    pthread_mutex_destroy(&ids->lock);
}

static enum pqhw_status take(struct unique_ids *ids, const struct classic *classic,
                             uint8_t raw[UNIQUE_ID_RAW])
{
    enum pqhw_status status = PQHW_OK;

    pthread_mutex_lock(&ids->lock);
    if (ids->num_left == 0) {
        TRY(random_bytes(classic, ids->raw[0], sizeof(ids->raw)));
        ids->num_left = UNIQUE_ID_PER_DRAW;
    }
    memcpy(raw, ids->raw[--ids->num_left], UNIQUE_ID_RAW);
out:
    pthread_mutex_unlock(&ids->lock);
    return status;
}

enum pqhw_status unique_ids_next(struct unique_ids *ids, const struct classic *classic,
                                 char out[UNIQUE_ID_LEN])
{
    static const char digits[] = "0123456789abcdef";
    enum pqhw_status status = PQHW_OK;
    uint8_t raw[UNIQUE_ID_RAW];
    char *at = out;

    TRY(take(ids, classic, raw));
    raw[6] = (uint8_t)((raw[6] & 0x0f) | 0x40); /* version 4 */
    raw[8] = (uint8_t)((raw[8] & 0x3f) | 0x80); /* the RFC's variant */
    for (size_t i = 0; i < UNIQUE_ID_RAW; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *at++ = '-';
        *at++ = digits[raw[i] >> 4];
        *at++ = digits[raw[i] & 15];
    }
out:
    return status;
}
