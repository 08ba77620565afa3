/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cli/file.h"
#include "cli/json.h"
#include "cli/message.h"

static enum pqhw_status part(struct cli *cli, struct span data)
{
    return hsm_sign_update(cli->app, cli->session, data);
}

/* With room for the signature known first, which the same call tells. */
static enum pqhw_status whole(struct cli *cli, struct span data, void *arg)
{
    enum pqhw_status status = PQHW_OK;
    struct buf *signature = arg;
    size_t len = 0;

    TRY(hsm_sign(cli->app, cli->session, data, NULL, &len));
    uint8_t *out = buf_extend(signature, len);
    REQUIRE(out != NULL, PQHW_NO_MEMORY);
    TRY(hsm_sign(cli->app, cli->session, data, out, &len));
    signature->len = len;

out:
    return status;
}

static enum pqhw_status final(struct cli *cli, void *arg)
{
    enum pqhw_status status = PQHW_OK;
    struct buf *signature = arg;
    size_t len = 0;

    TRY(hsm_sign_final(cli->app, cli->session, NULL, &len));
    uint8_t *out = buf_extend(signature, len);
    REQUIRE(out != NULL, PQHW_NO_MEMORY);
    TRY(hsm_sign_final(cli->app, cli->session, out, &len));
    signature->len = len;

out:
    return status;
}

static enum pqhw_status sign(struct cli *cli, const struct signing *signing, struct buf *signature)
{
    const struct message_sink sink = {.part = part, .whole = whole, .final = final, signature};
    enum pqhw_status status = PQHW_OK;

    status = hsm_sign_init(cli->app, cli->session, &signing->mechanism, signing->key->handle);
    TRY(signing_begun(cli, signing, status));
    if (signing->key->always_authenticate)
        TRY(session_confirm(cli));
    TRY(message_give(cli, signing, &sink));
    TRY(signature_to_file(signing, signature));

out:
    return status;
}

static enum pqhw_status print_json(struct cli *cli, const struct signing *signing,
                                   struct span signature, enum encoding encoding)
{
    enum pqhw_status status = PQHW_OK;
    struct json json = json_start(stdout);
    const struct key *key = signing->key;
    char title[KEY_TITLE_LEN];

    key_title(title, key);
    json_object(&json, NULL);
    json_utf8(&json, "label", span(key->label, key->label_len));
    json_text(&json, "type", title);
    json_text(&json, "mechanism", signing->info->name);
    json_number(&json, "signature_len", signature.len);
    if (cli->args.given[OPT_OUT])
        json_text(&json, "file", cli->args.text[OPT_OUT]);
    else
        status = json_encoded(&json, "signature", encoding, signature);
    json_end(&json);
    return status;
}

static enum pqhw_status write_out(struct cli *cli, const struct signing *signing,
                                  struct span signature, enum encoding encoding)
{
    enum pqhw_status status = PQHW_OK;
    const char *path = cli->args.text[OPT_OUT];
    bool to_file = path != NULL && strcmp(path, "-") != 0;

    if (!cli_json(cli) || path != NULL)
        TRY(file_write_encoded(cli, path, encoding, signature, false));
    if (cli_json(cli) && (to_file || path == NULL))
        TRY(print_json(cli, signing, signature, encoding));
    if (to_file)
        say(cli, "wrote a signature of %zu bytes to %s", signature.len, path);

out:
    return status;
}

static enum pqhw_status run(struct cli *cli)
{
    enum pqhw_status status = PQHW_OK;
    enum encoding encoding = encoding_of(args_text(&cli->args, OPT_ENCODING, "raw"));
    struct buf signature = BUF_INIT(FILE_MAX_LEN);
    struct signing signing = {0};
    struct key key;

    TRY(key_check_named(cli));
    TRY(file_check_out(cli, cli->args.text[OPT_OUT]));
    TRY(file_check_terminal(cli, "a signature", cli->args.text[OPT_OUT], encoding));
    TRY(session_open(cli, false, LOGIN_USER));
    TRY(key_find_or_secret(cli, CKO_PRIVATE_KEY, &key));
    TRY(signing_init(&signing, cli, &key, CKF_SIGN));
    TRY(sign(cli, &signing, &signature));
    TRY(write_out(cli, &signing, buf_span(&signature), encoding));

out:
    signing_free(&signing);
    buf_free(&signature);
    return status;
}

static const struct opt opts[] = {
    {.id = OPT_OUT,
     .kind = OPT_KIND_FILE,
     .name = "out",
     .letter = 'o',
     .value = "FILE",
     .help = "write the signature to FILE (default: standard output)"},
    {.id = OPT_ENCODING,
     .kind = OPT_KIND_CHOICE,
     .name = "encoding",
     .value = "HOW",
     .help = "write it raw, in hex or base64 (default: raw)",
     .choice = opt_encoding},
    {.id = OPT_FORCE, .name = "force", .letter = 'f', .help = "overwrite FILE"},
    {.id = OPT_DETERMINISTIC,
     .name = "deterministic",
     .help = "of ML-DSA and SLH-DSA: no fresh randomness, so that the same message gives the same "
             "signature"},
};
static const struct opt_group own = OPT_GROUP("Signature", opts);
static const struct opt_group *const groups[] = {&opts_use_key, &opts_message, &own,
                                                 &opts_token,   &opts_pin,     NULL};

const struct verb verb_sign = {
    .name = "sign",
    .section = "Use keys",
    .summary = "sign a message",
    .details =
        "Signs a file, or standard input, with a private key in the token, or makes a MAC with a "
        "secret key. Messages may be of any length, but SLH-DSA without --hash and EdDSA hold "
        "them: at most 16 MiB.\n\n"
        "What openssl dgst verifies: RSA by default is PSS with a salt as long as the hash "
        "(-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest), with --mechanism rsa-pkcs1 "
        "what openssl takes without -sigopt. ECDSA is DER unless --format rs is given.\n\n"
        "Signatures of ML-DSA and SLH-DSA are hedged with fresh randomness unless --deterministic "
        "is given; Falcon's always are.",
    .example = "pqhw sign --key signer --in letter.txt --out letter.sig",
    .groups = groups,
    .run = run,
};
