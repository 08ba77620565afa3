#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whatever a caller gets wrong has its CKR code, and leaves everything else as it was."""

import ctypes

import p11
from harness import *  # noqa: F403

HUGE = (p11.UNAVAILABLE, p11.UNAVAILABLE - 1, 1 << 63, (1 << 63) - 1, 1 << 48)
DATA = {p11.CKA_CLASS: p11.CKO_DATA}


def by(value):
    return ctypes.byref(value)


def out():
    return ctypes.byref(ctypes.c_ulong())


def raw_attribute(kind, value, length):
    """One attribute with any pointer and any length."""
    array = (p11.Attribute * 1)()
    array[0].type = kind
    array.keep = value
    array[0].pValue = ctypes.addressof(value) if value is not None else None
    array[0].ulValueLen = length
    return array


# ------------------------------------------------------------------------------- before C_Initialize


def test_nothing_works_before_initialize():
    module = p11.Module(MODULE)
    free = {"C_Initialize", "C_GetFunctionList", "C_GetInterfaceList", "C_GetInterface"}
    for name in p11.FUNCTIONS.keys() - free:
        function = getattr(module, name)
        args = [
            0 if kind in (ctypes.c_ulong, ctypes.c_ubyte) else None for kind in function.argtypes
        ]
        rv(function(*args), "CKR_CRYPTOKI_NOT_INITIALIZED", name)
    module.Initialize(None)
    module.Finalize(None)
    rv(module.C_GetInfo(None), "CKR_CRYPTOKI_NOT_INITIALIZED", "after C_Finalize")


def test_initialize_arguments():
    module = p11.Module(MODULE)
    args = p11.STRUCTURES["CK_C_INITIALIZE_ARGS"]()
    args.pReserved = 1
    rv(module.C_Initialize(by(args)), "CKR_ARGUMENTS_BAD", "pReserved")
    args.pReserved = None
    args.CreateMutex = 1
    rv(module.C_Initialize(by(args)), "CKR_ARGUMENTS_BAD", "one of four functions")
    args.DestroyMutex = args.LockMutex = args.UnlockMutex = 1
    rv(module.C_Initialize(by(args)), "CKR_CANT_LOCK", "locking by the caller alone")
    args.flags = p11.CKF_OS_LOCKING_OK | p11.CKF_LIBRARY_CANT_CREATE_OS_THREADS
    module.Initialize(by(args))
    rv(module.C_Initialize(None), "CKR_CRYPTOKI_ALREADY_INITIALIZED")
    rv(module.C_Finalize(ctypes.c_void_p(1)), "CKR_ARGUMENTS_BAD", "pReserved")
    module.Finalize(None)
    rv(module.C_Finalize(None), "CKR_CRYPTOKI_NOT_INITIALIZED")


def test_what_is_not_supported_says_so():
    module, session = user_session()
    length = out()
    rv(module.C_GetOperationState(session.handle, None, length), "CKR_OPERATION_NOT_INITIALIZED")
    module.DigestInit(session.handle, by(p11.mechanism(p11.CKM_SHA256)))
    rv(module.C_GetOperationState(session.handle, None, length), "CKR_STATE_UNSAVEABLE")
    rv(module.C_GetOperationState(session.handle, None, None), "CKR_ARGUMENTS_BAD")
    rv(module.C_SetOperationState(session.handle, b"state", 5, 0, 0), "CKR_SAVED_STATE_INVALID")
    rv(module.C_GetFunctionStatus(session.handle), "CKR_FUNCTION_NOT_PARALLEL")
    rv(module.C_CancelFunction(session.handle), "CKR_FUNCTION_NOT_PARALLEL")


# ------------------------------------------------------------------------------- slots and sessions


def test_wrong_slots_and_flags():
    init_device()
    module = load()
    slot = init_token(module)
    for wrong in (slot + 1000, p11.UNAVAILABLE):
        raises("CKR_SLOT_ID_INVALID", module.info, "C_GetSlotInfo", wrong)
        raises("CKR_SLOT_ID_INVALID", module.info, "C_GetTokenInfo", wrong)
        raises("CKR_SLOT_ID_INVALID", module.mechanisms, wrong)
        raises("CKR_SLOT_ID_INVALID", module.session, wrong)
        raises("CKR_SLOT_ID_INVALID", module.init_token, wrong, SO_PIN, "x")
        raises("CKR_SLOT_ID_INVALID", module.CloseAllSessions, wrong)
    rv(module.C_OpenSession(slot, 0, None, None, out()), "CKR_SESSION_PARALLEL_NOT_SUPPORTED")
    rv(module.C_OpenSession(slot, p11.CKF_SERIAL_SESSION, None, None, None), "CKR_ARGUMENTS_BAD")
    free = module.slots()[-1]
    raises(("CKR_TOKEN_NOT_RECOGNIZED", "CKR_TOKEN_NOT_PRESENT"), module.session, free)


