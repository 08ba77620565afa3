/* SPDX-License-Identifier: Apache-2.0
 *
 * Verification of stateful hash-based signatures: lengths of every parameter set, and signatures
 * that are changed, cut off or of another kind. (The vectors of tests/vectors cover the results.)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/hbs/lms.h"
#include "crypto/hbs/xmss.h"

/* ---- vectors ---- */

/* A file: the kind, then public key, message and signature, each with its length before it. */
struct vector {
    uint8_t bytes[16384];
    uint8_t kind; /* KIND_HSS, or an xmss_kind and one */
    struct span pk, message, sig;
};

#define KIND_HSS 0

static const char *const small[] = {
    "small-hss-sha256",          "small-hss-sha256-192", "small-hss-shake256",
    "small-xmss-sha2-192",       "small-xmss-shake-256", "small-xmssmt-sha2-192",
    "small-xmssmt-shake256-192",
};
#define NUM_SMALL (sizeof(small) / sizeof(small[0]))

static void load(struct vector *v, const char *name)
{
    char path[512];

    snprintf(path, sizeof(path), "%s/hbs/%s.bin", VECTOR_DIR, name);
    FILE *stream = fopen(path, "rb");
    if (stream == NULL)
        fail_msg("%s is missing", path);
    struct reader r = reader(span(v->bytes, fread(v->bytes, 1, sizeof(v->bytes), stream)));
    fclose(stream);
    v->kind = read_u8(&r);
    v->pk = read_span32(&r);
    v->message = read_span32(&r);
    v->sig = read_span32(&r);
    assert_true(read_finished(&r));
}

static enum pqhw_status verify(uint8_t kind, struct span pk, struct span message, struct span sig)
{
    enum pqhw_status status = PQHW_OK;
    struct xmss_public xmss;
    struct hss_public hss;

    if (kind == KIND_HSS) {
        TRY(hss_public_init(&hss, pk));
        TRY(hss_verify(&hss, sig, message));
    } else {
        TRY(xmss_public_init(&xmss, (enum xmss_kind)(kind - 1), pk));
        TRY(xmss_verify(&xmss, sig, message));
    }
out:
    return status;
}

static enum pqhw_status verify_vector(const struct vector *v)
{
    return verify(v->kind, v->pk, v->message, v->sig);
}

/* ---- parameter sets ---- */

static void test_xmss_lengths(void **state)
{
    /* RFC 8391, 5.3 and 5.4; SP 800-208, 5. By hash, in the registry's order. */
    static const size_t single[7][3] = {
        {2500, 2692, 2820}, {9092, 9476, 9732}, {2500, 2692, 2820}, {9092, 9476, 9732},
        {1492, 1636, 1732}, {2500, 2692, 2820}, {1492, 1636, 1732},
    };
    static const size_t of_24[8] = {2955, 5403, 3437, 5885, 10781, 5144, 8816, 16160};
    static const size_t of_32[8] = {4963, 9251, 5605, 9893, 18469, 8392, 14824, 27688};
    static const size_t of_64[8] = {18115, 34883, 19397, 36165, 69701, 29064, 54216, 104520};
    static const size_t *const multi[7] = {of_32, of_64, of_32, of_64, of_24, of_32, of_24};
    struct xmss_params params;

    (void)state;
    for (uint32_t i = 0; i < 21; i++) {
        assert_true(xmss_params_find(&params, XMSS_SINGLE, i + 1));
        assert_int_equal(params.sig_len, single[i / 3][i % 3]);
        assert_int_equal(params.pk_len, 4 + 2 * params.n);
    }
    for (uint32_t i = 0; i < 56; i++) {
        assert_true(xmss_params_find(&params, XMSS_MULTI, i + 1));
        assert_int_equal(params.sig_len, multi[i / 8][i % 8]);
        assert_int_equal(params.pk_len, 4 + 2 * params.n);
    }
    assert_false(xmss_params_find(&params, XMSS_SINGLE, 0));
    assert_false(xmss_params_find(&params, XMSS_SINGLE, 22));
    assert_false(xmss_params_find(&params, XMSS_MULTI, 0));
    assert_false(xmss_params_find(&params, XMSS_MULTI, 57));
}

/* A signature of nothing, but of the right form, with one level. */
static size_t empty_lms(uint8_t *out, uint32_t type, uint32_t ots_type, size_t ots_len, size_t path)
{
    memset(out, 0, 8 + ots_len + 4 + path);
    store_be32(out + 8, ots_type);
    store_be32(out + 8 + ots_len, type);
    return 8 + ots_len + 4 + path;
}

