/* SPDX-License-Identifier: Apache-2.0
 *
 * What the families of key pairs share when keys come in.
 */
#ifndef BACKENDS_SOFT_MATERIAL_H
#define BACKENDS_SOFT_MATERIAL_H

#include "base/bytes.h"
#include "base/status.h"

/* Material that does not hold up is the caller's wrong value. */
enum pqhw_status material_status(enum pqhw_status status);

/* PKCS#11 v3.2, "Private key objects": a CKA_PUBLIC_KEY_INFO that is given must belong to the key.
 * completed has the key's own. PQHW_ATTRIBUTE_VALUE_INVALID. */
enum pqhw_status material_check_info(struct span attrs, struct span completed);

#endif
