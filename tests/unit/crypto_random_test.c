/* SPDX-License-Identifier: Apache-2.0 */
#include <dlfcn.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "crypto/random/random.h"

static struct classic *classic;

/*
 * The program's own EVP_RAND_generate comes before libcrypto's: it passes on, or fails, or delivers
 * the same bytes each time, as a broken generator would.
 */
static enum {
    PASS,
    FAIL,
    REPEAT
} generator;

int EVP_RAND_generate(EVP_RAND_CTX *ctx, unsigned char *out, size_t outlen, unsigned int strength,
                      int prediction_resistance, const unsigned char *addin, size_t addin_len)
{
    int (*real)(EVP_RAND_CTX *, unsigned char *, size_t, unsigned int, int, const unsigned char *,
                size_t);

    if (generator == REPEAT) {
        memset(out, 0x5a, outlen);
        return 1;
    }
    if (generator == FAIL) {
        ERR_raise(ERR_LIB_RAND, 1);
        return 0;
    }
    *(void **)&real = dlsym(RTLD_NEXT, "EVP_RAND_generate");
    return real(ctx, out, outlen, strength, prediction_resistance, addin, addin_len);
}

static bool all_zero(const uint8_t *data, size_t len)
{
    uint8_t any = 0;

    for (size_t i = 0; i < len; i++)
        any |= data[i];
    return any == 0;
}

/* Each length is filled to its last byte and not beyond: in a few tries every byte was nonzero. */
static void test_fills(void **context)
{
    static const size_t lens[] = {0, 1, 15, 16, 17, 32, 495, 496, 497, 512, 992, 993, 5000};
    static uint8_t out[5001], seen[5000];

    (void)context;
    for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
        memset(seen, 0, sizeof(seen));
        for (int round = 0; round < 12; round++) {
            memset(out, 0, sizeof(out));
            out[lens[i]] = 0xee;
            assert_int_equal(random_bytes(classic, out, lens[i]), PQHW_OK);
            assert_int_equal(out[lens[i]], 0xee);
            for (size_t k = 0; k < lens[i]; k++)
                seen[k] |= out[k];
        }
        for (size_t k = 0; k < lens[i]; k++)
            assert_int_not_equal(seen[k], 0);
    }
}

static void test_differs(void **context)
{
    uint8_t blocks[64][16];

    (void)context;
    for (size_t i = 0; i < 64; i++) {
        assert_int_equal(random_bytes(classic, blocks[i], 16), PQHW_OK);
        for (size_t k = 0; k < i; k++)
            assert_memory_not_equal(blocks[i], blocks[k], 16);
    }
}

/* A gross bias only: each bit of 8192 bytes is set between 40 and 60 times in a hundred. */
static void test_bits_are_balanced(void **context)
{
    static uint8_t out[8192];
    size_t count[8] = {0};

    (void)context;
    assert_int_equal(random_bytes(classic, out, sizeof(out)), PQHW_OK);
    for (size_t i = 0; i < sizeof(out); i++)
        for (int bit = 0; bit < 8; bit++)
            count[bit] += out[i] >> bit & 1u;
    for (int bit = 0; bit < 8; bit++)
        assert_in_range(count[bit], sizeof(out) * 4 / 10, sizeof(out) * 6 / 10);
}

static void test_failing_generator(void **context)
{
    uint8_t out[600];

    (void)context;
    memset(out, 0xee, sizeof(out));
    generator = FAIL;
    assert_int_equal(random_bytes(classic, out, sizeof(out)), PQHW_RANDOM_FAILED);
    generator = PASS;
    assert_true(all_zero(out, sizeof(out)));
    assert_int_equal(ERR_get_error(), 0);
    assert_int_equal(random_bytes(classic, out, sizeof(out)), PQHW_OK);
}

/* Afterwards the next bytes come fresh from the generator. */
static void drop_what_was_drawn_ahead(void)
{
    assert_int_equal(random_stir(classic, SPAN_EMPTY), PQHW_OK);
}

