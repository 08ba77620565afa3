/* SPDX-License-Identifier: Apache-2.0
 *
 * Functions that take the same arguments are rows of one table.
 */
#include <string.h>

#include "surface_later.h"

#define C_GenerateKey            later_C_GenerateKey
#define C_GenerateKeyPair        later_C_GenerateKeyPair
#define C_DeriveKey              later_C_DeriveKey
#define C_EncapsulateKey         later_C_EncapsulateKey
#define C_DecapsulateKey         later_C_DecapsulateKey
#define C_WrapKey                later_C_WrapKey
#define C_UnwrapKey              later_C_UnwrapKey
#define C_UnwrapKeyAuthenticated later_C_UnwrapKeyAuthenticated
#define C_Encrypt                later_C_Encrypt
#define C_Decrypt                later_C_Decrypt
#define C_Sign                   later_C_Sign
#define C_SignRecover            later_C_SignRecover
#define C_VerifyRecover          later_C_VerifyRecover
#define C_SignFinal              later_C_SignFinal
#define C_Verify                 later_C_Verify
#define C_VerifyFinal            later_C_VerifyFinal
#define C_VerifySignature        later_C_VerifySignature
#define C_VerifySignatureFinal   later_C_VerifySignatureFinal

#define ANSWER(call, where) answer(call, where, #call)

/* ---- functions that are alike ---- */

static const struct {
    const char *name;
    CK_RV (*call)(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key);
    CK_FLAGS flag;
} inits[] = {
    {"C_EncryptInit", C_EncryptInit, CKF_ENCRYPT},
    {"C_DecryptInit", C_DecryptInit, CKF_DECRYPT},
    {"C_SignInit", C_SignInit, CKF_SIGN},
    {"C_VerifyInit", C_VerifyInit, CKF_VERIFY},
    {"C_SignRecoverInit", C_SignRecoverInit, CKF_SIGN_RECOVER},
    {"C_VerifyRecoverInit", C_VerifyRecoverInit, CKF_VERIFY_RECOVER},
    {"C_MessageEncryptInit", C_MessageEncryptInit, CKF_MESSAGE_ENCRYPT},
    {"C_MessageDecryptInit", C_MessageDecryptInit, CKF_MESSAGE_DECRYPT},
    {"C_MessageSignInit", C_MessageSignInit, CKF_MESSAGE_SIGN},
    {"C_MessageVerifyInit", C_MessageVerifyInit, CKF_MESSAGE_VERIFY},
};

static const struct {
    const char *name;
    CK_RV(*call)
    (CK_SESSION_HANDLE session, CK_BYTE_PTR in, CK_ULONG in_len, CK_BYTE_PTR out,
     CK_ULONG_PTR out_len);
    unsigned where;
} in_outs[] = {
    {"C_Encrypt", C_Encrypt, W_DATA},
    {"C_EncryptUpdate", C_EncryptUpdate, W_DATA},
    {"C_Decrypt", C_Decrypt, W_DECRYPT},
    {"C_DecryptUpdate", C_DecryptUpdate, W_DECRYPT},
    {"C_Digest", C_Digest, W_DATA},
    {"C_Sign", C_Sign, W_DATA},
    {"C_SignRecover", C_SignRecover, W_DATA},
    {"C_VerifyRecover", C_VerifyRecover, W_VERIFY | W_DATA},
    {"C_DigestEncryptUpdate", C_DigestEncryptUpdate, W_DATA},
    {"C_DecryptDigestUpdate", C_DecryptDigestUpdate, W_DECRYPT},
    {"C_SignEncryptUpdate", C_SignEncryptUpdate, W_DATA},
    {"C_DecryptVerifyUpdate", C_DecryptVerifyUpdate, W_DECRYPT},
};

static const struct {
    const char *name;
    CK_RV (*call)(CK_SESSION_HANDLE session, CK_BYTE_PTR out, CK_ULONG_PTR out_len);
    unsigned where;
} outs[] = {
    {"C_EncryptFinal", C_EncryptFinal, W_DATA},
    {"C_DecryptFinal", C_DecryptFinal, W_DECRYPT},
    {"C_DigestFinal", C_DigestFinal, W_DATA},
    {"C_SignFinal", C_SignFinal, W_DATA},
    {"C_GetOperationState", C_GetOperationState, W_DATA},
};

