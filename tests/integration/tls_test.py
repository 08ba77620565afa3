#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The mechanisms of TLS 1.2, through the module."""

import ctypes
import hmac
import os

import p11
from ciphers import secret
from harness import *  # noqa: F403

MASTER, MASTER_DH = p11.CKM_TLS12_MASTER_KEY_DERIVE, p11.CKM_TLS12_MASTER_KEY_DERIVE_DH
EXTENDED, EXTENDED_DH = p11.CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE, p11.CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE_DH
KEYS, SAFE = p11.CKM_TLS12_KEY_AND_MAC_DERIVE, p11.CKM_TLS12_KEY_SAFE_DERIVE
KDF, MAC = p11.CKM_TLS_KDF, p11.CKM_TLS_MAC
BAD, INCONSISTENT = "CKR_MECHANISM_PARAM_INVALID", "CKR_TEMPLATE_INCONSISTENT"
NOT_PERMITTED, SIZE = "CKR_KEY_FUNCTION_NOT_PERMITTED", "CKR_KEY_SIZE_RANGE"
FOR_MASTERS = [KEYS, SAFE, KDF, MAC, p11.CKM_TLS12_KDF, p11.CKM_TLS12_MAC]

HASHES = {
    p11.CKM_SHA256: "sha256",
    p11.CKM_SHA384: "sha384",
    p11.CKM_SHA512: "sha512",
    p11.CKM_SHA3_256: "sha3_256",
}
CLIENT, SERVER = bytes(range(32)), bytes(range(100, 132))

# https://mailarchive.ietf.org/arch/msg/tls/fzVCzk-z3FShgGJ6DOXqM1ydxms/: secret, label, seed, output (SHA-256).
PRF_VECTOR = (
    "9bbe436ba940f017b17652849a71db35",
    b"test label",
    "a0ba9f936cda311827a6f796ffd5198c",
    "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e14baf9af"
    "0fa022f7077def17abfd3797c0564bab4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff701"
    "87347b66",
)

# NIST CAVP, SP 800-135 (tls.zip), TLS 1.2 with SHA-256, the first case.
NIST = {
    "premaster": "f8938ecc9edebc5030c0c6a441e213cd24e6f770a50dda07876f8d55da062bcadb386b411fd4fe4313a604fce6c17fbc",
    "server_hello": "f6c9575ed7ddd73e1f7d16eca115415812a43c2b747daaaae043abfb50053fce",
    "client_hello": "36c129d01a3200894b9179faac589d9835d58775f9b5ea3587cb8fd0364cae8c",
    "server": "ae6c806f8ad4d80784549dff28a4b58fd837681a51d928c3e30ee5ff14f39868",
    "client": "62e1fd91f23f558a605f28478c58cf72637b89784d959df7e946d3f07bd1b616",
    "master": "202c88c00f84a17a20027079604787461176455539e705be730890602c289a5001e34eeb3a043e5d52a65e66125188bf",
    "block": "d06139889fffac1e3a71865f504aa5d0d2a2e89506c6f2279b670c3e1b74f531016a2530c51a3a0f7e1d6590d0f0566b"
    "2f387f8d11fd4f731cdd572d2eae927f6f2f81410b25e6960be68985add6c38445ad9f8c64bf8068bf9a6679485d966f"
    "1ad6f68b43495b10a683755ea2b858d70ccac7ec8b053c6bd41ca299d4e51928",
}
NIST = {name: bytes.fromhex(text) for name, text in NIST.items()}


def prf(hash_mechanism, key, seed, size):
    """RFC 5246, 5."""
    name, out = HASHES[hash_mechanism], b""
    chained = hmac.new(key, seed, name).digest()
    while len(out) < size:
        out += hmac.new(key, chained + seed, name).digest()
        chained = hmac.new(key, chained, name).digest()
    return out[:size]


def base(session, value, **more):
    """An open key to derive from, so that what comes of it can be read."""
    how = {"CKA_DERIVE": True, "CKA_SIGN": True, "CKA_SENSITIVE": False, "CKA_EXTRACTABLE": True}
    return secret(session, p11.CKK_GENERIC_SECRET, value, **(how | more))


