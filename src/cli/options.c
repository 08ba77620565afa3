/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/size.h"

#define NEAREST_MAX_WORD 48 /* longer words are not corrected */

static size_t min3(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* Levenshtein distance: how many letters to insert, drop or exchange. */
static size_t distance(const char *a, const char *b)
{
    size_t row[NEAREST_MAX_WORD + 1];
    size_t len = strlen(b);

    for (size_t j = 0; j <= len; j++)
        row[j] = j;
    for (size_t i = 0; a[i] != 0; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < len; j++) {
            size_t change = diagonal + (a[i] != b[j]);
            diagonal = row[j + 1];
            row[j + 1] = min3(row[j] + 1, row[j + 1] + 1, change);
        }
    }
    return row[len];
}

const char *opts_nearest(const char *word, const char *(*next)(void *arg), void *arg)
{
    const char *best = NULL;
    size_t best_distance = strlen(word) / 3 + 2; /* farther ones are no help */

    if (strlen(word) > NEAREST_MAX_WORD)
        return NULL;
    for (const char *other = next(arg); other != NULL; other = next(arg)) {
        size_t d = strlen(other) > NEAREST_MAX_WORD ? SIZE_MAX : distance(word, other);
        if (d < best_distance) {
            best = other;
            best_distance = d;
        }
    }
    return best;
}

/* Walks over all options of the groups. */
struct walk {
    const struct opt_group *const *groups;
    size_t group, opt;
};

static const struct opt *walk_next(struct walk *walk)
{
    for (; walk->groups[walk->group] != NULL; walk->group++, walk->opt = 0)
        if (walk->opt < walk->groups[walk->group]->num_opts)
            return &walk->groups[walk->group]->opts[walk->opt++];
    return NULL;
}

static const char *walk_next_name(void *arg)
{
    const struct opt *opt = walk_next(arg);
    return opt == NULL ? NULL : opt->name;
}

static const struct opt *find_name(const struct opt_group *const *groups, const char *name,
                                   size_t len)
{
    struct walk walk = {.groups = groups};

    for (const struct opt *opt = walk_next(&walk); opt != NULL; opt = walk_next(&walk))
        if (strlen(opt->name) == len && memcmp(opt->name, name, len) == 0 /* public */)
            return opt;
    return NULL;
}

static const struct opt *find_letter(const struct opt_group *const *groups, char letter)
{
    struct walk walk = {.groups = groups};

    for (const struct opt *opt = walk_next(&walk); opt != NULL; opt = walk_next(&walk))
        if (opt->letter == letter)
            return opt;
    return NULL;
}

struct choice_walk {
    const struct opt *opt;
    size_t i;
};

static const char *choice_next(void *arg)
{
    struct choice_walk *walk = arg;
    return walk->opt->choice(walk->i++);
}

/* As many as there is room for of the choices that have `part` in them; false if none has. */
static bool list_choices(struct opts_problem *problem, const struct opt *opt, const char *part)
{
    static const char more[] = ", …; --help tells all";
    struct choice_walk walk = {.opt = opt};
    size_t used = (size_t)snprintf(problem->hint, sizeof(problem->hint), "choose one of");
    const char *comma = "";

    for (const char *name = choice_next(&walk); name != NULL; name = choice_next(&walk)) {
        if (strcasestr(name, part) == NULL)
            continue;
        if (used + strlen(name) + 2 + sizeof(more) > sizeof(problem->hint)) {
            snprintf(problem->hint + used, sizeof(problem->hint) - used, "%s", more);
            return true;
        }
        used += (size_t)snprintf(problem->hint + used, sizeof(problem->hint) - used, "%s %s", comma,
                                 name);
        comma = ",";
    }
    return comma[0] != 0;
}

/* Makes *value the choice that it means; capitals are small letters. */
static bool check_choice(struct opts_problem *problem, const struct opt *opt, const char **value)
{
    struct choice_walk walk = {.opt = opt};
    const char *meant = opt->alias != NULL ? opt->alias(*value) : NULL;

    if (meant != NULL)
        *value = meant;
    for (const char *name = choice_next(&walk); name != NULL; name = choice_next(&walk))
        if (strcasecmp(name, *value) == 0) {
            *value = name;
            return true;
        }
    snprintf(problem->text, sizeof(problem->text), "--%s does not know \"%.64s\"", opt->name,
             *value);
    walk.i = 0;
    if ((*value)[0] != 0 && list_choices(problem, opt, *value))
        return false;
    const char *nearest = opts_nearest(*value, choice_next, &walk);
    if (nearest != NULL)
        snprintf(problem->hint, sizeof(problem->hint), "did you mean %s?", nearest);
    else
        list_choices(problem, opt, "");
    return false;
}

static bool read_number(struct args *args, struct opts_problem *problem, const struct opt *opt,
                        const char *value)
{
    char *end = NULL;
    bool digits = value[0] >= '0' && value[0] <= '9';

    errno = 0;
    args->number[opt->id] = strtoull(value, &end, 10);
    if (digits && *end == 0 && errno == 0 && args->number[opt->id] >= opt->min &&
        args->number[opt->id] <= opt->max)
        return true;
    snprintf(problem->text, sizeof(problem->text), "--%s needs a whole number, not \"%.64s\"",
             opt->name, value);
    snprintf(problem->hint, sizeof(problem->hint), "it may be from %llu to %llu",
             (unsigned long long)opt->min, (unsigned long long)opt->max);
    return false;
}

