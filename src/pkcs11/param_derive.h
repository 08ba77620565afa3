/* SPDX-License-Identifier: Apache-2.0
 *
 * Parameters of derivations that are lists, or that point to lists.
 */
#ifndef PKCS11_PARAM_DERIVE_H
#define PKCS11_PARAM_DERIVE_H

#include "hsm/mechanism.h"

/* Where the lists stand. */
struct derive_room {
    struct derive_lists lists;
    struct buf templates[DERIVE_MAX_KEYS - 1];
};

/*
 * As param_read, and the lists too. The room outlives the mechanism, and is freed whatever comes. A
 * key's template that is not right makes its handle CK_INVALID_HANDLE.
 */
NODISCARD enum pqhw_status param_read_derive(struct mechanism *out, struct derive_room *room,
                                             const CK_MECHANISM *mechanism);
void derive_room_free(struct derive_room *room);

#endif
