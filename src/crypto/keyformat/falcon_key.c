/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/keyformat/falcon_key.h"

#include <string.h>

#include "crypto/falcon/params.h"

#define HEAD_LEN 1 /* of each key of the specification */

static const uint8_t version = 0; /* of Bouncy Castle's form */

static const struct falcon_params *params_of(const struct keyformat_alg *alg)
{
    return falcon_params((enum falcon_set)alg->set);
}

/* How long each part is. */
static size_t part_len(const struct keyformat_alg *alg, int part)
{
    const struct falcon_params *params = params_of(alg);

    switch (part) {
    case KEYFORMAT_FALCON_CAPITAL_F: /* a byte for each coefficient */
        return params->n;
    case KEYFORMAT_FALCON_H:
        return alg->public_len - HEAD_LEN;
    default:
        return params->n * params->fg_bits / 8;
    }
}

/* ---- reading ---- */

static enum pqhw_status read_whole(struct keyformat_private *key, struct span string)
{
    struct reader parts = reader(string);

    key->expanded = read_bytes(&parts, key->alg->expanded_len);
    if (parts.rest.len > 0)
        key->key_public = read_bytes(&parts, key->alg->public_len);
    return read_finished(&parts) ? PQHW_OK : PQHW_DATA_INVALID;
}

static enum pqhw_status read_parts(struct keyformat_private *key, struct reader *r)
{
    enum pqhw_status status = PQHW_OK;
    struct reader list = reader(der_read(r, DER_SEQUENCE));

    REQUIRE(span_equal(der_read(&list, DER_INTEGER), span(&version, 1)), PQHW_DATA_INVALID);
    for (int part = 0; part < KEYFORMAT_FALCON_H; part++)
        key->parts[part] = der_read(&list, DER_OCTET_STRING);
    if (list.rest.len > 0) {
        struct reader inner = reader(der_read(&list, DER_SEQUENCE));
        key->parts[KEYFORMAT_FALCON_H] = der_read(&inner, DER_OCTET_STRING);
        REQUIRE(read_finished(&inner) &&
                    key->parts[KEYFORMAT_FALCON_H].len == part_len(key->alg, KEYFORMAT_FALCON_H),
                PQHW_DATA_INVALID);
    }
    REQUIRE(read_finished(&list), PQHW_DATA_INVALID);
    for (int part = 0; part < KEYFORMAT_FALCON_H; part++)
        REQUIRE(key->parts[part].len == part_len(key->alg, part), PQHW_DATA_INVALID);
out:
    return status;
}

enum pqhw_status falcon_key_read(struct keyformat_private *key, struct span contents)
{
    enum pqhw_status status = PQHW_OK;
    struct reader r = reader(contents);

    if (der_next_is(&r, DER_SEQUENCE))
        TRY(read_parts(key, &r));
    else
        TRY(read_whole(key, der_read(&r, DER_OCTET_STRING)));
    REQUIRE(read_finished(&r), PQHW_DATA_INVALID);
out:
    return status;
}

/* ---- writing ---- */

/* The SEQUENCE around h, without its own head; 0 if there is no h. */
static size_t h_len(const struct keyformat_private *key)
{
    const size_t len = key->parts[KEYFORMAT_FALCON_H].len;
    return len == 0 ? 0 : der_size(len);
}

static size_t parts_len(const struct keyformat_private *key)
{
    size_t len = der_size(sizeof(version));

    for (int part = 0; part < KEYFORMAT_FALCON_H; part++)
        len += der_size(key->parts[part].len);
    return len + (h_len(key) == 0 ? 0 : der_size(h_len(key)));
}

size_t falcon_key_len(const struct keyformat_private *key)
{
    return der_size(keyformat_is_split(key) ? parts_len(key)
                                            : key->expanded.len + key->key_public.len);
}

static void write_string(struct der_writer *w, struct span data)
{
    der_write_header(w, DER_OCTET_STRING, data.len);
    der_write_bytes(w, data);
}

static void write_parts(struct der_writer *w, const struct keyformat_private *key)
{
    der_write_header(w, DER_SEQUENCE, parts_len(key));
    der_write_header(w, DER_INTEGER, sizeof(version));
    der_write_bytes(w, span(&version, sizeof(version)));
    for (int part = 0; part < KEYFORMAT_FALCON_H; part++)
        write_string(w, key->parts[part]);
    if (h_len(key) > 0) {
        der_write_header(w, DER_SEQUENCE, h_len(key));
        write_string(w, key->parts[KEYFORMAT_FALCON_H]);
    }
}

void falcon_key_write(struct der_writer *w, const struct keyformat_private *key)
{
    if (keyformat_is_split(key)) {
        write_parts(w, key);
        return;
    }
    der_write_header(w, DER_OCTET_STRING, key->expanded.len + key->key_public.len);
    der_write_bytes(w, key->expanded);
    der_write_bytes(w, key->key_public);
}

/* ---- from one form to the other ---- */

bool keyformat_is_split(const struct keyformat_private *key)
{
    return key->parts[0].len > 0;
}

void keyformat_split(struct keyformat_private *key)
{
    struct reader whole = reader(key->expanded);
    struct reader public = reader(key->key_public);

    (void)read_bytes(&whole, HEAD_LEN);
    for (int part = 0; part < KEYFORMAT_FALCON_H; part++)
        key->parts[part] = read_bytes(&whole, part_len(key->alg, part));
    if (key->key_public.len > 0) {
        (void)read_bytes(&public, HEAD_LEN);
        key->parts[KEYFORMAT_FALCON_H] = public.rest;
    }
    key->expanded = SPAN_EMPTY;
    key->key_public = SPAN_EMPTY;
}

static uint8_t *append(uint8_t *to, struct span data)
{
    memcpy(to, data.ptr, data.len);
    return to + data.len;
}

size_t keyformat_join_room(const struct keyformat_private *key)
{
    return key->alg->expanded_len + key->alg->public_len;
}

enum pqhw_status keyformat_join(struct keyformat_private *key, uint8_t *room)
{
    enum pqhw_status status = PQHW_OK;
    const unsigned log_n = params_of(key->alg)->log_n;
    uint8_t *at = room;

    *at++ = (uint8_t)(FALCON_HEAD_SK + log_n);
    for (int part = 0; part < KEYFORMAT_FALCON_H; part++)
        at = append(at, key->parts[part]);
    key->expanded = span(room, key->alg->expanded_len);
    if (key->parts[KEYFORMAT_FALCON_H].len > 0) {
        const struct span public = {at, key->alg->public_len};
        *at++ = (uint8_t)(FALCON_HEAD_PK + log_n);
        append(at, key->parts[KEYFORMAT_FALCON_H]);
        REQUIRE(key->key_public.len == 0 || span_equal(key->key_public, public), PQHW_DATA_INVALID);
        key->key_public = public;
    }
    memset(key->parts, 0, sizeof(key->parts));
out:
    return status;
}
