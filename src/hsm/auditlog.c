/* SPDX-License-Identifier: Apache-2.0
 *
 * The audit logs for their readers.
 */
#include "hsm/detail.h"
#include "hsm/device.h"
#include "hsm/home.h"
#include "hsm/partition.h"

static enum pqhw_status log_path(struct hsm_device *device, CK_SLOT_ID slot, char out[HSM_PATH_MAX])
{
    if (slot == CK_UNAVAILABLE_INFORMATION)
        return home_path(out, device->home, "audit/device.log");
    return slot > UINT32_MAX ? PQHW_SLOT_ID_INVALID
                             : partition_audit_path(device, (uint32_t)slot, out);
}

enum pqhw_status hsm_audit_read(struct hsm_device *device, CK_SLOT_ID slot,
                                void (*record)(void *arg, struct span line), void *arg)
{
    enum pqhw_status status = PQHW_OK;
    char path[HSM_PATH_MAX];

    detail_clear();
    TRY(device_attach(device));
    TRY(log_path(device, slot, path));
    TRY(audit_read(path, record, arg));
out:
    return status;
}

/* The record that the token's last change was made with. A token without changes, and the device's
 * log, have none. */
static enum pqhw_status anchor_of(struct hsm_device *device, CK_SLOT_ID slot,
                                  struct audit_mark *out)
{
    enum pqhw_status status = PQHW_OK;
    struct store_tx *tx = NULL;
    struct partition_state state;

    *out = (struct audit_mark){0};
    if (slot == CK_UNAVAILABLE_INFORMATION)
        return PQHW_OK;
    TRY(device->store_ops->begin(device->store, &tx, false));
    status = partition_state_get(device, tx, (uint32_t)slot, &state);
    if (status == PQHW_OK)
        *out = state.audit;
    if (status == PQHW_NOT_FOUND)
        status = PQHW_OK; /* deleted: its log stays */
out:
    if (tx != NULL)
        device->store_ops->rollback(tx);
    return status;
}

enum pqhw_status hsm_audit_verify(struct hsm_device *device, CK_SLOT_ID slot,
                                  struct hsm_audit_report *out)
{
    enum pqhw_status status = PQHW_OK;
    char path[HSM_PATH_MAX];
    struct audit_mark anchor;
    struct audit_findings findings;

    detail_clear();
    *out = (struct hsm_audit_report){0};
    TRY(device_attach(device));
    TRY(log_path(device, slot, path));
    TRY(anchor_of(device, slot, &anchor));
    TRY(audit_verify(path, device->classic, device_key(device, DEVICE_KEY_AUDIT), &anchor,
                     &findings));
    *out = (struct hsm_audit_report){.num_records = findings.num_records,
                                     .bad_record = findings.bad_record,
                                     .problem = findings.problem};
    if (findings.problem == NULL && !findings.has_anchor) {
        out->bad_record = anchor.seq;
        out->problem =
            "the token was changed after the last record: records are missing at the end";
    }
out:
    return status;
}
