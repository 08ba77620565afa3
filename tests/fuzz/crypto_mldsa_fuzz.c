/* SPDX-License-Identifier: Apache-2.0
 *
 * ML-DSA's keys and signatures from outside: a public key, a private key and a signature that are
 * valid but for some bytes. All implementations accept the same and give the same; a key that is
 * accepted is encoded as it came; no other signature of the same message is accepted.
 *
 * Input: the parameter set, what is changed, two bytes of the key's seed, the changes.
 */
#include <string.h>

#include "fuzz.h"
#include "levels.h"

#include "crypto/mldsa/mldsa.h"

enum what {
    CHANGE_PK,
    CHANGE_SK,
    CHANGE_SIG,
    CHANGE_HINTS, /* at the signature's end */
    NUM_WHATS
};

struct parts {
    enum mldsa_set set;
    uint8_t pk[MLDSA_MAX_PK_LEN], sk[MLDSA_MAX_SK_LEN], sig[MLDSA_MAX_SIG_LEN];
};

struct results {
    enum pqhw_status private_status, verify_status;
    uint8_t pk[MLDSA_MAX_PK_LEN];
    uint8_t sig[MLDSA_MAX_SIG_LEN];
};

static const uint8_t rnd[MLDSA_RND_LEN];

static void message_mu(uint8_t mu[MLDSA_MU_LEN], const uint8_t tr[MLDSA_TR_LEN])
{
    struct mldsa_mu hash;

    check(mldsa_mu_init(&hash, tr, SPAN_STR("context"), SPAN_EMPTY) == PQHW_OK);
    mldsa_mu_absorb(&hash, "message", 7);
    mldsa_mu_final(&hash, mu);
}

static void make_parts(struct parts *parts, struct reader *r)
{
    struct mldsa_private *priv = fuzz_alloc(mldsa_private_size(parts->set));
    uint8_t seed[MLDSA_SEED_LEN], mu[MLDSA_MU_LEN];

    fuzz_fill(read_u16(r) % 16, seed, sizeof(seed));
    mldsa_keygen(priv, parts->set, seed);
    mldsa_private_encode(priv, parts->sk);
    mldsa_private_public_encode(priv, parts->pk);
    message_mu(mu, mldsa_private_tr(priv));
    check(mldsa_sign_mu(priv, parts->sig, mu, rnd) == PQHW_OK);
    free(priv);
}

/* The valid parts of a set and a seed: signing takes the longest, so they are kept. */
static const struct parts *valid_parts(struct reader *r)
{
    static struct parts kept[3][16];
    static bool made[3][16];
    unsigned set = read_u8(r) % 3u;
    struct reader seed = *r;
    unsigned n = read_u16(r) % 16u;

    if (!made[set][n]) {
        kept[set][n].set = (enum mldsa_set)set;
        fuzz_level = CPU_PORTABLE;
        make_parts(&kept[set][n], &seed);
        made[set][n] = true;
    }
    return &kept[set][n];
}

static void try_public(struct results *results, const struct parts *parts)
{
    const struct mldsa_sizes *sizes = mldsa_sizes(parts->set);
    struct mldsa_public *pub = fuzz_alloc(mldsa_public_size(parts->set));
    uint8_t *pk = fuzz_copy(span(parts->pk, sizes->pk_len));
    uint8_t *sig = fuzz_copy(span(parts->sig, sizes->sig_len));
    uint8_t mu[MLDSA_MU_LEN];

    check(mldsa_public_init(pub, parts->set, span(pk, sizes->pk_len - 1)) == PQHW_DATA_LEN_RANGE);
    check(mldsa_public_init(pub, parts->set, span(pk, sizes->pk_len)) == PQHW_OK);
    message_mu(mu, mldsa_public_tr(pub));
    results->verify_status = mldsa_verify_mu(pub, span(sig, sizes->sig_len), mu);
    check(results->verify_status == PQHW_OK || results->verify_status == PQHW_SIGNATURE_INVALID);
    check(mldsa_verify_mu(pub, span(sig, sizes->sig_len - 1), mu) == PQHW_SIGNATURE_LEN_RANGE);
    free(sig);
    free(pk);
    free(pub);
}

static void try_private(struct results *results, const struct parts *parts)
{
    const struct mldsa_sizes *sizes = mldsa_sizes(parts->set);
    struct mldsa_private *priv = fuzz_alloc(mldsa_private_size(parts->set));
    uint8_t *sk = fuzz_copy(span(parts->sk, sizes->sk_len));

    results->private_status = mldsa_private_init(priv, parts->set, span(sk, sizes->sk_len));
    check(results->private_status == PQHW_OK || results->private_status == PQHW_DATA_INVALID);
    if (results->private_status == PQHW_OK) {
        uint8_t *again = malloc(sizes->sk_len);

        check(again != NULL);
        mldsa_private_encode(priv, again);
        check(memcmp(again, sk, sizes->sk_len) == 0);
        free(again);
        mldsa_private_public_encode(priv, results->pk);
        uint8_t mu[MLDSA_MU_LEN];
        message_mu(mu, mldsa_private_tr(priv));
        check(mldsa_sign_mu(priv, results->sig, mu, rnd) == PQHW_OK);
    }
    free(sk);
    free(priv);
}

static void change(struct parts *parts, enum what what, struct reader *r)
{
    const struct mldsa_sizes *sizes = mldsa_sizes(parts->set);
    static const size_t hints_len[] = {84, 61, 83}; /* omega + k (FIPS 204, Table 1) */

    switch (what) {
    case CHANGE_PK:
        fuzz_change(r, parts->pk, sizes->pk_len);
        break;
    case CHANGE_SK:
        fuzz_change(r, parts->sk, sizes->sk_len);
        break;
    case CHANGE_SIG:
        fuzz_change(r, parts->sig, sizes->sig_len);
        break;
    default:
        fuzz_change(r, parts->sig + sizes->sig_len - hints_len[parts->set], hints_len[parts->set]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader r = reader(span(data, size));
    static struct parts parts;
    static struct results first, other;
    const struct parts *valid = valid_parts(&r);

    parts = *valid;
    enum what what = (enum what)(read_u8(&r) % NUM_WHATS);
    change(&parts, what, &r);
    for (FUZZ_LEVELS) {
        memset(&other, 0, sizeof(other));
        try_public(&other, &parts);
        if (what == CHANGE_SK)
            try_private(&other, &parts);
        if (fuzz_level == CPU_PORTABLE)
            first = other;
        check(memcmp(&first, &other, sizeof(first)) == 0);
    }
    bool same = memcmp(parts.pk, valid->pk, sizeof(parts.pk)) == 0 &&
                memcmp(parts.sig, valid->sig, sizeof(parts.sig)) == 0;
    check((first.verify_status == PQHW_OK) == same);
    if (what == CHANGE_SK && memcmp(parts.sk, valid->sk, sizeof(parts.sk)) == 0)
        check(first.private_status == PQHW_OK &&
              memcmp(first.sig, valid->sig, sizeof(first.sig)) == 0 &&
              memcmp(first.pk, valid->pk, sizeof(first.pk)) == 0);
    return 0;
}

bool fuzz_seed(size_t i, struct buf *out)
{
    buf_put_u8(out, (uint8_t)(i / NUM_WHATS));
    buf_put_u16(out, (uint16_t)i);
    buf_put_u8(out, (uint8_t)(i % NUM_WHATS));
    if (i % 2 != 0)
        buf_put(out, (const uint8_t[]){0, 40, 1, 0, 82, 80}, 6);
    return i < (size_t)(3 * NUM_WHATS);
}
