/* SPDX-License-Identifier: Apache-2.0
 *
 * The examples of RFC 9881 and RFC 9935, whole, truncated and changed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/keyformat/der.h"
#include "crypto/keyformat/keyformat.h"
#include "crypto/keyformat/pem.h"
#include "crypto/mldsa/mldsa.h"
#include "crypto/mlkem/mlkem.h"

#define MAX_FILE ((size_t)16384)

struct file {
    char text[MAX_FILE];
    size_t text_len;
    uint8_t der[MAX_FILE];
    size_t der_len;
};

static struct span der_of(const struct file *file)
{
    return span(file->der, file->der_len);
}

static void load(struct file *file, const char *name, const char *label)
{
    char path[512];

    snprintf(path, sizeof(path), "%s/x509-lamps/%s.pem", VECTOR_DIR, name);
    FILE *stream = fopen(path, "rb");
    if (stream == NULL)
        fail_msg("%s is missing", path);
    file->text_len = fread(file->text, 1, sizeof(file->text), stream);
    fclose(stream);
    assert_int_equal(pem_decode(file->der, &file->der_len, sizeof(file->der),
                                span(file->text, file->text_len), label),
                     PQHW_OK);
}

static enum pqhw_status check(const struct keyformat_private *key)
{
    size_t len = (keyformat_check_room(key->alg) + 63) & ~(size_t)63;
    uint8_t *room = aligned_alloc(64, len);

    assert_non_null(room);
    memset(room, 0xee, len);
    enum pqhw_status status = keyformat_check(key, room);
    for (size_t i = 0; i < keyformat_check_room(key->alg); i++)
        assert_int_equal(room[i], 0);
    free(room);
    return status;
}

/* The algorithms with examples; those after them have no seed (crypto_keyformat_slhdsa_test.c). */
static const struct keyformat_alg *example_alg(size_t index)
{
    const struct keyformat_alg *alg = keyformat_alg(index);

    return alg == NULL || alg->seed_len == 0 ? NULL : alg;
}

/* The files of an algorithm */

static const char *const forms[] = {"seed", "expanded", "both"};

static void load_private(struct file *file, const struct keyformat_alg *alg, const char *form)
{
    char name[64];

    snprintf(name, sizeof(name), "%s-%s.priv", alg->name, form);
    load(file, name, PEM_PRIVATE_KEY);
}

static void load_public(struct file *file, const struct keyformat_alg *alg)
{
    char name[64];

    snprintf(name, sizeof(name), "%s.pub", alg->name);
    load(file, name, PEM_PUBLIC_KEY);
}

static void assert_same_text(const struct file *file, struct span der, const char *label)
{
    static char text[MAX_FILE];
    size_t len = pem_encoded_len(der.len, label);

    assert_true(len < sizeof(text));
    text[len] = 0x7e;
    pem_encode(text, label, der);
    assert_int_equal(text[len], 0x7e);
    assert_int_equal(len, file->text_len);
    assert_memory_equal(text, file->text, len);
}

static void test_table(void **context)
{
    size_t i;

    (void)context;
    for (i = 0; example_alg(i) != NULL; i++) {
        const struct keyformat_alg *alg = example_alg(i);
        assert_ptr_equal(keyformat_find(alg->family, alg->set), alg);
        if (alg->family == KEYFORMAT_MLDSA) {
            const struct mldsa_sizes *sizes = mldsa_sizes((enum mldsa_set)alg->set);
            assert_string_equal(alg->name, sizes->name);
            assert_int_equal(alg->expanded_len, sizes->sk_len);
            assert_int_equal(alg->public_len, sizes->pk_len);
            assert_int_equal(alg->seed_len, MLDSA_SEED_LEN);
        } else {
            const struct mlkem_sizes *sizes = mlkem_sizes((enum mlkem_set)alg->set);
            assert_string_equal(alg->name, sizes->name);
            assert_int_equal(alg->expanded_len, sizes->dk_len);
            assert_int_equal(alg->public_len, sizes->ek_len);
            assert_int_equal(alg->seed_len, MLKEM_SEED_LEN);
        }
    }
    assert_int_equal(i, 6);
    assert_null(keyformat_find(KEYFORMAT_MLKEM, 3));
}

