/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of ML-KEM that are worth an implementation per CPU. Inside ML-KEM only, and for tests
 * that compare one with another.
 *
 * All implementations give the same bytes. Coefficients stand in the standard's order and agree mod
 * q; "canonical" and "reduced" are explained in poly.h. Constant time, except for accept.
 */
#ifndef CRYPTO_MLKEM_IMPL_H
#define CRYPTO_MLKEM_IMPL_H

#include "crypto/cpu.h"
#include "crypto/mlkem/mlkem.h"
#include "crypto/mlkem/poly.h"

/* Hash output comes as the lanes of Keccak's state: eight bytes each, the first one lowest. */
#define MLKEM_BLOCK_LANES 21 /* the rate of SHAKE128 */
#define MLKEM_ETA_LANES   8  /* 64 bytes, for each unit of eta */

/*
 * A polynomial of the NTT domain made ready for products. For each pair (b0, b1) of it, straight
 * has (b0, gamma b1) and crossed has (b1, b0), so that Algorithm 12's product with (a0, a1)
 * consists of two inner products.
 */
struct mlkem_factor {
    struct mlkem_poly straight;
    struct mlkem_poly crossed;
};

struct mlkem_impl {
    const char *name; /* "portable", … */

    /* FIPS 203, Algorithm 9. In: |coefficient| <= q. Out: reduced. */
    void (*ntt)(struct mlkem_poly *p);

    /* FIPS 203, Algorithm 10, times 2^16, which takes back the 2^-16 of basemul_acc. In and out:
     * reduced. */
    void (*intt)(struct mlkem_poly *p);

    /* In and out: reduced. */
    void (*factor)(struct mlkem_factor *f, const struct mlkem_poly *p);

    /*
     * The sum of num products a[i * stride] * b[i] in the NTT domain (FIPS 203, Algorithms 11 and
     * 12), times 2^-16. num is at most MLKEM_MAX_K; in and out: reduced.
     */
    void (*basemul_acc)(struct mlkem_poly *out, const struct mlkem_poly *a, unsigned stride,
                        const struct mlkem_factor *b, unsigned num);

    /* p = 2^16 p + e, canonical. In: reduced. */
    void (*scale_add)(struct mlkem_poly *p, const struct mlkem_poly *e);

    /* p made canonical. In: reduced. */
    void (*canonical)(struct mlkem_poly *p);

    /*
     * Append to the count coefficients in out the 12-bit numbers in block that are below q, until
     * there are MLKEM_N (FIPS 203, Algorithm 7). Returns the new count. What is in out from there
     * on is undefined. For the matrix A, which is public: its time may tell.
     */
    unsigned (*accept)(int16_t out[MLKEM_N], unsigned count,
                       const uint64_t block[MLKEM_BLOCK_LANES]);

    /* FIPS 203, Algorithm 8, of 64 eta bytes. */
    void (*cbd)(struct mlkem_poly *p, const uint64_t *lanes, unsigned eta);

    /* ByteEncode_12 of canonical coefficients, and ByteDecode_12 without reduction: that returns 0
     * if all of them are canonical, else all ones. */
    void (*encode)(uint8_t out[MLKEM_POLY_LEN], const struct mlkem_poly *p);
    uint32_t (*decode)(struct mlkem_poly *p, const uint8_t in[MLKEM_POLY_LEN]);

    /* ByteEncode_d(Compress_d(p + e)): 32 d bytes, for the d of the parameter sets. No sum may
     * leave int16_t. */
    void (*compress)(uint8_t *out, const struct mlkem_poly *p, const struct mlkem_poly *e,
                     unsigned d);

    /* Decompress_d(ByteDecode_d(in)). Out: canonical. */
    void (*decompress)(struct mlkem_poly *p, const uint8_t *in, unsigned d);

    /* p + Decompress_1(ByteDecode_1(m)). No sum may leave int16_t. */
    void (*add_message)(struct mlkem_poly *p, const uint8_t m[MLKEM_M_LEN]);

    /* ByteEncode_1(Compress_1(v - w)). No difference may leave int16_t. */
    void (*to_message)(uint8_t m[MLKEM_M_LEN], const struct mlkem_poly *v,
                       const struct mlkem_poly *w);
};

extern const struct mlkem_impl mlkem_portable;

/* The one for CPUs of a level, which must be supported; and the one of cpu_level. */
const struct mlkem_impl *mlkem_impl_for(enum cpu_level level);
const struct mlkem_impl *mlkem_impl(void);

void mlkem_portable_ntt(struct mlkem_poly *p);
void mlkem_portable_intt(struct mlkem_poly *p);
void mlkem_portable_factor(struct mlkem_factor *f, const struct mlkem_poly *p);
void mlkem_portable_basemul_acc(struct mlkem_poly *out, const struct mlkem_poly *a, unsigned stride,
                                const struct mlkem_factor *b, unsigned num);
void mlkem_portable_scale_add(struct mlkem_poly *p, const struct mlkem_poly *e);
void mlkem_portable_canonical(struct mlkem_poly *p);
unsigned mlkem_portable_accept(int16_t out[MLKEM_N], unsigned count,
                               const uint64_t block[MLKEM_BLOCK_LANES]);
void mlkem_portable_cbd(struct mlkem_poly *p, const uint64_t *lanes, unsigned eta);
void mlkem_portable_encode(uint8_t out[MLKEM_POLY_LEN], const struct mlkem_poly *p);
uint32_t mlkem_portable_decode(struct mlkem_poly *p, const uint8_t in[MLKEM_POLY_LEN]);
void mlkem_portable_compress(uint8_t *out, const struct mlkem_poly *p, const struct mlkem_poly *e,
                             unsigned d);
void mlkem_portable_decompress(struct mlkem_poly *p, const uint8_t *in, unsigned d);
void mlkem_portable_add_message(struct mlkem_poly *p, const uint8_t m[MLKEM_M_LEN]);
void mlkem_portable_to_message(uint8_t m[MLKEM_M_LEN], const struct mlkem_poly *v,
                               const struct mlkem_poly *w);

#endif
