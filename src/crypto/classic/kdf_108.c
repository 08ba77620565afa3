/* SPDX-License-Identifier: Apache-2.0
 *
 * The key derivation functions of SP 800-108.
 */
#include <string.h>

#include "base/wipe.h"
#include "crypto/classic/kdf.h"
#include "crypto/classic/mac.h"

#define MAX_WIDTH 4

/* The derivation between two blocks. */
struct state {
    const struct symkey *key;
    const struct kdf_108 *how;
    size_t len;          /* of a block */
    uint32_t i;          /* the block's number */
    struct span chained; /* what a KDF_CHAINED piece stands for; empty before the first block */
};

size_t kdf_prf_len(struct kdf_prf prf)
{
    return prf.cmac ? CMAC_LEN : digest_len(prf.alg);
}

static enum pqhw_status new_mac(const struct state *state, struct mac **out)
{
    return state->how->prf.cmac ? mac_new_cmac(out, state->key)
                                : mac_new_hmac(out, state->key, state->how->prf.alg);
}

static enum pqhw_status put_number(struct mac *mac, const struct kdf_piece *piece, uint32_t number)
{
    uint8_t bytes[MAX_WIDTH];

    for (size_t i = 0; i < piece->width; i++) {
        size_t at = piece->little_endian ? i : piece->width - 1 - i;
        bytes[at] = (uint8_t)(number >> 8 * i);
    }
    return mac_update(mac, span(bytes, piece->width));
}

/* What the second pipeline begins with has neither the number nor what is chained (SP 800-108,
 * 4.3). */
static enum pqhw_status put_pieces(const struct state *state, struct mac *mac, bool bytes_only)
{
    enum pqhw_status status = PQHW_OK;

    for (size_t i = 0; i < state->how->num_pieces; i++) {
        const struct kdf_piece *piece = &state->how->pieces[i];
        if (piece->kind == KDF_BYTES)
            TRY(mac_update(mac, piece->bytes));
        else if (piece->kind == KDF_NUMBER && !bytes_only)
            TRY(put_number(mac, piece, state->i));
        else if (piece->kind == KDF_CHAINED && !bytes_only)
            TRY(mac_update(mac, state->chained));
    }
out:
    return status;
}

static enum pqhw_status block(const struct state *state, uint8_t out[MAC_MAX_LEN])
{
    enum pqhw_status status = PQHW_OK;
    struct mac *mac = NULL;

    TRY(new_mac(state, &mac));
    TRY(put_pieces(state, mac, false));
    TRY(mac_final(mac, out));
out:
    mac_free(mac);
    return status;
}

/* The other pipeline: A(i) of A(i - 1), the first of all the bytes. */
static enum pqhw_status advance(const struct state *state, uint8_t sk_other[MAC_MAX_LEN])
{
    enum pqhw_status status = PQHW_OK;
    struct mac *mac = NULL;

    TRY(new_mac(state, &mac));
    if (state->i == 1)
        TRY(put_pieces(state, mac, true));
    else
        TRY(mac_update(mac, span(sk_other, state->len)));
    TRY(mac_final(mac, sk_other));
out:
    mac_free(mac);
    return status;
}

/* Every number must be wide enough to count the blocks. */
static bool numbers_suffice(const struct kdf_108 *how, size_t num_blocks)
{
    for (size_t i = 0; i < how->num_pieces; i++) {
        const struct kdf_piece *piece = &how->pieces[i];
        if (piece->kind == KDF_NUMBER && num_blocks >> (8 * piece->width) != 0)
            return false;
    }
    return num_blocks <= UINT32_MAX;
}

enum pqhw_status kdf_108(const struct symkey *key, struct secret *out, const struct kdf_108 *how)
{
    enum pqhw_status status = PQHW_OK;
    struct state state = {.key = key, .how = how, .len = kdf_prf_len(how->prf), .i = 1};
    uint8_t sk_block[MAC_MAX_LEN] = {0};
    uint8_t sk_other[MAC_MAX_LEN] = {0};

    REQUIRE(numbers_suffice(how, (out->len + state.len - 1) / state.len), PQHW_KEY_SIZE_RANGE);
    if (how->mode == KDF_FEEDBACK)
        state.chained = how->iv;
    for (size_t at = 0; at < out->len; at += state.len, state.i++) {
        if (how->mode == KDF_DOUBLE_PIPELINE) {
            TRY(advance(&state, sk_other));
            state.chained = span(sk_other, state.len);
        }
        TRY(block(&state, sk_block));
        if (how->mode == KDF_FEEDBACK)
            state.chained = span(sk_block, state.len);
        size_t left = out->len - at;
        memcpy(out->ptr + at, sk_block, left < state.len ? left : state.len);
    }
out:
    WIPE(sk_block);
    WIPE(sk_other);
    return status;
}
