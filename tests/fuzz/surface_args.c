/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "surface.h"

#include "hsm/attrs.h"

bool choose(struct world *world, unsigned one_in)
{
    return read_u8(&world->in) % one_in == one_in - 1;
}

void *keep(struct world *world, void *memory)
{
    check(world->num_garbage < WORLD_GARBAGE);
    world->garbage[world->num_garbage++] = memory;
    return memory;
}

void free_garbage(struct world *world)
{
    while (world->num_garbage > 0)
        free(world->garbage[--world->num_garbage]);
}

static void *zeroed(struct world *world, size_t len)
{
    void *memory = calloc(1, len == 0 ? 1 : len);

    check(memory != NULL);
    return keep(world, memory);
}

/* ---- numbers ---- */

CK_ULONG arg_number(struct world *world)
{
    static const CK_ULONG numbers[] = {
        0, 1, 2, 0xff, 0x100, 0xffff, 0x7fffffff, 0xffffffff, INT64_MAX, UINT64_MAX,
    };
    uint8_t byte = read_u8(&world->in);

    if (byte < 192)
        return byte;
    return numbers[byte % (sizeof(numbers) / sizeof(numbers[0]))];
}

CK_SESSION_HANDLE arg_session(struct world *world)
{
    uint8_t byte = read_u8(&world->in);

    if (byte >= 250)
        return arg_number(world);
    /* mostly the newest */
    return world->sessions[byte < 128 ? world->num_sessions - 1 : byte % world->num_sessions];
}

CK_OBJECT_HANDLE arg_object(struct world *world)
{
    uint8_t byte = read_u8(&world->in);

    if (byte >= 250 || world->num_objects == 0)
        return arg_number(world);
    if (byte < 160) /* counted from the newest */
        return world->objects[world->num_objects - 1 - byte % 4 % world->num_objects];
    return world->objects[byte % world->num_objects];
}

CK_SLOT_ID arg_slot(struct world *world)
{
    return choose(world, 16) ? arg_number(world) : world->slot;
}

/* ---- bytes ---- */

CK_BYTE *new_bytes(struct world *world, CK_ULONG len)
{
    CK_BYTE *bytes = malloc(len == 0 ? 1 : len);

    check(bytes != NULL);
    return keep(world, bytes);
}

/* A length that no memory has: it must be refused before the memory is touched. */
static CK_ULONG huge(struct world *world)
{
    static const CK_ULONG lengths[] = {UINT64_MAX, INT64_MAX, (CK_ULONG)1 << 48, UINT64_MAX - 7};

    return lengths[read_u8(&world->in) % 4];
}

static struct bytes last_output(struct world *world)
{
    CK_ULONG len = world->last_len;
    CK_BYTE *bytes = new_bytes(world, len);

    memcpy(bytes, world->last, len);
    if (choose(world, 4) && len > 0)
        bytes[read_u16(&world->in) % len] ^= 1;
    return (struct bytes){bytes, len};
}

struct bytes arg_data_max(struct world *world, CK_ULONG max)
{
    uint8_t byte = read_u8(&world->in);
    CK_ULONG len = byte < 128 ? byte % 65 : byte < 192 ? 16 * (byte % 17) : byte < 200 ? 1000 : 0;

    if (byte >= 252) /* a NULL that is written to asks for the length */
        return (struct bytes){NULL, byte == 252 ? 0 : byte};
    if (byte >= 248 && !world->written)
        return (struct bytes){new_bytes(world, 1), huge(world)};
    if (byte >= 216)
        return last_output(world);
    len = len < max ? len : max;
    CK_BYTE *bytes = new_bytes(world, len);
    uint8_t start = read_u8(&world->in);
    for (CK_ULONG i = 0; i < len; i++)
        bytes[i] = (CK_BYTE)(start + i);
    return (struct bytes){bytes, len};
}

struct bytes arg_data(struct world *world)
{
    return arg_data_max(world, 4096);
}

/* What stands in an output before the call. */
#define PATTERN 0xa5

