/* SPDX-License-Identifier: Apache-2.0
 *
 * Login secrets: the master key wrapped under a key made of the PIN.
 */
#ifndef HSM_USER_H
#define HSM_USER_H

#include "hsm/partition.h"

/* PQHW_PIN_LEN_RANGE, PQHW_PIN_INVALID (not UTF-8). */
NODISCARD enum pqhw_status user_pin_acceptable(struct span pin);

/* Wrap the master key under a new PIN, with a new salt and the device's present cost and all tries
 * left. */
NODISCARD enum pqhw_status user_login_make(const struct hsm_device *device, struct span pin,
                                           const struct secret *master, uint32_t max_tries,
                                           struct partition_login *out);

/*
 * Check a PIN, and unwrap the master key. A try is taken off durably before the PIN is looked at
 * and given back when it was right (or could not be looked at), so that neither a crash nor another
 * process yields a free guess. PQHW_PIN_INCORRECT, PQHW_PIN_LOCKED, PQHW_USER_PIN_NOT_INITIALIZED.
 */
NODISCARD enum pqhw_status user_check_pin(struct partition *partition, enum partition_user user,
                                          struct span pin, struct secret *master);

#endif
