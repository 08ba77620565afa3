/* SPDX-License-Identifier: Apache-2.0
 *
 * Addresses (FIPS 205, 4.2): where in the structure a hash is computed. Public.
 */
#ifndef CRYPTO_SLHDSA_ADDRESS_H
#define CRYPTO_SLHDSA_ADDRESS_H

#include <stdint.h>

enum slhdsa_type {
    SLHDSA_WOTS_HASH,
    SLHDSA_WOTS_PK,
    SLHDSA_TREE,
    SLHDSA_FORS_TREE,
    SLHDSA_FORS_ROOTS,
    SLHDSA_WOTS_PRF,
    SLHDSA_FORS_PRF,
};

#define SLHDSA_ADRS_LEN       32
#define SLHDSA_SHORT_ADRS_LEN 22 /* the compressed form that SHA-2 takes (FIPS 205, 11.2) */

/* The fields that the standard has; the numbers of trees fit in 64 bits in all parameter sets. */
struct slhdsa_adrs {
    uint64_t tree;
    uint32_t layer;
    uint32_t type;
    uint32_t key_pair;
    uint32_t height; /* or chain address */
    uint32_t index;  /* or hash address */
};

#endif
