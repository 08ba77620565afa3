/* SPDX-License-Identifier: Apache-2.0
 *
 * The public functions of libpqc: check what comes from outside, expand the key, call the
 * algorithm, wipe.
 */
#include "pqhw/pqc.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "base/wipe.h"
#include "crypto/classic/digest.h"
#include "crypto/hqc/hqc.h"
#include "crypto/mldsa/mldsa.h"
#include "crypto/mlkem/mlkem.h"
#include "crypto/slhdsa/slhdsa.h"

_Static_assert(PQHW_MLKEM_SEED_LEN == MLKEM_SEED_LEN && PQHW_MLKEM_M_LEN == MLKEM_M_LEN &&
                   PQHW_MLKEM_SECRET_LEN == MLKEM_SECRET_LEN &&
                   PQHW_MLKEM_MAX_EK_LEN == MLKEM_MAX_EK_LEN &&
                   PQHW_MLKEM_MAX_DK_LEN == MLKEM_MAX_DK_LEN &&
                   PQHW_MLKEM_MAX_CT_LEN == MLKEM_MAX_CT_LEN,
               "pqc.h and mlkem.h differ");
_Static_assert(PQHW_MLDSA_SEED_LEN == MLDSA_SEED_LEN && PQHW_MLDSA_RND_LEN == MLDSA_RND_LEN &&
                   PQHW_MLDSA_MU_LEN == MLDSA_MU_LEN &&
                   PQHW_MLDSA_MAX_CONTEXT == MLDSA_MAX_CONTEXT &&
                   PQHW_MLDSA_MAX_PK_LEN == MLDSA_MAX_PK_LEN &&
                   PQHW_MLDSA_MAX_SK_LEN == MLDSA_MAX_SK_LEN &&
                   PQHW_MLDSA_MAX_SIG_LEN == MLDSA_MAX_SIG_LEN,
               "pqc.h and mldsa.h differ");
_Static_assert(PQHW_HQC_SEED_LEN == HQC_SEED_LEN && PQHW_HQC_SECRET_LEN == HQC_SECRET_LEN &&
                   PQHW_HQC_MAX_COINS_LEN == HQC_MAX_COINS_LEN &&
                   PQHW_HQC_MAX_EK_LEN == HQC_MAX_EK_LEN && PQHW_HQC_MAX_DK_LEN == HQC_MAX_DK_LEN &&
                   PQHW_HQC_MAX_CT_LEN == HQC_MAX_CT_LEN,
               "pqc.h and hqc.h differ");

_Static_assert((int)PQHW_SLHDSA_SHAKE_256F == (int)SLHDSA_SHAKE_256F + 1 &&
                   PQHW_SLHDSA_MAX_N == SLHDSA_MAX_N &&
                   PQHW_SLHDSA_MAX_CONTEXT == SLHDSA_MAX_CONTEXT &&
                   PQHW_SLHDSA_MAX_PK_LEN == SLHDSA_MAX_PK_LEN &&
                   PQHW_SLHDSA_MAX_SK_LEN == SLHDSA_MAX_SK_LEN &&
                   PQHW_SLHDSA_MAX_SIG_LEN == SLHDSA_MAX_SIG_LEN,
               "pqc.h and slhdsa.h differ");

static bool given(struct pqhw_bytes bytes)
{
    return bytes.ptr != NULL || bytes.len == 0;
}

static struct span to_span(struct pqhw_bytes bytes)
{
    return span(bytes.ptr, bytes.len);
}

/* Memory for an expanded public key, or NULL. aligned_alloc wants a multiple of the alignment. */
static void *public_new(size_t size, size_t align)
{
    return aligned_alloc(align, (size + align - 1) & ~(align - 1));
}

/* ------------------------------------------------------------------ ML-KEM */

/* The public numbers start at 1, the engine's at 0. */
static enum pqhw_status mlkem_number(enum mlkem_set *out, enum pqhw_mlkem_set set)
{
    if (set < PQHW_MLKEM_512 || set > PQHW_MLKEM_1024)
        return PQHW_PARAMETER_SET_NOT_SUPPORTED;
    *out = (enum mlkem_set)(set - PQHW_MLKEM_512);
    return PQHW_OK;
}

