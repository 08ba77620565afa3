/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages, the entries of A and the polynomials of s1 and s2 are jobs, of which several are in
 * hand at a time: each permutation gives a block to all of them.
 */
#include "crypto/mldsa/sample.h"

#include <stdbool.h>

#include "base/wipe.h"
#include "crypto/workspace.h"

#define WIDTH KECCAK_MAX_WIDTH

/* A message on its way, or a polynomial in the making. */
struct job {
    struct keccak *k;         /* NULL: nothing to do here */
    struct keccak_feed *feed; /* of a message, else NULL */
    struct mldsa_poly *out;   /* of a polynomial */
    int32_t eta;              /* 0 for an entry of A */
    unsigned num;             /* coefficients so far */
    struct keccak xof;
};

/* How far a kind of polynomial has been begun. */
struct place {
    unsigned item;
    unsigned n;              /* the next polynomial of the item */
    struct keccak with_seed; /* the item's state to begin with, if n > 0 */
};

struct progress {
    const struct mldsa_samples *what;
    unsigned num;
    unsigned num_messages; /* begun */
    struct place entry;
    struct place secret;
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

static unsigned num_entries(const struct mldsa_samples *what)
{
    return what->params->k * what->params->l;
}

static unsigned num_secrets(const struct mldsa_samples *what)
{
    return what->sk_s == NULL ? 0 : what->params->k + what->params->l;
}

/* Whose polynomial of a kind is the next one, of which everyone has num_of. NULL if none is left.
 */
static const struct mldsa_samples *next_in(const struct progress *progress, struct place *place,
                                           unsigned (*num_of)(const struct mldsa_samples *what))
{
    while (place->item < progress->num && place->n == num_of(&progress->what[place->item])) {
        place->item++;
        place->n = 0;
    }
    return place->item < progress->num ? &progress->what[place->item] : NULL;
}

/* The XOF of a seed followed by two bytes. */
static void start_poly(struct job *job, const struct keccak *with_seed, unsigned first,
                       unsigned second)
{
    const uint8_t index[2] = {(uint8_t)first, (uint8_t)second};

    job->xof = *with_seed;
    keccak_absorb(&job->xof, index, sizeof(index));
    keccak_pad(&job->xof);
    job->k = &job->xof;
    job->feed = NULL;
    job->num = 0;
}

static bool start_entry(struct job *job, struct progress *progress)
{
    struct place *place = &progress->entry;
    const struct mldsa_samples *what = next_in(progress, place, num_entries);
    unsigned i, j;

    if (what == NULL)
        return false;
    if (place->n == 0) {
        shake128_init(&place->with_seed);
        keccak_absorb(&place->with_seed, what->rho, MLDSA_RHO_LEN);
    }
    i = place->n / what->params->l;
    j = place->n % what->params->l;
    start_poly(job, &place->with_seed, j, i);
    job->eta = 0;
    job->out = &what->row[i * what->row_len + j];
    place->n++;
    return true;
}

static bool start_secret(struct job *job, struct progress *progress)
{
    struct place *place = &progress->secret;
    const struct mldsa_samples *what = next_in(progress, place, num_secrets);

    if (what == NULL)
        return false;
    if (place->n == 0) {
        shake256_init(&place->with_seed);
        keccak_absorb(&place->with_seed, what->sk_seed, MLDSA_SECRET_SEED_LEN);
    }
    start_poly(job, &place->with_seed, place->n, 0);
    job->eta = what->params->eta;
    job->out = &what->sk_s[place->n++];
    return true;
}

/* Take what the last permutation gave (Algorithms 30 and 31). */
static void take(struct job *job)
{
    const struct mldsa_impl *impl = mldsa_impl();

    if (job->feed != NULL) {
        job->k = keccak_feed_done(job->feed) ? NULL : job->k;
        return;
    }
    if (job->eta != 0)
        job->num = impl->accept_eta(job->out, job->num, job->eta, job->xof.lane);
    else
        job->num = impl->accept_uniform(job->out, job->num, job->xof.lane);
    if (job->num == MLDSA_N)
        job->k = NULL;
}

/* One permutation for everything in hand. Returns false if there was nothing to do. */
static bool step(struct job jobs[WIDTH], struct progress *progress)
{
    struct keccak *state[WIDTH];
    struct job *active[WIDTH];
    unsigned num = 0;

    for (unsigned i = 0; i < WIDTH; i++) {
        struct job *job = &jobs[i];

        if (job->k == NULL && !start_message(job, progress) && !start_entry(job, progress) &&
            !start_secret(job, progress))
            continue;
        if (job->feed != NULL)
            keccak_feed_next(job->feed);
        state[num] = job->k;
        active[num] = job;
        num++;
    }
    keccak_lanes_permute(state, num);
    for (unsigned i = 0; i < num; i++)
        take(active[i]);
    return num > 0;
}

void mldsa_sample(const struct mldsa_samples what[], unsigned num)
{
    WORKSPACE struct progress progress;
    WORKSPACE struct job jobs[WIDTH];

    progress.what = what;
    progress.num = num;
    progress.num_messages = 0;
    progress.entry.item = progress.entry.n = 0;
    progress.secret.item = progress.secret.n = 0;
    for (unsigned i = 0; i < WIDTH; i++)
        jobs[i].k = NULL;
    while (step(jobs, &progress)) {
    }
    WIPE(jobs);
    WIPE(progress);
}
