# SPDX-License-Identifier: Apache-2.0
"""All cases of the stateful hash-based signatures, for any interface.

run(adapter, tally) takes an adapter with one method, where algorithm is "HSS", "XMSS" or "XMSSMT" and
everything else is bytes:

    verify(algorithm, pk, message, sig)     nothing comes back

It raises vectors.Refused.
"""

import vectors

# As they are in data/hbs, with what they cover.
FILES = (
    "rfc8554",  # the two test cases of RFC 8554, appendix F
    "kat-lms",  # every hash and height, valid and not
    "kat-xmss",
    "liboqs",  # every set of XMSS, XMSS^MT with hashes of 32 bytes, two levels of LMS
    "xmss-reference",  # XMSS^MT with hashes of 24 and 64 bytes, and indices that change the tree
    "bouncycastle",  # up to eight levels of LMS
)
ACVP = ("LMS-sigVer-1.0", "LMS-sigVer-SP800-208")

# HSS with one level is LMS: its number in a public key, and the number of signed keys in a signature.
ONE_LEVEL = b"\0\0\0\1"
NO_SIGNED_KEYS = b"\0\0\0\0"

# Wrong for every case that is valid: (what, how the message, the key and the signature become).
CHANGES = (
    ("another message", lambda m, k, s: (m + b"!", k, s)),
    ("another root or seed", lambda m, k, s: (m, flipped(k, len(k) - 1), s)),
    ("the first byte", lambda m, k, s: (m, k, flipped(s, 0))),
    ("the last byte", lambda m, k, s: (m, k, flipped(s, len(s) - 1))),
    ("a byte in the middle", lambda m, k, s: (m, k, flipped(s, len(s) // 2))),
    ("cut off", lambda m, k, s: (m, k, s[:-1])),
    ("something behind it", lambda m, k, s: (m, k, s + b"\0")),
    ("no signature", lambda m, k, s: (m, k, b"")),
)


def flipped(data, at):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def cases():
    """Yield (title, algorithm, pk, message, signature, valid)."""
    for name in FILES:
        for case in vectors.read_json(f"hbs/{name}.json.xz"):
            parts = (bytes.fromhex(case[part]) for part in ("pk", "message", "signature"))
            yield f"{name}: {case['name']}", case["algorithm"], *parts, case["valid"]
    for name in ACVP:
        for group, test in vectors.read_acvp(f"acvp/{name}"):
            public = bytes.fromhex(test.get("publicKey") or group["publicKey"])
            message, sig = bytes.fromhex(test["message"]), bytes.fromhex(test["signature"])
            title = f"{name} {test['tcId']}"
            yield title, "HSS", ONE_LEVEL + public, message, NO_SIGNED_KEYS + sig, test["testPassed"]


def run(adapter, tally):
    changed = set()
    for title, algorithm, pk, message, sig, valid in cases():
        if not valid:
            tally.case(title, vectors.must_refuse, adapter.verify, algorithm, pk, message, sig)
            continue
        tally.case(title, adapter.verify, algorithm, pk, message, sig)
        kind = (algorithm, pk[:12] if algorithm == "HSS" else pk[:4])
        if kind in changed:
            continue
        changed.add(kind)
        for what, change in CHANGES:
            other, key, other_sig = change(message, pk, sig)
            refused = (vectors.must_refuse, adapter.verify, algorithm, key, other, other_sig)
            tally.case(f"{title}: {what}", *refused)
