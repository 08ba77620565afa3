#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A token's life: made, given PINs, filled with keys of every kind, used, found again by another process, wiped."""

import hashlib

import p11
from harness import *  # noqa: F403

DIGESTS = {
    p11.CKM_SHA224: "sha224",
    p11.CKM_SHA256: "sha256",
    p11.CKM_SHA384: "sha384",
    p11.CKM_SHA512: "sha512",
    p11.CKM_SHA3_224: "sha3_224",
    p11.CKM_SHA3_256: "sha3_256",
    p11.CKM_SHA3_384: "sha3_384",
    p11.CKM_SHA3_512: "sha3_512",
}
HASHING = [
    getattr(p11, f"CKM_HASH_ML_DSA_{name}")
    for name in "SHA224 SHA256 SHA384 SHA512 SHA3_224 SHA3_256 SHA3_384 SHA3_512 SHAKE128 SHAKE256".split()
]


def test_token_is_made_and_remade():
    init_device()
    module = load()
    slots = module.slots()
    equal(len(slots), 1, "slots of a new device")
    flags = module.token_flags(slots[0])
    check(not flags & p11.CKF_TOKEN_INITIALIZED, "a free slot holds no initialised token")
    slot = init_token(module)
    info = module.info("C_GetTokenInfo", slot)
    equal(p11.text(info.label), LABEL)
    equal(p11.text(info.manufacturerID), "pqhw")
    equal(bytes(info.serialNumber).strip() == b"", False, "empty serial number")
    wanted = p11.CKF_RNG | p11.CKF_LOGIN_REQUIRED | p11.CKF_RESTORE_KEY_NOT_NEEDED | p11.CKF_TOKEN_INITIALIZED
    wanted |= p11.CKF_ASYNC_SESSION_SUPPORTED
    equal(info.flags, wanted | p11.CKF_USER_PIN_INITIALIZED, "flags")
    equal(info.ulFreePublicMemory, p11.UNAVAILABLE)
    check(info.ulMinPinLen <= len(USER_PIN) <= info.ulMaxPinLen, "PIN lengths")
    equal(len(module.slots()), 2, "slots with one token and a free one")

    session = module.session(slot)
    equal(module.info("C_GetTokenInfo", slot).ulRwSessionCount, 1)
    raises("CKR_SESSION_EXISTS", module.init_token, slot, SO_PIN, "again")
    session.login(USER_PIN)
    session.create({p11.CKA_CLASS: p11.CKO_DATA, p11.CKA_TOKEN: True, p11.CKA_LABEL: "gone"})
    session.close()
    raises("CKR_PIN_INCORRECT", module.init_token, slot, b"not the PIN", "again")
    module.init_token(slot, SO_PIN, "again")
    info = module.info("C_GetTokenInfo", slot)
    equal(p11.text(info.label), "again")
    check(not info.flags & p11.CKF_USER_PIN_INITIALIZED, "the user's PIN is gone")
    session = module.session(slot)
    raises("CKR_USER_PIN_NOT_INITIALIZED", session.login, USER_PIN)
    equal(session.find({p11.CKA_CLASS: p11.CKO_DATA}), [], "objects after C_InitToken")


def test_slots_keep_their_numbers():
    init_device()
    module = load()
    made = {f"token {i}": init_token(module, f"token {i}") for i in range(3)}
    equal(len(set(made.values())), 3, "different slots")
    for label, slot in made.items():
        equal(module.slot_of(label), slot)
    module.Finalize(None)
    module.Initialize(None)
    for label, slot in made.items():
        equal(module.slot_of(label), slot, "slot after a restart")


def test_login_states():
    init_device()
    module = load()
    slot = init_token(module)
    read_only = module.session(slot, rw=False)
    session = module.session(slot)
    equal(read_only.state(), p11.CKS_RO_PUBLIC_SESSION)
    equal(session.state(), p11.CKS_RW_PUBLIC_SESSION)
    raises("CKR_SESSION_READ_ONLY_EXISTS", session.login, SO_PIN, p11.CKU_SO)
    session.login(USER_PIN)
    equal(read_only.state(), p11.CKS_RO_USER_FUNCTIONS)
    equal(session.state(), p11.CKS_RW_USER_FUNCTIONS)
    raises("CKR_USER_ALREADY_LOGGED_IN", session.login, USER_PIN)
    raises("CKR_USER_ANOTHER_ALREADY_LOGGED_IN", session.login, SO_PIN, p11.CKU_SO)
    session.logout()
    raises("CKR_USER_NOT_LOGGED_IN", session.logout)
    read_only.close()
    session.login(SO_PIN, p11.CKU_SO)
    equal(session.state(), p11.CKS_RW_SO_FUNCTIONS)
    raises("CKR_SESSION_READ_WRITE_SO_EXISTS", module.session, slot, rw=False)
    module.CloseAllSessions(slot)
    equal(module.session(slot).state(), p11.CKS_RW_PUBLIC_SESSION, "login after the last session")


