/* SPDX-License-Identifier: Apache-2.0
 *
 * Secret-key algorithms against the examples that their standards print.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/classic/cipher.h"
#include "crypto/classic/mac.h"

#define MAX_LEN 512

static struct classic *classic;

static int set_up(void **state)
{
    (void)state;
    return classic_new(&classic) == PQHW_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    classic_free(classic);
    return 0;
}

struct bytes {
    uint8_t ptr[MAX_LEN];
    size_t len;
};

static unsigned digit(char c)
{
    return c <= '9' ? (unsigned)(c - '0') : (unsigned)(c - 'a') + 10;
}

static struct bytes hex(const char *text)
{
    struct bytes out = {.len = strlen(text) / 2};
    assert_true(out.len <= MAX_LEN);
    for (size_t i = 0; i < out.len; i++)
        out.ptr[i] = (uint8_t)(digit(text[2 * i]) << 4 | digit(text[2 * i + 1]));
    return out;
}

static struct span of(const struct bytes *bytes)
{
    return span(bytes->ptr, bytes->len);
}

static struct symkey *new_key(struct span value)
{
    struct symkey *key;
    assert_int_equal(symkey_new(&key, classic, value), PQHW_OK);
    return key;
}

/* ---- encryption ---- */

struct vector {
    const char *source;
    enum cipher_mode mode;
    const char *key, *iv, *counter, *aad, *plain, *cipher; /* with the tag, if there is one */
    size_t tag_len;
    unsigned counter_bits;
};

/* SP 800-38A, appendix F: all four blocks. */
#define F_PLAIN                                                                                    \
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"                             \
    "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
#define F_KEY128 "2b7e151628aed2a6abf7158809cf4f3c"
#define F_KEY256 "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"
#define F_IV     "000102030405060708090a0b0c0d0e0f"
#define F_CTR    "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"

