/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/falcon/falcon.h"
#include "crypto/mldsa/mldsa.h"
#include "crypto/mlkem/mlkem.h"
#include "crypto/slhdsa/slhdsa.h"
#include "hsm/mechanism.h"

static const CK_FLAGS all_flags[] = {
    CKF_ENCRYPT,
    CKF_DECRYPT,
    CKF_DIGEST,
    CKF_SIGN,
    CKF_VERIFY,
    CKF_WRAP,
    CKF_UNWRAP,
    CKF_GENERATE,
    CKF_DERIVE,
    CKF_HW,
    CKF_GENERATE_KEY_PAIR,
    CKF_ENCAPSULATE,
    CKF_DECAPSULATE,
};

/* One that is out of order in its chapter, or there twice, would not be found as itself. */
static void every_row_is_found(void **state)
{
    (void)state;
    const struct mechanism_info *row;
    size_t num = 0;
    while ((row = mechanism_at(num)) != NULL) {
        assert_ptr_equal(mechanism_find(row->type), row);
        assert_int_equal(strncmp(row->name, "CKM_", 4), 0);
        assert_int_equal(row->flags & CKF_HW, 0);
        num++;
    }
    assert_int_equal(num, 172);
    assert_null(mechanism_at(num + 1));
    assert_null(mechanism_find(CKM_DSA));
    assert_null(mechanism_find(CK_UNAVAILABLE_INFORMATION));
}

static void key_sizes_are_those_of_the_engine(void **state)
{
    (void)state;
    const struct mechanism_info *kem = mechanism_find(CKM_ML_KEM);
    const struct mechanism_info *dsa = mechanism_find(CKM_HASH_ML_DSA_SHA512);
    assert_int_equal(kem->min_key_size, mlkem_sizes(MLKEM_512)->ek_len);
    assert_int_equal(kem->max_key_size, mlkem_sizes(MLKEM_1024)->ek_len);
    assert_int_equal(dsa->min_key_size, mldsa_sizes(MLDSA_44)->pk_len);
    assert_int_equal(dsa->max_key_size, mldsa_sizes(MLDSA_87)->pk_len);
    const struct mechanism_info *slh = mechanism_find(CKM_SLH_DSA);
    assert_int_equal(slh->min_key_size, slhdsa_sizes(SLHDSA_SHA2_128S)->pk_len);
    assert_int_equal(slh->max_key_size, slhdsa_sizes(SLHDSA_SHAKE_256F)->pk_len);
    const struct mechanism_info *falcon = mechanism_find(CKM_PQHW_FALCON_ROUND3);
    assert_int_equal(falcon->min_key_size, falcon_sizes(FALCON_512)->pk_len);
    assert_int_equal(falcon->max_key_size, falcon_sizes(FALCON_1024)->pk_len);
    assert_int_equal(mechanism_find(CKM_SHA256)->key_type, MECHANISM_NO_KEY);
}

/* What SP 800-108 hashes in the counter mode, and in the others. */
static const struct derive_lists counted = {
    .pieces = {{.type = CK_SP800_108_ITERATION_VARIABLE, .formatted = true, .width_bits = 32}},
    .num_pieces = 1,
};
static const struct derive_lists chained = {
    .pieces = {{.type = CK_SP800_108_ITERATION_VARIABLE}},
    .num_pieces = 1,
};

static const uint8_t random_data[32];
static struct derive_tls tls = {
    .client = {random_data, 32},
    .server = {random_data, 32},
    .label = SPAN_STR("label"),
    .context = {random_data, 32},
    .key_len = 16,
};

