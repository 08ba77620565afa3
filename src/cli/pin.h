/* SPDX-License-Identifier: Apache-2.0
 *
 * PINs: from a file, from the environment, or asked for on the terminal; never an argument, which
 * every user of the machine could read.
 */
#ifndef CLI_PIN_H
#define CLI_PIN_H

#include "base/secret.h"
#include "cli/cli.h"

enum pin_kind {
    PIN_USER,         /* --pin-… */
    PIN_SO,           /* --so-pin-… */
    PIN_CHOOSE_SO,    /* --so-pin-…, of a token that is made: typed twice */
    PIN_CHOOSE_USER,  /* --user-pin-…, likewise */
    PIN_CHANGED_USER, /* --new-pin-… */
    PIN_CHANGED_SO,   /* --new-pin-… */
    NUM_PIN_KINDS
};

/* True if an option names a source for it. */
bool pin_given(const struct cli *cli, enum pin_kind kind);

/* Get it. The caller frees *out. */
NODISCARD enum pqhw_status pin_get(struct cli *cli, enum pin_kind kind, struct secret *out);

#endif
