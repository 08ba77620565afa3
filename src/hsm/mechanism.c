/* SPDX-License-Identifier: Apache-2.0 */
#include "hsm/mechanism_table.h"

#include <stdatomic.h>

#include "crypto/mldsa/mldsa.h"
#include "crypto/slhdsa/slhdsa.h"
#include "hsm/rules_table.h"

#define AES_BLOCK_LEN 16

_Static_assert(MLDSA_MAX_CONTEXT == SLHDSA_MAX_CONTEXT, "one limit serves both");

static const struct mechanism_chapter *const chapters[] = {
    &mechanisms_pq,     &mechanisms_digest, &mechanisms_hmac,  &mechanisms_aes, &mechanisms_chacha,
    &mechanisms_derive, &mechanisms_tls,    &mechanisms_curve, &mechanisms_rsa, &mechanisms_hbs,
};

#define NUM_CHAPTERS (sizeof(chapters) / sizeof(chapters[0]))

const struct mechanism_info *mechanism_at(size_t i)
{
    for (size_t c = 0; c < NUM_CHAPTERS; c++) {
        if (i < chapters[c]->num)
            return &chapters[c]->rows[i];
        i -= chapters[c]->num;
    }
    return NULL;
}

static const struct mechanism_info *find_in(const struct mechanism_chapter *chapter,
                                            CK_MECHANISM_TYPE type)
{
    size_t low = 0;
    size_t high = chapter->num;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (chapter->rows[mid].type == type)
            return &chapter->rows[mid];
        if (chapter->rows[mid].type < type)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

/* Every operation asks several times, and mostly for what was asked for before. */
#define NUM_RECENT 64
static const struct mechanism_info *_Atomic recent[NUM_RECENT];

const struct mechanism_info *mechanism_find(CK_MECHANISM_TYPE type)
{
    const struct mechanism_info *_Atomic *kept = &recent[type % NUM_RECENT];
    const struct mechanism_info *found = atomic_load_explicit(kept, memory_order_relaxed);

    if (found != NULL && found->type == type)
        return found;
    found = NULL;
    for (size_t c = 0; c < NUM_CHAPTERS && found == NULL; c++)
        found = find_in(chapters[c], type);
    if (found != NULL)
        atomic_store_explicit(kept, found, memory_order_relaxed);
    return found;
}

bool mechanism_takes(const struct mechanism_info *info, CK_KEY_TYPE key_type)
{
    const struct key_rule *rule;

    if (info->key_type != MECHANISM_ANY_KEY && info->key_type != MECHANISM_ANY_PAIR)
        return key_type != MECHANISM_NO_KEY &&
               (key_type == info->key_type || key_type == info->other_key_type);
    rule = key_rule_find(key_type);
    return rule != NULL &&
           (key_rule_kin(rule) == KIN_SECRET) == (info->key_type == MECHANISM_ANY_KEY);
}

bool mechanism_one_way(const struct mechanism_info *info)
{
    return info->param != PARAM_STRING && info->param != PARAM_KEY && info->param != PARAM_BIT;
}

bool mechanism_keyed_by(const struct mechanism *mechanism, size_t part)
{
    const struct mechanism_info *info = mechanism_find(mechanism->type);

    switch (info != NULL ? info->param : PARAM_NONE) {
    case PARAM_HKDF: /* extracting, the salt is the key and the base key what is hashed */
        return part == (mechanism->extract ? 1 : 0);
    case PARAM_108:
    case PARAM_108_FEEDBACK:
    case PARAM_BLOCKS:
    case PARAM_IV_BLOCKS:
    case PARAM_TLS_MASTER:
    case PARAM_TLS_EXTENDED:
    case PARAM_TLS_KEYS:
    case PARAM_TLS_KDF:
        return part == 0;
    default:
        return false;
    }
}

size_t mechanism_mac_max(const struct mechanism_info *info)
{
    enum digest_alg alg;
    return mechanism_digest(info->digest, &alg) ? digest_len(alg) : AES_BLOCK_LEN;
}

bool mechanism_digest(CK_MECHANISM_TYPE type, enum digest_alg *out)
{
    static const struct {
        CK_MECHANISM_TYPE type;
        enum digest_alg alg;
    } digests[] = {
        {CKM_SHA_1, DIGEST_SHA1},
        {CKM_SHA224, DIGEST_SHA224},
        {CKM_SHA256, DIGEST_SHA256},
        {CKM_SHA384, DIGEST_SHA384},
        {CKM_SHA512, DIGEST_SHA512},
        {CKM_SHA512_224, DIGEST_SHA512_224},
        {CKM_SHA512_256, DIGEST_SHA512_256},
        {CKM_SHA3_224, DIGEST_SHA3_224},
        {CKM_SHA3_256, DIGEST_SHA3_256},
        {CKM_SHA3_384, DIGEST_SHA3_384},
        {CKM_SHA3_512, DIGEST_SHA3_512},
        {SHAKE128, DIGEST_SHAKE128},
        {SHAKE256, DIGEST_SHAKE256},
    };

    for (size_t i = 0; i < sizeof(digests) / sizeof(digests[0]); i++) {
        if (digests[i].type == type) {
            *out = digests[i].alg;
            return true;
        }
    }
    return false;
}

/* HashML-DSA and HashSLH-DSA take any approved hash but SHA-1, whose collisions are known. */
static bool prehash_allowed(CK_MECHANISM_TYPE hash)
{
    enum digest_alg alg;
    return hash != CKM_SHA_1 && mechanism_digest(hash, &alg);
}

/* A verifier ignores how the signer was to draw its randomness. */
static bool sign_context_valid(const struct mechanism *mechanism, CK_FLAGS flag)
{
    bool hedge_known = flag == CKF_VERIFY || mechanism->hedge <= CKH_DETERMINISTIC_REQUIRED;
    return hedge_known && mechanism->context.len <= MLDSA_MAX_CONTEXT;
}

/* SP 800-38D, 5.2.1.2: tags of 96 to 128 bits, and 32 or 64 for some applications. libcrypto has
 * initialization vectors of up to 128 bytes. */
static bool gcm_valid(const struct mechanism *mechanism)
{
    size_t tag = mechanism->mac_len;
    return (tag == 4 || tag == 8 || (tag >= 12 && tag <= 16)) && mechanism->iv.len >= 1 &&
           mechanism->iv.len <= 128;
}

/* SP 800-38C, A.1: the nonce and the length of the data share 15 bytes. */
static bool ccm_valid(const struct mechanism *mechanism)
{
    size_t tag = mechanism->mac_len;
    size_t nonce = mechanism->iv.len;
    if (tag < 4 || tag > 16 || tag % 2 != 0 || nonce < 7 || nonce > 13)
        return false;
    unsigned length_bits = 8 * (unsigned)(15 - nonce);
    return length_bits >= 64 || mechanism->data_len >> length_bits == 0;
}

/* RFC 8439, and the original with a longer counter and a shorter nonce. */
static bool chacha20_valid(const struct mechanism *mechanism)
{
    return (mechanism->counter.len == 4 && mechanism->iv.len == 12) ||
           (mechanism->counter.len == 8 && mechanism->iv.len == 8);
}

/* A hash with one length, as HMAC and RSA's paddings need it. */
static bool is_hash(CK_MECHANISM_TYPE hash)
{
    enum digest_alg alg;
    return hash != SHAKE128 && hash != SHAKE256 && mechanism_digest(hash, &alg);
}

/* RFC 5869, 2.2 and 2.3. */
static bool hkdf_valid(const struct mechanism *mechanism)
{
    bool salted = mechanism->salt.len > 0 || mechanism->second_key != CK_INVALID_HANDLE;

    return is_hash(mechanism->hash) && (mechanism->extract || (mechanism->expand && !salted));
}

/* A key derivation over the shared secret, if there is one, hashes; without one nothing is shared
 * with it. A KEM has the other public key elsewhere. */
static bool ecdh_valid(const struct mechanism *mechanism, CK_FLAGS flag)
{
    enum digest_alg alg;
    bool plain = mechanism->hash == CK_UNAVAILABLE_INFORMATION;

    if (flag != CKF_DERIVE && mechanism->data.len > 0)
        return false;
    return plain ? mechanism->salt.len == 0 : mechanism_digest(mechanism->hash, &alg);
}

/* Of an AES key that wraps one. */
static bool temporary_key_valid(const struct mechanism *mechanism)
{
    return mechanism->wrap_key_len == 16 || mechanism->wrap_key_len == 24 ||
           mechanism->wrap_key_len == 32;
}

static bool oaep_valid(const struct mechanism *mechanism)
{
    return is_hash(mechanism->hash) && is_hash(mechanism->mgf_hash);
}

/* What is hashed here is hashed as the parameter says; SHA-1 signs nothing new. How much salt there
 * is room for depends on the key. */
static bool pss_valid(const struct mechanism *mechanism, const struct mechanism_info *info,
                      CK_FLAGS flag)
{
    bool same = info->digest == NO_DIGEST || info->digest == mechanism->hash;
    bool strong = flag != CKF_SIGN || mechanism->hash != CKM_SHA_1;
    return same && strong && is_hash(mechanism->hash) && is_hash(mechanism->mgf_hash);
}

static bool whole_blocks(const struct mechanism *mechanism)
{
    return mechanism->data.len > 0 && mechanism->data.len % AES_BLOCK_LEN == 0;
}

/* More than 2^24 iterations are a mistake: they take many seconds. */
#define PBKD2_MAX_ITERATIONS (1u << 24)

static bool pbkd2_valid(const struct mechanism *mechanism)
{
    return is_hash(mechanism->hash) && mechanism->iterations >= 1 &&
           mechanism->iterations <= PBKD2_MAX_ITERATIONS;
}

static bool param_optional(enum mechanism_param param)
{
    return param == PARAM_NONE || param == PARAM_SIGN_CONTEXT || param == PARAM_EDDSA ||
           param == PARAM_KW_IV || param == PARAM_KWP_IV;
}

static bool param_valid(const struct mechanism *mechanism, const struct mechanism_info *info,
                        CK_FLAGS flag)
{
    if (!mechanism->has_param)
        return param_optional(info->param);
    switch (info->param) {
    case PARAM_NONE:
        return false;
    case PARAM_SIGN_CONTEXT:
        return sign_context_valid(mechanism, flag);
    case PARAM_HASH_SIGN_CONTEXT:
        return prehash_allowed(mechanism->hash) && sign_context_valid(mechanism, flag);
    case PARAM_MAC_LEN:
        return mechanism->mac_len >= 1 && mechanism->mac_len <= mechanism_mac_max(info);
    case PARAM_BLOCK:
        return mechanism->iv.len == AES_BLOCK_LEN;
    case PARAM_KW_IV:
        return mechanism->iv.len == 8;
    case PARAM_KWP_IV:
        return mechanism->iv.len == 4;
    case PARAM_CTR:
        return mechanism->iv.len == AES_BLOCK_LEN && mechanism->counter_bits >= 1 &&
               mechanism->counter_bits <= 128;
    case PARAM_GCM:
        return gcm_valid(mechanism);
    case PARAM_CCM:
        return ccm_valid(mechanism);
    case PARAM_CHACHA20:
        return chacha20_valid(mechanism);
    case PARAM_CHACHA20_POLY1305:
        return mechanism->iv.len == 12;
    case PARAM_HKDF:
        return hkdf_valid(mechanism);
    case PARAM_STRING:
        return true;
    case PARAM_KEY:
        return mechanism->second_key != CK_INVALID_HANDLE;
    case PARAM_BIT:
        return true;
    case PARAM_BLOCKS:
        return whole_blocks(mechanism);
    case PARAM_IV_BLOCKS:
        return whole_blocks(mechanism) && mechanism->iv.len == AES_BLOCK_LEN;
    case PARAM_EDDSA:
        return mechanism->context.len <= MLDSA_MAX_CONTEXT;
    case PARAM_ECDH:
        return ecdh_valid(mechanism, flag);
    case PARAM_PSS:
        return pss_valid(mechanism, info, flag);
    case PARAM_OAEP:
        return oaep_valid(mechanism);
    case PARAM_108:
    case PARAM_108_FEEDBACK:
        return mechanism_108_valid(mechanism, info);
    case PARAM_RSA_AES:
        return oaep_valid(mechanism) && temporary_key_valid(mechanism);
    case PARAM_ECDH_AES:
        return is_hash(mechanism->hash) && temporary_key_valid(mechanism);
    case PARAM_PBKD2:
        return pbkd2_valid(mechanism);
    case PARAM_TLS_MASTER:
    case PARAM_TLS_EXTENDED:
    case PARAM_TLS_KEYS:
    case PARAM_TLS_KDF:
    case PARAM_TLS_MAC:
        return mechanism_tls_valid(mechanism, info);
    }
    return false;
}

enum pqhw_status mechanism_check(const struct mechanism *mechanism, CK_FLAGS flag,
                                 const struct mechanism_info **info)
{
    const struct mechanism_info *found = mechanism_find(mechanism->type);
    if (found == NULL || (found->flags & flag) == 0)
        return PQHW_MECHANISM_INVALID;
    if (!param_valid(mechanism, found, flag))
        return PQHW_MECHANISM_PARAM_INVALID;
    *info = found;
    return PQHW_OK;
}
