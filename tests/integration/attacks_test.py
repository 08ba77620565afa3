#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Known attacks on tokens through their own interface. Each test tries one and must be refused;
attacks_mutations.py shows that it succeeds, or is noticed, when the rule against it is taken out."""

import ctypes
import os

from cryptography.hazmat.primitives import keywrap
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

import p11
from ciphers import secret
from harness import *  # noqa: F403

KW, KWP, GCM = p11.CKM_AES_KEY_WRAP, p11.CKM_AES_KEY_WRAP_KWP, p11.CKM_AES_GCM
OAEP = p11.struct_param("CK_RSA_PKCS_OAEP_PARAMS", p11.CKM_SHA256, 2, 1, b"", 0)
GENERIC = {p11.CKA_CLASS: p11.CKO_SECRET_KEY, p11.CKA_KEY_TYPE: p11.CKK_GENERIC_SECRET}
INCONSISTENT, READ_ONLY = "CKR_TEMPLATE_INCONSISTENT", "CKR_ATTRIBUTE_READ_ONLY"
PROHIBITED = "CKR_ACTION_PROHIBITED"
OTHERS = ("CKA_ENCRYPT", "CKA_DECRYPT", "CKA_SIGN", "CKA_VERIFY", "CKA_DERIVE")


def wrapping(session, **more):
    value = os.urandom(32)
    return value, secret(session, p11.CKK_AES, value, **({"CKA_WRAP": True, "CKA_UNWRAP": True} | more))


def hidden(session, kind=p11.CKK_GENERIC_SECRET, **more):
    """A sensitive key that may be wrapped and derived from."""
    how = {"CKA_EXTRACTABLE": True, "CKA_DERIVE": True} | more
    return secret(session, kind, os.urandom(32), **how)


def trusted(session, key):
    """The same key, once the security officer has trusted it."""
    session.logout()
    session.login(SO_PIN, p11.CKU_SO)
    session.set(key, {p11.CKA_TRUSTED: True})
    session.logout()
    session.login(USER_PIN)
    return key


def test_no_key_both_wraps_and_decrypts():
    _, session = user_session()
    for wraps in ("CKA_WRAP", "CKA_UNWRAP"):
        for other in OTHERS:
            both = {getattr(p11, wraps): True, getattr(p11, other): True}
            raises(INCONSISTENT, secret, session, p11.CKK_AES, bytes(32), **{wraps: True, other: True})
            raises(INCONSISTENT, session.generate_key, p11.CKM_AES_KEY_GEN, both | {p11.CKA_VALUE_LEN: 32})


def test_no_public_key_wraps_for_a_private_key_that_decrypts():
    """The halves of a pair are two objects, and a public key may be anybody's."""
    _, session = user_session()
    oaep = p11.struct_param("CK_RSA_PKCS_OAEP_PARAMS", p11.CKM_SHA256, 2, 1, b"", 0)
    kind = p11.CKM_RSA_PKCS_OAEP
    target = hidden(session)
    public, _ = session.generate(p11.CKM_RSA_PKCS_KEY_PAIR_GEN, {p11.CKA_MODULUS_BITS: 2048, p11.CKA_WRAP: True}, {p11.CKA_DECRYPT: True})
    raises("CKR_KEY_FUNCTION_NOT_PERMITTED", session.wrap, public, target, kind, oaep)
    later, _ = session.generate(p11.CKM_RSA_PKCS_KEY_PAIR_GEN, {p11.CKA_MODULUS_BITS: 2048}, {p11.CKA_DECRYPT: True})
    session.set(later, {p11.CKA_WRAP: True})
    raises("CKR_KEY_FUNCTION_NOT_PERMITTED", session.wrap, later, target, kind, oaep)
    parts = {k: session.get(public, k) for k in (p11.CKA_MODULUS, p11.CKA_PUBLIC_EXPONENT)}
    brought = {p11.CKA_CLASS: p11.CKO_PUBLIC_KEY, p11.CKA_KEY_TYPE: p11.CKK_RSA, p11.CKA_WRAP: True, **parts}
    raises("CKR_KEY_FUNCTION_NOT_PERMITTED", session.wrap, session.create(brought), target, kind, oaep)
    raises(READ_ONLY, session.create, brought | {p11.CKA_TRUSTED: True})
    for key in (public, later):
        raises(READ_ONLY, session.set, key, {p11.CKA_TRUSTED: True})


