/* SPDX-License-Identifier: Apache-2.0
 *
 * ECDH, X25519 and X448 (PKCS#11 v3.2, 6.3.18), and the key derivation of ANSI X9.63 on what is
 * agreed.
 */
#include <string.h>

#include "backends/soft/curve.h"
#include "base/wipe.h"

static enum pqhw_status multiply(const struct curve_key *key, uint8_t *shared, struct span given)
{
    enum pqhw_status status = PQHW_OK;
    struct span point;

    TRY(curve_point(key->curve, &point, given));
    if (key->curve->family == CURVE_WEIERSTRASS)
        TRY(ec_agree(key->of.ec, shared, point));
    else
        TRY(montgomery_agree(key->of.montgomery, shared, point));
out:
    return status;
}

/* Block number `counter`: Hash(Z || counter || SharedInfo) (SEC 1, 3.6.1). */
static enum pqhw_status kdf_block(const struct classic *classic, enum digest_alg alg,
                                  struct span shared, uint32_t counter, struct span info,
                                  uint8_t out[DIGEST_MAX_LEN])
{
    enum pqhw_status status = PQHW_OK;
    struct digest *digest = NULL;
    uint8_t number[4];

    store_be32(number, counter);
    TRY(digest_new(classic, &digest, alg));
    TRY(digest_update(digest, shared));
    TRY(digest_update(digest, SPAN(number)));
    TRY(digest_update(digest, info));
    TRY(digest_final(digest, out));
out:
    digest_free(digest);
    return status;
}

static enum pqhw_status hash_shared(const struct curve_key *key, enum digest_alg alg,
                                    const struct mechanism *mechanism, struct span shared,
                                    struct secret *out)
{
    enum pqhw_status status = PQHW_OK;
    uint8_t sk_block[DIGEST_MAX_LEN];
    size_t done = 0;

    for (uint32_t counter = 1; done < out->len; counter++) {
        TRY(kdf_block(key->base.classic, alg, shared, counter, mechanism->salt, sk_block));
        size_t part = out->len - done < digest_len(alg) ? out->len - done : digest_len(alg);
        memcpy(out->ptr + done, sk_block, part);
        done += part;
    }
out:
    WIPE(sk_block);
    return status;
}

bool curve_shared_len(const struct curve *curve, const struct mechanism *mechanism, size_t *len)
{
    enum digest_alg alg;
    bool hashed = mechanism_digest(mechanism->hash, &alg);

    if (*len == 0)
        *len = hashed ? digest_len(alg) : curve->shared_len;
    return hashed || *len <= curve->shared_len;
}

enum pqhw_status curve_agree(const struct curve_key *key, const struct mechanism *mechanism,
                             struct span point, struct secret *out)
{
    enum pqhw_status status = PQHW_OK;
    uint8_t sk_shared[CURVE_MAX_PRIVATE_LEN];
    size_t shared_len = key->curve->shared_len;
    enum digest_alg alg;

    TRY(multiply(key, sk_shared, point));
    if (mechanism_digest(mechanism->hash, &alg))
        TRY(hash_shared(key, alg, mechanism, span(sk_shared, shared_len), out));
    else /* what is too much is taken away in front */
        memcpy(out->ptr, sk_shared + shared_len - out->len, out->len);
out:
    WIPE(sk_shared);
    return status;
}

enum pqhw_status curve_derive(const struct backend_key *base, const struct backend_derive *how,
                              struct secret *out)
{
    enum pqhw_status status = PQHW_OK;
    const struct curve_key *key = curve_key_of(base);

    REQUIRE(how->num_others == 0 && how->num_lens == 1, PQHW_MECHANISM_PARAM_INVALID);
    REQUIRE(key->is_private && key->curve->shared_len > 0, PQHW_KEY_TYPE_INCONSISTENT);
    size_t len = how->lens[0];
    REQUIRE(curve_shared_len(key->curve, how->mechanism, &len), PQHW_KEY_SIZE_RANGE);
    TRY(secret_new(out, len));
    status = curve_agree(key, how->mechanism, how->mechanism->data, out);
    REQUIRE(status != PQHW_DATA_INVALID, PQHW_MECHANISM_PARAM_INVALID);
    TRY(status);
out:
    if (status != PQHW_OK)
        secret_free(out);
    return status;
}
