/* SPDX-License-Identifier: Apache-2.0
 *
 * CK_MECHANISM and the structures its parameter may be.
 */
#ifndef PKCS11_PARAM_H
#define PKCS11_PARAM_H

#include "hsm/mechanism.h"
#include "pqhw/cryptoki.h"

/*
 * Read a mechanism; the spans in *out point into the caller's memory. What the parameter means is
 * checked behind the door (mechanism_check), its pointers and lengths here. PQHW_ARGUMENTS_BAD
 * (NULL), PQHW_MECHANISM_INVALID, PQHW_MECHANISM_PARAM_INVALID.
 */
NODISCARD enum pqhw_status param_read(struct mechanism *out, const CK_MECHANISM *mechanism);

#endif
