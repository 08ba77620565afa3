/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "backends/soft/pq.h"
#include "backends/soft/soft.h"
#include "backends_soft_fixture.h"
#include "crypto/classic/digest.h"
#include "crypto/keyformat/keyformat.h"
#include "crypto/mldsa/mldsa.h"
#include "crypto/mlkem/mlkem.h"
#include "hsm/attrs.h"

static const struct backend_ops *const soft = &backend_soft;
static struct classic *classic;
static struct backend *backend;

/* Every parameter set of every family. */
static const struct kind {
    CK_KEY_TYPE key_type;
    CK_MECHANISM_TYPE keygen;
    CK_ULONG set;
    size_t seed_len, pk_len, sk_len, output_len;
    enum keyformat_family format;
} kinds[] = {
    {CKK_ML_KEM, CKM_ML_KEM_KEY_PAIR_GEN, CKP_ML_KEM_512, 64, 800, 1632, 768, KEYFORMAT_MLKEM},
    {CKK_ML_KEM, CKM_ML_KEM_KEY_PAIR_GEN, CKP_ML_KEM_768, 64, 1184, 2400, 1088, KEYFORMAT_MLKEM},
    {CKK_ML_KEM, CKM_ML_KEM_KEY_PAIR_GEN, CKP_ML_KEM_1024, 64, 1568, 3168, 1568, KEYFORMAT_MLKEM},
    {CKK_ML_DSA, CKM_ML_DSA_KEY_PAIR_GEN, CKP_ML_DSA_44, 32, 1312, 2560, 2420, KEYFORMAT_MLDSA},
    {CKK_ML_DSA, CKM_ML_DSA_KEY_PAIR_GEN, CKP_ML_DSA_65, 32, 1952, 4032, 3309, KEYFORMAT_MLDSA},
    {CKK_ML_DSA, CKM_ML_DSA_KEY_PAIR_GEN, CKP_ML_DSA_87, 32, 2592, 4896, 4627, KEYFORMAT_MLDSA},
    {CKK_PQHW_HQC_2025, CKM_PQHW_HQC_2025_KEY_PAIR_GEN, CKP_PQHW_HQC_2025_1, 32, 2241, 2321, 4433,
     KEYFORMAT_HQC},
    {CKK_PQHW_HQC_2025, CKM_PQHW_HQC_2025_KEY_PAIR_GEN, CKP_PQHW_HQC_2025_3, 32, 4514, 4602, 8978,
     KEYFORMAT_HQC},
    {CKK_PQHW_HQC_2025, CKM_PQHW_HQC_2025_KEY_PAIR_GEN, CKP_PQHW_HQC_2025_5, 32, 7237, 7333, 14421,
     KEYFORMAT_HQC},
};
#define NUM_KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* ---- a pair, its material and its opened keys ---- */

struct pair {
    struct backend_material pub, priv;
    struct backend_key *pub_key, *priv_key;
};

/* Attributes as the HSM would hold them: the backend's and the key's identity. */
static struct buf with_identity(const struct kind *kind, CK_OBJECT_CLASS object_class,
                                struct span attrs)
{
    struct buf all = BUF_INIT(ATTRS_MAX_LEN);
    struct attr attr;
    for (struct reader r = reader(attrs); attrs_next(&r, &attr);)
        attrs_put(&all, attr.type, attr.value);
    attrs_put_number(&all, CKA_CLASS, object_class);
    attrs_put_number(&all, CKA_KEY_TYPE, kind->key_type);
    return all;
}

static enum pqhw_status open_key(const struct kind *kind, CK_OBJECT_CLASS object_class,
                                 struct span attrs, struct span secrets, struct backend_key **out)
{
    struct buf all = with_identity(kind, object_class, attrs);
    enum pqhw_status status = soft->key_open(backend, buf_span(&all), secrets, out);
    buf_free(&all);
    return status;
}

static struct backend_key *open_material(const struct kind *kind, CK_OBJECT_CLASS object_class,
                                         const struct backend_material *material)
{
    struct backend_key *key = NULL;
    assert_int_equal(open_key(kind, object_class, buf_span(&material->attrs),
                              secret_span(&material->secrets), &key),
                     PQHW_OK);
    return key;
}

static struct pair new_pair(const struct kind *kind)
{
    struct pair pair = {0};
    assert_int_equal(soft->generate_pair(backend, kind->keygen,
                                         number_attr(CKA_PARAMETER_SET, kind->set), &pair.pub,
                                         &pair.priv),
                     PQHW_OK);
    pair.pub_key = open_material(kind, CKO_PUBLIC_KEY, &pair.pub);
    pair.priv_key = open_material(kind, CKO_PRIVATE_KEY, &pair.priv);
    return pair;
}

static void free_pair(struct pair *pair)
{
    soft->key_close(pair->pub_key);
    soft->key_close(pair->priv_key);
    backend_material_free(&pair->pub);
    backend_material_free(&pair->priv);
}

