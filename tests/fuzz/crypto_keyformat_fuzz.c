/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys in DER from outside. What a reader accepts can be written again, and is read back the same.
 *
 * The first byte says where the DER comes from: the rest of the input as it is, or a valid key with
 * changes, since chance alone does not find the way to the inner parts. Its bits: 0x01 raw, 0x02
 * private, 0x04 with a seed, 0x08 with an expanded key. The second byte chooses the algorithm. Each
 * three bytes that follow overwrite one byte: its place (16 bits), its value.
 */
#include "fuzz.h"

#include "crypto/keyformat/hbs_spki.h"
#include "crypto/keyformat/keyformat.h"
#include "crypto/keyformat/pem.h"

#define RAW      0x01
#define PRIVATE  0x02
#define SEED     0x04
#define EXPANDED 0x08

static const uint8_t zeros[8192];

#define NUM_STATEFUL (HBS_XMSSMT + 1)

static void try_public(struct span der)
{
    struct keyformat_public key, again;
    if (keyformat_public_read(&key, der) != PQHW_OK)
        return;

    size_t len = keyformat_public_len(key.alg);
    uint8_t *out = malloc(len);
    check(out != NULL && keyformat_public_write(out, &key) == PQHW_OK);
    /* There is one encoding only. */
    check(span_equal(span(out, len), der));
    check(keyformat_public_read(&again, span(out, len)) == PQHW_OK);
    check(again.alg == key.alg && span_equal(again.key, key.key));
    free(out);
}

/* Public keys of stateful signatures have formats of their own. */
static void try_stateful(struct span der)
{
    uint8_t out[HBS_SPKI_MAX];
    enum hbs_kind kind;
    struct span key;

    if (hbs_spki_read(&kind, &key, der) != PQHW_OK || der.len > sizeof(out))
        return;
    check(span_equal(span(out, hbs_spki_write(out, kind, key)), der));
}

/* From one form to the other and back is the same. */
static void try_falcon(const struct keyformat_private *key)
{
    struct keyformat_private other = *key;
    uint8_t *room;

    if (key->alg->family != KEYFORMAT_FALCON)
        return;
    room = malloc(keyformat_join_room(key));
    check(room != NULL);
    if (!keyformat_is_split(key)) {
        keyformat_split(&other);
        check(keyformat_is_split(&other) && keyformat_join(&other, room) == PQHW_OK);
    } else if (keyformat_join(&other, room) == PQHW_OK) {
        check(other.expanded.len == key->alg->expanded_len);
        keyformat_split(&other);
        for (int part = 0; part < KEYFORMAT_FALCON_H; part++)
            check(span_equal(other.parts[part], key->parts[part]));
    }
    free(room);
}

static void try_private(struct span der)
{
    struct keyformat_private key, again;
    if (keyformat_private_read(&key, der) != PQHW_OK)
        return;

    size_t len = keyformat_private_len(&key);
    uint8_t *out = malloc(len);
    check(out != NULL && keyformat_private_write(out, &key) == PQHW_OK);
    check(keyformat_private_read(&again, span(out, len)) == PQHW_OK);
    check(again.alg == key.alg);
    check(span_equal(again.seed, key.seed) && span_equal(again.expanded, key.expanded));
    check(key.alg->family == KEYFORMAT_FALCON || again.key_public.len == 0);
    for (int part = 0; part < KEYFORMAT_FALCON_NUM_PARTS; part++)
        check(span_equal(again.parts[part], key.parts[part]));
    free(out);
    try_falcon(&key);
}

/* A valid encoding of a key of zeros, for the caller to free. */
static uint8_t *valid_key(uint8_t form, const struct keyformat_alg *alg, size_t *len)
{
    struct keyformat_public public = {alg, span(zeros, alg->public_len)};
    bool expanded = (form & EXPANDED) || alg->seed_len == 0;
    struct keyformat_private private = {
        .alg = alg,
        .seed = span(zeros, (form & SEED) || !expanded ? alg->seed_len : 0),
        .expanded = span(zeros, expanded ? alg->expanded_len : 0),
    };
    bool is_private = form & PRIVATE;

    *len = is_private ? keyformat_private_len(&private) : keyformat_public_len(alg);
    uint8_t *der = malloc(*len);
    check(der != NULL);
    check((is_private ? keyformat_private_write(der, &private)
                      : keyformat_public_write(der, &public)) == PQHW_OK);
    return der;
}

static const struct keyformat_alg *choose(uint8_t n)
{
    size_t num = 0;
    while (keyformat_alg(num) != NULL)
        num++;
    return keyformat_alg(n % num);
}

static void try_changed(uint8_t form, struct span changes)
{
    struct reader r = reader(changes);
    size_t len;
    uint8_t *der = valid_key(form, choose(read_u8(&r)), &len);

    while (r.rest.len >= 3) {
        size_t place = read_u16(&r) % len;
        der[place] = read_u8(&r);
    }
    try_public(span(der, len));
    try_private(span(der, len));
    free(der);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    if (data[0] & RAW) {
        try_public(span(data + 1, size - 1));
        try_private(span(data + 1, size - 1));
        try_stateful(span(data + 1, size - 1));
    } else {
        try_changed(data[0], span(data + 1, size - 1));
    }
    return 0;
}

/* A key among the test vectors, as DER. */
static bool vector_seed(size_t i, struct buf *out)
{
    const char *const labels[] = {PEM_PUBLIC_KEY, PEM_PRIVATE_KEY};
    struct buf text = BUF_INIT(FUZZ_MAX_LEN);
    uint8_t der[FUZZ_MAX_LEN];
    size_t len;

    if (!fuzz_vector("x509-lamps/*.pem", i, &text)) {
        size_t num = 0;

        while (fuzz_vector("x509-lamps/*.pem", num, &text))
            num++;
        buf_free(&text);
        return fuzz_vector("*/*.der", i - num, out);
    }
    for (size_t k = 0; k < 2; k++)
        if (pem_decode(der, &len, sizeof(der), buf_span(&text), labels[k]) == PQHW_OK)
            buf_put(out, der, len);
    buf_free(&text);
    return true;
}

/* Stateful signatures' keys; every form of every other algorithm, unchanged, and one that is raw;
 * the vectors. */
bool fuzz_seed(size_t i, struct buf *out)
{
    static const uint8_t forms[] = {0, PRIVATE, PRIVATE | SEED | EXPANDED, PRIVATE | EXPANDED, RAW};
    const size_t num_forms = sizeof(forms);

    size_t num = 0;

    while (keyformat_alg(num) != NULL)
        num++;
    if (i < NUM_STATEFUL) {
        uint8_t der[HBS_SPKI_MAX];

        buf_put_u8(out, RAW);
        buf_put(out, der, hbs_spki_write(der, (enum hbs_kind)i, span(zeros, 60)));
        return true;
    }
    i -= NUM_STATEFUL;
    if (i >= num * num_forms) {
        buf_put_u8(out, RAW);
        return vector_seed(i - num * num_forms, out);
    }
    buf_put_u8(out, forms[i % num_forms]);
    if (forms[i % num_forms] == RAW) {
        size_t len;
        uint8_t *der = valid_key(0, choose((uint8_t)(i / num_forms)), &len);

        buf_put(out, der, len);
        free(der);
    } else {
        buf_put_u8(out, (uint8_t)(i / num_forms));
    }
    return true;
}
