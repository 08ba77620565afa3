/* SPDX-License-Identifier: Apache-2.0
 *
 * The bare post-quantum algorithms: pure functions from bytes to bytes, without a token, a key
 * store or a policy. Link with libpqc.
 *
 * THIS INTERFACE CONTAINS NO RANDOM GENERATOR. Seeds, the m or coins of an encapsulation and the
 * rnd of a signature come from the caller, and the algorithms are only as secure as these bytes are
 * unpredictable: take them fresh from the operating system (getrandom) or from a token for every
 * call. A repeated or guessable seed, m or coins give the secret away. (Falcon's signatures are the
 * exception: they take theirs from the operating system themselves.)
 *
 * True of every function:
 *   - inputs are borrowed for the call, outputs are memory of the caller with the length stated;
 *     inputs and outputs do not overlap;
 *   - no pointer may be NULL except in a struct pqhw_bytes of length 0: else PQHW_ARGUMENTS_BAD;
 *   - an unknown parameter set gives PQHW_PARAMETER_SET_NOT_SUPPORTED;
 *   - functions that expand a key may return PQHW_NO_MEMORY, and PQHW_NO_LOCKED_MEMORY when the
 *     limit on locked memory does not hold an expanded private key;
 *   - on failure the outputs are unchanged or zero;
 *   - any thread may call at any time;
 *   - private keys, seeds, m and shared secrets are treated in constant time, and every copy of
 * them is wiped before the function returns.
 *
 * Each call expands its key anew. Where one key is used often, a token keeps it expanded.
 */
#ifndef PQHW_PQC_H
#define PQHW_PQC_H

#include <stddef.h>
#include <stdint.h>

#include "pqhw/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Borrowed bytes. ptr may be NULL only if len is 0. */
struct pqhw_bytes {
    const uint8_t *ptr;
    size_t len;
};

/* ------------------------------------------------------------------ ML-KEM (FIPS 203) */

/* The numbers are those of CKP_ML_KEM_… in PKCS#11 v3.2. */
enum pqhw_mlkem_set {
    PQHW_MLKEM_512 = 1,
    PQHW_MLKEM_768 = 2,
    PQHW_MLKEM_1024 = 3,
};

#define PQHW_MLKEM_SEED_LEN   64 /* d || z */
#define PQHW_MLKEM_M_LEN      32
#define PQHW_MLKEM_SECRET_LEN 32
#define PQHW_MLKEM_MAX_EK_LEN 1568
#define PQHW_MLKEM_MAX_DK_LEN 3168
#define PQHW_MLKEM_MAX_CT_LEN 1568

/* Lengths in bytes (FIPS 203, Table 3). */
struct pqhw_mlkem_sizes {
    const char *name; /* "ML-KEM-768" */
    size_t ek_len;    /* encapsulation key */
    size_t dk_len;    /* decapsulation key */
    size_t ct_len;    /* ciphertext */
};

/* Name and lengths of a parameter set; all zero for an unknown one. */
PQHW_API struct pqhw_mlkem_sizes pqhw_mlkem_sizes(enum pqhw_mlkem_set set);

/*
 * Make a key pair from a seed (FIPS 203, Algorithm 16, ML-KEM.KeyGen_internal).
 *
 * ek    out, ek_len bytes
 * dk    out, dk_len bytes, secret
 * seed  PQHW_MLKEM_SEED_LEN random bytes d || z, secret; the same seed gives the same key pair
 *
 * PQHW_DATA_LEN_RANGE if the seed has another length.
 */
PQHW_API enum pqhw_status pqhw_mlkem_keygen(enum pqhw_mlkem_set set, uint8_t *ek, uint8_t *dk,
                                            struct pqhw_bytes seed);

/*
 * Check an encapsulation key from elsewhere (FIPS 203, 7.2). pqhw_mlkem_encaps does it too.
 *
 * PQHW_DATA_LEN_RANGE for the length, PQHW_DATA_INVALID if a coefficient is not reduced.
 */
