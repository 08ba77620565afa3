/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/falcon/modp.h"

void modp_init(struct modp *m, const struct falcon_prime *prime)
{
    const uint32_t p = prime->p;
    uint32_t inverse = p; /* modulo 2^3, and twice as many bits with each step */

    for (unsigned i = 0; i < 4; i++)
        inverse *= 2 - p * inverse;
    m->p = p;
    m->minus_inverse = 0u - inverse;
    m->r = 0u - 2 * p;
    /* From 2 R to 2^32 R by squaring. */
    m->r2 = modp_add(m->r, m->r, p);
    for (unsigned i = 0; i < 5; i++)
        m->r2 = modp_mul(m, m->r2, m->r2);
}

/* Number 2^l + i is number i times the root of order 2^(l + 2). */
void modp_roots(const struct modp *m, uint32_t *roots, unsigned log_n, uint32_t g)
{
    uint32_t power[10]; /* g^(2^i) */

    power[0] = modp_mul(m, g, m->r2);
    for (unsigned i = 1; i < 10; i++)
        power[i] = modp_mul(m, power[i - 1], power[i - 1]);
    roots[0] = m->r;
    for (unsigned l = 0; l < log_n; l++)
        for (unsigned i = 0; i < 1u << l; i++)
            roots[(1u << l) + i] = modp_mul(m, roots[i], power[9 - l]);
}

static void layer(const struct modp *m, uint32_t *a, unsigned half, uint32_t root)
{
    for (unsigned j = 0; j < half; j++) {
        uint32_t x = a[j];
        uint32_t y = modp_mul(m, a[j + half], root);

        a[j] = modp_add(x, y, m->p);
        a[j + half] = modp_sub(x, y, m->p);
    }
}

void modp_ntt(const struct modp *m, uint32_t *a, const uint32_t *roots, unsigned log_n)
{
    for (unsigned l = 0; l < log_n; l++) {
        unsigned half = (1u << log_n) >> (l + 1);

        for (unsigned i = 0; i < 1u << l; i++)
            layer(m, a + 2 * half * i, half, roots[(1u << l) + i]);
    }
}

static void inverse_layer(const struct modp *m, uint32_t *a, unsigned half, uint32_t root)
{
    for (unsigned j = 0; j < half; j++) {
        uint32_t x = a[j];
        uint32_t y = a[j + half];

        a[j] = modp_add(x, y, m->p);
        a[j + half] = modp_mul(m, modp_sub(x, y, m->p), root);
    }
}

void modp_intt(const struct modp *m, uint32_t *a, const uint32_t *roots, unsigned log_n)
{
    const unsigned n = 1u << log_n;
    /* R / n, for it is an integer below p. */
    const uint32_t factor = log_n == 0 ? m->r : 1u << (32 - log_n);

    for (unsigned l = log_n; l-- > 0;) {
        unsigned half = n >> (l + 1);

        /* The inverse of entry i of a layer is the negative of entry 2^l - 1 - i. */
        for (unsigned i = 0; i < 1u << l; i++)
            inverse_layer(m, a + 2 * half * i, half, m->p - roots[(2u << l) - 1 - i]);
    }
    for (unsigned j = 0; j < n; j++)
        a[j] = modp_mul(m, a[j], factor);
}
