/* SPDX-License-Identifier: Apache-2.0 */
#include "hsm/door.h"

#include <string.h>

#include "base/wipe.h"
#include "hsm/detail.h"
#include "hsm/later.h"
#include "hsm/policy.h"

#define BIT(role) (1u << (role))
#define ANY       (BIT(ROLE_PUBLIC) | BIT(ROLE_USER) | BIT(ROLE_SO))

/* How often an operation is run when another process keeps changing the same object first, or
 * memory is short. */
#define MAX_TRIES 100

/* When an operation stands in the audit log. */
enum audited {
    NEVER,   /* reveals and changes nothing that is not public */
    FAILURE, /* a first step whose last step is recorded */
    ALWAYS,
};

static const struct {
    const char *name;
    unsigned roles; /* that may do it; what they may do it to, the objects' attributes say */
    bool rw;        /* needs a read/write session */
    enum audited audited;
    bool durable; /* the record is on the disk before the answer; else within a fifth of a second of
                     use */
    bool again;   /* leaves nothing behind when it fails: may be tried again with more memory */
} actions[ACTION_NUM] = {
    [ACTION_TOKEN_INIT] = {"token.init", ANY, false, ALWAYS, true, false},
    [ACTION_TOKEN_DELETE] = {"token.delete", ANY, false, ALWAYS, true, false},
    [ACTION_LOGIN] = {"user.login", ANY, false, ALWAYS, true, false},
    [ACTION_LOGIN_FOR_OPERATION] = {"user.login.operation", ANY, false, ALWAYS, true, false},
    [ACTION_LOGOUT] = {"user.logout", ANY, false, ALWAYS, false, false},
    [ACTION_PIN_INIT] = {"user.pin.init", BIT(ROLE_SO), true, ALWAYS, true, true},
    [ACTION_PIN_SET] = {"user.pin.set", ANY, true, ALWAYS, true, false},
    [ACTION_POLICY_SET] = {"token.policy", BIT(ROLE_SO), true, ALWAYS, true, true},
    [ACTION_OBJECT_CREATE] = {"object.create", ANY, false, ALWAYS, false, true},
    [ACTION_OBJECT_COPY] = {"object.copy", ANY, false, ALWAYS, false, true},
    [ACTION_OBJECT_DESTROY] = {"object.destroy", ANY, false, ALWAYS, false, true},
    [ACTION_OBJECT_MODIFY] = {"object.modify", ANY, false, ALWAYS, false, true},
    [ACTION_OBJECT_READ] = {"object.read", ANY, false, NEVER, false, true},
    [ACTION_OBJECT_REVEAL] = {"object.reveal", ANY, false, ALWAYS, false, true},
    [ACTION_FIND] = {"object.find", ANY, false, NEVER, false, false},
    [ACTION_GENERATE_PAIR] = {"key.generate", ANY, false, ALWAYS, false, true},
    [ACTION_GENERATE_KEY] = {"key.generate", ANY, false, ALWAYS, false, true},
    [ACTION_ENCAPSULATE] = {"key.encapsulate", ANY, false, ALWAYS, false, true},
    [ACTION_DECAPSULATE] = {"key.decapsulate", ANY, false, ALWAYS, false, true},
    [ACTION_WRAP] = {"key.wrap", ANY, false, ALWAYS, false, true},
    [ACTION_UNWRAP] = {"key.unwrap", ANY, false, ALWAYS, false, true},
    [ACTION_DERIVE] = {"key.derive", ANY, false, ALWAYS, false, true},
    [ACTION_SIGN_INIT] = {"key.sign", ANY, false, FAILURE, false, true},
    [ACTION_SIGN_PART] = {"key.sign", ANY, false, FAILURE, false, false},
    [ACTION_SIGN] = {"key.sign", ANY, false, ALWAYS, false, false},
    [ACTION_VERIFY_INIT] = {"key.verify", ANY, false, FAILURE, false, true},
    [ACTION_VERIFY_PART] = {"key.verify", ANY, false, FAILURE, false, false},
    [ACTION_VERIFY] = {"key.verify", ANY, false, ALWAYS, false, false},
    [ACTION_ENCRYPT_INIT] = {"key.encrypt", ANY, false, FAILURE, false, true},
    [ACTION_ENCRYPT_PART] = {"key.encrypt", ANY, false, FAILURE, false, false},
    [ACTION_ENCRYPT] = {"key.encrypt", ANY, false, ALWAYS, false, false},
    [ACTION_DECRYPT_INIT] = {"key.decrypt", ANY, false, FAILURE, false, true},
    [ACTION_DECRYPT_PART] = {"key.decrypt", ANY, false, FAILURE, false, false},
    [ACTION_DECRYPT] = {"key.decrypt", ANY, false, ALWAYS, false, false},
    [ACTION_DIGEST] = {"digest", ANY, false, NEVER, false, false},
    [ACTION_RANDOM] = {"random", ANY, false, NEVER, false, false},
};

