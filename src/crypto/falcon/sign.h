/* SPDX-License-Identifier: Apache-2.0
 *
 * Signing's parts, for tests.
 */
#ifndef CRYPTO_FALCON_SIGN_H
#define CRYPTO_FALCON_SIGN_H

#include "crypto/falcon/key.h"
#include "crypto/falcon/noise.h"

struct falcon_sign_room {
    uint16_t c[FALCON_MAX_N];
    int16_t sk_s1[FALCON_MAX_N];
    int16_t sk_s2[FALCON_MAX_N];
    fpr sk_t[2][FALCON_MAX_N] __attribute__((aligned(FALCON_ALIGN)));
    fpr sk_z[2][FALCON_MAX_N];
    fpr sk_temp[2 * FALCON_MAX_N];
    struct falcon_noise sk_noise;
};

/* One attempt: s1 and s2 of the point c, with the noise in the room. Returns the square of their
 * norm. */
uint64_t falcon_sign_attempt(const struct falcon_private *priv, struct falcon_sign_room *room);

#endif
