/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/keyfile.h"

#include <string.h>

#include "cli/file.h"
#include "crypto/keyformat/pem.h"

static const char *const formats[] = {"pem", "der", NULL};

const char *keyfile_format_name(size_t i)
{
    return formats[i];
}

/* In older PEM, after the BEGIN line of an encrypted key (RFC 1421, 4.6.1.1). */
#define ENCRYPTED_HEADER "Proc-Type: 4,ENCRYPTED"

static bool has_text(struct span text, const char *part)
{
    return text.len > 0 && memmem(text.ptr, text.len, part, strlen(part)) != NULL;
}

/* What a file without a key to read has in it, and what to do about that. */
static const struct {
    const char *mark;
    const char *advice;
} others[] = {
    {ENCRYPTED_HEADER, "decrypt it first: openssl pkey -in FILE -out NEW"},
    {"-----BEGIN ENCRYPTED PRIVATE KEY-----", "decrypt it first: openssl pkey -in FILE -out NEW"},
    {"-----BEGIN DSA PRIVATE KEY-----", "pqhw has no DSA: make a key of another kind"},
    {"-----BEGIN RSA PUBLIC KEY-----",
     "make it SubjectPublicKeyInfo: openssl rsa -RSAPublicKey_in -in FILE -pubout -out NEW"},
    {"-----BEGIN CERTIFICATE-----",
     "take its public key out: openssl x509 -in FILE -pubkey -noout > NEW"},
    {"-----BEGIN OPENSSH PRIVATE KEY-----",
     "make it PKCS#8, in its place: ssh-keygen -p -m PKCS8 -f FILE"},
    {"", "a PEM file with PRIVATE KEY or PUBLIC KEY, or DER, is needed; for a secret key, which is "
         "bytes, say which with --type"},
};

static enum pqhw_status no_key(struct cli *cli, const char *path, struct span text)
{
    size_t i = 0;

    while (others[i].mark[0] != 0 && !has_text(text, others[i].mark))
        i++;
    hint(cli, "%s", others[i].advice);
    return fail(cli, PQHW_DATA_INVALID, "there is no key in %.256s that can be read", path);
}

/* From PEM to DER: the first private key, else the first public one. */
static enum pqhw_status decode_pem(struct cli *cli, const char *path, struct span text,
                                   struct secret *der)
{
    static const char *const labels[] = {PEM_PRIVATE_KEY, PEM_RSA_PRIVATE_KEY, PEM_EC_PRIVATE_KEY,
                                         PEM_PUBLIC_KEY};
    enum pqhw_status status = PQHW_OK;
    struct secret room = {0};
    size_t len = 0;

    TRY(secret_new(&room, pem_max_decoded(text.len) + 1));
    status = PQHW_NOT_FOUND;
    for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]) && status == PQHW_NOT_FOUND; i++)
        status = pem_decode(room.ptr, &len, room.len, text, labels[i]);
    if (status == PQHW_NOT_FOUND || (status != PQHW_OK && has_text(text, ENCRYPTED_HEADER)))
        TRY(no_key(cli, path, text));
    if (status != PQHW_OK)
        TRY(fail(cli, PQHW_DATA_INVALID, "the PEM text in %.256s is damaged", path));
    TRY(secret_from(der, span(room.ptr, len)));

out:
    secret_free(&room);
    return status;
}

static enum pqhw_status parse(struct cli *cli, const char *path, struct keyfile *out)
{
    enum pqhw_status status = keycodec_read(secret_span(&out->content), &out->parts);

    switch (status) {
    case PQHW_OK:
        return status;
    case PQHW_TEMPLATE_INCONSISTENT:
        return fail(cli, PQHW_DATA_INVALID,
                    "the parts of the private key in %.256s do not belong together", path);
    case PQHW_DATA_INVALID:
        hint(cli,
             "a public key is needed as SubjectPublicKeyInfo, which openssl pkey -pubout writes, "
             "a private one as PKCS#8: openssl pkcs8 -topk8 -nocrypt");
        return fail(cli, status, "%.256s is not a valid key file", path);
    case PQHW_PARAMETER_SET_NOT_SUPPORTED:
    case PQHW_CURVE_NOT_SUPPORTED:
        hint(cli, "see the kinds there are: pqhw help key generate");
        return fail(cli, status,
                    "the key in %.256s is damaged, or of a kind that pqhw does not have", path);
    default:
        return status;
    }
}

enum pqhw_status keyfile_read(struct cli *cli, const char *path, struct keyfile *out)
{
    enum pqhw_status status = PQHW_OK;
    struct secret content = {0};

    *out = (struct keyfile){0};
    TRY(file_read_secret(cli, path, &content));
    if (content.len > 0 && content.ptr[0] == 0x30) /* an ASN.1 SEQUENCE: DER */
        TRY(secret_from(&out->content, secret_span(&content)));
    else
        TRY(decode_pem(cli, path, secret_span(&content), &out->content));
    TRY(parse(cli, path, out));

out:
    secret_free(&content);
    if (status != PQHW_OK)
        keyfile_free(out);
    return status;
}

enum pqhw_status keyfile_read_secret(struct cli *cli, const char *path, const struct key_kind *kind,
                                     struct keyfile *out)
{
    enum pqhw_status status = PQHW_OK;

    *out = (struct keyfile){.parts = {.kind = kind, .object_class = CKO_SECRET_KEY}};
    out->parts.attrs = BUF_INIT(ATTRS_MAX_LEN);
    TRY(file_read_secret(cli, path, &out->content));
    size_t len = out->content.len;
    if (kind->any_len ? len == 0 || len > SECRET_MAX_LEN : len != kind->number) {
        hint(cli,
             "the file holds the key as it is, without a newline; from hexadecimal: xxd -r -p");
        if (kind->any_len)
            TRY(fail(cli, PQHW_DATA_LEN_RANGE, "a key has 1 to %d bytes, not %zu", SECRET_MAX_LEN,
                     len));
        TRY(fail(cli, PQHW_DATA_LEN_RANGE, "a key of type %s has %lu bytes, not %zu", kind->name,
                 kind->number, len));
    }
    out->parts.secrets[0] = (struct attr){CKA_VALUE, secret_span(&out->content)};
    out->parts.num_secrets = 1;

out:
    if (status != PQHW_OK)
        keyfile_free(out);
    return status;
}

void keyfile_free(struct keyfile *file)
{
    keyparts_free(&file->parts);
    secret_free(&file->content);
    *file = (struct keyfile){0};
}

enum pqhw_status keyfile_write(struct cli *cli, const char *path, const char *label,
                               struct span der, bool secret)
{
    enum pqhw_status status = PQHW_OK;
    struct secret text = {0};

    if (strcmp(args_text(&cli->args, OPT_FORMAT, "pem"), "der") == 0)
        return file_write(cli, path, der, secret);
    TRY(secret_new(&text, pem_encoded_len(der.len, label)));
    pem_encode((char *)text.ptr, label, der);
    TRY(file_write(cli, path, secret_span(&text), secret));

out:
    secret_free(&text);
    return status;
}
