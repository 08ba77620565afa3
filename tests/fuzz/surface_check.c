/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "surface.h"

#define W_OPERATION (W_INIT | W_DATA | W_VERIFY | W_DECRYPT)
#define W_KEYS      (W_INIT | W_MAKE)
#define W_ANY       0xffffu
#define W_SESSIONS  (W_ANY & ~(unsigned)(W_LIBRARY | W_SLOT))

/*
 * Who may say what (PKCS#11 v3.2, 5.1 and the lists of the functions). What is not here nobody may
 * say: a failure of the disk, of memory or of the program itself has no place in a fuzzer.
 */
static const struct {
    CK_RV rv;
    unsigned where;
} answers[] = {
    {CKR_OK, W_ANY},
    {CKR_ARGUMENTS_BAD, W_ANY},
    {CKR_FUNCTION_NOT_SUPPORTED, W_ANY},
    {CKR_CRYPTOKI_NOT_INITIALIZED, W_ANY},
    {CKR_CRYPTOKI_ALREADY_INITIALIZED, W_LIBRARY},
    {CKR_CANT_LOCK, W_LIBRARY},
    {CKR_FUNCTION_FAILED, W_LIBRARY}, /* C_GetInterface */
    {CKR_BUFFER_TOO_SMALL, W_LIBRARY | W_SLOT | W_OBJECT | W_DATA | W_DECRYPT | W_MAKE},
    {CKR_FUNCTION_NOT_PARALLEL, W_SESSION},
    {CKR_NO_EVENT, W_SLOT},
    {CKR_STATE_UNSAVEABLE, W_DATA},
    {CKR_SAVED_STATE_INVALID, W_SESSION | W_DATA},
    {CKR_AEAD_DECRYPT_FAILED, W_DECRYPT},
    {CKR_SLOT_ID_INVALID, W_SLOT | W_SESSION},
    {CKR_TOKEN_NOT_PRESENT, W_SLOT | W_SESSION},
    {CKR_TOKEN_NOT_RECOGNIZED, W_SLOT | W_SESSION},
    {CKR_SESSION_HANDLE_INVALID, W_SESSIONS},
    {CKR_SESSION_COUNT, W_SESSION},
    {CKR_SESSION_EXISTS, W_SLOT | W_PIN},
    {CKR_SESSION_READ_ONLY, W_SESSION | W_PIN | W_OBJECT | W_MAKE},
    {CKR_SESSION_READ_ONLY_EXISTS, W_PIN},
    {CKR_SESSION_READ_WRITE_SO_EXISTS, W_SESSION},
    {CKR_SESSION_PARALLEL_NOT_SUPPORTED, W_SESSION},
    {CKR_SESSION_ASYNC_NOT_SUPPORTED, W_SESSION},
    {CKR_PIN_INCORRECT, W_PIN},
    {CKR_PIN_LOCKED, W_PIN},
    {CKR_PIN_LEN_RANGE, W_PIN},
    {CKR_PIN_INVALID, W_PIN},
    {CKR_USER_ALREADY_LOGGED_IN, W_PIN},
    {CKR_USER_ANOTHER_ALREADY_LOGGED_IN, W_PIN},
    {CKR_USER_NOT_LOGGED_IN, W_SESSIONS},
    {CKR_USER_PIN_NOT_INITIALIZED, W_PIN},
    {CKR_USER_TYPE_INVALID, W_PIN},
    {CKR_OPERATION_ACTIVE, W_OPERATION | W_OBJECT | W_SESSION | W_FIND | W_PIN | W_MAKE},
    {CKR_OPERATION_NOT_INITIALIZED, W_OPERATION | W_OBJECT | W_SESSION | W_PIN},
    {CKR_ACTION_PROHIBITED, W_OBJECT | W_MAKE},
    {CKR_OBJECT_HANDLE_INVALID, W_OBJECT},
    {CKR_KEY_HANDLE_INVALID, W_KEYS | W_DATA | W_DECRYPT | W_VERIFY},
    {CKR_KEY_TYPE_INCONSISTENT, W_KEYS},
    {CKR_KEY_FUNCTION_NOT_PERMITTED, W_KEYS},
    {CKR_KEY_SIZE_RANGE, W_KEYS | W_DATA},
    {CKR_KEY_UNEXTRACTABLE, W_MAKE},
    {CKR_KEY_NOT_WRAPPABLE, W_MAKE},
    {CKR_KEY_INDIGESTIBLE, W_DATA},
    {CKR_WRAPPING_KEY_HANDLE_INVALID, W_MAKE},
    {CKR_WRAPPING_KEY_TYPE_INCONSISTENT, W_MAKE},
    {CKR_WRAPPING_KEY_SIZE_RANGE, W_MAKE},
    {CKR_UNWRAPPING_KEY_HANDLE_INVALID, W_MAKE},
    {CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT, W_MAKE},
    {CKR_UNWRAPPING_KEY_SIZE_RANGE, W_MAKE},
    {CKR_WRAPPED_KEY_INVALID, W_MAKE},
    {CKR_WRAPPED_KEY_LEN_RANGE, W_MAKE},
    {CKR_PUBLIC_KEY_INVALID, W_MAKE},
    {CKR_ATTRIBUTE_READ_ONLY, W_OBJECT | W_MAKE},
    {CKR_ATTRIBUTE_SENSITIVE, W_OBJECT},
    {CKR_ATTRIBUTE_TYPE_INVALID, W_OBJECT | W_MAKE | W_FIND},
    {CKR_ATTRIBUTE_VALUE_INVALID, W_OBJECT | W_MAKE | W_FIND},
    {CKR_TEMPLATE_INCOMPLETE, W_OBJECT | W_MAKE},
    {CKR_TEMPLATE_INCONSISTENT, W_OBJECT | W_MAKE},
    {CKR_PARAMETER_SET_NOT_SUPPORTED, W_OBJECT | W_MAKE},
    {CKR_CURVE_NOT_SUPPORTED, W_OBJECT | W_MAKE},
    {CKR_MECHANISM_INVALID, W_SLOT | W_KEYS},
    {CKR_MECHANISM_PARAM_INVALID, W_KEYS | W_DATA},
    {CKR_DATA_INVALID, W_DATA | W_VERIFY},
    {CKR_DATA_LEN_RANGE, W_DATA | W_VERIFY | W_MAKE},
    {CKR_ENCRYPTED_DATA_INVALID, W_DECRYPT},
    {CKR_ENCRYPTED_DATA_LEN_RANGE, W_DECRYPT},
    {CKR_SIGNATURE_INVALID, W_VERIFY},
    {CKR_SIGNATURE_LEN_RANGE, W_VERIFY},
};

