#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""MACs, and secret keys as objects, through the module, against another implementation."""

import ctypes
import hashlib
import hmac
import os
import threading

from cryptography.hazmat.primitives.ciphers import algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.cmac import CMAC

import p11
from ciphers import *  # noqa: F403
from harness import *  # noqa: F403

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
