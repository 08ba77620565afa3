# SPDX-License-Identifier: Apache-2.0
"""The pqhw command: keys, key files, and what is done with them."""

import base64
import json
import os
import re
import subprocess
import unittest

from cli import (
    COMMAND,
    DEVICE,
    FAILED,
    SO_PIN,
    SOURCE,
    USAGE,
    USER_PIN,
    CliTest,
    mode,
    pem_to_der,
)

KEY_FILES = SOURCE / "tests/vectors/data/x509-lamps"


class KeyTest(CliTest):
    def test_kinds(self):
        for kind in ("ml-kem-512", "ml-kem-768", "ml-kem-1024", "ml-dsa-44", "ml-dsa-65"):
            made = self.generate(kind, kind)
            self.assertEqual(made["type"], kind.upper())
        made = self.generate("ml-dsa-87", "last", "--id", "00ff")
        self.assertEqual(made["id"], "00ff")
        keys = self.keys()
        self.assertEqual(len(keys), 12)
        self.assertEqual([k["class"] for k in keys[:2]], ["public", "private"])
        private = [k for k in keys if k["class"] == "private"]
        self.assertTrue(all(k["sensitive"] and not k["extractable"] for k in private))
        self.assertTrue(all(k["never_extractable"] and k["made_in_token"] for k in private))

    def test_list(self):
        self.generate()
        self.generate("ml-kem-512", "box", "--extractable")
        self.assertEqual(len(self.keys("--label", "box")), 2)
        self.assertEqual(self.keys("--label", "nothing"), [])
        public = self.json("key", "list", "--public")["keys"]
        self.assertEqual([k["class"] for k in public], ["public", "public"])
        table = self.user("key", "list").splitlines()
        self.assertEqual(len(table), 5)
        self.assertEqual(len({line.index(w) for line, w in zip(table, ("KEY", "public"))}), 1)
        self.assertIn("extractable", table[2])
        self.assertIn("stays in token", table[4])

    def test_show(self):
        made = self.generate()
        shown = self.json("key", "show", "--id", made["id"], "--pin-file", "pin")["keys"]
        self.assertEqual([k["class"] for k in shown], ["public", "private"])
        self.assertRegex(shown[0]["public_key_info_sha256"], r"^[0-9a-f]{64}$")
        self.assertIn(made["id"], self.user("key", "show", "--label", "signer"))
        self.fails(FAILED, "key", "show", "--label", "no", "--pin-file", "pin", hint="key list")

    def test_labels_and_ids(self):
        self.generate()
        again = ["key", "generate", "--type", "ml-dsa-44", "--label", "signer", "--pin-file", "pin"]
        self.fails(FAILED, *again, says="already", hint="id")
        other = self.generate("ml-dsa-44", "signer", "--id", "0102")
        self.fails(FAILED, *again, "--id", "0102", says="id already")
        self.fails(USAGE, *again, "--id", "012", says="hexadecimal")
        self.write("message", "hello")
        sign = ["sign", "--key", "signer", "--in", "message", "--pin-file", "pin"]
        self.fails(FAILED, *sign, says="2 keys.*0102", hint="--id")
        self.ok(*sign, "--id", other["id"], "--out", "sig")
        self.fails(FAILED, "key", "delete", "--label", "signer", "--pin-file", "pin", "--yes")
        self.assertEqual(len(self.keys()), 4)

    def test_delete(self):
        made = self.generate()
        self.generate("ml-kem-512", "box")
        args = ["key", "delete", "--id", made["id"], "--pin-file", "pin"]
        self.fails(USAGE, *args, hint="--yes")
        self.assertEqual(self.json(*args, "--yes")["deleted_objects"], 2)
        self.assertEqual({k["label"] for k in self.keys()}, {"box"})
        self.fails(FAILED, *args, "--yes", says="no key")

    def test_sensitive_keys_stay(self):
        self.generate()
        args = ["key", "export", "--label", "signer", "--private", "--pin-file", "pin"]
        self.fails(FAILED, *args, says="may not leave", hint="--extractable")
        done = self.pqhw(*args, "--json")
        self.assertEqual((done.returncode, done.out), (USAGE, ""))

    def test_export_public_needs_no_login(self):
        self.generate()
        pem = self.ok("key", "export", "--label", "signer")
        self.assertTrue(pem.startswith("-----BEGIN PUBLIC KEY-----\n"))
        der = self.pqhw("key", "export", "--label", "signer", "--format", "der", binary=True).out
        self.assertEqual(pem_to_der(pem), der)
        self.assertEqual(self.json("key", "export", "--label", "signer")["key"], pem)
        made = self.json("key", "export", "--label", "signer", "--format", "der")
        self.assertEqual(base64.b64decode(made["key_base64"]), der)
        self.ok("key", "export", "--label", "signer", "--out", "key.pem")
        self.assertEqual(self.read("key.pem").decode(), pem)
        args = ["key", "export", "--label", "signer", "--out", "key.pem"]
        self.fails(FAILED, *args, says="exists", hint="--force")
        self.ok(*args, "--force")


