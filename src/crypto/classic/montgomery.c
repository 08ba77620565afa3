/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/classic/montgomery.h"

#include <stdlib.h>

#include "base/wipe.h"
#include "crypto/classic/pkey.h"

/* What libcrypto 3.0 allocates for a key and its prepared context, measured: 0.6 KB. */
#define LIBCRYPTO_SIZE 640

struct montgomery_key {
    const struct classic *classic;
    const struct curve *curve;
    EVP_PKEY *pkey;
    EVP_PKEY_CTX *agree; /* copied for each use; NULL in a public key */
    uint8_t point[CURVE_MAX_PUBLIC_LEN];
};

void montgomery_free(struct montgomery_key *key)
{
    if (key == NULL)
        return;
    EVP_PKEY_CTX_free(key->agree);
    EVP_PKEY_free(key->pkey);
    free(key);
}

/* Open with a pkey, which is taken. */
static enum pqhw_status key_new(struct montgomery_key **out, const struct classic *classic,
                                const struct curve *curve, EVP_PKEY *pkey, bool is_private)
{
    enum pqhw_status status = PQHW_OK;
    size_t len = curve->public_len;
    struct montgomery_key *key = calloc(1, sizeof(*key));

    REQUIRE(key != NULL, PQHW_NO_MEMORY);
    *key = (struct montgomery_key){.classic = classic, .curve = curve, .pkey = pkey};
    pkey = NULL;
    REQUIRE(EVP_PKEY_get_raw_public_key(key->pkey, key->point, &len) == 1 &&
                len == curve->public_len,
            PQHW_INTERNAL);
    if (is_private)
        TRY(pkey_prepare(classic, &key->agree, key->pkey, EVP_PKEY_derive_init));
    *out = key;
    key = NULL;
out:
    EVP_PKEY_free(pkey);
    montgomery_free(key);
    return status;
}

static EVP_PKEY *make_public(const struct classic *classic, const struct curve *curve,
                             struct span point)
{
    return EVP_PKEY_new_raw_public_key_ex(classic->lib, curve->libcrypto, NULL, point.ptr,
                                          point.len);
}

enum pqhw_status montgomery_public_new(struct montgomery_key **out, const struct classic *classic,
                                       const struct curve *curve, struct span point)
{
    enum pqhw_status status = PQHW_OK;

    *out = NULL;
    ERR_set_mark();
    TRY(curve_point(curve, &point, point));
    EVP_PKEY *pkey = make_public(classic, curve, point);
    REQUIRE(pkey != NULL, PQHW_INTERNAL);
    TRY(key_new(out, classic, curve, pkey, false));
out:
    ERR_pop_to_mark();
    return status;
}

enum pqhw_status montgomery_private_new(struct montgomery_key **out, const struct classic *classic,
                                        const struct curve *curve, struct span sk)
{
    enum pqhw_status status = PQHW_OK;

    *out = NULL;
    ERR_set_mark();
    REQUIRE(sk.len == curve->private_len, PQHW_DATA_LEN_RANGE);
    EVP_PKEY *pkey =
        EVP_PKEY_new_raw_private_key_ex(classic->lib, curve->libcrypto, NULL, sk.ptr, sk.len);
    REQUIRE(pkey != NULL, PQHW_INTERNAL);
    TRY(key_new(out, classic, curve, pkey, true));
out:
    ERR_pop_to_mark();
    return status;
}

const struct curve *montgomery_curve(const struct montgomery_key *key)
{
    return key->curve;
}

bool montgomery_is_private(const struct montgomery_key *key)
{
    return key->agree != NULL;
}

struct span montgomery_point(const struct montgomery_key *key)
{
    return span(key->point, key->curve->public_len);
}

size_t montgomery_size(const struct montgomery_key *key)
{
    return sizeof(*key) + LIBCRYPTO_SIZE;
}

enum pqhw_status montgomery_agree(const struct montgomery_key *key, uint8_t *shared,
                                  struct span point)
{
    enum pqhw_status status = PQHW_OK;
    size_t len = key->curve->shared_len;
    EVP_PKEY *peer = NULL;
    EVP_PKEY_CTX *ctx = NULL;

    ERR_set_mark();
    TRY(curve_point(key->curve, &point, point));
    peer = make_public(key->classic, key->curve, point);
    REQUIRE(peer != NULL, PQHW_NO_MEMORY);
    ctx = EVP_PKEY_CTX_dup(key->agree);
    REQUIRE(ctx != NULL && EVP_PKEY_derive_set_peer_ex(ctx, peer, 0) == 1, PQHW_NO_MEMORY);
    /* libcrypto refuses a result of zeros. */
    REQUIRE(EVP_PKEY_derive(ctx, shared, &len) == 1 && len == key->curve->shared_len,
            PQHW_DATA_INVALID);
out:
    if (status != PQHW_OK)
        wipe(shared, key->curve->shared_len);
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(peer);
    ERR_pop_to_mark();
    return status;
}
