/* SPDX-License-Identifier: Apache-2.0
 *
 * HQC keys as files: in each form, whole, truncated and changed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/hqc/hqc.h"
#include "crypto/keyformat/keyformat.h"

#define MAX_DER (HQC_MAX_DK_LEN + 128)

/* A key of each set. */
static struct key {
    const struct keyformat_alg *alg;
    uint8_t seed[HQC_SEED_LEN];
    uint8_t ek[HQC_MAX_EK_LEN];
    uint8_t dk[HQC_MAX_DK_LEN];
} keys[HQC_NUM_SETS];

static uint8_t der[MAX_DER];

static void *room(size_t size)
{
    void *mem = aligned_alloc(64, (size + 63) & ~(size_t)63);

    if (mem == NULL)
        abort();
    return mem;
}

static int make_keys(void **state)
{
    (void)state;
    for (int set = 0; set < HQC_NUM_SETS; set++) {
        struct hqc_private *priv = room(hqc_private_size((enum hqc_set)set));
        struct key *key = &keys[set];

        key->alg = keyformat_find(KEYFORMAT_HQC, set);
        if (key->alg == NULL)
            return 1;
        memset(key->seed, 1 + set, sizeof(key->seed));
        hqc_keygen(priv, (enum hqc_set)set, key->seed);
        hqc_public_encode(hqc_private_public(priv), key->ek);
        hqc_private_encode(priv, key->dk);
        free(priv);
    }
    return 0;
}

static enum pqhw_status check(const struct keyformat_private *key)
{
    uint8_t *work = room(keyformat_check_room(key->alg));
    const enum pqhw_status status = keyformat_check(key, work);

    for (size_t i = 0; i < keyformat_check_room(key->alg); i++)
        assert_int_equal(work[i], 0);
    free(work);
    return status;
}

/* 0 the seed, 1 the expanded key, 2 both. */
static struct keyformat_private private_of(const struct key *key, int form)
{
    return (struct keyformat_private){
        .alg = key->alg,
        .seed = form != 1 ? SPAN(key->seed) : SPAN_EMPTY,
        .expanded = form != 0 ? span(key->dk, key->alg->expanded_len) : SPAN_EMPTY,
    };
}

static void test_table(void **state)
{
    (void)state;
    for (int set = 0; set < HQC_NUM_SETS; set++) {
        const struct keyformat_alg *alg = keys[set].alg;
        const struct hqc_sizes *sizes = hqc_sizes((enum hqc_set)set);

        assert_string_equal(alg->name, sizes->name);
        assert_int_equal(alg->seed_len, HQC_SEED_LEN);
        assert_int_equal(alg->expanded_len, sizes->dk_len);
        assert_int_equal(alg->public_len, sizes->ek_len);
        assert_int_equal(alg->oid[0], 2 * 40 + 25); /* 2.25 */
        assert_int_equal(alg->oid[alg->oid_len - 1], 2 * set + 1);
        assert_true(alg->oid_len <= KEYFORMAT_MAX_OID);
    }
    assert_null(keyformat_find(KEYFORMAT_HQC, HQC_NUM_SETS));
}

static void test_private(void **state)
{
    (void)state;
    for (int n = 0; n < HQC_NUM_SETS * 3; n++) {
        const struct keyformat_private key = private_of(&keys[n / 3], n % 3);
        const size_t len = keyformat_private_len(&key);
        struct keyformat_private read;

        assert_true(len <= sizeof(der));
        assert_int_equal(keyformat_private_write(der, &key), PQHW_OK);
        assert_int_equal(keyformat_private_read(&read, span(der, len)), PQHW_OK);
        assert_ptr_equal(read.alg, key.alg);
        assert_true(span_equal(read.seed, key.seed));
        assert_true(span_equal(read.expanded, key.expanded));
        assert_int_equal(check(&read), PQHW_OK);
        for (size_t cut = 0; cut < len; cut += cut < 100 ? 1 : 97)
            assert_int_equal(keyformat_private_read(&read, span(der, cut)), PQHW_DATA_INVALID);
        der[len - 1] ^= 1; /* of seed_KEM */
        assert_int_equal(keyformat_private_read(&read, span(der, len)), PQHW_OK);
        assert_int_equal(check(&read), n % 3 == 0 ? PQHW_OK : PQHW_DATA_INVALID);
    }
}

/* Parts that do not belong together. */
static void test_parts(void **state)
{
    static uint8_t other[HQC_MAX_DK_LEN];

    (void)state;
    for (int set = 0; set < HQC_NUM_SETS; set++) {
        struct keyformat_private key = private_of(&keys[set], 2);

        memset(other, 9, HQC_SEED_LEN);
        key.seed = span(other, HQC_SEED_LEN);
        assert_int_equal(check(&key), PQHW_DATA_INVALID);
        for (int form = 0; form < 3; form++) {
            key = private_of(&keys[set], form);
            key.key_public = span(keys[set].ek, keys[set].alg->public_len);
            assert_int_equal(check(&key), PQHW_OK);
            memcpy(other, keys[set].ek, sizeof(keys[set].ek));
            other[40] ^= 1;
            key.key_public.ptr = other;
            assert_int_equal(check(&key), PQHW_DATA_INVALID);
        }
        key = private_of(&keys[set], 1);
        memcpy(other, keys[set].dk, sizeof(keys[set].dk));
        other[40] ^= 1;
        key.expanded.ptr = other;
        assert_int_equal(check(&key), PQHW_DATA_INVALID);
    }
}

static void test_public(void **state)
{
    (void)state;
    for (int set = 0; set < HQC_NUM_SETS; set++) {
        const struct keyformat_alg *alg = keys[set].alg;
        const struct keyformat_public key = {alg, span(keys[set].ek, alg->public_len)};
        struct keyformat_public read;

        assert_true(keyformat_public_len(alg) <= sizeof(der));
        assert_int_equal(keyformat_public_write(der, &key), PQHW_OK);
        assert_int_equal(keyformat_public_read(&read, span(der, keyformat_public_len(alg))),
                         PQHW_OK);
        assert_ptr_equal(read.alg, alg);
        assert_true(span_equal(read.key, key.key));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_private),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_public),
    };

    return cmocka_run_group_tests_name("crypto_keyformat_hqc", tests, make_keys, NULL);
}
