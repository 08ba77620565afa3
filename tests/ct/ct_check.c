/* SPDX-License-Identifier: Apache-2.0
 *
 * The operations that handle secrets, with the secrets marked undefined, to be run under valgrind:
 * a branch or an address that depends on one is reported as a use of an undefined value.
 * tests/ct/run builds and runs it.
 *
 * usage: ct_check ml-kem|hqc|ml-dsa|slh-dsa|falcon|ml-kem-lanes|hqc-lanes|ml-dsa-lanes|rsa|
 *                 leak-branch|leak-address|leak-decoded
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ct.h"
#include "crypto/batch.h"
#include "crypto/classic/rsa.h"
#include "crypto/falcon/falcon.h"

static void require(bool held, const char *what)
{
    if (!held) {
        fprintf(stderr, "ct_check: %s\n", what);
        exit(2);
    }
}

static void *room(size_t size)
{
    void *mem = aligned_alloc(64, (size + 63) / 64 * 64);

    require(mem != NULL, "no memory");
    return mem;
}

static void fill_secret(uint8_t *out, size_t len, uint8_t with)
{
    memset(out, with, len);
    CT_SECRET(out, len);
}

/* ---- ML-KEM: key generation, encapsulation, decapsulation of good and bad ciphertexts ---- */

static void check_secrets(uint8_t ss_one[32], uint8_t ss_other[32], bool equal)
{
    CT_PUBLIC(ss_one, 32); /* the results are only compared here */
    CT_PUBLIC(ss_other, 32);
    require((memcmp(ss_one, ss_other, 32) == 0) == equal, "the shared secrets are not as expected");
}

static void ml_kem(enum mlkem_set set)
{
    const struct mlkem_sizes *sizes = mlkem_sizes(set);
    struct mlkem_private *generated = room(sizeof(*generated));
    struct mlkem_private *decoded = room(sizeof(*decoded));
    struct mlkem_public *pub = room(sizeof(*pub));
    uint8_t sk_seed[MLKEM_SEED_LEN];
    uint8_t sk_m[MLKEM_M_LEN];
    uint8_t sk_dk[MLKEM_MAX_DK_LEN];
    uint8_t ek[MLKEM_MAX_EK_LEN];
    uint8_t ct[MLKEM_MAX_CT_LEN];
    uint8_t ss_sent[32];
    uint8_t ss_received[32];

    fill_secret(sk_seed, sizeof(sk_seed), 1);
    mlkem_keygen(generated, set, sk_seed);
    mlkem_private_encode(generated, sk_dk);
    memcpy(ek, generated->pub.ek, sizes->ek_len);
    CT_PUBLIC(ek, sizes->ek_len); /* published */
    require(mlkem_public_init(pub, set, span(ek, sizes->ek_len)) == PQHW_OK, "the key is refused");
    fill_secret(sk_m, sizeof(sk_m), 2);
    mlkem_encaps(pub, ct, ss_sent, sk_m);
    CT_PUBLIC(ct, sizes->ct_len); /* sent */

    require(mlkem_private_init(decoded, set, span(sk_dk, sizes->dk_len)) == PQHW_OK,
            "the private key is refused");
    mlkem_decaps(decoded, ss_received, ct);
    check_secrets(ss_sent, ss_received, true);
    ct[5] ^= 1;
    mlkem_decaps(decoded, ss_received, ct);
    check_secrets(ss_sent, ss_received, false);
    free(generated);
    free(decoded);
    free(pub);
}

/* ---- HQC: the same ---- */

