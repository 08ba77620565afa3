/* SPDX-License-Identifier: Apache-2.0
 *
 * A PKCS#11 module, loaded, with an open session on one of its tokens.
 */
#ifndef BENCH_TOKEN_H
#define BENCH_TOKEN_H

#include "bench/bench.h"
#include "pqhw/cryptoki.h"

struct token {
    void *library;
    const char *name; /* the module's file name without its folder */
    CK_FUNCTION_LIST *f;
    CK_FUNCTION_LIST_3_2 *f32; /* NULL if the module is older */
    bool initialized;
    CK_SLOT_ID slot;
    CK_SESSION_HANDLE session;
    char home[128]; /* the temporary device directory, or empty */
    char error[96]; /* the text of the last failure */
};

/*
 * Load the module and open a session on the token that the options name; or, if they name none and
 * the module is pqhw's or SoftHSM, on a new token in a temporary directory. False after telling why
 * not. token_close either way.
 */
bool token_open(struct token *token, struct bench *bench, const char *module);
void token_close(struct token *token);

/* The same token for another thread: a session of its own. Nothing is to be closed. */
bool token_share(struct token *token, struct bench *bench, const struct token *from);

/* After C_Finalize, and to be followed by C_Initialize: the slot that the token has now. SoftHSM
 * gives a new token another one. */
bool token_find_again(struct token *token, struct bench *bench);

/* NULL for CKR_OK; else the function's name and the value, in token->error. */
const char *token_check(struct token *token, const char *function, CK_RV rv);

#endif
