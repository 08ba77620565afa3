/* SPDX-License-Identifier: Apache-2.0 */
#include "hsm/record.h"

#include "crypto/keccak/keccak.h"
#include "crypto/random/random.h"

#define RECORD_VERSION 1
#define SEAL_EXTRA     (CLASSIC_NONCE_LEN + CLASSIC_TAG_LEN)

static void put_context(struct buf *context, const char *what,
                        const uint8_t instance[PARTITION_INSTANCE_LEN], uint32_t number)
{
    buf_put_str(context, what);
    buf_put(context, instance, PARTITION_INSTANCE_LEN);
    buf_put_u32(context, number);
}

static void put_associated(struct buf *out, const uint8_t instance[PARTITION_INSTANCE_LEN],
                           uint32_t number, uint64_t version, struct span attrs)
{
    uint8_t hash[32];

    sha3_256(hash, &attrs, 1);
    put_context(out, "secrets", instance, number);
    buf_put_u8(out, RECORD_VERSION);
    buf_put_u64(out, version);
    buf_put(out, hash, sizeof(hash));
}

static enum pqhw_status seal(const struct hsm_device *device, const struct partition_state *state,
                             uint32_t number, uint64_t version, struct span attrs,
                             struct span secrets, const uint8_t *sk_object, struct buf *out)
{
    enum pqhw_status status = PQHW_OK;
    struct buf associated = BUF_INIT(256);
    uint8_t *at = buf_extend(out, secrets.len + SEAL_EXTRA);

    TRY(buf_status(out));
    put_associated(&associated, state->instance, number, version, attrs);
    TRY(buf_status(&associated));
    uint8_t *ciphertext = at + CLASSIC_NONCE_LEN;
    TRY(random_bytes(device->classic, at, CLASSIC_NONCE_LEN));
    TRY(classic_seal(device->classic, ciphertext, ciphertext + secrets.len, sk_object, at,
                     buf_span(&associated), secrets));
out:
    buf_free(&associated);
    return status;
}

enum pqhw_status record_encode(const struct hsm_device *device, const struct partition_state *state,
                               uint32_t number, uint64_t version, struct span attrs,
                               struct span secrets, const uint8_t *sk_object, struct buf *out)
{
    enum pqhw_status status = PQHW_OK;
    struct buf context = BUF_INIT(64);

    buf_put_u8(out, RECORD_VERSION);
    buf_put_u64(out, version);
    buf_put_span32(out, attrs);
    if (secrets.len == 0) {
        buf_put_u32(out, 0);
    } else {
        buf_put_u32(out, (uint32_t)(secrets.len + SEAL_EXTRA));
        TRY(seal(device, state, number, version, attrs, secrets, sk_object, out));
    }
    put_context(&context, "object", state->instance, number);
    TRY(buf_status(&context));
    TRY(device_add_mac(device, DEVICE_KEY_STORE, buf_span(&context), out));
out:
    buf_free(&context);
    return status;
}

enum pqhw_status record_decode(const struct hsm_device *device, const struct partition_state *state,
                               uint32_t number, struct span blob, struct record *out)
{
    enum pqhw_status status = PQHW_OK;
    struct buf context = BUF_INIT(64);
    struct span body;

    REQUIRE(blob.len > 0, PQHW_RECORD_DAMAGED);
    REQUIRE(blob.ptr[0] <= RECORD_VERSION, PQHW_VERSION_UNKNOWN);
    put_context(&context, "object", state->instance, number);
    TRY(buf_status(&context));
    TRY(device_check_mac(device, DEVICE_KEY_STORE, buf_span(&context), blob, &body));
    struct reader r = reader(body);
    read_u8(&r);
    out->version = read_u64(&r);
    out->attrs = read_span32(&r);
    out->sealed = read_span32(&r);
    REQUIRE(read_finished(&r) && attrs_valid(out->attrs), PQHW_RECORD_DAMAGED);
    REQUIRE(out->sealed.len == 0 || out->sealed.len > SEAL_EXTRA, PQHW_RECORD_DAMAGED);
out:
    buf_free(&context);
    return status;
}

enum pqhw_status record_unseal(const struct hsm_device *device,
                               const uint8_t instance[PARTITION_INSTANCE_LEN], uint32_t number,
                               const struct record *record, const uint8_t *sk_object,
                               struct secret *out)
{
    enum pqhw_status status = PQHW_OK;
    struct buf associated = BUF_INIT(256);
    size_t len = record->sealed.len - SEAL_EXTRA;
    const uint8_t *nonce = record->sealed.ptr;
    const uint8_t *ciphertext = nonce + CLASSIC_NONCE_LEN;

    TRY(secret_new(out, len));
    put_associated(&associated, instance, number, record->version, record->attrs);
    TRY(buf_status(&associated));
    status = classic_open(device->classic, out->ptr, sk_object, nonce, buf_span(&associated),
                          span(ciphertext, len), ciphertext + len);
    REQUIRE(status != PQHW_DATA_INVALID, PQHW_RECORD_DAMAGED);
    TRY(status);
    REQUIRE(attrs_valid(secret_span(out)), PQHW_RECORD_DAMAGED);
out:
    if (status != PQHW_OK)
        secret_free(out);
    buf_free(&associated);
    return status;
}