def test_list_lengths():
    init_device()
    module = load()
    init_token(module)
    slot = module.slots()[0]
    for ask in (
        lambda array, count: module.C_GetSlotList(True, array, count),
        lambda array, count: module.C_GetMechanismList(slot, array, count),
    ):
        rv(ask(None, None), "CKR_ARGUMENTS_BAD")
        count = ctypes.c_ulong()
        rv(ask(None, by(count)), "CKR_OK")
        needed = count.value
        array = (ctypes.c_ulong * (needed + 1))()
        count.value = needed - 1
        rv(ask(array, by(count)), "CKR_BUFFER_TOO_SMALL")
        equal(count.value, needed)
        count.value = needed + 1
        rv(ask(array, by(count)), "CKR_OK")
        equal(count.value, needed)


def test_wrong_session_outranks_wrong_arguments():
    module, session = user_session()
    calls = {
        "C_CloseSession": (),
        "C_GetSessionInfo": (None,),
        "C_Login": (p11.CKU_USER, None, 0),
        "C_LoginUser": (p11.CKU_USER, None, 0, b"x", 1),
        "C_Logout": (),
        "C_InitPIN": (None, 0),
        "C_SetPIN": (None, 0, None, 0),
        "C_SessionCancel": (0,),
        "C_CreateObject": (None, 1, None),
        "C_CopyObject": (1, None, 1, None),
        "C_DestroyObject": (1,),
        "C_GetObjectSize": (1, None),
        "C_GetAttributeValue": (1, None, 1),
        "C_SetAttributeValue": (1, None, 1),
        "C_FindObjectsInit": (None, 1),
        "C_FindObjects": (None, 1, None),
        "C_FindObjectsFinal": (),
        "C_GenerateKeyPair": (None, None, 0, None, 0, None, None),
        "C_EncapsulateKey": (None, 0, None, 0, None, None, None),
        "C_DecapsulateKey": (None, 0, None, 0, None, 1, None),
        "C_SignInit": (None, 0),
        "C_Sign": (None, 1, None, None),
        "C_SignUpdate": (None, 1),
        "C_SignFinal": (None, None),
        "C_VerifyInit": (None, 0),
        "C_Verify": (None, 1, None, 1),
        "C_VerifyUpdate": (None, 1),
        "C_VerifyFinal": (None, 1),
        "C_VerifySignatureInit": (None, 0, None, 1),
        "C_VerifySignature": (None, 1),
        "C_VerifySignatureUpdate": (None, 1),
        "C_VerifySignatureFinal": (),
        "C_DigestInit": (None,),
        "C_Digest": (None, 1, None, None),
        "C_DigestUpdate": (None, 1),
        "C_DigestKey": (0,),
        "C_DigestFinal": (None, None),
        "C_SeedRandom": (None, 1),
        "C_GenerateRandom": (None, 1),
        "C_GetSessionValidationFlags": (1, None),
    }
    closed = module.session(session.slot)
    closed.close()
    for handle in (0, session.handle + 12345, p11.UNAVAILABLE, closed.handle):
        for name, args in calls.items():
            rv(getattr(module, name)(handle, *args), "CKR_SESSION_HANDLE_INVALID", name)


