/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/grid.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

#define MAX_COLUMNS 12
#define CELL_MAX    512
#define GAP         2

struct grid {
    size_t num_columns;
    size_t width[MAX_COLUMNS];
    char **cells; /* the headings first */
    size_t num;
    bool failed;
};

/* Columns a text takes: its characters, not its bytes. */
static size_t width_of(const char *text)
{
    size_t width = 0;

    for (; *text != 0; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

enum pqhw_status grid_new(struct grid **out, const char *const *headings, size_t num_columns)
{
    struct grid *grid = calloc(1, sizeof(*grid));

    *out = grid;
    assert(num_columns <= MAX_COLUMNS);
    if (grid == NULL)
        return PQHW_NO_MEMORY;
    grid->num_columns = num_columns;
    for (size_t i = 0; i < num_columns; i++)
        grid_add_text(grid, "%s", headings[i]);
    return PQHW_OK;
}

void grid_free(struct grid *grid)
{
    for (size_t i = 0; grid != NULL && i < grid->num; i++)
        free(grid->cells[i]);
    if (grid != NULL)
        free(grid->cells);
    free(grid);
}

void grid_add(struct grid *grid, struct span text)
{
    size_t column = grid->num % grid->num_columns;
    char cell[CELL_MAX];
    char **cells = reallocarray(grid->cells, grid->num + 1, sizeof(*cells));

    if (cells == NULL) {
        grid->failed = true;
        return;
    }
    grid->cells = cells;
    clean_text(cell, sizeof(cell), text);
    cells[grid->num] = strdup(cell);
    if (cells[grid->num] == NULL) {
        grid->failed = true;
        return;
    }
    grid->num++;
    if (width_of(cell) > grid->width[column])
        grid->width[column] = width_of(cell);
}

void grid_add_text(struct grid *grid, const char *format, ...)
{
    char text[CELL_MAX];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    grid_add(grid, span(text, strlen(text)));
}

void grid_add_hex(struct grid *grid, struct span data)
{
    char text[CELL_MAX] = "";

    for (size_t i = 0; i < data.len && 2 * i + 3 < sizeof(text); i++)
        snprintf(text + 2 * i, 3, "%02x", data.ptr[i]);
    grid_add(grid, span(text, strlen(text)));
}

static void print_row(const struct grid *grid, char *const *cells)
{
    for (size_t i = 0; i < grid->num_columns; i++) {
        size_t blanks = grid->width[i] - width_of(cells[i]) + GAP;
        bool last = i + 1 == grid->num_columns;

        printf("%s%*s", cells[i], last ? 0 : (int)blanks, "");
    }
}

enum pqhw_status grid_print(const struct grid *grid)
{
    if (grid->failed)
        return PQHW_NO_MEMORY;
    for (size_t i = 0; i + grid->num_columns <= grid->num; i += grid->num_columns) {
        fputs(i == 0 ? style_bold() : "", stdout);
        print_row(grid, grid->cells + i);
        puts(i == 0 ? style_plain() : "");
    }
    return PQHW_OK;
}
