/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of HQC, in every implementation that this CPU can run, against what their definitions
 * say, done the slow way: products, samplers, and decoding up to, at and beyond what the codes can
 * correct.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/hqc/code.h"
#include "crypto/hqc/impl.h"
#include "crypto/hqc/inner.h"
#include "crypto/hqc/outer.h"
#include "crypto/hqc/sample.h"
#include "random_cases.h"

#define NUM_CASES 40
#define GUARD     8 /* words behind an output that must stay as they are */

static uint64_t seed;
static unsigned num_cases;

static uint64_t next_random(void)
{
    return random_cases_next(&seed);
}

static uint32_t random_below(uint32_t limit)
{
    return (uint32_t)((next_random() >> 32) * limit >> 32);
}

static void random_bytes(uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)next_random();
}

#define FOR_EACH_SET(params)                                                                       \
    for (int set_ = HQC_1; set_ <= HQC_5; set_++)                                                  \
        for (const struct hqc_params *params = hqc_params((enum hqc_set)set_); params != NULL;     \
             params = NULL)

#define FOR_EACH_IMPL(impl)                                                                        \
    for (unsigned index_ = 0; hqc_impl_at(index_) != NULL; index_++)                               \
        for (const struct hqc_impl *impl = hqc_impl_at(index_); impl != NULL; impl = NULL)

static bool get_bit(const uint64_t *words, uint32_t i)
{
    return (words[i / 64] >> (i % 64) & 1) != 0;
}

static void flip_bit(uint64_t *words, uint32_t i)
{
    words[i / 64] ^= (uint64_t)1 << (i % 64);
}

static uint32_t count_bits(const uint64_t *words, uint32_t num)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < num; i++)
        count += get_bit(words, i);
    return count;
}

static void random_vector(uint64_t *out, const struct hqc_params *params)
{
    memset(out, 0, params->num_words * sizeof(out[0]));
    for (uint32_t i = 0; i < params->n; i++)
        if ((next_random() & 1) != 0)
            flip_bit(out, i);
}

/* num different numbers below limit. */
static void random_places(uint32_t *out, unsigned num, uint32_t limit)
{
    static bool taken[1 << 16];

    memset(taken, 0, sizeof(taken));
    for (unsigned i = 0; i < num;) {
        const uint32_t place = random_below(limit);

        if (!taken[place])
            out[i++] = place;
        taken[place] = true;
    }
}

/* ------------------------------------------------------------------ products */

/* a, moved up by each place of b that is one. */
static void slow_mul(uint64_t *out, const uint64_t *a, const uint64_t *b,
                     const struct hqc_params *params)
{
    static uint64_t twice[2 * HQC_MAX_WORDS + 2]; /* a, and a again n places further up */

    memset(twice, 0, sizeof(twice));
    for (uint32_t i = 0; i < params->n; i++)
        if (get_bit(a, i)) {
            flip_bit(twice, i);
            flip_bit(twice, i + params->n);
        }
    memset(out, 0, params->num_words * sizeof(out[0]));
    for (uint32_t place = 0; place < params->n; place++) {
        const uint32_t from = params->n - place; /* bit i of the product is bit i + n - place */

        if (!get_bit(b, place))
            continue;
        for (unsigned i = 0; i <= params->n / 64; i++) {
            const uint64_t low = twice[i + from / 64] >> (from % 64);
            const uint64_t high = twice[i + from / 64 + 1];

            out[i] ^= from % 64 == 0 ? low : low | high << (64 - from % 64);
        }
    }
    out[params->n / 64] &= ((uint64_t)1 << params->n % 64) - 1;
}

