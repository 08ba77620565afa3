/* SPDX-License-Identifier: Apache-2.0
 *
 * Help texts, made of the tables.
 */
#include <string.h>

#include "cli/cli.h"

#define WIDTH       79
#define OPTION_COL  26 /* where the explanations of options begin */
#define SUMMARY_COL 16

/* Print words, broken into lines; `column` is where the first begins. */
static void print_wrapped(FILE *out, const char *text, size_t indent, size_t column)
{
    while (*text != 0) {
        size_t len = strcspn(text, " \n");

        if (column > indent && column + 1 + len > WIDTH) {
            fprintf(out, "\n%*s", (int)indent, "");
            column = indent;
        } else if (column > indent) {
            fputc(' ', out);
            column++;
        }
        fprintf(out, "%.*s", (int)len, text);
        column += len;
        text += len;
        if (strncmp(text, "\n\n", 2) == 0) {
            fprintf(out, "\n\n%*s", (int)indent, "");
            column = indent;
        }
        text += strspn(text, " \n");
    }
    fputc('\n', out);
}

void help_overview(FILE *out)
{
    const char *section = "";

    fputs("pqhw " PQHW_VERSION ", a hardware security module in software for post-quantum keys\n\n"
          "usage: pqhw COMMAND [OPTIONS]\n",
          out);
    for (size_t i = 0; i < num_verbs; i++) {
        if (strcmp(section, verbs[i]->section) != 0)
            fprintf(out, "\n%s\n", verbs[i]->section);
        section = verbs[i]->section;
        fprintf(out, "  %-*s%s\n", SUMMARY_COL, verbs[i]->name, verbs[i]->summary);
    }
    fputs("\nBegin with: pqhw token init --label NAME\n"
          "More about a command: pqhw help COMMAND\n",
          out);
}

void help_group(FILE *out, const char *word)
{
    size_t len = strlen(word);

    fprintf(out, "usage: pqhw %s COMMAND [OPTIONS]\n\n", word);
    for (size_t i = 0; i < num_verbs; i++)
        if (strncmp(verbs[i]->name, word, len) == 0 && verbs[i]->name[len] == ' ')
            fprintf(out, "  %-*s%s\n", SUMMARY_COL, verbs[i]->name, verbs[i]->summary);
    fprintf(out, "\nMore about one: pqhw help %s COMMAND\n", word);
}

static void print_option(FILE *out, const struct opt *opt)
{
    int n = fprintf(out, "  %c%c%c --%s", opt->letter != 0 ? '-' : ' ',
                    opt->letter != 0 ? opt->letter : ' ', opt->letter != 0 ? ',' : ' ', opt->name);

    if (opt->kind != OPT_KIND_FLAG)
        n += fprintf(out, " %s", opt->value);
    if (n >= OPTION_COL) {
        fputc('\n', out);
        n = 0;
    }
    fprintf(out, "%*s", OPTION_COL - n, "");
    print_wrapped(out, opt->help, OPTION_COL, OPTION_COL);
}

static void print_group(FILE *out, const struct opt_group *group)
{
    fprintf(out, "\n%s:\n", group->title);
    for (size_t i = 0; i < group->num_opts; i++)
        print_option(out, &group->opts[i]);
}

void help_verb(FILE *out, const struct verb *verb)
{
    fprintf(out, "usage: pqhw %s%s%s%s\n\n", verb->name, verb->operand != NULL ? " " : "",
            verb->operand != NULL ? verb->operand : "", verb->raw ? "" : " [OPTIONS]");
    print_wrapped(out, verb->details, 0, 0);
    fprintf(out, "\nExample:\n  %s\n", verb->example);
    for (size_t i = 0; verb->groups[i] != NULL; i++)
        print_group(out, verb->groups[i]);
    if (!verb->raw)
        print_group(out, &opts_general);
}
