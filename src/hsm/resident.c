/* SPDX-License-Identifier: Apache-2.0 */
#include "hsm/resident.h"

#include <stdlib.h>

#include "base/clock.h"

#define PUBLISH_MS 200

struct resident {
    struct residents *residents;
    struct backend_key *key;
    uint64_t size;
    /* The slot's reference, and one for each user. Taken with the lock held only: what has no user
     * then gets none meanwhile. */
    atomic_uint refs;

    /* guarded by residents->lock */
    struct resident_slot *slot; /* that it is found in; NULL once it was taken out */
    struct resident *older;     /* also the chain of those that were taken out */
    struct resident *newer;
};

void residents_init(struct residents *residents, const struct backend_ops *ops)
{
    *residents = (struct residents){.ops = ops};
    pthread_mutex_init(&residents->lock, NULL);
    pthread_cond_init(&residents->opened, NULL);
    pthread_mutex_init(&residents->publish_lock, NULL);
}

void residents_destroy(struct residents *residents)
{
    pthread_mutex_destroy(&residents->publish_lock);
    pthread_cond_destroy(&residents->opened);
    pthread_mutex_destroy(&residents->lock);
}

void residents_set_budget(struct residents *residents, uint64_t bytes)
{
    atomic_store(&residents->budget, bytes);
}

void residents_stats(struct residents *residents, struct hsm_resident_stats *out)
{
    pthread_mutex_lock(&residents->lock);
    *out = (struct hsm_resident_stats){
        .budget = atomic_load(&residents->budget),
        .bytes = atomic_load(&residents->bytes),
        .peak_bytes = residents->peak_bytes,
        .keys = residents->keys,
        .hits = residents->hits,
        .misses = residents->misses,
        .evictions = residents->evictions,
    };
    pthread_mutex_unlock(&residents->lock);
}

/* With publish_lock held. */
static void publish(struct residents *residents)
{
    struct hsm_resident_stats stats;

    residents_stats(residents, &stats);
    running_write(residents->running, &stats);
    atomic_store_explicit(&residents->published_ms, clock_coarse_ms(), memory_order_relaxed);
}

void residents_publish(struct residents *residents)
{
    if (residents->running == NULL)
        return;
    pthread_mutex_lock(&residents->publish_lock);
    publish(residents);
    pthread_mutex_unlock(&residents->publish_lock);
}

/* On the way of every use: mostly a look at the clock, which is no system call. */
static void publish_if_due(struct residents *residents)
{
    if (residents->running == NULL ||
        clock_coarse_ms() - atomic_load_explicit(&residents->published_ms, memory_order_relaxed) <
            PUBLISH_MS ||
        pthread_mutex_trylock(&residents->publish_lock) != 0)
        return;
    publish(residents);
    pthread_mutex_unlock(&residents->publish_lock);
}

const struct backend_key *resident_key(const struct resident *resident)
{
    return resident->key;
}

/* ---- the list, in the order of the last use; with the lock held ---- */

static void unlink_key(struct residents *residents, struct resident *resident)
{
    *(resident->older != NULL ? &resident->older->newer : &residents->oldest) = resident->newer;
    *(resident->newer != NULL ? &resident->newer->older : &residents->newest) = resident->older;
    resident->older = resident->newer = NULL;
}

static void link_newest(struct residents *residents, struct resident *resident)
{
    resident->older = residents->newest;
    resident->newer = NULL;
    *(residents->newest != NULL ? &residents->newest->newer : &residents->oldest) = resident;
    residents->newest = resident;
}

static void put_in(struct residents *residents, struct resident_slot *slot,
                   struct resident *resident)
{
    slot->resident = resident;
    resident->slot = slot;
    link_newest(residents, resident);
    residents->keys++;
    uint64_t bytes = atomic_fetch_add(&residents->bytes, resident->size) + resident->size;
    if (bytes > residents->peak_bytes)
        residents->peak_bytes = bytes;
}

/* The slot's reference is the caller's now. */
static struct resident *take_out(struct residents *residents, struct resident_slot *slot)
{
    struct resident *resident = slot->resident;

    slot->resident = NULL;
    resident->slot = NULL;
    unlink_key(residents, resident);
    return resident;
}

/* It occupies nothing any more. */
static void uncount(struct residents *residents, const struct resident *resident)
{
    residents->keys--;
    atomic_fetch_sub(&residents->bytes, resident->size);
}

/* Take out the least recently used that nobody uses until no more than `goal` bytes are left, as a
 * chain. */
static struct resident *evict(struct residents *residents, uint64_t goal)
{
    struct resident *evicted = NULL;

