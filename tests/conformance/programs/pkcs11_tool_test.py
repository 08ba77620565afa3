#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""OpenSC: pkcs11-tool."""

import os

from program import MODULE, USER_PIN, ProgramTest, main


class Pkcs11ToolTest(ProgramTest):
    def tool(self, *args, **more):
        return self.run_program("pkcs11-tool", "--module", MODULE, "--login", "--pin", USER_PIN, *args, **more)

    def public_key(self, number):
        self.tool("--read-object", "--type", "pubkey", "--id", number, "--output-file", "pub.der")
        self.openssl("pkey", "-pubin", "-inform", "DER", "-in", "pub.der", "-out", "pub.pem")

    def test_its_own_test(self):
        self.tool("--keypairgen", "--key-type", "rsa:2048", "--id", "01", "--label", "rsa")
        self.tool("--keypairgen", "--key-type", "EC:prime256v1", "--id", "02", "--label", "ec")
        said = self.tool("--test")
        self.assertIn("No errors", said)
        self.assertNotIn("ERR:", said)

    def test_rsa(self):
        self.tool("--keypairgen", "--key-type", "rsa:3072", "--id", "01", "--label", "rsa")
        self.public_key("01")
        self.write("text", os.urandom(5000))
        self.tool("--sign", "--mechanism", "SHA256-RSA-PKCS", "--id", "01", "-i", "text", "-o", "sig")
        self.openssl("dgst", "-sha256", "-verify", "pub.pem", "-signature", "sig", "text")
        self.tool("--sign", "--mechanism", "SHA384-RSA-PKCS-PSS", "--id", "01", "-i", "text", "-o", "sig")
        self.openssl("dgst", "-sha384", "-sigopt", "rsa_padding_mode:pss", "-verify", "pub.pem", "-signature", "sig", "text")
        self.write("secret", os.urandom(40))
        for pad, more in (
            (("pkcs1",), ("--mechanism", "RSA-PKCS")),
            (("oaep", "-pkeyopt", "rsa_oaep_md:sha256", "-pkeyopt", "rsa_mgf1_md:sha256"),
             ("--mechanism", "RSA-PKCS-OAEP", "--hash-algorithm", "SHA256", "--mgf", "MGF1-SHA256")),
        ):  # fmt: skip
            self.openssl("pkeyutl", "-encrypt", "-pubin", "-inkey", "pub.pem", "-in", "secret", "-out", "ct",
                         "-pkeyopt", f"rsa_padding_mode:{pad[0]}", *pad[1:])  # fmt: skip
            self.tool("--decrypt", *more, "--id", "01", "-i", "ct", "-o", "plain")
            self.assertEqual(self.read("plain"), self.read("secret"))

    def test_curves(self):
        for number, curve in enumerate(("prime256v1", "secp384r1", "secp521r1", "secp256k1", "brainpoolP256r1")):
            number = f"{number + 1:02x}"
            self.tool("--keypairgen", "--key-type", f"EC:{curve}", "--id", number, "--label", curve)
            self.ok("key", "export", "--label", curve, "--out", "pub.pem", "--force")  # it reads no point but P-256's
            self.write("text", b"text")
            self.tool("--sign", "--mechanism", "ECDSA-SHA256", "--signature-format", "openssl", "--id", number, "-i", "text", "-o", "sig")
            self.openssl("dgst", "-sha256", "-verify", "pub.pem", "-signature", "sig", "text")

    def test_ed25519(self):
        self.tool("--keypairgen", "--key-type", "EC:edwards25519", "--id", "07", "--label", "ed")
        self.ok("key", "export", "--label", "ed", "--out", "pub.pem", "--force")
        self.write("text", b"text")
        self.tool("--sign", "--mechanism", "EDDSA", "--id", "07", "-i", "text", "-o", "sig")
        self.openssl("pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", "pub.pem", "-sigfile", "sig", "-in", "text")

    def test_a_key_that_wants_the_pin_for_every_signature(self):
        self.tool("--keypairgen", "--key-type", "EC:prime256v1", "--id", "0a", "--label", "careful", "--always-auth")
        self.public_key("0a")
        self.write("text", b"text")
        self.tool("--sign", "--mechanism", "ECDSA-SHA256", "--signature-format", "openssl", "--id", "0a", "-i", "text", "-o", "sig")
        self.openssl("dgst", "-sha256", "-verify", "pub.pem", "-signature", "sig", "text")
        self.assertIn("always authenticate", self.tool("--list-objects", "--type", "privkey").lower())

    def test_keys_are_brought_in(self):
        self.write("text", b"text")
        for number, args in (("11", ("RSA", "-pkeyopt", "rsa_keygen_bits:2048")), ("12", ("EC", "-pkeyopt", "ec_paramgen_curve:P-384"))):
            self.openssl("genpkey", "-algorithm", *args, "-out", "key.pem")
            self.openssl("pkey", "-in", "key.pem", "-pubout", "-out", "pub.pem")
            self.openssl("pkey", "-in", "key.pem", "-outform", "DER", "-out", "key.der")
            self.openssl("pkey", "-in", "key.pem", "-pubout", "-outform", "DER", "-out", "pub.der")
            self.tool("--write-object", "key.der", "--type", "privkey", "--id", number, "--usage-sign")
            self.tool("--write-object", "pub.der", "--type", "pubkey", "--id", number)
            kind = "SHA256-RSA-PKCS" if args[0] == "RSA" else "ECDSA-SHA256"
            self.tool("--sign", "--mechanism", kind, "--signature-format", "openssl", "--id", number, "-i", "text", "-o", "sig")
            self.openssl("dgst", "-sha256", "-verify", "pub.pem", "-signature", "sig", "text")
            self.tool("--delete-object", "--type", "privkey", "--id", number)

    def test_pqhw_names_them(self):
        kinds = (("rsa:2048", "RSA-2048"), ("EC:prime256v1", "P-256"), ("EC:brainpoolP384r1", "brainpoolP384r1"))
        for number, (kind, _) in enumerate(kinds):
            self.tool("--keypairgen", "--key-type", kind, "--id", f"{number + 1:02x}", "--label", kind)
        self.tool("--keygen", "--key-type", "AES:32", "--id", "09", "--label", "aes")
        keys = {(key["label"], key["class"]): key for key in self.keys()}
        for kind, title in kinds:
            for half in ("public", "private"):
                self.assertEqual(keys[kind, half]["type"], title)
        self.assertIn("decrypt", keys["rsa:2048", "private"]["use"])
        self.assertIn("encrypt", keys["rsa:2048", "public"]["use"])
        self.assertEqual(keys["aes", "secret"]["type"], "AES-256")
        self.assertIn("encrypt", keys["aes", "secret"]["use"])

    def test_secret_keys(self):
        self.tool("--keygen", "--key-type", "AES:32", "--id", "21", "--label", "aes", "--usage-decrypt")
        self.write("text", os.urandom(64))
        iv = "00" * 16
        self.tool("--encrypt", "--mechanism", "AES-CBC", "--iv", iv, "--id", "21", "-i", "text", "-o", "ct")
        self.tool("--decrypt", "--mechanism", "AES-CBC", "--iv", iv, "--id", "21", "-i", "ct", "-o", "plain")
        self.assertEqual(self.read("plain"), self.read("text"))
        self.assertNotEqual(self.read("ct"), self.read("text"))


if __name__ == "__main__":
    main("pkcs11-tool", "openssl")