def hidden(session, value, **more):
    return secret(session, p11.CKK_GENERIC_SECRET, value, **({"CKA_DERIVE": True} | more))


def value_of(session, key):
    return session.get(key, p11.CKA_VALUE)


def connection(session, master, how, kind=KEYS, **more):
    """The four keys."""
    attributes = {getattr(p11, name): what for name, what in more.items()}
    array = p11.template(attributes)
    mechanism = p11.mechanism(kind, how)
    session.m.DeriveKey(session.handle, ctypes.byref(mechanism), master, array, len(array), None)
    out = p11.STRUCTURES["CK_SSL3_KEY_MAT_OUT"].from_address(how.pReturnedKeyMaterial)
    return [out.hClientMacSecret, out.hServerMacSecret, out.hClientKey, out.hServerKey]


def version(major=0, minor=0):
    return p11.STRUCTURES["CK_VERSION"](major, minor)


def test_the_function_is_that_of_the_standard():
    key, label, seed, out = PRF_VECTOR
    out = bytes.fromhex(out)
    equal(prf(p11.CKM_SHA256, bytes.fromhex(key), label + bytes.fromhex(seed), len(out)), out, "the test's own")


def test_master_secret_and_keys_are_what_nist_says():
    _, session = user_session()
    premaster = base(session, NIST["premaster"])
    how = p11.tls_master(p11.CKM_SHA256, NIST["client_hello"], NIST["server_hello"])
    for kind in (MASTER, MASTER_DH):
        master = session.derive(premaster, OPEN_SECRET, kind, how)
        equal(value_of(session, master), NIST["master"])
    how = p11.tls_keys(p11.CKM_SHA256, NIST["client"], NIST["server"], 32, 16, 16)
    keys = connection(session, master, how, CKA_KEY_TYPE=p11.CKK_AES)
    block = NIST["block"]
    for key, at, size in zip(keys, (0, 32, 64, 80), (32, 32, 16, 16)):
        equal(value_of(session, key), block[at : at + size], f"at {at}")
    equal(bytes(how.client_iv), block[96:112] + b"\xee" * 48)
    equal(bytes(how.server_iv), block[112:128] + b"\xee" * 48)


def test_every_hash_in_every_derivation():
    _, session = user_session()
    for hash_mechanism in HASHES:
        size = {p11.CKM_SHA384: 48, p11.CKM_SHA512: 64}.get(hash_mechanism, 32)
        agreed, session_hash = os.urandom(66), os.urandom(size)
        premaster = base(session, agreed)
        made = session.derive(premaster, OPEN_SECRET, MASTER_DH, p11.tls_master(hash_mechanism, CLIENT, SERVER))
        expected = prf(hash_mechanism, agreed, b"master secret" + CLIENT + SERVER, 48)
        equal(value_of(session, made), expected)
        made = session.derive(premaster, OPEN_SECRET, EXTENDED_DH, p11.tls_extended(hash_mechanism, session_hash))
        master = prf(hash_mechanism, agreed, b"extended master secret" + session_hash, 48)
        equal(value_of(session, made), master)
        how = p11.tls_keys(hash_mechanism, CLIENT, SERVER, 0, 32, 4)
        keys = connection(session, made, how, CKA_KEY_TYPE=p11.CKK_AES, CKA_VALUE_LEN=32)
        block = prf(hash_mechanism, master, b"key expansion" + SERVER + CLIENT, 72)
        equal(keys[:2], [0, 0], "no MAC keys")
        equal([value_of(session, key) for key in keys[2:]], [block[:32], block[32:64]])
        equal(bytes(how.client_iv)[:4] + bytes(how.server_iv)[:4], block[64:])
        for kind in (KDF, p11.CKM_TLS12_KDF):
            for context in (None, b"", b"the context"):
                seed = b"EXPORTER-x" + CLIENT + SERVER
                seed += b"" if context is None else len(context).to_bytes(2, "big") + context
                how = p11.tls_kdf(hash_mechanism, b"EXPORTER-x", CLIENT, SERVER, context)
                got = session.derive(made, OPEN_SECRET | {p11.CKA_VALUE_LEN: 77}, kind, how)
                equal(value_of(session, got), prf(hash_mechanism, master, seed, 77), str(context))
        for kind in (MAC, p11.CKM_TLS12_MAC):
            for server in (False, True):
                for length in (12, 32, 100):
                    how = p11.tls_mac(hash_mechanism, length, server)
                    label = (b"server" if server else b"client") + b" finished"
                    expected = prf(hash_mechanism, master, label + session_hash, length)
                    equal(session.sign(made, session_hash, kind, how), expected)
                    session.verify(made, session_hash, expected, kind, how)
                    raises("CKR_SIGNATURE_INVALID", session.verify, made, session_hash, bytes(length), kind, how)
                    raises("CKR_SIGNATURE_LEN_RANGE", session.verify, made, session_hash, expected[1:], kind, how)


