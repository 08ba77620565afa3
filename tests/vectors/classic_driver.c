/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs the classical algorithms for classic_test.py. Commands come on standard input, one a line of
 * words; the answer is one line: the name of a status, and hexadecimal digits of what came out.
 *
 *   ecdsa-verify PARAMS HASH POINT MESSAGE SIGNATURE
 *   eddsa-verify PARAMS POINT MESSAGE SIGNATURE
 *   eddsa-sign PARAMS PRIVATE CONTEXT MESSAGE
 *   agree PARAMS PRIVATE POINT
 *   rsa-verify N E PADDING HASH MGF_HASH SALT_LEN MESSAGE SIGNATURE
 *   rsa-decrypt N E D P Q PADDING HASH MGF_HASH LABEL CIPHERTEXT
 *
 * All but names and SALT_LEN are hexadecimal; "-" stands for nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/classic/digest.h"
#include "crypto/classic/ec.h"
#include "crypto/classic/edwards.h"
#include "crypto/classic/montgomery.h"
#include "crypto/classic/rsa.h"

#define MAX_LINE  (1u << 20)
#define MAX_WORDS 12

static struct classic *classic;
static char line[MAX_LINE];
static uint8_t bytes[MAX_LINE];
static struct span word_bytes[MAX_WORDS]; /* where a word is hexadecimal */
static const char *words[MAX_WORDS];
static uint8_t output[RSA_MAX_LEN];
static size_t output_len;

static void require(bool cond, const char *what)
{
    if (!cond) {
        fprintf(stderr, "classic_driver: %s\n", what);
        exit(2);
    }
}

/* ---- words ---- */

static int digit(char c)
{
    const char *digits = "0123456789abcdef";
    const char *at = c != 0 ? strchr(digits, c) : NULL;
    return at != NULL ? (int)(at - digits) : -1;
}

/* The bytes of a word go to *at; of one that is not hexadecimal there are none. */
static struct span from_hex(const char *word, uint8_t **at)
{
    uint8_t *start = *at;

    for (; digit(word[0]) >= 0 && digit(word[1]) >= 0; word += 2)
        *(*at)++ = (uint8_t)(16 * digit(word[0]) + digit(word[1]));
    if (*word != 0)
        *at = start;
    return span(start, (size_t)(*at - start));
}

static size_t split(void)
{
    uint8_t *at = bytes;
    size_t num = 0;

    for (char *word = strtok(line, " \n"); word != NULL; word = strtok(NULL, " \n")) {
        require(num < MAX_WORDS, "too many words");
        words[num] = word;
        word_bytes[num++] = from_hex(word, &at);
    }
    return num;
}

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
    require(false, "unknown hash");
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
    require(false, "unknown padding");
    return RSA_PAD_NONE;
}

static struct span hash_of(enum digest_alg alg, struct span message, uint8_t out[DIGEST_MAX_LEN])
{
    struct digest *digest;

    require(digest_new(classic, &digest, alg) == PQHW_OK &&
                digest_update(digest, message) == PQHW_OK && digest_final(digest, out) == PQHW_OK,
            "cannot hash");
    digest_free(digest);
    return span(out, digest_len(alg));
}

/* ---- commands ---- */

static enum pqhw_status ecdsa_verify(void)
{
    enum pqhw_status status = PQHW_OK;
    const struct curve *curve;
    struct ec_key *key = NULL;
    uint8_t hash[DIGEST_MAX_LEN];

    TRY(curve_from_params(&curve, word_bytes[1]));
    TRY(ec_public_new(&key, classic, curve, word_bytes[3]));
    TRY(ec_verify(key, hash_of(hash_named(words[2]), word_bytes[4], hash), word_bytes[5]));
out:
    ec_free(key);
    return status;
}

static const struct edwards_variant pure;

static enum pqhw_status eddsa_verify(void)
{
    enum pqhw_status status = PQHW_OK;
    const struct curve *curve;
    struct edwards_key *key = NULL;

    TRY(curve_from_params(&curve, word_bytes[1]));
    TRY(edwards_public_new(&key, classic, curve, word_bytes[2]));
    TRY(edwards_verify(key, &pure, word_bytes[3], word_bytes[4]));
out:
    edwards_free(key);
    return status;
}

static enum pqhw_status eddsa_sign(void)
{
    enum pqhw_status status = PQHW_OK;
    const struct curve *curve;
    struct edwards_key *key = NULL;
    const struct edwards_variant variant = {
        .has_context = word_bytes[3].len > 0,
        .context = word_bytes[3],
    };