void arg_out(struct world *world, struct out *out)
{
    uint8_t byte = read_u8(&world->in);

    out->room = byte < 160 ? 50000 : byte < 224 ? read_u8(&world->in) : 0;
    out->ptr = NULL;
    if (byte < 240) {
        out->ptr = new_bytes(world, out->room);
        memset(out->ptr, PATTERN, out->room == 0 ? 1 : out->room);
    }
    out->len = out->room;
    out->plen = byte == 255 ? NULL : &out->len;
}

/* ---- templates ---- */

#define MAX_ATTRIBUTES 24

static void put(struct world *world, struct attributes *out, CK_ATTRIBUTE_TYPE type,
                const void *value, CK_ULONG len)
{
    CK_BYTE *copy = new_bytes(world, len);

    if (out->count == MAX_ATTRIBUTES)
        return;
    if (len != 0)
        memcpy(copy, value, len);
    out->array[out->count++] = (CK_ATTRIBUTE){type, copy, len};
}

static void put_number(struct world *world, struct attributes *out, CK_ATTRIBUTE_TYPE type,
                       CK_ULONG number)
{
    put(world, out, type, &number, sizeof(number));
}

static void put_bool(struct world *world, struct attributes *out, CK_ATTRIBUTE_TYPE type, bool set)
{
    CK_BBOOL value = set;

    put(world, out, type, &value, 1);
}

static struct attributes new_template(struct world *world)
{
    return (struct attributes){zeroed(world, MAX_ATTRIBUTES * sizeof(CK_ATTRIBUTE)), 0};
}

static const CK_ATTRIBUTE_TYPE types[] = {
    CKA_CLASS,
    CKA_TOKEN,
    CKA_PRIVATE,
    CKA_LABEL,
    CKA_UNIQUE_ID,
    CKA_APPLICATION,
    CKA_VALUE,
    CKA_OBJECT_ID,
    CKA_KEY_TYPE,
    CKA_SUBJECT,
    CKA_ID,
    CKA_SENSITIVE,
    CKA_ENCRYPT,
    CKA_DECRYPT,
    CKA_WRAP,
    CKA_UNWRAP,
    CKA_SIGN,
    CKA_SIGN_RECOVER,
    CKA_VERIFY,
    CKA_DERIVE,
    CKA_START_DATE,
    CKA_END_DATE,
    CKA_MODULUS,
    CKA_MODULUS_BITS,
    CKA_PUBLIC_EXPONENT,
    CKA_PRIVATE_EXPONENT,
    CKA_PRIME_1,
    CKA_PRIME_2,
    CKA_EXPONENT_1,
    CKA_COEFFICIENT,
    CKA_PUBLIC_KEY_INFO,
    CKA_VALUE_LEN,
    CKA_EXTRACTABLE,
    CKA_LOCAL,
    CKA_NEVER_EXTRACTABLE,
    CKA_ALWAYS_SENSITIVE,
    CKA_KEY_GEN_MECHANISM,
    CKA_MODIFIABLE,
    CKA_COPYABLE,
    CKA_DESTROYABLE,
    CKA_EC_PARAMS,
    CKA_EC_POINT,
    CKA_ALWAYS_AUTHENTICATE,
    CKA_WRAP_WITH_TRUSTED,
    CKA_WRAP_TEMPLATE,
    CKA_UNWRAP_TEMPLATE,
    CKA_DERIVE_TEMPLATE,
    CKA_ALLOWED_MECHANISMS,
    CKA_PARAMETER_SET,
    CKA_SEED,
    CKA_ENCAPSULATE,
    CKA_DECAPSULATE,
    CKA_ENCAPSULATE_TEMPLATE,
    CKA_DECAPSULATE_TEMPLATE,
    CKA_CHECK_VALUE,
    CKA_TRUSTED,
    CKA_CERTIFICATE_TYPE,
    CKA_HASH_OF_SUBJECT_PUBLIC_KEY,
};
#define NUM_TYPES (sizeof(types) / sizeof(types[0]))