static enum pqhw_status expanded(const struct kind *kind, const struct pair *pair,
                                 struct secret *out)
{
    struct buf all = with_identity(kind, CKO_PRIVATE_KEY, buf_span(&pair->priv.attrs));
    enum pqhw_status status = soft->derive_attr(backend, buf_span(&all),
                                                secret_span(&pair->priv.secrets), CKA_VALUE, out);
    buf_free(&all);
    return status;
}

static bool is_kem(const struct kind *kind)
{
    return kind->key_type == CKK_ML_KEM || kind->key_type == CKK_PQHW_HQC_2025;
}

static struct backend_kem kem_of(const struct kind *kind)
{
    static const struct mechanism mlkem = {.type = CKM_ML_KEM};
    static const struct mechanism hqc = {.type = CKM_PQHW_HQC_2025};

    return (struct backend_kem){.mechanism = kind->key_type == CKK_ML_KEM ? &mlkem : &hqc};
}

/* The two keys belong together. */
static void assert_fits(const struct kind *kind, const struct backend_key *pub,
                        const struct backend_key *priv)
{
    static uint8_t out[15000];
    memset(out, 0xee, sizeof(out));
    if (is_kem(kind)) {
        struct secret sent = {0}, received = {0};
        const struct backend_kem how = kem_of(kind);
        assert_int_equal(soft->encapsulate(pub, &how, out, &sent), PQHW_OK);
        assert_int_equal(soft->decapsulate(priv, &how, span(out, kind->output_len), &received),
                         PQHW_OK);
        assert_int_equal(sent.len, 32);
        assert_true(span_equal(secret_span(&sent), secret_span(&received)));
        secret_free(&sent);
        secret_free(&received);
    } else {
        const struct mechanism pure = {.type = CKM_ML_DSA};
        struct backend_op *op;
        assert_int_equal(soft->op_new(priv, &pure, CKF_SIGN, &op), PQHW_OK);
        assert_int_equal(soft->op_sign(op, out, true), PQHW_OK);
        soft->op_free(op);
        assert_int_equal(soft->op_new(pub, &pure, CKF_VERIFY, &op), PQHW_OK);
        assert_int_equal(soft->op_verify(op, span(out, kind->output_len)), PQHW_OK);
        soft->op_free(op);
    }
    assert_int_equal(out[kind->output_len], 0xee);
}

/* ---- generation ---- */

static void generated_material_is_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < NUM_KINDS; i++) {
        struct pair pair = new_pair(&kinds[i]);
        struct span pub = buf_span(&pair.pub.attrs);
        struct span priv = buf_span(&pair.priv.attrs);
        struct span secrets = secret_span(&pair.priv.secrets);
        struct span pk, seed, info, info2;
        struct keyformat_public read;

        assert_true(attrs_valid(pub) && attrs_valid(priv) && attrs_valid(secrets));
        assert_int_equal(attrs_number(pub, CKA_PARAMETER_SET, 0), kinds[i].set);
        assert_int_equal(attrs_number(priv, CKA_PARAMETER_SET, 0), kinds[i].set);
        assert_true(attrs_get(pub, CKA_VALUE, &pk));
        assert_int_equal(pk.len, kinds[i].pk_len);
        assert_true(attrs_get(secrets, CKA_SEED, &seed));
        assert_int_equal(seed.len, kinds[i].seed_len);
        assert_false(attrs_has(priv, CKA_VALUE) || attrs_has(priv, CKA_SEED));
        assert_false(attrs_has(secrets, CKA_VALUE));
        assert_int_equal(pair.pub.secrets.len, 0);

        assert_true(attrs_get(pub, CKA_PUBLIC_KEY_INFO, &info));
        assert_true(attrs_get(priv, CKA_PUBLIC_KEY_INFO, &info2));
        assert_true(span_equal(info, info2));
        assert_int_equal(keyformat_public_read(&read, info), PQHW_OK);
        assert_true(span_equal(read.key, pk));
        assert_int_equal(read.alg->family, kinds[i].format);
        assert_int_equal(read.alg->public_len, kinds[i].pk_len);

        assert_fits(&kinds[i], pair.pub_key, pair.priv_key);
        free_pair(&pair);
    }
}

static void unknown_sets_and_mechanisms_are_refused(void **state)
{
    (void)state;
    static const CK_ULONG sets[] = {0, 4, CK_UNAVAILABLE_INFORMATION};
    struct backend_material pub, priv;
    for (size_t i = 0; i < NUM_KINDS; i += 3) {
        for (size_t j = 0; j < sizeof(sets) / sizeof(sets[0]); j++) {
            assert_int_equal(soft->generate_pair(backend, kinds[i].keygen,
                                                 number_attr(CKA_PARAMETER_SET, sets[j]), &pub,
                                                 &priv),
                             PQHW_PARAMETER_SET_NOT_SUPPORTED);
            assert_true(pub.attrs.len == 0 && priv.attrs.len == 0 && priv.secrets.len == 0);
        }
    }
    assert_int_equal(soft->generate_pair(backend, CKM_DSA_KEY_PAIR_GEN,
                                         number_attr(CKA_PARAMETER_SET, 1), &pub, &priv),
                     PQHW_MECHANISM_INVALID);
}

