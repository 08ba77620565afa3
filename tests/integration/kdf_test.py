#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The key derivation functions of SP 800-108, through the module."""

import ctypes
import hashlib
import hmac
import os
import pathlib
import sys

from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "vectors"))

import vectors

import p11
from ciphers import secret
from harness import *  # noqa: F403

COUNTER, FEEDBACK, PIPELINE = (
    getattr(p11, f"CKM_SP800_108_{mode}_KDF") for mode in ("COUNTER", "FEEDBACK", "DOUBLE_PIPELINE")
)
CHAINED, NUMBER = p11.CK_SP800_108_ITERATION_VARIABLE, p11.CK_SP800_108_COUNTER
BYTES, KEY = p11.CK_SP800_108_BYTE_ARRAY, p11.CK_SP800_108_KEY_HANDLE
SUM_OF_SEGMENTS = p11.CK_SP800_108_DKM_LENGTH_SUM_OF_SEGMENTS

HASHES = {
    p11.CKM_SHA_1_HMAC: "sha1",
    p11.CKM_SHA224_HMAC: "sha224",
    p11.CKM_SHA256_HMAC: "sha256",
    p11.CKM_SHA384_HMAC: "sha384",
    p11.CKM_SHA512_HMAC: "sha512",
    p11.CKM_SHA3_224_HMAC: "sha3_224",
    p11.CKM_SHA3_256_HMAC: "sha3_256",
    p11.CKM_SHA3_384_HMAC: "sha3_384",
    p11.CKM_SHA3_512_HMAC: "sha3_512",
}

# NIST CAVP, KBKDF800-108: FeedbackModewzeroiv, FeedbackModenocounter, PipelineModewithCounter (three) and
# PipelineModeWOCounterr, one case each. MAC, mode, bits of the counter (none: 0) which stands after what is
# chained, key, initialization vector, fixed input, output.
CAVP = [
    (
        p11.CKM_AES_CMAC, FEEDBACK, 16, "d7f5fa7551645de0b36aecd46565f954", "",
        "fb5294ed40a0e4aa70a7be13913070a4c5cfc05f89b9f7dd26a493b8c63889c7c3b0b60dd6d598ffa296a426224c727a501946",
        "7164471f559812581a53aaf7fb6d6c53a1293115cda873887efcc7ce6b3a026b"
        "2d19f0d38db8590e218a2676df88f53cab3313ed63bd1e4828f3c066ea5eb1fd",
    ),
    (
        p11.CKM_AES_CMAC, FEEDBACK, 0, "5c996c922f65de97d4408373229814c6", "28dc945cb8337ab5336c3e9b5bad21c7",
        "62afe5fed91e797221a854336b0aadd8a05ad0e3c8345729897b2efcec5a1178a2fa4c063007b67a7015e0d6b7271ea8d86b44",
        "88a9aae193abdd3fe8143bab66014ae41dc2d12ea9d08f5871588fc5d827924e"
        "b9942989d7a36d4b3b107997566472cad5942bd13cb5cff32b9dae30f1bb6300",
    ),
    (
        p11.CKM_AES_CMAC, PIPELINE, 8, "08a5a251b8e4826fbf73292f4cd6c790", "",
        "aa5acbce73a98d4c4f361d5c22a2cc6f6bdc30027aa31af1ba8b15a5bd5b6a34d133519ad1a82483c2d2a6dd9a97273a780421",
        "ff1c72ec38b8968a1ce0942a571a1f522ddd2a1c6ffc2b60c90bb54a5c0e9de4"
        "0d289686cbff127b408ec64ef615b18c1abc0736ae4c94e33e54d832e686276e",
    ),
    (
        p11.CKM_AES_CMAC, PIPELINE, 32, "2451975a33ab0c7535e00abe7b57982335b0471ad857a093c6765e6c58443852", "",
        "fb95eb3c47dcad3b783b045b29bcb6f5aefc0389735843b92b4d8fab97d61350b76b2a83442d7c5aa497aa1cf441760281a08b",
        "2f157687f782c8b64325826e3c755194c70abffd9d78c4678924b9d73dcced86"
        "dcaf7dfa3bf56cf03fa45c7fca05ca1092c41bbd934131e95db2b204241a9d02",
    ),
    (
        p11.CKM_SHA256_HMAC, PIPELINE, 32, "02d36fa021c20ddbdee469f0579468bae5cb13b548b6c61cdf9d3ec419111de2", "",
        "85abe38bf265fbdc6445ae5c71159f1548c73b7d526a623104904a0f8792070b3df9902b9669490425a385eadb0f9c76e46f0f",
        "d69f74f518c9f64f90a0beebab69f689b73b5c13eb0f860a95cad7d9814f8c50"
        "6eb7b179a5c5b4466a9ec154c3bf1c13efd6ec0d82b02c29af2c690299edc453",
    ),
    (
        p11.CKM_AES_CMAC, PIPELINE, 0, "ada2452f1f141a82c7a1b7d3e09ffed1", "",
        "335660eb265d2044efa06eacd848d3f9f57d219011343318f3a964df4a6fb1bf6cbdee711c7fcbe73b8f257f992e47e8b065af",
        "a73bd29176e38e761222ae07d639181f4b2c555a3b261815cde5d88a67c8b95c"
        "58b6b66ea4f10608c6d799b051519fc8e89de00cdc556350a7d966475086f9af",
    ),
]


