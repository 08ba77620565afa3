/* SPDX-License-Identifier: Apache-2.0
 *
 * A PKCS#11 module whose token holds many objects: searches, start-up, creation and sessions. The
 * objects are certificates, which every token takes and nobody has to log in for.
 */
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "bench/crew.h"
#include "bench/token.h"

#define NAME_LEN     16
#define NUM_SESSIONS 10000
#define PROGRESS_NS  5000000000u
#define MARK         "pqhw-bench" /* what all of them have as their subject */
#define NUM_MAKERS   8            /* threads that create objects at the same time */
#define MIB          (1024.0 * 1024)

struct objects;

/* One of the threads that create, with a session of its own. */
struct maker {
    struct objects *objects;
    struct token token;
    CK_OBJECT_HANDLE made;
};

struct objects {
    struct bench *bench;
    struct token *token; /* the first maker's */
    const char *title;
    uint64_t num; /* filled in */
    struct maker makers[NUM_MAKERS];
    struct crew *crew;
    struct crew_task create, destroy;
    CK_SESSION_HANDLE *sessions;
    int file; /* for the bare fdatasync */
    double memory_before;
};

/* The n-th object's label, and its id. */
static void name_of(char name[NAME_LEN], uint64_t n)
{
    snprintf(name, NAME_LEN, "object-%08lu", (unsigned long)n % 100000000);
}

static const char *create(struct maker *maker, uint64_t n)
{
    CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
    CK_OBJECT_CLASS class = CKO_CERTIFICATE;
    CK_CERTIFICATE_TYPE type = CKC_X_509;
    CK_BYTE value[600] = {0x30, 0x82, 0x02, 0x54};
    char name[NAME_LEN];
    CK_ATTRIBUTE template[] = {
        {CKA_CLASS, &class, sizeof(class)},    {CKA_CERTIFICATE_TYPE, &type, sizeof(type)},
        {CKA_TOKEN, &yes, sizeof(yes)},        {CKA_PRIVATE, &no, sizeof(no)},
        {CKA_SUBJECT, MARK, sizeof(MARK) - 1}, {CKA_LABEL, name, NAME_LEN - 1},
        {CKA_ID, name, NAME_LEN - 1},          {CKA_VALUE, value, sizeof(value)},
    };

    name_of(name, n);
    return token_check(&maker->token, "C_CreateObject",
                       maker->token.f->C_CreateObject(maker->token.session, template,
                                                      sizeof(template) / sizeof(template[0]),
                                                      &maker->made));
}

/* The n-th object after those that the token is filled with. */
static const char *create_next(void *context, uint64_t n)
{
    struct maker *maker = context;

    return create(maker, maker->objects->num + n);
}

static const char *destroy_made(void *context, uint64_t n)
{
    struct maker *maker = context;

    (void)n;
    return token_check(&maker->token, "C_DestroyObject",
                       maker->token.f->C_DestroyObject(maker->token.session, maker->made));
}

/* All makers at once, until there are as many as wanted or patience is over. */
static const char *fill(struct objects *objects, uint64_t wanted)
{
    uint64_t start = clock_monotonic_ns();
    uint64_t told = start;
    uint64_t patience = (uint64_t)(objects->bench->patience * 1e9);
    const char *error = NULL;

    while (objects->num < wanted && error == NULL && clock_monotonic_ns() - start < patience) {
        if (wanted - objects->num < NUM_MAKERS)
            error = create(&objects->makers[0], objects->num);
        else
            error = crew_do(objects->crew, &objects->create, 0);
        objects->num += wanted - objects->num < NUM_MAKERS ? 1 : NUM_MAKERS;
        if (clock_monotonic_ns() - told > PROGRESS_NS) {
            told = clock_monotonic_ns();
            fprintf(stderr, "pqhw-bench: %lu of %lu objects\n", (unsigned long)objects->num,
                    (unsigned long)wanted);
        }
    }
    return error;
}

/* ------------------------------------------------------------------ searches */

/* Search for the attribute with the n-th name, which so many objects have. */
static const char *find(struct objects *objects, CK_ATTRIBUTE_TYPE type, uint64_t n,
                        CK_ULONG expected)
{
    CK_FUNCTION_LIST *f = objects->token->f;
    CK_SESSION_HANDLE session = objects->token->session;
    CK_OBJECT_HANDLE found[2];
    CK_ULONG num = 0;
    char name[NAME_LEN];
    CK_ATTRIBUTE template = {type, name, NAME_LEN - 1};

    name_of(name, n);
    CK_RV rv = f->C_FindObjectsInit(session, &template, 1);
    if (rv == CKR_OK)
        rv = f->C_FindObjects(session, found, 2, &num);
    if (rv == CKR_OK)
        rv = f->C_FindObjectsFinal(session);
    if (rv == CKR_OK && num != expected)
        return "the search did not find what is there";
    return token_check(objects->token, "C_FindObjects", rv);
}

