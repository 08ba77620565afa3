#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""C_EncapsulateKey and C_DecapsulateKey with RSA and elliptic curves, against another implementation, and joined
with ML-KEM as TLS has it."""

import ctypes
import hashlib
import hmac
import os

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, x448, x25519
from cryptography.hazmat.primitives.kdf.x963kdf import X963KDF

import p11
from harness import *  # noqa: F403

OAEP, RAW, ECDH, COFACTOR = p11.CKM_RSA_PKCS_OAEP, p11.CKM_RSA_X_509, p11.CKM_ECDH1_DERIVE, p11.CKM_ECDH1_COFACTOR_DERIVE
BAD, BAD_LEN, INCONSISTENT = "CKR_WRAPPED_KEY_INVALID", "CKR_WRAPPED_KEY_LEN_RANGE", "CKR_TEMPLATE_INCONSISTENT"
POINT = (serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
BARE = (serialization.Encoding.Raw, serialization.PublicFormat.Raw)
HASHES = ((hashes.SHA1, p11.CKM_SHA_1, 1), (hashes.SHA256, p11.CKM_SHA256, 2), (hashes.SHA512, p11.CKM_SHA512, 4))
CURVES = (
    (ec.SECP256R1, "06082a8648ce3d030107"),
    (ec.SECP384R1, "06052b81040022"),
    (ec.SECP521R1, "06052b81040023"),
    (ec.SECP256K1, "06052b8104000a"),
    (ec.BrainpoolP256R1, "06092b2403030208010107"),
    (ec.BrainpoolP512R1, "06092b240303020801010d"),
)
MONTGOMERY = (
    (x25519.X25519PrivateKey, x25519.X25519PublicKey, "06032b656e", 32),
    (x448.X448PrivateKey, x448.X448PublicKey, "06032b656f", 56),
)
# CKD_, hash (PKCS#11 v3.2, 6.3.17)
KDFS = ((2, hashes.SHA1), (5, hashes.SHA224), (6, hashes.SHA256), (7, hashes.SHA384), (8, hashes.SHA512))


def oaep(hash_mechanism=p11.CKM_SHA256, mgf=2, label=b""):
    return p11.struct_param("CK_RSA_PKCS_OAEP_PARAMS", hash_mechanism, mgf, 1, label, len(label))


def pair(session, kind, what, public=None, private=None):
    public = {p11.CKA_ENCAPSULATE: True} | what | (public or {})
    return session.generate(kind, public, {p11.CKA_DECAPSULATE: True} | (private or {}))


def rsa_pair(session, **more):
    return pair(session, p11.CKM_RSA_PKCS_KEY_PAIR_GEN, {p11.CKA_MODULUS_BITS: 2048}, **more)


def curve_pair(session, params, kind=p11.CKM_EC_KEY_PAIR_GEN, **more):
    return pair(session, kind, {p11.CKA_EC_PARAMS: bytes.fromhex(params)}, **more)


def public_of(session, handle):
    return serialization.load_der_public_key(session.get(handle, p11.CKA_PUBLIC_KEY_INFO))


def known_rsa(session, key, **more):
    """Another implementation's private key in the token."""
    numbers = key.private_numbers()
    parts = {
        p11.CKA_MODULUS: numbers.public_numbers.n,
        p11.CKA_PUBLIC_EXPONENT: numbers.public_numbers.e,
        p11.CKA_PRIVATE_EXPONENT: numbers.d,
        p11.CKA_PRIME_1: numbers.p,
        p11.CKA_PRIME_2: numbers.q,
    }
    what = {kind: value.to_bytes((value.bit_length() + 7) // 8, "big") for kind, value in parts.items()}
    what |= {p11.CKA_CLASS: p11.CKO_PRIVATE_KEY, p11.CKA_KEY_TYPE: p11.CKK_RSA, p11.CKA_DECAPSULATE: True}
    return session.create(what | {getattr(p11, name): value for name, value in more.items()})


def sized(length, **more):
    return OPEN_SECRET | {p11.CKA_VALUE_LEN: length} | {getattr(p11, name): value for name, value in more.items()}


def value(session, handle):
    return session.get(handle, p11.CKA_VALUE)


# ------------------------------------------------------------------------------- RSA


def rsa_key():
    return rsa.generate_private_key(65537, 2048)


def public_rsa(session, key):
    numbers = key.public_key().public_numbers()
    what = {p11.CKA_CLASS: p11.CKO_PUBLIC_KEY, p11.CKA_KEY_TYPE: p11.CKK_RSA, p11.CKA_ENCAPSULATE: True}
    what |= {p11.CKA_MODULUS: numbers.n.to_bytes(256, "big"), p11.CKA_PUBLIC_EXPONENT: b"\1\0\1"}
    return session.create(what)


def test_oaep_agrees_with_another_implementation():
    _, session = user_session()
    key = rsa_key()
    public, private = public_rsa(session, key), known_rsa(session, key)
    for hash_of, ckm, mgf in HASHES:
        for label, length in ((b"", 16), (b"label", 32), (b"", 1)):
            param = oaep(ckm, mgf, label)
            scheme = padding.OAEP(padding.MGF1(hash_of()), hash_of(), label)
            ciphertext, made = session.encapsulate(public, sized(length), OAEP, param)
            equal(len(ciphertext), 256)
            equal(key.decrypt(ciphertext, scheme), value(session, made))
            equal(len(value(session, made)), length)
            again = session.decapsulate(private, ciphertext, OPEN_SECRET, OAEP, param)
            equal(value(session, again), value(session, made))
            secret = os.urandom(length)
            theirs = key.public_key().encrypt(secret, scheme)
            for asked in (OPEN_SECRET, sized(length)):
                equal(value(session, session.decapsulate(private, theirs, asked, OAEP, param)), secret)
    first, second = (value(session, session.encapsulate(public, sized(32), OAEP, oaep())[1]) for _ in range(2))
    check(first != second, "each encapsulation is a new secret")


def test_the_template_says_how_long_a_secret_of_oaep_is():
    _, session = user_session()
    public, private = rsa_pair(session)
    raises("CKR_TEMPLATE_INCOMPLETE", session.encapsulate, public, OPEN_SECRET, OAEP, oaep())
    most = 256 - 2 - 2 * 32
    ciphertext, made = session.encapsulate(public, sized(most), OAEP, oaep())
    for length in (most + 1, 4096, 4097, 2**63):
        raises(INCONSISTENT, session.encapsulate, public, sized(length), OAEP, oaep())
    raises("CKR_TEMPLATE_INCOMPLETE", session.encapsulate, public, sized(0), OAEP, oaep())
    only = OPEN_SECRET | {p11.CKA_KEY_TYPE: p11.CKK_CHACHA20}  # which have one length
    ciphertext, made = session.encapsulate(public, only, OAEP, oaep())
    equal(len(value(session, made)), 32)
    aes = OPEN_SECRET | {p11.CKA_KEY_TYPE: p11.CKK_AES}
    raises("CKR_TEMPLATE_INCOMPLETE", session.encapsulate, public, aes, OAEP, oaep())
    raises(INCONSISTENT, session.encapsulate, public, aes | {p11.CKA_VALUE_LEN: 17}, OAEP, oaep())
    got = session.decapsulate(private, ciphertext, aes, OAEP, oaep())
    equal(session.get_number(got, p11.CKA_VALUE_LEN), 32)
    # of a length that the type does not have
    odd = public_of(session, public).encrypt(bytes(17), padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None))
    raises(INCONSISTENT, session.decapsulate, private, odd, aes, OAEP, oaep())


def test_a_wrong_ciphertext_of_oaep_has_one_answer():
    """Whatever is wrong with it, but for the length, which everybody sees."""
    _, session = user_session()
    public, private = rsa_pair(session)
    ciphertext, _ = session.encapsulate(public, sized(32), OAEP, oaep())
    other = public_of(session, public)
    scheme = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    modulus = other.public_numbers().n
    wrong = [flipped(ciphertext, bit) for bit in (1, 700, 2047)] + [bytes(256), bytes(255) + b"\1"]
    wrong += [(modulus + more).to_bytes(256, "big") for more in (-1, 0, 1)] + [b"\xff" * 256]
    wrong += [other.encrypt(b"", scheme), other.encrypt(bytes(31), scheme), other.encrypt(bytes(33), scheme)]
    wrong += [other.encrypt(bytes(32), padding.PKCS1v15())]
    wrong += [other.encrypt(bytes(32), padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), b"label"))]
    for one in wrong:
        raises(BAD, session.decapsulate, private, one, sized(32), OAEP, oaep())
    for one in (b"", ciphertext[:-1], ciphertext + b"\0", ciphertext[:1], bytes(512)):
        raises(BAD_LEN, session.decapsulate, private, one, sized(32), OAEP, oaep())
    session.decapsulate(private, ciphertext, sized(32), OAEP, oaep())


