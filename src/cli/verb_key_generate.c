/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/keys.h"

static enum pqhw_status check_args(struct cli *cli)
{
    if (!cli->args.given[OPT_TYPE]) {
        hint(cli, "for example --type ml-dsa-65 to sign, --type ml-kem-768 to encapsulate");
        return fail_usage(cli, "which kind of key? --type is missing");
    }
    if (!cli->args.given[OPT_LABEL]) {
        hint(cli, "name the key: --label TEXT");
        return fail_usage(cli, "a key needs a label");
    }
    return PQHW_OK;
}

static enum pqhw_status generate(struct cli *cli, const struct key_kind *kind, struct span id)
{
    enum pqhw_status status = PQHW_OK;
    const struct key_family *family = key_family_find(kind->type);
    struct mechanism mechanism = {.type = family->generate};
    struct buf public_template, private_template;
    CK_OBJECT_HANDLE public_key = 0, private_key = 0;

    key_public_template(&public_template, cli, family, id);
    key_private_template(&private_template, cli, family, id);
    attrs_put_number(&public_template, CKA_PARAMETER_SET, kind->parameter_set);
    TRY(buf_status(&public_template));
    TRY(buf_status(&private_template));
    TRY(hsm_generate_pair(cli->app, cli->session, &mechanism, buf_span(&public_template),
                          buf_span(&private_template), &public_key, &private_key));

out:
    buf_free(&public_template);
    buf_free(&private_template);
    return status;
}

static enum pqhw_status run(struct cli *cli)
{
    enum pqhw_status status = PQHW_OK;
    struct buf id = {0};

    TRY(check_args(cli));
    const struct key_kind *kind = key_kind_by_name(cli->args.text[OPT_TYPE]);
    TRY(session_open(cli, true, LOGIN_USER));
    TRY(key_new_id(cli, OPT_LABEL, OPT_ID, &id));
    TRY(generate(cli, kind, buf_span(&id)));
    TRY(key_report_new(cli, "generated", kind, true, buf_span(&id)));

out:
    buf_free(&id);
    return status;
}

static const struct opt opts[] = {
    {.id = OPT_TYPE,
     .kind = OPT_KIND_CHOICE,
     .name = "type",
     .letter = 't',
     .value = "KIND",
     .help = "ml-kem-512, -768, -1024, ml-dsa-44, -65, -87 or slh-dsa-sha2-128s … "
             "slh-dsa-shake-256f (required)",
     .choice = key_kind_name},
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
     .help = "let the private key leave the token in the clear"},
};
static const struct opt_group own = OPT_GROUP("Options", opts);
static const struct opt_group *const groups[] = {&own, &opts_token, &opts_pin, NULL};

const struct verb verb_key_generate = {
    .name = "key generate",
    .section = "Keys",
    .summary = "make a key pair in the token",
    .details =
        "Makes a private key, which stays in the token, and its public key. Both get the same "
        "label and id.\n\n"
        "With --extractable the private key is made with CKA_EXTRACTABLE true and CKA_SENSITIVE "
        "false, so that the user can export it; without, nobody ever can.\n\n"
        "SLH-DSA comes in twelve kinds: slh-dsa-, then the hash (sha2 or shake), then the strength "
        "(128, 192 or 256), then s for small signatures or f for fast ones.",
    .example = "pqhw key generate --type ml-dsa-65 --label signer",
    .groups = groups,
    .run = run,
};
