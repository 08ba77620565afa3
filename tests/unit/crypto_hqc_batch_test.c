/* SPDX-License-Identifier: Apache-2.0
 *
 * HQC on many items at once gives what it gives on one, whatever stands beside them, and neither
 * many nor one leave a secret on the stack or in the workspace.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <pthread.h>

#include <cmocka.h>

#include "crypto/batch.h"
#include "crypto/hqc/impl.h"
#include "crypto/hqc/key.h"
#include "crypto/keccak/keccak.h"

#define MAX_ITEMS  17
#define NUM_KEYS   6
#define NUM_ROUNDS 2
#define UNTOUCHED  0xa5 /* what an output holds before */

/* A key, a message and a fault, and what one operation after the other makes of them. */
static struct key {
    enum hqc_set set;
    uint8_t seed[HQC_SEED_LEN];
    uint8_t coins[HQC_MAX_COINS_LEN];
    struct hqc_private *priv;
    uint8_t ek[HQC_MAX_EK_LEN + 1];
    uint8_t dk[HQC_MAX_DK_LEN + 1];
    uint8_t ct[HQC_MAX_CT_LEN + 1];
    uint8_t ss[HQC_SECRET_LEN];
    uint8_t bad_ct[HQC_MAX_CT_LEN];
    uint8_t ss_rejected[HQC_SECRET_LEN];
} keys[NUM_KEYS];

static uint64_t random_state = 0x9e3779b97f4a7c15;

/* splitmix64: the same numbers in each run. */
static uint64_t random_u64(void)
{
    uint64_t z = random_state += 0x9e3779b97f4a7c15;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static unsigned random_below(unsigned limit)
{
    return (unsigned)(random_u64() % limit);
}

static void random_bytes(uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)random_u64();
}

static void *room(size_t size)
{
    void *mem = NULL;

    if (posix_memalign(&mem, BATCH_ALIGN, size) != 0)
        abort();
    memset(mem, UNTOUCHED, size);
    return mem;
}

static void *copy(const void *from, size_t len)
{
    uint8_t *to = malloc(len == 0 ? 1 : len); /* so that a byte too far is seen */

    assert_non_null(to);
    memcpy(to, from, len);
    return to;
}

static void assert_all(const void *mem, uint8_t byte, size_t len)
{
    const uint8_t *bytes = mem;
    size_t num = 0;

    for (size_t i = 0; i < len; i++)
        num += bytes[i] == byte;
    assert_int_equal(num, len);
}

static int make_keys(void **state)
{
    (void)state;
    for (unsigned n = 0; n < NUM_KEYS; n++) {
        struct key *key = &keys[n];
        size_t ct_len;

        key->set = (enum hqc_set)(n % HQC_NUM_SETS);
        ct_len = hqc_sizes(key->set)->ct_len;
        random_bytes(key->seed, sizeof(key->seed));
        random_bytes(key->coins, sizeof(key->coins));
        key->priv = room(hqc_private_size(key->set));
        hqc_keygen(key->priv, key->set, key->seed);
        hqc_public_encode(hqc_private_public(key->priv), key->ek);
        hqc_private_encode(key->priv, key->dk);
        hqc_encaps(hqc_private_public(key->priv), key->ct, key->ss, key->coins);
        memcpy(key->bad_ct, key->ct, ct_len);
        key->bad_ct[random_below((unsigned)ct_len)] ^= 1;
        hqc_decaps(key->priv, key->ss_rejected, key->bad_ct);
    }
    return 0;
}

static int free_keys(void **state)
{
    (void)state;
    for (unsigned n = 0; n < NUM_KEYS; n++)
        free(keys[n].priv);
    return 0;
}

static const struct key *any_key(void)
{
    return &keys[random_below(NUM_KEYS)];
}

/* ------------------------------------------------------------------ many at once */

/* An input that is too short, too long, or empty. */
static size_t wrong_len(size_t len)
{
    const size_t lens[] = {len - 1, len + 1, 0, len / 2};

    return lens[random_below(4)];
}

typedef void run_fn(unsigned num, void *workspace);

/* Every number of items. The workspace is of the size that is asked for, to the byte. */
static void run_all(run_fn *run, bool secret)
{
    for (unsigned round = 0; round < NUM_ROUNDS; round++) {
        for (unsigned num = 0; num <= MAX_ITEMS; num++) {
            uint8_t *workspace = room(hqc_batch_size());

            memset(workspace, 0, hqc_batch_size());
            run(num, workspace);
            if (secret)
                assert_all(workspace, 0, hqc_batch_size());
            free(workspace);
        }
    }
}

