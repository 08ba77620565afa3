/* SPDX-License-Identifier: Apache-2.0
 *
 * libpqc's public functions: every argument that can be missing, unknown or of a wrong length, and
 * one round trip of each algorithm. (The vectors of tests/vectors cover the results.)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pqhw/pqc.h"

static uint8_t ek[PQHW_MLKEM_MAX_EK_LEN];
static uint8_t dk[PQHW_MLKEM_MAX_DK_LEN];
static uint8_t ct[PQHW_MLKEM_MAX_CT_LEN + 1];
static uint8_t ss[PQHW_MLKEM_SECRET_LEN];
static uint8_t pk[PQHW_MLDSA_MAX_PK_LEN];
static uint8_t sk[PQHW_MLDSA_MAX_SK_LEN];
static uint8_t sig[PQHW_MLDSA_MAX_SIG_LEN];
static uint8_t slh_pk[PQHW_SLHDSA_MAX_PK_LEN];
static uint8_t slh_sk[PQHW_SLHDSA_MAX_SK_LEN];
static uint8_t slh_sig[PQHW_SLHDSA_MAX_SIG_LEN + 1];
static const uint8_t some[300];

static struct pqhw_bytes bytes(const void *ptr, size_t len)
{
    return (struct pqhw_bytes){ptr, len};
}

/* What looks like bytes but has no memory. */
static const struct pqhw_bytes missing = {NULL, 32};

#define KEM  PQHW_MLKEM_768
#define DSA  PQHW_MLDSA_65
#define SEED bytes(some, PQHW_MLKEM_SEED_LEN)
#define M    bytes(some, PQHW_MLKEM_M_LEN)
#define EK   bytes(ek, pqhw_mlkem_sizes(KEM).ek_len)
#define DK   bytes(dk, pqhw_mlkem_sizes(KEM).dk_len)
#define CT   bytes(ct, pqhw_mlkem_sizes(KEM).ct_len)
#define XI   bytes(some, PQHW_MLDSA_SEED_LEN)
#define RND  bytes(some, PQHW_MLDSA_RND_LEN)
#define PK   bytes(pk, pqhw_mldsa_sizes(DSA).pk_len)
#define SK   bytes(sk, pqhw_mldsa_sizes(DSA).sk_len)
#define SIG  bytes(sig, pqhw_mldsa_sizes(DSA).sig_len)

#define SLH      PQHW_SLHDSA_SHA2_128F
#define SLH_SEED bytes(some, 3 * pqhw_slhdsa_sizes(SLH).n)
#define OPT_RAND bytes(some, pqhw_slhdsa_sizes(SLH).n)
#define SLH_PK   bytes(slh_pk, pqhw_slhdsa_sizes(SLH).pk_len)
#define SLH_SK   bytes(slh_sk, pqhw_slhdsa_sizes(SLH).sk_len)
#define SLH_SIG  bytes(slh_sig, pqhw_slhdsa_sizes(SLH).sig_len)

static int make_keys(void **state)
{
    (void)state;
    return pqhw_mlkem_keygen(KEM, ek, dk, SEED) != PQHW_OK ||
           pqhw_mlkem_encaps(KEM, ct, ss, EK, M) != PQHW_OK ||
           pqhw_mldsa_keygen(DSA, pk, sk, XI) != PQHW_OK ||
           pqhw_slhdsa_keygen(SLH, slh_pk, slh_sk, SLH_SEED) != PQHW_OK;
}

static void test_sets(void **state)
{
    (void)state;
    for (int set = -1; set <= 4; set++) {
        const int known = set >= 1 && set <= 3;

        assert_int_equal(pqhw_mlkem_sizes((enum pqhw_mlkem_set)set).name != NULL, known);
        assert_int_equal(pqhw_mldsa_sizes((enum pqhw_mldsa_set)set).name != NULL, known);
    }
    assert_string_equal(pqhw_mlkem_sizes(PQHW_MLKEM_1024).name, "ML-KEM-1024");
    assert_string_equal(pqhw_mldsa_sizes(PQHW_MLDSA_87).name, "ML-DSA-87");
}

