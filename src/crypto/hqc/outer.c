/* SPDX-License-Identifier: Apache-2.0
 *
 * The outer code in plain C: eight elements to a word.
 */
#include "crypto/hqc/outer.h"

#include <string.h>

#include "base/ct.h"
#include "crypto/hqc/impl.h"

#define BYTES(x)  ((uint64_t)(x)*0x0101010101010101u)
#define REDUCTION 0x1d /* x^8 */

struct elements {
    uint64_t word[4];
};

/* All bits of each byte whose lowest bit is set in x; the others of x must be zero. */
static uint64_t fill_bytes(uint64_t x)
{
    x = ct_barrier_u64(x);
    return (x << 8) - x;
}

static uint64_t times_alpha(uint64_t x)
{
    return (x & BYTES(0x7f)) << 1 ^ (fill_bytes(x >> 7 & BYTES(1)) & BYTES(REDUCTION));
}

static uint64_t mul_8(uint64_t a, uint64_t b)
{
    uint64_t product = 0;

    for (unsigned bit = 8; bit-- > 0;)
        product = times_alpha(product) ^ (a & fill_bytes(b >> bit & BYTES(1)));
    return product;
}

static struct elements w_mul(struct elements a, struct elements b)
{
    for (unsigned i = 0; i < 4; i++)
        a.word[i] = mul_8(a.word[i], b.word[i]);
    return a;
}

static struct elements load(const uint8_t *p)
{
    struct elements x;

    memcpy(&x, p, sizeof(x));
    return x;
}

static void store(uint8_t *p, struct elements x)
{
    memcpy(p, &x, sizeof(x));
}

static struct elements add_elements(struct elements a, struct elements b)
{
    for (unsigned i = 0; i < 4; i++)
        a.word[i] ^= b.word[i];
    return a;
}

static struct elements mask_elements(struct elements a, struct elements b)
{
    for (unsigned i = 0; i < 4; i++)
        a.word[i] &= b.word[i];
    return a;
}

static struct elements set(uint8_t byte)
{
    const uint64_t word = BYTES(byte);

    return (struct elements){{word, word, word, word}};
}

static struct elements zeros(struct elements x)
{
    for (unsigned i = 0; i < 4; i++) {
        uint64_t any = x.word[i];

        any |= any >> 4 & BYTES(0x0f);
        any |= any >> 2 & BYTES(0x03);
        any |= any >> 1 & BYTES(0x01);
        x.word[i] = ~fill_bytes(any & BYTES(1));
    }
    return x;
}

static uint8_t w_sum(struct elements x)
{
    uint64_t sum = x.word[0] ^ x.word[1] ^ x.word[2] ^ x.word[3];

    sum ^= sum >> 32;
    sum ^= sum >> 16;
    return (uint8_t)(sum ^ sum >> 8);
}

#define W             struct elements
#define W_LOAD(p)     load(p)
#define W_STORE(p, x) store(p, x)
#define W_XOR(a, b)   add_elements(a, b)
#define W_AND(a, b)   mask_elements(a, b)
#define W_SET(byte)   set((uint8_t)(byte))
#define W_ZEROS(x)    zeros(x)
#include "crypto/hqc/outer_lanes.h"

void hqc_portable_encode_outer(uint8_t *symbols, const uint8_t *message,
                               const struct hqc_params *params)
{
    encode_symbols(symbols, message, params);
}

void hqc_portable_decode_outer(uint8_t *message, const uint8_t *symbols,
                               const struct hqc_params *params)
{
    correct_symbols(message, symbols, params);
}
