/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/secret.h"

#define KIB ((size_t)1024)
#define MIB (KIB * 1024)

/* What happens in children is told by their exit: 0 for success. */
#define CHILD_CHECK(cond)                                                                          \
    do {                                                                                           \
        if (!(cond)) {                                                                             \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond);                             \
            _exit(1);                                                                              \
        }                                                                                          \
    } while (0)

static int run_child(void (*body)(struct secret *), struct secret *secret)
{
    int how;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        signal(SIGSEGV, SIG_DFL);
        body(secret);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &how, 0), pid);
    return how;
}

#define CHILD_SKIPS 77

static void assert_child_succeeds(void (*body)(struct secret *), struct secret *secret)
{
    int how = run_child(body, secret);
    assert_true(WIFEXITED(how));
    if (WEXITSTATUS(how) == CHILD_SKIPS)
        skip();
    assert_int_equal(WEXITSTATUS(how), 0);
}

static void assert_child_segfaults(void (*body)(struct secret *), struct secret *secret)
{
    int how = run_child(body, secret);
    assert_true(WIFSIGNALED(how));
    assert_int_equal(WTERMSIG(how), SIGSEGV);
}

/* Reads memory that is not allocated, which the address sanitizer would report. */
__attribute__((no_sanitize("address"), noinline)) static int any_nonzero(const volatile uint8_t *p,
                                                                         size_t len)
{
    int any = 0;

    for (size_t i = 0; i < len; i++)
        any |= p[i];
    return any;
}

static void test_new(void **context)
{
    static const size_t lens[] = {1, 63, 64, 65, 4096, 100000, 300000, 2000000};
    struct secret s[8];
    struct secret_stats stats;

    (void)context;
    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(secret_new(&s[i], lens[i]), PQHW_OK);
        assert_int_equal(s[i].len, lens[i]);
        assert_int_equal((uintptr_t)s[i].ptr % 64, 0);
        assert_int_equal(any_nonzero(s[i].ptr, lens[i]), 0);
        memset(s[i].ptr, (int)i + 1, lens[i]);
    }
    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(s[i].ptr[0], i + 1);
        assert_int_equal(s[i].ptr[lens[i] - 1], i + 1);
    }
    secret_get_stats(&stats);
    assert_int_equal(stats.num_secrets, 8);
    assert_int_equal(stats.used_bytes, 64 + 64 + 64 + 128 + 4096 + 100032 + 300032 + 2000000);
    assert_true(stats.mapped_bytes >= stats.used_bytes);
    assert_int_not_equal(stats.kind, SECRET_NONE);
    for (size_t i = 0; i < 8; i++)
        secret_free(&s[i]);
    secret_get_stats(&stats);
    assert_int_equal(stats.num_secrets, 0);
    assert_int_equal(stats.used_bytes, 0);
    assert_true(stats.mapped_bytes <= 256 * KIB);
}

static void test_from(void **context)
{
    struct secret s;

    (void)context;
    assert_int_equal(secret_from(&s, SPAN_STR("a secret")), PQHW_OK);
    assert_int_equal(s.len, 8);
    assert_memory_equal(s.ptr, "a secret", 8);
    assert_true(span_equal(secret_span(&s), SPAN_STR("a secret")));
    secret_free(&s);
    assert_null(s.ptr);
    assert_int_equal(s.len, 0);
}

static void test_empty_and_huge(void **context)
{
    struct secret s = {(uint8_t *)1, 1};

    (void)context;
    assert_int_equal(secret_new(&s, 0), PQHW_OK);
    assert_null(s.ptr);
    secret_free(&s);
    secret_free(NULL);
    assert_int_equal(secret_from(&s, SPAN_EMPTY), PQHW_OK);
    assert_int_equal(secret_new(&s, SIZE_MAX), PQHW_NO_MEMORY);
    assert_null(s.ptr);
    assert_int_equal(s.len, 0);
}

