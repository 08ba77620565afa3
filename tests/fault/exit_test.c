/* SPDX-License-Identifier: Apache-2.0
 *
 * A process that ends while its threads use the module: they are let in no more once the handlers
 * of exit() are at what was there before the module, such as libcrypto's; the thread that ends it
 * still is, and can call C_Finalize. Of what is pending, what had not begun is cancelled.
 *
 * usage: exit_test MODULE
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

/* More calls than the module has threads. */
#define NUM_PENDING 20
#define NAME        ((CK_UTF8CHAR_PTR) "C_GenerateKey")

static CK_FUNCTION_LIST_3_2 *f;
static CK_SESSION_HANDLE pending[NUM_PENDING];
static pthread_t thread;
static atomic_bool at_work;
static atomic_bool ended;
static const char *surprise;

static void expect(CK_RV rv, CK_RV wanted, const char *what)
{
    if (rv != wanted && surprise == NULL) {
        fprintf(stderr, "%s: CKR 0x%lx, not 0x%lx\n", what, rv, wanted);
        surprise = what;
    }
}

/* Keys of a password that take a while; nobody asks for them before the end. */
static void leave_pending(CK_SLOT_ID slot)
{
    CK_PKCS5_PBKD2_PARAMS2 param = {.saltSource = CKZ_SALT_SPECIFIED,
                                    .iterations = 200000,
                                    .prf = CKP_PKCS5_PBKD2_HMAC_SHA512,
                                    .pPassword = (CK_UTF8CHAR_PTR) "password",
                                    .ulPasswordLen = 8};
    CK_MECHANISM how = {CKM_PKCS5_PBKD2, &param, sizeof(param)};
    CK_BBOOL no = CK_FALSE;
    CK_ULONG len = 16;
    CK_KEY_TYPE type = CKK_GENERIC_SECRET;
    CK_ATTRIBUTE list[] = {{CKA_PRIVATE, &no, sizeof(no)},
                           {CKA_VALUE_LEN, &len, sizeof(len)},
                           {CKA_KEY_TYPE, &type, sizeof(type)}};
    CK_OBJECT_HANDLE unused;

    for (size_t i = 0; i < NUM_PENDING; i++) {
        expect(
            f->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_ASYNC_SESSION, NULL, NULL, &pending[i]),
            CKR_OK, "C_OpenSession");
        expect(f->C_GenerateKey(pending[i], &how, list, 3, &unused), CKR_PENDING, "C_GenerateKey");
    }
}

/* Libcrypto may be gone in the child of a process that ends. */
static void fork_at_end(void)
{
    int result = 0;
    CK_INFO info;
    pid_t child = fork();

    if (child == 0) {
        expect(f->C_GetInfo(&info), CKR_CRYPTOKI_NOT_INITIALIZED, "a child's call");
        expect(f->C_Initialize(NULL), CKR_GENERAL_ERROR, "a child's C_Initialize");
        _exit(surprise == NULL ? 0 : 1);
    }
    if (child < 0 || waitpid(child, &result, 0) != child || result != 0)
        surprise = "a child";
}

static void *work(void *argument)
{
    CK_BYTE random[64];
    CK_SESSION_HANDLE session = *(CK_SESSION_HANDLE *)argument;
    CK_INFO info;

    while (!atomic_load(&ended)) {
        f->C_GenerateRandom(session, random, sizeof(random));
        atomic_store(&at_work, true);
    }
    expect(f->C_GetInfo(&info), CKR_CRYPTOKI_NOT_INITIALIZED, "another thread's call");
    expect(f->C_Finalize(NULL), CKR_CRYPTOKI_NOT_INITIALIZED, "another thread's C_Finalize");
    expect(f->C_Initialize(NULL), CKR_GENERAL_ERROR, "another thread's C_Initialize");
    fork_at_end();
    return NULL;
}

/* Registered before the module is there, so called after its own handler. */
static void at_end(void)
{
    CK_INFO info;
    CK_ASYNC_DATA data = {0};

    atomic_store(&ended, true);
    pthread_join(thread, NULL);
    expect(f->C_GetInfo(&info), CKR_OK, "the ending thread's call");
    expect(f->C_AsyncComplete(pending[NUM_PENDING - 1], NAME, &data), CKR_FUNCTION_CANCELED,
           "what had not begun");
    expect(f->C_Finalize(NULL), CKR_OK, "the ending thread's C_Finalize");
    expect(f->C_GetInfo(&info), CKR_CRYPTOKI_NOT_INITIALIZED, "a call after C_Finalize");
    _exit(surprise == NULL ? 0 : 1);
}

static void load(const char *module)
{
    CK_C_GetInterface get_interface;
    CK_INTERFACE *interface = NULL;
    void *library = dlopen(module, RTLD_NOW | RTLD_LOCAL);
    void *symbol = library != NULL ? dlsym(library, "C_GetInterface") : NULL;

    if (symbol == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        _exit(1);
    }
    memcpy(&get_interface, &symbol, sizeof(symbol));
    expect(get_interface(NULL, NULL, &interface, 0), CKR_OK, "C_GetInterface");
    f = interface->pFunctionList;
}

static void live(const char *module, CK_SLOT_ID slot)
{
    static CK_SESSION_HANDLE session;

    alarm(120);
    load(module);
    atexit(at_end);
    expect(f->C_Initialize(NULL), CKR_OK, "C_Initialize");
    expect(f->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &session), CKR_OK,
           "C_OpenSession");
    if (pthread_create(&thread, NULL, work, &session) != 0)
        _exit(1);
    while (!atomic_load(&at_work))
        usleep(1000);
    leave_pending(slot);
    exit(0);
}

int main(int argc, char **argv)
{
    static struct rig rig;
    int result = 1;

    if (argc != 2) {
        fprintf(stderr, "usage: %s MODULE\n", argv[0]);
        return 2;
    }
    if (rig_init(&rig, "/tmp", NULL) != PQHW_OK || rig_create(&rig) != PQHW_OK) {
        fprintf(stderr, "no device\n");
        rig_remove(&rig);
        return 1;
    }
    setenv("PQHW_HOME", rig.home, 1);
    pid_t child = fork();
    if (child == 0)
        live(argv[1], rig.slot);
    if (child < 0 || waitpid(child, &result, 0) != child)
        result = 1;
    rig_remove(&rig);
    if (result != 0)
        fprintf(stderr, "the process ended with 0x%x\n", (unsigned)result);
    return result == 0 ? 0 : 1;
}
