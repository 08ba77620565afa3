/* SPDX-License-Identifier: Apache-2.0
 *
 * RSA (RFC 8017): signatures of PKCS#1 v1.5 and PSS, encryption of PKCS#1 v1.5 and OAEP, and the
 * bare permutation.
 *
 * An opened key holds libcrypto's, which is on libcrypto's heap: not locked, wiped when freed. It
 * blinds what it does with a private key, and checks a result made by the Chinese remainder
 * theorem before it gives it. A key may be used by any number of threads.
 */
#ifndef CRYPTO_CLASSIC_RSA_H
#define CRYPTO_CLASSIC_RSA_H

#include "base/secret.h"
#include "crypto/classic/digest.h"

#define RSA_MIN_BITS 2048
#define RSA_MAX_BITS 8192
#define RSA_MAX_LEN  (RSA_MAX_BITS / 8)
/* libcrypto does not use larger exponents with large keys. */
#define RSA_MAX_EXPONENT_LEN 8

/* The numbers of a key, big-endian (RFC 8017, A.1.2). A public key has the first two. */
enum rsa_part {
    RSA_MODULUS,
    RSA_PUBLIC_EXPONENT,
    RSA_PRIVATE_EXPONENT,
    RSA_PRIME_1,
    RSA_PRIME_2,
    RSA_EXPONENT_1,
    RSA_EXPONENT_2,
    RSA_COEFFICIENT,
    RSA_NUM_PARTS,
};

struct rsa_key;

/*
 * Make a key: bits is a multiple of 8 within the limits, e at least 65537 and odd (FIPS 186-5,
 * 5.4). That takes up to half a minute, unless it is not wanted any more (base/wanted.h):
 * PQHW_CANCELED. PQHW_KEY_SIZE_RANGE, PQHW_ARGUMENTS_BAD for e, PQHW_RANDOM_FAILED, PQHW_NO_MEMORY,
 * PQHW_NO_LOCKED_MEMORY.
 */
NODISCARD enum pqhw_status rsa_generate(struct rsa_key **out, const struct classic *classic,
                                        size_t bits, struct span e);

/*
 * Open a key of its numbers, which may have zeros in front. A public exponent is odd, 3 or more,
 * and no longer than RSA_MAX_EXPONENT_LEN. A private key has its two primes, of equal length, or
 * they are both empty and are found; those of the last three numbers that are empty, or stand there
 * without primes, are computed; none is zero. That the numbers belong
 * together is not checked here. PQHW_KEY_SIZE_RANGE; PQHW_DATA_INVALID for anything else that
 * cannot be a key; the same as above.
 */
NODISCARD enum pqhw_status rsa_public_new(struct rsa_key **out, const struct classic *classic,
                                          struct span n, struct span e);
NODISCARD enum pqhw_status rsa_private_new(struct rsa_key **out, const struct classic *classic,
                                           const struct span parts[RSA_NUM_PARTS]);

/*
 * Check numbers that come from outside, which takes long for a private key: the primes are prime,
 * and everything else follows from them and the public exponent. Of a public key: that the modulus
 * has no small factors and is no power of a prime (SP 800-89, 5.3.3). PQHW_DATA_INVALID.
 */
NODISCARD enum pqhw_status rsa_check(const struct rsa_key *key);

void rsa_free(struct rsa_key *key); /* NULL is allowed */

bool rsa_is_private(const struct rsa_key *key);
size_t rsa_len(const struct rsa_key *key);  /* of the modulus in bytes: of signatures, too */
size_t rsa_bits(const struct rsa_key *key); /* of the modulus */

/* About the memory that an opened key takes up, in bytes. */
size_t rsa_size(const struct rsa_key *key);

/* A number of the key, in rsa_part_len bytes: public ones without zeros in front, secret ones as
 * long as the modulus or half of it. PQHW_INTERNAL, PQHW_NO_LOCKED_MEMORY, PQHW_NO_MEMORY. */
size_t rsa_part_len(const struct rsa_key *key, enum rsa_part part);
NODISCARD enum pqhw_status rsa_part_get(const struct rsa_key *key, enum rsa_part part,
                                        uint8_t *out);

enum rsa_padding {
    RSA_PAD_NONE,
    RSA_PAD_PKCS1,
    RSA_PAD_PSS,
    RSA_PAD_OAEP,
};

