/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CRYPTO_HBS_LMS_PARAMS_H
#define CRYPTO_HBS_LMS_PARAMS_H

#include "crypto/hbs/lms.h"

/* False if one of the typecodes is unknown, or they are of different hashes. */
bool lms_params_find(struct lms_params *out, uint32_t type, uint32_t ots_type);

#endif
