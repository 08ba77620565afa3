/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading and verifying (RFC 8554, Algorithms 4b, 6, 6a and section 6.3).
 */
#include "crypto/hbs/lms.h"

#include <string.h>

#include "crypto/hbs/lms_params.h"

/* What is hashed for begins with the tree's identifier and these (RFC 8554, 7.1). */
#define PLACE_LEN    (LMS_ID_LEN + 6) /* identifier, a number of 4 bytes, a purpose of 2 */
#define FOR_OTS_KEY  0x8080           /* D_PBLC */
#define FOR_MESSAGE  0x8181           /* D_MESG */
#define FOR_LEAF     0x8282           /* D_LEAF */
#define FOR_INTERIOR 0x8383           /* D_INTR */

/* A step of a chain: the place with the chain's number for a purpose, the step's number, a value.
 */
#define STEP_NUMBER PLACE_LEN
#define STEP_VALUE  (PLACE_LEN + 1)
#define STEP_MAX    (STEP_VALUE + LMS_MAX_N)

#define CHECKSUM_LEN 2

/* The parts of a signature of one tree; they point into the bytes that were read. */
struct lms_signature {
    uint32_t leaf;             /* q */
    const uint8_t *randomizer; /* C, n bytes */
    const uint8_t *chains;     /* y, num_chains * n bytes */
    const uint8_t *path;       /* height * n bytes */
};

struct hss_signature {
    struct lms_public keys[HSS_MAX_LEVELS]; /* keys[0] is the top one */
    struct span key_bytes[HSS_MAX_LEVELS];  /* what the level above signs; none for the top */
    struct lms_signature sigs[HSS_MAX_LEVELS];
};

/* ---- reading ---- */

/* The fields of an LMS public key (RFC 8554, 5.3). Lengths are the caller's to check: after a read
 * past the end the reader says so. */
static bool read_key(struct lms_public *out, struct reader *r)
{
    uint32_t type = read_u32(r);
    uint32_t ots_type = read_u32(r);
    struct span id = read_bytes(r, LMS_ID_LEN);

    if (r->failed || !lms_params_find(&out->params, type, ots_type))
        return false;
    struct span root = read_bytes(r, out->params.n);
    if (r->failed)
        return false;
    memcpy(out->id, id.ptr, id.len);
    memcpy(out->root, root.ptr, root.len);
    return true;
}

enum pqhw_status hss_public_init(struct hss_public *pub, struct span pk)
{
    enum pqhw_status status = PQHW_OK;
    struct reader r = reader(pk);

    memset(pub, 0, sizeof(*pub));
    uint32_t levels = read_u32(&r);
    bool known = read_key(&pub->top, &r);
    REQUIRE(!r.failed, PQHW_DATA_LEN_RANGE);
    REQUIRE(known, PQHW_PARAMETER_SET_NOT_SUPPORTED);
    REQUIRE(read_finished(&r), PQHW_DATA_LEN_RANGE);
    REQUIRE(levels >= 1 && levels <= HSS_MAX_LEVELS, PQHW_DATA_INVALID);
    pub->levels = levels;
out:
    return status;
}

/* One tree's signature (RFC 8554, 5.4), which must be of the key's kind. */
static enum pqhw_status read_tree(struct lms_signature *out, struct reader *r,
                                  const struct lms_params *params)
{
    enum pqhw_status status = PQHW_OK;

    out->leaf = read_u32(r);
    uint32_t ots_type = read_u32(r);
    REQUIRE(!r->failed, PQHW_SIGNATURE_LEN_RANGE);
    REQUIRE(ots_type == params->ots_type, PQHW_SIGNATURE_INVALID);
    out->randomizer = read_bytes(r, params->n).ptr;
    out->chains = read_bytes(r, (size_t)params->num_chains * params->n).ptr;
    uint32_t type = read_u32(r);
    REQUIRE(!r->failed, PQHW_SIGNATURE_LEN_RANGE);
    REQUIRE(type == params->type, PQHW_SIGNATURE_INVALID);
    out->path = read_bytes(r, (size_t)params->height * params->n).ptr;
    REQUIRE(!r->failed, PQHW_SIGNATURE_LEN_RANGE);
    REQUIRE(out->leaf >> params->height == 0, PQHW_SIGNATURE_INVALID);
out:
    return status;
}

