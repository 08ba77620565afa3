/* SPDX-License-Identifier: Apache-2.0
 *
 * Slots, and the making and destroying of tokens.
 */
#include <string.h>

#include "crypto/random/random.h"
#include "hsm/detail.h"
#include "hsm/door.h"
#include "hsm/user.h"

/* ---- looking ---- */

static enum pqhw_status list_slots(struct hsm_device *device, CK_SLOT_ID *out, size_t *num)
{
    enum pqhw_status status = PQHW_OK;
    struct store_tx *tx = NULL;
    struct buf slots = BUF_INIT(STORE_BLOB_MAX);
    size_t room = *num;
    size_t found = 0;
    uint32_t next;
    uint32_t *list = NULL;

    TRY(device->store_ops->begin(device->store, &tx, false));
    TRY(device->store_ops->partition_list(tx, NULL, 0, &found));
    if (found > 0) {
        list = (uint32_t *)(void *)buf_extend(&slots, found * sizeof(*list));
        TRY(buf_status(&slots));
        TRY(device->store_ops->partition_list(tx, list, found, &found));
    }
    TRY(device_next_slot(device, tx, &next));
    *num = found + 1;
    if (out == NULL)
        goto out;
    REQUIRE(room >= found + 1, PQHW_BUFFER_TOO_SMALL);
    for (size_t i = 0; i < found; i++)
        out[i] = list[i];
    out[found] = next;
out:
    if (tx != NULL)
        device->store_ops->rollback(tx);
    buf_free(&slots);
    return status;
}

enum pqhw_status hsm_slot_list(struct hsm_app *app, CK_SLOT_ID *out, size_t *num)
{
    enum pqhw_status status = PQHW_OK;

    detail_clear();
    status = device_attach(app->device);
    if (status == PQHW_OK)
        return list_slots(app->device, out, num);
    /* No device yet: there is one slot, and the first token makes the device. */
    REQUIRE(status == PQHW_DEVICE_ABSENT, status);
    status = PQHW_OK;
    size_t room = *num;
    *num = 1;
    REQUIRE(out == NULL || room >= 1, PQHW_BUFFER_TOO_SMALL);
    if (out != NULL)
        out[0] = 0;
out:
    return status;
}

static void add_session_counts(struct hsm_app *app, struct hsm_slot_info *out)
{
    pthread_mutex_lock(&app->lock);
    for (struct app_slot *slot = app->slots; slot != NULL; slot = slot->next) {
        if (slot->partition->slot == out->slot) {
            out->num_sessions += slot->num_sessions;
            out->num_rw_sessions += slot->num_rw_sessions;
        }
    }
    pthread_mutex_unlock(&app->lock);
}

enum pqhw_status hsm_slot_info(struct hsm_app *app, CK_SLOT_ID slot, struct hsm_slot_info *out)
{
    enum pqhw_status status = PQHW_OK;
    struct partition *partition = NULL;
    struct partition_state state;

    detail_clear();
    *out = (struct hsm_slot_info){.slot = slot};
    status = partition_open(app->device, slot, &partition);
    if (status == PQHW_TOKEN_NOT_RECOGNIZED)
        return PQHW_OK;
    TRY(status);
    partition_snapshot(partition, &state);
    out->initialized = true;
    memcpy(out->label, state.label, sizeof(out->label));
    memcpy(out->serial, state.serial, sizeof(out->serial));
    out->user_pin_set = state.login[PARTITION_USER].set;
    out->user_tries_left = state.login[PARTITION_USER].tries_left;
    out->so_tries_left = state.login[PARTITION_SO].tries_left;
    out->max_tries = state.max_tries;
    out->num_objects = state.num_objects;
    out->policy = state.policy;
    add_session_counts(app, out);
out:
    if (partition != NULL)
        partition_unref(partition);
    return status;
}

/* ---- making ---- */

struct token_init {
    CK_SLOT_ID slot;
    struct span so_pin;
    const char *label;
};