def test_there_is_no_kem_of_pkcs1():
    _, session = user_session()
    public, private = rsa_pair(session)
    raises("CKR_MECHANISM_INVALID", session.encapsulate, public, sized(32), p11.CKM_RSA_PKCS)
    ciphertext = public_of(session, public).encrypt(bytes(32), padding.PKCS1v15())
    raises("CKR_MECHANISM_INVALID", session.decapsulate, private, ciphertext, sized(32), p11.CKM_RSA_PKCS)


def test_rsasve_where_the_policy_allows_rsa_without_padding():
    module, session = user_session()
    key = rsa_key()
    numbers = key.private_numbers()
    n, e, d = numbers.public_numbers.n, numbers.public_numbers.e, numbers.d
    public, private = public_rsa(session, key), known_rsa(session, key)
    raises("CKR_MECHANISM_INVALID", session.encapsulate, public, OPEN_SECRET, RAW)
    raises("CKR_MECHANISM_INVALID", session.decapsulate, private, bytes(256), OPEN_SECRET, RAW)
    settle("--raw-rsa", "allow")
    for asked in (OPEN_SECRET, sized(256)):
        ciphertext, made = session.encapsulate(public, asked, RAW)
        secret = value(session, made)
        equal(pow(int.from_bytes(secret, "big"), e, n).to_bytes(256, "big"), ciphertext)
        equal(value(session, session.decapsulate(private, ciphertext, asked, RAW)), secret)
    theirs = int.from_bytes(os.urandom(255), "big")
    got = session.decapsulate(private, theirs.to_bytes(256, "big"), OPEN_SECRET, RAW)
    equal(value(session, got), pow(theirs, d, n).to_bytes(256, "big"))
    for number in (0, 1, n - 1, n, 2**2048 - 1):
        raises(BAD, session.decapsulate, private, number.to_bytes(256, "big"), OPEN_SECRET, RAW)
    raises(BAD_LEN, session.decapsulate, private, ciphertext[1:], OPEN_SECRET, RAW)
    for length in (255, 257, 32):
        raises(INCONSISTENT, session.encapsulate, public, sized(length), RAW)
        raises(INCONSISTENT, session.decapsulate, private, ciphertext, sized(length), RAW)
    # what unwraps does not do without padding, whatever else it does
    settle("--wrapping", "open")
    both = known_rsa(session, key, CKA_UNWRAP=True)
    settle("--wrapping", "strict")
    raises("CKR_KEY_FUNCTION_NOT_PERMITTED", session.decapsulate, both, ciphertext, OPEN_SECRET, RAW)


