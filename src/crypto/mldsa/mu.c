/* SPDX-License-Identifier: Apache-2.0
 *
 * The message representative mu = H(tr || M').
 */
#include "base/wipe.h"
#include "crypto/mldsa/mldsa.h"

void mldsa_mu_init_internal(struct mldsa_mu *mu, const uint8_t tr[MLDSA_TR_LEN])
{
    shake256_init(&mu->hash);
    keccak_absorb(&mu->hash, tr, MLDSA_TR_LEN);
}

enum pqhw_status mldsa_mu_init(struct mldsa_mu *mu, const uint8_t tr[MLDSA_TR_LEN],
                               struct span context, struct span prehash_oid)
{
    uint8_t prefix[2] = {prehash_oid.len != 0, (uint8_t)context.len};

    if (context.len > MLDSA_MAX_CONTEXT)
        return PQHW_DATA_LEN_RANGE;
    mldsa_mu_init_internal(mu, tr);
    keccak_absorb(&mu->hash, prefix, sizeof(prefix));
    keccak_absorb(&mu->hash, context.ptr, context.len);
    keccak_absorb(&mu->hash, prehash_oid.ptr, prehash_oid.len);
    return PQHW_OK;
}

void mldsa_mu_absorb(struct mldsa_mu *mu, const void *data, size_t len)
{
    keccak_absorb(&mu->hash, data, len);
}

void mldsa_mu_final(struct mldsa_mu *mu, uint8_t out[MLDSA_MU_LEN])
{
    keccak_squeeze(&mu->hash, out, MLDSA_MU_LEN);
    WIPE(*mu);
}
