/* SPDX-License-Identifier: Apache-2.0
 *
 * Every implementation that this CPU can run against portable C, and the interface: round trips,
 * changes of every part, lengths. (The vectors of tests/vectors cover the results.)
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/slhdsa/key.h"
#include "crypto/slhdsa/slhdsa.h"

/* The quickest set of each kind of hashing. */
static const enum slhdsa_set quick_sets[] = {
    SLHDSA_SHA2_128F,
    SLHDSA_SHAKE_128F,
    SLHDSA_SHA2_192F,
    SLHDSA_SHA2_256F,
};
#define NUM_QUICK (sizeof(quick_sets) / sizeof(quick_sets[0]))

static const struct slhdsa_domain plain = {.context = SPAN_EMPTY};

/* Numbers that look random and are the same in every run (xorshift). */
static uint64_t random_state = 0x9e3779b97f4a7c15;

static uint64_t random_u64(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static void random_bytes(void *out, size_t len)
{
    uint8_t *bytes = out;

    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)(random_u64() >> 32);
}

static void *new_key(size_t size)
{
    void *mem = NULL;

    assert_int_equal(posix_memalign(&mem, SLHDSA_ALIGN, size), 0);
    return mem;
}

/* ------------------------------------------------------------------ implementations */

/* A context of each implementation for one set and the same seeds. */
static void make_contexts(struct slhdsa_context *portable, struct slhdsa_context *other,
                          enum slhdsa_set set, const struct slhdsa_hash *hash)
{
    uint8_t seeds[2 * SLHDSA_MAX_N];

    random_bytes(seeds, sizeof(seeds));
    slhdsa_context_init(portable, slhdsa_params(set), slhdsa_hash_at(0), seeds,
                        seeds + SLHDSA_MAX_N);
    slhdsa_context_init(other, slhdsa_params(set), hash, seeds, seeds + SLHDSA_MAX_N);
}

static struct slhdsa_adrs random_adrs(uint32_t type)
{
    return (struct slhdsa_adrs){
        .tree = random_u64(),
        .layer = (uint32_t)random_u64() & 31,
        .type = type,
        .key_pair = (uint32_t)random_u64(),
        .height = (uint32_t)random_u64(),
        .index = type == SLHDSA_WOTS_HASH ? 0 : (uint32_t)random_u64(),
    };
}

/* T_l for every number of inputs at once and lengths of one to many blocks. */
static void compare_tweak(enum slhdsa_set set, const struct slhdsa_hash *hash)
{
    static const size_t factors[] = {1, 2, 3, 4, 5, 7, 14, 35, 51, SLHDSA_MAX_LEN};
    static uint8_t in[SLHDSA_BATCH][SLHDSA_MAX_LEN * SLHDSA_MAX_N];
    const size_t n = slhdsa_sizes(set)->n;
    struct slhdsa_context portable, other;
    struct slhdsa_input expected[SLHDSA_BATCH], got[SLHDSA_BATCH];
    uint8_t out[2][SLHDSA_BATCH][SLHDSA_MAX_N];

    make_contexts(&portable, &other, set, hash);
    random_bytes(in, sizeof(in));
    for (size_t f = 0; f < sizeof(factors) / sizeof(factors[0]); f++) {
        for (size_t num = 1; num <= SLHDSA_BATCH; num++) {
            memset(out, 0, sizeof(out));
            for (size_t i = 0; i < num; i++) {
                expected[i] = got[i] =
                    (struct slhdsa_input){random_adrs(SLHDSA_TREE), in[i], out[0][i]};
                got[i].out = out[1][i];
            }
            slhdsa_tweak(&portable, expected, num, factors[f] * n);
            slhdsa_tweak(&other, got, num, factors[f] * n);
            assert_memory_equal(out[0], out[1], sizeof(out[0]));
        }
    }
}

