/* SPDX-License-Identifier: Apache-2.0
 *
 * The journal in front of an audit log: crashes, damage, and doing without one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "hsm/audit_line.h"
#include "hsm_audit_log.h"

#define NUM_PENDING 3

/* A log of NUM_LINES records, and NUM_PENDING more in the journal of a process that was killed. */
static void leave_pending(void)
{
    struct text text = new_log();
    pid_t child = fork();

    if (child == 0) {
        struct audit *audit = open_log();
        for (size_t i = 0; i < NUM_PENDING; i++)
            append(audit);
        kill(getpid(), SIGKILL);
    }
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_int_equal(read_log().len, text.len);
}

static void what_is_pending_is_read(void **state)
{
    (void)state;
    struct text text = new_log();
    struct audit *audit = open_log();

    struct audit_mark mark = append(audit);
    assert_int_equal(read_log().len, text.len);
    assert_true(verify(&mark).has_anchor);
    assert_whole(NUM_LINES + 1);
    append(audit);
    audit_close(audit);
    assert_whole(NUM_LINES + 2);
}

static void a_killed_process_loses_nothing(void **state)
{
    (void)state;
    leave_pending();
    assert_whole(NUM_LINES + NUM_PENDING); /* the reader finds them */
    leave_pending();
    struct audit *audit = open_log();
    assert_int_equal(append(audit).seq, NUM_LINES + NUM_PENDING + 1); /* so does the next writer */
    audit_close(audit);
    assert_whole(NUM_LINES + NUM_PENDING + 1);
}

/* A process that was killed while it counted. */
static void leave_counting(unsigned num)
{
    new_log();
    pid_t child = fork();

    if (child == 0) {
        struct audit *audit = open_log();
        append(audit);
        for (unsigned i = 0; i < num; i++)
            use(audit);
        kill(getpid(), SIGKILL);
    }
    assert_int_equal(waitpid(child, NULL, 0), child);
}

static void a_killed_process_leaves_its_count(void **state)
{
    (void)state;
    for (unsigned num = 1; num <= 4; num++) {
        leave_counting(num);
        assert_whole(NUM_LINES + 2);
        assert_int_equal(uses_in(NUM_LINES + 1), num);
    }
    leave_counting(7);
    struct audit *audit = open_log();
    assert_int_equal(use(audit).seq, NUM_LINES + 3); /* what others counted is not gone on with */
    audit_close(audit);
    assert_int_equal(uses_in(NUM_LINES + 1), 7);
    assert_int_equal(uses_in(NUM_LINES + 2), 1);
}

/* The journal's file, to put it back. */
static union {
    struct audit_pages pages;
    uint8_t bytes[sizeof(struct audit_pages)];
} kept;

static void keep_journal(void)
{
    int fd = open(journal, O_RDONLY | O_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(read(fd, kept.bytes, sizeof(kept)), sizeof(kept));
    close(fd);
}

static void put_journal(const void *bytes, size_t len)
{
    int fd = open(journal, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, len), len);
    close(fd);
}

/* After a power failure the log may have counted further than what is left of the journal. */
static void the_log_knows_better_than_an_old_journal(void **state)
{
    (void)state;
    new_log();
    struct audit *audit = open_log();
    append(audit);
    for (unsigned i = 0; i < 5; i++) {
        use(audit);
        if (i == 2)
            keep_journal();
    }
    audit_close(audit);
    struct text text = read_log();
    const struct audit_count *count = &kept.pages.counts[kept.pages.open - 1];
    for (unsigned closed = 0; closed < 2; closed++) {
        write_log(text.bytes, text.len);
        put_journal(kept.bytes, sizeof(kept));
        audit = open_log();
        assert_int_equal(append(audit).seq, NUM_LINES + 3);
        audit_close(audit);
        assert_whole(NUM_LINES + 3);
        assert_int_equal(uses_in(NUM_LINES + 1), 5);
        /* the second time, not open any more */
        kept.pages.end += (uint32_t)audit_line_seal((char *)kept.pages.room + kept.pages.end,
                                                    kept.pages.open_len, count->uses, count->mac);
        kept.pages.open = 0;
    }
}

/* Killed while either count was written. */
static void a_count_survives_in_either_place(void **state)
{
    (void)state;
    for (unsigned num = 3; num <= 4; num++) {
        for (uint32_t of = 0; of <= 1; of++) {
            leave_counting(num);
            keep_journal();
            uint32_t which = of == 0 ? 3 - kept.pages.open : kept.pages.open;
            memset(&kept.pages.counts[which - 1], 'x', sizeof(kept.pages.counts[0]));
            put_journal(kept.bytes, sizeof(kept));
            assert_whole(NUM_LINES + 2);
            assert_int_equal(uses_in(NUM_LINES + 1), num - of);
        }
    }
}