/* Short draws share one of the generator: it is asked again when that is used up, and what came
 * before it failed was good. */
static void test_generator_failing_after_a_draw_ahead(void **context)
{
    uint8_t out[32], last[32] = {0};
    int num_given = 0;

    (void)context;
    drop_what_was_drawn_ahead();
    assert_int_equal(random_bytes(classic, out, sizeof(out)), PQHW_OK);
    generator = FAIL;
    while (random_bytes(classic, out, sizeof(out)) == PQHW_OK) {
        assert_false(all_zero(out, sizeof(out)));
        assert_memory_not_equal(out, last, sizeof(out));
        memcpy(last, out, sizeof(out));
        num_given++;
    }
    assert_true(all_zero(out, sizeof(out)));
    assert_in_range(num_given, 1, 100);
    /* Not even one byte of the rest. */
    assert_int_equal(random_bytes(classic, out, 1), PQHW_RANDOM_FAILED);
    generator = PASS;
    assert_int_equal(random_bytes(classic, out, sizeof(out)), PQHW_OK);
    assert_false(all_zero(out, sizeof(out)));
}

/* Whoever stirs wants what was stirred in to count from now on. */
static void test_stir_drops_what_was_drawn_ahead(void **context)
{
    uint8_t out[32];

    (void)context;
    assert_int_equal(random_bytes(classic, out, sizeof(out)), PQHW_OK);
    drop_what_was_drawn_ahead();
    generator = FAIL;
    assert_int_equal(random_bytes(classic, out, sizeof(out)), PQHW_RANDOM_FAILED);
    generator = PASS;
}

static void test_repeating_generator(void **context)
{
    uint8_t out[600];

    (void)context;
    drop_what_was_drawn_ahead();
    generator = REPEAT;
    assert_int_equal(random_bytes(classic, out, 65), PQHW_OK); /* the first cannot be known */
    drop_what_was_drawn_ahead();
    assert_int_equal(random_bytes(classic, out, 32), PQHW_RANDOM_FAILED);
    assert_true(all_zero(out, 32));
    generator = PASS;
    assert_int_equal(random_bytes(classic, out, 32), PQHW_OK);
    generator = REPEAT;
    assert_int_equal(random_bytes(classic, out, sizeof(out)), PQHW_RANDOM_FAILED);
    assert_true(all_zero(out, sizeof(out)));
    generator = PASS;
}

static void test_stir(void **context)
{
    uint8_t a[32], b[32];
    static uint8_t much[100000];

    (void)context;
    assert_int_equal(random_bytes(classic, a, sizeof(a)), PQHW_OK);
    assert_int_equal(random_stir(classic, SPAN_STR("noise")), PQHW_OK);
    assert_int_equal(random_stir(classic, SPAN_EMPTY), PQHW_OK);
    assert_int_equal(random_stir(classic, SPAN(much)), PQHW_OK);
    assert_int_equal(random_bytes(classic, b, sizeof(b)), PQHW_OK);
    assert_memory_not_equal(a, b, sizeof(a));
}

/* Two children and the parent, from the same state. */
static void test_fork(void **context)
{
    uint8_t drawn[3][32];

    (void)context;
    assert_int_equal(random_bytes(classic, drawn[2], 32), PQHW_OK);
    for (int child = 0; child < 2; child++) {
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        pid_t pid = fork();
        if (pid == 0) {
            if (random_bytes(classic, drawn[0], 32) != PQHW_OK ||
                write(ends[1], drawn[0], 32) != 32)
                _exit(1);
            _exit(0);
        }
        int how;
        assert_int_equal(waitpid(pid, &how, 0), pid);
        assert_int_equal(how, 0);
        assert_int_equal(read(ends[0], drawn[child], 32), 32);
        close(ends[0]);
        close(ends[1]);
    }
    assert_int_equal(random_bytes(classic, drawn[2], 32), PQHW_OK);
    assert_memory_not_equal(drawn[0], drawn[1], 32);
    assert_memory_not_equal(drawn[0], drawn[2], 32);
    assert_memory_not_equal(drawn[1], drawn[2], 32);
}

