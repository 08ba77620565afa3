# SPDX-License-Identifier: Apache-2.0
"""Falcon through the module: its keys, its three formats of signatures, and the known answers."""

import ctypes
import pathlib
import sys

import p11
from cryptography.hazmat.primitives.keywrap import aes_key_wrap_with_padding
from harness import check, equal, main, raises, rv, user_session

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "vectors"))
import vectors  # noqa: E402

# Parameter set → (number, log2 of the degree, lengths of the keys).
SETS = {"512": (p11.CKP_PQHW_FALCON_ROUND3_512, 9, 897, 1281)}
SETS |= {"1024": (p11.CKP_PQHW_FALCON_ROUND3_1024, 10, 1793, 2305)}
PADDED, COMPRESSED, CT = (
    p11.CKM_PQHW_FALCON_ROUND3,
    p11.CKM_PQHW_FALCON_ROUND3_COMPRESSED,
    p11.CKM_PQHW_FALCON_ROUND3_CT,
)
# Lengths of signatures; those of COMPRESSED are the highest.
LENGTHS = {"512": {PADDED: 666, COMPRESSED: 752, CT: 809}}
LENGTHS |= {"1024": {PADDED: 1280, COMPRESSED: 1462, CT: 1577}}
READABLE = {p11.CKA_SENSITIVE: False, p11.CKA_EXTRACTABLE: True}
KNOWN = 10  # records of each set


def pair(session, name="512"):
    return session.generate(
        p11.CKM_PQHW_FALCON_ROUND3_KEY_PAIR_GEN,
        {p11.CKA_TOKEN: False, p11.CKA_PARAMETER_SET: SETS[name][0]},
        {p11.CKA_TOKEN: False} | READABLE,
    )


def public_template(name, value):
    return {
        p11.CKA_CLASS: p11.CKO_PUBLIC_KEY,
        p11.CKA_KEY_TYPE: p11.CKK_PQHW_FALCON_ROUND3,
        p11.CKA_PARAMETER_SET: SETS[name][0],
        p11.CKA_VALUE: value,
    }


def private_template(name, value):
    return public_template(name, value) | {p11.CKA_CLASS: p11.CKO_PRIVATE_KEY} | READABLE


def flipped(data, at=0):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def test_every_set_and_format():
    _, session = user_session()
    for name, (number, log_n, pk_len, sk_len) in SETS.items():
        public, private = pair(session, name)
        equal(session.get_number(private, p11.CKA_PARAMETER_SET), number)
        equal(session.get_number(private, p11.CKA_KEY_TYPE), p11.CKK_PQHW_FALCON_ROUND3)
        pk, sk = session.get(public, p11.CKA_VALUE), session.get(private, p11.CKA_VALUE)
        equal((len(pk), len(sk), pk[0], sk[0]), (pk_len, sk_len, log_n, 0x50 + log_n))
        for kind, length in LENGTHS[name].items():
            signature = session.sign(private, b"message", kind)
            check(len(signature) == length or kind == COMPRESSED and len(signature) < length, "length")
            session.verify(public, b"message", signature, kind)
            raises("CKR_SIGNATURE_INVALID", session.verify, public, b"massage", signature, kind)
            raises("CKR_SIGNATURE_INVALID", session.verify, public, b"message", flipped(signature, 60), kind)
            check(session.sign(private, b"message", kind) != signature, "never the same twice")
        padded, ct = (session.sign(private, b"m", kind) for kind in (PADDED, CT))
        for signature, kind in ((padded, CT), (ct, PADDED), (ct, COMPRESSED)):
            raises("CKR_SIGNATURE_LEN_RANGE", session.verify, public, b"m", signature, kind)


def test_mechanisms_are_listed():
    module, session = user_session()
    listed = module.mechanisms(session.slot)
    for kind in (p11.CKM_PQHW_FALCON_ROUND3_KEY_PAIR_GEN, PADDED, COMPRESSED, CT):
        check(kind in listed, "listed")
        info = module.info("C_GetMechanismInfo", session.slot, kind)
        equal((info.ulMinKeySize, info.ulMaxKeySize), (897, 1793))


def test_parts_need_the_signature_first():
    module, session = user_session()
    public, private = pair(session)
    parts = [b"the ", b"message"]
    for kind in (PADDED, COMPRESSED, CT):
        signature = session.sign_parts(private, parts, kind)
        session.verify(public, b"the message", signature, kind)
        session.verify_signature(public, parts, signature, kind)
        session.verify_signature(public, [b"the message"], signature, kind)
        raises("CKR_SIGNATURE_INVALID", session.verify_signature, public, [b"no", b""], signature, kind)
        how = ctypes.byref(p11.mechanism(kind))
        rv(module.C_VerifyInit(session.handle, how, public), "CKR_OK")
        rv(module.C_VerifyUpdate(session.handle, b"the ", 4), "CKR_OPERATION_NOT_INITIALIZED")
        raises("CKR_SIGNATURE_LEN_RANGE", session.verify, public, b"m", bytes(2000), kind)
        raises("CKR_SIGNATURE_LEN_RANGE", session.verify, public, b"m", b"", kind)
        raises("CKR_SIGNATURE_LEN_RANGE", session.verify_signature, public, [b"m"], bytes(2000), kind)


