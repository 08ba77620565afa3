/* SPDX-License-Identifier: Apache-2.0
 *
 * libcrypto's contexts of a process, made when they are first wanted and never freed. libcrypto
 * keeps a generator for each thread that signs or blinds with a key, and frees it through the
 * context when the thread ends, which may be after the last struct classic is gone, or the module
 * itself.
 *
 * For classic.c alone, between ERR_set_mark and ERR_pop_to_mark.
 */
#ifndef CRYPTO_CLASSIC_PROCESS_LIB_H
#define CRYPTO_CLASSIC_PROCESS_LIB_H

#include <openssl/types.h>

#include "base/status.h"

/* The one with the default provider alone. PQHW_NO_MEMORY, PQHW_INTERNAL. */
NODISCARD enum pqhw_status process_lib_default(OSSL_LIB_CTX **out);

/* The one with the FIPS and the base provider; the rest as in classic_new_pq. */
NODISCARD enum pqhw_status process_lib_fips(OSSL_LIB_CTX **out, const char *config);

#endif
