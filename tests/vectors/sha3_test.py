#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""All SHA-3 and SHAKE vectors of ACVP, bit by bit, through the sponge.

    sha3_test.py DRIVER          all but the large ones
    sha3_test.py DRIVER --large  only those: 60 GiB of messages, about five minutes
"""

import subprocess
import sys

import vectors

SHA3_BITS = {"SHA3-224": 224, "SHA3-256": 256, "SHA3-384": 384, "SHA3-512": 512}
FOLDERS = {name: f"acvp/{name}-2.0" for name in SHA3_BITS}
FOLDERS |= {name: f"acvp/{name}-1.0" for name in ("SHAKE-128", "SHAKE-256")}


class Driver:
    """The sponge at the other end of a pipe."""

    def __init__(self, path):
        self.process = subprocess.Popen(
            [path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, num_lines, *words):
        self.process.stdin.write(" ".join(str(word) for word in words) + "\n")
        self.process.stdin.flush()
        lines = [self.process.stdout.readline() for _ in range(num_lines)]
        if not lines[-1]:
            sys.exit("the driver ended early")
        return [bytes.fromhex(line) for line in lines]

    def finish(self):
        self.process.stdin.close()
        return self.process.wait()


def hexed(data):
    return data.hex() or "-"


def message_case(driver, name, out_bits, test):
    message = bytearray.fromhex(test["msg"])
    partial = test["len"] % 8
    if partial:  # these files have the bits of a partial byte at its high end, highest bit last
        message[-1] >>= 8 - partial
    (digest,) = driver.ask(1, "bits", name, out_bits, test["len"], hexed(message))
    return vectors.differs("digest", digest, bytes.fromhex(test["md"]))


def large_case(driver, name, out_bits, test):
    large = test["largeMsg"]
    if large["expansionTechnique"] != "repeating":
        return f"unknown expansion {large['expansionTechnique']}"
    words = ("repeat", name, out_bits, large["fullLength"] // 8, large["content"])
    (digest,) = driver.ask(1, *words)
    return vectors.differs("digest", digest, bytes.fromhex(test["md"]))


def chain_case(driver, name, min_bits, max_bits, test):
    digests = driver.ask(100, "chain", name, min_bits, max_bits, test["msg"])
    expected = [bytes.fromhex(result["md"]) for result in test["resultsArray"]]
    return None if digests == expected else "a digest of the chain differs"


def run(driver, tally, large):
    left_out = 0
    for name, folder in FOLDERS.items():
        for group, test in vectors.read_acvp(folder):
            case = f"{name} {group['testType']} {test['tcId']}"
            fixed = SHA3_BITS.get(name)
            if (group["testType"] == "LDT") != large:
                left_out += 1
            elif large:
                tally.case(case, large_case, driver, name, fixed, test)
            elif group["testType"] == "MCT":
                bounds = (fixed or group["minOutLen"], fixed or group["maxOutLen"])
                tally.case(case, chain_case, driver, name, *bounds, test)
            else:
                tally.case(case, message_case, driver, name, fixed or test["outLen"], test)
    print(f"{left_out} cases belong to the other run ({'without' if large else 'with'} --large)")


def main():
    if len(sys.argv) not in (2, 3) or sys.argv[2:] not in ([], ["--large"]):
        sys.exit(__doc__)
    driver = Driver(sys.argv[1])
    tally = vectors.Tally("SHA-3")
    run(driver, tally, large=len(sys.argv) == 3)
    return driver.finish() or tally.finish()


if __name__ == "__main__":
    sys.exit(main())
