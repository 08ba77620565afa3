/* SPDX-License-Identifier: Apache-2.0
 *
 * The functions of SP 800-108. NIST's vectors are in tests/integration/kdf_test.py; here
 * libcrypto's own are the measure.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "crypto/classic/kdf.h"
#include "crypto_allocations.h"

#define OK(expr) assert_int_equal(expr, PQHW_OK)
#define MAX_LEN  600

static struct classic *classic;
static const char label[] = "label";
static const char context[] = "the context";

/* [i] || label || 0 || context || [L], which is how libcrypto puts it, behind what is chained. */
static struct kdf_108 usual(enum kdf_mode mode, struct kdf_prf prf, uint8_t length[4], size_t len,
                            struct kdf_piece pieces[6])
{
    size_t num = 0;

    store_be32(length, (uint32_t)(8 * len));
    if (mode != KDF_COUNTER)
        pieces[num++] = (struct kdf_piece){.kind = KDF_CHAINED};
    pieces[num++] = (struct kdf_piece){.kind = KDF_NUMBER, .width = 4};
    pieces[num++] = (struct kdf_piece){.bytes = SPAN_STR(label)};
    pieces[num++] = (struct kdf_piece){.bytes = SPAN_STR("\0")};
    pieces[num++] = (struct kdf_piece){.bytes = SPAN_STR(context)};
    pieces[num++] = (struct kdf_piece){.bytes = span(length, 4)};
    return (struct kdf_108){.mode = mode, .prf = prf, .pieces = pieces, .num_pieces = num};
}

static OSSL_PARAM text(const char *name, char *value)
{
    return OSSL_PARAM_construct_utf8_string(name, value, 0);
}

static OSSL_PARAM octets(const char *name, const void *value, size_t len)
{
    return OSSL_PARAM_construct_octet_string(name, (void *)(uintptr_t)value, len);
}

static void by_libcrypto(uint8_t *out, size_t len, const struct kdf_108 *how, struct span key)
{
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "KBKDF", NULL);
    EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf);
    char mode[16], mac[8] = "HMAC", cmac[8] = "CMAC", sha384[8] = "SHA384", aes[16] = "AES-256-CBC";

    strcpy(mode, how->mode == KDF_COUNTER ? "counter" : "feedback");
    const OSSL_PARAM params[] = {
        text("mode", mode),
        text("mac", how->prf.cmac ? cmac : mac),
        how->prf.cmac ? text("cipher", aes) : text("digest", sha384),
        octets("key", key.ptr, key.len),
        octets("salt", label, sizeof(label) - 1),
        octets("info", context, sizeof(context) - 1),
        octets("seed", how->iv.ptr, how->iv.len),
        OSSL_PARAM_construct_end(),
    };
    assert_int_equal(EVP_KDF_derive(ctx, out, len, params), 1);
    EVP_KDF_CTX_free(ctx);
    EVP_KDF_free(kdf);
}

static void libcrypto_agrees(void **state)
{
    static const size_t lens[] = {1, 16, 48, 49, 96, MAX_LEN};
    static const uint8_t iv[48] = {1, 2, 3};
    uint8_t key[32], length[4], expected[MAX_LEN];
    struct symkey *symkey;
    struct secret out;

    (void)state;
    memset(key, 0x5a, sizeof(key));
    OK(symkey_new(&symkey, classic, SPAN(key)));
    for (unsigned i = 0; i < 4 * sizeof(lens) / sizeof(lens[0]); i++) {
        struct kdf_piece pieces[6];
        struct kdf_prf prf = {.cmac = i % 2 != 0, .alg = DIGEST_SHA384};
        enum kdf_mode mode = i / 2 % 2 != 0 ? KDF_COUNTER : KDF_FEEDBACK;
        size_t len = lens[i / 4];
        struct kdf_108 how = usual(mode, prf, length, len, pieces);
        how.iv = span(iv, kdf_prf_len(prf)); /* libcrypto has no others */
        OK(secret_new(&out, len));
        OK(kdf_108(symkey, &out, &how));
        by_libcrypto(expected, len, &how, SPAN(key));
        assert_memory_equal(out.ptr, expected, len);
        secret_free(&out);
    }
    symkey_free(symkey);
}

/* A number of one byte counts to 255, whichever mode it is in. */
static void numbers_are_not_used_twice(void **state)
{
    static const struct kdf_prf prf = {.alg = DIGEST_SHA1};
    struct kdf_piece pieces[2] = {{.kind = KDF_NUMBER, .width = 1}, {.kind = KDF_CHAINED}};
    struct kdf_108 how = {.prf = prf, .pieces = pieces, .num_pieces = 2};
    struct symkey *symkey;
    struct secret out;

    (void)state;
    OK(symkey_new(&symkey, classic, SPAN_STR("key")));
    for (int mode = KDF_COUNTER; mode <= KDF_DOUBLE_PIPELINE; mode++) {
        how.mode = (enum kdf_mode)mode;
        OK(secret_new(&out, 255 * 20));
        OK(kdf_108(symkey, &out, &how));
        secret_free(&out);
        OK(secret_new(&out, 255 * 20 + 1));
        assert_int_equal(kdf_108(symkey, &out, &how), PQHW_KEY_SIZE_RANGE);
        pieces[0].width = 2;
        OK(kdf_108(symkey, &out, &how));
        pieces[0].width = 1;
        secret_free(&out);
    }
    how.prf.cmac = true;
    OK(secret_new(&out, 16));
    assert_int_equal(kdf_108(symkey, &out, &how), PQHW_KEY_SIZE_RANGE); /* no AES key */
    secret_free(&out);
    symkey_free(symkey);
}

/* Whatever allocation fails: a failure, or a right result; never a crash, nor a leak. */
static void allocations_may_fail(void **state)
{
    uint8_t length[4];
    long num = 0;

    (void)state;
    for (bool failed = true; failed; num++) {
        struct kdf_piece pieces[6];
        struct kdf_108 how =
            usual(KDF_DOUBLE_PIPELINE, (struct kdf_prf){.alg = DIGEST_SHA256}, length, 40, pieces);
        struct symkey *symkey;
        struct secret out;
        OK(secret_new(&out, 40));
        OK(symkey_new(&symkey, classic, SPAN_STR("key")));
        allocations_fail(num);
        enum pqhw_status status = kdf_108(symkey, &out, &how);
        failed = allocations_end();
        assert_true(failed || status == PQHW_OK);
        assert_true(status == PQHW_OK || status == PQHW_NO_MEMORY || status == PQHW_INTERNAL);
        symkey_free(symkey);
        secret_free(&out);
    }
    assert_true(num > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(libcrypto_agrees),
        cmocka_unit_test(numbers_are_not_used_twice),
        cmocka_unit_test(allocations_may_fail),
    };

    if (!allocations_count() || classic_new(&classic) != PQHW_OK)
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    classic_free(classic);
    return failed;
}
