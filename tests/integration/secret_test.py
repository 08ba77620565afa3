#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Secret keys through the module, against another implementation (Python's cryptography)."""

import ctypes
import hashlib
import hmac
import os
import threading

from cryptography.hazmat.primitives import hashes, keywrap
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.cmac import CMAC

import p11
from harness import *  # noqa: F403

NONE = "CKR_OPERATION_NOT_INITIALIZED"
IV = bytes(range(16))
NONCE = bytes(range(12))

HASHES = {
    "SHA_1": "sha1",
    "SHA224": "sha224",
    "SHA256": "sha256",
    "SHA384": "sha384",
    "SHA512": "sha512",
    "SHA512_224": "sha512_224",
    "SHA512_256": "sha512_256",
    "SHA3_224": "sha3_224",
    "SHA3_256": "sha3_256",
    "SHA3_384": "sha3_384",
    "SHA3_512": "sha3_512",
}


def secret(session, kind, value, **more):
    return session.create(
        {
            p11.CKA_CLASS: p11.CKO_SECRET_KEY,
            p11.CKA_KEY_TYPE: kind,
            p11.CKA_VALUE: value,
            **{getattr(p11, name): what for name, what in more.items()},
        }
    )


def aes(session, length=32, **more):
    value = os.urandom(length)
    return value, secret(session, p11.CKK_AES, value, **more)


def classic(algorithm, mode, data):
    encryptor = Cipher(algorithm, mode).encryptor()
    return encryptor.update(data) + encryptor.finalize()


def pad(data):
    missing = 16 - len(data) % 16
    return data + bytes([missing]) * missing


def pieces(data, size):
    return [data[at : at + size] for at in range(0, len(data), size)] or [b""]


class Mode:
    """A mechanism, its parameter, and what another implementation makes of a plaintext."""

    def __init__(self, name, lengths, reference, param=None, key_type=p11.CKK_AES, keys=(16, 24, 32)):
        self.kind = getattr(p11, name)
        self.name = name
        self.lengths = lengths
        self.reference = reference
        self.param = param or (lambda text_len: None)
        self.key_type = key_type
        self.keys = keys


BLOCKS = (0, 16, 32, 48, 1024)
ANY = (0, 1, 15, 16, 17, 31, 32, 33, 1000)

MODES = [
    Mode("CKM_AES_ECB", BLOCKS, lambda k, m: classic(algorithms.AES(k), modes.ECB(), m)),
    Mode("CKM_AES_CBC", BLOCKS, lambda k, m: classic(algorithms.AES(k), modes.CBC(IV), m), lambda n: IV),
    Mode(
        "CKM_AES_CBC_PAD",
        ANY,
        lambda k, m: classic(algorithms.AES(k), modes.CBC(IV), pad(m)),
        lambda n: IV,
    ),
    Mode(
        "CKM_AES_CTR", ANY, lambda k, m: classic(algorithms.AES(k), modes.CTR(IV), m), lambda n: p11.ctr(IV)
    ),
    Mode(
        "CKM_AES_XTS",
        (16, 17, 31, 32, 33, 512),
        lambda k, m: classic(algorithms.AES(k), modes.XTS(IV), m),
        lambda n: IV,
        p11.CKK_AES_XTS,
        (32, 64),
    ),
    Mode(
        "CKM_AES_GCM",
        ANY,
        lambda k, m: AESGCM(k).encrypt(NONCE, m, b"header"),
        lambda n: p11.gcm(NONCE, b"header"),
    ),
    Mode(
        "CKM_AES_CCM",
        ANY,
        lambda k, m: AESCCM(k, 8).encrypt(NONCE, m, b"header"),
        lambda n: p11.ccm(n, NONCE, b"header", 8),
    ),
    Mode(
        "CKM_CHACHA20",
        ANY,
        lambda k, m: classic(algorithms.ChaCha20(k, b"\7\0\0\0" + NONCE), None, m),
        lambda n: p11.chacha20(b"\7\0\0\0", NONCE),
        p11.CKK_CHACHA20,
        (32,),
    ),
    Mode(
        "CKM_CHACHA20_POLY1305",
        ANY,
        lambda k, m: ChaCha20Poly1305(k).encrypt(NONCE, m, b"header"),
        lambda n: p11.chacha20_poly1305(NONCE, b"header"),
        p11.CKK_CHACHA20,
        (32,),
    ),
]
WRAPS = [
    Mode("CKM_AES_KEY_WRAP", (16, 24, 1024), keywrap.aes_key_wrap),
    Mode("CKM_AES_KEY_WRAP_KWP", (1, 7, 8, 9, 16, 1001), keywrap.aes_key_wrap_with_padding),
]
TAGGED = [mode for mode in MODES if mode.name.endswith(("GCM", "CCM", "POLY1305"))]


# ------------------------------------------------------------------------------- encryption


def test_encryption_agrees_with_another_implementation():
    _, session = user_session()
    for mode in MODES + WRAPS:
        for key_len in mode.keys:
            value = os.urandom(key_len)
            key = secret(session, mode.key_type, value)
            for length in mode.lengths:
                message = os.urandom(length)
                expected = mode.reference(value, message)
                what = f"{mode.name} {key_len} {length}"
                equal(session.encrypt(key, message, mode.kind, mode.param(length)), expected, what)
                equal(session.decrypt(key, expected, mode.kind, mode.param(length)), message, what)