static void test_public(void **context)
{
    static struct file file;

    (void)context;
    for (size_t i = 0; example_alg(i) != NULL; i++) {
        const struct keyformat_alg *alg = example_alg(i);
        struct keyformat_public key;
        uint8_t der[MAX_FILE];

        load_public(&file, alg);
        assert_int_equal(keyformat_public_read(&key, der_of(&file)), PQHW_OK);
        assert_ptr_equal(key.alg, alg);
        assert_int_equal(keyformat_public_len(alg), file.der_len);
        der[file.der_len] = 0x7e;
        assert_int_equal(keyformat_public_write(der, &key), PQHW_OK);
        assert_int_equal(der[file.der_len], 0x7e);
        assert_memory_equal(der, file.der, file.der_len);
        assert_same_text(&file, span(der, file.der_len), PEM_PUBLIC_KEY);
        key.key.len--;
        assert_int_equal(keyformat_public_write(der, &key), PQHW_ARGUMENTS_BAD);
    }
}

static void test_private(void **context)
{
    static struct file files[3];

    (void)context;
    for (size_t i = 0; example_alg(i) != NULL; i++) {
        const struct keyformat_alg *alg = example_alg(i);
        struct keyformat_private keys[3];

        for (size_t form = 0; form < 3; form++) {
            uint8_t der[MAX_FILE];
            struct file *file = &files[form];
            struct keyformat_private *key = &keys[form];

            load_private(file, alg, forms[form]);
            assert_int_equal(keyformat_private_read(key, der_of(file)), PQHW_OK);
            assert_ptr_equal(key->alg, alg);
            assert_int_equal(key->seed.len, form == 1 ? 0 : alg->seed_len);
            assert_int_equal(key->expanded.len, form == 0 ? 0 : alg->expanded_len);
            assert_int_equal(key->key_public.len, 0);
            assert_int_equal(check(key), PQHW_OK);
            assert_int_equal(keyformat_private_len(key), file->der_len);
            der[file->der_len] = 0x7e;
            assert_int_equal(keyformat_private_write(der, key), PQHW_OK);
            assert_int_equal(der[file->der_len], 0x7e);
            assert_memory_equal(der, file->der, file->der_len);
            assert_same_text(file, span(der, file->der_len), PEM_PRIVATE_KEY);
        }
        assert_true(span_equal(keys[0].seed, keys[2].seed));
        assert_true(span_equal(keys[1].expanded, keys[2].expanded));
    }
}

/* A public key that came along is compared, for each form of the private one. */
static void test_check_public(void **context)
{
    static struct file priv, pub;

    (void)context;
    for (size_t i = 0; example_alg(i) != NULL; i++) {
        struct keyformat_public public;
        load_public(&pub, example_alg(i));
        assert_int_equal(keyformat_public_read(&public, der_of(&pub)), PQHW_OK);
        for (size_t form = 0; form < 3; form++) {
            struct keyformat_private key;
            load_private(&priv, example_alg(i), forms[form]);
            assert_int_equal(keyformat_private_read(&key, der_of(&priv)), PQHW_OK);
            key.key_public = public.key;
            assert_int_equal(check(&key), PQHW_OK);
            pub.der[pub.der_len - 1] ^= 1;
            assert_int_equal(check(&key), PQHW_DATA_INVALID);
            pub.der[pub.der_len - 1] ^= 1;
        }
    }
}

static void test_bad_examples(void **context)
{
    static const char *const names[] = {
        "bad-ML-DSA-44-1.priv",  "bad-ML-DSA-44-2.priv",  "bad-ML-DSA-44-3.priv",
        "bad-ML-KEM-512-1.priv", "bad-ML-KEM-512-2.priv", "bad-ML-KEM-512-3.priv",
        "bad-ML-KEM-512-4.priv",
    };
    static struct file file;

    (void)context;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct keyformat_private key;
        load(&file, names[i], PEM_PRIVATE_KEY);
        enum pqhw_status status = keyformat_private_read(&key, der_of(&file));
        if (status == PQHW_OK)
            status = check(&key);
        if (status != PQHW_DATA_INVALID)
            fail_msg("%s: %s", names[i], pqhw_status_name(status));
    }
}

