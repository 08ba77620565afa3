# SPDX-License-Identifier: Apache-2.0
"""The pqhw command with RSA, elliptic curves and secret keys, and OpenSSL's on the other side."""

import hashlib
import hmac
import json
import os
import subprocess
import unittest

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from cli import FAILED, USAGE, CliTest, mode, pem_to_der

# pqhw's name, OpenSSL's name, what pqhw calls it in lists, the usual hash
CURVES = [
    ("ec-p256", "prime256v1", "P-256", "sha256"),
    ("ec-p384", "secp384r1", "P-384", "sha384"),
    ("ec-p521", "secp521r1", "P-521", "sha512"),
    ("secp256k1", "secp256k1", "secp256k1", "sha256"),
    ("brainpoolP256r1", "brainpoolP256r1", "brainpoolP256r1", "sha256"),
    ("brainpoolP256t1", "brainpoolP256t1", "brainpoolP256t1", "sha256"),
    ("brainpoolP384r1", "brainpoolP384r1", "brainpoolP384r1", "sha384"),
    ("brainpoolP384t1", "brainpoolP384t1", "brainpoolP384t1", "sha384"),
    ("brainpoolP512r1", "brainpoolP512r1", "brainpoolP512r1", "sha512"),
    ("brainpoolP512t1", "brainpoolP512t1", "brainpoolP512t1", "sha512"),
]
EDWARDS = [("ed25519", "Ed25519"), ("ed448", "Ed448")]
MONTGOMERY = [("x25519", "X25519"), ("x448", "X448")]
HASHES = ["sha224", "sha256", "sha384", "sha512", "sha3-224", "sha3-256", "sha3-384", "sha3-512"]
PSS = ["-sigopt", "rsa_padding_mode:pss"]
PSS_DIGEST = [*PSS, "-sigopt", "rsa_pss_saltlen:digest"]


class ClassicTest(CliTest):
    def openssl(self, *args, code=0):
        done = subprocess.run(
            ["openssl", *map(str, args)], capture_output=True, cwd=self.dir, check=False
        )
        self.assertEqual(done.returncode, code, f"openssl {args}: {done.stderr}{done.stdout}")
        return done.stdout

    def make(self, name, *options):
        """Key files of OpenSSL's making."""
        self.openssl("genpkey", *options, "-out", f"{name}.pem")
        self.openssl("pkey", "-in", f"{name}.pem", "-pubout", "-out", f"{name}.pub.pem")

    def make_rsa(self, name, bits=2048):
        self.make(name, "-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{bits}")

    def make_ec(self, name, curve="prime256v1", encoding="named_curve"):
        options = ["-pkeyopt", f"ec_paramgen_curve:{curve}", "-pkeyopt", f"ec_param_enc:{encoding}"]
        self.make(name, "-algorithm", "EC", *options)

    def import_key(self, path, label, *more):
        return self.json("key", "import", path, "--label", label, "--pin-file", "pin", *more)

    def import_fails(self, path, *more, code=FAILED, **checks):
        args = ["key", "import", path, "--label", "refused", "--pin-file", "pin"]
        return self.fails(code, *args, *more, **checks)

    def export(self, label, name):
        self.ok("key", "export", "--label", label, "--out", name, "--force")

    def sign(self, label, *more, name="sig"):
        """What --json says of it; the signature is in a file."""
        return self.json(
            *["sign", "-k", label, "--in", "message", "--out", name, "--force"],
            *["--pin-file", "pin", *more],
        )

    def verify(self, label, *more, code=0, **checks):
        args = ["verify", "-k", label, "--in", "message", "-s", "sig", *more]
        if code == 0:
            self.assertIn("is valid", self.ok(*args))
        else:
            self.fails(code, *args, **checks)

    def openssl_verify(self, public, hash_name, *more, code=0):
        self.openssl(
            *["dgst", f"-{hash_name}", *more, "-verify", public, "-signature", "sig", "message"],
            code=code,
        )

    def openssl_sign(self, private, hash_name, *more):
        self.openssl(
            *["dgst", f"-{hash_name}", *more, "-sign", private, "-out", "sig", "message"]
        )

    def setUp(self):
        super().setUp()
        self.write("message", b"a message\n" * 20000)