static void test_lms_lengths(void **state)
{
    /* RFC 8554, Table 1; SP 800-208, 4: the length of a one-time signature. */
    static const size_t ots_len[2][4] = {{8516, 4292, 2180, 1124}, {4828, 2452, 1252, 652}};
    static uint8_t sig[HSS_MAX_SIG_LEN];
    struct hss_public pub;

    (void)state;
    for (uint32_t type = 0; type <= 25; type++) {
        for (uint32_t ots = 0; ots <= 17; ots++) {
            uint8_t pk[HSS_MAX_PK_LEN + 1] = {0, 0, 0, 1};
            uint32_t hash = type >= 5 ? (type - 5) / 5 : 4;
            bool fits = type >= 5 && hash < 4 && ots >= 1 && (ots - 1) / 4 == hash;
            size_t n = hash % 2 == 0 ? 32 : 24;

            store_be32(pk + 4, type);
            store_be32(pk + 8, ots);
            if (!fits) {
                assert_int_equal(hss_public_init(&pub, span(pk, 28 + n)),
                                 PQHW_PARAMETER_SET_NOT_SUPPORTED);
                continue;
            }
            assert_int_equal(hss_public_init(&pub, span(pk, 27 + n)), PQHW_DATA_LEN_RANGE);
            assert_int_equal(hss_public_init(&pub, span(pk, 29 + n)), PQHW_DATA_LEN_RANGE);
            assert_int_equal(hss_public_init(&pub, span(pk, 28 + n)), PQHW_OK);
            size_t len = empty_lms(sig, type, ots, ots_len[hash % 2][(ots - 1) % 4],
                                   n * (5 * ((type - 5) % 5) + 5));
            assert_int_equal(hss_verify(&pub, span(sig, len), SPAN_EMPTY), PQHW_SIGNATURE_INVALID);
            assert_int_equal(hss_verify(&pub, span(sig, len - 1), SPAN_EMPTY),
                             PQHW_SIGNATURE_LEN_RANGE);
            assert_int_equal(hss_verify(&pub, span(sig, len + 1), SPAN_EMPTY),
                             PQHW_SIGNATURE_LEN_RANGE);
        }
    }
}

static void test_hss_levels(void **state)
{
    struct hss_public pub;
    struct vector v;

    (void)state;
    load(&v, "small-hss-sha256");
    uint8_t *levels = v.bytes + (v.pk.ptr - v.bytes) + 3;
    for (unsigned n = 0; n < 256; n++) {
        *levels = (uint8_t)n;
        assert_int_equal(hss_public_init(&pub, v.pk),
                         n >= 1 && n <= 8 ? PQHW_OK : PQHW_DATA_INVALID);
        if (n != 2 && n >= 1 && n <= 8)
            assert_int_equal(verify_vector(&v), PQHW_SIGNATURE_INVALID);
    }
}

/* Good by RFC 8554, but SP 800-208 has one hash in all levels. */
static void test_hss_of_two_hashes(void **state)
{
    struct vector v;

    (void)state;
    load(&v, "mixed-hss");
    assert_int_equal(verify_vector(&v), PQHW_SIGNATURE_INVALID);
}

/* ---- signatures ---- */

static void test_every_byte_counts(void **state)
{
    static struct vector v;

    (void)state;
    for (size_t i = 0; i < NUM_SMALL; i++) {
        load(&v, small[i]);
        assert_int_equal(verify_vector(&v), PQHW_OK);
        uint8_t *sig = v.bytes + (v.sig.ptr - v.bytes);
        for (size_t at = 0; at < v.sig.len; at += at < 64 ? 1 : 13) {
            sig[at] ^= 0x10;
            enum pqhw_status status = verify_vector(&v);
            /* The kinds of the lower trees say how long a signature is. */
            if (v.kind != KIND_HSS || status != PQHW_SIGNATURE_LEN_RANGE)
                assert_int_equal(status, PQHW_SIGNATURE_INVALID);
            sig[at] ^= 0x10;
        }
        assert_int_equal(verify_vector(&v), PQHW_OK);
    }
}

static void test_every_length_counts(void **state)
{
    static struct vector v;

    (void)state;
    for (size_t i = 0; i < NUM_SMALL; i++) {
        load(&v, small[i]);
        for (size_t len = 0; len < v.sig.len; len++) {
            /* Memory of its own, whose end the sanitizer sees. */
            uint8_t *sig = malloc(len + 1);

            assert_non_null(sig);
            memcpy(sig, v.sig.ptr, len);
            assert_int_equal(verify(v.kind, v.pk, v.message, span(sig, len)),
                             PQHW_SIGNATURE_LEN_RANGE);
            free(sig);
        }
        for (size_t len = 0; len < v.pk.len; len++)
            assert_int_equal(verify(v.kind, span(v.pk.ptr, len), v.message, v.sig),
                             PQHW_DATA_LEN_RANGE);
    }
}

