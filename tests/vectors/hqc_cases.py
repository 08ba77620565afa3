# SPDX-License-Identifier: Apache-2.0
"""All HQC cases, for any interface.

run(adapter, tally) takes an adapter with the methods of mlkem_cases.py, where seed is seed_KEM, and what encaps takes at
random is m || salt.
"""

import hashlib

import vectors
from mlkem_cases import decapsulation, encapsulation, field, key_pair, validity

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


def spoiled(data, place):
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def known_answer(adapter, tally, name, record):
    """One record: the key, encapsulation, and decapsulation of what is good and what is not."""
    title = f"KAT {name} {record['count']}"
    ek, dk, ct, ss = (field(record, part) for part in ("pk", "sk", "ct", "ss"))
    seed, coins = draws(field(record, "seed"), 32, MESSAGE_LEN[name] + SALT_LEN)
    bad = spoiled(ct, int(record["count"]) * (len(ct) - 1) // (NUM_RECORDS - 1))
    tally.case(f"{title} pair", key_pair, adapter, name, seed, ek, dk)
    tally.case(f"{title} encapsulation", encapsulation, adapter, name, ek, coins, ct, ss)
    for decaps, key in ((adapter.decaps, dk), (adapter.decaps_seed, seed)):
        tally.case(f"{title} decapsulation", decapsulation, decaps, name, key, ct, ss)
    expected = rejected(name, dk, bad)
    tally.case(f"{title} rejection", decapsulation, adapter.decaps, name, dk, bad, expected)


def keys(adapter, tally, name, record):
    """What is a key, and what is not: in each part of dk one bit is changed."""
    ek, dk = field(record, "pk"), field(record, "sk")
    tally.case(f"{name} ek", validity, adapter.check_ek, name, ek, True)
    tally.case(f"{name} dk", validity, adapter.check_dk, name, dk, True)
    for bad in (ek[:-1], ek + b"\0", ek[:-1] + b"\xff"):
        tally.case(f"{name} bad ek", validity, adapter.check_ek, name, bad, False)
    changed = (spoiled(dk, place) for place in (0, len(ek), len(dk) - 33, len(dk) - 1))
    for bad in (dk[:-1], dk + b"\0", *changed):
        tally.case(f"{name} bad dk", validity, adapter.check_dk, name, bad, False)


def run(adapter, tally):
    for name in MESSAGE_LEN:
        records = list(vectors.read_rsp(f"hqc-liboqs/{name}.kat.txt.xz"))
        if len(records) != NUM_RECORDS:
            tally.fail(name, f"{len(records)} records")
        for record in records:
            known_answer(adapter, tally, name, record)
        keys(adapter, tally, name, records[0])
