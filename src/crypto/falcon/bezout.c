/* SPDX-License-Identifier: Apache-2.0
 *
 * The binary extended Euclidean algorithm in constant time (specification, 4.4.3; T. Pornin,
 * "Optimized Binary GCD for Modular Inversion", eprint 2020/972), 31 steps at once: what the steps
 * do is decided on the lowest word and the two highest, and then done to all words.
 *
 * a = x u0 - y v0 and b = x u1 - y v1 at all times; u is modulo y, v modulo x.
 */
#include "crypto/falcon/bigint.h"

#define STEPS BIGINT_BITS

/* What the steps make of (a, b): (pa a + pb b, qa a + qb b) / 2^31. */
struct factors {
    int64_t pa, pb, qa, qb;
};

static uint64_t mask64(uint64_t bit)
{
    return (uint64_t)0 - bit;
}

/* The two words of a where the highest of a and b that is not zero is, and below. */
struct tops {
    uint64_t a, b;
};

static struct tops highest(const uint32_t *a, const uint32_t *b, unsigned len)
{
    uint32_t a0 = 0, a1 = 0, b0 = 0, b1 = 0;
    uint32_t before = ~0u, at = ~0u; /* all ones while there were only zeros, and one word longer */

    for (unsigned w = len; w-- > 0;) {
        a0 ^= (a0 ^ a[w]) & before;
        a1 ^= (a1 ^ a[w]) & at;
        b0 ^= (b0 ^ b[w]) & before;
        b1 ^= (b1 ^ b[w]) & at;
        at = before;
        before &= (((a[w] | b[w]) + BIGINT_MASK) >> 31) - 1;
    }
    /* If the lowest word is the only one, it is the lower of the two. */
    a1 |= a0 & at;
    b1 |= b0 & at;
    return (struct tops){(uint64_t)(a0 & ~at) << BIGINT_BITS | a1,
                         (uint64_t)(b0 & ~at) << BIGINT_BITS | b1};
}

static void halve_often(struct factors *f, struct tops top, uint32_t a, uint32_t b)
{
    *f = (struct factors){.pa = 1, .qb = 1};
    for (unsigned i = 0; i < STEPS; i++) {
        uint64_t a_odd = a >> i & 1, both_odd = a_odd & (b >> i);
        uint64_t a_larger = (top.b - top.a) >> 63;
        uint64_t from_a = mask64(both_odd & a_larger);
        uint64_t from_b = mask64(both_odd & ~a_larger);

        a -= b & (uint32_t)from_a;
        top.a -= top.b & from_a;
        f->pa -= f->qa & (int64_t)from_a;
        f->pb -= f->qb & (int64_t)from_a;
        b -= a & (uint32_t)from_b;
        top.b -= top.a & from_b;
        f->qa -= f->pa & (int64_t)from_b;
        f->qb -= f->pb & (int64_t)from_b;

        /* One of them is even: it is halved, which is to say that the other is doubled. */
        uint64_t a_even = from_a | mask64(a_odd ^ 1);
        b += b & (uint32_t)a_even;
        f->qa += f->qa & (int64_t)a_even;
        f->qb += f->qb & (int64_t)a_even;
        top.a ^= (top.a ^ top.a >> 1) & a_even;
        a += a & (uint32_t)~a_even;
        f->pa += f->pa & (int64_t)~a_even;
        f->pb += f->pb & (int64_t)~a_even;
        top.b ^= (top.b ^ top.b >> 1) & ~a_even;
    }
}

/* x = -x if mask is all ones. */
static void negate(uint32_t *x, unsigned len, uint32_t mask)
{
    uint32_t carry = mask & 1;

    for (unsigned w = 0; w < len; w++) {
        uint32_t word = (x[w] ^ (mask & BIGINT_MASK)) + carry;

        x[w] = word & BIGINT_MASK;
        carry = word >> BIGINT_BITS;
    }
}

/* Apply the factors to a and b; where one comes out negative, the factors change their signs. */
static void apply(uint32_t *a, uint32_t *b, unsigned len, struct factors *f)
{
    int64_t carry_a = 0, carry_b = 0;

    for (unsigned w = 0; w < len; w++) {
        int64_t word_a = a[w], word_b = b[w];

        carry_a += word_a * f->pa + word_b * f->pb;
        carry_b += word_a * f->qa + word_b * f->qb;
        if (w > 0) {
            a[w - 1] = (uint32_t)carry_a & BIGINT_MASK;
            b[w - 1] = (uint32_t)carry_b & BIGINT_MASK;
        }
        carry_a >>= BIGINT_BITS;
        carry_b >>= BIGINT_BITS;
    }
    a[len - 1] = (uint32_t)carry_a & BIGINT_MASK;
    b[len - 1] = (uint32_t)carry_b & BIGINT_MASK;

    int64_t sign_a = carry_a >> 63, sign_b = carry_b >> 63;
    negate(a, len, (uint32_t)sign_a);
    negate(b, len, (uint32_t)sign_b);
    f->pa = (f->pa ^ sign_a) - sign_a;
    f->pb = (f->pb ^ sign_a) - sign_a;
    f->qa = (f->qa ^ sign_b) - sign_b;
    f->qb = (f->qb ^ sign_b) - sign_b;
}

