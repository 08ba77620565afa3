/* SPDX-License-Identifier: Apache-2.0
 *
 * RSA. The public vectors are in tests/vectors/classic_test.py.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/wanted.h"
#include "crypto/classic/rsa.h"
#include "crypto/keyformat/rsa_der.h"
#include "crypto_allocations.h"

#define LEN 256

static struct classic *classic;
static struct rsa_key *key, *pub;
static uint8_t numbers[RSA_NUM_PARTS][LEN + 1]; /* with a zero in front */
static struct span parts[RSA_NUM_PARTS];
static const uint8_t f4[] = {1, 0, 1};
static const uint8_t hash[DIGEST_MAX_LEN] = {1, 2, 3};

static const struct rsa_scheme none = {.padding = RSA_PAD_NONE};
static const struct rsa_scheme pkcs1 = {.padding = RSA_PAD_PKCS1};
static const struct rsa_scheme pss = {
    .padding = RSA_PAD_PSS,
    .hash = DIGEST_SHA256,
    .mgf_hash = DIGEST_SHA256,
    .salt_len = 32,
};
static const struct rsa_scheme oaep = {
    .padding = RSA_PAD_OAEP,
    .hash = DIGEST_SHA256,
    .mgf_hash = DIGEST_SHA1,
    .label = {(const uint8_t *)"label", 5},
};

static int make_keys(void)
{
    if (rsa_generate(&key, classic, 8 * LEN, SPAN(f4)) != PQHW_OK)
        return -1;
    for (int part = 0; part < RSA_NUM_PARTS; part++) {
        if (rsa_part_get(key, (enum rsa_part)part, numbers[part] + 1) != PQHW_OK)
            return -1;
        parts[part] = span(numbers[part], 1 + rsa_part_len(key, (enum rsa_part)part));
    }
    return rsa_public_new(&pub, classic, parts[RSA_MODULUS], parts[RSA_PUBLIC_EXPONENT]) == PQHW_OK
               ? 0
               : -1;
}

/* ---- keys ---- */

static void test_generated(void **state)
{
    (void)state;
    assert_true(rsa_is_private(key));
    assert_false(rsa_is_private(pub));
    assert_int_equal(rsa_len(key), LEN);
    assert_int_equal(rsa_check(key), PQHW_OK);
    assert_int_equal(rsa_check(pub), PQHW_OK);
    assert_int_equal(rsa_part_len(key, RSA_PUBLIC_EXPONENT), 3);
    assert_memory_equal(numbers[RSA_PUBLIC_EXPONENT] + 1, f4, 3);
    assert_true(rsa_size(key) > rsa_size(pub));
}

static unsigned answers;

static bool answer(void)
{
    return answers > 0 && --answers > 0;
}

/* Half-way, whenever that is. */
static void test_generate_stops(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 8; n++) {
        struct rsa_key *none_made;
        answers = n;
        still_wanted_ask(answer);
        assert_int_equal(rsa_generate(&none_made, classic, 8192, SPAN(f4)), PQHW_CANCELED);
        still_wanted_ask(NULL);
        assert_null(none_made);
    }
}

static void test_generate_refuses(void **state)
{
    (void)state;
    static const uint8_t even[] = {1, 0, 2}, small[] = {3}, large[9] = {1, [8] = 1};
    struct rsa_key *none_made;

    for (size_t bits = 0; bits <= 16384; bits += 8) {
        if (bits < RSA_MIN_BITS || bits > RSA_MAX_BITS)
            assert_int_equal(rsa_generate(&none_made, classic, bits, SPAN(f4)),
                             PQHW_KEY_SIZE_RANGE);
    }
    assert_int_equal(rsa_generate(&none_made, classic, 2049, SPAN(f4)), PQHW_KEY_SIZE_RANGE);
    assert_int_equal(rsa_generate(&none_made, classic, 2048, SPAN(even)), PQHW_ARGUMENTS_BAD);
    assert_int_equal(rsa_generate(&none_made, classic, 2048, SPAN(small)), PQHW_ARGUMENTS_BAD);
    assert_int_equal(rsa_generate(&none_made, classic, 2048, SPAN(large)), PQHW_ARGUMENTS_BAD);
    assert_int_equal(rsa_generate(&none_made, classic, 2048, SPAN_EMPTY), PQHW_ARGUMENTS_BAD);
    assert_null(none_made);
}