/* In an order that does not follow the objects'. */
static uint64_t scattered(const struct objects *objects, uint64_t n)
{
    return n * 2654435761u % objects->num;
}

static const char *run_find_label(void *context, uint64_t n)
{
    struct objects *objects = context;

    return find(objects, CKA_LABEL, scattered(objects, n), 1);
}

static const char *run_find_id(void *context, uint64_t n)
{
    struct objects *objects = context;

    return find(objects, CKA_ID, scattered(objects, n), 1);
}

static const char *run_find_none(void *context, uint64_t n)
{
    struct objects *objects = context;

    return find(objects, CKA_LABEL, objects->num + 1 + n % 1000, 0);
}

/* ------------------------------------------------------------------ start-up */

static const char *run_start(void *context, uint64_t n)
{
    struct objects *objects = context;
    struct token *token = objects->token;
    CK_C_INITIALIZE_ARGS args = {.flags = CKF_OS_LOCKING_OK};

    CK_RV rv = token->f->C_Initialize(&args);
    if (rv == CKR_OK)
        rv = token->f->C_OpenSession(token->slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL,
                                     &token->session);
    if (rv != CKR_OK)
        return token_check(token, "C_Initialize, C_OpenSession", rv);
    return find(objects, CKA_LABEL, scattered(objects, n), 1);
}

static void stop(void *context)
{
    struct objects *objects = context;

    objects->token->f->C_Finalize(NULL);
}

/* ------------------------------------------------------------------ creation */

static const char *run_create(void *context, uint64_t n)
{
    struct objects *objects = context;

    return create_next(&objects->makers[0], n);
}

static void destroy(void *context)
{
    struct objects *objects = context;

    destroy_made(&objects->makers[0], 0);
}

static const char *run_create_together(void *context, uint64_t n)
{
    struct objects *objects = context;

    return crew_do(objects->crew, &objects->create, n);
}

static void destroy_together(void *context)
{
    struct objects *objects = context;

    crew_do(objects->crew, &objects->destroy, 0);
}

/* What the disk takes for one block, on the file system that the module's own files are on. */
static const char *run_fdatasync(void *context, uint64_t n)
{
    struct objects *objects = context;
    uint8_t block[4096] = {0};

    memcpy(block, &n, sizeof(n));
    if (write(objects->file, block, sizeof(block)) != (ssize_t)sizeof(block) ||
        fdatasync(objects->file) != 0)
        return "fdatasync failed";
    return NULL;
}

static bool open_file(struct objects *objects)
{
    char path[sizeof(objects->token->home) + 16];

    snprintf(path, sizeof(path), "%s/fdatasync",
             objects->token->home[0] != '\0' ? objects->token->home : ".");
    objects->file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (objects->file < 0) {
        bench_fail(objects->bench, "%s cannot be written", path);
        return false;
    }
    unlink(path);
    return true;
}

/* ------------------------------------------------------------------ sessions */

static const char *run_sessions(void *context, uint64_t n)
{
    struct objects *objects = context;
    CK_FUNCTION_LIST *f = objects->token->f;
    CK_RV rv = CKR_OK;
    size_t num = 0;

    (void)n;
    while (num < NUM_SESSIONS && rv == CKR_OK) {
        rv = f->C_OpenSession(objects->token->slot, CKF_SERIAL_SESSION, NULL, NULL,
                              &objects->sessions[num]);
        num += rv == CKR_OK;
    }
    while (num > 0) {
        CK_RV closed = f->C_CloseSession(objects->sessions[--num]);
        rv = rv == CKR_OK ? closed : rv;
    }
    return token_check(objects->token, "C_OpenSession, C_CloseSession", rv);
}

/* ------------------------------------------------------------------ memory */

/* What the process has in memory, in MiB: the second number in statm, in pages. */
static double resident_memory(void)
{
    FILE *file = fopen("/proc/self/statm", "re");
    char line[128] = "";
    const char *second = NULL;

    if (file == NULL)
        return 0;
    if (fgets(line, sizeof(line), file) != NULL)
        second = strchr(line, ' ');
    fclose(file);
    return second == NULL ? 0
                          : (double)strtoul(second, NULL, 10) * (double)sysconf(_SC_PAGESIZE) / MIB;
}

static off_t num_bytes_on_disk;

static int add_size(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
    (void)path;
    (void)ftw;
    if (type == FTW_F)
        num_bytes_on_disk += info->st_blocks * 512;
    return 0;
}

static void tell(struct objects *objects, const char *what, double value)
{
    const struct bench_fact fact = {objects->title, what, objects->token->name, value, "MiB"};

    bench_tell(objects->bench, &fact);
}

