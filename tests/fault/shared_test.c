/* SPDX-License-Identifier: Apache-2.0
 *
 * Two processes with several threads each on one device: no update is lost, and each sees what the
 * other makes at once.
 *
 * The threads change different attributes of the same object: a change that was made on top of an
 * old version of the object would take another thread's change back.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "rig.h"

#define OK(expr)      assert_int_equal(expr, PQHW_OK)
#define NUM_PROCESSES 2
#define NUM_ROUNDS    40
#define NUM_MADE      25 /* objects that each process makes for the other to see */

static struct rig rig;
static CK_OBJECT_HANDLE pub;
static CK_OBJECT_HANDLE priv;

/* Which attribute of which key a thread owns. */
static const struct duty {
    bool on_private;
    CK_ATTRIBUTE_TYPE type;
    const char *format; /* of its counter */
} duties[NUM_PROCESSES][3] = {
    {{false, CKA_LABEL, "%u"}, {false, CKA_SUBJECT, "subject %u"}, {true, CKA_ID, "%u"}},
    {{false, CKA_ID, "id %08u"}, {true, CKA_LABEL, "%u"}, {true, CKA_SUBJECT, "%u"}},
};

struct worker {
    unsigned process;
    unsigned number;
    int peer; /* the maker's socket to the other process */
    CK_SESSION_HANDLE session;
    enum pqhw_status status;
    unsigned round; /* where it stopped */
};

static struct span counter_text(const struct duty *duty, unsigned counter, char text[32])
{
    int len = snprintf(text, 32, duty->format, counter);

    return span(text, (size_t)len);
}

static CK_OBJECT_HANDLE object_of(const struct duty *duty)
{
    return duty->on_private ? priv : pub;
}

/* PQHW_DATA_INVALID if the attribute is not what its owner last set. */
static enum pqhw_status expect(CK_SESSION_HANDLE session, const struct duty *duty, unsigned counter)
{
    enum pqhw_status status = PQHW_OK;
    struct hsm_view *view = NULL;
    struct span value;
    char text[32];

    TRY(hsm_view_open(rig.app, session, object_of(duty), &view));
    TRY(hsm_view_attr(view, duty->type, &value));
    REQUIRE(span_equal(value, counter_text(duty, counter, text)), PQHW_DATA_INVALID);
out:
    hsm_view_close(view);
    return status;
}

static enum pqhw_status set(CK_SESSION_HANDLE session, const struct duty *duty, unsigned counter)
{
    struct buf template = BUF_INIT(64);
    char text[32];

    attrs_put(&template, duty->type, counter_text(duty, counter, text));
    enum pqhw_status status = buf_status(&template);
    while (status == PQHW_OK) {
        status = hsm_object_set(rig.app, session, object_of(duty), buf_span(&template));
        if (status != PQHW_CONFLICT)
            break;
        status = PQHW_OK; /* others were faster many times over: again */
    }
    buf_free(&template);
    return status;
}

static void *change_attribute(void *arg)
{
    struct worker *worker = arg;
    const struct duty *duty = &duties[worker->process][worker->number];
    enum pqhw_status status = PQHW_OK;

    for (worker->round = 1; worker->round <= NUM_ROUNDS; worker->round++) {
        TRY(set(worker->session, duty, worker->round));
        TRY(expect(worker->session, duty, worker->round));
    }
out:
    worker->status = status;
    return NULL;
}

/* Use the keys, and search for them, all the while. */
static void *sign_often(void *arg)
{
    struct worker *worker = arg;
    struct rig own = rig; /* with this thread's session */
    enum pqhw_status status = PQHW_OK;

    own.session = worker->session;
    for (worker->round = 1; worker->round <= NUM_ROUNDS; worker->round++) {
        CK_OBJECT_HANDLE found[2];
        size_t num = 0;
        size_t damaged = 0;
        TRY(rig_sign_and_verify(&own, pub, priv));
        TRY(rig_list(&own, CKO_PRIVATE_KEY, found, 2, &num, &damaged));
        REQUIRE(num == 1 && found[0] == priv && damaged == 0, PQHW_DATA_INVALID);
    }
out:
    worker->status = status;
    return NULL;
}

static enum pqhw_status see(struct rig *own, CK_OBJECT_HANDLE object, unsigned name, bool expected)
{
    enum pqhw_status status = PQHW_OK;
    CK_OBJECT_HANDLE found[2 * NUM_MADE + 2];
    size_t num = 0;
    size_t damaged = 0;
    size_t len;
    unsigned got = 0;
    unsigned counter;
    bool listed = false;

