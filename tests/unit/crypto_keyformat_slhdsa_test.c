/* SPDX-License-Identifier: Apache-2.0
 *
 * SLH-DSA keys in the form of RFC 9909: those of another implementation, whole, truncated and
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

#include "crypto/keyformat/keyformat.h"
#include "crypto/slhdsa/slhdsa.h"

#define MAX_DER 256

struct file {
    uint8_t der[MAX_DER];
    size_t len;
};

static const struct keyformat_alg *alg_of(unsigned set)
{
    const struct keyformat_alg *alg = keyformat_find(KEYFORMAT_SLHDSA, (int)set);

    assert_non_null(alg);
    return alg;
}

static void load(struct file *file, unsigned set)
{
    char path[512];

    snprintf(path, sizeof(path), "%s/x509-hackathon/%s.priv.der", VECTOR_DIR, alg_of(set)->name);
    FILE *stream = fopen(path, "rb");
    if (stream == NULL)
        fail_msg("%s is missing", path);
    file->len = fread(file->der, 1, sizeof(file->der), stream);
    fclose(stream);
}

static enum pqhw_status check(const struct keyformat_private *key)
{
    const size_t len = (keyformat_check_room(key->alg) + 63) & ~(size_t)63;
    uint8_t *room = aligned_alloc(64, len);
    enum pqhw_status status;

    assert_non_null(room);
    memset(room, 0xee, len);
    status = keyformat_check(key, room);
    for (size_t i = 0; i < keyformat_check_room(key->alg); i++)
        assert_int_equal(room[i], 0);
    free(room);
    return status;
}

/* The sets in RFC 9909's order, by the last number of their OID. */
static void test_table(void **state)
{
    static const char *const names[] = {
        "SLH-DSA-SHA2-128s",  "SLH-DSA-SHA2-128f",  "SLH-DSA-SHA2-192s",  "SLH-DSA-SHA2-192f",
        "SLH-DSA-SHA2-256s",  "SLH-DSA-SHA2-256f",  "SLH-DSA-SHAKE-128s", "SLH-DSA-SHAKE-128f",
        "SLH-DSA-SHAKE-192s", "SLH-DSA-SHAKE-192f", "SLH-DSA-SHAKE-256s", "SLH-DSA-SHAKE-256f",
    };
    static const uint8_t arc[] = {0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03};

    (void)state;
    for (unsigned set = 0; set < SLHDSA_NUM_SETS; set++) {
        const struct keyformat_alg *alg = alg_of(set);
        const struct slhdsa_sizes *sizes = slhdsa_sizes((enum slhdsa_set)set);

        assert_string_equal(alg->name, sizes->name);
        assert_int_equal(alg->seed_len, 0);
        assert_int_equal(alg->expanded_len, sizes->sk_len);
        assert_int_equal(alg->public_len, sizes->pk_len);
        assert_int_equal(alg->oid_len, sizeof(arc) + 1);
        assert_memory_equal(alg->oid, arc, sizeof(arc));
        assert_in_range(alg->oid[8], 20, 31);
        assert_string_equal(names[alg->oid[8] - 20], sizes->name);
    }
    assert_null(keyformat_find(KEYFORMAT_SLHDSA, SLHDSA_NUM_SETS));
}

static void test_private(void **state)
{
    (void)state;
    for (unsigned set = 0; set < SLHDSA_NUM_SETS; set++) {
        struct keyformat_private key;
        struct file file;
        uint8_t der[MAX_DER];

        load(&file, set);
        assert_int_equal(keyformat_private_read(&key, span(file.der, file.len)), PQHW_OK);
        assert_ptr_equal(key.alg, alg_of(set));
        assert_int_equal(key.seed.len, 0);
        assert_int_equal(key.expanded.len, key.alg->expanded_len);
        assert_int_equal(key.key_public.len, 0);
        assert_int_equal(keyformat_private_len(&key), file.len);
        der[file.len] = 0x7e;
        assert_int_equal(keyformat_private_write(der, &key), PQHW_OK);
        assert_int_equal(der[file.len], 0x7e);
        assert_memory_equal(der, file.der, file.len);
    }
}

/* That root and seeds belong together, for one set of each hash and strength. */
static void test_check(void **state)
{
    (void)state;
    for (unsigned set = SLHDSA_SHA2_128F; set < SLHDSA_NUM_SETS; set += set % 2 == 0 ? 1 : 3) {
        struct keyformat_private key;
        struct file file;
        uint8_t *last;

        load(&file, set);
        assert_int_equal(keyformat_private_read(&key, span(file.der, file.len)), PQHW_OK);
        assert_int_equal(check(&key), PQHW_OK);
        key.key_public = span(key.expanded.ptr + key.alg->expanded_len - key.alg->public_len,
                              key.alg->public_len);
        assert_int_equal(check(&key), PQHW_OK);
        key.key_public = span(key.expanded.ptr, key.alg->public_len);
        assert_int_equal(check(&key), PQHW_DATA_INVALID);
        last = &file.der[file.len - 1];
        *last ^= 1;
        key.key_public = SPAN_EMPTY;
        assert_int_equal(check(&key), PQHW_DATA_INVALID);
    }
}

