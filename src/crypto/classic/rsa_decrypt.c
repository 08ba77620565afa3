/* SPDX-License-Identifier: Apache-2.0
 *
 * RSA decryption.
 *
 * PKCS#1 v1.5 is taken apart here, in constant time and with implicit rejection, and not by
 * libcrypto, which has that only from 3.2 on. What comes of a wrong padding is the same as there
 * (draft-irtf-cfrg-rsa-guidance, 7).
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

/* em is wiped. */
static void unpad(const struct rsa_key *key, uint8_t *out, size_t *out_len, uint8_t *em,
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
    wipe(em, key->len);
}

/* ---- decryption ---- */

static enum pqhw_status run(const struct rsa_key *key, uint8_t *out, size_t *len,
                            const struct rsa_scheme *scheme, struct span ct)
{
    enum pqhw_status status = PQHW_OK;
    EVP_PKEY_CTX *ctx = NULL;

    *len = key->len;
    TRY(rsa_private_context(key, &ctx, EVP_PKEY_decrypt_init));
    TRY(rsa_set_scheme(key, ctx, scheme));
    /* Below the modulus, only a padding can be wrong: libcrypto looks at OAEP's in constant time,
     * and has one failure for whatever it finds there, as Manger's attack demands. */
    REQUIRE(EVP_PKEY_decrypt(ctx, out, len, ct.ptr, ct.len) == 1, PQHW_ENCRYPTED_DATA_INVALID);
out:
    EVP_PKEY_CTX_free(ctx);
    return status;
}

enum pqhw_status rsa_decrypt(const struct rsa_key *key, uint8_t *out, size_t *len,
                             const struct rsa_scheme *scheme, struct span ct)
{
    static const struct rsa_scheme bare = {.padding = RSA_PAD_NONE};
    enum pqhw_status status = PQHW_OK;
    uint8_t sk_em[RSA_MAX_LEN];
    size_t em_len;

    *len = 0;
    ERR_set_mark();
    TRY(rsa_scheme_check(key, scheme));
    REQUIRE(ct.len == key->len, PQHW_ENCRYPTED_DATA_LEN_RANGE);
    REQUIRE(rsa_below_modulus(key, ct.ptr), PQHW_ENCRYPTED_DATA_INVALID);
    if (scheme->padding == RSA_PAD_PKCS1) {
        TRY(run(key, sk_em, &em_len, &bare, ct));
        unpad(key, out, len, sk_em, ct);
    } else {
        TRY(run(key, out, len, scheme, ct));
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
