/* SPDX-License-Identifier: Apache-2.0
 *
 * pqhw-bench: how fast the algorithms are, in the bare engine or through a PKCS#11 module.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "bench/measure.h"
#include "bench/ticks.h"

#define DEFAULT_SECONDS 1.0
#define EXIT_USAGE      2

static const char usage_text[] =
    "usage: pqhw-bench [--json] [--filter RE] [--seconds S]\n"
    "                  [--module SO [--slot N] [--pin-file FILE]]\n"
    "\n"
    "  --json           one JSON object in place of the table\n"
    "  --filter RE      only rows whose \"algorithm op implementation mode\" matches the\n"
    "                   extended regular expression\n"
    "  --seconds S      time for each row (default 1)\n"
    "  --module SO      measure a PKCS#11 module in place of the engine, with session objects.\n"
    "                   pqhw's own is given a token in a temporary directory\n"
    "  --slot N         use the token in this slot of the module as it is\n"
    "  --pin-file FILE  log in as the user with the PIN in the first line of FILE\n"
    "\n"
    "Cycles are those of the time stamp counter. ops/s follows from the mean.\n";

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

static void parse_options(struct bench *bench, int argc, char **argv)
{
    static const struct option options[] = {
        {"json", no_argument, NULL, 'j'},          {"filter", required_argument, NULL, 'f'},
        {"seconds", required_argument, NULL, 's'}, {"module", required_argument, NULL, 'm'},
        {"slot", required_argument, NULL, 'l'},    {"pin-file", required_argument, NULL, 'p'},
        {"help", no_argument, NULL, 'h'},          {NULL, 0, NULL, 0},
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
        case 'm':
            bench->module = optarg;
            break;
        case 'l':
            bench->slot = optarg;
            break;
        case 'p':
            bench->pin_file = optarg;
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
    if (bench->module == NULL && (bench->slot != NULL || bench->pin_file != NULL))
        usage_error("--slot and --pin-file need --module", "");
}

int main(int argc, char **argv)
{
    static struct bench bench = {.seconds = DEFAULT_SECONDS};

    parse_options(&bench, argc, argv);
    bench.samples = calloc(MEASURE_MAX_SAMPLES, sizeof(bench.samples[0]));
    if (bench.samples == NULL) {
        bench_fail(&bench, "not enough memory");
        return EXIT_FAILURE;
    }
    ticks_init();
    bench_reference(&bench);
    report_start(&bench);
    if (bench.module != NULL)
        bench_module(&bench);
    else
        bench_engine(&bench);
    report_end(&bench);
    if (bench.num_results == 0 && !bench.failed)
        bench_fail(&bench, "nothing was measured");
    free(bench.samples);
    if (bench.has_filter)
        regfree(&bench.filter);
    return bench.failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
