/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs a fuzzer without libFuzzer: files that are named, the target's seeds, and changed seeds for
 * a while. The input of run N follows from the seed of the whole and N alone, so that a failure can
 * be repeated, and found again in the debugger, without a file.
 *
 * usage: NAME_fuzz [-seed=S] [-runs=N] [-ms=T] [-only=N] [FILE...]
 */
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fuzz.h"

#define MAX_SEEDS   256
#define MAX_CHANGES 8

static struct buf seeds[MAX_SEEDS];
static size_t num_seeds;
static uint64_t whole = 1; /* the seed of all */
static uint64_t run;

static struct {
    const char *program;
    uint64_t runs, ms, only;
} options = {.runs = 20000, .ms = 500, .only = UINT64_MAX};

/* Only what a signal handler may call. */
static void on_abort(int number)
{
    char text[256];
    int len = snprintf(text, sizeof(text), "%s: failed; repeat with: %s -seed=%llu -only=%llu\n",
                       options.program, options.program, (unsigned long long)whole,
                       (unsigned long long)run);

    if (write(STDERR_FILENO, text, (size_t)len) != len)
        _exit(1);
    signal(number, SIG_DFL);
    raise(number);
}

static uint64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void collect_seeds(void)
{
    for (num_seeds = 0; num_seeds < MAX_SEEDS; num_seeds++) {
        seeds[num_seeds] = (struct buf)BUF_INIT(FUZZ_MAX_LEN);
        if (!fuzz_seed(num_seeds, &seeds[num_seeds]))
            break;
        check(buf_status(&seeds[num_seeds]) == PQHW_OK);
    }
    check(num_seeds > 0);
}

static void try_input(struct span input)
{
    uint8_t *copy = fuzz_copy(input);

    check(LLVMFuzzerTestOneInput(copy, input.len) == 0);
    free(copy);
}

struct input {
    uint8_t bytes[FUZZ_MAX_LEN];
    size_t len;
};

static size_t below(uint64_t *state, size_t bound)
{
    return bound == 0 ? 0 : (size_t)(fuzz_number(state) % bound);
}

/* Numbers at which programs err. */
static void put_number(struct input *in, uint64_t *state)
{
    static const uint64_t numbers[] = {
        0,      1,      2,          0x7f,       0x80,      0xff,       0x100,
        0x7fff, 0xffff, 0x7fffffff, 0xffffffff, INT64_MAX, UINT64_MAX,
    };
    uint64_t number = numbers[below(state, sizeof(numbers) / sizeof(numbers[0]))];
    size_t width = (size_t)1 << below(state, 4);
    size_t at = below(state, in->len);

    for (size_t i = 0; i < width && at + i < in->len; i++)
        in->bytes[at + i] = (uint8_t)(number >> 8 * (width - 1 - i));
}

static void insert_bytes(struct input *in, uint64_t *state)
{
    size_t len = 1 + below(state, fuzz_number(state) % 8 == 0 ? 256 : 8);
    size_t at = below(state, in->len + 1);

    if (in->len + len > FUZZ_MAX_LEN)
        return;
    memmove(in->bytes + at + len, in->bytes + at, in->len - at);
    fuzz_fill(fuzz_number(state), in->bytes + at, len);
    in->len += len;
}

static void remove_bytes(struct input *in, uint64_t *state)
{
    size_t at = below(state, in->len);
    size_t len = 1 + below(state, fuzz_number(state) % 4 == 0 ? in->len - at : 8);

    if (len > in->len - at)
        len = in->len - at;
    memmove(in->bytes + at, in->bytes + at + len, in->len - at - len);
    in->len -= len;
}

/* The end of another seed. */
static void splice(struct input *in, uint64_t *state)
{
    struct span other = buf_span(&seeds[below(state, num_seeds)]);
    size_t from = below(state, other.len);
    size_t at = below(state, in->len + 1);
    size_t len = other.len - from;

    if (len > FUZZ_MAX_LEN - at)
        len = FUZZ_MAX_LEN - at;
    if (len != 0)
        memcpy(in->bytes + at, other.ptr + from, len);
    in->len = at + len;
}

static void change(struct input *in, uint64_t *state)
{
    size_t at = below(state, in->len);

    switch (fuzz_number(state) % 8) {
    case 0:
    case 1:
        in->bytes[at] ^= (uint8_t)(1u << fuzz_number(state) % 8);
        break;
    case 2:
    case 3:
        in->bytes[at] = (uint8_t)fuzz_number(state);
        break;
    case 4:
        put_number(in, state);
        break;
    case 5:
        insert_bytes(in, state);
        break;
    case 6:
        remove_bytes(in, state);
        break;
    default:
        splice(in, state);
    }
}

/* The seeds as they are come first. */
static void try_run(void)
{
    static struct input in;
    uint64_t state = whole * 0x2545f4914f6cdd1d + run;
    struct span seed = buf_span(&seeds[run % num_seeds]);

    in.len = seed.len;
    if (seed.len != 0)
        memcpy(in.bytes, seed.ptr, seed.len);
    if (run >= num_seeds)
        for (size_t i = 1 + below(&state, MAX_CHANGES); i > 0; i--)
            change(&in, &state);
    try_input(span(in.bytes, in.len));
}

static void try_file(const char *path)
{
    struct buf input = BUF_INIT(1 << 24);
    FILE *file = fopen(path, "rb");
    int byte;

    check(file != NULL);
    while ((byte = fgetc(file)) != EOF)
        buf_put_u8(&input, (uint8_t)byte);
    fclose(file);
    check(buf_status(&input) == PQHW_OK);
    try_input(buf_span(&input));
    buf_free(&input);
}

static bool read_option(const char *text, const char *name, uint64_t *out)
{
    size_t len = strlen(name);

    if (strncmp(text, name, len) != 0)
        return false;
    *out = strtoull(text + len, NULL, 0);
    return true;
}

/* True if there were files, which are all then. */
static bool read_arguments(int argc, char **argv)
{
    bool any_file = false;

    options.program = argv[0];
    if (getenv("FUZZ_SEED") != NULL)
        whole = strtoull(getenv("FUZZ_SEED"), NULL, 0);
    for (int i = 1; i < argc; i++) {
        if (read_option(argv[i], "-seed=", &whole) || read_option(argv[i], "-ms=", &options.ms) ||
            read_option(argv[i], "-runs=", &options.runs) ||
            read_option(argv[i], "-only=", &options.only))
            continue;
        try_file(argv[i]);
        any_file = true;
    }
    return any_file;
}

int main(int argc, char **argv)
{
    signal(SIGABRT, on_abort);
    signal(SIGSEGV, on_abort);
    collect_seeds();
    if (read_arguments(argc, argv))
        return 0;

    uint64_t start = now_ms();
    if (options.only != UINT64_MAX) {
        run = options.only;
        try_run();
    } else {
        for (run = 0; run < num_seeds || (run < options.runs && now_ms() - start < options.ms);
             run++)
            try_run();
    }
    printf("seed %llu: %llu inputs, %zu of them seeds\n", (unsigned long long)whole,
           (unsigned long long)run, num_seeds);
    for (size_t i = 0; i < MAX_SEEDS; i++)
        buf_free(&seeds[i]);
    return 0;
}
