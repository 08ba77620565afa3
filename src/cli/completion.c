/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/completion.h"

#include <string.h>

/* ---- walking over the tables ---- */

/* Call back for every option of a verb, the general ones last. */
static void each_option(FILE *out, const struct verb *verb,
                        void (*print)(FILE *out, const struct verb *verb, const struct opt *opt))
{
    for (size_t g = 0;; g++) {
        const struct opt_group *group = verb->groups[g] != NULL ? verb->groups[g] : &opts_general;

        for (size_t i = 0; i < group->num_opts; i++)
            print(out, verb, &group->opts[i]);
        if (verb->groups[g] == NULL)
            return;
    }
}

static size_t first_len(const char *name)
{
    return strcspn(name, " ");
}

static bool same_group(const struct verb *a, const struct verb *b)
{
    size_t len = first_len(a->name);
    return len == first_len(b->name) && strncmp(a->name, b->name, len) == 0;
}

/* True if no verb before this one has the same first word. */
static bool is_first_of_group(size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (same_group(verbs[k], verbs[i]))
            return false;
    return true;
}

static bool has_second_word(const struct verb *verb)
{
    return verb->name[first_len(verb->name)] == ' ';
}

static const char *second_word(const struct verb *verb)
{
    return verb->name + first_len(verb->name) + 1;
}

static void print_choices(FILE *out, const struct opt *opt)
{
    for (size_t i = 0; opt->choice(i) != NULL; i++)
        fprintf(out, "%s%s", i > 0 ? " " : "", opt->choice(i));
}

/* Text within single quotes; `quote` is how the shell writes one of them there. */
static void print_quoted(FILE *out, const char *text, const char *quote)
{
    for (; *text != 0; text++)
        if (*text == '\'')
            fputs(quote, out);
        else
            fputc(*text, out);
}

/* ---- bash ---- */

static void bash_name(FILE *out, const struct verb *verb, const struct opt *opt)
{
    (void)verb;
    fprintf(out, " --%s", opt->name);
    if (opt->letter != 0)
        fprintf(out, " -%c", opt->letter);
}

static void bash_value(FILE *out, const struct verb *verb, const struct opt *opt)
{
    size_t len = strlen(opt->name);

    if (opt->kind == OPT_KIND_FLAG)
        return;
    fprintf(out, "    '%s --%s'", verb->name, opt->name);
    if (opt->letter != 0)
        fprintf(out, " | '%s -%c'", verb->name, opt->letter);
    fputs(") COMPREPLY=(", out);
    if (opt->kind == OPT_KIND_CHOICE) {
        fputs("$(compgen -W '", out);
        print_choices(out, opt);
        fputs("' -- \"$cur\")", out);
    } else if (opt->id == OPT_HOME) {
        fputs("$(compgen -d -- \"$cur\")", out);
    } else if (opt->kind == OPT_KIND_FILE) {
        fputs("$(compgen -f -- \"$cur\")", out);
    } else if (len > 4 && strcmp(opt->name + len - 4, "-env") == 0) {
        fputs("$(compgen -e -- \"$cur\")", out);
    }
    fputs("); return ;;\n", out);
}

static void bash_words(FILE *out)
{
    fputs("    case \"$verb\" in\n    '') list='", out);
    for (size_t i = 0; i < num_verbs; i++)
        if (is_first_of_group(i))
            fprintf(out, " %.*s", (int)first_len(verbs[i]->name), verbs[i]->name);
    fputs(" --home --json --quiet --help --version' ;;\n", out);
    for (size_t i = 0; i < num_verbs; i++) {
        if (!is_first_of_group(i) || !has_second_word(verbs[i]))
            continue;
        fprintf(out, "    '%.*s') list='", (int)first_len(verbs[i]->name), verbs[i]->name);
        for (size_t k = i; k < num_verbs; k++)
            if (same_group(verbs[i], verbs[k]))
                fprintf(out, " %s", second_word(verbs[k]));
        fputs("' ;;\n", out);
    }
    for (size_t i = 0; i < num_verbs; i++) {
        fprintf(out, "    '%s') list='", verbs[i]->name);
        each_option(out, verbs[i], bash_name);
        fputs(strcmp(verbs[i]->name, "completion") == 0 ? " bash zsh fish' ;;\n" : "' ;;\n", out);
    }
    fputs("    esac\n", out);
}

