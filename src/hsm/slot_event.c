/* SPDX-License-Identifier: Apache-2.0
 *
 * Slot events: tokens that came and went, told by comparing the slots that there are with those
 * that the app has seen. Looked at only when something was committed since the last time.
 */
#include <stdlib.h>
#include <string.h>

#include "hsm/app.h"
#include "hsm/detail.h"

struct slot_seen {
    uint32_t slot;
    bool known; /* the instance is */
    uint8_t instance[PARTITION_INSTANCE_LEN];
};

/* The slots that hold a token, in rising order. */
struct slots {
    struct slot_seen *list;
    size_t num;
};

/* A record that is damaged says so where it is used; here its token has only its number. */
static void add_instance(const struct hsm_device *device, struct store_tx *tx,
                         struct slot_seen *seen)
{
    struct partition_state state;

    seen->known = partition_state_get(device, tx, seen->slot, &state) == PQHW_OK;
    if (seen->known)
        memcpy(seen->instance, state.instance, sizeof(seen->instance));
}

static NODISCARD enum pqhw_status read_numbers(const struct hsm_device *device, struct store_tx *tx,
                                               struct slots *out)
{
    enum pqhw_status status = PQHW_OK;
    uint32_t *numbers = NULL;
    size_t num = 0;

    TRY(device->store_ops->partition_list(tx, NULL, 0, &num));
    if (num == 0)
        goto out;
    numbers = calloc(num, sizeof(*numbers));
    out->list = calloc(num, sizeof(*out->list));
    REQUIRE(numbers != NULL && out->list != NULL, PQHW_NO_MEMORY);
    TRY(device->store_ops->partition_list(tx, numbers, num, &num));
    for (size_t i = 0; i < num; i++)
        out->list[i].slot = numbers[i];
    out->num = num;
out:
    free(numbers);
    return status;
}

/* What there is now; the tokens' instances only if they are asked for. */
static NODISCARD enum pqhw_status read_slots(const struct hsm_device *device, bool instances,
                                             struct slots *out)
{
    enum pqhw_status status = PQHW_OK;
    struct store_tx *tx = NULL;

    TRY(device->store_ops->begin(device->store, &tx, false));
    TRY(read_numbers(device, tx, out));
    for (size_t i = 0; instances && i < out->num; i++)
        add_instance(device, tx, &out->list[i]);
out:
    if (tx != NULL)
        device->store_ops->rollback(tx);
    return status;
}

/* Has something been committed since the last look? A device that is not there has no slots. */
static NODISCARD enum pqhw_status look(struct hsm_device *device, struct slot_watch *watch,
                                       bool instances, struct slots *out)
{
    enum pqhw_status status = device_attach(device);
    uint64_t generation;

    if (status == PQHW_DEVICE_ABSENT)
        return PQHW_OK;
    TRY(status);
    TRY(device->store_ops->generation(device->store, &generation));
    REQUIRE(!watch->looked || generation != watch->generation, PQHW_NO_EVENT);
    TRY(read_slots(device, instances, out));
    watch->generation = generation;
out:
    return status;
}

/* Is the token that was seen another one by now? One that is not known is taken for the same. */
static bool replaced(struct slot_seen *seen, const struct slot_seen *now)
{
    if (!now->known)
        return false;
    bool changed = seen->known && !span_equal(SPAN(seen->instance), SPAN(now->instance));
    *seen = *now;
    return changed;
}

/* A token that is gone. */
static void forget(struct slot_watch *watch, size_t at)
{
    watch->num--;
    memmove(&watch->seen[at], &watch->seen[at + 1], (watch->num - at) * sizeof(watch->seen[at]));
}

/* A new one. */
static NODISCARD enum pqhw_status remember(struct slot_watch *watch, size_t at,
                                           const struct slot_seen *seen)
{
    struct slot_seen *longer = realloc(watch->seen, (watch->num + 1) * sizeof(*longer));

    if (longer == NULL)
        return PQHW_NO_MEMORY;
    memmove(&longer[at + 1], &longer[at], (watch->num - at) * sizeof(*longer));
    longer[at] = *seen;
    watch->seen = longer;
    watch->num++;
    return PQHW_OK;
}

/* The first difference, which is one no more afterwards. */
static NODISCARD enum pqhw_status first_event(struct slot_watch *watch, const struct slots *now,
                                              CK_SLOT_ID *out)
{
    size_t i = 0;

    while (i < watch->num && i < now->num && watch->seen[i].slot == now->list[i].slot) {
        if (replaced(&watch->seen[i], &now->list[i])) {
            *out = now->list[i].slot;
            return PQHW_OK;
        }
        i++;
    }
    if (i == watch->num && i == now->num)
        return PQHW_NO_EVENT;
    if (i < watch->num && (i == now->num || watch->seen[i].slot < now->list[i].slot)) {
        *out = watch->seen[i].slot;
        forget(watch, i);
        return PQHW_OK;
    }
    *out = now->list[i].slot;
    return remember(watch, i, &now->list[i]);
}

enum pqhw_status hsm_slot_watch(struct hsm_app *app)
{
    struct slots now = {0};

    detail_clear();
    pthread_mutex_lock(&app->watch.lock);
    app->watch.looked = false;
    enum pqhw_status status = look(app->device, &app->watch, false, &now);
    if (status == PQHW_OK) {
        free(app->watch.seen);
        app->watch.seen = now.list;
        app->watch.num = now.num;
        now.list = NULL;
    }
    pthread_mutex_unlock(&app->watch.lock);
    free(now.list);
    return status;
}

enum pqhw_status hsm_slot_event(struct hsm_app *app, CK_SLOT_ID *out)
{
    enum pqhw_status status = PQHW_OK;
    struct slots now = {0};

    detail_clear();
    pthread_mutex_lock(&app->watch.lock);
    TRY(look(app->device, &app->watch, true, &now));
    status = first_event(&app->watch, &now, out);
    app->watch.looked = status == PQHW_NO_EVENT; /* else there may be more */
out:
    pthread_mutex_unlock(&app->watch.lock);
    free(now.list);
    return status;
}
