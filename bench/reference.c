/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/reference.h"

#include <stdlib.h>

#include "crypto/classic/classic.h"
#include "crypto/classic/digest.h"
#include "crypto/keccak/keccak.h"

struct reference {
    struct classic *classic;
    struct digest *digest; /* of a message that never ends */
};

void reference_free(struct reference *reference)
{
    if (reference == NULL)
        return;
    digest_free(reference->digest);
    classic_free(reference->classic);
    free(reference);
}

enum pqhw_status reference_new(struct reference **out)
{
    enum pqhw_status status = PQHW_OK;
    struct reference *reference = calloc(1, sizeof(*reference));

    REQUIRE(reference != NULL, PQHW_NO_MEMORY);
    TRY(classic_new(&reference->classic));
    TRY(digest_new(reference->classic, &reference->digest, DIGEST_SHA3_256));
    *out = reference;
    reference = NULL;
out:
    reference_free(reference);
    return status;
}

/* Whole blocks: each is permuted at once. */
const char *reference_run(struct reference *reference)
{
    static const uint8_t blocks[REFERENCE_PERMUTATIONS * SHA3_256_RATE];
    const enum pqhw_status status = digest_update(reference->digest, SPAN(blocks));

    return status == PQHW_OK ? NULL : pqhw_status_text(status);
}
