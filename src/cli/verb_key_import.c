/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cli/keyfile.h"
#include "cli/newkey.h"

/* Put a secret where zeros of its length keep its place in a template. */
static void fill_in(struct secret *template, const struct attr *secret)
{
    struct span place = SPAN_EMPTY;

    if (attrs_get(secret_span(template), secret->type, &place))
        memcpy(template->ptr + (place.ptr - template->ptr), secret->value.ptr, secret->value.len);
}

static void keep_place(struct buf *template, const struct attr *secret)
{
    static const uint8_t zeros[8192];

    if (secret->value.len > sizeof(zeros))
        template->status = PQHW_LIMIT_EXCEEDED;
    else
        attrs_put(template, secret->type, span(zeros, secret->value.len));
}

/* The template is built of public attributes first, so that key bytes are in secret memory only. */
static enum pqhw_status create(struct cli *cli, const struct keyparts *parts,
                               const struct newkey *key, CK_OBJECT_HANDLE *out)
{
    enum pqhw_status status = PQHW_OK;
    struct secret template = {0};
    struct buf places;

    newkey_template(&places, cli, key, parts->object_class);
    TRY(attrs_merge(&places, buf_span(&parts->attrs)));
    for (size_t i = 0; i < parts->num_secrets; i++)
        keep_place(&places, &parts->secrets[i]);
    TRY(buf_status(&places));
    TRY(secret_from(&template, buf_span(&places)));
    for (size_t i = 0; i < parts->num_secrets; i++)
        fill_in(&template, &parts->secrets[i]);
    TRY(hsm_object_create(cli->app, cli->session, secret_span(&template), out));

out:
    buf_free(&places);
    secret_free(&template);
    return status;
}

/* The token works out the public key; the file need not have it. */
static enum pqhw_status create_public_of(struct cli *cli, const struct newkey *key,
                                         CK_OBJECT_HANDLE private_key)
{
    enum pqhw_status status = PQHW_OK;
    struct hsm_view *view = NULL;
    struct span spki = SPAN_EMPTY;
    struct keyparts parts = {0};
    CK_OBJECT_HANDLE public_key = 0;

    TRY(hsm_view_open(cli->app, cli->session, private_key, &view));
    TRY(hsm_view_attr(view, CKA_PUBLIC_KEY_INFO, &spki));
    TRY(keycodec_read(spki, &parts));
    TRY(create(cli, &parts, key, &public_key));

out:
    keyparts_free(&parts);
    hsm_view_close(view);
    return status;
}

/* NULL if none is named. */
static const char *path_of(const struct cli *cli)
{
    return cli->args.num_operands > 0 ? cli->args.operands[0] : cli->args.text[OPT_IN];
}

/* What the token has against a key that is well-formed. */
static enum pqhw_status explain(struct cli *cli, enum pqhw_status status, const char *path)
{
    switch (status) {
    case PQHW_ATTRIBUTE_VALUE_INVALID:
    case PQHW_TEMPLATE_INCONSISTENT:
        return fail(cli, status,
                    "the key in %.256s is not valid: its numbers are out of range, "
                    "or do not belong together",
                    path);
    case PQHW_KEY_SIZE_RANGE:
        hint(cli, "RSA keys have 2048 to 8192 bits, in whole bytes");
        return fail(cli, status, "the key in %.256s is too short or too long", path);
    default:
        return status;
    }
}

static enum pqhw_status import(struct cli *cli, const struct keyparts *parts,
                               const struct newkey *key, CK_OBJECT_HANDLE *out)
{
    enum pqhw_status status = PQHW_OK;

    status = newkey_made(cli, create(cli, parts, key, out));
    TRY(explain(cli, status, path_of(cli)));
    if (parts->object_class != CKO_PRIVATE_KEY)
        return PQHW_OK;
    status = create_public_of(cli, key, *out);
    if (status == PQHW_OK)
        return PQHW_OK;
    if (hsm_object_destroy(cli->app, cli->session, *out) != PQHW_OK)
        remark(cli, "the private key is in the token, but not its public key");
    TRY(fail_about(cli, status, "cannot make the public key of the imported one"));

out:
    return status;
}