def test_the_version_of_an_open_premaster_secret():
    _, session = user_session()
    value = b"\3\3" + os.urandom(46)
    told = version()
    for kind, how in (
        (MASTER, p11.tls_master(p11.CKM_SHA256, CLIENT, SERVER, told)),
        (EXTENDED, p11.tls_extended(p11.CKM_SHA256, bytes(32), told)),
    ):
        told.major = told.minor = 0
        raises(NOT_PERMITTED, session.derive, hidden(session, value), {}, kind, how)
        raises(SIZE, session.derive, base(session, value[1:]), {}, kind, how)
        equal((told.major, told.minor), (0, 0), "nothing is told")
        session.derive(base(session, value), {}, kind, how)
        equal((told.major, told.minor), (3, 3))
    for kind, how in (
        (MASTER_DH, p11.tls_master(p11.CKM_SHA256, CLIENT, SERVER, told)),
        (EXTENDED_DH, p11.tls_extended(p11.CKM_SHA256, bytes(32), told)),
    ):
        raises(BAD, session.derive, base(session, value), {}, kind, how)


def test_what_a_master_secret_is():
    _, session = user_session()
    premaster = hidden(session, os.urandom(48))
    how = p11.tls_master(p11.CKM_SHA256, CLIENT, SERVER)
    master = session.derive(premaster, {}, MASTER, how)
    equal(session.get_number(master, p11.CKA_VALUE_LEN), 48)
    equal(session.get_number(master, p11.CKA_KEY_TYPE), p11.CKK_GENERIC_SECRET)
    for name, expected in (("SENSITIVE", True), ("EXTRACTABLE", False), ("DERIVE", True), ("SIGN", True), ("LOCAL", False)):
        equal(session.get_bool(master, getattr(p11, "CKA_" + name)), expected, name)
    session.sign(master, bytes(32), MAC, p11.tls_mac(p11.CKM_SHA256, 12, True))
    raises("CKR_MECHANISM_INVALID", session.sign, master, bytes(32), p11.CKM_SHA256_HMAC)
    raises("CKR_MECHANISM_INVALID", session.derive, master, {}, MASTER, how)
    raises("CKR_MECHANISM_INVALID", session.derive, master, {}, p11.CKM_SHA256_KEY_DERIVATION)
    raises("CKR_MECHANISM_INVALID", session.derive, master, {}, p11.CKM_XOR_BASE_AND_DATA, p11.string_data(bytes(48)))
    for change in (
        {p11.CKA_VALUE_LEN: 47},
        {p11.CKA_KEY_TYPE: p11.CKK_AES},
        {p11.CKA_SENSITIVE: False},
        {p11.CKA_ALLOWED_MECHANISMS: [KDF, p11.CKM_SHA256_HMAC]},
    ):
        raises(INCONSISTENT, session.derive, premaster, change, MASTER, how)
    only = session.derive(premaster, {p11.CKA_ALLOWED_MECHANISMS: [MAC], p11.CKA_VALUE_LEN: 48}, MASTER, how)
    session.sign(only, bytes(32), MAC, p11.tls_mac(p11.CKM_SHA256, 12, True))
    raises("CKR_MECHANISM_INVALID", session.derive, only, {p11.CKA_VALUE_LEN: 16}, KDF,
           p11.tls_kdf(p11.CKM_SHA256, b"label", CLIENT, SERVER))


