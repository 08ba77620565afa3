/* SPDX-License-Identifier: Apache-2.0
 *
 * The pseudorandom function of TLS 1.2.
 */
#include <string.h>

#include "base/wipe.h"
#include "crypto/classic/kdf.h"
#include "crypto/classic/mac.h"

/* HMAC of a, if there is any, and the seeds. */
static enum pqhw_status hmac_of(const struct symkey *key, const struct kdf_tls *how, struct span a,
                                bool seeds, uint8_t out[DIGEST_MAX_LEN])
{
    enum pqhw_status status = PQHW_OK;
    struct mac *mac = NULL;

    TRY(mac_new_hmac(&mac, key, how->alg));
    TRY(mac_update(mac, a));
    for (size_t i = 0; seeds && i < how->num_seeds; i++)
        TRY(mac_update(mac, how->seeds[i]));
    TRY(mac_final(mac, out));
out:
    mac_free(mac);
    return status;
}

/* RFC 5246, 5: block i is of A(i) and the seeds, A(1) of the seeds, A(i) of A(i - 1). */
enum pqhw_status kdf_tls(const struct symkey *key, struct secret *out, const struct kdf_tls *how)
{
    enum pqhw_status status = PQHW_OK;
    size_t len = digest_len(how->alg);
    uint8_t sk_a[DIGEST_MAX_LEN] = {0};
    uint8_t sk_block[DIGEST_MAX_LEN] = {0};

    TRY(hmac_of(key, how, SPAN_EMPTY, true, sk_a));
    for (size_t at = 0; at < out->len; at += len) {
        TRY(hmac_of(key, how, span(sk_a, len), true, sk_block));
        TRY(hmac_of(key, how, span(sk_a, len), false, sk_a));
        size_t left = out->len - at;
        memcpy(out->ptr + at, sk_block, left < len ? left : len);
    }
out:
    WIPE(sk_a);
    WIPE(sk_block);
    return status;
}