def test_pins_change():
    init_device()
    module = load()
    session = module.session(init_token(module))
    session.set_pin(USER_PIN, b"another PIN")  # nobody is logged in: the user's
    raises("CKR_PIN_INCORRECT", session.login, USER_PIN)
    session.login(b"another PIN")
    session.set_pin(b"another PIN", USER_PIN)
    session.logout()
    session.login(SO_PIN, p11.CKU_SO)
    session.set_pin(SO_PIN, b"another officer")
    session.logout()
    raises("CKR_PIN_INCORRECT", session.login, SO_PIN, p11.CKU_SO)
    session.login(b"another officer", p11.CKU_SO)
    session.logout()
    session.login(USER_PIN)
    # C_LoginUser without a name is C_Login; there are no users with names.
    session.logout()
    module.LoginUser(session.handle, p11.CKU_USER, USER_PIN, len(USER_PIN), None, 0)
    session.logout()
    raises(
        "CKR_ARGUMENTS_BAD",
        module.LoginUser,
        session.handle,
        p11.CKU_USER,
        USER_PIN,
        len(USER_PIN),
        b"alice",
        5,
    )


def test_ml_kem():
    _, session = user_session()
    for name in KEM_SETS:
        public, private = kem_pair(session, name)
        equal(len(session.get(public, p11.CKA_VALUE)), KEM_EK_LEN[name])
        equal(session.get_number(private, p11.CKA_PARAMETER_SET), KEM_SETS[name])
        equal(session.get_number(public, p11.CKA_KEY_TYPE), p11.CKK_ML_KEM)
        ciphertext, first = session.encapsulate(public, OPEN_SECRET)
        equal(len(ciphertext), KEM_CT_LEN[name])
        # Some programs ask for the only length there is.
        second = session.decapsulate(private, ciphertext, OPEN_SECRET | {p11.CKA_VALUE_LEN: 32})
        secret = session.get(first, p11.CKA_VALUE)
        equal(len(secret), 32)
        check(secret == session.get(second, p11.CKA_VALUE), "both sides have the same secret")
        equal(session.get_bool(second, p11.CKA_LOCAL), False)
        equal(session.get_bool(second, p11.CKA_ALWAYS_SENSITIVE), False)
        equal(session.get_bool(second, p11.CKA_NEVER_EXTRACTABLE), False)
        _, other = session.encapsulate(public, OPEN_SECRET)
        check(session.get(other, p11.CKA_VALUE) != secret, "each encapsulation is a new secret")


def test_hqc():
    _, session = user_session()
    for name, number in HQC_SETS.items():
        public, private = session.generate(
            p11.CKM_PQHW_HQC_2025_KEY_PAIR_GEN, {p11.CKA_PARAMETER_SET: number}, {}
        )
        equal(len(session.get(public, p11.CKA_VALUE)), HQC_EK_LEN[name])
        equal(session.get_number(private, p11.CKA_PARAMETER_SET), number)
        equal(session.get_number(public, p11.CKA_KEY_TYPE), p11.CKK_PQHW_HQC_2025)
        how = p11.CKM_PQHW_HQC_2025
        ciphertext, first = session.encapsulate(public, OPEN_SECRET, how)
        secret = session.get(first, p11.CKA_VALUE)
        second = session.decapsulate(private, ciphertext, OPEN_SECRET, how)
        equal(len(secret), 32)
        check(secret == session.get(second, p11.CKA_VALUE), "both sides have the same secret")
        bad = session.decapsulate(private, flipped(ciphertext), OPEN_SECRET, how)
        check(session.get(bad, p11.CKA_VALUE) != secret, "a changed ciphertext gives another secret")
        raises("CKR_WRAPPED_KEY_LEN_RANGE", session.decapsulate, private, ciphertext[:-1], OPEN_SECRET, how)
        raises("CKR_KEY_TYPE_INCONSISTENT", session.encapsulate, public, OPEN_SECRET)
        raises("CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT", session.decapsulate, private, ciphertext, OPEN_SECRET)


