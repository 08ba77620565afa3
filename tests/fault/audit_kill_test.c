/* SPDX-License-Identifier: Apache-2.0
 *
 * kill -9 at any moment of two processes that append to one audit log: in the middle of a record,
 * of writing many of them to the log, of making the journal. Every record that append returned for
 * is there, and the chain verifies.
 */
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "hsm/audit.h"

#define NUM_WRITERS  2
#define NUM_ROUNDS   300
#define MIN_ROUNDS   25
#define MAX_SECONDS  20
#define MAX_DELAY_US 12000
#define VERIFY_EVERY 10
#define SYNC_EVERY   40
#define COUNT_EVERY  16 /* half of so many are counted together */

static const uint8_t key[CLASSIC_KEY_LEN] = {7};
static const struct audit_event event = {
    .app = "kill", .role = "user", .operation = "key.sign", .result = "OK", .session = 1};

static char home[] = "/tmp/pqhw-audit-kill-XXXXXX";
static char path[64];

/* What each writer was answered last. Shared memory: it outlives them. */
struct answered {
    uint64_t num;
    struct audit_mark last; /* valid if version is even: odd while it is being written */
    uint64_t version;
};

static struct answered *answered;

static void write_on(struct answered *mine)
{
    static const struct audit_mark start = {0};
    struct audit *audit = NULL;
    struct audit_mark mark;

    if (audit_open(&audit, path, key, NULL) != PQHW_OK)
        _exit(1);
    for (uint64_t i = 1;; i++) {
        struct audit_event what = event;
        what.counted = i % COUNT_EVERY < COUNT_EVERY / 2;
        if (audit_append(audit, &what, &start, &mark) != PQHW_OK)
            _exit(2);
        __atomic_store_n(&mine->version, 2 * i - 1, __ATOMIC_SEQ_CST);
        if (!what.counted) /* while a record is counted, its mark changes */
            mine->last = mark;
        mine->num++;
        __atomic_store_n(&mine->version, 2 * i, __ATOMIC_SEQ_CST);
        if (i % SYNC_EVERY == 0 && audit_sync(audit, false) != PQHW_OK)
            _exit(3);
    }
}

static pid_t start_writer(struct answered *mine)
{
    pid_t child = fork();

    if (child == 0)
        write_on(mine);
    assert_true(child > 0);
    return child;
}

static void kill_writer(pid_t writer)
{
    int result = 0;

    kill(writer, SIGKILL);
    assert_int_equal(waitpid(writer, &result, 0), writer);
    if (!WIFSIGNALED(result))
        fail_msg("a writer ended by itself with %d", WEXITSTATUS(result));
}

static void add_uses(void *num_uses, struct span line)
{
    const char *count = memmem(line.ptr, line.len, ",\"count\":", 9);

    *(uint64_t *)num_uses += count != NULL ? strtoull(count + 9, NULL, 10) : 1;
}

static void assert_answered(const struct answered *of, uint64_t *num_uses)
{
    struct audit_findings findings;
    const struct audit_mark none = {0};
    bool torn = of->version % 2 != 0;

    assert_int_equal(audit_verify(path, key, NULL, torn ? &none : &of->last, &findings), PQHW_OK);
    if (findings.problem != NULL)
        fail_msg("record %llu: %s", (unsigned long long)findings.bad_record, findings.problem);
    assert_true(findings.has_anchor);
    *num_uses = 0;
    assert_int_equal(audit_read(path, key, NULL, add_uses, num_uses), PQHW_OK);
}

static void what_was_answered_is_in_the_log(void **state)
{
    pid_t writers[NUM_WRITERS];
    uint32_t seed = 20260202;
    uint64_t deadline = clock_monotonic_ns() + MAX_SECONDS * UINT64_C(1000000000);
    uint64_t num_uses = 0;
    unsigned round;

    (void)state;
    for (size_t i = 0; i < NUM_WRITERS; i++)
        writers[i] = start_writer(&answered[i]);
    /* On a busy machine a writer may be killed before it has made the log at all. */
    while (__atomic_load_n(&answered[0].version, __ATOMIC_SEQ_CST) < 2 &&
           clock_monotonic_ns() < deadline)
        usleep(1000);
    for (round = 0; round < NUM_ROUNDS && clock_monotonic_ns() < deadline; round++) {
        size_t i = round % NUM_WRITERS;

        seed = seed * 1664525 + 1013904223;
        usleep((seed >> 12) % MAX_DELAY_US);
        kill_writer(writers[i]);
        if (round % VERIFY_EVERY == 0)
            assert_answered(&answered[i], &num_uses); /* while the other one goes on */
        answered[i].version = 0;
        writers[i] = start_writer(&answered[i]);
    }
    for (size_t i = 0; i < NUM_WRITERS; i++)
        kill_writer(writers[i]);
    for (size_t i = 0; i < NUM_WRITERS; i++)
        assert_answered(&answered[i], &num_uses);
    uint64_t num_answered = answered[0].num + answered[1].num;
    printf("note: %u kills, %llu uses answered for, %llu in the log\n", round,
           (unsigned long long)num_answered, (unsigned long long)num_uses);
    assert_true(round >= MIN_ROUNDS);
    assert_true(num_answered > round);
    /* A writer may be killed between a use and the note of its answer. */
    assert_in_range(num_uses, num_answered, num_answered + round + NUM_WRITERS);
}

static int setup(void **state)
{
    (void)state;
    answered = mmap(NULL, NUM_WRITERS * sizeof(*answered), PROT_READ | PROT_WRITE,
                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (answered == MAP_FAILED || mkdtemp(home) == NULL)
        return -1;
    snprintf(path, sizeof(path), "%s/a.log", home);
    return 0;
}

static int teardown(void **state)
{
    char journal[80];

    (void)state;
    snprintf(journal, sizeof(journal), "%s.journal", path);
    unlink(journal);
    unlink(path);
    return rmdir(home);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_answered_is_in_the_log),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
