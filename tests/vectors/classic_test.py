#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Public vectors of the classical algorithms: ECDSA, ECDH, EdDSA, X25519, X448 and RSA.

    classic_test.py DRIVER
"""

import sys

import vectors

# CKA_EC_PARAMS: object identifiers in DER.
PARAMS = {
    "secp256r1": "06082a8648ce3d030107",
    "secp384r1": "06052b81040022",
    "secp521r1": "06052b81040023",
    "secp256k1": "06052b8104000a",
    "brainpoolP256r1": "06092b2403030208010107",
    "brainpoolP384r1": "06092b240303020801010b",
    "brainpoolP512r1": "06092b240303020801010d",
    "edwards25519": "06032b6570",
    "edwards448": "06032b6571",
    "curve25519": "06032b656e",
    "curve448": "06032b656f",
}


class Driver(vectors.Driver):
    NOT_CARRIED = {"MECHANISM_PARAM_INVALID": "this libcrypto has no contexts"}


def verdict(test, driver, *words):
    """A verification must end as the vector says."""
    if test["result"] == "invalid":
        return vectors.must_refuse(driver.ask, *words)
    driver.ask(*words)
    return None


# ------------------------------------------------------------------------------- curves


def ecdsa_case(driver, group, test):
    key = group["publicKey"]
    words = (PARAMS[key["curve"]], group["sha"], key["uncompressed"], test["msg"], test["sig"])
    return verdict(test, driver, "ecdsa-verify", *words)


def eddsa_case(driver, group, test):
    key = group["publicKey"]
    words = (PARAMS[key["curve"]], key["pk"], test["msg"], test["sig"])
    return verdict(test, driver, "eddsa-verify", *words)


def agree(driver, curve, test, private, public):
    got = driver.ask("agree", PARAMS[curve], private, public)
    return vectors.differs("shared secret", got, bytes.fromhex(test["shared"]))


def ecdh_case(driver, group, test):
    """Points that are given bare. "acceptable" is the compressed one, which we take."""
    words = (driver, group["curve"], test, test["private"], test["public"])
    if test["result"] == "invalid":
        return vectors.must_refuse(agree, *words)
    return agree(*words)


def xdh_case(driver, group, test):
    """What leads to a shared secret of zeros is refused; other odd points are used."""
    words = (driver, group["curve"], test, test["private"], test["public"])
    if not any(bytes.fromhex(test["shared"])):
        return vectors.must_refuse(agree, *words)
    return agree(*words)


def rfc8032_case(driver, params, test):
    words = (params, test["SECRET"], test.get("CONTEXT", ""), test["MESSAGE"])
    got = driver.ask("eddsa-sign", *words)
    return vectors.differs("signature", got, bytes.fromhex(test["SIGNATURE"]))


# ------------------------------------------------------------------------------- RSA


def rsa_verify_case(driver, group, test, padding):
    key = group["publicKey"]
    scheme = (padding, group["sha"], group.get("mgfSha", group["sha"]), group.get("sLen", 0))
    words = (key["modulus"], key["publicExponent"], *scheme, test["msg"], test["sig"])
    if test["result"] == "acceptable":  # a DigestInfo without its NULL: we are strict
        return vectors.must_refuse(driver.ask, "rsa-verify", *words)
    if int(group["keySize"]) < 2048:
        raise vectors.NotCarried("keys below 2048 bits are refused")
    return verdict(test, driver, "rsa-verify", *words)


def rsa_private(key):
    names = ("modulus", "publicExponent", "privateExponent", "prime1", "prime2")
    return [key[name] for name in names]


def rsa_oaep_case(driver, group, test):
    if int(group["keySize"]) < 2048:
        raise vectors.NotCarried("keys below 2048 bits are refused")
    words = ("oaep", group["sha"], group["mgfSha"], test["label"], test["ct"])
    words = ("rsa-decrypt", *rsa_private(group["privateKey"]), *words)
    if test["result"] == "invalid":
        return vectors.must_refuse(driver.ask, *words)
    return vectors.differs("plaintext", driver.ask(*words), bytes.fromhex(test["msg"]))


def rsa_pkcs1_case(driver, group, test):
    """A wrong padding is not refused but answered with something else, twice the same."""
    words = ("pkcs1", "SHA-1", "SHA-1", "", test["ct"])
    words = ("rsa-decrypt", *rsa_private(group["privateKey"]), *words)
    expected = bytes.fromhex(test["msg"])
    if test["result"] != "invalid":
        return vectors.differs("plaintext", driver.ask(*words), expected)
    modulus = group["privateKey"]["modulus"].removeprefix("00")
    if len(test["ct"]) != len(modulus) or test["ct"] >= modulus:  # both in lower case
        return vectors.must_refuse(driver.ask, *words)
    got = driver.ask(*words)
    if expected and got == expected:
        return "a wrong padding was accepted"
    return vectors.differs("the second answer", driver.ask(*words), got)


def rejection_case(driver, key, test):
    """What libcrypto 3.2 and later makes of a wrong padding, we make."""
    words = ("pkcs1", "SHA-1", "SHA-1", "", test["ct"])
    got = driver.ask("rsa-decrypt", *rsa_private(key), *words)
    return vectors.differs("plaintext", got, bytes.fromhex(test["msg"]))


# ------------------------------------------------------------------------------- all of it

WYCHEPROOF = {
    ecdsa_case: (
        "ecdsa_secp256r1_sha256_p1363",
        "ecdsa_secp256r1_sha512_p1363",
        "ecdsa_secp384r1_sha384_p1363",
        "ecdsa_secp521r1_sha512_p1363",
        "ecdsa_secp256k1_sha256_p1363",
        "ecdsa_brainpoolP256r1_sha256_p1363",
        "ecdsa_brainpoolP384r1_sha384_p1363",
        "ecdsa_brainpoolP512r1_sha512_p1363",
    ),
    ecdh_case: ("ecdh_secp256r1_ecpoint", "ecdh_secp384r1_ecpoint", "ecdh_secp521r1_ecpoint"),
    eddsa_case: ("ed25519", "ed448"),
    xdh_case: ("x25519", "x448"),
    lambda *args: rsa_verify_case(*args, "pkcs1"): (
        "rsa_signature_2048_sha256",
        "rsa_signature_2048_sha3_256",
        "rsa_signature_2048_sha512_256",
        "rsa_signature_3072_sha384",
        "rsa_signature_4096_sha512",
        "rsa_signature_8192_sha256",
    ),
    lambda *args: rsa_verify_case(*args, "pss"): (
        "rsa_pss_2048_sha1_mgf1_20",
        "rsa_pss_2048_sha256_mgf1_0",
        "rsa_pss_2048_sha256_mgf1_32",
        "rsa_pss_2048_sha256_mgf1sha1_20",
        "rsa_pss_2048_sha512_256_mgf1_32",
        "rsa_pss_3072_sha256_mgf1_32",
        "rsa_pss_4096_sha512_mgf1_64",
        "rsa_pss_misc",
    ),
    rsa_oaep_case: (
        "rsa_oaep_2048_sha1_mgf1sha1",
        "rsa_oaep_2048_sha256_mgf1sha1",
        "rsa_oaep_2048_sha256_mgf1sha256",
        "rsa_oaep_3072_sha512_256_mgf1sha512_256",
        "rsa_oaep_4096_sha512_mgf1sha512",
    ),
    rsa_pkcs1_case: ("rsa_pkcs1_2048", "rsa_pkcs1_3072", "rsa_pkcs1_4096"),
}


def run_wycheproof(driver, tally):
    for case, names in WYCHEPROOF.items():
        for name in names:
            for group, test in vectors.read_wycheproof(f"wycheproof/{name}_test.json.xz"):
                tally.case(f"{name} {test['tcId']}", case, driver, group, test)


def run_rfc8032(driver, tally):
    for name in ("ed25519", "ed448"):
        content = vectors.read_json(f"classic/rfc8032_{name}.json.xz")
        for i, test in enumerate(content["tests"]):
            tally.case(f"RFC 8032 {name} {i}", rfc8032_case, driver, content["params"], test)


def run_rejection(driver, tally):
    content = vectors.read_json("classic/rsa_implicit_rejection.json.xz")
    for i, test in enumerate(content["tests"]):
        tally.case(f"implicit rejection {i}", rejection_case, driver, content["privateKey"], test)


def main():
    driver = Driver(sys.argv[1])
    tally = vectors.Tally("classical algorithms")
    run_wycheproof(driver, tally)
    run_rfc8032(driver, tally)
    run_rejection(driver, tally)
    failed = tally.finish()
    return failed or driver.finish()


sys.exit(main())