class KeyFileTest(CliTest):
    """The key files of RFC 9881 and RFC 9935 go in, and come out the same."""

    def forms(self, alg):
        return {
            form: pem_to_der((KEY_FILES / f"{alg}-{form}.priv.pem").read_text())
            for form in ("seed", "expanded", "both")
        }

    def export(self, label, form):
        self.user(
            *["key", "export", "--private", "--label", label, "--format", "der", "--form", form],
            *["--out", "out.der", "--force"],
        )
        self.assertEqual(mode(self.dir / "out.der"), 0o600)
        return self.read("out.der")

    def test_import_by_option(self):
        """As sign and decapsulate name their files."""
        self.generate("ml-dsa-44", "made")
        self.ok("key", "export", "--label", "made", "-o", "made.pem")
        self.ok("key", "import", "--in", "made.pem", "--label", "same", "--pin-file", "pin")
        self.assertEqual(self.ok("key", "export", "--label", "same"), self.read("made.pem").decode())
        self.fails(USAGE, "key", "import", "made.pem", "--in", "made.pem", "--label", "x", "--pin-file", "pin", says="one file")
        self.fails(USAGE, "key", "import", "--label", "x", "--pin-file", "pin", says="which file")

    def test_samples(self):
        self.assertTrue(KEY_FILES.is_dir())
        for alg in (
            "ML-DSA-44",
            "ML-DSA-65",
            "ML-DSA-87",
            "ML-KEM-512",
            "ML-KEM-768",
            "ML-KEM-1024",
        ):
            files = self.forms(alg)
            public = (KEY_FILES / f"{alg}.pub.pem").read_text()
            for form in files:
                label = f"{alg}-{form}"
                with self.subTest(label):
                    path = KEY_FILES / f"{label}.priv.pem"
                    self.user("key", "import", path, "--label", label, "--extractable")
                    out = self.ok("key", "export", "--label", label)
                    self.assertEqual(pem_to_der(out), pem_to_der(public))
                    self.assertEqual(self.export(label, "expanded"), files["expanded"])
                    if form == "expanded":
                        args = ["key", "export", "--private", "--label", label, "--form", "seed"]
                        self.fails(FAILED, *args, "--pin-file", "pin", hint="--form expanded")
                    else:
                        self.assertEqual(self.export(label, "seed"), files["seed"])
                        self.assertEqual(self.export(label, "both"), files["both"])

    def test_default_form_is_the_seed(self):
        self.user(
            *["key", "import", KEY_FILES / "ML-DSA-44-both.priv.pem"],
            *["--label", "x", "--extractable"],
        )
        pem = self.user("key", "export", "--private", "--label", "x")
        self.assertEqual(pem_to_der(pem), self.forms("ML-DSA-44")["seed"])

    def test_der_and_standard_input(self):
        der = self.forms("ML-KEM-768")["seed"]
        made = self.json(
            *["key", "import", "-", "--label", "x", "--pin-env", "P"],
            input=der,
            env={"P": USER_PIN},
        )
        self.assertEqual((made["type"], made["private_key"]), ("ML-KEM-768", True))
        private = self.keys("--label", "x")[1]
        self.assertTrue(private["sensitive"])
        self.assertFalse(private["extractable"] or private["never_extractable"])

    def test_public_only(self):
        args = ["key", "import", KEY_FILES / "ML-DSA-65.pub.pem", "--label", "theirs"]
        self.fails(USAGE, *args, "--pin-file", "pin", "--extractable")
        self.user(*args)
        self.assertEqual([k["class"] for k in self.keys()], ["public"])

    def test_imported_keys_work(self):
        self.user("key", "import", KEY_FILES / "ML-DSA-65-expanded.priv.pem", "--label", "mine")
        self.user("key", "import", KEY_FILES / "ML-DSA-65.pub.pem", "--label", "theirs")
        self.write("message", "hello")
        self.user("sign", "--key", "mine", "--in", "message", "--out", "sig")
        self.ok("verify", "--key", "theirs", "--in", "message", "--signature", "sig")

    def test_bad_files(self):
        bad = sorted(KEY_FILES.glob("bad-*.pem"))
        self.assertEqual(len(bad), 7)
        seed = self.forms("ML-DSA-44")["seed"]
        bad.append(self.write("cut", seed[:-1]))
        bad.append(self.write("long", seed + b"\0"))
        bad.append(self.write("empty", b""))
        bad.append(self.write("text", "no key in here"))
        bad.append(self.write("huge", b"\x30" * 70000))
        pem = (KEY_FILES / "ML-DSA-44-seed.priv.pem").read_text()
        bad.append(self.write("pem", pem.replace("-----END", "!\n-----END")))
        bad.append(
            self.write(
                "rsa", bytes.fromhex("301a300d06092a864886f70d01010105000309003006020103020101")
            )
        )
        for path in bad:
            with self.subTest(path.name):
                self.fails(FAILED, "key", "import", path, "--label", "x", "--pin-file", "pin")
        self.fails(DEVICE, "key", "import", "missing", "--label", "x", says="missing")
        self.assertEqual(self.keys(), [])