/* H in the place of its inputs, as trees do it. */
static void compare_tweak_in_place(enum slhdsa_set set, const struct slhdsa_hash *hash)
{
    const size_t n = slhdsa_sizes(set)->n;
    struct slhdsa_context portable, other;
    struct slhdsa_input input[SLHDSA_BATCH];
    uint8_t expected[SLHDSA_BATCH * SLHDSA_MAX_N];
    uint8_t nodes[2 * SLHDSA_BATCH * SLHDSA_MAX_N];

    make_contexts(&portable, &other, set, hash);
    random_bytes(nodes, sizeof(nodes));
    for (size_t i = 0; i < SLHDSA_BATCH; i++)
        input[i] =
            (struct slhdsa_input){random_adrs(SLHDSA_TREE), nodes + 2 * i * n, expected + i * n};
    slhdsa_tweak(&portable, input, SLHDSA_BATCH, 2 * n);
    for (size_t i = 0; i < SLHDSA_BATCH; i++)
        input[i].out = nodes + i * n;
    slhdsa_tweak(&other, input, SLHDSA_BATCH, 2 * n);
    assert_memory_equal(nodes, expected, SLHDSA_BATCH * n);
}

struct chains {
    struct slhdsa_chain chain[SLHDSA_BATCH];
    uint8_t value[SLHDSA_BATCH][SLHDSA_MAX_N];
    uint8_t seen[SLHDSA_BATCH][SLHDSA_MAX_N];
};

static void random_chains(struct chains *c, enum slhdsa_start start, uint32_t type,
                          unsigned num_steps)
{
    random_bytes(c->value, sizeof(c->value));
    memset(c->seen, 0, sizeof(c->seen));
    for (size_t i = 0; i < SLHDSA_BATCH; i++) {
        uint8_t from = (uint8_t)(random_u64() % (num_steps + 1));

        if (start == SLHDSA_FROM_SECRET)
            from = 0;
        c->chain[i] = (struct slhdsa_chain){
            .adrs = random_adrs(type),
            .from = from,
            .watch = (uint8_t)(from + random_u64() % (num_steps + 1u - from)),
        };
    }
}

static void point_chains(struct chains *c)
{
    for (size_t i = 0; i < SLHDSA_BATCH; i++) {
        c->chain[i].value = c->value[i];
        c->chain[i].seen = i % 3 == 1 ? NULL : c->seen[i];
    }
}

static void compare_chains(enum slhdsa_set set, const struct slhdsa_hash *hash)
{
    static const struct {
        enum slhdsa_start start;
        uint32_t type;
        unsigned num_steps;
    } kinds[] = {
        {SLHDSA_FROM_SECRET, SLHDSA_WOTS_HASH, 15}, {SLHDSA_FROM_VALUE, SLHDSA_WOTS_HASH, 15},
        {SLHDSA_FROM_VALUE, SLHDSA_WOTS_HASH, 3},   {SLHDSA_FROM_SECRET, SLHDSA_FORS_TREE, 1},
        {SLHDSA_FROM_VALUE, SLHDSA_FORS_TREE, 1},
    };
    struct slhdsa_context portable, other;
    struct chains expected, got;

    make_contexts(&portable, &other, set, hash);
    for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
        for (size_t num = 1; num <= SLHDSA_BATCH; num++) {
            random_chains(&expected, kinds[k].start, kinds[k].type, kinds[k].num_steps);
            got = expected;
            point_chains(&expected);
            point_chains(&got);
            slhdsa_chains(&portable, expected.chain, num, kinds[k].start, kinds[k].num_steps);
            slhdsa_chains(&other, got.chain, num, kinds[k].start, kinds[k].num_steps);
            assert_memory_equal(got.value, expected.value, sizeof(got.value));
            assert_memory_equal(got.seen, expected.seen, sizeof(got.seen));
        }
    }
}

static void test_hashes_agree(void **state)
{
    const struct slhdsa_hash *hash;

    (void)state;
    assert_ptr_equal(slhdsa_hash_at(0), &slhdsa_hash_portable);
    for (unsigned i = 1; (hash = slhdsa_hash_at(i)) != NULL; i++) {
        for (unsigned set = 0; set < SLHDSA_NUM_SETS; set++) {
            for (unsigned turn = 0; turn < 4; turn++) {
                compare_tweak((enum slhdsa_set)set, hash);
                compare_tweak_in_place((enum slhdsa_set)set, hash);
                compare_chains((enum slhdsa_set)set, hash);
            }
        }
    }
}

