# SPDX-License-Identifier: Apache-2.0
"""All HQC cases, for any interface.

run(adapter, tally) takes an adapter with the methods of mlkem_cases.py, where seed is seed_KEM, and what encaps takes at
random is m || salt.
"""

import hashlib

import vectors
from vectors import differs, must_refuse

MESSAGE_LEN = {"HQC-1": 16, "HQC-3": 24, "HQC-5": 32}
SALT_LEN = 16
NUM_RECORDS = 100


def draws(seed, *lens):
    """What the program that made the vectors drew: SHAKE256(seed || 0), a piece for each length."""
    stream = hashlib.shake_256(seed + b"\0").digest(sum(lens))
    for length in lens:
        yield stream[:length]
        stream = stream[length:]


def rejected(name, dk, ct):
    """J(H(ek) || sigma || ct), which is given out for a ciphertext that is not good."""
    sigma_len = MESSAGE_LEN[name]
    ek, sigma = dk[: -64 - sigma_len], dk[-32 - sigma_len : -32]
    hashed = hashlib.sha3_256(ek + b"\1").digest()
    return hashlib.sha3_256(hashed + sigma + ct + b"\3").digest()


def known_answer(adapter, name, record):
    """One record: key generation, encapsulation, and decapsulation of what is good and what is not."""
    ek, dk, ct, ss = (bytes.fromhex(record[part]) for part in ("pk", "sk", "ct", "ss"))
    seed, coins = draws(bytes.fromhex(record["seed"]), 32, MESSAGE_LEN[name] + SALT_LEN)
    got_ek, got_dk = adapter.keygen(name, seed)
    got_ct, got_ss = adapter.encaps(name, ek, coins)
    place = int(record["count"]) * (len(ct) - 1) // (NUM_RECORDS - 1)
    bad = ct[:place] + bytes([ct[place] ^ 1]) + ct[place + 1 :]
    return (
        differs("ek", got_ek, ek)
        or differs("dk", got_dk, dk)
        or differs("ciphertext", got_ct, ct)
        or differs("secret", got_ss, ss)
        or differs("decapsulated secret", adapter.decaps(name, dk, ct), ss)
        or differs("secret of the seed", adapter.decaps_seed(name, seed, ct), ss)
        or differs("secret in its place", adapter.decaps(name, dk, bad), rejected(name, dk, bad))
    )


def bad_keys(adapter, name, record):
    """What check_ek and check_dk refuse, and a key that they do not."""
    ek, dk = (bytes.fromhex(record[part]) for part in ("pk", "sk"))
    changed_dk = (dk[:place] + bytes([dk[place] ^ 1]) + dk[place + 1 :] for place in (0, len(ek), len(dk) - 33, len(dk) - 1))
    adapter.check_ek(name, ek)
    adapter.check_dk(name, dk)
    for bad in (ek[:-1], ek + b"\0", ek[:-1] + b"\xff"):
        if why := must_refuse(adapter.check_ek, name, bad):
            return why
    for bad in (dk[:-1], dk + b"\0", *changed_dk):
        if why := must_refuse(adapter.check_dk, name, bad):
            return why
    return None


def run(adapter, tally):
    for name in MESSAGE_LEN:
        records = list(vectors.read_rsp(f"hqc-liboqs/{name}.kat.txt.xz"))
        if len(records) != NUM_RECORDS:
            tally.fail(name, f"{len(records)} records")
        for record in records:
            tally.case(f"KAT {name} {record['count']}", known_answer, adapter, name, record)
        tally.case(f"keys of {name}", bad_keys, adapter, name, records[0])