static bool read_size(struct args *args, struct opts_problem *problem, const struct opt *opt,
                      const char *value)
{
    char min[SIZE_TEXT_LEN];
    char max[SIZE_TEXT_LEN];

    if (size_parse(value, &args->number[opt->id]) && args->number[opt->id] >= opt->min &&
        args->number[opt->id] <= opt->max)
        return true;
    size_format(min, opt->min);
    size_format(max, opt->max);
    snprintf(problem->text, sizeof(problem->text),
             "--%s needs a size such as 512K, 64M or 2G, not \"%.64s\"", opt->name, value);
    snprintf(problem->hint, sizeof(problem->hint), "it may be from %s to %s", min, max);
    return false;
}

static bool take(struct args *args, struct opts_problem *problem, const struct opt *opt,
                 const char *value)
{
    if (args->given[opt->id] && opt->kind != OPT_KIND_FLAG) {
        snprintf(problem->text, sizeof(problem->text), "--%s is given twice", opt->name);
        return false;
    }
    if (opt->kind == OPT_KIND_CHOICE && !check_choice(problem, opt, &value))
        return false;
    if (opt->kind == OPT_KIND_NUMBER && !read_number(args, problem, opt, value))
        return false;
    if (opt->kind == OPT_KIND_SIZE && !read_size(args, problem, opt, value))
        return false;
    args->given[opt->id] = true;
    args->text[opt->id] = value;
    return true;
}

/* Lists the options that begin with this word and go on (--pin-file for --pin), if any do. */
static bool list_longer(struct opts_problem *problem, struct walk walk, const char *word)
{
    static const char first[] = "did you mean";
    size_t len = strlen(word);
    size_t used = (size_t)snprintf(problem->hint, sizeof(problem->hint), first);
    const char *joint = "";

    for (const char *name = walk_next_name(&walk); name != NULL; name = walk_next_name(&walk)) {
        if (strncmp(name, word, len) != 0 || name[len] != '-' ||
            used + strlen(name) + sizeof(" or --?") > sizeof(problem->hint))
            continue;
        used += (size_t)snprintf(problem->hint + used, sizeof(problem->hint) - used, "%s --%s",
                                 joint, name);
        joint = " or";
    }
    snprintf(problem->hint + used, sizeof(problem->hint) - used, "?");
    return joint[0] != 0;
}

static void say_unknown(struct opts_problem *problem, const struct opt_group *const *groups,
                        const char *word)
{
    struct walk walk = {.groups = groups};
    size_t len = strcspn(word, "=");
    char name[NEAREST_MAX_WORD + 1];
    const char *nearest = NULL;

    snprintf(problem->text, sizeof(problem->text), "unknown option %.*s",
             (int)(len < 80 ? len : 80), word);
    if (word[1] == '-' && len - 2 < sizeof(name)) {
        memcpy(name, word + 2, len - 2);
        name[len - 2] = 0;
        if (list_longer(problem, walk, name))
            return;
        nearest = opts_nearest(name, walk_next_name, &walk);
    }
    if (nearest != NULL)
        snprintf(problem->hint, sizeof(problem->hint), "did you mean --%s?", nearest);
    else
        problem->hint[0] = 0;
}

/* One option at argv[*i], with its value, which may be the next word. */
static bool parse_option(struct args *args, struct opts_problem *problem, int *i,
                         const struct opt_group *const *groups, int argc, char **argv)
{
    const char *word = argv[*i];
    size_t len = strcspn(word, "=");
    const struct opt *opt = NULL;
    const char *value = NULL;

    if (word[1] == '-') {
        opt = find_name(groups, word + 2, len - 2);
        value = word[len] == '=' ? word + len + 1 : NULL;
    } else {
        opt = find_letter(groups, word[1]);
        value = word[2] != 0 ? word + 2 : NULL;
    }
    if (opt == NULL) {
        say_unknown(problem, groups, word);
        return false;
    }
    if (opt->kind == OPT_KIND_FLAG && value != NULL) {
        snprintf(problem->text, sizeof(problem->text), "--%s takes no value", opt->name);
        return false;
    }
    if (opt->kind != OPT_KIND_FLAG && value == NULL) {
        if (*i + 1 >= argc) {
            snprintf(problem->text, sizeof(problem->text), "--%s needs a value: --%s %s", opt->name,
                     opt->name, opt->value);
            return false;
        }
        value = argv[++*i];
    }
    return take(args, problem, opt, value);
}

static bool is_option(const char *word)
{
    return word[0] == '-' && word[1] != 0; /* "-" alone is standard input or output */
}

bool opts_parse(struct args *args, struct opts_problem *problem, int *used,
                const struct opt_group *const *groups, int argc, char **argv, bool stop_at_operand)
{
    bool options_over = false;
    int i = 0;

    *problem = (struct opts_problem){0};
    for (; i < argc; i++) {
        if (!options_over && strcmp(argv[i], "--") == 0) {
            options_over = true;
            continue;
        }
        if (!options_over && is_option(argv[i])) {
            if (!parse_option(args, problem, &i, groups, argc, argv))
                return false;
            continue;
        }
        if (stop_at_operand)
            break;
        if (args->num_operands == ARGS_MAX_OPERANDS) {
            snprintf(problem->text, sizeof(problem->text), "too many arguments: \"%.64s\"",
                     argv[i]);
            return false;
        }
        args->operands[args->num_operands++] = argv[i];
    }
    *used = i;
    return true;
}
