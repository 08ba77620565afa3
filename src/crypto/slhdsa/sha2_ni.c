/* SPDX-License-Identifier: Apache-2.0
 *
 * SHA-256 on two messages at once in the SHA extensions of x86 (Intel 64 and IA-32 Architectures
 * Software Developer's Manual, volume 2: SHA256RNDS2, SHA256MSG1, SHA256MSG2), whose latency hides
 * behind the other message. Compiled with -msha, run where cpu_has_sha says so.
 */
#include <immintrin.h>

#include "base/wipe.h"
#include "crypto/slhdsa/engine.h"

#define LANES     2
#define NI_INLINE static inline __attribute__((always_inline))

/* A state as the instructions want it: from low to high F, E, B, A and H, G, D, C. */
struct ni_state {
    __m128i abef, cdgh;
};

/* From and to the order of the standard, A … D and E … H. */
NI_INLINE struct ni_state ni_pack(__m128i abcd, __m128i efgh)
{
    const __m128i badc = _mm_shuffle_epi32(abcd, 0xb1);
    const __m128i hgfe = _mm_shuffle_epi32(efgh, 0x1b);

    return (struct ni_state){
        .abef = _mm_alignr_epi8(badc, hgfe, 8),
        .cdgh = _mm_blend_epi16(hgfe, badc, 0xf0),
    };
}

NI_INLINE void ni_unpack(__m128i *abcd, __m128i *efgh, struct ni_state s)
{
    const __m128i abef = _mm_shuffle_epi32(s.abef, 0x1b);
    const __m128i ghcd = _mm_shuffle_epi32(s.cdgh, 0xb1);

    *abcd = _mm_blend_epi16(abef, ghcd, 0xf0);
    *efgh = _mm_alignr_epi8(ghcd, abef, 8);
}

/* Four rounds, with the words w. */
NI_INLINE void ni_rounds(struct ni_state *s, __m128i w, unsigned t)
{
    const __m128i k = _mm_loadu_si128((const __m128i *)(const void *)(slhdsa_sha256_k + t));
    const __m128i sum = _mm_add_epi32(w, k);

    s->cdgh = _mm_sha256rnds2_epu32(s->cdgh, s->abef, sum);
    s->abef = _mm_sha256rnds2_epu32(s->abef, s->cdgh, _mm_shuffle_epi32(sum, 0x0e));
}

/* The four words t … t + 3 of the message schedule in place of those 16 earlier. */
NI_INLINE void ni_extend(__m128i w[4], unsigned t)
{
    const unsigned q = t / 4 % 4;
    const __m128i late = w[(q + 3) % 4];
    const __m128i middle = _mm_alignr_epi8(late, w[(q + 2) % 4], 4);

    w[q] = _mm_sha256msg2_epu32(_mm_add_epi32(_mm_sha256msg1_epu32(w[q], w[(q + 1) % 4]), middle),
                                late);
}

NI_INLINE void ni_rounds_pair(struct ni_state s[LANES], __m128i w[LANES][4], unsigned t)
{
    ni_rounds(&s[0], w[0][t / 4 % 4], t);
    ni_rounds(&s[1], w[1][t / 4 % 4], t);
}

NI_INLINE void ni_extend_rounds_pair(struct ni_state s[LANES], __m128i w[LANES][4], unsigned t)
{
    ni_extend(w[0], t);
    ni_extend(w[1], t);
    ni_rounds_pair(s, w, t);
}

/* All rounds but the first four. */
NI_INLINE void ni_rounds_4_63(struct ni_state s[LANES], __m128i w[LANES][4])
{
    ni_rounds_pair(s, w, 4);
    ni_rounds_pair(s, w, 8);
    ni_rounds_pair(s, w, 12);
    ni_extend_rounds_pair(s, w, 16);
    ni_extend_rounds_pair(s, w, 20);
    ni_extend_rounds_pair(s, w, 24);
    ni_extend_rounds_pair(s, w, 28);
    ni_extend_rounds_pair(s, w, 32);
    ni_extend_rounds_pair(s, w, 36);
    ni_extend_rounds_pair(s, w, 40);
    ni_extend_rounds_pair(s, w, 44);
    ni_extend_rounds_pair(s, w, 48);
    ni_extend_rounds_pair(s, w, 52);
    ni_extend_rounds_pair(s, w, 56);
    ni_extend_rounds_pair(s, w, 60);
}

