/* SPDX-License-Identifier: Apache-2.0
 *
 * ChaCha20 in eight lanes of AVX2.
 */
#include "base/wipe.h"
#include "crypto/falcon/avx2.h"

static inline __m256i rotate(__m256i x, int num)
{
    return _mm256_or_si256(_mm256_slli_epi32(x, num), _mm256_srli_epi32(x, 32 - num));
}

/* By 16 and by 8: bytes move. */

static inline __m256i rotate_16(__m256i x)
{
    return _mm256_shuffle_epi8(x, _mm256_broadcastsi128_si256(_mm_setr_epi8(
                                      2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13)));
}

static inline __m256i rotate_8(__m256i x)
{
    return _mm256_shuffle_epi8(x, _mm256_broadcastsi128_si256(_mm_setr_epi8(
                                      3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14)));
}

/* RFC 8439, 2.1 */
static inline void quarter_round(__m256i *a, __m256i *b, __m256i *c, __m256i *d)
{
    *a = _mm256_add_epi32(*a, *b);
    *d = rotate_16(_mm256_xor_si256(*d, *a));
    *c = _mm256_add_epi32(*c, *d);
    *b = rotate(_mm256_xor_si256(*b, *c), 12);
    *a = _mm256_add_epi32(*a, *b);
    *d = rotate_8(_mm256_xor_si256(*d, *a));
    *c = _mm256_add_epi32(*c, *d);
    *b = rotate(_mm256_xor_si256(*b, *c), 7);
}

static inline __m256i words(__m256i first, __m256i last, bool high)
{
    const __m256 a = _mm256_castsi256_ps(first);
    const __m256 b = _mm256_castsi256_ps(last);
    const __m256 mixed = high ? _mm256_shuffle_ps(a, b, 0xdd) : _mm256_shuffle_ps(a, b, 0x88);

    return _mm256_permute4x64_epi64(_mm256_castps_si256(mixed), 0xd8);
}

/* The counter comes out of the seed. It is counted up in lanes: as the variable of a loop,
 * compilers make addresses of it. */
static void start(__m256i s[16], const struct falcon_noise *noise)
{
    /* "expand 32-byte k" */
    static const int constants[4] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
    const __m256i counter = _mm256_set1_epi64x((long long)noise->counter);
    const __m256i first = _mm256_add_epi64(counter, _mm256_setr_epi64x(0, 1, 2, 3));
    const __m256i last = _mm256_add_epi64(counter, _mm256_setr_epi64x(4, 5, 6, 7));

    for (unsigned w = 0; w < 16; w++)
        s[w] = _mm256_set1_epi32(w < 4 ? constants[w] : (int)noise->sk_key[w - 4]);
    s[14] = _mm256_xor_si256(s[14], words(first, last, false));
    s[15] = _mm256_xor_si256(s[15], words(first, last, true));
}

void falcon_avx2_fill(struct falcon_noise *noise)
{
    __m256i sk_first[16], s[16];

    start(sk_first, noise);
    for (unsigned w = 0; w < 16; w++)
        s[w] = sk_first[w];
    for (unsigned round = 0; round < 10; round++) {
        quarter_round(&s[0], &s[4], &s[8], &s[12]);
        quarter_round(&s[1], &s[5], &s[9], &s[13]);
        quarter_round(&s[2], &s[6], &s[10], &s[14]);
        quarter_round(&s[3], &s[7], &s[11], &s[15]);
        quarter_round(&s[0], &s[5], &s[10], &s[15]);
        quarter_round(&s[1], &s[6], &s[11], &s[12]);
        quarter_round(&s[2], &s[7], &s[8], &s[13]);
        quarter_round(&s[3], &s[4], &s[9], &s[14]);
    }
    for (unsigned w = 0; w < 16; w++)
        _mm256_storeu_si256((__m256i *)(noise->sk_bytes + (size_t)32 * w),
                            _mm256_add_epi32(s[w], sk_first[w]));
    noise->counter += FALCON_NOISE_LANES;
    noise->pos = 0;
    noise->attempts.num = 0;
    WIPE(sk_first);
}
