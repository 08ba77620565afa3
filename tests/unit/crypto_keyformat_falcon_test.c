/* SPDX-License-Identifier: Apache-2.0
 *
 * Falcon keys in the forms of OQS-provider and of Bouncy Castle: written, read, truncated and
 * changed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/falcon/falcon.h"
#include "crypto/keyformat/keyformat.h"

#define MAX_DER 4200

struct pair {
    const struct keyformat_alg *alg;
    uint8_t sk[FALCON_MAX_SK_LEN];
    uint8_t pk[FALCON_MAX_PK_LEN];
};

static struct pair pairs[2];

static void *new_memory(size_t size)
{
    void *memory = aligned_alloc(64, (size + 63) & ~(size_t)63);

    assert_non_null(memory);
    return memory;
}

static int make_pairs(void **state)
{
    struct falcon_keygen_room *room = new_memory(falcon_keygen_room_size());
    struct falcon_private *priv = new_memory(falcon_private_size(FALCON_1024));
    const uint8_t seed[FALCON_SEED_LEN] = {3};

    (void)state;
    for (int set = FALCON_512; set <= FALCON_1024; set++) {
        assert_int_equal(falcon_keygen(priv, (enum falcon_set)set, seed, room), PQHW_OK);
        falcon_private_encode(priv, pairs[set].sk);
        falcon_private_public_encode(priv, pairs[set].pk);
        pairs[set].alg = keyformat_find(KEYFORMAT_FALCON, set);
        assert_non_null(pairs[set].alg);
    }
    free(priv);
    free(room);
    return 0;
}

static enum pqhw_status check(const struct keyformat_private *key)
{
    const size_t len = keyformat_check_room(key->alg);
    uint8_t *room = new_memory(len);
    enum pqhw_status status = keyformat_check(key, room);

    for (size_t i = 0; i < len; i++)
        assert_int_equal(room[i], 0);
    free(room);
    return status;
}

static size_t write(uint8_t *der, const struct pair *p, bool with_public)
{
    const struct keyformat_private key = {
        .alg = p->alg,
        .expanded = {p->sk, p->alg->expanded_len},
        .key_public = {p->pk, with_public ? p->alg->public_len : 0},
    };

    assert_int_equal(keyformat_private_write(der, &key), PQHW_OK);
    return keyformat_private_len(&key);
}

static void test_round_trip(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        const struct pair *p = &pairs[i / 2];
        const bool with_public = i % 2 != 0;
        struct keyformat_private key;
        uint8_t der[MAX_DER];
        size_t len = write(der, p, with_public);
        assert_int_equal(keyformat_private_read(&key, span(der, len)), PQHW_OK);
        assert_ptr_equal(key.alg, p->alg);
        assert_int_equal(key.seed.len, 0);
        assert_true(span_equal(key.expanded, span(p->sk, p->alg->expanded_len)));
        assert_true(span_equal(key.key_public, span(p->pk, with_public ? p->alg->public_len : 0)));
        assert_int_equal(check(&key), PQHW_OK);
        for (size_t cut = 0; cut < len; cut += cut < 40 ? 1 : 97)
            assert_int_not_equal(keyformat_private_read(&key, span(der, cut)), PQHW_OK);
    }
}

/* 30 82 … 02 01 00, 30 07 06 05 1.3.9999.3.11, 04 82 …, 04 82 …: the key from byte 24 on. */
static void test_bytes(void **state)
{
    static const uint8_t head[] = {0x30, 0x82, 0x08, 0x96, 0x02, 0x01, 0x00, 0x30,
                                   0x07, 0x06, 0x05, 0x2b, 0xce, 0x0f, 0x03, 0x0b,
                                   0x04, 0x82, 0x08, 0x86, 0x04, 0x82, 0x08, 0x82};
    uint8_t der[MAX_DER];

    (void)state;
    assert_int_equal(write(der, &pairs[0], true), sizeof(head) + 1281 + 897);
    assert_memory_equal(der, head, sizeof(head));
    assert_memory_equal(der + sizeof(head), pairs[0].sk, 1281);
    assert_memory_equal(der + sizeof(head) + 1281, pairs[0].pk, 897);
}

