/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/classic/digest.h"

static struct classic *classic;

/* The digests of "abc" and of nothing are NIST's example values; the last column is of 1000 bytes
 * i * 11 mod 256, computed with Python's hashlib. */
static const struct {
    const char *abc;
    const char *empty;
    const char *thousand;
} known[DIGEST_NUM] = {
    [DIGEST_SHA1] = {"a9993e364706816aba3e25717850c26c9cd0d89d",
                     "da39a3ee5e6b4b0d3255bfef95601890afd80709",
                     "cafaa6f744a92e42e1976c663ef342d68f99075e"},
    [DIGEST_SHA224] = {"23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7",
                       "d14a028c2a3a2bc9476102bb288234c415a2b01f828ea62ac5b3e42f",
                       "f2da55d75f1b69135b464d36b030c9d5c50de62d7aeb6b0a9ca697c9"},
    [DIGEST_SHA256] = {"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
                       "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                       "9fac76e5f7c9b36e80c5f96fd4b3af6a03f50222e04007ad1bcca5da91ecffd9"},
    [DIGEST_SHA384] = {"cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e"
                       "7cc2358baeca134c825a7",
                       "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76"
                       "f65fbd51ad2f14898b95b",
                       "09baf64155ae447cd78df76a968f3dfb2b13581f9d4cadf3b0d16c9509f07cd8590728d0e79"
                       "e78aea55e62d90ec3e71f"},
    [DIGEST_SHA512] = {"ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274"
                       "fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
                       "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d8"
                       "5f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
                       "e814780836c94f44c784141563984b76ff154c132c7a29fe4ed98b4d56b99038b9c4bb88c83"
                       "3b8a824d743ac670eba1415e58d5a986e7297b2799fa571e66013"},
    [DIGEST_SHA512_224] = {"4634270f707b6a54daae7530460842e20e37ed265ceee9a43e8924aa",
                           "6ed0dd02806fa89e25de060c19d3ac86cabb87d6a0ddd05c333b84f4",
                           "25791454d47b9fa68f04ed5a3104bd6a07e87dd9a99fa6396987f5ac"},
    [DIGEST_SHA512_256] = {"53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23",
                           "c672b8d1ef56ed28ab87c3622c5114069bdd3ad7b8f9737498d0c01ecef0967a",
                           "21919075311b0c81f86c1dcbd638e7ac23e1ac004d1425b38ceb7047bf4efde8"},
    [DIGEST_SHA3_224] = {"e642824c3f8cf24ad09234ee7d3c766fc9a3a5168d0c94ad73b46fdf",
                         "6b4e03423667dbb73b6e15454f0eb1abd4597f9a1b078e3f5b5a6bc7",
                         "37b060891d088af45fb0c98aed42f9271d29ae6ecadf2ffb32e12256"},
    [DIGEST_SHA3_256] = {"3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532",
                         "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a",
                         "b786230ce6d305dfed571a2db2458fb5956795eef0221d2c1d3f9a9b7f996000"},
    [DIGEST_SHA3_384] = {"ec01498288516fc926459f58e2c6ad8df9b473cb0fc08c2596da7cf0e49be4b298d88cea9"
                         "27ac7f539f1edf228376d25",
                         "0c63a75b845e4f7d01107d852e4c2485c51a50aaaa94fc61995e71bbee983a2ac37138312"
                         "64adb47fb6bd1e058d5f004",
                         "0f97c91a004109bcd93b69d3cd6aab61fb563511db45bd293b996d61932ca14dc8c582260"
                         "2a3a65273b9ba6e587cc88b"},
    [DIGEST_SHA3_512] = {"b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e10e116e91"
                         "92af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0",
                         "a69f73cca23a9ac5c8b567dc185a756e97c982164fe25859e0d1dcc1475c80a615b2123af"
                         "1f5f94c11e3e9402c3ac558f500199d95b6d3e301758586281dcd26",
                         "a292c68b1f7493b22839cbef3683d3acf5068d33c567fb43575a30bd0c89c919209008cb8"
                         "0ac828c6e64889c8aa94252d6b637293143e97dc6f001461c764d4d"},
    [DIGEST_SHAKE128] = {"5881092dd818bf5cf8a3ddb793fbcba74097d5c526a6d35f97b83351940f2cc8",
                         "7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26",
                         "024fa8a34617592ea0daed038f5e5aca51e2d496dc26a2b88f4c2ced80d9c8ed"},
    [DIGEST_SHAKE256] = {"483366601360a8771c6863080cc4114d8db44530f8f1e1ee4f94ea37e78b5739d5a15bef1"
                         "86a5386c75744c0527e1faa9f8726e462a12a4feb06bd8801e751e4",
                         "46b9dd2b0ba88d13233b3feb743eeb243fcd52ea62b81b82b50c27646ed5762fd75dc4ddd"
                         "8c0f200cb05019d67b592f6fc821c49479ab48640292eacb3b7c4be",
                         "4c5ace9017d863feb5ac2dce8761ff7df46ef4f061282bcfe53ded4116dec6e9b3b95f86f"
                         "2380432363641323f23f1fad7ba07ec471efaf3e36ebb0bd3aa285c"},
};

static void to_hex(char *out, struct span data)
{
    for (size_t i = 0; i < data.len; i++)
        snprintf(out + 2 * i, 3, "%02x", data.ptr[i]);
}

/* Digest data in pieces of at most `piece` bytes and compare. */
static void check(enum digest_alg alg, struct span data, size_t piece, const char *expected)
{
    struct digest *digest;
    uint8_t out[DIGEST_MAX_LEN + 1];
    char hex[2 * DIGEST_MAX_LEN + 1];

    memset(out, 0xee, sizeof(out));
    assert_int_equal(digest_new(classic, &digest, alg), PQHW_OK);
    for (size_t at = 0; at < data.len; at += piece) {
        size_t len = data.len - at < piece ? data.len - at : piece;
        assert_int_equal(digest_update(digest, span(data.ptr + at, len)), PQHW_OK);
    }
    assert_int_equal(digest_update(digest, SPAN_EMPTY), PQHW_OK);
    assert_int_equal(digest_final(digest, out), PQHW_OK);
    assert_int_equal(out[digest_len(alg)], 0xee);
    digest_free(digest);
    to_hex(hex, span(out, digest_len(alg)));
    assert_string_equal(hex, expected);
}

static void test_known_answers(void **context)
{
    uint8_t thousand[1000];

    (void)context;
    for (size_t i = 0; i < sizeof(thousand); i++)
        thousand[i] = (uint8_t)(i * 11);
    for (int a = 0; a < DIGEST_NUM; a++) {
        enum digest_alg alg = (enum digest_alg)a;
        static const size_t pieces[] = {1, 7, 63, 64, 65, 136, 999, 1000};
        check(alg, SPAN_STR("abc"), 3, known[a].abc);
        check(alg, SPAN_STR("abc"), 1, known[a].abc);
        check(alg, SPAN_EMPTY, 1, known[a].empty);
        for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++)
            check(alg, SPAN(thousand), pieces[i], known[a].thousand);
    }
}

