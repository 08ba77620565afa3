/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/newkey.h"
#include "crypto/keyformat/curve_spki.h"

#define MAX_BITS (8 * SECRET_MAX_LEN)

static enum pqhw_status check_args(struct cli *cli, const struct key_kind **kind)
{
    if (!cli->args.given[OPT_TYPE]) {
        hint(cli, "for example --type ml-dsa-65 or ec-p256 to sign, --type ml-kem-768 to "
                  "encapsulate, --type aes-256");
        return fail_usage(cli, "which kind of key? --type is missing");
    }
    if (!cli->args.given[OPT_LABEL]) {
        hint(cli, "name the key: --label TEXT");
        return fail_usage(cli, "a key needs a label");
    }
    *kind = key_kind_by_name(cli->args.text[OPT_TYPE]);
    if (!cli->args.given[OPT_BITS])
        return PQHW_OK;
    if (!(*kind)->any_len) {
        hint(cli, "leave out --bits");
        return fail_usage(cli, "--type %s says already how long the key is", (*kind)->name);
    }
    if (cli->args.number[OPT_BITS] % 8 != 0)
        return fail_usage(cli, "--bits needs a multiple of 8");
    return PQHW_OK;
}

/* Which of the kinds of its type it shall be. */
static void put_kind(struct buf *template, const struct key_kind *kind)
{
    if (kind->varies == CKA_EC_PARAMS)
        attrs_put(template, CKA_EC_PARAMS, curve_get((enum curve_id)kind->number)->params);
    else
        attrs_put_number(template, kind->varies, kind->number);
}

static enum pqhw_status generate_pair(struct cli *cli, const struct newkey *key,
                                      const struct mechanism *mechanism, CK_OBJECT_HANDLE *out)
{
    enum pqhw_status status = PQHW_OK;
    struct buf public_template, private_template;
    CK_OBJECT_HANDLE public_key = 0;

    newkey_template(&public_template, cli, key, CKO_PUBLIC_KEY);
    newkey_template(&private_template, cli, key, CKO_PRIVATE_KEY);
    put_kind(&public_template, key->kind);
    TRY(buf_status(&public_template));
    TRY(buf_status(&private_template));
    TRY(hsm_generate_pair(cli->app, cli->session, mechanism, buf_span(&public_template),
                          buf_span(&private_template), &public_key, out));

out:
    buf_free(&public_template);
    buf_free(&private_template);
    return status;
}

static enum pqhw_status generate_secret(struct cli *cli, const struct newkey *key,
                                        const struct mechanism *mechanism, CK_OBJECT_HANDLE *out)
{
    enum pqhw_status status = PQHW_OK;
    uint64_t bits = args_number(&cli->args, OPT_BITS, 8 * key->kind->number);
    struct buf template;

    newkey_template(&template, cli, key, CKO_SECRET_KEY);
    attrs_put_number(&template, CKA_VALUE_LEN, bits / 8);
    TRY(buf_status(&template));
    TRY(hsm_generate_key(cli->app, cli->session, mechanism, buf_span(&template), out));

out:
    buf_free(&template);
    return status;
}

static enum pqhw_status run(struct cli *cli)
{
    enum pqhw_status status = PQHW_OK;
    struct newkey key = {0};
    CK_OBJECT_HANDLE handle = 0;
    struct buf id = {0};

    TRY(check_args(cli, &key.kind));
    TRY(newkey_uses(cli, key.kind, &key.uses));
    TRY(session_open(cli, true, LOGIN_USER));
    TRY(newkey_id(cli, OPT_LABEL, OPT_ID, &id));
    key.id = buf_span(&id);
    struct mechanism mechanism = {
        .type = key_mechanism(key.kind->type, CKF_GENERATE | CKF_GENERATE_KEY_PAIR)->type};
    TRY(newkey_made(cli, key_kind_is_secret(key.kind)
                             ? generate_secret(cli, &key, &mechanism, &handle)
                             : generate_pair(cli, &key, &mechanism, &handle)));
    TRY(newkey_report(cli, "generated", handle));

out:
    buf_free(&id);
    return status;
}

static const struct opt opts[] = {
    {.id = OPT_TYPE,
     .kind = OPT_KIND_CHOICE,
     .name = "type",
     .letter = 't',
     .value = "KIND",
     .help = "one of the kinds above (required)",
     .choice = key_generated_name,
     .alias = key_kind_alias},
    {.id = OPT_BITS,
     .kind = OPT_KIND_NUMBER,
     .name = "bits",
     .value = "N",
     .help = "how long a key of type generic, hkdf or hmac-… is (default: 256 bits, or as long as "
             "the hash)",
     .min = 8,
     .max = MAX_BITS},
    {.id = OPT_EXTRACTABLE,
     .name = "extractable",
     .help = "let the private or secret key leave the token in the clear"},
};
static const struct opt_group own = OPT_GROUP("Kind", opts);
static const struct opt_group *const groups[] = {&own, &opts_new_key, &opts_token, &opts_pin, NULL};

const struct verb verb_key_generate = {
    .name = "key generate",
    .section = "Keys",
    .summary = "make a key in the token",
    .details =
        "Makes a private key, which stays in the token, and its public key, with the same label "
        "and id; or a secret key.\n\n"
        "To sign: ml-dsa-44, -65, -87; slh-dsa- with the hash (sha2 or shake), the strength (128, "
        "192 or 256) and s for small signatures or f for fast ones; falcon-512, -1024; rsa-2048, "
        "-3072, -4096, -8192; "
        "ec-p256, -p384, -p521, secp256k1, brainpoolP256r1, -384r1, -512r1 and the same with t1; "
        "ed25519, ed448. RSA keys decrypt, too.\n\n"
        "To agree on secrets: ml-kem-512, -768, -1024; hqc-1, -3, -5; x25519, x448; the ec- kinds "
        "with --use "
        "derive.\n\n"
        "Secret keys: aes-128, -192, -256, aes-xts-256, -512, chacha20; hmac- with sha1, sha2-256 "
        "… sha3-512; hkdf; generic.\n\n"
        "With --extractable the key is made with CKA_EXTRACTABLE true and CKA_SENSITIVE false, so "
        "that the user can export it; without, nobody ever can.",
    .example = "pqhw key generate --type ml-dsa-65 --label signer",
    .groups = groups,
    .run = run,
};