static const char *const role_names[] = {
    [ROLE_PUBLIC] = "none", [ROLE_USER] = "user", [ROLE_SO] = "so"};

/* ---- the five steps ---- */

static enum pqhw_status authorise(const struct op *op)
{
    if ((actions[op->action].roles & BIT(op->role)) == 0)
        return PQHW_USER_NOT_LOGGED_IN;
    if (actions[op->action].rw && (op->session == NULL || !op->session->rw))
        return PQHW_SESSION_READ_ONLY;
    return PQHW_OK;
}

static void drop_changes(struct op *op)
{
    for (size_t i = 0; i < op->num_changes; i++) {
        object_unref(op->room->changes[i].object);
        object_unref(op->room->changes[i].before);
    }
    op->num_changes = 0;
    op->change_state = NULL;
    op->undo = NULL;
    op->audited = false;
}

/* A length query or a buffer that is too small is no operation yet. */
static bool wants_record(const struct op *op, enum pqhw_status status)
{
    enum audited audited = actions[op->action].audited;

    if (op->audited && status == PQHW_OK)
        return false;
    if (status == PQHW_BUFFER_TOO_SMALL || op->only_asked)
        return false;
    return audited == ALWAYS || (audited == FAILURE && status != PQHW_OK);
}

/* Is it the use of a key, of which there may be very many? */
static bool is_use(enum action action)
{
    return action == ACTION_SIGN || action == ACTION_VERIFY || action == ACTION_ENCRYPT ||
           action == ACTION_DECRYPT;
}

/* Uses are counted whatever the session is: threads that share a key have one each. */
static struct audit_event event_for(const struct op *op, enum pqhw_status status)
{
    bool counted = status == PQHW_OK && is_use(op->action) && !op->policy.audit_each;
    struct audit_event event = {
        .app = op->app->name,
        .role = role_names[op->role],
        .operation = actions[op->action].name,
        .result = pqhw_status_name(status),
        .session = op->session != NULL && !counted ? op->session->handle : 0,
        .slot = op->session != NULL ? NULL : &op->slot,
        .epoch = status == PQHW_OK ? op->epoch : 0,
        .mechanism = op->info != NULL ? op->info->name : NULL,
        .counted = counted,
    };

    for (size_t i = 0; i < op->num_objects; i++)
        event.objects[i] = op->room->objects[i];
    return event;
}

static enum pqhw_status record(struct op *op, enum pqhw_status outcome)
{
    enum pqhw_status status = PQHW_OK;
    struct audit_event event = event_for(op, outcome);
    struct audit *audit = op->app->device->audit;

    if (op->session != NULL) {
        audit = op->partition->audit;
        op->mark = partition_audit_mark(op->partition);
    }
    TRY(audit_append(audit, &event, &op->mark, &op->mark));
    TRY(audit_sync(audit, !actions[op->action].durable));
out:
    return status;
}

