/* SPDX-License-Identifier: Apache-2.0 */
#include "driver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_LINE (1u << 20)

static char input[MAX_LINE];
static uint8_t bytes[MAX_LINE];

void driver_require(bool held, const char *what)
{
    if (!held) {
        fprintf(stderr, "driver: %s\n", what);
        exit(2);
    }
}

static int digit(char c)
{
    const char *digits = "0123456789abcdef";
    const char *at = c != 0 ? strchr(digits, c) : NULL;
    return at != NULL ? (int)(at - digits) : -1;
}

/* The bytes of a word go to *at; of one that is not hexadecimal there are none. */
static struct span from_hex(const char *word, uint8_t **at)
{
    uint8_t *start = *at;

    for (; digit(word[0]) >= 0 && digit(word[1]) >= 0; word += 2)
        *(*at)++ = (uint8_t)(16 * digit(word[0]) + digit(word[1]));
    if (*word != 0)
        *at = start;
    return span(start, (size_t)(*at - start));
}

static void split(struct driver_line *line)
{
    uint8_t *at = bytes;

    line->num = 0;
    for (char *word = strtok(input, " \n"); word != NULL; word = strtok(NULL, " \n")) {
        driver_require(line->num < DRIVER_MAX_WORDS, "too many words");
        line->text[line->num] = word;
        line->bytes[line->num++] = from_hex(word, &at);
    }
    driver_require(line->num > 0, "an empty line");
}

static const struct driver_command *find(const struct driver_command *commands, size_t num,
                                         const struct driver_line *line)
{
    for (size_t i = 0; i < num; i++) {
        if (strcmp(commands[i].name, line->text[0]) == 0 && commands[i].num_words == line->num)
            return &commands[i];
    }
    driver_require(false, "not a command");
    return NULL;
}

void driver_serve(const struct driver_command *commands, size_t num)
{
    static struct driver_line line;

    while (fgets(input, sizeof(input), stdin) != NULL) {
        split(&line);
        line.output_len = 0;
        enum pqhw_status status = find(commands, num, &line)->run(&line);
        printf("%s ", pqhw_status_name(status));
        for (size_t i = 0; i < line.output_len; i++)
            printf("%02x", line.output[i]);
        putchar('\n');
        fflush(stdout);
    }
}
