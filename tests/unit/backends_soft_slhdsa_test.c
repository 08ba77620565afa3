/* SPDX-License-Identifier: Apache-2.0
 *
 * SLH-DSA in the soft backend: its keys have no seed, and its messages are held.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "backends/soft/soft.h"
#include "backends_soft_fixture.h"
#include "crypto/classic/digest.h"
#include "crypto/keyformat/keyformat.h"
#include "crypto/slhdsa/slhdsa.h"
#include "hsm/attrs.h"

#define FAST    CKP_SLH_DSA_SHAKE_128F
#define FAST_N  16
#define MAX_LEN (16u * 1024 * 1024) /* of a message that is held */

static const struct backend_ops *const soft = &backend_soft;
static struct classic *classic;
static struct backend *backend;
static uint8_t sig[SLHDSA_MAX_SIG_LEN + 1];
static const struct mechanism pure = {.type = CKM_SLH_DSA};

struct pair {
    struct backend_material pub, priv;
    struct backend_key *pub_key, *priv_key;
    size_t sig_len;
};

static const struct slhdsa_sizes *sizes_of(CK_ULONG set)
{
    return slhdsa_sizes((enum slhdsa_set)(set - 1));
}

static struct backend_key *open_material(CK_OBJECT_CLASS object_class,
                                         const struct backend_material *material)
{
    struct backend_key *key = NULL;
    struct buf all = BUF_INIT(ATTRS_MAX_LEN);
    struct attr attr;
    for (struct reader r = reader(buf_span(&material->attrs)); attrs_next(&r, &attr);)
        attrs_put(&all, attr.type, attr.value);
    attrs_put_number(&all, CKA_CLASS, object_class);
    attrs_put_number(&all, CKA_KEY_TYPE, CKK_SLH_DSA);
    assert_int_equal(soft->key_open(backend, buf_span(&all), secret_span(&material->secrets), &key),
                     PQHW_OK);
    buf_free(&all);
    return key;
}

static struct pair new_pair(CK_ULONG set)
{
    struct pair pair = {.sig_len = sizes_of(set)->sig_len};
    assert_int_equal(soft->generate_pair(backend, CKM_SLH_DSA_KEY_PAIR_GEN,
                                         number_attr(CKA_PARAMETER_SET, set), &pair.pub,
                                         &pair.priv),
                     PQHW_OK);
    pair.pub_key = open_material(CKO_PUBLIC_KEY, &pair.pub);
    pair.priv_key = open_material(CKO_PRIVATE_KEY, &pair.priv);
    return pair;
}

static void free_pair(struct pair *pair)
{
    soft->key_close(pair->pub_key);
    soft->key_close(pair->priv_key);
    backend_material_free(&pair->pub);
    backend_material_free(&pair->priv);
}

static struct span kept_key(const struct pair *pair)
{
    struct span sk = SPAN_EMPTY;
    assert_true(attrs_get(secret_span(&pair->priv.secrets), CKA_VALUE, &sk));
    return sk;
}

/* The private key of a pair of set FAST as the bare engine uses it. To be freed. */
static struct slhdsa_private *engine_key(const struct pair *pair)
{
    size_t size =
        (slhdsa_private_size(SLHDSA_SHAKE_128F) + SLHDSA_ALIGN - 1) / SLHDSA_ALIGN * SLHDSA_ALIGN;
    struct slhdsa_private *priv = aligned_alloc(SLHDSA_ALIGN, size);
    assert_non_null(priv);
    assert_int_equal(slhdsa_private_init(priv, SLHDSA_SHAKE_128F, kept_key(pair)), PQHW_OK);
    return priv;
}

/* Sign data in pieces of `step` bytes. */
static enum pqhw_status sign(const struct pair *pair, const struct mechanism *mechanism,
                             struct span data, size_t step)
{
    struct backend_op *op;
    enum pqhw_status status = soft->op_new(pair->priv_key, mechanism, CKF_SIGN, &op);
    if (status != PQHW_OK)
        return status;
    for (size_t at = 0; status == PQHW_OK && at < data.len; at += step) {
        size_t len = data.len - at < step ? data.len - at : step;
        status = soft->op_update(op, span(data.ptr + at, len));
    }
    if (status == PQHW_OK)
        status = soft->op_sign(op, sig, true);
    soft->op_free(op);
    return status;
}

