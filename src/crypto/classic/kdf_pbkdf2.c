/* SPDX-License-Identifier: Apache-2.0
 *
 * PBKDF2, which libcrypto has.
 */
#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "crypto/classic/context.h"
#include "crypto/classic/kdf.h"

/* libcrypto takes no NULL, even where it reads nothing. */
static OSSL_PARAM octets(const char *name, struct span value)
{
    static const uint8_t nothing;
    const uint8_t *ptr = value.len > 0 ? value.ptr : &nothing;

    return OSSL_PARAM_construct_octet_string(name, (void *)(uintptr_t)ptr, value.len);
}

enum pqhw_status kdf_pbkdf2(const struct classic *classic, struct secret *out,
                            const struct kdf_pbkdf2 *how)
{
    enum pqhw_status status = PQHW_OK;
    EVP_KDF *kdf = NULL;
    EVP_KDF_CTX *ctx = NULL;
    uint64_t iterations = how->iterations;
    int rfc = 1; /* the limits of RFC 8018, not those of SP 800-132 */
    const char *hash = digest_fetch_name(how->alg);

    ERR_set_mark();
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)(uintptr_t)hash, 0),
        octets(OSSL_KDF_PARAM_PASSWORD, how->password),
        octets(OSSL_KDF_PARAM_SALT, how->salt),
        OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_ITER, &iterations),
        OSSL_PARAM_construct_int(OSSL_KDF_PARAM_PKCS5, &rfc),
        OSSL_PARAM_construct_end(),
    };
    kdf = EVP_KDF_fetch(classic->lib, "PBKDF2", NULL);
    REQUIRE(kdf != NULL, PQHW_INTERNAL);
    ctx = EVP_KDF_CTX_new(kdf);
    REQUIRE(ctx != NULL, PQHW_NO_MEMORY);
    REQUIRE(EVP_KDF_derive(ctx, out->ptr, out->len, params) == 1, PQHW_INTERNAL);
out:
    EVP_KDF_CTX_free(ctx);
    EVP_KDF_free(kdf);
    ERR_pop_to_mark();
    return status;
}