/* Some of the records, up to the middle of a line, are in the log already. */
static void a_crash_while_writing_to_the_log_is_mended(void **state)
{
    (void)state;
    leave_pending();
    keep_journal();
    assert_whole(NUM_LINES + NUM_PENDING);
    struct text text = read_log();

    for (size_t len = line_at(&text, NUM_LINES); len <= text.len; len += 11) {
        write_log(text.bytes, len);
        put_journal(kept.bytes, sizeof(kept));
        assert_whole(NUM_LINES + NUM_PENDING);
    }
}

/* A process is killed while it holds the lock, with its record half written, and another one uses
 * the journal too. */
static void a_killed_holder_of_the_lock_holds_nobody_up(void **state)
{
    (void)state;
    new_log();
    struct audit *audit = open_log();
    append(audit);
    pid_t child = fork();
    if (child == 0) {
        struct audit_log log;
        struct audit_journal held = {.fd = -1};
        if (audit_log_open(&log, path) != PQHW_OK || audit_journal_open(&held, &log) != PQHW_OK ||
            audit_journal_lock(&held, &log) != PQHW_OK)
            _exit(1);
        memset(held.pages->room + held.pages->end, 'x', 100);
        held.pages->end += 100;
        held.pages->last.seq += 77;
        kill(getpid(), SIGKILL);
    }
    int result;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_true(WIFSIGNALED(result));
    assert_int_equal(append(audit).seq, NUM_LINES + 2);
    audit_close(audit);
    assert_whole(NUM_LINES + 2);
}

/* Whatever stands in a journal that nobody uses: the chain is whole after it, and goes on. */
static uint64_t num_after(const void *bytes, size_t len)
{
    new_log();
    put_journal(bytes, len);
    struct audit *audit = open_log();
    uint64_t num = append(audit).seq;
    audit_close(audit);
    assert_whole(num);
    return num - NUM_LINES - 1;
}

static void a_damaged_journal_harms_nothing(void **state)
{
    (void)state;
    static const size_t lens[] = {0, 1, 100, 4096, 5000, sizeof(kept) - 1};

    new_log();
    keep_journal();
    for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++)
        assert_int_equal(num_after(kept.bytes, lens[i]), 0);
    for (size_t i = 0; i < offsetof(struct audit_pages, lock) + sizeof(kept.pages.lock); i += 3) {
        if (i >= 6 && i < sizeof(kept.pages.magic))
            continue; /* another version is another matter */
        keep_journal();
        kept.bytes[i] ^= 0xff;
        num_after(kept.bytes, sizeof(kept));
    }
    memset(kept.bytes, 0xff, sizeof(kept));
    assert_int_equal(num_after(kept.bytes, sizeof(kept)), 0);
}

/* What is pending is taken up to the first line that is not genuine. */
static void a_damaged_line_in_the_journal_is_nothing(void **state)
{
    (void)state;
    leave_pending();
    struct text text = read_log();
    keep_journal();
    size_t line_len = kept.pages.end / NUM_PENDING;

    for (size_t i = 0; i < kept.pages.end; i += 13) {
        write_log(text.bytes, text.len);
        kept.pages.room[i] ^= 1;
        put_journal(kept.bytes, sizeof(kept));
        assert_whole(NUM_LINES + i / line_len);
        kept.pages.room[i] ^= 1;
    }
    write_log(text.bytes, text.len);
    memset(&kept.pages.lock, 0xff, sizeof(kept.pages.lock));
    put_journal(kept.bytes, sizeof(kept));
    assert_whole(NUM_LINES + NUM_PENDING);
}

/* Old records in a journal that was put back are known; a log that was cut lacks what it lacks. */
static void a_journal_put_back_changes_nothing(void **state)
{
    (void)state;
    leave_pending();
    struct text text = read_log();
    keep_journal();
    struct audit *audit = open_log();
    append(audit);
    audit_close(audit);
    put_journal(kept.bytes, sizeof(kept));
    assert_whole(NUM_LINES + NUM_PENDING + 1);

    write_log(text.bytes, line_at(&text, 2));
    put_journal(kept.bytes, sizeof(kept));
    assert_int_equal(verify(&start).bad_record, 3);
}

static void a_journal_of_another_version_is_refused(void **state)
{
    (void)state;
    struct audit_mark mark;

    leave_pending();
    keep_journal();
    kept.pages.magic[6]++;
    put_journal(kept.bytes, sizeof(kept));
    struct audit *audit = open_log();
    assert_status(audit_append(audit, &event, &start, &mark), PQHW_VERSION_UNKNOWN);
    audit_close(audit);
    kept.pages.magic[6]--;
    put_journal(kept.bytes, sizeof(kept));
    assert_whole(NUM_LINES + NUM_PENDING);
}

