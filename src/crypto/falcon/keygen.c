/* SPDX-License-Identifier: Apache-2.0
 *
 * Key generation (specification, 3.8.2 and 4.4). Round 3: the order in which random bytes are used,
 * and the distribution of f and g.
 */
#include <string.h>

#include "base/ct.h"
#include "base/wipe.h"
#include "crypto/falcon/codec.h"
#include "crypto/falcon/fft.h"
#include "crypto/falcon/ntru.h"
#include "crypto/falcon/zq.h"
#include "crypto/workspace.h"

/* 4 to 5 pairs f and g are too long for one that is not, and of those a third have no F and G. A
 * thousand in a row do not happen. */
#define MAX_ATTEMPTS 1000

/* Bytes are drawn in advance: for 68 samples, or 8 blocks of SHAKE256. */
#define SAMPLE_LEN  16
#define DRAWN_BYTES (8 * SHAKE256_RATE)

struct falcon_keygen_room {
    struct falcon_basis basis;
    struct keccak sk_seed;
    uint8_t sk_drawn[DRAWN_BYTES];
    unsigned pos;
    union {
        struct ntru_room ntru;
        fpr sk_real[3][FALCON_MAX_N] __attribute__((aligned(FALCON_ALIGN)));
        struct falcon_poly sk_poly;
    } use;
};

size_t falcon_keygen_room_size(void)
{
    return sizeof(struct falcon_keygen_room);
}

static uint64_t load_le64(const uint8_t *in)
{
    uint64_t x = 0;

    for (unsigned i = 0; i < 8; i++)
        x |= (uint64_t)in[i] << (8 * i);
    return x;
}

/*
 * A sample of the discrete Gaussian distribution with sigma = 1.17 sqrt(q / 2048): the probability
 * of 0, then, of what is not 0, that of an absolute value above 1, 2 …, times 2^63. (The reference
 * code's gauss_1024_12289; the specification gives the distribution only.)
 */
static int sample(const uint8_t bytes[SAMPLE_LEN])
{
    static const uint64_t tail[] = {
        1283868770400643928,
        6416574995475331444,
        4078260278032692663,
        2353523259288686585,
        1227179971273316331,
        575931623374121527,
        242543240509105209,
        91437049221049666,
        30799446349977173,
        9255276791179340,
        2478152334826140,
        590642893610164,
        125206034929641,
        23590435911403,
        3948334035941,
        586753615614,
        77391054539,
        9056793210,
        940121950,
        86539696,
        7062824,
        510971,
        32764,
        1862,
        94,
        4,
        0,
    };
    const uint64_t low_63 = ~(uint64_t)0 >> 1;
    uint64_t first = load_le64(bytes), second = load_le64(bytes + 8) & low_63;
    uint32_t negative = (uint32_t)(first >> 63);
    uint32_t found = (uint32_t)(((first & low_63) - tail[0]) >> 63);
    uint32_t value = 0;

    for (uint32_t k = 1; k < sizeof(tail) / sizeof(tail[0]); k++) {
        uint32_t not_above = (uint32_t)((second - tail[k]) >> 63) ^ 1;

        value |= k & (0u - (not_above & (found ^ 1)));
        found |= not_above;
    }
    return (int)((value ^ (0u - negative)) + negative);
}

static int draw_sample(struct falcon_keygen_room *room)
{
    if (room->pos == DRAWN_BYTES) {
        keccak_squeeze(&room->sk_seed, room->sk_drawn, DRAWN_BYTES);
        room->pos = 0;
    }
    room->pos += SAMPLE_LEN;
    return sample(room->sk_drawn + room->pos - SAMPLE_LEN);
}

/* A coefficient: for degree 512 the sum of two. */
static int draw_coefficient(struct falcon_keygen_room *room, const struct falcon_params *params)
{
    int sum = 0;

    for (unsigned i = 0; i < 1u << (10 - params->log_n); i++)
        sum += draw_sample(room);
    return sum;
}

/* n coefficients whose sum is odd, for the resultant to be: the last one is drawn until it is.
 * (None is above 127, of which the reference code would draw another.) */
static void draw_polynomial(struct falcon_keygen_room *room, int8_t *f,
                            const struct falcon_params *params)
{
    int parity = 0;

    for (unsigned j = 0; j + 1 < params->n; j++) {
        f[j] = (int8_t)draw_coefficient(room, params);
        parity ^= f[j] & 1;
    }
    for (;;) {
        int last = draw_coefficient(room, params);
        bool odd = ((parity ^ last) & 1) != 0;

        /* What is discarded says nothing of what is kept, but its parity. */
        CT_PUBLIC(&odd, sizeof(odd));
        if (odd) {
            f[params->n - 1] = (int8_t)last;
            return;
        }
    }
}

static bool show(bool good)
{
    /* f and g are discarded if it is not. */
    CT_PUBLIC(&good, sizeof(good));
    return good;
}

/* Whether (g, -f) is short enough, and has coefficients that can be encoded. */
static bool is_short(const struct falcon_basis *basis, const struct falcon_params *params)
{
    const int limit = (1 << (params->fg_bits - 1)) - 1;
    uint32_t excess = 0, norm = 0;

    for (unsigned j = 0; j < params->n; j++) {
        int f = basis->sk_f[j], g = basis->sk_g[j];

        excess |= (uint32_t)(limit - f) | (uint32_t)(limit + f);
        excess |= (uint32_t)(limit - g) | (uint32_t)(limit + g);
        norm += (uint32_t)(f * f + g * g);
    }
    /* 1.17^2 q = 16822.4121 */
    return show(((excess >> 31) | (uint32_t)(norm > 16822)) == 0);
}

