/* SPDX-License-Identifier: Apache-2.0
 *
 * PKCS#8 and SubjectPublicKeyInfo of RSA and elliptic-curve keys from outside. What a reader
 * accepts can be written again, and is read back the same.
 *
 * The first byte says where the DER comes from: 0xff the rest of the input as it is, else a valid
 * private key with changes: of RSA for 0xfe, else of the curve with this number; from 0x80 on (and
 * of RSA for 0xfd) a public one. Each three bytes that
 * follow overwrite one byte: its place (16 bits), its value.
 */
#include "fuzz.h"

#include "crypto/keyformat/curve_pkcs8.h"
#include "crypto/keyformat/curve_spki.h"
#include "crypto/keyformat/rsa_der.h"

#include "rsa_numbers.h"

#define RAW        0xff
#define RSA_KEY    0xfe
#define RSA_PUBLIC 0xfd
#define PUBLIC     0x80

static void try_rsa(struct span der)
{
    struct span parts[RSA_NUM_PARTS], again[RSA_NUM_PARTS];
    struct secret out;

    if (rsa_private_read(parts, der) != PQHW_OK)
        return;
    check(rsa_private_write(&out, parts) == PQHW_OK);
    check(rsa_private_read(again, secret_span(&out)) == PQHW_OK);
    for (int part = 0; part < RSA_NUM_PARTS; part++)
        check(span_equal(parts[part], again[part]));
    secret_free(&out);
}

static void try_curve(struct span der)
{
    const struct curve *curve, *curve_again;
    struct span sk, sk_again;
    struct secret out;

    if (curve_private_read(&curve, &sk, der) != PQHW_OK)
        return;
    check(curve_private_write(&out, curve, sk) == PQHW_OK);
    check(curve_private_read(&curve_again, &sk_again, secret_span(&out)) == PQHW_OK);
    check(curve == curve_again && span_equal(sk, sk_again));
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

    if (kind == RSA_KEY) {
        check(rsa_private_write(out, parts) == PQHW_OK);
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

/* Each key unchanged, then each raw. */
bool fuzz_seed(size_t i, struct buf *out)
{
    const size_t half = CURVE_NUM + 1, num = 2 * half;
    size_t k = i % half;
    bool public = i % num >= half;
    uint8_t kind = public ? (uint8_t)(PUBLIC + k) : (uint8_t)k;
    struct secret key = {0};

    if (k == CURVE_NUM)
        kind = public ? RSA_PUBLIC : RSA_KEY;
    if (i >= 2 * num)
        return false;
    buf_put_u8(out, i < num ? kind : RAW);
    if (i >= num) {
        valid_key(kind, &key);
        buf_put(out, key.ptr, key.len);
        secret_free(&key);
    }
    return true;
}
