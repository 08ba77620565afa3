/* SPDX-License-Identifier: Apache-2.0
 *
 * The order in which a fork calls the module's handlers. It calls those first that were registered
 * last, and that one waits for the calls of other threads: the handlers that take locks which these
 * calls need must come after it, also where the device is made after C_Initialize. And that no fork
 * comes while a thread of the module's own takes its leave of libcrypto.
 *
 * usage: fork_test MODULE
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pqhw/cryptoki.h"
#include "rig.h"

#define SO_PIN   ((CK_UTF8CHAR_PTR) "so-secret")
#define USER_PIN ((CK_UTF8CHAR_PTR) "user-secret")

typedef void (*handler)(void);

static const char *module_path;
static unsigned num_locking; /* handlers of the module's that do something before a fork */

/* What pthread_atfork calls: it is not in the shared libc itself, but in each library. */
__attribute__((visibility("default"))) int __register_atfork(handler prepare, handler parent,
                                                             handler child, void *library);

int __register_atfork(handler prepare, handler parent, handler child, void *library)
{
    int (*next)(handler, handler, handler, void *);
    void *symbol = dlsym(RTLD_NEXT, "__register_atfork");
    void *address;
    Dl_info of;

    memcpy(&next, &symbol, sizeof(next));
    memcpy(&address, &prepare, sizeof(address));
    if (module_path != NULL && dladdr(address, &of) != 0 && strcmp(of.dli_fname, module_path) == 0)
        num_locking++;
    return next(prepare, parent, child, library);
}

static struct {
    atomic_uint num;
    pthread_t forker;
    atomic_bool forked;  /* by now */
    atomic_bool between; /* a fork came between */
} leaving;

static void *fork_once(void *unused)
{
    pid_t child = fork();

    if (child == 0)
        _exit(0);
    atomic_store(&leaving.forked, true);
    waitpid(child, NULL, 0);
    return unused;
}

/* What a thread of the module's calls before it ends: while it is in here, another one forks. */
__attribute__((visibility("default"))) void OPENSSL_thread_stop(void);

void OPENSSL_thread_stop(void)
{
    if (atomic_fetch_add(&leaving.num, 1) == 0 &&
        pthread_create(&leaving.forker, NULL, fork_once, NULL) == 0) {
        usleep(50000); /* a fork that does not wait is over by then */
        atomic_store(&leaving.between, atomic_load(&leaving.forked));
    }
}

static bool went_well(CK_RV rv, const char *what)
{
    if (rv != CKR_OK)
        fprintf(stderr, "%s: CKR 0x%lx\n", what, rv);
    return rv == CKR_OK;
}

static CK_FUNCTION_LIST *load(CK_C_AsyncComplete *async_complete)
{
    CK_C_GetFunctionList get_list;
    CK_FUNCTION_LIST *f = NULL;
    void *library = dlopen(module_path, RTLD_NOW | RTLD_LOCAL);
    void *symbol = library != NULL ? dlsym(library, "C_AsyncComplete") : NULL;

    memcpy(async_complete, &symbol, sizeof(symbol));
    symbol = library != NULL ? dlsym(library, "C_GetFunctionList") : NULL;

    if (symbol == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        return NULL;
    }
    memcpy(&get_list, &symbol, sizeof(symbol));
    return get_list(&f) == CKR_OK ? f : NULL;
}

/* Make the device, and use all of it. */
static bool make_device(CK_FUNCTION_LIST *f)
{
    CK_UTF8CHAR label[32];
    CK_SESSION_HANDLE session;
    CK_SLOT_ID slot;
    CK_ULONG num = 1;

    memset(label, ' ', sizeof(label));
    return went_well(f->C_GetSlotList(CK_FALSE, &slot, &num), "C_GetSlotList") &&
           went_well(f->C_InitToken(slot, SO_PIN, 9, label), "C_InitToken") &&
           went_well(
               f->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &session),
               "C_OpenSession") &&
           went_well(f->C_Login(session, CKU_SO, SO_PIN, 9), "C_Login") &&
           went_well(f->C_InitPIN(session, USER_PIN, 11), "C_InitPIN") &&
           went_well(f->C_CloseSession(session), "C_CloseSession");
}

/* Have a thread of the module make a key. */
static bool use_thread(CK_FUNCTION_LIST *f, CK_C_AsyncComplete async_complete)
{
    CK_ULONG len = 32;
    CK_ATTRIBUTE template = {CKA_VALUE_LEN, &len, sizeof(len)};
    CK_MECHANISM mechanism = {CKM_AES_KEY_GEN, NULL, 0};
    CK_FLAGS flags = CKF_SERIAL_SESSION | CKF_RW_SESSION | CKF_ASYNC_SESSION;
    CK_ASYNC_DATA made = {0};
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE key;
    CK_SLOT_ID slots[2]; /* the token's, and the free one */
    CK_ULONG num = 2;
    CK_RV rv;

    if (!went_well(f->C_GetSlotList(CK_TRUE, slots, &num), "C_GetSlotList") ||
        !went_well(f->C_OpenSession(slots[0], flags, NULL, NULL, &session), "C_OpenSession") ||
        !went_well(f->C_Login(session, CKU_USER, USER_PIN, 11), "C_Login"))
        return false;
    rv = f->C_GenerateKey(session, &mechanism, &template, 1, &key);
    if (rv != CKR_PENDING) {
        fprintf(stderr, "C_GenerateKey: CKR 0x%lx\n", rv);
        return false;
    }
    while ((rv = async_complete(session, (CK_UTF8CHAR_PTR) "C_GenerateKey", &made)) == CKR_PENDING)
        usleep(1000);
    return went_well(rv, "C_AsyncComplete");
}

static bool ended_alone(void)
{
    if (atomic_load(&leaving.num) == 0) {
        fprintf(stderr, "no thread has let go of what libcrypto keeps for it\n");
        return false;
    }
    pthread_join(leaving.forker, NULL);
    if (atomic_load(&leaving.between))
        fprintf(stderr, "a fork came between\n");
    return !atomic_load(&leaving.between);
}

static bool test(void)
{
    CK_C_AsyncComplete async_complete;
    CK_FUNCTION_LIST *f = load(&async_complete);

    if (f == NULL || !went_well(f->C_Initialize(NULL), "C_Initialize"))
        return false;
    unsigned at_first = num_locking;
    bool made = make_device(f);
    if (at_first == 0 || num_locking != at_first)
        fprintf(stderr, "handlers: %u, and %u more with a device\n", at_first,
                num_locking - at_first);
    return made && at_first > 0 && num_locking == at_first && use_thread(f, async_complete) &&
           went_well(f->C_Finalize(NULL), "C_Finalize") && ended_alone();
}

int main(int argc, char **argv)
{
    static struct rig rig;

    if (argc != 2) {
        fprintf(stderr, "usage: %s MODULE\n", argv[0]);
        return 2;
    }
    module_path = argv[1];
    if (rig_init(&rig, "/tmp", NULL) != PQHW_OK) {
        fprintf(stderr, "no directory\n");
        return 1;
    }
    setenv("PQHW_HOME", rig.home, 1);
    bool well = test();
    rig_remove(&rig);
    return well ? 0 : 1;
}
