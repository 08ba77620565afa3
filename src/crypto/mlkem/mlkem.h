/* SPDX-License-Identifier: Apache-2.0
 *
 * ML-KEM (FIPS 203).
 *
 * A key is expanded once, from its bytes, into memory of the caller: everything that depends on the
 * key alone (the matrix A in the NTT domain, t and s transformed, H(ek)) is computed there and used
 * by every later operation. An expanded key is read-only afterwards and may be used by any number
 * of threads.
 *
 * Constant time in all secret inputs.
 */
#ifndef CRYPTO_MLKEM_MLKEM_H
#define CRYPTO_MLKEM_MLKEM_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"

enum mlkem_set {
    MLKEM_512,
    MLKEM_768,
    MLKEM_1024,
};

#define MLKEM_SEED_LEN   64 /* d || z */
#define MLKEM_SECRET_LEN 32
#define MLKEM_M_LEN      32
#define MLKEM_MAX_EK_LEN 1568
#define MLKEM_MAX_DK_LEN 3168
#define MLKEM_MAX_CT_LEN 1568
#define MLKEM_MAX_K      4

struct mlkem_sizes {
    const char *name; /* "ML-KEM-768" */
    size_t ek_len;
    size_t dk_len;
    size_t ct_len;
};

const struct mlkem_sizes *mlkem_sizes(enum mlkem_set set);

struct mlkem_poly {
    int16_t coeff[256];
} __attribute__((aligned(64)));

/* An expanded encapsulation key. */
struct mlkem_public {
    enum mlkem_set set;
    uint8_t ek[MLKEM_MAX_EK_LEN];
    uint8_t hash[32];                               /* H(ek) */
    struct mlkem_poly a[MLKEM_MAX_K * MLKEM_MAX_K]; /* A, NTT domain */
    struct mlkem_poly t[MLKEM_MAX_K];               /* t, NTT domain */
};

/* An expanded decapsulation key, with its encapsulation key. Secret: the owner wipes it. */
struct mlkem_private {
    struct mlkem_public pub;
    struct mlkem_poly s[MLKEM_MAX_K]; /* s, NTT domain */
    uint8_t z[32];
};

/* FIPS 203, 7.2, the two input checks: PQHW_DATA_LEN_RANGE for the length, PQHW_DATA_INVALID for
 * the modulus check. */
NODISCARD enum pqhw_status mlkem_public_init(struct mlkem_public *pub, enum mlkem_set set,
                                             struct span ek);

/*
 * FIPS 203, 7.3: PQHW_DATA_LEN_RANGE for the length, PQHW_DATA_INVALID if the hash check fails, if
 * the embedded ek fails its own check, or a coefficient of s is not reduced. priv is wiped then.
 */
NODISCARD enum pqhw_status mlkem_private_init(struct mlkem_private *priv, enum mlkem_set set,
                                              struct span dk);

/* Algorithm 16, ML-KEM.KeyGen_internal: the expanded key of a seed d || z. */
void mlkem_keygen(struct mlkem_private *priv, enum mlkem_set set,
                  const uint8_t seed[MLKEM_SEED_LEN]);

/* The key's dk_len bytes as FIPS 203 encodes them. The encapsulation key stands in priv->pub.ek. */
void mlkem_private_encode(const struct mlkem_private *priv, uint8_t *dk);

/* Algorithm 17, ML-KEM.Encaps_internal: ct_len bytes and the shared secret, from the random m. */
void mlkem_encaps(const struct mlkem_public *pub, uint8_t *ct, uint8_t ss[MLKEM_SECRET_LEN],
                  const uint8_t m[MLKEM_M_LEN]);

/*
 * Algorithm 18, ML-KEM.Decaps_internal. ct has ct_len bytes. A ciphertext that was not made for
 * this key gives a secret that depends on z and the ciphertext (implicit rejection), in the same
 * time.
 */
void mlkem_decaps(const struct mlkem_private *priv, uint8_t ss[MLKEM_SECRET_LEN],
                  const uint8_t *ct);

#endif