static void test_wiped_on_free(void **context)
{
    struct secret keep, s;

    (void)context;
    /* `keep` holds the arena, so that the freed memory can be looked at. */
    assert_int_equal(secret_new(&keep, 64), PQHW_OK);
    assert_int_equal(secret_new(&s, 1000), PQHW_OK);
    uint8_t *was = s.ptr;
    memset(s.ptr, 0xa5, s.len);
    secret_free(&s);
    assert_int_equal(any_nonzero(was, 1024), 0);
    secret_free(&keep);
}

static void test_freed_memory_is_used_again(void **context)
{
    struct secret a, b, c, joined;

    (void)context;
    assert_int_equal(secret_new(&a, 1024), PQHW_OK);
    assert_int_equal(secret_new(&b, 1024), PQHW_OK);
    assert_int_equal(secret_new(&c, 1024), PQHW_OK);
    uint8_t *first = a.ptr;
    secret_free(&b);
    secret_free(&a);
    assert_int_equal(secret_new(&joined, 2048), PQHW_OK);
    assert_ptr_equal(joined.ptr, first);
    secret_free(&joined);
    secret_free(&c);
}

static void free_twice(struct secret *secret)
{
    struct secret copy = *secret;

    CHILD_CHECK(secret_new(secret, 64) == PQHW_OK);
    copy = *secret;
    secret_free(secret);
    secret_free(&copy);
}

static void test_double_free_aborts(void **context)
{
    struct secret none = {NULL, 0};
    int how = run_child(free_twice, &none);

    (void)context;
    assert_true(WIFSIGNALED(how));
    assert_int_equal(WTERMSIG(how), SIGABRT);
}

/* The flags of the mapping that holds ptr: the line "VmFlags:" in smaps. */
static void mapping_flags(char out[256], const void *ptr)
{
    char line[256];
    FILE *smaps = fopen("/proc/self/smaps", "r");
    int inside = 0;

    out[0] = 0;
    while (smaps != NULL && fgets(line, sizeof(line), smaps) != NULL) {
        char *dash;
        uintptr_t from = strtoul(line, &dash, 16);
        if (*dash == '-') /* "from-to flags …" starts a mapping */
            inside = (uintptr_t)ptr >= from && (uintptr_t)ptr < strtoul(dash + 1, NULL, 16);
        if (inside && strncmp(line, "VmFlags:", 8) == 0)
            memcpy(out, line, sizeof(line));
    }
    if (smaps != NULL)
        fclose(smaps);
}

static void test_not_dumped_not_copied(void **context)
{
    struct secret s;
    char flags[256];

    (void)context;
    assert_int_equal(secret_new(&s, 64), PQHW_OK);
    mapping_flags(flags, s.ptr);
    assert_non_null(strstr(flags, " dd")); /* not in core dumps */
    assert_non_null(strstr(flags, " dc")); /* not copied by fork */
    assert_non_null(strstr(flags, " lo")); /* locked */
    secret_free(&s);
}

__attribute__((no_sanitize("address"))) static void read_before_first(struct secret *s)
{
    /* The arena's data start at a page; the first secret of a fresh arena is there. */
    CHILD_CHECK(secret_new(s, 64) == PQHW_OK);
    CHILD_CHECK((uintptr_t)s->ptr % 4096 == 0);
    _exit(((volatile uint8_t *)s->ptr)[-1]);
}

__attribute__((no_sanitize("address"))) static void read_after_last(struct secret *s)
{
    CHILD_CHECK(secret_new(s, MIB) == PQHW_OK);
    CHILD_CHECK((uintptr_t)s->ptr % 4096 == 0);
    _exit(((volatile uint8_t *)s->ptr)[MIB]);
}

static void test_guards(void **context)
{
    struct secret s = {NULL, 0};

    (void)context;
    assert_child_segfaults(read_before_first, &s);
    assert_child_segfaults(read_after_last, &s);
}

__attribute__((no_sanitize("address"))) static void read_parents(struct secret *s)
{
    _exit(*(volatile uint8_t *)s->ptr);
}

static void use_own(struct secret *s)
{
    struct secret_stats stats;
    uint8_t *parents = s->ptr;
    struct secret own;

    secret_get_stats(&stats);
    CHILD_CHECK(stats.kind == SECRET_NONE && stats.num_secrets == 0 && stats.mapped_bytes == 0);
    secret_free(s);
    CHILD_CHECK(s->ptr == NULL);
    CHILD_CHECK(secret_new(&own, 100000) == PQHW_OK);
    CHILD_CHECK(own.ptr + own.len <= parents || own.ptr > parents);
    memset(own.ptr, 1, own.len);
    secret_free(&own);
}