static void only_a_regular_file_is_a_journal(void **state)
{
    (void)state;
    struct audit_mark mark;

    new_log();
    for (int i = 0; i < 3; i++) {
        unlink(journal);
        if (i == 0)
            assert_int_equal(symlink(path, journal), 0);
        else if (i == 1)
            assert_int_equal(mkfifo(journal, 0600), 0);
        else
            assert_int_equal(mkdir(journal, 0700), 0);
        struct audit *audit = open_log();
        assert_status(audit_append(audit, &event, &start, &mark), PQHW_AUDIT_FAILED);
        audit_close(audit);
    }
    assert_int_equal(rmdir(journal), 0);
    assert_whole(NUM_LINES);
}

/* A child has no log; what it tries does not disturb its parent. */
static void a_forked_child_appends_nothing(void **state)
{
    (void)state;
    struct audit_mark mark;

    new_log();
    struct audit *audit = open_log();
    append(audit);
    pid_t child = fork();
    if (child == 0) {
        bool refused = audit_append(audit, &event, &start, &mark) == PQHW_AUDIT_FAILED;
        audit_close(audit);
        _exit(refused ? 0 : 1);
    }
    int result;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_int_equal(result, 0);
    append(audit);
    audit_close(audit);
    assert_whole(NUM_LINES + 2);
}

/* Two journals of one log are two chains: only one of them can go on. */
static void a_journal_removed_or_replaced_in_use_is_refused(void **state)
{
    (void)state;
    char away[80];

    new_log();
    struct audit *audit = open_log();
    snprintf(away, sizeof(away), "%s/away", home);
    append(audit);
    assert_int_equal(rename(journal, away), 0);
    assert_status(audit_sync(audit, false), PQHW_AUDIT_FAILED);
    struct audit *other = open_log();
    append(other);
    audit_close(other);
    assert_status(audit_sync(audit, false), PQHW_AUDIT_FAILED);
    assert_int_equal(rename(away, journal), 0);
    assert_status(audit_sync(audit, false), PQHW_AUDIT_FAILED);
    audit_close(audit);
    unlink(journal);
    assert_whole(NUM_LINES + 1);
}

/* ---- without a journal ---- */

/* From now on no file can be mapped shared in this process, as on some file systems. */
static bool forbid_mapping(void)
{
    const uint32_t shared_file = 0x01; /* MAP_SHARED, without MAP_ANONYMOUS */
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 0, 4),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[3])),
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0x21),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, shared_file, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENODEV),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof(code) / sizeof(code[0]), .filter = code};

    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

#define NUM_DIRECT 20

static void append_directly(void)
{
    struct audit_mark mark;
    struct audit_outbox outbox;
    struct audit *audit = open_log(); /* its secret memory is mapped shared, too */

    if (!forbid_mapping())
        _exit(77);
    for (size_t i = 0; i < NUM_DIRECT; i++) {
        if (audit_append(audit, &event, &start, &mark) != PQHW_OK)
            _exit(1);
    }
    if (audit_entrust(audit, &outbox) != PQHW_OK || outbox.len > 0)
        _exit(2);            /* there is nothing but the log that could be behind */
    kill(getpid(), SIGKILL); /* every record is in the log already */
}

static void what_cannot_be_mapped_is_written_directly(void **state)
{
    (void)state;
    pid_t children[2];
    int result = 0;

    new_log();
    for (size_t i = 0; i < 2; i++) {
        children[i] = fork();
        if (children[i] == 0)
            append_directly();
    }
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(waitpid(children[i], &result, 0), children[i]);
    if (WIFEXITED(result) && WEXITSTATUS(result) == 77)
        skip();
    assert_true(WIFSIGNALED(result));
    struct text text = read_log();
    assert_int_equal(line_at(&text, NUM_LINES + 2 * NUM_DIRECT), text.len);
    assert_whole(NUM_LINES + 2 * NUM_DIRECT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_pending_is_read),
        cmocka_unit_test(a_killed_process_leaves_its_count),
        cmocka_unit_test(the_log_knows_better_than_an_old_journal),
        cmocka_unit_test(a_count_survives_in_either_place),
        cmocka_unit_test(a_killed_process_loses_nothing),
        cmocka_unit_test(a_crash_while_writing_to_the_log_is_mended),
        cmocka_unit_test(a_killed_holder_of_the_lock_holds_nobody_up),
        cmocka_unit_test(a_damaged_journal_harms_nothing),
        cmocka_unit_test(a_damaged_line_in_the_journal_is_nothing),
        cmocka_unit_test(a_journal_put_back_changes_nothing),
        cmocka_unit_test(a_journal_of_another_version_is_refused),
        cmocka_unit_test(only_a_regular_file_is_a_journal),
        cmocka_unit_test(a_forked_child_appends_nothing),
        cmocka_unit_test(a_journal_removed_or_replaced_in_use_is_refused),
        cmocka_unit_test(what_cannot_be_mapped_is_written_directly),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
