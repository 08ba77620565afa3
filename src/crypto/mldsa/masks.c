/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/mldsa/masks.h"

#include <string.h>

#include "crypto/keccak/lanes.h"

void mldsa_masks_init(struct mldsa_masks *masks, const struct mldsa_params *params,
                      const uint8_t seed[MLDSA_MASK_SEED_LEN])
{
    masks->params = params;
    shake256_init(&masks->with_seed);
    keccak_absorb(&masks->with_seed, seed, MLDSA_MASK_SEED_LEN);
    masks->first = 0;
    masks->next = 0;
    masks->num_needed = 0;
    for (unsigned i = 0; i < MLDSA_MASK_LANES; i++)
        masks->job[i].busy = masks->job[i].waits = false;
}

/* Give the job the next polynomial, if it has none. False if it has none among y[0] … y[end - 1].
 */
static bool start(struct mldsa_masks *masks, struct mldsa_mask_job *job, unsigned end)
{
    const uint8_t index[2] = {(uint8_t)masks->next, (uint8_t)(masks->next >> 8)};

    if (job->busy)
        return job->index - masks->first < end;
    if (masks->next - masks->first >= end)
        return false;
    job->busy = true;
    job->index = masks->next++;
    job->len = 0;
    job->xof = masks->with_seed;
    keccak_absorb(&job->xof, index, sizeof(index));
    keccak_pad(&job->xof);
    return true;
}

/* The states of one signature's jobs that lead to y[0] … y[end - 1]. */
static unsigned offer(struct mldsa_masks *masks, struct keccak *state[], unsigned room,
                      unsigned end)
{
    unsigned num = 0;

    for (unsigned i = 0; i < MLDSA_MASK_LANES && num < room; i++) {
        struct mldsa_mask_job *job = &masks->job[i];

        if (job->waits || !start(masks, job, end))
            continue;
        job->waits = true;
        state[num++] = &job->xof;
    }
    return num;
}

unsigned mldsa_masks_offer(struct mldsa_mask_pool *pool, struct keccak *state[], unsigned room)
{
    unsigned num = 0;

    for (unsigned n = 0; n < pool->num; n++)
        num += offer(pool->of[n], state + num, room - num, pool->of[n]->num_needed);
    for (unsigned n = 0; n < pool->num; n++)
        num += offer(pool->of[n], state + num, room - num, MLDSA_MAX_MASKS);
    return num;
}

/* A block more. */
static void take_block(struct mldsa_masks *masks, struct mldsa_mask_job *job)
{
    const struct mldsa_params *params = masks->params;
    const size_t rest = mldsa_packed_len(params->z_bits) - job->len;
    const size_t len = rest < SHAKE256_RATE ? rest : SHAKE256_RATE;

    keccak_squeeze(&job->xof, job->packed + job->len, len);
    job->len += len;
    if (len < rest)
        return;
    mldsa_impl()->unpack_from(&masks->y[job->index - masks->first], job->packed, params->z_bits,
                              params->gamma1);
    job->busy = false;
}

void mldsa_masks_take(struct mldsa_mask_pool *pool)
{
    for (unsigned n = 0; n < pool->num; n++) {
        for (unsigned i = 0; i < MLDSA_MASK_LANES; i++) {
            struct mldsa_mask_job *job = &pool->of[n]->job[i];

            if (job->waits)
                take_block(pool->of[n], job);
            job->waits = false;
        }
    }
}

static bool has_needed(const struct mldsa_masks *masks)
{
    bool has = masks->next - masks->first >= masks->num_needed;

    for (unsigned i = 0; i < MLDSA_MASK_LANES; i++) {
        const struct mldsa_mask_job *job = &masks->job[i];
        has = has && !(job->busy && job->index - masks->first < masks->num_needed);
    }
    return has;
}

static bool all_have_needed(const struct mldsa_mask_pool *pool)
{
    bool have = true;

    for (unsigned n = 0; n < pool->num; n++)
        have = have && has_needed(pool->of[n]);
    return have;
}

void mldsa_masks_need(struct mldsa_mask_pool *pool)
{
    while (!all_have_needed(pool)) {
        struct keccak *state[KECCAK_MAX_WIDTH];

        keccak_lanes_permute(state, mldsa_masks_offer(pool, state, keccak_lanes_width()));
        mldsa_masks_take(pool);
    }
}

void mldsa_masks_drop(struct mldsa_masks *masks, unsigned num)
{
    const unsigned num_left = masks->next - masks->first - num;

    memmove(masks->y, masks->y + num, num_left * sizeof(masks->y[0]));
    masks->first += num;
}
