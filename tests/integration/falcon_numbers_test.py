# SPDX-License-Identifier: Apache-2.0
"""Falcon under the numbers of Thales Luna and of libp11, for a process that asks for them, and for no other."""

import os

import p11
from harness import USER_PIN, check, equal, init_device, load, main, raises, user_session

VARIABLE = "PQHW_FALCON_NUMBERS"
OWN_GEN, OWN = p11.CKM_PQHW_FALCON_ROUND3_KEY_PAIR_GEN, p11.CKM_PQHW_FALCON_ROUND3_COMPRESSED
LUNA_GEN, LUNA, LIBP11 = p11.CKM_LUNA_FALCON_KEY_PAIR_GEN, p11.CKM_LUNA_FALCON, p11.CKM_LIBP11_FALCON
OTHERS = (LUNA_GEN, LUNA, LIBP11)
SETS = {1: (897, 752), 2: (1793, 1462)}  # the same here and there: lengths of public key and signature


def others_session():
    """As user_session, but the process has asked for the others' numbers."""
    os.environ[VARIABLE] = "luna"
    return user_session()


def pair(session, how, number=1):
    kind = {p11.CKA_TOKEN: True, p11.CKA_KEY_TYPE: p11.CKK_LUNA_FALCON}
    return session.generate(how, kind | {p11.CKA_PARAMETER_SET: number}, kind)


def restart(module, numbers):
    """A new C_Initialize, with the variable as it is then. (Whoever has the device open keeps it.)"""
    module.Finalize(None)
    os.environ[VARIABLE] = numbers
    module.Initialize(None)
    session = module.session(module.slots()[0])
    session.login(USER_PIN)
    return session


def nothing_but_our_own(module, session):
    check(not set(OTHERS) & set(module.mechanisms(session.slot)), "listed")
    for how in OTHERS:
        raises("CKR_MECHANISM_INVALID", module.info, "C_GetMechanismInfo", session.slot, how)
        raises("CKR_MECHANISM_INVALID", pair, session, how)
    public, private = session.generate(OWN_GEN, {p11.CKA_PARAMETER_SET: 1}, {})
    equal(session.get_number(public, p11.CKA_KEY_TYPE), p11.CKK_PQHW_FALCON_ROUND3)
    equal(session.find({p11.CKA_KEY_TYPE: p11.CKK_LUNA_FALCON}), [])
    for how in OTHERS:
        raises("CKR_MECHANISM_INVALID", session.sign, private, b"m", how)
    raises("CKR_TEMPLATE_INCONSISTENT", pair, session, OWN_GEN)


def test_off_by_default():
    check(VARIABLE not in os.environ, "the test's own environment")
    module, session = user_session()
    nothing_but_our_own(module, session)
    nothing_but_our_own(module, restart(module, ""))


def test_another_word_is_refused():
    init_device()
    for word in ("Luna", "luna ", "1", "yes"):
        os.environ[VARIABLE] = word
        raises("CKR_FUNCTION_FAILED", load)
    os.environ[VARIABLE] = "luna"
    load()


def test_mechanisms():
    module, session = others_session()
    listed = module.mechanisms(session.slot)
    equal(len(listed), len(set(listed)), "mechanisms listed once")
    check({*OTHERS, OWN_GEN, OWN} <= set(listed), "listed")
    generates, signs = (module.info("C_GetMechanismInfo", session.slot, how).flags for how in (OWN_GEN, OWN))
    for how, flags in ((LUNA_GEN, generates), (LUNA, signs), (LIBP11, generates | signs)):
        info = module.info("C_GetMechanismInfo", session.slot, how)
        equal((info.flags, info.ulMinKeySize, info.ulMaxKeySize), (flags, 897, 1793))


def test_pairs_are_made_found_and_used():
    _, session = others_session()
    made = {}
    for how, number in ((LUNA_GEN, 1), (LIBP11, 2)):
        public, private = made[number] = pair(session, how, number)
        for key in (public, private):
            equal(session.get_number(key, p11.CKA_KEY_TYPE), p11.CKK_LUNA_FALCON)
            equal(session.get_number(key, p11.CKA_KEY_GEN_MECHANISM), LUNA_GEN)
            equal(session.get_number(key, p11.CKA_PARAMETER_SET), number)
        pk_len, longest = SETS[number]
        equal(len(session.get(public, p11.CKA_VALUE)), pk_len)
        for kind in (LUNA, LIBP11, OWN):
            signature = session.sign(private, b"message", kind)
            check(len(signature) < longest and signature[0] == 0x38 + number, "compressed")
            for verifies in (LUNA, LIBP11, OWN):
                session.verify(public, b"message", signature, verifies)
                session.verify_signature(public, [b"mess", b"age"], signature, verifies)
            raises("CKR_SIGNATURE_INVALID", session.verify, public, b"massage", signature, kind)
    for kind in (p11.CKK_LUNA_FALCON, p11.CKK_PQHW_FALCON_ROUND3):
        equal(len(session.find({p11.CKA_KEY_TYPE: kind})), 4, f"keys of type {kind:#x}")
    for how in (LUNA_GEN, LIBP11, OWN_GEN):
        equal(len(session.find({p11.CKA_KEY_GEN_MECHANISM: how})), 4)
    equal(session.find({p11.CKA_KEY_TYPE: p11.CKK_LUNA_FALCON, p11.CKA_PARAMETER_SET: 2}), list(made[2]))