static const struct {
    const char *name;
    CK_RV (*call)(CK_SESSION_HANDLE session, CK_BYTE_PTR in, CK_ULONG in_len);
    unsigned where;
} ins[] = {
    {"C_DigestUpdate", C_DigestUpdate, W_DATA},
    {"C_SignUpdate", C_SignUpdate, W_DATA},
    {"C_VerifyUpdate", C_VerifyUpdate, W_DATA},
    {"C_VerifyFinal", C_VerifyFinal, W_VERIFY},
    {"C_VerifySignature", C_VerifySignature, W_VERIFY},
    {"C_VerifySignatureUpdate", C_VerifySignatureUpdate, W_DATA},
    {"C_SeedRandom", C_SeedRandom, W_SESSION},
    {"C_InitPIN", C_InitPIN, W_PIN},
};

static const struct {
    const char *name;
    CK_RV (*call)(CK_SESSION_HANDLE session);
    unsigned where;
} plain[] = {
    {"C_CloseSession", C_CloseSession, W_SESSION},
    {"C_Logout", C_Logout, W_SESSION},
    {"C_FindObjectsFinal", C_FindObjectsFinal, W_OBJECT},
    {"C_VerifySignatureFinal", C_VerifySignatureFinal, W_VERIFY},
    {"C_GetFunctionStatus", C_GetFunctionStatus, W_SESSION},
    {"C_CancelFunction", C_CancelFunction, W_SESSION},
    {"C_MessageEncryptFinal", C_MessageEncryptFinal, W_DATA},
    {"C_MessageDecryptFinal", C_MessageDecryptFinal, W_DATA},
    {"C_MessageSignFinal", C_MessageSignFinal, W_DATA},
    {"C_MessageVerifyFinal", C_MessageVerifyFinal, W_DATA},
};

#define ROW(table, world) (&(table)[read_u8(&(world)->in) % (sizeof(table) / sizeof((table)[0]))])

/* Which mechanisms take long. The others are left to be tried as often as chance has it. */
static bool is_slow(const struct mechanism_info *info)
{
    return info != NULL && (info->key_type == CKK_SLH_DSA ||
                            (info->key_type == CKK_RSA && (info->flags & CKF_GENERATE_KEY_PAIR)));
}

static bool take_slow(struct world *world, const struct mechanism_info *info)
{
    if (!is_slow(info))
        return true;
    if (world->slow_left == 0)
        return false;
    world->slow_left--;
    return true;
}

static void call_init(struct world *world)
{
    const struct mechanism_info *info;
    const __typeof__(inits[0]) *row = ROW(inits, world);
    CK_SESSION_HANDLE session = arg_session(world);
    CK_MECHANISM *mechanism = arg_mechanism(world, row->flag, &info);

    if (take_slow(world, info))
        answer(row->call(session, mechanism, arg_object(world)), W_INIT, row->name);
}

static void call_in_out(struct world *world)
{
    const __typeof__(in_outs[0]) *row = ROW(in_outs, world);
    CK_SESSION_HANDLE session = arg_session(world);
    struct bytes in = arg_data(world);
    struct out out;

    arg_out(world, &out);
    CK_RV rv = answer(row->call(session, in.ptr, in.len, out.ptr, out.plen), row->where, row->name);
    check_out(&out, rv);
    remember(world, &out, rv);
    if (rv == CKR_BUFFER_TOO_SMALL) { /* and the operation lives: it says so again */
        CK_ULONG len = out.room;
        check(row->call(session, in.ptr, in.len, out.ptr, &len) == rv);
        check(len == out.len);
    }
}

static void call_out(struct world *world)
{
    const __typeof__(outs[0]) *row = ROW(outs, world);
    CK_SESSION_HANDLE session = arg_session(world);
    struct out out;

    arg_out(world, &out);
    CK_RV rv = answer(row->call(session, out.ptr, out.plen), row->where, row->name);
    check_out(&out, rv);
    remember(world, &out, rv);
    if (rv == CKR_BUFFER_TOO_SMALL) {
        CK_ULONG len = out.room;
        check(row->call(session, out.ptr, &len) == rv);
        check(len == out.len);
    }
}

