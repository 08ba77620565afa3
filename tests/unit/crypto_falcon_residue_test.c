/* SPDX-License-Identifier: Apache-2.0
 *
 * Falcon leaves no secret on the stack, and none in the memory that a key is made in.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/falcon/codec.h"
#include "crypto/falcon/key.h"
#include "crypto/falcon/noise.h"

#define NUM_SETS    2
#define STACK_LEN   (1 << 19)
#define WINDOW      8  /* bytes in a row that count as a piece of a secret */
#define SMALL       32 /* the same of coefficients, of which there are few */
#define DRAW_LEN    48 /* what the noise of a signature is made of */
#define MESSAGE     SPAN_STR("a message")
#define NUM_CHECKED 2

static const uint8_t seeds[NUM_SETS][FALCON_SEED_LEN] = {"the seed of a key of Falcon-512",
                                                         "the seed of another one, of 1024"};

static struct key {
    struct falcon_private *priv;
    uint8_t sk[FALCON_MAX_SK_LEN];
    int8_t basis[3][FALCON_MAX_N]; /* f, g, F */
} keys[NUM_SETS];

/* A call, on a stack of its own, with a key of each set. */
struct work {
    void (*call)(struct work *work);
    struct falcon_private *priv;
    struct falcon_keygen_room *room;
};

static void *new_memory(size_t size)
{
    void *memory =
        aligned_alloc(FALCON_ALIGN, (size + FALCON_ALIGN - 1) & ~(size_t)(FALCON_ALIGN - 1));

    assert_non_null(memory);
    return memset(memory, 0, size);
}

static void decode_basis(struct key *key, const struct falcon_params *params)
{
    const size_t fg_len = params->n * params->fg_bits / 8;

    assert_true(falcon_decode_small(key->basis[0], params, params->fg_bits, key->sk + 1));
    assert_true(falcon_decode_small(key->basis[1], params, params->fg_bits, key->sk + 1 + fg_len));
    assert_true(falcon_decode_small(key->basis[2], params, 8, key->sk + 1 + 2 * fg_len));
}

static int make_keys(void **state)
{
    struct falcon_keygen_room *room = new_memory(falcon_keygen_room_size());

    (void)state;
    for (int set = 0; set < NUM_SETS; set++) {
        keys[set].priv = new_memory(falcon_private_size((enum falcon_set)set));
        assert_int_equal(falcon_keygen(keys[set].priv, (enum falcon_set)set, seeds[set], room),
                         PQHW_OK);
        falcon_private_encode(keys[set].priv, keys[set].sk);
        decode_basis(&keys[set], falcon_params((enum falcon_set)set));
    }
    free(room);
    return 0;
}

static int free_keys(void **state)
{
    (void)state;
    for (int set = 0; set < NUM_SETS; set++)
        free(keys[set].priv);
    return 0;
}

/* ---- calls ---- */

/* The same each time, so that it is known what to look for. */
static enum pqhw_status draw(void *context, uint8_t *out, size_t len)
{
    (void)context;
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)(89 * i + 7);
    return PQHW_OK;
}

static void call_keygen(struct work *w)
{
    for (int set = 0; set < NUM_SETS; set++)
        assert_int_equal(falcon_keygen(w->priv, (enum falcon_set)set, seeds[set], w->room),
                         PQHW_OK);
}

static void call_open(struct work *w)
{
    for (int set = 0; set < NUM_SETS; set++)
        assert_int_equal(falcon_private_init(w->priv, (enum falcon_set)set,
                                             span(keys[set].sk, falcon_sizes(set)->sk_len)),
                         PQHW_OK);
}

/* F does not fit f and g: they have been read by then. */
static void call_open_bad(struct work *w)
{
    for (int set = 0; set < NUM_SETS; set++) {
        static uint8_t sk[FALCON_MAX_SK_LEN];
        const size_t len = falcon_sizes((enum falcon_set)set)->sk_len;
        memcpy(sk, keys[set].sk, len);
        sk[len - 1] ^= 1;
        assert_int_equal(falcon_private_init(w->priv, (enum falcon_set)set, span(sk, len)),
                         PQHW_DATA_INVALID);
    }
}

static void call_sign(struct work *w)
{
    const struct falcon_random random = {.draw = draw};

    (void)w;
    for (int i = 0; i < NUM_SETS * FALCON_NUM_FORMATS * NUM_CHECKED; i++) {
        static uint8_t sig[FALCON_MAX_SIG_LEN];
        size_t len;
        const struct falcon_signer signer = {
            .priv = keys[i % NUM_SETS].priv,
            .format = (enum falcon_format)(i / NUM_SETS % FALCON_NUM_FORMATS),
            .random = &random,
            .check = i / NUM_SETS / FALCON_NUM_FORMATS != 0,
        };
        assert_int_equal(falcon_sign(&signer, sig, &len, MESSAGE), PQHW_OK);
    }
}

static enum pqhw_status draw_nonce_alone(void *context, uint8_t *out, size_t len)
{
    return len == FALCON_NONCE_LEN ? draw(context, out, len) : PQHW_RANDOM_FAILED;
}

static void call_sign_without_noise(struct work *w)
{
    const struct falcon_random random = {.draw = draw_nonce_alone};
    const struct falcon_signer signer = {.priv = keys[0].priv, .random = &random};
    static uint8_t sig[FALCON_MAX_SIG_LEN];
    size_t len;

    (void)w;
    assert_int_equal(falcon_sign(&signer, sig, &len, MESSAGE), PQHW_RANDOM_FAILED);
}

