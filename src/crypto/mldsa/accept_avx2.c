/* SPDX-License-Identifier: Apache-2.0
 *
 * Coefficients from random bytes, by rejection (FIPS 204, 7.3), in AVX2 and BMI2.
 */
#include <string.h>

#include "base/ct.h"
#include "base/wipe.h"
#include "crypto/mldsa/avx2.h"

/* Candidates 0 to 3 and 4 to 7, of three bytes each. What is loaded with them lies in the state as
 * well, because that is longer than a block. */
#define CANDIDATES_LEN (8 * 3)
#define HALF_LEN       (4 * 3)

static inline __m256i load_candidates(const uint8_t *in)
{
    const __m256i bytes =
        _mm256_setr_epi8(0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1, /* both halves */
                         0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1);
    __m128i lower = _mm_loadu_si128((const __m128i *)(const void *)in);
    __m128i upper = _mm_loadu_si128((const __m128i *)(const void *)(in + HALF_LEN));
    __m256i x = _mm256_inserti128_si256(_mm256_castsi128_si256(lower), upper, 1);

    x = _mm256_shuffle_epi8(x, bytes);
    return _mm256_and_si256(x, _mm256_set1_epi32(0x7fffff));
}

static unsigned keep_accepted(struct mldsa_poly *p, unsigned num, __m256i x, unsigned accepted)
{
    int32_t coeff[8];

    _mm256_storeu_si256((__m256i *)(void *)coeff, x);
    for (unsigned i = 0; i < 8 && num < MLDSA_N; i++) {
        if ((accepted >> i & 1) != 0)
            p->coeff[num++] = coeff[i];
    }
    return num;
}

/* One candidate in a thousand is rejected. Those that find no room any more are tried one by one.
 */
unsigned mldsa_avx2_accept_uniform(struct mldsa_poly *p, unsigned num,
                                   const uint64_t lane[KECCAK_LANES])
{
    const __m256i q = _mm256_set1_epi32(MLDSA_Q);
    const uint8_t *in = (const uint8_t *)lane;

    for (unsigned i = 0; i < SHAKE128_RATE && num < MLDSA_N; i += CANDIDATES_LEN) {
        __m256i x = load_candidates(in + i);
        __m256i below = _mm256_cmpgt_epi32(q, x);
        unsigned accepted = (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(below));
        if (accepted == 0xff && num + 8 <= MLDSA_N) {
            _mm256_storeu_si256((__m256i *)(void *)(p->coeff + num), x);
            num += 8;
        } else {
            num = keep_accepted(p, num, x, accepted);
        }
    }
    return num;
}

#define EACH_BYTE(x) ((x)*0x0101010101010101ULL)

/* The accepted of eight half-bytes, as bytes from the lowest on: returns how many they are. */
static inline unsigned accept_half_bytes(uint64_t *out, uint32_t in, uint64_t limit)
{
    uint64_t x = _pdep_u64(in, EACH_BYTE(0x0fULL));
    /* The highest bit of each byte: set if the half-byte is below the limit. */
    uint64_t accepted = ~(x + EACH_BYTE(0x80 - limit)) & EACH_BYTE(0x80ULL);

    /* Accepted values are uniform whatever the pattern of rejections, so the pattern may show. */
    CT_PUBLIC(&accepted, sizeof(accepted));
    *out = _pext_u64(x, (accepted >> 7) * 0xff);
    return (unsigned)_mm_popcnt_u64(accepted);
}

/* eta - (x mod 5) or eta - x: see portable C. */
static inline __m256i coeff_from_half_bytes(int32_t eta, uint64_t half_bytes)
{
    const __m256i fifth = _mm256_set1_epi32(eta == 2 ? 13 : 0);
    __m256i x = _mm256_cvtepu8_epi32(_mm_cvtsi64_si128((long long)half_bytes));
    __m256i fives = _mm256_srli_epi32(_mm256_mullo_epi32(x, fifth), 6);

    x = _mm256_sub_epi32(x, _mm256_mullo_epi32(fives, _mm256_set1_epi32(5)));
    return _mm256_sub_epi32(_mm256_set1_epi32(eta), x);
}

/* The first of x that are accepted go to p, as far as there is room: returns how many. */
static unsigned keep_first(struct mldsa_poly *p, unsigned num, __m256i x, unsigned num_accepted)
{
    const unsigned room = MLDSA_N - num;
    int32_t coeff[8];

    num_accepted = num_accepted < room ? num_accepted : room;
    _mm256_storeu_si256((__m256i *)(void *)coeff, x);
    memcpy(p->coeff + num, coeff, num_accepted * sizeof(coeff[0]));
    WIPE(coeff);
    return num_accepted;
}

/* Eight are written where there is room, however many are accepted: the next ones go over the
 * rest. */
unsigned mldsa_avx2_accept_eta(struct mldsa_poly *p, unsigned num, int32_t eta,
                               const uint64_t lane[KECCAK_LANES])
{
    const uint64_t limit = eta == 2 ? 15 : 9;

    for (unsigned i = 0; i < SHAKE256_RATE / 4 && num < MLDSA_N; i++) {
        const uint32_t in = (uint32_t)(lane[i / 2] >> (32 * (i % 2)));
        uint64_t half_bytes;
        unsigned num_accepted = accept_half_bytes(&half_bytes, in, limit);
        __m256i x = coeff_from_half_bytes(eta, half_bytes);

        if (num + 8 <= MLDSA_N) {
            _mm256_storeu_si256((__m256i *)(void *)(p->coeff + num), x);
        } else {
            num_accepted = keep_first(p, num, x, num_accepted);
        }
        num += num_accepted;
    }
    return num;
}
