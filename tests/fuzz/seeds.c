/* SPDX-License-Identifier: Apache-2.0
 *
 * Seeds. libFuzzer reads its first inputs from files: with FUZZ_SEEDS set they are written into
 * that directory before it looks there.
 */
#include <glob.h>
#include <string.h>

#include "fuzz.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);

__attribute__((weak)) bool fuzz_seed(size_t i, struct buf *out)
{
    (void)out;
    return i == 0;
}

static void append_file(struct buf *out, const char *path)
{
    FILE *file = fopen(path, "rb");
    int byte;

    check(file != NULL);
    while ((byte = fgetc(file)) != EOF)
        buf_put_u8(out, (uint8_t)byte);
    fclose(file);
}

bool fuzz_vector(const char *pattern, size_t i, struct buf *out)
{
    char path[4096];
    glob_t found;

    check((size_t)snprintf(path, sizeof(path), "%s/%s", VECTOR_DIR, pattern) < sizeof(path));
    check(glob(path, 0, NULL, &found) == 0); /* sorted */
    bool is_there = i < found.gl_pathc;
    if (is_there)
        append_file(out, found.gl_pathv[i]);
    globfree(&found);
    return is_there;
}

static void write_seed(const char *directory, size_t i, struct span seed)
{
    char path[4096];

    check((size_t)snprintf(path, sizeof(path), "%s/seed-%zu", directory, i) < sizeof(path));
    FILE *file = fopen(path, "wb");
    check(file != NULL && fwrite(seed.ptr, 1, seed.len, file) == seed.len && fclose(file) == 0);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    const char *directory = getenv("FUZZ_SEEDS");
    struct buf seed = BUF_INIT(FUZZ_MAX_LEN);

    (void)argc;
    (void)argv;
    for (size_t i = 0; directory != NULL && fuzz_seed(i, &seed); i++) {
        write_seed(directory, i, buf_span(&seed));
        buf_free(&seed);
        seed = (struct buf)BUF_INIT(FUZZ_MAX_LEN);
    }
    buf_free(&seed);
    return 0;
}