static void expect_product(const struct hqc_impl *impl, const struct hqc_params *params,
                           const uint64_t *a, const uint64_t *b, const uint64_t *expected)
{
    static uint64_t out[HQC_MAX_WORDS + GUARD] __attribute__((aligned(64)));

    memset(out, 0xa5, sizeof(out));
    impl->mul(out, a, b, params);
    assert_memory_equal(out, expected, params->num_words * sizeof(out[0]));
    assert_int_equal(out[params->num_words], 0xa5a5a5a5a5a5a5a5);
    memcpy(out, a, params->num_words * sizeof(out[0]));
    impl->mul(out, out, b, params);
    assert_memory_equal(out, expected, params->num_words * sizeof(out[0]));
}

static void test_products(void **state)
{
    static uint64_t a[HQC_MAX_WORDS] __attribute__((aligned(64)));
    static uint64_t b[HQC_MAX_WORDS] __attribute__((aligned(64)));
    static uint64_t expected[HQC_MAX_WORDS];

    (void)state;
    FOR_EACH_SET(params)
    {
        for (unsigned n = 0; n < num_cases / 4; n++) {
            random_vector(a, params);
            random_vector(b, params);
            slow_mul(expected, a, b, params);
            FOR_EACH_IMPL(impl)
            {
                expect_product(impl, params, a, b, expected);
                expect_product(impl, params, b, a, expected);
            }
        }
        /* All ones, whose product with a vector of even weight is zero. */
        memset(a, 0, sizeof(a));
        for (uint32_t i = 0; i < params->n; i++)
            flip_bit(a, i);
        random_vector(b, params);
        if (count_bits(b, params->n) % 2 != 0)
            flip_bit(b, params->n - 1);
        memset(expected, 0, sizeof(expected));
        FOR_EACH_IMPL(impl)
        {
            expect_product(impl, params, a, b, expected);
        }
    }
}

/* x^i times x^j, for places at and beside the ends of words, leaves and blocks. */
static void test_products_of_powers(void **state)
{
    static uint64_t a[HQC_MAX_WORDS] __attribute__((aligned(64)));
    static uint64_t b[HQC_MAX_WORDS] __attribute__((aligned(64)));
    static uint64_t expected[HQC_MAX_WORDS];

    (void)state;
    FOR_EACH_SET(params)
    {
        const uint32_t places[] = {
            0,    1,    63,   64,   127,           128,           2047,         2048,
            6143, 6144, 8191, 8192, params->n / 2, params->n - 2, params->n - 1};
        const unsigned num = sizeof(places) / sizeof(places[0]);

        for (unsigned n = 0; n < num * num; n++) {
            memset(a, 0, sizeof(a));
            memset(b, 0, sizeof(b));
            memset(expected, 0, sizeof(expected));
            flip_bit(a, places[n / num]);
            flip_bit(b, places[n % num]);
            flip_bit(expected, (places[n / num] + places[n % num]) % params->n);
            FOR_EACH_IMPL(impl)
            {
                expect_product(impl, params, a, b, expected);
            }
        }
    }
}

/* ------------------------------------------------------------------ samplers */

static void test_set_bits(void **state)
{
    static uint64_t out[HQC_MAX_WORDS + GUARD] __attribute__((aligned(64)));
    static uint64_t expected[HQC_MAX_WORDS];
    uint32_t positions[HQC_MAX_WEIGHT];

    (void)state;
    FOR_EACH_SET(params)
    {
        for (unsigned n = 0; n < num_cases; n++) {
            const unsigned weight = n % 2 == 0 ? params->w : params->w_r;

            random_places(positions, weight, params->n);
            positions[0] = n % 4 == 0 ? 0 : positions[0];
            positions[1] = n % 4 == 1 ? params->n - 1 : positions[1];
            memset(expected, 0, sizeof(expected));
            for (unsigned i = 0; i < weight; i++)
                expected[positions[i] / 64] |= (uint64_t)1 << positions[i] % 64;
            FOR_EACH_IMPL(impl)
            {
                memset(out, 0xa5, sizeof(out));
                impl->set_bits(out, params, positions, weight);
                assert_memory_equal(out, expected, params->num_words * sizeof(out[0]));
                assert_int_equal(out[params->num_words], 0xa5a5a5a5a5a5a5a5);
            }
        }
    }
}

