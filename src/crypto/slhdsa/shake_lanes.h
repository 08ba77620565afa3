/* SPDX-License-Identifier: Apache-2.0
 *
 * Keccak-f[1600] and chains of F with SHAKE256 on any kind of word, without leaving the registers
 * between steps. A file per CPU defines first, beside the macros V_… of keccak/rounds.h:
 *
 *   LANES                 how many
 *   V_ROUND               the macro that does a round
 *   V_LOAD(p), V_STORE(p, x)
 *   V_MASK                the type of a mask
 *   V_GT, V_EQ(a, b)      compare lane by lane, as signed numbers
 *   V_BLEND(mask, a, b)   a where mask is set, else b
 *
 * and gets shake_lanes_permute and shake_lanes_chains.
 */
#ifndef CRYPTO_SLHDSA_SHAKE_LANES_H
#define CRYPTO_SLHDSA_SHAKE_LANES_H

#include "base/wipe.h"
#include "crypto/slhdsa/engine.h"

#define SHAKE_INLINE static inline __attribute__((always_inline))

/* SHAKE's suffix and the first bit of its padding, and the last one in the last word of a block. */
#define SHAKE_SUFFIX    0x1f
#define SHAKE_LAST_BIT  (1ull << 63)
#define SHAKE_LAST_WORD 16

/* NOLINTNEXTLINE(readability-function-size): it is one macro that is large */
static void shake_lanes_permute(uint64_t *state)
{
    V_WORD a[SHAKE_WORDS];

    for (unsigned i = 0; i < SHAKE_WORDS; i++)
        a[i] = V_LOAD(state + i * LANES);
    KECCAK_ROUNDS(V, V_ROUND, a);
    for (unsigned i = 0; i < SHAKE_WORDS; i++)
        V_STORE(state + i * LANES, a[i]);
}

struct shake_chain {
    V_WORD value[4];
    V_WORD adrs[4];
};

/* F, or PRF, of value at a step: PK.seed || ADRS || value || padding, one block. The step counts in
 * the last byte of the address. num, the number of words, is a literal. */
/* NOLINTNEXTLINE(readability-function-size): it is one macro that is large */
SHAKE_INLINE void shake_f(V_WORD out[4], const struct shake_chain *c,
                          const struct slhdsa_shake_job *job, unsigned step, unsigned num)
{
    V_WORD a[SHAKE_WORDS];

    for (unsigned i = 0; i < SHAKE_WORDS; i++)
        a[i] = V_CONSTANT(0);
    for (unsigned i = 0; i < num; i++)
        a[i] = V_CONSTANT(job->pk_words[i]);
    for (unsigned i = 0; i < 3; i++)
        a[num + i] = c->adrs[i];
    a[num + 3] = V_XOR(c->adrs[3], V_CONSTANT((uint64_t)step << 56));
    for (unsigned i = 0; i < num; i++)
        a[num + 4 + i] = c->value[i];
    a[2 * num + 4] = V_CONSTANT(SHAKE_SUFFIX);
    a[SHAKE_LAST_WORD] = V_CONSTANT(SHAKE_LAST_BIT);
    KECCAK_ROUNDS(V, V_ROUND, a);
    for (unsigned i = 0; i < 4; i++)
        out[i] = a[i];
}

SHAKE_INLINE void shake_begin(struct shake_chain *c, const struct slhdsa_shake_job *job,
                              unsigned num)
{
    V_WORD out[4];

    for (unsigned i = 0; i < 4; i++)
        c->adrs[i] = V_LOAD(job->adrs + i * LANES);
    if (!job->from_secret) {
        for (unsigned i = 0; i < 4; i++)
            c->value[i] = V_LOAD(job->value + i * LANES);
        return;
    }
    for (unsigned i = 0; i < 4; i++)
        c->value[i] = V_CONSTANT(job->secret[i]);
    c->adrs[2] = V_XOR(c->adrs[2], V_CONSTANT(job->prf_flip));
    shake_f(out, c, job, 0, num);
    for (unsigned i = 0; i < 4; i++)
        c->value[i] = out[i];
    c->adrs[2] = V_XOR(c->adrs[2], V_CONSTANT(job->prf_flip));
}

SHAKE_INLINE void shake_see(struct slhdsa_shake_job *job, const struct shake_chain *c,
                            unsigned step)
{
    const V_MASK now = V_EQ(V_LOAD(job->watch), V_CONSTANT((uint64_t)step));

    for (unsigned i = 0; i < 4; i++) {
        uint64_t *seen = job->seen + i * LANES;
        V_STORE(seen, V_BLEND(now, c->value[i], V_LOAD(seen)));
    }
}

SHAKE_INLINE void shake_chains_of(struct slhdsa_shake_job *job, unsigned num)
{
    struct shake_chain c;
    V_WORD out[4];

    shake_begin(&c, job, num);
    for (unsigned step = job->first; step < job->num_steps; step++) {
        const V_MASK waits = V_GT(V_LOAD(job->from), V_CONSTANT((uint64_t)step));

        shake_see(job, &c, step);
        shake_f(out, &c, job, step, num);
        for (unsigned i = 0; i < 4; i++)
            c.value[i] = V_BLEND(waits, c.value[i], out[i]);
    }
    shake_see(job, &c, job->num_steps);
    for (unsigned i = 0; i < 4; i++)
        V_STORE(job->value + i * LANES, c.value[i]);
    WIPE(c);
}

static void shake_lanes_chains(struct slhdsa_shake_job *job)
{
    if (job->num_words == 2)
        shake_chains_of(job, 2);
    else if (job->num_words == 3)
        shake_chains_of(job, 3);
    else
        shake_chains_of(job, 4);
}

#endif