static void hqc(enum hqc_set set)
{
    const struct hqc_sizes *sizes = hqc_sizes(set);
    struct hqc_private *generated = room(hqc_private_size(set));
    struct hqc_private *decoded = room(hqc_private_size(set));
    struct hqc_public *pub = room(hqc_public_size(set));
    uint8_t sk_seed[HQC_SEED_LEN];
    uint8_t sk_coins[HQC_MAX_COINS_LEN];
    uint8_t sk_dk[HQC_MAX_DK_LEN];
    uint8_t ek[HQC_MAX_EK_LEN];
    uint8_t ct[HQC_MAX_CT_LEN];
    uint8_t ss_sent[32];
    uint8_t ss_received[32];

    fill_secret(sk_seed, sizeof(sk_seed), 1);
    hqc_keygen(generated, set, sk_seed);
    hqc_private_encode(generated, sk_dk);
    hqc_public_encode(hqc_private_public(generated), ek);
    CT_PUBLIC(ek, sizes->ek_len); /* published */
    require(hqc_public_init(pub, set, span(ek, sizes->ek_len)) == PQHW_OK, "the key is refused");
    fill_secret(sk_coins, sizeof(sk_coins), 2);
    hqc_encaps(pub, ct, ss_sent, sk_coins);
    CT_PUBLIC(ct, sizes->ct_len); /* sent */

    require(hqc_private_init(decoded, set, span(sk_dk, sizes->dk_len)) == PQHW_OK,
            "the private key is refused");
    hqc_decaps(decoded, ss_received, ct);
    check_secrets(ss_sent, ss_received, true);
    ct[5] ^= 1;
    hqc_decaps(decoded, ss_received, ct);
    check_secrets(ss_sent, ss_received, false);
    memset(ct, 0x5a, sizes->ct_len); /* nothing to be decoded */
    hqc_decaps(decoded, ss_received, ct);
    check_secrets(ss_sent, ss_received, false);
    free(generated);
    free(decoded);
    free(pub);
}

/* ---- ML-DSA: key generation, decoding, signing until some attempts were rejected ---- */

static void ml_dsa(enum mldsa_set set)
{
    const struct mldsa_sizes *sizes = mldsa_sizes(set);
    struct mldsa_private *generated = room(mldsa_private_size(set));
    struct mldsa_private *decoded = room(mldsa_private_size(set));
    uint8_t sk_seed[MLDSA_SEED_LEN];
    uint8_t sk_rnd[MLDSA_RND_LEN];
    uint8_t sk[MLDSA_MAX_SK_LEN];
    uint8_t sig[MLDSA_MAX_SIG_LEN];
    uint8_t mu[MLDSA_MU_LEN] = {0};

    fill_secret(sk_seed, sizeof(sk_seed), 3);
    mldsa_keygen(generated, set, sk_seed);
    mldsa_private_encode(generated, sk);
    require(mldsa_private_init(decoded, set, span(sk, sizes->sk_len)) == PQHW_OK,
            "the private key is refused");
    fill_secret(sk_rnd, sizeof(sk_rnd), 4);
    for (mu[0] = 0; mu[0] < 10; mu[0]++)
        require(mldsa_sign_mu(decoded, sig, mu, sk_rnd) == PQHW_OK, "signing failed");
    free(generated);
    free(decoded);
}

/* ---- SLH-DSA: key generation, decoding, signing, with checking before release ---- */

static void slh_dsa(enum slhdsa_set set)
{
    const struct slhdsa_sizes *sizes = slhdsa_sizes(set);
    const struct slhdsa_domain domain = {.context = SPAN_STR("ct")};
    struct slhdsa_private *generated = room(slhdsa_private_size(set));
    struct slhdsa_private *decoded = room(slhdsa_private_size(set));
    uint8_t sk_seed[3 * SLHDSA_MAX_N];
    uint8_t sk[4 * SLHDSA_MAX_N];
    uint8_t sk_rnd[SLHDSA_MAX_N];
    uint8_t *sig = room(sizes->sig_len);

    fill_secret(sk_seed, 2 * sizes->n, 5);
    memset(sk_seed + 2 * sizes->n, 6, sizes->n); /* PK.seed is public */
    slhdsa_keygen(generated, set, sk_seed);
    slhdsa_private_encode(generated, sk);
    CT_PUBLIC(sk + 2 * sizes->n, 2 * sizes->n); /* the public key */
    require(slhdsa_private_init(decoded, set, span(sk, sizes->sk_len)) == PQHW_OK,
            "the private key is refused");
    fill_secret(sk_rnd, sizes->n, 7);
    require(slhdsa_sign(decoded, sig, &domain, SPAN_STR("message"), sk_rnd, true) == PQHW_OK,
            "signing failed");
    free(generated);
    free(decoded);
    free(sig);
}