/* A leaf that the tree does not have is refused before anything is hashed. */
static void test_indices(void **state)
{
    static struct vector v;
    struct xmss_public xmss;
    struct hss_public hss;
    struct hbs_hash hash;

    (void)state;
    load(&v, "small-hss-sha256");
    assert_int_equal(hss_public_init(&hss, v.pk), PQHW_OK);
    assert_int_equal(hss_digest_init(&hash, &hss, v.sig), PQHW_OK);
    v.bytes[v.sig.ptr - v.bytes + 7] |= 1 << 5; /* of 32 leaves */
    assert_int_equal(hss_digest_init(&hash, &hss, v.sig), PQHW_SIGNATURE_INVALID);
    load(&v, "small-xmss-sha2-192");
    assert_int_equal(xmss_public_init(&xmss, XMSS_SINGLE, v.pk), PQHW_OK);
    assert_int_equal(xmss_digest_init(&hash, &xmss, v.sig), PQHW_OK);
    v.bytes[v.sig.ptr - v.bytes + 2] |= 1 << 2; /* of 2^10 leaves, in 4 bytes */
    assert_int_equal(xmss_digest_init(&hash, &xmss, v.sig), PQHW_SIGNATURE_INVALID);
    load(&v, "small-xmssmt-sha2-192");
    assert_int_equal(xmss_public_init(&xmss, XMSS_MULTI, v.pk), PQHW_OK);
    assert_int_equal(xmss_digest_init(&hash, &xmss, v.sig), PQHW_OK);
    v.bytes[v.sig.ptr - v.bytes] |= 1 << 4; /* of 2^20 leaves, in 3 bytes */
    assert_int_equal(xmss_digest_init(&hash, &xmss, v.sig), PQHW_SIGNATURE_INVALID);
}

/* Other keys, messages and kinds than the signature's. */
static void test_others(void **state)
{
    static struct vector v, other;

    (void)state;
    for (size_t i = 0; i < NUM_SMALL; i++) {
        load(&v, small[i]);
        assert_int_equal(verify(v.kind, v.pk, SPAN_STR("something else"), v.sig),
                         PQHW_SIGNATURE_INVALID);
        for (size_t j = 0; j < NUM_SMALL; j++) {
            load(&other, small[j]);
            if (i != j)
                assert_int_not_equal(verify(v.kind, v.pk, other.message, other.sig), PQHW_OK);
        }
        uint8_t *root = v.bytes + (v.pk.ptr - v.bytes) + v.pk.len - 1;
        *root ^= 1;
        assert_int_equal(verify_vector(&v), PQHW_SIGNATURE_INVALID);
    }
}

/* Three bytes at a time give what all at once gives. */
static void test_in_pieces(void **state)
{
    static struct vector v;
    struct xmss_public xmss;
    struct hss_public hss;
    struct hbs_hash hash;
    uint8_t digest[HBS_MAX_N];

    (void)state;
    for (size_t i = 0; i < NUM_SMALL; i++) {
        load(&v, small[i]);
        if (v.kind == KIND_HSS) {
            assert_int_equal(hss_public_init(&hss, v.pk), PQHW_OK);
            assert_int_equal(hss_digest_init(&hash, &hss, v.sig), PQHW_OK);
        } else {
            assert_int_equal(xmss_public_init(&xmss, (enum xmss_kind)(v.kind - 1), v.pk), PQHW_OK);
            assert_int_equal(xmss_digest_init(&hash, &xmss, v.sig), PQHW_OK);
        }
        for (size_t at = 0; at < v.message.len; at += 3)
            hbs_hash_add(&hash, v.message.ptr + at,
                         v.message.len - at < 3 ? v.message.len - at : 3);
        hbs_hash_final(&hash, digest, v.kind == KIND_HSS ? hss.top.params.n : xmss.params.n);
        enum pqhw_status status = v.kind == KIND_HSS ? hss_verify_digest(&hss, v.sig, digest)
                                                     : xmss_verify_digest(&xmss, v.sig, digest);
        assert_int_equal(status, PQHW_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_xmss_lengths),      cmocka_unit_test(test_lms_lengths),
        cmocka_unit_test(test_hss_levels),        cmocka_unit_test(test_hss_of_two_hashes),
        cmocka_unit_test(test_every_byte_counts), cmocka_unit_test(test_every_length_counts),
        cmocka_unit_test(test_indices),           cmocka_unit_test(test_others),
        cmocka_unit_test(test_in_pieces),
    };

    return cmocka_run_group_tests_name("crypto_hbs", tests, NULL, NULL);
}
