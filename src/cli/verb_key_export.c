/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cli/file.h"
#include "cli/json.h"
#include "cli/keyfile.h"
#include "crypto/keyformat/pem.h"

static const char *const forms[] = {"seed", "expanded", "both", "parts", NULL};

static const char *form_name(size_t i)
{
    return forms[i];
}

static bool to_stdout(const char *path)
{
    return path == NULL || strcmp(path, "-") == 0;
}

/* The public key itself, as text. */
static enum pqhw_status json_public_key(struct json *json, struct span der, bool pem)
{
    enum pqhw_status status = PQHW_OK;
    struct buf text = BUF_INIT(2 * pem_encoded_len(der.len, PEM_PUBLIC_KEY));

    if (pem) {
        uint8_t *out = buf_extend(&text, pem_encoded_len(der.len, PEM_PUBLIC_KEY));
        REQUIRE(out != NULL, PQHW_NO_MEMORY);
        pem_encode((char *)out, PEM_PUBLIC_KEY, der);
    } else {
        encode_put(&text, ENCODING_BASE64, der);
        TRY(buf_status(&text));
    }
    json_utf8(json, pem ? "key" : "key_base64", buf_span(&text));

out:
    buf_free(&text);
    return status;
}

static enum pqhw_status print_json(struct cli *cli, const struct key *key, struct span data)
{
    enum pqhw_status status = PQHW_OK;
    const char *path = cli->args.text[OPT_OUT];
    const char *format = args_text(&cli->args, OPT_FORMAT, "pem");
    struct json json = json_start(stdout);
    char title[KEY_TITLE_LEN];

    key_title(title, key);
    json_object(&json, NULL);
    json_text(&json, "type", title);
    json_text(&json, "class", key_class_name(key->object_class));
    json_text(&json, "format", key->object_class == CKO_SECRET_KEY ? "raw" : format);
    if (to_stdout(path))
        status = json_public_key(&json, data, strcmp(format, "pem") == 0);
    else
        json_text(&json, "file", path);
    json_end(&json);
    return status;
}

/* DER, or without a label of PEM bytes as they are. */
static enum pqhw_status write_out(struct cli *cli, const struct key *key, const char *pem_label,
                                  struct span data)
{
    enum pqhw_status status = PQHW_OK;
    const char *path = cli->args.text[OPT_OUT];
    bool hidden = key->object_class != CKO_PUBLIC_KEY;
    char title[KEY_TITLE_LEN];

    key_title(title, key);
    if (!cli_json(cli) || !to_stdout(path))
        TRY(pem_label == NULL ? file_write(cli, path, data, hidden)
                              : keyfile_write(cli, path, pem_label, data, hidden));
    if (cli_json(cli))
        TRY(print_json(cli, key, data));
    if (!to_stdout(path))
        say(cli, "wrote the %s %s key to %s", key_class_name(key->object_class), title, path);

out:
    return status;
}

static enum pqhw_status export_public(struct cli *cli)
{
    enum pqhw_status status = PQHW_OK;
    struct hsm_view *view = NULL;
    struct span spki = SPAN_EMPTY;
    struct key key;

    TRY(session_open(cli, false, LOGIN_IF_GIVEN));
    TRY(key_find_one(cli, CKO_PUBLIC_KEY, &key));
    TRY(hsm_view_open(cli->app, cli->session, key.handle, &view));
    TRY(hsm_view_attr(view, CKA_PUBLIC_KEY_INFO, &spki));
    TRY(write_out(cli, &key, PEM_PUBLIC_KEY, spki));

out:
    hsm_view_close(view);
    return status;
}

static enum pqhw_status check_exportable(struct cli *cli, const struct key *key)
{
    if (key->extractable && !key->sensitive)
        return PQHW_OK;
    return fail(cli, PQHW_KEY_UNEXTRACTABLE, "the %s key may not leave the token",
                key_class_name(key->object_class));
}

static enum pqhw_status export_private(struct cli *cli)
{
    enum pqhw_status status = PQHW_OK;
    struct hsm_view *view = NULL;
    struct secret der = {0};
    struct key key;

    TRY(session_open(cli, false, LOGIN_USER));
    TRY(key_find_one(cli, CKO_PRIVATE_KEY, &key));
    TRY(check_exportable(cli, &key));
    TRY(hsm_view_open(cli->app, cli->session, key.handle, &view));
    TRY(keycodec_write(cli, view, &key, &der));
    TRY(write_out(cli, &key, PEM_PRIVATE_KEY, secret_span(&der)));

out:
    secret_free(&der);
    hsm_view_close(view);
    return status;
}

