#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""libcrypto and its FIPS provider in place of our own engine for ML-KEM, ML-DSA and SLH-DSA.

Where libcrypto is older than 3.5, or there is no FIPS provider, the tests check that the engine is refused and why.
"""

import ctypes
import itertools
import os
import pathlib
import tempfile
import threading

import engines
import p11
from engines import ENGINE, FIPS_CONFIG
from harness import *  # noqa: F403
from slhdsa_test import FAST, HASHES, NAMES, number, public_template

OWN = "own"
READABLE = {p11.CKA_SENSITIVE: False, p11.CKA_EXTRACTABLE: True}
SEEDS = {p11.CKK_ML_KEM: 64, p11.CKK_ML_DSA: 32}
GENERATE = {
    p11.CKK_ML_KEM: p11.CKM_ML_KEM_KEY_PAIR_GEN,
    p11.CKK_ML_DSA: p11.CKM_ML_DSA_KEY_PAIR_GEN,
    p11.CKK_SLH_DSA: p11.CKM_SLH_DSA_KEY_PAIR_GEN,
}
SIGNING = {p11.CKK_ML_DSA: p11.CKM_ML_DSA, p11.CKK_SLH_DSA: p11.CKM_SLH_DSA}
DETERMINISTIC = p11.CKH_DETERMINISTIC_REQUIRED

# Every set of ML-KEM and ML-DSA, and of SLH-DSA those that sign fast enough.
SETS = (
    [(p11.CKK_ML_KEM, at) for at in KEM_SETS.values()]
    + [(p11.CKK_ML_DSA, at) for at in DSA_SETS.values()]
    + [(p11.CKK_SLH_DSA, number(name)) for name in NAMES if name.endswith("F")]
)


class Device:
    """One device, opened by one engine after the other; its keys stay."""

    def __init__(self):
        self.directory = tempfile.TemporaryDirectory(prefix="pqhw-fips-")
        self.environments = {OWN: {ENGINE: OWN}} | engines.available(self.directory.name)
        init_device()
        self.module = p11.Module(MODULE)
        self.module.Initialize(None)
        self.slot = init_token(self.module)
        self.module.Finalize(None)
        self.session = None

    def others(self):
        return [engine for engine in self.environments if engine != OWN]

    def open(self, engine):
        """A session with this engine; the one before is over."""
        self.close()
        os.environ.pop(FIPS_CONFIG, None)
        os.environ.update(self.environments[engine])
        self.module.Initialize(None)
        self.session = self.module.session(self.slot)
        self.session.login(USER_PIN)
        return self.session

    def close(self):
        if self.session is not None:
            self.module.Finalize(None)
        self.session = None


def key_pair(session, kind, at, label):
    return session.generate(
        GENERATE[kind],
        {p11.CKA_TOKEN: True, p11.CKA_PARAMETER_SET: at, p11.CKA_LABEL: label},
        {p11.CKA_TOKEN: True, p11.CKA_LABEL: label} | READABLE,
    )


def found(session, label):
    """(public, private)"""
    return tuple(
        session.find({p11.CKA_CLASS: kind, p11.CKA_LABEL: label})[0]
        for kind in (p11.CKO_PUBLIC_KEY, p11.CKO_PRIVATE_KEY)
    )


def material(session, pair):
    """All that is kept and shown of a pair."""
    public, private = pair
    shown = [session.get(public, p11.CKA_VALUE), session.get(private, p11.CKA_VALUE)]
    shown += [session.get(half, p11.CKA_PUBLIC_KEY_INFO) for half in pair]
    if session.get_number(public, p11.CKA_KEY_TYPE) in SEEDS:
        shown.append(session.get(private, p11.CKA_SEED))
    return shown


def made(session, pair, kind):
    """What the other engine is to take: a ciphertext and its secret, or signatures."""
    public, private = pair
    if kind == p11.CKK_ML_KEM:
        ciphertext, secret = session.encapsulate(public, OPEN_SECRET)
        return ciphertext, session.get(secret, p11.CKA_VALUE)
    return [
        session.sign(private, b"message", SIGNING[kind], p11.sign_context(b"context", hedge))
        for hedge in (DETERMINISTIC, p11.CKH_HEDGE_REQUIRED)
    ]


def take(session, pair, kind, what):
    public, private = pair
    if kind == p11.CKK_ML_KEM:
        secret = session.decapsulate(private, what[0], OPEN_SECRET)
        equal(session.get(secret, p11.CKA_VALUE), what[1], "the secret")
        return
    for signature in what:
        session.verify(public, b"message", signature, SIGNING[kind], p11.sign_context(b"context"))
        raises(
            "CKR_SIGNATURE_INVALID",
            session.verify,
            public,
            b"message",
            signature,
            SIGNING[kind],
            p11.sign_context(b"other"),
        )
    again = session.sign(private, b"message", SIGNING[kind], p11.sign_context(b"context", DETERMINISTIC))
    equal(again, what[0], "the deterministic signature")


# ------------------------------------------------------------------------------- keys


def test_what_one_engine_makes_the_others_use():
    device = Device()
    kept = {}
    for engine in device.environments:
        session = device.open(engine)
        for kind, at in SETS:
            label = f"{engine} {kind} {at}"
            pair = key_pair(session, kind, at, label)
            kept[label] = (kind, material(session, pair), made(session, pair, kind))
    for engine in device.environments:
        session = device.open(engine)
        for label, (kind, shown, what) in kept.items():
            pair = found(session, label)
            equal(material(session, pair), shown, f"{label} with {engine}")
            take(session, pair, kind, what)
            if not label.startswith(engine):
                kept[label] = (kind, shown, made(session, pair, kind))
    session = device.open(OWN)
    for label, (kind, _, what) in kept.items():
        take(session, found(session, label), kind, what)
    device.close()


def test_a_seed_is_the_same_key_everywhere():
    device = Device()
    seen = {}
    for engine in device.environments:
        session = device.open(engine)
        for (kind, length), at in itertools.product(SEEDS.items(), (1, 2, 3)):
            template = {
                p11.CKA_CLASS: p11.CKO_PRIVATE_KEY,
                p11.CKA_KEY_TYPE: kind,
                p11.CKA_PARAMETER_SET: at,
            }
            key = session.create(template | READABLE | {p11.CKA_SEED: bytes(range(length))})
            forms = [session.get(key, form) for form in (p11.CKA_VALUE, p11.CKA_PUBLIC_KEY_INFO)]
            equal(seen.setdefault((kind, at), forms), forms, f"the key with {engine}")
            both = template | READABLE | {p11.CKA_SEED: bytes(range(length)), p11.CKA_VALUE: forms[0]}
            equal(session.get(session.create(both), p11.CKA_VALUE), forms[0])
            both[p11.CKA_SEED] = bytes(length)
            raises("CKR_TEMPLATE_INCONSISTENT", session.create, both)
            expanded = session.create(template | READABLE | {p11.CKA_VALUE: forms[0]})
            equal(session.get(expanded, p11.CKA_PUBLIC_KEY_INFO), forms[1], "of the expanded key")
            wrong = flipped(forms[0], 8 * 200)
            raises("CKR_ATTRIBUTE_VALUE_INVALID", session.create, template | {p11.CKA_VALUE: wrong})
    device.close()


def test_keys_that_are_none_are_refused():
    device = Device()
    for engine in device.environments:
        session = device.open(engine)
        _, private = key_pair(session, p11.CKK_SLH_DSA, number(FAST), "slh")
        value = session.get(private, p11.CKA_VALUE)
        template = public_template(FAST, value) | {p11.CKA_CLASS: p11.CKO_PRIVATE_KEY}
        session.destroy(session.create(template))
        for wrong in (value[:-1], value + b"\0", flipped(value, 8 * (len(value) - 1)), flipped(value)):
            raises("CKR_ATTRIBUTE_VALUE_INVALID", session.create, template | {p11.CKA_VALUE: wrong})
        for kind, at in (p11.CKK_ML_KEM, 1), (p11.CKK_ML_DSA, 1):
            shape = {p11.CKA_CLASS: p11.CKO_PUBLIC_KEY, p11.CKA_KEY_TYPE: kind, p11.CKA_PARAMETER_SET: at}
            for length in (0, 1, 799, 801, 1311, 1313):
                raises("CKR_ATTRIBUTE_VALUE_INVALID", session.create, shape | {p11.CKA_VALUE: bytes(length)})
    device.close()


# ------------------------------------------------------------------------------- mechanisms


def hash_mechanisms():
    for family in ("ML_DSA", "SLH_DSA"):
        yield getattr(p11, f"CKM_HASH_{family}")
        for name in HASHES:
            yield getattr(p11, f"CKM_HASH_{family}_{name}")


def test_hashed_messages_are_signed_alike_or_not_at_all():
    device = Device()
    signatures = {}
    for engine in device.environments:
        session = device.open(engine)
        listed = device.module.mechanisms(device.slot)
        offered = engine != "libcrypto-fips"
        for kind in hash_mechanisms():
            equal(kind in listed, offered, f"{kind:#x} in C_GetMechanismList with {engine}")
            info = p11.STRUCTURES["CK_MECHANISM_INFO"]()
            answer = device.module.C_GetMechanismInfo(device.slot, kind, ctypes.byref(info))
            rv(answer, "CKR_OK" if offered else "CKR_MECHANISM_INVALID", "C_GetMechanismInfo")
        keys = {"ML_DSA": import_dsa(session), "SLH_DSA": import_slh(session)}
        for (family, key), name in itertools.product(keys.items(), HASHES):
            param = p11.sign_context(b"context", DETERMINISTIC)
            args = (key, b"message", getattr(p11, f"CKM_HASH_{family}_{name}"), param)
            if not offered:
                raises("CKR_MECHANISM_INVALID", session.sign, *args)
                continue
            signature = session.sign(*args)
            equal(signatures.setdefault((family, name), signature), signature, f"{family} {name}")
    device.close()


def import_dsa(session):
    return session.create(
        {
            p11.CKA_CLASS: p11.CKO_PRIVATE_KEY,
            p11.CKA_KEY_TYPE: p11.CKK_ML_DSA,
            p11.CKA_PARAMETER_SET: 2,
            p11.CKA_SEED: bytes(32),
        }
    )


SLH_KEY = []  # the same one for every engine


def import_slh(session):
    if not SLH_KEY:
        _, private = key_pair(session, p11.CKK_SLH_DSA, number(FAST), "hashed")
        SLH_KEY.append(session.get(private, p11.CKA_VALUE))
    return session.create(
        public_template(FAST, SLH_KEY[0]) | {p11.CKA_CLASS: p11.CKO_PRIVATE_KEY}
    )


def test_what_an_engine_does_not_do_the_others_do_for_all():
    """HQC and Falcon are ours, and everything classical is as it was."""
    device = Device()
    for engine in device.environments:
        session = device.open(engine)
        for kind in (p11.CKM_PQHW_HQC_2025_KEY_PAIR_GEN, p11.CKM_PQHW_FALCON_ROUND3_KEY_PAIR_GEN):
            session.generate(kind, {p11.CKA_PARAMETER_SET: 1}, {})
        oid = bytes.fromhex("06082a8648ce3d030107")
        public, private = session.generate(p11.CKM_EC_KEY_PAIR_GEN, {p11.CKA_EC_PARAMS: oid}, {})
        session.verify(
            public, b"m", session.sign(private, b"m", p11.CKM_ECDSA_SHA256), p11.CKM_ECDSA_SHA256
        )
    device.close()


# ------------------------------------------------------------------------------- use


def test_messages_in_parts_and_their_limit():
    device = Device()
    for engine in device.environments:
        session = device.open(engine)
        public, private = key_pair(session, p11.CKK_ML_DSA, 1, "parts")
        parts = [b"", b"a" * 5000, b"", b"b"]
        signature = session.sign_parts(private, parts)
        session.verify(public, b"".join(parts), signature)
        session.verify_parts(public, parts, signature)
        session.verify_signature(public, parts, signature)
        raises("CKR_SIGNATURE_INVALID", session.verify_parts, public, parts[1:2], signature)
        raises("CKR_SIGNATURE_LEN_RANGE", session.verify, public, b"m", signature[:-1])
        empty = session.sign(private, b"")
        session.verify(public, b"", empty)
        raises("CKR_SIGNATURE_INVALID", session.verify, public, b"m", empty)
        too_long = bytes((16 << 20) + 1)
        if engine == OWN:
            session.verify(public, too_long, session.sign(private, too_long))
        else:
            raises("CKR_DATA_LEN_RANGE", session.sign, private, too_long)
            session.verify(public, too_long[1:], session.sign(private, too_long[1:]))
    device.close()


def test_ciphertexts_of_other_lengths():
    device = Device()
    for engine in device.environments:
        session = device.open(engine)
        _, private = key_pair(session, p11.CKK_ML_KEM, 2, "kem")
        for length in (0, 1, 768, 1087, 1089, 1568):
            raises(
                "CKR_WRAPPED_KEY_LEN_RANGE", session.decapsulate, private, bytes(length), OPEN_SECRET
            )
        session.decapsulate(private, bytes(1088), OPEN_SECRET)  # a secret, but nobody's
    device.close()


def test_threads_forks_and_little_memory():
    device = Device()
    for engine in device.environments:
        os.environ["PQHW_RESIDENT_MEMORY"] = "48K"
        session = device.open(engine)
        pairs = [key_pair(session, p11.CKK_ML_DSA, at, f"{engine} {at}") for at in (1, 2, 3)]
        failures = []

        def work(pairs=pairs, failures=failures):
            try:
                own = device.module.session(device.slot)
                for _, (public, private) in itertools.product(range(10), pairs):
                    own.verify(public, b"m", own.sign(private, b"m"))
            except p11.Error as error:
                failures.append(error)

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        equal(failures, [])
        in_child(use_after_fork, device)
        session.verify(pairs[0][0], b"m", session.sign(pairs[0][1], b"m"))
    device.close()


def use_after_fork(device):
    device.module.Initialize(None)
    session = device.module.session(device.slot)
    session.login(USER_PIN)
    public, private = key_pair(session, p11.CKK_ML_DSA, 1, "child")
    session.verify(public, b"m", session.sign(private, b"m"))
    device.module.Finalize(None)


# ------------------------------------------------------------------------------- the setting


def test_the_engine_of_a_device_is_for_every_process():
    init = ("init", "--pin-memory", "8", "--pin-passes", "1", "--engine")
    home = os.environ["PQHW_HOME"]
    with tempfile.TemporaryDirectory(prefix="pqhw-fips-") as directory:
        for engine, environment in ({OWN: {ENGINE: OWN}} | engines.available(directory)).items():
            os.environ["PQHW_HOME"] = f"{home}-{engine}"
            configured = {FIPS_CONFIG: environment.get(FIPS_CONFIG, "")}
            done = engines.command(*init, engine, "--json", **configured)
            equal(done.returncode, 0, done.stderr)
            check(f'"engine":"{engine}","engine_fixed":true' in done.stdout, done.stdout)
            told = engines.status(**configured)
            equal((told["engine"], told["engine_fixed"]), (engine, True))
            for other in (OWN, "libcrypto", "libcrypto-fips"):
                done = engines.command("status", **configured | {ENGINE: other})
                equal(done.returncode, 0 if other == engine else 1, f"{engine}, then {other}: {done.stderr}")
                check(other == engine or f"for engine {engine}" in done.stderr, done.stderr)


def test_the_environment_chooses_for_devices_that_do_not():
    init_device()
    told = engines.status()
    equal((told["engine"], told["engine_module"], told["engine_fixed"]), (OWN, "pqhw", False))
    with tempfile.TemporaryDirectory(prefix="pqhw-fips-") as directory:
        names = {"libcrypto": "OpenSSL Default Provider 3.", "libcrypto-fips": "OpenSSL FIPS Provider 3."}
        for engine, environment in engines.available(directory).items():
            told = engines.status(**environment)
            equal((told["engine"], told["engine_fixed"]), (engine, False))
            check(told["engine_module"].startswith(names[engine]), told["engine_module"])
            equal(told["implementations"]["ml_kem"], engine)
            text = engines.command("status", **environment).stdout
            check(f"engine       {engine} ({names[engine]}" in text, text)
    done = engines.command("status", **{ENGINE: "openssl"})
    equal(done.returncode, 1)
    check("PQHW_ENGINE must be own, libcrypto or libcrypto-fips" in done.stderr, done.stderr)
    equal(engines.command("status", **{ENGINE: ""}).returncode, 0)


def test_an_engine_that_is_not_there_is_refused():
    with tempfile.TemporaryDirectory(prefix="pqhw-fips-") as directory:
        there = engines.available(directory)
        for engine in ("libcrypto", "libcrypto-fips"):
            if engine not in there:
                engines.check_refused(engine)


def test_a_fips_provider_that_does_not_start_is_refused():
    def refused(path, words):
        done = engines.command("status", **{ENGINE: "libcrypto-fips", FIPS_CONFIG: str(path)})
        equal(done.returncode, 4, done.stderr)
        check(words in done.stderr and str(path) in done.stderr, done.stderr)

    with tempfile.TemporaryDirectory(prefix="pqhw-fips-") as directory:
        refused(pathlib.Path(directory) / "none.cnf", "cannot read")
        there = engines.environment_of("libcrypto-fips", directory)
        config = pathlib.Path(directory) / "wrong.cnf"
        text = pathlib.Path(there[FIPS_CONFIG]).read_text(encoding="utf-8") if there else "[fips_sect]\n"
        mac = text.find("module-mac = ")
        for wrong in (text[:mac] + "module-mac = 00:11\n" if there else text, "", "[other]\nactivate = 1\n"):
            config.write_text(wrong, encoding="utf-8")
            refused(config, "does not start")
        config.write_text("[fips_sect\n", encoding="utf-8")
        refused(config, "cannot read")


if __name__ == "__main__":
    main(globals())
