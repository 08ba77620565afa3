/* SPDX-License-Identifier: Apache-2.0
 *
 * Looks for secrets in the time that operations take: for what valgrind cannot run (AVX-512), and
 * as a second opinion on the rest.
 *
 * Every operation is measured many times, with one fixed secret and with random ones in random
 * order, and Welch's t-test says whether the two kinds of samples have different means (the method
 * of Reparaz, Balasch and Verbauwhede, "Dude, is my code constant time?", DATE 2017). All inputs
 * are copied to one place before they are used, so that both kinds have the same addresses. The
 * slowest tenth of the samples, where the machine did something else meanwhile, is left out. |t|
 * above 10 on three tries in a row is a finding: chance gives such a value once in 10^23, other
 * programs on the machine can give it, but not again and again. A leak that is built in has to be
 * found.
 *
 * What is not measured whole is what depends on public values as well: key generation of ML-KEM,
 * HQC, ML-DSA and Falcon (rejections) and ML-DSA signatures (the number of attempts). Of the latter
 * the steps are measured. Falcon's signatures are: how many attempts they take varies with the
 * noise, which is new for each sample, and not with the key.
 *
 * usage: timing_check        (PQHW_CPU chooses the implementation)
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/ct.h"
#include "bench/ticks.h"
#include "crypto/cpu.h"
#include "crypto/falcon/falcon.h"
#include "crypto/hqc/hqc.h"
#include "crypto/mldsa/params.h"
#include "crypto/mldsa/poly.h"
#include "crypto/mlkem/mlkem.h"
#include "crypto/slhdsa/slhdsa.h"

#define NUM_SLOTS    64
#define NUM_SAMPLES  20000
#define NUM_TRIES    3
#define T_MAX        10.0
#define ML_KEM       MLKEM_768
#define COMPARED_LEN 2048
#define HQC_INPUT_CT 8192 /* where the ciphertext stands behind a key of HQC-1 */
#define HQC_INPUT    (HQC_INPUT_CT + 4480)
#define FALCON_INPUT 65536 /* room for an expanded key of Falcon-512 */

struct subject {
    const char *name;
    size_t input_len;
    void (*fixed)(void *input);
    void (*random)(void *input);
    void (*run)(void *input); /* may change it */
    unsigned num_samples;
};

/* ---- memory and randomness ---- */

static void *room(size_t size)
{
    void *mem = aligned_alloc(64, (size + 63) / 64 * 64);

    if (mem == NULL) {
        fputs("timing_check: no memory\n", stderr);
        exit(2);
    }
    memset(mem, 0, size);
    return mem;
}

static void fill_random(void *out, size_t len)
{
    uint8_t *p = out;

    for (size_t done = 0; done < len;) {
        ssize_t got = getrandom(p + done, len - done, 0);
        if (got <= 0)
            exit(2);
        done += (size_t)got;
    }
}

/* ---- ML-KEM ---- */

struct kem_input {
    struct mlkem_private key;
    uint8_t ct[MLKEM_MAX_CT_LEN];
    uint8_t m[MLKEM_M_LEN];
};

static struct mlkem_private kem_key;
static uint8_t kem_ct[MLKEM_MAX_CT_LEN];
static volatile uint8_t sink;

static void kem_make(struct kem_input *input, const uint8_t seed[MLKEM_SEED_LEN])
{
    uint8_t ss[MLKEM_SECRET_LEN];

    mlkem_keygen(&input->key, ML_KEM, seed);
    mlkem_encaps(&input->key.pub, input->ct, ss, seed);
}

static void kem_fixed_key(void *input)
{
    static const uint8_t seed[MLKEM_SEED_LEN] = {1};

    kem_make(input, seed);
}

static void kem_random_key(void *input)
{
    uint8_t seed[MLKEM_SEED_LEN];

    fill_random(seed, sizeof(seed));
    kem_make(input, seed);
}

static void kem_decaps(void *arg)
{
    const struct kem_input *input = arg;
    uint8_t ss[MLKEM_SECRET_LEN];

    mlkem_decaps(&input->key, ss, input->ct);
    sink = ss[0];
}

