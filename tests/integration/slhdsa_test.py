# SPDX-License-Identifier: Apache-2.0
"""SLH-DSA through the module: its keys, its signatures, and which of its operations take parts."""

import ctypes
import hashlib

import p11
from harness import LABEL, USER_PIN, check, equal, main, raises, rv, user_session

# FIPS 205, Table 2: parameter set → (n, length of a signature), in the order of CKP_SLH_DSA_….
NAMES = (
    "SHA2_128S SHAKE_128S SHA2_128F SHAKE_128F SHA2_192S SHAKE_192S "
    "SHA2_192F SHAKE_192F SHA2_256S SHAKE_256S SHA2_256F SHAKE_256F"
).split()
SIZES = {"128S": (16, 7856), "128F": (16, 17088), "192S": (24, 16224)}
SIZES |= {"192F": (24, 35664), "256S": (32, 29792), "256F": (32, 49856)}
HASHES = (
    "SHA224 SHA256 SHA384 SHA512 SHA3_224 SHA3_256 SHA3_384 SHA3_512 SHAKE128 SHAKE256".split()
)
FAST = "SHAKE_128F"
DETERMINISTIC = p11.sign_context(b"", p11.CKH_DETERMINISTIC_REQUIRED)
READABLE = {p11.CKA_SENSITIVE: False, p11.CKA_EXTRACTABLE: True}


def number(name):
    return getattr(p11, f"CKP_SLH_DSA_{name}")


def pair(session, name=FAST, **private):
    return session.generate(
        p11.CKM_SLH_DSA_KEY_PAIR_GEN,
        {p11.CKA_TOKEN: False, p11.CKA_PARAMETER_SET: number(name)},
        {p11.CKA_TOKEN: False} | READABLE | private.get("private", {}),
    )


def public_template(name, value):
    return {
        p11.CKA_CLASS: p11.CKO_PUBLIC_KEY,
        p11.CKA_KEY_TYPE: p11.CKK_SLH_DSA,
        p11.CKA_PARAMETER_SET: number(name),
        p11.CKA_VALUE: value,
    }


def private_template(name, value):
    return public_template(name, value) | {p11.CKA_CLASS: p11.CKO_PRIVATE_KEY} | READABLE


def flipped(data, at=0):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def test_every_parameter_set():
    _, session = user_session()
    equal([number(name) for name in NAMES], list(range(1, 13)))
    for name in NAMES:
        n, length = SIZES[name[-4:]]
        public, private = pair(session, name)
        equal(session.get_number(private, p11.CKA_PARAMETER_SET), number(name))
        equal(session.get_number(private, p11.CKA_KEY_TYPE), p11.CKK_SLH_DSA)
        pk, sk = session.get(public, p11.CKA_VALUE), session.get(private, p11.CKA_VALUE)
        equal((len(pk), len(sk)), (2 * n, 4 * n))
        equal(sk[2 * n :], pk, "the public half of the private key")
        signature = session.sign(private, b"message", p11.CKM_SLH_DSA)
        equal(len(signature), length)
        session.verify(public, b"message", signature, p11.CKM_SLH_DSA)
        raises(
            "CKR_SIGNATURE_INVALID",
            session.verify,
            public,
            b"massage",
            signature,
            p11.CKM_SLH_DSA,
        )


def test_mechanisms_are_listed():
    module, session = user_session()
    listed = module.mechanisms(session.slot)
    names = ["CKM_SLH_DSA_KEY_PAIR_GEN", "CKM_SLH_DSA", "CKM_HASH_SLH_DSA"]
    names += [f"CKM_HASH_SLH_DSA_{name}" for name in HASHES]
    for name in names:
        check(getattr(p11, name) in listed, f"{name} is listed")
        info = module.info("C_GetMechanismInfo", session.slot, getattr(p11, name))
        equal((info.ulMinKeySize, info.ulMaxKeySize), (32, 64))


def test_signatures_are_hedged_unless_asked():
    _, session = user_session()
    public, private = pair(session)
    kind = p11.CKM_SLH_DSA
    required = p11.sign_context(b"", p11.CKH_HEDGE_REQUIRED)
    for param, same in ((None, False), (required, False), (DETERMINISTIC, True)):
        one = session.sign(private, b"m", kind, param)
        equal(session.sign(private, b"m", kind, param) == one, same)
        session.verify(public, b"m", one, kind)
    unknown = p11.sign_context(b"", 9)
    raises("CKR_MECHANISM_PARAM_INVALID", session.sign, private, b"m", kind, unknown)