static const struct vector vectors[] = {
    {"SP 800-38A, F.1.1", CIPHER_AES_ECB, F_KEY128, "", "", "", F_PLAIN,
     "3ad77bb40d7a3660a89ecaf32466ef97f5d3d58503b9699de785895a96fdbaaf"
     "43b1cd7f598ece23881b00e3ed0306887b0c785e27e8ad3f8223207104725dd4",
     0, 0},
    {"SP 800-38A, F.1.5", CIPHER_AES_ECB, F_KEY256, "", "", "", F_PLAIN,
     "f3eed1bdb5d2a03c064b5a7e3db181f8591ccb10d410ed26dc5ba74a31362870"
     "b6ed21b99ca6f4f9f153e7b1beafed1d23304b7a39f9f3ff067d8d8f9e24ecc7",
     0, 0},
    {"SP 800-38A, F.2.1", CIPHER_AES_CBC, F_KEY128, F_IV, "", "", F_PLAIN,
     "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2"
     "73bed6b8e3c1743b7116e69e222295163ff1caa1681fac09120eca307586e1a7",
     0, 0},
    {"SP 800-38A, F.2.5", CIPHER_AES_CBC, F_KEY256, F_IV, "", "", F_PLAIN,
     "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d"
     "39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b",
     0, 0},
    {"SP 800-38A, F.5.1", CIPHER_AES_CTR, F_KEY128, F_CTR, "", "", F_PLAIN,
     "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff"
     "5ae4df3edbd5d35e5b4f09020db03eab1e031dda2fbe03d1792170a0f3009cee",
     0, 128},
    {"SP 800-38A, F.5.5", CIPHER_AES_CTR, F_KEY256, F_CTR, "", "", F_PLAIN,
     "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5"
     "2b0930daa23de94ce87017ba2d84988ddfc9c58db67aada613c2dd08457941a6",
     0, 128},
    {"IEEE 1619, vector 1", CIPHER_AES_XTS,
     "0000000000000000000000000000000000000000000000000000000000000000",
     "00000000000000000000000000000000", "", "",
     "0000000000000000000000000000000000000000000000000000000000000000",
     "917cf69ebd68b2ec9b9fe9a3eadda692cd43d2f59598ed858c02c2652fbf922e", 0, 0},
    {"IEEE 1619, vector 2", CIPHER_AES_XTS,
     "1111111111111111111111111111111122222222222222222222222222222222",
     "33333333330000000000000000000000", "", "",
     "4444444444444444444444444444444444444444444444444444444444444444",
     "c454185e6a16936e39334038acef838bfb186fff7480adc4289382ecd6d394f0", 0, 0},
    {"McGrew and Viega, GCM, test case 1", CIPHER_AES_GCM, "00000000000000000000000000000000",
     "000000000000000000000000", "", "", "", "58e2fccefa7e3061367f1d57a4e7455a", 16, 0},
    {"test case 4", CIPHER_AES_GCM, "feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
     "", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
     "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
     "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
     "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"
     "5bc94fbc3221a5db94fae95ae7121a47",
     16, 0},
    {"test case 5, an 8-byte IV", CIPHER_AES_GCM, "feffe9928665731c6d6a8f9467308308",
     "cafebabefacedbad", "", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
     "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
     "61353b4c2806934a777ff51fa22a4755699b2a714fcdc6f83766e5f97b6c7423"
     "73806900e49f24b22b097544d4896b424989b5e1ebac0f07c23f4598"
     "3612d2e79e3b0785561be14aaca2fccb",
     16, 0},
    {"test case 14", CIPHER_AES_GCM,
     "0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000",
     "", "", "00000000000000000000000000000000",
     "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919", 16, 0},
    {"SP 800-38C, C.1", CIPHER_AES_CCM, "404142434445464748494a4b4c4d4e4f", "10111213141516", "",
     "0001020304050607", "20212223", "7162015b4dac255d", 4, 0},
    {"SP 800-38C, C.2", CIPHER_AES_CCM, "404142434445464748494a4b4c4d4e4f", "1011121314151617", "",
     "000102030405060708090a0b0c0d0e0f", "202122232425262728292a2b2c2d2e2f",
     "d2a1f0e051ea5f62081a7792073d593d1fc64fbfaccd", 6, 0},
    {"RFC 3394, 4.1", CIPHER_AES_KW, "000102030405060708090a0b0c0d0e0f", "", "", "",
     "00112233445566778899aabbccddeeff", "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5", 0, 0},
    {"RFC 3394, 4.6", CIPHER_AES_KW,
     "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", "", "", "",
     "00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f",
     "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21", 0, 0},
    {"RFC 5649, 6, 20 bytes", CIPHER_AES_KWP, "5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8",
     "", "", "", "c37b7e6492584340bed12207808941155068f738",
     "138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a", 0, 0},
    {"RFC 5649, 6, 7 bytes", CIPHER_AES_KWP, "5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8", "",
     "", "", "466f7250617369", "afbeb0f07dfbf5419200f2ccb50bb24f", 0, 0},
    {"RFC 8439, 2.4.2", CIPHER_CHACHA20,
     "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", "000000000000004a00000000",
     "01000000", "",
     "4c616469657320616e642047656e746c656d656e206f662074686520636c6173"
     "73206f66202739393a204966204920636f756c64206f6666657220796f75206f"
     "6e6c79206f6e652074697020666f7220746865206675747572652c2073756e73"
     "637265656e20776f756c642062652069742e",
     "6e2e359a2568f98041ba0728dd0d6981e97e7aec1d4360c20a27afccfd9fae0b"
     "f91b65c5524733ab8f593dabcd62b3571639d624e65152ab8f530c359f0861d8"
     "07ca0dbf500d6a6156a38e088a22b65e52bc514d16ccf806818ce91ab7793736"
     "5af90bbf74a35be6b40b8eedf2785e42874d",
     0, 0},
    {"RFC 8439, 2.8.2", CIPHER_CHACHA20_POLY1305,
     "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f", "070000004041424344454647",
     "", "50515253c0c1c2c3c4c5c6c7",
     "4c616469657320616e642047656e746c656d656e206f662074686520636c6173"
     "73206f66202739393a204966204920636f756c64206f6666657220796f75206f"
     "6e6c79206f6e652074697020666f7220746865206675747572652c2073756e73"
     "637265656e20776f756c642062652069742e",
     "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6"
     "3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36"
     "92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
     "3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd0600691",
     16, 0},
};