/* One key; ciphertexts that are good, and such as are rejected. */
static void kem_good_ct(void *input)
{
    memcpy(input, kem_ct, sizeof(kem_ct));
}

static void kem_bad_ct(void *input)
{
    fill_random(input, MLKEM_MAX_CT_LEN);
}

static void kem_decaps_ct(void *input)
{
    uint8_t ss[MLKEM_SECRET_LEN];

    mlkem_decaps(&kem_key, ss, input);
    sink = ss[0];
}

static void kem_fixed_m(void *input)
{
    memset(input, 2, MLKEM_M_LEN);
}

static void kem_random_m(void *input)
{
    fill_random(input, MLKEM_M_LEN);
}

static void kem_encaps(void *input)
{
    uint8_t ct[MLKEM_MAX_CT_LEN];
    uint8_t ss[MLKEM_SECRET_LEN];

    mlkem_encaps(&kem_key.pub, ct, ss, input);
    sink = ct[0] ^ ss[0];
}

/* ---- the steps of an ML-DSA signature ---- */

struct dsa_input {
    struct mldsa_poly y;       /* bounded by q */
    struct mldsa_short secret; /* coefficients -4 … 4 */
};

static struct mldsa_challenge dsa_challenge;

static void dsa_make(struct dsa_input *input, const uint32_t random[MLDSA_N])
{
    struct mldsa_poly small;

    for (unsigned i = 0; i < MLDSA_N; i++) {
        input->y.coeff[i] = (int32_t)(random[i] % (1u << 22));
        small.coeff[i] = (int32_t)(random[i] >> 22) % 5;
    }
    mldsa_short_from(&input->secret, &small, (random[0] & 1) != 0);
}

static void dsa_fixed(void *input)
{
    static const uint32_t zero[MLDSA_N];

    dsa_make(input, zero);
}

static void dsa_random(void *input)
{
    uint32_t random[MLDSA_N];

    fill_random(random, sizeof(random));
    dsa_make(input, random);
}

static void dsa_steps(void *arg)
{
    struct dsa_input *input = arg;
    const struct mldsa_impl *impl = mldsa_impl();
    const struct mldsa_params *params = mldsa_params(MLDSA_65);
    struct mldsa_poly p, high, low;
    uint8_t hint[MLDSA_HINT_LEN];
    uint8_t packed[MLDSA_N * 20 / 8];
    uint32_t found;

    p = input->y;
    impl->ntt(&p);
    impl->pointwise_acc(&high, &input->y, &p, 1);
    impl->intt(&high);
    p = input->y;
    found = impl->add_product(&p, &dsa_challenge, &input->secret, 1 << 19);
    impl->decompose(params, &high, &low, &input->y);
    found |= impl->norm_exceeds(&low, 1 << 17);
    found += impl->make_hint(params, hint, &high, &low);
    impl->pack_from(packed, &low, 20, 1 << 19);
    sink = (uint8_t)found ^ packed[0];
}

/* ---- SLH-DSA: a whole tree of WOTS+ keys ---- */

static void slh_fixed(void *input)
{
    memset(input, 3, 3 * SLHDSA_MAX_N);
}

/* PK.seed, the last third, is public. */
static void slh_random(void *input)
{
    memset(input, 3, 3 * SLHDSA_MAX_N);
    fill_random(input, 32);
}

static void slh_keygen(void *input, enum slhdsa_set set)
{
    static struct slhdsa_private *priv;

    if (priv == NULL)
        priv = room(slhdsa_private_size(SLHDSA_SHAKE_256F));
    slhdsa_keygen(priv, set, input);
}

static void slh_sha2(void *input)
{
    slh_keygen(input, SLHDSA_SHA2_128F);
}

static void slh_shake(void *input)
{
    slh_keygen(input, SLHDSA_SHAKE_128F);
}

/* ---- HQC ---- */

