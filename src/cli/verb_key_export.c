/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cli/file.h"
#include "cli/json.h"
#include "cli/keyfile.h"
#include "crypto/keyformat/pem.h"

static const char *const forms[] = {"seed", "expanded", "both", NULL};

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

static enum pqhw_status print_json(struct cli *cli, const char *title, struct span der, bool secret)
{
    enum pqhw_status status = PQHW_OK;
    const char *path = cli->args.text[OPT_OUT];
    const char *format = args_text(&cli->args, OPT_FORMAT, "pem");
    struct json json = json_start(stdout);

    json_object(&json, NULL);
    json_text(&json, "type", title);
    json_text(&json, "class", key_class_name(secret ? CKO_PRIVATE_KEY : CKO_PUBLIC_KEY));
    json_text(&json, "format", format);
    if (to_stdout(path))
        status = json_public_key(&json, der, strcmp(format, "pem") == 0);
    else
        json_text(&json, "file", path);
    json_end(&json);
    return status;
}

static enum pqhw_status write_out(struct cli *cli, const struct key *key, const char *pem_label,
                                  struct span der, bool secret)
{
    enum pqhw_status status = PQHW_OK;
    const char *path = cli->args.text[OPT_OUT];
    char title[64];

    key_title(title, sizeof(title), key);
    if (!cli_json(cli) || !to_stdout(path))
        TRY(keyfile_write(cli, path, pem_label, der, secret));
    if (cli_json(cli))
        TRY(print_json(cli, title, der, secret));
    if (!to_stdout(path))
        say(cli, "wrote the %s %s key to %s", secret ? "private" : "public", title, path);

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
    TRY(write_out(cli, &key, PEM_PUBLIC_KEY, spki, false));

out:
    hsm_view_close(view);
    return status;
}

/* Collect the parts that --form asks for; without it the seed, else the expanded key. */
static enum pqhw_status read_parts(struct cli *cli, struct hsm_view *view,
                                   struct keyformat_private *out)
{
    enum pqhw_status status = PQHW_OK;
    const char *form = cli->args.text[OPT_FORM];
    bool seed = form == NULL || strcmp(form, "expanded") != 0;
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

static enum pqhw_status check_exportable(struct cli *cli, const struct key *key)
{
    if (key->extractable && !key->sensitive)
        return PQHW_OK;
    return fail(cli, PQHW_KEY_UNEXTRACTABLE, "the private key may not leave the token");
}

static enum pqhw_status export_private(struct cli *cli)
{
    enum pqhw_status status = PQHW_OK;
    struct keyformat_private parts = {0};
    struct hsm_view *view = NULL;
    struct secret der = {0};
    struct key key;

    TRY(session_open(cli, false, LOGIN_USER));
    TRY(key_find_one(cli, CKO_PRIVATE_KEY, &key));
    TRY(check_exportable(cli, &key));
    const struct key_kind *kind = key_kind_find(key.type, key.parameter_set);
    parts.alg = kind == NULL ? NULL : keyfile_alg(kind);
    if (parts.alg == NULL)
        TRY(fail(cli, PQHW_NOT_SUPPORTED, "there is no file format for this kind of key"));
    TRY(hsm_view_open(cli->app, cli->session, key.handle, &view));
    TRY(read_parts(cli, view, &parts));
    TRY(secret_new(&der, keyformat_private_len(&parts)));
    TRY(keyformat_private_write(der.ptr, &parts));
    TRY(write_out(cli, &key, PEM_PRIVATE_KEY, secret_span(&der), true));

out:
    secret_free(&der);
    hsm_view_close(view);
    return status;
}

static enum pqhw_status run(struct cli *cli)
{
    enum pqhw_status status = PQHW_OK;
    bool private = cli->args.given[OPT_PRIVATE];
    const char *path = cli->args.text[OPT_OUT];
    bool der = strcmp(args_text(&cli->args, OPT_FORMAT, "pem"), "der") == 0;

    if (private && cli->args.given[OPT_PUBLIC])
        return fail_usage(cli, "--public and --private exclude each other");
    if (!private && cli->args.given[OPT_FORM])
        return fail_usage(cli, "--form goes with --private");
    if (cli_json(cli) && private && to_stdout(path)) {
        hint(cli, "leave out --json, or add --out FILE");
        return fail_usage(cli, "a private key is not printed as JSON");
    }
    TRY(key_check_named(cli));
    TRY(file_check_out(cli, path));
    TRY(file_check_terminal(cli, "DER", path, der ? ENCODING_RAW : ENCODING_BASE64));
    TRY(private ? export_private(cli) : export_public(cli));

out:
    return status;
}

static const struct opt opts[] = {
    {.id = OPT_PUBLIC, .name = "public", .letter = 'p', .help = "the public key (the default)"},
    {.id = OPT_PRIVATE, .name = "private", .help = "the private key, if it is extractable"},
    {.id = OPT_FORM,
     .kind = OPT_KIND_CHOICE,
     .name = "form",
     .value = "FORM",
     .help = "with --private: seed, expanded or both (default: seed, if the key has one)",
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
        "--private the private key as PKCS#8 (RFC 9881, RFC 9935).\n\n"
        "A private key leaves the token only if it was made or imported with --extractable. Its "
        "file is readable by you alone and is not encrypted.",
    .example = "pqhw key export --label signer --out signer.pub.pem",
    .groups = groups,
    .run = run,
};
