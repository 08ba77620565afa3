/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading and verifying (RFC 8391, Algorithms 6, 7, 8, 13, 14 and 17).
 */
#include "crypto/hbs/xmss.h"

#include <string.h>

/* What tells the uses of the hash apart (RFC 8391, 5.1). */
enum use {
    USE_CHAIN = 0,   /* F */
    USE_NODE = 1,    /* H */
    USE_MESSAGE = 2, /* H_msg */
    USE_PRF = 3,
};

/* Addresses are eight words (RFC 8391, 2.5). */
#define ADRS_LEN 32
enum word {
    WORD_LAYER = 0,
    WORD_TREE = 1, /* and 2 */
    WORD_TYPE = 3,
    WORD_LEAF = 4, /* of a one-time key or L-tree; 0 in the tree */
    WORD_CHAIN = 5,
    WORD_STEP = 6,
    WORD_HEIGHT = 5,
    WORD_INDEX = 6,
    WORD_MASK = 7, /* 0 for the key, then a mask for each part of the input */
};
enum type {
    TYPE_OTS = 0,
    TYPE_LTREE = 1,
    TYPE_TREE = 2,
};

#define DIGIT_BITS      4 /* Winternitz parameter 16 */
#define DIGIT_MAX       15
#define CHECKSUM_DIGITS 3
#define MAX_CHAINS      (2 * HBS_MAX_N + CHECKSUM_DIGITS)

struct adrs {
    uint8_t bytes[ADRS_LEN];
};

/* The parts of a signature that stand at its beginning. */
struct head {
    uint64_t index;
    const uint8_t *randomizer;
    const uint8_t *layers; /* one-time signature and path of each */
};

/* ---- reading ---- */

static void begin(struct hbs_hash *hash, const struct xmss_params *params, enum use use)
{
    uint8_t pad[HBS_MAX_N] = {0};

    pad[params->pad_len - 1] = (uint8_t)use;
    hbs_hash_init(hash, params->alg);
    hbs_hash_add(hash, pad, params->pad_len);
}

enum pqhw_status xmss_public_init(struct xmss_public *pub, enum xmss_kind kind, struct span pk)
{
    enum pqhw_status status = PQHW_OK;
    struct reader r = reader(pk);
    uint32_t oid = read_u32(&r);

    memset(pub, 0, sizeof(*pub));
    REQUIRE(!r.failed, PQHW_DATA_LEN_RANGE);
    REQUIRE(xmss_params_find(&pub->params, kind, oid), PQHW_PARAMETER_SET_NOT_SUPPORTED);
    REQUIRE(pk.len == pub->params.pk_len, PQHW_DATA_LEN_RANGE);
    memcpy(pub->root, read_bytes(&r, pub->params.n).ptr, pub->params.n);
    begin(&pub->prf, &pub->params, USE_PRF);
    hbs_hash_add(&pub->prf, read_bytes(&r, pub->params.n).ptr, pub->params.n);
out:
    return status;
}

/* The one place where a signature's length is checked. */
static enum pqhw_status read_head(struct head *out, const struct xmss_params *params,
                                  struct span sig)
{
    enum pqhw_status status = PQHW_OK;

    REQUIRE(sig.len == params->sig_len, PQHW_SIGNATURE_LEN_RANGE);
    out->index = 0;
    for (unsigned i = 0; i < params->index_len; i++)
        out->index = out->index << 8 | sig.ptr[i];
    REQUIRE(out->index >> params->height == 0, PQHW_SIGNATURE_INVALID);
    out->randomizer = sig.ptr + params->index_len;
    out->layers = out->randomizer + params->n;
out:
    return status;
}

/* ---- hashing ---- */

static void set(struct adrs *adrs, enum word word, uint32_t value)
{
    store_be32(adrs->bytes + 4 * (size_t)word, value);
}