/* A template within: it has room for its values, so it can be read into, too. */
static void put_nested(struct world *world, struct attributes *out, CK_ATTRIBUTE_TYPE type)
{
    struct attributes nested = new_template(world);

    for (unsigned i = read_u8(&world->in) % 4u; i > 0; i--)
        put_bool(world, &nested, types[read_u8(&world->in) % NUM_TYPES], choose(world, 2));
    if (out->count == MAX_ATTRIBUTES)
        return;
    out->array[out->count++] =
        (CK_ATTRIBUTE){type, nested.array, nested.count * sizeof(CK_ATTRIBUTE)};
}

/* Number, boolean, bytes, or a value that cannot be. */
static void put_any(struct world *world, struct attributes *out)
{
    uint8_t byte = read_u8(&world->in);
    CK_ATTRIBUTE_TYPE type = byte < 250 ? types[byte % NUM_TYPES] : arg_number(world);
    struct bytes data;

    /* Anything else than attributes would be pointers to nowhere. */
    if (attr_kind(type) == ATTR_TEMPLATE || type == CKA_ENCAPSULATE_TEMPLATE ||
        type == CKA_DECAPSULATE_TEMPLATE || (type & CKF_ARRAY_ATTRIBUTE) != 0) {
        put_nested(world, out, type);
        return;
    }
    switch (read_u8(&world->in) % 8) {
    case 0:
    case 1:
    case 2:
        put_bool(world, out, type, choose(world, 2));
        break;
    case 3:
    case 4:
        put_number(world, out, type, arg_number(world));
        break;
    default:
        data = arg_data(world);
        if (out->count < MAX_ATTRIBUTES)
            out->array[out->count++] = (CK_ATTRIBUTE){type, data.ptr, data.len};
    }
}

struct attributes arg_template(struct world *world)
{
    struct attributes out = new_template(world);
    uint8_t byte = read_u8(&world->in);

    if (byte >= 252)
        return (struct attributes){byte == 252 ? NULL : out.array, byte == 255 ? 0 : huge(world)};
    for (unsigned i = byte % 8u; i > 0; i--)
        put_any(world, &out);
    return out;
}

/* ---- templates of keys ---- */

/* SLH-DSA's slow sets take seconds. */
static CK_ULONG parameter_set(struct world *world, CK_KEY_TYPE type)
{
    static const CK_ULONG fast[] = {CKP_SLH_DSA_SHA2_128F, CKP_SLH_DSA_SHAKE_128F};
    uint8_t byte = read_u8(&world->in);

    return type == CKK_SLH_DSA ? fast[byte % 2] : 1 + byte % 3u;
}

static void put_curve(struct world *world, struct attributes *out, CK_KEY_TYPE type)
{
    static const uint8_t p256[] = {6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7};
    static const uint8_t k256[] = {6, 5, 0x2b, 0x81, 4, 0, 10};
    static const uint8_t ed25519[] = {6, 3, 0x2b, 0x65, 112};
    static const uint8_t x25519[] = {6, 3, 0x2b, 0x65, 110};

    if (type == CKK_EC_EDWARDS)
        put(world, out, CKA_EC_PARAMS, ed25519, sizeof(ed25519));
    else if (type == CKK_EC_MONTGOMERY)
        put(world, out, CKA_EC_PARAMS, x25519, sizeof(x25519));
    else if (choose(world, 2))
        put(world, out, CKA_EC_PARAMS, k256, sizeof(k256));
    else
        put(world, out, CKA_EC_PARAMS, p256, sizeof(p256));
}

/* What a key of the type needs to be made. */
static void put_needed(struct world *world, struct attributes *out, CK_KEY_TYPE type,
                       bool is_private)
{
    switch (type) {
    case CKK_ML_KEM:
    case CKK_ML_DSA:
    case CKK_SLH_DSA:
        if (!is_private)
            put_number(world, out, CKA_PARAMETER_SET, parameter_set(world, type));
        break;
    case CKK_RSA:
        if (!is_private)
            put_number(world, out, CKA_MODULUS_BITS, choose(world, 32) ? 1024 : 2048);
        break;
    case CKK_EC:
    case CKK_EC_EDWARDS:
    case CKK_EC_MONTGOMERY:
        if (!is_private)
            put_curve(world, out, type);
        break;
    case CKK_CHACHA20:
        break;
    case CKK_AES_XTS:
        put_number(world, out, CKA_VALUE_LEN, choose(world, 2) ? 32 : 64);
        break;
    default:
        put_number(world, out, CKA_VALUE_LEN, 8 * (2 + read_u8(&world->in) % 3u));
    }
}

