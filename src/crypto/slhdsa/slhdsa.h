/* SPDX-License-Identifier: Apache-2.0
 *
 * SLH-DSA (FIPS 205), the twelve parameter sets.
 *
 * A key is expanded once into memory of the caller, as in ML-DSA: the state of the hashes behind
 * PK.seed, and for a private key the whole tree of the topmost layer, which every signature passes
 * through. An expanded key is read-only afterwards and may be used by any number of threads. Its
 * memory is aligned to SLHDSA_ALIGN and as long as slhdsa_public_size and slhdsa_private_size say.
 *
 * The message enters in pieces of any length, but twice in signing: once for the randomizer R
 * (PRF_msg), and once, with R at hand, for the digest (H_msg). Who signs holds the message until
 * the end, or takes HashSLH-DSA. In verification R is the beginning of the signature: with the
 * signature at hand the message is not held.
 *
 * Constant time in all secret inputs. What is signed, and so every index in the trees, is public.
 *
 * Signing takes about 80 KiB of stack.
 */
#ifndef CRYPTO_SLHDSA_SLHDSA_H
#define CRYPTO_SLHDSA_SLHDSA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"
#include "crypto/keccak/keccak.h"

/* In the order of CKP_SLH_DSA_… in PKCS#11 v3.2. */
enum slhdsa_set {
    SLHDSA_SHA2_128S,
    SLHDSA_SHAKE_128S,
    SLHDSA_SHA2_128F,
    SLHDSA_SHAKE_128F,
    SLHDSA_SHA2_192S,
    SLHDSA_SHAKE_192S,
    SLHDSA_SHA2_192F,
    SLHDSA_SHAKE_192F,
    SLHDSA_SHA2_256S,
    SLHDSA_SHAKE_256S,
    SLHDSA_SHA2_256F,
    SLHDSA_SHAKE_256F,
};

#define SLHDSA_NUM_SETS    12
#define SLHDSA_MAX_N       32
#define SLHDSA_MAX_SEED    (3 * SLHDSA_MAX_N)
#define SLHDSA_MAX_CONTEXT 255
#define SLHDSA_MAX_DIGEST  49
#define SLHDSA_MAX_PK_LEN  64
#define SLHDSA_MAX_SK_LEN  128
#define SLHDSA_MAX_SIG_LEN 49856
#define SLHDSA_ALIGN       64

struct slhdsa_sizes {
    const char *name; /* "SLH-DSA-SHA2-128s" */
    size_t n;         /* of R, of opt_rand, and of each part of a key */
    size_t digest_len;
    size_t seed_len; /* SK.seed || SK.prf || PK.seed, 3n */
    size_t pk_len;
    size_t sk_len;
    size_t sig_len;
};

const struct slhdsa_sizes *slhdsa_sizes(enum slhdsa_set set);

struct slhdsa_public;  /* an expanded public key */
struct slhdsa_private; /* an expanded private key. Secret: the owner wipes its memory */

size_t slhdsa_public_size(enum slhdsa_set set);
size_t slhdsa_private_size(enum slhdsa_set set);

/* pub is memory of slhdsa_public_size bytes. PQHW_DATA_LEN_RANGE if pk has not pk_len bytes; any
 * other pk is valid. */
NODISCARD enum pqhw_status slhdsa_public_init(struct slhdsa_public *pub, enum slhdsa_set set,
                                              struct span pk);

/*
 * priv is memory of slhdsa_private_size bytes. Takes as long as slhdsa_keygen. PQHW_DATA_LEN_RANGE
 * for the length; PQHW_DATA_INVALID if PK.root does not belong to the seeds. priv is wiped then.
 */
NODISCARD enum pqhw_status slhdsa_private_init(struct slhdsa_private *priv, enum slhdsa_set set,
                                               struct span sk);

/* Algorithm 18, slh_keygen_internal. seed is SK.seed || SK.prf || PK.seed, seed_len bytes. */
void slhdsa_keygen(struct slhdsa_private *priv, enum slhdsa_set set, const uint8_t *seed);

/* The encoded keys, sk_len and pk_len bytes. */
void slhdsa_private_encode(const struct slhdsa_private *priv, uint8_t *sk);
void slhdsa_public_encode(const struct slhdsa_public *pub, uint8_t *pk);

/* The public half, which lives as long as priv. */
const struct slhdsa_public *slhdsa_private_public(const struct slhdsa_private *priv);

/*
 * What stands in front of the message in M': for SLH-DSA a context (Algorithm 22), for HashSLH-DSA
 * also the DER of the hash's OID, and the message is its hash (Algorithm 23). Where internal is
 * set, nothing, and the message is M' as it is (Algorithm 19; test vectors).
 */
struct slhdsa_domain {
    struct span context;
    struct span prehash_oid;
    bool internal;
};

/* A message on its way into one of the two hashes. Wiped by final. */
struct slhdsa_stream {
    const struct slhdsa_public *pub;
    union {
        struct keccak shake;
        struct {
            uint64_t state[8]; /* of SHA-256 or SHA-512 */
            uint64_t len;
            uint8_t block[128];
        } sha2;
    } hash;
    uint8_t key[SLHDSA_MAX_N]; /* SK.prf, or R */
};

/*
 * PRF_msg: the randomizer R, n bytes. opt_rand is n random bytes (hedged), or NULL, which takes
 * PK.seed (deterministic). PQHW_DATA_LEN_RANGE if the context is longer than SLHDSA_MAX_CONTEXT.
 */
NODISCARD enum pqhw_status slhdsa_randomizer_init(struct slhdsa_stream *stream,
                                                  const struct slhdsa_private *priv,
                                                  const uint8_t *opt_rand,
                                                  const struct slhdsa_domain *domain);
void slhdsa_randomizer_final(struct slhdsa_stream *stream, uint8_t *r);

/* H_msg: the digest of the message, digest_len bytes. r is R, n bytes. Statuses as above. */
NODISCARD enum pqhw_status slhdsa_digest_init(struct slhdsa_stream *stream,
                                              const struct slhdsa_public *pub, const uint8_t *r,
                                              const struct slhdsa_domain *domain);
void slhdsa_digest_final(struct slhdsa_stream *stream, uint8_t *digest);

/* The message, for both. */
void slhdsa_absorb(struct slhdsa_stream *stream, const void *data, size_t len);

/*
 * The rest of Algorithm 19: the signature, sig_len bytes, of a digest that was made with r. With
 * check it is verified before it is given out, because a fault in signing gives the key away;
 * PQHW_SELF_TEST_FAILED if it is wrong, and sig is zero then.
 */
NODISCARD enum pqhw_status slhdsa_sign_digest(const struct slhdsa_private *priv, uint8_t *sig,
                                              const uint8_t *r, const uint8_t *digest, bool check);

/* The rest of Algorithm 20. PQHW_SIGNATURE_LEN_RANGE, PQHW_SIGNATURE_INVALID or PQHW_OK. */
NODISCARD enum pqhw_status slhdsa_verify_digest(const struct slhdsa_public *pub, struct span sig,
                                                const uint8_t *digest);

/* Both passes over a message that is at hand, and the signature. Statuses of the functions above.
 */
NODISCARD enum pqhw_status slhdsa_sign(const struct slhdsa_private *priv, uint8_t *sig,
                                       const struct slhdsa_domain *domain, struct span message,
                                       const uint8_t *opt_rand, bool check);

/* The digest of a message that is at hand, and the verification. */
NODISCARD enum pqhw_status slhdsa_verify(const struct slhdsa_public *pub, struct span sig,
                                         const struct slhdsa_domain *domain, struct span message);

#endif
