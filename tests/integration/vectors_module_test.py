#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""All ML-KEM, HQC, ML-DSA, SLH-DSA and stateful vectors through the module, by importing the keys.

With "resident" every key is imported once and all its cases run on it, then all of them once more, while the
memory for resident keys holds but a few: keys are used again, evicted and opened again all the time. With the name
of an engine it is that one which answers; a machine that has not got it must say so.

What PKCS#11 has no way to say (randomness given from outside, the internal interface, mu) is counted by its reason.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "vectors"))

import hbs_cases
import hqc_cases
import mldsa_cases
import mlkem_cases
import slhdsa_cases
import vectors

import engines
import harness
import p11

# What may be said of an input. Anything else is the module's own failure, and ends the run.
REFUSALS = {
    p11.CKR_ATTRIBUTE_VALUE_INVALID,
    p11.CKR_MECHANISM_PARAM_INVALID,
    p11.CKR_SIGNATURE_INVALID,
    p11.CKR_SIGNATURE_LEN_RANGE,
    p11.CKR_WRAPPED_KEY_LEN_RANGE,
}

# The digests of CKM_HASH_ML_DSA, and those for which there is a mechanism that hashes as well.
HASHES = {
    "SHA2-224": p11.CKM_SHA224,
    "SHA2-256": p11.CKM_SHA256,
    "SHA2-384": p11.CKM_SHA384,
    "SHA2-512": p11.CKM_SHA512,
    "SHA2-512/224": p11.CKM_SHA512_224,
    "SHA2-512/256": p11.CKM_SHA512_256,
    "SHA3-224": p11.CKM_SHA3_224,
    "SHA3-256": p11.CKM_SHA3_256,
    "SHA3-384": p11.CKM_SHA3_384,
    "SHA3-512": p11.CKM_SHA3_512,
}
HASHING = {
    "SHA2-224": p11.CKM_HASH_ML_DSA_SHA224,
    "SHA2-256": p11.CKM_HASH_ML_DSA_SHA256,
    "SHA2-384": p11.CKM_HASH_ML_DSA_SHA384,
    "SHA2-512": p11.CKM_HASH_ML_DSA_SHA512,
    "SHA3-224": p11.CKM_HASH_ML_DSA_SHA3_224,
    "SHA3-256": p11.CKM_HASH_ML_DSA_SHA3_256,
    "SHA3-384": p11.CKM_HASH_ML_DSA_SHA3_384,
    "SHA3-512": p11.CKM_HASH_ML_DSA_SHA3_512,
    "SHAKE-128": p11.CKM_HASH_ML_DSA_SHAKE128,
    "SHAKE-256": p11.CKM_HASH_ML_DSA_SHAKE256,
}

# In the order of CKP_SLH_DSA_….
PARAMETER_SETS = [
    f"SLH-DSA-{family}-{size}"
    for size in ("128s", "128f", "192s", "192f", "256s", "256f")
    for family in ("SHA2", "SHAKE")
]


def refusing(method):
    """A method whose p11.Error is a refusal where it speaks of the input."""

    def call(*args):
        try:
            return method(*args)
        except p11.Error as error:
            if error.rv in REFUSALS:
                raise vectors.Refused(str(error)) from error
            raise

    return call


def check_prehash(message):
    if message.kind == "prehash" and os.environ.get(engines.ENGINE) == "libcrypto-fips":
        raise vectors.NotCarried("a hashed message, which the FIPS provider has not")


class Keys:
    """Imports keys, and destroys what it made when a case is done; the keys themselves stay if they
    are to be resident."""

    def __init__(self, session, kind, numbers, resident):
        self.session = session
        self.kind = kind
        self.numbers = numbers
        self.made = []
        self.resident = {} if resident else None

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        while self.made:
            self.session.destroy(self.made.pop())

    def keep(self, handle):
        self.made.append(handle)
        return handle

    def _import(self, object_class, name, attributes):
        common = {
            p11.CKA_CLASS: object_class,
            p11.CKA_KEY_TYPE: self.kind,
            p11.CKA_PARAMETER_SET: self.numbers[name],
        }
        if self.resident is None:
            return self.keep(self.session.create(common | attributes))
        which = (object_class, name, *sorted(attributes.items()))
        if which not in self.resident:
            self.resident[which] = self.session.create(common | attributes)
        return self.resident[which]

    def public(self, name, value):
        return self._import(p11.CKO_PUBLIC_KEY, name, {p11.CKA_VALUE: value})

    def private(self, name, seed=None, value=None):
        part = {p11.CKA_VALUE: value} if seed is None else {p11.CKA_SEED: seed}
        return self._import(
            p11.CKO_PRIVATE_KEY, name, part | {p11.CKA_SENSITIVE: False, p11.CKA_EXTRACTABLE: True}
        )

    def pair_of(self, name, seed, public_len):
        """(public, private) of a seed; CKA_PUBLIC_KEY_INFO ends with the public key."""
        key = self.private(name, seed=seed)
        info = self.session.get(key, p11.CKA_PUBLIC_KEY_INFO)
        return info[-public_len:], self.session.get(key, p11.CKA_VALUE)


