/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/token.h"

#include <dlfcn.h>
#include <errno.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/wipe.h"

/* The temporary token holds nothing but what is measured. */
#define TEMPORARY_PIN "benchmark"
#define MAX_PIN_LEN   256
#define MAX_SLOTS     64

const char *token_check(struct token *token, const char *function, CK_RV rv)
{
    if (rv == CKR_OK)
        return NULL;
    snprintf(token->error, sizeof(token->error), "%s: CKR 0x%08lx", function, rv);
    return token->error;
}

/* The same for the steps of token_open: tells at once. */
static bool succeeded(struct token *token, struct bench *bench, const char *function, CK_RV rv)
{
    const char *error = token_check(token, function, rv);

    if (error != NULL)
        bench_fail(bench, "%s: %s", token->name, error);
    return error == NULL;
}

/* dlsym gives a data pointer; POSIX promises that it can hold a function's. */
static void find_function(void *library, const char *name, void *function)
{
    void *symbol = dlsym(library, name);

    memcpy(function, &symbol, sizeof(symbol));
}

static bool load(struct token *token, struct bench *bench, const char *module)
{
    CK_C_GetFunctionList get_list;
    CK_C_GetInterface get_interface;
    CK_VERSION version = {3, 2};
    CK_INTERFACE *interface = NULL;
    CK_UTF8CHAR name[] = "PKCS 11";
    const char *slash = strrchr(module, '/');

    token->name = slash == NULL ? module : slash + 1;
    token->library = dlopen(module, RTLD_NOW | RTLD_LOCAL);
    if (token->library == NULL) {
        bench_fail(bench, "%s", dlerror());
        return false;
    }
    find_function(token->library, "C_GetFunctionList", &get_list);
    find_function(token->library, "C_GetInterface", &get_interface);
    if (get_list == NULL) {
        bench_fail(bench, "%s is not a PKCS#11 module: it has no C_GetFunctionList", token->name);
        return false;
    }
    if (!succeeded(token, bench, "C_GetFunctionList", get_list(&token->f)))
        return false;
    if (get_interface != NULL && get_interface(name, &version, &interface, 0) == CKR_OK)
        token->f32 = interface->pFunctionList;
    return true;
}

/* ------------------------------------------------------------------ slots */

static bool slot_from_option(struct token *token, struct bench *bench)
{
    char *end;

    errno = 0;
    token->slot = strtoul(bench->slot, &end, 0);
    if (errno != 0 || end == bench->slot || *end != '\0') {
        bench_fail(bench, "--slot wants a number, not %s", bench->slot);
        return false;
    }
    return true;
}

static bool has_token(struct token *token, CK_SLOT_ID slot)
{
    CK_TOKEN_INFO info;

    return token->f->C_GetTokenInfo(slot, &info) == CKR_OK &&
           (info.flags & CKF_TOKEN_INITIALIZED) != 0;
}

/* The first slot whose token is initialised, or is not. */
static bool find_slot(struct token *token, struct bench *bench, bool initialized)
{
    CK_SLOT_ID slots[MAX_SLOTS];
    CK_ULONG num = MAX_SLOTS;

    if (!succeeded(token, bench, "C_GetSlotList", token->f->C_GetSlotList(CK_TRUE, slots, &num)))
        return false;
    for (CK_ULONG i = 0; i < num; i++) {
        if (has_token(token, slots[i]) == initialized) {
            token->slot = slots[i];
            return true;
        }
    }
    bench_fail(bench, "%s: no slot with %s token", token->name,
               initialized ? "an initialised" : "a free");
    return false;
}

/* Is it a module that was told, through the environment, to keep its tokens in token->home? */
static bool is_temporary(struct token *token)
{
    CK_INFO info;

    return token->f->C_GetInfo(&info) == CKR_OK &&
           (strncmp((const char *)info.manufacturerID, "pqhw ", 5) == 0 ||
            strncmp((const char *)info.manufacturerID, "SoftHSM ", 8) == 0);
}

/* ------------------------------------------------------------------ sessions */

static bool login(struct token *token, struct bench *bench, CK_USER_TYPE user, char *pin)
{
    return succeeded(
        token, bench, "C_Login",
        token->f->C_Login(token->session, user, (CK_UTF8CHAR *)pin, (CK_ULONG)strlen(pin)));
}

static bool open_session(struct token *token, struct bench *bench)
{
    CK_FLAGS flags = CKF_SERIAL_SESSION | CKF_RW_SESSION;

    return succeeded(token, bench, "C_OpenSession",
                     token->f->C_OpenSession(token->slot, flags, NULL, NULL, &token->session));
}

