/* SPDX-License-Identifier: Apache-2.0
 *
 * Apps and their sessions.
 *
 * Locks, in the order in which they are taken: session, app, partition, object. A session's lock is
 * held for the whole of an operation in it; the others only to look something up or put something
 * in, never while computing.
 */
#ifndef HSM_APP_H
#define HSM_APP_H

#include "hsm/object.h"
#include "hsm/rules.h"

#define APP_MAX_SESSIONS        65536
#define APP_MAX_SESSION_OBJECTS 65536

/* An app's view of one partition. */
struct app_slot {
    struct app_slot *next;
    unsigned refs; /* struct sessions that point here; guarded by app->lock like all of this */
    struct hsm_app *app;
    struct partition *partition;
    _Atomic enum role role; /* read without the lock, too */
    unsigned num_sessions;  /* that can still be called */
    unsigned num_rw_sessions;
    struct table objects;     /* session objects by handle */
    atomic_ullong generation; /* one more whenever some of them go; read without the lock, too */
};

/* The tokens that an app knows of (slot_event.c). */
struct slot_watch {
    pthread_mutex_t lock; /* guards what follows; nothing else is locked under it but the device */
    struct slot_seen *seen;
    size_t num;
    bool looked; /* and found nothing more to tell, at `generation` */
    uint64_t generation;
};

struct hsm_app {
    struct hsm_device *device;
    char name[32];
    struct slot_watch watch;
    pthread_mutex_t lock; /* guards what follows */
    struct table sessions;
    uint64_t next_session;
    uint64_t next_object;
    struct app_slot *slots;
    pthread_cond_t later_made; /* a call that is made later has been */
    bool stopping;             /* what is computed for such calls is not wanted any more */
};

/* Operations of a session that go on from call to call; one of each kind may be active. */
enum stream_kind {
    STREAM_SIGN,
    STREAM_VERIFY,
    STREAM_SIGN_RECOVER,
    STREAM_VERIFY_RECOVER,
    STREAM_ENCRYPT,
    STREAM_DECRYPT,
    STREAM_DIGEST,
    STREAM_MESSAGE_SIGN,
    STREAM_MESSAGE_VERIFY,
    STREAM_MESSAGE_ENCRYPT,
    STREAM_MESSAGE_DECRYPT,
    STREAM_NONE, /* what a flag that names none of them gets: nothing begins there */
    STREAM_NUM,
};

struct stream {
    struct object *key;        /* NULL: no operation is active (but for digests) */
    struct resident *resident; /* the key, opened */
    uint64_t generation;       /* as of which the key is known to be there */
    struct backend_op *op;     /* with messages: NULL between two of them */
    struct digest *digest;
    const struct mechanism_info *info;
    bool updated;   /* a part was given */
    bool sig_first; /* C_VerifySignature…: the signature is in sig */
    bool in_parts;  /* may be given its data in several parts */
    bool locked;    /* until the user logs in for it: the key has CKA_ALWAYS_AUTHENTICATE */
    size_t out_len;
    struct buf sig;
    struct messages *messages; /* of those streams that have them (message.h) */
};

/* The results of a search. */
struct find {
    bool active;
    CK_OBJECT_HANDLE *handles;
    size_t num;
    size_t next;
    size_t damaged;
};

struct session {
    atomic_uint refs;
    CK_SESSION_HANDLE handle;
    struct app_slot *slot;
    bool rw;
    bool async;
    atomic_bool closed;
    struct hsm_later *later; /* the call that has the session, or NULL; guarded by the app's lock */
    bool closing;            /* and is given to none any more; guarded by the app's lock */
    unsigned num_stray;   /* cancelled calls that are still computing; guarded by the app's lock */
    pthread_mutex_t lock; /* guards what follows */
    struct stream streams[STREAM_NUM];
    /* The operation that was begun last with a key that wants a login for each, or NULL; it may
     * have ended. */
    struct stream *asking;
    struct find find;
};

/* The session, with one more reference. PQHW_SESSION_HANDLE_INVALID. */
NODISCARD enum pqhw_status session_find(struct hsm_app *app, CK_SESSION_HANDLE handle,
                                        struct session **out);
/* The same to make a call in it. PQHW_OPERATION_ACTIVE if it is given to one that is made later,
 * and this is another. */
NODISCARD enum pqhw_status session_get(struct hsm_app *app, CK_SESSION_HANDLE handle,
                                       struct session **out);
void session_unref(struct session *session);

/* End an operation. The session's lock is held. */
void stream_end(struct stream *stream);
/* The kind of operation that a CKF_ flag names (CKF_SIGN, …, CKF_MESSAGE_DECRYPT). */
struct stream *session_stream(struct session *session, CK_FLAGS flag);
void find_end(struct find *find);
/* The operations, and the search, that CKF_ flags name. */
void session_end(struct session *session, CK_FLAGS flags);
/* All of the session's operations with keys that only the user may see, and the search. */
void session_end_private(struct session *session);

/* The role of an app on a partition now. */
enum role slot_role(struct app_slot *slot);

/* A number that changes whenever session objects go. */
uint64_t slot_generation(const struct app_slot *slot);

/* Log in for all sessions of the slot. PQHW_SESSION_CLOSED if this one was closed meanwhile,
 * PQHW_USER_ALREADY_LOGGED_IN, PQHW_USER_ANOTHER_ALREADY_LOGGED_IN, PQHW_SESSION_READ_ONLY_EXISTS.
 */
NODISCARD enum pqhw_status slot_login(const struct session *session, enum role role);

/* Log out: wipe what the login opened, destroy private session objects. */
void slot_logout(struct app_slot *slot);

/* ---- session objects ---- */

/* Give it a handle and make it visible; takes one more reference. PQHW_LIMIT_EXCEEDED,
 * PQHW_NO_MEMORY, PQHW_USER_NOT_LOGGED_IN if it is private and the user logged out meanwhile. */
NODISCARD enum pqhw_status slot_add_object(struct app_slot *slot, struct object *object);
/* One more reference, or NULL. */
struct object *slot_get_object(struct app_slot *slot, CK_OBJECT_HANDLE handle);
/* Take out old and put its successor in under the same handle. False if old is not there any more.
 */
bool slot_replace_object(struct app_slot *slot, struct object *old, struct object *successor);
/* True if it was there. */
bool slot_remove_object(struct app_slot *slot, CK_OBJECT_HANDLE handle);
/* Take a removal back, unless the object would have gone meanwhile anyway. */
void slot_put_back_object(struct app_slot *slot, struct object *object);

#endif
