/* SPDX-License-Identifier: Apache-2.0
 *
 * Polynomials over Z_q and the operations that are worth a SIMD implementation.
 *
 * Coefficients are signed and reduced lazily; the bounds are stated where they matter. "Bounded by
 * b" means -b < x < b.
 */
#ifndef CRYPTO_MLDSA_POLY_H
#define CRYPTO_MLDSA_POLY_H

#include "crypto/cpu.h"
#include "crypto/keccak/keccak.h"
#include "crypto/mldsa/params.h"

struct mldsa_poly {
    int32_t coeff[MLDSA_N];
} __attribute__((aligned(MLDSA_ALIGN)));

/*
 * A polynomial with coefficients -eta … eta, laid out so that its product with a power of x is a
 * window of MLDSA_N coefficients: it follows its negative and is followed by it.
 */
struct mldsa_short {
    int8_t coeff[3 * MLDSA_N];
} __attribute__((aligned(MLDSA_ALIGN)));

/* The challenge's terms 1 * x^i and -1 * x^i, each as where its window in a mldsa_short begins. */
struct mldsa_challenge {
    uint16_t window[MLDSA_MAX_TAU];
    unsigned num;
};

/* A polynomial with coefficients 0 and 1: that of x^j is bit j % 8 of byte j / 8. */
#define MLDSA_HINT_LEN (MLDSA_N / 8)

/* How many times eta <= 4 an int8_t holds. */
#define MLDSA_MAX_SHORT_TERMS 31

/* The widths of packed coefficients: of eta (3, 4), w1 (4, 6), t1, t0 and z (18, 20). */
#define MLDSA_FOR_EACH_WIDTH(X) X(3) X(4) X(6) X(10) X(13) X(18) X(20)

/* Attempts at a signature. */
#define MLDSA_MAX_AT_ONCE 2

/* Chosen once per process. Every implementation gives the very same results as portable C. */
struct mldsa_impl {
    const char *name; /* "portable", … */

    /* How many attempts at a signature to make at once: more than one if Keccak has lanes for their
     * challenges. */
    unsigned num_at_once;

    /* Algorithm 41. In: bounded by q. Out: bounded by 10q. */
    void (*ntt)(struct mldsa_poly *p);

    /*
     * Algorithm 42, times 2^32, which takes back the 2^-32 of one pointwise_acc. In: bounded by q.
     * Out: bounded by q.
     */
    void (*intt)(struct mldsa_poly *p);

    /*
     * out = 2^-32 * the sum of a[i] o b[i], i < num <= 8, in the NTT domain. In: a bounded by q, b
     * by 10q. Out: bounded by q.
     */
    void (*pointwise_acc)(struct mldsa_poly *out, const struct mldsa_poly *a,
                          const struct mldsa_poly *b, size_t num);

    /* p += c s. Returns whether the sum's norm is bound or more, as norm_exceeds does. */
    uint32_t (*add_product)(struct mldsa_poly *p, const struct mldsa_challenge *c,
                            const struct mldsa_short *s, int32_t bound);

    /* All ones if any coefficient is >= bound or <= -bound, else 0; which one does not show. */
    uint32_t (*norm_exceeds)(const struct mldsa_poly *p, int32_t bound);

    /* Algorithm 35. t is bounded by q. t1 or t0 may be t. */
    void (*power2round)(struct mldsa_poly *t1, struct mldsa_poly *t0, const struct mldsa_poly *t);

    /* Algorithm 36. w is bounded by q. w1 or w0 may be w. */
    void (*decompose)(const struct mldsa_params *params, struct mldsa_poly *w1,
                      struct mldsa_poly *w0, const struct mldsa_poly *w);

    /*
     * Algorithm 39 in the form that has the parts of Decompose at hand: w1 are the high bits of
     * w - c s2 and low its low bits plus c t0. Returns how many hints are set.
     */
    uint32_t (*make_hint)(const struct mldsa_params *params, uint8_t hint[MLDSA_HINT_LEN],
                          const struct mldsa_poly *w1, const struct mldsa_poly *low);

    /* Algorithm 40, in place. w is bounded by q. */
    void (*use_hint)(const struct mldsa_params *params, struct mldsa_poly *w,
                     const uint8_t hint[MLDSA_HINT_LEN]);

    /*
     * Algorithms 16 and 18: coefficients 0 … 2^bits - 1 in mldsa_packed_len(bits) bytes. bits is
     * one of MLDSA_FOR_EACH_WIDTH.
     */
    void (*pack)(uint8_t *out, const struct mldsa_poly *p, unsigned bits);
    void (*unpack)(struct mldsa_poly *p, const uint8_t *in, unsigned bits);

    /* Algorithms 17 and 19: the same of top - coefficient. */
    void (*pack_from)(uint8_t *out, const struct mldsa_poly *p, unsigned bits, int32_t top);
    void (*unpack_from)(struct mldsa_poly *p, const uint8_t *in, unsigned bits, int32_t top);

    /*
     * Algorithm 14 on the block that a state of SHAKE128 holds, for public coefficients: those that
     * are accepted go to p from number num on, until it is full. Returns how many there are then.
     */
    unsigned (*accept_uniform)(struct mldsa_poly *p, unsigned num,
                               const uint64_t lane[KECCAK_LANES]);

    /* Algorithm 15 on the block of a state of SHAKE256, in the same way; which half-bytes were
     * rejected may show. Up to eight coefficients after those accepted may be written over. */
    unsigned (*accept_eta)(struct mldsa_poly *p, unsigned num, int32_t eta,
                           const uint64_t lane[KECCAK_LANES]);
};

const struct mldsa_impl *mldsa_impl(void);

/* The one for CPUs of a level, which must be supported; and all of them, for tests. */
const struct mldsa_impl *mldsa_impl_for(enum cpu_level level);
extern const struct mldsa_impl mldsa_portable;
extern const struct mldsa_impl mldsa_avx2;
extern const struct mldsa_impl mldsa_avx512;

/* Bring coefficients bounded by 2^31 - 2^22 to the range -6283009 … 6283008. */
void mldsa_poly_reduce(struct mldsa_poly *p);

/* Bring coefficients bounded by q to the range -(q - 1) / 2 … (q - 1) / 2. */
void mldsa_poly_center(struct mldsa_poly *p);

void mldsa_poly_add(struct mldsa_poly *p, const struct mldsa_poly *a);

/* s = p, or -p if negate. p's coefficients are -eta … eta. */
void mldsa_short_from(struct mldsa_short *s, const struct mldsa_poly *p, bool negate);

#endif
