/* SPDX-License-Identifier: Apache-2.0
 *
 * The public functions of libpqc for Falcon, as in pqc.c. The bytes of a signature come from the
 * operating system: who could choose them could have the key.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/secret.h"
#include "base/wipe.h"
#include "crypto/falcon/falcon.h"
#include "pqhw/pqc.h"

_Static_assert((int)PQHW_FALCON_1024 == (int)FALCON_1024 + 1 &&
                   (int)PQHW_FALCON_CT == (int)FALCON_CT + 1 &&
                   PQHW_FALCON_SEED_LEN == FALCON_SEED_LEN &&
                   PQHW_FALCON_MAX_PK_LEN == FALCON_MAX_PK_LEN &&
                   PQHW_FALCON_MAX_SK_LEN == FALCON_MAX_SK_LEN &&
                   PQHW_FALCON_MAX_SIG_LEN == FALCON_MAX_SIG_LEN,
               "pqc.h and falcon.h differ");

static bool given(struct pqhw_bytes bytes)
{
    return bytes.ptr != NULL || bytes.len == 0;
}

static struct span to_span(struct pqhw_bytes bytes)
{
    return span(bytes.ptr, bytes.len);
}

static enum pqhw_status number_of(enum falcon_set *out, enum pqhw_falcon_set set)
{
    if (set < PQHW_FALCON_512 || set > PQHW_FALCON_1024)
        return PQHW_PARAMETER_SET_NOT_SUPPORTED;
    *out = (enum falcon_set)(set - PQHW_FALCON_512);
    return PQHW_OK;
}

static enum pqhw_status format_of(enum falcon_format *out, enum pqhw_falcon_format format)
{
    if (format < PQHW_FALCON_COMPRESSED || format > PQHW_FALCON_CT)
        return PQHW_ARGUMENTS_BAD;
    *out = (enum falcon_format)(format - PQHW_FALCON_COMPRESSED);
    return PQHW_OK;
}

struct pqhw_falcon_sizes pqhw_falcon_sizes(enum pqhw_falcon_set set)
{
    const struct falcon_sizes *sizes;
    enum falcon_set number;

    if (number_of(&number, set) != PQHW_OK)
        return (struct pqhw_falcon_sizes){0};
    sizes = falcon_sizes(number);
    return (struct pqhw_falcon_sizes){
        .name = sizes->name,
        .pk_len = sizes->pk_len,
        .sk_len = sizes->sk_len,
        .compressed_max_len = sizes->sig_len[FALCON_COMPRESSED],
        .padded_len = sizes->sig_len[FALCON_PADDED],
        .ct_len = sizes->sig_len[FALCON_CT],
    };
}

enum pqhw_status pqhw_falcon_keygen(enum pqhw_falcon_set set, uint8_t *pk, uint8_t *sk,
                                    struct pqhw_bytes seed)
{
    enum pqhw_status status = PQHW_OK;
    struct secret sk_memory = {0};
    struct secret sk_room = {0};
    enum falcon_set number;

    TRY(number_of(&number, set));
    REQUIRE(pk != NULL && sk != NULL && given(seed), PQHW_ARGUMENTS_BAD);
    REQUIRE(seed.len == FALCON_SEED_LEN, PQHW_DATA_LEN_RANGE);
    TRY(secret_new(&sk_memory, falcon_private_size(number)));
    TRY(secret_new(&sk_room, falcon_keygen_room_size()));
    TRY(falcon_keygen((void *)sk_memory.ptr, number, seed.ptr, (void *)sk_room.ptr));
    falcon_private_public_encode((const void *)sk_memory.ptr, pk);
    falcon_private_encode((const void *)sk_memory.ptr, sk);
out:
    secret_free(&sk_room);
    secret_free(&sk_memory);
    return status;
}

/* Expand sk into locked memory, which the caller frees whatever comes out. */
static enum pqhw_status open_sk(struct secret *sk_memory, enum pqhw_falcon_set set,
                                struct pqhw_bytes sk)
{
    enum pqhw_status status = PQHW_OK;
    enum falcon_set number;

    TRY(number_of(&number, set));
    REQUIRE(given(sk), PQHW_ARGUMENTS_BAD);
    TRY(secret_new(sk_memory, falcon_private_size(number)));
    TRY(falcon_private_init((void *)sk_memory->ptr, number, to_span(sk)));
out:
    return status;
}

enum pqhw_status pqhw_falcon_check_sk(enum pqhw_falcon_set set, struct pqhw_bytes sk)
{
    struct secret sk_memory = {0};
    enum pqhw_status status = open_sk(&sk_memory, set, sk);

    secret_free(&sk_memory);
    return status;
}

static enum pqhw_status draw(void *context, uint8_t *out, size_t len)
{
    size_t done = 0;

    (void)context;
    while (done < len) {
        ssize_t got = getrandom(out + done, len - done, 0);

        if (got < 0 && errno != EINTR) {
            wipe(out, len);
            return PQHW_RANDOM_FAILED;
        }
        done += got > 0 ? (size_t)got : 0;
    }
    return PQHW_OK;
}

enum pqhw_status pqhw_falcon_sign(enum pqhw_falcon_set set, enum pqhw_falcon_format format,
                                  uint8_t *sig, size_t *sig_len, struct pqhw_bytes sk,
                                  struct pqhw_bytes message)
{
    const struct falcon_random random = {.draw = draw};
    enum pqhw_status status = PQHW_OK;
    struct secret sk_memory = {0};
    struct falcon_signer signer = {.random = &random};

    REQUIRE(sig != NULL && sig_len != NULL && given(message), PQHW_ARGUMENTS_BAD);
    TRY(format_of(&signer.format, format));
    TRY(open_sk(&sk_memory, set, sk));
    signer.priv = (const void *)sk_memory.ptr;
    TRY(falcon_sign(&signer, sig, sig_len, to_span(message)));
out:
    secret_free(&sk_memory);
    return status;
}

enum pqhw_status pqhw_falcon_verify(enum pqhw_falcon_set set, enum pqhw_falcon_format format,
                                    struct pqhw_bytes pk, struct pqhw_bytes message,
                                    struct pqhw_bytes sig)
{
    enum pqhw_status status = PQHW_OK;
    struct falcon_public *pub = NULL;
    enum falcon_format written;
    enum falcon_set number;
    size_t size;

    TRY(number_of(&number, set));
    TRY(format_of(&written, format));
    REQUIRE(given(pk) && given(message) && given(sig), PQHW_ARGUMENTS_BAD);
    size = falcon_public_size(number);
    pub = aligned_alloc(FALCON_ALIGN, (size + FALCON_ALIGN - 1) & ~(size_t)(FALCON_ALIGN - 1));
    REQUIRE(pub != NULL, PQHW_NO_MEMORY);
    TRY(falcon_public_init(pub, number, to_span(pk)));
    TRY(falcon_verify(pub, written, to_span(sig), to_span(message)));
out:
    free(pub);
    return status;
}
