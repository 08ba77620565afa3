/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/keycodec.h"

#include <string.h>

#include "crypto/keyformat/curve_pkcs8.h"
#include "crypto/keyformat/curve_spki.h"
#include "crypto/keyformat/hbs_spki.h"
#include "crypto/keyformat/keyformat.h"
#include "crypto/keyformat/rsa_der.h"

void keyparts_free(struct keyparts *parts)
{
    buf_free(&parts->attrs);
    secret_free(&parts->joined);
    *parts = (struct keyparts){0};
}

static void add_secret(struct keyparts *parts, CK_ATTRIBUTE_TYPE type, struct span value)
{
    if (value.len > 0)
        parts->secrets[parts->num_secrets++] = (struct attr){type, value};
}

/* ---- post-quantum algorithms: a parameter set, and the key as it is ---- */

static const struct key_kind *kind_of_alg(const struct keyformat_alg *alg)
{
    const struct key_kind *kind;

    for (size_t i = 0; (kind = key_kind_at(i)) != NULL; i++)
        if (strcmp(kind->title, alg->name) == 0)
            return kind;
    return NULL;
}

static const struct keyformat_alg *alg_of_kind(const struct key_kind *kind)
{
    for (size_t i = 0; keyformat_alg(i) != NULL; i++)
        if (strcmp(kind->title, keyformat_alg(i)->name) == 0)
            return keyformat_alg(i);
    return NULL;
}

static enum pqhw_status put_alg(struct keyparts *out, const struct keyformat_alg *alg)
{
    out->kind = kind_of_alg(alg);
    if (out->kind == NULL)
        return PQHW_PARAMETER_SET_NOT_SUPPORTED;
    attrs_put_number(&out->attrs, CKA_PARAMETER_SET, out->kind->number);
    return buf_status(&out->attrs);
}

static enum pqhw_status check_pq_private(const struct keyformat_private *key)
{
    enum pqhw_status status = PQHW_OK;
    struct secret room = {0};

    TRY(secret_new(&room, keyformat_check_room(key->alg)));
    status = keyformat_check(key, room.ptr);
    REQUIRE(status != PQHW_DATA_INVALID, PQHW_TEMPLATE_INCONSISTENT);

out:
    secret_free(&room);
    return status;
}

static enum pqhw_status read_pq_private(struct span der, struct keyparts *out)
{
    enum pqhw_status status = PQHW_OK;
    struct keyformat_private key;

    TRY(keyformat_private_read(&key, der));
    if (keyformat_is_split(&key)) {
        TRY(secret_new(&out->joined, keyformat_join_room(&key)));
        TRY(keyformat_join(&key, out->joined.ptr));
    }
    TRY(check_pq_private(&key));
    TRY(put_alg(out, key.alg));
    add_secret(out, CKA_VALUE, key.expanded);
    add_secret(out, CKA_SEED, key.seed);

out:
    return status;
}

static enum pqhw_status read_pq_public(struct span der, struct keyparts *out)
{
    enum pqhw_status status = PQHW_OK;
    struct keyformat_public key;

    TRY(keyformat_public_read(&key, der));
    TRY(put_alg(out, key.alg));
    attrs_put(&out->attrs, CKA_VALUE, key.key);

out:
    return status;
}

/* Collect the parts that --form asks for; without it the seed, else the expanded key. */
static enum pqhw_status get_pq_parts(struct cli *cli, struct hsm_view *view,
                                     struct keyformat_private *out)
{
    enum pqhw_status status = PQHW_OK;
    const char *form = cli->args.text[OPT_FORM];
    bool seed = form == NULL || (strcmp(form, "expanded") != 0 && strcmp(form, "parts") != 0);
    bool expanded = form != NULL && strcmp(form, "seed") != 0;

    if (seed) {
        status = hsm_view_attr(view, CKA_SEED, &out->seed);
        bool none =
            status == PQHW_ATTRIBUTE_TYPE_INVALID || (status == PQHW_OK && out->seed.len == 0);
        if (none && form != NULL) {
            hint(cli, "export it with --form expanded");
            return fail(cli, PQHW_ATTRIBUTE_TYPE_INVALID, "%s",
                        out->alg->seed_len == 0
                            ? "keys of this kind have no seed"
                            : "the key was imported without its seed, which cannot be found again");
        }
        if (!none)
            TRY(status);
        expanded = expanded || none;
    }
    status = PQHW_OK;
    if (expanded)
        TRY(hsm_view_attr(view, CKA_VALUE, &out->expanded));

out:
    return status;
}