/* Chains by their definition, so that portable C stands on more than itself (Algorithm 5). */
static void test_chain_by_steps(void **state)
{
    (void)state;
    for (unsigned set = 0; set < SLHDSA_NUM_SETS; set++) {
        const size_t n = slhdsa_sizes((enum slhdsa_set)set)->n;
        struct slhdsa_context ctx, same;
        uint8_t value[SLHDSA_MAX_N], seen[SLHDSA_MAX_N], expected[SLHDSA_MAX_N];
        struct slhdsa_chain chain = {.value = value, .seen = seen, .watch = 9};
        struct slhdsa_input step = {.in = ctx.sk_seed, .out = expected};

        make_contexts(&ctx, &same, (enum slhdsa_set)set, slhdsa_hash_at(0));
        chain.adrs = random_adrs(SLHDSA_WOTS_HASH);
        slhdsa_chains(&ctx, &chain, 1, SLHDSA_FROM_SECRET, 15);
        step.adrs = chain.adrs;
        step.adrs.type = SLHDSA_WOTS_PRF;
        slhdsa_tweak(&ctx, &step, 1, n);
        step.adrs.type = SLHDSA_WOTS_HASH;
        step.in = expected;
        for (; step.adrs.index < 15; step.adrs.index++) {
            if (step.adrs.index == chain.watch)
                assert_memory_equal(seen, expected, n);
            slhdsa_tweak(&ctx, &step, 1, n);
        }
        assert_memory_equal(value, expected, n);
    }
}

/* The whole of signing, all sets. */
static void test_signatures_agree(void **state)
{
    static uint8_t sig[SLHDSA_MAX_SIG_LEN], expected[SLHDSA_MAX_SIG_LEN];
    const struct slhdsa_hash *hash;
    struct slhdsa_public pub;
    uint8_t pk[SLHDSA_MAX_PK_LEN], seed[SLHDSA_MAX_SEED];

    (void)state;
    for (unsigned s = 0; s < SLHDSA_NUM_SETS; s++) {
        const enum slhdsa_set set = (enum slhdsa_set)s;
        const struct slhdsa_sizes *sizes = slhdsa_sizes(set);
        struct slhdsa_private *priv = new_key(slhdsa_private_size(set));
        const struct span whole = span(sig, sizes->sig_len);

        random_bytes(seed, sizeof(seed));
        for (unsigned i = 0; (hash = slhdsa_hash_at(i)) != NULL; i++) {
            slhdsa_keygen_with(priv, set, seed, hash);
            slhdsa_public_encode(&priv->pub, pk);
            assert_int_equal(slhdsa_sign(priv, sig, &plain, SPAN(seed), NULL, false), PQHW_OK);
            if (i == 0)
                memcpy(expected, sig, sizes->sig_len);
            assert_memory_equal(sig, expected, sizes->sig_len);
            assert_int_equal(slhdsa_public_init_with(&pub, set, span(pk, sizes->pk_len), hash),
                             PQHW_OK);
            assert_int_equal(slhdsa_verify(&pub, whole, &plain, SPAN(seed)), PQHW_OK);
            sig[sizes->sig_len - 1] ^= 1;
            assert_int_equal(slhdsa_verify(&pub, whole, &plain, SPAN(seed)),
                             PQHW_SIGNATURE_INVALID);
        }
        free(priv);
    }
}

/* ------------------------------------------------------------------ the interface */

struct pair {
    enum slhdsa_set set;
    const struct slhdsa_sizes *sizes;
    struct slhdsa_private *priv;
    struct slhdsa_public *pub;
    uint8_t sk[SLHDSA_MAX_SK_LEN];
    uint8_t pk[SLHDSA_MAX_PK_LEN];
    uint8_t sig[SLHDSA_MAX_SIG_LEN]; /* of "message" with "context" */
};

