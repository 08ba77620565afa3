/* SPDX-License-Identifier: Apache-2.0
 *
 * Falcon's keys and signatures from outside: what is decoded is encoded to the same bytes again,
 * and all implementations come to the same verdict.
 *
 * Input: the parameter set, what it is, its bytes. Of private keys, chance finds none: there, after
 * a byte that says which key, each three bytes change one of a valid key, whose place (16 bits) and
 * new value they are; a place beyond the end cuts the key somewhere.
 */
#include <string.h>

#include "fuzz.h"
#include "levels.h"

#include "crypto/falcon/codec.h"
#include "crypto/falcon/key.h"

#define NUM_KEYS 2 /* of each set, made once: that takes long */

enum what {
    WHAT_SIG, /* in each of FALCON_NUM_FORMATS */
    WHAT_PK = WHAT_SIG + FALCON_NUM_FORMATS,
    WHAT_SK,
    WHAT_CHANGED_SK,
    NUM_WHATS
};

static const struct falcon_params *params_of(uint8_t byte)
{
    return falcon_params(byte % 2 == 0 ? FALCON_512 : FALCON_1024);
}

static enum falcon_set set_of(const struct falcon_params *params)
{
    return params->n == 512 ? FALCON_512 : FALCON_1024;
}

static void *new_public(const struct falcon_params *params)
{
    return fuzz_alloc(falcon_public_size(set_of(params)));
}

static void try_pk(const struct falcon_params *params, struct span pk)
{
    struct falcon_public *pub = new_public(params);
    int16_t h[FALCON_MAX_N];
    uint8_t again[FALCON_MAX_PK_LEN] = {(uint8_t)params->log_n};
    enum pqhw_status status = falcon_public_init(pub, set_of(params), pk);

    free(pub);
    check(status == PQHW_OK || status == PQHW_DATA_INVALID || status == PQHW_DATA_LEN_RANGE);
    check((status == PQHW_DATA_LEN_RANGE) == (pk.len != params->sizes.pk_len));
    if (status == PQHW_DATA_LEN_RANGE)
        return;
    bool reduced = falcon_decode_pk(h, params, pk.ptr + 1);
    check((status == PQHW_OK) == (reduced && pk.ptr[0] == params->log_n));
    if (!reduced)
        return;
    falcon_encode_pk(again + 1, params, h);
    check(memcmp(again + 1, pk.ptr + 1, pk.len - 1) == 0);
}

/* The verdict on the signature of a message with a key whose coefficients are 0, 1, 2 … */
static enum pqhw_status verify_with_a_key(const struct falcon_params *params,
                                          enum falcon_format format, struct span sig)
{
    struct falcon_public *pub = new_public(params);
    uint8_t pk[FALCON_MAX_PK_LEN] = {(uint8_t)params->log_n};
    int16_t h[FALCON_MAX_N];

    for (unsigned j = 0; j < params->n; j++)
        h[j] = (int16_t)j;
    falcon_encode_pk(pk + 1, params, h);
    check(falcon_public_init(pub, set_of(params), span(pk, params->sizes.pk_len)) == PQHW_OK);
    enum pqhw_status status = falcon_verify(pub, format, sig, SPAN_STR("message"));
    free(pub);
    return status;
}

static void try_decode(const struct falcon_params *params, enum falcon_format format,
                       struct span sig)
{
    struct span rest = span(sig.ptr + FALCON_SIG_HEAD_LEN, sig.len - FALCON_SIG_HEAD_LEN);
    int16_t s2[FALCON_MAX_N];
    uint8_t again[FALCON_MAX_SIG_LEN];

    if (!falcon_decode_s2(s2, params, format, rest))
        return;
    check(falcon_encode_s2(again, rest.len, params, format, s2) == rest.len);
    check(memcmp(again, rest.ptr, rest.len) == 0);
    check(falcon_encode_s2(again, rest.len - 1, params, format, s2) == 0 ||
          format == FALCON_PADDED);
}

