/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows in memory: an array sorted by key, and for objects one array per field that they are found
 * by. Not locked: its owner guards it.
 */
#ifndef STORE_MEMORY_ROWS_H
#define STORE_MEMORY_ROWS_H

#include "hsm/store.h"

enum row_kind {
    ROW_DEVICE,
    ROW_PARTITION,
    ROW_OBJECT,
    ROW_NODE,
};

struct row_key {
    enum row_kind kind;
    uint32_t partition;
    uint32_t major; /* a node's level */
    uint32_t minor; /* an object's number, a node's index */
};

struct row {
    struct row_key key;
    struct store_index index; /* objects only */
    struct span blob;
    uint8_t bytes[]; /* what the spans point to */
};

/* How rows are sorted. */
enum row_order {
    ROW_BY_KEY,
    ROW_BY_UNIQUE_ID, /* the most telling first; the others are for objects alone */
    ROW_BY_ID,
    ROW_BY_LABEL,
    ROW_BY_KEY_TYPE,
    ROW_BY_CLASS,
    NUM_ROW_ORDERS,
};

struct row_array {
    struct row **rows;
    size_t num;
    size_t cap;
};

/* A zeroed struct is empty. */
struct rows {
    struct row_array arrays[NUM_ROW_ORDERS];
};

/* A copy of everything; NULL if there is no memory. free() it. */
struct row *row_new(struct row_key key, const struct store_index *index, struct span blob);

/* Like strcmp, in the given order. */
int row_compare(enum row_order order, const struct row *a, const struct row *b);

/* Frees the rows too. */
void rows_free(struct rows *rows);

/* Where the first row stands that is not before `row`. */
size_t rows_lower_bound(const struct rows *rows, enum row_order order, const struct row *row);

/* NULL if there is none. */
struct row *rows_get(const struct rows *rows, struct row_key key);

/* Make sure that the next rows_add has room. PQHW_NO_MEMORY. */
NODISCARD enum pqhw_status rows_reserve(struct rows *rows);

/* Takes the row, whose key is not there yet. Cannot fail after rows_reserve, or after a
 * rows_remove. */
void rows_add(struct rows *rows, struct row *row);

/* Gives the row back to the caller. */
void rows_remove(struct rows *rows, struct row *row);

#endif
