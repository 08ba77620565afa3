/* SPDX-License-Identifier: Apache-2.0
 *
 * pqhw-bench: how fast the algorithms are, in the bare engine or through a PKCS#11 module.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bench/bench.h"
#include "bench/measure.h"
#include "bench/reference.h"
#include "bench/ticks.h"

#define DEFAULT_SECONDS  1.0
#define DEFAULT_PATIENCE 300.0
#define EXIT_USAGE       2
#define MAX_OBJECTS      1000000

static const char usage_text[] =
    "usage: pqhw-bench [--json] [--filter RE] [--seconds S] [--cpu LEVELS]\n"
    "       pqhw-bench [--json] [--filter RE] [--seconds S] --module SO [--module SO ...]\n"
    "                  [--slot N] [--pin-file FILE] [--objects N[,N...]] [--patience S]\n"
    "\n"
    "  --json           one JSON object in place of the table\n"
    "  --filter RE      only rows whose \"algorithm op implementation mode\" matches the\n"
    "                   extended regular expression\n"
    "  --seconds S      time for each row (default 1); 10 samples are taken in any case, and 1000\n"
    "                   of ML-DSA signing, each of another message\n"
    "  --cpu LEVELS     measure each of these, in one table: portable, avx2, avx512, separated by\n"
    "                   commas (default: the best that the CPU has, or what PQHW_CPU names)\n"
    "  --module SO      measure a PKCS#11 module in place of the engine: post-quantum algorithms "
    "with\n"
    "                   session objects, classical ones with a token's. Given again, another one "
    "in\n"
    "                   the same run. pqhw's own and SoftHSM get a token in a temporary "
    "directory,\n"
    "                   which is made in $TMPDIR (default /tmp)\n"
    "  --slot N         use the token in this slot of the module as it is\n"
    "  --pin-file FILE  log in as the user with the PIN in the first line of FILE\n"
    "  --objects N,...  put that many objects on the token, one number after the other, and "
    "measure\n"
    "                   searches, start-up, creation, sessions and memory in place of algorithms\n"
    "  --patience S     leave it at the objects that a token takes in this time (default 300)\n"
    "\n"
    "Cycles are those of the time stamp counter. ops/s follows from the mean.\n"
    "The reference, one Keccak-f[1600] in libcrypto, is measured between the samples of every "
    "row.\n"
    "\"x ref\" is the median of the operation over that of the reference, \"x ref mean\" the same "
    "of\n"
    "means of CPU time, which other processes disturb least. \"x bare\" is the median over that "
    "of\n"
    "the same work without a module (in the engine, in libcrypto, one fdatasync), which is done "
    "by\n"
    "turns with it; \"best\" compares the fastest samples of both, for two threads on a machine "
    "that\n"
    "does other things too. No sample is left out.\n";

/* Leaves the program if the arguments make no sense. */
__attribute__((noreturn)) static void usage_error(const char *what, const char *argument)
{
    fprintf(stderr, "pqhw-bench: %s%s\n%s", what, argument, usage_text);
    exit(EXIT_USAGE);
}

static void set_filter(struct bench *bench, const char *expression)
{
    if (bench->has_filter)
        regfree(&bench->filter);
    if (regcomp(&bench->filter, expression, REG_EXTENDED | REG_NOSUB) != 0)
        usage_error("--filter is not a regular expression: ", expression);
    bench->has_filter = true;
}

static double seconds_of(const char *option, const char *text)
{
    char *end;
    double seconds = strtod(text, &end);

    if (end == text || *end != '\0' || !(seconds > 0 && seconds <= 86400)) {
        fprintf(stderr, "pqhw-bench: %s", option);
        usage_error(" wants a number from 0 to 86400, not ", text);
    }
    return seconds;
}

static void set_num_objects(struct bench *bench, const char *text)
{
    const char *at = text;
    char *end = NULL;

    for (bench->num_counts = 0; bench->num_counts < BENCH_MAX_COUNTS; at = end + 1) {
        unsigned long num = strtoul(at, &end, 10);
        unsigned long before =
            bench->num_counts > 0 ? bench->num_objects[bench->num_counts - 1] : 0;
        if (end == at || *at == '-' || num <= before || num > MAX_OBJECTS)
            break;
        bench->num_objects[bench->num_counts++] = num;
        if (*end == '\0')
            return;
        if (*end != ',')
            break;
    }
    usage_error("--objects wants up to 8 rising numbers from 1 to 1000000, not ", text);
}