static enum pqhw_status verify_len(const struct pair *pair, const struct mechanism *mechanism,
                                   struct span data, size_t sig_len)
{
    struct backend_op *op;
    enum pqhw_status status = soft->op_new(pair->pub_key, mechanism, CKF_VERIFY, &op);
    if (status != PQHW_OK)
        return status;
    status = soft->op_update(op, data);
    if (status == PQHW_OK)
        status = soft->op_verify(op, span(sig, sig_len));
    soft->op_free(op);
    return status;
}

static enum pqhw_status verify(const struct pair *pair, const struct mechanism *mechanism,
                               struct span data)
{
    return verify_len(pair, mechanism, data, pair->sig_len);
}

/* Verify with the signature given first, the data in pieces of `step` bytes. */
static enum pqhw_status verify_expecting(const struct pair *pair, const struct mechanism *mechanism,
                                         struct span data, size_t step)
{
    struct backend_op *op;
    enum pqhw_status status = soft->op_new(pair->pub_key, mechanism, CKF_VERIFY, &op);
    if (status != PQHW_OK)
        return status;
    status = soft->op_expect(op, span(sig, pair->sig_len));
    for (size_t at = 0; status == PQHW_OK && at < data.len; at += step) {
        size_t len = data.len - at < step ? data.len - at : step;
        status = soft->op_update(op, span(data.ptr + at, len));
    }
    if (status == PQHW_OK)
        status = soft->op_verify(op, span(sig, pair->sig_len));
    soft->op_free(op);
    return status;
}

/* ---- keys ---- */

static void generated_material_is_whole_in_every_set(void **state)
{
    (void)state;
    for (CK_ULONG set = CKP_SLH_DSA_SHA2_128S; set <= CKP_SLH_DSA_SHAKE_256F; set++) {
        const struct slhdsa_sizes *sizes = sizes_of(set);
        struct pair pair = new_pair(set);
        struct span pk, info, info2, sk = kept_key(&pair);
        struct keyformat_public read;

        assert_int_equal(attrs_number(buf_span(&pair.priv.attrs), CKA_PARAMETER_SET, 0), set);
        assert_int_equal(attrs_number(buf_span(&pair.pub.attrs), CKA_PARAMETER_SET, 0), set);
        assert_false(attrs_has(secret_span(&pair.priv.secrets), CKA_SEED));
        assert_false(attrs_has(buf_span(&pair.priv.attrs), CKA_VALUE));
        assert_true(attrs_get(buf_span(&pair.pub.attrs), CKA_VALUE, &pk));
        assert_int_equal(pk.len, 2 * sizes->n);
        assert_int_equal(sk.len, 4 * sizes->n);
        assert_memory_equal(sk.ptr + 2 * sizes->n, pk.ptr, pk.len); /* FIPS 205, Figure 15 */
        assert_true(attrs_get(buf_span(&pair.pub.attrs), CKA_PUBLIC_KEY_INFO, &info));
        assert_true(attrs_get(buf_span(&pair.priv.attrs), CKA_PUBLIC_KEY_INFO, &info2));
        assert_true(span_equal(info, info2));
        assert_int_equal(keyformat_public_read(&read, info), PQHW_OK);
        assert_string_equal(read.alg->name, sizes->name);
        assert_true(span_equal(read.key, pk));
        free_pair(&pair);
    }
}

static void unknown_sets_are_refused(void **state)
{
    (void)state;
    static const CK_ULONG sets[] = {0, 13, CK_UNAVAILABLE_INFORMATION};
    struct backend_material pub, priv;
    for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
        assert_int_equal(soft->generate_pair(backend, CKM_SLH_DSA_KEY_PAIR_GEN,
                                             number_attr(CKA_PARAMETER_SET, sets[i]), &pub, &priv),
                         PQHW_PARAMETER_SET_NOT_SUPPORTED);
}

