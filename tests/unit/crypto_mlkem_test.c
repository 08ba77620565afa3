/* SPDX-License-Identifier: Apache-2.0
 *
 * ML-KEM: arithmetic over its whole range, both ways through every encoding, and what each kind of
 * bad key or ciphertext does. (The vectors of tests/vectors cover the algorithms' results.)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/keccak/keccak.h"
#include "crypto/mlkem/impl.h"
#include "crypto/mlkem/mlkem.h"
#include "crypto/mlkem/poly.h"
#include "crypto/mlkem/sampler.h"

static const enum mlkem_set sets[] = {MLKEM_512, MLKEM_768, MLKEM_1024};
static const unsigned set_k[] = {2, 3, 4};

#define FOR_EACH_SET(set) for (size_t set = 0; set < sizeof(sets) / sizeof(sets[0]); set++)

/* x mod q in [0, q) the slow way. */
static int32_t mod_q(int64_t x)
{
    return (int32_t)((x % MLKEM_Q + MLKEM_Q) % MLKEM_Q);
}

/* Bytes that differ with each label and are the same in each run. */
static void bytes_for(uint8_t *out, size_t len, const char *label)
{
    const struct span in = span(label, strlen(label));

    shake256(out, len, &in, 1);
}

static void random_poly(struct mlkem_poly *p, const char *label)
{
    uint8_t bytes[2 * MLKEM_N];

    bytes_for(bytes, sizeof(bytes), label);
    for (unsigned i = 0; i < MLKEM_N; i++)
        p->coeff[i] = (int16_t)((bytes[2 * i] | bytes[2 * i + 1] << 8) % MLKEM_Q);
}

/* ------------------------------------------------------------------ arithmetic */

static void test_montgomery(void **state)
{
    const int32_t bound = MLKEM_Q * 32768;

    (void)state;
    for (int32_t x = -bound + 1; x < bound; x += 97) {
        const int16_t y = mlkem_montgomery(x);

        assert_true(y > -MLKEM_Q && y < MLKEM_Q);
        assert_int_equal(mod_q((int64_t)y * 65536), mod_q(x));
    }
}

static void test_barrett(void **state)
{
    (void)state;
    for (int32_t x = INT16_MIN; x <= INT16_MAX; x++) {
        const int16_t y = mlkem_barrett((int16_t)x);

        assert_true(y >= -MLKEM_Q / 2 && y <= MLKEM_Q / 2);
        assert_int_equal(mod_q(y), mod_q(x));
    }
    for (int16_t x = -MLKEM_Q + 1; x < MLKEM_Q; x++)
        assert_int_equal(mlkem_canonical(x), mod_q(x));
}

static void test_compress(void **state)
{
    (void)state;
    for (unsigned d = 1; d <= 11; d++) {
        for (uint32_t x = 0; x < MLKEM_Q; x++) /* rounding half up: q is odd, so no ties */
            assert_int_equal(mlkem_compress((uint16_t)x, d),
                             ((x << (d + 1)) + MLKEM_Q) / (2 * MLKEM_Q) % (1u << d));
        for (uint32_t y = 0; y < 1u << d; y++) {
            const int16_t x = mlkem_decompress((uint16_t)y, d);

            assert_int_equal(x, (2 * MLKEM_Q * y + (1u << d)) / (2u << d));
            assert_int_equal(mlkem_compress((uint16_t)x, d), y);
        }
    }
}

/* ------------------------------------------------------------------ transform */

/* a * b in Z_q[X]/(X^256 + 1), the slow way. */
static void multiply(int32_t out[MLKEM_N], const struct mlkem_poly *a, const struct mlkem_poly *b)
{
    int64_t sum[2 * MLKEM_N] = {0};

    for (unsigned i = 0; i < MLKEM_N; i++)
        for (unsigned j = 0; j < MLKEM_N; j++)
            sum[i + j] += a->coeff[i] * b->coeff[j];
    for (unsigned i = 0; i < MLKEM_N; i++)
        out[i] = mod_q(sum[i] - sum[i + MLKEM_N]);
}

