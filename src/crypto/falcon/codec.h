/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys and signatures as bytes (specification, 3.11). Every value has one encoding in a format, and
 * nothing else is decoded.
 */
#ifndef CRYPTO_FALCON_CODEC_H
#define CRYPTO_FALCON_CODEC_H

#include <stdbool.h>

#include "crypto/falcon/params.h"

/* The n coefficients of a public key, 14 bits each, without its first byte. False if one is not
 * reduced. */
bool falcon_decode_pk(int16_t *h, const struct falcon_params *params, const uint8_t *in);
void falcon_encode_pk(uint8_t *out, const struct falcon_params *params, const int16_t *h);

/* n coefficients of a private key, bits <= 8 each, in two's complement without the lowest value.
 * False if there is one of that value; which one does not show. */
bool falcon_decode_small(int8_t *out, const struct falcon_params *params, unsigned bits,
                         const uint8_t *in);
void falcon_encode_small(uint8_t *out, const struct falcon_params *params, unsigned bits,
                         const int8_t *in);

/* Whether len is one that a signature of the format may have, first byte and nonce included. */
bool falcon_sig_len_valid(const struct falcon_params *params, enum falcon_format format,
                          size_t len);

/* The first byte of a signature. */
uint8_t falcon_sig_head(const struct falcon_params *params, enum falcon_format format);

/* s2 from what stands behind the nonce, whose length was checked. */
bool falcon_decode_s2(int16_t *s2, const struct falcon_params *params, enum falcon_format format,
                      struct span in);

/*
 * s2 into the max_len bytes behind the nonce. Returns how many it takes, padding included, or 0 if
 * they do not suffice or a coefficient is above FALCON_MAX_S2. s2 is about to be published, but
 * that of FALCON_CT, which takes the same time whatever it is if no coefficient is above.
 */
size_t falcon_encode_s2(uint8_t *out, size_t max_len, const struct falcon_params *params,
                        enum falcon_format format, const int16_t *s2);

#endif
