/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>

#include "crypto/classic/classic.h"

static struct classic *classic;

static size_t from_hex(uint8_t *out, const char *hex)
{
    size_t len = strlen(hex) / 2;

    for (size_t i = 0; i < len; i++) {
        const char digits[3] = {hex[2 * i], hex[2 * i + 1], 0};
        out[i] = (uint8_t)strtoul(digits, NULL, 16);
    }
    return len;
}

static void assert_hex(const uint8_t *data, const char *hex)
{
    uint8_t expected[256];
    size_t len = from_hex(expected, hex);

    assert_memory_equal(data, expected, len);
}

static bool all_zero(const uint8_t *data, size_t len)
{
    uint8_t any = 0;

    for (size_t i = 0; i < len; i++)
        any |= data[i];
    return any == 0;
}

/* RFC 4231, test cases 1 to 5. A key shorter than the block is padded with zeros there too. */
static void test_hmac_vectors(void **context)
{
    static const struct {
        const char *key, *data, *mac;
    } cases[] = {
        {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265",
         "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {"4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
         "dddddddddddddddddddddddddddddddddddddddddddddddddd"
         "dddddddddddddddddddddddddddddddddddddddddddddddddd",
         "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
        {"0102030405060708090a0b0c0d0e0f10111213141516171819",
         "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"
         "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd",
         "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
        {"0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c", "546573742057697468205472756e636174696f6e",
         "a3b6167473100ee06e0c796c2955552b"},
    };

    (void)context;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint8_t key[CLASSIC_KEY_LEN] = {0}, data[64], mac[CLASSIC_HASH_LEN];
        from_hex(key, cases[i].key);
        size_t len = from_hex(data, cases[i].data);
        for (size_t cut = 0; cut <= len; cut++) {
            struct span in[3] = {span(data, cut), SPAN_EMPTY, span(data + cut, len - cut)};
            struct classic_hmac hmac;
            classic_hmac(mac, key, in, 3);
            assert_hex(mac, cases[i].mac);
            classic_hmac_init(&hmac, key);
            for (size_t again = 0; again < 2; again++) {
                memset(mac, 0, sizeof(mac));
                classic_hmac_of(&hmac, mac, in, 3);
                assert_hex(mac, cases[i].mac);
            }
        }
    }
}

static void hkdf_by_libcrypto(uint8_t *out, size_t len, uint8_t key[CLASSIC_KEY_LEN],
                              struct span info)
{
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf);
    char sha256[] = "SHA256";
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string("digest", sha256, 0),
        OSSL_PARAM_construct_octet_string("key", key, CLASSIC_KEY_LEN),
        OSSL_PARAM_construct_octet_string("info", (uint8_t *)(uintptr_t)info.ptr, info.len),
        OSSL_PARAM_construct_end(),
    };

    assert_int_equal(EVP_KDF_derive(ctx, out, len, params), 1);
    EVP_KDF_CTX_free(ctx);
    EVP_KDF_free(kdf);
}

/* The vectors of RFC 5869 have keys of other lengths, so libcrypto's own HKDF is the measure. */
static void test_hkdf(void **context)
{
    static const size_t lens[] = {1, 16, 31, 32, 33, 64, 65, 100, 8160};
    static const struct span infos[] = {SPAN_STR("a"), SPAN_STR("a longer purpose of the key")};
    uint8_t key[CLASSIC_KEY_LEN], got[8161], expected[8161];

    (void)context;
    for (size_t i = 0; i < sizeof(key); i++)
        key[i] = (uint8_t)(i * 5 + 1);
    for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
        for (size_t k = 0; k < 2; k++) {
            memset(got, 0xee, sizeof(got));
            assert_int_equal(classic_hkdf(got, lens[i], key, infos[k]), PQHW_OK);
            hkdf_by_libcrypto(expected, lens[i], key, infos[k]);
            assert_memory_equal(got, expected, lens[i]);
            assert_int_equal(got[lens[i]], 0xee);
        }
    }
    assert_int_equal(classic_hkdf(got, 8161, key, infos[0]), PQHW_ARGUMENTS_BAD);
    assert_int_equal(classic_hkdf(got, 32, key, SPAN_EMPTY), PQHW_OK);
}

/* The GCM specification (McGrew and Viega), test cases 13, 14 and 16. */
static const struct gcm_case {
    const char *key, *nonce, *associated, *plaintext, *ciphertext, *tag;
} gcm_cases[] = {
    {"0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000",
     "", "", "", "530f8afbc74536b9a963b4f1c4cb738b"},
    {"0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000",
     "", "00000000000000000000000000000000", "cea7403d4d606b6e074ec5d3baf39d18",
     "d0d1c8a799996bf0265b98b5d48ab919"},
    {"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
     "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
     "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
     "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
     "76fc6ece0f4e1768cddf8853bb2d551b"},
};

struct gcm_bytes {
    uint8_t key[CLASSIC_KEY_LEN], nonce[CLASSIC_NONCE_LEN], tag[CLASSIC_TAG_LEN];
    uint8_t associated[32], plaintext[64], ciphertext[64];
    size_t associated_len, len;
};

