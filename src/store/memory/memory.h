/* SPDX-License-Identifier: Apache-2.0
 *
 * A store in this process's memory, for tests and for devices that nobody wants to keep. The path
 * given to open is ignored, and every open makes a new, empty store (PQHW_DEVICE_ABSENT without
 * create).
 *
 * Transactions exclude each other as with a readers-writer lock: a thread that holds one must not
 * begin another.
 */
#ifndef STORE_MEMORY_MEMORY_H
#define STORE_MEMORY_MEMORY_H

#include "hsm/store.h"

extern const struct store_ops store_memory;

#endif
