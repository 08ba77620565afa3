/* SPDX-License-Identifier: Apache-2.0
 *
 * Verification (specification, Algorithm 16). All of it is public.
 */
#include <string.h>

#include "base/wipe.h"
#include "crypto/falcon/codec.h"
#include "crypto/falcon/key.h"
#include "crypto/falcon/point.h"
#include "crypto/workspace.h"

static enum pqhw_status check_head(const struct falcon_public *pub, enum falcon_format format,
                                   struct span sig)
{
    if (!falcon_sig_len_valid(pub->params, format, sig.len))
        return PQHW_SIGNATURE_LEN_RANGE;
    return sig.ptr[0] == falcon_sig_head(pub->params, format) ? PQHW_OK : PQHW_SIGNATURE_INVALID;
}

enum pqhw_status falcon_verify_init(struct falcon_message *message, const struct falcon_public *pub,
                                    enum falcon_format format, struct span sig)
{
    enum pqhw_status status = PQHW_OK;

    TRY(check_head(pub, format, sig));
    falcon_message_init(message, sig.ptr + 1);
out:
    return status;
}

bool falcon_verify_point(const struct falcon_params *params, const struct falcon_impl *impl,
                         const int16_t *h, const uint16_t *c, const int16_t *s2)
{
    WORKSPACE struct falcon_poly product;

    memcpy(product.coeff, s2, params->n * sizeof(s2[0]));
    impl->ntt(product.coeff, params->log_n);
    impl->mul(product.coeff, h, params->n);
    impl->intt(product.coeff, params->log_n);
    return impl->norm(c, product.coeff, s2, params->n) <= params->bound;
}

enum pqhw_status falcon_verify_final(struct falcon_message *message,
                                     const struct falcon_public *pub, enum falcon_format format,
                                     struct span sig)
{
    enum pqhw_status status = PQHW_OK;
    const struct falcon_params *params = pub->params;
    WORKSPACE struct falcon_poly s2;
    WORKSPACE uint16_t c[FALCON_MAX_N];
    struct span rest;

    TRY(check_head(pub, format, sig));
    rest = span(sig.ptr + FALCON_SIG_HEAD_LEN, sig.len - FALCON_SIG_HEAD_LEN);
    REQUIRE(falcon_decode_s2(s2.coeff, params, format, rest), PQHW_SIGNATURE_INVALID);
    falcon_message_point(message, c, params->n);
    REQUIRE(falcon_verify_point(params, pub->impl, pub->h, c, s2.coeff), PQHW_SIGNATURE_INVALID);
out:
    WIPE(*message);
    return status;
}

enum pqhw_status falcon_verify(const struct falcon_public *pub, enum falcon_format format,
                               struct span sig, struct span data)
{
    enum pqhw_status status = PQHW_OK;
    struct falcon_message message;

    TRY(falcon_verify_init(&message, pub, format, sig));
    falcon_message_absorb(&message, data.ptr, data.len);
    TRY(falcon_verify_final(&message, pub, format, sig));
out:
    return status;
}