def test_parts_are_what_the_whole_is():
    _, session = user_session()
    for mode in MODES:
        value = os.urandom(mode.keys[-1])
        key = secret(session, mode.key_type, value)
        message = os.urandom(80)
        expected = mode.reference(value, message)
        param = mode.param(80)
        for size in (1, 2, 3, 5, 15, 16, 17, 32, 33, 79, 80):
            got = session.encrypt_parts(key, pieces(message, size), mode.kind, param)
            equal(got, expected, f"{mode.name} in parts of {size}")
            got = session.decrypt_parts(key, pieces(expected, size), mode.kind, param)
            equal(got, message, f"{mode.name} in parts of {size}")
        for at in range(81):
            got = session.encrypt_parts(key, [message[:at], message[at:]], mode.kind, param)
            equal(got, expected, f"{mode.name} split at {at}")


def crypt_at(session, start, update, finish, key, mode, parts, length):
    """Every part's output goes where the part was, or right behind what came out before it."""
    m, handle = session.m, session.handle
    data = b"".join(parts)
    memory = (ctypes.c_ubyte * (len(data) + 64)).from_buffer_copy(data + bytes(64))
    base, read, written = ctypes.addressof(memory), 0, 0
    start(handle, ctypes.byref(p11.mechanism(mode.kind, mode.param(length))), key)
    for part in parts:
        room = ctypes.c_ulong(len(data) + 64 - written)
        update(handle, base + read, len(part), base + written, ctypes.byref(room))
        read, written = read + len(part), written + room.value
    room = ctypes.c_ulong(64)
    if finish is not None:
        room.value = len(data) + 64 - written
        finish(handle, base + written, ctypes.byref(room))
        written += room.value
    return bytes(memory[:written])


def test_output_may_take_the_place_of_the_input():
    _, session = user_session()
    m = session.m
    for mode in MODES:
        value = os.urandom(mode.keys[-1])
        key = secret(session, mode.key_type, value)
        message = os.urandom(96)
        expected = mode.reference(value, message)
        forth = (m.EncryptInit, m.EncryptUpdate, m.EncryptFinal)
        back = (m.DecryptInit, m.DecryptUpdate, m.DecryptFinal)
        for size in (7, 16, 33, 96):
            what = f"{mode.name} in place, {size}"
            got = crypt_at(session, *forth, key, mode, pieces(message, size), 96)
            equal(got, expected, what)
            got = crypt_at(session, *back, key, mode, pieces(expected, size), 96)
            equal(got, message, what)
        got = crypt_at(session, m.EncryptInit, m.Encrypt, None, key, mode, [message], 96)
        equal(got, expected, mode.name)
        got = crypt_at(session, m.DecryptInit, m.Decrypt, None, key, mode, [expected], 96)
        equal(got, message, mode.name)


def start(session, function, key, mode, length):
    how = p11.mechanism(mode.kind, mode.param(length))
    return getattr(session.m, function)(session.handle, ctypes.byref(how), key)


def raw(session, function, data, room, buffer):
    length = ctypes.c_ulong(room)
    data_args = () if data is None else (data, len(data))
    got = getattr(session.m, function)(session.handle, *data_args, buffer, ctypes.byref(length))
    return p11.rv_name(got), length.value


def test_tampering_is_found_and_nothing_is_given():
    _, session = user_session()
    for mode in TAGGED + WRAPS:
        value = os.urandom(32)
        key = secret(session, mode.key_type, value)
        message = os.urandom(24)
        good = mode.reference(value, message)
        buffer = ctypes.create_string_buffer(64)
        for bit in range(0, 8 * len(good), 5):
            buffer.raw = bytes(64)
            bad = flipped(good, bit)
            rv(start(session, "C_DecryptInit", key, mode, 24), "CKR_OK")
            equal(raw(session, "C_Decrypt", bad, 64, buffer)[0], "CKR_ENCRYPTED_DATA_INVALID", mode.name)
            equal(buffer.raw, bytes(64), "nothing was given")
            equal(raw(session, "C_Decrypt", good, 64, buffer)[0], NONE, "it is over")
        if mode in WRAPS:
            continue
        rv(start(session, "C_DecryptInit", key, mode, 24), "CKR_OK")
        for part in pieces(flipped(good, 3), 9):
            equal(raw(session, "C_DecryptUpdate", part, 64, buffer), ("CKR_OK", 0), "nothing yet")
        equal(raw(session, "C_DecryptFinal", None, 64, buffer)[0], "CKR_ENCRYPTED_DATA_INVALID")
        equal(buffer.raw, bytes(64), "nothing was given")


def test_another_header_nonce_or_key_is_found():
    _, session = user_session()
    value, key = aes(session)
    _, other = aes(session)
    good = AESGCM(value).encrypt(NONCE, b"message", b"header")
    for param, by in (
        (p11.gcm(NONCE, b"Header"), key),
        (p11.gcm(NONCE), key),
        (p11.gcm(NONCE[::-1], b"header"), key),
        (p11.gcm(NONCE, b"header"), other),
    ):
        raises("CKR_ENCRYPTED_DATA_INVALID", session.decrypt, by, good, p11.CKM_AES_GCM, param)
    # a tag of another length is another tag
    short = good[:-4]
    equal(session.decrypt(key, short, p11.CKM_AES_GCM, p11.gcm(NONCE, b"header", 96)), b"message")
    raises(
        "CKR_ENCRYPTED_DATA_INVALID",
        session.decrypt,
        key,
        short,
        p11.CKM_AES_GCM,
        p11.gcm(NONCE, b"header"),
    )