static void call_in(struct world *world)
{
    const __typeof__(ins[0]) *row = ROW(ins, world);
    CK_SESSION_HANDLE session = arg_session(world);
    struct bytes in = arg_data(world);

    answer(row->call(session, in.ptr, in.len), row->where, row->name);
}

static void call_plain(struct world *world)
{
    const __typeof__(plain[0]) *row = ROW(plain, world);

    answer(row->call(arg_session(world)), row->where, row->name);
}

/* ---- the others ---- */

static void call_verify(struct world *world)
{
    CK_SESSION_HANDLE session = arg_session(world);
    struct bytes data = arg_data(world), sig = arg_data(world);

    ANSWER(C_Verify(session, data.ptr, data.len, sig.ptr, sig.len), W_VERIFY);
}

static void call_verify_signature_init(struct world *world)
{
    const struct mechanism_info *info;
    CK_SESSION_HANDLE session = arg_session(world);
    CK_MECHANISM *mechanism = arg_mechanism(world, CKF_VERIFY, &info);
    struct bytes sig = arg_data(world);

    ANSWER(C_VerifySignatureInit(session, mechanism, arg_object(world), sig.ptr, sig.len),
           W_INIT | W_VERIFY);
}

static void call_digest_init(struct world *world)
{
    const struct mechanism_info *info;
    CK_SESSION_HANDLE session = arg_session(world);

    if (choose(world, 4))
        ANSWER(C_DigestKey(session, arg_object(world)), W_DATA);
    else
        ANSWER(C_DigestInit(session, arg_mechanism(world, CKF_DIGEST, &info)), W_INIT);
}

static void call_open(struct world *world)
{
    CK_SESSION_HANDLE session = NO_HANDLE;
    uint8_t byte = read_u8(&world->in);
    CK_FLAGS flags = CKF_SERIAL_SESSION | (byte % 2 != 0 ? CKF_RW_SESSION : 0) |
                     (byte % 4 < 2 ? CKF_ASYNC_SESSION : 0);
    if (byte >= 240)
        flags = arg_number(world);
    CK_RV rv =
        ANSWER(C_OpenSession(arg_slot(world), flags, NULL, NULL, byte == 239 ? NULL : &session),
               W_SESSION);

    if (rv != CKR_OK) {
        check(session == NO_HANDLE || session == CK_INVALID_HANDLE);
        return;
    }
    if (world->num_sessions == WORLD_SESSIONS) {
        C_CloseSession(world->sessions[1]);
        memmove(world->sessions + 1, world->sessions + 2,
                (WORLD_SESSIONS - 2) * sizeof(world->sessions[0]));
        world->num_sessions--;
    }
    world->sessions[world->num_sessions++] = session;
}

static void call_session_info(struct world *world)
{
    CK_SESSION_INFO info;
    CK_FLAGS flags;

    ANSWER(C_GetSessionInfo(arg_session(world), choose(world, 8) ? NULL : &info), W_SESSION);
    ANSWER(C_GetSessionValidationFlags(arg_session(world), arg_number(world), &flags), W_SESSION);
    ANSWER(C_SessionCancel(arg_session(world), arg_number(world)), W_SESSION);
}

static struct bytes arg_pin(struct world *world)
{
    static CK_BYTE user[] = USER_PIN, so[] = SO_PIN;

    switch (read_u8(&world->in) % 4) {
    case 0:
        return arg_data_max(world, 300);
    case 1:
        return (struct bytes){so, sizeof(so) - 1};
    default:
        return (struct bytes){user, sizeof(user) - 1};
    }
}

static void call_login(struct world *world)
{
    CK_SESSION_HANDLE session = arg_session(world);
    CK_USER_TYPE user = choose(world, 4) ? arg_number(world) : CKU_USER;
    struct bytes pin = arg_pin(world);

    if (choose(world, 4))
        ANSWER(C_LoginUser(session, user, pin.ptr, pin.len, NULL, arg_number(world)), W_PIN);
    else
        ANSWER(C_Login(session, user, pin.ptr, pin.len), W_PIN);
}

static void call_set_pin(struct world *world)
{
    CK_SESSION_HANDLE session = arg_session(world);
    struct bytes pin = arg_pin(world), new_pin = arg_pin(world);

    ANSWER(C_SetPIN(session, pin.ptr, pin.len, new_pin.ptr, new_pin.len), W_PIN);
}

