/* SPDX-License-Identifier: Apache-2.0
 *
 * Bare libcrypto, as a program uses it that keeps its key in its own memory: what a module's
 * classical algorithms are compared with.
 */
#ifndef BENCH_LIBCRYPTO_H
#define BENCH_LIBCRYPTO_H

#include <stdint.h>

#define LIBCRYPTO_DATA_LEN 1024 /* that are encrypted */

enum libcrypto_alg {
    LIBCRYPTO_RSA, /* PKCS#1 v1.5 with SHA-256 */
    LIBCRYPTO_EC,  /* ECDSA of a hash of 32 bytes */
    LIBCRYPTO_ED25519,
    LIBCRYPTO_AES_GCM, /* 256 bits */
};

struct libcrypto;

/* A key; bits are for RSA, the curve for EC. NULL if it
 * cannot be made. */
struct libcrypto *libcrypto_new(enum libcrypto_alg alg, unsigned bits, const char *curve);
void libcrypto_free(struct libcrypto *bare); /* NULL is allowed */

/* The context is a struct libcrypto. NULL, or what went wrong. Messages differ with n; verified is
 * one signature. */
const char *libcrypto_sign(void *context, uint64_t n);
const char *libcrypto_verify(void *context, uint64_t n);
const char *libcrypto_encrypt(void *context, uint64_t n);

#endif
