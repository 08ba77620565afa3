#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Keys wrapped and unwrapped through the module, against another implementation."""

import ctypes
import os

from cryptography.hazmat.primitives import keywrap
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

import p11
from ciphers import secret
from harness import *  # noqa: F403

KW, KWP, GCM = p11.CKM_AES_KEY_WRAP, p11.CKM_AES_KEY_WRAP_KWP, p11.CKM_AES_GCM
AES_KEY = {p11.CKA_CLASS: p11.CKO_SECRET_KEY, p11.CKA_KEY_TYPE: p11.CKK_AES}
GENERIC = {p11.CKA_CLASS: p11.CKO_SECRET_KEY, p11.CKA_KEY_TYPE: p11.CKK_GENERIC_SECRET}


def wrapping(session, **more):
    value = os.urandom(32)
    return value, secret(session, p11.CKK_AES, value, **({"CKA_WRAP": True, "CKA_UNWRAP": True} | more))


def extractable(session, kind, value, **more):
    return secret(session, kind, value, **({"CKA_EXTRACTABLE": True} | more))


def nonce():
    return (ctypes.c_ubyte * 12)()


def sign_with(session, key, data):
    return session.sign(key, data, p11.CKM_SHA256_HMAC)


def test_secret_keys_agree_with_another_implementation():
    _, session = user_session()
    kek, key = wrapping(session)
    for kind, lengths, wrap in (
        (KW, (16, 24, 1024), keywrap.aes_key_wrap),
        (KWP, (1, 7, 8, 9, 16, 1001), keywrap.aes_key_wrap_with_padding),
    ):
        for length in lengths:
            value = os.urandom(length)
            expected = wrap(kek, value)
            target = extractable(session, p11.CKK_GENERIC_SECRET, value)
            equal(session.wrap(key, target, kind), expected, f"{hex(kind)} {length}")
            back = session.unwrap(key, expected, GENERIC, kind)
            equal(sign_with(session, back, b"m"), sign_with(session, target, b"m"), "the same key")
            equal(session.get_number(back, p11.CKA_VALUE_LEN), length)
    raises("CKR_KEY_SIZE_RANGE", session.wrap, key,
           extractable(session, p11.CKK_GENERIC_SECRET, bytes(17)), KW)


def test_gcm_draws_its_own_nonce():
    _, session = user_session()
    kek, key = wrapping(session)
    value = os.urandom(32)
    target = extractable(session, p11.CKK_GENERIC_SECRET, value)
    seen = set()
    for _ in range(20):
        iv = nonce()
        wrapped = session.wrap(key, target, GCM, p11.gcm_wrap(iv, b"header"))
        equal(AESGCM(kek).decrypt(bytes(iv), wrapped, b"header"), value)
        seen.add(bytes(iv))
        back = session.unwrap(key, wrapped, GENERIC, GCM, p11.gcm(bytes(iv), b"header"))
        equal(sign_with(session, back, b"m"), sign_with(session, target, b"m"), "the same key")
        back = session.unwrap(key, wrapped, GENERIC, GCM, p11.gcm_wrap(iv, b"header", 0))
        equal(sign_with(session, back, b"m"), sign_with(session, target, b"m"), "the same key")
    equal(len(seen), 20, "nonces")
    bad = "CKR_MECHANISM_PARAM_INVALID"
    raises(bad, session.wrap, key, target, GCM, p11.gcm_wrap((ctypes.c_ubyte * 11)()))
    raises(bad, session.wrap, key, target, GCM, p11.gcm_wrap(nonce(), b"", 3, 96))


