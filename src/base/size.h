/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_SIZE_H
#define BASE_SIZE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Read a size as people write it: decimal digits, then nothing for bytes or one of K, M and G (or
 * k, m, g) for the powers of 1024. False, and *out is unchanged, if it is not that, or too large
 * for 64 bits.
 */
bool size_parse(const char *text, uint64_t *out);

/* "6.0 MiB", for a person; bytes below 1024 as they are, "64 B". */
#define SIZE_TEXT_LEN 16
void size_format(char out[SIZE_TEXT_LEN], uint64_t bytes);

#endif
