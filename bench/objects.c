/* SPDX-License-Identifier: Apache-2.0
 *
 * A PKCS#11 module whose token holds many objects: searches, start-up, creation and sessions. The
 * objects are certificates, which every token takes and nobody has to log in for.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "bench/token.h"

#define NAME_LEN     16
#define NUM_SESSIONS 10000
#define PROGRESS_NS  5000000000u
#define MARK         "pqhw-bench" /* what all of them have as their subject */

struct objects {
    struct bench *bench;
    struct token *token;
    char title[32];
    uint64_t num; /* filled in */
    CK_OBJECT_HANDLE made;
    CK_SESSION_HANDLE *sessions;
    int file; /* for the bare fdatasync */
};

/* The n-th object's label, and its id. */
static void name_of(char name[NAME_LEN], uint64_t n)
{
    snprintf(name, NAME_LEN, "object-%08lu", (unsigned long)n % 100000000);
}

static const char *create(struct objects *objects, uint64_t n, CK_OBJECT_HANDLE *out)
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
    return token_check(objects->token, "C_CreateObject",
                       objects->token->f->C_CreateObject(objects->token->session, template,
                                                         sizeof(template) / sizeof(template[0]),
                                                         out));
}

static const char *fill(struct objects *objects, uint64_t wanted)
{
    uint64_t told = clock_monotonic_ns();
    const char *error = NULL;

    while (objects->num < wanted && error == NULL) {
        error = create(objects, objects->num, &objects->made);
        objects->num += error == NULL;
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

    return create(objects, objects->num + n, &objects->made);
}

static void destroy(void *context)
{
    struct objects *objects = context;

    objects->token->f->C_DestroyObject(objects->token->session, objects->made);
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

/* ------------------------------------------------------------------ all of it */

static const struct row {
    const char *op;
    const char *(*run)(void *context, uint64_t n);
    void (*after)(void *context);
    unsigned num_items;
} rows[] = {
    {"find-label", run_find_label, NULL, 0}, {"find-id", run_find_id, NULL, 0},
    {"find-none", run_find_none, NULL, 0},   {"create", run_create, destroy, 0},
    {"fdatasync", run_fdatasync, NULL, 0},   {"session", run_sessions, NULL, NUM_SESSIONS},
};

static void measure_rows(struct objects *objects)
{
    struct bench_case what = {
        .alg = objects->title,
        .impl = objects->token->name,
        .mode = "objects",
        .context = objects,
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        what.op = rows[i].op;
        what.run = rows[i].run;
        what.after = rows[i].after;
        what.num_items = rows[i].num_items;
        bench_measure(objects->bench, &what);
    }
    stop(objects);
    what.op = "start";
    what.run = run_start;
    what.after = stop;
    what.num_items = 0;
    bench_measure(objects->bench, &what);
    objects->token->initialized = false;
}

void bench_objects(struct bench *bench)
{
    static struct token token;
    static struct objects objects; /* its title stands in the report */
    const char *error = NULL;

    objects = (struct objects){.bench = bench, .token = &token, .file = -1};
    snprintf(objects.title, sizeof(objects.title), "%lu-objects", bench->num_objects);
    objects.sessions = calloc(NUM_SESSIONS, sizeof(objects.sessions[0]));
    if (objects.sessions == NULL)
        bench_fail(bench, "not enough memory");
    else if (token_open(&token, bench) && open_file(&objects)) {
        error = fill(&objects, bench->num_objects);
        if (error != NULL)
            bench_fail(bench, "%s", error);
        else
            measure_rows(&objects);
    }
    if (objects.file >= 0)
        close(objects.file);
    free(objects.sessions);
    token_close(&token);
}
