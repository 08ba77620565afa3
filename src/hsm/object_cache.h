/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HSM_OBJECT_CACHE_H
#define HSM_OBJECT_CACHE_H

#include "hsm/object.h"

/* Drop the least recently used object that nobody holds, to make room in locked memory. False if
 * there is none. */
bool object_cache_evict(struct partition *partition);

#endif
