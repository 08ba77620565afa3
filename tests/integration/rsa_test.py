#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""RSA keys through the module, against another implementation."""

import ctypes
import hashlib
import hmac
import os

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, keywrap, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

import p11
from harness import *  # noqa: F403

DER = serialization.Encoding.DER

# Hash, CKM_ of the hash, of PKCS#1 v1.5 and PSS with it, CKG_MGF1_ (PKCS#11 v3.2, 6.1.8).
HASHES = (
    (hashes.SHA224, p11.CKM_SHA224, p11.CKM_SHA224_RSA_PKCS, p11.CKM_SHA224_RSA_PKCS_PSS, 5),
    (hashes.SHA256, p11.CKM_SHA256, p11.CKM_SHA256_RSA_PKCS, p11.CKM_SHA256_RSA_PKCS_PSS, 2),
    (hashes.SHA384, p11.CKM_SHA384, p11.CKM_SHA384_RSA_PKCS, p11.CKM_SHA384_RSA_PKCS_PSS, 3),
    (hashes.SHA512, p11.CKM_SHA512, p11.CKM_SHA512_RSA_PKCS, p11.CKM_SHA512_RSA_PKCS_PSS, 4),
    (hashes.SHA3_224, p11.CKM_SHA3_224, p11.CKM_SHA3_224_RSA_PKCS, p11.CKM_SHA3_224_RSA_PKCS_PSS, 6),
    (hashes.SHA3_256, p11.CKM_SHA3_256, p11.CKM_SHA3_256_RSA_PKCS, p11.CKM_SHA3_256_RSA_PKCS_PSS, 7),
    (hashes.SHA3_384, p11.CKM_SHA3_384, p11.CKM_SHA3_384_RSA_PKCS, p11.CKM_SHA3_384_RSA_PKCS_PSS, 8),
    (hashes.SHA3_512, p11.CKM_SHA3_512, p11.CKM_SHA3_512_RSA_PKCS, p11.CKM_SHA3_512_RSA_PKCS_PSS, 9),
)
P256 = bytes.fromhex("06082a8648ce3d030107")  # its object identifier
SHA1_MGF = 1
BAD_PARAM = "CKR_MECHANISM_PARAM_INVALID"


def number(value):
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def pair(session, bits=2048, public=None, private=None):
    return session.generate(
        p11.CKM_RSA_PKCS_KEY_PAIR_GEN,
        {p11.CKA_MODULUS_BITS: bits, p11.CKA_TOKEN: False, **(public or {})},
        {p11.CKA_TOKEN: False, **(private or {})},
    )


def public_of(session, handle):
    return serialization.load_der_public_key(session.get(handle, p11.CKA_PUBLIC_KEY_INFO))


def parts_of(key):
    numbers = key.private_numbers()
    return {
        p11.CKA_MODULUS: number(numbers.public_numbers.n),
        p11.CKA_PUBLIC_EXPONENT: number(numbers.public_numbers.e),
        p11.CKA_PRIVATE_EXPONENT: number(numbers.d),
        p11.CKA_PRIME_1: number(numbers.p),
        p11.CKA_PRIME_2: number(numbers.q),
        p11.CKA_EXPONENT_1: number(numbers.dmp1),
        p11.CKA_EXPONENT_2: number(numbers.dmq1),
        p11.CKA_COEFFICIENT: number(numbers.iqmp),
    }


PRIVATE = {p11.CKA_CLASS: p11.CKO_PRIVATE_KEY, p11.CKA_KEY_TYPE: p11.CKK_RSA, p11.CKA_TOKEN: False}
PUBLIC = {p11.CKA_CLASS: p11.CKO_PUBLIC_KEY, p11.CKA_KEY_TYPE: p11.CKK_RSA, p11.CKA_TOKEN: False}
PUBLIC_PARTS = (p11.CKA_MODULUS, p11.CKA_PUBLIC_EXPONENT)
OPEN = {p11.CKA_SENSITIVE: False, p11.CKA_EXTRACTABLE: True}


def import_private(session, key, **more):
    return session.create({**PRIVATE, **parts_of(key), **{getattr(p11, name): value for name, value in more.items()}})


def import_public(session, key):
    parts = parts_of(key)
    return session.create({**PUBLIC, **{kind: parts[kind] for kind in PUBLIC_PARTS}})


def pss(hash_mechanism, mgf, salt):
    return p11.struct_param("CK_RSA_PKCS_PSS_PARAMS", hash_mechanism, mgf, salt)


def oaep(hash_mechanism, mgf, label=b"", source=1):
    return p11.struct_param("CK_RSA_PKCS_OAEP_PARAMS", hash_mechanism, mgf, source, label, len(label))


# ------------------------------------------------------------------------------- signatures


