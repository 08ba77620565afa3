/* SPDX-License-Identifier: Apache-2.0
 *
 * The level of an x86-64 CPU, by CPUID and, for the registers that the operating system must save,
 * by XGETBV (Intel 64 and IA-32 Architectures Software Developer's Manual, volume 1, 14.3 and
 * 15.2).
 */
#include <cpuid.h>
#include <stdint.h>

#include "crypto/cpu.h"

/* Leaf 1. */
#define ECX_PCLMUL  (1u << 1)
#define ECX_POPCNT  (1u << 23)
#define ECX_OSXSAVE (1u << 27)
#define ECX_AVX     (1u << 28)
/* Leaf 7, subleaf 0. */
#define ECX_VPCLMUL  (1u << 10)
#define EBX_BMI1     (1u << 3)
#define EBX_AVX2     (1u << 5)
#define EBX_BMI2     (1u << 8)
#define EBX_AVX512F  (1u << 16)
#define EBX_AVX512DQ (1u << 17)
#define EBX_SHA      (1u << 29)
#define EBX_AVX512BW (1u << 30)
#define EBX_AVX512VL (1u << 31)
/* Extended control register 0: which registers the operating system saves. */
#define XCR0_YMM 0x06u /* XMM, upper halves of YMM */
#define XCR0_ZMM 0xe6u /* and mask registers, upper halves of ZMM0 to ZMM15, ZMM16 to ZMM31 */

static bool has_all(uint32_t bits, uint32_t wanted)
{
    return (bits & wanted) == wanted;
}

static uint32_t read_xcr0(void)
{
    uint32_t low;
    uint32_t high;

    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

enum cpu_level cpu_supported(void)
{
    const uint32_t avx2 = EBX_BMI1 | EBX_AVX2 | EBX_BMI2;
    const uint32_t avx512 = EBX_AVX512F | EBX_AVX512DQ | EBX_AVX512BW | EBX_AVX512VL;
    uint32_t eax, ebx, ecx, edx;
    uint32_t xcr0;

    if (__get_cpuid(1, &eax, &ebx, &ecx, &edx) == 0 ||
        !has_all(ecx, ECX_POPCNT | ECX_OSXSAVE | ECX_AVX))
        return CPU_PORTABLE;
    xcr0 = read_xcr0();
    if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) == 0)
        return CPU_PORTABLE;
    if (!has_all(ebx, avx2) || !has_all(xcr0, XCR0_YMM))
        return CPU_PORTABLE;
    return has_all(ebx, avx512) && has_all(xcr0, XCR0_ZMM) ? CPU_AVX512 : CPU_AVX2;
}

bool cpu_has_sha(void)
{
    uint32_t eax, ebx, ecx, edx;

    return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0 && has_all(ebx, EBX_SHA);
}

bool cpu_has_pclmul(void)
{
    uint32_t eax, ebx, ecx, edx;

    return __get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0 && has_all(ecx, ECX_PCLMUL);
}

bool cpu_has_vpclmul(void)
{
    uint32_t eax, ebx, ecx, edx;

    return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0 && has_all(ecx, ECX_VPCLMUL) &&
           cpu_has_pclmul();
}