static void test_unknown_set(void **state)
{
    const struct pqhw_mldsa_message message = {.data = bytes(some, 3)};
    const enum pqhw_status expected = PQHW_PARAMETER_SET_NOT_SUPPORTED;

    (void)state;
    for (int set = 0; set <= 4; set += 4) {
        const enum pqhw_mlkem_set kem = (enum pqhw_mlkem_set)set;
        const enum pqhw_mldsa_set dsa = (enum pqhw_mldsa_set)set;

        assert_int_equal(pqhw_mlkem_keygen(kem, ek, dk, SEED), expected);
        assert_int_equal(pqhw_mlkem_check_ek(kem, EK), expected);
        assert_int_equal(pqhw_mlkem_check_dk(kem, DK), expected);
        assert_int_equal(pqhw_mlkem_encaps(kem, ct, ss, EK, M), expected);
        assert_int_equal(pqhw_mlkem_decaps(kem, ss, DK, CT), expected);
        assert_int_equal(pqhw_mldsa_keygen(dsa, pk, sk, XI), expected);
        assert_int_equal(pqhw_mldsa_check_sk(dsa, SK), expected);
        assert_int_equal(pqhw_mldsa_sign(dsa, sig, SK, &message, RND), expected);
        assert_int_equal(pqhw_mldsa_verify(dsa, PK, &message, SIG), expected);
    }
}

static void test_mlkem_missing(void **state)
{
    const enum pqhw_status expected = PQHW_ARGUMENTS_BAD;

    (void)state;
    assert_int_equal(pqhw_mlkem_keygen(KEM, NULL, dk, SEED), expected);
    assert_int_equal(pqhw_mlkem_keygen(KEM, ek, NULL, SEED), expected);
    assert_int_equal(pqhw_mlkem_keygen(KEM, ek, dk, missing), expected);
    assert_int_equal(pqhw_mlkem_check_ek(KEM, missing), expected);
    assert_int_equal(pqhw_mlkem_check_dk(KEM, missing), expected);
    assert_int_equal(pqhw_mlkem_encaps(KEM, NULL, ss, EK, M), expected);
    assert_int_equal(pqhw_mlkem_encaps(KEM, ct, NULL, EK, M), expected);
    assert_int_equal(pqhw_mlkem_encaps(KEM, ct, ss, missing, M), expected);
    assert_int_equal(pqhw_mlkem_encaps(KEM, ct, ss, EK, missing), expected);
    assert_int_equal(pqhw_mlkem_decaps(KEM, NULL, DK, CT), expected);
    assert_int_equal(pqhw_mlkem_decaps(KEM, ss, missing, CT), expected);
    assert_int_equal(pqhw_mlkem_decaps(KEM, ss, DK, missing), expected);
}

static void test_mlkem_lengths(void **state)
{
    const struct pqhw_bytes none = {0};
    uint8_t out[PQHW_MLKEM_SECRET_LEN] = {0xaa};

    (void)state;
    for (size_t len = 0; len < sizeof(some); len++) {
        if (len != PQHW_MLKEM_SEED_LEN)
            assert_int_equal(pqhw_mlkem_keygen(KEM, ek, dk, bytes(some, len)), PQHW_DATA_LEN_RANGE);
        if (len != PQHW_MLKEM_M_LEN)
            assert_int_equal(pqhw_mlkem_encaps(KEM, ct, ss, EK, bytes(some, len)),
                             PQHW_DATA_LEN_RANGE);
    }
    assert_int_equal(pqhw_mlkem_check_ek(KEM, none), PQHW_DATA_LEN_RANGE);
    assert_int_equal(pqhw_mlkem_check_dk(KEM, none), PQHW_DATA_LEN_RANGE);
    assert_int_equal(pqhw_mlkem_encaps(KEM, ct, ss, none, M), PQHW_DATA_LEN_RANGE);
    assert_int_equal(pqhw_mlkem_decaps(KEM, out, none, CT), PQHW_DATA_LEN_RANGE);
    assert_int_equal(pqhw_mlkem_decaps(KEM, out, DK, none), PQHW_ENCRYPTED_DATA_LEN_RANGE);
    assert_int_equal(pqhw_mlkem_decaps(KEM, out, DK, bytes(ct, CT.len - 1)),
                     PQHW_ENCRYPTED_DATA_LEN_RANGE);
    assert_int_equal(pqhw_mlkem_decaps(KEM, out, DK, bytes(ct, CT.len + 1)),
                     PQHW_ENCRYPTED_DATA_LEN_RANGE);
    assert_int_equal(out[0], 0xaa);
}

