# SPDX-License-Identifier: Apache-2.0
"""What all vector tests share: pinned data files, the count of cases, and the binding to libpqc.

A test consists of cases (which vector, what must come out) and an adapter that runs them on some
interface. An adapter raises Refused when the interface refuses the input, and NotCarried when it
has no way to express the case at all; the latter is counted and listed, never taken for a pass.
"""

import collections
import ctypes
import hashlib
import json
import lzma
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
DATA = HERE / "data"


class Refused(Exception):
    """The interface refused an input, as it must for an invalid vector."""


class NotCarried(Exception):
    """The interface cannot express this case; the message says why."""


# ------------------------------------------------------------------------------- data files


def _read_sums():
    sums = {}
    for line in (HERE / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split(maxsplit=1)
        sums[name.lstrip("*")] = digest
    return sums


SUMS = _read_sums()


def read(name):
    """The bytes of data/<name>, unpacked, after comparing the file with its pinned hash."""
    packed = (DATA / name).read_bytes()
    pinned = SUMS.get("data/" + name)
    if pinned is None:
        sys.exit(f"{name}: not listed in SHA256SUMS")
    if hashlib.sha256(packed).hexdigest() != pinned:
        sys.exit(f"{name}: differs from its hash in SHA256SUMS")
    return lzma.decompress(packed) if name.endswith(".xz") else packed


def read_json(name):
    return json.loads(read(name))


def read_acvp(folder):
    """Yield (group, test) of an ACVP set; the expected results are merged into the test."""
    prompt = read_json(folder + "/prompt.json.xz")
    expected = {
        test["tcId"]: test
        for group in read_json(folder + "/expectedResults.json.xz")["testGroups"]
        for test in group["tests"]
    }
    for group in prompt["testGroups"]:
        for test in group["tests"]:
            yield group, {**test, **expected.pop(test["tcId"])}
    if expected:
        sys.exit(f"{folder}: expected results without a prompt: {sorted(expected)}")


def read_wycheproof(name):
    """Yield (group, test) of a Wycheproof file, all numberOfTests of them."""
    content = read_json(name)
    count = 0
    for group in content["testGroups"]:
        for test in group["tests"]:
            count += 1
            yield group, test
    if count != content["numberOfTests"]:
        sys.exit(f"{name}: {count} cases, but it announces {content['numberOfTests']}")


def read_records(name, separator):
    """Yield the records of a file of lines "key<separator>value"; an empty line ends each."""
    record = {}
    for line in read(name).decode().splitlines() + [""]:
        key, found, value = (part.strip() for part in line.partition(separator))
        if found and not key.startswith("#"):
            record[key] = value
        elif not line.strip() and record:
            yield record
            record = {}


def read_rsp(name):
    """Yield the records of a "key = value" file, each starting with count."""
    record = {}
    for line in read(name).decode().splitlines():
        key, separator, value = (part.strip() for part in line.partition("="))
        if not separator or key.startswith("#"):
            continue
        if key == "count" and record:
            yield record
            record = {}
        record[key] = value
    if record:
        yield record


# ------------------------------------------------------------------------------- counting


class Tally:
    """Counts cases, says which failed, and gives the exit code."""

    MAX_LISTED = 20

    def __init__(self, title):
        self.title = title
        self.passed = 0
        self.failed = 0
        self.not_carried = collections.Counter()

    def fail(self, name, why):
        self.failed += 1
        if self.failed <= self.MAX_LISTED:
            print(f"FAIL {name}: {why}")

    def case(self, name, run, *args):
        """Run one case: run(*args) returns None, or what is wrong."""
        try:
            why = run(*args)
        except NotCarried as reason:
            self.not_carried[str(reason)] += 1
            return
        except Refused as reason:
            why = f"refused: {reason}"
        if why is None:
            self.passed += 1
        else:
            self.fail(name, why)

    def finish(self):
        """Print the counts; a run without a single passed case is a failure."""
        for reason, count in self.not_carried.items():
            print(f"note: {self.title}: {count} not carried: {reason}")
        not_carried = sum(self.not_carried.values())
        tail = f", {not_carried} not carried" if not_carried else ""
        print(f"note: {self.title}: {self.passed} passed, {self.failed} failed{tail}")
        return 0 if self.passed and not self.failed else 1


def must_refuse(run, *args):
    """None if run(*args) refuses its input, else what is wrong."""
    try:
        run(*args)
    except Refused:
        return None
    return "an invalid input was accepted"


def differs(what, got, expected):
    """None if the two byte strings are equal, else what is wrong."""
    return None if got == expected else f"{what} is {got.hex()[:32]}…, not {expected.hex()[:32]}…"


# ------------------------------------------------------------------------------- drivers


class Driver:
    """A program that takes commands and answers with a status and bytes (driver.h)."""

    REFUSALS = {
        "DATA_INVALID",
        "DATA_LEN_RANGE",
        "ENCRYPTED_DATA_INVALID",
        "ENCRYPTED_DATA_LEN_RANGE",
        "KEY_SIZE_RANGE",
        "SIGNATURE_INVALID",
        "SIGNATURE_LEN_RANGE",
    }
    NOT_CARRIED = {}  # status: why

    def __init__(self, path):
        self.process = subprocess.Popen(
            [path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, *words):
        """What came out, or Refused."""
        words = [word.hex() if isinstance(word, bytes) else str(word) for word in words]
        self.process.stdin.write(" ".join(word or "-" for word in words) + "\n")
        self.process.stdin.flush()
        status, _, digits = self.process.stdout.readline().partition(" ")
        if status in self.REFUSALS:
            raise Refused(status)
        if status in self.NOT_CARRIED:
            raise NotCarried(self.NOT_CARRIED[status])
        if status != "OK":
            sys.exit(f"{words[0]}: {status or 'the driver ended early'}")
        return bytes.fromhex(digits)

    def finish(self):
        self.process.stdin.close()
        return self.process.wait()


# ------------------------------------------------------------------------------- libpqc


class Bytes(ctypes.Structure):
    """struct pqhw_bytes"""

    _fields_ = [("ptr", ctypes.c_char_p), ("len", ctypes.c_size_t)]

    @classmethod
    def of(cls, data):
        return cls(data, len(data))


class MldsaMessage(ctypes.Structure):
    """struct pqhw_mldsa_message"""

    _fields_ = [("kind", ctypes.c_int), ("hash", ctypes.c_int), ("data", Bytes), ("context", Bytes)]

    KINDS = {"pure": 0, "prehash": 1, "mu": 2, "internal": 3}
    HASHES = {
        "SHA2-224": 1,
        "SHA2-256": 2,
        "SHA2-384": 3,
        "SHA2-512": 4,
        "SHA2-512/224": 5,
        "SHA2-512/256": 6,
        "SHA3-224": 7,
        "SHA3-256": 8,
        "SHA3-384": 9,
        "SHA3-512": 10,
        "SHAKE-128": 11,
        "SHAKE-256": 12,
    }

    @classmethod
    def of(cls, kind, data, context=b"", hash_name=None):
        return cls(
            cls.KINDS[kind], cls.HASHES.get(hash_name, 0), Bytes.of(data), Bytes.of(context)
        )


class SlhdsaMessage(MldsaMessage):
    """struct pqhw_slhdsa_message"""

    KINDS = {"pure": 0, "prehash": 1, "internal": 2}


class MlkemSizes(ctypes.Structure):
    """struct pqhw_mlkem_sizes"""

    _fields_ = [("name", ctypes.c_char_p)] + [
        (field, ctypes.c_size_t) for field in ("ek_len", "dk_len", "ct_len")
    ]


class HqcSizes(ctypes.Structure):
    """struct pqhw_hqc_sizes"""

    _fields_ = [("name", ctypes.c_char_p)] + [
        (field, ctypes.c_size_t) for field in ("ek_len", "dk_len", "ct_len", "coins_len")
    ]


class MldsaSizes(ctypes.Structure):
    """struct pqhw_mldsa_sizes"""

    _fields_ = [("name", ctypes.c_char_p)] + [
        (field, ctypes.c_size_t) for field in ("pk_len", "sk_len", "sig_len")
    ]


class SlhdsaSizes(ctypes.Structure):
    """struct pqhw_slhdsa_sizes"""

    _fields_ = [("name", ctypes.c_char_p)] + [
        (field, ctypes.c_size_t) for field in ("n", "pk_len", "sk_len", "sig_len")
    ]


class Kem:
    """libpqc's functions of ML-KEM, or of HQC."""

    def __init__(self, libpqc, prefix, sizes):
        self.call = libpqc.call
        self.functions = {
            name: getattr(libpqc.lib, f"pqhw_{prefix}_{name}")
            for name in ("sizes", "keygen", "check_ek", "check_dk", "encaps", "decaps")
        }
        self.sets = libpqc.sets(self.functions["sizes"], sizes)

    def keygen(self, name, seed):
        """(ek, dk) of a seed."""
        number, sizes = self.sets[name]
        ek = ctypes.create_string_buffer(sizes.ek_len)
        dk = ctypes.create_string_buffer(sizes.dk_len)
        self.call(self.functions["keygen"], number, ek, dk, Bytes.of(seed))
        return ek.raw, dk.raw

    def check_ek(self, name, ek):
        self.call(self.functions["check_ek"], self.sets[name][0], Bytes.of(ek))

    def check_dk(self, name, dk):
        self.call(self.functions["check_dk"], self.sets[name][0], Bytes.of(dk))

    def encaps(self, name, ek, random):
        """(ct, ss) from what is random in it: m, or m and a salt."""
        number, sizes = self.sets[name]
        ct = ctypes.create_string_buffer(sizes.ct_len)
        ss = ctypes.create_string_buffer(32)
        self.call(self.functions["encaps"], number, ct, ss, Bytes.of(ek), Bytes.of(random))
        return ct.raw, ss.raw

    def decaps(self, name, dk, ct):
        """ss"""
        ss = ctypes.create_string_buffer(32)
        number = self.sets[name][0]
        self.call(self.functions["decaps"], number, ss, Bytes.of(dk), Bytes.of(ct))
        return ss.raw

    def decaps_seed(self, name, seed, ct):
        """ss, of a key that is given by its seed."""
        _, dk = self.keygen(name, seed)
        return self.decaps(name, dk, ct)


class FalconSizes(ctypes.Structure):
    """struct pqhw_falcon_sizes"""

    _fields_ = [("name", ctypes.c_char_p)] + [
        (field, ctypes.c_size_t)
        for field in ("pk_len", "sk_len", "compressed_max_len", "padded_len", "ct_len")
    ]


class Libpqc:
    """libpqc.so, with bytes in and out. Parameter sets go by their names, as in "ML-KEM-768"."""

    # Statuses that speak about an input. Any other failure is the library's own and ends the run.
    REFUSALS = {
        "DATA_INVALID",
        "DATA_LEN_RANGE",
        "ENCRYPTED_DATA_LEN_RANGE",
        "SIGNATURE_INVALID",
        "SIGNATURE_LEN_RANGE",
    }

    def __init__(self, path):
        self.lib = ctypes.CDLL(path)
        self.lib.pqhw_status_name.restype = ctypes.c_char_p
        self.mlkem = Kem(self, "mlkem", MlkemSizes)
        self.hqc = Kem(self, "hqc", HqcSizes)
        self.mldsa = self.sets(self.lib.pqhw_mldsa_sizes, MldsaSizes)
        self.slhdsa = self.sets(self.lib.pqhw_slhdsa_sizes, SlhdsaSizes, 12)
        self.falcon = self.sets(self.lib.pqhw_falcon_sizes, FalconSizes, 2)

    @staticmethod
    def sets(function, struct, num=3):
        """{name: (number, sizes)} of all parameter sets."""
        function.restype = struct
        return {
            sizes.name.decode(): (number, sizes)
            for number in range(1, num + 1)
            for sizes in (function(number),)
        }

    def call(self, function, *args):
        status = function(*args)
        if status == 0:
            return
        name = self.lib.pqhw_status_name(status).decode()
        if name not in self.REFUSALS:
            raise RuntimeError(f"{function.__name__}: {name}")
        raise Refused(name)

    def mldsa_keygen(self, name, seed):
        """(pk, sk) of a seed."""
        number, sizes = self.mldsa[name]
        pk = ctypes.create_string_buffer(sizes.pk_len)
        sk = ctypes.create_string_buffer(sizes.sk_len)
        self.call(self.lib.pqhw_mldsa_keygen, number, pk, sk, Bytes.of(seed))
        return pk.raw, sk.raw

    def mldsa_check_sk(self, name, sk):
        self.call(self.lib.pqhw_mldsa_check_sk, self.mldsa[name][0], Bytes.of(sk))

    def mldsa_sign(self, name, sk, message, rnd):
        """The signature of a MldsaMessage."""
        number, sizes = self.mldsa[name]
        sig = ctypes.create_string_buffer(sizes.sig_len)
        self.call(
            self.lib.pqhw_mldsa_sign, number, sig, Bytes.of(sk), ctypes.byref(message), Bytes.of(rnd)
        )
        return sig.raw

    def mldsa_verify(self, name, pk, message, sig):
        """Raises Refused if the signature (or another input) is not good."""
        self.call(
            self.lib.pqhw_mldsa_verify,
            self.mldsa[name][0],
            Bytes.of(pk),
            ctypes.byref(message),
            Bytes.of(sig),
        )

    def slhdsa_keygen(self, name, seed):
        """(pk, sk) of SK.seed || SK.prf || PK.seed."""
        number, sizes = self.slhdsa[name]
        pk = ctypes.create_string_buffer(sizes.pk_len)
        sk = ctypes.create_string_buffer(sizes.sk_len)
        self.call(self.lib.pqhw_slhdsa_keygen, number, pk, sk, Bytes.of(seed))
        return pk.raw, sk.raw

    def slhdsa_check_sk(self, name, sk):
        self.call(self.lib.pqhw_slhdsa_check_sk, self.slhdsa[name][0], Bytes.of(sk))

    def slhdsa_sign(self, name, sk, message, opt_rand):
        """The signature of a SlhdsaMessage; deterministic if opt_rand is empty."""
        number, sizes = self.slhdsa[name]
        sig = ctypes.create_string_buffer(sizes.sig_len)
        self.call(
            self.lib.pqhw_slhdsa_sign,
            number,
            sig,
            Bytes.of(sk),
            ctypes.byref(message),
            Bytes.of(opt_rand),
        )
        return sig.raw

    def slhdsa_verify(self, name, pk, message, sig):
        """Raises Refused if the signature (or another input) is not good."""
        self.call(
            self.lib.pqhw_slhdsa_verify,
            self.slhdsa[name][0],
            Bytes.of(pk),
            ctypes.byref(message),
            Bytes.of(sig),
        )

    def stateful_verify(self, algorithm, pk, message, sig):
        """Raises Refused if the signature of "HSS", "XMSS" or "XMSSMT" (or another input) is not good."""
        function = getattr(self.lib, f"pqhw_{algorithm.lower()}_verify")
        self.call(function, Bytes.of(pk), Bytes.of(message), Bytes.of(sig))

    FALCON_FORMATS = {"compressed": 1, "padded": 2, "ct": 3}

    def falcon_keygen(self, name, seed):
        """(pk, sk) of a seed."""
        number, sizes = self.falcon[name]
        pk = ctypes.create_string_buffer(sizes.pk_len)
        sk = ctypes.create_string_buffer(sizes.sk_len)
        self.call(self.lib.pqhw_falcon_keygen, number, pk, sk, Bytes.of(seed))
        return pk.raw, sk.raw

    def falcon_sign(self, name, style, sk, message):
        """A signature: never the same twice."""
        number, sizes = self.falcon[name]
        sig = ctypes.create_string_buffer(max(sizes.compressed_max_len, sizes.ct_len))
        length = ctypes.c_size_t()
        args = (sig, ctypes.byref(length), Bytes.of(sk), Bytes.of(message))
        self.call(self.lib.pqhw_falcon_sign, number, self.FALCON_FORMATS[style], *args)
        return sig.raw[: length.value]

    def falcon_verify(self, name, style, pk, message, sig):
        """Raises Refused if the signature (or another input) is not good."""
        args = (Bytes.of(pk), Bytes.of(message), Bytes.of(sig))
        self.call(
            self.lib.pqhw_falcon_verify, self.falcon[name][0], self.FALCON_FORMATS[style], *args
        )