PQHW_API enum pqhw_status pqhw_mlkem_check_ek(enum pqhw_mlkem_set set, struct pqhw_bytes ek);

/*
 * Check a decapsulation key from elsewhere (FIPS 203, 7.3, and that its coefficients are reduced).
 * pqhw_mlkem_decaps does it too.
 *
 * PQHW_DATA_LEN_RANGE for the length, PQHW_DATA_INVALID if its parts do not belong together or are
 * not valid.
 */
PQHW_API enum pqhw_status pqhw_mlkem_check_dk(enum pqhw_mlkem_set set, struct pqhw_bytes dk);

/*
 * Encapsulate a fresh shared secret (FIPS 203, Algorithm 17, ML-KEM.Encaps_internal).
 *
 * ct  out, ct_len bytes
 * ss  out, PQHW_MLKEM_SECRET_LEN bytes, secret
 * ek  the encapsulation key
 * m   PQHW_MLKEM_M_LEN random bytes, secret, never used twice
 *
 * PQHW_DATA_LEN_RANGE if ek or m have a wrong length, PQHW_DATA_INVALID if ek is not valid.
 */
PQHW_API enum pqhw_status pqhw_mlkem_encaps(enum pqhw_mlkem_set set, uint8_t *ct, uint8_t *ss,
                                            struct pqhw_bytes ek, struct pqhw_bytes m);

/*
 * Decapsulate (FIPS 203, Algorithm 21, ML-KEM.Decaps).
 *
 * ss  out, PQHW_MLKEM_SECRET_LEN bytes, secret
 * dk  the decapsulation key, secret
 * ct  the ciphertext
 *
 * A ciphertext that was not made for this key is no error: it gives a secret that nobody else has
 * (implicit rejection), in the same time.
 * PQHW_DATA_LEN_RANGE or PQHW_DATA_INVALID for dk as in pqhw_mlkem_check_dk,
 * PQHW_ENCRYPTED_DATA_LEN_RANGE if ct has not ct_len bytes.
 */
PQHW_API enum pqhw_status pqhw_mlkem_decaps(enum pqhw_mlkem_set set, uint8_t *ss,
                                            struct pqhw_bytes dk, struct pqhw_bytes ct);

/* ------------------------------------------------------------------ HQC */

/*
 * HQC as specified on 2025-08-22, with the byte streams of liboqs 0.16.0. FIPS 207 is not out: keys
 * and ciphertexts may differ from what it will say. Older HQC (HQC-128, …) is another algorithm.
 */
enum pqhw_hqc_set {
    PQHW_HQC_1 = 1,
    PQHW_HQC_3 = 2,
    PQHW_HQC_5 = 3,
};

#define PQHW_HQC_SEED_LEN      32 /* seed_KEM */
#define PQHW_HQC_SECRET_LEN    32
#define PQHW_HQC_MAX_COINS_LEN 48
#define PQHW_HQC_MAX_EK_LEN    7237
#define PQHW_HQC_MAX_DK_LEN    7333
#define PQHW_HQC_MAX_CT_LEN    14421

/* Lengths in bytes. */
struct pqhw_hqc_sizes {
    const char *name; /* "HQC-1" */
    size_t ek_len;    /* encapsulation key */
    size_t dk_len;    /* decapsulation key */
    size_t ct_len;    /* ciphertext */
    size_t coins_len; /* what an encapsulation takes at random: m of 16, 24 or 32 bytes, then a salt
                         of 16 */
};

/* Name and lengths of a parameter set; all zero for an unknown one. */
PQHW_API struct pqhw_hqc_sizes pqhw_hqc_sizes(enum pqhw_hqc_set set);

/*
 * Make a key pair from a seed.
 *
 * ek    out, ek_len bytes
 * dk    out, dk_len bytes, secret
 * seed  PQHW_HQC_SEED_LEN random bytes seed_KEM, secret; the same seed gives the same key pair
 *
 * PQHW_DATA_LEN_RANGE if the seed has another length.
 */