struct attributes arg_key_template(struct world *world, CK_KEY_TYPE type, bool is_private)
{
    static const CK_ATTRIBUTE_TYPE flags[] = {
        CKA_TOKEN, CKA_PRIVATE, CKA_SENSITIVE, CKA_EXTRACTABLE, CKA_WRAP, CKA_UNWRAP, CKA_DERIVE};
    struct attributes out = new_template(world);
    uint8_t bits = read_u8(&world->in);

    put_needed(world, &out, type, is_private);
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
        if (bits >> i & 1)
            put_bool(world, &out, flags[i], choose(world, 2));
    if (bits >> 7 && choose(world, 2))
        put_any(world, &out);
    return out;
}

/* ---- mechanisms ---- */

static const struct mechanism_info *any_mechanism(struct world *world, CK_FLAGS flag)
{
    size_t num = 0, found = 0;
    const struct mechanism_info *info;

    while ((info = mechanism_at(num)) != NULL)
        found += (mechanism_at(num++)->flags & flag) != 0;
    if (found == 0)
        return NULL;
    found = read_u16(&world->in) % found;
    for (size_t i = 0; i < num; i++) {
        info = mechanism_at(i);
        if ((info->flags & flag) != 0 && found-- == 0)
            break;
    }
    return info;
}

CK_MECHANISM *arg_mechanism(struct world *world, CK_FLAGS flag, const struct mechanism_info **info)
{
    CK_MECHANISM *out = zeroed(world, sizeof(*out));
    uint8_t byte = read_u8(&world->in);

    *info = NULL;
    if (byte == 255)
        return NULL;
    *info = any_mechanism(world, byte >= 240 ? ~(CK_FLAGS)0 : flag);
    out->mechanism = *info == NULL || byte == 239 ? arg_number(world) : (*info)->type;
    *info = mechanism_find(out->mechanism);
    arg_parameter(world, out);
    return out;
}

/* ---- parameters ---- */

void set_param(struct world *world, CK_MECHANISM *out, const void *param, CK_ULONG len)
{
    CK_BYTE *copy = new_bytes(world, len);

    if (len != 0)
        memcpy(copy, param, len);
    out->pParameter = copy;
    out->ulParameterLen = len;
}

#define SET(param) set_param(world, out, &(param), sizeof(param))

static struct bytes length_of(struct world *world, CK_ULONG usual)
{
    return choose(world, 8) ? arg_data_max(world, 64)
                            : (struct bytes){memset(new_bytes(world, usual), 7, usual), usual};
}

static CK_MECHANISM_TYPE any_hash(struct world *world)
{
    const struct mechanism_info *info = any_mechanism(world, CKF_DIGEST);

    return choose(world, 16) || info == NULL ? arg_number(world) : info->type;
}

static CK_ULONG usual_number(struct world *world, CK_ULONG usual)
{
    return choose(world, 8) ? arg_number(world) : usual;
}

static void set_gcm(struct world *world, CK_MECHANISM *out)
{
    struct bytes iv = length_of(world, 12), aad = arg_data(world);
    /* In the authenticated calls this is as long as CK_GCM_MESSAGE_PARAMS: a length in the place of
     * its pTag, without the pointer that gives it away, would be a pointer to nowhere. */
    CK_GCM_PARAMS param = {
        iv.ptr, iv.len, 0, aad.ptr, aad.ptr != NULL ? aad.len : 0, usual_number(world, 128)};

    SET(param);
}

static void set_ccm(struct world *world, CK_MECHANISM *out)
{
    struct bytes nonce = length_of(world, 12), aad = arg_data(world);
    CK_CCM_PARAMS param = {read_u8(&world->in) % 65, nonce.ptr, nonce.len, aad.ptr, aad.len,
                           usual_number(world, 16)};

    SET(param);
}

