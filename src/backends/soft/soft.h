/* SPDX-License-Identifier: Apache-2.0
 *
 * The default backend: keys in this process's memory, used by pqhw's own engine.
 */
#ifndef BACKENDS_SOFT_SOFT_H
#define BACKENDS_SOFT_SOFT_H

#include "hsm/backend.h"

extern const struct backend_ops backend_soft;

#endif
