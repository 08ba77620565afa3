/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/param_derive.h"

#include <string.h>

#include "pkcs11/args.h"
#include "pkcs11/param.h"
#include "pkcs11/template.h"

/* One structure of the caller's, copied because it need not be aligned. */
static bool copy(void *out, size_t out_len, const void *from, CK_ULONG len)
{
    if (from == NULL || len != out_len)
        return false;
    memcpy(out, from, out_len);
    return true;
}

static const void *element(const void *array, size_t i, size_t len)
{
    return (const uint8_t *)array + i * len;
}

/* ---- SP 800-108 ---- */

static bool read_format(struct derive_piece *out, const CK_PRF_DATA_PARAM *param)
{
    CK_SP800_108_COUNTER_FORMAT format;

    if (!copy(&format, sizeof(format), param->pValue, param->ulValueLen))
        return false;
    out->formatted = true;
    out->little_endian = format.bLittleEndian != CK_FALSE;
    out->width_bits = format.ulWidthInBits;
    return true;
}

static bool read_length_format(struct derive_piece *out, const CK_PRF_DATA_PARAM *param)
{
    CK_SP800_108_DKM_LENGTH_FORMAT format;

    if (!copy(&format, sizeof(format), param->pValue, param->ulValueLen))
        return false;
    out->formatted = true;
    out->little_endian = format.bLittleEndian != CK_FALSE;
    out->width_bits = format.ulWidthInBits;
    out->method = format.dkmLengthMethod;
    return true;
}

/* What stands where in which mode is checked behind the door. */
static bool read_piece(struct derive_piece *out, const CK_PRF_DATA_PARAM *param)
{
    out->type = param->type;
    switch (param->type) {
    case CK_SP800_108_ITERATION_VARIABLE: /* without a format where it is no counter */
        return (param->pValue == NULL && param->ulValueLen == 0) || read_format(out, param);
    case CK_SP800_108_COUNTER:
        return read_format(out, param);
    case CK_SP800_108_DKM_LENGTH:
        return read_length_format(out, param);
    case CK_SP800_108_BYTE_ARRAY:
        return arg_bytes(&out->data, param->pValue, param->ulValueLen) == PQHW_OK;
    case CK_SP800_108_KEY_HANDLE:
        return copy(&out->key, sizeof(out->key), param->pValue, param->ulValueLen);
    default:
        return false;
    }
}

static bool read_pieces(struct derive_lists *out, const void *array, CK_ULONG num)
{
    CK_PRF_DATA_PARAM param;

    if (array == NULL || num > DERIVE_MAX_PIECES)
        return false;
    for (size_t i = 0; i < num; i++) {
        memcpy(&param, element(array, i, sizeof(param)), sizeof(param));
        if (!read_piece(&out->pieces[i], &param))
            return false;
    }
    out->num_pieces = num;
    return true;
}

static NODISCARD enum pqhw_status read_more(struct derive_room *room, const void *array,
                                            CK_ULONG num)
{
    CK_DERIVED_KEY key;

    if ((array == NULL) != (num == 0) || num > DERIVE_MAX_KEYS - 1)
        return PQHW_MECHANISM_PARAM_INVALID;
    for (size_t i = 0; i < num; i++) {
        memcpy(&key, element(array, i, sizeof(key)), sizeof(key));
        if (key.phKey == NULL)
            return PQHW_MECHANISM_PARAM_INVALID;
        enum pqhw_status status =
            template_read(&room->templates[i], key.pTemplate, key.ulAttributeCount);
        if (status != PQHW_OK) {
            *key.phKey = CK_INVALID_HANDLE;
            return status;
        }
        room->lists.more[room->lists.num_more++] =
            (struct derive_more){buf_span(&room->templates[i]), key.phKey};
    }
    return PQHW_OK;
}

static NODISCARD enum pqhw_status read_108(struct mechanism *out, struct derive_room *room,
                                           const CK_MECHANISM *mechanism)
{
    CK_SP800_108_KDF_PARAMS param;

    if (!copy(&param, sizeof(param), mechanism->pParameter, mechanism->ulParameterLen) ||
        !read_pieces(&room->lists, param.pDataParams, param.ulNumberOfDataParams))
        return PQHW_MECHANISM_PARAM_INVALID;
    out->hash = param.prfType;
    return read_more(room, param.pAdditionalDerivedKeys, param.ulAdditionalDerivedKeys);
}

static NODISCARD enum pqhw_status read_108_feedback(struct mechanism *out, struct derive_room *room,
                                                    const CK_MECHANISM *mechanism)
{
    CK_SP800_108_FEEDBACK_KDF_PARAMS param;

    if (!copy(&param, sizeof(param), mechanism->pParameter, mechanism->ulParameterLen) ||
        !read_pieces(&room->lists, param.pDataParams, param.ulNumberOfDataParams) ||
        arg_bytes(&out->iv, param.pIV, param.ulIVLen) != PQHW_OK)
        return PQHW_MECHANISM_PARAM_INVALID;
    out->hash = param.prfType;
    return read_more(room, param.pAdditionalDerivedKeys, param.ulAdditionalDerivedKeys);
}

/* ---- all ---- */

enum pqhw_status param_read_derive(struct mechanism *out, struct derive_room *room,
                                   const CK_MECHANISM *mechanism)
{
    enum pqhw_status status = param_read(out, mechanism);

    memset(room, 0, sizeof(*room));
    if (status != PQHW_OK || !out->has_param)
        return status;
    enum mechanism_param param = mechanism_find(out->type)->param;
    switch (param) {
    case PARAM_108:
        out->lists = &room->lists;
        return read_108(out, room, mechanism);
    case PARAM_108_FEEDBACK:
        out->lists = &room->lists;
        return read_108_feedback(out, room, mechanism);
    case PARAM_TLS_MASTER:
    case PARAM_TLS_EXTENDED:
    case PARAM_TLS_KEYS:
    case PARAM_TLS_KDF:
        out->tls = &room->tls;
        return param_read_tls(out, room, mechanism, param);
    default:
        return PQHW_OK;
    }
}

void derive_room_free(struct derive_room *room)
{
    for (size_t i = 0; i < DERIVE_MAX_KEYS - 1; i++)
        buf_free(&room->templates[i]);
}

bool derive_gives_by_param(const struct derive_room *room)
{
    return room->keys != NULL;
}

void derive_give(const struct derive_room *room)
{
    param_give_tls(room);
}
