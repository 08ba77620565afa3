/* SPDX-License-Identifier: Apache-2.0
 *
 * Parameters of TLS 1.2's derivations (PKCS#11 v3.2, 6.40.2).
 */
#include <stddef.h>
#include <string.h>

#include "pkcs11/args.h"
#include "pkcs11/param_derive.h"

/* The caller's structure, copied because it need not be aligned. */
static bool copy(void *out, size_t len, const CK_MECHANISM *mechanism)
{
    if (mechanism->ulParameterLen != len)
        return false;
    memcpy(out, mechanism->pParameter, len);
    return true;
}

static bool read_randoms(struct derive_tls *out, const CK_SSL3_RANDOM_DATA *randoms)
{
    return arg_bytes(&out->client, randoms->pClientRandom, randoms->ulClientRandomLen) == PQHW_OK &&
           arg_bytes(&out->server, randoms->pServerRandom, randoms->ulServerRandomLen) == PQHW_OK;
}

static bool read_master(struct mechanism *out, struct derive_room *room,
                        const CK_MECHANISM *mechanism)
{
    CK_TLS12_MASTER_KEY_DERIVE_PARAMS param;

    if (!copy(&param, sizeof(param), mechanism) || !read_randoms(&room->tls, &param.RandomInfo))
        return false;
    out->hash = param.prfHashMechanism;
    room->version = param.pVersion;
    room->tls.wants_version = param.pVersion != NULL;
    return true;
}

static bool read_extended(struct mechanism *out, struct derive_room *room,
                          const CK_MECHANISM *mechanism)
{
    CK_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS param;

    if (!copy(&param, sizeof(param), mechanism) ||
        arg_bytes(&room->tls.context, param.pSessionHash, param.ulSessionHashLen) != PQHW_OK)
        return false;
    out->hash = param.prfHashMechanism;
    room->version = param.pVersion;
    room->tls.wants_version = param.pVersion != NULL;
    return true;
}

/* Lengths are counted in bits. */
static bool read_len(size_t *out, CK_ULONG bits)
{
    *out = bits / 8;
    return bits % 8 == 0;
}

static bool room_for_iv(const void *keys, size_t iv_len)
{
    CK_SSL3_KEY_MAT_OUT out;

    memcpy(&out, keys, sizeof(out));
    return iv_len == 0 || (out.pIVClient != NULL && out.pIVServer != NULL);
}

/* CKM_TLS12_KEY_SAFE_DERIVE gives no initialization vectors, whatever their length is. */
static bool read_keys(struct mechanism *out, struct derive_room *room,
                      const CK_MECHANISM *mechanism)
{
    CK_TLS12_KEY_MAT_PARAMS param;
    struct derive_tls *tls = &room->tls;

    if (!copy(&param, sizeof(param), mechanism) || !read_randoms(tls, &param.RandomInfo) ||
        param.bIsExport != CK_FALSE || param.pReturnedKeyMaterial == NULL)
        return false;
    if (mechanism->mechanism == CKM_TLS12_KEY_SAFE_DERIVE)
        param.ulIVSizeInBits = 0;
    if (!read_len(&tls->mac_len, param.ulMacSizeInBits) ||
        !read_len(&tls->key_len, param.ulKeySizeInBits) ||
        !read_len(&tls->iv_len, param.ulIVSizeInBits) ||
        !room_for_iv(param.pReturnedKeyMaterial, tls->iv_len))
        return false;
    out->hash = param.prfHashMechanism;
    room->keys = param.pReturnedKeyMaterial;
    return true;
}

static bool read_kdf(struct mechanism *out, struct derive_room *room, const CK_MECHANISM *mechanism)
{
    CK_TLS_KDF_PARAMS param;
    struct derive_tls *tls = &room->tls;

    if (!copy(&param, sizeof(param), mechanism) || !read_randoms(tls, &param.RandomInfo) ||
        arg_bytes(&tls->label, param.pLabel, param.ulLabelLength) != PQHW_OK ||
        arg_bytes(&tls->context, param.pContextData, param.ulContextDataLength) != PQHW_OK)
        return false;
    out->hash = param.prfMechanism;
    tls->has_context = param.pContextData != NULL;
    return true;
}

enum pqhw_status param_read_tls(struct mechanism *out, struct derive_room *room,
                                const CK_MECHANISM *mechanism, enum mechanism_param param)
{
    bool read = false;

    if (param == PARAM_TLS_MASTER)
        read = read_master(out, room, mechanism);
    else if (param == PARAM_TLS_EXTENDED)
        read = read_extended(out, room, mechanism);
    else if (param == PARAM_TLS_KEYS)
        read = read_keys(out, room, mechanism);
    else if (param == PARAM_TLS_KDF)
        read = read_kdf(out, room, mechanism);
    return read ? PQHW_OK : PQHW_MECHANISM_PARAM_INVALID;
}

void param_give_tls(const struct derive_room *room)
{
    const struct derive_tls *tls = &room->tls;
    CK_SSL3_KEY_MAT_OUT out;

    if (room->version != NULL)
        memcpy(room->version, tls->version, sizeof(tls->version));
    if (room->keys == NULL)
        return;
    memcpy(&out, room->keys, sizeof(out));
    out.hClientMacSecret = tls->keys[0];
    out.hServerMacSecret = tls->keys[1];
    out.hClientKey = tls->keys[2];
    out.hServerKey = tls->keys[3];
    memcpy(room->keys, &out, sizeof(out));
    if (tls->iv_len > 0) {
        memcpy(out.pIVClient, tls->iv[0], tls->iv_len);
        memcpy(out.pIVServer, tls->iv[1], tls->iv_len);
    }
}
