/* SPDX-License-Identifier: Apache-2.0
 *
 * What the derivations from secret keys share.
 */
#ifndef BACKENDS_SOFT_SECRET_DERIVE_H
#define BACKENDS_SOFT_SECRET_DERIVE_H

#include "backends/soft/secret.h"

/* What a derivation works with. */
struct deriving {
    const struct classic *classic;
    const struct mechanism *mechanism;
    enum digest_alg alg;
    const struct secret_key *base;
    const struct backend_derive *how;
    struct span key;
    struct span second; /* empty if there is none */
    size_t len;         /* that is wanted of the first value, or 0 */
};

/* One derivation: out is empty. */
typedef enum pqhw_status (*derivation)(const struct deriving *how, struct secret *out);

enum pqhw_status derive_108(const struct deriving *how, struct secret *out);
enum pqhw_status derive_tls(const struct deriving *how, struct secret *out);

#endif