/* After every object was found once, if patience lasts. */
static void tell_sizes(struct objects *objects)
{
    uint64_t end = clock_monotonic_ns() + (uint64_t)(objects->bench->patience * 1e9);

    for (uint64_t n = 0; n < objects->num && clock_monotonic_ns() < end; n++) {
        if (find(objects, CKA_LABEL, n, 1) != NULL)
            return;
    }
    tell(objects, "memory", resident_memory() - objects->memory_before);
    if (objects->token->home[0] == '\0')
        return;
    num_bytes_on_disk = 0;
    nftw(objects->token->home, add_size, 8, FTW_PHYS);
    tell(objects, "disk", (double)num_bytes_on_disk / MIB);
}

/* ------------------------------------------------------------------ all of it */

static const struct row {
    const char *op;
    const char *(*run)(void *context, uint64_t n);
    void (*after)(void *context);
    unsigned num_items;
    const char *(*bare)(void *context, uint64_t n);
} rows[] = {
    {"find-label", run_find_label, NULL, 0, NULL},
    {"find-id", run_find_id, NULL, 0, NULL},
    {"find-none", run_find_none, NULL, 0, NULL},
    {"create", run_create, destroy, 0, run_fdatasync},
    {"create-8-threads", run_create_together, destroy_together, NUM_MAKERS, run_fdatasync},
    {"fdatasync", run_fdatasync, NULL, 0, NULL},
    {"session", run_sessions, NULL, NUM_SESSIONS, NULL},
};

static struct bench_case case_of(struct objects *objects, const struct row *row)
{
    return (struct bench_case){
        .alg = objects->title,
        .op = row->op,
        .impl = objects->token->name,
        .mode = "objects",
        .num_items = row->num_items,
        .run = row->run,
        .after = row->after,
        .context = objects,
        .bare = row->bare,
        .bare_context = objects,
    };
}

static bool share_token(struct objects *objects)
{
    for (unsigned i = 1; i < NUM_MAKERS; i++) {
        if (!token_share(&objects->makers[i].token, objects->bench, objects->token))
            return false;
    }
    return true;
}

/* It ends and begins the module's use: the makers need new sessions then. */
static bool measure_start(struct objects *objects)
{
    static const struct row start = {"start", run_start, stop, 0, NULL};
    struct bench_case what = case_of(objects, &start);
    struct token *token = objects->token;

    stop(objects);
    token->initialized = false;
    if (!token_find_again(token, objects->bench))
        return false;
    bench_measure(objects->bench, &what);
    const char *error = run_start(objects, 0);
    token->initialized = error == NULL;
    if (error != NULL)
        bench_fail(objects->bench, "%s", error);
    return error == NULL && share_token(objects);
}

/* False if it makes no sense to go on with more objects. */
static bool measure_count(struct objects *objects, unsigned long count)
{
    char title[32];
    const char *error = fill(objects, count);

    snprintf(title, sizeof(title), "%lu-objects", (unsigned long)objects->num);
    objects->title = bench_keep(objects->bench, title);
    if (error != NULL) {
        bench_fail(objects->bench, "%s", error);
        return false;
    }
    if (objects->num < count)
        fprintf(stderr, "pqhw-bench: %s: %lu objects in %.0f s, not %lu\n", objects->token->name,
                (unsigned long)objects->num, objects->bench->patience, count);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct bench_case what = case_of(objects, &rows[i]);
        bench_measure(objects->bench, &what);
    }
    bool again = measure_start(objects);
    if (again)
        tell_sizes(objects);
    return again && objects->num == count;
}

static bool begin(struct objects *objects)
{
    struct bench *bench = objects->bench;

    objects->sessions = calloc(NUM_SESSIONS, sizeof(objects->sessions[0]));
    objects->crew = crew_new(NUM_MAKERS);
    if (objects->sessions == NULL || objects->crew == NULL) {
        bench_fail(bench, "not enough memory");
        return false;
    }
    objects->create = (struct crew_task){.run = create_next, .repeat = 1};
    objects->destroy = (struct crew_task){.run = destroy_made, .repeat = 1};
    for (unsigned i = 0; i < NUM_MAKERS; i++) {
        objects->makers[i].objects = objects;
        objects->create.contexts[i] = objects->destroy.contexts[i] = &objects->makers[i];
    }
    return share_token(objects) && open_file(objects);
}

void bench_objects(struct bench *bench, const char *module)
{
    static struct objects objects;
    bool go_on;

    objects = (struct objects){.bench = bench, .file = -1, .memory_before = resident_memory()};
    objects.token = &objects.makers[0].token;
    go_on = token_open(objects.token, bench, module) && begin(&objects);
    for (unsigned i = 0; i < bench->num_counts && go_on; i++)
        go_on = measure_count(&objects, bench->num_objects[i]);
    if (objects.file >= 0)
        close(objects.file);
    crew_free(objects.crew);
    free(objects.sessions);
    token_close(objects.token);
}