static enum pqhw_status read_file(struct cli *cli, const char *path, struct keyfile *out)
{
    enum pqhw_status status = PQHW_OK;
    const char *type = cli->args.text[OPT_TYPE];

    TRY(type == NULL ? keyfile_read(cli, path, out)
                     : keyfile_read_secret(cli, path, key_kind_by_name(type), out));
    if (out->parts.object_class == CKO_PUBLIC_KEY && cli->args.given[OPT_EXTRACTABLE])
        TRY(fail_usage(cli, "%.256s is a public key, which --extractable means nothing to", path));

out:
    return status;
}

static enum pqhw_status run(struct cli *cli)
{
    enum pqhw_status status = PQHW_OK;
    const char *path = path_of(cli);
    struct keyfile file = {0};
    struct newkey key = {0};
    CK_OBJECT_HANDLE handle = 0;
    struct buf id = {0};

    if (path == NULL || !cli->args.given[OPT_LABEL]) {
        hint(cli, "pqhw key import FILE --label TEXT");
        return fail_usage(cli, path == NULL ? "which file?" : "a key needs a label");
    }
    if (cli->args.num_operands > 0 && cli->args.given[OPT_IN])
        return fail_usage(cli, "one file at a time, not %.256s and %.256s", path,
                          cli->args.text[OPT_IN]);
    TRY(read_file(cli, path, &file));
    key.kind = file.parts.kind;
    TRY(newkey_uses(cli, key.kind, &key.uses));
    TRY(session_open(cli, true, LOGIN_USER));
    TRY(newkey_id(cli, OPT_LABEL, OPT_ID, &id));
    key.id = buf_span(&id);
    TRY(import(cli, &file.parts, &key, &handle));
    TRY(newkey_report(cli, "imported", handle));

out:
    keyfile_free(&file);
    buf_free(&id);
    return status;
}

static const struct opt opts[] = {
    {.id = OPT_IN,
     .kind = OPT_KIND_FILE,
     .name = "in",
     .letter = 'i',
     .value = "FILE",
     .help = "another way to name the file"},
    {.id = OPT_TYPE,
     .kind = OPT_KIND_CHOICE,
     .name = "type",
     .letter = 't',
     .value = "KIND",
     .help = "the file holds the bytes of a secret key of this kind: aes-256, generic …",
     .choice = key_secret_name},
    {.id = OPT_EXTRACTABLE,
     .name = "extractable",
     .help = "let the private or secret key leave the token again, in the clear"},
};
static const struct opt_group own = OPT_GROUP("File", opts);
static const struct opt_group *const groups[] = {&own, &opts_new_key, &opts_token, &opts_pin, NULL};

const struct verb verb_key_import = {
    .name = "key import",
    .section = "Keys",
    .summary = "bring a key from a file into the token",
    .operand = "FILE",
    .max_operands = 1,
    .details =
        "Reads a private key (PKCS#8; ML-DSA, ML-KEM and SLH-DSA by RFC 9881, RFC 9935 or RFC "
        "9909, HQC as ML-KEM: seed, expanded, or both; Falcon as OQS-provider and Bouncy Castle "
        "write it; RSA and EC also without PKCS#8 around them) "
        "or a public key (SubjectPublicKeyInfo), as PEM or DER, "
        "whichever it is. - is standard input. A private key is checked, and its public key is "
        "made along with it. Public keys of HSS/LMS, XMSS and XMSS^MT are read too, to verify "
        "with.\n\n"
        "With --type it reads a secret key: the bytes as they are.\n\n"
        "The file stays where it is: delete it if the token shall hold the only copy.",
    .example = "pqhw key import ml-dsa.pem --label signer",
    .groups = groups,
    .run = run,
};