static void check_product(const struct mlkem_poly *a, const struct mlkem_poly *b, unsigned num)
{
    const struct mlkem_impl *impl = mlkem_impl();
    struct mlkem_poly x[MLKEM_MAX_K * 2];
    struct mlkem_poly y[MLKEM_MAX_K];
    struct mlkem_factor factors[MLKEM_MAX_K];
    struct mlkem_poly product;
    int32_t expected[MLKEM_N] = {0};

    memset(x, 0, sizeof(x));
    for (unsigned n = 0; n < num; n++) {
        int32_t one[MLKEM_N];

        multiply(one, &a[n], &b[n]);
        for (unsigned i = 0; i < MLKEM_N; i++)
            expected[i] = mod_q(expected[i] + one[i]);
        x[2 * n] = a[n];
        y[n] = b[n];
        impl->ntt(&x[2 * n]);
        impl->ntt(&y[n]);
        impl->factor(&factors[n], &y[n]);
    }
    impl->basemul_acc(&product, x, 2, factors, num);
    impl->intt(&product);
    for (unsigned i = 0; i < MLKEM_N; i++)
        assert_int_equal(mod_q(product.coeff[i]), expected[i]);
}

static void test_products(void **state)
{
    struct mlkem_poly a[MLKEM_MAX_K];
    struct mlkem_poly b[MLKEM_MAX_K];

    (void)state;
    for (unsigned num = 1; num <= MLKEM_MAX_K; num++) {
        for (unsigned n = 0; n < num; n++) {
            const char label[] = {'p', (char)('0' + num), (char)('0' + n), 0};

            random_poly(&a[n], label);
            random_poly(&b[n], label + 1);
        }
        check_product(a, b, num);
    }
    /* Largest coefficients of either sign: where lazy reduction would overflow. */
    for (unsigned n = 0; n < MLKEM_MAX_K; n++) {
        for (unsigned i = 0; i < MLKEM_N; i++) {
            a[n].coeff[i] = MLKEM_Q;
            b[n].coeff[i] = i % 2 == 0 ? MLKEM_Q : -MLKEM_Q;
        }
    }
    check_product(a, a, MLKEM_MAX_K);
    check_product(a, b, MLKEM_MAX_K);
}

/* ntt and intt at the edges of what they accept, against the definition of the inverse. */
static void test_inverse(void **state)
{
    (void)state;
    for (unsigned pattern = 0; pattern < 4; pattern++) {
        struct mlkem_poly p;
        struct mlkem_poly q;

        for (unsigned i = 0; i < MLKEM_N; i++)
            p.coeff[i] = (i >> (2 * pattern)) % 2 == 0 ? MLKEM_Q - 1 : 1 - MLKEM_Q;
        q = p;
        mlkem_impl()->intt(&q);
        for (unsigned i = 0; i < MLKEM_N; i++)
            assert_true(q.coeff[i] > -MLKEM_Q && q.coeff[i] < MLKEM_Q);
        mlkem_impl()->ntt(&q);
        for (unsigned i = 0; i < MLKEM_N; i++)
            assert_int_equal(mod_q(q.coeff[i]), mod_q((int64_t)p.coeff[i] * 65536));
    }
}

/* ------------------------------------------------------------------ encodings */

static void test_encode_decode(void **state)
{
    struct mlkem_poly p;
    struct mlkem_poly q;
    uint8_t bytes[MLKEM_POLY_LEN];

    (void)state;
    random_poly(&p, "encode");
    mlkem_impl()->encode(bytes, &p);
    assert_int_equal(mlkem_impl()->decode(&q, bytes), 0);
    assert_memory_equal(&p, &q, sizeof(p));

    for (unsigned i = 0; i < MLKEM_N; i++) { /* each place is looked at */
        q = p;
        q.coeff[i] = MLKEM_Q - 1;
        mlkem_impl()->encode(bytes, &q);
        assert_int_equal(mlkem_impl()->decode(&q, bytes), 0);
        q.coeff[i] = MLKEM_Q;
        mlkem_impl()->encode(bytes, &q);
        assert_int_equal(mlkem_impl()->decode(&q, bytes), UINT32_MAX);
    }
}

/* ByteEncode_d as the standard writes it, bit by bit. */
static void encode_bits(uint8_t *out, const uint16_t v[MLKEM_N], unsigned d)
{
    for (unsigned bit = 0; bit < MLKEM_N * d; bit++) {
        const uint8_t before = bit % 8 == 0 ? 0 : out[bit / 8];

        out[bit / 8] = (uint8_t)(before | (v[bit / d] >> (bit % d) & 1) << (bit % 8));
    }
}

