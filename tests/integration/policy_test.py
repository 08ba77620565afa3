#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The policy of a token, which its security officer settles with the command: what it changes, at once and
for everyone, and that nobody else can."""

import ctypes
import json
import os
import subprocess

import p11
from ciphers import IV, aes
from harness import *  # noqa: F403

KW, CBC = p11.CKM_AES_KEY_WRAP, p11.CKM_AES_CBC_PAD
GENERIC = {p11.CKA_CLASS: p11.CKO_SECRET_KEY, p11.CKA_KEY_TYPE: p11.CKK_GENERIC_SECRET}
BOTH = {"CKA_WRAP": True, "CKA_UNWRAP": True, "CKA_ENCRYPT": True, "CKA_DECRYPT": True}
PAST, FUTURE, FAR_FUTURE = b"20200101", b"29990101", b"29991231"


def test_open_wrapping_lets_keys_do_all_they_say():
    _, session = user_session()
    raises("CKR_TEMPLATE_INCONSISTENT", aes, session, **BOTH)
    settle("--wrapping", "open")
    _, key = aes(session, **BOTH)
    target = session.generate_key(p11.CKM_GENERIC_SECRET_KEY_GEN, {p11.CKA_VALUE_LEN: 32, p11.CKA_EXTRACTABLE: True})
    wrapped = session.wrap(key, target, KW)
    session.unwrap(key, wrapped, GENERIC, KW)
    equal(session.decrypt(key, session.encrypt(key, b"x", CBC, IV), CBC, IV), b"x")
    _, later = aes(session)
    raises("CKR_ATTRIBUTE_READ_ONLY", session.set, later, {p11.CKA_WRAP: True})
    copied = session.copy(key, {})
    session.wrap(copied, target, KW)


def test_open_wrapping_still_guards_keys():
    _, session = user_session()
    settle("--wrapping", "open")
    _, key = aes(session, **BOTH)
    hidden = session.generate_key(p11.CKM_GENERIC_SECRET_KEY_GEN, {p11.CKA_VALUE_LEN: 32})
    raises("CKR_KEY_UNEXTRACTABLE", session.wrap, key, hidden, KW)
    bound = session.generate_key(
        p11.CKM_GENERIC_SECRET_KEY_GEN,
        {p11.CKA_VALUE_LEN: 32, p11.CKA_EXTRACTABLE: True, p11.CKA_WRAP_WITH_TRUSTED: True},
    )
    raises("CKR_KEY_NOT_WRAPPABLE", session.wrap, key, bound, KW)
    raises("CKR_ATTRIBUTE_SENSITIVE", session.get, hidden, p11.CKA_VALUE)


def test_open_wrapping_does_not_open_what_is_for_trusted_keys():
    _, session = user_session()
    settle("--wrapping", "open")
    both = aes(session, CKA_TOKEN=True, CKA_PRIVATE=False, **BOTH)[1]
    only = aes(session, CKA_TOKEN=True, CKA_PRIVATE=False, CKA_WRAP=True)[1]
    session.logout()
    session.login(SO_PIN, p11.CKU_SO)
    for key in (both, only):
        session.set(key, {p11.CKA_TRUSTED: True})
    session.logout()
    session.login(USER_PIN)
    bound = session.generate_key(
        p11.CKM_GENERIC_SECRET_KEY_GEN,
        {p11.CKA_VALUE_LEN: 32, p11.CKA_EXTRACTABLE: True, p11.CKA_WRAP_WITH_TRUSTED: True},
    )
    raises("CKR_KEY_NOT_WRAPPABLE", session.wrap, both, bound, KW)
    session.wrap(only, bound, KW)


def test_open_wrapping_takes_any_public_key():
    _, session = user_session()
    oaep = p11.struct_param("CK_RSA_PKCS_OAEP_PARAMS", p11.CKM_SHA256, 2, 1, b"", 0)
    uses = {p11.CKA_MODULUS_BITS: 2048, p11.CKA_WRAP: True}
    public, private = session.generate(p11.CKM_RSA_PKCS_KEY_PAIR_GEN, uses, {p11.CKA_UNWRAP: True})
    target = session.generate_key(p11.CKM_GENERIC_SECRET_KEY_GEN, {p11.CKA_VALUE_LEN: 32, p11.CKA_EXTRACTABLE: True})
    kind = p11.CKM_RSA_PKCS_OAEP
    raises("CKR_KEY_FUNCTION_NOT_PERMITTED", session.wrap, public, target, kind, oaep)
    settle("--wrapping", "open")
    session.unwrap(private, session.wrap(public, target, kind, oaep), GENERIC, kind, oaep)


def test_strict_again_holds_for_keys_that_are_there():
    _, session = user_session()
    settle("--wrapping", "open")
    _, key = aes(session, **BOTH)
    target = session.generate_key(p11.CKM_GENERIC_SECRET_KEY_GEN, {p11.CKA_VALUE_LEN: 32, p11.CKA_EXTRACTABLE: True})
    wrapped = session.wrap(key, target, KW)
    session.copy(key, {})  # which decrypts what the key wraps
    one_thing = {p11.CKA_ENCRYPT: False, p11.CKA_DECRYPT: False}
    raises("CKR_TEMPLATE_INCONSISTENT", session.set, key, one_thing)
    settle("--wrapping", "strict")
    raises("CKR_TEMPLATE_INCONSISTENT", session.set, key, one_thing)
    raises("CKR_TEMPLATE_INCONSISTENT", session.copy, key, one_thing)
    raises("CKR_KEY_FUNCTION_NOT_PERMITTED", session.wrap, key, target, KW)
    raises("CKR_KEY_FUNCTION_NOT_PERMITTED", session.unwrap, key, wrapped, GENERIC, KW)
    raises("CKR_TEMPLATE_INCONSISTENT", aes, session, **BOTH)


def test_raw_rsa_is_offered_where_it_is_allowed():
    module, session = user_session()
    raw = p11.CKM_RSA_X_509
    uses = {p11.CKA_MODULUS_BITS: 2048, p11.CKA_VERIFY_RECOVER: True}
    public, private = session.generate(p11.CKM_RSA_PKCS_KEY_PAIR_GEN, uses, {p11.CKA_SIGN_RECOVER: True})
    check(raw not in module.mechanisms(session.slot), "it is not listed")
    raises("CKR_MECHANISM_INVALID", module.info, "C_GetMechanismInfo", session.slot, raw)
    raises("CKR_MECHANISM_INVALID", session.sign, private, b"x", raw)
    raises("CKR_MECHANISM_INVALID", session.encrypt, public, b"x", raw)
    settle("--raw-rsa", "allow")
    check(raw in module.mechanisms(session.slot), "it is listed")
    modulus = int.from_bytes(session.get(public, p11.CKA_MODULUS), "big")
    exponent = int.from_bytes(session.get(public, p11.CKA_PUBLIC_EXPONENT), "big")
    number = os.urandom(250)
    ciphertext = session.encrypt(public, number, raw)
    equal(int.from_bytes(ciphertext, "big"), pow(int.from_bytes(number, "big"), exponent, modulus))
    equal(session.decrypt(private, ciphertext, raw), number.rjust(256, b"\0"))
    signature = session.sign(private, number, raw)
    equal(pow(int.from_bytes(signature, "big"), exponent, modulus), int.from_bytes(number, "big"))
    session.verify(public, number, signature, raw)
    raises("CKR_SIGNATURE_INVALID", session.verify, public, flipped(number), signature, raw)
    raises("CKR_DATA_INVALID", session.sign, private, b"\xff" * 256, raw)
    settle("--raw-rsa", "refuse")
    raises("CKR_MECHANISM_INVALID", session.sign, private, b"x", raw)


def test_raw_rsa_does_not_sign_with_what_unwraps():
    _, session = user_session()
    settle("--raw-rsa", "allow")
    uses = {p11.CKA_UNWRAP: True, p11.CKA_SIGN_RECOVER: True}
    _, private = session.generate(p11.CKM_RSA_PKCS_KEY_PAIR_GEN, {p11.CKA_MODULUS_BITS: 2048}, uses)
    refused = "CKR_KEY_FUNCTION_NOT_PERMITTED"
    raises(refused, session.sign, private, b"x", p11.CKM_RSA_X_509)
    raises(refused, session.sign_recover, private, b"x", p11.CKM_RSA_X_509)
    raises(refused, session.m.MessageSignInit, session.handle, ctypes.byref(p11.mechanism(p11.CKM_RSA_X_509)), private)
    session.sign(private, b"x", p11.CKM_RSA_PKCS)


def records_of(operation):
    log = subprocess.run([COMMAND, "audit", "show", "--json"], capture_output=True, check=True).stdout
    records = [json.loads(line)["record"] for line in log.splitlines()]
    return [record for record in records if record["op"] == operation]


def test_each_use_has_its_record_where_that_is_asked_for():
    module, session = user_session()
    other = module.session(session.slot)
    _, private = dsa_pair(session)
    for _ in range(10):
        session.sign(private, b"x")
        other.sign(private, b"x")
    counted = records_of("key.sign")
    equal(sum(record["count"] for record in counted), 20, "uses in records that count")
    check(len(counted) < 20, "uses share records")
    settle("--audit", "each")
    for _ in range(20):
        session.sign(private, b"x")
    alone = [record for record in records_of("key.sign") if "count" not in record]
    equal(len(alone), 20, "records without a count")
    equal(len({record["time"] for record in alone}), 20, "times")
    subprocess.run([COMMAND, "audit", "verify"], capture_output=True, check=True)


def test_only_the_officer_settles_it():
    _, session = user_session()
    equal(policy("--wrapping", "open", pin=USER_PIN).returncode, 3, "exit code with the user's PIN")
    raises("CKR_TEMPLATE_INCONSISTENT", aes, session, **BOTH)
    shown = subprocess.run([COMMAND, "token", "policy", "--json"], capture_output=True, check=True).stdout
    equal(shown, b'{"slot":0,"wrapping":"strict","dates":"ignore","raw_rsa":"refuse","audit":"count"}\n')


def test_one_setting_leaves_the_other():
    user_session()
    settle("--dates", "enforce")
    settle("--wrapping", "open")
    shown = subprocess.run([COMMAND, "token", "policy", "--json"], capture_output=True, check=True).stdout
    equal(shown, b'{"slot":0,"wrapping":"open","dates":"enforce","raw_rsa":"refuse","audit":"count"}\n')
    log = subprocess.run([COMMAND, "audit", "show", "--json"], capture_output=True, check=True).stdout
    equal(log.count(b'"token.policy"'), 2, "records of it")


def test_a_token_made_anew_has_none():
    module, session = user_session()
    settle("--wrapping", "open", "--dates", "enforce")
    slot = session.slot
    session.close()
    module.init_token(slot, SO_PIN, LABEL)
    shown = subprocess.run([COMMAND, "token", "policy", "--json"], capture_output=True, check=True).stdout
    equal(shown, b'{"slot":0,"wrapping":"strict","dates":"ignore","raw_rsa":"refuse","audit":"count"}\n')


def test_dates_bind_where_they_are_enforced():
    _, session = user_session()
    over = {p11.CKA_END_DATE: PAST}
    early = {p11.CKA_START_DATE: FUTURE}
    now = {p11.CKA_START_DATE: PAST, p11.CKA_END_DATE: FUTURE}
    pairs = {}
    for name, dates in {"over": over, "early": early, "now": now}.items():
        pairs[name] = dsa_pair(session, public=dates, private=dates)
    signatures = {name: session.sign(pair[1], b"data") for name, pair in pairs.items()}
    settle("--dates", "enforce")
    refused = "CKR_KEY_FUNCTION_NOT_PERMITTED"
    session.verify(pairs["now"][0], b"data", session.sign(pairs["now"][1], b"data"))
    raises(refused, session.sign, pairs["over"][1], b"data")
    raises(refused, session.sign, pairs["early"][1], b"data")
    session.verify(pairs["over"][0], b"data", signatures["over"])
    raises(refused, session.verify, pairs["early"][0], b"data", signatures["early"])


def test_what_was_protected_in_time_is_still_read():
    _, session = user_session()
    over = {"CKA_END_DATE": PAST}
    _, cipher = aes(session, **over)
    _, wrapping = aes(session, CKA_WRAP=True, CKA_UNWRAP=True, **over)
    target = session.generate_key(p11.CKM_GENERIC_SECRET_KEY_GEN, {p11.CKA_VALUE_LEN: 32, p11.CKA_EXTRACTABLE: True})
    kem = kem_pair(session, public={p11.CKA_END_DATE: PAST}, private={p11.CKA_END_DATE: PAST})
    encrypted = session.encrypt(cipher, b"old", CBC, IV)
    wrapped = session.wrap(wrapping, target, KW)
    ciphertext, _ = session.encapsulate(kem[0], OPEN_SECRET)
    settle("--dates", "enforce")
    refused = "CKR_KEY_FUNCTION_NOT_PERMITTED"
    equal(session.decrypt(cipher, encrypted, CBC, IV), b"old")
    session.unwrap(wrapping, wrapped, GENERIC, KW)
    session.decapsulate(kem[1], ciphertext, OPEN_SECRET)
    raises(refused, session.encrypt, cipher, b"new", CBC, IV)
    raises(refused, session.wrap, wrapping, target, KW)
    raises(refused, session.encapsulate, kem[0], OPEN_SECRET)


def test_the_user_cannot_give_a_key_more_time():
    _, session = user_session()
    settle("--dates", "enforce")
    key = aes(session, CKA_START_DATE=PAST, CKA_END_DATE=FUTURE)[1]
    for change in (
        {p11.CKA_END_DATE: FAR_FUTURE},
        {p11.CKA_END_DATE: b""},
        {p11.CKA_START_DATE: b"20190101"},
        {p11.CKA_START_DATE: b""},
    ):
        raises("CKR_ATTRIBUTE_READ_ONLY", session.set, key, change)
        raises("CKR_ATTRIBUTE_READ_ONLY", session.copy, key, change)
    session.set(key, {p11.CKA_END_DATE: b"29980101"})
    session.set(key, {p11.CKA_START_DATE: b"20210101"})
    free = aes(session)[1]
    session.set(free, {p11.CKA_END_DATE: PAST})
    raises("CKR_KEY_FUNCTION_NOT_PERMITTED", session.encrypt, free, b"x", CBC, IV)
    settle("--dates", "ignore")
    session.set(key, {p11.CKA_END_DATE: b""})


if __name__ == "__main__":
    main(globals())
