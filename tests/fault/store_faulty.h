/* SPDX-License-Identifier: Apache-2.0
 *
 * A store that wraps another and fails one call.
 */
#ifndef FAULT_STORE_FAULTY_H
#define FAULT_STORE_FAULTY_H

#include "hsm/store.h"

/* Wraps the store given to faulty_wrap. For one thread. */
extern const struct store_ops store_faulty;

void faulty_wrap(const struct store_ops *ops);

/* Let the n'th call from now on (1 is the next) fail with `status`; 0: none. A commit that fails
 * rolls back, as the port demands. */
void faulty_fail_at(unsigned n, enum pqhw_status status);

/* Calls since the last faulty_fail_at. */
unsigned faulty_num_calls(void);
/* Transactions that are neither committed nor rolled back. */
int faulty_num_open(void);

#endif