static void two_keys_are_different(void **state)
{
    (void)state;
    struct pair a = new_pair(&kinds[0]);
    struct pair b = new_pair(&kinds[0]);
    assert_false(span_equal(secret_span(&a.priv.secrets), secret_span(&b.priv.secrets)));
    free_pair(&a);
    free_pair(&b);
}

/* ---- import ---- */

/* Import a private key from what is given (empty: left out). */
static enum pqhw_status import_private(const struct kind *kind, struct span seed, struct span sk,
                                       struct span info, struct backend_material *out)
{
    struct buf attrs = BUF_INIT(ATTRS_MAX_LEN);
    struct buf secrets = BUF_INIT(ATTRS_MAX_LEN);
    attrs_put_number(&attrs, CKA_PARAMETER_SET, kind->set);
    if (info.ptr != NULL)
        attrs_put(&attrs, CKA_PUBLIC_KEY_INFO, info);
    if (seed.ptr != NULL)
        attrs_put(&secrets, CKA_SEED, seed);
    if (sk.ptr != NULL)
        attrs_put(&secrets, CKA_VALUE, sk);
    enum pqhw_status status = soft->import(backend, CKO_PRIVATE_KEY, kind->key_type,
                                           buf_span(&attrs), buf_span(&secrets), out);
    if (status != PQHW_OK) {
        assert_int_equal(out->attrs.len, 0);
        assert_int_equal(out->secrets.len, 0);
    }
    buf_free(&attrs);
    buf_free(&secrets);
    return status;
}

static void private_keys_come_in_every_form(void **state)
{
    (void)state;
    for (size_t i = 0; i < NUM_KINDS; i++) {
        const struct kind *kind = &kinds[i];
        struct pair pair = new_pair(kind);
        struct secret sk = {0};
        struct span seed, info, kept;
        assert_true(attrs_get(secret_span(&pair.priv.secrets), CKA_SEED, &seed));
        assert_true(attrs_get(buf_span(&pair.priv.attrs), CKA_PUBLIC_KEY_INFO, &info));
        assert_int_equal(expanded(kind, &pair, &sk), PQHW_OK);
        assert_int_equal(sk.len, kind->sk_len);

        for (int form = 1; form <= 3; form++) {
            struct backend_material in;
            assert_int_equal(import_private(kind, form & 1 ? seed : SPAN_EMPTY,
                                            form & 2 ? secret_span(&sk) : SPAN_EMPTY, info, &in),
                             PQHW_OK);
            struct span secrets = secret_span(&in.secrets);
            assert_int_equal(attrs_has(secrets, CKA_SEED), (form & 1) != 0);
            assert_int_equal(attrs_has(secrets, CKA_VALUE), form == 2);
            assert_true(attrs_get(buf_span(&in.attrs), CKA_PUBLIC_KEY_INFO, &kept));
            assert_true(span_equal(kept, info));
            struct backend_key *key = open_material(kind, CKO_PRIVATE_KEY, &in);
            assert_fits(kind, pair.pub_key, key);
            soft->key_close(key);
            backend_material_free(&in);
        }
        secret_free(&sk);
        free_pair(&pair);
    }
}

static void private_keys_that_are_none_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < NUM_KINDS; i++) {
        const struct kind *kind = &kinds[i];
        struct pair pair = new_pair(kind);
        struct pair other = new_pair(kind);
        struct secret sk = {0};
        struct span seed, other_seed, other_info;
        struct backend_material in;
        assert_true(attrs_get(secret_span(&pair.priv.secrets), CKA_SEED, &seed));
        assert_true(attrs_get(secret_span(&other.priv.secrets), CKA_SEED, &other_seed));
        assert_true(attrs_get(buf_span(&other.priv.attrs), CKA_PUBLIC_KEY_INFO, &other_info));
        assert_int_equal(expanded(kind, &pair, &sk), PQHW_OK);
        struct span whole = secret_span(&sk);
        struct span cut = {sk.ptr, sk.len - 1};
        struct span none = SPAN_EMPTY;

        assert_int_equal(import_private(kind, none, none, none, &in), PQHW_TEMPLATE_INCOMPLETE);
        assert_int_equal(import_private(kind, none, cut, none, &in), PQHW_ATTRIBUTE_VALUE_INVALID);
        assert_int_equal(import_private(kind, seed, cut, none, &in), PQHW_ATTRIBUTE_VALUE_INVALID);
        assert_int_equal(import_private(kind, span(seed.ptr, seed.len - 1), none, none, &in),
                         PQHW_ATTRIBUTE_VALUE_INVALID);
        assert_int_equal(import_private(kind, span(seed.ptr, 0), none, none, &in),
                         PQHW_ATTRIBUTE_VALUE_INVALID);
        assert_int_equal(import_private(kind, other_seed, whole, none, &in),
                         PQHW_TEMPLATE_INCONSISTENT);
        assert_int_equal(import_private(kind, seed, none, other_info, &in),
                         PQHW_ATTRIBUTE_VALUE_INVALID);
        assert_int_equal(import_private(kind, none, whole, other_info, &in),
                         PQHW_ATTRIBUTE_VALUE_INVALID);
        /* The hash of the public key that both kinds of expanded key hold. */
        sk.ptr[kind->key_type == CKK_ML_KEM ? sk.len - 64 : 64] ^= 1;
        assert_int_equal(import_private(kind, none, whole, none, &in),
                         PQHW_ATTRIBUTE_VALUE_INVALID);
        assert_int_equal(import_private(kind, seed, whole, none, &in), PQHW_TEMPLATE_INCONSISTENT);
        secret_free(&sk);
        free_pair(&pair);
        free_pair(&other);
    }
}

