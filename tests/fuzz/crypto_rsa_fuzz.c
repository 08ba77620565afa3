/* SPDX-License-Identifier: Apache-2.0
 *
 * RSA from outside: the numbers of a public and a private key, signatures and ciphertexts, valid
 * but for some bytes.
 *
 * Input: what is changed, then for keys how many bytes are taken off which number, then the
 * changes.
 */
#include <string.h>

#include "fuzz.h"
#include "rsa_numbers.h"

#include "crypto/classic/rsa.h"

#define LEN 256

enum what {
    CHANGE_PUBLIC,
    CHANGE_PRIVATE,
    CHANGE_PKCS1_SIGNATURE,
    CHANGE_PSS_SIGNATURE,
    CHANGE_PKCS1_CIPHERTEXT,
    CHANGE_OAEP_CIPHERTEXT,
    CHANGE_SVE_CIPHERTEXT,
    CHANGE_WITHOUT_PRIMES,
    NUM_WHATS
};

static const struct rsa_scheme bare = {.padding = RSA_PAD_NONE};
static const struct rsa_scheme pkcs1 = {.padding = RSA_PAD_PKCS1};
static const struct rsa_scheme pss = {
    .padding = RSA_PAD_PSS, .hash = DIGEST_SHA256, .mgf_hash = DIGEST_SHA256, .salt_len = 20};
static const struct rsa_scheme oaep = {
    .padding = RSA_PAD_OAEP, .hash = DIGEST_SHA256, .mgf_hash = DIGEST_SHA1};
static const uint8_t hash[32] = {1, 2, 3};

static struct classic *classic;
static struct rsa_key *valid;
static uint8_t valid_out[NUM_WHATS][LEN]; /* the signatures and ciphertexts */

static void valid_parts(struct span parts[RSA_NUM_PARTS])
{
    memset(parts, 0, RSA_NUM_PARTS * sizeof(parts[0]));
    parts[RSA_MODULUS] = SPAN(rsa_modulus);
    parts[RSA_PUBLIC_EXPONENT] = SPAN(rsa_exponent);
    parts[RSA_PRIVATE_EXPONENT] = SPAN(rsa_private_exponent);
    parts[RSA_PRIME_1] = SPAN(rsa_prime_1);
    parts[RSA_PRIME_2] = SPAN(rsa_prime_2);
}

static void prepare(void)
{
    struct span parts[RSA_NUM_PARTS];

    if (valid != NULL)
        return;
    valid_parts(parts);
    check(classic_new(&classic) == PQHW_OK);
    check(rsa_private_new(&valid, classic, parts) == PQHW_OK && rsa_check(valid) == PQHW_OK);
    check(rsa_sign(valid, valid_out[CHANGE_PKCS1_SIGNATURE], &pkcs1, SPAN(hash)) == PQHW_OK);
    check(rsa_sign(valid, valid_out[CHANGE_PSS_SIGNATURE], &pss, SPAN(hash)) == PQHW_OK);
    check(rsa_encrypt(valid, valid_out[CHANGE_PKCS1_CIPHERTEXT], &pkcs1, SPAN(hash)) == PQHW_OK);
    check(rsa_encrypt(valid, valid_out[CHANGE_OAEP_CIPHERTEXT], &oaep, SPAN(hash)) == PQHW_OK);
    check(rsa_encrypt(valid, valid_out[CHANGE_SVE_CIPHERTEXT], &bare, SPAN(hash)) == PQHW_OK);
}

static bool is_refusal(enum pqhw_status status)
{
    return status == PQHW_KEY_SIZE_RANGE || status == PQHW_DATA_INVALID;
}

/* A number is given back without zeros in front. */
static void check_part(const struct rsa_key *key, enum rsa_part part, struct span given)
{
    uint8_t got[RSA_MAX_LEN];
    size_t len = rsa_part_len(key, part);

    while (given.len > 0 && given.ptr[0] == 0)
        given = span(given.ptr + 1, given.len - 1);
    check(len == given.len && rsa_part_get(key, part, got) == PQHW_OK);
    check(span_equal(span(got, len), given));
}