/* Leaves something behind, deeper than the end of the thread needs the stack. */
static void call_leak(struct work *w)
{
    volatile uint8_t left[8192];

    (void)w;
    for (unsigned i = 0; i < sizeof(left); i++)
        left[i] = (uint8_t)keys[1].basis[0][i % FALCON_MAX_N];
    (void)left;
}

static void *do_work(void *arg)
{
    struct work *work = arg;

    work->call(work);
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
}

/* ---- what must not be left ---- */

static bool is_telling(const uint8_t *bytes, size_t len)
{
    unsigned count = 0;

    for (size_t i = 0; i < len; i++)
        count += (unsigned)__builtin_popcount(bytes[i]);
    return count >= 3;
}

static bool holds(const uint8_t *stack, const void *secret, size_t len, size_t window)
{
    const uint8_t *bytes = secret;

    for (size_t i = 0; i + window <= len; i += window)
        if (is_telling(bytes + i, window) && memmem(stack, STACK_LEN, bytes + i, window) != NULL)
            return true;
    return false;
}

/* The coefficients as bytes, and as numbers of two. */
static void assert_no_basis(const uint8_t *stack, const struct key *key, unsigned n)
{
    for (unsigned i = 0; i < 3; i++) {
        int16_t wide[FALCON_MAX_N];

        for (unsigned j = 0; j < n; j++)
            wide[j] = key->basis[i][j];
        assert_false(holds(stack, key->basis[i], n, SMALL));
        assert_false(holds(stack, wide, n * sizeof(wide[0]), (size_t)2 * SMALL));
    }
}

static void assert_no_key(const uint8_t *stack, int set)
{
    const struct key *key = &keys[set];
    const size_t expanded_len =
        falcon_private_size((enum falcon_set)set) - offsetof(struct falcon_private, sk_expanded);

    assert_false(holds(stack, seeds[set], 24, WINDOW));
    assert_false(holds(stack, key->sk + 1, falcon_sizes((enum falcon_set)set)->sk_len - 1, WINDOW));
    assert_false(holds(stack, key->priv->sk_expanded, expanded_len, WINDOW));
    assert_no_basis(stack, key, falcon_params((enum falcon_set)set)->n);
}

/* What is drawn, what ChaCha20 is keyed with, and the first of what comes out. */
static void assert_no_noise(const uint8_t *stack)
{
    struct falcon_noise noise;
    struct keccak seed;
    uint8_t drawn[DRAW_LEN];

    assert_int_equal(draw(NULL, drawn, sizeof(drawn)), PQHW_OK);
    shake256_init(&seed);
    keccak_absorb(&seed, drawn, sizeof(drawn));
    falcon_noise_init(&noise, &seed, falcon_portable_fill);
    /* The nonce, which is public, begins with the same bytes. */
    assert_false(holds(stack, drawn + FALCON_NONCE_LEN, DRAW_LEN - FALCON_NONCE_LEN, WINDOW));
    assert_false(holds(stack, noise.sk_key, sizeof(noise.sk_key), WINDOW));
    assert_false(holds(stack, noise.sk_bytes, FALCON_NOISE_BLOCK_LEN, WINDOW));
}

static void test_stack_holds_no_secret(void **state)
{
    static void (*const calls[])(struct work *) = {call_keygen, call_open, call_open_bad, call_sign,
                                                   call_sign_without_noise};

    (void)state;
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
    skip(); /* they lay out the stack in their own way, and frames reach below what is wiped */
#endif
    struct work work = {.call = call_leak,
                        .priv = new_memory(falcon_private_size(FALCON_1024)),
                        .room = new_memory(falcon_keygen_room_size())};
    uint8_t *stack = new_memory(STACK_LEN);
    run_on_stack(stack, &work);
    assert_true(holds(stack, keys[1].basis[0], FALCON_MAX_N, SMALL));
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        work.call = calls[i];
        run_on_stack(stack, &work);
        for (int set = 0; set < NUM_SETS; set++)
            assert_no_key(stack, set);
        assert_no_noise(stack);
    }
    free(stack);
    free(work.priv);
    free(work.room);
}

static void test_room_is_wiped(void **state)
{
    struct falcon_private *priv = new_memory(falcon_private_size(FALCON_1024));
    uint8_t *room = new_memory(falcon_keygen_room_size());

    (void)state;
    for (int set = 0; set < NUM_SETS; set++) {
        memset(room, 0xee, falcon_keygen_room_size());
        assert_int_equal(falcon_keygen(priv, (enum falcon_set)set, seeds[set], (void *)room),
                         PQHW_OK);
        for (size_t i = 0; i < falcon_keygen_room_size(); i++)
            assert_int_equal(room[i], 0);
    }
    free(priv);
    free(room);
}

/* A private key that is refused leaves nothing of it. */
static void test_refused_key_is_wiped(void **state)
{
    const size_t size = falcon_private_size(FALCON_512);
    const size_t len = falcon_sizes(FALCON_512)->sk_len;
    uint8_t *priv = new_memory(size);

    (void)state;
    for (size_t at = 1; at < len; at += 160) {
        uint8_t sk[FALCON_MAX_SK_LEN];

        memcpy(sk, keys[0].sk, len);
        sk[at] ^= 0x10;
        memset(priv, 0xee, size);
        assert_int_equal(falcon_private_init((void *)priv, FALCON_512, span(sk, len)),
                         PQHW_DATA_INVALID);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(priv[i], 0);
    }
    free(priv);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stack_holds_no_secret),
        cmocka_unit_test(test_room_is_wiped),
        cmocka_unit_test(test_refused_key_is_wiped),
    };

    return cmocka_run_group_tests_name("crypto_falcon_residue", tests, make_keys, free_keys);
}
