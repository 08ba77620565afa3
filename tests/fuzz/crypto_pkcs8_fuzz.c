/* SPDX-License-Identifier: Apache-2.0
 *
 * PKCS#8 and SubjectPublicKeyInfo of RSA and elliptic-curve keys from outside. What a reader
 * accepts can be written again, and is read back the same.
 *
 * The first byte says where the DER comes from: 0xff the rest of the input as it is, else a valid
 * private key with changes: of RSA for 0xfe, else of the curve with this number; from 0x80 on (and
 * of RSA for 0xfd) a public one; for 0xfc and 0xfb what stands in PKCS#8 alone, of RSA and of
 * P-256. Each three bytes that follow overwrite one byte: its place (16 bits), its value.
 */
#include "fuzz.h"

#include "crypto/keyformat/curve_pkcs8.h"
#include "crypto/keyformat/curve_spki.h"
#include "crypto/keyformat/der.h"
#include "crypto/keyformat/rsa_der.h"

#include "rsa_numbers.h"

#define RAW        0xff
#define RSA_KEY    0xfe
#define RSA_PUBLIC 0xfd
#define RSA_BARE   0xfc
#define EC_BARE    0xfb
#define PUBLIC     0x80

static void try_rsa(struct span der)
{
    struct span parts[RSA_NUM_PARTS], again[RSA_NUM_PARTS];
    struct secret out;

    if (rsa_private_read(parts, der) != PQHW_OK && rsa_private_read_bare(parts, der) != PQHW_OK)
        return;
    check(rsa_private_write(&out, parts) == PQHW_OK);
    check(rsa_private_read(again, secret_span(&out)) == PQHW_OK);
    for (int part = 0; part < RSA_NUM_PARTS; part++)
        check(span_equal(parts[part], again[part]));
    secret_free(&out);
}

static void try_curve(struct span der)
{
    struct curve_private key, again;
    struct secret out;

    if (curve_private_read(&key, der) != PQHW_OK && curve_private_read_bare(&key, der) != PQHW_OK)
        return;
    check(key.point.len == 0 || key.point.len == key.curve->public_len);
    check(curve_private_write(&out, key.curve, key.sk) == PQHW_OK);
    check(curve_private_read(&again, secret_span(&out)) == PQHW_OK);
    check(again.curve == key.curve && span_equal(again.sk, key.sk) && again.point.len == 0);
    secret_free(&out);
}

static void try_rsa_public(struct span der)
{
    struct span n, e, n_again, e_again;
    uint8_t out[RSA_SPKI_MAX];

    if (rsa_spki_read(&n, &e, der) != PQHW_OK || n.len > RSA_MAX_LEN ||
        e.len > RSA_MAX_EXPONENT_LEN)
        return;
    size_t len = rsa_spki(out, n, e);
    check(span_equal(span(out, len), der)); /* DER has one form */
    check(rsa_spki_read(&n_again, &e_again, span(out, len)) == PQHW_OK);
    check(span_equal(n, n_again) && span_equal(e, e_again));
}

static void try_curve_public(struct span der)
{
    const struct curve *curve, *curve_again;
    struct span point, point_again;
    uint8_t out[CURVE_SPKI_MAX];

    if (curve_spki_read(&curve, &point, der) != PQHW_OK || point.len > CURVE_MAX_PUBLIC_LEN)
        return;
    size_t len = curve_spki(out, curve, point);
    check(curve_spki_read(&curve_again, &point_again, span(out, len)) == PQHW_OK);
    check(curve == curve_again && span_equal(point, point_again));
}

static enum pqhw_status valid_public(uint8_t kind, struct secret *out)
{
    static const uint8_t point[CURVE_MAX_PUBLIC_LEN] = {4, 1};
    uint8_t rsa[RSA_SPKI_MAX], curve[CURVE_SPKI_MAX];

    if (kind == RSA_PUBLIC)
        return secret_from(out, span(rsa, rsa_spki(rsa, SPAN(rsa_modulus), SPAN(rsa_exponent))));
    const struct curve *of = curve_get((enum curve_id)((kind - PUBLIC) % CURVE_NUM));
    return secret_from(out, span(curve, curve_spki(curve, of, span(point, of->public_len))));
}

