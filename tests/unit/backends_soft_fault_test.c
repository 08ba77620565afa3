/* SPDX-License-Identifier: Apache-2.0
 *
 * Faults while signing, as bits that flip in the expanded private key: with the check, no wrong
 * signature comes out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "backends/soft/pq.h"
#include "backends/soft/soft.h"
#include "backends_soft_fixture.h"
#include "crypto/falcon/key.h"
#include "crypto/mldsa/key.h"
#include "crypto/slhdsa/key.h"

#define NUM_FLIPS 40

static const struct backend_ops *const soft = &backend_soft;
static struct classic *classic;
static struct backend *backend;
static uint8_t sig[65536];

struct pair {
    struct backend_material pub, priv;
    struct backend_key *pub_key, *priv_key;
};

static struct backend_key *open_key(CK_KEY_TYPE key_type, CK_OBJECT_CLASS object_class,
                                    const struct backend_material *material)
{
    struct buf attrs = BUF_INIT(ATTRS_MAX_LEN);
    struct backend_key *key = NULL;

    assert_int_equal(attrs_merge(&attrs, buf_span(&material->attrs)), PQHW_OK);
    attrs_put_number(&attrs, CKA_CLASS, object_class);
    attrs_put_number(&attrs, CKA_KEY_TYPE, key_type);
    assert_int_equal(
        soft->key_open(backend, buf_span(&attrs), secret_span(&material->secrets), &key), PQHW_OK);
    buf_free(&attrs);
    return key;
}

static struct pair new_pair(CK_KEY_TYPE key_type, CK_MECHANISM_TYPE keygen, CK_ULONG set)
{
    struct pair pair = {0};

    assert_int_equal(soft->generate_pair(backend, keygen, number_attr(CKA_PARAMETER_SET, set),
                                         &pair.pub, &pair.priv),
                     PQHW_OK);
    pair.pub_key = open_key(key_type, CKO_PUBLIC_KEY, &pair.pub);
    pair.priv_key = open_key(key_type, CKO_PRIVATE_KEY, &pair.priv);
    return pair;
}

static void free_pair(struct pair *pair)
{
    soft->key_close(pair->pub_key);
    soft->key_close(pair->priv_key);
    backend_material_free(&pair->pub);
    backend_material_free(&pair->priv);
}

static enum pqhw_status sign(const struct pair *pair, const struct mechanism *mechanism, bool check)
{
    struct backend_op *op;

    assert_int_equal(soft->op_new(pair->priv_key, mechanism, CKF_SIGN, &op), PQHW_OK);
    assert_int_equal(soft->op_update(op, SPAN_STR("text")), PQHW_OK);
    memset(sig, 0xee, sizeof(sig));
    enum pqhw_status status = soft->op_sign(op, sig, check);
    soft->op_free(op);
    return status;
}

static bool is_valid(const struct pair *pair, const struct mechanism *mechanism)
{
    struct backend_op *op;

    assert_int_equal(soft->op_new(pair->pub_key, mechanism, CKF_VERIFY, &op), PQHW_OK);
    assert_int_equal(soft->op_update(op, SPAN_STR("text")), PQHW_OK);
    size_t len = soft->op_output_len(op);
    enum pqhw_status status = soft->op_verify(op, span(sig, len));
    soft->op_free(op);
    return status == PQHW_OK;
}

static bool all_zero(size_t len)
{
    uint8_t any = 0;

    for (size_t i = 0; i < len; i++)
        any |= sig[i];
    return any == 0;
}

/* Flip bits spread over len bytes of memory from `from` on; with the check, what comes out is right
 * or nothing. Without it, wrong signatures come out, which shows that the flips hit. */
static void flip(const struct pair *pair, const struct mechanism *mechanism, size_t from,
                 size_t len)
{
    const struct pq_key *key = pq_key_of(pair->priv_key);
    uint8_t *memory = key->priv.ptr;
    unsigned num_caught = 0, num_wrong = 0;

    for (size_t i = 0; i < NUM_FLIPS; i++) {
        uint8_t *at = memory + from + len / NUM_FLIPS * i + i % 2;
        *at ^= (uint8_t)(1 << i % 7);
        enum pqhw_status status = sign(pair, mechanism, true);
        if (status == PQHW_OK) {
            assert_true(is_valid(pair, mechanism));
        } else {
            /* Or no attempt of ML-DSA's or Falcon's succeeds any more. */
            assert_true(status == PQHW_SELF_TEST_FAILED || status == PQHW_INTERNAL);
            assert_true(all_zero(key->set.output_len));
            num_caught += status == PQHW_SELF_TEST_FAILED;
        }
        if (sign(pair, mechanism, false) == PQHW_OK)
            num_wrong += !is_valid(pair, mechanism);
        *at ^= (uint8_t)(1 << i % 7);
    }
    assert_true(num_caught > 0);
    assert_true(num_wrong > 0);
    assert_int_equal(sign(pair, mechanism, true), PQHW_OK);
    assert_true(is_valid(pair, mechanism));
}

static void mldsa_keys(void **state)
{
    (void)state;
    const struct mechanism pure = {.type = CKM_ML_DSA, .hedge = CKH_DETERMINISTIC_REQUIRED};

    for (CK_ULONG set = CKP_ML_DSA_44; set <= CKP_ML_DSA_87; set++) {
        struct pair pair = new_pair(CKK_ML_DSA, CKM_ML_DSA_KEY_PAIR_GEN, set);
        const size_t from = offsetof(struct mldsa_private, poly);
        flip(&pair, &pure, from, pq_key_of(pair.priv_key)->set.private_size - from);
        free_pair(&pair);
    }
}

static void slhdsa_keys(void **state)
{
    (void)state;
    const struct mechanism pure = {.type = CKM_SLH_DSA};
    const CK_ULONG sets[] = {CKP_SLH_DSA_SHA2_128F, CKP_SLH_DSA_SHAKE_128F};

    for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
        struct pair pair = new_pair(CKK_SLH_DSA, CKM_SLH_DSA_KEY_PAIR_GEN, sets[i]);
        const size_t from = offsetof(struct slhdsa_private, top);
        flip(&pair, &pure, from, pq_key_of(pair.priv_key)->set.private_size - from);
        free_pair(&pair);
    }
}

static void falcon_keys(void **state)
{
    (void)state;
    const struct mechanism padded = {.type = CKM_PQHW_FALCON_ROUND3};

    for (CK_ULONG set = CKP_PQHW_FALCON_ROUND3_512; set <= CKP_PQHW_FALCON_ROUND3_1024; set++) {
        struct pair pair =
            new_pair(CKK_PQHW_FALCON_ROUND3, CKM_PQHW_FALCON_ROUND3_KEY_PAIR_GEN, set);
        /* The basis, in the upper bytes of its numbers' mantissas: in lower ones a fault is too
         * small to count, in the exponents so large that no attempt succeeds. */
        const size_t num = set == CKP_PQHW_FALCON_ROUND3_512 ? 51 : 102;
        flip(&pair, &padded, offsetof(struct falcon_private, sk_expanded) + 5,
             sizeof(double) * num * NUM_FLIPS);
        free_pair(&pair);
    }
}

static int setup(void **state)
{
    (void)state;
    return classic_new(&classic) != PQHW_OK || soft->open(&backend, classic) != PQHW_OK;
}

static int teardown(void **state)
{
    (void)state;
    soft->close(backend);
    classic_free(classic);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mldsa_keys),
        cmocka_unit_test(slhdsa_keys),
        cmocka_unit_test(falcon_keys),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
