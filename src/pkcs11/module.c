/* SPDX-License-Identifier: Apache-2.0
 *
 * The module's state. Entering and leaving is one atomic addition each; the mutex is for
 * C_Initialize and C_Finalize, and for what a fork or the end of the process has to tell them.
 */
#include "pkcs11/module.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "backends/soft/soft.h"
#include "pkcs11/alias.h"
#include "pkcs11/workers.h"
#include "store/sqlite/sqlite.h"

/* Set in `calls` while there is an app to enter, once the process ends, and while it forks; the
 * bits below count who is inside. */
#define LIVE     (UINT64_C(1) << 63)
#define ENDING   (UINT64_C(1) << 62)
#define FORKING  (UINT64_C(1) << 61)
#define NUM_MASK (FORKING - 1)

/* How long the end of the process, or a fork, waits for calls that are running. */
#define END_WAIT_MS    5000
#define FORK_WAIT_MS   1000
#define WORKERS_WAIT_S 1 /* a thread with nothing to do ends at once */

struct module {
    pthread_mutex_t lock;
    pthread_cond_t idle; /* nobody is inside, or the app is gone */
    _Atomic uint64_t calls;
    struct hsm_device *device;
    struct hsm_app *app;
    bool threads; /* the application allows the module some of its own */
    pthread_mutex_t sleep_lock;
    pthread_cond_t life_over;
    _Atomic uint64_t life; /* one more with each C_Finalize */
};

#define MODULE_INIT                                                                                \
    {                                                                                              \
        .lock = PTHREAD_MUTEX_INITIALIZER, .idle = PTHREAD_COND_INITIALIZER,                       \
        .sleep_lock = PTHREAD_MUTEX_INITIALIZER, .life_over = PTHREAD_COND_INITIALIZER,            \
    }

static struct module module = MODULE_INIT;
static const struct module module_fresh = MODULE_INIT;

static pthread_once_t fork_once = PTHREAD_ONCE_INIT;
static int fork_error;

static pthread_once_t exit_once = PTHREAD_ONCE_INIT;
static pthread_t ender; /* who ends the process; set before ENDING is */

/* Held by who forks, all the while. */
static struct {
    pthread_mutex_t lock;
    _Atomic pthread_t forker; /* set before FORKING is */
} forking = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Device and app of the parent are forgotten, not freed: their memory, locks and threads are not
 * ours. If the parent was ending, libcrypto may be gone already, and the child cannot use it. */
static void forget_after_fork(void)
{
    uint64_t ending = atomic_load(&module.calls) & ENDING;

    memcpy(&module, &module_fresh, sizeof(module));
    atomic_store(&module.calls, ending);
    workers_forget();
}

static void watch_forks(void)
{
    fork_error = pthread_atfork(NULL, NULL, forget_after_fork);
}

/*
 * Other threads may be at work when one calls exit(), which then takes libcrypto's state away under
 * them. So before that they are waited for, and let in no more. The thread that ends the process
 * may still come: programs call C_Finalize from handlers of their own.
 */

static bool is_ending_for_others(uint64_t calls)
{
    return (calls & ENDING) != 0 && !pthread_equal(ender, pthread_self());
}

static bool is_idle(void)
{
    if ((atomic_load(&module.calls) & NUM_MASK) != 0 || pthread_mutex_trylock(&module.lock) != 0)
        return false;
    pthread_mutex_unlock(&module.lock); /* nobody initializes or finalizes */
    return true;
}

