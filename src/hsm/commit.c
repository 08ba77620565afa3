/* SPDX-License-Identifier: Apache-2.0
 *
 * The last step of an operation that changes something: all its changes and its audit record, or
 * none.
 */
#include <stdio.h>
#include <string.h>

#include "base/wipe.h"
#include "hsm/detail.h"
#include "hsm/door.h"
#include "hsm/freshness.h"
#include "hsm/record.h"

#define MAX_TOKEN_OBJECTS 1000000u

static struct store_index index_of(struct span attrs)
{
    struct store_index index = {
        .object_class = attrs_number(attrs, CKA_CLASS, 0),
        .key_type = STORE_NO_KEY_TYPE,
    };

    if (attrs_has(attrs, CKA_KEY_TYPE))
        index.key_type = attrs_number(attrs, CKA_KEY_TYPE, 0);
    attrs_get(attrs, CKA_ID, &index.id);
    attrs_get(attrs, CKA_LABEL, &index.label);
    attrs_get(attrs, CKA_UNIQUE_ID, &index.unique_id);
    return index;
}

/* Seal and store one version of a token object. The sealed part is kept with the object too. */
static enum pqhw_status put_object(struct op *op, struct store_tx *tx,
                                   const struct partition_state *state, struct object *object,
                                   struct span secrets)
{
    enum pqhw_status status = PQHW_OK;
    const struct hsm_device *device = op->app->device;
    uint8_t sk_object[CLASSIC_KEY_LEN];
    struct buf blob = BUF_INIT(STORE_BLOB_MAX);
    struct record record;

    if (secrets.len > 0)
        TRY(partition_object_key(op->partition, object->number, sk_object));
    TRY(record_encode(device, state, object->number, object->version, object_attrs(object), secrets,
                      sk_object, &blob));
    TRY(device->store_ops->object_put(
        tx, &(struct store_record){.partition = state->slot,
                                   .number = object->number,
                                   .index = index_of(object_attrs(object)),
                                   .blob = buf_span(&blob)}));
    TRY(record_decode(device, state, object->number, buf_span(&blob), &record));
    object->sealed.len = 0; /* of an attempt that was rolled back */
    buf_put(&object->sealed, record.sealed.ptr, record.sealed.len);
    TRY(buf_status(&object->sealed));
out:
    WIPE(sk_object);
    buf_free(&blob);
    return status;
}

static enum pqhw_status commit_new(struct op *op, struct store_tx *tx,
                                   struct partition_state *state, struct object *object)
{
    enum pqhw_status status = PQHW_OK;

    REQUIRE(state->num_objects < MAX_TOKEN_OBJECTS && state->next_number <= STORE_NUMBER_MAX,
            PQHW_LIMIT_EXCEEDED);
    object->number = state->next_number++;
    object->handle = object->number;
    state->num_objects++;
    TRY(freshness_next(op->app->device, tx, state, object->number, true, &object->version));
    TRY(put_object(op, tx, state, object, secret_span(&object->secrets)));
out:
    return status;
}

/* The version that the operation saw must still be the present one; so with destroying, which a
 * newer one may forbid. */
static enum pqhw_status commit_replace(struct op *op, struct store_tx *tx,
                                       struct partition_state *state, struct object *before,
                                       struct object *after)
{
    enum pqhw_status status = PQHW_OK;
    struct freshness now;
    struct span secrets;

    TRY(freshness_get(op->app->device, tx, state, before->number, &now));
    REQUIRE(now.present, PQHW_OBJECT_HANDLE_INVALID);
    REQUIRE(now.version == before->version, PQHW_CONFLICT);
    TRY(object_secrets(before, &secrets));
    after->number = before->number;
    after->handle = before->handle;
    TRY(freshness_next(op->app->device, tx, state, after->number, true, &after->version));
    TRY(put_object(op, tx, state, after, secrets));
out:
    return status;
}

static enum pqhw_status commit_destroy(struct op *op, struct store_tx *tx,
                                       struct partition_state *state, const struct object *object)
{
    enum pqhw_status status = PQHW_OK;
    struct freshness now;
    uint64_t version;

    TRY(freshness_get(op->app->device, tx, state, object->number, &now));
    REQUIRE(now.present, PQHW_OBJECT_HANDLE_INVALID);
    REQUIRE(now.version == object->version, PQHW_CONFLICT);
    TRY(freshness_next(op->app->device, tx, state, object->number, false, &version));
    TRY(op->app->device->store_ops->object_delete(tx, state->slot, object->number));
    state->num_objects--;
out:
    return status;
}

