/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_WIPE_H
#define BASE_WIPE_H

#include <stddef.h>

/* Overwrite `len` bytes with zeros in a way that no compiler removes. NULL with len 0 is allowed.
 */
void wipe(void *mem, size_t len);

/* Wipe the 16 KiB of stack below the caller's frame, where functions that have returned may have
 * left registers that they ran short of. */
void wipe_stack(void);

/* Wipe an object (array or struct) by its name. */
#define WIPE(object) wipe(&(object), sizeof(object))

#endif
