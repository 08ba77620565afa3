/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PKCS11_VERSION_H
#define PKCS11_VERSION_H

#include "pqhw/cryptoki.h"

/* The version of pqhw, as far as a CK_VERSION can say it. */
CK_VERSION library_version(void);

#endif