/* Words of another type are another thing. */
static void set_type(struct adrs *adrs, enum type type, uint32_t leaf)
{
    memset(adrs->bytes + 4 * (size_t)WORD_TYPE, 0, ADRS_LEN - 4 * (size_t)WORD_TYPE);
    set(adrs, WORD_TYPE, (uint32_t)type);
    set(adrs, WORD_LEAF, leaf);
}

static void prf(const struct xmss_public *pub, uint8_t *out, struct adrs *adrs, uint32_t mask)
{
    struct hbs_hash hash = pub->prf;

    set(adrs, WORD_MASK, mask);
    hbs_hash_add(&hash, adrs->bytes, sizeof(adrs->bytes));
    hbs_hash_final(&hash, out, pub->params.n);
}

/*
 * F of one part or H of two, n bytes each, under a key and masks of the address: a step of a chain,
 * or RAND_HASH (RFC 8391, Algorithm 7). out may be one of the parts.
 */
static void hash_masked(const struct xmss_public *pub, uint8_t *out, struct adrs *adrs,
                        const uint8_t *const parts[], unsigned num_parts)
{
    const unsigned n = pub->params.n;
    uint8_t mask[HBS_MAX_N];
    struct hbs_hash hash;

    begin(&hash, &pub->params, num_parts == 1 ? USE_CHAIN : USE_NODE);
    prf(pub, mask, adrs, 0);
    hbs_hash_add(&hash, mask, n);
    for (unsigned part = 0; part < num_parts; part++) {
        prf(pub, mask, adrs, part + 1);
        for (unsigned i = 0; i < n; i++)
            mask[i] ^= parts[part][i];
        hbs_hash_add(&hash, mask, n);
    }
    hbs_hash_final(&hash, out, n);
}

static void hash_pair(const struct xmss_public *pub, uint8_t *out, struct adrs *adrs,
                      const uint8_t *left, const uint8_t *right)
{
    const uint8_t *const parts[] = {left, right};

    hash_masked(pub, out, adrs, parts, 2);
}

/* ---- one-time signatures ---- */

/* The digits of a digest and of its checksum (RFC 8391, Algorithm 6). */
static void write_digits(const struct xmss_params *params, uint8_t digits[MAX_CHAINS],
                         const uint8_t *digest)
{
    unsigned sum = 0;

    for (unsigned i = 0; i < 2 * params->n; i++) {
        digits[i] = (i & 1) == 0 ? digest[i / 2] >> DIGIT_BITS : digest[i / 2] & DIGIT_MAX;
        sum += DIGIT_MAX - (unsigned)digits[i];
    }
    for (unsigned i = 0; i < CHECKSUM_DIGITS; i++)
        digits[2 * params->n + i] =
            (uint8_t)(sum >> DIGIT_BITS * (CHECKSUM_DIGITS - 1 - i) & DIGIT_MAX);
}

/* RFC 8391, Algorithm 6: the ends of the chains, of the one-time key whose signature this is. */
static void recover_chains(const struct xmss_public *pub, uint8_t *ends, struct adrs *adrs,
                           const uint8_t *digest, const uint8_t *sig)
{
    const struct xmss_params *params = &pub->params;
    uint8_t digits[MAX_CHAINS];

    write_digits(params, digits, digest);
    memcpy(ends, sig, (size_t)params->num_chains * params->n);
    for (unsigned chain = 0; chain < params->num_chains; chain++) {
        uint8_t *value = ends + (size_t)chain * params->n;
        const uint8_t *const part = value;

        set(adrs, WORD_CHAIN, chain);
        for (unsigned step = digits[chain]; step < DIGIT_MAX; step++) {
            set(adrs, WORD_STEP, step);
            hash_masked(pub, value, adrs, &part, 1);
        }
    }
}