static void test_mlkem_round_trip(void **state)
{
    uint8_t out[PQHW_MLKEM_SECRET_LEN];

    (void)state;
    assert_int_equal(pqhw_mlkem_check_ek(KEM, EK), PQHW_OK);
    assert_int_equal(pqhw_mlkem_check_dk(KEM, DK), PQHW_OK);
    assert_int_equal(pqhw_mlkem_decaps(KEM, out, DK, CT), PQHW_OK);
    assert_memory_equal(out, ss, sizeof(out));
}

static void test_mldsa_missing(void **state)
{
    const struct pqhw_mldsa_message good = {.data = bytes(some, 3)};
    const struct pqhw_mldsa_message bad_data = {.data = missing};
    const struct pqhw_mldsa_message bad_context = {.context = missing};
    const enum pqhw_status expected = PQHW_ARGUMENTS_BAD;

    (void)state;
    assert_int_equal(pqhw_mldsa_keygen(DSA, NULL, sk, XI), expected);
    assert_int_equal(pqhw_mldsa_keygen(DSA, pk, NULL, XI), expected);
    assert_int_equal(pqhw_mldsa_keygen(DSA, pk, sk, missing), expected);
    assert_int_equal(pqhw_mldsa_check_sk(DSA, missing), expected);
    assert_int_equal(pqhw_mldsa_sign(DSA, NULL, SK, &good, RND), expected);
    assert_int_equal(pqhw_mldsa_sign(DSA, sig, missing, &good, RND), expected);
    assert_int_equal(pqhw_mldsa_sign(DSA, sig, SK, NULL, RND), expected);
    assert_int_equal(pqhw_mldsa_sign(DSA, sig, SK, &good, missing), expected);
    assert_int_equal(pqhw_mldsa_sign(DSA, sig, SK, &bad_data, RND), expected);
    assert_int_equal(pqhw_mldsa_sign(DSA, sig, SK, &bad_context, RND), expected);
    assert_int_equal(pqhw_mldsa_verify(DSA, missing, &good, SIG), expected);
    assert_int_equal(pqhw_mldsa_verify(DSA, PK, NULL, SIG), expected);
    assert_int_equal(pqhw_mldsa_verify(DSA, PK, &good, missing), expected);
}

/* Messages that are refused, and why; the same in signing and verifying. */
static void test_mldsa_bad_messages(void **state)
{
    const struct pqhw_bytes three = bytes(some, 3);
    const struct pqhw_bytes mu = bytes(some, PQHW_MLDSA_MU_LEN);
    const struct {
        struct pqhw_mldsa_message message;
        enum pqhw_status expected;
    } cases[] = {
        {{PQHW_MLDSA_PURE, 0, three, bytes(some, 256)}, PQHW_DATA_LEN_RANGE},
        {{PQHW_MLDSA_PREHASH, PQHW_HASH_SHA256, bytes(some, 32), bytes(some, 256)},
         PQHW_DATA_LEN_RANGE},
        {{PQHW_MLDSA_PREHASH, PQHW_HASH_SHA256, bytes(some, 31), {0}}, PQHW_DATA_LEN_RANGE},
        {{PQHW_MLDSA_PREHASH, PQHW_HASH_SHAKE256, bytes(some, 32), {0}}, PQHW_DATA_LEN_RANGE},
        {{PQHW_MLDSA_PREHASH, 0, bytes(some, 32), {0}}, PQHW_ARGUMENTS_BAD},
        {{PQHW_MLDSA_PREHASH, PQHW_HASH_SHAKE256 + 1, bytes(some, 64), {0}}, PQHW_ARGUMENTS_BAD},
        {{PQHW_MLDSA_MU, 0, bytes(some, 63), {0}}, PQHW_DATA_LEN_RANGE},
        {{PQHW_MLDSA_MU, 0, mu, three}, PQHW_ARGUMENTS_BAD},
        {{PQHW_MLDSA_INTERNAL, 0, three, three}, PQHW_ARGUMENTS_BAD},
        {{PQHW_MLDSA_INTERNAL + 1, 0, three, {0}}, PQHW_ARGUMENTS_BAD},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(pqhw_mldsa_sign(DSA, sig, SK, &cases[i].message, RND), cases[i].expected);
        assert_int_equal(pqhw_mldsa_verify(DSA, PK, &cases[i].message, SIG), cases[i].expected);
    }
}

