/* SPDX-License-Identifier: Apache-2.0
 *
 * KEMs of RSA (PKCS#11 v3.2, 6.1.8 and 6.1.11): a secret that is drawn and encrypted with OAEP, and
 * RSASVE, whose secret is a number below the modulus.
 */
#include <string.h>

#include "backends/soft/rsa.h"
#include "base/wipe.h"
#include "crypto/random/random.h"

/* The scheme, and how long the secret is; 0 if the ciphertext says. */
static enum pqhw_status scheme_of(const struct rsa_key *key, const struct backend_kem *how,
                                  struct rsa_scheme *scheme, size_t *len)
{
    enum pqhw_status status = PQHW_OK;
    const struct mechanism_info *info = mechanism_find(how->mechanism->type);

    REQUIRE(info != NULL && (info->flags & CKF_ENCAPSULATE) != 0, PQHW_MECHANISM_INVALID);
    TRY(rsa_scheme_of(key, how->mechanism, scheme));
    size_t most = rsa_max_data(key, scheme);
    bool whole = scheme->padding == RSA_PAD_NONE;
    *len = how->len == 0 && whole ? most : how->len;
    REQUIRE(whole ? *len == most : *len <= most, PQHW_TEMPLATE_INCONSISTENT);
out:
    return status;
}

enum pqhw_status rsa_kem_lens(const struct backend_key *base, const struct backend_kem *how,
                              struct backend_kem_lens *out)
{
    enum pqhw_status status = PQHW_OK;
    const struct rsa_key *key = rsa_of(base);
    struct rsa_scheme scheme;

    out->ct = rsa_len(key);
    TRY(scheme_of(key, how, &scheme, &out->ss));
    REQUIRE(out->ss > 0, PQHW_TEMPLATE_INCOMPLETE);
out:
    return status;
}

enum pqhw_status rsa_kem_encapsulate(const struct backend_key *base, const struct backend_kem *how,
                                     uint8_t *ct, struct secret *ss)
{
    enum pqhw_status status = PQHW_OK;
    const struct rsa_key *key = rsa_of(base);
    struct rsa_scheme scheme;
    size_t len;

    TRY(scheme_of(key, how, &scheme, &len));
    REQUIRE(len > 0, PQHW_TEMPLATE_INCOMPLETE);
    TRY(secret_new(ss, len));
    if (scheme.padding == RSA_PAD_NONE) {
        TRY(rsa_sve_generate(key, ct, ss->ptr));
    } else {
        TRY(random_bytes(base->classic, ss->ptr, len));
        TRY(rsa_encrypt(key, ct, &scheme, secret_span(ss)));
    }
out:
    if (status != PQHW_OK)
        secret_free(ss);
    return status;
}

/* A secret of another length than what is wanted is told like a wrong padding. */
enum pqhw_status rsa_kem_decapsulate(const struct backend_key *base, const struct backend_kem *how,
                                     struct span ct, struct secret *ss)
{
    enum pqhw_status status = PQHW_OK;
    const struct rsa_key *key = rsa_of(base);
    struct rsa_scheme scheme;
    uint8_t ss_plain[RSA_MAX_LEN];
    size_t wanted;
    size_t len;

    REQUIRE(rsa_is_private(key), PQHW_KEY_TYPE_INCONSISTENT);
    TRY(scheme_of(key, how, &scheme, &wanted));
    if (scheme.padding == RSA_PAD_NONE)
        TRY(rsa_sve_recover(key, ss_plain, &len, ct));
    else
        TRY(rsa_decrypt(key, ss_plain, &len, &scheme, ct));
    REQUIRE(len > 0 && (wanted == 0 || len == wanted), PQHW_ENCRYPTED_DATA_INVALID);
    TRY(secret_from(ss, span(ss_plain, len)));
out:
    WIPE(ss_plain);
    return status;
}