def base(session, value, prf=p11.CKM_SHA256_HMAC, **more):
    """An open key to derive from, so that what comes of it can be read."""
    kind = p11.CKK_AES if prf == p11.CKM_AES_CMAC else p11.CKK_GENERIC_SECRET
    how = {"CKA_DERIVE": True, "CKA_SENSITIVE": False, "CKA_EXTRACTABLE": True}
    return secret(session, kind, value, **(how | more))


def wanted(length, **more):
    return OPEN_SECRET | {p11.CKA_VALUE_LEN: length} | {getattr(p11, name): what for name, what in more.items()}


def value_of(session, key):
    return session.get(key, p11.CKA_VALUE)


def mac(prf, key, data):
    if prf != p11.CKM_AES_CMAC:
        return hmac.new(key, data, HASHES[prf]).digest()
    made = CMAC(AES(key))
    made.update(data)
    return made.finalize()


def reference(mode, prf, key, put, size, iv=b""):
    """SP 800-108, 4.1 to 4.3; put(number, chained) is the input of a round, put(None, b"") all bytes in it."""
    out, chained, other, number = b"", iv, put(None, b""), 0
    while len(out) < size:
        number += 1
        if mode == PIPELINE:
            chained = other = mac(prf, key, other)
        block = mac(prf, key, put(number, chained))
        if mode == FEEDBACK:
            chained = block
        out += block
    return out[:size]


def test_counter_mode_gives_what_nist_says():
    _, session = user_session()
    prfs = {f"HMAC_{name.upper()}": prf for prf, name in HASHES.items()}
    cases = vectors.read_json("classic/sp800_108_ctr.json.xz")
    for case in cases:
        prf = prfs.get(case["prf"], p11.CKM_AES_CMAC)
        pieces = [p11.piece(BYTES, bytes.fromhex(case[part])) for part in ("before", "after")]
        pieces.insert(1, p11.counter(CHAINED, case["width"]))
        how = p11.sp800_108(prf, [piece for piece in pieces if piece.ulValueLen])
        out = bytes.fromhex(case["out"])
        got = session.derive(base(session, bytes.fromhex(case["key"]), prf), wanted(len(out)), COUNTER, how)
        equal(value_of(session, got), out, f"{case['prf']} {case['width']} {case['count']}")
    print(f"note: {len(cases)} vectors of the counter mode")


