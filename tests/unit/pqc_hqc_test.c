/* SPDX-License-Identifier: Apache-2.0
 *
 * libpqc's functions of HQC: every argument that can be missing, unknown or of a wrong length, and
 * a round trip of each set. (The vectors of tests/vectors cover the results.)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pqhw/pqc.h"

static uint8_t ek[PQHW_HQC_MAX_EK_LEN];
static uint8_t dk[PQHW_HQC_MAX_DK_LEN];
static uint8_t ct[PQHW_HQC_MAX_CT_LEN + 1];
static uint8_t ss[PQHW_HQC_SECRET_LEN];
static const uint8_t some[300];

static struct pqhw_bytes bytes(const void *ptr, size_t len)
{
    return (struct pqhw_bytes){ptr, len};
}

/* What looks like bytes but has no memory. */
static const struct pqhw_bytes missing = {NULL, 32};

#define SET   PQHW_HQC_1
#define SEED  bytes(some, PQHW_HQC_SEED_LEN)
#define COINS bytes(some, pqhw_hqc_sizes(SET).coins_len)
#define EK    bytes(ek, pqhw_hqc_sizes(SET).ek_len)
#define DK    bytes(dk, pqhw_hqc_sizes(SET).dk_len)
#define CT    bytes(ct, pqhw_hqc_sizes(SET).ct_len)

static int make_keys(void **state)
{
    (void)state;
    return pqhw_hqc_keygen(SET, ek, dk, SEED) != PQHW_OK ||
           pqhw_hqc_encaps(SET, ct, ss, EK, COINS) != PQHW_OK;
}

static void test_sets(void **state)
{
    const enum pqhw_status expected = PQHW_PARAMETER_SET_NOT_SUPPORTED;

    (void)state;
    for (int set = -1; set <= 4; set++) {
        const int known = set >= 1 && set <= 3;

        assert_int_equal(pqhw_hqc_sizes((enum pqhw_hqc_set)set).name != NULL, known);
        if (known)
            continue;
        assert_int_equal(pqhw_hqc_keygen((enum pqhw_hqc_set)set, ek, dk, SEED), expected);
        assert_int_equal(pqhw_hqc_check_ek((enum pqhw_hqc_set)set, EK), expected);
        assert_int_equal(pqhw_hqc_check_dk((enum pqhw_hqc_set)set, DK), expected);
        assert_int_equal(pqhw_hqc_encaps((enum pqhw_hqc_set)set, ct, ss, EK, COINS), expected);
        assert_int_equal(pqhw_hqc_decaps((enum pqhw_hqc_set)set, ss, DK, CT), expected);
    }
    assert_string_equal(pqhw_hqc_sizes(PQHW_HQC_5).name, "HQC-5");
    assert_int_equal(pqhw_hqc_sizes(PQHW_HQC_5).ek_len, PQHW_HQC_MAX_EK_LEN);
    assert_int_equal(pqhw_hqc_sizes(PQHW_HQC_5).dk_len, PQHW_HQC_MAX_DK_LEN);
    assert_int_equal(pqhw_hqc_sizes(PQHW_HQC_5).ct_len, PQHW_HQC_MAX_CT_LEN);
    assert_int_equal(pqhw_hqc_sizes(PQHW_HQC_5).coins_len, PQHW_HQC_MAX_COINS_LEN);
}

static void test_missing(void **state)
{
    const enum pqhw_status expected = PQHW_ARGUMENTS_BAD;

    (void)state;
    assert_int_equal(pqhw_hqc_keygen(SET, NULL, dk, SEED), expected);
    assert_int_equal(pqhw_hqc_keygen(SET, ek, NULL, SEED), expected);
    assert_int_equal(pqhw_hqc_keygen(SET, ek, dk, missing), expected);
    assert_int_equal(pqhw_hqc_check_ek(SET, missing), expected);
    assert_int_equal(pqhw_hqc_check_dk(SET, missing), expected);
    assert_int_equal(pqhw_hqc_encaps(SET, NULL, ss, EK, COINS), expected);
    assert_int_equal(pqhw_hqc_encaps(SET, ct, NULL, EK, COINS), expected);
    assert_int_equal(pqhw_hqc_encaps(SET, ct, ss, missing, COINS), expected);
    assert_int_equal(pqhw_hqc_encaps(SET, ct, ss, EK, missing), expected);
    assert_int_equal(pqhw_hqc_decaps(SET, NULL, DK, CT), expected);
    assert_int_equal(pqhw_hqc_decaps(SET, ss, missing, CT), expected);
    assert_int_equal(pqhw_hqc_decaps(SET, ss, DK, missing), expected);
}

static void test_lengths(void **state)
{
    const struct pqhw_bytes none = {0};
    uint8_t out[PQHW_HQC_SECRET_LEN] = {0xaa};

    (void)state;
    for (size_t len = 0; len < sizeof(some); len++) {
        if (len != PQHW_HQC_SEED_LEN)
            assert_int_equal(pqhw_hqc_keygen(SET, ek, dk, bytes(some, len)), PQHW_DATA_LEN_RANGE);
        if (len != COINS.len)
            assert_int_equal(pqhw_hqc_encaps(SET, ct, ss, EK, bytes(some, len)),
                             PQHW_DATA_LEN_RANGE);
    }
    assert_int_equal(pqhw_hqc_check_ek(SET, none), PQHW_DATA_LEN_RANGE);
    assert_int_equal(pqhw_hqc_check_dk(SET, none), PQHW_DATA_LEN_RANGE);
    assert_int_equal(pqhw_hqc_encaps(SET, ct, ss, none, COINS), PQHW_DATA_LEN_RANGE);
    assert_int_equal(pqhw_hqc_decaps(SET, out, none, CT), PQHW_DATA_LEN_RANGE);
    assert_int_equal(pqhw_hqc_decaps(SET, out, DK, none), PQHW_ENCRYPTED_DATA_LEN_RANGE);
    assert_int_equal(pqhw_hqc_decaps(SET, out, DK, bytes(ct, CT.len - 1)),
                     PQHW_ENCRYPTED_DATA_LEN_RANGE);
    assert_int_equal(pqhw_hqc_decaps(SET, out, DK, bytes(ct, CT.len + 1)),
                     PQHW_ENCRYPTED_DATA_LEN_RANGE);
    assert_int_equal(out[0], 0xaa);
}

static void test_round_trip(void **state)
{
    uint8_t out[PQHW_HQC_SECRET_LEN];

    (void)state;
    for (enum pqhw_hqc_set set = PQHW_HQC_1; set <= PQHW_HQC_5; set++) {
        const struct pqhw_hqc_sizes sizes = pqhw_hqc_sizes(set);

        assert_int_equal(pqhw_hqc_keygen(set, ek, dk, SEED), PQHW_OK);
        assert_int_equal(pqhw_hqc_check_ek(set, bytes(ek, sizes.ek_len)), PQHW_OK);
        assert_int_equal(pqhw_hqc_check_dk(set, bytes(dk, sizes.dk_len)), PQHW_OK);
        assert_int_equal(
            pqhw_hqc_encaps(set, ct, ss, bytes(ek, sizes.ek_len), bytes(some, sizes.coins_len)),
            PQHW_OK);
        assert_int_equal(
            pqhw_hqc_decaps(set, out, bytes(dk, sizes.dk_len), bytes(ct, sizes.ct_len)), PQHW_OK);
        assert_memory_equal(out, ss, sizeof(out));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sets),
        cmocka_unit_test(test_missing),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_round_trip),
    };

    return cmocka_run_group_tests_name("pqc_hqc", tests, make_keys, NULL);
}