static void try_public(struct reader *r)
{
    struct span n = SPAN(rsa_modulus), e = SPAN(rsa_exponent);
    size_t shorter = read_u8(r) % 32u;
    struct rsa_key *key = NULL;
    uint8_t *modulus = fuzz_copy(span(n.ptr, n.len - shorter));
    struct reader numbers = *r;
    uint8_t *exponent = fuzz_copy(e);

    if (read_u8(&numbers) % 2 != 0)
        fuzz_change(&numbers, exponent, e.len);
    else
        fuzz_change(&numbers, modulus, n.len - shorter);
    n = span(modulus, n.len - shorter);
    e = span(exponent, e.len);
    enum pqhw_status status = rsa_public_new(&key, classic, n, e);
    check(status == PQHW_OK || is_refusal(status));
    if (status == PQHW_OK) {
        check_part(key, RSA_MODULUS, n);
        check_part(key, RSA_PUBLIC_EXPONENT, e);
        uint8_t sig[LEN];
        memcpy(sig, valid_out[CHANGE_PKCS1_SIGNATURE], LEN);
        bool same = span_equal(n, SPAN(rsa_modulus)) && span_equal(e, SPAN(rsa_exponent));
        status = rsa_verify(key, &pkcs1, SPAN(hash), SPAN(sig));
        check((status == PQHW_OK) == same);
        check(status == PQHW_OK || status == PQHW_SIGNATURE_INVALID ||
              status == PQHW_SIGNATURE_LEN_RANGE);
    } else {
        check(key == NULL);
    }
    rsa_free(key);
    free(exponent);
    free(modulus);
}

/* Any numbers of the right size are opened; the check finds those that are no key. What is signed
 * with those is good for nobody, but may not come out half made. */
static void try_private(struct reader *r)
{
    struct span parts[RSA_NUM_PARTS];
    struct rsa_key *key = NULL;
    uint8_t sig[LEN];

    valid_parts(parts);
    size_t part = read_u8(r) % (RSA_PRIME_2 + 1u);
    uint8_t *number = fuzz_copy(parts[part]);
    size_t len = parts[part].len - read_u8(r) % 2u;
    bool checks = r->rest.len % 4 == 0; /* it takes long */
    fuzz_change(r, number, len);
    bool same = span_equal(parts[part], span(number, len));
    parts[part] = span(number, len);
    enum pqhw_status status = rsa_private_new(&key, classic, parts);
    check(status == PQHW_OK || is_refusal(status));
    check(status == PQHW_OK || key == NULL);
    if (status == PQHW_OK && rsa_len(key) == LEN) {
        memset(sig, 0xa5, LEN);
        status = rsa_sign(key, sig, &pkcs1, SPAN(hash));
        if (status != PQHW_OK)
            for (size_t i = 0; i < LEN; i++)
                check(sig[i] == 0);
        check(!same || rsa_verify(valid, &pkcs1, SPAN(hash), SPAN(sig)) == PQHW_OK);
        if (checks)
            check(rsa_check(key) == (same ? PQHW_OK : PQHW_DATA_INVALID));
    }
    rsa_free(key);
    free(number);
}

/* From exponents that do not belong to a modulus no primes are found. */
static void try_without_primes(struct reader *r)
{
    struct span parts[RSA_NUM_PARTS];
    struct rsa_key *key = NULL;

    valid_parts(parts);
    parts[RSA_PRIME_1] = parts[RSA_PRIME_2] = SPAN_EMPTY;
    size_t part = read_u8(r) % (RSA_PRIVATE_EXPONENT + 1u);
    uint8_t *number = fuzz_copy(parts[part]);
    size_t len = parts[part].len - read_u8(r) % 2u;

    fuzz_change(r, number, len);
    bool same = span_equal(parts[part], span(number, len));
    parts[part] = span(number, len);
    enum pqhw_status status = rsa_private_new(&key, classic, parts);
    check(same ? status == PQHW_OK : is_refusal(status));
    if (status == PQHW_OK)
        check_part(key, RSA_PRIME_1, SPAN(rsa_prime_1));
    rsa_free(key);
    free(number);
}