NI_INLINE struct ni_state ni_add(struct ni_state a, struct ni_state b)
{
    return (struct ni_state){
        .abef = _mm_add_epi32(a.abef, b.abef),
        .cdgh = _mm_add_epi32(a.cdgh, b.cdgh),
    };
}

/* Four words of each lane, of which the first stand at p. */
NI_INLINE void ni_load(__m128i *lane0, __m128i *lane1, const uint32_t *p)
{
    const __m128 low = _mm_load_ps((const float *)(const void *)p);
    const __m128 high = _mm_load_ps((const float *)(const void *)(p + 4));

    *lane0 = _mm_castps_si128(_mm_shuffle_ps(low, high, 0x88));
    *lane1 = _mm_castps_si128(_mm_shuffle_ps(low, high, 0xdd));
}

NI_INLINE void ni_store(uint32_t *p, __m128i lane0, __m128i lane1)
{
    _mm_store_si128((__m128i *)(void *)p, _mm_unpacklo_epi32(lane0, lane1));
    _mm_store_si128((__m128i *)(void *)(p + 4), _mm_unpackhi_epi32(lane0, lane1));
}

static void ni_compress(uint32_t *state, const uint32_t *words)
{
    struct ni_state s[LANES], before[LANES];
    __m128i w[LANES][4], abcd[LANES], efgh[LANES];

    ni_load(&abcd[0], &abcd[1], state);
    ni_load(&efgh[0], &efgh[1], state + 4 * LANES);
    for (unsigned q = 0; q < 4; q++)
        ni_load(&w[0][q], &w[1][q], words + q * 4 * LANES);
    for (unsigned n = 0; n < LANES; n++)
        s[n] = before[n] = ni_pack(abcd[n], efgh[n]);
    ni_rounds_pair(s, w, 0);
    ni_rounds_4_63(s, w);
    for (unsigned n = 0; n < LANES; n++)
        ni_unpack(&abcd[n], &efgh[n], ni_add(s[n], before[n]));
    ni_store(state, abcd[0], abcd[1]);
    ni_store(state + 4 * LANES, efgh[0], efgh[1]);
}

/*
 * A pair of chains. The value, in the words in which the last compression left it, goes into the
 * words 4 … 15 of the next block by a byte shuffle; what else stands there, the end of the address
 * and the padding, is in frame.
 */
struct ni_chains {
    __m128i low[LANES], high[LANES]; /* the value */
    __m128i adrs[LANES];             /* words 0 … 3 */
    __m128i frame[LANES][3];         /* words 4 … 15 */
    __m128i from_low[3], from_high[3];
    struct ni_state midstate;
    struct ni_state head[LANES]; /* after the first four rounds */
};

/* Byte `at` of the block comes from byte `at` - 22 of the value; both are big-endian words in
 * little-endian registers. 0x80 gives a zero. */
static void ni_shuffles(struct ni_chains *c, unsigned num_words)
{
    uint8_t low[3][16], high[3][16];

    for (unsigned at = 16; at < 64; at++) {
        const unsigned quad = at / 16 - 1;
        const unsigned byte = at % 16 ^ 3;
        const unsigned source = at - 22;
        const bool inside = at >= 22 && source < 4 * num_words;

        low[quad][byte] = (uint8_t)(inside && source < 16 ? source ^ 3 : 0x80);
        high[quad][byte] = (uint8_t)(inside && source >= 16 ? (source - 16) ^ 3 : 0x80);
    }
    for (unsigned quad = 0; quad < 3; quad++) {
        c->from_low[quad] = _mm_loadu_si128((const __m128i *)(const void *)low[quad]);
        c->from_high[quad] = _mm_loadu_si128((const __m128i *)(const void *)high[quad]);
    }
}

static void ni_frame(struct ni_chains *c, const struct slhdsa_sha256_job *job, unsigned lane)
{
    const uint32_t *adrs = job->adrs + lane;
    uint32_t words[12] = {adrs[4 * LANES], adrs[5 * LANES]};

    words[1 + job->num_words] ^= 0x8000;
    words[11] = (64 + 22 + 4 * job->num_words) * 8;
    for (unsigned quad = 0; quad < 3; quad++)
        c->frame[lane][quad] = _mm_loadu_si128((const __m128i *)(const void *)(words + 4 * quad));
}

