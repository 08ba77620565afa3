/* SPDX-License-Identifier: Apache-2.0 */
#include "store/record.h"

#include <string.h>

enum pqhw_status store_record_own(struct store_record *record)
{
    struct span *spans[] = {&record->index.id, &record->index.label, &record->index.unique_id,
                            &record->blob};
    size_t len = 0;

    for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++)
        len += spans[i]->len;
    record->owner = BUF_INIT(len);
    uint8_t *at = buf_extend(&record->owner, len);
    if (at == NULL)
        return buf_status(&record->owner);
    for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
        if (spans[i]->len > 0)
            memcpy(at, spans[i]->ptr, spans[i]->len);
        spans[i]->ptr = at;
        at += spans[i]->len;
    }
    return PQHW_OK;
}
