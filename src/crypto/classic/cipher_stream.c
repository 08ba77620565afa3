/* SPDX-License-Identifier: Apache-2.0
 *
 * Ciphers whose output comes as their input does: ECB, CBC, CTR, ChaCha20, and encryption by GCM
 * and ChaCha20-Poly1305, whose tag follows at the end.
 */
#include <string.h>

#include "base/ct.h"
#include "base/wipe.h"
#include "crypto/classic/cipher_op.h"

static bool padded(const struct cipher *cipher)
{
    return cipher->mode == CIPHER_AES_CBC_PAD;
}

/* How much goes through whole: of what is padded, the last block is held until it is known to be
 * the last, when decrypting. */
static size_t through_len(const struct cipher *cipher, size_t total)
{
    if (padded(cipher) && !cipher->encrypt)
        return total == 0 ? 0 : (total - 1) / cipher->block * cipher->block;
    return total / cipher->block * cipher->block;
}

/* How much comes out, at most. */
static size_t output_len(const struct cipher *cipher, size_t total, bool last)
{
    size_t len = through_len(cipher, total);

    if (!last)
        return len;
    if (padded(cipher))
        return cipher->encrypt ? len + cipher->block : total - 1;
    return len + cipher->tag_len;
}

static enum pqhw_status check_len(const struct cipher *cipher, size_t len, size_t total, bool last)
{
    bool fits = total % cipher->block == 0;

    if (len > cipher->left)
        return cipher_len_range(cipher);
    if (!last || (padded(cipher) && cipher->encrypt))
        return PQHW_OK;
    if (padded(cipher) && total == 0)
        fits = false;
    return fits ? PQHW_OK : cipher_len_range(cipher);
}

/* What goes through: first what is held, made whole. The rest is held. */
static enum pqhw_status go_through(struct cipher *cipher, struct span in, size_t len, uint8_t *out)
{
    enum pqhw_status status = PQHW_OK;

    if (cipher->held_len > 0 && len > 0) {
        size_t missing = cipher->block - cipher->held_len;
        memcpy(cipher->held + cipher->held_len, in.ptr, missing);
        TRY(cipher_run(cipher->ctx, span(cipher->held, cipher->block), out));
        in = span(in.ptr + missing, in.len - missing);
        out += cipher->block;
        len -= cipher->block;
        cipher->held_len = 0;
    }
    TRY(cipher_run(cipher->ctx, span(in.ptr, len), out));
    if (in.len > len)
        memcpy(cipher->held + cipher->held_len, in.ptr + len, in.len - len);
    cipher->held_len += in.len - len;
out:
    return status;
}

static enum pqhw_status put_padding(struct cipher *cipher, uint8_t *out)
{
    size_t pad = cipher->block - cipher->held_len;

    memset(cipher->held + cipher->held_len, (int)pad, pad);
    return cipher_run(cipher->ctx, span(cipher->held, cipher->block), out);
}

static enum pqhw_status put_tag(struct cipher *cipher, uint8_t *out)
{
    uint8_t none[CIPHER_BLOCK_LEN];
    int len;

    if (EVP_CipherFinal_ex(cipher->ctx, none, &len) != 1 ||
        EVP_CIPHER_CTX_ctrl(cipher->ctx, EVP_CTRL_AEAD_GET_TAG, (int)cipher->tag_len, out) != 1)
        return PQHW_INTERNAL;
    return PQHW_OK;
}

/*
 * Take off PKCS #7 padding: nothing but whether it is right, and then its length, can be learnt
 * from the time that this takes.
 */
static enum pqhw_status check_padding(const uint8_t block[CIPHER_BLOCK_LEN], size_t *len)
{
    uint32_t pad = block[CIPHER_BLOCK_LEN - 1];
    uint32_t bad = ~ct_mask_nonzero_u32(pad);

