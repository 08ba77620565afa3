/* SPDX-License-Identifier: Apache-2.0
 *
 * Each arena is one mapping between guard pages, cut into granules. What is used and what is free
 * stands in a table of runs on the ordinary heap, so that writing past a secret can spoil other
 * secrets but never the allocator.
 *
 * Free granules are always zero: they come so from the kernel and are wiped when freed.
 */
#include "base/secret.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/poison.h"
#include "base/secret_map.h"
#include "base/wipe.h"

#define GRANULE    ((size_t)64)
#define ARENA_SIZE ((size_t)256 * 1024) /* with its guard pages; larger for a larger secret */
#define MAX_LEN    ((size_t)1 << 30)
#define RUN_USED   0x80000000u

struct arena {
    struct arena *next;
    uint8_t *data;
    size_t size; /* of data, a multiple of the page size */
    enum secret_kind kind;
    uint32_t num_granules;
    uint32_t num_used;
    uint32_t first_free; /* no granule below this one is free */
    uint32_t run[];      /* at the first granule of a run: its length and RUN_USED; elsewhere 0 */
};

static struct {
    pthread_mutex_t mutex;
    struct arena *arenas;
    size_t num_secrets;
    bool plain_allowed;
    bool fork_handled;
    atomic_uint forks;
} state = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static size_t page_size(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

static size_t round_up(size_t len, size_t unit)
{
    return (len + unit - 1) / unit * unit;
}

static enum pqhw_status arena_new(struct arena **out, size_t len)
{
    enum pqhw_status status = PQHW_OK;
    size_t guards = 2 * page_size();
    size_t total = round_up(len + guards > ARENA_SIZE ? len + guards : ARENA_SIZE, page_size());
    size_t granules = (total - guards) / GRANULE;
    uint8_t *region;

    struct arena *arena = calloc(1, sizeof(*arena) + granules * sizeof(arena->run[0]));
    REQUIRE(arena != NULL, PQHW_NO_MEMORY);
    TRY(secret_map(&region, &arena->kind, total, state.plain_allowed));
    arena->data = region + guards / 2;
    arena->size = total - guards;
    arena->num_granules = (uint32_t)granules;
    arena->run[0] = (uint32_t)granules;
    poison(arena->data, arena->size);
    *out = arena;
    arena = NULL;
out:
    free(arena);
    return status;
}

static void arena_free(struct arena *arena)
{
    size_t page = page_size();

    unpoison(arena->data, arena->size);
    munmap(arena->data - page, arena->size + 2 * page);
    free(arena);
}

/* Cutting an arena */

static uint32_t run_len(uint32_t run)
{
    return run & ~RUN_USED;
}

/* Make one run of the free run at `at` and all free runs after it. */
static void join_free(struct arena *arena, uint32_t at)
{
    uint32_t next = at + arena->run[at];

    while (next < arena->num_granules && !(arena->run[next] & RUN_USED)) {
        uint32_t len = arena->run[next];
        arena->run[at] += len;
        arena->run[next] = 0;
        next += len;
    }
}

/* First fit. NULL if no free run is long enough. */
static uint8_t *arena_take(struct arena *arena, uint32_t need)
{
    bool first = true;

    if (arena->num_granules - arena->num_used < need)
        return NULL;
    for (uint32_t at = arena->first_free; at < arena->num_granules; at += run_len(arena->run[at])) {
        if (arena->run[at] & RUN_USED)
            continue;
        join_free(arena, at);
        uint32_t len = arena->run[at];
        if (len >= need) {
            arena->run[at] = need | RUN_USED;
            if (len > need)
                arena->run[at + need] = len - need;
            arena->num_used += need;
            if (first)
                arena->first_free = at + need;
            return arena->data + at * GRANULE;
        }
        if (first)
            arena->first_free = at;
        first = false;
    }
    return NULL;
}

static void arena_give_back(struct arena *arena, uint8_t *ptr)
{
    size_t offset = (size_t)(ptr - arena->data);
    uint32_t at = (uint32_t)(offset / GRANULE);

    /* Not a secret that is in use: a double free or a damaged pointer, and nothing is safe then. */
    if (offset % GRANULE != 0 || !(arena->run[at] & RUN_USED))
        abort();
    uint32_t len = run_len(arena->run[at]);
    unpoison(ptr, len * GRANULE);
    wipe(ptr, len * GRANULE);
    poison(ptr, len * GRANULE);
    arena->run[at] = len;
    arena->num_used -= len;
    if (at < arena->first_free)
        arena->first_free = at;
}

/* All arenas; the mutex is held */

static struct arena *arena_of(const uint8_t *ptr)
{
    struct arena *arena = state.arenas;

    while (arena != NULL && (uintptr_t)ptr - (uintptr_t)arena->data >= arena->size)
        arena = arena->next;
    return arena;
}

static void release(struct arena *arena)
{
    struct arena **link = &state.arenas;

    while (*link != NULL && *link != arena)
        link = &(*link)->next;
    *link = arena->next;
    arena_free(arena);
}

/* Locked memory is scarce: one empty arena of the usual size is kept, against mapping and unmapping
 * in turn. */
static void release_if_spare(struct arena *arena)
{
    bool other_empty = false;

    if (arena->num_used > 0)
        return;
    for (struct arena *a = state.arenas; a != NULL; a = a->next)
        other_empty |= a != arena && a->num_used == 0;
    if (other_empty || arena->size >= ARENA_SIZE || arena->kind == SECRET_PLAIN)
        release(arena);
}

/* Around fork */

static void before_fork(void)
{
    pthread_mutex_lock(&state.mutex);
}

static void after_fork_parent(void)
{
    pthread_mutex_unlock(&state.mutex);
}

/*
 * The parent's arenas are absent here. Their addresses are kept closed for good, so that a pointer
 * of the parent's can never meet something else that was mapped there later.
 */
static void after_fork_child(void)
{
    while (state.arenas != NULL) {
        struct arena *arena = state.arenas;
        state.arenas = arena->next;
        size_t page = page_size();
        (void)mmap(arena->data - page, arena->size + 2 * page, PROT_NONE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
        free(arena);
    }
    state.num_secrets = 0;
    atomic_fetch_add(&state.forks, 1);
    pthread_mutex_unlock(&state.mutex);
}

static bool handle_fork(void)
{
    if (!state.fork_handled)
        state.fork_handled = pthread_atfork(before_fork, after_fork_parent, after_fork_child) == 0;
    return state.fork_handled;
}

/*
 * When the module is loaded, before anybody else can: fork runs the handlers that were registered
 * last first. One that waits for other threads to finish their work must not find them waiting for
 * this mutex.
 */
__attribute__((constructor)) static void handle_fork_first(void)
{
    handle_fork();
}

/* When the module is unloaded, or at exit. A secret that is still used stays. */
__attribute__((destructor)) static void release_empty(void)
{
    pthread_mutex_lock(&state.mutex);
    for (struct arena *arena = state.arenas, *next; arena != NULL; arena = next) {
        next = arena->next;
        if (arena->num_used == 0)
            release(arena);
    }
    pthread_mutex_unlock(&state.mutex);
}

/* The interface */

static enum pqhw_status take(uint8_t **out, size_t len)
{
    enum pqhw_status status = PQHW_OK;
    uint32_t need = (uint32_t)(round_up(len, GRANULE) / GRANULE);
    uint8_t *ptr = NULL;
    struct arena *arena;

    REQUIRE(handle_fork(), PQHW_NO_MEMORY);
    for (arena = state.arenas; arena != NULL && ptr == NULL; arena = arena->next)
        ptr = arena_take(arena, need);
    if (ptr == NULL) {
        TRY(arena_new(&arena, len));
        arena->next = state.arenas;
        state.arenas = arena;
        ptr = arena_take(arena, need);
    }
    state.num_secrets++;
    unpoison(ptr, len);
    *out = ptr;
out:
    return status;
}

enum pqhw_status secret_new(struct secret *out, size_t len)
{
    *out = (struct secret){NULL, 0};
    if (len == 0)
        return PQHW_OK;
    if (len > MAX_LEN)
        return PQHW_NO_MEMORY;

    uint8_t *ptr = NULL;
    pthread_mutex_lock(&state.mutex);
    enum pqhw_status status = take(&ptr, len);
    pthread_mutex_unlock(&state.mutex);
    if (status == PQHW_OK)
        *out = (struct secret){ptr, len};
    return status;
}

enum pqhw_status secret_from(struct secret *out, struct span data)
{
    enum pqhw_status status = secret_new(out, data.len);

    if (out->ptr != NULL)
        memcpy(out->ptr, data.ptr, data.len);
    return status;
}

void secret_free(struct secret *secret)
{
    if (secret == NULL || secret->ptr == NULL)
        return;
    pthread_mutex_lock(&state.mutex);
    /* In a child the parent's secrets are in no arena. */
    struct arena *arena = arena_of(secret->ptr);
    if (arena != NULL) {
        arena_give_back(arena, secret->ptr);
        state.num_secrets--;
        release_if_spare(arena);
    }
    pthread_mutex_unlock(&state.mutex);
    *secret = (struct secret){NULL, 0};
}

void secret_allow_plain(void)
{
    pthread_mutex_lock(&state.mutex);
    state.plain_allowed = true;
    pthread_mutex_unlock(&state.mutex);
}

void secret_get_stats(struct secret_stats *out)
{
    *out = (struct secret_stats){.kind = SECRET_NONE};
    pthread_mutex_lock(&state.mutex);
    for (const struct arena *arena = state.arenas; arena != NULL; arena = arena->next) {
        if (arena->kind > out->kind)
            out->kind = arena->kind;
        out->mapped_bytes += arena->size;
        out->used_bytes += arena->num_used * GRANULE;
    }
    out->num_secrets = state.num_secrets;
    pthread_mutex_unlock(&state.mutex);
}

unsigned secret_forks(void)
{
    return atomic_load_explicit(&state.forks, memory_order_relaxed);
}

size_t secret_footprint(const struct secret *secret)
{
    return round_up(secret->len, GRANULE);
}

const char *secret_kind_name(enum secret_kind kind)
{
    static const char *const names[] = {
        [SECRET_NONE] = "none",
        [SECRET_MEMFD] = "memfd_secret",
        [SECRET_LOCKED] = "mlock",
        [SECRET_PLAIN] = "plain",
    };

    return names[kind];
}