static void test_mldsa_lengths(void **state)
{
    const struct pqhw_mldsa_message message = {.data = bytes(some, 3)};

    (void)state;
    for (size_t len = 0; len < sizeof(some); len++) {
        if (len == PQHW_MLDSA_SEED_LEN)
            continue;
        assert_int_equal(pqhw_mldsa_keygen(DSA, pk, sk, bytes(some, len)), PQHW_DATA_LEN_RANGE);
        assert_int_equal(pqhw_mldsa_sign(DSA, sig, SK, &message, bytes(some, len)),
                         PQHW_DATA_LEN_RANGE);
    }
    assert_int_equal(pqhw_mldsa_check_sk(DSA, bytes(sk, SK.len - 1)), PQHW_DATA_LEN_RANGE);
    assert_int_equal(pqhw_mldsa_sign(DSA, sig, bytes(sk, SK.len - 1), &message, RND),
                     PQHW_DATA_LEN_RANGE);
    assert_int_equal(pqhw_mldsa_verify(DSA, bytes(pk, PK.len - 1), &message, SIG),
                     PQHW_DATA_LEN_RANGE);
    assert_int_equal(pqhw_mldsa_verify(DSA, PK, &message, bytes(sig, SIG.len - 1)),
                     PQHW_SIGNATURE_LEN_RANGE);
}

/* Each kind of message verifies as itself and as no other. */
static void test_mldsa_round_trip(void **state)
{
    const struct pqhw_mldsa_message messages[] = {
        {PQHW_MLDSA_PURE, 0, bytes(some, 64), {0}},
        {PQHW_MLDSA_PURE, 0, bytes(some, 64), bytes(some, 255)},
        {PQHW_MLDSA_PREHASH, PQHW_HASH_SHA512, bytes(some, 64), {0}},
        {PQHW_MLDSA_PREHASH, PQHW_HASH_SHA3_512, bytes(some, 64), {0}},
        {PQHW_MLDSA_MU, 0, bytes(some, 64), {0}},
        {PQHW_MLDSA_INTERNAL, 0, bytes(some, 64), {0}},
    };
    const size_t num = sizeof(messages) / sizeof(messages[0]);

    (void)state;
    assert_int_equal(pqhw_mldsa_check_sk(DSA, SK), PQHW_OK);
    for (size_t i = 0; i < num; i++) {
        assert_int_equal(pqhw_mldsa_sign(DSA, sig, SK, &messages[i], RND), PQHW_OK);
        for (size_t j = 0; j < num; j++)
            assert_int_equal(pqhw_mldsa_verify(DSA, PK, &messages[j], SIG),
                             i == j ? PQHW_OK : PQHW_SIGNATURE_INVALID);
    }
}

/* ------------------------------------------------------------------ SLH-DSA */

static void test_slhdsa_sets(void **state)
{
    const struct pqhw_slhdsa_message message = {.data = bytes(some, 3)};
    const enum pqhw_status expected = PQHW_PARAMETER_SET_NOT_SUPPORTED;

    (void)state;
    for (int set = -1; set <= 13; set++) {
        const enum pqhw_slhdsa_set slh = (enum pqhw_slhdsa_set)set;
        const int known = set >= 1 && set <= 12;

        assert_int_equal(pqhw_slhdsa_sizes(slh).name != NULL, known);
        if (known)
            continue;
        assert_int_equal(pqhw_slhdsa_keygen(slh, slh_pk, slh_sk, SLH_SEED), expected);
        assert_int_equal(pqhw_slhdsa_check_sk(slh, SLH_SK), expected);
        assert_int_equal(pqhw_slhdsa_sign(slh, slh_sig, SLH_SK, &message, OPT_RAND), expected);
        assert_int_equal(pqhw_slhdsa_verify(slh, SLH_PK, &message, SLH_SIG), expected);
    }
    assert_string_equal(pqhw_slhdsa_sizes(PQHW_SLHDSA_SHAKE_256F).name, "SLH-DSA-SHAKE-256f");
}