    for (struct resident *at = residents->oldest, *newer;
         at != NULL && atomic_load(&residents->bytes) > goal; at = newer) {
        newer = at->newer;
        if (atomic_load(&at->refs) > 1)
            continue;
        take_out(residents, at->slot);
        uncount(residents, at);
        residents->evictions++;
        at->older = evicted;
        evicted = at;
    }
    return evicted;
}

/* ---- without the lock ---- */

static void free_key(struct resident *resident)
{
    resident->residents->ops->key_close(resident->key);
    free(resident);
}

static void free_chain(struct resident *evicted)
{
    while (evicted != NULL) {
        struct resident *next = evicted->older;
        free_key(evicted);
        evicted = next;
    }
}

/* One that was taken out while it was in use occupies memory until its last user lets go. */
static void unref(struct resident *resident)
{
    struct residents *residents = resident->residents;

    if (atomic_fetch_sub(&resident->refs, 1) != 1)
        return;
    pthread_mutex_lock(&residents->lock);
    uncount(residents, resident);
    pthread_mutex_unlock(&residents->lock);
    free_key(resident);
}

static bool over_budget(struct residents *residents)
{
    return atomic_load(&residents->bytes) > atomic_load(&residents->budget);
}

void resident_release(struct resident *resident)
{
    if (resident == NULL)
        return;
    struct residents *residents = resident->residents;

    unref(resident);
    /* Whoever went over the budget passed over this key if it was still in use: so we look after
     * having let go. All these are sequentially consistent, so that one of the two sees the other's
     * doing. */
    if (!over_budget(residents))
        return;
    pthread_mutex_lock(&residents->lock);
    struct resident *evicted = evict(residents, atomic_load(&residents->budget));
    pthread_mutex_unlock(&residents->lock);
    free_chain(evicted);
    residents_publish(residents);
}

void resident_drop(struct residents *residents, struct resident_slot *slot)
{
    struct resident *resident = NULL;

    pthread_mutex_lock(&residents->lock);
    if (slot->resident != NULL)
        resident = take_out(residents, slot);
    pthread_mutex_unlock(&residents->lock);
    if (resident == NULL)
        return;
    unref(resident);
    publish_if_due(residents);
}

bool residents_shrink(struct residents *residents)
{
    pthread_mutex_lock(&residents->lock);
    uint64_t bytes = atomic_load(&residents->bytes);
    struct resident *evicted = bytes == 0 ? NULL : evict(residents, bytes - 1 - bytes / 8);
    pthread_mutex_unlock(&residents->lock);
    free_chain(evicted);
    residents_publish(residents);
    return evicted != NULL;
}

/* ---- opening ---- */

/* With the lock held. */
static struct resident *find(struct residents *residents, struct resident_slot *slot)
{
    while (slot->opening)
        pthread_cond_wait(&residents->opened, &residents->lock);
    struct resident *resident = slot->resident;
    if (resident != NULL) {
        atomic_fetch_add(&resident->refs, 1);
        unlink_key(residents, resident);
        link_newest(residents, resident);
        residents->hits++;
    }
    return resident;
}

static enum pqhw_status open_new(struct residents *residents,
                                 enum pqhw_status (*open)(void *arg, struct backend_key **out),
                                 void *arg, struct resident **out)
{
    enum pqhw_status status = PQHW_OK;
    struct resident *resident = calloc(1, sizeof(*resident));

    REQUIRE(resident != NULL, PQHW_NO_MEMORY);
    do {
        status = open(arg, &resident->key);
    } while (status == PQHW_NO_LOCKED_MEMORY && residents_shrink(residents));
    TRY(status);
    resident->residents = residents;
    resident->size = residents->ops->key_size(resident->key);
    atomic_init(&resident->refs, 2); /* the slot's and the caller's */
    *out = resident;
    resident = NULL;
out:
    free(resident);
    return status;
}

enum pqhw_status resident_get(struct residents *residents, struct resident_slot *slot,
                              enum pqhw_status (*open)(void *arg, struct backend_key **out),
                              void *arg, struct resident **out)
{
    struct resident *evicted = NULL;

    pthread_mutex_lock(&residents->lock);
    *out = find(residents, slot);
    slot->opening = *out == NULL;
    pthread_mutex_unlock(&residents->lock);
    if (*out != NULL) {
        publish_if_due(residents);
        return PQHW_OK;
    }

    enum pqhw_status status = open_new(residents, open, arg, out);
    pthread_mutex_lock(&residents->lock);
    slot->opening = false;
    if (status == PQHW_OK) {
        residents->misses++;
        put_in(residents, slot, *out);
        evicted = evict(residents, atomic_load(&residents->budget));
    }
    pthread_cond_broadcast(&residents->opened);
    pthread_mutex_unlock(&residents->lock);
    free_chain(evicted);
    residents_publish(residents);
    return status;
}
