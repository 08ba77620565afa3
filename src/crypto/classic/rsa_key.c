/* SPDX-License-Identifier: Apache-2.0
 *
 * RSA keys: made, opened, checked, and their numbers.
 */
#include "crypto/classic/rsa_key.h"

#include <openssl/core_names.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#include "base/ct.h"
#include "base/wanted.h"
#include "base/wipe.h"
#include "crypto/keyformat/der.h"

#define MIN_GENERATED_EXPONENT 65537

static const char *const part_names[RSA_NUM_PARTS] = {
    [RSA_MODULUS] = OSSL_PKEY_PARAM_RSA_N,
    [RSA_PUBLIC_EXPONENT] = OSSL_PKEY_PARAM_RSA_E,
    [RSA_PRIVATE_EXPONENT] = OSSL_PKEY_PARAM_RSA_D,
    [RSA_PRIME_1] = OSSL_PKEY_PARAM_RSA_FACTOR1,
    [RSA_PRIME_2] = OSSL_PKEY_PARAM_RSA_FACTOR2,
    [RSA_EXPONENT_1] = OSSL_PKEY_PARAM_RSA_EXPONENT1,
    [RSA_EXPONENT_2] = OSSL_PKEY_PARAM_RSA_EXPONENT2,
    [RSA_COEFFICIENT] = OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
};

/* ---- numbers ---- */

static bool is_odd(struct span number)
{
    return number.len > 0 && (number.ptr[number.len - 1] & 1) != 0;
}

static size_t bits_of(struct span number)
{
    return number.len == 0 ? 0 : 8 * number.len - (size_t)(__builtin_clz(number.ptr[0]) - 24);
}

static uint64_t exponent_value(struct span e)
{
    uint64_t value = 0;

    for (size_t i = 0; i < e.len; i++)
        value = value << 8 | e.ptr[i];
    return value;
}

static bool exponent_valid(struct span e, uint64_t at_least)
{
    return e.len <= RSA_MAX_EXPONENT_LEN && is_odd(e) && exponent_value(e) >= at_least;
}

bool rsa_below_modulus(const struct rsa_key *key, const uint8_t *number)
{
    bool below = ct_less(number, key->n, key->len) != 0;

    CT_PUBLIC(&below, sizeof(below)); /* a number that is not is refused */
    return below;
}

/* ---- opened keys ---- */

void rsa_free(struct rsa_key *key)
{
    if (key == NULL)
        return;
    rsa_blinded_free(key->blinded);
    EVP_PKEY_CTX_free(key->verify);
    EVP_PKEY_free(key->pkey);
    secret_free(&key->sk_reject);
    free(key);
}

static int start_verify(EVP_PKEY_CTX *ctx)
{
    return EVP_PKEY_verify_init(ctx) == 1 &&
           EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1;
}

/* The hash of the private exponent, in as many bytes as the modulus has. */
static enum pqhw_status make_reject_key(struct rsa_key *key)
{
    enum pqhw_status status = PQHW_OK;
    struct secret sk_d = {0};
    const EVP_MD *md = key->classic->digests[DIGEST_SHA256];

    TRY(secret_new(&sk_d, key->len));
    TRY(secret_new(&key->sk_reject, RSA_REJECT_LEN));
    TRY(pkey_number(key->pkey, part_names[RSA_PRIVATE_EXPONENT], sk_d.ptr, sk_d.len));
    REQUIRE(EVP_Digest(sk_d.ptr, sk_d.len, key->sk_reject.ptr, NULL, md, NULL) == 1, PQHW_INTERNAL);
out:
    secret_free(&sk_d);
    return status;
}

/* What is kept beside libcrypto's key, which is taken. n and e have no zeros in front. */
static enum pqhw_status key_new(struct rsa_key **out, const struct classic *classic, EVP_PKEY *pkey,
                                struct span n, struct span e, bool is_private)
{
    enum pqhw_status status = PQHW_OK;
    struct rsa_key *key = calloc(1, sizeof(*key));