PQHW_API enum pqhw_status pqhw_hqc_keygen(enum pqhw_hqc_set set, uint8_t *ek, uint8_t *dk,
                                          struct pqhw_bytes seed);

/*
 * Check an encapsulation key from elsewhere. pqhw_hqc_encaps does it too.
 *
 * PQHW_DATA_LEN_RANGE for the length, PQHW_DATA_INVALID if a bit above the last of s is set.
 */
PQHW_API enum pqhw_status pqhw_hqc_check_ek(enum pqhw_hqc_set set, struct pqhw_bytes ek);

/*
 * Check a decapsulation key from elsewhere: that all of it comes from the seed_KEM that stands at
 * its end. pqhw_hqc_decaps does it too.
 *
 * PQHW_DATA_LEN_RANGE for the length, PQHW_DATA_INVALID if it does not.
 */
PQHW_API enum pqhw_status pqhw_hqc_check_dk(enum pqhw_hqc_set set, struct pqhw_bytes dk);

/*
 * Encapsulate a fresh shared secret.
 *
 * ct     out, ct_len bytes
 * ss     out, PQHW_HQC_SECRET_LEN bytes, secret
 * ek     the encapsulation key
 * coins  coins_len random bytes, secret, never used twice
 *
 * PQHW_DATA_LEN_RANGE if ek or coins have a wrong length, PQHW_DATA_INVALID if ek is not valid.
 */
PQHW_API enum pqhw_status pqhw_hqc_encaps(enum pqhw_hqc_set set, uint8_t *ct, uint8_t *ss,
                                          struct pqhw_bytes ek, struct pqhw_bytes coins);

/*
 * Decapsulate.
 *
 * ss  out, PQHW_HQC_SECRET_LEN bytes, secret
 * dk  the decapsulation key, secret
 * ct  the ciphertext
 *
 * A ciphertext that was not made for this key is no error: it gives a secret that nobody else has
 * (implicit rejection), in the same time.
 * PQHW_DATA_LEN_RANGE or PQHW_DATA_INVALID for dk as in pqhw_hqc_check_dk,
 * PQHW_ENCRYPTED_DATA_LEN_RANGE if ct has not ct_len bytes.
 */
PQHW_API enum pqhw_status pqhw_hqc_decaps(enum pqhw_hqc_set set, uint8_t *ss, struct pqhw_bytes dk,
                                          struct pqhw_bytes ct);

/* ------------------------------------------------------------------ ML-DSA (FIPS 204) */

/* The numbers are those of CKP_ML_DSA_… in PKCS#11 v3.2. */
enum pqhw_mldsa_set {
    PQHW_MLDSA_44 = 1,
    PQHW_MLDSA_65 = 2,
    PQHW_MLDSA_87 = 3,
};

#define PQHW_MLDSA_SEED_LEN    32
#define PQHW_MLDSA_RND_LEN     32
#define PQHW_MLDSA_MU_LEN      64
#define PQHW_MLDSA_MAX_CONTEXT 255
#define PQHW_MLDSA_MAX_PK_LEN  2592
#define PQHW_MLDSA_MAX_SK_LEN  4896
#define PQHW_MLDSA_MAX_SIG_LEN 4627

/* Lengths in bytes (FIPS 204, Table 2). */
struct pqhw_mldsa_sizes {
    const char *name; /* "ML-DSA-65" */
    size_t pk_len;
    size_t sk_len;
    size_t sig_len;
};

/* Name and lengths of a parameter set; all zero for an unknown one. */
PQHW_API struct pqhw_mldsa_sizes pqhw_mldsa_sizes(enum pqhw_mldsa_set set);

