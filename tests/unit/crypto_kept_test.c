/* SPDX-License-Identifier: Apache-2.0
 *
 * That a key's size covers what libcrypto keeps for it once it has been used, both ways.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/classic/cipher.h"
#include "crypto/classic/ec.h"
#include "crypto/classic/edwards.h"
#include "crypto/classic/mac.h"
#include "crypto/classic/montgomery.h"
#include "crypto/classic/rsa.h"

static struct classic *classic;

/* ---- what libcrypto has allocated ---- */

/* Before each block, its length. */
#define HEAD 16

static long allocated;

static void *counted_realloc(void *ptr, size_t len, const char *file, int line)
{
    uint8_t *block = ptr != NULL ? (uint8_t *)ptr - HEAD : NULL;
    size_t before = 0;

    (void)file;
    (void)line;
    if (block != NULL)
        memcpy(&before, block, sizeof(before));
    allocated -= (long)before;
    if (len == 0) {
        free(block);
        return NULL;
    }
    block = realloc(block, HEAD + len);
    assert_non_null(block);
    memcpy(block, &len, sizeof(len));
    allocated += (long)len;
    return block + HEAD;
}

static void *counted_malloc(size_t len, const char *file, int line)
{
    return counted_realloc(NULL, len, file, line);
}

static void counted_free(void *ptr, const char *file, int line)
{
    (void)counted_realloc(ptr, 0, file, line);
}

static void assert_covers(const char *what, size_t size, long before)
{
    long kept = allocated - before;

    print_message("%s: %ld bytes kept, %zu counted\n", what, kept, size);
    assert_true(kept > 0);
    assert_true(size >= (size_t)kept);
}

/* ---- secret keys ---- */

static void use_cipher(const struct symkey *key, enum cipher_mode mode, bool encrypt, uint8_t *text)
{
    static const uint8_t iv[CIPHER_BLOCK_LEN];
    const size_t tag_len = mode == CIPHER_AES_GCM || mode == CIPHER_CHACHA20_POLY1305 ? 16 : 0;
    const struct cipher_setup setup = {.mode = mode,
                                       .encrypt = encrypt,
                                       .iv = span(iv, tag_len != 0 ? 12 : 16),
                                       .counter_bits = 64,
                                       .tag_len = tag_len};
    struct cipher *cipher;
    size_t text_len = mode == CIPHER_AES_CBC_PAD ? 31 : 32;
    size_t len = 64;

    assert_int_equal(cipher_new(&cipher, key, &setup), PQHW_OK);
    size_t in_len = encrypt ? text_len : mode == CIPHER_AES_CBC_PAD ? 32 : text_len + tag_len;
    assert_int_equal(cipher_crypt(cipher, span(text, in_len), true, text, &len), PQHW_OK);
    cipher_free(cipher);
}

static void test_ciphers(void **state)
{
    (void)state;
    static const enum cipher_mode modes[] = {CIPHER_AES_CBC, CIPHER_AES_CBC_PAD,
                                             CIPHER_AES_CTR, CIPHER_AES_XTS,
                                             CIPHER_AES_GCM, CIPHER_CHACHA20_POLY1305};
    static const uint8_t value[64] = {1};

    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        for (unsigned round = 0; round < 2; round++) { /* what is made once, in the first */
            uint8_t text[64] = {0};
            struct symkey *key;
            long before = allocated;
            size_t len = modes[i] == CIPHER_AES_XTS ? 64 : 32;

            assert_int_equal(symkey_new(&key, classic, span(value, len)), PQHW_OK);
            use_cipher(key, modes[i], true, text);
            use_cipher(key, modes[i], false, text);
            if (round > 0)
                assert_covers("cipher", symkey_size(key), before);
            symkey_free(key);
        }
    }
}

static void test_macs(void **state)
{
    (void)state;
    static const uint8_t value[32] = {1};

    for (unsigned round = 0; round < 4; round++) {
        uint8_t out[MAC_MAX_LEN];
        struct symkey *key;
        struct mac *mac;
        long before = allocated;

        assert_int_equal(symkey_new(&key, classic, SPAN(value)), PQHW_OK);
        if (round % 2 == 0)
            assert_int_equal(mac_new_hmac(&mac, key, DIGEST_SHA3_512), PQHW_OK);
        else
            assert_int_equal(mac_new_cmac(&mac, key), PQHW_OK);
        assert_int_equal(mac_final(mac, out), PQHW_OK);
        mac_free(mac);
        if (round >= 2)
            assert_covers("mac", symkey_size(key), before);
        symkey_free(key);
    }
}

/* ---- curves ---- */

