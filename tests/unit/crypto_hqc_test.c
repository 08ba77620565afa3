/* SPDX-License-Identifier: Apache-2.0
 *
 * HQC: keys both ways, what each kind of bad key or ciphertext does, and implicit rejection. (The
 * vectors of tests/vectors cover the results, crypto_hqc_parts_test.c the parts.)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/batch.h"
#include "crypto/hqc/hqc.h"
#include "crypto/hqc/params.h"
#include "crypto/keccak/keccak.h"

/* A key pair of the set under test and a ciphertext for it. */
static struct fixture {
    struct hqc_private *priv;
    struct hqc_private *other;
    struct hqc_public *pub;
    uint8_t ek[HQC_MAX_EK_LEN + 1];
    uint8_t dk[HQC_MAX_DK_LEN + 1];
    uint8_t ct[HQC_MAX_CT_LEN + 1];
    uint8_t ss[HQC_SECRET_LEN];
} * fixture;

#define FOR_EACH_SET(set) for (int set = HQC_1; set <= HQC_5; set++)

static void *room(size_t size)
{
    void *mem = aligned_alloc(HQC_ALIGN, (size + HQC_ALIGN - 1) / HQC_ALIGN * HQC_ALIGN);

    if (mem == NULL)
        abort();
    memset(mem, 0xaa, size);
    return mem;
}

static int make_fixture(void **state)
{
    (void)state;
    fixture = calloc(1, sizeof(*fixture));
    if (fixture == NULL)
        return 1;
    fixture->priv = room(hqc_private_size(HQC_5));
    fixture->other = room(hqc_private_size(HQC_5));
    fixture->pub = room(hqc_public_size(HQC_5));
    return 0;
}

static int free_fixture(void **state)
{
    (void)state;
    free(fixture->priv);
    free(fixture->other);
    free(fixture->pub);
    free(fixture);
    return 0;
}

/* Bytes that differ with each label and are the same in each run. */
static void bytes_for(uint8_t *out, size_t len, const char *label)
{
    const struct span in = span(label, strlen(label));

    shake256(out, len, &in, 1);
}

static void prepare(enum hqc_set set)
{
    uint8_t seed[HQC_SEED_LEN];
    uint8_t coins[HQC_MAX_COINS_LEN];

    bytes_for(seed, sizeof(seed), "seed");
    bytes_for(coins, sizeof(coins), "coins");
    hqc_keygen(fixture->priv, set, seed);
    hqc_public_encode(hqc_private_public(fixture->priv), fixture->ek);
    hqc_private_encode(fixture->priv, fixture->dk);
    hqc_encaps(hqc_private_public(fixture->priv), fixture->ct, fixture->ss, coins);
}

