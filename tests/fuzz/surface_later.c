/* SPDX-License-Identifier: Apache-2.0 */
#include <time.h>

#include "surface_later.h"

/* Wait until a call that was left pending is made; what C_AsyncComplete says then. */
static CK_RV complete(CK_SESSION_HANDLE session, const char *name, CK_ASYNC_DATA *result)
{
    CK_RV rv;

    while ((rv = C_AsyncComplete(session, (CK_UTF8CHAR_PTR)name, result)) == CKR_PENDING)
        nanosleep(&(struct timespec){.tv_nsec = 20000}, NULL);
    return rv;
}

/* A function's answer, with what it gives put where it would have been. */
struct given {
    CK_RV rv;
    CK_SESSION_HANDLE session;
    const char *name;
    CK_ULONG *len;
    CK_OBJECT_HANDLE *made;
    CK_OBJECT_HANDLE *made2;
};

static CK_RV settle(const struct given *given)
{
    CK_ASYNC_DATA result = {0};

    if (given->rv != CKR_PENDING)
        return given->rv;
    CK_RV rv = complete(given->session, given->name, &result);
    check(rv != CKR_BUFFER_TOO_SMALL);
    check((result.pValue != NULL) == (given->len != NULL));
    if (rv != CKR_OK)
        return rv;
    if (given->len != NULL)
        *given->len = result.ulValue;
    if (given->made != NULL)
        *given->made = result.hObject;
    if (given->made2 != NULL)
        *given->made2 = result.hAdditionalObject;
    return rv;
}

#define LATER_FUNCTION(name, parameters, arguments, len, made, made2)                              \
    CK_RV later_##name parameters                                                                  \
    {                                                                                              \
        return settle(&(struct given){name arguments, session, #name, len, made, made2});          \
    }
LATER_FUNCTIONS(LATER_FUNCTION)

/* ---- what is about calls that are pending ---- */

/* A key that is made in a session and not asked for. False if the session does not do that. */
static bool leave_made(CK_SESSION_HANDLE session)
{
    CK_MECHANISM how = {CKM_GENERIC_SECRET_KEY_GEN, NULL, 0};
    CK_ULONG len = 16;
    CK_ATTRIBUTE list[] = {{CKA_VALUE_LEN, &len, sizeof(len)}};
    CK_OBJECT_HANDLE made = NO_HANDLE;

    if (C_GenerateKey(session, &how, list, 1, &made) != CKR_PENDING)
        return false;
    check(complete(session, "C_GenerateKey", NULL) == CKR_ARGUMENTS_BAD); /* and it stays */
    check(made == NO_HANDLE);
    check(C_GenerateKey(session, &how, list, 1, &made) == CKR_OPERATION_ACTIVE);
    return true;
}

void call_later(struct world *world)
{
    static const char *const names[] = {"C_GenerateKey", "C_Sign", "C_Verify", "C_DigestInit", ""};
    CK_SESSION_HANDLE session = arg_session(world);
    uint8_t which = read_u8(&world->in);
    CK_UTF8CHAR *name = (CK_UTF8CHAR *)names[which % (sizeof(names) / sizeof(names[0]))];
    CK_ASYNC_DATA result = {.ulVersion = choose(world, 8)};
    CK_ULONG id = 0;

    switch (which % 7) {
    case 0:
        answer(C_AsyncGetID(session, choose(world, 8) ? NULL : name, &id), W_SESSION | W_DATA,
               "C_AsyncGetID");
        break;
    case 1:
        answer(C_AsyncJoin(session, name, arg_number(world), NULL, arg_number(world)), W_SESSION,
               "C_AsyncJoin");
        break;
    case 2:
        if (leave_made(session))
            check(C_SessionCancel(session, CKF_GENERATE) == CKR_OK);
        break;
    case 3:
        if (leave_made(session))
            check(C_CloseSession(session) == CKR_OK);
        break;
    case 4:
        (void)leave_made(session);
        break;
    default: /* of one that was left so, or of none */
        answer(C_AsyncComplete(session, name, choose(world, 8) ? NULL : &result),
               W_SESSION | W_MAKE, "C_AsyncComplete");
        check_handle(world, result.hObject == 0 ? NO_HANDLE : result.hObject, CKR_OK);
    }
}
