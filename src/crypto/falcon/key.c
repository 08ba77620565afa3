/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys: from bytes, to bytes.
 */
#include "crypto/falcon/key.h"

#include "crypto/falcon/codec.h"
#include "crypto/falcon/zq.h"

size_t falcon_public_size(enum falcon_set set)
{
    return sizeof(struct falcon_public) + falcon_params(set)->n * sizeof(int16_t);
}

enum pqhw_status falcon_public_init_with(struct falcon_public *pub, enum falcon_set set,
                                         struct span pk, const struct falcon_impl *impl)
{
    const struct falcon_params *params = falcon_params(set);

    if (pk.len != params->sizes.pk_len)
        return PQHW_DATA_LEN_RANGE;
    if (pk.ptr[0] != FALCON_HEAD_PK + params->log_n ||
        !falcon_decode_pk(pub->h, params, pk.ptr + 1))
        return PQHW_DATA_INVALID;
    pub->params = params;
    pub->impl = impl;
    for (unsigned j = 0; j < params->n; j++)
        pub->h[j] = zq_center(pub->h[j]);
    impl->ntt(pub->h, params->log_n);
    for (unsigned j = 0; j < params->n; j++)
        pub->h[j] = zq_center(zq_mul(pub->h[j], ZQ_R2));
    return PQHW_OK;
}

enum pqhw_status falcon_public_init(struct falcon_public *pub, enum falcon_set set, struct span pk)
{
    return falcon_public_init_with(pub, set, pk, falcon_impl());
}
