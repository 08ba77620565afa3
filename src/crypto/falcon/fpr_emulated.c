/* SPDX-License-Identifier: Apache-2.0
 *
 * In between, a number is sign, exponent and a significand of 56 bits: the 53 of binary64, two
 * more, and one that is set if anything was lost below ("sticky").
 */
#include "crypto/falcon/fpr.h"

#define BIAS       1023
#define LEADING    ((uint64_t)1 << 52) /* of a mantissa, left out in the bits */
#define MANTISSA   (LEADING - 1)
#define EXTRA_BITS 3
#define TOP        ((uint64_t)1 << (52 + EXTRA_BITS))

typedef unsigned __int128 u128;

/* All ones if x is negative, else 0. */
static uint64_t negative_mask(int64_t x)
{
    return (uint64_t)0 - ((uint64_t)x >> 63);
}

/* All ones if x is not zero, else 0. */
static uint64_t nonzero_mask(uint64_t x)
{
    return (uint64_t)0 - ((x | ((uint64_t)0 - x)) >> 63);
}

static uint64_t sign_of(fpr x)
{
    return x.bits >> 63;
}

static int exponent_of(fpr x)
{
    return (int)(x.bits >> 52) & 0x7ff;
}

/* With the leading one; 0 if x is 0. */
static uint64_t significand_of(fpr x)
{
    return ((x.bits & MANTISSA) | LEADING) & nonzero_mask((uint64_t)exponent_of(x));
}

/* x >> num, with the last bit set if anything is lost. num <= 63. */
static uint64_t shift_right_sticky(uint64_t x, unsigned num)
{
    uint64_t lost = x & (((uint64_t)1 << num) - 1);

    return x >> num | (nonzero_mask(lost) & 1);
}

/* Shift left until bit 63 is set; *exponent falls by as much. 0 stays 0. */
static uint64_t normalize(uint64_t x, int *exponent)
{
    for (unsigned num = 32; num > 0; num /= 2) {
        uint64_t small = ~nonzero_mask(x >> (64 - num));

        x = (x & ~small) | (x << num & small);
        *exponent -= (int)(num & small);
    }
    return x;
}

/* Round and put together. significand is 0 or has its top bit at TOP; the value is significand /
 * TOP times 2^(exponent - BIAS). */
static fpr pack(uint64_t sign, int exponent, uint64_t significand)
{
    /* What is too small is zero. */
    uint64_t keep = nonzero_mask(significand) & ~negative_mask((int64_t)exponent - 1);
    uint64_t extra = significand & 7;
    /* Up if above the middle, or in the middle and odd. */
    uint64_t up =
        (0xc8u >> ((significand >> 1 & 4) | (extra >> 1 & 2) | (nonzero_mask(extra & 3) & 1))) & 1;
    /* The leading one adds 1 to the exponent, and so does a carry out of the mantissa. */
    uint64_t magnitude = ((uint64_t)(exponent - 1) << 52) + (significand >> EXTRA_BITS) + up;

    return (fpr){sign << 63 | (magnitude & keep)};
}

/* The same of a significand that may have one bit above TOP. */
static fpr pack_wide(uint64_t sign, int exponent, uint64_t significand)
{
    unsigned wide = (unsigned)(significand / (2 * TOP));

    return pack(sign, exponent + (int)wide, shift_right_sticky(significand, wide));
}

fpr fpr_of(int64_t i)
{
    uint64_t sign = (uint64_t)i >> 63;
    uint64_t magnitude = ((uint64_t)i ^ ((uint64_t)0 - sign)) + sign;
    int exponent = BIAS + 63;

    magnitude = normalize(magnitude, &exponent);
    return pack(sign, exponent, shift_right_sticky(magnitude, 8));
}

fpr fpr_add(fpr x, fpr y)
{
    /* x becomes the larger in magnitude, and of two that are opposite the positive one. */
    uint64_t larger = x.bits << 1 | (sign_of(x) ^ 1);
    uint64_t smaller = y.bits << 1 | (sign_of(y) ^ 1);
    uint64_t swap = ((uint64_t)0 - (larger < smaller)) & (x.bits ^ y.bits);

    x.bits ^= swap;
    y.bits ^= swap;
    int exponent = exponent_of(x);
    unsigned distance = (unsigned)(exponent - exponent_of(y));
    distance = (distance | (unsigned)negative_mask(63 - (int64_t)distance)) & 63;
    uint64_t a = significand_of(x) << EXTRA_BITS;
    uint64_t b = shift_right_sticky(significand_of(y) << EXTRA_BITS, distance);
    uint64_t opposite = (uint64_t)0 - (sign_of(x) ^ sign_of(y));
    uint64_t sum = a + ((b ^ opposite) - opposite);
    /* The sum is below 2^57: to bit 63, and back to TOP. */
    exponent += 8;
    sum = normalize(sum, &exponent);
    return pack(sign_of(x), exponent, shift_right_sticky(sum, 8));
}

