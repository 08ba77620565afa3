/* SPDX-License-Identifier: Apache-2.0
 *
 * A program at the other end of a test's pipe. Commands come on standard input, one a line of
 * words; the answer is one line: the name of a status, and hexadecimal digits of what came out.
 * Words that are bytes are hexadecimal; "-" stands for no bytes.
 */
#ifndef TESTS_VECTORS_DRIVER_H
#define TESTS_VECTORS_DRIVER_H

#include <stdbool.h>

#include "base/bytes.h"

#define DRIVER_MAX_WORDS  12
#define DRIVER_MAX_OUTPUT 8192

/* A line of words, and what is answered. */
struct driver_line {
    const char *text[DRIVER_MAX_WORDS];
    struct span bytes[DRIVER_MAX_WORDS]; /* where a word is hexadecimal */
    size_t num;
    uint8_t output[DRIVER_MAX_OUTPUT];
    size_t output_len;
};

struct driver_command {
    const char *name;
    size_t num_words; /* the name included */
    enum pqhw_status (*run)(struct driver_line *line);
};

/* Ends the program, saying what, unless it held. */
void driver_require(bool held, const char *what);

/* Answer lines until there are no more. */
void driver_serve(const struct driver_command *commands, size_t num);

#endif
