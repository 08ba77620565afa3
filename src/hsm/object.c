/* SPDX-License-Identifier: Apache-2.0 */
#include "hsm/object.h"

#include <stdlib.h>
#include <string.h>

#include "base/wipe.h"
#include "hsm/object_cache.h"
#include "hsm/record.h"

/* The use that an attribute permits, 0 if it is of another kind. */
static CK_FLAGS use_of(CK_ATTRIBUTE_TYPE type)
{
    switch (type) {
    case CKA_ENCRYPT:
        return CKF_ENCRYPT;
    case CKA_DECRYPT:
        return CKF_DECRYPT;
    case CKA_WRAP:
        return CKF_WRAP;
    case CKA_UNWRAP:
        return CKF_UNWRAP;
    case CKA_SIGN:
        return CKF_SIGN;
    case CKA_SIGN_RECOVER:
        return CKF_SIGN_RECOVER;
    case CKA_VERIFY:
        return CKF_VERIFY;
    case CKA_VERIFY_RECOVER:
        return CKF_VERIFY_RECOVER;
    case CKA_DERIVE:
        return CKF_DERIVE;
    case CKA_ENCAPSULATE:
        return CKF_ENCAPSULATE;
    case CKA_DECAPSULATE:
        return CKF_DECAPSULATE;
    default:
        return 0;
    }
}

static struct key_facts facts_of(struct span attrs)
{
    struct key_facts facts = {.object_class = CK_UNAVAILABLE_INFORMATION,
                              .key_type = CK_UNAVAILABLE_INFORMATION};
    struct reader r = reader(attrs);
    struct attr attr;

    while (attrs_next(&r, &attr)) {
        switch (attr.type) {
        case CKA_CLASS:
            facts.object_class = attr_number(attr.value);
            break;
        case CKA_TOKEN:
            facts.is_token = attr_bool(attr.value);
            break;
        case CKA_KEY_TYPE:
            facts.key_type = attr_number(attr.value);
            break;
        case CKA_PRIVATE:
            facts.is_private = attr_bool(attr.value);
            break;
        case CKA_ALWAYS_AUTHENTICATE:
            facts.wants_login = attr_bool(attr.value);
            break;
        case CKA_ALLOWED_MECHANISMS:
            facts.mechanisms = attr.value;
            break;
        case CKA_UNIQUE_ID:
            facts.unique_id = attr.value.len <= AUDIT_UUID_LEN ? attr.value : SPAN_EMPTY;
            break;
        default:
            facts.uses |= attr_bool(attr.value) ? use_of(attr.type) : 0;
        }
    }
    return facts;
}

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
    object->facts = facts_of(buf_span(attrs));
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
    resident_drop(&object->partition->device->residents, &object->resident);
    secret_free(&object->secrets);
    buf_free(&object->sealed);
    buf_free(&object->attrs);
    pthread_mutex_destroy(&object->lock);
    free(object);
}

bool object_is_token(const struct object *object)
{
    return object->facts.is_token;
}

bool object_is_private(const struct object *object)
{
    return object->facts.is_private;
}

void object_uuid(const struct object *object, char out[AUDIT_UUID_LEN + 1])
{
    if (object->facts.unique_id.len > 0)
        memcpy(out, object->facts.unique_id.ptr, object->facts.unique_id.len);
    out[object->facts.unique_id.len] = '\0';
}

/* With the object's lock held. */
static enum pqhw_status unseal(struct object *object, struct secret *out)
{
    enum pqhw_status status = PQHW_OK;
    uint8_t sk_object[CLASSIC_KEY_LEN];
    struct record record = {.version = object->version,
                            .attrs = object_attrs(object),
                            .sealed = buf_span(&object->sealed)};

    TRY(partition_object_key(object->partition, object->number, sk_object));
    TRY(record_unseal(object->partition->device, object->partition->instance, object->number,
                      &record, sk_object, out));
out:
    WIPE(sk_object);
    return status;
}

static bool is_sealed(const struct object *object)
{
    return object->secrets.ptr == NULL && object->sealed.len > 0;
}

enum pqhw_status object_secrets(struct object *object, struct span *out)
{
    enum pqhw_status status = PQHW_OK;

    do {
        pthread_mutex_lock(&object->lock);
        status = is_sealed(object) ? unseal(object, &object->secrets) : PQHW_OK;
        *out = secret_span(&object->secrets);
        pthread_mutex_unlock(&object->lock);
    } while (status == PQHW_NO_LOCKED_MEMORY && object_make_room(object->partition));
    return status;
}

/* What is unsealed only to open the key does not stay beside it. */
static enum pqhw_status open_key(void *arg, struct backend_key **out)
{
    enum pqhw_status status = PQHW_OK;
    struct object *object = arg;
    struct backend *backend = object->partition->device->backend;
    struct secret unsealed = {0};

    pthread_mutex_lock(&object->lock);
    bool sealed = is_sealed(object);
    if (sealed)
        status = unseal(object, &unsealed);
    struct span secrets = secret_span(sealed ? &unsealed : &object->secrets);
    pthread_mutex_unlock(&object->lock);
    TRY(status);
    TRY(backend->ops->key_open(backend, object_attrs(object), secrets, out));
out:
    secret_free(&unsealed);
    return status;
}

enum pqhw_status object_key(struct object *object, struct resident **out)
{
    struct residents *residents = &object->partition->device->residents;
    enum pqhw_status status;

    do {
        status = resident_get(residents, &object->resident, open_key, object, out);
    } while (status == PQHW_NO_LOCKED_MEMORY && object_make_room(object->partition));
    return status;
}

bool object_make_room(struct partition *partition)
{
    return residents_shrink(&partition->device->residents) || object_cache_evict(partition);
}