static enum pqhw_status import_private(CK_ATTRIBUTE_TYPE form, struct span value,
                                       struct backend_material *out)
{
    struct buf attrs = BUF_INIT(ATTRS_MAX_LEN);
    struct buf secrets = BUF_INIT(ATTRS_MAX_LEN);
    attrs_put_number(&attrs, CKA_PARAMETER_SET, FAST);
    attrs_put(&secrets, form, value);
    enum pqhw_status status = soft->import(backend, CKO_PRIVATE_KEY, CKK_SLH_DSA, buf_span(&attrs),
                                           buf_span(&secrets), out);
    buf_free(&attrs);
    buf_free(&secrets);
    return status;
}

static void private_keys_are_checked_and_completed(void **state)
{
    (void)state;
    struct pair pair = new_pair(FAST);
    struct backend_material in;
    uint8_t sk[4 * FAST_N];
    memcpy(sk, kept_key(&pair).ptr, sizeof(sk));

    assert_int_equal(import_private(CKA_VALUE, SPAN(sk), &in), PQHW_OK);
    assert_true(span_equal(buf_span(&in.attrs), buf_span(&pair.priv.attrs)));
    assert_true(span_equal(secret_span(&in.secrets), secret_span(&pair.priv.secrets)));
    backend_material_free(&in);

    assert_int_equal(import_private(CKA_VALUE, span(sk, sizeof(sk) - 1), &in),
                     PQHW_ATTRIBUTE_VALUE_INVALID);
    assert_int_equal(import_private(CKA_VALUE, SPAN_EMPTY, &in), PQHW_ATTRIBUTE_VALUE_INVALID);
    assert_int_equal(import_private(CKA_SEED, span(sk, 3 * FAST_N), &in),
                     PQHW_TEMPLATE_INCONSISTENT);
    /* SK.seed, PK.seed and PK.root each decide whether the root is right; SK.prf does not. */
    for (size_t part = 0; part < 4; part++) {
        sk[part * FAST_N] ^= 1;
        enum pqhw_status status = import_private(CKA_VALUE, SPAN(sk), &in);
        assert_int_equal(status, part == 1 ? PQHW_OK : PQHW_ATTRIBUTE_VALUE_INVALID);
        backend_material_free(&in);
        sk[part * FAST_N] ^= 1;
    }
    free_pair(&pair);
}

static void no_other_form_follows_from_a_key(void **state)
{
    (void)state;
    struct pair pair = new_pair(FAST);
    struct secret out = {0};
    struct buf all = BUF_INIT(ATTRS_MAX_LEN);
    attrs_put_number(&all, CKA_KEY_TYPE, CKK_SLH_DSA);
    attrs_put_number(&all, CKA_PARAMETER_SET, FAST);
    static const CK_ATTRIBUTE_TYPE types[] = {CKA_SEED, CKA_VALUE};
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(soft->derive_attr(backend, buf_span(&all), secret_span(&pair.priv.secrets),
                                           types[i], &out),
                         PQHW_ATTRIBUTE_TYPE_INVALID);
    buf_free(&all);
    free_pair(&pair);
}

/* ---- signatures ---- */

static bool signs_messages(const struct mechanism_info *info)
{
    return info->key_type == CKK_SLH_DSA && (info->flags & CKF_SIGN) != 0 &&
           info->param != PARAM_HASH_SIGN_CONTEXT;
}