def test_no_private_key_both_unwraps_and_decapsulates():
    """C_DecapsulateKey with OAEP is C_UnwrapKey, but what it gives may be open."""
    _, session = user_session()
    kind, size = p11.CKM_RSA_PKCS_KEY_PAIR_GEN, {p11.CKA_MODULUS_BITS: 2048}
    both = {p11.CKA_UNWRAP: True, p11.CKA_DECAPSULATE: True}
    raises(INCONSISTENT, session.generate, kind, size, both)
    _, private = session.generate(kind, size, {p11.CKA_UNWRAP: True})
    raises(INCONSISTENT, session.set, private, {p11.CKA_DECAPSULATE: True})
    raises("CKR_KEY_FUNCTION_NOT_PERMITTED", session.decapsulate, private, bytes(256), GENERIC, p11.CKM_RSA_PKCS_OAEP, OAEP)
    _, private = session.generate(kind, size, {p11.CKA_DECAPSULATE: True})
    raises(READ_ONLY, session.set, private, {p11.CKA_UNWRAP: True})
    raises(READ_ONLY, session.copy, private, {p11.CKA_UNWRAP: True, p11.CKA_DECAPSULATE: False})
    raises("CKR_KEY_FUNCTION_NOT_PERMITTED", session.unwrap, private, bytes(256), GENERIC, p11.CKM_RSA_PKCS_OAEP, OAEP)


def test_no_private_key_both_unwraps_and_agrees():
    """What it agrees on is the key that is over a wrapped one, and may be open."""
    _, session = user_session()
    for kind, params, wraps in (
        (p11.CKM_EC_KEY_PAIR_GEN, "06082a8648ce3d030107", p11.CKM_ECDH_COF_AES_KEY_WRAP),
        (p11.CKM_EC_MONTGOMERY_KEY_PAIR_GEN, "06032b656e", p11.CKM_ECDH_X_AES_KEY_WRAP),
    ):
        curve = {p11.CKA_EC_PARAMS: bytes.fromhex(params), p11.CKA_WRAP: True}
        for other in (p11.CKA_DERIVE, p11.CKA_DECAPSULATE):
            raises(INCONSISTENT, session.generate, kind, curve, {p11.CKA_UNWRAP: True, other: True})
            public, private = session.generate(kind, curve, {p11.CKA_UNWRAP: True})
            raises(INCONSISTENT, session.set, private, {other: True})
        denied = "CKR_KEY_FUNCTION_NOT_PERMITTED"
        raises(denied, session.derive, private, GENERIC, p11.CKM_ECDH1_DERIVE, p11.ecdh(session.get(public, p11.CKA_EC_POINT)))
        # nor does a public key wrap that nobody trusts
        param = p11.struct_param("CK_ECDH_AES_KEY_WRAP_PARAMS", 256, 6, 0, b"")
        raises(denied, session.wrap, public, hidden(session), wraps, param)
        _, private = session.generate(kind, curve, {p11.CKA_DERIVE: True})
        raises(READ_ONLY, session.set, private, {p11.CKA_UNWRAP: True})


def test_keys_of_a_kem_do_nothing_else():
    _, session = user_session()
    denied, oaep, ecdh = "CKR_KEY_FUNCTION_NOT_PERMITTED", p11.CKM_RSA_PKCS_OAEP, p11.CKM_ECDH1_DERIVE
    only = {p11.CKA_MODULUS_BITS: 2048, p11.CKA_ENCAPSULATE: True, p11.CKA_ENCRYPT: False}
    public, private = session.generate(p11.CKM_RSA_PKCS_KEY_PAIR_GEN, only, {p11.CKA_DECAPSULATE: True})
    ciphertext, _ = session.encapsulate(public, GENERIC | {p11.CKA_VALUE_LEN: 32}, oaep, OAEP)
    raises(denied, session.encrypt, public, b"x", oaep, OAEP)
    raises(denied, session.wrap, public, hidden(session), oaep, OAEP)
    raises(denied, session.decrypt, private, ciphertext, oaep, OAEP)
    raises(denied, session.unwrap, private, ciphertext, GENERIC, oaep, OAEP)
    curve = {p11.CKA_EC_PARAMS: bytes.fromhex("06082a8648ce3d030107"), p11.CKA_ENCAPSULATE: True}
    public, private = session.generate(p11.CKM_EC_KEY_PAIR_GEN, curve, {p11.CKA_DECAPSULATE: True})
    ciphertext, _ = session.encapsulate(public, GENERIC, ecdh, p11.ecdh())
    raises(denied, session.derive, private, GENERIC, ecdh, p11.ecdh(ciphertext))
    # nor does what decrypts, or derives, decapsulate
    _, private = session.generate(p11.CKM_RSA_PKCS_KEY_PAIR_GEN, {p11.CKA_MODULUS_BITS: 2048}, {})
    raises(denied, session.decapsulate, private, bytes(256), GENERIC, oaep, OAEP)
    _, private = session.generate(p11.CKM_EC_KEY_PAIR_GEN, curve, {p11.CKA_DERIVE: True})
    raises(denied, session.decapsulate, private, ciphertext, GENERIC, ecdh, p11.ecdh())