static bool all_zero(const void *mem, size_t len)
{
    const uint8_t *bytes = mem;

    for (size_t i = 0; i < len; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

/* J(H(ek) || sigma || ct), from the encoded key. */
static void rejected(uint8_t out[HQC_SECRET_LEN], enum hqc_set set)
{
    const struct hqc_sizes *sizes = hqc_sizes(set);
    const struct span ek[] = {span(fixture->ek, sizes->ek_len), SPAN_STR("\1")};
    uint8_t hash[32];
    const struct span all[] = {
        SPAN(hash),
        span(fixture->dk + sizes->ek_len + 32, hqc_params(set)->k),
        span(fixture->ct, sizes->ct_len),
        SPAN_STR("\3"),
    };

    sha3_256(hash, ek, 2);
    sha3_256(out, all, 4);
}

static void expect_rejection(enum hqc_set set)
{
    uint8_t ss[HQC_SECRET_LEN];
    uint8_t expected[HQC_SECRET_LEN];

    rejected(expected, set);
    hqc_decaps(fixture->priv, ss, fixture->ct);
    assert_memory_equal(ss, expected, sizeof(ss));
}

/* ------------------------------------------------------------------ keys */

/* A key read from its bytes is the generated one in every expanded part. */
static void test_key_round_trip(void **state)
{
    (void)state;
    FOR_EACH_SET(set)
    {
        const struct hqc_sizes *sizes = hqc_sizes(set);

        prepare(set);
        memset(fixture->other, 0xaa, hqc_private_size(set));
        assert_int_equal(hqc_private_init(fixture->other, set, span(fixture->dk, sizes->dk_len)),
                         PQHW_OK);
        assert_memory_equal(fixture->other, fixture->priv, hqc_private_size(set));
        memset(fixture->pub, 0xaa, hqc_public_size(set));
        assert_int_equal(hqc_public_init(fixture->pub, set, span(fixture->ek, sizes->ek_len)),
                         PQHW_OK);
        assert_memory_equal(fixture->pub, hqc_private_public(fixture->priv), hqc_public_size(set));
        assert_int_equal(hqc_public_set(fixture->pub), set);
        assert_int_equal(hqc_private_set(fixture->priv), set);
    }
}

static void expect_private(enum hqc_set set, size_t len, enum pqhw_status expected)
{
    memset(fixture->other, 0xaa, hqc_private_size(set));
    assert_int_equal(hqc_private_init(fixture->other, set, span(fixture->dk, len)), expected);
    if (expected != PQHW_OK)
        assert_true(all_zero(fixture->other, hqc_private_size(set)));
}

/* A bit of each part: seed_ek, s, seed_dk, sigma, seed_KEM. */
static void test_bad_private_keys(void **state)
{
    (void)state;
    FOR_EACH_SET(set)
    {
        const struct hqc_sizes *sizes = hqc_sizes(set);
        const size_t places[] = {
            0,
            31,
            32,
            sizes->ek_len - 2,
            sizes->ek_len,
            sizes->ek_len + 31,
            sizes->ek_len + 32,
            sizes->dk_len - 33,
            sizes->dk_len - 32,
            sizes->dk_len - 1,
        };

        prepare(set);
        expect_private(set, sizes->dk_len - 1, PQHW_DATA_LEN_RANGE);
        expect_private(set, sizes->dk_len + 1, PQHW_DATA_LEN_RANGE);
        expect_private(set, 0, PQHW_DATA_LEN_RANGE);
        for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
            fixture->dk[places[i]] ^= 0x10;
            expect_private(set, sizes->dk_len, PQHW_DATA_INVALID);
            fixture->dk[places[i]] ^= 0x10;
        }
        expect_private(set, sizes->dk_len, PQHW_OK);
    }
}

/* Each bit above the last of s, and each length but the right one. */
static void test_bad_public_keys(void **state)
{
    (void)state;
    FOR_EACH_SET(set)
    {
        const size_t ek_len = hqc_sizes(set)->ek_len;
        const unsigned bits_of_last = hqc_params(set)->n % 8;

        prepare(set);
        for (size_t len = 0; len <= sizeof(fixture->ek); len++)
            if (len != ek_len)
                assert_int_equal(hqc_public_init(fixture->pub, set, span(fixture->ek, len)),
                                 PQHW_DATA_LEN_RANGE);
        for (unsigned bit = 0; bit < 8; bit++) {
            fixture->ek[ek_len - 1] ^= (uint8_t)(1 << bit);
            memset(fixture->pub, 0xaa, hqc_public_size(set));
            assert_int_equal(hqc_public_init(fixture->pub, set, span(fixture->ek, ek_len)),
                             bit < bits_of_last ? PQHW_OK : PQHW_DATA_INVALID);
            if (bit >= bits_of_last)
                assert_true(all_zero(fixture->pub, hqc_public_size(set)));
            fixture->ek[ek_len - 1] ^= (uint8_t)(1 << bit);
        }
    }
}

/* ------------------------------------------------------------------ ciphertexts */

static void test_decaps(void **state)
{
    uint8_t ss[HQC_SECRET_LEN];

    (void)state;
    FOR_EACH_SET(set)
    {
        for (uint8_t n = 0; n < 20; n++) {
            uint8_t coins[HQC_MAX_COINS_LEN];

            prepare(set);
            memset(coins, n, sizeof(coins));
            hqc_encaps(hqc_private_public(fixture->priv), fixture->ct, fixture->ss, coins);
            hqc_decaps(fixture->priv, ss, fixture->ct);
            assert_memory_equal(ss, fixture->ss, sizeof(ss));
        }
    }
}

/* One bit anywhere, which changes nothing of what is decoded: only the comparison can tell. The
 * bits above the last of u are among them. */
static void test_one_bit(void **state)
{
    (void)state;
    FOR_EACH_SET(set)
    {
        const size_t ct_len = hqc_sizes(set)->ct_len;
        const size_t u_len = hqc_vector_len(hqc_params(set));
        const size_t places[] = {0,           u_len / 2,   u_len - 2, u_len,
                                 ct_len - 17, ct_len - 16, ct_len - 1};

        prepare(set);
        for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
            fixture->ct[places[i]] ^= 0x80;
            expect_rejection(set);
            fixture->ct[places[i]] ^= 0x80;
        }
        for (unsigned bit = 0; bit < 8; bit++) {
            fixture->ct[u_len - 1] ^= (uint8_t)(1 << bit);
            expect_rejection(set);
            fixture->ct[u_len - 1] ^= (uint8_t)(1 << bit);
        }
    }
}