def test_null_outputs_and_inputs():
    module, session = user_session()
    public, private = kem_pair(session)
    handle = session.handle
    kem = by(p11.mechanism(p11.CKM_ML_KEM))
    gen = by(p11.mechanism(p11.CKM_ML_KEM_KEY_PAIR_GEN))
    pub = p11.template({p11.CKA_PARAMETER_SET: 2})
    ciphertext = bytes(1088)
    cases = [
        ("C_GetInfo", (None,)),
        ("C_GetSlotInfo", (session.slot, None)),
        ("C_GetTokenInfo", (session.slot, None)),
        ("C_GetMechanismInfo", (session.slot, p11.CKM_ML_KEM, None)),
        ("C_InitToken", (module.slots()[-1], None, 4, b" " * 32)),
        ("C_InitToken", (module.slots()[-1], SO_PIN, len(SO_PIN), None)),
        ("C_GetSessionInfo", (handle, None)),
        ("C_Login", (handle, p11.CKU_USER, None, 4)),
        ("C_Login", (handle, p11.CKU_USER, None, 0)),
        ("C_SetPIN", (handle, None, 4, b"newer", 5)),
        ("C_CreateObject", (handle, None, 1, out())),
        ("C_CreateObject", (handle, p11.template(DATA), 1, None)),
        ("C_CopyObject", (handle, public, None, 0, None)),
        ("C_GetObjectSize", (handle, public, None)),
        ("C_GetAttributeValue", (handle, public, None, 1)),
        ("C_SetAttributeValue", (handle, public, None, 1)),
        ("C_FindObjectsInit", (handle, None, 1)),
        ("C_GenerateKeyPair", (handle, None, pub, 1, None, 0, out(), out())),
        ("C_GenerateKeyPair", (handle, gen, pub, 1, None, 0, None, out())),
        ("C_GenerateKeyPair", (handle, gen, pub, 1, None, 0, out(), None)),
        ("C_GenerateKeyPair", (handle, gen, None, 1, None, 0, out(), out())),
        ("C_GenerateKeyPair", (handle, gen, pub, 1, None, 1, out(), out())),
        ("C_EncapsulateKey", (handle, None, public, None, 0, None, out(), out())),
        ("C_EncapsulateKey", (handle, kem, public, None, 0, None, None, out())),
        (
            "C_EncapsulateKey",
            (
                handle,
                kem,
                public,
                None,
                0,
                ctypes.create_string_buffer(1088),
                by(ctypes.c_ulong(1088)),
                None,
            ),
        ),
        ("C_EncapsulateKey", (handle, kem, public, None, 1, None, out(), out())),
        ("C_DecapsulateKey", (handle, None, private, None, 0, ciphertext, 1088, out())),
        ("C_DecapsulateKey", (handle, kem, private, None, 0, None, 1088, out())),
        ("C_DecapsulateKey", (handle, kem, private, None, 0, ciphertext, 1088, None)),
        ("C_SeedRandom", (handle, None, 1)),
        ("C_GenerateRandom", (handle, None, 1)),
        ("C_GetSessionValidationFlags", (handle, 1, None)),
    ]
    for name, args in cases:
        rv(getattr(module, name)(*args), "CKR_ARGUMENTS_BAD", f"{name}{args[1:]}")
    flags = ctypes.c_ulong(7)
    module.GetSessionValidationFlags(handle, 1, by(flags))
    equal(flags.value, 0, "validation flags")


# ------------------------------------------------------------------------------- templates


def test_huge_counts_and_lengths():
    module, session = user_session()
    public, private = kem_pair(session)
    handle = session.handle
    one = p11.template(DATA)
    kem = by(p11.mechanism(p11.CKM_ML_KEM))
    buffer = ctypes.create_string_buffer(64)
    for count in HUGE:
        rv(module.C_CreateObject(handle, one, count, out()), "CKR_ARGUMENTS_BAD", "C_CreateObject")
        rv(module.C_CopyObject(handle, public, one, count, out()), "CKR_ARGUMENTS_BAD")
        rv(module.C_GetAttributeValue(handle, public, one, count), "CKR_ARGUMENTS_BAD")
        rv(module.C_SetAttributeValue(handle, public, one, count), "CKR_ARGUMENTS_BAD")
        rv(module.C_FindObjectsInit(handle, one, count), "CKR_ARGUMENTS_BAD")
        wrong = raw_attribute(p11.CKA_LABEL, buffer, count)
        rv(module.C_CreateObject(handle, wrong, 1, out()), "CKR_ATTRIBUTE_VALUE_INVALID")
        rv(module.C_FindObjectsInit(handle, wrong, 1), "CKR_ATTRIBUTE_VALUE_INVALID")
        rv(module.C_SetAttributeValue(handle, public, wrong, 1), "CKR_ATTRIBUTE_VALUE_INVALID")
        rv(
            module.C_DecapsulateKey(handle, kem, private, None, 0, buffer, count, out()),
            ("CKR_ARGUMENTS_BAD", "CKR_WRAPPED_KEY_LEN_RANGE"),
        )
        rv(module.C_SeedRandom(handle, buffer, count), "CKR_ARGUMENTS_BAD")
        rv(module.C_GenerateRandom(handle, buffer, count), "CKR_ARGUMENTS_BAD")
        rv(module.C_DigestInit(handle, by(p11.mechanism(p11.CKM_SHA256))), "CKR_OK")
        rv(module.C_DigestUpdate(handle, buffer, count), "CKR_ARGUMENTS_BAD")
        rv(
            module.C_InitToken(module.slots()[-1], buffer, count, b" " * 32),
            ("CKR_ARGUMENTS_BAD", "CKR_PIN_LEN_RANGE"),
        )
    null = raw_attribute(p11.CKA_LABEL, None, 5)
    rv(module.C_CreateObject(handle, null, 1, out()), "CKR_ATTRIBUTE_VALUE_INVALID", "NULL with 5")


