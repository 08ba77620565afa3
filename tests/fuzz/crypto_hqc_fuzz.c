/* SPDX-License-Identifier: Apache-2.0
 *
 * HQC's keys and ciphertexts from outside: an encapsulation key, a decapsulation key and a
 * ciphertext that are valid but for some bytes; and a word for its decoder. All implementations
 * accept the same and give the same; a key that is accepted is encoded as it came.
 *
 * Input: the parameter set, what is changed, which key, the changes. Keys are few and made once:
 * they take most of the time.
 */
#include <string.h>

#include "fuzz.h"
#include "levels.h"

#include "crypto/hqc/code.h"
#include "crypto/hqc/hqc.h"
#include "crypto/hqc/params.h"

#define NUM_KEYS 4 /* of each set */

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

static const struct parts *valid_parts(enum hqc_set set, unsigned number)
{
    static struct parts made[HQC_NUM_SETS][NUM_KEYS];
    static bool is_made[HQC_NUM_SETS][NUM_KEYS];
    struct parts *parts = &made[set][number];

    if (is_made[set][number])
        return parts;
    is_made[set][number] = true;
    parts->set = set;
    struct hqc_private *priv = fuzz_alloc(hqc_private_size(set));
    fuzz_fill((uint16_t)number, parts->seed, sizeof(parts->seed));
    hqc_keygen(priv, parts->set, parts->seed);
    hqc_public_encode(hqc_private_public(priv), parts->ek);
    hqc_private_encode(priv, parts->dk);
    hqc_encaps(hqc_private_public(priv), parts->ct, parts->ss, coins);
    hqc_code_add(parts->word, coins, hqc_params(parts->set));
    free(priv);
    return parts;
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
static void check_meaning(const struct parts *parts, const struct parts *valid, enum what what,
                          const struct results *got)
{
    const bool same = memcmp(parts, valid, sizeof(*parts)) == 0;

    if (what == CHANGE_EK && got->public_status == PQHW_OK)
        check((memcmp(got->ss[0], parts->ss, sizeof(parts->ss)) == 0) == same);
    if (what == CHANGE_DK)
        check((got->private_status == PQHW_OK) == same);
    if (what == CHANGE_CT)
        check((memcmp(got->ss[1], parts->ss, sizeof(parts->ss)) == 0) == same);
    if (what == CHANGE_WORD && same)
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
    static struct parts parts;
    static struct results first, other;
    const enum hqc_set set = (enum hqc_set)(read_u8(&r) % HQC_NUM_SETS);
    const enum what what = (enum what)(read_u8(&r) % NUM_WHATS);

    fuzz_level = fuzz_supported(); /* making them is not what is tried here */
    const struct parts *valid = valid_parts(set, read_u8(&r) % NUM_KEYS);
    parts = *valid;
    change(&r, &parts, what);

    for (FUZZ_LEVELS) {
        memset(&other, 0, sizeof(other));
        if (what == CHANGE_EK)
            try_public(&other, &parts);
        else if (what == CHANGE_WORD)
            hqc_code_decode(other.message, parts.word, hqc_params(set));
        else
            try_private(&other, &parts);
        if (fuzz_level == CPU_PORTABLE)
            first = other;
        check(memcmp(&first, &other, sizeof(first)) == 0);
    }
    check_meaning(&parts, valid, what, &first);
    return 0;
}

bool fuzz_seed(size_t i, struct buf *out)
{
    buf_put_u8(out, (uint8_t)(i / NUM_WHATS));
    buf_put_u8(out, (uint8_t)(i % NUM_WHATS));
    buf_put_u8(out, (uint8_t)i);
    if (i % 2 != 0)
        buf_put(out, (const uint8_t[]){0, 30, 0xff, 0, 31, 0xff, 0, 32, 0xff}, 9);
    return i < (size_t)(HQC_NUM_SETS * NUM_WHATS);
}
