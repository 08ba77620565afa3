/* SPDX-License-Identifier: Apache-2.0
 *
 * Manual pages in roff (the man macros), made of the same tables as the help texts. The pages in
 * docs/man are made by `pqhw help --man`, but for pqhw.1, which is written by hand.
 */
#include <ctype.h>
#include <string.h>

#include "cli/cli.h"

#define DATE "2026-11-29" /* of the last change to the tables */

/* Text with what roff would take for its own escaped; a line for each sentence, paragraphs parted.
 */
static void put_text(FILE *out, const char *text)
{
    bool line_start = true;

    for (; *text != 0; text++) {
        if (strncmp(text, "\n\n", 2) == 0) {
            fputs("\n.PP\n", out);
            text++;
            line_start = true;
            continue;
        }
        if (strncmp(text, ". ", 2) == 0) {
            fputs(".\n", out);
            text++;
            line_start = true;
            continue;
        }
        if (line_start && (*text == '.' || *text == '\''))
            fputs("\\&", out);
        if (*text == '-')
            fputs("\\-", out);
        else if (*text == '\\')
            fputs("\\e", out);
        else
            fputc(*text, out);
        line_start = *text == '\n';
    }
}

static void put_option(FILE *out, const struct opt *opt)
{
    fputs(".TP\n\\fB", out);
    if (opt->letter != 0)
        fprintf(out, "\\-%c\\fR, \\fB", opt->letter);
    fputs("\\-\\-", out);
    put_text(out, opt->name);
    fputs("\\fR", out);
    if (opt->kind != OPT_KIND_FLAG)
        fprintf(out, " \\fI%s\\fR", opt->value);
    fputc('\n', out);
    put_text(out, opt->help);
    fputc('\n', out);
}

static void put_group(FILE *out, const struct opt_group *group)
{
    fputs(".PP\n", out);
    put_text(out, group->title);
    fputs(":\n", out);
    for (size_t i = 0; i < group->num_opts; i++)
        put_option(out, &group->opts[i]);
}

static void put_synopsis(FILE *out, const struct verb *verb)
{
    fprintf(out, "\\fBpqhw %s\\fR", verb->name);
    if (verb->operand != NULL)
        fprintf(out, " \\fI%s\\fR", verb->operand);
    fputs(verb->raw ? "\n" : " [\\fIoptions\\fR]\n", out);
}

static void put_verb(FILE *out, const struct verb *verb)
{
    fprintf(out, ".SH \"pqhw %s\"\n", verb->name);
    put_text(out, verb->details);
    fputs("\n.PP\n.RS 4\n.nf\n", out);
    put_text(out, verb->example);
    fputs("\n.fi\n.RE\n", out);
    for (size_t i = 0; verb->groups[i] != NULL; i++)
        put_group(out, verb->groups[i]);
}

static bool belongs(const struct verb *verb, const char *word)
{
    size_t len = strlen(word);
    return strncmp(verb->name, word, len) == 0 && (verb->name[len] == ' ' || verb->name[len] == 0);
}

static void put_name(FILE *out, const char *word)
{
    const char *comma = "";

    fprintf(out, ".SH NAME\npqhw\\-%s \\- ", word);
    for (size_t i = 0; i < num_verbs; i++)
        if (belongs(verbs[i], word)) {
            fputs(comma, out);
            put_text(out, verbs[i]->summary);
            comma = "; ";
        }
    fputc('\n', out);
}

void help_manual(FILE *out, const char *word)
{
    fputs(".\\\" SPDX-License-Identifier: Apache-2.0\n"
          ".\\\" Made by pqhw help --man: change the tables in src/cli, not this file.\n"
          ".TH PQHW\\-",
          out);
    for (const char *c = word; *c != 0; c++)
        fputc(toupper((unsigned char)*c), out);
    fputs(" 1 " DATE " \"pqhw\" \"pqhw manual\"\n", out);
    put_name(out, word);
    fputs(".SH SYNOPSIS\n", out);
    const char *line_break = "";
    for (size_t i = 0; i < num_verbs; i++)
        if (belongs(verbs[i], word)) {
            fputs(line_break, out);
            put_synopsis(out, verbs[i]);
            line_break = ".br\n";
        }
    for (size_t i = 0; i < num_verbs; i++)
        if (belongs(verbs[i], word))
            put_verb(out, verbs[i]);
    fputs(".SH COMMON OPTIONS\n", out);
    for (size_t i = 0; i < opts_general.num_opts; i++)
        put_option(out, &opts_general.opts[i]);
    fputs(".SH EXIT STATUS\n"
          "0 success, 1 the operation failed, 2 wrong usage, 3 login failed, 4 the device or the "
          "system failed.\n"
          ".SH SEE ALSO\n\\fBpqhw\\fR(1)\n",
          out);
}