/* The hashes that HashML-DSA and HashSLH-DSA take (FIPS 204, 5.4.1; FIPS 205, 10.2.2). */
enum pqhw_hash {
    PQHW_HASH_SHA224 = 1,
    PQHW_HASH_SHA256,
    PQHW_HASH_SHA384,
    PQHW_HASH_SHA512,
    PQHW_HASH_SHA512_224,
    PQHW_HASH_SHA512_256,
    PQHW_HASH_SHA3_224,
    PQHW_HASH_SHA3_256,
    PQHW_HASH_SHA3_384,
    PQHW_HASH_SHA3_512,
    PQHW_HASH_SHAKE128, /* 32 bytes of output */
    PQHW_HASH_SHAKE256, /* 64 bytes of output */
};

/* What the bytes to be signed are. */
enum pqhw_mldsa_kind {
    PQHW_MLDSA_PURE,     /* the message (Algorithms 2 and 3) */
    PQHW_MLDSA_PREHASH,  /* the message's digest by `hash` (Algorithms 4 and 5) */
    PQHW_MLDSA_MU,       /* the message representative, 64 bytes (external mu) */
    PQHW_MLDSA_INTERNAL, /* M' as it is (Algorithms 7 and 8): for test vectors, not for use */
};

/*
 * What is signed or verified. context (at most PQHW_MLDSA_MAX_CONTEXT bytes) belongs to
 * PQHW_MLDSA_PURE and PQHW_MLDSA_PREHASH and is empty with the others; hash belongs to
 * PQHW_MLDSA_PREHASH alone. To keep the strength of the parameter set, a hash needs at least its
 * collision strength: 256 bits of output for ML-DSA-44, 384 for ML-DSA-65, 512 for ML-DSA-87.
 */
struct pqhw_mldsa_message {
    enum pqhw_mldsa_kind kind;
    enum pqhw_hash hash;
    struct pqhw_bytes data;
    struct pqhw_bytes context;
};

/*
 * Make a key pair from a seed (FIPS 204, Algorithm 6, ML-DSA.KeyGen_internal).
 *
 * pk    out, pk_len bytes
 * sk    out, sk_len bytes, secret
 * seed  PQHW_MLDSA_SEED_LEN random bytes, secret; the same seed gives the same key pair
 *
 * PQHW_DATA_LEN_RANGE if the seed has another length.
 */
PQHW_API enum pqhw_status pqhw_mldsa_keygen(enum pqhw_mldsa_set set, uint8_t *pk, uint8_t *sk,
                                            struct pqhw_bytes seed);

/*
 * Check a private key from elsewhere: its ranges, and that its parts belong together.
 * pqhw_mldsa_sign does it too.
 *
 * PQHW_DATA_LEN_RANGE or PQHW_DATA_INVALID.
 */
PQHW_API enum pqhw_status pqhw_mldsa_check_sk(enum pqhw_mldsa_set set, struct pqhw_bytes sk);

/*
 * Sign.
 *
 * sig      out, sig_len bytes
 * sk       the private key, secret
 * message  what to sign
 * rnd      PQHW_MLDSA_RND_LEN bytes: random for a hedged signature (the better choice), all zero
 *          for a deterministic one
 *
 * PQHW_DATA_LEN_RANGE if sk, rnd, context, digest or mu have a wrong length, PQHW_DATA_INVALID if
 * sk is not valid, PQHW_ARGUMENTS_BAD if the kind or hash is unknown or a context stands where none
 * belongs, PQHW_INTERNAL if no signature was found (FIPS 204, Appendix C: probability below
 * 2^-256). The time tells the number of attempts, which does not depend on the key.
 */
PQHW_API enum pqhw_status pqhw_mldsa_sign(enum pqhw_mldsa_set set, uint8_t *sig,
                                          struct pqhw_bytes sk,
                                          const struct pqhw_mldsa_message *message,
                                          struct pqhw_bytes rnd);

