/* SPDX-License-Identifier: Apache-2.0
 *
 * The derivations of SP 800-108, for one value or several.
 */
#include <string.h>

#include "backends/soft/secret_derive.h"
#include "base/wipe.h"
#include "crypto/classic/kdf.h"

#define MAX_LENGTH_LEN 8

/* No value is made of a block of which another has a part (PKCS#11 v3.2, 6.42.7). */
static size_t whole_blocks(size_t len, size_t block_len)
{
    return (len + block_len - 1) / block_len * block_len;
}

struct sums {
    size_t keys;   /* bytes of the values */
    size_t blocks; /* bytes of the blocks that they are made of */
};

/* PQHW_TEMPLATE_INCOMPLETE if some value's length is not said. */
static enum pqhw_status sum_up(const struct backend_derive *how, size_t block_len, struct sums *out)
{
    *out = (struct sums){0};
    for (size_t i = 0; i < how->num_lens; i++) {
        if (how->lens[i] == 0)
            return PQHW_TEMPLATE_INCOMPLETE;
        out->keys += how->lens[i];
        out->blocks += whole_blocks(how->lens[i], block_len);
    }
    return PQHW_OK;
}

/* The length in bits of all that is derived, as the caller wants it written. */
static enum pqhw_status write_length(const struct derive_piece *piece, struct sums sums,
                                     uint8_t out[MAX_LENGTH_LEN])
{
    bool of_keys = piece->method == CK_SP800_108_DKM_LENGTH_SUM_OF_KEYS;
    uint64_t bits = 8 * (uint64_t)(of_keys ? sums.keys : sums.blocks);
    size_t width = piece->width_bits / 8;

    if (width < MAX_LENGTH_LEN && bits >> (8 * width) != 0)
        return PQHW_MECHANISM_PARAM_INVALID;
    for (size_t i = 0; i < width; i++)
        out[piece->little_endian ? i : width - 1 - i] = (uint8_t)(bits >> 8 * i);
    return PQHW_OK;
}

static struct kdf_piece number(const struct derive_piece *piece)
{
    return (struct kdf_piece){
        .kind = KDF_NUMBER, .width = piece->width_bits / 8, .little_endian = piece->little_endian};
}

/* The input while it is put together. */
struct input {
    struct sums sums;
    uint8_t length[MAX_LENGTH_LEN];
    struct kdf_piece pieces[DERIVE_MAX_PIECES];
    size_t num_keys; /* of those that are part of it */
};

static enum pqhw_status read_key(const struct backend_derive *how, struct input *input,
                                 struct kdf_piece *out)
{
    if (input->num_keys >= how->num_others)
        return PQHW_INTERNAL;
    out->bytes = symkey_value(secret_key_of(how->others[input->num_keys++])->symkey);
    return PQHW_OK;
}

/* A piece as the engine takes it. */
static enum pqhw_status read_piece(const struct backend_derive *how,
                                   const struct derive_piece *piece, struct input *input,
                                   struct kdf_piece *out)
{
    *out = (struct kdf_piece){.kind = KDF_BYTES};
    switch (piece->type) {
    case CK_SP800_108_ITERATION_VARIABLE:
        *out = piece->formatted ? number(piece) : (struct kdf_piece){.kind = KDF_CHAINED};
        return PQHW_OK;
    case CK_SP800_108_COUNTER:
        *out = number(piece);
        return PQHW_OK;
    case CK_SP800_108_DKM_LENGTH:
        out->bytes = span(input->length, piece->width_bits / 8);
        return write_length(piece, input->sums, input->length);
    case CK_SP800_108_KEY_HANDLE:
        return read_key(how, input, out);
    default:
        out->bytes = piece->data;
        return PQHW_OK;
    }
}

static enum kdf_mode mode_of(CK_MECHANISM_TYPE type)
{
    switch (type) {
    case CKM_SP800_108_COUNTER_KDF:
        return KDF_COUNTER;
    case CKM_SP800_108_FEEDBACK_KDF:
        return KDF_FEEDBACK;
    default:
        return KDF_DOUBLE_PIPELINE;
    }
}

/* The values, without what is left of each one's last block. */
static enum pqhw_status pack(const struct backend_derive *how, const struct secret *blocks,
                             struct sums sums, size_t block_len, struct secret *out)
{
    enum pqhw_status status = PQHW_OK;
    size_t from = 0;
    size_t to = 0;

    TRY(secret_new(out, sums.keys));
    for (size_t i = 0; i < how->num_lens; i++) {
        memcpy(out->ptr + to, blocks->ptr + from, how->lens[i]);
        from += whole_blocks(how->lens[i], block_len);
        to += how->lens[i];
    }
out:
    return status;
}

enum pqhw_status derive_108(const struct deriving *how, struct secret *out)
{
    enum pqhw_status status = PQHW_OK;
    const struct derive_lists *lists = how->mechanism->lists;
    struct input input = {0};
    struct secret blocks = {0};
    struct kdf_108 kdf = {
        .mode = mode_of(how->mechanism->type),
        .pieces = input.pieces,
        .num_pieces = lists->num_pieces,
        .iv = how->mechanism->iv,
    };

    kdf.prf.cmac = !mechanism_108_hash(how->mechanism, &kdf.prf.alg);
    REQUIRE(!kdf.prf.cmac || how->base->key_type == CKK_AES, PQHW_KEY_TYPE_INCONSISTENT);
    size_t block_len = kdf_prf_len(kdf.prf);
    TRY(sum_up(how->how, block_len, &input.sums));
    for (size_t i = 0; i < lists->num_pieces; i++)
        TRY(read_piece(how->how, &lists->pieces[i], &input, &input.pieces[i]));
    TRY(secret_new(&blocks, input.sums.blocks));
    TRY(kdf_108(how->base->symkey, &blocks, &kdf));
    TRY(pack(how->how, &blocks, input.sums, block_len, out));
out:
    secret_free(&blocks);
    return status;
}
