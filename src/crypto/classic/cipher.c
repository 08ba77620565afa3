/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/classic/cipher.h"

#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/wipe.h"
#include "crypto/classic/cipher_op.h"

#define RUN_MAX (1u << 30)

#define GCM_USUAL_IV_LEN 12
#define POLY1305_TAG_LEN 16

/* SP 800-38D, 5.2.1.1, and RFC 8439, 2.8: the 32-bit block counter begins at 2 and at 1. */
#define GCM_MAX_LEN    ((UINT64_C(1) << 36) - 32)
#define CHACHA_MAX_LEN ((UINT64_C(1) << 38) - 64)

enum pqhw_status cipher_run(EVP_CIPHER_CTX *ctx, struct span in, uint8_t *out)
{
    while (in.len > 0) {
        size_t part = in.len < RUN_MAX ? in.len : RUN_MAX;
        int len;

        if (EVP_CipherUpdate(ctx, out, &len, in.ptr, (int)part) != 1 || (size_t)len != part)
            return PQHW_INTERNAL;
        in = span(in.ptr + part, in.len - part);
        out += part;
    }
    return PQHW_OK;
}

enum pqhw_status cipher_len_range(const struct cipher *cipher)
{
    return cipher->encrypt ? PQHW_DATA_LEN_RANGE : PQHW_ENCRYPTED_DATA_LEN_RANGE;
}

/* ---- beginning ---- */

/* The number of 16-byte blocks until the `bits` low bits of a big-endian counter overflow, in
 * bytes. */
static uint64_t ctr_limit(const uint8_t block[CIPHER_BLOCK_LEN], unsigned bits)
{
    unsigned __int128 counter =
        (unsigned __int128)load_be64(block) << 64 | load_be64(block + 8); /* public */
    unsigned __int128 mask = ~(unsigned __int128)0 >> (128 - bits);
    unsigned __int128 before_last = mask - (counter & mask);

    return before_last >= NO_LIMIT / CIPHER_BLOCK_LEN
               ? NO_LIMIT
               : ((uint64_t)before_last + 1) * CIPHER_BLOCK_LEN;
}

/* The same for ChaCha20's 64-byte blocks, whose counter is little-endian. One of 64 bits is good
 * for more than can be counted here. */
static uint64_t chacha_limit(struct span counter)
{
    uint32_t first;

    if (counter.len != sizeof(first))
        return NO_LIMIT;
    first = (uint32_t)counter.ptr[0] | (uint32_t)counter.ptr[1] << 8 |
            (uint32_t)counter.ptr[2] << 16 | (uint32_t)counter.ptr[3] << 24;
    return ((UINT64_C(1) << 32) - first) * 64;
}

/* A spare one has it already. */
static enum pqhw_status get_context(struct cipher *cipher)
{
    if (cipher->ctx != NULL)
        return PQHW_OK;
    return symkey_cipher(cipher->key, cipher->mode, cipher->encrypt, &cipher->ctx);
}

static enum pqhw_status set_iv(EVP_CIPHER_CTX *ctx, const uint8_t *iv)
{
    return EVP_CipherInit_ex2(ctx, NULL, NULL, iv, -1, NULL) == 1 ? PQHW_OK : PQHW_INTERNAL;
}

static enum pqhw_status set_aad(EVP_CIPHER_CTX *ctx, struct span aad)
{
    int len;

    if (aad.len > INT_MAX)
        return PQHW_MECHANISM_PARAM_INVALID;
    if (aad.len == 0)
        return PQHW_OK;
    return EVP_CipherUpdate(ctx, NULL, &len, aad.ptr, (int)aad.len) == 1 ? PQHW_OK : PQHW_INTERNAL;
}

static enum pqhw_status begin_plain(struct cipher *cipher, const struct cipher_setup *setup)
{
    enum pqhw_status status = PQHW_OK;

    REQUIRE(setup->mode == CIPHER_AES_ECB || setup->iv.len == CIPHER_BLOCK_LEN,
            PQHW_MECHANISM_PARAM_INVALID);
    TRY(get_context(cipher));
    EVP_CIPHER_CTX_set_padding(cipher->ctx, 0); /* ours, in constant time */
    if (setup->mode != CIPHER_AES_ECB)
        TRY(set_iv(cipher->ctx, setup->iv.ptr));
    cipher->reusable = setup->mode != CIPHER_AES_ECB;
out:
    return status;
}

static enum pqhw_status begin_ctr(struct cipher *cipher, const struct cipher_setup *setup)
{
    enum pqhw_status status = begin_plain(cipher, setup);

    REQUIRE(setup->counter_bits >= 1 && setup->counter_bits <= 128, PQHW_MECHANISM_PARAM_INVALID);
    if (status == PQHW_OK)
        cipher->left = ctr_limit(setup->iv.ptr, setup->counter_bits);
out:
    return status;
}