/* A key opened from its numbers works, also where those that follow from others are not given. */
static void test_opened_from_numbers(void **state)
{
    (void)state;
    for (unsigned given = 0; given < 8; given++) {
        struct span some[RSA_NUM_PARTS];
        struct rsa_key *opened;
        uint8_t sig[LEN], number[LEN];

        memcpy(some, parts, sizeof(some));
        for (int i = 0; i < 3; i++) {
            if ((given >> i & 1) == 0)
                some[RSA_EXPONENT_1 + i] = SPAN_EMPTY;
        }
        assert_int_equal(rsa_private_new(&opened, classic, some), PQHW_OK);
        assert_int_equal(rsa_check(opened), PQHW_OK);
        for (int part = 0; part < RSA_NUM_PARTS; part++) {
            assert_int_equal(rsa_part_get(opened, (enum rsa_part)part, number), PQHW_OK);
            assert_memory_equal(number, numbers[part] + 1,
                                rsa_part_len(opened, (enum rsa_part)part));
        }
        assert_int_equal(rsa_sign(opened, sig, &pkcs1, span(hash, 20)), PQHW_OK);
        assert_int_equal(rsa_verify(pub, &pkcs1, span(hash, 20), SPAN(sig)), PQHW_OK);
        rsa_free(opened);
    }
}

/* Without primes they are found, and the key is the same one, but for the order of its primes. */
static void test_primes_are_found(void **state)
{
    (void)state;
    struct span some[RSA_NUM_PARTS];
    struct rsa_key *opened;
    uint8_t number[2][LEN];
    const size_t half = LEN / 2;

    memcpy(some, parts, sizeof(some));
    some[RSA_PRIME_1] = some[RSA_PRIME_2] = SPAN_EMPTY;
    for (int i = 0; i < 2; i++) { /* the second time without what follows from them, too */
        assert_int_equal(rsa_private_new(&opened, classic, some), PQHW_OK);
        assert_int_equal(rsa_check(opened), PQHW_OK);
        assert_int_equal(rsa_part_get(opened, RSA_PRIME_1, number[0]), PQHW_OK);
        assert_int_equal(rsa_part_get(opened, RSA_PRIME_2, number[1]), PQHW_OK);
        assert_true(memcmp(number[0], number[1], half) > 0);
        int swapped = memcmp(number[0], numbers[RSA_PRIME_1] + 1, half) != 0;
        assert_memory_equal(number[swapped], numbers[RSA_PRIME_1] + 1, half);
        assert_memory_equal(number[1 - swapped], numbers[RSA_PRIME_2] + 1, half);
        rsa_free(opened);
        for (int part = RSA_EXPONENT_1; part <= RSA_COEFFICIENT; part++)
            some[part] = SPAN_EMPTY;
    }
}

static enum pqhw_status open_without_primes(struct span n, struct span e, struct span d)
{
    const struct span some[RSA_NUM_PARTS] = {n, e, d};
    struct rsa_key *opened;
    enum pqhw_status status = rsa_private_new(&opened, classic, some);

    rsa_free(opened);
    return status;
}

/* Exponents that do not belong to the modulus, or a modulus of other primes. */
static void test_no_primes_to_find(void **state)
{
    (void)state;
    struct span n = parts[RSA_MODULUS], e = parts[RSA_PUBLIC_EXPONENT];
    struct span d = parts[RSA_PRIVATE_EXPONENT];
    uint8_t other[LEN + 1];

    assert_int_equal(open_without_primes(n, e, d), PQHW_OK);
    for (size_t bit = 0; bit < 16; bit++) {
        memcpy(other, d.ptr, d.len);
        other[d.len - 1 - bit * 16] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(open_without_primes(n, e, span(other, d.len)), PQHW_DATA_INVALID);
        memcpy(other, n.ptr, n.len);
        other[n.len - 2 - bit * 15] ^= 4;
        assert_int_equal(open_without_primes(span(other, n.len), e, d), PQHW_DATA_INVALID);
    }
    assert_int_equal(open_without_primes(n, e, SPAN_STR("\1")), PQHW_DATA_INVALID);
    assert_int_equal(open_without_primes(n, e, SPAN_EMPTY), PQHW_DATA_INVALID);
    assert_int_equal(open_without_primes(n, SPAN_STR("\3"), d), PQHW_DATA_INVALID);
    memset(other, 0xff, sizeof(other));
    assert_int_equal(open_without_primes(n, e, SPAN(other)), PQHW_DATA_INVALID);
}

