/* SPDX-License-Identifier: Apache-2.0
 *
 * The samplers, and in plain C what positions become.
 */
#include "crypto/hqc/sample.h"

#include <string.h>

#include "base/ct.h"
#include "base/wipe.h"
#include "crypto/hqc/impl.h"

#define ROW_WORDS 8
#define ROW_SHIFT 9 /* log2 of the bits of a row */

/* 1 if a == b, else 0. No barrier, so that loops over it become vectors; what is made of it has
 * one. */
static inline uint32_t equal(uint32_t a, uint32_t b)
{
    const uint32_t difference = a ^ b;

    return 1u ^ (difference | (0u - difference)) >> 31;
}

/* ------------------------------------------------------------------ y and x */

size_t hqc_secret_draw_len(const struct hqc_params *params)
{
    const size_t wanted = (size_t)6 * params->w;

    return (wanted + SHAKE256_RATE - 1) / SHAKE256_RATE * SHAKE256_RATE;
}

/* Little-endian. */
static uint32_t draw_24(struct hqc_draw *draw)
{
    uint32_t sk_number = 0;

    for (unsigned i = 0; i < 3; i++) {
        uint8_t sk_byte;

        if (draw->len > 0) {
            sk_byte = *draw->drawn++;
            draw->len--;
        } else {
            keccak_squeeze(draw->xof, &sk_byte, 1);
        }
        sk_number |= (uint32_t)sk_byte << (8 * i);
    }
    return sk_number;
}

/* x mod n for x below 2^24. The quotient comes out right or one too small. */
static uint32_t reduce(uint32_t x, const struct hqc_params *params)
{
    const uint32_t quotient = (uint32_t)(((uint64_t)x * params->reciprocal) >> 32);
    const uint32_t rest = x - quotient * params->n;
    const uint32_t below = 0u - ((rest - params->n) >> 31);

    return rest - (~ct_barrier_u32(below) & params->n);
}

/* Whether one of them is it: 1 or 0. */
static uint32_t is_among(uint32_t it, const uint32_t *positions, unsigned num)
{
    uint32_t found = 0;

    it = ct_barrier_u32(it);
    for (unsigned i = 0; i < num; i++)
        found |= equal(positions[i], it);
    return found;
}

void hqc_sample_secret(uint64_t *out, const struct hqc_params *params, struct hqc_draw *draw)
{
    uint32_t sk_positions[HQC_MAX_WEIGHT] = {0};
    unsigned num = 0;

    while (num < params->w) {
        const uint32_t sk_number = draw_24(draw);
        const uint32_t sk_position = reduce(sk_number, params);
        uint32_t rejected = 1u ^ ((sk_number - params->limit) >> 31 &
                                  (1u ^ is_among(sk_position, sk_positions, num)));

        /* A position that is accepted is uniform among those that are left, whatever was rejected
         * before it and why. */
        CT_PUBLIC(&rejected, sizeof(rejected));
        if (rejected != 0)
            continue;
        sk_positions[num++] = sk_position;
    }
    hqc_impl()->set_bits(out, params, sk_positions, params->w);
    WIPE(sk_positions);
}

/* ------------------------------------------------------------------ r2, e and r1 */

void hqc_sample_noise(uint64_t *out, const struct hqc_params *params, const uint8_t *random)
{
    uint32_t sk_positions[HQC_MAX_WEIGHT];

    for (uint32_t i = 0; i < params->w_r; i++) {
        const uint8_t *p = random + (size_t)4 * i;
        const uint64_t number =
            p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;

        sk_positions[i] = i + (uint32_t)(number * (params->n - i) >> 32);
    }
    hqc_impl()->make_distinct(sk_positions, params->w_r);
    hqc_impl()->set_bits(out, params, sk_positions, params->w_r);
    WIPE(sk_positions);
}

/* ------------------------------------------------------------------ in plain C */

void hqc_portable_make_distinct(uint32_t *positions, unsigned weight)
{
    for (unsigned i = weight; i-- > 0;) {
        const uint32_t again = is_among(positions[i], positions + i + 1, weight - i - 1);

        positions[i] = ct_select_u32(0u - again, i, positions[i]);
    }
}

/* A position as the number of a row, and a row with the bit in it. */
struct bit {
    uint32_t row;
    uint64_t word[ROW_WORDS];
};

static void split_position(struct bit *bit, uint32_t position)
{
    uint64_t word = 1; /* moved up by constants, as not every shifter takes a secret */

    for (unsigned i = 0; i < 6; i++) {
        const uint64_t moves = ct_barrier_u64((uint64_t)0 - (position >> i & 1));

        word = (word & ~moves) | (word << (1u << i) & moves);
    }
    bit->row = position >> ROW_SHIFT;
    for (uint32_t i = 0; i < ROW_WORDS; i++)
        bit->word[i] = word & ((uint64_t)0 - equal(position >> 6 & (ROW_WORDS - 1), i));
}

void hqc_portable_set_bits(uint64_t *out, const struct hqc_params *params,
                           const uint32_t *positions, unsigned weight)
{
    struct bit sk_bits[HQC_MAX_WEIGHT];

    for (unsigned j = 0; j < weight; j++)
        split_position(&sk_bits[j], positions[j]);
    for (uint32_t row = 0; row < params->num_words / ROW_WORDS; row++) {
        uint64_t *words = out + (size_t)row * ROW_WORDS;

        memset(words, 0, ROW_WORDS * sizeof(words[0]));
        for (unsigned j = 0; j < weight; j++) {
            const uint64_t mask = ct_barrier_u64((uint64_t)0 - equal(sk_bits[j].row, row));

            for (unsigned i = 0; i < ROW_WORDS; i++)
                words[i] |= sk_bits[j].word[i] & mask;
        }
    }
    wipe(sk_bits, weight * sizeof(sk_bits[0]));
}
