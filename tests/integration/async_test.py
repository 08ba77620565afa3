#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Asynchronous sessions: what is pending, what is not, and what ends it."""

import _ctypes
import contextlib
import ctypes
import hashlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

import later
import p11
from harness import *  # noqa: F403

NAME = b"C_GenerateKey"
SLOW = 1_000_000  # rounds of PBKDF2: a second or so
PRF = p11.CKP_PKCS5_PBKD2_HMAC_SHA512


def by(value):
    return ctypes.byref(value)


def async_session(module, slot, rw=True):
    """A p11.Session that is asynchronous."""
    session = p11.Session.__new__(p11.Session)
    session.m, session.slot = module, slot
    flags = p11.CKF_SERIAL_SESSION | p11.CKF_ASYNC_SESSION | (p11.CKF_RW_SESSION if rw else 0)
    handle = ctypes.c_ulong()
    module.OpenSession(slot, flags, None, None, by(handle))
    session.handle = handle.value
    return session


def token_and_session():
    """(module, a synchronous session that is logged in, an asynchronous one)"""
    module, session = user_session()
    return module, session, async_session(module, session.slot)


def key_call(session, iterations=SLOW, salt=b"salt", label="made", **more):
    """The arguments of a C_GenerateKey that takes a while."""
    how = p11.mechanism(p11.CKM_PKCS5_PBKD2, p11.pbkdf2(b"password", salt, iterations, PRF))
    wanted = OPEN_SECRET | {p11.CKA_VALUE_LEN: 32, p11.CKA_LABEL: label} | {getattr(p11, k): v for k, v in more.items()}
    array = p11.template(wanted)
    return (session.handle, by(how), array, len(array), by(ctypes.c_ulong(77)))


def start(session, *args, **more):
    """Have a key made that takes a while."""
    rv(session.m.C_GenerateKey(*key_call(session, *args, **more)), "CKR_PENDING", "C_GenerateKey")


def poll(session, name=NAME, result=None):
    """C_AsyncComplete once; without a result it takes none from a function that has one."""
    return session.m.C_AsyncComplete(session.handle, name, result and by(result))


def wait_made(session, name=NAME):
    """Until the call is made, and leave its result where it is."""
    while poll(session, name) == p11.CKR_PENDING:
        time.sleep(0.01)
    rv(poll(session, name), "CKR_ARGUMENTS_BAD", "C_AsyncComplete without a place for a key")


def finish(session, name=NAME):
    """(CK_RV, CK_ASYNC_DATA) of what is pending."""
    result = later.AsyncData()
    return later.complete(session.m, session.handle, name.decode(), result), result


def finished_key(session):
    got, result = finish(session)
    rv(got, "CKR_OK", "C_AsyncComplete")
    return result.hObject


def fill_the_workers(module, slot):
    """Sessions whose calls keep every worker busy, so that another call has to wait."""
    busy = [async_session(module, slot) for _ in range(max(2, min(16, os.cpu_count())))]
    for session in busy:
        start(session)
    time.sleep(0.1)
    return busy


def workers():
    """The module's threads, as numbers."""
    found = []
    for task in pathlib.Path("/proc/self/task").iterdir():
        with contextlib.suppress(OSError):  # it has ended meanwhile
            if (task / "comm").read_text(encoding="ascii") == "pqhw-worker\n":
                found.append(task.name)
    return found


def no_workers():
    """One that was joined may be seen a moment longer."""
    for _ in range(500):
        if not workers():
            break
        time.sleep(0.01)
    equal(workers(), [], "the module's threads")


def records(*wanted):
    """The audit log's lines about the operations."""
    done = subprocess.run([COMMAND, "audit", "show", "--json"], capture_output=True, text=True, check=True)
    lines = [json.loads(line)["record"] for line in done.stdout.splitlines()]
    return [(line["op"], line["result"]) for line in lines if line["op"] in wanted]


def keys(session, label="made"):
    return session.find({p11.CKA_LABEL: label})


# ------------------------------------------------------------------------------- sessions


