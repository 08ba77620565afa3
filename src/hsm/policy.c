/* SPDX-License-Identifier: Apache-2.0 */
#include "hsm/policy.h"

#include <string.h>

#include "base/clock.h"
#include "hsm/detail.h"
#include "hsm/door.h"

uint32_t policy_bits(const struct hsm_policy *policy)
{
    return (policy->open_wrapping ? POLICY_OPEN_WRAPPING : 0) |
           (policy->enforce_dates ? POLICY_ENFORCE_DATES : 0) |
           (policy->raw_rsa ? POLICY_RAW_RSA : 0) | (policy->audit_each ? POLICY_AUDIT_EACH : 0);
}

bool hsm_mechanism_offered(const struct hsm_app *app, const struct hsm_policy *policy,
                           const struct mechanism_info *info)
{
    const struct backend *backend = app->device->backend;

    return (info->type != CKM_RSA_X_509 || policy->raw_rsa) && backend->ops->offers(backend, info);
}

/* ---- dates ---- */

#define DATE_LEN 8 /* CK_DATE: YYYYMMDD */

#define AFTERWARDS (CKF_VERIFY | CKF_VERIFY_RECOVER | CKF_DECRYPT | CKF_DECAPSULATE | CKF_UNWRAP)

/* Days as CK_DATE has them: below 0, 0 or above 0. Public. */
static int date_compare(struct span a, struct span b)
{
    return memcmp(a.ptr, b.ptr, DATE_LEN) /* public */;
}

static void today(char out[DATE_LEN])
{
    char text[CLOCK_TEXT_LEN];
    size_t len = 0;

    clock_format(text, clock_wall_us());
    for (size_t i = 0; len < DATE_LEN; i++) {
        if (text[i] != '-')
            out[len++] = text[i];
    }
}

bool policy_allows_today(const struct hsm_policy *policy, struct span attrs, CK_FLAGS flag)
{
    char date[DATE_LEN];
    struct attr bounds[] = {{CKA_START_DATE, SPAN_EMPTY}, {CKA_END_DATE, SPAN_EMPTY}};
    const struct span *start = &bounds[0].value;
    const struct span *end = &bounds[1].value;

    if (!policy->enforce_dates)
        return true;
    attrs_get_each(attrs, bounds, sizeof(bounds) / sizeof(bounds[0]));
    today(date);
    if (start->len == DATE_LEN && date_compare(SPAN(date), *start) < 0) {
        detail_set("the key may not be used before %.8s", (const char *)start->ptr);
        return false;
    }
    if (end->len == DATE_LEN && date_compare(SPAN(date), *end) > 0 && (flag & AFTERWARDS) == 0) {
        detail_set("the key's time ended on %.8s", (const char *)end->ptr);
        return false;
    }
    return true;
}

bool policy_allows_date(const struct hsm_policy *policy, CK_ATTRIBUTE_TYPE type, struct span now,
                        struct span wanted)
{
    if (!policy->enforce_dates || now.len != DATE_LEN)
        return true;
    if (wanted.len != DATE_LEN)
        return false;
    return type == CKA_START_DATE ? date_compare(wanted, now) >= 0 : date_compare(wanted, now) <= 0;
}

/* ---- settling it ---- */

static enum pqhw_status store_policy(struct op *op, struct store_tx *tx,
                                     struct partition_state *state, void *args)
{
    const struct hsm_policy *policy = args;

    (void)op;
    (void)tx;
    state->policy = *policy;
    return PQHW_OK;
}

static enum pqhw_status run_policy_set(struct op *op, void *args)
{
    op->change_state = store_policy;
    op->args = args;
    return PQHW_OK;
}

enum pqhw_status hsm_policy_set(struct hsm_app *app, CK_SESSION_HANDLE session,
                                const struct hsm_policy *policy)
{
    struct hsm_policy wanted = *policy;

    return door(app, session, ACTION_POLICY_SET, run_policy_set, &wanted);
}
