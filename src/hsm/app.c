/* SPDX-License-Identifier: Apache-2.0 */
#include "hsm/app.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/classic/digest.h"
#include "hsm/detail.h"
#include "hsm/door.h"
#include "hsm/later.h"
#include "hsm/message.h"

enum pqhw_status hsm_app_new(struct hsm_app **out, struct hsm_device *device, const char *name)
{
    struct hsm_app *app = calloc(1, sizeof(*app));

    detail_clear();
    *out = app;
    if (app == NULL)
        return PQHW_NO_MEMORY;
    app->device = device;
    snprintf(app->name, sizeof(app->name), "%s", name);
    pthread_mutex_init(&app->lock, NULL);
    pthread_cond_init(&app->later_made, NULL);
    pthread_mutex_init(&app->watch.lock, NULL);
    app->next_session = 1;
    app->next_object = HANDLE_SESSION_BASE;
    return PQHW_OK;
}

void hsm_app_free(struct hsm_app *app)
{
    if (app == NULL)
        return;
    size_t at = 0;
    for (struct session *session; (session = table_next(&app->sessions, &at)) != NULL; at = 0) {
        /* What could not be written to the disk at the end was in the kernel's hands already. */
        enum pqhw_status ignored = hsm_session_close(app, session->handle);
        (void)ignored;
    }
    table_free(&app->sessions);
    free(app->watch.seen);
    pthread_mutex_destroy(&app->watch.lock);
    pthread_cond_destroy(&app->later_made);
    pthread_mutex_destroy(&app->lock);
    free(app);
}

/* ---- streams and searches ---- */

void stream_end(struct stream *stream)
{
    if (stream->op != NULL)
        stream->key->partition->device->backend_ops->op_free(stream->op);
    resident_release(stream->resident);
    digest_free(stream->digest);
    object_unref(stream->key);
    buf_free(&stream->sig);
    messages_free(stream->messages);
    *stream = (struct stream){0};
}

static const CK_FLAGS stream_flags[STREAM_NUM] = {
    [STREAM_SIGN] = CKF_SIGN,
    [STREAM_VERIFY] = CKF_VERIFY,
    [STREAM_SIGN_RECOVER] = CKF_SIGN_RECOVER,
    [STREAM_VERIFY_RECOVER] = CKF_VERIFY_RECOVER,
    [STREAM_ENCRYPT] = CKF_ENCRYPT,
    [STREAM_DECRYPT] = CKF_DECRYPT,
    [STREAM_DIGEST] = CKF_DIGEST,
    [STREAM_MESSAGE_SIGN] = CKF_MESSAGE_SIGN,
    [STREAM_MESSAGE_VERIFY] = CKF_MESSAGE_VERIFY,
    [STREAM_MESSAGE_ENCRYPT] = CKF_MESSAGE_ENCRYPT,
    [STREAM_MESSAGE_DECRYPT] = CKF_MESSAGE_DECRYPT,
};

struct stream *session_stream(struct session *session, CK_FLAGS flag)
{
    size_t i = 0;

    while (i < STREAM_NONE && stream_flags[i] != flag)
        i++;
    return &session->streams[i];
}

void find_end(struct find *find)
{
    free(find->handles);
    *find = (struct find){0};
}

void session_end(struct session *session, CK_FLAGS flags)
{
    for (size_t i = 0; i < STREAM_NUM; i++) {
        if ((flags & stream_flags[i]) != 0)
            stream_end(&session->streams[i]);
    }
    if ((flags & CKF_FIND_OBJECTS) != 0)
        find_end(&session->find);
}

void session_end_private(struct session *session)
{
    for (size_t i = 0; i < STREAM_NUM; i++) {
        const struct object *key = session->streams[i].key;
        if (key != NULL && object_is_private(key))
            stream_end(&session->streams[i]);
    }
    find_end(&session->find);
}

/* ---- slots ---- */

/* With app->lock held: the app's view of a partition, with one more reference. A new one takes the
 * partition's reference; *partition is NULL then. */
