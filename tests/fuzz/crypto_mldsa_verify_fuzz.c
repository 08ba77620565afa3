/* SPDX-License-Identifier: Apache-2.0
 *
 * ML-DSA verification with a public key and a signature from outside. The input is the parameter
 * set, mu, the public key and what is left is the signature. Short parts are filled with zeros for
 * the key and given as they are for the signature, so that every length is tried.
 */
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/mldsa/mldsa.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t take(uint8_t *out, size_t len, const uint8_t **data, size_t *size)
{
    size_t n = *size < len ? *size : len;
    memcpy(out, *data, n);
    *data += n;
    *size -= n;
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t set_byte = 0;
    uint8_t mu[MLDSA_MU_LEN] = {0};
    uint8_t pk[MLDSA_MAX_PK_LEN] = {0};

    take(&set_byte, 1, &data, &size);
    enum mldsa_set set = (enum mldsa_set)(set_byte % 3);
    const struct mldsa_sizes *sizes = mldsa_sizes(set);
    take(mu, sizeof(mu), &data, &size);
    /* rho is from the input, t1 is zero: random bytes would keep the fuzzer from the signature. */
    take(pk, 32, &data, &size);

    size_t room = (mldsa_public_size(set) + MLDSA_ALIGN - 1) / MLDSA_ALIGN * MLDSA_ALIGN;
    struct mldsa_public *pub = aligned_alloc(MLDSA_ALIGN, room);
    uint8_t *sig = calloc(1, sizes->sig_len);
    if (!pub || !sig || mldsa_public_init(pub, set, span(pk, sizes->pk_len)) != PQHW_OK)
        abort();

    enum pqhw_status given = mldsa_verify_mu(pub, span(data, size), mu);
    if (size != sizes->sig_len && given != PQHW_SIGNATURE_LEN_RANGE)
        abort();
    take(sig, sizes->sig_len, &data, &size);
    enum pqhw_status filled = mldsa_verify_mu(pub, span(sig, sizes->sig_len), mu);
    if (filled != PQHW_SIGNATURE_INVALID && filled != PQHW_OK)
        abort();

    free(sig);
    free(pub);
    return 0;
}
