/* SPDX-License-Identifier: Apache-2.0
 *
 * Files in and out. "-" is standard input or output.
 */
#ifndef CLI_FILE_H
#define CLI_FILE_H

#include "base/secret.h"
#include "cli/cli.h"
#include "cli/codec.h"

#define FILE_MAX_LEN (64u * 1024 * 1024) /* of what is read as a whole */

/* Read a whole file of public data. */
NODISCARD enum pqhw_status file_read(struct cli *cli, const char *path, size_t max,
                                     struct buf *out);

#define FILE_SECRET_MAX (64 * 1024)

/* Read a whole file that may hold a secret key, into secret memory: at most FILE_SECRET_MAX bytes.
 */
NODISCARD enum pqhw_status file_read_secret(struct cli *cli, const char *path, struct secret *out);

/* Give a file's bytes to `piece` in pieces. NULL is standard input, too. */
NODISCARD enum pqhw_status file_stream(struct cli *cli, const char *path,
                                       enum pqhw_status (*piece)(void *arg, struct span data),
                                       void *arg);

/* Fails if writing to path would overwrite a file that --force does not permit, so that nothing is
 * done in vain. NULL and "-" pass. */
NODISCARD enum pqhw_status file_check_out(struct cli *cli, const char *path);

/* Fails if raw bytes would go to a terminal. path as of file_write. */
NODISCARD enum pqhw_status file_check_terminal(struct cli *cli, const char *what, const char *path,
                                               enum encoding encoding);

/*
 * Write a file, whole or not at all: under another name first, which then takes its place. A secret
 * one is readable by its owner alone. An existing file is only replaced with --force. NULL and "-"
 * are standard output.
 */
NODISCARD enum pqhw_status file_write(struct cli *cli, const char *path, struct span data,
                                      bool secret);

/* file_write in an encoding; text ends with a newline. */
NODISCARD enum pqhw_status file_write_encoded(struct cli *cli, const char *path,
                                              enum encoding encoding, struct span data,
                                              bool secret);

#endif