struct pqhw_mlkem_sizes pqhw_mlkem_sizes(enum pqhw_mlkem_set set)
{
    const struct mlkem_sizes *sizes;
    enum mlkem_set number;

    if (mlkem_number(&number, set) != PQHW_OK)
        return (struct pqhw_mlkem_sizes){0};
    sizes = mlkem_sizes(number);
    return (struct pqhw_mlkem_sizes){sizes->name, sizes->ek_len, sizes->dk_len, sizes->ct_len};
}

enum pqhw_status pqhw_mlkem_keygen(enum pqhw_mlkem_set set, uint8_t *ek, uint8_t *dk,
                                   struct pqhw_bytes seed)
{
    enum pqhw_status status = PQHW_OK;
    struct secret sk_memory = {0};
    struct mlkem_private *sk_priv;
    enum mlkem_set number;

    TRY(mlkem_number(&number, set));
    REQUIRE(ek != NULL && dk != NULL && given(seed), PQHW_ARGUMENTS_BAD);
    REQUIRE(seed.len == MLKEM_SEED_LEN, PQHW_DATA_LEN_RANGE);
    TRY(secret_new(&sk_memory, sizeof(*sk_priv)));
    sk_priv = (void *)sk_memory.ptr;

    mlkem_keygen(sk_priv, number, seed.ptr);
    memcpy(ek, sk_priv->pub.ek, mlkem_sizes(number)->ek_len);
    mlkem_private_encode(sk_priv, dk);
out:
    secret_free(&sk_memory);
    return status;
}

enum pqhw_status pqhw_mlkem_check_ek(enum pqhw_mlkem_set set, struct pqhw_bytes ek)
{
    enum pqhw_status status = PQHW_OK;
    struct mlkem_public *pub = NULL;
    enum mlkem_set number;

    TRY(mlkem_number(&number, set));
    REQUIRE(given(ek), PQHW_ARGUMENTS_BAD);
    pub = public_new(sizeof(*pub), _Alignof(struct mlkem_public));
    REQUIRE(pub != NULL, PQHW_NO_MEMORY);
    TRY(mlkem_public_init(pub, number, to_span(ek)));
out:
    free(pub);
    return status;
}

/* Expand dk into locked memory, which the caller frees whatever comes out. */
static enum pqhw_status open_dk(struct secret *sk_memory, enum pqhw_mlkem_set set,
                                struct pqhw_bytes dk)
{
    enum pqhw_status status = PQHW_OK;
    enum mlkem_set number;

    TRY(mlkem_number(&number, set));
    REQUIRE(given(dk), PQHW_ARGUMENTS_BAD);
    TRY(secret_new(sk_memory, sizeof(struct mlkem_private)));
    TRY(mlkem_private_init((void *)sk_memory->ptr, number, to_span(dk)));
out:
    return status;
}

enum pqhw_status pqhw_mlkem_check_dk(enum pqhw_mlkem_set set, struct pqhw_bytes dk)
{
    struct secret sk_memory = {0};
    enum pqhw_status status = open_dk(&sk_memory, set, dk);

    secret_free(&sk_memory);
    return status;
}

enum pqhw_status pqhw_mlkem_encaps(enum pqhw_mlkem_set set, uint8_t *ct, uint8_t *ss,
                                   struct pqhw_bytes ek, struct pqhw_bytes m)
{
    enum pqhw_status status = PQHW_OK;
    struct mlkem_public *pub = NULL;
    enum mlkem_set number;

    TRY(mlkem_number(&number, set));
    REQUIRE(ct != NULL && ss != NULL && given(ek) && given(m), PQHW_ARGUMENTS_BAD);
    REQUIRE(m.len == MLKEM_M_LEN, PQHW_DATA_LEN_RANGE);
    pub = public_new(sizeof(*pub), _Alignof(struct mlkem_public));
    REQUIRE(pub != NULL, PQHW_NO_MEMORY);
    TRY(mlkem_public_init(pub, number, to_span(ek)));
    mlkem_encaps(pub, ct, ss, m.ptr);
out:
    free(pub);
    return status;
}