static void call_slot(struct world *world)
{
    CK_SLOT_INFO slot;
    CK_TOKEN_INFO token;
    CK_MECHANISM_INFO mechanism;
    CK_SLOT_ID list[8];
    CK_ULONG num = read_u8(&world->in) % 9;

    ANSWER(C_GetSlotList(CK_TRUE, choose(world, 2) ? NULL : list, &num), W_SLOT);
    ANSWER(C_GetSlotInfo(arg_slot(world), choose(world, 8) ? NULL : &slot), W_SLOT);
    ANSWER(C_GetTokenInfo(arg_slot(world), choose(world, 8) ? NULL : &token), W_SLOT);
    ANSWER(C_GetMechanismInfo(arg_slot(world), arg_number(world), &mechanism), W_SLOT);
    ANSWER(C_WaitForSlotEvent(arg_number(world) | CKF_DONT_BLOCK, list, NULL), W_SLOT);
}

/* What C_GetMechanismList gives has an answer to C_GetMechanismInfo. */
static void call_mechanisms(struct world *world)
{
    CK_ULONG num = 0;
    CK_MECHANISM_TYPE *list;
    CK_MECHANISM_INFO info;

    if (ANSWER(C_GetMechanismList(world->slot, NULL, &num), W_SLOT) != CKR_OK)
        return;
    list = keep(world, calloc(num, sizeof(*list)));
    check(C_GetMechanismList(world->slot, list, &num) == CKR_OK);
    for (CK_ULONG i = 0; i < num; i++)
        check(C_GetMechanismInfo(world->slot, list[i], &info) == CKR_OK);
    num--;
    check(C_GetMechanismList(world->slot, list, &num) == CKR_BUFFER_TOO_SMALL);
}

static void call_init_token(struct world *world)
{
    static CK_BYTE label[32] = "another                        ";
    struct bytes pin = arg_pin(world);

    if (choose(world, 8)) /* mostly in vain: it ends everything */
        ANSWER(C_CloseAllSessions(arg_slot(world)), W_SESSION);
    ANSWER(C_InitToken(arg_slot(world), pin.ptr, pin.len, choose(world, 8) ? NULL : label),
           W_SLOT | W_PIN);
}

static void call_library(struct world *world)
{
    CK_INFO info;
    CK_INTERFACE list[4], *one;
    CK_ULONG num = read_u8(&world->in) % 5;
    static CK_C_INITIALIZE_ARGS args = {.flags = CKF_OS_LOCKING_OK};

    ANSWER(C_GetInfo(choose(world, 8) ? NULL : &info), W_LIBRARY);
    ANSWER(C_GetInterfaceList(choose(world, 2) ? NULL : list, &num), W_LIBRARY);
    ANSWER(C_GetInterface(NULL, NULL, &one, arg_number(world)), W_LIBRARY);
    if (choose(world, 4))
        ANSWER(C_Finalize(choose(world, 4) ? &info : NULL), W_LIBRARY);
    if (!choose(world, 8))
        ANSWER(C_Initialize(choose(world, 2) ? NULL : &args), W_LIBRARY);
}

/* ---- objects ---- */

static void call_create(struct world *world)
{
    CK_OBJECT_HANDLE object = NO_HANDLE;
    CK_SESSION_HANDLE session = arg_session(world);
    struct attributes template = arg_template(world);
    CK_RV rv = ANSWER(
        C_CreateObject(session, template.array, template.count, choose(world, 16) ? NULL : &object),
        W_OBJECT);

    check_handle(world, object, rv);
}

