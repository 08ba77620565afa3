/* SPDX-License-Identifier: Apache-2.0
 *
 * The sponge in pieces of every length, against itself in one piece and against the digests that
 * FIPS 202 is published with. (The vectors of tests/vectors cover the rest.)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/keccak/impl.h"
#include "crypto/keccak/keccak.h"

#define MESSAGE_LEN 600 /* more than three blocks of the longest rate */

static uint8_t message[MESSAGE_LEN];

static int fill_message(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(message); i++)
        message[i] = (uint8_t)(7 * i + i / 256);
    return 0;
}

/* The digests of the empty message, as NIST publishes them with its examples for FIPS 202. */
static void test_empty(void **state)
{
    static const uint8_t sha3_256_empty[32] = {
        0xa7, 0xff, 0xc6, 0xf8, 0xbf, 0x1e, 0xd7, 0x66, 0x51, 0xc1, 0x47,
        0x56, 0xa0, 0x61, 0xd6, 0x62, 0xf5, 0x80, 0xff, 0x4d, 0xe4, 0x3b,
        0x49, 0xfa, 0x82, 0xd8, 0x0a, 0x4b, 0x80, 0xf8, 0x43, 0x4a,
    };
    static const uint8_t shake128_empty[16] = {
        0x7f, 0x9c, 0x2b, 0xa4, 0xe8, 0x8f, 0x82, 0x7d,
        0x61, 0x60, 0x45, 0x50, 0x76, 0x05, 0x85, 0x3e,
    };
    const struct span none = SPAN_EMPTY;
    uint8_t out[32];

    (void)state;
    sha3_256(out, &none, 1);
    assert_memory_equal(out, sha3_256_empty, sizeof(sha3_256_empty));
    shake128(out, 16, NULL, 0);
    assert_memory_equal(out, shake128_empty, sizeof(shake128_empty));
}

static void (*const inits[])(struct keccak *k) = {
    shake128_init, shake256_init, sha3_224_init, sha3_256_init, sha3_384_init, sha3_512_init,
};

static void test_absorb_in_pieces(void **state)
{
    (void)state;
    for (size_t alg = 0; alg < sizeof(inits) / sizeof(inits[0]); alg++) {
        uint8_t expected[28];
        struct keccak k;

        inits[alg](&k);
        keccak_absorb(&k, message, sizeof(message));
        keccak_squeeze(&k, expected, sizeof(expected));
        for (size_t piece = 1; piece <= 200; piece++) {
            uint8_t out[28];

            inits[alg](&k);
            for (size_t at = 0; at < sizeof(message); at += piece) {
                const size_t rest = sizeof(message) - at;

                keccak_absorb(&k, message + at, rest < piece ? rest : piece);
            }
            keccak_absorb(&k, NULL, 0);
            keccak_squeeze(&k, out, sizeof(out));
            assert_memory_equal(out, expected, sizeof(out));
        }
    }
}

static void test_squeeze_in_pieces(void **state)
{
    uint8_t expected[MESSAGE_LEN];
    const struct span in = SPAN(message);

    (void)state;
    shake256(expected, sizeof(expected), &in, 1);
    for (size_t piece = 1; piece <= 200; piece++) {
        uint8_t out[MESSAGE_LEN];
        struct keccak k;

        shake256_init(&k);
        keccak_absorb(&k, message, sizeof(message));
        for (size_t at = 0; at < sizeof(out); at += piece) {
            const size_t rest = sizeof(out) - at;

            keccak_squeeze(&k, out + at, rest < piece ? rest : piece);
        }
        assert_memory_equal(out, expected, sizeof(out));
    }
}

static void test_whole_joins_spans(void **state)
{
    const struct span one = SPAN(message);
    const struct span three[] = {span(message, 1), span(message + 1, 0),
                                 span(message + 1, sizeof(message) - 1)};
    uint8_t expected[64];
    uint8_t out[64];

    (void)state;
    sha3_512(expected, &one, 1);
    sha3_512(out, three, 3);
    assert_memory_equal(out, expected, sizeof(out));
    sha3_256(expected, &one, 1);
    sha3_256(out, three, 3);
    assert_memory_equal(out, expected, 32);
    shake128(expected, sizeof(expected), &one, 1);
    shake128(out, sizeof(out), three, 3);
    assert_memory_equal(out, expected, sizeof(out));
}

/* The permutation chosen for this CPU does what portable C does. */
static void test_permutation_is_the_portable_one(void **state)
{
    uint64_t a[KECCAK_LANES];
    uint64_t b[KECCAK_LANES];

    (void)state;
    for (unsigned i = 0; i < KECCAK_LANES; i++)
        a[i] = b[i] = 0x0123456789abcdefu * (i + 1);
    for (unsigned i = 0; i < 100; i++) {
        keccak_impl()->permute(a);
        keccak_portable.permute(b);
        assert_memory_equal(a, b, sizeof(a));
    }
    assert_non_null(keccak_impl()->name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_absorb_in_pieces),
        cmocka_unit_test(test_squeeze_in_pieces),
        cmocka_unit_test(test_whole_joins_spans),
        cmocka_unit_test(test_permutation_is_the_portable_one),
    };

    return cmocka_run_group_tests_name("crypto_keccak", tests, fill_message, NULL);
}
