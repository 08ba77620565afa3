# SPDX-License-Identifier: Apache-2.0
"""What the tests of other people's programs share.

Each test runs a program as its distribution has it against the module, with a device of its own.
PQHW_MODULE and PQHW_COMMAND say what is tested. A program that is not installed is a skipped test
(exit code 77) that says so: tools/setup programs installs all that the distribution has.
"""

import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "integration"))

from cli import USER_PIN, CliTest  # noqa: E402

MODULE = os.environ["PQHW_MODULE"]
TOKEN = "first"
SKIPPED = 77
PATH = os.environ.get("PATH", "/usr/bin:/bin") + ":/usr/sbin:/sbin"  # where daemons are, also for who is not root


class ProgramTest(CliTest):
    """A device with one token, whose user's PIN is USER_PIN."""

    def setUp(self):
        super().setUp()
        self.env = {
            **os.environ,
            "PQHW_HOME": str(self.home),
            "HOME": str(self.dir),
            "GNUTLS_PIN": USER_PIN,
            "LC_ALL": "C.UTF-8",
            "PATH": PATH,
        }
        self.env.pop("LD_LIBRARY_PATH", None)

    def run_program(self, *args, input=None, fails=False, env=None):
        """Its output, both streams."""
        with tempfile.TemporaryFile("w+", errors="replace") as said:  # a pipe would wait for daemons
            done = subprocess.run(
                [str(arg) for arg in args],
                input=input,
                stdin=None if input is not None else subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                env={**self.env, **(env or {})},
                cwd=self.dir,
                timeout=300,
                text=True,
                check=False,
            )
            said.seek(0)
            output = said.read()
        if (done.returncode != 0) != fails:
            self.fail(f"{' '.join(map(str, args))} ended with {done.returncode}:\n{output}")
        return output

    def openssl(self, *args, **more):
        return self.run_program("openssl", *args, **more)

    def gnutls_version(self):
        """(3, 8, 9): what GnuTLS can do with a token differs much."""
        return tuple(map(int, re.search(r"(\d+)\.(\d+)\.(\d+)", self.run_program("certtool", "--version")).groups()))

    def verify_zone(self, zone, signed, *of_bind):
        """By ldns and BIND, which know nothing of who signed it. They are small and no part of what is tested."""
        for word, *command in (
            ("verified and complete", "ldns-verify-zone", signed),
            ("Zone fully signed", "dnssec-verify", *of_bind, "-o", zone, signed),
        ):
            if shutil.which(command[0], path=PATH):
                self.assertIn(word, self.run_program(*command))
            else:
                print(f"note: there is no {command[0]} here; tools/setup programs installs it")

    def in_place_of(self, mounts):
        """The beginning of a command that sees a file or folder of the test's where the system has another."""
        script = " && ".join(f"mount --bind {own} {place}" for place, own in mounts.items())
        share = ["unshare", "--mount"] + ["--map-root-user"] * (os.geteuid() != 0)
        prefix = [*share, "sh", "-c", script + ' && exec "$@"', "sh"]
        if subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode != 0:
            print(f"note: there can be no {' or '.join(mounts)} of the test's own here")
            self.skipTest("nothing can be mounted")
        return prefix

    def start_service(self, *command, end=signal.SIGTERM):
        """Start a service, which a signal ends with the test. Returns the name of what it says."""
        name = f"{pathlib.Path(str(command[0])).name}-{len(list(self.dir.glob('*.log')))}.log"
        with open(self.dir / name, "w") as log:
            server = subprocess.Popen([str(word) for word in command], env=self.env, cwd=self.dir,
                                      stdin=subprocess.DEVNULL, stdout=log, stderr=log)  # fmt: skip
        self.addCleanup(server.wait)
        self.addCleanup(server.send_signal, end)
        return name

    def until(self, happened, log, what):
        """Wait for something that a service does."""
        for _ in range(300):
            if happened():
                return
            time.sleep(0.1)
        self.fail(f"{what}: {self.read(log).decode(errors='replace')}")

    def serve(self, port, *command):
        """Start what listens on the port, and stop it at the end."""

        def listens():
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
            except OSError:
                return False
            return True

        self.until(listens, self.start_service(*command), f"{command[0]} does not listen")

    def stop_at_the_end(self, pid):
        """Of a daemon. It takes its socket away itself, which is not to happen while the test's directory goes."""

        def stop():
            os.kill(pid, signal.SIGTERM)
            for _ in range(100):
                if not alive(pid):
                    return
                time.sleep(0.05)

        self.addCleanup(stop)


def alive(pid):
    """Whether it runs; what has ended and nobody has waited for does not."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def free_port():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


def library(*names):
    """The path of a shared object of the distribution's, or None."""
    for name in names:
        for found in sorted(pathlib.Path("/usr/lib").glob(f"*/{name}")) + sorted(pathlib.Path("/usr/lib").glob(name)):
            return found
    return None


def main(*needed):
    """Run the tests if these programs are there; a path stands for itself."""
    for name in needed:
        if name is None or shutil.which(str(name), path=PATH) is None and not os.path.exists(str(name)):
            print(f"note: there is no {name or 'such library'} here; tools/setup programs installs it if this release has it")
            sys.exit(SKIPPED)
    unittest.main()
