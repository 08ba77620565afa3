/* SPDX-License-Identifier: Apache-2.0
 *
 * The public functions of libpqc that verify stateful hash-based signatures.
 */
#include "crypto/hbs/lms.h"
#include "crypto/hbs/xmss.h"
#include "pqhw/pqc.h"

_Static_assert(PQHW_HSS_MAX_PK_LEN == HSS_MAX_PK_LEN && PQHW_HSS_MAX_SIG_LEN == HSS_MAX_SIG_LEN,
               "pqc.h and lms.h differ");
_Static_assert(PQHW_XMSS_MAX_PK_LEN == XMSS_MAX_PK_LEN &&
                   PQHW_XMSS_MAX_SIG_LEN == XMSS_MAX_SIG_LEN &&
                   PQHW_XMSSMT_MAX_SIG_LEN == XMSSMT_MAX_SIG_LEN,
               "pqc.h and xmss.h differ");

static bool all_given(struct pqhw_bytes pk, struct pqhw_bytes message, struct pqhw_bytes sig)
{
    return (pk.ptr != NULL || pk.len == 0) && (message.ptr != NULL || message.len == 0) &&
           (sig.ptr != NULL || sig.len == 0);
}

enum pqhw_status pqhw_hss_verify(struct pqhw_bytes pk, struct pqhw_bytes message,
                                 struct pqhw_bytes sig)
{
    enum pqhw_status status = PQHW_OK;
    struct hss_public pub;

    REQUIRE(all_given(pk, message, sig), PQHW_ARGUMENTS_BAD);
    TRY(hss_public_init(&pub, span(pk.ptr, pk.len)));
    TRY(hss_verify(&pub, span(sig.ptr, sig.len), span(message.ptr, message.len)));
out:
    return status;
}

static enum pqhw_status verify_xmss(enum xmss_kind kind, struct pqhw_bytes pk,
                                    struct pqhw_bytes message, struct pqhw_bytes sig)
{
    enum pqhw_status status = PQHW_OK;
    struct xmss_public pub;

    REQUIRE(all_given(pk, message, sig), PQHW_ARGUMENTS_BAD);
    TRY(xmss_public_init(&pub, kind, span(pk.ptr, pk.len)));
    TRY(xmss_verify(&pub, span(sig.ptr, sig.len), span(message.ptr, message.len)));
out:
    return status;
}

enum pqhw_status pqhw_xmss_verify(struct pqhw_bytes pk, struct pqhw_bytes message,
                                  struct pqhw_bytes sig)
{
    return verify_xmss(XMSS_SINGLE, pk, message, sig);
}

enum pqhw_status pqhw_xmssmt_verify(struct pqhw_bytes pk, struct pqhw_bytes message,
                                    struct pqhw_bytes sig)
{
    return verify_xmss(XMSS_MULTI, pk, message, sig);
}
