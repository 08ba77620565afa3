/* SPDX-License-Identifier: Apache-2.0
 *
 * Sampling (FIPS 203, 4.2.2): what takes hashing is done four at a time, longest first, so that the
 * lanes of a permutation are full as often as can be.
 */
#include "crypto/mlkem/sampler.h"

#include <stdbool.h>
#include <string.h>

#include "base/wipe.h"
#include "crypto/keccak/keccak.h"
#include "crypto/mlkem/impl.h"
#include "crypto/workspace.h"

#define WIDTH   4
#define MAX_ETA 3

/* One polynomial in the making. */
struct job {
    struct keccak k;
    struct mlkem_poly *out; /* NULL: nothing to do here */
    unsigned eta;           /* of noise; 0 for an entry of A */
    unsigned count;         /* of coefficients of A, or of lanes of noise, so far */
    uint64_t lanes[MLKEM_ETA_LANES * MAX_ETA];
};

/* Which polynomials have been begun, and the states that they begin with. */
struct progress {
    const struct mlkem_samples *what;
    unsigned num_entries;
    unsigned num_noise;
    struct keccak with_rho;
    struct keccak with_seed;
};

static void start_entry(struct job *job, struct progress *progress)
{
    const unsigned n = progress->num_entries++;
    const unsigned k = progress->what->k;
    const uint8_t index[2] = {(uint8_t)(n % k), (uint8_t)(n / k)};

    job->k = progress->with_rho;
    keccak_absorb(&job->k, index, sizeof(index));
    keccak_pad(&job->k);
    job->out = &progress->what->a[n];
    job->eta = 0;
    job->count = 0;
}

static void start_noise(struct job *job, struct progress *progress)
{
    const unsigned n = progress->num_noise++;
    const uint8_t nonce = (uint8_t)n;

    job->k = progress->with_seed;
    keccak_absorb(&job->k, &nonce, 1);
    keccak_pad(&job->k);
    job->out = &progress->what->noise[n];
    job->eta = n < progress->what->num_eta3 ? 3 : 2;
    job->count = 0;
}

/* Give the job the next polynomial, if it has none and there is one. */
static bool start(struct job *job, struct progress *progress)
{
    const struct mlkem_samples *what = progress->what;

    if (job->out != NULL)
        return true;
    if (what->a != NULL && progress->num_entries < what->k * what->k)
        start_entry(job, progress);
    else if (progress->num_noise < what->num_noise)
        start_noise(job, progress);
    return job->out != NULL;
}

/* Take the lanes that the last permutation gave. */
static void take_noise(struct job *job)
{
    const unsigned all = MLKEM_ETA_LANES * job->eta;
    const unsigned rest = all - job->count;
    const unsigned num = rest < SHAKE256_RATE / 8 ? rest : SHAKE256_RATE / 8;
    const uint64_t *lanes = job->k.lane;

    if (num < all) { /* takes two blocks */
        memcpy(&job->lanes[job->count], lanes, num * sizeof(lanes[0]));
        lanes = job->lanes;
    }
    job->count += num;
    if (job->count < all)
        return;
    mlkem_impl()->cbd(job->out, lanes, job->eta);
    job->out = NULL;
}

static void take_block(struct job *job)
{
    if (job->eta > 0) {
        take_noise(job);
        return;
    }
    job->count = mlkem_impl()->accept(job->out->coeff, job->count, job->k.lane);
    if (job->count == MLKEM_N)
        job->out = NULL;
}

static void begin(struct progress *progress, const struct mlkem_samples *what)
{
    progress->what = what;
    progress->num_entries = 0;
    progress->num_noise = 0;
    if (what->a != NULL) {
        shake128_init(&progress->with_rho);
        keccak_absorb(&progress->with_rho, what->rho, 32);
    }
    if (what->num_noise > 0) {
        shake256_init(&progress->with_seed);
        keccak_absorb(&progress->with_seed, what->sk_seed, 32);
    }
}

/* One permutation for everything at hand. Returns false if there was nothing to do. */
static bool step(struct job jobs[WIDTH], struct progress *progress)
{
    struct keccak_feed *beside = progress->what->beside;
    struct keccak *states[WIDTH];
    struct job *active[WIDTH];
    unsigned num = 0;
    unsigned room = WIDTH;

    if (beside != NULL && !keccak_feed_done(beside))
        room--;
    for (unsigned i = 0; i < room; i++) {
        if (!start(&jobs[i], progress))
            continue;
        states[num] = &jobs[i].k;
        active[num] = &jobs[i];
        num++;
    }
    if (num == 0)
        return false;
    if (room < WIDTH) {
        keccak_feed_next(beside);
        states[num] = &beside->k;
    }
    keccak_lanes_permute(states, num + (WIDTH - room));
    for (unsigned i = 0; i < num; i++)
        take_block(active[i]);
    return true;
}

void mlkem_sample(const struct mlkem_samples *what)
{
    WORKSPACE struct progress progress;
    WORKSPACE struct job jobs[WIDTH];

    begin(&progress, what);
    for (unsigned i = 0; i < WIDTH; i++)
        jobs[i].out = NULL;
    while (step(jobs, &progress)) {
    }
    if (what->num_noise > 0) {
        WIPE(jobs);
        WIPE(progress);
    }
}
