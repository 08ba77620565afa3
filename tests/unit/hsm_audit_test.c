/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "hsm_audit_log.h"

/* ---- the chain ---- */

static void what_was_appended_verifies(void **state)
{
    (void)state;
    struct text text = new_log();
    struct stat st;

    assert_whole(NUM_LINES);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    struct audit *audit = open_log();
    struct audit_mark mark = append(audit);
    audit_close(audit);
    assert_int_equal(mark.seq, NUM_LINES + 1);
    assert_whole(NUM_LINES + 1);
    assert_true(verify(&mark).has_anchor);
    mark.mac[0] ^= 1;
    assert_false(verify(&mark).has_anchor);
    assert_int_equal(text.len, line_at(&text, NUM_LINES));
}

static void a_record_says_what_happened(void **state)
{
    (void)state;
    struct audit_event full = event;
    struct audit_mark mark;
    uint32_t slot = 3;

    full.slot = &slot;
    full.mechanism = "CKM_ML_DSA";
    full.epoch = 9;
    full.objects[0] = "11111111-2222-4333-8444-555555555555";
    unlink(path);
    struct audit *audit = open_log();
    assert_ok(audit_append(audit, &full, &start, &mark));
    audit_close(audit);
    struct text text = read_log();
    static const char *const parts[] = {"{\"seq\":1,",
                                        "\"app\":\"test\"",
                                        "\"slot\":3",
                                        "\"session\":5",
                                        "\"role\":\"user\"",
                                        "\"op\":\"key.sign\"",
                                        "\"object\":\"11111111-2222-4333-8444-555555555555\"",
                                        "\"mechanism\":\"CKM_ML_DSA\"",
                                        "\"epoch\":9",
                                        "\"result\":\"OK\"",
                                        "\"mac\":\""};
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        assert_non_null(memmem(text.bytes, text.len, parts[i], strlen(parts[i])));
}

/* Events that differ from the one before in one field each, three times over: more kinds than are
 * kept, so that some are told anew and some are not. */
#define NUM_KINDS 10

static struct audit_event kind_of(size_t i, const uint32_t *slot)
{
    struct audit_event made = event;

    made.app = i > 0 ? "other" : made.app;
    made.role = i > 1 ? "so" : made.role;
    made.operation = i > 2 ? "key.wrap" : made.operation;
    made.result = i > 3 ? "PIN_LOCKED" : made.result;
    made.session = i > 4 ? 6 : made.session;
    made.mechanism = i > 5 ? "CKM_X" : NULL;
    made.objects[0] = i > 6 ? "first" : NULL;
    made.objects[1] = i > 7 ? "second" : NULL;
    made.epoch = i > 8 ? 77 : 0;
    made.slot = i == 4 ? slot : NULL;
    return made;
}

static void each_record_says_its_own(void **state)
{
    (void)state;
    struct audit_mark mark;
    uint32_t slot = 9;
    unlink(path);
    struct audit *audit = open_log();
    for (size_t i = 0; i < 3 * NUM_KINDS; i++) {
        struct audit_event made = kind_of(i / 2 % NUM_KINDS, &slot);
        assert_ok(audit_append(audit, &made, &start, &mark));
    }
    audit_close(audit);
    assert_whole(3 * NUM_KINDS);
    struct text text = read_log();
    for (size_t i = 0; i < 3 * NUM_KINDS; i++) {
        struct audit_event made = kind_of(i / 2 % NUM_KINDS, &slot);
        char expected[512];
        size_t from = line_at(&text, i);
        int len =
            snprintf(expected, sizeof(expected),
                     ",\"app\":\"%s\",\"pid\":%d%s,\"session\":%d,\"role\":\"%s\",\"op\":\"%s\"",
                     made.app, (int)getpid(), made.slot != NULL ? ",\"slot\":9" : "",
                     (int)made.session, made.role, made.operation);
        const char *const rest[][2] = {{",\"object\":\"", made.objects[0]},
                                       {",\"object2\":\"", made.objects[1]},
                                       {",\"mechanism\":\"", made.mechanism},
                                       {",\"epoch\":77", made.epoch != 0 ? "" : NULL},
                                       {",\"result\":\"", made.result}};
        for (size_t k = 0; k < sizeof(rest) / sizeof(rest[0]); k++) {
            if (rest[k][1] == NULL)
                continue;
            len += snprintf(expected + len, sizeof(expected) - (size_t)len, "%s%s%s", rest[k][0],
                            rest[k][1], k == 3 ? "" : "\"");
        }
        snprintf(expected + len, sizeof(expected) - (size_t)len, ",\"mac\"");
        assert_non_null(
            memmem(text.bytes + from, line_at(&text, i + 1) - from, expected, strlen(expected)));
    }
}