/* Falcon's stands behind the private key. */
static enum pqhw_status get_public(struct hsm_view *view, struct keyformat_private *out)
{
    enum pqhw_status status = PQHW_OK;
    struct keyformat_public key;
    struct span spki;

    TRY(hsm_view_attr(view, CKA_PUBLIC_KEY_INFO, &spki));
    TRY(keyformat_public_read(&key, spki));
    out->key_public = key.key;
out:
    return status;
}

static enum pqhw_status write_pq(struct cli *cli, struct hsm_view *view,
                                 const struct keyformat_alg *alg, struct secret *out)
{
    enum pqhw_status status = PQHW_OK;
    struct keyformat_private parts = {.alg = alg};
    bool split = strcmp(args_text(&cli->args, OPT_FORM, ""), "parts") == 0;

    if (split && alg->family != KEYFORMAT_FALCON)
        return fail_usage(cli, "only Falcon keys are written in parts");
    TRY(get_pq_parts(cli, view, &parts));
    TRY(get_public(view, &parts));
    if (split)
        keyformat_split(&parts);
    TRY(secret_new(out, keyformat_private_len(&parts)));
    TRY(keyformat_private_write(out->ptr, &parts));

out:
    return status;
}

/* ---- RSA: its numbers ---- */

static const CK_ATTRIBUTE_TYPE rsa_types[RSA_NUM_PARTS] = {
    [RSA_MODULUS] = CKA_MODULUS,
    [RSA_PUBLIC_EXPONENT] = CKA_PUBLIC_EXPONENT,
    [RSA_PRIVATE_EXPONENT] = CKA_PRIVATE_EXPONENT,
    [RSA_PRIME_1] = CKA_PRIME_1,
    [RSA_PRIME_2] = CKA_PRIME_2,
    [RSA_EXPONENT_1] = CKA_EXPONENT_1,
    [RSA_EXPONENT_2] = CKA_EXPONENT_2,
    [RSA_COEFFICIENT] = CKA_COEFFICIENT,
};

static enum pqhw_status put_rsa(struct keyparts *out, struct span n, struct span e)
{
    attrs_put(&out->attrs, CKA_MODULUS, n);
    attrs_put(&out->attrs, CKA_PUBLIC_EXPONENT, e);
    out->kind = key_kind_find(CKK_RSA, 8 * n.len);
    return buf_status(&out->attrs);
}

static enum pqhw_status read_rsa_private(struct span der, struct keyparts *out)
{
    enum pqhw_status status = PQHW_OK;
    struct span parts[RSA_NUM_PARTS];

    if (rsa_private_read(parts, der) != PQHW_OK)
        TRY(rsa_private_read_bare(parts, der));
    TRY(put_rsa(out, parts[RSA_MODULUS], parts[RSA_PUBLIC_EXPONENT]));
    for (int part = RSA_PRIVATE_EXPONENT; part < RSA_NUM_PARTS; part++)
        add_secret(out, rsa_types[part], parts[part]);

out:
    return status;
}

static enum pqhw_status read_rsa_public(struct span der, struct keyparts *out)
{
    enum pqhw_status status = PQHW_OK;
    struct span n, e;

    TRY(rsa_spki_read(&n, &e, der));
    TRY(put_rsa(out, n, e));

out:
    return status;
}

static enum pqhw_status write_rsa(struct hsm_view *view, struct secret *out)
{
    enum pqhw_status status = PQHW_OK;
    struct span parts[RSA_NUM_PARTS];

    for (int part = 0; part < RSA_NUM_PARTS; part++)
        TRY(hsm_view_attr(view, rsa_types[part], &parts[part]));
    TRY(rsa_private_write(out, parts));

out:
    return status;
}

/* ---- elliptic curves: a point, or a number ---- */

static enum pqhw_status put_curve(struct keyparts *out, const struct curve *curve)
{
    static const CK_KEY_TYPE types[] = {[CURVE_WEIERSTRASS] = CKK_EC,
                                        [CURVE_EDWARDS] = CKK_EC_EDWARDS,
                                        [CURVE_MONTGOMERY] = CKK_EC_MONTGOMERY};

    attrs_put(&out->attrs, CKA_EC_PARAMS, curve->params);
    out->kind = key_kind_find(types[curve->family], curve->id);
    return buf_status(&out->attrs);
}

static enum pqhw_status read_curve_private(struct span der, struct keyparts *out)
{
    enum pqhw_status status = PQHW_OK;
    struct curve_private key;
    uint8_t info[CURVE_SPKI_MAX];

