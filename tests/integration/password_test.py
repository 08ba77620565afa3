#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Keys of passwords (PBKDF2), through the module."""

import hashlib
import os

import p11
from harness import *  # noqa: F403

KIND = p11.CKM_PKCS5_PBKD2
BAD = "CKR_MECHANISM_PARAM_INVALID"
SHA1, SHA256 = p11.CKP_PKCS5_PBKD2_HMAC_SHA1, p11.CKP_PKCS5_PBKD2_HMAC_SHA256

# RFC 6070, but the one with 2^24 iterations: password, salt, iterations, key.
RFC6070 = [
    (b"password", b"salt", 1, "0c60c80f961f0e71f3a9b524af6012062fe037a6"),
    (b"password", b"salt", 2, "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957"),
    (b"password", b"salt", 4096, "4b007901b765489abead49d926f721d065a429c1"),
    (
        b"passwordPASSWORDpassword",
        b"saltSALTsaltSALTsaltSALTsaltSALTsalt",
        4096,
        "3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038",
    ),
    (b"pass\0word", b"sa\0lt", 4096, "56fa6aa75548099dcc37d7f03425e0c3"),
]

HASHES = {
    SHA1: "sha1",
    p11.CKP_PKCS5_PBKD2_HMAC_SHA224: "sha224",
    SHA256: "sha256",
    p11.CKP_PKCS5_PBKD2_HMAC_SHA384: "sha384",
    p11.CKP_PKCS5_PBKD2_HMAC_SHA512: "sha512",
    p11.CKP_PKCS5_PBKD2_HMAC_SHA512_224: "sha512_224",
    p11.CKP_PKCS5_PBKD2_HMAC_SHA512_256: "sha512_256",
}


def made(session, param, length=None, **more):
    wanted = OPEN_SECRET | ({p11.CKA_VALUE_LEN: length} if length else {})
    wanted |= {getattr(p11, name): what for name, what in more.items()}
    return session.generate_key(KIND, wanted, param)