/* Of one application after another, whose names may stand in the same place. */
static void a_name_is_the_one_that_was_given(void **state)
{
    (void)state;
    static const char *const names[] = {"one", "two", "a name that is longer than what is kept",
                                        "a name that is longer than what is not"};
    const size_t num = sizeof(names) / sizeof(names[0]);
    char name[64];
    struct audit_event named = event;
    struct audit_mark mark;
    named.app = name;
    unlink(path);
    struct audit *audit = open_log();
    for (size_t i = 0; i < num; i++) {
        snprintf(name, sizeof(name), "%s", names[i]);
        assert_ok(audit_append(audit, &named, &start, &mark));
    }
    audit_close(audit);
    assert_whole(num);
    struct text text = read_log();
    for (size_t i = 0; i < num; i++) {
        char expected[80];
        size_t from = line_at(&text, i);
        snprintf(expected, sizeof(expected), ",\"app\":\"%s\",", names[i]);
        assert_non_null(
            memmem(text.bytes + from, line_at(&text, i + 1) - from, expected, strlen(expected)));
    }
}

/* Until something else happens, or the log is looked at. */
static void uses_are_counted(void **state)
{
    (void)state;
    new_log();
    struct audit *audit = open_log();
    for (unsigned i = 0; i < 1000; i++)
        assert_int_equal(use(audit).seq, NUM_LINES + 1);
    append(audit);
    use(audit);
    use(audit);
    assert_whole(NUM_LINES + 3);
    use(audit);
    assert_whole(NUM_LINES + 4);
    assert_int_equal(uses_in(NUM_LINES), 1000);
    assert_int_equal(uses_in(NUM_LINES + 1), 0);
    assert_int_equal(uses_in(NUM_LINES + 2), 2);
    assert_int_equal(uses_in(NUM_LINES + 3), 1);
    use(audit);
    usleep(300000);
    use(audit);
    audit_close(audit);
    assert_whole(NUM_LINES + 6);
}

/* A log whose last record counts 19 uses. */
static struct text log_with_count(void)
{
    new_log();
    struct audit *audit = open_log();
    for (unsigned i = 0; i < 19; i++)
        use(audit);
    audit_close(audit);
    assert_whole(NUM_LINES + 1);
    return read_log();
}

/* Put other text in the place of what stands in the last line. */
static void replace(struct text *text, const char *before, const char *after)
{
    size_t line = line_at(text, NUM_LINES);
    char *at = memmem(text->bytes + line, text->len - line, before, strlen(before));

    assert_non_null(at);
    size_t rest = text->len - (size_t)(at - text->bytes) - strlen(before);
    memmove(at + strlen(after), at + strlen(before), rest);
    memcpy(at, after, strlen(after));
    text->len += strlen(after) - strlen(before);
}