static void to_fft(fpr *out, const int8_t *in, const struct falcon_impl *impl,
                   const struct falcon_params *params)
{
    for (unsigned j = 0; j < params->n; j++)
        out[j] = fpr_of(in[j]);
    impl->fft(out, params->log_n);
}

/* out = q x* scale, out of the FFT domain */
static void scale_adjoint(fpr *x, const fpr *scale, const struct falcon_impl *impl,
                          const struct falcon_params *params)
{
    const unsigned half_n = params->n / 2;
    const fpr q = fpr_of(FALCON_Q);

    for (unsigned j = 0; j < half_n; j++) {
        x[j] = fpr_mul(fpr_mul(x[j], q), scale[j]);
        x[j + half_n] = fpr_mul(fpr_mul(fpr_neg(x[j + half_n]), q), scale[j]);
    }
    impl->ifft(x, params->log_n);
}

/* Whether the last vector of the Gram-Schmidt basis, q (f*, g*) / (f f* + g g*), is short enough.
 */
static bool is_dual_short(struct falcon_keygen_room *room, const struct falcon_impl *impl,
                          const struct falcon_params *params)
{
    /* 1.17^2 q */
    const fpr bound = fpr_from_bits(0x40d06d9a5fd8adac);
    fpr *f = room->use.sk_real[0], *g = room->use.sk_real[1], *inverse = room->use.sk_real[2];
    const unsigned half_n = params->n / 2;
    fpr norm = FPR_ZERO;

    to_fft(f, room->basis.sk_f, impl, params);
    to_fft(g, room->basis.sk_g, impl, params);
    for (unsigned j = 0; j < half_n; j++)
        inverse[j] = fpr_add(fpc_norm(fpc_load(f, j, half_n)), fpc_norm(fpc_load(g, j, half_n)));
    fpr_invert_each(inverse, half_n);
    scale_adjoint(f, inverse, impl, params);
    scale_adjoint(g, inverse, impl, params);
    for (unsigned j = 0; j < params->n; j++) {
        norm = fpr_add(norm, fpr_sqr(f[j]));
        norm = fpr_add(norm, fpr_sqr(g[j]));
    }
    return show(fpr_less(norm, bound));
}

/* Whether f has an inverse modulo q. */
static bool is_invertible(struct falcon_keygen_room *room, const struct falcon_impl *impl,
                          const struct falcon_params *params)
{
    int16_t *f = room->use.sk_poly.coeff;
    uint32_t num_zeros = 0;

    for (unsigned j = 0; j < params->n; j++)
        f[j] = room->basis.sk_f[j];
    impl->ntt(f, params->log_n);
    for (unsigned j = 0; j < params->n; j++)
        num_zeros += (uint32_t)(zq_center(f[j]) == 0);
    return show(num_zeros == 0);
}

static bool attempt(struct falcon_keygen_room *room, const struct falcon_impl *impl,
                    const struct falcon_params *params)
{
    draw_polynomial(room, room->basis.sk_f, params);
    draw_polynomial(room, room->basis.sk_g, params);
    return is_short(&room->basis, params) && is_dual_short(room, impl, params) &&
           is_invertible(room, impl, params) &&
           ntru_solve(&room->basis, params, impl, &room->use.ntru);
}

static void encode(uint8_t *sk, const struct falcon_basis *basis,
                   const struct falcon_params *params)
{
    const size_t fg_len = params->n * params->fg_bits / 8;

    sk[0] = (uint8_t)(FALCON_HEAD_SK + params->log_n);
    falcon_encode_small(sk + 1, params, params->fg_bits, basis->sk_f);
    falcon_encode_small(sk + 1 + fg_len, params, params->fg_bits, basis->sk_g);
    falcon_encode_small(sk + 1 + 2 * fg_len, params, 8, basis->sk_big_f);
}

enum pqhw_status falcon_keygen_with(struct falcon_private *priv, enum falcon_set set,
                                    const uint8_t seed[FALCON_SEED_LEN],
                                    struct falcon_keygen_room *room, const struct falcon_impl *impl)
{
    const struct falcon_params *params = falcon_params(set);
    enum pqhw_status status = PQHW_INTERNAL;
    uint8_t sk[FALCON_MAX_SK_LEN];

    shake256_init(&room->sk_seed);
    keccak_absorb(&room->sk_seed, seed, FALCON_SEED_LEN);
    room->pos = DRAWN_BYTES;
    for (unsigned i = 0; i < MAX_ATTEMPTS && status != PQHW_OK; i++) {
        if (!attempt(room, impl, params))
            continue;
        encode(sk, &room->basis, params);
        status = falcon_private_init_with(priv, set, span(sk, params->sizes.sk_len), impl);
    }
    WIPE(sk);
    WIPE(*room);
    wipe_stack();
    return status;
}

enum pqhw_status falcon_keygen(struct falcon_private *priv, enum falcon_set set,
                               const uint8_t seed[FALCON_SEED_LEN], struct falcon_keygen_room *room)
{
    return falcon_keygen_with(priv, set, seed, room, falcon_impl());
}