/* A secret key or a datum that is complete. */
static void call_create_whole(struct world *world)
{
    CK_OBJECT_HANDLE object = NO_HANDLE;
    CK_SESSION_HANDLE session = arg_session(world);
    CK_BBOOL bits[6];
    CK_OBJECT_CLASS class = choose(world, 4) ? CKO_DATA : CKO_SECRET_KEY;
    CK_KEY_TYPE type = choose(world, 2) ? CKK_AES : CKK_GENERIC_SECRET;
    CK_BYTE value[32] = {1, 2, 3};
    CK_ATTRIBUTE template[] = {
        {CKA_CLASS, &class, sizeof(class)},
        {CKA_VALUE, value, choose(world, 4) ? read_u8(&world->in) % 33 : 32},
        {CKA_TOKEN, &bits[0], 1},
        {CKA_PRIVATE, &bits[1], 1},
        {CKA_KEY_TYPE, &type, sizeof(type)},
        {CKA_SENSITIVE, &bits[2], 1},
        {CKA_EXTRACTABLE, &bits[3], 1},
        {CKA_WRAP, &bits[4], 1},
        {CKA_DERIVE, &bits[5], 1},
    };
    uint8_t given = read_u8(&world->in);

    for (size_t i = 0; i < sizeof(bits); i++)
        bits[i] = given >> i & 1;
    CK_RV rv =
        ANSWER(C_CreateObject(session, template, class == CKO_DATA ? 4 : 9, &object), W_OBJECT);
    check_handle(world, object, rv);
    if (rv == CKR_OK)
        check_object(session, object);
}

static void call_copy(struct world *world)
{
    CK_OBJECT_HANDLE object = NO_HANDLE;
    CK_SESSION_HANDLE session = arg_session(world);
    CK_OBJECT_HANDLE from = arg_object(world);
    struct attributes template = arg_template(world);
    CK_RV rv =
        ANSWER(C_CopyObject(session, from, template.array, template.count, &object), W_OBJECT);

    check_handle(world, object, rv);
    if (rv == CKR_OK)
        check_object(session, object);
}

static void call_object(struct world *world)
{
    CK_SESSION_HANDLE session = arg_session(world);
    CK_OBJECT_HANDLE object = arg_object(world);
    CK_ULONG size;
    struct attributes template;

    switch (read_u8(&world->in) % 4) {
    case 0:
        ANSWER(C_DestroyObject(session, object), W_OBJECT);
        break;
    case 1:
        ANSWER(C_GetObjectSize(session, object, choose(world, 8) ? NULL : &size), W_OBJECT);
        break;
    case 2:
        template = arg_template(world);
        ANSWER(C_SetAttributeValue(session, object, template.array, template.count), W_OBJECT);
        break;
    default:
        world->written = true;
        template = arg_template(world);
        world->written = false;
        ANSWER(C_GetAttributeValue(session, object, template.array, template.count), W_OBJECT);
    }
    check_object(session, object);
}

static void call_find(struct world *world)
{
    CK_SESSION_HANDLE session = arg_session(world);
    struct attributes template = arg_template(world);
    CK_OBJECT_HANDLE found[8];
    CK_ULONG num = 0, max = read_u8(&world->in) % 9;

    ANSWER(C_FindObjectsInit(session, template.array, template.count), W_FIND);
    if (ANSWER(C_FindObjects(session, found, max, &num), W_OBJECT) == CKR_OK) {
        check(num <= max);
        for (CK_ULONG i = 0; i < num; i++) {
            check(found[i] != CK_INVALID_HANDLE);
            check_object(session, found[i]);
        }
    }
    if (!choose(world, 4))
        ANSWER(C_FindObjectsFinal(session), W_OBJECT);
}

/* ---- keys ---- */

static void call_generate(struct world *world)
{
    CK_SESSION_HANDLE session = arg_session(world);
    const struct mechanism_info *info;
    CK_MECHANISM *mechanism = arg_mechanism(world, CKF_GENERATE | CKF_GENERATE_KEY_PAIR, &info);
    CK_KEY_TYPE type = info == NULL ? CKK_AES : info->key_type;
    bool pair = info != NULL && (info->flags & CKF_GENERATE_KEY_PAIR) != 0;
    struct attributes pub = arg_key_template(world, type, false);
    struct attributes priv = arg_key_template(world, type, true);
    CK_OBJECT_HANDLE handles[2] = {NO_HANDLE, NO_HANDLE};
    CK_RV rv;

    if (!take_slow(world, info))
        return;
    if (pair != choose(world, 32))
        rv = ANSWER(C_GenerateKeyPair(session, mechanism, pub.array, pub.count, priv.array,
                                      priv.count, &handles[0], &handles[1]),
                    W_MAKE);
    else
        rv = ANSWER(C_GenerateKey(session, mechanism, pub.array, pub.count, &handles[0]), W_MAKE);
    for (size_t i = 0; i < 2; i++) {
        check_handle(world, handles[i], rv);
        if (rv == CKR_OK && handles[i] != NO_HANDLE)
            check_object(session, handles[i]);
    }
}