/* A parameter that this kind of mechanism takes; without one if it may be left out. */
static struct mechanism fitting(const struct mechanism_info *info)
{
    static const uint8_t bytes[16];
    static const struct {
        bool mandatory;
        size_t iv_len, counter_len, mac_len, data_len;
        CK_ULONG counter_bits;
        CK_OBJECT_HANDLE second_key;
        bool extract;
        CK_MECHANISM_TYPE hash;
        CK_ULONG iterations;
        size_t data_span;
    } kinds[] = {
        [PARAM_HASH_SIGN_CONTEXT] = {.mandatory = true},
        [PARAM_MAC_LEN] = {.mandatory = true, .mac_len = 16},
        [PARAM_BLOCK] = {.mandatory = true, .iv_len = 16},
        [PARAM_KW_IV] = {.iv_len = 8},
        [PARAM_KWP_IV] = {.iv_len = 4},
        [PARAM_CTR] = {.mandatory = true, .iv_len = 16, .counter_bits = 32},
        [PARAM_GCM] = {.mandatory = true, .iv_len = 12, .mac_len = 16},
        [PARAM_CCM] = {.mandatory = true, .iv_len = 13, .mac_len = 8, .data_len = 65535},
        [PARAM_CHACHA20] = {.mandatory = true, .iv_len = 12, .counter_len = 4},
        [PARAM_CHACHA20_POLY1305] = {.mandatory = true, .iv_len = 12},
        [PARAM_HKDF] = {.mandatory = true, .extract = true},
        [PARAM_STRING] = {.mandatory = true},
        [PARAM_KEY] = {.mandatory = true, .second_key = 1},
        [PARAM_BIT] = {.mandatory = true},
        [PARAM_BLOCKS] = {.mandatory = true, .data_span = 16},
        [PARAM_IV_BLOCKS] = {.mandatory = true, .iv_len = 16, .data_span = 16},
        [PARAM_EDDSA] = {.mandatory = false},
        [PARAM_ECDH] = {.mandatory = true},
        [PARAM_PSS] = {.mandatory = true},
        [PARAM_OAEP] = {.mandatory = true},
        [PARAM_RSA_AES] = {.mandatory = true},
        [PARAM_ECDH_AES] = {.mandatory = true},
        [PARAM_108] = {.mandatory = true, .hash = CKM_SHA256_HMAC},
        [PARAM_108_FEEDBACK] = {.mandatory = true, .hash = CKM_AES_CMAC},
        [PARAM_PBKD2] = {.mandatory = true, .iterations = 1},
        [PARAM_TLS_MASTER] = {.mandatory = true},
        [PARAM_TLS_EXTENDED] = {.mandatory = true},
        [PARAM_TLS_KEYS] = {.mandatory = true},
        [PARAM_TLS_KDF] = {.mandatory = true},
        [PARAM_TLS_MAC] = {.mandatory = true, .mac_len = 12},
    };
    CK_MECHANISM_TYPE hash = kinds[info->param].hash != 0 ? kinds[info->param].hash : CKM_SHA256;

    return (struct mechanism){
        .type = info->type,
        .has_param = kinds[info->param].mandatory,
        .hash = info->param == PARAM_PSS && info->digest != CK_UNAVAILABLE_INFORMATION
                    ? info->digest
                    : hash,
        .mgf_hash = CKM_SHA256,
        .iv = {bytes, kinds[info->param].iv_len},
        .counter = {bytes, kinds[info->param].counter_len},
        .counter_bits = kinds[info->param].counter_bits,
        .mac_len = kinds[info->param].mac_len,
        .data_len = kinds[info->param].data_len,
        .wrap_key_len = 32,
        .second_key = kinds[info->param].second_key,
        .extract = kinds[info->param].extract,
        .lists = info->type == CKM_SP800_108_COUNTER_KDF ? &counted : &chained,
        .tls = &tls,
        .data = {bytes, kinds[info->param].data_span},
        .iterations = kinds[info->param].iterations,
    };
}

