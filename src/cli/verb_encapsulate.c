/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <unistd.h>

#include "cli/kem.h"

static enum pqhw_status encapsulate(struct cli *cli, const struct key *key, struct buf *ct,
                                    CK_OBJECT_HANDLE *secret)
{
    enum pqhw_status status = PQHW_OK;
    struct mechanism mechanism;
    struct buf template = {0};
    size_t len = 0;

    TRY(kem_mechanism(cli, key, &mechanism));
    TRY(kem_template(cli, &template));
    TRY(hsm_encapsulate(cli->app, cli->session, &mechanism, key->handle, buf_span(&template), NULL,
                        &len, secret));
    uint8_t *out = buf_extend(ct, len);
    REQUIRE(out != NULL, PQHW_NO_MEMORY);
    TRY(hsm_encapsulate(cli->app, cli->session, &mechanism, key->handle, buf_span(&template), out,
                        &len, secret));
    ct->len = len;

out:
    buf_free(&template);
    return status;
}

static enum pqhw_status print_json(struct cli *cli, struct span ct, enum encoding encoding)
{
    enum pqhw_status status = PQHW_OK;
    struct json json = json_start(stdout);

    json_object(&json, NULL);
    json_number(&json, "ciphertext_len", ct.len);
    if (cli->args.given[OPT_OUT])
        json_text(&json, "file", cli->args.text[OPT_OUT]);
    else
        status = json_encoded(&json, "ciphertext", encoding, ct);
    kem_json(cli, &json);
    json_end(&json);
    return status;
}

static bool is_file(const char *path)
{
    return path != NULL && strcmp(path, "-") != 0;
}

/* The secret is of no use without its ciphertext: if that cannot be written, it goes, too. */
static enum pqhw_status write_both(struct cli *cli, struct span ct, CK_OBJECT_HANDLE secret,
                                   enum encoding encoding)
{
    const char *path = cli->args.text[OPT_OUT];
    const char *secret_path = cli->args.text[OPT_SECRET_OUT];
    enum pqhw_status status = kem_write_secret(cli, secret);

    if (status == PQHW_OK && (!cli_json(cli) || path != NULL)) {
        status = file_write_encoded(cli, path, encoding, ct, false);
        if (status != PQHW_OK && is_file(secret_path))
            unlink(secret_path);
    }
    if (status != PQHW_OK && kem_keeps_secret(cli) &&
        hsm_object_destroy(cli->app, cli->session, secret) != PQHW_OK)
        remark(cli, "the shared secret stays in the token without its ciphertext");
    return status;
}

static enum pqhw_status check_args(struct cli *cli, enum encoding encoding)
{
    enum pqhw_status status = PQHW_OK;
    const char *path = cli->args.text[OPT_OUT];
    const char *secret_path = cli->args.text[OPT_SECRET_OUT];

    TRY(key_check_named(cli));
    TRY(kem_check_secret(cli));
    if (secret_path != NULL && strcmp(secret_path, path == NULL ? "-" : path) == 0) {
        hint(cli, "give the ciphertext a file of its own with --out FILE");
        TRY(fail_usage(cli, "the ciphertext and the secret would go to the same place"));
    }
    if (cli_json(cli) && path != NULL && strcmp(path, "-") == 0)
        TRY(fail_usage(cli, "--json and --out - both write to standard output"));
    TRY(file_check_out(cli, path));
    TRY(file_check_terminal(cli, "the ciphertext", path, encoding));

out:
    return status;
}

static enum pqhw_status run(struct cli *cli)
{
    enum pqhw_status status = PQHW_OK;
    enum encoding encoding = encoding_of(args_text(&cli->args, OPT_ENCODING, "raw"));
    const char *path = cli->args.text[OPT_OUT];
    bool keep = kem_keeps_secret(cli);
    struct buf ct = BUF_INIT(FILE_MAX_LEN);
    CK_OBJECT_HANDLE secret = 0;
    struct key key;

    TRY(check_args(cli, encoding));
    TRY(session_open(cli, keep, keep ? LOGIN_USER : LOGIN_IF_GIVEN));
    TRY(key_find_one(cli, CKO_PUBLIC_KEY, &key));
    TRY(encapsulate(cli, &key, &ct, &secret));
    TRY(write_both(cli, buf_span(&ct), secret, encoding));
    if (cli_json(cli))
        TRY(print_json(cli, buf_span(&ct), encoding));
    if (is_file(path)) {
        say(cli, "wrote a ciphertext of %zu bytes to %s", ct.len, path);
        kem_say(cli);
    }

out:
    buf_free(&ct);
    return status;
}

static const struct opt opts[] = {
    {.id = OPT_OUT,
     .kind = OPT_KIND_FILE,
     .name = "out",
     .letter = 'o',
     .value = "FILE",
     .help = "write the ciphertext to FILE (default: standard output)"},
};
static const struct opt_group own = OPT_GROUP("Ciphertext", opts);
static const struct opt_group *const groups[] = {&opts_use_key, &own,      &opts_secret,
                                                 &opts_token,   &opts_pin, NULL};

const struct verb verb_encapsulate = {
    .name = "encapsulate",
    .section = "Use keys",
    .summary = "make a shared secret and its ciphertext",
    .details =
        "Makes a fresh shared secret and a ciphertext of it for a public key. Whoever has the "
        "private key gets the same secret from the ciphertext.\n\n"
        "No login is needed unless the secret is kept in the token.",
    .example = "pqhw encapsulate --key box --out box.ct --secret-out box.secret",
    .groups = groups,
    .run = run,
};
