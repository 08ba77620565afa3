/* SPDX-License-Identifier: Apache-2.0
 *
 * The HSM, as every surface (Cryptoki, the command line, later the network) calls it. There is no
 * other way to a key.
 *
 * Words: a device is a directory with partitions in it; a partition is what PKCS#11 calls a token
 * in a slot; an app is one application's view of a device (a process to Cryptoki, later a
 * connection to the daemon): its sessions, its logins, its session objects.
 *
 * Every function may be called from any thread. Spans and pointers are borrowed for the call.
 * Unless said otherwise, an output is unchanged or zero when a function fails. Templates are
 * canonical attribute lists (hsm/attrs.h) that satisfy attrs_valid.
 *
 * Outputs of variable length follow PKCS#11's convention: `out` NULL asks for the length; a `*len`
 * that is too small gives PQHW_BUFFER_TOO_SMALL and the length; in both cases an operation in
 * progress stays as it was. Any other outcome of a terminal call ends the operation.
 */
#ifndef HSM_HSM_H
#define HSM_HSM_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/bytes.h"
#include "base/secret.h"
#include "base/status.h"
#include "hsm/attrs.h"
#include "hsm/backend.h"
#include "hsm/mechanism.h"
#include "hsm/store.h"
#include "pqhw/cryptoki.h"

struct hsm_device;
struct hsm_app;

/* ---- device ---- */

/*
 * Which signatures are verified before they are given out: one that was made with a fault can give
 * the key away. libcrypto verifies RSA's itself, whatever the setting.
 */
enum hsm_check_signatures {
    HSM_CHECK_DEFAULT, /* HSM_CHECK_SLH_DSA */
    HSM_CHECK_NONE,
    HSM_CHECK_SLH_DSA, /* and Falcon, which it costs up to a tenth of the time, and a fault tells
                        * much
                        */
    HSM_CHECK_ALL,     /* ML-DSA's too: half as much time again */
    HSM_CHECK_NUM,
};

/*
 * What does ML-KEM, ML-DSA and SLH-DSA; everything else is the same with each. The engine that a
 * device was made with is used by every process. If none was chosen then, the process may choose by
 * $PQHW_ENGINE ("own", "libcrypto", "libcrypto-fips"), else it is OWN.
 */
enum hsm_engine {
    HSM_ENGINE_DEFAULT,   /* none chosen */
    HSM_ENGINE_OWN,       /* pqhw's */
    HSM_ENGINE_LIBCRYPTO, /* libcrypto's default provider, from OpenSSL 3.5 on */
    HSM_ENGINE_FIPS, /* libcrypto's FIPS provider, likewise, as `openssl fipsinstall` has set it up
                        in $PQHW_FIPS_CONFIG, else in fipsmodule.cnf beside openssl.cnf */
    HSM_ENGINE_NUM,
};

/* "libcrypto-fips"; NULL for HSM_ENGINE_DEFAULT and what is none. */
const char *hsm_engine_name(enum hsm_engine engine);

/* What a login secret costs to try, and how many wrong ones are allowed, for partitions made from
 * now on; and the memory that each process may keep opened keys in. Zero means the default. */
struct hsm_settings {
    uint32_t pin_memory_kib;  /* 8192 … 4194304, default 65536 */
    uint32_t pin_passes;      /* 1 … 16, default 3 */
    uint32_t pin_tries;       /* 3 … 100, default 10 */
    uint64_t resident_memory; /* HSM_RESIDENT_MIN … HSM_RESIDENT_MAX bytes; see hsm_device_open */
    enum hsm_check_signatures check_signatures;
    enum hsm_engine engine;
};

#define HSM_RESIDENT_MIN ((uint64_t)1 << 10)
#define HSM_RESIDENT_MAX ((uint64_t)1 << 40)

struct hsm_config {
    const char *home; /* the device directory; hsm_default_home finds the usual one */
    const struct store_ops *store;
    const struct backend_ops *backend;
};

#define HSM_PATH_MAX 4096

/*
 * $PQHW_HOME; else /var/lib/pqhw for root; else $XDG_DATA_HOME/pqhw; else $HOME/.local/share/pqhw.
 * In a set-uid program the environment is not read. PQHW_ARGUMENTS_BAD if the path is not absolute
 * or too long, PQHW_ACCESS_DENIED if there is no home at all.
 */
NODISCARD enum pqhw_status hsm_default_home(char out[HSM_PATH_MAX]);