enum pqhw_status pqhw_mlkem_decaps(enum pqhw_mlkem_set set, uint8_t *ss, struct pqhw_bytes dk,
                                   struct pqhw_bytes ct)
{
    enum pqhw_status status = PQHW_OK;
    struct secret sk_memory = {0};

    REQUIRE(ss != NULL && given(ct), PQHW_ARGUMENTS_BAD);
    TRY(open_dk(&sk_memory, set, dk));
    REQUIRE(ct.len == pqhw_mlkem_sizes(set).ct_len, PQHW_ENCRYPTED_DATA_LEN_RANGE);
    mlkem_decaps((void *)sk_memory.ptr, ss, ct.ptr);
out:
    secret_free(&sk_memory);
    return status;
}

/* ------------------------------------------------------------------ HQC */

static enum pqhw_status hqc_number(enum hqc_set *out, enum pqhw_hqc_set set)
{
    if (set < PQHW_HQC_1 || set > PQHW_HQC_5)
        return PQHW_PARAMETER_SET_NOT_SUPPORTED;
    *out = (enum hqc_set)(set - PQHW_HQC_1);
    return PQHW_OK;
}

struct pqhw_hqc_sizes pqhw_hqc_sizes(enum pqhw_hqc_set set)
{
    const struct hqc_sizes *sizes;
    enum hqc_set number;

    if (hqc_number(&number, set) != PQHW_OK)
        return (struct pqhw_hqc_sizes){0};
    sizes = hqc_sizes(number);
    return (struct pqhw_hqc_sizes){
        sizes->name, sizes->ek_len, sizes->dk_len, sizes->ct_len, sizes->coins_len,
    };
}

enum pqhw_status pqhw_hqc_keygen(enum pqhw_hqc_set set, uint8_t *ek, uint8_t *dk,
                                 struct pqhw_bytes seed)
{
    enum pqhw_status status = PQHW_OK;
    struct secret sk_memory = {0};
    struct hqc_private *sk_priv;
    enum hqc_set number;

    TRY(hqc_number(&number, set));
    REQUIRE(ek != NULL && dk != NULL && given(seed), PQHW_ARGUMENTS_BAD);
    REQUIRE(seed.len == HQC_SEED_LEN, PQHW_DATA_LEN_RANGE);
    TRY(secret_new(&sk_memory, hqc_private_size(number)));
    sk_priv = (void *)sk_memory.ptr;

    hqc_keygen(sk_priv, number, seed.ptr);
    hqc_public_encode(hqc_private_public(sk_priv), ek);
    hqc_private_encode(sk_priv, dk);
out:
    secret_free(&sk_memory);
    return status;
}

/* Expand ek into memory that the caller frees whatever comes out. */
static enum pqhw_status open_hqc_ek(struct hqc_public **pub, enum pqhw_hqc_set set,
                                    struct pqhw_bytes ek)
{
    enum pqhw_status status = PQHW_OK;
    enum hqc_set number;

    TRY(hqc_number(&number, set));
    REQUIRE(given(ek), PQHW_ARGUMENTS_BAD);
    *pub = public_new(hqc_public_size(number), HQC_ALIGN);
    REQUIRE(*pub != NULL, PQHW_NO_MEMORY);
    TRY(hqc_public_init(*pub, number, to_span(ek)));
out:
    return status;
}

enum pqhw_status pqhw_hqc_check_ek(enum pqhw_hqc_set set, struct pqhw_bytes ek)
{
    struct hqc_public *pub = NULL;
    enum pqhw_status status = open_hqc_ek(&pub, set, ek);

    free(pub);
    return status;
}

/* Expand dk into locked memory, which the caller frees whatever comes out. */
static enum pqhw_status open_hqc_dk(struct secret *sk_memory, enum pqhw_hqc_set set,
                                    struct pqhw_bytes dk)
{
    enum pqhw_status status = PQHW_OK;
    enum hqc_set number;

    TRY(hqc_number(&number, set));
    REQUIRE(given(dk), PQHW_ARGUMENTS_BAD);
    TRY(secret_new(sk_memory, hqc_private_size(number)));
    TRY(hqc_private_init((void *)sk_memory->ptr, number, to_span(dk)));
out:
    return status;
}

