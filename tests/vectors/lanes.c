/* SPDX-License-Identifier: Apache-2.0
 *
 * Every operation as one item of a batch of 1 to MAX_ITEMS, at a place that changes from call to
 * call. Its neighbours work on a changed input, or on one of a wrong length where there is a length
 * to be wrong. Their results are thrown away. For tests: not for several threads.
 */
#include "lanes.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/batch.h"

#define MAX_ITEMS 11

/* Where neighbours write, and what a batch works in. */
static uint8_t scratch[MAX_ITEMS][160 * 1024] __attribute__((aligned(BATCH_ALIGN)));
static uint8_t other[256]; /* a changed seed, message or mu */

static unsigned num_items; /* of this call */
static unsigned own;       /* the item that counts */

static void *workspace(void)
{
    static void *room;
    const size_t sizes[] = {mlkem_batch_size(), hqc_batch_size(), mldsa_batch_size()};
    size_t largest = 0;

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        largest = sizes[i] > largest ? sizes[i] : largest;
    if (room == NULL && posix_memalign(&room, BATCH_ALIGN, largest) != 0)
        abort();
    return room;
}

/* The next number of items, and the next place. */
static void next_call(void)
{
    static unsigned num_calls;

    num_calls++;
    num_items = 1 + num_calls % MAX_ITEMS;
    own = num_calls / MAX_ITEMS % num_items;
    memset(other, (int)num_calls, sizeof(other));
}

static void *output(unsigned n, const void *of_own)
{
    return n == own ? (void *)(uintptr_t)of_own : scratch[n];
}

static const uint8_t *input(unsigned n, const uint8_t *of_own)
{
    return n == own || n % 3 == 0 ? of_own : other;
}

/* Every other neighbour gets an input of a wrong length. */
static struct span bytes(unsigned n, struct span of_own)
{
    if (n != own && n % 2 == 0 && of_own.len > 0)
        of_own.len--;
    return of_own;
}

enum pqhw_status lanes_mlkem_public_init(struct mlkem_public *pub, enum mlkem_set set,
                                         struct span ek)
{
    struct mlkem_public_item item[MAX_ITEMS];

    next_call();
    for (unsigned n = 0; n < num_items; n++)
        item[n] = (struct mlkem_public_item){PQHW_INTERNAL, set, output(n, pub), bytes(n, ek)};
    mlkem_public_init_batch(item, num_items, workspace());
    return item[own].status;
}

enum pqhw_status lanes_mlkem_private_init(struct mlkem_private *priv, enum mlkem_set set,
                                          struct span dk)
{
    struct mlkem_private_item item[MAX_ITEMS];

    next_call();
    for (unsigned n = 0; n < num_items; n++)
        item[n] = (struct mlkem_private_item){PQHW_INTERNAL, set, output(n, priv), bytes(n, dk)};
    mlkem_private_init_batch(item, num_items, workspace());
    return item[own].status;
}

void lanes_mlkem_keygen(struct mlkem_private *priv, enum mlkem_set set, const uint8_t *seed)
{
    struct mlkem_keygen_item item[MAX_ITEMS];

    next_call();
    for (unsigned n = 0; n < num_items; n++)
        item[n] =
            (struct mlkem_keygen_item){PQHW_INTERNAL, n == own ? set : (enum mlkem_set)(n % 3),
                                       output(n, priv), input(n, seed)};
    mlkem_keygen_batch(item, num_items, workspace());
    if (item[own].status != PQHW_OK)
        abort();
}

void lanes_mlkem_encaps(const struct mlkem_public *pub, uint8_t *ct, uint8_t *ss, const uint8_t *m)
{
    struct mlkem_encaps_item item[MAX_ITEMS];

    next_call();
    for (unsigned n = 0; n < num_items; n++)
        item[n] =
            (struct mlkem_encaps_item){PQHW_INTERNAL, pub, output(n, ct),
                                       n == own ? ss : scratch[n] + MLKEM_MAX_CT_LEN, input(n, m)};
    mlkem_encaps_batch(item, num_items, workspace());
    if (item[own].status != PQHW_OK)
        abort();
}

void lanes_mlkem_decaps(const struct mlkem_private *priv, uint8_t *ss, const uint8_t *ct)
{
    const struct span whole = span(ct, mlkem_sizes(priv->pub.set)->ct_len);
    struct mlkem_decaps_item item[MAX_ITEMS];

    next_call();
    for (unsigned n = 0; n < num_items; n++)
        item[n] = (struct mlkem_decaps_item){PQHW_INTERNAL, priv, output(n, ss), bytes(n, whole)};
    mlkem_decaps_batch(item, num_items, workspace());
    if (item[own].status != PQHW_OK)
        abort();
}

enum pqhw_status lanes_hqc_public_init(struct hqc_public *pub, enum hqc_set set, struct span ek)
{
    struct hqc_public_item item[MAX_ITEMS];

