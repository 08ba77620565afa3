/* SPDX-License-Identifier: Apache-2.0
 *
 * The hashes of the message, PRF_msg and H_msg (FIPS 205, 11.1 and 11.2), in pieces. With SHA-2
 * they are HMAC (FIPS 198-1) and MGF1 (RFC 8017, B.2.1) of a hash.
 */
#include <string.h>

#include "base/ct.h"
#include "base/wipe.h"
#include "crypto/slhdsa/key.h"
#include "crypto/slhdsa/sha2.h"

#define HMAC_INNER 0x36
#define HMAC_OUTER 0x5c

/* SHA-256 for n = 16, else SHA-512. */
static bool takes_sha512(const struct slhdsa_stream *s)
{
    return s->pub->ctx.params->n != 16;
}

static size_t block_len(const struct slhdsa_stream *s)
{
    return takes_sha512(s) ? SHA512_BLOCK : SHA256_BLOCK;
}

/* SHA-256 keeps its words in those of SHA-512. */
static void sha2_init(struct slhdsa_stream *s)
{
    uint32_t state[8];

    s->hash.sha2.len = 0;
    if (takes_sha512(s)) {
        slhdsa_sha512_init(s->hash.sha2.state);
        return;
    }
    slhdsa_sha256_init(state);
    for (unsigned i = 0; i < 8; i++)
        s->hash.sha2.state[i] = state[i];
}

static void sha2_block(struct slhdsa_stream *s, const uint8_t *block)
{
    const struct slhdsa_hash *hash = s->pub->ctx.hash;
    uint32_t state[8];

    if (takes_sha512(s)) {
        slhdsa_sha512_block(hash->sha512_narrow, s->hash.sha2.state, block);
        return;
    }
    for (unsigned i = 0; i < 8; i++)
        state[i] = (uint32_t)s->hash.sha2.state[i];
    slhdsa_sha256_block(hash->sha256_narrow, state, block);
    for (unsigned i = 0; i < 8; i++)
        s->hash.sha2.state[i] = state[i];
    WIPE(state);
}

static void sha2_absorb(struct slhdsa_stream *s, const uint8_t *data, size_t len)
{
    const size_t whole = block_len(s);

    while (len > 0) {
        const size_t pos = s->hash.sha2.len & (whole - 1);
        const size_t take = len < whole - pos ? len : whole - pos;

        s->hash.sha2.len += take;
        if (take == whole) {
            sha2_block(s, data);
        } else {
            memcpy(s->hash.sha2.block + pos, data, take);
            if (pos + take == whole)
                sha2_block(s, s->hash.sha2.block);
        }
        data += take;
        len -= take;
    }
}

/* The hash, out_len bytes of it: whole words. */
static void sha2_final(struct slhdsa_stream *s, uint8_t *out, size_t out_len)
{
    const size_t whole = block_len(s);
    const uint64_t num_bits = s->hash.sha2.len * 8;
    const uint8_t mark = 0x80;
    const uint8_t zero = 0;
    const size_t end_len = whole / 8;
    uint8_t end[SHA512_BLOCK / 8] = {0};

    sha2_absorb(s, &mark, 1);
    while ((s->hash.sha2.len & (whole - 1)) != whole - end_len)
        sha2_absorb(s, &zero, 1);
    store_be64(end + end_len - 8, num_bits);
    sha2_absorb(s, end, end_len);
    for (size_t i = 0; takes_sha512(s) && i < out_len / 8; i++)
        store_be64(out + 8 * i, s->hash.sha2.state[i]);
    for (size_t i = 0; !takes_sha512(s) && i < out_len / 4; i++)
        store_be32(out + 4 * i, (uint32_t)s->hash.sha2.state[i]);
}

void slhdsa_absorb(struct slhdsa_stream *stream, const void *data, size_t len)
{
    if (stream->pub->ctx.params->shake)
        keccak_absorb(&stream->hash.shake, data, len);
    else
        sha2_absorb(stream, data, len);
}

/* What M' has in front of the message. */
static void absorb_domain(struct slhdsa_stream *s, const struct slhdsa_domain *domain)
{
    const uint8_t prefix[2] = {domain->prehash_oid.len != 0, (uint8_t)domain->context.len};

    if (domain->internal)
        return;
    slhdsa_absorb(s, prefix, sizeof(prefix));
    slhdsa_absorb(s, domain->context.ptr, domain->context.len);
    slhdsa_absorb(s, domain->prehash_oid.ptr, domain->prehash_oid.len);
}

