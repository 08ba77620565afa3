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
    def test_a_zone_is_signed(self):
        for algorithm in ("ECDSAP256SHA256", "RSASHA256"):
            store = self.dir / algorithm
            store.mkdir()
            (store / "example.test.zone").write_text(ZONE)
            (store / "out").mkdir()
            self.write("knot.conf", f"""database:
    storage: {store}
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
    storage: {store}
    dnssec-signing: on
    dnssec-policy: signed
""")
            self.run_program("keymgr", "-c", "knot.conf", "example.test", "generate", "ksk=yes")
            self.run_program("keymgr", "-c", "knot.conf", "example.test", "generate", "zsk=yes")
            self.run_program("kzonesign", "-c", "knot.conf", "-o", store / "out", "example.test")
            signed = next(iter((store / "out").iterdir()))
            text = signed.read_text()
            self.assertGreaterEqual(text.count("RRSIG"), 5)
            self.assertEqual(text.count("DNSKEY\t") + text.count(" DNSKEY ") >= 2, True, text)
            said = self.run_program("kzonecheck", "-d", "on", "-o", "example.test", signed)
            self.assertNotIn("error", said.lower())


if __name__ == "__main__":
    main("keymgr", "kzonesign", "kzonecheck")
