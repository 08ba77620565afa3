/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HSM_DETAIL_H
#define HSM_DETAIL_H

/* Say more about the failure that is about to be returned in this thread (hsm_error_detail). Never
 * a secret. */
void detail_set(const char *format, ...) __attribute__((format(printf, 1, 2)));
void detail_clear(void);

#endif
