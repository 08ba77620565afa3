/* SPDX-License-Identifier: Apache-2.0
 *
 * Random numbers: libcrypto's DRBG (SP 800-90A) in pqhw's own library context, seeded by the
 * operating system, reseeded after a fork. A few hundred bytes are drawn ahead.
 */
#ifndef CRYPTO_RANDOM_RANDOM_H
#define CRYPTO_RANDOM_RANDOM_H

#include "crypto/classic/classic.h"

/*
 * Fill out with len bytes fit for secrets. PQHW_RANDOM_FAILED if the generator cannot deliver or
 * repeats itself; out is zero then. Any thread.
 */
NODISCARD enum pqhw_status random_bytes(const struct classic *classic, uint8_t *out, size_t len);

/* Mix data from outside into the generator, as additional input: it can add entropy, never replace
 * it. */
NODISCARD enum pqhw_status random_stir(const struct classic *classic, struct span data);

#endif