def test_the_other_modes_give_what_nist_says():
    _, session = user_session()
    for prf, mode, bits, key, iv, fixed, out in CAVP:
        key, iv, fixed, out = (bytes.fromhex(text) for text in (key, iv, fixed, out))
        pieces = [p11.piece(CHAINED)] + ([p11.counter(NUMBER, bits)] if bits else []) + [p11.piece(BYTES, fixed)]
        how = p11.sp800_108(prf, pieces, iv=iv if mode == FEEDBACK else None)
        got = session.derive(base(session, key, prf), wanted(len(out)), mode, how)
        equal(value_of(session, got), out, f"{hex(mode)} {bits}")


def test_every_mac_in_every_mode():
    _, session = user_session()
    for prf in [p11.CKM_AES_CMAC, *HASHES]:
        key, iv, label = os.urandom(32), os.urandom(20), os.urandom(13)
        handle = base(session, key, prf)
        for little in (False, True):
            for size in (1, 16, 65, 300):
                order = "little" if little else "big"

                def number(i, width):
                    return b"" if i is None else i.to_bytes(width, order)

                length = (8 * size).to_bytes(3, order)
                ends = [p11.piece(BYTES, label), p11.dkm_length(24, little)]
                how = p11.sp800_108(prf, [ends[0], p11.counter(CHAINED, 16, little), ends[1]])
                got = session.derive(handle, wanted(size), COUNTER, how)
                expected = reference(COUNTER, prf, key, lambda i, _: label + number(i, 2) + length, size)
                equal(value_of(session, got), expected, f"{hex(prf)} counter {size}")
                for mode in (FEEDBACK, PIPELINE):
                    pieces = [ends[0], p11.counter(NUMBER, 32, little), ends[1], p11.piece(CHAINED)]
                    how = p11.sp800_108(prf, pieces, iv=iv if mode == FEEDBACK else None)
                    got = session.derive(handle, wanted(size), mode, how)
                    expected = reference(mode, prf, key, lambda i, c: label + number(i, 4) + length + c, size, iv)
                    equal(value_of(session, got), expected, f"{hex(prf)} {hex(mode)} {size}")


def test_a_key_may_be_part_of_the_input():
    _, session = user_session()
    key, first, second = os.urandom(32), os.urandom(7), os.urandom(40)
    others = [base(session, value) for value in (first, second)]
    pieces = [
        p11.counter(CHAINED, 8),
        p11.piece(KEY, p11.mac_len(others[1])),
        p11.piece(BYTES, b"between"),
        p11.piece(KEY, p11.mac_len(others[0])),
        p11.piece(KEY, p11.mac_len(others[1])),
    ]
    how = p11.sp800_108(p11.CKM_SHA256_HMAC, pieces)
    handle = base(session, key)
    got = session.derive(handle, wanted(32), COUNTER, how)
    joined = b"\1" + second + b"between" + first + second
    equal(value_of(session, got), hmac.new(key, joined, "sha256").digest())
    for name, rv in (("CKA_DERIVE", "CKR_KEY_FUNCTION_NOT_PERMITTED"), (None, "CKR_KEY_HANDLE_INVALID")):
        other = base(session, first, **{name: False}) if name else 123456
        bad = p11.sp800_108(p11.CKM_SHA256_HMAC, [pieces[0], p11.piece(KEY, p11.mac_len(other))])
        raises(rv, session.derive, handle, wanted(32), COUNTER, bad)
    hidden = base(session, first, CKA_SENSITIVE=True)
    bad = p11.sp800_108(p11.CKM_SHA256_HMAC, [pieces[0], p11.piece(KEY, p11.mac_len(hidden))])
    raises("CKR_TEMPLATE_INCONSISTENT", session.derive, handle, wanted(32), COUNTER, bad)


