/* SPDX-License-Identifier: Apache-2.0
 *
 * A device with one token in a directory of its own, for the tests of the HSM. The security
 * officer's PIN is "so-pin", the user's "user-pin", and both are cheap to check.
 *
 * Include it after cmocka.h.
 */
#ifndef TESTS_UNIT_HSM_FIXTURE_H
#define TESTS_UNIT_HSM_FIXTURE_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backends/soft/soft.h"
#include "hsm/app.h"
#include "hsm/hsm.h"
#include "store/memory/memory.h"

#define SO_PIN    SPAN_STR("so-pin")
#define USER_PIN  SPAN_STR("user-pin")
#define WRONG_PIN SPAN_STR("not-the-pin")
#define MAX_TRIES 4

#define assert_status(call, wanted)                                                                \
    assert_string_equal(pqhw_status_name(call), pqhw_status_name(wanted))
#define assert_ok(call) assert_status(call, PQHW_OK)

struct fixture {
    char home[32];
    struct hsm_config config;
    struct hsm_device *device;
    struct hsm_app *app;
    CK_SESSION_HANDLE rw; /* a read/write session */
};

static const struct hsm_settings cheap_settings = {
    .pin_memory_kib = 8192, .pin_passes = 1, .pin_tries = MAX_TRIES};
static const char token_label[HSM_LABEL_LEN + 1] = "token                           ";

static inline void make_home(char home[32])
{
    memcpy(home, "/tmp/pqhw-test-XXXXXX", 22);
    assert_non_null(mkdtemp(home));
}

static inline int remove_entry(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st;
    (void)flag;
    (void)ftw;
    return remove(path);
}

