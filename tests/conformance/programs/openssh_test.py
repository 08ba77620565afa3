#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""OpenSSH: public keys out of the token, an agent with its keys, and a login to a server here."""

import getpass
import os
import pathlib
import re
import shutil

from program import MODULE, USER_PIN, ProgramTest, free_port, main

SSHD = "/usr/sbin/sshd"
ORDINARY, ORDINARY_ID = "pqhw-ssh", 64999


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

    def start_server(self, keys, *before):
        """A server of one's own on a port of its own; it lets in whoever has one of the keys. `before` runs it."""
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
        self.serve(port, *before, SSHD, "-D", "-e", "-p", port, "-f", self.dir / "sshd_config")
        return port

    def ssh(self, port, user, *options, before=(), command=("echo", "let in"), **more):
        return self.run_program(*before, "ssh", "-F", "none", "-p", port, "-o", "StrictHostKeyChecking=no", "-o", f"UserKnownHostsFile={self.dir}/known",
                                *options, f"{user}@127.0.0.1", *command, **more)  # fmt: skip

    def login(self, port, *options):
        return self.ssh(port, getpass.getuser(), *options)

    def public_keys(self):
        """What belongs into authorized_keys."""
        lines = self.run_program("ssh-keygen", "-D", MODULE).splitlines()
        return "\n".join(line for line in lines if line.startswith(("ssh-", "ecdsa-")))

    def test_public_keys(self):
        kinds = {line.split()[0] for line in self.public_keys().splitlines()}
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
        port = self.start_server(self.public_keys())
        self.assertIn("let in", self.login(port, "-o", f"PKCS11Provider={MODULE}"))
        self.start_agent()
        self.run_program("ssh-add", "-s", MODULE)
        for kind in ("rsa-sha2-512", "ecdsa-sha2-nistp256"):
            self.assertIn("let in", self.login(port, "-o", f"PubkeyAcceptedAlgorithms={kind}"))

    def test_an_ordinary_user_logs_in(self):
        """Root's server, and a user, known only here, whose own the device is; who is not root was tested above."""
        if os.geteuid() != 0:
            print("note: only root starts a server for somebody else")
            self.skipTest("not root")
        account = f"{ORDINARY}:*:{ORDINARY_ID}:{ORDINARY_ID}::{self.dir}:/bin/sh"
        self.write("passwd", pathlib.Path("/etc/passwd").read_text() + account)
        (self.dir / "passwd").chmod(0o644)
        module = shutil.copy(MODULE, self.dir)  # the build may be in a folder of root's
        prefix = self.in_place_of({"/etc/passwd": self.dir / "passwd"})
        ordinary = [*prefix, "setpriv", f"--reuid={ORDINARY_ID}", f"--regid={ORDINARY_ID}", "--clear-groups"]
        port = self.start_server(self.public_keys(), *prefix)
        for folder, _, files in os.walk(self.dir):
            for path in (folder, *(os.path.join(folder, name) for name in files)):
                os.chown(path, ORDINARY_ID, ORDINARY_ID)
        for kind in ("rsa-sha2-256", "ecdsa-sha2-nistp256"):
            options = ("-o", f"PKCS11Provider={module}", "-o", f"PubkeyAcceptedAlgorithms={kind}")
            self.assertEqual(self.ssh(port, ORDINARY, *options, before=ordinary, command=("id", "-un")).split()[-1], ORDINARY)
        self.ssh(port, ORDINARY, *options, before=[*ordinary, "env", "PQHW_HOME=/nowhere"], fails=True)  # no device, no key


if __name__ == "__main__":
    main("ssh", "ssh-agent", "pkcs11-tool")