static enum pqhw_status begin_chacha20(struct cipher *cipher, const struct cipher_setup *setup)
{
    enum pqhw_status status = PQHW_OK;
    uint8_t iv[CIPHER_BLOCK_LEN];

    REQUIRE((setup->counter.len == 4 && setup->iv.len == 12) ||
                (setup->counter.len == 8 && setup->iv.len == 8),
            PQHW_MECHANISM_PARAM_INVALID);
    memcpy(iv, setup->counter.ptr, setup->counter.len);
    memcpy(iv + setup->counter.len, setup->iv.ptr, setup->iv.len);
    TRY(get_context(cipher));
    TRY(set_iv(cipher->ctx, iv));
    cipher->left = chacha_limit(setup->counter);
out:
    return status;
}

static enum pqhw_status begin_aead(struct cipher *cipher, const struct cipher_setup *setup)
{
    enum pqhw_status status = PQHW_OK;
    bool gcm = setup->mode == CIPHER_AES_GCM;
    size_t iv_len = setup->iv.len;

    cipher->tag_len = gcm ? setup->tag_len : POLY1305_TAG_LEN;
    cipher->left = gcm ? GCM_MAX_LEN : CHACHA_MAX_LEN;
    REQUIRE(gcm ? iv_len >= 1 && iv_len <= CIPHER_MAX_IV_LEN : iv_len == 12,
            PQHW_MECHANISM_PARAM_INVALID);
    REQUIRE(cipher->tag_len >= 4 && cipher->tag_len <= 16, PQHW_MECHANISM_PARAM_INVALID);
    TRY(get_context(cipher));
    if (gcm && iv_len != GCM_USUAL_IV_LEN)
        REQUIRE(EVP_CIPHER_CTX_ctrl(cipher->ctx, EVP_CTRL_AEAD_SET_IVLEN, (int)iv_len, NULL) == 1,
                PQHW_INTERNAL);
    TRY(set_iv(cipher->ctx, setup->iv.ptr));
    TRY(set_aad(cipher->ctx, setup->aad));
    cipher->reusable = !gcm || iv_len == GCM_USUAL_IV_LEN;
out:
    return status;
}

/* CCM's first block holds all the lengths, so libcrypto takes the key only after them, and there is
 * nothing to copy. */
static enum pqhw_status begin_ccm(struct cipher *cipher, const struct cipher_setup *setup)
{
    enum pqhw_status status = PQHW_OK;
    EVP_CIPHER *algorithm = NULL;
    int iv_len = (int)setup->iv.len;
    int tag_len = (int)setup->tag_len;
    int len;

    REQUIRE(setup->iv.len >= 7 && setup->iv.len <= 13 && setup->tag_len >= 4 &&
                setup->tag_len <= 16 && setup->data_len <= INT_MAX - CIPHER_BLOCK_LEN,
            PQHW_MECHANISM_PARAM_INVALID);
    cipher->tag_len = setup->tag_len;
    TRY(symkey_fetch(cipher->key, CIPHER_AES_CCM, &algorithm));
    cipher->ctx = EVP_CIPHER_CTX_new();
    REQUIRE(cipher->ctx != NULL, PQHW_NO_MEMORY);
    REQUIRE(EVP_CipherInit_ex2(cipher->ctx, algorithm, NULL, NULL, setup->encrypt, NULL) == 1 &&
                EVP_CIPHER_CTX_ctrl(cipher->ctx, EVP_CTRL_AEAD_SET_IVLEN, iv_len, NULL) == 1 &&
                EVP_CIPHER_CTX_ctrl(cipher->ctx, EVP_CTRL_AEAD_SET_TAG, tag_len, NULL) == 1 &&
                EVP_CipherInit_ex2(cipher->ctx, NULL, cipher->key->value.ptr, setup->iv.ptr, -1,
                                   NULL) == 1 &&
                EVP_CipherUpdate(cipher->ctx, NULL, &len, NULL, (int)setup->data_len) == 1,
            PQHW_INTERNAL);
    TRY(set_aad(cipher->ctx, setup->aad));
out:
    EVP_CIPHER_free(algorithm);
    return status;
}

static enum pqhw_status begin_key_wrap(struct cipher *cipher, const struct cipher_setup *setup)
{
    enum pqhw_status status = PQHW_OK;
    size_t iv_len = setup->mode == CIPHER_AES_KW ? 8 : 4;

    REQUIRE(setup->iv.len == 0 || setup->iv.len == iv_len, PQHW_MECHANISM_PARAM_INVALID);
    TRY(get_context(cipher));
    if (setup->iv.len > 0)
        TRY(set_iv(cipher->ctx, setup->iv.ptr));
out:
    return status;
}

