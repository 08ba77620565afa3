/* SPDX-License-Identifier: Apache-2.0
 *
 * The NTT modulo q and what is done in its domain, in portable C.
 *
 * One layer adds at most 0.75 q to what it is given, so every second one reduces: 0.85 q, 1.6 q,
 * 2.4 q, which is below 2^15.
 */
#include "crypto/falcon/poly.h"
#include "crypto/falcon/zq.h"

static void layer(int16_t *p, unsigned half, int16_t zeta, bool reduce)
{
    for (unsigned j = 0; j < half; j++) {
        int16_t x = reduce ? zq_reduce(p[j]) : p[j];
        int16_t y = zq_mul(p[j + half], zeta);

        p[j] = (int16_t)(x + y);
        p[j + half] = (int16_t)(x - y);
    }
}

void falcon_portable_ntt(int16_t *p, unsigned log_n)
{
    unsigned n = 1u << log_n;

    for (unsigned l = 0; l < log_n; l++) {
        unsigned half = n >> (l + 1);

        for (unsigned i = 0; i < 1u << l; i++)
            layer(p + 2 * half * i, half, falcon_zetas[(1u << l) + i], l % 2 == 0 && l > 0);
    }
}

static void inverse_layer(int16_t *p, unsigned half, int16_t zeta)
{
    for (unsigned j = 0; j < half; j++) {
        int16_t sum = (int16_t)(p[j] + p[j + half]);
        int16_t difference = (int16_t)(p[j] - p[j + half]);

        p[j] = zq_reduce(sum);
        p[j + half] = zq_mul(difference, zeta);
    }
}

void falcon_portable_intt(int16_t *p, unsigned log_n)
{
    const unsigned n = 1u << log_n;
    /* R / n mod q. 12289 = 12 * 1024 + 1, so 1 / 1024 is -12. */
    const int16_t factor = zq_center(zq_mul(log_n == 10 ? -12 : -24, ZQ_R2));

    for (unsigned l = log_n; l-- > 0;) {
        unsigned half = n >> (l + 1);

        /* The inverse of entry i of a layer is the negative of entry 2^l - 1 - i. */
        for (unsigned i = 0; i < 1u << l; i++)
            inverse_layer(p + 2 * half * i, half, (int16_t)-falcon_zetas[(2u << l) - 1 - i]);
    }
    for (unsigned j = 0; j < n; j++)
        p[j] = zq_mul(p[j], factor);
}

void falcon_portable_mul(int16_t *a, const int16_t *b, unsigned n)
{
    for (unsigned j = 0; j < n; j++)
        a[j] = zq_mul(a[j], b[j]);
}

uint64_t falcon_portable_norm(const uint16_t *c, const int16_t *t, const int16_t *s, unsigned n)
{
    uint64_t sum = 0;

    for (unsigned j = 0; j < n; j++) {
        int32_t s1 = zq_center((int16_t)(c[j] - t[j]));

        sum += (uint32_t)(s1 * s1) + (uint32_t)(s[j] * s[j]);
    }
    return sum;
}
