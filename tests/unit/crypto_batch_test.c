/* SPDX-License-Identifier: Apache-2.0
 *
 * Many operations at once give what they give one at a time in portable C, whatever stands beside
 * them: items of all parameter sets and items that fail, drawn at random, in every number from 0 to
 * MAX_ITEMS.
 */
#include "batch_expected.h"

#define MAX_ITEMS  17
#define NUM_ROUNDS 6

static void *copy(const void *from, size_t len)
{
    uint8_t *to = malloc(len == 0 ? 1 : len); /* so that a byte too far is seen */

    assert_non_null(to);
    memcpy(to, from, len);
    return to;
}

static void assert_all(const void *mem, uint8_t byte, size_t len)
{
    const uint8_t *bytes = mem;
    size_t num = 0;

    for (size_t i = 0; i < len; i++)
        num += bytes[i] == byte;
    assert_int_equal(num, len);
}

/* ------------------------------------------------------------------ rounds */

/* An input that is too short, too long, or empty. */
static size_t wrong_len(size_t len)
{
    const size_t lens[] = {len - 1, len + 1, 0, len / 2};

    return lens[random_below(4)];
}

/* A test of one operation: run it on num random items and check them. */
typedef void run_fn(unsigned num, void *workspace);

/* Every number of items, several times. The workspace is of the size that is asked for, to the
 * byte, and holds nothing afterwards where secrets have been in it. */
static void run_all(run_fn *run, size_t workspace_size, bool secret)
{
    for (unsigned round = 0; round < NUM_ROUNDS; round++) {
        for (unsigned num = 0; num <= MAX_ITEMS; num++) {
            uint8_t *workspace = room(workspace_size);

            memset(workspace, 0, workspace_size);
            run(num, workspace);
            if (secret)
                assert_all(workspace, 0, workspace_size);
            free(workspace);
        }
    }
}

/* ------------------------------------------------------------------ ML-KEM */

static void kem_keygen(unsigned num, void *workspace)
{
    struct mlkem_keygen_item item[MAX_ITEMS];
    unsigned which[MAX_ITEMS];

    for (unsigned n = 0; n < num; n++) {
        which[n] = random_below(NUM_KEMS);
        item[n] = (struct mlkem_keygen_item){
            .status = PQHW_INTERNAL,
            .set = expected->kem[which[n]].set,
            .priv = room(sizeof(struct mlkem_private)),
            .seed = expected->kem[which[n]].seed,
        };
    }
    mlkem_keygen_batch(item, num, workspace);
    for (unsigned n = 0; n < num; n++) {
        assert_int_equal(item[n].status, PQHW_OK);
        assert_memory_equal(item[n].priv, &expected->kem[which[n]].priv, sizeof(*item[n].priv));
        free(item[n].priv);
    }
}

static void kem_public_init(unsigned num, void *workspace)
{
    struct mlkem_public_item item[MAX_ITEMS];
    enum pqhw_status wanted[MAX_ITEMS];
    uint8_t *ek[MAX_ITEMS];
    unsigned which[MAX_ITEMS];

    for (unsigned n = 0; n < num; n++) {
        const struct kem *kem = &expected->kem[which[n] = random_below(NUM_KEMS)];
        size_t len = mlkem_sizes(kem->set)->ek_len;
        const unsigned fault = random_below(6);

        wanted[n] = fault == 0 ? PQHW_DATA_LEN_RANGE : fault == 1 ? PQHW_DATA_INVALID : PQHW_OK;
        len = fault == 0 ? wrong_len(len) : len;
        ek[n] = copy(kem->priv.pub.ek, len);
        if (fault == 1)
            memset(ek[n] + 3 * random_below((unsigned)(len - 32) / 3), 0xff, 3); /* above q */
        item[n] = (struct mlkem_public_item){PQHW_INTERNAL, kem->set,
                                             room(sizeof(struct mlkem_public)), span(ek[n], len)};
    }
    mlkem_public_init_batch(item, num, workspace);
    for (unsigned n = 0; n < num; n++) {
        assert_int_equal(item[n].status, wanted[n]);
        if (wanted[n] == PQHW_OK)
            assert_memory_equal(item[n].pub, &expected->kem[which[n]].priv.pub,
                                sizeof(*item[n].pub));
        else
            assert_all(item[n].pub, 0, sizeof(*item[n].pub));
        free(ek[n]);
        free(item[n].pub);
    }
}