# ------------------------------------------------------------------------------- curves


def test_ecdh_agrees_with_another_implementation():
    _, session = user_session()
    for curve, params in CURVES:
        public, private = curve_pair(session, params)
        mine = public_of(session, public)
        own = ec.generate_private_key(curve())
        point = own.public_key().public_bytes(*POINT)
        expected = own.exchange(ec.ECDH(), mine)
        for kind in (ECDH, COFACTOR):
            got = session.decapsulate(private, point, OPEN_SECRET, kind, p11.ecdh())
            equal(value(session, got), expected, params)
        got = session.decapsulate(private, point, sized(16), ECDH, p11.ecdh())
        equal(value(session, got), expected[-16:], "the end of it")
        octets = b"\x04" + (bytes([len(point)]) if len(point) < 128 else bytes([0x81, len(point)])) + point
        got = session.decapsulate(private, octets, OPEN_SECRET, ECDH, p11.ecdh())
        equal(value(session, got), expected, "as an OCTET STRING")
        for kdf, hash_of in KDFS:
            for shared, length in ((b"", 16), (b"shared", 100)):
                param = p11.ecdh(b"", kdf, shared)
                got = session.decapsulate(private, point, sized(length), ECDH, param)
                equal(value(session, got), X963KDF(hash_of(), length, shared).derive(expected), f"{params} {kdf}")
        # the other way about: the token's ciphertext is a point that another implementation agrees with
        theirs = session.create({
            p11.CKA_CLASS: p11.CKO_PUBLIC_KEY, p11.CKA_KEY_TYPE: p11.CKK_EC, p11.CKA_ENCAPSULATE: True,
            p11.CKA_EC_PARAMS: bytes.fromhex(params), p11.CKA_EC_POINT: octets,
        })  # fmt: skip
        for kind, param, asked in ((ECDH, p11.ecdh(), OPEN_SECRET), (COFACTOR, p11.ecdh(b"", 6, b"info"), sized(40))):
            ciphertext, made = session.encapsulate(theirs, asked, kind, param)
            equal(len(ciphertext), len(point))
            agreed = own.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(curve(), ciphertext))
            expected = agreed if kind == ECDH else X963KDF(hashes.SHA256(), 40, b"info").derive(agreed)
            equal(value(session, made), expected, params)
        check(ciphertext != session.encapsulate(theirs, asked, kind, param)[0], "each time another pair")