/* RFC 8391, Algorithm 8, in place: the root comes first. */
static void hash_chains(const struct xmss_public *pub, uint8_t *ends, struct adrs *adrs)
{
    const size_t n = pub->params.n;
    unsigned num = pub->params.num_chains;

    for (unsigned height = 0; num > 1; height++) {
        set(adrs, WORD_HEIGHT, height);
        for (unsigned i = 0; i < num / 2; i++) {
            set(adrs, WORD_INDEX, i);
            hash_pair(pub, ends + i * n, adrs, ends + 2 * i * n, ends + (2 * i + 1) * n);
        }
        if (num % 2 != 0)
            memcpy(ends + num / 2 * n, ends + (num - 1) * n, n);
        num = (num + 1) / 2;
    }
}

/* ---- trees ---- */

/* RFC 8391, Algorithm 13: the root of the tree in whose leaf node is signed, in place of node. */
static void recover_root(const struct xmss_public *pub, uint8_t *node, struct adrs *adrs,
                         uint32_t leaf, const uint8_t *sig)
{
    const struct xmss_params *params = &pub->params;
    const size_t n = params->n;
    const uint8_t *path = sig + params->num_chains * n;
    uint8_t ends[MAX_CHAINS * HBS_MAX_N];

    set_type(adrs, TYPE_OTS, leaf);
    recover_chains(pub, ends, adrs, node, sig);
    set_type(adrs, TYPE_LTREE, leaf);
    hash_chains(pub, ends, adrs);
    memcpy(node, ends, n);
    set_type(adrs, TYPE_TREE, 0);
    for (unsigned height = 0; height < params->tree_height; height++) {
        const uint8_t *other = path + height * n;
        bool right = (leaf >> height & 1) != 0;

        set(adrs, WORD_HEIGHT, height);
        set(adrs, WORD_INDEX, leaf >> (height + 1));
        hash_pair(pub, node, adrs, right ? other : node, right ? node : other);
    }
}

/* ---- the whole ---- */

enum pqhw_status xmss_digest_init(struct hbs_hash *hash, const struct xmss_public *pub,
                                  struct span sig)
{
    enum pqhw_status status = PQHW_OK;
    const struct xmss_params *params = &pub->params;
    uint8_t index[HBS_MAX_N] = {0};
    struct head head;

    TRY(read_head(&head, params, sig));
    store_be64(index + params->n - sizeof(uint64_t), head.index);
    begin(hash, params, USE_MESSAGE);
    hbs_hash_add(hash, head.randomizer, params->n);
    hbs_hash_add(hash, pub->root, params->n);
    hbs_hash_add(hash, index, params->n);
out:
    return status;
}

enum pqhw_status xmss_verify_digest(const struct xmss_public *pub, struct span sig,
                                    const uint8_t *digest)
{
    enum pqhw_status status = PQHW_OK;
    const struct xmss_params *params = &pub->params;
    const size_t layer_len = (size_t)(params->num_chains + params->tree_height) * params->n;
    const uint64_t leaf_mask = ((uint64_t)1 << params->tree_height) - 1;
    uint8_t node[HBS_MAX_N];
    struct head head;

    TRY(read_head(&head, params, sig));
    memcpy(node, digest, params->n);
    for (unsigned layer = 0; layer < params->layers; layer++) {
        struct adrs adrs = {{0}};
        uint32_t leaf = (uint32_t)(head.index & leaf_mask);

        head.index >>= params->tree_height;
        set(&adrs, WORD_LAYER, layer);
        store_be64(adrs.bytes + 4 * (size_t)WORD_TREE, head.index);
        recover_root(pub, node, &adrs, leaf, head.layers + layer * layer_len);
    }
    REQUIRE(span_equal(span(node, params->n), span(pub->root, params->n)), PQHW_SIGNATURE_INVALID);
out:
    return status;
}

enum pqhw_status xmss_verify(const struct xmss_public *pub, struct span sig, struct span message)
{
    enum pqhw_status status = PQHW_OK;
    uint8_t digest[HBS_MAX_N];
    struct hbs_hash hash;

    TRY(xmss_digest_init(&hash, pub, sig));
    hbs_hash_add(&hash, message.ptr, message.len);
    hbs_hash_final(&hash, digest, pub->params.n);
    TRY(xmss_verify_digest(pub, sig, digest));
out:
    return status;
}
