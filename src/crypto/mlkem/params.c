/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/mlkem/params.h"

static const struct mlkem_params all_params[] = {
    [MLKEM_512] = {{"ML-KEM-512", 800, 1632, 768}, 2, 3, 10, 4},
    [MLKEM_768] = {{"ML-KEM-768", 1184, 2400, 1088}, 3, 2, 10, 4},
    [MLKEM_1024] = {{"ML-KEM-1024", 1568, 3168, 1568}, 4, 2, 11, 5},
};

const struct mlkem_params *mlkem_params(enum mlkem_set set)
{
    return &all_params[set];
}

const struct mlkem_sizes *mlkem_sizes(enum mlkem_set set)
{
    return &mlkem_params(set)->sizes;
}
