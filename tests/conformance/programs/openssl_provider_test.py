#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""OpenSSL through pkcs11-provider, which Debian has from 13 on: certificates, signatures, decryption, a TLS server."""

from program import MODULE, TOKEN, USER_PIN, ProgramTest, free_port, library, main

PROVIDER = library("ossl-modules/pkcs11.so")
URL = f"pkcs11:token={TOKEN};object="
KINDS = {"rsa": "rsa:2048", "ec": "EC:prime256v1"}


class ProviderTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("openssl.cnf", f"""openssl_conf = start
[start]
providers = providers
[providers]
default = ours
pkcs11 = pkcs11
[ours]
activate = 1
[pkcs11]
module = {PROVIDER}
pkcs11-module-path = {MODULE}
pkcs11-module-token-pin = file:{self.dir}/pin
activate = 1
[req]
distinguished_name = name
[name]
""")
        for kind in ("ml-dsa-44", "ml-kem-768"):  # which it does not know, and is to pass over
            self.generate(kind, kind)
        for number, (name, kind) in enumerate(KINDS.items()):
            self.make_key(name, kind, f"0{number}")

    def make_key(self, name, kind, id):
        """A key and its certificate."""
        self.run_program("pkcs11-tool", "--module", MODULE, "--login", "--pin", USER_PIN, "--keypairgen", "--usage-sign",
                         *(["--usage-decrypt"] if name == "rsa" else []), "--key-type", kind, "--id", id, "--label", name)  # fmt: skip
        self.token("req", "-new", "-x509", "-key", f"{URL}{name};type=private", "-subj", "/CN=localhost", "-days", "10", "-out", f"{name}.pem")
        self.write(f"{name}.pub", self.openssl("x509", "-in", f"{name}.pem", "-pubkey", "-noout"))

    def token(self, *args):
        """openssl with the provider. Without it, it has nothing of the token's."""
        return self.openssl(*args, env={"OPENSSL_CONF": str(self.dir / "openssl.cnf")})

    def test_certificates_and_signatures(self):
        self.write("text", b"text")
        for name in KINDS:
            self.assertIn("OK", self.openssl("verify", "-CAfile", f"{name}.pem", "-check_ss_sig", f"{name}.pem"))
            self.token("dgst", "-sha256", "-sign", f"{URL}{name};type=private", "-out", "sig", "text")
            self.assertIn("Verified OK", self.openssl("dgst", "-sha256", "-verify", f"{name}.pub", "-signature", "sig", "text"))
        pss = ("-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest")
        self.token("dgst", "-sha384", *pss, "-sign", f"{URL}rsa;type=private", "-out", "sig", "text")
        self.assertIn("Verified OK", self.openssl("dgst", "-sha384", *pss, "-verify", "rsa.pub", "-signature", "sig", "text"))

    def test_ed25519(self):
        self.make_key("ed", "EC:Ed25519", "09")
        self.assertIn("OK", self.openssl("verify", "-CAfile", "ed.pem", "-check_ss_sig", "ed.pem"))
        self.write("text", b"text")
        self.token("pkeyutl", "-sign", "-rawin", "-inkey", f"{URL}ed;type=private", "-in", "text", "-out", "sig")
        self.openssl("pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", "ed.pub", "-sigfile", "sig", "-in", "text")

    def test_decryption(self):
        self.write("secret", b"secret")
        oaep = ("-pkeyopt", "rsa_padding_mode:oaep", "-pkeyopt", "rsa_oaep_md:sha256", "-pkeyopt", "rsa_mgf1_md:sha256")
        self.openssl("pkeyutl", "-encrypt", "-pubin", "-inkey", "rsa.pub", *oaep, "-in", "secret", "-out", "ct")
        self.token("pkeyutl", "-decrypt", "-inkey", f"{URL}rsa;type=private", *oaep, "-in", "ct", "-out", "plain")
        self.assertEqual(self.read("plain"), b"secret")

    def test_cms(self):
        self.write("text", b"text\r\n")
        for name in KINDS:
            self.token("cms", "-sign", "-in", "text", "-binary", "-nodetach", "-signer", f"{name}.pem", "-inkey", f"{URL}{name};type=private",
                       "-outform", "DER", "-out", "signed")  # fmt: skip
            told = self.openssl("cms", "-verify", "-in", "signed", "-inform", "DER", "-binary", "-CAfile", f"{name}.pem", "-out", "plain")
            self.assertIn("successful", told)
            self.assertEqual(self.read("plain"), b"text\r\n")
        self.openssl("cms", "-encrypt", "-in", "text", "-binary", "-aes-256-cbc", "-outform", "DER", "-out", "ct", "rsa.pem")
        self.token("cms", "-decrypt", "-in", "ct", "-inform", "DER", "-binary", "-recip", "rsa.pem", "-inkey", f"{URL}rsa;type=private", "-out", "opened")
        self.assertEqual(self.read("opened"), b"text\r\n")

    def test_a_tls_server(self):
        self.make_key("ed", "EC:Ed25519", "09")
        for name in (*KINDS, "ed"):
            port = free_port()
            self.serve(port, "env", f"OPENSSL_CONF={self.dir}/openssl.cnf", "openssl", "s_server", "-key", f"{URL}{name};type=private",
                       "-cert", f"{name}.pem", "-port", port, "-www", "-quiet")  # fmt: skip
            page = self.run_program("curl", "--silent", "--show-error", "--cacert", f"{name}.pem",
                                    "--resolve", f"localhost:{port}:127.0.0.1", f"https://localhost:{port}/")  # fmt: skip
            self.assertIn("s_server", page)


if __name__ == "__main__":
    main("openssl", PROVIDER, "pkcs11-tool", "curl")