/* The key of the next level, with the hash of the top one (SP 800-208, 4). */
static enum pqhw_status read_next_key(struct hss_signature *out, unsigned level, struct reader *r)
{
    enum pqhw_status status = PQHW_OK;
    struct lms_public *key = &out->keys[level];
    const uint8_t *start = r->rest.ptr;

    bool known = read_key(key, r);
    REQUIRE(!r->failed, PQHW_SIGNATURE_LEN_RANGE);
    REQUIRE(known && key->params.alg == out->keys[0].params.alg &&
                key->params.n == out->keys[0].params.n,
            PQHW_SIGNATURE_INVALID);
    out->key_bytes[level] = span(start, (size_t)(r->rest.ptr - start));
out:
    return status;
}

/* The one place where a signature's lengths are checked (RFC 8554, 6.2). */
static enum pqhw_status read_signature(struct hss_signature *out, const struct hss_public *pub,
                                       struct span sig)
{
    enum pqhw_status status = PQHW_OK;
    struct reader r = reader(sig);

    uint32_t num_signed_keys = read_u32(&r);
    REQUIRE(!r.failed, PQHW_SIGNATURE_LEN_RANGE);
    REQUIRE(num_signed_keys == pub->levels - 1, PQHW_SIGNATURE_INVALID);
    out->keys[0] = pub->top;
    TRY(read_tree(&out->sigs[0], &r, &out->keys[0].params));
    for (unsigned level = 1; level < pub->levels; level++) {
        TRY(read_next_key(out, level, &r));
        TRY(read_tree(&out->sigs[level], &r, &out->keys[level].params));
    }
    REQUIRE(read_finished(&r), PQHW_SIGNATURE_LEN_RANGE);
out:
    return status;
}

/* ---- hashing ---- */

static void write_place(uint8_t out[PLACE_LEN], const struct lms_public *key, uint32_t number,
                        unsigned purpose)
{
    memcpy(out, key->id, LMS_ID_LEN);
    store_be32(out + LMS_ID_LEN, number);
    out[PLACE_LEN - 2] = (uint8_t)(purpose >> 8);
    out[PLACE_LEN - 1] = (uint8_t)purpose;
}

static void begin(struct hbs_hash *hash, const struct lms_public *key, uint32_t number,
                  unsigned purpose)
{
    uint8_t place[PLACE_LEN];

    write_place(place, key, number, purpose);
    hbs_hash_init(hash, key->params.alg);
    hbs_hash_add(hash, place, sizeof(place));
}

/* Q, up to the message. */
static void begin_message(struct hbs_hash *hash, const struct lms_public *key,
                          const struct lms_signature *sig)
{
    begin(hash, key, sig->leaf, FOR_MESSAGE);
    hbs_hash_add(hash, sig->randomizer, key->params.n);
}

/* ---- one-time signatures ---- */

/* The digit that begins at a bit; digits do not cross bytes (RFC 8554, 3.1.3). */
static unsigned digit_at(const uint8_t *bytes, unsigned bit, unsigned digit_bits)
{
    unsigned shift = 8 - digit_bits - (bit & 7);
    return (unsigned)bytes[bit >> 3] >> shift & ((1u << digit_bits) - 1);
}

/* RFC 8554, Algorithm 2. */
static void write_checksum(uint8_t out[CHECKSUM_LEN], const struct lms_params *params,
                           const uint8_t *digest)
{
    unsigned sum = 0;

    for (unsigned bit = 0; bit < 8 * params->n; bit += params->digit_bits)
        sum += (1u << params->digit_bits) - 1 - digit_at(digest, bit, params->digit_bits);
    sum <<= params->checksum_shift;
    out[0] = (uint8_t)(sum >> 8);
    out[1] = (uint8_t)sum;
}

