/* SPDX-License-Identifier: Apache-2.0
 *
 * Keccak-f[1600] on one state for CPUs of the AVX2 level, with their BMI instructions (and-not, and
 * rotations that leave their source alone). Compiled with -mbmi -mbmi2 and without AVX2, which the
 * compiler would use to its disadvantage.
 */
#include "crypto/keccak/impl.h"
#include "crypto/keccak/scalar.h"

void keccak_bmi2_permute(uint64_t state[KECCAK_LANES])
{
    keccak_scalar_permute(state);
}
