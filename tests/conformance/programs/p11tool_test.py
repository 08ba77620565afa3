#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""GnuTLS: p11tool and certtool."""

from program import MODULE, TOKEN, USER_PIN, ProgramTest, main

URL = f"pkcs11:token={TOKEN}"


class P11toolTest(ProgramTest):
    def p11tool(self, *args, **more):
        return self.run_program("p11tool", "--batch", "--provider", MODULE, *args, **more)

    def test_the_token_is_listed(self):
        self.assertIn(f"Label: {TOKEN}", self.p11tool("--list-tokens"))
        self.assertIn("CKM_RSA_PKCS_PSS", self.p11tool("--list-mechanisms", URL))

    def test_keys_of_each_kind(self):
        kinds = [("rsa", "--bits", "2048"), ("ecdsa", "--curve", "secp256r1"), ("ecdsa", "--curve", "secp521r1")]
        if self.gnutls_version() >= (3, 8):
            kinds.append(("ed25519",))
        else:
            print("note: this GnuTLS generates Ed25519 with CKM_EDDSA, which generates nothing")
        for kind, *more in kinds:
            name = f"{URL};object={kind}"
            self.p11tool("--login", f"--generate-privkey={kind}", *more, "--label", kind, "--id", "0a", "--outfile", "pub.pem", URL)
            self.assertIn("BEGIN PUBLIC KEY", (self.dir / "pub.pem").read_text())
            self.openssl("pkey", "-pubin", "-in", "pub.pem", "-noout")
            listed = self.p11tool("--login", "--list-all", URL)
            self.assertIn(f"Label: {kind}", listed)
            if kind != "ed25519":  # --test-sign wants SHA-256 and fails with any Ed25519 key
                self.assertIn("ok", self.p11tool("--login", "--test-sign", f"{name};type=private"))
            self.p11tool("--login", "--delete", f"{name};type=private")
            self.p11tool("--login", "--delete", f"{name};type=public")
            self.assertNotIn(f"Label: {kind}", self.p11tool("--login", "--list-all", URL))

    def self_sign(self, label):
        """A certificate of a key in the token, ca.pem, which OpenSSL checks."""
        self.write("ca.cfg", "cn = \"Test CA\"\nca\ncert_signing_key\nexpiration_days = 10\nserial = 1\n")
        self.run_program("certtool", "--provider", MODULE, "--generate-self-signed", "--load-privkey", f"{URL};object={label};type=private",
                         "--load-pubkey", f"{URL};object={label};type=public", "--template", "ca.cfg", "--outfile", "ca.pem")  # fmt: skip
        self.assertIn("ca.pem: OK", self.openssl("verify", "-CAfile", "ca.pem", "-check_ss_sig", "ca.pem"))

    def test_a_certificate_of_a_key_in_the_token(self):
        self.p11tool("--login", "--generate-privkey=rsa", "--bits", "2048", "--label", "ca", "--id", "01", URL)
        self.self_sign("ca")
        self.p11tool("--login", "--write", "--load-certificate", "ca.pem", "--label", "ca", "--id", "01", URL)
        self.p11tool("--export", f"{URL};object=ca;type=cert", "--outfile", "again.pem")
        self.assertEqual(self.openssl("x509", "-in", "again.pem"), self.openssl("x509", "-in", "ca.pem"))

    def test_an_ed25519_certificate(self):
        self.run_program("pkcs11-tool", "--module", MODULE, "--login", "--pin", USER_PIN, "--keypairgen",
                         "--key-type", "EC:edwards25519", "--id", "e1", "--label", "ed")  # fmt: skip
        self.self_sign("ed")
        self.assertIn("Signature Algorithm: ED25519", self.openssl("x509", "-in", "ca.pem", "-noout", "-text"))


if __name__ == "__main__":
    main("p11tool", "certtool", "openssl", "pkcs11-tool")
