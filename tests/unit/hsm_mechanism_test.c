/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

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

static void table_is_sorted_and_found(void **state)
{
    (void)state;
    size_t num;
    const struct mechanism_info *table = mechanism_table(&num);
    assert_int_equal(num, 39);
    for (size_t i = 0; i < num; i++) {
        assert_true(i == 0 || table[i - 1].type < table[i].type);
        assert_ptr_equal(mechanism_find(table[i].type), &table[i]);
        assert_int_equal(strncmp(table[i].name, "CKM_", 4), 0);
        assert_int_equal(table[i].flags & CKF_HW, 0);
    }
    assert_null(mechanism_find(CKM_RSA_PKCS));
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
    assert_int_equal(mechanism_find(CKM_SHA256)->key_type, MECHANISM_NO_KEY);
}

static struct mechanism fitting(const struct mechanism_info *info)
{
    bool mandatory = info->param == PARAM_HASH_SIGN_CONTEXT;
    return (struct mechanism){.type = info->type, .has_param = mandatory, .hash = CKM_SHA256};
}

static void each_serves_its_own_functions_alone(void **state)
{
    (void)state;
    size_t num;
    const struct mechanism_info *table = mechanism_table(&num);
    for (size_t i = 0; i < num; i++) {
        struct mechanism mechanism = fitting(&table[i]);
        for (size_t j = 0; j < sizeof(all_flags) / sizeof(all_flags[0]); j++) {
            const struct mechanism_info *info = NULL;
            bool serves = (table[i].flags & all_flags[j]) != 0;
            assert_int_equal(mechanism_check(&mechanism, all_flags[j], &info),
                             serves ? PQHW_OK : PQHW_MECHANISM_INVALID);
            assert_ptr_equal(info, serves ? &table[i] : NULL);
        }
    }
    struct mechanism unknown = {.type = CKM_RSA_PKCS};
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
    size_t num;
    const struct mechanism_info *table = mechanism_table(&num);
    const struct mechanism_info *info;
    for (size_t i = 0; i < num; i++) {
        struct mechanism with = {.type = table[i].type, .has_param = true, .hash = CKM_SHA256};
        struct mechanism without = {.type = table[i].type};
        assert_int_equal(mechanism_check(&with, first_flag(&table[i]), &info),
                         table[i].param == PARAM_NONE ? PQHW_MECHANISM_PARAM_INVALID : PQHW_OK);
        assert_int_equal(mechanism_check(&without, first_flag(&table[i]), &info),
                         table[i].param == PARAM_HASH_SIGN_CONTEXT ? PQHW_MECHANISM_PARAM_INVALID
                                                                   : PQHW_OK);
    }
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

    size_t num;
    const struct mechanism_info *table = mechanism_table(&num);
    for (size_t i = 0; i < num; i++) {
        bool hashes = table[i].digest != CK_UNAVAILABLE_INFORMATION;
        assert_int_equal(mechanism_digest(table[i].digest, &alg), hashes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_is_sorted_and_found),
        cmocka_unit_test(key_sizes_are_those_of_the_engine),
        cmocka_unit_test(each_serves_its_own_functions_alone),
        cmocka_unit_test(parameters_are_taken_where_they_belong),
        cmocka_unit_test(parts_are_those_of_the_standard),
        cmocka_unit_test(contexts_hedges_and_hashes_are_checked),
        cmocka_unit_test(digests_have_the_lengths_their_names_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