class KindsTest(ClassicTest):
    def uses(self, label):
        return {key["class"]: key["use"] for key in self.keys("--label", label)}

    def test_pairs(self):
        kinds = [(kind, title) for kind, _, title, _ in CURVES] + EDWARDS + MONTGOMERY
        for kind, title in [*kinds, ("rsa-2048", "RSA-2048"), ("rsa-3072", "RSA-3072")]:
            made = self.generate(kind, kind)
            self.assertEqual(
                (made["type"], made["class"], made["private_key"]), (title, "private", True)
            )
            keys = self.keys("--label", kind)
            self.assertEqual([key["type"] for key in keys], [title, title])
            self.assertTrue(keys[1]["sensitive"] and keys[1]["never_extractable"])
        self.assertEqual(self.uses("ec-p256"), {"public": ["verify"], "private": ["sign"]})
        self.assertEqual(self.uses("x448"), {"public": [], "private": ["derive"]})
        both = {"public": ["verify", "encrypt"], "private": ["sign", "decrypt"]}
        self.assertEqual(self.uses("rsa-2048"), both)

    def test_names_of_other_programs(self):
        self.assertEqual(self.generate("prime256v1", "x")["type"], "P-256")
        self.assertEqual(self.generate("secp384r1", "y")["type"], "P-384")

    def test_secrets(self):
        kinds = {
            "aes-128": "AES-128",
            "aes-192": "AES-192",
            "aes-256": "AES-256",
            "aes-xts-256": "AES-XTS, 256 bit",
            "aes-xts-512": "AES-XTS, 512 bit",
            "chacha20": "ChaCha20, 256 bit",
            "hmac-sha1": "HMAC-SHA-1, 160 bit",
            "hmac-sha2-256": "HMAC-SHA-256, 256 bit",
            "hmac-sha2-512-224": "HMAC-SHA-512/224, 224 bit",
            "hmac-sha3-512": "HMAC-SHA3-512, 512 bit",
            "hkdf": "HKDF, 256 bit",
            "generic": "secret, 256 bit",
        }
        for kind, title in kinds.items():
            made = self.generate(kind, kind)
            self.assertEqual(
                (made["type"], made["class"], made["private_key"]), (title, "secret", False)
            )
            key = self.keys("--label", kind)[0]
            self.assertEqual((key["type"], key["class"]), (title, "secret"))
            self.assertTrue(key["sensitive"] and key["never_extractable"])
        said = self.user("key", "generate", "--type", "aes-256", "--label", "said")
        self.assertIn('generated the AES-256 key "said"', said)

    def test_bits(self):
        self.assertEqual(self.generate("generic", "x", "--bits", "8")["type"], "secret, 8 bit")
        made = self.generate("hmac-sha2-256", "y", "--bits", "32768")
        self.assertEqual(made["type"], "HMAC-SHA-256, 32768 bit")
        args = ["key", "generate", "--label", "z", "--pin-file", "pin", "--bits"]
        self.fails(USAGE, *args, "12", "--type", "generic", says="multiple of 8")
        self.fails(USAGE, *args, "0", "--type", "generic")
        self.fails(USAGE, *args, "32776", "--type", "generic")
        self.fails(USAGE, *args, "256", "--type", "aes-256", hint="leave out")

    def test_uses(self):
        self.generate("rsa-2048", "rsa", "--use", "sign")
        self.assertEqual(self.uses("rsa"), {"public": ["verify"], "private": ["sign"]})
        self.generate("ec-p256", "ec", "--use", "derive,sign")
        self.assertEqual(self.uses("ec"), {"public": ["verify"], "private": ["sign", "derive"]})
        self.generate("aes-256", "aes", "--use", "wrap")
        self.assertEqual(self.uses("aes"), {"secret": ["wrap", "unwrap"]})
        self.make_ec("theirs")
        self.import_key("theirs.pem", "theirs", "--use", "derive")
        self.assertEqual(self.uses("theirs"), {"public": [], "private": ["derive"]})
        args = ["key", "generate", "--label", "x", "--pin-file", "pin", "--type"]
        self.fails(FAILED, *args, "aes-128", "--use", "wrap,encrypt", says="does nothing else")
        self.fails(FAILED, *args, "rsa-2048", "--use", "unwrap,decrypt", says="neither decrypts")
        self.fails(USAGE, *args, "x25519", "--use", "sign", says="to sign", hint="any of decapsulate, unwrap, derive$")
        self.fails(USAGE, *args, "aes-128", "--use", "encapsulate", says="to encapsulate")
        self.fails(USAGE, *args, "ed25519", "--use", "sing", says='know "sing"', hint="sign")
        self.fails(USAGE, *args, "ed25519", "--use", "sign,", says='know ""')
        self.fails(USAGE, *args, "ed25519", "--use", "", says='know ""')
        self.write("sig", b"")
        self.fails(FAILED, "sign", "-k", "theirs", "--pin-file", "pin", hint="key show")

    def test_unknown_kinds(self):
        args = ["key", "generate", "--label", "x", "--type"]
        self.fails(USAGE, *args, "rsa2048", hint="rsa-2048")
        self.fails(USAGE, *args, "rsa", hint="rsa-2048, rsa-3072, rsa-4096, rsa-8192$")
        self.fails(USAGE, *args, "quantum", hint="ml-kem-512, .*--help")
        self.fails(USAGE, "sign", "-k", "x", "--hash", "md5", hint="sha2-224, sha2-256")

    def test_capitals_are_small_letters(self):
        for number, (word, kind) in enumerate((("ML-DSA-44", "ML-DSA-44"), ("BrainpoolP256R1", "brainpoolP256r1"), ("Prime256v1", "P-256"))):
            made = self.generate(word, f"k{number}")
            self.assertEqual(made["type"], kind)
        self.write("m", b"message")
        self.user("sign", "-k", "k2", "--hash", "SHA384", "-i", "m", "-o", "sig")
        self.ok("verify", "-k", "k2", "--hash", "sha2-384", "-i", "m", "-s", "sig")
        for kind in ("rsa-3072", "brainpoolP512t1", "hmac-sha3-384", "generic"):
            self.assertIn(f" {kind}", self.ok("completion", "bash"))

    def test_keys_that_make_no_signatures(self):
        for kind in ("x25519", "hkdf", "chacha20"):
            self.generate(kind, kind)
            args = ["sign", "-k", kind, "--pin-file", "pin"]
            self.fails(FAILED, *args, says="makes no signatures", hint="key generate")
        self.generate("ed25519", "ed25519")
        args = ["encapsulate", "--out", "ct", "--secret-out", "ss", "-k"]
        self.fails(FAILED, *args, "ed25519", says="no secrets")
        self.fails(FAILED, *args, "x25519", says="do not permit")  # without --use encapsulate


