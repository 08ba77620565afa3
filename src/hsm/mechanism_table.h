/* SPDX-License-Identifier: Apache-2.0
 *
 * The chapters of the table of mechanisms: one file each, rows sorted by type.
 */
#ifndef HSM_MECHANISM_TABLE_H
#define HSM_MECHANISM_TABLE_H

#include "hsm/mechanism.h"

struct mechanism_chapter {
    const struct mechanism_info *rows;
    size_t num;
};

#define MECHANISM_CHAPTER(rows)                                                                    \
    {                                                                                              \
        rows, sizeof(rows) / sizeof((rows)[0])                                                     \
    }

extern const struct mechanism_chapter mechanisms_pq;
extern const struct mechanism_chapter mechanisms_digest;
extern const struct mechanism_chapter mechanisms_hmac;
extern const struct mechanism_chapter mechanisms_aes;
extern const struct mechanism_chapter mechanisms_chacha;
extern const struct mechanism_chapter mechanisms_derive;
extern const struct mechanism_chapter mechanisms_tls;
extern const struct mechanism_chapter mechanisms_rsa;
extern const struct mechanism_chapter mechanisms_curve;
extern const struct mechanism_chapter mechanisms_hbs;

/* Are a derivation's lists as its mechanism has them (mechanism_lists.c)? */
bool mechanism_108_valid(const struct mechanism *mechanism, const struct mechanism_info *info);

/* Is a parameter of TLS as the protocol has it (mechanism_tls.c)? */
bool mechanism_tls_valid(const struct mechanism *mechanism, const struct mechanism_info *info);

/* Short words for the rows. */
#define NO_KEY     MECHANISM_NO_KEY
#define NO_DIGEST  CK_UNAVAILABLE_INFORMATION
#define SIGNING    (CKF_SIGN | CKF_VERIFY | CKF_MESSAGE_SIGN | CKF_MESSAGE_VERIFY)
#define CIPHERING  (CKF_ENCRYPT | CKF_DECRYPT)
#define RECOVERING (CKF_SIGN_RECOVER | CKF_VERIFY_RECOVER)
#define MESSAGES   (CKF_MESSAGE_ENCRYPT | CKF_MESSAGE_DECRYPT)
#define WRAPPING   (CKF_WRAP | CKF_UNWRAP)
#define KEM        (CKF_ENCAPSULATE | CKF_DECAPSULATE)

/* v3.2 has no number for SHAKE as a digest: it is called by its key derivation's. */
#define SHAKE128 CKM_SHAKE_128_KEY_DERIVATION
#define SHAKE256 CKM_SHAKE_256_KEY_DERIVATION

#endif
