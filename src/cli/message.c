/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/message.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/codec.h"
#include "cli/file.h"
#include "crypto/keyformat/curve_spki.h"
#include "crypto/keyformat/ec_signature.h"

#define MAX_CONTEXT 255 /* bytes: FIPS 204, 5.2; FIPS 205, 10.2; RFC 8032, 5.1 and 5.2 */

static const char *const forms[] = {"der", "rs", NULL};

static const char *form_name(size_t i)
{
    return forms[i];
}

static const struct opt opts[] = {
    {.id = OPT_IN,
     .kind = OPT_KIND_FILE,
     .name = "in",
     .letter = 'i',
     .value = "FILE",
     .help = "the message (default: standard input)"},
    {.id = OPT_MECHANISM,
     .kind = OPT_KIND_CHOICE,
     .name = "mechanism",
     .letter = 'm',
     .value = "HOW",
     .help = "of RSA: rsa-pss (the default) or rsa-pkcs1; of Falcon: falcon (padded, the default), "
             "falcon-compressed or falcon-ct; other keys sign in one way",
     .choice = key_scheme_name},
    {.id = OPT_HASH,
     .kind = OPT_KIND_CHOICE,
     .name = "hash",
     .value = "HASH",
     .help = "hash the message with: sha2-256, sha3-512 … (default: sha2-256 for RSA, what fits "
             "the curve for ECDSA, none for ML-DSA, SLH-DSA and Falcon)",
     .choice = key_hash_name,
     .alias = key_hash_alias},
    {.id = OPT_SALT_LENGTH,
     .kind = OPT_KIND_TEXT,
     .name = "salt-length",
     .value = "N",
     .help = "of rsa-pss: bytes, or max for as many as there is room for (default: as many as the "
             "hash has)"},
    {.id = OPT_FORMAT,
     .kind = OPT_KIND_CHOICE,
     .name = "format",
     .value = "FORM",
     .help = "of ECDSA: der as OpenSSL and X.509 have it, or rs, the two numbers alone as PKCS#11 "
             "and JWS have them (default: der)",
     .choice = form_name},
    {.id = OPT_CONTEXT,
     .kind = OPT_KIND_TEXT,
     .name = "context",
     .value = "TEXT",
     .help = "of ML-DSA, SLH-DSA and EdDSA: what the signature is bound to, at most 255 bytes"},
    {.id = OPT_CONTEXT_HEX,
     .kind = OPT_KIND_TEXT,
     .name = "context-hex",
     .value = "HEX",
     .help = "the same in hexadecimal"},
};
const struct opt_group opts_message = OPT_GROUP("Message", opts);

/* ---- the mechanism and its parameter ---- */

static enum pqhw_status read_context(struct cli *cli, struct buf *out)
{
    const char *text = cli->args.text[OPT_CONTEXT];
    const char *hex = cli->args.text[OPT_CONTEXT_HEX];
    enum pqhw_status status = PQHW_OK;

    *out = BUF_INIT(MAX_CONTEXT);
    if (text != NULL && hex != NULL)
        return fail_usage(cli, "--context and --context-hex exclude each other");
    if (text != NULL)
        buf_put_str(out, text);
    if (hex != NULL)
        status = encode_read(out, ENCODING_HEX, span(hex, strlen(hex)));
    if (buf_status(out) != PQHW_OK)
        return fail_usage(cli, "a context has at most %d bytes", MAX_CONTEXT);
    if (status != PQHW_OK)
        return fail_usage(cli, "--context-hex needs two hexadecimal digits for each byte");
    return PQHW_OK;
}

/* Options that mean nothing to this kind of signature would be wrongly believed to do something. */
static enum pqhw_status check_options(struct cli *cli, const struct signing *signing)
{
    enum mechanism_param param = signing->info->param;
    const struct {
        enum opt_id id;
        const char *name;
        bool fits;
    } options[] = {
        {OPT_CONTEXT, "context", param == PARAM_SIGN_CONTEXT || param == PARAM_EDDSA},
        {OPT_CONTEXT_HEX, "context-hex", param == PARAM_SIGN_CONTEXT || param == PARAM_EDDSA},
        {OPT_DETERMINISTIC, "deterministic", param == PARAM_SIGN_CONTEXT},
        {OPT_SALT_LENGTH, "salt-length", param == PARAM_PSS},
        {OPT_FORMAT, "format", signing->key->type == CKK_EC},
    };
    char title[KEY_TITLE_LEN];

    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        if (options[i].fits || !cli->args.given[options[i].id])
            continue;
        key_title(title, signing->key);
        hint(cli, "leave it out");
        return fail_usage(cli, "--%s means nothing to signatures of %s (%s)", options[i].name,
                          title, signing->info->name);
    }
    return PQHW_OK;
}