    REQUIRE(key != NULL, PQHW_NO_MEMORY);
    *key = (struct rsa_key){.classic = classic, .pkey = pkey, .len = n.len, .e_len = e.len};
    pkey = NULL;
    memcpy(key->n, n.ptr, n.len);
    memcpy(key->e, e.ptr, e.len);
    TRY(pkey_prepare(classic, &key->verify, key->pkey, start_verify));
    if (is_private) {
        TRY(rsa_blinded_new(&key->blinded, key));
        TRY(make_reject_key(key));
    }
    *out = key;
    key = NULL;
out:
    EVP_PKEY_free(pkey);
    rsa_free(key);
    return status;
}

static enum pqhw_status public_valid(struct span n, struct span e)
{
    size_t bits = bits_of(n);

    if (bits < RSA_MIN_BITS || bits > RSA_MAX_BITS)
        return PQHW_KEY_SIZE_RANGE;
    return is_odd(n) && exponent_valid(e, 3) ? PQHW_OK : PQHW_DATA_INVALID;
}

enum pqhw_status rsa_public_new(struct rsa_key **out, const struct classic *classic, struct span n,
                                struct span e)
{
    enum pqhw_status status = PQHW_OK;
    struct pkey_params params = {0};
    EVP_PKEY *pkey = NULL;

    *out = NULL;
    n = der_without_zeros(n);
    e = der_without_zeros(e);
    ERR_set_mark();
    TRY(public_valid(n, e));
    TRY(pkey_params_new(&params, n.len + e.len));
    pkey_params_number(&params, part_names[RSA_MODULUS], n);
    pkey_params_number(&params, part_names[RSA_PUBLIC_EXPONENT], e);
    TRY(pkey_make(classic, &pkey, PKEY_RSA, EVP_PKEY_PUBLIC_KEY, &params));
    TRY(key_new(out, classic, pkey, n, e, false));
out:
    pkey_params_free(&params);
    ERR_pop_to_mark();
    return status;
}

/* ---- private keys ---- */

/* Numbers of libcrypto's, marked secret, for what is computed of the primes. */
struct crt {
    BN_CTX *work;
    BIGNUM *p, *q, *d, *result;
};

static void crt_free(struct crt *crt)
{
    BN_clear_free(crt->result);
    BN_clear_free(crt->d);
    BN_clear_free(crt->q);
    BN_clear_free(crt->p);
    BN_CTX_free(crt->work);
}

static BIGNUM *secret_number(struct span value)
{
    BIGNUM *number = BN_new();

    if (number == NULL)
        return NULL;
    BN_set_flags(number, BN_FLG_CONSTTIME);
    if (BN_bin2bn(value.ptr, (int)value.len, number) == NULL) {
        BN_clear_free(number);
        return NULL;
    }
    return number;
}

static enum pqhw_status crt_new(struct crt *crt, const struct classic *classic,
                                const struct span parts[RSA_NUM_PARTS])
{
    crt->work = BN_CTX_new_ex(classic->lib);
    crt->p = secret_number(parts[RSA_PRIME_1]);
    crt->q = secret_number(parts[RSA_PRIME_2]);
    crt->d = secret_number(parts[RSA_PRIVATE_EXPONENT]);
    crt->result = secret_number(SPAN_EMPTY);
    bool ok = crt->work != NULL && crt->p != NULL && crt->q != NULL && crt->d != NULL &&
              crt->result != NULL;
    return ok ? PQHW_OK : PQHW_NO_MEMORY;
}

/* d mod (prime - 1). The primes are odd: that takes their last bit away. */
static bool exponent_of(struct crt *crt, const BIGNUM *prime)
{
    BIGNUM *less = BN_dup(prime);
    bool ok = less != NULL;

    if (ok) {
        BN_set_flags(less, BN_FLG_CONSTTIME);
        ok = BN_sub_word(less, 1) == 1 && BN_mod(crt->result, crt->d, less, crt->work) == 1;
    }
    BN_clear_free(less);
    return ok;
}

/* Compute what is not given, into sk_room of three numbers of len bytes. */
static enum pqhw_status complete(const struct classic *classic, struct span parts[RSA_NUM_PARTS],
                                 uint8_t *sk_room, size_t len)
{
    enum pqhw_status status = PQHW_OK;
    struct crt crt = {0};

    TRY(crt_new(&crt, classic, parts));
    for (int part = RSA_EXPONENT_1; part <= RSA_COEFFICIENT; part++, sk_room += len) {
        if (parts[part].len > 0)
            continue;
        bool ok = part == RSA_COEFFICIENT
                      ? BN_mod_inverse(crt.result, crt.q, crt.p, crt.work) != NULL
                      : exponent_of(&crt, part == RSA_EXPONENT_1 ? crt.p : crt.q);
        REQUIRE(ok && BN_bn2binpad(crt.result, sk_room, (int)len) == (int)len, PQHW_DATA_INVALID);
        parts[part] = span(sk_room, len);
    }
out:
    crt_free(&crt);
    return status;
}