void completion_bash(FILE *out)
{
    fputs("# bash completion for pqhw, made by: pqhw completion bash\n"
          "_pqhw() {\n"
          "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
          "    local verb='' list='' word i groups='",
          out);
    for (size_t i = 0; i < num_verbs; i++)
        if (is_first_of_group(i) && has_second_word(verbs[i]))
            fprintf(out, " %.*s", (int)first_len(verbs[i]->name), verbs[i]->name);
    fputs(" '\n"
          "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
          "        word=${COMP_WORDS[i]}\n"
          "        [[ $word == -* || $verb$word == help || ${COMP_WORDS[i-1]} == --home ]] && "
          "continue\n"
          "        if [[ -z $verb ]]; then\n"
          "            verb=$word\n"
          "            [[ $groups == *\" $verb \"* ]] || break\n"
          "        else\n"
          "            verb+=\" $word\"\n"
          "            break\n"
          "        fi\n"
          "    done\n"
          "    case \"$verb $prev\" in\n",
          out);
    for (size_t i = 0; i < num_verbs; i++)
        each_option(out, verbs[i], bash_value);
    fputs("    esac\n", out);
    bash_words(out);
    fputs("    COMPREPLY=($(compgen -W \"$list\" -- \"$cur\"))\n"
          "    if [[ ${#COMPREPLY[@]} -eq 0 && $cur != -* ]]; then\n"
          "        COMPREPLY=($(compgen -f -- \"$cur\"))\n"
          "    fi\n"
          "}\n"
          "complete -o filenames -F _pqhw pqhw\n",
          out);
}

/* ---- zsh ---- */

#define ZSH_QUOTE "'\\''"

static void zsh_option(FILE *out, const struct verb *verb, const struct opt *opt)
{
    (void)verb;
    fputs(" \\\n            ", out);
    if (opt->letter != 0)
        fprintf(out, "'(-%c --%s)'{-%c,--%s", opt->letter, opt->name, opt->letter, opt->name);
    else
        fprintf(out, "'--%s", opt->name);
    fputs(opt->letter != 0 ? "}'[" : "[", out);
    print_quoted(out, opt->help, ZSH_QUOTE);
    fputc(']', out);
    if (opt->kind == OPT_KIND_CHOICE) {
        fprintf(out, ":%s:(", opt->value);
        print_choices(out, opt);
        fputc(')', out);
    } else if (opt->kind == OPT_KIND_FILE) {
        fprintf(out, ":%s:%s", opt->value, opt->id == OPT_HOME ? "_files -/" : "_files");
    } else if (opt->kind != OPT_KIND_FLAG) {
        fprintf(out, ":%s: ", opt->value);
    }
    fputc('\'', out);
}

static void zsh_summary(FILE *out, const char *word, size_t len, const char *summary)
{
    fprintf(out, " '%.*s:", (int)len, word);
    print_quoted(out, summary, ZSH_QUOTE);
    fputc('\'', out);
}

static void zsh_lists(FILE *out)
{
    fputs("    '') list=(", out);
    for (size_t i = 0; i < num_verbs; i++)
        if (is_first_of_group(i))
            zsh_summary(out, verbs[i]->name, first_len(verbs[i]->name),
                        has_second_word(verbs[i]) ? verbs[i]->section : verbs[i]->summary);
    fputs("); _describe command list ;;\n", out);
    for (size_t i = 0; i < num_verbs; i++) {
        if (!is_first_of_group(i) || !has_second_word(verbs[i]))
            continue;
        fprintf(out, "    '%.*s') list=(", (int)first_len(verbs[i]->name), verbs[i]->name);
        for (size_t k = i; k < num_verbs; k++)
            if (same_group(verbs[i], verbs[k]))
                zsh_summary(out, second_word(verbs[k]), strlen(second_word(verbs[k])),
                            verbs[k]->summary);
        fputs("); _describe command list ;;\n", out);
    }
}

