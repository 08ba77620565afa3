/* SPDX-License-Identifier: Apache-2.0
 *
 * Processes with several threads each create, use and destroy the objects of one token, fork
 * whatever they are doing, and end in every way that a process can, to be followed by others. Every
 * answer is checked while it goes on; in the end, what was said to be there is, and nothing else.
 *
 * usage: soak_test MODULE [SECONDS [PROCESSES [THREADS]]]
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "rig.h"
#include "soak.h"

#define LIFE_SECONDS 600 /* after which a process stands still */
#define MAX_FOUND    (4 * SOAK_ENOUGH + 1000)

struct soak {
    struct rig rig;
    const char *program;
    const char *module;
    unsigned seconds, num_processes, num_threads;
    char board_path[96];
    struct soak_board *board;
    uint32_t num_lives;
};

static struct soak_board *map_board(const char *path, bool create)
{
    int fd = open(path, O_RDWR | O_CLOEXEC | (create ? O_CREAT | O_EXCL : 0), 0600);
    void *mem = MAP_FAILED;

    if (fd >= 0 && (!create || ftruncate(fd, sizeof(struct soak_board)) == 0))
        mem = mmap(NULL, sizeof(struct soak_board), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (fd >= 0)
        close(fd);
    return mem == MAP_FAILED ? NULL : mem;
}

/* ---- a process ---- */

static int live(char **argv)
{
    struct soak_plan plan = {
        .board = map_board(argv[2], false),
        .module = argv[3],
        .pin = RIG_PIN,
        .num_threads = (unsigned)strtoul(argv[4], NULL, 10),
        .ms = (unsigned)strtoul(argv[5], NULL, 10),
        .seed = (uint32_t)strtoul(argv[6], NULL, 10),
    };

    if (plan.board == NULL)
        return 1;
    alarm(LIFE_SECONDS);
    soak_live(&plan);
    return 0;
}

/* ---- all of them ---- */

static void add_option(const char *name, const char *option)
{
    const char *old = getenv(name);
    char text[512];

    snprintf(text, sizeof(text), "%s%s%s", old != NULL ? old : "", old != NULL ? ":" : "", option);
    setenv(name, text, 1);
}

static pid_t begin_life(struct soak *soak)
{
    char threads[16], ms[16], seed[16];
    uint32_t n = soak->num_lives++;

    snprintf(threads, sizeof(threads), "%u", soak->num_threads);
    snprintf(ms, sizeof(ms), "%u", 200 + n * 7919 % 1500);
    snprintf(seed, sizeof(seed), "%u", n);
    pid_t child = fork();
    if (child == 0) {
        execl(soak->program, soak->program, "--live", soak->board_path, soak->module, threads, ms,
              seed, (char *)NULL);
        _exit(127);
    }
    atomic_fetch_add(&soak->board->counts[SOAK_LIVES], 1);
    return child;
}

static void end_of_life(struct soak *soak, int result)
{
    bool killed = WIFSIGNALED(result) && WTERMSIG(result) == SIGKILL;

    if (result != 0 && !killed)
        soak_fail(soak->board, "a process ended with 0x%x", (unsigned)result);
}

static void run(struct soak *soak)
{
    uint64_t end = clock_monotonic_ns() + soak->seconds * UINT64_C(1000000000);
    unsigned num = 0;

    for (;;) {
        bool go_on = clock_monotonic_ns() < end && !atomic_load(&soak->board->failed);
        while (go_on && num < soak->num_processes) {
            if (begin_life(soak) < 0)
                soak_fail(soak->board, "no process");
            num++;
        }
        int result = 0;
        pid_t child = wait(&result);
        if (child < 0)
            break;
        num--;
        end_of_life(soak, result);
    }
}

/* ---- what is left ---- */

static bool is_named(struct soak *soak, CK_OBJECT_HANDLE object, uint32_t *n)
{
    struct hsm_view *view = NULL;
    struct span label;
    char text[16], wanted[16];
    bool named = false;

    if (hsm_view_open(soak->rig.app, soak->rig.session, object, &view) == PQHW_OK &&
        hsm_view_attr(view, CKA_LABEL, &label) == PQHW_OK && label.len < sizeof(text)) {
        memcpy(text, label.ptr, label.len);
        text[label.len] = '\0';
        *n = (uint32_t)strtoul(text + (label.len > 5 ? 5 : 0), NULL, 10);
        soak_label(wanted, *n);
        named = strcmp(text, wanted) == 0;
    }
    hsm_view_close(view);
    return named;
}

static void check_objects(struct soak *soak)
{
    static CK_OBJECT_HANDLE found[MAX_FOUND];
    static unsigned char times[SOAK_MAX_OBJECTS];
    size_t num = 0, damaged = 0;
    uint32_t n;

    if (rig_list(&soak->rig, CKO_SECRET_KEY, found, MAX_FOUND, &num, &damaged) != PQHW_OK ||
        damaged != 0 || num == MAX_FOUND)
        soak_fail(soak->board, "%zu objects, %zu of them damaged", num, damaged);
    for (size_t i = 0; i < num; i++) {
        if (is_named(soak, found[i], &n) && n < SOAK_MAX_OBJECTS)
            times[n]++;
        else
            soak_fail(soak->board, "an object that nobody made");
    }
    for (n = 0; n < SOAK_MAX_OBJECTS; n++) {
        unsigned char state = atomic_load(&soak->board->objects[n]);
        bool must = state == SOAK_THERE;
        bool may = must || state == SOAK_MAKING || state == SOAK_GOING;
        if (times[n] > may || times[n] < must)
            soak_fail(soak->board, "object %u is there %u times, in state %u", n, times[n], state);
    }
}

static void check(struct soak *soak)
{
    CK_OBJECT_HANDLE pub, priv;
    size_t num_pub = 0, num_priv = 0, damaged = 0;

    if (rig_open(&soak->rig) != PQHW_OK) {
        soak_fail(soak->board, "the device cannot be opened any more");
    } else {
        check_objects(soak);
        if (rig_list(&soak->rig, CKO_PUBLIC_KEY, &pub, 1, &num_pub, &damaged) != PQHW_OK ||
            rig_list(&soak->rig, CKO_PRIVATE_KEY, &priv, 1, &num_priv, &damaged) != PQHW_OK ||
            num_pub != 1 || num_priv != 1 || rig_sign_and_verify(&soak->rig, pub, priv) != PQHW_OK)
            soak_fail(soak->board, "the pair does not sign");
        if (rig_verify_audit(&soak->rig) != PQHW_OK)
            soak_fail(soak->board, "the audit log is not whole");
    }
    rig_close(&soak->rig);
}

static bool prepare(struct soak *soak)
{
    CK_OBJECT_HANDLE pub, priv;
    bool ok = rig_init(&soak->rig, "/tmp", NULL) == PQHW_OK && rig_create(&soak->rig) == PQHW_OK &&
              rig_open(&soak->rig) == PQHW_OK && rig_generate(&soak->rig, &pub, &priv) == PQHW_OK;

    rig_close(&soak->rig);
    snprintf(soak->board_path, sizeof(soak->board_path), "%s/board", soak->rig.home);
    soak->board = map_board(soak->board_path, true);
    setenv("PQHW_HOME", soak->rig.home, 1);
    /* A child of a process with threads cannot know what theirs was, and some processes end without
     * a word. */
    add_option("ASAN_OPTIONS", "detect_leaks=0");
    add_option("TSAN_OPTIONS", "die_after_fork=0:report_thread_leaks=0");
    return ok && soak->board != NULL;
}

static void tell(const struct soak *soak)
{
    static const char *const names[SOAK_NUM_COUNTS] = {
        [SOAK_MADE] = "created",        [SOAK_USED] = "used",       [SOAK_SIGNED] = "signed",
        [SOAK_DESTROYED] = "destroyed", [SOAK_FORKED] = "forks",    [SOAK_BEGAN] = "begun again",
        [SOAK_PENDING] = "pending",     [SOAK_LIVES] = "processes",
    };

    printf("note:");
    for (unsigned i = 0; i < SOAK_NUM_COUNTS; i++)
        printf("%s %s %lu", i > 0 ? "," : "", names[i], atomic_load(&soak->board->counts[i]));
    printf("\n");
}

int main(int argc, char **argv)
{
    static struct soak soak = {.seconds = 3, .num_processes = 4, .num_threads = 4};

    if (argc == 7 && strcmp(argv[1], "--live") == 0)
        return live(argv);
    if (argc < 2) {
        fprintf(stderr, "usage: %s MODULE [SECONDS [PROCESSES [THREADS]]]\n", argv[0]);
        return 2;
    }
    soak.program = argv[0];
    soak.module = argv[1];
    if (argc > 2)
        soak.seconds = (unsigned)strtoul(argv[2], NULL, 10);
    if (argc > 3)
        soak.num_processes = (unsigned)strtoul(argv[3], NULL, 10);
    if (argc > 4)
        soak.num_threads = (unsigned)strtoul(argv[4], NULL, 10);
    if (!prepare(&soak)) {
        fprintf(stderr, "soak: no device\n");
        rig_remove(&soak.rig);
        return 1;
    }
    run(&soak);
    check(&soak);
    tell(&soak);
    rig_remove(&soak.rig);
    return atomic_load(&soak.board->failed) ? 1 : 0;
}
