#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Keys derived from keys, through the module."""

import hashlib
import os

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

import p11
from ciphers import classic, secret
from harness import *  # noqa: F403

# RFC 5869, appendix A: hash, IKM, salt, info, PRK, OKM.
RFC5869 = [
    (
        "CKM_SHA256",
        b"\x0b" * 22,
        bytes(range(13)),
        bytes(range(0xF0, 0xFA)),
        "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
    ),
    (
        "CKM_SHA256",
        b"\x0b" * 22,
        None,
        b"",
        "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
    ),
    (
        "CKM_SHA_1",
        b"\x0b" * 11,
        bytes(range(13)),
        bytes(range(0xF0, 0xFA)),
        "9b6c18c432a7bf8f0e71c8eb88f4b30baa2ba243",
        "085a01ea1b10f36933068b56efa5ad81a4f14b822f5b091568a9cdd4f155fda2c22e422478d305f3f896",
    ),
]

HASHES = {
    "SHA224": hashes.SHA224,
    "SHA256": hashes.SHA256,
    "SHA384": hashes.SHA384,
    "SHA512": hashes.SHA512,
    "SHA3_256": hashes.SHA3_256,
    "SHA3_512": hashes.SHA3_512,
}


def base(session, value, kind=p11.CKK_GENERIC_SECRET, **more):
    """An open key to derive from, so that what comes of it can be read."""
    how = {"CKA_DERIVE": True, "CKA_SENSITIVE": False, "CKA_EXTRACTABLE": True}
    return secret(session, kind, value, **(how | more))


def value_of(session, key):
    return session.get(key, p11.CKA_VALUE)


def derived(session, key, kind, param=None, length=None, **more):
    wanted = OPEN_SECRET | ({p11.CKA_VALUE_LEN: length} if length else {})
    wanted |= {getattr(p11, name): what for name, what in more.items()}
    return session.derive(key, wanted, kind, param)


def test_hkdf_gives_what_its_standard_gives():
    _, session = user_session()
    for name, ikm, salt, info, prk, okm in RFC5869:
        hash_mechanism = getattr(p11, name)
        key = base(session, ikm)
        okm, prk = bytes.fromhex(okm), bytes.fromhex(prk)
        how = p11.hkdf(hash_mechanism, salt, info)
        equal(value_of(session, derived(session, key, p11.CKM_HKDF_DERIVE, how, len(okm))), okm)
        how = p11.hkdf(hash_mechanism, salt, expand=False)
        extracted = derived(session, key, p11.CKM_HKDF_DERIVE, how, CKA_DERIVE=True)
        equal(value_of(session, extracted), prk)
        how = p11.hkdf(hash_mechanism, None, info, extract=False)
        both = derived(session, extracted, p11.CKM_HKDF_DERIVE, how, len(okm))
        equal(value_of(session, both), okm)


def test_hkdf_agrees_with_another_implementation():
    _, session = user_session()
    for name, algorithm in HASHES.items():
        size = algorithm().digest_size
        for length in (1, size, size + 1, 255 * size if 255 * size <= 4096 else 4096):
            ikm, salt, info = os.urandom(40), os.urandom(17), os.urandom(9)
            expected = HKDF(algorithm(), length, salt, info).derive(ikm)
            for kind in (p11.CKK_GENERIC_SECRET, p11.CKK_HKDF):
                key = base(session, ikm, kind)
                for given in (salt, base(session, salt)):
                    how = p11.hkdf(getattr(p11, f"CKM_{name}"), given, info)
                    got = derived(session, key, p11.CKM_HKDF_DERIVE, how, length)
                    equal(value_of(session, got), expected, f"{name} {length}")
        prk = os.urandom(size)
        how = p11.hkdf(getattr(p11, f"CKM_{name}"), None, b"info", extract=False)
        got = derived(session, base(session, prk), p11.CKM_HKDF_DERIVE, how, 50)
        equal(value_of(session, got), HKDFExpand(algorithm(), 50, b"info").derive(prk), name)


