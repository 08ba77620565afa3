/* SPDX-License-Identifier: Apache-2.0
 *
 * The order in which a fork calls the module's handlers. It calls those first that were registered
 * last, and that one waits for the calls of other threads: the handlers that take locks which these
 * calls need must come after it, also where the device is made after C_Initialize.
 *
 * usage: fork_test MODULE
 */
#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pqhw/cryptoki.h"
#include "rig.h"

#define SO_PIN ((CK_UTF8CHAR_PTR) "so-secret")

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

static bool went_well(CK_RV rv, const char *what)
{
    if (rv != CKR_OK)
        fprintf(stderr, "%s: CKR 0x%lx\n", what, rv);
    return rv == CKR_OK;
}

static CK_FUNCTION_LIST *load(void)
{
    CK_C_GetFunctionList get_list;
    CK_FUNCTION_LIST *f = NULL;
    void *library = dlopen(module_path, RTLD_NOW | RTLD_LOCAL);
    void *symbol = library != NULL ? dlsym(library, "C_GetFunctionList") : NULL;

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
           went_well(f->C_InitPIN(session, (CK_UTF8CHAR_PTR) "user-secret", 11), "C_InitPIN");
}

static bool test(void)
{
    CK_FUNCTION_LIST *f = load();

    if (f == NULL || !went_well(f->C_Initialize(NULL), "C_Initialize"))
        return false;
    unsigned at_first = num_locking;
    bool made = make_device(f);
    if (at_first == 0 || num_locking != at_first)
        fprintf(stderr, "handlers: %u, and %u more with a device\n", at_first,
                num_locking - at_first);
    return made && at_first > 0 && num_locking == at_first &&
           went_well(f->C_Finalize(NULL), "C_Finalize");
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
