/* SPDX-License-Identifier: Apache-2.0
 *
 * The product of two vectors in GF(2)[x]/(x^n - 1) by Karatsuba's method, dense by dense: what is
 * read, and when, depends on the parameter set alone. A file per CPU includes this once, after it
 * has said what a carry-less multiplication works on:
 *
 *   LANES            units of 128 bits in a V
 *   V                the type of LANES units, one beside the other
 *   V_LOAD(p), V_STORE(p, x) from and to LANES * 2 words, aligned
 *   V_XOR(a, b), V_XOR3(a, b, c)
 *   V_LOW(a, b), V_HIGH(a, b) unit by unit, the product of the low halves, and of the high halves
 *   V_FOLD(a)        the sum of the two halves of each unit, in its low half at least
 *   V_UP(a), V_DOWN(a) each unit shifted by half of it
 *
 * and gets the function mul_vectors for its table.
 *
 * The product goes in three tiers. Whole vectors are halved until they are blocks. A block is split
 * into leaves by two and three: all leaves of both factors are written down first, LANES of them
 * side by side in a group, so that one instruction multiplies LANES pairs. A pair of leaves is
 * multiplied in registers.
 */
#ifndef CRYPTO_HQC_MUL_LANES_H
#define CRYPTO_HQC_MUL_LANES_H

#include <string.h>

#include "base/wipe.h"
#include "crypto/hqc/impl.h"
#include "crypto/workspace.h"

#define UNIT_WORDS  2
#define LEAF_UNITS  16
#define LEAF_WORDS  (LEAF_UNITS * UNIT_WORDS)
#define MAX_LEAVES  36
#define MAX_UNITS   512 /* of a factor */
#define GROUP_WORDS (2 * LEAF_WORDS * LANES)
#define NUM_GROUPS  ((MAX_LEAVES + LANES - 1) / LANES)

/* In HQC-5, which takes most: the sums of 256 and 128 units of both factors and their products,
 * then products of 128, 64 and 32 units. */
#define SCRATCH_WORDS (UNIT_WORDS * (4 * (256 + 128) + 128 + 64 + 32))

#define MUL_INLINE static inline __attribute__((always_inline))

/* ------------------------------------------------------------------ leaves, in registers */

MUL_INLINE void mul_1(V out[2], V a, V b)
{
    const V low = V_LOW(a, b);
    const V high = V_HIGH(a, b);
    const V middle = V_XOR3(V_LOW(V_FOLD(a), V_FOLD(b)), low, high);

    out[0] = V_XOR(low, V_UP(middle));
    out[1] = V_XOR(high, V_DOWN(middle));
}

/* The product from those of the low halves, the high halves, and the sums: of 2 half units each. */
MUL_INLINE void join(V out[], const V low[], const V high[], const V sums[], unsigned half)
{
    for (unsigned i = 0; i < half; i++) {
        const V both = V_XOR(low[half + i], high[i]);

        out[i] = low[i];
        out[half + i] = V_XOR3(both, low[i], sums[i]);
        out[2 * half + i] = V_XOR3(both, high[half + i], sums[half + i]);
        out[3 * half + i] = high[half + i];
    }
}

MUL_INLINE void add(V out[], const V a[], unsigned half)
{
    for (unsigned i = 0; i < half; i++)
        out[i] = V_XOR(a[i], a[half + i]);
}

MUL_INLINE void mul_2(V out[4], const V a[2], const V b[2])
{
    V low[2];
    V high[2];
    V sums[2];

    mul_1(low, a[0], b[0]);
    mul_1(high, a[1], b[1]);
    mul_1(sums, V_XOR(a[0], a[1]), V_XOR(b[0], b[1]));
    join(out, low, high, sums, 1);
}

MUL_INLINE void mul_4(V out[8], const V a[4], const V b[4])
{
    V low[4];
    V high[4];
    V sums[4];
    V sum_a[2];
    V sum_b[2];

    add(sum_a, a, 2);
    add(sum_b, b, 2);
    mul_2(low, a, b);
    mul_2(high, a + 2, b + 2);
    mul_2(sums, sum_a, sum_b);
    join(out, low, high, sums, 2);
}

