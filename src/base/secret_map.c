/* SPDX-License-Identifier: Apache-2.0 */
#include "base/secret_map.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447
#endif

static uint8_t *mapped(void *region)
{
    return region == MAP_FAILED ? NULL : region;
}

static uint8_t *map_memfd(size_t len)
{
    uint8_t *region = NULL;
    int fd = (int)syscall(SYS_memfd_secret, O_CLOEXEC);

    if (fd < 0)
        return NULL;
    if (ftruncate(fd, (off_t)len) == 0)
        region = mapped(mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    close(fd);
    return region;
}

static uint8_t *map_plain(size_t len)
{
    return mapped(mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

static uint8_t *map_mlock(size_t len)
{
    uint8_t *region = map_plain(len);

    if (region != NULL && mlock(region, len) != 0) {
        munmap(region, len);
        region = NULL;
    }
    return region;
}

static uint8_t *map_locked(enum secret_kind *kind, size_t len)
{
    uint8_t *region = map_memfd(len);

    *kind = SECRET_MEMFD;
    if (region == NULL) {
        region = map_mlock(len);
        *kind = SECRET_LOCKED;
    }
    return region;
}

static bool limit_raised;

/* The soft limit is often far below the hard one. Tried once; true if there is more room now. */
static bool raise_lock_limit(void)
{
    struct rlimit limit;

    if (limit_raised)
        return false;
    limit_raised = true;
    if (getrlimit(RLIMIT_MEMLOCK, &limit) != 0 || limit.rlim_cur == limit.rlim_max)
        return false;
    limit.rlim_cur = limit.rlim_max;
    return setrlimit(RLIMIT_MEMLOCK, &limit) == 0;
}

/* Who has this capability may lock any amount (capabilities(7)). */
static bool may_lock_all(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {{0}};

    return syscall(SYS_capget, &header, data) == 0 &&
           (data[CAP_TO_INDEX(CAP_IPC_LOCK)].effective & CAP_TO_MASK(CAP_IPC_LOCK)) != 0;
}

size_t secret_lock_limit(void)
{
    struct rlimit limit;

    if (may_lock_all() || getrlimit(RLIMIT_MEMLOCK, &limit) != 0)
        return SIZE_MAX;
    return limit.rlim_max == RLIM_INFINITY ? SIZE_MAX : limit.rlim_max;
}

enum pqhw_status secret_map(uint8_t **out, enum secret_kind *kind, size_t len, bool allow_plain)
{
    enum pqhw_status status = PQHW_OK;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);

    uint8_t *region = map_locked(kind, len);
    if (region == NULL && raise_lock_limit())
        region = map_locked(kind, len);
    if (region == NULL && allow_plain) {
        region = map_plain(len);
        *kind = SECRET_PLAIN;
        REQUIRE(region != NULL, PQHW_NO_MEMORY);
    }
    REQUIRE(region != NULL, PQHW_NO_LOCKED_MEMORY);
    /* Without these a secret could reach a core file or another process. */
    REQUIRE(madvise(region, len, MADV_DONTDUMP) == 0, PQHW_INTERNAL);
    REQUIRE(madvise(region, len, MADV_DONTFORK) == 0, PQHW_INTERNAL);
    REQUIRE(mprotect(region, page, PROT_NONE) == 0, PQHW_NO_MEMORY);
    REQUIRE(mprotect(region + len - page, page, PROT_NONE) == 0, PQHW_NO_MEMORY);
    *out = region;
out:
    if (status != PQHW_OK && region != NULL)
        munmap(region, len);
    return status;
}
