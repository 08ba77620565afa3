/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "cli/audit_log.h"
#include "cli/grid.h"
#include "cli/json.h"

struct findings {
    struct grid *grid;
    struct json json;
    size_t num_bad;
};

static void add_json(struct json *json, const struct audit_log *log,
                     const struct hsm_audit_report *report)
{
    json_object(json, NULL);
    json_text(json, "log", log->slot == LOG_DEVICE ? "device" : "token");
    if (log->slot != LOG_DEVICE)
        json_number(json, "slot", log->slot);
    json_number(json, "records", report->num_records);
    json_bool(json, "genuine", report->problem == NULL);
    if (report->problem != NULL) {
        json_number(json, "bad_record", report->bad_record);
        json_text(json, "problem", report->problem);
    }
    json_end(json);
}

static enum pqhw_status check(struct cli *cli, const struct audit_log *log, void *arg)
{
    struct findings *findings = arg;
    struct hsm_audit_report report;
    enum pqhw_status status = hsm_audit_verify(cli->device, log->slot, &report);

    if (status != PQHW_OK)
        return fail_about(cli, status, "cannot verify the audit log of %s", log->name);
    findings->num_bad += report.problem != NULL;
    if (cli_json(cli)) {
        add_json(&findings->json, log, &report);
        return PQHW_OK;
    }
    grid_add_text(findings->grid, "%s", log->name);
    grid_add_text(findings->grid, "%" PRIu64, report.num_records);
    if (report.problem == NULL)
        grid_add_text(findings->grid, "genuine and whole");
    else if (report.bad_record == 0)
        grid_add_text(findings->grid, "NOT GENUINE: %s", report.problem);
    else
        grid_add_text(findings->grid, "NOT GENUINE from record %" PRIu64 " on: %s",
                      report.bad_record, report.problem);
    return PQHW_OK;
}

static enum pqhw_status run(struct cli *cli)
{
    static const char *const headings[] = {"LOG", "RECORDS", "RESULT"};
    enum pqhw_status status = PQHW_OK;
    struct findings findings = {.json = json_start(stdout)};

    TRY(grid_new(&findings.grid, headings, 3));
    TRY(device_open(cli));
    if (cli_json(cli)) {
        json_object(&findings.json, NULL);
        json_list(&findings.json, "logs");
    }
    status = audit_each(cli, check, &findings);
    if (cli_json(cli)) {
        json_end(&findings.json);
        json_end(&findings.json);
    }
    TRY(status);
    if (!cli_json(cli))
        TRY(grid_print(findings.grid));
    if (findings.num_bad > 0) {
        hint(cli, "records were changed, removed or put in; compare with a backup of the logs");
        TRY(fail(cli, PQHW_DATA_INVALID, "%zu of the audit logs %s not genuine", findings.num_bad,
                 findings.num_bad == 1 ? "is" : "are"));
    }

out:
    grid_free(findings.grid);
    return status;
}

static const struct opt_group *const groups[] = {&opts_log, NULL};

const struct verb verb_audit_verify = {
    .name = "audit verify",
    .section = "Inspect",
    .summary = "check that the audit logs are genuine and whole",
    .details = "Follows the chain of every audit log. A record that was changed, removed or put "
               "in shows. The exit code is 0 if all are genuine and 1 if not.",
    .example = "pqhw audit verify",
    .groups = groups,
    .run = run,
};
