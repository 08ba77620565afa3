/* SPDX-License-Identifier: Apache-2.0
 *
 * Parameters of derivations that have lists of structures.
 */
#include <string.h>

#include "surface.h"

#define MAX_PIECES 6
#define MAX_MORE   3

/* Mostly what suits, else a number that may be anything. */
static CK_ULONG number(struct world *world, CK_ULONG usual)
{
    return choose(world, 12) ? arg_number(world) : usual;
}

static void *copy_of(struct world *world, const void *from, CK_ULONG len)
{
    return memcpy(new_bytes(world, len), from, len);
}

/* ---- SP 800-108 ---- */

static void set_value(struct world *world, CK_PRF_DATA_PARAM *piece, const void *from, CK_ULONG len)
{
    piece->pValue = choose(world, 16) ? NULL : copy_of(world, from, len);
    piece->ulValueLen = number(world, len);
}

static CK_PRF_DATA_PARAM any_piece(struct world *world, bool counter_mode)
{
    CK_SP800_108_COUNTER_FORMAT format = {choose(world, 2), number(world, 8u << choose(world, 2))};
    CK_SP800_108_DKM_LENGTH_FORMAT length = {number(world, 1 + choose(world, 2)), choose(world, 2),
                                             number(world, 32)};
    CK_OBJECT_HANDLE key = arg_object(world);
    CK_PRF_DATA_PARAM piece = {.type = number(world, 1 + read_u8(&world->in) % 5u)};
    struct bytes data = arg_data_max(world, 64);

    switch (piece.type) {
    case CK_SP800_108_ITERATION_VARIABLE:
        if (counter_mode != choose(world, 16))
            set_value(world, &piece, &format, sizeof(format));
        break;
    case CK_SP800_108_COUNTER:
        set_value(world, &piece, &format, sizeof(format));
        break;
    case CK_SP800_108_DKM_LENGTH:
        set_value(world, &piece, &length, sizeof(length));
        break;
    case CK_SP800_108_KEY_HANDLE:
        set_value(world, &piece, &key, sizeof(key));
        break;
    default:
        piece.pValue = data.ptr;
        piece.ulValueLen = data.len;
    }
    return piece;
}

/* The first is nearly always the one that must be there. */
static CK_PRF_DATA_PARAM *pieces(struct world *world, bool counter_mode, CK_ULONG *num)
{
    CK_PRF_DATA_PARAM array[MAX_PIECES];
    CK_SP800_108_COUNTER_FORMAT format = {false, 16};

    *num = 1 + read_u8(&world->in) % (CK_ULONG)MAX_PIECES;
    for (CK_ULONG i = 0; i < *num; i++)
        array[i] = any_piece(world, counter_mode);
    if (!choose(world, 16)) {
        array[0] = (CK_PRF_DATA_PARAM){.type = CK_SP800_108_ITERATION_VARIABLE};
        if (counter_mode)
            array[0] = (CK_PRF_DATA_PARAM){array[0].type, copy_of(world, &format, sizeof(format)),
                                           sizeof(format)};
    }
    CK_PRF_DATA_PARAM *out = copy_of(world, array, *num * sizeof(array[0]));
    if (choose(world, 32))
        *num = DERIVE_MAX_PIECES + 1 + arg_number(world) % 1000; /* more than there are */
    return out;
}

static CK_DERIVED_KEY *more_keys(struct world *world, CK_ULONG *num)
{
    CK_DERIVED_KEY array[MAX_MORE];

    *num = choose(world, 2) ? read_u8(&world->in) % (CK_ULONG)(MAX_MORE + 1) : 0;
    for (CK_ULONG i = 0; i < *num; i++) {
        struct attributes template = arg_key_template(world, CKK_AES, false);
        array[i] = (CK_DERIVED_KEY){
            template.array, template.count,
            choose(world, 32) ? NULL
                              : (CK_OBJECT_HANDLE *)(void *)new_bytes(world, sizeof(CK_ULONG))};
    }
    if (*num == 0)
        return NULL;
    CK_DERIVED_KEY *out = copy_of(world, array, *num * sizeof(array[0]));
    if (choose(world, 32))
        *num = DERIVE_MAX_KEYS + arg_number(world) % 1000;
    return out;
}

static CK_MECHANISM_TYPE any_mac(struct world *world)
{
    static const CK_MECHANISM_TYPE macs[] = {CKM_AES_CMAC, CKM_SHA256_HMAC, CKM_SHA3_224_HMAC,
                                             CKM_SHA_1_HMAC};

    return number(world, macs[read_u8(&world->in) % 4]);
}

static void set_108(struct world *world, CK_MECHANISM *out)
{
    CK_SP800_108_KDF_PARAMS param = {.prfType = any_mac(world)};

    param.pDataParams =
        pieces(world, out->mechanism == CKM_SP800_108_COUNTER_KDF, &param.ulNumberOfDataParams);
    param.pAdditionalDerivedKeys = more_keys(world, &param.ulAdditionalDerivedKeys);
    set_param(world, out, &param, sizeof(param));
}

static void set_108_feedback(struct world *world, CK_MECHANISM *out)
{
    struct bytes iv = arg_data_max(world, 64);
    CK_SP800_108_FEEDBACK_KDF_PARAMS param = {
        .prfType = any_mac(world), .pIV = iv.ptr, .ulIVLen = iv.len};

    param.pDataParams = pieces(world, false, &param.ulNumberOfDataParams);
    param.pAdditionalDerivedKeys = more_keys(world, &param.ulAdditionalDerivedKeys);
    set_param(world, out, &param, sizeof(param));
}

/* ---- TLS 1.2 ---- */