/*
 * Open a device. If there is none in the directory yet, the result is PQHW_OK and a device without
 * tokens: it is made by the first hsm_token_init, or by hsm_device_create. PQHW_ACCESS_DENIED
 * (including a directory that others may write to), PQHW_VERSION_UNKNOWN, PQHW_DEVICE_ERROR,
 * PQHW_SELF_TEST_FAILED.
 *
 * What is to be done around forks is registered with pthread_atfork. A surface registers what is to
 * come before that, such as waiting for calls, afterwards.
 *
 * The memory for resident keys is $PQHW_RESIDENT_MEMORY (base/size.h; PQHW_ARGUMENTS_BAD if it is
 * no size or out of range; not read in a set-uid program); else the device's setting; else three
 * quarters of the memory that the process may lock, and at most 64 MiB.
 *
 * PQHW_ENGINE_ABSENT if the engine is not there, PQHW_ARGUMENTS_BAD if $PQHW_ENGINE is none or
 * another one than the device was made with; hsm_error_detail says more.
 */
NODISCARD enum pqhw_status hsm_device_open(struct hsm_device **out,
                                           const struct hsm_config *config);

/* Close. Every app on it must have been freed. NULL is allowed. */
void hsm_device_close(struct hsm_device *device);

/* The calling thread, which has made calls, is about to end: what is kept for it is let go of. Done
 * by itself when it ends, but with locks that a child which is forked meanwhile would wait for. */
void hsm_thread_ends(void);

/* Make the directory (0700), the store and the device key (0600). PQHW_ALREADY_INITIALIZED if a
 * device is there; about engines as hsm_device_open. */
NODISCARD enum pqhw_status hsm_device_create(struct hsm_device *device,
                                             const struct hsm_settings *settings);

/* Opened keys of a device in one process. */
struct hsm_resident_stats {
    uint64_t budget; /* bytes that they may occupy */
    uint64_t bytes;  /* that they occupy, those that only an operation in progress still has too */
    uint64_t peak_bytes;
    uint64_t keys;
    uint64_t hits;      /* uses of a key that was open already */
    uint64_t misses;    /* keys opened */
    uint64_t evictions; /* keys closed to stay within the budget, or because memory ran out */
};

/* For `pqhw status`. */
struct hsm_device_info {
    const char *home;
    const char *store; /* name of the implementation */
    const char *backend;
    const char *libcrypto;
    const char *keccak; /* names of the implementations in use */
    const char *mlkem;
    const char *hqc;
    const char *mldsa;
    const char *falcon;
    bool present;
    struct hsm_settings settings;
    enum hsm_engine engine;  /* in use: never HSM_ENGINE_DEFAULT */
    const char *engine_text; /* what it calls itself */
    struct secret_stats memory;
    struct hsm_resident_stats resident;
    size_t num_tokens;
};
NODISCARD enum pqhw_status hsm_device_info(struct hsm_device *device, struct hsm_device_info *out);

#define HSM_PROGRAM_LEN 32

/* A process that has a device open. */
struct hsm_process {
    uint32_t pid; /* as it knows itself: in a container, perhaps another than outside */
    char program[HSM_PROGRAM_LEN];
    bool self;         /* this device, in this process */
    uint64_t since_us; /* clock_wall_us when it opened the device */
    struct hsm_resident_stats resident;
};

/*
 * Call back for every process that has the device open, in no order. What it did with its keys is
 * up to date but for its latest uses: it tells at once when it opens or closes a key or a session,
 * and otherwise at most five times a second while it uses keys.
 */
void hsm_process_list(struct hsm_device *device,
                      void (*each)(void *arg, const struct hsm_process *process), void *arg);

/* More about the last failure in this thread, for a person: what was wrong with which file, and
 * what to do. "" if there is nothing to add. Never secret. */
const char *hsm_error_detail(void);

/* ---- apps ---- */

/* `name` stands in the audit log ("pqhw", "pkcs11"). */
NODISCARD enum pqhw_status hsm_app_new(struct hsm_app **out, struct hsm_device *device,
                                       const char *name);
/* Ends its sessions, destroys its session objects, logs out. No call of this app may be running.
 * NULL is allowed. */
void hsm_app_free(struct hsm_app *app);

/* ---- slots and tokens ---- */

#define HSM_PIN_MIN   4
#define HSM_PIN_MAX   255
#define HSM_LABEL_LEN 32 /* blank-padded UTF-8, as in PKCS#11 */