def test_known_answers():
    """Public keys open the signatures of the records; private keys make some that they open."""
    _, session = user_session()
    for name, (_, log_n, *_) in SETS.items():
        records = vectors.read_rsp(f"falcon-round3/falcon{name}-KAT.rsp.xz")
        for _, record in zip(range(KNOWN), records):
            signed, message = bytes.fromhex(record["sm"]), bytes.fromhex(record["msg"])
            signature = bytes([0x30 + log_n]) + signed[2:42] + signed[43 + len(message) :]
            pk, sk = bytes.fromhex(record["pk"]), bytes.fromhex(record["sk"])
            public = session.create(public_template(name, pk))
            private = session.create(private_template(name, sk))
            session.verify(public, message, signature, COMPRESSED)
            session.verify_signature(public, [message], signature, COMPRESSED)
            session.verify(public, b"m", session.sign(private, b"m", PADDED), PADDED)


def test_bad_keys_are_refused():
    _, session = user_session()
    for name in SETS:
        public, private = pair(session, name)
        pk, sk = session.get(public, p11.CKA_VALUE), session.get(private, p11.CKA_VALUE)
        for bad in (flipped(pk), pk[:-1], pk + b"\0", pk[:1] + b"\xff" * (len(pk) - 1)):
            raises("CKR_ATTRIBUTE_VALUE_INVALID", session.create, public_template(name, bad))
        for bad in (flipped(sk), flipped(sk, 100), sk[:-1], flipped(sk, len(sk) - 1)):
            raises("CKR_ATTRIBUTE_VALUE_INVALID", session.create, private_template(name, bad))
        seeded = private_template(name, sk) | {p11.CKA_SEED: bytes(48)}
        raises("CKR_TEMPLATE_INCONSISTENT", session.create, seeded)


def test_halves_and_sets_that_do_not_fit():
    _, session = user_session()
    for name, other in (("512", "1024"), ("1024", "512")):
        public, private = pair(session, name)
        pk, sk = session.get(public, p11.CKA_VALUE), session.get(private, p11.CKA_VALUE)
        info = p11.CKA_PUBLIC_KEY_INFO
        mine, theirs = (session.get(key, info) for key in (public, pair(session, name)[0]))
        session.create(private_template(name, sk) | {info: mine})
        for half in (private_template(name, sk), public_template(name, pk)):
            raises("CKR_ATTRIBUTE_VALUE_INVALID", session.create, half | {info: theirs})
            raises("CKR_ATTRIBUTE_VALUE_INVALID", session.create, half | {p11.CKA_PARAMETER_SET: SETS[other][0]})
            for number in (0, 3, 1 << 40):
                wrong = half | {p11.CKA_PARAMETER_SET: number}
                raises("CKR_PARAMETER_SET_NOT_SUPPORTED", session.create, wrong)
            for length in (0, 1, 65536):
                wrong = half | {p11.CKA_VALUE: (half[p11.CKA_VALUE] * 80)[:length]}
                raises("CKR_ATTRIBUTE_VALUE_INVALID", session.create, wrong)


def test_forged_signatures():
    _, session = user_session()
    public, private = pair(session)
    good = session.sign(private, b"m", COMPRESSED)
    head, body = good[:41], good[41:]
    changed = [b"\x3a" + good[1:], b"\x29" + good[1:], b"\x59" + good[1:], good[:-1], good + b"\0", good + b"\xff"]
    changed += [head + bytes([byte]) * len(body) for byte in (0, 0x80, 0xFF)]  # a negative zero, too
    changed += [head, head + b"\0", session.sign(private, b"m", PADDED)]
    for forged in changed:
        raises(
            ("CKR_SIGNATURE_INVALID", "CKR_SIGNATURE_LEN_RANGE"),
            *(session.verify, public, b"m", forged, COMPRESSED),
        )
    padded = session.sign(private, b"m", PADDED)
    for forged in (padded[:-1] + b"\1", padded[:41] + bytes(625)):
        raises("CKR_SIGNATURE_INVALID", session.verify, public, b"m", forged, PADDED)