class KemTest(ClassicTest):
    """Secrets in RSA's and curves' ciphertexts; OpenSSL opens them."""

    def encapsulated(self, label, private=True):
        self.ok("encapsulate", "-k", label, "--out", "ct", "--secret-out", "ss", "--force")
        secret = self.read("ss")
        self.assertEqual(len(secret), 32)
        if private:
            self.user("decapsulate", "-k", label, "--in", "ct", "--secret-out", "ss2", "--force")
            self.assertEqual(self.read("ss2"), secret)
        return secret

    def test_round_trips(self):
        for kind in ("rsa-2048", "ec-p256", "ec-p521", "x25519", "x448"):
            with self.subTest(kind):
                self.generate(kind, kind, "--use", "encapsulate")
                (first, second) = (self.encapsulated(kind) for _ in range(2))
                self.assertNotEqual(first, second)
                self.write("ct", self.read("ct")[:-1])
                args = ["decapsulate", "-k", kind, "--in", "ct", "--secret-out", "bad", "--pin-file", "pin"]
                self.fails(FAILED, *args, says="length of the ciphertext")

    def test_rsa(self):
        self.make_rsa("theirs")
        self.import_key("theirs.pub.pem", "theirs", "--use", "encapsulate")
        secret = self.encapsulated("theirs", private=False)
        oaep = [f"rsa_{name}" for name in ("padding_mode:oaep", "oaep_md:sha256", "mgf1_md:sha256")]
        options = [word for one in oaep for word in ("-pkeyopt", one)]
        opened = self.openssl("pkeyutl", "-decrypt", "-inkey", "theirs.pem", "-in", "ct", *options)
        self.assertEqual(opened, secret)

    def test_curves(self):
        """X9.63's KDF of one block of SHA-256: of the agreed secret and the number 1."""
        self.make("theirs", "-algorithm", "X25519")
        self.import_key("theirs.pub.pem", "theirs", "--use", "encapsulate")
        secret = self.encapsulated("theirs", private=False)
        self.write("peer.der", bytes.fromhex("302a300506032b656e032100") + self.read("ct"))  # RFC 8410
        args = ["-inkey", "theirs.pem", "-peerkey", "peer.der", "-peerform", "DER"]
        agreed = self.openssl("pkeyutl", "-derive", *args)
        self.assertEqual(hashlib.sha256(agreed + bytes([0, 0, 0, 1])).digest(), secret)


