/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines of an audit log that go to the disk with something else: which they are, and what comes
 * back of them after the machine stopped.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

#include "hsm_audit_log.h"

/* ---- the disk ---- */

static unsigned num_syncs;
static bool sync_fails;

/* The linker's names. NOLINTBEGIN */
int __real_fdatasync(int fd);
int __wrap_fdatasync(int fd);

int __wrap_fdatasync(int fd)
{
    num_syncs++;
    errno = EIO;
    return sync_fails ? -1 : __real_fdatasync(fd);
}
/* NOLINTEND */

static struct text on_disk; /* of the log */

/* A log of NUM_LINES records, all of them on the disk. */
static struct audit *open_synced(void)
{
    sync_fails = false;
    on_disk = new_log();
    struct audit *audit = open_log();
    append(audit);
    assert_ok(audit_sync(audit, false));
    on_disk = read_log();
    num_syncs = 0;
    return audit;
}

#define NUM_SYNCED (NUM_LINES + 1)

/* The machine stops: the log is what was on the disk, without its last lines if `lost`; the journal
 * is not there. */
static void power_off(size_t lost)
{
    write_log(on_disk.bytes, line_at(&on_disk, NUM_SYNCED - lost));
    unlink(journal);
}

static struct audit_outbox entrust(struct audit *audit)
{
    struct audit_outbox outbox;

    assert_ok(audit_entrust(audit, &outbox));
    return outbox;
}

static size_t num_lines(const struct audit_outbox *outbox)
{
    size_t num = 0;

    for (size_t i = 0; i < outbox->len; i++)
        num += outbox->lines[i] == '\n';
    return num;
}

static struct audit_findings verify_kept(const struct audit_outbox *kept,
                                         const struct audit_mark *anchor)
{
    struct audit_findings findings = {0};

    assert_ok(audit_verify(path, key, kept, anchor, &findings));
    return findings;
}

static void assert_whole_with(const struct audit_outbox *kept, uint64_t num)
{
    struct audit_findings findings = verify_kept(kept, &start);

    assert_null(findings.problem);
    assert_int_equal(findings.num_records, num);
}

/* ---- what is entrusted ---- */

static void what_is_not_on_the_disk_is_entrusted(void **state)
{
    (void)state;
    struct audit *audit = open_synced();

    append(audit);
    use(audit);
    use(audit);
    append(audit);
    struct audit_outbox outbox = entrust(audit);
    assert_int_equal(num_lines(&outbox), 3);
    append(audit);
    outbox = entrust(audit);
    assert_int_equal(num_lines(&outbox), 4);
    assert_int_equal(num_syncs, 0);
    assert_int_equal(read_log().len, on_disk.len);
    assert_ok(audit_sync(audit, false));
    outbox = entrust(audit);
    assert_int_equal(outbox.len, 0);
    assert_int_equal(num_syncs, 1);
    assert_int_equal(uses_in(NUM_SYNCED + 1), 2);
    audit_close(audit);
}

static void too_many_are_synced(void **state)
{
    (void)state;
    struct audit *audit = open_synced();
    struct audit_outbox outbox;
    size_t num = 0;

    do {
        append(audit);
        num++;
        outbox = entrust(audit);
    } while (outbox.len > 0 && num < 1000);
    assert_int_equal(num_syncs, 1);
    assert_in_range(num, AUDIT_OUTBOX_MAX / 512, AUDIT_OUTBOX_MAX / 128);
    struct text text = read_log();
    assert_int_equal(line_at(&text, NUM_SYNCED + num), text.len);
    append(audit);
    outbox = entrust(audit);
    assert_int_equal(num_lines(&outbox), 1); /* and it begins again */
    assert_int_equal(num_syncs, 1);
    audit_close(audit);
}

/* Written to the log by whoever reads it. */
static void what_stands_in_the_log_but_may_not_be_on_the_disk_is_synced(void **state)
{
    (void)state;
    struct audit *audit = open_synced();

    append(audit);
    assert_whole(NUM_SYNCED + 1);
    append(audit);
    struct audit_outbox outbox = entrust(audit);
    assert_int_equal(outbox.len, 0);
    assert_int_equal(num_syncs, 1);
    append(audit);
    outbox = entrust(audit);
    assert_int_equal(num_lines(&outbox), 1);
    audit_close(audit);
}

/* Cut, and grown again to what it had been. */
static void the_size_of_a_log_that_was_cut_says_nothing(void **state)
{
    (void)state;
    struct audit *audit = open_synced();

    write_log(on_disk.bytes, line_at(&on_disk, NUM_SYNCED - 1));
    append(audit);
    assert_ok(audit_flush(audit));
    assert_int_equal(read_log().len, on_disk.len);
    struct audit_outbox outbox = entrust(audit);
    assert_int_equal(outbox.len, 0);
    assert_int_equal(num_syncs, 1);
    audit_close(audit);
}