/* Spoil a private key in one of its parts: s, ek, or H(ek). */
static void spoil_dk(uint8_t *dk, const struct mlkem_sizes *sizes)
{
    const size_t s_len = sizes->dk_len - sizes->ek_len - 64;

    switch (random_below(3)) {
    case 0:
        memset(dk + 3 * random_below((unsigned)s_len / 3), 0xff, 3);
        break;
    case 1:
        dk[s_len + sizes->ek_len - 1 - random_below(32)] ^= 1; /* rho */
        break;
    default:
        dk[s_len + sizes->ek_len + random_below(32)] ^= 0x80;
    }
}

static void kem_private_init(unsigned num, void *workspace)
{
    struct mlkem_private_item item[MAX_ITEMS];
    enum pqhw_status wanted[MAX_ITEMS];
    uint8_t *dk[MAX_ITEMS];
    unsigned which[MAX_ITEMS];

    for (unsigned n = 0; n < num; n++) {
        const struct kem *kem = &expected->kem[which[n] = random_below(NUM_KEMS)];
        size_t len = mlkem_sizes(kem->set)->dk_len;
        const unsigned fault = random_below(5);

        wanted[n] = fault == 0 ? PQHW_DATA_LEN_RANGE : fault == 1 ? PQHW_DATA_INVALID : PQHW_OK;
        len = fault == 0 ? wrong_len(len) : len;
        dk[n] = copy(kem->dk, len);
        if (fault == 1)
            spoil_dk(dk[n], mlkem_sizes(kem->set));
        item[n] = (struct mlkem_private_item){PQHW_INTERNAL, kem->set,
                                              room(sizeof(struct mlkem_private)), span(dk[n], len)};
    }
    mlkem_private_init_batch(item, num, workspace);
    for (unsigned n = 0; n < num; n++) {
        const struct mlkem_private *priv = &expected->kem[which[n]].priv;

        assert_int_equal(item[n].status, wanted[n]);
        if (wanted[n] == PQHW_OK) {
            assert_memory_equal(&item[n].priv->pub, &priv->pub, sizeof(priv->pub));
            assert_memory_equal(item[n].priv->s, priv->s,
                                (2 + (unsigned)priv->pub.set) * sizeof(priv->s[0]));
            assert_memory_equal(item[n].priv->z, priv->z, sizeof(priv->z));
        } else {
            assert_all(item[n].priv, 0, sizeof(*item[n].priv));
        }
        free(dk[n]);
        free(item[n].priv);
    }
}

static void kem_encaps(unsigned num, void *workspace)
{
    struct mlkem_encaps_item item[MAX_ITEMS];
    unsigned which[MAX_ITEMS];

    for (unsigned n = 0; n < num; n++) {
        const struct kem *kem = &expected->kem[which[n] = random_below(NUM_KEMS)];

        item[n] = (struct mlkem_encaps_item){
            .status = PQHW_INTERNAL,
            .pub = kem_pub[which[n]],
            .ct = room(mlkem_sizes(kem->set)->ct_len),
            .ss = room(MLKEM_SECRET_LEN),
            .m = kem->m,
        };
    }
    mlkem_encaps_batch(item, num, workspace);
    for (unsigned n = 0; n < num; n++) {
        const struct kem *kem = &expected->kem[which[n]];

        assert_int_equal(item[n].status, PQHW_OK);
        assert_memory_equal(item[n].ct, kem->ct, mlkem_sizes(kem->set)->ct_len);
        assert_memory_equal(item[n].ss, kem->ss, MLKEM_SECRET_LEN);
        free(item[n].ct);
        free(item[n].ss);
    }
}

static void kem_decaps(unsigned num, void *workspace)
{
    struct mlkem_decaps_item item[MAX_ITEMS];
    const uint8_t *wanted[MAX_ITEMS]; /* NULL: the length is refused */
    uint8_t *ct[MAX_ITEMS];

    for (unsigned n = 0; n < num; n++) {
        const struct kem *kem = &expected->kem[random_below(NUM_KEMS)];
        size_t len = mlkem_sizes(kem->set)->ct_len;
        const unsigned fault = random_below(5);

        wanted[n] = fault == 0 ? NULL : fault == 1 ? kem->ss_rejected : kem->ss;
        len = fault == 0 ? wrong_len(len) : len;
        ct[n] = copy(fault == 1 ? kem->bad_ct : kem->ct, len);
        item[n] = (struct mlkem_decaps_item){PQHW_INTERNAL, &kem->priv, room(MLKEM_SECRET_LEN),
                                             span(ct[n], len)};
    }
    mlkem_decaps_batch(item, num, workspace);
    for (unsigned n = 0; n < num; n++) {
        assert_int_equal(item[n].status,
                         wanted[n] == NULL ? PQHW_ENCRYPTED_DATA_LEN_RANGE : PQHW_OK);
        if (wanted[n] == NULL)
            assert_all(item[n].ss, UNTOUCHED, MLKEM_SECRET_LEN);
        else
            assert_memory_equal(item[n].ss, wanted[n], MLKEM_SECRET_LEN);
        free(ct[n]);
        free(item[n].ss);
    }
}

