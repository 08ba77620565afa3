/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs Falcon for falcon_test.py (driver.h).
 *
 *   verify SET FORMAT PUBLIC MESSAGE SIGNATURE
 *
 * SET is a parameter set's name; FORMAT is compressed, padded or ct.
 */
#include <stdlib.h>
#include <string.h>

#include "crypto/falcon/falcon.h"
#include "driver.h"

static enum falcon_set set_named(const char *name)
{
    for (int set = FALCON_512; set <= FALCON_1024; set++) {
        if (strcmp(falcon_sizes((enum falcon_set)set)->name, name) == 0)
            return (enum falcon_set)set;
    }
    driver_require(false, "unknown parameter set");
    return FALCON_512;
}

static enum falcon_format format_named(const char *name)
{
    static const char *const names[FALCON_NUM_FORMATS] = {
        [FALCON_COMPRESSED] = "compressed",
        [FALCON_PADDED] = "padded",
        [FALCON_CT] = "ct",
    };

    for (int format = 0; format < FALCON_NUM_FORMATS; format++) {
        if (strcmp(names[format], name) == 0)
            return (enum falcon_format)format;
    }
    driver_require(false, "unknown format");
    return FALCON_COMPRESSED;
}

static void *new_key(size_t size)
{
    void *memory =
        aligned_alloc(FALCON_ALIGN, (size + FALCON_ALIGN - 1) / FALCON_ALIGN * FALCON_ALIGN);

    driver_require(memory != NULL, "no memory");
    return memory;
}

static enum pqhw_status verify(struct driver_line *line)
{
    enum pqhw_status status = PQHW_OK;
    enum falcon_set set = set_named(line->text[1]);
    struct falcon_public *pub = new_key(falcon_public_size(set));

    TRY(falcon_public_init(pub, set, line->bytes[3]));
    TRY(falcon_verify(pub, format_named(line->text[2]), line->bytes[5], line->bytes[4]));
out:
    free(pub);
    return status;
}

static const struct driver_command commands[] = {
    {"verify", 6, verify},
};

int main(void)
{
    driver_serve(commands, sizeof(commands) / sizeof(commands[0]));
    return 0;
}