def test_attribute_sizes():
    _, session = user_session()
    for kind, value in (
        (p11.CKA_TOKEN, b""),
        (p11.CKA_TOKEN, b"\0\0"),
        (p11.CKA_TOKEN, b"\2"),
        (p11.CKA_CLASS, bytes(4)),
        (p11.CKA_CLASS, bytes(9)),
        (p11.CKA_CLASS, b""),
        (p11.CKA_START_DATE, b"2027013"),
        (p11.CKA_ALLOWED_MECHANISMS, bytes(7)),
        (p11.CKA_WRAP_TEMPLATE, bytes(23)),
    ):
        raises("CKR_ATTRIBUTE_VALUE_INVALID", session.create, {**DATA, kind: value})
        raises("CKR_ATTRIBUTE_VALUE_INVALID", session.find, {kind: value})
    twice = [(p11.CKA_CLASS, p11.CKO_DATA), (p11.CKA_LABEL, "a"), (p11.CKA_LABEL, "a")]
    raises("CKR_TEMPLATE_INCONSISTENT", session.create, twice)
    raises("CKR_ATTRIBUTE_TYPE_INVALID", session.create, {**DATA, 1 << 40: b"x"})
    raises("CKR_ATTRIBUTE_TYPE_INVALID", session.create, {**DATA, p11.CKA_PRIME: b"x"})
    raises("CKR_TEMPLATE_INCOMPLETE", session.create, {p11.CKA_LABEL: "no class"})
    nested = {p11.CKA_WRAP_TEMPLATE: {p11.CKA_WRAP_TEMPLATE: {p11.CKA_TOKEN: True}}}
    raises("CKR_ATTRIBUTE_VALUE_INVALID", session.create, DATA | nested)


def test_get_attribute_value_answers_all_it_can():
    module, session = user_session()
    _, private = kem_pair(session, private={p11.CKA_ID: b"id"})
    room = ctypes.create_string_buffer(64)
    array = p11.template(
        [
            (p11.CKA_VALUE, bytes(64)),  # sensitive
            (p11.CKA_MODULUS, bytes(64)),  # not of this object
            (p11.CKA_LABEL, b"x"),  # too small
            (p11.CKA_ID, bytes(2)),
            (p11.CKA_CLASS, None),
        ]
    )
    got = module.C_GetAttributeValue(session.handle, private, array, len(array))
    rv(got, ("CKR_ATTRIBUTE_SENSITIVE", "CKR_ATTRIBUTE_TYPE_INVALID", "CKR_BUFFER_TOO_SMALL"))
    for entry in array[:3]:
        equal(entry.ulValueLen, p11.UNAVAILABLE, "length of what cannot be told")
    equal(bytes(array.values[0]), bytes(64), "nothing of a sensitive value")
    equal(bytes(array.values[3]), b"id")
    equal(array[4].ulValueLen, 8, "length of a class")
    for kind, expected in (
        (p11.CKA_VALUE, "CKR_ATTRIBUTE_SENSITIVE"),
        (p11.CKA_SEED, "CKR_ATTRIBUTE_SENSITIVE"),
        (p11.CKA_MODULUS, "CKR_ATTRIBUTE_TYPE_INVALID"),
        (1 << 40, "CKR_ATTRIBUTE_TYPE_INVALID"),
    ):
        one = raw_attribute(kind, room, 64)
        rv(module.C_GetAttributeValue(session.handle, private, one, 1), expected)
    # The length that a failure leaves behind is no room for the next call.
    left = raw_attribute(p11.CKA_LABEL, room, p11.UNAVAILABLE)
    rv(module.C_GetAttributeValue(session.handle, private, left, 1), "CKR_BUFFER_TOO_SMALL")
    equal(room.raw, bytes(64), "nothing was written")
    rv(module.C_GetAttributeValue(session.handle, private, None, 0), "CKR_OK")


def test_nested_templates():
    module, session = user_session()
    inside = {p11.CKA_TOKEN: False, p11.CKA_LABEL: "inner", p11.CKA_KEY_TYPE: p11.CKK_AES}
    for number in (
        p11.CKA_ENCAPSULATE_TEMPLATE,
        p11.CKF_ARRAY_ATTRIBUTE | p11.CKA_ENCAPSULATE_TEMPLATE,
    ):
        public, _ = kem_pair(session, public={number: inside})
        asked = p11.template([(number, None)])
        module.GetAttributeValue(session.handle, public, asked, 1)
        equal(asked[0].ulValueLen, 3 * ctypes.sizeof(p11.Attribute))
        entries = (p11.Attribute * 3)()
        asked[0].pValue = ctypes.addressof(entries)
        module.GetAttributeValue(session.handle, public, asked, 1)
        lengths = {entry.type: entry.ulValueLen for entry in entries}
        equal(lengths, {p11.CKA_TOKEN: 1, p11.CKA_LABEL: 5, p11.CKA_KEY_TYPE: 8})
        rooms = [ctypes.create_string_buffer(8) for _ in entries]
        for entry, room in zip(entries, rooms):
            entry.pValue = ctypes.addressof(room)
            entry.ulValueLen = 4 if entry.type == p11.CKA_LABEL else 8
        rv(module.C_GetAttributeValue(session.handle, public, asked, 1), "CKR_BUFFER_TOO_SMALL")
        lengths = {entry.type: entry.ulValueLen for entry in entries}
        equal(lengths, {p11.CKA_TOKEN: 1, p11.CKA_LABEL: p11.UNAVAILABLE, p11.CKA_KEY_TYPE: 8})
        asked[0].ulValueLen = ctypes.sizeof(p11.Attribute)
        rv(module.C_GetAttributeValue(session.handle, public, asked, 1), "CKR_BUFFER_TOO_SMALL")


