#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The function lists of the three versions, and the module's symbols."""

import ctypes
import subprocess

import p11
from harness import *  # noqa: F403

COUNTS = {(2, 40): 68, (3, 0): 92, (3, 2): 104}


def version_of(pointer):
    version = ctypes.cast(pointer, ctypes.POINTER(p11.STRUCTURES["CK_VERSION"])).contents
    return version.major, version.minor


def functions_of(pointer, count):
    """The addresses in a function list: they begin, aligned, after the version."""
    array = ctypes.cast(pointer + ctypes.sizeof(ctypes.c_void_p), ctypes.POINTER(ctypes.c_void_p))
    return array[:count]


def interface(module, name=None, version=None, flags=0):
    found = ctypes.POINTER(p11.Interface)()
    wanted = p11.STRUCTURES["CK_VERSION"](*version) if version else None
    args = (name, ctypes.byref(wanted) if wanted else None, ctypes.byref(found), flags)
    return module.C_GetInterface(*args), found


def test_interfaces_are_listed():
    module = p11.Module(MODULE)
    count = ctypes.c_ulong()
    rv(module.C_GetInterfaceList(None, None), "CKR_ARGUMENTS_BAD")
    rv(module.C_GetInterfaceList(None, ctypes.byref(count)), "CKR_OK")
    equal(count.value, 3)
    array = (p11.Interface * 3)()
    count.value = 2
    rv(module.C_GetInterfaceList(array, ctypes.byref(count)), "CKR_BUFFER_TOO_SMALL")
    equal(count.value, 3)
    rv(module.C_GetInterfaceList(array, ctypes.byref(count)), "CKR_OK")
    equal({entry.name for entry in array}, {b"PKCS 11"})
    equal({version_of(entry.functions) for entry in array}, set(COUNTS))
    equal({entry.flags for entry in array}, {0})


def test_each_list_is_the_beginning_of_the_next():
    module = p11.Module(MODULE)
    exported = [ctypes.cast(getattr(module, name), ctypes.c_void_p).value for name in p11.FUNCTIONS]
    for version, number in COUNTS.items():
        got, found = interface(module, b"PKCS 11", version)
        rv(got, "CKR_OK", f"C_GetInterface {version}")
        equal(
            functions_of(found.contents.functions, number),
            exported[:number],
            f"functions {version}",
        )
    plain = ctypes.c_void_p()
    rv(module.C_GetFunctionList(ctypes.byref(plain)), "CKR_OK")
    equal(version_of(plain.value), (2, 40))
    equal(functions_of(plain.value, 68), exported[:68])
    rv(module.C_GetFunctionList(None), "CKR_ARGUMENTS_BAD")


def test_interfaces_are_chosen():
    module = p11.Module(MODULE)
    for name in (None, b"PKCS 11"):
        got, found = interface(module, name)
        rv(got, "CKR_OK")
        equal(version_of(found.contents.functions), (3, 2), "default version")
    for args in (
        (b"PKCS 12",),
        (b"",),
        (b"PKCS 11", (3, 1)),
        (b"PKCS 11", (2, 20)),
        (None, (9, 9)),
        (b"PKCS 11", None, p11.CKF_INTERFACE_FORK_SAFE),
    ):
        rv(interface(module, *args)[0], "CKR_FUNCTION_FAILED", f"C_GetInterface{args}")
    rv(module.C_GetInterface(None, None, None, 0), "CKR_ARGUMENTS_BAD")


def test_library_information():
    init_device()
    info = load().info("C_GetInfo")
    equal((info.cryptokiVersion.major, info.cryptokiVersion.minor), (3, 2))
    equal(p11.text(info.manufacturerID), "pqhw")
    equal(info.flags, 0)


def test_only_the_standard_is_exported():
    done = subprocess.run(
        ["nm", "-D", "--defined-only", MODULE], check=True, capture_output=True, text=True
    )
    symbols = {line.split()[-1] for line in done.stdout.splitlines()}
    equal(symbols - set(p11.FUNCTIONS), set(), "symbols that should not show")
    equal(set(p11.FUNCTIONS) - symbols, set(), "functions that are missing")


if __name__ == "__main__":
    main(globals())
