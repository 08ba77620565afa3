/* SPDX-License-Identifier: Apache-2.0
 *
 * The sponge (FIPS 202, 4 and 6). Byte i of the state is byte i mod 8, counted from the low end, of
 * lane i / 8; all rates are whole numbers of lanes.
 */
#include "crypto/keccak/keccak.h"

#include <assert.h>

#include "base/wipe.h"
#include "crypto/keccak/impl.h"
#include "crypto/keccak/lanes.h"

/* The suffix that tells SHA-3 (01) from SHAKE (1111), then the first bit of the padding, with the
 * first bit lowest. */
#define DOMAIN_SHA3  0x06
#define DOMAIN_SHAKE 0x1f

static void init(struct keccak *k, unsigned rate, uint8_t domain)
{
    *k = (struct keccak){.rate = rate, .domain = domain};
}

void shake128_init(struct keccak *k)
{
    init(k, SHAKE128_RATE, DOMAIN_SHAKE);
}

void shake256_init(struct keccak *k)
{
    init(k, SHAKE256_RATE, DOMAIN_SHAKE);
}

void sha3_224_init(struct keccak *k)
{
    init(k, SHA3_224_RATE, DOMAIN_SHA3);
}

void sha3_256_init(struct keccak *k)
{
    init(k, SHA3_256_RATE, DOMAIN_SHA3);
}

void sha3_384_init(struct keccak *k)
{
    init(k, SHA3_384_RATE, DOMAIN_SHA3);
}

void sha3_512_init(struct keccak *k)
{
    init(k, SHA3_512_RATE, DOMAIN_SHA3);
}

static uint64_t load_le64(const uint8_t in[8])
{
    return (uint64_t)in[0] | (uint64_t)in[1] << 8 | (uint64_t)in[2] << 16 | (uint64_t)in[3] << 24 |
           (uint64_t)in[4] << 32 | (uint64_t)in[5] << 40 | (uint64_t)in[6] << 48 |
           (uint64_t)in[7] << 56;
}

static void store_le64(uint8_t out[8], uint64_t x)
{
    for (unsigned i = 0; i < 8; i++)
        out[i] = (uint8_t)(x >> (8 * i));
}

static void xor_byte(struct keccak *k, unsigned pos, uint8_t byte)
{
    k->lane[pos / 8] ^= (uint64_t)byte << (8 * (pos % 8));
}

static void permute(struct keccak *k)
{
    keccak_impl()->permute(k->lane);
    k->pos = 0;
}

/* How many whole lanes the next part of len bytes can be taken in or given out by. */
static size_t whole_lanes(const struct keccak *k, size_t len)
{
    const size_t room = k->rate - k->pos;

    return k->pos % 8 != 0 ? 0 : (len < room ? len : room) / 8;
}

/* The part of data that goes into the current block: returns how many bytes. */
static size_t add(struct keccak *k, const uint8_t *in, size_t len)
{
    const size_t num = whole_lanes(k, len);

    if (num == 0) {
        xor_byte(k, k->pos, *in);
        k->pos++;
        return 1;
    }
    for (size_t i = 0; i < num; i++)
        k->lane[k->pos / 8 + i] ^= load_le64(in + 8 * i);
    k->pos += 8 * (unsigned)num;
    return 8 * num;
}

/* The part of the output that comes from the current block: returns how many bytes. */
static size_t give(struct keccak *k, uint8_t *out, size_t len)
{
    const size_t num = whole_lanes(k, len);

    if (num == 0) {
        *out = (uint8_t)(k->lane[k->pos / 8] >> (8 * (k->pos % 8)));
        k->pos++;
        return 1;
    }
    for (size_t i = 0; i < num; i++)
        store_le64(out + 8 * i, k->lane[k->pos / 8 + i]);
    k->pos += 8 * (unsigned)num;
    return 8 * num;
}

void keccak_absorb(struct keccak *k, const void *data, size_t len)
{
    const uint8_t *in = data;

    assert(k->domain != 0);
    while (len > 0) {
        const size_t done = add(k, in, len);

        in += done;
        len -= done;
        if (k->pos == k->rate)
            permute(k);
    }
}

void keccak_pad(struct keccak *k)
{
    xor_byte(k, k->pos, k->domain);
    xor_byte(k, k->rate - 1, 0x80);
    k->domain = 0;
}

void keccak_squeeze(struct keccak *k, uint8_t *out, size_t len)
{
    if (k->domain != 0) {
        keccak_pad(k);
        permute(k);
    }
    while (len > 0) {
        size_t done;

        if (k->pos == k->rate)
            permute(k);
        done = give(k, out, len);
        out += done;
        len -= done;
    }
}

/* ------------------------------------------------------------------ several at once */

