/* SPDX-License-Identifier: Apache-2.0
 *
 * ML-KEM's keys and ciphertexts from outside: an encapsulation key, a decapsulation key and a
 * ciphertext that are valid but for some bytes. All implementations accept the same and give the
 * same; a key that is accepted is encoded as it came.
 *
 * Input: the parameter set, what is changed, two bytes of the key's seed, the changes.
 */
#include <string.h>

#include "fuzz.h"
#include "levels.h"

#include "crypto/mlkem/mlkem.h"

enum what {
    CHANGE_EK,
    CHANGE_DK,
    CHANGE_CT,
    NUM_WHATS
};

struct parts {
    enum mlkem_set set;
    uint8_t seed[MLKEM_SEED_LEN];
    uint8_t ek[MLKEM_MAX_EK_LEN], dk[MLKEM_MAX_DK_LEN], ct[MLKEM_MAX_CT_LEN];
    uint8_t ss[MLKEM_SECRET_LEN]; /* of ct, before it was changed */
};

struct results {
    enum pqhw_status public_status, private_status;
    uint8_t ct[MLKEM_MAX_CT_LEN];
    uint8_t ss[2][MLKEM_SECRET_LEN];
};

static const uint8_t m[MLKEM_M_LEN] = {1, 2, 3, 4};

static void make_parts(struct parts *parts, struct reader *r)
{
    struct mlkem_private *priv = fuzz_alloc(sizeof(*priv));

    fuzz_fill(read_u16(r), parts->seed, sizeof(parts->seed));
    mlkem_keygen(priv, parts->set, parts->seed);
    memcpy(parts->ek, priv->pub.ek, sizeof(parts->ek));
    mlkem_private_encode(priv, parts->dk);
    mlkem_encaps(&priv->pub, parts->ct, parts->ss, m);
    free(priv);
}

/* FIPS 203, 7.2: every 12-bit number is below q. Behind them is rho. */
static bool is_reduced(const uint8_t *ek, size_t len)
{
    for (size_t i = 0; i < len - 32; i += 3) {
        unsigned low = ek[i] | (ek[i + 1] & 15u) << 8;
        unsigned high = (unsigned)ek[i + 1] >> 4 | (unsigned)ek[i + 2] << 4;

        if (low >= 3329 || high >= 3329)
            return false;
    }
    return true;
}

static void try_public(struct results *results, const struct parts *parts)
{
    const struct mlkem_sizes *sizes = mlkem_sizes(parts->set);
    struct mlkem_public *pub = fuzz_alloc(sizeof(*pub));
    uint8_t *ek = fuzz_copy(span(parts->ek, sizes->ek_len));

    results->public_status = mlkem_public_init(pub, parts->set, span(ek, sizes->ek_len));
    check(results->public_status == (is_reduced(ek, sizes->ek_len) ? PQHW_OK : PQHW_DATA_INVALID));
    if (results->public_status == PQHW_OK) {
        check(memcmp(pub->ek, ek, sizes->ek_len) == 0);
        mlkem_encaps(pub, results->ct, results->ss[0], m);
    }
    check(mlkem_public_init(pub, parts->set, span(ek, sizes->ek_len - 1)) == PQHW_DATA_LEN_RANGE);
    free(ek);
    free(pub);
}

static void try_private(struct results *results, const struct parts *parts)
{
    const struct mlkem_sizes *sizes = mlkem_sizes(parts->set);
    struct mlkem_private *priv = fuzz_alloc(sizeof(*priv));
    uint8_t *dk = fuzz_copy(span(parts->dk, sizes->dk_len));
    uint8_t *ct = fuzz_copy(span(parts->ct, sizes->ct_len));

    results->private_status = mlkem_private_init(priv, parts->set, span(dk, sizes->dk_len));
    check(results->private_status == PQHW_OK || results->private_status == PQHW_DATA_INVALID);
    if (results->private_status == PQHW_OK) {
        uint8_t *again = malloc(sizes->dk_len);

        check(again != NULL);
        mlkem_private_encode(priv, again);
        check(memcmp(again, dk, sizes->dk_len) == 0);
        free(again);
        mlkem_decaps(priv, results->ss[1], ct);
    }
    check(mlkem_private_init(priv, parts->set, span(dk, sizes->dk_len - 1)) == PQHW_DATA_LEN_RANGE);
    free(ct);
    free(dk);
    free(priv);
}

/* What anyone else's ciphertext says differs from what this one said. */
static void check_meaning(const struct parts *parts, const struct parts *valid,
                          const struct results *got)
{
    bool same_key = memcmp(parts->dk, valid->dk, sizeof(parts->dk)) == 0;
    bool same_ct = memcmp(parts->ct, valid->ct, sizeof(parts->ct)) == 0;

    if (same_key) {
        check(got->private_status == PQHW_OK);
        check((memcmp(got->ss[1], parts->ss, sizeof(parts->ss)) == 0) == same_ct);
    }
    if (memcmp(parts->ek, valid->ek, sizeof(parts->ek)) == 0)
        check(memcmp(got->ss[0], parts->ss, sizeof(parts->ss)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader r = reader(span(data, size));
    static struct parts valid, parts;
    static struct results first, other;

    memset(&valid, 0, sizeof(valid));
    memset(&first, 0, sizeof(first));
    fuzz_level = CPU_PORTABLE;
    valid.set = (enum mlkem_set)(read_u8(&r) % 3);
    enum what what = (enum what)(read_u8(&r) % NUM_WHATS);
    make_parts(&valid, &r);
    parts = valid;
    const struct mlkem_sizes *sizes = mlkem_sizes(valid.set);
    if (what == CHANGE_EK)
        fuzz_change(&r, parts.ek, sizes->ek_len);
    else if (what == CHANGE_DK)
        fuzz_change(&r, parts.dk, sizes->dk_len);
    else
        fuzz_change(&r, parts.ct, sizes->ct_len);

    for (FUZZ_LEVELS) {
        memset(&other, 0, sizeof(other));
        try_public(&other, &parts);
        try_private(&other, &parts);
        if (fuzz_level == CPU_PORTABLE)
            first = other;
        check(memcmp(&first, &other, sizeof(first)) == 0);
    }
    check_meaning(&parts, &valid, &first);
    return 0;
}

bool fuzz_seed(size_t i, struct buf *out)
{
    buf_put_u8(out, (uint8_t)(i / NUM_WHATS));
    buf_put_u8(out, (uint8_t)(i % NUM_WHATS));
    buf_put_u16(out, (uint16_t)i);
    /* A coefficient that is not reduced, where what is changed has coefficients. */
    if (i % 2 != 0)
        buf_put(out, (const uint8_t[]){0, 30, 0xff, 0, 31, 0xff, 0, 32, 0xff}, 9);
    return i < (size_t)(3 * NUM_WHATS);
}