void completion_zsh(FILE *out)
{
    fputs("#compdef pqhw\n"
          "# zsh completion for pqhw, made by: pqhw completion zsh\n"
          "_pqhw() {\n"
          "    local verb='' word before=''\n"
          "    local -a list\n"
          "    for word in \"${(@)words[2,CURRENT-1]}\"; do\n"
          "        if [[ $word != -* && $before != --home ]]; then\n"
          "            if [[ -z $verb ]]; then\n"
          "                verb=$word\n"
          "                case $verb in\n"
          "                (",
          out);
    const char *bar = "";
    for (size_t i = 0; i < num_verbs; i++)
        if (is_first_of_group(i) && has_second_word(verbs[i])) {
            fprintf(out, "%s%.*s", bar, (int)first_len(verbs[i]->name), verbs[i]->name);
            bar = "|";
        }
    fputs(") ;;\n"
          "                (*) break ;;\n"
          "                esac\n"
          "            else\n"
          "                verb+=\" $word\"\n"
          "                break\n"
          "            fi\n"
          "        fi\n"
          "        before=$word\n"
          "    done\n"
          "    case $verb in\n",
          out);
    zsh_lists(out);
    for (size_t i = 0; i < num_verbs; i++) {
        fprintf(out, "    '%s') _arguments", verbs[i]->name);
        each_option(out, verbs[i], zsh_option);
        fputs(strcmp(verbs[i]->name, "completion") == 0 ? " '*:shell:(bash zsh fish)' ;;\n"
                                                        : " '*:file:_files' ;;\n",
              out);
    }
    fputs("    esac\n"
          "}\n"
          "if [[ $funcstack[1] == _pqhw ]]; then _pqhw \"$@\"; else compdef _pqhw pqhw; fi\n",
          out);
}

/* ---- fish ---- */

#define FISH_QUOTE "\\'"

static void fish_option(FILE *out, const struct verb *verb, const struct opt *opt)
{
    fprintf(out, "complete -c pqhw -n '__pqhw_in \"%s\"' -l %s", verb->name, opt->name);
    if (opt->letter != 0)
        fprintf(out, " -s %c", opt->letter);
    if (opt->kind == OPT_KIND_CHOICE) {
        fputs(" -x -a '", out);
        print_choices(out, opt);
        fputc('\'', out);
    } else if (opt->kind == OPT_KIND_FILE) {
        fputs(" -r -F", out);
    } else if (opt->kind != OPT_KIND_FLAG) {
        fputs(" -x", out);
    }
    fputs(" -d '", out);
    print_quoted(out, opt->help, FISH_QUOTE);
    fputs("'\n", out);
}

static void fish_word(FILE *out, const char *at, size_t at_len, const char *word, size_t len,
                      const char *summary)
{
    fprintf(out, "complete -c pqhw -n '__pqhw_at \"%.*s\"' -a %.*s -d '", (int)at_len, at, (int)len,
            word);
    print_quoted(out, summary, FISH_QUOTE);
    fputs("'\n", out);
}

void completion_fish(FILE *out)
{
    fputs("# fish completion for pqhw, made by: pqhw completion fish\n"
          "function __pqhw_words\n"
          "    set -l skip no\n"
          "    for word in (commandline -opc)[2..-1]\n"
          "        if test $skip = yes\n"
          "            set skip no\n"
          "        else if test \"$word\" = --home\n"
          "            set skip yes\n"
          "        else if not string match -q -- '-*' $word\n"
          "            echo $word\n"
          "        end\n"
          "    end\n"
          "end\n"
          "function __pqhw_at\n"
          "    set -l line (string join ' ' (__pqhw_words))\n"
          "    test \"$line\" = \"$argv[1]\"\n"
          "end\n"
          "function __pqhw_in\n"
          "    set -l line (string join ' ' (__pqhw_words))\n"
          "    test \"$line\" = \"$argv[1]\"; or string match -q -- \"$argv[1] *\" \"$line\"\n"
          "end\n"
          "complete -c pqhw -f\n",
          out);
    for (size_t i = 0; i < num_verbs; i++) {
        const struct verb *verb = verbs[i];
        size_t len = first_len(verb->name);

        if (is_first_of_group(i))
            fish_word(out, "", 0, verb->name, len,
                      has_second_word(verb) ? verb->section : verb->summary);
        if (has_second_word(verb))
            fish_word(out, verb->name, len, second_word(verb), strlen(second_word(verb)),
                      verb->summary);
        each_option(out, verb, fish_option);
    }
    fputs("complete -c pqhw -n '__pqhw_at completion' -a 'bash zsh fish'\n"
          "complete -c pqhw -n '__pqhw_in \"key import\"' -F\n",
          out);
}