def test_what_the_keys_of_a_connection_are():
    _, session = user_session()
    master = base(session, os.urandom(48))
    how = p11.tls_keys(p11.CKM_SHA256, CLIENT, SERVER, 32, 32)
    keys = connection(session, master, how, CKA_KEY_TYPE=p11.CKK_AES, CKA_LABEL="key", CKA_ID=b"1")
    for key in keys[:2]:
        equal(session.get_number(key, p11.CKA_KEY_TYPE), p11.CKK_GENERIC_SECRET)
        check(session.get_bool(key, p11.CKA_SIGN) and session.get_bool(key, p11.CKA_VERIFY), "signs")
        check(not session.get_bool(key, p11.CKA_DERIVE), "derives nothing")
        equal(session.get(key, p11.CKA_LABEL), b"")
    for key in keys[2:]:
        equal(session.get_number(key, p11.CKA_KEY_TYPE), p11.CKK_AES)
        for name in ("CKA_ENCRYPT", "CKA_DECRYPT", "CKA_DERIVE"):
            check(session.get_bool(key, getattr(p11, name)), name)
        equal(session.get(key, p11.CKA_LABEL), b"key")
    for key in keys:
        check(not session.get_bool(key, p11.CKA_SENSITIVE) and session.get_bool(key, p11.CKA_EXTRACTABLE), "as its base")
    for change in ({"CKA_SENSITIVE": True}, {"CKA_EXTRACTABLE": False}, {"CKA_VALUE_LEN": 16}, {"CKA_KEY_TYPE": p11.CKK_AES_XTS, "CKA_VALUE_LEN": 64}):
        raises(INCONSISTENT, connection, session, master, how, **({"CKA_KEY_TYPE": p11.CKK_AES} | change))
    kept = connection(session, master, how, CKA_KEY_TYPE=p11.CKK_AES, CKA_TOKEN=True)
    for key in kept:
        check(session.get_bool(key, p11.CKA_TOKEN), "kept")
        session.destroy(key)
    guarded = hidden(session, os.urandom(48))
    how = p11.tls_keys(p11.CKM_SHA256, CLIENT, SERVER, 0, 32, 12)
    for key in connection(session, guarded, how, CKA_KEY_TYPE=p11.CKK_CHACHA20)[2:]:
        check(session.get_bool(key, p11.CKA_SENSITIVE) and not session.get_bool(key, p11.CKA_EXTRACTABLE), "as its base")
        raises("CKR_ATTRIBUTE_SENSITIVE", session.get, key, p11.CKA_VALUE)
    for change in ({"CKA_SENSITIVE": False}, {"CKA_EXTRACTABLE": True}):
        raises(INCONSISTENT, connection, session, guarded, how, **({"CKA_KEY_TYPE": p11.CKK_CHACHA20} | change))


def test_a_failure_makes_no_key():
    _, session = user_session()
    master = base(session, os.urandom(48))
    before = len(session.find())
    how = p11.tls_keys(p11.CKM_SHA256, CLIENT, SERVER, 32, 17, 16)
    raises(INCONSISTENT, connection, session, master, how, CKA_KEY_TYPE=p11.CKK_AES)
    equal(len(session.find()), before)
    equal([getattr(how.out, name) for name in ("hClientMacSecret", "hServerMacSecret", "hClientKey", "hServerKey")], 4 * [77])
    equal(bytes(how.client_iv) + bytes(how.server_iv), b"\xee" * 128)