/* Another number, or the same in another form. */
static void a_changed_count_is_noticed(void **state)
{
    static const char *const others[] = {",\"count\":29,",
                                         ",\"count\":1,",
                                         ",\"count\":019,",
                                         ",\"count\":19 ,",
                                         ",\"count\":,",
                                         ",\"count\":19,\"count\":19,",
                                         ",\"count\":0,",
                                         ",\"count\":-19,",
                                         ",\"count\":18446744073709551635,",
                                         ","};

    (void)state;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        struct text text = log_with_count();
        replace(&text, ",\"count\":19,", others[i]);
        write_log(text.bytes, text.len);
        assert_int_equal(verify(&start).bad_record, NUM_LINES + 1);
    }
}

/* Nor can one be added where there is none. */
static void an_added_count_is_noticed(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        new_log();
        struct audit *audit = open_log();
        append(audit);
        audit_close(audit);
        struct text text = read_log();
        replace(&text, ",\"mac\"", i == 0 ? ",\"count\":0,\"mac\"" : ",\"count\":1,\"mac\"");
        write_log(text.bytes, text.len);
        assert_int_equal(verify(&start).bad_record, NUM_LINES + 1);
    }
}

/* The MAC is of the parts in another order than they stand in: a count in front of the event,
 * behind the head. */
static void a_moved_count_is_noticed(void **state)
{
    (void)state;
    struct text text = log_with_count();
    replace(&text, ",\"count\":19", "");
    replace(&text, ",\"app\"", ",\"count\":19,\"app\"");
    write_log(text.bytes, text.len);
    assert_int_equal(verify(&start).bad_record, NUM_LINES + 1);
}

/* As many kinds of uses as are kept, and one more: none is counted as another. */
static void uses_of_many_kinds_are_not_mixed(void **state)
{
    (void)state;
    unlink(path);
    struct audit *audit = open_log();
    struct audit_mark mark;
    for (size_t i = 0; i < 60; i++) {
        struct audit_event counted = event;
        counted.counted = true;
        counted.session = 100 + i / 3 % 10;
        assert_ok(audit_append(audit, &counted, &start, &mark));
    }
    audit_close(audit);
    assert_whole(20);
    struct text text = read_log();
    for (size_t i = 0; i < 20; i++) {
        char expected[32];
        size_t from = line_at(&text, i);
        snprintf(expected, sizeof(expected), ",\"session\":%d,", (int)(100 + i % 10));
        assert_non_null(
            memmem(text.bytes + from, line_at(&text, i + 1) - from, expected, strlen(expected)));
        assert_int_equal(uses_in(i), 3);
    }
}

static void every_changed_byte_is_noticed(void **state)
{
    (void)state;
    struct text text = new_log();

    /* but for the last newline: without that it is a line not written to its end */
    for (size_t i = 0; i + 1 < text.len; i++) {
        char before = text.bytes[i];
        size_t line = 0;
        while (line_at(&text, line + 1) <= i)
            line++;
        text.bytes[i] ^= 1;
        write_log(text.bytes, text.len);
        struct audit_findings findings = verify(&start);
        assert_non_null(findings.problem);
        assert_int_equal(findings.bad_record, line + 1);
        text.bytes[i] = before;
    }
    write_log(text.bytes, text.len);
    assert_whole(NUM_LINES);
}

static void every_removed_line_is_noticed(void **state)
{
    (void)state;
    struct text text = new_log();

    for (size_t i = 0; i + 1 < NUM_LINES; i++) {
        struct text cut = text;
        size_t from = line_at(&text, i);
        size_t to = line_at(&text, i + 1);
        memmove(cut.bytes + from, text.bytes + to, text.len - to);
        write_log(cut.bytes, text.len - (to - from));
        struct audit_findings findings = verify(&start);
        assert_non_null(findings.problem);
        assert_int_equal(findings.bad_record, i + 1);
    }
}