def test_sessions_say_what_they_are():
    module, session, other = token_and_session()
    check(module.token_flags(session.slot) & p11.CKF_ASYNC_SESSION_SUPPORTED, "the token's flag")
    check(module.token_flags(module.slots()[-1]) & p11.CKF_ASYNC_SESSION_SUPPORTED, "of a free slot")
    flags = module.info("C_GetSessionInfo", other.handle).flags
    equal(flags, p11.CKF_SERIAL_SESSION | p11.CKF_RW_SESSION | p11.CKF_ASYNC_SESSION)
    flags = module.info("C_GetSessionInfo", async_session(module, session.slot, rw=False).handle).flags
    equal(flags, p11.CKF_SERIAL_SESSION | p11.CKF_ASYNC_SESSION)
    equal(module.info("C_GetSessionInfo", session.handle).flags & p11.CKF_ASYNC_SESSION, 0)
    equal(other.state(), p11.CKS_RW_USER_FUNCTIONS, "a login holds in both kinds")


def test_an_application_may_forbid_threads():
    init_device()
    module = p11.Module(MODULE)
    args = p11.STRUCTURES["CK_C_INITIALIZE_ARGS"]()
    args.flags = p11.CKF_OS_LOCKING_OK | p11.CKF_LIBRARY_CANT_CREATE_OS_THREADS
    module.Initialize(by(args))
    slot = init_token(module)
    equal(module.token_flags(slot) & p11.CKF_ASYNC_SESSION_SUPPORTED, 0)
    raises("CKR_SESSION_ASYNC_NOT_SUPPORTED", async_session, module, slot)
    module.session(slot).login(USER_PIN)
    module.Finalize(None)
    module.Initialize(None)
    async_session(module, slot)


def test_there_are_no_threads_before_they_are_needed():
    module, session, other = token_and_session()
    other.random(8)
    other.create({p11.CKA_CLASS: p11.CKO_DATA})
    dsa_pair(session)
    equal(workers(), [], "threads")
    start(other, 1)
    finished_key(other)
    equal(len(workers()), 1, "threads")
    text = pathlib.Path(f"/proc/self/task/{workers()[0]}/status").read_text(encoding="ascii")
    blocked = int(text.split("SigBlk:\t")[1].split()[0], 16)
    check(blocked & (1 << signal.SIGTERM - 1), "signals are for the program's threads")
    module.Finalize(None)
    no_workers()


# ------------------------------------------------------------------------------- completing


def test_a_key_is_made_later():
    module, session, other = token_and_session()
    handle = ctypes.c_ulong(77)
    args = key_call(other)
    rv(module.C_GenerateKey(*args[:-1], by(handle)), "CKR_PENDING")
    result = later.AsyncData(0, 1, 2, 3, 4)
    rv(poll(other, result=result), "CKR_PENDING")
    equal([getattr(result, name) for name, _ in result._fields_], [0, 1, 2, 3, 4], "the result while pending")
    made = finished_key(other)
    equal(handle.value, 77, "what the function was given for the handle")
    expected = hashlib.pbkdf2_hmac("sha512", b"password", b"salt", SLOW, 32)
    equal(session.get(made, p11.CKA_VALUE), expected, "the key")
    rv(finish(other)[0], "CKR_OPERATION_NOT_INITIALIZED", "completing twice")


def test_both_halves_of_a_pair():
    _, session, other = token_and_session()
    public = p11.template({p11.CKA_PARAMETER_SET: 1})
    private = p11.template({})
    how = p11.mechanism(p11.CKM_ML_DSA_KEY_PAIR_GEN)
    unused = by(ctypes.c_ulong())
    args = (other.handle, by(how), public, len(public), private, len(private), unused, unused)
    rv(other.m.C_GenerateKeyPair(*args), "CKR_PENDING")
    got, result = finish(other, b"C_GenerateKeyPair")
    rv(got, "CKR_OK")
    equal(session.get_number(result.hObject, p11.CKA_CLASS), p11.CKO_PUBLIC_KEY)
    equal(session.get_number(result.hAdditionalObject, p11.CKA_CLASS), p11.CKO_PRIVATE_KEY)
    session.verify(result.hObject, b"m", session.sign(result.hAdditionalObject, b"m"))


