/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/keyformat/hbs_spki.h"

#include "crypto/keyformat/der.h"

/* 1.2.840.113549.1.9.16.3.17, 1.3.6.1.5.5.7.6.34 and 35, with tag and length. Parameters are
 * absent. */
static const uint8_t hss[] = {DER_OID, 11,   0x2a, 0x86, 0x48, 0x86, 0xf7,
                              0x0d,    0x01, 0x09, 0x10, 0x03, 0x11};
static const uint8_t xmss[] = {DER_OID, 8, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x06, 0x22};
static const uint8_t xmssmt[] = {DER_OID, 8, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x06, 0x23};

static const struct span algorithms[] = {
    [HBS_HSS] = {hss, sizeof(hss)},
    [HBS_XMSS] = {xmss, sizeof(xmss)},
    [HBS_XMSSMT] = {xmssmt, sizeof(xmssmt)},
};

#define NUM_ALGORITHMS (sizeof(algorithms) / sizeof(algorithms[0]))

static const uint8_t no_unused_bits = 0;

size_t hbs_spki_write(uint8_t out[HBS_SPKI_MAX], enum hbs_kind kind, struct span key)
{
    struct der_writer w = {.out = out, .room = HBS_SPKI_MAX};
    struct span algorithm = algorithms[kind];
    size_t bits_len = 1 + key.len;

    der_write_header(&w, DER_SEQUENCE, der_size(algorithm.len) + der_size(bits_len));
    der_write_header(&w, DER_SEQUENCE, algorithm.len);
    der_write_bytes(&w, algorithm);
    der_write_header(&w, DER_BIT_STRING, bits_len);
    der_write_bytes(&w, span(&no_unused_bits, 1));
    der_write_bytes(&w, key);
    return w.failed ? 0 : w.len;
}

enum pqhw_status hbs_spki_read(enum hbs_kind *kind, struct span *key, struct span der)
{
    enum pqhw_status status = PQHW_OK;
    struct reader file = reader(der);
    struct reader info = reader(der_read(&file, DER_SEQUENCE));
    struct span algorithm = der_read(&info, DER_SEQUENCE);
    struct reader bits = reader(der_read(&info, DER_BIT_STRING));
    bool whole = read_u8(&bits) == 0;
    size_t found = 0;

    REQUIRE(whole && !bits.failed && read_finished(&info) && read_finished(&file),
            PQHW_DATA_INVALID);
    while (found < NUM_ALGORITHMS && !span_equal(algorithm, algorithms[found]))
        found++;
    REQUIRE(found < NUM_ALGORITHMS, PQHW_PARAMETER_SET_NOT_SUPPORTED);
    *kind = (enum hbs_kind)found;
    *key = bits.rest;
out:
    return status;
}