    status = curve_private_read(&key, der);
    if (status == PQHW_DATA_INVALID)
        status = curve_private_read_bare(&key, der);
    TRY(status);
    TRY(put_curve(out, key.curve));
    if (key.point.len > 0)
        attrs_put(&out->attrs, CKA_PUBLIC_KEY_INFO,
                  span(info, curve_spki(info, key.curve, key.point)));
    add_secret(out, CKA_VALUE, key.sk);

out:
    return status;
}

static enum pqhw_status read_curve_public(struct span der, struct keyparts *out)
{
    enum pqhw_status status = PQHW_OK;
    const struct curve *curve;
    struct span point;

    TRY(curve_spki_read(&curve, &point, der));
    TRY(put_curve(out, curve));
    attrs_put(&out->attrs, CKA_EC_POINT, point);

out:
    return status;
}

static enum pqhw_status write_curve(struct hsm_view *view, const struct key_kind *kind,
                                    struct secret *out)
{
    enum pqhw_status status = PQHW_OK;
    struct span sk;

    TRY(hsm_view_attr(view, CKA_VALUE, &sk));
    TRY(curve_private_write(out, curve_get((enum curve_id)kind->number), sk));

out:
    return status;
}

/* ---- stateful hash-based signatures: public keys, which say themselves what they are ---- */

static enum pqhw_status read_hbs_public(struct span der, struct keyparts *out)
{
    static const CK_KEY_TYPE types[] = {
        [HBS_HSS] = CKK_HSS, [HBS_XMSS] = CKK_XMSS, [HBS_XMSSMT] = CKK_XMSSMT};
    enum pqhw_status status = PQHW_OK;
    enum hbs_kind kind;
    struct span key;

    TRY(hbs_spki_read(&kind, &key, der));
    struct reader r = reader(key);
    uint32_t number = read_u32(&r); /* levels of HSS, else the parameter set */
    REQUIRE(!r.failed, PQHW_DATA_INVALID);
    out->kind = key_kind_find(types[kind], number);
    if (kind != HBS_HSS)
        attrs_put_number(&out->attrs, CKA_PARAMETER_SET, number);
    attrs_put(&out->attrs, CKA_VALUE, key);

out:
    return status;
}

/* ---- all of them ---- */

static const struct format {
    enum pqhw_status (*read)(struct span der, struct keyparts *out);
    CK_OBJECT_CLASS object_class;
} formats[] = {
    {read_pq_private, CKO_PRIVATE_KEY},    {read_rsa_private, CKO_PRIVATE_KEY},
    {read_curve_private, CKO_PRIVATE_KEY}, {read_pq_public, CKO_PUBLIC_KEY},
    {read_rsa_public, CKO_PUBLIC_KEY},     {read_hbs_public, CKO_PUBLIC_KEY},
    {read_curve_public, CKO_PUBLIC_KEY},
};

/* A reader that sees a key in it, but none that it can take, knows more than one that sees none. */
enum pqhw_status keycodec_read(struct span der, struct keyparts *out)
{
    enum pqhw_status told = PQHW_DATA_INVALID;

    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        *out = (struct keyparts){.object_class = formats[i].object_class,
                                 .attrs = BUF_INIT(ATTRS_MAX_LEN)};
        enum pqhw_status status = formats[i].read(der, out);

        if (status == PQHW_OK)
            status = buf_status(&out->attrs);
        if (status == PQHW_OK)
            return PQHW_OK;
        keyparts_free(out);
        if (status != PQHW_DATA_INVALID)
            told = status;
        if (status != PQHW_DATA_INVALID && status != PQHW_PARAMETER_SET_NOT_SUPPORTED)
            return status;
    }
    return told;
}

enum pqhw_status keycodec_write(struct cli *cli, struct hsm_view *view, const struct key *key,
                                struct secret *out)
{
    const struct keyformat_alg *alg = key->kind == NULL ? NULL : alg_of_kind(key->kind);

    *out = (struct secret){0};
    if (alg != NULL)
        return write_pq(cli, view, alg, out);
    if (cli->args.given[OPT_FORM]) {
        hint(cli, "leave out --form");
        return fail_usage(cli, "private keys of this kind have one form alone");
    }
    if (key->type == CKK_RSA)
        return write_rsa(view, out);
    if (key->kind != NULL && key->kind->varies == CKA_EC_PARAMS)
        return write_curve(view, key->kind, out);
    return fail(cli, PQHW_NOT_SUPPORTED, "there is no file format for this kind of key");
}