static enum pqhw_status open_and_check(const struct span given[RSA_NUM_PARTS])
{
    struct rsa_key *opened;
    enum pqhw_status status = rsa_private_new(&opened, classic, given);

    if (status == PQHW_OK)
        status = rsa_check(opened);
    rsa_free(opened);
    return status;
}

/* Any number changed in its last bits, and the key is refused. */
static void test_inconsistent(void **state)
{
    (void)state;
    for (int part = 0; part < RSA_NUM_PARTS; part++) {
        uint8_t changed[LEN + 1];
        struct span some[RSA_NUM_PARTS];

        memcpy(some, parts, sizeof(some));
        memcpy(changed, numbers[part], sizeof(changed));
        changed[some[part].len - 1] ^= 2;
        some[part].ptr = changed;
        assert_int_equal(open_and_check(some), PQHW_DATA_INVALID);
        some[part] = SPAN_EMPTY;
        enum pqhw_status status = open_and_check(some);
        if (part == RSA_MODULUS)
            assert_int_equal(status, PQHW_KEY_SIZE_RANGE);
        else
            assert_int_equal(status, part < RSA_EXPONENT_1 ? PQHW_DATA_INVALID : PQHW_OK);
    }
}

static void test_public_refused(void **state)
{
    (void)state;
    static const uint8_t one[] = {1}, two[] = {2}, three[] = {3}, large[9] = {1, [8] = 1};
    uint8_t n[RSA_MAX_LEN + 1];
    struct rsa_key *opened;
    struct span good = parts[RSA_MODULUS];

    assert_int_equal(rsa_public_new(&opened, classic, good, SPAN(one)), PQHW_DATA_INVALID);
    assert_int_equal(rsa_public_new(&opened, classic, good, SPAN(two)), PQHW_DATA_INVALID);
    assert_int_equal(rsa_public_new(&opened, classic, good, SPAN(large)), PQHW_DATA_INVALID);
    assert_int_equal(rsa_public_new(&opened, classic, good, SPAN_EMPTY), PQHW_DATA_INVALID);
    assert_int_equal(rsa_public_new(&opened, classic, good, SPAN(three)), PQHW_OK);
    rsa_free(opened);
    memset(n, 0xff, sizeof(n));
    assert_int_equal(rsa_public_new(&opened, classic, span(n, 255), SPAN(f4)), PQHW_KEY_SIZE_RANGE);
    assert_int_equal(rsa_public_new(&opened, classic, SPAN(n), SPAN(f4)), PQHW_KEY_SIZE_RANGE);
    assert_int_equal(rsa_public_new(&opened, classic, SPAN_EMPTY, SPAN(f4)), PQHW_KEY_SIZE_RANGE);
    n[LEN - 1] = 0xfe;
    assert_int_equal(rsa_public_new(&opened, classic, span(n, LEN), SPAN(f4)), PQHW_DATA_INVALID);
    n[LEN - 1] = 0xff; /* divisible by 3 */
    assert_int_equal(rsa_public_new(&opened, classic, span(n, LEN), SPAN(f4)), PQHW_OK);
    assert_int_equal(rsa_check(opened), PQHW_DATA_INVALID);
    rsa_free(opened);
}

/* ---- SubjectPublicKeyInfo ---- */

