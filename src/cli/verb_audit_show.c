/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cli/audit_log.h"
#include "cli/grid.h"
#include "cli/json.h"

#define SINCE_LEN 32

/* A record that is to be shown. */
struct record {
    char *line;
    size_t len;
    struct audit_log log;
    size_t order; /* of reading: records of one log keep it */
};

struct collection {
    struct record *records;
    size_t num, room;
    struct audit_log log; /* being read */
    char since[SINCE_LEN];
    bool failed;
};

static bool is_wanted(const struct collection *collection, struct span line)
{
    struct span time = audit_field(line, "time");
    size_t len = strlen(collection->since);

    /* Times are all written alike (ISO 8601, UTC), so that text order is time order. */
    return len == 0 || time.len == 0 ||
           strncmp((const char *)time.ptr, collection->since, time.len < len ? time.len : len) >= 0;
}

static void collect(void *arg, struct span line)
{
    struct collection *collection = arg;
    struct record *record = NULL;

    if (collection->failed || !is_wanted(collection, line))
        return;
    if (collection->num == collection->room) {
        size_t room = collection->room == 0 ? 256 : 2 * collection->room;
        struct record *grown = reallocarray(collection->records, room, sizeof(*grown));

        if (grown == NULL) {
            collection->failed = true;
            return;
        }
        collection->records = grown;
        collection->room = room;
    }
    record = &collection->records[collection->num];
    *record = (struct record){.line = strndup((const char *)line.ptr, line.len),
                              .len = line.len,
                              .log = collection->log,
                              .order = collection->num};
    collection->failed = record->line == NULL;
    collection->num += record->line != NULL;
}

static enum pqhw_status collect_log(struct cli *cli, const struct audit_log *log, void *arg)
{
    struct collection *collection = arg;

    collection->log = *log;
    enum pqhw_status status = hsm_audit_read(cli->device, log->slot, collect, collection);
    if (status == PQHW_NOT_FOUND) /* nothing was recorded yet */
        return PQHW_OK;
    if (status != PQHW_OK)
        return fail_about(cli, status, "cannot read the audit log of %s", log->name);
    return collection->failed ? PQHW_NO_MEMORY : PQHW_OK;
}

static int compare_records(const void *left, const void *right)
{
    const struct record *a = left, *b = right;
    struct span x = audit_field(span(a->line, a->len), "time");
    struct span y = audit_field(span(b->line, b->len), "time");
    int order = 0;

    if (a->log.slot != b->log.slot && x.len == y.len)
        order = strncmp((const char *)x.ptr, (const char *)y.ptr, x.len);
    if (order == 0 && a->order != b->order)
        order = a->order < b->order ? -1 : 1;
    return order;
}

