/* SPDX-License-Identifier: Apache-2.0
 *
 * Creating, copying, changing, destroying and reading objects.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hsm/objects.h"
#include "hsm/rules_table.h"

/* ---- making ---- */

static enum pqhw_status add_unique_id(struct hsm_device *device, struct buf *attrs)
{
    enum pqhw_status status = PQHW_OK;
    char text[UNIQUE_ID_LEN];

    TRY(unique_ids_next(&device->unique_ids, device->classic, text));
    attrs_put(attrs, CKA_UNIQUE_ID, SPAN(text));
    TRY(buf_status(attrs));
out:
    return status;
}

enum pqhw_status op_new_object(struct op *op, struct buf *attrs, struct secret *secrets,
                               CK_OBJECT_HANDLE *out)
{
    enum pqhw_status status = PQHW_OK;
    struct object *object = NULL;

    TRY(add_unique_id(op->app->device, attrs));
    TRY(object_new(&object, op->partition, attrs, secrets));
    op_name_object(op, object);
    TRY(op_add(op, object, out));
out:
    return status;
}

enum pqhw_status op_import(struct op *op, struct buf *attrs, struct secret *secrets)
{
    enum pqhw_status status = PQHW_OK;
    struct backend *backend = op->app->device->backend;
    struct backend_material material = {.attrs = BUF_INIT(ATTRS_MAX_LEN)};
    CK_OBJECT_CLASS object_class = attrs_number(buf_span(attrs), CKA_CLASS, 0);

    if (object_class != CKO_PUBLIC_KEY && object_class != CKO_PRIVATE_KEY &&
        object_class != CKO_SECRET_KEY)
        return PQHW_OK;
    TRY(backend->ops->import(backend, object_class, attrs_number(buf_span(attrs), CKA_KEY_TYPE, 0),
                             buf_span(attrs), secret_span(secrets), &material));
    TRY(attrs_merge(attrs, buf_span(&material.attrs)));
    secret_free(secrets);
    *secrets = material.secrets;
    material.secrets = (struct secret){0};
out:
    backend_material_free(&material);
    return status;
}

/* ---- keys made with keys ---- */

enum pqhw_status op_merged_template(const struct object *key, CK_ATTRIBUTE_TYPE type,
                                    struct span template, struct buf *room, struct span *out)
{
    enum pqhw_status status = PQHW_OK;
    struct span wanted;
    struct span value;
    struct attr attr;

    *out = template;
    if (!attrs_get(object_attrs(key), type, &wanted))
        return PQHW_OK;
    TRY(attrs_merge(room, template));
    for (struct reader r = reader(wanted); attrs_next(&r, &attr);) {
        bool given = attrs_get(template, attr.type, &value);
        REQUIRE(!given || span_equal(value, attr.value), PQHW_TEMPLATE_INCONSISTENT);
        attrs_put(room, attr.type, attr.value);
    }
    TRY(buf_status(room));
    *out = buf_span(room);
out:
    return status;
}

bool op_fits_template(const struct object *key, CK_ATTRIBUTE_TYPE type, struct span attrs)
{
    struct span wanted;
    struct span value;
    struct attr attr;

    if (!attrs_get(object_attrs(key), type, &wanted))
        return true;
    for (struct reader r = reader(wanted); attrs_next(&r, &attr);) {
        if (!attrs_get(attrs, attr.type, &value) || !span_equal(value, attr.value))
            return false;
    }
    return true;
}

enum pqhw_status op_wanted_len(struct span template, size_t *out)
{
    enum pqhw_status status = PQHW_OK;
    const struct key_rule *rule =
        key_rule_find(attrs_number(template, CKA_KEY_TYPE, CKK_GENERIC_SECRET));

    *out = rule != NULL ? key_rule_only_len(rule) : 0;
    *out = attrs_number(template, CKA_VALUE_LEN, *out);
    REQUIRE(*out <= SECRET_MAX_LEN, PQHW_TEMPLATE_INCONSISTENT);
out:
    return status;
}

enum pqhw_status op_new_secret_key(struct op *op, struct buf *attrs, struct span value,
                                   CK_OBJECT_HANDLE *out)
{
    enum pqhw_status status = PQHW_OK;
    struct secret secrets = {0};

    TRY(attrs_secret(&secrets, &(struct attr){.type = CKA_VALUE, .value = value}, 1));
    TRY(op_import(op, attrs, &secrets));
    TRY(op_new_object(op, attrs, &secrets, out));
out:
    secret_free(&secrets);
    return status;
}

struct create {
    struct span template;
    CK_OBJECT_HANDLE *out;
};

static enum pqhw_status run_create(struct op *op, void *args)
{
    enum pqhw_status status = PQHW_OK;
    const struct create *create = args;
    struct buf attrs = BUF_INIT(ATTRS_MAX_LEN);
    struct secret secrets = {0};
    struct rules_request request = {
        .origin = ORIGIN_CREATE,
        .role = op->role,
        .template = create->template,
        .policy = op->policy,
    };