# ------------------------------------------------------------------------------- handles and roles


def test_wrong_object_handles():
    module, session = user_session()
    public, private = kem_pair(session)
    sign_public, sign_private = dsa_pair(session)
    data = session.create(DATA)
    for wrong in (0, data + 9999, p11.UNAVAILABLE):
        raises("CKR_OBJECT_HANDLE_INVALID", session.get, wrong, p11.CKA_LABEL)
        raises("CKR_OBJECT_HANDLE_INVALID", session.set, wrong, {p11.CKA_LABEL: "x"})
        raises("CKR_OBJECT_HANDLE_INVALID", session.destroy, wrong)
        raises("CKR_OBJECT_HANDLE_INVALID", session.copy, wrong, {})
        raises("CKR_KEY_HANDLE_INVALID", session.sign, wrong, b"m")
        raises("CKR_KEY_HANDLE_INVALID", session.verify, wrong, b"m", bytes(2420))
        raises("CKR_KEY_HANDLE_INVALID", session.encapsulate, wrong, OPEN_SECRET)
        raises(
            "CKR_UNWRAPPING_KEY_HANDLE_INVALID",
            session.decapsulate,
            wrong,
            bytes(1088),
            OPEN_SECRET,
        )
    no_key = (
        "CKR_KEY_HANDLE_INVALID",
        "CKR_KEY_TYPE_INCONSISTENT",
        "CKR_KEY_FUNCTION_NOT_PERMITTED",
    )
    for wrong in (data, private, public, sign_public):
        raises(no_key, session.sign, wrong, b"m")
    for wrong in (data, private, public, sign_private):
        raises(no_key, session.verify, wrong, b"m", bytes(2420))
    for wrong in (data, private, sign_public, sign_private):
        raises(no_key, session.encapsulate, wrong, OPEN_SECRET)
    no_key = (
        "CKR_UNWRAPPING_KEY_HANDLE_INVALID",
        "CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT",
        "CKR_KEY_FUNCTION_NOT_PERMITTED",
    )
    for wrong in (data, public, sign_public, sign_private):
        raises(no_key, session.decapsulate, wrong, bytes(1088), OPEN_SECRET)
    equal(session.get(data, p11.CKA_CLASS), bytes(8), "the object is as it was")


def test_wrong_mechanisms_and_parameters():
    module, session = user_session()
    public, private = dsa_pair(session)
    handle = session.handle
    sign = p11.CKM_ML_DSA
    for kind in (
        p11.CKM_DSA,
        p11.CKM_SHA256,
        p11.CKM_ML_KEM,
        p11.CKM_ML_DSA_KEY_PAIR_GEN,
        p11.UNAVAILABLE,
    ):
        raises("CKR_MECHANISM_INVALID", session.sign, private, b"m", kind)
        raises("CKR_MECHANISM_INVALID", session.verify, public, b"m", bytes(2420), kind)
    raises("CKR_MECHANISM_INVALID", session.digest, sign, b"m")
    bad = "CKR_MECHANISM_PARAM_INVALID"
    raises(bad, session.sign, private, b"m", sign, b"short")
    raises(bad, session.sign, private, b"m", sign, p11.sign_context(b"", 3))
    raises(bad, session.sign, private, b"m", sign, p11.sign_context(bytes(256)))
    raises(bad, session.sign, private, b"m", p11.CKM_HASH_ML_DSA)
    raises(bad, session.sign, private, b"m", p11.CKM_HASH_ML_DSA, p11.sign_context())
    raises(
        bad,
        session.sign,
        private,
        b"m",
        p11.CKM_HASH_ML_DSA,
        p11.sign_context(b"", 0, p11.CKM_ML_KEM),
    )
    raises(bad, session.verify, public, b"m", bytes(2420), sign, p11.sign_context(bytes(256)))
    for length in HUGE:
        how = p11.sign_context(b"abc")
        how.ulContextLen = length
        raises(bad, session.sign, private, b"m", sign, how)
        made = p11.mechanism(sign, b"x" * 24)
        made.ulParameterLen = length
        rv(module.C_SignInit(handle, by(made), private), bad)
    null = p11.mechanism(sign)
    null.ulParameterLen = 24
    rv(module.C_SignInit(handle, by(null), private), bad)
    how = p11.sign_context()
    how.ulContextLen = 3
    raises(bad, session.sign, private, b"m", sign, how)
    extra = by(p11.mechanism(p11.CKM_SHA256, b"extra"))
    rv(module.C_DigestInit(handle, extra), bad)
    raises(
        ("CKR_DATA_LEN_RANGE", "CKR_DATA_INVALID"),
        session.sign,
        private,
        b"no digest",
        p11.CKM_HASH_ML_DSA,
        p11.sign_context(b"", 0, p11.CKM_SHA256),
    )


