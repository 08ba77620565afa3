# SPDX-License-Identifier: Apache-2.0
"""All ML-DSA cases, for any interface.

run(adapter, tally) takes an adapter with these methods, where name is a parameter set such as
"ML-DSA-65", key a Key, message a Message, and everything else is bytes:

    keygen(name, seed) -> (pk, sk)
    check_key(name, key)                    import a private key; nothing comes back
    sign(name, key, message, rnd) -> sig    rnd is all zero for deterministic signing
    verify(name, pk, message, sig)          nothing comes back

They raise vectors.Refused or vectors.NotCarried.
"""

import dataclasses
import hashlib

import vectors

SETS = ("ML-DSA-44", "ML-DSA-65", "ML-DSA-87")
SIG_LEN = {"ML-DSA-44": 2420, "ML-DSA-65": 3309, "ML-DSA-87": 4627}
DETERMINISTIC = bytes(32)

HASHLIB = {
    "SHA2-224": "sha224",
    "SHA2-256": "sha256",
    "SHA2-384": "sha384",
    "SHA2-512": "sha512",
    "SHA2-512/224": "sha512_224",
    "SHA2-512/256": "sha512_256",
    "SHA3-224": "sha3_224",
    "SHA3-256": "sha3_256",
    "SHA3-384": "sha3_384",
    "SHA3-512": "sha3_512",
}
SHAKES = {"SHAKE-128": (hashlib.shake_128, 32), "SHAKE-256": (hashlib.shake_256, 64)}


def digest(hash_name, data):
    """The digest that HashML-DSA takes (FIPS 204, 5.4.1)."""
    if hash_name in SHAKES:
        function, length = SHAKES[hash_name]
        return function(data).digest(length)
    return hashlib.new(HASHLIB[hash_name], data).digest()


# ------------------------------------------------------------------------------- what cases say


@dataclasses.dataclass(frozen=True)
class Key:
    """A private key, as a seed or expanded; exactly one is set."""

    seed: bytes = None
    sk: bytes = None


@dataclasses.dataclass(frozen=True)
class Message:
    """What is signed.

    kind is "pure", "prehash", "mu" or "internal" (M' as it is). data is the message itself, even
    for "prehash": hash_name says how it is to be hashed, and digest() does so.
    """

    kind: str
    data: bytes
    context: bytes = b""
    hash_name: str = None

    def digest(self):
        return digest(self.hash_name, self.data)


# ------------------------------------------------------------------------------- single checks


def check_keygen(adapter, name, seed, pk, sk):
    got_pk, got_sk = adapter.keygen(name, seed)
    return vectors.differs("pk", got_pk, pk) or vectors.differs("sk", got_sk, sk)


def check_sign(adapter, name, key, message, rnd, sig):
    return vectors.differs("signature", adapter.sign(name, key, message, rnd), sig)


def check_verify(adapter, name, pk, message, sig):
    adapter.verify(name, pk, message, sig)


# ------------------------------------------------------------------------------- ACVP


def acvp_message(group, test):
    if group["signatureInterface"] == "internal":
        if group["externalMu"]:
            return Message("mu", bytes.fromhex(test["mu"]))
        return Message("internal", bytes.fromhex(test["message"]))
    data = bytes.fromhex(test["message"])
    context = bytes.fromhex(test["context"])
    if group["preHash"] == "pure":
        return Message("pure", data, context)
    return Message("prehash", data, context, test["hashAlg"])


def acvp_keygen(adapter, tally):
    for group, test in vectors.read_acvp("acvp/ML-DSA-keyGen-FIPS204"):
        name = group["parameterSet"]
        seed, pk, sk = (bytes.fromhex(test[field]) for field in ("seed", "pk", "sk"))
        tally.case(f"ACVP keyGen {test['tcId']}", check_keygen, adapter, name, seed, pk, sk)


def acvp_siggen(adapter, tally, folder):
    for group, test in vectors.read_acvp("acvp/" + folder):
        if "seed" in test:
            key = Key(seed=bytes.fromhex(test["seed"]))
        else:
            key = Key(sk=bytes.fromhex(test["sk"]))
        rnd = DETERMINISTIC if group["deterministic"] else bytes.fromhex(test["rnd"])
        tally.case(
            f"ACVP {folder} {test['tcId']}",
            check_sign,
            adapter,
            group["parameterSet"],
            key,
            acvp_message(group, test),
            rnd,
            bytes.fromhex(test["signature"]),
        )


def acvp_sigver(adapter, tally):
    for group, test in vectors.read_acvp("acvp/ML-DSA-sigVer-FIPS204"):
        args = (
            group["parameterSet"],
            bytes.fromhex(test["pk"]),
            acvp_message(group, test),
            bytes.fromhex(test["signature"]),
        )
        title = f"ACVP sigVer {test['tcId']}"
        if test["testPassed"]:
            tally.case(title, check_verify, adapter, *args)
        else:
            tally.case(title, vectors.must_refuse, adapter.verify, *args)