def test_ml_dsa():
    _, session = user_session()
    message = b"a message"
    for name in DSA_SETS:
        public, private = dsa_pair(session, name)
        equal(len(session.get(public, p11.CKA_VALUE)), DSA_PK_LEN[name])
        signature = session.sign(private, message)
        equal(len(signature), DSA_SIG_LEN[name])
        session.verify(public, message, signature)
        session.verify_signature(public, [message], signature)
        session.verify_signature(public, [b"a mes", b"", b"sage"], signature)
        raises("CKR_SIGNATURE_INVALID", session.verify, public, b"another", signature)
        parts = session.sign_parts(private, [b"a ", b"message"])
        session.verify_parts(public, [b"a m", b"essage"], parts)
        session.verify(public, b"", session.sign(private, b""))


def test_ml_dsa_contexts_and_hedging():
    _, session = user_session()
    public, private = dsa_pair(session)
    context = p11.sign_context(b"one")
    signature = session.sign(private, b"m", param=context)
    session.verify(public, b"m", signature, param=context)
    raises("CKR_SIGNATURE_INVALID", session.verify, public, b"m", signature)
    other = p11.sign_context(b"two")
    raises("CKR_SIGNATURE_INVALID", session.verify, public, b"m", signature, param=other)
    longest = p11.sign_context(bytes(255))
    session.verify(public, b"m", session.sign(private, b"m", param=longest), param=longest)
    fixed = p11.sign_context(b"", p11.CKH_DETERMINISTIC_REQUIRED)
    equal(session.sign(private, b"m", param=fixed), session.sign(private, b"m", param=fixed))
    hedged = p11.sign_context(b"", p11.CKH_HEDGE_REQUIRED)
    check(
        session.sign(private, b"m", param=hedged) != session.sign(private, b"m", param=hedged),
        "hedged signatures differ",
    )
    session.verify(public, b"m", session.sign(private, b"m", param=hedged), param=fixed)


def test_hash_ml_dsa():
    _, session = user_session()
    public, private = dsa_pair(session)
    for kind in HASHING:
        signature = session.sign_parts(private, [b"mes", b"sage"], kind)
        session.verify(public, b"message", signature, kind)
        raises("CKR_SIGNATURE_INVALID", session.verify, public, b"message", signature)
    for hash_kind, name in DIGESTS.items():
        param = p11.sign_context(b"ctx", 0, hash_kind)
        digest = hashlib.new(name, b"message").digest()
        signature = session.sign(private, digest, p11.CKM_HASH_ML_DSA, param)
        session.verify(public, digest, signature, p11.CKM_HASH_ML_DSA, param)
    # Given the digest or the message, the signature is over the same.
    param = p11.sign_context(b"", 0, p11.CKM_SHA256)
    signature = session.sign(private, hashlib.sha256(b"x").digest(), p11.CKM_HASH_ML_DSA, param)
    session.verify(public, b"x", signature, p11.CKM_HASH_ML_DSA_SHA256)


def test_digests_and_random_numbers():
    module, session = user_session()
    for kind, name in DIGESTS.items():
        equal(session.digest(kind, b"abc"), hashlib.new(name, b"abc").digest(), name)
        equal(session.digest(kind, b""), hashlib.new(name).digest(), name)
    check(session.random(32) != session.random(32), "random numbers differ")
    module.SeedRandom(session.handle, b"more", 4)
    module.GenerateRandom(session.handle, None, 0)
    secret = session.create(OPEN_SECRET | {p11.CKA_VALUE: b"key"})
    module.DigestInit(session.handle, p11.ctypes.byref(p11.mechanism(p11.CKM_SHA256)))
    module.DigestUpdate(session.handle, b"a", 1)
    rv(module.C_DigestKey(session.handle, secret), ("CKR_OK", "CKR_KEY_INDIGESTIBLE"))