static inline void remove_home(const char *home)
{
    assert_int_equal(nftw(home, remove_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
}

static inline void home_file(char out[HSM_PATH_MAX], const struct fixture *f, const char *name)
{
    snprintf(out, HSM_PATH_MAX, "%s/%s", f->home, name);
}

/* Open the device and one session, nobody logged in. */
static inline void fixture_open(struct fixture *f)
{
    assert_ok(hsm_device_open(&f->device, &f->config));
    assert_ok(hsm_app_new(&f->app, f->device, "test"));
}

static inline void fixture_close(struct fixture *f)
{
    hsm_app_free(f->app);
    hsm_device_close(f->device);
    f->app = NULL;
    f->device = NULL;
}

static inline CK_SESSION_HANDLE session_new(struct hsm_app *app, bool rw)
{
    CK_SESSION_HANDLE session = 0;

    assert_ok(hsm_session_open(app, 0, rw, &session));
    return session;
}

/* A device with a token whose user has a PIN, and one session. */
static inline void fixture_new(struct fixture *f, const struct store_ops *store)
{
    *f = (struct fixture){.config = {.store = store, .backend = &backend_soft}};
    make_home(f->home);
    f->config.home = f->home;
    fixture_open(f);
    assert_ok(hsm_device_create(f->device, &cheap_settings));
    assert_ok(hsm_token_init(f->app, 0, SO_PIN, token_label));
    f->rw = session_new(f->app, true);
    assert_ok(hsm_login(f->app, f->rw, CKU_SO, SO_PIN));
    assert_ok(hsm_pin_init(f->app, f->rw, USER_PIN));
    assert_ok(hsm_logout(f->app, f->rw));
}

static inline void fixture_free(struct fixture *f)
{
    fixture_close(f);
    remove_home(f->home);
}

static inline void login_user(struct fixture *f)
{
    assert_ok(hsm_login(f->app, f->rw, CKU_USER, USER_PIN));
}

static inline CK_STATE state_of(struct hsm_app *app, CK_SESSION_HANDLE session)
{
    struct hsm_session_info info = {0};

    assert_ok(hsm_session_info(app, session, &info));
    return info.state;
}

/* ---- objects ---- */

static inline struct buf data_template(const char *label, bool token, bool private)
{
    struct buf attrs = BUF_INIT(ATTRS_MAX_LEN);

    attrs_put_number(&attrs, CKA_CLASS, CKO_DATA);
    attrs_put_bool(&attrs, CKA_TOKEN, token);
    attrs_put_bool(&attrs, CKA_PRIVATE, private);
    attrs_put(&attrs, CKA_LABEL, span(label, strlen(label)));
    attrs_put(&attrs, CKA_VALUE, SPAN_STR("the value"));
    assert_ok(buf_status(&attrs));
    return attrs;
}

static inline enum pqhw_status try_create(struct hsm_app *app, CK_SESSION_HANDLE session,
                                          const char *label, bool token, bool private,
                                          CK_OBJECT_HANDLE *out)
{
    struct buf attrs = data_template(label, token, private);
    enum pqhw_status status = hsm_object_create(app, session, buf_span(&attrs), out);

    buf_free(&attrs);
    return status;
}

static inline CK_OBJECT_HANDLE create_data(struct fixture *f, const char *label, bool token,
                                           bool private)
{
    CK_OBJECT_HANDLE object = 0;

    assert_ok(try_create(f->app, f->rw, label, token, private, &object));
    return object;
}

static inline enum pqhw_status try_set_label(struct hsm_app *app, CK_SESSION_HANDLE session,
                                             CK_OBJECT_HANDLE object, const char *label)
{
    struct buf attrs = BUF_INIT(ATTRS_MAX_LEN);

    attrs_put(&attrs, CKA_LABEL, span(label, strlen(label)));
    enum pqhw_status status = hsm_object_set(app, session, object, buf_span(&attrs));
    buf_free(&attrs);
    return status;
}

/* Is the object there for this session, with this label? */
static inline bool has_label(struct hsm_app *app, CK_SESSION_HANDLE session,
                             CK_OBJECT_HANDLE object, const char *label)
{
    struct hsm_view *view = NULL;
    struct span value = SPAN_EMPTY;
    bool same = false;

    if (hsm_view_open(app, session, object, &view) == PQHW_OK &&
        hsm_view_attr(view, CKA_LABEL, &value) == PQHW_OK)
        same = span_equal(value, span(label, strlen(label)));
    hsm_view_close(view);
    return same;
}

/* How many objects have the label, or with NULL are there at all (but for the built-in ones). */
static inline size_t count_labelled(struct hsm_app *app, CK_SESSION_HANDLE session,
                                    const char *label)
{
    struct buf attrs = BUF_INIT(ATTRS_MAX_LEN);
    CK_OBJECT_HANDLE found[512];
    size_t num = 0;
    size_t count = 0;

    if (label != NULL)
        attrs_put(&attrs, CKA_LABEL, span(label, strlen(label)));
    assert_ok(hsm_find_init(app, session, buf_span(&attrs)));
    assert_ok(hsm_find(app, session, found, 512, &num));
    assert_ok(hsm_find_final(app, session));
    buf_free(&attrs);
    for (size_t i = 0; i < num; i++) {
        if (found[i] < HANDLE_BUILTIN_BASE || found[i] >= HANDLE_SESSION_BASE)
            count++;
    }
    return count;
}

struct pair {
    CK_OBJECT_HANDLE pub;
    CK_OBJECT_HANDLE priv;
};

static inline enum pqhw_status try_generate(struct hsm_app *app, CK_SESSION_HANDLE session,
                                            CK_MECHANISM_TYPE keygen, CK_ULONG set, bool token,
                                            struct pair *out)
{
    const struct mechanism mechanism = {.type = keygen};
    struct buf pub = BUF_INIT(ATTRS_MAX_LEN);
    struct buf priv = BUF_INIT(ATTRS_MAX_LEN);

    attrs_put_number(&pub, CKA_PARAMETER_SET, set);
    attrs_put_bool(&pub, CKA_TOKEN, token);
    attrs_put_bool(&priv, CKA_TOKEN, token);
    enum pqhw_status status = hsm_generate_pair(app, session, &mechanism, buf_span(&pub),
                                                buf_span(&priv), &out->pub, &out->priv);
    buf_free(&pub);
    buf_free(&priv);
    return status;
}

static inline struct pair generate_mldsa(struct fixture *f, bool token)
{
    struct pair pair = {0};

    assert_ok(try_generate(f->app, f->rw, CKM_ML_DSA_KEY_PAIR_GEN, CKP_ML_DSA_44, token, &pair));
    return pair;
}

/* ---- the audit log ---- */

struct log_search {
    const char *wanted;
    size_t num;
};

static inline void search_line(void *arg, struct span line)
{
    struct log_search *search = arg;

    if (memmem(line.ptr, line.len, search->wanted, strlen(search->wanted)) != NULL)
        search->num++;
}

/* How many lines of a log hold a text. */
static inline size_t count_records(struct hsm_device *device, CK_SLOT_ID slot, const char *wanted)
{
    struct log_search search = {.wanted = wanted};

    assert_ok(hsm_audit_read(device, slot, search_line, &search));
    return search.num;
}

static inline void assert_log_whole(struct hsm_device *device, CK_SLOT_ID slot)
{
    struct hsm_audit_report report = {0};

    assert_ok(hsm_audit_verify(device, slot, &report));
    assert_null(report.problem);
    assert_true(report.num_records > 0);
}

#endif
