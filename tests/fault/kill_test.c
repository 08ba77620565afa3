/* SPDX-License-Identifier: Apache-2.0
 *
 * kill -9 at any moment of a loop of create, change and destroy: what was acknowledged is there and
 * whole, what was under way is there or not but never half, and the audit chain verifies.
 *
 * A child works on a device and tells its parent through a pipe what it is about to do and what is
 * done. The parent kills it; the next child checks what it finds before it goes on.
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
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "rig.h"

#define NUM_NAMES     24
#define NUM_ROUNDS    300
#define MAX_SECONDS   40 /* then enough must do: under a sanitizer a round takes long */
#define MIN_ROUNDS    25
#define MAX_PAIRS     512
#define MAX_DELAY_MS  25
#define VERIFY_EVERY  10 /* rounds between two checks of the whole audit chain */
#define MAX_VALUE_LEN 20000

enum kind {
    CREATE,
    CHANGE,
    DESTROY,
    GENERATE, /* a key pair */
};

/* What is known of a data object. */
struct known {
    bool present;
    unsigned counter;
    size_t len;
};

enum phase {
    INTENT,
    DONE,
    CHECKED
};

struct event {
    enum phase phase;
    enum kind kind;
    unsigned name;
    struct known after; /* of the object; CHECKED: of the one that was under way */
    size_t num_pairs;
};

struct model {
    struct known objects[NUM_NAMES];
    size_t num_pairs;
    bool pending; /* the last thing begun was not acknowledged */
    struct event intent;
};

/* ---- the child ---- */

struct worker {
    struct rig *rig;
    struct model *model;
    int pipe;
    CK_OBJECT_HANDLE handles[NUM_NAMES];
    uint32_t seed;
};

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 12;
}

static bool same(const struct known *a, const struct known *b)
{
    return a->present == b->present &&
           (!a->present || (a->counter == b->counter && a->len == b->len));
}

/* Is this what the object must be, or may be if it was being changed? */
static bool allowed(const struct model *model, unsigned name, const struct known *found)
{
    if (same(found, &model->objects[name]))
        return true;
    return model->pending && model->intent.kind != GENERATE && model->intent.name == name &&
           same(found, &model->intent.after);
}

static bool check_objects(struct worker *worker, struct known found[NUM_NAMES])
{
    CK_OBJECT_HANDLE handles[NUM_NAMES + 1];
    size_t num = 0;
    size_t damaged = 0;

    if (rig_list(worker->rig, CKO_DATA, handles, NUM_NAMES + 1, &num, &damaged) != PQHW_OK ||
        damaged != 0)
        return false;
    for (size_t i = 0; i < num; i++) {
        unsigned name = NUM_NAMES;
        struct known object = {.present = true};
        if (rig_get(worker->rig, handles[i], &name, &object.counter, &object.len) != PQHW_OK ||
            name >= NUM_NAMES || found[name].present)
            return false;
        found[name] = object;
        worker->handles[name] = handles[i];
    }
    for (unsigned name = 0; name < NUM_NAMES; name++) {
        if (!allowed(worker->model, name, &found[name])) {
            fprintf(stderr, "object %u: present %d, counter %u, length %zu\n", name,
                    found[name].present, found[name].counter, found[name].len);
            return false;
        }
    }
    return true;
}

static bool check_pairs(struct worker *worker, size_t *num_pairs)
{
    static CK_OBJECT_HANDLE pubs[MAX_PAIRS];
    static CK_OBJECT_HANDLE privs[MAX_PAIRS];
    size_t num_privs = 0;
    size_t damaged[2] = {1, 1};
    const struct model *model = worker->model;

    if (rig_list(worker->rig, CKO_PUBLIC_KEY, pubs, MAX_PAIRS, num_pairs, &damaged[0]) != PQHW_OK ||
        rig_list(worker->rig, CKO_PRIVATE_KEY, privs, MAX_PAIRS, &num_privs, &damaged[1]) !=
            PQHW_OK ||
        damaged[0] != 0 || damaged[1] != 0 || *num_pairs != num_privs)
        return false;
    size_t most = model->num_pairs + (model->pending && model->intent.kind == GENERATE ? 1 : 0);
    if (*num_pairs < model->num_pairs || *num_pairs > most)
        return false;
    size_t last = num_privs - 1;
    return num_privs == 0 || rig_sign_and_verify(worker->rig, pubs[last], privs[last]) == PQHW_OK;
}

static void tell(const struct worker *worker, const struct event *event)
{
    if (write(worker->pipe, event, sizeof(*event)) != (ssize_t)sizeof(*event))
        _exit(10);
}

static void check_all(struct worker *worker, bool audit)
{
    struct known found[NUM_NAMES] = {0};
    struct event checked = {.phase = CHECKED, .name = worker->model->intent.name};

    if (!check_objects(worker, found))
        _exit(11);
    if (!check_pairs(worker, &checked.num_pairs))
        _exit(12);
    if (audit && rig_verify_audit(worker->rig) != PQHW_OK)
        _exit(13);
    checked.after = found[checked.name];
    memcpy(worker->model->objects, found, sizeof(found));
    tell(worker, &checked);
}

/* Something to do to a random object. */
static struct event choose(struct worker *worker)
{
    struct event event = {.phase = INTENT, .name = next_random(&worker->seed) % NUM_NAMES};
    const struct known *object = &worker->model->objects[event.name];

