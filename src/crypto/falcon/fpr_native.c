/* SPDX-License-Identifier: Apache-2.0
 *
 * Division and square root by the CPU, kept apart so that they can be counted
 * (tools/check-divisions).
 */
#include "crypto/falcon/fpr.h"

void fpr_invert_each(fpr *x, unsigned num)
{
    for (unsigned i = 0; i < num; i++)
        x[i].v = 1.0 / x[i].v;
}

fpr fpr_sqrt(fpr x)
{
    return (fpr){sqrt(x.v)};
}
