/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys: from bytes, to bytes.
 */
#include "crypto/falcon/key.h"

#include <string.h>

#include "base/ct.h"
#include "base/wipe.h"
#include "crypto/falcon/codec.h"
#include "crypto/falcon/tree.h"
#include "crypto/falcon/zq.h"
#include "crypto/workspace.h"

/* ------------------------------------------------------------------ public */

size_t falcon_public_size(enum falcon_set set)
{
    return sizeof(struct falcon_public) + falcon_params(set)->n * sizeof(int16_t);
}

enum pqhw_status falcon_public_init_with(struct falcon_public *pub, enum falcon_set set,
                                         struct span pk, const struct falcon_impl *impl)
{
    const struct falcon_params *params = falcon_params(set);

    if (pk.len != params->sizes.pk_len)
        return PQHW_DATA_LEN_RANGE;
    if (pk.ptr[0] != FALCON_HEAD_PK + params->log_n ||
        !falcon_decode_pk(pub->h, params, pk.ptr + 1))
        return PQHW_DATA_INVALID;
    pub->params = params;
    pub->impl = impl;
    for (unsigned j = 0; j < params->n; j++)
        pub->h[j] = zq_center(pub->h[j]);
    impl->ntt(pub->h, params->log_n);
    for (unsigned j = 0; j < params->n; j++)
        pub->h[j] = zq_center(zq_mul(pub->h[j], ZQ_R2));
    return PQHW_OK;
}

enum pqhw_status falcon_public_init(struct falcon_public *pub, enum falcon_set set, struct span pk)
{
    return falcon_public_init_with(pub, set, pk, falcon_impl());
}

/* ------------------------------------------------------------------ private */

/* What a private key is checked and expanded in. */
struct private_room {
    struct falcon_basis basis;
    struct falcon_poly sk_f, sk_g, sk_big_f;
    union {
        struct falcon_tree_room tree;
        fpr sk_difference[FALCON_MAX_N];
    } use;
};

size_t falcon_private_size(enum falcon_set set)
{
    const struct falcon_params *params = falcon_params(set);
    size_t num = 4 * (size_t)params->n + falcon_tree_len(params->log_n);

    return sizeof(struct falcon_private) + num * sizeof(fpr);
}

void falcon_private_encode(const struct falcon_private *priv, uint8_t *sk)
{
    memcpy(sk, priv->sk, priv->params->sizes.sk_len);
}

void falcon_private_public_encode(const struct falcon_private *priv, uint8_t *pk)
{
    memcpy(pk, priv->pk, priv->params->sizes.pk_len);
}

static bool decode(const struct falcon_private *priv, struct falcon_basis *basis)
{
    const struct falcon_params *params = priv->params;
    const size_t fg_len = params->n * params->fg_bits / 8;
    const uint8_t *in = priv->sk + 1;
    bool head = priv->sk[0] == FALCON_HEAD_SK + params->log_n;

    /* Of f, g and F some may be well formed and others not. */
    CT_PUBLIC(&head, sizeof(head));
    return head && falcon_decode_small(basis->sk_f, params, params->fg_bits, in) &&
           falcon_decode_small(basis->sk_g, params, params->fg_bits, in + fg_len) &&
           falcon_decode_small(basis->sk_big_f, params, 8, in + 2 * fg_len);
}

static void transform(const struct falcon_private *priv, struct falcon_poly *out, const int8_t *in)
{
    for (unsigned j = 0; j < priv->params->n; j++)
        out->coeff[j] = in[j];
    priv->impl->ntt(out->coeff, priv->params->log_n);
    for (unsigned j = 0; j < priv->params->n; j++)
        out->coeff[j] = zq_center(out->coeff[j]);
}

/* h = g / f, times R, in the NTT domain. False if f has no inverse. */
static bool divide(struct falcon_private *priv, const struct private_room *room)
{
    uint32_t num_zeros = 0;

    for (unsigned j = 0; j < priv->params->n; j++) {
        int16_t f = zq_mul(room->sk_f.coeff[j], ZQ_R2);
        int16_t g = zq_mul(room->sk_g.coeff[j], ZQ_R2);

        num_zeros += (uint32_t)(room->sk_f.coeff[j] == 0);
        priv->h[j] = zq_center(zq_mul(g, zq_inverse(f)));
    }
    bool invertible = num_zeros == 0;
    /* Key generation begins anew if it is not; else it is the caller's answer. */
    CT_PUBLIC(&invertible, sizeof(invertible));
    return invertible;
}

static void encode_pk(struct falcon_private *priv, struct falcon_poly *room)
{
    const struct falcon_params *params = priv->params;

    /* From here on it is the public key. */
    CT_PUBLIC(priv->h, sizeof(priv->h));
    for (unsigned j = 0; j < params->n; j++)
        room->coeff[j] = zq_mul(priv->h[j], 1);
    priv->impl->intt(room->coeff, params->log_n);
    for (unsigned j = 0; j < params->n; j++) {
        int x = zq_center(room->coeff[j]);
        room->coeff[j] = (int16_t)(x < 0 ? x + FALCON_Q : x);
    }
    priv->pk[0] = (uint8_t)(FALCON_HEAD_PK + params->log_n);
    falcon_encode_pk(priv->pk + 1, params, room->coeff);
}

