/* SPDX-License-Identifier: Apache-2.0
 *
 * KEMs of elliptic curves: what is agreed with a key pair that is made for this once, whose public
 * key is the ciphertext (PKCS#11 v3.2, 6.3.18 and 6.3.19).
 */
#include <string.h>

#include "backends/soft/curve.h"
#include "base/wipe.h"

/* A short secret is the end, or with a key derivation the beginning, of a longer one, which would
 * be found piece by piece. */
#define MIN_SECRET_LEN 16

enum pqhw_status curve_kem_lens(const struct backend_key *base, const struct backend_kem *how,
                                struct backend_kem_lens *out)
{
    const struct curve *curve = curve_key_of(base)->curve;

    *out = (struct backend_kem_lens){.ct = curve->public_len, .ss = how->len};
    if (curve->shared_len == 0)
        return PQHW_KEY_TYPE_INCONSISTENT;
    bool fits = curve_shared_len(curve, how->mechanism, &out->ss) && out->ss >= MIN_SECRET_LEN;
    return fits ? PQHW_OK : PQHW_TEMPLATE_INCONSISTENT;
}

enum pqhw_status curve_encapsulate(const struct backend_key *base, const struct backend_kem *how,
                                   uint8_t *ct, struct secret *ss)
{
    enum pqhw_status status = PQHW_OK;
    const struct curve_key *key = curve_key_of(base);
    struct curve_key once = {0};
    uint8_t sk[CURVE_MAX_PRIVATE_LEN];
    struct backend_kem_lens lens;

    TRY(curve_kem_lens(base, how, &lens));
    TRY(secret_new(ss, lens.ss));
    TRY(curve_key_generate(&once, base->classic, key->curve, sk));
    status = curve_agree(&once, how->mechanism, curve_key_point(key), ss);
    REQUIRE(status != PQHW_DATA_INVALID, PQHW_ATTRIBUTE_VALUE_INVALID); /* the key's */
    TRY(status);
    memcpy(ct, curve_key_point(&once).ptr, lens.ct);
out:
    curve_key_close(&once);
    WIPE(sk);
    if (status != PQHW_OK)
        secret_free(ss);
    return status;
}

/* A ciphertext is taken in every form that C_DeriveKey takes a public key in. */
enum pqhw_status curve_decapsulate(const struct backend_key *base, const struct backend_kem *how,
                                   struct span ct, struct secret *ss)
{
    enum pqhw_status status = PQHW_OK;
    const struct curve_key *key = curve_key_of(base);
    struct backend_kem_lens lens;
    struct span point;

    TRY(curve_kem_lens(base, how, &lens));
    REQUIRE(key->is_private, PQHW_KEY_TYPE_INCONSISTENT);
    REQUIRE(curve_point(key->curve, &point, ct) == PQHW_OK, PQHW_ENCRYPTED_DATA_LEN_RANGE);
    TRY(secret_new(ss, lens.ss));
    status = curve_agree(key, how->mechanism, point, ss);
    REQUIRE(status != PQHW_DATA_INVALID, PQHW_ENCRYPTED_DATA_INVALID);
    TRY(status);
out:
    if (status != PQHW_OK)
        secret_free(ss);
    return status;
}