def test_bad_padding_has_one_answer():
    _, session = user_session()
    value, key = aes(session)
    blocks = [
        bytes(16),
        bytes(15) + b"\x11",
        b"\x11" * 16,
        bytes(14) + b"\1\2",
        bytes(13) + b"\3\2\3",
        b"\x0f" + b"\x10" * 15,
        b"\xff" * 16,
    ]
    buffer = ctypes.create_string_buffer(64)
    for block in blocks:
        bad = classic(algorithms.AES(value), modes.CBC(IV), bytes(16) + block)
        for room in (16, 31, 32, 64):
            how = p11.mechanism(p11.CKM_AES_CBC_PAD, IV)
            session.m.DecryptInit(session.handle, ctypes.byref(how), key)
            buffer.raw = bytes(64)
            equal(raw(session, "C_Decrypt", bad, room, buffer)[0], "CKR_ENCRYPTED_DATA_INVALID")
            equal(buffer.raw, bytes(64), "nothing was given")
    for length in range(17):
        message = os.urandom(length)
        good = session.encrypt(key, message, p11.CKM_AES_CBC_PAD, IV)
        equal(session.decrypt(key, good, p11.CKM_AES_CBC_PAD, IV), message)


def test_wrong_lengths():
    _, session = user_session()
    wrong = {
        "CKM_AES_ECB": ((1, 15, 17), (1, 15, 17)),
        "CKM_AES_CBC": ((1, 15, 17), (1, 15, 17)),
        "CKM_AES_CBC_PAD": ((), (0, 1, 15, 17, 31)),
        "CKM_AES_XTS": ((0, 1, 15, (16 << 20) + 1), (0, 1, 15)),
        "CKM_AES_GCM": ((), (0, 1, 15)),
        "CKM_AES_CCM": ((), (0, 1, 7)),
        "CKM_CHACHA20_POLY1305": ((), (0, 1, 15)),
        "CKM_AES_KEY_WRAP": ((0, 8, 15, 17), (0, 8, 16, 25)),
        "CKM_AES_KEY_WRAP_KWP": ((0,), (0, 8, 17)),
    }
    buffer = ctypes.create_string_buffer((16 << 20) + 64)
    for mode in MODES + WRAPS:
        key = secret(session, mode.key_type, os.urandom(mode.keys[-1]))
        for direction, lengths, expected in zip(
            ("Encrypt", "Decrypt"),
            wrong.get(mode.name, ((), ())),
            ("CKR_DATA_LEN_RANGE", "CKR_ENCRYPTED_DATA_LEN_RANGE"),
        ):
            for length in lengths:
                rv(start(session, f"C_{direction}Init", key, mode, length), "CKR_OK")
                got = raw(session, f"C_{direction}", bytes(length), len(buffer), buffer)
                equal(got[0], expected, f"{mode.name} {direction} {length}")
                equal(raw(session, f"C_{direction}", b"", 0, buffer)[0], NONE, "it is over")
    _, key = aes(session)
    raises(
        "CKR_DATA_LEN_RANGE", session.encrypt, key, b"five!", p11.CKM_AES_CCM, p11.ccm(6, NONCE)
    )
    raises(
        "CKR_DATA_LEN_RANGE",
        session.encrypt_parts,
        key,
        [b"a", b"b" * 15, b"c"],
        p11.CKM_AES_CBC,
        IV,
    )


def test_counters_do_not_overflow():
    _, session = user_session()
    value, key = aes(session)
    block = bytes(15) + b"\1"
    message = os.urandom(48)
    param = p11.ctr(block, 2)  # 1, 2, 3
    expected = classic(algorithms.AES(value), modes.CTR(block), message)
    equal(session.encrypt(key, message, p11.CKM_AES_CTR, param), expected)
    raises("CKR_DATA_LEN_RANGE", session.encrypt, key, message + b"x", p11.CKM_AES_CTR, param)
    parts = [message, b"x"]
    raises("CKR_DATA_LEN_RANGE", session.encrypt_parts, key, parts, p11.CKM_AES_CTR, param)
    last = p11.ctr(b"\xff" * 16, 128)
    session.encrypt(key, bytes(16), p11.CKM_AES_CTR, last)
    raises("CKR_DATA_LEN_RANGE", session.encrypt, key, bytes(17), p11.CKM_AES_CTR, last)
    zero = p11.ctr(bytes(16), 1)
    session.encrypt(key, bytes(32), p11.CKM_AES_CTR, zero)
    raises("CKR_DATA_LEN_RANGE", session.encrypt, key, bytes(33), p11.CKM_AES_CTR, zero)

    value = os.urandom(32)
    key = secret(session, p11.CKK_CHACHA20, value)
    end = p11.chacha20(b"\xff\xff\xff\xff", NONCE)
    session.encrypt(key, bytes(64), p11.CKM_CHACHA20, end)
    raises("CKR_DATA_LEN_RANGE", session.encrypt, key, bytes(65), p11.CKM_CHACHA20, end)
    # the original's counter of 64 bits carries on
    counter, nonce = b"\xff\xff\xff\xff\0\0\0\0", bytes(8)
    expected = classic(algorithms.ChaCha20(value, counter + nonce), None, bytes(64))
    after = classic(algorithms.ChaCha20(value, b"\0\0\0\0\1\0\0\0" + nonce), None, bytes(64))
    got = session.encrypt(key, bytes(128), p11.CKM_CHACHA20, p11.chacha20(counter, nonce))
    equal(got, expected + after)


