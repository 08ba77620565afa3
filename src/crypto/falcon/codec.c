/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/falcon/codec.h"

#include <string.h>

#include "base/ct.h"

/* Bits from most significant to least, as they stand in the bytes. Behind the end there are zeros.
 */
struct bit_reader {
    const uint8_t *next;
    const uint8_t *end;
    uint64_t window; /* the next bits, from the top; zeros behind them */
    unsigned num;    /* how many of them */
};

static void refill(struct bit_reader *r)
{
    if (r->end - r->next >= 8) {
        unsigned num_bytes = (63 - r->num) / 8;

        r->window |= load_be64(r->next) >> r->num;
        r->next += num_bytes;
        r->num += 8 * num_bytes;
        return;
    }
    while (r->num <= 56 && r->next < r->end) {
        r->window |= (uint64_t)*r->next++ << (56 - r->num);
        r->num += 8;
    }
}

static void skip(struct bit_reader *r, unsigned num)
{
    r->window <<= num;
    r->num -= num < r->num ? num : r->num;
}

/* Whether nothing but zeros is left, and, unless padded, less than a byte of them. */
static bool finished(struct bit_reader *r, bool padded)
{
    uint8_t rest = 0;

    if (r->window != 0 || (!padded && (r->num >= 8 || r->next != r->end)))
        return false;
    while (r->next < r->end)
        rest |= *r->next++;
    return rest == 0;
}

struct bit_writer {
    uint8_t *next;
    uint8_t *end;
    uint64_t window; /* the bits not written yet, from the top */
    unsigned num;
};

/* num <= 32 bits. False if there is no room for the full bytes. */
static bool put(struct bit_writer *w, uint32_t value, unsigned num)
{
    w->num += num;
    w->window |= (uint64_t)value << (64 - w->num);
    while (w->num >= 8) {
        if (w->next == w->end)
            return false;
        *w->next++ = (uint8_t)(w->window >> 56);
        w->window <<= 8;
        w->num -= 8;
    }
    return true;
}

/* The last bits, with zeros behind them. */
static bool put_rest(struct bit_writer *w)
{
    return w->num == 0 || put(w, 0, 8 - w->num);
}

/* ------------------------------------------------------------------ public keys */

bool falcon_decode_pk(int16_t *h, const struct falcon_params *params, const uint8_t *in)
{
    struct bit_reader r = {.next = in, .end = in + params->n * 14 / 8};
    uint32_t excess = 0;

    for (unsigned j = 0; j < params->n; j++) {
        refill(&r);
        h[j] = (int16_t)(r.window >> 50);
        excess |= FALCON_Q - 1 - (uint32_t)h[j];
        skip(&r, 14);
    }
    return excess >> 31 == 0;
}

void falcon_encode_pk(uint8_t *out, const struct falcon_params *params, const int16_t *h)
{
    struct bit_writer w = {.next = out, .end = out + params->n * 14 / 8};

    for (unsigned j = 0; j < params->n; j++)
        (void)put(&w, (uint32_t)h[j], 14);
}

/* ------------------------------------------------------------------ private keys */

bool falcon_decode_small(int8_t *out, const struct falcon_params *params, unsigned bits,
                         const uint8_t *in)
{
    struct bit_reader r = {.next = in, .end = in + params->n * bits / 8};
    const int lowest = -(1 << (bits - 1));
    bool good = true;

    for (unsigned j = 0; j < params->n; j++) {
        refill(&r);
        out[j] = (int8_t)((int64_t)r.window >> (64 - bits));
        good &= out[j] != lowest;
        skip(&r, bits);
    }
    /* Whether a key is well formed is the caller's answer. */
    CT_PUBLIC(&good, sizeof(good));
    return good;
}

void falcon_encode_small(uint8_t *out, const struct falcon_params *params, unsigned bits,
                         const int8_t *in)
{
    struct bit_writer w = {.next = out, .end = out + params->n * bits / 8};

    for (unsigned j = 0; j < params->n; j++)
        (void)put(&w, (uint32_t)in[j] & ((1u << bits) - 1), bits);
}

