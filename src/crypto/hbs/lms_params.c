/* SPDX-License-Identifier: Apache-2.0
 *
 * The parameter sets. The registry counts them hash by hash, in the same order for trees and for
 * one-time signatures.
 */
#include "crypto/hbs/lms_params.h"

#define FIRST_TREE 5 /* LMS_SHA256_M32_H5 */
#define FIRST_OTS  1 /* LMOTS_SHA256_N32_W1 */

static const struct {
    enum hbs_alg alg;
    unsigned n;
} hashes[] = {
    {HBS_SHA256, 32}, /* RFC 8554 */
    {HBS_SHA256, 24}, /* SP 800-208, RFC 9858 */
    {HBS_SHAKE256, 32},
    {HBS_SHAKE256, 24},
};

static const unsigned heights[] = {5, 10, 15, 20, 25};

/* RFC 8554, Table 1; SP 800-208, 4.2 to 4.4. */
static const struct {
    unsigned digit_bits;
    unsigned num_chains_32, shift_32; /* of hashes of 32 bytes */
    unsigned num_chains_24, shift_24;
} codes[] = {
    {1, 265, 7, 200, 8},
    {2, 133, 6, 101, 6},
    {4, 67, 4, 51, 4},
    {8, 34, 0, 26, 0},
};

#define NUM_HASHES  (sizeof(hashes) / sizeof(hashes[0]))
#define NUM_HEIGHTS (sizeof(heights) / sizeof(heights[0]))
#define NUM_CODES   (sizeof(codes) / sizeof(codes[0]))

bool lms_params_find(struct lms_params *out, uint32_t type, uint32_t ots_type)
{
    if (type < FIRST_TREE || type - FIRST_TREE >= NUM_HASHES * NUM_HEIGHTS ||
        ots_type < FIRST_OTS || ots_type - FIRST_OTS >= NUM_HASHES * NUM_CODES)
        return false;
    size_t hash = (type - FIRST_TREE) / NUM_HEIGHTS;
    size_t height = (type - FIRST_TREE) % NUM_HEIGHTS;
    size_t code = (ots_type - FIRST_OTS) % NUM_CODES;
    if ((ots_type - FIRST_OTS) / NUM_CODES != hash)
        return false;
    bool is_24 = hashes[hash].n == 24;
    *out = (struct lms_params){
        .type = type,
        .ots_type = ots_type,
        .alg = hashes[hash].alg,
        .n = hashes[hash].n,
        .height = heights[height],
        .digit_bits = codes[code].digit_bits,
        .num_chains = is_24 ? codes[code].num_chains_24 : codes[code].num_chains_32,
        .checksum_shift = is_24 ? codes[code].shift_24 : codes[code].shift_32,
    };
    return true;
}
