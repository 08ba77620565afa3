/* SPDX-License-Identifier: Apache-2.0
 *
 * Several sponges at once.
 *
 * The CPU permutes four or eight states in little more time than one. The sponges are ordinary ones
 * (keccak.h), independent of each other: different rates, some absorbing while others squeeze,
 * however many there are.
 *
 * Who wants to mix them takes the steps one by one: keccak_absorb of less than a block and
 * keccak_pad, or keccak_fill, or keccak_feed_next, leave a state that waits for a permutation, and
 * keccak_lanes_permute gives it to all of them together.
 */
#ifndef CRYPTO_KECCAK_LANES_H
#define CRYPTO_KECCAK_LANES_H

#include <stdbool.h>

#include "crypto/keccak/keccak.h"

#define KECCAK_MAX_WIDTH 8

/* How many states this CPU permutes at a time: 1, 4 or 8. */
unsigned keccak_lanes_width(void);

/* Permute the states of num different sponges, each of which then stands at the start of a block.
 */
void keccak_lanes_permute(struct keccak *const k[], size_t num);

/*
 * The same for sponges of one kind in an array, which have taken in, or given out, the same number
 * of bytes: keccak_absorb of len bytes of in[n] into k[n], keccak_squeeze of len bytes from k[n] to
 * out[n].
 */
void keccak_lanes_absorb(struct keccak k[], size_t num, const uint8_t *const in[], size_t len);
void keccak_lanes_squeeze(struct keccak k[], size_t num, uint8_t *const out[], size_t len);

/* Add the bytes that fill the current block. A permutation must follow. */
void keccak_fill(struct keccak *k, const uint8_t *data);

/* The end of the message (FIPS 202, 5.1), before the permutation that makes its last block count:
 * afterwards the sponge squeezes. */
void keccak_pad(struct keccak *k);

/* A message on its way into a sponge, a block at a time, in lanes that would else stand empty. */
struct keccak_feed {
    struct keccak k;
    struct span rest; /* of the message */
};

/* Whether the message has been taken in; k squeezes from then on. */
static inline bool keccak_feed_done(const struct keccak_feed *feed)
{
    return feed->k.domain == 0;
}

/* Add the next block, or the rest and its padding. Not when done. A permutation must follow. */
void keccak_feed_next(struct keccak_feed *feed);

/* All that is left, one block after the other. */
void keccak_feed_finish(struct keccak_feed *feed);

/* The same for num <= KECCAK_MAX_WIDTH messages of any lengths side by side. */
void keccak_lanes_finish(struct keccak_feed *const feed[], size_t num);

#endif
