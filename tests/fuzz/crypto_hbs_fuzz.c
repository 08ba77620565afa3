/* SPDX-License-Identifier: Apache-2.0
 *
 * Public keys and signatures of HSS, XMSS and XMSS^MT from outside: whatever they are, they are
 * read within their bounds, and no signature but the valid one is accepted.
 *
 * Input: which valid signature of the test vectors, how many bytes are cut off the end of it, then
 * changes of its file: kind, public key, message and signature, each with its length before it.
 */
#include <string.h>

#include "fuzz.h"

#include "crypto/hbs/lms.h"
#include "crypto/hbs/xmss.h"

#define VECTORS     "hbs/small-*.bin"
#define NUM_VECTORS 7
#define KIND_HSS    0

static struct span vector(unsigned n)
{
    static struct buf kept[NUM_VECTORS];
    struct buf *buf = &kept[n % NUM_VECTORS];

    if (buf->len == 0) {
        *buf = BUF_INIT(FUZZ_MAX_LEN);
        check(fuzz_vector(VECTORS, n % NUM_VECTORS, buf) && buf_status(buf) == PQHW_OK);
    }
    return buf_span(buf);
}

static enum pqhw_status verify(uint8_t kind, struct span pk, struct span message, struct span sig)
{
    enum pqhw_status status;
    struct xmss_public xmss;
    struct hss_public hss;

    if (kind == KIND_HSS) {
        status = hss_public_init(&hss, pk);
        check(status == PQHW_OK || status == PQHW_DATA_LEN_RANGE || status == PQHW_DATA_INVALID ||
              status == PQHW_PARAMETER_SET_NOT_SUPPORTED);
        return status == PQHW_OK ? hss_verify(&hss, sig, message) : status;
    }
    status = xmss_public_init(&xmss, kind % 2 == 0 ? XMSS_MULTI : XMSS_SINGLE, pk);
    check(status == PQHW_OK || status == PQHW_DATA_LEN_RANGE ||
          status == PQHW_PARAMETER_SET_NOT_SUPPORTED);
    return status == PQHW_OK ? xmss_verify(&xmss, sig, message) : status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t file[FUZZ_MAX_LEN];
    struct reader r = reader(span(data, size));
    struct span valid = vector(read_u8(&r));
    size_t cut = read_u16(&r);

    memcpy(file, valid.ptr, valid.len);
    fuzz_change(&r, file, valid.len);
    struct reader parts = reader(span(file, valid.len));
    uint8_t kind = read_u8(&parts);
    struct span pk = read_span32(&parts);
    struct span message = read_span32(&parts);
    struct span sig = read_span32(&parts);
    if (parts.failed)
        return 0;
    cut = cut < sig.len ? cut : sig.len;
    sig.len -= cut;
    uint8_t *pk_copy = fuzz_copy(pk);
    uint8_t *sig_copy = fuzz_copy(sig);
    enum pqhw_status status = verify(kind, span(pk_copy, pk.len), message, span(sig_copy, sig.len));
    bool same = cut == 0 && memcmp(file + 1, valid.ptr + 1, valid.len - 1) == 0;
    check(status != PQHW_OK || same);
    check(!same || kind != valid.ptr[0] || status == PQHW_OK);
    free(sig_copy);
    free(pk_copy);
    return 0;
}

bool fuzz_seed(size_t i, struct buf *out)
{
    buf_put_u8(out, (uint8_t)i);
    buf_put_u16(out, 0);
    return i < NUM_VECTORS;
}