unsigned keccak_lanes_width(void)
{
    const struct keccak_impl *impl = keccak_impl();

    /* Who has lanes takes them before all of them are filled. */
    return impl->min_x8 < 8 ? 8 : impl->min_x4 < 4 ? 4 : 1;
}

void keccak_lanes_permute(struct keccak *const k[], size_t num)
{
    const struct keccak_impl *impl = keccak_impl();

    for (size_t done = 0; done < num;) {
        const size_t rest = num - done;
        const unsigned width = rest >= impl->min_x8 ? 8 : rest >= impl->min_x4 ? 4 : 1;
        uint64_t *state[8];

        for (unsigned n = 0; n < width; n++)
            state[n] = k[n < rest ? done + n : done]->lane;
        if (width == 8)
            impl->permute_x8(state);
        else if (width == 4)
            impl->permute_x4(state);
        else
            impl->permute(state[0]);
        done += width;
    }
    for (size_t n = 0; n < num; n++)
        k[n]->pos = 0;
}

/* The same for an array, in portions. */
static void permute_array(struct keccak k[], size_t num)
{
    while (num > 0) {
        const size_t now = num < 8 ? num : 8;
        struct keccak *portion[8] = {NULL};

        for (size_t n = 0; n < now; n++)
            portion[n] = &k[n];
        keccak_lanes_permute(portion, now);
        k += now;
        num -= now;
    }
}

void keccak_lanes_absorb(struct keccak k[], size_t num, const uint8_t *const in[], size_t len)
{
    size_t at = 0;

    while (num > 0 && at < len) {
        size_t done = 0;

        assert(k[0].domain != 0);
        for (size_t n = 0; n < num; n++)
            done = add(&k[n], in[n] + at, len - at);
        at += done;
        if (k[0].pos == k[0].rate)
            permute_array(k, num);
    }
}

void keccak_lanes_squeeze(struct keccak k[], size_t num, uint8_t *const out[], size_t len)
{
    size_t at = 0;

    if (num > 0 && k[0].domain != 0) {
        for (size_t n = 0; n < num; n++)
            keccak_pad(&k[n]);
        permute_array(k, num);
    }
    while (num > 0 && at < len) {
        size_t done = 0;

        if (k[0].pos == k[0].rate)
            permute_array(k, num);
        for (size_t n = 0; n < num; n++)
            done = give(&k[n], out[n] + at, len - at);
        at += done;
    }
}

void keccak_fill(struct keccak *k, const uint8_t *data)
{
    assert(k->domain != 0);
    while (k->pos < k->rate)
        data += add(k, data, k->rate - k->pos);
}

void keccak_feed_next(struct keccak_feed *feed)
{
    struct keccak *k = &feed->k;

    assert(k->domain != 0);
    while (feed->rest.len > 0 && k->pos < k->rate) {
        const size_t done = add(k, feed->rest.ptr, feed->rest.len);

        feed->rest.ptr += done;
        feed->rest.len -= done;
    }
    if (k->pos < k->rate)
        keccak_pad(k);
}

void keccak_feed_finish(struct keccak_feed *feed)
{
    while (!keccak_feed_done(feed)) {
        keccak_feed_next(feed);
        permute(&feed->k);
    }
}

void keccak_lanes_finish(struct keccak_feed *const feed[], size_t num)
{
    struct keccak *waiting[KECCAK_MAX_WIDTH] = {NULL};
    size_t num_waiting;

    assert(num <= KECCAK_MAX_WIDTH);
    do {
        num_waiting = 0;
        for (size_t n = 0; n < num; n++) {
            if (keccak_feed_done(feed[n]))
                continue;
            keccak_feed_next(feed[n]);
            waiting[num_waiting++] = &feed[n]->k;
        }
        keccak_lanes_permute(waiting, num_waiting);
    } while (num_waiting > 0);
}

/* Absorb the spans into a fresh state, squeeze, wipe. */
static void whole(struct keccak *k, uint8_t *out, size_t len, const struct span *in, size_t num)
{
    for (size_t i = 0; i < num; i++)
        keccak_absorb(k, in[i].ptr, in[i].len);
    keccak_squeeze(k, out, len);
    WIPE(*k);
}

void shake128(uint8_t *out, size_t len, const struct span *in, size_t num)
{
    struct keccak k;

    shake128_init(&k);
    whole(&k, out, len, in, num);
}

void shake256(uint8_t *out, size_t len, const struct span *in, size_t num)
{
    struct keccak k;

    shake256_init(&k);
    whole(&k, out, len, in, num);
}

void sha3_256(uint8_t out[32], const struct span *in, size_t num)
{
    struct keccak k;

    sha3_256_init(&k);
    whole(&k, out, 32, in, num);
}

void sha3_512(uint8_t out[64], const struct span *in, size_t num)
{
    struct keccak k;

    sha3_512_init(&k);
    whole(&k, out, 64, in, num);
}
