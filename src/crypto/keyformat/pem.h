/* SPDX-License-Identifier: Apache-2.0
 *
 * Textual encoding (RFC 7468). The base64 is constant time in the data, for they may be a private
 * key; their length and the lines are not secret.
 */
#ifndef CRYPTO_KEYFORMAT_PEM_H
#define CRYPTO_KEYFORMAT_PEM_H

#include "base/bytes.h"

#define PEM_PUBLIC_KEY  "PUBLIC KEY"
#define PEM_PRIVATE_KEY "PRIVATE KEY"

/* Of before PKCS#8: an RSAPrivateKey (RFC 8017) and an ECPrivateKey (RFC 5915). */
#define PEM_RSA_PRIVATE_KEY "RSA PRIVATE KEY"
#define PEM_EC_PRIVATE_KEY  "EC PRIVATE KEY"

/* No text of this length holds more data than this. */
size_t pem_max_decoded(size_t text_len);

/*
 * Decode the first block with this label into room bytes at out. Text around it, blocks with other
 * labels, CRLF and spaces within the base64 are allowed. PQHW_NOT_FOUND if there is no such block,
 * PQHW_DATA_INVALID if it is not whole or not canonical base64, PQHW_BUFFER_TOO_SMALL. Then out is
 * zero and *out_len is 0.
 */
NODISCARD enum pqhw_status pem_decode(uint8_t *out, size_t *out_len, size_t room, struct span text,
                                      const char *label);

/* How many characters pem_encode writes. */
size_t pem_encoded_len(size_t data_len, const char *label);

/* Lines of 64 characters ended by LF, without a final NUL. */
void pem_encode(char *out, const char *label, struct span data);

#endif
