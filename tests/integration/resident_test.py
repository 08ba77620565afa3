#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Resident keys: the memory that they may have, what `pqhw status` says of them, and keys that go while they are used."""

import ctypes
import json
import os
import subprocess
import threading

import p11
from harness import *  # noqa: F403

MEMORY = "PQHW_RESIDENT_MEMORY"


def status():
    environment = {name: value for name, value in os.environ.items() if name != MEMORY}
    told = subprocess.run(
        [COMMAND, "status", "--json"], check=True, stdout=subprocess.PIPE, env=environment
    ).stdout
    return json.loads(told)


def own_numbers(session):
    """What status says of this process; the last uses are told when a session closes."""
    session.m.session(session.slot).close()
    processes = status()["processes"]
    equal([process["pid"] for process in processes], [os.getpid()], "processes")
    return processes[0]


# ------------------------------------------------------------------------------- status


def test_status_shows_what_a_process_does():
    module, session = user_session()
    public, private = dsa_pair(session, token=True)
    for _ in range(4):
        session.verify(public, b"m", session.sign(private, b"m"))
    numbers = own_numbers(session)
    equal((numbers["keys"], numbers["misses"], numbers["hits"]), (2, 2, 6))
    equal(numbers["evictions"], 0)
    equal(numbers["bytes"], numbers["peak_bytes"])
    check(numbers["bytes"] > DSA_PK_LEN["ML-DSA-44"] + DSA_SK_LEN["ML-DSA-44"], "bytes")
    check(numbers["program"].startswith("python"), f"program {numbers['program']}")
    table = subprocess.run([COMMAND, "status"], check=True, stdout=subprocess.PIPE).stdout.decode()
    row = next(line.split() for line in table.splitlines() if line.startswith(str(os.getpid())))
    equal((row[2], row[5], row[6], row[7]), ("2", "6", "2", "0"), "the row of the table")
    session.destroy(private)
    equal(own_numbers(session)["keys"], 1, "keys after one was destroyed")
    module.Finalize(None)
    equal(status()["processes"], [], "processes after C_Finalize")
    equal(os.listdir(os.environ["PQHW_HOME"] + "/run"), [], "files after C_Finalize")


def test_status_adds_processes_up():
    _, session = user_session()
    _, private = dsa_pair(session, token=True)
    session.sign(private, b"m")
    ready, told = os.pipe()
    ended, end = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(end)
        module = load()
        own = module.session(session.slot)
        own.login(USER_PIN)
        own.sign(own.find({p11.CKA_CLASS: p11.CKO_PRIVATE_KEY})[0], b"m")
        os.write(told, b"r")
        os.read(ended, 1)
        os._exit(0)  # without C_Finalize
    os.read(ready, 1)
    both = status()
    equal({process["pid"] for process in both["processes"]}, {os.getpid(), pid}, "processes")
    equal(both["processes_total"]["keys"], 2)
    equal(both["processes_total"]["bytes"], sum(p["bytes"] for p in both["processes"]))
    os.close(end)
    os.waitpid(pid, 0)
    own_numbers(session)


# ------------------------------------------------------------------------------- memory


def test_the_environment_sets_the_memory():
    init_device()
    module = p11.Module(MODULE)
    for nonsense in ("lots", "0", "64MB", "1025G"):
        os.environ[MEMORY] = nonsense
        rv(module.C_Initialize(None), "CKR_FUNCTION_FAILED", f"{MEMORY}={nonsense}")
        done = subprocess.run([COMMAND, "token", "list"], capture_output=True, check=False)
        equal(done.returncode, 1, "the command's exit code")
        check(MEMORY.encode() in done.stderr, f"the message: {done.stderr}")
    os.environ[MEMORY] = "3M"
    module.Initialize(None)
    equal(status()["processes"][0]["budget_bytes"], 3 << 20, "budget")