static void each_serves_its_own_functions_alone(void **state)
{
    (void)state;
    const struct mechanism_info *row;
    for (size_t i = 0; (row = mechanism_at(i)) != NULL; i++) {
        struct mechanism mechanism = fitting(row);
        for (size_t j = 0; j < sizeof(all_flags) / sizeof(all_flags[0]); j++) {
            const struct mechanism_info *info = NULL;
            bool serves = (row->flags & all_flags[j]) != 0;
            assert_int_equal(mechanism_check(&mechanism, all_flags[j], &info),
                             serves ? PQHW_OK : PQHW_MECHANISM_INVALID);
            assert_ptr_equal(info, serves ? row : NULL);
        }
    }
    struct mechanism unknown = {.type = CKM_DSA};
    const struct mechanism_info *info;
    assert_int_equal(mechanism_check(&unknown, CKF_SIGN, &info), PQHW_MECHANISM_INVALID);
}

static CK_FLAGS first_flag(const struct mechanism_info *info)
{
    for (size_t j = 0; j < sizeof(all_flags) / sizeof(all_flags[0]); j++) {
        if ((info->flags & all_flags[j]) != 0)
            return all_flags[j];
    }
    return 0;
}

static void parameters_are_taken_where_they_belong(void **state)
{
    (void)state;
    const struct mechanism_info *row;
    const struct mechanism_info *info;
    for (size_t i = 0; (row = mechanism_at(i)) != NULL; i++) {
        struct mechanism with = fitting(row);
        struct mechanism without = fitting(row);
        bool mandatory = with.has_param;
        with.has_param = true;
        without.has_param = false;
        assert_int_equal(mechanism_check(&with, first_flag(row), &info),
                         row->param == PARAM_NONE ? PQHW_MECHANISM_PARAM_INVALID : PQHW_OK);
        assert_int_equal(mechanism_check(&without, first_flag(row), &info),
                         mandatory ? PQHW_MECHANISM_PARAM_INVALID : PQHW_OK);
    }
}

static enum pqhw_status check_one(CK_MECHANISM_TYPE type, const struct mechanism *param)
{
    struct mechanism m = *param;
    const struct mechanism_info *info;
    m.type = type;
    m.has_param = true;
    return mechanism_check(&m, first_flag(mechanism_find(type)), &info);
}

#define VALID(type, ...)                                                                           \
    assert_int_equal(check_one(type, &(struct mechanism){__VA_ARGS__}), PQHW_OK)
#define INVALID(type, ...)                                                                         \
    assert_int_equal(check_one(type, &(struct mechanism){__VA_ARGS__}),                            \
                     PQHW_MECHANISM_PARAM_INVALID)