def test_what_does_not_generate_or_sign():
    _, session = others_session()
    _, private = pair(session, LUNA_GEN)
    raises("CKR_MECHANISM_INVALID", pair, session, LUNA)
    raises("CKR_MECHANISM_INVALID", session.sign, private, b"m", LUNA_GEN)
    raises("CKR_MECHANISM_INVALID", session.generate_key, LIBP11, {})
    raises("CKR_TEMPLATE_INCONSISTENT", pair, session, p11.CKM_ML_DSA_KEY_PAIR_GEN)


def test_keys_come_in():
    _, session = others_session()
    public, private = pair(session, LUNA_GEN)
    value = session.get(public, p11.CKA_VALUE)
    again = session.create(
        {
            p11.CKA_CLASS: p11.CKO_PUBLIC_KEY,
            p11.CKA_KEY_TYPE: p11.CKK_LUNA_FALCON,
            p11.CKA_PARAMETER_SET: 1,
            p11.CKA_VALUE: value,
        }
    )
    session.verify(again, b"m", session.sign(private, b"m", LUNA), LUNA)
    equal(session.get_number(session.copy(private, {}), p11.CKA_KEY_TYPE), p11.CKK_LUNA_FALCON)


def test_lists_and_templates():
    """What is a list of mechanisms, or a template, is translated inside."""
    _, session = others_session()
    lists = {p11.CKA_ALLOWED_MECHANISMS: [LUNA, p11.CKM_PQHW_FALCON_ROUND3]}
    _, private = session.generate(LUNA_GEN, {p11.CKA_PARAMETER_SET: 1}, lists)
    allowed = session.get(private, p11.CKA_ALLOWED_MECHANISMS)
    equal(
        [int.from_bytes(allowed[at : at + 8], "little") for at in (0, 8)], [LUNA, p11.CKM_PQHW_FALCON_ROUND3]
    )
    for kind in (LUNA, LIBP11, OWN):
        session.sign(private, b"m", kind)
    raises("CKR_MECHANISM_INVALID", session.sign, private, b"m", p11.CKM_PQHW_FALCON_ROUND3_CT)
    kek = {
        p11.CKA_CLASS: p11.CKO_SECRET_KEY,
        p11.CKA_KEY_TYPE: p11.CKK_AES,
        p11.CKA_VALUE: bytes(range(32)),
        p11.CKA_WRAP: True,
        p11.CKA_UNWRAP: True,
        p11.CKA_WRAP_TEMPLATE: {p11.CKA_KEY_TYPE: p11.CKK_LUNA_FALCON},
    }
    kek = session.create(kek)
    _, falcon = session.generate(LUNA_GEN, {p11.CKA_PARAMETER_SET: 1}, {p11.CKA_EXTRACTABLE: True})
    _, other = session.generate(
        p11.CKM_ML_DSA_KEY_PAIR_GEN, {p11.CKA_PARAMETER_SET: 1}, {p11.CKA_EXTRACTABLE: True}
    )
    wrapped = session.wrap(kek, falcon, p11.CKM_AES_KEY_WRAP_KWP)
    raises("CKR_KEY_HANDLE_INVALID", session.wrap, kek, other, p11.CKM_AES_KEY_WRAP_KWP)
    template = {p11.CKA_CLASS: p11.CKO_PRIVATE_KEY, p11.CKA_KEY_TYPE: p11.CKK_LUNA_FALCON}
    again = session.unwrap(kek, wrapped, template, p11.CKM_AES_KEY_WRAP_KWP)
    equal(session.get_number(again, p11.CKA_KEY_TYPE), p11.CKK_LUNA_FALCON)


def test_the_keys_are_the_same_to_both():
    """Nothing of it is stored: the next process sees what it asks for."""
    module, session = others_session()
    public, private = pair(session, LIBP11)
    signature = session.sign(private, b"m", LIBP11)
    session = restart(module, "")
    (public,) = session.find({p11.CKA_KEY_TYPE: p11.CKK_PQHW_FALCON_ROUND3, p11.CKA_CLASS: p11.CKO_PUBLIC_KEY})
    equal(session.get_number(public, p11.CKA_KEY_TYPE), p11.CKK_PQHW_FALCON_ROUND3)
    equal(session.get_number(public, p11.CKA_KEY_GEN_MECHANISM), OWN_GEN)
    session.verify(public, b"m", signature, OWN)
    raises("CKR_MECHANISM_INVALID", session.verify, public, b"m", signature, LIBP11)
    session = restart(module, "luna")
    (public,) = session.find({p11.CKA_KEY_TYPE: p11.CKK_LUNA_FALCON, p11.CKA_CLASS: p11.CKO_PUBLIC_KEY})
    session.verify(public, b"m", signature, LIBP11)


if __name__ == "__main__":
    main(globals())
