#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The pqhw command with public keys of HSS/LMS, XMSS and XMSS^MT, which verify."""

import base64
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "vectors"))

import vectors
from cli import FAILED, CliTest

# Name in the vectors, what pqhw calls its kind
KEYS = (
    ("HSS 5/4 signature 3", "HSS, 1 level"),
    ("HSS 20/16 20/15 20/14 20/13 signature 34", "HSS, 4 levels"),
    ("XMSSMT 16 index 1", "XMSSMT-SHA2_60/12_512"),
    ("XMSSMT 48 index 1", "XMSSMT-SHAKE256_60/12_256"),
)
# RFC 9802: SEQUENCE { SEQUENCE { id-alg-xmss-hashsig }, BIT STRING of 53 bytes }
XMSS_192 = bytes.fromhex("3043300a06082b06010505070622033500")


def pem(der):
    text = base64.encodebytes(der).decode()
    return f"-----BEGIN PUBLIC KEY-----\n{text}-----END PUBLIC KEY-----\n".encode()


class HbsTest(CliTest):
    def setUp(self):
        super().setUp()
        cases = vectors.read_json("hbs/bouncycastle.json.xz")
        self.cases = {case["name"]: case for case in cases}

    def bytes_of(self, name, part):
        return bytes.fromhex(self.cases[name][part])

    def import_key(self, label, der):
        self.write("key.pub", der)
        return self.json("key", "import", "key.pub", "--label", label, "--pin-file", "pin")

    def refuse(self, der, **checks):
        self.write("key.pub", der)
        args = ["key", "import", "key.pub", "--label", "refused", "--pin-file", "pin"]
        self.fails(FAILED, *args, **checks)

    def verify(self, label, code=0, **checks):
        args = ["verify", "--key", label, "--in", "message", "--signature", "sig"]
        if code == 0:
            self.assertIn("is valid", self.ok(*args))
        else:
            self.fails(code, *args, **checks)

    def test_import_verify_export(self):
        for number, (name, title) in enumerate(KEYS):
            spki = self.bytes_of(name, "spki")
            label = f"key {number}"
            self.import_key(label, spki if number % 2 else pem(spki))
            (shown,) = [key for key in self.keys() if key["label"] == label]
            self.assertEqual(shown["type"], title)
            self.assertEqual(shown["use"], ["verify"])
            self.ok("key", "export", "--label", label, "--format", "der", "--out", f"{number}.der")
            self.assertEqual(self.read(f"{number}.der"), spki)
            self.write("message", self.bytes_of(name, "message"))
            self.write("sig", self.bytes_of(name, "signature"))
            self.verify(label)
            self.write("message", b"another")
            self.verify(label, FAILED, says="NOT valid")
            self.write("sig", self.bytes_of(name, "signature")[:-1])
            self.verify(label, FAILED, says="its length is wrong")

    def test_xmss(self):
        (case,) = (
            case
            for case in vectors.read_json("hbs/liboqs.json.xz")
            if case["name"] == "XMSS-SHAKE256_10_192"
        )
        spki = XMSS_192 + bytes.fromhex(case["pk"])
        self.import_key("x", spki)
        self.assertEqual(self.keys()[0]["type"], "XMSS-SHAKE256_10_192")
        self.write("message", bytes.fromhex(case["message"]))
        self.write("sig", bytes.fromhex(case["signature"]))
        self.verify("x")
        self.fails(FAILED, "sign", "--key", "x", "--in", "message", "--pin-file", "pin")

    def test_wrong_keys(self):
        spki = self.bytes_of(KEYS[1][0], "spki")
        self.refuse(spki[:-1])
        self.refuse(spki + b"x")
        levels = spki.index(b"\0\0\0\4")
        self.refuse(spki[:levels] + b"\0\0\0\x09" + spki[levels + 4 :])
        self.refuse(spki[: levels + 4] + b"\0\0\0\x63" + spki[levels + 8 :])
        self.assertEqual(self.keys(), [])


if __name__ == "__main__":
    unittest.main()