    TRY(curve_from_params(&curve, word_bytes[1]));
    TRY(edwards_private_new(&key, classic, curve, word_bytes[2]));
    TRY(edwards_sign(key, output, &variant, word_bytes[4]));
    output_len = curve->signature_len;
out:
    edwards_free(key);
    return status;
}

static enum pqhw_status agree_weierstrass(const struct curve *curve)
{
    enum pqhw_status status = PQHW_OK;
    struct ec_key *key = NULL;
    uint8_t sk[CURVE_MAX_PRIVATE_LEN];

    TRY(ec_private_pad(curve, sk, word_bytes[2]));
    TRY(ec_private_new(&key, classic, curve, span(sk, curve->private_len)));
    TRY(ec_agree(key, output, word_bytes[3]));
out:
    ec_free(key);
    return status;
}

static enum pqhw_status agree_montgomery(const struct curve *curve)
{
    enum pqhw_status status = PQHW_OK;
    struct montgomery_key *key = NULL;

    TRY(montgomery_private_new(&key, classic, curve, word_bytes[2]));
    TRY(montgomery_agree(key, output, word_bytes[3]));
out:
    montgomery_free(key);
    return status;
}

static enum pqhw_status agree(void)
{
    enum pqhw_status status = PQHW_OK;
    const struct curve *curve;

    TRY(curve_from_params(&curve, word_bytes[1]));
    TRY(curve->family == CURVE_WEIERSTRASS ? agree_weierstrass(curve) : agree_montgomery(curve));
    output_len = curve->shared_len;
out:
    return status;
}

static enum pqhw_status rsa_verify_command(void)
{
    enum pqhw_status status = PQHW_OK;
    const struct rsa_scheme scheme = {
        .padding = padding_named(words[3]),
        .hash = hash_named(words[4]),
        .mgf_hash = hash_named(words[5]),
        .salt_len = strtoul(words[6], NULL, 10),
    };
    struct rsa_key *key = NULL;
    uint8_t hash[DIGEST_MAX_LEN];
    uint8_t info[RSA_MAX_DIGEST_INFO];
    struct span data = hash_of(scheme.hash, word_bytes[7], hash);

    TRY(rsa_public_new(&key, classic, word_bytes[1], word_bytes[2]));
    if (scheme.padding == RSA_PAD_PKCS1)
        data = span(info, rsa_digest_info(info, scheme.hash, hash));
    TRY(rsa_verify(key, &scheme, data, word_bytes[8]));
out:
    rsa_free(key);
    return status;
}

static enum pqhw_status rsa_decrypt_command(void)
{
    enum pqhw_status status = PQHW_OK;
    const struct rsa_scheme scheme = {
        .padding = padding_named(words[6]),
        .hash = hash_named(words[7]),
        .mgf_hash = hash_named(words[8]),
        .label = word_bytes[9],
    };
    struct rsa_key *key = NULL;

    TRY(rsa_private_new(&key, classic,
                        (const struct span[RSA_NUM_PARTS]){word_bytes[1], word_bytes[2],
                                                           word_bytes[3], word_bytes[4],
                                                           word_bytes[5]}));
    TRY(rsa_decrypt(key, output, &output_len, &scheme, word_bytes[10]));
out:
    rsa_free(key);
    return status;
}

static const struct command {
    const char *name;
    size_t num_words;
    enum pqhw_status (*run)(void);
} commands[] = {
    {"ecdsa-verify", 6, ecdsa_verify},     {"eddsa-verify", 5, eddsa_verify},
    {"eddsa-sign", 5, eddsa_sign},         {"agree", 4, agree},
    {"rsa-verify", 9, rsa_verify_command}, {"rsa-decrypt", 11, rsa_decrypt_command},
};

static const struct command *find(const char *name, size_t num_words)
{
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(commands[i].name, name) == 0 && commands[i].num_words == num_words)
            return &commands[i];
    }
    require(false, "not a command");
    return NULL;
}

int main(void)
{
    require(classic_new(&classic) == PQHW_OK, "no libcrypto");
    while (fgets(line, sizeof(line), stdin) != NULL) {
        size_t num = split();
        require(num > 0, "an empty line");
        output_len = 0;
        enum pqhw_status status = find(words[0], num)->run();
        printf("%s ", pqhw_status_name(status));
        for (size_t i = 0; i < output_len; i++)
            printf("%02x", output[i]);
        putchar('\n');
        fflush(stdout);
    }
    classic_free(classic);
    return 0;
}