static enum pqhw_status export_secret(struct cli *cli)
{
    enum pqhw_status status = PQHW_OK;
    struct hsm_view *view = NULL;
    struct span value = SPAN_EMPTY;
    struct key key;

    TRY(session_open(cli, false, LOGIN_USER));
    TRY(key_find_one(cli, CKO_SECRET_KEY, &key));
    TRY(check_exportable(cli, &key));
    TRY(hsm_view_open(cli->app, cli->session, key.handle, &view));
    TRY(hsm_view_attr(view, CKA_VALUE, &value));
    TRY(write_out(cli, &key, NULL, value));

out:
    hsm_view_close(view);
    return status;
}

/* Whether what is asked for makes sense, and can be written where it shall go. */
static enum pqhw_status check_args(struct cli *cli)
{
    enum pqhw_status status = PQHW_OK;
    const struct args *args = &cli->args;
    bool private = args->given[OPT_PRIVATE], secret = args->given[OPT_SECRET];
    bool raw = secret || strcmp(args_text(args, OPT_FORMAT, "pem"), "der") == 0;
    const char *path = args->text[OPT_OUT];

    if (private + secret + args->given[OPT_PUBLIC] > 1)
        return fail_usage(cli, "--public, --private and --secret exclude each other");
    if (!private && args->given[OPT_FORM])
        return fail_usage(cli, "--form goes with --private");
    if (secret && args->given[OPT_FORMAT])
        return fail_usage(cli, "a secret key is written as it is, in no --format");
    if (cli_json(cli) && (private || secret) && to_stdout(path)) {
        hint(cli, "leave out --json, or add --out FILE");
        return fail_usage(cli, "a %s key is not printed as JSON", secret ? "secret" : "private");
    }
    TRY(key_check_named(cli));
    TRY(file_check_out(cli, path));
    TRY(file_check_terminal(cli, secret ? "a key" : "DER", path,
                            raw ? ENCODING_RAW : ENCODING_BASE64));

out:
    return status;
}

static enum pqhw_status run(struct cli *cli)
{
    enum pqhw_status status = check_args(cli);

    if (status != PQHW_OK)
        return status;
    if (cli->args.given[OPT_SECRET])
        return export_secret(cli);
    return cli->args.given[OPT_PRIVATE] ? export_private(cli) : export_public(cli);
}

static const struct opt opts[] = {
    {.id = OPT_PUBLIC, .name = "public", .letter = 'p', .help = "the public key (the default)"},
    {.id = OPT_PRIVATE, .name = "private", .help = "the private key, if it is extractable"},
    {.id = OPT_SECRET, .name = "secret", .help = "the bytes of a secret key, if it is extractable"},
    {.id = OPT_FORM,
     .kind = OPT_KIND_CHOICE,
     .name = "form",
     .value = "FORM",
     .help = "with --private, of post-quantum keys: seed, expanded or both (default: seed, if the "
             "key has one); of Falcon keys also parts, as Bouncy Castle reads them",
     .choice = form_name},
    {.id = OPT_FORMAT,
     .kind = OPT_KIND_CHOICE,
     .name = "format",
     .value = "FORMAT",
     .help = "pem or der (default: pem)",
     .choice = keyfile_format_name},
    {.id = OPT_OUT,
     .kind = OPT_KIND_FILE,
     .name = "out",
     .letter = 'o',
     .value = "FILE",
     .help = "write to FILE (default: standard output)"},
    {.id = OPT_FORCE, .name = "force", .letter = 'f', .help = "overwrite FILE"},
};
static const struct opt_group own = OPT_GROUP("Options", opts);
static const struct opt_group *const groups[] = {&opts_key, &own, &opts_token, &opts_pin, NULL};

const struct verb verb_key_export = {
    .name = "key export",
    .section = "Keys",
    .summary = "write a key to a file",
    .details =
        "Writes the public key as SubjectPublicKeyInfo, for which no login is needed, or with "
        "--private the private key as PKCS#8, or with --secret the bytes of a secret key.\n\n"
        "A private or secret key leaves the token only if it was made or imported with "
        "--extractable. Its file is readable by you alone and is not encrypted.",
    .example = "pqhw key export --label signer --out signer.pub.pem",
    .groups = groups,
    .run = run,
};