/* With and against, whole, of a given room. */
static enum pqhw_status crypt_with(const struct symkey *key, const struct vector *v, bool encrypt,
                                   struct span in, uint8_t *out, size_t *len)
{
    struct bytes iv = hex(v->iv), counter = hex(v->counter), aad = hex(v->aad);
    struct cipher *cipher;
    struct cipher_setup setup = {
        .mode = v->mode,
        .encrypt = encrypt,
        .iv = of(&iv),
        .counter = of(&counter),
        .counter_bits = v->counter_bits,
        .aad = of(&aad),
        .tag_len = v->tag_len,
        .data_len = strlen(v->plain) / 2,
    };
    enum pqhw_status status = cipher_new(&cipher, key, &setup);
    if (status == PQHW_OK)
        status = cipher_crypt(cipher, in, true, out, len);
    cipher_free(cipher);
    return status;
}

static enum pqhw_status crypt(const struct vector *v, bool encrypt, struct span in, uint8_t *out,
                              size_t *len)
{
    struct bytes key_bytes = hex(v->key);
    struct symkey *key = new_key(of(&key_bytes));
    enum pqhw_status status = crypt_with(key, v, encrypt, in, out, len);
    symkey_free(key);
    return status;
}

/* libcrypto wants two different keys to encrypt with by XTS, as IEEE 1619's first example has not.
 */
static bool decrypts_alone(const struct vector *v)
{
    return v->mode == CIPHER_AES_XTS && strcmp(v->source, "IEEE 1619, vector 1") == 0;
}

static void examples_of_encryption(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        struct bytes plain = hex(vectors[i].plain);
        struct bytes sealed = hex(vectors[i].cipher);
        uint8_t out[MAX_LEN];
        size_t len = sizeof(out);
        if (!decrypts_alone(&vectors[i])) {
            assert_int_equal(crypt(&vectors[i], true, of(&plain), out, &len), PQHW_OK);
            assert_int_equal(len, sealed.len);
            assert_memory_equal(out, sealed.ptr, sealed.len);
        }
        len = sizeof(out);
        assert_int_equal(crypt(&vectors[i], false, of(&sealed), out, &len), PQHW_OK);
        assert_int_equal(len, plain.len);
        assert_memory_equal(out, plain.ptr, plain.len);
    }
}

/* One of these, which has nothing to do with the vector, and may be abandoned in the middle. */
static struct cipher *begin_another(const struct symkey *key, const struct vector *v, bool encrypt,
                                    bool last)
{
    static const uint8_t iv[16] = {1}, aad[5] = {2}, counter[8] = {3};
    struct bytes own_iv = hex(v->iv), own_counter = hex(v->counter);
    uint8_t text[64] = {4}, out[128];
    size_t len = sizeof(out);
    struct cipher *cipher;
    struct cipher_setup setup = {
        .mode = v->mode,
        .encrypt = encrypt,
        .iv = span(iv, own_iv.len),
        .counter = span(counter, own_counter.len),
        .counter_bits = 32,
        .aad = v->mode == CIPHER_AES_GCM || v->tag_len == 16 ? SPAN(aad) : SPAN_EMPTY,
        .tag_len = 12,
        .data_len = sizeof(text),
    };
    assert_int_equal(cipher_new(&cipher, key, &setup), PQHW_OK);
    enum pqhw_status ignored = cipher_crypt(cipher, SPAN(text), last, out, &len);
    (void)ignored; /* no tag is right, not all data can be unwrapped */
    return cipher;
}

