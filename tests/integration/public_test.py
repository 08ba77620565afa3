#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The public keys of private ones (CKM_PUB_KEY_FROM_PRIV_KEY), through the module."""

import ctypes

import p11
from ciphers import secret
from harness import *  # noqa: F403

KIND = p11.CKM_PUB_KEY_FROM_PRIV_KEY
INCONSISTENT = "CKR_TEMPLATE_INCONSISTENT"
P256 = bytes.fromhex("06082a8648ce3d030107")
ED25519 = bytes.fromhex("06032b6570")
X25519 = bytes.fromhex("06032b656e")

# Key pair mechanism, what the public key's template needs, what signs with it.
PAIRS = [
    (p11.CKM_ML_DSA_KEY_PAIR_GEN, {p11.CKA_PARAMETER_SET: p11.CKP_ML_DSA_65}, p11.CKM_ML_DSA),
    (p11.CKM_SLH_DSA_KEY_PAIR_GEN, {p11.CKA_PARAMETER_SET: p11.CKP_SLH_DSA_SHA2_128F}, p11.CKM_SLH_DSA),
    (p11.CKM_ML_KEM_KEY_PAIR_GEN, {p11.CKA_PARAMETER_SET: p11.CKP_ML_KEM_768}, None),
    (p11.CKM_EC_KEY_PAIR_GEN, {p11.CKA_EC_PARAMS: P256}, p11.CKM_ECDSA_SHA256),
    (p11.CKM_EC_EDWARDS_KEY_PAIR_GEN, {p11.CKA_EC_PARAMS: ED25519}, p11.CKM_EDDSA),
    (p11.CKM_EC_MONTGOMERY_KEY_PAIR_GEN, {p11.CKA_EC_PARAMS: X25519}, None),
    (p11.CKM_RSA_PKCS_KEY_PAIR_GEN, {p11.CKA_MODULUS_BITS: 2048}, p11.CKM_SHA256_RSA_PKCS),
]

# What the original and the copy have in common.
SAME = (
    "CKA_CLASS", "CKA_KEY_TYPE", "CKA_PUBLIC_KEY_INFO", "CKA_KEY_GEN_MECHANISM", "CKA_ID", "CKA_SUBJECT", "CKA_START_DATE",
    "CKA_END_DATE", "CKA_ENCRYPT", "CKA_VERIFY", "CKA_WRAP", "CKA_DERIVE", "CKA_ENCAPSULATE", "CKA_TRUSTED", "CKA_PRIVATE",
    "CKA_MODIFIABLE", "CKA_COPYABLE", "CKA_DESTROYABLE",
)
OWN = (
    "CKA_VALUE", "CKA_PARAMETER_SET", "CKA_EC_PARAMS", "CKA_EC_POINT", "CKA_MODULUS", "CKA_MODULUS_BITS", "CKA_PUBLIC_EXPONENT",
)  # fmt: skip


def attribute(session, key, name):
    """Its value, or why there is none."""
    try:
        return session.get(key, getattr(p11, name))
    except p11.Error as failure:
        return p11.rv_name(failure.rv)


def test_it_is_the_public_key():
    _, session = user_session()
    for kind, needed, signing in PAIRS:
        more = {p11.CKA_ID: b"id", p11.CKA_SUBJECT: b"subject"}
        private = more | {p11.CKA_DERIVE: kind in (p11.CKM_EC_KEY_PAIR_GEN, p11.CKM_EC_MONTGOMERY_KEY_PAIR_GEN)}
        original, key = session.generate(kind, needed | private, private | {p11.CKA_START_DATE: b"20260101"})
        session.set(original, {p11.CKA_START_DATE: b"20260101"})
        made = session.derive(key, {}, KIND)
        for name in SAME + OWN:
            equal(attribute(session, made, name), attribute(session, original, name), f"{hex(kind)} {name}")
        check(not session.get_bool(made, p11.CKA_TOKEN), "a session object")
        check(not session.get_bool(made, p11.CKA_LOCAL), "it was not made here")
        equal(session.get(made, p11.CKA_LABEL), b"")
        if signing:
            session.verify(made, b"data", session.sign(key, b"data", signing), signing)
            raises("CKR_SIGNATURE_INVALID", session.verify, made, b"else", session.sign(key, b"data", signing), signing)
        if kind == p11.CKM_ML_KEM_KEY_PAIR_GEN:
            ciphertext, shared = session.encapsulate(made, OPEN_SECRET)
            back = session.decapsulate(key, ciphertext, OPEN_SECRET)
            equal(session.get(back, p11.CKA_VALUE), session.get(shared, p11.CKA_VALUE))


def test_what_was_brought_in_has_a_public_key_too():
    _, session = user_session()
    original, key = session.generate(p11.CKM_EC_KEY_PAIR_GEN, {p11.CKA_EC_PARAMS: P256},
                                     {p11.CKA_SENSITIVE: False, p11.CKA_EXTRACTABLE: True})
    copy = session.create({
        p11.CKA_CLASS: p11.CKO_PRIVATE_KEY, p11.CKA_KEY_TYPE: p11.CKK_EC, p11.CKA_EC_PARAMS: P256,
        p11.CKA_VALUE: session.get(key, p11.CKA_VALUE), p11.CKA_SIGN: False,
    })
    made = session.derive(copy, {}, KIND)
    equal(session.get(made, p11.CKA_EC_POINT), session.get(original, p11.CKA_EC_POINT))
    check(not session.get_bool(made, p11.CKA_VERIFY), "as the private key signs")
    equal(session.get_number(made, p11.CKA_KEY_GEN_MECHANISM), p11.UNAVAILABLE)