static void test_mlkem(void **state)
{
    (void)state;
    run_all(kem_keygen, mlkem_batch_size(), true);
    run_all(kem_public_init, mlkem_batch_size(), true);
    run_all(kem_private_init, mlkem_batch_size(), true);
    run_all(kem_encaps, mlkem_batch_size(), true);
    run_all(kem_decaps, mlkem_batch_size(), true);
}

/* ------------------------------------------------------------------ ML-DSA */

/* The expanded key is the one of the operation alone. */
static void assert_dsa_private(const struct mldsa_private *priv, unsigned which)
{
    const struct dsa *dsa = &expected->dsa[which];
    const struct mldsa_sizes *sizes = mldsa_sizes(dsa->set);
    const struct mldsa_private *alone = dsa_priv[which];

    assert_ptr_equal(priv->params, alone->params);
    assert_memory_equal(priv->sk, dsa->sk, sizes->sk_len);
    assert_memory_equal(priv->pk, dsa->pk, sizes->pk_len);
    assert_memory_equal(priv->poly, alone->poly,
                        mldsa_private_size(dsa->set) - offsetof(struct mldsa_private, poly));
}

static void dsa_keygen(unsigned num, void *workspace)
{
    struct mldsa_keygen_item item[MAX_ITEMS];
    unsigned which[MAX_ITEMS];

    for (unsigned n = 0; n < num; n++) {
        const struct dsa *dsa = &expected->dsa[which[n] = random_below(NUM_DSAS)];

        item[n] = (struct mldsa_keygen_item){PQHW_INTERNAL, dsa->set,
                                             room(mldsa_private_size(dsa->set)), dsa->seed};
    }
    mldsa_keygen_batch(item, num, workspace);
    for (unsigned n = 0; n < num; n++) {
        assert_int_equal(item[n].status, PQHW_OK);
        assert_dsa_private(item[n].priv, which[n]);
        free(item[n].priv);
    }
}

static void dsa_public_init(unsigned num, void *workspace)
{
    struct mldsa_public_item item[MAX_ITEMS];
    uint8_t *pk[MAX_ITEMS];
    bool good[MAX_ITEMS];
    unsigned which[MAX_ITEMS];

    for (unsigned n = 0; n < num; n++) {
        const struct dsa *dsa = &expected->dsa[which[n] = random_below(NUM_DSAS)];
        size_t len = mldsa_sizes(dsa->set)->pk_len;

        good[n] = random_below(5) != 0;
        len = good[n] ? len : wrong_len(len);
        pk[n] = copy(dsa->pk, len);
        item[n] = (struct mldsa_public_item){PQHW_INTERNAL, dsa->set,
                                             room(mldsa_public_size(dsa->set)), span(pk[n], len)};
    }
    mldsa_public_init_batch(item, num, workspace);
    for (unsigned n = 0; n < num; n++) {
        const size_t size = mldsa_public_size(expected->dsa[which[n]].set);

        assert_int_equal(item[n].status, good[n] ? PQHW_OK : PQHW_DATA_LEN_RANGE);
        if (good[n])
            assert_memory_equal(item[n].pub, dsa_pub[which[n]], size);
        else
            assert_all(item[n].pub, UNTOUCHED, size);
        free(pk[n]);
        free(item[n].pub);
    }
}

/* Spoil a private key: s1 or s2 out of range, tr, or t0. */
static void spoil_sk(uint8_t *sk, const struct dsa *dsa)
{
    const struct mldsa_params *params = mldsa_params(dsa->set);
    const unsigned s_len = (unsigned)(mldsa_sk_t0(params) - MLDSA_SK_S);

    switch (random_below(3)) {
    case 0:
        sk[MLDSA_SK_S + random_below(s_len)] = 0xff;
        break;
    case 1:
        sk[MLDSA_SK_TR + random_below(MLDSA_TR_LEN)] ^= 1;
        break;
    default:
        sk[params->sizes.sk_len - 1 - random_below(MLDSA_T0_LEN)] ^= 4;
    }
}