static void test_spki(void **state)
{
    (void)state;
    uint8_t der[RSA_SPKI_MAX + 1];
    struct span n, e;
    size_t len = rsa_spki(der, parts[RSA_MODULUS], SPAN(f4));

    assert_int_equal(rsa_spki_read(&n, &e, span(der, len)), PQHW_OK);
    assert_true(span_equal(n, span(numbers[RSA_MODULUS] + 1, LEN)));
    assert_true(span_equal(e, SPAN(f4)));
    for (size_t cut = 0; cut < len; cut++)
        assert_int_equal(rsa_spki_read(&n, &e, span(der, cut)), PQHW_DATA_INVALID);
    der[len] = 0;
    assert_int_equal(rsa_spki_read(&n, &e, span(der, len + 1)), PQHW_DATA_INVALID);
    der[len - 3] ^= 0x80; /* the exponent, made negative */
    assert_int_equal(rsa_spki_read(&n, &e, span(der, len)), PQHW_DATA_INVALID);
    der[len - 3] ^= 0x80;
    der[16] ^= 1; /* another algorithm: the end of its object identifier */
    assert_int_equal(rsa_spki_read(&n, &e, span(der, len)), PQHW_DATA_INVALID);
}

/* ---- RSAPrivateKey, in PKCS#8 and without ---- */

static void test_private_forms(void **state)
{
    (void)state;
    struct span read[RSA_NUM_PARTS];
    struct secret der;

    assert_int_equal(rsa_private_write(&der, parts), PQHW_OK);
    assert_int_equal(rsa_private_read(read, secret_span(&der)), PQHW_OK);
    assert_int_equal(rsa_private_read_bare(read, secret_span(&der)), PQHW_DATA_INVALID);
    /* Headers of 4 bytes, the version of 3, the algorithm of 15: what follows is the key. */
    struct span bare = span(der.ptr + 26, der.len - 26);
    assert_int_equal(rsa_private_read_bare(read, bare), PQHW_OK);
    for (int part = 0; part < RSA_NUM_PARTS; part++) {
        struct span expected = parts[part];
        while (expected.ptr[0] == 0)
            expected = span(expected.ptr + 1, expected.len - 1);
        assert_true(span_equal(read[part], expected));
    }
    assert_int_equal(rsa_private_read(read, bare), PQHW_DATA_INVALID);
    for (size_t cut = 0; cut < bare.len; cut++)
        assert_int_equal(rsa_private_read_bare(read, span(bare.ptr, cut)), PQHW_DATA_INVALID);
    secret_free(&der);
}

/* ---- signatures ---- */

static void test_sign(void **state)
{
    (void)state;
    static const struct {
        const struct rsa_scheme *scheme;
        size_t data_len;
    } cases[] = {{&none, 32}, {&none, 0}, {&pkcs1, 1}, {&pkcs1, LEN - 11}, {&pss, 32}};
    uint8_t data[LEN] = {0x55}, sig[LEN + 1] = {0};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct rsa_scheme *scheme = cases[i].scheme;
        struct span given = span(data, cases[i].data_len);
        assert_int_equal(rsa_sign(key, sig, scheme, given), PQHW_OK);
        assert_int_equal(rsa_verify(pub, scheme, given, span(sig, LEN)), PQHW_OK);
        assert_int_equal(rsa_verify(key, scheme, given, span(sig, LEN)), PQHW_OK);
        assert_int_equal(rsa_verify(pub, scheme, given, span(sig, LEN - 1)),
                         PQHW_SIGNATURE_LEN_RANGE);
        assert_int_equal(rsa_verify(pub, scheme, given, span(sig, LEN + 1)),
                         PQHW_SIGNATURE_LEN_RANGE);
        sig[LEN - 1] ^= 1;
        assert_int_equal(rsa_verify(pub, scheme, given, span(sig, LEN)), PQHW_SIGNATURE_INVALID);
        assert_int_equal(rsa_verify(pub, scheme, given, span(numbers[RSA_MODULUS] + 1, LEN)),
                         PQHW_SIGNATURE_INVALID); /* not below the modulus */
    }
}