    TRY(rules_new_object(&request, &attrs, &secrets));
    TRY(op_import(op, &attrs, &secrets));
    TRY(op_new_object(op, &attrs, &secrets, create->out));
out:
    buf_free(&attrs);
    secret_free(&secrets);
    return status;
}

enum pqhw_status hsm_object_create(struct hsm_app *app, CK_SESSION_HANDLE session,
                                   struct span template, CK_OBJECT_HANDLE *out)
{
    struct create args = {.template = template, .out = out};

    return door(app, session, ACTION_OBJECT_CREATE, run_create, &args);
}

/* ---- changing ---- */

struct modify {
    CK_OBJECT_HANDLE object;
    struct span template;
    CK_OBJECT_HANDLE *out; /* of a copy */
};

static enum pqhw_status changed_attrs(const struct op *op, const struct object *object,
                                      struct span template, bool copying, struct buf *out)
{
    enum pqhw_status status = PQHW_OK;
    struct span attrs = object_attrs(object);
    struct rules_change change = {
        .template = template, .role = op->role, .copying = copying, .policy = op->policy};

    buf_put(out, attrs.ptr, attrs.len);
    TRY(buf_status(out));
    TRY(rules_change(out, &change));
out:
    return status;
}

/* A second copy of an object's secrets. */
static enum pqhw_status copy_secrets(struct object *object, struct secret *out)
{
    enum pqhw_status status = PQHW_OK;
    struct span secrets;

    TRY(object_secrets(object, &secrets));
    if (secrets.len > 0)
        TRY(secret_from(out, secrets));
out:
    return status;
}

static enum pqhw_status run_modify(struct op *op, void *args)
{
    enum pqhw_status status = PQHW_OK;
    const struct modify *modify = args;
    struct object *before = NULL;
    struct object *after = NULL;
    struct buf attrs = BUF_INIT(ATTRS_MAX_LEN);
    struct secret secrets = {0};

    TRY(op_object(op, modify->object, &before));
    op_name_object(op, before);
    TRY(changed_attrs(op, before, modify->template, false, &attrs));
    if (!object_is_token(before))
        TRY(copy_secrets(before, &secrets));
    TRY(object_new(&after, op->partition, &attrs, &secrets));
    after->owner = before->owner;
    TRY(op_replace(op, object_ref(before), after));
out:
    object_unref(before);
    buf_free(&attrs);
    secret_free(&secrets);
    return status;
}

enum pqhw_status hsm_object_set(struct hsm_app *app, CK_SESSION_HANDLE session,
                                CK_OBJECT_HANDLE object, struct span template)
{
    struct modify args = {.object = object, .template = template};

    return door(app, session, ACTION_OBJECT_MODIFY, run_modify, &args);
}

static enum pqhw_status run_copy(struct op *op, void *args)
{
    enum pqhw_status status = PQHW_OK;
    const struct modify *modify = args;
    struct object *object = NULL;
    struct buf attrs = BUF_INIT(ATTRS_MAX_LEN);
    struct secret secrets = {0};

    TRY(op_object(op, modify->object, &object));
    op_name_object(op, object);
    TRY(changed_attrs(op, object, modify->template, true, &attrs));
    TRY(copy_secrets(object, &secrets));
    TRY(rules_seal(&attrs, &secrets));
    TRY(op_new_object(op, &attrs, &secrets, modify->out));
out:
    object_unref(object);
    buf_free(&attrs);
    secret_free(&secrets);
    return status;
}

enum pqhw_status hsm_object_copy(struct hsm_app *app, CK_SESSION_HANDLE session,
                                 CK_OBJECT_HANDLE object, struct span template,
                                 CK_OBJECT_HANDLE *out)
{
    struct modify args = {.object = object, .template = template, .out = out};

    return door(app, session, ACTION_OBJECT_COPY, run_copy, &args);
}

static enum pqhw_status run_destroy(struct op *op, void *args)
{
    enum pqhw_status status = PQHW_OK;
    const CK_OBJECT_HANDLE *handle = args;
    struct object *object = NULL;

    TRY(op_object(op, *handle, &object));
    op_name_object(op, object);
    REQUIRE(attrs_bool(object_attrs(object), CKA_DESTROYABLE, true), PQHW_ACTION_PROHIBITED);
    struct object *taken = object;
    object = NULL;
    TRY(op_destroy(op, taken));
out:
    object_unref(object);
    return status;
}

enum pqhw_status hsm_object_destroy(struct hsm_app *app, CK_SESSION_HANDLE session,
                                    CK_OBJECT_HANDLE object)
{
    return door(app, session, ACTION_OBJECT_DESTROY, run_destroy, &object);
}

/* ---- reading ---- */

struct hsm_view {
    struct hsm_app *app;
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE handle;
    struct object *object;
    struct session *holder; /* keeps the partition while the view is open */
    struct view_secret *derived;
};

