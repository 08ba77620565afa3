/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/kem.h"

#define MAX_CIPHERTEXT_FILE (1024 * 1024)

static enum pqhw_status read_ciphertext(struct cli *cli, struct buf *out)
{
    enum pqhw_status status = PQHW_OK;
    enum encoding encoding = encoding_of(args_text(&cli->args, OPT_ENCODING, "raw"));
    struct buf content = {0};

    *out = BUF_INIT(MAX_CIPHERTEXT_FILE);
    TRY(file_read(cli, cli->args.text[OPT_IN], MAX_CIPHERTEXT_FILE, &content));
    if (encode_read(out, encoding, buf_span(&content)) != PQHW_OK)
        TRY(fail(cli, PQHW_DATA_INVALID, "the ciphertext is not in %s", opt_encoding(encoding)));

out:
    buf_free(&content);
    return status;
}

static enum pqhw_status decapsulate(struct cli *cli, const struct key *key, struct span ct,
                                    CK_OBJECT_HANDLE *secret)
{
    enum pqhw_status status = PQHW_OK;
    struct mechanism mechanism;
    struct buf template = {0};

    TRY(kem_mechanism(cli, key, &mechanism));
    TRY(kem_template(cli, &template));
    TRY(hsm_decapsulate(cli->app, cli->session, &mechanism, key->handle, buf_span(&template), ct,
                        secret));

out:
    buf_free(&template);
    return status;
}

static enum pqhw_status run(struct cli *cli)
{
    enum pqhw_status status = PQHW_OK;
    CK_OBJECT_HANDLE secret = 0;
    struct buf ct = {0};
    struct key key;

    TRY(key_check_named(cli));
    TRY(kem_check_secret(cli));
    TRY(read_ciphertext(cli, &ct));
    TRY(session_open(cli, kem_keeps_secret(cli), LOGIN_USER));
    TRY(key_find_one(cli, CKO_PRIVATE_KEY, &key));
    if (key.always_authenticate)
        TRY(fail(cli, PQHW_USER_NOT_LOGGED_IN,
                 "a key that wants the PIN for every use signs and decrypts, nothing else"));
    TRY(decapsulate(cli, &key, buf_span(&ct), &secret));
    TRY(kem_write_secret(cli, secret));
    if (cli_json(cli)) {
        struct json json = json_start(stdout);
        json_object(&json, NULL);
        kem_json(cli, &json);
        json_end(&json);
    }
    kem_say(cli);

out:
    buf_free(&ct);
    return status;
}

static const struct opt opts[] = {
    {.id = OPT_IN,
     .kind = OPT_KIND_FILE,
     .name = "in",
     .letter = 'i',
     .value = "FILE",
     .help = "the ciphertext (default: standard input)"},
};
static const struct opt_group own = OPT_GROUP("Ciphertext", opts);
static const struct opt_group *const groups[] = {&opts_use_key, &own,      &opts_secret,
                                                 &opts_token,   &opts_pin, NULL};

const struct verb verb_decapsulate = {
    .name = "decapsulate",
    .section = "Use keys",
    .summary = "get the shared secret out of a ciphertext",
    .details =
        "Gets the shared secret that a ciphertext was made with, by a private key in the token.\n\n"
        "A ciphertext that was made for another key, or changed, gives another secret and no "
        "error: that is how these algorithms work. Whether both sides have the same secret shows "
        "when it is used.",
    .example = "pqhw decapsulate --key box --in box.ct --secret-out box.secret",
    .groups = groups,
    .run = run,
};