static struct pair pairs[NUM_QUICK];
static const struct slhdsa_domain with_context = {.context = {(const uint8_t *)"context", 7}};

static int make_pairs(void **state)
{
    (void)state;
    for (size_t i = 0; i < NUM_QUICK; i++) {
        struct pair *p = &pairs[i];
        uint8_t seed[SLHDSA_MAX_SEED];

        random_bytes(seed, sizeof(seed));
        p->set = quick_sets[i];
        p->sizes = slhdsa_sizes(p->set);
        p->priv = new_key(slhdsa_private_size(p->set));
        p->pub = new_key(slhdsa_public_size(p->set));
        slhdsa_keygen(p->priv, p->set, seed);
        slhdsa_private_encode(p->priv, p->sk);
        slhdsa_public_encode(slhdsa_private_public(p->priv), p->pk);
        if (slhdsa_public_init(p->pub, p->set, span(p->pk, p->sizes->pk_len)) != PQHW_OK ||
            slhdsa_sign(p->priv, p->sig, &with_context, SPAN_STR("message"), NULL, true) != PQHW_OK)
            return -1;
    }
    return 0;
}

static int free_pairs(void **state)
{
    (void)state;
    for (size_t i = 0; i < NUM_QUICK; i++) {
        free(pairs[i].priv);
        free(pairs[i].pub);
    }
    return 0;
}

static enum pqhw_status verify(const struct pair *p, const uint8_t *sig,
                               const struct slhdsa_domain *domain, struct span message)
{
    return slhdsa_verify(p->pub, span(sig, p->sizes->sig_len), domain, message);
}

static void test_sizes(void **state)
{
    (void)state;
    for (unsigned set = 0; set < SLHDSA_NUM_SETS; set++) {
        const struct slhdsa_params *params = slhdsa_params((enum slhdsa_set)set);
        const struct slhdsa_sizes *sizes = &params->sizes;
        const unsigned tree_bits = (params->d - 1) * params->tree_height;

        assert_int_equal(sizes->sig_len, params->n + slhdsa_fors_len(params) +
                                             params->d * slhdsa_layer_len(params));
        assert_int_equal(sizes->digest_len, slhdsa_bits_to_bytes(params->k * params->fors_height) +
                                                slhdsa_bits_to_bytes(tree_bits) +
                                                slhdsa_bits_to_bytes(params->tree_height));
        assert_true(sizes->sig_len <= SLHDSA_MAX_SIG_LEN);
        assert_true(sizes->digest_len <= SLHDSA_MAX_DIGEST);
        assert_true(params->fors_height <= SLHDSA_MAX_FORS_HEIGHT);
        assert_true(params->tree_height <= SLHDSA_MAX_TREE_HEIGHT);
        assert_true(params->k <= SLHDSA_MAX_K);
    }
}

static void test_round_trip(void **state)
{
    static uint8_t sig[SLHDSA_MAX_SIG_LEN];
    uint8_t message[300];

    (void)state;
    random_bytes(message, sizeof(message));
    for (size_t i = 0; i < NUM_QUICK; i++) {
        const struct pair *p = &pairs[i];

        assert_int_equal(verify(p, p->sig, &with_context, SPAN_STR("message")), PQHW_OK);
        for (size_t len = 0; len <= sizeof(message); len += 75) {
            const struct span part = span(message, len);

            assert_int_equal(slhdsa_sign(p->priv, sig, &plain, part, NULL, false), PQHW_OK);
            assert_int_equal(verify(p, sig, &plain, part), PQHW_OK);
        }
    }
}

