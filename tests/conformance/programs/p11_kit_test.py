#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""p11-kit: the module in another process, reached through a socket; the module in its configuration."""

import hashlib
import os
import pwd
import re
import shutil

from program import MODULE, TOKEN, USER_PIN, ProgramTest, library, main

CLIENT = library("pkcs11/p11-kit-client.so")
PROXY = library("p11-kit-proxy.so")


class P11KitTest(ProgramTest):
    def remote(self, *args):
        return self.run_program("pkcs11-tool", "--module", CLIENT, "--login", "--pin", USER_PIN, *args)

    def test_the_module_is_remoted(self):
        said = self.run_program("p11-kit", "server", "--name", self.dir / "socket", "--provider", MODULE, f"pkcs11:token={TOKEN}")
        self.stop_at_the_end(int(re.search(r"P11_KIT_SERVER_PID=(\d+)", said).group(1)))
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

    def become_a_user(self):
        """What goes before a command. For root, p11-kit reads the system's configuration only."""
        if os.geteuid() != 0:
            return ()
        user = pwd.getpwnam("nobody")
        for path in [self.dir, *self.dir.rglob("*")]:
            os.chown(path, user.pw_uid, user.pw_gid)
        return "setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", "--"

    def test_a_configured_module(self):
        modules = self.dir / "config/pkcs11/modules"
        modules.mkdir(parents=True)
        shutil.copy(MODULE, self.dir / "module.so")  # where every user may read it
        (modules / "pqhw.module").write_text(f"module: {self.dir}/module.so\n")
        self.env["XDG_CONFIG_HOME"] = str(self.dir / "config")
        user = self.become_a_user()
        listed = self.run_program(*user, "p11-kit", "list-modules")
        self.assertRegex(listed, r"(?m)^(module: pqhw$|pqhw: )")  # since 0.25, and before
        self.assertIn(f"token: {TOKEN}", listed)
        # Who asks p11-kit for every module finds ours among them.
        tool = (*user, "pkcs11-tool", "--module", PROXY, "--token-label", TOKEN, "--login", "--pin", USER_PIN)
        self.run_program(*tool, "--keypairgen", "--key-type", "EC:prime256v1", "--id", "01", "--label", "mine")
        self.assertRegex(self.run_program(*user, "p11tool", "--batch", "--list-all", f"pkcs11:token={TOKEN}"), "Label: mine")


if __name__ == "__main__":
    main("p11-kit", CLIENT, PROXY, "p11tool", "pkcs11-tool", "openssl")
