/* SPDX-License-Identifier: Apache-2.0
 *
 * The one place in the command line that names a concrete store and backend.
 */
#include "backends/soft/soft.h"
#include "cli/cli.h"
#include "store/sqlite/sqlite.h"

void drivers_fill(struct hsm_config *config)
{
    config->store = &store_sqlite;
    config->backend = &backend_soft;
}
