/* SPDX-License-Identifier: Apache-2.0
 *
 * SubjectPublicKeyInfo of stateful hash-based signatures: whole, cut off and changed. (That another
 * implementation writes the same is in tests/integration/hbs_test.py.)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/keyformat/hbs_spki.h"

static const uint8_t zeros[132];
static const size_t key_lens[] = {52, 60, 68, 132};

static enum pqhw_status try_read(struct span der)
{
    enum hbs_kind kind;
    struct span key;

    return hbs_spki_read(&kind, &key, der);
}

static void test_every_kind(void **state)
{
    (void)state;
    for (int kind = HBS_HSS; kind <= HBS_XMSSMT; kind++) {
        for (size_t i = 0; i < sizeof(key_lens) / sizeof(key_lens[0]); i++) {
            uint8_t der[HBS_SPKI_MAX + 1] = {0};
            enum hbs_kind found;
            struct span key;
            size_t len = hbs_spki_write(der, (enum hbs_kind)kind, span(zeros, key_lens[i]));

            assert_int_equal(hbs_spki_read(&found, &key, span(der, len)), PQHW_OK);
            assert_int_equal(found, kind);
            assert_int_equal(key.len, key_lens[i]);
            assert_ptr_equal(key.ptr, der + len - key.len);
            for (size_t cut = 0; cut < len; cut++)
                assert_int_equal(try_read(span(der, cut)), PQHW_DATA_INVALID);
            assert_int_equal(try_read(span(der, len + 1)), PQHW_DATA_INVALID);
            assert_int_equal(hbs_spki_write(der, found, span(zeros, HBS_SPKI_MAX)), 0);
        }
    }
}

static void test_changed(void **state)
{
    uint8_t der[HBS_SPKI_MAX];
    size_t len = hbs_spki_write(der, HBS_XMSS, span(zeros, 68));
    /* SEQUENCE { SEQUENCE { OID of 8 bytes }, BIT STRING } */
    const size_t last_of_oid = 13, bits = 14, unused = 16;

    (void)state;
    for (int number = 0; number < 256; number++) {
        der[last_of_oid] = (uint8_t)number;
        assert_int_equal(try_read(span(der, len)),
                         number == 34 || number == 35 ? PQHW_OK : PQHW_PARAMETER_SET_NOT_SUPPORTED);
    }
    der[last_of_oid] = 34;
    der[unused] = 1;
    assert_int_equal(try_read(span(der, len)), PQHW_DATA_INVALID);
    der[unused] = 0;
    der[bits] = 4; /* OCTET STRING */
    assert_int_equal(try_read(span(der, len)), PQHW_DATA_INVALID);
    assert_int_equal(try_read(SPAN_EMPTY), PQHW_DATA_INVALID);
}

/* RFC 9802, 4: parameters are absent, not NULL. */
static void test_parameters(void **state)
{
    static const uint8_t with_null[] = {0x30, 0x12, 0x30, 0x0c, 0x06, 0x08, 0x2b, 0x06, 0x01, 0x05,
                                        0x05, 0x07, 0x06, 0x22, 0x05, 0x00, 0x03, 0x02, 0x00, 0x00};
    static const uint8_t without[] = {0x30, 0x10, 0x30, 0x0a, 0x06, 0x08, 0x2b, 0x06, 0x01,
                                      0x05, 0x05, 0x07, 0x06, 0x22, 0x03, 0x02, 0x00, 0x00};

    (void)state;
    assert_int_equal(try_read(SPAN(without)), PQHW_OK);
    assert_int_equal(try_read(SPAN(with_null)), PQHW_PARAMETER_SET_NOT_SUPPORTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_kind),
        cmocka_unit_test(test_changed),
        cmocka_unit_test(test_parameters),
    };

    return cmocka_run_group_tests_name("crypto_keyformat_hbs", tests, NULL, NULL);
}