static struct bytes usual_bytes(struct world *world, CK_ULONG len)
{
    if (choose(world, 12))
        return arg_data_max(world, 64);
    return (struct bytes){memset(new_bytes(world, len), 7, len), len};
}

static CK_SSL3_RANDOM_DATA randoms(struct world *world)
{
    struct bytes client = usual_bytes(world, 32), server = usual_bytes(world, 32);

    return (CK_SSL3_RANDOM_DATA){client.ptr, client.len, server.ptr, server.len};
}

static CK_MECHANISM_TYPE tls_hash(struct world *world)
{
    return number(world, CKM_SHA256);
}

static CK_VERSION *any_version(struct world *world)
{
    return choose(world, 4) ? (CK_VERSION *)new_bytes(world, sizeof(CK_VERSION)) : NULL;
}

static void set_tls_master(struct world *world, CK_MECHANISM *out)
{
    CK_TLS12_MASTER_KEY_DERIVE_PARAMS param = {randoms(world), any_version(world), tls_hash(world)};

    set_param(world, out, &param, sizeof(param));
}

static void set_tls_extended(struct world *world, CK_MECHANISM *out)
{
    struct bytes hash = usual_bytes(world, 32);
    CK_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS param = {tls_hash(world), hash.ptr, hash.len,
                                                        any_version(world)};

    set_param(world, out, &param, sizeof(param));
}

/* Room for the longest initialization vectors that there are. */
static void set_tls_keys(struct world *world, CK_MECHANISM *out)
{
    CK_SSL3_KEY_MAT_OUT keys = {.pIVClient = choose(world, 12) ? NULL : new_bytes(world, 64),
                                .pIVServer = new_bytes(world, 64)};
    CK_TLS12_KEY_MAT_PARAMS param = {
        .ulMacSizeInBits = number(world, choose(world, 2) ? 0 : 160),
        .ulKeySizeInBits = number(world, choose(world, 2) ? 128 : 256),
        .ulIVSizeInBits = number(world, choose(world, 2) ? 32 : 96),
        .bIsExport = choose(world, 12),
        .RandomInfo = randoms(world),
        .pReturnedKeyMaterial = choose(world, 12) ? NULL : copy_of(world, &keys, sizeof(keys)),
        .prfHashMechanism = tls_hash(world),
    };

    set_param(world, out, &param, sizeof(param));
}

static void set_tls_kdf(struct world *world, CK_MECHANISM *out)
{
    struct bytes label = usual_bytes(world, 9), context = arg_data_max(world, 64);
    CK_TLS_KDF_PARAMS param = {tls_hash(world), label.ptr,   label.len,
                               randoms(world),  context.ptr, context.len};

    set_param(world, out, &param, sizeof(param));
}

static void set_tls_mac(struct world *world, CK_MECHANISM *out)
{
    CK_TLS_MAC_PARAMS param = {tls_hash(world), number(world, 12), number(world, 1)};

    set_param(world, out, &param, sizeof(param));
}

/* ---- AES ---- */

static void set_cbc_data(struct world *world, CK_MECHANISM *out)
{
    struct bytes data = usual_bytes(world, 32);
    CK_AES_CBC_ENCRYPT_DATA_PARAMS param = {.pData = data.ptr, .length = data.len};

    set_param(world, out, &param, sizeof(param));
}

/* ---- PBKDF2 ---- */

/* Few iterations: the surface is looked at, not the mathematics. */
static void set_pbkd2(struct world *world, CK_MECHANISM *out)
{
    struct bytes salt = arg_data_max(world, 64), password = arg_data_max(world, 64);
    CK_PKCS5_PBKD2_PARAMS2 param = {
        .saltSource = number(world, CKZ_SALT_SPECIFIED),
        .pSaltSourceData = salt.ptr,
        .ulSaltSourceDataLen = salt.len,
        .iterations = read_u8(&world->in) % 4,
        .prf = number(world, 1 + read_u8(&world->in) % 8u),
        .ulPrfDataLen = number(world, 0),
        .pPassword = password.ptr,
        .ulPasswordLen = password.len,
    };

    set_param(world, out, &param, sizeof(param));
}

/* ---- all ---- */

static const struct {
    CK_MECHANISM_TYPE type;
    void (*set)(struct world *world, CK_MECHANISM *out);
} setters[] = {
    {CKM_SP800_108_COUNTER_KDF, set_108},
    {CKM_SP800_108_DOUBLE_PIPELINE_KDF, set_108},
    {CKM_SP800_108_FEEDBACK_KDF, set_108_feedback},
    {CKM_PKCS5_PBKD2, set_pbkd2},
    {CKM_AES_CBC_ENCRYPT_DATA, set_cbc_data},
    {CKM_TLS12_MASTER_KEY_DERIVE, set_tls_master},
    {CKM_TLS12_MASTER_KEY_DERIVE_DH, set_tls_master},
    {CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE, set_tls_extended},
    {CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE_DH, set_tls_extended},
    {CKM_TLS12_KEY_AND_MAC_DERIVE, set_tls_keys},
    {CKM_TLS12_KEY_SAFE_DERIVE, set_tls_keys},
    {CKM_TLS_KDF, set_tls_kdf},
    {CKM_TLS12_KDF, set_tls_kdf},
    {CKM_TLS_MAC, set_tls_mac},
    {CKM_TLS12_MAC, set_tls_mac},
};

bool set_kdf_param(struct world *world, CK_MECHANISM *out)
{
    for (size_t i = 0; i < sizeof(setters) / sizeof(setters[0]); i++) {
        if (setters[i].type == out->mechanism) {
            setters[i].set(world, out);
            return true;
        }
    }
    return false;
}