def test_joining_and_hashing():
    _, session = user_session()
    value, other, data = os.urandom(24), os.urandom(8), os.urandom(24)
    key, second = base(session, value), base(session, other)
    text = p11.string_data(data)
    mixed = bytes(a ^ b for a, b in zip(value, data))
    for kind, param, expected in (
        (p11.CKM_CONCATENATE_BASE_AND_KEY, ctypes_handle(second), value + other),
        (p11.CKM_CONCATENATE_BASE_AND_DATA, text, value + data),
        (p11.CKM_CONCATENATE_DATA_AND_BASE, text, data + value),
        (p11.CKM_XOR_BASE_AND_DATA, text, mixed),
        (p11.CKM_XOR_BASE_AND_DATA, p11.string_data(data[:5]), mixed[:5]),
        (p11.CKM_SHA256_KEY_DERIVATION, None, hashlib.sha256(value).digest()),
        (p11.CKM_SHA224_KEY_DERIVATION, None, hashlib.sha224(value).digest()),
        (p11.CKM_SHA384_KEY_DERIVATION, None, hashlib.sha384(value).digest()),
        (p11.CKM_SHA512_KEY_DERIVATION, None, hashlib.sha512(value).digest()),
        (p11.CKM_SHA3_224_KEY_DERIVATION, None, hashlib.sha3_224(value).digest()),
        (p11.CKM_SHA3_256_KEY_DERIVATION, None, hashlib.sha3_256(value).digest()),
        (p11.CKM_SHA3_384_KEY_DERIVATION, None, hashlib.sha3_384(value).digest()),
        (p11.CKM_SHA3_512_KEY_DERIVATION, None, hashlib.sha3_512(value).digest()),
    ):
        equal(value_of(session, derived(session, key, kind, param)), expected, hex(kind))
        got = derived(session, key, kind, param, 5)
        equal(value_of(session, got), expected[:5], f"{hex(kind)}, cut")
        raises("CKR_KEY_SIZE_RANGE", derived, session, key, kind, param, len(expected) + 1)


def ctypes_handle(handle):
    return p11.mac_len(handle)  # a CK_ULONG like any other


def test_a_piece_is_cut_out():
    """PKCS#11 v3.2, 6.43: two bytes from bit 21 of 329f84a9 are 9526."""
    _, session = user_session()
    kind, value = p11.CKM_EXTRACT_KEY_FROM_KEY, bytes.fromhex("329f84a9")
    key = base(session, value)
    equal(value_of(session, derived(session, key, kind, p11.mac_len(21), 2)).hex(), "9526")
    bits = "".join(f"{byte:08b}" for byte in value)
    for first in range(32):
        for length in (1, 2, 3, 4):
            expected = int((bits * 2)[first : first + 8 * length], 2).to_bytes(length, "big")
            equal(value_of(session, derived(session, key, kind, p11.mac_len(first), length)), expected, f"{first} {length}")
    raises("CKR_TEMPLATE_INCOMPLETE", derived, session, key, kind, p11.mac_len(0))
    raises("CKR_KEY_SIZE_RANGE", derived, session, key, kind, p11.mac_len(0), 5)
    for bad in (p11.mac_len(32), p11.mac_len(p11.UNAVAILABLE), None, b"four"):
        raises("CKR_MECHANISM_PARAM_INVALID", derived, session, key, kind, bad, 1)
    long = base(session, bytes(range(40)))
    got = derived(session, long, kind, p11.mac_len(64), CKA_KEY_TYPE=p11.CKK_CHACHA20)
    equal(value_of(session, got), bytes(range(8, 40)))