/* Whatever a key did before, and is doing besides. */
static void operations_leave_nothing_in_the_key(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4 * sizeof(vectors) / sizeof(vectors[0]); i++) {
        const struct vector *v = &vectors[i / 4];
        bool encrypt = (i & 1) != 0 && !decrypts_alone(v), last = (i & 2) != 0;
        struct bytes key_bytes = hex(v->key);
        struct bytes in = hex(encrypt ? v->plain : v->cipher);
        struct bytes expected = hex(encrypt ? v->cipher : v->plain);
        struct symkey *key = new_key(of(&key_bytes));
        struct cipher *beside = begin_another(key, v, encrypt, last);
        for (size_t round = 0; round < 3; round++) {
            uint8_t out[MAX_LEN];
            size_t len = sizeof(out);
            cipher_free(begin_another(key, v, encrypt, last));
            assert_int_equal(crypt_with(key, v, encrypt, of(&in), out, &len), PQHW_OK);
            assert_int_equal(len, expected.len);
            assert_memory_equal(out, expected.ptr, expected.len);
        }
        cipher_free(beside);
        symkey_free(key);
    }
}

static void damaged_tags_are_refused_and_nothing_is_left(void **state)
{
    (void)state;
    static const uint8_t zeros[MAX_LEN];
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        struct bytes sealed = hex(vectors[i].cipher);
        uint8_t out[MAX_LEN] = {0};
        size_t len = sizeof(out);
        bool wraps = vectors[i].mode == CIPHER_AES_KW || vectors[i].mode == CIPHER_AES_KWP;
        if (vectors[i].tag_len == 0 && !wraps)
            continue;
        sealed.ptr[sealed.len - 1] ^= 1;
        assert_int_equal(crypt(&vectors[i], false, of(&sealed), out, &len),
                         PQHW_ENCRYPTED_DATA_INVALID);
        assert_memory_equal(out, zeros, sizeof(out));
    }
}

/* Keys of lengths that a mode does not have. */
static void keys_have_their_lengths(void **state)
{
    (void)state;
    static const uint8_t bytes[64];
    static const size_t lens[] = {1, 15, 16, 24, 32, 48, 64};
    for (int mode = 0; mode < CIPHER_NUM; mode++) {
        for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
            size_t len = lens[i];
            bool chacha = mode == CIPHER_CHACHA20 || mode == CIPHER_CHACHA20_POLY1305;
            bool fits = mode == CIPHER_AES_XTS ? len == 32 || len == 64
                        : chacha               ? len == 32
                                               : len == 16 || len == 24 || len == 32;
            size_t iv_len = mode <= CIPHER_AES_XTS ? 16 : mode == CIPHER_AES_KW ? 8 : 12;
            struct cipher_setup setup = {
                .mode = (enum cipher_mode)mode,
                .iv = {bytes, mode == CIPHER_AES_KWP ? 4 : iv_len},
                .counter = {bytes, 4},
                .counter_bits = 128,
                .tag_len = 16,
            };
            struct symkey *key = new_key(span(bytes, len));
            struct cipher *cipher;
            assert_int_equal(cipher_new(&cipher, key, &setup),
                             fits ? PQHW_OK : PQHW_KEY_SIZE_RANGE);
            cipher_free(cipher);
            symkey_free(key);
        }
    }
}

/* ---- MACs ---- */