/* The address, the same for all steps but for its last byte, and the rounds that see no more. */
NI_INLINE void ni_head(struct ni_chains *c, uint32_t flip)
{
    for (unsigned n = 0; n < LANES; n++) {
        c->adrs[n] = _mm_xor_si128(c->adrs[n], _mm_setr_epi32(0, 0, (int)flip, 0));
        c->head[n] = c->midstate;
        ni_rounds(&c->head[n], c->adrs[n], 0);
    }
}

/* F, or PRF, of the values at a step. */
NI_INLINE void ni_f(__m128i low[LANES], __m128i high[LANES], const struct ni_chains *c,
                    unsigned step)
{
    struct ni_state s[LANES] = {c->head[0], c->head[1]};
    __m128i w[LANES][4];

    for (unsigned n = 0; n < LANES; n++) {
        w[n][0] = c->adrs[n];
        for (unsigned q = 0; q < 3; q++)
            w[n][q + 1] = _mm_xor_si128(
                c->frame[n][q], _mm_xor_si128(_mm_shuffle_epi8(c->low[n], c->from_low[q]),
                                              _mm_shuffle_epi8(c->high[n], c->from_high[q])));
        w[n][1] = _mm_add_epi32(w[n][1], _mm_setr_epi32(0, (int)(step << 16), 0, 0));
    }
    ni_rounds_4_63(s, w);
    for (unsigned n = 0; n < LANES; n++)
        ni_unpack(&low[n], &high[n], ni_add(s[n], c->midstate));
}

static void ni_begin(struct ni_chains *c, const struct slhdsa_sha256_job *job)
{
    const __m128i *midstate = (const __m128i *)(const void *)job->midstate;
    const __m128i *secret = (const __m128i *)(const void *)job->secret;
    __m128i low[LANES], high[LANES];

    ni_shuffles(c, job->num_words);
    for (unsigned n = 0; n < LANES; n++)
        ni_frame(c, job, n);
    ni_load(&c->adrs[0], &c->adrs[1], job->adrs);
    c->midstate = ni_pack(_mm_loadu_si128(midstate), _mm_loadu_si128(midstate + 1));
    if (job->from_secret) {
        for (unsigned n = 0; n < LANES; n++) {
            c->low[n] = _mm_loadu_si128(secret);
            c->high[n] = _mm_loadu_si128(secret + 1);
        }
        ni_head(c, job->prf_flip);
        ni_f(low, high, c, 0);
        for (unsigned n = 0; n < LANES; n++) {
            c->low[n] = low[n];
            c->high[n] = high[n];
        }
        ni_head(c, job->prf_flip);
    } else {
        ni_load(&c->low[0], &c->low[1], job->value);
        ni_load(&c->high[0], &c->high[1], job->value + 4 * LANES);
        ni_head(c, 0);
    }
}

/* The steps of a chain are public. */
NI_INLINE void ni_see(struct slhdsa_sha256_job *job, const struct ni_chains *c, unsigned step)
{
    __m128i low[LANES], high[LANES];

    if (job->watch[0] != step && job->watch[1] != step)
        return;
    ni_load(&low[0], &low[1], job->seen);
    ni_load(&high[0], &high[1], job->seen + 4 * LANES);
    for (unsigned n = 0; n < LANES; n++) {
        low[n] = job->watch[n] == step ? c->low[n] : low[n];
        high[n] = job->watch[n] == step ? c->high[n] : high[n];
    }
    ni_store(job->seen, low[0], low[1]);
    ni_store(job->seen + 4 * LANES, high[0], high[1]);
}

static void ni_chains(struct slhdsa_sha256_job *job)
{
    struct ni_chains c;
    __m128i low[LANES], high[LANES];

    ni_begin(&c, job);
    for (unsigned step = job->first; step < job->num_steps; step++) {
        ni_see(job, &c, step);
        ni_f(low, high, &c, step);
        for (unsigned n = 0; n < LANES; n++) {
            c.low[n] = job->from[n] > step ? c.low[n] : low[n];
            c.high[n] = job->from[n] > step ? c.high[n] : high[n];
        }
    }
    ni_see(job, &c, job->num_steps);
    ni_store(job->value, c.low[0], c.low[1]);
    ni_store(job->value + 4 * LANES, c.high[0], c.high[1]);
    WIPE(c);
}

const struct slhdsa_sha256 slhdsa_sha256_sha_ni = {
    .name = "sha-ni",
    .lanes = LANES,
    .compress = ni_compress,
    .chains = ni_chains,
};
