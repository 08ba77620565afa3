# SPDX-License-Identifier: Apache-2.0
"""The pqhw command, as a person or a script uses it. Each test has a device directory of its own."""

import errno
import json
import os
import pty
import re
import select
import shutil
import subprocess
import time
import unittest

from cli import COMMAND, DEVICE, FAILED, LOGIN, SOURCE, USAGE, USER_PIN, CliTest, mode


class HelpTest(CliTest):
    token = False

    def verbs(self):
        names = re.findall(r"^  ([a-z]+(?: [a-z]+)?)  ", self.ok("help"), re.MULTILINE)
        self.assertEqual(len(names), 25)
        return [name.split() for name in names]

    def test_overview(self):
        for args in (["help"], ["--help"], ["-h"]):
            self.assertIn("usage: pqhw COMMAND", self.ok(*args))
        self.fails(USAGE, says="usage: pqhw COMMAND")

    def test_every_verb_explains_itself(self):
        for verb in self.verbs():
            text = self.ok("help", *verb)
            self.assertIn("usage: pqhw " + " ".join(verb), text)
            self.assertIn("Example:\n  ", text)
            self.assertLessEqual(max(map(len, text.splitlines())), 80)
            if verb != ["bench"]:
                self.assertEqual(self.ok(*verb, "--help"), text)
                self.assertEqual(self.ok(*verb, "-h"), text)

    def test_groups(self):
        for group in ("token", "key", "user", "audit"):
            self.assertEqual(self.ok("help", group), self.ok(group, "--help"))
            self.fails(USAGE, group, says="needs one of its commands")

    def test_manual_pages_are_up_to_date(self):
        pages = {path.name for path in (SOURCE / "docs/man").glob("*.1")}
        words = {verb[0] for verb in self.verbs()} - {"help", "version"}
        self.assertEqual(pages, {f"pqhw-{word}.1" for word in words} | {"pqhw.1"})
        for word in words:
            page = (SOURCE / f"docs/man/pqhw-{word}.1").read_text()
            self.assertEqual(self.ok("help", "--man", word), page)
        main = (SOURCE / "docs/man/pqhw.1").read_text().replace("\\-", "-")
        for word in words:
            self.assertIn(word, main)

    def test_version(self):
        self.assertRegex(self.ok("version"), r"^pqhw \d+\.\d+\.\d+\n$")
        self.assertEqual(self.ok("--version"), self.ok("version"))
        self.assertIn("version", self.json("version"))
        self.assertEqual(self.json("--version"), self.json("version"))

    def test_suggestions(self):
        self.fails(USAGE, "tokn", "list", hint="pqhw token")
        self.fails(USAGE, "token", "lst", hint="pqhw token list")
        self.fails(USAGE, "xyzzy", hint="pqhw help")
        self.fails(USAGE, "sign", "--kye", "x", hint="--key")
        self.fails(USAGE, "sign", "--pin", "1234", hint="--pin-file or --pin-env[?]$")
        self.fails(USAGE, "sign", "--quux", "x", hint="pqhw help sign$")
        self.fails(USAGE, "generate", hint="pqhw key generate[?]$")
        self.fails(USAGE, "list", hint="pqhw token list or pqhw key list[?]$")
        self.fails(USAGE, "--jsn", "status", hint="--json")
        self.fails(USAGE, "help", "nothing", says="no command")

    def test_wrong_usage(self):
        cases = [
            ["status", "extra"],
            ["key", "generate", "--label"],
            ["key", "generate", "--type", "rsa", "--label", "x"],
            ["key", "generate", "--label", "x"],
            ["key", "generate", "--type", "ml-dsa-44"],
            ["key", "generate", "--type", "ml-dsa-44", "--type", "ml-dsa-65"],
            ["key", "show"],
            ["key", "import", "--label", "x"],
            ["key", "export", "--label", "x", "--form", "seed"],
            ["key", "export", "--label", "x", "--private", "--public"],
            ["sign"],
            ["sign", "--key", "x", "--json=yes"],
            ["verify", "--key", "x"],
            ["encapsulate", "--key", "x"],
            ["encapsulate", "--key", "x", "--secret-out", "a", "--secret-label", "b"],
            ["encapsulate", "--key", "x", "--secret-out", "a", "--out", "a"],
            ["decapsulate", "--key", "x", "--secret-id", "01", "--secret-out", "a"],
            ["random", "0"],
            ["random", "70000"],
            ["random", "-1"],
            ["random", "--encoding", "octal"],
            ["init", "--pin-tries", "2"],
            ["init", "--resident-memory", "1023"],
            ["init", "--resident-memory", "64MB"],
            ["init", "--resident-memory", "1025G"],
            ["init", "--pin-memory", "8x"],
            ["token", "show", "--slot", "99999999999999999999"],
            ["token", "init"],
            ["token", "init", "--label", "x" * 33, "--so-pin-file", "so"],
            ["user", "pin", "--so", "--reset"],
            ["audit", "show", "--since", "yesterday"],
            ["audit", "show", "--device", "--slot", "0"],
            ["completion"],
            ["completion", "csh"],
            ["--home"],
            ["--home=", "status"],
        ]
        for args in cases:
            with self.subTest(args):
                self.fails(USAGE, *args)
        self.assertFalse(self.home.exists(), "wrong usage changes nothing")

    def test_completion(self):
        for shell, check in (("bash", ["-n"]), ("zsh", ["-n"]), ("fish", ["--no-execute"])):
            script = self.ok("completion", shell)
            for verb in self.verbs():
                self.assertIn(verb[-1], script)
            if shutil.which(shell):
                path = self.write("script", script)
                subprocess.run([shell, *check, path], check=True)

    def complete_bash(self, line):
        words = line.split(" ")
        script = self.write("completion.bash", self.ok("completion", "bash"))
        quoted = " ".join(f"'{word}'" for word in words)
        program = (
            f"source {script}; COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _pqhw; "
            'printf "%s\\n" "${COMPREPLY[@]}"'
        )
        done = subprocess.run(
            ["bash", "-c", program], cwd=self.dir, check=True, capture_output=True, text=True
        )
        return done.stdout.split()

    def test_completion_in_bash(self):
        self.assertEqual(self.complete_bash("pqhw enc"), ["encapsulate"])
        self.assertEqual(set(self.complete_bash("pqhw audit ")), {"show", "verify"})
        self.assertIn("--label", self.complete_bash("pqhw key generate --l"))
        self.assertIn("ml-kem-512", self.complete_bash("pqhw --home x key generate --type ml-k"))
        self.assertEqual(self.complete_bash("pqhw sign --in completion."), ["completion.bash"])
        self.assertEqual(self.complete_bash("pqhw help enc"), ["encapsulate"])
        self.assertEqual(set(self.complete_bash("pqhw help audit ")), {"show", "verify"})