    bad |= 0u - ((CIPHER_BLOCK_LEN - pad) >> 31); /* longer than a block */
    for (uint32_t i = 0; i < CIPHER_BLOCK_LEN; i++) {
        uint32_t in_padding = 0u - ((CIPHER_BLOCK_LEN - 1 - pad - i) >> 31);
        bad |= in_padding & (block[i] ^ pad);
    }
    CT_PUBLIC(&bad, sizeof(bad)); /* the answer says it */
    if (bad != 0)
        return PQHW_ENCRYPTED_DATA_INVALID;
    CT_PUBLIC(&pad, sizeof(pad)); /* the length of the plaintext says it */
    *len = CIPHER_BLOCK_LEN - pad;
    return PQHW_OK;
}

static enum pqhw_status take_padding(struct cipher *cipher, uint8_t *out, size_t *len)
{
    enum pqhw_status status = PQHW_OK;
    uint8_t block[CIPHER_BLOCK_LEN];

    TRY(cipher_run(cipher->ctx, span(cipher->held, cipher->block), block));
    TRY(check_padding(block, len));
    memcpy(out, block, *len);
out:
    WIPE(block);
    return status;
}

/* All there is to do, with room enough. */
static enum pqhw_status do_all(struct cipher *cipher, struct span in, bool last, uint8_t *out,
                               size_t *len)
{
    enum pqhw_status status = PQHW_OK;
    size_t through = through_len(cipher, cipher->held_len + in.len);
    size_t more = 0;

    TRY(go_through(cipher, in, through, out));
    if (cipher->left != NO_LIMIT)
        cipher->left -= in.len;
    if (last && padded(cipher) && cipher->encrypt) {
        more = cipher->block;
        TRY(put_padding(cipher, out + through));
    } else if (last && padded(cipher)) {
        TRY(take_padding(cipher, out + through, &more));
    } else if (last && cipher->tag_len > 0) {
        more = cipher->tag_len;
        TRY(put_tag(cipher, out + through));
    }
    *len = through + more;
out:
    if (status != PQHW_OK)
        wipe(out, through);
    return status;
}

/*
 * The end of what was padded, with room that may just do: only decrypting tells. So it is tried on
 * a copy, and the operation stays as it was if the room does not do.
 */
static enum pqhw_status try_padded(struct cipher *cipher, struct span in, uint8_t *out, size_t *len)
{
    enum pqhw_status status = PQHW_OK;
    struct cipher copy = *cipher;
    struct buf text = BUF_INIT(cipher->held_len + in.len);
    size_t text_len = 0;

    copy.ctx = EVP_CIPHER_CTX_new();
    REQUIRE(copy.ctx != NULL && EVP_CIPHER_CTX_copy(copy.ctx, cipher->ctx) == 1, PQHW_NO_MEMORY);
    buf_extend(&text, text.max);
    TRY(buf_status(&text));
    TRY(do_all(&copy, in, true, text.ptr, &text_len));
    size_t room = *len;
    *len = text_len;
    REQUIRE(room >= text_len, PQHW_BUFFER_TOO_SMALL);
    if (text_len > 0)
        memcpy(out, text.ptr, text_len);
out:
    EVP_CIPHER_CTX_free(copy.ctx);
    wipe(&copy, sizeof(copy));
    buf_free(&text);
    return status;
}

enum pqhw_status cipher_stream(struct cipher *cipher, struct span in, bool last, uint8_t *out,
                               size_t *len)
{
    enum pqhw_status status = PQHW_OK;
    size_t total = cipher->held_len + in.len;
    size_t room = *len;

    TRY(check_len(cipher, in.len, total, last));
    size_t most = output_len(cipher, total, last);
    bool unknown = last && padded(cipher) && !cipher->encrypt;
    if (out != NULL && room < most && unknown && room >= through_len(cipher, total))
        return try_padded(cipher, in, out, len);
    *len = most;
    if (out == NULL)
        return PQHW_OK;
    REQUIRE(room >= most, PQHW_BUFFER_TOO_SMALL);
    TRY(do_all(cipher, in, last, out, len));
out:
    return status;
}
