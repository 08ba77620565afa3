/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/audit_log.h"

#include <string.h>

static const struct opt opts[] = {
    {.id = OPT_DEVICE, .name = "device", .help = "only the device's own log"},
    {.id = OPT_TOKEN,
     .kind = OPT_KIND_TEXT,
     .name = "token",
     .value = "LABEL",
     .help = "only the log of this token"},
    {.id = OPT_SLOT,
     .kind = OPT_KIND_NUMBER,
     .name = "slot",
     .value = "N",
     .help = "only the log of the token in this slot",
     .max = UINT32_MAX},
};
const struct opt_group opts_log = OPT_GROUP("Which log (default: all)", opts);

struct each {
    enum pqhw_status (*call)(struct cli *cli, const struct audit_log *log, void *arg);
    void *arg;
};

static enum pqhw_status each_token(struct cli *cli, const struct hsm_slot_info *info, void *arg)
{
    const struct each *each = arg;
    struct audit_log log = {.slot = info->slot};

    clean_text(log.name, sizeof(log.name), token_label(info));
    return each->call(cli, &log, each->arg);
}

static enum pqhw_status check_present(struct cli *cli)
{
    struct hsm_device_info info;
    enum pqhw_status status = hsm_device_info(cli->device, &info);

    if (status == PQHW_OK && !info.present)
        return fail(cli, PQHW_DEVICE_ABSENT, "there is no device in %.256s", cli->home);
    return status;
}

enum pqhw_status audit_each(struct cli *cli,
                            enum pqhw_status (*each)(struct cli *cli, const struct audit_log *log,
                                                     void *arg),
                            void *arg)
{
    static const struct audit_log device = {.slot = LOG_DEVICE, .name = "(device)"};
    bool one_token = cli->args.given[OPT_TOKEN] || cli->args.given[OPT_SLOT];
    struct each tokens = {.call = each, .arg = arg};
    enum pqhw_status status = PQHW_OK;
    struct hsm_slot_info info;

    if (one_token && cli->args.given[OPT_DEVICE])
        return fail_usage(cli, "--device excludes --token and --slot");
    TRY(device_open(cli));
    TRY(check_present(cli));
    if (one_token) {
        TRY(token_find(cli, &info));
        return each_token(cli, &info, &tokens);
    }
    TRY(each(cli, &device, arg));
    if (!cli->args.given[OPT_DEVICE])
        TRY(token_each(cli, each_token, &tokens));

out:
    return status;
}

/* ---- reading a line ---- */

/* The next string, without its quotes. */
static struct span read_string(struct reader *r)
{
    struct span start;

    if (read_u8(r) != '"')
        r->failed = true;
    start = r->rest;
    while (!r->failed && r->rest.len > 0 && r->rest.ptr[0] != '"')
        (void)read_bytes(r, r->rest.ptr[0] == '\\' ? 2 : 1);
    size_t len = start.len - r->rest.len;
    if (read_u8(r) != '"')
        r->failed = true;
    return r->failed ? SPAN_EMPTY : span(start.ptr, len);
}

/* The next string, number or word. */
static struct span read_value(struct reader *r)
{
    struct span start = r->rest;

    if (start.len > 0 && start.ptr[0] == '"')
        return read_string(r);
    while (r->rest.len > 0 && strchr(",}]:{[\"\\ ", r->rest.ptr[0]) == NULL)
        (void)read_u8(r);
    if (r->rest.len == start.len)
        r->failed = true;
    return span(start.ptr, start.len - r->rest.len);
}

/* The next member; false at the end or when the line is no flat object. */
static bool next_member(struct reader *r, struct span *name, struct span *value)
{
    uint8_t before = read_u8(r); /* { or , or } */

    if (before == '}' && r->rest.len == 0)
        return false;
    if (before != '{' && before != ',')
        r->failed = true;
    *name = read_string(r);
    if (read_u8(r) != ':')
        r->failed = true;
    *value = read_value(r);
    return !r->failed;
}

struct span audit_field(struct span line, const char *name)
{
    struct reader r = reader(line);
    struct span found, value;

    while (next_member(&r, &found, &value))
        if (span_equal(found, span(name, strlen(name))))
            return value;
    return SPAN_EMPTY;
}

bool audit_is_object(struct span line)
{
    struct reader r = reader(line);
    struct span name, value;

    while (next_member(&r, &name, &value))
        continue;
    return !r.failed && line.len > 0 && line.ptr[0] == '{';
}
