#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""HSS/LMS, XMSS and XMSS^MT through the module: public keys come in, signatures are verified, nothing signs."""

import ctypes
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "vectors"))

import p11
import vectors
from harness import LABEL, check, equal, flipped, main, raises, rv, user_session

KINDS = {
    "HSS": (p11.CKK_HSS, p11.CKM_HSS),
    "XMSS": (p11.CKK_XMSS, p11.CKM_XMSS),
    "XMSSMT": (p11.CKK_XMSSMT, p11.CKM_XMSSMT),
}
# The algorithm of a SubjectPublicKeyInfo (RFC 9708, RFC 9802).
OIDS = {
    "HSS": "060b2a864886f70d0109100311",
    "XMSS": "06082b06010505070622",
    "XMSSMT": "06082b06010505070623",
}


class Case:
    """A valid signature of the vectors."""

    def __init__(self, file, name):
        (case,) = (c for c in vectors.read_json(f"hbs/{file}.json.xz") if c["name"] == name)
        self.algorithm = case["algorithm"]
        self.key_type, self.mechanism = KINDS[self.algorithm]
        self.pk, self.message, self.signature = (
            bytes.fromhex(case[part]) for part in ("pk", "message", "signature")
        )

    def template(self, **more):
        template = {
            p11.CKA_CLASS: p11.CKO_PUBLIC_KEY,
            p11.CKA_KEY_TYPE: self.key_type,
            p11.CKA_VALUE: self.pk,
        }
        if self.algorithm != "HSS":
            template[p11.CKA_PARAMETER_SET] = int.from_bytes(self.pk[:4], "big")
        return template | {getattr(p11, name): value for name, value in more.items()}

    def info(self):
        """The SubjectPublicKeyInfo."""
        algorithm = bytes.fromhex(OIDS[self.algorithm])
        return der(0x30, der(0x30, algorithm) + der(0x03, b"\0" + self.pk))


def der(tag, contents):
    length = bytes([len(contents)]) if len(contents) < 128 else bytes([0x81, len(contents)])
    return bytes([tag]) + length + contents


def two_levels():
    return Case("rfc8554", "Test Case 2")


def one_of_each():
    return [
        two_levels(),
        Case("bouncycastle", "HSS 5/4 5/3 5/2 5/1 5/4 5/3 5/2 5/1 signature 2"),
        Case("liboqs", "XMSS-SHAKE256_10_192"),
        Case("xmss-reference", "XMSSMT-SHA2_20/4_192"),
        Case("bouncycastle", "XMSSMT 16 index 1"),  # the longest signature there is
    ]