def test_encrypted_data_are_a_key():
    _, session = user_session()
    iv, data = os.urandom(16), os.urandom(64)
    for size in (16, 24, 32):
        value = os.urandom(size)
        key = base(session, value, p11.CKK_AES)
        for kind, param, mode in (
            (p11.CKM_AES_ECB_ENCRYPT_DATA, p11.string_data(data), modes.ECB()),
            (p11.CKM_AES_CBC_ENCRYPT_DATA, p11.aes_cbc_data(iv, data), modes.CBC(iv)),
        ):
            expected = classic(algorithms.AES(value), mode, data)
            for length in (None, 1, 16, 17, 63, 64):
                got = derived(session, key, kind, param, length)
                equal(value_of(session, got), expected[: length or 64], f"{hex(kind)} {length}")
            raises("CKR_DATA_LEN_RANGE", derived, session, key, kind, param, 65)
            raises("CKR_MECHANISM_PARAM_INVALID", derived, session, key, kind, None, 16)
            raises("CKR_KEY_TYPE_INCONSISTENT", derived, session, base(session, value), kind, param, 16)
            got = derived(session, key, kind, param, CKA_KEY_TYPE=p11.CKK_CHACHA20)
            equal(value_of(session, got), expected[:32])
    for length in (0, 1, 15, 17):
        short = data[:length]
        raises("CKR_MECHANISM_PARAM_INVALID", derived, session, key, p11.CKM_AES_ECB_ENCRYPT_DATA, p11.string_data(short), 1)
        raises("CKR_MECHANISM_PARAM_INVALID", derived, session, key, p11.CKM_AES_CBC_ENCRYPT_DATA, p11.aes_cbc_data(iv, short), 1)
    param = p11.aes_cbc_data(iv, data)
    param.length = p11.UNAVAILABLE
    raises("CKR_MECHANISM_PARAM_INVALID", derived, session, key, p11.CKM_AES_CBC_ENCRYPT_DATA, param, 16)


def test_the_type_says_the_length_and_must_fit_it():
    _, session = user_session()
    key = base(session, os.urandom(32))
    how = p11.hkdf(p11.CKM_SHA256)
    got = derived(session, key, p11.CKM_HKDF_DERIVE, how, CKA_KEY_TYPE=p11.CKK_CHACHA20)
    equal(session.get_number(got, p11.CKA_VALUE_LEN), 32)
    got = derived(session, key, p11.CKM_HKDF_DERIVE, how, 24, CKA_KEY_TYPE=p11.CKK_AES)
    equal(session.get_number(got, p11.CKA_VALUE_LEN), 24)
    equal(session.get_number(got, p11.CKA_KEY_TYPE), p11.CKK_AES)
    for name in ("CKA_LOCAL", "CKA_ALWAYS_SENSITIVE", "CKA_NEVER_EXTRACTABLE"):
        check(not session.get_bool(got, getattr(p11, name)), name)
    raises("CKR_TEMPLATE_INCOMPLETE", derived, session, key, p11.CKM_HKDF_DERIVE, how)
    for length in (15, 33):
        raises(
            "CKR_TEMPLATE_INCONSISTENT",
            lambda: derived(session, key, p11.CKM_HKDF_DERIVE, how, length, CKA_KEY_TYPE=p11.CKK_AES),
        )
    raises("CKR_KEY_SIZE_RANGE", derived, session, key, p11.CKM_HKDF_DERIVE,
           p11.hkdf(p11.CKM_SHA256, None, expand=False), 33)
    raises("CKR_TEMPLATE_INCONSISTENT", derived, session, key, p11.CKM_HKDF_DERIVE, how, 4097)


def test_hkdf_that_extracts_gives_the_length_of_its_hash():
    _, session = user_session()
    key = base(session, os.urandom(50))
    for name, size in (("SHA_1", 20), ("SHA224", 28), ("SHA256", 32), ("SHA384", 48), ("SHA512", 64), ("SHA3_256", 32)):
        how = p11.hkdf(getattr(p11, f"CKM_{name}"), b"salt", expand=False)
        got = derived(session, key, p11.CKM_HKDF_DERIVE, how)
        equal(session.get_number(got, p11.CKA_VALUE_LEN), size)
        equal(len(value_of(session, got)), size)
        got = derived(session, key, p11.CKM_HKDF_DERIVE, how, 17)
        equal(len(value_of(session, got)), 17)
        raises("CKR_KEY_SIZE_RANGE", derived, session, key, p11.CKM_HKDF_DERIVE, how, size + 1)
    for name, rv in (("CKM_SHA256", None), ("CKM_SHA384", "CKR_TEMPLATE_INCONSISTENT")):
        how = p11.hkdf(getattr(p11, name), b"salt", expand=False)
        if rv:
            raises(rv, derived, session, key, p11.CKM_HKDF_DERIVE, how, CKA_KEY_TYPE=p11.CKK_AES)
        else:
            got = derived(session, key, p11.CKM_HKDF_DERIVE, how, CKA_KEY_TYPE=p11.CKK_AES)
            equal(session.get_number(got, p11.CKA_VALUE_LEN), 32)
    for kind in (p11.CKK_AES, p11.CKK_GENERIC_SECRET):
        how = p11.hkdf(p11.CKM_SHA256, b"salt")
        raises("CKR_TEMPLATE_INCOMPLETE", derived, session, key, p11.CKM_HKDF_DERIVE, how, CKA_KEY_TYPE=kind)


