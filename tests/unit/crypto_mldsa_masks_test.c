/* SPDX-License-Identifier: Apache-2.0
 *
 * Masks sampled ahead, in whatever order lanes become free, are those of FIPS 204, Algorithm 34.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/keccak/lanes.h"
#include "crypto/mldsa/masks.h"

static uint8_t seed[MLDSA_MASK_SEED_LEN];

static void assert_mask(const struct mldsa_params *params, const struct mldsa_poly *y,
                        unsigned index)
{
    const uint8_t bytes[2] = {(uint8_t)index, (uint8_t)(index >> 8)};
    const struct span in[] = {SPAN(seed), SPAN(bytes)};
    uint8_t packed[MLDSA_MAX_Z_LEN];
    struct mldsa_poly expected;
    shake256(packed, mldsa_packed_len(params->z_bits), in, 2);
    mldsa_portable.unpack_from(&expected, packed, params->z_bits, params->gamma1);
    assert_memory_equal(y, &expected, sizeof(expected));
}

/* Permute for masks beside something else, as often as a commitment takes. */
static void sample_ahead(struct mldsa_masks *masks, unsigned num_steps, unsigned room)
{
    while (num_steps-- > 0) {
        struct keccak *state[MLDSA_MASK_LANES];
        struct mldsa_mask_pool pool = {.of = {masks}, .num = 1};
        keccak_lanes_permute(state, mldsa_masks_offer(&pool, state, room));
        mldsa_masks_take(&pool);
    }
}

static void test_masks(void **state)
{
    (void)state;
    static struct mldsa_masks masks;
    for (unsigned round = 0; round < 60; round++) {
        const struct mldsa_params *params = mldsa_params((enum mldsa_set)(round % 3));
        const unsigned num = (round % 2 + 1) * params->l;
        struct mldsa_mask_pool pool = {.of = {&masks}, .num = 1};
        unsigned index = 0;
        seed[0] = (uint8_t)round;
        mldsa_masks_init(&masks, params, seed);
        for (unsigned attempt = 0; attempt < 50; attempt++) {
            masks.num_needed = num;
            mldsa_masks_need(&pool);
            for (unsigned n = 0; n < num; n++)
                assert_mask(params, &masks.y[n], index + n);
            sample_ahead(&masks, attempt * 7 % 12, attempt % (MLDSA_MASK_LANES + 1));
            for (unsigned n = 0; n < num; n++)
                assert_mask(params, &masks.y[n], index + n);
            mldsa_masks_drop(&masks, num);
            index += num;
        }
    }
}

/* However often lanes are free, no more is begun than there is room for. */
static void test_full(void **state)
{
    (void)state;
    static struct mldsa_masks masks;
    const struct mldsa_params *params = mldsa_params(MLDSA_44);
    struct mldsa_mask_pool pool = {.of = {&masks}, .num = 1};
    struct keccak *lanes[MLDSA_MASK_LANES];
    mldsa_masks_init(&masks, params, seed);
    sample_ahead(&masks, 20 * MLDSA_MAX_MASKS, MLDSA_MASK_LANES);
    assert_int_equal(mldsa_masks_offer(&pool, lanes, MLDSA_MASK_LANES), 0);
    for (unsigned n = 0; n < MLDSA_MAX_MASKS; n++)
        assert_mask(params, &masks.y[n], n);
    mldsa_masks_drop(&masks, 1);
    assert_int_equal(mldsa_masks_offer(&pool, lanes, MLDSA_MASK_LANES), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_masks),
        cmocka_unit_test(test_full),
    };
    return cmocka_run_group_tests_name("mldsa masks", tests, NULL, NULL);
}
