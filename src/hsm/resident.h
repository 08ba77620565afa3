/* SPDX-License-Identifier: Apache-2.0
 *
 * Resident keys: keys that were opened (expanded) and are kept for their next use, those of all
 * partitions of a device together.
 *
 * A user holds a counted reference, so a key that is in use is never freed under its user. What is
 * in use and what is not may together occupy the budget; when they occupy more, keys that are not
 * in use go, the least recently used first, and are wiped. If all are in use, the next one that is
 * let go goes. So a key that is larger than the budget is opened, used and dropped.
 *
 * All functions are safe to call from any thread. No lock is held while a key is opened, used or
 * wiped.
 */
#ifndef HSM_RESIDENT_H
#define HSM_RESIDENT_H

#include <pthread.h>
#include <stdatomic.h>

#include "hsm/hsm.h"
#include "hsm/running.h"

struct resident;

struct residents {
    const struct backend_ops *ops;
    _Atomic uint64_t budget;
    _Atomic uint64_t bytes; /* written with the lock held */

    pthread_mutex_t lock;  /* guards what follows, and every struct resident_slot */
    pthread_cond_t opened; /* an opening is over */
    struct resident *oldest;
    struct resident *newest;
    uint64_t keys, peak_bytes, hits, misses, evictions;

    pthread_mutex_t publish_lock; /* so that later numbers are written later; taken before `lock` */
    struct running *running;      /* where others read them; may be NULL */
    _Atomic uint64_t published_ms;
};

/* Where an object keeps its opened key. Zeroed: none. */
struct resident_slot {
    struct resident *resident;
    bool opening; /* by some thread; others wait for it */
};

void residents_init(struct residents *residents, const struct backend_ops *ops);
/* Every slot is empty, every reference given back. */
void residents_destroy(struct residents *residents);

void residents_set_budget(struct residents *residents, uint64_t bytes);
void residents_stats(struct residents *residents, struct hsm_resident_stats *out);

/* Write the numbers where other processes read them. Done here whenever a key is opened or evicted,
 * and now and then on other occasions. */
void residents_publish(struct residents *residents);

/*
 * The slot's key, opened by `open` if it is not resident: once, however many threads ask for it
 * meanwhile. One more reference. The statuses of `open`, which is run again after
 * PQHW_NO_LOCKED_MEMORY as long as room can be made; PQHW_NO_MEMORY.
 */
NODISCARD enum pqhw_status resident_get(struct residents *residents, struct resident_slot *slot,
                                        enum pqhw_status (*open)(void *arg,
                                                                 struct backend_key **out),
                                        void *arg, struct resident **out);

/* Valid as long as the reference. */
const struct backend_key *resident_key(const struct resident *resident);

/* Give a reference back. NULL is allowed. */
void resident_release(struct resident *resident);

/* Empty the slot, because its object goes. What is in use is freed when it is let go. */
void resident_drop(struct residents *residents, struct resident_slot *slot);

/* Make room, because memory ran out: the least recently used eighth of what is resident goes, but
 * at least a key. False if no key could go. */
bool residents_shrink(struct residents *residents);

/* ---- how much memory (resident_memory.c) ---- */

bool resident_memory_allowed(uint64_t bytes);

/* What the environment says, 0 if nothing. PQHW_ARGUMENTS_BAD. */
NODISCARD enum pqhw_status resident_memory_override(uint64_t *out);

/* Three quarters of what may be locked, and at most 64 MiB. A quarter is left to everything else
 * that is secret: PINs, seeds, session keys, what operations work on. */
uint64_t resident_memory_default(void);

#endif