/* ------------------------------------------------------------------ signatures */

uint8_t falcon_sig_head(const struct falcon_params *params, enum falcon_format format)
{
    unsigned kind = format == FALCON_CT ? FALCON_HEAD_CT : FALCON_HEAD_COMPRESSED;

    return (uint8_t)(kind + params->log_n);
}

bool falcon_sig_len_valid(const struct falcon_params *params, enum falcon_format format, size_t len)
{
    const size_t max_len = params->sizes.sig_len[format];

    if (format == FALCON_COMPRESSED)
        return len > FALCON_SIG_HEAD_LEN && len <= max_len;
    return len == max_len;
}

/* Algorithm 18, Decompress. */
static bool decompress(int16_t *s2, unsigned n, struct bit_reader *r, bool padded)
{
    for (unsigned j = 0; j < n; j++) {
        refill(r);
        bool negative = r->window >> 63 != 0;
        unsigned low = (unsigned)(r->window >> 56) & 127;

        skip(r, 8);
        /* High bits of up to 15; the one behind the zeros ends them, so none of it is missing. */
        if (r->window >> 48 == 0)
            return false;
        unsigned high = (unsigned)__builtin_clzll(r->window);
        int value = (int)(high << 7 | low);

        skip(r, high + 1);
        if (negative && value == 0)
            return false;
        s2[j] = (int16_t)(negative ? -value : value);
    }
    return finished(r, padded);
}

static bool decode_fixed(int16_t *s2, unsigned n, struct bit_reader *r)
{
    bool good = true;

    for (unsigned j = 0; j < n; j++) {
        refill(r);
        s2[j] = (int16_t)((int64_t)r->window >> (64 - FALCON_S2_CT_BITS));
        good &= s2[j] >= -FALCON_MAX_S2;
        skip(r, FALCON_S2_CT_BITS);
    }
    return good;
}

bool falcon_decode_s2(int16_t *s2, const struct falcon_params *params, enum falcon_format format,
                      struct span in)
{
    struct bit_reader r = {.next = in.ptr, .end = in.ptr + in.len};

    if (format == FALCON_CT)
        return decode_fixed(s2, params->n, &r);
    return decompress(s2, params->n, &r, format == FALCON_PADDED);
}

static bool exceeds(const int16_t *s2, unsigned n)
{
    uint32_t excess = 0;

    for (unsigned j = 0; j < n; j++)
        excess |= (uint32_t)(FALCON_MAX_S2 - s2[j]) | (uint32_t)(FALCON_MAX_S2 + s2[j]);
    return excess >> 31 != 0;
}

/* Algorithm 17, Compress. */
static bool compress(struct bit_writer *w, unsigned n, const int16_t *s2)
{
    for (unsigned j = 0; j < n; j++) {
        bool negative = s2[j] < 0;
        unsigned value = (unsigned)(negative ? -s2[j] : s2[j]);
        unsigned high = value >> 7;

        /* The sign, seven bits, the zeros and their one: at most 24 bits. */
        if (!put(w, ((negative ? 128u : 0) | (value & 127)) << (high + 1) | 1, 9 + high))
            return false;
    }
    return put_rest(w);
}

size_t falcon_encode_s2(uint8_t *out, size_t max_len, const struct falcon_params *params,
                        enum falcon_format format, const int16_t *s2)
{
    struct bit_writer w = {.next = out, .end = out + max_len};

    if (exceeds(s2, params->n))
        return 0;
    if (format == FALCON_CT) {
        for (unsigned j = 0; j < params->n; j++)
            if (!put(&w, (uint32_t)s2[j] & 0xfff, FALCON_S2_CT_BITS))
                return 0;
        return (size_t)(w.next - out);
    }
    if (!compress(&w, params->n, s2))
        return 0;
    if (format == FALCON_PADDED) {
        memset(w.next, 0, (size_t)(w.end - w.next));
        w.next = w.end;
    }
    return (size_t)(w.next - out);
}