def test_wrong_arguments():
    module, session, other = token_and_session()
    wrong = later.AsyncData()
    wrong.ulVersion = 1
    number = ctypes.c_ulong(77)
    for function, args, value in (
        ("C_AsyncComplete", (by(later.AsyncData()),), "CKR_OPERATION_NOT_INITIALIZED"),
        ("C_AsyncGetID", (by(number),), "CKR_OPERATION_NOT_INITIALIZED"),
        ("C_AsyncJoin", (1, None, 0), "CKR_SAVED_STATE_INVALID"),
    ):
        call = getattr(module, function)
        for one in (session, other):
            rv(call(one.handle, NAME, *args), value, f"{function} with nothing pending")
            rv(call(one.handle, b"no such function", *args), value, function)
            rv(call(one.handle, None, *args), "CKR_ARGUMENTS_BAD", f"{function} without a name")
        rv(call(12345, NAME, *args), "CKR_SESSION_HANDLE_INVALID", function)
        rv(call(12345, None, *args), "CKR_SESSION_HANDLE_INVALID", function)
    start(other)
    for name in (b"C_GenerateKeyPair", b"C_GenerateKe", b"C_GenerateKey2", b"", b"c_generatekey"):
        rv(poll(other, name, later.AsyncData()), "CKR_OPERATION_NOT_INITIALIZED", f"{name} is not pending")
        rv(module.C_AsyncGetID(other.handle, name, by(number)), "CKR_OPERATION_NOT_INITIALIZED")
    rv(poll(session, NAME, later.AsyncData()), "CKR_OPERATION_NOT_INITIALIZED", "another session")
    rv(module.C_AsyncGetID(other.handle, NAME, by(number)), "CKR_STATE_UNSAVEABLE")
    rv(module.C_AsyncGetID(other.handle, NAME, None), "CKR_ARGUMENTS_BAD")
    equal(number.value, 77)
    rv(module.C_AsyncJoin(other.handle, NAME, 0, None, 0), "CKR_SAVED_STATE_INVALID")
    wait_made(other)
    rv(poll(other, result=wrong), "CKR_ARGUMENTS_BAD", "another version of the structure")
    rv(module.C_AsyncGetID(other.handle, NAME, by(number)), "CKR_STATE_UNSAVEABLE")
    finished_key(other)


def test_what_is_wrong_with_a_call_comes_with_its_completion():
    module, session, other = token_and_session()
    _, private = dsa_pair(session)
    start(other, 1, CKA_MODIFIABLE=True, CKA_WRAP_WITH_TRUSTED=True, CKA_TRUSTED=True)
    got, result = finish(other)
    rv(got, "CKR_ATTRIBUTE_READ_ONLY", "a template that is not allowed")
    equal(result.hObject, 0)
    rv(module.C_Verify(other.handle, b"m", 1, b"s", 1), "CKR_PENDING")
    rv(later.complete(module, other.handle, "C_Verify"), "CKR_OPERATION_NOT_INITIALIZED", "no C_VerifyInit")
    length = ctypes.c_ulong(5000)
    room = ctypes.create_string_buffer(5000)
    rv(module.C_Sign(other.handle, b"m", 1, room, by(length)), "CKR_OPERATION_NOT_INITIALIZED", "no C_SignInit")
    module.SignInit(other.handle, by(p11.mechanism(p11.CKM_ML_DSA)), private)
    rv(module.C_Sign(other.handle, None, 1, room, by(length)), "CKR_ARGUMENTS_BAD")
    module.SignInit(other.handle, by(p11.mechanism(p11.CKM_ML_DSA)), private)
    rv(module.C_Sign(other.handle, b"m", 1, room, by(length)), "CKR_PENDING")
    rv(module.C_Sign(other.handle, None, 1, room, by(length)), "CKR_OPERATION_ACTIVE", "which ends nothing")
    rv(finish(other, b"C_Sign")[0], "CKR_OK")


def test_a_function_without_a_result_needs_no_place_for_one():
    _, session, other = token_and_session()
    public, private = dsa_pair(session)
    signature = session.sign(private, b"m")
    for data, expected in ((b"m", "CKR_OK"), (b"n", "CKR_SIGNATURE_INVALID")):
        other.m.VerifyInit(other.handle, by(p11.mechanism(p11.CKM_ML_DSA)), public)
        rv(other.m.C_Verify(other.handle, data, 1, signature, len(signature)), "CKR_PENDING")
        rv(later.complete(other.m, other.handle, "C_Verify"), expected)