static enum pqhw_status import_public(CK_KEY_TYPE key_type, CK_ULONG set, struct span pk,
                                      struct span info, struct backend_material *out)
{
    struct buf attrs = BUF_INIT(ATTRS_MAX_LEN);
    if (set != 0)
        attrs_put_number(&attrs, CKA_PARAMETER_SET, set);
    if (pk.ptr != NULL)
        attrs_put(&attrs, CKA_VALUE, pk);
    attrs_put(&attrs, CKA_PUBLIC_KEY_INFO, info);
    enum pqhw_status status =
        soft->import(backend, CKO_PUBLIC_KEY, key_type, buf_span(&attrs), SPAN_EMPTY, out);
    buf_free(&attrs);
    return status;
}

static void public_keys_are_checked_and_completed(void **state)
{
    (void)state;
    for (size_t i = 0; i < NUM_KINDS; i++) {
        const struct kind *kind = &kinds[i];
        struct pair pair = new_pair(kind);
        struct backend_material in;
        struct span pk, info;
        struct span none = SPAN_EMPTY;
        assert_true(attrs_get(buf_span(&pair.pub.attrs), CKA_VALUE, &pk));
        assert_true(attrs_get(buf_span(&pair.pub.attrs), CKA_PUBLIC_KEY_INFO, &info));

        assert_int_equal(import_public(kind->key_type, kind->set, pk, none, &in), PQHW_OK);
        assert_true(span_equal(buf_span(&in.attrs), buf_span(&pair.pub.attrs)));
        backend_material_free(&in);
        assert_int_equal(import_public(kind->key_type, kind->set, pk, info, &in), PQHW_OK);
        backend_material_free(&in);
        assert_int_equal(import_public(kind->key_type, kind->set, pk, pk, &in),
                         PQHW_ATTRIBUTE_VALUE_INVALID);
        assert_int_equal(
            import_public(kind->key_type, kind->set, span(pk.ptr, pk.len - 1), none, &in),
            PQHW_ATTRIBUTE_VALUE_INVALID);
        assert_int_equal(import_public(kind->key_type, kind->set % 3 + 1, pk, none, &in),
                         PQHW_ATTRIBUTE_VALUE_INVALID);
        assert_int_equal(import_public(kind->key_type, 9, pk, none, &in),
                         PQHW_PARAMETER_SET_NOT_SUPPORTED);
        assert_int_equal(import_public(kind->key_type, 0, pk, none, &in), PQHW_TEMPLATE_INCOMPLETE);
        assert_int_equal(import_public(kind->key_type, kind->set, none, none, &in),
                         PQHW_TEMPLATE_INCOMPLETE);
        assert_int_equal(import_public(CKK_DSA, kind->set, pk, none, &in),
                         PQHW_ATTRIBUTE_VALUE_INVALID);
        free_pair(&pair);
    }
    static uint8_t unreduced[800];
    struct backend_material in;
    memset(unreduced, 0xff, sizeof(unreduced)); /* coefficients of 4095 (FIPS 203, 7.2) */
    assert_int_equal(import_public(CKK_ML_KEM, CKP_ML_KEM_512, SPAN(unreduced), SPAN_EMPTY, &in),
                     PQHW_ATTRIBUTE_VALUE_INVALID);
}

/* ---- opening and deriving ---- */