static void test_write_arguments(void **context)
{
    static struct file file;
    struct keyformat_private key, part;
    uint8_t der[MAX_FILE];

    (void)context;
    load_private(&file, keyformat_alg(4), "both");
    assert_int_equal(keyformat_private_read(&key, der_of(&file)), PQHW_OK);
    part = key;
    part.seed = part.expanded = SPAN_EMPTY;
    assert_int_equal(keyformat_private_write(der, &part), PQHW_ARGUMENTS_BAD);
    part = key;
    part.seed.len--;
    assert_int_equal(keyformat_private_write(der, &part), PQHW_ARGUMENTS_BAD);
    part = key;
    part.expanded.len--;
    assert_int_equal(keyformat_private_write(der, &part), PQHW_ARGUMENTS_BAD);
}

/* The address of a copy of its own, so that a read past the end is seen by the sanitizer. */
static uint8_t *copy_of(struct span data)
{
    uint8_t *copy = malloc(data.len + (data.len == 0));

    assert_non_null(copy);
    if (data.len > 0)
        memcpy(copy, data.ptr, data.len);
    return copy;
}

static void test_truncated(void **context)
{
    static struct file file;

    (void)context;
    for (size_t i = 0; example_alg(i) != NULL; i++) {
        struct keyformat_private key;
        struct keyformat_public public;

        for (size_t form = 0; form < 4; form++) {
            if (form < 3)
                load_private(&file, example_alg(i), forms[form]);
            else
                load_public(&file, example_alg(i));
            for (size_t len = 0; len < file.der_len; len++) {
                uint8_t *copy = copy_of(span(file.der, len));
                enum pqhw_status status = form < 3
                                              ? keyformat_private_read(&key, span(copy, len))
                                              : keyformat_public_read(&public, span(copy, len));
                assert_int_equal(status, PQHW_DATA_INVALID);
                free(copy);
            }
            /* Nor may anything follow. */
            file.der[file.der_len] = 0;
            struct span longer = span(file.der, file.der_len + 1);
            assert_int_equal(form < 3 ? keyformat_private_read(&key, longer)
                                      : keyformat_public_read(&public, longer),
                             PQHW_DATA_INVALID);
        }
    }
}

static bool inside(const uint8_t *at, struct span part)
{
    return part.len > 0 && at >= part.ptr && at < part.ptr + part.len;
}

/*
 * Outside of the key's own bytes each of the 255 changes of each byte is refused, but for two: the
 * version may be 2, and the OID of a seed may become that of a sister with a seed of that length.
 */
static void try_changes(struct file *file)
{
    struct keyformat_private good, key;
    const size_t version_at = file->der[1] == 0x82 ? 6 : 4;

    assert_int_equal(keyformat_private_read(&good, der_of(file)), PQHW_OK);
    for (size_t at = 0; at < file->der_len; at++) {
        bool of_key = inside(file->der + at, good.seed) || inside(file->der + at, good.expanded);
        uint8_t was = file->der[at];
        for (unsigned change = 1; change < 256; change += of_key ? 101 : 1) {
            file->der[at] = (uint8_t)(was ^ change);
            if (keyformat_private_read(&key, der_of(file)) == PQHW_OK) {
                bool version = at == version_at && file->der[at] == 1;
                bool sister = key.alg != good.alg && key.expanded.len == 0;
                assert_true(of_key || version || sister);
                assert_ptr_equal(key.seed.ptr, good.seed.ptr);
                assert_ptr_equal(key.expanded.ptr, good.expanded.ptr);
            } else {
                assert_false(of_key);
                assert_null(key.alg);
                assert_int_equal(key.seed.len + key.expanded.len, 0);
            }
        }
        file->der[at] = was;
    }
}

static void test_changed(void **context)
{
    static struct file file;

    (void)context;
    for (size_t i = 0; example_alg(i) != NULL; i++) {
        for (size_t form = 0; form < 3; form++) {
            load_private(&file, example_alg(i), forms[form]);
            try_changes(&file);
        }
    }
}