class SignTest(ClassicTest):
    """Keys of the token; OpenSSL verifies."""

    def test_curves(self):
        for kind, _, _, usual in CURVES:
            with self.subTest(kind):
                self.generate(kind, kind)
                self.export(kind, "pub.pem")
                self.sign(kind)
                self.openssl_verify("pub.pem", usual)
                self.verify(kind)
                self.sign(kind, "--hash", "sha3-384")
                self.openssl_verify("pub.pem", "sha3-384")
                self.openssl_verify("pub.pem", usual, code=1)
                self.verify(kind, "--hash", "sha3-384")
                self.verify(kind, code=FAILED, says="NOT valid", hint="--hash")

    def test_ecdsa_hashes(self):
        self.generate("ec-p256", "ec")
        self.export("ec", "pub.pem")
        for name in HASHES:
            made = self.sign("ec", "--hash", name)
            expected = "CKM_ECDSA_" + name.upper().replace("-", "_")
            self.assertEqual(made["mechanism"], expected)
            self.openssl_verify("pub.pem", name)

    def test_ecdsa_forms(self):
        for kind, half in (("ec-p256", 32), ("ec-p521", 66), ("brainpoolP512r1", 64)):
            self.generate(kind, kind)
            self.sign(kind, "--format", "rs")
            rs = self.read("sig")
            self.assertEqual(len(rs), 2 * half)
            self.verify(kind, "--format", "rs")
            self.verify(kind, code=FAILED, says="NOT valid", hint="--format")
            self.sign(kind)
            der = self.read("sig")
            self.verify(kind)
            self.verify(kind, "--format", "rs", code=FAILED, says="NOT valid", hint="--format")
            r, s = decode_dss_signature(der)
            self.write("sig", r.to_bytes(half, "big") + s.to_bytes(half, "big"))
            self.verify(kind, "--format", "rs")
            # One signature has one form.
            self.write("sig", der + b"\0")
            self.verify(kind, code=FAILED, says="NOT valid")
            self.write("sig", der[:-1])
            self.verify(kind, code=FAILED, says="NOT valid")
            self.write("sig", b"")
            self.verify(kind, code=FAILED, says="NOT valid")

    def test_eddsa(self):
        for kind, _ in EDWARDS:
            self.generate(kind, kind)
            self.export(kind, "pub.pem")
            self.assertEqual(self.sign(kind)["mechanism"], "CKM_EDDSA")
            check = ["pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", "pub.pem"]
            self.openssl(*check, "-in", "message", "-sigfile", "sig")
            self.verify(kind)
            first = self.read("sig")
            self.sign(kind)
            self.assertEqual(self.read("sig"), first)
            self.write("message", b"")
            self.sign(kind)
            self.verify(kind)
            self.write("message", b"another")
            self.verify(kind, code=FAILED, says="NOT valid")

    def test_eddsa_holds_its_message(self):
        self.generate("ed25519", "ed")
        self.write("message", bytes(16 * 1024 * 1024))
        self.sign("ed")
        self.verify("ed")
        self.write("message", bytes(16 * 1024 * 1024 + 1))
        args = ["sign", "-k", "ed", "--in", "message", "--out", "x", "--pin-file", "pin"]
        self.fails(FAILED, *args, says="too long for Ed25519", hint="digest")
        self.verify("ed", code=FAILED, says="too long for Ed25519")

    def test_rsa(self):
        self.generate("rsa-2048", "rsa")
        self.export("rsa", "pub.pem")
        self.assertEqual(self.sign("rsa")["mechanism"], "CKM_SHA256_RSA_PKCS_PSS")
        self.openssl_verify("pub.pem", "sha256", *PSS_DIGEST)
        self.verify("rsa")
        self.verify("rsa", "--mechanism", "rsa-pss")
        self.verify("rsa", "--mechanism", "rsa-pkcs1", code=FAILED, hint="rsa-pss")
        self.assertEqual(self.sign("rsa", "-m", "rsa-pkcs1")["mechanism"], "CKM_SHA256_RSA_PKCS")
        self.openssl_verify("pub.pem", "sha256")
        self.verify("rsa", "--mechanism", "rsa-pkcs1")
        self.verify("rsa", code=FAILED, says="NOT valid", hint="rsa-pkcs1")

    def test_rsa_hashes(self):
        self.generate("rsa-2048", "rsa")
        self.export("rsa", "pub.pem")
        for name in HASHES:
            self.sign("rsa", "--hash", name)
            self.openssl_verify("pub.pem", name, *PSS_DIGEST)
            self.sign("rsa", "--hash", name, "--mechanism", "rsa-pkcs1")
            self.openssl_verify("pub.pem", name)

    def test_pss_salts(self):
        self.generate("rsa-2048", "rsa")
        self.export("rsa", "pub.pem")
        for given, salt in (("0", 0), ("20", 20), ("222", 222), ("max", 222)):
            self.sign("rsa", "--salt-length", given)
            self.openssl_verify("pub.pem", "sha256", *PSS, "-sigopt", f"rsa_pss_saltlen:{salt}")
            self.verify("rsa", "--salt-length", given)
            self.verify("rsa", code=FAILED, says="NOT valid", hint="--salt-length")
        args = ["sign", "-k", "rsa", "--in", "message", "--out", "x", "--pin-file", "pin"]
        for wrong in ("223", "-1", "", "x", "5x", "99999999999999999999999"):
            self.fails(USAGE, *args, f"--salt-length={wrong}", says="salt", hint="0 to 222")

    def test_encodings_and_json(self):
        self.generate("ec-p256", "ec")
        args = ["sign", "-k", "ec", "--in", "message", "--pin-file", "pin", "--encoding", "hex"]
        made = self.json(*args)
        self.assertEqual((made["label"], made["type"], made["encoding"]), ("ec", "P-256", "hex"))
        self.write("sig", made["signature"])
        self.verify("ec", "--encoding", "hex")
        done = self.pqhw("verify", "-k", "ec", "-s", "sig", "--encoding", "hex", "--json")
        self.assertEqual((done.returncode, json.loads(done.out)), (FAILED, {"valid": False}))

    def test_options_that_mean_nothing(self):
        for kind in ("ec-p256", "ed25519", "rsa-2048", "hmac-sha2-256"):
            self.generate(kind, kind)
        nothing = {
            "ec-p256": (["--context", "x"], ["--deterministic"], ["--salt-length", "1"]),
            "ed25519": (["--deterministic"], ["--format", "rs"], ["--salt-length", "max"]),
            "rsa-2048": (["--context-hex", "00"], ["--format", "der"], ["--deterministic"]),
            "hmac-sha2-256": (["--context", "x"], ["--format", "rs"], ["--salt-length", "1"]),
        }
        for kind, cases in nothing.items():
            for more in cases:
                args = ["sign", "-k", kind, "--out", "x", "--pin-file", "pin", *more]
                self.fails(USAGE, *args, says=f"{more[0]} means nothing", hint="leave it out")
        pkcs1 = ["--mechanism", "rsa-pkcs1", "--salt-length", "3"]
        self.fails(USAGE, "sign", "-k", "rsa-2048", "--pin-file", "pin", *pkcs1, says="salt")
        sign = ["sign", "--out", "x", "--pin-file", "pin", "-k"]
        self.fails(FAILED, *sign, "ec-p256", "-m", "rsa-pss", says="P-256 does not go with")
        self.fails(FAILED, *sign, "rsa-2048", "-m", "hmac", says="does not go with --mechanism")
        self.fails(FAILED, *sign, "ed25519", "--hash", "sha256", says="--hash", hint="--hash")
        self.fails(FAILED, *sign, "ec-p256", "--hash", "shake128", says="--hash shake128")
        self.fails(FAILED, *sign, "hmac-sha2-256", "--hash", "sha2-512", says="--hash sha2-512")
        self.assertFalse((self.dir / "x").exists())

    def test_contexts_of_eddsa(self):
        """OpenSSL has them from 3.2 on; before that the token says no."""
        self.generate("ed448", "ed")
        args = ["sign", "-k", "ed", "--in", "message", "--out", "sig", "--pin-file", "pin"]
        done = self.pqhw(*args, "--context", "c")
        if done.returncode == 0:
            self.verify("ed", "--context", "c")
            self.verify("ed", "--context", "d", code=FAILED, says="NOT valid")
        else:
            self.assertEqual(done.returncode, FAILED)
            self.assertRegex(done.err, "need OpenSSL 3.2.*\nhint: ")


