/* SPDX-License-Identifier: Apache-2.0
 *
 * The reader of base/bytes.h: whatever the order of reads, it never hands out a byte beyond its
 * span, and once failed it stays failed and gives nothing.
 *
 * The first half of the input says what to read, the second half is read.
 */
#include "fuzz.h"

#include "base/bytes.h"

/* How many bytes the read should have taken, had it not failed. */
static size_t read_one(struct reader *r, uint8_t op, struct span *got)
{
    *got = SPAN_EMPTY;
    switch (op % 6) {
    case 0:
        (void)read_u8(r);
        return 1;
    case 1:
        (void)read_u16(r);
        return 2;
    case 2:
        (void)read_u32(r);
        return 4;
    case 3:
        (void)read_u64(r);
        return 8;
    case 4:
        *got = read_bytes(r, op / 6u);
        return op / 6u;
    default:
        *got = read_span32(r);
        return got->len + 4;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t num_ops = size / 2;
    struct span input = span(data + num_ops, size - num_ops);
    struct reader r = reader(input);
    size_t position = 0;

    for (size_t i = 0; i < num_ops; i++) {
        bool failed_before = r.failed;
        struct span got;
        size_t len = read_one(&r, data[i], &got);
        check(!failed_before || (r.failed && got.len == 0));
        if (r.failed)
            continue;
        position += len;
        check(position <= input.len);
        check(r.rest.len == input.len - position);
        for (size_t k = 0; k < got.len; k++)
            check(got.ptr[k] == input.ptr[position - got.len + k]);
    }
    check(read_finished(&r) == (!r.failed && position == input.len));
    return 0;
}

bool fuzz_seed(size_t i, struct buf *out)
{
    static const uint8_t ops[] = {0, 1, 2, 3, 4 + 6 * 3, 5, 0, 0, 0, 0, 9, 1, 2, 3, 4, 0};

    buf_put(out, ops, sizeof(ops));
    return i == 0;
}
