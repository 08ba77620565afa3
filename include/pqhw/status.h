/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PQHW_STATUS_H
#define PQHW_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

#define PQHW_API __attribute__((visibility("default")))

/* The outcome of every function that can fail. Zero is success. */
enum pqhw_status {
#define STATUS(name, category, ckr, text) PQHW_##name,
#include "pqhw/status.def"
    PQHW_NUM_STATUS
};

/* Who can mend a failure. */
enum pqhw_category {
    PQHW_CATEGORY_NONE,
    PQHW_CATEGORY_CALLER,
    PQHW_CATEGORY_AUTH,
    PQHW_CATEGORY_STATE,
    PQHW_CATEGORY_DATA,
    PQHW_CATEGORY_SYSTEM,
    PQHW_CATEGORY_INTERNAL,
};

/* The name of a status without its prefix, such as "PIN_INCORRECT". Never NULL. */
PQHW_API const char *pqhw_status_name(enum pqhw_status status);

/* One English sentence without a final stop. Never NULL. */
PQHW_API const char *pqhw_status_text(enum pqhw_status status);

PQHW_API enum pqhw_category pqhw_status_category(enum pqhw_status status);

#ifdef __cplusplus
}
#endif
#endif