/*
 * What the security officer has settled for a token; all false in a new one (docs/policy.md).
 */
struct hsm_policy {
    bool open_wrapping; /* keys may wrap and have other uses; public keys wrap without trust */
    bool enforce_dates; /* CKA_START_DATE and CKA_END_DATE bound what a key does */
    bool raw_rsa;       /* CKM_RSA_X_509, RSA without padding, is offered */
    bool audit_each;    /* every use of a key has an audit record of its own */
};

/* Does a token with this policy have the mechanism, on the app's device? */
bool hsm_mechanism_offered(const struct hsm_app *app, const struct hsm_policy *policy,
                           const struct mechanism_info *info);

struct hsm_slot_info {
    CK_SLOT_ID slot;
    bool initialized;
    char label[HSM_LABEL_LEN];
    char serial[16];
    bool user_pin_set;
    uint32_t user_tries_left, so_tries_left, max_tries;
    size_t num_sessions, num_rw_sessions; /* of this app */
    size_t num_objects;                   /* token objects */
    struct hsm_policy policy;
};

/*
 * The slots in rising order: every token, then one free slot for the next. Their numbers never
 * change and are never used again. out may be NULL to count. with_token leaves the free slot in as
 * well: its token is there, not yet initialised. At most *num are written; *num is how many there
 * are (PQHW_BUFFER_TOO_SMALL if more).
 */
NODISCARD enum pqhw_status hsm_slot_list(struct hsm_app *app, CK_SLOT_ID *out, size_t *num);

/* PQHW_SLOT_ID_INVALID; PQHW_RECORD_DAMAGED if the token's own record was tampered with. */
NODISCARD enum pqhw_status hsm_slot_info(struct hsm_app *app, CK_SLOT_ID slot,
                                         struct hsm_slot_info *out);

/*
 * Slot events: a slot in which a token was made, made anew or destroyed, by anyone, since
 * hsm_slot_watch; each is told once. hsm_slot_watch does not look into the tokens that there are:
 * that one of them was made anew shows from the first hsm_slot_event on. PQHW_NO_EVENT.
 */
NODISCARD enum pqhw_status hsm_slot_watch(struct hsm_app *app);
NODISCARD enum pqhw_status hsm_slot_event(struct hsm_app *app, CK_SLOT_ID *out);

/*
 * C_InitToken: a new token in the free slot (its security officer's PIN becomes so_pin), or an
 * existing one wiped and relabelled (so_pin must be right). PQHW_SLOT_ID_INVALID,
 * PQHW_SESSION_EXISTS (of this app), PQHW_PIN_INCORRECT, PQHW_PIN_LOCKED, PQHW_PIN_LEN_RANGE.
 */
NODISCARD enum pqhw_status hsm_token_init(struct hsm_app *app, CK_SLOT_ID slot, struct span so_pin,
                                          const char label[HSM_LABEL_LEN]);

/* Destroy a token and everything in it. The slot's number is not used again. Needs the security
 * officer's PIN unless it is locked. */
NODISCARD enum pqhw_status hsm_token_delete(struct hsm_app *app, CK_SLOT_ID slot,
                                            struct span so_pin);

/* ---- sessions, logins, PINs ---- */

NODISCARD enum pqhw_status hsm_session_open(struct hsm_app *app, CK_SLOT_ID slot, bool rw,
                                            CK_SESSION_HANDLE *out);
NODISCARD enum pqhw_status hsm_session_close(struct hsm_app *app, CK_SESSION_HANDLE session);
NODISCARD enum pqhw_status hsm_session_close_all(struct hsm_app *app, CK_SLOT_ID slot);

/* The same for one whose surface makes calls later, which is all that hsm_session_is_async and
 * hsm_session_info tell of it. */
NODISCARD enum pqhw_status hsm_session_open_async(struct hsm_app *app, CK_SLOT_ID slot, bool rw,
                                                  CK_SESSION_HANDLE *out);
/* False also if there is no such session. */
bool hsm_session_is_async(struct hsm_app *app, CK_SESSION_HANDLE session);

struct hsm_session_info {
    CK_SLOT_ID slot;
    CK_STATE state; /* CKS_… */
    bool rw;
    bool async;
};
NODISCARD enum pqhw_status hsm_session_info(struct hsm_app *app, CK_SESSION_HANDLE session,
                                            struct hsm_session_info *out);