def test_the_template_is_heard_where_it_may_be():
    _, session = user_session()
    _, key = session.generate(p11.CKM_ML_DSA_KEY_PAIR_GEN, {p11.CKA_PARAMETER_SET: p11.CKP_ML_DSA_44},
                              {p11.CKA_ALLOWED_MECHANISMS: [p11.CKM_ML_DSA, KIND]})
    wanted = {
        p11.CKA_TOKEN: True, p11.CKA_LABEL: "label", p11.CKA_ID: b"other", p11.CKA_VERIFY: False, p11.CKA_PRIVATE: True,
        p11.CKA_CLASS: p11.CKO_PUBLIC_KEY, p11.CKA_KEY_TYPE: p11.CKK_ML_DSA, p11.CKA_PARAMETER_SET: p11.CKP_ML_DSA_44,
        p11.CKA_ALLOWED_MECHANISMS: [p11.CKM_ML_DSA],
    }
    made = session.derive(key, wanted, KIND)
    equal(session.get(made, p11.CKA_LABEL), b"label")
    equal(session.get(made, p11.CKA_ID), b"other")
    for name, expected in (("TOKEN", True), ("VERIFY", False), ("PRIVATE", True), ("TRUSTED", False)):
        equal(session.get_bool(made, getattr(p11, "CKA_" + name)), expected, name)
    session.destroy(made)
    for change, rv in (
        ({p11.CKA_CLASS: p11.CKO_PRIVATE_KEY}, INCONSISTENT),
        ({p11.CKA_KEY_TYPE: p11.CKK_ML_KEM}, INCONSISTENT),
        ({p11.CKA_PARAMETER_SET: p11.CKP_ML_DSA_65}, INCONSISTENT),
        ({p11.CKA_VALUE: b"value"}, INCONSISTENT),
        ({p11.CKA_PUBLIC_KEY_INFO: b"info"}, INCONSISTENT),
        ({p11.CKA_SENSITIVE: True}, INCONSISTENT),
        ({p11.CKA_EC_PARAMS: P256}, INCONSISTENT),
        ({p11.CKA_LOCAL: True}, "CKR_ATTRIBUTE_READ_ONLY"),
        ({p11.CKA_TRUSTED: True}, "CKR_ATTRIBUTE_READ_ONLY"),
    ):
        raises(rv, session.derive, key, change, KIND)
    _, key = session.generate(p11.CKM_RSA_PKCS_KEY_PAIR_GEN, {p11.CKA_MODULUS_BITS: 2048}, {})
    for change in ({p11.CKA_MODULUS_BITS: 1024}, {p11.CKA_PUBLIC_EXPONENT: b"\3"}, {p11.CKA_MODULUS: bytes(256)}):
        raises(INCONSISTENT, session.derive, key, change, KIND)
    session.derive(key, {p11.CKA_MODULUS_BITS: 2048, p11.CKA_PUBLIC_EXPONENT: b"\1\0\1"}, KIND)


def test_what_is_refused():
    module, session = user_session()
    public, key = session.generate(p11.CKM_ML_DSA_KEY_PAIR_GEN, {p11.CKA_PARAMETER_SET: p11.CKP_ML_DSA_44}, {})
    raises("CKR_KEY_TYPE_INCONSISTENT", session.derive, public, {}, KIND)
    raises("CKR_KEY_TYPE_INCONSISTENT", session.derive, secret(session, p11.CKK_AES, bytes(16), CKA_DERIVE=True), {}, KIND)
    data = session.create({p11.CKA_CLASS: p11.CKO_DATA})
    raises("CKR_KEY_HANDLE_INVALID", session.derive, data, {}, KIND)
    raises("CKR_KEY_HANDLE_INVALID", session.derive, 123456, {}, KIND)
    raises("CKR_MECHANISM_PARAM_INVALID", session.derive, key, {}, KIND, b"parameter")
    _, only = session.generate(p11.CKM_ML_DSA_KEY_PAIR_GEN, {p11.CKA_PARAMETER_SET: p11.CKP_ML_DSA_44},
                               {p11.CKA_ALLOWED_MECHANISMS: [p11.CKM_ML_DSA]})
    raises("CKR_MECHANISM_INVALID", session.derive, only, {}, KIND)
    reader = module.session(session.slot, rw=False)
    reader.derive(key, {}, KIND)
    raises("CKR_SESSION_READ_ONLY", reader.derive, key, {p11.CKA_TOKEN: True}, KIND)
    how = ctypes.byref(p11.mechanism(KIND))
    rv(session.m.C_DeriveKey(session.handle, how, key, None, 0, None), "CKR_ARGUMENTS_BAD")


if __name__ == "__main__":
    main(globals())