static void call_encapsulate(struct world *world)
{
    CK_SESSION_HANDLE session = arg_session(world);
    const struct mechanism_info *info;
    CK_MECHANISM *mechanism = arg_mechanism(world, CKF_ENCAPSULATE, &info);
    CK_OBJECT_HANDLE key = arg_object(world), made = NO_HANDLE;
    struct attributes template = arg_template(world);
    struct out out;
    struct bytes in;
    CK_RV rv;

    if (choose(world, 2)) {
        arg_out(world, &out);
        rv = ANSWER(C_EncapsulateKey(session, mechanism, key, template.array, template.count,
                                     out.ptr, out.plen, &made),
                    W_MAKE);
        check_out(&out, rv);
        remember(world, &out, rv);
    } else {
        in = arg_data(world);
        rv = ANSWER(C_DecapsulateKey(session, mechanism, key, template.array, template.count,
                                     in.ptr, in.len, &made),
                    W_MAKE);
    }
    check_handle(world, made, rv);
    if (rv == CKR_OK && made != NO_HANDLE)
        check_object(session, made);
}

static void call_wrap(struct world *world)
{
    CK_SESSION_HANDLE session = arg_session(world);
    const struct mechanism_info *info;
    CK_MECHANISM *mechanism = arg_mechanism(world, CKF_WRAP, &info);
    CK_OBJECT_HANDLE by = arg_object(world), key = arg_object(world);
    struct bytes aad;
    struct out out;
    CK_RV rv;

    arg_out(world, &out);
    if (choose(world, 4)) {
        aad = arg_data(world);
        rv = ANSWER(C_WrapKeyAuthenticated(session, mechanism, by, key, aad.ptr, aad.len, out.ptr,
                                           out.plen),
                    W_MAKE);
    } else {
        rv = ANSWER(C_WrapKey(session, mechanism, by, key, out.ptr, out.plen), W_MAKE);
    }
    check_out(&out, rv);
    remember(world, &out, rv);
}

static void call_unwrap(struct world *world)
{
    CK_SESSION_HANDLE session = arg_session(world);
    const struct mechanism_info *info;
    CK_MECHANISM *mechanism = arg_mechanism(world, CKF_UNWRAP | CKF_DERIVE, &info);
    CK_OBJECT_HANDLE by = arg_object(world), made = NO_HANDLE;
    struct bytes in = arg_data(world), aad = arg_data(world);
    struct attributes template = arg_template(world);
    /* These give their keys by the parameter. */
    CK_OBJECT_HANDLE *out = info != NULL && info->param == PARAM_TLS_KEYS ? NULL : &made;
    CK_RV rv;

    if (info != NULL && (info->flags & CKF_DERIVE) != 0)
        rv = ANSWER(C_DeriveKey(session, mechanism, by, template.array, template.count, out),
                    W_MAKE);
    else if (choose(world, 4))
        rv = ANSWER(C_UnwrapKeyAuthenticated(session, mechanism, by, in.ptr, in.len, template.array,
                                             template.count, aad.ptr, aad.len, &made),
                    W_MAKE);
    else
        rv = ANSWER(C_UnwrapKey(session, mechanism, by, in.ptr, in.len, template.array,
                                template.count, &made),
                    W_MAKE);
    if (out == NULL)
        return;
    check_handle(world, made, rv);
    if (rv == CKR_OK)
        check_object(session, made);
}

static void call_random(struct world *world)
{
    struct out out;

    arg_out(world, &out);
    CK_RV rv = ANSWER(C_GenerateRandom(arg_session(world), out.ptr, out.room), W_SESSION);
    check(rv != CKR_OK || out.ptr != NULL || out.room == 0);
}

/* ---- whole operations: what is done is undone ---- */

/* A mechanism that can both, with keys made for it. False if there is none now. */
struct pair_of_keys {
    CK_SESSION_HANDLE session;
    CK_MECHANISM *mechanism;
    const struct mechanism_info *info;
    CK_OBJECT_HANDLE one, other; /* public and private, or the same */
};

static const struct mechanism_info *maker_of(CK_KEY_TYPE type)
{
    const struct mechanism_info *info;

    for (size_t i = 0; (info = mechanism_at(i)) != NULL; i++)
        if (info->key_type == type && (info->flags & (CKF_GENERATE | CKF_GENERATE_KEY_PAIR)) != 0)
            return info;
    return NULL;
}

