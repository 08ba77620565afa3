/* SPDX-License-Identifier: Apache-2.0
 *
 * The mappings that secret.c cuts secrets from. For secret.c alone, which holds its mutex here.
 */
#ifndef BASE_SECRET_MAP_H
#define BASE_SECRET_MAP_H

#include <stdbool.h>

#include "base/secret.h"

/*
 * Map len bytes, whole pages, of the best kind to be had: zeroed, left out of core dumps and of
 * forked children, the first and the last page closed as guards. Failures as of secret_new.
 */
NODISCARD enum pqhw_status secret_map(uint8_t **out, enum secret_kind *kind, size_t len,
                                      bool allow_plain);

#endif