/* One key and one ciphertext at a time: what is read in place is copied to one place first. */
static struct hqc_private *hqc_key; /* of HQC-1 */
static uint8_t hqc_ct[HQC_MAX_CT_LEN];

static void hqc_make(uint8_t *input, const uint8_t seed[HQC_SEED_LEN])
{
    struct hqc_private *priv = room(hqc_private_size(HQC_1));
    uint8_t coins[HQC_MAX_COINS_LEN] = {0};
    uint8_t ss[HQC_SECRET_LEN];

    memcpy(coins, seed, HQC_SEED_LEN);
    hqc_keygen(priv, HQC_1, seed);
    memcpy(input, priv, hqc_private_size(HQC_1));
    hqc_encaps(hqc_private_public(priv), input + HQC_INPUT_CT, ss, coins);
    free(priv);
}

static void hqc_fixed_key(void *input)
{
    static const uint8_t seed[HQC_SEED_LEN] = {1};

    hqc_make(input, seed);
}

static void hqc_random_key(void *input)
{
    uint8_t seed[HQC_SEED_LEN];

    fill_random(seed, sizeof(seed));
    hqc_make(input, seed);
}

static void hqc_decaps_key(void *input)
{
    uint8_t ss[HQC_SECRET_LEN];

    hqc_decaps(input, ss, (uint8_t *)input + HQC_INPUT_CT);
    sink = ss[0];
}

static void hqc_good_ct(void *input)
{
    memcpy(input, hqc_ct, sizeof(hqc_ct));
}

static void hqc_bad_ct(void *input)
{
    fill_random(input, sizeof(hqc_ct));
}

static void hqc_decaps_ct(void *input)
{
    uint8_t ss[HQC_SECRET_LEN];

    hqc_decaps(hqc_key, ss, input);
    sink = ss[0];
}

static void hqc_fixed_coins(void *input)
{
    memset(input, 4, HQC_MAX_COINS_LEN);
}

static void hqc_random_coins(void *input)
{
    fill_random(input, HQC_MAX_COINS_LEN);
}

static void hqc_encaps_coins(void *input)
{
    uint8_t ct[HQC_MAX_CT_LEN];
    uint8_t ss[HQC_SECRET_LEN];

    hqc_encaps(hqc_private_public(hqc_key), ct, ss, input);
    sink = ss[0];
}

/* ---- Falcon: signing in the format of constant length, and opening a key ---- */

static uint64_t falcon_count;

/* Differs from one call to the next: what attempts and bytes the noise takes is no secret. */
static enum pqhw_status falcon_draw(void *context, uint8_t *out, size_t len)
{
    (void)context;
    memset(out, 0, len);
    memcpy(out, &falcon_count, sizeof(falcon_count));
    falcon_count++;
    return PQHW_OK;
}

static void falcon_make(void *input, const uint8_t seed[FALCON_SEED_LEN])
{
    struct falcon_keygen_room *keygen_room = room(falcon_keygen_room_size());

    if (falcon_private_size(FALCON_512) > FALCON_INPUT ||
        falcon_keygen(input, FALCON_512, seed, keygen_room) != PQHW_OK)
        exit(2);
    free(keygen_room);
}

static void falcon_fixed_key(void *input)
{
    static const uint8_t seed[FALCON_SEED_LEN] = {5};

    falcon_make(input, seed);
}

static void falcon_random_key(void *input)
{
    uint8_t seed[FALCON_SEED_LEN];

    fill_random(seed, sizeof(seed));
    falcon_make(input, seed);
}

static void falcon_signs(void *input)
{
    static uint8_t sig[FALCON_MAX_SIG_LEN];
    const struct falcon_random random = {.draw = falcon_draw};
    const struct falcon_signer signer = {.priv = input, .format = FALCON_CT, .random = &random};
    size_t len;

    if (falcon_sign(&signer, sig, &len, SPAN_STR("message")) != PQHW_OK)
        exit(2);
}

static struct falcon_private *falcon_scratch;

static void falcon_encode(void *out, void (*make)(void *input))
{
    make(falcon_scratch);
    falcon_private_encode(falcon_scratch, out);
}