static void derived_keys_are_those_of_the_engine(void **state)
{
    (void)state;
    struct pair pair = new_pair(&kinds[1]);
    struct secret sk = {0};
    struct span seed;
    static struct mlkem_private priv;
    static uint8_t dk[MLKEM_MAX_DK_LEN];
    assert_true(attrs_get(secret_span(&pair.priv.secrets), CKA_SEED, &seed));
    mlkem_keygen(&priv, MLKEM_768, seed.ptr);
    mlkem_private_encode(&priv, dk);
    assert_int_equal(expanded(&kinds[1], &pair, &sk), PQHW_OK);
    assert_memory_equal(sk.ptr, dk, sk.len);
    secret_free(&sk);

    struct buf all = with_identity(&kinds[1], CKO_PRIVATE_KEY, buf_span(&pair.priv.attrs));
    struct span secrets = secret_span(&pair.priv.secrets);
    assert_int_equal(soft->derive_attr(backend, buf_span(&all), secrets, CKA_SEED, &sk),
                     PQHW_ATTRIBUTE_TYPE_INVALID);
    assert_int_equal(soft->derive_attr(backend, buf_span(&all), SPAN_EMPTY, CKA_VALUE, &sk),
                     PQHW_ATTRIBUTE_TYPE_INVALID);
    assert_int_equal(soft->derive_attr(backend, SPAN_EMPTY, secrets, CKA_VALUE, &sk),
                     PQHW_ATTRIBUTE_TYPE_INVALID);
    buf_free(&all);
    free_pair(&pair);
}

static void damaged_records_do_not_open(void **state)
{
    (void)state;
    for (size_t i = 0; i < NUM_KINDS; i += 3) {
        const struct kind *kind = &kinds[i];
        struct pair pair = new_pair(kind);
        struct backend_key *key = NULL;
        struct span attrs = buf_span(&pair.priv.attrs);
        struct secret bad = {0};
        const struct attr short_seed = {CKA_SEED, SPAN_STR("short")};
        const struct attr short_sk = {CKA_VALUE, SPAN_STR("short")};

        assert_int_equal(open_key(kind, CKO_PRIVATE_KEY, attrs, SPAN_EMPTY, &key),
                         PQHW_RECORD_DAMAGED);
        assert_int_equal(attrs_secret(&bad, &short_seed, 1), PQHW_OK);
        assert_int_equal(open_key(kind, CKO_PRIVATE_KEY, attrs, secret_span(&bad), &key),
                         PQHW_RECORD_DAMAGED);
        secret_free(&bad);
        assert_int_equal(attrs_secret(&bad, &short_sk, 1), PQHW_OK);
        assert_int_equal(open_key(kind, CKO_PRIVATE_KEY, attrs, secret_span(&bad), &key),
                         PQHW_RECORD_DAMAGED);
        assert_int_equal(open_key(kind, CKO_PUBLIC_KEY, attrs, secret_span(&bad), &key),
                         PQHW_RECORD_DAMAGED);
        secret_free(&bad);

        struct kind aes = *kind;
        aes.key_type = CKK_AES;
        assert_int_equal(open_key(&aes, CKO_SECRET_KEY, attrs, SPAN_EMPTY, &key),
                         PQHW_RECORD_DAMAGED);
        aes.key_type = CKK_DES3;
        assert_int_equal(open_key(&aes, CKO_SECRET_KEY, attrs, SPAN_EMPTY, &key),
                         PQHW_KEY_TYPE_INCONSISTENT);
        assert_null(key);
        free_pair(&pair);
    }
    soft->key_close(NULL);
    soft->op_free(NULL);
}

/* What a key says that it occupies is what is taken from the secret memory, and its own struct. */
static void keys_know_their_size(void **state)
{
    (void)state;
    for (size_t i = 0; i < NUM_KINDS; i++) {
        struct pair pair = new_pair(&kinds[i]);
        struct secret_stats before;
        struct secret_stats after;

        secret_get_stats(&before);
        struct backend_key *key = open_material(&kinds[i], CKO_PRIVATE_KEY, &pair.priv);
        secret_get_stats(&after);
        size_t secret = after.used_bytes - before.used_bytes;
        assert_true(secret > kinds[i].sk_len);
        assert_int_equal(soft->key_size(key), secret + sizeof(struct pq_key));
        soft->key_close(key);
        secret_get_stats(&before);
        key = open_material(&kinds[i], CKO_PUBLIC_KEY, &pair.pub);
        secret_get_stats(&after);
        assert_int_equal(after.used_bytes, before.used_bytes);
        assert_true(soft->key_size(key) > sizeof(struct backend_key) + kinds[i].pk_len);
        assert_true(soft->key_size(key) < soft->key_size(pair.priv_key));
        printf("note: set %lu of key type %#lx: public %zu, private %zu bytes\n", kinds[i].set,
               kinds[i].key_type, soft->key_size(key), soft->key_size(pair.priv_key));
        soft->key_close(key);
        free_pair(&pair);
    }
}

