/* SPDX-License-Identifier: Apache-2.0
 *
 * Ciphers that give nothing before they have everything: decryption with a tag, so that nothing
 * comes out that was not checked; CCM, XTS and key wrapping, which go over their data as a whole.
 * Pieces are held until the last.
 */
#include <limits.h>
#include <string.h>

#include "base/wipe.h"
#include "crypto/classic/cipher_op.h"

#define SEMIBLOCK_LEN 8 /* SP 800-38F */

/* IEEE 1619 and SP 800-38E: a data unit has at most 2^20 blocks. */
#define XTS_MAX_LEN ((size_t)CIPHER_BLOCK_LEN << 20)

#define TEXT_MAX_LEN ((size_t)INT_MAX - 2 * CIPHER_BLOCK_LEN)

/* ---- lengths ---- */

static bool tagged_len(const struct cipher *cipher, size_t total, size_t *len)
{
    if (!cipher->encrypt && total < cipher->tag_len)
        return false;
    size_t text_len = cipher->encrypt ? total : total - cipher->tag_len;
    *len = cipher->encrypt ? total + cipher->tag_len : text_len;
    return cipher->mode != CIPHER_AES_CCM || text_len == cipher->data_len;
}

static bool key_wrap_len(const struct cipher *cipher, size_t total, size_t *len)
{
    bool pads = cipher->mode == CIPHER_AES_KWP;
    size_t least = pads ? 1 : 2 * SEMIBLOCK_LEN;

    if (cipher->encrypt) {
        *len = (total + SEMIBLOCK_LEN - 1) / SEMIBLOCK_LEN * SEMIBLOCK_LEN + SEMIBLOCK_LEN;
        return total >= least && (pads || total % SEMIBLOCK_LEN == 0);
    }
    *len = total - SEMIBLOCK_LEN;
    return total % SEMIBLOCK_LEN == 0 && total >= (pads ? 2u : 3u) * SEMIBLOCK_LEN;
}

/* How much comes out, at most, of how much in all; false if that cannot be. */
static bool output_len(const struct cipher *cipher, size_t total, size_t *len)
{
    if (total > TEXT_MAX_LEN)
        return false;
    switch (cipher->mode) {
    case CIPHER_AES_XTS:
        *len = total;
        return total >= CIPHER_BLOCK_LEN && total <= XTS_MAX_LEN;
    case CIPHER_AES_KW:
    case CIPHER_AES_KWP:
        return key_wrap_len(cipher, total, len);
    default:
        return tagged_len(cipher, total, len);
    }
}

/* The least that can come out, where padding comes off. */
static size_t least_len(const struct cipher *cipher, size_t most)
{
    bool unknown = cipher->mode == CIPHER_AES_KWP && !cipher->encrypt;

    return unknown ? most - (SEMIBLOCK_LEN - 1) : most;
}

/* ---- the work ---- */

/* libcrypto wants pointers even to nothing. */
static int run(EVP_CIPHER_CTX *ctx, uint8_t *out, const uint8_t *in, size_t in_len)
{
    uint8_t nothing = 0;
    int len;

    return EVP_CipherUpdate(ctx, out != NULL ? out : &nothing, &len, in_len > 0 ? in : &nothing,
                            (int)in_len) == 1;
}

static enum pqhw_status ccm_encrypt(struct cipher *cipher, struct span in, uint8_t *out)
{
    int tag_len = (int)cipher->tag_len;

    if (!run(cipher->ctx, out, in.ptr, in.len) ||
        EVP_CIPHER_CTX_ctrl(cipher->ctx, EVP_CTRL_AEAD_GET_TAG, tag_len, out + in.len) != 1)
        return PQHW_INTERNAL;
    return PQHW_OK;
}

/* Decrypts into the caller's memory, and wipes that again unless the tag is right. */
static enum pqhw_status open_tagged(struct cipher *cipher, struct span in, uint8_t *out)
{
    size_t text_len = in.len - cipher->tag_len;
    uint8_t tag[CIPHER_BLOCK_LEN];
    uint8_t none[CIPHER_BLOCK_LEN];
    int len;

    memcpy(tag, in.ptr + text_len, cipher->tag_len);
    bool ok =
        EVP_CIPHER_CTX_ctrl(cipher->ctx, EVP_CTRL_AEAD_SET_TAG, (int)cipher->tag_len, tag) == 1;
    if (ok && cipher->mode == CIPHER_AES_CCM)
        ok = run(cipher->ctx, out, in.ptr, text_len); /* checks the tag before it returns */
    else if (ok)
        ok = (text_len == 0 || run(cipher->ctx, out, in.ptr, text_len)) &&
             EVP_CipherFinal_ex(cipher->ctx, none, &len) == 1;
    if (!ok)
        wipe(out, text_len);
    return ok ? PQHW_OK : PQHW_ENCRYPTED_DATA_INVALID;
}

/* Through memory of our own: libcrypto writes more than comes out in the end. */
static enum pqhw_status key_wrap(struct cipher *cipher, struct span in, uint8_t *out, size_t *room)
{
    enum pqhw_status status = PQHW_OK;
    struct secret text = {0};
    int len = 0;

    TRY(secret_new(&text, in.len + 2 * CIPHER_BLOCK_LEN));
    REQUIRE(EVP_CipherUpdate(cipher->ctx, text.ptr, &len, in.ptr, (int)in.len) == 1 && len > 0,
            cipher->encrypt ? PQHW_INTERNAL : PQHW_ENCRYPTED_DATA_INVALID);
    bool fits = *room >= (size_t)len;
    *room = (size_t)len;
    REQUIRE(fits, PQHW_BUFFER_TOO_SMALL);
    memcpy(out, text.ptr, (size_t)len);
out:
    secret_free(&text);
    return status;
}

static enum pqhw_status work(struct cipher *cipher, struct span in, uint8_t *out, size_t room,
                             size_t *len)
{
    switch (cipher->mode) {
    case CIPHER_AES_KW:
    case CIPHER_AES_KWP:
        *len = room;
        return key_wrap(cipher, in, out, len);
    case CIPHER_AES_XTS:
        return run(cipher->ctx, out, in.ptr, in.len) ? PQHW_OK : PQHW_INTERNAL;
    default:
        return cipher->encrypt ? ccm_encrypt(cipher, in, out) : open_tagged(cipher, in, out);
    }
}

/* ---- pieces ---- */

static enum pqhw_status hold(struct cipher *cipher, struct span in)
{
    if (in.len > cipher->pieces.max - cipher->pieces.len)
        return cipher_len_range(cipher);
    buf_put(&cipher->pieces, in.ptr, in.len);
    return buf_status(&cipher->pieces);
}

enum pqhw_status cipher_whole(struct cipher *cipher, struct span in, bool last, uint8_t *out,
                              size_t *len)
{
    enum pqhw_status status = PQHW_OK;
    size_t room = *len;

    if (!last) {
        *len = 0;
        return out == NULL ? PQHW_OK : hold(cipher, in);
    }
    REQUIRE(output_len(cipher, cipher->pieces.len + in.len, len), cipher_len_range(cipher));
    if (out == NULL)
        return PQHW_OK;
    REQUIRE(room >= least_len(cipher, *len), PQHW_BUFFER_TOO_SMALL);
    if (cipher->pieces.len > 0) {
        TRY(hold(cipher, in));
        in = buf_span(&cipher->pieces);
    }
    TRY(work(cipher, in, out, room, len));
out:
    return status;
}