static const struct mode {
    size_t block;
    bool whole[2]; /* [decrypt, encrypt]: comes out at the end */
    enum pqhw_status (*begin)(struct cipher *cipher, const struct cipher_setup *setup);
} modes[CIPHER_NUM] = {
    [CIPHER_AES_ECB] = {CIPHER_BLOCK_LEN, {false, false}, begin_plain},
    [CIPHER_AES_CBC] = {CIPHER_BLOCK_LEN, {false, false}, begin_plain},
    [CIPHER_AES_CBC_PAD] = {CIPHER_BLOCK_LEN, {false, false}, begin_plain},
    [CIPHER_AES_CTR] = {1, {false, false}, begin_ctr},
    [CIPHER_AES_XTS] = {1, {true, true}, begin_plain},
    [CIPHER_AES_GCM] = {1, {true, false}, begin_aead},
    [CIPHER_AES_CCM] = {1, {true, true}, begin_ccm},
    [CIPHER_AES_KW] = {1, {true, true}, begin_key_wrap},
    [CIPHER_AES_KWP] = {1, {true, true}, begin_key_wrap},
    [CIPHER_CHACHA20] = {1, {false, false}, begin_chacha20},
    [CIPHER_CHACHA20_POLY1305] = {1, {true, false}, begin_aead},
};

/* Where a key keeps one that is over. Its context has only to be given an initialization vector. */
static struct cipher *_Atomic *spare_of(const struct symkey *key, enum cipher_mode mode,
                                        bool encrypt)
{
    return &symkey_learning(key)->spares[mode][encrypt];
}

enum pqhw_status cipher_new(struct cipher **out, const struct symkey *key,
                            const struct cipher_setup *setup)
{
    enum pqhw_status status = PQHW_OK;
    const struct mode *mode = &modes[setup->mode];
    struct cipher *cipher = atomic_exchange(spare_of(key, setup->mode, setup->encrypt), NULL);

    *out = NULL;
    if (cipher == NULL)
        cipher = calloc(1, sizeof(*cipher));
    if (cipher == NULL)
        return PQHW_NO_MEMORY;
    *cipher = (struct cipher){
        .key = key,
        .mode = setup->mode,
        .encrypt = setup->encrypt,
        .ctx = cipher->ctx,
        .block = mode->block,
        .whole = mode->whole[setup->encrypt],
        .data_len = setup->data_len,
        .left = NO_LIMIT,
        .pieces = BUF_INIT(CIPHER_MAX_HELD),
    };
    int marked = ERR_set_mark();
    status = mode->begin(cipher, setup);
    pop_errors(marked, status);
    if (status != PQHW_OK)
        cipher_free(cipher);
    else
        *out = cipher;
    return status;
}

void cipher_dispose(struct cipher *cipher)
{
    if (cipher == NULL)
        return;
    EVP_CIPHER_CTX_free(cipher->ctx);
    buf_free(&cipher->pieces);
    wipe(cipher, sizeof(*cipher));
    free(cipher);
}

void cipher_free(struct cipher *cipher)
{
    if (cipher != NULL && cipher->reusable && cipher->finished) {
        buf_free(&cipher->pieces);
        WIPE(cipher->held);
        cipher = atomic_exchange(spare_of(cipher->key, cipher->mode, cipher->encrypt), cipher);
    }
    cipher_dispose(cipher);
}

/* ---- going on ---- */

static bool overlap(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
    uintptr_t x = (uintptr_t)a;
    uintptr_t y = (uintptr_t)b;

    return x < y + b_len && y < x + a_len;
}

/* Output may take the place of its input, but not run ahead of it. (The room may be said to be
 * endless; what is written is not much more than what is read.) */
static bool needs_copy(const struct cipher *cipher, struct span in, const uint8_t *out, size_t room)
{
    bool in_place = in.ptr == out && cipher->held_len == 0;
    size_t most = in.len + 2 * CIPHER_BLOCK_LEN;

    return out != NULL && in.len > 0 && !in_place &&
           overlap(in.ptr, in.len, out, room < most ? room : most);
}

static enum pqhw_status crypt(struct cipher *cipher, struct span in, bool last, uint8_t *out,
                              size_t *len)
{
    return cipher->whole ? cipher_whole(cipher, in, last, out, len)
                         : cipher_stream(cipher, in, last, out, len);
}

enum pqhw_status cipher_crypt(struct cipher *cipher, struct span in, bool last, uint8_t *out,
                              size_t *len)
{
    enum pqhw_status status = PQHW_OK;
    struct buf copy = BUF_INIT(in.len);

    int marked = ERR_set_mark();

    cipher->finished = false; /* whatever fails from here on leaves nothing to be used again */
    if (needs_copy(cipher, in, out, *len)) {
        buf_put(&copy, in.ptr, in.len);
        TRY(buf_status(&copy));
        in = buf_span(&copy);
    }
    TRY(crypt(cipher, in, last, out, len));
    cipher->finished = last && out != NULL;
out:
    buf_free(&copy);
    pop_errors(marked, status);
    return status;
}