static void falcon_fixed_encoded(void *input)
{
    falcon_encode(input, falcon_fixed_key);
}

static void falcon_random_encoded(void *input)
{
    falcon_encode(input, falcon_random_key);
}

static void falcon_opens(void *input)
{
    const struct span sk = {input, falcon_sizes(FALCON_512)->sk_len};

    if (falcon_private_init(falcon_scratch, FALCON_512, sk) != PQHW_OK)
        exit(2);
}

/* ---- comparing, in constant time and with a leak ---- */

static uint8_t compared[COMPARED_LEN];

static void compare_fixed(void *input)
{
    memcpy(input, compared, COMPARED_LEN);
}

static void compare_random(void *input)
{
    fill_random(input, COMPARED_LEN);
}

static void compare(void *input)
{
    sink = ct_equal(input, compared, COMPARED_LEN);
}

static void compare_leaking(void *input)
{
    const volatile uint8_t *p = input;
    size_t i = 0;

    while (i < COMPARED_LEN && p[i] == compared[i])
        i++;
    sink = i == COMPARED_LEN;
}

/* ---- measuring ---- */

struct samples {
    uint64_t *ticks;
    uint8_t *kind; /* 0 fixed, 1 random */
    size_t num;
};

static void take(const struct subject *subject, const uint8_t *slots, void *work, struct samples *s)
{
    uint8_t *choice = room(s->num);

    fill_random(choice, s->num);
    for (size_t n = 0; n < s->num; n++) {
        unsigned slot = choice[n] % (2 * NUM_SLOTS);
        memcpy(work, slots + slot * subject->input_len, subject->input_len);
        uint64_t start = ticks_begin();
        subject->run(work);
        s->ticks[n] = ticks_end() - start;
        s->kind[n] = slot % 2;
    }
    free(choice);
}

