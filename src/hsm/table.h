/* SPDX-License-Identifier: Apache-2.0
 *
 * A hash table from numbers to pointers. Not locked: its owner guards it.
 */
#ifndef HSM_TABLE_H
#define HSM_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

struct table_entry {
    uint64_t key;
    void *value; /* NULL: free */
};

/* A zeroed struct is an empty table. */
struct table {
    struct table_entry *entries;
    size_t cap; /* 0 or a power of two */
    size_t num;
};

void table_free(struct table *table);

/* NULL if there is none. */
void *table_get(const struct table *table, uint64_t key);

/* value is not NULL and the key is not in the table. PQHW_NO_MEMORY. */
NODISCARD enum pqhw_status table_add(struct table *table, uint64_t key, void *value);

/* What was there, or NULL. */
void *table_remove(struct table *table, uint64_t key);

/*
 * Iterate: start with *at = 0; NULL at the end. The table may not be changed meanwhile, but for
 * this: what was given last may be removed if *at is then lowered by one. An entry may be given
 * twice after that, none is left out.
 */
void *table_next(const struct table *table, size_t *at);

#endif