static void dsa_private_init(unsigned num, void *workspace)
{
    struct mldsa_private_item item[MAX_ITEMS];
    enum pqhw_status wanted[MAX_ITEMS];
    uint8_t *sk[MAX_ITEMS];
    unsigned which[MAX_ITEMS];

    for (unsigned n = 0; n < num; n++) {
        const struct dsa *dsa = &expected->dsa[which[n] = random_below(NUM_DSAS)];
        size_t len = mldsa_sizes(dsa->set)->sk_len;
        const unsigned fault = random_below(5);

        wanted[n] = fault == 0 ? PQHW_DATA_LEN_RANGE : fault == 1 ? PQHW_DATA_INVALID : PQHW_OK;
        len = fault == 0 ? len - 1 - random_below(40) : len;
        sk[n] = copy(dsa->sk, len);
        if (fault == 1)
            spoil_sk(sk[n], dsa);
        item[n] = (struct mldsa_private_item){PQHW_INTERNAL, dsa->set,
                                              room(mldsa_private_size(dsa->set)), span(sk[n], len)};
    }
    mldsa_private_init_batch(item, num, workspace);
    for (unsigned n = 0; n < num; n++) {
        assert_int_equal(item[n].status, wanted[n]);
        if (wanted[n] == PQHW_OK)
            assert_dsa_private(item[n].priv, which[n]);
        else
            assert_all(item[n].priv, 0, mldsa_private_size(item[n].set));
        free(sk[n]);
        free(item[n].priv);
    }
}

static void dsa_mu(unsigned num, void *workspace)
{
    struct mldsa_mu_item item[MAX_ITEMS];
    const struct dsa *which[MAX_ITEMS];

    for (unsigned n = 0; n < num; n++) {
        const unsigned i = random_below(NUM_DSAS);
        const struct dsa *dsa = which[n] = &expected->dsa[i];
        const bool good = random_below(5) != 0;

        item[n] = (struct mldsa_mu_item){
            .status = PQHW_INTERNAL,
            .mu = room(MLDSA_MU_LEN),
            .tr = mldsa_public_tr(dsa_pub[i]),
            .context = span(context, good ? dsa->context_len : MLDSA_MAX_CONTEXT + 1),
            .message = span(dsa->message, dsa->message_len),
        };
    }
    mldsa_mu_batch(item, num, workspace);
    for (unsigned n = 0; n < num; n++) {
        const bool good = item[n].context.len <= MLDSA_MAX_CONTEXT;

        assert_int_equal(item[n].status, good ? PQHW_OK : PQHW_DATA_LEN_RANGE);
        if (good)
            assert_memory_equal(item[n].mu, which[n]->mu, MLDSA_MU_LEN);
        else
            assert_all(item[n].mu, UNTOUCHED, MLDSA_MU_LEN);
        free(item[n].mu);
    }
}

static void dsa_sign(unsigned num, void *workspace)
{
    struct mldsa_sign_item item[MAX_ITEMS];
    const struct dsa *which[MAX_ITEMS];

    for (unsigned n = 0; n < num; n++) {
        const unsigned i = random_below(NUM_DSAS);
        const struct dsa *dsa = which[n] = &expected->dsa[i];

        item[n] = (struct mldsa_sign_item){PQHW_INTERNAL, dsa_priv[i],
                                           room(mldsa_sizes(dsa->set)->sig_len), dsa->mu, dsa->rnd};
    }
    mldsa_sign_mu_batch(item, num, workspace);
    for (unsigned n = 0; n < num; n++) {
        assert_int_equal(item[n].status, PQHW_OK);
        assert_memory_equal(item[n].sig, which[n]->sig, mldsa_sizes(which[n]->set)->sig_len);
        free(item[n].sig);
    }
}

