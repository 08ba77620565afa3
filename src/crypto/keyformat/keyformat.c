/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/keyformat/keyformat.h"

#include "crypto/falcon/falcon.h"
#include "crypto/hqc/hqc.h"
#include "crypto/keyformat/der.h"
#include "crypto/keyformat/falcon_key.h"
#include "crypto/mldsa/mldsa.h"
#include "crypto/mlkem/mlkem.h"
#include "crypto/slhdsa/slhdsa.h"

/* 2.16.840.1.101.3.4.arc.number, under NIST's arcs of signature algorithms (3) and KEMs (4) */
#define NIST_OID(arc, number)                                                                      \
    9,                                                                                             \
    {                                                                                              \
        0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, arc, number                                      \
    }

/* 1.3.9999.3.number, which the Open Quantum Safe project chose, and nobody assigned */
#define OQS_OID(number)                                                                            \
    5,                                                                                             \
    {                                                                                              \
        0x2b, 0xce, 0x0f, 0x03, number                                                             \
    }

/*
 * 2.25.80085626338967781466715395445968446728.number, until there is a standard: the UUID is
 * 3c3fee3b-05f0-41b3-9a75-6c350009a508, drawn for HQC of 2025-08-22 with the byte streams of liboqs
 * 0.16.0 (docs/algorithms.md).
 */
#define HQC_OID(number)                                                                            \
    20,                                                                                            \
    {                                                                                              \
        0x69, 0xf8, 0xbf, 0xf7, 0x8e, 0xe0, 0xdf, 0x82, 0x86, 0xe7, 0x9a, 0xba, 0xdb, 0x86, 0xd0,  \
            0x80, 0xa6, 0xca, 0x08, number                                                         \
    }

static const struct keyformat_alg table[] = {
    {"ML-DSA-44", KEYFORMAT_MLDSA, MLDSA_44, MLDSA_SEED_LEN, 2560, 1312, NIST_OID(3, 17)},
    {"ML-DSA-65", KEYFORMAT_MLDSA, MLDSA_65, MLDSA_SEED_LEN, 4032, 1952, NIST_OID(3, 18)},
    {"ML-DSA-87", KEYFORMAT_MLDSA, MLDSA_87, MLDSA_SEED_LEN, 4896, 2592, NIST_OID(3, 19)},
    {"ML-KEM-512", KEYFORMAT_MLKEM, MLKEM_512, MLKEM_SEED_LEN, 1632, 800, NIST_OID(4, 1)},
    {"ML-KEM-768", KEYFORMAT_MLKEM, MLKEM_768, MLKEM_SEED_LEN, 2400, 1184, NIST_OID(4, 2)},
    {"ML-KEM-1024", KEYFORMAT_MLKEM, MLKEM_1024, MLKEM_SEED_LEN, 3168, 1568, NIST_OID(4, 3)},
    {"SLH-DSA-SHA2-128s", KEYFORMAT_SLHDSA, SLHDSA_SHA2_128S, 0, 64, 32, NIST_OID(3, 20)},
    {"SLH-DSA-SHA2-128f", KEYFORMAT_SLHDSA, SLHDSA_SHA2_128F, 0, 64, 32, NIST_OID(3, 21)},
    {"SLH-DSA-SHA2-192s", KEYFORMAT_SLHDSA, SLHDSA_SHA2_192S, 0, 96, 48, NIST_OID(3, 22)},
    {"SLH-DSA-SHA2-192f", KEYFORMAT_SLHDSA, SLHDSA_SHA2_192F, 0, 96, 48, NIST_OID(3, 23)},
    {"SLH-DSA-SHA2-256s", KEYFORMAT_SLHDSA, SLHDSA_SHA2_256S, 0, 128, 64, NIST_OID(3, 24)},
    {"SLH-DSA-SHA2-256f", KEYFORMAT_SLHDSA, SLHDSA_SHA2_256F, 0, 128, 64, NIST_OID(3, 25)},
    {"SLH-DSA-SHAKE-128s", KEYFORMAT_SLHDSA, SLHDSA_SHAKE_128S, 0, 64, 32, NIST_OID(3, 26)},
    {"SLH-DSA-SHAKE-128f", KEYFORMAT_SLHDSA, SLHDSA_SHAKE_128F, 0, 64, 32, NIST_OID(3, 27)},
    {"SLH-DSA-SHAKE-192s", KEYFORMAT_SLHDSA, SLHDSA_SHAKE_192S, 0, 96, 48, NIST_OID(3, 28)},
    {"SLH-DSA-SHAKE-192f", KEYFORMAT_SLHDSA, SLHDSA_SHAKE_192F, 0, 96, 48, NIST_OID(3, 29)},
    {"SLH-DSA-SHAKE-256s", KEYFORMAT_SLHDSA, SLHDSA_SHAKE_256S, 0, 128, 64, NIST_OID(3, 30)},
    {"SLH-DSA-SHAKE-256f", KEYFORMAT_SLHDSA, SLHDSA_SHAKE_256F, 0, 128, 64, NIST_OID(3, 31)},
    {"Falcon-512", KEYFORMAT_FALCON, FALCON_512, 0, 1281, 897, OQS_OID(11)},
    {"Falcon-1024", KEYFORMAT_FALCON, FALCON_1024, 0, 2305, 1793, OQS_OID(14)},
    {"HQC-1", KEYFORMAT_HQC, HQC_1, HQC_SEED_LEN, 2321, 2241, HQC_OID(1)},
    {"HQC-3", KEYFORMAT_HQC, HQC_3, HQC_SEED_LEN, 4602, 4514, HQC_OID(3)},
    {"HQC-5", KEYFORMAT_HQC, HQC_5, HQC_SEED_LEN, 7333, 7237, HQC_OID(5)},
    /* What OQS-provider calls falconpadded512 and falconpadded1024: keys of the same kind, whose
     * signatures are padded. They are read, and written as what stands above. */
    {"Falcon-512", KEYFORMAT_FALCON, FALCON_512, 0, 1281, 897, OQS_OID(16)},
    {"Falcon-1024", KEYFORMAT_FALCON, FALCON_1024, 0, 2305, 1793, OQS_OID(19)},
};

