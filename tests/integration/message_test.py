#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Message-based encryption and signatures, and operations in pairs; checked against Python's cryptography."""

import ctypes
import hashlib
import os

from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM, ChaCha20Poly1305

import p11
from ciphers import IV, aes, secret
from harness import *  # noqa: F403

GCM, CCM, CHACHA = p11.CKM_AES_GCM, p11.CKM_AES_CCM, p11.CKM_CHACHA20_POLY1305
NONE, ACTIVE, PARAM = "CKR_OPERATION_NOT_INITIALIZED", "CKR_OPERATION_ACTIVE", "CKR_MECHANISM_PARAM_INVALID"
END = p11.CKF_END_OF_MESSAGE
NO_GENERATE, GENERATE, COUNTER, RANDOM, COUNTER_XOR = range(5)


class Param:
    """The parameter of a message, over memory of its own."""

    def __init__(self, kind, nonce=bytes(12), tag=bytes(16), generator=NO_GENERATE, fixed=0, data_len=0):
        self.iv = (ctypes.c_ubyte * len(nonce))(*nonce)
        self.mac = (ctypes.c_ubyte * len(tag))(*tag)
        if kind == GCM:
            made = p11.struct_param("CK_GCM_MESSAGE_PARAMS", None, len(nonce), fixed, generator, None, 8 * len(tag))
            made.pIv, made.pTag = ctypes.addressof(self.iv), ctypes.addressof(self.mac)
        elif kind == CCM:
            made = p11.struct_param("CK_CCM_MESSAGE_PARAMS", data_len, None, len(nonce), fixed, generator, None, len(tag))
            made.pNonce, made.pMAC = ctypes.addressof(self.iv), ctypes.addressof(self.mac)
        else:
            made = p11.struct_param("CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS", None, 8 * len(nonce), None)
            made.pNonce, made.pTag = ctypes.addressof(self.iv), ctypes.addressof(self.mac)
        self.struct = made
        self.args = (ctypes.byref(made), ctypes.sizeof(made))

    @property
    def nonce(self):
        return bytes(self.iv)

    @property
    def tag(self):
        return bytes(self.mac)


class Process:
    """One process of messages; sends as 'Encrypt' or 'Decrypt'."""

    def __init__(self, session, verb, kind, key):
        self.session, self.m, self.verb = session, session.m, verb
        self.call(f"Message{verb}Init", ctypes.byref(p11.mechanism(kind)), key)

    def call(self, name, *args):
        getattr(self.m, name)(self.session.handle, *args)

    def whole(self, param, data, aad=b"", room=None):
        length = ctypes.c_ulong()
        args = (*param.args, aad, len(aad), data, len(data))
        self.call(f"{self.verb}Message", *args, None, ctypes.byref(length))
        buffer = (ctypes.c_ubyte * length.value)()
        if room is not None:
            length.value = room
        self.call(f"{self.verb}Message", *args, buffer, ctypes.byref(length))
        return bytes(buffer[: length.value])

    def parts(self, param, parts, aad=b""):
        self.call(f"{self.verb}MessageBegin", *param.args, aad, len(aad))
        done = b""
        for number, part in enumerate(parts):
            buffer, length = (ctypes.c_ubyte * 4096)(), ctypes.c_ulong(4096)
            flags = END if number == len(parts) - 1 else 0
            self.call(f"{self.verb}MessageNext", *param.args, part, len(part), buffer, ctypes.byref(length), flags)
            done += bytes(buffer[: length.value])
        return done

    def final(self):
        self.call(f"Message{self.verb}Final")


def makers(session):
    """kind: (handle, encrypt by another implementation)"""
    value, key = aes(session)
    other = os.urandom(32)
    chacha = secret(session, p11.CKK_CHACHA20, other)
    return {
        GCM: (key, AESGCM(value)),
        CCM: (key, AESCCM(value)),
        CHACHA: (chacha, ChaCha20Poly1305(other)),
    }


