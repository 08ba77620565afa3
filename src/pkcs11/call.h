/* SPDX-License-Identifier: Apache-2.0
 *
 * Calls that may take long: those that make a key, and those that end an operation with one. They
 * are packed, so that an asynchronous session can have them made later (async.c), and all others
 * at once.
 */
#ifndef PKCS11_CALL_H
#define PKCS11_CALL_H

#include "hsm/hsm.h"

enum call_function {
    CALL_GENERATE_KEY,
    CALL_GENERATE_KEY_PAIR,
    CALL_DERIVE_KEY,
    CALL_ENCAPSULATE_KEY,
    CALL_DECAPSULATE_KEY,
    CALL_WRAP_KEY,
    CALL_UNWRAP_KEY,
    CALL_UNWRAP_KEY_AUTHENTICATED,
    CALL_SIGN,
    CALL_SIGN_FINAL,
    CALL_SIGN_RECOVER,
    CALL_SIGN_MESSAGE,
    CALL_SIGN_MESSAGE_NEXT,
    CALL_VERIFY,
    CALL_VERIFY_FINAL,
    CALL_VERIFY_RECOVER,
    CALL_VERIFY_SIGNATURE,
    CALL_VERIFY_SIGNATURE_FINAL,
    CALL_VERIFY_MESSAGE,
    CALL_VERIFY_MESSAGE_NEXT,
    CALL_ENCRYPT,
    CALL_DECRYPT,
    CALL_NUM,
};

/* What a function was given, as far as it takes it, and what it gives. Borrowed, all of it. */
struct call {
    enum call_function function;
    CK_SESSION_HANDLE session;
    const struct mechanism *mechanism; /* of those that name one */
    CK_OBJECT_HANDLE keys[2];          /* that does it; that is wrapped */
    struct span templates[2];          /* the new key's; the private key's */
    struct span in[2];                 /* data, ciphertext or wrapped key; signature */
    uint8_t *iv_out;                   /* C_WrapKey: where the nonce goes, NULL if it has none */
    bool by_param;                     /* C_DeriveKey: the mechanism's parameter gets the keys */
    uint8_t *out;                      /* PKCS#11's convention, with len */
    size_t len;
    CK_OBJECT_HANDLE made[2];
};

/* What is the same for all calls of a function. */
struct call_info {
    const char *name;
    CK_FLAGS flag; /* what C_SessionCancel knows it by */
    enum pqhw_status (*run)(struct hsm_app *app, struct call *call);
    bool output;   /* it has one of variable length */
    bool secret;   /* which is not for everyone */
    unsigned made; /* how many keys it makes */
    bool unwraps;  /* module_unwrap_rv */
};

const struct call_info *call_info(enum call_function function);

/* Make the call; or, in an asynchronous session, have it made later: PQHW_PENDING. */
NODISCARD enum pqhw_status call_make(struct hsm_app *app, struct call *call);

/* The status of a call in the words of PKCS#11. */
CK_RV call_rv(enum call_function function, enum pqhw_status status);

#endif
