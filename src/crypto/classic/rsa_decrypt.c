/* SPDX-License-Identifier: Apache-2.0
 *
 * RSA decryption.
 *
 * Paddings are taken apart here, in constant time, and not by libcrypto. Of PKCS#1 v1.5 it has
 * implicit rejection only from 3.2 on; what comes of a wrong padding is the same as there
 * (draft-irtf-cfrg-rsa-guidance, 7). Of OAEP it does not always tell a wrong padding from a lack of
 * memory.
 */
#include <openssl/rsa.h>
#include <string.h>

#include "base/ct.h"
#include "base/wipe.h"
#include "crypto/classic/rsa_key.h"

#define MIN_PADDING 8   /* random bytes between 00 02 and 00 */
#define NUM_LENGTHS 128 /* candidates for the length of a synthetic message, two bytes each */

/* ---- constant-time words ---- */

static uint32_t mask_less(uint32_t a, uint32_t b) /* both below 2^31 */
{
    return 0u - ((ct_barrier_u32(a) - b) >> 31);
}

static uint32_t mask_equal(uint32_t a, uint32_t b)
{
    return ~ct_mask_nonzero_u32(a ^ b);
}

/* ---- the synthetic message ---- */

/* out = len bytes of HMAC(sk_kdk, counter || label || bits of out), block by block. */
static void expand(uint8_t *out, size_t len, const uint8_t sk_kdk[CLASSIC_KEY_LEN],
                   struct span label)
{
    uint8_t sk_block[CLASSIC_HASH_LEN];
    const uint8_t bits[2] = {(uint8_t)(8 * len >> 8), (uint8_t)(8 * len)};
    uint8_t counter[2] = {0, 0};
    const struct span in[3] = {SPAN(counter), label, SPAN(bits)};

    for (size_t done = 0; done < len; done += CLASSIC_HASH_LEN, counter[1]++) {
        size_t part = len - done < CLASSIC_HASH_LEN ? len - done : CLASSIC_HASH_LEN;
        classic_hmac(sk_block, sk_kdk, in, 3);
        memcpy(out + done, sk_block, part);
    }
    WIPE(sk_block);
}

/* The last candidate that a message can have as length, or 0. */
static uint32_t synthetic_length(const uint8_t candidates[2 * NUM_LENGTHS], uint32_t limit)
{
    uint32_t length = 0;
    uint32_t bits = limit;

    for (unsigned shift = 1; shift < 16; shift *= 2)
        bits |= bits >> shift; /* as many bits as limit has, all set */
    for (size_t i = 0; i < NUM_LENGTHS; i++) {
        uint32_t candidate = ((uint32_t)candidates[2 * i] << 8 | candidates[2 * i + 1]) & bits;
        length = ct_select_u32(mask_less(candidate, limit), candidate, length);
    }
    return length;
}

/* Fill out with key->len bytes, whose last *length are what a bad ciphertext decrypts to. */
static void synthesize(const struct rsa_key *key, uint8_t *out, uint32_t *length, struct span ct)
{
    uint8_t sk_kdk[CLASSIC_HASH_LEN];
    uint8_t sk_lengths[2 * NUM_LENGTHS];

    classic_hmac(sk_kdk, key->sk_reject.ptr, &ct, 1);
    expand(out, key->len, sk_kdk, SPAN_STR("message"));
    expand(sk_lengths, sizeof(sk_lengths), sk_kdk, SPAN_STR("length"));
    *length = synthetic_length(sk_lengths, (uint32_t)key->len - 2 - MIN_PADDING);
    WIPE(sk_kdk);
    WIPE(sk_lengths);
}

/* Where the message starts in 00 02 padding 00 message; *good is a mask. */
static uint32_t message_start(const uint8_t *em, uint32_t len, uint32_t *good)
{
    uint32_t found = 0;
    uint32_t separator = 0;

    for (uint32_t i = 2; i < len; i++) {
        uint32_t here = mask_equal(em[i], 0) & ~found;
        separator = ct_select_u32(here, i, separator);
        found |= here;
    }
    *good = mask_equal(em[0], 0) & mask_equal(em[1], 2) & found &
            ~mask_less(separator, 2 + MIN_PADDING);
    return separator + 1;
}

static void unpad_pkcs1(const struct rsa_key *key, uint8_t *out, size_t *out_len, uint8_t *em,
                        struct span ct)
{
    uint8_t sk_synthetic[RSA_MAX_LEN];
    uint32_t len = (uint32_t)key->len;
    uint32_t length = 0;
    uint32_t good;

    synthesize(key, sk_synthetic, &length, ct);
    uint32_t start = message_start(em, len, &good);
    start = ct_select_u32(good, start, len - length);
    ct_select(em, (uint8_t)good, em, sk_synthetic, len);
    /* The length is told to the caller, and is as likely to be of a good message as of another. */
    CT_PUBLIC(&start, sizeof(start));
    *out_len = len - start;
    memcpy(out, em + start, *out_len);
    WIPE(sk_synthetic);
}

/* ---- OAEP (RFC 8017, 7.1.2) ---- */

static enum pqhw_status hash(const struct classic *classic, enum digest_alg alg, uint8_t *out,
                             const struct span in[2])
{
    enum pqhw_status status = PQHW_OK;
    struct digest *digest = NULL;

    TRY(digest_new(classic, &digest, alg));
    TRY(digest_update(digest, in[0]));
    TRY(digest_update(digest, in[1]));
    TRY(digest_final(digest, out));
out:
    digest_free(digest);
    return status;
}

