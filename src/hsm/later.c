/* SPDX-License-Identifier: Apache-2.0
 *
 * A call that is made later goes from state to state, and its session lets go of it (`later` is
 * NULL then) when its answer is taken or it is cancelled:
 *
 *   WAITING -> COMPUTING -> COMMITTING -> MADE (-> UNDOING)
 *
 * One that was made and is then cancelled keeps its session until it is undone: nobody else can
 * use or close the session before that, which the undoing needs.
 *
 * Whether a call is cancelled or committed is settled once, under the app's lock, when it goes from
 * COMPUTING to COMMITTING.
 */
#include "hsm/later.h"

#include <string.h>

#include "base/wanted.h"
#include "hsm/detail.h"

enum state {
    WAITING,    /* for a thread, or for the session's lock */
    COMPUTING,  /* with it */
    COMMITTING, /* with it; it cannot be cancelled any more */
    MADE,
    UNDOING,
};

/* The call that this thread is making, and that which it undoes. */
static _Thread_local struct hsm_later *current;
static _Thread_local const struct hsm_later *undone;

bool later_is_mine(const struct hsm_later *later)
{
    return later == current || later == undone;
}

void hsm_later_unref(struct hsm_later *later)
{
    if (later == NULL || atomic_fetch_sub_explicit(&later->refs, 1, memory_order_acq_rel) != 1)
        return;
    session_unref(later->session);
    later->free(later);
}

static struct hsm_later *ref(struct hsm_later *later)
{
    atomic_fetch_add_explicit(&later->refs, 1, memory_order_relaxed);
    return later;
}

enum pqhw_status hsm_later_add(struct hsm_app *app, CK_SESSION_HANDLE handle,
                               struct hsm_later *later)
{
    struct session *session;
    enum pqhw_status status = session_find(app, handle, &session);

    detail_clear();
    atomic_init(&later->refs, 1);
    later->session = session;
    later->state = WAITING;
    if (status != PQHW_OK)
        return status;
    pthread_mutex_lock(&app->lock);
    if (session->closing)
        status = PQHW_SESSION_CLOSED;
    else if (session->later != NULL)
        status = PQHW_OPERATION_ACTIVE;
    else
        session->later = ref(later);
    pthread_mutex_unlock(&app->lock);
    return status;
}

static bool current_is_wanted(void)
{
    struct hsm_app *app = current->session->slot->app;

    pthread_mutex_lock(&app->lock);
    bool wanted = !current->canceled && !app->stopping;
    pthread_mutex_unlock(&app->lock);
    return wanted;
}

void hsm_later_stop(struct hsm_app *app)
{
    pthread_mutex_lock(&app->lock);
    app->stopping = true;
    pthread_mutex_unlock(&app->lock);
}

void hsm_later_run(struct hsm_app *app, struct hsm_later *later)
{
    current = later;
    still_wanted_ask(current_is_wanted);
    enum pqhw_status status = later->run(later, app);
    still_wanted_ask(NULL);
    current = NULL;
    pthread_mutex_lock(&app->lock);
    if (later->canceled && later->state == COMPUTING)
        later->session->num_stray--;
    later->status = status;
    later->state = MADE;
    pthread_cond_broadcast(&app->later_made);
    pthread_mutex_unlock(&app->lock);
}

void hsm_later_drop(struct hsm_later *later)
{
    struct hsm_app *app = later->session->slot->app;

    pthread_mutex_lock(&app->lock);
    later->status = PQHW_CANCELED;
    later->state = MADE;
    pthread_mutex_unlock(&app->lock);
}

bool later_is_here(void)
{
    return current != NULL;
}

/* The call of this thread is in the next state, unless it was cancelled. */
static bool next_state(struct hsm_app *app, int next)
{
    pthread_mutex_lock(&app->lock);
    bool goes_on = !current->canceled;
    if (goes_on)
        current->state = next;
    pthread_mutex_unlock(&app->lock);
    return goes_on;
}

bool later_begins(struct hsm_app *app)
{
    return next_state(app, COMPUTING);
}

bool later_goes_on(struct hsm_app *app)
{
    return next_state(app, COMMITTING);
}

CK_FLAGS later_ends(struct hsm_app *app)
{
    pthread_mutex_lock(&app->lock);
    CK_FLAGS ends = current->ends;
    if (!current->canceled)
        current->state = COMMITTING; /* even if there is nothing to commit */
    pthread_mutex_unlock(&app->lock);
    return ends;
}

enum pqhw_status hsm_later_find(struct hsm_app *app, CK_SESSION_HANDLE handle, const char *name,
                                struct hsm_later **out)
{
    struct session *session;
    enum pqhw_status status = session_find(app, handle, &session);

    detail_clear();
    *out = NULL;
    if (status != PQHW_OK)
        return status;
    pthread_mutex_lock(&app->lock);
    struct hsm_later *later = session->later;
    if (later != NULL && strcmp(later->name, name) == 0)
        *out = ref(later);
    pthread_mutex_unlock(&app->lock);
    session_unref(session);
    return *out != NULL ? PQHW_OK : PQHW_OPERATION_NOT_INITIALIZED;
}

enum pqhw_status hsm_later_poll(struct hsm_app *app, struct hsm_later *later)
{
    pthread_mutex_lock(&app->lock);
    bool made = later->state >= MADE;
    pthread_mutex_unlock(&app->lock);
    return made ? PQHW_OK : PQHW_PENDING;
}

enum pqhw_status hsm_later_take(struct hsm_app *app, struct hsm_later *later,
                                enum pqhw_status *answer)
{
    enum pqhw_status status = PQHW_OK;

    pthread_mutex_lock(&app->lock);
    REQUIRE(later->session->later == later && later->state != UNDOING,
            PQHW_OPERATION_NOT_INITIALIZED);
    REQUIRE(later->state == MADE, PQHW_PENDING);
    later->session->later = NULL;
    *answer = later->status;
out:
    pthread_mutex_unlock(&app->lock);
    if (status == PQHW_OK)
        hsm_later_unref(later); /* the session's */
    return status;
}

/* With the app's lock held: another thread is at what cannot be interrupted. */
static bool is_settling(const struct hsm_later *later)
{
    return later != NULL && (later->state == COMMITTING || later->state == UNDOING);
}

/* With the app's lock held, which is given up meanwhile. */
static void undo(struct session *session, struct hsm_later *later)
{
    struct hsm_app *app = session->slot->app;

    later->state = UNDOING;
    pthread_mutex_unlock(&app->lock);
    undone = later;
    later->undo(later, app, session->handle);
    undone = NULL;
    pthread_mutex_lock(&app->lock);
    pthread_cond_broadcast(&app->later_made);
}

enum pqhw_status later_cancel(struct session *session, CK_FLAGS flags, bool *stray)
{
    enum pqhw_status status = PQHW_OK;
    struct hsm_app *app = session->slot->app;
    struct hsm_later *later = NULL;

    *stray = false;
    pthread_mutex_lock(&app->lock);
    while (is_settling(session->later))
        pthread_cond_wait(&app->later_made, &app->lock);
    if (session->later == NULL)
        goto out;
    REQUIRE((session->later->flag & flags) != 0, PQHW_OPERATION_ACTIVE);
    later = session->later;
    later->canceled = later->state != MADE;
    *stray = later->state == COMPUTING;
    if (*stray) {
        later->ends = flags;
        session->num_stray++;
    }
    if (later->state == MADE && later->status == PQHW_OK)
        undo(session, later);
    session->later = NULL;
out:
    pthread_mutex_unlock(&app->lock);
    hsm_later_unref(later);
    return status;
}