    event.after = *object;
    if (next_random(&worker->seed) % 40 == 0) {
        event.kind = GENERATE;
    } else if (!object->present) {
        event.kind = CREATE;
        event.after = (struct known){true, 1, next_random(&worker->seed) % MAX_VALUE_LEN};
    } else if (next_random(&worker->seed) % 3 != 0) {
        event.kind = CHANGE;
        event.after.counter++;
    } else {
        event.kind = DESTROY;
        event.after.present = false;
    }
    return event;
}

static enum pqhw_status perform(struct worker *worker, const struct event *event)
{
    CK_OBJECT_HANDLE *handle = &worker->handles[event->name];
    CK_OBJECT_HANDLE pub;
    CK_OBJECT_HANDLE priv;

    switch (event->kind) {
    case CREATE:
        return rig_put(worker->rig, event->name, event->after.counter, event->after.len, handle);
    case CHANGE:
        return rig_set_counter(worker->rig, *handle, event->after.counter);
    case DESTROY:
        return hsm_object_destroy(worker->rig->app, worker->rig->session, *handle);
    case GENERATE:
        return rig_generate(worker->rig, &pub, &priv);
    }
    return PQHW_INTERNAL;
}

static void run_child(struct worker *worker, unsigned round)
{
    if (rig_open(worker->rig) != PQHW_OK)
        _exit(14);
    check_all(worker, round % VERIFY_EVERY == 0);
    for (;;) {
        struct event event = choose(worker);
        tell(worker, &event);
        if (perform(worker, &event) != PQHW_OK)
            _exit(15);
        if (event.kind != GENERATE)
            worker->model->objects[event.name] = event.after;
        event.phase = DONE;
        tell(worker, &event);
    }
}

/* ---- the parent ---- */

static void learn(struct model *model, const struct event *event)
{
    switch (event->phase) {
    case INTENT:
        model->intent = *event;
        model->pending = true;
        return;
    case CHECKED:
        model->objects[event->name] = event->after;
        model->num_pairs = event->num_pairs;
        break;
    case DONE:
        if (event->kind == GENERATE)
            model->num_pairs++;
        else
            model->objects[event->name] = event->after;
        break;
    }
    model->pending = false;
}

/*
 * What a child has got to tell before the time that is left to it begins: in every other round that
 * a change was acknowledged, so that there are such however slow the machine is. INTENT: nothing.
 */
static enum phase reprieve(unsigned round)
{
    if (round % 8 == 0)
        return INTENT;
    return round % 2 == 0 ? CHECKED : DONE;
}

/* Take in what the child tells, until it has told `since` and then `delay_ms` passed. */
static void listen(struct model *model, int pipe, enum phase since, unsigned delay_ms,
                   size_t *num_done)
{
    struct pollfd input = {.fd = pipe, .events = POLLIN};
    uint64_t deadline = since != INTENT ? UINT64_MAX : clock_monotonic_ns() + delay_ms * 1000000ull;

    while (clock_monotonic_ns() < deadline) {
        struct event event;
        if (poll(&input, 1, 1) <= 0)
            continue;
        if (read(pipe, &event, sizeof(event)) != (ssize_t)sizeof(event))
            return;
        learn(model, &event);
        *num_done += event.phase == DONE ? 1 : 0;
        if (event.phase == since && deadline == UINT64_MAX)
            deadline = clock_monotonic_ns() + delay_ms * 1000000ull;
    }
}

/* One child's life. */
static void run_round(struct rig *rig, struct model *model, unsigned round, uint32_t *seed,
                      size_t *num_done)
{
    int ends[2];
    int result = 0;
    struct event event;
    unsigned delay_ms = next_random(seed) % MAX_DELAY_MS;

    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        struct worker worker = {.rig = rig, .model = model, .pipe = ends[1], .seed = round};
        close(ends[0]);
        run_child(&worker, round);
    }
    assert_true(child > 0);
    close(ends[1]);
    listen(model, ends[0], reprieve(round), delay_ms, num_done);
    kill(child, SIGKILL);
    while (read(ends[0], &event, sizeof(event)) == (ssize_t)sizeof(event)) {
        learn(model, &event);
        *num_done += event.phase == DONE ? 1 : 0;
    }
    close(ends[0]);
    assert_int_equal(waitpid(child, &result, 0), child);
    if (!WIFSIGNALED(result))
        fail_msg("round %u: the child ended by itself with %d", round, WEXITSTATUS(result));
}

static void what_was_acknowledged_survives_kill_9(void **state)
{
    static struct rig rig;
    static struct model model;
    uint32_t seed = 20260101;
    size_t num_done = 0;
    unsigned round;
    uint64_t deadline = clock_monotonic_ns() + MAX_SECONDS * 1000000000ull;

    (void)state;
    assert_int_equal(rig_init(&rig, "/tmp", NULL), PQHW_OK);
    assert_int_equal(rig_create(&rig), PQHW_OK);
    for (round = 0; round < NUM_ROUNDS && clock_monotonic_ns() < deadline; round++)
        run_round(&rig, &model, round, &seed, &num_done);
    assert_int_equal(rig_open(&rig), PQHW_OK);
    assert_int_equal(rig_verify_audit(&rig), PQHW_OK);
    rig_close(&rig);
    rig_remove(&rig);
    printf("note: %u kills, %zu acknowledged changes, %zu key pairs\n", round, num_done,
           model.num_pairs);
    assert_true(round >= MIN_ROUNDS);
    assert_true(num_done >= round / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_acknowledged_survives_kill_9),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
