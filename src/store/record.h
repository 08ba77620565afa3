/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_RECORD_H
#define STORE_RECORD_H

#include "hsm/store.h"

/* Copy what the record's spans point to into its owner, and let them point there. PQHW_NO_MEMORY;
 * the spans are then as they were. */
NODISCARD enum pqhw_status store_record_own(struct store_record *record);

#endif
