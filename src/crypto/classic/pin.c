/* SPDX-License-Identifier: Apache-2.0 */
#include <argon2.h>
#include <sys/mman.h>

#include "base/wipe.h"
#include "crypto/classic/classic.h"

/* Argon2's working memory is computed from the PIN: out of core dumps, wiped when done. */
static int work_new(uint8_t **out, size_t len)
{
    void *mem = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (mem == MAP_FAILED)
        return ARGON2_MEMORY_ALLOCATION_ERROR;
    if (madvise(mem, len, MADV_DONTDUMP) != 0 || madvise(mem, len, MADV_WIPEONFORK) != 0) {
        munmap(mem, len);
        return ARGON2_MEMORY_ALLOCATION_ERROR;
    }
    *out = mem;
    return ARGON2_OK;
}

static void work_free(uint8_t *mem, size_t len)
{
    wipe(mem, len);
    munmap(mem, len);
}

enum pqhw_status classic_pin_key(uint8_t out[CLASSIC_KEY_LEN], struct span pin, struct span salt,
                                 struct classic_pin_cost cost)
{
    enum pqhw_status status = PQHW_OK;
    argon2_context argon2 = {
        .out = out,
        .outlen = CLASSIC_KEY_LEN,
        /* The casts take off const; without the CLEAR flags nothing is written through them. */
        .pwd = (uint8_t *)(uintptr_t)pin.ptr,
        .pwdlen = (uint32_t)pin.len,
        .salt = (uint8_t *)(uintptr_t)salt.ptr,
        .saltlen = (uint32_t)salt.len,
        .t_cost = cost.passes,
        .m_cost = cost.memory_kib,
        .lanes = 1,
        .threads = 1,
        .version = ARGON2_VERSION_13,
        .allocate_cbk = work_new,
        .free_cbk = work_free,
        .flags = ARGON2_DEFAULT_FLAGS,
    };

    REQUIRE(pin.len <= UINT32_MAX && salt.len <= UINT32_MAX, PQHW_ARGUMENTS_BAD);
    int result = argon2_ctx(&argon2, Argon2_id);
    REQUIRE(result != ARGON2_MEMORY_ALLOCATION_ERROR, PQHW_NO_MEMORY);
    REQUIRE(result == ARGON2_OK, PQHW_ARGUMENTS_BAD);
out:
    if (status != PQHW_OK)
        wipe(out, CLASSIC_KEY_LEN);
    return status;
}