/*
 * CKU_SO or CKU_USER: for all sessions of the app on that token. CKU_CONTEXT_SPECIFIC: for the
 * operation that was begun last in this session with a key that has CKA_ALWAYS_AUTHENTICATE, with
 * the user's PIN; PQHW_OPERATION_NOT_INITIALIZED if there is none that waits for it. A wrong PIN
 * leaves that operation as it is; the one that locks the user logs out.
 */
NODISCARD enum pqhw_status hsm_login(struct hsm_app *app, CK_SESSION_HANDLE session,
                                     CK_USER_TYPE user, struct span pin);
NODISCARD enum pqhw_status hsm_logout(struct hsm_app *app, CK_SESSION_HANDLE session);

/* C_InitPIN: the security officer sets (and unlocks) the user's PIN. */
NODISCARD enum pqhw_status hsm_pin_init(struct hsm_app *app, CK_SESSION_HANDLE session,
                                        struct span pin);
/* C_SetPIN: who is logged in (the user if nobody is) changes the own PIN. */
NODISCARD enum pqhw_status hsm_pin_set(struct hsm_app *app, CK_SESSION_HANDLE session,
                                       struct span old_pin, struct span new_pin);

/* The security officer settles the policy. It holds from the next call on, in every process. */
NODISCARD enum pqhw_status hsm_policy_set(struct hsm_app *app, CK_SESSION_HANDLE session,
                                          const struct hsm_policy *policy);

/* Is an operation or a search active? */
NODISCARD enum pqhw_status hsm_session_active(struct hsm_app *app, CK_SESSION_HANDLE session,
                                              bool *out);

/* C_SessionCancel: end the operations named by flags (CKF_SIGN, CKF_VERIFY, CKF_DIGEST,
 * CKF_MESSAGE_SIGN, CKF_FIND_OBJECTS, …), and the call that is made later if its flag is one of
 * them; else PQHW_OPERATION_ACTIVE. */
NODISCARD enum pqhw_status hsm_session_cancel(struct hsm_app *app, CK_SESSION_HANDLE session,
                                              CK_FLAGS flags);

/*
 * ---- calls that are made later ----
 *
 * A surface whose caller does not wait has a call made by a thread of its own. From hsm_later_add
 * until the answer is taken, the session is that call's: any other is refused
 * (PQHW_OPERATION_ACTIVE) but for hsm_session_info, hsm_session_cancel and hsm_session_close. These
 * two cancel it, and do not wait for what is being computed: its result is thrown away, and its
 * changes never happen. Beside that it is a call like any other.
 */
struct hsm_later {
    const char *name;
    CK_FLAGS flag; /* what hsm_session_cancel knows it by */
    /* Make the call: of those functions here that take a session, this one and no other. */
    enum pqhw_status (*run)(struct hsm_later *later, struct hsm_app *app);
    /* Cancelled after it had succeeded: destroy what it made, in `session`, if that can be. */
    void (*undo)(struct hsm_later *later, struct hsm_app *app, CK_SESSION_HANDLE session);
    void (*free)(struct hsm_later *later);
    /* What follows is not the surface's. */
    atomic_uint refs;
    struct session *session; /* the rest is guarded by the app's lock */
    int state;
    bool canceled;
    CK_FLAGS ends;
    enum pqhw_status status;
};

/* Give the session to the call. It begins with one reference, which stays the caller's whatever
 * comes. PQHW_OPERATION_ACTIVE if it has another. */
NODISCARD enum pqhw_status hsm_later_add(struct hsm_app *app, CK_SESSION_HANDLE session,
                                         struct hsm_later *later);

/* Make the call, on this thread, unless it was cancelled. Once. */
void hsm_later_run(struct hsm_app *app, struct hsm_later *later);
/* Or say that it will not be made: its answer is PQHW_CANCELED. */
void hsm_later_drop(struct hsm_later *later);

/* The app is about to end: what is being computed, and can be stopped half-way, stops. The answer
 * of its call is PQHW_CANCELED. */
void hsm_later_stop(struct hsm_app *app);

/* The call of that name in the session, with one more reference. PQHW_OPERATION_NOT_INITIALIZED. */
NODISCARD enum pqhw_status hsm_later_find(struct hsm_app *app, CK_SESSION_HANDLE session,
                                          const char *name, struct hsm_later **out);

/* Has it been made? PQHW_PENDING if not; and then nothing is taken. */
NODISCARD enum pqhw_status hsm_later_poll(struct hsm_app *app, struct hsm_later *later);

