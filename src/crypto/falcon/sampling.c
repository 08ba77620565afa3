/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/falcon/poly.h"
#include "crypto/falcon/sampler.h"
#include "crypto/falcon/tree.h"

static fpr sample(const struct falcon_sampling *s, fpr mu, fpr inverse_sigma)
{
    return fpr_of(s->impl->sample(s->noise, mu, inverse_sigma, s->sigma_min));
}

void falcon_portable_ff_sample(const struct falcon_sampling *s, fpr *const z[2], const fpr *tree,
                               const fpr *const t[2], unsigned log_n, fpr *temp)
{
    const struct falcon_impl *impl = s->impl;
    const unsigned half_n = (1u << log_n) / 2;

    if (log_n == 0) {
        z[0][0] = sample(s, t[0][0], tree[0]);
        z[1][0] = sample(s, t[1][0], tree[0]);
        return;
    }
    fpr *const halves[2] = {temp, temp + half_n};
    fpr *const rest = temp + (size_t)2 * half_n;

    impl->split(z[1], z[1] + half_n, t[1], log_n);
    falcon_portable_ff_sample(s, halves, falcon_tree_right(tree, log_n),
                              (const fpr *const[2]){z[1], z[1] + half_n}, log_n - 1, rest);
    impl->merge(z[1], halves[0], halves[1], log_n);
    impl->shift(temp, t[0], t[1], z[1], tree, log_n);
    impl->split(z[0], z[0] + half_n, temp, log_n);
    falcon_portable_ff_sample(s, halves, falcon_tree_left(tree, log_n),
                              (const fpr *const[2]){z[0], z[0] + half_n}, log_n - 1, rest);
    impl->merge(z[0], halves[0], halves[1], log_n);
}
