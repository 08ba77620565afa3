/* SPDX-License-Identifier: Apache-2.0
 *
 * Key files: SubjectPublicKeyInfo and PKCS#8, as PEM or DER, and secret keys, which are bytes.
 */
#ifndef CLI_KEYFILE_H
#define CLI_KEYFILE_H

#include "cli/keycodec.h"

/* Names for --format: pem, der. */
const char *keyfile_format_name(size_t i);

/* A key file that was read. */
struct keyfile {
    struct secret content; /* that the parts point into */
    struct keyparts parts;
};

/* Read a file with a private or public key of any kind, and check that its parts belong together.
 * keyfile_free it. */
NODISCARD enum pqhw_status keyfile_read(struct cli *cli, const char *path, struct keyfile *out);
/* Read a file with the bytes of a secret key of this kind. */
NODISCARD enum pqhw_status keyfile_read_secret(struct cli *cli, const char *path,
                                               const struct key_kind *kind, struct keyfile *out);
void keyfile_free(struct keyfile *file);

/* DER as the file that --format asks for. label as of pem.h. */
NODISCARD enum pqhw_status keyfile_write(struct cli *cli, const char *path, const char *label,
                                         struct span der, bool secret);

#endif
