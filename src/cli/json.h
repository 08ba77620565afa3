/* SPDX-License-Identifier: Apache-2.0
 *
 * Writing JSON (RFC 8259): one value a line, commas and escapes looked after.
 */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "cli/codec.h"

#define JSON_MAX_DEPTH 8

struct json {
    FILE *out;
    unsigned depth;
    bool comma;                /* something stands before the next value */
    char ends[JSON_MAX_DEPTH]; /* what closes each level */
};

static inline struct json json_start(FILE *out)
{
    return (struct json){.out = out};
}

/* Each takes a key, or NULL inside a list and at the top. */
void json_object(struct json *json, const char *key);
void json_list(struct json *json, const char *key);
/* Close the object or list opened last; closing the outermost ends the line. */
void json_end(struct json *json);

void json_text(struct json *json, const char *key, const char *value);
/* Bytes that should be UTF-8; what is not becomes U+FFFD. */
void json_utf8(struct json *json, const char *key, struct span value);
void json_number(struct json *json, const char *key, uint64_t value);
void json_bool(struct json *json, const char *key, bool value);
/* Text that is JSON already. */
void json_verbatim(struct json *json, const char *key, struct span value);
void json_hex(struct json *json, const char *key, struct span value);
/* Two members: "encoding", and the bytes in it under the key. Raw bytes have no place in JSON: they
 * are written in Base64. */
NODISCARD enum pqhw_status json_encoded(struct json *json, const char *key, enum encoding encoding,
                                        struct span value);

#endif
