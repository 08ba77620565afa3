/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs the classical algorithms for classic_test.py (driver.h).
 *
 *   ecdsa-verify PARAMS HASH POINT MESSAGE SIGNATURE
 *   eddsa-verify PARAMS POINT MESSAGE SIGNATURE
 *   eddsa-sign PARAMS PRIVATE CONTEXT MESSAGE
 *   agree PARAMS PRIVATE POINT
 *   rsa-verify N E PADDING HASH MGF_HASH SALT_LEN MESSAGE SIGNATURE
 *   rsa-decrypt N E D P Q PADDING HASH MGF_HASH LABEL CIPHERTEXT
 *
 * All but names and SALT_LEN are bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "crypto/classic/digest.h"
#include "crypto/classic/ec.h"
#include "crypto/classic/edwards.h"
#include "crypto/classic/montgomery.h"
#include "crypto/classic/rsa.h"
#include "driver.h"

static struct classic *classic;

static enum digest_alg hash_named(const char *name)
{
    static const struct {
        const char *name;
        enum digest_alg alg;
    } names[] = {
        {"SHA-1", DIGEST_SHA1},
        {"SHA-224", DIGEST_SHA224},
        {"SHA-256", DIGEST_SHA256},
        {"SHA-384", DIGEST_SHA384},
        {"SHA-512", DIGEST_SHA512},
        {"SHA-512/224", DIGEST_SHA512_224},
        {"SHA-512/256", DIGEST_SHA512_256},
        {"SHA3-224", DIGEST_SHA3_224},
        {"SHA3-256", DIGEST_SHA3_256},
        {"SHA3-384", DIGEST_SHA3_384},
        {"SHA3-512", DIGEST_SHA3_512},
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(names[i].name, name) == 0)
            return names[i].alg;
    }
    driver_require(false, "unknown hash");
    return DIGEST_NUM;
}

static enum rsa_padding padding_named(const char *name)
{
    static const char *const names[] = {
        [RSA_PAD_NONE] = "none",
        [RSA_PAD_PKCS1] = "pkcs1",
        [RSA_PAD_PSS] = "pss",
        [RSA_PAD_OAEP] = "oaep",
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(names[i], name) == 0)
            return (enum rsa_padding)i;
    }
    driver_require(false, "unknown padding");
    return RSA_PAD_NONE;
}

static struct span hash_of(enum digest_alg alg, struct span message, uint8_t out[DIGEST_MAX_LEN])
{
    struct digest *digest;

    driver_require(digest_new(classic, &digest, alg) == PQHW_OK &&
                       digest_update(digest, message) == PQHW_OK &&
                       digest_final(digest, out) == PQHW_OK,
                   "cannot hash");
    digest_free(digest);
    return span(out, digest_len(alg));
}

/* ---- commands ---- */

static enum pqhw_status ecdsa_verify(struct driver_line *line)
{
    enum pqhw_status status = PQHW_OK;
    const struct curve *curve;
    struct ec_key *key = NULL;
    uint8_t hash[DIGEST_MAX_LEN];

    TRY(curve_from_params(&curve, line->bytes[1]));
    TRY(ec_public_new(&key, classic, curve, line->bytes[3]));
    TRY(ec_verify(key, hash_of(hash_named(line->text[2]), line->bytes[4], hash), line->bytes[5]));
out:
    ec_free(key);
    return status;
}

static const struct edwards_variant pure;

static enum pqhw_status eddsa_verify(struct driver_line *line)
{
    enum pqhw_status status = PQHW_OK;
    const struct curve *curve;
    struct edwards_key *key = NULL;

    TRY(curve_from_params(&curve, line->bytes[1]));
    TRY(edwards_public_new(&key, classic, curve, line->bytes[2]));
    TRY(edwards_verify(key, &pure, line->bytes[3], line->bytes[4]));
out:
    edwards_free(key);
    return status;
}

static enum pqhw_status eddsa_sign(struct driver_line *line)
{
    enum pqhw_status status = PQHW_OK;
    const struct curve *curve;
    struct edwards_key *key = NULL;
    const struct edwards_variant variant = {
        .has_context = line->bytes[3].len > 0,
        .context = line->bytes[3],
    };