def test_x25519_and_x448_agree_with_another_implementation():
    _, session = user_session()
    for private_type, public_type, params, size in MONTGOMERY:
        public, private = curve_pair(session, params, p11.CKM_EC_MONTGOMERY_KEY_PAIR_GEN)
        ciphertext, made = session.encapsulate(public, OPEN_SECRET, ECDH, p11.ecdh())
        equal(len(ciphertext), size)
        again = session.decapsulate(private, ciphertext, OPEN_SECRET, ECDH, p11.ecdh())
        equal(value(session, again), value(session, made))
        own = private_type.generate()
        theirs = own.public_key().public_bytes(*BARE)
        expected = own.exchange(public_type.from_public_bytes(session.get(public, p11.CKA_EC_POINT)[2:]))
        equal(value(session, session.decapsulate(private, theirs, OPEN_SECRET, ECDH, p11.ecdh())), expected)
        got = session.decapsulate(private, theirs, sized(99), ECDH, p11.ecdh(b"", 8, b"x"))
        equal(value(session, got), X963KDF(hashes.SHA512(), 99, b"x").derive(expected))
        for small in (bytes(size), b"\1" + bytes(size - 1)):  # points whose order is small
            raises(BAD, session.decapsulate, private, small, OPEN_SECRET, ECDH, p11.ecdh())
            what = {p11.CKA_CLASS: p11.CKO_PUBLIC_KEY, p11.CKA_KEY_TYPE: p11.CKK_EC_MONTGOMERY, p11.CKA_ENCAPSULATE: True}
            weak = session.create(what | {p11.CKA_EC_PARAMS: bytes.fromhex(params), p11.CKA_EC_POINT: small})
            raises("CKR_ATTRIBUTE_VALUE_INVALID", session.encapsulate, weak, OPEN_SECRET, ECDH, p11.ecdh())


def test_what_is_no_point_is_no_ciphertext():
    _, session = user_session()
    _, private = curve_pair(session, CURVES[0][1])
    good = ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(*POINT)
    other = ec.generate_private_key(ec.SECP256K1()).public_key().public_bytes(*POINT)
    for wrong in (flipped(good, 300), other, b"\x04" + bytes(64), b"\x02" + b"\xff" * 32):
        raises(BAD, session.decapsulate, private, wrong, OPEN_SECRET, ECDH, p11.ecdh())
    for wrong in (b"", b"\0", good[:-1], good + b"\0", bytes(65), b"\x06" + good[1:]):
        raises(BAD_LEN, session.decapsulate, private, wrong, OPEN_SECRET, ECDH, p11.ecdh())


