/* SPDX-License-Identifier: Apache-2.0
 *
 * Loops over the numbers are inside those over the words.
 */
#include "crypto/falcon/bigint.h"

#include "base/wipe.h"
#include "crypto/workspace.h"

/* All ones if the number whose highest word this is is negative, else 0. */
static uint32_t sign_mask(uint32_t highest)
{
    return 0u - (highest >> (BIGINT_BITS - 1));
}

static uint32_t *plane(const struct bigint *x, unsigned w)
{
    return x->words + (size_t)w * x->num;
}

/* x modulo p of the len lowest words, not negative. */
static void mod_unsigned(uint32_t *out, const struct bigint *x, unsigned len, const struct modp *m)
{
    /* 2^31 R: half of 2^32 R. */
    const uint32_t radix = (m->r2 + (m->p & (0u - (m->r2 & 1)))) >> 1;

    for (unsigned j = 0; j < x->num; j++)
        out[j] = 0;
    for (unsigned w = len; w-- > 0;) {
        const uint32_t *word = plane(x, w);

        for (unsigned j = 0; j < x->num; j++) {
            /* A word is below 2^31, which may be above p by a little. */
            uint32_t reduced = modp_sub(word[j], m->p, m->p);

            out[j] = modp_add(modp_mul(m, out[j], radix), reduced, m->p);
        }
    }
}

void bigint_mod(uint32_t *out, const struct bigint *x, const struct modp *m)
{
    const uint32_t *highest = plane(x, x->len - 1);
    const uint32_t radix = (m->r2 + (m->p & (0u - (m->r2 & 1)))) >> 1;
    uint32_t modulus = 1; /* 2^(31 len) */

    for (unsigned w = 0; w < x->len; w++)
        modulus = modp_mul(m, modulus, radix);
    mod_unsigned(out, x, x->len, m);
    for (unsigned j = 0; j < x->num; j++)
        out[j] = modp_sub(out[j], modulus & sign_mask(highest[j]), m->p);
}

/* x += digit * product, in words below len; then word len. */
static void add_multiple(struct bigint *x, unsigned len, const uint32_t *product,
                         const uint32_t *digit)
{
    WORKSPACE uint32_t carry[BIGINT_MAX_NUM];
    uint32_t *next = plane(x, len);

    for (unsigned j = 0; j < x->num; j++)
        carry[j] = 0;
    for (unsigned w = 0; w < len; w++) {
        uint32_t *word = plane(x, w);

        for (unsigned j = 0; j < x->num; j++) {
            uint64_t sum = (uint64_t)product[w] * digit[j] + word[j] + carry[j];

            word[j] = (uint32_t)sum & BIGINT_MASK;
            carry[j] = (uint32_t)(sum >> BIGINT_BITS);
        }
    }
    for (unsigned j = 0; j < x->num; j++)
        next[j] = carry[j];
    wipe(carry, x->num * sizeof(carry[0]));
}

/* x -= product where x is above half of it. */
static void center(struct bigint *x, const uint32_t *product)
{
    WORKSPACE uint32_t borrow[BIGINT_MAX_NUM], mask[BIGINT_MAX_NUM];

    for (unsigned j = 0; j < x->num; j++)
        borrow[j] = 0;
    /* The sign of half the product minus x. */
    for (unsigned w = 0; w < x->len; w++) {
        const uint32_t *word = plane(x, w);
        uint32_t above = w + 1 < x->len ? product[w + 1] : 0;
        uint32_t half = (product[w] >> 1) | (above << (BIGINT_BITS - 1) & BIGINT_MASK);

        for (unsigned j = 0; j < x->num; j++)
            borrow[j] = (half - word[j] - borrow[j]) >> 31;
    }
    for (unsigned j = 0; j < x->num; j++) {
        mask[j] = 0u - borrow[j];
        borrow[j] = 0;
    }
    for (unsigned w = 0; w < x->len; w++) {
        uint32_t *word = plane(x, w);

        for (unsigned j = 0; j < x->num; j++) {
            uint32_t difference = word[j] - (product[w] & mask[j]) - borrow[j];

            word[j] = difference & BIGINT_MASK;
            borrow[j] = difference >> 31;
        }
    }
    wipe(borrow, x->num * sizeof(borrow[0]));
    wipe(mask, x->num * sizeof(mask[0]));
}

/* Garner's way: what is known modulo the primes before gets the multiple of their product that
 * makes it right for the next one. */
void bigint_from_residues(struct bigint *x, bool is_signed)
{
    WORKSPACE uint32_t digit[BIGINT_MAX_NUM];
    uint32_t product[FALCON_NUM_PRIMES];
    struct modp m;

    product[0] = falcon_primes[0].p;
    for (unsigned u = 1; u < x->len; u++) {
        const struct falcon_prime *prime = &falcon_primes[u];
        const uint32_t *residue = plane(x, u);

        modp_init(&m, prime);
        uint32_t inverse = modp_mul(&m, prime->s, m.r2);
        mod_unsigned(digit, x, u, &m);
        for (unsigned j = 0; j < x->num; j++)
            digit[j] = modp_mul(&m, modp_sub(residue[j], digit[j], m.p), inverse);
        add_multiple(x, u, product, digit);
        product[u] = bigint_scale(product, u, prime->p);
    }
    if (is_signed)
        center(x, product);
    wipe(digit, x->num * sizeof(digit[0]));
}