def test_generated_keys_sign_for_another_implementation():
    _, session = user_session()
    for bits in (2048, 3072):
        public, private = pair(session, bits)
        other = public_of(session, public)
        equal(other.key_size, bits)
        equal(other.public_numbers().e, 65537)
        equal(session.get(public, p11.CKA_MODULUS), number(other.public_numbers().n))
        equal(session.get_number(public, p11.CKA_MODULUS_BITS), bits)
        equal(session.get(private, p11.CKA_MODULUS), session.get(public, p11.CKA_MODULUS))
        equal(session.get(private, p11.CKA_PUBLIC_KEY_INFO), session.get(public, p11.CKA_PUBLIC_KEY_INFO))
        for kind in (p11.CKA_PRIVATE_EXPONENT, p11.CKA_PRIME_1, p11.CKA_PRIME_2, p11.CKA_COEFFICIENT):
            raises("CKR_ATTRIBUTE_SENSITIVE", session.get, private, kind)
        raises("CKR_ATTRIBUTE_TYPE_INVALID", session.get, private, p11.CKA_VALUE)
        for hash_of, ckm, pkcs, pss_kind, mgf in HASHES:
            message = os.urandom(100)
            sig = session.sign(private, message, pkcs)
            other.verify(sig, message, padding.PKCS1v15(), hash_of())
            sig = session.sign_parts(private, [message[:33], message[33:]], pkcs)
            other.verify(sig, message, padding.PKCS1v15(), hash_of())
            session.verify(public, message, sig, pkcs)
            raises("CKR_SIGNATURE_INVALID", session.verify, public, message, flipped(sig), pkcs)
            raises("CKR_SIGNATURE_INVALID", session.verify, public, message + b"x", sig, pkcs)
            raises("CKR_SIGNATURE_LEN_RANGE", session.verify, public, message, sig[:-1], pkcs)
            for salt in (0, 20, hash_of.digest_size):
                param = pss(ckm, mgf, salt)
                scheme = padding.PSS(padding.MGF1(hash_of()), salt)
                sig = session.sign(private, message, pss_kind, param)
                other.verify(sig, message, scheme, hash_of())
                session.verify(public, message, sig, pss_kind, param)
                raises("CKR_SIGNATURE_INVALID", session.verify, public, message + b"x", sig, pss_kind, param)
                wrong = pss(ckm, mgf, salt + 1)
                raises("CKR_SIGNATURE_INVALID", session.verify, public, message, sig, pss_kind, wrong)


def test_hashes_made_elsewhere_are_signed():
    _, session = user_session()
    public, private = pair(session)
    other = public_of(session, public)
    digest = hashlib.sha256(b"text").digest()
    # RFC 8017, 9.2: the DigestInfo of SHA-256.
    info = bytes.fromhex("3031300d060960864801650304020105000420") + digest
    sig = session.sign(private, info, p11.CKM_RSA_PKCS)
    other.verify(sig, b"text", padding.PKCS1v15(), hashes.SHA256())
    session.verify(public, info, sig, p11.CKM_RSA_PKCS)
    raises("CKR_DATA_LEN_RANGE", session.sign, private, bytes(256 - 10), p11.CKM_RSA_PKCS)
    raises("CKR_DATA_LEN_RANGE", session.sign, private, b"", p11.CKM_RSA_PKCS)
    session.sign(private, bytes(256 - 11), p11.CKM_RSA_PKCS)
    param = pss(p11.CKM_SHA256, SHA1_MGF, 32)
    sig = session.sign(private, digest, p11.CKM_RSA_PKCS_PSS, param)
    other.verify(sig, b"text", padding.PSS(padding.MGF1(hashes.SHA1()), 32), hashes.SHA256())
    for wrong in (digest[:-1], digest + b"x", b""):
        raises("CKR_DATA_LEN_RANGE", session.sign, private, wrong, p11.CKM_RSA_PKCS_PSS, param)


def test_old_hashes_verify_and_sign_nothing():
    _, session = user_session()
    other = rsa.generate_private_key(65537, 2048)
    private, public = import_private(session, other), import_public(session, other)
    old = other.sign(b"text", padding.PKCS1v15(), hashes.SHA1())
    session.verify(public, b"text", old, p11.CKM_SHA1_RSA_PKCS)
    raises("CKR_MECHANISM_INVALID", session.sign, private, b"text", p11.CKM_SHA1_RSA_PKCS)
    old = other.sign(b"text", padding.PSS(padding.MGF1(hashes.SHA1()), 20), hashes.SHA1())
    param = pss(p11.CKM_SHA_1, SHA1_MGF, 20)
    session.verify(public, b"text", old, p11.CKM_SHA1_RSA_PKCS_PSS, param)
    raises("CKR_MECHANISM_INVALID", session.sign, private, b"text", p11.CKM_SHA1_RSA_PKCS_PSS, param)
    session.verify(public, hashlib.sha1(b"text").digest(), old, p11.CKM_RSA_PKCS_PSS, param)
    raises(BAD_PARAM, session.sign, private, bytes(20), p11.CKM_RSA_PKCS_PSS, param)