/* p + e on both sides of zero, and beyond q. */
static void test_compressed_encoding(void **state)
{
    static const unsigned ds[] = {4, 5, 10, 11};
    struct mlkem_poly p;
    struct mlkem_poly e;

    (void)state;
    random_poly(&p, "compress");
    random_poly(&e, "addend");
    for (unsigned i = 0; i < MLKEM_N; i++)
        e.coeff[i] = (int16_t)(i % 3 == 0 ? e.coeff[i] : -2 * e.coeff[i]);
    for (size_t n = 0; n < sizeof(ds) / sizeof(ds[0]); n++) {
        const unsigned d = ds[n];
        uint16_t v[MLKEM_N];
        uint8_t expected[32 * 11];
        uint8_t bytes[32 * 11];
        struct mlkem_poly q;

        for (unsigned i = 0; i < MLKEM_N; i++)
            v[i] = mlkem_compress((uint16_t)mod_q(p.coeff[i] + e.coeff[i]), d);
        encode_bits(expected, v, d);
        mlkem_impl()->compress(bytes, &p, &e, d);
        assert_memory_equal(bytes, expected, 32 * d);
        mlkem_impl()->decompress(&q, bytes, d);
        for (unsigned i = 0; i < MLKEM_N; i++)
            assert_int_equal(q.coeff[i], mlkem_decompress(v[i], d));
    }
}

static void test_message(void **state)
{
    struct mlkem_poly p;
    struct mlkem_poly w;
    uint8_t m[MLKEM_M_LEN];
    uint8_t back[MLKEM_M_LEN];

    (void)state;
    bytes_for(m, sizeof(m), "message");
    random_poly(&w, "w");
    p = w;
    mlkem_impl()->add_message(&p, m);
    for (unsigned i = 0; i < MLKEM_N; i++)
        assert_int_equal(p.coeff[i] - w.coeff[i], (m[i / 8] >> (i % 8) & 1) * 1665);
    mlkem_impl()->to_message(back, &p, &w);
    assert_memory_equal(m, back, sizeof(m));
}

/* ------------------------------------------------------------------ sampling */

/* Algorithm 8 as the standard writes it. */
static void expect_noise(const struct mlkem_poly *p, const uint8_t seed[32], uint8_t nonce,
                         unsigned eta)
{
    uint8_t bits[192];

    shake256(bits, 64 * eta, (struct span[]){span(seed, 32), span(&nonce, 1)}, 2);
    for (unsigned i = 0; i < MLKEM_N; i++) {
        int expected = 0;

        for (unsigned j = 0; j < 2 * eta; j++) {
            const unsigned at = 2 * i * eta + j;
            const int bit = bits[at / 8] >> (at % 8) & 1;

            expected += j < eta ? bit : -bit;
        }
        assert_int_equal(p->coeff[i], expected);
    }
}

/* Algorithm 7 as the standard writes it. */
static void expect_entry(const struct mlkem_poly *p, const uint8_t rho[32], uint8_t j, uint8_t i)
{
    struct keccak xof;
    unsigned count = 0;

    shake128_init(&xof);
    keccak_absorb(&xof, rho, 32);
    keccak_absorb(&xof, (uint8_t[]){j, i}, 2);
    while (count < MLKEM_N) {
        uint8_t c[3];
        int d1, d2;

        keccak_squeeze(&xof, c, 3);
        d1 = c[0] + 256 * (c[1] % 16);
        d2 = c[1] / 16 + 16 * c[2];
        if (d1 < MLKEM_Q)
            assert_int_equal(p->coeff[count++], d1);
        if (d2 < MLKEM_Q && count < MLKEM_N)
            assert_int_equal(p->coeff[count++], d2);
    }
}

static void check_feed(struct keccak_feed *feed, const uint8_t *message, size_t len)
{
    uint8_t expected[32];
    uint8_t got[32];

    sha3_256(expected, (struct span[]){span(message, len)}, 1);
    keccak_feed_finish(feed);
    keccak_squeeze(&feed->k, got, sizeof(got));
    assert_memory_equal(got, expected, sizeof(got));
}

/* Matrix, noise and a message beside them, in every combination of the parameter sets and more. */
static void sample_all(unsigned k, unsigned num_noise, unsigned num_eta3, size_t message_len)
{
    static struct mlkem_poly a[MLKEM_MAX_K * MLKEM_MAX_K];
    static struct mlkem_poly noise[2 * MLKEM_MAX_K + 1];
    struct keccak_feed feed;
    uint8_t message[2000];
    uint8_t seeds[64];

    bytes_for(seeds, sizeof(seeds), "sampling");
    bytes_for(message, sizeof(message), "beside");
    seeds[0] = (uint8_t)(k + 16 * num_noise);
    sha3_256_init(&feed.k);
    feed.rest = span(message, message_len);
    mlkem_sample(
        &(struct mlkem_samples){
            .a = k == 0 ? NULL : a,
            .rho = seeds,
            .k = k,
            .noise = noise,
            .sk_seed = seeds + 32,
            .num_noise = num_noise,
            .num_eta3 = num_eta3,
            .beside = message_len == 0 ? NULL : &feed,
        },
        1);
    for (unsigned i = 0; i < k * k; i++)
        expect_entry(&a[i], seeds, (uint8_t)(i % k), (uint8_t)(i / k));
    for (unsigned n = 0; n < num_noise; n++)
        expect_noise(&noise[n], seeds + 32, (uint8_t)n, n < num_eta3 ? 3 : 2);
    if (message_len > 0)
        check_feed(&feed, message, message_len);
}