static void swapped_and_doubled_lines_are_noticed(void **state)
{
    (void)state;
    struct text text = new_log();
    size_t first = line_at(&text, 1);
    size_t second = line_at(&text, 2);
    size_t third = line_at(&text, 3);
    struct text changed = text;

    memcpy(changed.bytes + first, text.bytes + second, third - second);
    memcpy(changed.bytes + first + (third - second), text.bytes + first, second - first);
    write_log(changed.bytes, text.len);
    assert_int_equal(verify(&start).bad_record, 2);

    memcpy(changed.bytes, text.bytes, second);
    memcpy(changed.bytes + second, text.bytes + first, text.len - first);
    write_log(changed.bytes, text.len + second - first);
    assert_int_equal(verify(&start).bad_record, 3);
}

static void a_log_of_another_key_is_refused(void **state)
{
    (void)state;
    static const uint8_t other[CLASSIC_KEY_LEN] = {9};
    struct audit_findings findings;

    new_log();
    assert_ok(audit_verify(path, other, NULL, &start, &findings));
    assert_int_equal(findings.bad_record, 1);
}

static void a_log_in_the_place_of_another_is_noticed(void **state)
{
    (void)state;
    char other[80];
    struct audit_findings findings;

    new_log();
    snprintf(other, sizeof(other), "%s/b.log", home);
    assert_int_equal(rename(path, other), 0);
    assert_ok(audit_verify(other, key, NULL, &start, &findings));
    assert_int_equal(findings.bad_record, 1);
    assert_int_equal(rename(other, path), 0);
    assert_whole(NUM_LINES);
}

/* A change that was recorded, but not made, is no going back: the next one has its number. */
static void a_token_that_was_put_back_is_noticed(void **state)
{
    (void)state;
    const uint64_t epochs[] = {1, 2, 0, 2, 3, 0, 2, 3, 4};
    struct audit_mark mark;

    unlink(path);
    struct audit *audit = open_log();
    for (size_t i = 0; i < sizeof(epochs) / sizeof(epochs[0]); i++) {
        struct audit_event change = event;
        change.epoch = epochs[i];
        assert_ok(audit_append(audit, &change, &start, &mark));
        assert_int_equal(verify(&start).bad_record, i < 6 ? 0 : 7);
    }
    audit_close(audit);
}

static void a_cut_off_end_lacks_its_anchor(void **state)
{
    (void)state;
    unlink(path);
    struct audit *audit = open_log();
    append(audit);
    struct audit_mark anchor = append(audit);
    audit_close(audit);
    assert_true(verify(&anchor).has_anchor);
    struct text text = read_log();
    write_log(text.bytes, line_at(&text, 1));
    assert_null(verify(&anchor).problem);
    assert_false(verify(&anchor).has_anchor);
    unlink(path);
    assert_false(verify(&anchor).has_anchor);
    struct audit_findings findings;
    assert_status(audit_verify(path, key, NULL, &start, &findings), PQHW_NOT_FOUND);
}

/* ---- going on after damage ---- */

static void a_torn_last_line_is_dropped(void **state)
{
    (void)state;
    struct text text = new_log();
    size_t last = line_at(&text, NUM_LINES - 1);

    for (size_t len = last + 1; len < text.len; len += 7) {
        write_log(text.bytes, len);
        struct audit *audit = open_log();
        struct audit_mark mark = append(audit);
        audit_close(audit);
        assert_int_equal(mark.seq, NUM_LINES);
        assert_whole(NUM_LINES);
    }
}

static void a_torn_only_line_is_dropped(void **state)
{
    (void)state;
    write_log("{\"seq\":1,\"ti", 12);
    struct audit *audit = open_log();
    append(audit);
    audit_close(audit);
    assert_whole(1);
}

