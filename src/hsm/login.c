/* SPDX-License-Identifier: Apache-2.0
 *
 * Logging in and out, and changing PINs.
 */
#include "hsm/door.h"
#include "hsm/user.h"

/* ---- login ---- */

struct login {
    CK_USER_TYPE type;
    struct span pin;
};

static enum pqhw_status may_log_in(const struct op *op, enum role wanted)
{
    enum pqhw_status status = PQHW_OK;
    struct app_slot *slot = op->session->slot;

    if (op->role != ROLE_PUBLIC)
        return op->role == wanted ? PQHW_USER_ALREADY_LOGGED_IN
                                  : PQHW_USER_ANOTHER_ALREADY_LOGGED_IN;
    pthread_mutex_lock(&slot->app->lock);
    if (wanted == ROLE_SO && slot->num_sessions > slot->num_rw_sessions)
        status = PQHW_SESSION_READ_ONLY_EXISTS;
    pthread_mutex_unlock(&slot->app->lock);
    return status;
}

/* A login that could not be audited did not happen. */
static void undo_login(struct op *op)
{
    slot_logout(op->session->slot);
}

static enum pqhw_status run_login(struct op *op, void *args)
{
    enum pqhw_status status = PQHW_OK;
    const struct login *login = args;
    enum role wanted = login->type == CKU_SO ? ROLE_SO : ROLE_USER;
    struct secret master = {0};

    REQUIRE(login->type == CKU_SO || login->type == CKU_USER, PQHW_USER_TYPE_INVALID);
    TRY(may_log_in(op, wanted));
    TRY(user_check_pin(op->partition, wanted == ROLE_SO ? PARTITION_SO : PARTITION_USER, login->pin,
                       &master));
    TRY(partition_unlock(op->partition, &master));
    /* Another thread may have logged in while the PIN was being checked. */
    status = slot_login(op->session, wanted);
    if (status != PQHW_OK) {
        partition_lock(op->partition);
    } else {
        op->role = wanted;
        op->undo = undo_login;
    }
out:
    secret_free(&master);
    return status;
}

/* ---- login for one operation ---- */

static void lock_again(struct op *op)
{
    op->session->asking->locked = true;
}

/* With the user's PIN, for the operation that was begun last with a key that wants it. */
static enum pqhw_status run_login_for_operation(struct op *op, void *args)
{
    enum pqhw_status status = PQHW_OK;
    const struct login *login = args;
    struct stream *asking = op->session->asking;
    struct secret master = {0};

    REQUIRE(asking != NULL && asking->locked, PQHW_OPERATION_NOT_INITIALIZED);
    op->info = asking->info;
    op_name_object(op, asking->key);
    REQUIRE(op->role == ROLE_USER, PQHW_USER_NOT_LOGGED_IN);
    TRY(user_check_pin(op->partition, PARTITION_USER, login->pin, &master));
    asking->locked = false;
    op->undo = lock_again;
out:
    secret_free(&master);
    return status;
}

enum pqhw_status hsm_login(struct hsm_app *app, CK_SESSION_HANDLE session, CK_USER_TYPE user,
                           struct span pin)
{
    struct login args = {.type = user, .pin = pin};

    if (user != CKU_CONTEXT_SPECIFIC)
        return door(app, session, ACTION_LOGIN, run_login, &args);
    enum pqhw_status status =
        door(app, session, ACTION_LOGIN_FOR_OPERATION, run_login_for_operation, &args);
    if (status == PQHW_PIN_LOCKED) {
        /* Whoever tried so often is not let go on with the login that there is. */
        enum pqhw_status ignored = hsm_logout(app, session);
        (void)ignored;
    }
    return status;
}

/* ---- logout ---- */

static enum pqhw_status run_logout(struct op *op, void *args)
{
    (void)args;
    if (op->role == ROLE_PUBLIC)
        return PQHW_USER_NOT_LOGGED_IN;
    slot_logout(op->session->slot);
    session_end_private(op->session);
    return PQHW_OK;
}

enum pqhw_status hsm_logout(struct hsm_app *app, CK_SESSION_HANDLE session)
{
    return door(app, session, ACTION_LOGOUT, run_logout, NULL);
}

/* ---- PINs ---- */

struct new_login {
    enum partition_user user;
    struct partition_login login;
    struct span old_pin;
    struct span new_pin;
};

static enum pqhw_status store_login(struct op *op, struct store_tx *tx,
                                    struct partition_state *state, void *args)
{
    const struct new_login *change = args;

    (void)op;
    (void)tx;
    state->login[change->user] = change->login;
    state->login[change->user].tries_left = state->max_tries;
    return PQHW_OK;
}

static enum pqhw_status change_login(struct op *op, struct new_login *change,
                                     const struct secret *master)
{
    enum pqhw_status status = PQHW_OK;

    TRY(user_login_make(op->app->device, change->new_pin, master, 0, &change->login));
    op->change_state = store_login;
    op->args = change;
out:
    return status;
}

static enum pqhw_status run_pin_init(struct op *op, void *args)
{
    enum pqhw_status status = PQHW_OK;
    struct secret master = {0};

    pthread_mutex_lock(&op->partition->lock);
    status = op->partition->master.ptr == NULL
                 ? PQHW_USER_NOT_LOGGED_IN
                 : secret_from(&master, secret_span(&op->partition->master));
    pthread_mutex_unlock(&op->partition->lock);
    if (status == PQHW_OK)
        status = change_login(op, args, &master);
    secret_free(&master);
    return status;
}

enum pqhw_status hsm_pin_init(struct hsm_app *app, CK_SESSION_HANDLE session, struct span pin)
{
    struct new_login args = {.user = PARTITION_USER, .new_pin = pin};

    return door(app, session, ACTION_PIN_INIT, run_pin_init, &args);
}

static enum pqhw_status run_pin_set(struct op *op, void *args)
{
    enum pqhw_status status = PQHW_OK;
    struct new_login *change = args;
    struct secret master = {0};

    change->user = op->role == ROLE_SO ? PARTITION_SO : PARTITION_USER;
    TRY(user_pin_acceptable(change->new_pin));
    TRY(user_check_pin(op->partition, change->user, change->old_pin, &master));
    TRY(change_login(op, change, &master));
out:
    secret_free(&master);
    return status;
}

enum pqhw_status hsm_pin_set(struct hsm_app *app, CK_SESSION_HANDLE session, struct span old_pin,
                             struct span new_pin)
{
    struct new_login args = {.old_pin = old_pin, .new_pin = new_pin};

    return door(app, session, ACTION_PIN_SET, run_pin_set, &args);
}