static void mul_8(V out[16], const V a[8], const V b[8])
{
    WORKSPACE V low[8];
    WORKSPACE V high[8];
    WORKSPACE V sums[8];
    WORKSPACE V sum_a[4];
    WORKSPACE V sum_b[4];

    add(sum_a, a, 4);
    add(sum_b, b, 4);
    mul_4(low, a, b);
    mul_4(high, a + 4, b + 4);
    mul_4(sums, sum_a, sum_b);
    join(out, low, high, sums, 4);
}

/* Leaves a, then b, become their product. */
static void mul_group(uint64_t group[GROUP_WORDS])
{
    WORKSPACE V in[2 * LEAF_UNITS];
    WORKSPACE V out[2 * LEAF_UNITS];
    WORKSPACE V low[LEAF_UNITS];
    WORKSPACE V high[LEAF_UNITS];
    WORKSPACE V sums[LEAF_UNITS];

    for (unsigned i = 0; i < 2 * LEAF_UNITS; i++)
        in[i] = V_LOAD(group + (size_t)i * UNIT_WORDS * LANES);
    mul_8(low, in, in + 16);
    mul_8(high, in + 8, in + 24);
    add(out, in, 8);
    add(out + 8, in + 16, 8);
    mul_8(sums, out, out + 8);
    join(out, low, high, sums, 8);
    for (unsigned i = 0; i < 2 * LEAF_UNITS; i++)
        V_STORE(group + (size_t)i * UNIT_WORDS * LANES, out[i]);
}

/* ------------------------------------------------------------------ blocks, in groups */

struct mul_room {
    uint64_t group[NUM_GROUPS * GROUP_WORDS] __attribute__((aligned(64)));
    uint64_t scratch[SCRATCH_WORDS];
    uint64_t a[UNIT_WORDS * MAX_UNITS];
    uint64_t b[UNIT_WORDS * MAX_UNITS];
    uint64_t product[2 * UNIT_WORDS * MAX_UNITS];
    size_t num_groups; /* that a block takes */
};

/* A walk over the leaves of a block, always in the same order. */
struct mul_walk {
    uint64_t *group;
    unsigned num_leaves; /* so far */
    unsigned offset;     /* of the factor in its group; the product begins where a does */
};

static uint64_t *next_leaf(struct mul_walk *walk)
{
    const size_t n = walk->num_leaves++;

    return walk->group + n / LANES * GROUP_WORDS + walk->offset + n % LANES * UNIT_WORDS;
}

static void xor_words(uint64_t *restrict out, const uint64_t *a, const uint64_t *b, size_t num)
{
    for (size_t i = 0; i < num; i++)
        out[i] = a[i] ^ b[i];
}

static void put_leaf(struct mul_walk *walk, const uint64_t *in)
{
    uint64_t *leaf = next_leaf(walk);

    for (unsigned i = 0; i < LEAF_UNITS; i++)
        memcpy(leaf + (size_t)i * UNIT_WORDS * LANES, in + (size_t)i * UNIT_WORDS,
               UNIT_WORDS * sizeof(uint64_t));
}

static void take_leaf(struct mul_walk *walk, uint64_t *out)
{
    const uint64_t *leaf = next_leaf(walk);

    for (unsigned i = 0; i < 2 * LEAF_UNITS; i++)
        memcpy(out + (size_t)i * UNIT_WORDS, leaf + (size_t)i * UNIT_WORDS * LANES,
               UNIT_WORDS * sizeof(uint64_t));
}