static void run_keygen(unsigned num, void *workspace)
{
    struct hqc_keygen_item item[MAX_ITEMS];
    const struct key *key[MAX_ITEMS];

    for (unsigned n = 0; n < num; n++) {
        key[n] = any_key();
        item[n] = (struct hqc_keygen_item){PQHW_INTERNAL, key[n]->set,
                                           room(hqc_private_size(key[n]->set)), key[n]->seed};
    }
    hqc_keygen_batch(item, num, workspace);
    for (unsigned n = 0; n < num; n++) {
        assert_int_equal(item[n].status, PQHW_OK);
        assert_memory_equal(item[n].priv, key[n]->priv, hqc_private_size(key[n]->set));
        free(item[n].priv);
    }
}

static void run_public_init(unsigned num, void *workspace)
{
    struct hqc_public_item item[MAX_ITEMS];
    enum pqhw_status wanted[MAX_ITEMS];
    const struct key *key[MAX_ITEMS];
    uint8_t *ek[MAX_ITEMS];

    for (unsigned n = 0; n < num; n++) {
        const unsigned fault = random_below(6);
        size_t len;

        key[n] = any_key();
        len = hqc_sizes(key[n]->set)->ek_len;
        wanted[n] = fault == 0 ? PQHW_DATA_LEN_RANGE : fault == 1 ? PQHW_DATA_INVALID : PQHW_OK;
        len = fault == 0 ? wrong_len(len) : len;
        ek[n] = copy(key[n]->ek, len);
        if (fault == 1)
            ek[n][len - 1] |= 0x80;
        item[n] = (struct hqc_public_item){PQHW_INTERNAL, key[n]->set,
                                           room(hqc_public_size(key[n]->set)), span(ek[n], len)};
    }
    hqc_public_init_batch(item, num, workspace);
    for (unsigned n = 0; n < num; n++) {
        const size_t size = hqc_public_size(key[n]->set);

        assert_int_equal(item[n].status, wanted[n]);
        if (wanted[n] == PQHW_OK)
            assert_memory_equal(item[n].pub, hqc_private_public(key[n]->priv), size);
        else
            assert_all(item[n].pub, 0, size);
        free(ek[n]);
        free(item[n].pub);
    }
}

static void run_private_init(unsigned num, void *workspace)
{
    struct hqc_private_item item[MAX_ITEMS];
    enum pqhw_status wanted[MAX_ITEMS];
    const struct key *key[MAX_ITEMS];
    uint8_t *dk[MAX_ITEMS];

    for (unsigned n = 0; n < num; n++) {
        const unsigned fault = random_below(5);
        size_t len;

        key[n] = any_key();
        len = hqc_sizes(key[n]->set)->dk_len;
        wanted[n] = fault == 0 ? PQHW_DATA_LEN_RANGE : fault == 1 ? PQHW_DATA_INVALID : PQHW_OK;
        len = fault == 0 ? wrong_len(len) : len;
        dk[n] = copy(key[n]->dk, len);
        if (fault == 1)
            dk[n][random_below((unsigned)len)] ^= 1;
        item[n] = (struct hqc_private_item){PQHW_INTERNAL, key[n]->set,
                                            room(hqc_private_size(key[n]->set)), span(dk[n], len)};
    }
    hqc_private_init_batch(item, num, workspace);
    for (unsigned n = 0; n < num; n++) {
        const size_t size = hqc_private_size(key[n]->set);

        assert_int_equal(item[n].status, wanted[n]);
        if (wanted[n] == PQHW_OK)
            assert_memory_equal(item[n].priv, key[n]->priv, size);
        else
            assert_all(item[n].priv, 0, size);
        free(dk[n]);
        free(item[n].priv);
    }
}

static void run_encaps(unsigned num, void *workspace)
{
    struct hqc_encaps_item item[MAX_ITEMS];
    const struct key *key[MAX_ITEMS];

    for (unsigned n = 0; n < num; n++) {
        key[n] = any_key();
        item[n] = (struct hqc_encaps_item){
            .status = PQHW_INTERNAL,
            .pub = hqc_private_public(key[n]->priv),
            .ct = room(hqc_sizes(key[n]->set)->ct_len),
            .ss = room(HQC_SECRET_LEN),
            .coins = key[n]->coins,
        };
    }
    hqc_encaps_batch(item, num, workspace);
    for (unsigned n = 0; n < num; n++) {
        assert_int_equal(item[n].status, PQHW_OK);
        assert_memory_equal(item[n].ct, key[n]->ct, hqc_sizes(key[n]->set)->ct_len);
        assert_memory_equal(item[n].ss, key[n]->ss, HQC_SECRET_LEN);
        free(item[n].ct);
        free(item[n].ss);
    }
}

