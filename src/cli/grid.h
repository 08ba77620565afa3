/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables for people: columns as wide as their widest cell, headings bold on a terminal.
 */
#ifndef CLI_GRID_H
#define CLI_GRID_H

#include "base/bytes.h"
#include "base/status.h"

struct grid;

/* headings: num_columns of them. */
NODISCARD enum pqhw_status grid_new(struct grid **out, const char *const *headings,
                                    size_t num_columns);
void grid_free(struct grid *grid);

/* Append the next cell; control characters are replaced. Failures show at grid_print. */
void grid_add(struct grid *grid, struct span text);
void grid_add_text(struct grid *grid, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void grid_add_hex(struct grid *grid, struct span data);

/* To standard output. */
NODISCARD enum pqhw_status grid_print(const struct grid *grid);

#endif
