/* SPDX-License-Identifier: Apache-2.0
 *
 * The last step of an operation that changes something: all its changes and its audit record, or
 * none.
 */
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
        if (object_is_token(op->changes[i].object))
            TRY(commit_one(op, tx, state, &op->changes[i]));
    }
out:
    return status;
}

/* Token objects take their place in the cache. */
static void publish(struct op *op)
{
    for (size_t i = 0; i < op->num_changes; i++) {
        struct change *change = &op->changes[i];

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
        if (!object_is_token(op->changes[num].object))
            undo_session_object(op, &op->changes[num]);
    }
}

/* A pair may have one half in the session: what was done before a failure is undone. */
static enum pqhw_status commit_session_objects(struct op *op)
{
    enum pqhw_status status = PQHW_OK;
    size_t i;

    for (i = 0; i < op->num_changes; i++) {
        if (!object_is_token(op->changes[i].object))
            TRY(commit_session_object(op, &op->changes[i]));
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

enum pqhw_status commit_changes(struct op *op, const struct audit_event *event)
{
    enum pqhw_status status = PQHW_OK;
    const struct store_ops *store = op->app->device->store_ops;
    struct audit_event record = *event;
    struct partition_state state;
    struct store_tx *tx = NULL;
    bool in_session = false;

    TRY(store->begin(op->app->device->store, &tx, true));
    TRY(partition_state_get(op->app->device, tx, op->partition->slot, &state));
    REQUIRE(partition_is(op->partition, &state), PQHW_DEVICE_ABSENT);
    TRY(commit_all(op, tx, &state));
    TRY(commit_session_objects(op));
    in_session = true;
    /* Audited before it is done: nothing can happen without its record. Should the commit fail, a
     * second record says so. It is on the disk first, since the state will name it. */
    record.epoch = ++state.epoch;
    TRY(audit_append(op->partition->audit, &record, &state.audit, &state.audit));
    TRY(audit_sync(op->partition->audit, false));
    TRY(partition_state_put(op->app->device, tx, &state));
    struct store_tx *done = tx;
    tx = NULL;
    TRY(store->commit(done));
    publish(op);
out:
    if (tx != NULL)
        store->rollback(tx);
    if (status != PQHW_OK && in_session)
        undo_session_objects(op, op->num_changes);
    return status;
}
