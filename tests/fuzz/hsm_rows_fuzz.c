/* SPDX-License-Identifier: Apache-2.0
 *
 * The rows of a store: object records, partitions' records, nodes of the freshness tree. With a MAC
 * that is right, so that the fuzzer gets behind it: what is accepted is written again as it was.
 * With one that is wrong nothing is accepted.
 *
 * Input: which row, then the row without its MAC.
 */
#include <string.h>

#include "fuzz.h"

#include "hsm/freshness.h"
#include "hsm/record.h"
#include "store/memory/memory.h"

static struct hsm_device device;

static void prepare(void)
{
    if (device.present)
        return;
    device.store_ops = &store_memory;
    check(classic_new(&device.classic) == PQHW_OK);
    check(secret_new(&device.keys, DEVICE_NUM_KEYS * CLASSIC_KEY_LEN) == PQHW_OK);
    fuzz_fill(1, device.keys.ptr, device.keys.len);
    device.present = true;
}

static bool is_refusal(enum pqhw_status status)
{
    return status == PQHW_RECORD_DAMAGED || status == PQHW_VERSION_UNKNOWN;
}

static void put_mac(struct buf *blob, enum device_key key, const struct buf *context)
{
    check(device_add_mac(&device, key, buf_span(context), blob) == PQHW_OK);
}

/* The contexts of the MACs, as hsm/record.c, partition.c and freshness.c say them. */

static void try_record(struct span body)
{
    const struct partition_state state = {.instance = {1, 2, 3}};
    struct buf blob = BUF_INIT(1 << 20), again = BUF_INIT(1 << 20), context = BUF_INIT(64);
    struct record record;
    const uint8_t sk_object[CLASSIC_KEY_LEN] = {1};
    struct secret secrets = {0};

    buf_put_str(&context, "object");
    buf_put(&context, state.instance, sizeof(state.instance));
    buf_put_u32(&context, 7);
    buf_put(&blob, body.ptr, body.len);
    put_mac(&blob, DEVICE_KEY_STORE, &context);
    enum pqhw_status status = record_decode(&device, &state, 7, buf_span(&blob), &record);
    check(status == PQHW_OK || is_refusal(status));
    if (status == PQHW_OK && record.sealed.len == 0) {
        check(record_encode(&device, &state, 7, record.version, record.attrs, SPAN_EMPTY, NULL,
                            &again) == PQHW_OK);
        check(buf_span(&again).len == blob.len);
        check(memcmp(again.ptr + 1, blob.ptr + 1, blob.len - 1 - CLASSIC_HASH_LEN) == 0);
    } else if (status == PQHW_OK) {
        check(record_unseal(&device, state.instance, 7, &record, sk_object, &secrets) ==
              PQHW_RECORD_DAMAGED);
        check(secrets.ptr == NULL);
    }
    if (blob.len > 0) {
        blob.ptr[blob.len - 1] ^= 1;
        check(is_refusal(record_decode(&device, &state, 7, buf_span(&blob), &record)));
    }
    buf_free(&blob);
    buf_free(&again);
    buf_free(&context);
}

static struct store_tx *begin(struct store **store)
{
    struct store_tx *tx;

    check(store_memory.open(store, "", true) == PQHW_OK);
    check(store_memory.begin(*store, &tx, true) == PQHW_OK);
    return tx;
}

#define NUM_VERSIONS 3 /* of a partition's record */

/* What a record of this version has more than one of version 1: 2 a policy, 3 an outbox, empty. */
static size_t added_until(uint8_t version)
{
    return (version >= 2 ? 4u : 0u) + (version >= 3 ? 4u : 0u);
}

static void try_partition(struct span body)
{
    struct store *store;
    struct store_tx *tx = begin(&store);
    struct buf blob = BUF_INIT(1 << 20), again = BUF_INIT(1 << 20), context = BUF_INIT(64);
    struct partition_state state, same;

    buf_put_str(&context, "partition");
    buf_put_u32(&context, 3);
    buf_put(&blob, body.ptr, body.len);
    put_mac(&blob, DEVICE_KEY_STORE, &context);
    check(store_memory.partition_put(tx, 3, buf_span(&blob)) == PQHW_OK);
    enum pqhw_status status = partition_state_get(&device, tx, 3, &state);
    check(status == PQHW_OK || is_refusal(status));
    if (status == PQHW_OK) {
        check(partition_state_put(&device, tx, &state) == PQHW_OK);
        check(partition_state_get(&device, tx, 3, &same) == PQHW_OK);
        check(memcmp(&state, &same, sizeof(state)) == 0);
        check(store_memory.partition_get(tx, 3, &again) == PQHW_OK);
        check(again.len - added_until(NUM_VERSIONS) == blob.len - added_until(blob.ptr[0]));
    }
    store_memory.rollback(tx);
    store_memory.close(store);
    buf_free(&blob);
    buf_free(&again);
    buf_free(&context);
}

/* The topmost node; those below are not there, so an object that it counts is damaged. */
static void try_node(struct span body)
{
    struct store *store;
    struct store_tx *tx = begin(&store);
    struct buf blob = BUF_INIT(1 << 20), context = BUF_INIT(64);
    struct partition_state state = {.slot = 3, .instance = {1, 2, 3}, .tree = 5};
    struct freshness found;
    const uint32_t top = 4;

    buf_put_str(&context, "node");
    buf_put(&context, state.instance, sizeof(state.instance));
    buf_put_u32(&context, top);
    buf_put_u32(&context, 0);
    buf_put_u64(&context, state.tree);
    buf_put(&blob, body.ptr, body.len);
    put_mac(&blob, DEVICE_KEY_TREE, &context);
    check(store_memory.node_put(tx, 3, top, 0, buf_span(&blob)) == PQHW_OK);
    enum pqhw_status status = freshness_get(&device, tx, &state, 1, &found);
    bool counted = body.len < 8 || load_be64(body.ptr) != 0;
    check(status == (body.len == 64 * 8 && !counted ? PQHW_OK : PQHW_RECORD_DAMAGED));
    check(status != PQHW_OK || (found.version == 0 && !found.present));
    store_memory.rollback(tx);
    store_memory.close(store);
    buf_free(&blob);
    buf_free(&context);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const rows[])(struct span body) = {try_record, try_partition, try_node};

    prepare();
    if (size > 1)
        rows[data[0] % 3](span(data + 1, size - 1));
    return 0;
}

bool fuzz_seed(size_t i, struct buf *out)
{
    struct buf attrs = BUF_INIT(1024);

    buf_put_u8(out, (uint8_t)(i % 3));
    if (i % 3 == 0) { /* an object of version 1 without secrets, and with something sealed */
        attrs_put_number(&attrs, CKA_CLASS, CKO_DATA);
        buf_put_u8(out, 1);
        buf_put_u64(out, 1);
        buf_put_span32(out, buf_span(&attrs));
        buf_put_span32(out, span("0123456789012345678901234567890123456789", i == 0 ? 0 : 40));
    } else { /* zeros of the right length: of a partition's record of each version, of a node */
        uint8_t version = (uint8_t)(1 + i / 3);
        size_t record = 1 + 16 + 16 + HSM_LABEL_LEN + 28 + 2 * 69 + 40;
        size_t len = i % 3 == 1 ? record + added_until(version) : 64 * 8;
        uint8_t *zeros = buf_extend(out, len);

        check(zeros != NULL);
        memset(zeros, 0, len);
        if (i % 3 == 1)
            zeros[0] = version;
    }
    buf_free(&attrs);
    return i < 3 * NUM_VERSIONS;
}
