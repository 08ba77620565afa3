# SPDX-License-Identifier: Apache-2.0
"""All SLH-DSA cases, for any interface.

run(adapter, tally) takes an adapter with these methods, where name is a parameter set such as
"SLH-DSA-SHA2-128s", message a Message, and everything else is bytes:

    keygen(name, seed) -> (pk, sk)              seed is SK.seed || SK.prf || PK.seed
    check_key(name, sk)                         import a private key; nothing comes back
    sign(name, sk, message, opt_rand) -> sig    opt_rand is empty for deterministic signing
    verify(name, pk, message, sig)              nothing comes back

They raise vectors.Refused or vectors.NotCarried.
"""

import dataclasses
import hashlib

import nist_drbg
import vectors

SETS = tuple(
    f"SLH-DSA-{family}-{size}{speed}"
    for size in (128, 192, 256)
    for family in ("SHA2", "SHAKE")
    for speed in "sf"
)
DETERMINISTIC = b""


def security_bytes(name):
    """n"""
    return int(name[-4:-1]) // 8


# ------------------------------------------------------------------------------- what cases say


@dataclasses.dataclass(frozen=True)
class Message:
    """What is signed: kind is "pure", "prehash" or "internal" (M' as it is). With "prehash", data
    is the digest, made with hash_name."""

    kind: str
    data: bytes
    context: bytes = b""
    hash_name: str = None


# ------------------------------------------------------------------------------- single checks


def check_keygen(adapter, name, seed, pk, sk):
    got_pk, got_sk = adapter.keygen(name, seed)
    return vectors.differs("pk", got_pk, pk) or vectors.differs("sk", got_sk, sk)


def check_key(adapter, name, sk):
    adapter.check_key(name, sk)


def check_sign(adapter, name, sk, message, opt_rand, sig):
    return vectors.differs("signature", adapter.sign(name, sk, message, opt_rand), sig)