def test_one_of_many_threads_gets_the_result():
    _, session, other = token_and_session()
    got = []

    def complete():
        result = later.AsyncData()
        got.append((later.complete(other.m, other.handle, NAME.decode(), result), result.hObject))

    start(other)
    racers = [threading.Thread(target=complete) for _ in range(8)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    values = sorted(p11.rv_name(value) for value, _ in got)
    equal(values, ["CKR_OK"] + 7 * ["CKR_OPERATION_NOT_INITIALIZED"])
    made = [handle for value, handle in got if value == p11.CKR_OK]
    equal(keys(session), made)


# ------------------------------------------------------------------------------- buffers


def sign_in(session, private, room, length, data=b"m"):
    session.m.SignInit(session.handle, by(p11.mechanism(p11.CKM_ML_DSA)), private)
    return session.m.C_Sign(session.handle, data, len(data), room, by(length))


def test_lengths_are_told_at_once():
    module, session, other = token_and_session()
    public, private = dsa_pair(session)
    length = ctypes.c_ulong()
    rv(sign_in(other, private, None, length), "CKR_OK", "a question for the length")
    equal(length.value, 2420)
    room = ctypes.create_string_buffer(2500)
    length.value = 2419
    rv(module.C_Sign(other.handle, b"m", 1, room, by(length)), "CKR_BUFFER_TOO_SMALL")
    equal(length.value, 2420)
    length.value = 2500
    rv(module.C_Sign(other.handle, b"m", 1, room, by(length)), "CKR_PENDING")
    got, result = finish(other, b"C_Sign")
    rv(got, "CKR_OK")
    equal((result.pValue, result.ulValue), (ctypes.addressof(room), 2420), "where the signature is")
    equal(length.value, 2500, "the length that the function was given")
    session.verify(public, b"m", room.raw[:2420])


def test_the_buffer_is_written_to_by_completing():
    _, session, other = token_and_session()
    _, private = dsa_pair(session)
    room, length = ctypes.create_string_buffer(2420), ctypes.c_ulong(2420)
    rv(sign_in(other, private, room, length), "CKR_PENDING")
    wait_made(other, b"C_Sign")
    equal(room.raw, bytes(2420), "the buffer before")
    rv(finish(other, b"C_Sign")[0], "CKR_OK")
    check(room.raw != bytes(2420), "the buffer after")


def test_the_buffer_comes_back_with_an_error():
    _, session, other = token_and_session()
    key = session.generate_key(p11.CKM_AES_KEY_GEN, {p11.CKA_VALUE_LEN: 32, p11.CKA_DECRYPT: True, p11.CKA_ENCRYPT: True})
    how = p11.gcm(bytes(12))
    sealed = session.encrypt(key, b"plaintext", p11.CKM_AES_GCM, how)
    for ciphertext, expected, plain in (
        (sealed, "CKR_OK", b"plaintext"),
        (flipped(sealed), "CKR_ENCRYPTED_DATA_INVALID", bytes(9)),
    ):
        room, length = ctypes.create_string_buffer(9), ctypes.c_ulong(9)
        other.m.DecryptInit(other.handle, by(p11.mechanism(p11.CKM_AES_GCM, how)), key)
        rv(other.m.C_Decrypt(other.handle, ciphertext, len(ciphertext), room, by(length)), "CKR_PENDING")
        got, result = finish(other, b"C_Decrypt")
        rv(got, expected)
        equal(result.pValue, ctypes.addressof(room))
        equal(room.raw, plain)


def test_a_buffer_that_may_be_too_small_is_tried_at_once():
    _, session, other = token_and_session()
    key = session.generate_key(p11.CKM_AES_KEY_GEN, {p11.CKA_VALUE_LEN: 32, p11.CKA_DECRYPT: True, p11.CKA_ENCRYPT: True})
    sealed = session.encrypt(key, b"17 bytes of text.", p11.CKM_AES_CBC_PAD, bytes(16))
    other.m.DecryptInit(other.handle, by(p11.mechanism(p11.CKM_AES_CBC_PAD, bytes(16))), key)
    for size, expected in ((16, "CKR_BUFFER_TOO_SMALL"), (17, "CKR_OK")):
        room, length = ctypes.create_string_buffer(size), ctypes.c_ulong(size)
        rv(other.m.C_Decrypt(other.handle, sealed, len(sealed), room, by(length)), expected)
    equal((room.raw, length.value), (b"17 bytes of text.", 17))
    other.m.DecryptInit(other.handle, by(p11.mechanism(p11.CKM_AES_CBC_PAD, bytes(16))), key)
    room, length = ctypes.create_string_buffer(32), ctypes.c_ulong(32)
    rv(other.m.C_Decrypt(other.handle, sealed, len(sealed), room, by(length)), "CKR_PENDING")
    got, result = finish(other, b"C_Decrypt")
    rv(got, "CKR_OK")
    equal(room.raw[: result.ulValue], b"17 bytes of text.")


def test_much_is_signed_at_once():
    """More than is copied."""
    _, session, other = token_and_session()
    public, private = dsa_pair(session)
    data = bytes(17 * 1024 * 1024)
    room, length = ctypes.create_string_buffer(2420), ctypes.c_ulong(2420)
    rv(sign_in(other, private, room, length, data), "CKR_OK")
    session.verify(public, data, room.raw)
    rv(sign_in(other, private, room, length, data[: 15 * 1024 * 1024]), "CKR_PENDING")
    rv(finish(other, b"C_Sign")[0], "CKR_OK")
    session.verify(public, data[: 15 * 1024 * 1024], room.raw)


# ------------------------------------------------------------------------------- a session with a call


def test_nothing_else_goes_on_in_the_session():
    module, session, other = token_and_session()
    public, private = dsa_pair(session)
    how = by(p11.mechanism(p11.CKM_ML_DSA))
    number, room = by(ctypes.c_ulong(5000)), ctypes.create_string_buffer(5000)
    start(other)
    refused = {
        "C_GenerateKey": key_call(other)[1:],
        "C_SignInit": (how, private),
        "C_Sign": (b"m", 1, room, number),
        "C_VerifyInit": (how, public),
        "C_Verify": (b"m", 1, b"s", 1),
        "C_DigestInit": (by(p11.mechanism(p11.CKM_SHA256)),),
        "C_FindObjectsInit": (None, 0),
        "C_GetAttributeValue": (public, p11.template({p11.CKA_LABEL: None}), 1),
        "C_DestroyObject": (public,),
        "C_GenerateRandom": (room, 1),
        "C_Logout": (),
        "C_Login": (p11.CKU_USER, USER_PIN, len(USER_PIN)),
        "C_SetPIN": (USER_PIN, len(USER_PIN), USER_PIN, len(USER_PIN)),
        "C_GetOperationState": (None, number),
        "C_SessionCancel": (p11.CKF_SIGN | p11.CKF_GENERATE_KEY_PAIR,),
    }
    for name, args in refused.items():
        rv(getattr(module, name)(other.handle, *args), "CKR_OPERATION_ACTIVE", name)
    rv(module.C_SessionCancel(other.handle, 0), "CKR_OK", "to cancel nothing")
    equal(other.state(), p11.CKS_RW_USER_FUNCTIONS)
    session.verify(public, b"m", session.sign(private, b"m"))
    wait_made(other)
    for name, args in refused.items():
        rv(getattr(module, name)(other.handle, *args), "CKR_OPERATION_ACTIVE", f"{name} before completion")
    finished_key(other)
    equal(len(other.random(8)), 8)


def test_operations_survive_a_call():
    """A key is made in the middle of a signature."""
    _, session, other = token_and_session()
    public, private = dsa_pair(session)
    other.m.SignInit(other.handle, by(p11.mechanism(p11.CKM_ML_DSA)), private)
    other.m.SignUpdate(other.handle, b"one ", 4)
    start(other, 1)
    finished_key(other)
    other.m.SignUpdate(other.handle, b"two", 3)
    room, length = ctypes.create_string_buffer(2420), ctypes.c_ulong(2420)
    rv(other.m.C_SignFinal(other.handle, room, by(length)), "CKR_PENDING")
    rv(finish(other, b"C_SignFinal")[0], "CKR_OK")
    session.verify(public, b"one two", room.raw)


def test_many_are_pending():
    module, session, _ = token_and_session()
    public, private = dsa_pair(session)
    sessions = [async_session(module, session.slot) for _ in range(100)]
    rooms = [(ctypes.create_string_buffer(2420), ctypes.c_ulong(2420)) for _ in sessions]
    for i, one in enumerate(sessions):
        if i % 2:
            start(one, 20000, salt=b"%d" % i)
        else:
            rv(sign_in(one, private, *rooms[i], b"%d" % i), "CKR_PENDING")
    check(len(workers()) <= 16, f"{len(workers())} threads")
    for i, one in reversed(list(enumerate(sessions))):
        if i % 2:
            value = hashlib.pbkdf2_hmac("sha512", b"password", b"%d" % i, 20000, 32)
            equal(session.get(finished_key(one), p11.CKA_VALUE), value)
        else:
            rv(finish(one, b"C_Sign")[0], "CKR_OK")
            session.verify(public, b"%d" % i, rooms[i][0].raw)


def test_the_log_is_the_same():
    _, session, other = token_and_session()
    public, private = dsa_pair(session)
    for one in (session, other):
        if one is other:
            start(one, 1)
            finished_key(one)
            room = ctypes.create_string_buffer(2420)
            rv(sign_in(one, private, room, ctypes.c_ulong(2420)), "CKR_PENDING")
            rv(finish(one, b"C_Sign")[0], "CKR_OK")
        else:
            module = one.m
            module.GenerateKey(*key_call(one, 1))
            one.sign(private, b"m")
    wanted = [("key.generate", "OK")] + 2 * [("key.generate", "OK"), ("key.sign", "OK")]
    equal(records("key.generate", "key.sign"), wanted)


# ------------------------------------------------------------------------------- cancelling


def test_cancelling_what_is_computed():
    module, session, other = token_and_session()
    module.DigestInit(other.handle, by(p11.mechanism(p11.CKM_SHA256)))
    start(other, 3 * SLOW, CKA_TOKEN=True)
    time.sleep(0.1)
    other.m.SessionCancel(other.handle, p11.UNAVAILABLE)
    equal(records("key.generate"), [], "it is still being computed")
    rv(poll(other, result=later.AsyncData()), "CKR_OPERATION_NOT_INITIALIZED")
    rv(module.C_DigestUpdate(other.handle, b"m", 1), "CKR_OPERATION_NOT_INITIALIZED", "ended with the call")
    start(other, 1, label="next")
    finished_key(other)
    module.C_Finalize(None)
    equal(records("key.generate"), [("key.generate", "CANCELED"), ("key.generate", "OK")])
    module.Initialize(None)
    session = module.session(session.slot)
    session.login(USER_PIN)
    equal(keys(session), [], "the key")


def test_finalizing_stops_a_long_generation():
    module, session, other = token_and_session()
    how = p11.mechanism(p11.CKM_RSA_PKCS_KEY_PAIR_GEN)
    pub = p11.template({p11.CKA_MODULUS_BITS: 8192, p11.CKA_TOKEN: True})
    priv = p11.template({p11.CKA_TOKEN: True})
    unused = ctypes.c_ulong()
    args = (other.handle, by(how), pub, len(pub), priv, len(priv), by(unused), by(unused))
    rv(module.C_GenerateKeyPair(*args), "CKR_PENDING")
    time.sleep(0.3)
    module.Finalize(None)
    equal(records("key.generate"), [("key.generate", "CANCELED")])


def test_cancelling_what_waits():
    module, session, other = token_and_session()
    _, private = dsa_pair(session)
    busy = fill_the_workers(module, session.slot)
    room, length = ctypes.create_string_buffer(2420), ctypes.c_ulong(2420)
    for cancel in (
        lambda: module.SessionCancel(other.handle, p11.CKF_SIGN),
        lambda: module.SessionCancel(other.handle, p11.UNAVAILABLE),
        lambda: module.SignInit(other.handle, None, 0),
    ):
        rv(sign_in(other, private, room, length), "CKR_PENDING")
        cancel()
        rv(module.C_SignUpdate(other.handle, b"m", 1), "CKR_OPERATION_NOT_INITIALIZED", "the signature has ended")
    start(other, 1)
    module.SessionCancel(other.handle, p11.CKF_GENERATE)
    for one in busy:
        finished_key(one)
    equal(room.raw, bytes(2420), "the buffer")
    equal(len(keys(session)), len(busy), "keys made")


def test_cancelling_what_is_made():
    module, session, other = token_and_session()
    _, private = dsa_pair(session)
    for token in (True, False):
        start(other, 1, CKA_TOKEN=token)
        wait_made(other)
        equal(len(keys(session)), 1)
        module.SessionCancel(other.handle, p11.CKF_GENERATE)
        equal(keys(session), [], "the key was destroyed")
    equal(records("object.destroy"), 2 * [("object.destroy", "OK")])
    start(other, 1, CKA_DESTROYABLE=False)
    wait_made(other)
    module.SessionCancel(other.handle, p11.CKF_GENERATE)
    equal(len(keys(session)), 1, "keys that cannot be destroyed")
    room, length = ctypes.create_string_buffer(2420), ctypes.c_ulong(2420)
    rv(sign_in(other, private, room, length), "CKR_PENDING")
    wait_made(other, b"C_Sign")
    module.SessionCancel(other.handle, p11.CKF_SIGN)
    equal(room.raw, bytes(2420), "the buffer")
    rv(sign_in(other, private, room, length), "CKR_PENDING")
    rv(finish(other, b"C_Sign")[0], "CKR_OK")


def test_closing_while_pending():
    module, session, _ = token_and_session()
    computed, made, waits = (async_session(module, session.slot) for _ in range(3))
    start(made, 1, CKA_TOKEN=True)
    wait_made(made)
    start(computed, 3 * SLOW, CKA_TOKEN=True)
    busy = fill_the_workers(module, session.slot)
    start(waits, CKA_TOKEN=True)
    for one in (computed, made, waits):
        one.close()
        rv(poll(one, result=later.AsyncData()), "CKR_SESSION_HANDLE_INVALID")
    equal([result for _, result in records("key.generate")], ["OK"], "made when the sessions were closed")
    for one in busy:
        finished_key(one)
        one.close()
    equal(keys(session), [], "keys of closed sessions")
    last = async_session(module, session.slot)
    start(last, CKA_TOKEN=True)
    module.CloseAllSessions(session.slot)
    rv(poll(last, result=later.AsyncData()), "CKR_SESSION_HANDLE_INVALID")
    session = module.session(session.slot)
    equal(session.state(), p11.CKS_RW_PUBLIC_SESSION, "the last one logged out")
    module.Finalize(None)
    module.Initialize(None)
    session = module.session(session.slot)
    session.login(USER_PIN)
    equal(keys(session), [])


def test_logging_out_while_pending():
    module, session, other = token_and_session()
    public, private = dsa_pair(session)
    waits = async_session(module, session.slot)
    start(other, CKA_PRIVATE=True)
    busy = fill_the_workers(module, session.slot)
    room, length = ctypes.create_string_buffer(2420), ctypes.c_ulong(2420)
    rv(sign_in(waits, private, room, length), "CKR_PENDING")
    session.logout()
    rv(finish(other)[0], "CKR_USER_NOT_LOGGED_IN", "a private key without a login")
    rv(finish(waits, b"C_Sign")[0], ("CKR_USER_NOT_LOGGED_IN", "CKR_KEY_HANDLE_INVALID"), "begun after the logout")
    for one in busy:
        finish(one)
    session.login(USER_PIN)
    rv(module.C_GetObjectSize(session.handle, public, by(length)), "CKR_OK", "a public key of the session's")


# ------------------------------------------------------------------------------- the process


def test_finalize_while_pending():
    module, session, other = token_and_session()
    made, waits = (async_session(module, session.slot) for _ in range(2))
    start(made, 1, CKA_TOKEN=True)
    wait_made(made)
    start(other)
    fill_the_workers(module, session.slot)
    start(waits, CKA_TOKEN=True)
    module.Finalize(None)
    rv(poll(other, result=later.AsyncData()), "CKR_CRYPTOKI_NOT_INITIALIZED")
    module.Initialize(None)
    session = module.session(session.slot)
    session.login(USER_PIN)
    equal(keys(session), [], "keys that were not asked for")
    other = async_session(module, session.slot)
    start(other, 1)
    finished_key(other)


def test_threads_use_it_while_another_finalizes():
    module, session, _ = token_and_session()
    slot = session.slot
    allowed = {"CKR_CRYPTOKI_NOT_INITIALIZED", "CKR_SESSION_HANDLE_INVALID", "CKR_USER_NOT_LOGGED_IN"}
    stop, failures = threading.Event(), []

    def work():
        while not stop.is_set():
            try:
                own = async_session(module, slot)
                got = module.C_GenerateKey(*key_call(own, 2000, CKA_PRIVATE=False))
                if got == p11.CKR_PENDING:
                    got = finish(own)[0]
                if got != p11.CKR_OK and p11.rv_name(got) not in allowed | {"CKR_OPERATION_NOT_INITIALIZED"}:
                    failures.append(p11.rv_name(got))
                own.close()
            except p11.Error as error:
                if p11.rv_name(error.rv) not in allowed:
                    failures.append(str(error))

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for _ in range(15):
        time.sleep(0.05)
        module.Finalize(None)
        module.Initialize(None)
    stop.set()
    for worker in workers:
        worker.join()
    equal(failures, [])


def test_a_fork_while_pending():
    module, session, other = token_and_session()
    start(other)
    waits = fill_the_workers(module, session.slot)

    def child():
        rv(poll(other), "CKR_CRYPTOKI_NOT_INITIALIZED")
        module.Initialize(None)
        own = module.session(session.slot)
        own.login(USER_PIN)
        if "TSAN_OPTIONS" in os.environ:  # it takes a thread of a child's for one of its parent's
            return
        own = async_session(module, session.slot)
        start(own, 1)
        value = hashlib.pbkdf2_hmac("sha512", b"password", b"salt", 1, 32)
        equal(own.get(finished_key(own), p11.CKA_VALUE), value)
        start(own)  # and ends so

    in_child(child)
    for one in (other, *waits):
        finished_key(one)


EXIT = """
from async_test import *
import atexit, sys
module, session, other = token_and_session()
start(other, CKA_TOKEN=True)
fill_the_workers(module, session.slot)
"""


def new_program(end):
    """Run a program that begins as EXIT does, in a process of its own."""
    source = f"import sys; sys.path.insert(0, {os.path.dirname(os.path.abspath(__file__))!r})\n{EXIT}\n{end}\n"
    return subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=120, check=False)