    status = rig_get(own, object, &got, &counter, &len);
    if (!expected && status == PQHW_OBJECT_HANDLE_INVALID)
        status = PQHW_OK;
    TRY(status);
    REQUIRE(got == (expected ? name : 0), PQHW_DATA_INVALID);
    TRY(rig_list(own, CKO_DATA, found, 2 * NUM_MADE + 2, &num, &damaged));
    for (size_t i = 0; i < num; i++)
        listed = listed || found[i] == object;
    REQUIRE(listed == expected && damaged == 0, PQHW_DATA_INVALID);
out:
    return status;
}

/* Make an object, tell the other process its handle; look at the one that it has made; then see it
 * go. */
static void *make_and_see(void *arg)
{
    struct worker *worker = arg;
    struct rig own = rig;
    enum pqhw_status status = PQHW_OK;
    CK_OBJECT_HANDLE made;
    CK_OBJECT_HANDLE others = 0;
    char byte = 0;

    own.session = worker->session;
    for (worker->round = 1; worker->round <= NUM_MADE; worker->round++) {
        unsigned name = 1000 * (worker->process + 1) + worker->round;
        unsigned others_name = 1000 * (2 - worker->process) + worker->round;
        TRY(rig_put(&own, name, 1, 200, &made));
        REQUIRE(write(worker->peer, &made, sizeof(made)) == sizeof(made), PQHW_DEVICE_ERROR);
        REQUIRE(read(worker->peer, &others, sizeof(others)) == sizeof(others), PQHW_DEVICE_ERROR);
        TRY(see(&own, others, others_name, true));
        REQUIRE(write(worker->peer, "s", 1) == 1, PQHW_DEVICE_ERROR);
        REQUIRE(read(worker->peer, &byte, 1) == 1, PQHW_DEVICE_ERROR);
        TRY(hsm_object_destroy(own.app, own.session, made));
        REQUIRE(write(worker->peer, "d", 1) == 1, PQHW_DEVICE_ERROR);
        REQUIRE(read(worker->peer, &byte, 1) == 1, PQHW_DEVICE_ERROR);
        TRY(see(&own, others, others_name, false));
    }
out:
    worker->status = status;
    shutdown(worker->peer, SHUT_RDWR); /* so that nobody waits for the other in vain */
    return NULL;
}

/* All of one process's threads; false if one failed. */
static bool run_process(unsigned process, int peer)
{
    static void *(*const duties_of[5])(void *) = {change_attribute, change_attribute,
                                                  change_attribute, sign_often, make_and_see};
    struct worker workers[5];
    pthread_t threads[5];
    bool good = rig_open(&rig) == PQHW_OK;

    for (unsigned i = 0; i < 5; i++) {
        workers[i] = (struct worker){.process = process, .number = i, .peer = peer};
        good = good && hsm_session_open(rig.app, rig.slot, true, &workers[i].session) == PQHW_OK;
    }
    if (!good)
        return false;
    for (unsigned i = 0; i < 5; i++)
        good = pthread_create(&threads[i], NULL, duties_of[i], &workers[i]) == 0 && good;
    for (unsigned i = 0; i < 5; i++) {
        pthread_join(threads[i], NULL);
        if (workers[i].status != PQHW_OK) {
            fprintf(stderr, "process %u, thread %u, round %u: %s\n", process, i, workers[i].round,
                    pqhw_status_name(workers[i].status));
            good = false;
        }
    }
    rig_close(&rig);
    return good;
}

static void two_processes_share_a_device(void **state)
{
    pid_t children[NUM_PROCESSES];
    int sockets[2];

    (void)state;
    OK(rig_init(&rig, "/tmp", NULL));
    OK(rig_create(&rig));
    OK(rig_open(&rig));
    OK(rig_generate(&rig, &pub, &priv));
    rig_close(&rig);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
    for (unsigned i = 0; i < NUM_PROCESSES; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            close(sockets[1 - i]);
            _exit(run_process(i, sockets[i]) ? 0 : 1);
        }
        assert_true(children[i] > 0);
    }
    close(sockets[0]);
    close(sockets[1]);
    for (unsigned i = 0; i < NUM_PROCESSES; i++) {
        int result = -1;
        assert_int_equal(waitpid(children[i], &result, 0), children[i]);
        assert_int_equal(result, 0);
    }
    OK(rig_open(&rig));
    for (unsigned process = 0; process < NUM_PROCESSES; process++) {
        for (unsigned i = 0; i < 3; i++)
            OK(expect(rig.session, &duties[process][i], NUM_ROUNDS));
    }
    OK(rig_verify_audit(&rig));
    rig_close(&rig);
    rig_remove(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_processes_share_a_device),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
