/* SPDX-License-Identifier: Apache-2.0
 *
 * The derivations of TLS 1.2 (RFC 5246, RFC 7627, RFC 5705): the same function of a label and of
 * what each has behind it.
 */
#include "backends/soft/secret_derive.h"
#include "crypto/classic/kdf.h"

#define MAX_SEEDS 5

struct seeds {
    struct span spans[MAX_SEEDS];
    size_t num;
    uint8_t context_len[2];
};

static void add(struct seeds *seeds, struct span span)
{
    seeds->spans[seeds->num++] = span;
}

static void add_randoms(struct seeds *seeds, struct span first, struct span second)
{
    add(seeds, first);
    add(seeds, second);
}

static void add_exported(struct seeds *seeds, const struct derive_tls *tls)
{
    add(seeds, tls->label);
    add_randoms(seeds, tls->client, tls->server);
    if (!tls->has_context)
        return;
    seeds->context_len[0] = (uint8_t)(tls->context.len >> 8);
    seeds->context_len[1] = (uint8_t)tls->context.len;
    add(seeds, SPAN(seeds->context_len));
    add(seeds, tls->context);
}

static void fill(struct seeds *seeds, enum mechanism_param param, const struct derive_tls *tls)
{
    switch (param) {
    case PARAM_TLS_MASTER:
        add(seeds, SPAN_STR("master secret"));
        add_randoms(seeds, tls->client, tls->server);
        break;
    case PARAM_TLS_EXTENDED:
        add(seeds, SPAN_STR("extended master secret"));
        add(seeds, tls->context);
        break;
    case PARAM_TLS_KEYS:
        add(seeds, SPAN_STR("key expansion"));
        add_randoms(seeds, tls->server, tls->client);
        break;
    default:
        add_exported(seeds, tls);
    }
}

enum pqhw_status derive_tls(const struct deriving *how, struct secret *out)
{
    enum pqhw_status status = PQHW_OK;
    const struct mechanism_info *info = mechanism_find(how->mechanism->type);
    struct seeds seeds = {0};
    struct kdf_tls kdf = {.alg = how->alg, .seeds = seeds.spans};
    size_t len = 0;

    for (size_t i = 0; i < how->how->num_lens; i++)
        len += how->how->lens[i];
    REQUIRE(len > 0, PQHW_TEMPLATE_INCOMPLETE);
    fill(&seeds, info->param, how->mechanism->tls);
    kdf.num_seeds = seeds.num;
    TRY(secret_new(out, len));
    TRY(kdf_tls(how->base->symkey, out, &kdf));
out:
    return status;
}