static void test_changed_public(void **context)
{
    static struct file file;
    struct keyformat_public good, key;

    (void)context;
    for (size_t i = 0; example_alg(i) != NULL; i++) {
        load_public(&file, example_alg(i));
        assert_int_equal(keyformat_public_read(&good, der_of(&file)), PQHW_OK);
        for (size_t at = 0; at < file.der_len; at++) {
            bool of_key = inside(file.der + at, good.key);
            uint8_t was = file.der[at];
            for (unsigned change = 1; change < 256; change += of_key ? 101 : 1) {
                file.der[at] = (uint8_t)(was ^ change);
                assert_int_equal(keyformat_public_read(&key, der_of(&file)) == PQHW_OK, of_key);
            }
            file.der[at] = was;
        }
    }
}

static void test_unknown_algorithm(void **context)
{
    static struct file file;
    struct keyformat_private key;
    struct keyformat_public public;

    (void)context;
    load_private(&file, keyformat_alg(0), "seed");
    file.der[15] = 0x7f; /* the last number of the OID */
    assert_int_equal(keyformat_private_read(&key, der_of(&file)), PQHW_PARAMETER_SET_NOT_SUPPORTED);
    load_public(&file, keyformat_alg(0));
    file.der[16] = 0x7f;
    assert_int_equal(keyformat_public_read(&public, der_of(&file)),
                     PQHW_PARAMETER_SET_NOT_SUPPORTED);
}

/* Version 2, which may carry attributes and the public key */

struct version2 {
    uint8_t version;
    struct span attributes; /* contents of [0]; absent if empty */
    struct span public_key; /* contents of [1] */
    struct span params;     /* after the OID */
};

static size_t size_unless_empty(struct span content)
{
    return content.len == 0 ? 0 : der_size(content.len);
}

static struct span build(uint8_t *out, const struct version2 *v)
{
    static const uint8_t seed[32] = {1, 2, 3};
    const struct keyformat_alg *alg = keyformat_alg(0);
    struct der_writer w = {.out = out, .room = MAX_FILE};
    size_t id_len = der_size(alg->oid_len) + v->params.len;

    der_write_header(&w, DER_SEQUENCE,
                     der_size(1) + der_size(id_len) + der_size(der_size(sizeof(seed))) +
                         size_unless_empty(v->attributes) + size_unless_empty(v->public_key));
    der_write_header(&w, DER_INTEGER, 1);
    der_write_bytes(&w, span(&v->version, 1));
    der_write_header(&w, DER_SEQUENCE, id_len);
    der_write_header(&w, DER_OID, alg->oid_len);
    der_write_bytes(&w, span(alg->oid, alg->oid_len));
    der_write_bytes(&w, v->params);
    der_write_header(&w, DER_OCTET_STRING, der_size(sizeof(seed)));
    der_write_header(&w, DER_CONTEXT(0), sizeof(seed));
    der_write_bytes(&w, SPAN(seed));
    if (v->attributes.len > 0) {
        der_write_header(&w, DER_CONTEXT_GROUP(0), v->attributes.len);
        der_write_bytes(&w, v->attributes);
    }
    if (v->public_key.len > 0) {
        der_write_header(&w, DER_CONTEXT(1), v->public_key.len);
        der_write_bytes(&w, v->public_key);
    }
    assert_false(w.failed);
    return span(out, w.len);
}

