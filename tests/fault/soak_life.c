/* SPDX-License-Identifier: Apache-2.0
 *
 * One process of the soak test: threads that create, use and destroy a token's objects through the
 * module, that fork in the middle of it, and an end in one of many ways. Half of their sessions are
 * asynchronous.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "pqhw/cryptoki.h"
#include "soak.h"

#define CHILD_SECONDS 300 /* in which it has come to an end, or stands still */
#define SIG_MAX       4096
#define MAX_THREADS   64

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define SANITIZED true
#else
#define SANITIZED false
#endif

static struct {
    const struct soak_plan *plan;
    struct soak_board *board;
    void *library;
    CK_FUNCTION_LIST *f;
    CK_C_AsyncComplete async_complete;
    CK_SLOT_ID slot;
    CK_SESSION_HANDLE login; /* keeps the user logged in */
    atomic_bool over;
    atomic_uint num_done; /* threads that fork no more */
    atomic_bool ended;    /* the module is going: anything may be answered that says so */
    /* Held for reading during a piece of work, for writing to finalize and initialize: the handles
     * of before mean something else afterwards. */
    pthread_rwlock_t use;
    /* Held for reading to fork, for writing to call exit(), which holds a lock of libc's that a
     * child forked meanwhile would wait for. */
    pthread_rwlock_t forks;
} life = {.use = PTHREAD_RWLOCK_INITIALIZER, .forks = PTHREAD_RWLOCK_INITIALIZER};

struct thread {
    pthread_t thread;
    uint32_t random;
    CK_SESSION_HANDLE session;
    const char *doing;
};

void soak_fail(struct soak_board *board, const char *format, ...)
{
    char text[sizeof(board->failure)];
    bool no = false;
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    fprintf(stderr, "soak: process %d: %s\n", (int)getpid(), text);
    if (atomic_compare_exchange_strong(&board->failed, &no, true))
        memcpy(board->failure, text, sizeof(text));
}

void soak_label(char out[16], uint32_t n)
{
    snprintf(out, 16, "soak-%08u", n % 100000000);
}

void soak_value(uint8_t out[SOAK_VALUE_LEN], uint32_t n)
{
    for (unsigned i = 0; i < SOAK_VALUE_LEN; i++) {
        n = n * 1664525u + 1013904223u;
        out[i] = (uint8_t)(n >> 24);
    }
}

static uint32_t next(struct thread *thread)
{
    thread->random = thread->random * 1664525u + 1013904223u;
    return thread->random >> 8;
}

static void count(enum soak_count what)
{
    atomic_fetch_add(&life.board->counts[what], 1);
}

/* False unless CKR_OK. What else may come: that the module is going. */
static bool well(const struct thread *thread, CK_RV rv)
{
    bool going = rv == CKR_CRYPTOKI_NOT_INITIALIZED || rv == CKR_SESSION_HANDLE_INVALID ||
                 rv == CKR_SESSION_CLOSED || rv == CKR_USER_NOT_LOGGED_IN ||
                 rv == CKR_OBJECT_HANDLE_INVALID || rv == CKR_KEY_HANDLE_INVALID ||
                 rv == CKR_OPERATION_NOT_INITIALIZED || rv == CKR_OPERATION_ACTIVE ||
                 rv == CKR_FUNCTION_CANCELED || rv == CKR_GENERAL_ERROR;

    if (rv != CKR_OK && !(going && atomic_load(&life.ended)))
        soak_fail(life.board, "%s: CKR 0x%lx", thread->doing, rv);
    return rv == CKR_OK;
}

/* What a function answers in the end, if its session left it pending. */
static CK_RV in_the_end(const struct thread *thread, const char *name, CK_RV rv, CK_ULONG *len)
{
    CK_ASYNC_DATA result = {0};

    if (rv != CKR_PENDING)
        return rv;
    count(SOAK_PENDING);
    while ((rv = life.async_complete(thread->session, (CK_UTF8CHAR_PTR)name, &result)) ==
           CKR_PENDING)
        usleep(20);
    if (rv == CKR_OK && len != NULL)
        *len = result.ulValue;
    return rv;
}