static void dsa_verify(unsigned num, void *workspace)
{
    struct mldsa_verify_item item[MAX_ITEMS];
    enum pqhw_status wanted[MAX_ITEMS];
    uint8_t *sig[MAX_ITEMS];

    for (unsigned n = 0; n < num; n++) {
        const unsigned i = random_below(NUM_DSAS);
        const struct dsa *dsa = &expected->dsa[i];
        const uint8_t *mu = dsa->mu;
        size_t len = mldsa_sizes(dsa->set)->sig_len;
        const unsigned fault = random_below(8);

        wanted[n] = fault == 0   ? PQHW_SIGNATURE_LEN_RANGE
                    : fault <= 3 ? PQHW_SIGNATURE_INVALID
                                 : PQHW_OK;
        len = fault == 0 ? len - 1 - random_below(40) : len;
        sig[n] = copy(dsa->sig, len);
        if (fault == 1)
            sig[n][random_below((unsigned)len)] ^= (uint8_t)(1 << n % 8);
        if (fault == 2) /* more hints than there may be: refused before anything is hashed */
            sig[n][len - 1] = 0xff;
        if (fault == 3)
            mu = expected->dsa[(i + 1) % NUM_DSAS].mu;
        item[n] = (struct mldsa_verify_item){PQHW_INTERNAL, dsa_pub[i], span(sig[n], len), mu};
    }
    mldsa_verify_mu_batch(item, num, workspace);
    for (unsigned n = 0; n < num; n++) {
        assert_int_equal(item[n].status, wanted[n]);
        free(sig[n]);
    }
}

static void test_mldsa(void **state)
{
    (void)state;
    run_all(dsa_keygen, mldsa_batch_size(), true);
    run_all(dsa_public_init, mldsa_batch_size(), true);
    run_all(dsa_private_init, mldsa_batch_size(), true);
    run_all(dsa_mu, mldsa_batch_size(), true);
    run_all(dsa_sign, mldsa_batch_size(), true);
    run_all(dsa_verify, mldsa_batch_size(), false);
}

/* ------------------------------------------------------------------ SLH-DSA */

static void test_slhdsa(void **state)
{
    struct slhdsa_keygen_item keygen[NUM_SLHS];
    struct slhdsa_sign_item sign[NUM_SLHS];
    struct slhdsa_verify_item verify[2 * NUM_SLHS + 1];

    (void)state;
    for (unsigned n = 0; n < NUM_SLHS; n++) {
        const struct slh *slh = &expected->slh[n];

        keygen[n] = (struct slhdsa_keygen_item){PQHW_INTERNAL, slh->set,
                                                room(slhdsa_private_size(slh->set)), slh->seed};
    }
    slhdsa_keygen_batch(keygen, NUM_SLHS);
    for (unsigned n = 0; n < NUM_SLHS; n++) {
        const struct slh *slh = &expected->slh[n];
        uint8_t sk[SLHDSA_MAX_SK_LEN];

        assert_int_equal(keygen[n].status, PQHW_OK);
        slhdsa_private_encode(keygen[n].priv, sk);
        assert_memory_equal(sk, slh->sk, slhdsa_sizes(slh->set)->sk_len);
        sign[n] = (struct slhdsa_sign_item){
            PQHW_INTERNAL, keygen[n].priv,     room(slhdsa_sizes(slh->set)->sig_len),
            &slh_domain,   span(slh->seed, 8), NULL,
            false};
    }
    slhdsa_sign_batch(sign, NUM_SLHS);
    for (unsigned n = 0; n < NUM_SLHS; n++) {
        const struct slh *slh = &expected->slh[n];
        const size_t len = slhdsa_sizes(slh->set)->sig_len;
        const struct slhdsa_public *pub = slhdsa_private_public(keygen[n].priv);

        assert_int_equal(sign[n].status, PQHW_OK);
        assert_memory_equal(sign[n].sig, slh->sig, len);
        verify[2 * n] = (struct slhdsa_verify_item){PQHW_INTERNAL, pub, span(sign[n].sig, len),
                                                    &slh_domain, span(slh->seed, 8)};
        verify[2 * n + 1] = verify[2 * n];
        verify[2 * n + 1].message.len--;
    }
    verify[2 * NUM_SLHS] = verify[0];
    verify[2 * NUM_SLHS].sig.len--;
    slhdsa_verify_batch(verify, 2 * NUM_SLHS + 1);
    for (unsigned n = 0; n < 2 * NUM_SLHS; n++)
        assert_int_equal(verify[n].status, n % 2 == 0 ? PQHW_OK : PQHW_SIGNATURE_INVALID);
    assert_int_equal(verify[2 * NUM_SLHS].status, PQHW_SIGNATURE_LEN_RANGE);
    for (unsigned n = 0; n < NUM_SLHS; n++) {
        free(keygen[n].priv);
        free(sign[n].sig);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mlkem),
        cmocka_unit_test(test_mldsa),
        cmocka_unit_test(test_slhdsa),
    };

    return cmocka_run_group_tests_name("crypto_batch", tests, open_expected, close_expected);
}