class UseTest(CliTest):
    def setUp(self):
        super().setUp()
        self.generate("ml-dsa-44", "signer")
        self.generate("ml-kem-512", "box")
        self.write("message", b"a message\n" * 20000)

    def sign(self, *more, out="sig"):
        self.user("sign", "--key", "signer", "--in", "message", "--out", out, "--force", *more)

    def verify(self, *more, code=0):
        args = ["verify", "--key", "signer", "--in", "message", "--signature", "sig", *more]
        if code == 0:
            self.assertIn("is valid", self.ok(*args))
        else:
            self.fails(code, *args, says="NOT valid")

    def test_sign_and_verify(self):
        self.sign()
        self.assertEqual(len(self.read("sig")), 2420)
        self.verify()
        self.write("message", "another message")
        self.verify(code=FAILED)
        self.write("sig", self.read("sig")[:-1])
        self.verify(code=FAILED)

    def test_verify_json(self):
        self.sign()
        args = ["verify", "--key", "signer", "--in", "message", "--signature", "sig"]
        self.assertEqual(self.json(*args), {"valid": True})
        done = self.pqhw(*args, "--context", "x", "--json")
        self.assertEqual(done.returncode, FAILED)
        self.assertEqual(json.loads(done.out), {"valid": False})
        self.assertEqual(json.loads(done.err)["error"]["status"], "SIGNATURE_INVALID")

    def test_pipes(self):
        signature = self.pqhw(
            *["sign", "-k", "signer", "--pin-file", "pin"], input=b"piped", binary=True
        ).out
        self.write("sig", signature)
        self.ok("verify", "-k", "signer", "-s", "sig", input=b"piped")
        self.fails(FAILED, "verify", "-k", "signer", "-s", "sig", input=b"other")
        both = USER_PIN.encode() + b"\n" + b"piped"
        args = ["sign", "-k", "signer", "--pin-file", "-", "--out", "sig", "--force"]
        self.ok(*args, input=both)
        self.ok("verify", "-k", "signer", "-s", "sig", input=b"piped")

    def test_contexts(self):
        self.sign("--context", "abc")
        self.verify(code=FAILED)
        self.verify("--context-hex", "616263")
        args = ["sign", "-k", "signer", "--in", "message", "--pin-file", "pin", "--out", "x"]
        self.fails(USAGE, *args, "--context", "x" * 256)
        self.fails(USAGE, *args, "--context-hex", "1")
        self.fails(USAGE, *args, "--context-hex", "11", "--context", "x")
        self.sign("--context", "x" * 255)
        self.verify("--context", "x" * 255)

    def test_hashes(self):
        names = ["sha2-224", "sha2-256", "sha2-384", "sha2-512", "sha3-224", "sha3-256"]
        names += ["sha3-384", "sha3-512", "shake128", "shake256"]
        for name in names:
            self.sign("--hash", name, "--context", "c")
            self.verify("--hash", name, "--context", "c")
            self.verify("--context", "c", code=FAILED)

    def test_hedging(self):
        self.sign("--deterministic", out="one")
        self.sign("--deterministic", out="two")
        self.sign(out="three")
        self.sign(out="four")
        self.assertEqual(self.read("one"), self.read("two"))
        self.assertEqual(len({self.read(n) for n in ("one", "three", "four")}), 3)

    def test_encodings(self):
        self.sign("--deterministic")
        raw = self.read("sig")
        for encoding, decode in (("hex", bytes.fromhex), ("base64", base64.b64decode)):
            self.sign("--deterministic", "--encoding", encoding)
            text = self.read("sig").decode()
            self.assertEqual(decode(text.strip()), raw)
            self.verify("--encoding", encoding)
            args = ["sign", "-k", "signer", "--in", "message", "--deterministic"]
            made = self.json(*args, "--encoding", encoding, "--pin-file", "pin")
            self.assertEqual(decode(made["signature"]), raw)
        self.write("sig", "not hex")
        args = ["verify", "-k", "signer", "--in", "message", "-s", "sig"]
        self.fails(FAILED, *args, "--encoding", "hex", says="not in hex")

    def test_wrong_keys(self):
        self.fails(FAILED, "sign", "-k", "box", "--pin-file", "pin", says="no signatures")
        self.sign()
        args = ["verify", "-k", "box", "-s", "sig"]
        self.fails(FAILED, *args, says="no signatures")
        args = ["encapsulate", "-k", "signer", "--secret-out", "ss", "--out", "ct"]
        self.fails(FAILED, *args, says="no secrets")
        self.fails(FAILED, "sign", "-k", "none", "--pin-file", "pin", says="no private key")
        self.fails(FAILED, "verify", "-k", "none", "-s", "sig", says="no public key", hint="login")

    def test_kem_with_files(self):
        self.ok("encapsulate", "-k", "box", "--out", "ct", "--secret-out", "ss")
        self.assertEqual((len(self.read("ct")), len(self.read("ss"))), (768, 32))
        self.assertEqual(mode(self.dir / "ss"), 0o600)
        args = ["decapsulate", "-k", "box", "--in", "ct", "--pin-file", "pin"]
        self.ok(*args, "--secret-out", "ss2")
        self.assertEqual(mode(self.dir / "ss2"), 0o600)
        self.assertEqual(self.read("ss"), self.read("ss2"))
        changed = bytearray(self.read("ct"))
        changed[5] ^= 1
        self.write("ct", bytes(changed))
        self.ok(*args, "--secret-out", "ss3")
        self.assertNotEqual(self.read("ss"), self.read("ss3"))
        self.write("ct", bytes(changed[:-1]))
        self.fails(FAILED, *args, "--secret-out", "ss4", says="length")
        self.assertFalse((self.dir / "ss4").exists())

    def test_hqc(self):
        lens = {"hqc-1": 4433, "hqc-3": 8978, "hqc-5": 14421}
        for kind, ct_len in lens.items():
            made = self.generate(kind, kind, "--extractable")
            self.assertEqual(made["type"], kind.upper())
            self.ok("encapsulate", "-k", kind, "--out", "ct", "--secret-out", "ss", "--force")
            self.assertEqual((len(self.read("ct")), len(self.read("ss"))), (ct_len, 32))
            forms = ("seed", "expanded", "both")
            for label in (kind, *(f"{kind}-{form}" for form in forms)):
                if label != kind:
                    form = label.removeprefix(kind + "-")
                    args = ["key", "export", "--private", "--label", kind, "--form", form]
                    self.user(*args, "--out", "key.pem", "--force")
                    self.user("key", "import", "key.pem", "--label", label)
                    public = [self.ok("key", "export", "--label", who) for who in (kind, label)]
                    self.assertEqual(*public)
                self.user("decapsulate", "-k", label, "--in", "ct", "--secret-out", "ss2", "--force")
                self.assertEqual(self.read("ss"), self.read("ss2"))

    def test_kem_does_not_overwrite(self):
        self.write("ss", "precious")
        args = ["encapsulate", "-k", "box", "--out", "ct", "--secret-out", "ss"]
        self.fails(FAILED, *args, says="ss exists", hint="--force")
        self.assertEqual(self.read("ss"), b"precious\n")
        self.assertFalse((self.dir / "ct").exists())
        self.fails(DEVICE, *args[:4], "nowhere/ct", "--secret-out", "ss5", says="nowhere/ct")
        self.assertFalse((self.dir / "ss5").exists(), "no secret without its ciphertext")
        (self.dir / "ss").chmod(0o644)
        self.ok(*args, "--force")
        self.assertEqual(mode(self.dir / "ss"), 0o600)
        self.assertEqual([p for p in os.listdir(self.dir) if p.startswith(("ss.", "ct."))], [])

    def test_kem_in_the_token(self):
        self.user("encapsulate", "-k", "box", "--out", "ct", "--secret-label", "shared")
        kept = self.keys("--label", "shared")
        self.assertEqual([k["class"] for k in kept], ["secret"])
        self.assertTrue(kept[0]["sensitive"] and not kept[0]["extractable"])
        args = ["decapsulate", "-k", "box", "--in", "ct", "--pin-file", "pin"]
        self.fails(FAILED, *args, "--secret-label", "shared", says="already")
        made = self.json(*args, "--secret-label", "shared", "--secret-id", "aa")
        self.assertEqual(made, {"secret_label": "shared"})
        self.assertEqual(len(self.keys("--label", "shared")), 2)
        self.user("key", "delete", "--id", "aa", "--yes")

    def test_kem_json(self):
        made = self.json("encapsulate", "-k", "box", "--secret-out", "ss")
        self.write("ct", base64.b64decode(made["ciphertext"]))
        args = ["decapsulate", "-k", "box", "--in", "ct", "--pin-file", "pin"]
        self.assertEqual(self.json(*args, "--secret-out", "ss2"), {"secret_file": "ss2"})
        self.assertEqual(self.read("ss"), self.read("ss2"))
        self.write("ct", self.read("ct").hex())
        done = self.ok(*args, "--secret-out", "-", "--encoding", "hex")
        self.assertEqual(bytes.fromhex(done), self.read("ss"))

    def test_random(self):
        self.assertRegex(self.ok("random"), r"^[0-9a-f]{64}\n$")
        self.assertRegex(self.ok("random", "5"), r"^[0-9a-f]{10}\n$")
        self.assertEqual(
            len(self.pqhw("random", "65536", "--encoding", "raw", binary=True).out), 65536
        )
        self.assertEqual(
            len(base64.b64decode(self.json("random", "9", "--encoding", "raw")["random"])), 9
        )
        self.ok("random", "7", "--encoding", "raw", "--out", "r")
        self.assertEqual((len(self.read("r")), mode(self.dir / "r")), (7, 0o600))
        self.assertNotEqual(self.ok("random"), self.ok("random"))

    def test_full_output(self):
        with open("/dev/full", "wb") as full:
            for args in (["random"], ["token", "list"], ["help"]):
                done = subprocess.run(
                    [COMMAND, *args],
                    stdout=full,
                    stderr=subprocess.PIPE,
                    env={"PQHW_HOME": str(self.home)},
                    check=False,
                )
                self.assertEqual(done.returncode, DEVICE)
                self.assertIn(b"standard output", done.stderr)