static void use_ec(const struct curve *curve, bool covered)
{
    static const uint8_t hash[32] = {1};
    uint8_t sk[CURVE_MAX_PRIVATE_LEN], sig[CURVE_MAX_SIGNATURE_LEN], shared[CURVE_MAX_PRIVATE_LEN];
    struct ec_key *key, *pub;
    long before = allocated;

    assert_int_equal(ec_generate(classic, curve, sk), PQHW_OK);
    assert_int_equal(ec_private_new(&key, classic, curve, span(sk, curve->private_len)), PQHW_OK);
    assert_int_equal(ec_sign(key, sig, SPAN(hash)), PQHW_OK);
    const struct span signature = span(sig, curve->signature_len);
    assert_int_equal(ec_verify(key, SPAN(hash), signature), PQHW_OK);
    assert_int_equal(ec_agree(key, shared, ec_point(key)), PQHW_OK);
    if (covered)
        assert_covers(curve->libcrypto, ec_size(key), before);
    before = allocated;
    assert_int_equal(ec_public_new(&pub, classic, curve, ec_point(key)), PQHW_OK);
    assert_int_equal(ec_verify(pub, SPAN(hash), signature), PQHW_OK);
    if (covered)
        assert_covers("its public key", ec_size(pub), before);
    ec_free(pub);
    ec_free(key);
}

static void use_edwards(const struct curve *curve, bool covered)
{
    static const struct edwards_variant pure;
    uint8_t sk[CURVE_MAX_PRIVATE_LEN] = {1}, sig[CURVE_MAX_SIGNATURE_LEN];
    struct edwards_key *key;
    long before = allocated;

    assert_int_equal(edwards_private_new(&key, classic, curve, span(sk, curve->private_len)),
                     PQHW_OK);
    assert_int_equal(edwards_sign(key, sig, &pure, SPAN(sk)), PQHW_OK);
    assert_int_equal(edwards_verify(key, &pure, SPAN(sk), span(sig, curve->signature_len)),
                     PQHW_OK);
    if (covered)
        assert_covers("edwards", edwards_size(key), before);
    edwards_free(key);
}

static void use_montgomery(const struct curve *curve, bool covered)
{
    uint8_t sk[CURVE_MAX_PRIVATE_LEN] = {1}, shared[CURVE_MAX_PRIVATE_LEN];
    struct montgomery_key *key;
    long before = allocated;

    assert_int_equal(montgomery_private_new(&key, classic, curve, span(sk, curve->private_len)),
                     PQHW_OK);
    assert_int_equal(montgomery_agree(key, shared, montgomery_point(key)), PQHW_OK);
    if (covered)
        assert_covers("montgomery", montgomery_size(key), before);
    montgomery_free(key);
}

static void test_curves(void **state)
{
    (void)state;
    for (int id = 0; id < CURVE_NUM; id++) {
        const struct curve *curve = curve_get((enum curve_id)id);
        for (unsigned round = 0; round < 2; round++) {
            if (curve->family == CURVE_WEIERSTRASS)
                use_ec(curve, round > 0);
            else if (curve->family == CURVE_EDWARDS)
                use_edwards(curve, round > 0);
            else
                use_montgomery(curve, round > 0);
        }
    }
}

/* ---- RSA ---- */

static void test_rsa(void **state)
{
    (void)state;
    static const uint8_t f4[] = {1, 0, 1}, data[20] = {1};
    static const struct rsa_scheme pkcs1 = {.padding = RSA_PAD_PKCS1};

    static const size_t bits[] = {2048, 2048, 3072}; /* what is made once, with the first */

    for (size_t i = 0; i < 3; i++) {
        uint8_t sig[512], n[512], text[512];
        struct rsa_key *key, *pub;
        size_t len = sizeof(text);
        long before = allocated;

        assert_int_equal(rsa_generate(&key, classic, bits[i], SPAN(f4)), PQHW_OK);
        const size_t sig_len = rsa_len(key);
        assert_int_equal(rsa_sign(key, sig, &pkcs1, SPAN(data)), PQHW_OK);
        assert_int_equal(rsa_encrypt(key, text, &pkcs1, SPAN(data)), PQHW_OK);
        assert_int_equal(rsa_decrypt(key, text, &len, &pkcs1, span(text, sig_len)), PQHW_OK);
        if (i > 0)
            assert_covers("RSA", rsa_size(key), before);
        assert_int_equal(rsa_part_get(key, RSA_MODULUS, n), PQHW_OK);
        before = allocated;
        assert_int_equal(rsa_public_new(&pub, classic, span(n, sig_len), SPAN(f4)), PQHW_OK);
        assert_int_equal(rsa_verify(pub, &pkcs1, SPAN(data), span(sig, sig_len)), PQHW_OK);
        if (i > 0)
            assert_covers("RSA, public", rsa_size(pub), before);
        rsa_free(pub);
        rsa_free(key);
    }
}

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ciphers),
        cmocka_unit_test(test_macs),
        cmocka_unit_test(test_curves),
        cmocka_unit_test(test_rsa),
    };

    if (CRYPTO_set_mem_functions(counted_malloc, counted_realloc, counted_free) != 1)
        return 1;
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
