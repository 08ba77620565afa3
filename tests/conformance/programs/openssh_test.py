#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""OpenSSH: public keys out of the token, an agent with its keys, and a login to a server here."""

import getpass
import os
import re

from program import MODULE, USER_PIN, ProgramTest, free_port, main

SSHD = "/usr/sbin/sshd"


class OpensshTest(ProgramTest):
    def setUp(self):
        super().setUp()
        for number, kind in (("01", "rsa:2048"), ("02", "EC:prime256v1")):
            self.run_program("pkcs11-tool", "--module", MODULE, "--login", "--pin", USER_PIN,
                             "--keypairgen", "--key-type", kind, "--id", number, "--label", f"ssh{number}")  # fmt: skip
        askpass = self.write("askpass", f"#!/bin/sh\necho '{USER_PIN}'\n")
        askpass.chmod(0o700)
        self.env |= {"SSH_ASKPASS": str(askpass), "SSH_ASKPASS_REQUIRE": "force", "DISPLAY": ":0"}

    def start_agent(self):
        said = self.run_program("ssh-agent", "-s", "-P", "*", "-a", self.dir / "agent")
        self.env["SSH_AUTH_SOCK"] = str(self.dir / "agent")
        self.stop_at_the_end(int(re.search(r"SSH_AGENT_PID=(\d+)", said).group(1)))

    def start_server(self, keys):
        """A server of one's own on a port of its own; it lets in whoever has one of the keys."""
        if not os.path.exists(SSHD):
            print("note: there is no sshd here; tools/setup programs installs it")
            self.skipTest("no sshd")
        self.run_program("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "host")
        self.write("authorized", keys)
        if os.geteuid() == 0:
            os.makedirs("/run/sshd", exist_ok=True)
        port = free_port()
        self.write("sshd_config", f"HostKey {self.dir}/host\nAuthorizedKeysFile {self.dir}/authorized\nPidFile none\n"
                   "StrictModes no\nUsePAM no\nPasswordAuthentication no\nPermitRootLogin yes\nListenAddress 127.0.0.1\n")  # fmt: skip
        self.serve(port, SSHD, "-D", "-e", "-p", port, "-f", self.dir / "sshd_config")
        return port

    def login(self, port, *options):
        return self.run_program("ssh", "-F", "none", "-p", port, "-o", "StrictHostKeyChecking=no", "-o", f"UserKnownHostsFile={self.dir}/known",
                                *options, f"{getpass.getuser()}@127.0.0.1", "echo", "let in")  # fmt: skip

    def test_public_keys(self):
        lines = self.run_program("ssh-keygen", "-D", MODULE).splitlines()
        kinds = {line.split()[0] for line in lines if line.startswith(("ssh-", "ecdsa-"))}
        self.assertEqual(kinds, {"ssh-rsa", "ecdsa-sha2-nistp256"})

    def test_the_agent_signs(self):
        self.start_agent()
        self.run_program("ssh-add", "-s", MODULE)
        keys = self.run_program("ssh-add", "-L")
        self.write("text", b"text")
        for number, line in enumerate(keys.splitlines()):
            self.write("key.pub", line)
            self.run_program("ssh-keygen", "-Y", "sign", "-f", "key.pub", "-n", "test", "text")
            self.write("signers", f"me {line}")
            said = self.run_program("ssh-keygen", "-Y", "verify", "-f", "signers", "-I", "me", "-n", "test", "-s", "text.sig", input="text")
            self.assertIn('Good "test" signature', said)
            (self.dir / "text.sig").unlink()
        self.assertEqual(number, 1)
        self.run_program("ssh-add", "-e", MODULE)
        self.assertIn("no identities", self.run_program("ssh-add", "-L", fails=True))

    def test_login_to_a_server(self):
        keys = self.run_program("ssh-keygen", "-D", MODULE)
        port = self.start_server("\n".join(line for line in keys.splitlines() if line.startswith(("ssh-", "ecdsa-"))))
        self.assertIn("let in", self.login(port, "-o", f"PKCS11Provider={MODULE}"))
        self.start_agent()
        self.run_program("ssh-add", "-s", MODULE)
        for kind in ("rsa-sha2-512", "ecdsa-sha2-nistp256"):
            self.assertIn("let in", self.login(port, "-o", f"PubkeyAcceptedAlgorithms={kind}"))


if __name__ == "__main__":
    main("ssh", "ssh-agent", "pkcs11-tool")