# ------------------------------------------------------------------------------- the convention


def test_lengths_are_asked_and_room_is_checked():
    _, session = user_session()
    buffer = ctypes.create_string_buffer(256)
    for mode in MODES + WRAPS:
        value = os.urandom(mode.keys[-1])
        key = secret(session, mode.key_type, value)
        message = os.urandom(32)
        good = mode.reference(value, message)
        for direction, data, out in (("Encrypt", message, good), ("Decrypt", good, message)):
            what = f"{mode.name} {direction}"
            rv(start(session, f"C_{direction}Init", key, mode, 32), "CKR_OK")
            got, length = raw(session, f"C_{direction}", data, 0, None)
            equal(got, "CKR_OK", what)
            check(len(out) <= length <= len(out) + 15, what)
            for room in (0, 1, len(out) - 1):
                buffer.raw = bytes(256)
                got, length = raw(session, f"C_{direction}", data, room, buffer)
                equal(got, "CKR_BUFFER_TOO_SMALL", what)
                check(len(out) <= length <= len(out) + 15, what)
                equal(buffer.raw, bytes(256), "nothing was written")
            equal(raw(session, f"C_{direction}", data, len(out), buffer), ("CKR_OK", len(out)), what)
            equal(buffer.raw[: len(out)], out, what)
            equal(raw(session, f"C_{direction}", data, 256, buffer)[0], NONE, what)


def test_room_is_checked_in_parts():
    _, session = user_session()
    value, key = aes(session)
    mode = MODES[2]
    equal(mode.name, "CKM_AES_CBC_PAD")
    message = os.urandom(40)
    good = mode.reference(value, message)
    buffer = ctypes.create_string_buffer(64)
    rv(start(session, "C_EncryptInit", key, mode, 40), "CKR_OK")
    equal(raw(session, "C_EncryptUpdate", message, 0, None), ("CKR_OK", 32))
    equal(raw(session, "C_EncryptUpdate", message, 31, buffer), ("CKR_BUFFER_TOO_SMALL", 32))
    equal(raw(session, "C_EncryptUpdate", message, 32, buffer), ("CKR_OK", 32))
    equal(buffer.raw[:32], good[:32])
    equal(raw(session, "C_EncryptFinal", None, 0, None), ("CKR_OK", 16))
    equal(raw(session, "C_EncryptFinal", None, 15, buffer), ("CKR_BUFFER_TOO_SMALL", 16))
    equal(raw(session, "C_EncryptFinal", None, 16, buffer), ("CKR_OK", 16))
    equal(buffer.raw[:16], good[32:])
    equal(raw(session, "C_EncryptFinal", None, 16, buffer)[0], NONE)

    rv(start(session, "C_DecryptInit", key, mode, 40), "CKR_OK")
    equal(raw(session, "C_DecryptUpdate", good, 64, buffer), ("CKR_OK", 32))
    equal(buffer.raw[:32], message[:32])
    equal(raw(session, "C_DecryptFinal", None, 7, buffer), ("CKR_BUFFER_TOO_SMALL", 8))
    equal(raw(session, "C_DecryptFinal", None, 8, buffer), ("CKR_OK", 8))
    equal(buffer.raw[:8], message[32:])


def test_order_of_calls():
    _, session = user_session()
    _, key = aes(session)
    buffer = ctypes.create_string_buffer(64)
    mode = MODES[1]
    for direction in ("Encrypt", "Decrypt"):
        init, single, update, final = (
            f"C_{direction}{end}" for end in ("Init", "", "Update", "Final")
        )
        equal(raw(session, single, b"", 64, buffer)[0], NONE)
        equal(raw(session, update, b"", 64, buffer)[0], NONE)
        equal(raw(session, final, None, 64, buffer)[0], NONE)
        rv(start(session, init, key, mode, 0), "CKR_OK")
        rv(start(session, init, key, mode, 0), "CKR_OPERATION_ACTIVE")
        equal(raw(session, update, bytes(16), 64, buffer), ("CKR_OK", 16))
        equal(raw(session, single, bytes(16), 64, buffer)[0], "CKR_OPERATION_ACTIVE")
        equal(raw(session, final, None, 64, buffer)[0], NONE, "which ended it")
        rv(start(session, init, key, mode, 0), "CKR_OK")
        rv(getattr(session.m, init)(session.handle, None, 0), "CKR_OK")
        equal(raw(session, final, None, 64, buffer)[0], NONE, "cancelled")
        rv(start(session, init, key, mode, 0), "CKR_OK")
        session.m.SessionCancel(session.handle, getattr(p11, f"CKF_{direction.upper()}"))
        equal(raw(session, final, None, 64, buffer)[0], NONE, "cancelled")
        rv(start(session, init, key, WRAPS[0], 0), "CKR_OK")
        equal(raw(session, update, bytes(16), 64, buffer)[0], NONE, "no parts")
        equal(raw(session, single, bytes(24), 64, buffer)[0], NONE, "which ended it")
        rv(start(session, init, key, mode, 0), "CKR_OK")
        length = ctypes.c_ulong(64)
        call = getattr(session.m, single)
        rv(call(session.handle, None, 16, buffer, ctypes.byref(length)), "CKR_ARGUMENTS_BAD")
        equal(raw(session, final, None, 64, buffer)[0], NONE, "which ended it")
        rv(start(session, init, key, mode, 0), "CKR_OK")
        rv(call(session.handle, b"", 0, buffer, None), "CKR_ARGUMENTS_BAD")
        equal(raw(session, final, None, 64, buffer)[0], NONE, "which ended it")