/* A value that was computed for a view. */
struct view_secret {
    struct view_secret *next;
    CK_ATTRIBUTE_TYPE type;
    struct secret value;
};

static void view_secret_free(struct view_secret *secret)
{
    if (secret != NULL)
        secret_free(&secret->value);
    free(secret);
}

static enum pqhw_status run_view(struct op *op, void *args)
{
    struct hsm_view *view = args;

    return op_object(op, view->handle, &view->object);
}

enum pqhw_status hsm_view_open(struct hsm_app *app, CK_SESSION_HANDLE session,
                               CK_OBJECT_HANDLE object, struct hsm_view **out)
{
    enum pqhw_status status = PQHW_OK;
    struct hsm_view *view = calloc(1, sizeof(*view));

    *out = NULL;
    if (view == NULL)
        return PQHW_NO_MEMORY;
    *view = (struct hsm_view){.app = app, .session = session, .handle = object};
    TRY(session_get(app, session, &view->holder));
    TRY(door(app, session, ACTION_OBJECT_READ, run_view, view));
    *out = view;
    view = NULL;
out:
    hsm_view_close(view);
    return status;
}

void hsm_view_close(struct hsm_view *view)
{
    if (view == NULL)
        return;
    for (struct view_secret *secret = view->derived, *next; secret != NULL; secret = next) {
        next = secret->next;
        view_secret_free(secret);
    }
    object_unref(view->object);
    session_unref(view->holder);
    free(view);
}

struct reveal {
    struct hsm_view *view;
    CK_ATTRIBUTE_TYPE type;
    struct span value;
    struct view_secret *derived; /* what value stands in, if it was computed */
};

static enum pqhw_status derive(struct op *op, struct reveal *reveal, struct span secrets)
{
    enum pqhw_status status = PQHW_OK;
    struct backend *backend = op->app->device->backend;
    struct view_secret *derived = calloc(1, sizeof(*derived));

    if (derived == NULL)
        return PQHW_NO_MEMORY;
    TRY(backend->ops->derive_attr(backend, object_attrs(reveal->view->object), secrets,
                                  reveal->type, &derived->value));
    derived->type = reveal->type;
    reveal->value = secret_span(&derived->value);
    reveal->derived = derived;
    derived = NULL;
out:
    view_secret_free(derived);
    return status;
}

static enum pqhw_status run_reveal(struct op *op, void *args)
{
    enum pqhw_status status = PQHW_OK;
    struct reveal *reveal = args;
    struct object *object = reveal->view->object;
    struct span secrets;

    op_name_object(op, object);
    REQUIRE(!object_is_private(object) || op->role == ROLE_USER, PQHW_OBJECT_HANDLE_INVALID);
    TRY(object_secrets(object, &secrets));
    if (!attrs_get(secrets, reveal->type, &reveal->value))
        TRY(derive(op, reveal, secrets));
out:
    return status;
}

enum pqhw_status hsm_view_attr(struct hsm_view *view, CK_ATTRIBUTE_TYPE type, struct span *value)
{
    enum pqhw_status status = PQHW_OK;
    struct span attrs = object_attrs(view->object);

    if (attrs_get(attrs, type, value))
        return PQHW_OK;
    TRY(rules_readable(attrs, type));
    REQUIRE(rules_sealed(attrs, type), PQHW_ATTRIBUTE_TYPE_INVALID);
    for (struct view_secret *secret = view->derived; secret != NULL; secret = secret->next) {
        if (secret->type == type) {
            *value = secret_span(&secret->value);
            return PQHW_OK;
        }
    }
    struct reveal args = {.view = view, .type = type};
    status = door(view->app, view->session, ACTION_OBJECT_REVEAL, run_reveal, &args);
    if (status != PQHW_OK) {
        view_secret_free(args.derived);
        goto out;
    }
    if (args.derived != NULL) {
        args.derived->next = view->derived;
        view->derived = args.derived;
    }
    *value = args.value;
out:
    return status;
}

struct measure {
    CK_OBJECT_HANDLE object;
    size_t len;
};

static enum pqhw_status run_size(struct op *op, void *args)
{
    struct measure *measure = args;
    struct object *object = NULL;
    enum pqhw_status status = op_object(op, measure->object, &object);

    if (status == PQHW_OK) {
        pthread_mutex_lock(&object->lock);
        measure->len = object->attrs.len +
                       (object->sealed.len != 0 ? object->sealed.len : object->secrets.len);
        pthread_mutex_unlock(&object->lock);
    }
    object_unref(object);
    return status;
}

enum pqhw_status hsm_object_size(struct hsm_app *app, CK_SESSION_HANDLE session,
                                 CK_OBJECT_HANDLE object, size_t *out)
{
    struct measure args = {.object = object};
    enum pqhw_status status = door(app, session, ACTION_OBJECT_READ, run_size, &args);

    if (status == PQHW_OK)
        *out = args.len;
    return status;
}