/*
 * Verify. Nothing here is secret.
 *
 * pk       the public key
 * message  what was signed
 * sig      the signature
 *
 * PQHW_OK if it is good, PQHW_SIGNATURE_LEN_RANGE or PQHW_SIGNATURE_INVALID if not; for the other
 * inputs as in pqhw_mldsa_sign.
 */
PQHW_API enum pqhw_status pqhw_mldsa_verify(enum pqhw_mldsa_set set, struct pqhw_bytes pk,
                                            const struct pqhw_mldsa_message *message,
                                            struct pqhw_bytes sig);

/* ------------------------------------------------------------------ SLH-DSA (FIPS 205) */

/* The numbers are those of CKP_SLH_DSA_… in PKCS#11 v3.2. */
enum pqhw_slhdsa_set {
    PQHW_SLHDSA_SHA2_128S = 1,
    PQHW_SLHDSA_SHAKE_128S,
    PQHW_SLHDSA_SHA2_128F,
    PQHW_SLHDSA_SHAKE_128F,
    PQHW_SLHDSA_SHA2_192S,
    PQHW_SLHDSA_SHAKE_192S,
    PQHW_SLHDSA_SHA2_192F,
    PQHW_SLHDSA_SHAKE_192F,
    PQHW_SLHDSA_SHA2_256S,
    PQHW_SLHDSA_SHAKE_256S,
    PQHW_SLHDSA_SHA2_256F,
    PQHW_SLHDSA_SHAKE_256F,
};

#define PQHW_SLHDSA_MAX_N       32
#define PQHW_SLHDSA_MAX_CONTEXT 255
#define PQHW_SLHDSA_MAX_PK_LEN  64
#define PQHW_SLHDSA_MAX_SK_LEN  128
#define PQHW_SLHDSA_MAX_SIG_LEN 49856

/* Lengths in bytes (FIPS 205, Table 2). */
struct pqhw_slhdsa_sizes {
    const char *name; /* "SLH-DSA-SHA2-128s" */
    size_t n;         /* of opt_rand; a seed has 3n */
    size_t pk_len;
    size_t sk_len;
    size_t sig_len;
};

/* Name and lengths of a parameter set; all zero for an unknown one. */
PQHW_API struct pqhw_slhdsa_sizes pqhw_slhdsa_sizes(enum pqhw_slhdsa_set set);

/* What the bytes to be signed are. */
enum pqhw_slhdsa_kind {
    PQHW_SLHDSA_PURE,     /* the message (Algorithms 22 and 24) */
    PQHW_SLHDSA_PREHASH,  /* the message's digest by `hash` (Algorithms 23 and 25) */
    PQHW_SLHDSA_INTERNAL, /* M' as it is (Algorithms 19 and 20): for test vectors, not for use */
};

/*
 * What is signed or verified. context (at most PQHW_SLHDSA_MAX_CONTEXT bytes) belongs to
 * PQHW_SLHDSA_PURE and PQHW_SLHDSA_PREHASH and is empty with the other; hash belongs to
 * PQHW_SLHDSA_PREHASH alone. To keep the strength of the parameter set, a hash needs at least 2n
 * bytes of output.
 */
struct pqhw_slhdsa_message {
    enum pqhw_slhdsa_kind kind;
    enum pqhw_hash hash;
    struct pqhw_bytes data;
    struct pqhw_bytes context;
};

/*
 * Make a key pair from a seed (FIPS 205, Algorithm 18, slh_keygen_internal).
 *
 * pk    out, pk_len bytes
 * sk    out, sk_len bytes, secret
 * seed  3n random bytes SK.seed || SK.prf || PK.seed, secret; the same seed gives the same key pair
 *
 * PQHW_DATA_LEN_RANGE if the seed has another length.
 */
PQHW_API enum pqhw_status pqhw_slhdsa_keygen(enum pqhw_slhdsa_set set, uint8_t *pk, uint8_t *sk,
                                             struct pqhw_bytes seed);

