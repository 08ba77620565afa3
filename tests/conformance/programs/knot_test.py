#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Knot DNS: keys in the token, and a zone signed with them."""

from program import MODULE, TOKEN, USER_PIN, ProgramTest, main

ZONE = """$ORIGIN example.test.
$TTL 3600
@ SOA ns.example.test. admin.example.test. 1 3600 600 86400 3600
@ NS ns
ns A 192.0.2.1
www A 192.0.2.2
"""


class KnotTest(ProgramTest):
    def configure(self, algorithm):
        """A zone, to be signed with this algorithm."""
        self.store = self.dir / algorithm
        self.store.mkdir()
        (self.store / "example.test.zone").write_text(ZONE)
        (self.store / "out").mkdir()
        self.write("knot.conf", f"""database:
    storage: {self.store}
keystore:
  - id: token
    backend: pkcs11
    config: "pkcs11:token={TOKEN};pin-value={USER_PIN} {MODULE}"
policy:
  - id: signed
    keystore: token
    algorithm: {algorithm}
zone:
  - domain: example.test
    storage: {self.store}
    dnssec-signing: on
    dnssec-policy: signed
""")

    def keymgr(self, *args):
        self.run_program("keymgr", "-c", "knot.conf", "example.test", *args)

    def sign_and_verify(self, *of_bind):
        self.run_program("kzonesign", "-c", "knot.conf", "-o", self.store / "out", "example.test")
        signed = next(iter((self.store / "out").iterdir()))
        self.assertGreaterEqual(signed.read_text().count("RRSIG"), 5)
        said = self.run_program("kzonecheck", "-d", "on", "-o", "example.test", signed)
        self.assertNotIn("error", said.lower())
        self.verify_zone("example.test", signed, *of_bind)
        return signed.read_text()

    def test_a_zone_is_signed(self):
        for algorithm in ("ECDSAP256SHA256", "RSASHA256"):
            self.configure(algorithm)
            self.keymgr("generate", "ksk=yes")
            self.keymgr("generate", "zsk=yes")
            text = self.sign_and_verify()
            self.assertGreaterEqual(text.count("DNSKEY\t") + text.count(" DNSKEY "), 2, text)

    def test_ed25519(self):
        """One key does both. GnuTLS before 3.8 uses such a key but generates none."""
        self.configure("ED25519")
        if self.gnutls_version() >= (3, 8):
            self.keymgr("generate", "ksk=yes", "zsk=yes")
        else:
            print("note: this GnuTLS generates no Ed25519 keys; pkcs11-tool does")
            self.run_program("pkcs11-tool", "--module", MODULE, "--login", "--pin", USER_PIN, "--keypairgen",
                             "--key-type", "EC:edwards25519", "--id", "e1", "--label", "csk")  # fmt: skip
            self.keymgr("import-pkcs11", "e1", "algorithm=ED25519", "ksk=yes", "zsk=yes")
        self.assertIn("257 3 15 ", self.sign_and_verify("-z"))


if __name__ == "__main__":
    main("keymgr", "kzonesign", "kzonecheck", "pkcs11-tool", "certtool")
