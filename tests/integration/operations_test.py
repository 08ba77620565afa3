#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""When an operation begins, goes on and ends: every final call ends it, but for questions about length."""

import ctypes

import p11
from harness import *  # noqa: F403

NONE = "CKR_OPERATION_NOT_INITIALIZED"
ACTIVE = "CKR_OPERATION_ACTIVE"
SIZE = 2420


class Bench:
    """A session with an ML-DSA-44 pair, and raw calls on it."""

    def __init__(self):
        self.m, self.session = user_session()
        self.handle = self.session.handle
        self.public, self.private = dsa_pair(self.session)
        self.good = self.session.sign(self.private, b"message")
        self.buffer = ctypes.create_string_buffer(SIZE)

    def start_sign(self, kind=p11.CKM_ML_DSA):
        return self.m.C_SignInit(self.handle, ctypes.byref(p11.mechanism(kind)), self.private)

    def start_verify(self, kind=p11.CKM_ML_DSA):
        return self.m.C_VerifyInit(self.handle, ctypes.byref(p11.mechanism(kind)), self.public)

    def start_verify_signature(self, signature=None):
        how = ctypes.byref(p11.mechanism(p11.CKM_ML_DSA))
        signature = signature or self.good
        return self.m.C_VerifySignatureInit(
            self.handle, how, self.public, signature, len(signature)
        )

    def start_digest(self):
        return self.m.C_DigestInit(self.handle, ctypes.byref(p11.mechanism(p11.CKM_SHA256)))

    def sign(self, room=SIZE, buffer=True, data=b"message", data_len=7):
        length = ctypes.c_ulong(room)
        where = self.buffer if buffer else None
        return self.m.C_Sign(self.handle, data, data_len, where, ctypes.byref(length)), length.value

    def sign_final(self, room=SIZE, buffer=True):
        length = ctypes.c_ulong(room)
        where = self.buffer if buffer else None
        return self.m.C_SignFinal(self.handle, where, ctypes.byref(length)), length.value

    def verify(self, signature=None, data=b"message"):
        signature = self.good if signature is None else signature
        return self.m.C_Verify(self.handle, data, len(data), signature, len(signature))


def test_nothing_without_init():
    b = Bench()
    length = ctypes.byref(ctypes.c_ulong(SIZE))
    rv(b.m.C_Sign(b.handle, b"m", 1, b.buffer, length), NONE)
    rv(b.m.C_SignUpdate(b.handle, b"m", 1), NONE)
    rv(b.m.C_SignFinal(b.handle, b.buffer, length), NONE)
    rv(b.verify(), NONE)
    rv(b.m.C_VerifyUpdate(b.handle, b"m", 1), NONE)
    rv(b.m.C_VerifyFinal(b.handle, b.good, SIZE), NONE)
    rv(b.m.C_VerifySignature(b.handle, b"m", 1), NONE)
    rv(b.m.C_VerifySignatureUpdate(b.handle, b"m", 1), NONE)
    rv(b.m.C_VerifySignatureFinal(b.handle), NONE)
    rv(b.m.C_Digest(b.handle, b"m", 1, b.buffer, length), NONE)
    rv(b.m.C_DigestUpdate(b.handle, b"m", 1), NONE)
    rv(b.m.C_DigestKey(b.handle, 1), NONE)
    rv(b.m.C_DigestFinal(b.handle, b.buffer, length), NONE)
    rv(b.m.C_FindObjects(b.handle, ctypes.byref(ctypes.c_ulong()), 1, length), NONE)
    rv(b.m.C_FindObjectsFinal(b.handle), NONE)


def test_a_second_init_is_refused():
    b = Bench()
    for start in (b.start_sign, b.start_verify, b.start_digest):
        rv(start(), "CKR_OK")
        rv(start(), ACTIVE)
    rv(b.start_verify_signature(), ACTIVE)
    rv(b.m.C_FindObjectsInit(b.handle, None, 0), "CKR_OK")
    rv(b.m.C_FindObjectsInit(b.handle, None, 0), ACTIVE)


def test_a_failed_init_starts_nothing():
    b = Bench()
    wrong = ctypes.byref(p11.mechanism(p11.CKM_ML_DSA))
    rv(
        b.m.C_SignInit(b.handle, wrong, b.public),
        ("CKR_KEY_TYPE_INCONSISTENT", "CKR_KEY_HANDLE_INVALID", "CKR_KEY_FUNCTION_NOT_PERMITTED"),
    )
    rv(b.sign()[0], NONE)
    rv(b.start_verify_signature(b"too short"), "CKR_SIGNATURE_LEN_RANGE")
    rv(b.m.C_VerifySignature(b.handle, b"message", 7), NONE)


