/* SPDX-License-Identifier: Apache-2.0
 *
 * The NTRU equation f G - g F = q modulo x^n + 1 (specification, Algorithm 6 and 4.4.3).
 */
#ifndef CRYPTO_FALCON_NTRU_H
#define CRYPTO_FALCON_NTRU_H

#include "crypto/falcon/bigint.h"
#include "crypto/falcon/key.h"

#define NTRU_MAX_DEPTH 10

/* Words of f and g at all depths; of F and G at the longest; of k f and k g at the longest. */
#define NTRU_FG_WORDS      7714
#define NTRU_BIG_WORDS     4096
#define NTRU_PRODUCT_WORDS 2048

struct ntru_room {
    uint32_t sk_fg[NTRU_FG_WORDS];
    uint32_t sk_big[NTRU_BIG_WORDS];
    uint32_t sk_deeper[NTRU_PRODUCT_WORDS]; /* F and G of the depth below */
    uint32_t sk_product[NTRU_PRODUCT_WORDS];
    uint32_t sk_residues[3][2 * FALCON_MAX_N];
    uint32_t roots[FALCON_MAX_N];
    int32_t sk_k[FALCON_MAX_N];
    fpr sk_real[5][FALCON_MAX_N] __attribute__((aligned(FALCON_ALIGN)));
};

/* F and G to the basis's f and g. False if there are none that this way finds: then f and g are no
 * part of a key. */
bool ntru_solve(struct falcon_basis *basis, const struct falcon_params *params,
                const struct falcon_impl *impl, struct ntru_room *room);

#endif