static enum pqhw_status random_serial(const struct hsm_device *device,
                                      char out[PARTITION_SERIAL_LEN])
{
    static const char digits[] = "0123456789abcdef";
    uint8_t bytes[PARTITION_SERIAL_LEN / 2];
    enum pqhw_status status = random_bytes(device->classic, bytes, sizeof(bytes));

    for (size_t i = 0; status == PQHW_OK && i < sizeof(bytes); i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    return status;
}

/* A token as new: another master key, no objects, no user. `state` brings the slot and, if there
 * was a token, its serial number. */
static enum pqhw_status fresh_state(const struct hsm_device *device, const struct token_init *init,
                                    struct partition_state *state)
{
    enum pqhw_status status = PQHW_OK;
    struct secret master = {0};
    struct partition_state fresh = {.slot = state->slot,
                                    .epoch = state->epoch,
                                    .next_number = 1,
                                    .max_tries = device->settings.pin_tries,
                                    .audit = state->audit,
                                    .outbox = state->outbox};

    memcpy(fresh.serial, state->serial, sizeof(fresh.serial));
    memcpy(fresh.label, init->label, sizeof(fresh.label));
    if (fresh.serial[0] == '\0')
        TRY(random_serial(device, fresh.serial));
    TRY(random_bytes(device->classic, fresh.instance, sizeof(fresh.instance)));
    TRY(secret_new(&master, CLASSIC_KEY_LEN));
    TRY(random_bytes(device->classic, master.ptr, master.len));
    TRY(user_login_make(device, init->so_pin, &master, fresh.max_tries,
                        &fresh.login[PARTITION_SO]));
    *state = fresh;
out:
    secret_free(&master);
    return status;
}

/* In a transaction: the token in the slot is still the one whose officer's PIN was checked. */
static enum pqhw_status check_same(const struct partition *partition, struct store_tx *tx,
                                   struct partition_state *now)
{
    enum pqhw_status status = PQHW_OK;

    status = partition_state_get(partition->device, tx, partition->slot, now);
    REQUIRE(status != PQHW_NOT_FOUND, PQHW_DEVICE_ABSENT);
    TRY(status);
    REQUIRE(partition_is(partition, now), PQHW_DEVICE_ABSENT);
out:
    return status;
}

/* The device's own record counts tokens made and destroyed, and names the last one's audit record:
 * its log cannot end before that unnoticed, nor the database go back. */
static enum pqhw_status audit_with(struct op *op, struct store_tx *tx)
{
    enum pqhw_status status = PQHW_OK;
    struct hsm_device *device = op->app->device;
    struct device_changes changes;

    TRY(device_changes_get(device, tx, &changes));
    op->mark = changes.audit;
    op->epoch = ++changes.epoch;
    TRY(op_audit(op));
    changes.audit = op->mark;
    TRY(device_changes_put(device, tx, &changes));
out:
    return status;
}

static enum pqhw_status store_fresh(struct op *op, struct partition_state *state)
{
    enum pqhw_status status = PQHW_OK;
    struct hsm_device *device = op->app->device;
    struct partition_state now;
    struct store_tx *tx = NULL;

    TRY(device->store_ops->begin(device->store, &tx, true));
    if (op->partition == NULL) {
        TRY(device_take_slot(device, tx, state->slot));
    } else {
        TRY(check_same(op->partition, tx, &now));
        state->audit = now.audit;
        state->outbox = now.outbox;
        state->epoch = now.epoch;
        TRY(device->store_ops->partition_clear(tx, state->slot));
    }
    TRY(partition_state_put(device, tx, state));
    TRY(audit_with(op, tx));
    struct store_tx *done = tx;
    tx = NULL;
    TRY(device->store_ops->commit(done));
out:
    if (tx != NULL)
        device->store_ops->rollback(tx);
    return status;
}

static enum pqhw_status run_token_init(struct op *op, void *args)
{
    enum pqhw_status status = PQHW_OK;
    const struct token_init *init = args;
    struct partition_state state = {.slot = (uint32_t)init->slot};
    struct secret master = {0};

    if (op->partition != NULL) {
        TRY(user_check_pin(op->partition, PARTITION_SO, init->so_pin, &master));
        partition_snapshot(op->partition, &state);
    }
    TRY(user_pin_acceptable(init->so_pin));
    TRY(fresh_state(op->app->device, init, &state));
    TRY(store_fresh(op, &state));
out:
    secret_free(&master);
    return status;
}

static bool has_sessions(struct hsm_app *app, CK_SLOT_ID slot)
{
    struct hsm_slot_info info = {.slot = slot};

    add_session_counts(app, &info);
    return info.num_sessions > 0;
}

/* The token in a slot, or NULL if the slot is the free one. The device is made if there is none
 * yet. */
static enum pqhw_status open_or_free(struct hsm_app *app, CK_SLOT_ID slot, struct partition **out)
{
    enum pqhw_status status = device_attach(app->device);

    if (status == PQHW_DEVICE_ABSENT && slot == 0) {
        status = hsm_device_create(app->device, NULL);
        if (status == PQHW_ALREADY_INITIALIZED)
            status = PQHW_OK; /* someone else was faster */
    }
    if (status != PQHW_OK)
        return status == PQHW_DEVICE_ABSENT ? PQHW_SLOT_ID_INVALID : status;
    status = partition_open(app->device, slot, out);
    return status == PQHW_TOKEN_NOT_RECOGNIZED ? PQHW_OK : status;
}

enum pqhw_status hsm_token_init(struct hsm_app *app, CK_SLOT_ID slot, struct span so_pin,
                                const char label[HSM_LABEL_LEN])
{
    enum pqhw_status status = PQHW_OK;
    struct partition *partition = NULL;
    struct token_init args = {.slot = slot, .so_pin = so_pin, .label = label};

    detail_clear();
    REQUIRE(!has_sessions(app, slot), PQHW_SESSION_EXISTS);
    TRY(open_or_free(app, slot, &partition));
    TRY(door_token(app, (uint32_t)slot, partition, ACTION_TOKEN_INIT, run_token_init, &args));
out:
    if (partition != NULL)
        partition_unref(partition);
    return status;
}

/* ---- destroying ---- */

static enum pqhw_status remove_partition(struct op *op)
{
    enum pqhw_status status = PQHW_OK;
    struct hsm_device *device = op->app->device;
    struct partition_state now;
    struct store_tx *tx = NULL;

    TRY(device->store_ops->begin(device->store, &tx, true));
    TRY(check_same(op->partition, tx, &now));
    if (now.outbox.len > 0) /* which goes with it; the log stays */
        TRY(audit_sync_all(op->partition->audit));
    TRY(device->store_ops->partition_delete(tx, op->slot));
    TRY(audit_with(op, tx));
    struct store_tx *done = tx;
    tx = NULL;
    TRY(device->store_ops->commit(done));
out:
    if (tx != NULL)
        device->store_ops->rollback(tx);
    return status;
}

static enum pqhw_status run_token_delete(struct op *op, void *args)
{
    enum pqhw_status status = PQHW_OK;
    const struct span *so_pin = args;
    struct secret master = {0};

    status = user_check_pin(op->partition, PARTITION_SO, *so_pin, &master);
    /* A token whose security officer is locked out is of no use to anyone: who may write to the
     * device may remove it. */
    REQUIRE(status == PQHW_OK || status == PQHW_PIN_LOCKED, status);
    TRY(remove_partition(op));
out:
    secret_free(&master);
    return status;
}

enum pqhw_status hsm_token_delete(struct hsm_app *app, CK_SLOT_ID slot, struct span so_pin)
{
    enum pqhw_status status = PQHW_OK;
    struct partition *partition = NULL;

    detail_clear();
    REQUIRE(!has_sessions(app, slot), PQHW_SESSION_EXISTS);
    TRY(partition_open(app->device, slot, &partition));
    TRY(door_token(app, (uint32_t)slot, partition, ACTION_TOKEN_DELETE, run_token_delete, &so_pin));
out:
    if (partition != NULL)
        partition_unref(partition);
    return status;
}