static void test_version_2(void **context)
{
    static uint8_t out[MAX_FILE];
    static uint8_t bits[1 + 1312], odd_bits[1 + 1312] = {1};
    static const uint8_t attribute[] = {0x30, 0x06, 0x06, 0x02, 0x2a, 0x03, 0x31, 0x00};
    static const uint8_t bad_attribute[] = {0x30, 0x07, 0x06, 0x02, 0x2a, 0x03, 0x31, 0x00};
    static const uint8_t null_params[] = {0x05, 0x00};
    static const struct {
        struct version2 v;
        enum pqhw_status status;
    } cases[] = {
        {{.version = 0}, PQHW_OK},
        {{.version = 1}, PQHW_OK},
        {{.version = 2}, PQHW_DATA_INVALID},
        {{.version = 0x80}, PQHW_DATA_INVALID},
        {{.version = 0, .attributes = SPAN(attribute)}, PQHW_OK},
        {{.version = 1, .attributes = SPAN(attribute)}, PQHW_OK},
        {{.version = 1, .attributes = SPAN(attribute), .public_key = SPAN(bits)}, PQHW_OK},
        {{.version = 1, .public_key = SPAN(bits)}, PQHW_OK},
        {{.version = 0, .public_key = SPAN(bits)}, PQHW_DATA_INVALID},
        {{.version = 1, .public_key = SPAN(odd_bits)}, PQHW_DATA_INVALID},
        {{.version = 1, .public_key = {bits, 1312}}, PQHW_DATA_INVALID},
        {{.version = 1, .public_key = {bits, 1}}, PQHW_DATA_INVALID},
        {{.version = 0, .attributes = SPAN(bad_attribute)}, PQHW_DATA_INVALID},
        {{.version = 0, .attributes = SPAN(null_params)}, PQHW_DATA_INVALID},
        {{.version = 0, .params = SPAN(null_params)}, PQHW_DATA_INVALID},
    };

    (void)context;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct keyformat_private key;
        struct span der = build(out, &cases[i].v);
        assert_int_equal(keyformat_private_read(&key, der), cases[i].status);
        if (cases[i].status == PQHW_OK) {
            assert_int_equal(key.seed.len, 32);
            assert_int_equal(key.key_public.len, cases[i].v.public_key.len > 0 ? 1312 : 0);
            assert_int_equal(check(&key), key.key_public.len > 0 ? PQHW_DATA_INVALID : PQHW_OK);
        }
        for (size_t len = 0; len < der.len; len++) {
            uint8_t *copy = copy_of(span(der.ptr, len));
            assert_int_equal(keyformat_private_read(&key, span(copy, len)), PQHW_DATA_INVALID);
            free(copy);
        }
    }
}

/* PEM */

static enum pqhw_status decode(uint8_t out[200], size_t *len, const char *text)
{
    return pem_decode(out, len, 200, span(text, strlen(text)), "X Y");
}

static void test_pem_accepts(void **context)
{
    static const struct {
        const char *text, *data;
    } cases[] = {
        /* the examples of RFC 4648, 10 */
        {"-----BEGIN X Y-----\n-----END X Y-----\n", ""},
        {"-----BEGIN X Y-----\nZg==\n-----END X Y-----\n", "f"},
        {"-----BEGIN X Y-----\nZm8=\n-----END X Y-----\n", "fo"},
        {"-----BEGIN X Y-----\nZm9v\n-----END X Y-----\n", "foo"},
        {"-----BEGIN X Y-----\nZm9vYg==\n-----END X Y-----\n", "foob"},
        {"-----BEGIN X Y-----\nZm9vYmE=\n-----END X Y-----\n", "fooba"},
        {"-----BEGIN X Y-----\nZm9vYmFy\n-----END X Y-----\n", "foobar"},
        /* what others write */
        {"-----BEGIN X Y-----\r\nZm9v\r\nYmFy\r\n-----END X Y-----\r\n", "foobar"},
        {"-----BEGIN X Y-----\nZm9v\nYmFy\n-----END X Y-----", "foobar"},
        {"Subject: a key\nof mine\n\n-----BEGIN X Y-----\nZm9v\n-----END X Y-----\nmore", "foo"},
        {"-----BEGIN X Y----- \n Zm\t9v \n\n-----END X Y-----\n", "foo"},
        {"-----BEGIN X-----\nYmFy\n-----END X-----\n-----BEGIN X Y-----\nZm9v\n-----END X Y-----\n",
         "foo"},
        {"-----BEGIN X Y-----\nZm9v\n-----END X Y-----\n"
         "-----BEGIN X Y-----\nYmFy\n-----END X Y-----\n",
         "foo"},
        {"no -----BEGIN X Y-----\n-----BEGIN X Y-----\nZm9v\n-----END X Y-----\n", "foo"},
        {"-----BEGIN X Y-----\n++//\n-----END X Y-----\n", "\xfb\xef\xff"},
    };

    (void)context;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint8_t out[200];
        size_t len;
        assert_int_equal(decode(out, &len, cases[i].text), PQHW_OK);
        assert_int_equal(len, strlen(cases[i].data));
        assert_memory_equal(out, cases[i].data, len);
    }
}