static bool make_keys(struct world *world, CK_FLAGS flag, struct pair_of_keys *out)
{
    out->session = world->sessions[0];
    out->mechanism = arg_mechanism(world, flag, &out->info);
    const struct mechanism_info *maker = out->info == NULL ? NULL : maker_of(out->info->key_type);
    if (maker == NULL || !take_slow(world, maker) || !take_slow(world, out->info))
        return false;

    CK_MECHANISM making = {maker->type, NULL, 0};
    struct attributes pub = arg_key_template(world, maker->key_type, false);
    struct attributes priv = arg_key_template(world, maker->key_type, true);
    out->one = out->other = NO_HANDLE;
    CK_RV rv = maker->flags & CKF_GENERATE
                   ? C_GenerateKey(out->session, &making, pub.array, pub.count, &out->one)
                   : C_GenerateKeyPair(out->session, &making, pub.array, pub.count, priv.array,
                                       priv.count, &out->one, &out->other);
    if (rv != CKR_OK)
        return false;
    check_handle(world, out->one, rv);
    if (out->other == NO_HANDLE)
        out->other = out->one;
    else
        check_handle(world, out->other, rv);
    return true;
}

static CK_BYTE *big(struct world *world, CK_ULONG *len)
{
    *len = 65536;
    return keep(world, malloc(*len));
}

static void call_sign_verify(struct world *world)
{
    struct pair_of_keys keys;
    struct bytes data = arg_data_max(world, 1024);
    CK_ULONG len;
    CK_BYTE *sig = big(world, &len);

    if (data.ptr == NULL || data.len > 4096 || !make_keys(world, CKF_SIGN, &keys) ||
        C_SignInit(keys.session, keys.mechanism, keys.other) != CKR_OK)
        return;
    if (ANSWER(C_Sign(keys.session, data.ptr, data.len, sig, &len), W_DATA) != CKR_OK)
        return;
    CK_RV rv = C_VerifyInit(keys.session, keys.mechanism, keys.one);
    if (rv != CKR_OK) /* CKA_VERIFY may be off */
        return;
    check(C_Verify(keys.session, data.ptr, data.len, sig, len) == CKR_OK);
    sig[read_u16(&world->in) % len] ^= 0x10;
    check(C_VerifyInit(keys.session, keys.mechanism, keys.one) == CKR_OK);
    rv = ANSWER(C_Verify(keys.session, data.ptr, data.len, sig, len), W_VERIFY);
    check(rv == CKR_SIGNATURE_INVALID || rv == CKR_SIGNATURE_LEN_RANGE);
}

/* In one part, and in pieces of any length: the same. */
static CK_RV encrypt_pieces(struct world *world, const struct pair_of_keys *keys, struct bytes data,
                            CK_BYTE *out, CK_ULONG *len)
{
    CK_ULONG done = 0, made = 0, got;

    while (done < data.len) {
        CK_ULONG piece = 1 + read_u8(&world->in) % 40u;
        piece = piece < data.len - done ? piece : data.len - done;
        got = *len - made;
        CK_RV rv = C_EncryptUpdate(keys->session, data.ptr + done, piece, out + made, &got);
        if (rv != CKR_OK)
            return rv;
        made += got;
        done += piece;
    }
    got = *len - made;
    CK_RV rv = C_EncryptFinal(keys->session, out + made, &got);
    *len = made + got;
    return rv;
}

static void call_encrypt_decrypt(struct world *world)
{
    struct pair_of_keys keys;
    struct bytes data = arg_data_max(world, 1024);
    CK_ULONG len, plain_len, pieces_len;
    CK_BYTE *ct = big(world, &len), *text = big(world, &plain_len),
            *pieces = big(world, &pieces_len);

    if (data.ptr == NULL || data.len > 4096 || !make_keys(world, CKF_ENCRYPT, &keys) ||
        C_EncryptInit(keys.session, keys.mechanism, keys.one) != CKR_OK)
        return;
    if (ANSWER(C_Encrypt(keys.session, data.ptr, data.len, ct, &len), W_DATA) != CKR_OK)
        return;
    if (C_DecryptInit(keys.session, keys.mechanism, keys.other) != CKR_OK)
        return;
    if (keys.info->type == CKM_RSA_X_509) /* gives back zeros in front */
        return;
    check(C_Decrypt(keys.session, ct, len, text, &plain_len) == CKR_OK);
    check(plain_len == data.len && (data.len == 0 || memcmp(text, data.ptr, data.len) == 0));
    if (keys.info->parts != PARTS_ALL || keys.one != keys.other)
        return;
    check(C_EncryptInit(keys.session, keys.mechanism, keys.one) == CKR_OK);
    if (encrypt_pieces(world, &keys, data, pieces, &pieces_len) == CKR_OK)
        check(pieces_len == len && memcmp(pieces, ct, len) == 0);
}