static void set_ctr(struct world *world, CK_MECHANISM *out)
{
    CK_AES_CTR_PARAMS param = {.ulCounterBits = usual_number(world, 128)};

    memset(param.cb, read_u8(&world->in), sizeof(param.cb));
    SET(param);
}

static void set_chacha(struct world *world, CK_MECHANISM *out)
{
    CK_CHACHA20_PARAMS param = {new_bytes(world, 32), 32, new_bytes(world, 32), 96};

    memset(param.pBlockCounter, read_u8(&world->in), 32);
    memset(param.pNonce, read_u8(&world->in), 32);
    if (choose(world, 8))
        param.blockCounterBits = read_u8(&world->in);
    if (choose(world, 8))
        param.ulNonceBits = read_u8(&world->in);
    SET(param);
}

static void set_poly1305(struct world *world, CK_MECHANISM *out)
{
    struct bytes aad = arg_data(world);
    CK_SALSA20_CHACHA20_POLY1305_PARAMS param = {new_bytes(world, 32), 96, aad.ptr, aad.len};

    memset(param.pNonce, read_u8(&world->in), 32);
    if (choose(world, 8))
        param.ulNonceLen = read_u8(&world->in);
    SET(param);
}

static void set_context(struct world *world, CK_MECHANISM *out)
{
    struct bytes context = arg_data_max(world, 256);
    CK_SIGN_ADDITIONAL_CONTEXT param = {read_u8(&world->in) % 4, context.ptr, context.len};

    SET(param);
}

static void set_hash_context(struct world *world, CK_MECHANISM *out)
{
    struct bytes context = arg_data_max(world, 256);
    CK_HASH_SIGN_ADDITIONAL_CONTEXT param = {read_u8(&world->in) % 4, context.ptr, context.len,
                                             any_hash(world)};

    SET(param);
}

static void set_pss(struct world *world, CK_MECHANISM *out)
{
    CK_RSA_PKCS_PSS_PARAMS param = {any_hash(world), 1 + read_u8(&world->in) % 5u,
                                    usual_number(world, 32)};

    SET(param);
}

static void set_oaep(struct world *world, CK_MECHANISM *out)
{
    struct bytes label = arg_data_max(world, 64);
    CK_RSA_PKCS_OAEP_PARAMS param = {any_hash(world), 1 + read_u8(&world->in) % 5u,
                                     usual_number(world, CKZ_DATA_SPECIFIED), label.ptr, label.len};

    SET(param);
}

static void set_ecdh(struct world *world, CK_MECHANISM *out)
{
    struct bytes shared = arg_data_max(world, 64), point = arg_data(world);
    CK_ECDH1_DERIVE_PARAMS param = {usual_number(world, CKD_NULL), shared.len, shared.ptr,
                                    point.len, point.ptr};

    SET(param);
}

static void set_ecdh_aes(struct world *world, CK_MECHANISM *out)
{
    struct bytes shared = arg_data_max(world, 64);
    CK_ECDH_AES_KEY_WRAP_PARAMS param = {usual_number(world, 256), 1 + read_u8(&world->in) % 12u,
                                         shared.len, shared.ptr};

    SET(param);
}

static void set_eddsa(struct world *world, CK_MECHANISM *out)
{
    struct bytes context = arg_data_max(world, 256);
    CK_EDDSA_PARAMS param = {read_u8(&world->in) % 3, context.len, context.ptr};

    SET(param);
}

static void set_hkdf(struct world *world, CK_MECHANISM *out)
{
    struct bytes salt = arg_data_max(world, 64), info = arg_data_max(world, 64);
    CK_HKDF_PARAMS param = {
        choose(world, 2), choose(world, 2), any_hash(world),   1u << read_u8(&world->in) % 3,
        salt.ptr,         salt.len,         arg_object(world), info.ptr,
        info.len};

    SET(param);
}

static void set_string(struct world *world, CK_MECHANISM *out)
{
    struct bytes data = arg_data(world);
    CK_KEY_DERIVATION_STRING_DATA param = {data.ptr, data.len};

    SET(param);
}

