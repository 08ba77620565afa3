#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""C_WaitForSlotEvent: tokens that come and go, in this process and in others."""

import ctypes
import subprocess
import sys
import tempfile
import threading
import time

import p11
from harness import *  # noqa: F403


def wait(module, flags=0):
    """(CK_RV, slot)"""
    slot = ctypes.c_ulong(p11.UNAVAILABLE)
    return p11.rv_name(module.C_WaitForSlotEvent(flags, ctypes.byref(slot), None)), slot.value


def events(module):
    """The slots of all events so far."""
    found = []
    while True:
        got, slot = wait(module, p11.CKF_DONT_BLOCK)
        if got == "CKR_NO_EVENT":
            return found
        equal(got, "CKR_OK")
        found.append(slot)


def pqhw(*args):
    subprocess.run([COMMAND, *args], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def new_token(label):
    """In another process."""
    in_new_process(f"module = load()\ninit_token(module, {label!r})")


class Waiting(threading.Thread):
    """A thread that waits for an event."""

    def __init__(self, module):
        super().__init__(daemon=True)
        self.module, self.result = module, None
        self.start()
        time.sleep(0.1)
        check(self.is_alive(), "it waits")

    def run(self):
        self.result = wait(self.module)

    def end(self):
        self.join(30)
        check(not self.is_alive(), "it has ended")
        return self.result


def test_tokens_of_this_process():
    module = load()
    equal(events(module), [])
    first = init_token(module, "first")
    equal(events(module), [first], "each once")
    second, third = init_token(module, "second"), init_token(module, "third")
    equal(events(module), [second, third])
    session = module.session(second)
    session.login(USER_PIN)
    dsa_pair(session, token=True)
    session.set_pin(USER_PIN, SO_PIN)
    equal(events(module), [], "what happens within a token")
    session.close()
    module.init_token(second, SO_PIN, "another")
    equal(events(module), [second], "a token made anew")


def test_tokens_of_other_processes():
    init_device()
    module = load()
    slot = init_token(module)
    module.Finalize(None)
    module.Initialize(None)
    equal(events(module), [], "what was before C_Initialize")
    new_token("second")
    new_token("third")
    equal(events(module), [slot + 1, slot + 2])
    with tempfile.NamedTemporaryFile() as pin:
        pin.write(SO_PIN)
        pin.flush()
        pqhw("token", "delete", "--slot", str(slot + 1), "--so-pin-file", pin.name, "--yes")
    equal(events(module), [slot + 1], "a token destroyed")
    check(slot + 1 not in module.slots(), "its slot")


def test_waiting_for_another_process():
    init_device()
    module = load()
    waiting = Waiting(module)
    new_token("first")
    equal(waiting.end(), ("CKR_OK", 0))
    waiting = Waiting(module)
    slot = init_token(module, "second")
    equal(waiting.end(), ("CKR_OK", slot), "a token of this process")


def test_an_event_before_the_wait():
    init_device()
    module = load()
    new_token("first")
    equal(wait(module), ("CKR_OK", 0))


def test_finalize_ends_it():
    for again in (False, True):
        module = load()
        waiting = [Waiting(module) for _ in range(2)]
        module.Finalize(None)
        if again:
            module.Initialize(None)
        for thread in waiting:
            equal(thread.end()[0], "CKR_CRYPTOKI_NOT_INITIALIZED")
    equal(events(module), [])


def test_a_fork_does_not_wait_for_it():
    init_device()
    module = load()
    waiting = Waiting(module)

    def child():
        equal(wait(module)[0], "CKR_CRYPTOKI_NOT_INITIALIZED")
        module.Initialize(None)
        equal(events(module), [])
        init_token(module, "the child's")

    in_child(child)
    equal(waiting.end(), ("CKR_OK", 0))


def test_the_process_ends_under_it():
    init_device()
    source = f"""
import sys; sys.path.insert(0, {os.path.dirname(os.path.abspath(__file__))!r})
from slot_event_test import *
module = load()
Waiting(module)
sys.exit(7)
"""
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=60, check=False)
    equal((done.returncode, done.stderr), (7, ""))


def test_arguments():
    module = load()
    slot = ctypes.c_ulong()
    for flags in (0, p11.CKF_DONT_BLOCK):
        rv(module.C_WaitForSlotEvent(flags, None, None), "CKR_ARGUMENTS_BAD")
        rv(module.C_WaitForSlotEvent(flags, ctypes.byref(slot), ctypes.byref(slot)), "CKR_ARGUMENTS_BAD")


if __name__ == "__main__":
    main(globals())
