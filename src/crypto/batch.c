/* SPDX-License-Identifier: Apache-2.0
 *
 * Items by groups. Where they hold secrets the stack is wiped once for all of them.
 */
#include "crypto/batch.h"

#include "base/wipe.h"
#include "crypto/hqc/group.h"
#include "crypto/mldsa/group.h"
#include "crypto/mlkem/group.h"

/* How many of the items that are left go together. */
static unsigned group_len(size_t num_left)
{
    const unsigned width = keccak_lanes_width();

    return num_left < width ? (unsigned)num_left : width;
}

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
    for (size_t done = 0; done < num; done += group_len(num - done))
        mlkem_keygen_group(item + done, group_len(num - done), workspace);
    wipe_stack();
}

void mlkem_public_init_batch(struct mlkem_public_item item[], size_t num, void *workspace)
{
    (void)workspace;
    for (size_t done = 0; done < num; done += group_len(num - done))
        mlkem_public_init_group(item + done, group_len(num - done));
}

void mlkem_private_init_batch(struct mlkem_private_item item[], size_t num, void *workspace)
{
    (void)workspace;
    for (size_t done = 0; done < num; done += group_len(num - done))
        mlkem_private_init_group(item + done, group_len(num - done));
    wipe_stack();
}

void mlkem_encaps_batch(struct mlkem_encaps_item item[], size_t num, void *workspace)
{
    for (size_t done = 0; done < num; done += group_len(num - done))
        mlkem_encaps_group(item + done, group_len(num - done), workspace);
    wipe_stack();
}

void mlkem_decaps_batch(struct mlkem_decaps_item item[], size_t num, void *workspace)
{
    for (size_t done = 0; done < num; done += group_len(num - done))
        mlkem_decaps_group(item + done, group_len(num - done), workspace);
    wipe_stack();
}

/* ------------------------------------------------------------------ HQC */

union hqc_room {
    struct hqc_keygen_room keygen;
    struct hqc_public_room open;
    struct hqc_encaps_room encaps;
    struct hqc_decaps_room decaps;
};

size_t hqc_batch_size(void)
{
    return keccak_lanes_width() * sizeof(union hqc_room);
}

void hqc_keygen_batch(struct hqc_keygen_item item[], size_t num, void *workspace)
{
    for (size_t done = 0; done < num; done += group_len(num - done))
        hqc_keygen_group(item + done, group_len(num - done), workspace);
    wipe_stack();
}

void hqc_public_init_batch(struct hqc_public_item item[], size_t num, void *workspace)
{
    for (size_t done = 0; done < num; done += group_len(num - done))
        hqc_public_init_group(item + done, group_len(num - done), workspace);
}

void hqc_private_init_batch(struct hqc_private_item item[], size_t num, void *workspace)
{
    for (size_t done = 0; done < num; done += group_len(num - done))
        hqc_private_init_group(item + done, group_len(num - done), workspace);
    wipe_stack();
}

void hqc_encaps_batch(struct hqc_encaps_item item[], size_t num, void *workspace)
{
    for (size_t done = 0; done < num; done += group_len(num - done))
        hqc_encaps_group(item + done, group_len(num - done), workspace);
    wipe_stack();
}

void hqc_decaps_batch(struct hqc_decaps_item item[], size_t num, void *workspace)
{
    for (size_t done = 0; done < num; done += group_len(num - done))
        hqc_decaps_group(item + done, group_len(num - done), workspace);
    wipe_stack();
}

/* ------------------------------------------------------------------ ML-DSA */

size_t mldsa_batch_size(void)
{
    size_t room = sizeof(struct mldsa_private_room);

    if (room < sizeof(struct mldsa_verify_room))
        room = sizeof(struct mldsa_verify_room);
    if (room < mldsa_sign_room_size)
        room = mldsa_sign_room_size;
    return keccak_lanes_width() * room;
}

void mldsa_keygen_batch(struct mldsa_keygen_item item[], size_t num, void *workspace)
{
    for (size_t done = 0; done < num; done += group_len(num - done))
        mldsa_keygen_group(item + done, group_len(num - done), workspace);
    wipe_stack();
}

void mldsa_public_init_batch(struct mldsa_public_item item[], size_t num, void *workspace)
{
    (void)workspace;
    for (size_t done = 0; done < num; done += group_len(num - done))
        mldsa_public_init_group(item + done, group_len(num - done));
}

void mldsa_private_init_batch(struct mldsa_private_item item[], size_t num, void *workspace)
{
    for (size_t done = 0; done < num; done += group_len(num - done))
        mldsa_private_init_group(item + done, group_len(num - done), workspace);
    wipe_stack();
}

void mldsa_mu_batch(struct mldsa_mu_item item[], size_t num, void *workspace)
{
    (void)workspace;
    for (size_t done = 0; done < num; done += group_len(num - done))
        mldsa_mu_group(item + done, group_len(num - done));
}

void mldsa_sign_mu_batch(struct mldsa_sign_item item[], size_t num, void *workspace)
{
    mldsa_sign_stream(item, num, workspace, keccak_lanes_width());
    wipe_stack();
}

void mldsa_verify_mu_batch(struct mldsa_verify_item item[], size_t num, void *workspace)
{
    for (size_t done = 0; done < num; done += group_len(num - done))
        mldsa_verify_group(item + done, group_len(num - done), workspace);
}

/* ------------------------------------------------------------------ SLH-DSA */

void slhdsa_keygen_batch(struct slhdsa_keygen_item item[], size_t num)
{
    for (size_t n = 0; n < num; n++) {
        slhdsa_keygen(item[n].priv, item[n].set, item[n].seed);
        item[n].status = PQHW_OK;
    }
}

void slhdsa_sign_batch(struct slhdsa_sign_item item[], size_t num)
{
    for (size_t n = 0; n < num; n++)
        item[n].status = slhdsa_sign(item[n].priv, item[n].sig, item[n].domain, item[n].message,
                                     item[n].opt_rand, item[n].check);
}

void slhdsa_verify_batch(struct slhdsa_verify_item item[], size_t num)
{
    for (size_t n = 0; n < num; n++)
        item[n].status = slhdsa_verify(item[n].pub, item[n].sig, item[n].domain, item[n].message);
}
