/* SPDX-License-Identifier: Apache-2.0
 *
 * Classical algorithms, thin over libcrypto in a library context of our own: the application's
 * OpenSSL configuration, providers and atexit order do not touch it.
 *
 * A struct classic is immutable after classic_new and may be used by any number of threads.
 */
#ifndef CRYPTO_CLASSIC_CLASSIC_H
#define CRYPTO_CLASSIC_CLASSIC_H

#include "base/bytes.h"
#include "base/status.h"

struct classic;

/* Load libcrypto's default provider and fetch what is used. PQHW_NO_MEMORY or PQHW_INTERNAL. */
NODISCARD enum pqhw_status classic_new(struct classic **out);
void classic_free(struct classic *classic);

/* Which of libcrypto's providers does ML-KEM, ML-DSA and SLH-DSA (classic/pqkey.h). */
enum classic_pq {
    CLASSIC_PQ_NONE, /* none */
    CLASSIC_PQ_DEFAULT,
    CLASSIC_PQ_FIPS, /* in a library context that has but this one and the base provider */
};

/*
 * As classic_new, and with these three. fips_config is the file that `openssl fipsinstall` wrote,
 * NULL for classic_fips_config; a process reads it once. PQHW_NOT_FOUND if it cannot be read,
 * PQHW_SELF_TEST_FAILED if the FIPS provider does not start, PQHW_NOT_SUPPORTED if the provider has
 * not all three (before OpenSSL 3.5).
 */
NODISCARD enum pqhw_status classic_new_pq(struct classic **out, enum classic_pq provider,
                                          const char *fips_config);
enum classic_pq classic_pq(const struct classic *classic);

/* What the provider calls itself, such as "OpenSSL FIPS Provider 3.5.9"; "" with none. */
const char *classic_pq_text(const struct classic *classic);

#define CLASSIC_PATH_MAX 4096

/* Where libcrypto's installation has the file: fipsmodule.cnf beside openssl.cnf. False if the path
 * is too long. */
bool classic_fips_config(char out[CLASSIC_PATH_MAX]);

/* Let go of what libcrypto keeps for the calling thread, which uses it no more. It does so itself
 * when the thread ends, with a lock held that another thread's forked child would wait for. */
void classic_thread_ends(void);

/* libcrypto's own version text, such as "OpenSSL 3.0.15 3 Sep 2024". */
const char *classic_version(void);

#define CLASSIC_KEY_LEN    32 /* AES-256 and HMAC keys */
#define CLASSIC_NONCE_LEN  12
#define CLASSIC_TAG_LEN    16
#define CLASSIC_HASH_LEN   32 /* SHA-256 */
#define CLASSIC_WRAP_EXTRA 8  /* AES key wrap adds this much */

/* HMAC-SHA-256 (FIPS 198-1) of the concatenation of num spans. */
void classic_hmac(uint8_t out[CLASSIC_HASH_LEN], const uint8_t key[CLASSIC_KEY_LEN],
                  const struct span *in, size_t num);

/* What is kept of a key that makes many MACs; as secret as the key. */
struct classic_hmac {
    uint32_t inner[8];
    uint32_t outer[8];
};

void classic_hmac_init(struct classic_hmac *hmac, const uint8_t key[CLASSIC_KEY_LEN]);
void classic_hmac_of(const struct classic_hmac *hmac, uint8_t out[CLASSIC_HASH_LEN],
                     const struct span *in, size_t num);

/* HKDF-SHA-256 (RFC 5869) without salt; info tells the derived keys apart. PQHW_ARGUMENTS_BAD if
 * more is asked for than it can give. */
NODISCARD enum pqhw_status classic_hkdf(uint8_t *out, size_t len,
                                        const uint8_t key[CLASSIC_KEY_LEN], struct span info);

/* AES-256-GCM (SP 800-38D). ciphertext has plaintext.len bytes and may be the same memory. */
NODISCARD enum pqhw_status classic_seal(const struct classic *classic, uint8_t *ciphertext,
                                        uint8_t tag[CLASSIC_TAG_LEN],
                                        const uint8_t key[CLASSIC_KEY_LEN],
                                        const uint8_t nonce[CLASSIC_NONCE_LEN],
                                        struct span associated, struct span plaintext);

/* The reverse. PQHW_DATA_INVALID if the tag does not match; plaintext is zero then. */
NODISCARD enum pqhw_status classic_open(const struct classic *classic, uint8_t *plaintext,
                                        const uint8_t key[CLASSIC_KEY_LEN],
                                        const uint8_t nonce[CLASSIC_NONCE_LEN],
                                        struct span associated, struct span ciphertext,
                                        const uint8_t tag[CLASSIC_TAG_LEN]);

/* AES-256 key wrap (SP 800-38F, KW; RFC 3394) of a 32-byte key into 40 bytes. */
NODISCARD enum pqhw_status classic_wrap(const struct classic *classic,
                                        uint8_t out[CLASSIC_KEY_LEN + CLASSIC_WRAP_EXTRA],
                                        const uint8_t kek[CLASSIC_KEY_LEN],
                                        const uint8_t key[CLASSIC_KEY_LEN]);

/* The reverse. PQHW_DATA_INVALID if kek is not the one it was wrapped with; key is zero then. */
NODISCARD enum pqhw_status classic_unwrap(const struct classic *classic,
                                          uint8_t key[CLASSIC_KEY_LEN],
                                          const uint8_t kek[CLASSIC_KEY_LEN],
                                          const uint8_t in[CLASSIC_KEY_LEN + CLASSIC_WRAP_EXTRA]);

/* What a PIN costs to try: Argon2id (RFC 9106) with one lane. */
struct classic_pin_cost {
    uint32_t memory_kib;
    uint32_t passes;
};

NODISCARD enum pqhw_status classic_pin_key(uint8_t out[CLASSIC_KEY_LEN], struct span pin,
                                           struct span salt, struct classic_pin_cost cost);

#endif
