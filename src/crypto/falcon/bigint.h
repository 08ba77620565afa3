/* SPDX-License-Identifier: Apache-2.0
 *
 * The integers of key generation: many at once, of the same length, in words of 31 bits. Word w of
 * number j is x[w * num + j]. Negative numbers are in two's complement.
 */
#ifndef CRYPTO_FALCON_BIGINT_H
#define CRYPTO_FALCON_BIGINT_H

#include "crypto/falcon/fpr.h"
#include "crypto/falcon/modp.h"

#define BIGINT_MASK 0x7fffffffu
#define BIGINT_BITS 31

/* As many numbers as there are at once. */
#define BIGINT_MAX_NUM (2 * FALCON_MAX_N)

/* Where numbers lie, num of them with len words. */
struct bigint {
    uint32_t *words;
    unsigned len;
    unsigned num;
};

/* The numbers modulo p. */
void bigint_mod(uint32_t *out, const struct bigint *x, const struct modp *m);

/* From the numbers modulo the first len primes, one plane for each, to the numbers, in place:
 * signed, or not negative. */
void bigint_from_residues(struct bigint *x, bool is_signed);

/*
 * The num numbers from number `first` on, as reals, leaving out the lowest words: of the len words
 * below word `end` all are taken.
 */
void bigint_to_real(fpr *out, const struct bigint *x, unsigned first, unsigned num, unsigned end,
                    unsigned len);

/* F = F - k f 2^shift modulo x^n + 1, where F and f are the n numbers from number `first` on. Of F,
 * big_len words are in use. */
void bigint_sub_product(struct bigint *big, unsigned big_len, const struct bigint *f,
                        unsigned first, const int32_t *k, unsigned shift);

/* The same of all the numbers: x = x - y 2^shift, in the big_len lowest words of x. */
void bigint_sub_shifted(struct bigint *x, unsigned big_len, const struct bigint *y, unsigned shift);

/* Repeat the sign in the words from len on. */
void bigint_extend(struct bigint *x, unsigned len);

/*
 * u and v with x u - y v = 1, 0 <= u < y, 0 <= v < x, for odd x and y of len words each. False if
 * they have a common factor. room has 4 len words. The time depends on len alone.
 */
bool bigint_bezout(uint32_t *u, uint32_t *v, const uint32_t *x, const uint32_t *y, unsigned len,
                   uint32_t *room);

/* x *= small, of one number. Returns what does not fit. */
uint32_t bigint_scale(uint32_t *x, unsigned len, uint32_t small);

#endif
