/* SPDX-License-Identifier: Apache-2.0 */
#include "store/memory/rows.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static int compare_numbers(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int compare_spans(struct span a, struct span b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    /* public: a store sees nothing secret in the clear */
    int order = len > 0 ? memcmp(a.ptr, b.ptr, len) : 0;

    return order != 0 ? order : compare_numbers(a.len, b.len);
}

static int compare_keys(const struct row_key *a, const struct row_key *b)
{
    int order = compare_numbers(a->kind, b->kind);

    if (order == 0)
        order = compare_numbers(a->partition, b->partition);
    if (order == 0)
        order = compare_numbers(a->major, b->major);
    return order != 0 ? order : compare_numbers(a->minor, b->minor);
}

int row_compare(enum row_order order, const struct row *a, const struct row *b)
{
    int result = 0;

    switch (order) {
    case ROW_BY_UNIQUE_ID:
        result = compare_spans(a->index.unique_id, b->index.unique_id);
        break;
    case ROW_BY_ID:
        result = compare_spans(a->index.id, b->index.id);
        break;
    case ROW_BY_LABEL:
        result = compare_spans(a->index.label, b->index.label);
        break;
    case ROW_BY_KEY_TYPE:
        result = compare_numbers(a->index.key_type, b->index.key_type);
        break;
    case ROW_BY_CLASS:
        result = compare_numbers(a->index.object_class, b->index.object_class);
        break;
    case ROW_BY_KEY:
    case NUM_ROW_ORDERS:
        break;
    }
    return result != 0 ? result : compare_keys(&a->key, &b->key);
}

static struct span copy_span(uint8_t **at, struct span from)
{
    struct span copy = span(*at, from.len);

    if (from.len > 0)
        memcpy(*at, from.ptr, from.len);
    *at += from.len;
    return copy;
}

struct row *row_new(struct row_key key, const struct store_index *index, struct span blob)
{
    size_t len = index->id.len + index->label.len + index->unique_id.len + blob.len;
    struct row *row = malloc(sizeof(*row) + len);

    if (row == NULL)
        return NULL;
    uint8_t *at = row->bytes;
    row->key = key;
    row->index = *index;
    row->index.id = copy_span(&at, index->id);
    row->index.label = copy_span(&at, index->label);
    row->index.unique_id = copy_span(&at, index->unique_id);
    row->blob = copy_span(&at, blob);
    return row;
}

void rows_free(struct rows *rows)
{
    for (size_t i = 0; i < rows->arrays[ROW_BY_KEY].num; i++)
        free(rows->arrays[ROW_BY_KEY].rows[i]);
    for (size_t order = 0; order < NUM_ROW_ORDERS; order++)
        free(rows->arrays[order].rows);
    *rows = (struct rows){0};
}

size_t rows_lower_bound(const struct rows *rows, enum row_order order, const struct row *row)
{
    const struct row_array *array = &rows->arrays[order];
    size_t low = 0;
    size_t high = array->num;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (row_compare(order, array->rows[middle], row) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct row *rows_get(const struct rows *rows, struct row_key key)
{
    const struct row_array *array = &rows->arrays[ROW_BY_KEY];
    const struct row wanted = {.key = key};
    size_t at = rows_lower_bound(rows, ROW_BY_KEY, &wanted);

    if (at == array->num || compare_keys(&array->rows[at]->key, &key) != 0)
        return NULL;
    return array->rows[at];
}

enum pqhw_status rows_reserve(struct rows *rows)
{
    for (size_t order = 0; order < NUM_ROW_ORDERS; order++) {
        struct row_array *array = &rows->arrays[order];
        if (array->num < array->cap)
            continue;
        size_t cap = array->cap < 16 ? 16 : array->cap * 2;
        struct row **grown = reallocarray(array->rows, cap, sizeof(struct row *));
        if (grown == NULL)
            return PQHW_NO_MEMORY;
        array->rows = grown;
        array->cap = cap;
    }
    return PQHW_OK;
}

static size_t num_orders(const struct row *row)
{
    return row->key.kind == ROW_OBJECT ? NUM_ROW_ORDERS : ROW_BY_KEY + 1;
}

void rows_add(struct rows *rows, struct row *row)
{
    for (size_t order = 0; order < num_orders(row); order++) {
        struct row_array *array = &rows->arrays[order];
        size_t at = rows_lower_bound(rows, (enum row_order)order, row);
        assert(array->num < array->cap);
        memmove(array->rows + at + 1, array->rows + at, (array->num - at) * sizeof(struct row *));
        array->rows[at] = row;
        array->num++;
    }
}

void rows_remove(struct rows *rows, struct row *row)
{
    for (size_t order = 0; order < num_orders(row); order++) {
        struct row_array *array = &rows->arrays[order];
        size_t at = rows_lower_bound(rows, (enum row_order)order, row);
        assert(at < array->num && array->rows[at] == row);
        array->num--;
        memmove(array->rows + at, array->rows + at + 1, (array->num - at) * sizeof(struct row *));
    }
}