static void signatures_of_every_mechanism_verify_and_no_other_does(void **state)
{
    (void)state;
    struct pair pair = new_pair(FAST);
    struct span message = SPAN_STR("a message of some length");
    const struct mechanism_info *row;
    const struct mechanism_info *other;
    for (size_t i = 0; (row = mechanism_at(i)) != NULL; i++) {
        if (!signs_messages(row))
            continue;
        struct mechanism m = {.type = row->type, .has_param = true, .context = SPAN_STR("context")};
        assert_int_equal(sign(&pair, &m, message, 5), PQHW_OK);
        for (size_t j = 0; (other = mechanism_at(j)) != NULL; j++) {
            if (!signs_messages(other))
                continue;
            struct mechanism n = m;
            n.type = other->type;
            assert_int_equal(verify(&pair, &n, message), j == i ? PQHW_OK : PQHW_SIGNATURE_INVALID);
        }
        m.context = SPAN_STR("Context");
        assert_int_equal(verify(&pair, &m, message), PQHW_SIGNATURE_INVALID);
    }
    free_pair(&pair);
}

static void changed_signatures_and_messages_are_refused(void **state)
{
    (void)state;
    struct pair pair = new_pair(FAST);
    struct span message = SPAN_STR("message");
    assert_int_equal(sign(&pair, &pure, message, 7), PQHW_OK);
    assert_int_equal(verify(&pair, &pure, message), PQHW_OK);
    assert_int_equal(verify(&pair, &pure, SPAN_STR("massage")), PQHW_SIGNATURE_INVALID);
    assert_int_equal(verify(&pair, &pure, SPAN_EMPTY), PQHW_SIGNATURE_INVALID);
    assert_int_equal(verify_len(&pair, &pure, message, pair.sig_len - 1), PQHW_SIGNATURE_LEN_RANGE);
    assert_int_equal(verify_len(&pair, &pure, message, pair.sig_len + 1), PQHW_SIGNATURE_LEN_RANGE);
    sig[pair.sig_len - 1] ^= 1;
    assert_int_equal(verify(&pair, &pure, message), PQHW_SIGNATURE_INVALID);
    free_pair(&pair);
}

static void hashing_here_equals_hashing_outside(void **state)
{
    (void)state;
    static const struct {
        CK_MECHANISM_TYPE here, hash;
    } pairs[] = {
        {CKM_HASH_SLH_DSA_SHA256, CKM_SHA256},
        {CKM_HASH_SLH_DSA_SHAKE128, CKM_SHAKE_128_KEY_DERIVATION},
    };
    struct span message = SPAN_STR("the message");
    struct pair pair = new_pair(FAST);
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        struct mechanism here = {.type = pairs[i].here};
        struct mechanism outside = {
            .type = CKM_HASH_SLH_DSA, .has_param = true, .hash = pairs[i].hash};
        struct digest *digest;
        enum digest_alg alg;
        uint8_t hash[DIGEST_MAX_LEN + 1] = {0};
        assert_true(mechanism_digest(pairs[i].hash, &alg));
        size_t len = digest_len(alg);
        assert_int_equal(digest_new(classic, &digest, alg), PQHW_OK);
        assert_int_equal(digest_update(digest, message), PQHW_OK);
        assert_int_equal(digest_final(digest, hash), PQHW_OK);
        digest_free(digest);

        assert_int_equal(sign(&pair, &here, message, 4), PQHW_OK);
        assert_int_equal(verify(&pair, &outside, span(hash, len)), PQHW_OK);
        assert_int_equal(verify(&pair, &outside, span(hash, len - 1)), PQHW_DATA_LEN_RANGE);
        assert_int_equal(sign(&pair, &outside, span(hash, len), 5), PQHW_OK);
        assert_int_equal(verify(&pair, &here, message), PQHW_OK);
        assert_int_equal(sign(&pair, &outside, span(hash, len - 1), 5), PQHW_DATA_LEN_RANGE);
        assert_int_equal(sign(&pair, &outside, span(hash, len + 1), 5), PQHW_DATA_LEN_RANGE);
        assert_int_equal(sign(&pair, &outside, SPAN_EMPTY, 5), PQHW_DATA_LEN_RANGE);
    }
    free_pair(&pair);
}

