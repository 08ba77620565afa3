/* SPDX-License-Identifier: Apache-2.0 */
#include "hsm/engine.h"

#include <stdlib.h>
#include <string.h>

#include "hsm/detail.h"

#define VARIABLE      "PQHW_ENGINE"
#define FIPS_VARIABLE "PQHW_FIPS_CONFIG"

static const struct {
    const char *name;
    enum backend_engine engine;
} engines[HSM_ENGINE_NUM] = {
    [HSM_ENGINE_OWN] = {"own", BACKEND_ENGINE_OWN},
    [HSM_ENGINE_LIBCRYPTO] = {"libcrypto", BACKEND_ENGINE_LIBCRYPTO},
    [HSM_ENGINE_FIPS] = {"libcrypto-fips", BACKEND_ENGINE_FIPS},
};

const char *hsm_engine_name(enum hsm_engine engine)
{
    return engine < HSM_ENGINE_NUM ? engines[engine].name : NULL;
}

/* NULL if it is not set. */
static const char *variable(const char *name)
{
    const char *text = secure_getenv(name);

    return text != NULL && text[0] != '\0' ? text : NULL;
}

enum pqhw_status engine_override(enum hsm_engine *out)
{
    const char *text = variable(VARIABLE);

    *out = HSM_ENGINE_DEFAULT;
    if (text == NULL)
        return PQHW_OK;
    for (int i = HSM_ENGINE_OWN; i < HSM_ENGINE_NUM; i++) {
        if (strcmp(text, engines[i].name) == 0) {
            *out = (enum hsm_engine)i;
            return PQHW_OK;
        }
    }
    detail_set(VARIABLE " must be own, libcrypto or libcrypto-fips");
    return PQHW_ARGUMENTS_BAD;
}

/* What is wrong, for a person. */
static void explain(enum hsm_engine engine, enum pqhw_status status, const char *fips_config)
{
    char path[CLASSIC_PATH_MAX];

    if (fips_config == NULL)
        fips_config = classic_fips_config(path) ? path : "fipsmodule.cnf";
    if (status == PQHW_NOT_FOUND)
        detail_set(
            "engine libcrypto-fips: cannot read %.1000s: install the FIPS provider of OpenSSL "
            "3.5 or later, make this file with openssl fipsinstall, or say in " FIPS_VARIABLE
            " where it is",
            fips_config);
    else if (status == PQHW_SELF_TEST_FAILED)
        detail_set("engine libcrypto-fips: libcrypto's FIPS provider does not start as "
                   "%.1000s has it: it is not installed, or not the one that file was made for",
                   fips_config);
    else if (engine == HSM_ENGINE_FIPS)
        detail_set(
            "engine libcrypto-fips: this FIPS provider has no ML-KEM, ML-DSA and SLH-DSA: one "
            "of OpenSSL 3.5 or later is needed");
    else
        detail_set(
            "engine libcrypto: OpenSSL 3.5 or later is needed for ML-KEM, ML-DSA and SLH-DSA, "
            "and this is %s",
            classic_version());
}

static bool is_absence(enum pqhw_status status)
{
    return status == PQHW_NOT_FOUND || status == PQHW_SELF_TEST_FAILED ||
           status == PQHW_NOT_SUPPORTED;
}

enum pqhw_status engine_choose(struct hsm_device *device, enum hsm_engine setting)
{
    enum pqhw_status status = PQHW_OK;
    enum hsm_engine override = device->engine_override;
    enum hsm_engine wanted = setting;
    const char *fips_config = variable(FIPS_VARIABLE);

    if (wanted == HSM_ENGINE_DEFAULT)
        wanted = override != HSM_ENGINE_DEFAULT ? override : HSM_ENGINE_OWN;
    if (override != HSM_ENGINE_DEFAULT && override != wanted) {
        detail_set("the device in %.1000s is for engine %s, which " VARIABLE " cannot change",
                   device->home, engines[wanted].name);
        TRY(PQHW_ARGUMENTS_BAD);
    }
    if (device->engine == wanted)
        return PQHW_OK;
    status = device->backend->ops->use_engine(device->backend, engines[wanted].engine, fips_config);
    if (is_absence(status)) {
        explain(wanted, status, fips_config);
        status = PQHW_ENGINE_ABSENT;
    }
    TRY(status);
    device->engine = wanted;
out:
    return status;
}
