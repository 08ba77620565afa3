/* SPDX-License-Identifier: Apache-2.0
 *
 * Mechanisms of TLS 1.2. Those of the versions before it, which run on MD5 and SHA-1, are not here,
 * nor is CKM_TLS_PRF, which gives in the clear what any key derives.
 */
#include <string.h>

#include "hsm/mechanism_table.h"

#define DERIVE(type, param)                                                                        \
    {                                                                                              \
        type, #type, CKK_GENERIC_SECRET, NO_KEY, CKF_DERIVE, TLS_MASTER_LEN, TLS_MASTER_LEN,       \
            param, PARTS_NONE, NO_DIGEST                                                           \
    }
#define ANY_SIZE(type, flags, param)                                                               \
    {                                                                                              \
        type, #type, CKK_GENERIC_SECRET, NO_KEY, flags, 1, SECRET_MAX_LEN, param, PARTS_NONE,      \
            NO_DIGEST                                                                              \
    }

static const struct mechanism_info rows[] = {
    DERIVE(CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE, PARAM_TLS_EXTENDED),
    DERIVE(CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE_DH, PARAM_TLS_EXTENDED),
    ANY_SIZE(CKM_TLS12_MAC, SIGNING, PARAM_TLS_MAC),
    ANY_SIZE(CKM_TLS12_KDF, CKF_DERIVE, PARAM_TLS_KDF),
    DERIVE(CKM_TLS12_MASTER_KEY_DERIVE, PARAM_TLS_MASTER),
    DERIVE(CKM_TLS12_KEY_AND_MAC_DERIVE, PARAM_TLS_KEYS),
    DERIVE(CKM_TLS12_MASTER_KEY_DERIVE_DH, PARAM_TLS_MASTER),
    DERIVE(CKM_TLS12_KEY_SAFE_DERIVE, PARAM_TLS_KEYS),
    ANY_SIZE(CKM_TLS_MAC, SIGNING, PARAM_TLS_MAC),
    ANY_SIZE(CKM_TLS_KDF, CKF_DERIVE, PARAM_TLS_KDF),
};

const struct mechanism_chapter mechanisms_tls = MECHANISM_CHAPTER(rows);

/* RFC 5246, 7.4.1.2. */
#define RANDOM_LEN 32

/* RFC 5246, 7.4.9: verify_data has 12 bytes or more. */
#define FINISHED_MIN_LEN 12
#define FINISHED_MAX_LEN 256

/* Of no suite are keys longer. */
#define MAX_KEY_LEN 64

/* RFC 5246, 5: SHA-256 or a stronger hash. */
static bool hash_valid(CK_MECHANISM_TYPE hash)
{
    enum digest_alg alg;

    return hash != CKM_SHA_1 && hash != SHAKE128 && hash != SHAKE256 &&
           mechanism_digest(hash, &alg);
}

static bool randoms_valid(const struct derive_tls *tls)
{
    return tls->client.len == RANDOM_LEN && tls->server.len == RANDOM_LEN;
}

/* A premaster secret that was agreed on has no version in it. */
static bool version_valid(const struct mechanism *mechanism)
{
    return !mechanism->tls->wants_version || mechanism->type == CKM_TLS12_MASTER_KEY_DERIVE ||
           mechanism->type == CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE;
}

/* RFC 7627, 3: the session hash is made with the hash of the PRF. */
static bool session_hash_valid(const struct mechanism *mechanism)
{
    enum digest_alg alg;

    return mechanism_digest(mechanism->hash, &alg) &&
           mechanism->tls->context.len == digest_len(alg);
}

static bool keys_valid(const struct derive_tls *tls)
{
    return randoms_valid(tls) && tls->mac_len <= MAX_KEY_LEN && tls->key_len <= MAX_KEY_LEN &&
           tls->iv_len <= TLS_MAX_IV_LEN && tls->mac_len + tls->key_len + tls->iv_len > 0;
}

/* RFC 5705, 4: what TLS itself derives, nobody else does. */
static bool label_valid(struct span label)
{
    static const char *const reserved[] = {"client finished", "server finished", "master secret",
                                           "extended master secret", "key expansion"};

    for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
        size_t len = strlen(reserved[i]);
        if (label.len >= len && memcmp(label.ptr, reserved[i], len) == 0) /* public */
            return false;
    }
    return label.len > 0;
}

bool mechanism_tls_valid(const struct mechanism *mechanism, const struct mechanism_info *info)
{
    const struct derive_tls *tls = mechanism->tls;

    if (!hash_valid(mechanism->hash))
        return false;
    if (info->param == PARAM_TLS_MAC)
        return mechanism->mac_len >= FINISHED_MIN_LEN && mechanism->mac_len <= FINISHED_MAX_LEN;
    if (tls == NULL)
        return false;
    switch (info->param) {
    case PARAM_TLS_MASTER:
        return randoms_valid(tls) && version_valid(mechanism);
    case PARAM_TLS_EXTENDED:
        return session_hash_valid(mechanism) && version_valid(mechanism);
    case PARAM_TLS_KEYS:
        return keys_valid(tls);
    case PARAM_TLS_KDF: /* the length of the context has two bytes */
        return randoms_valid(tls) && label_valid(tls->label) && tls->context.len <= UINT16_MAX;
    default:
        return false;
    }
}
