/* SPDX-License-Identifier: Apache-2.0
 *
 * The powers of zeta = 1753 that the NTT multiplies by (FIPS 204, Appendix B), each with what makes
 * that multiplication cheap.
 *
 * To multiply b by a constant z modulo q, take h = b * round(2^32 z / q) / 2^32, rounded down. It
 * is b z / q with an error of less than 1 + |b| / 2^33, so b z - h q is congruent to b z and lies
 * between -q |b| / 2^33 and q + q |b| / 2^33; of both products only the low 32 bits are needed.
 */
#ifndef CRYPTO_MLDSA_ZETAS_H
#define CRYPTO_MLDSA_ZETAS_H

#include "crypto/mldsa/params.h"

/* round(2^32 z / q), for constants z of at most q / 2 */
#define MLDSA_QUOTIENT(z) ((int32_t)(((z) * (1LL << 33) / MLDSA_Q + ((z) < 0 ? -1 : 1)) / 2))

/* For lists of constants: the initialisers of two tables. */
#define MLDSA_ZETA(z)          (z),
#define MLDSA_ZETA_QUOTIENT(z) MLDSA_QUOTIENT(z),

/* zeta^BitRev8(m) mod+- q at m = 1 … 255 */
extern const int32_t mldsa_zetas[MLDSA_N];
extern const int32_t mldsa_zeta_quotients[MLDSA_N];

/*
 * The last layer of the inverse multiplies the sums by 2^32 / 256 as well, which undoes the
 * transform's factor of 256 and leaves one of 2^32, and the differences by that times zeta^128.
 */
#define MLDSA_INTT_SUM        16382
#define MLDSA_INTT_DIFFERENCE 294725

/* q^-1 mod 2^32, for Montgomery reduction (FIPS 204, Appendix A) */
#define MLDSA_Q_INVERSE 58728449

#endif