/* The salt may have what the modulus leaves beside the hash and two bytes (RFC 8017, 9.1.1). */
static enum pqhw_status put_salt(struct cli *cli, const struct signing *signing,
                                 struct mechanism *out)
{
    const char *text = cli->args.text[OPT_SALT_LENGTH];
    size_t modulus_len = signing->key->number / 8;
    enum digest_alg alg;
    char *end = NULL;

    if (!mechanism_digest(out->hash, &alg))
        return PQHW_INTERNAL;
    size_t hash_len = digest_len(alg), max = modulus_len - hash_len - 2;
    if (text == NULL) {
        out->salt_len = hash_len;
        return PQHW_OK;
    }
    if (strcmp(text, "max") == 0) {
        out->salt_len = max;
        return PQHW_OK;
    }
    errno = 0;
    unsigned long len = strtoul(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != 0 || errno != 0 || len > max) {
        hint(cli, "it may be from 0 to %zu for this key and hash, or max", max);
        return fail_usage(cli, "--salt-length cannot be \"%.64s\"", text);
    }
    out->salt_len = len;
    return PQHW_OK;
}

static enum pqhw_status put_param(struct cli *cli, struct signing *signing)
{
    bool deterministic = cli->args.given[OPT_DETERMINISTIC];
    struct mechanism *out = &signing->mechanism;

    *out = (struct mechanism){.type = signing->info->type};
    switch (signing->info->param) {
    case PARAM_SIGN_CONTEXT:
        out->hedge = deterministic ? CKH_DETERMINISTIC_REQUIRED : CKH_HEDGE_PREFERRED;
        out->has_param = deterministic || signing->context.len > 0;
        out->context = buf_span(&signing->context);
        return PQHW_OK;
    case PARAM_EDDSA:
        out->has_param = signing->context.len > 0;
        out->context = buf_span(&signing->context);
        return PQHW_OK;
    case PARAM_PSS:
        out->has_param = true;
        out->hash = out->mgf_hash = signing->info->digest;
        return put_salt(cli, signing, out);
    default:
        return PQHW_OK;
    }
}

static enum pqhw_status no_mechanism(struct cli *cli, const struct key *key, CK_FLAGS flag)
{
    const char *scheme = cli->args.text[OPT_MECHANISM], *hash = cli->args.text[OPT_HASH];
    char title[KEY_TITLE_LEN];

    key_title(title, key);
    if (key->kind == NULL || key_sign_mechanism(key->kind, NULL, NULL, CKF_VERIFY) == NULL) {
        hint(cli, "make a key that signs: pqhw key generate --type ml-dsa-65 --label NAME");
        return fail(cli, PQHW_KEY_TYPE_INCONSISTENT, "a key of type %s makes no signatures", title);
    }
    if (scheme != NULL && key_sign_mechanism(key->kind, scheme, NULL, CKF_VERIFY) == NULL) {
        hint(cli, "leave out --mechanism");
        return fail(cli, PQHW_MECHANISM_INVALID, "%s does not go with --mechanism %s", title,
                    scheme);
    }
    if (hash != NULL && flag == CKF_SIGN &&
        key_sign_mechanism(key->kind, scheme, hash, CKF_VERIFY) != NULL) {
        hint(cli, "choose another, or leave out --hash");
        return fail(cli, PQHW_MECHANISM_INVALID, "nothing new is signed with --hash %s", hash);
    }
    hint(cli, "leave out --hash, or choose another");
    return fail(cli, PQHW_MECHANISM_INVALID, "%s does not go with --hash %s", title,
                hash != NULL ? hash : "");
}