static struct app_slot *slot_for(struct hsm_app *app, struct partition **partition)
{
    for (struct app_slot *slot = app->slots; slot != NULL; slot = slot->next) {
        if (slot->partition == *partition) {
            slot->refs++;
            return slot;
        }
    }
    struct app_slot *slot = calloc(1, sizeof(*slot));
    if (slot == NULL)
        return NULL;
    *slot = (struct app_slot){.next = app->slots, .refs = 1, .app = app, .partition = *partition};
    *partition = NULL;
    app->slots = slot;
    return slot;
}

static void slot_unref(struct app_slot *slot)
{
    struct hsm_app *app = slot->app;

    pthread_mutex_lock(&app->lock);
    bool last = --slot->refs == 0;
    if (last) {
        struct app_slot **at = &app->slots;
        while (*at != slot)
            at = &(*at)->next;
        *at = slot->next;
    }
    pthread_mutex_unlock(&app->lock);
    if (!last)
        return;
    table_free(&slot->objects);
    partition_unref(slot->partition);
    free(slot);
}

enum role slot_role(struct app_slot *slot)
{
    return atomic_load_explicit(&slot->role, memory_order_acquire);
}

uint64_t slot_generation(const struct app_slot *slot)
{
    return atomic_load(&slot->generation);
}

/* With app->lock held: take session objects out, those of one session or (owner 0) the private
 * ones, as a chain. */
static struct object *take_objects(struct app_slot *slot, CK_SESSION_HANDLE owner)
{
    struct object *taken = NULL;
    size_t at = 0;

    for (struct object *object; (object = table_next(&slot->objects, &at)) != NULL;) {
        if (owner != 0 ? object->owner != owner : !object_is_private(object))
            continue;
        table_remove(&slot->objects, object->handle);
        at--;
        object->older = taken;
        taken = object;
    }
    if (taken != NULL)
        atomic_fetch_add(&slot->generation, 1);
    return taken;
}

static void drop_objects(struct object *taken)
{
    while (taken != NULL) {
        struct object *next = taken->older;
        object_unref(taken);
        taken = next;
    }
}

enum pqhw_status slot_login(const struct session *session, enum role role)
{
    enum pqhw_status status = PQHW_OK;
    struct app_slot *slot = session->slot;

    pthread_mutex_lock(&slot->app->lock);
    REQUIRE(table_get(&slot->app->sessions, session->handle) != NULL, PQHW_SESSION_CLOSED);
    REQUIRE(slot->role != role, PQHW_USER_ALREADY_LOGGED_IN);
    REQUIRE(slot->role == ROLE_PUBLIC, PQHW_USER_ANOTHER_ALREADY_LOGGED_IN);
    REQUIRE(role != ROLE_SO || slot->num_sessions == slot->num_rw_sessions,
            PQHW_SESSION_READ_ONLY_EXISTS);
    atomic_store_explicit(&slot->role, role, memory_order_release);
out:
    pthread_mutex_unlock(&slot->app->lock);
    return status;
}

void slot_logout(struct app_slot *slot)
{
    struct object *taken = NULL;

    pthread_mutex_lock(&slot->app->lock);
    bool was = slot->role != ROLE_PUBLIC;
    atomic_store_explicit(&slot->role, ROLE_PUBLIC, memory_order_release);
    if (was)
        taken = take_objects(slot, 0);
    pthread_mutex_unlock(&slot->app->lock);
    drop_objects(taken);
    if (was)
        partition_lock(slot->partition);
}

enum pqhw_status slot_add_object(struct app_slot *slot, struct object *object)
{
    enum pqhw_status status = PQHW_OK;

    pthread_mutex_lock(&slot->app->lock);
    REQUIRE(slot->objects.num < APP_MAX_SESSION_OBJECTS &&
                slot->app->next_object < CK_UNAVAILABLE_INFORMATION,
            PQHW_LIMIT_EXCEEDED);
    REQUIRE(!object_is_private(object) || slot->role == ROLE_USER, PQHW_USER_NOT_LOGGED_IN);
    object->handle = (CK_OBJECT_HANDLE)slot->app->next_object++;
    TRY(table_add(&slot->objects, object->handle, object));
    object_ref(object);
out:
    pthread_mutex_unlock(&slot->app->lock);
    return status;
}

struct object *slot_get_object(struct app_slot *slot, CK_OBJECT_HANDLE handle)
{
    pthread_mutex_lock(&slot->app->lock);
    struct object *object = table_get(&slot->objects, handle);
    if (object != NULL)
        object_ref(object);
    pthread_mutex_unlock(&slot->app->lock);
    return object;
}