static bool changes_store(const struct op *op)
{
    for (size_t i = 0; i < op->num_changes; i++) {
        if (object_is_token(op->room->changes[i].object))
            return true;
    }
    return op->change_state != NULL;
}

enum pqhw_status op_audit(struct op *op)
{
    enum pqhw_status status = record(op, PQHW_OK);

    op->audited = status == PQHW_OK;
    return status;
}

/* The operation once, with the changes it asked for. PQHW_CONFLICT if they came too late. */
static enum pqhw_status execute(struct op *op, op_run run, void *args)
{
    op->num_objects = 0;
    op->only_asked = false;
    enum pqhw_status status = run(op, args);

    if (status == PQHW_OK && op->later && !later_goes_on(op->app))
        status = PQHW_CANCELED;
    if (status == PQHW_OK && changes_store(op)) {
        struct audit_event event = event_for(op, PQHW_OK);
        status = commit_changes(op, &event);
        op->audited = status == PQHW_OK;
    } else if (status == PQHW_OK && op->num_changes > 0) {
        status = commit_in_session(op);
    }
    return status;
}

/* Is there reason to run it again? */
static bool try_again(struct op *op, enum pqhw_status *status)
{
    if (*status == PQHW_CONFLICT && op->partition != NULL) {
        enum pqhw_status refreshed = partition_refresh(op->partition);
        if (refreshed != PQHW_OK)
            *status = refreshed;
        return refreshed == PQHW_OK;
    }
    return *status == PQHW_NO_LOCKED_MEMORY && actions[op->action].again &&
           object_make_room(op->partition);
}

/* The record of what came of it; without one nothing did. */
static enum pqhw_status audit(struct op *op, enum pqhw_status status)
{
    if (!wants_record(op, status))
        return status;
    enum pqhw_status recorded = record(op, status);
    if (recorded != PQHW_OK && op->undo != NULL)
        op->undo(op);
    return recorded != PQHW_OK ? recorded : status;
}

/* Only what went well as a whole is answered. */
static void answer(struct op *op, enum pqhw_status status)
{
    if (status != PQHW_OK && op->output != NULL)
        wipe(op->output, op->output_len);
    for (size_t i = 0; status == PQHW_OK && i < op->num_changes; i++) {
        if (op->room->changes[i].handle_out != NULL)
            *op->room->changes[i].handle_out = op->room->changes[i].object->handle;
    }
}

static enum pqhw_status pass(struct op *op, op_run run, void *args)
{
    enum pqhw_status status = authorise(op);

    if (status != PQHW_OK) {
        enum pqhw_status recorded = record(op, status);
        return recorded != PQHW_OK ? recorded : status;
    }
    for (unsigned tries = 0; tries < MAX_TRIES; tries++) {
        drop_changes(op);
        status = execute(op, run, args);
        if (!try_again(op, &status))
            break;
    }
    status = audit(op, status);
    answer(op, status);
    drop_changes(op);
    return status;
}

enum pqhw_status door(struct hsm_app *app, CK_SESSION_HANDLE handle, enum action action, op_run run,
                      void *args)
{
    enum pqhw_status status = PQHW_OK;
    struct op_room room UNINITIALIZED; /* num_objects and num_changes say what is there */
    struct op op = {.action = action, .app = app, .later = later_is_here(), .room = &room};

    detail_clear();
    TRY(session_get(app, handle, &op.session));
    op.partition = op.session->slot->partition;
    TRY(partition_refresh(op.partition));
    pthread_mutex_lock(&op.session->lock);
    op.role = slot_role(op.session->slot);
    op.policy = partition_policy(op.partition);
    if (atomic_load(&op.session->closed))
        status = PQHW_SESSION_CLOSED;
    else
        status = !op.later || later_begins(app) ? pass(&op, run, args) : PQHW_CANCELED;
    CK_FLAGS ends = op.later ? later_ends(app) : 0;
    if (ends != 0)
        session_end(op.session, ends);
    pthread_mutex_unlock(&op.session->lock);
out:
    session_unref(op.session);
    return status;
}