static void test_slhdsa_missing(void **state)
{
    const struct pqhw_slhdsa_message good = {.data = bytes(some, 3)};
    const struct pqhw_slhdsa_message bad_data = {.data = missing};
    const struct pqhw_slhdsa_message bad_context = {.context = missing};
    const enum pqhw_status expected = PQHW_ARGUMENTS_BAD;

    (void)state;
    assert_int_equal(pqhw_slhdsa_keygen(SLH, NULL, slh_sk, SLH_SEED), expected);
    assert_int_equal(pqhw_slhdsa_keygen(SLH, slh_pk, NULL, SLH_SEED), expected);
    assert_int_equal(pqhw_slhdsa_keygen(SLH, slh_pk, slh_sk, missing), expected);
    assert_int_equal(pqhw_slhdsa_check_sk(SLH, missing), expected);
    assert_int_equal(pqhw_slhdsa_sign(SLH, NULL, SLH_SK, &good, OPT_RAND), expected);
    assert_int_equal(pqhw_slhdsa_sign(SLH, slh_sig, missing, &good, OPT_RAND), expected);
    assert_int_equal(pqhw_slhdsa_sign(SLH, slh_sig, SLH_SK, NULL, OPT_RAND), expected);
    assert_int_equal(pqhw_slhdsa_sign(SLH, slh_sig, SLH_SK, &good, missing), expected);
    assert_int_equal(pqhw_slhdsa_sign(SLH, slh_sig, SLH_SK, &bad_data, OPT_RAND), expected);
    assert_int_equal(pqhw_slhdsa_sign(SLH, slh_sig, SLH_SK, &bad_context, OPT_RAND), expected);
    assert_int_equal(pqhw_slhdsa_verify(SLH, missing, &good, SLH_SIG), expected);
    assert_int_equal(pqhw_slhdsa_verify(SLH, SLH_PK, NULL, SLH_SIG), expected);
    assert_int_equal(pqhw_slhdsa_verify(SLH, SLH_PK, &good, missing), expected);
}

static void test_slhdsa_bad_messages(void **state)
{
    const struct pqhw_bytes three = bytes(some, 3);
    const struct {
        struct pqhw_slhdsa_message message;
        enum pqhw_status expected;
    } cases[] = {
        {{PQHW_SLHDSA_PURE, 0, three, bytes(some, 256)}, PQHW_DATA_LEN_RANGE},
        {{PQHW_SLHDSA_PREHASH, PQHW_HASH_SHA256, bytes(some, 32), bytes(some, 256)},
         PQHW_DATA_LEN_RANGE},
        {{PQHW_SLHDSA_PREHASH, PQHW_HASH_SHA256, bytes(some, 31), {0}}, PQHW_DATA_LEN_RANGE},
        {{PQHW_SLHDSA_PREHASH, 0, bytes(some, 32), {0}}, PQHW_ARGUMENTS_BAD},
        {{PQHW_SLHDSA_PREHASH, PQHW_HASH_SHAKE256 + 1, bytes(some, 64), {0}}, PQHW_ARGUMENTS_BAD},
        {{PQHW_SLHDSA_INTERNAL, 0, three, three}, PQHW_ARGUMENTS_BAD},
        {{PQHW_SLHDSA_INTERNAL + 1, 0, three, {0}}, PQHW_ARGUMENTS_BAD},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(pqhw_slhdsa_sign(SLH, slh_sig, SLH_SK, &cases[i].message, OPT_RAND),
                         cases[i].expected);
        assert_int_equal(pqhw_slhdsa_verify(SLH, SLH_PK, &cases[i].message, SLH_SIG),
                         cases[i].expected);
    }
}

