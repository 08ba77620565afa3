/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of verbs, in the order of the overview.
 */
#include <string.h>

#include "cli/cli.h"

extern const struct verb verb_init, verb_token_list, verb_token_show, verb_token_init,
    verb_token_delete, verb_token_policy, verb_user_pin, verb_key_generate, verb_key_list,
    verb_key_show, verb_key_import, verb_key_export, verb_key_delete, verb_sign, verb_verify,
    verb_encapsulate, verb_decapsulate, verb_random, verb_status, verb_audit_show,
    verb_audit_verify, verb_bench, verb_completion, verb_help, verb_version;

const struct verb *const verbs[] = {
    &verb_init,         &verb_token_init,  &verb_token_list,   &verb_token_show, &verb_token_delete,
    &verb_token_policy, &verb_user_pin,    &verb_key_generate, &verb_key_list,   &verb_key_show,
    &verb_key_import,   &verb_key_export,  &verb_key_delete,   &verb_sign,       &verb_verify,
    &verb_encapsulate,  &verb_decapsulate, &verb_random,       &verb_status,     &verb_audit_show,
    &verb_audit_verify, &verb_bench,       &verb_completion,   &verb_help,       &verb_version,
};
const size_t num_verbs = sizeof(verbs) / sizeof(verbs[0]);

/* True if argv begins with the words of name; *used is how many they are. */
static bool words_match(const char *name, int argc, char **argv, int *used)
{
    for (*used = 0; *used < argc; (*used)++) {
        size_t len = strcspn(name, " ");

        if (strlen(argv[*used]) != len || memcmp(argv[*used], name, len) != 0 /* public */)
            return false;
        if (name[len] == 0) {
            (*used)++;
            return true;
        }
        name += len + 1;
    }
    return false;
}

const struct verb *verb_find(int argc, char **argv, int *used)
{
    for (size_t i = 0; i < num_verbs; i++)
        if (words_match(verbs[i]->name, argc, argv, used))
            return verbs[i];
    return NULL;
}

bool verb_is_group(const char *word)
{
    size_t len = strlen(word);

    for (size_t i = 0; i < num_verbs; i++)
        if (strncmp(verbs[i]->name, word, len) == 0 && verbs[i]->name[len] == ' ')
            return true;
    return false;
}
