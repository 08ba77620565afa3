/* SPDX-License-Identifier: Apache-2.0
 *
 * Parameters of derivations that point to lists, or to where more is to be given than one key.
 */
#ifndef PKCS11_PARAM_DERIVE_H
#define PKCS11_PARAM_DERIVE_H

#include "hsm/mechanism.h"

/* Where it all stands. */
struct derive_room {
    struct derive_lists lists;
    struct buf templates[DERIVE_MAX_KEYS - 1];
    struct derive_tls tls;
    /* the caller's, NULL where there is nothing to give */
    CK_VERSION_PTR version;
    CK_SSL3_KEY_MAT_OUT_PTR keys;
};

/*
 * As param_read, and what the parameter points to. The room outlives the mechanism, and is freed
 * whatever comes. A key's template that is not right makes its handle CK_INVALID_HANDLE.
 */
NODISCARD enum pqhw_status param_read_derive(struct mechanism *out, struct derive_room *room,
                                             const CK_MECHANISM *mechanism);
void derive_room_free(struct derive_room *room);

/* Does the mechanism give its keys by the parameter, and none by C_DeriveKey's phKey? */
bool derive_gives_by_param(const struct derive_room *room);

/* After success: what the parameter points to is given. */
void derive_give(const struct derive_room *room);

/* ---- param_tls.c ---- */

NODISCARD enum pqhw_status param_read_tls(struct mechanism *out, struct derive_room *room,
                                          const CK_MECHANISM *mechanism,
                                          enum mechanism_param param);
void param_give_tls(const struct derive_room *room);

#endif
