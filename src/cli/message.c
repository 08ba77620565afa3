/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/message.h"

#include <string.h>

#include "cli/codec.h"

#define MAX_CONTEXT 255 /* bytes: FIPS 204, 5.2; FIPS 205, 10.2 */

static const struct opt opts[] = {
    {.id = OPT_IN,
     .kind = OPT_KIND_FILE,
     .name = "in",
     .letter = 'i',
     .value = "FILE",
     .help = "the message (default: standard input)"},
    {.id = OPT_CONTEXT,
     .kind = OPT_KIND_TEXT,
     .name = "context",
     .value = "TEXT",
     .help = "context that the signature is bound to, at most 255 bytes"},
    {.id = OPT_CONTEXT_HEX,
     .kind = OPT_KIND_TEXT,
     .name = "context-hex",
     .value = "HEX",
     .help = "the same in hexadecimal"},
    {.id = OPT_HASH,
     .kind = OPT_KIND_CHOICE,
     .name = "hash",
     .value = "HASH",
     .help = "sign the message's hash (HashML-DSA, HashSLH-DSA): sha2-256, sha3-512, shake256 …",
     .choice = key_hash_name},
};
const struct opt_group opts_message = OPT_GROUP("Message", opts);

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

enum pqhw_status message_mechanism(struct cli *cli, const struct key *key, struct mechanism *out,
                                   struct buf *context)
{
    bool deterministic = cli->args.given[OPT_DETERMINISTIC];
    enum pqhw_status status = read_context(cli, context);
    char title[64];

    if (status != PQHW_OK)
        return status;
    *out = (struct mechanism){
        .type = key_sign_mechanism(key->type, cli->args.text[OPT_HASH]),
        .has_param = deterministic || context->len > 0,
        .hedge = deterministic ? CKH_DETERMINISTIC_REQUIRED : CKH_HEDGE_PREFERRED,
        .context = buf_span(context),
    };
    if (out->type != CK_UNAVAILABLE_INFORMATION)
        return PQHW_OK;
    key_title(title, sizeof(title), key);
    if (key_sign_mechanism(key->type, NULL) != CK_UNAVAILABLE_INFORMATION)
        return fail(cli, PQHW_MECHANISM_INVALID, "%s does not go with --hash %s", title,
                    cli->args.text[OPT_HASH]);
    hint(cli, "make a key that signs: pqhw key generate --type ml-dsa-65 --label NAME");
    return fail(cli, PQHW_KEY_TYPE_INCONSISTENT, "a key of type %s makes no signatures", title);
}

enum pqhw_status message_taken(struct cli *cli, enum pqhw_status status)
{
    if (status != PQHW_DATA_LEN_RANGE)
        return status;
    hint(cli, "sign its hash instead, for example with --hash sha2-256");
    return fail(cli, status, "the message is too long for SLH-DSA without --hash");
}
