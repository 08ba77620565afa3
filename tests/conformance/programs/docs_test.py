#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The commands of docs/programs.md, as they stand there, one section after the other on one device."""

import os
import pathlib
import re
import shutil

from program import MODULE, PATH, ProgramTest, free_port, library, main

COMMAND = os.environ["PQHW_COMMAND"]
DOCS = pathlib.Path(__file__).resolve().parents[3] / "docs/programs.md"
PACKAGES = pathlib.Path("/usr/lib/python3/dist-packages")
ENGINE = library("engines-3/pkcs11.so")

# What the blocks of a section need, block by block: names of programs, and paths.
NEEDS = {
    "To begin with": [()],
    "OpenSC": [("pkcs11-tool",)],
    "GnuTLS": [("p11tool", "certtool", "gnutls-serv", "curl")],
    "OpenSSH": [("pkcs11-tool", "ssh-agent", "/usr/sbin/sshd")],
    "OpenSSL, nginx and curl with the engine": [("pkcs11-tool", "openssl", ENGINE), ("root", "pkcs11-tool", ENGINE, "nginx", "curl")],
    "OpenSSL with the provider": [("pkcs11-tool", "openssl", library("ossl-modules/pkcs11.so"))],
    "Java": [("keytool", "jarsigner", "jar")],
    "NSS": [("certutil", "modutil")],
    "p11-kit": [("p11-kit", "pkcs11-tool", library("pkcs11/p11-kit-client.so"))],
    "Knot DNS": [("keymgr", "kzonesign", "kzonecheck")],
    "OpenDNSSEC": [("ods-hsmutil", "ods-hsmspeed")],
    "Python": [(PACKAGES / "PyKCS11",), (PACKAGES / "pkcs11",)],
}

# Ends what a block started, if it did not come to do so itself.
AT_EXIT = "trap 'kill $(jobs -p) $(cat *.pid 2>/dev/null) ${SSH_AGENT_PID-} ${P11_KIT_SERVER_PID-} 2>/dev/null || true' EXIT\n"


def sections():
    """The blocks that a shell can run, by section."""
    text = DOCS.read_text(encoding="utf-8")
    parts = re.split(r"(?m)^## (.*)$", text)[1:]
    blocks = {title: re.findall(r"(?ms)^```sh\n(.*?)^```$", part) for title, part in zip(parts[::2], parts[1::2], strict=True)}
    return {title: found for title, found in blocks.items() if found}


def lacks(needs):
    """What of it is not here."""
    for need in needs:
        if need == "root":
            if os.geteuid() != 0:
                return "root"
        elif need is None or not (os.path.exists(need) or shutil.which(str(need), path=PATH)):
            return str(need or "such library")
    return None


class DocsTest(ProgramTest):
    token = False

    def setUp(self):
        super().setUp()
        askpass = self.write("askpass", "#!/bin/sh\necho $PIN\n")
        askpass.chmod(0o700)
        commands = self.dir / "bin"
        commands.mkdir()
        (commands / "pqhw").symlink_to(COMMAND)
        self.env |= {"SSH_ASKPASS": str(askpass), "SSH_ASKPASS_REQUIRE": "force", "DISPLAY": ":0", "PATH": f"{commands}:{PATH}"}
        if os.geteuid() == 0 and os.path.exists("/usr/sbin/sshd"):
            os.makedirs("/run/sshd", exist_ok=True)

    def begin(self, block):
        """What everything else needs: the variables, with what is of this build and this machine."""
        exports = "".join(line for line in block.splitlines(keepends=True) if line.startswith("export "))
        exports, modules = re.subn(r"MODULE=\S+", f"MODULE={MODULE}", exports)
        exports, ports = re.subn(r"PORT=\d+", f"PORT={free_port()}", exports)
        self.assertEqual((modules, ports), (1, 1))
        return exports

    def test_every_section(self):
        written = sections()
        self.assertEqual({title: len(blocks) for title, blocks in written.items()}, {title: len(needs) for title, needs in NEEDS.items()})
        first = next(iter(written.values()))[0]
        exports = self.begin(first)
        self.run_program("bash", "-eu", "-o", "pipefail", "-c", exports + re.sub(r"(?m)^export .*\n", "", first))
        for title, blocks in list(written.items())[1:]:
            script = ""
            for block, needs in zip(blocks, NEEDS[title], strict=True):
                missing = lacks(needs)
                if missing:
                    print(f"note: there is no {missing} here; not all of '{title}' is tried")
                else:
                    script += block
            with self.subTest(title):
                self.run_program("bash", "-eu", "-o", "pipefail", "-c", exports + AT_EXIT + script)


if __name__ == "__main__":
    main("bash")