def test_contexts_are_part_of_the_signature():
    _, session = user_session()
    public, private = pair(session)
    for kind in (p11.CKM_SLH_DSA, p11.CKM_HASH_SLH_DSA_SHA256):
        for context in (b"c", bytes(255)):
            param = p11.sign_context(context)
            signature = session.sign(private, b"m", kind, param)
            session.verify(public, b"m", signature, kind, param)
            raises("CKR_SIGNATURE_INVALID", session.verify, public, b"m", signature, kind)
        raises(
            "CKR_MECHANISM_PARAM_INVALID",
            session.sign,
            private,
            b"m",
            kind,
            p11.sign_context(bytes(256)),
        )


def test_every_hash():
    _, session = user_session()
    public, private = pair(session)
    message = b"a message for every hash"
    for name in HASHES:
        kind = getattr(p11, f"CKM_HASH_SLH_DSA_{name}")
        one = session.sign(private, message, kind, DETERMINISTIC)
        parts = session.sign_parts(private, [message[:5], b"", message[5:]], kind, DETERMINISTIC)
        check(one == parts, f"{name}: parts give what one call gives")
        session.verify(public, message, one, kind)
        session.verify_parts(public, [message[:7], message[7:]], one, kind)
        session.verify_signature(public, [message[:7], message[7:]], one, kind)
        raises("CKR_SIGNATURE_INVALID", session.verify, public, b"x", one, kind)
        raises("CKR_SIGNATURE_INVALID", session.verify, public, message, one, p11.CKM_SLH_DSA)


def test_a_hash_made_outside():
    _, session = user_session()
    public, private = pair(session)
    for name, digest in (
        ("SHA256", hashlib.sha256(b"x").digest()),
        ("SHA3_512", hashlib.sha3_512(b"x").digest()),
    ):
        param = p11.sign_context(b"ctx", 0, getattr(p11, f"CKM_{name}"))
        signature = session.sign(private, digest, p11.CKM_HASH_SLH_DSA, param)
        session.verify(public, digest, signature, p11.CKM_HASH_SLH_DSA, param)
        here = getattr(p11, f"CKM_HASH_SLH_DSA_{name}")
        session.verify(public, b"x", signature, here, p11.sign_context(b"ctx"))
        raises(
            "CKR_DATA_LEN_RANGE",
            session.sign,
            private,
            digest[:-1],
            p11.CKM_HASH_SLH_DSA,
            param,
        )
        raises(
            "CKR_OPERATION_NOT_INITIALIZED",
            session.sign_parts,
            private,
            [digest],
            p11.CKM_HASH_SLH_DSA,
            param,
        )


def test_parts_need_the_signature_first():
    module, session = user_session()
    public, private = pair(session)
    kind, parts = p11.CKM_SLH_DSA, [b"the ", b"message"]
    signature = session.sign_parts(private, parts, kind)
    session.verify(public, b"the message", signature, kind)
    session.verify_signature(public, parts, signature, kind)
    session.verify_signature(public, [b"the message"], signature, kind)
    raises("CKR_SIGNATURE_INVALID", session.verify_signature, public, [b"no", b""], signature, kind)
    raises(
        "CKR_SIGNATURE_INVALID", session.verify_signature, public, parts, flipped(signature), kind
    )
    how = ctypes.byref(p11.mechanism(kind))
    rv(module.C_VerifyInit(session.handle, how, public), "CKR_OK")
    rv(module.C_VerifyUpdate(session.handle, b"the ", 4), "CKR_OPERATION_NOT_INITIALIZED")
    raises("CKR_SIGNATURE_LEN_RANGE", session.verify, public, b"m", signature[:-1], kind)
    raises("CKR_SIGNATURE_LEN_RANGE", session.verify, public, b"m", signature + b"x", kind)


def test_long_messages_have_to_be_hashed():
    _, session = user_session()
    public, private = pair(session)
    long = bytes(16 * 1024 * 1024 + 1)
    raises("CKR_DATA_LEN_RANGE", session.sign, private, long, p11.CKM_SLH_DSA)
    short = session.sign(private, b"m", p11.CKM_SLH_DSA)
    raises("CKR_DATA_LEN_RANGE", session.verify, public, long, short, p11.CKM_SLH_DSA)
    # With the signature given first nothing is held: it is looked at, and is wrong.
    raises("CKR_SIGNATURE_INVALID", session.verify_signature, public, [long], short, p11.CKM_SLH_DSA)
    signature = session.sign(private, long, p11.CKM_HASH_SLH_DSA_SHA256)
    session.verify(public, long, signature, p11.CKM_HASH_SLH_DSA_SHA256)