/* The limits of SP 800-38A, C and D, RFC 8439 and of the hashes. */
static void lengths_are_those_of_the_algorithms(void **state)
{
    (void)state;
    static const uint8_t b[129];
    INVALID(CKM_AES_CBC, .iv = {b, 15});
    INVALID(CKM_AES_CBC, .iv = {b, 17});
    INVALID(CKM_AES_CTR, .iv = {b, 16}, .counter_bits = 0);
    VALID(CKM_AES_CTR, .iv = {b, 16}, .counter_bits = 1);
    VALID(CKM_AES_CTR, .iv = {b, 16}, .counter_bits = 128);
    INVALID(CKM_AES_CTR, .iv = {b, 16}, .counter_bits = 129);
    INVALID(CKM_AES_GCM, .iv = {b, 0}, .mac_len = 16);
    VALID(CKM_AES_GCM, .iv = {b, 1}, .mac_len = 4);
    VALID(CKM_AES_GCM, .iv = {b, 128}, .mac_len = 12);
    INVALID(CKM_AES_GCM, .iv = {b, 129}, .mac_len = 16);
    INVALID(CKM_AES_GCM, .iv = {b, 12}, .mac_len = 0);
    INVALID(CKM_AES_GCM, .iv = {b, 12}, .mac_len = 5);
    INVALID(CKM_AES_GCM, .iv = {b, 12}, .mac_len = 11);
    INVALID(CKM_AES_GCM, .iv = {b, 12}, .mac_len = 17);
    VALID(CKM_AES_CCM, .iv = {b, 7}, .mac_len = 4, .data_len = SIZE_MAX);
    VALID(CKM_AES_CCM, .iv = {b, 13}, .mac_len = 16, .data_len = 65535);
    INVALID(CKM_AES_CCM, .iv = {b, 13}, .mac_len = 16, .data_len = 65536);
    INVALID(CKM_AES_CCM, .iv = {b, 6}, .mac_len = 16);
    INVALID(CKM_AES_CCM, .iv = {b, 14}, .mac_len = 16);
    INVALID(CKM_AES_CCM, .iv = {b, 12}, .mac_len = 2);
    INVALID(CKM_AES_CCM, .iv = {b, 12}, .mac_len = 5);
    INVALID(CKM_AES_CCM, .iv = {b, 12}, .mac_len = 18);
    VALID(CKM_CHACHA20, .iv = {b, 8}, .counter = {b, 8});
    INVALID(CKM_CHACHA20, .iv = {b, 12}, .counter = {b, 8});
    INVALID(CKM_CHACHA20, .iv = {b, 24}, .counter = {b, 8});
    INVALID(CKM_CHACHA20_POLY1305, .iv = {b, 8});
    INVALID(CKM_CHACHA20_POLY1305, .iv = {b, 24});
    INVALID(CKM_AES_KEY_WRAP, .iv = {b, 4});
    INVALID(CKM_AES_KEY_WRAP_KWP, .iv = {b, 8});
    INVALID(CKM_AES_CMAC_GENERAL, .mac_len = 0);
    VALID(CKM_AES_CMAC_GENERAL, .mac_len = 16);
    INVALID(CKM_AES_CMAC_GENERAL, .mac_len = 17);
    VALID(CKM_SHA_1_HMAC_GENERAL, .mac_len = 20);
    INVALID(CKM_SHA_1_HMAC_GENERAL, .mac_len = 21);
    INVALID(CKM_SHA512_HMAC_GENERAL, .mac_len = 65);
    INVALID(CKM_SHA512_HMAC_GENERAL, .mac_len = SIZE_MAX);
}

static void mechanisms_take_keys_of_their_types(void **state)
{
    (void)state;
    const struct mechanism_info *hmac = mechanism_find(CKM_SHA256_HMAC);
    assert_true(mechanism_takes(hmac, CKK_SHA256_HMAC));
    assert_true(mechanism_takes(hmac, CKK_GENERIC_SECRET));
    assert_false(mechanism_takes(hmac, CKK_SHA384_HMAC));
    assert_false(mechanism_takes(hmac, CKK_AES));
    assert_false(mechanism_takes(mechanism_find(CKM_SHA256), MECHANISM_NO_KEY));
    assert_false(mechanism_takes(mechanism_find(CKM_AES_GCM), MECHANISM_NO_KEY));
    const struct mechanism_info *any = mechanism_find(CKM_XOR_BASE_AND_DATA);
    assert_true(mechanism_takes(any, CKK_AES));
    assert_false(mechanism_takes(any, CKK_EC));
    assert_false(mechanism_takes(any, MECHANISM_NO_KEY));
}

/* Pure SLH-DSA is verified in parts only with the signature first; a hash comes in one piece. */
static void parts_are_those_of_the_standard(void **state)
{
    (void)state;
    assert_int_equal(mechanism_find(CKM_ML_DSA)->parts, PARTS_ALL);
    assert_int_equal(mechanism_find(CKM_SLH_DSA)->parts, PARTS_NOT_VERIFY);
    assert_int_equal(mechanism_find(CKM_HASH_ML_DSA)->parts, PARTS_NONE);
    assert_int_equal(mechanism_find(CKM_HASH_SLH_DSA)->parts, PARTS_NONE);
    assert_int_equal(mechanism_find(CKM_HASH_SLH_DSA_SHAKE256)->parts, PARTS_ALL);
    assert_int_equal(mechanism_find(CKM_SLH_DSA_KEY_PAIR_GEN)->parts, PARTS_NONE);
}