static void test_lengths_of_data(void **state)
{
    (void)state;
    uint8_t data[LEN + 1] = {0}, sig[LEN];

    assert_int_equal(rsa_sign(key, sig, &pkcs1, span(data, LEN - 10)), PQHW_DATA_LEN_RANGE);
    assert_int_equal(rsa_sign(key, sig, &pkcs1, SPAN_EMPTY), PQHW_DATA_LEN_RANGE);
    assert_int_equal(rsa_sign(key, sig, &none, span(data, LEN + 1)), PQHW_DATA_LEN_RANGE);
    assert_int_equal(rsa_sign(key, sig, &pss, span(data, 31)), PQHW_DATA_LEN_RANGE);
    assert_int_equal(rsa_sign(key, sig, &pss, span(data, 33)), PQHW_DATA_LEN_RANGE);
    memset(data, 0xff, sizeof(data));
    assert_int_equal(rsa_sign(key, sig, &none, span(data, LEN)), PQHW_DATA_INVALID);
    assert_int_equal(rsa_encrypt(pub, sig, &oaep, span(data, LEN - 2 * 32 - 1)),
                     PQHW_DATA_LEN_RANGE);
    assert_int_equal(rsa_encrypt(pub, sig, &oaep, span(data, LEN - 2 * 32 - 2)), PQHW_OK);
}

static void test_pss_salts(void **state)
{
    (void)state;
    struct rsa_scheme scheme = pss;
    uint8_t sig[LEN];
    size_t longest = LEN - 32 - 2;

    for (size_t salt = 0; salt <= longest + 2; salt++) {
        scheme.salt_len = salt;
        enum pqhw_status status = rsa_sign(key, sig, &scheme, span(hash, 32));
        assert_int_equal(status, salt <= longest ? PQHW_OK : PQHW_MECHANISM_PARAM_INVALID);
        if (status != PQHW_OK)
            continue;
        assert_int_equal(rsa_verify(pub, &scheme, span(hash, 32), SPAN(sig)), PQHW_OK);
        scheme.salt_len ^= 1;
        assert_int_not_equal(rsa_verify(pub, &scheme, span(hash, 32), SPAN(sig)), PQHW_OK);
        salt += salt > 40 && salt < longest - 8 ? 7 : 0;
    }
    scheme.salt_len = SIZE_MAX;
    assert_int_equal(rsa_scheme_check(key, &scheme), PQHW_MECHANISM_PARAM_INVALID);
    scheme.salt_len = 0;
    scheme.hash = DIGEST_SHAKE128;
    assert_int_equal(rsa_scheme_check(key, &scheme), PQHW_MECHANISM_PARAM_INVALID);
}

/* RFC 8017, 9.2, note 1: the bytes in front of a SHA-256 hash. */
static void test_digest_info(void **state)
{
    (void)state;
    static const uint8_t sha256[] = {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                     0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};
    static const uint8_t sha1[] = {0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e,
                                   0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14};
    uint8_t info[RSA_MAX_DIGEST_INFO];

    assert_int_equal(rsa_digest_info(info, DIGEST_SHA256, hash), sizeof(sha256) + 32);
    assert_memory_equal(info, sha256, sizeof(sha256));
    assert_memory_equal(info + sizeof(sha256), hash, 32);
    assert_int_equal(rsa_digest_info(info, DIGEST_SHA1, hash), sizeof(sha1) + 20);
    assert_memory_equal(info, sha1, sizeof(sha1));
    assert_int_equal(rsa_digest_info(info, DIGEST_SHA512, hash), RSA_MAX_DIGEST_INFO);
}

/* ---- encryption ---- */

static void test_encrypt(void **state)
{
    (void)state;
    static const struct rsa_scheme *const schemes[] = {&pkcs1, &oaep};
    uint8_t data[LEN] = {0x55}, ct[LEN], got[LEN];
    size_t len;

    for (size_t i = 0; i < 2; i++) {
        size_t longest = rsa_max_data(pub, schemes[i]);
        for (size_t data_len = 0; data_len <= longest; data_len += data_len < 2 ? 1 : longest - 2) {
            assert_int_equal(rsa_encrypt(pub, ct, schemes[i], span(data, data_len)), PQHW_OK);
            assert_int_equal(rsa_decrypt(key, got, &len, schemes[i], SPAN(ct)), PQHW_OK);
            assert_int_equal(len, data_len);
            assert_memory_equal(got, data, len);
        }
        assert_int_equal(rsa_decrypt(key, got, &len, schemes[i], span(ct, LEN - 1)),
                         PQHW_ENCRYPTED_DATA_LEN_RANGE);
        assert_int_equal(
            rsa_decrypt(key, got, &len, schemes[i], span(numbers[RSA_MODULUS] + 1, LEN)),
            PQHW_ENCRYPTED_DATA_INVALID);
        assert_int_equal(len, 0);
    }
}

