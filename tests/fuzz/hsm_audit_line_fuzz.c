/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines of an audit file that anyone may have written: what their parser accepts has a MAC at the
 * end, and the part that the MAC covers lies before it.
 */
#include <stdlib.h>

#include "hsm/audit_line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span line = span(data, size);
    struct audit_mark mark;
    if (!audit_line_mark(line, &mark))
        return 0;

    struct span covered = audit_line_covered(line);
    if (covered.ptr != line.ptr || covered.len >= line.len)
        abort();

    char sealed[AUDIT_LINE_MAX];
    if (line.len >= sizeof(sealed))
        return 0;
    for (size_t i = 0; i < covered.len; i++)
        sealed[i] = (char)covered.ptr[i];
    size_t len = audit_line_seal(sealed, covered.len, mark.mac);
    if (!span_equal(span(sealed, len - 1), line))
        abort();
    return 0;
}
