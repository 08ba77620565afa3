/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs the sponge for sha3_test.py. Commands come on standard input, one a line; the answer is one
 * line of hexadecimal digits for each result:
 *
 *   bits ALG OUT_BITS MESSAGE_BITS HEX    one digest
 *   repeat ALG OUT_BITS TOTAL_BYTES HEX   one digest of HEX repeated up to TOTAL_BYTES
 *   chain ALG MIN_BITS MAX_BITS HEX       the 100 digests of ACVP's Monte Carlo test
 *
 * "-" stands for an empty HEX. Bits of a last partial byte stand at its low end, first bit lowest
 * (FIPS 202, B.1).
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/keccak/keccak.h"

#define MAX_MESSAGE (1u << 20)
#define MAX_OUT     8192

static uint8_t message[MAX_MESSAGE];
static uint8_t output[MAX_OUT];
static char text[2 * MAX_MESSAGE + 1];

static const struct algorithm {
    const char *name;
    void (*init)(struct keccak *k);
    bool shake;
} algorithms[] = {
    {"SHA3-224", sha3_224_init, false}, {"SHA3-256", sha3_256_init, false},
    {"SHA3-384", sha3_384_init, false}, {"SHA3-512", sha3_512_init, false},
    {"SHAKE-128", shake128_init, true}, {"SHAKE-256", shake256_init, true},
};

static void require(bool cond, const char *what)
{
    if (!cond) {
        fprintf(stderr, "sha3_driver: %s\n", what);
        exit(2);
    }
}

static const struct algorithm *find(const char *name)
{
    for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++)
        if (strcmp(algorithms[i].name, name) == 0)
            return &algorithms[i];
    require(false, "unknown algorithm");
    return NULL;
}

static size_t from_hex(uint8_t *out, const char *hex)
{
    const size_t len = strcmp(hex, "-") == 0 ? 0 : strlen(hex) / 2;

    for (size_t i = 0; i < len; i++) {
        unsigned byte;

        require(sscanf(hex + 2 * i, "%2x", &byte) == 1, "not hexadecimal");
        out[i] = (uint8_t)byte;
    }
    return len;
}

/* The first num_bits of output; what is beyond the last bit is zero. */
static void print_output(size_t num_bits)
{
    const size_t len = (num_bits + 7) / 8;

    if (num_bits % 8 != 0)
        output[len - 1] &= (uint8_t)((1u << (num_bits % 8)) - 1);
    for (size_t i = 0; i < len; i++)
        printf("%02x", output[i]);
    putchar('\n');
    fflush(stdout);
}

/*
 * Let the message end with num_bits (1 to 7) bits of `bits`. The padding then starts within a byte:
 * the domain bits move up behind the message's, and their overflow becomes the next byte.
 */
static void absorb_last_bits(struct keccak *k, uint8_t bits, unsigned num_bits)
{
    const unsigned low = (bits & ((1u << num_bits) - 1)) | (unsigned)k->domain << num_bits;
    const uint8_t byte = (uint8_t)low;

    if (low > 0xff) {
        keccak_absorb(k, &byte, 1);
        k->domain = (uint8_t)(low >> 8);
    } else if (low < 0x80 || k->pos != k->rate - 1) {
        k->domain = byte;
    } else {
        /* The first bit of the padding ends a block, so that its last bit stands alone at the end
         * of the next, which is therefore absorbed like a message and nothing is left to pad. */
        uint8_t block[SHAKE128_RATE] = {0};

        block[k->rate - 1] = 0x80;
        keccak_absorb(k, &byte, 1);
        keccak_absorb(k, block, k->rate);
        k->domain = 0;
    }
}

static void digest_bits(const struct algorithm *alg, size_t out_bits, size_t message_bits)
{
    struct keccak k;

    alg->init(&k);
    keccak_absorb(&k, message, message_bits / 8);
    if (message_bits % 8 != 0)
        absorb_last_bits(&k, message[message_bits / 8], (unsigned)(message_bits % 8));
    keccak_squeeze(&k, output, (out_bits + 7) / 8);
}

static void digest_repeated(const struct algorithm *alg, size_t out_bits, size_t total, size_t len)
{
    static uint8_t many[1u << 16];
    struct keccak k;

    require(len > 0 && sizeof(many) % len == 0, "the repeated part does not fit");
    for (size_t i = 0; i < sizeof(many); i++)
        many[i] = message[i % len];
    alg->init(&k);
    for (size_t done = 0; done < total; done += sizeof(many))
        keccak_absorb(&k, many, total - done < sizeof(many) ? total - done : sizeof(many));
    keccak_squeeze(&k, output, out_bits / 8);
}

/*
 * ACVP's Monte Carlo test: each digest is the next message, its first 128 bits for SHAKE, whose
 * output length follows from the last 16 bits of output.
 */
static void digest_chain(const struct algorithm *alg, size_t min_bits, size_t max_bits, size_t len)
{
    const size_t range = max_bits / 8 - min_bits / 8 + 1;
    size_t out_len = max_bits / 8;

    for (unsigned outer = 0; outer < 100; outer++) {
        size_t printed = 0;

        for (unsigned inner = 0; inner < 1000; inner++) {
            digest_bits(alg, 8 * out_len, 8 * len);
            printed = out_len;
            len = alg->shake ? 16 : out_len;
            memset(message, 0, len);
            memcpy(message, output, out_len < len ? out_len : len);
            if (alg->shake) {
                const size_t last = (size_t)output[out_len - 2] << 8 | output[out_len - 1];

                out_len = min_bits / 8 + last % range;
            }
        }
        print_output(8 * printed);
    }
}

int main(void)
{
    char command[16];
    char name[16];
    size_t a;
    size_t b;
    char format[64];

    snprintf(format, sizeof(format), "%%15s %%15s %%zu %%zu %%%us", 2 * MAX_MESSAGE);
    while (scanf(format, command, name, &a, &b, text) == 5) {
        const struct algorithm *alg = find(name);
        const size_t len = from_hex(message, text);

        require(a <= 8 * MAX_OUT, "the output is too long");
        if (strcmp(command, "bits") == 0) {
            require(b <= 8 * len, "the message is shorter than announced");
            digest_bits(alg, a, b);
            print_output(a);
        } else if (strcmp(command, "repeat") == 0) {
            digest_repeated(alg, a, b, len);
            print_output(a);
        } else {
            require(strcmp(command, "chain") == 0, "unknown command");
            require(b <= 8 * MAX_OUT && a <= b && a >= 16, "output lengths out of range");
            digest_chain(alg, a, b, len);
        }
    }
    require(feof(stdin), "not a command");
    return 0;
}
