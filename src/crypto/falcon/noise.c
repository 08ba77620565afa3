/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/falcon/noise.h"

#include <string.h>

#include "base/wipe.h"

#define LANES FALCON_NOISE_LANES

static uint32_t load_le32(const uint8_t *in)
{
    return (uint32_t)in[3] << 24 | (uint32_t)in[2] << 16 | (uint32_t)in[1] << 8 | in[0];
}

static void store_le32(uint8_t *out, uint32_t x)
{
    for (unsigned i = 0; i < 4; i++)
        out[i] = (uint8_t)(x >> (8 * i));
}

void falcon_noise_init(struct falcon_noise *noise, struct keccak *seed,
                       void (*fill)(struct falcon_noise *noise))
{
    uint8_t sk_seed[FALCON_NOISE_SEED_LEN];

    keccak_squeeze(seed, sk_seed, sizeof(sk_seed));
    for (unsigned i = 0; i < 12; i++)
        noise->sk_key[i] = load_le32(sk_seed + 4 * i);
    noise->counter = (uint64_t)load_le32(sk_seed + 52) << 32 | load_le32(sk_seed + 48);
    memset(noise->sk_bytes, 0, sizeof(noise->sk_bytes));
    noise->fill = fill;
    fill(noise);
    WIPE(sk_seed);
}

static inline uint32_t rotate(uint32_t x, unsigned num)
{
    return x << num | x >> (32 - num);
}

/* RFC 8439, 2.1, in all lanes. */
static void quarter_round(uint32_t s[16][LANES], unsigned a, unsigned b, unsigned c, unsigned d)
{
    for (unsigned i = 0; i < LANES; i++) {
        s[a][i] += s[b][i];
        s[d][i] = rotate(s[d][i] ^ s[a][i], 16);
        s[c][i] += s[d][i];
        s[b][i] = rotate(s[b][i] ^ s[c][i], 12);
        s[a][i] += s[b][i];
        s[d][i] = rotate(s[d][i] ^ s[a][i], 8);
        s[c][i] += s[d][i];
        s[b][i] = rotate(s[b][i] ^ s[c][i], 7);
    }
}

static void double_round(uint32_t s[16][LANES])
{
    for (unsigned i = 0; i < 4; i++)
        quarter_round(s, i, 4 + i, 8 + i, 12 + i);
    for (unsigned i = 0; i < 4; i++)
        quarter_round(s, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4);
}

static void start(uint32_t s[16][LANES], const struct falcon_noise *noise)
{
    /* "expand 32-byte k" */
    static const uint32_t constants[4] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};

    for (unsigned i = 0; i < LANES; i++) {
        for (unsigned w = 0; w < 16; w++)
            s[w][i] = w < 4 ? constants[w] : noise->sk_key[w - 4];
        s[14][i] ^= (uint32_t)(noise->counter + i);
        s[15][i] ^= (uint32_t)((noise->counter + i) >> 32);
    }
}

void falcon_portable_fill(struct falcon_noise *noise)
{
    uint32_t sk_first[16][LANES];
    uint32_t sk_state[16][LANES];

    start(sk_first, noise);
    start(sk_state, noise);
    for (unsigned round = 0; round < 10; round++)
        double_round(sk_state);
    for (unsigned w = 0; w < 16; w++)
        for (unsigned i = 0; i < LANES; i++)
            store_le32(noise->sk_bytes + 4 * (LANES * w + i), sk_state[w][i] + sk_first[w][i]);
    noise->counter += LANES;
    noise->pos = 0;
    noise->attempts.num = 0;
    WIPE(sk_first);
    WIPE(sk_state);
}