static void contexts_hedges_and_hashes_are_checked(void **state)
{
    (void)state;
    static const uint8_t bytes[256];
    const struct mechanism_info *info;
    struct mechanism m = {.type = CKM_ML_DSA, .has_param = true, .context = {bytes, 255}};
    for (m.hedge = 0; m.hedge <= CKH_DETERMINISTIC_REQUIRED; m.hedge++)
        assert_int_equal(mechanism_check(&m, CKF_SIGN, &info), PQHW_OK);
    assert_int_equal(mechanism_check(&m, CKF_SIGN, &info), PQHW_MECHANISM_PARAM_INVALID);
    assert_int_equal(mechanism_check(&m, CKF_VERIFY, &info), PQHW_OK); /* ignored there */
    m.hedge = CKH_HEDGE_REQUIRED;
    m.context.len = 256;
    assert_int_equal(mechanism_check(&m, CKF_SIGN, &info), PQHW_MECHANISM_PARAM_INVALID);
    assert_int_equal(mechanism_check(&m, CKF_VERIFY, &info), PQHW_MECHANISM_PARAM_INVALID);

    static const struct {
        CK_MECHANISM_TYPE hash;
        enum pqhw_status expected;
    } hashes[] = {
        {CKM_SHA224, PQHW_OK},
        {CKM_SHA512_256, PQHW_OK},
        {CKM_SHA3_512, PQHW_OK},
        {CKM_SHAKE_128_KEY_DERIVATION, PQHW_OK},
        {CKM_SHA_1, PQHW_MECHANISM_PARAM_INVALID},
        {CKM_MD5, PQHW_MECHANISM_PARAM_INVALID},
        {CKM_ML_DSA, PQHW_MECHANISM_PARAM_INVALID},
        {0, PQHW_MECHANISM_PARAM_INVALID},
    };
    for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++) {
        m = (struct mechanism){.type = CKM_HASH_ML_DSA, .has_param = true, .hash = hashes[i].hash};
        assert_int_equal(mechanism_check(&m, CKF_SIGN, &info), hashes[i].expected);
    }
}

static void digests_have_the_lengths_their_names_say(void **state)
{
    (void)state;
    static const struct {
        CK_MECHANISM_TYPE type;
        size_t len;
    } expected[] = {
        {CKM_SHA_1, 20},
        {CKM_SHA224, 28},
        {CKM_SHA256, 32},
        {CKM_SHA384, 48},
        {CKM_SHA512, 64},
        {CKM_SHA512_224, 28},
        {CKM_SHA512_256, 32},
        {CKM_SHA3_224, 28},
        {CKM_SHA3_256, 32},
        {CKM_SHA3_384, 48},
        {CKM_SHA3_512, 64},
        {CKM_SHAKE_128_KEY_DERIVATION, 32},
        {CKM_SHAKE_256_KEY_DERIVATION, 64},
    };
    enum digest_alg alg;
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        assert_true(mechanism_digest(expected[i].type, &alg));
        assert_int_equal(digest_len(alg), expected[i].len);
    }
    assert_false(mechanism_digest(CKM_ML_DSA, &alg));

    const struct mechanism_info *row;
    for (size_t i = 0; (row = mechanism_at(i)) != NULL; i++) {
        bool hashes = row->digest != CK_UNAVAILABLE_INFORMATION;
        assert_int_equal(mechanism_digest(row->digest, &alg), hashes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_found),
        cmocka_unit_test(key_sizes_are_those_of_the_engine),
        cmocka_unit_test(each_serves_its_own_functions_alone),
        cmocka_unit_test(parameters_are_taken_where_they_belong),
        cmocka_unit_test(lengths_are_those_of_the_algorithms),
        cmocka_unit_test(mechanisms_take_keys_of_their_types),
        cmocka_unit_test(parts_are_those_of_the_standard),
        cmocka_unit_test(contexts_hedges_and_hashes_are_checked),
        cmocka_unit_test(digests_have_the_lengths_their_names_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