def test_wrong_key_templates():
    _, session = user_session()
    kem, dsa = p11.CKM_ML_KEM_KEY_PAIR_GEN, p11.CKM_ML_DSA_KEY_PAIR_GEN
    raises("CKR_TEMPLATE_INCOMPLETE", session.generate, kem, {}, {})
    for wrong in (0, 4, p11.UNAVAILABLE):
        raises(
            ("CKR_PARAMETER_SET_NOT_SUPPORTED", "CKR_ATTRIBUTE_VALUE_INVALID"),
            session.generate,
            dsa,
            {p11.CKA_PARAMETER_SET: wrong},
            {},
        )
    one = {p11.CKA_PARAMETER_SET: 1}
    raises(
        "CKR_TEMPLATE_INCONSISTENT",
        session.generate,
        kem,
        one | {p11.CKA_KEY_TYPE: p11.CKK_ML_DSA},
        {},
    )
    raises(
        "CKR_TEMPLATE_INCONSISTENT", session.generate, kem, one, {p11.CKA_CLASS: p11.CKO_PUBLIC_KEY}
    )
    raises("CKR_TEMPLATE_INCONSISTENT", session.generate, kem, one, {p11.CKA_PARAMETER_SET: 2})
    session.generate(kem, one, one)  # the same set in both is tolerated
    for kind in (p11.CKA_LOCAL, p11.CKA_ALWAYS_SENSITIVE, p11.CKA_UNIQUE_ID):
        value = b"id" if kind == p11.CKA_UNIQUE_ID else True
        raises(
            ("CKR_ATTRIBUTE_READ_ONLY", "CKR_ATTRIBUTE_TYPE_INVALID"),
            session.generate,
            kem,
            one,
            {kind: value},
        )
    public, private = kem_pair(session)
    wrong = OPEN_SECRET | {p11.CKA_VALUE_LEN: 16}
    raises(
        ("CKR_TEMPLATE_INCONSISTENT", "CKR_ATTRIBUTE_VALUE_INVALID", "CKR_KEY_SIZE_RANGE"),
        session.decapsulate,
        private,
        bytes(1088),
        wrong,
    )
    raises("CKR_TEMPLATE_INCONSISTENT", session.encapsulate, public, {p11.CKA_CLASS: p11.CKO_DATA})


def test_attribute_rules():
    _, session = user_session()
    public, private = kem_pair(
        session, private={p11.CKA_SENSITIVE: True, p11.CKA_EXTRACTABLE: False}
    )
    raises("CKR_ATTRIBUTE_READ_ONLY", session.set, private, {p11.CKA_SENSITIVE: False})
    raises("CKR_ATTRIBUTE_READ_ONLY", session.set, private, {p11.CKA_EXTRACTABLE: True})
    raises("CKR_ATTRIBUTE_READ_ONLY", session.set, private, {p11.CKA_CLASS: p11.CKO_DATA})
    raises("CKR_ATTRIBUTE_READ_ONLY", session.set, private, {p11.CKA_LOCAL: False})
    raises("CKR_ATTRIBUTE_READ_ONLY", session.set, public, {p11.CKA_VALUE: b"x"})
    raises(
        ("CKR_ATTRIBUTE_READ_ONLY", "CKR_TEMPLATE_INCONSISTENT"),
        session.copy,
        private,
        {p11.CKA_SENSITIVE: False},
    )
    raises("CKR_ATTRIBUTE_SENSITIVE", session.get, private, p11.CKA_VALUE)
    raises("CKR_ATTRIBUTE_SENSITIVE", session.get, private, p11.CKA_SEED)
    no_use = kem_pair(
        session, private={p11.CKA_DECAPSULATE: False}, public={p11.CKA_ENCAPSULATE: False}
    )
    raises("CKR_KEY_FUNCTION_NOT_PERMITTED", session.encapsulate, no_use[0], OPEN_SECRET)
    raises(
        "CKR_KEY_FUNCTION_NOT_PERMITTED", session.decapsulate, no_use[1], bytes(1088), OPEN_SECRET
    )
    mute = dsa_pair(session, private={p11.CKA_SIGN: False}, public={p11.CKA_VERIFY: False})
    raises("CKR_KEY_FUNCTION_NOT_PERMITTED", session.sign, mute[1], b"m")
    raises("CKR_KEY_FUNCTION_NOT_PERMITTED", session.verify, mute[0], b"m", bytes(2420))
    fixed = session.create(
        DATA | {p11.CKA_MODIFIABLE: False, p11.CKA_COPYABLE: False, p11.CKA_DESTROYABLE: False}
    )
    raises("CKR_ACTION_PROHIBITED", session.set, fixed, {p11.CKA_LABEL: "x"})
    raises("CKR_ACTION_PROHIBITED", session.copy, fixed, {})
    raises("CKR_ACTION_PROHIBITED", session.destroy, fixed)


