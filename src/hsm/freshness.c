/* SPDX-License-Identifier: Apache-2.0 */
#include "hsm/freshness.h"

#include <string.h>

#define ARITY_BITS 6
#define ARITY      (1u << ARITY_BITS)
#define LEVELS     5
#define PRESENT    (UINT64_C(1) << 63) /* in a leaf's counter */

struct node {
    uint64_t count[ARITY];
};

/* What a node's MAC covers beside its counters: where it stands and which count it has in the node
 * above. */
static void put_context(struct buf *context, const struct partition_state *state, uint32_t level,
                        uint32_t index, uint64_t version)
{
    buf_put_str(context, "node");
    buf_put(context, state->instance, sizeof(state->instance));
    buf_put_u32(context, level);
    buf_put_u32(context, index);
    buf_put_u64(context, version);
}

static enum pqhw_status node_read(const struct hsm_device *device, struct store_tx *tx,
                                  const struct partition_state *state, uint32_t level,
                                  uint32_t index, uint64_t version, struct node *out)
{
    enum pqhw_status status = PQHW_OK;
    struct buf blob = BUF_INIT(STORE_BLOB_MAX);
    struct buf context = BUF_INIT(64);
    struct span body;

    memset(out, 0, sizeof(*out));
    /* A node that was never counted does not exist; one that was must. */
    if (version == 0)
        return PQHW_OK;
    status = device->store_ops->node_get(tx, state->slot, level, index, &blob);
    REQUIRE(status != PQHW_NOT_FOUND, PQHW_RECORD_DAMAGED);
    TRY(status);
    put_context(&context, state, level, index, version);
    TRY(buf_status(&context));
    TRY(device_check_mac(device, DEVICE_KEY_TREE, buf_span(&context), buf_span(&blob), &body));
    struct reader r = reader(body);
    for (size_t i = 0; i < ARITY; i++)
        out->count[i] = read_u64(&r);
    REQUIRE(read_finished(&r), PQHW_RECORD_DAMAGED);
out:
    buf_free(&context);
    buf_free(&blob);
    return status;
}

static enum pqhw_status node_write(const struct hsm_device *device, struct store_tx *tx,
                                   const struct partition_state *state, uint32_t level,
                                   uint32_t index, uint64_t version, const struct node *node)
{
    enum pqhw_status status = PQHW_OK;
    struct buf blob = BUF_INIT(STORE_BLOB_MAX);
    struct buf context = BUF_INIT(64);

    for (size_t i = 0; i < ARITY; i++)
        buf_put_u64(&blob, node->count[i]);
    put_context(&context, state, level, index, version);
    TRY(buf_status(&context));
    TRY(device_add_mac(device, DEVICE_KEY_TREE, buf_span(&context), &blob));
    TRY(device->store_ops->node_put(tx, state->slot, level, index, buf_span(&blob)));
out:
    buf_free(&context);
    buf_free(&blob);
    return status;
}

/* The nodes from the top (path[LEVELS - 1]) to the leaf (path[0]) of an object. */
struct path {
    struct node node[LEVELS];
    uint32_t index[LEVELS];
    uint32_t child[LEVELS]; /* which counter of the node leads on */
};

static enum pqhw_status path_read(const struct hsm_device *device, struct store_tx *tx,
                                  const struct partition_state *state, uint32_t number,
                                  struct path *path)
{
    enum pqhw_status status = PQHW_OK;
    uint64_t version = state->tree;

    REQUIRE(number < FRESHNESS_MAX_OBJECTS, PQHW_RECORD_DAMAGED);
    for (uint32_t level = LEVELS; level-- > 0;) {
        path->child[level] = (number >> (ARITY_BITS * level)) & (ARITY - 1);
        path->index[level] = number >> (ARITY_BITS * level) >> ARITY_BITS;
        TRY(node_read(device, tx, state, level, path->index[level], version, &path->node[level]));
        version = path->node[level].count[path->child[level]];
    }
out:
    return status;
}

enum pqhw_status freshness_get(const struct hsm_device *device, struct store_tx *tx,
                               const struct partition_state *state, uint32_t number,
                               struct freshness *out)
{
    struct path path;
    enum pqhw_status status = path_read(device, tx, state, number, &path);

    if (status == PQHW_OK) {
        uint64_t count = path.node[0].count[path.child[0]];
        *out = (struct freshness){.version = count & ~PRESENT, .present = (count & PRESENT) != 0};
    }
    return status;
}

enum pqhw_status freshness_next(const struct hsm_device *device, struct store_tx *tx,
                                struct partition_state *state, uint32_t number, bool present,
                                uint64_t *version)
{
    enum pqhw_status status = PQHW_OK;
    struct path path;

    TRY(path_read(device, tx, state, number, &path));
    uint64_t *leaf = &path.node[0].count[path.child[0]];
    *version = (*leaf & ~PRESENT) + 1;
    *leaf = *version | (present ? PRESENT : 0);
    for (uint32_t level = 1; level < LEVELS; level++)
        path.node[level].count[path.child[level]]++;
    state->tree++;
    for (uint32_t level = 0; level < LEVELS; level++) {
        uint64_t count =
            level + 1 == LEVELS ? state->tree : path.node[level + 1].count[path.child[level + 1]];
        TRY(node_write(device, tx, state, level, path.index[level], count, &path.node[level]));
    }
out:
    return status;
}