class DeviceTest(CliTest):
    token = False

    def test_init_once(self):
        made = self.json("init", "--pin-memory", "16", "--pin-tries", "5")
        self.assertEqual((made["pin_memory_kib"], made["pin_tries"]), (16384, 5))
        self.assertEqual(made["resident_memory"], 0)
        self.assertEqual(mode(self.home), 0o700)
        for path in self.home.rglob("*"):
            self.assertEqual(mode(path) & 0o077, 0, path)
        self.fails(FAILED, "init", says="already", hint="--home")

    def test_status(self):
        before = self.json("status")
        self.assertFalse(before["present"])
        self.make_device()
        self.make_token("x")
        after = self.json("status")
        self.assertTrue(after["present"])
        self.assertEqual(after["tokens"], 1)
        self.assertEqual(after["home"], str(self.home))
        self.assertEqual(after["pin"], {"memory_kib": 8192, "passes": 1, "tries": 3})
        self.assertIn(after["memory"]["kind"], ("memfd_secret", "mlock", "plain"))
        self.assertIn(after["version"], self.ok("status"))

    def test_home_option(self):
        self.ok("init", "--home", "other", "--pin-memory", "8")
        self.assertTrue((self.dir / "other").is_dir())
        self.assertTrue(self.json("--home", self.dir / "other", "status")["present"])
        self.assertFalse(self.home.exists())
        self.fails(FAILED, "status", env={"PQHW_HOME": "relative"}, says="absolute")

    def test_nothing_there(self):
        self.assertEqual(self.json("token", "list"), {"tokens": []})
        self.assertIn("token init", self.ok("token", "list"))
        self.fails(FAILED, "key", "list", "--pin-file", "pin", hint="pqhw token init")
        self.fails(DEVICE, "audit", "verify", hint="pqhw init")
        self.fails(DEVICE, "init", "--home", "/proc/nowhere")

    def test_open_directory_is_refused(self):
        self.make_device()
        self.home.chmod(0o777)
        self.fails(DEVICE, "token", "list", says="writable")


