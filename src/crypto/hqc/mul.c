/* SPDX-License-Identifier: Apache-2.0
 *
 * Carry-less multiplication in plain C, by integer multiplications of numbers that have a bit in
 * every fifth place only: of the up to 13 bits that meet in a place, the sum does not reach the
 * next place, and its lowest bit is their sum in GF(2). (The idea is that of BearSSL's
 * ghash_ctmul.) The multiplier of every 64-bit CPU that pqhw runs on takes the same time for all
 * operands.
 */
#include "crypto/hqc/impl.h"

struct unit {
    uint64_t half[2];
};

__extension__ typedef unsigned __int128 wide;

#define EVERY_FIFTH     0x1084210842108421u
#define EVERY_FIFTH_128 ((wide)0x2108421084210842u << 64 | EVERY_FIFTH)

static struct unit mul_64(uint64_t a, uint64_t b)
{
    uint64_t as[5];
    uint64_t bs[5];
    wide sum = 0;

    for (unsigned i = 0; i < 5; i++) {
        as[i] = a & EVERY_FIFTH << i;
        bs[i] = b & EVERY_FIFTH << i;
    }
    for (unsigned place = 0; place < 5; place++) {
        wide product = 0;

        for (unsigned i = 0; i < 5; i++)
            product ^= (wide)as[i] * bs[(place + 5 - i) % 5];
        sum |= product & EVERY_FIFTH_128 << place;
    }
    return (struct unit){{(uint64_t)sum, (uint64_t)(sum >> 64)}};
}

static struct unit load(const uint64_t *p)
{
    return (struct unit){{p[0], p[1]}};
}

static void store(uint64_t *p, struct unit x)
{
    p[0] = x.half[0];
    p[1] = x.half[1];
}

static struct unit add_units(struct unit a, struct unit b)
{
    return (struct unit){{a.half[0] ^ b.half[0], a.half[1] ^ b.half[1]}};
}

#define LANES           1
#define V               struct unit
#define V_LOAD(p)       load(p)
#define V_STORE(p, x)   store(p, x)
#define V_XOR(a, b)     add_units(a, b)
#define V_XOR3(a, b, c) add_units(add_units(a, b), c)
#define V_LOW(a, b)     mul_64((a).half[0], (b).half[0])
#define V_HIGH(a, b)    mul_64((a).half[1], (b).half[1])
#define V_FOLD(a)       ((struct unit){{(a).half[0] ^ (a).half[1], 0}})
#define V_UP(a)         ((struct unit){{0, (a).half[0]}})
#define V_DOWN(a)       ((struct unit){{(a).half[1], 0}})
#include "crypto/hqc/mul_lanes.h"

void hqc_portable_mul(uint64_t *out, const uint64_t *a, const uint64_t *b,
                      const struct hqc_params *params)
{
    mul_vectors(out, a, b, params);
}