def test_lengths_and_parameters_that_are_none():
    _, session = user_session()
    public, private = curve_pair(session, CURVES[0][1])
    ciphertext, _ = session.encapsulate(public, OPEN_SECRET, ECDH, p11.ecdh())
    point = p11.ecdh(ciphertext)  # which C_DeriveKey takes
    for param in (None, point, p11.ecdh(b"", 1, b"shared without a hash"), p11.ecdh(b"", 9), p11.ecdh(b"", 0), b"bytes"):
        raises("CKR_MECHANISM_PARAM_INVALID", session.encapsulate, public, OPEN_SECRET, ECDH, param)
        raises("CKR_MECHANISM_PARAM_INVALID", session.decapsulate, private, ciphertext, OPEN_SECRET, ECDH, param)
    for length in (33, 15, 1):
        raises(INCONSISTENT, session.encapsulate, public, sized(length), ECDH, p11.ecdh())
        raises(INCONSISTENT, session.decapsulate, private, ciphertext, sized(length), ECDH, p11.ecdh())
    aes = OPEN_SECRET | {p11.CKA_KEY_TYPE: p11.CKK_AES}
    equal(len(value(session, session.encapsulate(public, aes, ECDH, p11.ecdh())[1])), 32)
    raises(INCONSISTENT, session.encapsulate, public, aes | {p11.CKA_VALUE_LEN: 31}, ECDH, p11.ecdh())
    signs, _ = pair(session, p11.CKM_EC_EDWARDS_KEY_PAIR_GEN, {p11.CKA_EC_PARAMS: bytes.fromhex("06032b6570")})
    raises("CKR_KEY_TYPE_INCONSISTENT", session.encapsulate, signs, OPEN_SECRET, ECDH, p11.ecdh())
    raises("CKR_KEY_TYPE_INCONSISTENT", session.encapsulate, private, OPEN_SECRET, ECDH, p11.ecdh())
    raises("CKR_KEY_TYPE_INCONSISTENT", session.encapsulate, public, sized(32), OAEP, oaep())
    raises("CKR_KEY_TYPE_INCONSISTENT", session.encapsulate, public, OPEN_SECRET)
    raises("CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT", session.decapsulate, public, ciphertext, OPEN_SECRET, ECDH, p11.ecdh())


# ------------------------------------------------------------------------------- all


def kinds(session, **more):
    yield (*rsa_pair(session, **more), 32, OAEP, oaep())
    yield (*curve_pair(session, CURVES[0][1], **more), 32, ECDH, p11.ecdh())
    yield (*curve_pair(session, MONTGOMERY[0][2], p11.CKM_EC_MONTGOMERY_KEY_PAIR_GEN, **more), 32, ECDH, p11.ecdh(b"", 6))


def test_the_length_of_a_ciphertext_is_told():
    module, session = user_session()
    for public, _, length, kind, param in kinds(session):
        how, array = p11.mechanism(kind, param), p11.template(sized(length))
        room, made, by = ctypes.c_ulong(), ctypes.c_ulong(77), ctypes.byref
        args = (session.handle, by(how), public, array, len(array))
        rv(module.C_EncapsulateKey(*args, None, by(room), None), "CKR_OK")
        expected = room.value
        small = (ctypes.c_ubyte * expected)()
        room.value = expected - 1
        rv(module.C_EncapsulateKey(*args, small, by(room), by(made)), "CKR_BUFFER_TOO_SMALL")
        equal((room.value, made.value, bytes(small)), (expected, 77, bytes(expected)))
        rv(module.C_EncapsulateKey(*args, small, by(room), by(made)), "CKR_OK")
        equal(room.value, expected)