static enum pqhw_status commit_one(struct op *op, struct store_tx *tx,
                                   struct partition_state *state, const struct change *change)
{
    switch (change->kind) {
    case CHANGE_NEW:
        return commit_new(op, tx, state, change->object);
    case CHANGE_REPLACE:
        return commit_replace(op, tx, state, change->before, change->object);
    default:
        return commit_destroy(op, tx, state, change->object);
    }
}

static enum pqhw_status commit_all(struct op *op, struct store_tx *tx,
                                   struct partition_state *state)
{
    enum pqhw_status status = PQHW_OK;

    if (op->change_state != NULL)
        TRY(op->change_state(op, tx, state, op->args));
    for (size_t i = 0; i < op->num_changes; i++) {
        if (object_is_token(op->room->changes[i].object))
            TRY(commit_one(op, tx, state, &op->room->changes[i]));
    }
out:
    return status;
}

/* Token objects take their place in the cache. */
static void publish(struct op *op)
{
    for (size_t i = 0; i < op->num_changes; i++) {
        struct change *change = &op->room->changes[i];

        if (!object_is_token(change->object))
            continue;
        if (change->kind == CHANGE_DESTROY)
            object_cache_drop(op->partition, change->object->number);
        else
            object_cache_put(change->object);
    }
}

static enum pqhw_status commit_session_object(struct op *op, struct change *change)
{
    enum pqhw_status status = PQHW_OK;
    struct app_slot *slot = op->session->slot;

    switch (change->kind) {
    case CHANGE_NEW:
        TRY(slot_add_object(slot, change->object));
        break;
    case CHANGE_REPLACE:
        REQUIRE(slot_replace_object(slot, change->before, change->object), PQHW_CONFLICT);
        break;
    default:
        REQUIRE(slot_remove_object(slot, change->object->handle), PQHW_OBJECT_HANDLE_INVALID);
    }
out:
    return status;
}

static void undo_session_object(struct op *op, struct change *change)
{
    struct app_slot *slot = op->session->slot;

    switch (change->kind) {
    case CHANGE_NEW:
        slot_remove_object(slot, change->object->handle);
        break;
    case CHANGE_REPLACE:
        /* If the new one is gone already, so would be the old one. */
        slot_replace_object(slot, change->object, change->before);
        break;
    default:
        slot_put_back_object(slot, change->object);
    }
}

static void undo_session_objects(struct op *op, size_t num)
{
    while (num-- > 0) {
        if (!object_is_token(op->room->changes[num].object))
            undo_session_object(op, &op->room->changes[num]);
    }
}

/* A pair may have one half in the session: what was done before a failure is undone. */
static enum pqhw_status commit_session_objects(struct op *op)
{
    enum pqhw_status status = PQHW_OK;
    size_t i;

    for (i = 0; i < op->num_changes; i++) {
        if (!object_is_token(op->room->changes[i].object))
            TRY(commit_session_object(op, &op->room->changes[i]));
    }
out:
    if (status != PQHW_OK)
        undo_session_objects(op, i);
    return status;
}

enum pqhw_status commit_in_session(struct op *op)
{
    enum pqhw_status status = PQHW_OK;

    TRY(commit_session_objects(op));
    status = op_audit(op);
    if (status != PQHW_OK)
        undo_session_objects(op, op->num_changes);
out:
    return status;
}

/* ---- many at once ----
 *
 * A commit waits for the disk, whatever it holds. So threads that want to commit meanwhile wait in
 * the partition's queue, and one of them then commits for all: one transaction, one epoch, an audit
 * record for each.
 */

#define GROUP_MAX 64

struct commit_request {
    struct commit_request *next;
    struct op *op;
    struct audit_event event;
    enum pqhw_status status;
    char detail[256];
    bool in_session; /* its changes to session objects are made */
    bool alone;      /* nothing was done: to be tried without the others */
    bool done;
};

static enum pqhw_status apply(struct commit_request *group, struct store_tx *tx,
                              struct partition_state *state)
{
    enum pqhw_status status = PQHW_OK;

    for (struct commit_request *r = group; r != NULL; r = r->next)
        TRY(commit_all(r->op, tx, state));
    for (struct commit_request *r = group; r != NULL; r = r->next) {
        TRY(commit_session_objects(r->op));
        r->in_session = true;
    }
out:
    return status;
}

