/* SPDX-License-Identifier: Apache-2.0
 *
 * The expanded keys, as key.c builds them and sign.c and verify.c read them.
 */
#ifndef CRYPTO_MLDSA_KEY_H
#define CRYPTO_MLDSA_KEY_H

#include "crypto/mldsa/poly.h"

struct mldsa_public {
    const struct mldsa_params *params;
    uint8_t tr[MLDSA_TR_LEN];
    /*
     * k rows of l + 1: a row of A, then -t1 * 2^d, both in the NTT domain. So a row times the
     * vector (z, c) is one coefficient of A z - c t1 2^d.
     */
    struct mldsa_poly row[];
};

struct mldsa_private {
    const struct mldsa_params *params;
    uint8_t pk[MLDSA_MAX_PK_LEN]; /* encoded */
    uint8_t sk[MLDSA_MAX_SK_LEN]; /* encoded: rho, K, tr, s1, s2, t0 */
    /* NTT domain: A by rows (k * l), t0 (k). Then, as struct mldsa_short, s1 (l) and -s2 (k). */
    struct mldsa_poly poly[];
};

static inline const struct mldsa_poly *mldsa_private_row(const struct mldsa_private *priv,
                                                         unsigned i)
{
    return priv->poly + (size_t)i * priv->params->l;
}

static inline const struct mldsa_poly *mldsa_private_t0(const struct mldsa_private *priv)
{
    return mldsa_private_row(priv, priv->params->k);
}

static inline const struct mldsa_short *mldsa_private_s1(const struct mldsa_private *priv)
{
    return (const struct mldsa_short *)(mldsa_private_t0(priv) + priv->params->k);
}

static inline const struct mldsa_short *mldsa_private_minus_s2(const struct mldsa_private *priv)
{
    return mldsa_private_s1(priv) + priv->params->l;
}

/* Where the parts of an encoded private key begin. */
#define MLDSA_SK_KEY MLDSA_RHO_LEN
#define MLDSA_SK_TR  (MLDSA_SK_KEY + MLDSA_KEY_LEN)
#define MLDSA_SK_S   (MLDSA_SK_TR + MLDSA_TR_LEN)

static inline size_t mldsa_sk_t0(const struct mldsa_params *params)
{
    return MLDSA_SK_S + (params->l + params->k) * mldsa_packed_len(params->eta_bits);
}

#endif
