#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Keys come in as seed, expanded, or both, and go out as what they are."""

import hashlib

import p11
from harness import *  # noqa: F403

READABLE = {p11.CKA_SENSITIVE: False, p11.CKA_EXTRACTABLE: True}


def private_template(kind, number, **parts):
    return {
        p11.CKA_CLASS: p11.CKO_PRIVATE_KEY,
        p11.CKA_KEY_TYPE: kind,
        p11.CKA_PARAMETER_SET: number,
        **READABLE,
        **{getattr(p11, "CKA_" + name.upper()): value for name, value in parts.items()},
    }


def public_template(kind, number, value):
    return {
        p11.CKA_CLASS: p11.CKO_PUBLIC_KEY,
        p11.CKA_KEY_TYPE: kind,
        p11.CKA_PARAMETER_SET: number,
        p11.CKA_VALUE: value,
    }


def seed_of(length):
    return hashlib.shake_256(b"a seed").digest(length)


def public_value(session, private, length):
    """The public key within a private key's CKA_PUBLIC_KEY_INFO, which ends with it."""
    return session.get(private, p11.CKA_PUBLIC_KEY_INFO)[-length:]


def test_ml_kem_keys_come_in_three_forms():
    _, session = user_session()
    for name, number in KEM_SETS.items():
        kind = p11.CKK_ML_KEM
        from_seed = session.create(private_template(kind, number, seed=seed_of(64)))
        value = session.get(from_seed, p11.CKA_VALUE)
        equal(len(value), KEM_DK_LEN[name])
        equal(session.get(from_seed, p11.CKA_SEED), seed_of(64))
        both = session.create(private_template(kind, number, seed=seed_of(64), value=value))
        expanded = session.create(private_template(kind, number, value=value))
        ek = public_value(session, from_seed, KEM_EK_LEN[name])
        public = session.create(public_template(kind, number, ek))
        ciphertext, secret = session.encapsulate(public, OPEN_SECRET)
        expected = session.get(secret, p11.CKA_VALUE)
        for key in (from_seed, both, expanded):
            got = session.decapsulate(key, ciphertext, OPEN_SECRET)
            check(session.get(got, p11.CKA_VALUE) == expected, "the same secret by every form")
        equal(session.get(expanded, p11.CKA_VALUE), value)
        equal(session.get_bool(expanded, p11.CKA_LOCAL), False)
        raises(
            "CKR_TEMPLATE_INCONSISTENT",
            session.create,
            private_template(kind, number, seed=bytes(64), value=value),
        )
        bad = ("CKR_ATTRIBUTE_VALUE_INVALID", "CKR_TEMPLATE_INCONSISTENT")
        raises(
            bad,
            session.create,
            private_template(kind, number, value=flipped(value, len(value) * 8 - 300)),
        )
        raises(bad, session.create, public_template(kind, number, b"\xff" * len(ek)))
        for wrong in (b"", value[:-1], value + b"x"):
            raises(bad, session.create, private_template(kind, number, value=wrong))
        for wrong in (b"", ek[:-1], ek + b"x"):
            raises(bad, session.create, public_template(kind, number, wrong))
        for wrong in (bytes(32), bytes(63), bytes(65)):
            raises(bad, session.create, private_template(kind, number, seed=wrong))


def test_ml_dsa_keys_come_in_three_forms():
    _, session = user_session()
    fixed = p11.sign_context(b"", p11.CKH_DETERMINISTIC_REQUIRED)
    for name, number in DSA_SETS.items():
        kind = p11.CKK_ML_DSA
        from_seed = session.create(private_template(kind, number, seed=seed_of(32)))
        value = session.get(from_seed, p11.CKA_VALUE)
        equal(len(value), DSA_SK_LEN[name])
        both = session.create(private_template(kind, number, seed=seed_of(32), value=value))
        expanded = session.create(private_template(kind, number, value=value))
        signature = session.sign(from_seed, b"m", param=fixed)
        for key in (both, expanded):
            check(
                session.sign(key, b"m", param=fixed) == signature,
                "the same signature by every form",
            )
        pk = public_value(session, from_seed, DSA_PK_LEN[name])
        session.verify(session.create(public_template(kind, number, pk)), b"m", signature)
        bad = ("CKR_ATTRIBUTE_VALUE_INVALID", "CKR_TEMPLATE_INCONSISTENT")
        raises(
            "CKR_TEMPLATE_INCONSISTENT",
            session.create,
            private_template(kind, number, seed=bytes(32), value=value),
        )
        for wrong in (b"", value[:-1], value + b"x"):
            raises(bad, session.create, private_template(kind, number, value=wrong))
        for wrong in (b"", pk[:-1], pk + b"x"):
            raises(bad, session.create, public_template(kind, number, wrong))
        for wrong in (bytes(31), bytes(33), bytes(64)):
            raises(bad, session.create, private_template(kind, number, seed=wrong))


def test_incomplete_keys_are_refused():
    _, session = user_session()
    for kind in (p11.CKK_ML_KEM, p11.CKK_ML_DSA):
        raises("CKR_TEMPLATE_INCOMPLETE", session.create, private_template(kind, 1))
        whole = private_template(kind, 1, seed=seed_of(64 if kind == p11.CKK_ML_KEM else 32))
        for missing in (p11.CKA_PARAMETER_SET, p11.CKA_KEY_TYPE, p11.CKA_CLASS):
            raises(
                "CKR_TEMPLATE_INCOMPLETE",
                session.create,
                {k: v for k, v in whole.items() if k != missing},
            )
        raises(
            ("CKR_PARAMETER_SET_NOT_SUPPORTED", "CKR_ATTRIBUTE_VALUE_INVALID"),
            session.create,
            whole | {p11.CKA_PARAMETER_SET: 4},
        )