/* Positions that were equal before and those that become so on the way; each is in the range that
 * the sampler gives it. */
static void test_make_distinct(void **state)
{
    (void)state;
    FOR_EACH_SET(params)
    {
        for (unsigned n = 0; n < 10 * num_cases; n++) {
            const uint32_t range = n % 3 == 0 ? params->n : params->w_r + n % 3 * 20;
            uint32_t expected[HQC_MAX_WEIGHT];
            uint32_t given[HQC_MAX_WEIGHT];

            for (uint32_t i = 0; i < params->w_r; i++)
                given[i] = i + random_below(range - i);
            memcpy(expected, given, sizeof(expected));
            for (unsigned i = params->w_r; i-- > 0;)
                for (unsigned j = i + 1; j < params->w_r; j++)
                    if (given[i] == expected[j])
                        expected[i] = i;
            FOR_EACH_IMPL(impl)
            {
                uint32_t out[HQC_MAX_WEIGHT + 1];

                memcpy(out, given, sizeof(given));
                out[params->w_r] = 0xa5a5a5a5;
                impl->make_distinct(out, params->w_r);
                assert_memory_equal(out, expected, params->w_r * sizeof(out[0]));
                assert_int_equal(out[params->w_r], 0xa5a5a5a5);
            }
        }
    }
}

/* Numbers at both sides of the limit, and the same one again and again, from the beginning of what
 * has been drawn and across its end. */
static void test_rejection(void **state)
{
    (void)state;
    FOR_EACH_SET(params)
    {
        for (unsigned n = 0; n < num_cases; n++) {
            static uint64_t out[HQC_MAX_WORDS] __attribute__((aligned(64)));
            static uint64_t expected[HQC_MAX_WORDS];
            uint8_t bytes[2000];
            struct keccak xof;
            struct hqc_draw draw = {&xof, bytes, random_below(3 * params->w + 1)};
            unsigned num = 0;

            shake256_init(&xof);
            keccak_absorb(&xof, &n, sizeof(n));
            random_bytes(bytes, draw.len);
            for (unsigned i = 0; i + 3 <= draw.len && i < 60; i += 3) {
                const uint32_t number = i % 9 == 0   ? params->limit - 1 + i / 9 % 3
                                        : i % 9 == 3 ? 77 + params->n * (i % 7)
                                                     : 0xffffff;
                bytes[i] = (uint8_t)number;
                bytes[i + 1] = (uint8_t)(number >> 8);
                bytes[i + 2] = (uint8_t)(number >> 16);
            }
            {
                struct keccak again = xof;
                const size_t len = draw.len;

                keccak_squeeze(&again, bytes + len, sizeof(bytes) - len);
            }
            memset(expected, 0, sizeof(expected));
            for (unsigned i = 0; num < params->w; i += 3) {
                const uint32_t number =
                    bytes[i] | (uint32_t)bytes[i + 1] << 8 | (uint32_t)bytes[i + 2] << 16;

                assert_true(i + 3 <= sizeof(bytes));
                if (number >= params->limit || get_bit(expected, number % params->n))
                    continue;
                flip_bit(expected, number % params->n);
                num++;
            }
            hqc_sample_secret(out, params, &draw);
            assert_memory_equal(out, expected, params->num_words * sizeof(out[0]));
        }
    }
}

