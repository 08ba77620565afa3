/* SPDX-License-Identifier: Apache-2.0
 *
 * A call that is made later works on copies of what it was given, and its output waits in memory of
 * its own until C_AsyncComplete puts it into the caller's buffer: no other thread ever touches
 * that.
 */
#include "pkcs11/async.h"

#include <stdlib.h>
#include <string.h>

#include "pkcs11/module.h"
#include "pkcs11/workers.h"

/* What is longer is not copied but used at once. */
#define COPIES_MAX (16 * 1024 * 1024)

struct job {
    struct hsm_later later;
    struct work work;
    struct call call;
    struct mechanism mechanism; /* the call's */
    struct buf copies;
    struct secret secret; /* a password; what is decrypted */
    uint8_t *out;         /* the caller's, of at least call.len bytes */
};

/* Spares processes without asynchronous sessions to ask for each call whether this is one. */
static atomic_bool wanted;

enum pqhw_status async_session_open(struct hsm_app *app, CK_SLOT_ID slot, bool rw,
                                    CK_SESSION_HANDLE *out)
{
    if (!module_may_have_threads())
        return PQHW_SESSION_ASYNC_NOT_SUPPORTED;
    atomic_store(&wanted, true);
    return hsm_session_open_async(app, slot, rw, out);
}

/* ---- a call, packed ---- */

static struct job *job_of(struct hsm_later *later)
{
    return (struct job *)(void *)((uint8_t *)later - offsetof(struct job, later));
}

static enum pqhw_status job_run(struct hsm_later *later, struct hsm_app *app)
{
    struct job *job = job_of(later);

    return call_info(job->call.function)->run(app, &job->call);
}

static void job_undo(struct hsm_later *later, struct hsm_app *app, CK_SESSION_HANDLE session)
{
    const struct job *job = job_of(later);

    for (unsigned i = 0; i < call_info(job->call.function)->made; i++) {
        /* One that cannot be (CKA_DESTROYABLE, or a logout meanwhile) stays, a key like others. */
        enum pqhw_status ignored = hsm_object_destroy(app, session, job->call.made[i]);
        (void)ignored;
    }
}

static void job_free(struct hsm_later *later)
{
    struct job *job = job_of(later);

    buf_free(&job->copies);
    secret_free(&job->secret);
    free(job);
}

/* Put data into room that was reserved. */
static void keep(struct buf *copies, struct span *data)
{
    if (data->len == 0)
        return;
    buf_put(copies, data->ptr, data->len);
    data->ptr = copies->ptr + copies->len - data->len;
}

static NODISCARD enum pqhw_status copy_public(struct job *job, size_t out_len)
{
    enum pqhw_status status = PQHW_OK;
    struct call *call = &job->call;
#define ADDRESS(name) &job->mechanism.name,
    struct span *spans[] = {MECHANISM_PUBLIC_SPANS(ADDRESS) & call->templates[0],
                            &call->templates[1], &call->in[0], &call->in[1]};
#undef ADDRESS
    size_t len = out_len;

    for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
        REQUIRE(len <= COPIES_MAX && spans[i]->len <= COPIES_MAX, PQHW_LIMIT_EXCEEDED);
        len += spans[i]->len;
    }
    job->copies = BUF_INIT(COPIES_MAX);
    buf_reserve(&job->copies, len);
    for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]) && buf_status(&job->copies) == PQHW_OK;
         i++)
        keep(&job->copies, spans[i]);
    if (out_len > 0)
        call->out = buf_extend(&job->copies, out_len);
    TRY(buf_status(&job->copies));
out:
    return status;
}

static NODISCARD enum pqhw_status copy_secret(struct job *job, size_t out_len)
{
    enum pqhw_status status = PQHW_OK;
    struct span *data = &job->mechanism.data;

    REQUIRE(data->len <= COPIES_MAX && out_len <= COPIES_MAX, PQHW_LIMIT_EXCEEDED);
    TRY(secret_new(&job->secret, data->len + out_len));
    if (data->len > 0)
        memcpy(job->secret.ptr, data->ptr, data->len);
    data->ptr = job->secret.ptr;
    if (out_len > 0)
        job->call.out = job->secret.ptr + data->len;
out:
    return status;
}

/* out_len bytes of output are expected. NULL if there is no memory for it. */
static struct job *job_new(const struct call *call, size_t out_len)
{
    const struct call_info *info = call_info(call->function);
    struct job *job = calloc(1, sizeof(*job));
    size_t room = info->output && out_len == 0 ? 1 : out_len; /* no buffer would ask for it */

    if (job == NULL)
        return NULL;
    *job = (struct job){
        .later = {.name = info->name,
                  .flag = info->flag,
                  .run = job_run,
                  .undo = job_undo,
                  .free = job_free},
        .call = *call,
        .out = call->out,
    };
    if (call->mechanism != NULL) {
        job->mechanism = *call->mechanism;
        job->call.mechanism = &job->mechanism;
    }
    job->work.later = &job->later;
    job->call.len = out_len;
    if (copy_public(job, info->secret ? 0 : room) == PQHW_OK &&
        copy_secret(job, info->secret ? room : 0) == PQHW_OK)
        return job;
    job_free(&job->later);
    return NULL;
}

