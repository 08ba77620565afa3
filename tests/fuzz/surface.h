/* SPDX-License-Identifier: Apache-2.0
 *
 * The fuzzer of the whole Cryptoki surface, in parts:
 *
 *   pkcs11_surface_fuzz.c  an input: a token made ready, then calls until the input ends
 *   surface_calls.c        the calls
 *   surface_later.c        those that an asynchronous session leaves pending
 *   surface_args.c         their arguments: data, templates, mechanisms
 *   surface_check.c        what must be true of every answer
 *   surface_host.c         what stands in for the disk, Argon2id and the random generator
 */
#ifndef TESTS_FUZZ_SURFACE_H
#define TESTS_FUZZ_SURFACE_H

#include "fuzz.h"

#include "hsm/mechanism.h"
#include "pqhw/cryptoki.h"

#define WORLD_SESSIONS 6
#define WORLD_OBJECTS  24
#define WORLD_GARBAGE  256
#define LAST_MAX       8192

#define SO_PIN   "so-pin"
#define USER_PIN "user-pin"

/* What calls have given so far. Handles stay when their session or object is gone. */
struct world {
    struct reader in;
    CK_SLOT_ID slot;
    CK_SESSION_HANDLE sessions[WORLD_SESSIONS];
    size_t num_sessions;
    CK_OBJECT_HANDLE objects[WORLD_OBJECTS];
    size_t num_objects;
    bool written;           /* templates are written to: no length may promise what is not there */
    unsigned slow_left;     /* calls that take long: so many an input */
    uint8_t last[LAST_MAX]; /* the last output, for the calls that undo what made it */
    size_t last_len;
    void *garbage[WORLD_GARBAGE]; /* memory of the arguments of one call */
    size_t num_garbage;
};

/* ---- surface_host.c ---- */

/* An empty device directory and an empty store. */
void host_reset(void);
void host_end(void); /* the store goes: libFuzzer counts what is left for leaks */

/* ---- surface_args.c ---- */

bool choose(struct world *world, unsigned one_in); /* true once in so many */

void *keep(struct world *world, void *memory); /* until the call is over */
void free_garbage(struct world *world);

CK_SESSION_HANDLE arg_session(struct world *world);
CK_OBJECT_HANDLE arg_object(struct world *world);
CK_SLOT_ID arg_slot(struct world *world);
CK_ULONG arg_number(struct world *world);

/* Bytes to read: memory of exactly that length, or a pointer and a length that do not agree. */
struct bytes {
    CK_BYTE *ptr;
    CK_ULONG len;
};

struct bytes arg_data(struct world *world);
struct bytes arg_data_max(struct world *world, CK_ULONG max);

/* Room of that length, and at least of one byte. */
CK_BYTE *new_bytes(struct world *world, CK_ULONG len);

/* Room for an output. */
struct out {
    CK_BYTE *ptr;
    CK_ULONG room;  /* as the caller says it */
    CK_ULONG len;   /* what the call makes of it */
    CK_ULONG *plen; /* &len, or NULL */
};

void arg_out(struct world *world, struct out *out);

/* A call may write the attributes' lengths. */
struct attributes {
    CK_ATTRIBUTE *array;
    CK_ULONG count;
};

struct attributes arg_template(struct world *world);
/* That makes a key of this type, mostly. */
struct attributes arg_key_template(struct world *world, CK_KEY_TYPE type, bool is_private);

/* One that the token has, mostly. *info is NULL for others. */
CK_MECHANISM *arg_mechanism(struct world *world, CK_FLAGS flag, const struct mechanism_info **info);
/* With a parameter that suits, mostly. */
void arg_parameter(struct world *world, CK_MECHANISM *mechanism);

/* A copy of a structure as the parameter. */
void set_param(struct world *world, CK_MECHANISM *out, const void *param, CK_ULONG len);

/* ---- surface_kdf.c ---- */

/* The one of a derivation that has lists, or writes; false for other mechanisms. */
bool set_kdf_param(struct world *world, CK_MECHANISM *out);

/* ---- surface_check.c ---- */

/* Which functions may answer something. */
enum where {
    W_LIBRARY = 0x01,
    W_SLOT = 0x02,
    W_SESSION = 0x04,
    W_PIN = 0x08,
    W_OBJECT = 0x10,
    W_INIT = 0x20,   /* begin an operation */
    W_DATA = 0x40,   /* go on with it */
    W_VERIFY = 0x80, /* both with a signature */
    W_DECRYPT = 0x100,
    W_MAKE = 0x200, /* keys */
    W_FIND = 0x400, /* begin a search */
};

/* The answer is one that this function may give; returns it. */
CK_RV answer(CK_RV rv, unsigned where, const char *function);

void check_out(const struct out *out, CK_RV rv);
void remember(struct world *world, const struct out *out, CK_RV rv);

/* An output handle: new ones are kept, and after a failure it is as it was. */
#define NO_HANDLE 0x5a5a5a5aUL
void check_handle(struct world *world, CK_OBJECT_HANDLE handle, CK_RV rv);

/* The object's secrets come out only where its attributes say so, and private objects only where
 * the user is logged in. */
void check_object(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object);

/* ---- surface_calls.c ---- */

void surface_call(struct world *world);

#endif
