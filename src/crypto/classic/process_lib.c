/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/classic/process_lib.h"

#include <openssl/bio.h>
#include <openssl/conf.h>
#include <openssl/crypto.h>
#include <openssl/provider.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "crypto/classic/classic.h"

/*
 * A forked child makes contexts of its own: a thread of the parent's that is not there any more may
 * hold the locks of the one that came along, which therefore stays as it is.
 */
struct process_lib {
    OSSL_LIB_CTX *lib;
    pid_t pid;
    const struct process_lib *parents;
};

typedef enum pqhw_status loader(OSSL_LIB_CTX *lib, const char *config);

static void process_lib_free(struct process_lib *own)
{
    if (own != NULL)
        OSSL_LIB_CTX_free(own->lib);
    free(own);
}

static enum pqhw_status get(OSSL_LIB_CTX **out, _Atomic(struct process_lib *) *current,
                            loader *load, const char *config)
{
    enum pqhw_status status = PQHW_OK;
    struct process_lib *seen = atomic_load(current);
    struct process_lib *own = NULL;

    if (seen != NULL && seen->pid == getpid()) {
        *out = seen->lib;
        return PQHW_OK;
    }
    own = calloc(1, sizeof(*own));
    REQUIRE(own != NULL, PQHW_NO_MEMORY);
    /* Unless the program has begun to use libcrypto itself, it is not to tidy up when the process
     * ends: it would do so under threads that are at work, and in the child of a fork it waits for
     * ever for a lock that a thread of the parent held. */
    REQUIRE(OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, NULL) == 1, PQHW_NO_MEMORY);
    *own = (struct process_lib){OSSL_LIB_CTX_new(), getpid(), seen};
    REQUIRE(own->lib != NULL, PQHW_NO_MEMORY);
    TRY(load(own->lib, config));
    /* Where two threads come here at once, the first one's is everybody's. */
    if (atomic_compare_exchange_strong(current, &seen, own))
        own = NULL;
    *out = atomic_load(current)->lib;
out:
    process_lib_free(own);
    return status;
}

static enum pqhw_status load_default(OSSL_LIB_CTX *lib, const char *config)
{
    (void)config;
    return OSSL_PROVIDER_load(lib, "default") != NULL ? PQHW_OK : PQHW_INTERNAL;
}

enum pqhw_status process_lib_default(OSSL_LIB_CTX **out)
{
    static _Atomic(struct process_lib *) current;

    return get(out, &current, load_default, NULL);
}

/* ---- FIPS ---- */

bool classic_fips_config(char out[CLASSIC_PATH_MAX])
{
    int len =
        snprintf(out, CLASSIC_PATH_MAX, "%s/fipsmodule.cnf", OPENSSL_info(OPENSSL_INFO_CONFIG_DIR));

    return len > 0 && len < CLASSIC_PATH_MAX;
}

#define APPLICATION "pqhw_fips"
#define MAX_CONFIG  65536

/*
 * The file names no provider: it has a section, fips_sect, with what the provider wants to know of
 * itself. This, before it, says whose that is; and of what else the file may have, nothing is used.
 */
static const char whose[] = "[pqhw_modules]\n"
                            "providers = pqhw_providers\n"
                            "[pqhw_providers]\n"
                            "fips = fips_sect\n"
                            "[default]\n" APPLICATION " = pqhw_modules\n";

/* Both, one after the other: libcrypto cannot read two files into one configuration. */
static enum pqhw_status read_config(BIO *out, const char *path)
{
    enum pqhw_status status = PQHW_OK;
    char part[1024];
    int len;
    size_t total = 0;
    BIO *file = BIO_new_file(path, "r");

    REQUIRE(file != NULL, PQHW_NOT_FOUND);
    REQUIRE(BIO_puts(out, whose) > 0, PQHW_NO_MEMORY);
    while ((len = BIO_read(file, part, sizeof(part))) > 0) {
        total += (size_t)len;
        REQUIRE(total <= MAX_CONFIG, PQHW_NOT_FOUND);
        REQUIRE(BIO_write(out, part, len) == len, PQHW_NO_MEMORY);
    }
out:
    BIO_free(file);
    return status;
}

static enum pqhw_status load_fips(OSSL_LIB_CTX *lib, const char *config)
{
    enum pqhw_status status = PQHW_OK;
    long line;
    CONF *conf = NCONF_new_ex(lib, NULL);
    BIO *text = BIO_new(BIO_s_mem());

    REQUIRE(conf != NULL && text != NULL, PQHW_NO_MEMORY);
    TRY(read_config(text, config));
    REQUIRE(NCONF_load_bio(conf, text, &line) > 0, PQHW_NOT_FOUND);
    REQUIRE(CONF_modules_load(conf, APPLICATION, 0) > 0 &&
                OSSL_PROVIDER_load(lib, "fips") != NULL && OSSL_PROVIDER_load(lib, "base") != NULL,
            PQHW_SELF_TEST_FAILED);
out:
    BIO_free(text);
    NCONF_free(conf);
    return status;
}

enum pqhw_status process_lib_fips(OSSL_LIB_CTX **out, const char *config)
{
    static _Atomic(struct process_lib *) current;
    char path[CLASSIC_PATH_MAX];

    if (config == NULL && !classic_fips_config(path))
        return PQHW_NOT_FOUND;
    return get(out, &current, load_fips, config != NULL ? config : path);
}
