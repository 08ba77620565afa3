/* SPDX-License-Identifier: Apache-2.0
 *
 * Key files: SubjectPublicKeyInfo and PKCS#8, as PEM or DER, and the kinds of keys in them.
 */
#ifndef CLI_KEYFILE_H
#define CLI_KEYFILE_H

#include "base/secret.h"
#include "cli/keys.h"
#include "crypto/keyformat/keyformat.h"

/* Names for --format: pem, der. */
const char *keyfile_format_name(size_t i);

/* A key file that was read. Spans are into `der`. */
struct keyfile {
    struct secret der;
    const struct key_kind *kind;
    bool is_private;
    struct span public_key;
    struct keyformat_private private_key;
};

/* Read a file of any of these kinds, and check that its parts belong together. keyfile_free it. */
NODISCARD enum pqhw_status keyfile_read(struct cli *cli, const char *path, struct keyfile *out);
void keyfile_free(struct keyfile *file);

/* The public key in a SubjectPublicKeyInfo. */
NODISCARD enum pqhw_status keyfile_read_spki(struct span der, struct span *public_key);

/* The codec's entry for a kind; NULL if it has none. */
const struct keyformat_alg *keyfile_alg(const struct key_kind *kind);

/* DER as the file that --format asks for. label as of pem.h. */
NODISCARD enum pqhw_status keyfile_write(struct cli *cli, const char *path, const char *label,
                                         struct span der, bool secret);

#endif