static void signatures_are_hedged_unless_asked(void **state)
{
    (void)state;
    static const struct {
        CK_HEDGE_TYPE hedge;
        bool same;
    } cases[] = {
        {CKH_HEDGE_PREFERRED, false},
        {CKH_HEDGE_REQUIRED, false},
        {CKH_DETERMINISTIC_REQUIRED, true},
    };
    struct pair pair = new_pair(FAST);
    static uint8_t first[SLHDSA_MAX_SIG_LEN];
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct mechanism m = {.type = CKM_SLH_DSA, .has_param = true, .hedge = cases[i].hedge};
        assert_int_equal(sign(&pair, &m, SPAN_STR("m"), 1), PQHW_OK);
        memcpy(first, sig, pair.sig_len);
        assert_int_equal(sign(&pair, &m, SPAN_STR("m"), 1), PQHW_OK);
        assert_int_equal(memcmp(first, sig, pair.sig_len) == 0, cases[i].same);
    }
    free_pair(&pair);
}

/* The same bytes as the engine's own with the same key. */
static void deterministic_signatures_are_those_of_the_engine(void **state)
{
    (void)state;
    struct pair pair = new_pair(FAST);
    struct slhdsa_private *priv = engine_key(&pair);
    static uint8_t expected[SLHDSA_MAX_SIG_LEN];
    const struct slhdsa_domain domain = {.context = SPAN_STR("ctx")};
    struct mechanism m = {.type = CKM_SLH_DSA,
                          .has_param = true,
                          .hedge = CKH_DETERMINISTIC_REQUIRED,
                          .context = SPAN_STR("ctx")};
    assert_int_equal(slhdsa_sign(priv, expected, &domain, SPAN_STR("message"), NULL, false),
                     PQHW_OK);
    assert_int_equal(sign(&pair, &m, SPAN_STR("message"), 3), PQHW_OK);
    assert_memory_equal(sig, expected, pair.sig_len);
    free(priv);
    free_pair(&pair);
}

static void messages_are_held_up_to_a_limit_unless_hashed(void **state)
{
    (void)state;
    struct pair pair = new_pair(FAST);
    const struct mechanism hashed = {.type = CKM_HASH_SLH_DSA_SHA256};
    uint8_t *message = calloc(1, MAX_LEN + 1);
    assert_non_null(message);
    struct span most = {message, MAX_LEN}, more = {message, MAX_LEN + 1};
    assert_int_equal(sign(&pair, &pure, most, MAX_LEN / 2), PQHW_OK);
    assert_int_equal(verify(&pair, &pure, most), PQHW_OK);
    assert_int_equal(verify(&pair, &pure, more), PQHW_DATA_LEN_RANGE);
    assert_int_equal(sign(&pair, &pure, more, MAX_LEN / 2), PQHW_DATA_LEN_RANGE);
    assert_int_equal(sign(&pair, &hashed, more, MAX_LEN), PQHW_OK);
    assert_int_equal(verify(&pair, &hashed, more), PQHW_OK);
    free(message);
    free_pair(&pair);
}

/* Signed by the engine, since the token holds what it signs. */
static void no_message_is_too_long_when_the_signature_is_known(void **state)
{
    (void)state;
    struct pair pair = new_pair(FAST);
    struct mechanism with_context = {
        .type = CKM_SLH_DSA, .has_param = true, .context = SPAN_STR("context")};
    const struct slhdsa_domain domain = {.context = with_context.context};
    struct slhdsa_private *priv = engine_key(&pair);
    uint8_t *message = calloc(1, MAX_LEN + 1);
    assert_non_null(message);
    struct span more = {message, MAX_LEN + 1};
    assert_int_equal(slhdsa_sign(priv, sig, &domain, more, NULL, true), PQHW_OK);
    assert_int_equal(verify_expecting(&pair, &with_context, more, 1000003), PQHW_OK);
    assert_int_equal(verify_expecting(&pair, &with_context, more, more.len), PQHW_OK);
    assert_int_equal(verify_expecting(&pair, &pure, more, more.len), PQHW_SIGNATURE_INVALID);
    message[MAX_LEN] ^= 1;
    assert_int_equal(verify_expecting(&pair, &with_context, more, 4096), PQHW_SIGNATURE_INVALID);
    free(priv);
    free(message);
    free_pair(&pair);
}