static void test_hedged_and_deterministic(void **state)
{
    static uint8_t first[SLHDSA_MAX_SIG_LEN], second[SLHDSA_MAX_SIG_LEN];
    const struct span message = SPAN_STR("message");

    (void)state;
    for (size_t i = 0; i < NUM_QUICK; i++) {
        const struct pair *p = &pairs[i];
        const size_t n = p->sizes->n;
        uint8_t rand[SLHDSA_MAX_N] = {1};

        assert_int_equal(slhdsa_sign(p->priv, first, &with_context, message, NULL, false), PQHW_OK);
        assert_memory_equal(first, p->sig, p->sizes->sig_len);
        assert_int_equal(slhdsa_sign(p->priv, second, &with_context, message, rand, false),
                         PQHW_OK);
        assert_memory_not_equal(first, second, n);
        assert_int_equal(verify(p, second, &with_context, message), PQHW_OK);
        /* PK.seed in the place of randomness is the deterministic variant. */
        assert_int_equal(slhdsa_sign(p->priv, second, &with_context, message, p->pk, false),
                         PQHW_OK);
        assert_memory_equal(first, second, p->sizes->sig_len);
    }
}

static void test_flipped_signature(void **state)
{
    (void)state;
    for (size_t i = 0; i < NUM_QUICK; i++) {
        struct pair *p = &pairs[i];
        const size_t step = p->sizes->sig_len / 300;

        for (size_t at = 0; at < p->sizes->sig_len; at += at < 64 ? 1 : step) {
            p->sig[at] ^= (uint8_t)(1 << at % 8);
            assert_int_equal(verify(p, p->sig, &with_context, SPAN_STR("message")),
                             PQHW_SIGNATURE_INVALID);
            p->sig[at] ^= (uint8_t)(1 << at % 8);
        }
        assert_int_equal(verify(p, p->sig, &with_context, SPAN_STR("message")), PQHW_OK);
    }
}

static void test_flipped_public_key(void **state)
{
    (void)state;
    for (size_t i = 0; i < NUM_QUICK; i++) {
        struct pair *p = &pairs[i];
        struct slhdsa_public *pub = new_key(slhdsa_public_size(p->set));

        for (size_t at = 0; at < p->sizes->pk_len; at++) {
            p->pk[at] ^= (uint8_t)(1 << at % 8);
            assert_int_equal(slhdsa_public_init(pub, p->set, span(p->pk, p->sizes->pk_len)),
                             PQHW_OK);
            assert_int_equal(slhdsa_verify(pub, span(p->sig, p->sizes->sig_len), &with_context,
                                           SPAN_STR("message")),
                             PQHW_SIGNATURE_INVALID);
            p->pk[at] ^= (uint8_t)(1 << at % 8);
        }
        free(pub);
    }
}

static void test_other_message_context_kind(void **state)
{
    const struct slhdsa_domain other_context = {.context = SPAN_STR("contexu")};
    const struct slhdsa_domain shorter = {.context = SPAN_STR("contex")};
    const struct slhdsa_domain prehash = {.context = with_context.context,
                                          .prehash_oid = SPAN_STR("me")};
    const struct slhdsa_domain internal = {.internal = true};

    (void)state;
    for (size_t i = 0; i < NUM_QUICK; i++) {
        const struct pair *p = &pairs[i];
        const struct {
            const struct slhdsa_domain *domain;
            struct span message;
            enum pqhw_status expected;
        } cases[] = {
            {&with_context, SPAN_STR("messagf"), PQHW_SIGNATURE_INVALID},
            {&other_context, SPAN_STR("message"), PQHW_SIGNATURE_INVALID},
            {&plain, SPAN_STR("message"), PQHW_SIGNATURE_INVALID},
            /* The borders between context, OID and message count. */
            {&shorter, SPAN_STR("tmessage"), PQHW_SIGNATURE_INVALID},
            {&prehash, SPAN_STR("ssage"), PQHW_SIGNATURE_INVALID},
            {&internal, SPAN_STR("message"), PQHW_SIGNATURE_INVALID},
            /* The internal interface with the prefix written by hand is the external one. */
            {&internal, SPAN_STR("\0\7contextmessage"), PQHW_OK},
        };

        for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++)
            assert_int_equal(verify(p, p->sig, cases[c].domain, cases[c].message),
                             cases[c].expected);
    }
}

