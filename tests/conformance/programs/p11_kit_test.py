#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""p11-kit: the module in another process, reached through a socket."""

import hashlib
import re
import subprocess

from program import MODULE, TOKEN, USER_PIN, ProgramTest, library, main

CLIENT = library("pkcs11/p11-kit-client.so")


class P11KitTest(ProgramTest):
    def remote(self, *args):
        return self.run_program("pkcs11-tool", "--module", CLIENT, "--login", "--pin", USER_PIN, *args)

    def test_the_module_is_remoted(self):
        said = self.run_program("p11-kit", "server", "--name", self.dir / "socket", "--provider", MODULE, f"pkcs11:token={TOKEN}")
        self.addCleanup(subprocess.run, ["kill", re.search(r"P11_KIT_SERVER_PID=(\d+)", said).group(1)])
        self.env["P11_KIT_SERVER_ADDRESS"] = re.search(r"P11_KIT_SERVER_ADDRESS=([^;\n]+)", said).group(1)
        # Of ECDSA, its protocol has the mechanism without a hash only.
        for number, kind, mechanism, signed in (("01", "rsa:2048", "SHA256-RSA-PKCS", "text"), ("02", "EC:prime256v1", "ECDSA", "hash")):
            self.remote("--keypairgen", "--key-type", kind, "--id", number, "--label", kind)
            self.write("text", b"text")
            self.write("hash", hashlib.sha256(b"text").digest())
            self.remote("--sign", "--mechanism", mechanism, "--signature-format", "openssl", "--id", number, "-i", signed, "-o", "sig")
            self.remote("--read-object", "--type", "pubkey", "--id", number, "-o", "pub.der")
            self.openssl("pkey", "-pubin", "-inform", "DER", "-in", "pub.der", "-out", "pub.pem")
            self.openssl("dgst", "-sha256", "-verify", "pub.pem", "-signature", "sig", "text")


if __name__ == "__main__":
    main("p11-kit", CLIENT, "pkcs11-tool", "openssl")