CK_RV answer(CK_RV rv, unsigned where, const char *function)
{
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
        if (answers[i].rv == rv && (answers[i].where & where) != 0)
            return rv;
    fprintf(stderr, "%s may not answer 0x%lx\n", function, rv);
    abort();
}

/* ---- outputs ---- */

#define PATTERN 0xa5

/* Unchanged, or wiped as far as something had been there. */
static bool is_untouched(const CK_BYTE *bytes, CK_ULONG len)
{
    for (CK_ULONG i = 0; i < len; i++)
        if (bytes[i] != PATTERN && bytes[i] != 0)
            return false;
    return true;
}

void check_out(const struct out *out, CK_RV rv)
{
    if (rv == CKR_OK) {
        check(out->plen != NULL);
        check(out->ptr == NULL || out->len <= out->room);
        return;
    }
    if (out->ptr != NULL)
        check(is_untouched(out->ptr, out->room));
    if (rv == CKR_BUFFER_TOO_SMALL)
        check(out->ptr != NULL && out->len > out->room);
    else
        check(out->len == out->room);
}

void remember(struct world *world, const struct out *out, CK_RV rv)
{
    if (rv != CKR_OK || out->ptr == NULL || out->len == 0 || out->len > LAST_MAX)
        return;
    memcpy(world->last, out->ptr, out->len);
    world->last_len = out->len;
}