/* Numbers that exponents do little with are ciphertexts like any: 0, 1, n - 1 and a prime. */
static void test_special_ciphertexts(void **state)
{
    (void)state;
    uint8_t cts[4][LEN] = {{0}, {[LEN - 1] = 1}}, got[LEN];
    size_t len;

    memcpy(cts[2], numbers[RSA_MODULUS] + 1, LEN);
    cts[2][LEN - 1] ^= 1; /* n is odd */
    memcpy(cts[3] + LEN / 2, numbers[RSA_PRIME_1] + 1, LEN / 2);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(rsa_decrypt(key, got, &len, &oaep, SPAN(cts[i])),
                         PQHW_ENCRYPTED_DATA_INVALID);
        assert_int_equal(rsa_decrypt(key, got, &len, &pkcs1, SPAN(cts[i])), PQHW_OK);
    }
}

static void test_oaep_label(void **state)
{
    (void)state;
    struct rsa_scheme other = oaep;
    uint8_t ct[LEN], got[LEN];
    size_t len;

    other.label = SPAN_STR("Label");
    assert_int_equal(rsa_encrypt(pub, ct, &oaep, SPAN_STR("x")), PQHW_OK);
    memset(got, 1, sizeof(got));
    assert_int_equal(rsa_decrypt(key, got, &len, &other, SPAN(ct)), PQHW_ENCRYPTED_DATA_INVALID);
    for (size_t i = 0; i < sizeof(got); i++)
        assert_int_equal(got[i], 0);
}

/* Encoded messages of every wrong kind: an answer each, always the same one for a ciphertext, never
 * what stands in the message. */
static void test_implicit_rejection(void **state)
{
    (void)state;
    /* Where the message would start, if one did not look closely. */
    static const size_t starts[] = {LEN / 2 + 1, LEN / 2 + 1, 10, LEN, 3, LEN / 2 + 1};

    for (size_t kind = 0; kind < 6; kind++) {
        uint8_t em[LEN], ct[LEN], first[LEN], second[LEN];
        size_t first_len, second_len;

        memset(em, 0x77, sizeof(em));
        em[0] = kind == 0;               /* 01 02 … */
        em[1] = kind == 1 ? 1 : 2;       /* 00 01 … */
        em[kind == 2 ? 9 : LEN / 2] = 0; /* seven bytes of padding; */
        if (kind == 3)
            em[LEN / 2] = 0x77; /* no separator */
        if (kind == 4)
            em[2] = 0; /* no padding */
        assert_int_equal(rsa_encrypt(pub, ct, &none, SPAN(em)), PQHW_OK);
        assert_int_equal(rsa_decrypt(key, first, &first_len, &pkcs1, SPAN(ct)), PQHW_OK);
        assert_int_equal(rsa_decrypt(key, second, &second_len, &pkcs1, SPAN(ct)), PQHW_OK);
        assert_int_equal(first_len, second_len);
        assert_memory_equal(first, second, first_len);
        bool told =
            first_len == LEN - starts[kind] && memcmp(first, em + starts[kind], first_len) == 0;
        assert_int_equal(told, kind == 5); /* which is a good one */
    }
}

/* ---- RSASVE ---- */