/* data ^= MGF1(seed) (B.2.1) */
static enum pqhw_status unmask(const struct classic *classic, enum digest_alg alg, uint8_t *data,
                               size_t len, struct span seed)
{
    enum pqhw_status status = PQHW_OK;
    uint8_t sk_mask[DIGEST_MAX_LEN];
    uint8_t counter[4] = {0}; /* 1024 bytes are 52 hashes of 20 */
    const struct span in[2] = {seed, SPAN(counter)};

    for (size_t done = 0; done < len; done += digest_len(alg), counter[3]++) {
        TRY(hash(classic, alg, sk_mask, in));
        for (size_t i = 0; i < digest_len(alg) && done + i < len; i++)
            data[done + i] ^= sk_mask[i];
    }
out:
    WIPE(sk_mask);
    return status;
}

/* Where the message starts in zeros 01 message, from `at` on; *bad gets bits set if there is no
 * such thing. */
static uint32_t after_one(const uint8_t *db, uint32_t at, uint32_t len, uint32_t *bad)
{
    uint32_t found = 0;
    uint32_t one = 0;

    for (uint32_t i = at; i < len; i++) {
        uint32_t here = mask_equal(db[i], 1) & ~found;
        one = ct_select_u32(here, i, one);
        found |= here;
        *bad |= ct_mask_nonzero_u32(db[i]) & ~found;
    }
    *bad |= ~found;
    return one + 1;
}

/* Whatever is wrong, all of it is looked at, and has one answer, as Manger's attack demands. */
static enum pqhw_status unpad_oaep(const struct rsa_key *key, uint8_t *out, size_t *out_len,
                                   uint8_t *em, const struct rsa_scheme *scheme)
{
    enum pqhw_status status = PQHW_OK;
    const struct classic *classic = key->classic;
    const struct span label[2] = {scheme->label, SPAN_EMPTY};
    uint8_t label_hash[DIGEST_MAX_LEN];
    size_t hash_len = digest_len(scheme->hash);
    size_t db_len = key->len - 1 - hash_len;
    uint8_t *seed = em + 1;
    uint8_t *db = seed + hash_len;

    TRY(unmask(classic, scheme->mgf_hash, seed, hash_len, span(db, db_len)));
    TRY(unmask(classic, scheme->mgf_hash, db, db_len, span(seed, hash_len)));
    TRY(hash(classic, scheme->hash, label_hash, label));
    uint32_t bad = em[0] | ct_mask_different(db, label_hash, hash_len);
    uint32_t start = after_one(db, (uint32_t)hash_len, (uint32_t)db_len, &bad);
    CT_PUBLIC(&bad, sizeof(bad)); /* the answer says it */
    REQUIRE(bad == 0, PQHW_ENCRYPTED_DATA_INVALID);
    CT_PUBLIC(&start, sizeof(start)); /* the length of the message says it */
    *out_len = db_len - start;
    memcpy(out, db + start, *out_len);
out:
    return status;
}

/* ---- decryption ---- */

/* Below the modulus nothing can be wrong with a ciphertext: what libcrypto lacks is memory. */
static enum pqhw_status run(const struct rsa_key *key, uint8_t *em, struct span ct)
{
    static const struct rsa_scheme bare = {.padding = RSA_PAD_NONE};
    enum pqhw_status status = PQHW_OK;
    EVP_PKEY_CTX *ctx = NULL;
    size_t len = key->len;

    TRY(rsa_private_context(key, &ctx, EVP_PKEY_decrypt_init));
    TRY(rsa_set_scheme(key, ctx, &bare));
    REQUIRE(EVP_PKEY_decrypt(ctx, em, &len, ct.ptr, ct.len) == 1, PQHW_NO_MEMORY);
    REQUIRE(len == key->len, PQHW_INTERNAL);
out:
    EVP_PKEY_CTX_free(ctx);
    return status;
}

enum pqhw_status rsa_decrypt(const struct rsa_key *key, uint8_t *out, size_t *len,
                             const struct rsa_scheme *scheme, struct span ct)
{
    enum pqhw_status status = PQHW_OK;
    uint8_t sk_em[RSA_MAX_LEN];

    *len = 0;
    ERR_set_mark();
    TRY(rsa_scheme_check(key, scheme));
    REQUIRE(ct.len == key->len, PQHW_ENCRYPTED_DATA_LEN_RANGE);
    REQUIRE(rsa_below_modulus(key, ct.ptr), PQHW_ENCRYPTED_DATA_INVALID);
    TRY(run(key, sk_em, ct));
    CT_SECRET(sk_em, key->len);
    if (scheme->padding == RSA_PAD_PKCS1) {
        unpad_pkcs1(key, out, len, sk_em, ct);
    } else if (scheme->padding == RSA_PAD_OAEP) {
        TRY(unpad_oaep(key, out, len, sk_em, scheme));
    } else {
        memcpy(out, sk_em, key->len);
        *len = key->len;
    }
out:
    if (status != PQHW_OK) {
        wipe(out, key->len);
        *len = 0;
    }
    WIPE(sk_em);
    ERR_pop_to_mark();
    return status;
}