class KemAdapter:
    """The adapter of mlkem_cases over a session."""

    KEY_TYPE, MECHANISM = p11.CKK_ML_KEM, p11.CKM_ML_KEM
    SETS, EK_LEN = harness.KEM_SETS, harness.KEM_EK_LEN

    def __init__(self, session, resident):
        self.session = session
        self.keys = Keys(session, self.KEY_TYPE, self.SETS, resident)

    @refusing
    def keygen(self, name, seed):
        with self.keys as keys:
            return keys.pair_of(name, seed, self.EK_LEN[name])

    @refusing
    def encaps(self, name, ek, m):
        with self.keys as keys:
            keys.public(name, ek)
        raise vectors.NotCarried("encapsulation with given randomness")

    def _decaps(self, ct, name, **key):
        with self.keys as keys:
            private = keys.private(name, **key)
            # Most of these keys have one case: the second time it runs on the key that is open by now.
            secrets = {self._secret(keys, private, ct) for _ in range(1 if keys.resident is None else 2)}
        if len(secrets) != 1:
            raise RuntimeError("a resident key gives another secret")
        return secrets.pop()

    def _secret(self, keys, private, ct):
        secret = self.session.decapsulate(private, ct, harness.OPEN_SECRET, self.MECHANISM)
        return self.session.get(keys.keep(secret), p11.CKA_VALUE)

    @refusing
    def decaps(self, name, dk, ct):
        return self._decaps(ct, name, value=dk)

    @refusing
    def decaps_seed(self, name, seed, ct):
        return self._decaps(ct, name, seed=seed)

    @refusing
    def check_ek(self, name, ek):
        with self.keys as keys:
            keys.public(name, ek)

    @refusing
    def check_dk(self, name, dk):
        with self.keys as keys:
            keys.private(name, value=dk)


class HqcAdapter(KemAdapter):
    """The adapter of hqc_cases over a session."""

    KEY_TYPE, MECHANISM = p11.CKK_PQHW_HQC_2025, p11.CKM_PQHW_HQC_2025
    SETS, EK_LEN = harness.HQC_SETS, harness.HQC_EK_LEN


class DsaAdapter:
    """The adapter of mldsa_cases over a session."""

    def __init__(self, session, resident):
        self.session = session
        self.keys = Keys(session, p11.CKK_ML_DSA, harness.DSA_SETS, resident)

    @staticmethod
    def _ways(message, hedge):
        """(mechanism, parameter, data) of every way to have this message signed."""
        if message.kind == "mu":
            raise vectors.NotCarried("mu given from outside")
        if message.kind == "internal":
            raise vectors.NotCarried("the internal interface")
        check_prehash(message)
        context = p11.sign_context(message.context, hedge)
        if message.kind == "pure":
            yield p11.CKM_ML_DSA, context, message.data
            return
        if message.hash_name in HASHING:
            yield HASHING[message.hash_name], context, message.data
        if message.hash_name in HASHES:
            param = p11.sign_context(message.context, hedge, HASHES[message.hash_name])
            yield p11.CKM_HASH_ML_DSA, param, message.digest()

    @refusing
    def keygen(self, name, seed):
        with self.keys as keys:
            return keys.pair_of(name, seed, harness.DSA_PK_LEN[name])

    def _private(self, name, key):
        return self.keys.private(name, seed=key.seed, value=key.sk)

    @refusing
    def check_key(self, name, key):
        with self.keys:
            self._private(name, key)

    @refusing
    def sign(self, name, key, message, rnd):
        with self.keys:
            handle = self._private(name, key)
            if rnd != mldsa_cases.DETERMINISTIC:
                raise vectors.NotCarried("signing with given randomness")
            signatures = {
                self.session.sign(handle, data, kind, param)
                for kind, param, data in self._ways(message, p11.CKH_DETERMINISTIC_REQUIRED)
            }
        if len(signatures) != 1:
            raise RuntimeError("the mechanisms for one message sign differently")
        return signatures.pop()

    @refusing
    def verify(self, name, pk, message, sig):
        with self.keys as keys:
            handle = keys.public(name, pk)
            for kind, param, data in self._ways(message, p11.CKH_HEDGE_PREFERRED):
                self.session.verify(handle, data, sig, kind, param)


