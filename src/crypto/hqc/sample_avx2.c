/* SPDX-License-Identifier: Apache-2.0
 *
 * What positions become, in AVX2.
 */
#include <immintrin.h>
#include <string.h>

#include "base/ct.h"
#include "base/wipe.h"
#include "crypto/hqc/x86.h"

#define GROUP 8 /* positions in a register */

void hqc_avx2_make_distinct(uint32_t *positions, unsigned weight)
{
    uint32_t sk_all[HQC_MAX_WEIGHT + GROUP];

    memcpy(sk_all, positions, weight * sizeof(sk_all[0]));
    memset(sk_all + weight, 0xff, GROUP * sizeof(sk_all[0])); /* equal to none */
    for (unsigned i = weight; i-- > 0;) {
        const __m256i position = _mm256_set1_epi32((int)sk_all[i]);
        __m256i again = _mm256_setzero_si256();
        uint32_t mask;

        for (unsigned j = i + 1; j < weight; j += GROUP)
            again = _mm256_or_si256(
                again,
                _mm256_cmpeq_epi32(position, _mm256_loadu_si256((const void *)(sk_all + j))));
        mask = ct_mask_nonzero_u32((uint32_t)_mm256_movemask_epi8(again));
        sk_all[i] = ct_select_u32(mask, i, sk_all[i]);
    }
    memcpy(positions, sk_all, weight * sizeof(sk_all[0]));
    WIPE(sk_all);
}