static void add_module(struct bench *bench, const char *path)
{
    if (bench->num_modules == BENCH_MAX_MODULES)
        usage_error("too many modules: ", path);
    bench->modules[bench->num_modules++] = path;
}

static void check_options(const struct bench *bench)
{
    if (bench->num_modules == 0 &&
        (bench->slot != NULL || bench->pin_file != NULL || bench->num_counts != 0))
        usage_error("--slot, --pin-file and --objects need --module", "");
    if (bench->num_modules > 0 && bench->cpu != NULL)
        usage_error("--cpu is for the engine, not with --module", "");
    if (bench->num_modules > 1 && (bench->slot != NULL || bench->pin_file != NULL))
        usage_error("--slot and --pin-file are for one module", "");
}

static void parse_options(struct bench *bench, int argc, char **argv)
{
    static const struct option options[] = {
        {"json", no_argument, NULL, 'j'},
        {"filter", required_argument, NULL, 'f'},
        {"seconds", required_argument, NULL, 's'},
        {"cpu", required_argument, NULL, 'c'},
        {"module", required_argument, NULL, 'm'},
        {"slot", required_argument, NULL, 'l'},
        {"pin-file", required_argument, NULL, 'p'},
        {"objects", required_argument, NULL, 'o'},
        {"patience", required_argument, NULL, 't'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int option;

    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        switch (option) {
        case 'j':
            bench->json = true;
            break;
        case 'f':
            set_filter(bench, optarg);
            break;
        case 's':
            bench->seconds = seconds_of("--seconds", optarg);
            break;
        case 'c':
            bench->cpu = optarg;
            break;
        case 'm':
            add_module(bench, optarg);
            break;
        case 'l':
            bench->slot = optarg;
            break;
        case 'p':
            bench->pin_file = optarg;
            break;
        case 'o':
            set_num_objects(bench, optarg);
            break;
        case 't':
            bench->patience = seconds_of("--patience", optarg);
            break;
        case 'h':
            fputs(usage_text, stdout);
            exit(EXIT_SUCCESS);
        default:
            exit(EXIT_USAGE);
        }
    }
    if (optind < argc)
        usage_error("unexpected argument: ", argv[optind]);
    check_options(bench);
}

/* Shared with the children of bench_levels. */
static struct bench *new_bench(void)
{
    void *mem =
        mmap(NULL, sizeof(struct bench), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    return mem == MAP_FAILED ? NULL : mem;
}

static bool prepare(struct bench *bench)
{
    enum pqhw_status status = PQHW_OK;

    bench->samples = calloc(MEASURE_MAX_SAMPLES, sizeof(bench->samples[0]));
    bench->reference_samples = calloc(MEASURE_MAX_SAMPLES, sizeof(bench->samples[0]));
    bench->bare_samples = calloc(MEASURE_MAX_SAMPLES, sizeof(bench->samples[0]));
    REQUIRE(bench->samples != NULL && bench->reference_samples != NULL &&
                bench->bare_samples != NULL,
            PQHW_NO_MEMORY);
    TRY(reference_new(&bench->reference));
out:
    if (status != PQHW_OK)
        bench_fail(bench, "%s", pqhw_status_text(status));
    return status == PQHW_OK;
}

/* In a child of its own, so that what it does to the process is not the next one's. */
static void measure_module(struct bench *bench, const char *module)
{
    if (bench->num_counts != 0) {
        bench_objects(bench, module);
    } else {
        bench_module(bench, module);
        bench_classical(bench, module);
    }
}

static void run(struct bench *bench)
{
    ticks_init();
    report_start(bench);
    for (unsigned i = 0; i < bench->num_modules; i++)
        bench_in_child(bench, bench->modules[i], measure_module);
    if (bench->num_modules == 0)
        bench_levels(bench);
    report_end(bench);
    if (bench->num_results == 0 && !bench->failed)
        bench_fail(bench, "nothing was measured");
}

int main(int argc, char **argv)
{
    struct bench *bench = new_bench();
    bool failed;

    if (bench == NULL) {
        fputs("pqhw-bench: not enough memory\n", stderr);
        return EXIT_FAILURE;
    }
    bench->seconds = DEFAULT_SECONDS;
    bench->patience = DEFAULT_PATIENCE;
    parse_options(bench, argc, argv);
    if (prepare(bench))
        run(bench);
    reference_free(bench->reference);
    free(bench->bare_samples);
    free(bench->reference_samples);
    free(bench->samples);
    if (bench->has_filter)
        regfree(&bench->filter);
    failed = bench->failed;
    munmap(bench, sizeof(*bench));
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
