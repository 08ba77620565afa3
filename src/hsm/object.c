/* SPDX-License-Identifier: Apache-2.0 */
#include "hsm/object.h"

#include <stdlib.h>
#include <string.h>

#include "base/wipe.h"
#include "hsm/object_cache.h"
#include "hsm/record.h"

enum pqhw_status object_new(struct object **out, struct partition *partition, struct buf *attrs,
                            struct secret *secrets)
{
    struct object *object = calloc(1, sizeof(*object));

    if (object == NULL) {
        buf_free(attrs);
        secret_free(secrets);
        return PQHW_NO_MEMORY;
    }
    atomic_init(&object->refs, 1);
    pthread_mutex_init(&object->lock, NULL);
    object->partition = partition;
    object->attrs = *attrs;
    object->secrets = *secrets;
    object->sealed = BUF_INIT(ATTRS_MAX_LEN);
    *attrs = BUF_INIT(ATTRS_MAX_LEN);
    *secrets = (struct secret){0};
    *out = object;
    return PQHW_OK;
}

struct object *object_ref(struct object *object)
{
    atomic_fetch_add_explicit(&object->refs, 1, memory_order_relaxed);
    return object;
}

void object_unref(struct object *object)
{
    if (object == NULL || atomic_fetch_sub_explicit(&object->refs, 1, memory_order_acq_rel) != 1)
        return;
    if (object->key != NULL)
        object->partition->device->backend_ops->key_close(object->key);
    secret_free(&object->secrets);
    buf_free(&object->sealed);
    buf_free(&object->attrs);
    pthread_mutex_destroy(&object->lock);
    free(object);
}

bool object_is_token(const struct object *object)
{
    return attrs_bool(object_attrs(object), CKA_TOKEN, false);
}

bool object_is_private(const struct object *object)
{
    return attrs_bool(object_attrs(object), CKA_PRIVATE, false);
}

void object_uuid(const struct object *object, char out[AUDIT_UUID_LEN + 1])
{
    struct span id;

    out[0] = '\0';
    if (!attrs_get(object_attrs(object), CKA_UNIQUE_ID, &id) || id.len > AUDIT_UUID_LEN)
        return;
    memcpy(out, id.ptr, id.len);
    out[id.len] = '\0';
}

/* With the object's lock held. */
static enum pqhw_status unseal(struct object *object)
{
    enum pqhw_status status = PQHW_OK;
    uint8_t sk_object[CLASSIC_KEY_LEN];
    struct record record = {.version = object->version,
                            .attrs = object_attrs(object),
                            .sealed = buf_span(&object->sealed)};

    TRY(partition_object_key(object->partition, object->number, sk_object));
    TRY(record_unseal(object->partition->device, object->partition->instance, object->number,
                      &record, sk_object, &object->secrets));
out:
    WIPE(sk_object);
    return status;
}

static enum pqhw_status open_secrets(struct object *object)
{
    if (object->secrets.ptr != NULL || object->sealed.len == 0)
        return PQHW_OK;
    return unseal(object);
}

enum pqhw_status object_secrets(struct object *object, struct span *out)
{
    enum pqhw_status status;

    do {
        pthread_mutex_lock(&object->lock);
        status = open_secrets(object);
        *out = secret_span(&object->secrets);
        pthread_mutex_unlock(&object->lock);
    } while (status == PQHW_NO_LOCKED_MEMORY && object_cache_evict(object->partition));
    return status;
}

static enum pqhw_status open_key(struct object *object)
{
    enum pqhw_status status = PQHW_OK;
    struct backend *backend = object->partition->device->backend;

    if (object->key != NULL)
        return PQHW_OK;
    TRY(open_secrets(object));
    TRY(backend->ops->key_open(backend, object_attrs(object), secret_span(&object->secrets),
                               &object->key));
out:
    return status;
}

enum pqhw_status object_key(struct object *object, const struct backend_key **out)
{
    enum pqhw_status status;

    do {
        pthread_mutex_lock(&object->lock);
        status = open_key(object);
        *out = object->key;
        pthread_mutex_unlock(&object->lock);
    } while (status == PQHW_NO_LOCKED_MEMORY && object_cache_evict(object->partition));
    return status;
}