static void test_sve(void **state)
{
    (void)state;
    uint8_t ct[LEN], ss[LEN], back[LEN], em[LEN];
    size_t len;

    for (size_t i = 0; i < 20; i++) {
        assert_int_equal(rsa_sve_generate(pub, ct, ss), PQHW_OK);
        assert_true(memcmp(ss, numbers[RSA_MODULUS] + 1, LEN) < 0);
        assert_int_equal(rsa_encrypt(pub, em, &none, SPAN(ss)), PQHW_OK);
        assert_memory_equal(em, ct, LEN);
        assert_int_equal(rsa_sve_recover(key, back, &len, SPAN(ct)), PQHW_OK);
        assert_int_equal(len, LEN);
        assert_memory_equal(back, ss, LEN);
        assert_int_equal(rsa_sve_recover(key, back, &len, span(ct, LEN - 1)),
                         PQHW_ENCRYPTED_DATA_LEN_RANGE);
    }
}

/* 0, 1, n - 1 and what is above are no ciphertexts; 2 and n - 2 are. */
static void test_sve_range(void **state)
{
    (void)state;
    uint8_t n[LEN], ct[LEN], ss[LEN];
    size_t len;

    memcpy(n, numbers[RSA_MODULUS] + 1, LEN);
    for (uint8_t small = 0; small <= 3; small++) {
        memset(ct, 0, LEN);
        ct[LEN - 1] = small;
        assert_int_equal(rsa_sve_recover(key, ss, &len, SPAN(ct)),
                         small < 2 ? PQHW_ENCRYPTED_DATA_INVALID : PQHW_OK);
    }
    for (unsigned less = 0; less <= 3; less++) {
        unsigned take = less;
        memcpy(ct, n, LEN);
        for (size_t i = LEN; i-- > 0 && take > 0;) {
            bool borrow = ct[i] < take;
            ct[i] = (uint8_t)(ct[i] - take);
            take = borrow;
        }
        assert_int_equal(rsa_sve_recover(key, ss, &len, SPAN(ct)),
                         less < 2 ? PQHW_ENCRYPTED_DATA_INVALID : PQHW_OK);
    }
    memset(ct, 0xff, LEN);
    assert_int_equal(rsa_sve_recover(key, ss, &len, SPAN(ct)), PQHW_ENCRYPTED_DATA_INVALID);
}

/* ---- failures and threads ---- */

static enum pqhw_status whole_life(void)
{
    enum pqhw_status status = PQHW_OK;
    struct rsa_key *opened = NULL;
    uint8_t out[LEN], back[LEN];
    size_t len;

    const struct span some[RSA_NUM_PARTS] = {parts[RSA_MODULUS], parts[RSA_PUBLIC_EXPONENT],
                                             parts[RSA_PRIVATE_EXPONENT]};

    TRY(rsa_private_new(&opened, classic, some));
    TRY(rsa_sign(opened, out, &pss, span(hash, 32)));
    TRY(rsa_verify(opened, &pss, span(hash, 32), SPAN(out)));
    TRY(rsa_encrypt(opened, out, &oaep, SPAN_STR("x")));
    TRY(rsa_decrypt(opened, back, &len, &oaep, SPAN(out)));
    TRY(rsa_encrypt(opened, out, &pkcs1, SPAN_STR("x")));
    TRY(rsa_decrypt(opened, back, &len, &pkcs1, SPAN(out)));
    REQUIRE(len == 1 && back[0] == 'x', PQHW_SELF_TEST_FAILED);
out:
    rsa_free(opened);
    return status;
}

static void test_allocations(void **state)
{
    (void)state;
    long n = 0;

    assert_int_equal(whole_life(), PQHW_OK);
    for (;; n++) {
        allocations_fail(n);
        enum pqhw_status status = whole_life();
        assert_int_not_equal(status, PQHW_SELF_TEST_FAILED);
        if (!allocations_end()) {
            assert_int_equal(status, PQHW_OK);
            break;
        }
    }
    assert_true(n > 100);
}

static enum pqhw_status sign_bare(const struct rsa_key *opened)
{
    uint8_t sig[LEN];
    enum pqhw_status status = rsa_sign(opened, sig, &pkcs1, span(hash, 32));

    (void)allocations_end(); /* verifying may have what it needs */
    return status == PQHW_OK ? rsa_verify(pub, &pkcs1, span(hash, 32), SPAN(sig)) : status;
}

static uint8_t valid_ct[LEN];

static enum pqhw_status decrypt_oaep(const struct rsa_key *opened)
{
    uint8_t back[LEN];
    size_t len;