SLH_KINDS = [
    f"slh-dsa-{hash_name}-{strength}{speed}"
    for strength in (128, 192, 256)
    for speed in "sf"
    for hash_name in ("sha2", "shake")
]


class SlhDsaTest(CliTest):
    def test_kinds(self):
        self.write("message", b"a message\n" * 20000)
        for kind in SLH_KINDS:
            with self.subTest(kind):
                made = self.generate(kind, kind)
                self.assertEqual(made["type"].lower(), kind)
                args = ["--key", kind, "--in", "message"]
                self.user("sign", *args, "--out", "sig", "--force")
                self.ok("verify", *args, "--signature", "sig")

    def test_contexts_and_hashes(self):
        self.generate("slh-dsa-shake-128f", "signer")
        self.write("message", "hello")
        use = ["-k", "signer", "--in", "message"]
        check = ["verify", *use, "-s", "sig"]
        for more in ([], ["--context", "c"], ["--hash", "sha2-256"], ["--hash", "shake256"]):
            with self.subTest(more):
                self.user("sign", *use, *more, "--out", "sig", "--force")
                self.ok(*check, *more)
                wrong = [] if "--context" in more else [*more, "--context", "other"]
                self.fails(FAILED, *check, *wrong, says="NOT valid")
                self.assertEqual(len(self.read("sig")), 17088)
        self.write("sig", self.read("sig")[:-1])
        self.fails(FAILED, *check, says="length is wrong")
        for name in ("one", "two"):
            self.user("sign", *use, "--deterministic", "--out", name)
        self.assertEqual(self.read("one"), self.read("two"))

    def test_long_messages_have_to_be_hashed(self):
        self.generate("slh-dsa-shake-128f", "signer")
        self.write("message", bytes(16 * 1024 * 1024 + 1))
        use = ["-k", "signer", "--in", "message"]
        self.fails(FAILED, "sign", *use, "--out", "sig", "--pin-file", "pin", hint="--hash")
        self.user("sign", *use, "--out", "sig", "--hash", "sha2-512")
        self.ok("verify", *use, "-s", "sig", "--hash", "sha2-512")

    def test_files(self):
        self.generate("slh-dsa-sha2-128f", "first", "--extractable")
        out = ["key", "export", "--label", "first"]
        self.user(*out, "--private", "--out", "priv.pem")
        self.assertEqual(mode(self.dir / "priv.pem"), 0o600)
        public = self.ok(*out)
        self.write("pub.pem", public)
        self.user("key", "import", "priv.pem", "--label", "second", "--extractable")
        self.user("key", "import", "pub.pem", "--label", "theirs")
        self.assertEqual(self.ok("key", "export", "--label", "second"), public)
        self.assertEqual(self.ok("key", "export", "--label", "theirs"), public)
        der = pem_to_der(self.read("priv.pem").decode())
        again = self.user("key", "export", "--private", "--label", "second", "--form", "expanded")
        self.assertEqual(pem_to_der(again), der)
        for form in ("seed", "both"):
            args = [*out, "--private", "--form", form, "--pin-file", "pin"]
            self.fails(FAILED, *args, says="no seed", hint="--form expanded")
        self.write("message", "hello")
        self.user("sign", "-k", "second", "--in", "message", "--out", "sig")
        self.ok("verify", "-k", "theirs", "--in", "message", "-s", "sig")
        damaged = self.write("damaged", der[:-1] + bytes([der[-1] ^ 1]))
        self.fails(FAILED, "key", "import", damaged, "--label", "x", "--pin-file", "pin")


