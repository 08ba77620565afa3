/* SPDX-License-Identifier: Apache-2.0
 *
 * Texts that may hold a key. What the decoder accepts is within its bound and, encoded again, is
 * decoded to the same bytes; a buffer that is too small by one is refused.
 */
#include "fuzz.h"

#include "crypto/keyformat/pem.h"

static void try_label(struct span text, const char *label)
{
    size_t room = pem_max_decoded(text.len);
    uint8_t *decoded = malloc(room + 1);
    size_t len;
    check(decoded != NULL);
    if (pem_decode(decoded, &len, room, text, label) != PQHW_OK)
        goto out;
    check(len <= room);

    size_t text_len = pem_encoded_len(len, label);
    char *encoded = malloc(text_len + 1);
    uint8_t *again = malloc(len + 1);
    size_t again_len;
    check(encoded != NULL && again != NULL);
    pem_encode(encoded, label, span(decoded, len));
    check(pem_decode(again, &again_len, len, span(encoded, text_len), label) == PQHW_OK);
    check(span_equal(span(again, again_len), span(decoded, len)));
    if (len > 0)
        check(pem_decode(again, &again_len, len - 1, text, label) == PQHW_BUFFER_TOO_SMALL);
    free(again);
    free(encoded);
out:
    free(decoded);
}

/* As it is, and as the inside of a block. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf block = BUF_INIT(1 << 20);

    try_label(span(data, size), PEM_PUBLIC_KEY);
    buf_put_str(&block, "-----BEGIN PRIVATE KEY-----\n");
    buf_put(&block, data, size);
    buf_put_str(&block, "\n-----END PRIVATE KEY-----\n");
    check(buf_status(&block) == PQHW_OK);
    try_label(buf_span(&block), PEM_PRIVATE_KEY);
    buf_free(&block);
    return 0;
}

/* The inside of a block, whole blocks with what people have around them, and all that are among the
 * test vectors. */
bool fuzz_seed(size_t i, struct buf *out)
{
    static const char *const texts[] = {
        "MAMCAQA=",
        "-----BEGIN PUBLIC KEY-----\nMAMCAQA=\n-----END PUBLIC KEY-----\n",
        "a remark\r\n-----BEGIN PUBLIC KEY-----\r\nMAMC AQA=\r\n-----END PUBLIC KEY-----\r\nmore",
        ("-----BEGIN CERTIFICATE-----\nMAMCAQA=\n-----END CERTIFICATE-----\n"
         "-----BEGIN PUBLIC KEY-----\nMAMCAQA=\n-----END PUBLIC KEY-----\n"),
    };

    const size_t num = sizeof(texts) / sizeof(texts[0]);

    if (i >= num)
        return fuzz_vector("x509-lamps/*.pem", i - num, out);
    buf_put_str(out, texts[i]);
    return true;
}
