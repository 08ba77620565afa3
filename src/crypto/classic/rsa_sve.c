/* SPDX-License-Identifier: Apache-2.0
 *
 * RSASVE (SP 800-56B, 7.2.1).
 */
#include <string.h>

#include "base/ct.h"
#include "base/wipe.h"
#include "crypto/classic/rsa_key.h"
#include "crypto/random/random.h"

/* At worst one candidate in two is not below the modulus. */
#define MAX_CANDIDATES 128

static const struct rsa_scheme bare = {.padding = RSA_PAD_NONE};

/* Is a number of key->len bytes, which may be secret, from 2 to the modulus less 2? The modulus is
 * odd: less 1, it lacks its last bit. */
static bool in_range(const struct rsa_key *key, const uint8_t *number)
{
    uint8_t two[RSA_MAX_LEN] = {0};
    uint8_t less[RSA_MAX_LEN];

    two[key->len - 1] = 2;
    memcpy(less, key->n, key->len);
    less[key->len - 1] &= 0xfe;
    bool valid = (ct_less(number, less, key->len) & ~ct_less(number, two, key->len)) != 0;
    CT_PUBLIC(&valid, sizeof(valid)); /* a number that is not is refused */
    return valid;
}

enum pqhw_status rsa_sve_generate(const struct rsa_key *key, uint8_t *ct, uint8_t *ss)
{
    enum pqhw_status status = PQHW_OK;
    const uint8_t first = (uint8_t)(0xff >> (__builtin_clz(key->n[0]) - 24));
    bool found = false;

    for (int i = 0; i < MAX_CANDIDATES && !found; i++) {
        TRY(random_bytes(key->classic, ss, key->len));
        ss[0] &= first;
        found = in_range(key, ss);
    }
    REQUIRE(found, PQHW_RANDOM_FAILED);
    TRY(rsa_encrypt(key, ct, &bare, span(ss, key->len)));
out:
    if (status != PQHW_OK)
        wipe(ss, key->len);
    return status;
}

enum pqhw_status rsa_sve_recover(const struct rsa_key *key, uint8_t *ss, size_t *len,
                                 struct span ct)
{
    enum pqhw_status status = PQHW_OK;

    *len = 0;
    REQUIRE(ct.len == key->len, PQHW_ENCRYPTED_DATA_LEN_RANGE);
    REQUIRE(in_range(key, ct.ptr), PQHW_ENCRYPTED_DATA_INVALID);
    TRY(rsa_decrypt(key, ss, len, &bare, ct));
out:
    if (status != PQHW_OK)
        wipe(ss, key->len);
    return status;
}