static void test_slhdsa_lengths(void **state)
{
    const struct pqhw_slhdsa_message message = {.data = bytes(some, 3)};
    const size_t n = pqhw_slhdsa_sizes(SLH).n;

    (void)state;
    for (size_t len = 0; len < 100; len++) {
        if (len != 3 * n)
            assert_int_equal(pqhw_slhdsa_keygen(SLH, slh_pk, slh_sk, bytes(some, len)),
                             PQHW_DATA_LEN_RANGE);
        if (len != 0 && len != n)
            assert_int_equal(pqhw_slhdsa_sign(SLH, slh_sig, SLH_SK, &message, bytes(some, len)),
                             PQHW_DATA_LEN_RANGE);
    }
    assert_int_equal(pqhw_slhdsa_check_sk(SLH, bytes(slh_sk, SLH_SK.len - 1)), PQHW_DATA_LEN_RANGE);
    assert_int_equal(
        pqhw_slhdsa_sign(SLH, slh_sig, bytes(slh_sk, SLH_SK.len - 1), &message, OPT_RAND),
        PQHW_DATA_LEN_RANGE);
    assert_int_equal(pqhw_slhdsa_verify(SLH, bytes(slh_pk, SLH_PK.len - 1), &message, SLH_SIG),
                     PQHW_DATA_LEN_RANGE);
    for (int delta = -1; delta <= 1; delta += 2)
        assert_int_equal(
            pqhw_slhdsa_verify(SLH, SLH_PK, &message, bytes(slh_sig, SLH_SIG.len + (size_t)delta)),
            PQHW_SIGNATURE_LEN_RANGE);
}

/* Each kind of message verifies as itself and as no other, hedged or not. */
static void test_slhdsa_round_trip(void **state)
{
    const struct pqhw_slhdsa_message messages[] = {
        {PQHW_SLHDSA_PURE, 0, bytes(some, 64), {0}},
        {PQHW_SLHDSA_PURE, 0, bytes(some, 64), bytes(some, 255)},
        {PQHW_SLHDSA_PREHASH, PQHW_HASH_SHA512, bytes(some, 64), {0}},
        {PQHW_SLHDSA_PREHASH, PQHW_HASH_SHA3_512, bytes(some, 64), {0}},
        {PQHW_SLHDSA_INTERNAL, 0, bytes(some, 64), {0}},
    };
    const size_t num = sizeof(messages) / sizeof(messages[0]);

    (void)state;
    assert_int_equal(pqhw_slhdsa_check_sk(SLH, SLH_SK), PQHW_OK);
    for (size_t i = 0; i < num; i++) {
        const struct pqhw_bytes opt_rand = i % 2 == 0 ? OPT_RAND : (struct pqhw_bytes){0};

        assert_int_equal(pqhw_slhdsa_sign(SLH, slh_sig, SLH_SK, &messages[i], opt_rand), PQHW_OK);
        for (size_t j = 0; j < num; j++)
            assert_int_equal(pqhw_slhdsa_verify(SLH, SLH_PK, &messages[j], SLH_SIG),
                             i == j ? PQHW_OK : PQHW_SIGNATURE_INVALID);
    }
    slh_sk[0] ^= 1;
    assert_int_equal(pqhw_slhdsa_check_sk(SLH, SLH_SK), PQHW_DATA_INVALID);
    assert_int_equal(pqhw_slhdsa_sign(SLH, slh_sig, SLH_SK, &messages[0], OPT_RAND),
                     PQHW_DATA_INVALID);
    slh_sk[0] ^= 1;
}

/* ------------------------------------------------------------------ Falcon */

#define FALCON PQHW_FALCON_512

static uint8_t falcon_pk[PQHW_FALCON_MAX_PK_LEN], falcon_sk[PQHW_FALCON_MAX_SK_LEN];
static uint8_t falcon_sig[PQHW_FALCON_MAX_SIG_LEN];
static size_t falcon_sig_len;

#define FALCON_SEED bytes(some, PQHW_FALCON_SEED_LEN)
#define FALCON_PK   bytes(falcon_pk, pqhw_falcon_sizes(FALCON).pk_len)
#define FALCON_SK   bytes(falcon_sk, pqhw_falcon_sizes(FALCON).sk_len)
#define FALCON_SIG  bytes(falcon_sig, falcon_sig_len)

