/* SPDX-License-Identifier: Apache-2.0
 *
 * The stream of random bytes that the sampler reads: ChaCha20, eight blocks at a time, keyed anew
 * for each attempt at a signature.
 */
#ifndef CRYPTO_FALCON_NOISE_H
#define CRYPTO_FALCON_NOISE_H

#include "crypto/keccak/keccak.h"

#define FALCON_NOISE_SEED_LEN  56
#define FALCON_NOISE_LANES     8
#define FALCON_NOISE_BLOCK_LEN (64 * FALCON_NOISE_LANES)

/* What of the noise is known beside the bytes (sampler_avx2.c): attempts at a sample that are to
 * come. */
#define FALCON_MAX_ATTEMPTS 52
struct falcon_attempts {
    double sk_z[FALCON_MAX_ATTEMPTS];
    double sk_offset[FALCON_MAX_ATTEMPTS];
    int32_t sk_byte[FALCON_MAX_ATTEMPTS];
    unsigned pos; /* in the bytes, of attempt number next */
    unsigned next;
    unsigned num;
};

struct falcon_noise {
    uint8_t sk_bytes[FALCON_NOISE_BLOCK_LEN + 64]; /* and room, so that words can be loaded */
    unsigned pos;
    uint32_t sk_key[12]; /* words 4 to 15 of the blocks */
    uint64_t counter;    /* combined with the last two by exclusive or */
    void (*fill)(struct falcon_noise *noise);
    struct falcon_attempts attempts;
};

/* Secret: the owner wipes noise. */
void falcon_noise_init(struct falcon_noise *noise, struct keccak *seed,
                       void (*fill)(struct falcon_noise *noise));

/* The next eight blocks, word by word: word 0 of all, then word 1 of all … */
void falcon_portable_fill(struct falcon_noise *noise);

/* A byte, and eight of them in little-endian order. Eight leave unread what of the blocks does not
 * suffice for nine. */

static inline uint8_t falcon_noise_u8(struct falcon_noise *noise)
{
    uint8_t byte = noise->sk_bytes[noise->pos++];

    if (noise->pos == FALCON_NOISE_BLOCK_LEN)
        noise->fill(noise);
    return byte;
}

static inline uint64_t falcon_noise_u64(struct falcon_noise *noise)
{
    uint64_t word = 0;

    if (noise->pos >= FALCON_NOISE_BLOCK_LEN - 9)
        noise->fill(noise);
    for (unsigned i = 0; i < 8; i++)
        word |= (uint64_t)noise->sk_bytes[noise->pos + i] << (8 * i);
    noise->pos += 8;
    return word;
}

#endif