def test_it_gives_what_its_standard_gives():
    _, session = user_session()
    for password, salt, iterations, key in RFC6070:
        got = made(session, p11.pbkdf2(password, salt, iterations, SHA1), len(key) // 2)
        equal(session.get(got, p11.CKA_VALUE), bytes.fromhex(key))


def test_it_agrees_with_another_implementation():
    _, session = user_session()
    for prf, name in HASHES.items():
        for password, salt, iterations, length in (
            (b"", b"", 1, 1),
            (b"p", os.urandom(16), 1000, 32),
            (os.urandom(300), b"", 3, 65),
            (os.urandom(64), os.urandom(200), 2, 4096),
        ):
            got = made(session, p11.pbkdf2(password, salt, iterations, prf), length)
            expected = hashlib.pbkdf2_hmac(name, password, salt, iterations, length)
            equal(session.get(got, p11.CKA_VALUE), expected, f"{name} {length}")


def test_the_template_says_what_key_it_is():
    _, session = user_session()
    how = p11.pbkdf2(b"password", b"salt", 10, SHA256)
    expected = hashlib.pbkdf2_hmac("sha256", b"password", b"salt", 10, 32)
    for kind, length in ((p11.CKK_AES, 16), (p11.CKK_AES, 32), (p11.CKK_CHACHA20, None), (p11.CKK_SHA256_HMAC, 20), (p11.CKK_HKDF, 32)):
        got = made(session, how, length, CKA_KEY_TYPE=kind)
        equal(session.get(got, p11.CKA_VALUE), expected[: length or 32])
        equal(session.get_number(got, p11.CKA_KEY_TYPE), kind)
        equal(session.get_number(got, p11.CKA_VALUE_LEN), length or 32)
    for change, rv in (
        ({"CKA_KEY_TYPE": p11.CKK_AES, "CKA_VALUE_LEN": 17}, "CKR_ATTRIBUTE_VALUE_INVALID"),
        ({"CKA_VALUE_LEN": 0}, "CKR_ATTRIBUTE_VALUE_INVALID"),
        ({"CKA_VALUE_LEN": 4097}, "CKR_ATTRIBUTE_VALUE_INVALID"),
        ({"CKA_KEY_TYPE": p11.CKK_RSA, "CKA_VALUE_LEN": 32}, "CKR_TEMPLATE_INCONSISTENT"),
        ({"CKA_KEY_TYPE": 0x7777, "CKA_VALUE_LEN": 32}, "CKR_ATTRIBUTE_VALUE_INVALID"),
        ({"CKA_CLASS": p11.CKO_PRIVATE_KEY, "CKA_VALUE_LEN": 32}, "CKR_TEMPLATE_INCONSISTENT"),
        ({"CKA_KEY_TYPE": p11.CKK_AES}, "CKR_TEMPLATE_INCOMPLETE"),
        ({}, "CKR_TEMPLATE_INCOMPLETE"),
    ):
        raises(rv, made, session, how, **change)
    raises("CKR_TEMPLATE_INCOMPLETE", session.generate_key, KIND, {p11.CKA_VALUE_LEN: 32}, how)
    aes = made(session, how, 32, CKA_KEY_TYPE=p11.CKK_AES, CKA_TOKEN=True)
    equal(session.decrypt(aes, session.encrypt(aes, bytes(16), p11.CKM_AES_ECB), p11.CKM_AES_ECB), bytes(16))
    session.destroy(aes)


def test_such_a_key_was_never_secret_from_all():
    _, session = user_session()
    how = p11.pbkdf2(b"password", b"salt", 10, SHA256)
    key = session.generate_key(KIND, {p11.CKA_KEY_TYPE: p11.CKK_GENERIC_SECRET, p11.CKA_VALUE_LEN: 32, p11.CKA_DERIVE: True}, how)
    for name, expected in (("SENSITIVE", True), ("EXTRACTABLE", False), ("LOCAL", True), ("ALWAYS_SENSITIVE", False), ("NEVER_EXTRACTABLE", False)):
        equal(session.get_bool(key, getattr(p11, "CKA_" + name)), expected, name)
    equal(session.get_number(key, p11.CKA_KEY_GEN_MECHANISM), KIND)
    raises("CKR_ATTRIBUTE_SENSITIVE", session.get, key, p11.CKA_VALUE)
    derived = session.derive(key, {}, p11.CKM_SHA256_KEY_DERIVATION)
    check(not session.get_bool(derived, p11.CKA_ALWAYS_SENSITIVE), "nor was what is derived of it")


def test_what_is_refused():
    _, session = user_session()

    def refused(rv=BAD, **change):
        how = p11.pbkdf2(b"password", b"salt", 10, SHA256)
        for name, value in change.items():
            setattr(how, name, value)
        raises(rv, made, session, how, 32)

    for prf in (0, p11.CKP_PKCS5_PBKD2_HMAC_GOSTR3411, 9, p11.UNAVAILABLE):
        refused(prf=prf)
    for iterations in (0, 2**24 + 1, p11.UNAVAILABLE):
        refused(iterations=iterations)
    refused(saltSource=0)
    refused(saltSource=2)
    refused(pSaltSourceData=None)
    refused(ulSaltSourceDataLen=p11.UNAVAILABLE)
    refused(pPassword=None)
    refused(ulPasswordLen=p11.UNAVAILABLE)
    refused(ulPasswordLen=0x7FFF12345678)  # the pointer that stood there in version 2.40
    refused(ulPrfDataLen=1)
    refused(pPrfData=1)
    raises(BAD, made, session, None, 32)
    raises(BAD, made, session, b"short", 32)
    key = made(session, p11.pbkdf2(b"password", b"salt", 1, SHA1), 32)
    raises("CKR_MECHANISM_INVALID", session.derive, key, {}, KIND, p11.pbkdf2(b"password", b"salt", 1, SHA1))


if __name__ == "__main__":
    main(globals())
