/* SPDX-License-Identifier: Apache-2.0
 *
 * Sampling (FIPS 203, 4.2.2): what takes hashing is done in lanes, longest first, so that the lanes
 * of a permutation are full as often as can be.
 */
#include "crypto/mlkem/sampler.h"

#include <stdbool.h>
#include <string.h>

#include "base/wipe.h"
#include "crypto/keccak/keccak.h"
#include "crypto/mlkem/impl.h"
#include "crypto/workspace.h"

/* How many polynomials are in the making at a time. Those of one key would leave many of eight
 * lanes empty in the end. */
#define WIDTH_OF_ONE 4
#define MAX_WIDTH    KECCAK_MAX_WIDTH

#define MAX_ETA 3

/* A message on its way, or a polynomial in the making. */
struct job {
    struct keccak *k;         /* NULL: nothing to do here */
    struct keccak_feed *feed; /* of a message */
    struct mlkem_poly *out;   /* of a polynomial */
    unsigned eta;             /* of noise; 0 for an entry of A */
    unsigned count;           /* of coefficients of A, or of lanes of noise, so far */
    struct keccak xof;
    uint64_t lanes[MLKEM_ETA_LANES * MAX_ETA];
};

/* How far a kind of polynomial has been begun. */
struct place {
    unsigned item;
    unsigned n;              /* the next polynomial of the item */
    struct keccak with_seed; /* the item's state to begin with, if n > 0 */
};

struct progress {
    const struct mlkem_samples *what;
    unsigned num;
    unsigned num_messages; /* begun */
    struct place entry;
    struct place noise;
};

static bool start_message(struct job *job, struct progress *progress)
{
    while (progress->num_messages < progress->num) {
        job->feed = progress->what[progress->num_messages++].beside;
        if (job->feed == NULL || keccak_feed_done(job->feed))
            continue;
        job->k = &job->feed->k;
        return true;
    }
    return false;
}

/* The XOF of a seed of 32 bytes followed by an index. */
static void start_poly(struct job *job, struct keccak *with_seed, const uint8_t *index, size_t len)
{
    job->xof = *with_seed;
    keccak_absorb(&job->xof, index, len);
    keccak_pad(&job->xof);
    job->k = &job->xof;
    job->feed = NULL;
    job->count = 0;
}

static unsigned num_entries(const struct mlkem_samples *what)
{
    return what->a == NULL ? 0 : what->k * what->k;
}

static unsigned num_noise(const struct mlkem_samples *what)
{
    return what->num_noise;
}

/* Whose polynomial of a kind is the next one, of which everyone has num_of. NULL if none is left.
 */
static const struct mlkem_samples *next_in(const struct progress *progress, struct place *place,
                                           unsigned (*num_of)(const struct mlkem_samples *what))
{
    while (place->item < progress->num && place->n == num_of(&progress->what[place->item])) {
        place->item++;
        place->n = 0;
    }
    return place->item < progress->num ? &progress->what[place->item] : NULL;
}

static bool start_entry(struct job *job, struct progress *progress)
{
    struct place *place = &progress->entry;
    const struct mlkem_samples *what = next_in(progress, place, num_entries);
    uint8_t index[2];

    if (what == NULL)
        return false;
    if (place->n == 0) {
        shake128_init(&place->with_seed);
        keccak_absorb(&place->with_seed, what->rho, 32);
    }
    index[0] = (uint8_t)(place->n % what->k);
    index[1] = (uint8_t)(place->n / what->k);
    start_poly(job, &place->with_seed, index, 2);
    job->eta = 0;
    job->out = &what->a[place->n++];
    return true;
}

static bool start_noise(struct job *job, struct progress *progress)
{
    struct place *place = &progress->noise;
    const struct mlkem_samples *what = next_in(progress, place, num_noise);
    uint8_t nonce;

    if (what == NULL)
        return false;
    if (place->n == 0) {
        shake256_init(&place->with_seed);
        keccak_absorb(&place->with_seed, what->sk_seed, 32);
    }
    nonce = (uint8_t)place->n;
    start_poly(job, &place->with_seed, &nonce, 1);
    job->eta = place->n < what->num_eta3 ? 3 : 2;
    job->out = &what->noise[place->n++];
    return true;
}

/* Take the lanes that the last permutation gave. */
static void take_noise(struct job *job)
{
    const unsigned all = MLKEM_ETA_LANES * job->eta;
    const unsigned rest = all - job->count;
    const unsigned num = rest < SHAKE256_RATE / 8 ? rest : SHAKE256_RATE / 8;
    const uint64_t *lanes = job->xof.lane;

    if (num < all) { /* takes two blocks */
        memcpy(&job->lanes[job->count], lanes, num * sizeof(lanes[0]));
        lanes = job->lanes;
    }
    job->count += num;
    if (job->count < all)
        return;
    mlkem_impl()->cbd(job->out, lanes, job->eta);
    job->k = NULL;
}

static void take_entry(struct job *job)
{
    job->count = mlkem_impl()->accept(job->out->coeff, job->count, job->xof.lane);
    if (job->count == MLKEM_N)
        job->k = NULL;
}

/* Take what the last permutation gave. */
static void take(struct job *job)
{
    if (job->feed != NULL)
        job->k = keccak_feed_done(job->feed) ? NULL : job->k;
    else if (job->eta > 0)
        take_noise(job);
    else
        take_entry(job);
}

/* One permutation for everything at hand. Returns false if there was nothing to do. */
static bool step(struct job jobs[], unsigned width, struct progress *progress)
{
    struct keccak *states[MAX_WIDTH];
    struct job *active[MAX_WIDTH];
    unsigned num = 0;

    for (unsigned i = 0; i < width; i++) {
        struct job *job = &jobs[i];

        if (job->k == NULL && !start_message(job, progress) && !start_entry(job, progress) &&
            !start_noise(job, progress))
            continue;
        if (job->feed != NULL)
            keccak_feed_next(job->feed);
        states[num] = job->k;
        active[num] = job;
        num++;
    }
    keccak_lanes_permute(states, num);
    for (unsigned i = 0; i < num; i++)
        take(active[i]);
    return num > 0;
}

void mlkem_sample(const struct mlkem_samples what[], unsigned num)
{
    WORKSPACE struct progress progress;
    WORKSPACE struct job jobs[MAX_WIDTH];
    const unsigned width = num > 1 ? keccak_lanes_width() : WIDTH_OF_ONE;
    bool has_noise = false;

    progress.what = what;
    progress.num = num;
    progress.num_messages = 0;
    progress.entry.item = progress.entry.n = 0;
    progress.noise.item = progress.noise.n = 0;
    for (unsigned i = 0; i < width; i++)
        jobs[i].k = NULL;
    while (step(jobs, width, &progress)) {
    }
    for (unsigned n = 0; n < num; n++)
        has_noise = has_noise || what[n].num_noise > 0;
    if (has_noise) {
        wipe(jobs, width * sizeof(jobs[0]));
        WIPE(progress);
    }
}
