/* SPDX-License-Identifier: Apache-2.0
 *
 * The expanded keys, as key.c builds them and the others read them. Inside Falcon, and for tests.
 */
#ifndef CRYPTO_FALCON_KEY_H
#define CRYPTO_FALCON_KEY_H

#include "crypto/falcon/poly.h"

struct falcon_public {
    const struct falcon_params *params;
    const struct falcon_impl *impl;                     /* whose order of the NTT domain h has */
    int16_t h[] __attribute__((aligned(FALCON_ALIGN))); /* NTT domain, times R, centered */
};

/* falcon_public_init with another implementation. */
NODISCARD enum pqhw_status falcon_public_init_with(struct falcon_public *pub, enum falcon_set set,
                                                   struct span pk, const struct falcon_impl *impl);

#endif
