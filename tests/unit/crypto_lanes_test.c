/* SPDX-License-Identifier: Apache-2.0
 *
 * Keccak on several states at once: every implementation that this CPU can run against portable C,
 * and sponges side by side against one alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/keccak/impl.h"
#include "crypto/keccak/lanes.h"
#include "random_cases.h"

#define NUM_RANDOM_STATES 200000
#define MAX_SPONGES       19
#define MAX_LEN           500

static void compare(const struct keccak_impl *impl, uint64_t seed)
{
    uint64_t expected[8][KECCAK_LANES];
    uint64_t got[8][KECCAK_LANES];
    uint64_t *state[8];

    for (unsigned n = 0; n < 8; n++) {
        for (unsigned i = 0; i < KECCAK_LANES; i++)
            expected[n][i] = random_cases_next(&seed);
        state[n] = got[n];
    }
    memcpy(got, expected, sizeof(got));
    for (unsigned n = 0; n < 8; n++)
        keccak_portable.permute(expected[n]);

    for (unsigned i = 0; i < 8; i++) { /* once each, then all at once, then by fours */
        impl->permute(got[i]);
        assert_memory_equal(got[i], expected[i], sizeof(got[i]));
        keccak_portable.permute(expected[i]);
    }
    impl->permute_x8(state);
    assert_memory_equal(got, expected, sizeof(got));
    for (unsigned n = 0; n < 8; n++)
        keccak_portable.permute(expected[n]);
    impl->permute_x4(state);
    impl->permute_x4(state + 4);
    assert_memory_equal(got, expected, sizeof(got));
}

static void test_random_states(void **state)
{
    (void)state;
    uint64_t seed = random_cases_seed();
    const uint64_t num = random_cases_factor() * NUM_RANDOM_STATES / 8;

    for (int level = 0; level <= (int)cpu_supported(); level++)
        for (uint64_t n = 0; n < num; n++)
            compare(keccak_impl_for((enum cpu_level)level), random_cases_next(&seed));
}

/* Each bit alone, in each place: a wrong rotation or a swapped lane cannot hide. */
static void test_single_bits(void **state)
{
    (void)state;
    for (int level = 0; level <= (int)cpu_supported(); level++) {
        const struct keccak_impl *impl = keccak_impl_for((enum cpu_level)level);

        for (unsigned bit = 0; bit < 1600; bit += 8) {
            uint64_t expected[8][KECCAK_LANES] = {0};
            uint64_t got[8][KECCAK_LANES];
            uint64_t *p[8];

            for (unsigned n = 0; n < 8; n++) {
                expected[n][(bit + n) / 64] = 1ull << ((bit + n) % 64);
                p[n] = got[n];
            }
            memcpy(got, expected, sizeof(got));
            for (unsigned n = 0; n < 8; n++)
                keccak_portable.permute(expected[n]);
            impl->permute_x8(p);
            assert_memory_equal(got, expected, sizeof(got));
        }
    }
}

/* A state given more than once is permuted once, for every number of states for which this is done.
 */
static void test_same_state_twice(void **state)
{
    (void)state;
    for (int level = 0; level <= (int)cpu_supported(); level++) {
        const struct keccak_impl *impl = keccak_impl_for((enum cpu_level)level);

        for (unsigned num = impl->min_x4; num <= 8; num++) {
            uint64_t expected[8][KECCAK_LANES] = {{0}};
            uint64_t got[8][KECCAK_LANES];
            uint64_t *p[8];

            if (num > 4 && num < impl->min_x8)
                continue;
            for (unsigned n = 0; n < 8; n++) {
                expected[n][n] = n + 1;
                p[n] = got[n < num ? n : 0];
            }
            memcpy(got, expected, sizeof(got));
            for (unsigned n = 0; n < num; n++)
                keccak_portable.permute(expected[n]);
            if (num <= 4)
                impl->permute_x4(p);
            else
                impl->permute_x8(p);
            assert_memory_equal(got, expected, sizeof(got));
        }
    }
}

/* ------------------------------------------------------------------ sponges */

static void (*const inits[])(struct keccak *k) = {
    shake128_init, shake256_init, sha3_224_init, sha3_256_init, sha3_384_init, sha3_512_init,
};