/* ---- Falcon: key generation, decoding, signing in all formats, with checking before release ----
 */

static enum pqhw_status draw_secret(void *context, uint8_t *out, size_t len)
{
    uint8_t *with = context;

    fill_secret(out, len, (*with)++);
    return PQHW_OK;
}

static void falcon(enum falcon_set set)
{
    const struct falcon_sizes *sizes = falcon_sizes(set);
    struct falcon_private *generated = room(falcon_private_size(set));
    struct falcon_private *decoded = room(falcon_private_size(set));
    struct falcon_keygen_room *keygen_room = room(falcon_keygen_room_size());
    uint8_t with = 8;
    const struct falcon_random random = {.draw = draw_secret, .context = &with};
    uint8_t sk_seed[FALCON_SEED_LEN];
    uint8_t sk[FALCON_MAX_SK_LEN];
    uint8_t sig[FALCON_MAX_SIG_LEN];
    size_t sig_len;

    fill_secret(sk_seed, sizeof(sk_seed), 1);
    require(falcon_keygen(generated, set, sk_seed, keygen_room) == PQHW_OK, "there is no key");
    falcon_private_encode(generated, sk);
    require(falcon_private_init(decoded, set, span(sk, sizes->sk_len)) == PQHW_OK,
            "the private key is refused");
    for (int format = 0; format < 2 * FALCON_NUM_FORMATS; format++) {
        const struct falcon_signer signer = {
            .priv = format % 2 == 0 ? decoded : generated,
            .format = (enum falcon_format)(format / 2),
            .random = &random,
            .check = true,
        };
        require(falcon_sign(&signer, sig, &sig_len, SPAN_STR("message")) == PQHW_OK,
                "signing failed");
    }
    free(generated);
    free(decoded);
    free(keygen_room);
}

/* ---- the same in lanes: NUM_ITEMS keys of all parameter sets, side by side ---- */

#define NUM_ITEMS 6