def test_private_keys_come_in_and_out():
    _, session = user_session()
    public, private = pair(session)
    n = 16
    sk = session.get(private, p11.CKA_VALUE)
    again = session.create(private_template(FAST, sk))
    equal(session.get(again, p11.CKA_VALUE), sk)
    equal(
        session.get(again, p11.CKA_PUBLIC_KEY_INFO), session.get(public, p11.CKA_PUBLIC_KEY_INFO)
    )
    one, two = (session.sign(k, b"m", p11.CKM_SLH_DSA, DETERMINISTIC) for k in (private, again))
    check(one == two, "the same key")
    raises("CKR_ATTRIBUTE_TYPE_INVALID", session.get, private, p11.CKA_SEED)
    with_seed = private_template(FAST, sk) | {p11.CKA_SEED: sk[: 3 * n]}
    raises("CKR_TEMPLATE_INCONSISTENT", session.create, with_seed)
    del with_seed[p11.CKA_VALUE]
    raises("CKR_TEMPLATE_INCONSISTENT", session.create, with_seed)
    invalid = "CKR_ATTRIBUTE_VALUE_INVALID"
    for wrong in (b"", sk[:-1], sk + b"x", flipped(sk), flipped(sk, 2 * n), flipped(sk, 3 * n)):
        raises(invalid, session.create, private_template(FAST, wrong))
    raises(invalid, session.create, private_template("SHAKE_256F", sk))
    raises(invalid, session.create, private_template("SHA2_128F", sk))
    for wrong in (0, 13):
        raises(
            ("CKR_PARAMETER_SET_NOT_SUPPORTED", invalid),
            session.create,
            private_template(FAST, sk) | {p11.CKA_PARAMETER_SET: wrong},
        )
    closed = pair(session, private={p11.CKA_SENSITIVE: True, p11.CKA_EXTRACTABLE: False})[1]
    raises("CKR_ATTRIBUTE_SENSITIVE", session.get, closed, p11.CKA_VALUE)


def test_public_keys_come_in():
    _, session = user_session()
    public, private = pair(session)
    pk = session.get(public, p11.CKA_VALUE)
    signature = session.sign(private, b"m", p11.CKM_SLH_DSA)
    session.verify(session.create(public_template(FAST, pk)), b"m", signature, p11.CKM_SLH_DSA)
    for wrong in (b"", pk[:-1], pk + b"x"):
        raises("CKR_ATTRIBUTE_VALUE_INVALID", session.create, public_template(FAST, wrong))
    other = session.create(public_template(FAST, flipped(pk)))
    raises("CKR_SIGNATURE_INVALID", session.verify, other, b"m", signature, p11.CKM_SLH_DSA)


def test_token_keys_are_kept():
    module, session = user_session()
    label = {p11.CKA_TOKEN: True, p11.CKA_LABEL: "kept"}
    session.generate(
        p11.CKM_SLH_DSA_KEY_PAIR_GEN, label | {p11.CKA_PARAMETER_SET: number(FAST)}, label
    )
    module.Finalize(None)
    module.Initialize(None)
    session = module.session(module.slot_of(LABEL))
    session.login(USER_PIN)
    (public,) = session.find({p11.CKA_LABEL: "kept", p11.CKA_CLASS: p11.CKO_PUBLIC_KEY})
    (private,) = session.find({p11.CKA_LABEL: "kept", p11.CKA_CLASS: p11.CKO_PRIVATE_KEY})
    signature = session.sign(private, b"m", p11.CKM_SLH_DSA)
    session.verify(public, b"m", signature, p11.CKM_SLH_DSA)


def test_keys_of_other_families_do_not_fit():
    _, session = user_session()
    public, private = pair(session)
    wrong = "CKR_KEY_TYPE_INCONSISTENT"
    raises(wrong, session.sign, private, b"m", p11.CKM_ML_DSA)
    raises(wrong, session.verify, public, b"m", b"s", p11.CKM_ML_DSA)
    raises(wrong, session.encapsulate, public, {})


if __name__ == "__main__":
    main(globals())