def test_histories_are_handed_on():
    _, session = user_session()
    born = session.generate_key(
        p11.CKM_HKDF_KEY_GEN, {p11.CKA_VALUE_LEN: 32, p11.CKA_DERIVE: True}
    )
    how = p11.hkdf(p11.CKM_SHA256)
    got = session.derive(born, {p11.CKA_VALUE_LEN: 32}, p11.CKM_HKDF_DERIVE, how)
    check(session.get_bool(got, p11.CKA_ALWAYS_SENSITIVE), "always sensitive")
    check(session.get_bool(got, p11.CKA_NEVER_EXTRACTABLE), "never extractable")
    check(not session.get_bool(got, p11.CKA_LOCAL), "not local")
    mixed = p11.hkdf(p11.CKM_SHA256, base(session, bytes(8)))
    got = session.derive(born, {p11.CKA_VALUE_LEN: 32}, p11.CKM_HKDF_DERIVE, mixed)
    check(not session.get_bool(got, p11.CKA_ALWAYS_SENSITIVE), "one of two was open")


def test_what_is_refused():
    _, session = user_session()
    how = p11.hkdf(p11.CKM_SHA256)
    key = base(session, bytes(range(32)))
    aes = base(session, bytes(range(32)), p11.CKK_AES)
    shut = base(session, bytes(32), CKA_DERIVE=False)
    kind, ask = p11.CKM_HKDF_DERIVE, {p11.CKA_VALUE_LEN: 16}
    raises("CKR_KEY_FUNCTION_NOT_PERMITTED", session.derive, shut, ask, kind, how)
    raises("CKR_KEY_TYPE_INCONSISTENT", session.derive, aes, ask, kind, how)
    raises("CKR_KEY_HANDLE_INVALID", session.derive, 12345, ask, kind, how)
    raises("CKR_KEY_HANDLE_INVALID", session.derive, key, ask, kind, p11.hkdf(p11.CKM_SHA256, 12345))
    bad = "CKR_MECHANISM_PARAM_INVALID"
    raises(bad, session.derive, key, ask, kind, None)
    raises(bad, session.derive, key, ask, kind, b"short")
    raises(bad, session.derive, key, ask, kind, p11.hkdf(p11.CKM_AES_ECB))
    raises(bad, session.derive, key, ask, kind, p11.hkdf(p11.CKM_SHA256, None, b"", False, False))
    raises("CKR_MECHANISM_INVALID", session.derive, key, ask, p11.CKM_AES_ECB)
    only = base(session, bytes(32), CKA_ALLOWED_MECHANISMS=[p11.CKM_SHA256_KEY_DERIVATION])
    raises("CKR_MECHANISM_INVALID", session.derive, only, ask, kind, how)
    led = base(session, bytes(32), CKA_DERIVE_TEMPLATE={p11.CKA_LABEL: "led"})
    got = session.derive(led, ask, kind, how)
    equal(session.get(got, p11.CKA_LABEL), b"led")
    raises("CKR_TEMPLATE_INCONSISTENT", session.derive, led, ask | {p11.CKA_LABEL: "x"}, kind, how)


if __name__ == "__main__":
    main(globals())