#define NUM_ALGS (sizeof(table) / sizeof(table[0]))

/* OneAsymmetricKey's optional fields, and the seed alternative of the key's CHOICE */
#define TAG_ATTRIBUTES DER_CONTEXT_GROUP(0)
#define TAG_PUBLIC_KEY DER_CONTEXT(1)
#define TAG_SEED       DER_CONTEXT(0)

#define PRIVATE_VERSION_1 0 /* version v1(0) */
#define PRIVATE_VERSION_2 1

const struct keyformat_alg *keyformat_alg(size_t index)
{
    return index < NUM_ALGS ? &table[index] : NULL;
}

const struct keyformat_alg *keyformat_find(enum keyformat_family family, int set)
{
    for (size_t i = 0; i < NUM_ALGS; i++) {
        if (table[i].family == family && table[i].set == set)
            return &table[i];
    }
    return NULL;
}

static struct span oid_of(const struct keyformat_alg *alg)
{
    return span(alg->oid, alg->oid_len);
}

/* Reading */

/* AlgorithmIdentifier. Its parameters are absent in all algorithms of the table. */
static enum pqhw_status read_alg(const struct keyformat_alg **out, struct reader *r)
{
    enum pqhw_status status = PQHW_OK;
    struct reader id = reader(der_read(r, DER_SEQUENCE));
    struct span oid = der_read(&id, DER_OID);

    *out = NULL;
    REQUIRE(!r->failed && !id.failed, PQHW_DATA_INVALID);
    for (size_t i = 0; i < NUM_ALGS && *out == NULL; i++) {
        if (span_equal(oid, oid_of(&table[i])))
            *out = &table[i];
    }
    REQUIRE(*out != NULL, PQHW_PARAMETER_SET_NOT_SUPPORTED);
    REQUIRE(read_finished(&id), PQHW_DATA_INVALID);
out:
    return status;
}

enum pqhw_status keyformat_public_read(struct keyformat_public *out, struct span der)
{
    enum pqhw_status status = PQHW_OK;
    struct reader file = reader(der);
    struct reader info = reader(der_read(&file, DER_SEQUENCE));
    struct keyformat_public key = {NULL, SPAN_EMPTY};