static void test_pem_refuses(void **context)
{
    static const struct {
        const char *text;
        enum pqhw_status status;
    } cases[] = {
        {"", PQHW_NOT_FOUND},
        {"Zm9v", PQHW_NOT_FOUND},
        {" -----BEGIN X Y-----\nZm9v\n-----END X Y-----\n", PQHW_NOT_FOUND},
        {"-----BEGIN X-----\nZm9v\n-----END X-----\n", PQHW_NOT_FOUND},
        {"-----BEGIN X Y-----", PQHW_DATA_INVALID},
        {"-----BEGIN X Y-----Zm9v\n-----END X Y-----\n", PQHW_DATA_INVALID},
        {"-----BEGIN X Y-----\nZm9v\n", PQHW_DATA_INVALID},
        {"-----BEGIN X Y-----\nZm9v\n-----END X-----\n", PQHW_DATA_INVALID},
        {"-----BEGIN X Y-----\nZm9v-----END X Y-----\n", PQHW_DATA_INVALID},
        {"-----BEGIN X Y-----\nZm9\n-----END X Y-----\n", PQHW_DATA_INVALID},
        {"-----BEGIN X Y-----\nZ\n-----END X Y-----\n", PQHW_DATA_INVALID},
        {"-----BEGIN X Y-----\nZ===\n-----END X Y-----\n", PQHW_DATA_INVALID},
        {"-----BEGIN X Y-----\nZg=\n-----END X Y-----\n", PQHW_DATA_INVALID},
        {"-----BEGIN X Y-----\nZg===\n-----END X Y-----\n", PQHW_DATA_INVALID},
        {"-----BEGIN X Y-----\nZm9v====\n-----END X Y-----\n", PQHW_DATA_INVALID},
        {"-----BEGIN X Y-----\nZg==Zg==\n-----END X Y-----\n", PQHW_DATA_INVALID},
        {"-----BEGIN X Y-----\nZh==\n-----END X Y-----\n", PQHW_DATA_INVALID},
        {"-----BEGIN X Y-----\nZm9=\n-----END X Y-----\n", PQHW_DATA_INVALID},
        {"-----BEGIN X Y-----\nZm-v\n-----END X Y-----\n", PQHW_DATA_INVALID},
        {"-----BEGIN X Y-----\nA: b\n\nZm9v\n-----END X Y-----\n", PQHW_DATA_INVALID},
    };

    (void)context;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint8_t out[200];
        size_t len = 7;
        memset(out, 0xee, sizeof(out));
        enum pqhw_status status = decode(out, &len, cases[i].text);
        if (status != cases[i].status)
            fail_msg("%s: %s", cases[i].text, pqhw_status_name(status));
        assert_int_equal(len, 0);
        for (size_t k = 0; k < sizeof(out); k++)
            assert_int_equal(out[k], 0);
    }
}

/* Every character but the 64, the space and the padding is refused; every bit is carried. */
static void test_pem_alphabet(void **context)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char text[] = "-----BEGIN X Y-----\nAA?A\n-----END X Y-----\n";
    char *hole = strchr(text, '?');

    (void)context;
    for (int c = 1; c < 256; c++) {
        uint8_t out[200];
        size_t len;
        const char *found = strchr(alphabet, c);
        *hole = (char)c;
        assert_int_equal(decode(out, &len, text) == PQHW_OK, found != NULL);
        if (found != NULL) {
            size_t value = (size_t)(found - alphabet);
            assert_int_equal(out[1] << 8 | out[2], value << 6);
        }
    }
}

static void test_pem_round_trip(void **context)
{
    uint8_t data[200], back[200];
    char text[400];

    (void)context;
    for (size_t len = 0; len < sizeof(data); len++) {
        size_t back_len, text_len = pem_encoded_len(len, "X Y");
        for (size_t i = 0; i < len; i++)
            data[i] = (uint8_t)(i * 89 + len);
        text[text_len] = 0x7e;
        pem_encode(text, "X Y", span(data, len));
        assert_int_equal(text[text_len], 0x7e);
        assert_int_equal(text[text_len - 1], '\n');
        assert_true(pem_max_decoded(text_len) >= len);
        assert_int_equal(pem_decode(back, &back_len, len, span(text, text_len), "X Y"), PQHW_OK);
        assert_int_equal(back_len, len);
        assert_memory_equal(back, data, len);
        if (len > 0)
            assert_int_equal(pem_decode(back, &back_len, len - 1, span(text, text_len), "X Y"),
                             PQHW_BUFFER_TOO_SMALL);
    }
}

