# SPDX-License-Identifier: Apache-2.0
"""PKCS#11 through asynchronous sessions: what a function left pending is completed here, so that a test
for synchronous sessions is one for these as well.

While a call is pending, the memory that it was given is spoiled: the module must have copied it.
"""

import ctypes
import os
import time

import p11

AsyncData = p11.STRUCTURES["CK_ASYNC_DATA"]
OUTPUT = ("CK_ULONG_PTR", "CK_OBJECT_HANDLE_PTR")


def complete(module, session, name, result=None):
    """Poll until the call is made, and return its CK_RV. `result` is a CK_ASYNC_DATA or None."""
    pause = 0.0002
    while True:
        got = module.C_AsyncComplete(session, name.encode() + b"\0", result and ctypes.byref(result))
        if got != p11.CKR_PENDING:
            return got
        time.sleep(pause)
        pause = min(2 * pause, 0.05)


def _target(argument):
    """What a ctypes argument points to."""
    return getattr(argument, "_obj", argument)


def _memory(thing):
    """The ctypes objects that a mechanism or a template leads to."""
    found, todo = [], [thing]
    while todo:
        item = todo.pop()
        if isinstance(item, (list, tuple)):
            todo += item
        elif isinstance(item, (ctypes.Structure, ctypes.Array)) and not any(item is one for one in found):
            found.append(item)
            todo += [getattr(item, held, None) for held in ("param", "buffer", "buffers", "held", "values")]
        elif isinstance(item, ctypes._SimpleCData):
            found.append(item)
    return found


class Spoiled:
    """For the time of a block, the memory behind some arguments holds something else."""

    def __init__(self, arguments):
        self.memory = [one for argument in arguments for one in _memory(_target(argument))]
        self.before = []

    def __enter__(self):
        for one in self.memory:
            size = ctypes.sizeof(one)
            self.before.append(ctypes.string_at(ctypes.addressof(one), size))
            ctypes.memset(ctypes.addressof(one), 0xEE, size)

    def __exit__(self, *failure):
        for one, was in zip(self.memory, self.before):
            ctypes.memmove(ctypes.addressof(one), was, len(was))


def _mutable(argument):
    return ctypes.create_string_buffer(argument, len(argument)) if isinstance(argument, bytes) else argument


class Module(p11.Module):
    """Counts in `pending` the calls that were."""

    def __init__(self, path):
        self.pending = 0
        super().__init__(path)
        for name, (_, parameters) in p11.FUNCTIONS.items():
            kinds = [part.split()[0] for part in parameters.split(", ")]
            if kinds[0] != "CK_SESSION_HANDLE" or name.startswith("C_Async"):
                continue
            function = self._completing(name, kinds, getattr(self, name))
            setattr(self, name, function)
            setattr(self, name[2:], self._checked(name, function))

    def _completing(self, name, kinds, function):
        def call(*args):
            args = [_mutable(argument) for argument in args]
            got = function(*args)
            if got != p11.CKR_PENDING:
                return got
            self.pending += 1
            outputs = [kind in OUTPUT or kinds[i + 1 : i + 2] == ["CK_ULONG_PTR"] for i, kind in enumerate(kinds)]
            result = AsyncData()
            with Spoiled([one for one, is_output in zip(args, outputs) if not is_output]):
                got = complete(self, args[0], name, result)
            if got == p11.CKR_OK:
                _give(kinds, args, result)
            return got

        return call


def _give(kinds, args, result):
    handles = [result.hObject, result.hAdditionalObject]
    for kind, argument in zip(kinds, args):
        if kind == "CK_ULONG_PTR":
            _target(argument).value = result.ulValue
        elif kind == "CK_OBJECT_HANDLE_PTR":
            _target(argument).value = handles.pop(0)


def install():
    """From now on, all sessions of p11.Module are asynchronous."""
    p11.Module = Module
    p11.CKF_SERIAL_SESSION |= p11.CKF_ASYNC_SESSION


if os.environ.get("PQHW_ASYNC"):
    install()