def test_exit_while_pending():
    done = new_program("sys.exit(7)")
    equal((done.returncode, done.stderr), (7, ""), "exit()")


def test_finalize_from_a_handler_of_exit():
    done = new_program("atexit.register(lambda: print(module.C_Finalize(None)))\nsys.exit(7)")
    equal((done.returncode, done.stdout, done.stderr), (7, "0\n", ""), "exit()")


def test_being_killed_while_pending():
    done = new_program("os.kill(os.getpid(), signal.SIGKILL)")
    equal(done.returncode, -signal.SIGKILL)
    subprocess.run([COMMAND, "audit", "verify"], check=True, capture_output=True)
    module = load()
    session = module.session(module.slots()[0])
    session.login(USER_PIN)
    equal(keys(session), [])


def test_unloading_while_pending():
    for finalize in (False, True):
        module, session, other = token_and_session() if not finalize else (load(), None, None)
        if finalize:
            slot = module.slots()[0]
            session = module.session(slot)
            session.login(USER_PIN)
            other = async_session(module, slot)
        start(other)
        time.sleep(0.1)
        if finalize:
            module.Finalize(None)
        handle = module.lib._handle
        del module, session, other
        _ctypes.dlclose(handle)
        maps = pathlib.Path("/proc/self/maps").read_text(encoding="utf-8")
        check(os.path.basename(MODULE) not in maps, "the module is gone from memory")
        no_workers()


if __name__ == "__main__":
    main(globals())