/* Whatever the child maps later, it never stands where the parent's secrets are. */
static void map_at_parents(struct secret *s)
{
    size_t page = 4096;
    uint8_t *at = (uint8_t *)((uintptr_t)s->ptr & ~(page - 1));
    void *got = mmap(at, page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

    CHILD_CHECK(got == MAP_FAILED && errno == EEXIST);
}

static void fork_again(struct secret *s)
{
    struct secret own;
    int how;

    CHILD_CHECK(secret_new(&own, 64) == PQHW_OK);
    pid_t pid = fork();
    if (pid == 0)
        read_parents(&own);
    CHILD_CHECK(waitpid(pid, &how, 0) == pid);
    CHILD_CHECK(WIFSIGNALED(how) && WTERMSIG(how) == SIGSEGV);
    (void)s;
}

static void test_fork(void **context)
{
    struct secret s;

    (void)context;
    assert_int_equal(secret_from(&s, SPAN_STR("not for children")), PQHW_OK);
    assert_child_segfaults(read_parents, &s);
    assert_child_succeeds(use_own, &s);
    assert_child_succeeds(map_at_parents, &s);
    assert_child_succeeds(fork_again, &s);
    assert_memory_equal(s.ptr, "not for children", s.len);
    secret_free(&s);
}

static void *hammer(void *arg)
{
    unsigned seed = (unsigned)(uintptr_t)arg;
    struct secret held[16] = {{NULL, 0}};

    for (int i = 0; i < 4000; i++) {
        struct secret *s = &held[rand_r(&seed) % 16];
        if (s->ptr != NULL) {
            if (s->ptr[0] != (uint8_t)(uintptr_t)arg || s->ptr[s->len - 1] != s->ptr[0])
                return "content changed";
            secret_free(s);
            continue;
        }
        size_t len = 1 + (size_t)rand_r(&seed) % 6000;
        if (secret_new(s, len) != PQHW_OK)
            return "allocation failed";
        if (any_nonzero(s->ptr, len))
            return "not zero";
        memset(s->ptr, (int)(uintptr_t)arg, len);
    }
    for (int i = 0; i < 16; i++)
        secret_free(&held[i]);
    return NULL;
}

static void test_threads(void **context)
{
    pthread_t threads[4];
    struct secret_stats stats;

    (void)context;
    for (uintptr_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, hammer, (void *)(i + 1)), 0);
    /* The mutex survives forks at any moment. */
    for (int i = 0; i < 5; i++) {
        struct secret none = {NULL, 0};
        assert_child_succeeds(use_own, &none);
    }
    for (int i = 0; i < 4; i++) {
        void *failure;
        assert_int_equal(pthread_join(threads[i], &failure), 0);
        assert_null(failure);
    }
    secret_get_stats(&stats);
    assert_int_equal(stats.num_secrets, 0);
    assert_int_equal(stats.used_bytes, 0);
}