/* Take the answer: the call's status, and the session is free again. PQHW_PENDING, or
 * PQHW_OPERATION_NOT_INITIALIZED if it was cancelled or another thread has taken it. */
NODISCARD enum pqhw_status hsm_later_take(struct hsm_app *app, struct hsm_later *later,
                                          enum pqhw_status *answer);

/* NULL is allowed. */
void hsm_later_unref(struct hsm_later *later);

/* ---- objects ---- */

NODISCARD enum pqhw_status hsm_object_create(struct hsm_app *app, CK_SESSION_HANDLE session,
                                             struct span template, CK_OBJECT_HANDLE *out);
NODISCARD enum pqhw_status hsm_object_copy(struct hsm_app *app, CK_SESSION_HANDLE session,
                                           CK_OBJECT_HANDLE object, struct span template,
                                           CK_OBJECT_HANDLE *out);
NODISCARD enum pqhw_status hsm_object_destroy(struct hsm_app *app, CK_SESSION_HANDLE session,
                                              CK_OBJECT_HANDLE object);
NODISCARD enum pqhw_status hsm_object_size(struct hsm_app *app, CK_SESSION_HANDLE session,
                                           CK_OBJECT_HANDLE object, size_t *out);
NODISCARD enum pqhw_status hsm_object_set(struct hsm_app *app, CK_SESSION_HANDLE session,
                                          CK_OBJECT_HANDLE object, struct span template);

/* A snapshot of an object to read attributes from: whole and unchanging, whatever others do to the
 * object meanwhile. */
struct hsm_view;
NODISCARD enum pqhw_status hsm_view_open(struct hsm_app *app, CK_SESSION_HANDLE session,
                                         CK_OBJECT_HANDLE object, struct hsm_view **out);
void hsm_view_close(struct hsm_view *view);
/*
 * One attribute's canonical value, valid until hsm_view_close (secret ones stand in secret memory).
 * PQHW_ATTRIBUTE_SENSITIVE, PQHW_ATTRIBUTE_TYPE_INVALID. One thread per view.
 */
NODISCARD enum pqhw_status hsm_view_attr(struct hsm_view *view, CK_ATTRIBUTE_TYPE type,
                                         struct span *value);

/* Search: objects whose attributes equal all of the template's. Results are fixed at init. */
NODISCARD enum pqhw_status hsm_find_init(struct hsm_app *app, CK_SESSION_HANDLE session,
                                         struct span template);
NODISCARD enum pqhw_status hsm_find(struct hsm_app *app, CK_SESSION_HANDLE session,
                                    CK_OBJECT_HANDLE *out, size_t max, size_t *num);
NODISCARD enum pqhw_status hsm_find_final(struct hsm_app *app, CK_SESSION_HANDLE session);
/* How many damaged records the search that is active left out. */
NODISCARD enum pqhw_status hsm_find_damaged(struct hsm_app *app, CK_SESSION_HANDLE session,
                                            size_t *out);

/* ---- keys ---- */

NODISCARD enum pqhw_status hsm_generate_pair(struct hsm_app *app, CK_SESSION_HANDLE session,
                                             const struct mechanism *mechanism,
                                             struct span pub_template, struct span priv_template,
                                             CK_OBJECT_HANDLE *pub, CK_OBJECT_HANDLE *priv);

/* A secret key. */
NODISCARD enum pqhw_status hsm_generate_key(struct hsm_app *app, CK_SESSION_HANDLE session,
                                            const struct mechanism *mechanism, struct span template,
                                            CK_OBJECT_HANDLE *out);

/* ct, ct_len: PKCS#11's convention. The new key's class is CKO_SECRET_KEY. */
NODISCARD enum pqhw_status hsm_encapsulate(struct hsm_app *app, CK_SESSION_HANDLE session,
                                           const struct mechanism *mechanism, CK_OBJECT_HANDLE key,
                                           struct span template, uint8_t *ct, size_t *ct_len,
                                           CK_OBJECT_HANDLE *out);
NODISCARD enum pqhw_status hsm_decapsulate(struct hsm_app *app, CK_SESSION_HANDLE session,
                                           const struct mechanism *mechanism, CK_OBJECT_HANDLE key,
                                           struct span template, struct span ct,
                                           CK_OBJECT_HANDLE *out);

/*
 * A secret key from one or several others (mechanism_other_key), and those of mechanism->lists with
 * it. It is as sensitive as they are and no more extractable; mechanisms that are not one-way give
 * nothing shorter than a key that is guarded. PQHW_KEY_SIZE_RANGE, PQHW_TEMPLATE_INCOMPLETE if
 * nothing says how long it is to be. out is NULL where mechanism->tls gets the keys.
 */
