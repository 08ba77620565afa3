/* SPDX-License-Identifier: Apache-2.0
 *
 * PKCS#11 v3.2, 5.4: the function lists of the three versions, and who asks for them.
 */
#include <stddef.h>
#include <string.h>

#include "pqhw/cryptoki.h"

#define ENTRY(name) .name = name,
static const CK_FUNCTION_LIST functions_2_40 = {.version = {2, 40}, CK_FUNCTIONS_2_40(ENTRY)};
static const CK_FUNCTION_LIST_3_0 functions_3_0 = {.version = {3, 0}, CK_FUNCTIONS_3_0(ENTRY)};
static const CK_FUNCTION_LIST_3_2 functions_3_2 = {.version = {3, 2}, CK_FUNCTIONS_3_2(ENTRY)};

static const char interface_name[] = "PKCS 11";

/* The default comes first. None has CKF_INTERFACE_FORK_SAFE: a child has to initialise the library
 * itself. */
#define INTERFACE(list)                                                                            \
    {                                                                                              \
        (CK_UTF8CHAR_PTR) interface_name, (CK_VOID_PTR) & (list), 0                                \
    }
static const CK_INTERFACE interfaces[] = {
    INTERFACE(functions_3_2),
    INTERFACE(functions_3_0),
    INTERFACE(functions_2_40),
};
#define NUM_INTERFACES (sizeof(interfaces) / sizeof(interfaces[0]))

CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR ppFunctionList)
{
    if (ppFunctionList == NULL)
        return CKR_ARGUMENTS_BAD;
    *ppFunctionList = (CK_FUNCTION_LIST_PTR)&functions_2_40;
    return CKR_OK;
}

CK_RV C_GetInterfaceList(CK_INTERFACE_PTR pInterfacesList, CK_ULONG_PTR pulCount)
{
    CK_ULONG room;

    if (pulCount == NULL)
        return CKR_ARGUMENTS_BAD;
    room = *pulCount;
    *pulCount = NUM_INTERFACES;
    if (pInterfacesList == NULL)
        return CKR_OK;
    if (room < NUM_INTERFACES)
        return CKR_BUFFER_TOO_SMALL;
    memcpy(pInterfacesList, interfaces, sizeof(interfaces));
    return CKR_OK;
}

static const CK_INTERFACE *find_interface(const char *name, const CK_VERSION *version,
                                          CK_FLAGS flags)
{
    for (size_t i = 0; i < NUM_INTERFACES; i++) {
        /* every function list begins with its version */
        const CK_VERSION *has = interfaces[i].pFunctionList;

        if (name != NULL && strcmp(name, interface_name) != 0)
            continue;
        if (version != NULL && (version->major != has->major || version->minor != has->minor))
            continue;
        if ((interfaces[i].flags & flags) == flags)
            return &interfaces[i];
    }
    return NULL;
}

CK_RV C_GetInterface(CK_UTF8CHAR_PTR pInterfaceName, CK_VERSION_PTR pVersion,
                     CK_INTERFACE_PTR_PTR ppInterface, CK_FLAGS flags)
{
    const CK_INTERFACE *found;

    if (ppInterface == NULL)
        return CKR_ARGUMENTS_BAD;
    found = find_interface((const char *)pInterfaceName, pVersion, flags);
    if (found == NULL)
        return CKR_FUNCTION_FAILED;
    *ppInterface = (CK_INTERFACE_PTR)found;
    return CKR_OK;
}
