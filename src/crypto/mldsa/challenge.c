/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/mldsa/challenge.h"

#include <stdbool.h>
#include <string.h>

#include "base/wipe.h"
#include "crypto/keccak/lanes.h"
#include "crypto/workspace.h"

#define WIDTH KECCAK_MAX_WIDTH

/* Masks fill the lanes of as many fours as the sponges begin. */
#define LANES 4

static void permute(struct keccak *state[WIDTH], unsigned num, struct mldsa_mask_pool *beside)
{
    if (beside == NULL) {
        keccak_lanes_permute(state, num);
        return;
    }
    num += mldsa_masks_offer(beside, state + num, (LANES - num % LANES) % LANES);
    keccak_lanes_permute(state, num);
    mldsa_masks_take(beside);
}

void mldsa_hash_commitments(struct mldsa_commitment *const to[], unsigned num,
                            struct mldsa_mask_pool *beside)
{
    WORKSPACE struct keccak_feed feed[WIDTH];
    struct keccak *state[WIDTH] = {NULL};
    unsigned num_states;

    for (unsigned n = 0; n < num; n++) {
        const struct mldsa_params *params = to[n]->params;

        shake256_init(&feed[n].k);
        keccak_absorb(&feed[n].k, to[n]->mu, MLDSA_MU_LEN);
        feed[n].rest = span(to[n]->w1_encoded, params->k * mldsa_packed_len(params->w1_bits));
    }
    for (;;) {
        num_states = 0;
        for (unsigned n = 0; n < num; n++) {
            if (keccak_feed_done(&feed[n]))
                continue;
            keccak_feed_next(&feed[n]);
            state[num_states++] = &feed[n].k;
        }
        if (num_states == 0)
            break;
        permute(state, num_states, beside);
    }
    for (unsigned n = 0; n < num; n++)
        keccak_squeeze(&feed[n].k, to[n]->hash, to[n]->params->challenge_len);
    wipe(feed, num * sizeof(feed[0]));
}

/* A block of the XOF, and how many of its bytes have been used. */
struct draws {
    struct keccak *xof;
    uint8_t block[SHAKE256_RATE];
    unsigned pos;
};

/* A number 0 … limit. */
static uint8_t draw(struct draws *d, unsigned limit)
{
    uint8_t x;

    do {
        if (d->pos == sizeof(d->block)) {
            keccak_squeeze(d->xof, d->block, sizeof(d->block));
            d->pos = 0;
        }
        x = d->block[d->pos++];
    } while (x > limit);
    return x;
}

/* The signs come first. A term that stands where the next one is to be put makes room. */
static void fill_ball(const struct mldsa_params *params, struct mldsa_challenge *c,
                      struct keccak *xof)
{
    uint8_t signs[8];
    struct draws d = {.xof = xof, .pos = sizeof(signs)};
    uint8_t term_at[MLDSA_N] = {0};           /* the number of the term at a place; 0 for none */
    uint16_t window[MLDSA_MAX_TAU + 1] = {0}; /* of each term */

    keccak_squeeze(xof, d.block, sizeof(d.block));
    memcpy(signs, d.block, sizeof(signs));
    for (unsigned n = 0; n < params->tau; n++) {
        unsigned i = MLDSA_N - params->tau + n;
        unsigned negative = signs[n / 8] >> n % 8 & 1;
        uint8_t j = draw(&d, i);
        uint8_t moved = term_at[j];
        window[moved] = (uint16_t)(window[moved] + j - i);
        term_at[i] = moved;
        term_at[j] = (uint8_t)(n + 1);
        window[n + 1] = (uint16_t)((negative + 1) * MLDSA_N - j);
    }
    memcpy(c->window, window + 1, sizeof(c->window));
    c->num = params->tau;
}

void mldsa_sample_balls(const struct mldsa_ball ball[], unsigned num,
                        struct mldsa_mask_pool *beside)
{
    WORKSPACE struct keccak xof[WIDTH];
    struct keccak *state[WIDTH] = {NULL};

    for (unsigned n = 0; n < num; n++) {
        shake256_init(&xof[n]);
        keccak_absorb(&xof[n], ball[n].hash, ball[n].params->challenge_len);
        keccak_pad(&xof[n]);
        state[n] = &xof[n];
    }
    permute(state, num, beside);
    for (unsigned n = 0; n < num; n++)
        fill_ball(ball[n].params, ball[n].c, &xof[n]);
}

void mldsa_challenge_expand(struct mldsa_poly *p, const struct mldsa_challenge *c)
{
    memset(p, 0, sizeof(*p));
    for (unsigned n = 0; n < c->num; n++) {
        bool negative = c->window[n] > MLDSA_N;
        p->coeff[(negative ? 2 : 1) * MLDSA_N - c->window[n]] = negative ? -1 : 1;
    }
}
