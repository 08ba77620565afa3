/* SPDX-License-Identifier: Apache-2.0
 *
 * An audit log of its own in a directory of its own, for the tests of audit logs and their
 * journals.
 */
#ifndef TESTS_HSM_AUDIT_LOG_H
#define TESTS_HSM_AUDIT_LOG_H

#include <fcntl.h>
#include <sys/stat.h>

#include "hsm/audit.h"
#include "hsm/audit_journal.h"
#include "hsm_fixture.h"

static const uint8_t key[CLASSIC_KEY_LEN] = {4, 2};
static const struct audit_mark start = {0};
static const struct audit_event event = {
    .app = "test", .role = "user", .operation = "key.sign", .result = "OK", .session = 5};

static char home[32];
static char path[64];
static char journal[80];

static int setup(void **state)
{
    (void)state;
    make_home(home);
    snprintf(path, sizeof(path), "%s/a.log", home);
    snprintf(journal, sizeof(journal), "%s.journal", path);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    remove_home(home);
    return 0;
}

static struct audit *open_log(void)
{
    struct audit *audit = NULL;

    assert_ok(audit_open(&audit, path, key, NULL));
    return audit;
}

static struct audit_mark append(struct audit *audit)
{
    struct audit_mark mark = {0};

    assert_ok(audit_append(audit, &event, &start, &mark));
    return mark;
}

/* A use that is counted with those before it. */
static struct audit_mark use(struct audit *audit)
{
    struct audit_event counted = event;
    struct audit_mark mark = {0};

    counted.counted = true;
    assert_ok(audit_append(audit, &counted, &start, &mark));
    return mark;
}

static struct audit_findings verify(const struct audit_mark *anchor)
{
    struct audit_findings findings = {0};

    assert_ok(audit_verify(path, key, NULL, anchor, &findings));
    return findings;
}

static void assert_whole(uint64_t num)
{
    struct audit_findings findings = verify(&start);

    if (findings.problem != NULL)
        print_error("record %llu: %s\n", (unsigned long long)findings.bad_record, findings.problem);
    assert_null(findings.problem);
    assert_int_equal(findings.num_records, num);
}

/* ---- the file as text ---- */

struct text {
    char bytes[65536];
    size_t len;
};

static struct text read_log(void)
{
    struct text text = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    assert_true(fd >= 0);
    ssize_t got = read(fd, text.bytes, sizeof(text.bytes));
    assert_true(got >= 0 && (size_t)got < sizeof(text.bytes));
    text.len = (size_t)got;
    close(fd);
    return text;
}

static void write_log(const char *bytes, size_t len)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, len), len);
    close(fd);
}

/* Where line i (from 0) begins; for i past the last, the end. */
static size_t line_at(const struct text *text, size_t i)
{
    size_t at = 0;

    while (i-- > 0 && at < text->len)
        at = (size_t)((char *)memchr(text->bytes + at, '\n', text->len - at) - text->bytes) + 1;
    return at;
}

/* How often line i says that it happened; 0 if it does not say. */
static unsigned long uses_in(size_t i)
{
    struct text text = read_log();
    size_t from = line_at(&text, i);
    const char *count = memmem(text.bytes + from, line_at(&text, i + 1) - from, ",\"count\":", 9);

    return count != NULL ? strtoul(count + 9, NULL, 10) : 0;
}

#define NUM_LINES 5

/* A new log of NUM_LINES records. */
static struct text new_log(void)
{
    unlink(path);
    struct audit *audit = open_log();
    for (size_t i = 0; i < NUM_LINES; i++)
        append(audit);
    audit_close(audit);
    return read_log();
}

#endif
