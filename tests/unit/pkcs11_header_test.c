/* SPDX-License-Identifier: Apache-2.0
 *
 * The binary interface that cryptoki.h gives on 64-bit Unix, against numbers computed by hand from
 * the field lists of PKCS#11 v3.2.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pqhw/cryptoki.h"

_Static_assert(sizeof(CK_ULONG) == sizeof(void *), "CK_ULONG is as wide as a pointer");
_Static_assert(sizeof(CK_BBOOL) == 1, "CK_BBOOL is a byte");

#if defined(__LP64__)
_Static_assert(sizeof(CK_VERSION) == 2, "CK_VERSION");
_Static_assert(sizeof(CK_INFO) == 88, "CK_INFO");
_Static_assert(offsetof(CK_INFO, flags) == 40, "CK_INFO.flags");
_Static_assert(offsetof(CK_INFO, libraryVersion) == 80, "CK_INFO.libraryVersion");
_Static_assert(sizeof(CK_SLOT_INFO) == 112, "CK_SLOT_INFO");
_Static_assert(offsetof(CK_SLOT_INFO, firmwareVersion) == 106, "CK_SLOT_INFO.firmwareVersion");
_Static_assert(sizeof(CK_TOKEN_INFO) == 208, "CK_TOKEN_INFO");
_Static_assert(offsetof(CK_TOKEN_INFO, flags) == 96, "CK_TOKEN_INFO.flags");
_Static_assert(offsetof(CK_TOKEN_INFO, ulFreePrivateMemory) == 176, "CK_TOKEN_INFO memory");
_Static_assert(offsetof(CK_TOKEN_INFO, utcTime) == 188, "CK_TOKEN_INFO.utcTime");
_Static_assert(sizeof(CK_SESSION_INFO) == 32, "CK_SESSION_INFO");
_Static_assert(sizeof(CK_ATTRIBUTE) == 24, "CK_ATTRIBUTE");
_Static_assert(sizeof(CK_DATE) == 8, "CK_DATE");
_Static_assert(sizeof(CK_MECHANISM) == 24, "CK_MECHANISM");
_Static_assert(sizeof(CK_MECHANISM_INFO) == 24, "CK_MECHANISM_INFO");
_Static_assert(sizeof(CK_C_INITIALIZE_ARGS) == 48, "CK_C_INITIALIZE_ARGS");
_Static_assert(sizeof(CK_INTERFACE) == 24, "CK_INTERFACE");
_Static_assert(sizeof(CK_ASYNC_DATA) == 40, "CK_ASYNC_DATA");
_Static_assert(sizeof(CK_SIGN_ADDITIONAL_CONTEXT) == 24, "CK_SIGN_ADDITIONAL_CONTEXT");
_Static_assert(sizeof(CK_HASH_SIGN_ADDITIONAL_CONTEXT) == 32, "CK_HASH_SIGN_ADDITIONAL_CONTEXT");
_Static_assert(offsetof(CK_HASH_SIGN_ADDITIONAL_CONTEXT, hash) == 24, "the hash is last");
_Static_assert(sizeof(CK_RSA_PKCS_PSS_PARAMS) == 24, "CK_RSA_PKCS_PSS_PARAMS");
_Static_assert(sizeof(CK_RSA_PKCS_OAEP_PARAMS) == 40, "CK_RSA_PKCS_OAEP_PARAMS");
_Static_assert(sizeof(CK_GCM_PARAMS) == 48, "CK_GCM_PARAMS");
_Static_assert(sizeof(CK_GCM_WRAP_PARAMS) == 56, "CK_GCM_WRAP_PARAMS");
_Static_assert(sizeof(CK_CCM_WRAP_PARAMS) == 64, "CK_CCM_WRAP_PARAMS");
_Static_assert(sizeof(CK_ECDH1_DERIVE_PARAMS) == 40, "CK_ECDH1_DERIVE_PARAMS");
_Static_assert(sizeof(CK_HKDF_PARAMS) == 64, "CK_HKDF_PARAMS");

_Static_assert(sizeof(CK_FUNCTION_LIST) == 8 + 68 * 8, "68 functions in 2.40");
_Static_assert(sizeof(CK_FUNCTION_LIST_3_0) == 8 + 92 * 8, "92 functions in 3.0");
_Static_assert(sizeof(CK_FUNCTION_LIST_3_2) == 8 + 104 * 8, "104 functions in 3.2");
#endif

/* Where a few functions stand, by their number in the standard's list, counted from 1. */
#define ENTRY(list, number, name)                                                                  \
    {                                                                                              \
#list "." #name, offsetof(list, name), number                                              \
    }

