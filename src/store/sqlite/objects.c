/* SPDX-License-Identifier: Apache-2.0 */
#include "store/sqlite/objects.h"

#include <stddef.h>
#include <stdio.h>

#include "store/record.h"
#include "store/sqlite/query.h"

/* What objects are found by, the most telling first: its index is the one that is used, and the
 * other conditions are checked on the rows that it gives. */
static const struct field {
    unsigned by;
    const char *column;
    bool is_text;
    size_t offset; /* in struct store_index */
} fields[] = {
    {STORE_BY_UNIQUE_ID, "unique_id", true, offsetof(struct store_index, unique_id)},
    {STORE_BY_ID, "ckid", true, offsetof(struct store_index, id)},
    {STORE_BY_LABEL, "label", true, offsetof(struct store_index, label)},
    {STORE_BY_KEY_TYPE, "key_type", false, offsetof(struct store_index, key_type)},
    {STORE_BY_CLASS, "class", false, offsetof(struct store_index, object_class)},
};
#define NUM_FIELDS (sizeof(fields) / sizeof(fields[0]))
#define BY_ALL     (2 * STORE_BY_UNIQUE_ID - 1)
_Static_assert(NUM_STATEMENTS - STATEMENT_FIND == BY_ALL + 1, "a statement for each combination");

void find_sql(char out[FIND_SQL_MAX], unsigned by)
{
    char index[64] = "";
    char conditions[256] = "";
    size_t len = 0;

    for (size_t i = 0; i < NUM_FIELDS; i++) {
        if ((by & fields[i].by) == 0)
            continue;
        if (len == 0)
            snprintf(index, sizeof(index), " INDEXED BY objects_%s", fields[i].column);
        len += (size_t)snprintf(conditions + len, sizeof(conditions) - len, "%s=? AND ",
                                fields[i].column);
    }
    snprintf(out, FIND_SQL_MAX,
             "SELECT id FROM objects%s WHERE %sid>? AND id<=? ORDER BY id LIMIT ?", index,
             conditions);
}

static void bind_condition(struct query *query, const struct field *field,
                           const struct store_index *index)
{
    const void *member = (const char *)index + field->offset;

    if (field->is_text)
        query_bind_span(query, store_index_text(*(const struct span *)member));
    else
        query_bind_number(query, *(const uint64_t *)member);
}

enum pqhw_status objects_find(struct store_tx *tx, uint32_t partition,
                              const struct store_query *wanted, uint32_t *out, size_t max,
                              size_t *num)
{
    enum pqhw_status status = PQHW_OK;
    struct query query = query_start(tx, STATEMENT_FIND + (wanted->by & BY_ALL));
    size_t found = 0;
    bool row = false;

    REQUIRE(wanted->after <= STORE_NUMBER_MAX, PQHW_ARGUMENTS_BAD);
    for (size_t i = 0; i < NUM_FIELDS; i++) {
        if ((wanted->by & fields[i].by) != 0)
            bind_condition(&query, &fields[i], &wanted->index);
    }
    query_bind_number(&query, object_id(partition, wanted->after));
    query_bind_number(&query, object_id_last(partition));
    query_bind_number(&query, max < STORE_NUMBER_MAX ? max : STORE_NUMBER_MAX);
    for (;;) {
        uint64_t id = 0;
        TRY(query_step(&query, &row));
        if (!row)
            break;
        TRY(query_number(&query, 0, &id));
        out[found++] = (uint32_t)(id & STORE_NUMBER_MAX);
    }
    *num = found;
out:
    query_end(&query);
    return status;
}

/* Read the row that the query stands on; its spans last as long as the query. */
static enum pqhw_status read_row(const struct query *query, struct store_record *record)
{
    enum pqhw_status status = PQHW_OK;
    struct store_index *index = &record->index;

    TRY(query_number(query, 0, &index->object_class));
    TRY(query_number(query, 1, &index->key_type));
    TRY(query_span(query, 2, STORE_INDEX_TEXT_MAX, &index->id));
    TRY(query_span(query, 3, STORE_INDEX_TEXT_MAX, &index->label));
    TRY(query_span(query, 4, STORE_INDEX_TEXT_MAX, &index->unique_id));
    TRY(query_span(query, 5, STORE_BLOB_MAX, &record->blob));
out:
    return status;
}

enum pqhw_status objects_get(struct store_tx *tx, uint32_t partition, uint32_t number,
                             struct store_record *out)
{
    enum pqhw_status status = PQHW_OK;
    struct query query = query_start(tx, STATEMENT_OBJECT_GET);
    struct store_record record = {.partition = partition, .number = number};

    REQUIRE(store_number_valid(number), PQHW_NOT_FOUND);
    query_bind_number(&query, object_id(partition, number));
    TRY(query_step_one(&query));
    TRY(read_row(&query, &record));
    TRY(store_record_own(&record));
    *out = record;
out:
    query_end(&query);
    return status;
}

enum pqhw_status objects_put(struct store_tx *tx, const struct store_record *record)
{
    enum pqhw_status status = PQHW_OK;
    struct query query = query_start(tx, STATEMENT_OBJECT_PUT);
    const struct store_index *index = &record->index;

    REQUIRE(store_number_valid(record->number), PQHW_ARGUMENTS_BAD);
    REQUIRE(record->blob.len <= STORE_BLOB_MAX, PQHW_LIMIT_EXCEEDED);
    query_bind_number(&query, object_id(record->partition, record->number));
    query_bind_number(&query, index->object_class);
    query_bind_number(&query, index->key_type);
    query_bind_span(&query, store_index_text(index->id));
    query_bind_span(&query, store_index_text(index->label));
    query_bind_span(&query, store_index_text(index->unique_id));
    query_bind_span(&query, record->blob);
    TRY(query_change(&query, NULL));
out:
    query_end(&query);
    return status;
}

enum pqhw_status objects_delete(struct store_tx *tx, uint32_t partition, uint32_t number)
{
    enum pqhw_status status = PQHW_OK;
    struct query query = query_start(tx, STATEMENT_OBJECT_DELETE);
    int num_changed = 0;

    REQUIRE(store_number_valid(number), PQHW_NOT_FOUND);
    query_bind_number(&query, object_id(partition, number));
    TRY(query_change(&query, &num_changed));
    REQUIRE(num_changed > 0, PQHW_NOT_FOUND);
out:
    query_end(&query);
    return status;
}
