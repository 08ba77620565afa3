/* SPDX-License-Identifier: Apache-2.0
 *
 * The choice on x86-64. Carry-less multiplication is apart from the levels.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "crypto/hqc/x86.h"

static const struct hqc_impl avx2 = {
    .name = "avx2+pclmul",
    .mul = hqc_pclmul_mul,
    .make_distinct = hqc_avx2_make_distinct,
    .set_bits = hqc_portable_set_bits,
    .decode_inner = hqc_avx2_decode_inner,
    .decode_outer = hqc_avx2_decode_outer,
    .encode_outer = hqc_avx2_encode_outer,
};

static const struct hqc_impl avx2_wide = {
    .name = "avx2+vpclmul",
    .mul = hqc_vpclmul256_mul,
    .make_distinct = hqc_avx2_make_distinct,
    .set_bits = hqc_portable_set_bits,
    .decode_inner = hqc_avx2_decode_inner,
    .decode_outer = hqc_avx2_decode_outer,
    .encode_outer = hqc_avx2_encode_outer,
};

static const struct hqc_impl avx512 = {
    .name = "avx512+vpclmul",
    .mul = hqc_vpclmul512_mul,
    .make_distinct = hqc_avx2_make_distinct,
    .set_bits = hqc_avx512_set_bits,
    .decode_inner = hqc_avx2_decode_inner,
    .decode_outer = hqc_avx2_decode_outer,
    .encode_outer = hqc_avx2_encode_outer,
};

static bool always(void)
{
    return true;
}

/* Each is better than those before it. */
static const struct {
    enum cpu_level level;
    bool (*has)(void);
    const struct hqc_impl *impl;
} choices[] = {
    {CPU_PORTABLE, always, &hqc_portable},
    {CPU_AVX2, cpu_has_pclmul, &avx2},
    {CPU_AVX2, cpu_has_vpclmul, &avx2_wide},
    {CPU_AVX512, cpu_has_vpclmul, &avx512},
};

#define NUM_CHOICES (sizeof(choices) / sizeof(choices[0]))

const struct hqc_impl *hqc_impl_at(unsigned index)
{
    for (size_t i = 0; i < NUM_CHOICES; i++)
        if (choices[i].level <= cpu_supported() && choices[i].has() && index-- == 0)
            return choices[i].impl;
    return NULL;
}

const struct hqc_impl *hqc_impl(void)
{
    /* For each level; the same for all threads, whichever writes it. */
    static _Atomic(const struct hqc_impl *) chosen[CPU_NUM_LEVELS];
    const enum cpu_level level = cpu_level();
    const struct hqc_impl *impl = atomic_load_explicit(&chosen[level], memory_order_relaxed);

    if (impl != NULL)
        return impl;
    for (size_t i = 0; i < NUM_CHOICES; i++)
        if (choices[i].level <= level && choices[i].has())
            impl = choices[i].impl;
    atomic_store_explicit(&chosen[level], impl, memory_order_relaxed);
    return impl;
}