def test_no_secret_is_found_piece_by_piece():
    """A decapsulating key may say that its secrets are hidden. One of a byte is found by trying."""
    _, session = user_session()
    guard = {p11.CKA_SENSITIVE: True, p11.CKA_EXTRACTABLE: False}
    curve = {p11.CKA_EC_PARAMS: bytes.fromhex("06032b656e"), p11.CKA_ENCAPSULATE: True}
    more = {p11.CKA_DECAPSULATE: True, p11.CKA_DECAPSULATE_TEMPLATE: guard}
    public, private = session.generate(p11.CKM_EC_MONTGOMERY_KEY_PAIR_GEN, curve, more)
    for kdf in (1, 6):
        how = p11.CKM_ECDH1_DERIVE, p11.ecdh(b"", kdf)
        ciphertext, _ = session.encapsulate(public, GENERIC, *how)
        for length in (1, 2, 15):
            raises(INCONSISTENT, session.decapsulate, private, ciphertext, GENERIC | {p11.CKA_VALUE_LEN: length}, *how)
        raises(INCONSISTENT, session.decapsulate, private, ciphertext, GENERIC | {p11.CKA_SENSITIVE: False}, *how)
        got = session.decapsulate(private, ciphertext, GENERIC, *how)
        raises("CKR_ATTRIBUTE_SENSITIVE", session.get, got, p11.CKA_VALUE)


def test_no_agreement_is_found_piece_by_piece():
    """As with a KEM: what a private key agrees on may have to be hidden."""
    _, session = user_session()
    guard = {p11.CKA_SENSITIVE: True, p11.CKA_EXTRACTABLE: False}
    curve = {p11.CKA_EC_PARAMS: bytes.fromhex("06082a8648ce3d030107")}
    public, private = session.generate(p11.CKM_EC_KEY_PAIR_GEN, curve, {p11.CKA_DERIVE: True, p11.CKA_DERIVE_TEMPLATE: guard})
    for kdf in (1, 6):
        how = p11.CKM_ECDH1_DERIVE, p11.ecdh(session.get(public, p11.CKA_EC_POINT), kdf)
        for length in (1, 2, 15):
            raises("CKR_KEY_SIZE_RANGE", session.derive, private, GENERIC | {p11.CKA_VALUE_LEN: length}, *how)
        raises(INCONSISTENT, session.derive, private, GENERIC | {p11.CKA_SENSITIVE: False}, *how)
        for length in (16, 32):
            session.derive(private, GENERIC | {p11.CKA_VALUE_LEN: length}, *how)
    _, free = session.generate(p11.CKM_EC_KEY_PAIR_GEN, curve, {p11.CKA_DERIVE: True})
    opened = GENERIC | {p11.CKA_VALUE_LEN: 1, p11.CKA_SENSITIVE: False, p11.CKA_EXTRACTABLE: True}
    equal(len(session.get(session.derive(free, opened, *how), p11.CKA_VALUE)), 1)
    for one in (p11.CKA_SENSITIVE, p11.CKA_EXTRACTABLE):
        raises("CKR_KEY_SIZE_RANGE", session.derive, free, opened | {one: one == p11.CKA_SENSITIVE}, *how)


def test_a_key_that_hides_its_secrets_gains_no_use_that_shows_them():
    """Each template is asked for one use. Who has the login could add the other and see the same secret."""
    _, session = user_session()
    guard = {p11.CKA_SENSITIVE: True, p11.CKA_EXTRACTABLE: False}
    curve = {p11.CKA_EC_PARAMS: bytes.fromhex("06082a8648ce3d030107")}
    uses = {p11.CKA_DECAPSULATE: p11.CKA_DECAPSULATE_TEMPLATE, p11.CKA_DERIVE: p11.CKA_DERIVE_TEMPLATE}
    rsa = p11.CKM_RSA_PKCS_KEY_PAIR_GEN, {p11.CKA_MODULUS_BITS: 2048}
    for use, template in uses.items():
        _, private = session.generate(p11.CKM_EC_KEY_PAIR_GEN, curve, {use: True, template: guard})
        for other in uses.keys() - {use}:
            raises(READ_ONLY, session.set, private, {other: True})
            raises(READ_ONLY, session.copy, private, {other: True})
            raises(READ_ONLY, session.copy, session.copy(private, {}), {other: True})
        session.set(private, {use: False})
        raises(READ_ONLY, session.set, private, {use: True})
        _, free = session.generate(p11.CKM_EC_KEY_PAIR_GEN, curve, {use: True})
        session.set(free, {other: True for other in uses})
    _, private = session.generate(*rsa, {p11.CKA_DECAPSULATE: True, p11.CKA_DECAPSULATE_TEMPLATE: guard, p11.CKA_SIGN: False})
    for other in (p11.CKA_DECRYPT, p11.CKA_SIGN, p11.CKA_SIGN_RECOVER):
        session.set(private, {other: False})
        raises(READ_ONLY, session.set, private, {other: True})


def test_no_key_wraps_first_and_decrypts_later():
    _, session = user_session()
    for wraps in (p11.CKA_WRAP, p11.CKA_UNWRAP):
        only = {"CKA_WRAP": wraps == p11.CKA_WRAP, "CKA_UNWRAP": wraps == p11.CKA_UNWRAP}
        _, key = wrapping(session, **only)
        for other in OTHERS:
            now = {getattr(p11, other): True}
            raises(INCONSISTENT, session.set, key, now)
        raises(READ_ONLY, session.set, key, {wraps: False})
        raises(PROHIBITED, session.copy, key, {wraps: False, p11.CKA_DECRYPT: True})