/* A call whose answer may come later. */
#define SETTLED(name, len, ...)                                                                    \
    in_the_end(thread, #name, life.f->name(thread->session, __VA_ARGS__), len)

/* ---- objects ---- */

static bool find_all(struct thread *thread, const char *label, CK_OBJECT_HANDLE out[4],
                     CK_ULONG *num)
{
    CK_ATTRIBUTE template = {CKA_LABEL, (CK_VOID_PTR)label, strlen(label)};

    thread->doing = "C_FindObjects";
    return well(thread, life.f->C_FindObjectsInit(thread->session, &template, 1)) &&
           well(thread, life.f->C_FindObjects(thread->session, out, 4, num)) &&
           well(thread, life.f->C_FindObjectsFinal(thread->session));
}

static void create(struct thread *thread)
{
    CK_OBJECT_CLASS class = CKO_SECRET_KEY;
    CK_KEY_TYPE type = CKK_AES;
    CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
    CK_BYTE value[SOAK_VALUE_LEN];
    CK_OBJECT_HANDLE object;
    char label[16];
    uint32_t n = atomic_fetch_add(&life.board->num_objects, 1);
    CK_ATTRIBUTE template[] = {
        {CKA_CLASS, &class, sizeof(class)}, {CKA_KEY_TYPE, &type, sizeof(type)},
        {CKA_TOKEN, &yes, sizeof(yes)},     {CKA_PRIVATE, &yes, sizeof(yes)},
        {CKA_SENSITIVE, &no, sizeof(no)},   {CKA_EXTRACTABLE, &yes, sizeof(yes)},
        {CKA_ENCRYPT, &yes, sizeof(yes)},   {CKA_DECRYPT, &yes, sizeof(yes)},
        {CKA_VALUE, value, SOAK_VALUE_LEN}, {CKA_LABEL, label, 0},
    };

    if (n >= SOAK_MAX_OBJECTS)
        return;
    soak_label(label, n);
    soak_value(value, n);
    template[9].ulValueLen = strlen(label);
    atomic_store(&life.board->objects[n], SOAK_MAKING);
    thread->doing = "C_CreateObject";
    if (!well(thread, life.f->C_CreateObject(thread->session, template, 10, &object))) {
        atomic_store(&life.board->objects[n], SOAK_GONE);
        return;
    }
    atomic_store(&life.board->objects[n], SOAK_THERE);
    atomic_fetch_add(&life.board->num_there, 1);
    count(SOAK_MADE);
}

/* Some object that is there, or was a moment ago. */
static bool choose(struct thread *thread, uint32_t *n)
{
    uint32_t num = atomic_load(&life.board->num_objects);

    num = num < SOAK_MAX_OBJECTS ? num : SOAK_MAX_OBJECTS;
    for (unsigned tries = 0; tries < 200 && num > 0; tries++) {
        *n = next(thread) % num;
        if (atomic_load(&life.board->objects[*n]) == SOAK_THERE)
            return true;
    }
    return false;
}

/* Something said that the n-th object is not there: that must be so. */
static void expect_gone(const struct thread *thread, uint32_t n)
{
    if (atomic_load(&life.board->objects[n]) == SOAK_THERE && !atomic_load(&life.ended))
        soak_fail(life.board, "object %u is lost (%s)", n, thread->doing);
}

static bool find(struct thread *thread, uint32_t n, CK_OBJECT_HANDLE *out)
{
    CK_OBJECT_HANDLE found[4];
    CK_ULONG num = 0;
    char label[16];

    soak_label(label, n);
    if (!find_all(thread, label, found, &num))
        return false;
    if (num == 0)
        expect_gone(thread, n);
    if (num > 1)
        soak_fail(life.board, "object %u is there %lu times", n, num);
    *out = found[0];
    return num == 1;
}

/* As well, for calls that name an object that another thread may be destroying. */
static bool well_or_gone(struct thread *thread, uint32_t n, CK_RV rv)
{
    if (rv != CKR_OBJECT_HANDLE_INVALID && rv != CKR_KEY_HANDLE_INVALID)
        return well(thread, rv);
    expect_gone(thread, n);
    return false;
}

static void destroy(struct thread *thread)
{
    unsigned char there = SOAK_THERE;
    CK_OBJECT_HANDLE object;
    uint32_t n;

    if (!choose(thread, &n) || !find(thread, n, &object) ||
        !atomic_compare_exchange_strong(&life.board->objects[n], &there, SOAK_GOING))
        return;
    thread->doing = "C_DestroyObject";
    if (!well(thread, life.f->C_DestroyObject(thread->session, object))) {
        atomic_store(&life.board->objects[n], SOAK_THERE);
        return;
    }
    atomic_store(&life.board->objects[n], SOAK_GONE);
    atomic_fetch_sub(&life.board->num_there, 1);
    count(SOAK_DESTROYED);
}

static bool read_back(struct thread *thread, uint32_t n, CK_OBJECT_HANDLE object)
{
    CK_BYTE value[SOAK_VALUE_LEN], wanted[SOAK_VALUE_LEN];
    CK_ATTRIBUTE attribute = {CKA_VALUE, value, sizeof(value)};

    thread->doing = "C_GetAttributeValue";
    if (!well_or_gone(thread, n,
                      life.f->C_GetAttributeValue(thread->session, object, &attribute, 1)))
        return false;
    soak_value(wanted, n);
    if (attribute.ulValueLen != sizeof(value) || memcmp(value, wanted, sizeof(value)) != 0)
        soak_fail(life.board, "object %u is another one", n);
    return true;
}

static void use(struct thread *thread)
{
    CK_BYTE iv[12] = {1}, data[100] = {2}, ct[116], plain[116];
    CK_ULONG ct_len = sizeof(ct), plain_len = sizeof(plain);
    CK_GCM_PARAMS param = {.pIv = iv, .ulIvLen = 12, .ulIvBits = 96, .ulTagBits = 128};
    CK_MECHANISM mechanism = {CKM_AES_GCM, &param, sizeof(param)};
    CK_OBJECT_HANDLE key;
    uint32_t n;

    if (!choose(thread, &n) || !find(thread, n, &key) || !read_back(thread, n, key))
        return;
    thread->doing = "C_Encrypt";
    if (!well_or_gone(thread, n, life.f->C_EncryptInit(thread->session, &mechanism, key)) ||
        !well_or_gone(thread, n, SETTLED(C_Encrypt, &ct_len, data, sizeof(data), ct, &ct_len)))
        return;
    thread->doing = "C_Decrypt";
    if (!well_or_gone(thread, n, life.f->C_DecryptInit(thread->session, &mechanism, key)) ||
        !well_or_gone(thread, n, SETTLED(C_Decrypt, &plain_len, ct, ct_len, plain, &plain_len)))
        return;
    if (plain_len != sizeof(data) || memcmp(plain, data, sizeof(data)) != 0)
        soak_fail(life.board, "object %u decrypts something else", n);
    count(SOAK_USED);
}

/* ---- the pair that is always there ---- */

static bool find_half(struct thread *thread, CK_OBJECT_CLASS class, CK_OBJECT_HANDLE *out)
{
    CK_KEY_TYPE type = CKK_ML_DSA;
    CK_ATTRIBUTE template[] = {{CKA_CLASS, &class, sizeof(class)},
                               {CKA_KEY_TYPE, &type, sizeof(type)}};
    CK_ULONG num = 0;

    thread->doing = "C_FindObjects of the pair";
    if (!well(thread, life.f->C_FindObjectsInit(thread->session, template, 2)) ||
        !well(thread, life.f->C_FindObjects(thread->session, out, 1, &num)) ||
        !well(thread, life.f->C_FindObjectsFinal(thread->session)))
        return false;
    if (num == 0 && !atomic_load(&life.ended))
        soak_fail(life.board, "the pair is lost");
    return num == 1;
}

static void sign(struct thread *thread)
{
    CK_MECHANISM mechanism = {CKM_ML_DSA, NULL, 0};
    CK_BYTE message[8], sig[SIG_MAX];
    CK_ULONG sig_len = sizeof(sig);
    CK_OBJECT_HANDLE public_key, private_key;
    CK_SESSION_HANDLE session = thread->session;
    uint32_t text = next(thread);

    memset(message, 0, sizeof(message));
    memcpy(message, &text, sizeof(text));
    if (!find_half(thread, CKO_PUBLIC_KEY, &public_key) ||
        !find_half(thread, CKO_PRIVATE_KEY, &private_key))
        return;
    thread->doing = "C_Sign";
    if (!well(thread, life.f->C_SignInit(session, &mechanism, private_key)) ||
        !well(thread, SETTLED(C_Sign, &sig_len, message, sizeof(message), sig, &sig_len)))
        return;
    thread->doing = "C_Verify";
    if (!well(thread, life.f->C_VerifyInit(session, &mechanism, public_key)) ||
        !well(thread, SETTLED(C_Verify, NULL, message, sizeof(message), sig, sig_len)))
        return;
    count(SOAK_SIGNED);
}

/* A session object, which goes with the session. */
static void make_session_object(struct thread *thread)
{
    CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
    CK_ULONG len = 16;
    CK_MECHANISM mechanism = {CKM_AES_KEY_GEN, NULL, 0};
    CK_ATTRIBUTE template[] = {{CKA_TOKEN, &no, sizeof(no)},
                               {CKA_ENCRYPT, &yes, sizeof(yes)},
                               {CKA_VALUE_LEN, &len, sizeof(len)}};
    CK_OBJECT_HANDLE key;

    thread->doing = "C_GenerateKey";
    well(thread, SETTLED(C_GenerateKey, NULL, &mechanism, template, 3, &key));
}

/* A token object that nobody asks for when it is made, so that there is none, unless the process
 * is killed before that is settled. */
static void leave_pending(struct thread *thread)
{
    CK_BBOOL yes = CK_TRUE;
    CK_ULONG len = 16;
    CK_MECHANISM mechanism = {CKM_AES_KEY_GEN, NULL, 0};
    char label[16];
    CK_ATTRIBUTE template[] = {
        {CKA_TOKEN, &yes, sizeof(yes)}, {CKA_VALUE_LEN, &len, sizeof(len)}, {CKA_LABEL, label, 0}};
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE key;
    CK_FLAGS flags = CKF_SERIAL_SESSION | CKF_RW_SESSION | CKF_ASYNC_SESSION;
    uint32_t n = atomic_fetch_add(&life.board->num_objects, 1);

    thread->doing = "C_OpenSession";
    if (n >= SOAK_MAX_OBJECTS ||
        !well(thread, life.f->C_OpenSession(life.slot, flags, NULL, NULL, &session)))
        return;
    soak_label(label, n);
    template[2].ulValueLen = strlen(label);
    atomic_store(&life.board->objects[n], SOAK_MAKING);
    thread->doing = "C_GenerateKey";
    CK_RV rv = life.f->C_GenerateKey(session, &mechanism, template, 3, &key);
    if (rv != CKR_PENDING)
        well(thread, rv);
    usleep(next(thread) % 2000);
    thread->doing = "C_CloseSession";
    if (well(thread, life.f->C_CloseSession(session)) && rv == CKR_PENDING &&
        !atomic_load(&life.ended))
        atomic_store(&life.board->objects[n], SOAK_GONE);
    count(SOAK_PENDING);
}

/* ---- beginning and ending ---- */

static bool open_session(struct thread *thread)
{
    CK_FLAGS flags = CKF_SERIAL_SESSION | CKF_RW_SESSION;

    if (next(thread) % 2 == 0)
        flags |= CKF_ASYNC_SESSION;
    thread->doing = "C_OpenSession";
    return well(thread, life.f->C_OpenSession(life.slot, flags, NULL, NULL, &thread->session));
}

static bool begin(struct thread *thread)
{
    CK_C_INITIALIZE_ARGS args = {.flags = CKF_OS_LOCKING_OK};
    const char *pin = life.plan->pin;

    thread->doing = "C_Initialize";
    if (!well(thread, life.f->C_Initialize(&args)) || !open_session(thread))
        return false;
    life.login = thread->session;
    thread->doing = "C_Login";
    return well(thread,
                life.f->C_Login(life.login, CKU_USER, (CK_UTF8CHAR *)pin, (CK_ULONG)strlen(pin)));
}

static bool load(void)
{
    CK_C_GetFunctionList get_list;
    void *symbol;

    life.library = dlopen(life.plan->module, RTLD_NOW | RTLD_LOCAL);
    if (life.library == NULL) {
        soak_fail(life.board, "%s", dlerror());
        return false;
    }
    symbol = dlsym(life.library, "C_AsyncComplete");
    memcpy(&life.async_complete, &symbol, sizeof(symbol));
    symbol = dlsym(life.library, "C_GetFunctionList");
    memcpy(&get_list, &symbol, sizeof(symbol));
    return get_list(&life.f) == CKR_OK;
}

static void begin_again(struct thread *thread)
{
    pthread_rwlock_unlock(&life.use);
    pthread_rwlock_wrlock(&life.use);
    if (!atomic_load(&life.ended)) {
        thread->doing = "C_Finalize";
        well(thread, life.f->C_Finalize(NULL));
        begin(thread);
        count(SOAK_BEGAN);
    }
    pthread_rwlock_unlock(&life.use);
    pthread_rwlock_rdlock(&life.use);
    open_session(thread);
}

/* ---- forks ---- */

/* The parent's module is not the child's. */
static void expect_not_initialized(const struct thread *thread)
{
    CK_BYTE sig[SIG_MAX];
    CK_ULONG len = sizeof(sig);
    CK_INFO info;

    if (life.f->C_GetInfo(&info) != CKR_CRYPTOKI_NOT_INITIALIZED ||
        life.f->C_Sign(thread->session, sig, 8, sig, &len) != CKR_CRYPTOKI_NOT_INITIALIZED ||
        life.f->C_CloseSession(thread->session) != CKR_CRYPTOKI_NOT_INITIALIZED ||
        life.f->C_Finalize(NULL) != CKR_CRYPTOKI_NOT_INITIALIZED)
        soak_fail(life.board, "a child has its parent's module");
}

static void fork_and_wait(struct thread *thread);

/* What the child does; its other threads are not there. Locks of theirs are held for ever, so that
 * it takes none. A sanitizer's allocator has such, which libc's gives back: there it does little.
 */
static void live_as_child(struct thread *thread, uint32_t kind)
{
    if (SANITIZED)
        kind = (kind & 1) | 16;
    if (kind & 1)
        expect_not_initialized(thread);
    if (kind & 2) {
        if (begin(thread)) {
            use(thread);
            sign(thread);
            if ((kind & 0x70) == 0)
                create(thread);
        }
        if (kind & 0x80)
            fork_and_wait(thread); /* which ends here: the child of a child does not fork */
    }
    if (kind & 4 && kind & 2)
        life.f->C_Finalize(NULL);
    if (kind & 8)
        dlclose(life.library);
    if (kind & 16)
        _exit(0);
    exit(0);
}

static void fork_and_wait(struct thread *thread)
{
    static _Thread_local unsigned depth;
    uint32_t kind = next(thread);
    int result = 0;

    if (depth > 0)
        kind &= ~(uint32_t)0x80;
    if (depth == 0)
        pthread_rwlock_rdlock(&life.forks);
    pid_t child = fork();
    if (child == 0) {
        alarm(CHILD_SECONDS);
        depth++;
        live_as_child(thread, kind);
    }
    if (depth == 0)
        pthread_rwlock_unlock(&life.forks);
    if (child < 0 || waitpid(child, &result, 0) != child || result != 0)
        soak_fail(life.board, "a child of kind 0x%x ended with 0x%x", kind & 0xff, result);
    count(SOAK_FORKED);
}

/* In the middle of an operation. */
static void fork_in_operation(struct thread *thread)
{
    CK_MECHANISM mechanism = {CKM_SHA256, NULL, 0};
    CK_BYTE data[100] = {0}, hash[32];
    CK_ULONG len = sizeof(hash);

    thread->doing = "C_Digest";
    if (well(thread, life.f->C_DigestInit(thread->session, &mechanism)) &&
        well(thread, life.f->C_DigestUpdate(thread->session, data, sizeof(data)))) {
        fork_and_wait(thread);
        well(thread, life.f->C_DigestFinal(thread->session, hash, &len));
    }
}

/* ---- threads ---- */

static void work_once(struct thread *thread)
{
    uint32_t dice = next(thread) % 1000;
    bool many = atomic_load(&life.board->num_there) > SOAK_ENOUGH;

    if (dice < 150)
        many ? destroy(thread) : create(thread);
    else if (dice < 250)
        many ? create(thread) : destroy(thread);
    else if (dice < 600)
        use(thread);
    else if (dice < 900)
        sign(thread);
    else if (dice < 950)
        make_session_object(thread);
    else if (dice < 970)
        leave_pending(thread);
    else if (dice < 980)
        fork_and_wait(thread);
    else if (dice < 990)
        fork_in_operation(thread);
    else if (dice < 995)
        begin_again(thread);
}

/* A thread that ends runs libcrypto's destructor, with a lock held that a child which another
 * thread forks meanwhile waits for: none ends as long as one forks. */
static void end_with_others(void)
{
    atomic_fetch_add(&life.num_done, 1);
    while (atomic_load(&life.num_done) < life.plan->num_threads)
        usleep(1000);
}

static void *work(void *argument)
{
    struct thread *thread = argument;

    while (!atomic_load(&life.over) && !atomic_load(&life.board->failed)) {
        pthread_rwlock_rdlock(&life.use);
        bool opened = open_session(thread);
        for (unsigned i = 0; i < 8 && opened && !atomic_load(&life.over); i++)
            work_once(thread);
        if (opened) {
            thread->doing = "C_CloseSession";
            well(thread, life.f->C_CloseSession(thread->session));
        }
        pthread_rwlock_unlock(&life.use);
        if (!opened)
            usleep(1000);
    }
    end_with_others();
    return NULL;
}

/* ---- the end ---- */

static void join(struct thread threads[MAX_THREADS])
{
    atomic_store(&life.over, true);
    for (unsigned i = 0; i < life.plan->num_threads; i++)
        pthread_join(threads[i].thread, NULL);
}

/* While the threads are at work. */
static void end_under_them(struct thread threads[MAX_THREADS], uint32_t kind)
{
    struct thread self = {.doing = "C_Finalize"};

    switch (kind) {
    case 0:
        atomic_store(&life.ended, true);
        well(&self, life.f->C_Finalize(NULL));
        join(threads);
        dlclose(life.library);
        break;
    case 1:
        atomic_store(&life.ended, true);
        life.f->C_CloseAllSessions(life.slot);
        join(threads);
        break;
    case 2:
        kill(getpid(), SIGKILL);
        break;
    case 3:
        atomic_store(&life.ended, true);
        pthread_rwlock_wrlock(&life.forks);
        exit(0);
    default:
        _exit(0);
    }
}

static void end(struct thread threads[MAX_THREADS], uint32_t kind)
{
    struct thread self = {.random = kind, .doing = "C_Finalize"};

    if (kind % 2 == 0) {
        end_under_them(threads, kind / 2 % 5);
        return;
    }
    join(threads);
    if (kind & 2)
        well(&self, life.f->C_Finalize(NULL));
    if (kind & 4)
        dlclose(life.library);
    if ((kind & 12) == 12 && load() && begin(&self)) /* and again */
        use(&self);
    if (kind & 16 && fork() == 0)
        exit(0);
}

void soak_live(const struct soak_plan *plan)
{
    static struct thread threads[MAX_THREADS];
    struct thread self = {.random = plan->seed};

    life.plan = plan;
    life.board = plan->board;
    if (!load() || !begin(&self))
        return;
    for (unsigned i = 0; i < plan->num_threads; i++) {
        threads[i].random = plan->seed * 64 + i;
        if (pthread_create(&threads[i].thread, NULL, work, &threads[i]) != 0) {
            soak_fail(life.board, "no thread");
            return;
        }
    }
    for (unsigned ms = 0; ms < plan->ms && !atomic_load(&life.board->failed); ms += 10)
        usleep(10000);
    end(threads, next(&self));
    while (wait(NULL) > 0)
        ;
}