class TokenTest(CliTest):
    def test_list_and_show(self):
        self.make_token("zweiter Schlüssel")
        tokens = self.json("token", "list")["tokens"]
        self.assertEqual([t["label"] for t in tokens], ["first", "zweiter Schlüssel"])
        self.assertEqual([t["slot"] for t in tokens], [0, 1])
        shown = self.json("token", "show", "--token", "zweiter Schlüssel")
        self.assertEqual(shown, tokens[1])
        self.assertEqual(self.json("token", "show", "--slot", "1"), tokens[1])
        self.assertIn("3 of 3 tries left", self.ok("token", "show", "--slot", "0"))
        table = self.ok("token", "list").splitlines()
        self.assertEqual(len({line.index(t["serial"]) for line, t in zip(table[1:], tokens)}), 1)

    def test_choice(self):
        self.fails(FAILED, "token", "show", "--token", "nope", hint="token list")
        self.fails(FAILED, "token", "show", "--slot", "7", hint="token list")
        self.make_token("second")
        self.fails(USAGE, "token", "show", says='"first".*"second"', hint="--token")
        self.fails(USAGE, "token", "show", "--token", "first", "--slot", "0")

    def test_labels_are_told_apart(self):
        args = ["token", "init", "--label", "first", "--so-pin-file", "so"]
        self.fails(FAILED, *args, says="already")

    def test_init_again(self):
        self.generate()
        args = ["token", "init", "--token", "first", "--label", "anew", "--no-user-pin"]
        self.fails(USAGE, *args, "--so-pin-file", "so", hint="--yes")
        self.fails(LOGIN, *args, "--so-pin-file", "pin", "--yes", hint="2 tries are left")
        self.assertEqual(len(self.keys()), 2)
        made = self.json(*args, "--so-pin-file", "so", "--yes")
        self.assertEqual((made["slot"], made["label"], made["user_pin_set"]), (0, "anew", False))
        self.fails(LOGIN, "key", "list", "--pin-file", "pin", hint="pqhw user pin")
        self.ok("user", "pin", "--so-pin-file", "so", "--new-pin-file", "pin")
        self.assertEqual(self.keys(), [])

    def test_delete(self):
        args = ["token", "delete", "--token", "first"]
        self.fails(USAGE, *args, "--so-pin-file", "so", hint="--yes")
        self.fails(LOGIN, *args, "--so-pin-file", "pin", "--yes")
        self.assertEqual(self.json(*args, "--so-pin-file", "so", "--yes")["deleted_slot"], 0)
        self.assertEqual(self.json("token", "list"), {"tokens": []})
        self.make_token("next")
        self.assertEqual(self.json("token", "show")["slot"], 1)

    def test_hostile_label_on_screen(self):
        self.ok("token", "init", "--label", "a\x1b[31mb", "--so-pin-file", "so")
        self.assertIn("a?[31mb", self.ok("token", "list"))
        self.assertEqual(self.json("token", "list")["tokens"][1]["label"], "a\x1b[31mb")