static void test_pem_truncated_and_changed(void **context)
{
    static struct file file;
    uint8_t out[200];
    size_t len;

    (void)context;
    load_private(&file, keyformat_alg(3), "seed");
    const size_t end = file.text_len - 1; /* the last LF may be missing */
    for (size_t cut = 0; cut < end; cut++) {
        uint8_t *copy = copy_of(span(file.text, cut));
        assert_int_not_equal(pem_decode(out, &len, sizeof(out), span(copy, cut), PEM_PRIVATE_KEY),
                             PQHW_OK);
        free(copy);
    }
    for (size_t at = 0; at < file.text_len; at++) {
        char was = file.text[at];
        for (int change = 1; change < 256; change++) {
            struct keyformat_private key;
            file.text[at] = (char)(was ^ change);
            if (pem_decode(out, &len, sizeof(out), span(file.text, file.text_len),
                           PEM_PRIVATE_KEY) == PQHW_OK &&
                keyformat_private_read(&key, span(out, len)) == PQHW_OK)
                assert_true(key.seed.len == key.alg->seed_len);
        }
        file.text[at] = was;
    }
}

/* DER */

static void test_der_lengths(void **context)
{
    static const size_t lens[] = {0, 1, 127, 128, 255, 256, 65535, 65536, 0xffffff, 0x1000000};

    (void)context;
    for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
        size_t total = der_size(lens[i]);
        uint8_t *out = calloc(1, total);
        assert_non_null(out);
        struct der_writer w = {.out = out, .room = total - lens[i]};
        der_write_header(&w, DER_OCTET_STRING, lens[i]);
        assert_false(w.failed);
        assert_int_equal(w.len, w.room);
        struct reader r = reader(span(out, total));
        assert_true(der_next_is(&r, DER_OCTET_STRING));
        assert_int_equal(der_read(&r, DER_OCTET_STRING).len, lens[i]);
        assert_true(read_finished(&r));
        r = reader(span(out, total));
        assert_int_equal(der_read(&r, DER_SEQUENCE).len, 0);
        assert_true(r.failed);
        der_write_bytes(&w, SPAN_STR("x"));
        assert_true(w.failed);
        free(out);
    }
}

static void test_der_refuses(void **context)
{
    static const struct {
        uint8_t bytes[12];
        size_t len;
    } cases[] = {
        {{0}, 0},
        {{0x04}, 1},
        {{0x04, 0x80, 0x00, 0x00}, 4},             /* indefinite */
        {{0x04, 0x81, 0x01, 0xaa}, 4},             /* long form of a short length */
        {{0x04, 0x82, 0x00, 0x01, 0xaa}, 5},       /* leading zero */
        {{0x04, 0x85, 0, 0, 0, 0, 1, 0xaa}, 8},    /* five octets */
        {{0x04, 0xff, 0x01}, 3},                   /* reserved */
        {{0x04, 0x84, 0xff, 0xff, 0xff, 0xff}, 6}, /* longer than the rest */
        {{0x1f, 0x01, 0xaa}, 3},                   /* tag of several bytes */
        {{0x3f, 0x81, 0x01, 0x00}, 4},
        {{0x04, 0x02, 0xaa}, 3},
    };

    (void)context;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint8_t tag;
        uint8_t *copy = copy_of(span(cases[i].bytes, cases[i].len));
        struct reader r = reader(span(copy, cases[i].len));
        assert_int_equal(der_read_any(&r, &tag).len, 0);
        assert_true(r.failed);
        assert_false(der_next_is(&r, 0));
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),          cmocka_unit_test(test_public),
        cmocka_unit_test(test_private),        cmocka_unit_test(test_check_public),
        cmocka_unit_test(test_bad_examples),   cmocka_unit_test(test_write_arguments),
        cmocka_unit_test(test_truncated),      cmocka_unit_test(test_changed),
        cmocka_unit_test(test_changed_public), cmocka_unit_test(test_unknown_algorithm),
        cmocka_unit_test(test_version_2),      cmocka_unit_test(test_pem_accepts),
        cmocka_unit_test(test_pem_refuses),    cmocka_unit_test(test_pem_alphabet),
        cmocka_unit_test(test_pem_round_trip), cmocka_unit_test(test_pem_truncated_and_changed),
        cmocka_unit_test(test_der_lengths),    cmocka_unit_test(test_der_refuses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