def test_messages_are_those_of_another_implementation():
    _, session = user_session()
    for kind, (key, reference) in makers(session).items():
        encrypt = Process(session, "Encrypt", kind, key)
        decrypt = Process(session, "Decrypt", kind, key)
        for size in (0, 1, 15, 16, 17, 1000, 3000):
            data, aad = os.urandom(size), os.urandom(size % 7)
            expected = reference.encrypt(nonce := os.urandom(12), data, aad)
            text, tag = expected[:-16], expected[-16:]
            param = Param(kind, nonce, data_len=size)
            equal(encrypt.whole(param, data, aad), text)
            equal(param.tag, tag)
            cut = [data[: size // 3], data[size // 3 :]]
            param = Param(kind, nonce, data_len=size)
            equal(encrypt.parts(param, cut, aad), text)
            equal(param.tag, tag)
            equal(decrypt.whole(Param(kind, nonce, tag, data_len=size), text, aad), data)
            cut = [text[: size // 2], text[size // 2 :]]
            equal(decrypt.parts(Param(kind, nonce, tag, data_len=size), cut, aad), data)
        encrypt.final()
        decrypt.final()


def test_what_was_changed_is_not_decrypted():
    _, session = user_session()
    for kind, (key, reference) in makers(session).items():
        sealed = reference.encrypt(bytes(12), b"a message", b"aad")
        text, tag = sealed[:-16], sealed[-16:]
        decrypt = Process(session, "Decrypt", kind, key)
        for changed in ((flipped(text), tag, b"aad"), (text, flipped(tag), b"aad"), (text, tag, b"AAD")):
            buffer, length = (ctypes.c_ubyte * 64)(), ctypes.c_ulong(64)
            param = Param(kind, tag=changed[1], data_len=9)
            args = (*param.args, changed[2], 3, changed[0], 9, buffer, ctypes.byref(length))
            got = session.m.C_DecryptMessage(session.handle, *args)
            rv(got, "CKR_AEAD_DECRYPT_FAILED")
            equal(bytes(buffer), bytes(64), "what was given")
            raises("CKR_AEAD_DECRYPT_FAILED", decrypt.parts, param, [changed[0][:4], changed[0][4:]], changed[2])
        equal(decrypt.whole(Param(kind, tag=tag, data_len=9), text, b"aad"), b"a message")
        decrypt.final()


def test_the_token_draws_nonces():
    _, session = user_session()
    for kind in (GCM, CCM):
        key, reference = makers(session)[kind]
        encrypt = Process(session, "Encrypt", kind, key)
        seen = set()
        for generator in (GENERATE, RANDOM) * 20:
            param = Param(kind, generator=generator, data_len=4)
            text = encrypt.whole(param, b"data")
            equal(reference.decrypt(param.nonce, text + param.tag, b""), b"data")
            seen.add(param.nonce)
        equal(len(seen), 40, "nonces")
        raises(PARAM, encrypt.whole, Param(kind, generator=GENERATE, fixed=1, data_len=4), b"data")
        raises(PARAM, encrypt.whole, Param(kind, bytes(11), generator=RANDOM, data_len=4), b"data")
        raises(PARAM, encrypt.whole, Param(kind, generator=5, data_len=4), b"data")
        raises(PARAM, encrypt.whole, Param(kind, generator=GENERATE, fixed=97, data_len=4), b"data")
        encrypt.final()


def test_nonces_with_a_fixed_part_and_a_counter():
    _, session = user_session()
    key, reference = makers(session)[GCM]
    fixed = bytes(range(1, 5))
    encrypt = Process(session, "Encrypt", GCM, key)
    for number in range(300):
        param = Param(GCM, fixed + b"\xff" * 8, generator=COUNTER, fixed=32)
        text = encrypt.whole(param, b"data")
        equal(param.nonce, fixed + number.to_bytes(8, "big"))
        equal(reference.decrypt(param.nonce, text + param.tag, b""), b"data")
    encrypt.final()
    encrypt = Process(session, "Encrypt", GCM, key)
    secret_iv = os.urandom(12)
    for number in range(300):
        param = Param(GCM, secret_iv, generator=COUNTER_XOR, fixed=32)
        encrypt.parts(param, [b"data"])
        low = int.from_bytes(secret_iv[4:], "big") ^ number
        equal(param.nonce, secret_iv[:4] + low.to_bytes(8, "big"))
    encrypt.final()
    encrypt = Process(session, "Encrypt", GCM, key)
    for number in range(8):
        param = Param(GCM, b"\xff" * 12, generator=COUNTER, fixed=93)
        encrypt.whole(param, b"data")
        equal(param.nonce[-1], 0xF8 | number, "three bits of counter")
    raises(PARAM, encrypt.whole, Param(GCM, generator=COUNTER, fixed=93), b"data")


def test_asking_for_the_length_uses_no_nonce():
    _, session = user_session()
    key, _ = makers(session)[GCM]
    encrypt = Process(session, "Encrypt", GCM, key)
    for number in range(3):
        param = Param(GCM, generator=COUNTER)
        length = ctypes.c_ulong(3)
        buffer = (ctypes.c_ubyte * 4)()
        args = (*param.args, None, 0, b"data", 4)
        encrypt.call("EncryptMessage", *args, None, ctypes.byref(length))
        equal(length.value, 4)
        length.value = 3
        raises("CKR_BUFFER_TOO_SMALL", encrypt.call, "EncryptMessage", *args, buffer, ctypes.byref(length))
        equal(length.value, 4)
        encrypt.call("EncryptMessage", *args, buffer, ctypes.byref(length))
        equal(param.nonce[-1], number)


def test_order():
    _, session = user_session()
    key, reference = makers(session)[GCM]
    m, handle = session.m, session.handle
    param = Param(GCM)
    length, buffer = ctypes.c_ulong(64), (ctypes.c_ubyte * 64)()
    whole = (*param.args, None, 0, b"data", 4, buffer, ctypes.byref(length))
    part = (*param.args, b"data", 4, buffer, ctypes.byref(length), 0)
    rv(m.C_EncryptMessage(handle, *whole), NONE)
    rv(m.C_EncryptMessageBegin(handle, *param.args, None, 0), NONE)
    rv(m.C_EncryptMessageNext(handle, *part), NONE)
    rv(m.C_MessageEncryptFinal(handle), NONE)
    encrypt = Process(session, "Encrypt", GCM, key)
    raises(ACTIVE, Process, session, "Encrypt", GCM, key)
    rv(m.C_EncryptMessageNext(handle, *part), NONE)
    rv(m.C_EncryptMessageBegin(handle, *param.args, None, 0), "CKR_OK")
    rv(m.C_EncryptMessageBegin(handle, *param.args, None, 0), ACTIVE)
    rv(m.C_EncryptMessage(handle, *whole), ACTIVE)
    rv(m.C_MessageEncryptFinal(handle), ACTIVE)
    rv(m.C_EncryptMessageNext(handle, *part[:-1], END), "CKR_OK")
    equal(bytes(buffer[:4]) + param.tag, reference.encrypt(bytes(12), b"data", b""))
    rv(m.C_MessageEncryptInit(handle, None, 0), "CKR_OK", "cancelling")
    rv(m.C_MessageEncryptFinal(handle), NONE)
    encrypt = Process(session, "Encrypt", GCM, key)
    session.encrypt(key, b"x" * 16, p11.CKM_AES_ECB)  # they do not know of each other
    encrypt.final()
    Process(session, "Encrypt", GCM, key)
    m.SessionCancel(handle, p11.CKF_MESSAGE_ENCRYPT)
    rv(m.C_MessageEncryptFinal(handle), NONE)


def test_bad_arguments_end_nothing():
    _, session = user_session()
    key, _ = makers(session)[GCM]
    encrypt = Process(session, "Encrypt", GCM, key)
    param = Param(GCM)
    length, buffer = ctypes.c_ulong(64), (ctypes.c_ubyte * 64)()
    m, handle = session.m, session.handle
    rest = (b"data", 4, buffer, ctypes.byref(length))
    rv(m.C_EncryptMessage(handle, None, 0, None, 0, *rest), PARAM)
    rv(m.C_EncryptMessage(handle, param.args[0], param.args[1] - 1, None, 0, *rest), PARAM)
    rv(m.C_EncryptMessage(handle, *Param(CCM).args, None, 0, *rest), PARAM)
    rv(m.C_EncryptMessage(handle, *param.args, None, 5, *rest), "CKR_ARGUMENTS_BAD")
    rv(m.C_EncryptMessage(handle, *param.args, None, 0, None, 4, buffer, ctypes.byref(length)), "CKR_ARGUMENTS_BAD")
    rv(m.C_EncryptMessage(handle, *param.args, None, 0, b"data", 4, buffer, None), "CKR_ARGUMENTS_BAD")
    rv(m.C_EncryptMessage(handle, *Param(GCM, b"").args, None, 0, *rest), PARAM)
    rv(m.C_EncryptMessage(handle, *Param(GCM, tag=bytes(3)).args, None, 0, *rest), PARAM)
    encrypt.whole(param, b"data")
    raises("CKR_MECHANISM_INVALID", Process, session, "Decrypt", p11.CKM_AES_CBC, key)
    raises("CKR_KEY_TYPE_INCONSISTENT", Process, session, "Decrypt", CHACHA, key)
    raises("CKR_KEY_FUNCTION_NOT_PERMITTED", Process, session, "Decrypt", GCM, aes(session, CKA_DECRYPT=False)[1])


def test_the_tag_stays_as_long_as_the_message_began():
    _, session = user_session()
    for kind, (key, reference) in makers(session).items():
        if kind == CHACHA:
            continue  # its tag has one length
        sealed = reference.encrypt(bytes(12), b"data", b"")
        for verb, data in (("Encrypt", b"data"), ("Decrypt", sealed[:4])):
            process = Process(session, verb, kind, key)
            for length in (4, 12, 17, 2**20, 2**58):
                param = Param(kind, tag=sealed[4:], data_len=4)
                process.call(f"{verb}MessageBegin", *param.args, None, 0)
                wrong = Param(kind, tag=sealed[4:], data_len=4)
                setattr(wrong.struct, "ulTagBits" if kind == GCM else "ulMACLen", 8 * length if kind == GCM else length)
                buffer, size = (ctypes.c_ubyte * 64)(), ctypes.c_ulong(64)
                part = (data, len(data), buffer, ctypes.byref(size), END)
                raises(PARAM, process.call, f"{verb}MessageNext", *wrong.args, *part)
                raises(NONE, process.call, f"{verb}MessageNext", *param.args, *part)
            process.final()


# ---- signatures


def sign_message(session, data, length=8192):
    buffer, size = (ctypes.c_ubyte * length)(), ctypes.c_ulong(length)
    session.m.SignMessage(session.handle, None, 0, data, len(data), buffer, ctypes.byref(size))
    return bytes(buffer[: size.value])


def test_messages_are_signed():
    _, session = user_session()
    context = p11.struct_param("CK_SIGN_ADDITIONAL_CONTEXT", 0, b"context", 7)
    public, private = dsa_pair(session)
    mac = secret(session, p11.CKK_GENERIC_SECRET, bytes(32))
    rsa = session.generate(p11.CKM_RSA_PKCS_KEY_PAIR_GEN, {p11.CKA_MODULUS_BITS: 2048}, {})
    cases = (
        (p11.CKM_ML_DSA, context, private, public),
        (p11.CKM_SHA256_HMAC, None, mac, mac),
        (p11.CKM_SHA256_RSA_PKCS, None, rsa[1], rsa[0]),
    )
    m, handle = session.m, session.handle
    for kind, param, signer, verifier in cases:
        how = ctypes.byref(p11.mechanism(kind, param))
        m.MessageSignInit(handle, how, signer)
        m.MessageVerifyInit(handle, how, verifier)
        for number in range(5):
            data = os.urandom(100 * number)
            signature = sign_message(session, data)
            session.verify(verifier, data, signature, kind, param)
            m.VerifyMessage(handle, None, 0, data, len(data), signature, len(signature))
            wrong = m.C_VerifyMessage(handle, None, 0, data + b"x", len(data) + 1, signature, len(signature))
            rv(wrong, "CKR_SIGNATURE_INVALID")
            m.VerifyMessageBegin(handle, None, 0)
            m.VerifyMessageNext(handle, None, 0, data[:50], len(data[:50]), None, 0)
            m.VerifyMessageNext(handle, None, 0, data[50:], len(data[50:]), signature, len(signature))
            m.SignMessageBegin(handle, None, 0)
            m.SignMessageNext(handle, None, 0, data[:50], len(data[:50]), None, None)
            buffer, size = (ctypes.c_ubyte * 8192)(), ctypes.c_ulong()
            last = (None, 0, data[50:], len(data[50:]))
            m.SignMessageNext(handle, *last, None, ctypes.byref(size))
            m.SignMessageNext(handle, *last, buffer, ctypes.byref(size))
            session.verify(verifier, data, bytes(buffer[: size.value]), kind, param)
        m.MessageSignFinal(handle)
        m.MessageVerifyFinal(handle)
        rv(m.C_MessageSignFinal(handle), NONE)


def test_signing_keeps_to_the_rules():
    _, session = user_session()
    m, handle = session.m, session.handle
    public, private = dsa_pair(session)
    how = ctypes.byref(p11.mechanism(p11.CKM_ML_DSA))
    rv(m.C_MessageSignInit(handle, how, public), "CKR_KEY_TYPE_INCONSISTENT")
    _, careful = dsa_pair(session, private={p11.CKA_ALWAYS_AUTHENTICATE: True})
    rv(m.C_MessageSignInit(handle, how, careful), "CKR_USER_NOT_LOGGED_IN")
    m.MessageSignInit(handle, how, private)
    rv(m.C_SignMessage(handle, b"param", 5, b"data", 4, None, ctypes.byref(ctypes.c_ulong())), PARAM)
    rv(m.C_SignMessageNext(handle, None, 0, b"data", 4, None, None), NONE)
    m.SignMessageBegin(handle, None, 0)
    rv(m.C_SignMessage(handle, None, 0, b"data", 4, None, ctypes.byref(ctypes.c_ulong())), ACTIVE)
    rv(m.C_MessageSignFinal(handle), ACTIVE)
    session.logout()
    rv(m.C_SignMessageNext(handle, None, 0, b"data", 4, None, None), NONE)


# ---- two at once


def test_two_operations_at_once():
    _, session = user_session()
    m, handle = session.m, session.handle
    value, key = aes(session)
    mac = secret(session, p11.CKK_GENERIC_SECRET, bytes(32))
    parts = [os.urandom(16 * n) for n in (1, 2, 50)]
    data = b"".join(parts)
    expected = session.encrypt(key, data, p11.CKM_AES_CBC, IV)
    cbc, sha, hmac = (p11.mechanism(p11.CKM_AES_CBC, IV), p11.mechanism(p11.CKM_SHA256), p11.mechanism(p11.CKM_SHA256_HMAC))

    def feed(function, pieces):
        return b"".join(session._output(function, piece, len(piece)) for piece in pieces)

    digest = session.digest(p11.CKM_SHA256, data)
    signature = session.sign(mac, data, p11.CKM_SHA256_HMAC)
    m.EncryptInit(handle, ctypes.byref(cbc), key)
    m.DigestInit(handle, ctypes.byref(sha))
    equal(feed(m.DigestEncryptUpdate, parts) + session._output(m.EncryptFinal), expected)
    equal(session._output(m.DigestFinal), digest)
    m.EncryptInit(handle, ctypes.byref(cbc), key)
    m.SignInit(handle, ctypes.byref(hmac), mac)
    equal(feed(m.SignEncryptUpdate, parts) + session._output(m.EncryptFinal), expected)
    equal(session._output(m.SignFinal), signature)
    cut = [expected[:16], expected[16:48], expected[48:]]
    m.DecryptInit(handle, ctypes.byref(cbc), key)
    m.DigestInit(handle, ctypes.byref(sha))
    equal(feed(m.DecryptDigestUpdate, cut) + session._output(m.DecryptFinal), data)
    equal(session._output(m.DigestFinal), digest)
    m.DecryptInit(handle, ctypes.byref(cbc), key)
    m.VerifyInit(handle, ctypes.byref(hmac), mac)
    equal(feed(m.DecryptVerifyUpdate, cut) + session._output(m.DecryptFinal), data)
    m.VerifyFinal(handle, signature, len(signature))


def test_two_operations_in_place():
    _, session = user_session()
    m, handle = session.m, session.handle
    _, key = aes(session)
    data = os.urandom(64)
    expected = session.encrypt(key, data, p11.CKM_AES_CBC, IV)
    m.EncryptInit(handle, ctypes.byref(p11.mechanism(p11.CKM_AES_CBC, IV)), key)
    m.DigestInit(handle, ctypes.byref(p11.mechanism(p11.CKM_SHA256)))
    buffer, length = (ctypes.c_ubyte * 64)(*data), ctypes.c_ulong(63)
    rv(m.C_DigestEncryptUpdate(handle, buffer, 64, buffer, ctypes.byref(length)), "CKR_BUFFER_TOO_SMALL")
    equal(length.value, 64)
    m.DigestEncryptUpdate(handle, buffer, 64, buffer, ctypes.byref(length))
    equal(bytes(buffer), expected)
    equal(session._output(m.DigestFinal), hashlib.sha256(data).digest())


def test_one_operation_is_not_enough():
    _, session = user_session()
    m, handle = session.m, session.handle
    _, key = aes(session)
    buffer, length = (ctypes.c_ubyte * 64)(), ctypes.c_ulong(64)
    args = (handle, bytes(16), 16, buffer, ctypes.byref(length))
    for function in (m.C_DigestEncryptUpdate, m.C_DecryptDigestUpdate, m.C_SignEncryptUpdate, m.C_DecryptVerifyUpdate):
        rv(function(*args), NONE)
    m.EncryptInit(handle, ctypes.byref(p11.mechanism(p11.CKM_AES_CBC, IV)), key)
    rv(m.C_DigestEncryptUpdate(*args), NONE)
    other = session.m.session(session.slot)
    equal(session._output(m.EncryptUpdate, bytes(16), 16), other.encrypt(key, bytes(16), p11.CKM_AES_CBC, IV))


if __name__ == "__main__":
    main(globals())
