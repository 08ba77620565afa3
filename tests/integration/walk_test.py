#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An attacker with the user's PIN calls what he likes, at random: wraps, unwraps, derives, copies, changes, decrypts.
The values that are guarded must not be among what he comes to know, wherever in it. A test makes the token's keys
itself, so it knows what each holds. PQHW_WALK_SEED and PQHW_WALK_STEPS in the environment try others."""

import ctypes
import hashlib
import os
import random

from cryptography.hazmat.primitives import keywrap
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

import p11
from ciphers import secret
from harness import *  # noqa: F403

SEED = int(os.environ.get("PQHW_WALK_SEED", "1"))
STEPS = int(os.environ.get("PQHW_WALK_STEPS", "10000"))
KW, KWP, GCM = p11.CKM_AES_KEY_WRAP, p11.CKM_AES_KEY_WRAP_KWP, p11.CKM_AES_GCM
GENERIC, AES = p11.CKK_GENERIC_SECRET, p11.CKK_AES
SECRET_KEY = {p11.CKA_CLASS: p11.CKO_SECRET_KEY}
# What a template likely says, and what it may say besides.
PURPOSES = ((p11.CKA_WRAP, p11.CKA_UNWRAP), (p11.CKA_ENCRYPT, p11.CKA_DECRYPT), (p11.CKA_DERIVE,), ())
BOOLEANS = (*(p11.CKA_SENSITIVE, p11.CKA_EXTRACTABLE) * 3, p11.CKA_ENCRYPT, p11.CKA_DECRYPT, p11.CKA_SIGN, p11.CKA_VERIFY,
            p11.CKA_DERIVE, p11.CKA_WRAP, p11.CKA_UNWRAP, p11.CKA_WRAP_WITH_TRUSTED, p11.CKA_TRUSTED, p11.CKA_PRIVATE)  # fmt: skip


class Attacker:
    """What he has: the session, handles, blobs, and bytes that he knows. `values` is what only the test knows."""

    def __init__(self, session, guarded, seed):
        self.session = session
        self.random = random.Random(seed)
        self.values = guarded
        self.kept = list(guarded)
        self.secrets = list(guarded.values())
        self.known = [self.random.randbytes(length) for length in (32, 16, 8, 1)]
        self.blobs = []  # (wrapped, mechanism, nonce, value of the wrapping key)
        self.made = 0

    def template(self):
        chosen = {kind: True for kind in self.random.choice(PURPOSES)}
        for _ in range(self.random.randrange(3)):
            chosen[self.random.choice(BOOLEANS)] = self.random.random() < 0.5
        return chosen

    def key(self, value=None):
        """Some key; one of this value if he has one, most times."""
        same = [key for key, held in self.values.items() if held == value]
        if same and self.random.random() < 0.8:
            return self.random.choice(same)
        return self.random.choice(self.kept if self.random.random() < 0.3 else list(self.values))

    def add(self, key, value):
        self.values[key] = value
        self.made += 1

    def learn(self, data, how):
        for value in self.secrets:
            for at in range(0, len(value), 8):
                check(value[at : at + 8] not in data, f"seed {SEED}: {how} shows a guarded value")
        if data not in self.known and len(self.known) < 100:
            self.known.append(data)

    # ---- what he does ----

    def create(self):
        value = self.random.choice(self.known)[:64]
        template = SECRET_KEY | {p11.CKA_KEY_TYPE: self.random.choice((GENERIC, AES)), p11.CKA_VALUE: value}
        self.add(self.session.create(template | self.template()), value)

    def wrap(self):
        key, target, kind = self.key(), self.key(), self.random.choice((KW, KWP, GCM))
        nonce = (ctypes.c_ubyte * 12)()
        param = p11.gcm_wrap(nonce) if kind == GCM else self.random.choice((None, None, bytes(4), bytes(8)))
        wrapped = self.session.wrap(key, target, kind, param)
        self.blobs.append((wrapped, kind, bytes(nonce), self.values[key]))
        if self.values[key] in self.known:
            self.learn(self.values[target], "wrapping with a known key")

    def unwrap(self):
        wrapped, kind, nonce, value = self.random.choice(self.blobs)
        key = self.key(value)
        kind = self.random.choice((kind, kind, kind, KW, KWP))
        key_type = self.random.choice((GENERIC, AES))
        param = p11.gcm(nonce, b"", self.random.choice((128, 128, 32))) if kind == GCM else None
        template = SECRET_KEY | {p11.CKA_KEY_TYPE: key_type} | self.template()
        made = self.session.unwrap(key, wrapped, template, kind, param)
        kek = self.values[key]
        if kind == GCM:
            self.add(made, AESGCM(kek).decrypt(nonce, wrapped, None))
        else:
            self.add(made, (keywrap.aes_key_unwrap if kind == KW else keywrap.aes_key_unwrap_with_padding)(kek, wrapped))

    def decrypt(self):
        wrapped, kind, nonce, value = self.random.choice(self.blobs)
        stream = p11.ctr(nonce + b"\0\0\0\2", 32)  # GCM's
        param = p11.gcm(nonce) if kind == GCM else None
        kind, param = self.random.choice(((kind, param), (kind, param), (p11.CKM_AES_CTR, stream)))
        self.learn(self.session.decrypt(self.key(value), wrapped, kind, param), "decrypting")

    def encrypt(self):
        wrapped, _, nonce, value = self.random.choice(self.blobs)
        stream = p11.ctr(nonce + b"\0\0\0\2", 32)
        self.learn(self.session.encrypt(self.key(value), wrapped, p11.CKM_AES_CTR, stream), "encrypting")

    def derive(self):
        key, other, data = self.key(), self.key(), self.random.choice(self.known)
        base, text = self.values[key], p11.string_data(data)
        kind, param, whole = self.random.choice((
            (p11.CKM_CONCATENATE_BASE_AND_KEY, p11.mac_len(other), base + self.values[other]),
            (p11.CKM_CONCATENATE_BASE_AND_DATA, text, base + data),
            (p11.CKM_CONCATENATE_DATA_AND_BASE, text, data + base),
            (p11.CKM_XOR_BASE_AND_DATA, text, bytes(a ^ b for a, b in zip(base, data))),
            (p11.CKM_SHA256_KEY_DERIVATION, None, hashlib.sha256(base).digest()),
        ))  # fmt: skip
        template = self.template() | self.random.choice(({}, {p11.CKA_KEY_TYPE: AES}, {p11.CKA_VALUE_LEN: 1}, {p11.CKA_VALUE_LEN: 32}))
        made = self.session.derive(key, template, kind, param)
        self.add(made, whole[: self.session.get_number(made, p11.CKA_VALUE_LEN)])

    def copy(self):
        key = self.key()
        self.add(self.session.copy(key, self.template()), self.values[key])

    def change(self):
        self.session.set(self.key(), self.template())

    def read(self):
        self.learn(self.session.get(self.key(), p11.CKA_VALUE), "reading")

    def forget(self):
        """So that they do not become too many."""
        for key in [key for key in self.values if key not in self.kept][:20]:
            self.session.destroy(key)
            del self.values[key]


def trusted(session, key):
    session.logout()
    session.login(SO_PIN, p11.CKU_SO)
    session.set(key, {p11.CKA_TRUSTED: True})
    session.logout()
    session.login(USER_PIN)


def guarded_keys(session, values):
    """Keys whose values shall not be known: two that are trusted, and those that nothing else wraps."""
    on_token = {"CKA_TOKEN": True, "CKA_PRIVATE": False, "CKA_EXTRACTABLE": False, "CKA_WRAP": True}
    made = [secret(session, AES, values[0], CKA_UNWRAP=True, **on_token), secret(session, AES, values[1], **on_token)]
    for key in made:
        trusted(session, key)
    bound = {"CKA_EXTRACTABLE": True, "CKA_WRAP_WITH_TRUSTED": True}
    made += [
        secret(session, GENERIC, values[2], CKA_DERIVE=True, **bound),
        secret(session, AES, values[3], CKA_WRAP=True, CKA_UNWRAP=True, **bound),
        secret(session, GENERIC, values[4], CKA_DERIVE=True, CKA_EXTRACTABLE=False),
        secret(session, AES, values[5], CKA_EXTRACTABLE=False),
    ]
    return dict(zip(made, values))


def test_nothing_guarded_is_found_at_random():
    _, session = user_session()
    attacker = Attacker(session, guarded_keys(session, [random.Random(f"guarded {SEED} {n}").randbytes(32) for n in range(6)]), SEED)
    deeds = [attacker.wrap, attacker.unwrap, attacker.decrypt, attacker.encrypt, attacker.derive]
    deeds = deeds * 2 + [attacker.create, attacker.copy, attacker.change, attacker.read]
    done = 0
    for _ in range(STEPS):
        if len(attacker.values) > 60:
            attacker.forget()
        if attacker.blobs:
            deed = attacker.random.choice(deeds)
        else:
            deed = attacker.wrap
        try:
            deed()
            done += 1
        except p11.Error:
            pass  # most of what he tries is refused
    check(done > STEPS // 20 and attacker.made > STEPS // 50, f"of {STEPS} calls {done} succeeded")


if __name__ == "__main__":
    main(globals())