def test_several_keys_come_of_blocks_of_their_own():
    _, session = user_session()
    key = os.urandom(32)
    handle = base(session, key)
    more = [
        p11.derived_key(wanted(16, CKA_KEY_TYPE=p11.CKK_AES, CKA_LABEL="second")),
        p11.derived_key(wanted(33)),
        p11.derived_key(OPEN_SECRET | {p11.CKA_KEY_TYPE: p11.CKK_CHACHA20}),
    ]
    for method, length in ((p11.CK_SP800_108_DKM_LENGTH_SUM_OF_KEYS, 48 + 16 + 33 + 32), (SUM_OF_SEGMENTS, 64 + 32 + 64 + 32)):
        pieces = [p11.counter(CHAINED, 32), p11.dkm_length(64, False, method)]
        got = session.derive(handle, wanted(48), COUNTER, p11.sp800_108(p11.CKM_SHA256_HMAC, pieces, more))

        def put(i, _, length=length):
            return i.to_bytes(4, "big") + (8 * length).to_bytes(8, "big") if i else b""

        out = reference(COUNTER, p11.CKM_SHA256_HMAC, key, put, 192)
        made = [got] + [one.handle.value for one in more]
        for one, expected in zip(made, (out[:48], out[64:80], out[96:129], out[160:192])):
            equal(value_of(session, one), expected, f"of {length}")
        equal(session.get(made[1], p11.CKA_LABEL), b"second")
        equal(session.get_number(made[1], p11.CKA_KEY_TYPE), p11.CKK_AES)


def test_of_several_keys_all_are_made_or_none():
    _, session = user_session()
    handle = base(session, os.urandom(32))
    pieces = [p11.counter(CHAINED, 32)]
    before = len(session.find())
    for bad, rv in (
        (wanted(17, CKA_KEY_TYPE=p11.CKK_AES), "CKR_TEMPLATE_INCONSISTENT"),
        (wanted(5000), "CKR_TEMPLATE_INCONSISTENT"),
        (OPEN_SECRET, "CKR_TEMPLATE_INCOMPLETE"),
        (wanted(16, CKA_LOCAL=True), "CKR_ATTRIBUTE_READ_ONLY"),
        (wanted(16) | {p11.CKA_SENSITIVE: b"two"}, "CKR_ATTRIBUTE_VALUE_INVALID"),
    ):
        keys = [p11.derived_key(wanted(16)), p11.derived_key(bad), p11.derived_key(wanted(16))]
        how = p11.sp800_108(p11.CKM_SHA256_HMAC, pieces, keys)
        raises(rv, session.derive, handle, wanted(32), COUNTER, how)
        handles = [key.handle.value for key in keys]
        if rv != "CKR_TEMPLATE_INCOMPLETE":  # which is said of all together
            equal(handles, [77, 0, 77], rv)
        equal(len(session.find()), before, "objects")


def test_token_keys_are_made_together():
    module, session = user_session()
    handle = base(session, bytes(range(32)))
    more = [p11.derived_key(wanted(32, CKA_TOKEN=True, CKA_LABEL=f"kept {i}")) for i in range(7)]
    how = p11.sp800_108(p11.CKM_SHA512_HMAC, [p11.counter(CHAINED, 8)], more)
    session.derive(handle, wanted(32, CKA_TOKEN=True), COUNTER, how)
    for i, one in enumerate(more):
        equal(session.find({p11.CKA_LABEL: f"kept {i}"}), [one.handle.value])
        block = hmac.new(bytes(range(32)), bytes([i + 2]), "sha512").digest()
        equal(value_of(session, one.handle.value), block[:32])
        session.destroy(one.handle.value)
    reader = module.session(session.slot, rw=False)
    raises("CKR_SESSION_READ_ONLY", reader.derive, handle, wanted(32), COUNTER, how)