def test_length_questions_leave_a_signature_active():
    b = Bench()
    rv(b.start_sign(), "CKR_OK")
    equal(b.sign(buffer=False), (p11.CKR_OK, SIZE))
    equal(b.sign(room=SIZE - 1), (p11.CKR_BUFFER_TOO_SMALL, SIZE))
    equal(b.sign(room=0), (p11.CKR_BUFFER_TOO_SMALL, SIZE))
    equal(b.buffer.raw, bytes(SIZE), "nothing was written")
    equal(b.sign(room=p11.UNAVAILABLE), (p11.CKR_OK, SIZE))
    rv(b.sign()[0], NONE)
    rv(b.start_sign(), "CKR_OK")
    rv(b.m.C_SignUpdate(b.handle, b"message", 7), "CKR_OK")
    equal(b.sign_final(buffer=False), (p11.CKR_OK, SIZE))
    equal(b.sign_final(room=1), (p11.CKR_BUFFER_TOO_SMALL, SIZE))
    equal(b.sign_final(), (p11.CKR_OK, SIZE))
    rv(b.sign_final()[0], NONE)
    b.session.verify(b.public, b"message", b.buffer.raw)


def test_length_questions_leave_a_digest_active():
    b = Bench()
    length = ctypes.c_ulong(31)
    rv(b.start_digest(), "CKR_OK")
    rv(b.m.C_Digest(b.handle, b"m", 1, None, ctypes.byref(length)), "CKR_OK")
    equal(length.value, 32)
    length.value = 31
    rv(b.m.C_Digest(b.handle, b"m", 1, b.buffer, ctypes.byref(length)), "CKR_BUFFER_TOO_SMALL")
    equal(length.value, 32)
    rv(b.m.C_Digest(b.handle, b"m", 1, b.buffer, ctypes.byref(length)), "CKR_OK")
    rv(b.m.C_DigestUpdate(b.handle, b"m", 1), NONE)
    # Input and output may be the same memory.
    shared = ctypes.create_string_buffer(b"abc" + bytes(29), 32)
    rv(b.start_digest(), "CKR_OK")
    rv(b.m.C_Digest(b.handle, shared, 3, shared, ctypes.byref(length)), "CKR_OK")
    equal(shared.raw, b.session.digest(p11.CKM_SHA256, b"abc"))


def test_errors_end_a_signature():
    b = Bench()
    length = ctypes.byref(ctypes.c_ulong(SIZE))
    for wrong in (
        lambda: b.m.C_Sign(b.handle, None, 7, b.buffer, length),
        lambda: b.m.C_Sign(b.handle, b"message", 7, b.buffer, None),
        lambda: b.m.C_SignUpdate(b.handle, None, 7),
        lambda: b.m.C_SignUpdate(b.handle, b"message", p11.UNAVAILABLE),
        lambda: b.m.C_SignFinal(b.handle, b.buffer, None),
    ):
        rv(b.start_sign(), "CKR_OK")
        rv(wrong(), "CKR_ARGUMENTS_BAD")
        rv(b.sign()[0], NONE)


def test_errors_end_a_digest():
    b = Bench()
    length = ctypes.byref(ctypes.c_ulong(64))
    for wrong in (
        lambda: b.m.C_Digest(b.handle, None, 7, b.buffer, length),
        lambda: b.m.C_Digest(b.handle, b"message", 7, b.buffer, None),
        lambda: b.m.C_DigestUpdate(b.handle, None, 7),
        lambda: b.m.C_DigestFinal(b.handle, b.buffer, None),
    ):
        rv(b.start_digest(), "CKR_OK")
        rv(wrong(), "CKR_ARGUMENTS_BAD")
        rv(b.m.C_DigestFinal(b.handle, b.buffer, length), NONE)
    rv(b.start_digest(), "CKR_OK")
    rv(b.m.C_DigestKey(b.handle, b.private), ("CKR_KEY_INDIGESTIBLE", "CKR_KEY_HANDLE_INVALID"))


def test_every_verification_ends():
    b = Bench()
    bad = flipped(b.good)
    for call, expected in (
        (lambda: b.verify(), "CKR_OK"),
        (lambda: b.verify(bad), "CKR_SIGNATURE_INVALID"),
        (lambda: b.verify(b"short"), "CKR_SIGNATURE_LEN_RANGE"),
        (lambda: b.m.C_Verify(b.handle, None, 1, b.good, SIZE), "CKR_ARGUMENTS_BAD"),
        (lambda: b.m.C_Verify(b.handle, b"m", 1, None, SIZE), "CKR_ARGUMENTS_BAD"),
        (lambda: b.m.C_VerifyUpdate(b.handle, None, 1), "CKR_ARGUMENTS_BAD"),
    ):
        rv(b.start_verify(), "CKR_OK")
        rv(call(), expected)
        rv(b.verify(), NONE)
    for signature, expected in ((b.good, "CKR_OK"), (bad, "CKR_SIGNATURE_INVALID")):
        rv(b.start_verify_signature(signature), "CKR_OK")
        rv(b.m.C_VerifySignature(b.handle, b"message", 7), expected)
        rv(b.m.C_VerifySignature(b.handle, b"message", 7), NONE)
        rv(b.start_verify_signature(signature), "CKR_OK")
        rv(b.m.C_VerifySignatureUpdate(b.handle, b"message", 7), "CKR_OK")
        rv(b.m.C_VerifySignatureFinal(b.handle), expected)
        rv(b.m.C_VerifySignatureFinal(b.handle), NONE)


