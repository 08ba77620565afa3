#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The mandatory test cases of the PKCS#11 Profiles v3.2, as they were published, against the module.

Where an answer differs from the case's, profile_variations.tsv says what it is instead, and why; a row that
is not needed is a failure too.
"""

import csv
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "integration"), str(HERE.parent / "vectors")]

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

import p11
import profile_case
import vectors
from harness import *  # noqa: F403

ROOTS_LABEL = "Mozilla Builtin Roots"


def case(name):
    return vectors.read(f"pkcs11-profiles/{name}.xml.xz").decode()


def variations():
    """{(call, output): (theirs, ours)}"""
    with open(HERE / "profile_variations.tsv", encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]
    found = {}
    for call, path, theirs, ours, _ in rows:
        name = path.rpartition("/")[2]
        found[call, path] = (profile_case.parsed(name, theirs), profile_case.parsed(name, ours))
    return found


def token(fill=None):
    """(module, slot): a token that `fill` put objects in, with nothing initialised."""
    init_device()
    module = load()
    slot = init_token(module)
    if fill:
        session = module.session(slot)
        session.login(USER_PIN)
        fill(session)
    module.Finalize(None)
    return module


def run_case(module, text, known=None, **how):
    """{(call, output): (ours, theirs)} of all that differs, and {(call, output): ours} of everything."""
    differing, answers = {}, {}
    for call, got, wanted, told, said in profile_case.run(module, text, known, **how):
        rv(got, p11.rv_name(wanted), call)
        answers |= {(call, path): value for path, value in told.items()}
        differing |= {(call, path): both for path, both in profile_case.differences(told, said).items()}
    return differing, answers


def conforms(module, name, known=None, besides=(), **how):
    """Run a case; only what the table explains, and `besides`, may differ. Returns all answers."""
    differing, answers = run_case(module, case(name), known, **how)
    allowed = {where: both for where, both in variations().items() if where in answers}
    for where in besides:
        check(where in differing, f"{where} is as published after all")
        del differing[where]
    for where, (ours, theirs) in differing.items():
        check(where in allowed, f"{where} is {ours!r}, and the case says {theirs!r}")
        equal(ours, allowed[where][1], where)
        equal(theirs, allowed[where][0], f"the case's {where}")
    equal(set(allowed) - set(differing), set(), "variations that are none")
    return answers


def test_baseline_provider():
    conforms(token(), "BL-M-1-32")


def test_extended_provider():
    conforms(token(), "EXT-M-1-32", {"Pin": USER_PIN.decode()})


# ------------------------------------------------------------------------------- an authentication token


def published(name, call, path, request=False):
    """What a case has as an output of a call, or as the call's input."""
    root = profile_case.xml.etree.ElementTree.fromstring(case(name))
    found = [profile_case.outputs(element) for element in root if element.tag == call]
    return next(said[path] for said in found[0 if request else 1 :: 2] if path in said)


def public_key(label):
    return {
        p11.CKA_CLASS: p11.CKO_PUBLIC_KEY,
        p11.CKA_KEY_TYPE: p11.CKK_RSA,
        p11.CKA_TOKEN: True,
        p11.CKA_LABEL: label,
        p11.CKA_MODULUS: published("AUTH-M-1-32", "C_GetAttributeValue", "template/modulus"),
        p11.CKA_PUBLIC_EXPONENT: published("AUTH-M-1-32", "C_GetAttributeValue", "template/public_exponent"),
    }


def test_authentication_token():
    """The public key is the published one. Its private key is not published, so one of our own signs."""
    own = []

    def fill(session):
        session.create(public_key("testrsa-pub"))
        public, _ = session.generate(
            p11.CKM_RSA_PKCS_KEY_PAIR_GEN,
            {p11.CKA_MODULUS_BITS: 2048},
            {p11.CKA_TOKEN: True, p11.CKA_LABEL: "testrsa-pri"},
        )
        own.extend(int.from_bytes(session.get(public, kind)) for kind in (p11.CKA_PUBLIC_EXPONENT, p11.CKA_MODULUS))

    answers = conforms(token(fill), "AUTH-M-1-32", {"Pin": USER_PIN.decode()}, besides=[("C_Sign", "signature")])
    data = published("AUTH-M-1-32", "C_Sign", "data", request=True)
    key = rsa.RSAPublicNumbers(*own).public_key()
    key.verify(answers["C_Sign", "signature"], data, padding.PKCS1v15(), hashes.SHA256())