/* --since: a time, as far as it is given, or so long ago: 90s, 30m, 12h, 7d. */
static enum pqhw_status read_since(struct cli *cli, char out[SINCE_LEN])
{
    static const struct {
        char letter;
        uint64_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
    const char *text = cli->args.text[OPT_SINCE];
    char now[CLOCK_TEXT_LEN];
    char *end = NULL;

    out[0] = 0;
    if (text == NULL)
        return PQHW_OK;
    uint64_t amount = strtoull(text, &end, 10);
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (end != text && end[0] == units[i].letter && end[1] == 0 && amount <= 36500) {
            clock_format(now, clock_wall_us() - amount * units[i].seconds * 1000000);
            snprintf(out, SINCE_LEN, "%s", now);
            return PQHW_OK;
        }
    if (strlen(text) >= 4 && strlen(text) < SINCE_LEN &&
        strspn(text, "0123456789-:.TZ") == strlen(text)) {
        snprintf(out, SINCE_LEN, "%s", text);
        return PQHW_OK;
    }
    hint(cli, "for example 2026-01-31, 2026-01-31T12:00, 12h or 7d");
    return fail_usage(cli, "--since needs a time, not \"%.64s\"", text);
}

static void print_json(const struct record *record)
{
    struct json json = json_start(stdout);
    struct span line = span(record->line, record->len);

    json_object(&json, NULL);
    json_text(&json, "log", record->log.slot == LOG_DEVICE ? "device" : "token");
    if (record->log.slot != LOG_DEVICE)
        json_number(&json, "slot", record->log.slot);
    if (audit_is_object(line))
        json_verbatim(&json, "record", line);
    else
        json_utf8(&json, "damaged", line);
    json_end(&json);
}

static void add_row(struct grid *grid, const struct record *record)
{
    /* Objects are told apart by the beginning of their unique id; the rest is in the JSON. */
    static const struct {
        const char *name;
        size_t max;
    } fields[] = {{"seq", 20},       {"app", 16},   {"role", 16},  {"op", 32},
                  {"mechanism", 32}, {"object", 8}, {"count", 20}, {"result", 40}};
    struct span line = span(record->line, record->len);
    struct span time = audit_field(line, "time");

    /* To the second: 2026-01-31 12:00:00 */
    if (time.len >= 19)
        grid_add_text(grid, "%.10s %.8s", (const char *)time.ptr, (const char *)time.ptr + 11);
    else
        grid_add_text(grid, "damaged");
    grid_add_text(grid, "%s", record->log.name);
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        struct span value = audit_field(line, fields[i].name);
        grid_add(grid, span(value.ptr, value.len < fields[i].max ? value.len : fields[i].max));
    }
}

static enum pqhw_status print_table(const struct record *records, size_t num)
{
    static const char *const headings[] = {"TIME (UTC)", "LOG",       "SEQ",    "APP",  "ROLE",
                                           "OPERATION",  "MECHANISM", "OBJECT", "USES", "RESULT"};
    enum pqhw_status status = PQHW_OK;
    struct grid *grid = NULL;

    TRY(grid_new(&grid, headings, sizeof(headings) / sizeof(headings[0])));
    for (size_t i = 0; i < num; i++)
        add_row(grid, &records[i]);
    TRY(grid_print(grid));

out:
    grid_free(grid);
    return status;
}

static enum pqhw_status run(struct cli *cli)
{
    enum pqhw_status status = PQHW_OK;
    struct collection found = {0};
    uint64_t tail = args_number(&cli->args, OPT_TAIL, UINT64_MAX);

    TRY(read_since(cli, found.since));
    TRY(audit_each(cli, collect_log, &found));
    if (found.num > 1)
        qsort(found.records, found.num, sizeof(found.records[0]), compare_records);
    size_t first = found.num > tail ? found.num - (size_t)tail : 0;
    if (cli_json(cli)) {
        for (size_t i = first; i < found.num; i++)
            print_json(&found.records[i]);
    } else if (found.num > first) {
        TRY(print_table(found.records + first, found.num - first));
    } else {
        say(cli, "there are no such records");
    }

out:
    for (size_t i = 0; i < found.num; i++)
        free(found.records[i].line);
    free(found.records);
    return status;
}

static const struct opt opts[] = {
    {.id = OPT_TAIL,
     .kind = OPT_KIND_NUMBER,
     .name = "tail",
     .letter = 'n',
     .value = "N",
     .help = "only the last N records",
     .min = 1,
     .max = UINT32_MAX},
    {.id = OPT_SINCE,
     .kind = OPT_KIND_TEXT,
     .name = "since",
     .value = "TIME",
     .help = "only later ones: 2026-01-31, 2026-01-31T12:00 (UTC), 12h or 7d ago"},
};
static const struct opt_group own = OPT_GROUP("Options", opts);
static const struct opt_group *const groups[] = {&own, &opts_log, NULL};

const struct verb verb_audit_show = {
    .name = "audit show",
    .section = "Inspect",
    .summary = "show who did what, and when",
    .details =
        "Shows the audit records of the device and its tokens, oldest first. No operation runs "
        "without its record. With --json each record is printed as one JSON object a line.",
    .example = "pqhw audit show --tail 20",
    .groups = groups,
    .run = run,
};