static void hmac_key(struct slhdsa_stream *s, uint8_t pad)
{
    uint8_t block[SHA512_BLOCK];

    memset(block, pad, sizeof(block));
    for (unsigned i = 0; i < s->pub->ctx.params->n; i++)
        block[i] ^= s->key[i];
    sha2_init(s);
    sha2_absorb(s, block, block_len(s));
    WIPE(block);
}

/* A fresh stream with a key of n bytes. */
static enum pqhw_status begin(struct slhdsa_stream *s, const struct slhdsa_public *pub,
                              const uint8_t *key, const struct slhdsa_domain *domain)
{
    if (domain->context.len > SLHDSA_MAX_CONTEXT)
        return PQHW_DATA_LEN_RANGE;
    memset(s, 0, sizeof(*s));
    s->pub = pub;
    memcpy(s->key, key, pub->ctx.params->n);
    if (pub->ctx.params->shake)
        shake256_init(&s->hash.shake);
    else
        sha2_init(s);
    return PQHW_OK;
}

enum pqhw_status slhdsa_randomizer_init(struct slhdsa_stream *stream,
                                        const struct slhdsa_private *priv, const uint8_t *opt_rand,
                                        const struct slhdsa_domain *domain)
{
    const struct slhdsa_params *params = priv->pub.ctx.params;
    enum pqhw_status status = PQHW_OK;

    TRY(begin(stream, &priv->pub, priv->sk_prf, domain));
    if (params->shake)
        slhdsa_absorb(stream, priv->sk_prf, params->n);
    else
        hmac_key(stream, HMAC_INNER);
    slhdsa_absorb(stream, opt_rand != NULL ? opt_rand : priv->pub.ctx.pk_seed, params->n);
    absorb_domain(stream, domain);
out:
    return status;
}

void slhdsa_randomizer_final(struct slhdsa_stream *stream, uint8_t *r)
{
    const struct slhdsa_params *params = stream->pub->ctx.params;
    const size_t hash_len = block_len(stream) / 2;
    uint8_t inner[SHA512_BLOCK / 2];

    if (params->shake) {
        keccak_squeeze(&stream->hash.shake, r, params->n);
    } else {
        sha2_final(stream, inner, hash_len);
        hmac_key(stream, HMAC_OUTER);
        sha2_absorb(stream, inner, hash_len);
        sha2_final(stream, r, params->n);
    }
    /* It is part of the signature. */
    CT_PUBLIC(r, params->n);
    WIPE(inner);
    WIPE(*stream);
}

enum pqhw_status slhdsa_digest_init(struct slhdsa_stream *stream, const struct slhdsa_public *pub,
                                    const uint8_t *r, const struct slhdsa_domain *domain)
{
    const size_t n = pub->ctx.params->n;
    enum pqhw_status status = PQHW_OK;

    TRY(begin(stream, pub, r, domain));
    slhdsa_absorb(stream, r, n);
    slhdsa_absorb(stream, pub->ctx.pk_seed, n);
    slhdsa_absorb(stream, pub->root, n);
    absorb_domain(stream, domain);
out:
    return status;
}

/* MGF1 of R || PK.seed || inner. */
static void mgf1(struct slhdsa_stream *s, uint8_t *out, size_t len, const uint8_t *inner)
{
    const struct slhdsa_context *ctx = &s->pub->ctx;
    const size_t hash_len = block_len(s) / 2;
    uint8_t counter[4];
    uint8_t mask[SHA512_BLOCK / 2];

    for (uint32_t i = 0; len > 0; i++) {
        const size_t take = len < hash_len ? len : hash_len;

        store_be32(counter, i);
        sha2_init(s);
        sha2_absorb(s, s->key, ctx->params->n);
        sha2_absorb(s, ctx->pk_seed, ctx->params->n);
        sha2_absorb(s, inner, hash_len);
        sha2_absorb(s, counter, sizeof(counter));
        sha2_final(s, mask, hash_len);
        memcpy(out, mask, take);
        out += take;
        len -= take;
    }
}

void slhdsa_digest_final(struct slhdsa_stream *stream, uint8_t *digest)
{
    const struct slhdsa_params *params = stream->pub->ctx.params;
    const size_t len = params->sizes.digest_len;
    uint8_t inner[SHA512_BLOCK / 2];

    if (params->shake) {
        keccak_squeeze(&stream->hash.shake, digest, len);
    } else {
        sha2_final(stream, inner, block_len(stream) / 2);
        mgf1(stream, digest, len, inner);
    }
    WIPE(*stream);
}
