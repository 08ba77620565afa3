/* SPDX-License-Identifier: Apache-2.0 */
#include "hsm/partition.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/wipe.h"
#include "hsm/detail.h"
#include "hsm/home.h"
#include "hsm/object.h"
#include "hsm/policy.h"

#define STATE_VERSION 3 /* 1 had no policy, 2 no outbox */

/* ---- the record ---- */

static void put_login(struct buf *blob, const struct partition_login *login)
{
    buf_put_u8(blob, login->set ? 1 : 0);
    buf_put(blob, login->salt, sizeof(login->salt));
    buf_put(blob, login->wrapped, sizeof(login->wrapped));
    buf_put_u32(blob, login->cost.memory_kib);
    buf_put_u32(blob, login->cost.passes);
    buf_put_u32(blob, login->tries_left);
}

static void copy_to(void *out, size_t len, struct reader *r)
{
    struct span data = read_bytes(r, len);

    if (data.len == len)
        memcpy(out, data.ptr, len);
}

static void get_login(struct reader *r, struct partition_login *out)
{
    out->set = read_u8(r) == 1;
    copy_to(out->salt, sizeof(out->salt), r);
    copy_to(out->wrapped, sizeof(out->wrapped), r);
    out->cost.memory_kib = read_u32(r);
    out->cost.passes = read_u32(r);
    out->tries_left = read_u32(r);
}

static void put_context(struct buf *context, uint32_t slot)
{
    buf_put_str(context, "partition");
    buf_put_u32(context, slot);
}

static void encode(struct buf *blob, const struct partition_state *state)
{
    buf_put_u8(blob, STATE_VERSION);
    buf_put(blob, state->instance, sizeof(state->instance));
    buf_put(blob, state->serial, sizeof(state->serial));
    buf_put(blob, state->label, sizeof(state->label));
    buf_put_u64(blob, state->epoch);
    buf_put_u64(blob, state->tree);
    buf_put_u32(blob, state->next_number);
    buf_put_u32(blob, state->num_objects);
    buf_put_u32(blob, state->max_tries);
    for (size_t i = 0; i < PARTITION_NUM_USERS; i++)
        put_login(blob, &state->login[i]);
    buf_put_u64(blob, state->audit.seq);
    buf_put(blob, state->audit.mac, sizeof(state->audit.mac));
    buf_put_u32(blob, policy_bits(&state->policy));
    buf_put_span32(blob, span(state->outbox.lines, state->outbox.len));
}

static void get_outbox(struct reader *r, struct audit_outbox *out)
{
    struct span lines = read_span32(r);

    if (lines.len > sizeof(out->lines))
        r->failed = true;
    if (lines.len == 0 || r->failed)
        return;
    memcpy(out->lines, lines.ptr, lines.len);
    out->len = (uint32_t)lines.len;
}

static bool decode(struct span body, struct partition_state *out)
{
    struct reader r = reader(body);

    uint8_t version = read_u8(&r);
    copy_to(out->instance, sizeof(out->instance), &r);
    copy_to(out->serial, sizeof(out->serial), &r);
    copy_to(out->label, sizeof(out->label), &r);
    out->epoch = read_u64(&r);
    out->tree = read_u64(&r);
    out->next_number = read_u32(&r);
    out->num_objects = read_u32(&r);
    out->max_tries = read_u32(&r);
    for (size_t i = 0; i < PARTITION_NUM_USERS; i++)
        get_login(&r, &out->login[i]);
    out->audit.seq = read_u64(&r);
    copy_to(out->audit.mac, sizeof(out->audit.mac), &r);
    out->policy = policy_of_bits(version >= 2 ? read_u32(&r) : 0);
    if (version >= 3)
        get_outbox(&r, &out->outbox);
    return read_finished(&r);
}

