# SPDX-License-Identifier: Apache-2.0
"""The engines for ML-KEM, ML-DSA and SLH-DSA that a test can choose by PQHW_ENGINE, and what this machine has of them."""

import json
import os
import pathlib
import re
import subprocess

import harness

ENGINE, FIPS_CONFIG = "PQHW_ENGINE", "PQHW_FIPS_CONFIG"
NEEDED = (3, 5)


def command(*words, **environment):
    """The pqhw command; an engine that is not named in environment is not chosen."""
    kept = {name: value for name, value in os.environ.items() if name not in (ENGINE, FIPS_CONFIG)}
    return subprocess.run(
        [harness.COMMAND, *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=kept | environment,
        text=True,
        check=False,
    )


def status(**environment):
    done = command("status", "--json", **environment)
    harness.equal(done.returncode, 0, f"pqhw status ({done.stderr.strip()})")
    return json.loads(done.stdout)


def libcrypto_version():
    """Of the libcrypto that the command runs with."""
    told = status()["implementations"]["libcrypto"]
    return tuple(int(part) for part in re.match(r"OpenSSL (\d+)\.(\d+)", told).groups())


def has_libcrypto():
    return libcrypto_version() >= NEEDED


def fips_module():
    """The path of the FIPS provider, or None."""
    told = subprocess.run(["openssl", "version", "-m"], stdout=subprocess.PIPE, check=True, text=True)
    module = pathlib.Path(re.search(r'"(.*)"', told.stdout)[1]) / "fips.so"
    return module if module.exists() else None


def fips_environment(directory):
    """What a process needs to use the FIPS provider; the configuration is made in the directory."""
    config = pathlib.Path(directory) / "fipsmodule.cnf"
    subprocess.run(
        ["openssl", "fipsinstall", "-quiet", "-module", str(fips_module()), "-out", str(config)],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return {ENGINE: "libcrypto-fips", FIPS_CONFIG: str(config)}


def environment_of(engine, directory):
    """What a process needs to use this engine; None if this machine has not what it takes. A libcrypto that must
    have it counts as having it, so that a test fails if it has not."""
    if engine != "libcrypto-fips":
        return {ENGINE: engine} if engine == "own" or has_libcrypto() else None
    return fips_environment(directory) if has_libcrypto() and fips_module() else None


def available(directory):
    """{engine: environment} of those that there are, without our own."""
    found = {name: environment_of(name, directory) for name in ("libcrypto", "libcrypto-fips")}
    return {name: environment for name, environment in found.items() if environment is not None}


def check_refused(engine):
    """A machine without the engine says so, and what is missing, and makes no device."""
    for done in (command("init", "--engine", engine), command("status", PQHW_ENGINE=engine)):
        harness.equal(done.returncode, 4, f"exit code of pqhw with engine {engine}")
        harness.check(f"engine {engine}:" in done.stderr, done.stderr)
        harness.check("OpenSSL 3.5 or later" in done.stderr, done.stderr)
        harness.check(not os.path.exists(os.environ["PQHW_HOME"]), "a device was made")
    program = "raises('CKR_FUNCTION_FAILED', p11.Module(MODULE).Initialize, None)"
    os.environ[ENGINE] = engine
    try:
        harness.in_new_process(program)
    finally:
        del os.environ[ENGINE]
