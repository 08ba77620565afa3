/* SPDX-License-Identifier: Apache-2.0
 *
 * SHA-2 in portable C, one message at a time.
 */
#include "crypto/slhdsa/engine.h"

#define LANES32          1
#define W32              uint32_t
#define LOAD32(p)        (*(p))
#define STORE32(p, x)    (*(p) = (x))
#define SET32(c)         ((uint32_t)(c))
#define ADD32(a, b)      ((a) + (b))
#define XOR32(a, b)      ((a) ^ (b))
#define XOR3_32(a, b, c) ((a) ^ (b) ^ (c))
#define CH32(a, b, c)    ((c) ^ ((a) & ((b) ^ (c))))
#define MAJ32(a, b, c)   (((a) & (b)) | ((c) & ((a) | (b))))
#define ROTR32(x, n)     ((x) >> (n) | (x) << (32 - (n)))
#define SHR32(x, n)      ((x) >> (n))
#define SHL32(x, n)      ((x) << (n))
/* The steps of a chain are public. */
#define M32              bool
#define GT32(a, b)       ((a) > (b))
#define EQ32(a, b)       ((a) == (b))
#define BLEND32(m, a, b) ((m) ? (a) : (b))

#define LANES64          1
#define W64              uint64_t
#define LOAD64(p)        (*(p))
#define STORE64(p, x)    (*(p) = (x))
#define SET64(c)         ((uint64_t)(c))
#define ADD64(a, b)      ((a) + (b))
#define XOR3_64(a, b, c) ((a) ^ (b) ^ (c))
#define CH64(a, b, c)    ((c) ^ ((a) & ((b) ^ (c))))
#define MAJ64(a, b, c)   (((a) & (b)) | ((c) & ((a) | (b))))
#define ROTR64(x, n)     ((x) >> (n) | (x) << (64 - (n)))
#define SHR64(x, n)      ((x) >> (n))

#include "crypto/slhdsa/sha2_lanes.h"

const struct slhdsa_sha256 slhdsa_sha256_x1 = {
    .name = "portable",
    .lanes = LANES32,
    .compress = sha256_lanes_compress,
    .chains = sha256_lanes_chains,
};

const struct slhdsa_sha512 slhdsa_sha512_x1 = {
    .name = "portable",
    .lanes = LANES64,
    .compress = sha512_lanes_compress,
};
