#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Forks, threads, other processes, and a device directory that cannot be used."""

import _ctypes
import contextlib
import ctypes
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

import p11
from harness import *  # noqa: F403

NOBODY = 65534


def data(label, token=True):
    return {p11.CKA_CLASS: p11.CKO_DATA, p11.CKA_TOKEN: token, p11.CKA_LABEL: label}


def in_threads(number, work):
    """Run work(i) in threads; what fails in one of them fails here."""
    failures = []

    def guarded(i):
        try:
            work(i)
        except Exception as failure:  # pylint: disable=broad-exception-caught
            failures.append(failure)

    threads = [threading.Thread(target=guarded, args=(i,)) for i in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    check(not failures, f"in a thread: {failures[:3]}")


@contextlib.contextmanager
def workers(number, work, stop):
    """work(i) in threads until the end of the block, which sets stop; what fails in one fails there."""
    failures = []

    def run():
        try:
            in_threads(number, work)
        except Failed as failure:
            failures.append(failure)

    all_of_them = threading.Thread(target=run)
    all_of_them.start()
    try:
        yield
    finally:
        stop.set()
        all_of_them.join()
    for failure in failures:
        raise failure


# ------------------------------------------------------------------------------- fork


def test_a_child_starts_anew():
    module, session = user_session()
    _, private = dsa_pair(session, token=True)
    rv(
        module.C_SignInit(session.handle, ctypes.byref(p11.mechanism(p11.CKM_ML_DSA)), private),
        "CKR_OK",
    )

    def child():
        rv(module.C_GetInfo(None), "CKR_CRYPTOKI_NOT_INITIALIZED")
        rv(module.C_CloseSession(session.handle), "CKR_CRYPTOKI_NOT_INITIALIZED")
        rv(module.C_Finalize(None), "CKR_CRYPTOKI_NOT_INITIALIZED")
        module.Initialize(None)
        own = module.session(session.slot)
        equal(own.state(), p11.CKS_RW_PUBLIC_SESSION, "the parent's login is not the child's")
        own.login(USER_PIN)
        own.sign(own.find({p11.CKA_CLASS: p11.CKO_PRIVATE_KEY})[0], b"child")
        own.create(data("by the child"))
        module.Finalize(None)

    def grandchild():
        module.Initialize(None)
        in_child(child)
        module.Finalize(None)

    in_child(child)
    in_child(grandchild)
    # The parent goes on where it was.
    length = ctypes.c_ulong(2420)
    buffer = ctypes.create_string_buffer(2420)
    rv(module.C_Sign(session.handle, b"m", 1, buffer, ctypes.byref(length)), "CKR_OK")
    equal(len(session.find({p11.CKA_LABEL: "by the child"})), 2)


def test_a_child_that_only_exits():
    module, session = user_session()
    kept = session.create(data("kept", token=False))
    for _ in range(3):
        in_child(lambda: None)
    equal(session.get(kept, p11.CKA_LABEL), b"kept")
    module.Finalize(None)


def open_logs():
    files = (os.path.realpath(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd"))
    return [file for file in files if file.startswith(os.environ["PQHW_HOME"] + "/audit/")]


def test_a_child_lets_go_of_the_logs():
    """Or it would keep the lock on a log that its parent held when it was killed."""
    module, session = user_session()
    equal(len(open_logs()), 4, "the logs of device and token, and their journals")
    in_child(lambda: equal(open_logs(), [], "logs open in a child"))
    dsa_pair(session)
    module.Finalize(None)
    equal(open_logs(), [], "logs open after C_Finalize")


def test_random_numbers_differ_after_fork():
    module, session = user_session()
    session.random(16)
    receive, send = os.pipe()

    def child():
        module.Initialize(None)
        own = module.session(session.slot)
        os.write(send, own.random(32))

    in_child(child)
    in_child(child)
    first, second = os.read(receive, 32), os.read(receive, 32)
    equal(len({first, second, session.random(32)}), 3, "different random numbers")


def test_forks_while_threads_work():
    module, session = user_session()
    public, private = dsa_pair(session, token=True)
    stop = threading.Event()

    def work(i):
        own = module.session(session.slot)
        while not stop.is_set():
            own.verify(public, b"m", own.sign(private, b"m"))

    def forks():
        for _ in range(5):
            in_child(lambda: rv(module.C_GetInfo(None), "CKR_CRYPTOKI_NOT_INITIALIZED"))

    with workers(2, work, stop):
        forks()


def test_forks_while_objects_change():
    """On a device that the first token made, after C_Initialize had found none."""
    module = load()
    slot = init_token(module)
    session = module.session(slot)
    session.login(USER_PIN)
    stop = threading.Event()

    def work(i):
        own = module.session(slot)
        _, private = kem_pair(own, token=True)
        while not stop.is_set():
            own.set(private, {p11.CKA_LABEL: "changed"})

    def child():
        module.Initialize(None)
        module.session(slot)

    with workers(3, work, stop):
        for _ in range(40):
            start = time.monotonic()
            in_child(child)
            check(time.monotonic() - start < 4, "a fork waits for calls to end")


def test_forks_while_a_device_made_since_is_closed():
    """Store and audit log handle forks after the module then, not before it."""
    module = load()
    init_token(module)
    stop = threading.Event()

    def fork(_):
        while not stop.is_set():
            in_child(lambda: None)

    with workers(1, fork, stop):
        for _ in range(4):
            module.C_Finalize(None)
            module.Initialize(None)


def test_forks_while_threads_draw_numbers():
    """A child's generator is its own: no lock of it is held by a thread that the child has not."""
    module, session = user_session()
    stop = threading.Event()

    def work(i):
        own = module.session(session.slot)
        while not stop.is_set():
            own.random(4096)

    def child():
        signal.alarm(10)
        module.Initialize(None)
        module.session(session.slot).random(32)

    with workers(3, work, stop):
        for _ in range(60):
            in_child(child)


def mapped():
    maps = pathlib.Path("/proc/self/maps").read_text(encoding="utf-8")
    return os.path.basename(MODULE) in maps


def test_unloading_with_and_without_finalize():
    init_device()
    for finalize in (True, False, True, False):
        module = load()
        slot = init_token(module, "finalized" if finalize else "left open")
        session = module.session(slot)
        session.login(USER_PIN)
        session.random(8)
        if finalize:
            module.Finalize(None)
        handle = module.lib._handle
        del module, session
        _ctypes.dlclose(handle)
        check(not mapped(), "the module is gone from memory")
        in_child(lambda: None)  # no handler of a module that is gone is called
    module = load()
    equal(len(module.slots()), 5)


# ------------------------------------------------------------------------------- threads


def test_threads_with_sessions_of_their_own():
    module, session = user_session()
    public, private = dsa_pair(session)
    kem_public, kem_private = kem_pair(session)

    def work(i):
        own = module.session(session.slot)
        for n in range(5):
            message = b"%d %d" % (i, n)
            signature = own.sign(private, message)
            own.verify(public, message, signature)
            ciphertext, secret = own.encapsulate(kem_public, OPEN_SECRET)
            again = own.decapsulate(kem_private, ciphertext, OPEN_SECRET)
            check(own.get(secret, p11.CKA_VALUE) == own.get(again, p11.CKA_VALUE), "same secret")
            own.create(data(f"thread {i}"))
        equal(len(own.find({p11.CKA_LABEL: f"thread {i}"})), 5)
        own.close()

    in_threads(6, work)
    for i in range(6):
        equal(len(session.find({p11.CKA_LABEL: f"thread {i}"})), 5)


def test_threads_with_one_session():
    module, session = user_session()
    public, private = dsa_pair(session)
    allowed = {"CKR_OK", "CKR_OPERATION_ACTIVE", "CKR_OPERATION_NOT_INITIALIZED"}

    def work(_):
        for _ in range(20):
            try:
                session.verify(public, b"m", session.sign(private, b"m"))
            except p11.Error as error:
                check(p11.rv_name(error.rv) in allowed, f"one session, several threads: {error}")

    in_threads(4, work)
    module.C_SessionCancel(session.handle, p11.CKF_SIGN | p11.CKF_VERIFY)
    session.verify(public, b"m", session.sign(private, b"m"))


def test_finalize_waits_for_a_long_call():
    module = load()  # with PIN hashing at its usual cost: a login takes a while
    session = module.session(init_token(module))
    began, ended = threading.Event(), []

    def login():
        began.set()
        got = module.C_Login(session.handle, p11.CKU_USER, USER_PIN, len(USER_PIN))
        ended.append((got, time.monotonic()))

    start = time.monotonic()
    session.login(USER_PIN)
    cost = time.monotonic() - start
    session.logout()
    worker = threading.Thread(target=login)
    worker.start()
    began.wait()
    time.sleep(cost / 5)
    module.Finalize(None)
    finished = time.monotonic()
    worker.join()
    rv(ended[0][0], "CKR_OK", "the call that was running")
    check(finished > ended[0][1] - cost / 4, "C_Finalize came back after it")
    rv(module.C_GetSessionInfo(session.handle, None), "CKR_CRYPTOKI_NOT_INITIALIZED")


def test_finalize_between_calls():
    init_device()
    module = load()
    slot = init_token(module)
    allowed = {"CKR_CRYPTOKI_NOT_INITIALIZED", "CKR_SESSION_HANDLE_INVALID"}
    started = threading.Barrier(4)

    def work(i):
        started.wait()
        if i == 3:
            for _ in range(5):
                module.Finalize(None)
                module.Initialize(None)
            return
        for _ in range(100):
            try:
                module.session(slot).random(100)
            except p11.Error as error:
                check(p11.rv_name(error.rv) in allowed, f"during C_Finalize: {error}")

    in_threads(4, work)
    rv(module.C_Initialize(None), "CKR_CRYPTOKI_ALREADY_INITIALIZED")


# ------------------------------------------------------------------------------- processes


def test_uses_are_counted():
    """Whether uses of keys have records of their own or share some, the log has each of them."""
    _, session = user_session()
    _, private = dsa_pair(session)
    for _ in range(20):
        session.sign(private, b"x")
    raises("CKR_KEY_TYPE_INCONSISTENT", session.sign, private, b"x", p11.CKM_ECDSA)
    session.sign(private, b"x")
    log = subprocess.run([COMMAND, "audit", "show", "--json"], capture_output=True, check=True).stdout
    records = [json.loads(line)["record"] for line in log.splitlines()]
    uses = [record["count"] for record in records if record["op"] == "key.sign" and record["result"] == "OK"]
    equal(sum(uses), 21)
    check(len(uses) > 1 and uses[-1] == 1, f"what comes after another record begins a new one: {uses}")


def test_two_processes_see_each_other():
    module, session = user_session()
    theirs = session.create(data("first"))
    in_new_process("""
module = load()
session = module.session(module.slot_of(LABEL))
session.login(USER_PIN)
found = session.find({p11.CKA_LABEL: "first"})
equal(len(found), 1)
session.set(found[0], {p11.CKA_LABEL: "renamed"})
session.create({p11.CKA_CLASS: p11.CKO_DATA, p11.CKA_TOKEN: True, p11.CKA_LABEL: "second"})
""")
    equal(session.get(theirs, p11.CKA_LABEL), b"renamed")
    equal(len(session.find({p11.CKA_LABEL: "second"})), 1)
    in_new_process("""
module = load()
session = module.session(module.slot_of(LABEL))
session.login(USER_PIN)
session.destroy(session.find({p11.CKA_LABEL: "renamed"})[0])
""")
    raises("CKR_OBJECT_HANDLE_INVALID", session.get, theirs, p11.CKA_LABEL)


def test_processes_lose_no_object():
    module, session = user_session()
    program = """
module = load()
session = module.session(module.slot_of(LABEL))
session.login(USER_PIN)
for i in range(20):
    session.create({p11.CKA_CLASS: p11.CKO_DATA, p11.CKA_TOKEN: True, p11.CKA_LABEL: sys.argv[1]})
"""
    in_threads(3, lambda i: in_new_process(program, f"process {i}"))
    for i in range(3):
        equal(len(session.find({p11.CKA_LABEL: f"process {i}"})), 20)
    verified = subprocess.run(
        [COMMAND, "audit", "verify"], check=False, capture_output=True, text=True
    )
    equal(verified.returncode, 0, f"pqhw audit verify: {verified.stdout}{verified.stderr}")


def test_pin_tries_are_counted_together():
    module, session = user_session()
    session.logout()
    in_new_process("""
module = load()
session = module.session(module.slot_of(LABEL))
for _ in range(9):
    raises("CKR_PIN_INCORRECT", session.login, b"wrong PIN")
""")
    check(module.token_flags(session.slot) & p11.CKF_USER_PIN_FINAL_TRY, "one try is left")
    raises(("CKR_PIN_INCORRECT", "CKR_PIN_LOCKED"), session.login, b"wrong PIN")
    raises("CKR_PIN_LOCKED", session.login, USER_PIN)


# ------------------------------------------------------------------------------- directory


def initialize(home, user=None):
    """C_Initialize on this home in a new process: its CK_RV and what it wrote to stderr."""
    # The module is loaded as root, for its own place may be closed to others.
    source = (
        f"import sys, os; sys.path.insert(0, {os.path.dirname(os.path.abspath(__file__))!r})\n"
        "import p11\n"
        f"module = p11.Module({MODULE!r})\n"
        f"user = {user!r}\n"
        "if user is not None:\n    os.setgroups([]); os.setgid(user); os.setuid(user)\n"
        "print(p11.rv_name(module.C_Initialize(None)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", source],
        env=os.environ | {"PQHW_HOME": str(home), "PQHW_DEBUG": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip(), done.stderr


def test_directories_that_cannot_be_used():
    init_device()
    home = pathlib.Path(os.environ["PQHW_HOME"])
    equal(home.stat().st_mode & 0o777, 0o700, "mode of the device directory")
    if os.geteuid() == 0:
        said, why = initialize(home, NOBODY)
        equal(said, "CKR_FUNCTION_FAILED", "as another user")
        check(why.startswith("pqhw: C_Initialize: ") and str(home) in why, f"the message: {why}")
    home.chmod(0o777)
    said, why = initialize(home)
    equal(said, "CKR_FUNCTION_FAILED", "a directory that all may write to")
    check(why.count("\n") == 1 and str(home) in why, f"the message: {why}")
    home.chmod(0o700)
    said, why = initialize(home)
    equal(said, "CKR_OK", "after it was put right")
    equal(why, f"pqhw: C_Initialize: the device is {home}\n", "which device it is")
    none = home.parent / "none"
    said, why = initialize(none)
    equal(said, "CKR_OK", "no device yet")
    equal(why, f"pqhw: C_Initialize: the device is {none}, which is not there yet\n", "that there is none")
    equal(initialize("not/absolute")[0], "CKR_FUNCTION_FAILED")
    file = home / "a file"
    file.write_bytes(b"")
    equal(initialize(file)[0], "CKR_FUNCTION_FAILED", "a file in place of the directory")


def put_fifo(file):
    file.unlink()
    os.mkfifo(file, 0o600)


def test_fifos_hold_nobody():
    """Who waits for a FIFO waits for ever: the harness has no patience for that."""
    signal.alarm(30)
    module, session = user_session()
    module.Finalize(None)
    home = pathlib.Path(os.environ["PQHW_HOME"])
    put_fifo(home / "audit" / f"slot-{session.slot}.log")
    module.Initialize(None)
    raises("CKR_DEVICE_ERROR", module.session, session.slot)
    module.Finalize(None)
    for verb in ("verify", "show"):
        done = subprocess.run(
            [COMMAND, "audit", verb], capture_output=True, timeout=10, check=False
        )
        check(done.returncode not in (0, 1), f"audit {verb} ended with {done.returncode}")
    put_fifo(home / "device.key")
    rv(module.C_Initialize(None), "CKR_FUNCTION_FAILED", "device.key is a FIFO")


def test_a_device_is_made_by_the_first_token():
    module = load()
    equal(len(module.slots()), 1)
    check(not pathlib.Path(os.environ["PQHW_HOME"]).exists(), "nothing is made by looking")
    slot = init_token(module)
    equal(len(module.slots()), 2)
    equal(module.slot_of(LABEL), slot)


if __name__ == "__main__":
    main(globals())