static void ml_kem_lanes(void)
{
    struct mlkem_keygen_item keygen[NUM_ITEMS];
    struct mlkem_private_item open[NUM_ITEMS];
    struct mlkem_encaps_item encaps[NUM_ITEMS];
    struct mlkem_decaps_item decaps[NUM_ITEMS];
    static uint8_t sk_seed[NUM_ITEMS][MLKEM_SEED_LEN];
    static uint8_t sk_m[NUM_ITEMS][MLKEM_M_LEN];
    static uint8_t sk_dk[NUM_ITEMS][MLKEM_MAX_DK_LEN];
    static uint8_t ct[NUM_ITEMS][MLKEM_MAX_CT_LEN];
    static uint8_t ss[2 * NUM_ITEMS][MLKEM_SECRET_LEN];
    void *workspace = room(mlkem_batch_size());

    for (unsigned n = 0; n < NUM_ITEMS; n++) {
        fill_secret(sk_seed[n], MLKEM_SEED_LEN, (uint8_t)(10 + n));
        fill_secret(sk_m[n], MLKEM_M_LEN, (uint8_t)(20 + n));
        keygen[n] = (struct mlkem_keygen_item){PQHW_OK, n % 3, room(sizeof(struct mlkem_private)),
                                               sk_seed[n]};
    }
    mlkem_keygen_batch(keygen, NUM_ITEMS, workspace);
    for (unsigned n = 0; n < NUM_ITEMS; n++) {
        mlkem_private_encode(keygen[n].priv, sk_dk[n]);
        open[n] = (struct mlkem_private_item){PQHW_OK, n % 3, keygen[n].priv,
                                              span(sk_dk[n], mlkem_sizes(n % 3)->dk_len)};
    }
    mlkem_private_init_batch(open, NUM_ITEMS, workspace);
    for (unsigned n = 0; n < NUM_ITEMS; n++) {
        require(open[n].status == PQHW_OK, "a private key is refused");
        encaps[n] = (struct mlkem_encaps_item){PQHW_OK, &open[n].priv->pub, ct[n], ss[n], sk_m[n]};
    }
    mlkem_encaps_batch(encaps, NUM_ITEMS, workspace);
    for (unsigned n = 0; n < NUM_ITEMS; n++) {
        ct[n][5] ^= n % 2; /* every other one is a bad ciphertext */
        decaps[n] = (struct mlkem_decaps_item){PQHW_OK, open[n].priv, ss[NUM_ITEMS + n],
                                               span(ct[n], mlkem_sizes(n % 3)->ct_len)};
    }
    mlkem_decaps_batch(decaps, NUM_ITEMS, workspace);
    for (unsigned n = 0; n < NUM_ITEMS; n++) {
        check_secrets(ss[n], ss[NUM_ITEMS + n], n % 2 == 0);
        free(keygen[n].priv);
    }
    free(workspace);
}

static void hqc_lanes(void)
{
    struct hqc_keygen_item keygen[NUM_ITEMS];
    struct hqc_private_item open[NUM_ITEMS];
    struct hqc_encaps_item encaps[NUM_ITEMS];
    struct hqc_decaps_item decaps[NUM_ITEMS];
    static uint8_t sk_seed[NUM_ITEMS][HQC_SEED_LEN];
    static uint8_t sk_coins[NUM_ITEMS][HQC_MAX_COINS_LEN];
    static uint8_t sk_dk[NUM_ITEMS][HQC_MAX_DK_LEN];
    static uint8_t ct[NUM_ITEMS][HQC_MAX_CT_LEN];
    static uint8_t ss[2 * NUM_ITEMS][HQC_SECRET_LEN];
    void *workspace = room(hqc_batch_size());

    for (unsigned n = 0; n < NUM_ITEMS; n++) {
        fill_secret(sk_seed[n], HQC_SEED_LEN, (uint8_t)(50 + n));
        fill_secret(sk_coins[n], HQC_MAX_COINS_LEN, (uint8_t)(60 + n));
        keygen[n] =
            (struct hqc_keygen_item){PQHW_OK, n % 3, room(hqc_private_size(n % 3)), sk_seed[n]};
    }
    hqc_keygen_batch(keygen, NUM_ITEMS, workspace);
    for (unsigned n = 0; n < NUM_ITEMS; n++) {
        hqc_private_encode(keygen[n].priv, sk_dk[n]);
        open[n] = (struct hqc_private_item){PQHW_OK, n % 3, keygen[n].priv,
                                            span(sk_dk[n], hqc_sizes(n % 3)->dk_len)};
    }
    hqc_private_init_batch(open, NUM_ITEMS, workspace);
    for (unsigned n = 0; n < NUM_ITEMS; n++) {
        require(open[n].status == PQHW_OK, "a private key is refused");
        encaps[n] = (struct hqc_encaps_item){PQHW_OK, hqc_private_public(open[n].priv), ct[n],
                                             ss[n], sk_coins[n]};
    }
    hqc_encaps_batch(encaps, NUM_ITEMS, workspace);
    for (unsigned n = 0; n < NUM_ITEMS; n++) {
        ct[n][5] ^= n % 2; /* every other one is a bad ciphertext */
        decaps[n] = (struct hqc_decaps_item){PQHW_OK, open[n].priv, ss[NUM_ITEMS + n],
                                             span(ct[n], hqc_sizes(n % 3)->ct_len)};
    }
    hqc_decaps_batch(decaps, NUM_ITEMS, workspace);
    for (unsigned n = 0; n < NUM_ITEMS; n++) {
        check_secrets(ss[n], ss[NUM_ITEMS + n], n % 2 == 0);
        free(keygen[n].priv);
    }
    free(workspace);
}

