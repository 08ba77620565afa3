/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/keyformat/curve_spki.h"

#include "crypto/keyformat/der.h"

static const uint8_t ec_public_key[] = {DER_OID, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1};
const struct span curve_spki_ec = {ec_public_key, sizeof(ec_public_key)};

size_t curve_spki(uint8_t out[CURVE_SPKI_MAX], const struct curve *curve, struct span point)
{
    static const uint8_t no_unused_bits = 0;
    struct der_writer w = {.out = out, .room = CURVE_SPKI_MAX};
    struct span alg = curve->family == CURVE_WEIERSTRASS ? curve_spki_ec : SPAN_EMPTY;
    size_t alg_len = alg.len + curve->params.len;
    size_t bits_len = 1 + point.len;

    der_write_header(&w, DER_SEQUENCE, der_size(alg_len) + der_size(bits_len));
    der_write_header(&w, DER_SEQUENCE, alg_len);
    der_write_bytes(&w, alg);
    der_write_bytes(&w, curve->params);
    der_write_header(&w, DER_BIT_STRING, bits_len);
    der_write_bytes(&w, span(&no_unused_bits, 1));
    der_write_bytes(&w, point);
    return w.failed ? 0 : w.len;
}

enum pqhw_status curve_algorithm_read(const struct curve **curve, struct span alg)
{
    enum pqhw_status status = PQHW_OK;
    struct span ec = curve_spki_ec;
    bool numbers = alg.len > ec.len && span_equal(span(alg.ptr, ec.len), ec);

    if (numbers)
        alg = span(alg.ptr + ec.len, alg.len - ec.len);
    TRY(curve_from_params(curve, alg));
    REQUIRE(numbers == ((*curve)->family == CURVE_WEIERSTRASS), PQHW_DATA_INVALID);
out:
    return status;
}

enum pqhw_status curve_spki_read(const struct curve **curve, struct span *point, struct span der)
{
    enum pqhw_status status = PQHW_OK;
    struct reader r = reader(der);
    struct reader info = reader(der_read(&r, DER_SEQUENCE));
    struct span alg = der_read(&info, DER_SEQUENCE);

    *point = der_read_bits(&info, DER_BIT_STRING);
    REQUIRE(read_finished(&info) && read_finished(&r), PQHW_DATA_INVALID);
    TRY(curve_algorithm_read(curve, alg));
out:
    return status;
}