enum pqhw_status pqhw_hqc_check_dk(enum pqhw_hqc_set set, struct pqhw_bytes dk)
{
    struct secret sk_memory = {0};
    enum pqhw_status status = open_hqc_dk(&sk_memory, set, dk);

    secret_free(&sk_memory);
    return status;
}

enum pqhw_status pqhw_hqc_encaps(enum pqhw_hqc_set set, uint8_t *ct, uint8_t *ss,
                                 struct pqhw_bytes ek, struct pqhw_bytes coins)
{
    enum pqhw_status status = PQHW_OK;
    struct hqc_public *pub = NULL;
    enum hqc_set number;

    TRY(hqc_number(&number, set));
    REQUIRE(ct != NULL && ss != NULL && given(coins), PQHW_ARGUMENTS_BAD);
    REQUIRE(coins.len == hqc_sizes(number)->coins_len, PQHW_DATA_LEN_RANGE);
    TRY(open_hqc_ek(&pub, set, ek));
    hqc_encaps(pub, ct, ss, coins.ptr);
out:
    free(pub);
    return status;
}

enum pqhw_status pqhw_hqc_decaps(enum pqhw_hqc_set set, uint8_t *ss, struct pqhw_bytes dk,
                                 struct pqhw_bytes ct)
{
    enum pqhw_status status = PQHW_OK;
    struct secret sk_memory = {0};

    REQUIRE(ss != NULL && given(ct), PQHW_ARGUMENTS_BAD);
    TRY(open_hqc_dk(&sk_memory, set, dk));
    REQUIRE(ct.len == pqhw_hqc_sizes(set).ct_len, PQHW_ENCRYPTED_DATA_LEN_RANGE);
    hqc_decaps((void *)sk_memory.ptr, ss, ct.ptr);
out:
    secret_free(&sk_memory);
    return status;
}

/* ------------------------------------------------------------------ ML-DSA */

static enum pqhw_status mldsa_number(enum mldsa_set *out, enum pqhw_mldsa_set set)
{
    if (set < PQHW_MLDSA_44 || set > PQHW_MLDSA_87)
        return PQHW_PARAMETER_SET_NOT_SUPPORTED;
    *out = (enum mldsa_set)(set - PQHW_MLDSA_44);
    return PQHW_OK;
}

struct pqhw_mldsa_sizes pqhw_mldsa_sizes(enum pqhw_mldsa_set set)
{
    const struct mldsa_sizes *sizes;
    enum mldsa_set number;

    if (mldsa_number(&number, set) != PQHW_OK)
        return (struct pqhw_mldsa_sizes){0};
    sizes = mldsa_sizes(number);
    return (struct pqhw_mldsa_sizes){sizes->name, sizes->pk_len, sizes->sk_len, sizes->sig_len};
}

enum pqhw_status pqhw_mldsa_keygen(enum pqhw_mldsa_set set, uint8_t *pk, uint8_t *sk,
                                   struct pqhw_bytes seed)
{
    enum pqhw_status status = PQHW_OK;
    struct secret sk_memory = {0};
    struct mldsa_private *sk_priv;
    enum mldsa_set number;

    TRY(mldsa_number(&number, set));
    REQUIRE(pk != NULL && sk != NULL && given(seed), PQHW_ARGUMENTS_BAD);
    REQUIRE(seed.len == MLDSA_SEED_LEN, PQHW_DATA_LEN_RANGE);
    TRY(secret_new(&sk_memory, mldsa_private_size(number)));
    sk_priv = (void *)sk_memory.ptr;

    mldsa_keygen(sk_priv, number, seed.ptr);
    mldsa_private_public_encode(sk_priv, pk);
    mldsa_private_encode(sk_priv, sk);
out:
    secret_free(&sk_memory);
    return status;
}

/* Expand sk into locked memory, which the caller frees whatever comes out. */
static enum pqhw_status open_sk(struct secret *sk_memory, enum pqhw_mldsa_set set,
                                struct pqhw_bytes sk)
{
    enum pqhw_status status = PQHW_OK;
    enum mldsa_set number;

