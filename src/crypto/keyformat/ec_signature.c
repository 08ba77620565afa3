/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/keyformat/ec_signature.h"

#include <string.h>

#include "crypto/keyformat/der.h"

enum pqhw_status ec_signature_to_der(uint8_t out[EC_SIGNATURE_MAX_DER], size_t *out_len,
                                     struct span raw)
{
    enum pqhw_status status = PQHW_OK;
    struct der_writer w = {.out = out, .room = EC_SIGNATURE_MAX_DER};
    struct span r = der_without_zeros(span(raw.ptr, raw.len / 2));
    struct span s = der_without_zeros(span(raw.ptr + raw.len / 2, raw.len / 2));

    REQUIRE(r.len > 0 && s.len > 0, PQHW_SIGNATURE_INVALID);
    der_write_header(&w, DER_SEQUENCE, der_size(der_number_len(r)) + der_size(der_number_len(s)));
    der_write_number(&w, r);
    der_write_number(&w, s);
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
    struct span r = der_read_number(&both);
    struct span s = der_read_number(&both);
    size_t half = len / 2;

    REQUIRE(read_finished(&whole) && read_finished(&both), PQHW_SIGNATURE_INVALID);
    REQUIRE(r.len > 0 && r.len <= half && s.len > 0 && s.len <= half, PQHW_SIGNATURE_INVALID);
    memset(raw, 0, len);
    memcpy(raw + half - r.len, r.ptr, r.len);
    memcpy(raw + len - s.len, s.ptr, s.len);
out:
    return status;
}
