#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Encryption with secret keys through the module, against another implementation."""

import ctypes
import hashlib
import hmac
import os

from cryptography.hazmat.primitives.ciphers import algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.cmac import CMAC

import p11
from ciphers import *  # noqa: F403
from harness import *  # noqa: F403


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




def test_a_part_may_be_replaced_by_more_than_it():
    """What was held comes out in front, over what is still to be read."""
    _, session = user_session()
    m, handle = session.m, session.handle
    for mode in MODES:
        value = os.urandom(mode.keys[-1])
        key = secret(session, mode.key_type, value)
        message = os.urandom(96)
        expected = mode.reference(value, message)
        for direction, data, wanted in (("Encrypt", message, expected), ("Decrypt", expected, message)):
            update, finish = getattr(m, f"{direction}Update"), getattr(m, f"{direction}Final")
            rv(start(session, f"C_{direction}Init", key, mode, 96), "CKR_OK")
            got = b""
            for part in pieces(data, 41):
                memory = (ctypes.c_ubyte * 160).from_buffer_copy(part.ljust(160, b"-"))
                room = ctypes.c_ulong(160)
                update(handle, memory, len(part), memory, ctypes.byref(room))
                got += bytes(memory[: room.value])
            room = ctypes.c_ulong(160)
            finish(handle, memory, ctypes.byref(room))
            equal(got + bytes(memory[: room.value]), wanted, f"{mode.name} {direction}")


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


if __name__ == "__main__":
    main(globals())
