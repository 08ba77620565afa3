/* SPDX-License-Identifier: Apache-2.0
 *
 * The yardstick: what libcrypto takes for Keccak-f[1600], in SHA3-256 of a long message.
 *
 * Timings are told as multiples of it, so that machines can be compared, and so that what else a
 * machine does at the time, which slows both down, falls out.
 */
#ifndef BENCH_REFERENCE_H
#define BENCH_REFERENCE_H

#include "base/status.h"

/* Permutations in one sample: long enough to be measured well, and so little memory that what is
 * measured beside it stays in the caches. */
#define REFERENCE_PERMUTATIONS 30

struct reference;

enum pqhw_status reference_new(struct reference **out);
void reference_free(struct reference *reference);

/* One sample. NULL, or what went wrong. */
const char *reference_run(struct reference *reference);

#endif