bool slot_replace_object(struct app_slot *slot, struct object *old, struct object *successor)
{
    pthread_mutex_lock(&slot->app->lock);
    bool there = table_get(&slot->objects, old->handle) == old;
    if (there) {
        table_remove(&slot->objects, old->handle);
        successor->handle = old->handle;
        /* Cannot fail: a place has just become free. */
        enum pqhw_status ignored =
            table_add(&slot->objects, successor->handle, object_ref(successor));
        (void)ignored;
    }
    pthread_mutex_unlock(&slot->app->lock);
    if (there)
        object_unref(old);
    return there;
}

bool slot_remove_object(struct app_slot *slot, CK_OBJECT_HANDLE handle)
{
    pthread_mutex_lock(&slot->app->lock);
    struct object *object = table_remove(&slot->objects, handle);
    atomic_fetch_add(&slot->generation, 1);
    pthread_mutex_unlock(&slot->app->lock);
    object_unref(object);
    return object != NULL;
}

void slot_put_back_object(struct app_slot *slot, struct object *object)
{
    pthread_mutex_lock(&slot->app->lock);
    bool wanted = table_get(&slot->app->sessions, object->owner) != NULL &&
                  (!object_is_private(object) || slot->role == ROLE_USER);
    /* Without memory it stays removed, which is what was asked for. */
    if (wanted && table_add(&slot->objects, object->handle, object) == PQHW_OK)
        object_ref(object);
    pthread_mutex_unlock(&slot->app->lock);
}

/* ---- sessions ---- */

/* With app->lock held. */
static enum pqhw_status session_look_up(struct hsm_app *app, CK_SESSION_HANDLE handle,
                                        struct session **out)
{
    *out = table_get(&app->sessions, handle);
    if (*out == NULL)
        return PQHW_SESSION_HANDLE_INVALID;
    atomic_fetch_add_explicit(&(*out)->refs, 1, memory_order_relaxed);
    return PQHW_OK;
}

enum pqhw_status session_find(struct hsm_app *app, CK_SESSION_HANDLE handle, struct session **out)
{
    pthread_mutex_lock(&app->lock);
    enum pqhw_status status = session_look_up(app, handle, out);
    pthread_mutex_unlock(&app->lock);
    return status;
}

enum pqhw_status session_get(struct hsm_app *app, CK_SESSION_HANDLE handle, struct session **out)
{
    pthread_mutex_lock(&app->lock);
    enum pqhw_status status = session_look_up(app, handle, out);
    bool taken = status == PQHW_OK && (*out)->later != NULL && !later_is_mine((*out)->later);
    pthread_mutex_unlock(&app->lock);
    if (!taken)
        return status;
    session_unref(*out);
    *out = NULL;
    return PQHW_OPERATION_ACTIVE;
}