static void test_noise(void **state)
{
    static uint64_t out[HQC_MAX_WORDS] __attribute__((aligned(64)));
    uint8_t bytes[4 * HQC_MAX_WEIGHT];

    (void)state;
    FOR_EACH_SET(params)
    {
        for (unsigned n = 0; n < num_cases; n++) {
            random_bytes(bytes, sizeof(bytes));
            if (n < 2)
                memset(bytes, n == 0 ? 0 : 0xff, sizeof(bytes));
            hqc_sample_noise(out, params, bytes);
            assert_int_equal(count_bits(out, params->n), params->w_r);
            assert_int_equal(count_bits(out, 64 * params->num_words), params->w_r);
        }
        memset(bytes, 0, sizeof(bytes)); /* position i is i */
        hqc_sample_noise(out, params, bytes);
        assert_int_equal(count_bits(out, params->w_r), params->w_r);
        memset(bytes, 0xff, sizeof(bytes)); /* all are n - 1: the last stays, i becomes i */
        hqc_sample_noise(out, params, bytes);
        assert_int_equal(count_bits(out, params->w_r - 1), params->w_r - 1);
        assert_true(get_bit(out, params->n - 1));
    }
}

/* ------------------------------------------------------------------ the inner code */

static void test_inner_encode(void **state)
{
    (void)state;
    for (unsigned symbol = 0; symbol < 256; symbol++) {
        uint64_t word[2];

        inner_encode(word, (uint8_t)symbol);
        for (unsigned j = 0; j < INNER_BITS; j++) {
            const unsigned chosen = symbol & j & 0x7f;

            assert_int_equal(get_bit(word, j),
                             ((unsigned)__builtin_popcount(chosen) + (symbol >> 7)) & 1);
        }
    }
}

/* By trying all codewords: the first of 128 pairs (a codeword and its complement) that has one at
 * the smallest distance. */
static uint8_t slow_decode_inner(const uint64_t *word, unsigned copies)
{
    int best = -1;
    uint8_t symbol = 0;

    for (unsigned s = 0; s < 128; s++) {
        uint64_t codeword[2];
        int distance = 0;
        int off;

        inner_encode(codeword, (uint8_t)s);
        for (unsigned i = 0; i < 2 * copies; i++)
            distance += __builtin_popcountll(word[i] ^ codeword[i % 2]);
        off = distance - (int)(INNER_BITS / 2 * copies);
        if (abs(off) > best) {
            best = abs(off);
            symbol = (uint8_t)(off > 0 ? s | 0x80 : s);
        }
    }
    return symbol;
}

/* Every weight of errors from none to all, on codewords; the bound is half the distance. */
static void test_inner_decode(void **state)
{
    (void)state;
    FOR_EACH_SET(params)
    {
        const unsigned num_bits = INNER_BITS * params->copies;
        const unsigned per_word = params->n1;

        for (unsigned first = 0; first <= num_bits; first += per_word) {
            uint64_t word[2 * 5 * HQC_MAX_SYMBOLS] = {0};
            uint8_t sent[HQC_MAX_SYMBOLS];
            uint8_t expected[HQC_MAX_SYMBOLS];
            uint32_t places[5 * INNER_BITS];

            random_bytes(sent, sizeof(sent));
            for (unsigned i = 0; i < per_word; i++) {
                uint64_t *const part = word + (size_t)2 * params->copies * i;
                const unsigned weight = first + i <= num_bits ? first + i : num_bits;

                for (unsigned copy = 0; copy < params->copies; copy++)
                    inner_encode(part + (size_t)2 * copy, sent[i]);
                random_places(places, weight, num_bits);
                for (unsigned j = 0; j < weight; j++)
                    flip_bit(part, places[j]);
                expected[i] = slow_decode_inner(part, params->copies);
                if (weight < 32 * params->copies)
                    assert_int_equal(expected[i], sent[i]);
            }
            FOR_EACH_IMPL(impl)
            {
                uint8_t out[HQC_MAX_SYMBOLS + 1];

                memset(out, 0xa5, sizeof(out));
                impl->decode_inner(out, word, params);
                assert_memory_equal(out, expected, params->n1);
                assert_int_equal(out[params->n1], 0xa5);
            }
        }
    }
}