def test_histories_and_guards_are_handed_on():
    _, session = user_session()
    born = session.generate_key(
        p11.CKM_GENERIC_SECRET_KEY_GEN, {p11.CKA_VALUE_LEN: 32, p11.CKA_DERIVE: True, p11.CKA_SIGN: False, p11.CKA_VERIFY: False}
    )
    more = [p11.derived_key({p11.CKA_VALUE_LEN: 32})]
    pieces = [p11.counter(CHAINED, 8)]
    how = p11.sp800_108(p11.CKM_SHA256_HMAC, pieces, more)
    first = session.derive(born, {p11.CKA_VALUE_LEN: 16}, COUNTER, how)
    for key in (first, more[0].handle.value):
        for name in ("CKA_SENSITIVE", "CKA_ALWAYS_SENSITIVE", "CKA_NEVER_EXTRACTABLE"):
            check(session.get_bool(key, getattr(p11, name)), name)
        check(not session.get_bool(key, p11.CKA_LOCAL), "not local")
    how = p11.sp800_108(p11.CKM_SHA256_HMAC, pieces, [p11.derived_key(wanted(32))])
    raises("CKR_TEMPLATE_INCONSISTENT", session.derive, born, {p11.CKA_VALUE_LEN: 16}, COUNTER, how)
    open_ones = session.derive(base(session, bytes(32)), {p11.CKA_VALUE_LEN: 16}, COUNTER, p11.sp800_108(p11.CKM_SHA256_HMAC, pieces))
    check(not session.get_bool(open_ones, p11.CKA_SENSITIVE), "as open as the base key")
    check(session.get_bool(open_ones, p11.CKA_EXTRACTABLE), "as open as the base key")
    led = base(session, bytes(32), CKA_DERIVE_TEMPLATE={p11.CKA_LABEL: "led"})
    more = [p11.derived_key({p11.CKA_VALUE_LEN: 32})]
    session.derive(led, {p11.CKA_VALUE_LEN: 16}, COUNTER, p11.sp800_108(p11.CKM_SHA256_HMAC, pieces, more))
    equal(session.get(more[0].handle.value, p11.CKA_LABEL), b"led")
    only = base(session, bytes(32), CKA_ALLOWED_MECHANISMS=[FEEDBACK])
    raises("CKR_MECHANISM_INVALID", session.derive, only, {p11.CKA_VALUE_LEN: 16}, COUNTER, how)


def test_what_the_input_may_not_be():
    _, session = user_session()
    key = base(session, bytes(32))
    text, count, chained = p11.piece(BYTES, b"text"), p11.counter(CHAINED, 32), p11.piece(CHAINED)
    bad = "CKR_MECHANISM_PARAM_INVALID"

    def refused(pieces, mode=COUNTER, prf=p11.CKM_SHA256_HMAC, rv=bad, size=32):
        how = p11.sp800_108(prf, pieces, iv=b"" if mode == FEEDBACK else None)
        raises(rv, session.derive, key, wanted(size), mode, how)

    refused([])
    refused([text])
    refused([chained])
    refused([count, count])
    refused([count, p11.counter(NUMBER, 32)])
    refused([count, p11.piece(BYTES, b"")])
    refused([count, p11.piece(BYTES)])
    refused([count, p11.piece(6, b"x")])
    refused([count, p11.piece(KEY, b"short")])
    refused([count, p11.piece(KEY)])
    refused([count, p11.dkm_length(32), p11.dkm_length(32)])
    refused([count, p11.dkm_length(32, False, 3)])
    refused([count, p11.piece(p11.CK_SP800_108_DKM_LENGTH)])
    refused([count] + 32 * [text])
    for bits in (0, 1, 7, 12, 33, 40, p11.UNAVAILABLE):
        refused([p11.counter(CHAINED, bits)])
        refused([chained, p11.counter(NUMBER, bits)], PIPELINE)
    for bits in (0, 4, 63, 72):
        refused([count, p11.dkm_length(bits)])
    for mode in (FEEDBACK, PIPELINE):
        refused([count], mode)
        refused([text], mode)
        refused([chained, chained], mode)
        refused([chained, p11.counter(NUMBER, 8), p11.counter(NUMBER, 8)], mode)
    for prf in (p11.CKM_SHA256, p11.CKM_AES_CBC, p11.CKM_SHA256_HMAC_GENERAL, p11.CKM_ML_DSA, 0x12345678):
        refused([count], prf=prf)
    refused([count], prf=p11.CKM_AES_CMAC, rv="CKR_KEY_TYPE_INCONSISTENT")
    # one byte counts 255 blocks, and holds no length of 256 bits
    refused([count, p11.dkm_length(8)])
    refused([p11.counter(CHAINED, 8)], prf=p11.CKM_SHA_1_HMAC, rv="CKR_TEMPLATE_INCONSISTENT", size=255 * 20 + 1)
    aes = base(session, bytes(16), p11.CKM_AES_CMAC)
    how = p11.sp800_108(p11.CKM_AES_CMAC, [p11.counter(CHAINED, 8)])
    session.derive(aes, wanted(255 * 16), COUNTER, how)
    raises("CKR_KEY_SIZE_RANGE", session.derive, aes, wanted(255 * 16 + 1), COUNTER, how)
    raises("CKR_TEMPLATE_INCOMPLETE", session.derive, aes, OPEN_SECRET, COUNTER, how)
    raises(bad, session.derive, aes, wanted(16), COUNTER, None)
    raises(bad, session.derive, aes, wanted(16), COUNTER, bytes(39))
    raises(bad, session.derive, aes, wanted(16), FEEDBACK, how)