    TRY(mldsa_number(&number, set));
    REQUIRE(given(sk), PQHW_ARGUMENTS_BAD);
    TRY(secret_new(sk_memory, mldsa_private_size(number)));
    TRY(mldsa_private_init((void *)sk_memory->ptr, number, to_span(sk)));
out:
    return status;
}

enum pqhw_status pqhw_mldsa_check_sk(enum pqhw_mldsa_set set, struct pqhw_bytes sk)
{
    struct secret sk_memory = {0};
    enum pqhw_status status = open_sk(&sk_memory, set, sk);

    secret_free(&sk_memory);
    return status;
}

static const enum digest_alg digest_of_hash[] = {
    [PQHW_HASH_SHA224] = DIGEST_SHA224,         [PQHW_HASH_SHA256] = DIGEST_SHA256,
    [PQHW_HASH_SHA384] = DIGEST_SHA384,         [PQHW_HASH_SHA512] = DIGEST_SHA512,
    [PQHW_HASH_SHA512_224] = DIGEST_SHA512_224, [PQHW_HASH_SHA512_256] = DIGEST_SHA512_256,
    [PQHW_HASH_SHA3_224] = DIGEST_SHA3_224,     [PQHW_HASH_SHA3_256] = DIGEST_SHA3_256,
    [PQHW_HASH_SHA3_384] = DIGEST_SHA3_384,     [PQHW_HASH_SHA3_512] = DIGEST_SHA3_512,
    [PQHW_HASH_SHAKE128] = DIGEST_SHAKE128,     [PQHW_HASH_SHAKE256] = DIGEST_SHAKE256,
};

/* The parts of a message that stand in the wrong kind, and lengths that its kind fixes. */
static enum pqhw_status check_message(const struct pqhw_mldsa_message *message)
{
    const bool takes_context =
        message->kind == PQHW_MLDSA_PURE || message->kind == PQHW_MLDSA_PREHASH;
    enum pqhw_status status = PQHW_OK;

    REQUIRE(message->kind >= PQHW_MLDSA_PURE && message->kind <= PQHW_MLDSA_INTERNAL,
            PQHW_ARGUMENTS_BAD);
    REQUIRE(given(message->data) && given(message->context), PQHW_ARGUMENTS_BAD);
    REQUIRE(takes_context || message->context.len == 0, PQHW_ARGUMENTS_BAD);
    if (message->kind == PQHW_MLDSA_MU)
        REQUIRE(message->data.len == MLDSA_MU_LEN, PQHW_DATA_LEN_RANGE);
    if (message->kind == PQHW_MLDSA_PREHASH) {
        REQUIRE(message->hash >= PQHW_HASH_SHA224 && message->hash <= PQHW_HASH_SHAKE256,
                PQHW_ARGUMENTS_BAD);
        REQUIRE(message->data.len == digest_len(digest_of_hash[message->hash]),
                PQHW_DATA_LEN_RANGE);
    }
out:
    return status;
}

/* mu of a checked message. */
static enum pqhw_status compute_mu(uint8_t out[MLDSA_MU_LEN], const uint8_t tr[MLDSA_TR_LEN],
                                   const struct pqhw_mldsa_message *message)
{
    enum pqhw_status status = PQHW_OK;
    struct span oid = SPAN_EMPTY;
    struct mldsa_mu mu;

    if (message->kind == PQHW_MLDSA_MU) {
        memcpy(out, message->data.ptr, MLDSA_MU_LEN);
        goto out;
    }
    if (message->kind == PQHW_MLDSA_PREHASH)
        oid = digest_oid(digest_of_hash[message->hash]);
    if (message->kind == PQHW_MLDSA_INTERNAL)
        mldsa_mu_init_internal(&mu, tr);
    else
        TRY(mldsa_mu_init(&mu, tr, to_span(message->context), oid));
    mldsa_mu_absorb(&mu, message->data.ptr, message->data.len);
    mldsa_mu_final(&mu, out);
out:
    return status;
}