/* Words half-way between two codewords, and words of no structure at all. */
static void test_inner_ties(void **state)
{
    (void)state;
    FOR_EACH_SET(params)
    {
        for (unsigned n = 0; n < num_cases; n++) {
            uint64_t word[2 * 5 * HQC_MAX_SYMBOLS];
            uint8_t expected[HQC_MAX_SYMBOLS];

            random_bytes((uint8_t *)word, sizeof(word));
            for (unsigned i = 0; i < params->n1; i++) {
                uint64_t *const part = word + (size_t)2 * params->copies * i;
                uint64_t pair[2][2];
                unsigned to_go = 32 * params->copies;

                inner_encode(pair[0], (uint8_t)next_random());
                inner_encode(pair[1], (uint8_t)next_random());
                for (unsigned j = 0; i % 4 != 0 && j < INNER_BITS * params->copies; j++) {
                    const uint32_t at = j % INNER_BITS;
                    const bool differ = get_bit(pair[0], at) != get_bit(pair[1], at);
                    const bool other = differ && to_go > 0;

                    to_go -= other;
                    if (get_bit(part, j) != get_bit(pair[other], at))
                        flip_bit(part, j);
                }
                expected[i] = slow_decode_inner(part, params->copies);
            }
            FOR_EACH_IMPL(impl)
            {
                uint8_t out[HQC_MAX_SYMBOLS];

                impl->decode_inner(out, word, params);
                assert_memory_equal(out, expected, params->n1);
            }
        }
    }
}

/* ------------------------------------------------------------------ the outer code */

static uint8_t slow_mul_256(uint8_t a, uint8_t b)
{
    unsigned product = 0;

    for (unsigned i = 0; i < 8; i++)
        product ^= (b >> i & 1u) * ((unsigned)a << i);
    for (unsigned i = 15; i-- > 8;)
        product ^= (product >> i & 1u) * (0x11du << (i - 8));
    return (uint8_t)product;
}

/* alpha, alpha^2, … alpha^(2 delta) are roots of every codeword, and the message stands in it. */
static void test_outer_encode(void **state)
{
    uint8_t power = 1;

    (void)state;
    for (unsigned i = 0; i < 255; i++) {
        assert_int_equal(hqc_powers[i], power);
        power = slow_mul_256(power, 2);
    }
    FOR_EACH_SET(params)
    {
        for (unsigned n = 0; n < num_cases; n++) {
            uint8_t message[HQC_MAX_M_LEN];
            uint8_t symbols[HQC_MAX_SYMBOLS + 1];

            random_bytes(message, sizeof(message));
            FOR_EACH_IMPL(impl)
            {
                memset(symbols, 0xa5, sizeof(symbols));
                impl->encode_outer(symbols, message, params);
                assert_memory_equal(symbols + 2 * params->delta, message, params->k);
                assert_int_equal(symbols[params->n1], 0xa5);
                for (unsigned root = 1; root <= 2 * params->delta; root++) {
                    uint8_t sum = 0;

                    for (unsigned i = params->n1; i-- > 0;)
                        sum = slow_mul_256(sum, hqc_powers[root]) ^ symbols[i];
                    assert_int_equal(sum, 0);
                }
            }
        }
    }
}

/* Change num symbols, from place `from` on. */
static void spoil(uint8_t *symbols, const struct hqc_params *params, unsigned num, unsigned from)
{
    uint32_t places[HQC_MAX_SYMBOLS];

    random_places(places, num, params->n1 - from);
    for (unsigned i = 0; i < num; i++)
        symbols[from + places[i]] ^= (uint8_t)(1 + random_below(255));
}

