/* SPDX-License-Identifier: Apache-2.0
 *
 * The yardstick: libcrypto's SHA3-256 over a long message, per permutation of Keccak-f[1600].
 */
#include "bench/measure.h"
#include "bench/ticks.h"
#include "crypto/classic/digest.h"
#include "crypto/keccak/keccak.h"

#define MESSAGE_LEN (1 << 20)
#define SECONDS     0.3

static const unsigned num_permutations = MESSAGE_LEN / SHA3_256_RATE + 1;
static const uint8_t message[MESSAGE_LEN];

static const char *hash(void *context, uint64_t n)
{
    const struct classic *classic = context;
    struct digest *digest = NULL;
    enum pqhw_status status = PQHW_OK;
    uint8_t out[DIGEST_MAX_LEN];

    (void)n;
    TRY(digest_new(classic, &digest, DIGEST_SHA3_256));
    TRY(digest_update(digest, SPAN(message)));
    TRY(digest_final(digest, out));
out:
    digest_free(digest);
    return status == PQHW_OK ? NULL : pqhw_status_text(status);
}

void bench_reference(struct bench *bench)
{
    struct classic *classic = NULL;
    struct bench_case what = {.alg = "SHA3-256", .op = "digest", .run = hash};
    struct bench_result result;
    const char *error;
    enum pqhw_status status = classic_new(&classic);

    if (status != PQHW_OK) {
        bench_fail(bench, "reference: %s", pqhw_status_text(status));
        return;
    }
    what.context = classic;
    error = measure(&result, bench->samples, &what, SECONDS);
    if (error != NULL)
        bench_fail(bench, "reference: %s", error);
    else
        bench->reference_ns = ticks_to_ns(result.ticks_median) / num_permutations;
    classic_free(classic);
}