def test_signatures_are_verified():
    _, session = user_session()
    for case in one_of_each():
        key = session.create(case.template())
        half = len(case.message) // 2
        parts = [case.message[:half], b"", case.message[half:]]
        args = (case.signature, case.mechanism)
        session.verify(key, case.message, *args)
        session.verify_signature(key, [case.message], *args)
        session.verify_signature(key, parts, *args)
        bad = "CKR_SIGNATURE_INVALID"
        raises(bad, session.verify, key, case.message + b"x", *args)
        raises(bad, session.verify_signature, key, parts + [b"x"], *args)
        for at in (len(case.signature) // 2, len(case.signature) - 1):
            wrong = (flipped(case.signature, 8 * at), case.mechanism)
            raises(bad, session.verify, key, case.message, *wrong)
            raises(bad, session.verify_signature, key, parts, *wrong)
        for sig in (b"", case.signature[:-1], case.signature + b"x"):
            wrong = (sig, case.mechanism)
            raises("CKR_SIGNATURE_LEN_RANGE", session.verify, key, case.message, *wrong)
            raises("CKR_SIGNATURE_LEN_RANGE", session.verify_signature, key, parts, *wrong)
        other = case.template(CKA_VALUE=flipped(case.pk, 8 * (len(case.pk) - 1)))
        raises(bad, session.verify, session.create(other), case.message, *args)


def test_parts_need_the_signature_first():
    module, session = user_session()
    for case in one_of_each():
        key = session.create(case.template())
        how = ctypes.byref(p11.mechanism(case.mechanism))
        rv(module.C_VerifyInit(session.handle, how, key), "CKR_OK")
        rv(module.C_VerifyUpdate(session.handle, b"the ", 4), "CKR_OPERATION_NOT_INITIALIZED")


def test_long_messages_need_the_signature_first():
    _, session = user_session()
    case = two_levels()
    key = session.create(case.template())
    long = bytes(16 * 1024 * 1024 + 1)
    args = (case.signature, case.mechanism)
    raises("CKR_DATA_LEN_RANGE", session.verify, key, long, *args)
    raises("CKR_SIGNATURE_INVALID", session.verify_signature, key, [long], *args)


def test_keys_say_what_they_are():
    _, session = user_session()
    case = two_levels()
    key = session.create(case.template())
    told = [
        session.get_number(key, kind)
        for kind in (p11.CKA_HSS_LEVELS, p11.CKA_HSS_LMS_TYPE, p11.CKA_HSS_LMOTS_TYPE)
    ]
    equal(told, [2, 6, 3], "levels, LMS_SHA256_M32_H10, LMOTS_SHA256_N32_W4")
    raises("CKR_ATTRIBUTE_TYPE_INVALID", session.get, key, p11.CKA_PARAMETER_SET)
    for case in one_of_each():
        key = session.create(case.template())
        equal(session.get(key, p11.CKA_VALUE), case.pk)
        equal(session.get(key, p11.CKA_PUBLIC_KEY_INFO), case.info())
        check(session.get_bool(key, p11.CKA_VERIFY), "it verifies unless asked otherwise")
        check(not session.get_bool(key, p11.CKA_LOCAL), "it was made elsewhere")
        if case.algorithm != "HSS":
            equal(session.get_number(key, p11.CKA_PARAMETER_SET), int.from_bytes(case.pk[:4], "big"))
            raises("CKR_ATTRIBUTE_TYPE_INVALID", session.get, key, p11.CKA_HSS_LEVELS)


def test_another_implementations_infos():
    for case in vectors.read_json("hbs/bouncycastle.json.xz"):
        ours = Case("bouncycastle", case["name"]).info()
        equal(ours.hex(), case["spki"], case["name"])


def test_wrong_keys_are_refused():
    _, session = user_session()
    for case in one_of_each():
        for wrong in (b"", case.pk[:-1], case.pk + b"x"):
            raises(
                "CKR_ATTRIBUTE_VALUE_INVALID", session.create, case.template(CKA_VALUE=wrong)
            )
        unknown = b"\0\0\0\1\0\0\0\x19\0\0\0\4" if case.algorithm == "HSS" else b"\0\0\0\x39"
        template = case.template(CKA_VALUE=unknown + case.pk[len(unknown) :])
        raises("CKR_PARAMETER_SET_NOT_SUPPORTED", session.create, template)
        for info in (case.info()[:-1], flipped(case.info())):
            template = case.template(CKA_PUBLIC_KEY_INFO=info)
            raises("CKR_ATTRIBUTE_VALUE_INVALID", session.create, template)
        session.create(case.template(CKA_PUBLIC_KEY_INFO=case.info()))
    hss, _, xmss, xmssmt, _ = one_of_each()
    for levels in (0, 9):
        template = hss.template(CKA_VALUE=bytes([0, 0, 0, levels]) + hss.pk[4:])
        raises("CKR_ATTRIBUTE_VALUE_INVALID", session.create, template)
    raises("CKR_TEMPLATE_INCONSISTENT", session.create, xmss.template(CKA_PARAMETER_SET=1))
    raises("CKR_TEMPLATE_INCONSISTENT", session.create, xmssmt.template(CKA_PARAMETER_SET=2))
    without = xmss.template()
    del without[p11.CKA_PARAMETER_SET]
    raises("CKR_TEMPLATE_INCOMPLETE", session.create, without)
    for name in ("CKA_HSS_LEVELS", "CKA_HSS_LMS_TYPE", "CKA_HSS_LMOTS_TYPE"):
        raises("CKR_ATTRIBUTE_READ_ONLY", session.create, hss.template(**{name: 2}))
        raises("CKR_TEMPLATE_INCONSISTENT", session.create, xmss.template(**{name: 2}))
    raises("CKR_TEMPLATE_INCONSISTENT", session.create, hss.template(CKA_PARAMETER_SET=1))


def test_nothing_signs():
    module, session = user_session()
    listed = module.mechanisms(session.slot)
    for case in one_of_each():
        info = module.info("C_GetMechanismInfo", session.slot, case.mechanism)
        equal((info.ulMinKeySize, info.ulMaxKeySize), (0, 0))
        equal(info.flags, p11.CKF_VERIFY)
        key = session.create(case.template())
        raises("CKR_MECHANISM_INVALID", session.sign, key, b"m", case.mechanism)
        private = case.template(CKA_CLASS=p11.CKO_PRIVATE_KEY)
        raises("CKR_TEMPLATE_INCONSISTENT", session.create, private)
    for name in ("HSS", "XMSS", "XMSSMT"):
        kind = getattr(p11, f"CKM_{name}_KEY_PAIR_GEN")
        check(kind not in listed, f"{name} keys are not generated")
        raises("CKR_MECHANISM_INVALID", session.generate, kind, {}, {})


def test_keys_and_mechanisms_fit():
    _, session = user_session()
    cases = one_of_each()[1:4]
    for case in cases:
        key = session.create(case.template())
        for other in [c.mechanism for c in cases if c is not case] + [p11.CKM_SLH_DSA]:
            raises(
                "CKR_KEY_TYPE_INCONSISTENT", session.verify, key, b"m", case.signature, other
            )
        closed = session.create(case.template(CKA_VERIFY=False))
        raises(
            "CKR_KEY_FUNCTION_NOT_PERMITTED",
            session.verify,
            closed,
            case.message,
            case.signature,
            case.mechanism,
        )
        param = p11.sign_context(b"context")
        raises(
            "CKR_MECHANISM_PARAM_INVALID",
            session.verify,
            key,
            case.message,
            case.signature,
            case.mechanism,
            param,
        )


def test_token_keys_are_kept():
    module, session = user_session()
    for at, case in enumerate(one_of_each()):
        session.create(case.template(CKA_TOKEN=True, CKA_LABEL=f"kept {at}"))
    module.Finalize(None)
    module.Initialize(None)
    session = module.session(module.slot_of(LABEL))
    for at, case in enumerate(one_of_each()):
        (key,) = session.find({p11.CKA_LABEL: f"kept {at}"})
        session.verify(key, case.message, case.signature, case.mechanism)


if __name__ == "__main__":
    main(globals())