/*
 * Check a private key from elsewhere: that its root belongs to its seeds. pqhw_slhdsa_sign does it
 * too. Takes as long as making the key.
 *
 * PQHW_DATA_LEN_RANGE or PQHW_DATA_INVALID.
 */
PQHW_API enum pqhw_status pqhw_slhdsa_check_sk(enum pqhw_slhdsa_set set, struct pqhw_bytes sk);

/*
 * Sign.
 *
 * sig       out, sig_len bytes
 * sk        the private key, secret
 * message   what to sign
 * opt_rand  n random bytes for a hedged signature (the better choice), or none for a deterministic
 *           one
 *
 * PQHW_DATA_LEN_RANGE if sk, opt_rand, context or digest have a wrong length, PQHW_DATA_INVALID if
 * sk is not valid, PQHW_ARGUMENTS_BAD if the kind or hash is unknown or a context stands where none
 * belongs.
 */
PQHW_API enum pqhw_status pqhw_slhdsa_sign(enum pqhw_slhdsa_set set, uint8_t *sig,
                                           struct pqhw_bytes sk,
                                           const struct pqhw_slhdsa_message *message,
                                           struct pqhw_bytes opt_rand);

/*
 * Verify. Nothing here is secret.
 *
 * pk       the public key
 * message  what was signed
 * sig      the signature
 *
 * PQHW_OK if it is good, PQHW_SIGNATURE_LEN_RANGE or PQHW_SIGNATURE_INVALID if not; for the other
 * inputs as in pqhw_slhdsa_sign.
 */
PQHW_API enum pqhw_status pqhw_slhdsa_verify(enum pqhw_slhdsa_set set, struct pqhw_bytes pk,
                                             const struct pqhw_slhdsa_message *message,
                                             struct pqhw_bytes sig);

/* ------------------------------------------------------------------ Falcon (round 3) */

/*
 * Falcon as of round 3 of NIST's process (specification v1.2). The standard that is to come of it
 * will have other keys and signatures, and will stand here beside it under its own name.
 */
enum pqhw_falcon_set {
    PQHW_FALCON_512 = 1,
    PQHW_FALCON_1024 = 2,
};

/* How a signature is written (specification, 3.11.3). One format is not taken for another. */
enum pqhw_falcon_format {
    PQHW_FALCON_COMPRESSED = 1, /* as short as it gets: the length varies */
    PQHW_FALCON_PADDED = 2,     /* the same, with zeros up to padded_len */
    PQHW_FALCON_CT = 3,         /* of the same length whatever it says, and a quarter longer */
};

#define PQHW_FALCON_SEED_LEN    48
#define PQHW_FALCON_MAX_PK_LEN  1793
#define PQHW_FALCON_MAX_SK_LEN  2305
#define PQHW_FALCON_MAX_SIG_LEN 1577

/* Lengths in bytes. */
struct pqhw_falcon_sizes {
    const char *name; /* "Falcon-512" */
    size_t pk_len;
    size_t sk_len;
    size_t compressed_max_len; /* of signatures */
    size_t padded_len;
    size_t ct_len;
};

/* Name and lengths of a parameter set; all zero for an unknown one. */
PQHW_API struct pqhw_falcon_sizes pqhw_falcon_sizes(enum pqhw_falcon_set set);

/*
 * Make a key pair from a seed, as the known-answer tests do.
 *
 * pk    out, pk_len bytes
 * sk    out, sk_len bytes, secret
 * seed  PQHW_FALCON_SEED_LEN random bytes, secret; the same seed gives the same key pair
 *
 * PQHW_DATA_LEN_RANGE if the seed has another length. The time varies: it tells how many candidates
 * were discarded before.
 */
PQHW_API enum pqhw_status pqhw_falcon_keygen(enum pqhw_falcon_set set, uint8_t *pk, uint8_t *sk,
                                             struct pqhw_bytes seed);