static const struct mac_vector {
    const char *source;
    int alg; /* enum digest_alg, or -1 for CMAC */
    const char *key, *data, *mac;
} macs[] = {
    {"RFC 2202, 3, case 2", DIGEST_SHA1, "4a656665",
     "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
     "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"},
    {"RFC 4231, 4.3", DIGEST_SHA224, "4a656665",
     "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
     "a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44"},
    {"RFC 4231, 4.3", DIGEST_SHA256, "4a656665",
     "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
    {"RFC 4231, 4.3", DIGEST_SHA384, "4a656665",
     "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
     "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21"
     "6"
     "49"},
    {"RFC 4231, 4.3", DIGEST_SHA512, "4a656665",
     "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
     "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e"
     "6"
     "fdcaeab1a34d4a6b4b636e070a38bce737"},
    {"SP 800-38B, D.1, example 1", -1, F_KEY128, "", "bb1d6929e95937287fa37d129b756746"},
    {"SP 800-38B, D.1, example 2", -1, F_KEY128, "6bc1bee22e409f96e93d7e117393172a",
     "070a16b46b4d4144f79bdd9dd04a287c"},
    {"SP 800-38B, D.1, example 4", -1, F_KEY128, F_PLAIN, "51f0bebf7e3b9d92fc49741779363cfe"},
    {"SP 800-38B, D.3, example 12", -1, F_KEY256, F_PLAIN, "e1992190549f6ed5696a2c056c315410"},
};

static void examples_of_macs(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(macs) / sizeof(macs[0]); i++) {
        struct bytes value = hex(macs[i].key), data = hex(macs[i].data),
                     expected = hex(macs[i].mac);
        struct symkey *key = new_key(of(&value));
        for (size_t at = 0; at <= data.len; at++) {
            struct mac *mac;
            uint8_t out[MAC_MAX_LEN];
            assert_int_equal(macs[i].alg < 0
                                 ? mac_new_cmac(&mac, key)
                                 : mac_new_hmac(&mac, key, (enum digest_alg)macs[i].alg),
                             PQHW_OK);
            assert_int_equal(mac_update(mac, span(data.ptr, at)), PQHW_OK);
            assert_int_equal(mac_update(mac, span(data.ptr + at, data.len - at)), PQHW_OK);
            assert_int_equal(mac_final(mac, out), PQHW_OK);
            assert_memory_equal(out, expected.ptr, expected.len);
            mac_free(mac);
        }
        symkey_free(key);
    }
}

static void cmac_wants_an_aes_key(void **state)
{
    (void)state;
    struct symkey *key = new_key(SPAN_STR("a key of 18 bytes!"));
    struct mac *mac;
    assert_int_equal(mac_new_cmac(&mac, key), PQHW_KEY_SIZE_RANGE);
    assert_null(mac);
    symkey_free(key);
    symkey_free(NULL);
    mac_free(NULL);
    cipher_free(NULL);
}

/* FIPS 197's and FIPS 180's own: AES-128 of zeros under zeros, and the SHA-1 of "abc". */
static void check_values(void **state)
{
    (void)state;
    static const uint8_t zeros[16];
    uint8_t check[SYMKEY_CHECK_LEN];
    struct symkey *key = new_key(SPAN(zeros));
    assert_int_equal(symkey_check_aes(key, check), PQHW_OK);
    assert_memory_equal(check, ((const uint8_t[]){0x66, 0xe9, 0x4b}), 3);
    symkey_free(key);
    key = new_key(SPAN_STR("abc"));
    assert_int_equal(symkey_check_aes(key, check), PQHW_KEY_SIZE_RANGE);
    symkey_check_sha1(SPAN_STR("abc"), check);
    assert_memory_equal(check, ((const uint8_t[]){0xa9, 0x99, 0x3e}), 3);
    symkey_free(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples_of_encryption),
        cmocka_unit_test(operations_leave_nothing_in_the_key),
        cmocka_unit_test(damaged_tags_are_refused_and_nothing_is_left),
        cmocka_unit_test(keys_have_their_lengths),
        cmocka_unit_test(examples_of_macs),
        cmocka_unit_test(cmac_wants_an_aes_key),
        cmocka_unit_test(check_values),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