static void test_lengths(void **context)
{
    (void)context;
    for (int a = 0; a < DIGEST_NUM; a++) {
        assert_int_equal(2 * digest_len((enum digest_alg)a), strlen(known[a].abc));
        assert_true(digest_len((enum digest_alg)a) <= DIGEST_MAX_LEN);
    }
}

/* FIPS 204, 5.4.1 and Algorithm 4 print those of SHA-256, SHA-512 and SHAKE128; the others are the
 * neighbours in NIST's arc, and SHA-1 is in RFC 8017, B.1. */
static void test_oids(void **context)
{
    static const char *const oids[DIGEST_NUM] = {
        [DIGEST_SHA1] = "06052b0e03021a",
        [DIGEST_SHA224] = "0609608648016503040204",
        [DIGEST_SHA256] = "0609608648016503040201",
        [DIGEST_SHA384] = "0609608648016503040202",
        [DIGEST_SHA512] = "0609608648016503040203",
        [DIGEST_SHA512_224] = "0609608648016503040205",
        [DIGEST_SHA512_256] = "0609608648016503040206",
        [DIGEST_SHA3_224] = "0609608648016503040207",
        [DIGEST_SHA3_256] = "0609608648016503040208",
        [DIGEST_SHA3_384] = "0609608648016503040209",
        [DIGEST_SHA3_512] = "060960864801650304020a",
        [DIGEST_SHAKE128] = "060960864801650304020b",
        [DIGEST_SHAKE256] = "060960864801650304020c",
    };

    (void)context;
    for (int a = 0; a < DIGEST_NUM; a++) {
        char hex[32];
        struct span oid = digest_oid((enum digest_alg)a);
        to_hex(hex, oid);
        assert_string_equal(hex, oids[a]);
    }
}

static void *digest_loop(void *arg)
{
    (void)arg;
    for (int i = 0; i < 300; i++) {
        struct digest *digest;
        uint8_t out[DIGEST_MAX_LEN];
        char hex[2 * DIGEST_MAX_LEN + 1];
        enum digest_alg alg = (enum digest_alg)(i % DIGEST_NUM);
        if (digest_new(classic, &digest, alg) != PQHW_OK ||
            digest_update(digest, SPAN_STR("abc")) != PQHW_OK ||
            digest_final(digest, out) != PQHW_OK)
            return "failed";
        digest_free(digest);
        to_hex(hex, span(out, digest_len(alg)));
        if (strcmp(hex, known[alg].abc) != 0)
            return "wrong digest";
    }
    return NULL;
}

static void test_threads(void **context)
{
    pthread_t threads[3];

    (void)context;
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, digest_loop, NULL), 0);
    for (int i = 0; i < 3; i++) {
        void *failure;
        pthread_join(threads[i], &failure);
        assert_null(failure);
    }
}

static void test_free_null(void **context)
{
    (void)context;
    digest_free(NULL);
}

static int setup(void **context)
{
    (void)context;
    return classic_new(&classic) == PQHW_OK ? 0 : 1;
}

static int teardown(void **context)
{
    (void)context;
    classic_free(classic);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers), cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_oids),          cmocka_unit_test(test_threads),
        cmocka_unit_test(test_free_null),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
