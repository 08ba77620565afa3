/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/classic/pkey.h"

#include <openssl/core_names.h>
#include <stdatomic.h>
#include <string.h>

#include "base/wipe.h"

enum pqhw_status pkey_params_new(struct pkey_params *params, size_t room)
{
    *params = (struct pkey_params){.list = {OSSL_PARAM_END}};
    return secret_new(&params->room, room);
}

void pkey_params_free(struct pkey_params *params)
{
    secret_free(&params->room);
}

void pkey_native(uint8_t *out, struct span big_endian)
{
    for (size_t i = 0; i < big_endian.len; i++) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
        out[i] = big_endian.ptr[big_endian.len - 1 - i];
#else
        out[i] = big_endian.ptr[i];
#endif
    }
}

static void add(struct pkey_params *params, OSSL_PARAM param)
{
    params->list[params->num++] = param;
    params->list[params->num] = OSSL_PARAM_construct_end();
}

void pkey_params_number(struct pkey_params *params, const char *name, struct span value)
{
    uint8_t *at = params->room.ptr + params->used;

    pkey_native(at, value);
    params->used += value.len;
    add(params, OSSL_PARAM_construct_BN(name, at, value.len));
}

/* libcrypto reads these only, but has no constructor that says so. */
void pkey_params_bytes(struct pkey_params *params, const char *name, struct span value)
{
    add(params, OSSL_PARAM_construct_octet_string(name, (void *)(uintptr_t)value.ptr, value.len));
}

void pkey_params_name(struct pkey_params *params, const char *name, const char *value)
{
    add(params, OSSL_PARAM_construct_utf8_string(name, (char *)(uintptr_t)value, 0));
}

static enum pqhw_status make(const struct classic *classic, EVP_PKEY **out, const char *type,
                             int selection, const struct pkey_params *params)
{
    enum pqhw_status status = PQHW_OK;
    EVP_PKEY *pkey = NULL;
    OSSL_PARAM list[PKEY_MAX_PARAMS + 1];

    memcpy(list, params->list, sizeof(list)); /* libcrypto wants to write there */
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(classic->lib, type, NULL);
    REQUIRE(ctx != NULL && EVP_PKEY_fromdata_init(ctx) == 1, PQHW_NO_MEMORY);
    REQUIRE(EVP_PKEY_fromdata(ctx, &pkey, selection, list) == 1, PQHW_DATA_INVALID);
    *out = pkey;
out:
    EVP_PKEY_CTX_free(ctx);
    return status;
}

/* libcrypto does not always say that memory failed it, not even to itself (a curve is then an
 * unknown one, a point off it): wrong is what it refuses twice. */
enum pqhw_status pkey_make(const struct classic *classic, EVP_PKEY **out, const char *type,
                           int selection, const struct pkey_params *params)
{
    enum pqhw_status status = make(classic, out, type, selection, params);

    return status != PQHW_DATA_INVALID ? status : make(classic, out, type, selection, params);
}

enum pqhw_status pkey_number(const EVP_PKEY *pkey, const char *name, uint8_t *out, size_t len)
{
    enum pqhw_status status = PQHW_OK;
    struct secret sk_native = {0};
    OSSL_PARAM list[2] = {OSSL_PARAM_END, OSSL_PARAM_END};

    TRY(secret_new(&sk_native, len));
    list[0] = OSSL_PARAM_construct_BN(name, sk_native.ptr, len);
    REQUIRE(EVP_PKEY_get_params(pkey, list) == 1 && OSSL_PARAM_modified(&list[0]) &&
                list[0].return_size <= len,
            PQHW_INTERNAL);
    pkey_native(out, secret_span(&sk_native)); /* a turn is its own inverse */
out:
    secret_free(&sk_native);
    return status;
}

enum pqhw_status pkey_prepare(const struct classic *classic, EVP_PKEY_CTX **out, EVP_PKEY *pkey,
                              int (*init)(EVP_PKEY_CTX *ctx))
{
    enum pqhw_status status = PQHW_OK;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(classic->lib, pkey, NULL);

    REQUIRE(ctx != NULL, PQHW_NO_MEMORY);
    REQUIRE(init(ctx) == 1, PQHW_INTERNAL);
    *out = ctx;
    ctx = NULL;
out:
    EVP_PKEY_CTX_free(ctx);
    return status;
}

static EVP_PKEY_CTX *_Atomic *spare_of(const struct pkey_use *use)
{
    return &((struct pkey_use *)(uintptr_t)use)->spare;
}

enum pqhw_status pkey_use_begin(const struct pkey_use *use, EVP_PKEY_CTX **out)
{
    *out = atomic_exchange(spare_of(use), NULL);
    if (*out == NULL)
        *out = EVP_PKEY_CTX_dup(use->prepared);
    return *out != NULL ? PQHW_OK : PQHW_NO_MEMORY;
}

void pkey_use_end(const struct pkey_use *use, EVP_PKEY_CTX *ctx, bool ok)
{
    if (ok)
        ctx = atomic_exchange(spare_of(use), ctx);
    EVP_PKEY_CTX_free(ctx);
}

void pkey_use_free(struct pkey_use *use)
{
    EVP_PKEY_CTX_free(use->prepared);
    EVP_PKEY_CTX_free(atomic_load(&use->spare));
}