def test_parameters_that_are_none():
    _, session = user_session()
    _, private = pair(session)
    kind = p11.CKM_SHA256_RSA_PKCS_PSS
    for param in (
        None,
        pss(p11.CKM_SHA384, 3, 48),  # not what the mechanism hashes with
        pss(p11.CKM_SHA256, 0, 32),
        pss(p11.CKM_SHA256, 10, 32),
        pss(p11.CKM_SHA256, 2, 256),  # more salt than there is room for
        pss(p11.CKM_SHA256, 2, (1 << 64) - 1),
        p11.mac_len(8),
    ):
        raises(BAD_PARAM, session.sign, private, b"text", kind, param)
    raises(BAD_PARAM, session.sign, private, b"text", p11.CKM_SHA256_RSA_PKCS, pss(p11.CKM_SHA256, 2, 32))
    session.sign(private, b"text", kind, pss(p11.CKM_SHA256, 2, 256 - 32 - 2))
    raises(BAD_PARAM, session.sign, private, b"text", kind, pss(p11.CKM_SHA256, 2, 256 - 32 - 1))


# ------------------------------------------------------------------------------- encryption


def test_encryption_agrees_with_another_implementation():
    _, session = user_session()
    public, private = pair(session)
    other = public_of(session, public)
    mine = rsa.generate_private_key(65537, 3072)
    theirs = import_public(session, mine)
    schemes = [(p11.CKM_RSA_PKCS, None, padding.PKCS1v15())]
    for hash_of, ckm, _, _, mgf in HASHES[:4]:  # the other implementation has no OAEP with SHA-3
        for label in (b"", b"label"):
            for mgf_number, mgf_hash in ((mgf, hash_of), (SHA1_MGF, hashes.SHA1)):
                scheme = padding.OAEP(padding.MGF1(mgf_hash()), hash_of(), label or None)
                schemes.append((p11.CKM_RSA_PKCS_OAEP, oaep(ckm, mgf_number, label), scheme))
    old = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)
    schemes.append((p11.CKM_RSA_PKCS_OAEP, oaep(p11.CKM_SHA_1, SHA1_MGF, source=0), old))
    for kind, param, scheme in schemes:
        for text in (b"", b"x", os.urandom(48)):
            equal(session.decrypt(private, other.encrypt(text, scheme), kind, param), text, str(scheme))
            equal(mine.decrypt(session.encrypt(theirs, text, kind, param), scheme), text, str(scheme))
    for _, ckm, _, _, mgf in HASHES[4:]:
        ct = session.encrypt(public, b"text", p11.CKM_RSA_PKCS_OAEP, oaep(ckm, mgf, b"label"))
        equal(session.decrypt(private, ct, p11.CKM_RSA_PKCS_OAEP, oaep(ckm, mgf, b"label")), b"text")
    raises("CKR_DATA_LEN_RANGE", session.encrypt, public, bytes(256 - 10), p11.CKM_RSA_PKCS)
    most = 256 - 2 * 32 - 2
    param = oaep(p11.CKM_SHA256, 2)
    equal(session.decrypt(private, session.encrypt(public, bytes(most), p11.CKM_RSA_PKCS_OAEP, param),
                          p11.CKM_RSA_PKCS_OAEP, param), bytes(most))  # fmt: skip
    raises("CKR_DATA_LEN_RANGE", session.encrypt, public, bytes(most + 1), p11.CKM_RSA_PKCS_OAEP, param)
    for wrong in (None, oaep(p11.CKM_SHA256, 0), oaep(p11.CKM_SHA256, 2, b"x", 2), oaep(p11.CKM_AES_CBC, 2)):
        raises(BAD_PARAM, session.encrypt, public, b"x", p11.CKM_RSA_PKCS_OAEP, wrong)


def test_a_wrong_oaep_padding_has_one_answer():
    """Manger's attack tells a first byte that is not zero from the rest: nothing may."""
    _, session = user_session()
    other = rsa.generate_private_key(65537, 2048)
    private = import_private(session, other)
    n, e = other.public_key().public_numbers().n, 65537
    param = oaep(p11.CKM_SHA256, 2)
    good = other.public_key().encrypt(b"text", padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None))
    blocks = (b"\x01" + bytes(255), bytes(256), b"\x00" + os.urandom(255), b"\x00\x02" + b"\xff" * 253 + b"\x00", b"\x00" + b"\xff" * 255)
    bad = [pow(int.from_bytes(block, "big"), e, n).to_bytes(256, "big") for block in blocks]
    for ct in (*bad, flipped(good), bytes(256), b"\xff" * 256, n.to_bytes(256, "big")):
        raises("CKR_ENCRYPTED_DATA_INVALID", session.decrypt, private, ct, p11.CKM_RSA_PKCS_OAEP, param)
    raises("CKR_ENCRYPTED_DATA_INVALID", session.decrypt, private, good, p11.CKM_RSA_PKCS_OAEP, oaep(p11.CKM_SHA256, 2, b"l"))
    for ct in (good[:-1], good + b"\0", b""):
        raises("CKR_ENCRYPTED_DATA_LEN_RANGE", session.decrypt, private, ct, p11.CKM_RSA_PKCS_OAEP, param)


