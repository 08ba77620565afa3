/* SPDX-License-Identifier: Apache-2.0
 *
 * The person's terminal, even where standard input and output are something else.
 */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

/* Ask a question and read a line, without its newline. False if there is no terminal. */
bool terminal_ask(const char *question, const char *tail, char *out, size_t out_len);

/*
 * The same without showing what is typed. A signal that ends the program meanwhile leaves the
 * terminal as it was. out holds a secret; a longer line is cut, so give it room for one more byte
 * than is allowed.
 */
bool terminal_ask_secret(const char *question, char *out, size_t out_len);

#endif
