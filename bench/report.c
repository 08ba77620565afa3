/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "bench/bench.h"
#include "bench/ticks.h"
#include "crypto/classic/classic.h"

/* What /proc/cpuinfo calls the CPU; empty where it does not say. */
static void read_cpu_name(char *out, size_t len)
{
    FILE *file = fopen("/proc/cpuinfo", "re");
    char line[256];

    out[0] = '\0';
    if (file == NULL)
        return;
    while (fgets(line, sizeof(line), file) != NULL) {
        char *value = strstr(line, ": ");
        if (strncmp(line, "model name", 10) != 0 || value == NULL)
            continue;
        value[strcspn(value, "\n")] = '\0';
        snprintf(out, len, "%s", value + 2);
        break;
    }
    fclose(file);
}

static void json_string(const char *text)
{
    putchar('"');
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            printf("\\%c", c);
        else if (c < 0x20)
            printf("\\u%04x", c);
        else
            putchar(c);
    }
    putchar('"');
}

static void json_member(const char *name, const char *text)
{
    json_string(name);
    putchar(':');
    json_string(text);
}

static void json_machine(void)
{
    char cpu[256];
    struct utsname system;

    read_cpu_name(cpu, sizeof(cpu));
    uname(&system);
    fputs("{\"machine\":{", stdout);
    json_member("cpu", cpu);
    putchar(',');
    json_member("arch", system.machine);
    putchar(',');
    json_member("system", system.sysname);
    putchar(',');
    json_member("release", system.release);
    putchar(',');
    json_member("compiler", __VERSION__);
    putchar(',');
    json_member("libcrypto", classic_version());
    putchar(',');
    json_member("pqhw", PQHW_VERSION);
    printf(",\"cpus\":%ld,\"tsc_mhz\":", sysconf(_SC_NPROCESSORS_ONLN));
    if (ticks_are_cycles())
        printf("%.1f}", 1e3 / ticks_to_ns(1));
    else
        fputs("null}", stdout);
}

static void json_cycles(const char *name, double ticks)
{
    if (ticks_are_cycles())
        printf(",\"%s\":%.0f", name, ticks);
    else
        printf(",\"%s\":null", name);
}

static void json_result(const struct bench_result *result)
{
    putchar('{');
    json_member("alg", result->what.alg);
    putchar(',');
    json_member("op", result->what.op);
    putchar(',');
    json_member("impl", result->what.impl);
    putchar(',');
    json_member("mode", result->what.mode);
    json_cycles("cycles_median", result->ticks_median);
    json_cycles("cycles_mean", result->ticks_mean);
    printf(",\"reference_multiple\":%.2f,\"reference_multiple_mean\":%.2f,\"reference_ns\":%.1f",
           result->multiple, result->multiple_mean, ticks_to_ns(result->reference_ticks));
    if (result->bare_ticks > 0)
        printf(",\"bare_ns_median\":%.0f,\"bare_multiple\":%.3f,\"best_multiple\":%.3f",
               ticks_to_ns(result->bare_ticks), result->bare_multiple, result->best_multiple);
    printf(",\"ns_median\":%.0f,\"ns_mean\":%.0f,\"ops_per_s\":%.1f,\"samples\":%zu}",
           ticks_to_ns(result->ticks_median), ticks_to_ns(result->ticks_mean),
           1e9 / ticks_to_ns(result->ticks_mean), result->num_samples);
}

static void json_fact(const struct bench_fact *fact)
{
    putchar('{');
    json_member("alg", fact->alg);
    putchar(',');
    json_member("what", fact->what);
    putchar(',');
    json_member("impl", fact->impl);
    putchar(',');
    json_member("unit", fact->unit);
    printf(",\"value\":%.1f}", fact->value);
}

static void json_all(const struct bench *bench)
{
    json_machine();
    fputs(",\"reference\":\"libcrypto Keccak-f[1600]\",\n\"results\":[", stdout);
    for (size_t i = 0; i < bench->num_results; i++) {
        fputs(i == 0 ? "\n" : ",\n", stdout);
        json_result(&bench->results[i]);
    }
    fputs("\n],\n\"facts\":[", stdout);
    for (size_t i = 0; i < bench->num_facts; i++) {
        fputs(i == 0 ? "\n" : ",\n", stdout);
        json_fact(&bench->facts[i]);
    }
    puts("\n]}");
}

void report_start(const struct bench *bench)
{
    char cpu[256];

    if (bench->json)
        return;
    read_cpu_name(cpu, sizeof(cpu));
    printf("pqhw %s, %s, %s\n", PQHW_VERSION, cpu[0] != '\0' ? cpu : "CPU unknown",
           classic_version());
    puts("x ref: multiples of libcrypto's Keccak-f[1600], measured during the same row (ref ns)");
    printf("%-18s %-7s %-16s %-10s %12s %12s %12s %10s %10s %10s %7s %8s %8s %8s\n", "algorithm",
           "op", "implementation", "mode", "cycles med", "cycles mean", "ns med", "ops/s", "x ref",
           "x ref mean", "ref ns", "samples", "x bare", "best");
    fflush(stdout);
}

void report_row(const struct bench *bench, const struct bench_result *result)
{
    const struct bench_case *what = &result->what;

    if (bench->json)
        return;
    printf("%-18s %-7s %-16s %-10s ", what->alg, what->op, what->impl, what->mode);
    if (ticks_are_cycles())
        printf("%12.0f %12.0f ", result->ticks_median, result->ticks_mean);
    else
        printf("%12s %12s ", "-", "-");
    printf("%12.0f %10.0f ", ticks_to_ns(result->ticks_median),
           1e9 / ticks_to_ns(result->ticks_mean));
    printf("%10.2f %10.2f %7.1f %8zu", result->multiple, result->multiple_mean,
           ticks_to_ns(result->reference_ticks), result->num_samples);
    if (result->bare_ticks > 0)
        printf(" %8.3f %8.3f", result->bare_multiple, result->best_multiple);
    putchar('\n');
    fflush(stdout);
}

void report_fact(const struct bench *bench, const struct bench_fact *fact)
{
    if (bench->json)
        return;
    printf("%-18s %-7s %-16s %.1f %s\n", fact->alg, fact->what, fact->impl, fact->value,
           fact->unit);
    fflush(stdout);
}

void report_end(const struct bench *bench)
{
    if (bench->json)
        json_all(bench);
}