static void a_signature_given_first_is_the_one_that_is_checked(void **state)
{
    (void)state;
    struct pair pair = new_pair(FAST);
    const struct mechanism kinds[] = {pure, {.type = CKM_HASH_SLH_DSA_SHA256}};
    struct span message = SPAN_STR("message");
    struct backend_op *op;
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(sign(&pair, &kinds[i], message, 3), PQHW_OK);
        assert_int_equal(verify_expecting(&pair, &kinds[i], message, 3), PQHW_OK);
        assert_int_equal(verify_expecting(&pair, &kinds[i], SPAN_EMPTY, 3), PQHW_SIGNATURE_INVALID);
        for (size_t at = 0; at < pair.sig_len; at += 1009) {
            sig[at] ^= 1;
            assert_int_equal(verify_expecting(&pair, &kinds[i], message, 7),
                             PQHW_SIGNATURE_INVALID);
            sig[at] ^= 1;
        }
        assert_int_equal(soft->op_new(pair.pub_key, &kinds[i], CKF_VERIFY, &op), PQHW_OK);
        assert_int_equal(soft->op_expect(op, span(sig, pair.sig_len - 1)),
                         PQHW_SIGNATURE_LEN_RANGE);
        soft->op_free(op);
    }
    free_pair(&pair);
}

static void keys_serve_their_own_operations_alone(void **state)
{
    (void)state;
    struct pair pair = new_pair(FAST);
    struct backend_op *op = NULL;
    const struct mechanism other = {.type = CKM_ML_DSA};
    assert_int_equal(soft->op_new(pair.pub_key, &pure, CKF_SIGN, &op), PQHW_KEY_TYPE_INCONSISTENT);
    assert_int_equal(soft->op_new(pair.priv_key, &pure, CKF_VERIFY, &op),
                     PQHW_KEY_TYPE_INCONSISTENT);
    assert_int_equal(soft->op_new(pair.priv_key, &other, CKF_SIGN, &op), PQHW_MECHANISM_INVALID);
    free_pair(&pair);
}

static void nothing_secret_is_left_behind(void **state)
{
    (void)state;
    struct secret_stats before, after;
    secret_get_stats(&before);
    struct pair pair = new_pair(FAST);
    assert_int_equal(sign(&pair, &pure, SPAN_STR("m"), 1), PQHW_OK);
    free_pair(&pair);
    secret_get_stats(&after);
    assert_int_equal(after.num_secrets, before.num_secrets);
    assert_int_equal(after.used_bytes, before.used_bytes);
}

static int setup(void **state)
{
    (void)state;
    secret_allow_plain();
    return classic_new(&classic) == PQHW_OK && soft->open(&backend, classic) == PQHW_OK ? 0 : -1;
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
        cmocka_unit_test(generated_material_is_whole_in_every_set),
        cmocka_unit_test(unknown_sets_are_refused),
        cmocka_unit_test(private_keys_are_checked_and_completed),
        cmocka_unit_test(no_other_form_follows_from_a_key),
        cmocka_unit_test(signatures_of_every_mechanism_verify_and_no_other_does),
        cmocka_unit_test(changed_signatures_and_messages_are_refused),
        cmocka_unit_test(hashing_here_equals_hashing_outside),
        cmocka_unit_test(signatures_are_hedged_unless_asked),
        cmocka_unit_test(deterministic_signatures_are_those_of_the_engine),
        cmocka_unit_test(messages_are_held_up_to_a_limit_unless_hashed),
        cmocka_unit_test(no_message_is_too_long_when_the_signature_is_known),
        cmocka_unit_test(a_signature_given_first_is_the_one_that_is_checked),
        cmocka_unit_test(keys_serve_their_own_operations_alone),
        cmocka_unit_test(nothing_secret_is_left_behind),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