/* Another public key behind the private one, a private key that is none, and parts too long. */
static void test_wrong_parts(void **state)
{
    struct keyformat_private key;
    uint8_t der[MAX_DER];
    size_t len = write(der, &pairs[0], true);

    (void)state;
    der[len - 1] ^= 1;
    assert_int_equal(keyformat_private_read(&key, span(der, len)), PQHW_OK);
    assert_int_equal(check(&key), PQHW_DATA_INVALID);
    der[len - 1] ^= 1;
    der[40] ^= 1;
    assert_int_equal(keyformat_private_read(&key, span(der, len)), PQHW_OK);
    assert_int_equal(check(&key), PQHW_DATA_INVALID);
    der[40] ^= 1;
    der[15] = 14; /* Falcon-1024's identifier */
    assert_int_equal(keyformat_private_read(&key, span(der, len)), PQHW_DATA_INVALID);
    der[15] = 11;
    key = (struct keyformat_private){
        .alg = pairs[0].alg, .expanded = {pairs[0].sk, 1281}, .key_public = {pairs[0].pk, 896}};
    assert_int_equal(keyformat_private_write(der, &key), PQHW_ARGUMENTS_BAD);
}

/* The identifiers of falconpadded512 and falconpadded1024 say the same of a key. */
static void test_padded_identifiers(void **state)
{
    static const uint8_t number[] = {16, 19};

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct keyformat_private key;
        struct keyformat_public pub = {pairs[i].alg, {pairs[i].pk, pairs[i].alg->public_len}};
        uint8_t der[MAX_DER];
        size_t len = write(der, &pairs[i], true);

        der[15] = number[i];
        assert_int_equal(keyformat_private_read(&key, span(der, len)), PQHW_OK);
        assert_int_equal(key.alg->set, i);
        assert_int_equal(check(&key), PQHW_OK);
        der[15] = number[1 - i];
        assert_int_equal(keyformat_private_read(&key, span(der, len)), PQHW_DATA_INVALID);
        assert_int_equal(keyformat_public_write(der, &pub), PQHW_OK);
        assert_int_equal(der[12], pairs[i].alg->oid[4]);
        der[12] = number[i];
        len = keyformat_public_len(pub.alg);
        assert_int_equal(keyformat_public_read(&pub, span(der, len)), PQHW_OK);
        assert_int_equal(pub.alg->set, i);
        assert_ptr_equal(keyformat_find(KEYFORMAT_FALCON, (int)i), pairs[i].alg);
    }
}

/* ---- Bouncy Castle's form ---- */

/* From a file that it wrote, to one whole, and back to the same file. */
static void test_parts_of_bouncy_castle(void **state)
{
    static const char *const paths[] = {VECTOR_DIR "/falcon-bouncycastle/Falcon-512.priv.der",
                                        VECTOR_DIR "/falcon-bouncycastle/Falcon-1024.priv.der"};

    (void)state;
    for (int set = FALCON_512; set <= FALCON_1024; set++) {
        uint8_t der[MAX_DER + 1], again[MAX_DER], room[FALCON_MAX_SK_LEN + FALCON_MAX_PK_LEN];
        struct keyformat_private key;
        FILE *file = fopen(paths[set], "rb");

        assert_non_null(file);
        const size_t len = fread(der, 1, sizeof(der), file);
        fclose(file);
        assert_int_equal(keyformat_private_read(&key, span(der, len)), PQHW_OK);
        assert_ptr_equal(key.alg, pairs[set].alg);
        assert_true(keyformat_is_split(&key));
        assert_int_equal(keyformat_join_room(&key), key.alg->expanded_len + key.alg->public_len);
        assert_int_equal(keyformat_join(&key, room), PQHW_OK);
        assert_false(keyformat_is_split(&key));
        assert_int_equal(key.key_public.len, key.alg->public_len);
        assert_int_equal(check(&key), PQHW_OK);
        keyformat_split(&key);
        assert_int_equal(keyformat_private_len(&key), len);
        assert_int_equal(keyformat_private_write(again, &key), PQHW_OK);
        assert_memory_equal(again, der, len);
        for (size_t cut = 0; cut < len; cut += cut < 40 ? 1 : 97)
            assert_int_not_equal(keyformat_private_read(&key, span(der, cut)), PQHW_OK);
    }
}

static size_t write_parts(uint8_t *der, const struct pair *p, bool with_public)
{
    struct keyformat_private key = {
        .alg = p->alg,
        .expanded = {p->sk, p->alg->expanded_len},
        .key_public = {p->pk, with_public ? p->alg->public_len : 0},
    };

    keyformat_split(&key);
    assert_int_equal(keyformat_private_write(der, &key), PQHW_OK);
    return keyformat_private_len(&key);
}

