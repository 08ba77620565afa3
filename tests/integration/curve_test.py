#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Elliptic-curve keys through the module, against another implementation."""

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, keywrap, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, utils, x448, x25519
from cryptography.hazmat.primitives.kdf.x963kdf import X963KDF

import p11
from harness import *  # noqa: F403

DER = serialization.Encoding.DER
RAW = serialization.Encoding.Raw

# Name, another implementation's curve, CKA_EC_PARAMS: the object identifier in DER (RFC 5480, RFC 5639, SEC 2).
WEIERSTRASS = (
    ("P-256", ec.SECP256R1, "06082a8648ce3d030107"),
    ("P-384", ec.SECP384R1, "06052b81040022"),
    ("P-521", ec.SECP521R1, "06052b81040023"),
    ("secp256k1", ec.SECP256K1, "06052b8104000a"),
    ("brainpoolP256r1", ec.BrainpoolP256R1, "06092b2403030208010107"),
    ("brainpoolP384r1", ec.BrainpoolP384R1, "06092b240303020801010b"),
    ("brainpoolP512r1", ec.BrainpoolP512R1, "06092b240303020801010d"),
)
# RFC 8410
EDWARDS = (
    ("Ed25519", ed25519.Ed25519PrivateKey, ed25519.Ed25519PublicKey, "06032b6570", 32),
    ("Ed448", ed448.Ed448PrivateKey, ed448.Ed448PublicKey, "06032b6571", 57),
)
MONTGOMERY = (
    ("X25519", x25519.X25519PrivateKey, x25519.X25519PublicKey, "06032b656e", 32),
    ("X448", x448.X448PrivateKey, x448.X448PublicKey, "06032b656f", 56),
)
HASHES = (
    (p11.CKM_ECDSA_SHA224, hashes.SHA224),
    (p11.CKM_ECDSA_SHA256, hashes.SHA256),
    (p11.CKM_ECDSA_SHA384, hashes.SHA384),
    (p11.CKM_ECDSA_SHA512, hashes.SHA512),
    (p11.CKM_ECDSA_SHA3_224, hashes.SHA3_224),
    (p11.CKM_ECDSA_SHA3_256, hashes.SHA3_256),
    (p11.CKM_ECDSA_SHA3_384, hashes.SHA3_384),
    (p11.CKM_ECDSA_SHA3_512, hashes.SHA3_512),
)
KDFS = ((2, hashes.SHA1), (5, hashes.SHA224), (6, hashes.SHA256), (7, hashes.SHA384), (8, hashes.SHA512))


def octets(data):
    """The DER of an OCTET STRING of up to 255 bytes."""
    length = bytes([len(data)]) if len(data) < 128 else bytes([0x81, len(data)])
    return b"\x04" + length + data


def pair(session, kind, params, **private):
    return session.generate(
        kind,
        {p11.CKA_EC_PARAMS: bytes.fromhex(params), p11.CKA_TOKEN: False},
        {p11.CKA_TOKEN: False, **{getattr(p11, name): value for name, value in private.items()}},
    )


def public_of(session, handle):
    return serialization.load_der_public_key(session.get(handle, p11.CKA_PUBLIC_KEY_INFO))


def import_private(session, key_type, params, value, **more):
    return session.create(
        {
            p11.CKA_CLASS: p11.CKO_PRIVATE_KEY,
            p11.CKA_KEY_TYPE: key_type,
            p11.CKA_TOKEN: False,
            p11.CKA_EC_PARAMS: bytes.fromhex(params),
            p11.CKA_VALUE: value,
            **{getattr(p11, name): value for name, value in more.items()},
        }
    )


def import_public(session, key_type, params, point):
    return session.create(
        {
            p11.CKA_CLASS: p11.CKO_PUBLIC_KEY,
            p11.CKA_KEY_TYPE: key_type,
            p11.CKA_TOKEN: False,
            p11.CKA_EC_PARAMS: bytes.fromhex(params),
            p11.CKA_EC_POINT: point,
        }
    )