/* The RSAPrivateKey in PKCS#8, in its place. */
static void strip_pkcs8(struct secret *key)
{
    struct reader r = reader(secret_span(key));
    struct reader info = reader(der_read(&r, DER_SEQUENCE));
    struct secret inner = {0};

    (void)der_read(&info, DER_INTEGER);
    (void)der_read(&info, DER_SEQUENCE);
    check(secret_from(&inner, der_read(&info, DER_OCTET_STRING)) == PQHW_OK);
    secret_free(key);
    *key = inner;
}

static void valid_ec_bare(struct secret *out)
{
    static const uint8_t version[] = {DER_INTEGER, 1, 1}, sk[32] = {1};
    const struct curve *curve = curve_get(CURVE_P256);
    size_t params_len = curve->params.len;
    size_t len = sizeof(version) + der_size(sizeof(sk)) + der_size(params_len);

    check(secret_new(out, der_size(len)) == PQHW_OK);
    struct der_writer w = {.out = out->ptr, .room = out->len};
    der_write_header(&w, DER_SEQUENCE, len);
    der_write_bytes(&w, SPAN(version));
    der_write_header(&w, DER_OCTET_STRING, sizeof(sk));
    der_write_bytes(&w, SPAN(sk));
    der_write_header(&w, DER_CONTEXT_GROUP(0), params_len);
    der_write_bytes(&w, curve->params);
    check(!w.failed && w.len == out->len);
}

static void valid_key(uint8_t kind, struct secret *out)
{
    static const uint8_t value[CURVE_MAX_PRIVATE_LEN] = {1};
    const struct span parts[RSA_NUM_PARTS] = {
        [RSA_MODULUS] = SPAN(rsa_modulus),
        [RSA_PUBLIC_EXPONENT] = SPAN(rsa_exponent),
        [RSA_PRIVATE_EXPONENT] = SPAN(rsa_private_exponent),
        [RSA_PRIME_1] = SPAN(rsa_prime_1),
        [RSA_PRIME_2] = SPAN(rsa_prime_2),
    };

    if (kind == RSA_KEY || kind == RSA_BARE) {
        check(rsa_private_write(out, parts) == PQHW_OK);
        if (kind == RSA_BARE)
            strip_pkcs8(out);
        return;
    }
    if (kind == EC_BARE) {
        valid_ec_bare(out);
        return;
    }
    if (kind >= PUBLIC) {
        check(valid_public(kind, out) == PQHW_OK);
        return;
    }
    const struct curve *curve = curve_get((enum curve_id)(kind % CURVE_NUM));
    check(curve_private_write(out, curve, span(value, curve->private_len)) == PQHW_OK);
}

static void try_copy(struct span der)
{
    uint8_t *copy = fuzz_copy(der); /* so that AddressSanitizer sees its ends */

    try_rsa(span(copy, der.len));
    try_curve(span(copy, der.len));
    try_rsa_public(span(copy, der.len));
    try_curve_public(span(copy, der.len));
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader r = reader(span(data, size));
    uint8_t kind = read_u8(&r);
    struct secret key = {0};

    if (kind == RAW) {
        try_copy(r.rest);
        return 0;
    }
    valid_key(kind, &key);
    fuzz_change(&r, key.ptr, key.len);
    try_copy(secret_span(&key));
    secret_free(&key);
    return 0;
}

static const uint8_t other_kinds[] = {RSA_KEY, RSA_PUBLIC, RSA_BARE, EC_BARE};
#define NUM_KINDS (2 * CURVE_NUM + sizeof(other_kinds))

static uint8_t kind_at(size_t i)
{
    if (i < CURVE_NUM)
        return (uint8_t)i;
    if (i < 2 * CURVE_NUM)
        return (uint8_t)(PUBLIC + i - CURVE_NUM);
    return other_kinds[i - 2 * CURVE_NUM];
}

/* Each key unchanged, then each raw. */
bool fuzz_seed(size_t i, struct buf *out)
{
    bool raw = i >= NUM_KINDS;
    struct secret key = {0};

    if (i >= 2 * NUM_KINDS)
        return false;
    uint8_t kind = kind_at(i % NUM_KINDS);
    buf_put_u8(out, raw ? RAW : kind);
    if (raw) {
        valid_key(kind, &key);
        buf_put(out, key.ptr, key.len);
        secret_free(&key);
    }
    return true;
}