class PinTest(CliTest):
    def test_sources(self):
        self.ok("key", "list", "--pin-env", "MY_PIN", env={"MY_PIN": USER_PIN})
        self.ok("key", "list", "--pin-file", "-", input=USER_PIN + "\n")
        self.ok("key", "list", "--pin-file", "-", input=USER_PIN + "\r\n")
        self.fails(USAGE, "key", "list", "--pin-env", "MY_PIN", says="not set", hint="export MY_PIN$")
        self.fails(USAGE, "key", "list", "--pin-env", "A", "--pin-file", "pin", env={"A": "1234"})
        self.fails(USAGE, "key", "list", hint="--pin-file FILE or --pin-env")
        self.fails(DEVICE, "key", "list", "--pin-file", "missing", says="missing")
        self.fails(FAILED, "key", "list", "--pin-file", "-", input="123", hint="4 to 255")
        self.fails(FAILED, "key", "list", "--pin-file", "-", input="x" * 256)
        self.fails(LOGIN, "key", "list", "--pin-file", "-", input="x" * 255)

    def test_pin_files_that_are_none(self):
        """A NUL does not cut a PIN short, and a file without an end is given up."""
        self.write("pin", (USER_PIN + "\0and more\n").encode())
        self.fails(FAILED, "key", "list", "--pin-file", "pin", says="the PIN")
        self.fails(FAILED, "key", "list", "--pin-file", "/dev/zero", says="the PIN")

    def test_open_pin_file_is_remarked(self):
        (self.dir / "pin").chmod(0o644)
        done = self.pqhw("key", "list", "--pin-file", "pin")
        self.assertEqual(done.returncode, 0)
        self.assertIn("chmod 600", done.err)
        self.assertEqual(self.pqhw("key", "list", "--pin-file", "pin", "--quiet").err, "")

    def test_change(self):
        self.write("new", "another-pin")
        args = ["user", "pin", "--new-pin-file", "new"]
        self.fails(LOGIN, *args, "--pin-file", "so", hint="2 tries are left")
        self.ok(*args, "--pin-file", "pin")
        self.fails(LOGIN, "key", "list", "--pin-file", "pin")
        self.ok("key", "list", "--pin-file", "new")

    def test_lock_and_reset(self):
        self.generate()
        self.write("wrong", "wrong-pin")
        for left in (2, 1):
            self.fails(LOGIN, "key", "list", "--pin-file", "wrong", hint=f"{left} tr(y is|ies are)")
        self.fails(LOGIN, "key", "list", "--pin-file", "wrong", says="locked now", hint="--reset")
        self.fails(LOGIN, "key", "list", "--pin-file", "pin", says="locked", hint="--reset")
        self.assertEqual(self.json("token", "show")["user_tries_left"], 0)
        self.assertIn("locked", self.ok("token", "list"))
        self.write("new", "reset-pin")
        self.ok("user", "pin", "--reset", "--so-pin-file", "so", "--new-pin-file", "new")
        out = self.ok("key", "list", "--pin-file", "new")
        self.assertIn("signer", out)

    def test_officer(self):
        self.write("new", "new-officer")
        args = ["user", "pin", "--so", "--so-pin-file", "so", "--new-pin-file", "new"]
        self.assertEqual(self.json(*args)["changed"], "so_pin")
        self.fails(LOGIN, *args, hint="2 tries are left")
        self.fails(LOGIN, *args)
        self.fails(LOGIN, *args, says="locked now", hint="only be deleted")
        self.ok("key", "list", "--pin-file", "pin")
        self.ok("token", "delete", "--yes")