def test_no_initialization_vector_is_a_key_of_another_suite():
    """They come in the clear, and the lengths of what lies before them are the caller's."""
    _, session = user_session()
    master = hidden(session, os.urandom(48))
    safe = hidden(session, os.urandom(48), CKA_ALLOWED_MECHANISMS=[SAFE])
    for mac, key, iv in ((0, 0, 16), (0, 16, 16), (0, 16, 12), (32, 16, 0), (20, 16, 16), (32, 0, 0), (16, 0, 4), (0, 24, 4), (0, 32, 16)):
        for kind in (KEYS, SAFE):
            if kind == SAFE and mac == 0 and key in (0, 16, 32):
                continue  # which is right, or nothing at all
            how = p11.tls_keys(p11.CKM_SHA256, CLIENT, SERVER, mac, key, iv)
            raises(NOT_PERMITTED, connection, session, master, how, kind)
            equal(bytes(how.client_iv) + bytes(how.server_iv), b"\xee" * 128)
    for mac, key, iv in ((0, 16, 4), (0, 32, 4), (0, 32, 12), (0, 16, 0), (0, 32, 0)):
        connection(session, master, p11.tls_keys(p11.CKM_SHA256, CLIENT, SERVER, mac, key, iv))
        connection(session, master, p11.tls_keys(p11.CKM_SHA256, CLIENT, SERVER, mac, key, iv), SAFE)
    for mac, key, iv in ((32, 16, 16), (20, 32, 0), (32, 0, 0)):
        how = p11.tls_keys(p11.CKM_SHA256, CLIENT, SERVER, mac, key, iv)
        connection(session, safe, how, SAFE)
        equal(bytes(how.client_iv) + bytes(how.server_iv), b"\xee" * 128, "never")
    for mac, key in ((1, 16), (15, 16), (16, 15), (0, 8)):
        how = p11.tls_keys(p11.CKM_SHA256, CLIENT, SERVER, mac, key)
        raises(SIZE, connection, session, safe, how, SAFE)
    raises(SIZE, session.derive, master, {p11.CKA_VALUE_LEN: 15}, KDF, p11.tls_kdf(p11.CKM_SHA256, b"label", CLIENT, SERVER))


def test_exported_keys():
    _, session = user_session()
    how = p11.tls_kdf(p11.CKM_SHA256, b"label", CLIENT, SERVER)
    got = session.derive(base(session, bytes(48)), {p11.CKA_VALUE_LEN: 16}, KDF, how)
    check(not session.get_bool(got, p11.CKA_SENSITIVE) and session.get_bool(got, p11.CKA_EXTRACTABLE), "as its base")
    raises("CKR_TEMPLATE_INCOMPLETE", session.derive, base(session, bytes(48)), {}, KDF, how)
    for label in (b"", b"client finished", b"server finished", b"master secret", b"key expansion", b"extended master secret", b"key expansion!"):
        bad = p11.tls_kdf(p11.CKM_SHA256, label, CLIENT, SERVER)
        raises(BAD, session.derive, base(session, bytes(48)), {p11.CKA_VALUE_LEN: 16}, KDF, bad)