/*
 * Check a private key from elsewhere: its ranges, and that its parts solve the NTRU equation.
 * pqhw_falcon_sign does it too.
 *
 * PQHW_DATA_LEN_RANGE or PQHW_DATA_INVALID.
 */
PQHW_API enum pqhw_status pqhw_falcon_check_sk(enum pqhw_falcon_set set, struct pqhw_bytes sk);

/*
 * Sign, always with fresh randomness of the operating system's (getrandom).
 *
 * sig      out, room for compressed_max_len, padded_len or ct_len bytes
 * sig_len  out, how many there are
 * sk       the private key, secret
 * message  what to sign
 *
 * PQHW_DATA_LEN_RANGE or PQHW_DATA_INVALID for sk as in pqhw_falcon_check_sk, PQHW_ARGUMENTS_BAD
 * for an unknown format, PQHW_RANDOM_FAILED if there are no random bytes. Whatever fails, *sig_len
 * is 0 or unchanged.
 */
PQHW_API enum pqhw_status pqhw_falcon_sign(enum pqhw_falcon_set set, enum pqhw_falcon_format format,
                                           uint8_t *sig, size_t *sig_len, struct pqhw_bytes sk,
                                           struct pqhw_bytes message);

/*
 * Verify. Nothing here is secret.
 *
 * PQHW_OK if sig is a good signature of the message by pk in this format,
 * PQHW_SIGNATURE_LEN_RANGE or PQHW_SIGNATURE_INVALID if not; PQHW_DATA_LEN_RANGE or
 * PQHW_DATA_INVALID if pk is no public key.
 */
PQHW_API enum pqhw_status pqhw_falcon_verify(enum pqhw_falcon_set set,
                                             enum pqhw_falcon_format format, struct pqhw_bytes pk,
                                             struct pqhw_bytes message, struct pqhw_bytes sig);
/* ------------------------------------------------------------------ stateful signatures */

/*
 * HSS/LMS (RFC 8554), XMSS and XMSS^MT (RFC 8391), with the parameter sets of SP 800-208 too:
 * verification alone. Whoever signs must never use a one-time key twice, whatever is restored from
 * a backup, and no library can promise that.
 *
 * Public keys and signatures say themselves which parameter sets they are of. Nothing here is
 * secret.
 */
#define PQHW_HSS_MAX_PK_LEN     60
#define PQHW_HSS_MAX_SIG_LEN    74988
#define PQHW_XMSS_MAX_PK_LEN    132
#define PQHW_XMSS_MAX_SIG_LEN   9732
#define PQHW_XMSSMT_MAX_SIG_LEN 104520

/*
 * Verify an HSS signature; LMS is HSS with one level (RFC 8554, 6.3).
 *
 * pk       the public key, as RFC 8554, 6.1 has it
 * message  what was signed
 * sig      the signature
 *
 * PQHW_OK if it is good, PQHW_SIGNATURE_LEN_RANGE or PQHW_SIGNATURE_INVALID if not;
 * PQHW_DATA_LEN_RANGE, PQHW_DATA_INVALID or PQHW_PARAMETER_SET_NOT_SUPPORTED for the key.
 */
PQHW_API enum pqhw_status pqhw_hss_verify(struct pqhw_bytes pk, struct pqhw_bytes message,
                                          struct pqhw_bytes sig);

/*
 * Verify an XMSS signature (RFC 8391, Algorithm 14), and one of XMSS^MT (Algorithm 17).
 *
 * pk       the public key: the parameter set's number, 4 bytes, the root, the seed
 * message  what was signed
 * sig      the signature
 *
 * Statuses as above.
 */
PQHW_API enum pqhw_status pqhw_xmss_verify(struct pqhw_bytes pk, struct pqhw_bytes message,
                                           struct pqhw_bytes sig);
PQHW_API enum pqhw_status pqhw_xmssmt_verify(struct pqhw_bytes pk, struct pqhw_bytes message,
                                             struct pqhw_bytes sig);

#ifdef __cplusplus
}
#endif
#endif
