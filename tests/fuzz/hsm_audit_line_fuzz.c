/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines of an audit file that anyone may have written: what their parser accepts is what its parts
 * make when they are put together again.
 */
#include "fuzz.h"

#include "hsm/audit_line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span line = span(data, size);
    struct audit_mark mark;
    struct audit_parts parts;
    if (!audit_line_read(line, &mark, &parts))
        return 0;

    struct span body = span(line.ptr, parts.head.len + parts.event.len);
    if (parts.head.ptr != line.ptr || parts.event.ptr != line.ptr + parts.head.len ||
        body.len >= line.len)
        abort();

    char sealed[AUDIT_LINE_MAX];
    if (line.len >= sizeof(sealed))
        return 0;
    for (size_t i = 0; i < body.len; i++)
        sealed[i] = (char)body.ptr[i];
    size_t len = audit_line_seal(sealed, body.len, parts.count, mark.mac);
    if (!span_equal(span(sealed, len - 1), line))
        abort();
    return 0;
}

bool fuzz_seed(size_t i, struct buf *out)
{
    char line[AUDIT_LINE_MAX];
    const uint8_t mac[AUDIT_MAC_LEN] = {1, 2, 3};
    const struct audit_event event = {
        .app = "app", .role = "user", .operation = "C_Sign", .result = "OK", .epoch = 5};
    size_t len = audit_line_head(line, 7, 8);
    len += audit_line_event(line + len, &event, 1);
    len = audit_line_seal(line, len, 2 * i, mac);

    buf_put(out, line, len - 1);
    return i <= 1;
}