/* Bring x + top 2^(31 len), between -m and 2m, to 0 … m - 1. */
static void finish(uint32_t *x, unsigned len, const uint32_t *m, int64_t top)
{
    int64_t difference = 0;

    for (unsigned w = 0; w < len; w++)
        difference = ((int64_t)x[w] - m[w] + difference) >> BIGINT_BITS;
    difference += top;
    uint32_t add = (uint32_t)(top >> 63);
    uint32_t sub = (uint32_t) ~(difference >> 63);
    int64_t carry = 0;

    for (unsigned w = 0; w < len; w++) {
        carry += (int64_t)x[w] + (m[w] & add) - (m[w] & sub);
        x[w] = (uint32_t)carry & BIGINT_MASK;
        carry >>= BIGINT_BITS;
    }
}

/* Apply the factors to u and v modulo m; minus_inverse is -1 / m modulo 2^31. */
static void apply_modulo(uint32_t *u, uint32_t *v, const uint32_t *m, unsigned len,
                         const struct factors *f, uint32_t minus_inverse)
{
    /* Multiples of m that make the lowest word zero. */
    int64_t times_u =
        (uint32_t)(((uint64_t)(u[0] * (uint64_t)f->pa + v[0] * (uint64_t)f->pb)) * minus_inverse) &
        BIGINT_MASK;
    int64_t times_v =
        (uint32_t)(((uint64_t)(u[0] * (uint64_t)f->qa + v[0] * (uint64_t)f->qb)) * minus_inverse) &
        BIGINT_MASK;
    int64_t carry_u = 0, carry_v = 0;

    for (unsigned w = 0; w < len; w++) {
        int64_t word_u = u[w], word_v = v[w];

        carry_u += word_u * f->pa + word_v * f->pb + m[w] * times_u;
        carry_v += word_u * f->qa + word_v * f->qb + m[w] * times_v;
        if (w > 0) {
            u[w - 1] = (uint32_t)carry_u & BIGINT_MASK;
            v[w - 1] = (uint32_t)carry_v & BIGINT_MASK;
        }
        carry_u >>= BIGINT_BITS;
        carry_v >>= BIGINT_BITS;
    }
    u[len - 1] = (uint32_t)carry_u & BIGINT_MASK;
    v[len - 1] = (uint32_t)carry_v & BIGINT_MASK;
    finish(u, len, m, carry_u >> BIGINT_BITS);
    finish(v, len, m, carry_v >> BIGINT_BITS);
}

/* -1 / x modulo 2^31 for an odd x. */
static uint32_t minus_inverse_of(uint32_t x)
{
    uint32_t inverse = x;

    for (unsigned i = 0; i < 4; i++)
        inverse *= 2 - x * inverse;
    return (0u - inverse) & BIGINT_MASK;
}

bool bigint_bezout(uint32_t *u, uint32_t *v, const uint32_t *x, const uint32_t *y, unsigned len,
                   uint32_t *room)
{
    uint32_t *a = room, *b = room + len, *u1 = room + 2 * (size_t)len, *v1 = room + 3 * (size_t)len;
    const uint32_t inverse_x = minus_inverse_of(x[0]), inverse_y = minus_inverse_of(y[0]);
    struct factors f;
    uint32_t not_one;

    for (unsigned w = 0; w < len; w++) {
        a[w] = v1[w] = x[w];
        b[w] = u1[w] = y[w];
        u[w] = w == 0;
        v[w] = 0;
    }
    v1[0]--; /* x is odd */
    /* Together a and b lose at least 30 bits each time. */
    for (unsigned bits = 0; bits < 2 * BIGINT_BITS * len + 30; bits += 30) {
        halve_often(&f, highest(a, b, len), a[0], b[0]);
        apply(a, b, len, &f);
        apply_modulo(u, u1, y, len, &f, inverse_y);
        apply_modulo(v, v1, x, len, &f, inverse_x);
    }
    not_one = a[0] ^ 1;
    for (unsigned w = 1; w < len; w++)
        not_one |= a[w];
    return not_one == 0;
}