void session_unref(struct session *session)
{
    if (session == NULL || atomic_fetch_sub_explicit(&session->refs, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < STREAM_NUM; i++)
        stream_end(&session->streams[i]);
    find_end(&session->find);
    slot_unref(session->slot);
    pthread_mutex_destroy(&session->lock);
    free(session);
}

/* What kind of session. */
struct kind {
    bool rw;
    bool async;
};

/* With app->lock held. Takes nothing; the slot's reference is the session's. */
static enum pqhw_status session_add(struct hsm_app *app, struct app_slot *slot, struct kind kind,
                                    CK_SESSION_HANDLE *out)
{
    enum pqhw_status status = PQHW_OK;
    struct session *session = NULL;

    REQUIRE(app->sessions.num < APP_MAX_SESSIONS, PQHW_SESSION_COUNT);
    REQUIRE(kind.rw || slot->role != ROLE_SO, PQHW_SESSION_READ_WRITE_SO_EXISTS);
    session = calloc(1, sizeof(*session));
    REQUIRE(session != NULL, PQHW_NO_MEMORY);
    TRY(table_add(&app->sessions, app->next_session, session));
    atomic_init(&session->refs, 1);
    atomic_init(&session->closed, false);
    pthread_mutex_init(&session->lock, NULL);
    session->handle = (CK_SESSION_HANDLE)app->next_session++;
    session->slot = slot;
    session->rw = kind.rw;
    session->async = kind.async;
    slot->num_sessions++;
    slot->num_rw_sessions += kind.rw ? 1 : 0;
    *out = session->handle;
    session = NULL;
out:
    free(session);
    return status;
}

static enum pqhw_status session_open(struct hsm_app *app, CK_SLOT_ID slot_id, struct kind kind,
                                     CK_SESSION_HANDLE *out)
{
    enum pqhw_status status = PQHW_OK;
    struct partition *partition = NULL;
    struct app_slot *slot = NULL;

    detail_clear();
    TRY(partition_open(app->device, slot_id, &partition));
    pthread_mutex_lock(&app->lock);
    slot = slot_for(app, &partition);
    status = slot != NULL ? session_add(app, slot, kind, out) : PQHW_NO_MEMORY;
    pthread_mutex_unlock(&app->lock);
    TRY(status);
    slot = NULL;
out:
    if (slot != NULL)
        slot_unref(slot);
    if (partition != NULL)
        partition_unref(partition);
    return status;
}

enum pqhw_status hsm_session_open(struct hsm_app *app, CK_SLOT_ID slot, bool rw,
                                  CK_SESSION_HANDLE *out)
{
    return session_open(app, slot, (struct kind){.rw = rw}, out);
}

enum pqhw_status hsm_session_open_async(struct hsm_app *app, CK_SLOT_ID slot, bool rw,
                                        CK_SESSION_HANDLE *out)
{
    return session_open(app, slot, (struct kind){.rw = rw, .async = true}, out);
}

bool hsm_session_is_async(struct hsm_app *app, CK_SESSION_HANDLE handle)
{
    pthread_mutex_lock(&app->lock);
    const struct session *session = table_get(&app->sessions, handle);
    bool async = session != NULL && session->async;
    pthread_mutex_unlock(&app->lock);
    return async;
}

/*
 * Take a session out of the table: no new operation can begin in it. The last one of the slot logs
 * out with that, so that a session opened meanwhile finds nobody logged in; *role is who was.
 */
static struct session *session_take(struct hsm_app *app, CK_SESSION_HANDLE handle, bool *last,
                                    enum role *role)
{
    pthread_mutex_lock(&app->lock);
    struct session *session = table_remove(&app->sessions, handle);
    if (session != NULL) {
        struct app_slot *slot = session->slot;

        atomic_store(&session->closed, true);
        slot->num_sessions--;
        slot->num_rw_sessions -= session->rw ? 1 : 0;
        *last = slot->num_sessions == 0;
        if (*last) {
            *role = slot->role;
            atomic_store_explicit(&slot->role, ROLE_PUBLIC, memory_order_release);
        }
    }
    pthread_mutex_unlock(&app->lock);
    return session;
}

/* What the last session takes with it. Private session objects go with their own sessions. */
static enum pqhw_status close_last(struct session *session, enum role role)
{
    enum pqhw_status status = PQHW_OK;

    if (role != ROLE_PUBLIC) {
        partition_lock(session->slot->partition);
        TRY(door_logged_out(session, role));
    }
    TRY(audit_sync(session->slot->partition->audit, false));
out:
    return status;
}

#define ANY_FLAG (~(CK_FLAGS)0)

/* Cancel the call that is made later, if there is one; its flag is always named. */
static void cancel_any(struct session *session)
{
    bool stray;
    enum pqhw_status ignored = later_cancel(session, ANY_FLAG, &stray);
    (void)ignored;
}

/* Wait for an operation that another thread is in; not for a cancelled one, which changes nothing
 * any more. */
static void wait_for_others(struct hsm_app *app, struct session *session)
{
    pthread_mutex_lock(&app->lock);
    bool stray = session->num_stray > 0;
    pthread_mutex_unlock(&app->lock);
    if (stray)
        return;
    pthread_mutex_lock(&session->lock);
    pthread_mutex_unlock(&session->lock);
}

/* While the session is still there, so that what the call that has it made can be destroyed; no
 * other is given to it any more. */
static void prepare_to_close(struct hsm_app *app, CK_SESSION_HANDLE handle)
{
    struct session *session;

    pthread_mutex_lock(&app->lock);
    bool found = session_look_up(app, handle, &session) == PQHW_OK;
    if (found)
        session->closing = true;
    pthread_mutex_unlock(&app->lock);
    if (found)
        cancel_any(session);
    session_unref(session);
}

enum pqhw_status hsm_session_close(struct hsm_app *app, CK_SESSION_HANDLE handle)
{
    bool last = false;
    enum role role = ROLE_PUBLIC;

    detail_clear();
    prepare_to_close(app, handle);
    struct session *session = session_take(app, handle, &last, &role);
    if (session == NULL)
        return PQHW_SESSION_HANDLE_INVALID;
    wait_for_others(app, session);
    pthread_mutex_lock(&app->lock);
    struct object *taken = take_objects(session->slot, handle);
    pthread_mutex_unlock(&app->lock);
    drop_objects(taken);
    enum pqhw_status status = last ? close_last(session, role) : PQHW_OK;
    session_unref(session);
    residents_publish(&app->device->residents);
    return status;
}

/* Any session of the slot, or 0. */
static CK_SESSION_HANDLE any_session(struct hsm_app *app, CK_SLOT_ID slot)
{
    CK_SESSION_HANDLE found = 0;
    size_t at = 0;

    pthread_mutex_lock(&app->lock);
    for (struct session *s; found == 0 && (s = table_next(&app->sessions, &at)) != NULL;) {
        if (s->slot->partition->slot == slot)
            found = s->handle;
    }
    pthread_mutex_unlock(&app->lock);
    return found;
}

enum pqhw_status hsm_session_close_all(struct hsm_app *app, CK_SLOT_ID slot)
{
    enum pqhw_status status = PQHW_OK;
    size_t num = 0;

    detail_clear();
    for (CK_SESSION_HANDLE handle; (handle = any_session(app, slot)) != 0; num++) {
        enum pqhw_status closed = hsm_session_close(app, handle);
        if (closed != PQHW_SESSION_HANDLE_INVALID && status == PQHW_OK)
            status = closed;
    }
    if (num == 0) {
        struct hsm_slot_info info;
        status = hsm_slot_info(app, slot, &info);
    }
    return status;
}

static CK_STATE session_state(bool rw, enum role role)
{
    switch (role) {
    case ROLE_SO:
        return CKS_RW_SO_FUNCTIONS;
    case ROLE_USER:
        return rw ? CKS_RW_USER_FUNCTIONS : CKS_RO_USER_FUNCTIONS;
    default:
        return rw ? CKS_RW_PUBLIC_SESSION : CKS_RO_PUBLIC_SESSION;
    }
}

enum pqhw_status hsm_session_info(struct hsm_app *app, CK_SESSION_HANDLE handle,
                                  struct hsm_session_info *out)
{
    struct session *session;
    enum pqhw_status status = session_find(app, handle, &session);

    detail_clear();
    if (status != PQHW_OK)
        return status;
    status = partition_refresh(session->slot->partition);
    if (status == PQHW_OK)
        *out =
            (struct hsm_session_info){.slot = session->slot->partition->slot,
                                      .state = session_state(session->rw, slot_role(session->slot)),
                                      .rw = session->rw,
                                      .async = session->async};
    session_unref(session);
    return status;
}

enum pqhw_status hsm_session_active(struct hsm_app *app, CK_SESSION_HANDLE handle, bool *out)
{
    struct session *session;
    enum pqhw_status status = session_get(app, handle, &session);

    detail_clear();
    if (status != PQHW_OK)
        return status;
    pthread_mutex_lock(&session->lock);
    *out = session->find.active;
    for (size_t i = 0; i < STREAM_NUM; i++)
        *out |= session->streams[i].info != NULL || session->streams[i].digest != NULL;
    pthread_mutex_unlock(&session->lock);
    session_unref(session);
    return PQHW_OK;
}

enum pqhw_status hsm_session_cancel(struct hsm_app *app, CK_SESSION_HANDLE handle, CK_FLAGS flags)
{
    struct session *session;
    enum pqhw_status status = session_find(app, handle, &session);
    bool stray;

    detail_clear();
    TRY(status);
    if (flags == 0)
        goto out;
    TRY(later_cancel(session, flags, &stray));
    if (stray)
        goto out;
    pthread_mutex_lock(&session->lock);
    session_end(session, flags);
    pthread_mutex_unlock(&session->lock);
out:
    session_unref(session);
    return status;
}
