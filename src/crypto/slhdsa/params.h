/* SPDX-License-Identifier: Apache-2.0
 *
 * The parameter sets of SLH-DSA (FIPS 205, Table 2) and what follows from them.
 */
#ifndef CRYPTO_SLHDSA_PARAMS_H
#define CRYPTO_SLHDSA_PARAMS_H

#include "crypto/slhdsa/slhdsa.h"

#define SLHDSA_W 16 /* values of a digit of WOTS+ */

#define SLHDSA_MAX_LEN         (2 * SLHDSA_MAX_N + 3)
#define SLHDSA_MAX_TREE_HEIGHT 9
#define SLHDSA_MAX_FORS_HEIGHT 14
#define SLHDSA_MAX_K           35

struct slhdsa_params {
    struct slhdsa_sizes sizes;
    bool shake;           /* hashes with SHAKE, else with SHA-2 */
    unsigned n;           /* bytes of every hash */
    unsigned d;           /* layers of trees */
    unsigned tree_height; /* h' */
    unsigned fors_height; /* a */
    unsigned k;           /* FORS trees */
    unsigned len;         /* chains of a WOTS+ key */
};

const struct slhdsa_params *slhdsa_params(enum slhdsa_set set);

static inline unsigned slhdsa_bits_to_bytes(unsigned bits)
{
    return (bits + 7) / 8;
}

/* The lengths of the parts of a signature: R is n bytes, then FORS, then d layers. */
static inline size_t slhdsa_fors_len(const struct slhdsa_params *params)
{
    return (size_t)params->k * (params->fors_height + 1) * params->n;
}

static inline size_t slhdsa_layer_len(const struct slhdsa_params *params)
{
    return (size_t)(params->len + params->tree_height) * params->n;
}

#endif