/* It is no record torn off, so it is evidence: refused, and not touched. */
static void a_strange_end_is_left_alone(void **state)
{
    (void)state;
    struct text text = new_log();
    struct audit_mark mark;
    size_t len = text.len + 5000;

    memset(text.bytes + text.len, 'x', 5000);
    write_log(text.bytes, len);
    struct audit *audit = open_log();
    assert_status(audit_append(audit, &event, &start, &mark), PQHW_AUDIT_FAILED);
    assert_status(audit_append(audit, &event, &start, &mark), PQHW_AUDIT_FAILED);
    audit_close(audit);
    assert_int_equal(read_log().len, len);
    assert_int_equal(verify(&start).bad_record, NUM_LINES + 1);

    text.bytes[len - 1] = '\n';
    write_log(text.bytes, len);
    audit = open_log();
    assert_status(audit_append(audit, &event, &start, &mark), PQHW_AUDIT_FAILED);
    audit_close(audit);
    assert_int_equal(read_log().len, len);
}

/* Records that were cut off the end leave a gap that later records do not close. */
static void a_gap_shows_for_ever(void **state)
{
    (void)state;
    struct text text = new_log();
    struct audit *audit = open_log();
    struct audit_mark anchor = append(audit);

    /* while in use: the process remembers */
    write_log(text.bytes, line_at(&text, 2));
    struct audit_mark mark = append(audit);
    audit_close(audit);
    assert_int_equal(mark.seq, anchor.seq + 1);
    assert_int_equal(verify(&mark).bad_record, 3);

    /* at rest: the caller remembers */
    write_log(text.bytes, line_at(&text, 2));
    audit = open_log();
    assert_ok(audit_append(audit, &event, &anchor, &mark));
    assert_int_equal(mark.seq, anchor.seq + 1);
    append(audit);
    audit_close(audit);
    assert_int_equal(verify(&mark).bad_record, 3);
}

/* Noticed where the records must go to the disk; what was appended is not lost over it. */
static void a_log_removed_or_replaced_in_use_is_refused(void **state)
{
    (void)state;
    char away[80];
    struct text text = new_log();
    struct audit *audit = open_log();

    snprintf(away, sizeof(away), "%s/away", home);
    append(audit);
    assert_int_equal(rename(path, away), 0);
    assert_status(audit_sync(audit, false), PQHW_AUDIT_FAILED);
    write_log(text.bytes, text.len);
    append(audit);
    assert_status(audit_sync(audit, false), PQHW_AUDIT_FAILED);
    assert_int_equal(read_log().len, text.len);
    assert_int_equal(rename(away, path), 0);
    assert_ok(audit_sync(audit, false));
    audit_close(audit);
    assert_whole(NUM_LINES + 2);
}

static void a_symbolic_link_is_not_followed(void **state)
{
    (void)state;
    char target[80];
    struct audit *audit = NULL;

    snprintf(target, sizeof(target), "%s/target", home);
    unlink(path);
    assert_int_equal(symlink(target, path), 0);
    assert_status(audit_open(&audit, path, key, NULL), PQHW_AUDIT_FAILED);
    assert_null(audit);
    unlink(path);
}

/* ---- a full disk ---- */