# ------------------------------------------------------------------------------- Wycheproof

# Flags of cases whose private key must already be refused at import.
KEY_FLAGS = {"IncorrectPrivateKeyLength", "InvalidPrivateKey"}


def wycheproof_messages(test):
    """A test gives the message, mu, or both; each is signed."""
    if "msg" in test:
        context = bytes.fromhex(test.get("ctx", ""))
        yield Message("pure", bytes.fromhex(test["msg"]), context)
    if "mu" in test:
        yield Message("mu", bytes.fromhex(test["mu"]))


def wycheproof_sign(adapter, tally, name, kind):
    file = f"mldsa_{name[-2:]}_sign_{kind}_test.json.xz"
    for group, test in vectors.read_wycheproof("wycheproof/" + file):
        if kind == "seed":
            key = Key(seed=bytes.fromhex(group["privateSeed"]))
        else:
            key = Key(sk=bytes.fromhex(group["privateKey"]))
        rnd = bytes.fromhex(test["rnd"]) if "rnd" in test else DETERMINISTIC
        title = f"{file} {test['tcId']} ({test['comment']})"
        if KEY_FLAGS & set(test["flags"]):
            tally.case(title + ", import", vectors.must_refuse, adapter.check_key, name, key)
        for message in wycheproof_messages(test):
            args = (name, key, message, rnd)
            if test["result"] == "valid":
                sig = bytes.fromhex(test["sig"])
                tally.case(f"{title}, {message.kind}", check_sign, adapter, *args, sig)
            else:
                tally.case(f"{title}, {message.kind}", vectors.must_refuse, adapter.sign, *args)


def wycheproof_public_keys(adapter, tally, name):
    """The public key that belongs to each seed of the signing tests."""
    file = f"mldsa_{name[-2:]}_sign_seed_test.json.xz"
    groups = {
        (group["privateSeed"], group["publicKey"])
        for group, _ in vectors.read_wycheproof("wycheproof/" + file)
        if group["publicKey"] is not None
    }
    for seed, pk in sorted(groups):
        tally.case(f"{file} public key of {seed[:16]}", check_public_key, adapter, name, seed, pk)


def check_public_key(adapter, name, seed, pk):
    return vectors.differs("pk", adapter.keygen(name, bytes.fromhex(seed))[0], bytes.fromhex(pk))


def wycheproof_verify(adapter, tally, name):
    file = f"mldsa_{name[-2:]}_verify_test.json.xz"
    for group, test in vectors.read_wycheproof("wycheproof/" + file):
        context = bytes.fromhex(test.get("ctx", ""))
        args = (
            name,
            bytes.fromhex(group["publicKey"]),
            Message("pure", bytes.fromhex(test["msg"]), context),
            bytes.fromhex(test["sig"]),
        )
        title = f"{file} {test['tcId']} ({test['comment']})"
        if test["result"] == "valid":
            tally.case(title, check_verify, adapter, *args)
        else:
            tally.case(title, vectors.must_refuse, adapter.verify, *args)


# ------------------------------------------------------------------------------- KAT files

# These files hash with the shortest SHA-2 that fits the strength of the parameter set.
KAT_HASH = {"ML-DSA-44": "SHA2-256", "ML-DSA-65": "SHA2-384", "ML-DSA-87": "SHA2-512"}


def kat(adapter, tally, name, variant):
    file = f"kat_MLDSA_{name[-2:]}_{variant}.rsp.xz"
    for record in vectors.read_rsp("mldsa-kat/" + file):
        seed, pk, sk, msg, ctx = (
            bytes.fromhex(record[field]) for field in ("xi", "pk", "sk", "msg", "ctx")
        )
        if variant == "det_pure":
            message, rnd = Message("pure", msg, ctx), DETERMINISTIC
        else:
            message = Message("prehash", msg, ctx, KAT_HASH[name])
            rnd = bytes.fromhex(record["rng"])
        sig = bytes.fromhex(record["sm"])[: SIG_LEN[name]]
        title = f"{file} {record['count']}"
        tally.case(title + " keygen", check_keygen, adapter, name, seed, pk, sk)
        tally.case(title + " sign", check_sign, adapter, name, Key(sk=sk), message, rnd, sig)
        tally.case(title + " verify", check_verify, adapter, name, pk, message, sig)


# ------------------------------------------------------------------------------- all of them


def run(adapter, tally):
    acvp_keygen(adapter, tally)
    acvp_siggen(adapter, tally, "ML-DSA-sigGen-FIPS204")
    acvp_siggen(adapter, tally, "ML-DSA-sigGen-FIPS204-tr1")
    acvp_sigver(adapter, tally)
    for name in SETS:
        wycheproof_sign(adapter, tally, name, "seed")
        wycheproof_sign(adapter, tally, name, "noseed")
        wycheproof_public_keys(adapter, tally, name)
        wycheproof_verify(adapter, tally, name)
        kat(adapter, tally, name, "det_pure")
        kat(adapter, tally, name, "hedged_hashed")