def test_no_key_decrypts_first_and_wraps_later():
    """Made for something else, it may have copies that still do that."""
    _, session = user_session()
    _, private = session.generate(p11.CKM_RSA_PKCS_KEY_PAIR_GEN, {p11.CKA_MODULUS_BITS: 2048}, {})
    nothing_else = {getattr(p11, other): False for other in OTHERS}
    shown = {"CKA_SENSITIVE": False, "CKA_EXTRACTABLE": True}
    for key, wraps, other in (
        (secret(session, p11.CKK_AES, bytes(32)), p11.CKA_WRAP, nothing_else),
        (secret(session, p11.CKK_AES, bytes(32), **shown), p11.CKA_WRAP, nothing_else),
        (secret(session, p11.CKK_AES, bytes(32)), p11.CKA_UNWRAP, nothing_else),
        (private, p11.CKA_UNWRAP, {p11.CKA_DECRYPT: False}),
    ):
        raises(READ_ONLY, session.set, key, {wraps: True})
        raises(READ_ONLY, session.copy, key, {wraps: True})
        raises(READ_ONLY, session.copy, key, {wraps: True, **other})
        session.set(key, other)
        raises(READ_ONLY, session.set, key, {wraps: True})


def test_values_that_are_guarded_are_not_read():
    _, session = user_session()
    for more in ({"CKA_SENSITIVE": True}, {"CKA_SENSITIVE": False, "CKA_EXTRACTABLE": False}):
        key = hidden(session, **more)
        raises("CKR_ATTRIBUTE_SENSITIVE", session.get, key, p11.CKA_VALUE)


def test_guards_are_not_taken_off():
    _, session = user_session()
    key = hidden(session, CKA_EXTRACTABLE=False, CKA_WRAP_WITH_TRUSTED=True)
    for change in (
        {p11.CKA_SENSITIVE: False},
        {p11.CKA_EXTRACTABLE: True},
        {p11.CKA_WRAP_WITH_TRUSTED: False},
    ):
        raises(READ_ONLY, session.set, key, change)
        raises(READ_ONLY, session.copy, key, change)


def test_keys_that_are_not_extractable_are_not_wrapped():
    _, session = user_session()
    _, key = wrapping(session)
    target = hidden(session, CKA_EXTRACTABLE=False)
    raises("CKR_KEY_UNEXTRACTABLE", session.wrap, key, target, KW)


def test_wrap_with_trusted():
    _, session = user_session()
    _, key = wrapping(session)
    target = hidden(session, CKA_WRAP_WITH_TRUSTED=True)
    raises("CKR_KEY_NOT_WRAPPABLE", session.wrap, key, target, KW)
    raises(READ_ONLY, session.set, key, {p11.CKA_TRUSTED: True})
    raises(READ_ONLY, wrapping, session, CKA_TRUSTED=True)
    raises(READ_ONLY, session.copy, target, {p11.CKA_TRUSTED: True})
    kek, key = wrapping(session)
    blob = keywrap.aes_key_wrap(kek, bytes(32))
    raises(READ_ONLY, session.unwrap, key, blob, GENERIC | {p11.CKA_TRUSTED: True}, KW)
    ask = {p11.CKA_VALUE_LEN: 32, p11.CKA_TRUSTED: True}
    raises(READ_ONLY, session.derive, target, ask, p11.CKM_SHA256_KEY_DERIVATION)


def test_with_a_trusted_key_it_is_wrapped():
    _, session = user_session()
    _, key = wrapping(session, CKA_TOKEN=True, CKA_PRIVATE=False)
    trusted(session, key)
    target = hidden(session, CKA_WRAP_WITH_TRUSTED=True)
    equal(len(session.wrap(key, target, KW)), 40)


def test_trust_is_not_copied():
    """A copy can be given other uses. One of a key that unwraps would do that, and trusted or not is all one then:
    it could have been made before."""
    _, session = user_session()
    oaep = p11.struct_param("CK_RSA_PKCS_OAEP_PARAMS", p11.CKM_SHA256, 2, 1, b"", 0)
    parts = {p11.CKA_MODULUS_BITS: 2048, p11.CKA_WRAP: True, p11.CKA_TOKEN: True}
    public, private = session.generate(p11.CKM_RSA_PKCS_KEY_PAIR_GEN, parts, {p11.CKA_UNWRAP: True})
    trusted(session, public)
    target = hidden(session)
    session.wrap(public, target, p11.CKM_RSA_PKCS_OAEP, oaep)
    copied = session.copy(public, {})
    raises("CKR_KEY_FUNCTION_NOT_PERMITTED", session.wrap, copied, target, p11.CKM_RSA_PKCS_OAEP, oaep)
    _, private = session.generate(p11.CKM_RSA_PKCS_KEY_PAIR_GEN, parts, {p11.CKA_UNWRAP: True})
    for key in (wrapping(session)[1], wrapping(session, CKA_WRAP=False)[1], wrapping(session, CKA_UNWRAP=False)[1], private):
        raises(PROHIBITED, session.copy, key, {})


