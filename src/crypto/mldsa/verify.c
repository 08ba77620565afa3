/* SPDX-License-Identifier: Apache-2.0
 *
 * Verification (FIPS 204, Algorithm 8). All of it is public.
 */
#include <stdbool.h>

#include "crypto/mldsa/challenge.h"
#include "crypto/mldsa/hint.h"
#include "crypto/mldsa/key.h"
#include "crypto/mldsa/sample.h"
#include "crypto/workspace.h"

struct signature {
    struct mldsa_poly z_and_c[MLDSA_MAX_L + 1];
    uint8_t hint[MLDSA_MAX_K][MLDSA_HINT_LEN];
};

/* Algorithm 27, the norm of z, and c. False if the signature cannot be valid. */
static bool decode_signature(const struct mldsa_params *params, struct signature *s,
                             const uint8_t *sig)
{
    const struct mldsa_impl *impl = mldsa_impl();
    const uint8_t *packed = sig + params->challenge_len;
    size_t z_len = mldsa_packed_len(params->z_bits);
    struct mldsa_challenge c;
    struct mldsa_challenge *const to = &c;

    if (!mldsa_hint_unpack(params, s->hint, packed + params->l * z_len))
        return false;
    for (unsigned j = 0; j < params->l; j++) {
        impl->unpack_from(&s->z_and_c[j], packed + j * z_len, params->z_bits, params->gamma1);
        if (impl->norm_exceeds(&s->z_and_c[j], params->gamma1 - params->beta))
            return false;
    }
    mldsa_sample_balls(params, &to, 1, &sig, NULL);
    mldsa_challenge_expand(&s->z_and_c[params->l], &c);
    return true;
}

/* The commitment that the signature's z and hints lead to. */
static void recompute_commitment(const struct mldsa_public *pub,
                                 struct mldsa_commitment *commitment, struct signature *s,
                                 const uint8_t mu[MLDSA_MU_LEN])
{
    const struct mldsa_params *params = pub->params;
    const struct mldsa_impl *impl = mldsa_impl();
    const size_t row_len = params->l + 1;
    const size_t w1_len = mldsa_packed_len(params->w1_bits);
    struct mldsa_poly w;

    for (unsigned j = 0; j < row_len; j++)
        impl->ntt(&s->z_and_c[j]);
    for (unsigned i = 0; i < params->k; i++) {
        impl->pointwise_acc(&w, pub->row + i * row_len, s->z_and_c, row_len);
        impl->intt(&w);
        impl->use_hint(params, &w, s->hint[i]);
        impl->pack(commitment->w1_encoded + i * w1_len, &w, params->w1_bits);
    }
    mldsa_hash_commitments(params, &commitment, 1, mu, NULL);
}

enum pqhw_status mldsa_verify_mu(const struct mldsa_public *pub, struct span sig,
                                 const uint8_t mu[MLDSA_MU_LEN])
{
    const struct mldsa_params *params = pub->params;
    WORKSPACE struct signature s;
    WORKSPACE struct mldsa_commitment commitment;

    if (sig.len != params->sizes.sig_len)
        return PQHW_SIGNATURE_LEN_RANGE;
    if (!decode_signature(params, &s, sig.ptr))
        return PQHW_SIGNATURE_INVALID;
    recompute_commitment(pub, &commitment, &s, mu);
    if (!span_equal(span(commitment.hash, params->challenge_len),
                    span(sig.ptr, params->challenge_len)))
        return PQHW_SIGNATURE_INVALID;
    return PQHW_OK;
}
