/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs Falcon for falcon_test.py (driver.h).
 *
 *   keygen SET SEED
 *   public SET PRIVATE
 *   sample SET MU INVERSE_SIGMA BYTES
 *   sign SET FORMAT PRIVATE MESSAGE RANDOM
 *   verify SET FORMAT PUBLIC MESSAGE SIGNATURE
 *
 * SET is a parameter set's name; FORMAT is compressed, padded or ct; RANDOM is what is drawn;
 * MU and INVERSE_SIGMA are the bits of a binary64, big-endian.
 */
#include <stdlib.h>
#include <string.h>

#include "crypto/falcon/params.h"
#include "crypto/falcon/poly.h"
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

/* The seeded path, which only tests have: what is drawn comes from the command. */
static enum pqhw_status draw(void *context, uint8_t *out, size_t len)
{
    struct reader *r = context;
    struct span bytes = read_bytes(r, len);

    driver_require(!r->failed, "not enough random bytes");
    memcpy(out, bytes.ptr, len);
    return PQHW_OK;
}

static enum pqhw_status sign(struct driver_line *line)
{
    enum pqhw_status status = PQHW_OK;
    enum falcon_set set = set_named(line->text[1]);
    struct falcon_private *priv = new_key(falcon_private_size(set));
    struct reader r = reader(line->bytes[5]);
    const struct falcon_random random = {.draw = draw, .context = &r};
    const struct falcon_signer signer = {
        .priv = priv,
        .format = format_named(line->text[2]),
        .random = &random,
        .check = true,
    };

    TRY(falcon_private_init(priv, set, line->bytes[3]));
    TRY(falcon_sign(&signer, line->output, &line->output_len, line->bytes[4]));
out:
    free(priv);
    return status;
}

/* The public key, then the private one. */
static enum pqhw_status keygen(struct driver_line *line)
{
    enum pqhw_status status = PQHW_OK;
    enum falcon_set set = set_named(line->text[1]);
    const struct falcon_sizes *sizes = falcon_sizes(set);
    struct falcon_private *priv = new_key(falcon_private_size(set));
    struct falcon_keygen_room *room = new_key(falcon_keygen_room_size());

    driver_require(line->bytes[2].len == FALCON_SEED_LEN, "not a seed");
    TRY(falcon_keygen(priv, set, line->bytes[2].ptr, room));
    falcon_private_public_encode(priv, line->output);
    falcon_private_encode(priv, line->output + sizes->pk_len);
    line->output_len = sizes->pk_len + sizes->sk_len;
out:
    free(room);
    free(priv);
    return status;
}

static enum pqhw_status public_of(struct driver_line *line)
{
    enum pqhw_status status = PQHW_OK;
    enum falcon_set set = set_named(line->text[1]);
    struct falcon_private *priv = new_key(falcon_private_size(set));

    TRY(falcon_private_init(priv, set, line->bytes[2]));
    falcon_private_public_encode(priv, line->output);
    line->output_len = falcon_sizes(set)->pk_len;
out:
    free(priv);
    return status;
}

static void refill(struct falcon_noise *noise)
{
    (void)noise;
    driver_require(false, "more bytes are read than there are");
}

static enum pqhw_status sample(struct driver_line *line)
{
    static struct falcon_noise noise;
    const struct span bytes = line->bytes[4];
    const uint64_t sigma_min = falcon_params(set_named(line->text[1]))->sigma_min_bits;

    driver_require(bytes.len <= FALCON_NOISE_BLOCK_LEN - 10, "too many bytes");
    noise = (struct falcon_noise){.fill = refill};
    memcpy(noise.sk_bytes, bytes.ptr, bytes.len);
    int z = falcon_impl()->sample(&noise, fpr_from_bits(load_be64(line->bytes[2].ptr)),
                                  fpr_from_bits(load_be64(line->bytes[3].ptr)),
                                  fpr_from_bits(sigma_min));
    driver_require(noise.pos == bytes.len, "not as many bytes are read as there are");
    store_be32(line->output, (uint32_t)z);
    line->output_len = 4;
    return PQHW_OK;
}

static const struct driver_command commands[] = {
    {"keygen", 3, keygen}, {"public", 3, public_of}, {"sample", 5, sample},
    {"sign", 6, sign},     {"verify", 6, verify},
};

int main(void)
{
    driver_serve(commands, sizeof(commands) / sizeof(commands[0]));
    return 0;
}
