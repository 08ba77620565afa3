# SPDX-License-Identifier: Apache-2.0
"""All ML-KEM cases, for any interface.

run(adapter, tally) takes an adapter with these methods, where name is a parameter set such as
"ML-KEM-768" and everything else is bytes:

    keygen(name, seed) -> (ek, dk)          seed is d || z
    encaps(name, ek, m) -> (ct, ss)
    decaps(name, dk, ct) -> ss
    decaps_seed(name, seed, ct) -> ss       the key is given by its seed
    check_ek(name, ek), check_dk(name, dk)  nothing comes back

They raise vectors.Refused or vectors.NotCarried.
"""

import vectors
from vectors import differs, must_refuse

KAT_SETS = {"512": "ML-KEM-512", "768": "ML-KEM-768", "1024": "ML-KEM-1024"}


def field(test, name):
    return bytes.fromhex(test[name])


# ------------------------------------------------------------------------------- one case each


def key_pair(adapter, name, seed, ek, dk):
    got_ek, got_dk = adapter.keygen(name, seed)
    return differs("ek", got_ek, ek) or differs("dk", got_dk, dk)


def encapsulation(adapter, name, ek, m, ct, ss):
    got_ct, got_ss = adapter.encaps(name, ek, m)
    return differs("ciphertext", got_ct, ct) or differs("secret", got_ss, ss)


def decapsulation(decaps, name, key, ct, ss):
    return differs("secret", decaps(name, key, ct), ss)


def seed_decapsulation(adapter, name, seed, ek, ct, ss):
    got_ek, _ = adapter.keygen(name, seed)
    return differs("ek", got_ek, ek) or differs("secret", adapter.decaps_seed(name, seed, ct), ss)


def validity(check, name, key, valid):
    """None if the key check gives the expected answer."""
    return check(name, key) if valid else must_refuse(check, name, key)


# ------------------------------------------------------------------------------- ACVP


def acvp_keygen(adapter, tally):
    for group, test in vectors.read_acvp("acvp/ML-KEM-keyGen-FIPS203"):
        tally.case(
            f"ACVP keyGen {test['tcId']}",
            key_pair,
            adapter,
            group["parameterSet"],
            field(test, "d") + field(test, "z"),
            field(test, "ek"),
            field(test, "dk"),
        )


def acvp_function(adapter, group, test):
    """(function, arguments) of one encapDecap test."""
    name = group["parameterSet"]
    match group["function"]:
        case "encapsulation":
            parts = (field(test, part) for part in ("ek", "m", "c", "k"))
            return encapsulation, (adapter, name, *parts)
        case "decapsulation" if group.get("keyFormat") == "seed":
            seed = field(test, "d") + field(test, "z")
            parts = (field(test, part) for part in ("c", "k"))
            return decapsulation, (adapter.decaps_seed, name, seed, *parts)
        case "decapsulation":
            parts = (field(test, part) for part in ("dk", "c", "k"))
            return decapsulation, (adapter.decaps, name, *parts)
        case "encapsulationKeyCheck":
            return validity, (adapter.check_ek, name, field(test, "ek"), test["testPassed"])
        case "decapsulationKeyCheck":
            return validity, (adapter.check_dk, name, field(test, "dk"), test["testPassed"])
        case other:
            raise ValueError(f"unknown ACVP function {other}")


def acvp_encap_decap(adapter, tally):
    for folder in ("ML-KEM-encapDecap-FIPS203", "ML-KEM-encapDecap-FIPS203-tr1"):
        for group, test in vectors.read_acvp("acvp/" + folder):
            run, args = acvp_function(adapter, group, test)
            tally.case(f"ACVP {folder} {test['tcId']}", run, *args)


# ------------------------------------------------------------------------------- Wycheproof


def wycheproof_keygen(adapter, name, test):
    return key_pair, (adapter, name, field(test, "seed"), field(test, "ek"), field(test, "dk"))


def wycheproof_encaps(adapter, name, test):
    ek, m = field(test, "ek"), field(test, "m")
    if test["result"] == "invalid":
        return must_refuse, (adapter.encaps, name, ek, m)
    return encapsulation, (adapter, name, ek, m, field(test, "c"), field(test, "K"))


def wycheproof_seed(adapter, name, test):
    seed, ct = field(test, "seed"), field(test, "c")
    if test["result"] == "invalid":
        return must_refuse, (adapter.decaps_seed, name, seed, ct)
    return seed_decapsulation, (adapter, name, seed, field(test, "ek"), ct, field(test, "K"))


def wycheproof_expanded(adapter, name, test):
    dk, ct = field(test, "dk"), field(test, "c")
    if test["result"] == "invalid":
        return must_refuse, (adapter.decaps, name, dk, ct)
    return decapsulation, (adapter.decaps, name, dk, ct, field(test, "K"))


WYCHEPROOF = {
    "keygen_seed_test": wycheproof_keygen,
    "encaps_test": wycheproof_encaps,
    "test": wycheproof_seed,
    "semi_expanded_decaps_test": wycheproof_expanded,
}


def wycheproof(adapter, tally):
    for bits in KAT_SETS:
        for kind, case in WYCHEPROOF.items():
            file = f"mlkem_{bits}_{kind}.json"
            for group, test in vectors.read_wycheproof(f"wycheproof/{file}.xz"):
                if test["result"] not in ("valid", "invalid"):
                    raise ValueError(f"{file}: result {test['result']}")
                run, args = case(adapter, group["parameterSet"], test)
                tally.case(f"Wycheproof {file} {test['tcId']}", run, *args)


# ------------------------------------------------------------------------------- known answers


def known_answer(adapter, name, record):
    """One record: key generation, encapsulation and decapsulation together."""
    random = field(record, "random")
    ek, dk, ct, ss = (field(record, part) for part in ("pk", "sk", "ct", "ss"))
    return (
        key_pair(adapter, name, random[:64], ek, dk)
        or encapsulation(adapter, name, ek, random[64:], ct, ss)
        or decapsulation(adapter.decaps, name, dk, ct, ss)
    )


def known_answers(adapter, tally):
    for bits, name in KAT_SETS.items():
        for record in vectors.read_rsp(f"mlkem-kat/bc-mlkem{bits}.rsp.xz"):
            tally.case(f"KAT {name} {record['count']}", known_answer, adapter, name, record)


def run(adapter, tally):
    acvp_keygen(adapter, tally)
    acvp_encap_decap(adapter, tally)
    wycheproof(adapter, tally)
    known_answers(adapter, tally)