static void try_sig(const struct falcon_params *params, enum falcon_format format, struct span sig)
{
    bool len_valid = falcon_sig_len_valid(params, format, sig.len);
    enum pqhw_status first = PQHW_OK;

    if (len_valid)
        try_decode(params, format, sig);
    for (FUZZ_LEVELS) {
        enum pqhw_status status = verify_with_a_key(params, format, sig);
        check((status == PQHW_SIGNATURE_LEN_RANGE) == !len_valid);
        check(!len_valid || status == PQHW_SIGNATURE_INVALID || status == PQHW_OK);
        first = fuzz_level == CPU_PORTABLE ? status : first;
        check(status == first);
    }
}

/* ---- private keys ---- */

static enum pqhw_status draw(void *context, uint8_t *out, size_t len)
{
    (void)context;
    memset(out, 7, len);
    return PQHW_OK;
}

/* The three polynomials, encoded again, are the key. */
static void check_encoding(const struct falcon_params *params, struct span sk)
{
    const unsigned bits[] = {params->fg_bits, params->fg_bits, 8};
    uint8_t again[FALCON_MAX_SK_LEN] = {(uint8_t)(FALCON_HEAD_SK + params->log_n)};
    size_t at = 1;

    for (unsigned i = 0; i < 3; i++) {
        int8_t small[FALCON_MAX_N];
        check(falcon_decode_small(small, params, bits[i], sk.ptr + at));
        falcon_encode_small(again + at, params, bits[i], small);
        at += params->n * bits[i] / 8;
    }
    check(at == sk.len && memcmp(again, sk.ptr, sk.len) == 0);
}

/* A key that was accepted is the one that came, and its signatures verify. */
static void check_private(const struct falcon_private *priv, const struct falcon_params *params,
                          struct span sk)
{
    const struct falcon_random random = {.draw = draw};
    const struct falcon_signer signer = {.priv = priv, .format = FALCON_CT, .random = &random};
    struct falcon_public *pub = new_public(params);
    uint8_t again[FALCON_MAX_SK_LEN], pk[FALCON_MAX_PK_LEN], sig[FALCON_MAX_SIG_LEN];
    size_t len;

    falcon_private_encode(priv, again);
    check(memcmp(again, sk.ptr, sk.len) == 0);
    check_encoding(params, sk);
    falcon_private_public_encode(priv, pk);
    check(falcon_public_init(pub, set_of(params), span(pk, params->sizes.pk_len)) == PQHW_OK);
    check(falcon_sign(&signer, sig, &len, SPAN_STR("message")) == PQHW_OK);
    check(falcon_verify(pub, FALCON_CT, span(sig, len), SPAN_STR("message")) == PQHW_OK);
    free(pub);
}

static void try_sk(const struct falcon_params *params, struct span sk)
{
    const size_t size = falcon_private_size(set_of(params));
    struct falcon_private *priv = fuzz_alloc(size);
    enum pqhw_status first = PQHW_OK;

    for (FUZZ_LEVELS) {
        enum pqhw_status status = falcon_private_init(priv, set_of(params), sk);
        check(status == PQHW_OK || status == PQHW_DATA_INVALID || status == PQHW_DATA_LEN_RANGE);
        check((status == PQHW_DATA_LEN_RANGE) == (sk.len != params->sizes.sk_len));
        first = fuzz_level == CPU_PORTABLE ? status : first;
        check(status == first);
        if (status == PQHW_OK)
            check_private(priv, params, sk);
        for (size_t i = 0; status == PQHW_DATA_INVALID && i < size; i++)
            check(((const uint8_t *)priv)[i] == 0);
    }
    free(priv);
}

