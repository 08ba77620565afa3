/* SPDX-License-Identifier: Apache-2.0
 *
 * The token objects that a process has in memory, in the order of their last use.
 */
#include "hsm/object_cache.h"

#include "hsm/detail.h"
#include "hsm/freshness.h"
#include "hsm/record.h"

/* Of a partition's objects in memory: a hundred thousand certificates. */
#define CACHE_MAX_SIZE ((size_t)128 * 1024 * 1024)

/* ---- the list; with the partition's lock held ---- */

static void unlink_object(struct partition *partition, struct object *object)
{
    *(object->older != NULL ? &object->older->newer : &partition->oldest) = object->newer;
    *(object->newer != NULL ? &object->newer->older : &partition->newest) = object->older;
    object->older = object->newer = NULL;
}

static void link_newest(struct partition *partition, struct object *object)
{
    object->older = partition->newest;
    object->newer = NULL;
    *(partition->newest != NULL ? &partition->newest->newer : &partition->oldest) = object;
    partition->newest = object;
}

static size_t size_of(const struct object *object)
{
    return sizeof(*object) + object->attrs.cap + object->sealed.cap;
}

static enum pqhw_status put_in(struct partition *partition, struct object *object)
{
    enum pqhw_status status = table_add(&partition->objects, object->number, object);

    if (status == PQHW_OK) {
        link_newest(partition, object);
        partition->objects_size += size_of(object);
    }
    return status;
}

static struct object *take_out(struct partition *partition, uint32_t number)
{
    struct object *object = table_remove(&partition->objects, number);

    if (object != NULL) {
        unlink_object(partition, object);
        partition->objects_size -= size_of(object);
    }
    return object;
}

static struct object *take_oldest_unused(struct partition *partition)
{
    for (struct object *object = partition->oldest; object != NULL; object = object->newer) {
        if (atomic_load(&object->refs) == 1)
            return take_out(partition, object->number);
    }
    return NULL;
}

/* What is too much, as a chain. */
static struct object *take_excess(struct partition *partition)
{
    struct object *taken = NULL;

    while (partition->objects_size > CACHE_MAX_SIZE) {
        struct object *object = take_oldest_unused(partition);
        if (object == NULL)
            break;
        object->newer = taken;
        taken = object;
    }
    return taken;
}

/* ---- the cache ---- */

bool object_cache_evict(struct partition *partition)
{
    pthread_mutex_lock(&partition->lock);
    struct object *object = take_oldest_unused(partition);
    pthread_mutex_unlock(&partition->lock);
    object_unref(object);
    return object != NULL;
}

void object_cache_put(struct object *object)
{
    struct partition *partition = object->partition;

    pthread_mutex_lock(&partition->lock);
    struct object *before = take_out(partition, object->number);
    if (before != NULL && before->version > object->version) {
        /* Another thread has put a later version meanwhile: keep that. */
        if (put_in(partition, before) == PQHW_OK)
            before = NULL;
    } else if (put_in(partition, object) == PQHW_OK) {
        object_ref(object);
    }
    struct object *excess = take_excess(partition);
    pthread_mutex_unlock(&partition->lock);
    object_unref(before);
    while (excess != NULL) {
        struct object *next = excess->newer;
        object_unref(excess);
        excess = next;
    }
}

void object_cache_drop(struct partition *partition, uint32_t number)
{
    pthread_mutex_lock(&partition->lock);
    struct object *object = take_out(partition, number);
    pthread_mutex_unlock(&partition->lock);
    object_unref(object);
}

void object_cache_clear(struct partition *partition)
{
    struct object *object;

    do {
        pthread_mutex_lock(&partition->lock);
        object = partition->oldest;
        if (object != NULL)
            take_out(partition, object->number);
        pthread_mutex_unlock(&partition->lock);
        object_unref(object);
    } while (object != NULL);
}

/* What the cache has, and whether it is known to be the present version. */
static struct object *cached(struct partition *partition, uint32_t number, bool *fresh)
{
    pthread_mutex_lock(&partition->lock);
    struct object *object = table_get(&partition->objects, number);
    if (object != NULL) {
        object_ref(object);
        *fresh = object->generation == partition->generation;
        unlink_object(partition, object);
        link_newest(partition, object);
    }
    pthread_mutex_unlock(&partition->lock);
    return object;
}

/* ---- from the store ---- */