static void ml_dsa_lanes(void)
{
    struct mldsa_keygen_item keygen[NUM_ITEMS];
    struct mldsa_private_item open[NUM_ITEMS];
    struct mldsa_sign_item sign[NUM_ITEMS];
    static uint8_t sk_seed[NUM_ITEMS][MLDSA_SEED_LEN];
    static uint8_t sk_rnd[NUM_ITEMS][MLDSA_RND_LEN];
    static uint8_t sk[NUM_ITEMS][MLDSA_MAX_SK_LEN];
    static uint8_t sig[NUM_ITEMS][MLDSA_MAX_SIG_LEN];
    static const uint8_t mu[MLDSA_MU_LEN];
    void *workspace = room(mldsa_batch_size());

    for (unsigned n = 0; n < NUM_ITEMS; n++) {
        fill_secret(sk_seed[n], MLDSA_SEED_LEN, (uint8_t)(30 + n));
        fill_secret(sk_rnd[n], MLDSA_RND_LEN, (uint8_t)(40 + n));
        keygen[n] =
            (struct mldsa_keygen_item){PQHW_OK, n % 3, room(mldsa_private_size(n % 3)), sk_seed[n]};
    }
    mldsa_keygen_batch(keygen, NUM_ITEMS, workspace);
    for (unsigned n = 0; n < NUM_ITEMS; n++) {
        mldsa_private_encode(keygen[n].priv, sk[n]);
        open[n] = (struct mldsa_private_item){PQHW_OK, n % 3, keygen[n].priv,
                                              span(sk[n], mldsa_sizes(n % 3)->sk_len)};
    }
    mldsa_private_init_batch(open, NUM_ITEMS, workspace);
    for (unsigned n = 0; n < NUM_ITEMS; n++) {
        require(open[n].status == PQHW_OK, "a private key is refused");
        sign[n] = (struct mldsa_sign_item){PQHW_OK, open[n].priv, sig[n], mu, sk_rnd[n]};
    }
    mldsa_sign_mu_batch(sign, NUM_ITEMS, workspace);
    for (unsigned n = 0; n < NUM_ITEMS; n++) {
        require(sign[n].status == PQHW_OK, "signing failed");
        free(keygen[n].priv);
    }
    free(workspace);
}

/* ---- RSA: what is done with a padding once libcrypto has decrypted it ---- */

static void rsa_padding(const struct rsa_key *key, enum rsa_padding padding,
                        enum rsa_padding expected)
{
    const struct rsa_scheme made = {
        .padding = padding, .hash = DIGEST_SHA256, .mgf_hash = DIGEST_SHA256};
    struct rsa_scheme taken = made;
    uint8_t ct[RSA_MAX_LEN];
    uint8_t out[RSA_MAX_LEN];
    size_t len;

    taken.padding = expected;
    require(rsa_encrypt(key, ct, &made, SPAN_STR("secret")) == PQHW_OK, "encrypting failed");
    enum pqhw_status status = rsa_decrypt(key, out, &len, &taken, span(ct, rsa_len(key)));
    CT_PUBLIC(out, len); /* the plaintext is only compared here */
    require((status == PQHW_OK && len == 6 && memcmp(out, "secret", 6) == 0) ==
                (padding == expected),
            "the plaintext is not as expected");
}

