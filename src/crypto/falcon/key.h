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

/* F and G need no more than a byte for each coefficient, and what does is no key (3.11.5). */
struct falcon_basis {
    int8_t sk_f[FALCON_MAX_N], sk_g[FALCON_MAX_N];
    int8_t sk_big_f[FALCON_MAX_N], sk_big_g[FALCON_MAX_N];
};

struct falcon_private {
    const struct falcon_params *params;
    const struct falcon_impl *impl;
    uint8_t sk[FALCON_MAX_SK_LEN];                                  /* encoded */
    uint8_t pk[FALCON_MAX_PK_LEN];                                  /* encoded */
    int16_t h[FALCON_MAX_N] __attribute__((aligned(FALCON_ALIGN))); /* as in falcon_public */
    /* FFT domain: g, -f, G, -F, n numbers each, and the tree (tree.h). */
    fpr sk_expanded[] __attribute__((aligned(FALCON_ALIGN)));
};

static inline const fpr *falcon_private_tree(const struct falcon_private *priv)
{
    return priv->sk_expanded + 4 * (size_t)priv->params->n;
}

/* Whether s2 is the signature of c under h: the end of Algorithm 16. */
bool falcon_verify_point(const struct falcon_params *params, const struct falcon_impl *impl,
                         const int16_t *h, const uint16_t *c, const int16_t *s2);

/* falcon_private_init with another implementation. */
NODISCARD enum pqhw_status falcon_private_init_with(struct falcon_private *priv,
                                                    enum falcon_set set, struct span sk,
                                                    const struct falcon_impl *impl);

/* falcon_keygen with another implementation. */
NODISCARD enum pqhw_status falcon_keygen_with(struct falcon_private *priv, enum falcon_set set,
                                              const uint8_t seed[FALCON_SEED_LEN],
                                              struct falcon_keygen_room *room,
                                              const struct falcon_impl *impl);

/* falcon_public_init with another implementation. */
NODISCARD enum pqhw_status falcon_public_init_with(struct falcon_public *pub, enum falcon_set set,
                                                   struct span pk, const struct falcon_impl *impl);

#endif