static const struct {
    const char *name;
    size_t offset;
    size_t number;
} entries[] = {
    ENTRY(CK_FUNCTION_LIST, 1, C_Initialize),
    ENTRY(CK_FUNCTION_LIST, 4, C_GetFunctionList),
    ENTRY(CK_FUNCTION_LIST, 19, C_Login),
    ENTRY(CK_FUNCTION_LIST, 44, C_Sign),
    ENTRY(CK_FUNCTION_LIST, 60, C_GenerateKeyPair),
    ENTRY(CK_FUNCTION_LIST, 68, C_WaitForSlotEvent),
    ENTRY(CK_FUNCTION_LIST_3_0, 68, C_WaitForSlotEvent),
    ENTRY(CK_FUNCTION_LIST_3_0, 69, C_GetInterfaceList),
    ENTRY(CK_FUNCTION_LIST_3_0, 92, C_MessageVerifyFinal),
    ENTRY(CK_FUNCTION_LIST_3_2, 1, C_Initialize),
    ENTRY(CK_FUNCTION_LIST_3_2, 92, C_MessageVerifyFinal),
    ENTRY(CK_FUNCTION_LIST_3_2, 93, C_EncapsulateKey),
    ENTRY(CK_FUNCTION_LIST_3_2, 95, C_VerifySignatureInit),
    ENTRY(CK_FUNCTION_LIST_3_2, 104, C_UnwrapKeyAuthenticated),
};

static void functions_stand_in_the_order_of_the_standard(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
        if (entries[i].offset != entries[i].number * sizeof(void (*)(void)))
            fail_msg("%s is at offset %zu", entries[i].name, entries[i].offset);
    }
}

#define NAME(name) #name,
static const char *const names[] = {CK_FUNCTIONS_3_2(NAME)};

static void no_function_is_listed_twice(void **state)
{
    (void)state;
    size_t num_names = sizeof(names) / sizeof(names[0]);
    assert_int_equal(num_names, 104);
    for (size_t i = 0; i < num_names; i++) {
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(names[i], names[j]);
    }
}

/* Some numbers that callers depend on, from the standard's lists and from those new in v3.2. */
static void constants_have_the_values_of_the_standard(void **state)
{
    (void)state;
    assert_int_equal(CKK_ML_KEM, 0x49);
    assert_int_equal(CKK_ML_DSA, 0x4A);
    assert_int_equal(CKM_ML_KEM_KEY_PAIR_GEN, 0x0F);
    assert_int_equal(CKM_ML_KEM, 0x17);
    assert_int_equal(CKM_ML_DSA_KEY_PAIR_GEN, 0x1C);
    assert_int_equal(CKM_ML_DSA, 0x1D);
    assert_int_equal(CKM_HASH_ML_DSA, 0x1F);
    assert_int_equal(CKM_HASH_ML_DSA_SHAKE256, 0x2C);
    assert_int_equal(CKA_PARAMETER_SET, 0x61D);
    assert_int_equal(CKA_SEED, 0x637);
    assert_int_equal(CKA_WRAP_TEMPLATE, 0x40000211);
    assert_int_equal(CKO_PROFILE, 9);
    assert_int_equal(CKR_BUFFER_TOO_SMALL, 0x150);
    assert_int_equal(CKR_PARAMETER_SET_NOT_SUPPORTED, 0x209);
    assert_int_equal(CK_UNAVAILABLE_INFORMATION, ~(CK_ULONG)0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(functions_stand_in_the_order_of_the_standard),
        cmocka_unit_test(no_function_is_listed_twice),
        cmocka_unit_test(constants_have_the_values_of_the_standard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
