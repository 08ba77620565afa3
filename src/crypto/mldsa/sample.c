/* SPDX-License-Identifier: Apache-2.0
 *
 * The entries of A and the polynomials of s1 and s2 are jobs, of which several are in hand at a
 * time: each permutation gives a block to all of them.
 */
#include "crypto/mldsa/sample.h"

#include <stdbool.h>

#include "base/wipe.h"
#include "crypto/workspace.h"

#define WIDTH 8

/* A polynomial in the making. */
struct job {
    struct keccak xof;
    struct mldsa_poly *out; /* NULL: nothing to do here */
    bool is_secret;
    unsigned num; /* coefficients so far */
};

/* How many polynomials have been begun, and the states that they begin with. */
struct progress {
    const struct mldsa_samples *what;
    unsigned num_entries;
    unsigned num_secrets;
    struct keccak with_rho;
    struct keccak with_seed;
};

/* The XOF of a seed followed by two bytes. */
static void start_xof(struct keccak *xof, const struct keccak *with_seed, unsigned first,
                      unsigned second)
{
    uint8_t index[2] = {(uint8_t)first, (uint8_t)second};

    *xof = *with_seed;
    keccak_absorb(xof, index, sizeof(index));
    keccak_pad(xof);
}

/* Give the job the next polynomial, if it has none and there is one. */
static bool start(struct job *job, struct progress *progress)
{
    const struct mldsa_samples *what = progress->what;
    const unsigned k = what->params->k, l = what->params->l;

    if (job->out != NULL)
        return true;
    job->num = 0;
    if (progress->num_entries < k * l) {
        unsigned i = progress->num_entries / l, j = progress->num_entries % l;
        start_xof(&job->xof, &progress->with_rho, j, i);
        job->out = &what->row[i * what->row_len + j];
        job->is_secret = false;
        progress->num_entries++;
    } else if (what->sk_s != NULL && progress->num_secrets < k + l) {
        start_xof(&job->xof, &progress->with_seed, progress->num_secrets, 0);
        job->out = &what->sk_s[progress->num_secrets];
        job->is_secret = true;
        progress->num_secrets++;
    }
    return job->out != NULL;
}

/* Algorithms 30 and 31: a block more. */
static void take_block(struct job *job, int32_t eta)
{
    const struct mldsa_impl *impl = mldsa_impl();

    if (job->is_secret)
        job->num = impl->accept_eta(job->out, job->num, eta, job->xof.lane);
    else
        job->num = impl->accept_uniform(job->out, job->num, job->xof.lane);
    if (job->num == MLDSA_N)
        job->out = NULL;
}

/* One permutation for everything in hand. Returns false if there was nothing to do. */
static bool step(struct job jobs[WIDTH], struct progress *progress)
{
    struct keccak_feed *beside = progress->what->beside;
    const bool feeds = beside != NULL && !keccak_feed_done(beside);
    struct keccak *state[WIDTH];
    struct job *active[WIDTH];
    unsigned num = 0;

    for (unsigned i = 0; i < WIDTH - (feeds ? 1 : 0); i++) {
        if (!start(&jobs[i], progress))
            continue;
        state[num] = &jobs[i].xof;
        active[num] = &jobs[i];
        num++;
    }
    if (num == 0)
        return false;
    if (feeds) {
        keccak_feed_next(beside);
        state[num] = &beside->k;
    }
    keccak_lanes_permute(state, num + (feeds ? 1 : 0));
    for (unsigned i = 0; i < num; i++)
        take_block(active[i], progress->what->params->eta);
    return true;
}

void mldsa_sample(const struct mldsa_samples *what)
{
    struct progress progress = {.what = what};
    WORKSPACE struct job jobs[WIDTH];

    shake128_init(&progress.with_rho);
    keccak_absorb(&progress.with_rho, what->rho, MLDSA_RHO_LEN);
    if (what->sk_s != NULL) {
        shake256_init(&progress.with_seed);
        keccak_absorb(&progress.with_seed, what->sk_seed, MLDSA_SECRET_SEED_LEN);
    }
    for (unsigned i = 0; i < WIDTH; i++)
        jobs[i].out = NULL;
    while (step(jobs, &progress)) {
    }
    WIPE(jobs);
    WIPE(progress);
}