enum pqhw_status door_token(struct hsm_app *app, uint32_t slot, struct partition *partition,
                            enum action action, op_run run, void *args)
{
    struct op op = {.action = action, .app = app, .partition = partition, .slot = slot};

    return pass(&op, run, args);
}

enum pqhw_status door_logged_out(struct session *session, enum role role)
{
    struct op op = {.action = ACTION_LOGOUT,
                    .app = session->slot->app,
                    .session = session,
                    .partition = session->slot->partition,
                    .role = role};

    return record(&op, PQHW_OK);
}

/* ---- for those who execute ---- */

void op_name_object(struct op *op, const struct object *object)
{
    if (object->facts.unique_id.len == 0)
        return;
    size_t at = op->num_objects < OP_MAX_OBJECTS ? op->num_objects++ : OP_MAX_OBJECTS - 1;
    object_uuid(object, op->room->objects[at]);
}

static enum pqhw_status may_write(const struct op *op, const struct object *object)
{
    if (object_is_token(object) && !op->session->rw)
        return PQHW_SESSION_READ_ONLY;
    if (object_is_private(object) && op->role != ROLE_USER)
        return PQHW_USER_NOT_LOGGED_IN;
    return PQHW_OK;
}

static enum pqhw_status add_change(struct op *op, struct change change)
{
    enum pqhw_status status = PQHW_OK;

    REQUIRE(op->room != NULL && op->num_changes < OP_MAX_CHANGES, PQHW_INTERNAL);
    TRY(may_write(op, change.object));
    if (change.before != NULL)
        TRY(may_write(op, change.before));
    op->room->changes[op->num_changes++] = change;
out:
    if (status != PQHW_OK) {
        object_unref(change.object);
        object_unref(change.before);
    }
    return status;
}

enum pqhw_status op_add(struct op *op, struct object *object, CK_OBJECT_HANDLE *handle_out)
{
    if (!object_is_token(object))
        object->owner = op->session->handle;
    return add_change(
        op, (struct change){.kind = CHANGE_NEW, .object = object, .handle_out = handle_out});
}

enum pqhw_status op_replace(struct op *op, struct object *before, struct object *after)
{
    return add_change(op,
                      (struct change){.kind = CHANGE_REPLACE, .object = after, .before = before});
}

enum pqhw_status op_destroy(struct op *op, struct object *object)
{
    return add_change(op, (struct change){.kind = CHANGE_DESTROY, .object = object});
}

enum pqhw_status op_object(struct op *op, CK_OBJECT_HANDLE handle, struct object **out)
{
    enum pqhw_status status = PQHW_OK;
    struct object *object = NULL;

    *out = NULL;
    if (handle >= HANDLE_SESSION_BASE)
        object = slot_get_object(op->session->slot, handle);
    else if (handle >= HANDLE_BUILTIN_BASE)
        object = builtin_object(op->partition, handle - HANDLE_BUILTIN_BASE);
    else
        status = object_load(op->partition, (uint32_t)handle, &object);
    REQUIRE(status != PQHW_NOT_FOUND, PQHW_OBJECT_HANDLE_INVALID);
    TRY(status);
    REQUIRE(object != NULL, PQHW_OBJECT_HANDLE_INVALID);
    REQUIRE(!object_is_private(object) || op->role == ROLE_USER, PQHW_OBJECT_HANDLE_INVALID);
    *out = object;
    object = NULL;
out:
    object_unref(object);
    return status;
}

/* Is it in CKA_ALLOWED_MECHANISMS? A key that has no such list (NULL) allows all, one with an empty
 * list nothing. */
