/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys between the formats of files (DER) and the attributes that the token takes and gives.
 */
#ifndef CLI_KEYCODEC_H
#define CLI_KEYCODEC_H

#include "base/secret.h"
#include "cli/keys.h"

#define KEYCODEC_MAX_SECRETS 6 /* numbers of an RSA key */

/* A key as attributes that make it, but for its class and type. Secrets point into what was read.
 */
struct keyparts {
    const struct key_kind *kind;
    CK_OBJECT_CLASS object_class;
    struct buf attrs;
    struct attr secrets[KEYCODEC_MAX_SECRETS]; /* in rising order of types */
    size_t num_secrets;
    struct secret joined; /* what the secrets of a key that came in parts point into */
};
void keyparts_free(struct keyparts *parts);

/*
 * Read a private key (PKCS#8, or what stands in it of RSA and curves) or a public one
 * (SubjectPublicKeyInfo). Whether its parts belong
 * together is checked for what is not checked by the token: PQHW_TEMPLATE_INCONSISTENT.
 * PQHW_DATA_INVALID if it is neither; PQHW_PARAMETER_SET_NOT_SUPPORTED or PQHW_CURVE_NOT_SUPPORTED
 * if it is of a kind that pqhw does not have, or damaged.
 */
NODISCARD enum pqhw_status keycodec_read(struct span der, struct keyparts *out);

/* A private key of the token as PKCS#8, in the form that --form asks for. out is new. */
NODISCARD enum pqhw_status keycodec_write(struct cli *cli, struct hsm_view *view,
                                          const struct key *key, struct secret *out);

#endif