static const uint8_t *valid_sk(const struct falcon_params *params, unsigned number)
{
    static uint8_t made[2][NUM_KEYS][FALCON_MAX_SK_LEN];
    uint8_t *sk = made[set_of(params)][number];

    if (sk[0] == 0) {
        struct falcon_private *priv = fuzz_alloc(falcon_private_size(set_of(params)));
        struct falcon_keygen_room *room = fuzz_alloc(falcon_keygen_room_size());
        const uint8_t seed[FALCON_SEED_LEN] = {(uint8_t)(1 + number)};
        check(falcon_keygen(priv, set_of(params), seed, room) == PQHW_OK);
        falcon_private_encode(priv, sk);
        free(room);
        free(priv);
    }
    return sk;
}

static void try_changed_sk(const struct falcon_params *params, struct reader *r)
{
    size_t len = params->sizes.sk_len;
    uint8_t *sk = fuzz_copy(span(valid_sk(params, read_u8(r) % NUM_KEYS), len));

    while (r->rest.len >= 3) {
        size_t place = read_u16(r);
        const uint8_t value = read_u8(r);
        if (place % 4096 < len)
            sk[place % 4096] = value;
        else
            len = place % 4096 < params->sizes.sk_len ? len : place % params->sizes.sk_len;
    }
    try_sk(params, span(sk, len));
    free(sk);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader r = reader(span(data, size));
    const struct falcon_params *params = params_of(read_u8(&r));
    unsigned what = read_u8(&r) % NUM_WHATS;
    uint8_t *copy = fuzz_copy(r.rest);

    if (what == WHAT_PK)
        try_pk(params, span(copy, r.rest.len));
    else if (what == WHAT_SK)
        try_sk(params, span(copy, r.rest.len));
    else if (what == WHAT_CHANGED_SK)
        try_changed_sk(params, &r);
    else
        try_sig(params, (enum falcon_format)(what - WHAT_SIG), span(copy, r.rest.len));
    free(copy);
    return 0;
}

static void put_sig(struct buf *out, const struct falcon_params *params, enum falcon_format format,
                    uint64_t seed)
{
    int16_t s2[FALCON_MAX_N];
    uint8_t bytes[FALCON_MAX_SIG_LEN] = {falcon_sig_head(params, format)};

    for (unsigned j = 0; j < params->n; j++) {
        uint64_t x = fuzz_number(&seed);
        s2[j] = (int16_t)((int)(x % 128) + (int)(x >> 32) % 128 - (int)(x >> 16) % 128);
    }
    size_t len =
        falcon_encode_s2(bytes + FALCON_SIG_HEAD_LEN,
                         params->sizes.sig_len[format] - FALCON_SIG_HEAD_LEN, params, format, s2);
    buf_put(out, bytes, FALCON_SIG_HEAD_LEN + len);
}

static void put_pk(struct buf *out, const struct falcon_params *params, uint64_t seed)
{
    int16_t h[FALCON_MAX_N];
    uint8_t pk[FALCON_MAX_PK_LEN] = {(uint8_t)params->log_n};

    for (unsigned j = 0; j < params->n; j++)
        h[j] = (int16_t)(fuzz_number(&seed) % FALCON_Q);
    falcon_encode_pk(pk + 1, params, h);
    buf_put(out, pk, params->sizes.pk_len);
}

bool fuzz_seed(size_t i, struct buf *out)
{
    const struct falcon_params *params = params_of((uint8_t)i);
    unsigned what = (unsigned)(i / 2) % NUM_WHATS;

    buf_put_u8(out, (uint8_t)i);
    buf_put_u8(out, (uint8_t)what);
    if (what == WHAT_PK)
        put_pk(out, params, i);
    else if (what == WHAT_SK)
        buf_put(out, valid_sk(params, (unsigned)i % NUM_KEYS), params->sizes.sk_len);
    else if (what == WHAT_CHANGED_SK)
        buf_put(out, &(uint8_t[4]){(uint8_t)(i / 2 / NUM_WHATS), 0, 9, 1},
                1 + 3 * (i / 2 / NUM_WHATS));
    else
        put_sig(out, params, (enum falcon_format)(what - WHAT_SIG), i);
    return i < (size_t)4 * NUM_WHATS;
}