static void test_prehash(void **state)
{
    static uint8_t sig[SLHDSA_MAX_SIG_LEN];
    const struct slhdsa_domain prehash = {.context = SPAN_STR("ctx"),
                                          .prehash_oid = SPAN_STR("oid")};
    const struct slhdsa_domain internal = {.internal = true};
    const struct pair *p = &pairs[0];

    (void)state;
    assert_int_equal(slhdsa_sign(p->priv, sig, &prehash, SPAN_STR("digest"), NULL, false), PQHW_OK);
    assert_int_equal(verify(p, sig, &prehash, SPAN_STR("digest")), PQHW_OK);
    assert_int_equal(verify(p, sig, &internal, SPAN_STR("\1\3ctxoiddigest")), PQHW_OK);
}

static void absorb_in_pieces(struct slhdsa_stream *stream, struct span message, size_t step)
{
    for (size_t done = 0; done < message.len; done += step) {
        const size_t left = message.len - done;

        slhdsa_absorb(stream, message.ptr + done, left < step ? left : step);
        slhdsa_absorb(stream, NULL, 0);
    }
}

/* Messages of all lengths around the blocks of all hashes, whole and in pieces. */
static void test_message_in_pieces(void **state)
{
    uint8_t message[300];
    uint8_t r[2][SLHDSA_MAX_N], digest[2][SLHDSA_MAX_DIGEST];
    struct slhdsa_stream stream;

    (void)state;
    random_bytes(message, sizeof(message));
    for (size_t i = 0; i < NUM_QUICK; i++) {
        const struct pair *p = &pairs[i];

        for (size_t len = 0; len <= sizeof(message); len++) {
            for (unsigned k = 0; k < 2; k++) {
                const size_t step = k == 0 ? sizeof(message) : 1 + len % 70;

                assert_int_equal(slhdsa_randomizer_init(&stream, p->priv, NULL, &plain), PQHW_OK);
                absorb_in_pieces(&stream, span(message, len), step);
                slhdsa_randomizer_final(&stream, r[k]);
                assert_int_equal(slhdsa_digest_init(&stream, p->pub, r[k], &plain), PQHW_OK);
                absorb_in_pieces(&stream, span(message, len), step);
                slhdsa_digest_final(&stream, digest[k]);
            }
            assert_memory_equal(r[0], r[1], p->sizes->n);
            assert_memory_equal(digest[0], digest[1], p->sizes->digest_len);
        }
    }
}

static void test_streams_sign_and_verify(void **state)
{
    static uint8_t sig[SLHDSA_MAX_SIG_LEN];
    const struct pair *p = &pairs[1];
    uint8_t r[SLHDSA_MAX_N], digest[SLHDSA_MAX_DIGEST];
    struct slhdsa_stream stream;

    (void)state;
    assert_int_equal(slhdsa_randomizer_init(&stream, p->priv, NULL, &with_context), PQHW_OK);
    absorb_in_pieces(&stream, SPAN_STR("message"), 2);
    slhdsa_randomizer_final(&stream, r);
    assert_int_equal(slhdsa_digest_init(&stream, p->pub, r, &with_context), PQHW_OK);
    absorb_in_pieces(&stream, SPAN_STR("message"), 3);
    slhdsa_digest_final(&stream, digest);
    assert_int_equal(slhdsa_sign_digest(p->priv, sig, r, digest, true), PQHW_OK);
    assert_memory_equal(sig, p->sig, p->sizes->sig_len);
    assert_int_equal(slhdsa_verify_digest(p->pub, span(sig, p->sizes->sig_len), digest), PQHW_OK);
}

