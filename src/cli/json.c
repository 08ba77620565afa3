/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/json.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "cli/options.h"

/* Length of the well-formed UTF-8 sequence (RFC 3629) that text begins with, 0 if it is none. */
static size_t utf8_len(struct span text)
{
    static const struct {
        uint8_t mask, lead;
        size_t len;
        uint32_t min;
    } forms[] = {{0x80, 0x00, 1, 0},
                 {0xe0, 0xc0, 2, 0x80},
                 {0xf0, 0xe0, 3, 0x800},
                 {0xf8, 0xf0, 4, 0x10000}};

    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        uint32_t point = text.ptr[0] & (uint8_t)~forms[i].mask;

        if ((text.ptr[0] & forms[i].mask) != forms[i].lead)
            continue;
        if (text.len < forms[i].len)
            return 0;
        for (size_t k = 1; k < forms[i].len; k++) {
            if ((text.ptr[k] & 0xc0) != 0x80)
                return 0;
            point = point << 6 | (text.ptr[k] & 0x3f);
        }
        bool surrogate = point >= 0xd800 && point <= 0xdfff;
        return point < forms[i].min || point > 0x10ffff || surrogate ? 0 : forms[i].len;
    }
    return 0;
}

static void put_string(FILE *out, struct span text)
{
    fputc('"', out);
    while (text.len > 0) {
        size_t len = utf8_len(text);

        if (len == 0)
            fputs("\\ufffd", out);
        else if (text.ptr[0] == '"' || text.ptr[0] == '\\')
            fprintf(out, "\\%c", text.ptr[0]);
        else if (text.ptr[0] < 0x20 || text.ptr[0] == 0x7f)
            fprintf(out, "\\u%04x", text.ptr[0]);
        else
            fwrite(text.ptr, 1, len, out);
        len += len == 0;
        text = span(text.ptr + len, text.len - len);
    }
    fputc('"', out);
}

static void begin_value(struct json *json, const char *key)
{
    if (json->comma)
        fputc(',', json->out);
    json->comma = true;
    if (key != NULL) {
        put_string(json->out, span(key, strlen(key)));
        fputc(':', json->out);
    }
}

static void open_level(struct json *json, const char *key, char begin, char end)
{
    assert(json->depth < JSON_MAX_DEPTH);
    begin_value(json, key);
    fputc(begin, json->out);
    json->ends[json->depth++] = end;
    json->comma = false;
}

void json_object(struct json *json, const char *key)
{
    open_level(json, key, '{', '}');
}

void json_list(struct json *json, const char *key)
{
    open_level(json, key, '[', ']');
}

void json_end(struct json *json)
{
    assert(json->depth > 0);
    fputc(json->ends[--json->depth], json->out);
    json->comma = true;
    if (json->depth == 0) {
        fputc('\n', json->out);
        json->comma = false;
    }
}

void json_text(struct json *json, const char *key, const char *value)
{
    json_utf8(json, key, span(value, strlen(value)));
}

void json_utf8(struct json *json, const char *key, struct span value)
{
    begin_value(json, key);
    put_string(json->out, value);
}

void json_number(struct json *json, const char *key, uint64_t value)
{
    begin_value(json, key);
    fprintf(json->out, "%" PRIu64, value);
}

void json_bool(struct json *json, const char *key, bool value)
{
    begin_value(json, key);
    fputs(value ? "true" : "false", json->out);
}

void json_verbatim(struct json *json, const char *key, struct span value)
{
    begin_value(json, key);
    fwrite(value.ptr, 1, value.len, json->out);
}

void json_hex(struct json *json, const char *key, struct span value)
{
    begin_value(json, key);
    fputc('"', json->out);
    for (size_t i = 0; i < value.len; i++)
        fprintf(json->out, "%02x", value.ptr[i]);
    fputc('"', json->out);
}

enum pqhw_status json_encoded(struct json *json, const char *key, enum encoding encoding,
                              struct span value)
{
    enum encoding used = encoding == ENCODING_RAW ? ENCODING_BASE64 : encoding;
    struct buf text = BUF_INIT(2 * value.len + 4);
    enum pqhw_status status = PQHW_OK;

    encode_put(&text, used, value);
    TRY(buf_status(&text));
    json_text(json, "encoding", opt_encoding(used));
    json_utf8(json, key, buf_span(&text));

out:
    buf_free(&text);
    return status;
}
