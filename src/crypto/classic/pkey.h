/* SPDX-License-Identifier: Apache-2.0
 *
 * What the asymmetric algorithms share: libcrypto's keys from numbers and bytes of ours. For the
 * files of classic/ alone.
 *
 * libcrypto keeps an opened key on its own heap, which is not locked, and wipes it when it is
 * freed. Numbers go in through secret memory, for the builder that libcrypto has does not wipe.
 */
#ifndef CRYPTO_CLASSIC_PKEY_H
#define CRYPTO_CLASSIC_PKEY_H

#include <openssl/params.h>

#include "base/secret.h"
#include "crypto/classic/context.h"

/* The parameters of a key to be. Zero it, add to it, make keys of it, free it. */
#define PKEY_MAX_PARAMS 9
struct pkey_params {
    OSSL_PARAM list[PKEY_MAX_PARAMS + 1];
    size_t num;
    struct secret room; /* the numbers, in the order of this machine's bytes */
    size_t used;
};

/* Room for numbers of so many bytes altogether. PQHW_NO_MEMORY, PQHW_NO_LOCKED_MEMORY. */
NODISCARD enum pqhw_status pkey_params_new(struct pkey_params *params, size_t room);
void pkey_params_free(struct pkey_params *params);

/* Add an unsigned big-endian number, or bytes or a name of the caller's, which must stay. */
void pkey_params_number(struct pkey_params *params, const char *name, struct span value);
void pkey_params_bytes(struct pkey_params *params, const char *name, struct span value);
void pkey_params_name(struct pkey_params *params, const char *name, const char *value);

/*
 * libcrypto's algorithms, by object identifier. By name it asks the process's engines first, and
 * in one that uses this token through an engine, that is the token itself.
 */
#define PKEY_RSA     "1.2.840.113549.1.1.1"
#define PKEY_EC      "1.2.840.10045.2.1"
#define PKEY_X25519  "1.3.101.110"
#define PKEY_X448    "1.3.101.111"
#define PKEY_ED25519 "1.3.101.112"
#define PKEY_ED448   "1.3.101.113"

/* A key of type PKEY_RSA or PKEY_EC. selection is EVP_PKEY_PUBLIC_KEY or EVP_PKEY_KEYPAIR.
 * PQHW_DATA_INVALID if libcrypto does not take it. */
NODISCARD enum pqhw_status pkey_make(const struct classic *classic, EVP_PKEY **out,
                                     const char *type, int selection,
                                     const struct pkey_params *params);

/* A number of a key, big-endian, in exactly len bytes. PQHW_INTERNAL. */
NODISCARD enum pqhw_status pkey_number(const EVP_PKEY *pkey, const char *name, uint8_t *out,
                                       size_t len);

/* A context ready for an operation that init (EVP_PKEY_sign_init …) starts, to be copied for each
 * use: looking the operation up again takes longer than copying. */
NODISCARD enum pqhw_status pkey_prepare(const struct classic *classic, EVP_PKEY_CTX **out,
                                        EVP_PKEY *pkey, int (*init)(EVP_PKEY_CTX *ctx));

/*
 * The same with a copy that stays from one use to the next: signing and verifying leave nothing in
 * a context that the next one would not set. Zero it at first.
 */
struct pkey_use {
    EVP_PKEY_CTX *prepared; /* by pkey_prepare */
    EVP_PKEY_CTX *_Atomic spare;
};

/* A context of one's own for one use. To its users a key does not change when one is taken out of
 * it. PQHW_NO_MEMORY. */
NODISCARD enum pqhw_status pkey_use_begin(const struct pkey_use *use, EVP_PKEY_CTX **out);

/* It is over; ok says that it went well. ctx may be NULL. */
void pkey_use_end(const struct pkey_use *use, EVP_PKEY_CTX *ctx, bool ok);
void pkey_use_free(struct pkey_use *use);

/* The bytes in the opposite order, on a machine that keeps the lowest byte of a number first. */
void pkey_native(uint8_t *out, struct span big_endian);

#endif
