/* SPDX-License-Identifier: Apache-2.0
 *
 * Templates and mechanisms' parameters as programs give them. A template that is read is a valid
 * list, and what the list holds is given back as it came: first the lengths, then the values, and a
 * room that is a byte too small is refused without a touch. A parameter that is read is in memory.
 */
#include <string.h>

#include "surface.h"

#include "hsm/attrs.h"
#include "pkcs11/param.h"
#include "pkcs11/template.h"

static void check_given(struct buf *again, const struct attr *attr)
{
    CK_ATTRIBUTE asked = {attr->type, NULL, 0};

    check(template_give(&asked, attr->value) == PQHW_OK);
    CK_ULONG len = asked.ulValueLen;
    uint8_t *value = malloc(len + 1);
    check(value != NULL);
    memset(value, 0xa5, len + 1);
    if (len > 0) {
        asked = (CK_ATTRIBUTE){attr->type, value, len - 1};
        check(template_give(&asked, attr->value) == PQHW_BUFFER_TOO_SMALL);
        check(asked.ulValueLen == CK_UNAVAILABLE_INFORMATION && value[0] == 0xa5);
    }
    asked = (CK_ATTRIBUTE){attr->type, value, len};
    check(template_give(&asked, attr->value) == PQHW_OK && asked.ulValueLen == len);
    check(value[len] == 0xa5);
    struct buf one = {0};
    check(template_read(&one, &asked, 1) == PQHW_OK);
    check(attrs_merge(again, buf_span(&one)) == PQHW_OK);
    buf_free(&one);
    free(value);
}

static void try_template(struct world *world)
{
    struct attributes given = arg_template(world);
    struct buf list = {0}, again = BUF_INIT(ATTRS_MAX_LEN);
    struct attr attr;
    enum pqhw_status status = template_read(&list, given.array, given.count);

    check(status == PQHW_OK || status == PQHW_ARGUMENTS_BAD ||
          status == PQHW_ATTRIBUTE_TYPE_INVALID || status == PQHW_ATTRIBUTE_VALUE_INVALID ||
          status == PQHW_TEMPLATE_INCONSISTENT);
    if (status == PQHW_OK) {
        check(list.len == 0 || attrs_valid(buf_span(&list)));
        for (struct reader r = reader(buf_span(&list)); attrs_next(&r, &attr);) {
            /* A template within is given into attributes of the caller's. */
            if (attr_kind(attr.type) == ATTR_TEMPLATE)
                attrs_put(&again, attr.type, attr.value);
            else
                check_given(&again, &attr);
        }
        check(buf_status(&again) == PQHW_OK && span_equal(buf_span(&again), buf_span(&list)));
    }
    buf_free(&again);
    buf_free(&list);
}

/* Every byte can be read. */
static void touch(struct span bytes)
{
    uint8_t *copy = fuzz_copy(bytes);

    check(bytes.len == 0 || memcmp(copy, bytes.ptr, bytes.len) == 0);
    free(copy);
}

static void try_parameter(struct world *world)
{
    const struct mechanism_info *info;
    struct mechanism read;
    CK_MECHANISM *mechanism = arg_mechanism(world, ~(CK_FLAGS)0, &info);
    enum pqhw_status status = param_read(&read, mechanism);

    check(status == PQHW_OK || status == PQHW_MECHANISM_INVALID ||
          status == PQHW_MECHANISM_PARAM_INVALID || status == PQHW_ARGUMENTS_BAD);
    check((status == PQHW_ARGUMENTS_BAD) == (mechanism == NULL));
    if (status != PQHW_OK)
        return;
    check(read.type == mechanism->mechanism);
    /* Only what the mechanism takes is looked at later. */
    for (CK_FLAGS flag = 1; flag <= info->flags && flag != 0; flag <<= 1) {
        const struct mechanism_info *found;

        if ((info->flags & flag) == 0 || mechanism_check(&read, flag, &found) != PQHW_OK)
            continue;
        touch(read.context);
        touch(read.iv);
        touch(read.counter);
        touch(read.aad);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct world world;

    world = (struct world){.in = reader(span(data, size)), .sessions = {1}, .num_sessions = 1};
    for (unsigned i = 0; i < 16 && world.in.rest.len > 0; i++) {
        if (read_u8(&world.in) % 2 != 0)
            try_template(&world);
        else
            try_parameter(&world);
        free_garbage(&world);
    }
    return 0;
}

bool fuzz_seed(size_t i, struct buf *out)
{
    uint8_t *bytes = buf_extend(out, 16 + 8 * i);

    check(bytes != NULL);
    fuzz_fill(i, bytes, out->len);
    return i < 32;
}