NODISCARD enum pqhw_status hsm_derive(struct hsm_app *app, CK_SESSION_HANDLE session,
                                      const struct mechanism *mechanism, CK_OBJECT_HANDLE key,
                                      struct span template, CK_OBJECT_HANDLE *out);

#define HSM_WRAP_IV_LEN     12
#define HSM_WRAPPED_MAX_LEN (64 * 1024)

/* iv_out gets the nonce of mechanisms that have one: it is drawn here, mechanism->iv says only its
 * length, HSM_WRAP_IV_LEN. NULL for the others. */
struct hsm_wrap {
    CK_OBJECT_HANDLE wrapping;
    CK_OBJECT_HANDLE key;
    uint8_t *iv_out;
};

/*
 * out, len: PKCS#11's convention. A tag stands after the ciphertext.
 * PQHW_WRAPPING_KEY_HANDLE_INVALID, PQHW_WRAPPING_KEY_TYPE_INCONSISTENT, PQHW_KEY_UNEXTRACTABLE,
 * PQHW_KEY_NOT_WRAPPABLE, PQHW_KEY_SIZE_RANGE; PQHW_KEY_HANDLE_INVALID also for a key that
 * CKA_WRAP_TEMPLATE leaves out.
 */
NODISCARD enum pqhw_status hsm_wrap(struct hsm_app *app, CK_SESSION_HANDLE session,
                                    const struct mechanism *mechanism, const struct hsm_wrap *what,
                                    uint8_t *out, size_t *len);

struct hsm_unwrap {
    CK_OBJECT_HANDLE key;
    struct span wrapped;
};

/* The new key is sensitive. PQHW_ENCRYPTED_DATA_INVALID for whatever is wrong with what was
 * wrapped, PQHW_ENCRYPTED_DATA_LEN_RANGE. */
NODISCARD enum pqhw_status hsm_unwrap(struct hsm_app *app, CK_SESSION_HANDLE session,
                                      const struct mechanism *mechanism,
                                      const struct hsm_unwrap *what, struct span template,
                                      CK_OBJECT_HANDLE *out);

/* ---- signatures: one signing and one verification may be active in a session at once ---- */

NODISCARD enum pqhw_status hsm_sign_init(struct hsm_app *app, CK_SESSION_HANDLE session,
                                         const struct mechanism *mechanism, CK_OBJECT_HANDLE key);
NODISCARD enum pqhw_status hsm_sign(struct hsm_app *app, CK_SESSION_HANDLE session,
                                    struct span data, uint8_t *sig, size_t *sig_len);
NODISCARD enum pqhw_status hsm_sign_update(struct hsm_app *app, CK_SESSION_HANDLE session,
                                           struct span data);
NODISCARD enum pqhw_status hsm_sign_final(struct hsm_app *app, CK_SESSION_HANDLE session,
                                          uint8_t *sig, size_t *sig_len);

/* C_SignRecover…, of the mechanisms that are used so: in one call. */
NODISCARD enum pqhw_status hsm_sign_recover_init(struct hsm_app *app, CK_SESSION_HANDLE session,
                                                 const struct mechanism *mechanism,
                                                 CK_OBJECT_HANDLE key);
NODISCARD enum pqhw_status hsm_sign_recover(struct hsm_app *app, CK_SESSION_HANDLE session,
                                            struct span data, uint8_t *sig, size_t *sig_len);

NODISCARD enum pqhw_status hsm_verify_init(struct hsm_app *app, CK_SESSION_HANDLE session,
                                           const struct mechanism *mechanism, CK_OBJECT_HANDLE key);
NODISCARD enum pqhw_status hsm_verify(struct hsm_app *app, CK_SESSION_HANDLE session,
                                      struct span data, struct span sig);
NODISCARD enum pqhw_status hsm_verify_update(struct hsm_app *app, CK_SESSION_HANDLE session,
                                             struct span data);
NODISCARD enum pqhw_status hsm_verify_final(struct hsm_app *app, CK_SESSION_HANDLE session,
                                            struct span sig);

/* C_VerifyRecover…: out gets what was signed. The length that is asked for may be too high. */
NODISCARD enum pqhw_status hsm_verify_recover_init(struct hsm_app *app, CK_SESSION_HANDLE session,
                                                   const struct mechanism *mechanism,
                                                   CK_OBJECT_HANDLE key);