def test_new_secrets_are_as_the_standard_has_them():
    _, session = user_session()
    for public, private, length, kind, param in kinds(session):
        asked = {p11.CKA_CLASS: p11.CKO_SECRET_KEY, p11.CKA_KEY_TYPE: p11.CKK_GENERIC_SECRET, p11.CKA_VALUE_LEN: length}
        ciphertext, ours = session.encapsulate(public, asked, kind, param)
        theirs = session.decapsulate(private, ciphertext, asked, kind, param)
        for made in (ours, theirs):
            for attribute in (p11.CKA_ALWAYS_SENSITIVE, p11.CKA_NEVER_EXTRACTABLE, p11.CKA_LOCAL):
                check(not session.get_bool(made, attribute), f"{attribute:#x}")
            check(session.get_bool(made, p11.CKA_EXTRACTABLE), "extractable")
            check(len(session.get(made, p11.CKA_UNIQUE_ID)) > 0, "a unique id")
            equal(session.get_number(made, p11.CKA_VALUE_LEN), length)
        hidden = asked | {p11.CKA_SENSITIVE: True, p11.CKA_EXTRACTABLE: False}
        made = session.decapsulate(private, ciphertext, hidden, kind, param)
        raises("CKR_ATTRIBUTE_SENSITIVE", session.get, made, p11.CKA_VALUE)
        mac = hmac.new(value(session, ours), b"data", "sha256").digest()
        equal(session.sign(made, b"data", p11.CKM_SHA256_HMAC), mac)
        wrong = asked | {p11.CKA_ALWAYS_SENSITIVE: True}
        raises("CKR_ATTRIBUTE_READ_ONLY", session.encapsulate, public, wrong, kind, param)


def test_templates_of_keys_bind():
    _, session = user_session()
    aes = {p11.CKA_KEY_TYPE: p11.CKK_AES}
    public = {p11.CKA_ENCAPSULATE_TEMPLATE: aes}
    private = {p11.CKA_DECAPSULATE_TEMPLATE: aes | {p11.CKA_SENSITIVE: True, p11.CKA_VALUE_LEN: 32}}
    for public, private, length, kind, param in kinds(session, public=public, private=private):
        raises("CKR_KEY_HANDLE_INVALID", session.encapsulate, public, sized(length), kind, param)
        ciphertext, _ = session.encapsulate(public, sized(length, CKA_KEY_TYPE=p11.CKK_AES), kind, param)
        raises(INCONSISTENT, session.decapsulate, private, ciphertext, OPEN_SECRET, kind, param)
        raises(INCONSISTENT, session.decapsulate, private, ciphertext, {p11.CKA_VALUE_LEN: 16}, kind, param)
        made = session.decapsulate(private, ciphertext, {}, kind, param)
        equal(session.get_number(made, p11.CKA_KEY_TYPE), p11.CKK_AES)
        raises("CKR_ATTRIBUTE_SENSITIVE", session.get, made, p11.CKA_VALUE)


def test_rights_are_kept():
    _, session = user_session()
    denied = "CKR_KEY_FUNCTION_NOT_PERMITTED"
    no = {"public": {p11.CKA_ENCAPSULATE: False}, "private": {p11.CKA_DECAPSULATE: False}}
    for public, private, length, kind, param in kinds(session, **no):
        raises(denied, session.encapsulate, public, sized(length), kind, param)
        raises(denied, session.decapsulate, private, bytes(256), sized(length), kind, param)
        session.set(public, {p11.CKA_ENCAPSULATE: True})
        session.encapsulate(public, sized(length), kind, param)
    for public, private, length, kind, param in kinds(session, private={p11.CKA_ALWAYS_AUTHENTICATE: True}):
        ciphertext, _ = session.encapsulate(public, sized(length), kind, param)
        raises("CKR_USER_NOT_LOGGED_IN", session.decapsulate, private, ciphertext, sized(length), kind, param)
    for public, private, length, kind, param in kinds(session, private={p11.CKA_ALLOWED_MECHANISMS: [p11.CKM_ECDSA]}):
        ciphertext, _ = session.encapsulate(public, sized(length), kind, param)
        raises("CKR_MECHANISM_INVALID", session.decapsulate, private, ciphertext, sized(length), kind, param)


# ------------------------------------------------------------------------------- together with ML-KEM


def hidden_secret():
    what = {p11.CKA_CLASS: p11.CKO_SECRET_KEY, p11.CKA_KEY_TYPE: p11.CKK_GENERIC_SECRET, p11.CKA_SENSITIVE: True}
    return what | {p11.CKA_EXTRACTABLE: False, p11.CKA_DERIVE: True, p11.CKA_SIGN: False, p11.CKA_VERIFY: False}


