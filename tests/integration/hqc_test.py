# SPDX-License-Identifier: Apache-2.0
"""HQC through the module: what is no key, no ciphertext, and no use of either is refused, and how."""

import p11
from harness import (
    HQC_EK_LEN, HQC_SETS, OPEN_SECRET, check, dsa_pair, equal, flipped, kem_pair, main, raises, user_session
)

HOW = p11.CKM_PQHW_HQC_2025
GENERATE = p11.CKM_PQHW_HQC_2025_KEY_PAIR_GEN
READABLE = {p11.CKA_SENSITIVE: False, p11.CKA_EXTRACTABLE: True}
CT_LEN = {"HQC-1": 4433, "HQC-3": 8978, "HQC-5": 14421}
INVALID = "CKR_ATTRIBUTE_VALUE_INVALID"


def pair(session, name="HQC-1"):
    return session.generate(GENERATE, {p11.CKA_PARAMETER_SET: HQC_SETS[name]}, READABLE)


def template(name, object_class, **values):
    made = {
        p11.CKA_CLASS: object_class,
        p11.CKA_KEY_TYPE: p11.CKK_PQHW_HQC_2025,
        p11.CKA_PARAMETER_SET: HQC_SETS[name],
    }
    return made | {getattr(p11, f"CKA_{what}"): value for what, value in values.items()}


def public(name, value):
    return template(name, p11.CKO_PUBLIC_KEY, VALUE=value)


def private(name, **values):
    return template(name, p11.CKO_PRIVATE_KEY, **values) | READABLE


def test_public_keys():
    _, session = user_session()
    for name, length in HQC_EK_LEN.items():
        ek = session.get(pair(session, name)[0], p11.CKA_VALUE)
        equal(len(ek), length)
        session.create(public(name, ek))
        for wrong in (0, 1, length - 1, length + 1, 65536):
            raises(INVALID, session.create, public(name, (ek * 30)[:wrong]))
        # Bits above the last of s, and another set's key.
        raises(INVALID, session.create, public(name, ek[:-1] + bytes([ek[-1] | 0x80])))
        raises(INVALID, session.create, public("HQC-3" if name == "HQC-1" else "HQC-1", ek))
        for number in (0, 4, 1 << 40):
            other = public(name, ek) | {p11.CKA_PARAMETER_SET: number}
            raises("CKR_PARAMETER_SET_NOT_SUPPORTED", session.create, other)


def test_private_keys():
    """What is no key; halves that do not fit; and a public key beside them that is another's."""
    _, session = user_session()
    for name in HQC_SETS:
        mine, key = pair(session, name)
        seed, dk = session.get(key, p11.CKA_SEED), session.get(key, p11.CKA_VALUE)
        info = session.get(mine, p11.CKA_PUBLIC_KEY_INFO)
        others = session.get(pair(session, name)[0], p11.CKA_PUBLIC_KEY_INFO)
        for good in ({"SEED": seed}, {"VALUE": dk}, {"SEED": seed, "VALUE": dk}):
            again = session.create(private(name, PUBLIC_KEY_INFO=info, **good))
            equal(session.get(again, p11.CKA_PUBLIC_KEY_INFO), info)
            raises(INVALID, session.create, private(name, PUBLIC_KEY_INFO=others, **good))
        raises("CKR_TEMPLATE_INCOMPLETE", session.create, private(name))
        raises("CKR_TEMPLATE_INCONSISTENT", session.create, private(name, SEED=flipped(seed), VALUE=dk))
        for wrong in (0, 31, 33, 48):
            raises(INVALID, session.create, private(name, SEED=(2 * seed)[:wrong]))
        for wrong in (dk[:-1], dk + b"\0", dk[: len(dk) // 2], dk * 2):
            raises(INVALID, session.create, private(name, VALUE=wrong))
        for bit in (0, 8 * 40, 8 * HQC_EK_LEN[name], 8 * (len(dk) - 33), 8 * len(dk) - 1):
            raises(INVALID, session.create, private(name, VALUE=flipped(dk, bit)))


def test_ciphertexts():
    _, session = user_session()
    for name, length in CT_LEN.items():
        mine, key = pair(session, name)
        ct, sent = session.encapsulate(mine, OPEN_SECRET, HOW)
        equal(len(ct), length)
        for wrong in (0, 1, length - 1, length + 1, 65536):
            raises("CKR_WRAPPED_KEY_LEN_RANGE", session.decapsulate, key, (ct * 20)[:wrong], OPEN_SECRET, HOW)
        secrets = [session.get(sent, p11.CKA_VALUE)]
        for wrong in (bytes(length), b"\xff" * length, flipped(ct), flipped(ct, 8 * length - 1)):
            first, second = (session.decapsulate(key, wrong, OPEN_SECRET, HOW) for _ in range(2))
            secrets.append(session.get(first, p11.CKA_VALUE))
            equal(session.get(second, p11.CKA_VALUE), secrets[-1], "implicit rejection is the same each time")
        check(len(set(secrets)) == len(secrets), "each ciphertext has a secret of its own")


def test_what_comes_of_it():
    """32 bytes, no more and no fewer, of which nobody but the key says what they are."""
    _, session = user_session()
    mine, key = pair(session)
    ct, _ = session.encapsulate(mine, OPEN_SECRET, HOW)
    for length in (0, 1, 31, 33, 64):
        raises(
            "CKR_TEMPLATE_INCONSISTENT",
            *(session.decapsulate, key, ct, OPEN_SECRET | {p11.CKA_VALUE_LEN: length}, HOW),
        )
    session.decapsulate(key, ct, OPEN_SECRET | {p11.CKA_VALUE_LEN: 32}, HOW)
    given = OPEN_SECRET | {p11.CKA_VALUE: bytes(32)}
    raises("CKR_TEMPLATE_INCONSISTENT", session.decapsulate, key, ct, given, HOW)
    raises("CKR_TEMPLATE_INCONSISTENT", session.encapsulate, mine, given, HOW)


def test_keys_of_other_kinds():
    _, session = user_session()
    mine, key = pair(session)
    ct, _ = session.encapsulate(mine, OPEN_SECRET, HOW)
    kem, _ = kem_pair(session)
    _, signer = dsa_pair(session)
    raises("CKR_KEY_TYPE_INCONSISTENT", session.encapsulate, key, OPEN_SECRET, HOW)
    raises("CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT", session.decapsulate, mine, ct, OPEN_SECRET, HOW)
    raises("CKR_KEY_TYPE_INCONSISTENT", session.encapsulate, mine, OPEN_SECRET, p11.CKM_ML_KEM)
    raises("CKR_KEY_TYPE_INCONSISTENT", session.encapsulate, kem, OPEN_SECRET, HOW)
    raises("CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT", session.decapsulate, signer, ct, OPEN_SECRET, HOW)
    raises("CKR_KEY_TYPE_INCONSISTENT", session.sign, key, b"m")
    raises("CKR_MECHANISM_INVALID", session.wrap, mine, key, HOW)


if __name__ == "__main__":
    main(globals())
