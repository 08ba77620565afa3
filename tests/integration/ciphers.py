# SPDX-License-Identifier: Apache-2.0
"""Encryption mechanisms, and what another implementation (Python's cryptography) makes of them."""

import ctypes
import os

from cryptography.hazmat.primitives import keywrap
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM, ChaCha20Poly1305

import p11

NONE = "CKR_OPERATION_NOT_INITIALIZED"
IV = bytes(range(16))
NONCE = bytes(range(12))


def secret(session, kind, value, **more):
    return session.create(
        {
            p11.CKA_CLASS: p11.CKO_SECRET_KEY,
            p11.CKA_KEY_TYPE: kind,
            p11.CKA_VALUE: value,
            **{getattr(p11, name): what for name, what in more.items()},
        }
    )


def aes(session, length=32, **more):
    value = os.urandom(length)
    return value, secret(session, p11.CKK_AES, value, **more)


def classic(algorithm, mode, data):
    encryptor = Cipher(algorithm, mode).encryptor()
    return encryptor.update(data) + encryptor.finalize()


def pad(data):
    missing = 16 - len(data) % 16
    return data + bytes([missing]) * missing


def pieces(data, size):
    return [data[at : at + size] for at in range(0, len(data), size)] or [b""]


class Mode:
    """A mechanism, its parameter, and what another implementation makes of a plaintext."""

    def __init__(self, name, lengths, reference, param=None, key_type=p11.CKK_AES, keys=(16, 24, 32)):
        self.kind = getattr(p11, name)
        self.name = name
        self.lengths = lengths
        self.reference = reference
        self.param = param or (lambda text_len: None)
        self.key_type = key_type
        self.keys = keys


BLOCKS = (0, 16, 32, 48, 1024)
ANY = (0, 1, 15, 16, 17, 31, 32, 33, 1000)

MODES = [
    Mode("CKM_AES_ECB", BLOCKS, lambda k, m: classic(algorithms.AES(k), modes.ECB(), m)),
    Mode("CKM_AES_CBC", BLOCKS, lambda k, m: classic(algorithms.AES(k), modes.CBC(IV), m), lambda n: IV),
    Mode(
        "CKM_AES_CBC_PAD",
        ANY,
        lambda k, m: classic(algorithms.AES(k), modes.CBC(IV), pad(m)),
        lambda n: IV,
    ),
    Mode(
        "CKM_AES_CTR", ANY, lambda k, m: classic(algorithms.AES(k), modes.CTR(IV), m), lambda n: p11.ctr(IV)
    ),
    Mode(
        "CKM_AES_XTS",
        (16, 17, 31, 32, 33, 512),
        lambda k, m: classic(algorithms.AES(k), modes.XTS(IV), m),
        lambda n: IV,
        p11.CKK_AES_XTS,
        (32, 64),
    ),
    Mode(
        "CKM_AES_GCM",
        ANY,
        lambda k, m: AESGCM(k).encrypt(NONCE, m, b"header"),
        lambda n: p11.gcm(NONCE, b"header"),
    ),
    Mode(
        "CKM_AES_CCM",
        ANY,
        lambda k, m: AESCCM(k, 8).encrypt(NONCE, m, b"header"),
        lambda n: p11.ccm(n, NONCE, b"header", 8),
    ),
    Mode(
        "CKM_CHACHA20",
        ANY,
        lambda k, m: classic(algorithms.ChaCha20(k, b"\7\0\0\0" + NONCE), None, m),
        lambda n: p11.chacha20(b"\7\0\0\0", NONCE),
        p11.CKK_CHACHA20,
        (32,),
    ),
    Mode(
        "CKM_CHACHA20_POLY1305",
        ANY,
        lambda k, m: ChaCha20Poly1305(k).encrypt(NONCE, m, b"header"),
        lambda n: p11.chacha20_poly1305(NONCE, b"header"),
        p11.CKK_CHACHA20,
        (32,),
    ),
]
WRAPS = [
    Mode("CKM_AES_KEY_WRAP", (16, 24, 1024), keywrap.aes_key_wrap),
    Mode("CKM_AES_KEY_WRAP_KWP", (1, 7, 8, 9, 16, 1001), keywrap.aes_key_wrap_with_padding),
]
TAGGED = [mode for mode in MODES if mode.name.endswith(("GCM", "CCM", "POLY1305"))]


def start(session, function, key, mode, length):
    how = p11.mechanism(mode.kind, mode.param(length))
    return getattr(session.m, function)(session.handle, ctypes.byref(how), key)


def raw(session, function, data, room, buffer):
    length = ctypes.c_ulong(room)
    data_args = () if data is None else (data, len(data))
    got = getattr(session.m, function)(session.handle, *data_args, buffer, ctypes.byref(length))
    return p11.rv_name(got), length.value
