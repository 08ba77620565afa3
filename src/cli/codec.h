/* SPDX-License-Identifier: Apache-2.0
 *
 * Bytes as text: hexadecimal and Base64 (RFC 4648). Writing takes no time that depends on the
 * bytes, because they may be secret; reading is for public data.
 */
#ifndef CLI_CODEC_H
#define CLI_CODEC_H

#include "base/bytes.h"
#include "base/status.h"

enum encoding {
    ENCODING_RAW,
    ENCODING_HEX,
    ENCODING_BASE64,
};

/* The encoding that --encoding names; the text is one of opt_encoding. */
enum encoding encoding_of(const char *text);

/* Append data in an encoding; no newline. The buffer wipes what it held. */
void encode_put(struct buf *out, enum encoding encoding, struct span data);

/* The reverse. White space is skipped in hex and Base64. PQHW_DATA_INVALID if it is not the
 * encoding. */
NODISCARD enum pqhw_status encode_read(struct buf *out, enum encoding encoding, struct span text);

#endif