static void run_decaps(unsigned num, void *workspace)
{
    struct hqc_decaps_item item[MAX_ITEMS];
    const uint8_t *wanted[MAX_ITEMS]; /* NULL: the length is refused */
    uint8_t *ct[MAX_ITEMS];

    for (unsigned n = 0; n < num; n++) {
        const struct key *key = any_key();
        const unsigned fault = random_below(5);
        size_t len = hqc_sizes(key->set)->ct_len;

        wanted[n] = fault == 0 ? NULL : fault == 1 ? key->ss_rejected : key->ss;
        len = fault == 0 ? wrong_len(len) : len;
        ct[n] = copy(fault == 1 ? key->bad_ct : key->ct, len);
        item[n] = (struct hqc_decaps_item){PQHW_INTERNAL, key->priv, room(HQC_SECRET_LEN),
                                           span(ct[n], len)};
    }
    hqc_decaps_batch(item, num, workspace);
    for (unsigned n = 0; n < num; n++) {
        assert_int_equal(item[n].status,
                         wanted[n] == NULL ? PQHW_ENCRYPTED_DATA_LEN_RANGE : PQHW_OK);
        if (wanted[n] == NULL)
            assert_all(item[n].ss, UNTOUCHED, HQC_SECRET_LEN);
        else
            assert_memory_equal(item[n].ss, wanted[n], HQC_SECRET_LEN);
        free(ct[n]);
        free(item[n].ss);
    }
}

static void test_batches(void **state)
{
    (void)state;
    run_all(run_keygen, true);
    run_all(run_public_init, false);
    run_all(run_private_init, true);
    run_all(run_encaps, true);
    run_all(run_decaps, true);
}

/* ------------------------------------------------------------------ the stack */

#define STACK_LEN (1 << 18)
#define WINDOW    8 /* bytes in a row that count as a piece of a secret */

/* A call, on a stack of its own, with a key of each set. */
struct work {
    void (*call)(struct work *work);
    void *workspace;
    struct hqc_private *priv;
    uint8_t ct[HQC_MAX_CT_LEN];
    uint8_t ss[HQC_SECRET_LEN];
};

static void call_keygen(struct work *w)
{
    for (unsigned n = 0; n < HQC_NUM_SETS; n++)
        hqc_keygen(w->priv, keys[n].set, keys[n].seed);
}

static void call_open(struct work *w)
{
    for (unsigned n = 0; n < HQC_NUM_SETS; n++)
        assert_int_equal(hqc_private_init(w->priv, keys[n].set,
                                          span(keys[n].dk, hqc_sizes(keys[n].set)->dk_len)),
                         PQHW_OK);
}

static void call_encaps(struct work *w)
{
    for (unsigned n = 0; n < HQC_NUM_SETS; n++)
        hqc_encaps(hqc_private_public(keys[n].priv), w->ct, w->ss, keys[n].coins);
}

static void call_decaps(struct work *w)
{
    for (unsigned n = 0; n < HQC_NUM_SETS; n++)
        hqc_decaps(keys[n].priv, w->ss, n % 2 == 0 ? keys[n].ct : keys[n].bad_ct);
}

static void call_batches(struct work *w)
{
    for (unsigned n = 0; n < HQC_NUM_SETS; n++) {
        const struct key *key = &keys[n];
        struct hqc_keygen_item keygen = {.set = key->set, .priv = w->priv, .seed = key->seed};
        struct hqc_encaps_item encaps = {
            .pub = hqc_private_public(key->priv), .ct = w->ct, .ss = w->ss, .coins = key->coins};
        struct hqc_decaps_item decaps = {
            .priv = key->priv, .ss = w->ss, .ct = span(key->ct, hqc_sizes(key->set)->ct_len)};

        hqc_keygen_batch(&keygen, 1, w->workspace);
        hqc_encaps_batch(&encaps, 1, w->workspace);
        hqc_decaps_batch(&decaps, 1, w->workspace);
    }
}