/* Is the private one a number that can be? */
static enum pqhw_status exponent_fits(const struct span parts[RSA_NUM_PARTS])
{
    struct span d = parts[RSA_PRIVATE_EXPONENT];

    return d.len > 0 && d.len <= parts[RSA_MODULUS].len ? PQHW_OK : PQHW_DATA_INVALID;
}

static enum pqhw_status private_valid(const struct span parts[RSA_NUM_PARTS])
{
    struct span p = parts[RSA_PRIME_1], q = parts[RSA_PRIME_2];
    bool primes = is_odd(p) && is_odd(q) && bits_of(p) == bits_of(q) &&
                  bits_of(p) == (bits_of(parts[RSA_MODULUS]) + 1) / 2;
    bool lens = exponent_fits(parts) == PQHW_OK;
    for (int part = RSA_EXPONENT_1; part <= RSA_COEFFICIENT; part++)
        lens = lens && parts[part].len <= p.len;
    return primes && lens ? PQHW_OK : PQHW_DATA_INVALID;
}

enum pqhw_status rsa_private_pkey(const struct classic *classic, EVP_PKEY **out,
                                  const struct span parts[RSA_NUM_PARTS])
{
    enum pqhw_status status = PQHW_OK;
    struct pkey_params params = {0};
    size_t len = 0;

    for (int part = 0; part < RSA_NUM_PARTS; part++)
        len += parts[part].len;
    TRY(pkey_params_new(&params, len));
    for (int part = 0; part < RSA_NUM_PARTS; part++)
        pkey_params_number(&params, part_names[part], parts[part]);
    TRY(pkey_make(classic, out, PKEY_RSA, EVP_PKEY_KEYPAIR, &params));
out:
    pkey_params_free(&params);
    return status;
}

enum pqhw_status rsa_private_new(struct rsa_key **out, const struct classic *classic,
                                 const struct span given[RSA_NUM_PARTS])
{
    enum pqhw_status status = PQHW_OK;
    struct span parts[RSA_NUM_PARTS];
    struct secret sk_computed = {0};
    EVP_PKEY *pkey = NULL;

    *out = NULL;
    ERR_set_mark();
    for (int part = 0; part < RSA_NUM_PARTS; part++) {
        parts[part] = der_without_zeros(given[part]);
        REQUIRE(parts[part].len > 0 || given[part].len == 0, PQHW_DATA_INVALID);
    }
    TRY(public_valid(parts[RSA_MODULUS], parts[RSA_PUBLIC_EXPONENT]));
    size_t half = ((bits_of(parts[RSA_MODULUS]) + 1) / 2 + 7) / 8;
    TRY(secret_new(&sk_computed, 5 * half));
    if (parts[RSA_PRIME_1].len == 0 && parts[RSA_PRIME_2].len == 0) {
        TRY(exponent_fits(parts));
        TRY(rsa_factor(classic, parts, sk_computed.ptr + 3 * half, half));
    }
    TRY(private_valid(parts));
    TRY(complete(classic, parts, sk_computed.ptr, half));
    TRY(rsa_private_pkey(classic, &pkey, parts));
    TRY(key_new(out, classic, pkey, parts[RSA_MODULUS], parts[RSA_PUBLIC_EXPONENT], true));
out:
    secret_free(&sk_computed);
    ERR_pop_to_mark();
    return status;
}

/* ---- generation ---- */

/* libcrypto asks for each candidate that small primes do not divide. */
static int goes_on(EVP_PKEY_CTX *ctx)
{
    (void)ctx;
    return still_wanted() ? 1 : 0;
}

static enum pqhw_status generate(const struct classic *classic, EVP_PKEY **out, size_t bits,
                                 struct span e)
{
    enum pqhw_status status = PQHW_OK;
    uint8_t e_native[RSA_MAX_EXPONENT_LEN];
    OSSL_PARAM list[3] = {OSSL_PARAM_END, OSSL_PARAM_END, OSSL_PARAM_END};
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(classic->lib, PKEY_RSA, NULL);

