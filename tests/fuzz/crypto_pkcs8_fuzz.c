/* SPDX-License-Identifier: Apache-2.0
 *
 * PKCS#8 of RSA and elliptic-curve keys from outside. What a reader accepts can be written again,
 * and is read back the same.
 *
 * The first byte says where the DER comes from: 0xff the rest of the input as it is, else a valid
 * key with changes: of RSA for 0xfe, else of the curve with this number. Each three bytes that
 * follow overwrite one byte: its place (16 bits), its value.
 */
#include "fuzz.h"

#include "crypto/keyformat/curve_pkcs8.h"
#include "crypto/keyformat/rsa_der.h"

#include "rsa_numbers.h"

#define RAW     0xff
#define RSA_KEY 0xfe

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
    const struct curve *curve = curve_get((enum curve_id)(kind % CURVE_NUM));
    check(curve_private_write(out, curve, span(value, curve->private_len)) == PQHW_OK);
}

static void try_copy(struct span der)
{
    uint8_t *copy = fuzz_copy(der); /* so that AddressSanitizer sees its ends */

    try_rsa(span(copy, der.len));
    try_curve(span(copy, der.len));
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
    const size_t num = CURVE_NUM + 1;
    uint8_t kind = i % num < CURVE_NUM ? (uint8_t)(i % num) : RSA_KEY;
    struct secret key = {0};

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