static void test_public(void **state)
{
    (void)state;
    for (unsigned set = 0; set < SLHDSA_NUM_SETS; set++) {
        uint8_t pk[SLHDSA_MAX_PK_LEN], der[MAX_DER];
        struct keyformat_public key = {.alg = alg_of(set)}, read;
        const size_t len = keyformat_public_len(key.alg);
        /* SEQUENCE { SEQUENCE { OID }, BIT STRING }, every length in one byte */
        const uint8_t head[] = {0x30, (uint8_t)(len - 2), 0x30, 0x0b, 0x06, 0x09};

        memset(pk, 0x5a, sizeof(pk));
        key.key = span(pk, key.alg->public_len);
        assert_int_equal(keyformat_public_write(der, &key), PQHW_OK);
        assert_memory_equal(der, head, sizeof(head));
        assert_memory_equal(der + 6, key.alg->oid, 9);
        assert_memory_equal(der + len - key.alg->public_len, pk, key.alg->public_len);
        assert_int_equal(keyformat_public_read(&read, span(der, len)), PQHW_OK);
        assert_ptr_equal(read.alg, key.alg);
        assert_true(span_equal(read.key, key.key));
        for (size_t part = 0; part < len; part++)
            assert_int_equal(keyformat_public_read(&read, span(der, part)), PQHW_DATA_INVALID);
    }
}

static void test_write_arguments(void **state)
{
    struct keyformat_private key;
    struct file file;
    uint8_t der[MAX_DER];

    (void)state;
    load(&file, SLHDSA_SHA2_128F);
    assert_int_equal(keyformat_private_read(&key, span(file.der, file.len)), PQHW_OK);
    key.expanded.len--;
    assert_int_equal(keyformat_private_write(der, &key), PQHW_ARGUMENTS_BAD);
    key.expanded = SPAN_EMPTY;
    assert_int_equal(keyformat_private_write(der, &key), PQHW_ARGUMENTS_BAD);
    key.seed = span(file.der, 48);
    assert_int_equal(keyformat_private_write(der, &key), PQHW_ARGUMENTS_BAD);
}

static void test_truncated(void **state)
{
    (void)state;
    for (unsigned set = 0; set < SLHDSA_NUM_SETS; set++) {
        struct keyformat_private key;
        struct file file;

        load(&file, set);
        for (size_t len = 0; len < file.len; len++) {
            /* A copy of its own, so that a read past the end is seen by the sanitizer. */
            uint8_t *copy = malloc(len + (len == 0));

            assert_non_null(copy);
            memcpy(copy, file.der, len);
            assert_int_equal(keyformat_private_read(&key, span(copy, len)), PQHW_DATA_INVALID);
            free(copy);
        }
        file.der[file.len] = 0;
        assert_int_equal(keyformat_private_read(&key, span(file.der, file.len + 1)),
                         PQHW_DATA_INVALID);
    }
}

/*
 * Outside of the key's own bytes each of the 255 changes of each byte is refused, but for two: the
 * version may be 2, and the OID may become that of a sister with a key of that length.
 */
static void test_changed(void **state)
{
    (void)state;
    for (unsigned set = 0; set < SLHDSA_NUM_SETS; set++) {
        struct keyformat_private key;
        struct file file;

        load(&file, set);
        const size_t key_at = file.len - alg_of(set)->expanded_len;
        const size_t version_at = file.der[1] == 0x81 ? 5 : 4;
        for (size_t at = 0; at < key_at; at++) {
            const uint8_t was = file.der[at];
            for (unsigned change = 1; change < 256; change++) {
                file.der[at] = (uint8_t)(was ^ change);
                if (keyformat_private_read(&key, span(file.der, file.len)) == PQHW_OK) {
                    const bool version = at == version_at && file.der[at] == 1;
                    const bool sister = key.alg != alg_of(set) &&
                                        key.alg->expanded_len == alg_of(set)->expanded_len;
                    assert_true(version || sister);
                } else {
                    assert_null(key.alg);
                    assert_int_equal(key.expanded.len, 0);
                }
            }
            file.der[at] = was;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),     cmocka_unit_test(test_private),
        cmocka_unit_test(test_check),     cmocka_unit_test(test_public),
        cmocka_unit_test(test_truncated), cmocka_unit_test(test_write_arguments),
        cmocka_unit_test(test_changed),
    };

    return cmocka_run_group_tests_name("crypto_keyformat_slhdsa", tests, NULL, NULL);
}