def test_all_operations_at_once():
    _, session = user_session()
    value, key = aes(session)
    other_value, other = aes(session)
    generic_value = os.urandom(20)
    generic = secret(session, p11.CKK_GENERIC_SECRET, generic_value)
    buffer = ctypes.create_string_buffer(64)
    m, handle = session.m, session.handle
    message = os.urandom(48)
    cipher = AESGCM(other_value).encrypt(NONCE, message, b"header")
    rv(start(session, "C_EncryptInit", key, MODES[3], 48), "CKR_OK")
    rv(start(session, "C_DecryptInit", other, MODES[5], 48), "CKR_OK")
    m.SignInit(handle, ctypes.byref(p11.mechanism(p11.CKM_SHA256_HMAC)), generic)
    m.VerifyInit(handle, ctypes.byref(p11.mechanism(p11.CKM_AES_CMAC)), key)
    m.DigestInit(handle, ctypes.byref(p11.mechanism(p11.CKM_SHA256)))
    got = b""
    for part, cipher_part in zip(pieces(message, 12), pieces(cipher, 16)):
        equal(raw(session, "C_EncryptUpdate", part, 64, buffer), ("CKR_OK", 12))
        got += buffer.raw[:12]
        equal(raw(session, "C_DecryptUpdate", cipher_part, 64, buffer), ("CKR_OK", 0))
        m.SignUpdate(handle, part, 12)
        m.VerifyUpdate(handle, part, 12)
        m.DigestUpdate(handle, part, 12)
    equal(got, MODES[3].reference(value, message))
    equal(raw(session, "C_DecryptFinal", None, 64, buffer), ("CKR_OK", 48))
    equal(buffer.raw[:48], message)
    length = ctypes.c_ulong(64)
    m.SignFinal(handle, buffer, ctypes.byref(length))
    equal(buffer.raw[: length.value], hmac.new(generic_value, message, "sha256").digest())
    mac = CMAC(algorithms.AES(value))
    mac.update(message)
    m.VerifyFinal(handle, mac.finalize(), 16)
    length = ctypes.c_ulong(64)
    m.DigestFinal(handle, buffer, ctypes.byref(length))
    equal(buffer.raw[:32], hashlib.sha256(message).digest())


# ------------------------------------------------------------------------------- parameters


def test_parameters():
    _, session = user_session()
    _, key = aes(session)
    chacha = secret(session, p11.CKK_CHACHA20, os.urandom(32))
    bad = "CKR_MECHANISM_PARAM_INVALID"

    def init(kind, param, expected=bad, by=key):
        how = p11.mechanism(kind, param)
        rv(session.m.C_EncryptInit(session.handle, ctypes.byref(how), by), expected, hex(kind))
        session.m.C_EncryptInit(session.handle, None, 0)

    for kind in (p11.CKM_AES_CBC, p11.CKM_AES_CBC_PAD):
        init(kind, None)
        for length in (1, 15, 17, 32):
            init(kind, bytes(length))
    init(p11.CKM_AES_ECB, IV)
    for kind in (p11.CKM_AES_CTR, p11.CKM_AES_GCM, p11.CKM_AES_CCM):
        init(kind, None)
        init(kind, bytes(7))
        init(kind, bytes(200))
    init(p11.CKM_AES_CTR, p11.ctr(IV, 0))
    init(p11.CKM_AES_CTR, p11.ctr(IV, 129))
    init(p11.CKM_AES_CTR, p11.ctr(IV, p11.UNAVAILABLE))
    init(p11.CKM_AES_GCM, p11.gcm(b""))
    init(p11.CKM_AES_GCM, p11.gcm(b"n" * 129))
    init(p11.CKM_AES_GCM, p11.gcm(NONCE, b"", 0))
    init(p11.CKM_AES_GCM, p11.gcm(NONCE, b"", 127))
    init(p11.CKM_AES_GCM, p11.gcm(NONCE, b"", 136))
    init(p11.CKM_AES_GCM, p11.gcm(b"n" * 128, b"", 96), "CKR_OK")
    init(p11.CKM_AES_CCM, p11.ccm(0, b"n" * 6))
    init(p11.CKM_AES_CCM, p11.ccm(0, b"n" * 14))
    init(p11.CKM_AES_CCM, p11.ccm(65536, b"n" * 13))
    init(p11.CKM_AES_CCM, p11.ccm(0, b"n" * 13, b"", 5))
    init(p11.CKM_CHACHA20, p11.chacha20(bytes(4), bytes(8)), bad, chacha)
    init(p11.CKM_CHACHA20, p11.chacha20(bytes(8), bytes(24)), bad, chacha)
    init(p11.CKM_CHACHA20_POLY1305, p11.chacha20_poly1305(bytes(8)), bad, chacha)
    # lengths without pointers, huge lengths
    for field, kind, param in (
        ("pIv", p11.CKM_AES_GCM, p11.gcm(NONCE, b"header")),
        ("pAAD", p11.CKM_AES_GCM, p11.gcm(NONCE, b"header")),
        ("pNonce", p11.CKM_AES_CCM, p11.ccm(1, NONCE, b"header")),
        ("pAAD", p11.CKM_AES_CCM, p11.ccm(1, NONCE, b"header")),
    ):
        setattr(param, field, None)
        init(kind, param)
    for field in ("ulIvLen", "ulAADLen", "ulTagBits"):
        for huge in (p11.UNAVAILABLE, 1 << 63, 1 << 48, 1 << 31):
            if (field, huge) == ("ulAADLen", 1 << 31):
                continue  # a program may say it has that much; it would be read
            param = p11.gcm(NONCE, b"header")
            setattr(param, field, huge)
            init(p11.CKM_AES_GCM, param)
    # misaligned
    param = p11.gcm(NONCE, b"header")
    memory = ctypes.create_string_buffer(ctypes.sizeof(param) + 1)
    ctypes.memmove(ctypes.addressof(memory) + 1, ctypes.addressof(param), ctypes.sizeof(param))
    how = p11.Mechanism(p11.CKM_AES_GCM, ctypes.addressof(memory) + 1, ctypes.sizeof(param))
    rv(session.m.C_EncryptInit(session.handle, ctypes.byref(how), key), "CKR_OK")


