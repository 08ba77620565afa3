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

static const struct key_kind *kind_of(const struct keyformat_alg *alg)
{
    for (size_t i = 0; key_kind_name(i) != NULL; i++) {
        const struct key_kind *kind = key_kind_by_name(key_kind_name(i));
        if (strcmp(kind->title, alg->name) == 0)
            return kind;
    }
    return NULL;
}

const struct keyformat_alg *keyfile_alg(const struct key_kind *kind)
{
    for (size_t i = 0; keyformat_alg(i) != NULL; i++)
        if (strcmp(kind->title, keyformat_alg(i)->name) == 0)
            return keyformat_alg(i);
    return NULL;
}

/* From PEM to DER: the first private key, else the first public one. */
static enum pqhw_status decode_pem(struct cli *cli, const char *path, struct span text,
                                   struct secret *der)
{
    static const char *const labels[] = {PEM_PRIVATE_KEY, PEM_PUBLIC_KEY};
    enum pqhw_status status = PQHW_OK;
    struct secret room = {0};
    size_t len = 0;

    TRY(secret_new(&room, pem_max_decoded(text.len) + 1));
    status = PQHW_NOT_FOUND;
    for (size_t i = 0; i < 2 && status == PQHW_NOT_FOUND; i++)
        status = pem_decode(room.ptr, &len, room.len, text, labels[i]);
    if (status == PQHW_NOT_FOUND) {
        hint(cli, "a PEM file with PRIVATE KEY or PUBLIC KEY, or DER, is needed; decrypt an "
                  "encrypted key first, and take the public key out of a certificate with openssl "
                  "x509 -pubkey");
        TRY(fail(cli, PQHW_DATA_INVALID, "there is no key in %.256s", path));
    }
    if (status != PQHW_OK)
        TRY(fail(cli, PQHW_DATA_INVALID, "the PEM text in %.256s is damaged", path));
    TRY(secret_from(der, span(room.ptr, len)));

out:
    secret_free(&room);
    return status;
}

static enum pqhw_status check_private(const struct keyformat_private *key)
{
    enum pqhw_status status = PQHW_OK;
    struct secret room = {0};

    TRY(secret_new(&room, keyformat_check_room(key->alg)));
    TRY(keyformat_check(key, room.ptr));

out:
    secret_free(&room);
    return status;
}

static enum pqhw_status parse(struct cli *cli, const char *path, struct keyfile *out)
{
    struct keyformat_public public_key;
    const struct keyformat_alg *alg = NULL;
    enum pqhw_status status = keyformat_private_read(&out->private_key, secret_span(&out->der));

    if (status == PQHW_OK) {
        out->is_private = true;
        alg = out->private_key.alg;
        if (check_private(&out->private_key) != PQHW_OK)
            return fail(cli, PQHW_DATA_INVALID,
                        "the parts of the private key in %.256s do not "
                        "belong together",
                        path);
    } else if (status == PQHW_DATA_INVALID) {
        status = keyformat_public_read(&public_key, secret_span(&out->der));
        out->public_key = public_key.key;
        alg = public_key.alg;
    }
    if (status == PQHW_PARAMETER_SET_NOT_SUPPORTED)
        return fail(cli, status, "the key in %.256s is of a kind that pqhw does not have", path);
    if (status != PQHW_OK)
        return fail(cli, status, "%.256s is not a valid key file", path);
    out->kind = kind_of(alg);
    return out->kind != NULL ? PQHW_OK : PQHW_INTERNAL;
}

enum pqhw_status keyfile_read(struct cli *cli, const char *path, struct keyfile *out)
{
    enum pqhw_status status = PQHW_OK;
    struct secret content = {0};

    *out = (struct keyfile){0};
    TRY(file_read_secret(cli, path, &content));
    if (content.len > 0 && content.ptr[0] == 0x30) /* an ASN.1 SEQUENCE: DER */
        TRY(secret_from(&out->der, secret_span(&content)));
    else
        TRY(decode_pem(cli, path, secret_span(&content), &out->der));
    TRY(parse(cli, path, out));

out:
    secret_free(&content);
    if (status != PQHW_OK)
        keyfile_free(out);
    return status;
}

void keyfile_free(struct keyfile *file)
{
    secret_free(&file->der);
    *file = (struct keyfile){0};
}

enum pqhw_status keyfile_read_spki(struct span der, struct span *public_key)
{
    struct keyformat_public key;
    enum pqhw_status status = keyformat_public_read(&key, der);

    *public_key = key.key;
    return status;
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
