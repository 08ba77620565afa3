/* SPDX-License-Identifier: Apache-2.0
 *
 * The options that several commands share.
 */
#include "cli/options.h"

static const char *const encodings[] = {"raw", "hex", "base64", NULL};

const char *opt_encoding(size_t i)
{
    return encodings[i];
}

static const struct opt general[] = {
    {.id = OPT_HOME,
     .kind = OPT_KIND_FILE,
     .name = "home",
     .value = "DIR",
     .help = "the device directory (default: $PQHW_HOME, else the usual place)"},
    {.id = OPT_JSON, .name = "json", .help = "print JSON, for programs"},
    {.id = OPT_QUIET, .name = "quiet", .letter = 'q', .help = "print results only, no remarks"},
    {.id = OPT_HELP, .name = "help", .letter = 'h', .help = "explain this command"},
};
const struct opt_group opts_general = OPT_GROUP("General options", general);

static const struct opt token[] = {
    {.id = OPT_TOKEN,
     .kind = OPT_KIND_TEXT,
     .name = "token",
     .value = "LABEL",
     .help = "the token, by its label (default: the only one)"},
    {.id = OPT_SLOT,
     .kind = OPT_KIND_NUMBER,
     .name = "slot",
     .value = "N",
     .help = "the token, by the number of its slot",
     .max = UINT32_MAX},
};
const struct opt_group opts_token = OPT_GROUP("Which token", token);

static const struct opt pin[] = {
    {.id = OPT_PIN_FILE,
     .kind = OPT_KIND_FILE,
     .name = "pin-file",
     .value = "FILE",
     .help = "read the user PIN from the first line of FILE (- is standard input)"},
    {.id = OPT_PIN_ENV,
     .kind = OPT_KIND_TEXT,
     .name = "pin-env",
     .value = "VAR",
     .help = "read the user PIN from the environment variable VAR"},
};
const struct opt_group opts_pin = OPT_GROUP("User PIN (asked for on the terminal otherwise)", pin);

static const struct opt so_pin[] = {
    {.id = OPT_SO_PIN_FILE,
     .kind = OPT_KIND_FILE,
     .name = "so-pin-file",
     .value = "FILE",
     .help = "read the security officer's PIN from the first line of FILE"},
    {.id = OPT_SO_PIN_ENV,
     .kind = OPT_KIND_TEXT,
     .name = "so-pin-env",
     .value = "VAR",
     .help = "read the security officer's PIN from the environment variable VAR"},
};
const struct opt_group opts_so_pin =
    OPT_GROUP("Security officer's PIN (asked for on the terminal otherwise)", so_pin);

static const struct opt new_pin[] = {
    {.id = OPT_NEW_PIN_FILE,
     .kind = OPT_KIND_FILE,
     .name = "new-pin-file",
     .value = "FILE",
     .help = "read the new PIN from the first line of FILE"},
    {.id = OPT_NEW_PIN_ENV,
     .kind = OPT_KIND_TEXT,
     .name = "new-pin-env",
     .value = "VAR",
     .help = "read the new PIN from the environment variable VAR"},
};
const struct opt_group opts_new_pin =
    OPT_GROUP("New PIN (asked for on the terminal otherwise)", new_pin);

#define ID_HELP "the key, by its id in hexadecimal"

static const struct opt key[] = {
    {.id = OPT_LABEL,
     .kind = OPT_KIND_TEXT,
     .name = "label",
     .value = "TEXT",
     .help = "the key, by its label"},
    {.id = OPT_ID, .kind = OPT_KIND_TEXT, .name = "id", .value = "HEX", .help = ID_HELP},
};
const struct opt_group opts_key = OPT_GROUP("Which key", key);

static const struct opt use_key[] = {
    {.id = OPT_LABEL,
     .kind = OPT_KIND_TEXT,
     .name = "key",
     .letter = 'k',
     .value = "LABEL",
     .help = "the key, by its label"},
    {.id = OPT_ID, .kind = OPT_KIND_TEXT, .name = "id", .value = "HEX", .help = ID_HELP},
};
const struct opt_group opts_use_key = OPT_GROUP("Which key", use_key);
