/* SPDX-License-Identifier: Apache-2.0
 *
 * The bare engine with resident keys, for what a module is compared with. The contexts are for one
 * thread each.
 */
#ifndef BENCH_ENGINE_H
#define BENCH_ENGINE_H

#include <stdint.h>

#include "crypto/mldsa/mldsa.h"
#include "crypto/mlkem/mlkem.h"

/* NULL if there is not enough memory. Free accepts NULL. */
void *engine_kem_new(enum mlkem_set set);
void engine_kem_free(void *context);
const char *engine_kem_encaps(void *context, uint64_t n);
const char *engine_kem_decaps(void *context, uint64_t n);

void *engine_dsa_new(enum mldsa_set set);
void engine_dsa_free(void *context);
const char *engine_dsa_sign(void *context, uint64_t n);
const char *engine_dsa_verify(void *context, uint64_t n);

#endif