static void test_falcon_round_trip(void **state)
{
    const struct pqhw_falcon_sizes sizes = pqhw_falcon_sizes(FALCON);
    const size_t lengths[] = {0, 0, sizes.padded_len, sizes.ct_len};

    (void)state;
    assert_string_equal(sizes.name, "Falcon-512");
    assert_int_equal(pqhw_falcon_keygen(FALCON, falcon_pk, falcon_sk, FALCON_SEED), PQHW_OK);
    assert_int_equal(pqhw_falcon_check_sk(FALCON, FALCON_SK), PQHW_OK);
    for (int i = PQHW_FALCON_COMPRESSED; i <= PQHW_FALCON_CT; i++) {
        const enum pqhw_falcon_format format = (enum pqhw_falcon_format)i;
        assert_int_equal(pqhw_falcon_sign(FALCON, format, falcon_sig, &falcon_sig_len, FALCON_SK,
                                          bytes(some, 3)),
                         PQHW_OK);
        assert_true(lengths[i] == 0 || falcon_sig_len == lengths[i]);
        assert_int_equal(pqhw_falcon_verify(FALCON, format, FALCON_PK, bytes(some, 3), FALCON_SIG),
                         PQHW_OK);
        assert_int_equal(pqhw_falcon_verify(FALCON, format, FALCON_PK, bytes(some, 4), FALCON_SIG),
                         PQHW_SIGNATURE_INVALID);
        falcon_sig_len = 41;
        assert_int_equal(pqhw_falcon_verify(FALCON, format, FALCON_PK, bytes(some, 3), FALCON_SIG),
                         PQHW_SIGNATURE_LEN_RANGE);
    }
}

/* Signatures that are only verified: what is good is in the vectors. */
static void test_stateful(void **state)
{
    enum pqhw_status (*const functions[])(struct pqhw_bytes, struct pqhw_bytes,
                                          struct pqhw_bytes) = {pqhw_hss_verify, pqhw_xmss_verify,
                                                                pqhw_xmssmt_verify};
    uint8_t hss_pk[PQHW_HSS_MAX_PK_LEN] = {0, 0, 0, 1, 0, 0, 0, 5, 0, 0, 0, 4};
    uint8_t xmss_pk[4 + 2 * 32] = {0, 0, 0, 1};
    const struct pqhw_bytes keys[] = {bytes(hss_pk, sizeof(hss_pk)),
                                      bytes(xmss_pk, sizeof(xmss_pk)),
                                      bytes(xmss_pk, sizeof(xmss_pk))};
    const struct pqhw_bytes three = bytes(some, 3);

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(functions[i](missing, three, three), PQHW_ARGUMENTS_BAD);
        assert_int_equal(functions[i](keys[i], missing, three), PQHW_ARGUMENTS_BAD);
        assert_int_equal(functions[i](keys[i], three, missing), PQHW_ARGUMENTS_BAD);
        assert_int_equal(functions[i](three, three, three), PQHW_DATA_LEN_RANGE);
        assert_int_equal(functions[i](bytes(some, 60), three, three),
                         PQHW_PARAMETER_SET_NOT_SUPPORTED);
        assert_int_equal(functions[i](keys[i], three, three), PQHW_SIGNATURE_LEN_RANGE);
        assert_int_equal(functions[i](keys[i], three, (struct pqhw_bytes){0}),
                         PQHW_SIGNATURE_LEN_RANGE);
    }
}