uint32_t bigint_scale(uint32_t *x, unsigned len, uint32_t small)
{
    uint32_t carry = 0;

    for (unsigned w = 0; w < len; w++) {
        uint64_t product = (uint64_t)x[w] * small + carry;

        x[w] = (uint32_t)product & BIGINT_MASK;
        carry = (uint32_t)(product >> BIGINT_BITS);
    }
    return carry;
}

void bigint_to_real(fpr *out, const struct bigint *x, unsigned first, unsigned num, unsigned end,
                    unsigned len)
{
    const uint32_t *highest = plane(x, end - 1) + first;
    WORKSPACE uint32_t carry[FALCON_MAX_N];
    fpr scale = FPR_ONE;

    for (unsigned j = 0; j < num; j++) {
        out[j] = FPR_ZERO;
        carry[j] = sign_mask(highest[j]) & 1;
    }
    /* Magnitudes are summed, and the sign is put on each word. */
    for (unsigned w = end - len; w < end; w++) {
        const uint32_t *word = plane(x, w) + first;

        for (unsigned j = 0; j < num; j++) {
            uint32_t negative = sign_mask(highest[j]);
            uint32_t magnitude = (word[j] ^ (negative & BIGINT_MASK)) + carry[j];
            int32_t digit = (int32_t)(magnitude & BIGINT_MASK);

            carry[j] = magnitude >> BIGINT_BITS;
            digit = (digit ^ (int32_t)negative) - (int32_t)negative;
            out[j] = fpr_add(out[j], fpr_mul(fpr_of(digit), scale));
        }
        scale = fpr_mul(scale, FPR_2_POW_31);
    }
    wipe(carry, num * sizeof(carry[0]));
}

/* Word w of y 2^shift, for shift below 31; *above keeps what the next one gets. */
static inline uint32_t shifted(uint32_t word, unsigned shift, uint32_t *above)
{
    uint32_t low = (word << shift & BIGINT_MASK) | *above;

    *above = word >> (BIGINT_BITS - shift);
    return low;
}

void bigint_sub_shifted(struct bigint *x, unsigned big_len, const struct bigint *y, unsigned shift)
{
    WORKSPACE uint32_t above[BIGINT_MAX_NUM], borrow[BIGINT_MAX_NUM];
    const uint32_t *highest = plane(y, y->len - 1);

    for (unsigned j = 0; j < x->num; j++)
        above[j] = borrow[j] = 0;
    for (unsigned w = shift / BIGINT_BITS, v = 0; w < big_len; w++, v++) {
        uint32_t *word = plane(x, w);
        const uint32_t *from = v < y->len ? plane(y, v) : highest;

        for (unsigned j = 0; j < x->num; j++) {
            uint32_t digit = v < y->len ? from[j] : sign_mask(from[j]) & BIGINT_MASK;
            uint32_t difference =
                word[j] - shifted(digit, shift % BIGINT_BITS, &above[j]) - borrow[j];

            word[j] = difference & BIGINT_MASK;
            borrow[j] = difference >> 31;
        }
    }
    wipe(above, x->num * sizeof(above[0]));
    wipe(borrow, x->num * sizeof(borrow[0]));
}

/* The numbers from to[0] on get k times those from y[0] on. Both have planes of their own widths.
 */
struct row {
    uint32_t *to;
    const uint32_t *from;
    unsigned to_num, from_num; /* from a word to the next */
    unsigned num;
    unsigned to_len, from_len;
    unsigned shift;
    int32_t k;
};

static void add_row(const struct row *row)
{
    WORKSPACE uint32_t above[FALCON_MAX_N];
    WORKSPACE int32_t carry[FALCON_MAX_N];
    const uint32_t *highest = row->from + (size_t)(row->from_len - 1) * row->from_num;

    for (unsigned j = 0; j < row->num; j++) {
        above[j] = 0;
        carry[j] = 0;
    }
    for (unsigned w = row->shift / BIGINT_BITS, v = 0; w < row->to_len; w++, v++) {
        uint32_t *word = row->to + (size_t)w * row->to_num;
        const uint32_t *from = v < row->from_len ? row->from + (size_t)v * row->from_num : highest;

        for (unsigned j = 0; j < row->num; j++) {
            uint32_t digit = v < row->from_len ? from[j] : sign_mask(from[j]) & BIGINT_MASK;
            int64_t sum = (int64_t)shifted(digit, row->shift % BIGINT_BITS, &above[j]) * row->k +
                          word[j] + carry[j];

            word[j] = (uint32_t)sum & BIGINT_MASK;
            carry[j] = (int32_t)(sum >> BIGINT_BITS);
        }
    }
    wipe(above, row->num * sizeof(above[0]));
    wipe(carry, row->num * sizeof(carry[0]));
}

void bigint_sub_product(struct bigint *big, unsigned big_len, const struct bigint *f,
                        unsigned first, const int32_t *k, unsigned shift)
{
    const unsigned n = big->num / 2;
    struct row row = {
        .to_num = big->num,
        .from_num = f->num,
        .to_len = big_len,
        .from_len = f->len,
        .shift = shift,
    };

    for (unsigned i = 0; i < n; i++) {
        row.to = big->words + first + i;
        row.from = f->words + first;
        row.num = n - i;
        row.k = -k[i];
        add_row(&row);
        /* x^n = -1 */
        row.to = big->words + first;
        row.from = f->words + first + n - i;
        row.num = i;
        row.k = k[i];
        add_row(&row);
    }
}

void bigint_extend(struct bigint *x, unsigned len)
{
    for (unsigned w = len; w < x->len; w++)
        for (unsigned j = 0; j < x->num; j++)
            plane(x, w)[j] = sign_mask(plane(x, len - 1)[j]) & BIGINT_MASK;
}
