/* SPDX-License-Identifier: Apache-2.0
 *
 * What the commands share that bring new keys into a token.
 */
#ifndef CLI_NEWKEY_H
#define CLI_NEWKEY_H

#include "cli/keys.h"

/* --label, --id, --use. */
extern const struct opt_group opts_new_key;

/*
 * For a new key whose label and id are given by these options: CKA_ID from the option, else 8
 * random bytes. Fails if the label is taken and no id tells the keys apart, or if the id is taken.
 */
NODISCARD enum pqhw_status newkey_id(struct cli *cli, enum opt_id label, enum opt_id id,
                                     struct buf *out);

/* What a key of this kind shall be used for: --use, else what is usual. Fails if it cannot. */
NODISCARD enum pqhw_status newkey_uses(struct cli *cli, const struct key_kind *kind,
                                       CK_FLAGS *uses);

struct newkey {
    const struct key_kind *kind;
    CK_FLAGS uses;
    struct span id;
};

/* A template with the attributes that every new token key of this class has, by --label,
 * --extractable and *key. */
void newkey_template(struct buf *out, const struct cli *cli, const struct newkey *key,
                     CK_OBJECT_CLASS object_class);

/* What the token has against making it: --use in which one thing rules out another is explained. */
NODISCARD enum pqhw_status newkey_made(struct cli *cli, enum pqhw_status status);

/* Say that a key came to be; of a pair, by its private one. */
NODISCARD enum pqhw_status newkey_report(struct cli *cli, const char *how, CK_OBJECT_HANDLE handle);

#endif
