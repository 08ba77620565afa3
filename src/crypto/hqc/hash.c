/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/hqc/hash.h"

#include <assert.h>
#include <stdbool.h>

static void prepare(struct hqc_hash *hash, enum hqc_domain domain, struct span rest, uint8_t *out,
                    size_t out_len)
{
    hash->rest = rest;
    hash->domain = (uint8_t)domain;
    hash->out = out;
    hash->out_len = out_len;
}

void hqc_hash_xof(struct hqc_hash *hash, const uint8_t *seed, uint8_t *out, size_t out_len)
{
    shake256_init(&hash->k);
    prepare(hash, HQC_DOMAIN_XOF, span(seed, 32), out, out_len);
}

void hqc_hash_256(struct hqc_hash *hash, enum hqc_domain domain, struct span rest, uint8_t *out)
{
    sha3_256_init(&hash->k);
    prepare(hash, domain, rest, out, 32);
}

void hqc_hash_512(struct hqc_hash *hash, enum hqc_domain domain, struct span rest, uint8_t *out)
{
    sha3_512_init(&hash->k);
    prepare(hash, domain, rest, out, 64);
}

/* Fill the block, or end the message. */
static void absorb(struct hqc_hash *hash)
{
    const size_t room = hash->k.rate - hash->k.pos;

    if (hash->rest.len >= room) {
        keccak_fill(&hash->k, hash->rest.ptr);
        hash->rest = span(hash->rest.ptr + room, hash->rest.len - room);
        return;
    }
    keccak_absorb(&hash->k, hash->rest.ptr, hash->rest.len);
    keccak_absorb(&hash->k, &hash->domain, 1);
    keccak_pad(&hash->k);
    hash->rest = SPAN_EMPTY;
}

/* Take what the last permutation gave. */
static void squeeze(struct hqc_hash *hash)
{
    const size_t room = hash->k.rate - hash->k.pos;
    const size_t now = hash->out_len < room ? hash->out_len : room;

    keccak_squeeze(&hash->k, hash->out, now);
    hash->out += now;
    hash->out_len -= now;
}

/* Whether it waits for a permutation. */
static bool proceed(struct hqc_hash *hash)
{
    if (hash->k.domain != 0) {
        absorb(hash);
        return true;
    }
    if (hash->out_len > 0)
        squeeze(hash);
    return hash->out_len > 0;
}

void hqc_hash_finish(struct hqc_hash *const hash[], unsigned num)
{
    struct keccak *waiting[2 * KECCAK_MAX_WIDTH] = {NULL};
    unsigned num_waiting;

    assert(num <= 2 * KECCAK_MAX_WIDTH);
    do {
        num_waiting = 0;
        for (unsigned n = 0; n < num; n++)
            if (proceed(hash[n]))
                waiting[num_waiting++] = &hash[n]->k;
        keccak_lanes_permute(waiting, num_waiting);
    } while (num_waiting > 0);
}