class FalconTest(CliTest):
    LENGTHS = {"falcon-512": (666, 809), "falcon-1024": (1280, 1577)}

    def test_kinds_and_formats(self):
        self.write("message", b"a message\n" * 20000)
        for kind, (padded, ct) in self.LENGTHS.items():
            self.assertEqual(self.generate(kind, kind)["type"].lower(), kind)
            args = ["--key", kind, "--in", "message"]
            for how, length in ((None, padded), ("falcon", padded), ("falcon-ct", ct)):
                more = ["--mechanism", how] if how else []
                self.user("sign", *args, *more, "--out", "sig", "--force")
                self.assertEqual(len(self.read("sig")), length)
                self.ok("verify", *args, *more, "--signature", "sig")
            self.fails(FAILED, "verify", *args, "--signature", "sig", says="length is wrong")
            more = ["--mechanism", "falcon-compressed"]
            self.user("sign", *args, *more, "--out", "sig", "--force")
            self.assertLess(len(self.read("sig")), ct - 50)
            self.ok("verify", *args, *more, "--signature", "sig")
            self.write("sig", self.read("sig")[:-1])
            self.fails(FAILED, "verify", *args, *more, "--signature", "sig", says="NOT valid")

    def test_files(self):
        """In the form of OQS-provider: the private key, and the public key behind it."""
        self.generate("falcon-512", "first", "--extractable")
        out = ["key", "export", "--label", "first"]
        self.user(*out, "--private", "--out", "priv.pem")
        self.assertEqual(mode(self.dir / "priv.pem"), 0o600)
        public = self.ok(*out)
        self.write("pub.pem", public)
        self.user("key", "import", "priv.pem", "--label", "second", "--extractable")
        self.user("key", "import", "pub.pem", "--label", "theirs")
        self.assertEqual(self.ok("key", "export", "--label", "second"), public)
        self.assertEqual(self.ok("key", "export", "--label", "theirs"), public)
        der, spki = pem_to_der(self.read("priv.pem").decode()), pem_to_der(public)
        oid = bytes.fromhex("06052bce0f030b")  # 1.3.9999.3.11
        self.assertTrue(oid in der and oid in spki)
        self.assertEqual(der[-897:], spki[-897:])
        self.write("message", "hello")
        self.user("sign", "-k", "second", "--in", "message", "--out", "sig")
        self.ok("verify", "-k", "theirs", "--in", "message", "-s", "sig")
        self.damaged_are_refused(der, (-1, -898, 40))
        # falconpadded512: 1.3.9999.3.16
        for name, data in (("padded", der), ("padded.pub", spki)):
            self.write(name, data.replace(oid, oid[:-1] + b"\x10"))
            self.user("key", "import", name, "--label", name)
            self.assertEqual(self.ok("key", "export", "--label", name), public)

    def damaged_are_refused(self, der, places):
        for at in places:
            changed = bytearray(der)
            changed[at] ^= 1
            damaged = self.write("damaged", bytes(changed))
            self.fails(FAILED, "key", "import", damaged, "--label", "x", "--pin-file", "pin")


    def test_files_of_bouncy_castle(self):
        """Its own files are read, and written again byte by byte; it and pqhw verify each other's signatures."""
        folder = SOURCE / "tests/vectors/data/falcon-bouncycastle"
        self.write("hello", b"hello")
        for number, kind in enumerate(("Falcon-512", "Falcon-1024")):
            private, public = (folder / f"{kind}.{what}.der" for what in ("priv", "pub"))
            key, theirs = f"key{number}", f"theirs{number}"
            report = self.user("key", "import", private, "--label", key, "--extractable", "--json")
            self.assertEqual(json.loads(report)["type"], kind)
            self.user("key", "import", public, "--label", theirs)
            self.ok(
                *["verify", "-k", theirs, "-i", "hello", "-s", folder / f"{kind}.sig.bin"],
                *["--mechanism", "falcon-compressed"],
            )
            out = ["key", "export", "--label", key, "--format", "der"]
            self.ok(*out, "--out", "spki", "--force")
            self.assertEqual(self.read("spki"), public.read_bytes())
            self.user(*out, "--private", "--form", "parts", "--out", "priv", "--force")
            self.assertEqual(self.read("priv"), private.read_bytes())
            self.user("sign", "-k", key, "-i", "hello", "-o", "sig", "--force")
            self.ok("verify", "-k", theirs, "-i", "hello", "-s", "sig")
        self.damaged_are_refused(private.read_bytes(), (26, 30, 40, 1400, -1, -1793, -1796))
        self.generate("ml-dsa-44", "other", "--extractable")
        self.fails(
            *[USAGE, "key", "export", "--label", "other", "--private", "--form", "parts", "--pin-file", "pin"],
            says="only Falcon keys",
        )


class SecretTest(CliTest):
    def test_no_pin_in_the_arguments(self):
        for verb in (["key", "list"], ["token", "init"], ["user", "pin"]):
            text = self.ok("help", *verb)
            self.assertEqual(re.findall(r"--(?:[a-z]+-)*pin [A-Z]", text), [])

    def test_secrets_do_not_show(self):
        self.user(
            *["key", "import", KEY_FILES / "ML-KEM-512-both.priv.pem"],
            *["--label", "x", "--extractable"],
        )
        pem = self.user("key", "export", "--private", "--label", "x", "--form", "seed")
        seed = pem_to_der(pem)[-64:]
        for path in self.home.rglob("*"):
            if path.is_file():
                data = path.read_bytes()
                self.assertNotIn(seed[:16], data, path)
                self.assertNotIn(USER_PIN.encode(), data, path)
                self.assertNotIn(SO_PIN.encode(), data, path)


if __name__ == "__main__":
    unittest.main()
