/* SPDX-License-Identifier: Apache-2.0
 *
 * Falcon-512 and Falcon-1024 as of round 3 of NIST's process (specification v1.2 of 2020-10-01).
 *
 * This is not the standard that NIST will make of it: keys and signatures of that one will differ,
 * and where they will is marked "round 3" in the code.
 *
 * The message enters through struct falcon_message, in pieces of any length, behind the nonce,
 * which stands in the signature: with the signature at hand the message is not held.
 */
#ifndef CRYPTO_FALCON_FALCON_H
#define CRYPTO_FALCON_FALCON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"
#include "crypto/keccak/keccak.h"

enum falcon_set {
    FALCON_512,
    FALCON_1024,
};

/* How a signature is written (specification, 3.11.3). All of them begin with a byte for the format
 * and the degree, and the nonce. */
enum falcon_format {
    FALCON_COMPRESSED, /* of varying length, no byte more than the coefficients take */
    FALCON_PADDED,     /* the same with zeros up to a fixed length */
    FALCON_CT,         /* 12 bits for each coefficient: neither length nor time tells of them */
};

#define FALCON_NUM_FORMATS 3
#define FALCON_NONCE_LEN   40
#define FALCON_SEED_LEN    48 /* of a key pair */
#define FALCON_MAX_PK_LEN  1793
#define FALCON_MAX_SK_LEN  2305
#define FALCON_MAX_SIG_LEN 1577
#define FALCON_ALIGN       64

struct falcon_sizes {
    const char *name; /* "Falcon-512" */
    size_t pk_len;
    size_t sk_len;
    size_t sig_len[FALCON_NUM_FORMATS]; /* that of FALCON_COMPRESSED is the highest */
};

const struct falcon_sizes *falcon_sizes(enum falcon_set set);

struct falcon_public; /* an expanded public key: read-only, for any number of threads */

size_t falcon_public_size(enum falcon_set set);

/* pub is memory of falcon_public_size bytes, aligned to FALCON_ALIGN. PQHW_DATA_LEN_RANGE for the
 * length, PQHW_DATA_INVALID for another degree or a coefficient that is not reduced. */
NODISCARD enum pqhw_status falcon_public_init(struct falcon_public *pub, enum falcon_set set,
                                              struct span pk);

struct falcon_private; /* an expanded private key. Secret: the owner wipes its memory. Read-only,
                          for any number of threads */

size_t falcon_private_size(enum falcon_set set);

/*
 * priv is memory of falcon_private_size bytes, aligned to FALCON_ALIGN. PQHW_DATA_LEN_RANGE for the
 * length; PQHW_DATA_INVALID if a coefficient is out of its range, f has no inverse, there is no
 * short G to f, g and F, or the basis is longer than those of generated keys. priv is wiped then.
 * Takes about 60 KiB of stack.
 */
NODISCARD enum pqhw_status falcon_private_init(struct falcon_private *priv, enum falcon_set set,
                                               struct span sk);

/*
 * Algorithm 4, Keygen: the key pair that a seed gives. room is memory of falcon_keygen_room_size
 * bytes, aligned like priv; it is wiped. A key does not rest as its seed: it takes a hundred times
 * as long to make as to read, and what a seed gives is round 3's and no standard's. PQHW_INTERNAL
 * if a thousand attempts failed, which does not happen by chance; priv is wiped then. The time
 * tells the number of attempts, each of which is forgotten but the last.
 */
struct falcon_keygen_room;
size_t falcon_keygen_room_size(void);
NODISCARD enum pqhw_status falcon_keygen(struct falcon_private *priv, enum falcon_set set,
                                         const uint8_t seed[FALCON_SEED_LEN],
                                         struct falcon_keygen_room *room);

/* The encoded keys, sk_len and pk_len bytes. */
void falcon_private_encode(const struct falcon_private *priv, uint8_t *sk);
void falcon_private_public_encode(const struct falcon_private *priv, uint8_t *pk);

/* A message on its way to a point (HashToPoint, Algorithm 3). */
struct falcon_message {
    struct keccak hash;
};

void falcon_message_init(struct falcon_message *message, const uint8_t nonce[FALCON_NONCE_LEN]);
void falcon_message_absorb(struct falcon_message *message, const void *data, size_t len);

/*
 * The nonce of a signature, where message begins. PQHW_SIGNATURE_LEN_RANGE if the signature is
 * shorter or longer than any of the format, PQHW_SIGNATURE_INVALID if it is of another format or
 * degree.
 */
NODISCARD enum pqhw_status falcon_verify_init(struct falcon_message *message,
                                              const struct falcon_public *pub,
                                              enum falcon_format format, struct span sig);

/* Algorithm 16, Verify. sig is what falcon_verify_init had. Wipes message. PQHW_OK,
 * PQHW_SIGNATURE_INVALID, or what falcon_verify_init says. */
NODISCARD enum pqhw_status falcon_verify_final(struct falcon_message *message,
                                               const struct falcon_public *pub,
                                               enum falcon_format format, struct span sig);

/* Both, with a message that is at hand. */
NODISCARD enum pqhw_status falcon_verify(const struct falcon_public *pub, enum falcon_format format,
                                         struct span sig, struct span message);

/* Where random bytes come from: for each signature anew, fit for secrets, never the same twice. */
struct falcon_random {
    enum pqhw_status (*draw)(void *context, uint8_t *out, size_t len);
    void *context;
};

struct falcon_signer {
    const struct falcon_private *priv;
    enum falcon_format format;
    const struct falcon_random *random;
    bool check; /* verify the signature before it is given out */
};

/* Draw the nonce and begin with it. What draw says; message is not to be used then. */
NODISCARD enum pqhw_status falcon_sign_init(struct falcon_message *message,
                                            uint8_t nonce[FALCON_NONCE_LEN],
                                            const struct falcon_random *random);

/*
 * Algorithm 10, Sign. sig has room for sizes.sig_len[format] bytes; *sig_len is how many there are.
 * Wipes message. What draw says; PQHW_SELF_TEST_FAILED if the check fails; PQHW_INTERNAL if a
 * hundred attempts failed, which does not happen by chance. sig is zero then. Takes about 70 KiB of
 * stack. The time tells the number of attempts and of bytes drawn, which do not depend on the key
 * (docs/constant-time.md).
 */
NODISCARD enum pqhw_status falcon_sign_final(struct falcon_message *message,
                                             const struct falcon_signer *signer,
                                             const uint8_t nonce[FALCON_NONCE_LEN], uint8_t *sig,
                                             size_t *sig_len);

/* Both, with a message that is at hand. */
NODISCARD enum pqhw_status falcon_sign(const struct falcon_signer *signer, uint8_t *sig,
                                       size_t *sig_len, struct span message);

#endif