def check_sign_hashed(adapter, name, sk, message, opt_rand, digest):
    sig = adapter.sign(name, sk, message, opt_rand)
    adapter.verify(name, sk[len(sk) // 2 :], message, sig)
    return vectors.differs("hash of the signature", hash_of_signature(name, sig), digest)


def check_verify(adapter, name, pk, message, sig):
    adapter.verify(name, pk, message, sig)


def verify_case(adapter, tally, title, good, *args):
    if good:
        tally.case(title, check_verify, adapter, *args)
    else:
        tally.case(title, vectors.must_refuse, adapter.verify, *args)


# ------------------------------------------------------------------------------- ACVP


def acvp_keygen(adapter, tally):
    for group, test in vectors.read_acvp("acvp/SLH-DSA-keyGen-FIPS205"):
        name = group["parameterSet"]
        seed = b"".join(bytes.fromhex(test[part]) for part in ("skSeed", "skPrf", "pkSeed"))
        pk, sk = bytes.fromhex(test["pk"]), bytes.fromhex(test["sk"])
        tally.case(f"ACVP keyGen {test['tcId']}", check_keygen, adapter, name, seed, pk, sk)


# ------------------------------------------------------------------------------- Bouncy Castle

# What "context" says: no context and the internal interface, or the external one without a context.
BC_INTERNAL = "none"
BC_EMPTY = "zero_length"

BC_RECORDS = {
    "sha2-128s": "SLH-DSA-SHA2-128s",
    "shake-128f": "SLH-DSA-SHAKE-128f",
    "shake-192s": "SLH-DSA-SHAKE-192s",
    "sha2-128s-sha256": "SLH-DSA-SHA2-128s",
}
BC_KEYGEN = ("SLH-DSA-SHA2-128s", "SLH-DSA-SHA2-192f", "SLH-DSA-SHAKE-192s")
BC_SIGN = ("SLH-DSA-SHA2-192s", "SLH-DSA-SHAKE-128f", "SLH-DSA-SHAKE-192s")


def bc_message(file, record):
    data = bytes.fromhex(record["msg"])
    if record["context"] == BC_INTERNAL:
        return Message("internal", data)
    context = b"" if record["context"] == BC_EMPTY else bytes.fromhex(record["context"])
    if file.endswith("-sha256"):
        return Message("prehash", hashlib.sha256(data).digest(), context, "SHA2-256")
    return Message("pure", data, context)


def bc_records(adapter, tally, file, name):
    for record in vectors.read_rsp(f"slhdsa-bc/{file}.rsp.xz"):
        seed, pk, sk, sig, opt_rand = (
            bytes.fromhex(record[field]) for field in ("seed", "pk", "sk", "sm", "optrand")
        )
        message = bc_message(file, record)
        title = f"bc {file} {record['count']}"
        tally.case(title + " keygen", check_keygen, adapter, name, seed, pk, sk)
        tally.case(title + " sign", check_sign, adapter, name, sk, message, opt_rand, sig)
        tally.case(title + " verify", check_verify, adapter, name, pk, message, sig)


def bc_files(kind, name):
    return enumerate(vectors.read_records(f"slhdsa-bc/{kind}_{name}.txt.xz", "="))


def bc_keygen(adapter, tally, name):
    for count, record in bc_files("keyGen", name):
        seed = b"".join(bytes.fromhex(record[part]) for part in ("skSeed", "skPrf", "pkSeed"))
        pk, sk = bytes.fromhex(record["pk"]), bytes.fromhex(record["sk"])
        tally.case(f"bc keyGen {name} {count}", check_keygen, adapter, name, seed, pk, sk)


def bc_sign(adapter, tally, name):
    for count, record in bc_files("sigGen", name):
        sk, data, sig = (bytes.fromhex(record[part]) for part in ("sk", "message", "signature"))
        opt_rand = bytes.fromhex(record.get("additionalRandomness", ""))
        message = Message("internal", data)
        title = f"bc sigGen {name} {count}"
        tally.case(title, check_sign, adapter, name, sk, message, opt_rand, sig)


def bc_verify(adapter, tally, name):
    for count, record in bc_files("sigVer", name):
        pk, data, sig = (bytes.fromhex(record[part]) for part in ("pk", "message", "signature"))
        title = f"bc sigVer {name} {count} ({record['reason']})"
        good = record["testPassed"] == "True"
        verify_case(adapter, tally, title, good, name, pk, Message("internal", data), sig)
        # The private key is given as well, and is always good.
        tally.case(title + ", key", check_key, adapter, name, bytes.fromhex(record["sk"]))


# ------------------------------------------------------------------------------- BoringSSL

BORING = {"sha2_128s": "SLH-DSA-SHA2-128s", "shake_256f": "SLH-DSA-SHAKE-256f"}
BORING_HASH = {"SHA-256": "SHA2-256", "SHA-384": "SHA2-384"}


def boring_files(kind, file):
    return enumerate(vectors.read_records(f"slhdsa-boringssl/slhdsa_{file}_{kind}.txt.xz", ":"))


def boring_keygen(adapter, tally, file, name):
    for count, record in boring_files("keygen", file):
        seed, pk, sk = (bytes.fromhex(record[part]) for part in ("seed", "pub", "priv"))
        tally.case(f"boringssl {file} keygen {count}", check_keygen, adapter, name, seed, pk, sk)


def boring_sign(adapter, tally, file, name):
    for count, record in boring_files("siggen", file):
        sk, opt_rand, data, sig = (
            bytes.fromhex(record[part]) for part in ("priv", "entropy", "msg", "sig")
        )
        message = Message("internal", data)
        title = f"boringssl {file} siggen {count}"
        tally.case(title, check_sign, adapter, name, sk, message, opt_rand, sig)


def boring_verify(adapter, tally, file, name):
    for count, record in boring_files("sigver", file):
        pk, data, sig = (bytes.fromhex(record[part]) for part in ("pub", "msg", "sig"))
        title = f"boringssl {file} sigver {count}"
        good = record["valid"] == "true"
        verify_case(adapter, tally, title, good, name, pk, Message("internal", data), sig)


def boring_prehash(adapter, tally, file, name):
    for count, record in boring_files("prehash", file):
        pk, digest, context, sig = (
            bytes.fromhex(record[part]) for part in ("pub", "msg", "context", "sig")
        )
        message = Message("prehash", digest, context, BORING_HASH[record["hash"]])
        title = f"boringssl {file} prehash {count}"
        tally.case(title, check_verify, adapter, name, pk, message, sig)


def boring_acvp_groups():
    """(mode, group, test) with the expected results merged, of the vector sets in one file."""
    prompts, expected = (
        vectors.read_json(f"slhdsa-boringssl/acvp-{part}-SLH-DSA.json.xz")[1:]
        for part in ("vectors", "expected")
    )
    results = {
        (part["vsId"], test["tcId"]): test
        for part in expected
        for group in part["testGroups"]
        for test in group["tests"]
    }
    for part in prompts:
        for group in part["testGroups"]:
            for test in group["tests"]:
                yield part["mode"], group, {**test, **results.pop((part["vsId"], test["tcId"]))}
    assert not results, "expected results without a prompt"


def boring_acvp(adapter, tally):
    for mode, group, test in boring_acvp_groups():
        name = group["parameterSet"]
        value = {key: bytes.fromhex(text) for key, text in test.items() if isinstance(text, str)}
        message = Message("internal", value.get("message", b""))
        title = f"boringssl ACVP {mode} {test['tcId']}"
        if mode == "keyGen":
            seed = value["skSeed"] + value["skPrf"] + value["pkSeed"]
            tally.case(title, check_keygen, adapter, name, seed, value["pk"], value["sk"])
        elif mode == "sigGen":
            opt_rand = value.get("additionalRandomness", DETERMINISTIC)
            args = (name, value["sk"], message, opt_rand, value["signature"])
            tally.case(title, check_sign, adapter, *args)
        else:
            args = (name, value["pk"], message, value["signature"])
            verify_case(adapter, tally, title, test["testPassed"], *args)


# ------------------------------------------------------------------------------- Botan


def hash_of_signature(name, sig):
    """What the file holds in place of a signature."""
    return hashlib.new("sha3_256" if "SHAKE" in name else "sha256", sig).digest()


def botan_hashed(adapter, tally):
    for record in vectors.read_records("slhdsa-botan/slh_dsa.vec.xz", "="):
        name = record["SphincsParameterSet"]
        value = {key: bytes.fromhex(text) for key, text in record.items() if not text == name}
        message = Message("pure", value["msg"])
        drbg = nist_drbg.Drbg(value["seed"])
        seed = drbg.generate(3 * security_bytes(name))
        opt_rand = drbg.generate(security_bytes(name))
        title = f"botan {name}"
        tally.case(title + " keygen", check_keygen, adapter, name, seed, value["pk"], value["sk"])
        for variant, rand in (("Det", DETERMINISTIC), ("Rand", opt_rand)):
            args = (name, value["sk"], message, rand, value["HashSig" + variant])
            tally.case(title + " " + variant, check_sign_hashed, adapter, *args)


def botan_generic(adapter, tally):
    for count, record in enumerate(vectors.read_records("slhdsa-botan/slh_dsa_generic.vec.xz", "=")):
        name = record["Instance"]
        data, sk, pk, sig = (
            bytes.fromhex(record[part]) for part in ("Msg", "PrivateKey", "PublicKey", "Signature")
        )
        opt_rand = bytes.fromhex(record.get("Nonce", ""))
        message = Message("pure", data)
        title = f"botan generic {count}"
        tally.case(title + " sign", check_sign, adapter, name, sk, message, opt_rand, sig)
        verify_case(
            adapter, tally, title + " verify", record["Valid"] == "1", name, pk, message, sig
        )


# ------------------------------------------------------------------------------- all of them


def run(adapter, tally):
    acvp_keygen(adapter, tally)
    for file, name in BC_RECORDS.items():
        bc_records(adapter, tally, file, name)
    for name in BC_KEYGEN:
        bc_keygen(adapter, tally, name)
    for name in BC_SIGN:
        bc_sign(adapter, tally, name)
        bc_verify(adapter, tally, name)
    for file, name in BORING.items():
        boring_keygen(adapter, tally, file, name)
        boring_sign(adapter, tally, file, name)
        boring_verify(adapter, tally, file, name)
    boring_prehash(adapter, tally, "sha2_128s", "SLH-DSA-SHA2-128s")
    boring_acvp(adapter, tally)
    botan_hashed(adapter, tally)
    botan_generic(adapter, tally)