def test_what_is_for_trusted_keys_is_so_after_a_journey():
    """Wrapped with a trusted key and unwrapped again, it would be anybody's to wrap."""
    _, session = user_session()
    _, both = wrapping(session, CKA_TOKEN=True, CKA_PRIVATE=False)
    parts = {p11.CKA_MODULUS_BITS: 2048, p11.CKA_WRAP: True, p11.CKA_TOKEN: True}
    public, private = session.generate(
        p11.CKM_RSA_PKCS_KEY_PAIR_GEN, parts, {p11.CKA_UNWRAP: True, p11.CKA_TOKEN: True}
    )
    oaep = p11.struct_param("CK_RSA_PKCS_OAEP_PARAMS", p11.CKM_SHA256, 2, 1, b"", 0)
    trusted(session, both)
    trusted(session, public)
    _, anybodys = wrapping(session)
    target = hidden(session, CKA_WRAP_WITH_TRUSTED=True)
    for wraps, unwraps, how in ((both, both, (KW,)), (public, private, (p11.CKM_RSA_PKCS_OAEP, oaep))):
        wrapped = session.wrap(wraps, target, *how)
        free = GENERIC | {p11.CKA_WRAP_WITH_TRUSTED: False}
        raises(INCONSISTENT, session.unwrap, unwraps, wrapped, free, *how)
        back = session.unwrap(unwraps, wrapped, GENERIC, *how)
        raises(READ_ONLY, session.set, back, {p11.CKA_WRAP_WITH_TRUSTED: False})
        raises("CKR_KEY_NOT_WRAPPABLE", session.wrap, anybodys, back, KW)
        equal(len(session.wrap(both, back, KW)), 40)
    back = session.unwrap(anybodys, session.wrap(anybodys, hidden(session), KW), GENERIC, KW)
    equal(len(session.wrap(anybodys, back, KW)), 40)


def test_unwrapping_opens_nothing():
    _, session = user_session()
    kek, key = wrapping(session)
    blob = keywrap.aes_key_wrap(kek, bytes(32))
    raises(INCONSISTENT, session.unwrap, key, blob, GENERIC | {p11.CKA_SENSITIVE: False}, KW)
    _, led = wrapping(session, CKA_UNWRAP_TEMPLATE={p11.CKA_SENSITIVE: False})
    wrapped = session.wrap(led, hidden(session), KW)
    raises(INCONSISTENT, session.unwrap, led, wrapped, GENERIC, KW)
    for kind in (p11.CKA_VALUE, p11.CKA_ALWAYS_SENSITIVE, p11.CKA_NEVER_EXTRACTABLE, p11.CKA_LOCAL):
        value = bytes(32) if kind == p11.CKA_VALUE else True
        raises((READ_ONLY, INCONSISTENT), session.unwrap, key, blob, GENERIC | {kind: value}, KW)
    raises(INCONSISTENT, session.unwrap, key, blob,
           {p11.CKA_CLASS: p11.CKO_DATA, p11.CKA_KEY_TYPE: p11.CKK_GENERIC_SECRET}, KW)


def test_types_that_a_key_pins_are_not_changed():
    _, session = user_session()
    only_aes = {p11.CKA_KEY_TYPE: p11.CKK_AES}
    kek, key = wrapping(session, CKA_UNWRAP_TEMPLATE=only_aes, CKA_WRAP_TEMPLATE=only_aes)
    blob = keywrap.aes_key_wrap(kek, bytes(32))
    raises(INCONSISTENT, session.unwrap, key, blob, GENERIC, KW)
    raises("CKR_KEY_HANDLE_INVALID", session.wrap, key, hidden(session), KW)
    raises("CKR_WRAPPED_KEY_LEN_RANGE", session.unwrap, key,
           keywrap.aes_key_wrap(kek, bytes(40)), {p11.CKA_CLASS: p11.CKO_SECRET_KEY}, KW)


def test_nobody_chooses_the_nonce():
    """With one nonce twice, a key that is known gives another away."""
    _, session = user_session()
    _, key = wrapping(session)
    target = hidden(session)
    iv, tag = (ctypes.c_ubyte * 12)(), (ctypes.c_ubyte * 16)()
    bad = "CKR_MECHANISM_PARAM_INVALID"
    raises(bad, session.wrap, key, target, GCM, p11.gcm(bytes(12)))
    for generator in (p11.CKG_NO_GENERATE, p11.CKG_GENERATE_COUNTER, p11.CKG_GENERATE_COUNTER_XOR):
        raises(bad, session.wrap, key, target, GCM, p11.gcm_wrap(iv, b"", generator))
        how = p11.gcm_message(iv, tag, generator)
        raises(bad, session.wrap_authenticated, key, target, GCM, how)
    wrapped = set()
    for _ in range(2):
        iv = (ctypes.c_ubyte * 12)()
        wrapped.add(session.wrap(key, target, GCM, p11.gcm_wrap(iv)))
        check(bytes(iv) != bytes(12), "the nonce is told")
    equal(len(wrapped), 2, "two nonces")


