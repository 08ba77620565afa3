/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/file.h"
#include "cli/json.h"
#include "cli/message.h"

#define MAX_SIGNATURE_FILE (1024 * 1024)

static enum pqhw_status update(void *arg, struct span data)
{
    struct cli *cli = arg;
    return message_taken(cli, hsm_verify_signature_update(cli->app, cli->session, data));
}

/* With the signature first, which SLH-DSA needs for a message in parts. */
static enum pqhw_status verify(struct cli *cli, const struct mechanism *mechanism,
                               CK_OBJECT_HANDLE key, struct span signature)
{
    enum pqhw_status status = PQHW_OK;

    TRY(hsm_verify_signature_init(cli->app, cli->session, mechanism, key, signature));
    TRY(file_stream(cli, cli->args.text[OPT_IN], update, cli));
    TRY(hsm_verify_signature_final(cli->app, cli->session));

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

/* The answer: yes on standard output; no there, too, for programs, and as a failure. */
static enum pqhw_status answer(struct cli *cli, enum pqhw_status status)
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
    hint(cli, "the message, key, context and hash must be those it was made with");
    return fail(cli, status,
                status == PQHW_SIGNATURE_INVALID
                    ? "the signature is NOT valid"
                    : "the signature is NOT valid: its length is wrong");
}

static enum pqhw_status run(struct cli *cli)
{
    enum pqhw_status status = PQHW_OK;
    struct buf context = {0}, signature = {0};
    struct mechanism mechanism;
    struct key key;

    TRY(key_check_named(cli));
    if (!cli->args.given[OPT_SIGNATURE]) {
        hint(cli, "give its file with --signature FILE");
        TRY(fail_usage(cli, "which signature?"));
    }
    TRY(read_signature(cli, &signature));
    TRY(session_open(cli, false, LOGIN_IF_GIVEN));
    TRY(key_find_one(cli, CKO_PUBLIC_KEY, &key));
    TRY(message_mechanism(cli, &key, &mechanism, &context));
    TRY(answer(cli, verify(cli, &mechanism, key.handle, buf_span(&signature))));

out:
    buf_free(&context);
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
        "Verifies a signature with a public key in the token; no login is needed. The exit code "
        "is 0 if it is valid and 1 if not.",
    .example = "pqhw verify --key signer --in letter.txt --signature letter.sig",
    .groups = groups,
    .run = run,
};
