/* SPDX-License-Identifier: Apache-2.0
 *
 * Searching. The store's index narrows the candidates down; each is then compared as a whole, since
 * the index is a copy that is not trusted.
 */
#include <stdlib.h>
#include <string.h>

#include "hsm/door.h"

#define BATCH 256

struct search {
    struct span template;
    struct find found;
    size_t cap;
};

static enum pqhw_status add_result(struct search *search, CK_OBJECT_HANDLE handle)
{
    struct find *found = &search->found;

    if (found->num == search->cap) {
        size_t cap = search->cap == 0 ? 16 : search->cap * 2;
        CK_OBJECT_HANDLE *grown = realloc(found->handles, cap * sizeof(*grown));
        if (grown == NULL)
            return PQHW_NO_MEMORY;
        found->handles = grown;
        search->cap = cap;
    }
    found->handles[found->num++] = handle;
    return PQHW_OK;
}

static bool matches(const struct object *object, struct span template)
{
    struct span attrs = object_attrs(object);
    struct attr wanted;
    struct span value;

    for (struct reader r = reader(template); attrs_next(&r, &wanted);) {
        if (!attrs_get(attrs, wanted.type, &value) || !span_equal(value, wanted.value))
            return false;
    }
    return true;
}

static enum pqhw_status consider(struct op *op, struct search *search, const struct object *object)
{
    if (object_is_private(object) && op->role != ROLE_USER)
        return PQHW_OK;
    return matches(object, search->template) ? add_result(search, object->handle) : PQHW_OK;
}

static struct store_query query_for(struct span template)
{
    struct store_query query = {.index = {.key_type = STORE_NO_KEY_TYPE}};

    if (attrs_has(template, CKA_CLASS)) {
        query.by |= STORE_BY_CLASS;
        query.index.object_class = attrs_number(template, CKA_CLASS, 0);
    }
    if (attrs_has(template, CKA_KEY_TYPE)) {
        query.by |= STORE_BY_KEY_TYPE;
        query.index.key_type = attrs_number(template, CKA_KEY_TYPE, 0);
    }
    if (attrs_get(template, CKA_ID, &query.index.id))
        query.by |= STORE_BY_ID;
    if (attrs_get(template, CKA_LABEL, &query.index.label))
        query.by |= STORE_BY_LABEL;
    if (attrs_get(template, CKA_UNIQUE_ID, &query.index.unique_id))
        query.by |= STORE_BY_UNIQUE_ID;
    return query;
}

/* One record that cannot be used, such as one that was put in or put back outside pqhw, does not
 * keep the others from being found. */
static bool not_genuine(enum pqhw_status status)
{
    return status == PQHW_RECORD_DAMAGED || status == PQHW_VERSION_UNKNOWN ||
           status == PQHW_NOT_FOUND;
}

static enum pqhw_status search_batch(struct op *op, struct search *search, struct store_tx *tx,
                                     uint64_t generation, const uint32_t *numbers, size_t num)
{
    enum pqhw_status status = PQHW_OK;

    for (size_t i = 0; i < num; i++) {
        struct object *object = NULL;

        status = object_load_in(op->partition, tx, generation, numbers[i], &object);
        if (not_genuine(status)) {
            search->found.damaged++;
            status = PQHW_OK;
        } else if (status == PQHW_OK) {
            status = consider(op, search, object);
        }
        object_unref(object);
        TRY(status);
    }
out:
    return status;
}

static enum pqhw_status search_store(struct op *op, struct search *search)
{
    enum pqhw_status status = PQHW_OK;
    const struct store_ops *store = op->app->device->store_ops;
    struct store_query query = query_for(search->template);
    struct store_tx *tx = NULL;
    uint32_t numbers[BATCH];
    size_t num;

    uint64_t generation = partition_generation(op->partition);
    TRY(store->begin(op->app->device->store, &tx, false));
    do {
        TRY(store->object_find(tx, op->partition->slot, &query, numbers, BATCH, &num));
        TRY(search_batch(op, search, tx, generation, numbers, num));
        if (num > 0)
            query.after = numbers[num - 1];
    } while (num == BATCH);
out:
    if (tx != NULL)
        store->rollback(tx);
    return status;
}

static enum pqhw_status search_session_objects(struct op *op, struct search *search)
{
    enum pqhw_status status = PQHW_OK;
    struct app_slot *slot = op->session->slot;
    size_t at = 0;

    pthread_mutex_lock(&slot->app->lock);
    for (struct object *object; (object = table_next(&slot->objects, &at)) != NULL;)
        TRY(consider(op, search, object));
out:
    pthread_mutex_unlock(&slot->app->lock);
    return status;
}

static enum pqhw_status search_builtin(struct op *op, struct search *search)
{
    enum pqhw_status status = PQHW_OK;
    struct object *object;

    for (size_t i = 0; (object = builtin_object(op->partition, i)) != NULL; i++) {
        status = consider(op, search, object);
        object_unref(object);
        TRY(status);
    }
out:
    return status;
}

static enum pqhw_status run_find_init(struct op *op, void *args)
{
    enum pqhw_status status = PQHW_OK;
    struct search *search = args;
    bool token = attrs_bool(search->template, CKA_TOKEN, true);
    bool session = !attrs_bool(search->template, CKA_TOKEN, false);

    REQUIRE(!op->session->find.active, PQHW_OPERATION_ACTIVE);
    if (token) {
        TRY(search_store(op, search));
        TRY(search_builtin(op, search));
    }
    if (session)
        TRY(search_session_objects(op, search));
    search->found.active = true;
    op->session->find = search->found;
    search->found = (struct find){0};
out:
    find_end(&search->found);
    return status;
}

enum pqhw_status hsm_find_init(struct hsm_app *app, CK_SESSION_HANDLE session, struct span template)
{
    struct search args = {.template = template};

    return door(app, session, ACTION_FIND, run_find_init, &args);
}

struct fetch {
    CK_OBJECT_HANDLE *out;
    size_t max;
    size_t num;
    size_t damaged;
};

static enum pqhw_status run_find(struct op *op, void *args)
{
    struct fetch *fetch = args;
    struct find *find = &op->session->find;

    if (!find->active)
        return PQHW_OPERATION_NOT_INITIALIZED;
    fetch->damaged = find->damaged;
    fetch->num = find->num - find->next < fetch->max ? find->num - find->next : fetch->max;
    if (fetch->num > 0)
        memcpy(fetch->out, find->handles + find->next, fetch->num * sizeof(*fetch->out));
    find->next += fetch->num;
    return PQHW_OK;
}

enum pqhw_status hsm_find(struct hsm_app *app, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *out,
                          size_t max, size_t *num)
{
    struct fetch args = {.out = out, .max = max};
    enum pqhw_status status = door(app, session, ACTION_FIND, run_find, &args);

    if (status == PQHW_OK)
        *num = args.num;
    return status;
}

enum pqhw_status hsm_find_damaged(struct hsm_app *app, CK_SESSION_HANDLE session, size_t *out)
{
    struct fetch args = {0};
    enum pqhw_status status = door(app, session, ACTION_FIND, run_find, &args);

    if (status == PQHW_OK)
        *out = args.damaged;
    return status;
}

static enum pqhw_status run_find_final(struct op *op, void *args)
{
    (void)args;
    if (!op->session->find.active)
        return PQHW_OPERATION_NOT_INITIALIZED;
    find_end(&op->session->find);
    return PQHW_OK;
}

enum pqhw_status hsm_find_final(struct hsm_app *app, CK_SESSION_HANDLE session)
{
    return door(app, session, ACTION_FIND, run_find_final, NULL);
}
