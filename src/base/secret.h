/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory for secrets.
 *
 * Secrets are cut from arenas: large mappings between guard pages, taken from memfd_secret where
 * the kernel gives it (pages that the kernel itself has no mapping of), else from locked anonymous
 * memory, else (when the limit on locked memory is reached and the caller allowed it) from plain
 * memory. They are left out of core dumps, absent from a forked child, wiped when freed.
 * secret_get_stats tells what was actually obtained.
 *
 * All functions are safe to call from any thread.
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"

/* Secret bytes. A zeroed struct is an empty secret. */
struct secret {
    uint8_t *ptr;
    size_t len;
};

enum secret_kind {
    SECRET_NONE,   /* nothing allocated yet */
    SECRET_MEMFD,  /* memfd_secret */
    SECRET_LOCKED, /* mlock */
    SECRET_PLAIN,  /* neither: could be swapped out */
};

struct secret_stats {
    enum secret_kind kind; /* the weakest kind in use */
    size_t mapped_bytes;
    size_t used_bytes;
    size_t num_secrets;
};

/*
 * Allocate len zeroed bytes, aligned to 64; no bytes are an empty secret. PQHW_NO_LOCKED_MEMORY if
 * the limit on locked memory is reached (and secret_allow_plain was not called), PQHW_NO_MEMORY if
 * nothing can be mapped. *out is then empty.
 */
NODISCARD enum pqhw_status secret_new(struct secret *out, size_t len);

/* The same with a copy of data in it. */
NODISCARD enum pqhw_status secret_from(struct secret *out, struct span data);

/* Wipe and free; leaves an empty secret. NULL and an empty secret are allowed, and so, in a forked
 * child, is a secret of the parent's, which is only forgotten. */
void secret_free(struct secret *secret);

/* Let secret_new fall back to memory that is not locked. While it holds such memory,
 * secret_get_stats reports SECRET_PLAIN. */
void secret_allow_plain(void);

void secret_get_stats(struct secret_stats *out);

/* How many forks lie between the first process and this one. What was in secret memory when there
 * were fewer is not there any more. */
unsigned secret_forks(void);

/* The bytes that a secret really takes up. */
size_t secret_footprint(const struct secret *secret);

/* How much memory this process may lock, after raising its soft limit: SIZE_MAX if there is no
 * limit. */
size_t secret_lock_limit(void);

/* "memfd_secret", "mlock", "plain" or "none". */
const char *secret_kind_name(enum secret_kind kind);

static inline struct span secret_span(const struct secret *secret)
{
    return (struct span){secret->ptr, secret->len};
}

#endif
