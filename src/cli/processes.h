/* SPDX-License-Identifier: Apache-2.0
 *
 * The processes that have the device open, and their resident keys.
 */
#ifndef CLI_PROCESSES_H
#define CLI_PROCESSES_H

#include "cli/cli.h"
#include "cli/json.h"

/* A table; a line if there are none. This process is left out. */
NODISCARD enum pqhw_status processes_print(struct cli *cli);

/* The member "processes", a list, and "processes_total". */
NODISCARD enum pqhw_status processes_json(struct cli *cli, struct json *json);

#endif