enum pqhw_status partition_state_get(const struct hsm_device *device, struct store_tx *tx,
                                     uint32_t slot, struct partition_state *out)
{
    enum pqhw_status status = PQHW_OK;
    struct buf blob = BUF_INIT(STORE_BLOB_MAX);
    struct buf context = BUF_INIT(64);
    struct span body;

    *out = (struct partition_state){.slot = slot};
    TRY(device->store_ops->partition_get(tx, slot, &blob));
    put_context(&context, slot);
    TRY(buf_status(&context));
    REQUIRE(blob.len > 0, PQHW_RECORD_DAMAGED);
    REQUIRE(blob.ptr[0] <= STATE_VERSION, PQHW_VERSION_UNKNOWN);
    TRY(device_check_mac(device, DEVICE_KEY_STORE, buf_span(&context), buf_span(&blob), &body));
    REQUIRE(decode(body, out), PQHW_RECORD_DAMAGED);
out:
    if (status == PQHW_RECORD_DAMAGED)
        detail_set("the record of the token in slot %u was changed or replaced outside pqhw", slot);
    buf_free(&context);
    buf_free(&blob);
    return status;
}

enum pqhw_status partition_state_put(const struct hsm_device *device, struct store_tx *tx,
                                     const struct partition_state *state)
{
    enum pqhw_status status = PQHW_OK;
    struct buf blob = BUF_INIT(STORE_BLOB_MAX);
    struct buf context = BUF_INIT(64);

    encode(&blob, state);
    put_context(&context, state->slot);
    TRY(buf_status(&context));
    TRY(device_add_mac(device, DEVICE_KEY_STORE, buf_span(&context), &blob));
    TRY(device->store_ops->partition_put(tx, state->slot, buf_span(&blob)));
out:
    buf_free(&context);
    buf_free(&blob);
    return status;
}

/* ---- in use ---- */

enum pqhw_status partition_audit_path(const struct hsm_device *device, uint32_t slot,
                                      char out[HSM_PATH_MAX])
{
    char name[32];

    snprintf(name, sizeof(name), "audit/slot-%u.log", slot);
    return home_path(out, device->home, name);
}

static void partition_free(struct partition *partition)
{
    object_cache_clear(partition);
    for (size_t i = 0; i < PARTITION_NUM_BUILTINS; i++)
        object_unref(partition->builtins[i]);
    table_free(&partition->objects);
    secret_free(&partition->master);
    audit_close(partition->audit);
    pthread_cond_destroy(&partition->commits.done);
    pthread_mutex_destroy(&partition->commits.lock);
    pthread_mutex_destroy(&partition->refresh_lock);
    pthread_mutex_destroy(&partition->lock);
    free(partition);
}

/* Read the state from the store; generation is asked for first, so that a change meanwhile is
 * noticed next time. */
static enum pqhw_status load_state(struct hsm_device *device, uint32_t slot, uint64_t *generation,
                                   struct partition_state *out)
{
    enum pqhw_status status = PQHW_OK;
    struct store_tx *tx = NULL;

    TRY(device->store_ops->generation(device->store, generation));
    TRY(device->store_ops->begin(device->store, &tx, false));
    TRY(partition_state_get(device, tx, slot, out));
out:
    if (tx != NULL)
        device->store_ops->rollback(tx);
    return status;
}

/* Is it the free slot, or none at all? */
static enum pqhw_status absent_slot(struct hsm_device *device, uint32_t slot)
{
    enum pqhw_status status = PQHW_OK;
    struct store_tx *tx = NULL;
    uint32_t next;

    TRY(device->store_ops->begin(device->store, &tx, false));
    TRY(device_next_slot(device, tx, &next));
    status = slot == next ? PQHW_TOKEN_NOT_RECOGNIZED : PQHW_SLOT_ID_INVALID;
out:
    if (tx != NULL)
        device->store_ops->rollback(tx);
    return status;
}

static void set_state(struct partition *partition, const struct partition_state *state,
                      uint64_t generation)
{
    pthread_mutex_lock(&partition->lock);
    partition->state = *state;
    atomic_store_explicit(&partition->policy_bits, policy_bits(&state->policy),
                          memory_order_release);
    atomic_store_explicit(&partition->audit_seq, state->audit.seq, memory_order_release);
    atomic_store_explicit(&partition->generation, generation, memory_order_release);
    pthread_mutex_unlock(&partition->lock);
}