static void keys_serve_their_own_operations_alone(void **state)
{
    (void)state;
    static uint8_t out[15000];
    struct pair kem = new_pair(&kinds[0]);
    struct pair dsa = new_pair(&kinds[3]);
    struct secret ss = {0};
    struct backend_op *op = NULL;
    const struct mechanism pure = {.type = CKM_ML_DSA};
    const struct mechanism other = {.type = CKM_ML_KEM};
    const struct backend_kem how = kem_of(&kinds[0]);
    const struct backend_kem wrong = {.mechanism = &pure};
    struct backend_kem_lens lens;

    assert_int_equal(soft->kem_lens(kem.pub_key, &how, &lens), PQHW_OK);
    assert_true(lens.ct == 768 && lens.ss == 32);
    assert_int_equal(soft->encapsulate(dsa.pub_key, &how, out, &ss), PQHW_KEY_TYPE_INCONSISTENT);
    assert_int_equal(soft->encapsulate(kem.priv_key, &how, out, &ss), PQHW_KEY_TYPE_INCONSISTENT);
    assert_int_equal(soft->decapsulate(kem.pub_key, &how, span(out, 768), &ss),
                     PQHW_KEY_TYPE_INCONSISTENT);
    assert_int_equal(soft->decapsulate(dsa.priv_key, &how, span(out, 768), &ss),
                     PQHW_KEY_TYPE_INCONSISTENT);
    assert_int_equal(soft->kem_lens(dsa.pub_key, &how, &lens), PQHW_KEY_TYPE_INCONSISTENT);
    assert_int_equal(soft->kem_lens(kem.pub_key, &wrong, &lens), PQHW_MECHANISM_INVALID);
    assert_int_equal(soft->op_new(kem.priv_key, &pure, CKF_SIGN, &op), PQHW_KEY_TYPE_INCONSISTENT);
    assert_int_equal(soft->op_new(dsa.pub_key, &pure, CKF_SIGN, &op), PQHW_KEY_TYPE_INCONSISTENT);
    assert_int_equal(soft->op_new(dsa.priv_key, &pure, CKF_VERIFY, &op),
                     PQHW_KEY_TYPE_INCONSISTENT);
    assert_int_equal(soft->op_new(dsa.priv_key, &other, CKF_SIGN, &op), PQHW_MECHANISM_INVALID);
    free_pair(&kem);
    free_pair(&dsa);
}

/* ---- KEM ---- */

static void wrong_ciphertexts_give_other_secrets(void **state)
{
    (void)state;
    for (size_t i = 0; i < NUM_KINDS; i++) {
        static uint8_t ct[15000];
        if (!is_kem(&kinds[i]))
            continue;
        struct pair pair = new_pair(&kinds[i]);
        struct secret ss = {0}, wrong = {0};
        struct backend_kem how = kem_of(&kinds[i]);
        size_t len = kinds[i].output_len;
        assert_int_equal(soft->encapsulate(pair.pub_key, &how, ct, &ss), PQHW_OK);
        ct[len / 2] ^= 1;
        assert_int_equal(soft->decapsulate(pair.priv_key, &how, span(ct, len), &wrong), PQHW_OK);
        assert_false(span_equal(secret_span(&ss), secret_span(&wrong)));
        secret_free(&wrong);
        assert_int_equal(soft->decapsulate(pair.priv_key, &how, span(ct, len - 1), &wrong),
                         PQHW_ENCRYPTED_DATA_LEN_RANGE);
        assert_int_equal(soft->decapsulate(pair.priv_key, &how, SPAN_EMPTY, &wrong),
                         PQHW_ENCRYPTED_DATA_LEN_RANGE);
        how.len = 31; /* their secrets have one length */
        assert_int_equal(soft->decapsulate(pair.priv_key, &how, span(ct, len), &wrong),
                         PQHW_TEMPLATE_INCONSISTENT);
        assert_null(wrong.ptr);
        secret_free(&ss);
        assert_int_equal(soft->encapsulate(pair.pub_key, &how, ct, &ss),
                         PQHW_TEMPLATE_INCONSISTENT);
        assert_null(ss.ptr);
        free_pair(&pair);
    }
}

/* ---- signatures ---- */

/* Sign data in pieces of `step` bytes. */
static enum pqhw_status sign(const struct pair *pair, const struct mechanism *mechanism,
                             struct span data, size_t step, uint8_t *sig)
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

static enum pqhw_status verify(const struct pair *pair, const struct mechanism *mechanism,
                               struct span data, struct span sig)
{
    struct backend_op *op;
    enum pqhw_status status = soft->op_new(pair->pub_key, mechanism, CKF_VERIFY, &op);
    if (status != PQHW_OK)
        return status;
    status = soft->op_update(op, data);
    if (status == PQHW_OK)
        status = soft->op_verify(op, sig);
    soft->op_free(op);
    return status;
}

static bool signs_messages(const struct mechanism_info *info)
{
    return info->key_type == CKK_ML_DSA && (info->flags & CKF_SIGN) != 0 &&
           info->param != PARAM_HASH_SIGN_CONTEXT;
}