static int compare_ticks(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static uint64_t nine_tenths(const struct samples *s)
{
    uint64_t *sorted = room(s->num * sizeof(*sorted));

    memcpy(sorted, s->ticks, s->num * sizeof(*sorted));
    qsort(sorted, s->num, sizeof(*sorted), compare_ticks);
    uint64_t limit = sorted[s->num * 9 / 10];
    free(sorted);
    return limit;
}

static double welch(const struct samples *s)
{
    uint64_t limit = nine_tenths(s);
    double num[2] = {0}, mean[2] = {0}, squares[2] = {0};

    for (size_t n = 0; n < s->num; n++) {
        unsigned kind = s->kind[n];
        if (s->ticks[n] > limit)
            continue;
        num[kind]++;
        double off = (double)s->ticks[n] - mean[kind];
        mean[kind] += off / num[kind];
        squares[kind] += off * ((double)s->ticks[n] - mean[kind]);
    }
    double error = sqrt(squares[0] / num[0] / (num[0] - 1) + squares[1] / num[1] / (num[1] - 1));
    return error > 0 ? (mean[0] - mean[1]) / error : 0;
}

static double t_of(const struct subject *subject, const uint8_t *slots, void *work)
{
    struct samples s = {
        .ticks = room(subject->num_samples * sizeof(uint64_t)),
        .kind = room(subject->num_samples),
        .num = subject->num_samples,
    };

    take(subject, slots, work, &s);
    double t = welch(&s);
    free(s.ticks);
    free(s.kind);
    return t;
}

/* Whether the two kinds of input took different times, at every try. */
static bool differs(const struct subject *subject, double *t)
{
    uint8_t *slots = room(2 * NUM_SLOTS * subject->input_len);
    void *work = room(subject->input_len);
    bool found = true;

    for (unsigned i = 0; i < 2 * NUM_SLOTS; i++)
        (i % 2 == 0 ? subject->fixed : subject->random)(slots + i * subject->input_len);
    for (unsigned n = 0; n < NUM_TRIES && found; n++) {
        *t = t_of(subject, slots, work);
        found = fabs(*t) > T_MAX;
    }
    free(slots);
    free(work);
    return found;
}

static const struct subject subjects[] = {
    {"ML-KEM-768 decapsulation: the key", sizeof(struct kem_input), kem_fixed_key, kem_random_key,
     kem_decaps, NUM_SAMPLES},
    {"ML-KEM-768 decapsulation: good and bad ciphertexts", MLKEM_MAX_CT_LEN, kem_good_ct,
     kem_bad_ct, kem_decaps_ct, NUM_SAMPLES},
    {"ML-KEM-768 encapsulation: m", MLKEM_M_LEN, kem_fixed_m, kem_random_m, kem_encaps,
     NUM_SAMPLES},
    {"HQC-1 decapsulation: the key", HQC_INPUT, hqc_fixed_key, hqc_random_key, hqc_decaps_key,
     NUM_SAMPLES / 4},
    {"HQC-1 decapsulation: good and bad ciphertexts", HQC_MAX_CT_LEN, hqc_good_ct, hqc_bad_ct,
     hqc_decaps_ct, NUM_SAMPLES / 4},
    {"HQC-1 encapsulation: m and salt", HQC_MAX_COINS_LEN, hqc_fixed_coins, hqc_random_coins,
     hqc_encaps_coins, NUM_SAMPLES / 4},
    {"ML-DSA-65 signing, its steps: y and s", sizeof(struct dsa_input), dsa_fixed, dsa_random,
     dsa_steps, NUM_SAMPLES},
    {"Falcon-512 signing: the key", FALCON_INPUT, falcon_fixed_key, falcon_random_key, falcon_signs,
     NUM_SAMPLES / 2},
    {"Falcon-512, opening a key", FALCON_MAX_SK_LEN, falcon_fixed_encoded, falcon_random_encoded,
     falcon_opens, NUM_SAMPLES / 10},
    {"SLH-DSA-SHA2-128f key generation: SK.seed", 3 * SLHDSA_MAX_N, slh_fixed, slh_random, slh_sha2,
     NUM_SAMPLES / 10},
    {"SLH-DSA-SHAKE-128f key generation: SK.seed", 3 * SLHDSA_MAX_N, slh_fixed, slh_random,
     slh_shake, NUM_SAMPLES / 10},
    {"comparison: equal and not", COMPARED_LEN, compare_fixed, compare_random, compare,
     NUM_SAMPLES},
};
static const struct subject leak = {"a comparison that stops early",
                                    COMPARED_LEN,
                                    compare_fixed,
                                    compare_random,
                                    compare_leaking,
                                    NUM_SAMPLES};

static void set_up(void)
{
    static struct kem_input input;

    kem_fixed_key(&input);
    kem_key = input.key;
    memcpy(kem_ct, input.ct, sizeof(kem_ct));
    uint8_t *hqc_input = room(HQC_INPUT);
    hqc_fixed_key(hqc_input);
    hqc_key = (void *)hqc_input;
    memcpy(hqc_ct, hqc_input + HQC_INPUT_CT, hqc_sizes(HQC_1)->ct_len);
    falcon_scratch = room(falcon_private_size(FALCON_512));
    fill_random(compared, sizeof(compared));
    dsa_challenge.num = 49; /* tau of ML-DSA-65 */
    for (unsigned i = 0; i < dsa_challenge.num; i++)
        dsa_challenge.window[i] = (uint16_t)(i * 5 + (i & 1) * MLDSA_N);
}

static bool report(bool good, const char *name, double t)
{
    printf("%s  %s: %s (t = %.1f)\n", good ? "ok    " : "FAILED", cpu_level_name(cpu_level()), name,
           t);
    return good;
}

int main(void)
{
    unsigned num_failed = 0;
    double t = 0;

    ticks_init();
    set_up();
    bool found = differs(&leak, &t);
    num_failed += !report(found, "a leak that is built in is found", t);
    for (size_t i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++) {
        found = differs(&subjects[i], &t);
        num_failed += !report(!found, subjects[i].name, t);
    }
    return num_failed == 0 ? 0 : 1;
}
