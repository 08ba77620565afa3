/* SPDX-License-Identifier: Apache-2.0
 *
 * The engine for ML-KEM, ML-DSA and SLH-DSA (enum hsm_engine).
 */
#ifndef HSM_ENGINE_H
#define HSM_ENGINE_H

#include "hsm/device.h"

/* What $PQHW_ENGINE names; HSM_ENGINE_DEFAULT if it is not set, or in a set-uid program.
 * PQHW_ARGUMENTS_BAD if there is no such engine. */
NODISCARD enum pqhw_status engine_override(enum hsm_engine *out);

/* With the device's lock held, before any key is opened: have the backend use the engine of a
 * device with this setting. PQHW_ENGINE_ABSENT, PQHW_ARGUMENTS_BAD. */
NODISCARD enum pqhw_status engine_choose(struct hsm_device *device, enum hsm_engine setting);

#endif