/* Leaves a message behind, deeper than the end of the thread needs the stack. */
static void call_leak(struct work *w)
{
    volatile uint8_t left[4096];

    (void)w;
    for (unsigned i = 0; i < sizeof(left); i++)
        left[i] = keys[0].coins[i % 16];
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

/* How many bits are set: a piece of a vector with one or none tells nothing, and stands anywhere.
 */
static unsigned count_bits(const uint8_t *bytes, size_t len)
{
    unsigned count = 0;

    for (size_t i = 0; i < len; i++)
        count += (unsigned)__builtin_popcount(bytes[i]);
    return count;
}

/* Whether a piece of a secret, with some bits in it, stands on the stack. */
static bool holds_window(const uint8_t *stack, const void *secret, size_t len, size_t window)
{
    const uint8_t *bytes = secret;

    for (size_t i = 0; i + window <= len; i += window)
        if (count_bits(bytes + i, window) >= 3 &&
            memmem(stack, STACK_LEN, bytes + i, window) != NULL)
            return true;
    return false;
}

static bool holds(const uint8_t *stack, const void *secret, size_t len)
{
    return holds_window(stack, secret, len, WINDOW);
}

/* The positions that Sendrier's sampler makes of what is drawn, and the vector of them. */
static void assert_no_noise(const uint8_t *stack, const uint8_t *draw,
                            const struct hqc_params *params)
{
    uint32_t positions[HQC_MAX_WEIGHT];
    uint64_t vector[HQC_MAX_WORDS] = {0};

    for (uint32_t i = 0; i < params->w_r; i++) {
        uint32_t number;

        memcpy(&number, draw + 4 * i, 4);
        positions[i] = i + (uint32_t)((uint64_t)number * (params->n - i) >> 32);
        vector[positions[i] / 64] |= (uint64_t)1 << positions[i] % 64;
    }
    assert_false(holds(stack, draw, 4 * params->w_r));
    assert_false(holds(stack, positions, params->w_r * sizeof(positions[0])));
    assert_false(holds_window(stack, vector, sizeof(vector), 64));
}

/* What must not be left of a key and a message: the seeds, sigma, what y and x are drawn from, y;
 * m, K, theta and all that comes of it. */
static void assert_no_secret(const uint8_t *stack, const struct key *key)
{
    const struct hqc_params *params = hqc_params(key->set);
    const struct span seed[] = {SPAN(key->seed), SPAN_STR("\1")};
    const struct span dk[] = {SPAN(key->priv->seed_dk), SPAN_STR("\1")};
    const struct span g[] = {SPAN(hqc_private_public(key->priv)->hash),
                             span(key->coins, params->k + HQC_SALT_LEN), SPAN_STR("\0")};
    uint8_t drawn[12 * HQC_MAX_WEIGHT];
    uint8_t pair[64];

    assert_false(holds(stack, key->seed, sizeof(key->seed)));
    assert_false(holds(stack, key->priv->seed_dk, 32));
    assert_false(holds(stack, key->priv->sigma, params->k));
    assert_false(holds_window(stack, key->priv->words, 8 * params->num_words, 64));
    {
        const struct hqc_public *pub = hqc_private_public(key->priv);
        uint64_t x[HQC_MAX_WORDS] = {0};

        hqc_impl()->mul(x, hqc_public_h(pub), key->priv->words, params);
        for (unsigned i = 0; i < params->num_words; i++)
            x[i] ^= hqc_public_s(pub)[i];
        assert_false(holds_window(stack, x, 8 * params->num_words, 64));
    }
    assert_false(holds(stack, key->coins, params->k));
    assert_false(holds(stack, key->ss, sizeof(key->ss)));
    assert_false(holds(stack, key->ss_rejected, sizeof(key->ss_rejected)));
    shake256(drawn, 32 + params->k, seed, 2);
    assert_false(holds(stack, drawn, 32 + params->k));
    shake256(drawn, 6 * params->w, dk, 2);
    assert_false(holds(stack, drawn, 6 * params->w));
    sha3_512(pair, g, 3);
    assert_memory_equal(pair, key->ss, sizeof(key->ss));
    assert_false(holds(stack, pair, sizeof(pair)));
    {
        const struct span theta[] = {span(pair + 32, 32), SPAN_STR("\1")};

        shake256(drawn, 12 * params->w_r, theta, 2);
    }
    for (unsigned i = 0; i < 3; i++)
        assert_no_noise(stack, drawn + (size_t)4 * params->w_r * i, params);
}

static void test_stack_holds_no_secret(void **state)
{
    static void (*const calls[])(struct work *) = {call_keygen, call_open, call_encaps, call_decaps,
                                                   call_batches};
    struct work work = {.priv = room(hqc_private_size(HQC_5)), .workspace = room(hqc_batch_size())};
    uint8_t *stack = room(STACK_LEN);

    (void)state;
#ifdef __SANITIZE_THREAD__
    skip(); /* ThreadSanitizer lays out the stack in its own way */
#endif
    work.call = call_leak;
    run_on_stack(stack, &work);
    assert_true(holds(stack, keys[0].coins, 16));
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        work.call = calls[i];
        run_on_stack(stack, &work);
        for (unsigned n = 0; n < HQC_NUM_SETS; n++)
            assert_no_secret(stack, &keys[n]);
    }
    free(stack);
    free(work.priv);
    free(work.workspace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_batches),
        cmocka_unit_test(test_stack_holds_no_secret),
    };

    return cmocka_run_group_tests_name("crypto_hqc_batch", tests, make_keys, free_keys);
}
