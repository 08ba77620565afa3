/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/classic/ec_signature.h"

#include <string.h>

#include "crypto/keyformat/der.h"

static const uint8_t zero = 0;

static struct span without_zeros(struct span number)
{
    while (number.len > 0 && number.ptr[0] == 0)
        number = span(number.ptr + 1, number.len - 1);
    return number;
}

/* A positive integer whose first bit is set takes a zero in front of it. */
static bool wants_zero(struct span number)
{
    return number.ptr[0] >= 0x80;
}

static size_t integer_len(struct span number)
{
    return number.len + wants_zero(number);
}

static void write_integer(struct der_writer *w, struct span number)
{
    der_write_header(w, DER_INTEGER, integer_len(number));
    if (wants_zero(number))
        der_write_bytes(w, span(&zero, 1));
    der_write_bytes(w, number);
}

enum pqhw_status ec_signature_to_der(uint8_t out[EC_SIGNATURE_MAX_DER], size_t *out_len,
                                     struct span raw)
{
    enum pqhw_status status = PQHW_OK;
    struct der_writer w = {.out = out, .room = EC_SIGNATURE_MAX_DER};
    struct span r = without_zeros(span(raw.ptr, raw.len / 2));
    struct span s = without_zeros(span(raw.ptr + raw.len / 2, raw.len / 2));

    REQUIRE(r.len > 0 && s.len > 0, PQHW_SIGNATURE_INVALID);
    der_write_header(&w, DER_SEQUENCE, der_size(integer_len(r)) + der_size(integer_len(s)));
    write_integer(&w, r);
    write_integer(&w, s);
    REQUIRE(!w.failed, PQHW_SIGNATURE_INVALID);
    *out_len = w.len;
out:
    return status;
}

enum pqhw_status ec_signature_from_der(uint8_t *raw, size_t len, struct span der)
{
    enum pqhw_status status = PQHW_OK;
    struct reader whole = reader(der);
    struct reader both = reader(der_read(&whole, DER_SEQUENCE));
    struct span r = without_zeros(der_read(&both, DER_INTEGER));
    struct span s = without_zeros(der_read(&both, DER_INTEGER));
    size_t half = len / 2;

    REQUIRE(read_finished(&whole) && read_finished(&both), PQHW_SIGNATURE_INVALID);
    REQUIRE(r.len > 0 && r.len <= half && s.len > 0 && s.len <= half, PQHW_SIGNATURE_INVALID);
    memset(raw, 0, len);
    memcpy(raw + half - r.len, r.ptr, r.len);
    memcpy(raw + len - s.len, s.ptr, s.len);
out:
    return status;
}