def raw_signature(der, size):
    r, s = utils.decode_dss_signature(der)
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def der_signature(raw):
    half = len(raw) // 2
    return utils.encode_dss_signature(int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big"))


def uncompressed(key):
    return key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


# ------------------------------------------------------------------------------- ECDSA


def test_generated_keys_sign_for_another_implementation():
    _, session = user_session()
    for name, curve, params in WEIERSTRASS:
        public, private = pair(session, p11.CKM_EC_KEY_PAIR_GEN, params)
        other = public_of(session, public)
        check(isinstance(other.curve, curve), f"{name}: {other.curve}")
        equal(session.get(public, p11.CKA_EC_POINT), octets(uncompressed(other)), name)
        equal(session.get(private, p11.CKA_PUBLIC_KEY_INFO), session.get(public, p11.CKA_PUBLIC_KEY_INFO), name)
        raises("CKR_ATTRIBUTE_SENSITIVE", session.get, private, p11.CKA_VALUE)
        for kind, hash_of in HASHES:
            message = os.urandom(100)
            sig = session.sign(private, message, kind)
            other.verify(der_signature(sig), message, ec.ECDSA(hash_of()))
            sig = session.sign_parts(private, [message[:33], message[33:]], kind)
            other.verify(der_signature(sig), message, ec.ECDSA(hash_of()))
            session.verify(public, message, sig, kind)
            raises("CKR_SIGNATURE_INVALID", session.verify, public, message, flipped(sig), kind)
            raises("CKR_SIGNATURE_INVALID", session.verify, public, message + b"x", sig, kind)
            raises("CKR_SIGNATURE_LEN_RANGE", session.verify, public, message, sig[:-1], kind)
        digest = hashlib.sha256(b"text").digest()
        sig = session.sign(private, digest, p11.CKM_ECDSA)
        other.verify(der_signature(sig), digest, ec.ECDSA(utils.Prehashed(hashes.SHA256())))


def test_keys_of_another_implementation_are_taken_in():
    _, session = user_session()
    for name, curve, params in WEIERSTRASS:
        other = ec.generate_private_key(curve())
        size = (curve().key_size + 7) // 8
        value = other.private_numbers().private_value.to_bytes(size, "big")
        private = import_private(session, p11.CKK_EC, params, value)
        point = uncompressed(other.public_key())
        compressed = other.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint
        )
        message = os.urandom(50)
        sig = session.sign(private, message, p11.CKM_ECDSA_SHA256)
        other.public_key().verify(der_signature(sig), message, ec.ECDSA(hashes.SHA256()))
        theirs = raw_signature(other.sign(message, ec.ECDSA(hashes.SHA256())), size)
        old = raw_signature(other.sign(message, ec.ECDSA(hashes.SHA1())), size)
        for given in (octets(point), point, octets(compressed)):
            public = import_public(session, p11.CKK_EC, params, given)
            equal(session.get(public, p11.CKA_EC_POINT), octets(point), name)
            session.verify(public, message, theirs, p11.CKM_ECDSA_SHA256)
            session.verify(public, message, old, p11.CKM_ECDSA_SHA1)
        raises("CKR_MECHANISM_INVALID", session.sign, private, message, p11.CKM_ECDSA_SHA1)


def test_a_key_may_lack_zeros_in_front():
    _, session = user_session()
    open_key = {"CKA_SENSITIVE": False, "CKA_EXTRACTABLE": True}
    long = import_private(session, p11.CKK_EC, WEIERSTRASS[0][2], bytes(31) + b"\x05", **open_key)
    short = import_private(session, p11.CKK_EC, WEIERSTRASS[0][2], b"\x05", **open_key)
    equal(session.get(short, p11.CKA_VALUE), session.get(long, p11.CKA_VALUE))
    equal(session.get(short, p11.CKA_PUBLIC_KEY_INFO), session.get(long, p11.CKA_PUBLIC_KEY_INFO))