    REQUIRE(ctx != NULL, PQHW_NO_MEMORY);
    pkey_native(e_native, e);
    list[0] = OSSL_PARAM_construct_size_t(OSSL_PKEY_PARAM_RSA_BITS, &bits);
    list[1] = OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_E, e_native, e.len);
    REQUIRE(EVP_PKEY_keygen_init(ctx) == 1 && EVP_PKEY_CTX_set_params(ctx, list) == 1,
            PQHW_INTERNAL);
    EVP_PKEY_CTX_set_cb(ctx, goes_on);
    REQUIRE(EVP_PKEY_generate(ctx, out) == 1, still_wanted() ? PQHW_RANDOM_FAILED : PQHW_CANCELED);
out:
    EVP_PKEY_CTX_free(ctx);
    return status;
}

enum pqhw_status rsa_generate(struct rsa_key **out, const struct classic *classic, size_t bits,
                              struct span e)
{
    enum pqhw_status status = PQHW_OK;
    uint8_t n[RSA_MAX_LEN];
    EVP_PKEY *pkey = NULL;

    *out = NULL;
    e = der_without_zeros(e);
    ERR_set_mark();
    REQUIRE(bits >= RSA_MIN_BITS && bits <= RSA_MAX_BITS && bits % 8 == 0, PQHW_KEY_SIZE_RANGE);
    REQUIRE(exponent_valid(e, MIN_GENERATED_EXPONENT), PQHW_ARGUMENTS_BAD);
    TRY(generate(classic, &pkey, bits, e));
    status = pkey_number(pkey, part_names[RSA_MODULUS], n, bits / 8);
    if (status != PQHW_OK) {
        EVP_PKEY_free(pkey);
        goto out;
    }
    TRY(key_new(out, classic, pkey, span(n, bits / 8), e, true));
out:
    ERR_pop_to_mark();
    return status;
}

/* ---- what is in a key ---- */

enum pqhw_status rsa_check(const struct rsa_key *key)
{
    enum pqhw_status status = PQHW_OK;

    ERR_set_mark();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(key->classic->lib, key->pkey, NULL);
    REQUIRE(ctx != NULL, PQHW_NO_MEMORY);
    REQUIRE((rsa_is_private(key) ? EVP_PKEY_pairwise_check(ctx) : EVP_PKEY_public_check(ctx)) == 1,
            PQHW_DATA_INVALID);
out:
    EVP_PKEY_CTX_free(ctx);
    ERR_pop_to_mark();
    return status;
}

bool rsa_is_private(const struct rsa_key *key)
{
    return key->blinded != NULL;
}

size_t rsa_len(const struct rsa_key *key)
{
    return key->len;
}

size_t rsa_bits(const struct rsa_key *key)
{
    return bits_of(span(key->n, key->len));
}

size_t rsa_part_len(const struct rsa_key *key, enum rsa_part part)
{
    if (part == RSA_MODULUS || part == RSA_PRIVATE_EXPONENT)
        return key->len;
    return part == RSA_PUBLIC_EXPONENT ? key->e_len : (key->len + 1) / 2;
}

enum pqhw_status rsa_part_get(const struct rsa_key *key, enum rsa_part part, uint8_t *out)
{
    ERR_set_mark();
    enum pqhw_status status =
        pkey_number(key->pkey, part_names[part], out, rsa_part_len(key, part));
    ERR_pop_to_mark();
    return status;
}

/* libcrypto's share, measured with 3.0: its structures and contexts, and the numbers with what it
 * precomputes for each modulus when the key is first used; of a private key those of the copy that
 * is used, too. */
#define LIBCRYPTO_SIZE  1536
#define PUBLIC_NUMBERS  2
#define PRIVATE_NUMBERS (13 + 6)

size_t rsa_size(const struct rsa_key *key)
{
    size_t numbers = rsa_is_private(key) ? PRIVATE_NUMBERS : PUBLIC_NUMBERS;
    return sizeof(*key) + secret_footprint(&key->sk_reject) + LIBCRYPTO_SIZE + numbers * key->len;
}