static void test_sampling(void **state)
{
    static const size_t message_lens[] = {0, 1, 135, 136, 800, 1120, 2000};

    (void)state;
    for (unsigned k = 0; k <= MLKEM_MAX_K; k++)
        for (unsigned num_noise = 0; num_noise <= 9; num_noise++)
            for (size_t i = 0; i < sizeof(message_lens) / sizeof(message_lens[0]); i++)
                sample_all(k, num_noise, num_noise * (unsigned)i / 6, message_lens[i]);
}

/* ------------------------------------------------------------------ keys */

struct fixture {
    struct mlkem_private priv;
    struct mlkem_private other;
    struct mlkem_public pub;
    uint8_t dk[MLKEM_MAX_DK_LEN + 1];
    uint8_t ct[MLKEM_MAX_CT_LEN];
    uint8_t ss[MLKEM_SECRET_LEN];
};

static struct fixture *fixture;

static int make_fixture(void **state)
{
    (void)state;
    fixture = aligned_alloc(_Alignof(struct fixture), sizeof(*fixture));
    return fixture == NULL;
}

static int free_fixture(void **state)
{
    (void)state;
    free(fixture);
    return 0;
}

/* A key pair, its encoding, and a ciphertext for it. */
static void prepare(enum mlkem_set set)
{
    uint8_t seed[MLKEM_SEED_LEN];
    uint8_t m[MLKEM_M_LEN];

    bytes_for(seed, sizeof(seed), "seed");
    bytes_for(m, sizeof(m), "m");
    mlkem_keygen(&fixture->priv, set, seed);
    mlkem_private_encode(&fixture->priv, fixture->dk);
    mlkem_encaps(&fixture->priv.pub, fixture->ct, fixture->ss, m);
}