static void signatures_of_every_mechanism_verify_and_no_other_does(void **state)
{
    (void)state;
    static uint8_t message[1000];
    uint8_t sig[MLDSA_MAX_SIG_LEN];
    struct pair pair = new_pair(&kinds[3]);
    struct span all = {sig, kinds[3].output_len};
    const struct mechanism_info *row;
    const struct mechanism_info *other;
    memset(message, 0x5a, sizeof(message));
    for (size_t i = 0; (row = mechanism_at(i)) != NULL; i++) {
        if (!signs_messages(row))
            continue;
        struct mechanism m = {.type = row->type, .has_param = true, .context = SPAN_STR("context")};
        assert_int_equal(sign(&pair, &m, SPAN(message), 333, sig), PQHW_OK);
        assert_int_equal(verify(&pair, &m, SPAN(message), all), PQHW_OK);
        for (size_t j = 0; (other = mechanism_at(j)) != NULL; j++) {
            if (!signs_messages(other) || j == i)
                continue;
            struct mechanism n = m;
            n.type = other->type;
            assert_int_equal(verify(&pair, &n, SPAN(message), all), PQHW_SIGNATURE_INVALID);
        }
        m.context = SPAN_STR("Context");
        assert_int_equal(verify(&pair, &m, SPAN(message), all), PQHW_SIGNATURE_INVALID);
    }
    free_pair(&pair);
}

static void changed_signatures_and_messages_are_refused(void **state)
{
    (void)state;
    const struct mechanism pure = {.type = CKM_ML_DSA};
    for (size_t i = 3; i < 6; i++) {
        uint8_t sig[MLDSA_MAX_SIG_LEN + 1];
        struct pair pair = new_pair(&kinds[i]);
        size_t len = kinds[i].output_len;
        assert_int_equal(sign(&pair, &pure, SPAN_STR("message"), 7, sig), PQHW_OK);
        assert_int_equal(verify(&pair, &pure, SPAN_STR("message"), span(sig, len)), PQHW_OK);
        assert_int_equal(verify(&pair, &pure, SPAN_STR("massage"), span(sig, len)),
                         PQHW_SIGNATURE_INVALID);
        assert_int_equal(verify(&pair, &pure, SPAN_EMPTY, span(sig, len)), PQHW_SIGNATURE_INVALID);
        assert_int_equal(verify(&pair, &pure, SPAN_STR("message"), span(sig, len - 1)),
                         PQHW_SIGNATURE_LEN_RANGE);
        sig[len] = 0;
        assert_int_equal(verify(&pair, &pure, SPAN_STR("message"), span(sig, len + 1)),
                         PQHW_SIGNATURE_LEN_RANGE);
        sig[0] ^= 1;
        assert_int_equal(verify(&pair, &pure, SPAN_STR("message"), span(sig, len)),
                         PQHW_SIGNATURE_INVALID);
        free_pair(&pair);
    }
}

static void hashing_here_equals_hashing_outside(void **state)
{
    (void)state;
    static const struct {
        CK_MECHANISM_TYPE here, hash;
    } pairs[] = {
        {CKM_HASH_ML_DSA_SHA256, CKM_SHA256},
        {CKM_HASH_ML_DSA_SHA3_512, CKM_SHA3_512},
        {CKM_HASH_ML_DSA_SHAKE128, CKM_SHAKE_128_KEY_DERIVATION},
        {CKM_HASH_ML_DSA_SHAKE256, CKM_SHAKE_256_KEY_DERIVATION},
    };
    struct span message = SPAN_STR("the message");
    struct pair pair = new_pair(&kinds[4]);
    uint8_t sig[MLDSA_MAX_SIG_LEN];
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        struct mechanism here = {.type = pairs[i].here};
        struct mechanism outside = {
            .type = CKM_HASH_ML_DSA, .has_param = true, .hash = pairs[i].hash};
        struct digest *digest;
        enum digest_alg alg;
        uint8_t hash[DIGEST_MAX_LEN + 1] = {0};
        assert_true(mechanism_digest(pairs[i].hash, &alg));
        size_t len = digest_len(alg);
        assert_int_equal(digest_new(classic, &digest, alg), PQHW_OK);
        assert_int_equal(digest_update(digest, message), PQHW_OK);
        assert_int_equal(digest_final(digest, hash), PQHW_OK);
        digest_free(digest);

        assert_int_equal(sign(&pair, &here, message, 4, sig), PQHW_OK);
        struct span all = {sig, kinds[4].output_len};
        assert_int_equal(verify(&pair, &outside, span(hash, len), all), PQHW_OK);
        assert_int_equal(sign(&pair, &outside, span(hash, len), 5, sig), PQHW_OK);
        assert_int_equal(verify(&pair, &here, message, all), PQHW_OK);

        assert_int_equal(sign(&pair, &outside, span(hash, len - 1), 5, sig), PQHW_DATA_LEN_RANGE);
        assert_int_equal(sign(&pair, &outside, span(hash, len + 1), 5, sig), PQHW_DATA_LEN_RANGE);
        assert_int_equal(sign(&pair, &outside, SPAN_EMPTY, 5, sig), PQHW_DATA_LEN_RANGE);
        assert_int_equal(verify(&pair, &outside, span(hash, len - 1), all), PQHW_DATA_LEN_RANGE);
        assert_int_equal(verify(&pair, &outside, span(hash, len + 1), all), PQHW_DATA_LEN_RANGE);
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
    struct pair pair = new_pair(&kinds[3]);
    uint8_t a[MLDSA_MAX_SIG_LEN] = {0}, b[MLDSA_MAX_SIG_LEN] = {0};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct mechanism m = {.type = CKM_ML_DSA, .has_param = true, .hedge = cases[i].hedge};
        assert_int_equal(sign(&pair, &m, SPAN_STR("m"), 1, a), PQHW_OK);
        assert_int_equal(sign(&pair, &m, SPAN_STR("m"), 1, b), PQHW_OK);
        assert_int_equal(memcmp(a, b, sizeof(a)) == 0, cases[i].same);
    }
    const struct mechanism bare = {.type = CKM_ML_DSA};
    assert_int_equal(sign(&pair, &bare, SPAN_STR("m"), 1, a), PQHW_OK);
    assert_memory_not_equal(a, b, sizeof(a));
    free_pair(&pair);
}

