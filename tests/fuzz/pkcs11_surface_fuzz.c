/* SPDX-License-Identifier: Apache-2.0
 *
 * The whole Cryptoki surface: a token, then calls that the input chooses, with arguments that it
 * chooses, until it ends. See surface.h.
 *
 * The first byte says who is logged in.
 */
#include "surface.h"

#define SLOW_CALLS 2
#define MAX_CALLS  200

static void prepare(struct world *world)
{
    static CK_UTF8CHAR so_pin[] = SO_PIN, user_pin[] = USER_PIN;
    static CK_UTF8CHAR label[33] = "fuzzed                          ";
    CK_ULONG num = 1;

    check(C_Initialize(NULL) == CKR_OK);
    check(C_GetSlotList(CK_TRUE, &world->slot, &num) == CKR_OK);
    check(C_InitToken(world->slot, so_pin, sizeof(so_pin) - 1, label) == CKR_OK);
    world->num_sessions = 1;
    CK_SESSION_HANDLE *session = &world->sessions[0];
    check(C_OpenSession(world->slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, session) ==
          CKR_OK);
    check(C_Login(*session, CKU_SO, so_pin, sizeof(so_pin) - 1) == CKR_OK);
    check(C_InitPIN(*session, user_pin, sizeof(user_pin) - 1) == CKR_OK);
    check(C_Logout(*session) == CKR_OK);
    switch (read_u8(&world->in) % 4) {
    case 0:
        break;
    case 1:
        check(C_Login(*session, CKU_SO, so_pin, sizeof(so_pin) - 1) == CKR_OK);
        break;
    default:
        check(C_Login(*session, CKU_USER, user_pin, sizeof(user_pin) - 1) == CKR_OK);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct world world;

    host_reset();
    world = (struct world){.in = reader(span(data, size)), .slow_left = SLOW_CALLS};
    prepare(&world);
    for (unsigned i = 0; i < MAX_CALLS && world.in.rest.len > 0; i++)
        surface_call(&world);
    CK_RV rv = C_Finalize(NULL);
    check(rv == CKR_OK || rv == CKR_CRYPTOKI_NOT_INITIALIZED);
    host_end();
    return 0;
}

/* Chance alone, of many lengths: most bytes mean something valid. */
bool fuzz_seed(size_t i, struct buf *out)
{
    uint8_t *bytes = buf_extend(out, 64 + 8 * i);

    check(bytes != NULL);
    fuzz_fill(i, bytes, out->len);
    bytes[0] = 2;
    return i < 64;
}
