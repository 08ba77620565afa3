/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory that nobody may touch for now, for AddressSanitizer to watch; nothing in other builds.
 */
#ifndef BASE_POISON_H
#define BASE_POISON_H

#include <stddef.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define POISON_WATCHED 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define POISON_WATCHED 1
#endif

#ifdef POISON_WATCHED
#include <sanitizer/asan_interface.h>

static inline void poison(const void *mem, size_t len)
{
    ASAN_POISON_MEMORY_REGION(mem, len);
}

static inline void unpoison(const void *mem, size_t len)
{
    ASAN_UNPOISON_MEMORY_REGION(mem, len);
}
#else
static inline void poison(const void *mem, size_t len)
{
    (void)mem;
    (void)len;
}

static inline void unpoison(const void *mem, size_t len)
{
    (void)mem;
    (void)len;
}
#endif

#endif
