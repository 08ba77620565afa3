#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Keys that want the user's PIN for every operation: CKA_ALWAYS_AUTHENTICATE and
C_Login(CKU_CONTEXT_SPECIFIC) (PKCS#11 v3.2, the description of the attribute and of C_Login)."""

import ctypes
import os
import subprocess

import p11
from ciphers import aes
from harness import *  # noqa: F403

ALWAYS = {p11.CKA_ALWAYS_AUTHENTICATE: True}
NONE, NOT_LOGGED_IN = "CKR_OPERATION_NOT_INITIALIZED", "CKR_USER_NOT_LOGGED_IN"
CONTEXT = p11.CKU_CONTEXT_SPECIFIC


def begin_sign(session, key, kind=p11.CKM_ML_DSA):
    session.m.SignInit(session.handle, ctypes.byref(p11.mechanism(kind)), key)


def finish_sign(session, data=b"data"):
    buffer, length = (ctypes.c_ubyte * 8192)(), ctypes.c_ulong(8192)
    session.m.Sign(session.handle, data, len(data), buffer, ctypes.byref(length))
    return bytes(buffer[: length.value])


def confirm(session, pin=USER_PIN):
    session.login(pin, CONTEXT)


def test_each_signature_wants_a_login():
    _, session = user_session()
    public, private = dsa_pair(session, private=ALWAYS)
    check(session.get_bool(private, p11.CKA_ALWAYS_AUTHENTICATE), "the attribute is kept")
    for _ in range(2):
        begin_sign(session, private)
        confirm(session)
        session.verify(public, b"data", finish_sign(session))
    begin_sign(session, private)
    raises(NOT_LOGGED_IN, finish_sign, session)
    raises(NONE, finish_sign, session)


def test_asking_for_the_length_needs_no_login():
    _, session = user_session()
    _, private = dsa_pair(session, private=ALWAYS)
    begin_sign(session, private)
    length = ctypes.c_ulong()
    session.m.Sign(session.handle, b"data", 4, None, ctypes.byref(length))
    equal(length.value, DSA_SIG_LEN["ML-DSA-44"])
    confirm(session)
    finish_sign(session)


def pqhw(*args, data=b"data", pin=USER_PIN):
    command = [COMMAND, *args, "--pin-env", "USER"]
    environment = os.environ | {"USER": pin.decode()}
    return subprocess.run(command, env=environment, input=data, capture_output=True, check=False)


def test_the_command_asks_again():
    _, session = user_session()
    label = {p11.CKA_LABEL: "k", p11.CKA_TOKEN: True}
    public, _ = session.generate(p11.CKM_ML_DSA_KEY_PAIR_GEN, label | {p11.CKA_PARAMETER_SET: 1}, label | ALWAYS)
    done = pqhw("sign", "--key", "k")
    equal((done.returncode, done.stderr), (0, b""))
    session.verify(public, b"data", done.stdout)
    log = subprocess.run([COMMAND, "audit", "show"], capture_output=True, check=True).stdout
    check(b"user.login.operation" in log, "the login for the operation is in the log")
    label |= {p11.CKA_LABEL: "box"}
    session.generate(p11.CKM_ML_KEM_KEY_PAIR_GEN, label | {p11.CKA_PARAMETER_SET: 1}, label | ALWAYS)
    done = pqhw("decapsulate", "--key", "box", "--secret-out", "ss")
    check(done.returncode != 0 and b"wants the PIN for every use" in done.stderr, done.stderr)


def test_signing_in_parts():
    _, session = user_session()
    public, private = dsa_pair(session, private=ALWAYS)
    begin_sign(session, private)
    raises(NOT_LOGGED_IN, session.m.SignUpdate, session.handle, b"da", 2)
    begin_sign(session, private)
    confirm(session)
    for part in (b"da", b"ta"):
        session.m.SignUpdate(session.handle, part, 2)
    session.verify(public, b"data", session._output(session.m.SignFinal))


def test_decryption_wants_a_login():
    _, session = user_session()
    public, private = session.generate(p11.CKM_RSA_PKCS_KEY_PAIR_GEN, {p11.CKA_MODULUS_BITS: 2048}, ALWAYS)
    ciphertext = session.encrypt(public, b"secret", p11.CKM_RSA_PKCS)
    raises(NOT_LOGGED_IN, session.decrypt, private, ciphertext, p11.CKM_RSA_PKCS)
    session.m.SessionCancel(session.handle, p11.CKF_DECRYPT)
    session.m.DecryptInit(session.handle, ctypes.byref(p11.mechanism(p11.CKM_RSA_PKCS)), private)
    confirm(session)
    equal(session._output(session.m.Decrypt, ciphertext, len(ciphertext)), b"secret")


def test_only_an_operation_that_wants_it_takes_it():
    _, session = user_session()
    public, private = dsa_pair(session)
    raises(NONE, confirm, session)
    begin_sign(session, private)
    raises(NONE, confirm, session)
    session.verify(public, b"data", finish_sign(session))
    _, careful = dsa_pair(session, private=ALWAYS)
    begin_sign(session, careful)
    confirm(session)
    raises(NONE, confirm, session)
    session.m.SessionCancel(session.handle, p11.CKF_SIGN)
    begin_sign(session, private)
    raises(NONE, confirm, session)


def test_the_login_is_for_one_session():
    module, session = user_session()
    _, private = dsa_pair(session, token=True, private=ALWAYS)
    other = module.session(session.slot)
    begin_sign(session, private)
    begin_sign(other, private)
    confirm(other)
    raises(NOT_LOGGED_IN, finish_sign, session)
    finish_sign(other)


def test_of_two_operations_the_later_one_is_meant():
    _, session = user_session()
    public, private = session.generate(p11.CKM_RSA_PKCS_KEY_PAIR_GEN, {p11.CKA_MODULUS_BITS: 2048}, ALWAYS)
    ciphertext = session.encrypt(public, b"secret", p11.CKM_RSA_PKCS)
    begin_sign(session, private, p11.CKM_SHA256_RSA_PKCS)
    session.m.DecryptInit(session.handle, ctypes.byref(p11.mechanism(p11.CKM_RSA_PKCS)), private)
    confirm(session)
    raises(NOT_LOGGED_IN, finish_sign, session)
    equal(session._output(session.m.Decrypt, ciphertext, len(ciphertext)), b"secret")


def test_a_wrong_pin_counts_and_leaves_the_operation():
    module, session = user_session()
    public, private = dsa_pair(session, private=ALWAYS)
    begin_sign(session, private)
    raises("CKR_PIN_INCORRECT", confirm, session, b"not the PIN")
    check(module.token_flags(session.slot) & p11.CKF_USER_PIN_COUNT_LOW, "the try counts")
    raises("CKR_PIN_INCORRECT", confirm, session, SO_PIN)
    confirm(session)
    session.verify(public, b"data", finish_sign(session))
    check(not module.token_flags(session.slot) & p11.CKF_USER_PIN_COUNT_LOW, "the right one sets the count back")


def test_too_many_wrong_pins_log_out():
    _, session = user_session()
    _, private = dsa_pair(session, token=True, private=ALWAYS)
    begin_sign(session, private)
    for _ in range(10):
        raises("CKR_PIN_INCORRECT", confirm, session, b"not the PIN")
    raises("CKR_PIN_LOCKED", confirm, session)
    equal(session.state(), p11.CKS_RW_PUBLIC_SESSION)
    raises(NONE, finish_sign, session)
    raises("CKR_PIN_LOCKED", session.login, USER_PIN)


def test_what_has_no_second_step_is_refused():
    _, session = user_session()
    uses = ALWAYS | {p11.CKA_UNWRAP: True, p11.CKA_DECRYPT: False}
    public, private = session.generate(p11.CKM_RSA_PKCS_KEY_PAIR_GEN, {p11.CKA_MODULUS_BITS: 2048}, uses)
    oaep = p11.struct_param("CK_RSA_PKCS_OAEP_PARAMS", p11.CKM_SHA256, 2, 1, b"", 0)
    blob = session.encrypt(public, bytes(32), p11.CKM_RSA_PKCS_OAEP, oaep)
    what = {p11.CKA_CLASS: p11.CKO_SECRET_KEY, p11.CKA_KEY_TYPE: p11.CKK_AES}
    raises(NOT_LOGGED_IN, session.unwrap, private, blob, what, p11.CKM_RSA_PKCS_OAEP, oaep)
    public, private = kem_pair(session, private=ALWAYS)
    ciphertext, _ = session.encapsulate(public, OPEN_SECRET)
    raises(NOT_LOGGED_IN, session.decapsulate, private, ciphertext, OPEN_SECRET)


def test_it_is_not_taken_off():
    _, session = user_session()
    _, private = dsa_pair(session, private=ALWAYS)
    off = {p11.CKA_ALWAYS_AUTHENTICATE: False}
    raises("CKR_ATTRIBUTE_READ_ONLY", session.set, private, off)
    raises("CKR_ATTRIBUTE_READ_ONLY", session.copy, private, off)
    copied = session.copy(private, {})
    begin_sign(session, copied)
    raises(NOT_LOGGED_IN, finish_sign, session)
    raises("CKR_TEMPLATE_INCONSISTENT", dsa_pair, session, private=ALWAYS | {p11.CKA_PRIVATE: False})


def test_an_unwrapping_key_gives_it_back():
    """Nothing in what is wrapped says that a key had it."""
    _, session = user_session()
    kind = p11.CKM_AES_KEY_WRAP_KWP
    what = {p11.CKA_CLASS: p11.CKO_PRIVATE_KEY, p11.CKA_KEY_TYPE: p11.CKK_ML_DSA}
    for template, kept in (({}, False), ({"CKA_UNWRAP_TEMPLATE": ALWAYS}, True)):
        _, private = dsa_pair(session, private=ALWAYS | {p11.CKA_EXTRACTABLE: True})
        _, wrapping = aes(session, CKA_WRAP=True, CKA_UNWRAP=True, **template)
        wrapped = session.wrap(wrapping, private, kind)
        back = session.unwrap(wrapping, wrapped, what, kind)
        equal(session.get_bool(back, p11.CKA_ALWAYS_AUTHENTICATE), kept)
        if kept:
            off = what | {p11.CKA_ALWAYS_AUTHENTICATE: False}
            raises("CKR_TEMPLATE_INCONSISTENT", session.unwrap, wrapping, wrapped, off, kind)


def test_other_keys_do_not_have_it():
    _, session = user_session()
    raises("CKR_TEMPLATE_INCONSISTENT", aes, session, CKA_ALWAYS_AUTHENTICATE=True)
    raises("CKR_TEMPLATE_INCONSISTENT", dsa_pair, session, public=ALWAYS)


def test_it_is_audited():
    _, session = user_session()
    _, private = dsa_pair(session, private=ALWAYS)
    begin_sign(session, private)
    raises("CKR_PIN_INCORRECT", confirm, session, b"not the PIN")
    confirm(session)
    finish_sign(session)
    session.close()
    log = subprocess.run([COMMAND, "audit", "show", "--json"], capture_output=True, check=True).stdout
    records = [line for line in log.splitlines() if b'"user.login.operation"' in line]
    equal(len(records), 2)
    check(b"PIN_INCORRECT" in records[0] and b'"OK"' in records[1] and b"CKM_ML_DSA" in records[1], records)


if __name__ == "__main__":
    main(globals())