static void test_lengths(void **state)
{
    uint8_t bytes[SLHDSA_MAX_SK_LEN + 1] = {0};
    uint8_t digest[SLHDSA_MAX_DIGEST] = {0};
    uint8_t context[SLHDSA_MAX_CONTEXT + 1] = {0};
    const struct slhdsa_domain longest = {.context = span(context, SLHDSA_MAX_CONTEXT)};
    const struct slhdsa_domain too_long = {.context = SPAN(context)};
    static uint8_t sig[SLHDSA_MAX_SIG_LEN + 1];

    (void)state;
    for (size_t i = 0; i < NUM_QUICK; i++) {
        const struct pair *p = &pairs[i];
        struct slhdsa_public *pub = new_key(slhdsa_public_size(p->set));
        struct slhdsa_private *priv = new_key(slhdsa_private_size(p->set));

        for (int delta = -1; delta <= 1; delta += 2) {
            const size_t d = (size_t)delta;

            assert_int_equal(slhdsa_public_init(pub, p->set, span(bytes, p->sizes->pk_len + d)),
                             PQHW_DATA_LEN_RANGE);
            assert_int_equal(slhdsa_private_init(priv, p->set, span(bytes, p->sizes->sk_len + d)),
                             PQHW_DATA_LEN_RANGE);
            assert_int_equal(slhdsa_verify_digest(p->pub, span(sig, p->sizes->sig_len + d), digest),
                             PQHW_SIGNATURE_LEN_RANGE);
            assert_int_equal(
                slhdsa_verify(p->pub, span(sig, p->sizes->sig_len + d), &plain, SPAN_EMPTY),
                PQHW_SIGNATURE_LEN_RANGE);
        }
        assert_int_equal(slhdsa_verify(p->pub, SPAN_EMPTY, &plain, SPAN_EMPTY),
                         PQHW_SIGNATURE_LEN_RANGE);
        assert_int_equal(slhdsa_sign(p->priv, sig, &too_long, SPAN_EMPTY, NULL, false),
                         PQHW_DATA_LEN_RANGE);
        assert_int_equal(verify(p, sig, &too_long, SPAN_EMPTY), PQHW_DATA_LEN_RANGE);
        free(pub);
        free(priv);
    }
    assert_int_equal(slhdsa_sign(pairs[0].priv, sig, &longest, SPAN_EMPTY, NULL, false), PQHW_OK);
    assert_int_equal(verify(&pairs[0], sig, &longest, SPAN_EMPTY), PQHW_OK);
}

static void test_key_round_trip(void **state)
{
    (void)state;
    for (size_t i = 0; i < NUM_QUICK; i++) {
        struct pair *p = &pairs[i];
        const size_t size = slhdsa_private_size(p->set);
        struct slhdsa_private *priv = new_key(size);
        uint8_t sk[SLHDSA_MAX_SK_LEN];

        assert_int_equal(slhdsa_private_init(priv, p->set, span(p->sk, p->sizes->sk_len)), PQHW_OK);
        assert_memory_equal(priv, p->priv, size);
        slhdsa_private_encode(priv, sk);
        assert_memory_equal(sk, p->sk, p->sizes->sk_len);
        assert_memory_equal(sk + 2 * p->sizes->n, p->pk, p->sizes->pk_len);
        /* SK.prf is random by itself; all else shows in the root. */
        for (size_t at = 0; at < p->sizes->sk_len; at += 5) {
            const bool in_prf = at / p->sizes->n == 1;

            p->sk[at] ^= (uint8_t)(1 << at % 8);
            assert_int_equal(slhdsa_private_init(priv, p->set, span(p->sk, p->sizes->sk_len)),
                             in_prf ? PQHW_OK : PQHW_DATA_INVALID);
            for (size_t b = 0; !in_prf && b < size; b++)
                assert_int_equal(((const uint8_t *)priv)[b], 0);
            p->sk[at] ^= (uint8_t)(1 << at % 8);
        }
        free(priv);
    }
}

/* A fault in the tree that a key keeps gives a wrong signature; the check withholds it. */
static void test_fault(void **state)
{
    static uint8_t sig[SLHDSA_MAX_SIG_LEN];
    const struct pair *p = &pairs[0];
    const struct span message = SPAN_STR("message");

    (void)state;
    memset(p->priv->top, 0, 8 * p->sizes->n);
    assert_int_equal(slhdsa_sign(p->priv, sig, &plain, message, NULL, false), PQHW_OK);
    assert_int_equal(verify(p, sig, &plain, message), PQHW_SIGNATURE_INVALID);
    assert_int_equal(slhdsa_sign(p->priv, sig, &plain, message, NULL, true), PQHW_SELF_TEST_FAILED);
    for (size_t i = 0; i < p->sizes->sig_len; i++)
        assert_int_equal(sig[i], 0);
}

