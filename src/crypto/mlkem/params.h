/* SPDX-License-Identifier: Apache-2.0
 *
 * The parameter sets of ML-KEM (FIPS 203, Tables 2 and 3). Inside ML-KEM only.
 */
#ifndef CRYPTO_MLKEM_PARAMS_H
#define CRYPTO_MLKEM_PARAMS_H

#include "crypto/mlkem/mlkem.h"

struct mlkem_params {
    struct mlkem_sizes sizes;
    unsigned k;
    unsigned eta1; /* eta2 is 2 in all of them */
    unsigned du;
    unsigned dv;
};

const struct mlkem_params *mlkem_params(enum mlkem_set set);

#endif