    REQUIRE(read_finished(&file), PQHW_DATA_INVALID);
    TRY(read_alg(&key.alg, &info));
    key.key = der_read_bits(&info, DER_BIT_STRING);
    REQUIRE(read_finished(&info), PQHW_DATA_INVALID);
    REQUIRE(key.key.len == key.alg->public_len, PQHW_DATA_INVALID);
out:
    *out = status == PQHW_OK ? key : (struct keyformat_public){NULL, SPAN_EMPTY};
    return status;
}

/* CHOICE { seed [0], expandedKey OCTET STRING, both SEQUENCE { seed, expandedKey } } */
static enum pqhw_status read_choice(struct keyformat_private *key, struct span choice)
{
    enum pqhw_status status = PQHW_OK;
    struct reader r = reader(choice);
    bool has_seed = true, has_expanded = true;

    if (der_next_is(&r, TAG_SEED)) {
        key->seed = der_read(&r, TAG_SEED);
        has_expanded = false;
    } else if (der_next_is(&r, DER_OCTET_STRING)) {
        key->expanded = der_read(&r, DER_OCTET_STRING);
        has_seed = false;
    } else {
        struct reader both = reader(der_read(&r, DER_SEQUENCE));
        key->seed = der_read(&both, DER_OCTET_STRING);
        key->expanded = der_read(&both, DER_OCTET_STRING);
        REQUIRE(read_finished(&both), PQHW_DATA_INVALID);
    }
    REQUIRE(read_finished(&r), PQHW_DATA_INVALID);
    REQUIRE(!has_seed || key->seed.len == key->alg->seed_len, PQHW_DATA_INVALID);
    REQUIRE(!has_expanded || key->expanded.len == key->alg->expanded_len, PQHW_DATA_INVALID);
out:
    return status;
}

/* What stands in privateKey: the CHOICE, or the key itself where there is no seed. */
static enum pqhw_status read_key(struct keyformat_private *key, struct span contents)
{
    if (key->alg->family == KEYFORMAT_FALCON)
        return falcon_key_read(key, contents);
    if (key->alg->seed_len > 0)
        return read_choice(key, contents);
    key->expanded = contents;
    return contents.len == key->alg->expanded_len ? PQHW_OK : PQHW_DATA_INVALID;
}

/* Attributes are well-formed elements; what they say is ignored. */
static void skip_attributes(struct reader *r)
{
    struct reader attributes = reader(der_read(r, TAG_ATTRIBUTES));

    while (!attributes.failed && attributes.rest.len > 0)
        der_read(&attributes, DER_SEQUENCE);
    r->failed |= attributes.failed;
}

static enum pqhw_status read_optional(struct keyformat_private *key, struct reader *info,
                                      uint8_t version)
{
    enum pqhw_status status = PQHW_OK;

    if (der_next_is(info, TAG_ATTRIBUTES))
        skip_attributes(info);
    if (version == PRIVATE_VERSION_2 && der_next_is(info, TAG_PUBLIC_KEY)) {
        struct span beside = der_read_bits(info, TAG_PUBLIC_KEY);
        REQUIRE(beside.len == key->alg->public_len, PQHW_DATA_INVALID);
        REQUIRE(key->key_public.len == 0 || span_equal(key->key_public, beside), PQHW_DATA_INVALID);
        key->key_public = beside;
    }
    REQUIRE(read_finished(info), PQHW_DATA_INVALID);
out:
    return status;
}

enum pqhw_status keyformat_private_read(struct keyformat_private *out, struct span der)
{
    enum pqhw_status status = PQHW_OK;
    struct reader file = reader(der);
    struct reader info = reader(der_read(&file, DER_SEQUENCE));
    struct span version = der_read(&info, DER_INTEGER);
    struct keyformat_private key = {.alg = NULL};

    REQUIRE(read_finished(&file), PQHW_DATA_INVALID);
    REQUIRE(version.len == 1 && version.ptr[0] <= PRIVATE_VERSION_2, PQHW_DATA_INVALID);
    TRY(read_alg(&key.alg, &info));
    TRY(read_key(&key, der_read(&info, DER_OCTET_STRING)));
    TRY(read_optional(&key, &info, version.ptr[0]));
out:
    *out = status == PQHW_OK ? key : (struct keyformat_private){.alg = NULL};
    return status;
}

/* Writing */

static size_t alg_len(const struct keyformat_alg *alg)
{
    return der_size(der_size(alg->oid_len));
}