/* ------------------------------------------------------------------ what stays in memory */

#define STACK_LEN ((size_t)256 * 1024)

/* All that touches secrets, on a stack of its own. */
struct work {
    enum slhdsa_set set;
    const struct slhdsa_hash *hash;
    uint8_t seed[SLHDSA_MAX_SEED];
    struct slhdsa_private *priv;
    uint8_t sig[SLHDSA_MAX_SIG_LEN];
    enum pqhw_status status;
};

static void *do_work(void *arg)
{
    struct work *work = arg;

    slhdsa_keygen_with(work->priv, work->set, work->seed, work->hash);
    work->status = slhdsa_sign(work->priv, work->sig, &plain, SPAN_STR("message"), NULL, false);
    return NULL;
}

static void run_on_stack(uint8_t *stack, struct work *work)
{
    pthread_attr_t attributes;
    pthread_t thread;

    memset(stack, 0, STACK_LEN);
    assert_int_equal(pthread_attr_init(&attributes), 0);
    assert_int_equal(pthread_attr_setstack(&attributes, stack, STACK_LEN), 0);
    assert_int_equal(pthread_create(&thread, &attributes, do_work, work), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(pthread_attr_destroy(&attributes), 0);
    assert_int_equal(work->status, PQHW_OK);
}

/* How often four bytes in a row of a secret stand in memory, in either order. */
static unsigned count_secret(const uint8_t *memory, const uint8_t *secret, size_t secret_len)
{
    unsigned found = 0;

    for (size_t i = 0; i + 4 <= secret_len; i++) {
        const uint8_t reversed[4] = {secret[i + 3], secret[i + 2], secret[i + 1], secret[i]};

        for (size_t at = 0; at + 4 <= STACK_LEN; at += 2)
            found +=
                memcmp(memory + at, secret + i, 4) == 0 || memcmp(memory + at, reversed, 4) == 0;
    }
    return found;
}

static void test_stack_holds_no_secret(void **state)
{
    static const enum slhdsa_set sets[] = {SLHDSA_SHA2_128F, SLHDSA_SHAKE_192F, SLHDSA_SHA2_256F};
    static struct work work;
    uint8_t *stack = new_key(STACK_LEN);

    (void)state;
#ifdef __SANITIZE_THREAD__
    skip(); /* ThreadSanitizer lays out the stack in its own way */
#endif
    for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
        const size_t n = slhdsa_sizes(sets[i])->n;

        work.set = sets[i];
        work.priv = new_key(slhdsa_private_size(work.set));
        random_bytes(work.seed, sizeof(work.seed));
        for (unsigned h = 0; (work.hash = slhdsa_hash_at(h)) != NULL; h++) {
            run_on_stack(stack, &work);
            /* R is still there, so that the search is seen to find. */
            assert_int_not_equal(count_secret(stack, work.sig, n), 0);
            assert_int_equal(count_secret(stack, work.seed, 2 * n), 0);
        }
        free(work.priv);
    }
    free(stack);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_hashes_agree),
        cmocka_unit_test(test_chain_by_steps),
        cmocka_unit_test(test_signatures_agree),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_hedged_and_deterministic),
        cmocka_unit_test(test_flipped_signature),
        cmocka_unit_test(test_flipped_public_key),
        cmocka_unit_test(test_other_message_context_kind),
        cmocka_unit_test(test_prehash),
        cmocka_unit_test(test_message_in_pieces),
        cmocka_unit_test(test_streams_sign_and_verify),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_key_round_trip),
        cmocka_unit_test(test_stack_holds_no_secret),
        cmocka_unit_test(test_fault),
    };

    return cmocka_run_group_tests_name("crypto_slhdsa", tests, make_pairs, free_pairs);
}
