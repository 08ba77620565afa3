/* SPDX-License-Identifier: Apache-2.0
 *
 * The device directory and the device key in it.
 */
#ifndef HSM_HOME_H
#define HSM_HOME_H

#include <stdbool.h>

#include "base/secret.h"
#include "hsm/hsm.h"

#define HOME_KEY_LEN 32

/* Is the directory there, ours, and closed to others? PQHW_DEVICE_ABSENT if it is not there,
 * PQHW_ACCESS_DENIED. */
NODISCARD enum pqhw_status home_check(const char *home);

/* Make the directory and its parents, if they are not there. */
NODISCARD enum pqhw_status home_create(const char *home);

/* Read the device key, making it first if create. PQHW_DEVICE_ABSENT, PQHW_ACCESS_DENIED,
 * PQHW_RECORD_DAMAGED, PQHW_VERSION_UNKNOWN. */
NODISCARD enum pqhw_status home_key(const char *home, bool create, const struct classic *classic,
                                    struct secret *out);

/* A new name in a directory is durable only once the directory is. */
NODISCARD enum pqhw_status home_sync(const char *directory);

/* Path of a file in the directory. PQHW_ARGUMENTS_BAD if it gets too long. */
NODISCARD enum pqhw_status home_path(char out[HSM_PATH_MAX], const char *home, const char *name);

#endif