class ImportTest(ClassicTest):
    """Keys of OpenSSL's making."""

    def check_pair(self, label, name):
        """The token has the same key as the files NAME.pem and NAME.pub.pem."""
        self.export(label, "out.pub.pem")
        self.assertEqual(
            pem_to_der(self.read("out.pub.pem").decode()),
            pem_to_der(self.read(f"{name}.pub.pem").decode()),
        )
        args = ["key", "export", "--private", "--label", label]
        self.user(*args, "--out", "out.pem", "--force")
        self.assertEqual(mode(self.dir / "out.pem"), 0o600)
        numbers = [
            self.openssl("pkey", "-in", path, "-text", "-noout")
            for path in ("out.pem", f"{name}.pem")
        ]
        self.assertEqual(numbers[0], numbers[1])
        self.assertEqual(
            self.openssl("pkey", "-in", "out.pem", "-pubout"), self.read(f"{name}.pub.pem")
        )
        self.user(*args, "--format", "der", "--out", "out.der", "--force")
        self.assertEqual(self.read("out.der"), pem_to_der(self.read("out.pem").decode()))

    def test_curves(self):
        for kind, name, title, usual in CURVES:
            with self.subTest(kind):
                self.make_ec(kind, name)
                made = self.import_key(f"{kind}.pem", kind, "--extractable")
                self.assertEqual((made["type"], made["class"]), (title, "private"))
                self.check_pair(kind, kind)
                made = self.import_key(f"{kind}.pub.pem", "theirs-" + kind)
                self.assertEqual((made["type"], made["class"]), (title, "public"))
                self.openssl_sign(f"{kind}.pem", usual)
                self.verify("theirs-" + kind)
                self.verify(kind)
                self.sign(kind)
                self.openssl_verify(f"{kind}.pub.pem", usual)

    def test_edwards(self):
        for kind, title in EDWARDS:
            self.make(kind, "-algorithm", title.upper())
            made = self.import_key(f"{kind}.pem", kind, "--extractable")
            self.assertEqual((made["type"], made["class"]), (title, "private"))
            self.check_pair(kind, kind)
            self.import_key(f"{kind}.pub.pem", "theirs-" + kind)
            sign = ["pkeyutl", "-sign", "-rawin", "-inkey", f"{kind}.pem"]
            self.openssl(*sign, "-in", "message", "-out", "sig")
            self.verify("theirs-" + kind)

    def test_montgomery(self):
        for kind, title in MONTGOMERY:
            self.make(kind, "-algorithm", title)
            made = self.import_key(f"{kind}.pem", kind, "--extractable")
            self.assertEqual((made["type"], made["class"]), (title, "private"))
            self.check_pair(kind, kind)
            self.assertEqual(self.keys("--label", kind)[1]["use"], ["derive"])

    def test_rsa(self):
        self.make_rsa("rsa")
        made = self.import_key("rsa.pem", "rsa", "--extractable")
        self.assertEqual((made["type"], made["class"]), ("RSA-2048", "private"))
        self.check_pair("rsa", "rsa")
        self.assertEqual(self.import_key("rsa.pub.pem", "theirs")["class"], "public")
        self.openssl_sign("rsa.pem", "sha512")
        self.verify("theirs", "-m", "rsa-pkcs1", "--hash", "sha512")
        self.openssl_sign("rsa.pem", "sha256", *PSS_DIGEST)
        self.verify("theirs")
        self.openssl_sign("rsa.pem", "sha384", *PSS, "-sigopt", "rsa_pss_saltlen:max")
        self.verify("theirs", "--hash", "sha384", "--salt-length", "max")
        self.verify("theirs", "--hash", "sha384", code=FAILED, hint="--salt-length.*max")

    def test_rsa_of_other_lengths(self):
        self.make_rsa("rsa", 2560)
        self.assertEqual(self.import_key("rsa.pem", "rsa")["type"], "RSA-2560")
        self.sign("rsa")
        self.openssl_verify("rsa.pub.pem", "sha256", *PSS_DIGEST)
        self.make_rsa("short", 1024)
        for name in ("short.pem", "short.pub.pem"):
            self.import_fails(name, says="too short", hint="2048 to 8192")

    def test_sha1_only_verifies(self):
        self.make_rsa("rsa")
        self.make_ec("ec")
        for name, more in (("rsa", ["-m", "rsa-pkcs1"]), ("ec", [])):
            self.import_key(f"{name}.pem", name)
            self.openssl_sign(f"{name}.pem", "sha1")
            self.verify(name, "--hash", "sha1", *more)
            args = ["sign", "-k", name, "--hash", "sha1", "--pin-file", "pin", *more]
            self.fails(FAILED, *args, says="nothing new is signed", hint="choose another")

    def test_der_and_standard_input(self):
        self.make_ec("ec")
        for path, how in (
            ("ec.pem", ["pkcs8", "-topk8", "-nocrypt"]),
            ("ec.pub.pem", ["pkey", "-pubin"]),
        ):
            der = self.openssl(*how, "-in", path, "-outform", "DER")
            args = ["key", "import", "-", "--label", path, "--pin-env", "P"]
            made = self.json(*args, input=der, env={"P": "user-0815"})
            self.assertEqual(made["type"], "P-256")

    def test_compressed_point(self):
        self.make_ec("ec")
        options = ["-pubin", "-pubout", "-ec_conv_form", "compressed"]
        self.openssl("pkey", "-in", "ec.pub.pem", *options, "-out", "short.pem")
        self.assertLess(len(self.read("short.pem")), len(self.read("ec.pub.pem")))
        self.import_key("short.pem", "ec")
        self.export("ec", "out.pem")
        self.assertEqual(self.read("out.pem"), self.read("ec.pub.pem"))

    def test_keys_stay(self):
        self.make_ec("ec")
        self.import_key("ec.pem", "ec")
        key = self.keys("--label", "ec")[1]
        self.assertTrue(key["sensitive"] and not key["extractable"])
        args = ["key", "export", "--private", "--label", "ec", "--pin-file", "pin"]
        self.fails(FAILED, *args, says="private key may not leave", hint="--extractable")

    def test_form_is_for_post_quantum_keys(self):
        self.make_ec("ec")
        self.import_key("ec.pem", "ec", "--extractable")
        args = ["key", "export", "--private", "--label", "ec", "--pin-file", "pin"]
        self.fails(USAGE, *args, "--form", "seed", says="one form", hint="--form")

    def test_older_forms(self):
        """RSAPrivateKey and ECPrivateKey, which openssl still writes."""
        self.make_rsa("rsa")
        self.make_ec("ec", "secp384r1")
        for name, tool in (("rsa", "rsa"), ("ec", "ec")):
            self.openssl("pkey", "-in", f"{name}.pem", "-traditional", "-out", "old.pem")
            self.assertIn(f"BEGIN {name.upper()} PRIVATE KEY", self.read("old.pem").decode())
            self.import_key("old.pem", name, "--extractable")
            self.check_pair(name, name)
            more = ["-traditional"] if tool == "rsa" else []
            der = self.openssl(tool, "-in", f"{name}.pem", *more, "-outform", "DER")
            self.write("old.der", der)
            self.import_key("old.der", name + "-der", "--extractable")
            self.check_pair(name + "-der", name)
            for damaged in (der[:-1], der + b"\0"):
                self.write("bad.der", damaged)
                self.import_fails("bad.der", says="not a valid key file")
        self.openssl("ecparam", "-name", "prime256v1", "-genkey", "-out", "both.pem")
        self.assertIn("BEGIN EC PARAMETERS", self.read("both.pem").decode())
        self.assertEqual(self.import_key("both.pem", "both")["type"], "P-256")
        self.openssl("ecparam", "-name", "secp224r1", "-genkey", "-out", "other.pem")
        self.import_fails("other.pem", says="does not have")

    def test_files_in_other_forms(self):
        """Each says how to make it one that can be read; the advice works."""
        self.make_rsa("rsa")
        self.make_ec("ec")
        locked = ["-aes256", "-passout", "pass:secret"]
        self.openssl("pkey", "-in", "ec.pem", *locked, "-out", "locked.pem")
        self.openssl("rsa", "-in", "rsa.pem", "-traditional", *locked, "-out", "old-locked.pem")
        self.openssl("req", "-x509", "-key", "ec.pem", "-subj", "/CN=x", "-out", "cert.pem")
        old = ["-RSAPublicKey_out", "-out", "old-rsa.pub.pem"]
        self.openssl("rsa", "-pubin", "-in", "rsa.pub.pem", *old)
        for name in ("locked", "old-locked"):
            self.import_fails(f"{name}.pem", says="no key", hint="decrypt it.*openssl pkey")
            unlock = ["-passin", "pass:secret", "-out", "new.pem"]
            self.openssl("pkey", "-in", f"{name}.pem", *unlock)
            self.import_key("new.pem", name)
        self.import_fails("cert.pem", hint="openssl x509 -in FILE -pubkey")
        self.write("new.pub.pem", self.openssl("x509", "-in", "cert.pem", "-pubkey", "-noout"))
        self.import_key("new.pub.pem", "of the certificate")
        self.import_fails("old-rsa.pub.pem", hint="openssl rsa -RSAPublicKey_in")
        more = ["-RSAPublicKey_in", "-in", "old-rsa.pub.pem", "-pubout", "-out", "new.pub.pem"]
        self.openssl("rsa", *more, "-pubin")
        self.import_key("new.pub.pem", "of old RSA")
        self.write("sequence.der", bytes.fromhex("3003020101"))
        self.import_fails("sequence.der", says="not a valid key file", hint="openssl pkcs8")

    def test_refused(self):
        """Kinds that the token does not have, and keys that are none; nothing of them stays."""
        self.make_ec("curve", "secp224r1")
        self.make_ec("explicit", "prime256v1", "explicit")
        self.openssl("dsaparam", "-genkey", "-noout", "-out", "dsa-old.pem", "1024")
        self.openssl("pkcs8", "-topk8", "-nocrypt", "-in", "dsa-old.pem", "-out", "dsa.pem")
        pss = ["-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"]
        self.openssl("genpkey", *pss, "-out", "pss.pem")
        for name in ("curve.pem", "curve.pub.pem", "explicit.pem", "explicit.pub.pem", "dsa.pem"):
            with self.subTest(name):
                self.import_fails(name, says="does not have", hint="help key generate")
        self.import_fails("pss.pem", says="does not have")
        self.assertEqual(self.keys(), [])

    def test_damaged(self):
        self.make_rsa("rsa")
        self.make_ec("ec")
        self.make("ed", "-algorithm", "ED25519")
        for name in ("rsa", "ec", "ed"):
            for more in ("", ".pub"):
                der = pem_to_der(self.read(f"{name}{more}.pem").decode())
                self.write("cut", der[:-1])
                self.import_fails("cut")
                self.write("long", der + b"\0")
                self.import_fails("long")
        der = bytearray(pem_to_der(self.read("rsa.pem").decode()))
        der[-1] ^= 1  # the coefficient
        self.write("rsa.der", bytes(der))
        self.import_fails("rsa.der", says="not valid: its numbers")
        der = bytearray(pem_to_der(self.read("ec.pub.pem").decode()))
        der[-1] ^= 1  # a point beside the curve
        self.write("ec.der", bytes(der))
        self.import_fails("ec.der", says="not valid: its numbers")
        der = bytearray(pem_to_der(self.read("ec.pem").decode()))
        place = bytes(der).index(b"\x02\x01\x01\x04\x20") + 5
        der[place : place + 32] = bytes(32)
        self.write("zero.der", bytes(der))
        self.import_fails("zero.der", says="not valid: its numbers")
        self.assertEqual(self.keys(), [])


