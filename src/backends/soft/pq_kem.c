/* SPDX-License-Identifier: Apache-2.0
 *
 * The KEMs among the post-quantum families: what they have in common. Their secrets are in secret
 * memory.
 */
#include <stdlib.h>

#include "backends/soft/pq.h"
#include "base/ct.h"

static enum pqhw_status encapsulate(const struct pq_key *key, uint8_t *ct, struct secret *ss)
{
    enum pqhw_status status = PQHW_OK;

    TRY(secret_new(ss, PQ_SECRET_LEN));
    TRY(key->family->encaps(key, ct, ss->ptr));
out:
    if (status != PQHW_OK)
        secret_free(ss);
    return status;
}

static enum pqhw_status decapsulate(const struct pq_key *key, struct span ct, struct secret *ss)
{
    enum pqhw_status status = PQHW_OK;

    REQUIRE(ct.len == key->set.output_len, PQHW_ENCRYPTED_DATA_LEN_RANGE);
    TRY(secret_new(ss, PQ_SECRET_LEN));
    TRY(key->family->decaps(key, ss->ptr, ct));
out:
    if (status != PQHW_OK)
        secret_free(ss);
    return status;
}

enum pqhw_status pq_kem_check_pair(const struct pq_key *priv, const struct pq_key *pub)
{
    enum pqhw_status status = PQHW_OK;
    size_t len = priv->set.output_len;
    struct secret ss_sent = {0};
    struct secret ss_received = {0};
    uint8_t *ct = malloc(len);

    REQUIRE(ct != NULL, PQHW_NO_MEMORY);
    TRY(encapsulate(pub, ct, &ss_sent));
    TRY(decapsulate(priv, span(ct, len), &ss_received));
    REQUIRE(ct_equal(ss_sent.ptr, ss_received.ptr, PQ_SECRET_LEN), PQHW_SELF_TEST_FAILED);
out:
    secret_free(&ss_sent);
    secret_free(&ss_received);
    free(ct);
    return status;
}

static enum pqhw_status check(const struct pq_key *key, const struct backend_kem *how)
{
    const struct mechanism_info *info = mechanism_find(how->mechanism->type);

    if (key->family->encaps == NULL)
        return PQHW_KEY_TYPE_INCONSISTENT;
    if (info == NULL || info->key_type != key->family->key_type)
        return PQHW_MECHANISM_INVALID;
    return how->len == 0 || how->len == PQ_SECRET_LEN ? PQHW_OK : PQHW_TEMPLATE_INCONSISTENT;
}

enum pqhw_status pq_kem_lens(const struct backend_key *base, const struct backend_kem *how,
                             struct backend_kem_lens *out)
{
    const struct pq_key *key = pq_key_of(base);

    *out = (struct backend_kem_lens){.ct = key->set.output_len, .ss = PQ_SECRET_LEN};
    return check(key, how);
}

enum pqhw_status pq_encapsulate(const struct backend_key *base, const struct backend_kem *how,
                                uint8_t *ct, struct secret *ss)
{
    enum pqhw_status status = PQHW_OK;
    const struct pq_key *key = pq_key_of(base);

    TRY(check(key, how));
    REQUIRE(!key->is_private, PQHW_KEY_TYPE_INCONSISTENT);
    TRY(encapsulate(key, ct, ss));
out:
    return status;
}

enum pqhw_status pq_decapsulate(const struct backend_key *base, const struct backend_kem *how,
                                struct span ct, struct secret *ss)
{
    enum pqhw_status status = PQHW_OK;
    const struct pq_key *key = pq_key_of(base);

    TRY(check(key, how));
    REQUIRE(key->is_private, PQHW_KEY_TYPE_INCONSISTENT);
    TRY(decapsulate(key, ct, ss));
out:
    return status;
}
