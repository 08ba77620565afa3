/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/kem.h"

#include <string.h>

#include "cli/newkey.h"

static const struct opt opts[] = {
    {.id = OPT_SECRET_OUT,
     .kind = OPT_KIND_FILE,
     .name = "secret-out",
     .value = "FILE",
     .help = "write the shared secret to FILE, readable by you alone"},
    {.id = OPT_SECRET_LABEL,
     .kind = OPT_KIND_TEXT,
     .name = "secret-label",
     .value = "TEXT",
     .help = "keep the shared secret in the token, as a key with this label"},
    {.id = OPT_SECRET_ID,
     .kind = OPT_KIND_TEXT,
     .name = "secret-id",
     .value = "HEX",
     .help = "with --secret-label: the key's id"},
    {.id = OPT_ENCODING,
     .kind = OPT_KIND_CHOICE,
     .name = "encoding",
     .value = "HOW",
     .help = "files are raw, hex or base64 (default: raw)",
     .choice = opt_encoding},
    {.id = OPT_FORCE, .name = "force", .letter = 'f', .help = "overwrite files"},
};
const struct opt_group opts_secret =
    OPT_GROUP("Shared secret (one of the first two is needed)", opts);

bool kem_keeps_secret(const struct cli *cli)
{
    return cli->args.given[OPT_SECRET_LABEL];
}

enum pqhw_status kem_check_secret(struct cli *cli)
{
    const char *path = cli->args.text[OPT_SECRET_OUT];
    enum encoding encoding = encoding_of(args_text(&cli->args, OPT_ENCODING, "raw"));

    if (kem_keeps_secret(cli) == (path != NULL)) {
        hint(cli,
             "--secret-out FILE writes it to a file, --secret-label TEXT keeps it in the token");
        return fail_usage(cli, path == NULL ? "where shall the shared secret go?"
                                            : "--secret-out and --secret-label exclude each other");
    }
    if (cli->args.given[OPT_SECRET_ID] && !kem_keeps_secret(cli))
        return fail_usage(cli, "--secret-id goes with --secret-label");
    if (path == NULL)
        return PQHW_OK;
    if (cli_json(cli) && strcmp(path, "-") == 0)
        return fail_usage(cli, "--json and --secret-out - both write to standard output");
    enum pqhw_status status = file_check_out(cli, path);
    return status != PQHW_OK ? status
                             : file_check_terminal(cli, "the shared secret", path, encoding);
}

/* Every secret has as many bytes as those of ML-KEM. */
#define SECRET_LEN 32

enum pqhw_status kem_mechanism(struct cli *cli, const struct key *key, struct mechanism *out)
{
    const struct mechanism_info *info = key_mechanism(key->type, CKF_ENCAPSULATE);
    char title[KEY_TITLE_LEN];

    switch (key->type) {
    case CKK_RSA:
        *out = (struct mechanism){.type = CKM_RSA_PKCS_OAEP,
                                  .has_param = true,
                                  .hash = CKM_SHA256,
                                  .mgf_hash = CKM_SHA256};
        return PQHW_OK;
    case CKK_EC:
    case CKK_EC_MONTGOMERY:
        *out = (struct mechanism){.type = CKM_ECDH1_DERIVE, .has_param = true, .hash = CKM_SHA256};
        return PQHW_OK;
    default:
        break;
    }
    if (info != NULL) {
        *out = (struct mechanism){.type = info->type};
        return PQHW_OK;
    }
    key_title(title, key);
    hint(cli, "make a key for it: pqhw key generate --type ml-kem-768 --label NAME");
    return fail(cli, PQHW_KEY_TYPE_INCONSISTENT, "a key of type %s encapsulates no secrets", title);
}

enum pqhw_status kem_template(struct cli *cli, struct buf *out)
{
    enum pqhw_status status = PQHW_OK;
    bool keep = kem_keeps_secret(cli);
    struct buf id = {0};

    *out = BUF_INIT(ATTRS_MAX_LEN);
    attrs_put_number(out, CKA_CLASS, CKO_SECRET_KEY);
    attrs_put_number(out, CKA_KEY_TYPE, CKK_GENERIC_SECRET);
    attrs_put_bool(out, CKA_TOKEN, keep);
    attrs_put_bool(out, CKA_PRIVATE, keep);
    attrs_put_bool(out, CKA_SENSITIVE, keep);
    attrs_put_bool(out, CKA_EXTRACTABLE, !keep);
    attrs_put_number(out, CKA_VALUE_LEN, SECRET_LEN);
    if (keep) {
        const char *label = cli->args.text[OPT_SECRET_LABEL];
        TRY(newkey_id(cli, OPT_SECRET_LABEL, OPT_SECRET_ID, &id));
        attrs_put(out, CKA_LABEL, span(label, strlen(label)));
        attrs_put(out, CKA_ID, buf_span(&id));
    }
    TRY(buf_status(out));

out:
    buf_free(&id);
    return status;
}

enum pqhw_status kem_write_secret(struct cli *cli, CK_OBJECT_HANDLE secret)
{
    enum pqhw_status status = PQHW_OK;
    const char *path = cli->args.text[OPT_SECRET_OUT];
    enum encoding encoding = encoding_of(args_text(&cli->args, OPT_ENCODING, "raw"));
    struct hsm_view *view = NULL;
    struct span ss_value = SPAN_EMPTY;

    if (path == NULL)
        return PQHW_OK;
    TRY(hsm_view_open(cli->app, cli->session, secret, &view));
    TRY(hsm_view_attr(view, CKA_VALUE, &ss_value));
    TRY(file_write_encoded(cli, path, encoding, ss_value, true));

out:
    hsm_view_close(view);
    return status;
}

void kem_json(struct cli *cli, struct json *json)
{
    if (kem_keeps_secret(cli))
        json_text(json, "secret_label", cli->args.text[OPT_SECRET_LABEL]);
    else
        json_text(json, "secret_file", cli->args.text[OPT_SECRET_OUT]);
}

void kem_say(struct cli *cli)
{
    const char *path = cli->args.text[OPT_SECRET_OUT];

    if (kem_keeps_secret(cli))
        say(cli, "the shared secret is in the token as \"%s\"", cli->args.text[OPT_SECRET_LABEL]);
    else if (strcmp(path, "-") != 0)
        say(cli, "wrote the shared secret to %s", path);
}
