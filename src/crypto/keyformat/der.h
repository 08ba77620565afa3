/* SPDX-License-Identifier: Apache-2.0
 *
 * The Distinguished Encoding Rules (ITU-T X.690, clause 10), as much of them as keys need: tags of
 * one byte, definite lengths below 2^32 in their shortest form.
 */
#ifndef CRYPTO_KEYFORMAT_DER_H
#define CRYPTO_KEYFORMAT_DER_H

#include "base/bytes.h"

#define DER_INTEGER          0x02
#define DER_BIT_STRING       0x03
#define DER_OCTET_STRING     0x04
#define DER_NULL             0x05
#define DER_OID              0x06
#define DER_PRINTABLE_STRING 0x13
#define DER_SEQUENCE         0x30
#define DER_CONTEXT(n)       (0x80 | (n)) /* [n] IMPLICIT of a string */
#define DER_CONTEXT_GROUP(n) (0xa0 | (n)) /* [n] IMPLICIT of a SET or SEQUENCE */

/* The contents of the next element. The reader fails if its tag is another or it is not DER. */
struct span der_read(struct reader *r, uint8_t tag);

/* The same for an element of any tag. */
struct span der_read_any(struct reader *r, uint8_t *tag);

/* The bytes of a BIT STRING (or what stands for one under this tag) that has no unused bits. */
struct span der_read_bits(struct reader *r, uint8_t tag);

/* An INTEGER that is not negative, without zeros in front: zero is empty. */
struct span der_read_number(struct reader *r);

/* True if an element of this tag is next. Does not fail the reader. */
bool der_next_is(const struct reader *r, uint8_t tag);

/* How long an element with so many bytes of contents is. */
size_t der_size(size_t content_len);

/* Writes into memory of the caller. Failed once something had no room. */
struct der_writer {
    uint8_t *out;
    size_t room;
    size_t len;
    bool failed;
};

/* The tag and length of an element; its contents are written next. */
void der_write_header(struct der_writer *w, uint8_t tag, size_t content_len);
void der_write_bytes(struct der_writer *w, struct span data);

/* A number, big-endian, as an INTEGER. Zeros in front do not matter; der_number_len is how many
 * bytes of contents it takes. */
size_t der_number_len(struct span number);
void der_write_number(struct der_writer *w, struct span number);

/* A number without the zeros in front. */
struct span der_without_zeros(struct span number);

#endif