def test_a_wrong_pkcs1_padding_has_no_answer():
    """Bleichenbacher's attack needs to learn which ciphertexts have a good padding."""
    _, session = user_session()
    other = rsa.generate_private_key(65537, 2048)
    private = import_private(session, other)
    n = other.public_key().public_numbers().n
    answers = set()
    for block in (
        b"\x00\x02" + b"\x01" * 7 + b"\x00" + bytes(246),  # too little padding
        b"\x00\x02" + b"\x01" * 254,  # no end
        b"\x00\x01" + b"\xff" * 253 + b"\x00",
        b"\x01\x02" + b"\x01" * 253 + b"\x00",
        bytes(256),
    ):
        ct = pow(int.from_bytes(block, "big"), 65537, n).to_bytes(256, "big")
        first = session.decrypt(private, ct, p11.CKM_RSA_PKCS)
        equal(session.decrypt(private, ct, p11.CKM_RSA_PKCS), first, "the same each time")
        check(len(first) <= 245 and first not in block[-len(first):] if first else True, "made up")
        answers.add(first)
    check(len(answers) >= 4, "each its own")


# ------------------------------------------------------------------------------- import


def test_keys_of_another_implementation_are_taken_in():
    _, session = user_session()
    for bits, e in ((2048, 65537), (3072, 3), (4096, 65537)):
        other = rsa.generate_private_key(e, bits)
        open_key = {"CKA_SENSITIVE": False, "CKA_EXTRACTABLE": True}
        whole = import_private(session, other, **open_key)
        public = import_public(session, other)
        parts = parts_of(other)
        least = {kind: b"\0" + value for kind, value in parts.items() if kind <= p11.CKA_PRIME_2}
        short = session.create({**PRIVATE, **OPEN, **least})
        info = other.public_key().public_bytes(DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        for key in (whole, short, public):
            equal(session.get(key, p11.CKA_PUBLIC_KEY_INFO), info)
            equal(session.get(key, p11.CKA_MODULUS), parts[p11.CKA_MODULUS])
            equal(session.get(key, p11.CKA_PUBLIC_EXPONENT), number(e))
        for kind, value in parts.items():
            for key in (whole, short):
                equal(session.get(key, kind).lstrip(b"\0"), value, hex(kind))
        equal(session.get_number(public, p11.CKA_MODULUS_BITS), bits)
        for key in (whole, short):
            sig = session.sign(key, b"text", p11.CKM_SHA256_RSA_PKCS)
            equal(sig, other.sign(b"text", padding.PKCS1v15(), hashes.SHA256()))
            session.verify(public, b"text", sig, p11.CKM_SHA256_RSA_PKCS)


def test_primes_are_found():
    """A private key of modulus and exponents is kept with everything that follows from them."""
    _, session = user_session()
    three = rsa.generate_private_key(3, 2048)
    keys = [rsa.generate_private_key(65537, bits) for bits in (2048, 3072, 4096)] + [three]
    order = (p11.CKA_MODULUS, p11.CKA_PUBLIC_EXPONENT, p11.CKA_PRIVATE_EXPONENT)
    for key in keys:
        numbers = key.private_numbers()
        n, e, d = numbers.public_numbers.n, numbers.public_numbers.e, numbers.d
        phi = (numbers.p - 1) * (numbers.q - 1)
        longest = d % phi if d > phi // 2 else pow(e, -1, phi)  # modulo phi and not its half
        for exponent in {d, longest}:
            parts = dict(zip(order, (number(n), number(e), number(exponent))))
            private = session.create(PRIVATE | parts | OPEN)
            primes = {session.get(private, kind) for kind in (p11.CKA_PRIME_1, p11.CKA_PRIME_2)}
            equal(primes, {number(numbers.p), number(numbers.q)})
            p, q = (int.from_bytes(session.get(private, kind), "big") for kind in (p11.CKA_PRIME_1, p11.CKA_PRIME_2))
            equal(int.from_bytes(session.get(private, p11.CKA_COEFFICIENT), "big"), pow(q, -1, p))
            sig = session.sign(private, b"text", p11.CKM_SHA256_RSA_PKCS)
            key.public_key().verify(sig, b"text", padding.PKCS1v15(), hashes.SHA256())
        bad = "CKR_ATTRIBUTE_VALUE_INVALID"
        raises(bad, session.create, PRIVATE | parts | {p11.CKA_PRIVATE_EXPONENT: number(d + 2)})
        raises(bad, session.create, PRIVATE | parts | {p11.CKA_PUBLIC_EXPONENT: number(e + 2)})
        raises(bad, session.create, PRIVATE | parts | {p11.CKA_MODULUS: number(n + 2)})
        for kind, prime in ((p11.CKA_PRIME_1, numbers.p), (p11.CKA_PRIME_2, numbers.q)):
            raises("CKR_TEMPLATE_INCOMPLETE", session.create, PRIVATE | parts | {kind: number(prime)})


def test_what_is_no_key_is_refused():
    _, session = user_session()
    other, another = rsa.generate_private_key(65537, 2048), rsa.generate_private_key(65537, 2048)
    good, wrong = parts_of(other), parts_of(another)
    for kind in good:
        if kind <= p11.CKA_PRIVATE_EXPONENT or kind in (p11.CKA_PRIME_1, p11.CKA_PRIME_2):
            missing = {k: v for k, v in good.items() if k != kind}
            raises("CKR_TEMPLATE_INCOMPLETE", session.create, {**PRIVATE, **missing})
        for value in (flipped(good[kind]), b"\1", wrong[kind], bytes(len(good[kind])), b"\xff" * 2000):
            if kind == p11.CKA_PUBLIC_EXPONENT and value == good[kind]:
                continue
            raises(
                ("CKR_ATTRIBUTE_VALUE_INVALID", "CKR_KEY_SIZE_RANGE"), session.create, {**PRIVATE, **good, kind: value}
            )
    even = (int.from_bytes(good[p11.CKA_MODULUS], "big") - 1).to_bytes(256, "big")
    for n, e in ((even, b"\3"), (good[p11.CKA_MODULUS], b"\1"), (good[p11.CKA_MODULUS], b"\4"), (b"", b"\3"), (good[p11.CKA_MODULUS], b"")):
        template = {**PUBLIC, p11.CKA_MODULUS: n, p11.CKA_PUBLIC_EXPONENT: e}
        raises(("CKR_ATTRIBUTE_VALUE_INVALID", "CKR_KEY_SIZE_RANGE"), session.create, template)
    small = rsa.generate_private_key(65537, 1024)
    raises("CKR_KEY_SIZE_RANGE", import_private, session, small)
    raises("CKR_KEY_SIZE_RANGE", import_public, session, small)
    raises("CKR_TEMPLATE_INCONSISTENT", session.create, {**PRIVATE, **good, p11.CKA_VALUE: b"x"})
    raises("CKR_TEMPLATE_INCONSISTENT", session.create, {**PRIVATE, **good, p11.CKA_SEED: b"x"})
    info = another.public_key().public_bytes(DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    raises("CKR_ATTRIBUTE_VALUE_INVALID", session.create, {**PRIVATE, **good, p11.CKA_PUBLIC_KEY_INFO: info})


def test_generation_refuses_what_is_weak():
    _, session = user_session()
    for bits in (0, 512, 1024, 2047, 2049, 8200, 1 << 40):
        raises("CKR_KEY_SIZE_RANGE", pair, session, bits)
    for e in (b"", b"\1", b"\3", b"\x01\x00\x00", b"\xff" * 9):
        raises("CKR_ATTRIBUTE_VALUE_INVALID", pair, session, 2048, {p11.CKA_PUBLIC_EXPONENT: e})
    raises("CKR_TEMPLATE_INCOMPLETE", session.generate, p11.CKM_RSA_PKCS_KEY_PAIR_GEN, {}, {})
    for extra in ({p11.CKA_MODULUS: b"x"}, {p11.CKA_PRIME_1: b"x"}, {p11.CKA_EC_PARAMS: b"x"}):
        raises("CKR_TEMPLATE_INCONSISTENT", pair, session, 2048, None, extra)
    public, _ = pair(session, 2048, {p11.CKA_PUBLIC_EXPONENT: b"\0\x01\x00\x03"})
    equal(session.get(public, p11.CKA_PUBLIC_EXPONENT), b"\x01\x00\x03")


# ------------------------------------------------------------------------------- wrapping


def test_keys_travel_under_rsa():
    _, session = user_session()
    other = rsa.generate_private_key(65537, 2048)
    scheme = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    kind, param = p11.CKM_RSA_PKCS_OAEP, oaep(p11.CKM_SHA256, 2)
    public = wrapping_public(session, other)
    private = import_private(session, other, CKA_UNWRAP=True)
    check(not session.get_bool(private, p11.CKA_DECRYPT), "what unwraps does not decrypt")
    secret = {p11.CKA_CLASS: p11.CKO_SECRET_KEY, p11.CKA_KEY_TYPE: p11.CKK_AES, p11.CKA_TOKEN: False}
    value = os.urandom(32)
    key = session.create({**secret, p11.CKA_VALUE: value, p11.CKA_EXTRACTABLE: True})
    equal(other.decrypt(session.wrap(public, key, kind, param), scheme), value)
    got = session.unwrap(private, other.public_key().encrypt(value, scheme), secret, kind, param)
    iv = bytes(16)
    equal(session.encrypt(got, b"0123456789abcdef", p11.CKM_AES_CBC, iv),
          session.encrypt(key, b"0123456789abcdef", p11.CKM_AES_CBC, iv))  # fmt: skip
    wrapped = other.public_key().encrypt(value, scheme)
    for wrong in (flipped(wrapped), bytes(256), other.public_key().encrypt(value[:-1], scheme)):
        raises(("CKR_WRAPPED_KEY_INVALID", "CKR_WRAPPED_KEY_LEN_RANGE"), session.unwrap, private, wrong, secret, kind, param)
    raises("CKR_MECHANISM_INVALID", session.wrap, public, key, p11.CKM_RSA_PKCS)
    raises("CKR_KEY_FUNCTION_NOT_PERMITTED", session.wrap, session.copy(public, {}), key, kind, param)
    raises("CKR_MECHANISM_INVALID", session.unwrap, private, wrapped, secret, p11.CKM_RSA_PKCS)
    raises("CKR_KEY_FUNCTION_NOT_PERMITTED", session.decrypt, private, wrapped, kind, param)
    raises("CKR_TEMPLATE_INCONSISTENT", import_private, session, other, CKA_UNWRAP=True, CKA_DECRYPT=True)
    raises("CKR_TEMPLATE_INCONSISTENT", session.set, private, {p11.CKA_DECRYPT: True})
    raises("CKR_ATTRIBUTE_READ_ONLY", session.set, private, {p11.CKA_UNWRAP: False})
    raises("CKR_ACTION_PROHIBITED", session.copy, private, {})


def pkcs8(numbers):
    """An RSA private key in DER, of these numbers."""

    def element(tag, content):
        length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
        form = length if len(content) < 128 else bytes([0x80 | len(length)]) + length
        return bytes([tag]) + form + content

    def integer(value):
        return element(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))

    algorithm = bytes.fromhex("300d06092a864886f70d0101010500")
    key = element(0x30, b"".join(integer(value) for value in [0, *numbers]))
    return element(0x30, integer(0) + algorithm + element(4, key))


def test_rsa_keys_travel():
    """As PKCS#8 that another implementation writes and reads."""
    _, session = user_session()
    kek = os.urandom(32)
    wrapping = session.create({p11.CKA_CLASS: p11.CKO_SECRET_KEY, p11.CKA_KEY_TYPE: p11.CKK_AES, p11.CKA_TOKEN: False,
                               p11.CKA_VALUE: kek, p11.CKA_WRAP: True, p11.CKA_UNWRAP: True})  # fmt: skip
    kind = p11.CKM_AES_KEY_WRAP_KWP
    public, private = pair(session, 2048, None, {p11.CKA_EXTRACTABLE: True})
    der = keywrap.aes_key_unwrap_with_padding(kek, session.wrap(wrapping, private, kind))
    other = serialization.load_der_private_key(der, None)
    equal(other.public_key().public_numbers(), public_of(session, public).public_numbers())
    sig = session.sign(private, b"text", p11.CKM_SHA256_RSA_PKCS)
    equal(other.sign(b"text", padding.PKCS1v15(), hashes.SHA256()), sig)
    theirs = rsa.generate_private_key(65537, 3072)
    der = theirs.private_bytes(DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    got = session.unwrap(wrapping, keywrap.aes_key_wrap_with_padding(kek, der), PRIVATE, kind)
    equal(session.get(got, p11.CKA_MODULUS), number(theirs.public_key().public_numbers().n))
    equal(session.sign(got, b"text", p11.CKM_SHA256_RSA_PKCS), theirs.sign(b"text", padding.PKCS1v15(), hashes.SHA256()))
    raises("CKR_ATTRIBUTE_SENSITIVE", session.get, got, p11.CKA_PRIME_1)
    small = rsa.generate_private_key(65537, 1024)
    small = small.private_bytes(DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    no_prime = pkcs8([0 if kind == p11.CKA_PRIME_1 else int.from_bytes(part, "big") for kind, part in parts_of(theirs).items()])
    for wrong in (der[:-1], der + b"\0", flipped(der, 8 * 40), b"\x30\x00", der[26:], flipped(der, 8 * (len(der) // 2)), small, no_prime):
        wrapped = keywrap.aes_key_wrap_with_padding(kek, wrong)
        raises("CKR_WRAPPED_KEY_INVALID", session.unwrap, wrapping, wrapped, PRIVATE, kind)
    _, kept = pair(session)
    raises("CKR_KEY_UNEXTRACTABLE", session.wrap, wrapping, kept, kind)


# ------------------------------------------------------------------------------- the token


def test_rights_are_kept():
    _, session = user_session()
    public, private = pair(session, 2048, {p11.CKA_VERIFY: False}, {p11.CKA_SIGN: False, p11.CKA_DECRYPT: False})
    raises("CKR_KEY_FUNCTION_NOT_PERMITTED", session.sign, private, b"x", p11.CKM_SHA256_RSA_PKCS)
    raises("CKR_KEY_FUNCTION_NOT_PERMITTED", session.decrypt, private, bytes(256), p11.CKM_RSA_PKCS)
    raises("CKR_KEY_FUNCTION_NOT_PERMITTED", session.verify, public, b"x", bytes(256), p11.CKM_SHA256_RSA_PKCS)
    raises("CKR_KEY_TYPE_INCONSISTENT", session.sign, pair(session)[1], b"x", p11.CKM_ECDSA)
    _, only = pair(session, 2048, None, {p11.CKA_ALLOWED_MECHANISMS: (p11.CKM_SHA256_RSA_PKCS).to_bytes(8, "little")})
    session.sign(only, b"x", p11.CKM_SHA256_RSA_PKCS)
    raises("CKR_MECHANISM_INVALID", session.sign, only, b"x", p11.CKM_SHA384_RSA_PKCS)
    _, nothing = pair(session, 2048, None, {p11.CKA_ALLOWED_MECHANISMS: b""})
    raises("CKR_MECHANISM_INVALID", session.sign, nothing, b"x", p11.CKM_SHA256_RSA_PKCS)


def test_token_keys_outlive_the_process():
    module, session = user_session()
    public, private = session.generate(
        p11.CKM_RSA_PKCS_KEY_PAIR_GEN,
        {p11.CKA_MODULUS_BITS: 2048, p11.CKA_TOKEN: True, p11.CKA_ID: b"k"},
        {p11.CKA_TOKEN: True, p11.CKA_ID: b"k"},
    )
    info = session.get(public, p11.CKA_PUBLIC_KEY_INFO)
    slot = session.slot
    module.Finalize(None)
    module.Initialize(None)
    session = module.session(slot)
    session.login(USER_PIN)
    (private,) = session.find({p11.CKA_CLASS: p11.CKO_PRIVATE_KEY, p11.CKA_ID: b"k"})
    sig = session.sign(private, b"text", p11.CKM_SHA256_RSA_PKCS)
    try:
        serialization.load_der_public_key(info).verify(sig, b"text", padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        check(False, "the key is another one now")


def rsa_aes(bits=256, label=b"", mgf=2):
    """CK_RSA_AES_KEY_WRAP_PARAMS"""
    inner = oaep(p11.CKM_SHA256, mgf, label)
    made = p11.struct_param("CK_RSA_AES_KEY_WRAP_PARAMS", bits, None)
    made.pOAEPParams = ctypes.addressof(inner)
    made.held = inner
    return made


def wrapping_public(session, key):
    """The public half, which the officer trusts to wrap."""
    parts = parts_of(key)
    public = session.create({**PUBLIC, **{kind: parts[kind] for kind in PUBLIC_PARTS}, p11.CKA_WRAP: True, p11.CKA_TOKEN: True})
    session.logout()
    session.login(SO_PIN, p11.CKU_SO)
    session.set(public, {p11.CKA_TRUSTED: True})
    session.logout()
    session.login(USER_PIN)
    return public


def test_rsa_and_aes_wrap_keys_of_any_length():
    _, session = user_session()
    kind = p11.CKM_RSA_AES_KEY_WRAP
    own = rsa.generate_private_key(65537, 2048)
    public = wrapping_public(session, own)
    unwrapping = import_private(session, own, CKA_UNWRAP=True)
    # What the token wraps, another implementation opens, and the other way about.
    target = session.generate(p11.CKM_EC_KEY_PAIR_GEN, {p11.CKA_EC_PARAMS: P256}, {p11.CKA_EXTRACTABLE: True})
    for bits, label in ((128, b""), (192, b"label"), (256, b"")):
        blob = session.wrap(public, target[1], kind, rsa_aes(bits, label))
        scheme = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), label)
        aes = own.decrypt(blob[:256], scheme)
        equal(len(aes), bits // 8)
        der = keywrap.aes_key_unwrap_with_padding(aes, blob[256:])
        check(serialization.load_der_private_key(der, None).key_size == 256, "a P-256 key")
        key = os.urandom(bits // 8)
        secret = os.urandom(37)
        blob = own.public_key().encrypt(key, scheme) + keywrap.aes_key_wrap_with_padding(key, secret)
        what = {p11.CKA_CLASS: p11.CKO_SECRET_KEY, p11.CKA_KEY_TYPE: p11.CKK_GENERIC_SECRET, p11.CKA_EXTRACTABLE: True}
        got = session.unwrap(unwrapping, blob, what, kind, rsa_aes(bits, label))
        mac = session.sign(got, b"data", p11.CKM_SHA256_HMAC)
        equal(mac, hmac.new(secret, b"data", "sha256").digest())
        private = {p11.CKA_CLASS: p11.CKO_PRIVATE_KEY, p11.CKA_KEY_TYPE: p11.CKK_EC}
        blob = session.wrap(public, target[1], kind, rsa_aes(bits, label))
        again = session.unwrap(unwrapping, blob, private, kind, rsa_aes(bits, label))
        session.verify(target[0], b"x" * 32, session.sign(again, b"x" * 32, p11.CKM_ECDSA), p11.CKM_ECDSA)
        invalid = "CKR_WRAPPED_KEY_INVALID"
        for wrong in (flipped(blob), flipped(blob, 8 * 256), blob[:-8], blob + bytes(8)):
            raises((invalid, "CKR_WRAPPED_KEY_LEN_RANGE"), session.unwrap, unwrapping, wrong, private, kind, rsa_aes(bits, label))
        raises(invalid, session.unwrap, unwrapping, blob, private, kind, rsa_aes(bits, label + b"x"))
        raises(invalid, session.unwrap, unwrapping, blob, private, kind, rsa_aes(128 if bits != 128 else 256, label))
    for wrong in (blob[:256], blob[:255], blob[:1]):
        raises("CKR_WRAPPED_KEY_LEN_RANGE", session.unwrap, unwrapping, wrong, private, kind, rsa_aes())
    for front in (blob[:256], flipped(blob[:256])):  # a length does not tell whether OAEP's padding was right
        for length in (1, 8, 15, 17, 43):
            raises("CKR_WRAPPED_KEY_LEN_RANGE", session.unwrap, unwrapping, front + bytes(length), private, kind, rsa_aes())
    for bits in (0, 64, 127, 129, 512, 2**64 - 8):
        raises(BAD_PARAM, session.wrap, public, target[1], kind, rsa_aes(bits))
    none = rsa_aes()
    none.pOAEPParams = None
    raises(BAD_PARAM, session.wrap, public, target[1], kind, none)
    raises(BAD_PARAM, session.wrap, public, target[1], kind, rsa_aes(mgf=0))
    raises("CKR_MECHANISM_INVALID", session.encrypt, public, b"x", kind, rsa_aes())


def test_data_are_recovered_from_signatures():
    _, session = user_session()
    kind, none = p11.CKM_RSA_PKCS, "CKR_OPERATION_NOT_INITIALIZED"
    uses = {p11.CKA_MODULUS_BITS: 2048, p11.CKA_VERIFY_RECOVER: True}
    public, private = session.generate(p11.CKM_RSA_PKCS_KEY_PAIR_GEN, uses, {p11.CKA_SIGN_RECOVER: True})
    for data in (b"x", b"data", bytes(range(245))):
        signature = session.sign_recover(private, data, kind)
        equal(signature, session.sign(private, data, kind))
        equal(session.verify_recover(public, signature, kind), data)
    m, handle, how = session.m, session.handle, ctypes.byref(p11.mechanism(kind))
    raises("CKR_DATA_LEN_RANGE", session.sign_recover, private, bytes(246), kind)
    for wrong, status in ((flipped(signature), "CKR_SIGNATURE_INVALID"), (signature[1:], "CKR_SIGNATURE_LEN_RANGE")):
        m.VerifyRecoverInit(handle, how, public)
        buffer, length = (ctypes.c_ubyte * 256)(), ctypes.c_ulong(256)
        rv(m.C_VerifyRecover(handle, wrong, len(wrong), buffer, ctypes.byref(length)), status)
        equal(bytes(buffer), bytes(256), "what was given")
        rv(m.C_VerifyRecover(handle, signature, 256, buffer, ctypes.byref(length)), none)
    m.VerifyRecoverInit(handle, how, public)
    length.value = 244
    rv(m.C_VerifyRecover(handle, signature, 256, buffer, ctypes.byref(length)), "CKR_BUFFER_TOO_SMALL")
    equal(length.value, 245)
    m.VerifyRecover(handle, signature, 256, buffer, ctypes.byref(length))
    rv(m.C_SignRecover(handle, b"x", 1, None, ctypes.byref(length)), none)
    plain = session.generate(p11.CKM_RSA_PKCS_KEY_PAIR_GEN, {p11.CKA_MODULUS_BITS: 2048}, {})
    raises("CKR_KEY_FUNCTION_NOT_PERMITTED", session.sign_recover, plain[1], b"x", kind)
    raises("CKR_KEY_FUNCTION_NOT_PERMITTED", session.verify_recover, plain[0], signature, kind)
    raises("CKR_MECHANISM_INVALID", session.sign_recover, private, b"x", p11.CKM_SHA256_RSA_PKCS)
    m.SignRecoverInit(handle, how, private)
    rv(m.C_SignRecoverInit(handle, how, private), "CKR_OPERATION_ACTIVE")
    rv(m.C_SignRecoverInit(handle, None, 0), "CKR_OK", "cancelling")
    rv(m.C_SignRecover(handle, b"x", 1, None, ctypes.byref(length)), none)


if __name__ == "__main__":
    main(globals())
