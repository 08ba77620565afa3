#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Round-3 vectors of Falcon. Usage: falcon_test.py DRIVER"""

import re
import struct
import sys

import nist_drbg
import vectors

SETS = {"Falcon-512": "512", "Falcon-1024": "1024"}
LOG_N = {"Falcon-512": 9, "Falcon-1024": 10}
PADDED_LEN = {"Falcon-512": 666, "Falcon-1024": 1280}


def parse(name, record):
    """(message, signature) of a record, whose "sm" has the message between nonce and the rest."""
    signed, message = bytes.fromhex(record["sm"]), bytes.fromhex(record["msg"])
    length = int.from_bytes(signed[:2], "big")
    nonce, inner, tail = signed[2:42], signed[42 : 42 + len(message)], signed[42 + len(message) :]
    if inner != message or len(tail) != length or tail[0] != 0x20 + LOG_N[name]:
        sys.exit(f"{name} {record['count']}: not in the form that the specification gives")
    return message, bytes([0x30 + LOG_N[name]]) + nonce + tail[1:]


def padded(name, signature):
    if len(signature) > PADDED_LEN[name]:
        return None
    return signature + bytes(PADDED_LEN[name] - len(signature))


def coefficients(n, packed):
    """Decompress (Algorithm 18), without its checks."""
    bits = "".join(f"{byte:08b}" for byte in packed)
    at = 0
    for _ in range(n):
        one = bits.index("1", at + 8)
        value = int(bits[at + 1 : at + 8], 2) + 128 * (one - at - 8)
        yield -value if bits[at] == "1" else value
        at = one + 1


def constant_length(name, signature):
    """The same signature in the format whose length says nothing."""
    bits = "".join(
        f"{s & 0xFFF:012b}" for s in coefficients(1 << LOG_N[name], signature[41:])
    )
    return (
        bytes([0x50 + LOG_N[name]])
        + signature[1:41]
        + int(bits, 2).to_bytes(len(bits) // 8, "big")
    )


def open_case(driver, name, record):
    message, signature = parse(name, record)
    pk = bytes.fromhex(record["pk"])
    for style, variant in (
        ("compressed", signature),
        ("padded", padded(name, signature)),
        ("ct", constant_length(name, signature)),
    ):
        if variant is not None:
            driver.ask("verify", name, style, pk, message, variant)
    return None


def forged_case(driver, name, record):
    """A signature of another message, nonce or value, or cut or lengthened, is not one."""
    message, signature = parse(name, record)
    pk = bytes.fromhex(record["pk"])
    flip = lambda data, at: data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
    for why, changed_message, changed in (
        ("another message", message + b"!", signature),
        ("another nonce", message, flip(signature, 1)),
        ("another value", message, flip(signature, 60)),
        ("another head", message, flip(signature, 0)),
        ("cut", message, signature[:-1]),
        ("lengthened", message, signature + b"\0"),
        ("nothing", message, b""),
    ):
        why_not = vectors.must_refuse(
            driver.ask, "verify", name, "compressed", pk, changed_message, changed
        )
        if why_not:
            return f"{why}: {why_not}"
    return None


def keygen_case(driver, name, record):
    seed = nist_drbg.Drbg(bytes.fromhex(record["seed"])).generate(48)
    expected = bytes.fromhex(record["pk"]) + bytes.fromhex(record["sk"])
    return vectors.differs("key pair", driver.ask("keygen", name, seed), expected)


def sign_case(driver, name, record, style, expected):
    """The signature, byte for byte, with the generator of the known-answer tests: 48 bytes to make
    the key of, the nonce of 40, 48 bytes for the sampler."""
    drbg = nist_drbg.Drbg(bytes.fromhex(record["seed"]))
    drbg.generate(48)
    random = drbg.generate(40) + drbg.generate(48)
    sk, message = bytes.fromhex(record["sk"]), bytes.fromhex(record["msg"])
    pk = driver.ask("public", name, sk)
    return vectors.differs("public key", pk, bytes.fromhex(record["pk"])) or vectors.differs(
        "signature", driver.ask("sign", name, style, sk, message, random), expected
    )


def run_round3(driver, tally):
    for name, degree in SETS.items():
        for record in vectors.read_rsp(f"falcon-round3/falcon{degree}-KAT.rsp.xz"):
            label = f"{name} {record['count']}"
            signature = parse(name, record)[1]
            tally.case(f"{label} made", keygen_case, driver, name, record)
            tally.case(f"{label} signed", sign_case, driver, name, record, "compressed", signature)
            tally.case(f"{label} opened", open_case, driver, name, record)
            tally.case(f"{label} forged", forged_case, driver, name, record)


def padded_case(driver, name, record):
    """Here the message follows the signature, which is padded and whole."""
    length = PADDED_LEN[name]
    signature, message = (bytes.fromhex(record["sm"])[part] for part in (slice(length), slice(length, None)))
    if message != bytes.fromhex(record["msg"]):
        sys.exit(f"{name} padded {record['count']}: not a signature and its message")
    words = ("verify", name, "padded", bytes.fromhex(record["pk"]), message)
    driver.ask(*words, signature)
    return vectors.must_refuse(driver.ask, *words, signature[:-1] + b"\1")


def run_padded(driver, tally):
    for name, degree in SETS.items():
        source = f"falcon-pqclean/nistkat_out_falcon-padded-{degree}_clean.txt.xz"
        for record in vectors.read_rsp(source):
            label = f"{name} padded {record['count']}"
            signature = bytes.fromhex(record["sm"])[: PADDED_LEN[name]]
            tally.case(f"{label} signed", sign_case, driver, name, record, "padded", signature)
            tally.case(f"{label} opened", padded_case, driver, name, record)


def read_samples(text):
    """Yield (mu, 1 / sigma, bytes, z). A number of 72 bits is read lowest byte first."""
    for block in text.split("SamplerZ:")[1:]:
        mu, inverse = (float.fromhex(re.search(what, block)[1]) for what in (r"mu +=\s+(\S+)", r"1/sigma = (\S+)"))
        read = re.findall(r"u = 0x(\w{18})|from random byte: 0x(\w\w)", block)
        noise = b"".join(bytes.fromhex(u)[::-1] + bytes.fromhex(byte) for u, byte in read)
        yield mu, inverse, noise, int(re.search(r"Accepted, ret = (-?\d+)", block)[1])


def sample_case(driver, name, mu, inverse, noise, z):
    words = (struct.pack(">d", mu), struct.pack(">d", inverse), noise)
    return vectors.differs("sample", driver.ask("sample", name, *words), struct.pack(">i", z))


def run_sampler(driver, tally):
    for name, degree in SETS.items():
        text = vectors.read(f"falcon-sampler/test-vector-sampler-falcon{degree}.txt.xz").decode()
        for i, sample in enumerate(read_samples(text)):
            tally.case(f"{name} sample {i}", sample_case, driver, name, *sample)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    driver = vectors.Driver(sys.argv[1])
    tally = vectors.Tally("Falcon")
    run_round3(driver, tally)
    run_padded(driver, tally)
    run_sampler(driver, tally)
    failed = tally.finish()
    return failed or driver.finish()


sys.exit(main())
