/* SPDX-License-Identifier: Apache-2.0
 *
 * The parameter sets of Falcon (specification, Table 3.3) and what follows from them.
 */
#ifndef CRYPTO_FALCON_PARAMS_H
#define CRYPTO_FALCON_PARAMS_H

#include "crypto/falcon/falcon.h"

#define FALCON_Q     12289
#define FALCON_MAX_N 1024

#define FALCON_SIG_HEAD_LEN (1 + FALCON_NONCE_LEN)
#define FALCON_MAX_S2       2047 /* of a coefficient in a signature; round 3 */
#define FALCON_S2_CT_BITS   12

/* First bytes, to which log2(n) is added. */
#define FALCON_HEAD_PK         0x00
#define FALCON_HEAD_SK         0x50
#define FALCON_HEAD_COMPRESSED 0x30 /* padded too */
#define FALCON_HEAD_CT         0x50

struct falcon_params {
    struct falcon_sizes sizes;
    unsigned log_n;
    unsigned n;
    unsigned fg_bits; /* of a coefficient of f and g in a private key */
    uint32_t bound;   /* the highest square of a signature's norm */
    /* As fpr has them: 1 / sigma and sigma_min. */
    uint64_t inverse_sigma_bits;
    uint64_t sigma_min_bits;
};

const struct falcon_params *falcon_params(enum falcon_set set);

#endif