# ------------------------------------------------------------------------------- MACs


def test_hmac():
    _, session = user_session()
    for name, python in HASHES.items():
        full = getattr(p11, f"CKM_{name}_HMAC")
        general = getattr(p11, f"CKM_{name}_HMAC_GENERAL")
        own = getattr(p11, f"CKK_{name}_HMAC")
        for key_len in (1, 20, 64, 128, 144, 145, 200):
            value = os.urandom(key_len)
            message = os.urandom(100)
            expected = hmac.new(value, message, python).digest()
            for kind in (p11.CKK_GENERIC_SECRET, own):
                key = secret(session, kind, value)
                equal(session.sign(key, message, full), expected, name)
                equal(session.sign_parts(key, pieces(message, 7), full), expected, name)
                session.verify(key, message, expected, full)
                session.verify_signature(key, pieces(message, 30), expected, full)
                raises("CKR_SIGNATURE_INVALID", session.verify, key, message, flipped(expected), full)
                raises("CKR_SIGNATURE_LEN_RANGE", session.verify, key, message, expected[:-1], full)
        for length in (1, 10, len(expected)):
            got = session.sign(key, message, general, p11.mac_len(length))
            equal(got, expected[:length], name)
            session.verify(key, message, got, general, p11.mac_len(length))
        for length in (0, len(expected) + 1, p11.UNAVAILABLE):
            args = (key, message, general, p11.mac_len(length))
            raises("CKR_MECHANISM_PARAM_INVALID", session.sign, *args)


def test_cmac():
    _, session = user_session()
    for key_len in (16, 24, 32):
        value, key = aes(session, key_len)
        for length in (0, 1, 16, 17, 40, 64):
            message = os.urandom(length)
            mac = CMAC(algorithms.AES(value))
            mac.update(message)
            expected = mac.finalize()
            equal(session.sign(key, message, p11.CKM_AES_CMAC), expected)
            equal(session.sign_parts(key, pieces(message, 5), p11.CKM_AES_CMAC), expected)
            general = (p11.CKM_AES_CMAC_GENERAL, p11.mac_len(8))
            equal(session.sign(key, message, *general), expected[:8])
            session.verify(key, message, expected[:8], *general)
            bad = flipped(expected)
            raises("CKR_SIGNATURE_INVALID", session.verify, key, message, bad, p11.CKM_AES_CMAC)


# ------------------------------------------------------------------------------- keys


