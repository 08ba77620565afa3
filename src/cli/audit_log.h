/* SPDX-License-Identifier: Apache-2.0
 *
 * The audit logs that a command is about.
 */
#ifndef CLI_AUDIT_LOG_H
#define CLI_AUDIT_LOG_H

#include "cli/cli.h"

/* --device, --token, --slot. */
extern const struct opt_group opts_log;

#define LOG_NAME_LEN 48
#define LOG_DEVICE   CK_UNAVAILABLE_INFORMATION

/* One log: the device's own, or a token's. */
struct audit_log {
    CK_SLOT_ID slot; /* LOG_DEVICE for the device's */
    char name[LOG_NAME_LEN];
};

/* Call back for each log that the options choose; without options, all. Opens the device. */
NODISCARD enum pqhw_status audit_each(
    struct cli *cli,
    enum pqhw_status (*each)(struct cli *cli, const struct audit_log *log, void *arg), void *arg);

/* The value of a member of a flat JSON object, as it stands there, strings without their quotes;
 * empty if there is none. */
struct span audit_field(struct span line, const char *name);

/* True if the line is one flat JSON object. */
bool audit_is_object(struct span line);

#endif