def test_the_device_has_a_setting():
    subprocess.run([COMMAND, "init", "--resident-memory", "5M"], check=True, stdout=subprocess.PIPE)
    load()
    told = status()
    equal(told["resident_keys"], {"setting_bytes": 5 << 20, "budget_bytes": 5 << 20})
    equal(told["processes"][0]["budget_bytes"], 5 << 20, "budget")


def test_a_key_larger_than_the_memory_works():
    os.environ[MEMORY] = "1K"
    _, session = user_session()
    public, private = dsa_pair(session)
    kem_public, kem_private = kem_pair(session)
    for _ in range(3):
        session.verify(public, b"m", session.sign(private, b"m"))
        ciphertext, sent = session.encapsulate(kem_public, OPEN_SECRET)
        received = session.decapsulate(kem_private, ciphertext, OPEN_SECRET)
        equal(session.get(received, p11.CKA_VALUE), session.get(sent, p11.CKA_VALUE), "secret")
    numbers = own_numbers(session)
    equal((numbers["keys"], numbers["bytes"], numbers["hits"]), (0, 0, 0))
    equal(numbers["evictions"], numbers["misses"])


# ------------------------------------------------------------------------------- keys that go


def test_a_key_destroyed_between_parts():
    """The operation that has it ends; no new one begins."""
    _, session = user_session()
    _, private = dsa_pair(session)
    how = p11.mechanism(p11.CKM_ML_DSA)
    session.m.SignInit(session.handle, ctypes.byref(how), private)
    session.m.SignUpdate(session.handle, b"one ", 4)
    session.destroy(private)
    raises("CKR_KEY_HANDLE_INVALID", session.m.SignUpdate, session.handle, b"two", 3)
    raises("CKR_OPERATION_NOT_INITIALIZED", session._output, session.m.SignFinal)
    raises("CKR_KEY_HANDLE_INVALID", session.sign, private, b"m")
    equal(own_numbers(session)["keys"], 0, "keys")


def destroy_while_signing(token):
    """Threads sign with a key until it is gone; then each says so."""
    module, session = user_session()
    public, private = dsa_pair(session, "ML-DSA-87", token=token)
    signing = threading.Barrier(4)
    signatures, ends = [], []

    def sign():
        own = module.session(session.slot)
        signing.wait()
        try:
            while True:
                signatures.append(own.sign(private, b"m"))
        except p11.Error as error:
            ends.append(p11.rv_name(error.rv))

    threads = [threading.Thread(target=sign) for _ in range(3)]
    for thread in threads:
        thread.start()
    signing.wait()
    while len(signatures) < 5:
        pass
    session.destroy(private)
    for thread in threads:
        thread.join()
    equal(ends, ["CKR_KEY_HANDLE_INVALID"] * 3, "how signing ended")
    for signature in signatures[-5:]:
        session.verify(public, b"m", signature)
    equal(own_numbers(session)["keys"], 1, "keys: the public one")


def test_a_token_key_destroyed_while_threads_sign():
    destroy_while_signing(token=True)


def test_a_session_key_destroyed_while_threads_sign():
    destroy_while_signing(token=False)


def test_many_threads_and_room_for_one_key():
    os.environ[MEMORY] = "40K"  # an ML-DSA-44 private key takes about 34
    module, session = user_session()
    pairs = [dsa_pair(session) for _ in range(4)]
    failures = []

    def use(i):
        own = module.session(session.slot)
        public, private = pairs[i]
        try:
            for _ in range(25):
                own.verify(public, b"m", own.sign(private, b"m"))
        except p11.Error as error:
            failures.append(error)

    threads = [threading.Thread(target=use, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    equal(failures, [])
    numbers = own_numbers(session)
    check(numbers["bytes"] <= numbers["budget_bytes"], f"{numbers['bytes']} bytes")
    check(numbers["evictions"] > 0, "evictions")


if __name__ == "__main__":
    main(globals())