def test_every_mechanism_has_information():
    init_device()
    module = load()
    slot = module.slots()[0]
    kinds = module.mechanisms(slot)
    check(kinds, "there are mechanisms")
    for kind in kinds:
        check(module.info("C_GetMechanismInfo", slot, kind).flags, "it can be used for something")
    raises("CKR_MECHANISM_INVALID", module.info, "C_GetMechanismInfo", slot, p11.CKM_DES_ECB)
    info = module.info("C_GetMechanismInfo", slot, p11.CKM_ML_KEM)
    equal((info.ulMinKeySize, info.ulMaxKeySize), (800, 1568))
    equal(info.flags & 0x3FFFFF00, p11.CKF_ENCAPSULATE | p11.CKF_DECAPSULATE)


def test_keys_outlive_the_process():
    module, session = user_session()
    kem = {name: kem_pair(session, name, token=True) for name in KEM_SETS}
    dsa = {name: dsa_pair(session, name, token=True) for name in DSA_SETS}
    sent = {name: session.encapsulate(pair[0], OPEN_SECRET) for name, pair in kem.items()}
    given = {
        name: (ciphertext.hex(), session.get(secret, p11.CKA_VALUE).hex())
        for name, (ciphertext, secret) in sent.items()
    }
    signed = {name: session.sign(pair[1], b"before").hex() for name, pair in dsa.items()}
    module.Finalize(None)
    in_new_process(f"""
module = load()
session = module.session(module.slot_of(LABEL))
equal(len(session.find({{p11.CKA_CLASS: p11.CKO_PUBLIC_KEY}})), 6, "public keys before login")
equal(session.find({{p11.CKA_CLASS: p11.CKO_PRIVATE_KEY}}), [], "private keys before login")
session.login(USER_PIN)
def key(kind, name):
    found = session.find({{p11.CKA_CLASS: kind, p11.CKA_LABEL: name}})
    equal(len(found), 1)
    return found[0]
for name, (ciphertext, value) in {given!r}.items():
    secret = session.decapsulate(key(p11.CKO_PRIVATE_KEY, name), bytes.fromhex(ciphertext), OPEN_SECRET)
    equal(session.get(secret, p11.CKA_VALUE).hex(), value)
for name, signature in {signed!r}.items():
    session.verify(key(p11.CKO_PUBLIC_KEY, name), b"before", bytes.fromhex(signature))
    session.verify(key(p11.CKO_PUBLIC_KEY, name), b"after", session.sign(key(p11.CKO_PRIVATE_KEY, name), b"after"))
""")


def test_session_objects_end_with_their_session():
    module, session = user_session()
    other = module.session(session.slot)
    mine = session.create({p11.CKA_CLASS: p11.CKO_DATA, p11.CKA_LABEL: "mine"})
    equal(other.find({p11.CKA_LABEL: "mine"}), [mine], "seen by another session")
    session.close()
    equal(other.find({p11.CKA_LABEL: "mine"}), [])
    raises("CKR_OBJECT_HANDLE_INVALID", other.get, mine, p11.CKA_LABEL)


def test_objects_are_changed_copied_and_destroyed():
    _, session = user_session()
    made = session.create(
        {
            p11.CKA_CLASS: p11.CKO_DATA,
            p11.CKA_TOKEN: True,
            p11.CKA_LABEL: "one",
            p11.CKA_VALUE: b"v",
        }
    )
    session.set(made, {p11.CKA_LABEL: "two"})
    equal(session.get(made, p11.CKA_LABEL), b"two")
    twin = session.copy(made, {p11.CKA_LABEL: "three", p11.CKA_TOKEN: False})
    equal(session.get(twin, p11.CKA_VALUE), b"v")
    check(
        session.get(twin, p11.CKA_UNIQUE_ID) != session.get(made, p11.CKA_UNIQUE_ID),
        "a copy has an id of its own",
    )
    size = p11.ctypes.c_ulong()
    session.m.GetObjectSize(session.handle, made, p11.ctypes.byref(size))
    check(size.value > 0, "an object has a size")
    session.destroy(made)
    raises("CKR_OBJECT_HANDLE_INVALID", session.get, made, p11.CKA_LABEL)
    equal(session.find({p11.CKA_LABEL: "three"}), [twin])


def test_profiles_are_told():
    _, session = user_session()
    profiles = session.find({p11.CKA_CLASS: p11.CKO_PROFILE})
    ids = {session.get_number(profile, p11.CKA_PROFILE_ID) for profile in profiles}
    check(p11.CKP_BASELINE_PROVIDER in ids, "the baseline profile")
    raises(("CKR_ACTION_PROHIBITED", "CKR_SESSION_READ_ONLY"), session.destroy, profiles[0])


if __name__ == "__main__":
    main(globals())