    return rsa_decrypt(opened, back, &len, &oaep, SPAN(valid_ct));
}

/* That the padding is another one's is no failure. */
static enum pqhw_status decrypt_pkcs1(const struct rsa_key *opened)
{
    uint8_t back[LEN];
    size_t len;

    return rsa_decrypt(opened, back, &len, &pkcs1, SPAN(valid_ct));
}

/* Use a key that was used so often, with allocation n failing, and once more: that goes well, and
 * no use gives a wrong result, or says that what it was given was wrong. False if there is no such
 * allocation. */
static bool outlives_failure(enum pqhw_status (*use)(const struct rsa_key *), int used, long n)
{
    struct rsa_key *opened = NULL;

    assert_int_equal(rsa_private_new(&opened, classic, parts), PQHW_OK);
    for (int i = 0; i < used; i++)
        assert_int_equal(use(opened), PQHW_OK);
    allocations_fail(n);
    enum pqhw_status failing = use(opened);
    bool failed = allocations_end();
    assert_int_not_equal(failing, PQHW_SIGNATURE_INVALID);
    assert_int_not_equal(failing, PQHW_ENCRYPTED_DATA_INVALID);
    assert_int_equal(use(opened), PQHW_OK);
    rsa_free(opened);
    return failed;
}

/* New, and when its blinding is renewed. */
static void test_keys_outlive_failures(void **state)
{
    (void)state;
    static enum pqhw_status (*const uses[])(const struct rsa_key *) = {sign_bare, decrypt_oaep,
                                                                       decrypt_pkcs1};

    assert_int_equal(rsa_encrypt(pub, valid_ct, &oaep, SPAN_STR("x")), PQHW_OK);
    for (size_t i = 0; i < sizeof(uses) / sizeof(uses[0]); i++) {
        for (int used = 0; used <= 32; used += 32) {
            long n = 0;
            while (outlives_failure(uses[i], used, n))
                n++;
            assert_true(n > 10);
        }
    }
}

static void *sign_often(void *arg)
{
    uint8_t sig[LEN];

    for (int i = 0; i < 10; i++) {
        if (rsa_sign(key, sig, &pkcs1, span(hash, 32)) != PQHW_OK ||
            rsa_verify(pub, &pkcs1, span(hash, 32), SPAN(sig)) != PQHW_OK ||
            rsa_sign(key, sig, &pss, span(hash, 32)) != PQHW_OK ||
            rsa_verify(pub, &pss, span(hash, 32), SPAN(sig)) != PQHW_OK)
            return NULL;
    }
    return arg;
}

static void test_threads(void **state)
{
    (void)state;
    pthread_t threads[4];
    void *result;

    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, sign_often, key), 0);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(threads[i], &result), 0);
        assert_ptr_equal(result, key);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_generated),
        cmocka_unit_test(test_generate_stops),
        cmocka_unit_test(test_generate_refuses),
        cmocka_unit_test(test_opened_from_numbers),
        cmocka_unit_test(test_primes_are_found),
        cmocka_unit_test(test_no_primes_to_find),
        cmocka_unit_test(test_inconsistent),
        cmocka_unit_test(test_public_refused),
        cmocka_unit_test(test_spki),
        cmocka_unit_test(test_private_forms),
        cmocka_unit_test(test_sign),
        cmocka_unit_test(test_lengths_of_data),
        cmocka_unit_test(test_pss_salts),
        cmocka_unit_test(test_digest_info),
        cmocka_unit_test(test_encrypt),
        cmocka_unit_test(test_special_ciphertexts),
        cmocka_unit_test(test_oaep_label),
        cmocka_unit_test(test_implicit_rejection),
        cmocka_unit_test(test_sve),
        cmocka_unit_test(test_sve_range),
        cmocka_unit_test(test_allocations),
        cmocka_unit_test(test_keys_outlive_failures),
        cmocka_unit_test(test_threads),
    };

    if (!allocations_count() || classic_new(&classic) != PQHW_OK || make_keys() != 0)
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rsa_free(pub);
    rsa_free(key);
    classic_free(classic);
    return failed;
}