def test_generated_keys():
    _, session = user_session()
    kinds = [
        (p11.CKM_AES_KEY_GEN, p11.CKK_AES, (16, 24, 32)),
        (p11.CKM_AES_XTS_KEY_GEN, p11.CKK_AES_XTS, (32, 64)),
        (p11.CKM_CHACHA20_KEY_GEN, p11.CKK_CHACHA20, (32,)),
        (p11.CKM_GENERIC_SECRET_KEY_GEN, p11.CKK_GENERIC_SECRET, (1, 20, 32, 4096)),
    ]
    kinds += [
        (getattr(p11, f"CKM_{name}_KEY_GEN"), getattr(p11, f"CKK_{name}_HMAC"), (16, 64))
        for name in HASHES
    ]
    values = set()
    for mechanism, key_type, lengths in kinds:
        for length in lengths:
            key = session.generate_key(
                mechanism,
                {p11.CKA_VALUE_LEN: length, p11.CKA_SENSITIVE: False, p11.CKA_EXTRACTABLE: True},
            )
            value = session.get(key, p11.CKA_VALUE)
            equal(len(value), length)
            values.add(value)
            equal(session.get_number(key, p11.CKA_CLASS), p11.CKO_SECRET_KEY)
            equal(session.get_number(key, p11.CKA_KEY_TYPE), key_type)
            equal(session.get_number(key, p11.CKA_VALUE_LEN), length)
            equal(session.get_number(key, p11.CKA_KEY_GEN_MECHANISM), mechanism)
            check(session.get_bool(key, p11.CKA_LOCAL), "made here")
            check(not session.get_bool(key, p11.CKA_ALWAYS_SENSITIVE), "it is not sensitive")
            if key_type == p11.CKK_AES:
                block = classic(algorithms.AES(value), modes.ECB(), bytes(16))
                equal(session.get(key, p11.CKA_CHECK_VALUE), block[:3])
            else:
                equal(session.get(key, p11.CKA_CHECK_VALUE), hashlib.sha1(value).digest()[:3])
    equal(len(values), sum(len(lengths) for _, _, lengths in kinds))

    key = session.generate_key(p11.CKM_AES_KEY_GEN, {p11.CKA_VALUE_LEN: 32, p11.CKA_TOKEN: True})
    check(session.get_bool(key, p11.CKA_SENSITIVE), "sensitive by itself")
    check(session.get_bool(key, p11.CKA_ALWAYS_SENSITIVE), "always")
    check(session.get_bool(key, p11.CKA_NEVER_EXTRACTABLE), "never")
    raises("CKR_ATTRIBUTE_SENSITIVE", session.get, key, p11.CKA_VALUE)
    raises("CKR_TEMPLATE_INCOMPLETE", session.generate_key, p11.CKM_AES_KEY_GEN, {})
    for length in (0, 15, 33, p11.UNAVAILABLE):
        template = {p11.CKA_VALUE_LEN: length}
        raises("CKR_ATTRIBUTE_VALUE_INVALID", session.generate_key, p11.CKM_AES_KEY_GEN, template)
    template = {p11.CKA_VALUE_LEN: 16, p11.CKA_KEY_TYPE: p11.CKK_CHACHA20}
    raises("CKR_TEMPLATE_INCONSISTENT", session.generate_key, p11.CKM_AES_KEY_GEN, template)
    template = {p11.CKA_VALUE_LEN: 16, p11.CKA_VALUE: bytes(16)}
    raises("CKR_TEMPLATE_INCONSISTENT", session.generate_key, p11.CKM_AES_KEY_GEN, template)
    raises("CKR_MECHANISM_INVALID", session.generate_key, p11.CKM_AES_GCM, {p11.CKA_VALUE_LEN: 16})


def test_check_values():
    _, session = user_session()
    value = bytes(16)
    block = classic(algorithms.AES(value), modes.ECB(), bytes(16))
    key = secret(session, p11.CKK_AES, value, CKA_CHECK_VALUE=block[:3])
    equal(session.get(key, p11.CKA_CHECK_VALUE), block[:3])
    for wrong in (flipped(block[:3]), block[:2], block[:4]):
        with_it = {"CKA_CHECK_VALUE": wrong}
        raises("CKR_ATTRIBUTE_VALUE_INVALID", secret, session, p11.CKK_AES, value, **with_it)
    key = secret(session, p11.CKK_AES, value, CKA_CHECK_VALUE=b"")
    equal(session.get(key, p11.CKA_CHECK_VALUE), b"")
    raises("CKR_ATTRIBUTE_VALUE_INVALID", secret, session, p11.CKK_AES_XTS, b"half" * 16)


def test_keys_do_what_they_are_for():
    _, session = user_session()
    _, key = aes(session, CKA_ENCRYPT=False)
    raises("CKR_KEY_FUNCTION_NOT_PERMITTED", session.encrypt, key, b"", p11.CKM_AES_ECB)
    session.decrypt(key, bytes(16), p11.CKM_AES_ECB)
    _, key = aes(session, CKA_DECRYPT=False, CKA_SIGN=False)
    session.encrypt(key, bytes(16), p11.CKM_AES_ECB)
    raises("CKR_KEY_FUNCTION_NOT_PERMITTED", session.decrypt, key, bytes(16), p11.CKM_AES_ECB)
    raises("CKR_KEY_FUNCTION_NOT_PERMITTED", session.sign, key, b"", p11.CKM_AES_CMAC)
    _, key = aes(session, CKA_ALLOWED_MECHANISMS=[p11.CKM_AES_GCM])
    raises("CKR_MECHANISM_INVALID", session.encrypt, key, bytes(16), p11.CKM_AES_ECB)
    session.encrypt(key, bytes(16), p11.CKM_AES_GCM, p11.gcm(NONCE))
    generic = secret(session, p11.CKK_GENERIC_SECRET, bytes(32))
    raises("CKR_KEY_TYPE_INCONSISTENT", session.encrypt, generic, b"", p11.CKM_AES_ECB)
    raises("CKR_KEY_TYPE_INCONSISTENT", session.sign, key, b"", p11.CKM_SHA256_HMAC)
    own = secret(session, p11.CKK_SHA384_HMAC, bytes(32))
    raises("CKR_KEY_TYPE_INCONSISTENT", session.sign, own, b"", p11.CKM_SHA256_HMAC)
    public, private = dsa_pair(session)
    for pair_key in (public, private):
        raises("CKR_KEY_TYPE_INCONSISTENT", session.encrypt, pair_key, b"", p11.CKM_AES_ECB)
        raises("CKR_KEY_TYPE_INCONSISTENT", session.sign, pair_key, b"", p11.CKM_SHA256_HMAC)
    raises("CKR_KEY_TYPE_INCONSISTENT", session.sign, generic, b"", p11.CKM_ML_DSA)
    raises("CKR_KEY_HANDLE_INVALID", session.encrypt, 12345, b"", p11.CKM_AES_ECB)
    for kind in (p11.CKM_AES_CMAC, p11.CKM_AES_KEY_GEN, p11.CKM_SHA256, p11.CKM_ML_DSA):
        raises("CKR_MECHANISM_INVALID", session.encrypt, key, b"", kind)