def test_wrong_roles():
    module, session = user_session()
    public, private = kem_pair(session, token=True)
    reader = module.session(session.slot, rw=False)
    token = DATA | {p11.CKA_TOKEN: True}
    raises("CKR_SESSION_READ_ONLY", reader.create, token)
    raises("CKR_SESSION_READ_ONLY", reader.set, public, {p11.CKA_LABEL: "x"})
    raises("CKR_SESSION_READ_ONLY", reader.destroy, public)
    raises("CKR_SESSION_READ_ONLY", reader.set_pin, USER_PIN, b"another")
    raises("CKR_SESSION_READ_ONLY", kem_pair, reader, token=True)
    reader.destroy(reader.create(DATA))
    raises("CKR_USER_NOT_LOGGED_IN", session.init_pin, b"not mine to set")
    raises("CKR_USER_TYPE_INVALID", session.login, USER_PIN, 99)
    raises("CKR_OPERATION_NOT_INITIALIZED", session.login, USER_PIN, p11.CKU_CONTEXT_SPECIFIC)
    reader.close()
    session.logout()
    raises("CKR_OBJECT_HANDLE_INVALID", session.get, private, p11.CKA_LABEL)
    raises(
        ("CKR_KEY_HANDLE_INVALID", "CKR_USER_NOT_LOGGED_IN", "CKR_UNWRAPPING_KEY_HANDLE_INVALID"),
        session.decapsulate,
        private,
        bytes(1088),
        OPEN_SECRET,
    )
    raises("CKR_USER_NOT_LOGGED_IN", session.create, DATA | {p11.CKA_PRIVATE: True})
    raises("CKR_USER_NOT_LOGGED_IN", kem_pair, session)
    session.login(SO_PIN, p11.CKU_SO)
    raises("CKR_USER_NOT_LOGGED_IN", kem_pair, session)
    equal(session.find({p11.CKA_CLASS: p11.CKO_PRIVATE_KEY}), [], "the officer sees no private key")


# ------------------------------------------------------------------------------- PINs


def test_pins_lock_and_recover():
    init_device()
    module = load()
    slot = init_token(module)
    session = module.session(slot)
    session.login(USER_PIN)
    kept = session.create(
        DATA | {p11.CKA_TOKEN: True, p11.CKA_PRIVATE: True, p11.CKA_LABEL: "kept"}
    )
    equal(session.get(kept, p11.CKA_LABEL), b"kept")
    session.logout()
    tries = 0
    while not module.token_flags(slot) & p11.CKF_USER_PIN_LOCKED:
        raises(("CKR_PIN_INCORRECT", "CKR_PIN_LOCKED"), session.login, b"wrong PIN")
        tries += 1
        flags = module.token_flags(slot)
        check(flags & p11.CKF_USER_PIN_COUNT_LOW, "a wrong PIN shows")
        check(tries <= 100, "the PIN locks in the end")
        if flags & p11.CKF_USER_PIN_FINAL_TRY:
            module.Finalize(None)  # the counter is not forgotten
            module.Initialize(None)
            session = module.session(slot)
    equal(tries, 10, "tries")
    raises("CKR_PIN_LOCKED", session.login, USER_PIN)
    raises("CKR_PIN_LOCKED", session.set_pin, USER_PIN, b"another PIN")
    session.login(SO_PIN, p11.CKU_SO)
    session.init_pin(b"a new PIN")
    session.logout()
    raises("CKR_PIN_INCORRECT", session.login, USER_PIN)
    session.login(b"a new PIN")
    equal(len(session.find({p11.CKA_LABEL: "kept"})), 1, "the object outlived it")
    check(
        not module.token_flags(slot) & p11.CKF_USER_PIN_COUNT_LOW, "a right PIN clears the counter"
    )


def test_officer_locks():
    init_device()
    module = load()
    slot = init_token(module)
    session = module.session(slot)
    for _ in range(10):
        raises("CKR_PIN_INCORRECT", session.login, b"wrong PIN", p11.CKU_SO)
    check(module.token_flags(slot) & p11.CKF_SO_PIN_LOCKED, "locked")
    raises("CKR_PIN_LOCKED", session.login, SO_PIN, p11.CKU_SO)
    session.close()
    raises("CKR_PIN_LOCKED", module.init_token, slot, SO_PIN, "x")
    session = module.session(slot)
    session.login(USER_PIN)  # the user is not concerned