def test_what_is_refused():
    _, session = user_session()
    key, made = base(session, bytes(48)), ctypes.c_ulong(77)
    aes = secret(session, p11.CKK_AES, bytes(32), CKA_DERIVE=True, CKA_SENSITIVE=False)
    good = p11.tls_master(p11.CKM_SHA256, CLIENT, SERVER)
    raises("CKR_KEY_TYPE_INCONSISTENT", session.derive, aes, {}, MASTER, good)
    for hash_mechanism in (p11.CKM_SHA_1, p11.CKM_TLS_PRF, p11.CKM_MD5, p11.CKM_SHA256_HMAC, 0):
        raises(BAD, session.derive, key, {}, MASTER, p11.tls_master(hash_mechanism, CLIENT, SERVER))
        raises(BAD, session.derive, key, {}, EXTENDED, p11.tls_extended(hash_mechanism, bytes(32)))
        raises(BAD, session.derive, key, {p11.CKA_VALUE_LEN: 16}, KDF, p11.tls_kdf(hash_mechanism, b"label", CLIENT, SERVER))
        raises(BAD, connection, session, key, p11.tls_keys(hash_mechanism, CLIENT, SERVER, 0, 16))
        raises(BAD, session.sign, key, b"x", MAC, p11.tls_mac(hash_mechanism, 12, True))
    for client, server in ((CLIENT[1:], SERVER), (CLIENT, SERVER + b"x"), (b"", b"")):
        raises(BAD, session.derive, key, {}, MASTER, p11.tls_master(p11.CKM_SHA256, client, server))
        raises(BAD, session.derive, key, {p11.CKA_VALUE_LEN: 16}, KDF, p11.tls_kdf(p11.CKM_SHA256, b"label", client, server))
        raises(BAD, connection, session, key, p11.tls_keys(p11.CKM_SHA256, client, server, 0, 16))
    for size in (0, 31, 33, 36):
        raises(BAD, session.derive, key, {}, EXTENDED, p11.tls_extended(p11.CKM_SHA256, bytes(size)))
    for length in (0, 11, 257, p11.UNAVAILABLE):
        raises(BAD, session.sign, key, b"x", MAC, p11.tls_mac(p11.CKM_SHA256, length, True))
    bad = p11.tls_mac(p11.CKM_SHA256, 12, True)
    for side in (0, 3):
        bad.ulServerOrClient = side
        raises(BAD, session.sign, key, b"x", MAC, bad)
    for mac, size, iv in ((0, 0, 0), (65, 16, 0), (0, 65, 0), (0, 16, 17)):
        raises(BAD, connection, session, key, p11.tls_keys(p11.CKM_SHA256, CLIENT, SERVER, mac, size, iv))
    raises(SIZE, connection, session, base(session, bytes(47)), p11.tls_keys(p11.CKM_SHA256, CLIENT, SERVER, 0, 16))
    for field, value in (("ulMacSizeInBits", 9), ("ulKeySizeInBits", 129), ("ulIVSizeInBits", 4), ("bIsExport", 1),
                         ("pReturnedKeyMaterial", None), ("ulKeySizeInBits", p11.UNAVAILABLE)):
        how = p11.tls_keys(p11.CKM_SHA256, CLIENT, SERVER, 16, 16, 16)
        setattr(how, field, value)
        array = p11.template({})
        mechanism = ctypes.byref(p11.mechanism(KEYS, how))
        rv(session.m.C_DeriveKey(session.handle, mechanism, key, array, 0, None), BAD)
    for name in ("pIVClient", "pIVServer"):
        how = p11.tls_keys(p11.CKM_SHA256, CLIENT, SERVER, 16, 16, 16)
        setattr(how.out, name, None)
        raises(BAD, connection, session, key, how)
        connection(session, key, how, SAFE)
    for kind in (MASTER, MASTER_DH, EXTENDED, EXTENDED_DH, KEYS, SAFE, KDF, p11.CKM_TLS12_KDF):
        raises(BAD, session.derive, key, {}, kind, None)
        raises(BAD, session.derive, key, {}, kind, b"short")
    raises(BAD, session.sign, key, b"x", MAC, b"short")
    for name in ("pClientRandom", "pServerRandom"):
        how = p11.tls_master(p11.CKM_SHA256, CLIENT, SERVER)
        setattr(how.RandomInfo, name, None)
        raises(BAD, session.derive, key, {}, MASTER, how)
    how = ctypes.byref(p11.mechanism(MASTER, good))
    rv(session.m.C_DeriveKey(session.handle, how, key, None, 0, None), "CKR_ARGUMENTS_BAD")
    rv(session.m.C_SignInit(session.handle, how, key), "CKR_MECHANISM_INVALID")
    raises("CKR_MECHANISM_INVALID", session.derive, key, {}, p11.CKM_TLS_PRF)
    how = ctypes.byref(p11.mechanism(KEYS, p11.tls_keys(p11.CKM_SHA256, CLIENT, SERVER, 0, 16)))
    rv(session.m.C_DeriveKey(session.handle, how, key, None, 0, ctypes.byref(made)), "CKR_OK")
    equal(made.value, 77, "the handle that is not used")
    held = bytes(65537)
    raises("CKR_DATA_LEN_RANGE", session.sign, key, held, MAC, p11.tls_mac(p11.CKM_SHA256, 12, True))


if __name__ == "__main__":
    main(globals())
