/* SPDX-License-Identifier: Apache-2.0
 *
 * Signing (specification, 3.9).
 *
 * A key and a point must never give two different signatures from the same noise, which rounding
 * that differs by a bit somewhere can bring about. So there is no deterministic signing: nonce and
 * noise come from a generator for each signature.
 */
#include "crypto/falcon/sign.h"

#include <string.h>

#include "base/ct.h"
#include "base/wipe.h"
#include "crypto/falcon/codec.h"
#include "crypto/falcon/point.h"
#include "crypto/falcon/sampler.h"
#include "crypto/falcon/tree.h"
#include "crypto/workspace.h"

/* About one attempt of a hundred fails for the norm, or, padded, for the length; a hundred in a row
 * do not. */
#define MAX_ATTEMPTS 100

#define SEED_LEN 48

static void copy(fpr *out, const fpr *in, unsigned n)
{
    for (unsigned j = 0; j < n; j++)
        out[j] = in[j];
}

/* t = (c, 0) B^-1 = (-c F, c f) / q (Algorithm 10, step 3). */
static void make_target(const struct falcon_private *priv, struct falcon_sign_room *room)
{
    /* 1 / q */
    const fpr inverse_q = fpr_from_bits(0x3f1554e39097a782);
    const unsigned n = priv->params->n, log_n = priv->params->log_n;
    fpr *t0 = room->sk_t[0], *t1 = room->sk_t[1];

    for (unsigned j = 0; j < n; j++)
        t0[j] = fpr_of(room->c[j]);
    priv->impl->fft(t0, log_n);
    copy(t1, t0, n);
    priv->impl->multiply(t1, priv->sk_expanded + n, log_n);
    priv->impl->multiply(t0, priv->sk_expanded + 3 * n, log_n);
    for (unsigned j = 0; j < n; j++) {
        t1[j] = fpr_mul(t1[j], fpr_neg(inverse_q));
        t0[j] = fpr_mul(t0[j], inverse_q);
    }
}

/* out = a b + c d, where a and c are overwritten. */
static void combine(const struct falcon_private *priv, fpr *out, fpr *const a[2],
                    const fpr *const b[2])
{
    const unsigned n = priv->params->n, log_n = priv->params->log_n;

    priv->impl->multiply(a[0], b[0], log_n);
    priv->impl->multiply(a[1], b[1], log_n);
    for (unsigned j = 0; j < n; j++)
        out[j] = fpr_add(a[0][j], a[1][j]);
    priv->impl->ifft(out, log_n);
}

/* s = (c, 0) - z B, in integers (Algorithm 10, steps 7 and 9). */
static uint64_t make_signature(const struct falcon_private *priv, struct falcon_sign_room *room)
{
    const unsigned n = priv->params->n;
    const fpr *b = priv->sk_expanded;
    fpr *t0 = room->sk_t[0], *t1 = room->sk_t[1];
    uint64_t norm = 0, excess = 0;

    copy(t0, room->sk_z[0], n);
    copy(t1, room->sk_z[1], n);
    combine(priv, t0, (fpr *const[2]){t0, t1}, (const fpr *const[2]){b, b + 2 * n});
    combine(priv, t1, (fpr *const[2]){room->sk_z[0], room->sk_z[1]},
            (const fpr *const[2]){b + n, b + 3 * n});
    for (unsigned j = 0; j < n; j++) {
        int64_t s1 = room->c[j] - fpr_round(t0[j]);
        int64_t s2 = -fpr_round(t1[j]);

        room->sk_s1[j] = (int16_t)s1;
        room->sk_s2[j] = (int16_t)s2;
        /* What a fault makes of a number may be of any size. */
        excess |= ((uint64_t)s1 + INT16_MAX) | ((uint64_t)s2 + INT16_MAX);
        norm += (uint64_t)(uint32_t)(room->sk_s1[j] * room->sk_s1[j]) +
                (uint32_t)(room->sk_s2[j] * room->sk_s2[j]);
    }
    excess >>= 16;
    return norm | ((uint64_t)0 - ((excess | ((uint64_t)0 - excess)) >> 63));
}

uint64_t falcon_sign_attempt(const struct falcon_private *priv, struct falcon_sign_room *room)
{
    const struct falcon_sampling sampling = {
        .impl = priv->impl,
        .noise = &room->sk_noise,
        .sigma_min = fpr_from_bits(priv->params->sigma_min_bits),
    };

    make_target(priv, room);
    priv->impl->ff_sample(
        &sampling, (fpr *const[2]){room->sk_z[0], room->sk_z[1]}, falcon_private_tree(priv),
        (const fpr *const[2]){room->sk_t[0], room->sk_t[1]}, priv->params->log_n, room->sk_temp);
    return make_signature(priv, room);
}

