/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CRYPTO_FALCON_POINT_H
#define CRYPTO_FALCON_POINT_H

#include "crypto/falcon/params.h"

/* Algorithm 3, HashToPoint: coefficients 0 … q - 1. Wipes message, which is public: how many
 * numbers are rejected shows. */
void falcon_message_point(struct falcon_message *message, uint16_t *c, unsigned n);

#endif