static bool mechanism_allowed(struct span list, CK_MECHANISM_TYPE mechanism)
{
    if (list.ptr == NULL)
        return true;
    for (size_t i = 0; i + 8 <= list.len; i += 8) {
        if (load_be64(list.ptr + i) == mechanism)
            return true;
    }
    return false;
}

enum pqhw_status op_mechanism(struct op *op, const struct mechanism *mechanism, CK_FLAGS flag)
{
    enum pqhw_status status = PQHW_OK;

    TRY(mechanism_check(mechanism, flag, &op->info));
    REQUIRE(hsm_mechanism_offered(op->app, &op->policy, op->info), PQHW_MECHANISM_INVALID);
out:
    return status;
}

bool op_mechanism_allowed(struct span attrs, CK_MECHANISM_TYPE mechanism)
{
    struct span list = SPAN_EMPTY;

    return !attrs_get(attrs, CKA_ALLOWED_MECHANISMS, &list) || mechanism_allowed(list, mechanism);
}

/* Which half of a pair does it; a secret key does both sides. */
static CK_OBJECT_CLASS half_for(CK_FLAGS flag)
{
    const CK_FLAGS by_public =
        CKF_ENCRYPT | CKF_VERIFY | CKF_VERIFY_RECOVER | CKF_ENCAPSULATE | CKF_WRAP;

    return (flag & by_public) != 0 ? CKO_PUBLIC_KEY : CKO_PRIVATE_KEY;
}

/* Without padding a signature is a decryption, and what unwraps does not decrypt. */
static bool unwraps_without_padding(const struct op *op, const struct key_facts *facts)
{
    return op->info->type == CKM_RSA_X_509 && !op->policy.open_wrapping &&
           (facts->uses & CKF_UNWRAP) != 0;
}

/* Uses that are begun and then gone on with: there is a place for a login between the two. */
#define IN_TWO_STEPS (CKF_SIGN | CKF_SIGN_RECOVER | CKF_DECRYPT)

static enum pqhw_status check_use(struct op *op, const struct object *key, CK_FLAGS flag)
{
    enum pqhw_status status = PQHW_OK;
    const struct key_facts *facts = &key->facts;

    REQUIRE(facts->object_class == half_for(flag) || facts->object_class == CKO_SECRET_KEY,
            facts->key_type != MECHANISM_NO_KEY ? PQHW_KEY_TYPE_INCONSISTENT
                                                : PQHW_KEY_HANDLE_INVALID);
    REQUIRE(mechanism_takes(op->info, facts->key_type), PQHW_KEY_TYPE_INCONSISTENT);
    REQUIRE((facts->uses & flag) != 0, PQHW_KEY_FUNCTION_NOT_PERMITTED);
    REQUIRE(mechanism_allowed(facts->mechanisms, op->info->type), PQHW_MECHANISM_INVALID);
    REQUIRE(policy_allows_today(&op->policy, object_attrs(key), flag),
            PQHW_KEY_FUNCTION_NOT_PERMITTED);
    REQUIRE(!unwraps_without_padding(op, facts), PQHW_KEY_FUNCTION_NOT_PERMITTED);
    op->wants_login = facts->wants_login;
    REQUIRE(!op->wants_login || (flag & IN_TWO_STEPS) != 0, PQHW_USER_NOT_LOGGED_IN);
out:
    return status;
}

enum pqhw_status op_key(struct op *op, CK_OBJECT_HANDLE handle, CK_FLAGS flag, struct object **out)
{
    enum pqhw_status status = op_object(op, handle, out);

    if (status == PQHW_OBJECT_HANDLE_INVALID)
        return PQHW_KEY_HANDLE_INVALID;
    if (status != PQHW_OK)
        return status;
    op_name_object(op, *out);
    status = check_use(op, *out, flag);
    if (status != PQHW_OK) {
        object_unref(*out);
        *out = NULL;
    }
    return status;
}

bool op_use_separate(const struct op *op, const struct object *key)
{
    return op->policy.open_wrapping || !rules_conflicting(object_attrs(key));
}
