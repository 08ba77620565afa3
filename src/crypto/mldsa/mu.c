/* SPDX-License-Identifier: Apache-2.0
 *
 * The message representative mu = H(tr || M').
 */
#include "base/wipe.h"
#include "crypto/mldsa/group.h"
#include "crypto/workspace.h"

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

void mldsa_mu_group(struct mldsa_mu_item item[], unsigned num)
{
    WORKSPACE struct keccak_feed feed[KECCAK_MAX_WIDTH];
    struct keccak_feed *good[KECCAK_MAX_WIDTH] = {NULL};
    uint8_t *out[KECCAK_MAX_WIDTH] = {NULL};
    unsigned num_good = 0;

    for (unsigned n = 0; n < num; n++) {
        struct mldsa_mu mu;

        item[n].status = mldsa_mu_init(&mu, item[n].tr, item[n].context, item[n].prehash_oid);
        if (item[n].status != PQHW_OK)
            continue;
        feed[num_good] = (struct keccak_feed){mu.hash, item[n].message};
        good[num_good] = &feed[num_good];
        out[num_good++] = item[n].mu;
        WIPE(mu);
    }
    keccak_lanes_finish(good, num_good);
    for (unsigned n = 0; n < num_good; n++)
        keccak_squeeze(&feed[n].k, out[n], MLDSA_MU_LEN);
    wipe(feed, num_good * sizeof(feed[0]));
}