static void gcm_load(struct gcm_bytes *g, const struct gcm_case *c)
{
    memset(g, 0, sizeof(*g));
    from_hex(g->key, c->key);
    from_hex(g->nonce, c->nonce);
    from_hex(g->tag, c->tag);
    g->associated_len = from_hex(g->associated, c->associated);
    g->len = from_hex(g->plaintext, c->plaintext);
    from_hex(g->ciphertext, c->ciphertext);
}

static enum pqhw_status gcm_open(const struct gcm_bytes *g, uint8_t *plaintext)
{
    return classic_open(classic, plaintext, g->key, g->nonce,
                        span(g->associated, g->associated_len), span(g->ciphertext, g->len),
                        g->tag);
}

static void test_gcm_vectors(void **context)
{
    (void)context;
    for (size_t i = 0; i < 3; i++) {
        struct gcm_bytes g;
        uint8_t text[64], tag[CLASSIC_TAG_LEN];

        gcm_load(&g, &gcm_cases[i]);
        struct span associated = span(g.associated, g.associated_len);
        assert_int_equal(
            classic_seal(classic, text, tag, g.key, g.nonce, associated, span(g.plaintext, g.len)),
            PQHW_OK);
        assert_memory_equal(text, g.ciphertext, g.len);
        assert_memory_equal(tag, g.tag, sizeof(tag));
        /* Both ways in place. */
        assert_int_equal(gcm_open(&g, text), PQHW_OK);
        assert_memory_equal(text, g.plaintext, g.len);
        assert_int_equal(
            classic_seal(classic, text, tag, g.key, g.nonce, associated, span(text, g.len)),
            PQHW_OK);
        assert_memory_equal(text, g.ciphertext, g.len);
        assert_int_equal(
            classic_open(classic, text, g.key, g.nonce, associated, span(text, g.len), tag),
            PQHW_OK);
        assert_memory_equal(text, g.plaintext, g.len);
    }
}

/* A change of any bit of tag, associated data, ciphertext, nonce or key is refused. */
static void test_gcm_changes(void **context)
{
    struct gcm_bytes good, g = {.len = 0};

    (void)context;
    gcm_load(&good, &gcm_cases[2]);
    struct {
        uint8_t *at;
        size_t len;
    } parts[] = {
        {g.tag, sizeof(g.tag)},   {g.associated, good.associated_len},
        {g.ciphertext, good.len}, {g.nonce, sizeof(g.nonce)},
        {g.key, sizeof(g.key)},
    };
    for (size_t part = 0; part < 5; part++) {
        for (size_t bit = 0; bit < 8 * parts[part].len; bit++) {
            uint8_t text[64];
            g = good;
            parts[part].at[bit / 8] ^= (uint8_t)(1u << bit % 8);
            memset(text, 0xee, sizeof(text));
            assert_int_equal(gcm_open(&g, text), PQHW_DATA_INVALID);
            assert_true(all_zero(text, g.len));
            assert_int_equal(text[g.len], 0xee);
        }
    }
    g = good;
    g.associated_len--;
    uint8_t text[64];
    assert_int_equal(gcm_open(&g, text), PQHW_DATA_INVALID);
    g = good;
    g.len--;
    assert_int_equal(gcm_open(&g, text), PQHW_DATA_INVALID);
}

static void test_gcm_lengths(void **context)
{
    uint8_t key[CLASSIC_KEY_LEN] = {1}, nonce[CLASSIC_NONCE_LEN] = {2}, tag[CLASSIC_TAG_LEN];
    struct span huge = {key, (size_t)INT32_MAX + 1};

    (void)context;
    assert_int_equal(classic_seal(classic, key, tag, key, nonce, huge, SPAN_EMPTY),
                     PQHW_DATA_LEN_RANGE);
    assert_int_equal(classic_seal(classic, key, tag, key, nonce, SPAN_EMPTY, huge),
                     PQHW_DATA_LEN_RANGE);
    assert_int_equal(classic_open(classic, NULL, key, nonce, huge, SPAN_EMPTY, tag),
                     PQHW_DATA_LEN_RANGE);
}

/* RFC 3394, 4.6 */
static const char wrap_kek[] = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
static const char wrap_key[] = "00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f";
static const char wrapped[] =
    "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21";

