# SPDX-License-Identifier: Apache-2.0
"""What the tests of the pqhw command share. PQHW_COMMAND is the path of pqhw."""

import base64
import json
import os
import pathlib
import shutil
import stat
import subprocess
import tempfile
import unittest

COMMAND = os.environ["PQHW_COMMAND"]
SOURCE = pathlib.Path(__file__).resolve().parents[2]

SO_PIN = "officer-4711"
USER_PIN = "user-0815"

FAILED, USAGE, LOGIN, DEVICE = 1, 2, 3, 4


def pem_to_der(text):
    lines = text.strip().splitlines()
    begin = next(i for i, line in enumerate(lines) if line.startswith("-----BEGIN"))
    end = next(i for i, line in enumerate(lines) if line.startswith("-----END"))
    return base64.b64decode("".join(lines[begin + 1 : end]))


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


class CliTest(unittest.TestCase):
    token = True  # make a device with one token first

    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="pqhw-cli-"))
        self.addCleanup(shutil.rmtree, self.dir)
        self.home = self.dir / "home"
        self.write("so", SO_PIN)
        self.write("pin", USER_PIN)
        if self.token:
            self.make_device()
            self.make_token("first")

    # ---- tools ----

    def write(self, name, content):
        path = self.dir / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode() + b"\n")
        path.chmod(0o600)
        return path

    def read(self, name):
        return (self.dir / name).read_bytes()

    def pqhw(self, *args, input=None, env=None, binary=False):
        """Run it away from any terminal, in the test's directory."""
        environment = {
            "PATH": os.environ["PATH"],
            "PQHW_HOME": str(self.home),
            "LC_ALL": "C.UTF-8",
        }
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS"):
            if name in os.environ:
                environment[name] = os.environ[name]
        environment.update(env or {})
        if isinstance(input, str):
            input = input.encode()
        done = subprocess.run(
            [COMMAND, *map(str, args)],
            input=input if input is not None else b"",
            capture_output=True,
            env=environment,
            cwd=self.dir,
            start_new_session=True,
            check=False,
            timeout=300,
        )
        self.assertGreaterEqual(done.returncode, 0, f"{args} died: {done.stderr}")
        done.out = done.stdout if binary else done.stdout.decode()
        done.err = done.stderr.decode()
        return done

    def ok(self, *args, **more):
        done = self.pqhw(*args, **more)
        self.assertEqual(done.returncode, 0, f"pqhw {args}: {done.err}")
        return done.out

    def json(self, *args, **more):
        text = self.ok(*args, "--json", **more)
        self.assertEqual(text.count("\n"), 1, text)
        return json.loads(text)

    def fails(self, code, *args, says=None, hint=None, **more):
        done = self.pqhw(*args, **more)
        self.assertEqual(done.returncode, code, f"pqhw {args}: {done.out}{done.err}")
        self.assertTrue(done.err.splitlines()[-1].startswith(("pqhw: ", "hint: ")), done.err)
        if says is not None:
            self.assertRegex(done.err, says)
        if hint is not None:
            self.assertRegex(done.err, r"hint: .*" + hint)
        return done.err

    def make_device(self):
        self.ok("init", "--pin-memory", "8", "--pin-passes", "1", "--pin-tries", "3")

    def make_token(self, label):
        self.ok("token", "init", "--label", label, "--so-pin-file", "so", "--user-pin-file", "pin")

    def user(self, *args, **more):
        return self.ok(*args, "--pin-file", "pin", **more)

    def generate(self, kind="ml-dsa-44", label="signer", *more):
        return self.json(
            "key", "generate", "--type", kind, "--label", label, "--pin-file", "pin", *more
        )

    def keys(self, *args):
        return self.json("key", "list", "--pin-file", "pin", *args)["keys"]
