/* SPDX-License-Identifier: Apache-2.0
 *
 * Error handling inside pqhw: one status type, one exit per function.
 *
 * A function that can fail declares `enum pqhw_status status = PQHW_OK;`, uses TRY and REQUIRE, and
 * ends with a label `out:` that wipes and frees and returns `status`.
 */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

#include "pqhw/status.h"

#define NODISCARD __attribute__((warn_unused_result))

/* For a local variable that is never read before it is written, where even that the compiler clears
 * all of them costs too much. */
#if defined(__has_attribute) && __has_attribute(uninitialized)
#define UNINITIALIZED __attribute__((uninitialized))
#else
#define UNINITIALIZED
#endif

/* Leave through `out:` with the status of `expr` unless it is PQHW_OK. */
#define TRY(expr)                                                                                  \
    do {                                                                                           \
        status = (expr);                                                                           \
        if (status != PQHW_OK)                                                                     \
            goto out;                                                                              \
    } while (0)

/* Leave through `out:` with `failure` unless `cond` holds. */
#define REQUIRE(cond, failure)                                                                     \
    do {                                                                                           \
        if (!(cond)) {                                                                             \
            status = (failure);                                                                    \
            goto out;                                                                              \
        }                                                                                          \
    } while (0)

#endif
