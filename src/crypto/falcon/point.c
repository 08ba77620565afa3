/* SPDX-License-Identifier: Apache-2.0
 *
 * From a message to a point. Round 3: big-endian, and the nonce is all that stands before the
 * message.
 */
#include "crypto/falcon/point.h"

#include "base/wipe.h"
#include "crypto/workspace.h"

#define LIMIT (5 * FALCON_Q) /* the highest multiple of q in 16 bits */

void falcon_message_init(struct falcon_message *message, const uint8_t nonce[FALCON_NONCE_LEN])
{
    shake256_init(&message->hash);
    keccak_absorb(&message->hash, nonce, FALCON_NONCE_LEN);
}

void falcon_message_absorb(struct falcon_message *message, const void *data, size_t len)
{
    keccak_absorb(&message->hash, data, len);
}

/* x mod q for x < 2^16: 43687 / 2^29 is a little less than 1 / q. */
static uint16_t reduce(uint32_t x)
{
    return (uint16_t)(x - (((x + 1) * 43687u) >> 29) * FALCON_Q);
}

/* The numbers of one block that are below LIMIT, as far as n of them are wanted. */
static unsigned accept(uint16_t *c, unsigned num, unsigned n, const uint8_t *block)
{
    for (unsigned i = 0; i < SHAKE256_RATE && num < n; i += 2) {
        uint32_t x = (uint32_t)block[i] << 8 | block[i + 1];

        c[num] = reduce(x);
        num += x < LIMIT;
    }
    return num;
}

void falcon_message_point(struct falcon_message *message, uint16_t *c, unsigned n)
{
    WORKSPACE uint8_t block[SHAKE256_RATE];
    unsigned num = 0;

    while (num < n) {
        keccak_squeeze(&message->hash, block, sizeof(block));
        num = accept(c, num, n, block);
    }
    WIPE(*message);
}
