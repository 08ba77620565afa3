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

#define DEFAULT_SECONDS 1.0
#define EXIT_USAGE      2
#define MAX_OBJECTS     1000000

static const char usage_text[] =
    "usage: pqhw-bench [--json] [--filter RE] [--seconds S] [--cpu LEVELS]\n"
    "       pqhw-bench [--json] [--filter RE] [--seconds S] --module SO [--slot N]\n"
    "                  [--pin-file FILE] [--objects N]\n"
    "\n"
    "  --json           one JSON object in place of the table\n"
    "  --filter RE      only rows whose \"algorithm op implementation mode\" matches the\n"
    "                   extended regular expression\n"
    "  --seconds S      time for each row (default 1); 10 samples are taken in any case, and 1000\n"
    "                   of ML-DSA signing, each of another message\n"
    "  --cpu LEVELS     measure each of these, in one table: portable, avx2, avx512, separated by\n"
    "                   commas (default: the best that the CPU has, or what PQHW_CPU names)\n"
    "  --module SO      measure a PKCS#11 module in place of the engine, with session objects.\n"
    "                   pqhw's own is given a token in a temporary directory\n"
    "  --slot N         use the token in this slot of the module as it is\n"
    "  --pin-file FILE  log in as the user with the PIN in the first line of FILE\n"
    "  --objects N      put N objects on the token and measure searches, start-up, creation and\n"
    "                   sessions in place of algorithms\n"
    "\n"
    "Cycles are those of the time stamp counter. ops/s follows from the mean.\n"
    "The reference, one Keccak-f[1600] in libcrypto, is measured between the samples of every "
    "row.\n"
    "\"x ref\" is the median of the operation over that of the reference, \"x ref mean\" the same "
    "of\n"
    "means of CPU time, which other processes disturb least. No sample is left out.\n";

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

static void set_seconds(struct bench *bench, const char *text)
{
    char *end;

    bench->seconds = strtod(text, &end);
    if (end == text || *end != '\0' || !(bench->seconds > 0 && bench->seconds <= 3600))
        usage_error("--seconds wants a number from 0 to 3600, not ", text);
}

static void set_num_objects(struct bench *bench, const char *text)
{
    char *end;

    bench->num_objects = strtoul(text, &end, 10);
    if (end == text || *end != '\0' || *text == '-' || bench->num_objects < 1 ||
        bench->num_objects > MAX_OBJECTS)
        usage_error("--objects wants a number from 1 to 1000000, not ", text);
}

static void parse_options(struct bench *bench, int argc, char **argv)
{
    static const struct option options[] = {
        {"json", no_argument, NULL, 'j'},           {"filter", required_argument, NULL, 'f'},
        {"seconds", required_argument, NULL, 's'},  {"cpu", required_argument, NULL, 'c'},
        {"module", required_argument, NULL, 'm'},   {"slot", required_argument, NULL, 'l'},
        {"pin-file", required_argument, NULL, 'p'}, {"objects", required_argument, NULL, 'o'},
        {"help", no_argument, NULL, 'h'},           {NULL, 0, NULL, 0},
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
            set_seconds(bench, optarg);
            break;
        case 'c':
            bench->cpu = optarg;
            break;
        case 'm':
            bench->module = optarg;
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
        case 'h':
            fputs(usage_text, stdout);
            exit(EXIT_SUCCESS);
        default:
            exit(EXIT_USAGE);
        }
    }
    if (optind < argc)
        usage_error("unexpected argument: ", argv[optind]);
    if (bench->module == NULL &&
        (bench->slot != NULL || bench->pin_file != NULL || bench->num_objects != 0))
        usage_error("--slot, --pin-file and --objects need --module", "");
    if (bench->module != NULL && bench->cpu != NULL)
        usage_error("--cpu is for the engine, not with --module", "");
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
    REQUIRE(bench->samples != NULL && bench->reference_samples != NULL, PQHW_NO_MEMORY);
    TRY(reference_new(&bench->reference));
out:
    if (status != PQHW_OK)
        bench_fail(bench, "%s", pqhw_status_text(status));
    return status == PQHW_OK;
}

static void run(struct bench *bench)
{
    ticks_init();
    report_start(bench);
    if (bench->num_objects != 0)
        bench_objects(bench);
    else if (bench->module != NULL)
        bench_module(bench);
    else
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
    parse_options(bench, argc, argv);
    if (prepare(bench))
        run(bench);
    reference_free(bench->reference);
    free(bench->reference_samples);
    free(bench->samples);
    if (bench->has_filter)
        regfree(&bench->filter);
    failed = bench->failed;
    munmap(bench, sizeof(*bench));
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