/* Write down the leaves of a factor of a block: its parts, and the sums of each two of them. */
static void spread(struct mul_walk *walk, const uint64_t *in, size_t num, const uint8_t *ways,
                   uint64_t *scratch)
{
    const size_t part = num == LEAF_WORDS ? 0 : *ways == 2 ? num / 2 : num / 3;

    if (part == 0) {
        put_leaf(walk, in);
        return;
    }
    for (unsigned i = 0; i < *ways; i++)
        spread(walk, in + i * part, part, ways + 1, scratch);
    for (unsigned i = 0; i < *ways; i++)
        for (unsigned j = i + 1; j < *ways; j++) {
            xor_words(scratch, in + i * part, in + j * part, part);
            spread(walk, scratch, part, ways + 1, scratch + part);
        }
}

/* out has the product of the low halves, then that of the high ones, of 2 part words each, and
 * becomes the product of the whole. */
static void join_2(uint64_t *out, const uint64_t *restrict sums, size_t part)
{
    uint64_t *restrict const low_low = out;
    uint64_t *restrict const low_high = out + part;
    uint64_t *restrict const high_low = out + 2 * part;
    uint64_t *restrict const high_high = out + 3 * part;

    for (size_t i = 0; i < part; i++) {
        const uint64_t both = low_high[i] ^ high_low[i];

        low_high[i] = both ^ low_low[i] ^ sums[i];
        high_low[i] = both ^ high_high[i] ^ sums[part + i];
    }
}

/* The product of three thirds from p: those of the thirds 0, 1, 2, and of their sums 0 + 1, 0 + 2
 * and 1 + 2, of 2 part words each. */
static void join_3(uint64_t *restrict out, const uint64_t *restrict p, size_t part)
{
    const size_t size = 2 * part;

    for (size_t i = 0; i < part; i++) {
        const uint64_t low[3] = {p[i], p[size + i], p[2 * size + i]};
        const uint64_t high[3] = {p[part + i], p[size + part + i], p[2 * size + part + i]};
        const uint64_t low_01 = p[3 * size + i] ^ low[0] ^ low[1];
        const uint64_t low_02 = p[4 * size + i] ^ low[0] ^ low[1] ^ low[2];
        const uint64_t low_12 = p[5 * size + i] ^ low[1] ^ low[2];
        const uint64_t high_01 = p[3 * size + part + i] ^ high[0] ^ high[1];
        const uint64_t high_02 = p[4 * size + part + i] ^ high[0] ^ high[1] ^ high[2];
        const uint64_t high_12 = p[5 * size + part + i] ^ high[1] ^ high[2];

        out[i] = low[0];
        out[part + i] = high[0] ^ low_01;
        out[2 * part + i] = high_01 ^ low_02;
        out[3 * part + i] = high_02 ^ low_12;
        out[4 * part + i] = high_12 ^ low[2];
        out[5 * part + i] = high[2];
    }
}

/* The product of a block of num words from those of its leaves. */
static void gather(struct mul_walk *walk, uint64_t *out, size_t num, const uint8_t *ways,
                   uint64_t *scratch)
{
    const size_t part = num == LEAF_WORDS ? 0 : *ways == 2 ? num / 2 : num / 3;

    if (part == 0) {
        take_leaf(walk, out);
    } else if (*ways == 2) {
        gather(walk, out, part, ways + 1, scratch);
        gather(walk, out + 2 * part, part, ways + 1, scratch);
        gather(walk, scratch, part, ways + 1, scratch + 2 * part);
        join_2(out, scratch, part);
    } else {
        for (unsigned i = 0; i < 6; i++)
            gather(walk, scratch + i * 2 * part, part, ways + 1, scratch + 12 * part);
        join_3(out, scratch, part);
    }
}

static void mul_block(struct mul_room *room, uint64_t *out, const uint64_t *a, const uint64_t *b,
                      const struct hqc_split *split, uint64_t *scratch)
{
    const size_t num = (size_t)split->block_units * UNIT_WORDS;
    struct mul_walk walk_a = {room->group, 0, 0};
    struct mul_walk walk_b = {room->group, 0, GROUP_WORDS / 2};
    struct mul_walk walk_out = {room->group, 0, 0};

    spread(&walk_a, a, num, split->ways, scratch);
    spread(&walk_b, b, num, split->ways, scratch);
    room->num_groups = (walk_a.num_leaves + LANES - 1) / LANES;
    for (size_t n = 0; n < room->num_groups; n++)
        mul_group(room->group + n * GROUP_WORDS);
    gather(&walk_out, out, num, split->ways, scratch);
}

