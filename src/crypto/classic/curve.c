/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/classic/curve.h"

#include <string.h>

#include "crypto/classic/pkey.h"
#include "crypto/keyformat/der.h"

/* Object identifiers in DER. SEC 2, appendix A; RFC 5639, 4.1; RFC 8410, 3. */
static const uint8_t oid_p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
static const uint8_t oid_p384[] = {0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22};
static const uint8_t oid_p521[] = {0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23};
static const uint8_t oid_k256[] = {0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x0a};
#define BRAINPOOL_OID(n)                                                                           \
    {                                                                                              \
        0x06, 0x09, 0x2b, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, n                              \
    }
static const uint8_t oid_b256r1[] = BRAINPOOL_OID(7);
static const uint8_t oid_b256t1[] = BRAINPOOL_OID(8);
static const uint8_t oid_b384r1[] = BRAINPOOL_OID(11);
static const uint8_t oid_b384t1[] = BRAINPOOL_OID(12);
static const uint8_t oid_b512r1[] = BRAINPOOL_OID(13);
static const uint8_t oid_b512t1[] = BRAINPOOL_OID(14);
static const uint8_t oid_x25519[] = {0x06, 0x03, 0x2b, 0x65, 0x6e};
static const uint8_t oid_x448[] = {0x06, 0x03, 0x2b, 0x65, 0x6f};
static const uint8_t oid_ed25519[] = {0x06, 0x03, 0x2b, 0x65, 0x70};
static const uint8_t oid_ed448[] = {0x06, 0x03, 0x2b, 0x65, 0x71};

/* Field and order are of one length on each of these curves. */
#define WEIERSTRASS(id, name, printable, libcrypto, bits, oid)                                     \
    [id] = {                                                                                       \
        id,                                                                                        \
        CURVE_WEIERSTRASS,                                                                         \
        name,                                                                                      \
        printable,                                                                                 \
        libcrypto,                                                                                 \
        bits,                                                                                      \
        (bits + 7) / 8,                                                                            \
        1 + 2 * ((bits + 7) / 8),                                                                  \
        (bits + 7) / 8,                                                                            \
        2 * ((bits + 7) / 8),                                                                      \
        {oid, sizeof(oid)},                                                                        \
    }
#define EDWARDS(id, name, printable, libcrypto, bits, len, oid)                                    \
    [id] = {                                                                                       \
        id,  CURVE_EDWARDS, name, printable, libcrypto,          bits,                             \
        len, len,           0,    2 * (len), {oid, sizeof(oid)},                                   \
    }
#define MONTGOMERY(id, name, printable, libcrypto, bits, len, oid)                                 \
    [id] = {                                                                                       \
        id, CURVE_MONTGOMERY,   name, printable, libcrypto, bits, len, len, len,                   \
        0,  {oid, sizeof(oid)},                                                                    \
    }

static const struct curve table[CURVE_NUM] = {
    WEIERSTRASS(CURVE_P256, "P-256", "secp256r1", "P-256", 256, oid_p256),
    WEIERSTRASS(CURVE_P384, "P-384", "secp384r1", "P-384", 384, oid_p384),
    WEIERSTRASS(CURVE_P521, "P-521", "secp521r1", "P-521", 521, oid_p521),
    WEIERSTRASS(CURVE_SECP256K1, "secp256k1", "secp256k1", "secp256k1", 256, oid_k256),
#define BRAINPOOL(size, kind, bits, oid)                                                           \
    WEIERSTRASS(CURVE_BRAINPOOL_P##size, "brainpoolP" kind, "brainpoolP" kind, "brainpoolP" kind,  \
                bits, oid)
    BRAINPOOL(256R1, "256r1", 256, oid_b256r1),
    BRAINPOOL(384R1, "384r1", 384, oid_b384r1),
    BRAINPOOL(512R1, "512r1", 512, oid_b512r1),
    BRAINPOOL(256T1, "256t1", 256, oid_b256t1),
    BRAINPOOL(384T1, "384t1", 384, oid_b384t1),
    BRAINPOOL(512T1, "512t1", 512, oid_b512t1),
    /* The names of PKCS#11 v3.2, 6.3.2. */
    EDWARDS(CURVE_ED25519, "Ed25519", "edwards25519", PKEY_ED25519, 255, 32, oid_ed25519),
    EDWARDS(CURVE_ED448, "Ed448", "edwards448", PKEY_ED448, 448, 57, oid_ed448),
    MONTGOMERY(CURVE_X25519, "X25519", "curve25519", PKEY_X25519, 255, 32, oid_x25519),
    MONTGOMERY(CURVE_X448, "X448", "curve448", PKEY_X448, 448, 56, oid_x448),
};

const struct curve *curve_get(enum curve_id id)
{
    return &table[id];
}

static bool text_is(struct span text, const char *name)
{
    return span_equal(text, span(name, strlen(name)));
}

enum pqhw_status curve_from_params(const struct curve **out, struct span params)
{
    enum pqhw_status status = PQHW_OK;
    struct reader r = reader(params);
    uint8_t tag;
    struct span content = der_read_any(&r, &tag);

    *out = NULL;
    REQUIRE(read_finished(&r), PQHW_DATA_INVALID);
    for (size_t i = 0; i < CURVE_NUM && *out == NULL; i++) {
        bool named = tag == DER_PRINTABLE_STRING &&
                     (text_is(content, table[i].name) || text_is(content, table[i].printable));
        if (named || span_equal(params, table[i].params))
            *out = &table[i];
    }
    REQUIRE(*out != NULL, PQHW_CURVE_NOT_SUPPORTED);
out:
    return status;
}

static bool point_len_valid(const struct curve *curve, struct span point)
{
    if (point.len == curve->public_len)
        return curve->family != CURVE_WEIERSTRASS || point.ptr[0] == 4;
    return curve->family == CURVE_WEIERSTRASS && point.len == 1 + curve->shared_len &&
           (point.ptr[0] == 2 || point.ptr[0] == 3);
}

enum pqhw_status curve_point(const struct curve *curve, struct span *out, struct span given)
{
    enum pqhw_status status = PQHW_OK;
    struct reader r = reader(given);
    struct span inner = der_read(&r, DER_OCTET_STRING);

    if (read_finished(&r) && point_len_valid(curve, inner)) {
        *out = inner;
        return PQHW_OK;
    }
    REQUIRE(point_len_valid(curve, given), PQHW_DATA_INVALID);
    *out = given;
out:
    return status;
}