static enum pqhw_status partition_new(struct hsm_device *device, uint32_t slot,
                                      struct partition **out)
{
    enum pqhw_status status = PQHW_OK;
    char path[HSM_PATH_MAX];
    struct partition_state state;
    uint64_t generation;
    struct partition *partition = calloc(1, sizeof(*partition));

    if (partition == NULL)
        return PQHW_NO_MEMORY;
    pthread_mutex_init(&partition->lock, NULL);
    pthread_mutex_init(&partition->refresh_lock, NULL);
    pthread_mutex_init(&partition->commits.lock, NULL);
    pthread_cond_init(&partition->commits.done, NULL);
    partition->device = device;
    partition->slot = slot;
    partition->refs = 1;
    status = load_state(device, slot, &generation, &state);
    if (status == PQHW_NOT_FOUND)
        status = absent_slot(device, slot);
    TRY(status);
    set_state(partition, &state, generation);
    memcpy(partition->instance, partition->state.instance, sizeof(partition->instance));
    TRY(partition_audit_path(device, slot, path));
    TRY(audit_open(&partition->audit, path, device_key(device, DEVICE_KEY_AUDIT),
                   &partition->state.outbox));
    *out = partition;
    partition = NULL;
out:
    if (partition != NULL)
        partition_free(partition);
    return status;
}

static enum pqhw_status open_or_share(struct hsm_device *device, uint32_t slot,
                                      struct partition **out)
{
    enum pqhw_status status = PQHW_OK;

    pthread_mutex_lock(&device->lock);
    for (struct partition *p = device->partitions; p != NULL; p = p->next) {
        if (p->slot == slot && !atomic_load(&p->replaced)) {
            p->refs++;
            *out = p;
            goto out;
        }
    }
    TRY(partition_new(device, slot, out));
    (*out)->next = device->partitions;
    device->partitions = *out;
out:
    pthread_mutex_unlock(&device->lock);
    return status;
}

enum pqhw_status partition_open(struct hsm_device *device, CK_SLOT_ID slot, struct partition **out)
{
    enum pqhw_status status = device_attach(device);
    struct partition *partition = NULL;

    if (status == PQHW_DEVICE_ABSENT)
        return slot == 0 ? PQHW_TOKEN_NOT_RECOGNIZED : PQHW_SLOT_ID_INVALID;
    REQUIRE(status == PQHW_OK, status);
    REQUIRE(slot <= UINT32_MAX, PQHW_SLOT_ID_INVALID);
    TRY(open_or_share(device, (uint32_t)slot, &partition));
    status = partition_refresh(partition);
    if (status == PQHW_DEVICE_ABSENT) {
        /* What was shared is not the slot's token any more: open the one that is. */
        partition_unref(partition);
        partition = NULL;
        TRY(open_or_share(device, (uint32_t)slot, &partition));
    }
    TRY(status);
    *out = partition;
    partition = NULL;
out:
    if (partition != NULL)
        partition_unref(partition);
    return status;
}

void partition_unref(struct partition *partition)
{
    struct hsm_device *device = partition->device;

    pthread_mutex_lock(&device->lock);
    bool last = --partition->refs == 0;
    if (last) {
        struct partition **at = &device->partitions;
        while (*at != partition)
            at = &(*at)->next;
        *at = partition->next;
    }
    pthread_mutex_unlock(&device->lock);
    if (last)
        partition_free(partition);
}

bool partition_is(const struct partition *partition, const struct partition_state *state)
{
    return memcmp(state->instance, partition->instance, sizeof(partition->instance)) ==
           0 /* public */;
}

struct hsm_policy partition_policy(const struct partition *partition)
{
    return policy_of_bits(atomic_load_explicit(&partition->policy_bits, memory_order_acquire));
}

struct audit_mark partition_audit_mark(struct partition *partition)
{
    if (atomic_load_explicit(&partition->audit_seq, memory_order_acquire) <=
        audit_last_seq(partition->audit))
        return (struct audit_mark){0};
    pthread_mutex_lock(&partition->lock);
    struct audit_mark mark = partition->state.audit;
    pthread_mutex_unlock(&partition->lock);
    return mark;
}