NODISCARD enum pqhw_status hsm_verify_recover(struct hsm_app *app, CK_SESSION_HANDLE session,
                                              struct span sig, uint8_t *out, size_t *len);

/* C_VerifySignature…: the signature is given first. */
NODISCARD enum pqhw_status hsm_verify_signature_init(struct hsm_app *app, CK_SESSION_HANDLE session,
                                                     const struct mechanism *mechanism,
                                                     CK_OBJECT_HANDLE key, struct span sig);
NODISCARD enum pqhw_status hsm_verify_signature(struct hsm_app *app, CK_SESSION_HANDLE session,
                                                struct span data);
NODISCARD enum pqhw_status hsm_verify_signature_update(struct hsm_app *app,
                                                       CK_SESSION_HANDLE session, struct span data);
NODISCARD enum pqhw_status hsm_verify_signature_final(struct hsm_app *app,
                                                      CK_SESSION_HANDLE session);

/*
 * ---- encryption: one encryption and one decryption may be active in a session at once ----
 *
 * out may be where in is. The length that is asked for is exact but for what is padded, where it
 * may be too high. What is decrypted with a check of its authenticity comes whole, from the last
 * call. PQHW_ENCRYPTED_DATA_INVALID does not say what was wrong.
 */

NODISCARD enum pqhw_status hsm_encrypt_init(struct hsm_app *app, CK_SESSION_HANDLE session,
                                            const struct mechanism *mechanism,
                                            CK_OBJECT_HANDLE key);
NODISCARD enum pqhw_status hsm_encrypt(struct hsm_app *app, CK_SESSION_HANDLE session,
                                       struct span in, uint8_t *out, size_t *len);
NODISCARD enum pqhw_status hsm_encrypt_update(struct hsm_app *app, CK_SESSION_HANDLE session,
                                              struct span in, uint8_t *out, size_t *len);
NODISCARD enum pqhw_status hsm_encrypt_final(struct hsm_app *app, CK_SESSION_HANDLE session,
                                             uint8_t *out, size_t *len);

NODISCARD enum pqhw_status hsm_decrypt_init(struct hsm_app *app, CK_SESSION_HANDLE session,
                                            const struct mechanism *mechanism,
                                            CK_OBJECT_HANDLE key);
NODISCARD enum pqhw_status hsm_decrypt(struct hsm_app *app, CK_SESSION_HANDLE session,
                                       struct span in, uint8_t *out, size_t *len);
NODISCARD enum pqhw_status hsm_decrypt_update(struct hsm_app *app, CK_SESSION_HANDLE session,
                                              struct span in, uint8_t *out, size_t *len);
NODISCARD enum pqhw_status hsm_decrypt_final(struct hsm_app *app, CK_SESSION_HANDLE session,
                                             uint8_t *out, size_t *len);

/*
 * ---- messages: many under one key; one process of each kind may be active in a session ----
 *
 * flag is CKF_MESSAGE_ENCRYPT, _DECRYPT, _SIGN or _VERIFY. A failure ends the message that is given
 * in parts, if there is one, and not the process. Of what is encrypted, the nonce and the tag stand
 * apart.
 */

/* Every message that is signed is signed as `mechanism` says; of what is encrypted, only its type
 * counts. Not for keys that want a login for each operation (PQHW_USER_NOT_LOGGED_IN). */
NODISCARD enum pqhw_status hsm_message_init(struct hsm_app *app, CK_SESSION_HANDLE session,
                                            CK_FLAGS flag, const struct mechanism *mechanism,
                                            CK_OBJECT_HANDLE key);
/* The type of the process that is active. PQHW_OPERATION_NOT_INITIALIZED. */
NODISCARD enum pqhw_status hsm_message_mechanism(struct hsm_app *app, CK_SESSION_HANDLE session,
                                                 CK_FLAGS flag, CK_MECHANISM_TYPE *out);
/* PQHW_OPERATION_ACTIVE in the middle of a message. */
NODISCARD enum pqhw_status hsm_message_final(struct hsm_app *app, CK_SESSION_HANDLE session,
                                             CK_FLAGS flag);