def test_the_published_signature():
    _, session = user_session()
    key = session.create(public_key("testrsa-pub"))
    data = published("AUTH-M-1-32", "C_Sign", "data", request=True)
    signature = published("AUTH-M-1-32", "C_Sign", "signature")
    session.verify(key, data, signature, p11.CKM_SHA256_RSA_PKCS)
    raises("CKR_SIGNATURE_INVALID", session.verify, key, data, flipped(signature), p11.CKM_SHA256_RSA_PKCS)


# ------------------------------------------------------------------------------- a token of certificates


def certificates(session):
    session.create({p11.CKA_CLASS: p11.CKO_DATA, p11.CKA_TOKEN: True, p11.CKA_PRIVATE: False, p11.CKA_LABEL: ROOTS_LABEL})
    session.create({
        p11.CKA_CLASS: p11.CKO_CERTIFICATE,
        p11.CKA_CERTIFICATE_TYPE: p11.CKC_X_509,
        p11.CKA_TOKEN: True,
        p11.CKA_LABEL: "GlobalSign Root CA",
        p11.CKA_SUBJECT: b"0\0",
        p11.CKA_VALUE: published("CERT-M-1-32", "C_GetAttributeValue", "template/value"),
    })  # fmt: skip


def roots_first(module, session, found):
    """The order in which objects are found is the module's. The case means the one of that label, and a certificate."""

    def rank(handle):
        wanted = p11.template({p11.CKA_CLASS: 0, p11.CKA_LABEL: bytes(64)})
        rv(module.C_GetAttributeValue(session, handle, wanted, 2), "CKR_OK")
        kind, label = (bytes(value)[: entry.ulValueLen] for entry, value in zip(wanted, wanted.values))
        if label.startswith(ROOTS_LABEL.encode()):
            return 0
        return 1 if int.from_bytes(kind, "little") == p11.CKO_CERTIFICATE else 2

    return sorted(found, key=rank)


def test_public_certificates_token():
    conforms(token(certificates), "CERT-M-1-32", order=roots_first)


# ------------------------------------------------------------------------------- the executor itself


def test_what_differs_is_seen():
    """Cases that were tampered with."""
    module = token()
    for old, new, where in (
        ('<Flags value="TOKEN_PRESENT"/>', '<Flags value="TOKEN_PRESENT|HW_SLOT"/>', ("C_GetSlotInfo", "slotinfo/flags")),
        ('<MaxPinLen value="255"/>', '<MaxPinLen value="254"/>', ("C_GetTokenInfo", "tokeninfo/maxpinlen")),
        ('minor="2"/>', 'minor="1"/>', ("C_GetInfo", "info/cryptokiversion")),
        ("<Object/>\n  </C_FindObjects>", '<Object><Object value="${A}"/><Object value="${B}"/></Object>\n  </C_FindObjects>',
         ("C_FindObjects", "object/object[1]")),
    ):  # fmt: skip
        text = case("BL-M-1-32")
        equal(text.count(old), 1, old)
        differing, _ = run_case(module, text.replace(old, new))
        check(where in differing, f"{where} differs")
        module.C_Finalize(None)
    refused = case("BL-M-1-32").replace('<C_FindObjectsFinal rv="OK"/>', '<C_FindObjectsFinal rv="OPERATION_NOT_INITIALIZED"/>')
    try:
        run_case(module, refused)
    except Failed:
        return
    check(False, "a wrong CK_RV is seen")


if __name__ == "__main__":
    main(globals())