static void *draw(void *out)
{
    for (int i = 0; i < 500; i++)
        if (random_bytes(classic, out, 32) != PQHW_OK)
            return "failed";
    return NULL;
}

static void test_threads(void **context)
{
    pthread_t threads[3];
    uint8_t drawn[3][32];

    (void)context;
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, draw, drawn[i]), 0);
    for (int i = 0; i < 10; i++)
        assert_int_equal(random_stir(classic, SPAN_STR("noise")), PQHW_OK);
    for (int i = 0; i < 3; i++) {
        void *failure;
        pthread_join(threads[i], &failure);
        assert_null(failure);
    }
    assert_memory_not_equal(drawn[0], drawn[1], 32);
    assert_memory_not_equal(drawn[1], drawn[2], 32);
}

/* An application's own RAND_METHOD is not asked. */
static int zeros(unsigned char *out, int len)
{
    memset(out, 0, (size_t)len);
    return 1;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
static void test_foreign_method(void **context)
{
    const RAND_METHOD method = {.bytes = zeros, .pseudorand = zeros};
    uint8_t out[32];

    (void)context;
    RAND_set_rand_method(&method);
    assert_int_equal(random_bytes(classic, out, sizeof(out)), PQHW_OK);
    RAND_set_rand_method(NULL);
    assert_false(all_zero(out, sizeof(out)));
}
#pragma GCC diagnostic pop

static void use_after_exit(void)
{
    uint8_t out[32] = {0};

    /* libcrypto has shut down: bytes, or an honest refusal. */
    enum pqhw_status status = random_bytes(classic, out, sizeof(out));
    if (all_zero(out, sizeof(out)) != (status != PQHW_OK)) {
        fprintf(stderr, "wrong status in an exit handler\n");
        _exit(1);
    }
    classic_free(classic);
}

/* A thread that drew random numbers ends after their context was freed, as threads of an
 * application do after C_Finalize. */
struct late {
    struct classic *classic;
    pthread_barrier_t drawn;
    pthread_barrier_t freed;
};

static void *end_late(void *arg)
{
    struct late *late = arg;
    uint8_t out[32];
    enum pqhw_status status = random_bytes(late->classic, out, sizeof(out));

    pthread_barrier_wait(&late->drawn);
    pthread_barrier_wait(&late->freed);
    return status == PQHW_OK ? late : NULL;
}

static void test_thread_ends_after_free(void **state)
{
    (void)state;
    struct late late;
    pthread_t thread;
    void *result;

    assert_int_equal(classic_new(&late.classic), PQHW_OK);
    pthread_barrier_init(&late.drawn, NULL, 2);
    pthread_barrier_init(&late.freed, NULL, 2);
    assert_int_equal(pthread_create(&thread, NULL, end_late, &late), 0);
    pthread_barrier_wait(&late.drawn);
    classic_free(late.classic);
    pthread_barrier_wait(&late.freed);
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_ptr_equal(result, &late);
    pthread_barrier_destroy(&late.drawn);
    pthread_barrier_destroy(&late.freed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fills),
        cmocka_unit_test(test_differs),
        cmocka_unit_test(test_bits_are_balanced),
        cmocka_unit_test(test_failing_generator),
        cmocka_unit_test(test_generator_failing_after_a_draw_ahead),
        cmocka_unit_test(test_stir_drops_what_was_drawn_ahead),
        cmocka_unit_test(test_repeating_generator),
        cmocka_unit_test(test_stir),
        cmocka_unit_test(test_fork),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_thread_ends_after_free),
        cmocka_unit_test(test_foreign_method),
    };

    atexit(use_after_exit);
    if (classic_new(&classic) != PQHW_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