static uint8_t input[MAX_SPONGES][MAX_LEN];
static uint8_t output[MAX_SPONGES][MAX_LEN];

static int fill_input(void **state)
{
    uint64_t seed = 1;

    (void)state;
    for (unsigned n = 0; n < MAX_SPONGES; n++)
        for (unsigned i = 0; i < MAX_LEN; i++)
            input[n][i] = (uint8_t)random_cases_next(&seed);
    return 0;
}

static void check_output(void (*init)(struct keccak *k), size_t num, size_t len)
{
    for (size_t n = 0; n < num; n++) {
        uint8_t expected[MAX_LEN];
        struct keccak k;

        init(&k);
        keccak_absorb(&k, input[n], len);
        keccak_squeeze(&k, expected, sizeof(expected));
        assert_memory_equal(output[n], expected, sizeof(expected));
    }
}

/* num sponges take len bytes in two pieces and give MAX_LEN in two. */
static void run_lanes(void (*init)(struct keccak *k), size_t num, size_t len)
{
    struct keccak k[MAX_SPONGES] = {0};
    const uint8_t *in[MAX_SPONGES] = {NULL};
    uint8_t *out[MAX_SPONGES] = {NULL};

    for (size_t n = 0; n < num; n++) {
        init(&k[n]);
        in[n] = input[n];
        out[n] = output[n];
    }
    keccak_lanes_absorb(k, num, in, len / 3);
    for (size_t n = 0; n < num; n++)
        in[n] += len / 3;
    keccak_lanes_absorb(k, num, in, len - len / 3);
    keccak_lanes_squeeze(k, num, out, len);
    for (size_t n = 0; n < num; n++)
        out[n] += len;
    keccak_lanes_squeeze(k, num, out, MAX_LEN - len);
}

static void test_lanes(void **state)
{
    static const size_t lens[] = {0,   1,   8,   33,  34,  71,  72,  73,  104, 135,
                                  136, 137, 144, 167, 168, 169, 272, 336, 500};

    (void)state;
    for (size_t alg = 0; alg < sizeof(inits) / sizeof(inits[0]); alg++) {
        for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
            for (size_t num = 0; num <= MAX_SPONGES; num++) {
                memset(output, 0, sizeof(output));
                run_lanes(inits[alg], num, lens[i]);
                check_output(inits[alg], num, lens[i]);
            }
        }
    }
}

/* Messages of different lengths and rates, fed side by side. */
static void test_feed(void **state)
{
    struct keccak_feed feed[MAX_SPONGES];
    size_t num_left = MAX_SPONGES;

    (void)state;
    for (size_t n = 0; n < MAX_SPONGES; n++) {
        inits[n % 6](&feed[n].k);
        feed[n].rest = span(input[n], n == 7 ? 2 * SHAKE256_RATE : n * 27);
        if (n == 8) { /* some of it before */
            keccak_absorb(&feed[n].k, input[n], 13);
            feed[n].rest = span(input[n] + 13, 27 * 8 - 13);
        }
    }
    while (num_left > 2) {
        struct keccak *k[MAX_SPONGES];

        num_left = 0;
        for (size_t n = 0; n < MAX_SPONGES; n++) {
            if (keccak_feed_done(&feed[n]))
                continue;
            keccak_feed_next(&feed[n]);
            k[num_left++] = &feed[n].k;
        }
        keccak_lanes_permute(k, num_left);
    }
    for (size_t n = 0; n < MAX_SPONGES; n++) {
        uint8_t expected[MAX_LEN];
        uint8_t got[MAX_LEN];
        struct keccak k;

        inits[n % 6](&k);
        keccak_absorb(&k, input[n], n == 7 ? 2 * SHAKE256_RATE : n * 27);
        keccak_squeeze(&k, expected, sizeof(expected));
        keccak_feed_finish(&feed[n]);
        assert_true(keccak_feed_done(&feed[n]));
        keccak_squeeze(&feed[n].k, got, sizeof(got));
        assert_memory_equal(got, expected, sizeof(got));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_states),
        cmocka_unit_test(test_single_bits),
        cmocka_unit_test(test_same_state_twice),
        cmocka_unit_test(test_lanes),
        cmocka_unit_test(test_feed),
    };

    return cmocka_run_group_tests_name("crypto_lanes", tests, fill_input, NULL);
}