/* ---- now or later ---- */

/* The rest of what a mechanism's parameter can hold is not copied: lists, and places to write to.
 * Nothing that has them is slow. */
static bool can_copy(const struct mechanism *mechanism)
{
    return mechanism == NULL || (mechanism->lists == NULL && mechanism->tls == NULL);
}

static bool may_be_deferred(struct hsm_app *app, const struct call *call)
{
    return atomic_load_explicit(&wanted, memory_order_relaxed) &&
           hsm_session_is_async(app, call->session) && can_copy(call->mechanism) &&
           !call->by_param && call->iv_out == NULL;
}

/* How long the output will be; exact but for what is padded. */
static NODISCARD enum pqhw_status ask_length(struct hsm_app *app, const struct call *call,
                                             size_t *len)
{
    struct call asking = *call;
    enum pqhw_status status;

    asking.out = NULL;
    status = call_info(call->function)->run(app, &asking);
    *len = asking.len;
    return status;
}

enum pqhw_status async_defer(struct hsm_app *app, const struct call *call)
{
    enum pqhw_status status = PQHW_OK;
    struct job *job = NULL;
    size_t out_len = 0;

    if (!may_be_deferred(app, call))
        return PQHW_OK;
    if (call_info(call->function)->output) {
        if (call->out == NULL)
            return PQHW_OK;
        TRY(ask_length(app, call, &out_len));
        if (call->len < out_len)
            return PQHW_OK;
    }
    if (!workers_ready())
        return PQHW_OK;
    job = job_new(call, out_len);
    if (job == NULL)
        return PQHW_OK;
    status = hsm_later_add(app, call->session, &job->later);
    if (status == PQHW_OK) {
        workers_add(&job->work);
        status = PQHW_PENDING;
    } else {
        hsm_later_unref(&job->later);
    }
out:
    return status;
}

/* ---- the functions ---- */

/* What can be wrong with the name and the structure for the result. */
static NODISCARD enum pqhw_status check_result(const struct call_info *info,
                                               const CK_ASYNC_DATA *result)
{
    if (result == NULL)
        return info->output || info->made > 0 ? PQHW_ARGUMENTS_BAD : PQHW_OK;
    return result->ulVersion == 0 ? PQHW_OK : PQHW_ARGUMENTS_BAD;
}

/* pValue is set whatever the answer is: it may have to be freed. */
static void give_result(const struct job *job, CK_ASYNC_DATA *result, enum pqhw_status answer)
{
    const struct call *call = &job->call;
    const struct call_info *info = call_info(call->function);

    result->pValue = job->out;
    if (answer != PQHW_OK)
        return;
    result->ulValue = info->output ? call->len : 0;
    if (info->output && call->len > 0)
        memcpy(job->out, call->out, call->len);
    if (info->made > 0)
        result->hObject = call->made[0];
    if (info->made > 1)
        result->hAdditionalObject = call->made[1];
}

static NODISCARD enum pqhw_status find(struct hsm_app *app, CK_SESSION_HANDLE session,
                                       const CK_UTF8CHAR *name, struct hsm_later **out)
{
    *out = NULL;
    if (name == NULL)
        return module_session_first(app, session, PQHW_ARGUMENTS_BAD);
    return hsm_later_find(app, session, (const char *)name, out);
}

CK_RV C_AsyncComplete(CK_SESSION_HANDLE hSession, CK_UTF8CHAR_PTR pFunctionName,
                      CK_ASYNC_DATA_PTR pResult)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    enum pqhw_status answer;
    struct hsm_later *later = NULL;
    CK_RV rv;

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    TRY(find(app, hSession, pFunctionName, &later));
    const struct job *job = job_of(later);
    TRY(hsm_later_poll(app, later));
    TRY(check_result(call_info(job->call.function), pResult));
    TRY(hsm_later_take(app, later, &answer));
    if (pResult != NULL)
        give_result(job, pResult, answer);
    rv = call_rv(job->call.function, answer);
    hsm_later_unref(later);
    module_leave(answer);
    return rv;
out:
    hsm_later_unref(later);
    return module_leave(status);
}

/* What is pending is work in this process's memory, which does not outlive the session. */
CK_RV C_AsyncGetID(CK_SESSION_HANDLE hSession, CK_UTF8CHAR_PTR pFunctionName, CK_ULONG_PTR pulID)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    struct hsm_later *later = NULL;

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    TRY(find(app, hSession, pFunctionName, &later));
    status = pulID != NULL ? PQHW_STATE_UNSAVEABLE : PQHW_ARGUMENTS_BAD;
out:
    hsm_later_unref(later);
    return module_leave(status);
}

/* So no identifier is one. */
CK_RV C_AsyncJoin(CK_SESSION_HANDLE hSession, CK_UTF8CHAR_PTR pFunctionName, CK_ULONG ulID,
                  CK_BYTE_PTR pData, CK_ULONG ulData)
{
    struct hsm_app *app = module_enter();

    (void)ulID;
    (void)pData; /* which function it would be for, nobody can say */
    (void)ulData;
    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    return module_leave(module_session_first(
        app, hSession, pFunctionName != NULL ? PQHW_SAVED_STATE_INVALID : PQHW_ARGUMENTS_BAD));
}