void check_handle(struct world *world, CK_OBJECT_HANDLE handle, CK_RV rv)
{
    if (rv != CKR_OK) {
        check(handle == NO_HANDLE || handle == CK_INVALID_HANDLE);
        return;
    }
    if (handle == NO_HANDLE) /* who asks for a length makes no key */
        return;
    check(handle != CK_INVALID_HANDLE);
    if (world->num_objects == WORLD_OBJECTS) {
        memmove(world->objects, world->objects + 1, (WORLD_OBJECTS - 1) * sizeof(handle));
        world->num_objects--;
    }
    world->objects[world->num_objects++] = handle;
}

/* ---- what may be seen ---- */

/* The boolean, or `otherwise` if the object has none. */
static bool get_bool(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type,
                     bool otherwise)
{
    CK_BBOOL value = CK_FALSE;
    CK_ATTRIBUTE attribute = {type, &value, sizeof(value)};

    if (C_GetAttributeValue(session, object, &attribute, 1) != CKR_OK)
        return otherwise;
    check(attribute.ulValueLen == 1 && value <= 1);
    return value == CK_TRUE;
}

static CK_OBJECT_CLASS get_class(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object)
{
    CK_OBJECT_CLASS value = CK_UNAVAILABLE_INFORMATION;
    CK_ATTRIBUTE attribute = {CKA_CLASS, &value, sizeof(value)};

    return C_GetAttributeValue(session, object, &attribute, 1) == CKR_OK
               ? value
               : CK_UNAVAILABLE_INFORMATION;
}

static void check_hidden(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type)
{
    CK_BYTE room[64]; /* if it were too small for the secret, the answer would say so */
    CK_ATTRIBUTE attribute = {type, room, sizeof(room)};

    memset(room, PATTERN, sizeof(room));
    CK_RV rv = C_GetAttributeValue(session, object, &attribute, 1);
    check(rv == CKR_ATTRIBUTE_SENSITIVE || rv == CKR_ATTRIBUTE_TYPE_INVALID);
    check(attribute.ulValueLen == CK_UNAVAILABLE_INFORMATION);
    check(is_untouched(room, sizeof(room)));
    attribute = (CK_ATTRIBUTE){type, NULL, 0};
    check(C_GetAttributeValue(session, object, &attribute, 1) == rv); /* not its length either */
    check(attribute.ulValueLen == CK_UNAVAILABLE_INFORMATION);
}

void check_object(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object)
{
    static const CK_ATTRIBUTE_TYPE secrets[] = {
        CKA_VALUE,   CKA_SEED,       CKA_PRIVATE_EXPONENT, CKA_PRIME_1,
        CKA_PRIME_2, CKA_EXPONENT_1, CKA_EXPONENT_2,       CKA_COEFFICIENT,
    };
    CK_SESSION_INFO info;
    CK_OBJECT_CLASS class = get_class(session, object);

    if (class == CK_UNAVAILABLE_INFORMATION || C_GetSessionInfo(session, &info) != CKR_OK)
        return;
    bool user = info.state == CKS_RO_USER_FUNCTIONS || info.state == CKS_RW_USER_FUNCTIONS;
    check(user || !get_bool(session, object, CKA_PRIVATE, false));
    if (class != CKO_PRIVATE_KEY && class != CKO_SECRET_KEY)
        return;
    if (!get_bool(session, object, CKA_SENSITIVE, true) &&
        get_bool(session, object, CKA_EXTRACTABLE, false))
        return;
    check(!get_bool(session, object, CKA_ALWAYS_SENSITIVE, false) ||
          get_bool(session, object, CKA_SENSITIVE, false));
    for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
        check_hidden(session, object, secrets[i]);
}