def test_room_for_the_longest():
    """A signature whose length varies wants room for the longest, and writes no further than it is long."""
    module, session = user_session()
    _, private = pair(session)
    how, size = p11.mechanism(COMPRESSED), ctypes.c_ulong()
    rv(module.C_SignInit(session.handle, ctypes.byref(how), private), "CKR_OK")
    for room in (0, 1, 700, 751):
        buffer, size.value = ctypes.create_string_buffer(1000), room
        rv(module.C_Sign(session.handle, b"m", 1, buffer, ctypes.byref(size)), "CKR_BUFFER_TOO_SMALL")
        equal((size.value, buffer.raw), (752, bytes(1000)))
    size.value = 752
    rv(module.C_Sign(session.handle, b"m", 1, buffer, ctypes.byref(size)), "CKR_OK")
    check(600 < size.value < 752 and not any(buffer.raw[size.value :]), size.value)


def test_private_keys_are_wrapped():
    _, session = user_session()
    public, private = pair(session)
    kek = session.create(
        {
            p11.CKA_CLASS: p11.CKO_SECRET_KEY,
            p11.CKA_KEY_TYPE: p11.CKK_AES,
            p11.CKA_VALUE: bytes(range(32)),
            p11.CKA_WRAP: True,
            p11.CKA_UNWRAP: True,
        }
    )
    wrapped = session.wrap(kek, private, p11.CKM_AES_KEY_WRAP_KWP)
    again = session.unwrap(
        kek,
        wrapped,
        {p11.CKA_CLASS: p11.CKO_PRIVATE_KEY, p11.CKA_KEY_TYPE: p11.CKK_PQHW_FALCON_ROUND3},
        p11.CKM_AES_KEY_WRAP_KWP,
    )
    session.verify(public, b"m", session.sign(again, b"m", PADDED), PADDED)


def test_keys_of_bouncy_castle_are_unwrapped():
    """PKCS#8 in the form that it writes, wrapped by somebody else."""
    _, session = user_session()
    kek = bytes(range(32))
    aes = {p11.CKA_CLASS: p11.CKO_SECRET_KEY, p11.CKA_KEY_TYPE: p11.CKK_AES, p11.CKA_VALUE: kek}
    unwrapping = session.create(aes | {p11.CKA_UNWRAP: True})
    template = {p11.CKA_CLASS: p11.CKO_PRIVATE_KEY, p11.CKA_KEY_TYPE: p11.CKK_PQHW_FALCON_ROUND3}
    for name in SETS:
        folder = f"falcon-bouncycastle/Falcon-{name}"
        private, public = (vectors.read(f"{folder}.{half}.der") for half in ("priv", "pub"))
        how = (template, p11.CKM_AES_KEY_WRAP_KWP)
        again = session.unwrap(unwrapping, aes_key_wrap_with_padding(kek, private), *how)
        equal(session.get(again, p11.CKA_PUBLIC_KEY_INFO), public)
        key = session.create(public_template(name, public[-SETS[name][2] :]))
        session.verify(key, b"m", session.sign(again, b"m", PADDED), PADDED)
        session.verify(key, b"hello", vectors.read(f"{folder}.sig.bin"), COMPRESSED)
        other = {"512": b"\x10", "1024": b"\x13"}[name]  # falconpadded512 and -1024
        padded = aes_key_wrap_with_padding(kek, private[:15] + other + private[16:])
        equal(session.get(session.unwrap(unwrapping, padded, *how), p11.CKA_PUBLIC_KEY_INFO), public)
        for at in (30, 100, len(private) - 1):
            wrapped = aes_key_wrap_with_padding(kek, flipped(private, at))
            raises("CKR_WRAPPED_KEY_INVALID", session.unwrap, unwrapping, wrapped, *how)


def test_messages_in_a_row():
    _, session = user_session()
    public, private = pair(session)
    m, handle = session.m, session.handle
    for kind, length in LENGTHS["512"].items():
        m.MessageSignInit(handle, ctypes.byref(p11.mechanism(kind)), private)
        m.MessageVerifyInit(handle, ctypes.byref(p11.mechanism(kind)), public)
        for number in range(4):
            data = bytes(100 * number)
            buffer, size = ctypes.create_string_buffer(length), ctypes.c_ulong(length)
            m.SignMessage(handle, None, 0, data, len(data), buffer, ctypes.byref(size))
            check(size.value < length if kind == COMPRESSED else size.value == length, size.value)
            signature = buffer.raw[: size.value]
            session.verify(public, data, signature, kind)
            m.VerifyMessage(handle, None, 0, data, len(data), signature, len(signature))
            wrong = m.C_VerifyMessage(handle, None, 0, data + b"x", len(data) + 1, signature, len(signature))
            rv(wrong, "CKR_SIGNATURE_INVALID")
        m.MessageSignFinal(handle)
        m.MessageVerifyFinal(handle)


if __name__ == "__main__":
    main(globals())