static void test_wrap(void **context)
{
    uint8_t kek[CLASSIC_KEY_LEN], key[CLASSIC_KEY_LEN], out[40], back[CLASSIC_KEY_LEN];

    (void)context;
    from_hex(kek, wrap_kek);
    from_hex(key, wrap_key);
    assert_int_equal(classic_wrap(classic, out, kek, key), PQHW_OK);
    assert_hex(out, wrapped);
    assert_int_equal(classic_unwrap(classic, back, kek, out), PQHW_OK);
    assert_memory_equal(back, key, sizeof(key));
    for (size_t bit = 0; bit < 8 * sizeof(out); bit++) {
        out[bit / 8] ^= (uint8_t)(1u << bit % 8);
        memset(back, 0xee, sizeof(back));
        assert_int_equal(classic_unwrap(classic, back, kek, out), PQHW_DATA_INVALID);
        assert_true(all_zero(back, sizeof(back)));
        out[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    kek[31] ^= 1;
    assert_int_equal(classic_unwrap(classic, back, kek, out), PQHW_DATA_INVALID);
}

/* The reference implementation's own tests (P-H-C/phc-winner-argon2, src/test.c), version 0x13,
 * Argon2id, one lane. RFC 9106's vector has four. */
static void test_pin_key_vectors(void **context)
{
    static const struct {
        struct classic_pin_cost cost;
        const char *pin, *salt, *key;
    } cases[] = {
        {{256, 2},
         "password",
         "somesalt",
         "9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe"},
        {{65536, 1},
         "password",
         "somesalt",
         "f6a5adc1ba723dddef9b5ac1d464e180fcd9dffc9d1cbf76cca2fed795d9ca98"},
        {{65536, 2},
         "differentpassword",
         "somesalt",
         "0b84d652cf6b0c4beaef0dfe278ba6a80df6696281d7e0d2891b817d8c458fde"},
        {{65536, 2},
         "password",
         "diffsalt",
         "bdf32b05ccc42eb15d58fd19b1f856b113da1e9a5874fdcc544308565aa8141c"},
    };

    (void)context;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint8_t key[CLASSIC_KEY_LEN];
        assert_int_equal(classic_pin_key(key, span(cases[i].pin, strlen(cases[i].pin)),
                                         span(cases[i].salt, strlen(cases[i].salt)), cases[i].cost),
                         PQHW_OK);
        assert_hex(key, cases[i].key);
    }
}

static void test_pin_key_arguments(void **context)
{
    const struct classic_pin_cost cost = {64, 1}, no_memory = {1, 1}, no_pass = {64, 0};
    uint8_t key[CLASSIC_KEY_LEN];

    (void)context;
    memset(key, 0xee, sizeof(key));
    assert_int_equal(classic_pin_key(key, SPAN_STR("1234"), SPAN_STR("7 bytes"), cost),
                     PQHW_ARGUMENTS_BAD);
    assert_true(all_zero(key, sizeof(key)));
    assert_int_equal(classic_pin_key(key, SPAN_STR("1234"), SPAN_STR("somesalt"), no_memory),
                     PQHW_ARGUMENTS_BAD);
    assert_int_equal(classic_pin_key(key, SPAN_STR("1234"), SPAN_STR("somesalt"), no_pass),
                     PQHW_ARGUMENTS_BAD);
    assert_int_equal(classic_pin_key(key, SPAN_EMPTY, SPAN_STR("somesalt"), cost), PQHW_OK);
    assert_int_equal(classic_pin_key(key, (struct span){key, (size_t)UINT32_MAX + 1},
                                     SPAN_STR("somesalt"), cost),
                     PQHW_ARGUMENTS_BAD);
}

/* The queue holds what the application put there, before and after our failures. */
static void test_error_queue_is_left_alone(void **context)
{
    struct gcm_bytes g;
    uint8_t text[64], wrong[40] = {0};

    (void)context;
    gcm_load(&g, &gcm_cases[2]);
    g.tag[0] ^= 1;
    for (int with_error = 0; with_error < 2; with_error++) {
        ERR_clear_error();
        if (with_error)
            ERR_raise(ERR_LIB_USER, 42);
        assert_int_equal(gcm_open(&g, text), PQHW_DATA_INVALID);
        assert_int_equal(classic_unwrap(classic, text, g.key, wrong), PQHW_DATA_INVALID);
        struct classic *other;
        assert_int_equal(classic_new(&other), PQHW_OK);
        classic_free(other);
        assert_int_equal(ERR_GET_REASON(ERR_get_error()), with_error ? 42 : 0);
        assert_int_equal(ERR_get_error(), 0);
    }
}

static void test_version(void **context)
{
    (void)context;
    assert_memory_equal(classic_version(), "OpenSSL ", 8);
    classic_free(NULL);
}

/* Runs after libcrypto's own handler, which was registered later: as when an application calls
 * C_Finalize, or still signs, from an exit handler of its own. */
static void use_after_exit(void)
{
    uint8_t key[CLASSIC_KEY_LEN] = {0}, mac[CLASSIC_HASH_LEN], tag[CLASSIC_TAG_LEN];
    struct span text = SPAN_STR("late");
    uint8_t out[4];

    classic_hmac(mac, key, &text, 1);
    if (classic_seal(classic, out, tag, key, key, SPAN_EMPTY, text) != PQHW_OK) {
        fprintf(stderr, "cannot be used in an exit handler\n");
        _exit(1);
    }
    classic_free(classic);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hmac_vectors),
        cmocka_unit_test(test_hkdf),
        cmocka_unit_test(test_gcm_vectors),
        cmocka_unit_test(test_gcm_changes),
        cmocka_unit_test(test_gcm_lengths),
        cmocka_unit_test(test_wrap),
        cmocka_unit_test(test_pin_key_vectors),
        cmocka_unit_test(test_pin_key_arguments),
        cmocka_unit_test(test_error_queue_is_left_alone),
        cmocka_unit_test(test_version),
    };

    atexit(use_after_exit);
    if (classic_new(&classic) != PQHW_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