def test_what_is_no_key_is_refused():
    _, session = user_session()
    params = WEIERSTRASS[0][2]
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # FIPS 186-5's P-256
    for value in (b"", bytes(32), order.to_bytes(32, "big"), b"\xff" * 33):
        raises("CKR_ATTRIBUTE_VALUE_INVALID", import_private, session, p11.CKK_EC, params, value)
    good = uncompressed(ec.generate_private_key(ec.SECP256R1()).public_key())
    for point in (b"", b"\x00", good[:-1], good + b"\0", flipped(good, 8 * 40), octets(good) + b"\0", bytes(65)):
        raises("CKR_ATTRIBUTE_VALUE_INVALID", import_public, session, p11.CKK_EC, params, point)
    for bad in ("", "00", params + "00", params[:-2]):
        raises("CKR_ATTRIBUTE_VALUE_INVALID", pair, session, p11.CKM_EC_KEY_PAIR_GEN, bad)
    for other in ("06082a8648ce3d030106", "06032b6570", "0500"):
        raises(
            ("CKR_CURVE_NOT_SUPPORTED", "CKR_ATTRIBUTE_VALUE_INVALID"), pair, session, p11.CKM_EC_KEY_PAIR_GEN, other
        )
    raises("CKR_TEMPLATE_INCOMPLETE", session.generate, p11.CKM_EC_KEY_PAIR_GEN, {}, {})
    raises(
        "CKR_TEMPLATE_INCONSISTENT",
        session.generate,
        p11.CKM_EC_KEY_PAIR_GEN,
        {p11.CKA_EC_PARAMS: bytes.fromhex(params), p11.CKA_PARAMETER_SET: 1},
        {},
    )
    raises(
        "CKR_TEMPLATE_INCONSISTENT",
        session.generate,
        p11.CKM_EC_KEY_PAIR_GEN,
        {p11.CKA_EC_PARAMS: bytes.fromhex(params)},
        {p11.CKA_EC_PARAMS: bytes.fromhex(WEIERSTRASS[1][2])},
    )


def test_curves_by_name():
    """CKA_EC_PARAMS as a PrintableString, which is kept as the object identifier."""
    _, session = user_session()
    for name, kind, params in (
        (b"secp256r1", p11.CKM_EC_KEY_PAIR_GEN, "06082a8648ce3d030107"),
        (b"edwards25519", p11.CKM_EC_EDWARDS_KEY_PAIR_GEN, "06032b6570"),
        (b"curve25519", p11.CKM_EC_MONTGOMERY_KEY_PAIR_GEN, "06032b656e"),
    ):
        printable = b"\x13" + bytes([len(name)]) + name
        public, _ = session.generate(kind, {p11.CKA_EC_PARAMS: printable}, {})
        equal(session.get(public, p11.CKA_EC_PARAMS).hex(), params)


# ------------------------------------------------------------------------------- EdDSA


def test_eddsa_agrees_with_another_implementation():
    _, session = user_session()
    for name, private_type, public_type, params, size in EDWARDS:
        public, private = pair(session, p11.CKM_EC_EDWARDS_KEY_PAIR_GEN, params)
        point = session.get(public, p11.CKA_EC_POINT)
        other = public_type.from_public_bytes(point[2:])
        equal(public_of(session, public).public_bytes(RAW, serialization.PublicFormat.Raw), point[2:], name)
        for message in (b"", b"x", os.urandom(10000)):
            sig = session.sign(private, message, p11.CKM_EDDSA)
            other.verify(sig, message)
            session.verify(public, message, sig, p11.CKM_EDDSA)
            raises("CKR_SIGNATURE_INVALID", session.verify, public, message + b"x", sig, p11.CKM_EDDSA)
        value = os.urandom(size)
        theirs = private_type.from_private_bytes(value)
        mine = import_private(session, p11.CKK_EC_EDWARDS, params, value)
        equal(session.sign(mine, b"text", p11.CKM_EDDSA), theirs.sign(b"text"), name)
        for bad in (value[:-1], value + b"\0", b""):
            raises("CKR_ATTRIBUTE_VALUE_INVALID", import_private, session, p11.CKK_EC_EDWARDS, params, bad)