class TerminalTest(CliTest):
    """With a terminal: what is asked, what is shown, what is not."""

    def talk(self, args, answers, stdin=None, expect=0):
        """Run on a pseudo-terminal; answers are (what is waited for, what is typed)."""
        environment = {"PQHW_HOME": str(self.home), "PATH": os.environ["PATH"], "TERM": "xterm"}
        pid, fd = pty.fork()
        if pid == 0:
            os.chdir(self.dir)
            if stdin is not None:
                os.dup2(os.open(stdin, os.O_RDONLY), 0)
            os.execve(COMMAND, [COMMAND, *args], environment)
        screen = b""
        deadline = time.monotonic() + 60
        for wait_for, typed in answers:
            while wait_for.encode() not in screen:
                ready, _, _ = select.select([fd], [], [], deadline - time.monotonic())
                self.assertTrue(ready, f"no {wait_for!r} in {screen!r}")
                screen += os.read(fd, 4096)
            screen = screen.split(wait_for.encode(), 1)[1]
            time.sleep(0.05)
            os.write(fd, typed.encode())
        rest = self.read_rest(fd)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        os.close(fd)
        self.assertEqual(status, expect, (screen + rest).decode())
        return (screen + rest).decode()

    @staticmethod
    def read_rest(fd):
        rest = b""
        while True:
            try:
                piece = os.read(fd, 4096)
            except OSError as error:
                if error.errno == errno.EIO:
                    return rest
                raise
            if not piece:
                return rest
            rest += piece

    def test_login(self):
        screen = self.talk(["key", "list"], [("User PIN: ", USER_PIN + "\n")])
        self.assertNotIn(USER_PIN, screen)
        self.assertIn("no keys", screen)

    def test_login_while_input_is_a_file(self):
        self.generate()
        self.write("message", "hello")
        args = ["sign", "--key", "signer", "--out", "message.sig"]
        self.talk(args, [("User PIN: ", USER_PIN + "\n")], stdin=self.dir / "message")
        self.ok("verify", "--key", "signer", "--in", "message", "--signature", "message.sig")

    def test_token_init(self):
        answers = [
            ("security officer: ", "officer!\n"),
            ("again: ", "officer!\n"),
            ("for the user: ", "user-pin\n"),
            ("again: ", "user-pin\n"),
        ]
        screen = self.talk(["token", "init", "--label", "typed"], answers)
        self.assertNotIn("officer!", screen)
        self.ok("key", "list", "--token", "typed", "--pin-env", "P", env={"P": "user-pin"})

    def test_new_pin_is_typed_twice(self):
        answers = [("security officer: ", "officer!\n"), ("again: ", "officer?\n")]
        screen = self.talk(["token", "init", "--label", "typed"], answers, expect=LOGIN)
        self.assertIn("not the same", screen)
        self.assertEqual(len(self.json("token", "list")["tokens"]), 1)

    def test_interrupt_restores_the_terminal(self):
        screen = self.talk(["key", "list"], [("User PIN: ", "\x03")], expect=-2)
        self.assertNotIn("pqhw:", screen)

    def test_confirmation(self):
        self.generate()
        args = ["key", "delete", "--label", "signer", "--pin-file", "pin"]
        screen = self.talk(args, [("[y/N] ", "n\n")], expect=FAILED)
        self.assertIn("nothing was changed", screen)
        self.assertEqual(len(self.keys()), 2)
        self.talk(args, [("[y/N] ", "y\n")])
        self.assertEqual(self.keys(), [])

    def test_no_binary_on_a_terminal(self):
        self.generate()
        self.write("message", "hello")
        args = ["sign", "--key", "signer", "--in", "message", "--pin-file", "pin"]
        self.assertIn("is binary", self.talk(args, [], expect=USAGE))
        self.assertRegex(self.talk([*args, "--encoding", "hex"], []), r"^[0-9a-f]{4840}\r\n$")

    def test_colour(self):
        self.assertIn("\x1b[1m", self.talk(["token", "list"], []))
        self.assertNotIn("\x1b", self.ok("token", "list"))