/* ------------------------------------------------------------------ the whole */

/* out = a b, of 2 num and num words, num being so many halvings above a block. */
static void mul_halves(struct mul_room *room, uint64_t *out, const uint64_t *a, const uint64_t *b,
                       const struct hqc_split *split, unsigned halvings, uint64_t *scratch)
{
    const size_t part = ((size_t)split->block_units * UNIT_WORDS << halvings) / 2;
    uint64_t *const sum_a = scratch;
    uint64_t *const sum_b = scratch + part;
    uint64_t *const sums = scratch + 2 * part;

    if (halvings == 0) {
        mul_block(room, out, a, b, split, scratch);
        return;
    }
    scratch += 4 * part;
    mul_halves(room, out, a, b, split, halvings - 1, scratch);
    mul_halves(room, out + 2 * part, a + part, b + part, split, halvings - 1, scratch);
    xor_words(sum_a, a, a + part, part);
    xor_words(sum_b, b, b + part, part);
    mul_halves(room, sums, sum_a, sum_b, split, halvings - 1, scratch);
    join_2(out, sums, part);
}

/* x^n = 1. */
static void reduce(uint64_t *out, const uint64_t *product, const struct hqc_params *params)
{
    const unsigned words = params->n / 64;
    const unsigned bits = params->n % 64;
    const uint64_t *high = product + words;

    for (unsigned i = 0; i <= words; i++)
        out[i] = product[i] ^ high[i] >> bits ^ high[i + 1] << (64 - bits);
    out[words] &= ((uint64_t)1 << bits) - 1;
    for (unsigned i = words + 1; i < params->num_words; i++)
        out[i] = 0;
}

/* Words of the scratch memory that a product takes; below a block, where its leaves are gathered.
 */
static size_t scratch_words(const struct hqc_split *split)
{
    size_t part = (size_t)split->block_units * UNIT_WORDS << split->num_halvings;
    size_t num = 0;

    for (unsigned i = 0; i < split->num_halvings; i++) {
        part /= 2;
        num += 4 * part;
    }
    for (const uint8_t *ways = split->ways; *ways != 0; ways++) {
        part = *ways == 2 ? part / 2 : part / 3;
        num += *ways == 2 ? 2 * part : 12 * part;
    }
    return num;
}

/* What has been used of it. */
static void wipe_room(struct mul_room *room, const struct hqc_split *split, size_t num)
{
    wipe(room->group, room->num_groups * GROUP_WORDS * sizeof(room->group[0]));
    wipe(room->scratch, scratch_words(split) * sizeof(room->scratch[0]));
    wipe(room->a, num * sizeof(room->a[0]));
    wipe(room->b, num * sizeof(room->b[0]));
    wipe(room->product, 2 * num * sizeof(room->product[0]));
    wipe_stack();
}

/* A vector, and zeros up to num words. */
static void load_factor(uint64_t *factor, const uint64_t *vector, size_t num_words, size_t num)
{
    memcpy(factor, vector, num_words * sizeof(factor[0]));
    memset(factor + num_words, 0, (num - num_words) * sizeof(factor[0]));
}

static void mul_vectors(uint64_t *out, const uint64_t *a, const uint64_t *b,
                        const struct hqc_params *params)
{
    const struct hqc_split *split = &params->split;
    const size_t num = (size_t)split->block_units * UNIT_WORDS << split->num_halvings;
    WORKSPACE struct mul_room room;

    /* For clang's analyzer, which does not follow the recursion that writes the room. */
    __asm__("" : "=m"(room));
    load_factor(room.a, a, params->num_words, num);
    load_factor(room.b, b, params->num_words, num);
    mul_halves(&room, room.product, room.a, room.b, split, split->num_halvings, room.scratch);
    reduce(out, room.product, params);
    wipe_room(&room, split, num);
}

#endif