def test_authenticated():
    _, session = user_session()
    kek, key = wrapping(session)
    value = os.urandom(32)
    target = extractable(session, p11.CKK_GENERIC_SECRET, value)
    iv, tag = nonce(), (ctypes.c_ubyte * 16)()
    wrapped = session.wrap_authenticated(key, target, GCM, p11.gcm_message(iv, tag), b"header")
    equal(len(wrapped), 32)
    equal(AESGCM(kek).decrypt(bytes(iv), wrapped + bytes(tag), b"header"), value)
    how = p11.gcm_message(iv, tag, 0)
    back = session.unwrap_authenticated(key, wrapped, GENERIC, GCM, how, b"header")
    equal(sign_with(session, back, b"m"), sign_with(session, target, b"m"), "the same key")
    wrong = "CKR_WRAPPED_KEY_INVALID"
    raises(wrong, session.unwrap_authenticated, key, wrapped, GENERIC, GCM, how, b"Header")
    raises(wrong, session.unwrap_authenticated, key, flipped(wrapped), GENERIC, GCM, how, b"header")
    tag[3] ^= 1
    raises(wrong, session.unwrap_authenticated, key, wrapped, GENERIC, GCM, how, b"header")
    raises("CKR_MECHANISM_INVALID", session.wrap_authenticated, key, target, KW, None)
    # a structure of the same length, whose pointer and length stand elsewhere
    mistaken = p11.gcm(bytes(12), b"header")
    args = (key, wrapped, GENERIC, GCM, mistaken, b"header")
    raises("CKR_MECHANISM_PARAM_INVALID", session.unwrap_authenticated, *args)
    raises("CKR_MECHANISM_PARAM_INVALID", session.wrap_authenticated, key, target, GCM,
           p11.gcm_message(iv, tag, 0))


def test_private_keys_travel_as_pkcs8():
    _, session = user_session()
    _, key = wrapping(session)
    kem_set = {p11.CKA_CLASS: p11.CKO_PRIVATE_KEY, p11.CKA_KEY_TYPE: p11.CKK_ML_KEM}
    dsa_set = {p11.CKA_CLASS: p11.CKO_PRIVATE_KEY, p11.CKA_KEY_TYPE: p11.CKK_ML_DSA}
    for name in KEM_SETS:
        public, private = kem_pair(session, name, private={p11.CKA_EXTRACTABLE: True})
        back = session.unwrap(key, session.wrap(key, private, KWP), kem_set, KWP)
        ciphertext, ours = session.encapsulate(public, OPEN_SECRET)
        theirs = session.decapsulate(back, ciphertext, OPEN_SECRET)
        equal(session.get(ours, p11.CKA_VALUE), session.get(theirs, p11.CKA_VALUE), name)
        equal(session.get_number(back, p11.CKA_PARAMETER_SET), KEM_SETS[name])
        equal(session.get(back, p11.CKA_PUBLIC_KEY_INFO), session.get(public, p11.CKA_PUBLIC_KEY_INFO))
    for name in DSA_SETS:
        public, private = dsa_pair(session, name, private={p11.CKA_EXTRACTABLE: True})
        iv = nonce()
        wrapped = session.wrap(key, private, GCM, p11.gcm_wrap(iv))
        back = session.unwrap(key, wrapped, dsa_set, GCM, p11.gcm(bytes(iv)))
        session.verify(public, b"message", session.sign(back, b"message"))
        raises("CKR_WRAPPED_KEY_INVALID", session.unwrap, key, wrapped, kem_set, GCM, p11.gcm(bytes(iv)))
        other = dsa_set | {p11.CKA_PARAMETER_SET: DSA_SETS[name] % 3 + 1}
        raises("CKR_TEMPLATE_INCONSISTENT", session.unwrap, key, wrapped, other, GCM, p11.gcm(bytes(iv)))


def with_public(der, pk):
    """PKCS#8 as OneAsymmetricKey of version 2, with the public key in it."""
    element = b"\x81\x82" + (len(pk) + 1).to_bytes(2, "big") + b"\0" + pk
    body = der[der.index(b"\x02\x01\x00") :].replace(b"\x02\x01\x00", b"\x02\x01\x01", 1) + element
    return b"\x30\x82" + len(body).to_bytes(2, "big") + body