class SecretTest(ClassicTest):
    def import_secret(self, kind, label, value, *more):
        self.write("value", value)
        return self.import_key("value", label, "--type", kind, *more)

    def test_there_and_back(self):
        for kind, length in (("aes-128", 16), ("aes-256", 32), ("chacha20", 32), ("generic", 7)):
            value = os.urandom(length)
            made = self.import_secret(kind, kind, value, "--extractable")
            self.assertEqual((made["class"], made["private_key"]), ("secret", False))
            args = ["key", "export", "--secret", "--label", kind]
            self.user(*args, "--out", "out", "--force")
            self.assertEqual((self.read("out"), mode(self.dir / "out")), (value, 0o600))
            piped = self.pqhw(*args, "--pin-file", "pin", binary=True).out
            self.assertEqual(piped, value)
            told = self.json(*args, "--pin-file", "pin", "--out", "told")
            self.assertEqual((told["class"], told["format"]), ("secret", "raw"))
            self.assertNotIn(value.hex(), json.dumps(told))
            (self.dir / "told").unlink()

    def test_generated_leaves_only_if_it_may(self):
        self.generate("aes-256", "stays")
        self.generate("aes-256", "leaves", "--extractable")
        args = ["key", "export", "--secret", "--pin-file", "pin", "--label"]
        self.fails(FAILED, *args, "stays", says="secret key may not leave", hint="--extractable")
        self.assertEqual(len(self.pqhw(*args, "leaves", binary=True).out), 32)
        done = self.pqhw(*args, "leaves", "--json")
        self.assertEqual((done.returncode, done.out), (USAGE, ""))
        self.assertIn("not printed as JSON", done.err)
        self.fails(USAGE, *args, "leaves", "--format", "der", says="--format")
        self.fails(USAGE, *args, "leaves", "--private", says="exclude")
        self.fails(FAILED, *args, "none", says="no secret key")

    def test_wrong_lengths(self):
        self.write("value", "x" * 32)  # and a newline
        self.import_fails("value", "--type", "aes-256", says="32 bytes, not 33", hint="newline")
        self.write("value", b"")
        self.import_fails("value", "--type", "generic", says="1 to 4096 bytes, not 0")
        self.write("value", bytes(4097))
        self.import_fails("value", "--type", "generic", says="not 4097")
        self.import_fails("value", says="no key", hint="--type")
        self.import_fails("value", "--type", "rsa-2048", code=USAGE, says="does not know")
        self.assertEqual(self.keys(), [])

    def test_hmac(self):
        value = os.urandom(40)
        message = self.read("message")
        for name in ("sha2-224", "sha2-256", "sha2-384", "sha2-512", "sha3-256", "sha3-512"):
            python = name.replace("sha2-", "sha").replace("-", "_")
            self.import_secret(f"hmac-{name}", name, value)
            made = self.sign(name)
            self.assertRegex(made["mechanism"], r"^CKM_SHA.*_HMAC$")
            expected = hmac.new(value, message, getattr(hashlib, python)).digest()
            self.assertEqual(self.read("sig"), expected)
            self.verify(name, "--pin-file", "pin")
            self.sign(name, "--mechanism", "hmac", "--hash", name)
            self.assertEqual(self.read("sig"), expected)

    def test_generic_secrets_take_any_hash(self):
        value = os.urandom(20)
        self.import_secret("generic", "mac", value)
        self.sign("mac")
        message = self.read("message")
        self.assertEqual(self.read("sig"), hmac.new(value, message, hashlib.sha256).digest())
        self.sign("mac", "--hash", "sha3-384")
        self.assertEqual(self.read("sig"), hmac.new(value, message, hashlib.sha3_384).digest())
        self.verify("mac", "--hash", "sha3-384", "--pin-file", "pin")
        self.verify("mac", "--pin-file", "pin", code=FAILED, says="NOT valid")
        self.verify("mac", code=FAILED, says="no public key, nor secret key", hint="login")

    def test_cmac(self):
        value = os.urandom(32)
        self.import_secret("aes-256", "aes", value, "--use", "sign")
        self.assertEqual(self.sign("aes")["mechanism"], "CKM_AES_CMAC")
        options = ["-cipher", "AES-256-CBC", "-macopt", f"hexkey:{value.hex()}"]
        expected = self.openssl("mac", *options, "-in", "message", "CMAC")
        self.assertEqual(self.read("sig").hex(), expected.decode().strip().lower())
        self.verify("aes", "--pin-file", "pin")
        self.generate("aes-256", "cipher")
        args = ["sign", "-k", "cipher", "--pin-file", "pin", "--in", "message"]
        self.fails(FAILED, *args, hint="key show")

    def test_same_label(self):
        self.generate("ec-p256", "both", "--id", "01")
        self.generate("hmac-sha2-256", "both", "--id", "02")
        args = ["sign", "-k", "both", "--in", "message", "--pin-file", "pin", "--out", "sig"]
        self.fails(FAILED, *args, says="2 keys", hint="--id")
        self.ok(*args, "--id", "02")
        self.assertEqual(len(self.read("sig")), 32)


if __name__ == "__main__":
    unittest.main()