def handshake_secret(session, first, second):
    """TLS 1.3's (RFC 8446, 7.1) of what two KEMs gave, as a key that signs: nothing leaves the token."""
    empty = hashlib.sha256(b"").digest()
    early = hmac.new(bytes(32), bytes(32), "sha256").digest()
    label = b"\0\x20\x0dtls13 derived\x20" + empty
    salt = hmac.new(early, label + b"\1", "sha256").digest()
    joined = session.derive(first, {p11.CKA_DERIVE: True}, p11.CKM_CONCATENATE_BASE_AND_KEY, p11.mac_len(second))
    equal(session.get_number(joined, p11.CKA_VALUE_LEN), 64)
    how = p11.hkdf(p11.CKM_SHA256, salt, expand=False)
    return salt, session.derive(joined, {p11.CKA_SIGN: True}, p11.CKM_HKDF_DERIVE, how)


def test_x25519mlkem768():
    """The client's and the server's side, each of them in the token, against another implementation's X25519. The
    secret is ML-KEM's and then X25519's (draft-ietf-tls-ecdhe-mlkem)."""
    _, session = user_session()
    montgomery = p11.CKM_EC_MONTGOMERY_KEY_PAIR_GEN
    kem_public, kem_private = kem_pair(session)
    curve_public, curve_private = curve_pair(session, MONTGOMERY[0][2], montgomery)
    share = session.get(kem_public, p11.CKA_VALUE) + session.get(curve_public, p11.CKA_EC_POINT)[2:]
    equal(len(share), 1184 + 32, "the client's share")

    # the server's: ML-KEM in the token, X25519 elsewhere, and both values in sight
    theirs = session.create({
        p11.CKA_CLASS: p11.CKO_PUBLIC_KEY, p11.CKA_KEY_TYPE: p11.CKK_ML_KEM, p11.CKA_ENCAPSULATE: True,
        p11.CKA_PARAMETER_SET: KEM_SETS["ML-KEM-768"], p11.CKA_VALUE: share[:1184],
    })  # fmt: skip
    ciphertext, made = session.encapsulate(theirs, OPEN_SECRET)
    own = x25519.X25519PrivateKey.generate()
    answer = ciphertext + own.public_key().public_bytes(*BARE)
    equal(len(answer), 1088 + 32, "the server's share")
    secret = value(session, made) + own.exchange(x25519.X25519PublicKey.from_public_bytes(share[1184:]))

    # the client's, in the token
    first = session.decapsulate(kem_private, answer[:1088], hidden_secret())
    second = session.decapsulate(curve_private, answer[1088:], hidden_secret(), ECDH, p11.ecdh())
    salt, key = handshake_secret(session, first, second)
    raises("CKR_ATTRIBUTE_SENSITIVE", session.get, key, p11.CKA_VALUE)
    expected = hmac.new(salt, secret, "sha256").digest()
    equal(session.sign(key, b"c hs traffic", p11.CKM_SHA256_HMAC), hmac.new(expected, b"c hs traffic", "sha256").digest())

    # the server's, in the token, with a client elsewhere
    own = x25519.X25519PrivateKey.generate()
    theirs = session.create({
        p11.CKA_CLASS: p11.CKO_PUBLIC_KEY, p11.CKA_KEY_TYPE: p11.CKK_EC_MONTGOMERY, p11.CKA_ENCAPSULATE: True,
        p11.CKA_EC_PARAMS: bytes.fromhex(MONTGOMERY[0][2]), p11.CKA_EC_POINT: own.public_key().public_bytes(*BARE),
    })  # fmt: skip
    ciphertext, first = session.encapsulate(kem_public, hidden_secret())
    point, second = session.encapsulate(theirs, hidden_secret(), ECDH, p11.ecdh())
    salt, key = handshake_secret(session, first, second)
    secret = value(session, session.decapsulate(kem_private, ciphertext, OPEN_SECRET))
    secret += own.exchange(x25519.X25519PublicKey.from_public_bytes(point))
    expected = hmac.new(salt, secret, "sha256").digest()
    equal(session.sign(key, b"s hs traffic", p11.CKM_SHA256_HMAC), hmac.new(expected, b"s hs traffic", "sha256").digest())


if __name__ == "__main__":
    main(globals())
