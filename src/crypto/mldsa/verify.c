/* SPDX-License-Identifier: Apache-2.0
 *
 * Verification (FIPS 204, Algorithm 8). All of it is public.
 */
#include <stdbool.h>

#include "crypto/mldsa/challenge.h"
#include "crypto/mldsa/key.h"
#include "crypto/mldsa/rounding.h"
#include "crypto/mldsa/sample.h"

struct signature {
    struct mldsa_poly z_and_c[MLDSA_MAX_L + 1];
    uint8_t hint[MLDSA_MAX_K][MLDSA_N];
};

/* Algorithm 27, the norm of z, and c. False if the signature cannot be valid. */
static bool decode_signature(const struct mldsa_params *params, struct signature *s,
                             const uint8_t *sig)
{
    const uint8_t *packed = sig + params->challenge_len;
    size_t z_len = mldsa_packed_len(params->z_bits);

    if (!mldsa_hint_unpack(params, s->hint, packed + params->l * z_len))
        return false;
    for (unsigned j = 0; j < params->l; j++) {
        mldsa_unpack_from(&s->z_and_c[j], packed + j * z_len, params->z_bits, params->gamma1);
        if (mldsa_norm_exceeds(&s->z_and_c[j], params->gamma1 - params->beta))
            return false;
    }
    mldsa_sample_ball(params, &s->z_and_c[params->l], sig);
    return true;
}

/* The challenge that the signature's z and hints lead to. */
static void recompute_challenge(const struct mldsa_public *pub, uint8_t *challenge,
                                struct signature *s, const uint8_t mu[MLDSA_MU_LEN])
{
    const struct mldsa_params *params = pub->params;
    const struct mldsa_impl *impl = mldsa_impl();
    size_t row_len = params->l + 1;
    struct mldsa_poly w;
    struct keccak hash;
    uint8_t packed[MLDSA_MAX_W1_LEN];

    for (unsigned j = 0; j < row_len; j++)
        impl->ntt(&s->z_and_c[j]);
    mldsa_challenge_init(&hash, mu);
    for (unsigned i = 0; i < params->k; i++) {
        impl->pointwise_acc(&w, pub->row + i * row_len, s->z_and_c, row_len);
        impl->intt(&w);
        mldsa_poly_canonical(&w);
        mldsa_use_hint(params, &w, s->hint[i]);
        mldsa_challenge_absorb(params, &hash, packed, &w);
    }
    keccak_squeeze(&hash, challenge, params->challenge_len);
}

enum pqhw_status mldsa_verify_mu(const struct mldsa_public *pub, struct span sig,
                                 const uint8_t mu[MLDSA_MU_LEN])
{
    const struct mldsa_params *params = pub->params;
    struct signature s;
    uint8_t challenge[MLDSA_MAX_CHALLENGE];

    if (sig.len != params->sizes.sig_len)
        return PQHW_SIGNATURE_LEN_RANGE;
    if (!decode_signature(params, &s, sig.ptr))
        return PQHW_SIGNATURE_INVALID;
    recompute_challenge(pub, challenge, &s, mu);
    if (!span_equal(span(challenge, params->challenge_len), span(sig.ptr, params->challenge_len)))
        return PQHW_SIGNATURE_INVALID;
    return PQHW_OK;
}