/* What cannot be decoded, or decodes to another message: nothing at all, everything, noise, v
 * turned over in half of its bits, another key's. */
static void test_malformed(void **state)
{
    (void)state;
    FOR_EACH_SET(set)
    {
        const size_t ct_len = hqc_sizes(set)->ct_len;
        const size_t u_len = hqc_vector_len(hqc_params(set));

        prepare(set);
        for (size_t i = u_len; i < ct_len - HQC_SALT_LEN; i++)
            fixture->ct[i] ^= 0x55;
        expect_rejection(set);
        prepare(set);
        for (size_t i = u_len; i < ct_len - HQC_SALT_LEN; i++)
            fixture->ct[i] ^= 0xff; /* each symbol is decoded to its complement */
        expect_rejection(set);
        prepare(set);
        memset(fixture->ct, 0, u_len);
        expect_rejection(set);
        memset(fixture->ct, 0, ct_len);
        expect_rejection(set);
        memset(fixture->ct, 0xff, ct_len);
        expect_rejection(set);
        for (char label[] = "noise 0"; label[6] < '8'; label[6]++) {
            bytes_for(fixture->ct, ct_len, label);
            expect_rejection(set);
        }
    }
}

/* A ciphertext of another key pair. */
static void test_other_key(void **state)
{
    (void)state;
    FOR_EACH_SET(set)
    {
        uint8_t seed[HQC_SEED_LEN] = {1};
        uint8_t coins[HQC_MAX_COINS_LEN] = {2};
        uint8_t ss[HQC_SECRET_LEN];

        prepare(set);
        hqc_keygen(fixture->other, set, seed);
        hqc_encaps(hqc_private_public(fixture->other), fixture->ct, ss, coins);
        expect_rejection(set);
    }
}

/* All lengths but the right one. */
static void test_lengths(void **state)
{
    static uint8_t ct[HQC_MAX_CT_LEN + 2];
    void *workspace = room(hqc_batch_size());

    (void)state;
    FOR_EACH_SET(set)
    {
        const size_t ct_len = hqc_sizes(set)->ct_len;
        const size_t lens[] = {0, 1, 15, 16, ct_len - 1, ct_len + 1, sizeof(ct)};

        prepare(set);
        for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
            uint8_t ss[HQC_SECRET_LEN] = {0xaa};
            struct hqc_decaps_item item = {PQHW_OK, fixture->priv, ss, span(ct, lens[i])};

            hqc_decaps_batch(&item, 1, workspace);
            assert_int_equal(item.status, PQHW_ENCRYPTED_DATA_LEN_RANGE);
            assert_int_equal(ss[0], 0xaa);
        }
    }
    free(workspace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_key_round_trip),  cmocka_unit_test(test_bad_private_keys),
        cmocka_unit_test(test_bad_public_keys), cmocka_unit_test(test_decaps),
        cmocka_unit_test(test_one_bit),         cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_other_key),       cmocka_unit_test(test_lengths),
    };

    return cmocka_run_group_tests_name("crypto_hqc", tests, make_fixture, free_fixture);
}