def test_single_part_calls_do_not_end_several_parts():
    b = Bench()
    rv(b.start_sign(), "CKR_OK")
    rv(b.m.C_SignUpdate(b.handle, b"message", 7), "CKR_OK")
    rv(b.sign()[0], ("CKR_OPERATION_ACTIVE", "CKR_FUNCTION_FAILED", NONE))
    rv(b.start_verify(), "CKR_OK")
    rv(b.m.C_VerifyUpdate(b.handle, b"message", 7), "CKR_OK")
    rv(b.verify(), ("CKR_OPERATION_ACTIVE", "CKR_FUNCTION_FAILED", NONE))


def test_single_part_mechanisms_take_no_parts():
    b = Bench()
    param = p11.sign_context(b"", 0, p11.CKM_SHA256)
    how = ctypes.byref(p11.mechanism(p11.CKM_HASH_ML_DSA, param))
    rv(b.m.C_SignInit(b.handle, how, b.private), "CKR_OK")
    got = b.m.C_SignUpdate(b.handle, bytes(32), 32)
    check(got != p11.CKR_OK, "C_SignUpdate with CKM_HASH_ML_DSA")
    rv(b.sign()[0], NONE)


def test_cancelling():
    b = Bench()
    everything = p11.CKF_SIGN | p11.CKF_VERIFY | p11.CKF_DIGEST | p11.CKF_FIND_OBJECTS
    rv(b.m.C_SessionCancel(b.handle, 0), "CKR_OK")
    rv(b.m.C_SessionCancel(b.handle, everything), "CKR_OK", "nothing to cancel")
    rv(b.start_sign(), "CKR_OK")
    rv(b.start_digest(), "CKR_OK")
    rv(b.m.C_SessionCancel(b.handle, p11.CKF_SIGN), "CKR_OK")
    rv(b.sign()[0], NONE)
    rv(b.m.C_DigestUpdate(b.handle, b"m", 1), "CKR_OK", "the other operation goes on")
    rv(b.m.C_DigestInit(b.handle, None), "CKR_OK", "NULL as mechanism cancels")
    rv(b.m.C_DigestUpdate(b.handle, b"m", 1), NONE)
    rv(b.start_sign(), "CKR_OK")
    rv(b.m.C_SignInit(b.handle, None, 0), "CKR_OK")
    rv(b.sign()[0], NONE)
    rv(b.start_verify_signature(), "CKR_OK")
    rv(b.m.C_VerifySignatureInit(b.handle, None, 0, None, 0), "CKR_OK")
    rv(b.m.C_VerifySignature(b.handle, b"m", 1), NONE)
    rv(b.m.C_FindObjectsInit(b.handle, None, 0), "CKR_OK")
    rv(b.m.C_SessionCancel(b.handle, everything), "CKR_OK")
    rv(b.m.C_FindObjectsInit(b.handle, None, 0), "CKR_OK")


def test_sessions_do_not_share_operations():
    b = Bench()
    other = b.m.session(b.session.slot)
    rv(b.start_sign(), "CKR_OK")
    length = ctypes.byref(ctypes.c_ulong(SIZE))
    rv(b.m.C_Sign(other.handle, b"m", 1, b.buffer, length), NONE)
    b.session.verify(b.public, b"message", other.sign(b.private, b"message"))
    rv(b.sign()[0], "CKR_OK")


def test_a_key_destroyed_in_use():
    b = Bench()
    other = b.m.session(b.session.slot)
    rv(b.start_sign(), "CKR_OK")
    other.destroy(b.private)
    rv(b.sign()[0], "CKR_KEY_HANDLE_INVALID")
    rv(b.start_sign(), "CKR_KEY_HANDLE_INVALID")


def test_logout_ends_what_a_login_allowed():
    b = Bench()
    rv(b.start_sign(), "CKR_OK")
    b.session.logout()
    check(b.sign()[0] != p11.CKR_OK, "a signature after logout")


def test_searches_page():
    b = Bench()
    for _ in range(5):
        b.session.create({p11.CKA_CLASS: p11.CKO_DATA, p11.CKA_LABEL: "page"})
    wanted = p11.template({p11.CKA_LABEL: "page"})
    page, count = (ctypes.c_ulong * 2)(), ctypes.c_ulong()
    rv(b.m.C_FindObjectsInit(b.handle, wanted, 1), "CKR_OK")
    found, counts = set(), []
    for _ in range(4):
        rv(b.m.C_FindObjects(b.handle, page, 2, ctypes.byref(count)), "CKR_OK")
        counts.append(count.value)
        found |= set(page[: count.value])
    equal(counts, [2, 2, 1, 0])
    equal(len(found), 5)
    rv(b.m.C_FindObjects(b.handle, None, 0, ctypes.byref(count)), "CKR_OK")
    rv(b.m.C_FindObjects(b.handle, None, 1, ctypes.byref(count)), "CKR_ARGUMENTS_BAD")
    rv(b.m.C_FindObjects(b.handle, page, 1, None), "CKR_ARGUMENTS_BAD")
    rv(b.m.C_FindObjectsFinal(b.handle), "CKR_OK")


if __name__ == "__main__":
    main(globals())