static void limit_file_size(rlim_t len)
{
    struct rlimit limit;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = len;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* The limit cuts the write short, in the middle of a line. Records are taken as long as the journal
 * has room, but none of them is said to be on the disk. */
static void a_full_disk_leaves_a_whole_chain(void **state)
{
    (void)state;
    struct text text = new_log();
    struct audit_mark mark = {0};
    enum pqhw_status status;
    uint64_t num = NUM_LINES;

    signal(SIGXFSZ, SIG_IGN);
    struct audit *audit = open_log();
    for (size_t more = 0; more < 200; more += 40) {
        limit_file_size(text.len + more);
        while ((status = audit_append(audit, &event, &start, &mark)) == PQHW_OK)
            assert_int_equal(mark.seq, ++num);
        enum pqhw_status synced = audit_sync(audit, false);
        limit_file_size(RLIM_INFINITY);
        assert_status(status, PQHW_DISK_FULL);
        assert_status(synced, PQHW_DISK_FULL);
        assert_in_range(num, NUM_LINES + 100, AUDIT_JOURNAL_ROOM / 100);
        assert_int_equal(read_log().len, text.len);
    }
    append(audit);
    audit_close(audit);
    assert_whole(num + 1);
}

/* ---- many writers ---- */

#define NUM_WRITERS 3
#define NUM_EACH    100

static void write_many(void)
{
    struct audit *audit = NULL;
    struct audit_mark mark;

    if (audit_open(&audit, path, key, NULL) != PQHW_OK)
        _exit(1);
    for (size_t i = 0; i < NUM_EACH; i++) {
        if (audit_append(audit, &event, &start, &mark) != PQHW_OK)
            _exit(2);
    }
    audit_close(audit);
    _exit(0);
}

static void processes_make_one_chain(void **state)
{
    (void)state;
    pid_t writers[NUM_WRITERS];

    unlink(path);
    for (size_t i = 0; i < NUM_WRITERS; i++) {
        writers[i] = fork();
        if (writers[i] == 0)
            write_many();
        assert_true(writers[i] > 0);
    }
    for (size_t i = 0; i < NUM_WRITERS; i++) {
        int result;
        assert_int_equal(waitpid(writers[i], &result, 0), writers[i]);
        assert_int_equal(result, 0);
    }
    assert_whole((uint64_t)NUM_WRITERS * NUM_EACH);
}

static void *append_and_sync(void *arg)
{
    struct audit *audit = arg;
    struct audit_mark mark;
    uintptr_t failures = 0;

    for (size_t i = 0; i < NUM_EACH / 4; i++) {
        if (audit_append(audit, &event, &start, &mark) != PQHW_OK ||
            audit_sync(audit, i % 2 != 0) != PQHW_OK)
            failures++;
    }
    return (void *)failures;
}

static void threads_share_one_log(void **state)
{
    (void)state;
    pthread_t threads[NUM_WRITERS];

    unlink(path);
    struct audit *audit = open_log();
    for (size_t i = 0; i < NUM_WRITERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, append_and_sync, audit), 0);
    for (size_t i = 0; i < NUM_WRITERS; i++) {
        void *failures;
        assert_int_equal(pthread_join(threads[i], &failures), 0);
        assert_null(failures);
    }
    audit_close(audit);
    assert_whole(NUM_WRITERS * (NUM_EACH / 4));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_appended_verifies),
        cmocka_unit_test(a_record_says_what_happened),
        cmocka_unit_test(each_record_says_its_own),
        cmocka_unit_test(a_name_is_the_one_that_was_given),
        cmocka_unit_test(uses_are_counted),
        cmocka_unit_test(a_changed_count_is_noticed),
        cmocka_unit_test(an_added_count_is_noticed),
        cmocka_unit_test(a_moved_count_is_noticed),
        cmocka_unit_test(uses_of_many_kinds_are_not_mixed),
        cmocka_unit_test(every_changed_byte_is_noticed),
        cmocka_unit_test(every_removed_line_is_noticed),
        cmocka_unit_test(swapped_and_doubled_lines_are_noticed),
        cmocka_unit_test(a_log_of_another_key_is_refused),
        cmocka_unit_test(a_log_in_the_place_of_another_is_noticed),
        cmocka_unit_test(a_token_that_was_put_back_is_noticed),
        cmocka_unit_test(a_cut_off_end_lacks_its_anchor),
        cmocka_unit_test(a_torn_last_line_is_dropped),
        cmocka_unit_test(a_torn_only_line_is_dropped),
        cmocka_unit_test(a_strange_end_is_left_alone),
        cmocka_unit_test(a_gap_shows_for_ever),
        cmocka_unit_test(a_log_removed_or_replaced_in_use_is_refused),
        cmocka_unit_test(a_symbolic_link_is_not_followed),
        cmocka_unit_test(a_full_disk_leaves_a_whole_chain),
        cmocka_unit_test(processes_make_one_chain),
        cmocka_unit_test(threads_share_one_log),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
