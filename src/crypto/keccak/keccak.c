/* SPDX-License-Identifier: Apache-2.0
 *
 * The sponge (FIPS 202, 4 and 6). Byte i of the state is byte i mod 8, counted from the low end, of
 * lane i / 8; all rates are whole numbers of lanes.
 */
#include "crypto/keccak/keccak.h"

#include <assert.h>

#include "base/wipe.h"

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

void keccak_absorb(struct keccak *k, const void *data, size_t len)
{
    const uint8_t *in = data;

    assert(k->domain != 0);
    while (len > 0) {
        if (k->pos % 8 == 0 && len >= 8) {
            k->lane[k->pos / 8] ^= load_le64(in);
            k->pos += 8;
            in += 8;
            len -= 8;
        } else {
            xor_byte(k, k->pos, *in);
            k->pos++;
            in++;
            len--;
        }
        if (k->pos == k->rate)
            permute(k);
    }
}

/* Pad the last block (FIPS 202, 5.1) and turn to squeezing. */
static void finish_absorbing(struct keccak *k)
{
    xor_byte(k, k->pos, k->domain);
    xor_byte(k, k->rate - 1, 0x80);
    k->domain = 0;
    permute(k);
}

void keccak_squeeze(struct keccak *k, uint8_t *out, size_t len)
{
    if (k->domain != 0)
        finish_absorbing(k);
    while (len > 0) {
        if (k->pos == k->rate)
            permute(k);
        if (k->pos % 8 == 0 && len >= 8) {
            store_le64(out, k->lane[k->pos / 8]);
            k->pos += 8;
            out += 8;
            len -= 8;
        } else {
            *out = (uint8_t)(k->lane[k->pos / 8] >> (8 * (k->pos % 8)));
            k->pos++;
            out++;
            len--;
        }
    }
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
