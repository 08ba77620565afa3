/* SPDX-License-Identifier: Apache-2.0
 *
 * SLH-DSA's keys and signatures from outside: a public key, a private key and a signature that are
 * valid but for some bytes. All implementations accept the same; no other signature of the same
 * message is accepted. The six fast parameter sets: the others have the same code with other
 * numbers, and take seconds to sign.
 *
 * Input: the parameter set, what is changed, the changes. A signature is longer than 16 bits count:
 * each change of one names its place by 16 bits more.
 */
#include <string.h>

#include "fuzz.h"

#include "crypto/slhdsa/engine.h"
#include "crypto/slhdsa/key.h"
#include "crypto/slhdsa/slhdsa.h"

enum what {
    CHANGE_PK,
    CHANGE_SK,
    CHANGE_SIG,
    NUM_WHATS
};

static const enum slhdsa_set sets[] = {SLHDSA_SHA2_128F,  SLHDSA_SHAKE_128F, SLHDSA_SHA2_192F,
                                       SLHDSA_SHAKE_192F, SLHDSA_SHA2_256F,  SLHDSA_SHAKE_256F};
#define NUM_SETS (sizeof(sets) / sizeof(sets[0]))

struct parts {
    bool made;
    enum slhdsa_set set;
    uint8_t pk[SLHDSA_MAX_PK_LEN], sk[SLHDSA_MAX_SK_LEN], sig[SLHDSA_MAX_SIG_LEN];
};

static const struct slhdsa_domain domain;

static struct span message(void)
{
    return SPAN_STR("message");
}

static const struct parts *valid_parts(unsigned n)
{
    static struct parts kept[NUM_SETS];
    struct parts *parts = &kept[n % NUM_SETS];
    uint8_t seed[SLHDSA_MAX_SEED];

    if (parts->made)
        return parts;
    parts->set = sets[n % NUM_SETS];
    struct slhdsa_private *priv = fuzz_alloc(slhdsa_private_size(parts->set));
    fuzz_fill(n, seed, sizeof(seed));
    slhdsa_keygen(priv, parts->set, seed);
    slhdsa_private_encode(priv, parts->sk);
    slhdsa_public_encode(slhdsa_private_public(priv), parts->pk);
    check(slhdsa_sign(priv, parts->sig, &domain, message(), NULL, false) == PQHW_OK);
    free(priv);
    parts->made = true;
    return parts;
}

static enum pqhw_status verify_with(const struct parts *parts, const struct slhdsa_hash *hash)
{
    const struct slhdsa_sizes *sizes = slhdsa_sizes(parts->set);
    struct slhdsa_public *pub = fuzz_alloc(slhdsa_public_size(parts->set));
    uint8_t *pk = fuzz_copy(span(parts->pk, sizes->pk_len));
    uint8_t *sig = fuzz_copy(span(parts->sig, sizes->sig_len));

    check(slhdsa_public_init_with(pub, parts->set, span(pk, sizes->pk_len), hash) == PQHW_OK);
    enum pqhw_status verdict = slhdsa_verify(pub, span(sig, sizes->sig_len), &domain, message());
    check(verdict == PQHW_OK || verdict == PQHW_SIGNATURE_INVALID);
    check(slhdsa_verify(pub, span(sig, sizes->sig_len - 1), &domain, message()) ==
          PQHW_SIGNATURE_LEN_RANGE);
    free(sig);
    free(pk);
    free(pub);
    return verdict;
}

/* All but SK.seed and PK.root is free to choose: only those two hang together. */
static void try_private(const struct parts *parts, const struct parts *valid)
{
    const struct slhdsa_sizes *sizes = slhdsa_sizes(parts->set);
    struct slhdsa_private *priv = fuzz_alloc(slhdsa_private_size(parts->set));
    uint8_t *sk = fuzz_copy(span(parts->sk, sizes->sk_len));
    uint8_t again[SLHDSA_MAX_SK_LEN];
    enum pqhw_status status = slhdsa_private_init(priv, parts->set, span(sk, sizes->sk_len));

    check(status == PQHW_OK || status == PQHW_DATA_INVALID);
    if (status == PQHW_OK) {
        slhdsa_private_encode(priv, again);
        check(memcmp(again, sk, sizes->sk_len) == 0);
    }
    bool same = memcmp(sk, valid->sk, sizes->n) == 0 &&
                memcmp(sk + 2 * sizes->n, valid->sk + 2 * sizes->n, 2 * sizes->n) == 0;
    check((status == PQHW_OK) == same);
    free(sk);
    free(priv);
}

/* Those that this CPU can run; asking it takes long in a virtual machine. */
static const struct slhdsa_hash *hash_at(unsigned i)
{
    static const struct slhdsa_hash *known[16];

    if (known[0] == NULL)
        for (unsigned n = 0; n < 15 && (known[n] = slhdsa_hash_at(n)) != NULL; n++) {
        }
    return known[i];
}

static void change_signature(struct reader *r, uint8_t *sig, size_t len)
{
    while (r->rest.len >= 5) {
        size_t place = read_u32(r) % len;
        sig[place] = read_u8(r);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader r = reader(span(data, size));
    static struct parts parts;
    const struct parts *valid = valid_parts(read_u8(&r));
    const struct slhdsa_sizes *sizes = slhdsa_sizes(valid->set);
    const struct slhdsa_hash *hash;

    parts = *valid;
    switch (read_u8(&r) % NUM_WHATS) {
    case CHANGE_PK:
        fuzz_change(&r, parts.pk, sizes->pk_len);
        break;
    case CHANGE_SK:
        fuzz_change(&r, parts.sk, sizes->sk_len);
        try_private(&parts, valid);
        return 0;
    default:
        change_signature(&r, parts.sig, sizes->sig_len);
    }
    bool same = memcmp(parts.pk, valid->pk, sizeof(parts.pk)) == 0 &&
                memcmp(parts.sig, valid->sig, sizeof(parts.sig)) == 0;
    for (unsigned i = 0; (hash = hash_at(i)) != NULL; i++)
        check((verify_with(&parts, hash) == PQHW_OK) == same);
    return 0;
}

bool fuzz_seed(size_t i, struct buf *out)
{
    /* `make test` has time for the smaller ones. */
    buf_put_u8(out, (uint8_t)(i / NUM_WHATS));
    buf_put_u8(out, (uint8_t)(i % NUM_WHATS));
    return i < 2 * NUM_WHATS;
}