static bool login_from_file(struct token *token, struct bench *bench)
{
    FILE *file = fopen(bench->pin_file, "re");
    char pin[MAX_PIN_LEN] = "";
    bool done = false;

    if (file == NULL) {
        bench_fail(bench, "%s: %s", bench->pin_file, strerror(errno));
        return false;
    }
    setvbuf(file, NULL, _IONBF, 0);
    if (fgets(pin, sizeof(pin), file) == NULL) {
        bench_fail(bench, "%s: no PIN in the first line", bench->pin_file);
    } else {
        pin[strcspn(pin, "\r\n")] = '\0';
        done = login(token, bench, CKU_USER, pin);
    }
    fclose(file);
    WIPE(pin);
    return done;
}

static bool open_existing(struct token *token, struct bench *bench)
{
    bool found =
        bench->slot != NULL ? slot_from_option(token, bench) : find_slot(token, bench, true);

    if (!found || !open_session(token, bench))
        return false;
    return bench->pin_file == NULL || login_from_file(token, bench);
}

static bool open_temporary(struct token *token, struct bench *bench)
{
    char pin[] = TEMPORARY_PIN;
    CK_UTF8CHAR *bytes = (CK_UTF8CHAR *)pin;
    CK_UTF8CHAR label[32 + 1] = "bench                           ";
    CK_ULONG len = sizeof(pin) - 1;

    if (!is_temporary(token)) {
        bench_fail(bench,
                   "%s is neither pqhw's module nor SoftHSM: name a token with --slot or "
                   "--pin-file",
                   token->name);
        return false;
    }
    return find_slot(token, bench, false) &&
           succeeded(token, bench, "C_InitToken",
                     token->f->C_InitToken(token->slot, bytes, len, label)) &&
           open_session(token, bench) && login(token, bench, CKU_SO, pin) &&
           succeeded(token, bench, "C_InitPIN", token->f->C_InitPIN(token->session, bytes, len)) &&
           succeeded(token, bench, "C_Logout", token->f->C_Logout(token->session)) &&
           login(token, bench, CKU_USER, pin);
}

/* ------------------------------------------------------------------ the device directory */

static bool configure_softhsm(const struct token *token, struct bench *bench)
{
    char path[sizeof(token->home) + 16];
    FILE *file;

    snprintf(path, sizeof(path), "%s/softhsm2.conf", token->home);
    file = fopen(path, "we");
    if (file == NULL) {
        bench_fail(bench, "%s: %s", path, strerror(errno));
        return false;
    }
    fprintf(file, "directories.tokendir = %s\nlog.level = ERROR\n", token->home);
    fclose(file);
    setenv("SOFTHSM2_CONF", path, 1);
    return true;
}

static bool make_home(struct token *token, struct bench *bench)
{
    const char *parent = getenv("TMPDIR");
    int len = snprintf(token->home, sizeof(token->home), "%s/pqhw-bench-XXXXXX",
                       parent != NULL ? parent : "/tmp");

    if (len < 0 || (size_t)len >= sizeof(token->home)) {
        bench_fail(bench, "TMPDIR is too long");
        token->home[0] = '\0';
        return false;
    }
    if (mkdtemp(token->home) == NULL) {
        bench_fail(bench, "%s: %s", token->home, strerror(errno));
        token->home[0] = '\0';
        return false;
    }
    setenv("PQHW_HOME", token->home, 1);
    return configure_softhsm(token, bench);
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
    (void)info;
    (void)type;
    (void)ftw;
    return remove(path);
}

bool token_open(struct token *token, struct bench *bench, const char *module)
{
    CK_C_INITIALIZE_ARGS args = {.flags = CKF_OS_LOCKING_OK};
    bool temporary = bench->slot == NULL && bench->pin_file == NULL;

    memset(token, 0, sizeof(*token));
    if (!load(token, bench, module) || (temporary && !make_home(token, bench)))
        return false;
    token->initialized = succeeded(token, bench, "C_Initialize", token->f->C_Initialize(&args));
    if (!token->initialized)
        return false;
    return temporary ? open_temporary(token, bench) : open_existing(token, bench);
}

bool token_share(struct token *token, struct bench *bench, const struct token *from)
{
    *token = *from;
    token->home[0] = '\0';
    return open_session(token, bench);
}

bool token_find_again(struct token *token, struct bench *bench)
{
    CK_C_INITIALIZE_ARGS args = {.flags = CKF_OS_LOCKING_OK};

    if (bench->slot != NULL)
        return true;
    token->initialized = succeeded(token, bench, "C_Initialize", token->f->C_Initialize(&args));
    bool found = token->initialized && find_slot(token, bench, true);
    if (token->initialized)
        token->f->C_Finalize(NULL);
    token->initialized = false;
    return found;
}

void token_close(struct token *token)
{
    if (token->initialized)
        token->f->C_Finalize(NULL);
    if (token->library != NULL)
        dlclose(token->library);
    if (token->home[0] != '\0')
        nftw(token->home, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}