/* The sanitizers put an mlock in place that does nothing, and so knows no limit. */
static void skip_if_mlock_is_fake(void)
{
    void *much = mmap(NULL, 8 * MIB, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (mlock(much, 8 * MIB) == 0)
        _exit(CHILD_SKIPS);
    munmap(much, 8 * MIB);
}

/* Limit locked memory, without the privilege that lifts the limit. */
static void limit_locked(size_t soft, size_t hard)
{
    struct rlimit limit = {soft, hard};

    CHILD_CHECK(setrlimit(RLIMIT_MEMLOCK, &limit) == 0);
    if (geteuid() == 0)
        CHILD_CHECK(setresuid(65534, 65534, 65534) == 0);
    skip_if_mlock_is_fake();
}

/* Allocate `each` bytes until that fails; how often it succeeded. */
static size_t fill(struct secret *out, size_t max, size_t each, enum pqhw_status *why)
{
    size_t num = 0;

    *why = PQHW_OK;
    while (num < max && (*why = secret_new(&out[num], each)) == PQHW_OK)
        num++;
    return num;
}

static void exhaust(struct secret *unused)
{
    struct secret s[64] = {{NULL, 0}};
    struct secret_stats stats;
    enum pqhw_status why;

    (void)unused;
    limit_locked(MIB, MIB);
    for (int round = 0; round < 3; round++) {
        size_t num = fill(s, 64, 60 * KIB, &why);
        CHILD_CHECK(num == 16);
        CHILD_CHECK(why == PQHW_NO_LOCKED_MEMORY);
        CHILD_CHECK(s[num].ptr == NULL && s[num].len == 0);
        secret_free(&s[3]);
        CHILD_CHECK(secret_new(&s[3], 60 * KIB) == PQHW_OK);
        for (size_t i = 0; i < num; i++)
            secret_free(&s[i]);
        secret_get_stats(&stats);
        CHILD_CHECK(stats.mapped_bytes <= 256 * KIB);
        CHILD_CHECK(stats.kind == SECRET_MEMFD || stats.kind == SECRET_LOCKED);
    }
    secret_allow_plain();
    CHILD_CHECK(fill(s, 64, 60 * KIB, &why) == 64);
    secret_get_stats(&stats);
    CHILD_CHECK(stats.kind == SECRET_PLAIN);
    for (size_t i = 0; i < 64; i++)
        secret_free(&s[i]);
    secret_get_stats(&stats);
    CHILD_CHECK(stats.num_secrets == 0 && stats.kind != SECRET_PLAIN);
}

static void raise_soft(struct secret *unused)
{
    struct secret s[64] = {{NULL, 0}};
    enum pqhw_status why;

    (void)unused;
    limit_locked(0, MIB);
    CHILD_CHECK(fill(s, 64, 60 * KIB, &why) == 16);
    CHILD_CHECK(why == PQHW_NO_LOCKED_MEMORY);
}

/* As on a kernel without memfd_secret. */
static void deny_memfd_secret(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 447, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};

    CHILD_CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    CHILD_CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
    CHILD_CHECK(syscall(447, 0) == -1 && errno == ENOSYS);
}

static void without_memfd(struct secret *unused)
{
    struct secret_stats stats;
    struct secret s;
    char flags[256];

    deny_memfd_secret();
    CHILD_CHECK(secret_new(&s, 64) == PQHW_OK);
    secret_get_stats(&stats);
    CHILD_CHECK(stats.kind == SECRET_LOCKED);
    mapping_flags(flags, s.ptr);
    CHILD_CHECK(strstr(flags, " dd") != NULL && strstr(flags, " dc") != NULL);
    secret_free(&s);
    exhaust(unused);
}

static void without_memfd_raise_soft(struct secret *unused)
{
    deny_memfd_secret();
    raise_soft(unused);
}

static void without_memfd_fork(struct secret *unused)
{
    deny_memfd_secret();
    fork_again(unused);
}

static void test_limits(void **context)
{
    struct secret none = {NULL, 0};

    (void)context;
    assert_child_succeeds(exhaust, &none);
    assert_child_succeeds(raise_soft, &none);
    assert_child_succeeds(without_memfd, &none);
    assert_child_succeeds(without_memfd_raise_soft, &none);
    assert_child_succeeds(without_memfd_fork, &none);
}

static void test_names(void **context)
{
    (void)context;
    assert_string_equal(secret_kind_name(SECRET_NONE), "none");
    assert_string_equal(secret_kind_name(SECRET_MEMFD), "memfd_secret");
    assert_string_equal(secret_kind_name(SECRET_LOCKED), "mlock");
    assert_string_equal(secret_kind_name(SECRET_PLAIN), "plain");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new),
        cmocka_unit_test(test_from),
        cmocka_unit_test(test_empty_and_huge),
        cmocka_unit_test(test_wiped_on_free),
        cmocka_unit_test(test_freed_memory_is_used_again),
        cmocka_unit_test(test_double_free_aborts),
        cmocka_unit_test(test_not_dumped_not_copied),
        cmocka_unit_test(test_guards),
        cmocka_unit_test(test_fork),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