class AuditTest(CliTest):
    def test_show(self):
        self.generate()
        self.fails(LOGIN, "key", "list", "--pin-file", "so")
        lines = [json.loads(line) for line in self.ok("audit", "show", "--json").splitlines()]
        records = [line["record"] for line in lines if line["log"] == "token"]
        self.assertEqual([r["seq"] for r in records], list(range(1, len(records) + 1)))
        self.assertEqual(records[-1]["result"], "PIN_INCORRECT")
        self.assertTrue(any(line["log"] == "device" for line in lines))
        times = [line["record"]["time"] for line in lines]
        self.assertEqual(times, sorted(times))
        table = self.ok("audit", "show")
        self.assertIn("CKM_ML_DSA_KEY_PAIR_GEN", table)
        self.assertEqual(len(table.splitlines()), len(lines) + 1)

    def test_choice(self):
        self.make_token("second")
        last = self.ok("audit", "show", "--tail", "2", "--slot", "1", "--json").splitlines()
        self.assertEqual([json.loads(line)["slot"] for line in last], [1, 1])
        self.assertIn("no such records", self.ok("audit", "show", "--since", "2999"))
        every = self.ok("audit", "show")
        self.assertEqual(self.ok("audit", "show", "--since", "1h"), every)
        self.assertEqual(self.ok("audit", "show", "--since", "2020-01-01T00:00"), every)
        device = self.ok("audit", "show", "--device")
        self.assertNotIn("second ", device)

    def test_verify(self):
        self.generate()
        found = self.json("audit", "verify")["logs"]
        self.assertEqual([log["log"] for log in found], ["device", "token"])
        self.assertTrue(all(log["genuine"] for log in found))
        path = self.home / "audit" / "slot-0.log"
        path.write_bytes(path.read_bytes().replace(b'"OK"', b'"ok"', 1))
        self.fails(FAILED, "audit", "verify", says="1 of the audit logs is not genuine")
        done = self.pqhw("audit", "verify", "--json")
        self.assertEqual(done.returncode, FAILED)
        bad = json.loads(done.out)["logs"][1]
        self.assertFalse(bad["genuine"])
        self.assertIn("NOT GENUINE", self.pqhw("audit", "verify").out)
        self.ok("audit", "verify", "--device")

    def test_verify_a_device_log_without_its_end(self):
        path = self.home / "audit" / "device.log"
        whole = path.read_bytes()
        for num in range(whole.count(b"\n")):
            path.write_bytes(b"".join(whole.splitlines(True)[:num]))
            self.fails(FAILED, "audit", "verify", "--device", says="not genuine")
        path.unlink()
        self.fails(FAILED, "audit", "verify", says="1 of the audit logs is not genuine")
        path.write_bytes(whole)
        self.ok("audit", "verify")
        self.ok("token", "delete", "--yes", "--so-pin-file", "so")
        self.ok("audit", "verify")
        path.write_bytes(b"".join(path.read_bytes().splitlines(True)[:-1]))
        self.fails(FAILED, "audit", "verify", says="not genuine")
        self.make_token("second")  # the gap stays
        self.fails(FAILED, "audit", "verify", says="not genuine")

    def test_verify_a_log_in_the_place_of_another(self):
        audit = self.home / "audit"
        (audit / "device.log").write_bytes((audit / "slot-0.log").read_bytes())
        self.fails(FAILED, "audit", "verify", "--device", says="not genuine")

    def test_verify_a_token_that_was_put_back(self):
        before = (self.home / "pqhw.db").read_bytes()
        for label in ("a", "b"):
            self.generate(label=label)
        (self.home / "pqhw.db").write_bytes(before)
        self.fails(FAILED, "audit", "verify", says="not genuine")
        for label in ("c", "d", "e"):
            self.generate(label=label)
            self.fails(FAILED, "audit", "verify", says="not genuine")

    def test_verify_a_token_that_is_new_again(self):
        self.ok("token", "init", "--label", "bare", "--so-pin-file", "so")
        before = (self.home / "pqhw.db").read_bytes()
        for dates in ("enforce", "ignore"):
            self.ok("token", "policy", "--token", "bare", "--dates", dates, "--so-pin-file", "so")
        self.ok("audit", "verify")
        (self.home / "pqhw.db").write_bytes(before)
        self.fails(FAILED, "audit", "verify", "--slot", "1", says="not genuine")

    def test_verify_tokens_that_came_back(self):
        for label in ("second", "third"):
            self.make_token(label)
        before = (self.home / "pqhw.db").read_bytes()
        for label in ("second", "third"):
            self.ok("token", "delete", "--token", label, "--yes", "--so-pin-file", "so")
        self.ok("audit", "verify")
        (self.home / "pqhw.db").write_bytes(before)
        self.fails(FAILED, "audit", "verify", "--device", says="not genuine")
        self.make_token("fourth")
        self.fails(FAILED, "audit", "verify", "--device", says="not genuine")

    def test_strange_lines(self):
        path = self.home / "audit" / "slot-0.log"
        with open(path, "ab") as log:
            log.write(b'\x1b[31m{"seq"\n{"seq":{"a":1}}\n{"a":"\\\n')
        shown = self.ok("audit", "show")
        self.assertNotIn("\x1b", shown)
        for line in self.ok("audit", "show", "--json").splitlines():
            json.loads(line)


