/* SPDX-License-Identifier: Apache-2.0
 *
 * Attribute lists from a store. A list that attrs_valid accepts can be walked to its end, every
 * entry is found again by its type, and rebuilding it entry by entry gives the same bytes.
 */
#include "fuzz.h"

#include "hsm/attrs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span list = span(data, size);
    if (!attrs_valid(list))
        return 0;

    struct buf again = BUF_INIT(ATTRS_MAX_LEN);
    struct reader r = reader(list);
    struct attr attr;
    while (attrs_next(&r, &attr)) {
        struct span value;
        if (!attrs_get(list, attr.type, &value) || !span_equal(value, attr.value))
            abort();
        (void)attr_value_valid(attr_kind(attr.type), value);
        attrs_put(&again, attr.type, value);
    }
    if (!read_finished(&r))
        abort();
    if (buf_status(&again) != PQHW_OK || !span_equal(buf_span(&again), list))
        abort();
    buf_free(&again);
    return 0;
}

bool fuzz_seed(size_t i, struct buf *out)
{
    if (i > 3)
        return false;
    if (i > 0)
        attrs_put_number(out, CKA_CLASS, CKO_PRIVATE_KEY);
    if (i > 1)
        attrs_put(out, CKA_LABEL, SPAN_STR("a label"));
    if (i > 2)
        attrs_put_bool(out, CKA_SENSITIVE, true);
    return true;
}
