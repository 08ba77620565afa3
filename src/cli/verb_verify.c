/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/file.h"
#include "cli/json.h"
#include "cli/message.h"

#define MAX_SIGNATURE_FILE (1024 * 1024)

static enum pqhw_status part(struct cli *cli, struct span data)
{
    return hsm_verify_signature_update(cli->app, cli->session, data);
}

static enum pqhw_status whole(struct cli *cli, struct span data, void *arg)
{
    (void)arg;
    return hsm_verify_signature(cli->app, cli->session, data);
}

static enum pqhw_status final(struct cli *cli, void *arg)
{
    (void)arg;
    return hsm_verify_signature_final(cli->app, cli->session);
}

/* With the signature first, which SLH-DSA needs for a message in parts. */
static enum pqhw_status verify(struct cli *cli, const struct signing *signing,
                               struct buf *signature)
{
    static const struct message_sink sink = {.part = part, .whole = whole, .final = final};
    enum pqhw_status status = PQHW_OK;

    TRY(signature_from_file(signing, signature));
    status = hsm_verify_signature_init(cli->app, cli->session, &signing->mechanism,
                                       signing->key->handle, buf_span(signature));
    TRY(signing_begun(cli, signing, status));
    TRY(message_give(cli, signing, &sink));

out:
    return status;
}

static enum pqhw_status read_signature(struct cli *cli, struct buf *out)
{
    enum pqhw_status status = PQHW_OK;
    const char *path = cli->args.text[OPT_SIGNATURE];
    enum encoding encoding = encoding_of(args_text(&cli->args, OPT_ENCODING, "raw"));
    struct buf content = {0};

    *out = BUF_INIT(MAX_SIGNATURE_FILE);
    TRY(file_read(cli, path, MAX_SIGNATURE_FILE, &content));
    if (encode_read(out, encoding, buf_span(&content)) != PQHW_OK)
        TRY(fail(cli, PQHW_DATA_INVALID, "the signature in %.256s is not in %s", path,
                 opt_encoding(encoding)));

out:
    buf_free(&content);
    return status;
}

/* What may be the reason, where two programs do the same in two ways. */
static void hint_invalid(struct cli *cli, const struct signing *signing)
{
    const struct args *args = &cli->args;

    if (signing->info->param == PARAM_PSS && !args->given[OPT_SALT_LENGTH])
        hint(cli, "a salt of another length than the hash's needs --salt-length (where OpenSSL 3.0 "
                  "was told none: max); PKCS#1 v1.5 needs --mechanism rsa-pkcs1");
    if (signing->key->type == CKK_RSA && signing->info->param == PARAM_NONE)
        hint(cli, "PSS needs --mechanism rsa-pss; the hash must be the one it was made with");
    if (signing->key->type == CKK_EC)
        hint(cli, "its form must be that of --format (%s), its hash that of --hash",
             args_text(args, OPT_FORMAT, "der"));
    hint(cli, "the message, key, context and hash must be those it was made with");
}

/* The answer: yes on standard output; no there, too, for programs, and as a failure. */
static enum pqhw_status answer(struct cli *cli, const struct signing *signing,
                               enum pqhw_status status)
{
    bool invalid = status == PQHW_SIGNATURE_INVALID || status == PQHW_SIGNATURE_LEN_RANGE;

    if (cli_json(cli) && (status == PQHW_OK || invalid)) {
        struct json json = json_start(stdout);
        json_object(&json, NULL);
        json_bool(&json, "valid", !invalid);
        json_end(&json);
    }
    if (status == PQHW_OK)
        say(cli, "the signature is valid");
    if (!invalid)
        return status;
    hint_invalid(cli, signing);
    return fail(cli, status,
                status == PQHW_SIGNATURE_INVALID
                    ? "the signature is NOT valid"
                    : "the signature is NOT valid: its length is wrong");
}

static enum pqhw_status run(struct cli *cli)
{
    enum pqhw_status status = PQHW_OK;
    struct signing signing = {0};
    struct buf signature = {0};
    struct key key;

    TRY(key_check_named(cli));
    if (!cli->args.given[OPT_SIGNATURE]) {
        hint(cli, "give its file with --signature FILE");
        TRY(fail_usage(cli, "which signature?"));
    }
    TRY(read_signature(cli, &signature));
    TRY(session_open(cli, false, LOGIN_IF_GIVEN));
    TRY(key_find_or_secret(cli, CKO_PUBLIC_KEY, &key));
    TRY(signing_init(&signing, cli, &key, CKF_VERIFY));
    TRY(answer(cli, &signing, verify(cli, &signing, &signature)));

out:
    signing_free(&signing);
    buf_free(&signature);
    return status;
}

static const struct opt opts[] = {
    {.id = OPT_SIGNATURE,
     .kind = OPT_KIND_FILE,
     .name = "signature",
     .letter = 's',
     .value = "FILE",
     .help = "the signature (required)"},
    {.id = OPT_ENCODING,
     .kind = OPT_KIND_CHOICE,
     .name = "encoding",
     .value = "HOW",
     .help = "the signature's file is raw, hex or base64 (default: raw)",
     .choice = opt_encoding},
};
static const struct opt_group own = OPT_GROUP("Signature", opts);
static const struct opt_group *const groups[] = {&opts_use_key, &opts_message, &own,
                                                 &opts_token,   &opts_pin,     NULL};

const struct verb verb_verify = {
    .name = "verify",
    .section = "Use keys",
    .summary = "verify a signature",
    .details =
        "Verifies a signature with a public key in the token; no login is needed. A MAC is "
        "verified with its secret key, after a login. The exit code is 0 if it is valid and 1 if "
        "not.\n\n"
        "The options must be those it was made with: see pqhw help sign.",
    .example = "pqhw verify --key signer --in letter.txt --signature letter.sig",
    .groups = groups,
    .run = run,
};