static enum pqhw_status read_object(struct partition *partition, struct store_tx *tx,
                                    const struct partition_state *state, uint32_t number,
                                    uint64_t version, struct object **out)
{
    enum pqhw_status status = PQHW_OK;
    struct hsm_device *device = partition->device;
    struct store_record row = {.owner = BUF_INIT(STORE_BLOB_MAX)};
    struct record record;
    struct buf attrs = BUF_INIT(ATTRS_MAX_LEN);
    struct secret none = {0};

    status = device->store_ops->object_get(tx, partition->slot, number, &row);
    REQUIRE(status != PQHW_NOT_FOUND, PQHW_RECORD_DAMAGED);
    TRY(status);
    TRY(record_decode(device, state, number, row.blob, &record));
    REQUIRE(record.version == version, PQHW_RECORD_DAMAGED);
    buf_put(&attrs, record.attrs.ptr, record.attrs.len);
    TRY(buf_status(&attrs));
    TRY(object_new(out, partition, &attrs, &none));
    (*out)->number = number;
    (*out)->handle = number;
    (*out)->version = version;
    buf_put(&(*out)->sealed, record.sealed.ptr, record.sealed.len);
    status = buf_status(&(*out)->sealed);
    if (status != PQHW_OK) {
        object_unref(*out);
        *out = NULL;
    }
out:
    if (status == PQHW_RECORD_DAMAGED)
        detail_set("the record of object %u in slot %u was changed or replaced outside pqhw",
                   number, partition->slot);
    buf_free(&attrs);
    buf_free(&row.owner);
    return status;
}

/* known is the version in the cache or NULL; *out is it again if it is the present one. */
static enum pqhw_status load_present(struct partition *partition, struct store_tx *tx,
                                     const struct partition_state *state, uint32_t number,
                                     struct object *known, struct object **out)
{
    enum pqhw_status status = PQHW_OK;
    struct freshness freshness;

    REQUIRE(partition_is(partition, state), PQHW_DEVICE_ABSENT);
    REQUIRE(number > 0 && number < state->next_number, PQHW_NOT_FOUND);
    TRY(freshness_get(partition->device, tx, state, number, &freshness));
    REQUIRE(freshness.present, PQHW_NOT_FOUND);
    if (known != NULL && known->version == freshness.version)
        *out = object_ref(known);
    else
        TRY(read_object(partition, tx, state, number, freshness.version, out));
out:
    return status;
}

/* Load, or confirm what is known, and keep the cache right about it. */
static enum pqhw_status load(struct partition *partition, struct store_tx *tx,
                             const struct partition_state *state, uint64_t generation,
                             uint32_t number, struct object *known, struct object **out)
{
    enum pqhw_status status = load_present(partition, tx, state, number, known, out);

    if (status == PQHW_OK) {
        pthread_mutex_lock(&partition->lock);
        (*out)->generation = generation;
        pthread_mutex_unlock(&partition->lock);
        if (*out != known)
            object_cache_put(*out);
    } else if (status != PQHW_NO_MEMORY) {
        object_cache_drop(partition, number);
    }
    return status;
}

/* The two ways to what the cache does not have, or not for certain: in a transaction of its own, or
 * in one that is there. */

static enum pqhw_status load_alone(struct partition *partition, uint32_t number,
                                   struct object *known, struct object **out)
{
    enum pqhw_status status = PQHW_OK;
    const struct hsm_device *device = partition->device;
    uint64_t generation = partition_generation(partition);
    struct store_tx *tx = NULL;
    struct partition_state state;

    TRY(device->store_ops->begin(device->store, &tx, false));
    TRY(partition_state_get(device, tx, partition->slot, &state));
    TRY(load(partition, tx, &state, generation, number, known, out));
out:
    if (tx != NULL)
        device->store_ops->rollback(tx);
    return status;
}

static enum pqhw_status load_in(struct partition *partition, struct store_tx *tx,
                                uint64_t generation, uint32_t number, struct object *known,
                                struct object **out)
{
    enum pqhw_status status = PQHW_OK;
    struct partition_state state;

    TRY(partition_state_in(partition, tx, generation, &state));
    TRY(load(partition, tx, &state, generation, number, known, out));
out:
    return status;
}

enum pqhw_status object_load(struct partition *partition, uint32_t number, struct object **out)
{
    bool fresh = false;
    struct object *known = cached(partition, number, &fresh);

    *out = known;
    if (known != NULL && fresh)
        return PQHW_OK;
    *out = NULL;
    enum pqhw_status status = load_alone(partition, number, known, out);
    object_unref(known);
    return status;
}

enum pqhw_status object_load_in(struct partition *partition, struct store_tx *tx,
                                uint64_t generation, uint32_t number, struct object **out)
{
    bool fresh = false;
    struct object *known = cached(partition, number, &fresh);

    *out = known;
    if (known != NULL && fresh)
        return PQHW_OK;
    *out = NULL;
    enum pqhw_status status = load_in(partition, tx, generation, number, known, out);
    object_unref(known);
    return status;
}
