/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/classic/digest.h"

#include <stdlib.h>

#include "crypto/classic/context.h"

#define OID_LEN 11

/* 2.16.840.1.101.3.4.2.x, NIST's arc of hash algorithms */
#define NIST_HASH(x)                                                                               \
    {                                                                                              \
        0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, x                              \
    }

static const struct {
    const char *fetch_name;
    uint8_t len;
    bool xof;
    uint8_t oid[OID_LEN];
} table[DIGEST_NUM] = {
    /* 1.3.14.3.2.26 */
    [DIGEST_SHA1] = {"SHA1", 20, false, {0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a}},
    [DIGEST_SHA224] = {"SHA2-224", 28, false, NIST_HASH(4)},
    [DIGEST_SHA256] = {"SHA2-256", 32, false, NIST_HASH(1)},
    [DIGEST_SHA384] = {"SHA2-384", 48, false, NIST_HASH(2)},
    [DIGEST_SHA512] = {"SHA2-512", 64, false, NIST_HASH(3)},
    [DIGEST_SHA512_224] = {"SHA2-512/224", 28, false, NIST_HASH(5)},
    [DIGEST_SHA512_256] = {"SHA2-512/256", 32, false, NIST_HASH(6)},
    [DIGEST_SHA3_224] = {"SHA3-224", 28, false, NIST_HASH(7)},
    [DIGEST_SHA3_256] = {"SHA3-256", 32, false, NIST_HASH(8)},
    [DIGEST_SHA3_384] = {"SHA3-384", 48, false, NIST_HASH(9)},
    [DIGEST_SHA3_512] = {"SHA3-512", 64, false, NIST_HASH(10)},
    [DIGEST_SHAKE128] = {"SHAKE-128", 32, true, NIST_HASH(11)},
    [DIGEST_SHAKE256] = {"SHAKE-256", 64, true, NIST_HASH(12)},
};

struct digest {
    EVP_MD_CTX *ctx;
    enum digest_alg alg;
};

const char *digest_fetch_name(enum digest_alg alg)
{
    return table[alg].fetch_name;
}

size_t digest_len(enum digest_alg alg)
{
    return table[alg].len;
}

struct span digest_oid(enum digest_alg alg)
{
    return span(table[alg].oid, 2u + table[alg].oid[1]);
}

enum pqhw_status digest_new(const struct classic *classic, struct digest **out, enum digest_alg alg)
{
    enum pqhw_status status = PQHW_OK;
    struct digest *digest = calloc(1, sizeof(*digest));

    *out = NULL;
    ERR_set_mark();
    REQUIRE(digest != NULL, PQHW_NO_MEMORY);
    digest->alg = alg;
    digest->ctx = EVP_MD_CTX_new();
    REQUIRE(digest->ctx != NULL, PQHW_NO_MEMORY);
    REQUIRE(EVP_DigestInit_ex2(digest->ctx, classic->digests[alg], NULL) == 1, PQHW_NO_MEMORY);
    *out = digest;
    digest = NULL;
out:
    digest_free(digest);
    ERR_pop_to_mark();
    return status;
}

enum pqhw_status digest_update(struct digest *digest, struct span data)
{
    ERR_set_mark();
    int ok = EVP_DigestUpdate(digest->ctx, data.ptr, data.len);
    ERR_pop_to_mark();
    return ok == 1 ? PQHW_OK : PQHW_INTERNAL;
}

enum pqhw_status digest_final(struct digest *digest, uint8_t *out)
{
    ERR_set_mark();
    int ok = table[digest->alg].xof ? EVP_DigestFinalXOF(digest->ctx, out, table[digest->alg].len)
                                    : EVP_DigestFinal_ex(digest->ctx, out, NULL);
    ERR_pop_to_mark();
    return ok == 1 ? PQHW_OK : PQHW_INTERNAL;
}

void digest_free(struct digest *digest)
{
    if (digest == NULL)
        return;
    EVP_MD_CTX_free(digest->ctx);
    free(digest);
}
