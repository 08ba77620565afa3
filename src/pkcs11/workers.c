/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/workers.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "pkcs11/module.h"

/* As many as the machine has processors, within these bounds: one that is busy for long shall not
 * keep all others waiting. */
#define MIN_THREADS 2
#define MAX_THREADS 16

struct pool {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct work *first; /* in the order in which they came */
    struct work *last;
    size_t num_waiting; /* pieces of work */
    size_t num_idle;    /* threads */
    size_t num_threads;
    pthread_t threads[MAX_THREADS];
    bool stop;
};

#define POOL_INIT                                                                                  \
    {                                                                                              \
        .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER                     \
    }

static struct pool pool = POOL_INIT;
static const struct pool pool_fresh = POOL_INIT;

/* With the lock held; NULL if there is none. */
static struct work *take(void)
{
    struct work *work = pool.first;

    if (work == NULL)
        return NULL;
    pool.first = work->next;
    if (pool.first == NULL)
        pool.last = NULL;
    pool.num_waiting--;
    return work;
}

/* Once C_Finalize, or the end of the process, has begun, nothing is made any more. */
static void make(struct work *work)
{
    struct hsm_app *app = module_enter();
    struct hsm_later *later = work->later;

    if (app != NULL)
        hsm_later_run(app, later);
    else
        hsm_later_drop(later);
    hsm_later_unref(later);
    if (app != NULL)
        module_leave(PQHW_OK);
}

static void *run(void *unused)
{
    pthread_setname_np(pthread_self(), "pqhw-worker");
    pthread_mutex_lock(&pool.lock);
    for (;;) {
        struct work *work = take();

        if (work == NULL && pool.stop)
            break;
        if (work == NULL) {
            pool.num_idle++;
            pthread_cond_wait(&pool.changed, &pool.lock);
            pool.num_idle--;
            continue;
        }
        pthread_mutex_unlock(&pool.lock);
        make(work);
        pthread_mutex_lock(&pool.lock);
    }
    pthread_mutex_unlock(&pool.lock);
    module_thread_ends();
    return unused;
}

static size_t max_threads(void)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);

    if (processors < MIN_THREADS)
        return MIN_THREADS;
    return processors < MAX_THREADS ? (size_t)processors : MAX_THREADS;
}

/* With the lock held. The application's signals are for its own threads. */
static void start_thread(void)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    if (pthread_create(&pool.threads[pool.num_threads], NULL, run, NULL) == 0)
        pool.num_threads++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

bool workers_ready(void)
{
    pthread_mutex_lock(&pool.lock);
    if (pool.num_waiting >= pool.num_idle && pool.num_threads < max_threads() && !pool.stop)
        start_thread();
    bool ready = pool.num_threads > 0 && !pool.stop;
    pthread_mutex_unlock(&pool.lock);
    return ready;
}

void workers_add(struct work *work)
{
    pthread_mutex_lock(&pool.lock);
    work->next = NULL;
    if (pool.last == NULL)
        pool.first = work;
    else
        pool.last->next = work;
    pool.last = work;
    pool.num_waiting++;
    pthread_cond_signal(&pool.changed);
    pthread_mutex_unlock(&pool.lock);
}

static bool join(pthread_t thread, int max_s)
{
    struct timespec until;

    if (max_s < 0)
        return pthread_join(thread, NULL) == 0;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += max_s;
    return pthread_timedjoin_np(thread, NULL, &until) == 0;
}

void workers_stop(int max_s)
{
    pthread_mutex_lock(&pool.lock);
    pool.stop = true;
    pthread_cond_broadcast(&pool.changed);
    pthread_mutex_unlock(&pool.lock);
    /* Only here and in workers_ready do they become more or fewer. */
    while (pool.num_threads > 0 && join(pool.threads[pool.num_threads - 1], max_s))
        pool.num_threads--;
}

void workers_begin(void)
{
    pthread_mutex_lock(&pool.lock);
    pool.stop = false;
    pthread_mutex_unlock(&pool.lock);
}

void workers_forget(void)
{
    memcpy(&pool, &pool_fresh, sizeof(pool));
}