static bool all_zero(const void *mem, size_t len)
{
    const uint8_t *bytes = mem;

    for (size_t i = 0; i < len; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

/* A key read from its bytes is the generated one in every expanded part. */
static void test_key_round_trip(void **state)
{
    (void)state;
    FOR_EACH_SET(i)
    {
        const struct mlkem_sizes *sizes = mlkem_sizes(sets[i]);

        prepare(sets[i]);
        memset(&fixture->other, 0, sizeof(fixture->other));
        assert_int_equal(
            mlkem_private_init(&fixture->other, sets[i], span(fixture->dk, sizes->dk_len)),
            PQHW_OK);
        assert_memory_equal(&fixture->other, &fixture->priv, sizeof(fixture->priv));
        assert_int_equal(
            mlkem_public_init(&fixture->pub, sets[i], span(fixture->priv.pub.ek, sizes->ek_len)),
            PQHW_OK);
        assert_memory_equal(&fixture->pub, &fixture->priv.pub, sizeof(fixture->pub));
    }
}

static void test_decaps(void **state)
{
    uint8_t ss[MLKEM_SECRET_LEN];

    (void)state;
    FOR_EACH_SET(i)
    {
        prepare(sets[i]);
        mlkem_decaps(&fixture->priv, ss, fixture->ct);
        assert_memory_equal(ss, fixture->ss, sizeof(ss));
    }
}

/* Any change of the ciphertext gives SHAKE256(z || c) (FIPS 203, Algorithm 18, step 7). The lowest
 * bit of most bytes changes no bit of the message, so that only the comparison can tell. */
static void test_implicit_rejection(void **state)
{
    uint8_t ss[MLKEM_SECRET_LEN];
    uint8_t expected[MLKEM_SECRET_LEN];

    (void)state;
    FOR_EACH_SET(i)
    {
        const size_t ct_len = mlkem_sizes(sets[i])->ct_len;

        prepare(sets[i]);
        for (size_t at = 0; at < ct_len; at++) {
            const struct span in[] = {SPAN(fixture->priv.z), span(fixture->ct, ct_len)};

            if (at % 31 != 0 && at >= 8 && at + 8 < ct_len) /* both ends, and some between */
                continue;
            fixture->ct[at] ^= 1;
            shake256(expected, sizeof(expected), in, 2);
            mlkem_decaps(&fixture->priv, ss, fixture->ct);
            assert_memory_equal(ss, expected, sizeof(ss));
            fixture->ct[at] ^= 1;
        }
    }
}

static void expect_private(size_t i, size_t len, enum pqhw_status expected)
{
    memset(&fixture->other, 0xaa, sizeof(fixture->other));
    assert_int_equal(mlkem_private_init(&fixture->other, sets[i], span(fixture->dk, len)),
                     expected);
    if (expected != PQHW_OK)
        assert_true(all_zero(&fixture->other, sizeof(fixture->other)));
}

static void test_bad_private_keys(void **state)
{
    (void)state;
    FOR_EACH_SET(i)
    {
        const struct mlkem_sizes *sizes = mlkem_sizes(sets[i]);
        const size_t s_len = MLKEM_POLY_LEN * (size_t)set_k[i];
        uint8_t *ek = fixture->dk + s_len;
        uint8_t *hash = ek + sizes->ek_len;

        prepare(sets[i]);
        expect_private(i, sizes->dk_len - 1, PQHW_DATA_LEN_RANGE);
        expect_private(i, sizes->dk_len + 1, PQHW_DATA_LEN_RANGE);
        expect_private(i, 0, PQHW_DATA_LEN_RANGE);

        hash[31] ^= 1;
        expect_private(i, sizes->dk_len, PQHW_DATA_INVALID);
        hash[31] ^= 1;
        ek[sizes->ek_len - 1] ^= 1;
        expect_private(i, sizes->dk_len, PQHW_DATA_INVALID);
        ek[sizes->ek_len - 1] ^= 1;

        /* The last coefficient of s becomes 4095. */
        fixture->dk[s_len - 1] = 0xff;
        fixture->dk[s_len - 2] |= 0xf0;
        expect_private(i, sizes->dk_len, PQHW_DATA_INVALID);
        prepare(sets[i]);

        /* An ek that is not reduced stays refused with a hash that fits it. */
        ek[0] = 0xff;
        ek[1] |= 0x0f;
        sha3_256(hash, (struct span[]){span(ek, sizes->ek_len)}, 1);
        expect_private(i, sizes->dk_len, PQHW_DATA_INVALID);
        prepare(sets[i]);
        expect_private(i, sizes->dk_len, PQHW_OK);
    }
}

static void test_bad_public_keys(void **state)
{
    (void)state;
    FOR_EACH_SET(i)
    {
        const size_t ek_len = mlkem_sizes(sets[i])->ek_len;
        uint8_t ek[MLKEM_MAX_EK_LEN + 1] = {0};

        prepare(sets[i]);
        memcpy(ek, fixture->priv.pub.ek, ek_len);
        for (size_t len = 0; len <= sizeof(ek); len++)
            if (len != ek_len)
                assert_int_equal(mlkem_public_init(&fixture->pub, sets[i], span(ek, len)),
                                 PQHW_DATA_LEN_RANGE);
        /* The last coefficient of t becomes q, then q - 1. */
        ek[ek_len - 33] = MLKEM_Q >> 4;
        ek[ek_len - 34] = (uint8_t)((ek[ek_len - 34] & 0x0f) | (MLKEM_Q & 15) << 4);
        assert_int_equal(mlkem_public_init(&fixture->pub, sets[i], span(ek, ek_len)),
                         PQHW_DATA_INVALID);
        assert_true(all_zero(&fixture->pub, sizeof(fixture->pub)));
        ek[ek_len - 34] = (uint8_t)(ek[ek_len - 34] - (1 << 4));
        assert_int_equal(mlkem_public_init(&fixture->pub, sets[i], span(ek, ek_len)), PQHW_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_montgomery),
        cmocka_unit_test(test_barrett),
        cmocka_unit_test(test_compress),
        cmocka_unit_test(test_products),
        cmocka_unit_test(test_inverse),
        cmocka_unit_test(test_encode_decode),
        cmocka_unit_test(test_compressed_encoding),
        cmocka_unit_test(test_message),
        cmocka_unit_test(test_sampling),
        cmocka_unit_test(test_key_round_trip),
        cmocka_unit_test(test_decaps),
        cmocka_unit_test(test_implicit_rejection),
        cmocka_unit_test(test_bad_private_keys),
        cmocka_unit_test(test_bad_public_keys),
    };

    return cmocka_run_group_tests_name("crypto_mlkem", tests, make_fixture, free_fixture);
}
