# SPDX-License-Identifier: Apache-2.0
"""What the integration tests share.

A test program calls main(globals()): every function named test_… runs in a process and a device directory
of its own, so that a crash is one failed test. The environment says what is tested:

    PQHW_MODULE   path of pqhw-pkcs11.so
    PQHW_COMMAND  path of pqhw
"""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

import later  # pylint: disable=unused-import
import p11

MODULE = os.environ.get("PQHW_MODULE", "")
COMMAND = os.environ.get("PQHW_COMMAND", "")

SO_PIN = b"the officer's PIN"
USER_PIN = b"the user's PIN"
LABEL = "integration"

KEM_SETS = {"ML-KEM-512": 1, "ML-KEM-768": 2, "ML-KEM-1024": 3}
HQC_SETS = {"HQC-1": 1, "HQC-3": 2, "HQC-5": 3}
KEM_EK_LEN = {"ML-KEM-512": 800, "ML-KEM-768": 1184, "ML-KEM-1024": 1568}
HQC_EK_LEN = {"HQC-1": 2241, "HQC-3": 4514, "HQC-5": 7237}
KEM_DK_LEN = {"ML-KEM-512": 1632, "ML-KEM-768": 2400, "ML-KEM-1024": 3168}
KEM_CT_LEN = {"ML-KEM-512": 768, "ML-KEM-768": 1088, "ML-KEM-1024": 1568}
DSA_SETS = {"ML-DSA-44": 1, "ML-DSA-65": 2, "ML-DSA-87": 3}
DSA_PK_LEN = {"ML-DSA-44": 1312, "ML-DSA-65": 1952, "ML-DSA-87": 2592}
DSA_SK_LEN = {"ML-DSA-44": 2560, "ML-DSA-65": 4032, "ML-DSA-87": 4896}
DSA_SIG_LEN = {"ML-DSA-44": 2420, "ML-DSA-65": 3309, "ML-DSA-87": 4627}

# A secret whose value may be read, so that a test can compare it.
OPEN_SECRET = {
    p11.CKA_CLASS: p11.CKO_SECRET_KEY,
    p11.CKA_KEY_TYPE: p11.CKK_GENERIC_SECRET,
    p11.CKA_SENSITIVE: False,
    p11.CKA_EXTRACTABLE: True,
}

checks = 0


class Failed(Exception):
    """A check that did not hold."""


def check(condition, what):
    global checks
    checks += 1
    if not condition:
        raise Failed(what)


def equal(got, expected, what="value"):
    check(got == expected, f"{what} is {got!r}, not {expected!r}")


def rv(got, expected, what="call"):
    """A raw call's CK_RV; expected is a name or a tuple of names."""
    names = (expected,) if isinstance(expected, str) else expected
    check(p11.rv_name(got) in names, f"{what} said {p11.rv_name(got)}, not {' or '.join(names)}")


def raises(expected, call, *args, **kwargs):
    """A call of p11.Module or p11.Session that must fail."""
    try:
        call(*args, **kwargs)
    except p11.Error as error:
        rv(error.rv, expected, getattr(call, "__name__", "call"))
        return
    rv(p11.CKR_OK, expected, getattr(call, "__name__", "call"))


# ------------------------------------------------------------------------------- devices


def init_device():
    """Make the device in $PQHW_HOME with cheap PIN hashing: tests log in a lot."""
    subprocess.run(
        [COMMAND, "init", "--pin-memory", "8", "--pin-passes", "1"],
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )


def load():
    """The module, initialised."""
    module = p11.Module(MODULE)
    module.Initialize(None)
    return module


def init_token(module, label=LABEL):
    """A new token in the free slot, with both PINs. Returns the slot."""
    slot = module.slots()[-1]
    module.init_token(slot, SO_PIN, label)
    session = module.session(slot)
    session.login(SO_PIN, p11.CKU_SO)
    session.init_pin(USER_PIN)
    session.close()
    return slot


def user_session():
    """(module, session): a fresh token with its user logged in."""
    init_device()
    module = load()
    session = module.session(init_token(module))
    session.login(USER_PIN)
    return module, session


def policy(*options, pin=SO_PIN):
    command = [COMMAND, "token", "policy", "--so-pin-env", "OFFICER", *options]
    environment = os.environ | {"OFFICER": pin.decode()}
    return subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False)