def test_pointers_that_point_nowhere():
    _, session = user_session()
    key, bad = base(session, bytes(32)), "CKR_MECHANISM_PARAM_INVALID"
    pieces, more = [p11.counter(CHAINED, 32)], [p11.derived_key(wanted(16))]

    def refused(change, mode=COUNTER, iv=None):
        how = p11.sp800_108(p11.CKM_SHA256_HMAC, pieces if iv is None else [p11.piece(CHAINED)], more, iv)
        for name, value in change.items():
            setattr(how, name, value)
        raises(bad, session.derive, key, wanted(32), mode, how)

    refused({"pDataParams": None})
    refused({"ulNumberOfDataParams": p11.UNAVAILABLE})
    refused({"pAdditionalDerivedKeys": None})
    refused({"ulAdditionalDerivedKeys": 0})
    refused({"ulAdditionalDerivedKeys": 8})
    refused({"ulAdditionalDerivedKeys": p11.UNAVAILABLE})
    refused({"pIV": None}, FEEDBACK, b"iv")
    refused({"ulIVLen": p11.UNAVAILABLE}, FEEDBACK, b"iv")
    more[0].phKey = None
    refused({})
    more[0] = p11.derived_key(wanted(16))
    more[0].pTemplate = None
    how = p11.sp800_108(p11.CKM_SHA256_HMAC, pieces, more)
    raises("CKR_ARGUMENTS_BAD", session.derive, key, wanted(32), COUNTER, how)
    equal(more[0].handle.value, 0, "the handle")
    huge = p11.piece(BYTES, b"x")
    huge.ulValueLen = p11.UNAVAILABLE
    raises(bad, session.derive, key, wanted(32), COUNTER, p11.sp800_108(p11.CKM_SHA256_HMAC, pieces + [huge]))
    made = ctypes.c_ulong(77)
    how = ctypes.byref(p11.mechanism(COUNTER, p11.sp800_108(p11.CKM_SHA256_HMAC, pieces)))
    rv(session.m.C_EncryptInit(session.handle, how, key), "CKR_MECHANISM_INVALID")
    rv(session.m.C_DeriveKey(session.handle, how, key, None, 0, None), "CKR_ARGUMENTS_BAD")
    rv(session.m.C_DeriveKey(session.handle, how, key, None, 0, ctypes.byref(made)), "CKR_TEMPLATE_INCOMPLETE")
    equal(made.value, 77)


if __name__ == "__main__":
    main(globals())