static void wait_idle(unsigned max_ms)
{
    for (unsigned ms = 0; ms < max_ms && !is_idle(); ms++)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

/* Unless another thread initializes, or finalizes and so has done it. */
static void stop_what_is_computed(void)
{
    if (pthread_mutex_trylock(&module.lock) != 0)
        return;
    if (module.app != NULL)
        hsm_later_stop(module.app);
    pthread_mutex_unlock(&module.lock);
}

static void end_of_process(void *unused)
{
    (void)unused;
    ender = pthread_self();
    atomic_fetch_or(&module.calls, ENDING);
    stop_what_is_computed();
    wait_idle(END_WAIT_MS);
    workers_stop(WORKERS_WAIT_S); /* their code may be about to go (dlclose) */
}

/*
 * What a thread holds of other libraries' locks when another one forks, the child waits for for
 * ever: libcrypto has such, and the child needs it. So a fork waits for the calls that are running,
 * and calls for the fork.
 */

static bool is_forking_elsewhere(uint64_t calls)
{
    return (calls & FORKING) != 0 && !pthread_equal(atomic_load(&forking.forker), pthread_self());
}

static void wait_for_fork(void)
{
    pthread_mutex_lock(&forking.lock);
    pthread_mutex_unlock(&forking.lock);
}

/* To initialize or finalize. */
static void lock_module(void)
{
    pthread_mutex_lock(&module.lock);
    while (is_forking_elsewhere(atomic_load(&module.calls))) {
        pthread_mutex_unlock(&module.lock);
        wait_for_fork();
        pthread_mutex_lock(&module.lock);
    }
}

static void before_fork(void)
{
    pthread_mutex_lock(&forking.lock);
    atomic_store(&forking.forker, pthread_self());
    atomic_fetch_or(&module.calls, FORKING);
    wait_idle(FORK_WAIT_MS);
}

/* Whoever has the module's lock now waits for no lock that the fork holds: those of store and audit
 * log were given back before this is called. */
static void after_fork(void)
{
    atomic_fetch_and(&module.calls, ~FORKING);
    pthread_mutex_unlock(&forking.lock);
    pthread_mutex_lock(&module.lock);
    pthread_cond_broadcast(&module.idle); /* C_Finalize may be waiting */
    pthread_mutex_unlock(&module.lock);
}

/* The module is new already (forget_after_fork). */
static void after_fork_in_child(void)
{
    pthread_mutex_unlock(&forking.lock);
}

/* What atexit calls in a library, so that dlclose takes the handler along (Itanium C++ ABI, 3.3.6).
 * The sanitizers' atexit forgets whose it is. */
int __cxa_atexit(void (*function)(void *), void *argument, void *library);
extern void *__dso_handle __attribute__((visibility("hidden")));

/* What is registered later is called earlier: after libcrypto, and those of the device that take
 * locks before a fork (hsm_device_open), did. Without memory for it the process ends, and forks, as
 * it would without this. */
static void watch_exit(void)
{
    int ignored = __cxa_atexit(end_of_process, NULL, &__dso_handle);
    ignored |= pthread_atfork(before_fork, after_fork, after_fork_in_child);
    (void)ignored;
}

static NODISCARD enum pqhw_status open_app(struct hsm_device **device, struct hsm_app **app)
{
    enum pqhw_status status = PQHW_OK;
    char home[HSM_PATH_MAX];
    const struct hsm_config config = {
        .home = home,
        .store = &store_sqlite,
        .backend = &backend_soft,
    };

    *device = NULL;
    *app = NULL;
    TRY(alias_init());
    TRY(hsm_default_home(home));
    TRY(hsm_device_open(device, &config));
    TRY(hsm_app_new(app, *device, "pkcs11"));
    TRY(hsm_slot_watch(*app));
out:
    if (status != PQHW_OK) {
        hsm_app_free(*app);
        hsm_device_close(*device);
        *app = NULL;
        *device = NULL;
    }
    return status;
}

enum pqhw_status module_start(bool threads)
{
    enum pqhw_status status = PQHW_OK;

    pthread_once(&fork_once, watch_forks);
    lock_module();
    REQUIRE(fork_error == 0, PQHW_NO_MEMORY);
    REQUIRE(!is_ending_for_others(atomic_load(&module.calls)), PQHW_INTERNAL);
    while (module.app != NULL && !(atomic_load(&module.calls) & LIVE))
        pthread_cond_wait(&module.idle, &module.lock); /* C_Finalize is at work */
    REQUIRE(module.app == NULL, PQHW_ALREADY_INITIALIZED);
    TRY(open_app(&module.device, &module.app));
    module.threads = threads;
    workers_begin();
    pthread_once(&exit_once, watch_exit);
    atomic_fetch_or(&module.calls, LIVE);
out:
    pthread_mutex_unlock(&module.lock);
    return status;
}

bool module_may_have_threads(void)
{
    return module.threads;
}

static void wake_sleepers(void)
{
    pthread_mutex_lock(&module.sleep_lock);
    atomic_fetch_add(&module.life, 1);
    pthread_cond_broadcast(&module.life_over);
    pthread_mutex_unlock(&module.sleep_lock);
}

/* With the lock held, once nobody is let in any more. */
static void wait_for_calls(void)
{
    for (uint64_t calls;
         (calls = atomic_load(&module.calls)) & NUM_MASK || is_forking_elsewhere(calls);)
        pthread_cond_wait(&module.idle, &module.lock);
}

enum pqhw_status module_stop(void)
{
    enum pqhw_status status = PQHW_OK;

    lock_module();
    REQUIRE(!is_ending_for_others(atomic_load(&module.calls)), PQHW_NOT_INITIALIZED);
    REQUIRE(atomic_fetch_and(&module.calls, ~LIVE) & LIVE, PQHW_NOT_INITIALIZED);
    wake_sleepers();
    hsm_later_stop(module.app);
    wait_for_calls();
    pthread_mutex_unlock(&module.lock); /* which they need to find out that it is over */
    workers_stop(-1);
    pthread_mutex_lock(&module.lock);
    wait_for_calls();
    hsm_app_free(module.app);
    hsm_device_close(module.device);
    module.app = NULL;
    module.device = NULL;
    pthread_cond_broadcast(&module.idle);
out:
    pthread_mutex_unlock(&module.lock);
    return status;
}

static void leave(void)
{
    if ((atomic_fetch_sub(&module.calls, 1) & ~(ENDING | FORKING)) != 1)
        return;
    /* The last one, and the app is no longer live: C_Finalize may be waiting. */
    pthread_mutex_lock(&module.lock);
    pthread_cond_broadcast(&module.idle);
    pthread_mutex_unlock(&module.lock);
}

struct hsm_app *module_enter(void)
{
    if (!(atomic_load(&module.calls) & LIVE))
        return NULL;
    for (;;) {
        uint64_t calls = atomic_fetch_add(&module.calls, 1);
        bool forks = is_forking_elsewhere(calls);
        if ((calls & LIVE) != 0 && !is_ending_for_others(calls) && !forks)
            return module.app;
        leave();
        if (!forks)
            return NULL;
        wait_for_fork();
    }
}

void module_thread_ends(void)
{
    while (is_forking_elsewhere(atomic_fetch_add(&module.calls, 1))) {
        leave();
        wait_for_fork();
    }
    hsm_thread_ends();
    leave();
}

static void sleep_in_life(uint64_t life, unsigned ms)
{
    struct timespec until;
    int error = 0;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&module.sleep_lock);
    while (error == 0 && atomic_load(&module.life) == life)
        error =
            pthread_cond_clockwait(&module.life_over, &module.sleep_lock, CLOCK_MONOTONIC, &until);
    pthread_mutex_unlock(&module.sleep_lock);
}