static void a_first_user_does_not_know_what_is_on_the_disk(void **state)
{
    (void)state;
    audit_close(open_synced());
    struct audit *audit = open_log();

    num_syncs = 0;
    append(audit);
    struct audit_outbox outbox = entrust(audit);
    assert_int_equal(outbox.len, 0);
    assert_int_equal(num_syncs, 1);
    audit_close(audit);

    unlink(path); /* not even that there is a log */
    unlink(journal);
    audit = open_log();
    num_syncs = 0;
    append(audit);
    outbox = entrust(audit);
    assert_int_equal(outbox.len, 0);
    assert_int_equal(num_syncs, 1);
    audit_close(audit);
}

static void applications_tell_each_other_what_is_on_the_disk(void **state)
{
    (void)state;
    struct audit *audit = open_synced();
    struct audit *other = open_log();

    append(audit);
    struct audit_outbox outbox = entrust(audit);
    append(other);
    outbox = entrust(other);
    assert_int_equal(num_lines(&outbox), 2);
    assert_int_equal(num_syncs, 0);
    /* what others appended is synced too, and not what oneself did alone */
    assert_ok(audit_sync_all(audit));
    assert_int_equal(num_syncs, 1);
    append(audit);
    outbox = entrust(audit);
    assert_int_equal(num_lines(&outbox), 1);
    assert_ok(audit_sync(other, false)); /* on whose behalf nothing is known */
    audit_close(audit);
    audit_close(other);
    assert_whole(NUM_SYNCED + 3);
}

/* After that nothing can be promised: not by who met it, nor, without waiting, by anybody. */
static void a_disk_that_fails_is_entrusted_nothing(void **state)
{
    (void)state;
    struct audit *audit = open_synced();
    struct audit *other = open_log();
    struct audit_outbox outbox;

    append(audit);
    sync_fails = true;
    assert_status(audit_sync(audit, false), PQHW_AUDIT_FAILED);
    sync_fails = false;
    append(audit);
    assert_status(audit_entrust(audit, &outbox), PQHW_AUDIT_FAILED);
    assert_int_equal(outbox.len, 0);
    for (unsigned i = 0; i < 3; i++) {
        num_syncs = 0;
        append(other);
        outbox = entrust(other);
        assert_int_equal(outbox.len, 0);
        assert_int_equal(num_syncs, 1);
    }
    audit_close(audit);
    audit_close(other);
}

static void a_log_removed_or_replaced_in_use_is_refused(void **state)
{
    (void)state;
    struct audit *audit = open_synced();
    struct audit_outbox outbox;
    char away[80];

    snprintf(away, sizeof(away), "%s/away", home);
    append(audit);
    assert_int_equal(rename(path, away), 0);
    assert_status(audit_entrust(audit, &outbox), PQHW_AUDIT_FAILED);
    write_log(on_disk.bytes, on_disk.len);
    assert_status(audit_entrust(audit, &outbox), PQHW_AUDIT_FAILED);
    assert_int_equal(rename(away, path), 0);
    assert_ok(audit_entrust(audit, &outbox));
    assert_int_equal(num_lines(&outbox), 1);
    audit_close(audit);
}

/* ---- what comes back ---- */

#define NUM_KEPT 3

static struct audit_mark kept_mark; /* the last one's */

/* Lines that were entrusted before the machine stopped. */
static struct audit_outbox leave_kept(void)
{
    struct audit *audit = open_synced();

    for (size_t i = 0; i < NUM_KEPT; i++)
        kept_mark = append(audit);
    struct audit_outbox outbox = entrust(audit);
    assert_int_equal(num_lines(&outbox), NUM_KEPT);
    audit_close(audit);
    power_off(0);
    return outbox;
}

static void what_was_entrusted_comes_back(void **state)
{
    (void)state;
    struct audit_outbox kept = leave_kept();
    struct audit *audit = NULL;
    struct audit_mark mark = {0};

    assert_true(verify_kept(&kept, &kept_mark).has_anchor); /* to a reader */
    assert_whole(NUM_SYNCED + NUM_KEPT);
    assert_whole_with(&kept, NUM_SYNCED + NUM_KEPT); /* once */

    power_off(0);
    assert_ok(audit_open(&audit, path, key, &kept)); /* to a writer */
    assert_ok(audit_append(audit, &event, &kept_mark, &mark));
    assert_int_equal(mark.seq, kept_mark.seq + 1);
    audit_close(audit);
    assert_whole(NUM_SYNCED + NUM_KEPT + 1);
    assert_whole_with(&kept, NUM_SYNCED + NUM_KEPT + 1);

    /* of a log that has a part of it, and a piece */
    struct text text = read_log();
    write_log(text.bytes, line_at(&text, NUM_SYNCED + 1) + 20);
    unlink(journal);
    assert_whole_with(&kept, NUM_SYNCED + NUM_KEPT);
    assert_whole(NUM_SYNCED + NUM_KEPT);
}