fpr fpr_mul(fpr x, fpr y)
{
    u128 product = (u128)significand_of(x) * significand_of(y);
    uint64_t low = (uint64_t)product & (((uint64_t)1 << 49) - 1);
    uint64_t high = (uint64_t)(product >> 49) | (nonzero_mask(low) & 1);

    return pack_wide(sign_of(x) ^ sign_of(y), exponent_of(x) + exponent_of(y) - BIAS, high);
}

fpr fpr_half(fpr x)
{
    uint64_t keep = nonzero_mask((uint64_t)exponent_of(x) >> 1);

    return (fpr){(x.bits & (uint64_t)1 << 63) | ((x.bits - LEADING) & ~((uint64_t)1 << 63) & keep)};
}

/* 57 bits of the quotient, one by one. */
static fpr divide(fpr x, fpr y)
{
    uint64_t divisor = significand_of(y);
    uint64_t rest = significand_of(x);
    uint64_t quotient = 0;

    for (unsigned i = 0; i < 57; i++) {
        uint64_t difference = rest - divisor;
        uint64_t below = negative_mask((int64_t)difference);

        quotient = quotient << 1 | (~below & 1);
        rest = (rest & below) | (difference & ~below);
        rest <<= 1;
    }
    quotient = (quotient | (nonzero_mask(rest) & 1)) & nonzero_mask(significand_of(x));
    return pack_wide(sign_of(x) ^ sign_of(y), exponent_of(x) - exponent_of(y) + BIAS - 1, quotient);
}

void fpr_invert_each(fpr *x, unsigned num)
{
    for (unsigned i = 0; i < num; i++)
        x[i] = divide(FPR_ONE, x[i]);
}

/* 56 bits of the root, one by one. */
fpr fpr_sqrt(fpr x)
{
    int exponent = exponent_of(x) - BIAS;
    unsigned odd = (unsigned)exponent & 1;
    u128 target = (u128)(significand_of(x) << odd) << 58;
    uint64_t root = 0;

    for (uint64_t bit = TOP; bit > 0; bit >>= 1) {
        u128 square = (u128)(root | bit) * (root | bit);
        uint64_t above = (uint64_t)0 - (uint64_t)((target - square) >> 127);

        root |= bit & ~above;
    }
    u128 rest = target - (u128)root * root;
    root |= nonzero_mask((uint64_t)rest | (uint64_t)(rest >> 64)) & 1;
    return pack(0, (exponent - (int)odd) / 2 + BIAS, root & nonzero_mask(significand_of(x)));
}

bool fpr_less(fpr x, fpr y)
{
    /* Magnitudes of negative numbers run the other way. */
    int64_t a = (int64_t)(x.bits ^ (negative_mask((int64_t)x.bits) >> 1));
    int64_t b = (int64_t)(y.bits ^ (negative_mask((int64_t)y.bits) >> 1));
    uint64_t both_zero = ~nonzero_mask((x.bits | y.bits) << 1);

    return (a < b) & (bool)(~both_zero & 1);
}

/* The magnitude, times 2^62 / 2^62, before it is shifted right by *num <= 63 bits. */
static uint64_t scaled(fpr x, unsigned *num)
{
    int distance = BIAS + 62 - exponent_of(x);
    uint64_t beyond = negative_mask(63 - (int64_t)distance);

    *num = (unsigned)distance & 63;
    return (significand_of(x) << 10) & ~beyond;
}

static int64_t with_sign(uint64_t magnitude, uint64_t sign)
{
    return (int64_t)((magnitude ^ ((uint64_t)0 - sign)) + sign);
}

int64_t fpr_round(fpr x)
{
    unsigned num;
    uint64_t magnitude = scaled(x, &num);
    uint64_t whole = magnitude >> num;
    /* What is behind the point, at the top; num may be 0. */
    uint64_t behind = magnitude << (63 - num) << 1;
    uint64_t half = (uint64_t)1 << 63;
    uint64_t up = (behind > half) | ((behind == half) & (whole & 1));

    return with_sign(whole + up, sign_of(x));
}

int64_t fpr_trunc(fpr x)
{
    unsigned num;
    uint64_t magnitude = scaled(x, &num);

    return with_sign(magnitude >> num, sign_of(x));
}

int64_t fpr_floor(fpr x)
{
    unsigned num;
    uint64_t magnitude = scaled(x, &num);
    uint64_t whole = magnitude >> num;
    uint64_t lost = nonzero_mask(magnitude - (whole << num)) & 1;
    /* A magnitude below 2^-1 was taken as nothing, but for its sign. */
    uint64_t tiny = nonzero_mask(significand_of(x)) & ~nonzero_mask(magnitude) & 1;

    return with_sign(whole + ((lost | tiny) & sign_of(x)), sign_of(x));
}