/* Both sides have the same secret; of a ciphertext that was changed, another. */
static void call_kem(struct world *world)
{
    struct pair_of_keys keys;
    CK_OBJECT_HANDLE made[2] = {NO_HANDLE, NO_HANDLE};
    CK_OBJECT_CLASS class = CKO_SECRET_KEY;
    CK_KEY_TYPE type = CKK_GENERIC_SECRET;
    CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
    CK_ULONG wanted = 1 + read_u8(&world->in) % 40u;
    CK_ATTRIBUTE template[] = {
        {CKA_CLASS, &class, sizeof(class)},
        {CKA_KEY_TYPE, &type, sizeof(type)},
        {CKA_EXTRACTABLE, &yes, 1},
        {CKA_SENSITIVE, &no, 1},
        {CKA_VALUE_LEN, &wanted, sizeof(wanted)},
    };
    CK_BYTE secrets[2][1024] = {{0}};
    CK_ULONG len, secret_len[2];
    CK_BYTE *ct = big(world, &len);
    CK_ULONG num = choose(world, 2) ? 5 : 4;

    if (!make_keys(world, CKF_ENCAPSULATE, &keys))
        return;
    CK_ATTRIBUTE able = {CKA_ENCAPSULATE, &yes, 1}, able_back = {CKA_DECAPSULATE, &yes, 1};
    (void)C_SetAttributeValue(keys.session, keys.one, &able, 1);
    (void)C_SetAttributeValue(keys.session, keys.other, &able_back, 1);
    if (ANSWER(C_EncapsulateKey(keys.session, keys.mechanism, keys.one, template, num, ct, &len,
                                &made[0]),
               W_MAKE) != CKR_OK)
        return;
    check_handle(world, made[0], CKR_OK);
    bool changed = choose(world, 2);
    if (changed)
        ct[read_u16(&world->in) % len] ^= 1;
    if (ANSWER(C_DecapsulateKey(keys.session, keys.mechanism, keys.other, template, num, ct, len,
                                &made[1]),
               W_MAKE) != CKR_OK)
        return;
    check_handle(world, made[1], CKR_OK);
    for (size_t i = 0; i < 2; i++) {
        CK_ATTRIBUTE value = {CKA_VALUE, secrets[i], sizeof(secrets[i])};
        check(C_GetAttributeValue(keys.session, made[i], &value, 1) == CKR_OK);
        secret_len[i] = value.ulValueLen;
    }
    check(secret_len[0] == secret_len[1]);
    if (!changed || secret_len[0] >= 16) /* fewer bytes can be the same by chance */
        check((memcmp(secrets[0], secrets[1], secret_len[0]) != 0) == changed);
}

static void (*const calls[])(struct world *world) = {
    call_generate,
    call_generate,
    call_init,
    call_init,
    call_init,
    call_in_out,
    call_in_out,
    call_in_out,
    call_out,
    call_in,
    call_plain,
    call_verify,
    call_verify_signature_init,
    call_digest_init,
    call_open,
    call_session_info,
    call_login,
    call_set_pin,
    call_slot,
    call_mechanisms,
    call_init_token,
    call_library,
    call_create,
    call_create_whole,
    call_copy,
    call_object,
    call_object,
    call_object,
    call_find,
    call_encapsulate,
    call_wrap,
    call_unwrap,
    call_random,
    call_sign_verify,
    call_sign_verify,
    call_encrypt_decrypt,
    call_encrypt_decrypt,
    call_kem,
    call_later,
};

void surface_call(struct world *world)
{
    (*ROW(calls, world))(world);
    free_garbage(world);
}