/* RFC 8554, Algorithm 4b: the one-time key, n bytes, whose signature of the digest this is. */
static void recover_ots_key(uint8_t *out, const struct lms_public *key,
                            const struct lms_signature *sig, const uint8_t *digest)
{
    const struct lms_params *params = &key->params;
    const unsigned last = (1u << params->digit_bits) - 1;
    uint8_t coded[LMS_MAX_N + CHECKSUM_LEN];
    uint8_t step[STEP_MAX];
    struct hbs_hash whole;

    memcpy(coded, digest, params->n);
    write_checksum(coded + params->n, params, digest);
    begin(&whole, key, sig->leaf, FOR_OTS_KEY);
    for (unsigned chain = 0; chain < params->num_chains; chain++) {
        unsigned digit = digit_at(coded, chain * params->digit_bits, params->digit_bits);

        write_place(step, key, sig->leaf, chain);
        memcpy(step + STEP_VALUE, sig->chains + (size_t)chain * params->n, params->n);
        for (; digit < last; digit++) {
            step[STEP_NUMBER] = (uint8_t)digit;
            hbs_hash_whole(params->alg, step + STEP_VALUE, params->n,
                           span(step, STEP_VALUE + params->n));
        }
        hbs_hash_add(&whole, step + STEP_VALUE, params->n);
    }
    hbs_hash_final(&whole, out, params->n);
}

/* ---- trees ---- */

/* RFC 8554, Algorithm 6a: the root over the one-time key whose signature of the digest this is. */
static bool tree_fits(const struct lms_public *key, const struct lms_signature *sig,
                      const uint8_t *digest)
{
    const struct lms_params *params = &key->params;
    uint32_t number = (1u << params->height) + sig->leaf;
    uint8_t node[LMS_MAX_N];
    struct hbs_hash hash;

    recover_ots_key(node, key, sig, digest);
    begin(&hash, key, number, FOR_LEAF);
    hbs_hash_add(&hash, node, params->n);
    hbs_hash_final(&hash, node, params->n);
    for (unsigned i = 0; i < params->height; i++, number >>= 1) {
        const uint8_t *other = sig->path + (size_t)i * params->n;
        bool right = (number & 1) != 0;

        begin(&hash, key, number >> 1, FOR_INTERIOR);
        hbs_hash_add(&hash, right ? other : node, params->n);
        hbs_hash_add(&hash, right ? node : other, params->n);
        hbs_hash_final(&hash, node, params->n);
    }
    return span_equal(span(node, params->n), span(key->root, params->n));
}

/* Does one tree sign the key of the next? */
static bool signs_key(const struct hss_signature *parts, unsigned level)
{
    const struct lms_public *key = &parts->keys[level];
    struct span next = parts->key_bytes[level + 1];
    uint8_t digest[LMS_MAX_N];
    struct hbs_hash hash;

    begin_message(&hash, key, &parts->sigs[level]);
    hbs_hash_add(&hash, next.ptr, next.len);
    hbs_hash_final(&hash, digest, key->params.n);
    return tree_fits(key, &parts->sigs[level], digest);
}

/* ---- the whole ---- */

enum pqhw_status hss_digest_init(struct hbs_hash *hash, const struct hss_public *pub,
                                 struct span sig)
{
    enum pqhw_status status = PQHW_OK;
    struct hss_signature parts;
    unsigned lowest = pub->levels - 1;

    TRY(read_signature(&parts, pub, sig));
    begin_message(hash, &parts.keys[lowest], &parts.sigs[lowest]);
out:
    return status;
}

enum pqhw_status hss_verify_digest(const struct hss_public *pub, struct span sig,
                                   const uint8_t *digest)
{
    enum pqhw_status status = PQHW_OK;
    struct hss_signature parts;
    unsigned lowest = pub->levels - 1;

    TRY(read_signature(&parts, pub, sig));
    for (unsigned level = 0; level < lowest; level++)
        REQUIRE(signs_key(&parts, level), PQHW_SIGNATURE_INVALID);
    REQUIRE(tree_fits(&parts.keys[lowest], &parts.sigs[lowest], digest), PQHW_SIGNATURE_INVALID);
out:
    return status;
}

enum pqhw_status hss_verify(const struct hss_public *pub, struct span sig, struct span message)
{
    enum pqhw_status status = PQHW_OK;
    uint8_t digest[LMS_MAX_N];
    struct hbs_hash hash;

    TRY(hss_digest_init(&hash, pub, sig));
    hbs_hash_add(&hash, message.ptr, message.len);
    hbs_hash_final(&hash, digest, pub->top.params.n);
    TRY(hss_verify_digest(pub, sig, digest));
out:
    return status;
}
