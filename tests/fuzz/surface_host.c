/* SPDX-License-Identifier: Apache-2.0
 *
 * In place of src/store/sqlite, src/crypto/classic/pin.c and src/crypto/random: inputs must be
 * tried by the thousand, and each must go the same way whenever it is tried. The linker takes these
 * and leaves the others in their archives.
 *
 * What libcrypto makes at random inside (RSA primes, the classical private keys) stays random: only
 * their values differ from one time to the next.
 */
#include <ftw.h>
#include <string.h>
#include <unistd.h>

#include "surface.h"

#include "crypto/classic/classic.h"
#include "crypto/random/random.h"
#include "hsm/store.h"
#include "store/memory/memory.h"

/* ---- the store: one that outlives C_Finalize ---- */

struct store_ops store_sqlite; /* constant to everyone else */

static struct store *kept;

static enum pqhw_status open_kept(struct store **out, const char *path, bool create)
{
    enum pqhw_status status = PQHW_OK;

    if (kept == NULL)
        TRY(store_memory.open(&kept, path, create));
    *out = kept;
out:
    return status;
}

static void close_nothing(struct store *store)
{
    (void)store;
}

/* ---- PINs: any function of PIN and salt will do ---- */

enum pqhw_status classic_pin_key(uint8_t out[CLASSIC_KEY_LEN], struct span pin, struct span salt,
                                 struct classic_pin_cost cost)
{
    static const uint8_t key[CLASSIC_KEY_LEN];
    const struct span parts[] = {salt, pin};

    (void)cost;
    classic_hmac(out, key, parts, 2);
    return PQHW_OK;
}

/* ---- random numbers ---- */

struct random_stock;
enum pqhw_status random_stock_new(struct random_stock **out);
void random_stock_free(struct random_stock *stock);

static uint64_t random_state;

enum pqhw_status random_stock_new(struct random_stock **out)
{
    *out = NULL;
    return PQHW_OK;
}

void random_stock_free(struct random_stock *stock)
{
    (void)stock;
}

enum pqhw_status random_bytes(const struct classic *classic, uint8_t *out, size_t len)
{
    (void)classic;
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)fuzz_number(&random_state);
    return PQHW_OK;
}

enum pqhw_status random_stir(const struct classic *classic, struct span data)
{
    (void)classic;
    (void)data;
    return PQHW_OK;
}

/* ---- the directory ---- */

static char home[64];

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *at)
{
    (void)info;
    (void)type;
    return at->level == 0 ? 0 : remove(path);
}

static void remove_home(void)
{
    nftw(home, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    rmdir(home);
}

static void make_home(void)
{
    const char *parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";

    snprintf(home, sizeof(home), "%s/pqhw-fuzz-XXXXXX", parent);
    check(mkdtemp(home) != NULL);
    check(setenv("PQHW_HOME", home, 1) == 0);
    atexit(remove_home);
    store_sqlite = store_memory;
    store_sqlite.open = open_kept;
    store_sqlite.close = close_nothing;
}

void host_reset(void)
{
    if (home[0] == '\0')
        make_home();
    nftw(home, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    random_state = 1;
}

void host_end(void)
{
    if (kept != NULL)
        store_memory.close(kept);
    kept = NULL;
}