    TRY(curve_from_params(&curve, line->bytes[1]));
    TRY(edwards_private_new(&key, classic, curve, line->bytes[2]));
    TRY(edwards_sign(key, line->output, &variant, line->bytes[4]));
    line->output_len = curve->signature_len;
out:
    edwards_free(key);
    return status;
}

static enum pqhw_status agree_weierstrass(const struct curve *curve, struct driver_line *line)
{
    enum pqhw_status status = PQHW_OK;
    struct ec_key *key = NULL;
    uint8_t sk[CURVE_MAX_PRIVATE_LEN];

    TRY(ec_private_pad(curve, sk, line->bytes[2]));
    TRY(ec_private_new(&key, classic, curve, span(sk, curve->private_len)));
    TRY(ec_agree(key, line->output, line->bytes[3]));
out:
    ec_free(key);
    return status;
}

static enum pqhw_status agree_montgomery(const struct curve *curve, struct driver_line *line)
{
    enum pqhw_status status = PQHW_OK;
    struct montgomery_key *key = NULL;

    TRY(montgomery_private_new(&key, classic, curve, line->bytes[2]));
    TRY(montgomery_agree(key, line->output, line->bytes[3]));
out:
    montgomery_free(key);
    return status;
}

static enum pqhw_status agree(struct driver_line *line)
{
    enum pqhw_status status = PQHW_OK;
    const struct curve *curve;

    TRY(curve_from_params(&curve, line->bytes[1]));
    TRY(curve->family == CURVE_WEIERSTRASS ? agree_weierstrass(curve, line)
                                           : agree_montgomery(curve, line));
    line->output_len = curve->shared_len;
out:
    return status;
}

static enum pqhw_status rsa_verify_command(struct driver_line *line)
{
    enum pqhw_status status = PQHW_OK;
    const struct rsa_scheme scheme = {
        .padding = padding_named(line->text[3]),
        .hash = hash_named(line->text[4]),
        .mgf_hash = hash_named(line->text[5]),
        .salt_len = strtoul(line->text[6], NULL, 10),
    };
    struct rsa_key *key = NULL;
    uint8_t hash[DIGEST_MAX_LEN];
    uint8_t info[RSA_MAX_DIGEST_INFO];
    struct span data = hash_of(scheme.hash, line->bytes[7], hash);

    TRY(rsa_public_new(&key, classic, line->bytes[1], line->bytes[2]));
    if (scheme.padding == RSA_PAD_PKCS1)
        data = span(info, rsa_digest_info(info, scheme.hash, hash));
    TRY(rsa_verify(key, &scheme, data, line->bytes[8]));
out:
    rsa_free(key);
    return status;
}

static enum pqhw_status rsa_decrypt_command(struct driver_line *line)
{
    enum pqhw_status status = PQHW_OK;
    const struct rsa_scheme scheme = {
        .padding = padding_named(line->text[6]),
        .hash = hash_named(line->text[7]),
        .mgf_hash = hash_named(line->text[8]),
        .label = line->bytes[9],
    };
    struct rsa_key *key = NULL;

    TRY(rsa_private_new(&key, classic,
                        (const struct span[RSA_NUM_PARTS]){line->bytes[1], line->bytes[2],
                                                           line->bytes[3], line->bytes[4],
                                                           line->bytes[5]}));
    TRY(rsa_decrypt(key, line->output, &line->output_len, &scheme, line->bytes[10]));
out:
    rsa_free(key);
    return status;
}

static const struct driver_command commands[] = {
    {"ecdsa-verify", 6, ecdsa_verify},     {"eddsa-verify", 5, eddsa_verify},
    {"eddsa-sign", 5, eddsa_sign},         {"agree", 4, agree},
    {"rsa-verify", 9, rsa_verify_command}, {"rsa-decrypt", 11, rsa_decrypt_command},
};

int main(void)
{
    driver_require(classic_new(&classic) == PQHW_OK, "no libcrypto");
    driver_serve(commands, sizeof(commands) / sizeof(commands[0]));
    classic_free(classic);
    return 0;
}