    next_call();
    for (unsigned n = 0; n < num_items; n++)
        item[n] = (struct hqc_public_item){PQHW_INTERNAL, set, output(n, pub), bytes(n, ek)};
    hqc_public_init_batch(item, num_items, workspace());
    return item[own].status;
}

enum pqhw_status lanes_hqc_private_init(struct hqc_private *priv, enum hqc_set set, struct span dk)
{
    struct hqc_private_item item[MAX_ITEMS];

    next_call();
    for (unsigned n = 0; n < num_items; n++)
        item[n] = (struct hqc_private_item){PQHW_INTERNAL, set, output(n, priv), bytes(n, dk)};
    hqc_private_init_batch(item, num_items, workspace());
    return item[own].status;
}

void lanes_hqc_keygen(struct hqc_private *priv, enum hqc_set set, const uint8_t *seed)
{
    struct hqc_keygen_item item[MAX_ITEMS];

    next_call();
    for (unsigned n = 0; n < num_items; n++)
        item[n] = (struct hqc_keygen_item){PQHW_INTERNAL, n == own ? set : (enum hqc_set)(n % 3),
                                           output(n, priv), input(n, seed)};
    hqc_keygen_batch(item, num_items, workspace());
    if (item[own].status != PQHW_OK)
        abort();
}

void lanes_hqc_encaps(const struct hqc_public *pub, uint8_t *ct, uint8_t *ss, const uint8_t *coins)
{
    struct hqc_encaps_item item[MAX_ITEMS];

    next_call();
    for (unsigned n = 0; n < num_items; n++)
        item[n] =
            (struct hqc_encaps_item){PQHW_INTERNAL, pub, output(n, ct),
                                     n == own ? ss : scratch[n] + HQC_MAX_CT_LEN, input(n, coins)};
    hqc_encaps_batch(item, num_items, workspace());
    if (item[own].status != PQHW_OK)
        abort();
}

void lanes_hqc_decaps(const struct hqc_private *priv, uint8_t *ss, const uint8_t *ct)
{
    const struct span whole = span(ct, hqc_sizes(hqc_private_set(priv))->ct_len);
    struct hqc_decaps_item item[MAX_ITEMS];

    next_call();
    for (unsigned n = 0; n < num_items; n++)
        item[n] = (struct hqc_decaps_item){PQHW_INTERNAL, priv, output(n, ss), bytes(n, whole)};
    hqc_decaps_batch(item, num_items, workspace());
    if (item[own].status != PQHW_OK)
        abort();
}

enum pqhw_status lanes_mldsa_public_init(struct mldsa_public *pub, enum mldsa_set set,
                                         struct span pk)
{
    struct mldsa_public_item item[MAX_ITEMS];

    next_call();
    for (unsigned n = 0; n < num_items; n++)
        item[n] = (struct mldsa_public_item){PQHW_INTERNAL, set, output(n, pub), bytes(n, pk)};
    mldsa_public_init_batch(item, num_items, workspace());
    return item[own].status;
}

enum pqhw_status lanes_mldsa_private_init(struct mldsa_private *priv, enum mldsa_set set,
                                          struct span sk)
{
    struct mldsa_private_item item[MAX_ITEMS];

    next_call();
    for (unsigned n = 0; n < num_items; n++)
        item[n] = (struct mldsa_private_item){PQHW_INTERNAL, set, output(n, priv), bytes(n, sk)};
    mldsa_private_init_batch(item, num_items, workspace());
    return item[own].status;
}

void lanes_mldsa_keygen(struct mldsa_private *priv, enum mldsa_set set, const uint8_t *seed)
{
    struct mldsa_keygen_item item[MAX_ITEMS];

    next_call();
    for (unsigned n = 0; n < num_items; n++)
        item[n] =
            (struct mldsa_keygen_item){PQHW_INTERNAL, n == own ? set : (enum mldsa_set)(n % 3),
                                       output(n, priv), input(n, seed)};
    mldsa_keygen_batch(item, num_items, workspace());
    if (item[own].status != PQHW_OK)
        abort();
}

enum pqhw_status lanes_mldsa_sign_mu(const struct mldsa_private *priv, uint8_t *sig,
                                     const uint8_t *mu, const uint8_t *rnd)
{
    struct mldsa_sign_item item[MAX_ITEMS];

    next_call();
    for (unsigned n = 0; n < num_items; n++)
        item[n] = (struct mldsa_sign_item){PQHW_INTERNAL, priv, output(n, sig), input(n, mu),
                                           input(n, rnd)};
    mldsa_sign_mu_batch(item, num_items, workspace());
    return item[own].status;
}

enum pqhw_status lanes_mldsa_verify_mu(const struct mldsa_public *pub, struct span sig,
                                       const uint8_t *mu)
{
    struct mldsa_verify_item item[MAX_ITEMS];

    next_call();
    for (unsigned n = 0; n < num_items; n++)
        item[n] = (struct mldsa_verify_item){PQHW_INTERNAL, pub, bytes(n, sig), input(n, mu)};
    mldsa_verify_mu_batch(item, num_items, workspace());
    return item[own].status;
}