class SlhAdapter:
    """The adapter of slhdsa_cases over a session."""

    def __init__(self, session, resident):
        self.session = session
        numbers = {name: 1 + at for at, name in enumerate(PARAMETER_SETS)}
        self.keys = Keys(session, p11.CKK_SLH_DSA, numbers, resident)

    @staticmethod
    def _way(message, hedge):
        """(mechanism, parameter)"""
        if message.kind == "internal":
            raise vectors.NotCarried("the internal interface")
        if message.kind == "pure":
            return p11.CKM_SLH_DSA, p11.sign_context(message.context, hedge)
        check_prehash(message)
        param = p11.sign_context(message.context, hedge, HASHES[message.hash_name])
        return p11.CKM_HASH_SLH_DSA, param

    @refusing
    def keygen(self, name, seed):
        raise vectors.NotCarried("key generation from a given seed")

    @refusing
    def public_of(self, name, sk):
        """The public key, whose root the module has computed anew from the seeds."""
        with self.keys as keys:
            info = self.session.get(keys.private(name, value=sk), p11.CKA_PUBLIC_KEY_INFO)
            return info[-len(sk) // 2 :]

    def check_key(self, name, sk):
        self.public_of(name, sk)

    @refusing
    def sign(self, name, sk, message, opt_rand):
        kind, param = self._way(message, p11.CKH_DETERMINISTIC_REQUIRED)
        if opt_rand != slhdsa_cases.DETERMINISTIC:
            raise vectors.NotCarried("signing with given randomness")
        with self.keys as keys:
            return self.session.sign(keys.private(name, value=sk), message.data, kind, param)

    @refusing
    def verify(self, name, pk, message, sig):
        kind, param = self._way(message, p11.CKH_HEDGE_PREFERRED)
        with self.keys as keys:
            handle = keys.public(name, pk)
            try:
                self.session.verify(handle, message.data, sig, kind, param)
            except p11.Error as error:
                if error.rv in REFUSALS:
                    self._must_refuse(handle, message.data, sig, kind, param)
                raise
            self.session.verify_signature(handle, [message.data], sig, kind, param)

    def _must_refuse(self, handle, data, sig, kind, param):
        """The other way to verify agrees."""
        try:
            self.session.verify_signature(handle, [data], sig, kind, param)
        except p11.Error:
            return
        raise RuntimeError("C_VerifySignature takes what C_Verify refuses")


class HbsAdapter:
    """The adapter of hbs_cases over a session."""

    KINDS = {
        "HSS": (p11.CKK_HSS, p11.CKM_HSS),
        "XMSS": (p11.CKK_XMSS, p11.CKM_XMSS),
        "XMSSMT": (p11.CKK_XMSSMT, p11.CKM_XMSSMT),
    }

    def __init__(self, session, resident):
        self.session = session
        if resident:
            raise ValueError("there are no private keys to be resident")

    @refusing
    def verify(self, algorithm, pk, message, sig):
        key_type, kind = self.KINDS[algorithm]
        template = {
            p11.CKA_CLASS: p11.CKO_PUBLIC_KEY,
            p11.CKA_KEY_TYPE: key_type,
            p11.CKA_VALUE: pk,
        }
        if algorithm != "HSS":
            template[p11.CKA_PARAMETER_SET] = int.from_bytes(pk[:4], "big")
        key = self.session.create(template)
        try:
            verdicts = [
                self._verdict(self.session.verify, key, message, sig, kind),
                self._verdict(self.session.verify_signature, key, [message], sig, kind),
            ]
        finally:
            self.session.destroy(key)
        if verdicts[0] != verdicts[1]:
            raise RuntimeError(f"C_Verify says {verdicts[0]}, C_VerifySignature {verdicts[1]}")
        if verdicts[0] is not None:
            raise vectors.Refused(verdicts[0])

    @staticmethod
    def _verdict(method, *args):
        try:
            method(*args)
        except p11.Error as error:
            if error.rv in REFUSALS:
                return str(error.rv)
            raise
        return None


def slh_known_keys(adapter, tally):
    def check(name, sk, pk):
        return vectors.differs("public key", adapter.public_of(name, sk), pk)

    for group, test in vectors.read_acvp("acvp/SLH-DSA-keyGen-FIPS205"):
        pk, sk = bytes.fromhex(test["pk"]), bytes.fromhex(test["sk"])
        tally.case(f"ACVP keyGen {test['tcId']}, imported", check, group["parameterSet"], sk, pk)


def kem_known_answers(adapter, tally):
    """As mlkem_cases.known_answers, in three cases each: encapsulation cannot be carried."""
    for bits, name in mlkem_cases.KAT_SETS.items():
        for record in vectors.read_rsp(f"mlkem-kat/bc-mlkem{bits}.rsp.xz"):
            random, ek, dk, ct, ss = (
                mlkem_cases.field(record, part) for part in ("random", "pk", "sk", "ct", "ss")
            )
            title = f"KAT {name} {record['count']}"
            pair = (adapter, name, random[:64], ek, dk)
            tally.case(title + " pair", mlkem_cases.key_pair, *pair)
            encaps = (adapter, name, ek, random[64:], ct, ss)
            tally.case(title + " encapsulation", mlkem_cases.encapsulation, *encaps)
            decaps = (adapter.decaps, name, dk, ct, ss)
            tally.case(title + " decapsulation", mlkem_cases.decapsulation, *decaps)


def run_mlkem(adapter, tally):
    mlkem_cases.acvp_keygen(adapter, tally)
    mlkem_cases.acvp_encap_decap(adapter, tally)
    mlkem_cases.wycheproof(adapter, tally)
    kem_known_answers(adapter, tally)


def run_slhdsa(adapter, tally):
    slh_known_keys(adapter, tally)
    slhdsa_cases.run(adapter, tally)


# (adapter, what runs its cases, memory that holds two or three private keys)
RUNS = {
    "mlkem": (KemAdapter, run_mlkem, "40K"),
    "hqc": (HqcAdapter, hqc_cases.run, "60K"),
    "mldsa": (DsaAdapter, mldsa_cases.run, "200K"),
    "slhdsa": (SlhAdapter, run_slhdsa, "40K"),
    "hbs": (HbsAdapter, hbs_cases.run, "40K"),
}


def check_keys_were_resident():
    told = subprocess.run(
        [harness.COMMAND, "status", "--json"], check=True, stdout=subprocess.PIPE
    ).stdout
    used = json.loads(told)["processes_total"]
    print("note: " + ", ".join(f"{number} {name}" for name, number in used.items()))
    if min(used["hits"], used["misses"], used["evictions"]) < 100:
        sys.exit("the vectors were not run on resident keys")


def run(session, family, resident):
    kind, cases, _ = RUNS[family]
    adapter = kind(session, resident)
    tally = vectors.Tally(f"module {family}" + (", resident keys" if resident else ""))
    for _ in range(2 if resident else 1):
        cases(adapter, tally)
    if resident:
        check_keys_were_resident()
    return tally.finish()


def run_in(home, family, way):
    os.environ["PQHW_HOME"] = str(home / "device")
    if way == "resident":
        os.environ["PQHW_RESIDENT_MEMORY"] = RUNS[family][2]
    elif way:
        environment = engines.environment_of(way, home)
        if environment is None:
            engines.check_refused(way)
            print(f"note: module {family}: there is no {way} here, and pqhw says so")
            return 0
        os.environ.update(environment)
    _, session = harness.user_session()
    return run(session, family, way == "resident")


def main():
    family, way = (sys.argv[1:] + ["", ""])[:2]
    if family not in RUNS or way not in ("", "resident", "libcrypto", "libcrypto-fips") or len(sys.argv) > 3:
        sys.exit("usage: vectors_module_test.py mlkem|hqc|mldsa|slhdsa|hbs [resident|libcrypto|libcrypto-fips]")
    home = pathlib.Path(tempfile.mkdtemp(prefix="pqhw-test-"))
    try:
        return run_in(home, family, way)
    finally:
        shutil.rmtree(home)


if __name__ == "__main__":
    sys.exit(main())
