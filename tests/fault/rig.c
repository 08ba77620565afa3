/* SPDX-License-Identifier: Apache-2.0 */
#include "rig.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backends/soft/soft.h"
#include "store/sqlite/sqlite.h"

#define VALUE_MAX (256 * 1024)

enum pqhw_status rig_init(struct rig *rig, const char *parent, const struct store_ops *store)
{
    *rig = (struct rig){
        .config = {.store = store == NULL ? &store_sqlite : store, .backend = &backend_soft}};
    snprintf(rig->home, sizeof(rig->home), "%s/pqhw-fault-XXXXXX", parent);
    return mkdtemp(rig->home) == NULL ? PQHW_ACCESS_DENIED : PQHW_OK;
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *at)
{
    (void)info;
    (void)type;
    (void)at;
    return remove(path);
}

void rig_remove(struct rig *rig)
{
    nftw(rig->home, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static enum pqhw_status make_token(struct rig *rig)
{
    enum pqhw_status status = PQHW_OK;
    size_t num = 1;
    char label[HSM_LABEL_LEN];
    const struct hsm_settings cheap = {.pin_memory_kib = 8192, .pin_passes = 1, .pin_tries = 10};

    memset(label, ' ', sizeof(label));
    label[0] = 'r';
    TRY(hsm_device_create(rig->device, &cheap));
    TRY(hsm_slot_list(rig->app, &rig->slot, &num));
    TRY(hsm_token_init(rig->app, rig->slot, SPAN_STR(RIG_SO_PIN), label));
    TRY(hsm_session_open(rig->app, rig->slot, true, &rig->session));
    TRY(hsm_login(rig->app, rig->session, CKU_SO, SPAN_STR(RIG_SO_PIN)));
    TRY(hsm_pin_init(rig->app, rig->session, SPAN_STR(RIG_PIN)));
out:
    return status;
}

static enum pqhw_status open_device(struct rig *rig)
{
    enum pqhw_status status = PQHW_OK;

    rig->config.home = rig->home;
    TRY(hsm_device_open(&rig->device, &rig->config));
    TRY(hsm_app_new(&rig->app, rig->device, "rig"));
out:
    return status;
}

enum pqhw_status rig_create(struct rig *rig)
{
    enum pqhw_status status = open_device(rig);

    if (status == PQHW_OK)
        status = make_token(rig);
    rig_close(rig);
    return status;
}

enum pqhw_status rig_login(struct rig *rig, CK_SESSION_HANDLE *session)
{
    enum pqhw_status status = PQHW_OK;

    TRY(hsm_session_open(rig->app, rig->slot, true, session));
    TRY(hsm_login(rig->app, *session, CKU_USER, SPAN_STR(RIG_PIN)));
out:
    return status;
}

enum pqhw_status rig_open(struct rig *rig)
{
    enum pqhw_status status = PQHW_OK;

    TRY(open_device(rig));
    TRY(rig_login(rig, &rig->session));
out:
    return status;
}

void rig_close(struct rig *rig)
{
    hsm_app_free(rig->app);
    hsm_device_close(rig->device);
    rig->app = NULL;
    rig->device = NULL;
}

static void fill_value(uint8_t *value, unsigned name, size_t len)
{
    uint32_t x = name * 2654435761u + (uint32_t)len;

    for (size_t i = 0; i < len; i++) {
        x = x * 1664525 + 1013904223;
        value[i] = (uint8_t)(x >> 24);
    }
}

static void put_text(struct buf *attrs, CK_ATTRIBUTE_TYPE type, unsigned number)
{
    char text[16];

    snprintf(text, sizeof(text), "%u", number);
    attrs_put(attrs, type, span(text, strlen(text)));
}

enum pqhw_status rig_put(struct rig *rig, unsigned name, unsigned counter, size_t len,
                         CK_OBJECT_HANDLE *out)
{
    struct buf template = BUF_INIT(ATTRS_MAX_LEN);
    uint8_t *value = malloc(len + 1);

    if (value == NULL)
        return PQHW_NO_MEMORY;
    fill_value(value, name, len);
    attrs_put_number(&template, CKA_CLASS, CKO_DATA);
    attrs_put_bool(&template, CKA_TOKEN, true);
    attrs_put_bool(&template, CKA_PRIVATE, true);
    put_text(&template, CKA_APPLICATION, name);
    put_text(&template, CKA_LABEL, counter);
    attrs_put(&template, CKA_VALUE, span(value, len));
    enum pqhw_status status = buf_status(&template);
    if (status == PQHW_OK)
        status = hsm_object_create(rig->app, rig->session, buf_span(&template), out);
    buf_free(&template);
    free(value);
    return status;
}

enum pqhw_status rig_set_counter(struct rig *rig, CK_OBJECT_HANDLE object, unsigned counter)
{
    struct buf template = BUF_INIT(ATTRS_MAX_LEN);

    put_text(&template, CKA_LABEL, counter);
    enum pqhw_status status = buf_status(&template);
    if (status == PQHW_OK)
        status = hsm_object_set(rig->app, rig->session, object, buf_span(&template));
    buf_free(&template);
    return status;
}

static enum pqhw_status get_text(struct hsm_view *view, CK_ATTRIBUTE_TYPE type, unsigned *out)
{
    enum pqhw_status status = PQHW_OK;
    struct span value;
    char text[16] = "";
    char *end = NULL;

    TRY(hsm_view_attr(view, type, &value));
    REQUIRE(value.len > 0 && value.len < sizeof(text), PQHW_DATA_INVALID);
    memcpy(text, value.ptr, value.len);
    *out = (unsigned)strtoul(text, &end, 10);
    REQUIRE(*end == '\0', PQHW_DATA_INVALID);
out:
    return status;
}

enum pqhw_status rig_get(struct rig *rig, CK_OBJECT_HANDLE object, unsigned *name,
                         unsigned *counter, size_t *len)
{
    enum pqhw_status status = PQHW_OK;
    struct hsm_view *view = NULL;
    struct span value;
    uint8_t *expected = malloc(VALUE_MAX);

    REQUIRE(expected != NULL, PQHW_NO_MEMORY);
    TRY(hsm_view_open(rig->app, rig->session, object, &view));
    TRY(get_text(view, CKA_APPLICATION, name));
    TRY(get_text(view, CKA_LABEL, counter));
    TRY(hsm_view_attr(view, CKA_VALUE, &value));
    REQUIRE(value.len <= VALUE_MAX, PQHW_DATA_INVALID);
    fill_value(expected, *name, value.len);
    REQUIRE(span_equal(value, span(expected, value.len)), PQHW_DATA_INVALID);
    *len = value.len;
out:
    hsm_view_close(view);
    free(expected);
    return status;
}

enum pqhw_status rig_list(struct rig *rig, CK_OBJECT_CLASS object_class, CK_OBJECT_HANDLE *out,
                          size_t max, size_t *num, size_t *damaged)
{
    enum pqhw_status status = PQHW_OK;
    struct buf template = BUF_INIT(64);

    attrs_put_number(&template, CKA_CLASS, object_class);
    TRY(buf_status(&template));
    TRY(hsm_find_init(rig->app, rig->session, buf_span(&template)));
    status = hsm_find(rig->app, rig->session, out, max, num);
    if (status == PQHW_OK)
        status = hsm_find_damaged(rig->app, rig->session, damaged);
    enum pqhw_status ended = hsm_find_final(rig->app, rig->session);
    TRY(status);
    TRY(ended);
out:
    buf_free(&template);
    return status;
}

static enum pqhw_status verify_log(struct rig *rig, CK_SLOT_ID slot)
{
    struct hsm_audit_report report;
    enum pqhw_status status = hsm_audit_verify(rig->device, slot, &report);

    if (status == PQHW_OK && report.problem != NULL) {
        fprintf(stderr, "audit record %llu: %s\n", (unsigned long long)report.bad_record,
                report.problem);
        status = PQHW_DATA_INVALID;
    }
    return status;
}

enum pqhw_status rig_verify_audit(struct rig *rig)
{
    enum pqhw_status status = verify_log(rig, rig->slot);

    return status != PQHW_OK ? status : verify_log(rig, CK_UNAVAILABLE_INFORMATION);
}

enum pqhw_status rig_generate(struct rig *rig, CK_OBJECT_HANDLE *pub, CK_OBJECT_HANDLE *priv)
{
    enum pqhw_status status = PQHW_OK;
    const struct mechanism mechanism = {.type = CKM_ML_DSA_KEY_PAIR_GEN};
    struct buf pub_template = BUF_INIT(ATTRS_MAX_LEN);
    struct buf priv_template = BUF_INIT(ATTRS_MAX_LEN);

    attrs_put_number(&pub_template, CKA_PARAMETER_SET, CKP_ML_DSA_44);
    attrs_put_bool(&pub_template, CKA_TOKEN, true);
    attrs_put_bool(&pub_template, CKA_VERIFY, true);
    attrs_put_bool(&priv_template, CKA_TOKEN, true);
    attrs_put_bool(&priv_template, CKA_SIGN, true);
    TRY(buf_status(&pub_template));
    TRY(buf_status(&priv_template));
    TRY(hsm_generate_pair(rig->app, rig->session, &mechanism, buf_span(&pub_template),
                          buf_span(&priv_template), pub, priv));
out:
    buf_free(&pub_template);
    buf_free(&priv_template);
    return status;
}

enum pqhw_status rig_sign_and_verify(struct rig *rig, CK_OBJECT_HANDLE pub, CK_OBJECT_HANDLE priv)
{
    enum pqhw_status status = PQHW_OK;
    const struct mechanism mechanism = {.type = CKM_ML_DSA};
    uint8_t sig[2420];
    size_t len = sizeof(sig);

    TRY(hsm_sign_init(rig->app, rig->session, &mechanism, priv));
    TRY(hsm_sign(rig->app, rig->session, SPAN_STR("message"), sig, &len));
    TRY(hsm_verify_init(rig->app, rig->session, &mechanism, pub));
    TRY(hsm_verify(rig->app, rig->session, SPAN_STR("message"), span(sig, len)));
out:
    return status;
}