enum pqhw_status pqhw_mldsa_sign(enum pqhw_mldsa_set set, uint8_t *sig, struct pqhw_bytes sk,
                                 const struct pqhw_mldsa_message *message, struct pqhw_bytes rnd)
{
    enum pqhw_status status = PQHW_OK;
    struct secret sk_memory = {0};
    const struct mldsa_private *sk_priv;
    uint8_t mu[MLDSA_MU_LEN];

    REQUIRE(sig != NULL && message != NULL && given(rnd), PQHW_ARGUMENTS_BAD);
    REQUIRE(rnd.len == MLDSA_RND_LEN, PQHW_DATA_LEN_RANGE);
    TRY(check_message(message));
    TRY(open_sk(&sk_memory, set, sk));
    sk_priv = (const void *)sk_memory.ptr;
    TRY(compute_mu(mu, mldsa_private_tr(sk_priv), message));
    TRY(mldsa_sign_mu(sk_priv, sig, mu, rnd.ptr));
out:
    secret_free(&sk_memory);
    WIPE(mu);
    return status;
}

enum pqhw_status pqhw_mldsa_verify(enum pqhw_mldsa_set set, struct pqhw_bytes pk,
                                   const struct pqhw_mldsa_message *message, struct pqhw_bytes sig)
{
    enum pqhw_status status = PQHW_OK;
    struct mldsa_public *pub = NULL;
    enum mldsa_set number;
    uint8_t mu[MLDSA_MU_LEN];

    TRY(mldsa_number(&number, set));
    REQUIRE(message != NULL && given(pk) && given(sig), PQHW_ARGUMENTS_BAD);
    TRY(check_message(message));
    pub = public_new(mldsa_public_size(number), MLDSA_ALIGN);
    REQUIRE(pub != NULL, PQHW_NO_MEMORY);
    TRY(mldsa_public_init(pub, number, to_span(pk)));
    TRY(compute_mu(mu, mldsa_public_tr(pub), message));
    TRY(mldsa_verify_mu(pub, to_span(sig), mu));
out:
    free(pub);
    return status;
}

/* ------------------------------------------------------------------ SLH-DSA */

static enum pqhw_status slhdsa_number(enum slhdsa_set *out, enum pqhw_slhdsa_set set)
{
    if (set < PQHW_SLHDSA_SHA2_128S || set > PQHW_SLHDSA_SHAKE_256F)
        return PQHW_PARAMETER_SET_NOT_SUPPORTED;
    *out = (enum slhdsa_set)(set - PQHW_SLHDSA_SHA2_128S);
    return PQHW_OK;
}

struct pqhw_slhdsa_sizes pqhw_slhdsa_sizes(enum pqhw_slhdsa_set set)
{
    const struct slhdsa_sizes *sizes;
    enum slhdsa_set number;

    if (slhdsa_number(&number, set) != PQHW_OK)
        return (struct pqhw_slhdsa_sizes){0};
    sizes = slhdsa_sizes(number);
    return (struct pqhw_slhdsa_sizes){
        sizes->name, sizes->n, sizes->pk_len, sizes->sk_len, sizes->sig_len,
    };
}

enum pqhw_status pqhw_slhdsa_keygen(enum pqhw_slhdsa_set set, uint8_t *pk, uint8_t *sk,
                                    struct pqhw_bytes seed)
{
    enum pqhw_status status = PQHW_OK;
    struct secret sk_memory = {0};
    struct slhdsa_private *sk_priv;
    enum slhdsa_set number;

    TRY(slhdsa_number(&number, set));
    REQUIRE(pk != NULL && sk != NULL && given(seed), PQHW_ARGUMENTS_BAD);
    REQUIRE(seed.len == slhdsa_sizes(number)->seed_len, PQHW_DATA_LEN_RANGE);
    TRY(secret_new(&sk_memory, slhdsa_private_size(number)));
    sk_priv = (void *)sk_memory.ptr;

    slhdsa_keygen(sk_priv, number, seed.ptr);
    slhdsa_public_encode(slhdsa_private_public(sk_priv), pk);
    slhdsa_private_encode(sk_priv, sk);
out:
    secret_free(&sk_memory);
    return status;
}

/* Expand sk into locked memory, which the caller frees whatever comes out. */
static enum pqhw_status open_slhdsa_sk(struct secret *sk_memory, enum pqhw_slhdsa_set set,
                                       struct pqhw_bytes sk)
{
    enum pqhw_status status = PQHW_OK;
    enum slhdsa_set number;