/* Audited before it is done: nothing can happen without its record. Should the commit fail, a
 * second record says so. It goes to the disk before the state that names it, or with it. */
static enum pqhw_status record_all(struct commit_request *group, struct audit *audit,
                                   struct partition_state *state)
{
    enum pqhw_status status = PQHW_OK;

    state->epoch++;
    for (struct commit_request *r = group; r != NULL; r = r->next) {
        r->event.epoch = state->epoch;
        TRY(audit_append(audit, &r->event, &state->audit, &state->audit));
    }
    TRY(audit_entrust(audit, &state->outbox));
out:
    return status;
}

/* *of_one says of a failure that it is due to what one of them wants. */
static enum pqhw_status commit_in_store(struct partition *partition, struct commit_request *group,
                                        bool *of_one)
{
    enum pqhw_status status = PQHW_OK;
    const struct hsm_device *device = partition->device;
    const struct store_ops *store = device->store_ops;
    struct partition_state state;
    struct store_tx *tx = NULL;

    TRY(store->begin(device->store, &tx, true));
    TRY(partition_state_get(device, tx, partition->slot, &state));
    REQUIRE(partition_is(partition, &state), PQHW_DEVICE_ABSENT);
    *of_one = true;
    TRY(apply(group, tx, &state));
    *of_one = false;
    TRY(record_all(group, partition->audit, &state));
    TRY(partition_state_put(device, tx, &state));
    struct store_tx *done = tx;
    tx = NULL;
    TRY(store->commit(done));
out:
    if (tx != NULL)
        store->rollback(tx);
    return status;
}

/* All of the group, or nothing. If what one of them wants cannot be, the others have not to suffer
 * for it: each is to be tried alone then. */
static void commit_group(struct partition *partition, struct commit_request *group)
{
    bool of_one = false;
    enum pqhw_status status = commit_in_store(partition, group, &of_one);

    for (struct commit_request *r = group; r != NULL; r = r->next) {
        r->status = status;
        r->alone = of_one && group->next != NULL;
        if (status == PQHW_OK) {
            publish(r->op);
            continue;
        }
        snprintf(r->detail, sizeof(r->detail), "%s", hsm_error_detail());
        if (r->in_session)
            undo_session_objects(r->op, r->op->num_changes);
        r->in_session = false;
    }
}

/* ---- the queue; with its lock held ---- */

static void enqueue(struct commit_queue *queue, struct commit_request *request)
{
    *(queue->last != NULL ? &queue->last->next : &queue->first) = request;
    queue->last = request;
    queue->num_waiting++;
}

static struct commit_request *take_group(struct commit_queue *queue)
{
    struct commit_request *group = queue->first;
    struct commit_request *last = group;

    queue->num_waiting--;
    for (size_t num = 1; num < GROUP_MAX && last->next != NULL; num++) {
        last = last->next;
        queue->num_waiting--;
    }
    queue->first = last->next;
    if (queue->first == NULL)
        queue->last = NULL;
    last->next = NULL;
    return group;
}

/* The lock is given up while the group commits. */
static void lead(struct partition *partition)
{
    struct commit_queue *queue = &partition->commits;
    struct commit_request *group = take_group(queue);

    queue->leading = true;
    pthread_mutex_unlock(&queue->lock);
    commit_group(partition, group);
    pthread_mutex_lock(&queue->lock);
    queue->leading = false;
    while (group != NULL) {
        struct commit_request *next = group->next; /* it may be gone once the lock is */
        group->done = true;
        group = next;
    }
    pthread_cond_broadcast(&queue->done);
}

static void commit_with_others(struct partition *partition, struct commit_request *request)
{
    struct commit_queue *queue = &partition->commits;

    pthread_mutex_lock(&queue->lock);
    enqueue(queue, request);
    while (!request->done) {
        if (queue->leading)
            pthread_cond_wait(&queue->done, &queue->lock);
        else
            lead(partition);
    }
    pthread_mutex_unlock(&queue->lock);
}

enum pqhw_status commit_changes(struct op *op, const struct audit_event *event)
{
    struct commit_request request = {.op = op, .event = *event};

    /* What changes the token itself goes alone: it is rare, and may end what others begin. */
    if (op->change_state == NULL)
        commit_with_others(op->partition, &request);
    if (op->change_state != NULL || request.alone) {
        request.next = NULL;
        commit_group(op->partition, &request);
    }
    if (request.status != PQHW_OK)
        detail_set("%s", request.detail);
    return request.status;
}