def test_generated_keys_can_be_exported_only_if_so_made():
    _, session = user_session()
    _, closed = kem_pair(session)
    raises("CKR_ATTRIBUTE_SENSITIVE", session.get, closed, p11.CKA_SEED)
    public, opened = kem_pair(session, private=READABLE)
    seed = session.get(opened, p11.CKA_SEED)
    again = session.create(private_template(p11.CKK_ML_KEM, 2, seed=seed))
    equal(session.get(again, p11.CKA_VALUE), session.get(opened, p11.CKA_VALUE))
    equal(session.get(public, p11.CKA_VALUE), public_value(session, again, 1184))
    session.set(opened, {p11.CKA_SENSITIVE: True})
    raises("CKR_ATTRIBUTE_SENSITIVE", session.get, opened, p11.CKA_SEED)
    raises("CKR_ATTRIBUTE_SENSITIVE", session.get, opened, p11.CKA_VALUE)


def test_imported_token_keys_are_found_again():
    module, session = user_session()
    stored = {p11.CKA_TOKEN: True, p11.CKA_LABEL: "imported"}
    kept = session.create(private_template(p11.CKK_ML_DSA, 2, seed=seed_of(32)) | stored)
    value = session.get(kept, p11.CKA_VALUE)
    unexpanded = session.create(private_template(p11.CKK_ML_DSA, 2, value=value) | stored)
    equal(session.get(unexpanded, p11.CKA_VALUE), value)
    module.Finalize(None)
    module.Initialize(None)
    session = module.session(module.slot_of(LABEL))
    session.login(USER_PIN)
    found = session.find({p11.CKA_LABEL: "imported"})
    equal(len(found), 2)
    for key in found:
        equal(session.get(key, p11.CKA_VALUE), value)


def test_secrets_and_data_come_in():
    _, session = user_session()
    secret = session.create(OPEN_SECRET | {p11.CKA_VALUE: b"sixteen bytes ok"})
    equal(session.get(secret, p11.CKA_VALUE), b"sixteen bytes ok")
    equal(session.get_number(secret, p11.CKA_VALUE_LEN), 16)
    data = session.create(
        {
            p11.CKA_CLASS: p11.CKO_DATA,
            p11.CKA_APPLICATION: "app",
            p11.CKA_OBJECT_ID: b"\x06\x01\x2a",
            p11.CKA_VALUE: bytes(1000),
        }
    )
    equal(session.get(data, p11.CKA_VALUE), bytes(1000))
    equal(session.get(session.create({p11.CKA_CLASS: p11.CKO_DATA}), p11.CKA_VALUE), b"")


TRUSTS = [getattr(p11, f"CKA_TRUST_{use}") for use in (
    "SERVER_AUTH", "CLIENT_AUTH", "CODE_SIGNING", "EMAIL_PROTECTION", "IPSEC_IKE", "TIME_STAMPING", "OCSP_SIGNING")]  # fmt: skip


def test_trust_objects():
    module, session = user_session()
    base = {p11.CKA_CLASS: p11.CKO_TRUST, p11.CKA_TOKEN: True, p11.CKA_ISSUER: b"issuer", p11.CKA_SERIAL_NUMBER: b"\2\1\7"}
    digest = {p11.CKA_HASH_OF_CERTIFICATE: bytes(32), p11.CKA_NAME_HASH_ALGORITHM: p11.CKM_SHA256}
    trust = session.create(base | digest | {p11.CKA_TRUST_SERVER_AUTH: p11.CKT_TRUST_ANCHOR})
    other = module.session(session.slot)
    equal(other.find({p11.CKA_ISSUER: b"issuer", p11.CKA_SERIAL_NUMBER: b"\2\1\7"}), [trust])
    equal(other.get_number(trust, p11.CKA_TRUST_SERVER_AUTH), p11.CKT_TRUST_ANCHOR)
    for use in TRUSTS[1:]:
        equal(other.get_number(trust, use), p11.CKT_TRUST_UNKNOWN)
    check(not other.get_bool(trust, p11.CKA_PRIVATE) and other.get_bool(trust, p11.CKA_MODIFIABLE), "the defaults")
    session.set(trust, {p11.CKA_TRUST_EMAIL_PROTECTION: p11.CKT_NOT_TRUSTED})
    raises("CKR_TEMPLATE_INCONSISTENT", session.set, trust, {p11.CKA_TRUST_EMAIL_PROTECTION: 5})
    raises("CKR_ATTRIBUTE_READ_ONLY", session.set, trust, {p11.CKA_HASH_OF_CERTIFICATE: b""})
    raises("CKR_ATTRIBUTE_VALUE_INVALID", session.create, base | digest | {p11.CKA_TRUST_SERVER_AUTH: 5})
    for missing in (p11.CKA_ISSUER, p11.CKA_SERIAL_NUMBER):
        raises("CKR_TEMPLATE_INCOMPLETE", session.create, {kind: base[kind] for kind in base if kind != missing} | digest)
    raises("CKR_TEMPLATE_INCOMPLETE", session.create, base | {p11.CKA_TRUST_SERVER_AUTH: p11.CKT_TRUSTED})
    distrust = session.create(base | {p11.CKA_TRUST_SERVER_AUTH: p11.CKT_NOT_TRUSTED})
    raises("CKR_TEMPLATE_INCONSISTENT", session.set, distrust, {p11.CKA_TRUST_SERVER_AUTH: p11.CKT_TRUSTED})
    raises("CKR_TEMPLATE_INCONSISTENT", session.create, base | digest | {p11.CKA_SUBJECT: b"subject"})


if __name__ == "__main__":
    main(globals())
