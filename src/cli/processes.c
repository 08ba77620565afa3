/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/processes.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/size.h"
#include "cli/grid.h"

struct processes {
    struct hsm_process *process;
    size_t num;
    bool failed;
    struct hsm_resident_stats total;
};

static void take(void *arg, const struct hsm_process *process)
{
    struct processes *all = arg;

    if (process->self)
        return;
    struct hsm_process *more = reallocarray(all->process, all->num + 1, sizeof(*more));
    if (more == NULL) {
        all->failed = true;
        return;
    }
    all->process = more;
    all->process[all->num++] = *process;
    all->total.keys += process->resident.keys;
    all->total.bytes += process->resident.bytes;
    all->total.hits += process->resident.hits;
    all->total.misses += process->resident.misses;
    all->total.evictions += process->resident.evictions;
}

static int by_age(const void *left, const void *right)
{
    const struct hsm_process *a = left;
    const struct hsm_process *b = right;

    return (a->since_us > b->since_us) - (a->since_us < b->since_us);
}

static enum pqhw_status collect(struct cli *cli, struct processes *out)
{
    *out = (struct processes){.num = 0};
    hsm_process_list(cli->device, take, out);
    if (out->num > 0)
        qsort(out->process, out->num, sizeof(*out->process), by_age);
    return out->failed ? PQHW_NO_MEMORY : PQHW_OK;
}

/* The numbers that a row of the table and the one of their sums have in common. */
static void add_numbers(struct grid *grid, const struct hsm_resident_stats *stats)
{
    char bytes[SIZE_TEXT_LEN];

    size_format(bytes, stats->bytes);
    grid_add_text(grid, "%" PRIu64, stats->keys);
    grid_add_text(grid, "%s", bytes);
    grid_add_text(grid, "%" PRIu64, stats->hits);
    grid_add_text(grid, "%" PRIu64, stats->misses);
    grid_add_text(grid, "%" PRIu64, stats->evictions);
}

static void add_row(struct grid *grid, const struct hsm_process *process)
{
    char budget[SIZE_TEXT_LEN];

    size_format(budget, process->resident.budget);
    grid_add_text(grid, "%" PRIu32, process->pid);
    grid_add(grid, span(process->program, strlen(process->program)));
    add_numbers(grid, &process->resident);
    grid_add_text(grid, "%s", budget);
}

enum pqhw_status processes_print(struct cli *cli)
{
    static const char *const headings[] = {"PID",  "PROGRAM", "KEYS",      "MEMORY",
                                           "HITS", "MISSES",  "EVICTIONS", "BUDGET"};
    enum pqhw_status status = PQHW_OK;
    struct processes all = {.num = 0};
    struct grid *grid = NULL;

    TRY(collect(cli, &all));
    if (all.num == 0) {
        say(cli, "no other process has the device open");
        goto out;
    }
    TRY(grid_new(&grid, headings, 8));
    for (size_t i = 0; i < all.num; i++)
        add_row(grid, &all.process[i]);
    grid_add_text(grid, "all");
    grid_add_text(grid, "%s", "");
    add_numbers(grid, &all.total);
    grid_add_text(grid, "%s", "");
    TRY(grid_print(grid));

out:
    grid_free(grid);
    free(all.process);
    return status;
}

static void json_numbers(struct json *json, const struct hsm_resident_stats *stats)
{
    json_number(json, "keys", stats->keys);
    json_number(json, "bytes", stats->bytes);
    json_number(json, "hits", stats->hits);
    json_number(json, "misses", stats->misses);
    json_number(json, "evictions", stats->evictions);
}

static void json_process(struct json *json, const struct hsm_process *process)
{
    char since[CLOCK_TEXT_LEN];

    clock_format(since, process->since_us);
    json_object(json, NULL);
    json_number(json, "pid", process->pid);
    json_utf8(json, "program", span(process->program, strlen(process->program)));
    json_text(json, "since", since);
    json_numbers(json, &process->resident);
    json_number(json, "peak_bytes", process->resident.peak_bytes);
    json_number(json, "budget_bytes", process->resident.budget);
    json_end(json);
}

enum pqhw_status processes_json(struct cli *cli, struct json *json)
{
    enum pqhw_status status = PQHW_OK;
    struct processes all = {.num = 0};

    TRY(collect(cli, &all));
    json_list(json, "processes");
    for (size_t i = 0; i < all.num; i++)
        json_process(json, &all.process[i]);
    json_end(json);
    json_object(json, "processes_total");
    json_numbers(json, &all.total);
    json_end(json);

out:
    free(all.process);
    return status;
}