uint64_t partition_generation(const struct partition *partition)
{
    return atomic_load_explicit(&partition->generation, memory_order_acquire);
}

static enum pqhw_status reload(struct partition *partition)
{
    enum pqhw_status status = PQHW_OK;
    struct partition_state state;
    uint64_t generation;

    status = load_state(partition->device, partition->slot, &generation, &state);
    if (status == PQHW_NOT_FOUND || (status == PQHW_OK && !partition_is(partition, &state))) {
        atomic_store(&partition->replaced, true);
        return PQHW_OK;
    }
    TRY(status);
    set_state(partition, &state, generation);
out:
    return status;
}

enum pqhw_status partition_refresh(struct partition *partition)
{
    enum pqhw_status status = PQHW_OK;
    struct hsm_device *device = partition->device;
    uint64_t generation;

    TRY(device->store_ops->generation(device->store, &generation));
    if (generation != partition_generation(partition) && !atomic_load(&partition->replaced)) {
        pthread_mutex_lock(&partition->refresh_lock);
        /* Another thread may have done it meanwhile. */
        if (generation != partition_generation(partition))
            status = reload(partition);
        pthread_mutex_unlock(&partition->refresh_lock);
        TRY(status);
    }
    if (atomic_load(&partition->replaced)) {
        detail_set("the token in slot %u was initialised again or deleted", partition->slot);
        status = PQHW_DEVICE_ABSENT;
    }
out:
    return status;
}

enum pqhw_status partition_state_in(struct partition *partition, struct store_tx *tx,
                                    uint64_t generation, struct partition_state *out)
{
    enum pqhw_status status = PQHW_OK;
    struct hsm_device *device = partition->device;
    uint64_t now;

    pthread_mutex_lock(&partition->lock);
    *out = partition->state;
    bool same = partition->generation == generation;
    pthread_mutex_unlock(&partition->lock);
    TRY(device->store_ops->generation(device->store, &now));
    if (!same || now != generation)
        TRY(partition_state_get(device, tx, partition->slot, out));
out:
    return status;
}

void partition_snapshot(struct partition *partition, struct partition_state *out)
{
    pthread_mutex_lock(&partition->lock);
    *out = partition->state;
    pthread_mutex_unlock(&partition->lock);
}

enum pqhw_status partition_object_key(struct partition *partition, uint32_t number,
                                      uint8_t sk_out[CLASSIC_KEY_LEN])
{
    enum pqhw_status status = PQHW_OK;
    struct buf info = BUF_INIT(64);

    buf_put_str(&info, "pqhw v1 object");
    buf_put(&info, partition->instance, PARTITION_INSTANCE_LEN);
    buf_put_u32(&info, number);
    TRY(buf_status(&info));
    pthread_mutex_lock(&partition->lock);
    if (partition->master.ptr == NULL)
        status = PQHW_USER_NOT_LOGGED_IN;
    else
        status = classic_hkdf(sk_out, CLASSIC_KEY_LEN, partition->master.ptr, buf_span(&info));
    pthread_mutex_unlock(&partition->lock);
out:
    buf_free(&info);
    return status;
}

enum pqhw_status partition_unlock(struct partition *partition, const struct secret *master)
{
    enum pqhw_status status = PQHW_OK;

    pthread_mutex_lock(&partition->lock);
    if (partition->master.ptr == NULL)
        TRY(secret_from(&partition->master, secret_span(master)));
    partition->num_logins++;
out:
    pthread_mutex_unlock(&partition->lock);
    return status;
}

void partition_lock(struct partition *partition)
{
    pthread_mutex_lock(&partition->lock);
    bool last = --partition->num_logins == 0;
    if (last)
        secret_free(&partition->master);
    pthread_mutex_unlock(&partition->lock);
    if (last) {
        object_cache_clear(partition);
        residents_publish(&partition->device->residents);
    }
}