enum pqhw_status signing_init(struct signing *out, struct cli *cli, const struct key *key,
                              CK_FLAGS flag)
{
    enum pqhw_status status = PQHW_OK;
    const char *form = args_text(&cli->args, OPT_FORMAT, "der");

    *out = (struct signing){.key = key};
    if (key->kind != NULL)
        out->info = key_sign_mechanism(key->kind, cli->args.text[OPT_MECHANISM],
                                       cli->args.text[OPT_HASH], flag);
    if (out->info == NULL)
        return no_mechanism(cli, key, flag);
    TRY(check_options(cli, out));
    TRY(read_context(cli, &out->context));
    TRY(put_param(cli, out));
    if (key->type == CKK_EC && strcmp(form, "der") == 0)
        out->rs_len = curve_get((enum curve_id)key->number)->signature_len;

out:
    return status;
}

void signing_free(struct signing *signing)
{
    buf_free(&signing->context);
}

enum pqhw_status signing_begun(struct cli *cli, const struct signing *signing,
                               enum pqhw_status status)
{
    if (status != PQHW_MECHANISM_PARAM_INVALID || signing->info->param != PARAM_EDDSA)
        return status;
    hint(cli, "pqhw status tells which libcrypto it has; without --context it goes");
    return fail(cli, status, "contexts of EdDSA need OpenSSL 3.2 or newer");
}

/* ---- the message ---- */

struct giving {
    struct cli *cli;
    const struct message_sink *sink;
};

static enum pqhw_status give_part(void *arg, struct span data)
{
    const struct giving *giving = arg;
    return giving->sink->part(giving->cli, data);
}

/* What the token said: a message that is too long for it is explained. */
static enum pqhw_status explain_length(struct cli *cli, const struct signing *signing,
                                       enum pqhw_status status)
{
    char title[KEY_TITLE_LEN];

    if (status != PQHW_DATA_LEN_RANGE)
        return status;
    key_title(title, signing->key);
    hint(cli, signing->info->param == PARAM_SIGN_CONTEXT
                  ? "sign its hash instead, for example with --hash sha2-256"
                  : "sign a file with its digest instead, or with another kind of key");
    return fail(cli, status, "the message is too long for %s, which holds it as a whole", title);
}

static enum pqhw_status give_whole(struct cli *cli, const struct message_sink *sink)
{
    enum pqhw_status status = PQHW_OK;
    struct buf content = {0};

    TRY(file_read(cli, cli->args.text[OPT_IN], FILE_MAX_LEN, &content));
    TRY(sink->whole(cli, buf_span(&content), sink->arg));

out:
    buf_free(&content);
    return status;
}

enum pqhw_status message_give(struct cli *cli, const struct signing *signing,
                              const struct message_sink *sink)
{
    struct giving giving = {.cli = cli, .sink = sink};
    enum pqhw_status status = PQHW_OK;

    if (signing->info->parts == PARTS_NONE)
        return explain_length(cli, signing, give_whole(cli, sink));
    TRY(explain_length(cli, signing, file_stream(cli, cli->args.text[OPT_IN], give_part, &giving)));
    TRY(sink->final(cli, sink->arg));

out:
    return status;
}

/* ---- forms of signatures ---- */

enum pqhw_status signature_to_file(const struct signing *signing, struct buf *signature)
{
    enum pqhw_status status = PQHW_OK;
    uint8_t der[EC_SIGNATURE_MAX_DER];
    size_t len = 0;

    if (signing->rs_len == 0)
        return PQHW_OK;
    TRY(ec_signature_to_der(der, &len, buf_span(signature)));
    signature->len = 0;
    buf_put(signature, der, len);
    status = buf_status(signature);

out:
    return status;
}

enum pqhw_status signature_from_file(const struct signing *signing, struct buf *signature)
{
    enum pqhw_status status = PQHW_OK;
    uint8_t rs[CURVE_MAX_SIGNATURE_LEN];

    if (signing->rs_len == 0)
        return PQHW_OK;
    TRY(ec_signature_from_der(rs, signing->rs_len, buf_span(signature)));
    signature->len = 0;
    buf_put(signature, rs, signing->rs_len);
    status = buf_status(signature);

out:
    return status;
}
