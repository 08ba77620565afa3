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

/* What the token, or the device, says of its log: `audit` is the record its last change was made
 * with. A token that was deleted, whose log stays, allows it any end. */
static enum pqhw_status state_of(struct hsm_device *device, CK_SLOT_ID slot,
                                 struct partition_state *out)
{
    enum pqhw_status status = PQHW_OK;
    struct store_tx *tx = NULL;
    struct device_changes changes = {0};

    *out = (struct partition_state){0};
    TRY(device->store_ops->begin(device->store, &tx, false));
    if (slot == CK_UNAVAILABLE_INFORMATION) {
        status = device_changes_get(device, tx, &changes);
        out->audit = changes.audit;
        out->epoch = changes.epoch;
    } else {
        status = partition_state_get(device, tx, (uint32_t)slot, out);
    }
    if (status == PQHW_NOT_FOUND) {
        *out = (struct partition_state){.epoch = UINT64_MAX - 1};
        status = PQHW_OK;
    }
out:
    if (tx != NULL)
        device->store_ops->rollback(tx);
    return status;
}

enum pqhw_status hsm_audit_read(struct hsm_device *device, CK_SLOT_ID slot,
                                void (*record)(void *arg, struct span line), void *arg)
{
    enum pqhw_status status = PQHW_OK;
    char path[HSM_PATH_MAX];
    struct partition_state state;

    detail_clear();
    TRY(device_attach(device));
    TRY(log_path(device, slot, path));
    status = state_of(device, slot, &state);
    if (status == PQHW_RECORD_DAMAGED) { /* the log may tell why */
        detail_clear();
        state.outbox.len = 0;
    } else {
        TRY(status);
    }
    TRY(audit_read(path, device_key(device, DEVICE_KEY_AUDIT), &state.outbox, record, arg));
out:
    return status;
}

/*
 * A whole chain can still belong to another state of the token, or of the device, than the one that
 * is there: the last change is missing at its end, or what is stored was put back to before that. A
 * record is written before its change is committed, so one more change in the log is a crash's
 * doing.
 */
static void compare(const struct audit_findings *findings, const struct partition_state *before,
                    const struct partition_state *after, struct hsm_audit_report *out)
{
    if (!findings->has_anchor) {
        out->bad_record = before->audit.seq;
        out->problem = "there was a change after the last record: records are missing at the end";
    } else if (findings->epoch > after->epoch + 1) {
        out->bad_record = after->audit.seq + 1;
        out->problem =
            "what is stored is as it was before this record: it was put back to an older state";
    }
}

enum pqhw_status hsm_audit_verify(struct hsm_device *device, CK_SLOT_ID slot,
                                  struct hsm_audit_report *out)
{
    enum pqhw_status status = PQHW_OK;
    char path[HSM_PATH_MAX];
    struct partition_state before; /* others may change the token while its log is read */
    struct partition_state after;
    struct audit_findings findings;

    detail_clear();
    *out = (struct hsm_audit_report){0};
    TRY(device_attach(device));
    TRY(log_path(device, slot, path));
    TRY(state_of(device, slot, &before));
    TRY(audit_verify(path, device_key(device, DEVICE_KEY_AUDIT), &before.outbox, &before.audit,
                     &findings));
    TRY(state_of(device, slot, &after));
    *out = (struct hsm_audit_report){.num_records = findings.num_records,
                                     .bad_record = findings.bad_record,
                                     .problem = findings.problem};
    if (findings.problem == NULL)
        compare(&findings, &before, &after, out);
out:
    return status;
}