def settle(*options):
    done = policy(*options)
    equal(done.returncode, 0, f"pqhw token policy: {done.stderr.decode()}")


def kem_pair(session, name="ML-KEM-768", token=False, **more):
    return session.generate(
        p11.CKM_ML_KEM_KEY_PAIR_GEN,
        {p11.CKA_TOKEN: token, p11.CKA_PARAMETER_SET: KEM_SETS[name], p11.CKA_LABEL: name}
        | more.get("public", {}),
        {p11.CKA_TOKEN: token, p11.CKA_LABEL: name} | more.get("private", {}),
    )


def dsa_pair(session, name="ML-DSA-44", token=False, **more):
    return session.generate(
        p11.CKM_ML_DSA_KEY_PAIR_GEN,
        {p11.CKA_TOKEN: token, p11.CKA_PARAMETER_SET: DSA_SETS[name], p11.CKA_LABEL: name}
        | more.get("public", {}),
        {p11.CKA_TOKEN: token, p11.CKA_LABEL: name} | more.get("private", {}),
    )


def flipped(data, bit=0):
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


# ------------------------------------------------------------------------------- processes


def in_child(function, *args, before=None):
    """Run function in a forked process; what it raises there fails here."""
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            if before:
                before()
            function(*args)
            code = 0
        except BaseException:  # pylint: disable=broad-exception-caught
            traceback.print_exc(limit=-3)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    _, status = os.waitpid(pid, 0)
    check(status == 0, f"a child process {describe(status)}")


def in_new_process(program, *args):
    """Run a line of Python, with the tests' modules imported, in a process that knows nothing of this one."""
    source = f"import sys; sys.path.insert(0, {os.path.dirname(__file__)!r})\n"
    source += "from harness import *\nimport p11\n" + program
    done = subprocess.run(
        [sys.executable, "-c", source, *args], capture_output=True, text=True, check=False
    )
    check(done.returncode == 0, f"new process: {done.stderr[-1500:]}")
    return done.stdout


def describe(status):
    if os.WIFSIGNALED(status):
        return f"was killed by {signal.Signals(os.WTERMSIG(status)).name}"
    return f"ended with {os.WEXITSTATUS(status)}"


def _run_child(test, report):
    os.environ["PQHW_HOME"] = tempfile.mkdtemp(prefix="pqhw-test-")
    home = pathlib.Path(os.environ["PQHW_HOME"])
    try:
        os.rmdir(home)
        test()
        code = 0
    except (Failed, p11.Error) as failure:
        frame = traceback.extract_tb(failure.__traceback__)
        where = [entry for entry in frame if entry.filename == test.__code__.co_filename][-1]
        print(f"     line {where.lineno}: {where.line}\n     {failure}")
        code = 1
    except Exception:  # pylint: disable=broad-exception-caught
        traceback.print_exc(limit=-2)
        code = 1
    finally:
        shutil.rmtree(home, ignore_errors=True)
    os.write(report, checks.to_bytes(8, "little"))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def run_test(name, test):
    """(True if it passed, number of checks)"""
    sys.stdout.flush()
    receive, report = os.pipe()
    start = time.monotonic()
    pid = os.fork()
    if pid == 0:
        os.close(receive)
        _run_child(test, report)
    os.close(report)
    with os.fdopen(receive, "rb") as pipe:
        count = int.from_bytes(pipe.read(), "little")
    _, status = os.waitpid(pid, 0)
    seconds = time.monotonic() - start
    passed = status == 0
    outcome = "ok  " if passed else "FAIL"
    print(
        f"{outcome} {name} ({count} checks, {seconds:.1f} s)"
        + ("" if passed else f": {describe(status)}")
    )
    return passed, count


def main(names):
    if not MODULE or not COMMAND:
        sys.exit("PQHW_MODULE and PQHW_COMMAND must name the module and the command")
    chosen = sys.argv[1:]
    tests = {
        name: test
        for name, test in names.items()
        if name.startswith("test_") and (not chosen or name in chosen)
    }
    results = [run_test(name, test) for name, test in tests.items()]
    passed = sum(ok for ok, _ in results)
    print(f"note: {passed} of {len(results)} tests passed, {sum(n for _, n in results)} checks")
    sys.exit(0 if results and passed == len(results) else 1)