/* A message to encrypt or decrypt. */
struct hsm_message {
    struct mechanism mechanism; /* iv, aad, mac_len, data_len */
    /* Encryption: how the low 8 * iv.len - fixed_bits bits of the nonce are made, and where all of
     * it goes (NULL: nowhere). A random part has at least 96 bits; counters begin at 0 with
     * hsm_message_init and do not begin again. */
    CK_GENERATOR_FUNCTION generator;
    size_t fixed_bits;
    uint8_t *iv_out;
    uint8_t *tag; /* mechanism.mac_len bytes: to fill in, or to check */
};
/* Whole. out, len: PKCS#11's convention. */
NODISCARD enum pqhw_status hsm_message_crypt(struct hsm_app *app, CK_SESSION_HANDLE session,
                                             CK_FLAGS flag, const struct hsm_message *message,
                                             struct span in, uint8_t *out, size_t *len);
/* In parts; the tag is filled in, or looked at, with the last one. */
NODISCARD enum pqhw_status hsm_message_crypt_begin(struct hsm_app *app, CK_SESSION_HANDLE session,
                                                   CK_FLAGS flag,
                                                   const struct hsm_message *message);
NODISCARD enum pqhw_status hsm_message_crypt_next(struct hsm_app *app, CK_SESSION_HANDLE session,
                                                  CK_FLAGS flag, const struct hsm_message *message,
                                                  struct span in, bool last, uint8_t *out,
                                                  size_t *len);

NODISCARD enum pqhw_status hsm_message_sign(struct hsm_app *app, CK_SESSION_HANDLE session,
                                            struct span data, uint8_t *sig, size_t *sig_len);
NODISCARD enum pqhw_status hsm_message_verify(struct hsm_app *app, CK_SESSION_HANDLE session,
                                              struct span data, struct span sig);
/* PQHW_MECHANISM_INVALID if it takes its data in one piece only. */
NODISCARD enum pqhw_status hsm_message_sign_begin(struct hsm_app *app, CK_SESSION_HANDLE session,
                                                  CK_FLAGS flag);
NODISCARD enum pqhw_status hsm_message_sign_part(struct hsm_app *app, CK_SESSION_HANDLE session,
                                                 CK_FLAGS flag, struct span data);
NODISCARD enum pqhw_status hsm_message_sign_last(struct hsm_app *app, CK_SESSION_HANDLE session,
                                                 struct span data, uint8_t *sig, size_t *sig_len);
NODISCARD enum pqhw_status hsm_message_verify_last(struct hsm_app *app, CK_SESSION_HANDLE session,
                                                   struct span data, struct span sig);

/* ---- digests and random numbers ---- */

NODISCARD enum pqhw_status hsm_digest_init(struct hsm_app *app, CK_SESSION_HANDLE session,
                                           const struct mechanism *mechanism);
NODISCARD enum pqhw_status hsm_digest(struct hsm_app *app, CK_SESSION_HANDLE session,
                                      struct span data, uint8_t *out, size_t *len);
NODISCARD enum pqhw_status hsm_digest_update(struct hsm_app *app, CK_SESSION_HANDLE session,
                                             struct span data);
/* PQHW_KEY_INDIGESTIBLE unless it is a secret key whose value may be digested. */
NODISCARD enum pqhw_status hsm_digest_key(struct hsm_app *app, CK_SESSION_HANDLE session,
                                          CK_OBJECT_HANDLE key);
NODISCARD enum pqhw_status hsm_digest_final(struct hsm_app *app, CK_SESSION_HANDLE session,
                                            uint8_t *out, size_t *len);

NODISCARD enum pqhw_status hsm_random(struct hsm_app *app, CK_SESSION_HANDLE session, uint8_t *out,
                                      size_t len);
NODISCARD enum pqhw_status hsm_random_seed(struct hsm_app *app, CK_SESSION_HANDLE session,
                                           struct span seed);

/* ---- audit ---- */

/* What hsm_audit_verify found in one log. */
struct hsm_audit_report {
    uint64_t num_records;
    uint64_t bad_record; /* sequence number of the first record that does not fit, 0 if all do */
    const char *problem; /* NULL, or what is wrong with it */
};

/*
 * Read a log, oldest first: `record` gets each line (JSON, without the newline). slot
 * CK_UNAVAILABLE_INFORMATION means the device's own log. A reader gets what is there;
 * hsm_audit_verify says whether it is genuine.
 */
NODISCARD enum pqhw_status hsm_audit_read(struct hsm_device *device, CK_SLOT_ID slot,
                                          void (*record)(void *arg, struct span line), void *arg);
NODISCARD enum pqhw_status hsm_audit_verify(struct hsm_device *device, CK_SLOT_ID slot,
                                            struct hsm_audit_report *out);

#endif