static void rsa(void)
{
    static const uint8_t f4[] = {1, 0, 1};
    struct classic *classic;
    struct rsa_key *key; /* one: valgrind takes long to make it */

    require(classic_new(&classic) == PQHW_OK, "no libcrypto");
    require(rsa_generate(&key, classic, RSA_MIN_BITS, SPAN(f4)) == PQHW_OK, "no key");
    rsa_padding(key, RSA_PAD_OAEP, RSA_PAD_OAEP);
    rsa_padding(key, RSA_PAD_PKCS1, RSA_PAD_OAEP);
    rsa_padding(key, RSA_PAD_PKCS1, RSA_PAD_PKCS1);
    rsa_padding(key, RSA_PAD_OAEP, RSA_PAD_PKCS1);
    rsa_free(key);
    classic_free(classic);
}

/* ---- seeded leaks: the check must report them ---- */

static int leak_branch(void)
{
    uint8_t sk_byte;

    fill_secret(&sk_byte, 1, 8);
    return sk_byte == 8 ? puts("taken") : puts("not taken");
}

static int leak_address(void)
{
    static const uint8_t table[256] = {[9] = 1};
    uint8_t sk_byte;
    uint8_t found;

    fill_secret(&sk_byte, 1, 9);
    found = ((const volatile uint8_t *)table)[sk_byte];
    CT_PUBLIC(&found, 1); /* so that only the address can be reported */
    return printf("%d\n", found);
}

/* On what HQC decodes from a public word and y: the key stays secret through the whole of it. */
static int leak_decoded(void)
{
    struct hqc_private *priv = room(hqc_private_size(HQC_1));
    static uint8_t ct[HQC_MAX_CT_LEN];
    uint8_t sk_seed[HQC_SEED_LEN];
    uint8_t ss[HQC_SECRET_LEN];

    fill_secret(sk_seed, sizeof(sk_seed), 1);
    hqc_keygen(priv, HQC_1, sk_seed);
    hqc_decaps(priv, ss, ct);
    free(priv);
    return ss[0] == 8 ? puts("taken") : puts("not taken");
}

int main(int argc, char **argv)
{
    const char *what = argc == 2 ? argv[1] : "";

    if (strcmp(what, "ml-kem") == 0) {
        for (int set = MLKEM_512; set <= MLKEM_1024; set++)
            ml_kem((enum mlkem_set)set);
    } else if (strcmp(what, "hqc") == 0) {
        for (int set = HQC_1; set <= HQC_5; set++)
            hqc((enum hqc_set)set);
    } else if (strcmp(what, "ml-dsa") == 0) {
        for (int set = MLDSA_44; set <= MLDSA_87; set++)
            ml_dsa((enum mldsa_set)set);
    } else if (strcmp(what, "slh-dsa") == 0) {
        slh_dsa(SLHDSA_SHA2_128F);
        slh_dsa(SLHDSA_SHAKE_128F);
        slh_dsa(SLHDSA_SHA2_192F);
    } else if (strcmp(what, "falcon") == 0) {
        falcon(FALCON_512);
        falcon(FALCON_1024);
    } else if (strcmp(what, "ml-kem-lanes") == 0) {
        ml_kem_lanes();
    } else if (strcmp(what, "hqc-lanes") == 0) {
        hqc_lanes();
    } else if (strcmp(what, "ml-dsa-lanes") == 0) {
        ml_dsa_lanes();
    } else if (strcmp(what, "rsa") == 0) {
        rsa();
    } else if (strcmp(what, "leak-branch") == 0) {
        leak_branch();
    } else if (strcmp(what, "leak-address") == 0) {
        leak_address();
    } else if (strcmp(what, "leak-decoded") == 0) {
        leak_decoded();
    } else {
        fputs("usage: ct_check "
              "ml-kem|hqc|ml-dsa|slh-dsa|falcon|ml-kem-lanes|hqc-lanes|ml-dsa-lanes|rsa|"
              "leak-branch|leak-address|leak-decoded\n",
              stderr);
        return 2;
    }
    return 0;
}
