/* SPDX-License-Identifier: Apache-2.0
 *
 * The door. Every operation on keys, objects and users passes it, in this order:
 *
 *   session -> authorise -> execute -> audit -> reply
 *
 * What an operation wants to change it does not change itself: it collects the changes, and the
 * door commits them in one transaction, after the audit record of them is written. An operation
 * that was not audited is not answered: its output is wiped and its changes never happen.
 */
#ifndef HSM_DOOR_H
#define HSM_DOOR_H

#include "hsm/app.h"

enum action {
    ACTION_TOKEN_INIT,
    ACTION_TOKEN_DELETE,
    ACTION_LOGIN,
    ACTION_LOGIN_FOR_OPERATION,
    ACTION_LOGOUT,
    ACTION_PIN_INIT,
    ACTION_PIN_SET,
    ACTION_POLICY_SET,
    ACTION_OBJECT_CREATE,
    ACTION_OBJECT_COPY,
    ACTION_OBJECT_DESTROY,
    ACTION_OBJECT_MODIFY,
    ACTION_OBJECT_READ,
    ACTION_OBJECT_REVEAL,
    ACTION_FIND,
    ACTION_GENERATE_PAIR,
    ACTION_GENERATE_KEY,
    ACTION_ENCAPSULATE,
    ACTION_DECAPSULATE,
    ACTION_WRAP,
    ACTION_UNWRAP,
    ACTION_DERIVE,
    ACTION_SIGN_INIT,
    ACTION_SIGN_PART,
    ACTION_SIGN,
    ACTION_VERIFY_INIT,
    ACTION_VERIFY_PART,
    ACTION_VERIFY,
    ACTION_ENCRYPT_INIT,
    ACTION_ENCRYPT_PART,
    ACTION_ENCRYPT,
    ACTION_DECRYPT_INIT,
    ACTION_DECRYPT_PART,
    ACTION_DECRYPT,
    ACTION_DIGEST,
    ACTION_RANDOM,
    ACTION_NUM,
};

enum change_kind {
    CHANGE_NEW,
    CHANGE_REPLACE,
    CHANGE_DESTROY,
};

struct change {
    enum change_kind kind;
    struct object *object; /* NEW, REPLACE: as it will be; DESTROY: as it was. One reference */
    struct object *before; /* REPLACE. One reference */
    CK_OBJECT_HANDLE *handle_out; /* NEW; may be NULL */
};

#define OP_MAX_OBJECTS 2
#define OP_MAX_CHANGES 8 /* a derivation makes so many keys */

/* For what an operation names in its audit record, and for what it asks for. */
struct op_room {
    char objects[OP_MAX_OBJECTS][AUDIT_UUID_LEN + 1]; /* unique ids */
    struct change changes[OP_MAX_CHANGES];
};

struct op {
    enum action action;
    struct hsm_app *app;
    struct session *session;     /* locked; NULL for actions on a whole token */
    struct partition *partition; /* NULL if there is none yet */
    uint32_t slot;
    enum role role;
    struct hsm_policy policy;

    /* Filled in by execute. */
    CK_MECHANISM_TYPE mechanism;
    const struct mechanism_info *info;
    bool wants_login;     /* the key of op_key has CKA_ALWAYS_AUTHENTICATE */
    bool later;           /* this thread makes the call for an asynchronous session (later.h) */
    struct op_room *room; /* NULL in an action on a whole token */
    size_t num_objects;
    size_t num_changes;
    bool audited;           /* the record of its success is written already */
    struct audit_mark mark; /* of its record, once that is written; before, one known to be there */
    uint64_t epoch;         /* of the device, in an action on a whole token */
    /* Takes back what execute did beside the changes, if it cannot be audited; may be NULL. */
    void (*undo)(struct op *op);
    /* A change to the partition's own record, made in the same transaction; may be NULL. */
    enum pqhw_status (*change_state)(struct op *op, struct store_tx *tx,
                                     struct partition_state *state, void *args);
    void *args;
    bool only_asked; /* for a length: nothing was done */
    uint8_t *output; /* wiped if the operation cannot be answered; may be NULL */
    size_t output_len;
};

typedef enum pqhw_status (*op_run)(struct op *op, void *args);

/* Run an operation in a session. */
NODISCARD enum pqhw_status door(struct hsm_app *app, CK_SESSION_HANDLE session, enum action action,
                                op_run run, void *args);

/* Run an operation on a whole token; it stands in the device's log. partition is NULL for a slot
 * without one. */
NODISCARD enum pqhw_status door_token(struct hsm_app *app, uint32_t slot,
                                      struct partition *partition, enum action action, op_run run,
                                      void *args);

/* Put the logout that comes with a slot's last session in the log. */
NODISCARD enum pqhw_status door_logged_out(struct session *session, enum role role);

/* Write the record of success before the operation itself is over: for those that commit on their
 * own. */
NODISCARD enum pqhw_status op_audit(struct op *op);

/* Name an object in the audit record. */
void op_name_object(struct op *op, const struct object *object);

/*
 * Ask for a change. Takes the references (also on failure). Checks that the session may write
 * (PQHW_SESSION_READ_ONLY) and that the role may have private objects (PQHW_USER_NOT_LOGGED_IN).
 */
NODISCARD enum pqhw_status op_add(struct op *op, struct object *object,
                                  CK_OBJECT_HANDLE *handle_out);
NODISCARD enum pqhw_status op_replace(struct op *op, struct object *before, struct object *after);
NODISCARD enum pqhw_status op_destroy(struct op *op, struct object *object);

/* The object behind a handle, if this role may see it; one more reference.
 * PQHW_OBJECT_HANDLE_INVALID. */
NODISCARD enum pqhw_status op_object(struct op *op, CK_OBJECT_HANDLE handle, struct object **out);

/* mechanism_check, and that the token's policy offers the mechanism; op->info is set. */
NODISCARD enum pqhw_status op_mechanism(struct op *op, const struct mechanism *mechanism,
                                        CK_FLAGS flag);

/*
 * A key to do what the CKF_ bit `flag` says: class and key type fit the mechanism (op->info), its
 * attributes permit it (CKA_SIGN, …), the mechanism is allowed. One more reference.
 * PQHW_KEY_HANDLE_INVALID, PQHW_KEY_TYPE_INCONSISTENT, PQHW_KEY_FUNCTION_NOT_PERMITTED.
 */
NODISCARD enum pqhw_status op_key(struct op *op, CK_OBJECT_HANDLE handle, CK_FLAGS flag,
                                  struct object **out);

/* Does a key that wraps, unwraps or is derived from have no use beside it that would tell
 * (rules_conflicting), as far as the policy asks? One that is older than the rule may have. */
bool op_use_separate(const struct op *op, const struct object *key);

/* Does CKA_ALLOWED_MECHANISMS allow it? A key that has no such list allows all. */
bool op_mechanism_allowed(struct span attrs, CK_MECHANISM_TYPE mechanism);

/* Write the changes and the audit record in one transaction (commit.c). PQHW_CONFLICT if another
 * process was faster. */
NODISCARD enum pqhw_status commit_changes(struct op *op, const struct audit_event *event);

/* The same for changes that are to session objects alone, which need no transaction. */
NODISCARD enum pqhw_status commit_in_session(struct op *op);

/* The objects that every token has without storing them (builtin.c). */
struct object *builtin_object(struct partition *partition,
                              size_t index); /* NULL past the last; one reference */

#endif