/* G = h F modulo q (specification, 3.11.5). False if it is not short. */
static bool complete(const struct falcon_private *priv, struct private_room *room)
{
    const struct falcon_params *params = priv->params;
    uint32_t excess = 0;

    priv->impl->mul(room->sk_big_f.coeff, priv->h, params->n);
    priv->impl->intt(room->sk_big_f.coeff, params->log_n);
    for (unsigned j = 0; j < params->n; j++) {
        int x = zq_center(room->sk_big_f.coeff[j]);

        excess |= (uint32_t)(127 - x) | (uint32_t)(127 + x);
        room->basis.sk_big_g[j] = (int8_t)x;
    }
    bool is_short = excess >> 31 == 0;
    /* Whether a key is well formed is the caller's answer. */
    CT_PUBLIC(&is_short, sizeof(is_short));
    return is_short;
}

static void to_fft(const struct falcon_private *priv, fpr *out, const int8_t *in, bool negate)
{
    for (unsigned j = 0; j < priv->params->n; j++)
        out[j] = fpr_of(in[j]);
    priv->impl->fft(out, priv->params->log_n);
    for (unsigned j = 0; negate && j < priv->params->n; j++)
        out[j] = fpr_neg(out[j]);
}

/* Whether f G - g F is q, which modulo q it is. All is small enough for the FFT to round to the
 * very integers. */
static bool solves_ntru(const struct falcon_private *priv, fpr *difference)
{
    const unsigned n = priv->params->n, half_n = n / 2;
    const fpr *b = priv->sk_expanded;
    uint64_t wrong = 0;

    for (unsigned j = 0; j < half_n; j++) {
        struct fpc x = fpc_mul(fpc_load(b, j, half_n), fpc_load(b + 3 * n, j, half_n));
        struct fpc y = fpc_mul(fpc_load(b + n, j, half_n), fpc_load(b + 2 * n, j, half_n));

        fpc_store(difference, j, half_n, fpc_sub(x, y));
    }
    priv->impl->ifft(difference, priv->params->log_n);
    for (unsigned j = 0; j < n; j++)
        wrong |= (uint64_t)fpr_round(difference[j]) ^ (j == 0 ? FALCON_Q : 0);
    bool right = wrong == 0;
    /* Whether a key is well formed is the caller's answer. */
    CT_PUBLIC(&right, sizeof(right));
    return right;
}

static enum pqhw_status expand(struct falcon_private *priv, struct private_room *room)
{
    enum pqhw_status status = PQHW_OK;
    const unsigned n = priv->params->n;
    fpr *b = priv->sk_expanded;

    REQUIRE(decode(priv, &room->basis), PQHW_DATA_INVALID);
    transform(priv, &room->sk_f, room->basis.sk_f);
    transform(priv, &room->sk_g, room->basis.sk_g);
    transform(priv, &room->sk_big_f, room->basis.sk_big_f);
    REQUIRE(divide(priv, room), PQHW_DATA_INVALID);
    encode_pk(priv, &room->sk_f);
    REQUIRE(complete(priv, room), PQHW_DATA_INVALID);
    to_fft(priv, b, room->basis.sk_g, false);
    to_fft(priv, b + n, room->basis.sk_f, true);
    to_fft(priv, b + 2 * n, room->basis.sk_big_g, false);
    to_fft(priv, b + 3 * n, room->basis.sk_big_f, true);
    REQUIRE(solves_ntru(priv, room->use.sk_difference), PQHW_DATA_INVALID);
    bool built = falcon_tree_build(b + 4 * n, b, priv->params, &room->use.tree);
    /* Whether a key is well formed is the caller's answer. */
    CT_PUBLIC(&built, sizeof(built));
    REQUIRE(built, PQHW_DATA_INVALID);
out:
    return status;
}

enum pqhw_status falcon_private_init_with(struct falcon_private *priv, enum falcon_set set,
                                          struct span sk, const struct falcon_impl *impl)
{
    enum pqhw_status status = PQHW_OK;
    const struct falcon_params *params = falcon_params(set);
    WORKSPACE struct private_room room;

    if (sk.len != params->sizes.sk_len)
        return PQHW_DATA_LEN_RANGE;
    priv->params = params;
    priv->impl = impl;
    memcpy(priv->sk, sk.ptr, sk.len);
    TRY(expand(priv, &room));
out:
    if (status != PQHW_OK)
        wipe(priv, falcon_private_size(set));
    WIPE(room);
    wipe_stack();
    return status;
}

enum pqhw_status falcon_private_init(struct falcon_private *priv, enum falcon_set set,
                                     struct span sk)
{
    return falcon_private_init_with(priv, set, sk, falcon_impl());
}