def test_shared_secrets_are_keys():
    _, session = user_session()
    public, private = kem_pair(session)
    asked = {p11.CKA_KEY_TYPE: p11.CKK_AES, p11.CKA_SENSITIVE: True}
    ciphertext, ours = session.encapsulate(public, asked)
    theirs = session.decapsulate(private, ciphertext, asked)
    sealed = session.encrypt(ours, b"message", p11.CKM_AES_GCM, p11.gcm(NONCE))
    equal(session.decrypt(theirs, sealed, p11.CKM_AES_GCM, p11.gcm(NONCE)), b"message")
    equal(session.get(ours, p11.CKA_CHECK_VALUE), session.get(theirs, p11.CKA_CHECK_VALUE))
    ciphertext, ours = session.encapsulate(public, {})
    theirs = session.decapsulate(private, ciphertext, {})
    tag = session.sign(ours, b"message", p11.CKM_SHA256_HMAC)
    session.verify(theirs, b"message", tag, p11.CKM_SHA256_HMAC)


def test_public_keys_need_no_login():
    module, session = user_session()
    value, key = aes(session, CKA_PRIVATE=False)
    _, private = aes(session)
    sealed = session.encrypt(key, bytes(16), p11.CKM_AES_ECB)
    rv(start(session, "C_EncryptInit", private, MODES[3], 0), "CKR_OK")
    session.logout()
    equal(session.decrypt(key, sealed, p11.CKM_AES_ECB), bytes(16))
    buffer = ctypes.create_string_buffer(16)
    got = raw(session, "C_EncryptUpdate", bytes(4), 16, buffer)[0]
    check(got in ("CKR_USER_NOT_LOGGED_IN", NONE), got)
    equal(buffer.raw, bytes(16), "nothing was given")
    raises("CKR_KEY_HANDLE_INVALID", session.encrypt, private, b"", p11.CKM_AES_ECB)
    public = {p11.CKA_VALUE_LEN: 16, p11.CKA_PRIVATE: False}
    made = session.generate_key(p11.CKM_AES_KEY_GEN, public)
    session.encrypt(made, bytes(16), p11.CKM_AES_ECB)
    mine = {p11.CKA_VALUE_LEN: 16}
    raises("CKR_USER_NOT_LOGGED_IN", session.generate_key, p11.CKM_AES_KEY_GEN, mine)


def test_token_keys_last():
    module, session = user_session()
    value, key = aes(session, CKA_TOKEN=True, CKA_LABEL="kept")
    sealed = session.encrypt(key, b"message", p11.CKM_AES_GCM, p11.gcm(NONCE))
    module.Finalize(None)
    module.Initialize(None)
    session = module.session(module.slot_of(LABEL))
    session.login(USER_PIN)
    (key,) = session.find({p11.CKA_LABEL: "kept"})
    equal(session.decrypt(key, sealed, p11.CKM_AES_GCM, p11.gcm(NONCE)), b"message")


# ------------------------------------------------------------------------------- threads and forks


def test_one_key_in_many_threads():
    module, session = user_session()
    value, key = aes(session, CKA_TOKEN=True)
    generic = secret(session, p11.CKK_GENERIC_SECRET, value, CKA_TOKEN=True)
    failures = []

    def work(number):
        try:
            mine = module.session(session.slot)
            for turn in range(100):
                message = bytes([number]) * (turn + 1)
                nonce = bytes([number, turn]) + bytes(10)
                sealed = mine.encrypt(key, message, p11.CKM_AES_GCM, p11.gcm(nonce))
                equal(sealed, AESGCM(value).encrypt(nonce, message, b""))
                equal(mine.decrypt(key, sealed, p11.CKM_AES_GCM, p11.gcm(nonce)), message)
                tag = mine.sign(generic, message, p11.CKM_SHA256_HMAC)
                equal(tag, hmac.new(value, message, "sha256").digest())
        except BaseException as failure:  # noqa: B902 - it is reported
            failures.append(failure)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    equal(failures, [])


def test_a_child_is_not_initialised():
    module, session = user_session()
    value, key = aes(session)
    rv(start(session, "C_EncryptInit", key, MODES[3], 0), "CKR_OK")

    def child():
        buffer = ctypes.create_string_buffer(16)
        got = raw(session, "C_EncryptUpdate", b"x", 16, buffer)[0]
        equal(got, "CKR_CRYPTOKI_NOT_INITIALIZED")
        module.Initialize(None)
        equal(raw(session, "C_EncryptUpdate", b"x", 16, buffer)[0], "CKR_SESSION_HANDLE_INVALID")

    in_child(child)
    buffer = ctypes.create_string_buffer(16)
    equal(raw(session, "C_EncryptUpdate", b"x", 16, buffer), ("CKR_OK", 1))
    equal(buffer.raw[:1], MODES[3].reference(value, b"x"))


if __name__ == "__main__":
    main(globals())