static void write_alg(struct der_writer *w, const struct keyformat_alg *alg)
{
    der_write_header(w, DER_SEQUENCE, der_size(alg->oid_len));
    der_write_header(w, DER_OID, alg->oid_len);
    der_write_bytes(w, oid_of(alg));
}

static void write_string(struct der_writer *w, uint8_t tag, struct span data)
{
    der_write_header(w, tag, data.len);
    der_write_bytes(w, data);
}

static const uint8_t zero = 0;

static size_t public_content_len(const struct keyformat_alg *alg)
{
    return alg_len(alg) + der_size(1 + alg->public_len);
}

size_t keyformat_public_len(const struct keyformat_alg *alg)
{
    return der_size(public_content_len(alg));
}

enum pqhw_status keyformat_public_write(uint8_t *out, const struct keyformat_public *key)
{
    enum pqhw_status status = PQHW_OK;
    struct der_writer w = {.out = out, .room = keyformat_public_len(key->alg)};

    REQUIRE(key->key.len == key->alg->public_len, PQHW_ARGUMENTS_BAD);
    der_write_header(&w, DER_SEQUENCE, public_content_len(key->alg));
    write_alg(&w, key->alg);
    der_write_header(&w, DER_BIT_STRING, 1 + key->key.len);
    der_write_bytes(&w, span(&zero, 1)); /* no unused bits */
    der_write_bytes(&w, key->key);
    REQUIRE(!w.failed && w.len == w.room, PQHW_INTERNAL);
out:
    return status;
}

static size_t both_content_len(const struct keyformat_private *key)
{
    return der_size(key->seed.len) + der_size(key->expanded.len);
}

static size_t key_len(const struct keyformat_private *key)
{
    if (key->alg->family == KEYFORMAT_FALCON)
        return falcon_key_len(key);
    if (key->alg->seed_len == 0)
        return key->expanded.len;
    if (key->expanded.len == 0)
        return der_size(key->seed.len);
    if (key->seed.len == 0)
        return der_size(key->expanded.len);
    return der_size(both_content_len(key));
}

static void write_key(struct der_writer *w, const struct keyformat_private *key)
{
    if (key->alg->family == KEYFORMAT_FALCON) {
        falcon_key_write(w, key);
    } else if (key->alg->seed_len == 0) {
        der_write_bytes(w, key->expanded);
    } else if (key->expanded.len == 0) {
        write_string(w, TAG_SEED, key->seed);
    } else if (key->seed.len == 0) {
        write_string(w, DER_OCTET_STRING, key->expanded);
    } else {
        der_write_header(w, DER_SEQUENCE, both_content_len(key));
        write_string(w, DER_OCTET_STRING, key->seed);
        write_string(w, DER_OCTET_STRING, key->expanded);
    }
}

static size_t private_content_len(const struct keyformat_private *key)
{
    return der_size(1) + alg_len(key->alg) + der_size(key_len(key));
}

size_t keyformat_private_len(const struct keyformat_private *key)
{
    return der_size(private_content_len(key));
}

static bool part_fits(struct span part, size_t len)
{
    return part.len == 0 || part.len == len;
}

enum pqhw_status keyformat_private_write(uint8_t *out, const struct keyformat_private *key)
{
    enum pqhw_status status = PQHW_OK;
    struct der_writer w = {.out = out, .room = keyformat_private_len(key)};

    REQUIRE(key->seed.len + key->expanded.len > 0 || keyformat_is_split(key), PQHW_ARGUMENTS_BAD);
    REQUIRE(part_fits(key->seed, key->alg->seed_len), PQHW_ARGUMENTS_BAD);
    REQUIRE(part_fits(key->expanded, key->alg->expanded_len), PQHW_ARGUMENTS_BAD);
    REQUIRE(part_fits(key->key_public, key->alg->public_len), PQHW_ARGUMENTS_BAD);
    der_write_header(&w, DER_SEQUENCE, private_content_len(key));
    write_string(&w, DER_INTEGER, span(&zero, 1)); /* version 1 */
    write_alg(&w, key->alg);
    der_write_header(&w, DER_OCTET_STRING, key_len(key));
    write_key(&w, key);
    REQUIRE(!w.failed && w.len == w.room, PQHW_INTERNAL);
out:
    return status;
}