static void test_falcon_bad_arguments(void **state)
{
    const enum pqhw_falcon_set odd = (enum pqhw_falcon_set)3;
    const enum pqhw_falcon_format no_format = (enum pqhw_falcon_format)4;
    const enum pqhw_falcon_format format = PQHW_FALCON_PADDED;
    size_t len = 7;

    (void)state;
    assert_null(pqhw_falcon_sizes(odd).name);
    assert_int_equal(pqhw_falcon_keygen(odd, falcon_pk, falcon_sk, FALCON_SEED),
                     PQHW_PARAMETER_SET_NOT_SUPPORTED);
    assert_int_equal(pqhw_falcon_check_sk(odd, FALCON_SK), PQHW_PARAMETER_SET_NOT_SUPPORTED);
    assert_int_equal(pqhw_falcon_sign(odd, format, falcon_sig, &len, FALCON_SK, FALCON_SEED),
                     PQHW_PARAMETER_SET_NOT_SUPPORTED);
    assert_int_equal(pqhw_falcon_verify(odd, format, FALCON_PK, FALCON_SEED, FALCON_SIG),
                     PQHW_PARAMETER_SET_NOT_SUPPORTED);
    assert_int_equal(pqhw_falcon_sign(FALCON, no_format, falcon_sig, &len, FALCON_SK, FALCON_SEED),
                     PQHW_ARGUMENTS_BAD);
    assert_int_equal(pqhw_falcon_verify(FALCON, no_format, FALCON_PK, FALCON_SEED, FALCON_SIG),
                     PQHW_ARGUMENTS_BAD);
    assert_int_equal(pqhw_falcon_keygen(FALCON, NULL, falcon_sk, FALCON_SEED), PQHW_ARGUMENTS_BAD);
    assert_int_equal(pqhw_falcon_keygen(FALCON, falcon_pk, NULL, FALCON_SEED), PQHW_ARGUMENTS_BAD);
    assert_int_equal(pqhw_falcon_keygen(FALCON, falcon_pk, falcon_sk, missing), PQHW_ARGUMENTS_BAD);
    assert_int_equal(pqhw_falcon_keygen(FALCON, falcon_pk, falcon_sk, bytes(some, 47)),
                     PQHW_DATA_LEN_RANGE);
    assert_int_equal(pqhw_falcon_check_sk(FALCON, missing), PQHW_ARGUMENTS_BAD);
    assert_int_equal(pqhw_falcon_check_sk(FALCON, bytes(falcon_sk, 1280)), PQHW_DATA_LEN_RANGE);
    assert_int_equal(pqhw_falcon_sign(FALCON, format, NULL, &len, FALCON_SK, FALCON_SEED),
                     PQHW_ARGUMENTS_BAD);
    assert_int_equal(pqhw_falcon_sign(FALCON, format, falcon_sig, NULL, FALCON_SK, FALCON_SEED),
                     PQHW_ARGUMENTS_BAD);
    assert_int_equal(pqhw_falcon_sign(FALCON, format, falcon_sig, &len, missing, FALCON_SEED),
                     PQHW_ARGUMENTS_BAD);
    assert_int_equal(pqhw_falcon_sign(FALCON, format, falcon_sig, &len, FALCON_SK, missing),
                     PQHW_ARGUMENTS_BAD);
    assert_int_equal(pqhw_falcon_verify(FALCON, format, missing, FALCON_SEED, FALCON_SIG),
                     PQHW_ARGUMENTS_BAD);
    assert_int_equal(pqhw_falcon_verify(FALCON, format, FALCON_PK, missing, FALCON_SIG),
                     PQHW_ARGUMENTS_BAD);
    assert_int_equal(pqhw_falcon_verify(FALCON, format, FALCON_PK, FALCON_SEED, missing),
                     PQHW_ARGUMENTS_BAD);
    assert_int_equal(
        pqhw_falcon_verify(FALCON, format, bytes(falcon_sk, 897), FALCON_SEED, FALCON_SIG),
        PQHW_DATA_INVALID);
    assert_int_equal(len, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_falcon_round_trip),
        cmocka_unit_test(test_falcon_bad_arguments),
        cmocka_unit_test(test_sets),
        cmocka_unit_test(test_unknown_set),
        cmocka_unit_test(test_mlkem_missing),
        cmocka_unit_test(test_mlkem_lengths),
        cmocka_unit_test(test_mlkem_round_trip),
        cmocka_unit_test(test_mldsa_missing),
        cmocka_unit_test(test_mldsa_bad_messages),
        cmocka_unit_test(test_mldsa_lengths),
        cmocka_unit_test(test_mldsa_round_trip),
        cmocka_unit_test(test_slhdsa_sets),
        cmocka_unit_test(test_slhdsa_missing),
        cmocka_unit_test(test_slhdsa_bad_messages),
        cmocka_unit_test(test_slhdsa_lengths),
        cmocka_unit_test(test_slhdsa_round_trip),
        cmocka_unit_test(test_stateful),
    };

    return cmocka_run_group_tests_name("pqc_arguments", tests, make_keys, NULL);
}