struct hsm_app *module_leave_for(unsigned ms)
{
    uint64_t life = atomic_load(&module.life);

    leave();
    sleep_in_life(life, ms);
    struct hsm_app *app = module_enter();
    if (app == NULL || atomic_load(&module.life) == life)
        return app;
    leave();
    return NULL;
}

CK_RV module_leave(enum pqhw_status status)
{
    leave();
    return module_rv(status);
}

CK_RV module_rv(enum pqhw_status status)
{
    static const CK_RV table[PQHW_NUM_STATUS] = {
#define STATUS(name, category, ckr, text) [PQHW_##name] = ckr,
#include "pqhw/status.def"
    };

    return (unsigned)status < PQHW_NUM_STATUS ? table[status] : CKR_GENERAL_ERROR;
}

enum pqhw_status module_session_first(struct hsm_app *app, CK_SESSION_HANDLE session,
                                      enum pqhw_status status)
{
    struct hsm_session_info info;
    enum pqhw_status found = PQHW_OK;

    if (status != PQHW_OK)
        found = hsm_session_info(app, session, &info);
    return found == PQHW_OK ? status : found;
}

enum pqhw_status module_operation_first(struct hsm_app *app, CK_SESSION_HANDLE session,
                                        CK_FLAGS operation, enum pqhw_status status)
{
    enum pqhw_status ended = PQHW_OK;
    bool active;

    if (status == PQHW_OK)
        return PQHW_OK;
    ended = hsm_session_active(app, session, &active); /* no call that is made later is ended so */
    if (ended == PQHW_OK)
        ended = hsm_session_cancel(app, session, operation);
    return ended == PQHW_OK ? status : ended;
}

CK_RV module_unwrap_rv(enum pqhw_status status)
{
    switch (status) {
    case PQHW_KEY_HANDLE_INVALID:
        return CKR_UNWRAPPING_KEY_HANDLE_INVALID;
    case PQHW_KEY_TYPE_INCONSISTENT:
        return CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT;
    case PQHW_KEY_SIZE_RANGE:
        return CKR_UNWRAPPING_KEY_SIZE_RANGE;
    case PQHW_ENCRYPTED_DATA_LEN_RANGE:
        return CKR_WRAPPED_KEY_LEN_RANGE;
    case PQHW_ENCRYPTED_DATA_INVALID:
        return CKR_WRAPPED_KEY_INVALID;
    default:
        return module_rv(status);
    }
}
