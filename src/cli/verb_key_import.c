/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cli/keyfile.h"

static enum pqhw_status create_public(struct cli *cli, const struct key_kind *kind,
                                      struct span value, struct span id)
{
    enum pqhw_status status = PQHW_OK;
    struct buf template;
    CK_OBJECT_HANDLE handle = 0;

    key_public_template(&template, cli, key_family_find(kind->type), id);
    attrs_put_number(&template, CKA_CLASS, CKO_PUBLIC_KEY);
    attrs_put_number(&template, CKA_KEY_TYPE, kind->type);
    attrs_put_number(&template, CKA_PARAMETER_SET, kind->parameter_set);
    attrs_put(&template, CKA_VALUE, value);
    TRY(buf_status(&template));
    TRY(hsm_object_create(cli->app, cli->session, buf_span(&template), &handle));

out:
    buf_free(&template);
    return status;
}

/* Put a secret where zeros of its length keep its place in a template. */
static void fill_in(struct secret *template, CK_ATTRIBUTE_TYPE type, struct span value)
{
    struct span place = SPAN_EMPTY;

    if (value.len > 0 && attrs_get(secret_span(template), type, &place))
        memcpy(template->ptr + (place.ptr - template->ptr), value.ptr, value.len);
}

static void keep_place(struct buf *template, CK_ATTRIBUTE_TYPE type, size_t len)
{
    static const uint8_t zeros[8192];

    if (len > sizeof(zeros))
        template->status = PQHW_LIMIT_EXCEEDED;
    else if (len > 0)
        attrs_put(template, type, span(zeros, len));
}

/* The template is built of public attributes first, so that key bytes are in secret memory only. */
static enum pqhw_status create_private(struct cli *cli, const struct keyfile *file, struct span id,
                                       CK_OBJECT_HANDLE *out)
{
    enum pqhw_status status = PQHW_OK;
    const struct keyformat_private *key = &file->private_key;
    struct secret template = {0};
    struct buf places;

    key_private_template(&places, cli, key_family_find(file->kind->type), id);
    attrs_put_number(&places, CKA_CLASS, CKO_PRIVATE_KEY);
    attrs_put_number(&places, CKA_KEY_TYPE, file->kind->type);
    attrs_put_number(&places, CKA_PARAMETER_SET, file->kind->parameter_set);
    keep_place(&places, CKA_SEED, key->seed.len);
    keep_place(&places, CKA_VALUE, key->expanded.len);
    TRY(buf_status(&places));
    TRY(secret_from(&template, buf_span(&places)));
    fill_in(&template, CKA_SEED, key->seed);
    fill_in(&template, CKA_VALUE, key->expanded);
    TRY(hsm_object_create(cli->app, cli->session, secret_span(&template), out));

out:
    buf_free(&places);
    secret_free(&template);
    return status;
}

/* The token works out the public key; the file need not have it. */
static enum pqhw_status create_public_of(struct cli *cli, const struct key_kind *kind,
                                         CK_OBJECT_HANDLE private_key, struct span id)
{
    enum pqhw_status status = PQHW_OK;
    struct hsm_view *view = NULL;
    struct span spki = SPAN_EMPTY, value = SPAN_EMPTY;

    TRY(hsm_view_open(cli->app, cli->session, private_key, &view));
    TRY(hsm_view_attr(view, CKA_PUBLIC_KEY_INFO, &spki));
    TRY(keyfile_read_spki(spki, &value));
    TRY(create_public(cli, kind, value, id));

out:
    hsm_view_close(view);
    return status;
}

static enum pqhw_status create_pair(struct cli *cli, const struct keyfile *file, struct span id)
{
    CK_OBJECT_HANDLE private_key = 0;
    enum pqhw_status status = create_private(cli, file, id, &private_key);

    if (status != PQHW_OK)
        return status;
    status = create_public_of(cli, file->kind, private_key, id);
    if (status == PQHW_OK)
        return PQHW_OK;
    if (hsm_object_destroy(cli->app, cli->session, private_key) != PQHW_OK)
        remark(cli, "the private key is in the token, but not its public key");
    return fail_about(cli, status, "cannot make the public key of the imported one");
}

static enum pqhw_status run(struct cli *cli)
{
    enum pqhw_status status = PQHW_OK;
    const char *path = cli->args.operands[0];
    struct keyfile file = {0};
    struct buf id = {0};

    if (path == NULL || !cli->args.given[OPT_LABEL]) {
        hint(cli, "pqhw key import FILE --label TEXT");
        return fail_usage(cli, path == NULL ? "which file?" : "a key needs a label");
    }
    TRY(keyfile_read(cli, path, &file));
    if (!file.is_private && cli->args.given[OPT_EXTRACTABLE])
        TRY(fail_usage(cli, "%.256s is a public key, which --extractable means nothing to", path));
    TRY(session_open(cli, true, LOGIN_USER));
    TRY(key_new_id(cli, OPT_LABEL, OPT_ID, &id));
    if (file.is_private)
        TRY(create_pair(cli, &file, buf_span(&id)));
    else
        TRY(create_public(cli, file.kind, file.public_key, buf_span(&id)));
    TRY(key_report_new(cli, "imported", file.kind, file.is_private, buf_span(&id)));

out:
    keyfile_free(&file);
    buf_free(&id);
    return status;
}

static const struct opt opts[] = {
    {.id = OPT_LABEL,
     .kind = OPT_KIND_TEXT,
     .name = "label",
     .value = "TEXT",
     .help = "the key's label (required)"},
    {.id = OPT_ID,
     .kind = OPT_KIND_TEXT,
     .name = "id",
     .value = "HEX",
     .help = "the key's id (default: a random one)"},
    {.id = OPT_EXTRACTABLE,
     .name = "extractable",
     .help = "let the private key leave the token again, in the clear"},
};
static const struct opt_group own = OPT_GROUP("Options", opts);
static const struct opt_group *const groups[] = {&own, &opts_token, &opts_pin, NULL};

const struct verb verb_key_import = {
    .name = "key import",
    .section = "Keys",
    .summary = "bring a key from a file into the token",
    .operand = "FILE",
    .max_operands = 1,
    .details =
        "Reads a private key (PKCS#8, RFC 9881, RFC 9935 or RFC 9909: seed, expanded, or both) or "
        "a public key (SubjectPublicKeyInfo), as PEM or DER, whichever it is. - is standard input. "
        "A "
        "private key is checked, and its public key is made along with it.\n\n"
        "The file stays where it is: delete it if the token shall hold the only copy.",
    .example = "pqhw key import ml-dsa.pem --label signer",
    .groups = groups,
    .run = run,
};