def test_pin_lengths():
    init_device()
    module = load()
    slot = init_token(module)
    session = module.session(slot)
    info = module.info("C_GetTokenInfo", slot)
    short, long = b"x" * (info.ulMinPinLen - 1), b"x" * (info.ulMaxPinLen + 1)
    for pin in (short, long):
        raises("CKR_PIN_LEN_RANGE", session.set_pin, USER_PIN, pin)
        raises(("CKR_PIN_INCORRECT", "CKR_PIN_LEN_RANGE"), session.login, pin)
        raises(
            ("CKR_PIN_LEN_RANGE", "CKR_PIN_INCORRECT"),
            module.init_token,
            module.slots()[-1],
            pin,
            "x",
        )
    raises("CKR_PIN_INVALID", session.set_pin, USER_PIN, b"\xff\xfe\xfd\xfc\xfb")
    session.login(SO_PIN, p11.CKU_SO)
    for pin in (short, long):
        raises("CKR_PIN_LEN_RANGE", session.init_pin, pin)


# ------------------------------------------------------------------------------- ciphertexts and signatures


def test_ciphertexts():
    _, session = user_session()
    for name in KEM_SETS:
        public, private = kem_pair(session, name)
        ciphertext, secret = session.encapsulate(public, OPEN_SECRET)
        value = session.get(secret, p11.CKA_VALUE)
        seen = {value}
        bits = len(ciphertext) * 8
        for bit in (0, 1, bits // 3, bits // 2, bits - 1):
            wrong = session.decapsulate(private, flipped(ciphertext, bit), OPEN_SECRET)
            seen.add(session.get(wrong, p11.CKA_VALUE))
        equal(len(seen), 6, "secrets of one right and five changed ciphertexts")
        again = session.decapsulate(private, flipped(ciphertext, 0), OPEN_SECRET)
        check(session.get(again, p11.CKA_VALUE) in seen, "a refusal is the same each time")
        for wrong in (b"", ciphertext[:-1], ciphertext + b"x", ciphertext[:1]):
            raises("CKR_WRAPPED_KEY_LEN_RANGE", session.decapsulate, private, wrong, OPEN_SECRET)
        last = session.decapsulate(private, ciphertext, OPEN_SECRET)
        check(session.get(last, p11.CKA_VALUE) == value, "the key still works")


def test_encapsulation_lengths():
    module, session = user_session()
    public, _ = kem_pair(session)
    how, array = p11.mechanism(p11.CKM_ML_KEM), p11.template(OPEN_SECRET)
    args = (session.handle, by(how), public, array, len(array))
    before = len(session.find({p11.CKA_CLASS: p11.CKO_SECRET_KEY}))
    length, made = ctypes.c_ulong(), ctypes.c_ulong()
    rv(module.C_EncapsulateKey(*args, None, by(length), by(made)), "CKR_OK")
    equal(length.value, 1088)
    rv(module.C_EncapsulateKey(*args, None, by(length), None), "CKR_OK", "no handle, for no key")
    small = ctypes.create_string_buffer(1087)
    length.value = 1087
    rv(module.C_EncapsulateKey(*args, small, by(length), by(made)), "CKR_BUFFER_TOO_SMALL")
    equal(length.value, 1088)
    equal(small.raw, bytes(1087), "nothing was written")
    equal(len(session.find({p11.CKA_CLASS: p11.CKO_SECRET_KEY})), before, "no key was made")
    large = ctypes.create_string_buffer(2000)
    length.value = 2000
    rv(module.C_EncapsulateKey(*args, large, by(length), by(made)), "CKR_OK")
    equal(length.value, 1088)


def test_signatures():
    _, session = user_session()
    for name in DSA_SETS:
        public, private = dsa_pair(session, name)
        signature = session.sign(private, b"message")
        bits = len(signature) * 8
        for bit in (0, 7, bits // 3, bits // 2, bits - 1):
            raises(
                "CKR_SIGNATURE_INVALID", session.verify, public, b"message", flipped(signature, bit)
            )
            raises(
                "CKR_SIGNATURE_INVALID",
                session.verify_signature,
                public,
                [b"message"],
                flipped(signature, bit),
            )
        for wrong in (b"", signature[:-1], signature + b"x", signature[:1]):
            raises("CKR_SIGNATURE_LEN_RANGE", session.verify, public, b"message", wrong)
            raises("CKR_SIGNATURE_LEN_RANGE", session.verify_signature, public, [b"message"], wrong)
        session.verify(public, b"message", signature)


if __name__ == "__main__":
    main(globals())