/* What a ciphertext in range gives is what it was made of. */
static void try_sve(const uint8_t *ct, size_t len)
{
    uint8_t ss[LEN], again[LEN];
    size_t ss_len;
    enum pqhw_status status = rsa_sve_recover(valid, ss, &ss_len, span(ct, len));

    check((status == PQHW_ENCRYPTED_DATA_LEN_RANGE) == (len != LEN));
    if (status == PQHW_OK) {
        check(ss_len == LEN && rsa_encrypt(valid, again, &bare, SPAN(ss)) == PQHW_OK);
        check(memcmp(again, ct, LEN) == 0);
    } else if (len == LEN) {
        check(status == PQHW_ENCRYPTED_DATA_INVALID);
        check(memcmp(ct, rsa_modulus, LEN - 1) >= 0); /* no change makes it as small as 1 */
    }
}

static void try_signature(const uint8_t *sig, size_t len, enum what what)
{
    const struct rsa_scheme *scheme = what == CHANGE_PSS_SIGNATURE ? &pss : &pkcs1;
    enum pqhw_status status = rsa_verify(valid, scheme, SPAN(hash), span(sig, len));

    check((status == PQHW_OK) == (len == LEN && memcmp(sig, valid_out[what], LEN) == 0));
    check(status == PQHW_OK ||
          status == (len == LEN ? PQHW_SIGNATURE_INVALID : PQHW_SIGNATURE_LEN_RANGE));
}

static void try_ciphertext(const uint8_t *ct, size_t len, enum what what)
{
    const struct rsa_scheme *scheme = what == CHANGE_OAEP_CIPHERTEXT ? &oaep : &pkcs1;
    bool same = len == LEN && memcmp(ct, valid_out[what], LEN) == 0;
    uint8_t out[LEN], again[LEN];
    size_t out_len = 0, again_len = 0;
    enum pqhw_status status = rsa_decrypt(valid, out, &out_len, scheme, span(ct, len));

    check(rsa_decrypt(valid, again, &again_len, scheme, span(ct, len)) == status);
    check(status == PQHW_OK || status == PQHW_ENCRYPTED_DATA_LEN_RANGE ||
          status == PQHW_ENCRYPTED_DATA_INVALID);
    check((status == PQHW_ENCRYPTED_DATA_LEN_RANGE) == (len != LEN));
    if (what == CHANGE_OAEP_CIPHERTEXT)
        check((status == PQHW_OK) == same);
    if (status == PQHW_OK) {
        check(out_len == again_len && out_len <= LEN && memcmp(out, again, out_len) == 0);
        check(!same || span_equal(span(out, out_len), SPAN(hash)));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader r = reader(span(data, size));
    enum what what = (enum what)(read_u8(&r) % NUM_WHATS);

    prepare();
    if (what == CHANGE_PUBLIC) {
        try_public(&r);
    } else if (what == CHANGE_PRIVATE) {
        try_private(&r);
    } else if (what == CHANGE_WITHOUT_PRIMES) {
        try_without_primes(&r);
    } else {
        uint8_t shorter = read_u8(&r);
        size_t len = shorter < 250 ? LEN : LEN - 1u - shorter % 8u;
        uint8_t *bytes = fuzz_copy(span(valid_out[what], len));

        fuzz_change(&r, bytes, len);
        if (what <= CHANGE_PSS_SIGNATURE)
            try_signature(bytes, len, what);
        else if (what == CHANGE_SVE_CIPHERTEXT)
            try_sve(bytes, len);
        else
            try_ciphertext(bytes, len, what);
        free(bytes);
    }
    return 0;
}

bool fuzz_seed(size_t i, struct buf *out)
{
    buf_put_u8(out, (uint8_t)(i % NUM_WHATS));
    buf_put_u8(out, (uint8_t)(i / NUM_WHATS));
    if (i >= NUM_WHATS)
        buf_put(out, (const uint8_t[]){0, 0, 255, 2}, 4);
    return i < (size_t)(5 * NUM_WHATS);
}
