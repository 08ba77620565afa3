/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/keyformat/rsa_der.h"

#include "crypto/keyformat/der.h"

/* What an AlgorithmIdentifier of RSA holds: rsaEncryption (RFC 8017, A.1) and NULL. */
static const uint8_t algorithm[] = {DER_OID, 9,    0x2a, 0x86, 0x48,     0x86, 0xf7,
                                    0x0d,    0x01, 0x01, 0x01, DER_NULL, 0};

/* Version 0, of PKCS#8 and of RSAPrivateKey. */
static const uint8_t version[] = {DER_INTEGER, 1, 0};

static void write_algorithm(struct der_writer *w)
{
    der_write_header(w, DER_SEQUENCE, sizeof(algorithm));
    der_write_bytes(w, SPAN(algorithm));
}

/* ---- public keys ---- */

size_t rsa_spki(uint8_t out[RSA_SPKI_MAX], struct span n, struct span e)
{
    static const uint8_t no_unused_bits = 0;
    struct der_writer w = {.out = out, .room = RSA_SPKI_MAX};
    size_t key_len = der_size(der_number_len(n)) + der_size(der_number_len(e));
    size_t bits_len = 1 + der_size(key_len);

    der_write_header(&w, DER_SEQUENCE, der_size(sizeof(algorithm)) + der_size(bits_len));
    write_algorithm(&w);
    der_write_header(&w, DER_BIT_STRING, bits_len);
    der_write_bytes(&w, span(&no_unused_bits, 1));
    der_write_header(&w, DER_SEQUENCE, key_len);
    der_write_number(&w, n);
    der_write_number(&w, e);
    return w.failed ? 0 : w.len;
}

enum pqhw_status rsa_spki_read(struct span *n, struct span *e, struct span der)
{
    struct reader r = reader(der);
    struct reader info = reader(der_read(&r, DER_SEQUENCE));
    bool is_rsa = span_equal(der_read(&info, DER_SEQUENCE), SPAN(algorithm));
    struct reader bits = reader(der_read_bits(&info, DER_BIT_STRING));
    struct reader key = reader(der_read(&bits, DER_SEQUENCE));

    *n = der_read_number(&key);
    *e = der_read_number(&key);
    return is_rsa && read_finished(&r) && read_finished(&info) && read_finished(&bits) &&
                   read_finished(&key)
               ? PQHW_OK
               : PQHW_DATA_INVALID;
}

/* ---- private keys ---- */

enum pqhw_status rsa_private_write(struct secret *out, const struct span parts[RSA_NUM_PARTS])
{
    enum pqhw_status status = PQHW_OK;
    size_t key_len = sizeof(version);

    for (int part = 0; part < RSA_NUM_PARTS; part++)
        key_len += der_size(der_number_len(parts[part]));
    size_t len = sizeof(version) + der_size(sizeof(algorithm)) + der_size(der_size(key_len));
    TRY(secret_new(out, der_size(len)));
    struct der_writer w = {.out = out->ptr, .room = out->len};
    der_write_header(&w, DER_SEQUENCE, len);
    der_write_bytes(&w, SPAN(version));
    write_algorithm(&w);
    der_write_header(&w, DER_OCTET_STRING, der_size(key_len));
    der_write_header(&w, DER_SEQUENCE, key_len);
    der_write_bytes(&w, SPAN(version));
    for (int part = 0; part < RSA_NUM_PARTS; part++)
        der_write_number(&w, parts[part]);
    REQUIRE(!w.failed && w.len == out->len, PQHW_INTERNAL);
out:
    if (status != PQHW_OK)
        secret_free(out);
    return status;
}

/* The RSAPrivateKey in PKCS#8, after which there may be attributes. */
static struct span read_pkcs8(struct span der)
{
    struct reader r = reader(der);
    struct reader info = reader(der_read(&r, DER_SEQUENCE));
    bool is_rsa = der_read_number(&info).len == 0 &&
                  span_equal(der_read(&info, DER_SEQUENCE), SPAN(algorithm));
    struct span key = der_read(&info, DER_OCTET_STRING);

    if (der_next_is(&info, DER_CONTEXT_GROUP(0)))
        (void)der_read(&info, DER_CONTEXT_GROUP(0));
    return is_rsa && read_finished(&info) && read_finished(&r) ? key : SPAN_EMPTY;
}

enum pqhw_status rsa_private_read_bare(struct span parts[RSA_NUM_PARTS], struct span der)
{
    struct reader r = reader(der);
    struct reader key = reader(der_read(&r, DER_SEQUENCE));
    bool two_primes = der_read_number(&key).len == 0;

    for (int part = 0; part < RSA_NUM_PARTS; part++)
        parts[part] = der_read_number(&key);
    return two_primes && read_finished(&key) && read_finished(&r) ? PQHW_OK : PQHW_DATA_INVALID;
}

enum pqhw_status rsa_private_read(struct span parts[RSA_NUM_PARTS], struct span der)
{
    return rsa_private_read_bare(parts, read_pkcs8(der));
}
