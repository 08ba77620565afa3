/* SPDX-License-Identifier: Apache-2.0
 *
 * Decryption of what comes from outside, in every mode: with a check of authenticity nothing but
 * what was encrypted is accepted; without one, what comes out encrypts to what went in. In pieces
 * and in place it is the same.
 *
 * Input: the mode, the length of the data, how the ciphertext is cut, the changes.
 */
#include <string.h>

#include "fuzz.h"

#include "crypto/classic/cipher.h"

#define MAX_DATA 512
#define ROOM     (MAX_DATA + 64)

static struct classic *classic;

static const struct {
    size_t key_len, iv_len, counter_len;
    bool authentic;
    bool whole; /* in one piece alone */
} modes[CIPHER_NUM] = {
    [CIPHER_AES_ECB] = {16, 0, 0, false, false},
    [CIPHER_AES_CBC] = {24, 16, 0, false, false},
    [CIPHER_AES_CBC_PAD] = {32, 16, 0, false, false},
    [CIPHER_AES_CTR] = {16, 16, 0, false, false},
    [CIPHER_AES_XTS] = {32, 16, 0, false, false},
    [CIPHER_AES_GCM] = {32, 12, 0, true, false},
    [CIPHER_AES_CCM] = {16, 12, 0, true, false},
    [CIPHER_AES_KW] = {32, 0, 0, true, true},
    [CIPHER_AES_KWP] = {16, 0, 0, true, true},
    [CIPHER_CHACHA20] = {32, 12, 4, false, false},
    [CIPHER_CHACHA20_POLY1305] = {32, 12, 0, true, false},
};

static const uint8_t bytes[64] = {1, 2, 3, 4, 5, 6, 7, 8, 9};

static struct cipher_setup setup_for(enum cipher_mode mode, bool encrypt, size_t data_len)
{
    return (struct cipher_setup){
        .mode = mode,
        .encrypt = encrypt,
        .iv = span(bytes, modes[mode].iv_len),
        .counter = span(bytes, modes[mode].counter_len),
        .counter_bits = 32,
        .aad = span(bytes, 20),
        .tag_len = 16,
        .data_len = data_len,
    };
}

/* XTS wants two keys that differ. */
static struct symkey *key_for(enum cipher_mode mode)
{
    static struct symkey *keys[CIPHER_NUM];
    uint8_t value[64];

    fuzz_fill((uint64_t)mode, value, sizeof(value));
    if (keys[mode] == NULL)
        check(symkey_new(&keys[mode], classic, span(value, modes[mode].key_len)) == PQHW_OK);
    return keys[mode];
}

/* In pieces of `piece` bytes, 0 for one. */
static enum pqhw_status crypt(const struct cipher_setup *setup, struct span in, size_t piece,
                              uint8_t *out, size_t *out_len)
{
    enum pqhw_status status = PQHW_OK;
    struct cipher *cipher = NULL;
    size_t len;

    *out_len = 0;
    TRY(cipher_new(&cipher, key_for(setup->mode), setup));
    while (piece != 0 && in.len > piece) {
        len = ROOM - *out_len;
        TRY(cipher_crypt(cipher, span(in.ptr, piece), false, out + *out_len, &len));
        *out_len += len;
        in = span(in.ptr + piece, in.len - piece);
    }
    len = ROOM - *out_len;
    TRY(cipher_crypt(cipher, in, true, out + *out_len, &len));
    *out_len += len;
out:
    cipher_free(cipher);
    return status;
}

static void check_meaning(const struct cipher_setup *decrypt, struct span ct, struct span plain)
{
    struct cipher_setup encrypt = *decrypt;
    uint8_t again[ROOM];
    size_t len;

    encrypt.encrypt = true;
    encrypt.data_len = plain.len;
    check(crypt(&encrypt, plain, 0, again, &len) == PQHW_OK);
    check(span_equal(span(again, len), ct));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader r = reader(span(data, size));
    uint8_t plain[MAX_DATA], ct[ROOM], out[ROOM], pieces[ROOM];
    enum cipher_mode mode = (enum cipher_mode)(read_u8(&r) % CIPHER_NUM);
    size_t len = read_u16(&r) % (MAX_DATA + 1u), piece = read_u8(&r), ct_len, out_len, pieces_len;
    uint8_t cut = read_u8(&r);

    if (classic == NULL)
        check(classic_new(&classic) == PQHW_OK);
    fuzz_fill(len, plain, sizeof(plain));
    struct cipher_setup setup = setup_for(mode, true, len);
    if (crypt(&setup, span(plain, len), 0, ct, &ct_len) != PQHW_OK)
        return 0; /* a length that the mode has not */
    size_t cut_len = cut < 224 ? ct_len : ct_len - ct_len * (cut - 223u) / 64;
    uint8_t *changed = fuzz_copy(span(ct, cut_len));
    fuzz_change(&r, changed, cut_len);

    setup = setup_for(mode, false, len);
    enum pqhw_status status = crypt(&setup, span(changed, cut_len), 0, out, &out_len);
    bool same = span_equal(span(changed, cut_len), span(ct, ct_len));
    check(status == PQHW_OK || status == PQHW_ENCRYPTED_DATA_INVALID ||
          status == PQHW_ENCRYPTED_DATA_LEN_RANGE);
    if (modes[mode].authentic || same)
        check((status == PQHW_OK) == same);
    if (same)
        check(span_equal(span(out, out_len), span(plain, len)));
    if (status == PQHW_OK)
        check_meaning(&setup, span(changed, cut_len), span(out, out_len));
    if (!modes[mode].whole) {
        enum pqhw_status other = crypt(&setup, span(changed, cut_len), piece, pieces, &pieces_len);
        check((other == PQHW_OK) == (status == PQHW_OK));
        if (status == PQHW_OK)
            check(span_equal(span(pieces, pieces_len), span(out, out_len)));
    }
    free(changed);
    return 0;
}

bool fuzz_seed(size_t i, struct buf *out)
{
    buf_put_u8(out, (uint8_t)(i % CIPHER_NUM));
    buf_put_u16(out, (uint16_t)(i < CIPHER_NUM ? 64 : 40 + i));
    buf_put_u8(out, (uint8_t)(1 + i));
    buf_put_u8(out, 0);
    return i < (size_t)(4 * CIPHER_NUM);
}