struct rsa_scheme {
    enum rsa_padding padding;
    /* PSS and OAEP; none of the two SHAKEs */
    enum digest_alg hash;
    enum digest_alg mgf_hash;
    size_t salt_len;   /* PSS */
    struct span label; /* OAEP */
};

/* PQHW_MECHANISM_PARAM_INVALID if the scheme's hash and salt do not fit into this key. */
NODISCARD enum pqhw_status rsa_scheme_check(const struct rsa_key *key,
                                            const struct rsa_scheme *scheme);

/* How much the scheme takes of data to sign or encrypt. NONE takes up to the modulus' length, with
 * zeros put in front of less; PSS exactly its hash; a signature of PKCS#1 v1.5 at least a byte. */
size_t rsa_max_data(const struct rsa_key *key, const struct rsa_scheme *scheme);

/* The DigestInfo (RFC 8017, 9.2) that PKCS#1 v1.5 signs. Returns its length. hash has
 * digest_len(alg) bytes; alg is none of the two SHAKEs. */
#define RSA_MAX_DIGEST_INFO (19 + DIGEST_MAX_LEN)
size_t rsa_digest_info(uint8_t out[RSA_MAX_DIGEST_INFO], enum digest_alg alg, const uint8_t *hash);

/*
 * Sign (padding NONE, PKCS1, PSS): sig gets rsa_len bytes and is zero after a failure.
 * PQHW_DATA_LEN_RANGE; PQHW_DATA_INVALID for a number that is not below the modulus;
 * PQHW_MECHANISM_PARAM_INVALID; PQHW_NO_MEMORY, PQHW_INTERNAL.
 */
NODISCARD enum pqhw_status rsa_sign(const struct rsa_key *key, uint8_t *sig,
                                    const struct rsa_scheme *scheme, struct span data);

/* PQHW_SIGNATURE_LEN_RANGE, PQHW_SIGNATURE_INVALID; the same as above. Either half of a pair. */
NODISCARD enum pqhw_status rsa_verify(const struct rsa_key *key, const struct rsa_scheme *scheme,
                                      struct span data, struct span sig);

/* What was signed (padding NONE, PKCS1), with the padding off: out has room for rsa_len bytes, *len
 * is how many there are. PQHW_SIGNATURE_LEN_RANGE, PQHW_SIGNATURE_INVALID. Either half of a pair.
 */
NODISCARD enum pqhw_status rsa_recover(const struct rsa_key *key, uint8_t *out, size_t *len,
                                       const struct rsa_scheme *scheme, struct span sig);

/* Encrypt (padding NONE, PKCS1, OAEP): ct gets rsa_len bytes. The same statuses. */
NODISCARD enum pqhw_status rsa_encrypt(const struct rsa_key *key, uint8_t *ct,
                                       const struct rsa_scheme *scheme, struct span plaintext);

/*
 * Decrypt: out has room for rsa_len bytes, *len is how many there are.
 * PQHW_ENCRYPTED_DATA_LEN_RANGE unless ct has rsa_len; PQHW_ENCRYPTED_DATA_INVALID if it is not
 * below the modulus, or if OAEP's padding is wrong, however it is wrong. out is zero then.
 *
 * A wrong padding of PKCS#1 v1.5 is no error: the result is then a message that looks like any and
 * is always the same for this key and ciphertext ("implicit rejection"). So nobody learns from the
 * answer or its time whether a padding was good, with which Bleichenbacher decrypts. Who needs to
 * know checks what the plaintext says.
 */
NODISCARD enum pqhw_status rsa_decrypt(const struct rsa_key *key, uint8_t *out, size_t *len,
                                       const struct rsa_scheme *scheme, struct span ct);

/*
 * RSASVE (SP 800-56B, 7.2.1): a secret that is drawn from 2 to the modulus less 2, and its
 * ciphertext, without padding; and the secret of a ciphertext. Each of the two has rsa_len bytes,
 * which is what rsa_sve_recover says in *len. What it gives is the bare permutation of a number of
 * the caller's. PQHW_RANDOM_FAILED; PQHW_ENCRYPTED_DATA_LEN_RANGE, PQHW_ENCRYPTED_DATA_INVALID for
 * a ciphertext out of that range; the same as above. ss is zero after a failure.
 */
NODISCARD enum pqhw_status rsa_sve_generate(const struct rsa_key *key, uint8_t *ct, uint8_t *ss);
NODISCARD enum pqhw_status rsa_sve_recover(const struct rsa_key *key, uint8_t *ss, size_t *len,
                                           struct span ct);

#endif