/* Attempts until one is short enough, and fits. */
static enum pqhw_status attempt(const struct falcon_signer *signer, struct falcon_sign_room *room,
                                struct keccak *seed, uint8_t *sig, size_t *sig_len)
{
    const struct falcon_private *priv = signer->priv;
    const size_t max_len = priv->params->sizes.sig_len[signer->format] - FALCON_SIG_HEAD_LEN;

    for (unsigned i = 0; i < MAX_ATTEMPTS; i++) {
        falcon_noise_init(&room->sk_noise, seed, priv->impl->fill);
        bool accepted = falcon_sign_attempt(priv, room) <= priv->params->bound;
        /* That an attempt fails does not depend on the key, and the attempt is forgotten. */
        CT_PUBLIC(&accepted, sizeof(accepted));
        if (!accepted)
            continue;
        /* The signature. (Where it does not fit, its length shows.) */
        CT_PUBLIC(room->sk_s2, sizeof(room->sk_s2));
        size_t len = falcon_encode_s2(sig + FALCON_SIG_HEAD_LEN, max_len, priv->params,
                                      signer->format, room->sk_s2);
        if (len == 0)
            continue;
        *sig_len = FALCON_SIG_HEAD_LEN + len;
        return PQHW_OK;
    }
    return PQHW_INTERNAL;
}

enum pqhw_status falcon_sign_init(struct falcon_message *message, uint8_t nonce[FALCON_NONCE_LEN],
                                  const struct falcon_random *random)
{
    enum pqhw_status status = PQHW_OK;

    TRY(random->draw(random->context, nonce, FALCON_NONCE_LEN));
    /* It is part of the signature. */
    CT_PUBLIC(nonce, FALCON_NONCE_LEN);
    falcon_message_init(message, nonce);
out:
    return status;
}

/* Whether the signature is one of the point in the room. */
static bool verifies(const struct falcon_signer *signer, const struct falcon_sign_room *room,
                     struct span sig)
{
    const struct falcon_private *priv = signer->priv;
    struct span rest = span(sig.ptr + FALCON_SIG_HEAD_LEN, sig.len - FALCON_SIG_HEAD_LEN);
    WORKSPACE struct falcon_poly s2;

    return falcon_decode_s2(s2.coeff, priv->params, signer->format, rest) &&
           falcon_verify_point(priv->params, priv->impl, priv->h, room->c, s2.coeff);
}

enum pqhw_status falcon_sign_final(struct falcon_message *message,
                                   const struct falcon_signer *signer,
                                   const uint8_t nonce[FALCON_NONCE_LEN], uint8_t *sig,
                                   size_t *sig_len)
{
    enum pqhw_status status = PQHW_OK;
    WORKSPACE struct falcon_sign_room room;
    struct keccak seed;
    uint8_t sk_seed[SEED_LEN];

    falcon_message_point(message, room.c, signer->priv->params->n);
    TRY(signer->random->draw(signer->random->context, sk_seed, sizeof(sk_seed)));
    shake256_init(&seed);
    keccak_absorb(&seed, sk_seed, sizeof(sk_seed));
    TRY(attempt(signer, &room, &seed, sig, sig_len));
    sig[0] = falcon_sig_head(signer->priv->params, signer->format);
    memcpy(sig + 1, nonce, FALCON_NONCE_LEN);
    REQUIRE(!signer->check || verifies(signer, &room, span(sig, *sig_len)), PQHW_SELF_TEST_FAILED);
out:
    if (status != PQHW_OK) {
        memset(sig, 0, signer->priv->params->sizes.sig_len[signer->format]);
        *sig_len = 0;
    }
    WIPE(room);
    WIPE(seed);
    WIPE(sk_seed);
    wipe_stack();
    return status;
}

enum pqhw_status falcon_sign(const struct falcon_signer *signer, uint8_t *sig, size_t *sig_len,
                             struct span data)
{
    enum pqhw_status status = PQHW_OK;
    struct falcon_message message;
    uint8_t nonce[FALCON_NONCE_LEN];

    TRY(falcon_sign_init(&message, nonce, signer->random));
    falcon_message_absorb(&message, data.ptr, data.len);
    TRY(falcon_sign_final(&message, signer, nonce, sig, sig_len));
out:
    return status;
}
