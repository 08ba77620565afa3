/* SPDX-License-Identifier: Apache-2.0
 *
 * PKCS#11 v3.2, 5.4: general-purpose functions (those about interfaces are in interfaces.c).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pkcs11/args.h"
#include "pkcs11/module.h"
#include "pkcs11/version.h"

CK_VERSION library_version(void)
{
    char *rest;
    CK_VERSION version;

    version.major = (CK_BYTE)strtoul(PQHW_VERSION, &rest, 10);
    version.minor = *rest == '.' ? (CK_BYTE)strtoul(rest + 1, NULL, 10) : 0;
    return version;
}

/* The module always locks with the operating system's means: a caller who allows only its own is
 * refused. */
static NODISCARD enum pqhw_status check_init_args(const CK_C_INITIALIZE_ARGS *args)
{
    int num_given;

    if (args == NULL)
        return PQHW_OK;
    num_given = (args->CreateMutex != NULL) + (args->DestroyMutex != NULL) +
                (args->LockMutex != NULL) + (args->UnlockMutex != NULL);
    if (args->pReserved != NULL || (num_given != 0 && num_given != 4))
        return PQHW_ARGUMENTS_BAD;
    if (num_given == 4 && !(args->flags & CKF_OS_LOCKING_OK))
        return PQHW_CANT_LOCK;
    return PQHW_OK;
}

static bool may_make_threads(const CK_C_INITIALIZE_ARGS *args)
{
    return args == NULL || !(args->flags & CKF_LIBRARY_CANT_CREATE_OS_THREADS);
}

/* What C_Initialize may answer is a short list, for there is no token yet that an error could be
 * about. */
static CK_RV start_rv(enum pqhw_status status)
{
    switch (status) {
    case PQHW_OK:
    case PQHW_ALREADY_INITIALIZED:
    case PQHW_NO_MEMORY:
        return module_rv(status);
    case PQHW_NO_LOCKED_MEMORY:
        return CKR_HOST_MEMORY;
    case PQHW_SELF_TEST_FAILED:
    case PQHW_INTERNAL:
        return CKR_GENERAL_ERROR;
    default:
        return CKR_FUNCTION_FAILED;
    }
}

/* A return value alone leaves people at a loss, and so does an empty slot where they have a token:
 * then the device is another. The environment is not trusted in a set-uid program. */
static void explain(enum pqhw_status status)
{
    const char *debug = secure_getenv("PQHW_DEBUG");
    const char *detail = hsm_error_detail();
    char home[HSM_PATH_MAX];

    if (debug == NULL || strcmp(debug, "1") != 0)
        return;
    if (status != PQHW_OK)
        fprintf(stderr, "pqhw: C_Initialize: %s%s%s\n", pqhw_status_text(status),
                detail[0] != '\0' ? ": " : "", detail);
    else if (hsm_default_home(home) == PQHW_OK)
        fprintf(stderr, "pqhw: C_Initialize: the device is %s%s\n", home,
                access(home, F_OK) == 0 ? "" : ", which is not there yet");
}

CK_RV C_Initialize(CK_VOID_PTR pInitArgs)
{
    enum pqhw_status status = check_init_args(pInitArgs);

    if (status != PQHW_OK)
        return module_rv(status);
    status = module_start(may_make_threads(pInitArgs));
    explain(status);
    return start_rv(status);
}

CK_RV C_Finalize(CK_VOID_PTR pReserved)
{
    if (pReserved != NULL)
        return CKR_ARGUMENTS_BAD;
    return module_rv(module_stop());
}

CK_RV C_GetInfo(CK_INFO_PTR pInfo)
{
    enum pqhw_status status = PQHW_OK;

    if (module_enter() == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    REQUIRE(pInfo != NULL, PQHW_ARGUMENTS_BAD);
    memset(pInfo, 0, sizeof(*pInfo));
    pInfo->cryptokiVersion = (CK_VERSION){CRYPTOKI_VERSION_MAJOR, CRYPTOKI_VERSION_MINOR};
    give_text(pInfo->manufacturerID, sizeof(pInfo->manufacturerID), "pqhw");
    give_text(pInfo->libraryDescription, sizeof(pInfo->libraryDescription),
              "pqhw post-quantum token");
    pInfo->libraryVersion = library_version();
out:
    return module_leave(status);
}
