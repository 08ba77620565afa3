/* SPDX-License-Identifier: Apache-2.0
 *
 * Items by groups.
 */
#include "crypto/batch.h"

#include "crypto/mlkem/group.h"

/* How many of the items that are left go together. */
static unsigned group_len(size_t num_left)
{
    const unsigned width = keccak_lanes_width();

    return num_left < width ? (unsigned)num_left : width;
}

#define FOR_EACH_GROUP(done, num)                                                                  \
    for (size_t done = 0; (done) < (num); (done) += group_len((num) - (done)))

/* ------------------------------------------------------------------ ML-KEM */

union mlkem_room {
    struct mlkem_keygen_room keygen;
    struct mlkem_encaps_room encaps;
    struct mlkem_decaps_room decaps;
};

size_t mlkem_batch_size(void)
{
    return keccak_lanes_width() * sizeof(union mlkem_room);
}

void mlkem_keygen_batch(struct mlkem_keygen_item item[], size_t num, void *workspace)
{
    FOR_EACH_GROUP(done, num)
    mlkem_keygen_group(item + done, group_len(num - done), workspace);
}

void mlkem_public_init_batch(struct mlkem_public_item item[], size_t num, void *workspace)
{
    (void)workspace;
    FOR_EACH_GROUP(done, num)
    mlkem_public_init_group(item + done, group_len(num - done));
}

void mlkem_private_init_batch(struct mlkem_private_item item[], size_t num, void *workspace)
{
    (void)workspace;
    FOR_EACH_GROUP(done, num)
    mlkem_private_init_group(item + done, group_len(num - done));
}

void mlkem_encaps_batch(struct mlkem_encaps_item item[], size_t num, void *workspace)
{
    FOR_EACH_GROUP(done, num)
    mlkem_encaps_group(item + done, group_len(num - done), workspace);
}

void mlkem_decaps_batch(struct mlkem_decaps_item item[], size_t num, void *workspace)
{
    FOR_EACH_GROUP(done, num)
    mlkem_decaps_group(item + done, group_len(num - done), workspace);
}