def test_eddsa_with_a_parameter_is_not_without():
    _, session = user_session()
    empty = p11.struct_param("CK_EDDSA_PARAMS", False, 0, b"")
    public, private = pair(session, p11.CKM_EC_EDWARDS_KEY_PAIR_GEN, EDWARDS[0][3])
    sig = session.sign(private, b"text", p11.CKM_EDDSA)
    for call in ((session.sign, private, b"text"), (session.verify, public, b"text", sig)):
        raises("CKR_MECHANISM_PARAM_INVALID", *call, p11.CKM_EDDSA, empty)
    public, private = pair(session, p11.CKM_EC_EDWARDS_KEY_PAIR_GEN, EDWARDS[1][3])
    session.verify(public, b"text", session.sign(private, b"text", p11.CKM_EDDSA, empty), p11.CKM_EDDSA)


# ------------------------------------------------------------------------------- agreement


def ecdh(kdf, peer, shared=b""):
    return p11.ecdh(peer, kdf, shared)


OPEN = {p11.CKA_CLASS: p11.CKO_SECRET_KEY, p11.CKA_KEY_TYPE: p11.CKK_GENERIC_SECRET, p11.CKA_TOKEN: False}
OPEN.update({p11.CKA_SENSITIVE: False, p11.CKA_EXTRACTABLE: True})


def agreed(session, private, param, length=None, kind=p11.CKM_ECDH1_DERIVE):
    wanted = dict(OPEN) if length is None else {**OPEN, p11.CKA_VALUE_LEN: length}
    return session.get(session.derive(private, wanted, kind, param), p11.CKA_VALUE)


def test_ecdh_agrees_with_another_implementation():
    _, session = user_session()
    for name, curve, params in WEIERSTRASS:
        public, private = pair(session, p11.CKM_EC_KEY_PAIR_GEN, params, CKA_DERIVE=True)
        other = ec.generate_private_key(curve())
        peer = uncompressed(other.public_key())
        expected = other.exchange(ec.ECDH(), public_of(session, public))
        for given in (peer, octets(peer)):
            equal(agreed(session, private, ecdh(1, given)), expected, name)
        equal(agreed(session, private, ecdh(1, peer), kind=p11.CKM_ECDH1_COFACTOR_DERIVE), expected, name)
        equal(agreed(session, private, ecdh(1, peer), 16), expected[-16:], name)
        for kdf, hash_of in KDFS:
            for info, length in ((b"", 16), (b"shared", 100)):
                reference = X963KDF(hash_of(), length, info).derive(expected)
                equal(agreed(session, private, ecdh(kdf, peer, info), length), reference, f"{name} {kdf}")


def test_x25519_and_x448_agree_with_another_implementation():
    _, session = user_session()
    for name, private_type, public_type, params, _ in MONTGOMERY:
        public, private = pair(session, p11.CKM_EC_MONTGOMERY_KEY_PAIR_GEN, params, CKA_DERIVE=True)
        other = private_type.generate()
        peer = other.public_key().public_bytes(RAW, serialization.PublicFormat.Raw)
        mine = public_type.from_public_bytes(session.get(public, p11.CKA_EC_POINT)[2:])
        equal(agreed(session, private, ecdh(1, peer)), other.exchange(mine), name)
        raises("CKR_KEY_TYPE_INCONSISTENT", session.sign, private, b"text", p11.CKM_EDDSA)


def test_agreement_refuses_what_is_no_point():
    _, session = user_session()
    _, private = pair(session, p11.CKM_EC_KEY_PAIR_GEN, WEIERSTRASS[0][2], CKA_DERIVE=True)
    good = uncompressed(ec.generate_private_key(ec.SECP256R1()).public_key())
    other_curve = uncompressed(ec.generate_private_key(ec.SECP256K1()).public_key())
    for point in (b"", b"\0", good[:-1], flipped(good, 300), other_curve, b"\x04" + bytes(64)):
        raises("CKR_MECHANISM_PARAM_INVALID", session.derive, private, OPEN, p11.CKM_ECDH1_DERIVE, ecdh(1, point))
    raises("CKR_MECHANISM_PARAM_INVALID", session.derive, private, OPEN, p11.CKM_ECDH1_DERIVE, ecdh(1, good, b"x"))
    raises("CKR_MECHANISM_PARAM_INVALID", session.derive, private, OPEN, p11.CKM_ECDH1_DERIVE, ecdh(9, good))
    raises("CKR_KEY_SIZE_RANGE", agreed, session, private, ecdh(1, good), 33)
    _, unasked = pair(session, p11.CKM_EC_KEY_PAIR_GEN, WEIERSTRASS[0][2])
    raises("CKR_KEY_FUNCTION_NOT_PERMITTED", session.derive, unasked, OPEN, p11.CKM_ECDH1_DERIVE, ecdh(1, good))


