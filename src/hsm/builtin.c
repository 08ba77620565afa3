/* SPDX-License-Identifier: Apache-2.0
 *
 * The objects that every token has: the profiles it keeps to (pqhw stores none of them).
 */
#include <string.h>

#include "hsm/door.h"

static const struct {
    CK_PROFILE_ID id;
    const char *unique_id;
    const char *label;
} profiles[] = {
    {CKP_BASELINE_PROVIDER, "profile-baseline", "Baseline Provider"},
    {CKP_EXTENDED_PROVIDER, "profile-extended", "Extended Provider"},
    {CKP_AUTHENTICATION_TOKEN, "profile-authentication", "Authentication Token"},
};

_Static_assert(sizeof(profiles) / sizeof(profiles[0]) == PARTITION_NUM_BUILTINS,
               "a partition has room for them");

static struct object *make(struct partition *partition, size_t index)
{
    struct buf attrs = BUF_INIT(ATTRS_MAX_LEN);
    struct secret none = {0};
    struct object *object;

    attrs_put_number(&attrs, CKA_CLASS, CKO_PROFILE);
    attrs_put_bool(&attrs, CKA_TOKEN, true);
    attrs_put_bool(&attrs, CKA_PRIVATE, false);
    attrs_put_bool(&attrs, CKA_MODIFIABLE, false);
    attrs_put_bool(&attrs, CKA_COPYABLE, false);
    attrs_put_bool(&attrs, CKA_DESTROYABLE, false);
    attrs_put(&attrs, CKA_LABEL, span(profiles[index].label, strlen(profiles[index].label)));
    attrs_put(&attrs, CKA_UNIQUE_ID,
              span(profiles[index].unique_id, strlen(profiles[index].unique_id)));
    attrs_put_number(&attrs, CKA_PROFILE_ID, profiles[index].id);
    if (buf_status(&attrs) != PQHW_OK) {
        buf_free(&attrs);
        return NULL;
    }
    if (object_new(&object, partition, &attrs, &none) != PQHW_OK)
        return NULL;
    object->handle = HANDLE_BUILTIN_BASE + index;
    return object;
}

struct object *builtin_object(struct partition *partition, size_t index)
{
    if (index >= PARTITION_NUM_BUILTINS)
        return NULL;
    pthread_mutex_lock(&partition->lock);
    struct object **kept = &partition->builtins[index];
    if (*kept == NULL)
        *kept = make(partition, index);
    struct object *object = *kept != NULL ? object_ref(*kept) : NULL;
    pthread_mutex_unlock(&partition->lock);
    return object;
}