    TRY(slhdsa_number(&number, set));
    REQUIRE(given(sk), PQHW_ARGUMENTS_BAD);
    TRY(secret_new(sk_memory, slhdsa_private_size(number)));
    TRY(slhdsa_private_init((void *)sk_memory->ptr, number, to_span(sk)));
out:
    return status;
}

enum pqhw_status pqhw_slhdsa_check_sk(enum pqhw_slhdsa_set set, struct pqhw_bytes sk)
{
    struct secret sk_memory = {0};
    enum pqhw_status status = open_slhdsa_sk(&sk_memory, set, sk);

    secret_free(&sk_memory);
    return status;
}

/* What stands in front of the message, after the same checks as in check_message. */
static enum pqhw_status slhdsa_domain_of(struct slhdsa_domain *domain,
                                         const struct pqhw_slhdsa_message *message)
{
    enum pqhw_status status = PQHW_OK;

    REQUIRE(message->kind >= PQHW_SLHDSA_PURE && message->kind <= PQHW_SLHDSA_INTERNAL,
            PQHW_ARGUMENTS_BAD);
    REQUIRE(given(message->data) && given(message->context), PQHW_ARGUMENTS_BAD);
    REQUIRE(message->kind != PQHW_SLHDSA_INTERNAL || message->context.len == 0, PQHW_ARGUMENTS_BAD);
    *domain = (struct slhdsa_domain){
        .context = to_span(message->context),
        .internal = message->kind == PQHW_SLHDSA_INTERNAL,
    };
    if (message->kind == PQHW_SLHDSA_PREHASH) {
        REQUIRE(message->hash >= PQHW_HASH_SHA224 && message->hash <= PQHW_HASH_SHAKE256,
                PQHW_ARGUMENTS_BAD);
        REQUIRE(message->data.len == digest_len(digest_of_hash[message->hash]),
                PQHW_DATA_LEN_RANGE);
        domain->prehash_oid = digest_oid(digest_of_hash[message->hash]);
    }
out:
    return status;
}

enum pqhw_status pqhw_slhdsa_sign(enum pqhw_slhdsa_set set, uint8_t *sig, struct pqhw_bytes sk,
                                  const struct pqhw_slhdsa_message *message,
                                  struct pqhw_bytes opt_rand)
{
    enum pqhw_status status = PQHW_OK;
    struct secret sk_memory = {0};
    struct slhdsa_domain domain;
    enum slhdsa_set number;

    TRY(slhdsa_number(&number, set));
    REQUIRE(sig != NULL && message != NULL && given(opt_rand), PQHW_ARGUMENTS_BAD);
    REQUIRE(opt_rand.len == 0 || opt_rand.len == slhdsa_sizes(number)->n, PQHW_DATA_LEN_RANGE);
    TRY(slhdsa_domain_of(&domain, message));
    TRY(open_slhdsa_sk(&sk_memory, set, sk));
    TRY(slhdsa_sign((const void *)sk_memory.ptr, sig, &domain, to_span(message->data),
                    opt_rand.len > 0 ? opt_rand.ptr : NULL, false));
out:
    secret_free(&sk_memory);
    return status;
}

enum pqhw_status pqhw_slhdsa_verify(enum pqhw_slhdsa_set set, struct pqhw_bytes pk,
                                    const struct pqhw_slhdsa_message *message,
                                    struct pqhw_bytes sig)
{
    enum pqhw_status status = PQHW_OK;
    struct slhdsa_public *pub = NULL;
    struct slhdsa_domain domain;
    enum slhdsa_set number;

    TRY(slhdsa_number(&number, set));
    REQUIRE(message != NULL && given(pk) && given(sig), PQHW_ARGUMENTS_BAD);
    TRY(slhdsa_domain_of(&domain, message));
    pub = public_new(slhdsa_public_size(number), SLHDSA_ALIGN);
    REQUIRE(pub != NULL, PQHW_NO_MEMORY);
    TRY(slhdsa_public_init(pub, number, to_span(pk)));
    TRY(slhdsa_verify(pub, to_span(sig), &domain, to_span(message->data)));
out:
    free(pub);
    return status;
}