/* 30 82 … 02 01 00, algorithm, 04 82 …, 30 82 …, 02 01 00, and f behind 04 82 01 80. */
#define AT_VERSION  26
#define AT_F_LENGTH 30 /* its lowest byte */
#define AT_F        31

static void test_parts(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        const struct pair *p = &pairs[i / 2];
        const bool with_public = i % 2 != 0;
        uint8_t der[MAX_DER], room[FALCON_MAX_SK_LEN + FALCON_MAX_PK_LEN];
        struct keyformat_private key;
        const size_t len = write_parts(der, p, with_public);

        assert_int_equal(keyformat_private_read(&key, span(der, len)), PQHW_OK);
        assert_int_equal(keyformat_join(&key, room), PQHW_OK);
        assert_true(span_equal(key.expanded, span(p->sk, p->alg->expanded_len)));
        assert_true(span_equal(key.key_public, span(p->pk, with_public ? p->alg->public_len : 0)));
        assert_int_equal(check(&key), PQHW_OK);
    }
}

/* One byte of the private key, or of h, is another; the version, or a length, is. */
static void test_wrong_in_parts(void **state)
{
    struct keyformat_private key;
    uint8_t der[MAX_DER], room[FALCON_MAX_SK_LEN + FALCON_MAX_PK_LEN];
    const size_t len = write_parts(der, &pairs[0], true);
    const size_t changed[] = {AT_F + 9, len - 1};
    const size_t broken[] = {AT_VERSION, AT_F_LENGTH, len - 896 - 1};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        der[changed[i]] ^= 1;
        assert_int_equal(keyformat_private_read(&key, span(der, len)), PQHW_OK);
        assert_int_equal(keyformat_join(&key, room), PQHW_OK);
        assert_int_equal(check(&key), PQHW_DATA_INVALID);
        der[changed[i]] ^= 1;
    }
    for (size_t i = 0; i < 3; i++) {
        der[broken[i]] ^= 1;
        assert_int_equal(keyformat_private_read(&key, span(der, len)), PQHW_DATA_INVALID);
        der[broken[i]] ^= 1;
    }
    assert_int_equal(keyformat_private_read(&key, span(der, len)), PQHW_OK);
    assert_int_not_equal(check(&key), PQHW_OK); /* nobody joined it */
}

/* OneAsymmetricKey of version 2 may have the public key besides, which then is the same. */
static void test_public_beside_parts(void **state)
{
    const struct pair *p = &pairs[0];
    uint8_t room[FALCON_MAX_SK_LEN + FALCON_MAX_PK_LEN], other[FALCON_MAX_PK_LEN];
    struct keyformat_private key = {
        .alg = p->alg,
        .expanded = {p->sk, p->alg->expanded_len},
        .key_public = {p->pk, p->alg->public_len},
    };

    (void)state;
    keyformat_split(&key);
    key.key_public = span(p->pk, p->alg->public_len);
    assert_int_equal(keyformat_join(&key, room), PQHW_OK);
    keyformat_split(&key);
    memcpy(other, p->pk, p->alg->public_len);
    other[100] ^= 1;
    key.key_public = span(other, p->alg->public_len);
    uint8_t second[sizeof(room)];
    assert_int_equal(keyformat_join(&key, second), PQHW_DATA_INVALID);
}

static void test_public(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        const struct pair *p = &pairs[i];
        const struct keyformat_public key = {p->alg, {p->pk, p->alg->public_len}};
        struct keyformat_public again;
        uint8_t der[MAX_DER];
        assert_int_equal(keyformat_public_write(der, &key), PQHW_OK);
        assert_int_equal(keyformat_public_read(&again, span(der, keyformat_public_len(p->alg))),
                         PQHW_OK);
        assert_ptr_equal(again.alg, p->alg);
        assert_true(span_equal(again.key, key.key));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_wrong_parts),
        cmocka_unit_test(test_padded_identifiers),
        cmocka_unit_test(test_parts_of_bouncy_castle),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_wrong_in_parts),
        cmocka_unit_test(test_public_beside_parts),
        cmocka_unit_test(test_public),
    };

    return cmocka_run_group_tests(tests, make_pairs, NULL);
}