/* Every number of wrong symbols that can be corrected. */
static void test_outer_decode(void **state)
{
    (void)state;
    FOR_EACH_SET(params)
    {
        for (unsigned n = 0; n < num_cases * (params->delta + 1); n++) {
            uint8_t message[HQC_MAX_M_LEN];
            uint8_t symbols[HQC_MAX_SYMBOLS];

            random_bytes(message, sizeof(message));
            hqc_portable_encode_outer(symbols, message, params);
            /* Anywhere; or in the message alone, while it has room. */
            spoil(symbols, params, n % (params->delta + 1),
                  n % 3 == 0 && params->k >= params->delta ? 2 * params->delta : 0);
            FOR_EACH_IMPL(impl)
            {
                uint8_t out[HQC_MAX_M_LEN + 1] = {0};

                out[params->k] = 0xa5;
                impl->decode_outer(out, symbols, params);
                assert_memory_equal(out, message, params->k);
                assert_int_equal(out[params->k], 0xa5);
            }
        }
    }
}

/* One symbol too many is wrong, all of them in the message: it does not come back. What does come
 * is the same in every implementation. */
static void test_outer_beyond(void **state)
{
    (void)state;
    FOR_EACH_SET(params)
    {
        for (unsigned n = 0; n < 10 * num_cases; n++) {
            uint8_t message[HQC_MAX_M_LEN];
            uint8_t symbols[HQC_MAX_SYMBOLS];
            uint8_t expected[HQC_MAX_M_LEN];

            random_bytes(message, sizeof(message));
            hqc_portable_encode_outer(symbols, message, params);
            if (n % 2 == 0)
                spoil(symbols, params, params->delta + 1, 2 * params->delta);
            else
                spoil(symbols, params, params->delta + 1 + random_below(params->n1 - params->delta),
                      0);
            hqc_portable_decode_outer(expected, symbols, params);
            if (n % 2 == 0)
                assert_memory_not_equal(expected, message, params->k);
            FOR_EACH_IMPL(impl)
            {
                uint8_t out[HQC_MAX_M_LEN];

                impl->decode_outer(out, symbols, params);
                assert_memory_equal(out, expected, params->k);
            }
        }
    }
}

/* ------------------------------------------------------------------ both */

/* As many errors as decryption meets (specification, 2.5.8: a third and a little more of the bits)
 * do not hurt; half of the bits do. */
static void test_code(void **state)
{
    static const uint32_t per_mille[HQC_NUM_SETS] = {340, 362, 373};

    (void)state;
    FOR_EACH_SET(params)
    {
        const uint32_t num_bits = 64 * hqc_code_words(params);

        for (unsigned n = 0; n < num_cases; n++) {
            static uint32_t places[1 << 16];
            uint64_t word[HQC_MAX_WORDS] = {0};
            uint8_t message[HQC_MAX_M_LEN];
            uint8_t out[HQC_MAX_M_LEN] = {0};
            const uint32_t num =
                n % 2 == 0 ? num_bits * per_mille[params->set] / 1000 : num_bits / 2;

            random_bytes(message, sizeof(message));
            hqc_code_add(word, message, params);
            random_places(places, num, num_bits);
            for (uint32_t i = 0; i < num; i++)
                flip_bit(word, places[i]);
            hqc_code_decode(out, word, params);
            assert_int_equal(memcmp(out, message, params->k) == 0, n % 2 == 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_products),     cmocka_unit_test(test_products_of_powers),
        cmocka_unit_test(test_set_bits),     cmocka_unit_test(test_make_distinct),
        cmocka_unit_test(test_rejection),    cmocka_unit_test(test_noise),
        cmocka_unit_test(test_inner_encode), cmocka_unit_test(test_inner_decode),
        cmocka_unit_test(test_inner_ties),   cmocka_unit_test(test_outer_encode),
        cmocka_unit_test(test_outer_decode), cmocka_unit_test(test_outer_beyond),
        cmocka_unit_test(test_code),
    };

    seed = random_cases_seed();
    num_cases = NUM_CASES * (unsigned)random_cases_factor();
    return cmocka_run_group_tests_name("crypto_hqc_parts", tests, NULL, NULL);
}
