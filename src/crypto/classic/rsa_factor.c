/* SPDX-License-Identifier: Apache-2.0
 *
 * The primes of a modulus whose two exponents are known (SP 800-56B, appendix C): e d - 1 is 2^t r,
 * a multiple of what every number's powers repeat after. So of g^r, squared again and again, the
 * last before 1 is a root of 1, and for every second g one that is neither 1 nor -1: less 1, it has
 * one of the primes.
 *
 * Powers, divisions and the greatest common divisor are libcrypto's in constant time. Which g is
 * the first that serves, and how often its power is squared, show in the time: these tell how many
 * zeros p - 1 and q - 1 end with. It is done once, when a key comes in.
 */
#include <openssl/bn.h>

#include "crypto/classic/rsa_key.h"

/* One in 2^40 moduli is left over. */
static const uint8_t bases[] = {
    2,  3,  5,  7,  11, 13,  17,  19,  23,  29,  31,  37,  41,  43,  47,  53,  59,  61,  67,  71,
    73, 79, 83, 89, 97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167, 173};
#define NUM_BASES (sizeof(bases) / sizeof(bases[0]))

enum {
    N,
    MINUS_ONE, /* n - 1 */
    R,
    ROOT,
    SQUARE,
    P,
    Q,
    REST,
    NUM_NUMBERS
};

struct factoring {
    BN_CTX *work;
    BN_MONT_CTX *mont;
    BIGNUM *at[NUM_NUMBERS];
    int twos; /* t */
};

static void factoring_free(struct factoring *f)
{
    for (int i = 0; i < NUM_NUMBERS; i++)
        BN_clear_free(f->at[i]);
    BN_MONT_CTX_free(f->mont);
    BN_CTX_free(f->work);
}

static bool put(BIGNUM *out, struct span number)
{
    return BN_bin2bn(number.ptr, (int)number.len, out) != NULL;
}

static enum pqhw_status factoring_new(struct factoring *f, const struct classic *classic,
                                      const struct span parts[RSA_NUM_PARTS])
{
    enum pqhw_status status = PQHW_OK;
    BIGNUM *e, *d;

    f->work = BN_CTX_new_ex(classic->lib);
    f->mont = BN_MONT_CTX_new();
    REQUIRE(f->work != NULL && f->mont != NULL, PQHW_NO_MEMORY);
    for (int i = 0; i < NUM_NUMBERS; i++) {
        f->at[i] = BN_new();
        REQUIRE(f->at[i] != NULL, PQHW_NO_MEMORY);
        BN_set_flags(f->at[i], BN_FLG_CONSTTIME);
    }
    e = f->at[P]; /* which come later */
    d = f->at[Q];
    REQUIRE(put(f->at[N], parts[RSA_MODULUS]) && put(e, parts[RSA_PUBLIC_EXPONENT]) &&
                put(d, parts[RSA_PRIVATE_EXPONENT]) &&
                BN_MONT_CTX_set(f->mont, f->at[N], f->work) == 1 &&
                BN_copy(f->at[MINUS_ONE], f->at[N]) != NULL &&
                BN_sub_word(f->at[MINUS_ONE], 1) == 1 && BN_mul(f->at[REST], e, d, f->work) == 1 &&
                BN_sub_word(f->at[REST], 1) == 1,
            PQHW_NO_MEMORY);
    REQUIRE(!BN_is_zero(f->at[REST]) && !BN_is_odd(f->at[REST]), PQHW_DATA_INVALID);
    while (!BN_is_bit_set(f->at[REST], f->twos))
        f->twos++;
    REQUIRE(BN_rshift(f->at[R], f->at[REST], f->twos) == 1, PQHW_NO_MEMORY);
out:
    return status;
}

/* Does this base give a root of 1 that is neither 1 nor -1? It is in at[ROOT] then.
 * PQHW_DATA_INVALID if its powers do not come to 1: the exponents do not belong to the modulus. */
static enum pqhw_status try_base(struct factoring *f, uint8_t base, bool *found)
{
    enum pqhw_status status = PQHW_OK;
    BIGNUM **root = &f->at[ROOT], **square = &f->at[SQUARE];

    *found = false;
    REQUIRE(BN_set_word(*square, base) == 1 &&
                BN_mod_exp_mont_consttime(*root, *square, f->at[R], f->at[N], f->work, f->mont) ==
                    1,
            PQHW_NO_MEMORY);
    if (BN_is_one(*root))
        return PQHW_OK;
    for (int i = 0; i < f->twos; i++) {
        if (BN_cmp(*root, f->at[MINUS_ONE]) == 0)
            return PQHW_OK;
        REQUIRE(BN_mod_sqr(*square, *root, f->at[N], f->work) == 1, PQHW_NO_MEMORY);
        *found = BN_is_one(*square) == 1;
        if (*found)
            return PQHW_OK;
        BN_swap(*root, *square);
    }
    status = PQHW_DATA_INVALID;
out:
    return status;
}

/* p and q of the root. */
static enum pqhw_status divide(struct factoring *f)
{
    enum pqhw_status status = PQHW_OK;

    REQUIRE(BN_sub_word(f->at[ROOT], 1) == 1 &&
                BN_gcd(f->at[P], f->at[ROOT], f->at[N], f->work) == 1 &&
                BN_div(f->at[Q], f->at[REST], f->at[N], f->at[P], f->work) == 1,
            PQHW_NO_MEMORY);
    REQUIRE(BN_is_zero(f->at[REST]), PQHW_DATA_INVALID);
    if (BN_cmp(f->at[P], f->at[Q]) < 0) /* the larger one first, as usual */
        BN_swap(f->at[P], f->at[Q]);
out:
    return status;
}

enum pqhw_status rsa_factor(const struct classic *classic, struct span parts[RSA_NUM_PARTS],
                            uint8_t *sk_room, size_t len)
{
    enum pqhw_status status = PQHW_OK;
    struct factoring f = {0};
    bool found = false;

    TRY(factoring_new(&f, classic, parts));
    for (size_t i = 0; i < NUM_BASES && !found; i++)
        TRY(try_base(&f, bases[i], &found));
    REQUIRE(found, PQHW_DATA_INVALID);
    TRY(divide(&f));
    REQUIRE(BN_bn2binpad(f.at[P], sk_room, (int)len) == (int)len &&
                BN_bn2binpad(f.at[Q], sk_room + len, (int)len) == (int)len,
            PQHW_DATA_INVALID);
    parts[RSA_PRIME_1] = span(sk_room, len);
    parts[RSA_PRIME_2] = span(sk_room + len, len);
    for (int part = RSA_EXPONENT_1; part <= RSA_COEFFICIENT; part++)
        parts[part] = SPAN_EMPTY; /* nobody knows for which order of the primes they were */
out:
    factoring_free(&f);
    return status;
}
