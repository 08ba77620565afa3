/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>

#include "crypto/slhdsa/engine.h"

const struct slhdsa_hash *slhdsa_hash_at(unsigned index)
{
    return index == 0 ? &slhdsa_hash_portable : NULL;
}

const struct slhdsa_hash *slhdsa_hash(void)
{
    return &slhdsa_hash_portable;
}
