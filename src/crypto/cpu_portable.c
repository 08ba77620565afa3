/* SPDX-License-Identifier: Apache-2.0
 *
 * For CPUs that have portable C only.
 */
#include "crypto/cpu.h"

enum cpu_level cpu_supported(void)
{
    return CPU_PORTABLE;
}

bool cpu_has_sha(void)
{
    return false;
}

bool cpu_has_pclmul(void)
{
    return false;
}

bool cpu_has_vpclmul(void)
{
    return false;
}