def with_public(der, public):
    """PKCS#8 of version 1, with the public key behind (RFC 5958); short enough for lengths of one byte."""
    inner = b"\x02\x01\x01" + der[5:] + bytes([0x81, len(public) + 1, 0]) + public
    return b"\x30" + (b"" if len(inner) < 128 else b"\x81") + bytes([len(inner)]) + inner


def test_keys_travel():
    """As PKCS#8 that another implementation writes and reads."""
    _, session = user_session()
    kek = os.urandom(32)
    secret = {p11.CKA_CLASS: p11.CKO_SECRET_KEY, p11.CKA_KEY_TYPE: p11.CKK_AES, p11.CKA_TOKEN: False}
    wrapping = session.create({**secret, p11.CKA_VALUE: kek, p11.CKA_WRAP: True, p11.CKA_UNWRAP: True})
    kind = p11.CKM_AES_KEY_WRAP_KWP
    kinds = [(p11.CKK_EC, p11.CKM_EC_KEY_PAIR_GEN, params, lambda curve=curve: ec.generate_private_key(curve())) for _, curve, params in WEIERSTRASS]
    kinds += [(p11.CKK_EC_EDWARDS, p11.CKM_EC_EDWARDS_KEY_PAIR_GEN, params, private.generate) for _, private, _, params, _ in EDWARDS]
    kinds += [(p11.CKK_EC_MONTGOMERY, p11.CKM_EC_MONTGOMERY_KEY_PAIR_GEN, params, private.generate) for _, private, _, params, _ in MONTGOMERY]
    for key_type, generation, params, generate in kinds:
        public, private = pair(session, generation, params, CKA_EXTRACTABLE=True)
        der = keywrap.aes_key_unwrap_with_padding(kek, session.wrap(wrapping, private, kind))
        other = serialization.load_der_private_key(der, None)
        info = other.public_key().public_bytes(DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        equal(info, session.get(public, p11.CKA_PUBLIC_KEY_INFO), params)
        theirs = generate()
        der = theirs.private_bytes(DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        template = {p11.CKA_CLASS: p11.CKO_PRIVATE_KEY, p11.CKA_KEY_TYPE: key_type, p11.CKA_TOKEN: False}
        got = session.unwrap(wrapping, keywrap.aes_key_wrap_with_padding(kek, der), template, kind)
        info = theirs.public_key().public_bytes(DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        equal(session.get(got, p11.CKA_PUBLIC_KEY_INFO), info, params)
        raises("CKR_ATTRIBUTE_SENSITIVE", session.get, got, p11.CKA_VALUE)
        for wrong in (der[:-1], der + b"\0", flipped(der, 8 * 6), b"\x30\x00", der[2:]):
            raises("CKR_WRAPPED_KEY_INVALID", session.unwrap, wrapping, keywrap.aes_key_wrap_with_padding(kek, wrong), template, kind)
        # Another one's public key behind: OpenSSL writes it for what RFC 5915 covers, RFC 8410's follows version 1.
        point = p11.CKK_EC == key_type and generate().public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        wrong = der[: -len(point)] + point if point else with_public(der, bytes(len(theirs.public_key().public_bytes(RAW, serialization.PublicFormat.Raw))))
        raises("CKR_WRAPPED_KEY_INVALID", session.unwrap, wrapping, keywrap.aes_key_wrap_with_padding(kek, wrong), template, kind)
        if not point:
            right = with_public(der, theirs.public_key().public_bytes(RAW, serialization.PublicFormat.Raw))
            session.unwrap(wrapping, keywrap.aes_key_wrap_with_padding(kek, right), template, kind)
        other_type = p11.CKK_EC if key_type != p11.CKK_EC else p11.CKK_EC_EDWARDS
        raises(
            ("CKR_CURVE_NOT_SUPPORTED", "CKR_WRAPPED_KEY_INVALID"),
            session.unwrap, wrapping, keywrap.aes_key_wrap_with_padding(kek, der), {**template, p11.CKA_KEY_TYPE: other_type}, kind,
        )  # fmt: skip
        wrong_curve = WEIERSTRASS[0][2] if params != WEIERSTRASS[0][2] else WEIERSTRASS[1][2]
        raises(
            "CKR_TEMPLATE_INCONSISTENT", session.unwrap, wrapping, keywrap.aes_key_wrap_with_padding(kek, der),
            {**template, p11.CKA_EC_PARAMS: bytes.fromhex(wrong_curve)}, kind,
        )  # fmt: skip


def ecdh_aes(bits=256, kdf=6, shared=b""):
    return p11.struct_param("CK_ECDH_AES_KEY_WRAP_PARAMS", bits, kdf, len(shared), shared)


def wrapping_public(session, key_type, params, point):
    """A public key that the officer trusts to wrap."""
    what = {p11.CKA_CLASS: p11.CKO_PUBLIC_KEY, p11.CKA_KEY_TYPE: key_type, p11.CKA_WRAP: True, p11.CKA_TOKEN: True}
    public = session.create(what | {p11.CKA_EC_PARAMS: bytes.fromhex(params), p11.CKA_EC_POINT: octets(point)})
    session.logout()
    session.login(SO_PIN, p11.CKU_SO)
    session.set(public, {p11.CKA_TRUSTED: True})
    session.logout()
    session.login(USER_PIN)
    return public


def weierstrass_wrapping():
    for _, curve, params in WEIERSTRASS[:3]:
        own = ec.generate_private_key(curve())
        value = own.private_numbers().private_value.to_bytes((curve().key_size + 7) // 8, "big")
        point = uncompressed(own.public_key())

        def agree(front, own=own, curve=curve):
            return own.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(curve(), front))

        def make(curve=curve, own=own):
            once = ec.generate_private_key(curve())
            return octets(uncompressed(once.public_key())), once.exchange(ec.ECDH(), own.public_key())

        yield p11.CKM_ECDH_COF_AES_KEY_WRAP, p11.CKK_EC, params, value, point, len(octets(point)), agree, make


def montgomery_wrapping():
    for _, private_type, public_type, params, size in MONTGOMERY:
        own = private_type.generate()
        value = own.private_bytes(RAW, serialization.PrivateFormat.Raw, serialization.NoEncryption())
        point = own.public_key().public_bytes(RAW, serialization.PublicFormat.Raw)

        def agree(front, own=own, public_type=public_type):
            return own.exchange(public_type.from_public_bytes(front))

        def make(own=own, private_type=private_type):
            once = private_type.generate()
            return once.public_key().public_bytes(RAW, serialization.PublicFormat.Raw), once.exchange(own.public_key())

        yield p11.CKM_ECDH_X_AES_KEY_WRAP, p11.CKK_EC_MONTGOMERY, params, value, point, size, agree, make


def test_curves_and_aes_wrap_keys():
    """What the token wraps, another implementation opens, and the other way about."""
    _, session = user_session()
    what = {p11.CKA_CLASS: p11.CKO_SECRET_KEY, p11.CKA_KEY_TYPE: p11.CKK_GENERIC_SECRET, p11.CKA_EXTRACTABLE: True}
    private = {p11.CKA_CLASS: p11.CKO_PRIVATE_KEY, p11.CKA_KEY_TYPE: p11.CKK_EC}
    for kind, key_type, params, value, point, front, agree, make in [*weierstrass_wrapping(), *montgomery_wrapping()]:
        public = wrapping_public(session, key_type, params, point)
        target = pair(session, p11.CKM_EC_KEY_PAIR_GEN, WEIERSTRASS[0][2], CKA_EXTRACTABLE=True)
        unwrapping = import_private(session, key_type, params, value, CKA_UNWRAP=True)
        for bits, kdf, hash_of, shared in ((128, 6, hashes.SHA256, b""), (192, 8, hashes.SHA512, b"shared"), (256, 2, hashes.SHA1, b"")):
            param = ecdh_aes(bits, kdf, shared)
            blob = session.wrap(public, target[1], kind, param)
            start = blob[:front] if key_type == p11.CKK_EC_MONTGOMERY else blob[front - len(point) : front]
            aes = X963KDF(hash_of(), bits // 8, shared).derive(agree(start))
            der = keywrap.aes_key_unwrap_with_padding(aes, blob[front:])
            check(serialization.load_der_private_key(der, None).key_size == 256, "a P-256 key")
            again = session.unwrap(unwrapping, blob, private, kind, param)
            session.verify(target[0], b"x" * 32, session.sign(again, b"x" * 32, p11.CKM_ECDSA), p11.CKM_ECDSA)
            secret = os.urandom(37)
            start, agreed = make()
            theirs = start + keywrap.aes_key_wrap_with_padding(X963KDF(hash_of(), bits // 8, shared).derive(agreed), secret)
            got = session.unwrap(unwrapping, theirs, what, kind, param)
            equal(session.sign(got, b"data", p11.CKM_SHA256_HMAC), hmac.new(secret, b"data", "sha256").digest())
            invalid = ("CKR_WRAPPED_KEY_INVALID", "CKR_WRAPPED_KEY_LEN_RANGE")
            for wrong in (flipped(blob, 8 * front - 9), flipped(blob, 8 * front), flipped(blob, 0), blob[:-8], blob + bytes(8)):
                raises(invalid, session.unwrap, unwrapping, wrong, private, kind, param)
            raises(invalid[0], session.unwrap, unwrapping, blob, private, kind, ecdh_aes(bits, kdf, shared + b"x"))
            raises(invalid[0], session.unwrap, unwrapping, blob, private, kind, ecdh_aes(128 if bits != 128 else 256, kdf, shared))
            for wrong in (blob[:front], blob[: front - 1], blob[:1], blob[: front + 8], blob[: front + 17]):
                raises(invalid[1], session.unwrap, unwrapping, wrong, private, kind, param)
        for bad in (ecdh_aes(0), ecdh_aes(64), ecdh_aes(255), ecdh_aes(512), ecdh_aes(2**64 - 8), ecdh_aes(256, 1), ecdh_aes(256, 9)):
            raises("CKR_MECHANISM_PARAM_INVALID", session.wrap, public, target[1], kind, bad)
        other = p11.CKM_ECDH_X_AES_KEY_WRAP if kind == p11.CKM_ECDH_COF_AES_KEY_WRAP else p11.CKM_ECDH_COF_AES_KEY_WRAP
        raises("CKR_WRAPPING_KEY_TYPE_INCONSISTENT", session.wrap, public, target[1], other, ecdh_aes())


def test_token_keys_outlive_the_process():
    module, session = user_session()
    public, private = session.generate(
        p11.CKM_EC_KEY_PAIR_GEN,
        {p11.CKA_EC_PARAMS: bytes.fromhex(WEIERSTRASS[0][2]), p11.CKA_TOKEN: True, p11.CKA_ID: b"k"},
        {p11.CKA_TOKEN: True, p11.CKA_ID: b"k"},
    )
    info = session.get(public, p11.CKA_PUBLIC_KEY_INFO)
    slot = session.slot
    module.Finalize(None)
    module.Initialize(None)
    session = module.session(slot)
    session.login(USER_PIN)
    (private,) = session.find({p11.CKA_CLASS: p11.CKO_PRIVATE_KEY, p11.CKA_ID: b"k"})
    sig = session.sign(private, b"text", p11.CKM_ECDSA_SHA256)
    try:
        serialization.load_der_public_key(info).verify(der_signature(sig), b"text", ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        check(False, "the key is another one now")


if __name__ == "__main__":
    main(globals())