static void set_number(struct world *world, CK_MECHANISM *out)
{
    CK_ULONG number = usual_number(world, 16);

    SET(number);
}

static void set_object(struct world *world, CK_MECHANISM *out)
{
    CK_OBJECT_HANDLE object = arg_object(world);

    SET(object);
}

static void set_block(struct world *world, CK_MECHANISM *out)
{
    struct bytes iv = length_of(world, 16);

    out->pParameter = iv.ptr;
    out->ulParameterLen = iv.len;
}

/* By what the standard says of the mechanism, not by what the module takes it for: those that are
 * not there yet are known. */
static const struct {
    CK_MECHANISM_TYPE type;
    void (*set)(struct world *world, CK_MECHANISM *out);
} setters[] = {
    {CKM_AES_GCM, set_gcm},
    {CKM_AES_CCM, set_ccm},
    {CKM_AES_CTR, set_ctr},
    {CKM_CHACHA20, set_chacha},
    {CKM_CHACHA20_POLY1305, set_poly1305},
    {CKM_HASH_ML_DSA, set_hash_context},
    {CKM_HASH_SLH_DSA, set_hash_context},
    {CKM_RSA_PKCS_OAEP, set_oaep},
    {CKM_ECDH1_DERIVE, set_ecdh},
    {CKM_ECDH1_COFACTOR_DERIVE, set_ecdh},
    {CKM_ECDH_COF_AES_KEY_WRAP, set_ecdh_aes},
    {CKM_ECDH_X_AES_KEY_WRAP, set_ecdh_aes},
    {CKM_EDDSA, set_eddsa},
    {CKM_HKDF_DERIVE, set_hkdf},
    {CKM_HKDF_DATA, set_hkdf},
    {CKM_CONCATENATE_BASE_AND_DATA, set_string},
    {CKM_CONCATENATE_DATA_AND_BASE, set_string},
    {CKM_XOR_BASE_AND_DATA, set_string},
    {CKM_CONCATENATE_BASE_AND_KEY, set_object},
    {CKM_EXTRACT_KEY_FROM_KEY, set_number},
    {CKM_AES_ECB_ENCRYPT_DATA, set_string},
    {CKM_AES_CBC, set_block},
    {CKM_AES_CBC_PAD, set_block},
    {CKM_AES_XTS, set_block},
};

static void (*setter_for(CK_MECHANISM_TYPE type))(struct world *world, CK_MECHANISM *out)
{
    const struct mechanism_info *info = mechanism_find(type);

    for (size_t i = 0; i < sizeof(setters) / sizeof(setters[0]); i++)
        if (setters[i].type == type)
            return setters[i].set;
    if (info == NULL)
        return NULL;
    if (strstr(info->name, "_PKCS_PSS") != NULL)
        return set_pss;
    if (strstr(info->name, "_GENERAL") != NULL)
        return set_number;
    if (strstr(info->name, "ML_DSA") != NULL || strstr(info->name, "SLH_DSA") != NULL)
        return set_context;
    return NULL;
}

/* Bytes that are no structure: of no length that one has, because what a structure points to must
 * be there. */
static void set_bytes(struct world *world, CK_MECHANISM *out)
{
    static const CK_ULONG lengths[] = {1, 4, 7, 12, 15, 17, 33, 250};
    CK_ULONG len = lengths[read_u8(&world->in) % 8];

    out->pParameter = memset(new_bytes(world, len), read_u8(&world->in), len);
    out->ulParameterLen = len;
}

void arg_parameter(struct world *world, CK_MECHANISM *mechanism)
{
    void (*setter)(struct world * world, CK_MECHANISM * out) = setter_for(mechanism->mechanism);
    uint8_t byte = read_u8(&world->in);

    if (byte == 255)
        mechanism->ulParameterLen = read_u8(&world->in); /* of nothing */
    else if (byte >= 248)
        set_bytes(world, mechanism);
    else if (setter != NULL && (setter != set_context || byte % 2 != 0))
        setter(world, mechanism);
    else if (setter == NULL)
        (void)set_kdf_param(world, mechanism);
}