def test_a_public_key_that_came_along_has_to_fit():
    _, session = user_session()
    kek, key = wrapping(session)
    public, private = dsa_pair(session, private={p11.CKA_EXTRACTABLE: True})
    pk = session.get(public, p11.CKA_VALUE)
    der = keywrap.aes_key_unwrap_with_padding(kek, session.wrap(key, private, KWP))
    template = {p11.CKA_CLASS: p11.CKO_PRIVATE_KEY, p11.CKA_KEY_TYPE: p11.CKK_ML_DSA}
    for fits, half in ((True, pk), (False, flipped(pk, 8 * 1000))):
        wrapped = keywrap.aes_key_wrap_with_padding(kek, with_public(der, half))
        if fits:
            session.verify(public, b"m", session.sign(session.unwrap(key, wrapped, template, KWP), b"m"))
        else:
            raises("CKR_WRAPPED_KEY_INVALID", session.unwrap, key, wrapped, template, KWP)


def test_what_an_unwrapped_key_is():
    _, session = user_session()
    kek, key = wrapping(session)
    back = session.unwrap(key, keywrap.aes_key_wrap(kek, bytes(32)), AES_KEY, KW)
    for name, expected in (
        ("CKA_SENSITIVE", True),
        ("CKA_EXTRACTABLE", True),
        ("CKA_ALWAYS_SENSITIVE", False),
        ("CKA_NEVER_EXTRACTABLE", False),
        ("CKA_LOCAL", False),
    ):
        equal(session.get_bool(back, getattr(p11, name)), expected, name)
    for length in (8, 40):
        odd = keywrap.aes_key_wrap_with_padding(kek, bytes(length))
        raises("CKR_WRAPPED_KEY_LEN_RANGE", session.unwrap, key, odd, AES_KEY, KWP)
        asked = GENERIC | {p11.CKA_VALUE_LEN: length + 1}
        raises("CKR_WRAPPED_KEY_LEN_RANGE", session.unwrap, key, odd, asked, KWP)
    raises("CKR_TEMPLATE_INCOMPLETE", session.unwrap, key, keywrap.aes_key_wrap(kek, bytes(32)), {}, KW)


def test_a_wrapped_key_that_was_changed_is_refused():
    _, session = user_session()
    kek, key = wrapping(session)
    for kind, wrapped in (
        (KW, keywrap.aes_key_wrap(kek, bytes(24))),
        (KWP, keywrap.aes_key_wrap_with_padding(kek, bytes(21))),
    ):
        for bit in range(0, 8 * len(wrapped), 7):
            raises("CKR_WRAPPED_KEY_INVALID", session.unwrap, key, flipped(wrapped, bit), GENERIC, kind)
    for length in (0, 1, 8, 17, 65537, 1 << 17):
        raises(
            ("CKR_WRAPPED_KEY_LEN_RANGE", "CKR_WRAPPED_KEY_INVALID"),
            session.unwrap, key, bytes(length), GENERIC, KW,
        )


def test_lengths_are_asked_for_first():
    _, session = user_session()
    _, key = wrapping(session)
    target = extractable(session, p11.CKK_GENERIC_SECRET, bytes(32))
    how = p11.mechanism(KW)
    length = ctypes.c_ulong(3)
    buffer = (ctypes.c_ubyte * 64)()
    args = (session.handle, ctypes.byref(how), key, target)
    rv(session.m.C_WrapKey(*args, buffer, ctypes.byref(length)), "CKR_BUFFER_TOO_SMALL")
    equal((length.value, bytes(buffer)), (40, bytes(64)), "length")
    rv(session.m.C_WrapKey(*args, buffer, ctypes.byref(length)), "CKR_OK")
    rv(session.m.C_WrapKey(*args, buffer, None), "CKR_ARGUMENTS_BAD")


if __name__ == "__main__":
    main(globals())