static void limit_file_size(rlim_t len)
{
    struct rlimit limit;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = len;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* Then it is not said that records are missing. */
static void a_full_disk_puts_it_off(void **state)
{
    (void)state;
    struct audit_outbox kept = leave_kept();
    struct audit_findings findings;

    struct audit *audit = open_log();
    assert_ok(audit_flush(audit)); /* which makes a journal */
    audit_close(audit);
    signal(SIGXFSZ, SIG_IGN);
    limit_file_size(on_disk.len + 20);
    enum pqhw_status status = audit_verify(path, key, &kept, &kept_mark, &findings);
    limit_file_size(RLIM_INFINITY);
    assert_status(status, PQHW_DISK_FULL);
    assert_null(findings.problem);
    assert_non_null(strstr(hsm_error_detail(), "a.log: cannot be written"));
    assert_int_equal(read_log().len, on_disk.len);
    assert_true(verify_kept(&kept, &kept_mark).has_anchor);
    assert_whole(NUM_SYNCED + NUM_KEPT);
}

static void an_altered_line_does_not_come_back(void **state)
{
    (void)state;
    struct audit_outbox kept = leave_kept();
    size_t line_len = kept.len / NUM_KEPT;

    for (size_t i = 0; i < kept.len; i += 13) {
        power_off(0);
        kept.lines[i] ^= 1;
        assert_whole_with(&kept, NUM_SYNCED + i / line_len);
        kept.lines[i] ^= 1;
    }
    for (uint32_t len = 0; len < kept.len; len += 17) {
        struct audit_outbox part = kept;
        part.len = len;
        power_off(0);
        assert_whole_with(&part, NUM_SYNCED + len / line_len);
    }
}

static void swap_lines(struct audit_outbox *outbox, size_t line_len, size_t a, size_t b)
{
    uint8_t line[AUDIT_LINE_MAX];

    memcpy(line, outbox->lines + a * line_len, line_len);
    memcpy(outbox->lines + a * line_len, outbox->lines + b * line_len, line_len);
    memcpy(outbox->lines + b * line_len, line, line_len);
}

static void a_line_in_another_place_does_not_come_back(void **state)
{
    (void)state;
    struct audit_outbox kept = leave_kept();
    struct audit_outbox moved = kept;
    size_t line_len = kept.len / NUM_KEPT;

    swap_lines(&moved, line_len, 1, 2);
    assert_whole_with(&moved, NUM_SYNCED + 1);
    power_off(0);
    moved = kept;
    memmove(moved.lines, moved.lines + line_len, moved.len - line_len);
    moved.len -= (uint32_t)line_len;
    assert_whole_with(&moved, NUM_SYNCED);

    /* of another log of the same device */
    unlink(path);
    unlink(journal);
    leave_kept();
    assert_whole_with(&kept, NUM_SYNCED);
}

/* As before there were outboxes: further back than they reach. */
static void a_log_that_was_cut_stays_so(void **state)
{
    (void)state;
    struct audit_outbox kept = leave_kept();
    struct audit *audit = NULL;
    struct audit_mark mark = {0};

    power_off(1);
    struct audit_findings findings = verify_kept(&kept, &kept_mark);
    assert_false(findings.has_anchor);
    assert_int_equal(findings.num_records, NUM_SYNCED - 1);
    assert_ok(audit_open(&audit, path, key, &kept));
    assert_ok(audit_append(audit, &event, &kept_mark, &mark));
    audit_close(audit);
    assert_int_equal(verify_kept(&kept, &kept_mark).bad_record, NUM_SYNCED);

    unlink(path);
    assert_false(verify_kept(&kept, &kept_mark).has_anchor);
    assert_int_equal(access(path, F_OK), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_on_the_disk_is_entrusted),
        cmocka_unit_test(too_many_are_synced),
        cmocka_unit_test(what_stands_in_the_log_but_may_not_be_on_the_disk_is_synced),
        cmocka_unit_test(the_size_of_a_log_that_was_cut_says_nothing),
        cmocka_unit_test(a_first_user_does_not_know_what_is_on_the_disk),
        cmocka_unit_test(applications_tell_each_other_what_is_on_the_disk),
        cmocka_unit_test(a_disk_that_fails_is_entrusted_nothing),
        cmocka_unit_test(a_log_removed_or_replaced_in_use_is_refused),
        cmocka_unit_test(what_was_entrusted_comes_back),
        cmocka_unit_test(a_full_disk_puts_it_off),
        cmocka_unit_test(an_altered_line_does_not_come_back),
        cmocka_unit_test(a_line_in_another_place_does_not_come_back),
        cmocka_unit_test(a_log_that_was_cut_stays_so),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
