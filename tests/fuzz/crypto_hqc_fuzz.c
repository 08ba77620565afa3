/* SPDX-License-Identifier: Apache-2.0
 *
 * HQC's keys and ciphertexts from outside: an encapsulation key, a decapsulation key and a
 * ciphertext that are valid but for some bytes; and a word for its decoder. All implementations
 * accept the same and give the same; a key that is accepted is encoded as it came.
 *
 * Input: the parameter set, what is changed, two bytes of the key's seed, the changes.
 */
#include <string.h>

#include "fuzz.h"
#include "levels.h"

#include "crypto/hqc/code.h"
#include "crypto/hqc/hqc.h"
#include "crypto/hqc/params.h"

enum what {
    CHANGE_EK,
    CHANGE_DK,
    CHANGE_CT,
    CHANGE_WORD,
    NUM_WHATS
};

struct parts {
    enum hqc_set set;
    uint8_t seed[HQC_SEED_LEN];
    uint8_t ek[HQC_MAX_EK_LEN], dk[HQC_MAX_DK_LEN], ct[HQC_MAX_CT_LEN];
    uint8_t ss[HQC_SECRET_LEN];   /* of ct, before it was changed */
    uint64_t word[HQC_MAX_WORDS]; /* the codeword of coins */
};

struct results {
    enum pqhw_status public_status, private_status;
    uint8_t ct[HQC_MAX_CT_LEN];
    uint8_t ss[2][HQC_SECRET_LEN];
    uint8_t message[HQC_MAX_M_LEN];
};

static const uint8_t coins[HQC_MAX_COINS_LEN] = {1, 2, 3, 4};

static void make_parts(struct parts *parts, struct reader *r)
{
    struct hqc_private *priv = fuzz_alloc(hqc_private_size(parts->set));

    fuzz_fill(read_u16(r), parts->seed, sizeof(parts->seed));
    hqc_keygen(priv, parts->set, parts->seed);
    hqc_public_encode(hqc_private_public(priv), parts->ek);
    hqc_private_encode(priv, parts->dk);
    hqc_encaps(hqc_private_public(priv), parts->ct, parts->ss, coins);
    hqc_code_add(parts->word, coins, hqc_params(parts->set));
    free(priv);
}

static void try_public(struct results *results, const struct parts *parts)
{
    const struct hqc_sizes *sizes = hqc_sizes(parts->set);
    struct hqc_public *pub = fuzz_alloc(hqc_public_size(parts->set));
    uint8_t *ek = fuzz_copy(span(parts->ek, sizes->ek_len));
    const bool clean = ek[sizes->ek_len - 1] >> hqc_params(parts->set)->n % 8 == 0;

    results->public_status = hqc_public_init(pub, parts->set, span(ek, sizes->ek_len));
    check(results->public_status == (clean ? PQHW_OK : PQHW_DATA_INVALID));
    if (results->public_status == PQHW_OK) {
        uint8_t *again = malloc(sizes->ek_len);

        check(again != NULL);
        hqc_public_encode(pub, again);
        check(memcmp(again, ek, sizes->ek_len) == 0);
        free(again);
        hqc_encaps(pub, results->ct, results->ss[0], coins);
    }
    check(hqc_public_init(pub, parts->set, span(ek, sizes->ek_len - 1)) == PQHW_DATA_LEN_RANGE);
    free(ek);
    free(pub);
}

static void try_private(struct results *results, const struct parts *parts)
{
    const struct hqc_sizes *sizes = hqc_sizes(parts->set);
    struct hqc_private *priv = fuzz_alloc(hqc_private_size(parts->set));
    uint8_t *dk = fuzz_copy(span(parts->dk, sizes->dk_len));
    uint8_t *ct = fuzz_copy(span(parts->ct, sizes->ct_len));

    results->private_status = hqc_private_init(priv, parts->set, span(dk, sizes->dk_len));
    check(results->private_status == PQHW_OK || results->private_status == PQHW_DATA_INVALID);
    if (results->private_status == PQHW_OK) {
        uint8_t *again = malloc(sizes->dk_len);

        check(again != NULL);
        hqc_private_encode(priv, again);
        check(memcmp(again, dk, sizes->dk_len) == 0);
        free(again);
        hqc_decaps(priv, results->ss[1], ct);
    }
    check(hqc_private_init(priv, parts->set, span(dk, sizes->dk_len - 1)) == PQHW_DATA_LEN_RANGE);
    free(ct);
    free(dk);
    free(priv);
}

/* Another dk than the seed's is refused, another ct rejected; any ek but the key's own gives
 * another secret. */
static void check_meaning(const struct parts *parts, const struct parts *valid,
                          const struct results *got)
{
    const bool same_key = memcmp(parts->dk, valid->dk, sizeof(parts->dk)) == 0;
    const bool same_ct = memcmp(parts->ct, valid->ct, sizeof(parts->ct)) == 0;
    const bool same_ek = memcmp(parts->ek, valid->ek, sizeof(parts->ek)) == 0;

    check((got->private_status == PQHW_OK) == same_key);
    if (same_key)
        check((memcmp(got->ss[1], parts->ss, sizeof(parts->ss)) == 0) == same_ct);
    if (got->public_status == PQHW_OK)
        check((memcmp(got->ss[0], parts->ss, sizeof(parts->ss)) == 0) == same_ek);
    if (memcmp(parts->word, valid->word, sizeof(parts->word)) == 0)
        check(memcmp(got->message, coins, hqc_params(parts->set)->k) == 0);
}

static void change(struct reader *r, struct parts *parts, enum what what)
{
    const struct hqc_sizes *sizes = hqc_sizes(parts->set);

    if (what == CHANGE_EK)
        fuzz_change(r, parts->ek, sizes->ek_len);
    else if (what == CHANGE_DK)
        fuzz_change(r, parts->dk, sizes->dk_len);
    else if (what == CHANGE_CT)
        fuzz_change(r, parts->ct, sizes->ct_len);
    else
        fuzz_change(r, (uint8_t *)parts->word, (size_t)8 * hqc_code_words(hqc_params(parts->set)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader r = reader(span(data, size));
    static struct parts valid, parts;
    static struct results first, other;

    memset(&valid, 0, sizeof(valid));
    memset(&first, 0, sizeof(first));
    fuzz_level = fuzz_supported(); /* making them is not what is tried here */
    valid.set = (enum hqc_set)(read_u8(&r) % HQC_NUM_SETS);
    enum what what = (enum what)(read_u8(&r) % NUM_WHATS);
    make_parts(&valid, &r);
    parts = valid;
    change(&r, &parts, what);

    for (FUZZ_LEVELS) {
        memset(&other, 0, sizeof(other));
        try_public(&other, &parts);
        try_private(&other, &parts);
        hqc_code_decode(other.message, parts.word, hqc_params(parts.set));
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
    if (i % 2 != 0)
        buf_put(out, (const uint8_t[]){0, 30, 0xff, 0, 31, 0xff, 0, 32, 0xff}, 9);
    return i < (size_t)(HQC_NUM_SETS * NUM_WHATS);
}
