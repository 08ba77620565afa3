/* SPDX-License-Identifier: Apache-2.0 */
#include "hsm/table.h"

#include <stdlib.h>

/* Open addressing with linear probing; at most three quarters full. Keys are counters, so a
 * multiplication spreads them. */

static size_t home_of(const struct table *table, uint64_t key)
{
    return (size_t)((key * 0x9e3779b97f4a7c15u) >> 32) & (table->cap - 1);
}

static struct table_entry *find(const struct table *table, uint64_t key)
{
    size_t at = home_of(table, key);

    while (table->entries[at].value != NULL && table->entries[at].key != key)
        at = (at + 1) & (table->cap - 1);
    return &table->entries[at];
}

void table_free(struct table *table)
{
    free(table->entries);
    *table = (struct table){0};
}

void *table_get(const struct table *table, uint64_t key)
{
    return table->num == 0 ? NULL : find(table, key)->value;
}

static enum pqhw_status grow(struct table *table)
{
    struct table bigger = {.cap = table->cap == 0 ? 16 : table->cap * 2, .num = table->num};

    bigger.entries = calloc(bigger.cap, sizeof(*bigger.entries));
    if (bigger.entries == NULL)
        return PQHW_NO_MEMORY;
    for (size_t i = 0; i < table->cap; i++) {
        if (table->entries[i].value != NULL)
            *find(&bigger, table->entries[i].key) = table->entries[i];
    }
    free(table->entries);
    *table = bigger;
    return PQHW_OK;
}

enum pqhw_status table_add(struct table *table, uint64_t key, void *value)
{
    enum pqhw_status status = PQHW_OK;

    if ((table->num + 1) * 4 > table->cap * 3)
        TRY(grow(table));
    *find(table, key) = (struct table_entry){.key = key, .value = value};
    table->num++;
out:
    return status;
}

/* After a removal, entries that were pushed past the gap are moved back into it, so that no search
 * stops early. */
static void close_gap(struct table *table, size_t gap)
{
    size_t mask = table->cap - 1;

    for (size_t at = (gap + 1) & mask; table->entries[at].value != NULL; at = (at + 1) & mask) {
        size_t home = home_of(table, table->entries[at].key);

        if (((at - home) & mask) >= ((at - gap) & mask)) {
            table->entries[gap] = table->entries[at];
            table->entries[at].value = NULL;
            gap = at;
        }
    }
}

void *table_remove(struct table *table, uint64_t key)
{
    if (table->num == 0)
        return NULL;
    struct table_entry *entry = find(table, key);
    void *value = entry->value;
    if (value == NULL)
        return NULL;
    entry->value = NULL;
    table->num--;
    close_gap(table, (size_t)(entry - table->entries));
    return value;
}

void *table_next(const struct table *table, size_t *at)
{
    while (*at < table->cap) {
        void *value = table->entries[(*at)++].value;

        if (value != NULL)
            return value;
    }
    return NULL;
}