def test_nobody_chooses_the_initial_value():
    """With one of his own, eight bytes under KWP show AES of a block that he chose: a key stream of GCM,
    say. And what KW wraps with KWP's value unwraps as KWP if it ends with zeros."""
    _, session = user_session()
    kek, key = wrapping(session)
    target, short = hidden(session), secret(session, p11.CKK_GENERIC_SECRET, bytes(8), CKA_EXTRACTABLE=True)
    bad = "CKR_MECHANISM_PARAM_INVALID"
    raises(bad, session.wrap, key, short, KWP, b"abcd")
    raises(bad, session.wrap, key, target, KW, b"\xa6\x59\x59\xa6\0\0\0\x1f")
    equal(session.wrap(key, target, KW, b"\xa6" * 8), session.wrap(key, target, KW))
    equal(session.wrap(key, target, KWP, b"\xa6\x59\x59\xa6"), session.wrap(key, target, KWP))


def test_no_short_tag_lets_a_key_in():
    _, session = user_session()
    kek, key = wrapping(session)
    wrapped = AESGCM(kek).encrypt(bytes(12), bytes(32), b"")
    for bits in (32, 64, 96, 104, 112, 120):
        cut = wrapped[: 32 + bits // 8]
        raises("CKR_MECHANISM_PARAM_INVALID", session.unwrap, key, cut, GENERIC, GCM, p11.gcm(bytes(12), b"", bits))
    session.unwrap(key, wrapped, GENERIC, GCM, p11.gcm(bytes(12)))


def test_there_is_no_padding_to_ask():
    _, session = user_session()
    _, key = wrapping(session)
    wrong = "CKR_MECHANISM_INVALID"
    for kind, param in (
        (p11.CKM_AES_CBC_PAD, bytes(16)),
        (p11.CKM_AES_CBC, bytes(16)),
        (p11.CKM_AES_ECB, None),
        (p11.CKM_AES_CTR, p11.ctr(bytes(16))),
    ):
        raises(wrong, session.unwrap, key, bytes(48), GENERIC, kind, param)
        raises(wrong, session.wrap, key, hidden(session), kind, param)
    kek, key = wrapping(session)
    good = keywrap.aes_key_wrap_with_padding(kek, bytes(27))
    for bit in range(8 * len(good)):
        raises("CKR_WRAPPED_KEY_INVALID", session.unwrap, key, flipped(good, bit), GENERIC, KWP)


def test_deriving_opens_nothing():
    _, session = user_session()
    key = hidden(session, CKA_EXTRACTABLE=False, CKA_WRAP_WITH_TRUSTED=True)
    text = p11.string_data(bytes(32))
    for kind, param in (
        (p11.CKM_XOR_BASE_AND_DATA, text),
        (p11.CKM_CONCATENATE_BASE_AND_DATA, text),
        (p11.CKM_SHA256_KEY_DERIVATION, None),
        (p11.CKM_HKDF_DERIVE, p11.hkdf(p11.CKM_SHA256, None, expand=False)),
    ):
        for change in (
            {p11.CKA_SENSITIVE: False},
            {p11.CKA_EXTRACTABLE: True},
            {p11.CKA_WRAP_WITH_TRUSTED: False},
        ):
            raises(INCONSISTENT, session.derive, key, change, kind, param)
        got = session.derive(key, {}, kind, param)
        check(session.get_bool(got, p11.CKA_WRAP_WITH_TRUSTED), "as its base")
    beside = secret(session, p11.CKK_GENERIC_SECRET, b"known", CKA_DERIVE=True, CKA_SENSITIVE=False)
    raises(INCONSISTENT, session.derive, beside, {p11.CKA_SENSITIVE: False},
           p11.CKM_CONCATENATE_BASE_AND_KEY, p11.mac_len(key))


def test_no_small_piece_of_a_key_is_cut_out():
    """A key of one byte is found by trying all."""
    _, session = user_session()
    key = hidden(session)
    small = "CKR_KEY_SIZE_RANGE"
    for length in (1, 16, 31):
        raises(small, session.derive, key, {p11.CKA_VALUE_LEN: length},
               p11.CKM_CONCATENATE_BASE_AND_DATA, p11.string_data(b""))
        raises(small, session.derive, key, {}, p11.CKM_XOR_BASE_AND_DATA, p11.string_data(bytes(length)))
        raises(small, session.derive, key, {p11.CKA_VALUE_LEN: 32 + length},
               p11.CKM_CONCATENATE_DATA_AND_BASE, p11.string_data(bytes(32)))
    for length in (1, 16, 32):
        raises("CKR_KEY_FUNCTION_NOT_PERMITTED", session.derive, key, {p11.CKA_VALUE_LEN: length},
               p11.CKM_EXTRACT_KEY_FROM_KEY, p11.mac_len(8))


def test_no_longer_key_is_found_by_its_beginning():
    """With the same parameter, a key of one byte is the first of one of 32."""
    _, session = user_session()
    key, count = hidden(session), p11.counter(p11.CK_SP800_108_ITERATION_VARIABLE, 8)
    more = p11.derived_key({p11.CKA_VALUE_LEN: 15})
    small = "CKR_KEY_SIZE_RANGE"
    for kind, param in (
        (p11.CKM_HKDF_DERIVE, p11.hkdf(p11.CKM_SHA256)),
        (p11.CKM_HKDF_DERIVE, p11.hkdf(p11.CKM_SHA256, None, expand=False)),
        (p11.CKM_SHA256_KEY_DERIVATION, None),
        (p11.CKM_SP800_108_COUNTER_KDF, p11.sp800_108(p11.CKM_SHA256_HMAC, [count])),
    ):
        for length in (1, 2, 15):
            raises(small, session.derive, key, {p11.CKA_VALUE_LEN: length}, kind, param)
        session.derive(key, {p11.CKA_VALUE_LEN: 16}, kind, param)
    param = p11.sp800_108(p11.CKM_SHA256_HMAC, [count], [more])
    raises(small, session.derive, key, {p11.CKA_VALUE_LEN: 16}, p11.CKM_SP800_108_COUNTER_KDF, param)
    short = secret(session, p11.CKK_GENERIC_SECRET, b"8 bytes.", CKA_DERIVE=True)
    session.derive(short, {p11.CKA_VALUE_LEN: 8}, p11.CKM_SHA256_KEY_DERIVATION)
    raises(small, session.derive, short, {p11.CKA_VALUE_LEN: 7}, p11.CKM_SHA256_KEY_DERIVATION)


COUNTED = [p11.counter(p11.CK_SP800_108_ITERATION_VARIABLE, 8)]
# Derivations that are a MAC, or a ciphertext, of the key that they are from.
KEYED = (
    (p11.CKK_GENERIC_SECRET, p11.CKM_HKDF_DERIVE, p11.hkdf(p11.CKM_SHA256, None, b"info", extract=False)),
    (p11.CKK_GENERIC_SECRET, p11.CKM_SP800_108_COUNTER_KDF, p11.sp800_108(p11.CKM_SHA256_HMAC, COUNTED)),
    (p11.CKK_GENERIC_SECRET, p11.CKM_TLS12_MASTER_KEY_DERIVE_DH, p11.tls_master(p11.CKM_SHA256, bytes(32), bytes(32))),
    (p11.CKK_AES, p11.CKM_SP800_108_COUNTER_KDF, p11.sp800_108(p11.CKM_AES_CMAC, COUNTED)),
    (p11.CKK_AES, p11.CKM_AES_ECB_ENCRYPT_DATA, p11.string_data(bytes(32))),
    (p11.CKK_AES, p11.CKM_AES_CBC_ENCRYPT_DATA, p11.aes_cbc_data(bytes(16), bytes(32))),
)


def test_no_key_derives_what_it_would_sign_or_encrypt():
    _, session = user_session()
    denied, sized = "CKR_KEY_FUNCTION_NOT_PERMITTED", {p11.CKA_VALUE_LEN: 32}
    for key_type, kind, param in KEYED:
        wanted = {} if kind == p11.CKM_TLS12_MASTER_KEY_DERIVE_DH else sized
        only = secret(session, key_type, bytes(32), CKA_DERIVE=True)
        session.derive(only, wanted, kind, param)
        uses = ("CKA_SIGN", "CKA_VERIFY") + (("CKA_ENCRYPT", "CKA_DECRYPT") if key_type == p11.CKK_AES else ())
        for use in uses:
            check(not session.get_bool(only, getattr(p11, use)), f"{use} by default")
            both = secret(session, key_type, bytes(32), CKA_DERIVE=True, **{use: True})
            raises(denied, session.derive, both, wanted, kind, param)
            allowed = secret(session, key_type, bytes(32), CKA_DERIVE=True, CKA_ALLOWED_MECHANISMS=[kind], **{use: True})
            session.derive(allowed, wanted, kind, param)
            # neither later, nor in a copy, nor the other way about
            for change in ({getattr(p11, use): True}, {p11.CKA_DERIVE: False}):
                raises(READ_ONLY, session.set, only, change)
                raises(READ_ONLY, session.copy, only, change)
            raises(READ_ONLY, session.copy, both, {getattr(p11, use): False})
            signs = secret(session, key_type, bytes(32), **{use: True})
            raises(READ_ONLY, session.copy, signs, {p11.CKA_DERIVE: True})
        opened = secret(session, key_type, bytes(32), CKA_DERIVE=True, CKA_SIGN=True, CKA_SENSITIVE=False, CKA_EXTRACTABLE=True)
        session.derive(opened, wanted, kind, param)
    salt = secret(session, p11.CKK_GENERIC_SECRET, bytes(32), CKA_DERIVE=True, CKA_SIGN=True)
    known = secret(session, p11.CKK_GENERIC_SECRET, b"known", CKA_DERIVE=True, CKA_SENSITIVE=False, CKA_EXTRACTABLE=True)
    raises(denied, session.derive, known, {}, p11.CKM_HKDF_DERIVE, p11.hkdf(p11.CKM_SHA256, salt, expand=False))


def test_what_is_joined_of_a_hidden_key_only_derives():
    """Of nothing and a key, the key comes."""
    _, session = user_session()
    key = hidden(session)
    for kind, param in (
        (p11.CKM_XOR_BASE_AND_DATA, p11.string_data(bytes(32))),
        (p11.CKM_CONCATENATE_BASE_AND_DATA, p11.string_data(b"")),
        (p11.CKM_CONCATENATE_DATA_AND_BASE, p11.string_data(b"")),
    ):
        for use in OTHERS[:3] + ("CKA_VERIFY", "CKA_WRAP", "CKA_UNWRAP"):
            raises(INCONSISTENT, session.derive, key, {getattr(p11, use): True}, kind, param)
        clone = session.derive(key, {}, kind, param)
        for use in OTHERS + ("CKA_VERIFY",):
            check(not session.get_bool(clone, getattr(p11, use)), f"{use} by default")
            raises(READ_ONLY, session.set, clone, {getattr(p11, use): True})
            raises(READ_ONLY, session.copy, clone, {getattr(p11, use): True})
        clone = session.derive(key, {p11.CKA_DERIVE: True}, kind, param)
        session.derive(clone, {}, p11.CKM_SHA256_KEY_DERIVATION)


def test_no_wrapping_key_is_cloned_by_deriving():
    """The clone could be given the use that the key itself may not have."""
    _, session = user_session()
    _, key = wrapping(session)
    raises("CKR_KEY_FUNCTION_NOT_PERMITTED", session.derive, key, {},
           p11.CKM_XOR_BASE_AND_DATA, p11.string_data(bytes(32)))


def test_no_private_key_is_joined_to_data():
    """What works on a secret key's value is not for private keys."""
    _, session = user_session()
    curve = {p11.CKA_EC_PARAMS: bytes.fromhex("06082a8648ce3d030107")}
    public, private = session.generate(p11.CKM_EC_KEY_PAIR_GEN, curve, {p11.CKA_DERIVE: True})
    point = p11.string_data(session.get(public, p11.CKA_EC_POINT))
    for kind, param in (
        (p11.CKM_CONCATENATE_BASE_AND_DATA, point),
        (p11.CKM_CONCATENATE_DATA_AND_BASE, point),
        (p11.CKM_XOR_BASE_AND_DATA, point),
        (p11.CKM_CONCATENATE_BASE_AND_KEY, p11.mac_len(private)),
        (p11.CKM_SHA256_KEY_DERIVATION, None),
    ):
        raises("CKR_KEY_TYPE_INCONSISTENT", session.derive, private, {}, kind, param)
    raises("CKR_KEY_TYPE_INCONSISTENT", session.derive, hidden(session), {},
           p11.CKM_CONCATENATE_BASE_AND_KEY, p11.mac_len(private))


def test_nonsense_is_refused():
    _, session = user_session()
    _, key = wrapping(session)
    target, m, made = hidden(session), session.m, ctypes.c_ulong(77)
    how, out = ctypes.byref(p11.mechanism(KW)), ctypes.byref(made)
    array, huge = p11.template(GENERIC), p11.UNAVAILABLE
    bad = "CKR_ARGUMENTS_BAD"
    rv(m.C_UnwrapKey(session.handle, how, key, bytes(40), 40, array, huge, out), bad)
    rv(m.C_UnwrapKey(session.handle, how, key, None, 40, array, 2, out), bad)
    rv(m.C_UnwrapKey(session.handle, how, key, bytes(40), huge, array, 2, out), bad)
    rv(m.C_UnwrapKey(session.handle, how, key, bytes(40), 40, array, 2, None), bad)
    rv(m.C_UnwrapKey(session.handle, None, key, bytes(40), 40, array, 2, out), bad)
    rv(m.C_WrapKey(session.handle, None, key, target, None, out), bad)
    rv(m.C_DeriveKey(session.handle, how, target, array, huge, out), bad)
    rv(m.C_WrapKey(session.handle, how, key, 99999, None, out), "CKR_KEY_HANDLE_INVALID")
    rv(m.C_WrapKey(session.handle, how, 99999, target, None, out), "CKR_WRAPPING_KEY_HANDLE_INVALID")
    rv(m.C_UnwrapKey(session.handle, how, 99999, bytes(40), 40, array, 2, out), "CKR_UNWRAPPING_KEY_HANDLE_INVALID")
    param = p11.gcm_wrap((ctypes.c_ubyte * 12)())
    param.pIv = None
    raises("CKR_MECHANISM_PARAM_INVALID", session.wrap, key, target, GCM, param)
    param = p11.hkdf(p11.CKM_SHA256, b"salt", b"info")
    for field in ("ulSaltLen", "ulInfoLen"):
        setattr(param, field, huge)
        raises("CKR_MECHANISM_PARAM_INVALID", session.derive, target, {p11.CKA_VALUE_LEN: 16},
               p11.CKM_HKDF_DERIVE, param)
    equal(made.value, 77, "the output")


if __name__ == "__main__":
    main(globals())
