/* SPDX-License-Identifier: Apache-2.0
 *
 * A short polynomial times a challenge. The challenge has so few terms that adding up the windows
 * they select is faster than a product in the NTT domain. Addresses depend on the challenge, which
 * is public; the number of additions, on the parameter set.
 */
#include <string.h>

#include "base/wipe.h"
#include "crypto/mldsa/portable.h"

/* Add up windows. Not inlined, for gcc would keep an array that it sees whole out of its vectors.
 */
__attribute__((noinline)) static void sum_windows(int8_t sum[MLDSA_N], const int8_t *s,
                                                  const uint16_t window[], unsigned num)
{
    for (unsigned n = 0; n < num; n++) {
        const int8_t *x = s + window[n];
        for (unsigned j = 0; j < MLDSA_N; j++)
            sum[j] = (int8_t)(sum[j] + x[j]);
    }
}

uint32_t mldsa_portable_add_product(struct mldsa_poly *p, const struct mldsa_challenge *c,
                                    const struct mldsa_short *s, int32_t bound)
{
    int8_t sum[MLDSA_N];

    for (unsigned n = 0; n < c->num; n += MLDSA_MAX_SHORT_TERMS) {
        unsigned rest = c->num - n;
        memset(sum, 0, sizeof(sum));
        sum_windows(sum, s->coeff, c->window + n,
                    rest < MLDSA_MAX_SHORT_TERMS ? rest : MLDSA_MAX_SHORT_TERMS);
        for (unsigned j = 0; j < MLDSA_N; j++)
            p->coeff[j] += sum[j];
    }
    WIPE(sum);
    return mldsa_portable_norm_exceeds(p, bound);
}