class JsonTest(CliTest):
    def test_errors(self):
        cases = [
            (USAGE, "USAGE", ["sign", "--json"]),
            (FAILED, "NOT_FOUND", ["sign", "-k", "x", "--pin-file", "pin", "--json"]),
            (LOGIN, "PIN_INCORRECT", ["--json", "key", "list", "--pin-file", "so"]),
            (DEVICE, "NOT_FOUND", ["verify", "-k", "x", "-s", "missing", "--json"]),
            (USAGE, "USAGE", ["--json", "sing"]),
            (USAGE, "USAGE", ["sing", "--json"]),
            (USAGE, "USAGE", ["sign", "--bogus", "--json"]),
            (USAGE, "USAGE", ["--bogus", "sign", "--json"]),
            (USAGE, "USAGE", ["--json"]),
            (USAGE, "USAGE", ["key", "--json"]),
        ]
        for code, status, args in cases:
            done = self.pqhw(*args)
            self.assertEqual((done.returncode, done.out), (code, ""))
            error = json.loads(done.err)["error"]
            self.assertEqual((error["status"], error["exit"]), (status, code))
            self.assertTrue(error["message"])

    def test_notes(self):
        """They are objects, too: a program may read standard error line by line."""
        self.write("wrong", "not-it").chmod(0o644)
        done = self.pqhw("key", "list", "--pin-file", "wrong", "--json")
        note, error = map(json.loads, done.err.splitlines())
        self.assertIn("chmod 600", note["note"])
        self.assertEqual(error["error"]["status"], "PIN_INCORRECT")
        self.assertRegex(self.pqhw("key", "list", "--pin-file", "wrong").err, r"^note: .*chmod 600")

    def test_escapes(self):
        label = 'a"b\\c\n\tü\x7f'
        self.generate("ml-dsa-44", label)
        self.assertEqual(self.keys()[0]["label"], label)

    def test_bytes_that_are_no_utf8(self):
        done = self.pqhw(
            *[
                "key",
                "generate",
                "--type",
                "ml-dsa-44",
                "--label",
                b"\xff\xc0\x80x".decode("utf-8", "surrogateescape"),
            ],
            *["--pin-file", "pin", "--json"],
        )
        for line in (done.out + done.err).splitlines():
            json.loads(line)


class BenchTest(CliTest):
    token = False

    def test_runs_the_program_beside_it(self):
        program = shutil.copy(COMMAND, self.dir / "pqhw")
        bench = self.write("pqhw-bench", '#!/bin/sh\necho "$@"')
        bench.chmod(0o755)
        done = subprocess.run(
            [program, "--json", "bench", "--filter", "a b"], capture_output=True, check=True
        )
        self.assertEqual(done.stdout, b"--json --filter a b\n")
        bench.unlink()
        done = subprocess.run(
            [program, "bench"], capture_output=True, check=False, env={"PATH": "/nowhere"}
        )
        self.assertEqual(done.returncode, DEVICE)


if __name__ == "__main__":
    unittest.main()