/* The same bytes as the engine's own, from a known seed: the key's seed reaches it unchanged. */
static void deterministic_signatures_are_those_of_the_engine(void **state)
{
    (void)state;
    static uint8_t room[256 * 1024] __attribute__((aligned(MLDSA_ALIGN)));
    struct mldsa_private *priv = (struct mldsa_private *)(void *)room;
    uint8_t seed[MLDSA_SEED_LEN], mu[MLDSA_MU_LEN];
    uint8_t sig[MLDSA_MAX_SIG_LEN], expected[MLDSA_MAX_SIG_LEN];
    const uint8_t rnd[MLDSA_RND_LEN] = {0};
    struct mldsa_mu state_of_mu;
    struct backend_material in;
    const struct kind *kind = &kinds[4];
    struct mechanism m = {.type = CKM_ML_DSA,
                          .has_param = true,
                          .hedge = CKH_DETERMINISTIC_REQUIRED,
                          .context = SPAN_STR("ctx")};

    memset(seed, 7, sizeof(seed));
    assert_true(mldsa_private_size(MLDSA_65) <= sizeof(room));
    mldsa_keygen(priv, MLDSA_65, seed);
    assert_int_equal(
        mldsa_mu_init(&state_of_mu, mldsa_private_tr(priv), SPAN_STR("ctx"), SPAN_EMPTY), PQHW_OK);
    mldsa_mu_absorb(&state_of_mu, "message", 7);
    mldsa_mu_final(&state_of_mu, mu);
    assert_int_equal(mldsa_sign_mu(priv, expected, mu, rnd), PQHW_OK);

    assert_int_equal(import_private(kind, SPAN(seed), SPAN_EMPTY, SPAN_EMPTY, &in), PQHW_OK);
    struct pair pair = {.priv_key = open_material(kind, CKO_PRIVATE_KEY, &in)};
    assert_int_equal(sign(&pair, &m, SPAN_STR("message"), 3, sig), PQHW_OK);
    assert_memory_equal(sig, expected, kind->output_len);
    soft->key_close(pair.priv_key);
    backend_material_free(&in);
}

static void nothing_secret_is_left_behind(void **state)
{
    (void)state;
    struct secret_stats before, after;
    secret_get_stats(&before);
    for (size_t i = 0; i < NUM_KINDS; i += 2) {
        struct pair pair = new_pair(&kinds[i]);
        assert_fits(&kinds[i], pair.pub_key, pair.priv_key);
        free_pair(&pair);
    }
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
        cmocka_unit_test(generated_material_is_whole),
        cmocka_unit_test(unknown_sets_and_mechanisms_are_refused),
        cmocka_unit_test(two_keys_are_different),
        cmocka_unit_test(private_keys_come_in_every_form),
        cmocka_unit_test(private_keys_that_are_none_are_refused),
        cmocka_unit_test(public_keys_are_checked_and_completed),
        cmocka_unit_test(derived_keys_are_those_of_the_engine),
        cmocka_unit_test(damaged_records_do_not_open),
        cmocka_unit_test(keys_know_their_size),
        cmocka_unit_test(keys_serve_their_own_operations_alone),
        cmocka_unit_test(wrong_ciphertexts_give_other_secrets),
        cmocka_unit_test(signatures_of_every_mechanism_verify_and_no_other_does),
        cmocka_unit_test(changed_signatures_and_messages_are_refused),
        cmocka_unit_test(hashing_here_equals_hashing_outside),
        cmocka_unit_test(signatures_are_hedged_unless_asked),
        cmocka_unit_test(deterministic_signatures_are_those_of_the_engine),
        cmocka_unit_test(nothing_secret_is_left_behind),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
